"""The protocol's calls that open shops for merchants: two dialects of the application that our own pages have."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final, NoReturn
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.kit.seal import KEYS
from weiji.media import find_owned, read_picture
from weiji.onboarding import (
    Case,
    Fault,
    Field,
    FieldFault,
    FieldState,
    Kind,
    State,
    Value,
    get_case,
    get_checklist,
    mark_of,
    tidy_number,
)
from weiji.payments import list_destinations
from weiji.shops import get_shops
from weiji.web import gettext as _
from weiji.wire.applying import (
    Applyment,
    AskSettlementChange,
    AskSettlementChangeStatus,
    SubmitApplyment,
    SubmitApplymentResult,
    SubmitApplymentStatus,
    Upload,
    ask_settlement_changes,
    find_applyment,
    get_settlement_changes,
    shop_id_of,
    submit_applyments,
)
from weiji.wire.calls.trade import actor_of, payee_of
from weiji.wire.errors import WireError, not_allowed, wrong
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.sealing import seal_field

PICTURES: Final = "/media/"
"""What stands before the number of a picture in its address."""


Code = Annotated[str, Meta(min_length=1, max_length=124, pattern=r"^[0-9A-Za-z_\-|*@]+\Z")]
Sealed = Annotated[str, Meta(min_length=1, max_length=2048)]
Words = Annotated[str, Meta(max_length=256)]
Picture = Annotated[str, Meta(max_length=256)]


class Dialect(Struct, frozen=True, kw_only=True):
    """How one half of the protocol calls what both have."""

    persons: frozenset[str]
    """Kinds of merchants that are persons; all others have a licence."""
    places: Mapping[Field, str]
    """Where the fields of an application stand in the body."""
    states: Mapping[State, str]
    """Where an application stands. Approved, it waits for the owner's agreement, and is finished then."""
    sign: str
    finished: str


DIRECT: Final = Dialect(
    persons=frozenset({"SUBJECT_TYPE_MICRO"}),
    places={
        Field.TERMS: "/settlement_info",
        Field.KIND: "/subject_info/subject_type",
        Field.NAME: "/subject_info/identity_info/id_card_info/id_card_name",
        Field.ID_NUMBER: "/subject_info/identity_info/id_card_info/id_card_number",
        Field.COMPANY_NAME: "/subject_info/business_license_info/merchant_name",
        Field.CREDIT_CODE: "/subject_info/business_license_info/license_number",
        Field.LICENCE: "/subject_info/business_license_info/license_copy",
        Field.ID_FRONT: "/subject_info/identity_info/id_card_info/id_card_copy",
        Field.ID_BACK: "/subject_info/identity_info/id_card_info/id_card_national",
        Field.PERMIT: "/settlement_info/qualifications",
        Field.BANK: "/bank_account_info/account_bank",
        Field.HOLDER: "/bank_account_info/account_name",
        Field.ACCOUNT_NUMBER: "/bank_account_info/account_number",
    },
    states={
        State.DRAFT: "APPLYMENT_STATE_EDITTING",
        State.SUBMITTED: "APPLYMENT_STATE_AUDITING",
        State.IN_REVIEW: "APPLYMENT_STATE_AUDITING",
        State.RETURNED: "APPLYMENT_STATE_REJECTED",
        State.REJECTED: "APPLYMENT_STATE_REJECTED",
        State.WITHDRAWN: "APPLYMENT_STATE_CANCELED",
        State.APPROVED: "APPLYMENT_STATE_AUDITING",
    },
    sign="APPLYMENT_STATE_TO_BE_SIGNED",
    finished="APPLYMENT_STATE_FINISHED",
)

PLATFORM: Final = Dialect(
    persons=frozenset({"2401", "2500"}),
    places={
        Field.TERMS: "/organization_type",
        Field.KIND: "/organization_type",
        Field.NAME: "/id_card_info/id_card_name",
        Field.ID_NUMBER: "/id_card_info/id_card_number",
        Field.COMPANY_NAME: "/business_license_info/merchant_name",
        Field.CREDIT_CODE: "/business_license_info/business_license_number",
        Field.LICENCE: "/business_license_info/business_license_copy",
        Field.ID_FRONT: "/id_card_info/id_card_copy",
        Field.ID_BACK: "/id_card_info/id_card_national",
        Field.PERMIT: "/qualifications",
        Field.BANK: "/account_info/account_bank",
        Field.HOLDER: "/account_info/account_name",
        Field.ACCOUNT_NUMBER: "/account_info/account_number",
    },
    states={
        State.DRAFT: "CHECKING",
        State.SUBMITTED: "AUDITING",
        State.IN_REVIEW: "AUDITING",
        State.RETURNED: "REJECTED",
        State.REJECTED: "REJECTED",
        State.WITHDRAWN: "CANCELED",
        State.APPROVED: "AUDITING",
    },
    sign="NEED_SIGN",
    finished="FINISH",
)


def _state_words() -> dict[State, str]:
    """Say where an application stands."""
    return {
        State.DRAFT: _("没有提交成功：请改好，用同一个编号再发。"),
        State.SUBMITTED: _("等待审核。"),
        State.IN_REVIEW: _("正在审核。"),
        State.RETURNED: _("有几处没有通过：请改好，用同一个编号再发。"),
        State.REJECTED: _("没有通过。可以用同一个编号重新提交。"),
        State.WITHDRAWN: _("店主撤回了。"),
        State.APPROVED: _("审核通过。"),
    }


def _fault_words() -> dict[Fault, str]:
    """Say what is wrong with a field."""
    return {
        Fault.MISSING: _("没有给"),
        Fault.MALFORMED: _("填得不对：太长、不是一行，或者不合这一项的格式"),
        Fault.NOT_WANTED: _("这里不接受这类商户"),
        Fault.WRONG_NUMBER: _("号码不对：校验位、日期或地区码有误"),
        Fault.NAME_DIFFERS: _("和商户或法定代表人的不一致"),
        Fault.IN_USE: _("已经是别人名下认证店铺的"),
        Fault.NOT_MENDED: _("上次没有通过，这次没有改"),
    }


class LicenceInfo(Struct, kw_only=True):
    """A business licence."""

    license_copy: Picture | None = None
    license_number: Words | None = None
    business_license_copy: Picture | None = None
    business_license_number: Words | None = None
    merchant_name: Words | None = None


class CardInfo(Struct, kw_only=True):
    """An identity card. Name and number are sealed."""

    id_card_copy: Picture | None = None
    id_card_national: Picture | None = None
    id_card_name: Sealed | None = None
    id_card_number: Sealed | None = None


class AccountInfo(Struct, kw_only=True):
    """The account that money is paid out to. Holder and number are sealed."""

    account_bank: Words
    account_name: Sealed
    account_number: Sealed
    bank_name: Words | None = None


class IdentityInfo(Struct, kw_only=True):
    """Who represents the merchant."""

    id_card_info: CardInfo


class SubjectInfo(Struct, kw_only=True):
    """Who is behind the shop."""

    subject_type: Words
    identity_info: IdentityInfo
    business_license_info: LicenceInfo | None = None


class BusinessInfo(Struct, kw_only=True):
    """How the shop is called."""

    merchant_shortname: Words


class SettlementInfo(Struct, kw_only=True):
    """Permits of the trade."""

    qualifications: Annotated[list[Picture], Meta(max_length=5)] = []


class ApplymentBody(Struct, kw_only=True):
    """An application."""

    business_code: Code
    subject_info: SubjectInfo
    business_info: BusinessInfo
    settlement_info: SettlementInfo
    bank_account_info: AccountInfo


class PlatformApplymentBody(Struct, kw_only=True):
    """An application, as platforms for merchants on them write it."""

    out_request_no: Code
    organization_type: Words
    merchant_shortname: Words
    id_card_info: CardInfo
    account_info: AccountInfo
    business_license_info: LicenceInfo | None = None
    qualifications: Annotated[str, Meta(max_length=1024)] = ""
    """A list of pictures, as JSON inside of the JSON."""


class SettlementBody(Struct, kw_only=True):
    """Another account for what a merchant earns."""

    account_type: Words
    account_bank: Words
    account_number: Sealed
    account_name: Sealed | None = None


class Wanted(Struct, kw_only=True):
    """What an application says, in either dialect."""

    code: str
    name: str
    kind: str
    card: CardInfo
    licence: LicenceInfo
    account: AccountInfo
    permit: str | None


@ROUTES.add("POST", "/v3/applyment4sub/applyment/")
async def submit(call: Call) -> Answer:
    """Open a shop for a merchant, and hand its application in; one that was refused, again."""
    body = call.read(ApplymentBody)
    subject = body.subject_info
    wanted = Wanted(
        code=body.business_code,
        name=body.business_info.merchant_shortname,
        kind=subject.subject_type,
        card=subject.identity_info.id_card_info,
        licence=subject.business_license_info or LicenceInfo(),
        account=body.bank_account_info,
        permit=next(iter(body.settlement_info.qualifications), None),
    )
    applyment = await _submit(call, DIRECT, wanted)
    return Answer(value={"applyment_id": applyment.number})


@ROUTES.add("GET", "/v3/applyment4sub/applyment/business_code/{code}")
async def show_by_code(call: Call) -> Answer:
    """Tell where an application stands, by the service provider's number."""
    return await _show(call, DIRECT, code=call.params["code"])


@ROUTES.add("GET", "/v3/applyment4sub/applyment/applyment_id/{number}")
async def show_by_number(call: Call) -> Answer:
    """Tell where an application stands, by our number."""
    return await _show(call, DIRECT, number=call.params["number"])


@ROUTES.add("POST", "/v3/ecommerce/applyments/")
async def submit_on_platform(call: Call) -> Answer:
    """Open a shop for a merchant of a platform, likewise."""
    body = call.read(PlatformApplymentBody)
    wanted = Wanted(
        code=body.out_request_no,
        name=body.merchant_shortname,
        kind=body.organization_type,
        card=body.id_card_info,
        licence=body.business_license_info or LicenceInfo(),
        account=body.account_info,
        permit=next(iter(_read_list(body.qualifications)), None),
    )
    applyment = await _submit(call, PLATFORM, wanted)
    return Answer(value={"applyment_id": applyment.number, "out_request_no": applyment.code})


@ROUTES.add("GET", "/v3/ecommerce/applyments/out-request-no/{code}")
async def show_on_platform_by_code(call: Call) -> Answer:
    """Tell where an application of a platform stands, by its number."""
    return await _show(call, PLATFORM, code=call.params["code"])


@ROUTES.add("GET", "/v3/ecommerce/applyments/{number}")
async def show_on_platform_by_number(call: Call) -> Answer:
    """Tell where an application of a platform stands, by ours."""
    return await _show(call, PLATFORM, number=call.params["number"])


def _read_list(text: str) -> list[str]:
    try:
        return msgspec.json.decode(text, type=list[Picture]) if text else []
    except msgspec.MsgspecError as error:
        raise wrong("/qualifications", _("要是 JSON 的图片列表")) from error


def names_of(field: Field) -> list[str]:
    """Say how the halves of the protocol call a field where they tell that it was refused."""
    return list(dict.fromkeys(dialect.places[field].rpartition("/")[2] for dialect in (DIRECT, PLATFORM)))


# Handing in


async def _submit(call: Call, dialect: Dialect, wanted: Wanted) -> Applyment:
    provider = call.party.merchant
    shop_id = shop_id_of(provider.shop_id, wanted.code)
    values, pictures = _read(call, dialect, wanted)
    async with call.backend.database.read() as reader:
        _version, checklist = await get_checklist(reader)
        (shop,) = await get_shops(reader, [provider.shop_id])
        addresses = {field: PICTURES + id for field, id in pictures.items()}
        owned = await find_owned(reader, [(provider.shop_id, url) for url in addresses.values()])
    assert shop is not None, "a merchant is a shop"
    if checklist.terms:
        # Who hands in agrees for the merchant; what is agreed to between those two is theirs, and signed later.
        values[Field.TERMS] = mark_of(checklist)
    uploads = []
    for field, url in addresses.items():
        content = read_picture(call.backend.settings.data, url) if (provider.shop_id, url) in owned else None
        if content is None:
            raise wrong(dialect.places[field], _("不是你上传的图片，或者上传得太久了"))
        uploads.append(Upload(id=derive(shop_id, "upload", field, url), field=field, content=content))
    said = "\n".join([wanted.name, *(f"{field}={value}" for field, value in sorted({**values, **pictures}.items()))])
    command = SubmitApplyment(
        shop_id=shop_id,
        provider_id=provider.shop_id,
        provider_mchid=provider.mchid,
        owner_id=shop.owner_id,
        code=wanted.code,
        name=wanted.name,
        values=tuple(Value(field, value) for field, value in values.items()),
        uploads=tuple(uploads),
        mark=KEYS.blind_index(said, "wire.applyments:mark"),
        actor=actor_of(call),
    )
    # Pictures ride in no batch with others.
    (result,) = await call.backend.database.retried(partial(submit_applyments, commands=[command]))
    if result.status not in (SubmitApplymentStatus.SUBMITTED, SubmitApplymentStatus.EXISTS):
        _refuse(dialect, shop_id, result, call.origin)
    async with call.backend.database.read() as reader:
        applyment = await find_applyment(reader, provider.shop_id, wanted.code, None)
    assert applyment is not None, "it was handed in"
    return applyment


def _read(call: Call, dialect: Dialect, wanted: Wanted) -> tuple[dict[Field, str], dict[Field, str]]:
    """Read what the application says: texts, opened where they are sealed, and pictures."""
    is_person = wanted.kind in dialect.persons
    card, licence, account = wanted.card, wanted.licence, wanted.account
    texts = {
        Field.KIND: Kind.PERSON if is_person else Kind.COMPANY,
        Field.NAME: card.id_card_name,
        Field.ID_NUMBER: card.id_card_number,
        Field.BANK: account.bank_name or account.account_bank,
        Field.HOLDER: account.account_name,
        Field.ACCOUNT_NUMBER: account.account_number,
    }
    pictures = {Field.ID_FRONT: card.id_card_copy, Field.ID_BACK: card.id_card_national, Field.PERMIT: wanted.permit}
    if not is_person:
        texts[Field.COMPANY_NAME] = licence.merchant_name
        texts[Field.CREDIT_CODE] = licence.license_number or licence.business_license_number
        pictures[Field.LICENCE] = licence.license_copy or licence.business_license_copy
    sealed = (Field.NAME, Field.ID_NUMBER, Field.HOLDER, Field.ACCOUNT_NUMBER)
    return (
        {
            field: call.open(dialect.places[field], text) if field in sealed else str(text)
            for field, text in texts.items()
            if text
        },
        {field: id for field, id in pictures.items() if id},
    )


def _refuse(dialect: Dialect, shop_id: UUID, result: SubmitApplymentResult, origin: str) -> NoReturn:
    match result.status:
        case SubmitApplymentStatus.INVALID | SubmitApplymentStatus.DOCUMENT_UNREADABLE:
            first = result.faults[0]
            error = wrong(dialect.places[first.field], _fault_words()[first.fault])
            error.detail["faults"] = [_tell_fault(dialect, each) for each in result.faults]
            raise error
        case SubmitApplymentStatus.NAME_INVALID | SubmitApplymentStatus.NAME_REFUSED:
            raise wrong("/merchant_shortname", _("不能用作店名"))
        case SubmitApplymentStatus.ALREADY_ACCEPTED:
            places = [dialect.places[each] for each in result.accepted]
            names = "、".join(place.rpartition("/")[2] for place in places)
            words = _("审核员已经通过了 %(names)s：请照原样再发，只改被退回的。", names=names)
            faults = [{"field": place, "issue": _("已经通过，和原来的不一样")} for place in places]
            raise WireError(400, "INVALID_REQUEST", words, field=places[0], location="body", faults=faults)
        case SubmitApplymentStatus.NOT_ALLOWED_NOW:
            words = _("这个编号已经用过，内容不一样。请换一个编号。")
            raise WireError(400, "INVALID_REQUEST", words)
        case SubmitApplymentStatus.DEPOSIT_MISSING:
            page = f"{origin}/merchant/{shop_id}/verification"
            words = _("这类商户要先交保证金：请到 %(page)s 交，再把同样的内容发一次。", page=page)
            raise WireError(403, "RULE_LIMIT", words, url=page)
        case SubmitApplymentStatus.EXCEEDS_LIMIT:
            raise WireError(403, "RULE_LIMIT", _("今天申请的商户太多了。"))
        case _:
            raise not_allowed(_("现在不能提交：%(status)s。", status=result.status.value))


def _tell_fault(dialect: Dialect, fault: FieldFault) -> dict[str, str]:
    return {"field": dialect.places[fault.field], "issue": _fault_words()[fault.fault]}


# Asking


async def _show(call: Call, dialect: Dialect, *, code: str | None = None, number: str | None = None) -> Answer:
    asked = int(number) if number is not None and number.isascii() and number.isdigit() and len(number) <= 16 else None
    async with call.backend.database.read() as reader:
        applyment = await find_applyment(reader, call.party.merchant.shop_id, code, asked)
        case = await get_case(reader, applyment.shop_id) if applyment else None
    if applyment is None or case is None:
        raise WireError(404, "RESOURCE_NOT_EXISTS", _("你没有用这个编号提交过申请。"))
    return Answer(value=describe_applyment(dialect, applyment, case, call.origin))


def describe_applyment(dialect: Dialect, applyment: Applyment, case: Case, origin: str) -> dict[str, Any]:
    """Tell where an application stands: with the reason for each field that was refused."""
    state = case.application.state if case.application else State.DRAFT
    is_open = state is State.APPROVED and applyment.mchid is not None
    word, words = dialect.states[state], _state_words()[state]
    if is_open and applyment.signed_at is None:
        word, words = dialect.sign, _("审核通过了，还要店主同意由你代办。")
    elif is_open:
        word, words = dialect.finished, _("商户已经开好，你可以替它办事了。")
    told: dict[str, Any] = {
        "applyment_id": applyment.number,
        "applyment_state": word,
        "sign_url": f"{origin}/merchant/{applyment.shop_id}/open-payments/agreement",
    }
    refused = _refusals(dialect, case) if state in (State.RETURNED, State.REJECTED) else []
    if is_open:
        told["sub_mchid"] = applyment.mchid
    if dialect is DIRECT:
        told |= {"business_code": applyment.code, "applyment_state_msg": words}
        details = [{"field": field, "field_name": name, "reject_reason": reason} for field, name, reason in refused]
    else:
        sign_state = "SIGNED" if applyment.signed_at else "UNSIGNED" if is_open else "NOT_SIGNABLE"
        told |= {"out_request_no": applyment.code, "applyment_state_desc": words, "sign_state": sign_state}
        details = [{"param_name": field, "reject_reason": reason} for field, _name, reason in refused]
    return told | ({"audit_detail": details} if details else {})


def _refusals(dialect: Dialect, case: Case) -> Sequence[tuple[str, str, str]]:
    """List what was refused: the name of the field here, where it stands, and why."""
    application = case.application
    assert application is not None
    found = [
        (dialect.places[field].rpartition("/")[2], dialect.places[field], entry.reason)
        for field, entry in application.fields.items()
        if entry.state is FieldState.REFUSED
    ]
    return [("applyment", "/", application.reason)] if application.state is State.REJECTED else found


# The settlement account


@ROUTES.add("POST", "/v3/apply4sub/sub_merchants/{sub_mchid}/modify-settlement")
async def change_settlement(call: Call) -> Answer:
    """Ask that a merchant's money goes to another account: its owner confirms that with the payment password."""
    party = await payee_of(call, call.params["sub_mchid"], "sub_mchid")
    body = call.read(SettlementBody)
    shop_id, number = party.merchant.shop_id, tidy_number(call.open("/account_number", body.account_number))
    holder = call.open("/account_name", body.account_name) if body.account_name else None
    async with call.backend.database.read() as reader:
        found = await list_destinations(reader, shop_id, clock.now())
    if holder is None and found.fitting:
        holder = found.fitting[-1].holder
    elif holder is None and found.owner.names:
        holder = found.owner.names[0]
    elif holder is None:
        raise wrong("/account_name", _("没有给：这家店还没有账户，不知道户名是谁"))
    command = AskSettlementChange(
        id=derive(shop_id, "settlement change", KEYS.blind_index(number, "wire.settlement_changes:number").hex()),
        shop_id=shop_id,
        provider_mchid=call.mchid,
        holder=holder,
        bank=body.account_bank,
        number=number,
        actor=actor_of(call),
    )
    status = await call.backend.batchers.of(ask_settlement_changes, "shop_id").submit(command)
    match status:
        case AskSettlementChangeStatus.ASKED | AskSettlementChangeStatus.EXISTS:
            return Answer(value={"application_no": command.id.hex})
        case AskSettlementChangeStatus.HOLDER_INVALID:
            raise wrong("/account_name", _("要是一行，1 到 100 个字"))
        case AskSettlementChangeStatus.BANK_INVALID:
            raise wrong("/account_bank", _("要是一行，1 到 100 个字"))
        case AskSettlementChangeStatus.NUMBER_INVALID:
            raise wrong("/account_number", _("要是 8 到 30 位数字"))
        case AskSettlementChangeStatus.NAME_DIFFERS:
            raise wrong("/account_name", _("和商户或法定代表人的不一致"))
        case AskSettlementChangeStatus.EXCEEDS_LIMIT:
            raise WireError(403, "RULE_LIMIT", _("等店主确认的修改太多了。"))


@ROUTES.add("GET", "/v3/apply4sub/sub_merchants/{sub_mchid}/settlement")
async def show_settlement(call: Call) -> Answer:
    """Tell to which account a merchant's money goes."""
    party = await payee_of(call, call.params["sub_mchid"], "sub_mchid")
    async with call.backend.database.read() as reader:
        found = await list_destinations(reader, party.merchant.shop_id, clock.now())
        case = await get_case(reader, party.merchant.shop_id)
    if not found.accounts:
        raise WireError(404, "RESOURCE_NOT_EXISTS", _("这个商户还没有填收款账户。"))
    account = (found.fitting or found.accounts)[-1]
    return Answer(
        value={
            "account_type": _account_type(case),
            "account_bank": account.bank,
            "bank_name": account.bank,
            "account_number": _mask(account.last4),
            "verify_result": "VERIFY_SUCCESS" if found.fitting else "VERIFY_FAIL",
        }
    )


@ROUTES.add("GET", "/v3/apply4sub/sub_merchants/{sub_mchid}/application/{application_no}")
async def show_settlement_change(call: Call) -> Answer:
    """Tell whether the owner has confirmed another account."""
    party = await payee_of(call, call.params["sub_mchid"], "sub_mchid")
    async with call.backend.database.read() as reader:
        changes = await get_settlement_changes(reader, party.merchant.shop_id)
        case = await get_case(reader, party.merchant.shop_id)
    found = next((each for each in changes if each.id.hex == call.params["application_no"]), None)
    if found is None:
        raise WireError(404, "RESOURCE_NOT_EXISTS", _("没有这个编号的修改申请。"))
    key = call.party.key_of(call.serial, clock.wall())
    assert key is not None, "the request was signed with it"
    told: dict[str, Any] = {
        "account_name": seal_field(key, found.holder),
        "account_type": _account_type(case),
        "account_bank": found.bank,
        "bank_name": found.bank,
        "account_number": _mask(found.last4),
        "verify_result": "AUDIT_SUCCESS" if found.confirmed_at else "AUDITING",
    }
    return Answer(value=told | ({"verify_finish_time": write_time(found.confirmed_at)} if found.confirmed_at else {}))


def _mask(last4: str) -> str:
    return "*" * 12 + last4


def _account_type(case: Case | None) -> str:
    kind = case.application.kind if case and case.application else None
    return "ACCOUNT_TYPE_PRIVATE" if kind is Kind.PERSON else "ACCOUNT_TYPE_BUSINESS"

"""The protocol's calls about complaints: what payers ask for about merchant orders, and buyers about goods.

The second are cases of after-sale: words, pictures, answers and money are the case's. What a merchant says is a reply
in it; whether money goes back is agreeing or refusing. A case that arbiters decide is a complaint that goes on.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, NoReturn
from uuid import UUID

from msgspec import Meta, Struct

from weiji.aftersale import (
    PROOF_MAX,
    WORDS_MAX,
    AgreeCase,
    Case,
    CaseState,
    CaseStatus,
    RefundInstead,
    RefuseCase,
    RefuseReturn,
    ReplyToCase,
    TakeReturn,
    agree_cases,
    get_case,
    get_cases,
    proof_owner,
    refund_instead,
    refuse_cases,
    refuse_returns,
    reply_to_cases,
    take_returns,
)
from weiji.events.outbox import get_trail
from weiji.kit.db import Row
from weiji.media import TAKEN, find_owned, read_picture, upload_pictures
from weiji.orders import Totals, get_totals
from weiji.web import gettext as _
from weiji.wire.addresses import check_address
from weiji.wire.bills import day_of
from weiji.wire.calls.media import FORM_BYTES_MAX, take_picture
from weiji.wire.calls.trade import Mchid, Url, actor_of, payee_of
from weiji.wire.complaint_steps import PART_REFUNDED, REFUNDS, TYPES, step_of
from weiji.wire.complaints import (
    AgreeToComplaint,
    ComplaintFile,
    ComplaintState,
    ComplaintStatus,
    CompleteComplaint,
    RefuseComplaint,
    SayInComplaint,
    agree_to_complaints,
    complete_complaints,
    get_file,
    get_files,
    list_asked,
    list_shops_asked,
    refuse_complaints,
    say_in_complaints,
)
from weiji.wire.errors import WireError, not_allowed, wrong
from weiji.wire.gate import NOTHING, ROUTES, Answer, Call, write_time
from weiji.wire.keys import get_keys_of_shop, list_clients
from weiji.wire.listeners import PutListener, PutListenerStatus, Topic, Wish, get_listener, put_listeners

_COMPLAINTS: Final = "/v3/merchant-service/complaints-v2"
_LISTENER: Final = "/v3/merchant-service/complaint-notifications"
_IMAGES: Final = "/v3/merchant-service/images"

DAYS_MAX: Final = 30
"""How many days a list may span."""

PAGE_MAX: Final = 50
HISTORY_MAX: Final = 300
OFFSET_MAX: Final = 10_000

CLIENTS_MAX: Final = 1_000
"""Merchants whose complaints a service provider sees in one list."""

CLIENTS_PAGE: Final = 1_000
"""Merchants that are looked at a time for whether they have any."""

PICTURES: Final = "/media/"

_CONTENT: Final = "/response_content"

STATES: Final[Mapping[CaseState, str]] = {
    CaseState.ASKED: "PENDING",
    CaseState.COUNTERED: "PROCESSING",
    CaseState.REFUSED: "PROCESSING",
    CaseState.DISPUTED: "PROCESSING",
    CaseState.AGREED: "PROCESSING",
    CaseState.TO_RETURN: "PROCESSING",
    CaseState.RETURNING: "PROCESSING",
    CaseState.RETURN_COUNTERED: "PROCESSING",
    CaseState.RETURN_REFUSED: "PROCESSING",
    CaseState.RETURNED: "PROCESSING",
    CaseState.TO_GIVE_BACK: "PROCESSING",
    CaseState.REFUNDING: "PROCESSED",
    CaseState.RESHIPPED: "PROCESSED",
    CaseState.REFUNDED: "PROCESSED",
    CaseState.WITHDRAWN: "PROCESSED",
    CaseState.EXPIRED: "PROCESSED",
    CaseState.DISMISSED: "PROCESSED",
    CaseState.GIVEN_BACK: "PROCESSED",
}

STATES_OF_ORDERS: Final[Mapping[ComplaintState, str]] = {
    ComplaintState.ASKED: "PENDING",
    ComplaintState.ANSWERED: "PROCESSING",
    ComplaintState.COMPLETED: "PROCESSED",
    ComplaintState.REVIEWING: "PROCESSING",
    ComplaintState.PROPOSED: "PROCESSING",
    ComplaintState.REFUNDING: "PROCESSED",
    ComplaintState.REFUNDED: "PROCESSED",
    ComplaintState.WITHDRAWN: "PROCESSED",
    ComplaintState.EXPIRED: "PROCESSED",
    ComplaintState.DISMISSED: "PROCESSED",
}

TO_SEND: Final = (CaseState.AGREED, CaseState.RETURNED, CaseState.TO_GIVE_BACK)
"""Where the shop is to send something: it may give the money back instead."""

OURS: Final = (CaseState.ASKED, CaseState.RETURNING, *TO_SEND)
"""Where it is the shop's turn: then a complaint isn't dealt with, whatever is said."""

ACTORS: Final = {"buyer": "投诉人", "merchant": "商家", "staff": "平台", "clock": "系统", "channel": "系统"}

Words = Annotated[str, Meta(min_length=1, max_length=WORDS_MAX)]
Pictures = Annotated[list[Annotated[str, Meta(max_length=256)]], Meta(max_length=PROOF_MAX)]


class ReplyBody(Struct, kw_only=True):
    """What a merchant says."""

    response_content: Words
    complainted_mchid: Mchid
    response_images: Pictures = []
    jump_url: str | None = None
    jump_url_text: str | None = None
    mini_program_jump_info: dict[str, Any] | None = None


class CompleteBody(Struct, kw_only=True):
    """That a complaint is dealt with."""

    complainted_mchid: Mchid


class RefundProgressBody(Struct, kw_only=True):
    """Whether what was asked for is agreed to."""

    action: Annotated[str, Meta(max_length=32)]
    reject_reason: Annotated[str, Meta(max_length=WORDS_MAX)] | None = None
    reject_media_list: Pictures = []
    remark: Annotated[str, Meta(max_length=WORDS_MAX)] | None = None


class ListenerBody(Struct, kw_only=True):
    """Where a merchant wants to be told of complaints."""

    url: Url


@ROUTES.add("GET", _COMPLAINTS)
async def index(call: Call) -> Answer:
    """List complaints of some days, the newest first."""
    (since, _end), (last, until) = _day(call, "begin_date"), _day(call, "end_date")
    if not timedelta(0) <= last - since < timedelta(days=DAYS_MAX):
        raise wrong("end_date", _("不能早于开始日期，最多相隔 %(days)s 天", days=DAYS_MAX), call.ask("end_date"))
    limit, offset = _number(call, "limit", 10, 1, PAGE_MAX), _number(call, "offset", 0, 0, OFFSET_MAX)
    mchid = call.query.get("complainted_mchid")
    if mchid:
        merchant = (await payee_of(call, mchid, "complainted_mchid")).merchant
        mchids = {merchant.shop_id: mchid}
    else:
        mchids = await _find_asked(call, since, until)
    async with call.backend.database.read() as reader:
        asked, total = await list_asked(reader, mchids, since, until, offset, limit)
        cases = await get_cases(reader, [id for id, is_case in asked if is_case])
        totals = await get_totals(reader, [case.order_id for case in cases.values()])
        files = await get_files(reader, [id for id, is_case in asked if not is_case])
    told = [
        describe_case(cases[id], mchids[cases[id].shop_id], totals[cases[id].order_id], call.origin)
        if is_case
        else describe_complaint(files[id], call.origin)
        for id, is_case in asked
    ]
    return Answer(value={"data": told, "limit": limit, "offset": offset, "total_count": total})


async def _find_asked(call: Call, since: datetime, until: datetime) -> dict[UUID, str]:
    """Find all whom the caller acts for, as with notices, and who has complaints. Raises WireError.

    Nobody is asked whether they may be named: only who has some counts.
    """
    found = {call.party.merchant.shop_id: call.mchid}
    after = ""
    while True:
        async with call.backend.database.read() as reader:
            clients = await list_clients(reader, call.mchid, after, CLIENTS_PAGE)
            shops = {client.shop_id: client.mchid for client in clients}
            asked = await list_shops_asked(reader, shops, since, until) if shops else []
        found |= {shop_id: shops[shop_id] for shop_id in asked}
        if len(found) > CLIENTS_MAX:
            words = _(
                "有投诉的商户超过 %(most)s 个：请缩短日期，或带上 complainted_mchid 一个一个地问。", most=CLIENTS_MAX
            )
            raise WireError(403, "RULE_LIMIT", words)
        if len(clients) < CLIENTS_PAGE:
            return found
        after = clients[-1].mchid


@ROUTES.add("GET", f"{_COMPLAINTS}/{{complaint_id}}")
async def show(call: Call) -> Answer:
    """Tell of one complaint."""
    found, mchid = await _find(call)
    if isinstance(found, ComplaintFile):
        return Answer(value=describe_complaint(found, call.origin))
    return Answer(value=describe_case(found, mchid, await _totals_of(call, found), call.origin))


@ROUTES.add("GET", f"{_COMPLAINTS}/{{complaint_id}}/negotiation-historys")
async def show_history(call: Call) -> Answer:
    """Tell what was said and done, the newest first."""
    found, _place = await _find(call)
    limit, offset = _number(call, "limit", 100, 1, HISTORY_MAX), _number(call, "offset", 0, 0, OFFSET_MAX)
    if isinstance(found, ComplaintFile):
        id, proof, total = found.complaint.id, found.complaint.proof, found.total
    else:
        id, proof, total = found.id, found.proof, (await _totals_of(call, found)).total
    async with call.backend.database.read() as reader:
        trail = [row for row in await get_trail(reader, id, HISTORY_MAX) if row["type"] in TYPES]
    rows = list(reversed(trail))[offset : offset + limit]
    told = [_tell_step(row, proof, total, call.origin) for row in rows]
    return Answer(value={"data": told, "limit": limit, "offset": offset, "total_count": len(trail)})


@ROUTES.add("POST", f"{_COMPLAINTS}/{{complaint_id}}/response")
async def reply(call: Call) -> Answer:
    """Tell the buyer something."""
    body = call.read(ReplyBody)
    for name in ("jump_url", "jump_url_text", "mini_program_jump_info"):
        if getattr(body, name):
            raise wrong(f"/{name}", _("这里没有：回复里只有文字和图片"))
    found, mchid = await _find(call)
    _check_mchid(call, body.complainted_mchid, mchid)
    of = call.backend.batchers.of
    said: dict[str, Any] = {
        **_mover(call, found),
        "words": body.response_content,
        "proof": await _show_in(call, found, body.response_images, "/response_images"),
    }
    if isinstance(found, ComplaintFile):
        return _end_complaint(await of(say_in_complaints, "complaint_id").submit(SayInComplaint(**said)), _CONTENT)
    return _end(await of(reply_to_cases, "case_id").submit(ReplyToCase(**said)), _CONTENT)


@ROUTES.add("POST", f"{_COMPLAINTS}/{{complaint_id}}/complete")
async def complete(call: Call) -> Answer:
    """Take note that a complaint is dealt with: it is, as soon as it is not the shop's turn any more."""
    body = call.read(CompleteBody)
    found, mchid = await _find(call)
    _check_mchid(call, body.complainted_mchid, mchid)
    if isinstance(found, ComplaintFile):
        command = CompleteComplaint(**_mover(call, found))
        status = await call.backend.batchers.of(complete_complaints, "complaint_id").submit(command)
        if status is ComplaintStatus.NOT_ALLOWED_NOW:
            words = _("现在轮到商家处理：先回复，或者同意、拒绝退款。")
            raise WireError(400, "INVALID_REQUEST", words)
        return _end_complaint(status, _CONTENT)
    if found.state in OURS:
        words = _("现在轮到商家处理（%(state)s）：同意、拒绝、收下退货，或者补发、寄还。", state=found.state.value)
        raise WireError(400, "INVALID_REQUEST", words)
    return NOTHING


@ROUTES.add("POST", f"{_COMPLAINTS}/{{complaint_id}}/update-refund-progress")
async def decide(call: Call) -> Answer:
    """Agree to what the buyer asks for, or refuse it."""
    body = call.read(RefundProgressBody)
    found, _place = await _find(call)
    if body.action not in ("APPROVE", "REJECT"):
        raise wrong("/action", _("要是 APPROVE 或 REJECT"), body.action)
    is_agreed = body.action == "APPROVE"
    given = _mover(call, found)
    if not is_agreed:
        given["words"] = body.reject_reason or ""
        given["proof"] = await _show_in(call, found, body.reject_media_list, "/reject_media_list")
    of = call.backend.batchers.of
    if isinstance(found, ComplaintFile):
        if is_agreed:
            answer = await of(agree_to_complaints, "complaint_id").submit(AgreeToComplaint(**given))
        else:
            answer = await of(refuse_complaints, "complaint_id").submit(RefuseComplaint(**given))
        return _end_complaint(answer, "/reject_reason")
    is_back = found.state is CaseState.RETURNING
    if is_agreed and is_back:
        status = await of(take_returns, "case_id").submit(TakeReturn(**given))
    elif is_agreed and found.state in TO_SEND:
        status = await of(refund_instead, "case_id").submit(RefundInstead(**given))
    elif is_agreed:
        status = await of(agree_cases, "case_id").submit(AgreeCase(**given))
    elif is_back:
        status = await of(refuse_returns, "case_id").submit(RefuseReturn(**given))
    else:
        status = await of(refuse_cases, "case_id").submit(RefuseCase(**given))
    return _end(status, "/reject_reason")


def _mover(call: Call, found: Case | ComplaintFile) -> dict[str, Any]:
    """Say of a command which complaint it is about, and that the shop's program gives it."""
    if isinstance(found, ComplaintFile):
        name = {"complaint_id": found.complaint.id, "shop_id": found.complaint.shop_id}
    else:
        name = {"case_id": found.id, "shop_id": found.shop_id}
    return {**name, "actor": actor_of(call)}


def _end_complaint(status: ComplaintStatus, words_at: str) -> Answer:
    match status:
        case ComplaintStatus.DONE | ComplaintStatus.EXISTS:
            return NOTHING
        case ComplaintStatus.WORDS_REFUSED:
            raise wrong(words_at, _("这段话里有平台不让写的词，没有发出去。请换个说法。"))
        case ComplaintStatus.WORDS_INVALID:
            raise wrong(words_at, _("要是 1 到 %(most)s 个字", most=WORDS_MAX))
        case ComplaintStatus.NOT_ALLOWED_NOW:
            raise WireError(400, "INVALID_REQUEST", _("投诉现在的状态不能这样做。"))
        case ComplaintStatus.AMOUNT_OUT_OF_RANGE:
            words = _("用户没有要退款，或者已经没有可退的：请回复，或者用退款接口退。")
            raise WireError(400, "INVALID_REQUEST", words)
        case ComplaintStatus.CHARGED_BACK:
            raise WireError(400, "INVALID_REQUEST", _("付款人的渠道已经把这笔钱拿回去了（拒付），不能再退一次。"))
        case ComplaintStatus.SHARED_OUT:
            words = _("钱分给了别人：先用分账回退收回来，再退。")
            raise WireError(400, "INVALID_REQUEST", words)
        case _:
            raise not_allowed(_("现在不能这样做：%(status)s。", status=status.value))


def _end(status: CaseStatus, words_at: str) -> Answer:
    match status:
        case CaseStatus.DONE | CaseStatus.EXISTS:
            return NOTHING
        case CaseStatus.WORDS_REFUSED | CaseStatus.OFFERS_PAYMENT:
            raise wrong(words_at, _("这段话里有平台不让写的词，没有发出去。请换个说法。"))
        case CaseStatus.WORDS_INVALID:
            raise wrong(words_at, _("要是 1 到 %(most)s 个字", most=WORDS_MAX))
        case CaseStatus.PROOF_MISSING:
            raise wrong("/reject_media_list", _("寄回来的东西不对，要有至少一张图片"))
        case CaseStatus.ADDRESS_MISSING:
            words = _("这家店还没有填退货地址：在售后设置页里填。")
            raise WireError(400, "INVALID_REQUEST", words)
        case CaseStatus.NOT_ALLOWED_NOW:
            raise WireError(400, "INVALID_REQUEST", _("投诉现在的状态不能这样做。"))
        case _:
            raise not_allowed(_("现在不能这样做：%(status)s。", status=status.value))


async def _find(call: Call) -> tuple[Case | ComplaintFile, str]:
    """Find the complaint that a path names, and whose it is: the caller's, or of who named it. Raises WireError."""
    try:
        id = UUID(hex=call.params["complaint_id"])
    except ValueError:
        _nothing()
    async with call.backend.database.read() as reader:
        view = await get_case(reader, id)
        found = view.case if view else await get_file(reader, id)
        if found is None:
            _nothing()
        shop_id = found.complaint.shop_id if isinstance(found, ComplaintFile) else found.shop_id
        if shop_id == call.party.merchant.shop_id:
            return found, call.mchid
        keys = await get_keys_of_shop(reader, shop_id)
    if keys is None or keys.merchant is None or call.mchid not in keys.merchant.partners:
        _nothing()
    return found, keys.merchant.mchid


async def _totals_of(call: Call, case: Case) -> Totals:
    async with call.backend.database.read() as reader:
        return (await get_totals(reader, [case.order_id]))[case.order_id]


def _check_mchid(call: Call, said: str, mchid: str) -> None:
    """Check whom a body says that a complaint is against; one client names who calls, whoever it acts for."""
    if said not in (mchid, call.mchid):
        raise wrong("/complainted_mchid", _("不是这笔投诉的商户"), said)


def _nothing() -> NoReturn:
    raise WireError(404, "RESOURCE_NOT_EXISTS", _("没有这个单号的投诉。"))


def _day(call: Call, name: str) -> tuple[datetime, datetime]:
    text = call.ask(name)
    found = day_of(text)
    if found is None:
        raise wrong(name, _("要是日期，如 2026-01-31"), text)
    return found


def _number(call: Call, name: str, default: int, least: int, most: int) -> int:
    text = call.query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise wrong(name, _("要是 %(least)s 到 %(most)s 的数", least=least, most=most), text)
    return int(text)


# What is told


def describe_case(case: Case, mchid: str, totals: Totals, origin: str) -> dict[str, Any]:
    """Tell of a case as the protocol tells of a complaint, whose amounts are the order's.

    Who the buyer is, and their number, it does not say.
    """
    told: dict[str, Any] = {
        "complaint_id": case.id.hex,
        "complaint_time": write_time(case.asked_at),
        "complaint_detail": case.words or case.reason.value,
        "complaint_state": STATES[case.state],
        "complainted_mchid": mchid,
        "complaint_order_info": [
            {
                "transaction_id": case.order_id.hex,
                "out_trade_no": case.order_number,
                "amount": totals.total,
            }
        ],
        "complaint_full_refunded": totals.refunded >= totals.total > 0,
        "incoming_user_response": case.state in OURS or case.said_last == "buyer",
        "user_complaint_times": 1,
        "problem_description": case.reason.value,
        "problem_type": "REFUND" if case.kind in REFUNDS else "SERVICE_NOT_WORK",
        "in_platform_service": case.state is CaseState.DISPUTED,
        "need_immediate_service": False,
    }
    if case.kind in REFUNDS:
        told["apply_refund_amount"] = case.amount
    if case.proof:
        told["complaint_media_list"] = [_media("USER_COMPLAINT_IMAGE", case.proof, origin)]
    return told


def describe_complaint(file: ComplaintFile, origin: str) -> dict[str, Any]:
    """Tell of what somebody asks for about a merchant order."""
    complaint = file.complaint
    told: dict[str, Any] = {
        "complaint_id": complaint.id.hex,
        "complaint_time": write_time(complaint.asked_at),
        "complaint_detail": complaint.words,
        "complaint_state": STATES_OF_ORDERS[complaint.state],
        "complainted_mchid": file.mchid,
        "complaint_order_info": [
            {"transaction_id": complaint.order_id.hex, "out_trade_no": file.order_number, "amount": file.total}
        ],
        "complaint_full_refunded": not file.rest,
        "incoming_user_response": complaint.state is ComplaintState.ASKED or complaint.said_last == "buyer",
        "user_complaint_times": complaint.number,
        "problem_description": complaint.reason.value,
        "problem_type": "REFUND" if complaint.amount else "SERVICE_NOT_WORK",
        "in_platform_service": complaint.is_with_staff,
        "need_immediate_service": False,
    }
    if complaint.amount:
        told["apply_refund_amount"] = complaint.amount
    if complaint.proof:
        told["complaint_media_list"] = [_media("USER_COMPLAINT_IMAGE", complaint.proof, origin)]
    return told


def _media(kind: str, pictures: tuple[str, ...], origin: str) -> dict[str, Any]:
    return {
        "media_type": kind,
        "media_url": [f"{origin}{_IMAGES}/{url.removeprefix(PICTURES)}" for url in pictures],
    }


def _history_words() -> dict[str, str]:
    """Say what happened where nobody said anything."""
    return {
        "CaseAsked": _("用户发起了售后。"),
        "CaseCountered": _("商家提出了别的办法。"),
        "CaseAgreed": _("商家同意了。"),
        "ReturnSent": _("用户已寄回商品。"),
        "ReturnTaken": _("商家已收到退货。"),
        "ReplacementSent": _("商家已补发。"),
        "GoodsGivenBack": _("商家已把商品寄还用户。"),
        "CaseRefundOrdered": _("退款处理中。"),
        "CaseRefunded": _("退款已到账。"),
        "CaseWithdrawn": _("用户撤销了。"),
        "CaseExpired": _("超时关闭。"),
        "DisputeOpened": _("平台已介入。"),
        "EvidenceSubmitted": _("有一方提交了证据。"),
        "DisputeRuled": _("平台已裁决。"),
        "RulingAppealed": _("有一方申诉了。"),
        "RulingExecuted": _("裁决已执行。"),
        "DisputeWithdrawn": _("用户撤销了。"),
        "ComplaintAsked": _("用户发起了投诉。"),
        "ComplaintAgreed": _("商家同意了。"),
        "ComplaintCompleted": _("商家处理完了。"),
        "ComplaintTakenFurther": _("平台已介入。"),
        "ComplaintWithdrawn": _("用户撤销了。"),
        "ComplaintExpired": _("超时关闭。"),
        "ComplaintRefundOrdered": _("退款处理中。"),
        "ComplaintRefunded": _("退款已到账。"),
    }


def _tell_step(row: Row, shown: tuple[str, ...], total: int, origin: str) -> dict[str, Any]:
    data = row["data"]
    type = step_of(TYPES[row["type"]], row["actor_kind"], data.get("kind")).history
    if row["type"] in ("CaseRefundOrdered", "ComplaintRefundOrdered") and data["amount"] < total:
        type = PART_REFUNDED
    told: dict[str, Any] = {
        "log_id": row["id"].hex,
        "operator": ACTORS.get(row["actor_kind"], "系统"),
        "operate_time": write_time(row["at"]),
        "operate_type": type,
        "operate_details": data.get("words") or _history_words().get(row["type"], ""),
        "image_list": [],
    }
    proof = tuple(data.get("proof", ()))
    if row["type"] in ("CaseAsked", "ComplaintAsked") and shown:
        told["complaint_media_list"] = _media("USER_COMPLAINT_IMAGE", shown, origin)
    elif proof:
        media = _media("OPERATION_IMAGE", proof, origin)
        told["complaint_media_list"] = media
        if row["actor_kind"] != "buyer":  # Theirs are in the other list alone.
            told["image_list"] = media["media_url"]
    return told


# Where it is told of


@ROUTES.add("POST", _LISTENER)
async def listen(call: Call) -> Answer:
    """Have a server told of complaints."""
    return await _put(call, Wish.ADD, call.read(ListenerBody).url)


@ROUTES.add("PUT", _LISTENER)
async def listen_elsewhere(call: Call) -> Answer:
    """Have another server told."""
    return await _put(call, Wish.CHANGE, call.read(ListenerBody).url)


@ROUTES.add("DELETE", _LISTENER)
async def stop_listening(call: Call) -> Answer:
    """Have no server told any more."""
    return await _put(call, Wish.REMOVE, None)


@ROUTES.add("GET", _LISTENER)
async def show_listener(call: Call) -> Answer:
    """Tell which server is told."""
    async with call.backend.database.read() as reader:
        found = await get_listener(reader, call.mchid, Topic.COMPLAINTS)
    if found is None:
        raise WireError(404, "RESOURCE_NOT_EXISTS", _("你没有设置接收投诉通知的地址。"))
    return Answer(value={"mchid": call.mchid, "url": found.url})


async def _put(call: Call, wish: Wish, url: str | None) -> Answer:
    command = PutListener(
        mchid=call.mchid,
        topic=Topic.COMPLAINTS,
        shop_id=call.party.merchant.shop_id,
        wish=wish,
        url=check_address(url, "/url") if url is not None else "",
        key_id=call.notice_key_id,
        actor=actor_of(call),
    )
    match await call.backend.batchers.of(put_listeners, "shop_id").submit(command):
        case PutListenerStatus.EXISTS:
            raise WireError(400, "INVALID_REQUEST", _("已经有通知地址了：请用 PUT 修改。"))
        case PutListenerStatus.LISTENER_NOT_FOUND:
            raise WireError(404, "RESOURCE_NOT_EXISTS", _("你没有设置接收投诉通知的地址。"))
        case PutListenerStatus.DONE:
            return Answer(value={"mchid": call.mchid, "url": url}) if url is not None else NOTHING


# Pictures


@ROUTES.add("POST", f"{_IMAGES}/upload", bytes_max=FORM_BYTES_MAX, has_meta=True)
async def upload(call: Call) -> Answer:
    """Take in a picture, to be shown in a complaint later."""
    return Answer(value={"media_id": await take_picture(call)})


@ROUTES.add("GET", f"{_IMAGES}/{{media_id}}")
async def download(call: Call) -> Answer:
    """Give a picture of a complaint. Clients don't check who signed it."""
    content = read_picture(call.backend.settings.data, PICTURES + call.params["media_id"])
    if content is None:
        raise WireError(404, "RESOURCE_NOT_EXISTS", _("没有这张图片，或者已经删掉了。"))
    return Answer(content=content, media_type="image/webp", is_signed=False)


async def _show_in(call: Call, found: Case | ComplaintFile, media_ids: list[str], field: str) -> tuple[str, ...]:
    """Put pictures that the merchant uploaded beside the order: what is shown in a case belongs to that."""
    if not media_ids:
        return ()
    shop_id = call.party.merchant.shop_id
    urls = [PICTURES + id for id in media_ids]
    async with call.backend.database.read() as reader:
        owned = await find_owned(reader, [(shop_id, url) for url in urls])
    contents = []
    for url in urls:
        content = read_picture(call.backend.settings.data, url) if (shop_id, url) in owned else None
        if content is None:
            raise wrong(field, _("有一张图片不是你上传的，或者上传得太久了"))
        contents.append(content)
    order_id = found.complaint.order_id if isinstance(found, ComplaintFile) else found.order_id
    taken = await upload_pictures(call.backend.batchers, call.backend.settings, proof_owner(order_id), contents)
    if any(each.status not in TAKEN for each in taken):
        raise wrong(field, _("超过了这笔订单的图片总大小"))
    return tuple(each.url for each in taken if each.url)

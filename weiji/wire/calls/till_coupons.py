"""The protocol's calls about coupons that a merchant uses at its own till: a stock is a campaign of the shop, here too.

A coupon's code is made here, or the merchant's own. Any coupon of the shop is good at the till that takes off a fixed
amount: those of its pages, too. What it takes off is for the till to reckon; nothing of it is an order here.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Struct

from weiji.coupons import (
    CampaignState,
    CampaignVerb,
    ClaimCoupon,
    Coupon,
    CouponState,
    CouponVerb,
    CreateCampaign,
    CreateCampaignStatus,
    MoveCampaign,
    ServeCoupon,
    ServeCouponStatus,
    ShownCampaign,
    Terms,
    create_campaigns,
    get_coupons,
    get_use,
    list_coupons_in_shop,
    move_campaigns,
    serve_coupons,
)
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.web import gettext as _
from weiji.wire.calls.coupons import (
    NORMAL,
    OFFSET_MAX,
    ROWS_MAX,
    Fen,
    any_time,
    by_account,
    claim,
    code_of,
    find_person,
    find_stock,
    nothing_there,
    read_coupon_id,
    refuse_stock,
)
from weiji.wire.calls.trade import Appid, Mchid, RefundNumber, actor_of, check_self
from weiji.wire.errors import WireError, wrong
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.listeners import NoteStockApp, NoteStockAppStatus, note_stock_apps
from weiji.wire.numbers import read_number
from weiji.wire.openids import openid_of
from weiji.wire.own_codes import (
    BindCode,
    BindCodeStatus,
    CodeMode,
    DeleteCode,
    DeleteCodeStatus,
    NoteCodeStock,
    NoteCodeStockStatus,
    OwnCode,
    UnbindCode,
    UploadCodes,
    UploadCodesStatus,
    bind_codes,
    delete_codes,
    find_own_code,
    get_code_stocks,
    get_codes_of_coupons,
    list_own_codes,
    note_code_stocks,
    unbind_codes,
    upload_codes,
)
from weiji.wire.own_codes.model import CodeStock

_STOCKS: Final = "/v3/marketing/busifavor/stocks"
_COUPONS: Final = "/v3/marketing/busifavor/coupons"
_USERS: Final = "/v3/marketing/busifavor/users/{openid}/coupons"

CODES: Final = "WECHATPAY_MODE"
"""Who makes the codes: we do."""

MODES: Final = (CODES, *CodeMode)

UPLOAD_MAX: Final = 200
"""Codes of one upload."""

CODE_SHAPE: Final = re.compile(r"[0-9A-Za-z \\/=|_-]{1,32}")

_CODES: Final = f"{_STOCKS}/{{stock_id}}/couponcodes"

CODE_STATES: Final = {"": None, "AVAILABLE": False, "DISPATCHED": True}
"""Whether a coupon has a code, by what the protocol calls it."""

_STATES: Final = {
    CampaignState.CREATED: "UNAUDIT",
    CampaignState.RUNNING: "RUNNING",
    CampaignState.PAUSED: "PAUSED",
    CampaignState.STOPPED: "STOPED",
}
"""As the protocol spells them."""

STATE_TABS: Final = {
    "": "all",
    "SENDED": "usable",
    "USED": "used",
    "EXPIRED": "lapsed",
    "DEACTIVATED": "ended",
}
"""What each state of the protocol lists (`list_coupons_in_shop`)."""

_LIMITS: Final = (
    "wait_days_after_receive",
    "available_second_after_receive",
    "available_week",
    "irregulary_avaliable_time",
)
"""Times within its time when a coupon could be used; there are none."""


def _faults() -> dict[CreateCampaignStatus, tuple[str, str]]:
    """Say which field of a stock is wrong, and why."""
    return {
        CreateCampaignStatus.NAME_INVALID: ("/stock_name", _("不是一行")),
        CreateCampaignStatus.AMOUNT_OUT_OF_RANGE: (
            "/coupon_use_rule/fixed_normal_coupon/discount_amount",
            _("超出范围，或者不低于 transaction_minimum"),
        ),
        CreateCampaignStatus.THRESHOLD_OUT_OF_RANGE: (
            "/coupon_use_rule/fixed_normal_coupon/transaction_minimum",
            _("超出范围"),
        ),
        CreateCampaignStatus.QUANTITY_OUT_OF_RANGE: ("/stock_send_rule/max_coupons", _("超出范围")),
        CreateCampaignStatus.PER_PERSON_OUT_OF_RANGE: ("/stock_send_rule/max_coupons_per_user", _("超出范围")),
        CreateCampaignStatus.TIME_INVALID: (
            "/coupon_use_rule/coupon_available_time/available_end_time",
            _("已经过去，或者早于开始时间，或者晚于开始时间两年"),
        ),
        CreateCampaignStatus.VALID_DAYS_OUT_OF_RANGE: (
            "/coupon_use_rule/coupon_available_time/available_day_after_receive",
            _("超出范围"),
        ),
    }


Code = Annotated[str, Meta(min_length=1, max_length=32)]


class FixedCoupon(Struct, kw_only=True):
    """What a coupon takes off, and over how much."""

    discount_amount: Fen
    transaction_minimum: Fen = 0


class AvailableTime(Struct, kw_only=True):
    """When coupons can be used."""

    available_begin_time: datetime
    available_end_time: datetime
    available_day_after_receive: int = 0
    """How many days since somebody got it; 0: until the end."""
    wait_days_after_receive: int = 0
    available_second_after_receive: int = 0
    available_week: dict[str, Any] = {}
    irregulary_avaliable_time: list[dict[str, Any]] = []
    """Spelled so."""


class UseRule(Struct, kw_only=True):
    """How a coupon is used."""

    coupon_available_time: AvailableTime
    fixed_normal_coupon: FixedCoupon


class SendRule(Struct, kw_only=True):
    """How many coupons there are."""

    max_coupons: Annotated[int, Meta(ge=1)]
    max_coupons_per_user: Annotated[int, Meta(ge=1)]
    max_amount: Annotated[int, Meta(ge=0)] | None = None
    max_coupons_by_day: Annotated[int, Meta(ge=0)] = 0
    max_amount_by_day: Annotated[int, Meta(ge=0)] = 0
    natural_person_limit: bool = False


class NotifyConfig(Struct, kw_only=True):
    """How the merchant is told of a stock's coupons."""

    notify_appid: Appid | None = None
    """The app by whose names for people; none: not who they are."""


class StockBody(Struct, kw_only=True):
    """A stock of coupons."""

    stock_name: Annotated[str, Meta(min_length=1, max_length=21)]
    belong_merchant: Mchid
    coupon_use_rule: UseRule
    stock_send_rule: SendRule
    out_request_no: RefundNumber
    stock_type: str = NORMAL
    coupon_code_mode: str = CODES
    subsidy: bool = False
    notify_config: NotifyConfig | None = None


class SendBody(Struct, kw_only=True):
    """Who gets a coupon."""

    stock_id: Code
    out_request_no: RefundNumber
    openid: Annotated[str, Meta(min_length=1, max_length=128)]
    appid: Appid
    coupon_code: Code | None = None


class UseBody(Struct, kw_only=True):
    """Which coupon is used."""

    coupon_code: Code
    appid: Appid
    use_time: datetime
    use_request_no: RefundNumber
    stock_id: Code | None = None
    openid: Annotated[str, Meta(min_length=1, max_length=128)] | None = None


class ReturnBody(Struct, kw_only=True):
    """Which coupon is to be usable again."""

    coupon_code: Code
    stock_id: Code
    return_request_no: RefundNumber


class EndBody(Struct, kw_only=True):
    """Which coupon is to be usable no more."""

    coupon_code: Code
    stock_id: Code
    deactivate_request_no: RefundNumber
    deactivate_reason: Annotated[str, Meta(max_length=64)] | None = None


@ROUTES.add("POST", _STOCKS)
async def make(call: Call) -> Answer:
    """Make a stock, and start it. What is said of how it looks is passed over."""
    body = call.read(StockBody)
    _check(call, body)
    shop_id, rule = call.party.merchant.shop_id, body.coupon_use_rule
    id = derive(shop_id, "busifavor stock", body.out_request_no)
    command = CreateCampaign(
        id=id,
        shop_id=shop_id,
        name=body.stock_name,
        terms=Terms(
            amount=rule.fixed_normal_coupon.discount_amount, threshold=rule.fixed_normal_coupon.transaction_minimum
        ),
        quantity=body.stock_send_rule.max_coupons,
        per_person=body.stock_send_rule.max_coupons_per_user,
        starts_at=rule.coupon_available_time.available_begin_time,
        ends_at=rule.coupon_available_time.available_end_time,
        valid_days=rule.coupon_available_time.available_day_after_receive,
        code=code_of(id),
        actor=actor_of(call),
    )
    status = await call.backend.batchers.of(create_campaigns).submit(command)
    if status not in (CreateCampaignStatus.CREATED, CreateCampaignStatus.EXISTS):
        refuse_stock(status, _faults())
    await _note_mode(call, id, body.coupon_code_mode)
    appid = body.notify_config.notify_appid if body.notify_config else None
    if appid is not None:
        noting = NoteStockApp(campaign_id=id, shop_id=shop_id, appid=appid)
        noted = await call.backend.batchers.of(note_stock_apps, "shop_id").submit(noting)
        if noted is NoteStockAppStatus.EXISTS_WITH_DIFFERENT_APP:
            refuse_stock(CreateCampaignStatus.EXISTS_WITH_DIFFERENT_CAMPAIGN, _faults())
    # Started before, or stopped since: it stays so.
    start = MoveCampaign(id=id, shop_id=shop_id, verb=CampaignVerb.START, actor=actor_of(call))
    await call.backend.batchers.of(move_campaigns).submit(start)
    # Another call with this number may have noted its own until now; from now on none can.
    await _check_mode(call, id, body.coupon_code_mode)
    made = (await find_stock(call, id.hex)).campaign
    return Answer(value={"stock_id": made.id.hex, "create_time": write_time(made.created_at)})


async def _note_mode(call: Call, id: UUID, mode: str) -> None:
    """Note where the codes of a stock come from, before it is started: it never changes. Raises WireError."""
    async with call.backend.database.read() as reader:
        codes = (await get_code_stocks(reader, [id])).get(id)
    is_made = codes is not None or (await find_stock(call, id.hex)).campaign.state is not CampaignState.CREATED
    if is_made and (codes.mode if codes else CODES) != mode:
        refuse_stock(CreateCampaignStatus.EXISTS_WITH_DIFFERENT_CAMPAIGN, _faults())
    if codes is None and mode != CODES:
        noting = NoteCodeStock(campaign_id=id, shop_id=call.party.merchant.shop_id, mode=CodeMode(mode))
        said = await call.backend.batchers.of(note_code_stocks, "shop_id").submit(noting)
        if said is NoteCodeStockStatus.EXISTS_WITH_DIFFERENT_MODE:
            refuse_stock(CreateCampaignStatus.EXISTS_WITH_DIFFERENT_CAMPAIGN, _faults())


async def _check_mode(call: Call, id: UUID, mode: str) -> None:
    async with call.backend.database.read() as reader:
        codes = (await get_code_stocks(reader, [id])).get(id)
    if (codes.mode if codes else CODES) != mode:
        refuse_stock(CreateCampaignStatus.EXISTS_WITH_DIFFERENT_CAMPAIGN, _faults())


def _check(call: Call, body: StockBody) -> None:
    check_self(call, body.belong_merchant, "/belong_merchant")
    if body.stock_type != NORMAL:
        raise wrong("/stock_type", _("要是 %(value)s：满多少减多少", value=NORMAL), body.stock_type)
    if body.coupon_code_mode not in MODES:
        raise wrong("/coupon_code_mode", _("要是其中之一：%(names)s", names=", ".join(MODES)), body.coupon_code_mode)
    if body.subsidy:
        raise wrong("/subsidy", _("要是 false：券减的钱由店承担"))
    rule, use = body.stock_send_rule, body.coupon_use_rule
    if rule.max_amount and rule.max_amount < rule.max_coupons * use.fixed_normal_coupon.discount_amount:
        words = _("比 max_coupons 张券一共减的少：不会发到一半就停")
        raise wrong("/stock_send_rule/max_amount", words, rule.max_amount)
    if rule.natural_person_limit:
        raise wrong("/stock_send_rule/natural_person_limit", by_account())
    for name in ("max_coupons_by_day", "max_amount_by_day"):
        if getattr(rule, name):
            raise wrong(f"/stock_send_rule/{name}", _("这里没有：不按天限量"))
    time = use.coupon_available_time
    for name in _LIMITS:
        if getattr(time, name):
            raise wrong(f"/coupon_use_rule/coupon_available_time/{name}", any_time())
    for name in ("available_begin_time", "available_end_time"):
        if getattr(time, name).tzinfo is None:
            raise wrong(f"/coupon_use_rule/coupon_available_time/{name}", _("要带时区，如 +08:00"))


@ROUTES.add("GET", f"{_STOCKS}/{{stock_id}}")
async def show_stock(call: Call) -> Answer:
    """Tell of a stock."""
    shown = await find_stock(call, call.params["stock_id"])
    async with call.backend.database.read() as reader:
        codes = (await get_code_stocks(reader, [shown.campaign.id])).get(shown.campaign.id)
    return Answer(value=_describe_stock(call, shown, codes))


def _describe_stock(call: Call, shown: ShownCampaign, codes: CodeStock | None) -> dict[str, Any]:
    campaign = shown.campaign
    told: dict[str, Any] = {}
    if codes is not None and codes.mode is CodeMode.MERCHANT_UPLOAD:
        left = max(0, codes.codes - campaign.claimed)
        told = {"coupon_code_count": {"total_count": codes.codes, "available_count": left}}
    return told | {
        "stock_id": campaign.id.hex,
        "stock_name": campaign.name,
        "belong_merchant": call.mchid,
        "goods_name": campaign.name,
        "stock_type": _kind_of(campaign.terms),
        "stock_state": _STATES[campaign.state],
        "coupon_code_mode": codes.mode.value if codes else CODES,
        "coupon_use_rule": {
            **_describe_terms(campaign.terms),
            "coupon_available_time": {
                "available_begin_time": write_time(campaign.starts_at),
                "available_end_time": write_time(campaign.ends_at),
                "available_day_after_receive": campaign.valid_days,
            },
            "use_method": "OFF_LINE",
        },
        "stock_send_rule": {
            "max_amount": campaign.cost_max,
            "max_coupons": campaign.quantity,
            "max_coupons_per_user": campaign.per_person,
        },
        "send_count_information": {
            "total_send_num": campaign.claimed,
            "total_send_amount": campaign.claimed * campaign.terms.amount,
        },
    }


def _kind_of(terms: Terms) -> str:
    return "DISCOUNT" if terms.percent else NORMAL


def _describe_terms(terms: Terms) -> dict[str, Any]:
    if terms.percent:  # Made on the pages; no till takes it.
        return {}
    return {"fixed_normal_coupon": {"discount_amount": terms.amount, "transaction_minimum": terms.threshold}}


@ROUTES.add("POST", f"{_COUPONS}/send")
async def send(call: Call) -> Answer:
    """Send somebody a coupon; asked again with the same number, it is the one that they got."""
    body = call.read(SendBody)
    campaign = (await find_stock(call, body.stock_id)).campaign
    async with call.backend.database.read() as reader:
        codes = (await get_code_stocks(reader, [campaign.id])).get(campaign.id)
    is_said = codes is not None and codes.mode is CodeMode.MERCHANT_API
    if body.coupon_code is not None and not is_said:
        raise wrong("/coupon_code", _("不能指定：这批券的券码不由发券时说"), body.coupon_code)
    if is_said and (body.coupon_code is None or not CODE_SHAPE.fullmatch(body.coupon_code)):
        raise wrong("/coupon_code", code_fault(), body.coupon_code or "")
    command = ClaimCoupon(
        id=derive(campaign.id, "busifavor send", body.out_request_no),
        campaign_id=campaign.id,
        person_id=await find_person(call, body.appid, body.openid),
        actor=actor_of(call),
        code=campaign.code,
    )
    code = await _bind(call, command, body.coupon_code) if codes else command.id.hex
    try:
        await claim(call, command)
    except WireError:
        if codes:
            freeing = UnbindCode(campaign_id=campaign.id, shop_id=call.party.merchant.shop_id, coupon_id=command.id)
            await call.backend.batchers.of(unbind_codes, "shop_id").submit(freeing)
        raise
    if codes:  # Another call of this number may have been refused meanwhile, and have freed it.
        code = await _bind(call, command, body.coupon_code)
    told = {"stock_id": campaign.id.hex, "coupon_code": code, "out_request_no": body.out_request_no}
    # Published texts have these at the top, the published clients below.
    return Answer(value={**told, "openid": body.openid, "send_coupon_result": told})


async def _bind(call: Call, claiming: ClaimCoupon, code: str | None) -> str:
    """Give a coupon its code before it is sent: what was lost on the way is found again by its number."""
    command = BindCode(
        campaign_id=claiming.campaign_id,
        shop_id=call.party.merchant.shop_id,
        coupon_id=claiming.id,
        code=code,
    )
    result = await call.backend.batchers.of(bind_codes, "shop_id").submit(command)
    match result.status:
        case BindCodeStatus.BOUND | BindCodeStatus.EXISTS:
            return result.code or ""
        case BindCodeStatus.NONE_LEFT:
            raise WireError(403, "NOT_ENOUGH", _("上传的券码用完了：请先上传。"))
        case BindCodeStatus.CODE_TAKEN:
            raise wrong("/coupon_code", _("已经是另一张券的券码"), code or "")
        case _:
            words = _("这个单号已经用于给别人发券。")
            raise WireError(400, "INVALID_REQUEST", words, field="/out_request_no", location="body")


def code_fault() -> str:
    """Say what a code of a merchant's own may be."""
    return _("要 1 到 32 个字符：数字、字母、空格和 %(signs)s", signs="- _ \\ / = |")


class UploadBody(Struct, kw_only=True):
    """Codes of the merchant's own."""

    upload_request_no: Annotated[str, Meta(min_length=1, max_length=128)]
    coupon_code_list: Annotated[list[str], Meta(min_length=1, max_length=UPLOAD_MAX)]


@ROUTES.add("POST", _CODES)
async def upload(call: Call) -> Answer:
    """Take codes of the merchant's own in. What is wrong with one of them keeps no other out."""
    body = call.read(UploadBody)
    campaign = (await find_stock(call, call.params["stock_id"])).campaign
    asked = list(dict.fromkeys(body.coupon_code_list))
    good = tuple(code for code in asked if CODE_SHAPE.fullmatch(code))
    command = UploadCodes(campaign_id=campaign.id, shop_id=call.party.merchant.shop_id, codes=good)
    result = await call.backend.batchers.of(upload_codes, "shop_id").submit(command)
    if result.status is UploadCodesStatus.NOT_UPLOADED_HERE:
        raise WireError(400, "INVALID_REQUEST", _("这批券的券码不是上传的（%(mode)s）。", mode="MERCHANT_UPLOAD"))
    if result.status is UploadCodesStatus.TOO_MANY:
        raise WireError(403, "RULE_LIMIT", _("一批券的券码太多了。"))
    failed = [
        {"coupon_code": code, "code": "PARAM_ERROR", "message": code_fault()} for code in asked if code not in good
    ]
    new = [code for code in good if code in result.new]
    return Answer(
        value={
            "stock_id": campaign.id.hex,
            "total_count": len(asked),
            "success_count": len(new),
            "success_codes": new,
            "success_time": write_time(clock.now()),
            "fail_count": len(failed),
            "fail_codes": failed,
            "exist_codes": [code for code in good if code not in result.new],
            "duplicate_codes": sorted(code for code, n in Counter(body.coupon_code_list).items() if n > 1),
        }
    )


@ROUTES.add("GET", _CODES)
async def show_codes(call: Call) -> Answer:
    """List the codes of a stock that were uploaded, and which of them coupons have."""
    campaign = (await find_stock(call, call.params["stock_id"])).campaign
    state = call.query.get("status") or ""
    if state not in CODE_STATES:
        raise wrong("status", _("要是其中之一：%(names)s", names="AVAILABLE, DISPATCHED"), state)
    offset, limit = read_number(call, "offset", 0, OFFSET_MAX), read_number(call, "limit", 20, UPLOAD_MAX)
    async with call.backend.database.read() as reader:
        stock = (await get_code_stocks(reader, [campaign.id])).get(campaign.id)
        found = await list_own_codes(reader, campaign.id, is_sent=CODE_STATES[state], offset=offset, limit=limit)
        coupons = await get_coupons(reader, [each.coupon_id for each in found if each.coupon_id])
    data = [_describe_code(call, each, coupons) for each in found]
    told = {"stock_id": campaign.id.hex, "total_count": stock.codes if stock else 0}
    return Answer(value={**told, "data": data, "offset": offset, "limit": len(data)})


def _describe_code(call: Call, code: OwnCode, coupons: Mapping[UUID, Coupon]) -> dict[str, Any]:
    told = {
        "code": code.code,
        "code_status": "DISPATCHED" if code.coupon_id else "AVAILABLE",
        "upload_time": write_time(code.uploaded_at),
    }
    coupon = coupons.get(code.coupon_id) if code.coupon_id else None
    if coupon is not None and code.sent_at is not None:
        told |= {"dispatched_time": write_time(code.sent_at), "coupon_code": code.code}
        if call.query.get("appid"):
            told["openid"] = openid_of(call.query["appid"], coupon.person_id)
    return told


@ROUTES.add("GET", f"{_CODES}/{{coupon_code}}")
async def show_code(call: Call) -> Answer:
    """Tell of one code, and of the coupon that has it."""
    campaign = (await find_stock(call, call.params["stock_id"])).campaign
    async with call.backend.database.read() as reader:
        found = await find_own_code(reader, call.party.merchant.shop_id, call.params["coupon_code"])
        if found is None or found.campaign_id != campaign.id or found.deleted_at is not None:
            raise nothing_there()
        coupons = await get_coupons(reader, [found.coupon_id] if found.coupon_id else [])
    told: dict[str, Any] = {"code_information": _describe_code(call, found, coupons)}
    for coupon in coupons.values():
        told["coupon_information"] = _describe_coupon(call, coupon, clock.now(), found.code)
    return Answer(value=told)


@ROUTES.add("DELETE", f"{_CODES}/{{coupon_code}}")
async def delete_code(call: Call) -> Answer:
    """Take back a code that no coupon has."""
    call.ask("delete_request_no")
    campaign = (await find_stock(call, call.params["stock_id"])).campaign
    shop_id, code = call.party.merchant.shop_id, call.params["coupon_code"]
    command = DeleteCode(campaign_id=campaign.id, shop_id=shop_id, code=code)
    match await call.backend.batchers.of(delete_codes, "shop_id").submit(command):
        case DeleteCodeStatus.CODE_NOT_FOUND:
            raise nothing_there()
        case DeleteCodeStatus.SENT:
            raise WireError(400, "INVALID_REQUEST", _("这个券码已经发给了人：不要它，请让券失效。"))
        case _:
            async with call.backend.database.read() as reader:
                found = await find_own_code(reader, shop_id, code)
            at = found.deleted_at if found and found.deleted_at else clock.now()
            return Answer(value={"stock_id": campaign.id.hex, "delete_time": write_time(at)})


@ROUTES.add("POST", f"{_COUPONS}/use")
async def use(call: Call) -> Answer:
    """Use a coupon at the till; asked again with the same number, it is the same use."""
    body = call.read(UseBody)
    if body.use_time.tzinfo is None:
        raise wrong("/use_time", _("要带时区，如 +08:00"))
    coupon = await _find_coupon(call, body.coupon_code, body.stock_id)
    if body.openid is not None and await find_person(call, body.appid, body.openid) != coupon.person_id:
        raise nothing_there()
    use_id = derive(coupon.id, "busifavor use", body.use_request_no)
    await _serve(call, coupon, CouponVerb.USE, use_id)
    used_at, _taken_back_at = await _find_use(call, coupon, use_id)
    return Answer(
        value={
            "stock_id": coupon.campaign_id.hex,
            "openid": openid_of(body.appid, coupon.person_id),
            "wechatpay_use_time": write_time(used_at),
        }
    )


@ROUTES.add("POST", f"{_COUPONS}/return")
async def give_back(call: Call) -> Answer:
    """Let a coupon that the till used be used again."""
    body = call.read(ReturnBody)
    coupon = await _find_coupon(call, body.coupon_code, body.stock_id)
    # The protocol does not name the use: it is the one that there is, unless this return was done before.
    return_id = derive(coupon.id, "busifavor return", body.return_request_no)
    await _serve(call, coupon, CouponVerb.TAKE_BACK, None, return_id)
    used_at, returned_at = await _find_use(call, coupon, return_id)
    return Answer(value={"wechatpay_return_time": write_time(returned_at or used_at)})


@ROUTES.add("POST", f"{_COUPONS}/deactivate")
async def end(call: Call) -> Answer:
    """End a coupon: it can be used no more."""
    body = call.read(EndBody)
    await _serve(call, await _find_coupon(call, body.coupon_code, body.stock_id), CouponVerb.END, None)
    ended = await _find_coupon(call, body.coupon_code, body.stock_id)
    return Answer(value={"wechatpay_deactivate_time": write_time(ended.ended_at or ended.expires_at)})


async def _find_use(call: Call, coupon: Coupon, id: UUID) -> tuple[datetime, datetime | None]:
    """Say when a use was and when it was taken back: whoever asks again is told the same."""
    async with call.backend.database.read() as reader:
        found = await get_use(reader, coupon.id, id)
    assert found, "it was written, now or before"
    return found


async def _find_coupon(call: Call, code: str, stock_id: str | None) -> Coupon:
    async with call.backend.database.read() as reader:
        own = await find_own_code(reader, call.party.merchant.shop_id, code)
        id = own.coupon_id if own and own.coupon_id else read_coupon_id(code)
        found = (await get_coupons(reader, [id])).get(id)
    is_meant = found is not None and (stock_id is None or read_coupon_id(stock_id) == found.campaign_id)
    if found is None or not is_meant or found.shop_id != call.party.merchant.shop_id:
        raise nothing_there()
    return found


async def _serve(
    call: Call, coupon: Coupon, verb: CouponVerb, use_id: UUID | None, return_id: UUID | None = None
) -> None:
    command = ServeCoupon(
        coupon_id=coupon.id,
        shop_id=call.party.merchant.shop_id,
        verb=verb,
        use_id=use_id,
        return_id=return_id,
        actor=actor_of(call),
    )
    match await call.backend.batchers.of(serve_coupons, "coupon_id").submit(command):
        case ServeCouponStatus.DONE | ServeCouponStatus.EXISTS:
            return
        case ServeCouponStatus.NOT_AT_TILLS:
            raise WireError(400, "INVALID_REQUEST", _("这张是折扣券，只能在店里的订单上用。"))
        case ServeCouponStatus.NOT_USED:
            raise WireError(400, "INVALID_REQUEST", _("这张券没有核销过，不用退。"))
        case ServeCouponStatus.NOT_NOW:
            raise WireError(400, "INVALID_REQUEST", _("这张券还没有到时间，或者已经过期。"))
        case _:
            raise WireError(400, "INVALID_REQUEST", _("这张券已经在一笔订单里，或者用在别处了。"))


@ROUTES.add("GET", _USERS)
async def show_coupons(call: Call) -> Answer:
    """List the coupons of the shop that somebody has."""
    for name in ("creator_merchant", "belong_merchant", "sender_merchant"):
        if call.query.get(name):
            check_self(call, call.query[name], name)
    state = call.query.get("coupon_state") or ""
    if state not in STATE_TABS:
        raise wrong("coupon_state", _("要是 SENDED、USED、EXPIRED 或 DEACTIVATED"), state)
    offset, limit = read_number(call, "offset", 0, OFFSET_MAX), read_number(call, "limit", 20, ROWS_MAX)
    appid = call.ask("appid")
    person_id = await find_person(call, appid, call.params["openid"])
    stock_id = read_coupon_id(call.query["stock_id"]) if call.query.get("stock_id") else None
    shop_id, now = call.party.merchant.shop_id, clock.now()
    async with call.backend.database.read() as reader:
        found, total = await list_coupons_in_shop(
            reader, shop_id, person_id, stock_id, STATE_TABS[state], now, offset, limit
        )
        codes = await get_codes_of_coupons(reader, [coupon.id for coupon in found])
    told = [_describe_coupon(call, coupon, now, codes.get(coupon.id)) for coupon in found]
    return Answer(value={"total_count": total, "data": told, "offset": offset, "limit": limit})


@ROUTES.add("GET", f"{_USERS}/{{coupon_code}}/appids/{{appid}}")
async def show_coupon(call: Call) -> Answer:
    """Tell of one coupon of somebody's."""
    person_id = await find_person(call, call.params["appid"], call.params["openid"])
    found = await _find_coupon(call, call.params["coupon_code"], None)
    if found.person_id != person_id:
        raise nothing_there()
    async with call.backend.database.read() as reader:
        code = (await get_codes_of_coupons(reader, [found.id])).get(found.id)
    return Answer(value=_describe_coupon(call, found, clock.now(), code))


def _describe_coupon(call: Call, coupon: Coupon, now: datetime, code: str | None) -> dict[str, Any]:
    """Tell of somebody's coupon; *code* is the merchant's own, if it has one."""
    if coupon.state is CouponState.USED:
        state = "USED"
    elif coupon.ended_at is not None:
        state = "DEACTIVATED"
    else:
        is_over = coupon.state is CouponState.UNUSED and coupon.expires_at <= now
        state = "EXPIRED" if is_over else "SENDED"
    return {
        "belong_merchant": call.mchid,
        "stock_id": coupon.campaign_id.hex,
        "stock_name": coupon.name,
        "goods_name": coupon.name,
        "stock_type": _kind_of(coupon.terms),
        "coupon_code": code or coupon.id.hex,
        "coupon_state": state,
        "transferable": False,
        "coupon_use_rule": {
            **_describe_terms(coupon.terms),
            "coupon_available_time": {
                "available_begin_time": write_time(coupon.starts_at),
                "available_end_time": write_time(coupon.expires_at),
            },
            "use_method": "OFF_LINE",
        },
        "display_pattern_info": {"description": coupon.name},
        "receive_time": write_time(coupon.claimed_at),
        "available_start_time": write_time(coupon.starts_at),
        "expire_time": write_time(coupon.expires_at),
        **({"deactivate_time": write_time(coupon.ended_at)} if coupon.ended_at else {}),
    }

"""The protocol's calls about coupons that are sent to people: a stock is a campaign of the merchant's own shop.

What a program makes is in no list and has a code that nobody knows: only the program sends its coupons. They are used
like any others, in orders of the shop.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NoReturn
from uuid import UUID

from msgspec import Meta, Struct, field

from weiji.coupons import (
    Campaign,
    CampaignState,
    CampaignVerb,
    Cashier,
    ClaimCoupon,
    ClaimCouponStatus,
    Coupon,
    CouponState,
    CreateCampaign,
    CreateCampaignStatus,
    MoveCampaign,
    MoveCampaignStatus,
    ShownCampaign,
    Terms,
    claim_coupons,
    create_campaigns,
    find_campaigns,
    get_campaign,
    get_coupons,
    list_coupons_in_shop,
    move_campaigns,
)
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.kit.seal import KEYS
from weiji.web import gettext as _
from weiji.web.forms import YEARS
from weiji.wire.calls.media import FORM_BYTES_MAX, take_picture_at
from weiji.wire.calls.trade import AMOUNT_MAX, Appid, GoodsTag, Mchid, RefundNumber, actor_of, check_self
from weiji.wire.errors import WireError, not_allowed, wrong
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.keys import get_merchants_of_shops
from weiji.wire.numbers import read_number
from weiji.wire.payees import find_payees

_STOCKS: Final = "/v3/marketing/favor/stocks"
_USERS: Final = "/v3/marketing/favor/users/{openid}/coupons"

NORMAL: Final = "NORMAL"
"""The one kind of stock that programs make: so much off, over so much."""

PAGE_MAX: Final = 10
"""Stocks of one page of a list."""

ROWS_MAX: Final = 50
"""Coupons, merchants or products of one page."""

OFFSET_MAX: Final = 1_000

CODE_MAX: Final = 20
"""Characters of a campaign's code."""

_STATES: Final = {
    CampaignState.CREATED: "unactivated",
    CampaignState.RUNNING: "running",
    CampaignState.PAUSED: "paused",
    CampaignState.STOPPED: "stoped",
}
"""As the protocol spells them."""

_SPELLED: Final = {word: state for state, word in _STATES.items()}

STATE_TABS: Final = {"": "all", "SENDED": "usable", "USED": "used", "EXPIRED": "expired"}


def stock_faults() -> dict[CreateCampaignStatus, tuple[str, str]]:
    """Say which field of a stock is wrong, and why."""
    return {
        CreateCampaignStatus.NAME_INVALID: ("/stock_name", _("不是一行 1 到 40 个字")),
        CreateCampaignStatus.AMOUNT_OUT_OF_RANGE: (
            "/coupon_use_rule/fixed_normal_coupon/coupon_amount",
            _("超出范围，或者不低于 transaction_minimum"),
        ),
        CreateCampaignStatus.THRESHOLD_OUT_OF_RANGE: (
            "/coupon_use_rule/fixed_normal_coupon/transaction_minimum",
            _("超出范围"),
        ),
        CreateCampaignStatus.QUANTITY_OUT_OF_RANGE: ("/stock_use_rule/max_coupons", _("超出范围")),
        CreateCampaignStatus.PER_PERSON_OUT_OF_RANGE: ("/stock_use_rule/max_coupons_per_user", _("超出范围")),
        CreateCampaignStatus.TIME_INVALID: (
            "/available_end_time",
            _("已经过去，或者早于开始时间，或者晚于开始时间两年"),
        ),
    }


def any_time() -> str:
    """Say why a coupon that is good at some hours, or days of the week, can't be had."""
    return _("这里没有：券在有效期里随时能用")


def by_account() -> str:
    """Say why coupons can't be counted by who somebody is, whatever accounts they have."""
    return _("这里没有：每人最多几张，按账号算")


Fen = Annotated[int, Meta(ge=0)]


class SendRule(Struct, kw_only=True):
    """How many coupons there are."""

    max_coupons: Annotated[int, Meta(ge=1)]
    max_coupons_per_user: Annotated[int, Meta(ge=1)]
    max_amount: Fen | None = None
    max_amount_by_day: Fen | None = None
    natural_person_limit: bool = False


class FixedCoupon(Struct, kw_only=True):
    """What a coupon takes off, and over how much."""

    coupon_amount: Fen
    transaction_minimum: Fen = 0


class AvailableTime(Struct, kw_only=True):
    """When in its time a coupon can be used."""

    fix_available_time: dict[str, Any] = {}
    second_day_available: bool = False
    available_time_after_receive: int = 0


class UseRule(Struct, kw_only=True):
    """How a coupon is used."""

    fixed_normal_coupon: FixedCoupon
    available_merchants: Annotated[list[Mchid], Meta(max_length=ROWS_MAX)] = []
    """Where they are good; none: in orders of whoever made the stock."""
    available_items: list[str] = []
    unavailable_items: list[str] = []
    limit_card: dict[str, Any] = {}
    limit_pay: list[str] = []
    trade_type: list[str] = []
    goods_tag: Annotated[list[GoodsTag], Meta(max_length=ROWS_MAX)] = []
    coupon_available_time: AvailableTime = field(default_factory=AvailableTime)


class StockBody(Struct, kw_only=True):
    """A stock of coupons."""

    stock_name: Annotated[str, Meta(min_length=1, max_length=40)]
    belong_merchant: Mchid
    available_begin_time: datetime
    available_end_time: datetime
    stock_use_rule: SendRule
    coupon_use_rule: UseRule
    out_request_no: RefundNumber
    stock_type: str = NORMAL
    no_cash: bool = False
    """Whether the order's shop forgoes what the coupons take off; else whoever makes the stock prepays it. Published
    clients leave out what is false."""


class MoveBody(Struct, kw_only=True):
    """Whose stock it is."""

    stock_creator_mchid: Mchid


class SendBody(Struct, kw_only=True):
    """Which coupon somebody gets."""

    stock_id: Annotated[str, Meta(min_length=1, max_length=32)]
    out_request_no: RefundNumber
    appid: Appid
    stock_creator_mchid: Mchid
    coupon_value: Fen | None = None
    coupon_minimum: Fen | None = None


@ROUTES.add("POST", "/v3/marketing/favor/coupon-stocks")
async def make(call: Call) -> Answer:
    """Make a stock; it sends nothing before it is started."""
    body = call.read(StockBody)
    _check(call, body)
    shop_id = call.party.merchant.shop_id
    fixed = body.coupon_use_rule.fixed_normal_coupon
    id = derive(shop_id, "favor stock", body.out_request_no)
    command = CreateCampaign(
        id=id,
        shop_id=shop_id,
        name=body.stock_name,
        terms=Terms(
            amount=fixed.coupon_amount, threshold=fixed.transaction_minimum, cashier=await _read_cashier(call, body)
        ),
        quantity=body.stock_use_rule.max_coupons,
        per_person=body.stock_use_rule.max_coupons_per_user,
        starts_at=body.available_begin_time,
        ends_at=body.available_end_time,
        code=code_of(id),
        actor=actor_of(call),
    )
    status = await call.backend.batchers.of(create_campaigns).submit(command)
    if status not in (CreateCampaignStatus.CREATED, CreateCampaignStatus.EXISTS):
        refuse_stock(status, stock_faults())
    campaign = (await find_stock(call, id.hex)).campaign
    return Answer(value={"stock_id": campaign.id.hex, "create_time": write_time(campaign.created_at)})


def code_of(id: UUID) -> str:
    """Make the code of a campaign that only its program can send from: nobody can guess it."""
    return hmac.digest(KEYS.derive("wire.favor"), id.bytes, "sha256").hex()[:CODE_MAX]


def _check(call: Call, body: StockBody) -> None:
    check_self(call, body.belong_merchant, "/belong_merchant")
    if body.stock_type != NORMAL:
        raise wrong("/stock_type", _("要是 %(value)s：满多少减多少", value=NORMAL), body.stock_type)
    rule, use = body.stock_use_rule, body.coupon_use_rule
    if rule.max_amount not in (None, rule.max_coupons * use.fixed_normal_coupon.coupon_amount):
        raise wrong("/stock_use_rule/max_amount", _("不等于 max_coupons 乘 coupon_amount"), rule.max_amount)
    if rule.max_amount_by_day not in (None, 0, rule.max_amount):
        raise wrong("/stock_use_rule/max_amount_by_day", _("这里没有：不按天限量"))
    if body.no_cash and any(mchid != call.mchid for mchid in use.available_merchants):
        words = _("里面有别的商户：你预存券款（no_cash 为 false）的券，才能用在别家")
        raise wrong("/coupon_use_rule/available_merchants", words)
    if not body.no_cash and rule.max_coupons * use.fixed_normal_coupon.coupon_amount > AMOUNT_MAX:
        raise wrong("/stock_use_rule/max_coupons", _("要预存的钱太多"), rule.max_coupons)
    for name in ("available_items", "unavailable_items"):
        if getattr(use, name):
            raise wrong(f"/coupon_use_rule/{name}", _("这里没有：单品券请在网页上建"))
    if rule.natural_person_limit:
        raise wrong("/stock_use_rule/natural_person_limit", by_account())
    for name in ("limit_card", "limit_pay", "trade_type"):
        if getattr(use, name):
            raise wrong(f"/coupon_use_rule/{name}", _("这里没有：怎么付款都可以用券"))
    for name in AvailableTime.__struct_fields__:
        if getattr(use.coupon_available_time, name):
            raise wrong(f"/coupon_use_rule/coupon_available_time/{name}", any_time())
    for name in ("available_begin_time", "available_end_time"):
        if getattr(body, name).tzinfo is None:
            raise wrong(f"/{name}", _("要带时区，如 +08:00"))


async def _read_cashier(call: Call, body: StockBody) -> Cashier:
    """Read for which orders of programs the coupons are good. Raises WireError."""
    use = body.coupon_use_rule
    shop_ids = set()
    for mchid in use.available_merchants:
        party = await call.directory.find(mchid)
        if party is None:
            raise wrong("/coupon_use_rule/available_merchants", _("这里没有这个商户号。"), mchid)
        shop_ids.add(party.merchant.shop_id)
    return Cashier(
        goods_tags=frozenset(use.goods_tag),
        shop_ids=frozenset(shop_ids),
        is_prepaid=not body.no_cash,
    )


def refuse_stock(status: CreateCampaignStatus, fields: Mapping[CreateCampaignStatus, tuple[str, str]]) -> NoReturn:
    """Say why there is no such stock; *fields* names what is wrong."""
    if status in fields:
        raise wrong(*fields[status])
    if status is CreateCampaignStatus.EXISTS_WITH_DIFFERENT_CAMPAIGN:
        words = _("这个单号已经用于另一批券，条件不一样。")
        raise WireError(400, "INVALID_REQUEST", words, field="/out_request_no", location="body")
    raise not_allowed(_("这家店现在不能建券：%(status)s。", status=status.value))


@ROUTES.add("POST", f"{_STOCKS}/{{stock_id}}/start")
async def start(call: Call) -> Answer:
    """Have coupons of a stock sent from now on."""
    return await _move(call, CampaignVerb.START, "start_time")


@ROUTES.add("POST", f"{_STOCKS}/{{stock_id}}/pause")
async def pause(call: Call) -> Answer:
    """Send no more for now; what was sent can be used."""
    return await _move(call, CampaignVerb.PAUSE, "pause_time")


@ROUTES.add("POST", f"{_STOCKS}/{{stock_id}}/restart")
async def restart(call: Call) -> Answer:
    """Go on sending."""
    return await _move(call, CampaignVerb.RESUME, "restart_time")


@ROUTES.add("POST", f"{_STOCKS}/{{stock_id}}/stop")
async def stop(call: Call) -> Answer:
    """Send no more, for ever; what was sent can be used."""
    return await _move(call, CampaignVerb.STOP, "stop_time")


async def _move(call: Call, verb: CampaignVerb, at: str) -> Answer:
    check_self(call, call.read(MoveBody).stock_creator_mchid, "/stock_creator_mchid")
    id = read_coupon_id(call.params["stock_id"])
    command = MoveCampaign(id=id, shop_id=call.party.merchant.shop_id, verb=verb, actor=actor_of(call))
    match await call.backend.batchers.of(move_campaigns).submit(command):
        case MoveCampaignStatus.DONE | MoveCampaignStatus.EXISTS:
            return Answer(value={at: write_time(clock.now()), "stock_id": id.hex})
        case MoveCampaignStatus.CAMPAIGN_NOT_FOUND:
            raise nothing_there()
        case MoveCampaignStatus.BUDGET_MISSING:
            words = _("可提现的钱不够预存这批券的全部券款，或者店铺现在不能提现，或者还有欠款。")
            raise WireError(403, "NOT_ENOUGH", words)
        case _:
            raise WireError(400, "INVALID_REQUEST", _("批次现在的状态不能这样做，或者已经过期。"))


@ROUTES.add("GET", _STOCKS)
async def show_stocks(call: Call) -> Answer:
    """List the shop's stocks: those made on its pages, too."""
    check_self(call, call.ask("stock_creator_mchid"), "stock_creator_mchid")
    page, limit = read_number(call, "offset", 0, OFFSET_MAX), read_number(call, "limit", PAGE_MAX, PAGE_MAX)
    status = call.query.get("status") or None
    if status not in (None, "audit", *_STATES.values()):
        raise wrong("status", _("要是其中之一：%(names)s", names=", ".join(_STATES.values())), status)
    since, until = _read_time(call, "create_start_time"), _read_time(call, "create_end_time")
    async with call.backend.database.read() as reader:
        shop_id, state = call.party.merchant.shop_id, _SPELLED.get(status or "")
        # There is no stock that waits for an audit: those in a state that none has are none.
        found, total = (
            ([], 0)
            if status == "audit"
            else await find_campaigns(reader, shop_id, state, since, until, page * limit, limit)
        )
    told = [_describe_stock(call, each) for each in found]
    return Answer(value={"total_count": total, "data": told, "limit": limit, "offset": page})


def _read_time(call: Call, name: str) -> datetime | None:
    text = call.query.get(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year not in YEARS:
        raise wrong(name, _("要是带时区的时间，如 2026-01-31T00:00:00+08:00"), text)
    return at


@ROUTES.add("GET", f"{_STOCKS}/{{stock_id}}")
async def show_stock(call: Call) -> Answer:
    """Tell of a stock."""
    check_self(call, call.ask("stock_creator_mchid"), "stock_creator_mchid")
    return Answer(value=_describe_stock(call, await find_stock(call, call.params["stock_id"])))


def _describe_stock(call: Call, shown: ShownCampaign) -> dict[str, Any]:
    campaign = shown.campaign
    told: dict[str, Any] = {
        "stock_id": campaign.id.hex,
        "stock_creator_mchid": call.mchid,
        "stock_name": campaign.name,
        "status": _STATES[campaign.state],
        "create_time": write_time(campaign.created_at),
        "description": campaign.name,
        "stock_use_rule": _describe_rule(campaign),
        "available_begin_time": write_time(campaign.starts_at),
        "available_end_time": write_time(campaign.ends_at),
        "distributed_coupons": campaign.claimed,
        "no_cash": not _is_prepaid(campaign.terms),
        "singleitem": bool(campaign.terms.product_ids),
        "stock_type": _kind_of(campaign.terms),
    }
    for name, at in (("start_time", campaign.started_at), ("stop_time", campaign.stopped_at)):
        if at is not None:
            told[name] = write_time(at)
    return told


def _describe_rule(campaign: Campaign) -> dict[str, Any]:
    return {
        "max_coupons": campaign.quantity,
        "max_amount": campaign.cost_max,
        "max_amount_by_day": campaign.cost_max,
        "max_coupons_per_user": campaign.per_person,
        "coupon_type": _kind_of(campaign.terms),
        **({} if campaign.terms.percent else {"fixed_normal_coupon": _describe_terms(campaign.terms)}),
        "natural_person_limit": False,
        "prevent_api_abuse": False,
        "goods_tag": sorted(campaign.terms.cashier.goods_tags) if campaign.terms.cashier else [],
        "trade_type": [],
        "combine_use": False,
    }


def _kind_of(terms: Terms) -> str:
    """Name what a coupon is: those that take a part off are made on pages."""
    return "DISCOUNT" if terms.percent else NORMAL


def _is_prepaid(terms: Terms) -> bool:
    return terms.cashier is not None and terms.cashier.is_prepaid


def _describe_terms(terms: Terms) -> dict[str, int]:
    return {"coupon_amount": terms.amount, "transaction_minimum": terms.threshold}


@ROUTES.add("GET", f"{_STOCKS}/{{stock_id}}/merchants")
async def show_merchants(call: Call) -> Answer:
    """Tell where a stock's coupons can be used: where its maker said, else in orders of that."""
    cashier = (await find_stock(call, call.params["stock_id"])).campaign.terms.cashier
    async with call.backend.database.read() as reader:
        named = await get_merchants_of_shops(reader, cashier.shop_ids) if cashier else []
    return await _show_list(call, lambda _: sorted(each.mchid for each in named) or [call.mchid])


@ROUTES.add("GET", f"{_STOCKS}/{{stock_id}}/items")
async def show_items(call: Call) -> Answer:
    """Tell which products a stock's coupons are for; none: all."""
    return await _show_list(call, lambda campaign: sorted(str(id) for id in campaign.terms.product_ids))


async def _show_list(call: Call, of: Any) -> Answer:
    check_self(call, call.ask("stock_creator_mchid"), "stock_creator_mchid")
    offset, limit = read_number(call, "offset", 0, OFFSET_MAX), read_number(call, "limit", ROWS_MAX, ROWS_MAX)
    campaign = (await find_stock(call, call.params["stock_id"])).campaign
    found = of(campaign)
    told = {"total_count": len(found), "data": found[offset : offset + limit], "offset": offset, "limit": limit}
    return Answer(value={**told, "stock_id": campaign.id.hex})


@ROUTES.add("POST", _USERS)
async def send(call: Call) -> Answer:
    """Send somebody a coupon; asked again with the same number, it is the one that they got."""
    body = call.read(SendBody)
    check_self(call, body.stock_creator_mchid, "/stock_creator_mchid")
    campaign = (await find_stock(call, body.stock_id)).campaign
    for name, asked, is_so in (
        ("coupon_value", body.coupon_value, campaign.terms.amount),
        ("coupon_minimum", body.coupon_minimum, campaign.terms.threshold),
    ):
        if asked not in (None, is_so):
            raise wrong(f"/{name}", _("这批券每张都是 %(value)s", value=is_so), asked)
    command = ClaimCoupon(
        id=derive(campaign.id, "favor send", body.out_request_no),
        campaign_id=campaign.id,
        person_id=await find_person(call, body.appid, call.params["openid"]),
        actor=actor_of(call),
        code=campaign.code,
    )
    await claim(call, command)
    return Answer(value={"coupon_id": command.id.hex})


async def claim(call: Call, command: ClaimCoupon) -> None:
    """Give somebody a coupon. Raises WireError."""
    result = await call.backend.batchers.of(claim_coupons, "campaign_id").submit(command)
    match result.status:
        case ClaimCouponStatus.CLAIMED | ClaimCouponStatus.EXISTS:
            return
        case ClaimCouponStatus.ID_TAKEN:
            words = _("这个单号已经用于给别人发券。")
            raise WireError(400, "INVALID_REQUEST", words, field="/out_request_no", location="body")
        case ClaimCouponStatus.PERSON_HAS_ALL:
            raise WireError(403, "RULE_LIMIT", _("这个人已经领满了。"))
        case ClaimCouponStatus.ALL_CLAIMED:
            raise WireError(403, "NOT_ENOUGH", _("这批券已经发完了。"))
        case _:
            raise WireError(400, "INVALID_REQUEST", _("批次还没有激活，或者暂停了，或者已经过期。"))


@ROUTES.add("GET", _USERS)
async def show_coupons(call: Call) -> Answer:
    """List the coupons of the shop that somebody has."""
    for name in ("creator_mchid", "sender_mchid", "available_mchid"):
        if call.query.get(name):
            check_self(call, call.query[name], name)
    status = call.query.get("status") or ""
    if status not in STATE_TABS:
        raise wrong("status", _("要是 SENDED、USED 或 EXPIRED"), status)
    offset, limit = read_number(call, "offset", 0, OFFSET_MAX), read_number(call, "limit", 20, ROWS_MAX)
    person_id = await find_person(call, call.ask("appid"), call.params["openid"])
    stock_id = read_coupon_id(call.query["stock_id"]) if call.query.get("stock_id") else None
    shop_id, now = call.party.merchant.shop_id, clock.now()
    async with call.backend.database.read() as reader:
        found, total = await list_coupons_in_shop(
            reader, shop_id, person_id, stock_id, STATE_TABS[status], now, offset, limit
        )
    told = [describe_coupon(call.mchid, coupon, now) for coupon in found]
    return Answer(value={"total_count": total, "data": told, "offset": offset, "limit": limit})


@ROUTES.add("GET", f"{_USERS}/{{coupon_id}}")
async def show_coupon(call: Call) -> Answer:
    """Tell of one coupon of somebody's."""
    person_id = await find_person(call, call.ask("appid"), call.params["openid"])
    id = read_coupon_id(call.params["coupon_id"])
    async with call.backend.database.read() as reader:
        found = (await get_coupons(reader, [id])).get(id)
    if found is None or (found.person_id, found.shop_id) != (person_id, call.party.merchant.shop_id):
        raise nothing_there()
    return Answer(value=describe_coupon(call.mchid, found, clock.now()))


def describe_coupon(mchid: str, coupon: Coupon, now: datetime) -> dict[str, Any]:
    """Tell of somebody's coupon; *mchid* is its shop's number."""
    if coupon.state is CouponState.USED:
        status = "USED"
    else:
        is_over = coupon.state is CouponState.UNUSED and coupon.expires_at <= now
        status = "EXPIRED" if is_over else "SENDED"
    return {
        "stock_creator_mchid": mchid,
        "stock_id": coupon.campaign_id.hex,
        "coupon_id": coupon.id.hex,
        "coupon_name": coupon.name,
        "status": status,
        "description": coupon.name,
        "create_time": write_time(coupon.claimed_at),
        "coupon_type": _kind_of(coupon.terms),
        "no_cash": not _is_prepaid(coupon.terms),
        "available_begin_time": write_time(coupon.starts_at),
        "available_end_time": write_time(coupon.expires_at),
        "singleitem": bool(coupon.terms.product_ids),
        **({} if coupon.terms.percent else {"normal_coupon_information": _describe_terms(coupon.terms)}),
    }


@ROUTES.add("POST", "/v3/marketing/favor/media/image-upload", bytes_max=FORM_BYTES_MAX, has_meta=True)
async def upload(call: Call) -> Answer:
    """Take in a picture, and tell where it is."""
    return Answer(value={"media_url": call.origin + await take_picture_at(call)})


async def find_person(call: Call, appid: str, openid: str) -> UUID:
    """Find whom an app calls so. Raises WireError."""
    name = appid, openid
    async with call.backend.database.read() as reader:
        found = (await find_payees(reader, [name])).get(name)
    if found is None:
        raise WireError(404, "USER_NOT_EXIST", _("这个 appid 下没有这个 openid。"), field="openid", location="uri")
    return found


async def find_stock(call: Call, text: str) -> ShownCampaign:
    """Find a stock of the merchant's own. Raises WireError."""
    async with call.backend.database.read() as reader:
        found = await get_campaign(reader, read_coupon_id(text), has_effect=False)
    if found is None or found.campaign.shop_id != call.party.merchant.shop_id:
        raise nothing_there()
    return found


def read_coupon_id(text: str) -> UUID:
    """Read the number of a stock, or of a coupon. Raises WireError."""
    try:
        return UUID(hex=text)
    except ValueError:
        raise nothing_there() from None


def nothing_there() -> WireError:
    """Say that there is none."""
    return WireError(404, "RESOURCE_NOT_EXISTS", _("你没有这个编号的批次或券。"))

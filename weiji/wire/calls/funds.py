"""The protocol's calls about a merchant's money: what there is, what there was, and how it is withdrawn."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, Literal, NoReturn
from uuid import UUID

from msgspec import Meta, Struct

from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader
from weiji.kit.ids import derive
from weiji.ledger import chart, get_balance_as_of, lookup_accounts
from weiji.orders import get_rules_in_force
from weiji.payments import (
    REGISTRY,
    Payout,
    PayoutSource,
    PayoutStatus,
    RequestPayout,
    RequestPayoutStatus,
    get_payouts,
    list_destinations,
    request_payouts,
)
from weiji.shops import get_barred
from weiji.web import gettext as _
from weiji.wire.bills import day_of
from weiji.wire.calls.trade import Fen, Mchid, Number, actor_of, owner_of, payee_of
from weiji.wire.errors import WireError, not_allowed, wrong
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.keys import Party
from weiji.wire.withdrawals.store import add_number, get_number

ACCOUNTS: Final = ("BASIC", "OPERATION")
"""Names of accounts in the protocol. Here a shop has one: transfers are paid from what may be withdrawn, too."""

_STATES: Final = {
    PayoutStatus.IN_REVIEW: "CREATE_SUCCESS",
    PayoutStatus.REQUESTED: "CREATE_SUCCESS",
    PayoutStatus.SUBMITTED: "CREATE_SUCCESS",
    PayoutStatus.UNKNOWN: "CREATE_SUCCESS",
    PayoutStatus.ACCEPTED: "CREATE_SUCCESS",
    PayoutStatus.PAID: "SUCCESS",
    PayoutStatus.REJECTED: "FAIL",
    PayoutStatus.REFUSED: "FAIL",
    PayoutStatus.RETURNED: "REFUND",
}


_DAY_END: Final = "/v3/platsolution/ecommerce/withdraw/day-end-balance-withdraw"

_DAY_END_STATES: Final[dict[PayoutStatus, tuple[str, str | None]]] = {
    PayoutStatus.IN_REVIEW: ("CREATED", None),
    PayoutStatus.REQUESTED: ("PROCESSING", None),
    PayoutStatus.SUBMITTED: ("PROCESSING", None),
    PayoutStatus.UNKNOWN: ("PROCESSING", None),
    PayoutStatus.ACCEPTED: ("PROCESSING", None),
    PayoutStatus.PAID: ("FINISHED", "success_amount"),
    PayoutStatus.REJECTED: ("ABNORMAL", "fail_amount"),
    PayoutStatus.REFUSED: ("ABNORMAL", "fail_amount"),
    PayoutStatus.RETURNED: ("ABNORMAL", "refund_amount"),
}
"""How the protocol names where such a withdrawal stands, and which amount it tells beside the whole."""


_DAY_END_KEPT: Final[tuple[str, ...]] = ("withdraw_id", "create_time", "update_time", "account_type", "reason")
"""What is told of it as of any other withdrawal."""


class DayEndBody(Struct, kw_only=True):
    """A withdrawal of what another merchant had when the last day was over."""

    sub_mchid: Mchid
    out_request_no: Number
    calculate_amount_type: Literal["ONLY_DAY_END_BALANCE", "ALLOW_CURRENT_BALANCE"]
    reserve_amount: Annotated[int, Meta(ge=0)] = 0
    """What is to stay."""


class WithdrawBody(Struct, kw_only=True):
    """A withdrawal to the shop's settlement account."""

    out_request_no: Number
    amount: Fen
    sub_mchid: Mchid | None = None
    remark: Annotated[str, Meta(max_length=56)] | None = None
    bank_memo: Annotated[str, Meta(max_length=32)] | None = None
    account_type: Annotated[str, Meta(max_length=32)] | None = None


def _check_account(type: str) -> None:
    if type not in ACCOUNTS:
        raise wrong("account_type", _("要是其中之一：%(names)s", names=", ".join(ACCOUNTS)), type)


async def _balance(call: Call, shop_id: UUID) -> dict[str, int]:
    available, pending = chart.merchant_available(shop_id), chart.merchant_pending(shop_id)
    async with call.backend.database.read() as reader:
        found = {account.id: account.available for account in await lookup_accounts(reader, [available.id, pending.id])}
    return {"available_amount": found.get(available.id, 0), "pending_amount": found.get(pending.id, 0)}


async def _day_end_balance(call: Call, shop_id: UUID) -> dict[str, int]:
    day = call.ask("date")
    days = day_of(day)
    if days is None:
        raise wrong("date", _("要是日期，如 2026-01-31"), day)
    if days[1] > clock.now():
        raise wrong("date", _("还没有过完"), day)
    async with call.backend.database.read() as reader:
        return {
            "available_amount": await _as_of(reader, chart.merchant_available(shop_id).id, days[1]),
            "pending_amount": await _as_of(reader, chart.merchant_pending(shop_id).id, days[1]),
        }


async def _as_of(reader: Reader, account_id: UUID, at: datetime) -> int:
    found = await get_balance_as_of(reader, account_id, at)
    return found.credits_posted - found.debits_posted if found else 0


@ROUTES.add("GET", "/v3/merchant/fund/balance/{account_type}")
async def show_balance(call: Call) -> Answer:
    """Tell what the merchant has now."""
    _check_account(call.params["account_type"])
    return Answer(value=await _balance(call, call.party.merchant.shop_id))


@ROUTES.add("GET", "/v3/merchant/fund/dayendbalance/{account_type}")
async def show_day_end_balance(call: Call) -> Answer:
    """Tell what the merchant had when a day was over."""
    _check_account(call.params["account_type"])
    return Answer(value=await _day_end_balance(call, call.party.merchant.shop_id))


@ROUTES.add("GET", "/v3/ecommerce/fund/balance/{sub_mchid}")
async def show_sub_balance(call: Call) -> Answer:
    """Tell a service provider what another merchant has now."""
    _check_account(call.query.get("account_type") or "BASIC")
    party = await payee_of(call, call.params["sub_mchid"], "sub_mchid")
    return Answer(value={"sub_mchid": party.merchant.mchid, **await _balance(call, party.merchant.shop_id)})


@ROUTES.add("GET", "/v3/ecommerce/fund/enddaybalance/{sub_mchid}")
async def show_sub_day_end_balance(call: Call) -> Answer:
    """Tell a service provider what another merchant had when a day was over."""
    party = await payee_of(call, call.params["sub_mchid"], "sub_mchid")
    return Answer(value={"sub_mchid": party.merchant.mchid, **await _day_end_balance(call, party.merchant.shop_id)})


@ROUTES.add("POST", "/v3/merchant/fund/withdraw")
async def withdraw(call: Call) -> Answer:
    """Withdraw to the shop's settlement account."""
    return await _withdraw(call, call.party, call.read(WithdrawBody))


@ROUTES.add("POST", "/v3/ecommerce/fund/withdraw")
async def withdraw_of_sub(call: Call) -> Answer:
    """Withdraw for another merchant, to its settlement account; its own where none is named."""
    body = call.read(WithdrawBody)
    return await _withdraw(call, await owner_of(call, body.sub_mchid, "/sub_mchid"), body)


async def _withdraw(call: Call, party: Party, body: WithdrawBody) -> Answer:
    _check_account(body.account_type or "BASIC")
    payout_id = _payout_id(call, party.merchant.shop_id, body.out_request_no)
    await _request(call, party, payout_id, body.amount, body.out_request_no)
    told = {"withdraw_id": payout_id.hex, "out_request_no": body.out_request_no}
    return Answer(value=told | ({"sub_mchid": body.sub_mchid} if body.sub_mchid else {}))


async def _request(call: Call, party: Party, payout_id: UUID, amount: int, number: str) -> None:
    """Ask for a withdrawal, once for each id. Raises WireError."""
    shop_id = party.merchant.shop_id
    async with call.backend.database.read() as reader:
        _version, rules = await get_rules_in_force(reader, clock.now())
        barred = await get_barred(reader, [shop_id])
        destinations = await list_destinations(reader, shop_id, clock.now())
        found = (await get_payouts(reader, [payout_id])).get(payout_id)
    if found is None:
        if barred:
            raise not_allowed(_("这家店现在不能提现。"))
        if not destinations.accounts:
            raise not_allowed(_("这家店还没有填提现的银行账户。"))
        if not destinations.fitting:
            raise not_allowed(_("银行账户的户名和认证的不一致，请先修改结算账户。"))
        if amount < rules.withdrawal_minimum:
            raise wrong("/amount", _("至少要 %(least)s", least=rules.withdrawal_minimum), amount)
        await call.backend.database.retried(partial(add_number, payout_id=payout_id, number=number))
    command = RequestPayout(
        id=payout_id,
        owner_id=shop_id,
        source=PayoutSource.MERCHANT_AVAILABLE,
        # Asked again, it goes where it went, at the fee that it had, whatever changed since.
        account_id=found.account_id if found else destinations.fitting[-1].id,
        amount=amount,
        fee=found.fee if found else rules.withdrawal_fee,
        channel=found.channel if found else REGISTRY.payout_channel or "",
        actor=actor_of(call),
        review_above=rules.withdrawal_review_above,
        review_within=rules.review_within,
    )
    status = await call.backend.batchers.of(request_payouts).submit(command)
    if status not in (RequestPayoutStatus.CREATED, RequestPayoutStatus.EXISTS):
        _refuse(status)


@ROUTES.add("POST", _DAY_END)
async def withdraw_day_end(call: Call) -> Answer:
    """Withdraw for another merchant what it had when the last day was over; asked again, tell how that stands."""
    body = call.read(DayEndBody)
    party = await payee_of(call, body.sub_mchid, "/sub_mchid")
    payout_id = _day_end_id(call, party, body.out_request_no)
    async with call.backend.database.read() as reader:
        is_new = not await get_payouts(reader, [payout_id])
        amount = await _day_end_amount(reader, party.merchant.shop_id, body) if is_new else 0
    if is_new:
        await _request(call, party, payout_id, amount, body.out_request_no)
    return await _show_day_end(call, party, payout_id, body.out_request_no)


async def _day_end_amount(reader: Reader, shop_id: UUID, body: DayEndBody) -> int:
    """Say how much may be withdrawn of what there was, less what is to stay and the fee. Raises WireError."""
    _version, rules = await get_rules_in_force(reader, clock.now())
    account = chart.merchant_available(shop_id)
    midnight = clock.now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    before = await _as_of(reader, account.id, midnight)
    now = sum(found.available for found in await lookup_accounts(reader, [account.id]))
    if now < before and body.calculate_amount_type != "ALLOW_CURRENT_BALANCE":
        raise WireError(403, "NOT_ENOUGH", _("现在的余额比那天日终时少。"))
    amount = min(before, now) - body.reserve_amount - rules.withdrawal_fee
    if amount <= 0:
        raise WireError(403, "NOT_ENOUGH", _("扣掉要留下的钱和手续费，没有可提的了。"))
    return amount


@ROUTES.add("GET", f"{_DAY_END}/out-request-no/{{number}}")
async def show_day_end_withdrawal(call: Call) -> Answer:
    """Tell how such a withdrawal stands, by the service provider's number."""
    party = await payee_of(call, call.ask("sub_mchid"), "sub_mchid")
    number = call.params["number"]
    return await _show_day_end(call, party, _day_end_id(call, party, number), number)


def _day_end_id(call: Call, party: Party, number: str) -> UUID:
    return derive(party.merchant.shop_id, "wire withdrawal of a day's end", call.mchid, number)


async def _show_day_end(call: Call, party: Party, payout_id: UUID, number: str) -> Answer:
    async with call.backend.database.read() as reader:
        found = (await get_payouts(reader, [payout_id])).get(payout_id)
    if found is None:
        raise _nothing()
    told = describe_withdrawal(found)
    status, ended = _DAY_END_STATES[found.status]
    kept = {name: told[name] for name in _DAY_END_KEPT if name in told}
    value: dict[str, Any] = {
        **kept,
        "sp_mchid": call.mchid,
        "sub_mchid": party.merchant.mchid,
        "out_request_no": number,
        "status": status,
        "total_amount": found.amount,
    }
    return Answer(value=value | ({ended: found.amount} if ended else {}))


def _payout_id(call: Call, shop_id: UUID, number: str) -> UUID:
    return derive(shop_id, "wire withdrawal", call.mchid, number)


def _refuse(status: RequestPayoutStatus) -> NoReturn:
    match status:
        case RequestPayoutStatus.INSUFFICIENT_FUNDS:
            raise WireError(403, "NOT_ENOUGH", _("可提的余额不够（还有手续费）。请换一个单号。"))
        case RequestPayoutStatus.EXISTS_WITH_DIFFERENT_AMOUNT:
            words = _("这个单号已经用于另一个金额的提现。")
            raise WireError(400, "INVALID_REQUEST", words, field="/amount", location="body")
        case RequestPayoutStatus.OWNER_FROZEN:
            raise WireError(403, "REQUEST_BLOCKED", _("这家店的账户现在不能出账。请换一个单号。"))
        case _:
            raise not_allowed(_("现在不能提现：%(status)s。", status=status.value))


@ROUTES.add("GET", "/v3/merchant/fund/withdraw/out-request-no/{number}")
async def show_withdrawal(call: Call) -> Answer:
    """Tell how a withdrawal stands, by the merchant's number."""
    shop_id = call.party.merchant.shop_id
    return await _show(call, call.party, _payout_id(call, shop_id, call.params["number"]), call.params["number"])


@ROUTES.add("GET", "/v3/merchant/fund/withdraw/withdraw-id/{withdraw_id}")
async def show_withdrawal_by_id(call: Call) -> Answer:
    """Tell how a withdrawal stands, by our number."""
    return await _show(call, call.party, _read_id(call.params["withdraw_id"]), None)


@ROUTES.add("GET", "/v3/ecommerce/fund/withdraw/out-request-no/{number}")
async def show_withdrawal_of_sub(call: Call) -> Answer:
    """Tell how a withdrawal of another merchant stands, by the service provider's number."""
    party = await payee_of(call, call.ask("sub_mchid"), "sub_mchid")
    payout_id = _payout_id(call, party.merchant.shop_id, call.params["number"])
    return await _show(call, party, payout_id, call.params["number"])


@ROUTES.add("GET", "/v3/ecommerce/fund/withdraw/{withdraw_id}")
async def show_withdrawal_of_sub_by_id(call: Call) -> Answer:
    """Tell how a withdrawal of another merchant stands, by our number."""
    party = await payee_of(call, call.ask("sub_mchid"), "sub_mchid")
    return await _show(call, party, _read_id(call.params["withdraw_id"]), None)


def _read_id(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise _nothing() from None


async def _show(call: Call, party: Party, payout_id: UUID, number: str | None) -> Answer:
    async with call.backend.database.read() as reader:
        found = (await get_payouts(reader, [payout_id])).get(payout_id)
        number = number or await get_number(reader, payout_id)
    if found is None or found.owner_id != party.merchant.shop_id:
        raise _nothing()
    told = describe_withdrawal(found)
    # Whose number it is: what others asked for has none of this caller's.
    ours = (_payout_id(call, found.owner_id, number), _day_end_id(call, party, number)) if number else ()
    if payout_id in ours:
        told["out_request_no"] = number
    if party.merchant.mchid != call.mchid:
        told |= {"sub_mchid": party.merchant.mchid, "sp_mchid": call.mchid}
    return Answer(value=told)


def describe_withdrawal(payout: Payout) -> dict[str, Any]:
    """Tell of a withdrawal."""
    ended_at = payout.ended_at or payout.paid_at or payout.accepted_at or payout.created_at
    told: dict[str, Any] = {
        "withdraw_id": payout.id.hex,
        "status": _STATES[payout.status],
        "amount": payout.amount,
        "create_time": write_time(payout.created_at),
        "update_time": write_time(ended_at),
        "account_type": "BASIC",
    }
    if payout.status is PayoutStatus.REFUSED:
        told["reason"] = payout.refusal
    elif payout.status in (PayoutStatus.REJECTED, PayoutStatus.RETURNED):
        told["reason"] = payout.refusal or _("银行没有收：钱已经回到店的账户。")
    return told


def _nothing() -> WireError:
    return WireError(404, "ORDER_NOT_EXIST", _("没有这个单号的提现。"))

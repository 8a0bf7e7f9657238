"""Reads what is in bills, the first first and a page at a time: however much it is, a page or two are in memory.

Each page is a read of its own, from where the last one ended: no connection is held while lines are written.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar
from uuid import UUID

from weiji.coupons import CouponUse, list_returned_uses, list_uses
from weiji.kit.db import Database
from weiji.ledger import chart, get_movements, get_totals, list_moved
from weiji.ledger.chart import Kind
from weiji.payments import Payout, list_failed_payouts
from weiji.wire.bills import Movement
from weiji.wire.keys import Merchant, list_clients
from weiji.wire.sharing import Return, Split, get_splits, list_returns, list_splits
from weiji.wire.trade import MerchantOrder, MerchantRefund
from weiji.wire.trade.store import get_orders, list_paid, list_refunds

PAGE: Final = 500
"""Rows that are read at a time: others wait while they are made orders of."""

SPLITS_PAGE: Final = 200
"""Likewise, of what has many parts."""

ACCOUNTS: Final = {"BASIC": chart.merchant_available, "OPERATION": chart.merchant_pending}
"""What an account of the protocol is here: what may be withdrawn, and what waits to be settled."""

NAMES: Final = {
    Kind.RELEASE: "交易",
    Kind.FEE: "手续费",
    Kind.SETTLE: "结算",
    Kind.REFUND: "退款",
    Kind.FEE_RETURNED: "退还手续费",
    Kind.RECOVERY: "退款",
    Kind.POSTAGE: "退货运费",
    Kind.CHARGEBACK: "拒付",
    Kind.SHARE: "分账",
    Kind.PAYOUT: "提现",
    Kind.PAYOUT_FEE: "提现手续费",
    Kind.TRANSFER: "商家转账",
    Kind.RED_PACKET: "现金红包",
    Kind.RED_PACKET_RETURNED: "现金红包退回",
    Kind.SUBSIDY: "补差",
    Kind.DISPUTE: "退款",
    Kind.REPAYMENT: "偿还欠款",
    Kind.DEPOSIT: "保证金",
    Kind.DEPOSIT_REFILLED: "保证金补足",
    Kind.DEPOSIT_RETURNED: "保证金退回",
    Kind.LEGAL_HOLD: "司法冻结",
    Kind.ADJUSTMENT: "人工调账",
    Kind.PAYOUT_RETURNED: "提现退票",
    Kind.SUBSIDY_RELEASED: "补差",
    Kind.SUBSIDY_RETURNED: "补差回退",
    Kind.PREPAID: "代金券预存",
    Kind.UNFREEZING: "解冻",
    Kind.TAKEN_AT_CHANNEL: "渠道退款",
}

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
P = TypeVar("P")
Place = tuple[datetime, UUID]

_FIRST_ID: Final = UUID(int=0)


async def trades_of(
    database: Database, mchid: str, type: str, since: datetime, until: datetime
) -> AsyncIterator[tuple[MerchantOrder, MerchantRefund | None]]:
    """Read what was paid to a merchant within some time (not for `REFUND`), and given back (not for `SUCCESS`)."""

    async def read_paid(after: Place) -> list[MerchantOrder]:
        async with database.read() as reader:
            return await list_paid(reader, mchid, after, until, PAGE)

    async def read_refunds(after: Place) -> list[tuple[MerchantOrder, MerchantRefund]]:
        async with database.read() as reader:
            refunds = await list_refunds(reader, mchid, after, until, PAGE)
            orders = await get_orders(reader, [refund.order_id for refund in refunds]) if refunds else {}
        return [(orders[refund.order_id], refund) for refund in refunds]

    paid = _pages(read_paid, lambda order: (paid_at_of(order), order.id), (since, _FIRST_ID), PAGE)
    refunds = _pages(read_refunds, lambda each: (each[1].created_at, each[1].id), (since, _FIRST_ID), PAGE)
    if type == "SUCCESS":
        async for order in paid:
            yield order, None
        return
    if type == "REFUND":
        async for each in refunds:
            yield each
        return
    async for one, other in _in_order(paid, paid_at_of, refunds, lambda each: each[1].created_at):
        if one is not None:
            yield one, None
        if other is not None:
            yield other


def paid_at_of(order: MerchantOrder) -> datetime:
    """Say when an order was paid that was."""
    assert order.paid_at, "only what was paid is here"
    return order.paid_at


async def sharings_of(
    database: Database, mchid: str, since: datetime, until: datetime
) -> AsyncIterator[tuple[MerchantOrder, Split, Return | None]]:
    """Read what was shared of a merchant's orders within some time, and what came back."""

    async def read_splits(after: Place) -> list[tuple[MerchantOrder, Split]]:
        async with database.read() as reader:
            splits = await list_splits(reader, mchid, after, until, SPLITS_PAGE)
            orders = await get_orders(reader, [split.order_id for split in splits]) if splits else {}
        return [(orders[split.order_id], split) for split in splits]

    async def read_returns(after: Place) -> list[tuple[MerchantOrder, Split, Return]]:
        async with database.read() as reader:
            returns = await list_returns(reader, mchid, after, until, SPLITS_PAGE)
            splits = await get_splits(reader, [found.split_id for found in returns]) if returns else {}
            orders = await get_orders(reader, [found.order_id for found in returns]) if returns else {}
        return [(orders[found.order_id], splits[found.split_id], found) for found in returns]

    splits = _pages(read_splits, lambda each: (each[1].created_at, each[1].id), (since, _FIRST_ID), SPLITS_PAGE)
    returns = _pages(read_returns, lambda each: (each[2].created_at, each[2].id), (since, _FIRST_ID), SPLITS_PAGE)
    first = _in_order(splits, lambda each: each[1].created_at, returns, lambda each: each[2].created_at)
    async for one, other in first:
        if one is not None:
            yield *one, None
        if other is not None:
            yield other


async def movements_of(
    database: Database, merchant: Merchant, type: str, since: datetime, until: datetime
) -> AsyncIterator[Movement]:
    """Read how the money of an account of a merchant moved within some time."""
    account, after, balance = ACCOUNTS[type](merchant.shop_id), 0, 0
    while True:
        async with database.read() as reader:
            rows = await get_movements(reader, [account.id], since, until, after=after, limit=PAGE)
            if rows and not after:
                balance = (await get_totals(reader, [account.id], since, until)).opening
        for row in rows:
            amount, after = row["amount"] if row["is_in"] else -row["amount"], row["timestamp"]
            balance += amount
            yield Movement(
                at=datetime.fromtimestamp(after / 1_000_000, UTC),
                id=row["id"],
                about=row["journal_id"],
                name=NAMES.get(row["code"], "其他"),
                amount=amount,
                balance=balance,
                mchid=merchant.mchid,
                account=type,
            )
        if len(rows) < PAGE:
            return


async def movements_of_all(
    database: Database, mchid: str, types: Sequence[str], since: datetime, until: datetime
) -> AsyncIterator[Movement]:
    """Read how the money of all merchants moved that named one as their service provider, one account after another."""
    after = ""
    while True:
        async with database.read() as reader:
            clients = await list_clients(reader, mchid, after, PAGE)
            accounts = {(c.mchid, type): ACCOUNTS[type](c.shop_id).id for c in clients for type in types}
            moved = await list_moved(reader, list(accounts.values()), since, until) if accounts else set()
        for client in clients:
            after = client.mchid
            for type in types:
                if accounts[client.mchid, type] in moved:
                    async for movement in movements_of(database, client, type, since, until):
                        yield movement
        if len(clients) < PAGE:
            return


async def failed_payouts_of(
    database: Database, shop_id: UUID, since: datetime, until: datetime
) -> AsyncIterator[Payout]:
    """Read which withdrawals of a shop came to nothing within some time."""

    async def read(after: Place) -> list[Payout]:
        async with database.read() as reader:
            return await list_failed_payouts(reader, shop_id, after, until, PAGE)

    def place_of(payout: Payout) -> Place:
        assert payout.ended_at, "only what ended is here"
        return payout.ended_at, payout.id

    async for payout in _pages(read, place_of, (since, _FIRST_ID), PAGE):
        yield payout


async def uses_of(
    database: Database, campaign_id: UUID, until: datetime, *, of_returned: bool
) -> AsyncIterator[CouponUse]:
    """Read which coupons of a campaign were used until some time; or which uses came back."""
    list_them = list_returned_uses if of_returned else list_uses

    async def read(after: CouponUse | None) -> list[CouponUse]:
        async with database.read() as reader:
            return await list_them(reader, campaign_id, after, until, PAGE)

    async for use in _pages(read, _itself, None, PAGE):
        yield use


def _itself(use: CouponUse) -> CouponUse | None:
    return use


async def _pages(
    read: Callable[[P], Awaitable[list[T]]], place_of: Callable[[T], P], first: P, size: int
) -> AsyncIterator[T]:
    """Read one page after another, each after the last of the one before; one with less than *size* is the last."""
    after = first
    while True:
        page = await read(after)
        for each in page:
            yield each
        if len(page) < size:
            return
        after = place_of(page[-1])


async def _in_order(
    first: AsyncIterator[A],
    at_first: Callable[[A], datetime],
    second: AsyncIterator[B],
    at_second: Callable[[B], datetime],
) -> AsyncIterator[tuple[A | None, B | None]]:
    """Give what is in either by its time, one at a time; of what is of the same time, the first's comes first."""
    one, other = await anext(first, None), await anext(second, None)
    while one is not None or other is not None:
        if other is None or (one is not None and at_first(one) <= at_second(other)):
            yield one, None
            one = await anext(first, None)
        else:
            yield None, other
            other = await anext(second, None)

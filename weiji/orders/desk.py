"""What a shop's desk reads: the shop with its figures, each page in one statement."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.exceptions import NotFoundException
from msgspec import Struct

from weiji import payments
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader, Row
from weiji.kit.ids import shard_of
from weiji.ledger import Code, chart
from weiji.orders.machine import State
from weiji.orders.model import Order
from weiji.orders.store import SQL
from weiji.orders.trade_rules import DEFAULT, TradeRules

FAILED_PAYOUT_SHOWN_FOR: Final = timedelta(days=7)
"""How long a desk tells of a withdrawal that came to nothing, if none was made since."""

DAYS: Final = 30
"""Days that charts show."""

VERSIONS_MAX: Final = 100
"""Versions of the rules that a page knows of, the latest first."""

WAITING_MAX: Final = 20
"""Orders that the first page of the desk names."""


class Shop(Struct, frozen=True):
    """The shop whose desk it is."""

    id: UUID
    handle: str
    name: str
    status: str
    created_at: datetime


class Desk(Struct, frozen=True, kw_only=True):
    """The shop, and how many of its orders wait for what."""

    shop: Shop
    states: dict[State, int]
    to_pick_up: int
    """Of those that are paid, how many wait for their buyers to pick them up."""
    in_aftersale: int
    """Orders with an open case of after-sale."""
    ship_hours: dict[int, int]
    """What the later versions of the rules have a shop promise."""

    def promised_at(self, order: Order) -> datetime | None:
        """Say until when the shop promised to ship an order that waits for it."""
        hours = self.ship_hours.get(order.rules_version)
        if order.paid_at is None or hours is None or order.state not in (State.PAID, State.PART_SHIPPED):
            return None
        if order.pickup is not None or order.open_chargebacks:
            return None
        return order.from_when(order.paid_at) + timedelta(hours=hours)

    @property
    def to_ship(self) -> int:
        """How many orders are to be shipped, wholly or in part."""
        return self.states.get(State.PAID, 0) - self.to_pick_up + self.states.get(State.PART_SHIPPED, 0)

    @property
    def counts(self) -> dict[str, int]:
        """What the frame shows beside its links."""
        return {"todo": self.to_ship, "aftersale": self.in_aftersale}


class WaitingLine(Struct, frozen=True, kw_only=True):
    """What is left to ship of a line."""

    title: str
    choices: list[str]
    picture: str | None
    kind: str
    product_id: UUID
    quantity: int


class Waiting(Struct, frozen=True, kw_only=True):
    """An order that is to be shipped, and until when the shop promised to."""

    id: UUID
    number: str
    shop_id: UUID
    buyer_name: str
    state: State
    total: int
    units: int
    units_shipped: int
    due_at: datetime | None
    open_cases: int
    open_chargebacks: int
    placed_at: datetime
    paid_at: datetime
    ships_at: datetime | None
    promised_at: datetime
    lines: list[WaitingLine]


class Day(Struct, frozen=True):
    """A day, and what was paid on it."""

    label: str
    orders: int
    total: int


class FailedPayout(Struct, frozen=True, kw_only=True):
    """A withdrawal that came to nothing."""

    amount: int
    status: payments.PayoutStatus
    ended_at: datetime


class Todo(Struct, frozen=True, kw_only=True):
    """What a shop has to do, and how it sold."""

    desk: Desk
    late: int
    soon: int
    """Orders that are to be shipped, of which the shop was reminded, and whose promise is not over."""
    charged_back: int
    """Orders that would be to be shipped, if their payers did not dispute what they paid: they are neither."""
    days: list[Day]
    waiting: list[Waiting]
    application: str | None
    """How far the shop's application to be verified is; None without one."""
    enrolments: int
    """Channels at which the shop has something to fill in, to mend or to sign, to be paid by them."""
    is_verified: bool
    day_sales_max: int | None
    """What the shop may sell in a day; None without a limit."""
    standing: str
    """Whether the shop sells, and why not."""
    away_until: datetime | None
    """Until when its holiday lasts, if one runs."""
    is_withdrawals_suspended: bool
    failed_payout: FailedPayout | None
    """The last withdrawal, if it came to nothing within days."""
    owed: int
    deposit_lacking: int


class Money(Struct, frozen=True, kw_only=True):
    """A shop's money, in fen: `held` is what buyers have paid for orders that they have not confirmed."""

    shop: Shop
    held: int
    pending: int
    available: int
    leaving: int
    """What payouts under way hold of what is available."""
    owed: int
    frozen: int
    """What courts have held."""
    unfreezing: int
    """What is settled and still at channels, which have not let it go to the shop's own number yet."""
    deposit_lacking: int
    """How much less the deposit has than is asked."""
    next_settlement_at: datetime | None
    settle_days: int
    """How many days after receipt what it sells now is settled, by its grade."""
    rules: TradeRules
    may_withdraw: bool
    """Shops may have to be verified first, and may be suspended."""
    is_withdrawals_suspended: bool


async def get_desk(reader: Reader, shop_id: UUID) -> Desk:
    """Read what stands on every page of a desk. Raises NotFoundException."""
    row = await reader.row(SQL.get_shop_desk, shard_of(shop_id), shop_id, VERSIONS_MAX)
    said: Mapping[str, int | None] = row["ship_hours"] if row else {}
    return _desk(row, {int(version): hours or DEFAULT.ship_hours for version, hours in said.items()})


async def get_todo(reader: Reader, shop_id: UUID, now: datetime) -> Todo:
    """Read the first page of a desk. Raises NotFoundException."""
    row = await reader.row(
        SQL.get_shop_todo,
        shard_of(shop_id),
        shop_id,
        _midnight(now) - timedelta(days=DAYS - 1),
        now,
        WAITING_MAX,
        DEFAULT.ship_hours,
        now - FAILED_PAYOUT_SHOWN_FOR,
        chart.merchant_owed(shop_id).id,
        chart.merchant_deposit(shop_id).id,
        DEFAULT.remind_hours,
    )
    return Todo(
        desk=_desk(row, {}),
        late=row["late"] if row else 0,
        soon=row["soon"] if row else 0,
        charged_back=row["charged_back"] if row else 0,
        days=fill_days(row["days"] if row else None, now),
        waiting=msgspec.convert((row["waiting"] if row else None) or [], list[Waiting]),
        application=row["application"] if row else None,
        enrolments=row["enrolments"] if row else 0,
        is_verified=row is not None and row["verification"] == "verified",
        day_sales_max=row["day_sales_max"] if row else None,
        standing=row["standing"] if row else "open",
        away_until=row["away_until"] if row else None,
        is_withdrawals_suspended=row is not None and row["is_withdrawals_suspended"],
        failed_payout=msgspec.convert(row["failed_payout"] if row else None, FailedPayout | None),
        owed=row["owed"] if row else 0,
        deposit_lacking=max(row["deposit_lacking"], 0) if row else 0,
    )


async def get_money(reader: Reader, shop_id: UUID, now: datetime) -> Money:
    """Read a shop's money. Raises NotFoundException."""
    accounts = [
        account(shop_id).id
        for account in (
            chart.merchant_pending,
            chart.merchant_available,
            chart.merchant_deposit,
            chart.merchant_owed,
            chart.legal_hold,
        )
    ]
    row = await reader.row(SQL.get_shop_money, shard_of(shop_id), shop_id, accounts, now)
    if row is None:
        raise NotFoundException
    balances = {code: (posted, held) for code, posted, held in row["accounts"] or []}
    pending, _ = balances.get(Code.MERCHANT_PENDING, (0, 0))
    available, leaving = balances.get(Code.MERCHANT_AVAILABLE, (0, 0))
    deposit, _ = balances.get(Code.MERCHANT_DEPOSIT, (0, 0))
    owed, _ = balances.get(Code.MERCHANT_OWED, (0, 0))
    rules = msgspec.convert(row["rules"], TradeRules)
    return Money(
        shop=_shop(row),
        held=row["held"],
        pending=pending,
        available=available - leaving,
        leaving=leaving,
        owed=-owed,
        frozen=balances.get(Code.LEGAL_HOLD, (0, 0))[0],
        unfreezing=row["unfreezing"],
        deposit_lacking=max(row["deposit_required"] - deposit, 0),
        next_settlement_at=row["next_settlement_at"],
        settle_days=rules.settle_days_of(row["grade"]),
        rules=rules,
        may_withdraw=row["may_withdraw"],
        is_withdrawals_suspended=row["is_withdrawals_suspended"],
    )


def fill_days(rows: list[list[Any]] | None, now: datetime) -> list[Day]:
    """Make the last 30 days of what was paid on some of them, today last."""
    found: Mapping[str, list[Any]] = {row[0]: row for row in rows or []}
    today = now.astimezone(SHANGHAI).date()
    days = [today - timedelta(days=DAYS - 1 - n) for n in range(DAYS)]
    return [
        Day(f"{day.month}-{day.day}", *(found[day.isoformat()][1:] if day.isoformat() in found else (0, 0)))
        for day in days
    ]


def _midnight(now: datetime) -> datetime:
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def _desk(row: Row | None, ship_hours: dict[int, int]) -> Desk:
    if row is None:
        raise NotFoundException
    counted: dict[str, int] = row["states"] or {}
    to_pick_up = counted.pop("to_pick_up", 0)
    states = {State(state): count for state, count in counted.items()}
    if to_pick_up:
        states[State.PAID] = states.get(State.PAID, 0) + to_pick_up
    return Desk(
        shop=_shop(row),
        states=states,
        to_pick_up=to_pick_up,
        in_aftersale=row["in_aftersale"],
        ship_hours=ship_hours,
    )


def _shop(row: Row) -> Shop:
    return Shop(row["id"], row["handle"], row["name"], row["status"], row["created_at"])

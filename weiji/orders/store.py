"""What orders read and write: the statements of queries.sql, typed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.carriers import FollowParcel, phone_end
from weiji.catalog import Delivery
from weiji.coupons import WALLET_MAX, Coupon, read_coupons
from weiji.freight import PLACES_MAX
from weiji.identity import ADDRESSES_MAX, open_address
from weiji.identity import Address as BookAddress
from weiji.kit import sql
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import derive, shard_of, shards_of
from weiji.kit.ids import distinct_shards as distinct_shards
from weiji.ledger import chart
from weiji.orders.fees.model import FeeRules, Rate
from weiji.orders.fees.rules import Fees
from weiji.orders.fees.store import get_fees
from weiji.orders.machine import State
from weiji.orders.model import Address, CartItem, Line, NoteDelivery, Order, Parcel, Pickup, PlaceOrder
from weiji.orders.prices import OrderCoupon, Price
from weiji.orders.sales import Sales
from weiji.orders.trade_rules import DEFAULT, TradeRules

SQL: Final = sql.beside(__file__)

BEGINNING: Final = (datetime(9999, 1, 1, tzinfo=SHANGHAI), UUID(int=2**128 - 1))
"""The cursor of a first page: later than everything."""

LOOKED_AT_FIRST: Final = timedelta(days=1)
"""How far back a page of everybody's orders is looked for, before it is looked for among all."""

UNPAID_MAX: Final = 5
"""Unpaid orders of the same goods that a checkout tells of."""

TRACKING_MAX: Final = 60
"""Of what carriers told of a parcel, the newest lines that a page shows."""

_rules: dict[int, TradeRules] = {}
"""Versions of the rules never change, so those once read are kept."""


def number_of(id: UUID, at: datetime) -> str:
    """Make the number that people call an order by: its day, and ten digits of its id."""
    return f"{at.astimezone(SHANGHAI):%Y%m%d}{id.int % 10**10:010}"


class _Locked(Order):
    """An order as it was locked, its deadline then, and what of it had gone back."""

    was_due_at: datetime | None = None
    was_refunded: int = 0


class Placing(msgspec.Struct, frozen=True):
    """What placing begins with: the versions of the rules and fees in force, orders that are there already, by their
    ids, and what their shops may be paid and were, by theirs.
    """

    version: int
    fee_version: int
    existing: dict[UUID, dict[str, Any]]
    sales: dict[UUID, Sales]
    places: dict[tuple[UUID, UUID], Pickup]
    """Where what is picked up may be, by shop and place."""


async def read_placing(
    tx: Transaction, ids: Sequence[UUID], shop_ids: Sequence[UUID], place_ids: Sequence[UUID]
) -> Placing:
    """Read what placing the orders *ids* at *shop_ids* begins with."""
    row = await tx.row(SQL.read_placing, distinct_shards(ids), ids, tx.now, shop_ids, _date_of(tx.now), place_ids)
    assert row is not None, "there are no rules"
    existing = {UUID(found["id"]): found for found in row["existing"] or []}
    sales = msgspec.convert(row["sales"] or {}, dict[UUID, Sales])
    places = {
        (UUID(shop_id), UUID(facts["place_id"])): msgspec.convert(facts, Pickup)
        for shop_id, facts in row["places"] or ()
    }
    return Placing(row["version"], row["fee_version"], existing, sales, places)


def _date_of(at: datetime) -> date:
    """Say on which day in Shanghai something is."""
    return at.astimezone(SHANGHAI).date()


async def get_rules(reader: Reader, versions: set[int]) -> dict[int, TradeRules]:
    """Read versions of the rules; those once read cost nothing."""
    missing = versions - _rules.keys()
    if missing:
        for row in await reader.rows(SQL.get_rules, list(missing)):
            _rules[row["version"]] = msgspec.convert(row["rules"], TradeRules)
    return {version: _rules[version] for version in versions}


async def get_rules_in_force(reader: Reader, now: datetime) -> tuple[int, TradeRules]:
    """Read the rules that an order placed now comes under, and their version."""
    row = await reader.row(SQL.get_rules_in_force, now)
    assert row is not None, "there are no rules"
    return row["version"], msgspec.convert(row["rules"], TradeRules)


async def get_terms_in_force(reader: Reader, now: datetime) -> tuple[TradeRules, Fees]:
    """Read the rules that an order placed now comes under, and by which fees it is charged."""
    row = await reader.row(SQL.get_terms_in_force, now)
    assert row is not None, "there are no rules"
    rules = msgspec.convert(row["rules"], TradeRules)
    return rules, await get_fees(reader, row["fee_version"], rules.rest)


async def get_common_terms_in_force(reader: Reader, now: datetime) -> tuple[TradeRules, Rate]:
    """Read the rules that an order placed now comes under, and what is taken where no shop and no category is named.

    One statement, whatever was read before.
    """
    row = await reader.row(SQL.get_common_terms_in_force, now)
    assert row is not None, "there are no rules"
    rules = msgspec.convert(row["rules"], TradeRules)
    return rules, Fees(msgspec.convert(row["fee_rules"], FeeRules), rules.rest).rate_of(None, ())


class NewOrder(msgspec.Struct, frozen=True):
    """An order that is to be written: the command, its price, and what its SKUs were."""

    command: PlaceOrder
    shop_name: str
    price: Price
    skus: Sequence[Any]
    settle_days: int
    pickup: Pickup | None = None

    @property
    def address(self) -> Address | None:
        """Where it goes: of what is picked up, who comes, and to which place."""
        address = self.command.address
        if sold_as(self) is not Delivery.PHYSICAL or address is None or self.pickup is None:
            return address if sold_as(self) is Delivery.PHYSICAL else None
        where = f"{self.pickup.name} {self.pickup.address}"
        return Address(name=address.name, phone=address.phone, region="", detail=where)


def sold_as(order: NewOrder) -> Delivery:
    """Say how all of an order comes to its buyer."""
    delivery: Delivery = order.skus[0].delivery
    return delivery


def _ships_at(order: NewOrder, now: datetime) -> datetime | None:
    """Say when the last of what is presold will be there."""
    presales = [sku.presale for sku in order.skus if sku.presale and sku.presale.is_on(now)]
    return max((presale.ships_at for presale in presales), default=None)


async def add_orders(tx: Transaction, orders: Sequence[NewOrder], versions: tuple[int, int], due_at: datetime) -> None:
    """Write orders with their lines. *versions* are those of the rules and of the fees."""
    ids = [order.command.id for order in orders]
    lines = [
        (order.command.id, number, line, sku)
        for order in orders
        for number, (line, sku) in enumerate(zip(order.price.lines, order.skus, strict=True), 1)
    ]
    await tx.run(
        SQL.add_orders,
        shards_of(ids),
        ids,
        [number_of(id, tx.now) for id in ids],
        [o.command.shop_id for o in orders],
        [o.shop_name for o in orders],
        [o.command.buyer_id for o in orders],
        [o.command.buyer_name for o in orders],
        [o.price.goods for o in orders],
        [o.price.freight for o in orders],
        [o.price.total for o in orders],
        [o.price.fee for o in orders],
        [o.address for o in orders],
        [o.command.note for o in orders],
        [sum(item.quantity for item in o.command.items) for o in orders],
        [sold_as(o) for o in orders],
        [_ships_at(o, tx.now) for o in orders],
        versions[0],
        due_at,
        tx.now,
        shards_of(id for id, _, _, _ in lines),
        [id for id, _, _, _ in lines],
        [number for _, number, _, _ in lines],
        [line.item.sku_id for _, _, line, _ in lines],
        [sku.product_id for _, _, _, sku in lines],
        [sku.title for _, _, _, sku in lines],
        [sku.choices for _, _, _, sku in lines],
        [sku.picture for _, _, _, sku in lines],
        [sku.kind for _, _, _, sku in lines],
        [line.item.price for _, _, line, _ in lines],
        [line.item.quantity for _, _, line, _ in lines],
        [line.amount for _, _, line, _ in lines],
        [line.reasons for _, _, line, _ in lines],
        [line.shares for _, _, line, _ in lines],
        [o.price.freight_reasons for o in orders],
        [o.command.gift for o in orders],
        [o.price.discount for o in orders],
        [o.price.subsidy for o in orders],
        [o.price.coupons or None for o in orders],
        [o.settle_days for o in orders],
        versions[1],
        [sku.terms.no_reason_days for _, _, _, sku in lines],
        [sku.terms.aftersale_days for _, _, _, sku in lines],
        [o.pickup for o in orders],
    )


async def lock_orders(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Order]:
    """Lock and read orders, in id order, without lines; those that do not exist are left out."""
    wanted = list(set(ids))
    rows = await tx.rows(SQL.lock_orders, distinct_shards(wanted), wanted)
    orders = [_Locked(*_order_fields(row)) for row in rows]
    rules = await get_rules(tx, {order.rules_version for order in orders})
    for order in orders:
        order.rules, order.was_due_at = rules[order.rules_version], order.due_at
        order.was_refunded = order.refunded
    return {order.id: order for order in orders}


def _order_fields(row: Row) -> list[Any]:
    fields = list(row)
    fields[6] = State(fields[6])
    fields[27] = Delivery(fields[27])
    if fields[39] is not None:
        fields[39] = msgspec.convert(fields[39], list[OrderCoupon])
    if fields[40] is not None:
        fields[40] = msgspec.convert(fields[40], Pickup)
    return fields


async def read_lines(tx: Transaction, orders: dict[UUID, Order]) -> None:
    """Read the lines of locked orders into them."""
    ids = list(orders)
    for row in await tx.rows(SQL.read_lines, distinct_shards(ids), ids):
        orders[row["order_id"]].lines.append(msgspec.convert(dict(list(row.items())[1:]), Line))


async def read_parcels(tx: Transaction, orders: dict[UUID, Order]) -> None:
    """Read the parcels of locked orders into them."""
    ids = list(orders)
    for row in await tx.rows(SQL.read_parcels, distinct_shards(ids), ids):
        orders[row["order_id"]].parcels.append(msgspec.convert(dict(list(row.items())[1:]), Parcel))


async def update_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write whatever changed in locked orders."""
    if not orders:
        return
    ids = [o.id for o in orders]
    await tx.run(
        SQL.update_orders,
        distinct_shards(ids),
        shards_of(ids),
        ids,
        [o.state for o in orders],
        [o.units_shipped for o in orders],
        [o.due_at for o in orders],
        [o.prolonged for o in orders],
        [o.payment_id for o in orders],
        [o.channel for o in orders],
        [o.refund_id for o in orders],
        [o.refund_reason for o in orders],
        [o.paid_at for o in orders],
        [o.shipped_at for o in orders],
        [o.received_at for o in orders],
        [o.settled_at for o in orders],
        [o.closed_at for o in orders],
        [o.refunded_at for o in orders],
        *_sooner(orders),
    )


def _sooner(orders: Sequence[Order], *, are_paid: bool = False) -> tuple[list[int], list[UUID], list[datetime]]:
    """Name the orders whose clock must run out sooner than it would, with when: alarms are set for them.

    An alarm that goes off too early is put off then, so that an order which goes on in time sets none; to when the shop
    is reminded, so that one is only needed for it where there was longer to pay than that.
    """
    ids, times = [], []
    for order in orders:
        runs_out = order.was_due_at if isinstance(order, _Locked) else None
        if not order.due_at:
            continue
        at = min(order.due_at, order.reminds_at or order.due_at)
        if runs_out is None or (at if are_paid else order.due_at) < runs_out:
            ids.append(order.id)
            times.append(at)
    return shards_of(ids), ids, times


async def get_fee_versions(tx: Transaction, order_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Read which version of the fee rules orders were placed under; left out are those of before there were any."""
    rows = await tx.rows(SQL.get_fee_versions, distinct_shards(order_ids), order_ids)
    return {row["id"]: row["fee_version"] for row in rows}


async def reprice_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write what locked, unpaid orders and their lines cost now."""
    if orders:
        ids = [o.id for o in orders]
        lines = [(order.id, line) for order in orders for line in order.lines]
        line_ids = [id for id, _ in lines]
        amounts = columns(orders, "freight", "total", "fee", "discount", "conceded")
        numbers, reasons, shares = columns([line for _, line in lines], "line", "reasons", "shares")
        await tx.run(
            SQL.reprice_orders,
            distinct_shards(ids),
            shards_of(ids),
            ids,
            *amounts,
            shards_of(line_ids),
            line_ids,
            numbers,
            reasons,
            shares,
        )


async def pay_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write that locked orders are paid since *tx*'s time."""
    if orders:
        ids = [o.id for o in orders]
        await tx.run(
            SQL.pay_orders,
            distinct_shards(ids),
            shards_of(ids),
            ids,
            [o.payment_id for o in orders],
            [o.channel for o in orders],
            [o.due_at for o in orders],
            tx.now,
            *_sooner(orders, are_paid=True),
            [o.shop_id for o in orders],
            [o.total for o in orders],
            _date_of(tx.now),
        )


async def get_rejections(tx: Transaction, order_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """Read the payments that locked orders have rejected, each (order, payment)."""
    rows = await tx.rows(SQL.get_rejections, distinct_shards(order_ids), order_ids)
    return {(row["order_id"], row["payment_id"]) for row in rows}


async def add_rejections(tx: Transaction, rejections: Sequence[tuple[UUID, UUID]]) -> None:
    """Note payments that orders rejected, each (order, payment)."""
    if rejections:
        ids = [order_id for order_id, _ in rejections]
        await tx.run(SQL.add_rejections, shards_of(ids), ids, [payment_id for _, payment_id in rejections], tx.now)


async def receive_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write that locked orders are received since *tx*'s time."""
    if orders:
        ids = [o.id for o in orders]
        due = [o.due_at for o in orders]
        await tx.run(SQL.receive_orders, distinct_shards(ids), shards_of(ids), ids, due, tx.now, *_sooner(orders))


async def complete_orders(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write that locked orders are settled since *tx*'s time."""
    if orders:
        ids = [o.id for o in orders]
        await tx.run(SQL.complete_orders, distinct_shards(ids), shards_of(ids), ids, tx.now)


async def note_deliveries(tx: Transaction, deliveries: Sequence[NoteDelivery]) -> None:
    """Write when parcels of locked orders arrived."""
    if deliveries:
        ids = [delivery.order_id for delivery in deliveries]
        parcels, times = columns(deliveries, "parcel_id", "delivered_at")
        await tx.run(SQL.note_deliveries, distinct_shards(ids), shards_of(ids), ids, parcels, times)


async def get_unfollowed_parcels(reader: Reader, after: tuple[datetime, UUID], limit: int) -> list[FollowParcel]:
    """Read parcels that nobody follows yet, in the order in which they were sent, with what their carriers need to know
    of the receivers."""
    rows = await reader.rows(SQL.get_unfollowed_parcels, *after, limit)
    receivers = await get_receivers(reader, {row["order_id"] for row in rows})
    return [
        FollowParcel(
            id=derive(row["order_id"], "parcel", row["id"]),
            sent_as=row["id"],
            order_id=row["order_id"],
            shop_id=receivers[row["order_id"]].shop_id,
            carrier=row["carrier"],
            tracking_number=row["tracking_number"],
            phone_end=receivers[row["order_id"]].phone_end,
            region=receivers[row["order_id"]].region,
            shipped_at=row["shipped_at"],
        )
        for row in rows
    ]


class Receiver(Struct, frozen=True):
    """What carriers need to know of whom an order's parcels go to, and who sends them."""

    shop_id: UUID
    phone_end: str
    region: str


async def get_receivers(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, Receiver]:
    """Read to whom parcels of orders go."""
    ids = list(order_ids)
    rows = await reader.rows(SQL.get_receivers, distinct_shards(ids), ids) if ids else []
    return {row["id"]: Receiver(row["shop_id"], phone_end(row["phone"] or ""), row["region"] or "") for row in rows}


class Totals(Struct, frozen=True):
    """What an order came to, and what of that went back (fen)."""

    total: int
    refunded: int


async def get_totals(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, Totals]:
    """Read what orders came to."""
    ids = sorted(set(order_ids))
    rows = await reader.rows(SQL.get_totals, distinct_shards(ids), ids) if ids else []
    return {row["id"]: Totals(row["total"], row["refunded"]) for row in rows}


class FoundOrder(Struct, frozen=True):
    """An order that was found by its number: whose it is, how it stands, what of each line is left, what was sent."""

    id: UUID
    number: str
    buyer_id: UUID
    state: State
    is_virtual: bool
    is_picked_up: bool
    left: list[tuple[int, int]]
    parcels: list[UUID]


async def find_orders(reader: Reader, shop_id: UUID, numbers: Sequence[str]) -> dict[str, FoundOrder]:
    """Find orders of a shop by their numbers."""
    days = [day for number in numbers if (day := _day_of(number))]
    if not days:
        return {}
    rows = await reader.rows(
        SQL.find_orders, shard_of(shop_id), shop_id, min(days), max(days) + timedelta(days=1), numbers
    )
    return {row["number"]: msgspec.convert(dict(row), FoundOrder) for row in rows}


def _day_of(number: str) -> datetime | None:
    try:
        return datetime.strptime(number[:8], "%Y%m%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


async def get_parcel_numbers(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, list[tuple[str, datetime]]]:
    """Say under which numbers parcels of orders were sent, and when."""
    wanted = list(order_ids)
    found: dict[UUID, list[tuple[str, datetime]]] = {id: [] for id in wanted}
    for row in await reader.rows(SQL.read_parcels, distinct_shards(wanted), wanted):
        found[row["order_id"]].append((row["tracking_number"], row["shipped_at"]))
    return found


async def find_sent_numbers(reader: Reader, numbers: Sequence[str], since: datetime) -> set[str]:
    """Say under which of some numbers anybody has sent a parcel."""
    return {row["tracking_number"] for row in await reader.rows(SQL.find_sent_numbers, numbers, since)}


async def get_used_numbers(
    reader: Reader, shop_id: UUID, parcels: Sequence[tuple[UUID, str]], since: datetime
) -> tuple[dict[tuple[UUID, str], str], set[UUID]]:
    """Say which numbers a shop has sent to another buyer, each (order, number), and with which order; and which of the
    orders are charged back.
    """
    orders, numbers = [id for id, _ in parcels], [number for _, number in parcels]
    rows = await reader.rows(SQL.get_used_numbers, shard_of(shop_id), shop_id, orders, numbers, since)
    used = {(row["order_id"], row["tracking_number"]): row["used_by"] for row in rows if row["used_by"] is not None}
    return used, {row["order_id"] for row in rows if row["is_charged_back"]}


async def write_cases(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write what cases did to locked orders, and to their lines."""
    ids = [o.id for o in orders]
    lines = [(order.id, line) for order in orders for line in order.lines]
    await tx.run(
        SQL.write_cases,
        distinct_shards(ids),
        shards_of(ids),
        ids,
        [o.state for o in orders],
        [o.units for o in orders],
        [o.due_at for o in orders],
        [o.time_left for o in orders],
        [o.open_cases for o in orders],
        [o.refunded for o in orders],
        [o.fee_refunded for o in orders],
        [o.subsidy_refunded for o in orders],
        [o.refund_id for o in orders],
        [o.shipped_at for o in orders],
        [o.refund_reason for o in orders],
        shards_of(i for i, _ in lines),
        [i for i, _ in lines],
        [line.line for _, line in lines],
        [line.cancelled for _, line in lines],
        [line.withheld for _, line in lines],
        [line.returned for _, line in lines],
        [line.refunded for _, line in lines],
        [line.replaced_at for _, line in lines],
        [o.open_chargebacks for o in orders],
        [o.refunded_at for o in orders],
        *_sooner(orders),
        [line.given_back_at for _, line in lines],
    )
    gone = []
    for order in orders:
        if isinstance(order, _Locked) and order.refunded != order.was_refunded:
            gone.append((order, order.refunded - order.was_refunded))
            order.was_refunded = order.refunded
    await _count_gone(tx, gone)


async def keep_time(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write what is left on the clocks of locked orders that stand, since cases are open."""
    standing = [o for o in orders if o.open_cases]
    if standing:
        ids = [o.id for o in standing]
        await tx.run(SQL.keep_time, distinct_shards(ids), shards_of(ids), ids, [o.time_left for o in standing])


async def count_refunded(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write that all money of locked orders went back."""
    if orders:
        ids = [o.id for o in orders]
        await tx.run(SQL.count_refunded, distinct_shards(ids), ids)
        await _count_gone(tx, [(o, o.total - o.refunded) for o in orders])


async def lock_sales(tx: Transaction, shop_ids: Collection[UUID]) -> None:
    """Lock what shops were paid until *tx* ends, in the order in which `pay_orders` locks it."""
    if shop_ids:
        await tx.run(SQL.lock_sales, distinct_shards(shop_ids), list(shop_ids))


async def _count_gone(tx: Transaction, gone: Sequence[tuple[Order, int]]) -> None:
    """Note how much of locked orders goes back: so much less was sold, today too if they were paid today."""
    if gone:
        today = _date_of(tx.now)
        ids = [o.shop_id for o, _ in gone]
        of_today = [-amount if o.paid_at and _date_of(o.paid_at) == today else 0 for o, amount in gone]
        await tx.run(SQL.count_sales, today, shards_of(ids), ids, of_today, [-amount for _, amount in gone])


async def hand_over(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write that all that is left of locked orders is handed over, and received, since *tx*'s time."""
    if orders:
        ids = [o.id for o in orders]
        due = [o.due_at for o in orders]
        await tx.run(SQL.hand_over, distinct_shards(ids), shards_of(ids), ids, due, tx.now, *_sooner(orders))


async def add_pickup_codes(tx: Transaction, codes: Sequence[tuple[Order, bytes, bytes]]) -> None:
    """Write the codes of orders: what each is found by, and the sealed text."""
    ids = [order.id for order, _, _ in codes]
    shops, indexes = [order.shop_id for order, _, _ in codes], [index for _, index, _ in codes]
    await tx.run(SQL.add_pickup_codes, shards_of(ids), ids, shops, indexes, [sealed for *_, sealed in codes], tx.now)


async def find_pickup_codes(reader: Reader, asked: Collection[tuple[UUID, bytes]]) -> dict[tuple[UUID, bytes], UUID]:
    """Find the orders of shops by what their codes are found by."""
    shops, indexes = [shop_id for shop_id, _ in asked], [index for _, index in asked]
    rows = await reader.rows(SQL.find_pickup_codes, distinct_shards(shops), shops, indexes)
    return {(row["shop_id"], row["blind_index"]): row["order_id"] for row in rows}


class PickupOrder(Struct, frozen=True):
    """What there is to know of an order before its code is shown, and that code, sealed; None: it was never paid."""

    id: UUID
    buyer_id: UUID
    state: State
    open_cases: int
    pickup: Pickup | None
    sealed: bytes | None


async def get_pickups(reader: Reader, order_ids: Sequence[UUID]) -> dict[UUID, PickupOrder]:
    """Read what there is to know of orders before their codes are shown; those that do not exist are left out."""
    rows = await reader.rows(SQL.get_pickups, distinct_shards(order_ids), order_ids)
    return {row["id"]: msgspec.convert(dict(row), PickupOrder) for row in rows}


class Tries(Struct):
    """How many wrong codes were entered at a shop since when."""

    wrong: int
    since: datetime


async def lock_pickup_tries(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, Tries]:
    """Lock how many wrong codes were entered at shops, in id order, until *tx* ends."""
    ids = sorted(set(shop_ids))
    rows = await tx.rows(SQL.lock_pickup_tries, shards_of(ids), ids, tx.now)
    return {row["shop_id"]: Tries(row["wrong"], row["since"]) for row in rows}


async def write_pickup_tries(tx: Transaction, tries: Mapping[UUID, Tries]) -> None:
    """Write how many wrong codes were entered at locked shops."""
    if tries:
        ids = list(tries)
        wrong, since = columns(list(tries.values()), "wrong", "since")
        await tx.run(SQL.write_pickup_tries, distinct_shards(ids), shards_of(ids), ids, wrong, since)


async def note_shown(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write that the card keys of locked orders are seen since *tx*'s time."""
    if orders:
        ids = [o.id for o in orders]
        await tx.run(SQL.note_shown, distinct_shards(ids), ids, tx.now)


async def count_shipped(tx: Transaction, orders: Sequence[Order]) -> None:
    """Write how many of each line of locked orders are shipped."""
    lines = [(order.id, line) for order in orders for line in order.lines]
    ids = [id for id, _ in lines]
    numbers, shipped = [line.line for _, line in lines], [line.shipped for _, line in lines]
    await tx.run(SQL.count_shipped, distinct_shards(ids), shards_of(ids), ids, numbers, shipped)


async def add_parcels(tx: Transaction, orders: Sequence[Order], parcels: Sequence[tuple[Order, Parcel]]) -> None:
    """Write parcels, how many of each line of *orders* are shipped now, and where they stand."""
    ids = [o.id for o in orders]
    lines = [(order.id, line) for order in orders for line in order.lines]
    await tx.run(
        SQL.add_parcels,
        distinct_shards(ids),
        shards_of(o.id for o, _ in parcels),
        [o.id for o, _ in parcels],
        [p.id for _, p in parcels],
        [p.carrier for _, p in parcels],
        [p.tracking_number for _, p in parcels],
        [p.lines for _, p in parcels],
        tx.now,
        shards_of(i for i, _ in lines),
        [i for i, _ in lines],
        [line.line for _, line in lines],
        [line.shipped for _, line in lines],
        shards_of(ids),
        ids,
        [o.state for o in orders],
        [o.units_shipped for o in orders],
        [o.due_at for o in orders],
        [o.shipped_at for o in orders],
        [p.warehouse_id for _, p in parcels],
        *_sooner(orders),
    )


class Alarmed(Struct, frozen=True):
    """An order that an alarm names: when it is due in truth, and when its shop is reminded, if it waits for that."""

    id: UUID
    state: State
    due_at: datetime | None
    reminds_at: datetime | None


class Alarm(Struct, frozen=True):
    """What has gone off, and the orders that it names."""

    shard: int
    gone_off_at: datetime
    id: UUID
    orders: list[Alarmed]


async def get_alarms(reader: Reader, now: datetime, limit: int) -> list[Alarm]:
    """Read the alarms that have gone off, the oldest first, until they name *limit* orders, with how these stand."""
    alarms: dict[UUID, Alarm] = {}
    rows = await reader.rows(SQL.get_alarms, now, limit, DEFAULT.remind_hours)
    for shard, gone_off_at, alarm_id, id, state, due_at, reminds_at in rows:
        alarm = alarms.setdefault(alarm_id, Alarm(shard, gone_off_at, alarm_id, []))
        if id:  # Else all that it named were put off.
            alarm.orders.append(Alarmed(id, State(state), due_at, reminds_at))
    return list(alarms.values())


async def put_off(
    tx: Transaction, alarms: Sequence[Alarm], early: Mapping[UUID, datetime | None], gone: Collection[UUID]
) -> None:
    """Let alarms for the *early* go off when they are due, or at the time that is given, if that is sooner; and none of
    *alarms* for them or the *gone* any more.
    """
    if ids := sorted(early):
        await tx.run(SQL.set_alarms, distinct_shards(ids), ids, [early[id] for id in ids])
    ended = {*early, *gone}
    named = [alarm for alarm in alarms if any(order.id in ended for order in alarm.orders)]
    await tx.run(SQL.shorten_alarms, *_keys_of(named), list(ended))


async def add_ship_reminders(tx: Transaction, order_ids: Sequence[UUID]) -> set[UUID]:
    """Note that shops are reminded of orders; tell of which they were not before."""
    rows = await tx.rows(SQL.add_ship_reminders, shards_of(order_ids), order_ids, tx.now)
    return {row["order_id"] for row in rows}


async def drop_alarms(reader: Reader, alarms: Sequence[Alarm]) -> None:
    """Drop alarms of whose orders none was due any more."""
    await reader.run(SQL.drop_alarms, *_keys_of(alarms))


def _keys_of(alarms: Sequence[Alarm]) -> tuple[list[int], list[datetime], list[UUID]]:
    return sorted({a.shard for a in alarms}), [a.gone_off_at for a in alarms], [a.id for a in alarms]


def _convert(row: Row) -> Order:
    values = dict(row)
    for name in ("lines", "parcels"):
        if values.get(name, ...) is None:
            values[name] = []
    return msgspec.convert(values, Order)


async def get_order(reader: Reader, id: UUID) -> Order | None:
    """Read one order whole."""
    found = await get_order_and_held(reader, id)
    return found[0] if found else None


class Places(msgspec.Struct, frozen=True):
    """The warehouses of a shop, those first that come first, and what an order still has in which."""

    warehouses: list[tuple[UUID, str]]
    holds: list[tuple[UUID, UUID, int]]
    """SKU, warehouse, units. Nothing of SKUs that lie in one warehouse."""


async def get_order_and_places(reader: Reader, id: UUID) -> tuple[Order, Places] | None:
    """Read one order whole, and where its units lie."""
    row = await reader.row(SQL.get_order, shard_of(id), id, chart.escrow(id).id, TRACKING_MAX)
    if row is None:
        return None
    places = {"warehouses": row["warehouses"] or [], "holds": row["holds"] or []}
    return _convert(row), msgspec.convert(places, Places)


async def get_order_and_held(reader: Reader, id: UUID) -> tuple[Order, int] | None:
    """Read one order whole, and what the books have in its escrow account."""
    row = await reader.row(SQL.get_order, shard_of(id), id, chart.escrow(id).id, TRACKING_MAX)
    return (_convert(row), row["held"]) if row else None


async def list_orders_of_buyer(
    reader: Reader,
    buyer_id: UUID,
    states: Sequence[State],
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    is_picked_up: bool | None = None,
) -> list[Order]:
    """Read a page of a buyer's orders, newest first: only those that are picked up, or are not, if that is said."""
    rows = await reader.rows(SQL.list_orders_of_buyer, buyer_id, states, *(after or BEGINNING), limit, is_picked_up)
    return [_convert(row) for row in rows]


async def list_orders_of_shop(
    reader: Reader,
    shop_id: UUID,
    states: Sequence[State],
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    is_picked_up: bool | None = None,
) -> list[Order]:
    """Read a page of a shop's orders, newest first: only those that are picked up, or that are not, if that is said."""
    rows = await reader.rows(
        SQL.list_orders_of_shop, shard_of(shop_id), shop_id, states, *(after or BEGINNING), limit, is_picked_up
    )
    return [_convert(row) for row in rows]


async def with_shipping(reader: Reader, shop_id: UUID, orders: Sequence[Order]) -> list[Order]:
    """Give orders of a shop their addresses, notes and parcels, which its list leaves out, in one statement."""
    rows = await reader.rows(SQL.get_shipping, shard_of(shop_id), [order.id for order in orders])
    found = {row["id"]: msgspec.convert(dict(row) | {"parcels": row["parcels"] or ()}, _Shipping) for row in rows}
    return [
        msgspec.structs.replace(order, address=at.address, note=at.note, parcels=at.parcels)
        for order in orders
        if (at := found.get(order.id))
    ]


class _Shipping(Struct, frozen=True):
    address: Address | None
    note: str
    parcels: list[Parcel]


async def list_orders(
    reader: Reader, states: Sequence[State], after: tuple[datetime, UUID] | None, limit: int, now: datetime
) -> list[Order]:
    """Read a page of everybody's orders, newest first, without lines: for the operator."""
    since = (after[0] if after else now) - LOOKED_AT_FIRST
    rows = await reader.rows(SQL.list_orders, states, *(after or BEGINNING), limit, since)
    return [_convert(row) for row in rows]


async def get_shop_figures(reader: Reader, shop_id: UUID, now: datetime, ship_within: timedelta) -> Row:
    """Read what a shop has to do, and its sales of the last 30 days."""
    row = await reader.row(
        SQL.get_shop_figures, shard_of(shop_id), shop_id, now - ship_within, now - timedelta(days=30)
    )
    assert row is not None
    return row


async def get_trade_figures(reader: Reader, now: datetime) -> Row:
    """Read the whole market's figures; the time grows with the number of orders."""
    row = await reader.row(SQL.get_trade_figures, now - timedelta(days=30))
    assert row is not None
    return row


async def count_states_of_buyer(reader: Reader, buyer_id: UUID) -> dict[str, int]:
    """Count a buyer's open orders by state; what is paid and picked up is `to_pick_up`."""
    return {row["state"]: row["n"] for row in await reader.rows(SQL.count_states_of_buyer, buyer_id)}


async def get_cart(reader: Reader, person_id: UUID, limit: int) -> list[CartItem]:
    """Read a cart, what was put in last first."""
    rows = await reader.rows(SQL.get_cart, shard_of(person_id), person_id, limit)
    return [CartItem(row["sku_id"], row["quantity"], row["price_seen"]) for row in rows]


class CheckoutBuyer(Struct, frozen=True):
    """What a checkout has to know of its buyer: the address book, and the coupons that are good in some shops."""

    addresses: list[BookAddress]
    coupons: list[Coupon]
    unpaid: list[tuple[UUID, int]]
    """Orders of the same goods that wait for their money, the newest first, and how much (fen): who comes back from
    paying is led to them."""
    places: dict[UUID, list[Pickup]]
    """Where the shops hand goods over."""


async def read_checkout(
    reader: Reader, person_id: UUID, shop_ids: Collection[UUID], wanted: Mapping[UUID, int], now: datetime
) -> CheckoutBuyer:
    """Read what a checkout has to know of its buyer; *wanted* says how many of which SKUs."""
    rows = await reader.rows(
        SQL.read_checkout,
        shard_of(person_id),
        person_id,
        list(shop_ids),
        now,
        WALLET_MAX,
        ADDRESSES_MAX,
        list(wanted),
        list(wanted.values()),
        UNPAID_MAX,
        distinct_shards(shop_ids),
        PLACES_MAX * len(shop_ids),
    )
    places: dict[UUID, list[Pickup]] = {}
    for row in rows:
        if row["person_id"] is None and row["shop_id"]:
            found = Pickup(
                place_id=row["id"], name=row["name"], address=row["region"], hours=row["state"], phone=row["tag"]
            )
            places.setdefault(row["shop_id"], []).append(found)
    return CheckoutBuyer(
        addresses=[open_address(row) for row in rows if row["person_id"] and row["campaign_id"] is None],
        coupons=read_coupons(row for row in rows if row["campaign_id"] is not None),
        unpaid=[(row["id"], row["unpaid"]) for row in rows if row["unpaid"] is not None],
        places=places,
    )


async def read_payable(reader: Reader, ids: Sequence[UUID], now: datetime) -> dict[UUID, Row]:
    """Read what paying has to know of orders; those that do not exist are left out."""
    rows = await reader.rows(SQL.read_payable, distinct_shards(ids), ids, now, _date_of(now))
    return {row["id"]: row for row in rows}


async def find_beyond(reader: Reader, payable: Collection[Row]) -> set[UUID]:
    """Name those of payable orders whose shop may not be paid for all of them now."""
    owed: dict[UUID, list[Row]] = {}
    for row in payable:
        owed.setdefault(row["shop_id"], []).append(row)
    rules = await get_rules(reader, {row["version"] for row in payable})
    return {
        row["id"]
        for rows in owed.values()
        if not msgspec.convert(rows[0]["sales"], Sales).have_room(
            sum(row["total"] for row in rows), rules[rows[0]["version"]]
        )
        for row in rows
    }


async def get_texts_to_sift(
    reader: Reader, until: datetime, long: timedelta, limit: int
) -> list[tuple[UUID, int, bool]]:
    """Read former texts of products that nobody looked through, and whether each stood for *long* or was ordered."""
    rows = await reader.rows(SQL.get_texts_to_sift, until, long, limit)
    return [(row["product_id"], row["version"], row["is_needed"]) for row in rows]


async def list_rules(reader: Reader, before: int | None, limit: int) -> list[Row]:
    """Read versions of the rules, the latest first, from the one before *before*."""
    return await reader.rows(SQL.list_rules, before, limit)


def read_rules(row: Row) -> TradeRules:
    """Read the rules in a row."""
    return msgspec.convert(row["rules"], TradeRules)

"""What after-sale reads and writes: the statements of queries.sql, typed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.aftersale.machine import FOR_ARBITERS, OPEN, CaseState
from weiji.aftersale.model import Case, CaseParcel, ReturnAddress, replacement_parcel, return_parcel
from weiji.kit import sql
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.orders import HELD, RELEASED, Address, Asking, State, TradeRules

SQL: Final = sql.beside(__file__)

BEGINNING: Final = (datetime(9999, 1, 1, tzinfo=SHANGHAI), UUID(int=2**128 - 1))
"""The cursor of a first page: later than everything."""

TRACKING_MAX: Final = 60
"""Of what carriers told of a parcel, the newest lines that are shown."""

_COLUMNS: Final = (
    "id", "order_id", "line", "shop_id", "buyer_id", "order_number", "shop_name", "buyer_name", "item", "kind", "state",
    "quantity", "withheld", "amount", "reason", "words", "proof", "freight_by", "wanted",
    "reserved", "offered_kind", "offered_amount", "answer",
    "answer_proof", "reply", "reply_proof", "said_last", "buyer_replies", "shop_replies",
    "return_address", "return_carrier", "return_number", "reship_carrier", "reship_number", "refund_id", "due_at",
    "asked_at", "answered_at", "ended_at", "suspended_at", "hold", "return_delivered_at", "asked_amount",
)  # fmt: skip
"""All of a case, in the order of the table."""

_CHANGING: Final = (
    "id", "kind", "state", "withheld", "amount", "reserved", "offered_kind", "offered_amount", "answer", "answer_proof",
    "reply", "reply_proof", "said_last", "buyer_replies", "shop_replies", "return_address", "return_carrier",
    "return_number", "reship_carrier", "reship_number", "refund_id", "due_at", "answered_at", "ended_at",
    "suspended_at", "hold", "return_delivered_at",
)  # fmt: skip
"""What of a case may change."""


def _columns(cases: Sequence[Case], names: Sequence[str]) -> list[list[Any]]:
    return [[getattr(case, name) for case in cases] for name in names]


def read_case(row: Row) -> Case:
    """Read the case in a row."""
    return msgspec.convert({name: row[name] for name in _COLUMNS}, Case)


async def find_orders(reader: Reader, case_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Say which orders cases are of; those that do not exist are left out."""
    wanted = list(case_ids)
    return {row["id"]: row["order_id"] for row in await reader.rows(SQL.find_orders, distinct_shards(wanted), wanted)}


async def read_cases(reader: Reader, order_ids: Collection[UUID]) -> dict[UUID, Case]:
    """Read all cases of orders, the oldest first."""
    wanted = list(order_ids)
    return {row["id"]: read_case(row) for row in await reader.rows(SQL.read_cases, distinct_shards(wanted), wanted)}


async def find_returned_numbers(reader: Reader, numbers: Sequence[str], since: datetime) -> set[tuple[str, UUID, UUID]]:
    """Say who has sent something back under some numbers: each number, buyer and shop."""
    return {tuple(row) for row in await reader.rows(SQL.find_returned_numbers, numbers, since)}


async def add_cases(tx: Transaction, cases: Sequence[Case]) -> None:
    """Write cases that are new."""
    if cases:
        await tx.run(SQL.add_cases, shards_of(case.id for case in cases), *_columns(cases, _COLUMNS))


async def change_cases(tx: Transaction, cases: Sequence[Case]) -> None:
    """Write what changed in cases whose orders are locked."""
    if cases:
        ids = [case.id for case in cases]
        await tx.run(SQL.change_cases, distinct_shards(ids), shards_of(ids), *_columns(cases, _CHANGING))


async def get_return_addresses(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, ReturnAddress]:
    """Read where shops want goods to be sent back to; those that never said are left out."""
    wanted = list(shop_ids)
    rows = await reader.rows(SQL.get_return_addresses, distinct_shards(wanted), wanted)
    return {row["shop_id"]: msgspec.convert(row["address"], ReturnAddress) for row in rows}


async def set_return_addresses(tx: Transaction, addresses: dict[UUID, ReturnAddress]) -> None:
    """Write where shops want goods to be sent back to."""
    ids = list(addresses)
    await tx.run(SQL.set_return_addresses, shards_of(ids), ids, list(addresses.values()), tx.now)


async def get_due_cases(
    reader: Reader, states: Collection[CaseState], now: datetime, limit: int
) -> list[tuple[UUID, CaseState]]:
    """Find the cases in some states whose clock has run out, those first that waited longest."""
    rows = await reader.rows(SQL.get_due_cases, list(states), now, limit)
    return [(row["id"], CaseState(row["state"])) for row in rows]


async def get_cases_for_arbiters(reader: Reader, now: datetime, limit: int) -> list[UUID]:
    """Find the cases for which the clock is to open a dispute, those first that waited longest."""
    return [id for id, _ in await get_due_cases(reader, FOR_ARBITERS, now, limit)]


class CaseView(Struct, frozen=True):
    """A case as its pages need it: with how often was asked about its line and may be, what is free in stock of what
    would be sent anew and where to, the shop's address and handle, and its parcels as far as they are followed: the
    one that comes back, and the one that is sent anew, or back."""

    case: Case
    asked: int
    asked_max: int
    in_stock: int
    sent_to: Address | None
    shop_address: ReturnAddress | None
    shop_handle: str
    returned: CaseParcel | None
    replacement: CaseParcel | None
    order_state: State | None
    """How the order stands, which says where its money is; None: the order has no rules."""
    is_picked_up: bool
    ask_until: datetime | None
    """Until when something may be asked about its line; None: as long as the order is not received."""

    def may_ask(self, now: datetime) -> bool:
        """Tell whether the buyer may ask for something about its line again."""
        is_in_time = self.order_state in RELEASED and self.ask_until is not None and now < self.ask_until
        return self.asked < self.asked_max and (self.order_state in HELD or is_in_time)


async def get_case(reader: Reader, id: UUID) -> CaseView | None:
    """Read one case."""
    row = await reader.row(SQL.get_case, shard_of(id), id, [return_parcel(id), replacement_parcel(id)], TRACKING_MAX)
    if row is None:
        return None
    parcels = msgspec.convert(row["parcels"] or {}, dict[UUID, CaseParcel])
    return CaseView(
        case=read_case(row),
        asked=row["asked"],
        asked_max=row["asked_max"] or TradeRules().applications_max,
        in_stock=row["in_stock"] or 0,
        sent_to=msgspec.convert(row["sent_to"], Address) if row["sent_to"] else None,
        shop_address=_address(row),
        shop_handle=row["shop_handle"] or "",
        returned=parcels.get(return_parcel(id)),
        replacement=parcels.get(replacement_parcel(id)),
        order_state=State(row["order_state"]) if row["order_state"] else None,
        is_picked_up=bool(row["is_picked_up"]),
        ask_until=msgspec.convert(row["asking"], Asking).ends_at if row["asking"] else None,
    )


class Swap(Struct, frozen=True):
    """A SKU that something may be exchanged for, as it is on sale."""

    id: UUID
    product_id: UUID
    choices: list[str]
    price: int
    is_listed: bool
    available: int


async def get_swaps(reader: Reader, order_id: UUID, product_ids: Collection[UUID]) -> tuple[list[Case], list[Swap]]:
    """Read the cases of an order, the oldest first, and all SKUs of products, in their order."""
    row = await reader.row(SQL.get_swaps, shard_of(order_id), order_id, list(product_ids))
    assert row is not None, "a row without a table is always there"
    return msgspec.convert(row["cases"], list[Case]), msgspec.convert(row["skus"], list[Swap])


class ParcelsOfCases(Struct, frozen=True):
    """The parcels of an order's cases that are followed, by their ids; and its clock until it is received."""

    parcels: dict[UUID, CaseParcel]
    due_at: datetime | None


async def get_parcels(reader: Reader, order_id: UUID, parcel_ids: Sequence[UUID]) -> ParcelsOfCases:
    """Read how parcels of an order's cases are getting on."""
    row = await reader.row(SQL.get_parcels, shard_of(order_id), order_id, parcel_ids, TRACKING_MAX)
    if row is None:
        return ParcelsOfCases({}, None)
    is_running = row["state"] == State.SHIPPED
    return ParcelsOfCases(
        msgspec.convert(row["parcels"] or {}, dict[UUID, CaseParcel]), row["due_at"] if is_running else None
    )


def _address(row: Row) -> ReturnAddress | None:
    return msgspec.convert(row["shop_address"], ReturnAddress) if row["shop_address"] else None


async def list_cases_of_buyer(
    reader: Reader, buyer_id: UUID, states: Collection[CaseState], after: tuple[datetime, UUID] | None, limit: int
) -> list[Case]:
    """Read a page of a buyer's cases, newest first."""
    rows = await reader.rows(SQL.list_cases_of_buyer, buyer_id, list(states), *(after or BEGINNING), limit)
    return [read_case(row) for row in rows]


async def list_cases_of_shop(
    reader: Reader, shop_id: UUID, states: Collection[CaseState], after: tuple[datetime, UUID] | None, limit: int
) -> list[Case]:
    """Read a page of a shop's cases, newest first."""
    statement = SQL.list_open_cases_of_shop if OPEN.issuperset(states) else SQL.list_cases_of_shop
    rows = await reader.rows(statement, shard_of(shop_id), shop_id, list(states), *(after or BEGINNING), limit)
    return [read_case(row) for row in rows]


async def get_cases(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Case]:
    """Read cases; those that do not exist are left out."""
    wanted = list(ids)
    return {row["id"]: read_case(row) for row in await reader.rows(SQL.get_cases, distinct_shards(wanted), wanted)}


async def list_cases(
    reader: Reader, states: Collection[CaseState], after: tuple[datetime, UUID] | None, limit: int
) -> list[Case]:
    """Read a page of everybody's cases, newest first: for the operator."""
    statement = SQL.list_open_cases if OPEN.issuperset(states) else SQL.list_cases
    rows = await reader.rows(statement, list(states), *(after or BEGINNING), limit)
    return [read_case(row) for row in rows]


class ShopDesk(Struct, frozen=True):
    """A shop with its cases that are not over, counted by state, and the address that it has set."""

    id: UUID
    handle: str
    name: str
    status: str
    created_at: datetime
    states: dict[CaseState, int]
    address: ReturnAddress | None


async def get_shop_desk(reader: Reader, shop_id: UUID) -> ShopDesk | None:
    """Read what a desk of after-sale shows beside its list."""
    row = await reader.row(SQL.get_shop_desk, shard_of(shop_id), shop_id)
    if row is None:
        return None
    states = {CaseState(state): count for state, count in (row["states"] or {}).items()}
    return ShopDesk(row["id"], row["handle"], row["name"], row["status"], row["created_at"], states, _address(row))


async def count_cases(reader: Reader) -> dict[CaseState, int]:
    """Count everybody's cases that are not over, by state."""
    return {CaseState(row["state"]): row["n"] for row in await reader.rows(SQL.count_cases)}


async def get_written(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> list[Row]:
    """Read cases of a shard with something said since a time: some, by id."""
    return await reader.rows(SQL.get_written, shard, after, since, limit)

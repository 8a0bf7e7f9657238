"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.chargebacks.model import Chargeback, Payable, Shown, case_id_of
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of

SQL = sql.beside(__file__)

_FIELDS: Final = Chargeback.__struct_fields__
_CHANGING: Final = (
    "id", "state", "stage", "held", "of_available", "of_deposit", "hold", "borne", "held_at", "represented_at",
    "represented_by", "argument", "ended_at", "closed_at",
)  # fmt: skip


async def lock_cases(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Chargeback]:
    """Lock cases until *tx* ends. What is not there is left out."""
    wanted = sorted(set(ids))
    rows = await tx.rows(SQL.lock_cases, distinct_shards(wanted), wanted)
    return {row["id"]: _case(row) for row in rows}


async def get_cases(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Chargeback]:
    """Read cases. What is not there is left out."""
    wanted = sorted(set(ids))
    rows = await reader.rows(SQL.get_cases, distinct_shards(wanted), wanted)
    return {row["id"]: _case(row) for row in rows}


async def get_cases_of(tx: Transaction, order_ids: Collection[UUID]) -> dict[UUID, list[Chargeback]]:
    """Read all cases of orders, the oldest first. Whoever holds the orders knows that they stay so."""
    found: dict[UUID, list[Chargeback]] = {}
    if order_ids:
        wanted = sorted(set(order_ids))
        for row in await tx.rows(SQL.get_cases_of, distinct_shards(wanted), wanted):
            found.setdefault(row["order_id"], []).append(_case(row))
    return found


async def lock_payables(tx: Transaction, order_ids: Collection[UUID]) -> dict[UUID, Payable]:
    """Lock orders of merchants' programs until *tx* ends. What is not there is left out."""
    if not order_ids:
        return {}
    wanted = sorted(set(order_ids))
    rows = await tx.rows(SQL.lock_payables, distinct_shards(wanted), wanted)
    names = Payable.__struct_fields__
    return {row["id"]: Payable(**{name: row[name] for name in names}) for row in rows}


async def sum_disputed(reader: Reader, payments: Mapping[UUID, UUID]) -> dict[UUID, int]:
    """Add up what of merchants' orders channels took back, and did not give again; *payments*: by order, its own.

    Whoever holds an order knows that it stays so.
    """
    if not payments:
        return {}
    found: dict[UUID, list[Row]] = {}
    for row in await reader.rows(SQL.list_disputed, distinct_shards(payments), list(set(payments.values()))):
        found.setdefault(row["payment_id"], []).append(row)
    # A payment for several orders has a case for each.
    return {
        order_id: sum(
            row["amount"] for row in rows if row["id"] == case_id_of(order_id, row["channel"], row["reference"])
        )
        for order_id, payment_id in payments.items()
        if (rows := found.get(payment_id))
    }


async def add_cases(tx: Transaction, cases: Sequence[Chargeback]) -> None:
    """Write new cases."""
    if cases:
        ids, *facts = columns(
            cases, "id", "payment_id", "order_id", "shop_id", "channel", "reference", "amount", "fee", "reason",
            "respond_by", "state", "received_at", "purse", "debtor_id",
        )  # fmt: skip
        await tx.run(SQL.add_cases, shards_of(ids), ids, *facts)


async def change_cases(tx: Transaction, cases: Sequence[Chargeback]) -> None:
    """Write what became of cases that are locked."""
    if cases:
        ids, *facts = columns(cases, *_CHANGING)
        await tx.run(SQL.change_cases, shards_of(ids), ids, *facts)


async def get_evidence(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, list[Shown]]:
    """Read what shops showed, the first first."""
    found: dict[UUID, list[Shown]] = {}
    if ids:
        for row in await reader.rows(SQL.get_evidence, distinct_shards(ids), ids):
            values = {name: row[name] for name in Shown.__struct_fields__}
            found.setdefault(row["case_id"], []).append(Shown(**{**values, "pictures": tuple(row["pictures"])}))
    return found


async def get_buyers(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Read who bought what chargebacks are about; those that are about none of our orders are left out."""
    rows = await reader.rows(SQL.get_buyers, distinct_shards(ids), ids) if ids else ()
    return {row["id"]: row["buyer_id"] for row in rows}


async def add_evidence(tx: Transaction, added: Sequence[tuple[UUID, Shown, UUID | None]]) -> None:
    """Write what shops showed."""
    if added:
        ids = [id for id, _, _ in added]
        numbers, words, times = columns([one for _, one, _ in added], "number", "words", "submitted_at")
        pictures = [msgspec.json.encode(one.pictures).decode() for _, one, _ in added]
        people = [person for _, _, person in added]
        await tx.run(SQL.add_evidence, shards_of(ids), ids, numbers, words, pictures, people, times)


async def list_cases(
    reader: Reader, *, shop_id: UUID | None, is_over: bool, before: UUID | None, limit: int
) -> list[tuple[Chargeback, str | None, str | None]]:
    """Read chargebacks of all shops, or of one; each with its shop's name and its order's number."""
    rows = await (
        reader.rows(SQL.list_cases, is_over, before, limit)
        if shop_id is None
        else reader.rows(SQL.list_cases_of_shop, shard_of(shop_id), shop_id, is_over, before, limit)
    )
    return [(_case(row), row["shop"], row["number"]) for row in rows]


class Found(Struct, frozen=True, kw_only=True):
    """A chargeback, with its order's number and buyer, and the handle and the name of its shop, where it has one."""

    case: Chargeback
    number: str | None
    buyer_id: UUID | None
    handle: str | None
    shop: str | None


_BESIDE: Final = tuple(name for name in Found.__struct_fields__ if name != "case")


async def get_case(reader: Reader, id: UUID) -> Found | None:
    """Read a chargeback; None where there is none."""
    row = await reader.row(SQL.get_case, shard_of(id), id)
    return Found(case=_case(row), **{name: row[name] for name in _BESIDE}) if row else None


async def get_whole(reader: Reader, case: Chargeback) -> int:
    """Add up what the channel took by one chargeback: of a payment for several orders each is a case."""
    found: int = await reader.value(SQL.get_whole, case.payment_id, case.channel, case.reference)
    return found


async def get_due(reader: Reader, limit: int) -> list[UUID]:
    """Find the cases whose money is still to be held, or to be dealt with."""
    return [row["id"] for row in await reader.rows(SQL.get_due, limit)]


def _case(row: Row) -> Chargeback:
    values = {name: row[name] for name in _FIELDS}
    return msgspec.convert(values, Chargeback)

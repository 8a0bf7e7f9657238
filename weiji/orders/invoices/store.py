"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.kit.seal import KEYS, column
from weiji.orders.invoices.model import (
    PAPERS_SHOWN,
    Invoice,
    InvoiceState,
    KeptTitle,
    OfferInvoices,
    Paper,
)
from weiji.orders.invoices.rules import Invoices, NewPaper, Ordered
from weiji.orders.machine import State

SQL: Final = sql.beside(__file__)

SEALED: Final = column("orders.invoice_papers:sealed")
"""What the files are sealed for."""

_Titles = tuple[KeptTitle, ...]

_INVOICE: Final = Invoice.__struct_fields__


async def lock_books(tx: Transaction, people: Collection[UUID]) -> dict[UUID, _Titles]:
    """Lock the books of titles of people until *tx* ends; there is one of everybody."""
    ids = sorted(set(people))
    rows = await tx.rows(SQL.lock_books, shards_of(ids), ids, tx.now)
    return {row["person_id"]: msgspec.convert(row["titles"], _Titles) for row in rows}


async def write_books(tx: Transaction, before: Mapping[UUID, _Titles], after: Mapping[UUID, _Titles]) -> None:
    """Write the books that changed."""
    changed = [id for id, titles in after.items() if before[id] != titles]
    if changed:
        await tx.run(SQL.write_books, shards_of(changed), changed, [after[id] for id in changed])


async def get_titles(reader: Reader, person_id: UUID) -> _Titles:
    """Read somebody's titles, the one written last first."""
    return msgspec.convert(await reader.value(SQL.get_titles, shard_of(person_id), person_id) or [], _Titles)


async def put_offers(tx: Transaction, offers: Sequence[OfferInvoices]) -> set[UUID]:
    """Write what shops say of invoices; name those that said something else, or nothing, before."""
    ids = [offer.shop_id for offer in offers]
    rows = await tx.rows(SQL.put_offers, shards_of(ids), ids, [offer.is_offered for offer in offers], tx.now)
    return {row["shop_id"] for row in rows}


async def get_offering(reader: Reader, shop_ids: Collection[UUID]) -> frozenset[UUID]:
    """Say which of these shops make out invoices."""
    rows = await reader.rows(SQL.get_offering, distinct_shards(shop_ids), list(shop_ids))
    return frozenset(row["shop_id"] for row in rows)


async def lock_invoices(
    tx: Transaction, order_ids: Collection[UUID], papers: Sequence[tuple[UUID, UUID, str]] = ()
) -> Invoices:
    """Lock the invoices of orders until *tx* ends, and keep money from going back meanwhile.

    *papers* are the ids, shops and numbers of those that are to be entered.
    """
    ids = sorted(set(order_ids))
    shards = distinct_shards(ids)
    rows = await tx.rows(SQL.share_orders, shards, ids)
    orders = {row["id"]: _ordered(row) for row in rows}
    invoices = {row["order_id"]: _invoice(row) for row in await tx.rows(SQL.lock_invoices, shards, ids)}
    offering = await get_offering(tx, {order.shop_id for order in orders.values()})
    named = []
    if papers:
        paper_ids, shops, numbers = (list(column) for column in zip(*papers, strict=True))
        named = await tx.rows(SQL.get_papers_named, distinct_shards([*paper_ids, *shops]), paper_ids, shops, numbers)
    return Invoices(
        orders=orders,
        invoices=invoices,
        offering=offering,
        papers={row["id"]: (row["order_id"], row["number"]) for row in named},
        numbers={(row["shop_id"], row["number"]): row["id"] for row in named},
        now=tx.now,
    )


async def write_invoices(tx: Transaction, before: Mapping[UUID, Invoice], after: Invoices) -> None:
    """Write invoices that changed, and papers that are new, sealed."""
    changed = [invoice for id, invoice in after.invoices.items() if before.get(id) != invoice]
    if changed:
        ids, *facts = columns(changed, *_INVOICE)
        await tx.run(SQL.put_invoices, shards_of(ids), ids, *facts)
    if after.new:
        await _add_papers(tx, after.new)


async def _add_papers(tx: Transaction, new: Sequence[NewPaper]) -> None:
    papers = [each.paper for each in new]
    ids = [paper.id for paper in papers]
    await tx.run(
        SQL.add_papers,
        shards_of(ids),
        ids,
        [each.order_id for each in new],
        [each.shop_id for each in new],
        *columns(papers, "kind", "number", "issued_on", "amount", "added_at", "media_type", "size"),
        [KEYS.seal_bytes(each.content, SEALED, each.paper.id) if each.content else None for each in new],
    )


class InvoiceOfOrder(Struct, frozen=True, kw_only=True):
    """An order with its invoice: all that a page shows. `kept` is what was paid and did not go back (fen)."""

    id: UUID
    number: str
    shop_id: UUID
    shop_name: str
    shop_handle: str
    buyer_id: UUID
    buyer_name: str
    state: State
    kept: int
    total: int
    placed_at: datetime
    settled_at: datetime | None
    is_offered: bool
    invoice: Invoice | None
    papers: list[Paper]

    @property
    def is_over(self) -> bool:
        """Whether nothing can be invoiced."""
        return self.state in (State.CLOSED, State.REFUNDED) or (self.state is not State.CREATED and self.kept <= 0)

    @property
    def is_paid(self) -> bool:
        """Whether there is something to be invoiced now."""
        return self.state is not State.CREATED and not self.is_over


async def get_invoice(reader: Reader, order_id: UUID) -> InvoiceOfOrder | None:
    """Read the invoice of an order, asked for or not. One statement."""
    row = await reader.row(SQL.get_invoice, shard_of(order_id), order_id, PAPERS_SHOWN)
    if row is None:
        return None
    return msgspec.convert({**dict(row), "papers": row["papers"] or []}, InvoiceOfOrder)


class PaperFile(Struct, frozen=True, kw_only=True):
    """The file of a paper, and whose it is."""

    order_id: UUID
    shop_id: UUID
    buyer_id: UUID
    number: str
    media_type: str
    content: bytes


async def get_file(reader: Reader, paper_id: UUID) -> PaperFile | None:
    """Open the file of a paper; None where there is none."""
    row = await reader.row(SQL.get_file, shard_of(paper_id), paper_id)
    if row is None:
        return None
    facts = dict(row)
    return PaperFile(content=KEYS.unseal_bytes(facts.pop("sealed"), SEALED, paper_id), **facts)


class InvoiceDesk(Struct, frozen=True, kw_only=True):
    """A shop, whether it makes out invoices, and how many wait for what."""

    id: UUID
    handle: str
    name: str
    is_offered: bool
    counts: dict[InvoiceState, int]


async def get_desk(reader: Reader, shop_id: UUID) -> InvoiceDesk | None:
    """Read what stands on every page of a shop's invoices."""
    row = await reader.row(SQL.get_invoice_desk, shard_of(shop_id), shop_id)
    return msgspec.convert({**dict(row), "counts": row["counts"] or {}}, InvoiceDesk) if row else None


class ListedInvoice(Invoice, frozen=True, kw_only=True):
    """An invoice among others, with what of its order a list shows."""

    number: str
    buyer_name: str
    order_state: State
    kept: int


async def list_of_shop(
    reader: Reader, shop_id: UUID, states: Sequence[InvoiceState], before: tuple[datetime, UUID] | None, limit: int
) -> list[ListedInvoice]:
    """Read invoices of a shop, those asked for last first."""
    rows = await reader.rows(
        SQL.list_invoices_of_shop, shard_of(shop_id), shop_id, states, *(before or (None, None)), limit
    )
    return [msgspec.convert(dict(row), ListedInvoice) for row in rows]


class WholeInvoice(Invoice, frozen=True, kw_only=True):
    """An invoice with its papers, and what its order is called."""

    number: str
    buyer_name: str
    papers: list[Paper]


async def list_whole_of_shop(reader: Reader, shop_id: UUID, after: UUID, limit: int) -> list[WholeInvoice]:
    """Read invoices of a shop with their papers, in the order of their orders' ids."""
    rows = await reader.rows(SQL.list_whole_of_shop, shard_of(shop_id), shop_id, after, limit)
    return [msgspec.convert({**dict(row), "papers": row["papers"] or []}, WholeInvoice) for row in rows]


async def list_of_buyer(
    reader: Reader, person_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[ListedInvoice]:
    """Read what somebody asked for, the last first."""
    rows = await reader.rows(SQL.list_invoices_of_buyer, person_id, *(before or (None, None)), limit)
    return [msgspec.convert(dict(row), ListedInvoice) for row in rows]


def _ordered(row: Row) -> Ordered:
    return Ordered(**{**dict(row), "state": State(row["state"])})


def _invoice(row: Row) -> Invoice:
    return msgspec.convert({name: row[name] for name in _INVOICE}, Invoice)

"""Takes goods from a file into a shop: saves the products, and counts the stock of SKUs that are new."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.catalog.model import SaveProductStatus
from weiji.catalog.operations import save_products
from weiji.catalog.records import Fault, Problem, ProductRecord
from weiji.events import Actor
from weiji.inventory import ON_HAND_MAX, SetStock, get_stock, set_stock
from weiji.kit.db import Database, Transaction

PRODUCTS_AT_ONCE: Final = 100
"""Products in one transaction of an import."""


class ImportReport(Struct, kw_only=True):
    """What came of an import: how many products were made, changed, and were already so; what was left out."""

    made: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: list[Problem] = []


async def import_goods(
    database: Database,
    shop_id: UUID,
    source: str,
    records: Iterable[ProductRecord | Problem],
    actor: Actor,
    *,
    is_dry_run: bool = False,
) -> ImportReport:
    """Import *records* into a shop; the caller checks that *actor* may act for it.

    Reading the same file again changes nothing. A product is saved whole or not at all, in a transaction with
    others; an import that breaks off is gone on with by running it again. Stock is set for SKUs that are new:
    that of the others is the shop's own affair. With *is_dry_run* everything is tried, and nothing kept.
    """
    report = ImportReport()
    for batch in _batches(records, report.skipped):
        results = await _import(database, shop_id, source, batch, actor, is_dry_run=is_dry_run)
        for record, status in zip(batch, results, strict=True):
            if status is SaveProductStatus.CREATED:
                report.made += 1
            elif status is SaveProductStatus.UPDATED:
                report.updated += 1
            elif status is SaveProductStatus.EXISTS:
                report.unchanged += 1
            else:
                report.skipped.append(
                    Problem(line=record.line, fault=Fault.NOT_SAVED, value=status, handle=record.handle)
                )
    report.skipped.sort(key=lambda problem: problem.line)
    return report


def _batches(records: Iterable[ProductRecord | Problem], problems: list[Problem]) -> Iterator[list[ProductRecord]]:
    batch: list[ProductRecord] = []
    for record in records:
        if isinstance(record, Problem):
            problems.append(record)
            continue
        batch.append(record)
        if len(batch) == PRODUCTS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


class _DryRun(Exception):
    """Takes a transaction back, and what it did along."""

    def __init__(self, statuses: list[SaveProductStatus]) -> None:
        self.statuses = statuses


async def _import(
    database: Database, shop_id: UUID, source: str, batch: Sequence[ProductRecord], actor: Actor, *, is_dry_run: bool
) -> list[SaveProductStatus]:
    async def work(tx: Transaction) -> list[SaveProductStatus]:
        statuses = await _save(tx, shop_id, source, batch, actor)
        if is_dry_run:
            raise _DryRun(statuses)
        return statuses

    try:
        return await database.retried(work)
    except _DryRun as tried:
        return tried.statuses


async def _save(
    tx: Transaction, shop_id: UUID, source: str, batch: Sequence[ProductRecord], actor: Actor
) -> list[SaveProductStatus]:
    commands = [record.to_command(shop_id, source, actor) for record in batch]
    sku_ids = [sku.id for command in commands for sku in command.skus]
    is_known = {id for id, stock in zip(sku_ids, await get_stock(tx, sku_ids), strict=True) if stock}
    statuses = [result.status for result in await save_products(tx, commands)]
    is_saved = (SaveProductStatus.CREATED, SaveProductStatus.UPDATED)
    await set_stock(
        tx,
        [
            SetStock(sku_id=sku.id, shop_id=shop_id, on_hand=min(given.on_hand, ON_HAND_MAX), actor=actor)
            for record, command, status in zip(batch, commands, statuses, strict=True)
            if status in is_saved
            for given, sku in zip(record.skus, command.skus, strict=True)
            if sku.id not in is_known
        ],
    )
    return statuses

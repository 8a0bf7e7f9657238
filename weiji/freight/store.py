"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.freight.model import TEMPLATES_MAX, AssignTemplate, Template, Way
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of

SQL = sql.beside(__file__)


class Assignment(Struct, frozen=True):
    """By what the freight of a product is found, and the template that counts, if any."""

    way: Way
    template: Template | None


def read_template(row: Row) -> Template:
    """Make a template of a row that has its columns."""
    return msgspec.convert({name: row[name] for name in Template.__struct_fields__}, Template)


async def lock_shops(tx: Transaction, shop_ids: Collection[UUID]) -> list[UUID]:
    """Lock the templates of shops until *tx* ends, in id order; shops that there are not are left out."""
    wanted = sorted(set(shop_ids))
    shards = distinct_shards(wanted)
    await tx.run(SQL.add_shops, shards, wanted)
    return [row["shop_id"] for row in await tx.rows(SQL.lock_shops, shards, wanted)]


async def get_templates(reader: Reader, shop_ids: Collection[UUID]) -> dict[UUID, list[Template]]:
    """Read the templates of shops, the default first."""
    found: dict[UUID, list[Template]] = {shop_id: [] for shop_id in shop_ids}
    limit = TEMPLATES_MAX * len(found)
    for row in await reader.rows(SQL.get_templates, distinct_shards(found), list(found), limit):
        found[row["shop_id"]].append(read_template(row))
    return found


async def find_templates(reader: Reader, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Say whose the ids of templates are; those that there are not are left out."""
    rows = await reader.rows(SQL.find_templates, distinct_shards(ids), list(ids))
    return {row["id"]: row["shop_id"] for row in rows}


async def write_templates(
    tx: Transaction, written: Sequence[Template], removed: Sequence[Template], freed: Collection[UUID]
) -> None:
    """Write and remove templates, and have products of *freed* ones go by the default."""
    if freed:
        await tx.run(SQL.free_products, distinct_shards(freed), list(freed))
    if removed:
        ids = [template.id for template in removed]
        await tx.run(SQL.remove_templates, distinct_shards(ids), ids)
    movers = [template.shop_id for template in written if template.is_default]
    if movers:
        await tx.run(SQL.clear_defaults, distinct_shards(movers), movers)
    if written:
        await tx.run(
            SQL.put_templates,
            shards_of(template.id for template in written),
            *columns(written, "id", "shop_id", "name", "method", "zones", "excluded", "is_default"),
            tx.now,
        )


async def assign_templates(tx: Transaction, commands: Sequence[AssignTemplate]) -> None:
    """Write by what the freight of products is found."""
    said = [command for command in commands if command.way is not Way.DEFAULT]
    unsaid = [command for command in commands if command.way is Way.DEFAULT]
    if said:
        products = [command.product_id for command in said]
        await tx.run(SQL.assign_templates, shards_of(products), *columns(said, "product_id", "shop_id", "template_id"))
    if unsaid:
        products = [command.product_id for command in unsaid]
        await tx.run(SQL.unassign_templates, shards_of(products), *columns(unsaid, "product_id", "shop_id"))


class Said(Struct, frozen=True):
    """What a shop said of the freight of a product: by a template, or free, where there is none."""

    template_id: UUID | None
    name: str


async def get_assignments(reader: Reader, shop_id: UUID, product_ids: Collection[UUID]) -> dict[UUID, Said]:
    """Read by what the freight of products is found; those that go by the default are left out."""
    rows = await reader.rows(SQL.get_assignments, shard_of(shop_id), shop_id, list(product_ids))
    return {row["product_id"]: Said(row["template_id"], row["name"]) for row in rows}


async def get_assignment(reader: Reader, shop_id: UUID, product_id: UUID) -> Assignment:
    """Read by what the freight of a product is found."""
    row = await reader.row(SQL.get_assignment, shard_of(shop_id), shop_id, product_id)
    assert row is not None
    way = Way.DEFAULT if not row["is_said"] else Way.FREE if row["template_id"] is None else Way.TEMPLATE
    return Assignment(way, read_template(row) if row["id"] else None)

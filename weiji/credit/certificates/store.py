"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.credit.certificates.model import Brought, BroughtState, Certificate, Issuer
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of

SQL = sql.beside(__file__)

_BROUGHT = (
    "id", "issuer", "certificate_id", "shop_name", "shop_address", "score", "grade", "trades", "since", "issued_at",
    "expires_at", "brought_at", "state", "confirmed_at",
)  # fmt: skip


async def get_certificates(
    reader: Reader, ids: Collection[UUID], shop_ids: Collection[UUID], now: datetime
) -> dict[UUID, Certificate]:
    """Read certificates by their ids, and those of shops that are in force."""
    shards = distinct_shards([*ids, *shop_ids])
    rows = await reader.rows(SQL.get_certificates, shards, list(ids), list(shop_ids), now)
    return {row["id"]: Certificate(**dict(row)) for row in rows}


async def list_certificates(
    reader: Reader, shop_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[Certificate]:
    """Read the certificates of a shop, the newest first."""
    at, id = before or (None, None)
    rows = await reader.rows(SQL.list_certificates, shard_of(shop_id), shop_id, at, id, limit)
    return [Certificate(**dict(row)) for row in rows]


class DeskShop(Struct, frozen=True):
    """What the page of a shop's owner says of the shop."""

    id: UUID
    handle: str
    name: str
    colour: str
    created_at: datetime


class Desk(Struct, frozen=True, kw_only=True):
    """All that the page of a shop's owner shows."""

    shop: DeskShop
    is_known: bool
    """Whether somebody has looked who is behind the shop."""
    score: int
    certificates: list[Certificate]
    brought: list[Brought]


async def get_desk(reader: Reader, shop_id: UUID, limit: int) -> Desk | None:
    """Read a shop with its newest certificates, and what it brought last. One statement."""
    row = await reader.row(SQL.get_desk, shard_of(shop_id), shop_id, limit)
    if row is None:
        return None
    return Desk(
        shop=DeskShop(row["id"], row["handle"], row["name"], row["colour"], row["created_at"]),
        is_known=row["is_known"],
        score=row["score"],
        certificates=msgspec.convert(row["certificates"] or [], list[Certificate]),
        brought=msgspec.convert(row["brought"] or [], list[Brought]),
    )


async def add_certificates(tx: Transaction, certificates: Sequence[tuple[Certificate, UUID | None]]) -> None:
    """Write certificates, each with who issued it."""
    if certificates:
        names = ("id", "shop_id", "audience", "document", "score", "grade", "issued_at", "expires_at")
        ids, *facts = columns([each for each, _ in certificates], *names)
        await tx.run(SQL.add_certificates, shards_of(ids), ids, *facts, [person_id for _, person_id in certificates])


async def withdraw_certificates(tx: Transaction, certificates: Sequence[tuple[Certificate, UUID | None]]) -> None:
    """Write that certificates were withdrawn, each with who did."""
    if certificates:
        ids, *facts = columns([each for each, _ in certificates], "id", "withdrawn_at", "reason")
        persons = [person_id for _, person_id in certificates]
        await tx.run(SQL.withdraw_certificates, shards_of(ids), ids, *facts, persons)


async def lock_issuers(tx: Transaction) -> dict[tuple[str, bytes], Issuer]:
    """Lock the issuers until *tx* ends, by address and key."""
    return {(row["address"], row["public_key"]): Issuer(**dict(row)) for row in await tx.rows(SQL.lock_issuers)}


async def list_issuers(reader: Reader, limit: int) -> list[Issuer]:
    """Read the issuers, those that are believed first."""
    return [Issuer(**dict(row)) for row in await reader.rows(SQL.list_issuers, limit)]


async def get_keys(reader: Reader, addresses: Collection[str]) -> dict[str, list[bytes]]:
    """Read the keys that are believed."""
    keys: dict[str, list[bytes]] = {}
    for row in await reader.rows(SQL.get_keys, list(addresses)):
        keys.setdefault(row["address"], []).append(row["public_key"])
    return keys


async def put_issuers(tx: Transaction, issuers: Sequence[tuple[Issuer, UUID | None]]) -> None:
    """Write issuers that are new or changed, each with who did it."""
    if issuers:
        names = ("address", "public_key", "is_fetched", "trusted_at", "ended_at", "reason")
        facts = columns([issuer for issuer, _ in issuers], *names)
        await tx.run(SQL.put_issuers, *facts, [person_id for _, person_id in issuers])


async def lock_brought(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, dict[UUID, Brought]]:
    """Lock all that shops brought until *tx* ends."""
    ids = sorted(set(shop_ids))
    found: dict[UUID, dict[UUID, Brought]] = {id: {} for id in ids}
    for row in await tx.rows(SQL.lock_brought, shards_of(ids), ids):
        found[row["shop_id"]][row["id"]] = _brought(row)
    return found


async def list_brought(
    reader: Reader, shop_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[Brought]:
    """Read what a shop brought, the newest first."""
    at, id = before or (None, None)
    return [_brought(row) for row in await reader.rows(SQL.list_brought, shard_of(shop_id), shop_id, at, id, limit)]


class Bringing(Struct, frozen=True, kw_only=True):
    """Something that a shop brings, to be written: with its certificate, and who brought it."""

    shop_id: UUID
    brought: Brought
    document: str
    person_id: UUID | None


async def put_brought(tx: Transaction, bringing: Sequence[Bringing]) -> None:
    """Write what shops brought; what was there comes into force again."""
    if bringing:
        facts = dict(zip(_BROUGHT, columns([each.brought for each in bringing], *_BROUGHT), strict=True))
        shop_ids, documents, persons = columns(bringing, "shop_id", "document", "person_id")
        ids, issuers, certificates = facts.pop("id"), facts.pop("issuer"), facts.pop("certificate_id")
        rest = list(facts.values())
        await tx.run(SQL.put_brought, shards_of(ids), ids, shop_ids, issuers, certificates, documents, *rest, persons)


async def update_brought(tx: Transaction, brought: Sequence[Brought]) -> None:
    """Write what became of what shops brought."""
    if brought:
        ids, *facts = columns(brought, "id", "state", "score", "grade", "confirmed_at")
        await tx.run(SQL.update_brought, shards_of(ids), ids, *facts)


async def note_asked(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Write that the issuers of what shops brought were asked."""
    await tx.run(SQL.note_asked, shards_of(ids), list(ids), tx.now)


class Due(Struct, frozen=True):
    """Something that a shop brought whose issuer is to be asked."""

    id: UUID
    shop_id: UUID
    issuer: str
    certificate_id: UUID


async def get_due(reader: Reader, now: datetime, asked_before: datetime, limit: int) -> list[Due]:
    """Name what is in force, and whose issuer was not asked since a time."""
    return [Due(**dict(row)) for row in await reader.rows(SQL.get_due, now, asked_before, limit)]


def _brought(row: Row) -> Brought:
    facts = dict(row)
    facts.pop("shop_id")
    return Brought(**facts | {"state": BroughtState(facts["state"])})

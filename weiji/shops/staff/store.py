"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.identity import Person, Role, find_persons, get_people
from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.kit.ids import distinct_shards, shard_of, shards_of
from weiji.shops.model import Shop
from weiji.shops.staff.model import INVITATIONS_MAX, Invitation, Member
from weiji.shops.staff.rules import Staff
from weiji.shops.store import lock_shops

SQL = sql.beside(__file__)


async def lock_staff(
    tx: Transaction,
    shop_ids: Collection[UUID],
    invitation_ids: Collection[UUID] = (),
    names: Collection[str] = (),
) -> Staff:
    """Lock shops, and those of invitations, until *tx* ends; read who works there, and who is asked to."""
    wanted = set(shop_ids)
    if invitation_ids:
        wanted |= {each.shop_id for each in (await _get_invitations(tx, invitation_ids, ())).values()}
    shops: dict[UUID, Shop] = await lock_shops(tx, wanted)
    ids = sorted(shops)
    members = await get_members(tx, ids)
    return Staff(
        shops=shops,
        members={(each.shop_id, each.person_id): each for each in members},
        invitations=await _get_invitations(tx, invitation_ids, ids),
        people=await find_persons(tx, names) if names else {},
        now=tx.now,
    )


async def get_members(reader: Reader, shop_ids: Collection[UUID]) -> list[Member]:
    """Read who works in shops."""
    rows = await reader.rows(SQL.get_members, distinct_shards(shop_ids), sorted(shop_ids))
    return [msgspec.convert(dict(row), Member) for row in rows]


async def _get_invitations(
    tx: Transaction, ids: Collection[UUID], shop_ids: Collection[UUID]
) -> dict[UUID, Invitation]:
    shards = distinct_shards([*ids, *shop_ids])
    rows = await tx.rows(SQL.get_open_invitations, shards, sorted(set(ids)), list(shop_ids), tx.now)
    return {row["id"]: msgspec.convert(dict(row), Invitation) for row in rows}


async def write_staff(tx: Transaction, before: Staff, after: Staff) -> None:
    """Write whatever changed of members and invitations; the shops are the caller's."""
    gone = [each for key, each in before.members.items() if key not in after.members]
    if gone:
        shop_ids, people = columns(gone, "shop_id", "person_id")
        await tx.run(SQL.remove_members, shards_of(shop_ids), shop_ids, people)
    put = [each for key, each in after.members.items() if before.members.get(key) != each]
    if put:
        shop_ids, *facts = columns(put)
        await tx.run(SQL.put_members, shards_of(shop_ids), shop_ids, *facts)
    asked = [each for id, each in after.invitations.items() if before.invitations.get(id) != each]
    if asked:
        ids, *facts = columns(asked)
        await tx.run(SQL.put_invitations, shards_of(ids), ids, *facts)


async def add_owners(tx: Transaction, shops: Sequence[Shop]) -> None:
    """Write the owners of new shops among their staff."""
    if shops:
        ids, people = columns(shops, "id", "owner_id")
        owners = [Role.OWNER] * len(shops)
        await tx.run(SQL.put_members, shards_of(ids), ids, people, owners, [tx.now] * len(shops))


class Colleague(Struct, frozen=True, kw_only=True):
    """Somebody of a shop's staff, as the shop sees them."""

    person_id: UUID
    display_name: str
    handle: str | None
    role: Role
    joined_at: datetime


class Invited(Struct, frozen=True, kw_only=True):
    """Somebody whom a shop has asked, as the shop sees them."""

    id: UUID
    person_id: UUID
    display_name: str
    handle: str | None
    role: Role
    expires_at: datetime


class Roster(Struct, frozen=True, kw_only=True):
    """A shop, who works there, and who is asked to."""

    id: UUID
    handle: str
    name: str
    members: list[Colleague]
    invitations: list[Invited]


async def get_roster(reader: Reader, shop_id: UUID, now: datetime) -> Roster | None:
    """Read who works in a shop, in two statements; None where there is no such shop."""
    row = await reader.row(SQL.get_staff, shard_of(shop_id), shop_id, now)
    if row is None:
        return None
    members = msgspec.convert(row["members"] or [], list[tuple[UUID, Role, datetime]])
    asked = msgspec.convert(row["invitations"] or [], list[tuple[UUID, UUID, Role, datetime]])
    people = await get_people(reader, [*(id for id, _, _ in members), *(id for _, id, _, _ in asked)])

    def who(id: UUID) -> dict[str, Any]:
        person: Person | None = people.get(id)
        return {
            "person_id": id,
            "display_name": person.display_name if person else "",
            "handle": person.handle if person else None,
        }

    return Roster(
        id=row["id"],
        handle=row["handle"],
        name=row["name"],
        members=[Colleague(**who(id), role=role, joined_at=joined_at) for id, role, joined_at in members],
        invitations=[Invited(id=id, **who(person), role=r, expires_at=at) for id, person, r, at in asked],
    )


class Asked(Struct, frozen=True, kw_only=True):
    """An invitation that waits for an answer, as who is invited sees it."""

    id: UUID
    shop_id: UUID
    name: str
    """The shop's."""
    handle: str
    colour: str
    role: Role
    inviter_id: UUID
    expires_at: datetime


async def get_invitations_of_person(reader: Reader, person_id: UUID, now: datetime) -> list[Asked]:
    """Read what somebody is asked, the latest first."""
    rows = await reader.rows(SQL.get_invitations_of_person, person_id, now, INVITATIONS_MAX)
    return [msgspec.convert(dict(row), Asked) for row in rows]

"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from weiji.identity.staff.model import GiveStaffRole, HeldRole, StaffChange, StaffMember, StaffRole, TakeStaffRole
from weiji.kit import sql
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import new_id, shards_of

SQL = sql.beside(__file__)

_ORDER: Final = {role: place for place, role in enumerate(StaffRole)}


async def hold_turn(tx: Transaction) -> None:
    """Wait until nobody else gives or takes roles; nobody else does until *tx* ends."""
    assert await tx.value(SQL.hold_turn), "the migration wrote the row"


async def get_roles(tx: Transaction, people: Collection[UUID]) -> set[tuple[UUID, StaffRole]]:
    """Read who the operators are, and which roles *people* have."""
    return {(row["person_id"], StaffRole(row["role"])) for row in await tx.rows(SQL.get_roles, list(people))}


async def get_second_factors(tx: Transaction, people: Collection[UUID]) -> set[UUID]:
    """Tell which of *people*, whom the transaction holds, have a second factor."""
    rows = await tx.rows(SQL.get_second_factors, shards_of(people), list(people))
    return {row["person_id"] for row in rows}


async def remove_second_factors(tx: Transaction, people: Collection[UUID]) -> None:
    """Have *people* sign in with the password alone."""
    await tx.run(SQL.remove_second_factors, shards_of(people), list(people))


async def add_changes(tx: Transaction, made: Sequence[tuple[GiveStaffRole | TakeStaffRole, StaffRole]]) -> None:
    """Write what was done, a role each."""
    if made:
        await tx.run(
            SQL.add_changes,
            shards_of(command.person_id for command, _ in made),
            [new_id(command.person_id) for command, _ in made],
            [command.person_id for command, _ in made],
            [role for _, role in made],
            [isinstance(command, GiveStaffRole) for command, _ in made],
            [command.proposed_by if isinstance(command, GiveStaffRole) else None for command, _ in made],
            [command.proposal_id if isinstance(command, GiveStaffRole) else None for command, _ in made],
            [command.actor.person_id for command, _ in made],
            [command.reason.strip() for command, _ in made],
            tx.now,
        )


async def list_staff(reader: Reader, now: datetime, after: UUID | None, limit: int) -> list[StaffMember]:
    """List who works for the operator, after another, in the order of their ids."""
    return await _list_staff(reader, None, after, limit, now)


async def get_staff_member(reader: Reader, person_id: UUID, now: datetime) -> StaffMember | None:
    """Read one of the staff; None where it is none."""
    found = await _list_staff(reader, person_id, None, 1, now)
    return found[0] if found else None


async def _list_staff(
    reader: Reader, only: UUID | None, after: UUID | None, limit: int, now: datetime
) -> list[StaffMember]:
    rows = await reader.rows(SQL.list_staff, only, after, limit, now)
    found = []
    for row in rows:
        roles = sorted(msgspec.convert(row["roles"], list[HeldRole]), key=lambda held: _ORDER[held.role])
        found.append(StaffMember(**{**row, "roles": roles}))
    return found


async def list_staff_changes(
    reader: Reader, person_id: UUID | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[StaffChange]:
    """List which roles were given and taken, of one person or of all, the latest first."""
    at, id = before or (None, None)
    rows = await reader.rows(SQL.list_changes, person_id, at, id, limit)
    return [StaffChange(**{**row, "role": StaffRole(row["role"])}) for row in rows]

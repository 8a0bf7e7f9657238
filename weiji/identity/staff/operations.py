"""The verbs of the operator's staff. Each takes an open transaction and a batch, and answers every command.

All who give or take roles take turns, whichever shards the people are in: so operators are left after each.
"""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.identity import SecondFactorRemoved
from weiji.identity.model import (
    PLATFORM,
    EndOtherSessions,
    GrantRole,
    GrantRoleStatus,
    RevokeRole,
    RevokeRoleStatus,
    Role,
)
from weiji.identity.operations import end_other_sessions, grant_roles, revoke_roles
from weiji.identity.staff import store
from weiji.identity.staff.model import (
    GiveStaffRole,
    GiveStaffRoleStatus,
    TakeSecondFactor,
    TakeSecondFactorResult,
    TakeStaffRole,
    TakeStaffRoleResult,
)
from weiji.identity.staff.rules import SecondFactors, Staff
from weiji.identity.store import SQL, get_people
from weiji.kit.db import Transaction
from weiji.kit.ids import shards_of


async def give_staff_roles(tx: Transaction, commands: Sequence[GiveStaffRole]) -> list[GiveStaffRoleStatus]:
    """Give roles. Results are in the order of *commands*. Publishes RoleGranted."""
    people = {command.person_id for command in commands}
    await store.hold_turn(tx)
    roles = await store.get_roles(tx, people)
    staff = Staff(roles, (await get_people(tx, list(people))).keys())
    statuses = [staff.give(command) for command in commands]
    made = [c for c, status in zip(commands, statuses, strict=True) if status is GiveStaffRoleStatus.GIVEN]
    grants = [GrantRole(person_id=c.person_id, scope=PLATFORM, role=Role(c.role), actor=c.actor) for c in made]
    assert set(await grant_roles(tx, grants)) <= {GrantRoleStatus.CREATED}, "nobody else gives roles meanwhile"
    await store.add_changes(tx, [(command, command.role) for command in made])
    return statuses


async def take_staff_roles(tx: Transaction, commands: Sequence[TakeStaffRole]) -> list[TakeStaffRoleResult]:
    """Take roles back, and end all sessions of those from whom others took one. Results are in the order of *commands*.

    Publishes RoleRevoked and SessionEnded.
    """
    await store.hold_turn(tx)
    roles = await store.get_roles(tx, {command.person_id for command in commands})
    staff = Staff(roles)
    results = [staff.take(command) for command in commands]
    made = staff.taken
    revoked = [RevokeRole(person_id=c.person_id, scope=PLATFORM, role=Role(role), actor=c.actor) for c, role in made]
    assert set(await revoke_roles(tx, revoked)) <= {RevokeRoleStatus.REVOKED}, "nobody else takes roles meanwhile"
    ended = {c.person_id: c.actor for c, _ in made if c.actor.person_id != c.person_id}
    leaving = [EndOtherSessions(person_id=id, keep_id=None, actor=actor) for id, actor in ended.items()]
    await end_other_sessions(tx, leaving)
    await store.add_changes(tx, made)
    return results


async def take_second_factors(tx: Transaction, commands: Sequence[TakeSecondFactor]) -> list[TakeSecondFactorResult]:
    """Take the second factors of staff who lost phone and recovery code, and end all their sessions.

    Results are in the order of *commands*. Publishes SecondFactorRemoved and SessionEnded.
    """
    people = sorted({command.person_id for command in commands})
    await store.hold_turn(tx)
    await tx.rows(SQL.lock_people, shards_of(people), people)
    factors = SecondFactors(await store.get_roles(tx, people), await store.get_second_factors(tx, people))
    results = [factors.take(command) for command in commands]
    gone = {command.person_id: command for command in factors.taken}
    await store.remove_second_factors(tx, gone)
    await end_other_sessions(
        tx, [EndOtherSessions(person_id=id, keep_id=None, actor=command.actor) for id, command in gone.items()]
    )
    occurrences = [
        Occurrence(SecondFactorRemoved(is_by_recovery_code=False, reason=command.reason.strip()), id, id, command.actor)
        for id, command in gone.items()
    ]
    await publish(tx, occurrences)
    return results

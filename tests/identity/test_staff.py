"""Proves of the operator's staff: roles are given by two and taken by one, each refusal, in batches and in races."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.identity.people import ORIGIN, make_people
from tests.identity.undone import SLOW, undone
from weiji.cli import STAFF_ROLES
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.identity import (
    GiveStaffRole,
    GiveStaffRoleStatus,
    Refusal,
    StaffRole,
    TakeSecondFactor,
    TakeSecondFactorStatus,
    TakeStaffRole,
    TakeStaffRoleResult,
    TakeStaffRoleStatus,
    get_staff_member,
    give_staff_roles,
    list_staff,
    list_staff_changes,
    take_second_factors,
    take_staff_roles,
)
from weiji.identity.model import StartSession
from weiji.identity.operations import start_sessions
from weiji.identity.store import SQL, get_sessions
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.kit.sql import Statement

_G, _T, _F = GiveStaffRoleStatus, TakeStaffRoleStatus, TakeSecondFactorStatus
OPERATOR, ARBITER = StaffRole.OPERATOR, StaffRole.ARBITER


def give(
    person_id: UUID,
    role: StaffRole = ARBITER,
    by: UUID | None = None,
    proposed_by: UUID | None = None,
    reason: str = "忙不过来",
) -> GiveStaffRole:
    actor = Actor("staff", by) if by else BY_SYSTEM
    return GiveStaffRole(person_id=person_id, role=role, actor=actor, proposed_by=proposed_by, reason=reason)


def take(
    person_id: UUID,
    *roles: StaffRole,
    by: UUID | None = None,
    reason: str = "走了",
    refusal: Refusal | None = None,
) -> TakeStaffRole:
    actor = Actor("staff", by) if by else BY_SYSTEM
    return TakeStaffRole(person_id=person_id, roles=roles or (ARBITER,), actor=actor, reason=reason, refusal=refusal)


async def taken(tx: Transaction, *commands: TakeStaffRole) -> list[TakeStaffRoleStatus]:
    return [result.status for result in await take_staff_roles(tx, commands)]


async def make_operators(tx: Transaction, number: int) -> list[UUID]:
    people = await make_people(tx, number)
    assert set(await give_staff_roles(tx, [give(id, OPERATOR) for id in people])) == {_G.GIVEN}
    return people


def test_the_command_line_knows_every_role() -> None:
    assert tuple(StaffRole) == STAFF_ROLES


async def test_a_role_is_given_by_two_operators_and_by_nobody_else(tx: Transaction) -> None:
    maker, checker = await make_operators(tx, 2)
    clerk, other = await make_people(tx, 2)
    await give_staff_roles(tx, [give(other, StaffRole.AUDITOR)])
    assert await give_staff_roles(
        tx,
        [
            give(clerk, by=checker, proposed_by=other),
            give(clerk, by=other, proposed_by=maker),
            give(clerk, by=checker),
            give(clerk, by=checker, proposed_by=checker),
            give(checker, by=checker, proposed_by=maker),
            give(maker, by=checker, proposed_by=maker),
            give(new_id(), by=checker, proposed_by=maker),
            give(clerk, by=checker, proposed_by=maker, reason="长" * 501),
            give(clerk, by=checker, proposed_by=maker),
            give(clerk, by=checker, proposed_by=maker),
        ],
    ) == [
        _G.NOT_ALLOWED,
        _G.NOT_ALLOWED,
        _G.TWO_NEEDED,
        _G.TWO_NEEDED,
        _G.OWN_ROLE,
        _G.OWN_ROLE,
        _G.PERSON_NOT_FOUND,
        _G.REASON_MALFORMED,
        _G.GIVEN,
        _G.ALREADY_GIVEN,
    ]
    (change,) = await list_staff_changes(tx, clerk, None, 9)
    assert (change.is_given, change.proposed_by, change.actor_id, change.reason) == (True, maker, checker, "忙不过来")
    member = await get_staff_member(tx, clerk, tx.now)
    assert member
    (held,) = member.roles
    assert (held.role, held.proposed_by, held.given_by, held.given_at) == (ARBITER, maker, checker, tx.now)
    assert [(row["type"], row["actor_id"]) for row in await get_trail(tx, clerk)][1:] == [("RoleGranted", checker)]


async def test_taking_is_refused_for_each_reason_and_ends_the_sessions(tx: Transaction) -> None:
    boss, second, clerk = await make_operators(tx, 3)
    (stranger,) = await make_people(tx, 1)
    await give_staff_roles(tx, [give(clerk), give(stranger, StaffRole.REVIEWER)])
    starting = [
        StartSession(id=new_id(id), person_id=id, secret_hash=bytes(32), user_agent="", actor=ORIGIN.actor(id))
        for id in (boss, clerk)
    ]
    await start_sessions(tx, starting)
    wrong = Refusal("payment_password_wrong", 3)
    assert await take_staff_roles(
        tx,
        [
            take(clerk, by=stranger),
            take(stranger, ARBITER, by=boss),
            take(clerk, by=boss, reason=" "),
            take(clerk, by=boss, reason="长" * 501),
            take(clerk, by=boss, refusal=wrong),
        ],
    ) == [
        *(TakeStaffRoleResult(status=status) for status in (_T.NOT_ALLOWED, _T.ROLE_NOT_FOUND)),
        *(TakeStaffRoleResult(status=_T.REASON_MISSING),) * 2,
        TakeStaffRoleResult(status=_T.PAYMENT_PASSWORD_WRONG, tries_left=3),
    ]
    assert len(await get_sessions(tx, clerk, tx.now)) == 1
    # Whoever leaves loses everything at once; whoever took it keeps their own session.
    everything = take(clerk, ARBITER, OPERATOR, StaffRole.AUDITOR, by=boss)
    assert await taken(tx, everything, everything) == [_T.TAKEN, _T.ROLE_NOT_FOUND]
    assert await get_sessions(tx, clerk, tx.now) == []
    assert await get_staff_member(tx, clerk, tx.now) is None
    assert {row["type"] for row in await get_trail(tx, clerk)} >= {"RoleRevoked", "SessionEnded"}
    # Two stay, whoever wants what; where one role can't be taken, none is. The command line leaves one.
    await give_staff_roles(tx, [give(second)])
    for each in (take(boss, OPERATOR, by=boss), take(second, ARBITER, OPERATOR, by=boss)):
        assert await taken(tx, each) == [_T.TOO_FEW_OPERATORS]
    assert await taken(tx, take(second, ARBITER, OPERATOR), take(boss, OPERATOR)) == [_T.TAKEN, _T.TOO_FEW_OPERATORS]
    assert await get_staff_member(tx, second, tx.now) is None
    # Others take over by the command line; then one may lay down one's own, and stays signed in.
    await give_staff_roles(tx, [give(stranger, OPERATOR), give(second, OPERATOR)])
    assert await taken(tx, take(boss, OPERATOR, by=boss)) == [_T.TAKEN]
    assert len(await get_sessions(tx, boss, tx.now)) == 1
    member = await get_staff_member(tx, stranger, tx.now)
    assert member
    assert {held.role for held in member.roles} == {StaffRole.REVIEWER, OPERATOR}
    assert [each.is_given for each in await list_staff_changes(tx, clerk, None, 9)].count(False) == 2


PLACES = st.integers(0, 3)
COMMANDS = st.lists(st.tuples(PLACES, st.sampled_from(StaffRole), st.none() | PLACES, PLACES), min_size=1, max_size=8)


async def test_a_second_factor_is_taken_by_another_operator_with_a_reason(tx: Transaction) -> None:
    boss, careless = await make_operators(tx, 2)
    arbiter, stranger = await make_people(tx, 2)
    await give_staff_roles(tx, [give(arbiter, StaffRole.ARBITER)])
    with_app = (boss, careless, stranger)
    for id in with_app:
        await tx.run(SQL.add_second_factor, shard_of(id), id, b"sealed", 1, tx.now)
    session = StartSession(
        id=new_id(careless), person_id=careless, secret_hash=bytes(32), user_agent="", actor=ORIGIN.actor(careless)
    )
    await start_sessions(tx, [session])

    def lose(id: UUID, by: UUID = boss, reason: str = "手机丢了", refusal: Refusal | None = None) -> TakeSecondFactor:
        return TakeSecondFactor(person_id=id, actor=Actor("staff", by), reason=reason, refusal=refusal)

    wrong = Refusal("payment_password_wrong", 3)
    results = await take_second_factors(
        tx,
        [
            lose(careless, by=arbiter),
            lose(careless, by=stranger),
            lose(boss),
            lose(stranger),
            lose(arbiter),
            lose(careless, reason=" "),
            lose(careless, refusal=wrong),
            lose(careless),
            lose(careless),
        ],
    )
    assert [result.status for result in results] == [
        _F.NOT_ALLOWED,
        _F.NOT_ALLOWED,
        _F.OWN_FACTOR,
        _F.PERSON_NOT_STAFF,
        _F.NOT_FOUND,
        _F.REASON_MISSING,
        _F.PAYMENT_PASSWORD_WRONG,
        _F.TAKEN,
        _F.NOT_FOUND,
    ]
    assert results[6].tries_left == 3
    assert [await tx.value(SQL.has_second_factor, shard_of(id), id) for id in with_app] == [True, False, True]
    assert await get_sessions(tx, careless, tx.now) == []
    last = (await get_trail(tx, careless))[-1]
    assert (last["type"], last["actor_id"], last["data"]["reason"]) == ("SecondFactorRemoved", boss, "手机丢了")


@SLOW
@given(COMMANDS, COMMANDS)
async def test_law_of_batches(tx: Transaction, gifts: Sequence[Any], takings: Sequence[Any]) -> None:
    answers = []
    for is_batch in (True, False):
        async with undone(tx):
            people = [*await make_operators(tx, 3), new_id()]
            given_ = [
                give(people[n], role) if by is None else give(people[n], role, people[by], people[maker])
                for n, role, by, maker in gifts
            ]
            takes = [take(people[n], role, by=None if by is None else people[by]) for n, role, by, _ in takings]
            if is_batch:
                answers.append([*await give_staff_roles(tx, given_), *await taken(tx, *takes)])
            else:
                one_by_one = [status for each in given_ for status in await give_staff_roles(tx, [each])]
                answers.append(one_by_one + [status for each in takes for status in await taken(tx, each)])
    assert answers[0] == answers[1]


async def test_however_they_race_operators_are_left_and_nobody_out_gives_anything(database: Database) -> None:
    async with database.transaction() as tx:
        one, other, _ = await make_operators(tx, 3)
        (friend,) = await make_people(tx, 1)

    async def taking(person_id: UUID, by: UUID) -> TakeStaffRoleStatus:
        async with database.transaction() as tx:
            return (await taken(tx, take(person_id, OPERATOR, by=by)))[0]

    async def giving(by: UUID, proposed_by: UUID) -> GiveStaffRoleStatus:
        async with database.transaction() as tx:
            return (await give_staff_roles(tx, [give(friend, OPERATOR, by, proposed_by)]))[0]

    # Each takes the other's role while the two make a third an operator: in whatever order, it fits together.
    first, second, gift = await asyncio.gather(taking(other, one), taking(one, other), giving(one, other))
    async with database.read() as reader:
        people = await list_staff(reader, clock.now(), None, 9)
    left = {each.person_id for each in people if each.has("operator")}
    assert {first, second} == {_T.TAKEN, _T.NOT_ALLOWED}
    assert left & {one, other, friend} == {one if first is _T.TAKEN else other} | (
        {friend} if gift is _G.GIVEN else set()
    )
    assert gift in (_G.GIVEN, _G.NOT_ALLOWED)


async def test_of_all_who_lay_theirs_down_at_once_two_have_to_stay(database: Database) -> None:
    async with database.transaction() as tx:
        people = await make_operators(tx, 3)

    async def leave(person_id: UUID) -> TakeStaffRoleStatus:
        async with database.transaction() as tx:
            return (await taken(tx, take(person_id, OPERATOR, by=person_id)))[0]

    answers = await asyncio.gather(*(leave(id) for id in people))
    assert sorted(answers) == [_T.TAKEN, _T.TOO_FEW_OPERATORS, _T.TOO_FEW_OPERATORS]


@pytest.mark.parametrize(
    ("person", "maker", "actor", "constraint"),
    [
        (0, None, 1, "staff_changes_given_by_two"),
        (0, 1, 1, "staff_changes_given_by_two"),
        (0, 1, None, "staff_changes_given_by_two"),
        (0, 0, 1, "staff_changes_not_given_to_oneself"),
        (0, 1, 0, "staff_changes_not_given_to_oneself"),
    ],
)
async def test_the_database_wants_two_others(
    tx: Transaction, person: int, maker: int | None, actor: int | None, constraint: str
) -> None:
    people = [new_id(), new_id()]
    insert = Statement(
        "test",
        "insert into identity.staff_changes (shard, id, person_id, role, is_given, proposed_by, actor_id, reason, at)"
        " values ($1, $2, $2, 'arbiter', true, $3, $4, '', $5)",
    )
    facts = [None if number is None else people[number] for number in (maker, actor)]
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        await tx.run(insert, shard_of(people[person]), people[person], *facts, tx.now)

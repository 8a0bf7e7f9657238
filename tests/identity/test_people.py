"""Proves that a name is one person's, however many want it, and that batches are answered one by one."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.identity.people import ORIGIN, make_people, sign_up_command
from tests.identity.undone import SLOW, undone
from weiji.events import Actor, outbox
from weiji.identity import GrantRole, GrantRoleStatus, RevokeRole, RevokeRoleStatus, Role, get_people
from weiji.identity.model import ChangeProfile, ChangeProfileStatus, SignUpPerson, SignUpStatus
from weiji.identity.operations import change_profiles, grant_roles, revoke_roles, sign_up_people
from weiji.identity.store import get_profile
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.kit.sql import Statement


async def _types(tx: Transaction, person_id: UUID) -> list[str]:
    return [row["type"] for row in await outbox.get_events(tx, person_id, 0, 100)]


async def test_a_person_signs_up_with_a_handle_a_phone_or_both(tx: Transaction) -> None:
    commands = [
        sign_up_command(handle="mei"),
        sign_up_command(phone="+8613800138000"),
        sign_up_command(handle="lin", phone="+8613800138001", locale="en"),
    ]
    assert await sign_up_people(tx, commands) == [SignUpStatus.CREATED] * 3
    profile = await get_profile(tx, commands[2].id, tx.now)
    assert profile
    assert (profile.handle, profile.phone, profile.locale) == ("lin", "+86138****8001", "en")
    assert not profile.has_payment_password
    assert await _types(tx, commands[0].id) == ["PersonSignedUp"]


async def test_the_same_sign_up_again_is_answered_exists(tx: Transaction) -> None:
    command = sign_up_command(handle="mei", phone="+8613800138000")
    assert await sign_up_people(tx, [command, command]) == [SignUpStatus.CREATED, SignUpStatus.EXISTS]
    assert await sign_up_people(tx, [command]) == [SignUpStatus.EXISTS]
    assert await _types(tx, command.id) == ["PersonSignedUp"]


async def test_an_id_and_a_name_are_taken_once(tx: Transaction) -> None:
    first = sign_up_command(handle="mei", phone="+8613800138000")
    await sign_up_people(tx, [first])
    others = [
        sign_up_command(handle="other", id=first.id),
        sign_up_command(handle="mei"),
        sign_up_command(handle="other", phone="+8613800138000"),
        # What was refused before left its handle free.
        sign_up_command(handle="other"),
    ]
    assert await sign_up_people(tx, others) == [
        SignUpStatus.ID_TAKEN,
        SignUpStatus.HANDLE_TAKEN,
        SignUpStatus.PHONE_TAKEN,
        SignUpStatus.CREATED,
    ]


async def test_a_phone_number_is_nowhere_in_the_clear(tx: Transaction) -> None:
    command = sign_up_command(phone="+8613800138000")
    await sign_up_people(tx, [command])
    text = Statement("test", "select p::text || n::text from identity.people p, identity.names n where p.id = $1")
    for row in await tx.rows(text, command.id):
        assert "13800138000" not in row[0]
        assert b"13800138000".hex() not in row[0]


async def test_of_many_who_want_a_name_at_once_one_gets_it(database: Database) -> None:
    commands = [sign_up_command(handle="wanted") for _ in range(12)]
    results = await asyncio.gather(
        *(database.retried(lambda tx, command=command: sign_up_people(tx, [command])) for command in commands)  # type: ignore[misc]
    )
    statuses = [status for each in results for status in each]
    assert sorted(statuses) == [SignUpStatus.CREATED] + [SignUpStatus.HANDLE_TAKEN] * 11


HANDLES = st.sampled_from(["first", "other", None])
PHONES = st.sampled_from(["+8613800138000", "+8613800138001", None])
WISHES = st.tuples(st.integers(0, 3), HANDLES, PHONES).filter(lambda wish: bool(wish[1] or wish[2]))


@SLOW
@given(st.lists(WISHES, min_size=1, max_size=10))
async def test_law_of_batches_for_sign_ups(tx: Transaction, wishes: list[tuple[int, str | None, str | None]]) -> None:
    def commands() -> list[SignUpPerson]:
        ids = [new_id() for _ in range(4)]
        return [sign_up_command(handle, phone, ids[number]) for number, handle, phone in wishes]

    async def answers(batches: Sequence[list[SignUpPerson]]) -> list[SignUpStatus]:
        async with undone(tx):
            return [status for batch in batches for status in await sign_up_people(tx, batch)]

    assert await answers([commands()]) == await answers([[command] for command in commands()])


async def test_a_profile_is_changed(tx: Transaction) -> None:
    (person_id,) = await make_people(tx, 1)
    actor = ORIGIN.actor(person_id)

    def change(**what: Any) -> ChangeProfile:
        return ChangeProfile(**{"person_id": person_id, "actor": actor, **what})

    statuses = await change_profiles(
        tx,
        [
            change(display_name="  מריה 🌷 "),
            change(display_name="מריה 🌷"),
            change(locale="en"),
            change(display_name="a\u202eb"),
            change(),
            change(person_id=new_id(), locale="en"),
        ],
    )
    assert statuses == [
        ChangeProfileStatus.CHANGED,
        ChangeProfileStatus.EXISTS,
        ChangeProfileStatus.CHANGED,
        ChangeProfileStatus.DISPLAY_NAME_MALFORMED,
        ChangeProfileStatus.EXISTS,
        ChangeProfileStatus.NOT_FOUND,
    ]
    profile = await get_profile(tx, person_id, tx.now)
    assert profile
    assert (profile.display_name, profile.locale) == ("מריה 🌷", "en")
    assert await _types(tx, person_id) == ["PersonSignedUp", "ProfileChanged", "ProfileChanged"]


async def test_people_are_found_by_their_ids(tx: Transaction) -> None:
    people = await make_people(tx, 3)
    found = await get_people(tx, [*people, new_id()])
    assert found.keys() == set(people)
    assert {person.display_name for person in found.values()} == {"梅"}
    assert await get_people(tx, []) == {}


async def test_roles_are_granted_and_taken_back_once(tx: Transaction) -> None:
    (person_id, shop) = await make_people(tx, 2)
    staff = Actor("staff", new_id())
    grant = GrantRole(person_id=person_id, scope="platform", role=Role.OPERATOR, actor=staff)
    owner = GrantRole(person_id=person_id, scope=str(shop), role=Role.OWNER, actor=staff)
    nobody = GrantRole(person_id=new_id(), scope="platform", role=Role.OPERATOR, actor=staff)
    assert await grant_roles(tx, [grant, owner, grant, nobody]) == [
        GrantRoleStatus.CREATED,
        GrantRoleStatus.CREATED,
        GrantRoleStatus.EXISTS,
        GrantRoleStatus.PERSON_NOT_FOUND,
    ]
    revoke = RevokeRole(person_id=person_id, scope="platform", role=Role.OPERATOR, actor=staff)
    wrong = RevokeRole(person_id=person_id, scope="platform", role=Role.ARBITER, actor=staff)
    assert await revoke_roles(tx, [revoke, revoke, wrong]) == [
        RevokeRoleStatus.REVOKED,
        RevokeRoleStatus.NOT_FOUND,
        RevokeRoleStatus.NOT_FOUND,
    ]
    trail = await outbox.get_trail(tx, person_id)
    assert [(row["type"], row["actor_id"]) for row in trail][1:] == [
        ("RoleGranted", staff.person_id),
        ("RoleGranted", staff.person_id),
        ("RoleRevoked", staff.person_id),
    ]
    callers = Statement("test", "select roles from identity.callers where shard = $1 and person_id = $2")
    assert await tx.value(callers, shard_of(person_id), person_id) == [f"{shop} owner"]


ROLES = st.tuples(st.integers(0, 2), st.sampled_from(["platform", "a shop"]), st.sampled_from(["operator", "owner"]))


@SLOW
@given(st.lists(ROLES, min_size=1, max_size=8), st.lists(ROLES, min_size=1, max_size=8))
async def test_law_of_batches_for_roles(
    tx: Transaction, grants: list[tuple[int, str, str]], revokes: list[tuple[int, str, str]]
) -> None:
    async with undone(tx):
        answers = []
        for is_batch in (True, False):
            people = [*await make_people(tx, 2), new_id()]
            actor = ORIGIN.actor(people[0])
            given_ = [GrantRole(person_id=people[n], scope=s, role=Role(r), actor=actor) for n, s, r in grants]
            taken = [RevokeRole(person_id=people[n], scope=s, role=Role(r), actor=actor) for n, s, r in revokes]
            if is_batch:
                answers.append([*await grant_roles(tx, given_), *await revoke_roles(tx, taken)])
            else:
                answers.append(
                    [status for each in given_ for status in await grant_roles(tx, [each])]
                    + [status for each in taken for status in await revoke_roles(tx, [each])]
                )
        assert answers[0] == answers[1]

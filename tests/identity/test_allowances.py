"""Proves that an allowance lets one key spend so much of one person's money until a time, and never more."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.identity.people import ORIGIN, PASSWORD, make_people
from tests.identity.undone import SLOW, undone
from weiji.events import Occurrence, outbox
from weiji.identity import SpendAllowance, SpendAllowanceStatus, judge_spendings, write_spendings
from weiji.identity.model import (
    ALLOWANCE_MAX,
    GrantAllowance,
    GrantAllowanceResult,
    GrantAllowanceStatus,
    Refusal,
    RevokeAllowance,
    RevokeAllowanceStatus,
    SetPaymentPassword,
    SignUp,
)
from weiji.identity.operations import grant_allowances, revoke_allowances
from weiji.identity.payment_password import check_payment_password, grant_allowance, set_payment_password
from weiji.identity.rules import ALLOWANCE_TIME_MAX
from weiji.identity.sign_in import sign_up
from weiji.identity.store import get_allowances
from weiji.kit import clock
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id

HOUR = timedelta(hours=1)
KEY = UUID(int=7)


def _grant(person_id: UUID, **values: Any) -> GrantAllowance:
    fields = {"id": new_id(), "key_id": KEY, "amount": 100, "expires_at": clock.now() + HOUR, **values}
    return GrantAllowance(person_id=person_id, actor=ORIGIN.actor(person_id), **fields)


def _spend(allowance: GrantAllowance, amount: int, **values: Any) -> SpendAllowance:
    fields = {
        "id": new_id(),
        "allowance_id": allowance.id,
        "person_id": allowance.person_id,
        "key_id": allowance.key_id,
        "actor": allowance.actor,
        **values,
    }
    return SpendAllowance(amount=amount, **fields)


async def spend_allowances(
    tx: Transaction, commands: Sequence[SpendAllowance], refused: Collection[SpendAllowance] = ()
) -> list[SpendAllowanceStatus]:
    """Use allowances for what is then done, but for the commands that are *refused* for another reason."""
    statuses: list[SpendAllowanceStatus] = []
    told: list[Occurrence] = []
    while len(statuses) < len(commands):
        left = commands[len(statuses) :]
        judged = await judge_spendings(tx, left)
        assert judged.statuses
        is_done = [command not in refused for command, _ in zip(left, judged.statuses, strict=False)]
        told += await write_spendings(tx, judged, is_done)
        statuses += judged.statuses
    await outbox.publish(tx, told)
    return statuses


async def test_what_is_refused_after_all_uses_up_nothing(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    allowance = _grant(mei)
    await grant_allowances(tx, [allowance])
    refused, next_one = _spend(allowance, 60), _spend(allowance, 50)
    assert await spend_allowances(tx, [refused, next_one, refused], [refused]) == [
        SpendAllowanceStatus.CREATED,
        SpendAllowanceStatus.CREATED,
        SpendAllowanceStatus.EXCEEDS_ALLOWANCE,
    ]
    assert [each.spent for each in await get_allowances(tx, mei)] == [50]
    events = await outbox.get_events(tx, mei, 0, 100)
    assert [row["data"].get("left") for row in events if row["type"] == "AllowanceSpent"] == [50]


async def test_an_answer_that_depends_on_the_one_before_waits_for_it(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    allowance = _grant(mei)
    await grant_allowances(tx, [allowance])
    first = _spend(allowance, 60)
    for batch, answered in [
        ([first, _spend(allowance, 40), _spend(allowance, 1)], 2),
        ([first, _spend(allowance, 101), _spend(allowance, 41), _spend(allowance, 1)], 2),
        ([first, first], 1),
        ([first, _spend(allowance, 1, id=first.id)], 1),
        ([first, _spend(allowance, 1, allowance_id=new_id())], 2),
    ]:
        assert len((await judge_spendings(tx, batch)).statuses) == answered
    # Nothing of all this was written.
    assert [each.spent for each in await get_allowances(tx, mei)] == [0]


async def test_an_allowance_is_spent_and_not_overspent(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    allowance = _grant(mei)
    assert await grant_allowances(tx, [allowance]) == [GrantAllowanceStatus.CREATED]
    sixty = _spend(allowance, 60)
    commands = [
        sixty,
        sixty,
        _spend(allowance, 61, id=sixty.id),
        _spend(allowance, 41),
        _spend(allowance, 40),
        _spend(allowance, 1),
        # To confirm something costs nothing.
        _spend(allowance, 0),
    ]
    assert await spend_allowances(tx, commands) == [
        SpendAllowanceStatus.CREATED,
        SpendAllowanceStatus.EXISTS,
        SpendAllowanceStatus.ID_TAKEN,
        SpendAllowanceStatus.EXCEEDS_ALLOWANCE,
        SpendAllowanceStatus.CREATED,
        SpendAllowanceStatus.EXCEEDS_ALLOWANCE,
        SpendAllowanceStatus.CREATED,
    ]
    assert await spend_allowances(tx, [sixty]) == [SpendAllowanceStatus.EXISTS]
    assert [(each.amount, each.spent) for each in await get_allowances(tx, mei)] == [(100, 100)]
    events = await outbox.get_events(tx, mei, 0, 100)
    assert [(row["type"], row["data"].get("left")) for row in events][1:] == [
        ("AllowanceGranted", None),
        ("AllowanceSpent", 40),
        ("AllowanceSpent", 0),
        ("AllowanceSpent", 0),
    ]


async def test_only_its_key_spends_only_its_persons_money(tx: Transaction) -> None:
    mei, thief = await make_people(tx, 2)
    allowance, own = _grant(mei), _grant(thief)
    await grant_allowances(tx, [allowance, own])
    commands = [
        _spend(allowance, 1, key_id=new_id()),
        # Who stole a key can't vouch for it with an allowance of their own.
        _spend(own, 1, person_id=mei),
        _spend(allowance, 1, person_id=thief),
        _spend(allowance, 0, allowance_id=new_id()),
    ]
    assert await spend_allowances(tx, commands) == [SpendAllowanceStatus.NOT_FOUND] * 4
    assert {each.spent for each in [*await get_allowances(tx, mei), *await get_allowances(tx, thief)]} == {0}


async def test_an_allowance_ends_when_its_time_is_over(database: Database) -> None:
    async with database.transaction() as tx:
        (mei,) = await make_people(tx, 1)
        allowance = _grant(mei)
        before = _spend(allowance, 1)
        await grant_allowances(tx, [allowance])
        assert await spend_allowances(tx, [before]) == [SpendAllowanceStatus.CREATED]
    CLOCK.follow(CLOCK.offset + HOUR)
    async with database.transaction() as tx:
        assert await spend_allowances(tx, [_spend(allowance, 1), _spend(allowance, 200), before]) == [
            SpendAllowanceStatus.EXPIRED,
            SpendAllowanceStatus.EXPIRED,
            SpendAllowanceStatus.EXISTS,
        ]


async def test_an_allowance_is_taken_back(tx: Transaction) -> None:
    mei, lin = await make_people(tx, 2)
    allowance = _grant(mei)
    await grant_allowances(tx, [allowance])

    def revoke(id: UUID = allowance.id, person_id: UUID = mei) -> RevokeAllowance:
        return RevokeAllowance(id=id, person_id=person_id, actor=ORIGIN.actor(person_id))

    assert await revoke_allowances(tx, [revoke(person_id=lin), revoke(new_id()), revoke(), revoke()]) == [
        RevokeAllowanceStatus.NOT_FOUND,
        RevokeAllowanceStatus.NOT_FOUND,
        RevokeAllowanceStatus.REVOKED,
        RevokeAllowanceStatus.EXISTS,
    ]
    assert await spend_allowances(tx, [_spend(allowance, 0)]) == [SpendAllowanceStatus.EXPIRED]
    assert [row["type"] for row in await outbox.get_events(tx, mei, 0, 9)][-1] == "AllowanceRevoked"


async def test_an_allowance_has_limits(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    one = _grant(mei)
    commands = [
        one,
        one,
        _grant(mei, id=one.id, amount=101),
        _grant(mei, amount=0),
        _grant(mei, amount=ALLOWANCE_MAX + 1),
        _grant(mei, amount=-1, expires_at=tx.now),
        _grant(mei, expires_at=tx.now),
        _grant(mei, expires_at=tx.now + ALLOWANCE_TIME_MAX + timedelta(seconds=1)),
        _grant(mei, amount=ALLOWANCE_MAX, expires_at=tx.now + ALLOWANCE_TIME_MAX),
    ]
    assert await grant_allowances(tx, commands) == [
        GrantAllowanceStatus.CREATED,
        GrantAllowanceStatus.EXISTS,
        GrantAllowanceStatus.ID_TAKEN,
        GrantAllowanceStatus.AMOUNT_OUT_OF_RANGE,
        GrantAllowanceStatus.AMOUNT_OUT_OF_RANGE,
        GrantAllowanceStatus.AMOUNT_OUT_OF_RANGE,
        GrantAllowanceStatus.EXPIRES_OUT_OF_RANGE,
        GrantAllowanceStatus.EXPIRES_OUT_OF_RANGE,
        GrantAllowanceStatus.CREATED,
    ]
    assert await grant_allowances(tx, [one]) == [GrantAllowanceStatus.EXISTS]


async def test_an_allowance_needs_the_payment_password(database: Database) -> None:
    mei = new_id()
    await sign_up(database, SignUp(id=mei, handle="mei", display_name="梅", password=PASSWORD), ORIGIN, is_open=True)
    command = _grant(mei)

    async def grant(password: str) -> GrantAllowanceResult:
        check = await check_payment_password(database, mei, password, ORIGIN)
        return await grant_allowance(database, command, check.refusal)

    result = await grant("592817")
    assert result.status is GrantAllowanceStatus.PAYMENT_PASSWORD_NOT_SET
    entered = SetPaymentPassword(person_id=mei, payment_password="592817", login_password=PASSWORD)
    await set_payment_password(database, entered, ORIGIN)
    for left in (4, 3, 2, 1):
        result = await grant("830476")
        assert (result.status, result.tries_left) == (GrantAllowanceStatus.PAYMENT_PASSWORD_WRONG, left)
    result = await grant("592817")
    assert result.status is GrantAllowanceStatus.CREATED
    for _ in range(5):
        result = await grant("830476")
    assert result.status is GrantAllowanceStatus.PAYMENT_PASSWORD_LOCKED
    assert result.locked_until
    short = Refusal("step_up_needed", above=command.amount - 1)
    assert (await grant_allowance(database, command, short)).status is GrantAllowanceStatus.STEP_UP_NEEDED
    enough = Refusal("step_up_needed", above=command.amount)
    assert (await grant_allowance(database, command, enough)).status is GrantAllowanceStatus.EXISTS


async def test_many_who_spend_one_allowance_at_once_do_not_overspend_it(database: Database) -> None:
    async with database.transaction() as tx:
        (mei,) = await make_people(tx, 1)
        allowance = _grant(mei)
        await grant_allowances(tx, [allowance])
    commands = [_spend(allowance, 9) for _ in range(30)]
    answers = await asyncio.gather(
        *(database.retried(lambda tx, command=command: spend_allowances(tx, [command])) for command in commands)  # type: ignore[misc]
    )
    statuses = [status for each in answers for status in each]
    assert statuses.count(SpendAllowanceStatus.CREATED) == 11
    assert statuses.count(SpendAllowanceStatus.EXCEEDS_ALLOWANCE) == 19
    async with database.read() as reader:
        assert [each.spent for each in await get_allowances(reader, mei)] == [99]


async def test_the_same_spending_many_times_at_once_is_done_once(database: Database) -> None:
    async with database.transaction() as tx:
        (mei,) = await make_people(tx, 1)
        allowance = _grant(mei)
        await grant_allowances(tx, [allowance])
    command = _spend(allowance, 60)
    answers = await asyncio.gather(*(database.retried(lambda tx: spend_allowances(tx, [command])) for _ in range(12)))
    statuses = [status for each in answers for status in each]
    assert sorted(statuses) == [SpendAllowanceStatus.CREATED] + [SpendAllowanceStatus.EXISTS] * 11


PEOPLE = st.integers(0, 1)
SPENDINGS = st.tuples(
    st.integers(0, 6), PEOPLE, st.integers(0, 4), st.integers(0, 1), st.sampled_from([0, 1, 40, 60]), st.booleans()
)
"""Which id, whose money, which allowance (one is none), which key, how much, and whether it is done in the end."""


@SLOW
@given(st.lists(SPENDINGS, min_size=1, max_size=14), st.lists(st.integers(0, 3), max_size=2))
async def test_law_of_batches_for_spendings(
    tx: Transaction, spendings: list[tuple[int, int, int, int, int, bool]], revoked: list[int]
) -> None:
    async def answers(is_batch: bool) -> tuple[list[str], list[int]]:
        people = await make_people(tx, 2)
        keys = [new_id(), new_id()]
        grants = [_grant(people[number % 2], key_id=keys[number // 2 % 2]) for number in range(4)]
        assert set(await grant_allowances(tx, grants)) == {GrantAllowanceStatus.CREATED}
        revokes = [
            RevokeAllowance(id=grants[n].id, person_id=grants[n].person_id, actor=grants[n].actor) for n in revoked
        ]
        allowances = [*(grant.id for grant in grants), new_id()]
        ids = [new_id() for _ in range(7)]
        commands = [
            SpendAllowance(
                id=ids[id],
                allowance_id=allowances[allowance],
                person_id=people[person],
                key_id=keys[key],
                amount=amount,
                actor=ORIGIN.actor(people[person]),
            )
            for id, person, allowance, key, amount, _ in spendings
        ]
        refused = [command for command, (*_, is_done) in zip(commands, spendings, strict=True) if not is_done]
        statuses: list[str] = []
        for batch in [revokes] if is_batch else [[revoke] for revoke in revokes]:
            statuses += await revoke_allowances(tx, batch)
        for part in [commands] if is_batch else [[command] for command in commands]:
            statuses += await spend_allowances(tx, part, refused)
        spent = {each.id: each.spent for person in people for each in await get_allowances(tx, person)}
        return statuses, [spent[grant.id] for grant in grants]

    async with undone(tx):
        assert await answers(is_batch=True) == await answers(is_batch=False)

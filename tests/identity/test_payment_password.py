"""Proves that six digits are enough: five tries, then a lock that grows, however many guess at once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.identity.people import ORIGIN, PASSWORD
from weiji.events import outbox
from weiji.identity import PasswordCheck, PasswordCheckStatus, check_payment_password
from weiji.identity.hashing import HASHERS
from weiji.identity.model import (
    PaymentPasswordResult,
    PaymentPasswordStatus,
    SetPaymentPassword,
    SignUp,
)
from weiji.identity.payment_password import count_by_digits, set_payment_password
from weiji.identity.rules import PAYMENT_LOCK, SIGN_IN_LOCK
from weiji.identity.sign_in import sign_up
from weiji.kit import clock
from weiji.kit.clock import CLOCK, SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.kit.sql import Statement

RIGHT = "592817"


@pytest.fixture
async def mei(database: Database) -> UUID:
    """A person without a payment password."""
    id = new_id()
    await sign_up(database, SignUp(id=id, handle="mei", display_name="梅", password=PASSWORD), ORIGIN, is_open=True)
    return id


async def _set(database: Database, person_id: UUID, **entered: Any) -> PaymentPasswordResult:
    values = {"person_id": person_id, "payment_password": RIGHT, "login_password": PASSWORD, **entered}
    return await set_payment_password(database, SetPaymentPassword(**values), ORIGIN)


async def _check(database: Database, person_id: UUID, password: str = RIGHT) -> PasswordCheck:
    return await check_payment_password(database, person_id, password, ORIGIN)


async def _events(database: Database, person_id: UUID) -> list[str]:
    async with database.read() as reader:
        return [row["type"] for row in await outbox.get_events(reader, person_id, 0, 100)][1:]


async def test_it_is_set_checked_and_changed(database: Database, mei: UUID) -> None:
    assert await _check(database, mei) == PasswordCheck(PasswordCheckStatus.NOT_SET)
    assert (await _set(database, mei)).status is PaymentPasswordStatus.CREATED
    assert await _check(database, mei) == PasswordCheck(PasswordCheckStatus.CORRECT)
    assert await _check(database, mei, "830476") == PasswordCheck(PasswordCheckStatus.WRONG, tries_left=4)
    changed = await _set(database, mei, payment_password="830476", old_payment_password=RIGHT)
    assert changed.status is PaymentPasswordStatus.CHANGED
    assert (await _check(database, mei)).status is PasswordCheckStatus.WRONG
    assert (await _check(database, mei, "830476")).status is PasswordCheckStatus.CORRECT
    assert await _events(database, mei) == ["PaymentPasswordSet", "PaymentPasswordSet"]


NOT_RIGHT: list[tuple[dict[str, Any], PaymentPasswordResult]] = [
    ({"payment_password": "12345"}, PaymentPasswordResult(PaymentPasswordStatus.MALFORMED)),
    ({"payment_password": "１２３４５６"}, PaymentPasswordResult(PaymentPasswordStatus.MALFORMED)),
    ({"payment_password": "123456"}, PaymentPasswordResult(PaymentPasswordStatus.TOO_EASY)),
    ({"login_password": "wrong"}, PaymentPasswordResult(PaymentPasswordStatus.LOGIN_PASSWORD_WRONG)),
    ({}, PaymentPasswordResult(PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_WRONG)),
    (
        {"old_payment_password": "830476"},
        PaymentPasswordResult(PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_WRONG, tries_left=4),
    ),
]


async def test_what_is_not_right_changes_nothing(database: Database, mei: UUID) -> None:
    await _set(database, mei)
    for entered, result in NOT_RIGHT:
        assert await _set(database, mei, **{"payment_password": "407193", **entered}) == result
    assert (await _check(database, mei)).status is PasswordCheckStatus.CORRECT


async def test_setting_it_is_no_way_round_either_lock(database: Database, mei: UUID) -> None:
    await _set(database, mei)
    for left in (4, 3, 2, 1):
        result = await _set(database, mei, old_payment_password="830476")
        assert result.tries_left == left
    result = await _set(database, mei, old_payment_password="830476")
    assert result.status is PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_LOCKED
    result = await _set(database, mei, payment_password="407193", old_payment_password=RIGHT)
    assert result.status is PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_LOCKED
    assert result.locked_until
    for _ in range(SIGN_IN_LOCK.tries):
        result = await _set(database, mei, login_password="wrong")
        assert result.status is PaymentPasswordStatus.LOGIN_PASSWORD_WRONG
    result = await _set(database, mei)
    assert result.status is PaymentPasswordStatus.LOGIN_PASSWORD_LOCKED
    assert result.locked_until


async def test_the_lock_grows_and_nothing_is_checked_while_it_lasts(database: Database, mei: UUID) -> None:
    await _set(database, mei)
    for lock in (*PAYMENT_LOCK.locks, PAYMENT_LOCK.locks[-1]):
        for left in (4, 3, 2, 1):
            assert await _check(database, mei, "830476") == PasswordCheck(PasswordCheckStatus.WRONG, tries_left=left)
        last = await _check(database, mei, "830476")
        assert last.status is PasswordCheckStatus.LOCKED
        assert last.locked_until
        assert lock - timedelta(seconds=30) < last.locked_until - clock.now() <= lock
        # The right one is locked out too, and does not make it last longer.
        assert await _check(database, mei) == last
        CLOCK.follow(CLOCK.offset + lock)
    assert (await _check(database, mei)).status is PasswordCheckStatus.CORRECT
    assert (await _check(database, mei, "830476")).tries_left == 4
    assert await _events(database, mei) == ["PaymentPasswordSet"] + ["PaymentPasswordLocked"] * 5


async def test_of_a_hundred_guesses_at_once_five_are_checked(
    database: Database, mei: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _set(database, mei)
    checked = 0
    verify = HASHERS.verify

    async def count(hash: str | None, secret: bytes) -> bool:
        nonlocal checked
        checked += 1
        return await verify(hash, secret)

    monkeypatch.setattr(HASHERS, "verify", count)
    guesses = [f"{number:06}" for number in range(592_700, 592_800)]
    checks = await asyncio.gather(*(_check(database, mei, guess) for guess in guesses))
    assert checked == 5
    statuses = [check.status for check in checks]
    assert statuses.count(PasswordCheckStatus.WRONG) == 4
    assert statuses.count(PasswordCheckStatus.LOCKED) == 96
    assert await _check(database, mei) == PasswordCheck(
        PasswordCheckStatus.LOCKED, locked_until=max(check.locked_until for check in checks if check.locked_until)
    )
    assert await _events(database, mei) == ["PaymentPasswordSet", "PaymentPasswordLocked"]


async def test_however_many_sums_come_at_once_six_digits_let_no_more_go_on_a_day(
    database: Database, mei: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _set(database, mei)
    sums = [(new_id(), 49_000) for _ in range(8)]
    found = await asyncio.gather(*(count_by_digits(database, mei, [one], 100_000) for one in sums))
    assert sorted(found, key=str) == [[2_000]] * 6 + [[None]] * 2
    (gone, *_), (refused, *_) = (
        [one for one, left in zip(sums, found, strict=True) if left == end] for end in ([None], [2_000])
    )
    # The same again is counted once, as is what comes twice at once; what was refused was not counted.
    assert await count_by_digits(database, mei, [gone, refused, (new_id(), 2_000), gone], 100_000) == [
        None,
        2_000,
        None,
        None,
    ]
    assert await count_by_digits(database, mei, [(new_id(), 1)], 100_000) == [0]
    # Another payment password takes nothing of it back; the next day does, from midnight in Shanghai on.
    await _set(database, mei, payment_password="830476", old_payment_password=RIGHT)
    assert await count_by_digits(database, mei, [(new_id(), 1)], 100_000) == [0]
    now = clock.now().astimezone(SHANGHAI)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    monkeypatch.setattr(CLOCK, "offset", CLOCK.offset + (midnight - now))
    assert await count_by_digits(database, mei, [refused], 100_000) == [None]


async def test_of_many_who_set_the_first_at_once_one_does(database: Database, mei: UUID) -> None:
    digits = ["592817", "830476", "407193", "738294"]
    results = await asyncio.gather(*(_set(database, mei, payment_password=each) for each in digits))
    created = [each for each, result in zip(digits, results, strict=True) if result.status == "created"]
    assert len(created) == 1
    assert (await _check(database, mei, created[0])).status is PasswordCheckStatus.CORRECT


async def test_a_copy_of_the_database_is_not_enough_to_try_them_all(database: Database, mei: UUID) -> None:
    await _set(database, mei)
    try:
        KEYS.use(bytes(32))
        assert (await _check(database, mei)).status is PasswordCheckStatus.WRONG
    finally:
        KEYS.use(bytes(range(32)))
    assert (await _check(database, mei)).status is PasswordCheckStatus.CORRECT


async def test_a_hash_copied_to_another_person_is_wrong_there(database: Database, mei: UUID) -> None:
    await _set(database, mei)
    thief = new_id(near=mei)
    async with database.transaction() as tx:
        await tx.run(
            Statement(
                "test",
                "insert into identity.payment_passwords"
                " select shard, $1, password_hash, attempts, locked_until, set_at from identity.payment_passwords",
            ),
            thief,
        )
    assert (await _check(database, thief)).status is PasswordCheckStatus.WRONG

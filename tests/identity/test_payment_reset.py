"""Proves that who forgot the payment password has another by waiting, and nobody sooner or against a word."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from tests.identity.people import ORIGIN, PASSWORD
from weiji.events import outbox
from weiji.identity import PasswordCheckStatus, check_payment_password
from weiji.identity.model import CancelPaymentPasswordReset, ResetEnd, SetPaymentPassword, SignUp
from weiji.identity.operations import cancel_payment_password_resets
from weiji.identity.payment_password import ask_payment_password_reset, set_payment_password
from weiji.identity.rules import PAYMENT_LOCK, RESET_OPEN, RESET_WAIT
from weiji.identity.sign_in import change_password, sign_up
from weiji.identity.store import SQL, get_profile, lock_payment_passwords
from weiji.kit import clock
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shards_of

OLD: Final = "592817"
NEW: Final = "830476"
SECOND: Final = timedelta(seconds=30)
"""Longer than a test takes between two looks at the clock."""


class Forgetful:
    """A person who has a payment password."""

    def __init__(self, database: Database, id: UUID) -> None:
        self.database = database
        self.id = id
        self.password = PASSWORD

    async def set(self, digits: str = NEW, old: str | None = None) -> str:
        entered = SetPaymentPassword(
            person_id=self.id, payment_password=digits, login_password=self.password, old_payment_password=old
        )
        return (await set_payment_password(self.database, entered, ORIGIN)).status

    async def ask(self) -> str:
        return (await ask_payment_password_reset(self.database, self.id, self.password, ORIGIN)).status

    async def cancel(self) -> str:
        command = CancelPaymentPasswordReset(person_id=self.id, reason=ResetEnd.CANCELLED, actor=ORIGIN.actor(self.id))
        return (await self.database.retried(lambda tx: cancel_payment_password_resets(tx, [command])))[0]

    async def give_old(self) -> str:
        return await self.set(old=OLD)

    async def change_login(self) -> str:
        changed = await change_password(self.database, self.id, self.password, "another goose", ORIGIN)
        self.password = "another goose"
        return changed.status

    async def is_pending(self) -> bool:
        async with self.database.read() as reader:
            profile = await get_profile(reader, self.id, clock.now())
        assert profile
        return profile.payment_password_reset is not None

    async def opens_with(self, digits: str) -> bool:
        check = await check_payment_password(self.database, self.id, digits, ORIGIN)
        return check.status is PasswordCheckStatus.CORRECT

    async def events(self) -> list[str]:
        async with self.database.read() as reader:
            rows = await outbox.get_events(reader, self.id, 0, 100)
        return [f"{row['type']} {row['data'].get('reason', '')}".strip() for row in rows][2:]


@pytest.fixture
async def mei(database: Database) -> Forgetful:
    """Somebody with a payment password that they forgot."""
    id = new_id()
    await sign_up(database, SignUp(id=id, handle="mei", display_name="梅", password=PASSWORD), ORIGIN, is_open=True)
    person = Forgetful(database, id)
    assert await person.set(OLD) == "created"
    return person


ASKED: Final = "PaymentPasswordResetAsked"
ENDED: Final = "PaymentPasswordResetCancelled"
SET: Final = "PaymentPasswordSet"

# How long after asking · what is done · what is answered · is a reset under way then · which digits open · events.
STEPS: Final = [
    (RESET_WAIT - SECOND, "set", "old_payment_password_wrong", True, OLD, []),
    (RESET_WAIT, "set", "changed", False, NEW, [SET]),
    (RESET_WAIT + RESET_OPEN - SECOND, "set", "changed", False, NEW, [SET]),
    (RESET_WAIT + RESET_OPEN, "set", "old_payment_password_wrong", False, OLD, []),
    (SECOND, "ask", "exists", True, OLD, []),
    (RESET_WAIT, "ask", "exists", True, OLD, []),
    (RESET_WAIT + RESET_OPEN, "ask", "created", True, OLD, [ASKED]),
    (SECOND, "cancel", "cancelled", False, OLD, [f"{ENDED} cancelled"]),
    (RESET_WAIT, "cancel", "cancelled", False, OLD, [f"{ENDED} cancelled"]),
    (RESET_WAIT + RESET_OPEN, "cancel", "not_found", False, OLD, []),
    (SECOND, "give_old", "changed", False, NEW, [SET, f"{ENDED} old_password_given"]),
    (RESET_WAIT, "give_old", "changed", False, NEW, [SET, f"{ENDED} old_password_given"]),
    (RESET_WAIT + RESET_OPEN, "give_old", "changed", False, NEW, [SET]),
    (RESET_WAIT, "change_login", "changed", False, OLD, [f"{ENDED} login_password_changed", "PasswordChanged"]),
    (RESET_WAIT + RESET_OPEN, "change_login", "changed", False, OLD, ["PasswordChanged"]),
]


@pytest.mark.parametrize(("after", "act", "status", "is_pending", "digits", "events"), STEPS)
async def test_each_act_at_each_time_does_what_the_table_says(
    mei: Forgetful, after: timedelta, act: str, status: str, is_pending: bool, digits: str, events: list[str]
) -> None:
    assert await mei.ask() == "created"
    CLOCK.follow(CLOCK.offset + after)
    assert await getattr(mei, act)() == status
    assert await mei.is_pending() is is_pending
    assert await mei.events() == [ASKED, *events]
    assert await mei.opens_with(digits)


async def test_setting_it_by_a_reset_ends_a_lock_and_works_once(mei: Forgetful) -> None:
    for _ in range(PAYMENT_LOCK.tries):
        assert not await mei.opens_with("000000")
    await mei.ask()
    CLOCK.follow(CLOCK.offset + RESET_WAIT)
    for _ in range(PAYMENT_LOCK.tries):
        assert not await mei.opens_with("000000")
    # Two at once: one is set, and the other is asked for the old one again.
    answers = await asyncio.gather(mei.set("830476"), mei.set("407193"))
    assert sorted(answers) == ["changed", "old_payment_password_wrong"]
    assert await mei.opens_with(["830476", "407193"][answers.index("changed")])


async def test_of_two_that_ask_at_once_one_begins(mei: Forgetful) -> None:
    assert sorted(await asyncio.gather(mei.ask(), mei.ask())) == ["created", "exists"]
    assert await mei.events() == [ASKED]


@pytest.mark.parametrize(
    ("first", "second", "answers"),
    [("cancel", "set", ("cancelled", "old_payment_password_wrong")), ("set", "cancel", ("changed", "not_found"))],
)
async def test_of_setting_and_cancelling_at_once_the_first_wins(
    mei: Forgetful, first: str, second: str, answers: tuple[str, str]
) -> None:
    await mei.ask()
    CLOCK.follow(CLOCK.offset + RESET_WAIT)
    assert await one_after_the_other(mei, lock_payment_passwords, getattr(mei, first), getattr(mei, second)) == answers
    assert not await mei.is_pending()


async def test_what_a_wrong_login_password_asks_for_is_counted_and_not_begun(mei: Forgetful) -> None:
    mei.password = "a swan"
    assert [await mei.ask() for _ in range(6)] == ["login_password_wrong"] * 5 + ["login_password_locked"]
    assert not await mei.is_pending()
    mei.password = PASSWORD
    assert await mei.cancel() == "not_found"


@pytest.mark.parametrize(("after", "act"), [(SECOND, "ask"), (RESET_WAIT, "set")])
async def test_what_began_with_a_login_password_ends_with_it(mei: Forgetful, after: timedelta, act: str) -> None:
    """The old one was right when it was checked; another is set before anything is written."""
    if act == "set":
        await mei.ask()
    CLOCK.follow(CLOCK.offset + after)
    late = Forgetful(mei.database, mei.id)
    answers = await one_after_the_other(mei, lock_person, mei.change_login, getattr(late, act))
    assert answers == ("changed", "login_password_wrong")
    assert not await mei.is_pending()
    assert await mei.opens_with(OLD)


async def lock_person(tx: Transaction, people: list[UUID]) -> None:
    await tx.rows(SQL.lock_people, shards_of(people), people)


async def one_after_the_other(
    person: Forgetful,
    lock: Callable[[Transaction, list[UUID]], Awaitable[object]],
    first: Callable[[], Coroutine[Any, Any, str]],
    second: Callable[[], Coroutine[Any, Any, str]],
) -> tuple[str, str]:
    """Have both read what they check, and wait for one lock in this order, before either goes on."""
    async with person.database.transaction() as tx:
        await lock(tx, [person.id])
        one = asyncio.create_task(first())
        await waiting(person.database, 1)
        other = asyncio.create_task(second())
        await waiting(person.database, 2)
    return await one, await other


async def waiting(database: Database, count: int) -> None:
    """Wait until so many transactions wait for a lock."""
    query = """
        select count(*) from pg_locks
        where not granted and pid in (select pid from pg_stat_activity where datname = current_database())
    """
    for _ in range(6_000):
        if await database.pool.fetchval(query) == count:
            return
        await asyncio.sleep(0.01)
    pytest.fail("nothing waits")

"""Proves that who wrote a recovery code down gets back in by it once, and nobody by anything else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import pytest

from tests.identity.people import ORIGIN, PASSWORD
from weiji.events import outbox
from weiji.identity.cookies import SessionCookie
from weiji.identity.hashing import HASHERS
from weiji.identity.model import (
    Origin,
    RecoverAccount,
    RecoverResult,
    RecoverStatus,
    SetPaymentPassword,
    SignIn,
    SignUp,
)
from weiji.identity.payment_password import ask_payment_password_reset, set_payment_password
from weiji.identity.recovery import make_recovery_code, recover_account, revoke_recovery_code
from weiji.identity.rules import ADDRESS_LOCK, RECOVERY_LENGTH, SIGN_IN_LOCK, clean_recovery_code
from weiji.identity.sessions import find_caller
from weiji.identity.sign_in import change_password, sign_in, sign_up
from weiji.identity.store import get_profile
from weiji.kit import clock, db
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.sql import Statement

NEW: Final = "another goose"
OTHER: Final = "0000-0000-0000-0000-0000-0000-0000"
"""Nobody's, as far as chance goes."""


class Forgetful:
    """Somebody with a recovery code, who goes by a handle and a phone number."""

    def __init__(self, database: Database, id: UUID) -> None:
        self.database = database
        self.id = id
        self.password = PASSWORD
        self.codes: list[str] = []

    @property
    def code(self) -> str:
        """The code made last."""
        return self.codes[-1]

    async def make(self) -> str:
        made = await make_recovery_code(self.database, self.id, self.password, ORIGIN)
        self.codes += [made.code] if made.code else []
        return made.status

    async def revoke(self) -> str:
        return (await revoke_recovery_code(self.database, self.id, self.password, ORIGIN)).status

    async def change(self) -> str:
        changed = await change_password(self.database, self.id, self.password, NEW, ORIGIN)
        self.password = NEW
        return changed.status

    async def recover(
        self, code: str | None = None, name: str = "mei", password: str = NEW, origin: Origin = ORIGIN
    ) -> RecoverResult:
        entered = RecoverAccount(name=name, code=code or self.code, new_password=password)
        return await recover_account(self.database, entered, origin)

    async def use(self) -> str:
        self.password = NEW
        return (await self.recover()).status

    async def use_first(self) -> str:
        return (await self.recover(self.codes[0])).status

    async def enter(self, password: str) -> SessionCookie | None:
        result = await sign_in(self.database, SignIn(name="mei", password=password), ORIGIN)
        return SessionCookie.read(result.cookie) if result.cookie else None

    async def has_code(self) -> bool:
        async with self.database.read() as reader:
            profile = await get_profile(reader, self.id, clock.now())
        assert profile
        return profile.recovery_code_made_at is not None

    async def events(self) -> list[str]:
        async with self.database.read() as reader:
            rows = await outbox.get_events(reader, self.id, 0, 100)
        return [row["type"] for row in rows][1:]


@pytest.fixture
async def mei(database: Database) -> Forgetful:
    """Somebody who made a code."""
    id = new_id()
    entered = SignUp(id=id, handle="mei", phone="13800138000", display_name="梅", password=PASSWORD)
    await sign_up(database, entered, ORIGIN, is_open=True)
    person = Forgetful(database, id)
    assert await person.make() == "created"
    return person


MADE: Final = "RecoveryCodeMade"
CHANGED: Final = ["PasswordChanged", "RecoveryCodeRevoked"]
USED: Final = ["RecoveryCodeUsed", "PasswordChanged", "SessionStarted"]

# What was done · what is done then · what is answered · is there a code then · events of both.
STEPS: Final = [
    ("", "use", "created", False, USED),
    ("", "make", "created", True, [MADE]),
    ("", "revoke", "revoked", False, ["RecoveryCodeRevoked"]),
    ("", "change", "changed", False, CHANGED),
    ("make", "use_first", "wrong", True, [MADE]),
    ("make", "use", "created", False, [MADE, *USED]),
    ("use", "use", "wrong", False, USED),
    ("use", "revoke", "not_found", False, USED),
    ("use", "make", "created", True, [*USED, MADE]),
    ("revoke", "use", "wrong", False, ["RecoveryCodeRevoked"]),
    ("revoke", "make", "created", True, ["RecoveryCodeRevoked", MADE]),
    ("change", "use", "wrong", False, CHANGED),
    ("change", "revoke", "not_found", False, CHANGED),
    ("change", "make", "created", True, [*CHANGED, MADE]),
    ("revoke", "change", "changed", False, ["RecoveryCodeRevoked", "PasswordChanged"]),
]


@pytest.mark.parametrize(("before", "act", "status", "has_code", "events"), STEPS)
async def test_each_act_in_each_state_does_what_the_table_says(
    mei: Forgetful, before: str, act: str, status: str, has_code: bool, events: list[str]
) -> None:
    if before:
        await getattr(mei, before)()
    assert await getattr(mei, act)() == status
    assert await mei.has_code() is has_code
    assert await mei.events() == [MADE, *events]


async def test_recovering_ends_what_the_old_password_began(mei: Forgetful) -> None:
    entered = SetPaymentPassword(person_id=mei.id, payment_password="592817", login_password=PASSWORD)
    await set_payment_password(mei.database, entered, ORIGIN)
    assert (await ask_payment_password_reset(mei.database, mei.id, PASSWORD, ORIGIN)).status == "created"
    before = await mei.enter(PASSWORD)
    # Who forgot a password has locked it, too.
    for _ in range(SIGN_IN_LOCK.tries):
        assert not await mei.enter("a swan")
    result = await mei.recover(f" {mei.code.lower().replace('-', ' ').replace('1', 'l').replace('0', 'o')}\n")
    assert result.status is RecoverStatus.CREATED
    assert result.session
    cookie = SessionCookie.read(result.session.cookie or "")
    assert before
    assert cookie
    assert not await find_caller(mei.database, before)
    caller = await find_caller(mei.database, cookie)
    assert caller
    assert (caller.person_id, caller.payment_reset_asked_at) == (mei.id, None)
    assert (await mei.events())[-5:] == ["SessionEnded", "PaymentPasswordResetCancelled", *USED]
    assert await mei.enter(NEW)
    assert not await mei.enter(PASSWORD)


async def test_what_is_wrong_is_told_of_nobody_and_uses_no_code(mei: Forgetful) -> None:
    wrong = RecoverResult(RecoverStatus.WRONG)
    asked = []
    for name, code in (("mei", OTHER), ("nobody", mei.code), ("13912345678", OTHER), ("???", OTHER), ("\x00", OTHER)):
        counter = db.count_statements()
        assert await mei.recover(code, name) == wrong, name
        asked.append(counter.statements)
    assert asked == [3] * 5, "as much is done for each, so each takes as long"
    for code, password, status in (
        (mei.code[:-1], NEW, RecoverStatus.CODE_MALFORMED),
        (mei.code + "U", NEW, RecoverStatus.CODE_MALFORMED),
        (mei.code, "short", RecoverStatus.PASSWORD_TOO_SHORT),
        (mei.code, "iloveyou", RecoverStatus.PASSWORD_BREACHED),
        (mei.code, "x" * 129, RecoverStatus.PASSWORD_TOO_LONG),
        # What else they are called is told only to who has the code.
        (OTHER, "13800138000", RecoverStatus.WRONG),
        (mei.code, "13800138000", RecoverStatus.PASSWORD_CONTAINS_NAME),
    ):
        assert (await mei.recover(code, password=password)).status is status
    assert await mei.enter(PASSWORD)
    assert await mei.use() == "created"


async def test_guessing_comes_to_an_end_where_it_comes_from_and_keeps_nobody_else_out(mei: Forgetful) -> None:
    for name in ("mei", "nobody"):
        statuses = [(await mei.recover(OTHER, name)).status for _ in range(ADDRESS_LOCK.tries // 2)]
        assert set(statuses) == {RecoverStatus.WRONG}
    locked = await mei.recover()
    assert locked.status is RecoverStatus.LOCKED
    assert locked.locked_until
    elsewhere = Origin(device="another", address="2001:db8::1", user_agent="")
    assert (await mei.recover(origin=elsewhere)).status is RecoverStatus.CREATED


async def test_nobody_makes_or_ends_a_code_without_the_password(mei: Forgetful) -> None:
    mei.password = "a swan"
    statuses = [await mei.make(), await mei.revoke(), *[await mei.make() for _ in range(3)], await mei.revoke()]
    assert statuses == ["login_password_wrong"] * 5 + ["login_password_locked"]
    assert await mei.use() == "created"


async def test_of_two_uses_at_once_one_wins(mei: Forgetful) -> None:
    answers = await asyncio.gather(mei.recover(password="a swan on ice"), mei.recover(password="a duck on ice"))
    assert sorted(answer.status for answer in answers) == ["created", "wrong"]
    passwords = ["a swan on ice", "a duck on ice"]
    won = [answer.status for answer in answers].index(RecoverStatus.CREATED)
    assert await mei.enter(passwords[won])
    assert not await mei.enter(passwords[1 - won])


RIVALS: Final[list[Callable[[Forgetful], Awaitable[Any]]]] = [
    lambda mei: make_recovery_code(mei.database, mei.id, PASSWORD, ORIGIN),
    lambda mei: revoke_recovery_code(mei.database, mei.id, PASSWORD, ORIGIN),
    lambda mei: change_password(mei.database, mei.id, PASSWORD, "a third goose", ORIGIN),
    lambda mei: sign_in(mei.database, SignIn(name="mei", password=PASSWORD), ORIGIN),
]


async def test_who_gave_the_old_password_a_moment_ago_does_nothing_by_it(
    mei: Forgetful, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = HASHERS.verify

    async def verify_and_be_late(hash: str | None, secret: bytes) -> bool:
        is_right = await verify(hash, secret)
        monkeypatch.setattr(HASHERS, "verify", verify)
        assert await mei.use() == "created"
        return is_right

    for rival in RIVALS:
        monkeypatch.setattr(HASHERS, "verify", verify_and_be_late)
        refused = await rival(mei)
        assert refused.status in ("login_password_wrong", "wrong"), rival
        assert not await mei.has_code()
        assert (await change_password(mei.database, mei.id, NEW, PASSWORD, ORIGIN)).status == "changed"
        mei.password = PASSWORD
        assert await mei.make() == "created"
    async with mei.database.read() as reader:
        assert await reader.rows(Statement("test", "select id from identity.sessions")) == []


def test_a_code_is_read_as_people_write() -> None:
    plain = "0123456789ABCDEFGHJKMNPQRSTV"
    assert len(plain) == RECOVERY_LENGTH
    for written in (
        plain,
        "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV",
        " oi23 4567—89ab\tcdef\u3000ghjk–mnpq-rstv\n",
        "Ol234567 89ABCDEF GHJKMNPQRSTV",
        "０１２３４５６７８９ＡＢＣＤＥＦＧＨＪＫＭＮＰＱＲＳＴＶ",
    ):
        assert clean_recovery_code(written) == plain, written
    for written in ("", plain[:-1], plain + "0", plain[:-1] + "U", plain[:-1] + "é", plain[:-1] + "."):
        assert clean_recovery_code(written) is None, written

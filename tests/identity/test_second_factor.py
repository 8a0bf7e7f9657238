"""Proves that who added an app gets in by the password and a code of it, each code once, and by nothing less."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from tests.identity.people import ORIGIN, PASSWORD
from weiji.events import outbox
from weiji.identity.codes import DRIFT, STEP_SECONDS, WAY_LASTS, clean_secret, code_at, find_step, is_way, write_way
from weiji.identity.cookies import SessionCookie
from weiji.identity.model import (
    AddSecondFactor,
    AddSecondFactorStatus,
    MakeRecoveryCodeResult,
    RecoverAccount,
    RecoverResult,
    RecoverStatus,
    RemoveSecondFactor,
    RemoveSecondFactorStatus,
    RevokeRecoveryCodeResult,
    SignIn,
    SignInResult,
    SignInStatus,
    SignUp,
)
from weiji.identity.oneself import Unproven, step_up
from weiji.identity.recovery import make_recovery_code, recover_account, revoke_recovery_code
from weiji.identity.rules import ADDRESS_LOCK, SIGN_IN_LOCK
from weiji.identity.second_factor import add_second_factor, drop_second_factor, remove_second_factor
from weiji.identity.sessions import find_caller
from weiji.identity.sign_in import change_password, finish_sign_in, sign_in, sign_up, start_session
from weiji.identity.store import get_profile
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.sql import Statement

SECRET: Final = b"12345678901234567890"
BASE32: Final = base64.b32encode(SECRET).decode()
NEW: Final = "another goose"
HERE: Final = f"sign_in:{ORIGIN.address}"
"""What is counted of where everybody is here."""
_S, _A, _R = SignInStatus, AddSecondFactorStatus, RemoveSecondFactorStatus


class Careful:
    """Somebody with an app. Time goes on by a step for each code that it shows."""

    def __init__(self, database: Database, id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database = database
        self.id = id
        self.wall = clock.wall()
        monkeypatch.setattr(clock, "wall", lambda: self.wall)

    def show(self) -> str:
        """Show a code that was not shown before."""
        self.wall += timedelta(seconds=STEP_SECONDS)
        return code_at(SECRET, int(self.wall.timestamp()) // STEP_SECONDS)

    async def add(self, password: str = PASSWORD, secret: str = BASE32, code: str | None = None) -> str:
        entered = AddSecondFactor(
            person_id=self.id, login_password=password, secret=secret, code=self.show() if code is None else code
        )
        return (await add_second_factor(self.database, entered, ORIGIN)).status

    async def remove(self, password: str = PASSWORD, code: str | None = None) -> str:
        code = self.show() if code is None else code
        entered = RemoveSecondFactor(person_id=self.id, login_password=password, code=code)
        return (await remove_second_factor(self.database, entered, ORIGIN)).status

    async def enter(self, code: str = "", password: str = PASSWORD) -> SignInResult:
        return await sign_in(self.database, SignIn(name="careful", password=password, code=code), ORIGIN)

    async def finish(self, way: str | None, code: str) -> SignInResult:
        return await finish_sign_in(self.database, way or "", code, ORIGIN)

    async def make(self, code: str = "", password: str = PASSWORD) -> MakeRecoveryCodeResult:
        return await make_recovery_code(self.database, self.id, password, ORIGIN, code)

    async def revoke(self, code: str) -> RevokeRecoveryCodeResult:
        return await revoke_recovery_code(self.database, self.id, PASSWORD, ORIGIN, code)

    async def recover(self, code: str | None, password: str = NEW) -> RecoverResult:
        entered = RecoverAccount(name="careful", code=code or "", new_password=password)
        return await recover_account(self.database, entered, ORIGIN)

    async def told(self) -> list[str]:
        async with self.database.read() as reader:
            events = await outbox.get_events(reader, self.id, 0, 100)
        return [row["type"] for row in events]


@pytest.fixture
async def careful(database: Database, monkeypatch: pytest.MonkeyPatch) -> Careful:
    id = new_id()
    entered = SignUp(id=id, handle="careful", display_name="梅", password=PASSWORD)
    await sign_up(database, entered, ORIGIN, is_open=True)
    return Careful(database, id, monkeypatch)


# RFC 6238, appendix B, of which our codes are the last six digits.
@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")],
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    wall = datetime.fromtimestamp(second, UTC)
    step = second // STEP_SECONDS
    assert find_step(SECRET, code, wall) == step
    assert find_step(SECRET, code, wall, after=step) is None
    assert find_step(SECRET, code, wall + timedelta(seconds=DRIFT * STEP_SECONDS)) == step
    assert find_step(SECRET, code, wall + timedelta(seconds=(DRIFT + 1) * STEP_SECONDS)) is None


def test_a_secret_is_read_as_apps_write_it() -> None:
    assert clean_secret("gezd gnbv gy3t qojq gezd gnbv gy3t qojq") == SECRET
    for wrong in ("", "short", "1" * 32, "é" * 32, BASE32 * 9):
        assert clean_secret(wrong) is None


async def test_the_password_alone_opens_nothing_and_each_code_opens_once(careful: Careful) -> None:
    started = await start_session(careful.database, careful.id, ORIGIN)
    assert await careful.add() == _A.CREATED
    cookie = SessionCookie.read(started.cookie or "")
    assert cookie is not None
    assert await find_caller(careful.database, cookie) is None, "what began before it has ended"
    asked = await careful.enter()
    assert (asked.status, asked.cookie) == (_S.CODE_NEEDED, None)
    assert (await careful.enter(password=NEW)).status is _S.WRONG
    code = careful.show()
    assert (await careful.finish(asked.way, "000000")).status is _S.CODE_WRONG
    assert (await careful.finish(asked.way, code)).cookie
    assert (await careful.finish(asked.way, code)).status is _S.CODE_WRONG
    assert (await careful.enter(careful.show())).cookie, "a program says all of it at once"
    code = careful.show()
    results = await asyncio.gather(*(careful.finish(asked.way, code) for _ in range(4)))
    assert [result.status for result in results].count(_S.CREATED) == 1


async def test_a_way_is_of_one_password_and_a_short_time(careful: Careful) -> None:
    await careful.add()
    way = (await careful.enter()).way or ""
    assert (await careful.finish(way[:-4] + "AAAA", careful.show())).status is _S.WRONG
    assert (await careful.finish("", careful.show())).status is _S.WRONG
    assert (await careful.finish(write_way(new_id(), "x", careful.wall), careful.show())).status is _S.WRONG
    careful.wall += WAY_LASTS
    assert (await careful.finish(way, careful.show())).status is _S.WRONG
    way = (await careful.enter()).way or ""
    await change_password(careful.database, careful.id, PASSWORD, NEW, ORIGIN)
    assert (await careful.finish(way, careful.show())).status is _S.WRONG
    assert not is_way("not a way", "x", careful.wall)


async def test_guessing_codes_comes_to_an_end_and_who_guesses_by_the_old_password_keeps_nobody_out(
    careful: Careful,
) -> None:
    written = (await careful.make()).code
    await careful.add()
    way = (await careful.enter()).way
    wrong = [(await careful.finish(way, "000000")).status for _ in range(SIGN_IN_LOCK.tries + 1)]
    assert wrong == [_S.CODE_WRONG] * SIGN_IN_LOCK.tries + [_S.LOCKED]
    assert (await careful.finish(way, careful.show())).status is _S.LOCKED
    assert await careful.remove() == _R.CODE_LOCKED
    assert (await careful.make(careful.show())).status == "code_locked"
    recovered = (await careful.recover(written)).session
    assert recovered
    assert (await careful.finish(recovered.way, careful.show())).cookie


async def test_a_way_lifts_no_lock_of_where_it_comes_from_and_counts_for_nothing_if_right(careful: Careful) -> None:
    async def set_wrong(number: int) -> None:
        statement = Statement("test", "update identity.attempts set attempts = $2 where key = $1")
        async with careful.database.transaction() as tx:
            await tx.run(statement, HERE, number)

    async def wrong() -> int:
        async with careful.database.read() as reader:
            number: int = await reader.value(
                Statement("test", "select attempts from identity.attempts where key = $1"), HERE
            )
        return number

    await careful.add()
    await careful.enter(password="a swan")
    way = (await careful.enter()).way
    assert await wrong() == 1
    assert (await careful.finish(way, careful.show())).cookie
    assert await wrong() == 1
    assert await careful.remove() == _R.REMOVED
    assert (await careful.finish(way, careful.show())).status is _S.WRONG, "it led to a code, and none is asked for"
    assert await wrong() == 2
    await careful.add()
    way = (await careful.enter()).way
    await set_wrong(ADDRESS_LOCK.tries - 1)
    assert (await careful.finish("", "")).status is _S.WRONG
    for _ in range(2):
        assert (await careful.finish(way, careful.show())).status is _S.LOCKED
    assert (await careful.enter()).status is _S.LOCKED


async def test_the_password_makes_no_recovery_code_that_gets_round_the_app(careful: Careful) -> None:
    written = (await careful.make()).code or ""
    await careful.add()
    with capture_logs() as lines:
        for wrong in ("", "000000", written):
            assert (await careful.make(wrong)).status == "code_wrong"
        assert await careful.remove(code="000000") == _R.CODE_WRONG
    assert [(line["event"], line["reason"]) for line in lines] == [("code_refused", "wrong")] * 4
    code = careful.show()
    made = await careful.make(code)
    assert made.code, "and what was wrong is forgiven"
    for wrong in ("", code, made.code):
        assert (await careful.revoke(wrong)).status == "code_wrong", "nor is the way back taken from its owner"
    assert (await careful.revoke(careful.show())).status == "revoked"
    made = await careful.make(careful.show())
    locked = [(await careful.make(code)).status for _ in range(SIGN_IN_LOCK.tries + 1)]
    assert locked == ["code_wrong"] * SIGN_IN_LOCK.tries + ["code_locked"]
    assert (await careful.recover(written)).status is RecoverStatus.WRONG
    assert (await careful.revoke(code)).status == "code_locked"
    assert (await careful.recover(made.code)).status is RecoverStatus.CREATED


async def test_each_refusal_changes_nothing(careful: Careful) -> None:
    assert await careful.add(password=NEW) == _A.LOGIN_PASSWORD_WRONG
    assert await careful.add(secret="nothing") == _A.SECRET_MALFORMED
    assert await careful.add(code="000000") == _A.CODE_WRONG
    assert await careful.remove() == _R.NOT_FOUND
    assert (await careful.enter()).cookie
    assert await careful.add() == _A.CREATED
    assert await careful.add() == _A.EXISTS
    assert await careful.remove(code="000000") == _R.CODE_WRONG
    assert await careful.remove(password=NEW) == _R.LOGIN_PASSWORD_WRONG
    assert (await careful.enter()).status is _S.CODE_NEEDED
    assert await careful.remove() == _R.REMOVED
    assert (await careful.enter()).cookie
    told = await careful.told()
    assert (told.count("SecondFactorAdded"), told.count("SecondFactorRemoved")) == (1, 1)


async def test_a_recovery_code_stands_for_one_of_both_and_never_for_both(careful: Careful) -> None:
    await careful.add()
    code = (await careful.make(careful.show())).code or ""
    recovered = await careful.recover(code)
    assert recovered.status is RecoverStatus.CREATED
    assert recovered.session
    assert recovered.session.cookie is None, "the app is asked for all the same"
    assert (await careful.finish(recovered.session.way, code)).status is _S.CODE_WRONG
    assert (await careful.finish(recovered.session.way, careful.show())).cookie

    code = (await careful.make(careful.show(), NEW)).code or ""
    way = (await careful.enter(password=NEW)).way
    assert (await careful.finish(way, code)).cookie, "who lost the telephone"
    async with careful.database.read() as reader:
        profile = await get_profile(reader, careful.id, clock.now())
    assert profile
    assert (profile.second_factor_added_at, profile.recovery_code_made_at) == (None, None)


async def test_the_command_line_takes_it_away(careful: Careful) -> None:
    await careful.add()
    assert await careful.database.retried(lambda tx: drop_second_factor(tx, careful.id))
    assert not await careful.database.retried(lambda tx: drop_second_factor(tx, careful.id))
    assert (await careful.enter()).cookie


async def test_whoever_has_an_app_steps_up_by_a_code_of_it_each_once_and_not_by_the_password(careful: Careful) -> None:
    async def step(password: str | None, code: str | None) -> str | None:
        answer = await step_up(careful.database, careful.id, password, code, ORIGIN)
        return answer.status if isinstance(answer, Unproven) else answer

    assert [await step(None, None), await step(PASSWORD, None)] == ["step_up_needed", None]
    await careful.add()
    assert await step(PASSWORD, None) == "step_up_needed"
    code = careful.show()
    assert [await step("wrong", code), await step(None, code)] == [None, "code_wrong"]
    wrong = [await step(PASSWORD, code) for _ in range(SIGN_IN_LOCK.tries - 1)]
    assert wrong == ["code_wrong"] * (SIGN_IN_LOCK.tries - 1)
    assert await step(None, careful.show()) == "code_locked"

"""Proves that who knows a name and its password gets in, nobody else, and that guessing comes to an end."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from tests.identity.people import ORIGIN, PASSWORD, sign_up_command
from weiji.events import Occurrence, outbox, publish
from weiji.events.identity import PasswordChanged
from weiji.identity import store
from weiji.identity.cookies import SessionCookie
from weiji.identity.ending import end_elsewhere
from weiji.identity.hashing import HASHERS, Hashers
from weiji.identity.model import (
    SESSIONS_MAX,
    ChangePhone,
    EndOtherSessions,
    EndSession,
    EndSessionStatus,
    Origin,
    PasswordStatus,
    SetPaymentPassword,
    SignIn,
    SignInResult,
    SignInStatus,
    SignUp,
    SignUpStatus,
)
from weiji.identity.operations import end_other_sessions, end_sessions, sign_up_people
from weiji.identity.payment_password import set_payment_password
from weiji.identity.phones import change_phone
from weiji.identity.rules import PHONE_LOCK, SEEN_EVERY, SESSION_ABSOLUTE, SESSION_IDLE, SIGN_IN_LOCK, SIGN_UP_LOCK
from weiji.identity.sessions import find_caller
from weiji.identity.sign_in import (
    change_password,
    end_what_it_opened,
    forgive_attempts,
    sign_in,
    sign_in_key,
    sign_up,
    start_session,
)
from weiji.identity.store import SQL, get_sessions
from weiji.kit import clock, db
from weiji.kit.batch import QueueFull
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.kit.sql import Statement


def _wait(time: timedelta) -> None:
    CLOCK.follow(CLOCK.offset + time)


async def _sign_up(database: Database, **entered: Any) -> UUID:
    id = new_id()
    result = await sign_up(
        database, SignUp(**{"id": id, "display_name": "梅", "password": PASSWORD, **entered}), ORIGIN, is_open=True
    )
    assert result.status is SignUpStatus.CREATED
    return id


async def _enter(
    database: Database, name: str, password: str = PASSWORD, origin: Origin = ORIGIN, cookie: str | None = None
) -> SignInResult:
    return await sign_in(database, SignIn(name=name, password=password, cookie=cookie), origin)


async def _events(database: Database, person_id: UUID) -> list[str]:
    async with database.read() as reader:
        return [row["type"] for row in await outbox.get_events(reader, person_id, 0, 100)]


IMPOSSIBLE: list[tuple[dict[str, Any], SignUpStatus]] = [
    ({}, SignUpStatus.NAME_MISSING),
    ({"handle": "9"}, SignUpStatus.HANDLE_MALFORMED),
    ({"handle": "9", "phone": "1"}, SignUpStatus.HANDLE_MALFORMED),
    ({"handle": "mei", "phone": "1"}, SignUpStatus.PHONE_MALFORMED),
    ({"handle": "mei", "display_name": "\u202e"}, SignUpStatus.DISPLAY_NAME_MALFORMED),
    ({"handle": "mei", "password": "short"}, SignUpStatus.PASSWORD_TOO_SHORT),
    ({"handle": "mei", "password": "x" * 129}, SignUpStatus.PASSWORD_TOO_LONG),
    ({"handle": "mei", "password": "iloveyou"}, SignUpStatus.PASSWORD_BREACHED),
    ({"handle": "mei", "password": "mei in may"}, SignUpStatus.PASSWORD_CONTAINS_NAME),
    ({"phone": "13800138000", "password": "13800138000"}, SignUpStatus.PASSWORD_CONTAINS_NAME),
]


async def test_what_was_refused_is_a_line_of_the_log_without_what_was_typed(database: Database) -> None:
    person_id = await _sign_up(database, handle="noted_one")
    with capture_logs() as lines:
        await sign_in(database, SignIn(name="noted_one", password="hush, hush"), ORIGIN)
        await sign_in(database, SignIn(name=PASSWORD, password="hush, hush"), ORIGIN)
        await change_password(database, person_id, "hush, hush", "another long goose", ORIGIN)
        await sign_in(database, SignIn(name="noted_one", password=PASSWORD), ORIGIN)
    assert [(line["event"], line["reason"], line.get("person")) for line in lines] == [
        ("sign_in_refused", "wrong", str(person_id)),
        ("sign_in_refused", "wrong", None),
        ("login_password_refused", "wrong", str(person_id)),
    ]
    assert all(line["kind"] == "security" for line in lines)
    assert "hush" not in str(lines)
    assert PASSWORD not in str(lines)


async def test_a_sign_up_that_can_not_be_is_refused(database: Database) -> None:
    for entered, status in IMPOSSIBLE:
        person = SignUp(**{"id": new_id(), "display_name": "梅", "password": PASSWORD, **entered})
        assert (await sign_up(database, person, ORIGIN, is_open=True)).status is status, entered
    async with database.read() as reader:
        assert await reader.rows(Statement("test", "select * from identity.people")) == []
    person = SignUp(id=new_id(), handle="mei", display_name="梅", password="\ud800" * 8)
    assert (await sign_up(database, person, ORIGIN, is_open=True)).status is SignUpStatus.CREATED
    assert (await _enter(database, "mei", "\ud800" * 8)).status is SignInStatus.CREATED


async def test_nobody_signs_up_where_the_operator_is_closed(database: Database) -> None:
    person = SignUp(id=new_id(), handle="mei", display_name="梅", password=PASSWORD)
    assert (await sign_up(database, person, ORIGIN, is_open=False)).status is SignUpStatus.CLOSED


async def test_sign_ups_from_one_address_come_to_an_end(database: Database) -> None:
    await _sign_up(database, handle="first")
    await _sign_up(database, handle="second")
    async with database.transaction() as tx:
        await tx.run(Statement("test", "update identity.attempts set attempts = $1"), SIGN_UP_LOCK.tries - 1)
    await _sign_up(database, handle="last")
    person = SignUp(id=new_id(), handle="one_more", display_name="梅", password=PASSWORD)
    result = await sign_up(database, person, ORIGIN, is_open=True)
    assert result.status is SignUpStatus.LOCKED
    assert result.locked_until
    assert result.locked_until > clock.now()
    elsewhere = Origin(address="198.51.100.1")
    assert (await sign_up(database, person, elsewhere, is_open=True)).status is SignUpStatus.CREATED


async def test_a_person_signs_in_by_handle_or_phone(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei", phone="138 0013 8000")
    for name in ("mei", " @Mei ", "13800138000", "+86 138 0013 8000"):
        result = await _enter(database, name)
        assert (result.status, result.person_id) == (SignInStatus.CREATED, person_id)
        cookie = SessionCookie.read(result.cookie or "")
        assert cookie
        caller = await find_caller(database, cookie)
        assert caller
        assert (caller.person_id, caller.session_id, caller.handle) == (person_id, result.session_id, "mei")
        assert shard_of(cookie.session_id) == shard_of(person_id)
    assert await _events(database, person_id) == ["PersonSignedUp", *["SessionStarted"] * 4]


async def test_an_unknown_name_and_a_wrong_password_are_answered_alike(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _sign_up(database, handle="mei")
    hashed = []
    verify = HASHERS.verify

    async def count(hash: str | None, secret: bytes) -> bool:
        hashed.append(hash)
        return await verify(hash, secret)

    monkeypatch.setattr(HASHERS, "verify", count)
    names = ["mei", "nobody", "13912345678", "???", "", "\x00", "\ud800"]
    for name in names:
        assert await _enter(database, name, "a wrong password") == SignInResult(SignInStatus.WRONG)
    # As much work for each: the hash of nobody is as expensive as anybody's.
    assert len(hashed) == len(names)


async def test_locked_names_are_answered_alike_whether_they_exist_or_not(database: Database) -> None:
    await _sign_up(database, handle="mei")
    answers = []
    for name in ("mei", "nobody"):
        statuses = [(await _enter(database, name, "a wrong password")).status for _ in range(6)]
        answers.append(statuses)
    assert answers[0] == answers[1] == [SignInStatus.WRONG] * 5 + [SignInStatus.LOCKED]


async def test_a_lock_grows_and_the_right_password_lifts_it_after_its_time(database: Database) -> None:
    await _sign_up(database, handle="mei")
    lengths = []
    for lock in SIGN_IN_LOCK.locks:
        for _ in range(SIGN_IN_LOCK.tries):
            assert (await _enter(database, "mei", "a wrong password")).status is SignInStatus.WRONG
        locked = await _enter(database, "mei")
        assert locked.status is SignInStatus.LOCKED
        assert locked.locked_until
        lengths.append(locked.locked_until - clock.now())
        _wait(lock)
    assert all(
        lock - timedelta(seconds=30) < length <= lock for lock, length in zip(SIGN_IN_LOCK.locks, lengths, strict=True)
    )
    assert (await _enter(database, "mei")).status is SignInStatus.CREATED
    # Counting starts again.
    for _ in range(SIGN_IN_LOCK.tries):
        assert (await _enter(database, "mei", "a wrong password")).status is SignInStatus.WRONG


async def test_tries_are_forgotten_after_a_quiet_day(database: Database) -> None:
    await _sign_up(database, handle="mei")
    for _ in range(4):
        await _enter(database, "mei", "a wrong password")
    assert SIGN_IN_LOCK.quiet
    _wait(SIGN_IN_LOCK.quiet + timedelta(minutes=1))
    for _ in range(5):
        assert (await _enter(database, "mei", "a wrong password")).status is SignInStatus.WRONG


async def test_of_many_guesses_at_once_five_are_checked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await _sign_up(database, handle="mei")
    checked = 0
    verify = HASHERS.verify

    async def count(hash: str | None, secret: bytes) -> bool:
        nonlocal checked
        checked += 1
        return await verify(hash, secret)

    monkeypatch.setattr(HASHERS, "verify", count)
    origins = [Origin(address=f"203.0.113.{number}") for number in range(60)]
    results = await asyncio.gather(*(_enter(database, "mei", f"guess {o.address}", o) for o in origins))
    assert checked == 5
    assert sorted(result.status for result in results) == [SignInStatus.LOCKED] * 55 + [SignInStatus.WRONG] * 5


async def test_an_address_that_guesses_at_many_names_is_locked_out(database: Database) -> None:
    await _sign_up(database, handle="mei")
    origin = Origin(address="2001:db8:1:2:3::1")
    neighbour = Origin(address="2001:db8:1:2:ffff::9")
    await _enter(database, "nobody", "a wrong password", origin)
    async with database.transaction() as tx:
        await tx.run(Statement("test", "update identity.attempts set attempts = 99 where key like 'sign_in:2001%'"))
    # One that was right takes back its own count and no more.
    assert (await _enter(database, "mei", origin=neighbour)).status is SignInStatus.CREATED
    assert (await _enter(database, "nobody", "a wrong password", neighbour)).status is SignInStatus.WRONG
    assert (await _enter(database, "mei", origin=origin)).status is SignInStatus.LOCKED
    assert (await _enter(database, "mei", origin=Origin(address="2001:db8:1:3::1"))).status is SignInStatus.CREATED


async def test_too_many_hashes_are_refused_and_not_queued() -> None:
    hashers = Hashers(waiting_max=4)
    asked = await asyncio.gather(*(hashers.hash(b"secret") for _ in range(7)), return_exceptions=True)
    assert [isinstance(each, QueueFull) for each in asked] == [False] * 4 + [True] * 3
    assert await hashers.verify(str(asked[0]), b"secret")


async def test_signing_in_again_ends_the_session_in_whose_place_it_is(database: Database) -> None:
    mei, lin = await _sign_up(database, handle="mei"), await _sign_up(database, handle="lin")
    first = await _enter(database, "mei")
    second = await _enter(database, "mei", cookie=first.cookie)
    third = await _enter(database, "lin", cookie=second.cookie)
    assert first.cookie != second.cookie
    for result, person_id in ((first, None), (second, None), (third, lin)):
        cookie = SessionCookie.read(result.cookie or "")
        assert cookie
        caller = await find_caller(database, cookie)
        assert (caller.person_id if caller else None) == person_id
    assert await _events(database, mei) == [
        "PersonSignedUp",
        *("SessionStarted", "SessionEnded", "SessionStarted", "SessionEnded"),
    ]


async def test_a_cookie_with_another_secret_ends_and_opens_nothing(database: Database) -> None:
    await _sign_up(database, handle="mei")
    result = await _enter(database, "mei")
    assert result.session_id
    forged = SessionCookie(result.session_id, bytes(32))
    assert await find_caller(database, forged) is None
    await _enter(database, "mei", cookie=forged.value)
    real = SessionCookie.read(result.cookie or "")
    assert real
    assert await find_caller(database, real)


async def test_what_is_no_cookie_of_ours_is_nothing(database: Database) -> None:
    for value in ("", "x", "0" * 75, "é" * 75, "0" * 74 + "*", "-" * 75, "0" * 10_000):
        cookie = SessionCookie.read(value)
        assert cookie is None or await find_caller(database, cookie) is None, value


async def test_the_secret_of_a_session_is_not_stored(database: Database) -> None:
    result = await start_session(database, await _sign_up(database, handle="mei"), ORIGIN)
    cookie = SessionCookie.read(result.cookie or "")
    assert cookie
    async with database.read() as reader:
        row = await reader.value(Statement("test", "select s::text from identity.sessions s"))
    assert cookie.secret.hex() not in row
    assert cookie.csrf_secret.hex() not in row
    assert cookie.secret_hash.hex() in row


async def test_a_session_ends_when_it_is_idle_or_old(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei")
    idle = SessionCookie.read((await start_session(database, person_id, ORIGIN)).cookie or "")
    used = SessionCookie.read((await start_session(database, person_id, ORIGIN)).cookie or "")
    assert idle
    assert used
    started = CLOCK.offset
    _wait(SESSION_IDLE - SEEN_EVERY)
    assert await find_caller(database, used)
    _wait(SEEN_EVERY)
    assert await find_caller(database, idle) is None
    while CLOCK.offset - started < SESSION_ABSOLUTE - SESSION_IDLE:
        assert await find_caller(database, used)
        _wait(SESSION_IDLE - SEEN_EVERY)
    assert await find_caller(database, used)
    CLOCK.follow(started + SESSION_ABSOLUTE + timedelta(seconds=1))
    assert await find_caller(database, used) is None


async def test_being_here_is_noted_every_few_minutes_in_the_one_statement(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei")
    cookie = SessionCookie.read((await start_session(database, person_id, ORIGIN)).cookie or "")
    assert cookie

    async def seen() -> Any:
        async with database.read() as reader:
            return (await get_sessions(reader, person_id, clock.now()))[0].seen_at

    first = await seen()
    _wait(SEEN_EVERY - timedelta(seconds=30))
    counter = db.count_statements()
    assert await find_caller(database, cookie)
    assert counter.statements == 1
    assert await seen() == first
    _wait(timedelta(minutes=1))
    counter = db.count_statements()
    assert await find_caller(database, cookie)
    assert counter.statements == 1
    assert await seen() > first


async def test_sessions_are_listed_and_ended(database: Database) -> None:
    mei, lin = await _sign_up(database, handle="mei"), await _sign_up(database, handle="lin")
    ids = [(await start_session(database, mei, ORIGIN)).session_id for _ in range(4)]
    foreign = (await start_session(database, lin, ORIGIN)).session_id
    assert foreign
    async with database.transaction() as tx:
        sessions = await get_sessions(tx, mei, tx.now)
        assert {session.id for session in sessions} == set(ids)
        assert {(session.address, session.user_agent) for session in sessions} == {("203.0.113.7", "a browser")}

        def end(id: UUID | None) -> EndSession:
            assert id
            return EndSession(id=id, person_id=mei, actor=ORIGIN.actor(mei))

        assert await end_sessions(tx, [end(ids[0]), end(foreign), end(ids[0]), end(new_id())]) == [
            EndSessionStatus.ENDED,
            EndSessionStatus.NOT_FOUND,
            EndSessionStatus.NOT_FOUND,
            EndSessionStatus.NOT_FOUND,
        ]
        others = EndOtherSessions(person_id=mei, keep_id=ids[1], actor=ORIGIN.actor(mei))
        assert await end_other_sessions(tx, [others, others]) == [2, 0]
        assert [session.id for session in await get_sessions(tx, mei, tx.now)] == [ids[1]]
        assert [session.id for session in await get_sessions(tx, lin, tx.now)] == [foreign]


async def test_who_stole_a_session_ends_no_other(database: Database) -> None:
    mei, lin = await _sign_up(database, handle="mei"), await _sign_up(database, handle="lin")
    here, there, stolen = [(await start_session(database, mei, ORIGIN)).session_id for _ in range(3)]
    foreign = (await start_session(database, lin, ORIGIN)).session_id

    async def end(session_id: UUID | None, password: str = PASSWORD, by: UUID | None = here) -> tuple[str, int]:
        origin = replace(ORIGIN, session_id=by)
        result = await end_elsewhere(database, mei, password, origin, keep_id=by, session_id=session_id)
        return result.status, result.ended

    assert await end(there, "not the password") == ("login_password_wrong", 0)
    assert await end(foreign) == ("not_found", 0)
    assert await end(there) == ("ended", 1)
    assert await end(there) == ("not_found", 0)
    for _ in range(SIGN_IN_LOCK.tries):
        assert await end(None, "not the password", by=stolen) == ("login_password_wrong", 0)
    assert await end(None, by=stolen) == ("login_password_locked", 0)
    # Nor does the thief keep its person from ending it: what was tried there counts there.
    assert await end(None) == ("ended", 1)
    async with database.read() as reader:
        assert [session.id for session in await get_sessions(reader, mei, clock.now())] == [here]


async def test_a_phone_number_is_one_more_name_and_one_persons(database: Database) -> None:
    mei = await _sign_up(database, handle="mei")
    lin = await _sign_up(database, phone="13900139000")

    async def change(id: UUID, phone: str | None, password: str = PASSWORD) -> str:
        entered = ChangePhone(person_id=id, phone=phone, login_password=password)
        return (await change_phone(database, entered, ORIGIN)).status

    assert [await change(mei, text) for text in ("12", "")] == ["phone_malformed"] * 2
    assert await change(mei, "13800138000", "not the password") == "login_password_wrong"
    assert await change(mei, "13800138000", "my 13800138000") == "password_contains_name"
    assert await change(mei, "13900139000") == "phone_taken"
    assert await change(lin, None) == "name_missing"
    assert await change(mei, "138 0013 8000") == "changed"
    assert await change(mei, "+8613800138000") == "exists"
    assert (await _enter(database, "13800138000")).status is SignInStatus.CREATED
    # The one before is nobody's then; of two who want it at once one has it.
    assert await change(mei, "13700137000") == "changed"
    assert (await _enter(database, "13800138000")).status is SignInStatus.WRONG
    wanted = await asyncio.gather(change(mei, "13800138000"), change(lin, "13800138000"))
    assert sorted(wanted) == ["changed", "phone_taken"]
    of_lin = "13800138000" if wanted[1] == "changed" else "13900139000"
    assert await change(mei, None) in ("changed", "exists")
    assert (await _enter(database, "mei")).status is SignInStatus.CREATED
    _wait(timedelta(days=1, seconds=1))
    for _ in range(PHONE_LOCK.tries):
        # Who stole a session locks nobody's number, and learns of none.
        assert (await change(mei, of_lin, "no")).startswith("login_password_")
    _wait(timedelta(days=1, seconds=1))
    tried = [await change(mei, of_lin) for _ in range(PHONE_LOCK.tries + 1)]
    assert set(tried[:-1]) == {"phone_taken"}
    assert tried[-1] == "locked", "whoever tries many would learn whose they are"


async def test_the_session_that_was_idle_longest_makes_room(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei")
    ids = [(await start_session(database, person_id, ORIGIN)).session_id for _ in range(SESSIONS_MAX + 2)]
    async with database.read() as reader:
        assert {s.id for s in await get_sessions(reader, person_id, clock.now())} == set(ids[2:])


async def test_another_password_ends_all_other_sessions(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei", phone="13800138000")
    here = (await start_session(database, person_id, ORIGIN)).session_id
    await start_session(database, person_id, ORIGIN)
    result = await change_password(database, person_id, PASSWORD, "another goose", ORIGIN, here)
    assert result.status is PasswordStatus.CHANGED
    async with database.read() as reader:
        assert [session.id for session in await get_sessions(reader, person_id, clock.now())] == [here]
    assert (await _enter(database, "mei")).status is SignInStatus.WRONG
    assert (await _enter(database, "mei", "another goose")).status is SignInStatus.CREATED
    assert (await _events(database, person_id))[-3:] == ["SessionEnded", "PasswordChanged", "SessionStarted"]


_IS_WAITED_FOR = Statement(
    "test",
    "select exists (select from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid)))",
)


async def test_nobody_waits_in_a_circle(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei")
    entered = SetPaymentPassword(person_id=person_id, payment_password="592817", login_password=PASSWORD)
    await set_payment_password(database, entered, ORIGIN)
    await _enter(database, "mei")
    await _enter(database, "mei", "a wrong password")
    name, address, actor = sign_in_key("handle:mei"), f"sign_in:{ORIGIN.address}", ORIGIN.actor(person_id)

    async def alone(work: Callable[[Transaction], Awaitable[None]]) -> None:
        async with database.transaction() as tx:
            await work(tx)

    async def cancel(tx: Transaction) -> None:
        await publish(tx, [Occurrence(PasswordChanged(), person_id, person_id, actor)])

    # What one holds · what another does meanwhile, and has to wait · what the first does then.
    circles: list[tuple[Callable[[Transaction], Awaitable[Any]], ...]] = [
        (
            lambda tx: tx.run(SQL.uncount_attempt, address),
            lambda tx: forgive_attempts(tx, [name], ORIGIN),
            lambda tx: tx.run(SQL.forget_attempts_of, name),
        ),
        (
            lambda tx: store.lock_payment_passwords(tx, [person_id]),
            lambda tx: end_what_it_opened(tx, person_id, actor, None),
            cancel,
        ),
    ]
    for hold, work, go_on in circles:
        async with database.transaction() as tx:
            await hold(tx)
            working = asyncio.create_task(alone(work))
            while not await tx.value(_IS_WAITED_FOR):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)
            await go_on(tx)
        await working


async def test_a_password_that_can_not_be_changed_stays(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei", phone="13800138000")
    for old, new, status in (
        (PASSWORD, "short", PasswordStatus.PASSWORD_TOO_SHORT),
        (PASSWORD, "x" * 129, PasswordStatus.PASSWORD_TOO_LONG),
        (PASSWORD, "11111111", PasswordStatus.PASSWORD_BREACHED),
        (PASSWORD, "i am mei!", PasswordStatus.PASSWORD_CONTAINS_NAME),
        (PASSWORD, "no 13800138000", PasswordStatus.PASSWORD_CONTAINS_NAME),
        ("a wrong password", "another goose", PasswordStatus.WRONG),
    ):
        assert (await change_password(database, person_id, old, new, ORIGIN)).status is status, new
    assert (await _enter(database, "mei")).status is SignInStatus.CREATED


async def test_the_old_password_is_not_guessed_either(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei")
    for _ in range(SIGN_IN_LOCK.tries):
        result = await change_password(database, person_id, "a wrong password", "another goose", ORIGIN)
        assert result.status is PasswordStatus.WRONG
    result = await change_password(database, person_id, PASSWORD, "another goose", ORIGIN)
    assert result.status is PasswordStatus.LOCKED
    assert result.locked_until


async def test_signing_up_again_with_the_id_and_name_of_another_opens_nothing(database: Database) -> None:
    person_id = await _sign_up(database, handle="mei")
    again = SignUp(id=person_id, handle="mei", display_name="梅", password="what somebody else knows")
    assert (await sign_up(database, again, ORIGIN, is_open=True)).status is SignUpStatus.EXISTS
    assert (await _enter(database, "mei", "what somebody else knows")).status is SignInStatus.WRONG


async def test_people_made_by_the_program_sign_in_too(database: Database) -> None:
    command = sign_up_command(handle="made")
    async with database.transaction() as tx:
        await sign_up_people(tx, [command])
    assert (await _enter(database, "made", "a")).status is SignInStatus.CREATED

"""Signing up and in, and the login password: hashes between short transactions, never inside one."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from uuid import UUID

from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.identity import PasswordChanged, RecoveryCodeRevoked, SessionEnded
from weiji.identity import store
from weiji.identity.codes import is_way, person_on, use_code, write_way
from weiji.identity.cookies import SessionCookie
from weiji.identity.hashing import HASHERS
from weiji.identity.model import (
    CancelPaymentPasswordReset,
    EndOtherSessions,
    Origin,
    PasswordResult,
    PasswordStatus,
    ResetEnd,
    SignIn,
    SignInResult,
    SignInStatus,
    SignUp,
    SignUpPerson,
    SignUpResult,
    SignUpStatus,
    StartSession,
)
from weiji.identity.naming import screen_names
from weiji.identity.operations import (
    cancel_payment_password_resets,
    end_other_sessions,
    sign_up_people,
    start_sessions,
)
from weiji.identity.rules import (
    ADDRESS_LOCK,
    DEVICE_BYTES,
    SESSION_ABSOLUTE,
    SIGN_IN_LOCK,
    SIGN_UP_LOCK,
    Lock,
    breached_passwords,
    clean_display_name,
    clean_handle,
    clean_password,
    clean_phone,
    judge_password,
    to_hash,
)
from weiji.identity.store import SQL
from weiji.kit import clock
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.seal import KEYS
from weiji.kit.security import note_refusal

USER_AGENT_MAX: Final = 300


async def sign_up(database: Database, entered: SignUp, origin: Origin, *, is_open: bool) -> SignUpResult:
    """Make a person of what somebody entered. Starts no session: whoever signed up signs in with the password.

    Raises QueueFull where too many passwords wait to be hashed.
    """
    if not is_open:
        return SignUpResult(SignUpStatus.CLOSED)
    read = _read_names(entered)
    if isinstance(read, SignUpStatus):
        return SignUpResult(read)
    handle, phone, display_name = read
    async with database.read() as reader:
        (found,) = await screen_names(reader, [(entered.id, display_name)])
    if found:
        return SignUpResult(SignUpStatus.DISPLAY_NAME_REFUSED, refused=tuple(found))
    password = clean_password(entered.password)
    await asyncio.to_thread(breached_passwords)
    refused = judge_password(password, [name for name in (handle, phone) if name])
    if refused:
        return SignUpResult(SignUpStatus(refused.value))
    locked_until = await count(database, [(key, SIGN_UP_LOCK) for key in _address_keys("sign_up", origin)])
    if locked_until:
        return SignUpResult(SignUpStatus.LOCKED, locked_until)
    command = SignUpPerson(
        id=entered.id,
        handle=handle,
        phone=phone,
        display_name=display_name,
        locale=entered.locale,
        password_hash=await HASHERS.hash(to_hash(password)),
        actor=origin.actor(entered.id),
    )
    statuses = await database.retried(lambda tx: sign_up_people(tx, [command]))
    return SignUpResult(statuses[0])


def _read_names(entered: SignUp) -> tuple[str | None, str | None, str] | SignUpStatus:
    """Read handle, phone number and display name, or say what is wrong with one of them."""
    if not entered.handle and not entered.phone:
        return SignUpStatus.NAME_MISSING
    handle = clean_handle(entered.handle) if entered.handle else None
    if entered.handle and not handle:
        return SignUpStatus.HANDLE_MALFORMED
    phone = clean_phone(entered.phone) if entered.phone else None
    if entered.phone and not phone:
        return SignUpStatus.PHONE_MALFORMED
    display_name = clean_display_name(entered.display_name)
    if not display_name:
        return SignUpStatus.DISPLAY_NAME_MALFORMED
    return handle, phone, display_name


async def sign_in(database: Database, entered: SignIn, origin: Origin) -> SignInResult:
    """Start a session for whoever knows a name and its password.

    The attempt is counted before anything is checked, and an unknown name takes as long as a wrong password.
    Raises QueueFull where too many passwords wait to be hashed.
    """
    name = registry_name(entered.name)
    locked_until = await count_way_in(database, origin, sign_in_key(name))
    if locked_until:
        note_refusal("sign_in_refused", reason="locked")
        return SignInResult(SignInStatus.LOCKED, locked_until=locked_until)
    async with database.read() as reader:
        person_id = (await store.find_names(reader, [name])).get(name)
        row = await reader.row(SQL.get_password, shard_of(person_id), person_id) if person_id else None
    hash = row["password_hash"] if row else None
    is_right = await HASHERS.verify(hash, to_hash(clean_password(entered.password)))
    if not is_right or person_id is None:
        note_refusal("sign_in_refused", reason="wrong", person=person_id)
        return SignInResult(SignInStatus.WRONG)

    assert hash is not None, "what is nobody's hash is never right"
    if entered.code:
        return await _start_with_code(
            database, person_id, hash, [name], entered.code, entered.cookie, origin, is_by_way=False
        )

    async def start(tx: Transaction) -> SignInResult:
        if not await tx.row(SQL.hold_password, shard_of(person_id), person_id, hash):
            # Another was set in between, and ended all sessions: none starts by the one before.
            return SignInResult(SignInStatus.WRONG)
        if await tx.value(SQL.has_second_factor, shard_of(person_id), person_id):
            # It was right, so it counts for nothing where it came from; of the name, once the code is right, too.
            await forgive_attempts(tx, [], origin)
            return SignInResult(SignInStatus.CODE_NEEDED, way=write_way(person_id, hash, clock.wall()))
        result = await begin_session(tx, person_id, origin, entered.cookie)
        await forgive_attempts(tx, [sign_in_key(name)], origin)
        return result

    return await database.retried(start)


async def finish_sign_in(
    database: Database, way: str, code: str, origin: Origin, cookie: str | None = None
) -> SignInResult:
    """Start a session for whoever gave the right password a while ago, and now a code. `wrong`: begin anew.

    The attempt is counted before anything is checked. A way leads to a code and nowhere else: where none is asked for
    any more, it is `wrong`, too.
    """
    locked_until = await count_way_in(database, origin)
    if locked_until:
        note_refusal("sign_in_refused", reason="locked")
        return SignInResult(SignInStatus.LOCKED, locked_until=locked_until)
    person_id = person_on(way)
    if person_id is None:
        return SignInResult(SignInStatus.WRONG)
    async with database.read() as reader:
        row = await reader.row(SQL.get_password, shard_of(person_id), person_id)
    if row is None or not is_way(way, row["password_hash"], clock.wall()):
        return SignInResult(SignInStatus.WRONG)
    names = store.names_of(row["handle"], store.phone_of(row)).all()
    return await _start_with_code(
        database, person_id, row["password_hash"], names, code, cookie, origin, is_by_way=True
    )


async def _start_with_code(
    database: Database,
    person_id: UUID,
    hash: str,
    names: Collection[str],
    code: str,
    cookie: str | None,
    origin: Origin,
    *,
    is_by_way: bool,
) -> SignInResult:
    locked_until = await count_code(database, person_id)
    if locked_until:
        return SignInResult(SignInStatus.LOCKED, locked_until=locked_until)

    async def start(tx: Transaction) -> SignInResult:
        if not await tx.row(SQL.hold_password, shard_of(person_id), person_id, hash):
            return SignInResult(SignInStatus.WRONG)
        is_asked = await tx.value(SQL.has_second_factor, shard_of(person_id), person_id)
        if is_by_way and not is_asked:
            return SignInResult(SignInStatus.WRONG)
        if is_asked and not await use_code(tx, person_id, code, clock.wall(), origin.actor(person_id)):
            return SignInResult(SignInStatus.CODE_WRONG)
        result = await begin_session(tx, person_id, origin, cookie)
        await forgive_attempts(tx, [code_key(person_id), *map(sign_in_key, names)], origin)
        return result

    result = await database.retried(start)
    if result.status is SignInStatus.CODE_WRONG:
        note_wrong_code(person_id)
    return result


async def count_code(database: Database, person_id: UUID) -> datetime | None:
    """Count a try of a code, before it is checked; tell until when there is none, if it is locked."""
    locked_until = await count(database, [(code_key(person_id), SIGN_IN_LOCK)])
    if locked_until:
        note_refusal("code_refused", reason="locked", person=person_id)
    return locked_until


def note_wrong_code(person_id: UUID) -> None:
    """Note that a code was refused. Outside the transaction that refused it, which may run more than once."""
    note_refusal("code_refused", reason="wrong", person=person_id)


async def forgive_code(tx: Transaction, person_id: UUID) -> None:
    """Forget wrong codes, for who had a right one."""
    await tx.run(SQL.forget_attempts_of, code_key(person_id))


async def start_session(database: Database, person_id: UUID, origin: Origin, cookie: str | None = None) -> SignInResult:
    """Start a session for a person whom somebody else vouches for: the demo's bar, say.

    The session of the *cookie* that the browser sent, if any, ends with it.
    """
    return await database.retried(lambda tx: begin_session(tx, person_id, origin, cookie))


async def begin_session(tx: Transaction, person_id: UUID, origin: Origin, replaced: str | None) -> SignInResult:
    """Start a session in an open transaction, and end the one whose cookie is *replaced* by it."""
    fresh = SessionCookie.make(person_id)
    old = SessionCookie.read(replaced) if replaced else None
    if old:
        owner = await tx.value(SQL.end_presented_session, shard_of(old.session_id), old.session_id, old.secret_hash)
        if owner:
            ended = SessionEnded(session_id=old.session_id)
            await publish(tx, [Occurrence(ended, owner, owner, origin.actor(owner))])
    command = StartSession(
        id=fresh.session_id,
        person_id=person_id,
        secret_hash=fresh.secret_hash,
        user_agent=origin.user_agent[:USER_AGENT_MAX],
        device=_name_device(person_id, origin.device) if origin.device else None,
        actor=origin.actor(person_id),
    )
    await start_sessions(tx, [command])
    return SignInResult(
        SignInStatus.CREATED, person_id, fresh.session_id, fresh.value, expires_at=tx.now + SESSION_ABSOLUTE
    )


def _name_device(person_id: UUID, device: str) -> str:
    """Name a person's device: nobody can tell from it that two people signed in on one."""
    return KEYS.pepper(person_id.bytes + device.encode(), "identity.device")[:DEVICE_BYTES].hex()


async def change_password(
    database: Database,
    person_id: UUID,
    old_password: str,
    new_password: str,
    origin: Origin,
    keep_session_id: UUID | None = None,
) -> PasswordResult:
    """Give a person another login password, and end all their sessions but one.

    A reset of the payment password that is under way ends with it, and the recovery code: whoever knew the one before
    may have asked for them. Publishes PasswordChanged, RecoveryCodeRevoked and what else ends.
    """
    password = clean_password(new_password)
    async with database.read() as reader:
        row = await reader.row(SQL.get_password, shard_of(person_id), person_id)
    names = [row["handle"], store.phone_of(row)] if row else []
    await asyncio.to_thread(breached_passwords)
    refused = judge_password(password, [name for name in names if name])
    if refused:
        return PasswordResult(refused)
    is_right, locked_until, hash = await check_password(database, person_id, old_password, origin)
    if not is_right:
        return PasswordResult(PasswordStatus.LOCKED if locked_until else PasswordStatus.WRONG, locked_until)
    new_hash = await HASHERS.hash(to_hash(password))

    async def change(tx: Transaction) -> PasswordResult:
        if not await tx.row(SQL.change_password, shard_of(person_id), person_id, hash, new_hash, tx.now):
            # Somebody changed it in between: what was checked is the old one no longer.
            return PasswordResult(PasswordStatus.WRONG)
        actor = origin.actor(person_id)
        had_code = await tx.row(SQL.end_recovery_code, shard_of(person_id), person_id) is not None
        await end_what_it_opened(tx, person_id, actor, keep_session_id)
        events: list[Event] = [PasswordChanged(), RecoveryCodeRevoked()] if had_code else [PasswordChanged()]
        await publish(tx, [Occurrence(event, person_id, person_id, actor) for event in events])
        return PasswordResult(PasswordStatus.CHANGED, is_recovery_code_ended=had_code)

    return await database.retried(change)


async def end_what_it_opened(tx: Transaction, person_id: UUID, actor: Actor, keep_session_id: UUID | None) -> None:
    """End what the login password of before may have opened: all sessions but one, a reset of the payment password.

    The payment password is locked before the sessions, and both before the stream of the person: as by whoever ends
    one of them alone.
    """
    await store.lock_payment_passwords(tx, [person_id])
    await end_other_sessions(tx, [EndOtherSessions(person_id=person_id, keep_id=keep_session_id, actor=actor)])
    cancel = CancelPaymentPasswordReset(person_id=person_id, reason=ResetEnd.LOGIN_PASSWORD_CHANGED, actor=actor)
    await cancel_payment_password_resets(tx, [cancel])


async def check_password(
    database: Database, person_id: UUID, password: str, origin: Origin
) -> tuple[bool, datetime | None, str | None]:
    """Check the login password of somebody signed in: whether it is right, until when it is locked, and its hash."""
    key = password_key(person_id, origin.session_id)
    locked_until = await count(database, [(key, SIGN_IN_LOCK)])
    if locked_until:
        note_refusal("login_password_refused", reason="locked", person=person_id)
        return False, locked_until, None
    async with database.read() as reader:
        row = await reader.row(SQL.get_password, shard_of(person_id), person_id)
    hash = row["password_hash"] if row else None
    is_right = await HASHERS.verify(hash, to_hash(clean_password(password)))
    if is_right:
        async with database.transaction() as tx:
            await tx.run(SQL.forget_attempts_of, key)
    else:
        note_refusal("login_password_refused", reason="wrong", person=person_id)
    return is_right, None, hash


def sign_in_key(name: str) -> str:
    """Name what tries of the password of a registry name are counted under."""
    return f"sign_in:{name}"


def code_key(person_id: UUID) -> str:
    """Name what tries of a code are counted under."""
    return f"code:{person_id}"


def password_key(person_id: UUID, session_id: UUID | None) -> str:
    """Name what tries of the login password by somebody signed in are counted under.

    Each session has tries of its own: else who stole one would keep its person from ending it, by wrong ones. Only the
    right password starts another session, so that no thief has more. What is in none, such as a key, shares one count.
    """
    return f"password:{person_id}:{session_id}" if session_id else f"password:{person_id}"


def phone_key(person_id: UUID) -> str:
    """Name what a person's changes of phone number are counted under: each tells whether somebody has it."""
    return f"phone:{person_id}"


async def count_way_in(database: Database, origin: Origin, key: str | None = None) -> datetime | None:
    """Count an attempt to get in where it comes from, and under *key*; tell until when it is locked, if it is."""
    locks = [(each, ADDRESS_LOCK) for each in _address_keys("sign_in", origin)]
    return await count(database, [*locks, (key, SIGN_IN_LOCK)] if key else locks)


async def forgive_attempts(tx: Transaction, keys: Collection[str], origin: Origin) -> None:
    """Forget what was wrong under *keys*, for who got in; of where they are, only that this one was right.

    Addresses come first, as where they are counted: so nobody waits in a circle.
    """
    for key in _address_keys("sign_in", origin):
        await tx.run(SQL.uncount_attempt, key)
    for key in sorted(keys):
        await tx.run(SQL.forget_attempts_of, key)


async def count(database: Database, locks: list[tuple[str, Lock]]) -> datetime | None:
    """Count an attempt under each key until one is locked; tell until when it is. In a transaction of its own."""

    async def count_all(tx: Transaction) -> datetime | None:
        for key, lock in locks:
            locked_until = await count_once(tx, key, lock)
            if locked_until:
                return locked_until
        return None

    return await database.retried(count_all)


async def count_once(tx: Transaction, key: str, lock: Lock) -> datetime | None:
    """Count an attempt under a key unless it is locked; tell until when it is. Others wait until *tx* ends."""
    quiet_since = tx.now - lock.quiet if lock.quiet else None
    if await tx.row(SQL.count_attempt, key, tx.now, lock.tries, lock.ends(tx.now), quiet_since):
        return None
    until: datetime | None = await tx.value(SQL.get_attempts, key)
    # Somebody who was right may have lifted the lock meanwhile: then it lasts no longer than now.
    return max(until or tx.now, tx.now)


def registry_name(typed: str) -> str:
    """Find the registry name that was meant. What can be nobody's name gets one too, so that it is answered alike."""
    handle = clean_handle(typed)
    phone = None if handle else clean_phone(typed)
    names = store.names_of(handle, phone).all()
    return names[0] if names else f"other:{sha256(to_hash(typed)).hexdigest()}"


async def find_person(reader: Reader, typed: str) -> UUID | None:
    """Find who signs in as what was typed: a handle or a phone number."""
    return (await find_persons(reader, [typed])).get(typed)


async def find_persons(reader: Reader, typed: Collection[str]) -> dict[str, UUID]:
    """Find who signs in as each text that was typed. Those that are nobody's are left out."""
    names = {text: registry_name(text) for text in typed}
    found = await store.find_names(reader, sorted(set(names.values())))
    return {text: found[name] for text, name in names.items() if name in found}


def _address_keys(what: str, origin: Origin) -> list[str]:
    """Name the network that a request comes from: an IPv4 address, or the half of an IPv6 one that one customer has."""
    if not origin.address:
        return []
    address = ip_address(origin.address)
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or ip_network((address, 64), strict=False).network_address
    return [f"{what}:{address}"]

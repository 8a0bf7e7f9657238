"""The recovery code: what somebody wrote down against the day when they have forgotten the login password.

It is a look-up secret (OWASP ASVS 5.0, 6.5) of 140 random bits, used once. SHA-256 keeps it as well as a slow hash
would: no person chose it, and nobody tries so many, even with the database at hand.
"""

import asyncio
import secrets
from typing import Final
from uuid import UUID

from weiji.events import Occurrence, publish
from weiji.events.identity import PasswordChanged, RecoveryCodeMade, RecoveryCodeRevoked, RecoveryCodeUsed
from weiji.identity import store
from weiji.identity.codes import write_way
from weiji.identity.hashing import HASHERS
from weiji.identity.model import (
    MakeRecoveryCodeResult,
    MakeRecoveryCodeStatus,
    Origin,
    RecoverAccount,
    RecoverResult,
    RecoverStatus,
    RevokeRecoveryCodeResult,
    RevokeRecoveryCodeStatus,
    SignInResult,
    SignInStatus,
)
from weiji.identity.oneself import Unproven, do_as_oneself
from weiji.identity.rules import (
    RECOVERY_ALPHABET,
    RECOVERY_LENGTH,
    breached_passwords,
    clean_password,
    clean_recovery_code,
    group_recovery_code,
    hash_recovery_code,
    judge_password,
    to_hash,
)
from weiji.identity.sign_in import (
    begin_session,
    code_key,
    count_way_in,
    end_what_it_opened,
    forgive_attempts,
    password_key,
    registry_name,
    sign_in_key,
)
from weiji.identity.store import SQL
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.security import note_refusal

NOBODY: Final = UUID(int=0)
"""Whose code is looked for where nobody has the name: the same statements run, and take as long."""


async def make_recovery_code(
    database: Database, person_id: UUID, login_password: str, origin: Origin, code: str = ""
) -> MakeRecoveryCodeResult:
    """Give a person who knows the login password a recovery code, in the place of the one before.

    Where they added an app, it takes a *code* of it, too, and no recovery code instead: by the one that is made here
    the app could be removed. Nobody can ask for the code again: where the answer was lost, another is made. Publishes
    RecoveryCodeMade. Raises QueueFull where too many passwords wait to be hashed.
    """
    made = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))

    async def write(tx: Transaction) -> MakeRecoveryCodeResult:
        shard = shard_of(person_id)
        is_replacement = await tx.row(SQL.end_recovery_code, shard, person_id) is not None
        await tx.run(SQL.add_recovery_code, shard, person_id, hash_recovery_code(person_id, made), tx.now)
        event = RecoveryCodeMade(is_replacement=is_replacement)
        await publish(tx, [Occurrence(event, person_id, person_id, origin.actor(person_id))])
        return MakeRecoveryCodeResult(MakeRecoveryCodeStatus.CREATED, group_recovery_code(made))

    result = await do_as_oneself(database, person_id, login_password, origin, write, code=code)
    if isinstance(result, Unproven):
        return MakeRecoveryCodeResult(MakeRecoveryCodeStatus(result.status), locked_until=result.locked_until)
    return result


async def revoke_recovery_code(
    database: Database, person_id: UUID, login_password: str, origin: Origin, code: str = ""
) -> RevokeRecoveryCodeResult:
    """End the recovery code of a person, who shows what making one takes: a stolen session ends nobody's way back.

    Publishes RecoveryCodeRevoked. Raises QueueFull where too many passwords wait to be hashed.
    """

    async def write(tx: Transaction) -> RevokeRecoveryCodeResult:
        if await tx.row(SQL.end_recovery_code, shard_of(person_id), person_id) is None:
            return RevokeRecoveryCodeResult(RevokeRecoveryCodeStatus.NOT_FOUND)
        await publish(tx, [Occurrence(RecoveryCodeRevoked(), person_id, person_id, origin.actor(person_id))])
        return RevokeRecoveryCodeResult(RevokeRecoveryCodeStatus.REVOKED)

    result = await do_as_oneself(database, person_id, login_password, origin, write, code=code)
    if isinstance(result, Unproven):
        return RevokeRecoveryCodeResult(RevokeRecoveryCodeStatus(result.status), result.locked_until)
    return result


async def recover_account(database: Database, entered: RecoverAccount, origin: Origin) -> RecoverResult:
    """Set another login password for whoever has the recovery code, and sign them in. The code is used up.

    The attempt is counted before anything is looked up, and a wrong name takes as long as a wrong code. It is counted
    by where it comes from only: 140 random bits need no lock of a name, by which strangers would keep its person out.
    All sessions end, and a reset of the payment password that is under way: whoever knew the old password may have
    begun them.
    Publishes RecoveryCodeUsed, PasswordChanged and what ends. Raises QueueFull where too many passwords wait to be
    hashed.
    """
    code = clean_recovery_code(entered.code)
    if code is None:
        return RecoverResult(RecoverStatus.CODE_MALFORMED)
    password = clean_password(entered.new_password)
    await asyncio.to_thread(breached_passwords)
    refused = judge_password(password, [])
    if refused:
        return RecoverResult(RecoverStatus(refused.value))
    name = registry_name(entered.name)
    locked_until = await count_way_in(database, origin)
    if locked_until:
        note_refusal("recovery_refused", reason="locked")
        return RecoverResult(RecoverStatus.LOCKED, locked_until=locked_until)
    async with database.read() as reader:
        person_id = (await store.find_names(reader, [name])).get(name, NOBODY)
        code_hash = hash_recovery_code(person_id, code)
        row = await reader.row(SQL.find_recovery_code, shard_of(person_id), person_id, code_hash)
    if row is None:
        note_refusal("recovery_refused", reason="wrong", person=None if person_id == NOBODY else person_id)
        return RecoverResult(RecoverStatus.WRONG)
    names = [each for each in (row["handle"], store.phone_of(row)) if each]
    refused = judge_password(password, names)
    if refused:
        return RecoverResult(RecoverStatus(refused.value))
    new_hash = await HASHERS.hash(to_hash(password))

    async def recover(tx: Transaction) -> RecoverResult:
        shard = shard_of(person_id)
        await tx.rows(SQL.lock_people, [shard], [person_id])
        if not await tx.row(SQL.use_recovery_code, shard, person_id, code_hash):
            # Used, replaced or taken back in between.
            return RecoverResult(RecoverStatus.WRONG)
        await tx.run(SQL.set_password, shard, person_id, new_hash, tx.now)
        actor = origin.actor(person_id)
        await end_what_it_opened(tx, person_id, actor, keep_session_id=None)
        events = (RecoveryCodeUsed(), PasswordChanged())
        await publish(tx, [Occurrence(event, person_id, person_id, actor) for event in events])
        if await tx.value(SQL.has_second_factor, shard, person_id):
            # The code replaces the password, and not the app.
            way = write_way(person_id, new_hash, clock.wall())
            session = SignInResult(SignInStatus.CODE_NEEDED, way=way)
        else:
            session = await begin_session(tx, person_id, origin, entered.cookie)
        # Whoever forgot the password has locked it, too, by trying; whoever knew the old one may have locked the codes.
        await forgive_attempts(tx, [sign_in_key(name), password_key(person_id, None), code_key(person_id)], origin)
        return RecoverResult(RecoverStatus.CREATED, session)

    return await database.retried(recover)

"""The second factor: an app that makes codes. Adding and removing it takes the login password, and a code of it."""

from uuid import UUID

from weiji.events import BY_SYSTEM, Occurrence, publish
from weiji.events.identity import SecondFactorAdded, SecondFactorRemoved
from weiji.identity.codes import SEALED, clean_code, clean_secret, find_step, use_code
from weiji.identity.model import (
    AddSecondFactor,
    AddSecondFactorResult,
    AddSecondFactorStatus,
    EndOtherSessions,
    Origin,
    RemoveSecondFactor,
    RemoveSecondFactorResult,
    RemoveSecondFactorStatus,
)
from weiji.identity.oneself import Unproven, do_as_oneself
from weiji.identity.operations import end_other_sessions
from weiji.identity.sign_in import check_password, count_code, forgive_code, note_wrong_code
from weiji.identity.store import SQL
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.seal import KEYS


async def add_second_factor(database: Database, entered: AddSecondFactor, origin: Origin) -> AddSecondFactorResult:
    """Have a person sign in with an app's codes from now on; all their sessions but the one that is kept end.

    The code shows that the app has the secret. It is used up. Publishes SecondFactorAdded and SessionEnded. Raises
    QueueFull where too many passwords wait to be hashed.
    """
    person_id, shard = entered.person_id, shard_of(entered.person_id)
    secret = clean_secret(entered.secret)
    if secret is None:
        return AddSecondFactorResult(AddSecondFactorStatus.SECRET_MALFORMED)

    async def write(tx: Transaction) -> AddSecondFactorResult:
        # By the wall's clock, which a sandbox's turned one is not: a telephone knows no other.
        step = find_step(secret, clean_code(entered.code) or "", clock.wall())
        if step is None:
            return AddSecondFactorResult(AddSecondFactorStatus.CODE_WRONG)
        if await tx.row(SQL.lock_second_factor, shard, person_id):
            return AddSecondFactorResult(AddSecondFactorStatus.EXISTS)
        sealed = KEYS.seal_bytes(secret, SEALED, person_id)
        await tx.run(SQL.add_second_factor, shard, person_id, sealed, step, tx.now)
        actor = origin.actor(person_id)
        others = EndOtherSessions(person_id=person_id, keep_id=entered.keep_session_id, actor=actor)
        await end_other_sessions(tx, [others])
        await publish(tx, [Occurrence(SecondFactorAdded(), person_id, person_id, actor)])
        return AddSecondFactorResult(AddSecondFactorStatus.CREATED)

    result = await do_as_oneself(database, person_id, entered.login_password, origin, write)
    if isinstance(result, Unproven):
        return AddSecondFactorResult(AddSecondFactorStatus(result.status), result.locked_until)
    return result


async def remove_second_factor(
    database: Database, entered: RemoveSecondFactor, origin: Origin
) -> RemoveSecondFactorResult:
    """Have a person sign in with the password alone again: who has both, or the recovery code instead of the app.

    Publishes SecondFactorRemoved. Raises QueueFull where too many passwords wait to be hashed.
    """
    person_id, shard = entered.person_id, shard_of(entered.person_id)
    is_right, locked_until, login_hash = await check_password(database, person_id, entered.login_password, origin)
    if locked_until:
        return RemoveSecondFactorResult(RemoveSecondFactorStatus.LOGIN_PASSWORD_LOCKED, locked_until)
    if not is_right:
        return RemoveSecondFactorResult(RemoveSecondFactorStatus.LOGIN_PASSWORD_WRONG)
    locked_until = await count_code(database, person_id)
    if locked_until:
        return RemoveSecondFactorResult(RemoveSecondFactorStatus.CODE_LOCKED, locked_until)

    async def write(tx: Transaction) -> RemoveSecondFactorResult:
        if not await tx.row(SQL.hold_password, shard, person_id, login_hash):
            return RemoveSecondFactorResult(RemoveSecondFactorStatus.LOGIN_PASSWORD_WRONG)
        if not await tx.row(SQL.lock_second_factor, shard, person_id):
            return RemoveSecondFactorResult(RemoveSecondFactorStatus.NOT_FOUND)
        actor = origin.actor(person_id)
        if not await use_code(tx, person_id, entered.code, clock.wall(), actor):
            return RemoveSecondFactorResult(RemoveSecondFactorStatus.CODE_WRONG)
        if await tx.row(SQL.remove_second_factor, shard, person_id):
            event = SecondFactorRemoved(is_by_recovery_code=False)
            await publish(tx, [Occurrence(event, person_id, person_id, actor)])
        await forgive_code(tx, person_id)
        return RemoveSecondFactorResult(RemoveSecondFactorStatus.REMOVED)

    result = await database.retried(write)
    if result.status is RemoveSecondFactorStatus.CODE_WRONG:
        note_wrong_code(person_id)
    return result


async def drop_second_factor(tx: Transaction, person_id: UUID) -> bool:
    """Take the second factor of somebody away who has neither app nor recovery code; tell whether there was one.

    For the command line: whoever types it has made sure who asks. Publishes SecondFactorRemoved.
    """
    if not await tx.row(SQL.remove_second_factor, shard_of(person_id), person_id):
        return False
    event = SecondFactorRemoved(is_by_recovery_code=False)
    await publish(tx, [Occurrence(event, person_id, person_id, BY_SYSTEM)])
    return True

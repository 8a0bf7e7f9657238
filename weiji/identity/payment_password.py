"""The payment password: six digits, so what keeps it is the count of tries, and a pepper that the database has not.

Each try is counted and committed before it is checked. However many come at once, five are checked.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from weiji.events import Event, Occurrence, publish
from weiji.events.identity import (
    PaymentPasswordLocked,
    PaymentPasswordResetAsked,
    PaymentPasswordResetCancelled,
    PaymentPasswordSet,
)
from weiji.identity import rules, store
from weiji.identity.hashing import HASHERS
from weiji.identity.model import (
    AskPaymentPasswordResetResult,
    AskPaymentPasswordResetStatus,
    DayOfDigits,
    GrantAllowance,
    GrantAllowanceResult,
    GrantAllowanceStatus,
    Origin,
    PasswordCheck,
    PasswordCheckStatus,
    PaymentPasswordReset,
    PaymentPasswordResult,
    PaymentPasswordStatus,
    Refusal,
    ResetEnd,
    SetPaymentPassword,
)
from weiji.identity.oneself import Unproven, do_as_oneself
from weiji.identity.operations import grant_allowances
from weiji.identity.rules import (
    PAYMENT_LOCK,
    RESET_OPEN,
    RESET_WAIT,
    is_payment_password,
    is_too_easy,
    to_hash,
    tries_left,
)
from weiji.identity.sign_in import check_password
from weiji.identity.store import SQL
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Row, Transaction
from weiji.kit.ids import shard_of
from weiji.kit.seal import KEYS
from weiji.kit.security import note_refusal

PURPOSE: Final = "identity.payment_passwords"


async def check_payment_password(database: Database, person_id: UUID, password: str, origin: Origin) -> PasswordCheck:
    """Check a payment password, in transactions of its own: never call it with one open.

    Publishes PaymentPasswordLocked where the last try was wrong. Raises QueueFull where too many wait to be hashed.
    """
    check, _ = await _check(database, person_id, password, origin)
    return check


async def set_payment_password(
    database: Database, entered: SetPaymentPassword, origin: Origin
) -> PaymentPasswordResult:
    """Give a person a payment password, or another. Asks for the login password, and the old one where there is one.

    A reset that is open stands for the old one; where the old one is given instead, it ends a reset under way.
    Publishes PaymentPasswordSet, and PaymentPasswordResetCancelled. Raises QueueFull where too many passwords wait to
    be hashed.
    """
    person_id = entered.person_id
    if not is_payment_password(entered.payment_password):
        return PaymentPasswordResult(PaymentPasswordStatus.MALFORMED)
    if is_too_easy(entered.payment_password):
        return PaymentPasswordResult(PaymentPasswordStatus.TOO_EASY)
    is_right, locked_until, login_hash = await check_password(database, person_id, entered.login_password, origin)
    if locked_until:
        return PaymentPasswordResult(PaymentPasswordStatus.LOGIN_PASSWORD_LOCKED, locked_until=locked_until)
    if not is_right:
        return PaymentPasswordResult(PaymentPasswordStatus.LOGIN_PASSWORD_WRONG)
    old_hash: str | None = None
    if entered.old_payment_password is not None:
        check, old_hash = await _check(database, person_id, entered.old_payment_password, origin)
        if check.status is PasswordCheckStatus.WRONG:
            return PaymentPasswordResult(
                PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_WRONG, check.tries_left, check.locked_until
            )
        if check.status is PasswordCheckStatus.LOCKED:
            return PaymentPasswordResult(
                PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_LOCKED, locked_until=check.locked_until
            )
    new_hash = await HASHERS.hash(_peppered(person_id, entered.payment_password))

    async def write(tx: Transaction) -> PaymentPasswordResult:
        if not await tx.row(SQL.hold_password, shard_of(person_id), person_id, login_hash):
            # Another was set in between: what was checked is right no longer.
            return PaymentPasswordResult(PaymentPasswordStatus.LOGIN_PASSWORD_WRONG)
        held = (await store.lock_payment_passwords(tx, [person_id])).get(person_id)
        reset = store.reset_of(held) if held else None
        if held is None:
            await tx.run(SQL.add_payment_password, shard_of(person_id), person_id, new_hash, tx.now)
        elif held["password_hash"] == old_hash or (old_hash is None and reset and reset.is_open(tx.now)):
            await tx.run(SQL.change_payment_password, shard_of(person_id), person_id, new_hash, tx.now)
        else:
            # There is one and it was not given, or it was changed in between.
            return PaymentPasswordResult(PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_WRONG)
        events: list[Event] = [PaymentPasswordSet(is_first=held is None)]
        if old_hash and reset and reset.is_pending(tx.now):
            events.append(PaymentPasswordResetCancelled(reason=ResetEnd.OLD_PASSWORD_GIVEN))
        actor = origin.actor(person_id)
        await publish(tx, [Occurrence(event, person_id, person_id, actor) for event in events])
        return PaymentPasswordResult(PaymentPasswordStatus.CREATED if held is None else PaymentPasswordStatus.CHANGED)

    return await database.retried(write)


async def ask_payment_password_reset(
    database: Database, person_id: UUID, login_password: str, origin: Origin
) -> AskPaymentPasswordResetResult:
    """Begin the reset of a forgotten payment password, for whoever knows the login password.

    Publishes PaymentPasswordResetAsked. Raises QueueFull where too many passwords wait to be hashed.
    """

    async def write(tx: Transaction) -> AskPaymentPasswordResetResult:
        held = (await store.lock_payment_passwords(tx, [person_id])).get(person_id)
        if held is None:
            return AskPaymentPasswordResetResult(AskPaymentPasswordResetStatus.NOT_SET)
        reset = store.reset_of(held)
        if reset and reset.is_pending(tx.now):
            return AskPaymentPasswordResetResult(AskPaymentPasswordResetStatus.EXISTS, reset)
        opens_at = tx.now + RESET_WAIT
        reset = PaymentPasswordReset(tx.now, opens_at, opens_at + RESET_OPEN)
        await tx.run(SQL.ask_payment_password_reset, shard_of(person_id), person_id, tx.now, opens_at, reset.closes_at)
        event = PaymentPasswordResetAsked(opens_at=opens_at, closes_at=reset.closes_at)
        await publish(tx, [Occurrence(event, person_id, person_id, origin.actor(person_id))])
        return AskPaymentPasswordResetResult(AskPaymentPasswordResetStatus.CREATED, reset)

    result = await do_as_oneself(database, person_id, login_password, origin, write)
    if isinstance(result, Unproven):
        status = AskPaymentPasswordResetStatus(result.status)
        return AskPaymentPasswordResetResult(status, locked_until=result.locked_until)
    return result


async def grant_allowance(database: Database, command: GrantAllowance, refusal: Refusal | None) -> GrantAllowanceResult:
    """Make an allowance for whoever proved that they may spend so much: then nothing refuses it."""
    if refusal and refusal.bars(command.amount):
        return GrantAllowanceResult(GrantAllowanceStatus(refusal.status), refusal.tries_left, refusal.locked_until)
    statuses = await database.retried(lambda tx: grant_allowances(tx, [command]))
    return GrantAllowanceResult(statuses[0])


async def count_by_digits(
    database: Database, person_id: UUID, asked: Sequence[tuple[UUID, int]], most: int
) -> list[int | None]:
    """Count amounts that the payment password alone is to let go today, each under its key, and commit it.

    Gives None for what may go, and else what is left of the day. It is counted before anything goes, as tries are:
    however many come at once, no more than *most* goes. What comes to nothing afterwards was counted all the same.
    """
    shard = shard_of(person_id)

    async def count(tx: Transaction) -> list[int | None]:
        held = await tx.row(SQL.lock_day_of_digits, shard, person_id)
        today = tx.now.astimezone(SHANGHAI).date()
        day = before = DayOfDigits(on=today)
        if held and held["spent_on"] == today:
            day = before = DayOfDigits(on=today, spent=held["spent"], counted=tuple(held["counted"]))
        left: list[int | None] = []
        for key, amount in asked:
            counted = rules.count_by_digits(day, key, amount, most)
            left.append(max(0, most - day.spent) if counted is None else None)
            day = counted or day
        if day is not before:
            await tx.run(SQL.count_spent_by_digits, shard, person_id, day.on, day.spent, day.counted)
        return left

    return await database.retried(count)


async def _check(
    database: Database, person_id: UUID, password: str, origin: Origin
) -> tuple[PasswordCheck, str | None]:
    """Check, and tell the hash that was compared with where it was right."""
    shard = shard_of(person_id)
    counted = await _count_attempt(database, person_id)
    if isinstance(counted, PasswordCheck):
        note_refusal("payment_password_refused", reason=counted.status, person=person_id)
        return counted, None
    hash: str = counted["password_hash"]
    if await HASHERS.verify(hash, _peppered(person_id, password)):
        async with database.transaction() as tx:
            await tx.run(SQL.forget_payment_attempts, shard, person_id, hash)
        return PasswordCheck(PasswordCheckStatus.CORRECT), hash
    note_refusal("payment_password_refused", reason="wrong", person=person_id)
    attempts, locked_until = counted["attempts"], counted["locked_until"]
    if locked_until is None:
        return PasswordCheck(PasswordCheckStatus.WRONG, tries_left(PAYMENT_LOCK, attempts)), None
    event = PaymentPasswordLocked(attempts=attempts, locked_until=locked_until)
    async with database.transaction() as tx:
        await publish(tx, [Occurrence(event, person_id, person_id, origin.actor(person_id))])
    return PasswordCheck(PasswordCheckStatus.LOCKED, locked_until=locked_until), None


async def _count_attempt(database: Database, person_id: UUID) -> Row | PasswordCheck:
    """Count a try, and commit it before anything is compared. Says why not, where it is locked or there is nothing."""
    shard = shard_of(person_id)
    async with database.transaction() as tx:
        row = await tx.row(
            SQL.count_payment_attempt, shard, person_id, tx.now, PAYMENT_LOCK.tries, PAYMENT_LOCK.ends(tx.now)
        )
        if row:
            return row
        found = await tx.row(SQL.get_payment_lock, shard, person_id)
        if found is None:
            return PasswordCheck(PasswordCheckStatus.NOT_SET)
        # Somebody who was right may have lifted the lock meanwhile: then it lasts no longer than now.
        locked_until = max(found["locked_until"] or tx.now, tx.now)
        return PasswordCheck(PasswordCheckStatus.LOCKED, locked_until=locked_until)


def _peppered(person_id: UUID, password: str) -> bytes:
    """Mix in the pepper and the person: a hash copied from one row to another is wrong there."""
    return KEYS.pepper(person_id.bytes + to_hash(password), PURPOSE)

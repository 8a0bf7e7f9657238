"""How somebody who is signed in shows that it is them: by the login password, and by a code of the app where asked."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from msgspec import Struct

from weiji.identity.codes import use_app_code
from weiji.identity.model import Origin
from weiji.identity.sign_in import check_password, count_code, forgive_code, note_wrong_code
from weiji.identity.store import SQL
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import shard_of

R = TypeVar("R")


class Unproven(Struct, frozen=True):
    """Nothing was done: it was not shown that it is them. Statuses of what is asked so have these words, too."""

    status: Literal["login_password_locked", "login_password_wrong", "code_locked", "code_wrong"]
    locked_until: datetime | None = None


async def step_up(
    database: Database, person_id: UUID, login_password: str | None, code: str | None, origin: Origin
) -> Literal["step_up_needed"] | Unproven | None:
    """Have somebody who gave the payment password prove that it is them: None, where they did.

    Whoever has an app shows a code of it, which is used up; nobody else has more than the login password. In
    transactions of its own: never call it with one open. Raises QueueFull where too many passwords wait to be hashed.
    """
    if login_password is None and code is None:
        return "step_up_needed"
    async with database.read() as reader:
        has_app = await reader.value(SQL.has_second_factor, shard_of(person_id), person_id)
    if not has_app:
        if login_password is None:
            return "step_up_needed"
        is_right, locked_until, _ = await check_password(database, person_id, login_password, origin)
        if locked_until:
            return Unproven("login_password_locked", locked_until)
        return None if is_right else Unproven("login_password_wrong")
    if code is None:
        return "step_up_needed"
    if locked_until := await count_code(database, person_id):
        return Unproven("code_locked", locked_until)

    async def use(tx: Transaction) -> bool:
        is_right = await use_app_code(tx, person_id, code, clock.wall())
        if is_right:
            await forgive_code(tx, person_id)
        return is_right

    if await database.retried(use):
        return None
    note_wrong_code(person_id)
    return Unproven("code_wrong")


async def do_as_oneself(
    database: Database,
    person_id: UUID,
    login_password: str,
    origin: Origin,
    work: Callable[[Transaction], Awaitable[R]],
    *,
    code: str | None = None,
) -> R | Unproven:
    """Do what only the person themselves may, in a transaction in which the login password stays the one given.

    With a *code*, whoever has an app shows one of it, too; it is used up. What *work* does takes back nothing of that.
    Raises QueueFull where too many passwords wait to be hashed.
    """
    shard = shard_of(person_id)
    is_right, locked_until, login_hash = await check_password(database, person_id, login_password, origin)
    if locked_until:
        return Unproven("login_password_locked", locked_until)
    if not is_right:
        return Unproven("login_password_wrong")
    is_counted = False
    if code is not None:
        async with database.read() as reader:
            is_counted = await reader.value(SQL.has_second_factor, shard, person_id)
        if is_counted and (locked_until := await count_code(database, person_id)):
            return Unproven("code_locked", locked_until)

    async def prove(tx: Transaction) -> R | Unproven:
        if not await tx.row(SQL.hold_password, shard, person_id, login_hash):
            # Another was set in between: whoever knows the one before does nothing by it.
            return Unproven("login_password_wrong")
        if code is not None and await tx.value(SQL.has_second_factor, shard, person_id):
            # No code is checked that was not counted: the app was added in between.
            if not is_counted or not await use_app_code(tx, person_id, code, clock.wall()):
                return Unproven("code_wrong")
            await forgive_code(tx, person_id)
        return await work(tx)

    result = await database.retried(prove)
    if isinstance(result, Unproven) and result.status == "code_wrong":
        note_wrong_code(person_id)
    return result

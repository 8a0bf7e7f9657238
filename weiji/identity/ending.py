"""Ending sessions elsewhere: who stole one can't shut its person out with it (OWASP ASVS 5.0, 7.5.2)."""

from uuid import UUID

from weiji.identity.model import (
    EndElsewhereResult,
    EndElsewhereStatus,
    EndOtherSessions,
    EndSession,
    EndSessionStatus,
    Origin,
)
from weiji.identity.oneself import Unproven, do_as_oneself
from weiji.identity.operations import end_other_sessions, end_sessions
from weiji.kit.db import Database, Transaction


async def end_elsewhere(
    database: Database,
    person_id: UUID,
    login_password: str,
    origin: Origin,
    *,
    keep_id: UUID | None,
    session_id: UUID | None = None,
) -> EndElsewhereResult:
    """End one session of a person who knows the login password; without *session_id* all of theirs but one.

    Publishes SessionEnded. Raises QueueFull where too many passwords wait to be hashed.
    """
    actor = origin.actor(person_id)

    async def write(tx: Transaction) -> EndElsewhereResult:
        if session_id is None:
            others = EndOtherSessions(person_id=person_id, keep_id=keep_id, actor=actor)
            (ended,) = await end_other_sessions(tx, [others])
            return EndElsewhereResult(EndElsewhereStatus.ENDED, ended)
        (status,) = await end_sessions(tx, [EndSession(id=session_id, person_id=person_id, actor=actor)])
        if status is EndSessionStatus.NOT_FOUND:
            return EndElsewhereResult(EndElsewhereStatus.NOT_FOUND)
        return EndElsewhereResult(EndElsewhereStatus.ENDED, 1)

    result = await do_as_oneself(database, person_id, login_password, origin, write)
    if isinstance(result, Unproven):
        return EndElsewhereResult(EndElsewhereStatus(result.status), locked_until=result.locked_until)
    return result

"""The verbs of marked names. Each takes an open transaction, and a batch. Locks: marks, then people."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from weiji.events import Occurrence, publish
from weiji.events.supervision import NameAllowed
from weiji.identity import Person, TakeName, TakeNameStatus, get_people, take_names
from weiji.kit.db import Transaction
from weiji.kit.text import is_line
from weiji.supervision.inquiries.model import Finding
from weiji.supervision.naming import store
from weiji.supervision.naming.model import (
    FINDINGS_MAX,
    REASON_MAX,
    DecideName,
    DecideNameStatus,
    MarkedName,
    NameVerdict,
)
from weiji.word_rules import Allowance, Field, Text, allow_words, screen_texts

S = DecideNameStatus


async def screen_people(tx: Transaction, person_ids: Sequence[UUID]) -> None:
    """Mark what people are called where word rules find something in it; what was marked before and is gone ends."""
    people = list((await get_people(tx, sorted(set(person_ids)))).values())
    texts = [Text(subject_id=each.id, texts=[(Field.PERSON_NAME, each.display_name)]) for each in people]
    hits = dict(zip((each.id for each in people), await screen_texts(tx, texts), strict=True))
    marked = [
        (each.id, each.display_name, tuple(map(Finding.of, hits[each.id][:FINDINGS_MAX])))
        for each in people
        if hits[each.id]
    ]
    if marked:
        await store.mark_names(tx, marked)
    clean = [id for id, found in hits.items() if not found]
    if clean:
        await store.end_marks(tx, clean)


async def decide_names(tx: Transaction, commands: Sequence[DecideName]) -> list[DecideNameStatus]:
    """Let marked names stand, or take them. Results are in the order of *commands*.

    Publishes NameAllowed, NameTaken.
    """
    marks = await store.lock_marked(tx, {command.person_id for command in commands})
    people = await get_people(tx, sorted(marks))
    before = dict(marks)
    statuses = []
    done: list[DecideName] = []
    for command in commands:
        person = people.get(command.person_id)
        status = _judge(marks, command, person.display_name if person else None)
        statuses.append(status)
        if status is S.DECIDED:
            verdict = NameVerdict.ALLOWED if command.is_allowed else NameVerdict.TAKEN
            marks[command.person_id] = replace(
                marks[command.person_id], verdict=verdict, decided_by=command.actor.person_id, decided_at=tx.now
            )
            done.append(command)
    if stale := {id for id, mark in before.items() if mark.decided_at is None and _is_stale(mark, people.get(id))}:
        # Two looked at a name at once, and the one who read it earlier wrote last.
        await screen_people(tx, sorted(stale))
    taking = [command for command in done if not command.is_allowed]
    names = [
        TakeName(person_id=each.person_id, name=each.name, reason=each.reason, actor=each.actor) for each in taking
    ]
    taken = await take_names(tx, names) if names else []
    # What was read may have changed until it was locked: who has another name by now keeps it, and is looked at again.
    missed = {c.person_id for c, its in zip(taking, taken, strict=True) if its is not TakeNameStatus.TAKEN}
    if missed:
        statuses = [
            S.NAME_CHANGED if status is S.DECIDED and command.person_id in missed else status
            for command, status in zip(commands, statuses, strict=True)
        ]
        done = [command for command in done if command.person_id not in missed]
    if not done:
        return statuses
    await store.decide_marks(tx, [marks[command.person_id] for command in done])
    allowed = [command for command in done if command.is_allowed]
    await allow_words(
        tx,
        [
            Allowance(command.person_id, finding.rule_id, finding.word)
            for command in allowed
            for finding in before[command.person_id].findings
        ],
    )
    await publish(tx, [Occurrence(NameAllowed(), each.person_id, each.person_id, each.actor) for each in allowed])
    return statuses


def _is_stale(mark: MarkedName, person: Person | None) -> bool:
    return person is not None and person.display_name != mark.name


def _judge(marks: Mapping[UUID, MarkedName], command: DecideName, name: str | None) -> DecideNameStatus:
    mark = marks.get(command.person_id)
    if mark is None:
        return S.NAME_NOT_FOUND
    if mark.name != command.name or (mark.decided_at is None and name != command.name):
        return S.NAME_CHANGED
    if mark.decided_at:
        wanted = NameVerdict.ALLOWED if command.is_allowed else NameVerdict.TAKEN
        is_same = mark.verdict is wanted and mark.decided_by == command.actor.person_id
        return S.EXISTS if is_same else S.ALREADY_DECIDED
    if command.actor.person_id == command.person_id:
        return S.OWN_NAME
    if not command.is_allowed and not is_line(command.reason, REASON_MAX):
        return S.REASON_MALFORMED
    return S.DECIDED

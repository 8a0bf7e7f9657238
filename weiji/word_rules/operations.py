"""The verbs of word rules. Each takes an open transaction and a batch, and answers every command."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from weiji.events import Actor, Occurrence, publish
from weiji.events.word_rules import WordRulesPublished
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive, new_id
from weiji.rulebook import Publisher, ReleaseRules, propose_rules, takes_two
from weiji.word_rules import store
from weiji.word_rules.matching import Matcher
from weiji.word_rules.model import (
    DRAFTED_MAX,
    PROPOSED_FOR,
    TRIED_FOR,
    Allowance,
    Allowed,
    Draft,
    DraftedRules,
    Hit,
    Place,
    PublishWordRules,
    PublishWordRulesResult,
    PublishWordRulesStatus,
    Text,
    Tried,
    WordRule,
    WordRulesVersion,
)
from weiji.word_rules.payment import find_payment
from weiji.word_rules.rules import judge_publication

REMEMBERED: Final = 2
"""Versions that a process keeps ready: the one in force, and the one before it, while the change goes round."""

DRAFTED_FOR: Final = timedelta(days=30)
"""How long what was proposed is kept: no proposal waits that long."""

_matchers: dict[UUID, Matcher] = {}

_making: dict[UUID, asyncio.Task[Matcher]] = {}
"""Those that are made just now: whoever asks meanwhile waits for them, and makes no other."""


async def get_matcher(reader: Reader) -> Matcher:
    """Give the rules in force, ready to find their words. One statement, but for the first use of a version."""
    latest = await store.get_latest(reader)
    if latest.id not in _matchers and latest.id not in _making:
        rules = await store.get_rules_of_version(reader, latest.version)
        if latest.id not in _matchers and latest.id not in _making:  # Nobody was faster.
            _making[latest.id] = asyncio.create_task(_make_matcher(latest.id, rules), name="matcher")
    making = _making.get(latest.id)
    return await asyncio.shield(making) if making else _matchers[latest.id]


async def _make_matcher(id: UUID, rules: Sequence[WordRule]) -> Matcher:
    try:
        made = _matchers[id] = await asyncio.to_thread(Matcher, rules)
    finally:
        del _making[id]
    for old in list(_matchers)[:-REMEMBERED]:
        del _matchers[old]
    return made


async def screen_texts(reader: Reader, things: Sequence[Text]) -> list[list[Hit]]:
    """Say what rules find in what things say, in their order, the strictest first; what is allowed is left out."""
    matcher = await get_matcher(reader)
    found = [matcher.find(thing.texts) for thing in things]
    suspects = {thing.subject_id for thing, hits in zip(things, found, strict=True) if hits}
    if not suspects:
        return found
    allowed = await get_allowed(reader, suspects)
    return [
        matcher.find(thing.texts, allowed[thing.subject_id]) if thing.subject_id in allowed else hits
        for thing, hits in zip(things, found, strict=True)
    ]


async def screen_shop_texts(reader: Reader, things: Sequence[Text]) -> list[list[Hit]]:
    """Say what shops must not say: what rules find, and before it offers of something for a review."""
    found = await screen_texts(reader, things)
    return [[*find_payment(thing.texts), *hits] for thing, hits in zip(things, found, strict=True)]


async def get_allowed(reader: Reader, subject_ids: Collection[UUID]) -> Allowed:
    """Tell which words of which rules things may say all the same."""
    allowed: Allowed = {}
    for each in await store.get_allowances(reader, subject_ids):
        allowed.setdefault(each.subject_id, set()).add((each.rule_id, each.word))
    return allowed


async def allow_words(tx: Transaction, allowances: Collection[Allowance]) -> None:
    """Let things say words all the same, from now on. The caller has judged that, and tells of it."""
    await store.add_allowances(tx, allowances)


async def publish_word_rules(tx: Transaction, commands: Sequence[PublishWordRules]) -> list[PublishWordRulesResult]:
    """Put and retire rules, in turn; where that takes two, propose it.

    Publishes WordRulesPublished in the author's stream, or RulesProposed.
    """
    results = []
    for command in commands:
        tried = await store.get_tried(tx, {rule.fingerprint for rule in command.put}, tx.now - TRIED_FOR)
        results.append(await _publish(tx, command, tried))
    return results


async def _publish(tx: Transaction, command: PublishWordRules, tried: Mapping[str, Tried]) -> PublishWordRulesResult:
    latest = await store.get_latest(tx)
    known = await store.get_rules(tx, {*(rule.id for rule in command.put), *command.retire})
    result, put, retired = await asyncio.to_thread(
        judge_publication, command, latest.version, latest.rules, known, tried
    )
    if result.status is not PublishWordRulesStatus.PUBLISHED:
        return result
    if command.actor.person_id and command.approver_id is None and await takes_two(tx):
        if len(put) + len(retired) > DRAFTED_MAX:
            return PublishWordRulesResult(PublishWordRulesStatus.TOO_MANY_CHANGES, latest.version)
        await _propose(tx, command, Draft(put=tuple(put), retired=tuple(retired), trials=dict(tried)))
        return PublishWordRulesResult(PublishWordRulesStatus.PROPOSED, latest.version)
    version = WordRulesVersion(
        version=result.version,
        rules=latest.rules + sum(rule.id not in known for rule in put) - len(retired),
        put=len(put),
        retired=len(retired),
        author_id=command.actor.person_id,
        reason=command.reason,
        created_at=tx.now,
        approver_id=command.approver_id,
    )
    if not await store.add_version(tx, version, new_id()):
        return PublishWordRulesResult(PublishWordRulesStatus.VERSION_TAKEN, latest.version)
    await store.replace_rules(tx, version.version, put, retired)
    await publish(tx, [_told(command, version)])
    return result


async def _propose(tx: Transaction, command: PublishWordRules, draft: Draft) -> None:
    await store.add_draft(tx, draft, tx.now - DRAFTED_FOR)
    await propose_rules(tx, WORD_RULES.name, command.version, draft.told, command.reason, None, command.actor)


async def _release(tx: Transaction, command: ReleaseRules[DraftedRules]) -> str | None:
    """Publish just the draft that two agreed on, told of as it is. Its trials count while a proposal may wait."""
    found = await store.get_draft(tx, command.rules.digest)
    if found is None:
        return "draft_not_found"
    draft, _ = found
    assert draft.digest == command.rules.digest, "a draft is never changed"
    if command.rules != draft.told:
        return "draft_not_found"
    publishing = PublishWordRules(
        version=command.version,
        put=draft.put,
        retire=draft.retired,
        reason=command.reason,
        actor=Actor("staff", command.author_id),
        approver_id=command.approver_id,
    )
    since = tx.now - TRIED_FOR - PROPOSED_FOR
    result = await _publish(tx, publishing, {key: its for key, its in draft.trials.items() if its.tried_at > since})
    return None if result.status is PublishWordRulesStatus.PUBLISHED else result.status.value


WORD_RULES: Final = Publisher(name="word_rules", kind=DraftedRules, release=_release)
"""The word rules, as two of the staff publish them."""


async def note_trials(
    tx: Transaction,
    rules: Sequence[WordRule],
    found: Mapping[UUID, Mapping[Place, int]] | None = None,
    trial_id: UUID | None = None,
) -> None:
    """Note that rules were tried as they are: for seven days they may be published. The caller has done it.

    *found* says in how many things of each kind a rule found something, by its id.
    """
    counted = {rule.fingerprint: found.get(rule.id, {}) if found is not None else None for rule in rules}
    await store.note_trials(tx, counted, trial_id, tx.now - TRIED_FOR)


def _told(command: PublishWordRules, version: WordRulesVersion) -> Occurrence:
    author = command.actor.person_id or new_id()
    event = WordRulesPublished(version=version.version, put=version.put, retired=version.retired, reason=version.reason)
    return Occurrence(event, author, derive(author, "word rules", version.version), command.actor)

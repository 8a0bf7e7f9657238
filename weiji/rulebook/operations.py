"""The verbs of the rulebook. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from weiji.events import Actor, Occurrence, publish
from weiji.kit.db import Transaction
from weiji.kit.ids import derive, new_id
from weiji.rulebook import store
from weiji.rulebook.approving import propose_rules, takes_two
from weiji.rulebook.model import (
    PUBLISHERS,
    Publisher,
    Publishing,
    PublishRules,
    PublishRulesStatus,
    ReleaseRules,
)
from weiji.rulebook.rules import is_reason


async def publish_rules(tx: Transaction, commands: Sequence[PublishRules[Any]]) -> list[PublishRulesStatus]:
    """Publish versions of rules, in turn; where that takes two, propose them.

    Publishes the event of each set in the author's stream, or RulesProposed.
    """
    return [await _publish(tx, command) for command in commands]


async def release_rules(tx: Transaction, commands: Sequence[ReleaseRules[Any]]) -> list[str | None]:
    """Publish, in turn, what two of the staff agreed on; say of each why it was not, or None.

    *rules* are what JSON has of them: `are_rules` was asked.
    """
    return [await _release(tx, command) for command in commands]


async def _release(tx: Transaction, command: ReleaseRules[Any]) -> str | None:
    of = PUBLISHERS[command.of]
    command = replace(command, rules=msgspec.convert(command.rules, of.kind))
    if isinstance(of, Publisher):
        return await of.release(tx, command)
    publishing = PublishRules(
        of=of,
        version=command.version,
        rules=command.rules,
        reason=command.reason,
        effective_at=command.effective_at,
        actor=Actor("staff", command.author_id),
        approver_id=command.approver_id,
    )
    if command.effective_at and command.effective_at < tx.now:
        return "effective_in_the_past"
    status = await _publish(tx, publishing)
    return None if status is PublishRulesStatus.PUBLISHED else status.value


async def _publish(tx: Transaction, command: PublishRules[Any]) -> PublishRulesStatus:
    of, author_id = command.of, command.actor.person_id
    new = Publishing(
        version=command.version,
        rules=command.rules,
        reason=command.reason.strip(),
        effective_at=command.effective_at or tx.now,
    )
    if not is_reason(command.reason):
        return PublishRulesStatus.REASON_MISSING
    if of.judge and (refusal := await of.judge(tx, new)):
        return refusal
    if author_id and command.approver_id is None and await takes_two(tx):
        latest, *_ = await store.list_versions(tx, of, limit=1)
        if new.version != latest.version + 1:
            return PublishRulesStatus.VERSION_TAKEN
        effective_at, actor = command.effective_at, command.actor
        await propose_rules(tx, of.name, new.version, new.rules, new.reason, effective_at, actor)
        return PublishRulesStatus.PROPOSED
    if not await store.add_version(tx, of, new, author_id, command.approver_id):
        return PublishRulesStatus.VERSION_TAKEN
    stream = author_id or new_id()
    await publish(tx, [Occurrence(of.tell(new), stream, derive(stream, of.name, new.version), command.actor)])
    return PublishRulesStatus.PUBLISHED

"""The verb of the rulebook. It takes an open transaction and a batch, and answers every command."""

from collections.abc import Sequence
from typing import Any

from weiji.events import Occurrence, publish
from weiji.kit.db import Transaction
from weiji.kit.ids import derive, new_id
from weiji.rulebook import store
from weiji.rulebook.model import Publishing, PublishRules, PublishRulesStatus
from weiji.rulebook.rules import is_reason


async def publish_rules(tx: Transaction, commands: Sequence[PublishRules[Any]]) -> list[PublishRulesStatus]:
    """Publish versions of rules, in turn. Publishes the event of each set in the author's stream."""
    return [await _publish(tx, command) for command in commands]


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
    if not await store.add_version(tx, of, new, author_id, None):
        return PublishRulesStatus.VERSION_TAKEN
    stream = author_id or new_id()
    await publish(tx, [Occurrence(of.tell(new), stream, derive(stream, of.name, new.version), command.actor)])
    return PublishRulesStatus.PUBLISHED

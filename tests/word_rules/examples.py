"""Word rules for tests."""

from typing import Any

from weiji.events import BY_SYSTEM
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.word_rules import (
    Action,
    Field,
    PublishWordRules,
    PublishWordRulesResult,
    PublishWordRulesStatus,
    WordRule,
    note_trials,
    publish_word_rules,
    store,
)


def rule(*words: str, **facts: Any) -> WordRule:
    """Make a rule that refuses words wherever they stand."""
    given: dict[str, Any] = {
        "id": new_id(),
        "name": words[0],
        "words": words,
        "action": Action.REFUSE,
        "fields": tuple(Field),
        "reason": "不能写这个。",
        "hits": (words[0],),
    }
    return WordRule(**given | facts)


async def put(tx: Transaction, *rules: WordRule) -> PublishWordRulesResult:
    """Put rules in force, as the next version, as if they had been tried."""
    await note_trials(tx, rules)
    latest = await store.get_latest(tx)
    command = PublishWordRules(version=latest.version + 1, put=rules, retire=(), reason="试试", actor=BY_SYSTEM)
    (result,) = await publish_word_rules(tx, [command])
    assert result.status is PublishWordRulesStatus.PUBLISHED, result
    return result

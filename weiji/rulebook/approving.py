"""What one of the staff may not do alone, as the operator says by rules of its own: to publish rules, for one."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from weiji.events import Actor, Occurrence, publish
from weiji.events.rulebook import ApprovalRulesPublished, RulesProposed
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.rulebook.model import PUBLISHERS, RULES_LENGTH_MAX, VERSION_MAX, RuleSet
from weiji.rulebook.store import get_in_force


class ApprovalRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What takes two of the staff, where the operator has two."""

    rules_take_two: Annotated[
        bool,
        Meta(
            description="Whether a version of rules is published only when another of the staff agrees: of trade, of"
            " fees, of words, of conduct, and of whatever else there is a page of rules for. The checklist of"
            " verification one publishes alone."
        ),
    ] = False
    statement_above: Annotated[
        int,
        Meta(
            ge=0,
            le=10**13,
            description="Where more than this, in fen, would be paid in or out in a day by the lines of statements and"
            " result files of the bank, the file is imported only when another of the staff agrees.",
        ),
    ] = 50_000_000


APPROVAL_RULES: Final = RuleSet(
    name="approvals",
    kind=ApprovalRules,
    tell=lambda new: ApprovalRulesPublished(version=new.version, reason=new.reason),
)


async def takes_two(tx: Transaction) -> bool:
    """Tell whether it takes two of the staff to publish rules. These rules are no exception."""
    return (await get_in_force(tx, APPROVAL_RULES, tx.now)).rules.rules_take_two


async def propose_rules(
    tx: Transaction, of: str, version: int, rules: Any, reason: str, effective_at: datetime | None, actor: Actor
) -> None:
    """Let another of the staff decide about a version that could be published. Publishes RulesProposed."""
    author_id = actor.person_id
    assert author_id is not None, "a person proposes"
    event = RulesProposed(
        of=of,
        version=version,
        effective_at=effective_at,
        rules=msgspec.json.encode(rules).decode(),
        reason=reason.strip(),
    )
    await publish(tx, [Occurrence(event, author_id, derive(author_id, of, version), actor)])


def are_rules(of: str, version: int, rules: dict[str, Any]) -> bool:
    """Tell whether something may be a version of a set of rules."""
    if of not in PUBLISHERS or not 1 < version <= VERSION_MAX:
        return False
    kind = PUBLISHERS[of].kind
    try:
        msgspec.convert(rules, kind)
    except msgspec.ValidationError:
        return False
    is_known = set(rules) <= set(kind.__struct_fields__)
    return is_known and len(msgspec.json.encode(rules)) <= RULES_LENGTH_MAX

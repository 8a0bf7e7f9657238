"""What becomes a proposal by itself: what one of the staff did elsewhere that takes two."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from weiji.approvals.model import ProposeDeed, ProposeStatus, RulesRelease, StatementRelease
from weiji.approvals.operations import propose_deeds
from weiji.events import Delivered, Subscription
from weiji.events.payments import BankStatementHeld
from weiji.events.rulebook import RulesProposed
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.ids import SHARD_MASK
from weiji.ledger import chart


class Reactions:
    """Proposes, by the operation that everybody uses, in the name of who did it."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def propose_rules(self, _database: Database, batch: Sequence[Delivered]) -> None:
        """RulesProposed: another of the staff is to agree."""
        statuses = await self.batchers.of(propose_deeds).submit_all([proposal_of(delivered) for delivered in batch])
        _check(statuses)

    async def propose_statements(self, _database: Database, batch: Sequence[Delivered]) -> None:
        """BankStatementHeld: another of the staff is to agree."""
        commands = []
        for delivered in batch:
            event: BankStatementHeld = delivered.event
            id = event.statement_id
            kind: Any = UNSET if event.kind == "statement" else event.kind
            deed = StatementRelease(
                statement_id=id,
                name=event.name,
                lines=event.lines,
                amount=event.amount,
                kind=kind,
                agreed=UNSET if event.agreed is None else event.agreed,
            )
            near = _near(delivered.id, id)
            commands.append(ProposeDeed(id=near, deed=deed, reason=event.name, actor=delivered.actor))
        _check(await self.batchers.of(propose_deeds).submit_all(commands))


def _check(statuses: Sequence[ProposeStatus]) -> None:
    assert set(statuses) <= {ProposeStatus.PROPOSED, ProposeStatus.EXISTS}, statuses


def proposal_of(delivered: Delivered) -> ProposeDeed:
    """Make a proposal of a RulesProposed."""
    event: RulesProposed = delivered.event
    rules = msgspec.json.decode(event.rules)
    deed = RulesRelease(of=event.of, version=event.version, rules=rules, effective_at=event.effective_at)
    return ProposeDeed(id=_near(delivered.id, chart.TREASURY), deed=deed, reason=event.reason, actor=delivered.actor)


def _near(id: UUID, owner: UUID) -> UUID:
    """Make a proposal's id of an event's: as old, and in the shard of what it is about."""
    return UUID(int=id.int & ~SHARD_MASK | owner.int & SHARD_MASK)


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what approvals hear of."""
    reactions = Reactions(batchers)
    held = (BankStatementHeld,)
    return [
        Subscription(name="approvals.propose_rules", events=(RulesProposed,), caller=reactions.propose_rules),
        Subscription(name="approvals.propose_statements", events=held, caller=reactions.propose_statements),
    ]

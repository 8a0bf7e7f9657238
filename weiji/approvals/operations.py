"""The verbs of approvals. Each takes an open transaction and a batch of one lane, and answers every command."""

from collections.abc import Sequence
from uuid import UUID

from weiji.approvals import rules, store
from weiji.approvals.model import (
    DecideProposal,
    DecideResult,
    DecideStatus,
    Proposal,
    ProposeDeed,
    ProposeStatus,
    State,
)
from weiji.events import Event, Occurrence, publish
from weiji.events.approvals import (
    ProposalApproved,
    ProposalFailed,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
)
from weiji.kit.db import Transaction
from weiji.ledger import Account, create_transfers


async def propose_deeds(tx: Transaction, commands: Sequence[ProposeDeed]) -> list[ProposeStatus]:
    """Propose to move money by hand. Results are in the order of *commands*. Publishes ProposalMade."""
    found = await store.lock_proposals(tx, [command.id for command in commands])
    made: list[Proposal] = []
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        status, proposal = rules.judge_propose(found.get(command.id), command, tx.now)
        statuses.append(status)
        if proposal is not None:
            found[proposal.id] = proposal
            made.append(proposal)
            event = ProposalMade(
                proposal_id=proposal.id,
                deed=rules.name_of(proposal.deed),
                amount=proposal.deed.amount,
                hash=proposal.hash.hex(),
                reason=proposal.reason,
            )
            told.append(Occurrence(event, proposal.id, proposal.id, command.actor))
    await store.add_proposals(tx, made)
    await publish(tx, told)
    return statuses


async def decide_proposals(tx: Transaction, commands: Sequence[DecideProposal]) -> list[DecideResult]:
    """Decide proposals; what is approved is done in the same transaction. Results are in the order of *commands*.

    Publishes ProposalApproved, ProposalFailed, ProposalRejected or ProposalWithdrawn.
    """
    seen: set[UUID] = set()
    for place, command in enumerate(commands):
        if command.id in seen:
            # What becomes of the second depends on what the ledger says to the first. It is rare.
            return [*await decide_proposals(tx, commands[:place]), *await decide_proposals(tx, commands[place:])]
        seen.add(command.id)
    found = await store.lock_proposals(tx, seen)
    results = [rules.judge_decide(found.get(command.id), command, tx.now) for command in commands]
    approved = [place for place, result in enumerate(results) if result.status is DecideStatus.APPROVED]
    posted = [rules.post(found[commands[place].id]) for place in approved]
    opening: dict[UUID, Account] = {account.id: account for _, accounts in posted for account in accounts}
    answers = await create_transfers(tx, [transfer for transfer, _ in posted], list(opening.values()))
    for place, answer in zip(approved, answers, strict=True):
        if not answer.is_made:
            proposal = found[commands[place].id]
            proposal.state, proposal.note = State.FAILED, answer.status.value
            results[place] = DecideResult(status=DecideStatus.LEDGER_REFUSED, failure=answer.status.value)
    decided = [
        (command, found[command.id])
        for command, result in zip(commands, results, strict=True)
        if result.status in _DECIDED
    ]
    await store.decide_proposals(tx, [proposal for _, proposal in decided])
    await publish(tx, [Occurrence(_event(p), p.id, p.id, command.actor) for command, p in decided])
    return results


_DECIDED = (DecideStatus.APPROVED, DecideStatus.REJECTED, DecideStatus.WITHDRAWN, DecideStatus.LEDGER_REFUSED)


def _event(proposal: Proposal) -> Event:
    deed = rules.name_of(proposal.deed)
    match proposal.state:
        case State.APPROVED:
            return ProposalApproved(
                proposal_id=proposal.id, deed=deed, amount=proposal.deed.amount, hash=proposal.hash.hex()
            )
        case State.FAILED:
            return ProposalFailed(proposal_id=proposal.id, deed=deed, failure=proposal.note)
        case State.REJECTED:
            return ProposalRejected(proposal_id=proposal.id, deed=deed, note=proposal.note)
        case _:
            return ProposalWithdrawn(proposal_id=proposal.id, deed=deed)

"""The verbs of approvals. Each takes an open transaction and a batch of one lane, and answers every command."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Any, Final, TypeVar
from uuid import UUID

from msgspec.structs import replace

from weiji.approvals import rules, store
from weiji.approvals.model import (
    Adjustment,
    ChargebackNotice,
    Compensation,
    CourtExecution,
    CourtFreeze,
    CourtRelease,
    DecideProposal,
    DecideResult,
    DecideStatus,
    Deed,
    DormantReturn,
    OwnFunds,
    PayoutOutcome,
    PayoutRelease,
    PeriodClose,
    Proposal,
    ProposeDeed,
    ProposeStatus,
    RefundByHand,
    RoleGrant,
    RulesRelease,
    State,
    StatementRelease,
    WriteOff,
)
from weiji.court_orders import (
    CourtOrderStatus,
    ExecuteCourtOrder,
    ObeyCourtOrder,
    ReleaseCourtOrder,
    execute_court_orders,
    find_obeyed,
    get_notices,
    get_owners,
    obey_court_orders,
    release_court_orders,
)
from weiji.deposits import CompensateBuyer, CompensateBuyerStatus, compensate_buyers
from weiji.dormancy import GiveBack, GiveBackStatus, give_back_dormant
from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.approvals import (
    ProposalApproved,
    ProposalFailed,
    ProposalMade,
    ProposalRejected,
    ProposalWithdrawn,
)
from weiji.identity import GiveStaffRole, GiveStaffRoleStatus, give_staff_roles
from weiji.kit.db import Transaction
from weiji.kit.ids import SHARDS
from weiji.ledger import Account, chart, create_transfers, lookup_accounts
from weiji.payments import (
    REGISTRY,
    NoticeStatus,
    PayInOwnFunds,
    PayInOwnFundsStatus,
    PayRefundByHand,
    PayRefundByHandStatus,
    ReleasePayout,
    ReleasePayoutStatus,
    ReleaseStatement,
    ReleaseStatementStatus,
    TellPayout,
    TellPayoutStatus,
    WrittenChargeback,
    drop_statements,
    get_payments,
    get_refund_parties,
    notice_of,
    pay_in_own_funds,
    pay_refunds_by_hand,
    receive_notices,
    release_payouts,
    release_statements,
    tell_payouts,
)
from weiji.periods import ClosePeriod, ClosePeriodStatus, close_periods, find_open, note_corrections, read_month
from weiji.rulebook import ReleaseRules, release_rules
from weiji.shops import find_staff


async def propose_deeds(tx: Transaction, commands: Sequence[ProposeDeed]) -> list[ProposeStatus]:
    """Propose to move money by hand. Results are in the order of *commands*. Publishes ProposalMade."""
    found = await store.lock_proposals(tx, [command.id for command in commands])
    deeds = [command.deed for command in commands if isinstance(command.deed, rules.Posted)]
    cases = {deed.case_id for c in commands if isinstance(deed := c.deed, Compensation) and deed.case_id}
    freezes = {rules.key_of_freeze(command.deed) for command in commands if isinstance(command.deed, CourtFreeze)}
    held = {command.deed.court_order_id for command in commands if isinstance(command.deed, CourtExecution)}
    known = replace(
        await _know(tx, deeds),
        concerned=await _concerned(tx, [command.deed for command in commands]),
        disputed=await store.get_cases(tx, cases) if cases else (),
        obeyed=await find_obeyed(tx, freezes) if freezes else (),
        executed=await get_notices(tx, held) if held else (),
    )
    made: list[Proposal] = []
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        status, proposal = rules.judge_propose(found.get(command.id), command, known, tx.now)
        statuses.append(status)
        if proposal is not None:
            found[proposal.id] = proposal
            made.append(proposal)
            event = ProposalMade(
                proposal_id=proposal.id,
                deed=rules.name_of(proposal.deed),
                amount=rules.amount_of(proposal.deed),
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
    concerned = await _concerned(tx, [proposal.deed for proposal in found.values()])
    results = [rules.judge_decide(found.get(command.id), command, concerned, tx.now) for command in commands]
    approved = [place for place, result in enumerate(results) if result.status is DecideStatus.APPROVED]
    # Deeds of one kind are done together; those of several kinds in the order in which they were approved.
    for kind, places in groupby(approved, key=lambda place: _kind(found[commands[place].id].deed)):
        group = list(places)
        done = await _DO[kind](tx, [(found[commands[place].id], commands[place].actor) for place in group])
        for place, failure in zip(group, done, strict=True):
            if failure is not None:
                proposal = found[commands[place].id]
                proposal.state, proposal.note = State.FAILED, failure
                results[place] = DecideResult(status=DecideStatus.LEDGER_REFUSED, failure=failure)
    decided = [
        (command, found[command.id])
        for command, result in zip(commands, results, strict=True)
        if result.status in _DECIDED
    ]
    await store.decide_proposals(tx, [proposal for _, proposal in decided])
    if dropped := rules.drops_of(proposal for _, proposal in decided):
        await drop_statements(tx, dropped)
    await publish(tx, [Occurrence(_event(p), p.id, p.id, command.actor) for command, p in decided])
    return results


async def _concerned(tx: Transaction, deeds: Sequence[Deed]) -> set[tuple[UUID, UUID]]:
    """Tell whom deeds concern, each a thing that they are about and a person: whose it is, or who works there."""
    owners = {thing: {thing} for deed in deeds for thing in rules.things_of(deed)}
    paid = [deed.payment_id for deed in deeds if isinstance(deed, Compensation | ChargebackNotice)]
    payments = await get_payments(tx, paid) if paid else []
    owners |= {p.id: {p.payer_id, p.payee_id, *(part.shop_id for part in p.parts)} for p in payments if p}
    refunded = {deed.refund_id for deed in deeds if isinstance(deed, RefundByHand)}
    # A shop's program says to which account a guest's goes.
    owners |= await get_refund_parties(tx, refunded) if refunded else {}
    ordered = {deed.court_order_id for deed in deeds if isinstance(deed, CourtExecution | CourtRelease)}
    held = await get_owners(tx, ordered) if ordered else {}
    owners |= {court_order_id: {owner_id} for court_order_id, owner_id in held.items()}
    staff: dict[UUID, set[UUID]] = {}
    for shop_id, person_id in await find_staff(tx, set().union(*owners.values())):
        staff.setdefault(shop_id, set()).add(person_id)
    return {
        (thing, person_id)
        for thing, its in owners.items()
        for owner_id in its
        for person_id in {owner_id, *staff.get(owner_id, ())}
    }


async def _know(tx: Transaction, deeds: Sequence[WriteOff | Adjustment]) -> rules.Known:
    """Find which months that postings correct are open, and which channels that they name there are or once were.

    One that is gone has an account still, in whichever shard.
    """
    months = {month for deed in deeds if (month := rules.month_corrected(deed))}
    named = {name for deed in deeds for name in rules.channels_of(deed)}
    unknown = {name for name in named if REGISTRY.find(name) is None}
    accounts = {chart.channel_receivable(shard, name).id: name for name in unknown for shard in range(SHARDS)}
    found = await lookup_accounts(tx, list(accounts)) if accounts else []
    return rules.Known(
        still_open=await find_open(tx, months), channels=named - unknown | {accounts[each.id] for each in found}
    )


Approved = Sequence[tuple[Proposal, Actor]]
"""Proposals with who approved each."""


def _kind(deed: Deed) -> type[Deed]:
    return WriteOff if isinstance(deed, rules.Posted) else type(deed)


async def _post(tx: Transaction, approved: Approved) -> list[str | None]:
    deeds = [(proposal.id, proposal.deed) for proposal, _ in approved if isinstance(proposal.deed, rules.Posted)]
    corrected = {id: month for id, deed in deeds if (month := rules.month_corrected(deed))}
    known = await _know(tx, [deed for _, deed in deeds])
    # What is not allowed any more may have been proposed while it was, or by a process of before.
    failures: dict[UUID, str] = {id: why for id, deed in deeds if (why := rules.judge_posting(deed, known))}
    allowed = [(id, deed) for id, deed in deeds if id not in failures]
    posted = [rules.post(id, deed) for id, deed in allowed]
    opening: dict[UUID, Account] = {account.id: account for _, accounts in posted for account in accounts}
    answers = await create_transfers(tx, [transfer for transfer, _ in posted], list(opening.values()))
    failures |= {id: each.status.value for (id, _), each in zip(allowed, answers, strict=True) if not each.is_made}
    made = [(id, corrected[id], deed.amount) for id, deed in allowed if id in corrected and id not in failures]
    await note_corrections(tx, made)
    return [failures.get(id) for id, _ in deeds]


def _reasons(statuses: Sequence[StrEnum], done: StrEnum) -> list[str | None]:
    """Say for each deed why it was not done; None: it was."""
    return [None if status is done else status.value for status in statuses]


async def _pay_refunds(tx: Transaction, approved: Approved) -> list[str | None]:
    asked = [
        PayRefundByHand(id=deed.refund_id, amount=deed.amount, way=deed.way, actor=actor)
        for deed, actor in _deeds(approved, RefundByHand)
    ]
    # One that `exists` was paid by another proposal, perhaps in another way: who approves must not think this one was.
    done = PayRefundByHandStatus.PAID
    return _reasons(await pay_refunds_by_hand(tx, asked), done)


async def _release_payouts(tx: Transaction, approved: Approved) -> list[str | None]:
    asked = [
        ReleasePayout(id=deed.payout_id, owner_id=deed.owner_id, amount=deed.amount, actor=actor)
        for deed, actor in _deeds(approved, PayoutRelease)
    ]
    # As with refunds: one that `exists` was let go by another proposal.
    done = ReleasePayoutStatus.RELEASED
    return _reasons(await release_payouts(tx, asked), done)


async def _tell_payouts(tx: Transaction, approved: Approved) -> list[str | None]:
    asked = [
        TellPayout(
            id=deed.payout_id,
            owner_id=deed.owner_id,
            amount=deed.amount,
            outcome=deed.outcome,
            reference=deed.reference,
            reason=deed.said,
            actor=actor,
        )
        for deed, actor in _deeds(approved, PayoutOutcome)
    ]
    return _reasons(await tell_payouts(tx, asked), TellPayoutStatus.TOLD)


async def _compensate(tx: Transaction, approved: Approved) -> list[str | None]:
    ids = [proposal.id for proposal, _ in approved]
    asked = [
        CompensateBuyer(
            id=id,
            shop_id=deed.shop_id,
            order_id=deed.order_id,
            payment_id=deed.payment_id,
            amount=deed.amount,
            actor=actor,
        )
        for id, (deed, actor) in zip(ids, _deeds(approved, Compensation), strict=True)
    ]
    done = (CompensateBuyerStatus.COMPENSATED, CompensateBuyerStatus.EXISTS)
    return [None if status in done else status.value for status in await compensate_buyers(tx, asked)]


async def _note_chargebacks(tx: Transaction, approved: Approved) -> list[str | None]:
    deeds = _deeds(approved, ChargebackNotice)
    payments = await get_payments(tx, [deed.payment_id for deed, _ in deeds])
    notices = [
        notice_of(
            WrittenChargeback(
                payment_id=deed.payment_id,
                reference=deed.reference,
                what=deed.what,
                amount=deed.amount,
                fee=deed.fee,
                reason=deed.said,
                respond_by=deed.respond_by or None,
            ),
            payment,
            actor,
            tx.now,
        )
        for (deed, actor), payment in zip(deeds, payments, strict=True)
    ]
    # What is known already was told by the channel, or by another proposal.
    done = NoticeStatus.RECORDED
    return _reasons(await receive_notices(tx, notices), done)


async def _give_back(tx: Transaction, approved: Approved) -> list[str | None]:
    asked = [
        GiveBack(person_id=deed.person_id, amount=deed.amount, actor=actor)
        for deed, actor in _deeds(approved, DormantReturn)
    ]
    return _reasons(await give_back_dormant(tx, asked), GiveBackStatus.GIVEN_BACK)


async def _release_statements(tx: Transaction, approved: Approved) -> list[str | None]:
    asked = [
        ReleaseStatement(id=deed.statement_id, lines=deed.lines, amount=deed.amount, actor=actor)
        for deed, actor in _deeds(approved, StatementRelease)
    ]
    done = ReleaseStatementStatus.RELEASED
    return _reasons(await release_statements(tx, asked), done)


async def _give_roles(tx: Transaction, approved: Approved) -> list[str | None]:
    asked = []
    for proposal, actor in approved:
        deed = proposal.deed
        assert isinstance(deed, RoleGrant)
        asked.append(
            GiveStaffRole(
                person_id=deed.person_id,
                role=deed.role,
                actor=actor,
                proposed_by=proposal.maker_id,
                proposal_id=proposal.id,
                reason=proposal.reason,
            )
        )
    done = GiveStaffRoleStatus.GIVEN
    return [failure and f"role_{failure}" for failure in _reasons(await give_staff_roles(tx, asked), done)]


async def _release_rules(tx: Transaction, approved: Approved) -> list[str | None]:
    asked: list[ReleaseRules[Any]] = []
    for proposal, actor in approved:
        deed = proposal.deed
        assert isinstance(deed, RulesRelease)
        assert actor.person_id is not None, "a person approves"
        asked.append(
            ReleaseRules(
                of=deed.of,
                version=deed.version,
                rules=deed.rules,
                reason=proposal.reason,
                effective_at=deed.effective_at,
                author_id=proposal.maker_id,
                approver_id=actor.person_id,
            )
        )
    return [failure and f"rules_{failure}" for failure in await release_rules(tx, asked)]


async def _close_periods(tx: Transaction, approved: Approved) -> list[str | None]:
    asked = []
    for proposal, actor in approved:
        deed = proposal.deed
        assert isinstance(deed, PeriodClose)
        month = read_month(deed.month)
        assert month is not None, "nothing else can be proposed"
        asked.append(
            ClosePeriod(
                month=month,
                trial_hash=bytes.fromhex(deed.trial),
                proposal_id=proposal.id,
                proposed_by=proposal.maker_id,
                actor=actor,
            )
        )
    done = ClosePeriodStatus.CLOSED
    return _reasons(await close_periods(tx, asked), done)


async def _freeze(tx: Transaction, approved: Approved) -> list[str | None]:
    ids = [proposal.id for proposal, _ in approved]
    asked = [
        ObeyCourtOrder(
            id=id,
            owner_id=deed.owner_id,
            place=deed.place,
            amount=deed.amount,
            court=deed.court,
            number=deed.number,
            actor=actor,
        )
        for id, (deed, actor) in zip(ids, _deeds(approved, CourtFreeze), strict=True)
    ]
    return _failures(await obey_court_orders(tx, asked))


async def _execute(tx: Transaction, approved: Approved) -> list[str | None]:
    ids = [proposal.id for proposal, _ in approved]
    asked = [
        ExecuteCourtOrder(
            id=id,
            court_order_id=deed.court_order_id,
            amount=deed.amount,
            number=deed.number,
            way=deed.way,
            actor=actor,
        )
        for id, (deed, actor) in zip(ids, _deeds(approved, CourtExecution), strict=True)
    ]
    return _failures(await execute_court_orders(tx, asked))


async def _release(tx: Transaction, approved: Approved) -> list[str | None]:
    ids = [proposal.id for proposal, _ in approved]
    asked = [
        ReleaseCourtOrder(id=id, court_order_id=deed.court_order_id, number=deed.number, actor=actor)
        for id, (deed, actor) in zip(ids, _deeds(approved, CourtRelease), strict=True)
    ]
    return _failures(await release_court_orders(tx, asked))


async def _pay_in(tx: Transaction, approved: Approved) -> list[str | None]:
    ids = [proposal.id for proposal, _ in approved]
    asked = [
        PayInOwnFunds(id=id, amount=deed.amount, actor=actor)
        for id, (deed, actor) in zip(ids, _deeds(approved, OwnFunds), strict=True)
    ]
    return _reasons(await pay_in_own_funds(tx, asked), PayInOwnFundsStatus.CREATED)


D = TypeVar("D")


def _deeds(approved: Approved, kind: type[D]) -> list[tuple[D, Actor]]:
    return [(proposal.deed, actor) for proposal, actor in approved if isinstance(proposal.deed, kind)]


def _failures(statuses: Sequence[CourtOrderStatus]) -> list[str | None]:
    done = (CourtOrderStatus.DONE, CourtOrderStatus.EXISTS)
    return [None if status in done else status.value for status in statuses]


_DO: Final[dict[type[Deed], Callable[[Transaction, Approved], Awaitable[list[str | None]]]]] = {
    WriteOff: _post,
    RefundByHand: _pay_refunds,
    CourtFreeze: _freeze,
    CourtExecution: _execute,
    CourtRelease: _release,
    PayoutRelease: _release_payouts,
    PayoutOutcome: _tell_payouts,
    PeriodClose: _close_periods,
    Compensation: _compensate,
    ChargebackNotice: _note_chargebacks,
    DormantReturn: _give_back,
    OwnFunds: _pay_in,
    RulesRelease: _release_rules,
    StatementRelease: _release_statements,
    RoleGrant: _give_roles,
}
"""How each kind of deed is done; each gives why it could not be, or None."""


_DECIDED = (DecideStatus.APPROVED, DecideStatus.REJECTED, DecideStatus.WITHDRAWN, DecideStatus.LEDGER_REFUSED)


def _event(proposal: Proposal) -> Event:
    deed = rules.name_of(proposal.deed)
    match proposal.state:
        case State.APPROVED:
            return ProposalApproved(
                proposal_id=proposal.id, deed=deed, amount=rules.amount_of(proposal.deed), hash=proposal.hash.hex()
            )
        case State.FAILED:
            return ProposalFailed(proposal_id=proposal.id, deed=deed, failure=proposal.note)
        case State.REJECTED:
            return ProposalRejected(proposal_id=proposal.id, deed=deed, note=proposal.note)
        case _:
            return ProposalWithdrawn(proposal_id=proposal.id, deed=deed)

"""The verbs of disputes. Each takes an open transaction and a batch, locks its orders, judges, posts and publishes.

Whoever changes a dispute holds its order, as whoever changes a case does; so disputes need no locks of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from weiji.aftersale import SAYINGS, SAYINGS_MAX, close_desk, get_sayings, open_desk, proof_owner, sayings_of
from weiji.catalog import get_texts_at
from weiji.disputes import store
from weiji.disputes.machine import DisputeState
from weiji.disputes.model import (
    DISPUTE_RULES,
    AdvanceDispute,
    AppealRuling,
    Dispute,
    DisputeMove,
    DisputeResult,
    DisputeStatus,
    ListedDispute,
    Mark,
    OpenDispute,
    RejectRuling,
    Repayment,
    RepaymentKind,
    Repricing,
    RuleDispute,
    SecondRuling,
    SimilarCase,
    Statistics,
    SubmitEvidence,
    WithdrawDispute,
)
from weiji.disputes.rules import Bench, postage_id, said_in
from weiji.events import Event
from weiji.events.aftersale import CaseRefunded
from weiji.events.deposits import CompensationReceived
from weiji.events.disputes import PostageAwarded
from weiji.events.orders import OrderRepriced, RefundOrdered
from weiji.events.outbox import get_trails
from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import derive
from weiji.media import UsePictures, use_pictures
from weiji.rulebook import get_in_force
from weiji.word_rules import Field, Text, find_payment, screen_texts

M = TypeVar("M", bound=DisputeMove)


async def open_disputes(tx: Transaction, commands: Sequence[OpenDispute]) -> list[DisputeResult]:
    """Leave refused cases to arbiters: their orders' clocks stand on, and what was settled is held.

    Publishes DisputeOpened.
    """
    return await _move(tx, commands, Bench.open)


async def _read_files(tx: Transaction, bench: Bench, commands: Sequence[DisputeMove]) -> None:
    """Read what goods said when they were ordered, and both sides and carriers since, where one is to be opened."""
    opened = [
        case
        for id in {command.case_id for command in commands if isinstance(command, OpenDispute)}
        if id not in bench.disputes and (case := bench.desk.cases.get(id))
    ]
    if opened:
        asked = [(case.item.product_id, bench.desk.order_of(case).placed_at) for case in opened]
        found = zip(opened, await get_texts_at(tx, asked), strict=True)
        bench.goods = {case.id: text for case, text in found if text}
        bench.sayings = await get_sayings(tx, [case.id for case in opened])
        bench.parcels = await store.read_parcels(tx, opened)


async def submit_evidence(tx: Transaction, commands: Sequence[SubmitEvidence]) -> list[DisputeResult]:
    """Hand in what sides say and show. Publishes EvidenceSubmitted, and EvidenceUnsealed when both are in."""
    return await _move(tx, commands, Bench.submit)


async def rule_disputes(tx: Transaction, commands: Sequence[RuleDispute]) -> list[DisputeResult]:
    """Rule, as an arbiter. Publishes DisputeRuled, or RulingProposed where it takes two; on appeal, RulingExecuted."""
    return await _move(tx, commands, Bench.rule)


async def second_rulings(tx: Transaction, commands: Sequence[SecondRuling]) -> list[DisputeResult]:
    """Sign rulings of other arbiters. Publishes DisputeRuled, and on appeal RulingExecuted."""
    return await _move(tx, commands, Bench.second)


async def reject_rulings(tx: Transaction, commands: Sequence[RejectRuling]) -> list[DisputeResult]:
    """Do not sign rulings of other arbiters. Publishes RulingRejected."""
    return await _move(tx, commands, Bench.reject)


async def appeal_rulings(tx: Transaction, commands: Sequence[AppealRuling]) -> list[DisputeResult]:
    """Have other arbiters decide. Publishes RulingAppealed."""
    return await _move(tx, commands, Bench.appeal)


async def withdraw_disputes(tx: Transaction, commands: Sequence[WithdrawDispute]) -> list[DisputeResult]:
    """Give disputes up. Publishes DisputeWithdrawn."""
    return await _move(tx, commands, Bench.withdraw)


async def advance_disputes(tx: Transaction, commands: Sequence[AdvanceDispute]) -> list[DisputeResult]:
    """Do what is due by the clock. Publishes EvidenceUnsealed or RulingExecuted."""
    return await _move(tx, commands, Bench.advance)


async def _move(
    tx: Transaction, commands: Sequence[M], judge: Callable[[Bench, M], DisputeStatus]
) -> list[DisputeResult]:
    shown = [(c.case_id, c.pictures) for c in commands if isinstance(c, SubmitEvidence) and c.pictures]
    desk = await open_desk(tx, [command.case_id for command in commands], shown)
    disputes = await store.read_disputes(tx, {command.case_id for command in commands})
    rules = await get_in_force(tx, DISPUTE_RULES, tx.now)
    bench = Bench(desk, disputes, rules.rules, tx.now)
    await _read_files(tx, bench, commands)
    statuses = [judge(bench, command) for command in commands]
    used = [(id, evidence) for id, evidence, _ in bench.new_evidence if evidence.pictures]
    if used:
        await use_pictures(
            tx,
            [
                UsePictures(
                    holder_id=derive(id, "evidence", evidence.side),
                    owner_id=proof_owner(bench.disputes[id].order_id),
                    urls=evidence.pictures,
                )
                for id, evidence in used
            ],
        )
    await store.add_disputes(tx, list(bench.new.values()))
    await store.change_disputes(tx, list(bench.changed.values()))
    await store.add_evidence(tx, bench.new_evidence)
    await store.put_rulings(tx, bench.rulings)
    await close_desk(tx, desk, bench.told)
    return [_answer(command, status) for command, status in zip(commands, statuses, strict=True)]


def _answer(command: DisputeMove, status: DisputeStatus) -> DisputeResult:
    refusal = command.refusal
    if refusal is None or status.value != refusal.status:
        return DisputeResult(status=status)
    return DisputeResult(status=status, tries_left=refusal.tries_left, locked_until=refusal.locked_until)


async def mark_words(tx: Transaction, case_ids: Sequence[UUID]) -> None:
    """Mark what word rules find in what was said in disputes until now; cases without one are left out.

    Where a shop speaks of something given for a review, it may offer that, or complain of a buyer who asks for it.
    """
    disputes = await store.read_disputes(tx, case_ids)
    if not disputes:
        return
    for id, sayings in (await get_sayings(tx, list(disputes))).items():
        disputes[id].sayings = sayings
    said = [(id, *each) for id, dispute in disputes.items() for each in said_in(dispute)]
    texts = [Text(subject_id=id, texts=[(Field.MESSAGE, words)]) for id, _, _, words in said]
    marks = {
        (id, side, place, hit.rule_id, hit.word): Mark(
            side=side,
            place=place,
            rule_id=hit.rule_id,
            word=hit.word,
            name=hit.name,
            action=hit.action,
            found=hit.found,
        )
        for (id, side, place, _), text, hits in zip(said, texts, await screen_texts(tx, texts), strict=True)
        for hit in [*hits, *(find_payment(text.texts) if side == "merchant" else ())]
    }
    await store.add_marks(tx, [(disputes[id], mark) for (id, *_), mark in marks.items()])


async def get_dispute(reader: Reader, case_id: UUID, *, has_sayings: bool = True) -> Dispute | None:
    """Read a dispute whole, sealed or not: who may read what is for the caller to see to.

    What both sides said since it was opened, and what became of the order's money, takes a statement more; its file
    has what they said before.
    """
    dispute = (await store.read_disputes(reader, [case_id])).get(case_id)
    if dispute is not None and has_sayings:
        told: tuple[type[Event], ...] = (*SAYINGS, *_REPAYMENTS, OrderRepriced)
        # What comes into a wallet is told of the order, but where the buyer is.
        about = [case_id, dispute.order_id, dispute.buyer_id]
        trail = await get_trails(reader, about, told, SAYINGS_MAX + 1)
        # Who asks makes the case's id, and another's may be told of under the others.
        of_case = {event.__name__ for event in told if event in SAYINGS or event is CaseRefunded}
        trail = [row for row in trail if row["subject_id"] == case_id or row["type"] not in of_case]
        dispute.sayings = sayings_of(trail)[-SAYINGS_MAX:]
        names = {event.__name__: event for event in _REPAYMENTS}
        dispute.repayments = [_repayment(case_id, names[row["type"]], row) for row in trail if row["type"] in names]
        dispute.repricings = [
            Repricing(at=row["at"], before=row["data"]["before"], total=row["data"]["total"])
            for row in trail
            if row["type"] == OrderRepriced.__name__
        ]
    return dispute


_REPAYMENTS: Final[Mapping[type[Event], tuple[RepaymentKind, bool]]] = {
    CaseRefunded: (RepaymentKind.REFUND, True),
    RefundOrdered: (RepaymentKind.REFUND, False),
    PostageAwarded: (RepaymentKind.POSTAGE, False),
    CompensationReceived: (RepaymentKind.COMPENSATION, True),
}
"""What tells of money that the buyer was given: of which kind, and whether it is there then."""


def _repayment(case_id: UUID, event: type[Event], row: Row) -> Repayment:
    told = row["data"]
    kind, is_there = _REPAYMENTS[event]
    id = UUID(told["refund_id" if kind is RepaymentKind.REFUND else "compensation_id"])
    # Both come into the wallet the same way; the case's own is known also where that was not told.
    if kind is RepaymentKind.COMPENSATION and (told.get("is_postage") or id == postage_id(case_id)):
        kind = RepaymentKind.POSTAGE
    return Repayment(at=row["at"], refund_id=id, amount=told["amount"], is_there=is_there, kind=kind)


async def list_disputes(
    reader: Reader,
    states: Sequence[DisputeState],
    *,
    is_marked: bool = False,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 30,
) -> list[ListedDispute]:
    """Read everybody's disputes, newest first; where *is_marked*, those alone in which word rules found something."""
    return await store.list_disputes(reader, states, before, limit, is_marked=is_marked)


async def get_similar(reader: Reader, dispute: Dispute, *, limit: int = 5) -> list[SimilarCase]:
    """Read disputes that were decided for the same reason, those most like it first."""
    return await store.get_similar(reader, dispute, limit)


async def get_statistics(reader: Reader, shop_id: UUID | None = None) -> Statistics:
    """Count how disputes of a shop, or of all, were decided."""
    return await store.get_statistics(reader, shop_id)

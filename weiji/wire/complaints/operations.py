"""The verbs of complaints about merchant orders. Each takes an open transaction and a batch.

Whoever changes a complaint holds its order, as whoever gives money of it back does: so complaints need no locks of
their own. Locks: orders, then owners of pictures, then the ledger, then the heads of streams.
"""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar
from uuid import UUID

from weiji.aftersale import proof_owner
from weiji.disputes import DISPUTE_RULES
from weiji.events import Occurrence, publish
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.media import UsePictures, find_owned, use_pictures
from weiji.orders import get_common_terms_in_force
from weiji.rulebook import get_in_force
from weiji.wire.complaints import store
from weiji.wire.complaints.model import (
    AgreeToComplaint,
    AskComplaint,
    ComplaintMove,
    ComplaintStatus,
    CompleteComplaint,
    DecideComplaint,
    DecisionResult,
    ExpireComplaint,
    NoteOrderRefund,
    RefuseComplaint,
    RejectDecision,
    SayInComplaint,
    SecondDecision,
    StaffMove,
    TakeComplaintFurther,
    WithdrawComplaint,
)
from weiji.wire.complaints.rules import Found, Hearing, refund_of
from weiji.wire.keys import get_merchants
from weiji.wire.trade import Refunds
from weiji.word_rules import Action, Field, find_payment, get_matcher

M = TypeVar("M", bound=ComplaintMove)


async def ask_complaints(tx: Transaction, commands: Sequence[AskComplaint]) -> list[ComplaintStatus]:
    """Complain about merchant orders. Publishes ComplaintAsked."""
    hearing = await _open(tx, [(command.order_id, command.proof) for command in commands])
    hearing.found = await _find_words(tx, [(command.actor.kind, command.words) for command in commands])
    makers = {order.caller_mchid for order in hearing.refunds.orders.values() if order.caller_mchid != order.mchid}
    if makers:
        hearing.providers = {mchid: found.shop_id for mchid, found in (await get_merchants(tx, makers)).items()}
    statuses = [hearing.ask(command) for command in commands]
    await _write(tx, hearing)
    return statuses


async def say_in_complaints(tx: Transaction, commands: Sequence[SayInComplaint]) -> list[ComplaintStatus]:
    """Tell the other sides of complaints something. Publishes ComplaintReplied."""
    return await _move(tx, commands, Hearing.say)


async def refuse_complaints(tx: Transaction, commands: Sequence[RefuseComplaint]) -> list[ComplaintStatus]:
    """Say no to what complaints ask for. Publishes ComplaintRefused."""
    return await _move(tx, commands, Hearing.refuse)


async def agree_to_complaints(tx: Transaction, commands: Sequence[AgreeToComplaint]) -> list[ComplaintStatus]:
    """Give back what complaints ask for. Publishes ComplaintAgreed, ComplaintRefundOrdered, and what a refund does."""
    return await _move(tx, commands, Hearing.agree)


async def complete_complaints(tx: Transaction, commands: Sequence[CompleteComplaint]) -> list[ComplaintStatus]:
    """Say that complaints are dealt with. Publishes ComplaintCompleted."""
    return await _move(tx, commands, Hearing.complete)


async def take_complaints_further(tx: Transaction, commands: Sequence[TakeComplaintFurther]) -> list[ComplaintStatus]:
    """Leave complaints to the operator's staff. Publishes ComplaintTakenFurther."""
    return await _move(tx, commands, Hearing.take_further)


async def withdraw_complaints(tx: Transaction, commands: Sequence[WithdrawComplaint]) -> list[ComplaintStatus]:
    """End complaints, as their payers want. Publishes ComplaintWithdrawn."""
    return await _move(tx, commands, Hearing.withdraw)


async def expire_complaints(tx: Transaction, commands: Sequence[ExpireComplaint]) -> list[ComplaintStatus]:
    """End complaints whose payers let the time pass. Publishes ComplaintExpired."""
    return await _move(tx, commands, Hearing.expire)


async def decide_complaints(tx: Transaction, commands: Sequence[DecideComplaint]) -> list[DecisionResult]:
    """Sign what comes of complaints. Publishes ComplaintDecided, or ComplaintDecisionProposed where it takes two."""
    return _told_of_passwords(commands, await _move(tx, commands, Hearing.decide))


async def second_decisions(tx: Transaction, commands: Sequence[SecondDecision]) -> list[DecisionResult]:
    """Sign what others of the staff proposed. Publishes ComplaintDecided, and ComplaintRefundOrdered."""
    return _told_of_passwords(commands, await _move(tx, commands, Hearing.second))


def _told_of_passwords(commands: Sequence[StaffMove], statuses: Sequence[ComplaintStatus]) -> list[DecisionResult]:
    return [
        DecisionResult(status=status, tries_left=refusal.tries_left, locked_until=refusal.locked_until)
        if (refusal := command.refusal) and refusal.status == status
        else DecisionResult(status=status)
        for command, status in zip(commands, statuses, strict=True)
    ]


async def reject_decisions(tx: Transaction, commands: Sequence[RejectDecision]) -> list[ComplaintStatus]:
    """Do not sign what others of the staff proposed. Publishes ComplaintDecisionRejected."""
    return await _move(tx, commands, Hearing.reject)


async def note_order_refunds(tx: Transaction, commands: Sequence[NoteOrderRefund]) -> list[ComplaintStatus]:
    """Note what goes back of merchant orders, and what arrived: complaints end with it.

    Publishes ComplaintRefundOrdered, ComplaintRefunded. Most orders have no complaint: then nothing is locked.
    """
    complained = await store.find_complained(tx, {command.order_id for command in commands})
    if not complained:
        return [ComplaintStatus.COMPLAINT_NOT_FOUND] * len(commands)
    refund_ids = [command.refund_id for command in commands if command.order_id in complained]
    hearing = await _open(tx, [(order_id, ()) for order_id in complained], refund_ids)
    statuses = [
        hearing.note_refund(command) if command.order_id in complained else ComplaintStatus.COMPLAINT_NOT_FOUND
        for command in commands
    ]
    await _write(tx, hearing)
    return statuses


async def _move(
    tx: Transaction, commands: Sequence[M], judge: Callable[[Hearing, M], ComplaintStatus]
) -> list[ComplaintStatus]:
    orders = await store.find_orders(tx, {command.complaint_id for command in commands})
    shown = [
        (order_id, command.proof if isinstance(command, SayInComplaint | RefuseComplaint) else ())
        for command in commands
        if (order_id := orders.get(command.complaint_id))
    ]
    hearing = await _open(tx, shown)
    said = [(c.actor.kind, c.words) for c in commands if isinstance(c, SayInComplaint | RefuseComplaint)]
    hearing.found = await _find_words(tx, said)
    statuses = [judge(hearing, command) for command in commands]
    await _write(tx, hearing)
    return statuses


async def _open(
    tx: Transaction, orders: Sequence[tuple[UUID, Sequence[str]]], refund_ids: Collection[UUID] = ()
) -> Hearing:
    """Lock orders, and read the complaints about them, their rules, and which pictures were uploaded for them."""
    refunds = await Refunds.lock(tx, {order_id for order_id, _ in orders}, refund_ids)
    complaints = await store.read_complaints(tx, refunds.orders) if refunds.orders else {}
    # What gives money back once would find its refund again.
    made = {refund_of(refunds.orders[each.order_id], each.id) for each in complaints.values()} - set(refund_ids)
    await refunds.read(tx, made)
    shown = {(proof_owner(order_id), url) for order_id, urls in orders for url in urls}
    kept = frozenset(await find_owned(tx, shown)) if shown else frozenset()
    trade, _rate = await get_common_terms_in_force(tx, tx.now)
    disputes = await get_in_force(tx, DISPUTE_RULES, tx.now)
    return Hearing(refunds, complaints, trade, disputes.rules, tx.now, kept)


async def _find_words(tx: Transaction, said: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Found]:
    """Tell what word rules find in what is to be said, by who says it.

    Where a shop speaks of something given for a review, it may offer that, or deny it: it is marked, and not refused.
    """
    if not said:
        return {}
    matcher = await get_matcher(tx)
    found = {}
    for kind, words in set(said):
        texts = [(Field.MESSAGE, words)]
        hits = matcher.find(texts)
        offers = find_payment(texts) if kind == "merchant" else []
        found[kind, words] = Found((*hits, *offers), any(hit.action is Action.REFUSE for hit in hits))
    return found


async def _write(tx: Transaction, hearing: Hearing) -> None:
    uses = [
        UsePictures(holder_id=derive(complaint.id, *urls), owner_id=proof_owner(complaint.order_id), urls=urls)
        for complaint, urls in hearing.shown
        if urls
    ]
    if uses:
        await use_pictures(tx, uses)
    changed = [complaint for id, complaint in hearing.changed.items() if id not in hearing.new]
    await store.change_complaints(tx, changed)
    await store.add_complaints(tx, list(hearing.new.values()))
    told = [Occurrence(each.event, each.complaint.shop_id, each.complaint.id, each.actor) for each in hearing.told]
    await publish(tx, [*await hearing.refunds.write(tx), *told])

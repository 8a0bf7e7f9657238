"""What is decided about complaints, as pure functions over what was read. The money is judged as that of any refund."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.aftersale import proof_owner
from weiji.disputes import DisputeRules, hash_of
from weiji.events import BY_CHANNEL, Actor, Event
from weiji.events.wire import (
    ComplaintAgreed,
    ComplaintAsked,
    ComplaintCompleted,
    ComplaintDecided,
    ComplaintDecisionProposed,
    ComplaintDecisionRejected,
    ComplaintExpired,
    ComplaintRefunded,
    ComplaintRefundOrdered,
    ComplaintRefused,
    ComplaintReplied,
    ComplaintTakenFurther,
    ComplaintWithdrawn,
)
from weiji.kit.ids import shard_of
from weiji.kit.text import is_text
from weiji.orders import TradeRules
from weiji.wire.complaints.machine import OVER, WITH_SIDES, WITH_STAFF, ComplaintState, ComplaintVerb, target
from weiji.wire.complaints.model import (
    DAYS_MAX,
    MARKS_MAX,
    PROOF_MAX,
    SAYINGS_MAX,
    TIMES_MAX,
    WORDS_MAX,
    AgreeToComplaint,
    AskComplaint,
    Complaint,
    ComplaintMark,
    ComplaintMove,
    ComplaintStatus,
    CompleteComplaint,
    DecideComplaint,
    ExpireComplaint,
    NoteOrderRefund,
    Objection,
    RefuseComplaint,
    RejectDecision,
    Ruling,
    SayInComplaint,
    SecondDecision,
    StaffMove,
    TakeComplaintFurther,
    WithdrawComplaint,
)
from weiji.wire.trade import MerchantOrder, RefundMerchantOrder, Refunds, RefundStatus, State, refund_id_of
from weiji.word_rules import Hit

_V = ComplaintVerb
_S = ComplaintState
_Status = ComplaintStatus

_REFUSALS: Final[Mapping[RefundStatus, ComplaintStatus]] = {
    RefundStatus.CHARGED_BACK: _Status.CHARGED_BACK,
    RefundStatus.SHARED_OUT: _Status.SHARED_OUT,
    RefundStatus.EXCEEDS_ORDER: _Status.AMOUNT_OUT_OF_RANGE,
}
"""Why no refund can be made, as a complaint tells it."""


class Found(Struct, frozen=True):
    """What word rules found in what somebody says, and whether the operator has that refused."""

    hits: tuple[Hit, ...]
    is_refused: bool


class Told(Struct, frozen=True):
    """What happened to a complaint, by whom."""

    complaint: Complaint
    event: Event
    actor: Actor


def refund_number(complaint_id: UUID) -> str:
    """Make the number (`out_refund_no`) of the refund that ends a complaint: there is one at most.

    No program can give a refund a number with a dot: so none takes this one first, which would bar the award.
    """
    return f"C.{complaint_id.hex}"


def refund_of(order: MerchantOrder, complaint_id: UUID) -> UUID:
    """Name the refund that ends a complaint: who made the order finds it by its number."""
    return refund_id_of(order.shop_id, order.caller_mchid, refund_number(complaint_id))


def is_party(complaint: Complaint, person_id: UUID | None, shops: Sequence[UUID]) -> bool:
    """Tell whether somebody paid the order, or works for the shop or for who made it: they decide nothing about it."""
    return person_id == complaint.payer_id or not {complaint.shop_id, complaint.maker_id}.isdisjoint(shops)


def seal_of(complaint: Complaint) -> str:
    """Hash what is proposed: who pays whom how much, why, as both sides will read it, and who signed it first."""
    return hash_of([complaint.id, complaint.order_id, complaint.shop_id, complaint.payer_id, complaint.ruling])


def bar_of(paid_at: datetime | None, rest: int, last: Complaint | None, now: datetime) -> ComplaintStatus | None:
    """Say why an order can't be complained about; *rest*: what could go back, *last*: what was asked the last time."""
    if paid_at is None or not rest:
        return _Status.NOT_ALLOWED_NOW
    if now >= paid_at + timedelta(days=DAYS_MAX):
        return _Status.TOO_LATE
    if last is not None and last.state not in OVER:
        return _Status.COMPLAINT_OPEN
    if last is not None and last.number >= TIMES_MAX:
        return _Status.TOO_MANY_COMPLAINTS
    return None


class Hearing:
    """Orders that are locked with all complaints about them: commands are judged one after another."""

    def __init__(
        self,
        refunds: Refunds,
        complaints: dict[UUID, Complaint],
        trade: TradeRules,
        disputes: DisputeRules,
        now: datetime,
        kept: frozenset[tuple[UUID, str]] = frozenset(),
        found: Mapping[tuple[str, str], Found] | None = None,
        providers: Mapping[str, UUID] | None = None,
    ) -> None:
        self.refunds = refunds
        self.complaints = complaints
        self.trade = trade
        self.disputes = disputes
        self.now = now
        self.kept = kept
        """Pictures that were uploaded for orders, as (owner, address)."""
        self.found = found or {}
        """What word rules find in what is said, by who says it."""
        self.providers = providers or {}
        """The shops of service providers that made orders, by their numbers."""
        self.new: dict[UUID, Complaint] = {}
        self.changed: dict[UUID, Complaint] = {}
        self.shown: list[tuple[Complaint, tuple[str, ...]]] = []
        """Pictures that are shown from now on."""
        self.told: list[Told] = []

    # The payer's

    def ask(self, command: AskComplaint) -> ComplaintStatus:
        """Open a complaint."""
        order = self.refunds.orders.get(command.order_id)
        if order is None or order.payer_id is None or order.payer_id != command.actor.person_id:
            return _Status.ORDER_NOT_FOUND
        found = self.complaints.get(command.id)
        if found is not None:
            asked = (found.order_id, found.reason, found.words, found.proof)
            is_same = asked == (command.order_id, command.reason, command.words, command.proof)
            return _Status.EXISTS if is_same else _Status.EXISTS_WITH_DIFFERENT_TERMS
        if shard_of(command.id) != shard_of(order.id):
            return _Status.ID_IN_ANOTHER_SHARD
        others = [each for each in self.complaints.values() if each.order_id == order.id]
        paid_at = order.paid_at if order.state is State.PAID else None
        rest = order.total - order.refunded
        bar = bar_of(paid_at, rest, max(others, key=lambda each: each.number, default=None), self.now)
        if bar:
            return bar
        if not 0 <= command.amount <= rest:
            return _Status.AMOUNT_OUT_OF_RANGE
        if self._is_charged_back(order, command.amount):
            return _Status.CHARGED_BACK
        refusal = self._refuse_words(order.id, command.actor, command.words, command.proof)
        if refusal:
            return refusal
        complaint = Complaint(
            id=command.id,
            order_id=order.id,
            shop_id=order.shop_id,
            maker_id=order.shop_id if order.caller_mchid == order.mchid else self.providers[order.caller_mchid],
            payer_id=order.payer_id,
            number=len(others) + 1,
            reason=command.reason,
            words=command.words,
            proof=command.proof,
            amount=command.amount,
            state=_S.ASKED,
            due_at=self.now + timedelta(hours=self.trade.answer_hours),
            asked_at=self.now,
        )
        self._mark(complaint, command.actor, command.words)
        self.complaints[complaint.id] = self.new[complaint.id] = complaint
        self.shown.append((complaint, command.proof))
        asked_for = ComplaintAsked(
            order_id=order.id, reason=command.reason.value, amount=command.amount, number=complaint.number
        )
        self._tell(complaint, asked_for, command.actor)
        return _Status.DONE

    def take_further(self, command: TakeComplaintFurther) -> ComplaintStatus:
        """Leave a complaint to the operator's staff."""
        found = self._find(command, _V.TAKE_FURTHER, (_S.REVIEWING, _S.PROPOSED))
        if isinstance(found, ComplaintStatus):
            return found
        if command.actor.kind == "clock" and not self._is_due(found):
            return _Status.TOO_EARLY
        found.further_at = self.now
        return self._move(found, _V.TAKE_FURTHER, command.actor, ComplaintTakenFurther())

    def withdraw(self, command: WithdrawComplaint) -> ComplaintStatus:
        """End a complaint, as its payer wants."""
        found = self._find(command, _V.WITHDRAW, (_S.WITHDRAWN,))
        if isinstance(found, ComplaintStatus):
            return found
        return self._move(found, _V.WITHDRAW, command.actor, ComplaintWithdrawn())

    def expire(self, command: ExpireComplaint) -> ComplaintStatus:
        """End a complaint that was answered, and whose payer let the time pass."""
        found = self._find(command, _V.EXPIRE, (_S.EXPIRED,))
        if isinstance(found, ComplaintStatus):
            return found
        if not self._is_due(found):
            return _Status.TOO_EARLY
        return self._move(found, _V.EXPIRE, command.actor, ComplaintExpired())

    # Both sides'

    def say(self, command: SayInComplaint) -> ComplaintStatus:
        """Tell the other side something."""
        found = self._find(command, _V.SAY)
        if isinstance(found, ComplaintStatus):
            return found
        is_payer = command.actor.kind == "buyer"
        if (found.payer_said if is_payer else found.shop_said) >= SAYINGS_MAX:
            return _Status.TOO_MANY_SAYINGS
        refusal = self._refuse_words(
            found.order_id, command.actor, command.words, command.proof, is_with_staff=found.is_with_staff
        )
        if refusal:
            return refusal
        self._mark(found, command.actor, command.words)
        self._count(found, is_payer=is_payer)
        self.shown.append((found, command.proof))
        event = ComplaintReplied(words=command.words, proof=command.proof)
        status = self._move(found, _V.SAY, command.actor, event)
        found.said_last = "buyer" if is_payer else "merchant"
        return status

    # The merchant's

    def refuse(self, command: RefuseComplaint) -> ComplaintStatus:
        """Say no to what is asked for."""
        found = self._find(command, _V.REFUSE)
        if isinstance(found, ComplaintStatus):
            return found
        if found.shop_said >= SAYINGS_MAX:
            return _Status.TOO_MANY_SAYINGS
        refusal = self._refuse_words(found.order_id, command.actor, command.words, command.proof)
        if refusal:
            return refusal
        self._mark(found, command.actor, command.words)
        self._count(found, is_payer=False)
        self.shown.append((found, command.proof))
        event = ComplaintRefused(words=command.words, proof=command.proof)
        return self._move(found, _V.REFUSE, command.actor, event)

    def agree(self, command: AgreeToComplaint) -> ComplaintStatus:
        """Give back what is asked for, or what is left of it."""
        found = self._find(command, _V.AGREE, (_S.REFUNDING, _S.REFUNDED))
        if isinstance(found, ComplaintStatus):
            return found
        order = self.refunds.orders[found.order_id]
        amount = min(found.amount, self.refunds.left(order))
        if not amount:
            return _Status.CHARGED_BACK if self._is_charged_back(order, found.amount) else _Status.AMOUNT_OUT_OF_RANGE
        status = self._give_back(found, order, amount, _V.AGREE, command.actor, ComplaintAgreed(amount=amount))
        if status is _Status.DONE:
            found.ruling = None  # What was proposed is never decided.
        return status

    def complete(self, command: CompleteComplaint) -> ComplaintStatus:
        """Note that the merchant takes it for dealt with."""
        # With the staff, nobody waits for the merchant: what a program notes then changes nothing.
        done = (_S.COMPLETED, *WITH_STAFF, _S.REFUNDING, *OVER)
        found = self._find(command, _V.COMPLETE, done)
        if isinstance(found, ComplaintStatus):
            return found
        return self._move(found, _V.COMPLETE, command.actor, ComplaintCompleted())

    # The staff's

    def decide(self, command: DecideComplaint) -> ComplaintStatus:
        """Sign what comes of it; of so much, it is proposed to another of the staff."""
        verb = _V.AWARD if command.amount else _V.DISMISS
        found = self._find(command, _V.PROPOSE)
        if isinstance(found, ComplaintStatus):
            return found
        order = self.refunds.orders[found.order_id]
        if not 0 <= command.amount <= self._most(found, order):
            return _Status.AMOUNT_OUT_OF_RANGE
        if self._is_charged_back(order, command.amount):
            return _Status.CHARGED_BACK
        if not command.words.strip() or not is_text(command.words, WORDS_MAX):
            return _Status.WORDS_INVALID
        signed_by = command.actor.person_id
        assert signed_by is not None, "staff are somebody"
        ruling = Ruling(amount=command.amount, words=command.words, signed_by=signed_by, signed_at=self.now)
        # What is a large sum stays one however many complaints of its order it is cut into.
        awarded = sum(
            each.ruling.amount
            for each in self.complaints.values()
            if each.order_id == order.id and each.decided_at and each.ruling
        )
        if max(found.amount, command.amount) + awarded >= self.disputes.second_from:
            found.ruling = ruling
            return self._move(found, _V.PROPOSE, command.actor, ComplaintDecisionProposed())
        return self._rule(found, order, ruling, verb, command.actor)

    def second(self, command: SecondDecision) -> ComplaintStatus:
        """Sign what another of the staff proposed."""
        found = self._find_proposed(command)
        if isinstance(found, ComplaintStatus):
            return found
        ruling = found.ruling
        assert ruling is not None, "what is proposed was signed"
        verb = _V.AWARD if ruling.amount else _V.DISMISS
        return self._rule(found, self.refunds.orders[found.order_id], ruling, verb, command.actor)

    def reject(self, command: RejectDecision) -> ComplaintStatus:
        """Do not sign what another of the staff proposed."""
        found = self._find_proposed(command)
        if isinstance(found, ComplaintStatus):
            return found
        if not command.words.strip() or not is_text(command.words, WORDS_MAX):
            return _Status.WORDS_INVALID
        ruling, by = found.ruling, command.actor.person_id
        assert ruling is not None, "what is proposed was signed"
        assert by is not None, "staff are somebody"
        found.ruling = None
        found.objections = (*found.objections, Objection(ruling=ruling, words=command.words, by=by, at=self.now))
        return self._move(found, _V.REJECT, command.actor, ComplaintDecisionRejected())

    # The money's

    def note_refund(self, command: NoteOrderRefund) -> ComplaintStatus:
        """Note that all of an order goes back, which ends what is asked; and that its payer has the money."""
        order, refund = self.refunds.orders.get(command.order_id), self.refunds.refunds.get(command.refund_id)
        if order is None or refund is None:
            return _Status.ORDER_NOT_FOUND
        status = _Status.COMPLAINT_NOT_FOUND
        for complaint in self.complaints.values():
            if complaint.order_id != order.id:
                continue
            if complaint.is_open and command.is_whole:
                complaint.refund_id, complaint.amount, complaint.ruling = refund.id, refund.amount, None
                event = ComplaintRefundOrdered(order_id=order.id, refund_id=refund.id, amount=refund.amount)
                status = self._move(complaint, _V.NOTE_WHOLE, Actor("merchant", order.shop_id), event)
            if complaint.refund_id == refund.id and complaint.state is _S.REFUNDED:
                status = _Status.EXISTS
            elif complaint.refund_id == refund.id and refund.arrived_at is not None:
                arrived = ComplaintRefunded(refund_id=refund.id, amount=complaint.amount)
                status = self._move(complaint, _V.NOTE_REFUND, BY_CHANNEL, arrived)
        return status

    # How

    def _find(
        self, command: ComplaintMove, verb: ComplaintVerb, done: Sequence[ComplaintState] = ()
    ) -> Complaint | ComplaintStatus:
        """Find the complaint of a command whose verb may be done now; *done*: the states in which it was."""
        found, actor = self.complaints.get(command.complaint_id), command.actor
        is_theirs = found is not None and (
            actor.kind in ("staff", "clock")
            or (actor.kind == "buyer" and actor.person_id == found.payer_id)
            or (actor.kind == "merchant" and command.shop_id == found.shop_id)
        )
        if found is None or not is_theirs:
            return _Status.COMPLAINT_NOT_FOUND
        if isinstance(command, StaffMove) and command.refusal:
            return ComplaintStatus(command.refusal.status)
        if target(verb, found.state, actor.kind) is None:
            return _Status.EXISTS if found.state in done else _Status.NOT_ALLOWED_NOW
        if isinstance(command, StaffMove) and is_party(found, actor.person_id, command.shops):
            return _Status.IS_PARTY
        # Who paid and works for the shop is on both sides: for the shop somebody else answers.
        if actor.kind == "merchant" and actor.person_id == found.payer_id:
            return _Status.IS_PARTY
        return found

    def _find_proposed(self, command: SecondDecision | RejectDecision) -> Complaint | ComplaintStatus:
        found = self._find(command, _V.REJECT)
        if isinstance(found, ComplaintStatus):
            return found
        if found.ruling and found.ruling.signed_by == command.actor.person_id:
            return _Status.ANOTHER_NEEDED
        return found if command.seen == seal_of(found) else _Status.DECISION_DIFFERS

    def _most(self, complaint: Complaint, order: MerchantOrder) -> int:
        """Say how much may be awarded: what is asked for, as far as it is left; or anything where nothing was named."""
        rest = order.total - order.refunded
        return min(complaint.amount, rest) if complaint.amount else rest

    def _is_charged_back(self, order: MerchantOrder, amount: int) -> bool:
        """Tell whether *amount* is left of an order, and not for its payer: they got it by their channel."""
        return self.refunds.left(order) < amount <= order.total - order.refunded

    def _rule(
        self, complaint: Complaint, order: MerchantOrder, ruling: Ruling, verb: ComplaintVerb, actor: Actor
    ) -> ComplaintStatus:
        event = ComplaintDecided(amount=ruling.amount, words=ruling.words)
        if verb is _V.DISMISS:
            complaint.ruling, complaint.decided_at = ruling, self.now
            return self._move(complaint, verb, actor, event)
        status = self._give_back(complaint, order, ruling.amount, verb, actor, event)
        if status is _Status.DONE:
            complaint.ruling, complaint.decided_at = ruling, self.now
        return status

    def _give_back(
        self,
        complaint: Complaint,
        order: MerchantOrder,
        amount: int,
        verb: ComplaintVerb,
        actor: Actor,
        event: Event,
    ) -> ComplaintStatus:
        command = RefundMerchantOrder(
            id=refund_of(order, complaint.id),
            order_id=order.id,
            caller_mchid=order.caller_mchid,
            number=refund_number(complaint.id),
            amount=amount,
            total=None,
            reason="投诉退款",
            notify_url=None,
            key_id=None,
            actor=actor,
            is_awarded=verb is _V.AWARD,
        )
        status = self.refunds.make(command)
        if status is not RefundStatus.CREATED:
            return _REFUSALS.get(status, _Status.NOT_ALLOWED_NOW)
        complaint.refund_id, complaint.amount = command.id, amount
        done = self._move(complaint, verb, actor, event)
        ordered = ComplaintRefundOrdered(order_id=order.id, refund_id=command.id, amount=amount)
        self._tell(complaint, ordered, actor)
        return done

    def _move(self, complaint: Complaint, verb: ComplaintVerb, actor: Actor, event: Event) -> ComplaintStatus:
        """Do what the table has, start the clock that it names, and tell of it."""
        before = complaint.state
        to = target(verb, before, actor.kind)
        assert to is not None, f"{verb} in {before} by {actor.kind}"
        complaint.state, complaint.said_last = to, None
        complaint.due_at = self._due(before, to, verb, complaint.due_at)
        if to in OVER:
            complaint.ended_at = self.now
        self.changed[complaint.id] = complaint
        self._tell(complaint, event, actor)
        return _Status.DONE

    def _due(
        self, before: ComplaintState, to: ComplaintState, verb: ComplaintVerb, due_at: datetime | None
    ) -> datetime | None:
        match to:
            case _S.ASKED if before is not _S.ASKED:
                return self.now + timedelta(hours=self.trade.answer_hours)
            case _S.ANSWERED:
                return self.now + timedelta(days=self.trade.refused_days)
            case _S.REVIEWING | _S.PROPOSED if verb is not _V.SAY:
                return self.now + self.disputes.decide_within
            case _S.REFUNDING | _S.REFUNDED | _S.WITHDRAWN | _S.EXPIRED | _S.DISMISSED:
                return None
            case _:
                return due_at

    def _is_due(self, complaint: Complaint) -> bool:
        return complaint.state in WITH_SIDES and complaint.due_at is not None and self.now >= complaint.due_at

    def _mark(self, complaint: Complaint, actor: Actor, words: str) -> None:
        """Mark for the staff what word rules find in what was said, where that is new."""
        said = self.found.get((actor.kind, words))
        if said is None or actor.kind not in ("buyer", "merchant"):
            return
        marks = {(mark.by, mark.rule_id, mark.word): mark for mark in complaint.marks}
        for hit in said.hits:
            mark = ComplaintMark(
                by=actor.kind,
                rule_id=hit.rule_id,
                name=hit.name,
                action=hit.action,
                word=hit.word,
                found=hit.found,
                at=self.now,
            )
            marks.setdefault((mark.by, mark.rule_id, mark.word), mark)
        complaint.marks = tuple(marks.values())[:MARKS_MAX]

    def _count(self, complaint: Complaint, *, is_payer: bool) -> None:
        if is_payer:
            complaint.payer_said += 1
        else:
            complaint.shop_said += 1

    def _refuse_words(
        self, order_id: UUID, actor: Actor, words: str, proof: Sequence[str], *, is_with_staff: bool = False
    ) -> ComplaintStatus | None:
        if not words.strip() or not is_text(words, WORDS_MAX):
            return _Status.WORDS_INVALID
        found = self.found.get((actor.kind, words))
        if found is not None and found.is_refused and not is_with_staff:
            return _Status.WORDS_REFUSED
        owner = proof_owner(order_id)
        if len(proof) > PROOF_MAX or any((owner, url) not in self.kept for url in proof):
            return _Status.PROOF_INVALID
        return None

    def _tell(self, complaint: Complaint, event: Event, actor: Actor) -> None:
        self.told.append(Told(complaint, event, actor))

"""Judges disputes: pure functions over locked orders, cases and disputes. Time is an argument.

What a ruling does to its order goes through the desk of after-sale, which changes it in memory, and is written later.
"""

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from weiji.aftersale import (
    Case,
    CaseKind,
    CaseState,
    CaseVerb,
    Desk,
    ExpireCase,
    Saying,
    SealedCase,
    award_of,
    may,
    proof_owner,
)
from weiji.catalog import ProductText
from weiji.disputes.machine import BY_CLOCK, DisputeState, DisputeVerb, target
from weiji.disputes.model import (
    CLAIM_MAX,
    PICTURES_MAX,
    RULINGS_MAX,
    WORDS_MAX,
    AdvanceDispute,
    AppealRuling,
    Basis,
    Dispute,
    DisputedParcel,
    DisputeMove,
    DisputeRules,
    DisputeStatus,
    Evidence,
    File,
    OpenDispute,
    Opener,
    OrderFile,
    Posting,
    RejectRuling,
    RuleDispute,
    Ruling,
    SaidIn,
    SecondRuling,
    Side,
    SubmitEvidence,
    WithdrawDispute,
)
from weiji.escrow import Chain
from weiji.events import BY_SYSTEM, Event, Occurrence
from weiji.events.disputes import (
    DisputeOpened,
    DisputeRuled,
    DisputeWithdrawn,
    EvidenceSubmitted,
    EvidenceUnsealed,
    PostageAwarded,
    RulingAppealed,
    RulingExecuted,
    RulingProposed,
    RulingRejected,
)
from weiji.kit.ids import derive, shard_of
from weiji.kit.text import is_text
from weiji.ledger import Kind, TransferFlags, chart
from weiji.orders import Casework, Order, left_of

_D = DisputeStatus
_S = DisputeState
_V = DisputeVerb

BUDGET: Final = "budget"
"""Who paid for a coupon, in postings: what is on its way to them has an account with what is on its way to buyers."""

POSTAGE: Final = "postage"
"""What a shop pays for sending goods back, on its way to the buyer's wallet. What fills it follows in the list."""

ALL: Final = 100
"""The whole share, in percent."""

SUSPENDED_FOR: Final = timedelta(days=1)
"""When the clock looks again at a dispute whose case stands because a channel disputes the payment."""

_BALANCING: Final = TransferFlags.BALANCING_DEBIT | TransferFlags.BALANCING_CREDIT


def hash_of(content: Any) -> str:
    """Hash what is to be kept as it is: SHA-256 of its JSON, with its names in order."""
    return sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def amount_of(goods: int, most: int, share: int, freight_by: Side) -> int:
    """Say what a ruling gives the buyer: a share of the goods, rounded down, and freight where the shop bears it.

    Both are of what was asked for: nobody is awarded more.
    """
    return goods * share // ALL + (most - goods if freight_by is Side.MERCHANT else 0)


def postings_of(order: Order, chains: Sequence[Chain]) -> tuple[Posting, ...]:
    """Name the accounts of what is to be posted. What ends a hold has none of its own, nor what is taken out of it:
    what is shown as taken at most of what is available has that in it. What was a coupon's goes the same way as what
    the buyer gets, and not to the buyer: it is named apart.
    """
    shard, shop = shard_of(order.id), order.shop_id
    accounts = (
        chart.escrow(order.id),
        chart.escrow_subsidy(order.id),
        chart.refundable(order.id),
        chart.control(shard),
        chart.transit(shard),
        chart.fee_income(shard),
        chart.merchant_pending(shop),
        chart.merchant_available(shop),
        chart.merchant_deposit(shop),
        chart.merchant_owed(shop),
        chart.merchant_claim(shop),
    )
    names = {account.id: chart.Code(account.code).name.lower() for account in accounts}
    out_of_hold = (chart.transit(shard).id, chart.merchant_claim(shop).id)
    return tuple(
        Posting(debit="held", credit="freed", amount=0)
        if transfer.pending_id or not (transfer.debit_account_id and transfer.credit_account_id)
        else Posting(
            debit=names[transfer.debit_account_id],
            credit=_credited(transfer.code, names[transfer.credit_account_id]),
            amount=transfer.amount,
            is_at_most=bool(transfer.flags & _BALANCING),
        )
        for chain in chains
        for transfer in chain.transfers
        if (transfer.debit_account_id, transfer.credit_account_id) != out_of_hold
    )


_APART: Final[Mapping[int, str]] = {Kind.SUBSIDY_RETURNED: BUDGET, Kind.POSTAGE: POSTAGE}
"""What is on its way, too, and not to where a refund goes."""


def _credited(kind: int, name: str) -> str:
    return _APART.get(kind, name) if name == "transit" else name


def is_as_shown(posted: Sequence[Posting], shown: Sequence[Posting]) -> bool:
    """Tell whether what is posted is what was shown: also where that is so old that a coupon's part was not named."""
    unnamed = [replace(each, credit="transit") if each.credit == BUDGET else each for each in posted]
    return list(shown) in (list(posted), unnamed)


def most_of(order: Order, case: Case | SealedCase) -> int:
    """Say what of the line of a case has not gone back: less than when it was opened, where a channel took a part."""
    return left_of(order.lines[case.line - 1])


def ruled_by(dispute: Dispute, share: int, freight_by: Side) -> int:
    """Say what a ruling gives the buyer: `amount_of`, as far as it was asked for.

    Who is not given units back that were not sent is not given their freight either: an award cancels them.
    """
    if dispute.file.case.kind is CaseKind.CANCEL and not share:
        return 0
    return min(amount_of(dispute.goods, dispute.most, share, freight_by), dispute.asked)


def award_for(dispute: Dispute, order: Order, share: int, freight_by: Side) -> int:
    """Say what of that can be awarded as the order stands: what the payer has by their channel is not there."""
    return min(ruled_by(dispute, share, freight_by), most_of(order, dispute.file.case))


def loses(dispute: Dispute, side: Side, ruling: Ruling) -> bool:
    """Tell whether a side has something to appeal against: not all that was asked for, or anything of it.

    Who is to send goods back may say that there are none.
    """
    ruled = ruled_by(dispute, ruling.share, ruling.freight_by)
    return ruled < dispute.asked if side is Side.BUYER else bool(ruled or ruling.postage or ruling.goods_back)


def preview(
    order: Order,
    case: Case | SealedCase,
    amount: int,
    now: datetime,
    postage: int = 0,
    *,
    goods_back: bool = False,
) -> tuple[Posting, ...]:
    """Say what awarding *amount*, and *postage* for sending goods back, would post. Nothing is changed.

    Where the shop is to send *goods_back*, what is held stays held until it does.
    """
    copy = deepcopy(order)
    work = Casework({copy.id: copy}, now)
    if amount:
        work.give_back(award_of(copy, copy.lines[case.line - 1], case, amount, actor=BY_SYSTEM))
    elif most_of(copy, case) and not goods_back:
        work.let_go(copy, case.hold_id)
    if postage:
        work.pay_postage(copy, case.id, postage)
    return postings_of(copy, work.chains)


def bar_of(dispute: Dispute, person_id: UUID | None, shops: Collection[UUID]) -> DisputeStatus | None:
    """Say why an arbiter, who works for *shops*, may not decide a dispute as it stands; None: they may."""
    if dispute.buyer_id == person_id or dispute.shop_id in shops:
        return _D.IS_PARTY
    if dispute.suspended_at is not None:
        return _D.SUSPENDED
    ruling = dispute.ruling
    if dispute.state in (_S.PROPOSED, _S.APPEAL_PROPOSED) and ruling and ruling.signed_by == person_id:
        return _D.ANOTHER_ARBITER_NEEDED
    if dispute.state in (_S.APPEALED, _S.APPEAL_PROPOSED) and any(
        person_id in each.signers for each in dispute.rulings if not each.is_appeal
    ):
        return _D.ANOTHER_ARBITER_NEEDED
    return None


def read_by_side(dispute: Dispute) -> Dispute:
    """Leave out what only arbiters read: rulings that were not made, what was proposed and not paid, and marks."""
    return replace(dispute, rulings=dispute.standing, compensations=dispute.compensated, marks=[])


def read_by_arbiter(dispute: Dispute, person_id: UUID | None, shops: Collection[UUID]) -> Dispute:
    """Leave out what an arbiter is not to read: what is sealed, and in their own cause what no side may."""
    if bar_of(dispute, person_id, shops) is _D.IS_PARTY:
        return replace(read_by_side(dispute), evidence=[] if dispute.is_sealed else dispute.evidence)
    return replace(dispute, evidence=[]) if dispute.state is _S.EVIDENCE else dispute


def said_in(dispute: Dispute) -> list[tuple[Side, SaidIn, str]]:
    """Give what both sides said, and where; what is sealed is nobody's to look at."""
    said = [(Side.BUYER, SaidIn.CASE, dispute.file.case.words)]
    said += [(Side(saying.by), SaidIn.CASE, saying.words) for saying in dispute.sayings]
    if dispute.opened_by is not Opener.CLOCK:
        said.append((Side(dispute.opened_by), SaidIn.CLAIM, dispute.claim))
    if not dispute.is_sealed:
        said += [(evidence.side, SaidIn.EVIDENCE, evidence.words) for evidence in dispute.evidence]
    if dispute.appealed_by is not None:
        said.append((dispute.appealed_by, SaidIn.APPEAL, dispute.appeal))
    return [each for each in said if each[2]]


def stop_of(order: Order, rules: DisputeRules, now: datetime) -> datetime:
    """Say when the rules decide a dispute that is opened now: what is held is not held for ever."""
    at = now + rules.stop_within
    if order.received_at is None and order.paid_at is not None:
        at = min(at, order.paid_at + rules.custody_for)
    return max(at, now + rules.evidence_for)


def postage_id(case_id: UUID) -> UUID:
    """Name what is paid to a buyer for sending goods back because of a case."""
    return derive(case_id, "return postage")


def is_postage(dispute: Dispute, postage: int, freight_by: Side) -> bool:
    """Tell whether so much may be awarded for sending goods back: of a shop that bears freight."""
    return postage == 0 or (freight_by is Side.MERCHANT and 0 < postage <= dispute.postage_most)


def fault_of(
    dispute: Dispute, share: int, freight_by: Side, postage: int, words: str, *, goods_back: bool = False
) -> DisputeStatus | None:
    """Say what is wrong with a ruling, before it is shown or signed; None: nothing is."""
    if not is_postage(dispute, postage, freight_by):
        return _D.POSTAGE_OUT_OF_RANGE
    if not _is_said(words, WORDS_MAX) or len(dispute.rulings) >= RULINGS_MAX:
        return _D.WORDS_INVALID
    is_whole = share in (0, ALL)
    if not 0 <= share <= ALL or (dispute.file.case.kind is CaseKind.CANCEL and not is_whole):
        return _D.SHARE_OUT_OF_RANGE
    if goods_back and not (dispute.was_sent_back and ruled_by(dispute, share, freight_by) == 0):
        return _D.NO_GOODS_BACK
    return None


def by_rule(dispute: Dispute, case: Case) -> tuple[int, Side, Basis]:
    """Decide by what is there what nobody decided in time: the share, who bears freight, and why.

    A ruling that took two signatures and has one is none. Where goods are not with the buyer, their money is the
    buyer's; else who handed something in is believed before who did not.
    """
    if dispute.state in (_S.APPEALED, _S.APPEAL_PROPOSED):
        first = dispute.standing[0]
        return first.share, first.freight_by, Basis.FIRST_RULING
    if case.kind is CaseKind.CANCEL or case.return_number is not None:
        return ALL, Side.MERCHANT, Basis.GOODS
    sides = {evidence.side for evidence in dispute.evidence}
    if len(sides) == 1:
        return (ALL, Side.MERCHANT, Basis.ONE_SIDE) if Side.BUYER in sides else (0, Side.BUYER, Basis.ONE_SIDE)
    return dispute.rules.stop_share, Side(case.freight_by or Side.BUYER), Basis.SHARE


def file_of(
    case: Case,
    order: Order,
    goods: ProductText | None,
    sayings: Sequence[Saying],
    parcels: Sequence[DisputedParcel],
) -> File:
    """Write down case and order as they are, what was said, what carriers told, and the goods as they were ordered."""
    return File(
        case=SealedCase.of(case),
        goods=goods or UNSET,
        sayings=tuple(sayings),
        parcels=tuple(parcels),
        order=OrderFile(
            number=order.number,
            state=order.state.value,
            goods=order.goods,
            freight=order.freight,
            total=order.total,
            refunded=order.refunded,
            placed_at=order.placed_at,
            paid_at=order.paid_at,
            received_at=order.received_at,
            settled_at=order.settled_at,
        ),
    )


class Bench:
    """What a batch judges: the desk of after-sale with its locked orders, and disputes. Nothing here is I/O."""

    def __init__(self, desk: Desk, disputes: Mapping[UUID, Dispute], rules: DisputeRules, now: datetime) -> None:
        self.desk = desk
        self.disputes = dict(disputes)
        self.rules = rules
        self.now = now
        self.goods: dict[UUID, ProductText] = {}
        """What the goods of cases that may be opened said when they were ordered."""
        self.sayings: dict[UUID, list[Saying]] = {}
        """What both sides told each other about the same cases."""
        self.parcels: dict[UUID, list[DisputedParcel]] = {}
        """What was sent of their orders and what came back, with what carriers told of it."""
        self.new: dict[UUID, Dispute] = {}
        self.changed: dict[UUID, Dispute] = {}
        self.new_evidence: list[tuple[UUID, Evidence, UUID | None]] = []
        self.rulings: dict[tuple[UUID, int], Ruling] = {}
        """Rulings that are new, or changed."""
        self.told: list[Occurrence] = []

    def tell(self, dispute: Dispute, event: Event, move: DisputeMove) -> None:
        """Have an event published."""
        self.told.append(Occurrence(event, dispute.shop_id, dispute.case_id, move.actor))

    # --- opening ---

    def open(self, command: OpenDispute) -> DisputeStatus:
        """Leave a refused case to arbiters."""
        case = self.desk.cases.get(command.case_id)
        opener = _opener_of(command, case) if case else None
        if case is None or opener is None:
            return _D.DISPUTE_NOT_FOUND
        found = self.disputes.get(case.id)
        if found is not None:
            return _D.EXISTS if (found.opened_by, found.claim) == (opener, command.claim) else _D.NOT_ALLOWED_NOW
        if not may(CaseVerb.DISPUTE, case.state, case.kind, command.actor.kind):
            return _D.NOT_ALLOWED_NOW
        if case.suspended_at is not None:
            return _D.SUSPENDED
        is_clock = opener is Opener.CLOCK
        if is_clock and (case.due_at is None or case.due_at > self.now):
            return _D.TOO_EARLY
        claim = self.desk.claim_of(case)
        if not claim.most:
            if is_clock:
                # Else it would be asked again for ever.
                self.desk.expire(ExpireCase(case_id=case.id, actor=command.actor))
            return _D.NOTHING_TO_AWARD
        if not is_clock and not _is_said(command.claim, CLAIM_MAX):
            return _D.WORDS_INVALID
        order = self.desk.order_of(case)
        self.desk.dispute(case)
        told = self.sayings.get(case.id, ()), self.parcels.get(case.id, ())
        file = file_of(case, order, self.goods.get(case.id), *told)
        dispute = Dispute(
            case_id=case.id,
            order_id=order.id,
            shop_id=order.shop_id,
            buyer_id=order.buyer_id,
            opened_by=opener,
            claim=command.claim,
            file=file,
            file_hash=hash_of(file),
            reason=case.reason.value,
            rules=self.rules,
            goods=claim.usual,
            most=claim.most,
            state=_S.EVIDENCE,
            due_at=self.now + self.rules.evidence_for,
            stop_at=stop_of(order, self.rules, self.now),
            opened_at=self.now,
        )
        assert dispute.due_at is not None
        self.new[case.id] = self.disputes[case.id] = dispute
        event = DisputeOpened(
            order_id=order.id,
            buyer_id=order.buyer_id,
            by=opener.value,
            file_hash=dispute.file_hash,
            due_at=dispute.due_at,
        )
        self.tell(dispute, event, command)
        return _D.DONE

    # --- what the sides do ---

    def submit(self, command: SubmitEvidence) -> DisputeStatus:
        """Take in what one side says and shows."""
        dispute, side = self._of_side(command)
        if dispute is None or side is None:
            return _D.DISPUTE_NOT_FOUND
        before = next((each for each in dispute.evidence if each.side is side), None)
        if before is not None:
            same = (before.words, before.pictures) == (command.words, command.pictures)
            return _D.EXISTS if same else _D.NOT_ALLOWED_NOW
        is_last = bool(dispute.evidence)
        leads_to = target(_V.SUBMIT_LAST if is_last else _V.SUBMIT, dispute.state, command.actor.kind)
        if leads_to is None:
            return _D.NOT_ALLOWED_NOW
        if not _is_said(command.words, WORDS_MAX):
            return _D.WORDS_INVALID
        owner = proof_owner(dispute.order_id)
        if len(command.pictures) > PICTURES_MAX or any((owner, url) not in self.desk.kept for url in command.pictures):
            return _D.PICTURES_INVALID
        sealed = hash_of([str(dispute.case_id), side, command.words, command.pictures])
        evidence = Evidence(
            side=side, words=command.words, pictures=command.pictures, hash=sealed, submitted_at=self.now
        )
        dispute.evidence.append(evidence)
        self.new_evidence.append((dispute.case_id, evidence, command.actor.person_id))
        self.tell(dispute, EvidenceSubmitted(by=side.value, hash=sealed), command)
        if is_last:
            self._unseal(dispute, command)
        return _D.DONE

    def _unseal(self, dispute: Dispute, move: DisputeMove) -> None:
        due_at = self._go(dispute, _S.DECIDING, dispute.rules.decide_within)
        self.tell(dispute, EvidenceUnsealed(due_at=due_at), move)

    def appeal(self, command: AppealRuling) -> DisputeStatus:
        """Have another arbiter decide, once."""
        dispute, side = self._of_side(command)
        if dispute is None or side is None:
            return _D.DISPUTE_NOT_FOUND
        if target(_V.APPEAL, dispute.state, command.actor.kind) is None:
            same = (dispute.appealed_by, dispute.appeal) == (side, command.words)
            return _D.EXISTS if same else _D.NOT_ALLOWED_NOW
        ruling = dispute.ruling
        assert ruling is not None, "who ruled left a ruling"
        if not loses(dispute, side, ruling):
            return _D.NOTHING_TO_APPEAL
        if not _is_said(command.words, CLAIM_MAX):
            return _D.WORDS_INVALID
        dispute.appealed_by, dispute.appealed_at, dispute.appeal = side, self.now, command.words
        due_at = self._go(dispute, _S.APPEALED, dispute.rules.decide_within)
        if dispute.stop_at is not None:
            # Whoever appeals late is heard all the same.
            dispute.stop_at = max(dispute.stop_at, due_at)
        self.tell(dispute, RulingAppealed(by=side.value, due_at=due_at), command)
        return _D.DONE

    def withdraw(self, command: WithdrawDispute) -> DisputeStatus:
        """Give it up, as the buyer: the case ends with nothing."""
        dispute, side = self._of_side(command)
        if dispute is None or side is None:
            return _D.DISPUTE_NOT_FOUND
        if target(_V.WITHDRAW, dispute.state, command.actor.kind) is None:
            return _D.EXISTS if dispute.state is _S.WITHDRAWN else _D.NOT_ALLOWED_NOW
        self.desk.dismiss(self.desk.cases[dispute.case_id], CaseState.WITHDRAWN)
        self._end(dispute, _S.WITHDRAWN)
        self.tell(dispute, DisputeWithdrawn(order_id=dispute.order_id, buyer_id=dispute.buyer_id), command)
        return _D.DONE

    # --- what arbiters do ---

    def rule(self, command: RuleDispute) -> DisputeStatus:
        """Rule, or propose a ruling where it takes two."""
        dispute, status = self._for_arbiter(command)
        if dispute is None:
            return status
        verb = _V.PROPOSE if dispute.takes_two(command.postage, self.disputes) else _V.RULE
        leads_to = target(verb, dispute.state, command.actor.kind)
        if leads_to is None:
            last = dispute.ruling
            same = last and (
                last.signed_by, last.share, last.freight_by, last.postage, last.goods_back, last.words,
            ) == (
                command.actor.person_id, command.share, command.freight_by, command.postage, command.goods_back,
                command.words,
            )  # fmt: skip
            return _D.EXISTS if same else _D.NOT_ALLOWED_NOW
        if bar := bar_of(dispute, command.actor.person_id, command.shops):
            return bar
        given = command.share, command.freight_by, command.postage, command.words
        if fault := fault_of(dispute, *given, goods_back=command.goods_back):
            return fault
        case = self.desk.cases[dispute.case_id]
        amount = award_for(dispute, self.desk.order_of(case), command.share, command.freight_by)
        postings = preview(
            self.desk.order_of(case), case, amount, self.now, command.postage, goods_back=command.goods_back
        )
        if hash_of(postings) != command.seen:
            return _D.POSTINGS_DIFFER
        assert command.actor.person_id is not None, "a guard stands before this"
        ruling = Ruling(
            number=len(dispute.rulings) + 1,
            is_appeal=dispute.state is _S.APPEALED,
            share=command.share,
            freight_by=command.freight_by,
            amount=amount,
            postage=command.postage,
            goods_back=command.goods_back,
            words=command.words,
            postings=postings,
            signed_by=command.actor.person_id,
            signed_at=self.now,
        )
        dispute.rulings.append(ruling)
        self.rulings[dispute.case_id, ruling.number] = ruling
        if verb is _V.PROPOSE:
            self._go(dispute, leads_to, dispute.rules.decide_within)
            self.tell(dispute, RulingProposed(number=ruling.number), command)
        else:
            self._ruled(dispute, ruling, leads_to, command)
        return _D.DONE

    def second(self, command: SecondRuling) -> DisputeStatus:
        """Sign as the second arbiter."""
        dispute, ruling, leads_to, status = self._proposed(command, _V.SECOND, command.number)
        if dispute is None or ruling is None or leads_to is None:
            return status
        ruling.seconded_by, ruling.seconded_at = command.actor.person_id, self.now
        self.rulings[dispute.case_id, ruling.number] = ruling
        self._ruled(dispute, ruling, leads_to, command)
        return _D.DONE

    def reject(self, command: RejectRuling) -> DisputeStatus:
        """Do not sign: it is decided anew."""
        dispute, ruling, leads_to, status = self._proposed(command, _V.REJECT, command.number)
        if dispute is None or ruling is None or leads_to is None:
            return status
        if not _is_said(command.words, CLAIM_MAX):
            return _D.WORDS_INVALID
        ruling.rejected_by, ruling.rejected_at = command.actor.person_id, self.now
        ruling.objection = command.words
        self.rulings[dispute.case_id, ruling.number] = ruling
        self._go(dispute, leads_to, dispute.rules.decide_within)
        self.tell(dispute, RulingRejected(number=ruling.number), command)
        return _D.DONE

    def _proposed(
        self, command: SecondRuling | RejectRuling, verb: DisputeVerb, number: int
    ) -> tuple[Dispute | None, Ruling | None, DisputeState | None, DisputeStatus]:
        dispute, status = self._for_arbiter(command)
        if dispute is None:
            return None, None, None, status
        ruling = next((each for each in dispute.rulings if each.number == number), None)
        leads_to = target(verb, dispute.state, command.actor.kind)
        if ruling is None:
            return None, None, None, _D.RULING_NOT_FOUND
        if leads_to is None or ruling is not dispute.ruling:
            done = ruling.seconded_by if verb is _V.SECOND else ruling.rejected_by
            same = done is not None and done == command.actor.person_id
            return None, None, None, _D.EXISTS if same else _D.NOT_ALLOWED_NOW
        if bar := bar_of(dispute, command.actor.person_id, command.shops):
            return None, None, None, bar
        return dispute, ruling, leads_to, _D.DONE

    def _ruled(self, dispute: Dispute, ruling: Ruling, leads_to: DisputeState, move: DisputeMove) -> None:
        due_at = None
        if leads_to is _S.RULED:
            due_at = self._go(dispute, _S.RULED, dispute.rules.appeal_within)
        event = DisputeRuled(
            order_id=dispute.order_id,
            buyer_id=dispute.buyer_id,
            number=ruling.number,
            share=ruling.share,
            freight_by=ruling.freight_by.value,
            ruled=ruled_by(dispute, ruling.share, ruling.freight_by),
            amount=ruling.amount,
            postage=ruling.postage,
            goods_back=ruling.goods_back,
            due_at=due_at,
        )
        self.tell(dispute, event, move)
        if leads_to is _S.EXECUTED:
            self._execute(dispute, move)

    # --- the clock ---

    def advance(self, command: AdvanceDispute) -> DisputeStatus:
        """Do what is due: open the evidence, or execute a ruling that nobody appealed."""
        dispute = self.disputes.get(command.case_id)
        if dispute is None:
            return _D.DISPUTE_NOT_FOUND
        verb = BY_CLOCK.get(dispute.state)
        if verb is None or target(verb, dispute.state, command.actor.kind) is None:
            return _D.NOT_ALLOWED_NOW
        if dispute.acts_at is None or dispute.acts_at > self.now:
            return _D.TOO_EARLY
        if self._is_suspended(dispute):
            again = self.now + SUSPENDED_FOR
            dispute.due_at = max(dispute.due_at, again) if dispute.due_at else again
            dispute.stop_at = max(dispute.stop_at, again) if dispute.stop_at else None
            self._change(dispute)
            return _D.SUSPENDED
        if verb is _V.UNSEAL:
            self._unseal(dispute, command)
        elif verb is _V.DECIDE:
            self._decide(dispute, command)
        else:
            self._execute(dispute, command)
        return _D.DONE

    def _decide(self, dispute: Dispute, move: AdvanceDispute) -> None:
        """Rule by the rules, as nobody did in time; that is final."""
        case = self.desk.cases[dispute.case_id]
        share, freight_by, basis = by_rule(dispute, case)
        amount = award_for(dispute, self.desk.order_of(case), share, freight_by)
        first = dispute.standing[0] if basis is Basis.FIRST_RULING else None
        postage, goods_back = (first.postage, first.goods_back) if first else (0, False)
        ruling = Ruling(
            number=len(dispute.rulings) + 1,
            is_appeal=dispute.state in (_S.APPEALED, _S.APPEAL_PROPOSED),
            share=share,
            freight_by=freight_by,
            amount=amount,
            postage=postage,
            goods_back=goods_back,
            words="",
            postings=preview(self.desk.order_of(case), case, amount, self.now, postage, goods_back=goods_back),
            signed_by=None,
            signed_at=self.now,
            basis=basis,
        )
        dispute.rulings.append(ruling)
        self.rulings[dispute.case_id, ruling.number] = ruling
        self._ruled(dispute, ruling, _S.EXECUTED, move)

    def _execute(self, dispute: Dispute, move: DisputeMove) -> None:
        """Post what was shown, and nothing else; less only where a channel took a part meanwhile."""
        ruling = dispute.ruling
        assert ruling is not None, "who ruled left a ruling"
        case = self.desk.cases[dispute.case_id]
        order = self.desk.order_of(case)
        is_as_signed = order.refunded == dispute.file.order.refunded
        begun = len(self.desk.work.chains)
        amount = min(ruling.amount, most_of(order, case))
        # What was ruled of a dispute that was opened before may be more than was asked for.
        dispute.awarded = amount
        dispute.ruled = max(amount, ruled_by(dispute, ruling.share, ruling.freight_by))
        if amount:
            self.desk.award(case, amount, move.actor)
        elif ruling.goods_back and most_of(order, case):
            self.desk.goods_back(case)
        else:
            self.desk.dismiss(case, CaseState.EXPIRED if dispute.ruled else CaseState.DISMISSED)
        if ruling.postage:
            self.desk.work.pay_postage(order, case.id, ruling.postage)
        posted = postings_of(order, self.desk.work.chains[begun:])
        assert is_as_shown(posted, ruling.postings) or not is_as_signed, (
            f"a ruling would post {posted}, and showed {ruling.postings}"
        )
        self._end(dispute, _S.EXECUTED)
        event = RulingExecuted(
            order_id=dispute.order_id,
            buyer_id=dispute.buyer_id,
            number=ruling.number,
            amount=amount,
            postage=ruling.postage,
            send_by=case.due_at,
        )
        self.tell(dispute, event, move)
        if ruling.postage:
            awarded = PostageAwarded(
                compensation_id=postage_id(dispute.case_id),
                shop_id=dispute.shop_id,
                order_id=dispute.order_id,
                person_id=dispute.buyer_id,
                amount=ruling.postage,
            )
            self.tell(dispute, awarded, move)

    def _is_suspended(self, dispute: Dispute) -> bool:
        return self.desk.cases[dispute.case_id].suspended_at is not None

    # --- all of them ---

    def _of_side(self, move: DisputeMove) -> tuple[Dispute | None, Side | None]:
        dispute = self.disputes.get(move.case_id)
        return (dispute, _side_of(move, dispute.buyer_id, dispute.shop_id)) if dispute else (None, None)

    def _for_arbiter(self, move: DisputeMove) -> tuple[Dispute | None, DisputeStatus]:
        dispute = self.disputes.get(move.case_id)
        if dispute is None or move.actor.kind != "staff":
            return None, _D.DISPUTE_NOT_FOUND
        if move.refusal:
            return None, DisputeStatus(move.refusal.status)
        if bar_of(dispute, move.actor.person_id, move.shops) is _D.IS_PARTY:
            return None, _D.IS_PARTY
        if self._is_suspended(dispute):
            return None, _D.SUSPENDED
        return dispute, _D.DONE

    def _go(self, dispute: Dispute, state: DisputeState, span: timedelta) -> datetime:
        due_at = self.now + span
        dispute.state, dispute.due_at = state, due_at
        self._change(dispute)
        return due_at

    def _end(self, dispute: Dispute, state: DisputeState) -> None:
        dispute.state, dispute.due_at, dispute.ended_at = state, None, self.now
        self._change(dispute)

    def _change(self, dispute: Dispute) -> None:
        if dispute.case_id not in self.new:
            self.changed[dispute.case_id] = dispute


def _side_of(move: DisputeMove, buyer_id: UUID, shop_id: UUID) -> Side | None:
    if move.actor.kind == "buyer":
        return Side.BUYER if move.actor.person_id == buyer_id else None
    if move.actor.kind == "merchant":
        # Who bought it is the buyer, whomever they work for by now.
        return Side.MERCHANT if move.shop_id == shop_id and buyer_id != move.actor.person_id else None
    return None


def _opener_of(move: DisputeMove, case: Case) -> Opener | None:
    if move.actor.kind == "clock":
        return Opener.CLOCK
    side = _side_of(move, case.buyer_id, case.shop_id)
    return Opener(side.value) if side else None


def _is_said(words: str, length_max: int) -> bool:
    """Tell whether something can be said. What word rules find in it is marked, not refused: it may be proof."""
    return bool(words.strip()) and is_text(words, length_max)

"""What channels and banks say of a payment, of refunds, of a payout: late, again, in any order, or nothing at all.

The tables, the rules and the postings are those of payments. Of each thing the money is looked at from outside: where
it must be by the state of the thing, to the fen, and that it went once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.events.payments import PaymentCaptured, RefundSucceeded, WalletToppedUp
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Account, Kind, TransferStatus, chart, move
from weiji.payments import model, rules
from weiji.payments.model import (
    BANK,
    ApproveRefundStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    PaymentStatus,
    PayoutStatus,
    Purpose,
    Question,
    RefundStatus,
    TellPayoutStatus,
)

CHANNEL: Final = "acquirer"
PAYER: Final = new_id()
SHOP: Final = new_id()
ORDER: Final = new_id(PAYER)
SHARD: Final = shard_of(PAYER)
BUYER: Final = Actor("buyer", PAYER)
STAFF: Final = Actor("staff", new_id())

AMOUNT: Final = 6_007
PART: Final = 2_503
"""What goes back first; what goes back after it is the rest."""

FEE: Final = 101
BANK_FEE: Final = 13
FUNDS: Final = 9_001
"""What is in the wallet that is paid out of."""

ANSWERS: Final[Mapping[str, dict[str, Any]]] = {
    "busy": {"is_silent": False},
    "silent": {"is_silent": True},
    "uncovered": {"is_silent": False, "is_uncovered": True},
}
"""What a channel may say that does not end the thing."""

UNMADE: Final = "unmade"
"""What it says of a refund that it has not heard of, asked how that stands."""

QUESTIONS: Final = 100
"""Questions after which nobody asks any more, wherever that is so."""


class ChannelWorld(MachineWorld):
    """Something that a channel is asked for."""

    def __init__(self, machines: Mapping[str, Machine], accounts: Mapping[str, Account]) -> None:
        super().__init__(machines, accounts)
        self.payments: dict[UUID, model.Payment] = {}
        self.refunds: dict[UUID, model.Refund] = {}
        self.payouts: dict[UUID, model.Payout] = {}
        self.captures: frozenset[tuple[str, str]] = frozenset()
        self.told: Counter[tuple[type, UUID]] = Counter()
        """How often something was told of a thing."""
        self.heard = 0

    def hear(
        self,
        kind: NoticeKind,
        id: UUID,
        amount: int,
        reference: str = "",
        fee: int = 0,
        known: rules.Known | None = None,
    ) -> NoticeStatus:
        """Let a channel say something. Each time it says so in other words, so that none is known by its number."""
        self.heard += 1
        known = known or self.known()
        notice = Notice(
            channel=CHANNEL,
            event_id=f"{kind} {self.heard}",
            kind=kind,
            subject_id=id,
            reference=reference,
            amount=amount,
            fee=fee,
            occurred_at=self.now,
            raw=b"",
        )
        books = self.books()
        (status,) = rules.judge_notices(books, known, [notice])
        self.captures = frozenset(known.captures)
        self.book(books)
        return status

    def known(self) -> rules.Known:
        """Say what is known when a channel says something."""
        known = rules.Known()
        known.payments, known.refunds, known.payouts = self.payments, self.refunds, self.payouts
        known.captures = set(self.captures)
        return known

    def books(self) -> rules.Books:
        """Begin with nothing to write."""
        return rules.Books(self.now)

    def book(self, books: rules.Books) -> None:
        """Write what something came to."""
        self.refunds.update((refund.id, refund) for refund in books.new_refunds)
        self.make(books.transfers, list(books.opening.values()))
        self.told += Counter(
            (type(one.event), getattr(one.event, "refund_id", one.subject_id)) for one in books.occurrences
        )

    def keep_asking(self, note: Any, thing: model.Refund | model.Payout, what: str) -> None:
        """Let a channel answer the same, as long as it is asked."""
        question = Question(id=thing.id, **ANSWERS.get(what, {"is_silent": False, "is_unmade": what == UNMADE}))
        for _ in range(QUESTIONS):
            if thing.query_at is None or not note(thing, question, thing.query_at):
                break
            self.now = max(self.now, thing.query_at or self.now)


class PaymentWorld(ChannelWorld):
    """A payment by a channel: of an order, or into a wallet."""

    def __init__(self, purpose: Purpose) -> None:
        verbs = {
            "submit": {PaymentStatus.SUBMITTED},
            "answer": {PaymentStatus.SUBMITTED, PaymentStatus.UNKNOWN},
            "succeed": {PaymentStatus.SUCCEEDED},
            "fail": {PaymentStatus.FAILED},
            "end": {PaymentStatus.CLOSED},
            "close": {PaymentStatus.CLOSED},
        }
        super().__init__(
            {"payment": Machine(moves=rules.PAYMENT_MOVES, verbs=verbs, begins=())},
            {
                "transit": chart.transit(SHARD),
                "wallet": chart.wallet(PAYER),
                "receivable": chart.channel_receivable(SHARD, CHANNEL),
                "suspense": chart.suspense(SHARD, CHANNEL),
                "clearing": chart.refund_clearing(SHARD, CHANNEL),
            },
        )
        self.id = derive(PAYER, "payment")
        is_order = purpose is Purpose.ORDER
        command = model.CreatePayment(
            id=self.id,
            payer_id=PAYER,
            subject_id=ORDER if is_order else PAYER,
            payee_id=SHOP if is_order else PAYER,
            purpose=purpose,
            amount=AMOUNT,
            channel=CHANNEL,
            actor=BUYER,
        )
        require(rules.check_payment(command, frozenset({CHANNEL})) is None, "a payment is refused")
        self.payments[self.id] = rules.new_payment(command, self.now)
        self.taken: dict[str, int] = {}
        """What the channel took, by its numbers."""

    @property
    def payment(self) -> model.Payment:
        """Give the payment."""
        return self.payments[self.id]

    def things(self) -> Things:
        """Say in which state the payment is."""
        return {("payment", self.id): self.payment.status}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        return tuple(self.taken.items()), self.payment.query_at is None, self.payment.captured

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from (("submit",), ("fail",), ("end",), ("close",), ("answer", "busy"), ("answer", "silent"))
        # Twice; and another amount than was asked for.
        yield from (("succeed", reference, amount) for reference, amount in (("1", AMOUNT), ("2", AMOUNT), ("3", PART)))

    def next(self) -> Event | None:
        """Close what nobody pays."""
        if self.payment.status is PaymentStatus.CREATED:
            return ("close",)
        return ("end",) if self.payment.status in (PaymentStatus.SUBMITTED, PaymentStatus.UNKNOWN) else None

    def _submit(self) -> None:
        rules.submit_payment(self.payment, self.now)

    def _answer(self, what: str) -> None:
        question = Question(id=self.id, **ANSWERS[what])
        rules.note_payment_question(self.payment, question, timedelta(hours=48), self.now)

    def _succeed(self, reference: str, amount: int) -> None:
        before = self.taken.get(reference)
        status = self.hear(NoticeKind.CHARGE_SUCCEEDED, self.id, amount, reference)
        require(status is (NoticeStatus.RECORDED if before is None else NoticeStatus.NO_EFFECT), f"taken: {status}")
        self.taken[reference] = amount

    def _fail(self) -> None:
        self.hear(NoticeKind.CHARGE_FAILED, self.id, AMOUNT)

    def _end(self) -> None:
        self.hear(NoticeKind.CHARGE_CLOSED, self.id, AMOUNT)

    def _close(self) -> None:
        books = rules.Books(self.now)
        rules.judge_closing(books, self.payment, BUYER)
        self.book(books)

    def check(self) -> None:
        """Money is the truth: it has succeeded if it was taken; once is once, and all else is on its way back."""
        self.check_books()
        first = next(iter(self.taken.values()), 0)
        require(self.payment.captured == first, "what was captured is not what was taken first")
        require((self.payment.status is PaymentStatus.SUCCEEDED) == bool(self.taken), "it succeeded, or did not")
        place, other = ("transit", "wallet") if self.payment.purpose is Purpose.ORDER else ("wallet", "transit")
        require((self.balance(place), self.balance(other)) == (first, 0), "what was taken is not where it belongs")
        require(-self.balance("receivable") == sum(self.taken.values()), "what the channel has of ours")
        extra = sum(self.taken.values()) - first
        require((self.balance("clearing"), self.balance("suspense")) == (extra, 0), "what was taken twice")
        require(sum(refund.amount for refund in self.refunds.values()) == extra, "refunds of what was taken twice")
        told = sum(its for (kind, _), its in self.told.items() if issubclass(kind, PaymentCaptured | WalletToppedUp))
        require(told == bool(self.taken), f"that it succeeded was told {told} times")

    def check_end(self) -> None:
        """It is over."""
        require(not self.payment.is_waiting, f"it ends as {self.payment.status}")


_BACK: Final = frozenset(
    {RefundStatus.SUCCEEDED, RefundStatus.REJECTED, RefundStatus.BY_HAND, RefundStatus.CHARGED_BACK}
)
"""Who has these back: the payer, by channel, in the wallet, by another route, by a chargeback."""

_STUCK: Final = frozenset({RefundStatus.ABNORMAL, RefundStatus.UNCOVERED})
"""What no channel is being asked for, so that it waits for people, a channel's decision, or another day."""

_AT_CHANNEL: Final = frozenset({RefundStatus.SUBMITTED, RefundStatus.UNKNOWN})

DISPUTED: Final = (3_001, 3_006)
"""What two chargebacks take, together all of it: the first the whole of the first refund, and some of the second."""


class RefundWorld(ChannelWorld):
    """A payment that an order gave back whole, in two parts; its payer has a wallet here, or is a guest.

    Who *disputes* it has chargebacks of these amounts. The order wanted all of it to go back before it heard of any, so
    that what its channel keeps is lost by nobody but the platform: unless a refund counts as paid by that.
    """

    def __init__(self, *, is_guest: bool, channel: str = CHANNEL, disputes: tuple[int, ...] = ()) -> None:
        s = RefundStatus
        aside = {s.ABNORMAL, s.CHARGED_BACK} if is_guest else {s.ABNORMAL, s.CHARGED_BACK, s.REJECTED}
        verbs = {
            "approve": (),
            "submit": {s.SUBMITTED, *aside},
            "answer": {s.SUBMITTED, s.UNKNOWN, s.UNCOVERED, *aside},
            "keep": {s.SUBMITTED, s.UNKNOWN, *(aside if disputes else ())},
            "succeed": {s.SUCCEEDED, s.CHARGED_BACK},
            "reject": aside,
            "retry": {s.APPROVED},
            "pay_by_hand": {s.BY_HAND},
            # How it ended may have been told before.
            "charge_back": {s.APPROVED, *aside},
            "win": {s.APPROVED, s.REJECTED},
            "lose": {s.APPROVED, *aside},
        }
        moves = dict(rules.REFUND_MOVES)
        if is_guest:
            # Of who has no wallet nothing goes there.
            moves = {before: its - {s.REJECTED} for before, its in moves.items() if before is not s.REJECTED}
        else:
            # Of who has one, none waits for people that is not disputed.
            moves[s.ABNORMAL] -= {s.BY_HAND}
        if not disputes:
            never = {s.CHARGED_BACK} if is_guest else {s.CHARGED_BACK, s.ABNORMAL}
            moves = {before: its - never for before, its in moves.items() if before not in never}
            for verb in ("charge_back", "win", "lose"):
                del verbs[verb]
        begins = {s.APPROVED, *(aside if disputes else ())}
        super().__init__(
            {"refund": Machine(moves=moves, verbs=verbs, begins=begins)},
            {
                "transit": chart.transit(SHARD),
                "clearing": chart.refund_clearing(SHARD, channel),
                "wallet": chart.wallet(PAYER),
                "receivable": rules.paid_from(SHARD, channel),
                "bank": chart.bank(SHARD),
                "pending": chart.chargeback_pending(ORDER),
                "lost": chart.bad_debt(SHARD),
            },
        )
        self.disputes = disputes
        self.chargebacks: dict[tuple[str, str], model.Chargeback] = {}
        self.early: dict[str, Notice] = {}
        """What was told of how chargebacks ended that nobody had told of, by their numbers."""
        id = derive(PAYER, "payment")
        self.payments[id] = model.Payment(
            id=id,
            payer_id=rules.guest_of(ORDER) if is_guest else PAYER,
            subject_id=ORDER,
            payee_id=SHOP,
            purpose=Purpose.ORDER,
            amount=AMOUNT,
            channel=channel,
            status=PaymentStatus.SUCCEEDED,
            channel_reference="1",
            captured=AMOUNT,
            captured_at=NOW,
            created_at=NOW,
        )
        source = self.names["receivable"]
        self.make([move(ORDER, derive(id, "capture"), source, self.names["transit"], AMOUNT, Kind.CAPTURE)])

    @property
    def payment(self) -> model.Payment:
        """Give the payment."""
        (payment,) = self.payments.values()
        return payment

    @property
    def disputed(self) -> model.Disputed | None:
        """Add up what chargebacks took of it, as `get_disputed` reads it; None: there is none."""
        if not self.chargebacks:
            return None
        of = Counter[bool | None]()
        for each in self.chargebacks.values():
            of[each.is_won] += each.amount
        covered = sum(refund.covered for refund in self.refunds.values())
        return model.Disputed(open=of[None], lost=of[False], covered=covered)

    def books(self) -> rules.Books:
        """Begin with what chargebacks took."""
        books, disputed = super().books(), self.disputed
        if disputed is not None:
            books.disputed[self.payment.id] = disputed
        return books

    def known(self) -> rules.Known:
        """Say what is known when a channel says something."""
        known = super().known()
        known.chargebacks, known.early_ends = self.chargebacks, list(self.early.values())
        return known

    def things(self) -> Things:
        """Say in which state each refund is."""
        return {("refund", id): refund.status for id, refund in self.refunds.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        refunds = tuple((r.amount, r.retries > 0, r.query_at is None, r.covered) for r in self.refunds.values())
        ends = tuple(sorted((number, one.is_won) for (_, number), one in self.chargebacks.items()))
        return refunds, ends, tuple(sorted((number, one.kind) for number, one in self.early.items()))

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from (("approve", number) for number in (1, 2))
        for id in self.refunds:
            yield from ((verb, id) for verb in ("submit", "succeed", "reject", "retry", "pay_by_hand"))
            yield from (("answer", id, what) for what in ANSWERS)
            yield from (("keep", id, what) for what in ("busy", "silent", *((UNMADE,) if self.disputes else ())))
        yield from ((verb, place) for verb in ("charge_back", "win", "lose") for place in range(len(self.disputes)))

    def next(self) -> Event | None:
        """Let channels decide for the payer, and pay in the end; what they refuse, or never answer, people see to."""
        for place in range(len(self.disputes)):
            one = self.chargebacks.get((CHANNEL, str(place)))
            if one is not None and one.is_won is None:
                return ("lose", place)
        for id, refund in self.refunds.items():
            match refund.status:
                case RefundStatus.APPROVED | RefundStatus.UNCOVERED:
                    return ("submit", id)
                case RefundStatus.SUBMITTED | RefundStatus.UNKNOWN:
                    return ("retry", id) if refund.is_unanswered else ("succeed", id)
                case RefundStatus.ABNORMAL:
                    return ("pay_by_hand", id)
        return None

    def _approve(self, number: int) -> None:
        payment = self.payment
        command = model.ApproveRefund(
            payment_id=payment.id,
            source_id=derive(ORDER, "refund", number),
            amount=PART if number == 1 else None,
            reason=model.RefundReason.ORDERED,
            actor=STAFF,
        )
        id, left = rules.refund_id(command), payment.captured - payment.refunded
        asked = command.amount or left
        books = self.books()
        status = rules.judge_refund(books, payment, set(self.refunds), command)
        right = ApproveRefundStatus.CREATED if 1 <= asked <= left else ApproveRefundStatus.EXCEEDS_CAPTURE
        require(status is (ApproveRefundStatus.EXISTS if id in self.refunds else right), f"{asked} of {left}: {status}")
        self.book(books)

    def _submit(self, id: UUID) -> None:
        books = self.books()
        rules.submit_refund(books, self.payment, self.refunds[id])
        self.book(books)

    def _answer(self, id: UUID, what: str) -> None:
        books = self.books()
        rules.note_refund_question(books, self.payment, self.refunds[id], Question(id=id, **ANSWERS[what]))
        self.book(books)

    def _keep(self, id: UUID, what: str) -> None:
        books = self.books()

        def note(refund: model.Refund, question: Question, at: datetime) -> bool:
            books.now = at
            return rules.note_refund_question(books, self.payment, refund, question)

        self.keep_asking(note, self.refunds[id], what)
        self.book(books)

    def _succeed(self, id: UUID) -> None:
        self.hear(NoticeKind.REFUND_SUCCEEDED, id, self.refunds[id].amount)

    def _reject(self, id: UUID) -> None:
        self.hear(NoticeKind.REFUND_REJECTED, id, self.refunds[id].amount)

    def _retry(self, id: UUID) -> None:
        books = self.books()
        rules.judge_retry(books, self.refunds[id], STAFF, is_disputed=rules.is_disputed(self.payment, self.disputed))
        self.book(books)

    def _pay_by_hand(self, id: UUID) -> None:
        books, refund = self.books(), self.refunds[id]
        is_disputed = rules.is_disputed(self.payment, self.disputed)
        command = model.PayRefundByHand(id=id, amount=refund.left, way="网银", actor=STAFF)
        rules.judge_by_hand(books, refund, command, is_disputed=is_disputed)
        self.book(books)

    def _charge_back(self, place: int) -> None:
        """Let the channel take money back, and say so. As chargebacks book it: it is gone, whatever comes of it."""
        number = str(place)
        self._hear_of(NoticeKind.CHARGEBACK_RECEIVED, place)
        self._transfer(place, "taken", "pending", "receivable")
        self.early.pop(number, None)
        self._decide(place)

    def _win(self, place: int) -> None:
        self._end(NoticeKind.CHARGEBACK_WON, place)

    def _lose(self, place: int) -> None:
        self._end(NoticeKind.CHARGEBACK_LOST, place)

    def _end(self, kind: NoticeKind, place: int) -> None:
        number = str(place)
        if number in self.early:
            return  # The first decides.
        known = self._hear_of(kind, place)
        self.early.update((one.reference, one) for one in known.early_ends)
        self._decide(place)

    def _hear_of(self, kind: NoticeKind, place: int) -> rules.Known:
        known = self.known()
        self.hear(kind, self.payment.id, self.disputes[place], str(place), known=known)
        return known

    def _decide(self, place: int) -> None:
        one = self.chargebacks.get((CHANNEL, str(place)))
        if one is not None and one.is_won is not None:
            self._transfer(place, "decided", "receivable" if one.is_won else "lost", "pending")

    def _transfer(self, place: int, what: str, debit: str, credit: str) -> None:
        accounts = self.names[debit], self.names[credit]
        self.make([move(ORDER, derive(ORDER, what, place), *accounts, self.disputes[place], Kind.CHARGEBACK)])

    def check(self) -> None:
        """What left the order is in clearing until the payer has it: once, and in one place."""
        self.check_books()
        refunds, disputed = list(self.refunds.values()), self.disputed or model.Disputed()
        by: Counter[RefundStatus] = Counter()
        for refund in refunds:
            by[refund.status] += refund.left
            is_back = refund.status in _BACK
            require((refund.ended_at is not None) == is_back, f"{refund.status}, and ended at {refund.ended_at}")
            told = self.told[RefundSucceeded, refund.source_id]
            require(told == is_back, f"that the payer of what is {refund.status} has it was told {told} times")
            if refund.status not in _AT_CHANNEL | {RefundStatus.UNCOVERED}:
                require(refund.query_at is None or refund.status is RefundStatus.APPROVED, "what is over is asked for")
            is_whole = refund.status in _AT_CHANNEL or refund.status is RefundStatus.SUCCEEDED
            require(not (is_whole and refund.covered), f"of what is {refund.status} is {refund.covered} covered")
            require((refund.status is RefundStatus.CHARGED_BACK) == (refund.left == 0), "charged back, and not covered")
        total = sum(refund.amount for refund in refunds)
        require(total <= AMOUNT and self.balance("transit") == AMOUNT - total, "more goes back than came")
        require(self.payment.refunded == total, "what goes back is not counted")
        under_way = by.total() - sum(by[status] for status in _BACK)
        require(self.balance("clearing") == under_way, f"{self.balance('clearing')} is in clearing, not {under_way}")
        require(self.balance("wallet") == by[RefundStatus.REJECTED], "what is in the wallet")
        by_hand, by_channel = by[RefundStatus.BY_HAND], by[RefundStatus.SUCCEEDED]
        taken = disputed.open + disputed.lost
        if self.payment.channel == BANK:
            require(self.balance("bank") == by_hand + by_channel - AMOUNT, "what the bank paid")
        else:
            require(self.balance("bank") == by_hand, "what was paid by hand")
            require(self.balance("receivable") == by_channel + taken - AMOUNT, "what the channel gave back")
        require(-self.balance("pending") == disputed.open, "what is disputed")
        require(-self.balance("lost") == disputed.lost - disputed.covered, "what is lost")
        self._check_waiting(by, disputed)

    def _check_waiting(self, by: Counter[RefundStatus], disputed: model.Disputed) -> None:
        """Hold what waits to this: of what the payer has nothing waits, and all else waits for a decision."""
        promised = by.total() + disputed.lost
        if by.keys() & _STUCK:
            require(promised <= AMOUNT, f"something waits for the payer, who will have {promised} of {AMOUNT}")
        if by[RefundStatus.ABNORMAL] and not rules.is_guest(self.payment):
            require(promised + disputed.open > AMOUNT, "a refund waits, and nothing is to be decided")

    def check_since(self, before: "RefundWorld") -> None:
        """Who has the money has it for good; and nothing is begun or paid that the payer may have by a chargeback."""
        for id, refund in before.refunds.items():
            if refund.status in _BACK:
                require(self.refunds[id] == refund, f"a refund that was {refund.status} moved")
        asked, paid = (*_AT_CHANNEL, RefundStatus.SUCCEEDED), (RefundStatus.REJECTED, RefundStatus.BY_HAND)
        # A channel gives back the whole, or nothing.
        has = sum(r.amount for r in self.refunds.values() if r.status in asked)
        has += sum(r.left for r in self.refunds.values() if r.status in paid)
        has += self.disputed.open + self.disputed.lost if self.disputed else 0
        for id, refund in self.refunds.items():
            was = before.refunds[id].status if id in before.refunds else None
            is_begun = refund.status in _AT_CHANNEL and was not in _AT_CHANNEL
            is_paid = refund.status in paid and was is not refund.status
            require(has <= AMOUNT or not (is_begun or is_paid), f"{was} became {refund.status}: {has} of {AMOUNT}")

    def check_again(self) -> None:
        """Hear again what ended them: nothing moves."""
        for id, refund in self.refunds.items():
            if refund.status in _BACK:
                world = self.copy()
                world._succeed(id)
                world._reject(id)
                world._pay_by_hand(id)
                require(world.key() == self.key(), "what came again changed something")
        if self.chargebacks:
            world = self.copy()
            for (_, number), one in self.chargebacks.items():
                world._hear_of(NoticeKind.CHARGEBACK_RECEIVED, int(number))
                if one.is_won is not None:
                    for kind in (NoticeKind.CHARGEBACK_WON, NoticeKind.CHARGEBACK_LOST):
                        world._hear_of(kind, int(number))
            require(world.key() == self.key(), "a chargeback that came again changed something")

    def check_end(self) -> None:
        """The payer has all that left the order."""
        require(self.balance("clearing") == 0, "something is on its way for ever")


_ASKED: Final = (PayoutStatus.SUBMITTED, PayoutStatus.UNKNOWN)
_HELD: Final = frozenset({PayoutStatus.IN_REVIEW, PayoutStatus.REQUESTED, *_ASKED})
"""Whose amount and fee are held, and not gone."""


class PayoutWorld(ChannelWorld):
    """A wallet that somebody withdraws from, with a fee or without; two of the staff may have to let it go."""

    def __init__(self, *, is_reviewed: bool, fee: int, channel: str = CHANNEL) -> None:
        s = PayoutStatus
        verbs = {
            "release": {s.REQUESTED},
            "refuse": {s.REFUSED},
            "submit": {s.SUBMITTED},
            "answer": {s.SUBMITTED, s.UNKNOWN},
            "keep": {s.SUBMITTED, s.UNKNOWN},
            "accept": {s.ACCEPTED},
            "reject": {s.REJECTED},
            "pay": {s.PAID},
            "return": {s.RETURNED},
            "tell": {s.PAID, s.REJECTED},
        }
        never = frozenset() if is_reviewed else {s.IN_REVIEW, s.REFUSED}
        moves = {before: its - never for before, its in rules.PAYOUT_MOVES.items() if before not in never}
        super().__init__(
            {"payout": Machine(moves=moves, verbs=verbs, begins={s.IN_REVIEW if is_reviewed else s.REQUESTED})},
            {
                "wallet": chart.wallet(PAYER),
                "clearing": chart.payout_clearing(SHARD, channel),
                "income": chart.withdrawal_fee_income(SHARD),
                "cost": chart.payout_fee(SHARD),
                "out": rules.paid_from(SHARD, channel),
                "from": chart.transit(SHARD),
            },
        )
        self.id = derive(PAYER, "payout")
        self.command = model.RequestPayout(
            id=self.id,
            owner_id=PAYER,
            source=model.PayoutSource.WALLET,
            account_id=PAYER,
            amount=AMOUNT,
            fee=fee,
            channel=channel,
            actor=BUYER,
            review_within=timedelta(days=1) if is_reviewed else None,
        )
        funds = move(PAYER, derive(PAYER, "funds"), self.names["from"], self.names["wallet"], FUNDS, Kind.ADJUSTMENT)
        self.make([funds])

    def things(self) -> Things:
        """Say in which state the payout is."""
        return {("payout", id): payout.status for id, payout in self.payouts.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        return tuple(
            (
                p.bank_fee, p.paid_at is None, p.told_at is None, p.accepted_at is None, p.asked_at is None,
                p.query_at is not None and p.query_at - self.now > timedelta(hours=2),
                p.asked_at is not None and self.now - p.asked_at > timedelta(hours=48),
            )
            for p in self.payouts.values()
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield ("request",)
        if self.payouts:
            yield from ((verb,) for verb in ("release", "refuse", "submit", "accept", "reject", "return"))
            yield from ((verb, what) for verb in ("answer", "keep") for what in ("busy", "silent"))
            yield from (("pay", 0), ("pay", BANK_FEE))
            yield from (("tell", outcome) for outcome in ("paid", "not_paid"))

    def next(self) -> Event | None:
        """Let it go, and be paid."""
        payout = self.payouts.get(self.id)
        if payout is None or payout.status not in (*_HELD, PayoutStatus.ACCEPTED):
            return None
        verbs = {PayoutStatus.IN_REVIEW: "release", PayoutStatus.REQUESTED: "submit"}
        return (verbs[payout.status],) if payout.status in verbs else ("pay", BANK_FEE)

    def _request(self) -> None:
        before = self.payouts.get(self.id)
        require(rules.check_payout(self.command, frozenset({self.command.channel})) is None, "a payout is refused")
        if before is not None:
            status = rules.compare_payout(self.command, before)
            require(status is model.RequestPayoutStatus.EXISTS, f"asked for again: {status}")
            return
        books = rules.Books(self.now)
        rules.hold_payout(books, self.command)
        for result in self.post(books.transfers, list(books.opening.values())):
            require(result.status is TransferStatus.CREATED, f"what is there is not held: {result.status}")
        self.payouts[self.id] = rules.new_payout(self.command, self.command.amount, self.now)

    def _release(self) -> None:
        books = rules.Books(self.now)
        command = model.ReleasePayout(id=self.id, owner_id=PAYER, amount=AMOUNT, actor=STAFF)
        rules.judge_release(books, self.payouts[self.id], command)
        self.book(books)

    def _refuse(self) -> None:
        books = rules.Books(self.now)
        command = model.RefusePayout(id=self.id, reason="查不清来路", actor=STAFF)
        rules.judge_payout_refusal(books, self.payouts[self.id], command)
        self.book(books)

    def _submit(self) -> None:
        rules.submit_payout(self.payouts[self.id], self.now)

    def _answer(self, what: str) -> None:
        rules.note_payout_question(self.payouts[self.id], Question(id=self.id, **ANSWERS[what]), self.now)

    def _keep(self, what: str) -> None:
        payout = self.payouts[self.id]
        self.keep_asking(rules.note_payout_question, payout, what)
        if payout.status in _ASKED and payout.query_at is not None:
            self.now = payout.query_at - timedelta(hours=12)  # Between two questions.

    def _accept(self) -> None:
        self.hear(NoticeKind.PAYOUT_ACCEPTED, self.id, AMOUNT)

    def _reject(self) -> None:
        self.hear(NoticeKind.PAYOUT_REJECTED, self.id, AMOUNT)

    def _pay(self, fee: int) -> None:
        self.hear(NoticeKind.PAYOUT_PAID, self.id, AMOUNT, fee=fee)

    def _return(self) -> None:
        self.hear(NoticeKind.PAYOUT_RETURNED, self.id, AMOUNT)

    def _tell(self, outcome: model.PayoutEnd) -> None:
        before = self.payouts[self.id]
        is_silent = before.asked_at is not None and self.now >= before.asked_at + timedelta(hours=48)
        known, books = rules.Known(), rules.Books(self.now)
        known.payouts = self.payouts
        may = before.status in _ASKED and is_silent
        command = model.TellPayout(
            id=self.id, owner_id=PAYER, amount=AMOUNT, outcome=outcome, reference="1", reason="银行说", actor=STAFF
        )
        status, notice = rules.judge_telling(books, known, command)
        told = status is TellPayoutStatus.TOLD
        require((notice is not None) == told and (may or not told), f"told of what is {before.status}: {status}")
        self.book(books)

    def check(self) -> None:
        """Whoever withdraws has it, or it is on its way, or they have it back with the fee: never two of these."""
        self.check_books()
        payout, fee = self.payouts.get(self.id), self.command.fee
        status = payout.status if payout else None
        is_held, is_out = status in _HELD, status in (PayoutStatus.ACCEPTED, PayoutStatus.PAID)
        left = FUNDS - AMOUNT - fee
        require(
            self.balance("wallet") == (left if is_out else FUNDS), f"{status}: {self.balance('wallet')} in the wallet"
        )
        require(self.free_of("wallet") == (left if is_out or is_held else FUNDS), f"{status}: what is free")
        require(self.balance("clearing") == (AMOUNT if status is PayoutStatus.ACCEPTED else 0), "payout clearing")
        require(self.balance("income") == (fee if is_out else 0), "the fee is ours, or is not")
        bank_fee = payout.bank_fee if payout else 0
        require(-self.balance("cost") == bank_fee, "what the bank took")
        paid = AMOUNT if status is PayoutStatus.PAID else 0
        require(self.balance("out") == paid + bank_fee, f"{self.balance('out')} went out, not {paid}")
        pending = [id for id, hold in self.ledger.holds.items() if hold.resolved_by is None]
        require(len(pending) == (is_held * (2 if fee else 1)), "what is held, and what holds it, differ")
        if payout is not None:
            ended = (PayoutStatus.REJECTED, PayoutStatus.REFUSED, PayoutStatus.RETURNED)
            require((payout.ended_at is not None) == (status in ended), f"{status}, and ended at {payout.ended_at}")

    def check_end(self) -> None:
        """It is paid, or is with its owner."""
        states = set(self.things().values())
        require(not states & (_HELD | {PayoutStatus.ACCEPTED}), f"it ends as {states}")


LIMIT: Final = 5_000
"""How much may be withdrawn in a day without anybody looking."""

SUMS: Final = (3_000, 2_500, 1_500)
"""What is withdrawn one after another: none is too much alone."""


class DayWorld(ChannelWorld):
    """A wallet that small sums are withdrawn from: what is too much together, two of the staff have to let go."""

    def __init__(self) -> None:
        s = PayoutStatus
        verbs = {
            "release": {s.REQUESTED},
            "refuse": {s.REFUSED},
            "pay": {s.PAID},
            "reject": {s.REJECTED},
            "send_back": {s.RETURNED},
        }
        reached = {s.IN_REVIEW, s.REQUESTED, *(state for its in verbs.values() for state in its)}
        moves = {before: its & reached for before, its in rules.PAYOUT_MOVES.items() if before in reached}
        super().__init__(
            {"payout of a day": Machine(moves=moves, verbs=verbs, begins={s.IN_REVIEW, s.REQUESTED})},
            {"wallet": chart.wallet(PAYER), "from": chart.transit(SHARD), "out": rules.paid_from(SHARD, CHANNEL)},
        )
        funds = move(PAYER, derive(PAYER, "funds"), self.names["from"], self.names["wallet"], FUNDS, Kind.ADJUSTMENT)
        self.make([funds])

    def things(self) -> Things:
        """Say in which state each payout is."""
        return {("payout of a day", id): self.payouts[id].status for id in sorted(self.payouts)}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart: which was asked for today, and which was looked at."""
        return tuple(
            (id, self._day_of(p.created_at) == self._day_of(self.now), p.review_by is None, p.released_at is None)
            for id, p in sorted(self.payouts.items())
        )

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from (("ask", place) for place in range(len(SUMS)))
        if self.now == NOW:
            yield ("wait",)
        for id in self.payouts:
            yield from ((verb, id) for verb in ("release", "refuse", "pay", "reject", "send_back"))

    def next(self) -> Event | None:
        """Let each go, and be paid."""
        verbs = {PayoutStatus.IN_REVIEW: "release", PayoutStatus.REQUESTED: "pay"}
        return next(((verbs[p.status], id) for id, p in self.payouts.items() if p.status in verbs), None)

    def _day_of(self, at: datetime) -> date:
        return at.astimezone(SHANGHAI).date()

    def _ask(self, place: int) -> None:
        id = derive(PAYER, "payout", place)
        command = model.RequestPayout(
            id=id,
            owner_id=PAYER,
            source=model.PayoutSource.WALLET,
            account_id=PAYER,
            amount=SUMS[place],
            fee=0,
            channel=CHANNEL,
            actor=BUYER,
            review_above=LIMIT,
            review_within=timedelta(days=1),
        )
        if id in self.payouts:
            status = rules.compare_payout(command, self.payouts[id])
            require(status is model.RequestPayoutStatus.EXISTS, f"asked for again: {status}")
            return
        books = rules.Books(self.now)
        rules.hold_payout(books, command)
        self.make(books.transfers, list(books.opening.values()))
        # As `add_up_payouts` reads it.
        since = rules.day_of_payouts(self.now)
        before = [p.amount for p in self.payouts.values() if p.created_at >= since and p.ended_at is None]
        self.payouts[id] = rules.new_payout(command, sum(before) + command.amount, self.now)

    def _wait(self) -> None:
        """Let a day begin: less than one later, by a clock."""
        self.now += timedelta(hours=13)

    def _release(self, id: UUID) -> None:
        books = rules.Books(self.now)
        command = model.ReleasePayout(id=id, owner_id=PAYER, amount=self.payouts[id].amount, actor=STAFF)
        rules.judge_release(books, self.payouts[id], command)
        self.book(books)

    def _refuse(self, id: UUID) -> None:
        books = rules.Books(self.now)
        command = model.RefusePayout(id=id, reason="查不清来路", actor=STAFF)
        rules.judge_payout_refusal(books, self.payouts[id], command)
        self.book(books)

    def _pay(self, id: UUID) -> None:
        self.hear(NoticeKind.PAYOUT_PAID, id, self.payouts[id].amount)

    def _reject(self, id: UUID) -> None:
        self.hear(NoticeKind.PAYOUT_REJECTED, id, self.payouts[id].amount)

    def _send_back(self, id: UUID) -> None:
        self.hear(NoticeKind.PAYOUT_RETURNED, id, self.payouts[id].amount)

    def check(self) -> None:
        """Of what goes out in a day no more than the limit goes unseen; and what waits would be more."""
        self.check_books()
        going = [p for p in self.payouts.values() if p.ended_at is None]
        unseen: Counter[date] = Counter()
        for payout in going:
            if payout.review_by is None:
                unseen[self._day_of(payout.created_at)] += payout.amount
        require(all(amount <= LIMIT for amount in unseen.values()), f"{dict(unseen)} went in a day, and nobody looked")
        paid = sum(p.amount for p in going if p.status is PayoutStatus.PAID)
        require(self.balance("wallet") == FUNDS - paid, "what is in the wallet")
        require(self.free_of("wallet") == FUNDS - sum(p.amount for p in going), "what is free")
        require(self.balance("out") == paid, "what went out")

    def check_since(self, before: Self) -> None:
        """Nobody waits for what is little."""
        for id in self.payouts.keys() - before.payouts.keys():
            today = [
                p.amount
                for p in before.payouts.values()
                if p.ended_at is None and self._day_of(p.created_at) == self._day_of(self.now)
            ]
            is_much = sum(today) + self.payouts[id].amount > LIMIT
            is_held = self.payouts[id].status is PayoutStatus.IN_REVIEW
            require(is_held == is_much, f"{today} and {self.payouts[id].amount}: {self.payouts[id].status}")

    def check_end(self) -> None:
        """Each is paid, or is with its owner."""
        states = set(self.things().values())
        require(not states & (_HELD | {PayoutStatus.ACCEPTED}), f"it ends as {states}")


def payments() -> dict[str, PaymentWorld]:
    """Make a payment of an order, and one into a wallet."""
    return {"a payment": PaymentWorld(Purpose.ORDER), "a top-up": PaymentWorld(Purpose.TOP_UP)}


def refunds() -> dict[str, RefundWorld]:
    """Make a payment whose payer has a wallet, and one of a guest."""
    return {"a payer": RefundWorld(is_guest=False), "a guest": RefundWorld(is_guest=True)}


def disputed_refunds() -> dict[str, RefundWorld]:
    """Make such payments that their payers dispute, and what stands of them where some went back."""
    worlds: dict[str, RefundWorld] = {}
    for who, is_guest in (("a payer", False), ("a guest", True)):
        first = RefundWorld(is_guest=is_guest, disputes=DISPUTED)
        approved = first.after(("approve", 1)).after(("approve", 2))
        one, other = approved.refunds
        asked = approved.after(("submit", one)).after(("answer", one, "silent")).after(("submit", other))
        taken = asked.after(("charge_back", 0))
        kept = taken.after(("lose", 0))
        worlds |= {
            f"{who} who disputes": first,
            f"{who} to whom it goes back": approved,
            f"{who}, and one is uncovered": approved.after(("submit", one)).after(("answer", one, "uncovered")),
            f"{who}, and the channel has some back": taken,
            f"{who}, and the channel keeps some": kept,
            f"{who}, and what it keeps covers some": kept.after(("reject", other)),
            f"{who}, and the channel has all back": taken.after(("charge_back", 1)),
        }
    return worlds


def payouts() -> dict[str, PayoutWorld | DayWorld]:
    """Make payouts: with a fee, or without; looked at, or not; and several of a day."""
    return {
        "a withdrawal": PayoutWorld(is_reviewed=False, fee=FEE),
        "a withdrawal in review": PayoutWorld(is_reviewed=True, fee=0),
        "withdrawals of a day": DayWorld(),
    }

"""What is decided about payments, refunds and payouts: pure functions over what was read.

README.md beside this file has the postings. Every transfer's id is derived from the business fact, so that each
happens once for ever.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.events import BY_CHANNEL, Actor, Event, Occurrence
from weiji.events.payments import (
    ChargebackEnded,
    ChargebackReceived,
    DepositCaptured,
    MerchantPaymentCaptured,
    PaymentCaptured,
    PaymentClosed,
    PaymentCloseRequested,
    PaymentFailed,
    PaymentPart,
    PayoutAccepted,
    PayoutPaid,
    PayoutRefused,
    PayoutRejected,
    PayoutRequested,
    PayoutReturned,
    PayoutReviewBegun,
    RefundAbnormal,
    RefundApproved,
    RefundRouted,
    RefundSucceeded,
    UnfreezingSucceeded,
    WalletToppedUp,
)
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive, shard_of
from weiji.kit.money import allocate
from weiji.kit.text import is_text
from weiji.ledger import AMOUNT_MAX, Account, Kind, Transfer, TransferFlags, chart
from weiji.payments.freezing.model import Unfreezing, UnfreezingStatus
from weiji.payments.freezing.rules import UNFREEZING_MOVES, give_fees_back, give_to_shop
from weiji.payments.model import (
    BALANCE,
    BANK,
    BY_HAND,
    PARTS_MAX,
    PAYING_FROM_BANK,
    REASON_MAX,
    REFUSAL_MAX,
    ApproveRefund,
    ApproveRefundStatus,
    Capture,
    Chargeback,
    ClosePaymentStatus,
    CreatePayment,
    CreatePaymentStatus,
    Disputed,
    Notice,
    NoticeKind,
    NoticeStatus,
    Payment,
    PaymentStatus,
    Payout,
    PayoutSource,
    PayoutStatus,
    PayRefundByHand,
    PayRefundByHandStatus,
    Purpose,
    Question,
    Refund,
    RefundReason,
    RefundStatus,
    RefusePayout,
    RefusePayoutStatus,
    ReleasePayout,
    ReleasePayoutStatus,
    RequestPayout,
    RequestPayoutStatus,
    RetryRefundStatus,
    RouteRefund,
    RouteRefundStatus,
    TellPayout,
    TellPayoutStatus,
)
from weiji.payments.writing import told_payout

PAYMENT_MOVES: Final[dict[PaymentStatus, frozenset[PaymentStatus]]] = {
    PaymentStatus.CREATED: frozenset(
        {PaymentStatus.SUBMITTED, PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.CLOSED}
    ),
    PaymentStatus.SUBMITTED: frozenset(
        {PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.UNKNOWN, PaymentStatus.CLOSED}
    ),
    # Submitted again: the channel answered at last, that nothing has happened yet.
    PaymentStatus.UNKNOWN: frozenset(
        {PaymentStatus.SUBMITTED, PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.CLOSED}
    ),
    # Money is the truth: whatever was said before, once it is there the payment has succeeded.
    PaymentStatus.FAILED: frozenset({PaymentStatus.SUCCEEDED}),
    PaymentStatus.CLOSED: frozenset({PaymentStatus.SUCCEEDED}),
    PaymentStatus.SUCCEEDED: frozenset(),
}
"""What a payment may become."""

# Charged back: its channel did not pay it, and the payer had it already by a chargeback.
_ENDS: Final = frozenset(
    {RefundStatus.SUCCEEDED, RefundStatus.REJECTED, RefundStatus.ABNORMAL, RefundStatus.CHARGED_BACK}
)

UNASKED: Final = (RefundStatus.APPROVED, RefundStatus.UNCOVERED)
"""What the channel is to be asked for."""

_STUCK: Final = (RefundStatus.ABNORMAL, RefundStatus.UNCOVERED)
"""What people may act on: the channel is known to have done nothing."""

REFUND_MOVES: Final[dict[RefundStatus, frozenset[RefundStatus]]] = {
    RefundStatus.APPROVED: _ENDS | {RefundStatus.SUBMITTED},
    # Where the channel does not say what became of it, two find out, and pay it.
    RefundStatus.SUBMITTED: _ENDS | {RefundStatus.UNKNOWN, RefundStatus.UNCOVERED, RefundStatus.BY_HAND},
    RefundStatus.UNKNOWN: _ENDS | {RefundStatus.SUBMITTED, RefundStatus.UNCOVERED, RefundStatus.BY_HAND},
    # It is asked for again, or people pay it by another route.
    RefundStatus.UNCOVERED: _ENDS | {RefundStatus.APPROVED, RefundStatus.SUBMITTED, RefundStatus.BY_HAND},
    # People have the channel asked once more, or pay by another route; or the channel thinks better of it by itself, or
    # the payer has it by a chargeback; what is left of one that is so in part goes to the wallet.
    RefundStatus.ABNORMAL: _ENDS - {RefundStatus.ABNORMAL} | {RefundStatus.APPROVED, RefundStatus.BY_HAND},
    RefundStatus.SUCCEEDED: frozenset(),
    RefundStatus.REJECTED: frozenset(),
    RefundStatus.BY_HAND: frozenset(),
    RefundStatus.CHARGED_BACK: frozenset(),
}
"""What a refund may become."""

_OUTCOMES: Final = frozenset({PayoutStatus.ACCEPTED, PayoutStatus.PAID, PayoutStatus.REJECTED, PayoutStatus.RETURNED})

PAYOUT_MOVES: Final[dict[PayoutStatus, frozenset[PayoutStatus]]] = {
    PayoutStatus.IN_REVIEW: frozenset({PayoutStatus.REQUESTED, PayoutStatus.REFUSED}),
    PayoutStatus.REQUESTED: _OUTCOMES | {PayoutStatus.SUBMITTED},
    # News may overtake each other: paid implies accepted, and so does returned.
    PayoutStatus.SUBMITTED: _OUTCOMES | {PayoutStatus.UNKNOWN},
    PayoutStatus.UNKNOWN: _OUTCOMES | {PayoutStatus.SUBMITTED},
    PayoutStatus.ACCEPTED: frozenset({PayoutStatus.PAID, PayoutStatus.RETURNED}),
    PayoutStatus.PAID: frozenset({PayoutStatus.RETURNED}),
    PayoutStatus.REJECTED: frozenset(),
    PayoutStatus.REFUSED: frozenset(),
    PayoutStatus.RETURNED: frozenset(),
}
"""What a payout may become."""

QUERY_AFTER: Final = (
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
)
"""How long after each question a silent channel is asked again; from then on every hour."""

QUERY_HOURS: Final = 48
"""After so many hours a person has to look."""

UNMADE_AFTER: Final = QUERY_AFTER.index(timedelta(minutes=5)) + 1
"""After how many questions a channel is believed that it was never asked: what was last sent to it is long there."""

UNCOVERED_AGAIN: Final = timedelta(days=1)
"""How soon after that a refund is asked for again whose account has too little: nobody gives it up."""

PAYOUT_AGAIN: Final = timedelta(days=1)
"""How soon after that a channel is asked again about a payout: it holds somebody's money, and nobody gives it up."""

SILENT_AFTER: Final = timedelta(hours=QUERY_HOURS)
"""How long after its channel was first asked for a payout two of the staff may say what became of it."""

ASKED_SOON: Final = timedelta(minutes=5)
"""How long before its channel is asked for a payout again nobody says what became of it.

Whoever asks reads what is due without a lock: it must not fall due while those who say so commit.
"""

ENDED_QUERY_AFTER: Final = timedelta(minutes=1)
"""How long after a payment failed or was closed at its channel that is asked whether it took the money all the same.

Each gap is twice the one before, until what the channel said is final: for 48 hours that is 12 questions.
"""

NUMBER_DIGITS: Final = range(8, 31)
"""How many digits the number of a bank account has."""

ABANDONED_AFTER: Final = timedelta(hours=24)
"""When a payment without a deadline that was never started is closed."""

_LINKED: Final = TransferFlags.LINKED
_NONE: Final = TransferFlags.NONE
_HOLD: Final = TransferFlags.PENDING
_POST: Final = TransferFlags.POST_PENDING_TRANSFER
_VOID: Final = TransferFlags.VOID_PENDING_TRANSFER

# The platform's accounts are few, and each is asked for all the time.
transit: Final = lru_cache(chart.transit)
bank: Final = lru_cache(chart.bank)
own_funds: Final = lru_cache(chart.own_funds)
channel_receivable: Final = lru_cache(chart.channel_receivable)
channel_fee: Final = lru_cache(chart.channel_fee)
suspense: Final = lru_cache(chart.suspense)
refund_clearing: Final = lru_cache(chart.refund_clearing)
payout_clearing: Final = lru_cache(chart.payout_clearing)
payout_fee: Final = lru_cache(chart.payout_fee)
withdrawal_fee_income: Final = lru_cache(chart.withdrawal_fee_income)


def query_at(queries: int, now: datetime, expires_at: datetime | None = None) -> datetime | None:
    """Say when a channel that was asked *queries* times is asked next; None when it was asked for 48 hours.

    A payment that expires is looked at then, at the latest.
    """
    if queries < len(QUERY_AFTER):
        at = now + QUERY_AFTER[queries]
    elif queries < len(QUERY_AFTER) + QUERY_HOURS:
        at = now + timedelta(hours=1)
    else:
        return None
    return min(at, expires_at) if expires_at is not None and expires_at > now else at


def ended_query_at(queries: int, now: datetime, final_after: timedelta, *, is_silent: bool = False) -> datetime | None:
    """Say when a channel is asked next about a payment that failed or was closed; None when that is final.

    It was asked *queries* times since, the last time just now. If it *is_silent* to the last, that question is asked
    again every hour, for 48 hours.
    """
    # At least once: a channel may err about what is final.
    final_after = max(final_after, ENDED_QUERY_AFTER)
    last = (-(-final_after // ENDED_QUERY_AFTER)).bit_length()
    if queries < last:
        gap = ENDED_QUERY_AFTER * (1 << queries)
        return now + min(gap, final_after - gap + ENDED_QUERY_AFTER)
    return now + timedelta(hours=1) if is_silent and queries < last + QUERY_HOURS else None


def is_amount(amount: int) -> bool:
    """Tell whether money can be moved in this amount."""
    return 1 <= amount <= AMOUNT_MAX


def is_account_number(number: str) -> bool:
    """Tell whether a bank account may have this number: 8 to 30 digits."""
    return number.isascii() and number.isdigit() and len(number) in NUMBER_DIGITS


# --- what channels are asked ---


def submit_payment(payment: Payment, now: datetime) -> bool:
    """Mark a payment that nobody was asked about as asked; tell if its channel is to be started now."""
    if payment.status is not PaymentStatus.CREATED:
        return False
    payment.status = PaymentStatus.SUBMITTED
    payment.query_at = query_at(0, now, payment.expires_at)
    return True


def submit_payout(payout: Payout, now: datetime) -> bool:
    """Mark a requested payout as asked for; tell if its channel is to be asked now."""
    if payout.status is not PayoutStatus.REQUESTED:
        return False
    payout.status = PayoutStatus.SUBMITTED
    payout.query_at = query_at(0, now)
    return True


def note_payment_question(payment: Payment, question: Question, final_after: timedelta, now: datetime) -> bool:
    """Note what a channel answered when asked about a payment, and when to ask again; tell if that changed it."""
    if payment.status in (PaymentStatus.SUBMITTED, PaymentStatus.UNKNOWN):
        payment.status = PaymentStatus.UNKNOWN if question.is_silent else PaymentStatus.SUBMITTED
        if question.pay_url is not None:
            payment.pay_url, payment.pay_way = question.pay_url, question.pay_way
        payment.query_at = query_at(payment.queries, now, payment.expires_at)
        payment.queries += 1
        return True
    if payment.status in (PaymentStatus.FAILED, PaymentStatus.CLOSED) and payment.query_at is not None:
        payment.queries += 1
        payment.query_at = ended_query_at(payment.queries, now, final_after, is_silent=question.is_silent)
        return True
    return False


def note_payout_question(payout: Payout, question: Question, now: datetime) -> bool:
    """Note what a channel answered when asked for a payout, and when to ask again; tell if that changed it."""
    if payout.status not in (PayoutStatus.SUBMITTED, PayoutStatus.UNKNOWN):
        return False
    payout.status = PayoutStatus.UNKNOWN if question.is_silent else PayoutStatus.SUBMITTED
    payout.query_at = query_at(payout.queries, now) or now + PAYOUT_AGAIN
    payout.queries += 1
    payout.asked_at = payout.asked_at or now
    return True


class Books:
    """What a batch comes to: transfers in order, accounts they may have to open, events, rows to write."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.transfers: list[Transfer] = []
        self.opening: dict[UUID, Account] = {}
        self.occurrences: list[Occurrence] = []
        self.captures: list[Capture] = []
        self.chargebacks: dict[tuple[str, str], Chargeback] = {}
        """Chargebacks that are new, or were decided: by channel and number."""
        self.new_refunds: list[Refund] = []
        self.payments: dict[UUID, Payment] = {}
        """Payments that changed. Likewise `refunds` and `payouts`."""
        self.refunds: dict[UUID, Refund] = {}
        self.payouts: dict[UUID, Payout] = {}
        self.unfreezings: dict[UUID, Unfreezing] = {}
        self.freezing: frozenset[str] = frozenset()
        """The channels that hold money frozen, where that matters."""
        self.disputed: dict[UUID, Disputed] = {}
        """What chargebacks took of payments, where some did."""
        self.parts: dict[tuple[UUID, UUID], int] = {}
        """What went back of parts of payments for several orders: each (payment, order)."""
        self.changed_parts: dict[tuple[UUID, UUID], PaymentPart] = {}

    def post(self, made: tuple[Transfer, tuple[Account, ...]]) -> None:
        """Make a transfer, and open the accounts that it may need."""
        transfer, opening = made
        self.opening.update((account.id, account) for account in opening)
        self.transfers.append(transfer)

    def move(
        self,
        id: UUID,
        debit: Account,
        credit: Account,
        amount: int,
        kind: Kind,
        flags: TransferFlags = _NONE,
        *,
        about: UUID | None,
    ) -> None:
        """Move money, or hold it. Statements tell what it was *about*: an order, a payout; None: nobody's thing."""
        self.opening[debit.id] = debit
        self.opening[credit.id] = credit
        self.transfers.append(
            Transfer(
                id=id,
                debit_account_id=debit.id,
                credit_account_id=credit.id,
                amount=amount,
                ledger=chart.CNY,
                code=kind,
                flags=flags,
                journal_id=about,
            )
        )

    def resolve(self, id: UUID, hold: UUID, flags: TransferFlags, *, about: UUID) -> None:
        """Post the whole of a hold, or void it."""
        amount = AMOUNT_MAX if flags & _POST else 0
        self.transfers.append(Transfer(id=id, pending_id=hold, amount=amount, flags=flags, journal_id=about))

    def tell(self, event: Event, stream: UUID, subject_id: UUID, actor: Actor) -> None:
        """Publish an event when everything else is written."""
        self.occurrences.append(Occurrence(event, stream, subject_id, actor))


# --- payments ---


def check_payment(
    command: CreatePayment, channels: frozenset[str], closing: frozenset[UUID] = frozenset()
) -> CreatePaymentStatus | None:
    """Say what is wrong with a command by itself; None if nothing is. *closing* are shops that take no deposit."""
    if shard_of(command.id) != shard_of(command.payer_id):
        return CreatePaymentStatus.ID_IN_ANOTHER_SHARD
    if not is_amount(command.amount):
        return CreatePaymentStatus.AMOUNT_OUT_OF_RANGE
    if command.parts and not _are_parts(command):
        return CreatePaymentStatus.PARTS_INVALID
    # The wallet pays orders. A deposit is paid by a channel, or from what the shop has.
    if command.channel not in channels or (command.channel == BALANCE and not command.purpose.is_trade):
        return CreatePaymentStatus.CHANNEL_NOT_FOUND
    if command.purpose is Purpose.DEPOSIT and command.subject_id in closing:
        return CreatePaymentStatus.NOT_ALLOWED_NOW
    return None


def _are_parts(command: CreatePayment) -> bool:
    parts = command.parts
    return (
        2 <= len(parts) <= PARTS_MAX
        and command.purpose.is_trade
        and len({part.order_id for part in parts}) == len(parts)
        and all(is_amount(part.amount) for part in parts)
        and sum(part.amount for part in parts) == command.amount
    )


def new_payment(command: CreatePayment, now: datetime) -> Payment:
    """Make the row of a payment: one from the wallet as if there were enough, any other not started."""
    payment = Payment(
        id=command.id,
        payer_id=command.payer_id,
        subject_id=command.subject_id,
        payee_id=command.payee_id,
        purpose=command.purpose,
        amount=command.amount,
        channel=command.channel,
        status=PaymentStatus.CREATED,
        created_at=now,
        expires_at=command.expires_at,
        parts=command.parts,
    )
    if command.channel == BALANCE:
        payment.status = PaymentStatus.SUCCEEDED
        payment.captured = command.amount
        payment.captured_at = now
    else:
        payment.query_at = command.expires_at or now + ABANDONED_AFTER
    return payment


def captured(payment: Payment) -> PaymentCaptured:
    """Tell that a payment succeeded."""
    assert payment.captured_at is not None
    event = MerchantPaymentCaptured if payment.purpose is Purpose.MERCHANT_ORDER else PaymentCaptured
    return event(
        payment_id=payment.id,
        payer_id=payment.payer_id,
        subject_id=payment.subject_id,
        payee_id=payment.payee_id,
        amount=payment.captured,
        channel=payment.channel,
        captured_at=payment.captured_at,
        parts=captured_parts(payment),
    )


def captured_parts(payment: Payment) -> tuple[PaymentPart, ...]:
    """Split what a channel took over the orders: what was asked, or, where it took another amount, in proportion.

    Orders refuse what is not what they are owed; so that all of it goes back.
    """
    if payment.captured == payment.amount:
        return payment.parts
    amounts = allocate(payment.captured, [part.amount for part in payment.parts])
    return tuple(replace(part, amount=amount) for part, amount in zip(payment.parts, amounts, strict=True) if amount)


def compare_payment(command: CreatePayment, payment: Payment) -> CreatePaymentStatus:
    """Answer a command whose id there is already."""
    if payment.payer_id != command.payer_id:
        return CreatePaymentStatus.EXISTS_WITH_DIFFERENT_PAYER
    if payment.subject_id != command.subject_id or payment.parts != command.parts:
        return CreatePaymentStatus.EXISTS_WITH_DIFFERENT_SUBJECT
    if payment.payee_id != command.payee_id:
        return CreatePaymentStatus.EXISTS_WITH_DIFFERENT_PAYEE
    if payment.purpose != command.purpose:
        return CreatePaymentStatus.EXISTS_WITH_DIFFERENT_PURPOSE
    if payment.amount != command.amount:
        return CreatePaymentStatus.EXISTS_WITH_DIFFERENT_AMOUNT
    if payment.channel != command.channel:
        return CreatePaymentStatus.EXISTS_WITH_DIFFERENT_CHANNEL
    if payment.channel == BALANCE and payment.failure is not None:
        return CreatePaymentStatus(payment.failure)
    return CreatePaymentStatus.EXISTS


def judge_closing(books: Books, payment: Payment | None, actor: Actor) -> ClosePaymentStatus:
    """Close a payment that no channel knows; have the channel asked about any other."""
    if payment is None:
        return ClosePaymentStatus.PAYMENT_NOT_FOUND
    if payment.status is PaymentStatus.SUCCEEDED:
        return ClosePaymentStatus.ALREADY_SUCCEEDED
    if payment.status is PaymentStatus.CREATED:
        _close(books, payment, actor)
    if payment.status in (PaymentStatus.CLOSED, PaymentStatus.FAILED):
        return ClosePaymentStatus.CLOSED
    event = PaymentCloseRequested(payment_id=payment.id, channel=payment.channel)
    books.tell(event, payment.payer_id, payment.id, actor)
    return ClosePaymentStatus.CLOSING


def _close(books: Books, payment: Payment, actor: Actor) -> None:
    payment.status = PaymentStatus.CLOSED
    payment.query_at = None
    books.payments[payment.id] = payment
    event = PaymentClosed(payment_id=payment.id, subject_id=payment.subject_id, payee_id=payment.payee_id)
    books.tell(event, payment.payer_id, payment.id, actor)


# --- refunds ---


def judge_refund(
    books: Books, payment: Payment | None, known: set[UUID], command: ApproveRefund
) -> ApproveRefundStatus:
    """Send money back: to the wallet at once, or to the channel by way of `refund_clearing`.

    *known* are the ids of refunds that there are.
    """
    if payment is None or not payment.purpose.is_trade:
        return ApproveRefundStatus.PAYMENT_NOT_FOUND
    id = refund_id(command)
    if id in known:
        return ApproveRefundStatus.EXISTS
    part = _part_of(payment, command)
    place = (payment.id, part.order_id)
    left = min(payment.captured - payment.refunded, part.amount - books.parts.get(place, 0))
    amount = left if command.amount is None else command.amount
    if not 1 <= amount <= left:
        return ApproveRefundStatus.EXCEEDS_CAPTURE
    known.add(id)
    payment.refunded += amount
    books.payments[payment.id] = payment
    if payment.parts:
        books.parts[place] = books.parts.get(place, 0) + amount
        books.changed_parts[place] = part
    disputed = books.disputed.get(payment.id)
    may_be_twice = payment.channel != BALANCE and disputed is not None and _beyond(payment, disputed) > 0
    refund = _new_refund(
        books,
        payment,
        part,
        id,
        command.source_id,
        amount,
        command.reason,
        payment.channel_reference,
        command.actor,
        status=RefundStatus.ABNORMAL if may_be_twice else RefundStatus.APPROVED,
    )
    refund.is_from_shop = command.is_settled and payment.channel in books.freezing
    refund.of_shop = command.of_shop if refund.is_from_shop else None
    shard = shard_of(id)
    source = transit(shard)
    if refund.channel == BALANCE:
        refund.status = RefundStatus.SUCCEEDED
        refund.ended_at = books.now
        refund.query_at = None
        kind = Kind.MERCHANT_REFUND if payment.purpose is Purpose.MERCHANT_ORDER else Kind.REFUND
        wallet = chart.wallet(refund.payer_id)
        books.move(derive(id, "refund"), source, wallet, amount, kind, about=refund.subject_id)
        _tell_refunded(books, refund, command.actor)
        return ApproveRefundStatus.CREATED
    if refund.reason is RefundReason.REJECTED:
        way = suspense(shard, refund.channel)
        books.move(derive(id, "suspense"), source, way, amount, Kind.SUSPENSE, _LINKED, about=refund.subject_id)
        source = way
    clearing = refund_clearing(shard, refund.channel)
    books.move(derive(id, "refund"), source, clearing, amount, Kind.REFUND, about=refund.subject_id)
    if disputed is not None and may_be_twice:
        reconsider(books, payment, [refund], disputed)
    return ApproveRefundStatus.CREATED


def submit_refund(books: Books, payment: Payment, refund: Refund) -> bool:
    """Mark a refund as asked for; tell if its channel is to be asked now. What its payer might have twice waits."""
    if refund.status not in UNASKED:
        return False
    disputed = books.disputed.get(payment.id)
    if disputed is not None and is_disputed(payment, disputed):
        reconsider(books, payment, [refund], disputed)
        return False
    if refund.status is RefundStatus.UNCOVERED:
        # Once its channel says anything else, it is asked as long as about any other.
        refund.queries = min(refund.queries, len(QUERY_AFTER))
    refund.status = RefundStatus.SUBMITTED
    refund.query_at = query_at(refund.queries, books.now)
    books.refunds[refund.id] = refund
    return True


def note_refund_question(books: Books, payment: Payment, refund: Refund, question: Question) -> bool:
    """Note what a channel answered when asked for a refund, and when to ask again; tell if that changed it."""
    if refund.status not in (RefundStatus.SUBMITTED, RefundStatus.UNKNOWN):
        return False
    disputed = books.disputed.get(payment.id)
    refund.query_at = query_at(refund.queries, books.now)
    refund.queries += 1
    books.refunds[refund.id] = refund
    is_unmade = question.is_unmade and refund.queries > UNMADE_AFTER
    if is_unmade and disputed is not None and is_disputed(payment, disputed):
        refund.status, refund.query_at = RefundStatus.ABNORMAL, None
        _tell_abnormal(books, refund, BY_CHANNEL)
        reconsider(books, payment, [refund], disputed)
        return True
    if not question.is_uncovered:
        refund.status = RefundStatus.UNKNOWN if question.is_silent else RefundStatus.SUBMITTED
        if refund.is_unanswered and disputed is not None:
            reconsider(books, payment, [refund], disputed)
        return True
    refund.status = RefundStatus.UNCOVERED
    if refund.query_at is None or refund.created_at <= books.now - timedelta(hours=QUERY_HOURS):
        refund.query_at = books.now + UNCOVERED_AGAIN
    if disputed is not None:
        reconsider(books, payment, [refund], disputed)
    return True


def _beyond(payment: Payment, disputed: Disputed) -> int:
    """Say how much more than was taken of a payer they have back, or may have: by refunds, and by chargebacks."""
    return payment.refunded + disputed.open + disputed.lost - payment.captured - disputed.covered


def is_disputed(payment: Payment, disputed: Disputed | None) -> bool:
    """Tell whether a refund of a payment might give the payer what a channel has still to decide about."""
    return disputed is not None and _beyond(payment, disputed) > 0


def reconsider(books: Books, payment: Payment, refunds: Sequence[Refund], disputed: Disputed) -> None:
    """Decide anew about refunds that no channel is being asked for: what their payer has by chargebacks has changed.

    What a channel kept covers them. What the payer might still have twice waits. Of what is left once every channel has
    decided the channel is asked again; or, where a part is covered, it goes to the wallet. Guests have none, so people
    see to that.
    """
    for refund in refunds:
        _cover(books, payment, refund, disputed)
    for refund in refunds:
        if not refund.left or refund.is_unanswered:
            continue
        if _beyond(payment, disputed) > 0 or (refund.covered and is_guest(payment)):
            if refund.status is not RefundStatus.ABNORMAL:
                refund.status, refund.query_at = RefundStatus.ABNORMAL, None
                books.refunds[refund.id] = refund
                _tell_abnormal(books, refund, BY_CHANNEL)
        elif refund.covered:
            refund.status, refund.ended_at, refund.query_at = RefundStatus.REJECTED, books.now, None
            books.refunds[refund.id] = refund
            _pay_to_wallet(books, refund)
        elif refund.status is RefundStatus.ABNORMAL and not is_guest(payment):
            _ask_again(books, refund, BY_CHANNEL)


def _cover(books: Books, payment: Payment, refund: Refund, disputed: Disputed) -> None:
    """Let a refund that was not paid count as paid, as far as its payer has the money by chargebacks that were lost.

    That was booked as a loss of the platform's, and is none.
    """
    amount = min(refund.left, payment.refunded + disputed.lost - payment.captured - disputed.covered)
    if amount <= 0 or (refund.is_unanswered and amount < refund.left):
        return  # A channel that does not say may have paid the whole.
    disputed.covered += amount
    refund.covered += amount
    books.refunds[refund.id] = refund
    shard = shard_of(refund.id)
    books.move(
        derive(refund.id, "covered", refund.covered),
        refund_clearing(shard, refund.channel),
        chart.bad_debt(shard),
        amount,
        Kind.CHARGEBACK,
        about=refund.subject_id,
    )
    if not refund.left:
        refund.status, refund.ended_at, refund.query_at = RefundStatus.CHARGED_BACK, books.now, None
        _tell_refunded(books, refund, BY_CHANNEL)


def _part_of(payment: Payment, command: ApproveRefund) -> PaymentPart:
    """Find the part that goes back; of a payment for one order that is all of it, and so is what names no part."""
    whole = PaymentPart(order_id=payment.subject_id, shop_id=payment.payee_id, amount=payment.captured)
    if not payment.parts:
        return whole
    none = PaymentPart(order_id=payment.subject_id, shop_id=payment.payee_id, amount=0)
    return next((part for part in captured_parts(payment) if part.order_id == command.order_id), none)


def refund_id(command: ApproveRefund) -> UUID:
    """Give the id of a refund: near the payment, and the same for the same request."""
    return derive(command.payment_id, "refund", command.source_id)


def _new_refund(
    books: Books,
    payment: Payment,
    part: PaymentPart,
    id: UUID,
    source_id: UUID,
    amount: int,
    reason: RefundReason,
    capture_reference: str | None,
    actor: Actor,
    status: RefundStatus = RefundStatus.APPROVED,
) -> Refund:
    refund = Refund(
        id=id,
        payment_id=payment.id,
        source_id=source_id,
        payer_id=payment.payer_id,
        subject_id=part.order_id,
        payee_id=part.shop_id,
        channel=payment.channel,
        amount=amount,
        reason=reason,
        capture_reference=capture_reference,
        status=status,
        created_at=books.now,
    )
    books.new_refunds.append(refund)
    if status is RefundStatus.ABNORMAL:
        _tell_abnormal(books, refund, actor)
    elif payment.channel != BALANCE:
        event = RefundApproved(
            refund_id=id, payment_id=payment.id, amount=amount, channel=payment.channel, reason=reason.value
        )
        books.tell(event, payment.payer_id, payment.id, actor)
    return refund


def guest_of(order_id: UUID) -> UUID:
    """Give the id of who pays an order of a merchant's program without being signed in.

    Nobody can sign in as it: money that came into its wallet would be lost to its payer.
    """
    return derive(order_id, "guest")


def is_guest(payment: Payment) -> bool:
    """Tell whether the payer of a payment has no account here."""
    return payment.payer_id == guest_of(payment.parts[0].order_id if payment.parts else payment.subject_id)


def judge_retry(books: Books, refund: Refund | None, actor: Actor, *, is_disputed: bool = False) -> RetryRefundStatus:
    """Have the channel asked once more for what it refused, had too little for, or never answered.

    It knows the refund by its number, and its whole amount. *is_disputed*: see there.
    """
    if refund is None:
        return RetryRefundStatus.REFUND_NOT_FOUND
    asked = (RefundStatus.APPROVED, RefundStatus.SUBMITTED, RefundStatus.UNKNOWN)
    if refund.retries and refund.status in asked and not refund.is_unanswered:
        return RetryRefundStatus.EXISTS
    if refund.status not in _STUCK and not refund.is_unanswered:
        return RetryRefundStatus.NOT_ALLOWED_NOW
    # What was never answered may have been paid. That only the channel can tell, whatever the payer has besides.
    if not refund.is_unanswered and (is_disputed or refund.covered):
        return RetryRefundStatus.DISPUTED
    _ask_again(books, refund, actor)
    return RetryRefundStatus.RETRIED


def _ask_again(books: Books, refund: Refund, actor: Actor) -> None:
    if refund.is_unanswered:
        refund.query_at = books.now
    else:
        refund.status = RefundStatus.APPROVED
    refund.queries = 0
    refund.retries += 1
    books.refunds[refund.id] = refund
    event = RefundApproved(
        refund_id=refund.id,
        payment_id=refund.payment_id,
        amount=refund.amount,
        channel=refund.channel,
        reason=refund.reason.value,
    )
    books.tell(event, refund.payer_id, refund.payment_id, actor)


def judge_route(
    books: Books, refund: Refund | None, command: RouteRefund, *, is_same: bool, number_sealed: bytes
) -> RouteRefundStatus:
    """Note where a refund may go that its channel refused."""
    if refund is None:
        return RouteRefundStatus.REFUND_NOT_FOUND
    if refund.status is not RefundStatus.ABNORMAL:
        return RouteRefundStatus.NOT_ALLOWED_NOW
    if is_same:
        return RouteRefundStatus.EXISTS
    refund.route_bank, refund.route_holder = command.bank, command.holder
    refund.route_number_sealed = number_sealed
    books.refunds[refund.id] = refund
    event = RefundRouted(refund_id=refund.id, bank=command.bank, holder=command.holder)
    books.tell(event, refund.payer_id, refund.payment_id, command.actor)
    return RouteRefundStatus.ROUTED


def judge_by_hand(
    books: Books, refund: Refund | None, command: PayRefundByHand, *, is_disputed: bool = False
) -> PayRefundByHandStatus:
    """Pay from the bank what a channel refused, has too little for, or, as two found out there, never paid.

    *is_disputed*: see there.
    """
    if refund is None:
        return PayRefundByHandStatus.REFUND_NOT_FOUND
    if refund.status is RefundStatus.BY_HAND:
        return PayRefundByHandStatus.EXISTS
    if refund.status not in _STUCK and not refund.is_unanswered:
        return PayRefundByHandStatus.NOT_ALLOWED_NOW
    if is_disputed:
        return PayRefundByHandStatus.DISPUTED
    if refund.left != command.amount:
        return PayRefundByHandStatus.AMOUNT_DIFFERS
    refund.status = RefundStatus.BY_HAND
    refund.ended_at = books.now
    refund.query_at = None
    books.refunds[refund.id] = refund
    shard = shard_of(refund.id)
    books.move(
        derive(refund.id, "by hand"),
        refund_clearing(shard, refund.channel),
        bank(shard),
        refund.left,
        Kind.REFUND_BY_HAND,
        about=refund.subject_id,
    )
    _tell_refunded(books, refund, command.actor)
    return PayRefundByHandStatus.PAID


def _tell_refunded(books: Books, refund: Refund, actor: Actor) -> None:
    event = RefundSucceeded(
        refund_id=refund.source_id,
        payment_id=refund.payment_id,
        order_id=refund.subject_id,
        payee_id=refund.payee_id,
        amount=refund.amount,
        to=refund.to,
        reason=refund.reason.value,
        taken_by=refund.channel if refund.is_from_shop and refund.status is RefundStatus.SUCCEEDED else None,
        of_shop=refund.of_shop,
        covered=refund.covered,
    )
    books.tell(event, refund.payer_id, refund.payment_id, actor)


# --- payouts ---


def check_payout(command: RequestPayout, channels: frozenset[str]) -> RequestPayoutStatus | None:
    """Say what is wrong with a command by itself; None if nothing is."""
    if shard_of(command.id) != shard_of(command.owner_id):
        return RequestPayoutStatus.ID_IN_ANOTHER_SHARD
    if not is_amount(command.amount) or not 0 <= command.fee <= AMOUNT_MAX:
        return RequestPayoutStatus.AMOUNT_OUT_OF_RANGE
    if command.channel not in channels:
        return RequestPayoutStatus.CHANNEL_NOT_FOUND
    return None


def compare_payout(command: RequestPayout, payout: Payout) -> RequestPayoutStatus:
    """Answer a command whose id there is already."""
    if payout.owner_id != command.owner_id:
        return RequestPayoutStatus.EXISTS_WITH_DIFFERENT_OWNER
    if payout.source != command.source:
        return RequestPayoutStatus.EXISTS_WITH_DIFFERENT_SOURCE
    if payout.account_id != command.account_id:
        return RequestPayoutStatus.EXISTS_WITH_DIFFERENT_ACCOUNT
    if payout.amount != command.amount:
        return RequestPayoutStatus.EXISTS_WITH_DIFFERENT_AMOUNT
    if payout.fee != command.fee:
        return RequestPayoutStatus.EXISTS_WITH_DIFFERENT_FEE
    if payout.channel != command.channel:
        return RequestPayoutStatus.EXISTS_WITH_DIFFERENT_CHANNEL
    return RequestPayoutStatus.EXISTS


def source_account(source: PayoutSource, owner_id: UUID) -> Account:
    """Find the account that a payout is taken from."""
    return chart.wallet(owner_id) if source is PayoutSource.WALLET else chart.merchant_available(owner_id)


def paid_from(shard: int, channel: str) -> Account:
    """Find what a channel pays out from: the bank account, or what the channel holds for us."""
    return bank(shard) if channel in PAYING_FROM_BANK else channel_receivable(shard, channel)


def hold_payout(books: Books, command: RequestPayout) -> None:
    """Hold amount and fee, together or not at all. The fee is income only if the bank takes the payout on."""
    shard = shard_of(command.id)
    source = source_account(command.source, command.owner_id)
    flags = _HOLD | _LINKED if command.fee else _HOLD
    clearing = payout_clearing(shard, command.channel)
    books.move(derive(command.id, "hold"), source, clearing, command.amount, Kind.PAYOUT, flags, about=command.id)
    if command.fee:
        income = withdrawal_fee_income(shard)
        books.move(
            derive(command.id, "hold fee"), source, income, command.fee, Kind.PAYOUT_FEE, _HOLD, about=command.id
        )
    del books.opening[source.id]  # Whoever has no account has no money.


def day_of_payouts(now: datetime) -> datetime:
    """Say since when an owner's payouts count together: midnight in Shanghai, so that those of a schedule, at one hour
    of each day, count by themselves.
    """
    return datetime.combine(now.astimezone(SHANGHAI).date(), time(), SHANGHAI)


def new_payout(command: RequestPayout, asked: int, now: datetime) -> Payout:
    """Make the row of a payout whose money is held, and which two of the staff may have to let go.

    *asked* is what its owner asked for on the same day, this one counted: small ones are a large one together.
    """
    within = command.review_within if asked > command.review_above else None
    return Payout(
        id=command.id,
        owner_id=command.owner_id,
        source=command.source,
        account_id=command.account_id,
        channel=command.channel,
        amount=command.amount,
        fee=command.fee,
        status=PayoutStatus.REQUESTED if within is None else PayoutStatus.IN_REVIEW,
        created_at=now,
        review_by=None if within is None else now + within,
    )


def requested(payout: Payout) -> PayoutRequested | PayoutReviewBegun:
    """Tell that a payout was asked for: the bank is to be asked, or first two of the staff."""
    if payout.status is PayoutStatus.IN_REVIEW:
        assert payout.review_by is not None
        return PayoutReviewBegun(
            payout_id=payout.id,
            owner_id=payout.owner_id,
            amount=payout.amount,
            fee=payout.fee,
            review_by=payout.review_by,
        )
    return PayoutRequested(
        payout_id=payout.id,
        owner_id=payout.owner_id,
        amount=payout.amount,
        fee=payout.fee,
        channel=payout.channel,
    )


def judge_release(
    books: Books, payout: Payout | None, command: ReleasePayout, frozen: Collection[UUID] = ()
) -> ReleasePayoutStatus:
    """Let a payout go to the bank that two of the staff have looked at. Nothing may go out of *frozen* accounts."""
    if payout is None:
        return ReleasePayoutStatus.PAYOUT_NOT_FOUND
    if (payout.owner_id, payout.amount) != (command.owner_id, command.amount):
        return ReleasePayoutStatus.PAYOUT_DIFFERS
    if payout.status is not PayoutStatus.IN_REVIEW:
        return ReleasePayoutStatus.EXISTS if payout.released_at is not None else ReleasePayoutStatus.NOT_IN_REVIEW
    if source_account(payout.source, payout.owner_id).id in frozen:
        return ReleasePayoutStatus.OWNER_FROZEN
    payout.status = PayoutStatus.REQUESTED
    payout.released_at = books.now
    books.payouts[payout.id] = payout
    books.tell(requested(payout), payout.owner_id, payout.id, command.actor)
    return ReleasePayoutStatus.RELEASED


def judge_payout_refusal(books: Books, payout: Payout | None, command: RefusePayout) -> RefusePayoutStatus:
    """Give back what a payout held that the staff do not let go."""
    reason = command.reason.strip()
    if payout is None:
        return RefusePayoutStatus.PAYOUT_NOT_FOUND
    if payout.status is not PayoutStatus.IN_REVIEW:
        is_same = payout.status is PayoutStatus.REFUSED and payout.refusal == reason
        return RefusePayoutStatus.EXISTS if is_same else RefusePayoutStatus.NOT_IN_REVIEW
    if not reason or not is_text(reason, REFUSAL_MAX):
        return RefusePayoutStatus.REASON_MISSING
    payout.status = PayoutStatus.REFUSED
    payout.refusal = reason
    payout.ended_at = books.now
    books.payouts[payout.id] = payout
    _resolve_payout(books, payout, _VOID)
    told = PayoutRefused(
        payout_id=payout.id, owner_id=payout.owner_id, amount=payout.amount, fee=payout.fee, reason=reason
    )
    books.tell(told, payout.owner_id, payout.id, command.actor)
    return RefusePayoutStatus.REFUSED


def _resolve_payout(books: Books, payout: Payout, flags: TransferFlags) -> None:
    word = "post" if flags is _POST else "void"
    linked = flags | _LINKED if payout.fee else flags
    books.resolve(derive(payout.id, word), derive(payout.id, "hold"), linked, about=payout.id)
    if payout.fee:
        books.resolve(derive(payout.id, f"{word} fee"), derive(payout.id, "hold fee"), flags, about=payout.id)


def _take_bank_fee(books: Books, payout: Payout, fee: int) -> None:
    payout.bank_fee = fee
    if fee:
        shard = shard_of(payout.id)
        id = derive(payout.id, "bank fee")
        source = paid_from(shard, payout.channel)
        books.move(id, payout_fee(shard), source, fee, Kind.PAYOUT_FEE, about=payout.id)


def _give_back(books: Books, payout: Payout) -> None:
    shard = shard_of(payout.id)
    source = source_account(payout.source, payout.owner_id)
    clearing = payout_clearing(shard, payout.channel)
    if payout.paid_at is not None:
        books.move(
            derive(payout.id, "came back"),
            paid_from(shard, payout.channel),
            clearing,
            payout.amount,
            Kind.PAYOUT_RETURNED,
            _LINKED,
            about=payout.id,
        )
    flags = _LINKED if payout.fee else _NONE
    books.move(
        derive(payout.id, "give back"), clearing, source, payout.amount, Kind.PAYOUT_RETURNED, flags, about=payout.id
    )
    if payout.fee:
        income = withdrawal_fee_income(shard)
        books.move(
            derive(payout.id, "give back fee"), income, source, payout.fee, Kind.PAYOUT_RETURNED, about=payout.id
        )


# --- what channels say ---


class Known:
    """What is known of the things that a batch of notices is about. Keys of `events` and `captures`: channel, text."""

    def __init__(self) -> None:
        self.events: set[tuple[str, str]] = set()
        self.payments: dict[UUID, Payment] = {}
        self.captures: set[tuple[str, str]] = set()
        self.chargebacks: dict[tuple[str, str], Chargeback] = {}
        self.early_ends: list[Notice] = []
        """What channels told of how chargebacks ended before they told that they began."""
        self.refunds: dict[UUID, Refund] = {}
        """Those told of, and of payments whose chargebacks ended those that people may act on."""
        self.payouts: dict[UUID, Payout] = {}
        self.unfreezings: dict[UUID, Unfreezing] = {}
        self.parts: dict[tuple[UUID, UUID], int] = {}
        """What went back of parts of payments for several orders: each (payment, order)."""
        self.changed_parts: dict[tuple[UUID, UUID], PaymentPart] = {}


def judge_notices(books: Books, known: Known, notices: Sequence[Notice]) -> list[NoticeStatus]:
    """Answer each notice as if it came alone, after the ones before it."""
    statuses = []
    for notice in notices:
        key = (notice.channel, notice.event_id)
        if not (is_amount(notice.amount) and 0 <= notice.fee <= _fee_max(notice)):
            statuses.append(NoticeStatus.AMOUNT_OUT_OF_RANGE)
        elif _needs_second(notice):
            statuses.append(NoticeStatus.APPROVAL_NEEDED)
        elif key in known.events:
            statuses.append(NoticeStatus.EXISTS)
        else:
            known.events.add(key)
            judge = _JUDGES[notice.kind]
            statuses.append(NoticeStatus.CONTRADICTS if notice.is_contradiction else judge(books, known, notice))
    return statuses


def _needs_second(notice: Notice) -> bool:
    """Tell whether one of the staff wrote down alone what moves money."""
    return notice.actor.kind == "staff" and not notice.is_seconded and notice.kind.startswith("chargeback")


def _fee_max(notice: Notice) -> int:
    """Say how much a channel may keep: no more than what it tells of, but for a chargeback's own fee."""
    return AMOUNT_MAX if notice.kind is NoticeKind.CHARGEBACK_RECEIVED else notice.amount


def _find(found: dict[UUID, Any], notice: Notice) -> Any:
    """Find what a notice is about; a channel knows nothing of another channel's things."""
    thing = None if notice.subject_id is None else found.get(notice.subject_id)
    return thing if thing is not None and thing.channel == notice.channel else None


def _judge_success(books: Books, known: Known, notice: Notice) -> NoticeStatus:
    payment: Payment | None = _find(known.payments, notice)
    key = (notice.channel, notice.reference)
    if key in known.captures:
        return NoticeStatus.NO_EFFECT
    is_known = payment is not None and payment.channel_reference == notice.reference
    if payment is None or (notice.is_taken_back and not is_known):
        _book_extra(books, known, notice, None)
        return NoticeStatus.UNMATCHED
    if is_known:
        return NoticeStatus.NO_EFFECT if payment.captured == notice.amount else NoticeStatus.CONTRADICTS
    if PaymentStatus.SUCCEEDED not in PAYMENT_MOVES[payment.status]:
        _book_extra(books, known, notice, payment)
        return NoticeStatus.RECORDED
    payment.status = PaymentStatus.SUCCEEDED
    payment.channel_reference = notice.reference
    payment.failure = None
    payment.captured = notice.amount
    payment.captured_at = notice.occurred_at
    payment.query_at = None
    books.payments[payment.id] = payment
    shard = shard_of(payment.id)
    id = derive(payment.id, "capture", notice.reference)
    source = channel_receivable(shard, payment.channel)
    if payment.purpose is Purpose.DEPOSIT:
        books.move(id, source, transit(shard), payment.captured, Kind.DEPOSIT, about=payment.about)
        told = DepositCaptured(
            payment_id=payment.id,
            payer_id=payment.payer_id,
            shop_id=payment.subject_id,
            amount=payment.captured,
            channel=payment.channel,
        )
        books.tell(told, payment.payer_id, payment.id, BY_CHANNEL)
    elif payment.purpose.is_trade:
        parts = captured_parts(payment)
        for part in parts:
            part_id = derive(payment.id, "capture", notice.reference, part.order_id)
            books.move(part_id, source, transit(shard), part.amount, Kind.CAPTURE, about=part.order_id)
        if not parts:
            books.move(id, source, transit(shard), payment.captured, Kind.CAPTURE, about=payment.subject_id)
        books.tell(captured(payment), payment.payer_id, payment.id, BY_CHANNEL)
    else:
        books.move(id, source, chart.wallet(payment.payer_id), payment.captured, Kind.TOP_UP, about=payment.subject_id)
        event = WalletToppedUp(payment_id=payment.id, amount=payment.captured, channel=payment.channel)
        books.tell(event, payment.payer_id, payment.id, BY_CHANNEL)
    return NoticeStatus.RECORDED


def _book_extra(books: Books, known: Known, notice: Notice, payment: Payment | None) -> None:
    """Put money that fits nothing into suspense; what was paid twice goes back from there by itself."""
    owner = notice.owner_id
    shard = shard_of(owner)
    known.captures.add((notice.channel, notice.reference))
    books.captures.append(
        Capture(
            channel=notice.channel,
            reference=notice.reference,
            payment_id=notice.subject_id,
            shard=shard,
            amount=notice.amount,
            disposition="unmatched" if payment is None else "paid_twice",
            captured_at=notice.occurred_at,
        )
    )
    way = suspense(shard, notice.channel)
    # An unmatched capture has no owner but itself; the channel's name keeps two channels' numbers apart.
    id = derive(owner, "capture", notice.reference) if payment else derive(way.id, "capture", notice.reference)
    flags = _LINKED if payment else _NONE
    books.move(
        id,
        channel_receivable(shard, notice.channel),
        way,
        notice.amount,
        Kind.SUSPENSE,
        flags,
        about=payment.about if payment else None,
    )
    if payment is not None:
        back = derive(payment.id, "paid twice", notice.reference)
        whole = PaymentPart(order_id=payment.about, shop_id=payment.payee_id, amount=notice.amount)
        _new_refund(
            books, payment, whole, back, back, notice.amount, RefundReason.PAID_TWICE, notice.reference, BY_CHANNEL
        )
        books.move(
            derive(back, "refund"),
            way,
            refund_clearing(shard, notice.channel),
            notice.amount,
            Kind.REFUND,
            about=payment.about,
        )


def _judge_failure(books: Books, known: Known, notice: Notice) -> NoticeStatus:
    payment: Payment | None = _find(known.payments, notice)
    if payment is None:
        return NoticeStatus.UNMATCHED
    if PaymentStatus.FAILED not in PAYMENT_MOVES[payment.status]:
        return NoticeStatus.NO_EFFECT
    payment.status = PaymentStatus.FAILED
    payment.failure = "refused_by_channel"
    _ask_anew(payment, books.now)
    books.payments[payment.id] = payment
    event = PaymentFailed(
        payment_id=payment.id,
        subject_id=payment.subject_id,
        payee_id=payment.payee_id,
        amount=payment.amount,
        channel=payment.channel,
        failure=payment.failure,
    )
    books.tell(event, payment.payer_id, payment.id, BY_CHANNEL)
    return NoticeStatus.RECORDED


def _judge_closed(books: Books, known: Known, notice: Notice) -> NoticeStatus:
    payment: Payment | None = _find(known.payments, notice)
    if payment is None:
        return NoticeStatus.UNMATCHED
    if PaymentStatus.CLOSED not in PAYMENT_MOVES[payment.status]:
        return NoticeStatus.NO_EFFECT
    _close(books, payment, BY_CHANNEL)
    _ask_anew(payment, books.now)
    return NoticeStatus.RECORDED


def _ask_anew(payment: Payment, now: datetime) -> None:
    """Go on asking about a payment that its channel ended: should it take the money, that may be untold."""
    payment.queries = 0
    payment.query_at = ended_query_at(0, now, ENDED_QUERY_AFTER)


def _judge_refund_end(books: Books, known: Known, notice: Notice) -> NoticeStatus:
    refund: Refund | None = _find(known.refunds, notice)
    if refund is None:
        return NoticeStatus.UNMATCHED
    is_success = notice.kind is NoticeKind.REFUND_SUCCEEDED
    payment, disputed = known.payments.get(refund.payment_id), books.disputed.get(refund.payment_id)
    # Nobody could open a guest's wallet, and who disputes the payment might have the money twice: it stays set aside.
    is_set_aside = payment is not None and (is_guest(payment) or is_disputed(payment, disputed))
    refused = RefundStatus.ABNORMAL if is_set_aside else RefundStatus.REJECTED
    status = RefundStatus.SUCCEEDED if is_success else refused
    if notice.amount != refund.amount:
        return NoticeStatus.CONTRADICTS
    if status not in REFUND_MOVES[refund.status]:
        return NoticeStatus.NO_EFFECT if refund.status is status else NoticeStatus.CONTRADICTS
    refund.status = status
    refund.channel_reference = notice.reference
    refund.query_at = None
    books.refunds[refund.id] = refund
    if status is RefundStatus.ABNORMAL:
        _tell_abnormal(books, refund, BY_CHANNEL)
        if payment is not None and disputed is not None:
            reconsider(books, payment, [refund], disputed)
        return NoticeStatus.RECORDED
    refund.ended_at = notice.occurred_at
    if not is_success:
        _pay_to_wallet(books, refund)
        return NoticeStatus.RECORDED
    shard = shard_of(refund.id)
    clearing = refund_clearing(shard, refund.channel)
    was_covered, refund.covered = refund.covered, 0
    if was_covered:
        # It was paid all the same: the loss is one.
        books.move(
            derive(refund.id, "uncovered", was_covered),
            chart.bad_debt(shard),
            clearing,
            was_covered,
            Kind.CHARGEBACK,
            about=refund.subject_id,
        )
    # What came by the operator's own account was settled with it, so it goes from there.
    target = bank(shard) if refund.channel == BANK else channel_receivable(shard, refund.channel)
    books.move(
        derive(refund.id, "confirmed"),
        clearing,
        target,
        refund.amount,
        Kind.CHANNEL_CONFIRMED,
        about=refund.subject_id,
    )
    _tell_refunded(books, refund, BY_CHANNEL)
    if was_covered and payment is not None and disputed is not None:
        # What the payer has by chargebacks may be another refund of theirs.
        disputed.covered -= was_covered
        reconsider(books, payment, _stuck(known, payment), disputed)
    return NoticeStatus.RECORDED


def _pay_to_wallet(books: Books, refund: Refund) -> None:
    """Pay what no channel pays, as far as its payer has not got it another way."""
    books.move(
        derive(refund.id, "to wallet"),
        refund_clearing(shard_of(refund.id), refund.channel),
        chart.wallet(refund.payer_id),
        refund.left,
        Kind.REFUND,
        about=refund.subject_id,
    )
    _tell_refunded(books, refund, BY_CHANNEL)


_PAYOUT_NEWS: Final = {
    NoticeKind.PAYOUT_ACCEPTED: PayoutStatus.ACCEPTED,
    NoticeKind.PAYOUT_REJECTED: PayoutStatus.REJECTED,
    NoticeKind.PAYOUT_PAID: PayoutStatus.PAID,
    NoticeKind.PAYOUT_RETURNED: PayoutStatus.RETURNED,
}


def _judge_payout(books: Books, known: Known, notice: Notice) -> NoticeStatus:
    payout: Payout | None = _find(known.payouts, notice)
    if payout is None:
        return NoticeStatus.UNMATCHED
    status = _PAYOUT_NEWS[notice.kind]
    if notice.amount != payout.amount:
        return NoticeStatus.CONTRADICTS
    if status not in PAYOUT_MOVES[payout.status]:
        return _judge_late_payout(books, payout, status, notice)
    books.payouts[payout.id] = payout
    payout.channel_reference = notice.reference
    payout.query_at = None
    if payout.accepted_at is None:
        if status is PayoutStatus.REJECTED:
            _resolve_payout(books, payout, _VOID)
        else:
            _resolve_payout(books, payout, _POST)
            payout.accepted_at = notice.occurred_at
            _tell_payout(books, payout, PayoutAccepted, notice.actor)
    payout.status = status
    if status is PayoutStatus.PAID:
        shard = shard_of(payout.id)
        payout.paid_at = notice.occurred_at
        books.move(
            derive(payout.id, "paid"),
            payout_clearing(shard, payout.channel),
            paid_from(shard, payout.channel),
            payout.amount,
            Kind.PAYOUT_SETTLED,
            about=payout.id,
        )
        _take_bank_fee(books, payout, notice.fee)
        _tell_payout(books, payout, PayoutPaid, notice.actor)
    elif status is PayoutStatus.RETURNED:
        payout.ended_at = notice.occurred_at
        payout.refusal = _said(notice)
        _give_back(books, payout)
        _tell_payout(books, payout, PayoutReturned, notice.actor)
    elif status is PayoutStatus.REJECTED:
        payout.ended_at = notice.occurred_at
        payout.refusal = _said(notice)
        _tell_payout(books, payout, PayoutRejected, notice.actor)
    return NoticeStatus.RECORDED


def judge_telling(books: Books, known: Known, command: TellPayout) -> tuple[TellPayoutStatus, Notice | None]:
    """Take in what two of the staff say became of a payout, as if its channel had said so; give that as a notice."""
    payout = known.payouts.get(command.id)
    if payout is None:
        return TellPayoutStatus.PAYOUT_NOT_FOUND, None
    if (payout.owner_id, payout.amount) != (command.owner_id, command.amount):
        return TellPayoutStatus.PAYOUT_DIFFERS, None
    if payout.status not in (PayoutStatus.SUBMITTED, PayoutStatus.UNKNOWN):
        return TellPayoutStatus.OUTCOME_KNOWN, None
    if payout.channel == BANK or payout.asked_at is None or books.now < payout.asked_at + SILENT_AFTER:
        return TellPayoutStatus.TOO_EARLY, None
    # Whoever asks a channel took the payout when this had come, and puts it off once that has answered.
    if payout.query_at is None or payout.query_at <= books.now + ASKED_SOON:
        return TellPayoutStatus.BEING_ASKED, None
    notice = told_payout(command, payout, books.now)
    status = _judge_payout(books, known, notice)
    assert status is NoticeStatus.RECORDED, status
    payout.told_at = books.now
    return TellPayoutStatus.TOLD, notice


def _said(notice: Notice) -> str:
    """Give what the bank said of why; nothing, where that can't be kept."""
    reason = notice.reason.strip()[:REFUSAL_MAX]
    return reason if is_text(reason, REFUSAL_MAX) else ""


def _judge_late_payout(books: Books, payout: Payout, status: PayoutStatus, notice: Notice) -> NoticeStatus:
    """Answer news that was overtaken, or that can't be."""
    if payout.status in (PayoutStatus.IN_REVIEW, PayoutStatus.REFUSED):
        return NoticeStatus.CONTRADICTS  # No bank was asked for it.
    if (payout.status is PayoutStatus.REJECTED) != (status is PayoutStatus.REJECTED):
        return NoticeStatus.CONTRADICTS
    if status is PayoutStatus.PAID and payout.paid_at is None:
        # It came back before we heard that it had gone: only the bank's fee is left to book.
        payout.paid_at = notice.occurred_at
        _take_bank_fee(books, payout, notice.fee)
        books.payouts[payout.id] = payout
        return NoticeStatus.RECORDED
    return NoticeStatus.NO_EFFECT


def _tell_payout(
    books: Books,
    payout: Payout,
    event: type[PayoutAccepted | PayoutRejected | PayoutPaid | PayoutReturned],
    actor: Actor,
) -> None:
    told = event(payout_id=payout.id, owner_id=payout.owner_id, amount=payout.amount, fee=payout.fee)
    books.tell(told, payout.owner_id, payout.id, actor)


def _judge_unfreezing(books: Books, known: Known, notice: Notice) -> NoticeStatus:
    unfreezing: Unfreezing | None = _find(known.unfreezings, notice)
    if unfreezing is None:
        return NoticeStatus.UNMATCHED
    if notice.amount != unfreezing.amount:
        return NoticeStatus.CONTRADICTS
    if unfreezing.status is UnfreezingStatus.UNFROZEN:
        return NoticeStatus.NO_EFFECT
    if UnfreezingStatus.UNFROZEN not in UNFREEZING_MOVES[unfreezing.status]:
        return NoticeStatus.CONTRADICTS  # Nobody asked the channel for it.
    unfreezing.status = UnfreezingStatus.UNFROZEN
    unfreezing.reference = notice.reference
    unfreezing.query_at = None
    unfreezing.reason = ""
    unfreezing.ended_at = notice.occurred_at
    books.unfreezings[unfreezing.id] = unfreezing
    books.post(give_to_shop(unfreezing))
    if unfreezing.fees_back:
        books.post(give_fees_back(unfreezing))
    event = UnfreezingSucceeded(shop_id=unfreezing.shop_id, channel=unfreezing.channel, amount=unfreezing.amount)
    books.tell(event, unfreezing.shop_id, unfreezing.id, BY_CHANNEL)
    return NoticeStatus.RECORDED


def _tell_abnormal(books: Books, refund: Refund, actor: Actor) -> None:
    event = RefundAbnormal(
        refund_id=refund.id,
        source_id=refund.source_id,
        payment_id=refund.payment_id,
        order_id=refund.subject_id,
        payee_id=refund.payee_id,
        amount=refund.amount,
        channel=refund.channel,
    )
    books.tell(event, refund.payer_id, refund.payment_id, actor)


def _judge_chargeback(books: Books, known: Known, notice: Notice) -> NoticeStatus:
    payment: Payment | None = _find(known.payments, notice)
    if payment is None:
        return NoticeStatus.UNMATCHED
    key = (notice.channel, notice.reference)
    found = known.chargebacks.get(key)
    if found is not None:
        is_same = (found.payment_id, found.amount) == (payment.id, notice.amount)
        return NoticeStatus.NO_EFFECT if is_same else NoticeStatus.CONTRADICTS
    # From a wallet no channel took anything.
    if notice.amount > payment.captured or payment.channel == BALANCE:
        return NoticeStatus.CONTRADICTS
    told = Chargeback(
        shard=shard_of(payment.id),
        channel=notice.channel,
        reference=notice.reference,
        payment_id=payment.id,
        amount=notice.amount,
        fee=notice.fee,
        reason=notice.reason[:REASON_MAX],
        respond_by=notice.respond_by,
        received_at=notice.occurred_at,
    )
    known.chargebacks[key] = books.chargebacks[key] = told
    disputed = books.disputed.setdefault(payment.id, Disputed())
    disputed.open += told.amount
    reconsider(books, payment, _stuck(known, payment), disputed)
    for number, its in enumerate(disputed_parts(payment, notice.amount, books.parts)):
        event = ChargebackReceived(
            payment_id=payment.id,
            payer_id=payment.payer_id,
            order_id=its.order_id,
            shop_id=its.shop_id,
            purse=its.purse,
            debtor_id=its.debtor_id,
            recoverable=its.recoverable,
            near_id=its.near_id,
            amount=its.amount,
            fee=0 if number else told.fee,
            channel=told.channel,
            reference=told.reference,
            reason=told.reason,
            respond_by=told.respond_by,
            received_at=told.received_at,
        )
        books.tell(event, payment.payer_id, payment.id, notice.actor)
    ends = [one for one in known.early_ends if (one.channel, one.reference) == key]
    for end in sorted(ends, key=lambda one: (one.occurred_at, one.event_id)):
        _judge_chargeback_end(books, known, end)  # The first that fits it decides; it is not told once more.
    return NoticeStatus.RECORDED


class DisputedPart(Struct, frozen=True, kw_only=True):
    """A part of what is disputed of a payment: of an order of ours, or of whoever's purse the money went to."""

    amount: int
    order_id: UUID | None = None
    shop_id: UUID | None = None
    purse: Literal["shop", "deposit", "wallet"] | None = None
    debtor_id: UUID | None = None
    recoverable: int = 0
    """What had not gone back before: the purse makes good of no more."""
    near_id: UUID | None = None


def disputed_parts(payment: Payment, amount: int, refunded: Mapping[tuple[UUID, UUID], int]) -> list[DisputedPart]:
    """Split what is disputed over the orders of a payment, in proportion; a top-up and a deposit are one part.

    *refunded*: what went back of each part of a payment for several orders.
    """
    if payment.purpose is Purpose.TOP_UP:
        return [DisputedPart(amount=amount, purse="wallet", debtor_id=payment.payer_id, recoverable=amount)]
    if payment.purpose is Purpose.DEPOSIT:
        shop_id = payment.subject_id
        return [
            DisputedPart(
                amount=amount, shop_id=shop_id, purse="deposit", debtor_id=shop_id, recoverable=amount, near_id=shop_id
            )
        ]
    whole = PaymentPart(order_id=payment.subject_id, shop_id=payment.payee_id, amount=payment.captured)
    parts = captured_parts(payment) or (whole,)
    shares = [part.amount for part in parts]
    amounts = allocate(amount, shares)
    if payment.purpose is Purpose.ORDER:
        return [
            DisputedPart(amount=its, order_id=part.order_id, shop_id=part.shop_id)
            for part, its in zip(parts, amounts, strict=True)
            if its
        ]
    if not payment.parts:
        refunded = {(payment.id, whole.order_id): payment.refunded}
    return [
        DisputedPart(
            amount=its,
            shop_id=part.shop_id,
            purse="shop",
            debtor_id=part.shop_id,
            recoverable=min(its, part.amount - refunded.get((payment.id, part.order_id), 0)),
            near_id=part.order_id,
        )
        for part, its in zip(parts, amounts, strict=True)
        if its
    ]


def _judge_chargeback_end(books: Books, known: Known, notice: Notice) -> NoticeStatus:
    payment: Payment | None = _find(known.payments, notice)
    found = known.chargebacks.get((notice.channel, notice.reference))
    if payment is None or found is None or found.payment_id != payment.id:
        if found is None and not notice.event_id.startswith(BY_HAND):
            known.early_ends.append(notice)  # It has overtaken the news of what it ended, and is heard with that.
        return NoticeStatus.UNMATCHED
    is_won = notice.kind is NoticeKind.CHARGEBACK_WON
    if notice.amount != found.amount:
        return NoticeStatus.CONTRADICTS
    if found.is_won is not None:
        return NoticeStatus.NO_EFFECT if found.is_won is is_won else NoticeStatus.CONTRADICTS
    found.is_won, found.ended_at = is_won, notice.occurred_at
    books.chargebacks[found.channel, found.reference] = found
    disputed = books.disputed.setdefault(payment.id, Disputed(open=found.amount))
    disputed.open -= found.amount
    if not is_won:
        disputed.lost += found.amount
    reconsider(books, payment, _stuck(known, payment), disputed)
    for its in disputed_parts(payment, found.amount, books.parts):
        event = ChargebackEnded(
            payment_id=payment.id,
            order_id=its.order_id,
            near_id=its.near_id,
            channel=found.channel,
            reference=found.reference,
            is_won=is_won,
        )
        books.tell(event, payment.payer_id, payment.id, notice.actor)
    return NoticeStatus.RECORDED


def _stuck(known: Known, payment: Payment) -> list[Refund]:
    """Give the refunds of a payment that no channel is being asked for, the oldest first."""
    its = (one for one in known.refunds.values() if one.payment_id == payment.id)
    found = [one for one in its if one.status in _STUCK or one.is_unanswered]
    return sorted(found, key=lambda one: (one.created_at, one.id))


def _judge_settlement(books: Books, _: Known, notice: Notice) -> NoticeStatus:
    owner = notice.owner_id
    shard = shard_of(owner)
    receivable = channel_receivable(shard, notice.channel)
    id = derive(receivable.id, "settled", notice.event_id)
    net = notice.amount - notice.fee
    if net:
        flags = _LINKED if notice.fee else _NONE
        books.move(id, bank(shard), receivable, net, Kind.CHANNEL_CONFIRMED, flags, about=None)
    if notice.fee:
        books.move(derive(id, "fee"), channel_fee(shard), receivable, notice.fee, Kind.CHANNEL_CONFIRMED, about=None)
    return NoticeStatus.RECORDED


def _judge_bank_move(_books: Books, _known: Known, _notice: Notice) -> NoticeStatus:
    return NoticeStatus.RECORDED


_JUDGES: Final = {
    NoticeKind.CHARGE_SUCCEEDED: _judge_success,
    NoticeKind.CHARGE_FAILED: _judge_failure,
    NoticeKind.CHARGE_CLOSED: _judge_closed,
    NoticeKind.REFUND_SUCCEEDED: _judge_refund_end,
    NoticeKind.REFUND_REJECTED: _judge_refund_end,
    NoticeKind.PAYOUT_ACCEPTED: _judge_payout,
    NoticeKind.PAYOUT_REJECTED: _judge_payout,
    NoticeKind.PAYOUT_PAID: _judge_payout,
    NoticeKind.PAYOUT_RETURNED: _judge_payout,
    NoticeKind.UNFREEZING_SUCCEEDED: _judge_unfreezing,
    NoticeKind.CHARGEBACK_RECEIVED: _judge_chargeback,
    NoticeKind.CHARGEBACK_WON: _judge_chargeback_end,
    NoticeKind.CHARGEBACK_LOST: _judge_chargeback_end,
    NoticeKind.SETTLED: _judge_settlement,
    NoticeKind.DEBITED: _judge_bank_move,
    NoticeKind.CREDIT_TAKEN_BACK: _judge_bank_move,
    NoticeKind.DEBIT_TAKEN_BACK: _judge_bank_move,
}

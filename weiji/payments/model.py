"""The words of payments: commands, results, states, and what channels say."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, TypeAlias
from uuid import UUID
from zlib import crc32

from msgspec import Struct

from weiji.events import BY_CHANNEL, Actor
from weiji.events.payments import PaymentPart
from weiji.kit.ids import SHARDS, first_id
from weiji.ledger import Kind
from weiji.payments.holders import Owner

CURRENCY: Final = "CNY"
"""The only currency so far. Amounts are fen."""

BALANCE: Final = "balance"
"""The name of the channel that is the wallet."""

BANK: Final = "bank"
"""The name of the channel that is the operator's own account: what it takes and gives is on the account at once."""

PAYING_FROM_BANK: Final = frozenset({BANK, "sandbox"})
"""The channels that pay out from the operator's bank account. Any other does from what it holds for us."""


TOP_UP_MAX: Final = 5_000_000
"""The most that one top-up may bring, in fen: what is in a wallet stays a number that every JSON reader takes."""


class Purpose(StrEnum):
    """What a payment is for."""

    ORDER = "order"
    TOP_UP = "top_up"
    """Money into the payer's own wallet."""
    DEPOSIT = "deposit"
    """保证金 of a shop, paid by somebody who works for it."""
    MERCHANT_ORDER = "merchant_order"
    """An order that a merchant's own program made: its money goes to somebody else than that of our orders."""

    @property
    def is_trade(self) -> bool:
        """Whether it is for something that is sold: the wallet may pay it, and it may go back."""
        return self in (Purpose.ORDER, Purpose.MERCHANT_ORDER)


class PaymentStatus(StrEnum):
    """Where a payment stands. `rules.PAYMENT_MOVES` says what may follow what."""

    CREATED = "created"
    """Nobody was asked yet."""
    SUBMITTED = "submitted"
    """The channel was asked, and the payer may pay."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The channel gave no answer: it is asked again until it does."""
    CLOSED = "closed"
    """The channel promised to take nothing. Should it do so all the same, the payment has succeeded late."""


class RefundStatus(StrEnum):
    """Where a refund stands. Whether there is one at all is for the orders to decide: it begins approved."""

    APPROVED = "approved"
    """The money is set aside; the channel was not asked yet."""
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    """The channel refused, and the money went to the payer's wallet instead."""
    ABNORMAL = "abnormal"
    """The channel refused, and the payer has no wallet that they could open; or who disputes the payment might have the
    money twice: a person has to look."""
    BY_HAND = "by_hand"
    """The channel refused, or had too little, and two of the staff paid it by another route."""
    CHARGED_BACK = "charged_back"
    """The channel refused, and gave the payer the same money for a chargeback."""
    UNKNOWN = "unknown"
    UNCOVERED = "uncovered"
    """The account that it comes from, the shop's at a channel say, has too little: it is asked for again.

    Two of the staff may pay it by another route."""


class RefundReason(StrEnum):
    """Why money goes back."""

    ORDERED = "ordered"
    REJECTED = "rejected"
    """The order did not want the payment: it was closed, paid already, or asked another amount."""
    PAID_TWICE = "paid_twice"
    """The channel took the money of one payment more than once."""


class PayoutStatus(StrEnum):
    """Where a payout stands. `rules.PAYOUT_MOVES` says what may follow what."""

    IN_REVIEW = "in_review"
    """Amount and fee are held; two of the staff have to agree before the bank is asked."""
    REQUESTED = "requested"
    """Amount and fee are held; the bank was not asked yet."""
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    """The bank took it on: the hold is posted."""
    PAID = "paid"
    REJECTED = "rejected"
    """The bank did not take it on: the hold is void."""
    REFUSED = "refused"
    """The staff did not let it go, for the reason in `refusal`: the hold is void."""
    RETURNED = "returned"
    """退票: it came back, perhaps weeks later; the owner has amount and fee again."""
    UNKNOWN = "unknown"


class PayoutSource(StrEnum):
    """Whose money is paid out."""

    WALLET = "wallet"
    """A person's; the owner is the person."""
    MERCHANT_AVAILABLE = "merchant_available"
    """A shop's; the owner is the shop."""


PARTS_MAX: Final = 20
"""Orders that one payment may be for."""


class PayWay(StrEnum):
    """How a payer pays at `pay_url`."""

    PAGE = "page"
    """It is the address of a page: ours, if it begins with a slash, else the channel's."""
    CODE = "code"
    """It is what a QR code says, which the payer's telephone reads."""
    APP = "app"
    """It is what a merchant's app hands to the channel's."""
    TRANSFER = "transfer"
    """It is what the payer writes as the reference of a bank transfer."""
    JSAPI = "jsapi"
    """It is what a page in WeChat, or a mini program, hands to WeChat, as JSON."""


class CreatePayment(Struct, frozen=True, kw_only=True):
    """Ask for money. The caller makes `id`, in the shard of the payer, so that asking again is safe.

    From the wallet (channel `balance`) it is taken at once; any other channel is to be started.
    """

    id: UUID
    payer_id: UUID
    subject_id: UUID
    """The order; for a top-up, the payer; for a deposit, the shop; where there are parts, the payment itself."""
    payee_id: UUID
    """The shop; for a top-up, and where there are parts, the payer."""
    amount: int
    channel: str
    actor: Actor
    purpose: Purpose = Purpose.ORDER
    parts: tuple[PaymentPart, ...] = ()
    """What it is for, if it is for several orders: 2 to 20, which add up to the amount."""
    expires_at: datetime | None = None
    """When the channel is asked to close it, if it was not paid until then."""


class CreatePaymentStatus(StrEnum):
    """How asking for money ended. Where several apply, the first listed is given."""

    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """The id was not made near the payer."""
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    """Less than 1 fen, or more than an amount may be."""
    PARTS_INVALID = "parts_invalid"
    """One part or more than 20, an order twice, or they do not add up to the amount."""
    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel of this name is open here; or the wallet was to be topped up from itself."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is a deposit, and the shop is being closed, or is."""
    EXISTS_WITH_DIFFERENT_PAYER = "exists_with_different_payer"
    EXISTS_WITH_DIFFERENT_SUBJECT = "exists_with_different_subject"
    EXISTS_WITH_DIFFERENT_PAYEE = "exists_with_different_payee"
    EXISTS_WITH_DIFFERENT_PURPOSE = "exists_with_different_purpose"
    EXISTS_WITH_DIFFERENT_AMOUNT = "exists_with_different_amount"
    EXISTS_WITH_DIFFERENT_CHANNEL = "exists_with_different_channel"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """The wallet has not enough. The payment has failed for ever: a new attempt takes a new id."""
    WALLET_FROZEN = "wallet_frozen"
    """Nothing may go out of the wallet. The payment has failed for ever."""
    EXISTS = "exists"
    CREATED = "created"


class ClosePayment(Struct, frozen=True, kw_only=True):
    """Want a payment no longer."""

    id: UUID
    actor: Actor


class ClosePaymentStatus(StrEnum):
    """How closing ended. Where several apply, the first listed is given."""

    PAYMENT_NOT_FOUND = "payment_not_found"
    ALREADY_SUCCEEDED = "already_succeeded"
    """The money is there: it can only be refunded."""
    CLOSED = "closed"
    """It is closed, or failed: now or before."""
    CLOSING = "closing"
    """The channel is being asked. What it says will be an event."""


class ApproveRefund(Struct, frozen=True, kw_only=True):
    """Send money of a payment back. It is in the transit account of the payment's shard already.

    `source_id` is the one that asked for it: the same one again changes nothing.
    """

    payment_id: UUID
    source_id: UUID
    amount: int | None
    """None: everything that was captured first and not refunded since."""
    reason: RefundReason
    actor: Actor
    order_id: UUID | None = None
    """Whose part of the payment it is, where there are parts."""
    is_settled: bool = False
    """The shop had been given the order's money before."""
    of_shop: int | None = None
    """What the shop gave back for it then: without the fee that it had again. None in what was told of old."""


class ApproveRefundStatus(StrEnum):
    """How asking for money back ended. Where several apply, the first listed is given."""

    PAYMENT_NOT_FOUND = "payment_not_found"
    EXISTS = "exists"
    EXCEEDS_CAPTURE = "exceeds_capture"
    """More than the payment, or the order's part of it, has left."""
    CREATED = "created"


class RetryRefund(Struct, frozen=True, kw_only=True):
    """Ask the channel once more for a refund that it refused."""

    id: UUID
    actor: Actor


class RetryRefundStatus(StrEnum):
    """How asking once more ended. Where several apply, the first listed is given."""

    REFUND_NOT_FOUND = "refund_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is over, or under way."""
    DISPUTED = "disputed"
    """The payer disputes the payment, and may have the money by that; or has a part of it so already."""
    EXISTS = "exists"
    """The channel is being asked already."""
    RETRIED = "retried"


class ShowRefundRoute(Struct, frozen=True, kw_only=True):
    """Give the whole number of the account that a refund may go to, to whoever of the staff pays it."""

    id: UUID
    actor: Actor


class ShowRefundRouteStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    REFUND_NOT_FOUND = "refund_not_found"
    """Or it goes nowhere else."""
    SHOWN = "shown"


class ShownRefundRoute(Struct, frozen=True, kw_only=True):
    """The answer to it. The number is kept nowhere but sealed."""

    status: ShowRefundRouteStatus
    number: str | None = None


class RouteRefund(Struct, frozen=True, kw_only=True):
    """Say to which bank account a refund may go that its channel refused. The last word counts; people pay it."""

    id: UUID
    bank: str
    holder: str
    number: str
    actor: Actor


class RouteRefundStatus(StrEnum):
    """How saying so ended. Where several apply, the first listed is given."""

    BANK_INVALID = "bank_invalid"
    HOLDER_INVALID = "holder_invalid"
    NUMBER_INVALID = "number_invalid"
    REFUND_NOT_FOUND = "refund_not_found"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """No channel has refused it, or it is paid."""
    EXISTS = "exists"
    ROUTED = "routed"


class PayRefundByHand(Struct, frozen=True, kw_only=True):
    """Pay by another route what a channel refused. The caller has seen to it that two of the staff agreed.

    `way` says how: to whom, by which bank, under which number.
    """

    id: UUID
    amount: int
    way: str
    actor: Actor


class PayRefundByHandStatus(StrEnum):
    """How paying by another route ended. Where several apply, the first listed is given."""

    REFUND_NOT_FOUND = "refund_not_found"
    EXISTS = "exists"
    """It was paid so before."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is over, or its channel is being asked."""
    DISPUTED = "disputed"
    """The payer disputes the payment, and may have the money by that."""
    AMOUNT_DIFFERS = "amount_differs"
    PAID = "paid"


class NoticeKind(StrEnum):
    """What a channel tells of. `subject_id` is the payment, the refund or the payout."""

    CHARGE_SUCCEEDED = "charge_succeeded"
    CHARGE_FAILED = "charge_failed"
    CHARGE_CLOSED = "charge_closed"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_REJECTED = "refund_rejected"
    PAYOUT_ACCEPTED = "payout_accepted"
    PAYOUT_REJECTED = "payout_rejected"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RETURNED = "payout_returned"
    UNFREEZING_SUCCEEDED = "unfreezing_succeeded"
    """It let an order's money go to its shop. The subject is the order."""
    CHARGEBACK_RECEIVED = "chargeback_received"
    """拒付: the payer disputes the charge, and the channel took the money back. The subject is the payment."""
    CHARGEBACK_WON = "chargeback_won"
    """The channel gave it again."""
    CHARGEBACK_LOST = "chargeback_lost"
    SETTLED = "settled"
    """The channel paid us what it had taken, less its fee. It has no subject."""
    DEBITED = "debited"
    """Money went from our bank account that is no payout or refund of ours. It has no subject, and books nothing here:
    reconciliation names it."""
    CREDIT_TAKEN_BACK = "credit_taken_back"
    """红字冲正: the bank takes back a line by which it wrote that money came. Likewise."""
    DEBIT_TAKEN_BACK = "debit_taken_back"
    """The bank takes back a line by which it wrote that money went. Likewise."""


class Notice(Struct, frozen=True, kw_only=True):
    """Something that a channel said: of itself, or when it was asked. All of it is kept, once for each `event_id`."""

    channel: str
    event_id: str
    """The channel's own id of this message; of an answer, one that the same answer always has; of a settlement, one
    that this settlement always has, since it is booked once for each."""
    kind: NoticeKind
    subject_id: UUID | None
    """Our id of what it is about; None where what the channel named can't be one of ours."""
    reference: str
    """The channel's own number of the transaction."""
    amount: int
    occurred_at: datetime
    raw: bytes
    fee: int = 0
    """What the channel keeps; with SETTLED and PAYOUT_PAID. What it takes beside the amount: CHARGEBACK_RECEIVED."""
    reason: str = ""
    """Why, in the channel's words: the payer disputes it (CHARGEBACK_RECEIVED), or a payout was not made or came back
    (PAYOUT_REJECTED, PAYOUT_RETURNED)."""
    respond_by: datetime | None = None
    """Until when the channel wants to hear the other side; with CHARGEBACK_RECEIVED."""
    is_under_way: bool = False
    """Of a line of a statement: the channel began with it, and had not done it when it wrote that."""
    is_contradiction: bool = False
    """Whoever read it knows that it can't be true: it is kept for people, and nothing comes of it."""
    is_taken_back: bool = False
    """Of money that came: who tells it has taken it back. It pays nothing, and is in suspense until that is booked."""
    actor: Actor = BY_CHANNEL
    """Who told it: one of the staff may, where a channel tells it by letter."""
    is_seconded: bool = False
    """Whether a second of the staff approved what one of them wrote down."""

    @property
    def owner_id(self) -> UUID:
        """The id whose shard it is kept in; one that is about nothing of ours gets a shard by its text.

        Money for nothing gets it by its reference, however it is told of: notice and statement meet in one shard, where
        it can be booked but once.
        """
        if self.subject_id is not None:
            return self.subject_id
        is_charge = self.kind is NoticeKind.CHARGE_SUCCEEDED
        text = statement_event_id("charge", self.reference) if is_charge else self.event_id
        return first_id(crc32(text.encode()) % SHARDS, self.channel)


def statement_event_id(kind: str, reference: str) -> str:
    """Make the id of the notice that a line of a channel's statement stands for."""
    return f"statement:{kind}:{reference}"


BY_HAND: Final = "by hand:"
"""How the `event_id` begins of what people wrote down: no channel's begins so."""

ChargebackNews: TypeAlias = Literal["received", "won", "lost"]
"""What a channel tells of a chargeback: that it took money back, or how it decided."""


class WrittenChargeback(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a channel told by letter of a chargeback of a payment. `reference` is its own number of it."""

    payment_id: UUID
    reference: str
    what: ChargebackNews
    amount: int
    fee: int = 0
    reason: str = ""
    respond_by: datetime | None = None


class NoticeStatus(StrEnum):
    """What came of a notice. Where several apply, the first listed is given."""

    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    """Not an amount of money, so it was not even kept."""
    APPROVAL_NEEDED = "approval_needed"
    """One of the staff wrote it down alone of a chargeback. It was not kept: it takes two."""
    EXISTS = "exists"
    """The same message came before."""
    UNMATCHED = "unmatched"
    """It is about nothing that we know. Money that came with it is in suspense."""
    CONTRADICTS = "contradicts"
    """It can't be true together with what the channel said before. A person has to look."""
    NO_EFFECT = "no_effect"
    """It tells nothing new."""
    RECORDED = "recorded"


class TopUpWallet(Struct, frozen=True, kw_only=True):
    """Put money into a wallet, as if its owner had paid it at the sandbox acquirer. `id` is the payment's."""

    id: UUID
    person_id: UUID
    amount: int
    actor: Actor


class PayInOwnFunds(Struct, frozen=True, kw_only=True):
    """Put the operator's own money to that of the clients, so that the fees of channels are not paid from theirs."""

    id: UUID
    amount: int
    actor: Actor


class PayInOwnFundsStatus(StrEnum):
    """How paying in ended. Where several apply, the first listed is given."""

    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    EXISTS_WITH_DIFFERENT_AMOUNT = "exists_with_different_amount"
    EXISTS = "exists"
    CREATED = "created"


class CreatePayoutAccount(Struct, frozen=True, kw_only=True):
    """Name a bank account that money may be paid out to. `id` is made near its owner, a person or a shop."""

    id: UUID
    owner_id: UUID
    holder: str
    bank: str
    number: str
    """Digits; spaces and dashes between them do not matter."""
    actor: Actor


class CreatePayoutAccountStatus(StrEnum):
    """How naming a bank account ended. Where several apply, the first listed is given."""

    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    HOLDER_INVALID = "holder_invalid"
    """Not one line of 1…100 characters."""
    BANK_INVALID = "bank_invalid"
    """Not one line of 1…100 characters."""
    NUMBER_INVALID = "number_invalid"
    """Not 8…30 digits."""
    ID_TAKEN = "id_taken"
    """Another account has this id."""
    EXISTS = "exists"
    NAME_DIFFERS = "name_differs"
    """It is in nobody's name that was accepted: for the shop, or for a shop of the person's. Where none was, a person's
    are in that of their first which was not removed."""
    CREATED = "created"


class RemovePayoutAccount(Struct, frozen=True, kw_only=True):
    """Pay out to a bank account no longer. Payouts under way go on."""

    id: UUID
    owner_id: UUID
    actor: Actor


class RemovePayoutAccountStatus(StrEnum):
    """How removing a bank account ended."""

    ACCOUNT_NOT_FOUND = "account_not_found"
    REMOVED = "removed"
    """It is gone: now or before."""


class RequestPayout(Struct, frozen=True, kw_only=True):
    """Ask for money at the bank: `amount` arrives, `fee` is what the operator's rules take beside it.

    `id` is made near the owner.
    """

    id: UUID
    owner_id: UUID
    source: PayoutSource
    account_id: UUID
    amount: int
    fee: int
    channel: str
    actor: Actor
    review_above: int = 0
    """Beyond how much in a day, this one counted, two of the staff have to let it go, as the operator's rules say."""
    review_within: timedelta | None = None
    """By when they are to have looked at it; None: nobody has to."""


class RequestPayoutStatus(StrEnum):
    """How asking for a payout ended. Where several apply, the first listed is given."""

    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    """The amount is less than 1 fen, the fee less than 0, or one of them more than an amount may be."""
    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel of this name pays out here."""
    ACCOUNT_NOT_FOUND = "account_not_found"
    """The owner has no such bank account, or has removed it."""
    EXISTS_WITH_DIFFERENT_OWNER = "exists_with_different_owner"
    EXISTS_WITH_DIFFERENT_SOURCE = "exists_with_different_source"
    EXISTS_WITH_DIFFERENT_ACCOUNT = "exists_with_different_account"
    EXISTS_WITH_DIFFERENT_AMOUNT = "exists_with_different_amount"
    EXISTS_WITH_DIFFERENT_FEE = "exists_with_different_fee"
    EXISTS_WITH_DIFFERENT_CHANNEL = "exists_with_different_channel"
    EXISTS = "exists"
    ACCOUNT_NAME_DIFFERS = "account_name_differs"
    """The bank account is in another name than those that were accepted since, or than the person's first account."""
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """There is not enough for amount and fee. The id is used up: a new attempt takes a new one."""
    OWNER_FROZEN = "owner_frozen"
    """Nothing may go out of the owner's account. As above."""
    CREATED = "created"


REFUSAL_MAX: Final = 500
"""Characters of why the staff refused a payout."""


class ReleasePayout(Struct, frozen=True, kw_only=True):
    """Let a payout that is in review go to the bank. Two of the staff agreed to exactly this."""

    id: UUID
    owner_id: UUID
    amount: int
    actor: Actor


class ReleasePayoutStatus(StrEnum):
    """How releasing a payout ended. Where several apply, the first listed is given."""

    RELEASED = "released"
    EXISTS = "exists"
    """It was released before."""
    PAYOUT_NOT_FOUND = "payout_not_found"
    PAYOUT_DIFFERS = "payout_differs"
    """It is another owner's, or of another amount."""
    NOT_IN_REVIEW = "not_in_review"
    OWNER_FROZEN = "owner_frozen"
    """Nothing may go out of the owner's account: a court lacks some of it. Once refused, it is there for the court."""


PayoutEnd: TypeAlias = Literal["paid", "not_paid"]
"""What became of a payout: the money is there; or it never went, or came back to where it was paid from."""


class TellPayout(Struct, frozen=True, kw_only=True):
    """Say what became of a payout whose channel doesn't. Two of the staff agreed to exactly this.

    `reference` is the channel's own number of it, which its statements may name. `reason`, of one that was not paid, is
    what its owner reads.
    """

    id: UUID
    owner_id: UUID
    amount: int
    outcome: PayoutEnd
    reference: str = ""
    reason: str = ""
    actor: Actor


class TellPayoutStatus(StrEnum):
    """How saying so ended. Where several apply, the first listed is given."""

    TOLD = "told"
    PAYOUT_NOT_FOUND = "payout_not_found"
    PAYOUT_DIFFERS = "payout_differs"
    """It is another owner's, or of another amount."""
    OUTCOME_KNOWN = "outcome_known"
    """Its channel told meanwhile, or two others of the staff did; or its channel was never asked."""
    TOO_EARLY = "too_early"
    """Its channel was asked for less than two days; or it is paid from a file of the bank's, which tells."""
    BEING_ASKED = "being_asked"
    """Its channel is being asked right now or within five minutes, and may be making it."""


class RefusePayout(Struct, frozen=True, kw_only=True):
    """Do not let a payout that is in review go: its owner has amount and fee again, and reads the reason."""

    id: UUID
    reason: str
    actor: Actor


class RefusePayoutStatus(StrEnum):
    """How refusing a payout ended. Where several apply, the first listed is given."""

    REFUSED = "refused"
    EXISTS = "exists"
    """It was refused for this reason before."""
    PAYOUT_NOT_FOUND = "payout_not_found"
    NOT_IN_REVIEW = "not_in_review"
    REASON_MISSING = "reason_missing"
    """There must be one, of at most 500 characters."""


class Payment(Struct, kw_only=True):
    """A payment. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    payer_id: UUID
    subject_id: UUID
    payee_id: UUID
    purpose: Purpose
    amount: int
    channel: str
    status: PaymentStatus
    channel_reference: str | None = None
    """The channel's number of the first capture."""
    pay_url: str | None = None
    """Where the payer goes to pay; `pay_way` says how that is meant."""
    pay_way: PayWay = PayWay.PAGE
    failure: str | None = None
    captured: int = 0
    """What the channel took first; more than once is a `Capture`."""
    refunded: int = 0
    """How much of `captured` is on its way back or was given back."""
    created_at: datetime
    expires_at: datetime | None = None
    captured_at: datetime | None = None
    queries: int = 0
    """How often the channel was asked how it stands; from when it failed or was closed, anew."""
    query_at: datetime | None = None
    parts: tuple[PaymentPart, ...] = ()
    sub_merchant: str = ""
    """The number of whose money it is at a channel that holds it frozen; given only to a channel that is asked."""

    @property
    def about(self) -> UUID:
        """What statements say that its money was for: an order, or the payer's own thing."""
        return self.subject_id if self.purpose is Purpose.ORDER else self.payer_id

    @property
    def is_waiting(self) -> bool:
        """Whether its payer may pay, as far as we know."""
        return self.status in (PaymentStatus.CREATED, PaymentStatus.SUBMITTED, PaymentStatus.UNKNOWN)


class Capture(Struct, frozen=True, kw_only=True):
    """Money that a channel took beyond a payment's first capture, or for nothing that we know."""

    channel: str
    reference: str
    payment_id: UUID | None
    shard: int
    amount: int
    disposition: str
    """`paid_twice`: it goes back by itself. `unmatched`: it waits in suspense for a person."""
    captured_at: datetime


REASON_MAX: Final = 200
"""Characters of why a payer disputes a charge."""


class Chargeback(Struct, kw_only=True):
    """拒付: money that a channel took back because the payer disputes it. The channel's number is its own."""

    shard: int
    channel: str
    reference: str
    payment_id: UUID
    amount: int
    fee: int
    reason: str
    respond_by: datetime | None
    received_at: datetime
    is_won: bool | None = None
    """None: not decided yet."""
    ended_at: datetime | None = None


class Disputed(Struct, kw_only=True):
    """What chargebacks took of a payment, but for those that were won (fen)."""

    open: int = 0
    lost: int = 0
    covered: int = 0
    """What of `lost` counts as refunds that were never paid."""


class Refund(Struct, kw_only=True):
    """A refund. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    payment_id: UUID
    source_id: UUID
    payer_id: UUID
    subject_id: UUID
    payee_id: UUID
    channel: str
    amount: int
    reason: RefundReason
    capture_reference: str | None
    """The channel's number of the capture that goes back."""
    status: RefundStatus
    channel_reference: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    queries: int = 0
    query_at: datetime | None = None
    retries: int = 0
    """How often people had the channel asked once more, after it had refused or was silent to the end."""
    route_bank: str | None = None
    """Where the shop says that it may go instead; its number is sealed, and `open_route` opens it."""
    route_holder: str | None = None
    route_number_sealed: bytes | None = None
    is_from_shop: bool = False
    """Its channel had let the money go before, and takes it from the shop's own account there."""
    of_shop: int | None = None
    """What the shop gave back for it; None: what is unknown of refunds of old."""
    sub_merchant: str = ""
    """As a payment's."""
    covered: int = 0
    """What of it the payer has by a chargeback."""

    @property
    def left(self) -> int:
        """What of it the payer has not got another way."""
        return self.amount - self.covered

    @property
    def is_unanswered(self) -> bool:
        """Whether the channel was asked until nobody asks any more, and did not say what became of it."""
        return self.status in (RefundStatus.SUBMITTED, RefundStatus.UNKNOWN) and self.query_at is None

    @property
    def to(self) -> Literal["channel", "wallet", "bank"]:
        """Where the money goes: to the wallet where it came from there, or the channel refused; or people pay it."""
        if self.status is RefundStatus.BY_HAND:
            return "bank"
        return "wallet" if self.channel == BALANCE or self.status is RefundStatus.REJECTED else "channel"


class PayoutAccount(Struct, frozen=True, kw_only=True):
    """A bank account. Its number is sealed; `weiji.payments.open_number` opens it."""

    id: UUID
    owner_id: UUID
    holder: str
    bank: str
    last4: str
    number_sealed: bytes
    created_at: datetime
    removed_at: datetime | None = None


class Payout(Struct, kw_only=True):
    """A payout. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    owner_id: UUID
    source: PayoutSource
    account_id: UUID
    channel: str
    amount: int
    fee: int
    bank_fee: int = 0
    status: PayoutStatus
    channel_reference: str | None = None
    created_at: datetime
    accepted_at: datetime | None = None
    paid_at: datetime | None = None
    ended_at: datetime | None = None
    queries: int = 0
    query_at: datetime | None = None
    review_by: datetime | None = None
    """By when the owner was promised that two of the staff have looked at it; None: nobody had to."""
    released_at: datetime | None = None
    """When two of the staff let it go."""
    asked_at: datetime | None = None
    """When its channel had first been asked for it, and had not told what became of it."""
    told_at: datetime | None = None
    """When two of the staff said what became of it, since its channel did not."""
    refusal: str = ""
    """Why the staff did not; or, in its words, why the bank did not make it, or it came back."""


class Destinations(Struct, frozen=True, kw_only=True):
    """Where an owner's money may be paid out to, what of it was asked for today, and the last of its payouts."""

    accounts: list[PayoutAccount]
    owner: Owner
    asked: int
    last_payout: Payout | None

    @property
    def fitting(self) -> list[PayoutAccount]:
        """The accounts that are in a name in which they may be: to the others nothing is paid out."""
        return [account for account in self.accounts if self.owner.has_name(account.holder)]


class ListedPayout(Payout, kw_only=True):
    """A payout with the account that it goes to."""

    bank: str
    last4: str


class PayoutToReview(ListedPayout, kw_only=True):
    """A payout with what whoever decides about it has to see: the account that it goes to, and whose it is."""

    holder: str
    shop_name: str | None
    """None: it is a person's."""


class Question(Struct, frozen=True, kw_only=True):
    """That a channel was asked about a payment, a refund or a payout, and whether it gave an answer."""

    id: UUID
    is_silent: bool
    pay_url: str | None = None
    pay_way: PayWay = PayWay.PAGE
    reason: str = ""
    """Why a channel has not let money go yet."""
    is_uncovered: bool = False
    """It gives nothing back, since the account that it would take it from has too little."""
    is_unmade: bool = False
    """Asked how a refund stands, it knows of none."""
    is_undone: bool = False
    """It has not begun with it, and won't: it is decided anew what it is to let go."""


class Movement(Struct, frozen=True, kw_only=True):
    """One line of a wallet: what came in, or, less than 0, what went out."""

    id: UUID
    subject_id: UUID | None
    """What it was for: an order, or a payout; None: the person's own wallet."""
    amount: int
    kind: Kind
    at: datetime
    shop_name: str | None = None
    """Whose order it was for, as the shop was called when it was placed; or whose transfer, or program's order."""


class Wallet(Struct, frozen=True, kw_only=True):
    """What a person has with the platform, and the last that happened to it."""

    available: int
    held: int
    """What payouts under way hold of it."""
    frozen: int
    """What courts have held of it; it is not among what is available."""
    movements: list[Movement]
    next: int | None
    """Where the movements go on, of which there are more than these; None: nothing happened before."""


class Custody(Struct, frozen=True, kw_only=True):
    """Whether everything that is owed to others is there: what the bank and the channels hold, and what is owed."""

    bank: int
    channel_receivable: int
    owed: int

    @property
    def is_covered(self) -> bool:
        """Whether no client's money is missing."""
        return self.bank + self.channel_receivable >= self.owed

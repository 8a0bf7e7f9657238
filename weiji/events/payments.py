"""What payments tell. The stream is the payer, or the owner of the money paid out; the subject is the thing itself."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from weiji.events.model import Event


class PaymentPart(Struct, frozen=True, kw_only=True):
    """What of a payment is for one of several orders: `shop_id` is who sells it, `amount` in minor units."""

    order_id: UUID
    shop_id: UUID
    amount: int


class PaymentCaptured(Event, frozen=True, kw_only=True):
    """A channel took the payer's money for an order: `amount` (minor units) is what it took, whatever was asked.

    The money is in the transit account of the payment's shard; whoever hears this brings it to `subject_id`, or, where
    there are `parts`, each of them to its order; or publishes `PaymentRejected`.
    """

    payment_id: UUID
    payer_id: UUID
    subject_id: UUID
    payee_id: UUID
    amount: int
    channel: str
    captured_at: datetime
    parts: tuple[PaymentPart, ...] = ()
    """Of several orders: they add up to `amount`."""


class DepositCaptured(Event, frozen=True, kw_only=True):
    """A channel took money for a shop's deposit. It is in the transit account of the payment's shard.

    Whoever hears this brings it to the shop's deposit.
    """

    payment_id: UUID
    payer_id: UUID
    shop_id: UUID
    amount: int
    channel: str


class MerchantPaymentCaptured(PaymentCaptured, frozen=True, kw_only=True):
    """A channel took the payer's money for an order that a merchant's own program made; as `PaymentCaptured`."""


class PaymentFailed(Event, frozen=True, kw_only=True):
    """A channel said that nothing was taken, and nothing will be."""

    payment_id: UUID
    subject_id: UUID
    payee_id: UUID
    amount: int
    channel: str
    failure: str


class PaymentCloseRequested(Event, frozen=True, kw_only=True):
    """A payment is wanted no longer: its channel is asked to close it."""

    payment_id: UUID
    channel: str


class PaymentClosed(Event, frozen=True, kw_only=True):
    """A payment can't be paid any longer. Should its channel take the money all the same, `PaymentCaptured` follows."""

    payment_id: UUID
    subject_id: UUID
    payee_id: UUID


class WalletToppedUp(Event, frozen=True, kw_only=True):
    """Money came into the payer's wallet."""

    payment_id: UUID
    amount: int
    channel: str


class RefundApproved(Event, frozen=True, kw_only=True):
    """Money is to go back the way it came: the channel is asked."""

    refund_id: UUID
    payment_id: UUID
    amount: int
    channel: str
    reason: Literal["ordered", "rejected", "paid_twice"]


class RefundSucceeded(Event, frozen=True, kw_only=True):
    """Money went back to the payer: by the channel, or, where that refused or was the wallet itself, to the wallet.

    `bank`: the channel refused, the payer has no wallet, and two of the staff paid by another route.

    `refund_id` is the one that asked for it (`RefundOrdered.refund_id`); for `rejected` and `paid_twice` our own.
    """

    refund_id: UUID
    payment_id: UUID
    order_id: UUID
    payee_id: UUID
    amount: int
    to: Literal["channel", "wallet", "bank"]
    reason: Literal["ordered", "rejected", "paid_twice"]
    taken_by: str | None = None
    """The channel that took it from what is the shop's there, since the order was settled before."""
    of_shop: int | None = None
    """What the shop had given back for it. None in events of old: as much as went back."""
    covered: int = 0
    """What of it the payer had by a chargeback already, and was not paid again."""


class RefundAbnormal(Event, frozen=True, kw_only=True):
    """A refund is set aside: its channel refused, and its payer has no account here; or its payment is disputed."""

    refund_id: UUID
    source_id: UUID | None = None
    """What it was ordered as: RefundOrdered has it. None in events of old."""
    payment_id: UUID
    order_id: UUID
    payee_id: UUID
    amount: int
    channel: str


class RefundRouted(Event, frozen=True, kw_only=True):
    """A shop said to which bank account a refund may go that its channel refused; people pay it."""

    refund_id: UUID
    bank: str
    holder: str


class RefundRouteShown(Event, frozen=True, kw_only=True):
    """One of the staff was given the whole number of the bank account that a refund may go to."""

    refund_id: UUID


class ChargebackReceived(Event, frozen=True, kw_only=True):
    """拒付: a channel took money of a payment back, because the payer disputes it: of each order its part.

    `amount` and `fee` (minor units) are gone from what the channel owes us; whoever hears this books it.
    """

    payment_id: UUID
    payer_id: UUID
    order_id: UUID | None
    """None: it was for none of our orders."""
    shop_id: UUID | None
    amount: int
    fee: int
    channel: str
    reference: str
    reason: str
    respond_by: datetime | None
    received_at: datetime
    purse: Literal["shop", "deposit", "wallet"] | None = None
    """Where money went that was for none of our orders: to a shop, its deposit, or a wallet."""
    debtor_id: UUID | None = None
    """The shop or the person of the purse."""
    recoverable: int = 0
    """What the purse has to make good of: what had not gone back before."""
    near_id: UUID | None = None
    """In whose shard that purse lies; None: the order's, or the payment's."""


class ChargebackEnded(Event, frozen=True, kw_only=True):
    """A channel decided a chargeback: won, it gave the money again."""

    payment_id: UUID
    order_id: UUID | None
    channel: str
    reference: str
    is_won: bool
    near_id: UUID | None = None
    """As when it was received."""


class PayoutReviewBegun(Event, frozen=True, kw_only=True):
    """A payout is so large that two of the staff have to let it go, by `review_by`. Amount and fee are held."""

    payout_id: UUID
    owner_id: UUID
    amount: int
    fee: int
    review_by: datetime


class PayoutRefused(Event, frozen=True, kw_only=True):
    """The staff did not let a payout go, and said why: amount and fee are free again."""

    payout_id: UUID
    owner_id: UUID
    amount: int
    fee: int
    reason: str


class PayoutRequested(Event, frozen=True, kw_only=True):
    """A payout is to be asked for at the bank, once two of the staff let it go where they had to. It is held."""

    payout_id: UUID
    owner_id: UUID
    amount: int
    fee: int
    channel: str


class PayoutAccepted(Event, frozen=True, kw_only=True):
    """The bank took the payout on."""

    payout_id: UUID
    owner_id: UUID
    amount: int
    fee: int


class PayoutRejected(Event, frozen=True, kw_only=True):
    """The bank did not take the payout on: amount and fee are free again."""

    payout_id: UUID
    owner_id: UUID
    amount: int
    fee: int


class PayoutPaid(Event, frozen=True, kw_only=True):
    """The bank paid. It may still come back."""

    payout_id: UUID
    owner_id: UUID
    amount: int
    fee: int


class PayoutReturned(Event, frozen=True, kw_only=True):
    """退票: the money came back from the bank, perhaps weeks later; the owner has amount and fee again."""

    payout_id: UUID
    owner_id: UUID
    amount: int
    fee: int


class OwnFundsPaidIn(Event, frozen=True, kw_only=True):
    """The operator put own money to that of the clients."""

    amount: int


class ChannelChanged(Event, frozen=True, kw_only=True):
    """The operator saved a channel's settings, or opened or closed it. `changed` names settings, and never a value.

    Stream and subject are the channel.
    """

    channel: str
    version: int
    is_open: bool
    changed: tuple[str, ...]


class BankStatementImported(Event, frozen=True, kw_only=True):
    """Somebody brought a statement of the operator's bank account.

    `amount` (fen) came by its `matched` and `unmatched` lines; of its `debits`, `paid` are transfers of ours, and
    `debits_unmatched` are new and nothing of ours; `corrections` are lines in red ink, by which the bank takes back
    others. Stream and subject are the channel.
    """

    statement_id: UUID
    name: str
    lines: int
    matched: int
    known: int
    unmatched: int
    amount: int
    debits: int = 0
    paid: int = 0
    corrections: int = 0
    debits_unmatched: int = 0


class BankStatementHeld(Event, frozen=True, kw_only=True):
    """Somebody brought a file of the bank by whose `lines` so much would be paid that it takes two of the staff.

    `kind` is `statement` or `returns`, a result file; `amount` is in fen. Two `agreed` to so much before, and when it
    was to be imported its lines would have paid more; None: nobody was asked yet. Stream and subject are the channel.
    """

    statement_id: UUID
    name: str
    lines: int
    amount: int
    kind: str = "statement"
    agreed: int | None = None


class BankStatementReleased(Event, frozen=True, kw_only=True):
    """Two of the staff let a file of the bank in: it is imported. Stream and subject are the channel."""

    statement_id: UUID
    name: str


class BankBatchMade(Event, frozen=True, kw_only=True):
    """Somebody put what waits to be paid into a file for the bank. Stream and subject are the channel."""

    batch_id: UUID
    number: str
    lines: int
    amount: int


class BankBatchDownloaded(Event, frozen=True, kw_only=True):
    """Somebody was given a file for the bank, with the full numbers of accounts. Stream and subject are the channel."""

    batch_id: UUID
    number: str


class BankReturnsImported(Event, frozen=True, kw_only=True):
    """Somebody brought what the bank says of a file. Stream and subject are the channel.

    `paid`, `rejected` and `returned` lines were told the first time; `wrong` ones were not taken.
    """

    name: str
    lines: int
    paid: int
    rejected: int
    returned: int
    wrong: int


class SubMerchantBound(Event, frozen=True, kw_only=True):
    """The operator said which sub-merchant of a channel's a shop is. Stream and subject are the shop."""

    channel: str
    last4: str


class SubMerchantUnbound(Event, frozen=True, kw_only=True):
    """A shop is no sub-merchant of a channel's any more: it has another owner, or the operator took a binding back.

    Stream and subject are the shop.
    """

    channel: str


class EnrolmentWanted(Event, frozen=True, kw_only=True):
    """A shop is to apply at a channel, to be its sub-merchant. Stream and subject are the shop."""

    channel: str


class EnrolmentHandedIn(Event, frozen=True, kw_only=True):
    """A shop's owner applied at a channel: who they are and their papers are sent there.

    Stream and subject are the shop.
    """

    channel: str
    attempt: int


class EnrolmentMoved(Event, frozen=True, kw_only=True):
    """A channel said how a shop's application stands with it, or the shop was bound by hand.

    Stream and subject are the shop.
    """

    channel: str
    status: Literal["in_review", "to_act", "refused", "taken_on"]


class EnrolmentNumberDiffers(Event, frozen=True, kw_only=True):
    """A channel took a shop on under another number than the one that the shop is bound to. People decide which it is.

    Stream and subject are the shop.
    """

    channel: str
    last4: str
    bound_last4: str


class EnrolmentNumberDecided(Event, frozen=True, kw_only=True):
    """The operator decided whether a shop goes by the number that its channel gave. Stream and subject are the shop."""

    channel: str
    last4: str
    is_taken: bool


class EnrolmentRechecked(Event, frozen=True, kw_only=True):
    """Somebody had a channel asked at once how a shop's application stands. Stream and subject are the shop."""

    channel: str


class EnrolmentSetAside(Event, frozen=True, kw_only=True):
    """A channel does not take a shop's application, for what is the operator's to mend: it is asked no longer.

    Stream and subject are the shop.
    """

    channel: str
    fault: str


class EnrolmentForgotten(Event, frozen=True, kw_only=True):
    """What a shop answered for a channel, which was refused or set aside and not mended, is removed.

    Stream and subject are the shop.
    """

    channel: str


class UnfreezingRequested(Event, frozen=True, kw_only=True):
    """An order is settled whose money a channel holds: it is asked to let it go. The stream is the shop."""

    shop_id: UUID
    channel: str
    amount: int


class UnfreezingRetried(Event, frozen=True, kw_only=True):
    """Somebody had a channel asked at once whether it lets an order's money go. The stream is the shop."""

    channel: str


class UnfreezingSucceeded(Event, frozen=True, kw_only=True):
    """A channel let an order's money go: the shop has it there. The stream is the shop."""

    shop_id: UUID
    channel: str
    amount: int


class ChannelChecked(Event, frozen=True, kw_only=True):
    """The operator had a channel's credentials checked by a call that changes nothing.

    Stream and subject are the channel.
    """

    channel: str
    is_good: bool

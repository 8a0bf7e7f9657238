"""What the payment protocol tells. The stream is the shop, or, for keys of the installation, who made them."""

from datetime import datetime
from uuid import UUID

from weiji.events.model import Event


class MerchantOpened(Event, frozen=True, kw_only=True):
    """A shop has a number in the payment protocol."""

    shop_id: UUID
    mchid: str


class CertificateIssued(Event, frozen=True, kw_only=True):
    """A key of a merchant's program was certified: what it signs is the merchant's from now on."""

    mchid: str
    serial: str
    name: str
    expires_at: datetime


class CertificateEnded(Event, frozen=True, kw_only=True):
    """A certificate of a merchant is good for nothing from `ends_at` on."""

    mchid: str
    serial: str
    ends_at: datetime


class ApiKeySet(Event, frozen=True, kw_only=True):
    """A merchant has another APIv3 key: notices are sealed with it from now on."""

    mchid: str


class V2AccessSet(Event, frozen=True, kw_only=True):
    """A merchant said from where its programs may move money by the old XML calls, or set the key for them."""

    mchid: str
    is_key_new: bool
    addresses: tuple[str, ...]


class PartnersSet(Event, frozen=True, kw_only=True):
    """A merchant named the service providers who may make orders for it."""

    mchid: str
    partners: tuple[str, ...]


class PlatformKeyChosen(Event, frozen=True, kw_only=True):
    """A merchant chose which of the platform's keys signs what is sent to it; None: the newest. `begins_at`: from later
    on.
    """

    mchid: str
    platform_key_id: str | None
    begins_at: datetime | None = None


class PlatformKeysMade(Event, frozen=True, kw_only=True):
    """The installation has another certificate, or public key, to sign with."""

    ids: tuple[str, ...]


class PlatformKeyEnded(Event, frozen=True, kw_only=True):
    """A certificate or public key of the installation was ended before it expired: it signs and opens nothing more."""

    id: str


class MerchantOrderPlaced(Event, frozen=True, kw_only=True):
    """A merchant's program made an order. Amounts are fen."""

    mchid: str
    caller_mchid: str
    number: str
    total: int
    expires_at: datetime


class MerchantOrderPaid(Event, frozen=True, kw_only=True):
    """The money of a merchant order came. What is `released` is the shop's, less the `fee`; the rest is in escrow."""

    payment_id: UUID
    channel: str
    amount: int
    released: int
    fee: int


class MerchantOrderClosed(Event, frozen=True, kw_only=True):
    """A merchant order was closed unpaid."""

    is_expired: bool


class CombinedOrderPlaced(Event, frozen=True, kw_only=True):
    """A merchant's program has several orders paid at once: each is a merchant order."""

    mchid: str
    number: str
    order_ids: tuple[UUID, ...]


class CombinedLineEnded(Event, frozen=True, kw_only=True):
    """One of the orders of a combined order was paid, or closed."""

    order_id: UUID
    combined_id: UUID


class MerchantOrderSettled(Event, frozen=True, kw_only=True):
    """The shop may withdraw what a merchant order brought."""

    amount: int


class MerchantRefundOrdered(Event, frozen=True, kw_only=True):
    """A merchant's program gives money of an order back; `is_whole`: with it, nothing is left of the order."""

    refund_id: UUID
    number: str
    amount: int
    is_whole: bool = False


class MerchantRefundArrived(Event, frozen=True, kw_only=True):
    """The payer of a merchant order has money of it again."""

    refund_id: UUID
    amount: int
    is_at_wallet: bool


class MerchantRefundAbnormal(Event, frozen=True, kw_only=True):
    """A refund of a merchant order was refused by its channel, and no account takes it: it waits for people."""

    refund_id: UUID
    amount: int


class ReceiverPut(Event, frozen=True, kw_only=True):
    """A merchant named another one that it may share with, or took that back."""

    mchid: str
    account: str
    is_removed: bool


class ProfitShared(Event, frozen=True, kw_only=True):
    """A part of a merchant order's money is for another merchant, the shop `receiver_id`. It is on its way there.

    Or for a person: then `mchid` is what the app calls them.
    """

    share_id: UUID
    receiver_id: UUID
    mchid: str
    amount: int
    is_person: bool = False
    split_id: UUID | None = None
    """What it is a part of; None: events of before don't say."""


class OrderUnfrozen(Event, frozen=True, kw_only=True):
    """What was left of a shared order is the shop's, less the fee."""

    amount: int
    fee: int


class ShareReturnAsked(Event, frozen=True, kw_only=True):
    """A merchant that got a part of an order is to give it back, or some of it."""

    return_id: UUID
    receiver_id: UUID
    amount: int


class ShareReturned(Event, frozen=True, kw_only=True):
    """A merchant gave back what it had got of another's order; or had less to give, and gave nothing."""

    order_id: UUID
    return_id: UUID
    is_given: bool


class ShareReturnEnded(Event, frozen=True, kw_only=True):
    """What a merchant gave back is the shop's again; or nothing came."""

    return_id: UUID
    amount: int
    is_given: bool


class SubsidyGiven(Event, frozen=True, kw_only=True):
    """A service provider adds of its own money to an order of the shop `shop_id`. It is on its way there."""

    subsidy_id: UUID
    order_id: UUID
    shop_id: UUID
    amount: int


class SubsidyReceived(Event, frozen=True, kw_only=True):
    """What a service provider added to a merchant order came: it is frozen with the rest, or `is_released`."""

    subsidy_id: UUID
    amount: int
    is_released: bool


class SubsidyDeclined(Event, frozen=True, kw_only=True):
    """A service provider adds nothing to a merchant order, though it might."""


class SubsidyReturned(Event, frozen=True, kw_only=True):
    """What a service provider, the shop `payer_id`, added to an order, or some of it, is on its way back."""

    return_id: UUID
    payer_id: UUID
    amount: int


class ComplaintListenerPut(Event, frozen=True, kw_only=True):
    """A merchant said where it wants to be told of complaints; None: nowhere any more. Now `ListenerPut` tells it."""

    mchid: str
    url: str | None


class ListenerPut(Event, frozen=True, kw_only=True):
    """A merchant said where it wants to be told of a topic (complaints, profit_sharing, …); None: nowhere any more."""

    mchid: str
    topic: str
    url: str | None


class ApplymentSubmitted(Event, frozen=True, kw_only=True):
    """A service provider handed in the application of a shop that it opened for a merchant."""

    shop_id: UUID
    provider_mchid: str
    code: str


class AgreementSigned(Event, frozen=True, kw_only=True):
    """A shop's owner agreed that the service provider who applied for it acts for it."""

    shop_id: UUID
    provider_mchid: str


class SettlementChangeAsked(Event, frozen=True, kw_only=True):
    """A service provider wants a shop's money to go to another account: its owner decides."""

    shop_id: UUID
    provider_mchid: str
    last4: str


class SettlementChangeConfirmed(Event, frozen=True, kw_only=True):
    """A shop's owner confirmed the account that its service provider asked for."""

    shop_id: UUID
    last4: str


class TransferBillMade(Event, frozen=True, kw_only=True):
    """A merchant's program gives money to a person, who has to confirm it until `expires_at`; it is held."""

    mchid: str
    number: str
    amount: int
    expires_at: datetime


class TransferBatchMade(Event, frozen=True, kw_only=True):
    """A merchant's program gives money to many people, who are not asked: of each, TransferBillConfirmed tells."""

    mchid: str
    number: str
    quantity: int


class TransferBillConfirmed(Event, frozen=True, kw_only=True):
    """A person takes what a merchant's program gave, or it is a batch's. It is on its way to the wallet."""

    person_id: UUID
    amount: int


class TransferBillCanceled(Event, frozen=True, kw_only=True):
    """A merchant's program took back what nobody had confirmed yet."""


class TransferBillExpired(Event, frozen=True, kw_only=True):
    """Nobody confirmed what a merchant's program gave: the shop has it again."""


class TransferReceived(Event, frozen=True, kw_only=True):
    """What a merchant's program gave is in the wallet. In the payee's stream."""

    bill_id: UUID
    amount: int


class TransferBillPaid(Event, frozen=True, kw_only=True):
    """The payee has what a merchant's program gave."""

    amount: int


class PaymentCodeShown(Event, frozen=True, kw_only=True):
    """A payer gave the payment password, and was shown a code. In the payer's stream."""

    code_id: UUID


class PaymentCodeUsed(Event, frozen=True, kw_only=True):
    """A merchant's program scanned a payer's code for an order. In the payer's stream."""

    code_id: UUID
    order_id: UUID


class ComplaintAsked(Event, frozen=True, kw_only=True):
    """Who paid a merchant order complains about it: the first time, or the second … `amount` is what is to go back; 0:
    an answer will do. The subject of this and of all that follows is the complaint.
    """

    order_id: UUID
    reason: str
    amount: int
    number: int


class ComplaintReplied(Event, frozen=True, kw_only=True):
    """A side of a complaint about a merchant order told the other something, and showed pictures."""

    words: str
    proof: tuple[str, ...] = ()


class ComplaintRefused(Event, frozen=True, kw_only=True):
    """The merchant said no to what a complaint asks for."""

    words: str
    proof: tuple[str, ...] = ()


class ComplaintAgreed(Event, frozen=True, kw_only=True):
    """The merchant gives back what a complaint asks for."""

    amount: int


class ComplaintCompleted(Event, frozen=True, kw_only=True):
    """The merchant says that a complaint about a merchant order is dealt with."""


class ComplaintTakenFurther(Event, frozen=True, kw_only=True):
    """The operator's staff are to decide a complaint: its payer asked for it, or the merchant was silent too long."""


class ComplaintWithdrawn(Event, frozen=True, kw_only=True):
    """The payer ended a complaint."""


class ComplaintExpired(Event, frozen=True, kw_only=True):
    """The merchant had answered a complaint, and its payer let the time pass."""


class ComplaintDecisionProposed(Event, frozen=True, kw_only=True):
    """One of the operator's staff signed what comes of a complaint; of so much, another has to. What, is theirs."""


class ComplaintDecisionRejected(Event, frozen=True, kw_only=True):
    """Another of the operator's staff did not sign it. Why, is theirs."""


class ComplaintDecided(Event, frozen=True, kw_only=True):
    """The operator's staff decided a complaint. `amount` goes back; 0: nothing."""

    amount: int
    words: str


class ComplaintRefundOrdered(Event, frozen=True, kw_only=True):
    """Money of a merchant order goes back because of a complaint, or as much as ends it."""

    order_id: UUID
    refund_id: UUID
    amount: int


class ComplaintRefunded(Event, frozen=True, kw_only=True):
    """The payer has the money that ends a complaint."""

    refund_id: UUID
    amount: int

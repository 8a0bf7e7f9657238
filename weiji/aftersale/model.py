"""The words of after-sale: cases, what is done to them, and how that can end."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, Self
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from weiji.aftersale.machine import OPEN, CaseKind, CaseState
from weiji.aftersale.reasons import Reason, RefusalReason
from weiji.carriers import ParcelState, TrackingEvent
from weiji.events import Actor
from weiji.kit.ids import derive

WORDS_MAX: Final = 500
"""Characters of what somebody says in a case."""

PROOF_MAX: Final = 9
"""Pictures that each side may show at once: with what is asked for, an answer, or a reply."""

REPLIES_MAX: Final = 40
"""Replies of each side in a case."""

SAYINGS_MAX: Final = 100
"""Of what was said about a case, the last that a dispute has: all replies, and what decided something."""


def proof_owner(order_id: UUID) -> UUID:
    """Name whose the pictures are that cases of an order show: in the order's shard, with a quota of its own."""
    return derive(order_id, "proof")


def return_parcel(case_id: UUID) -> UUID:
    """Name the parcel in which goods of a case come back, as carriers' module follows it."""
    return derive(case_id, "return")


def replacement_parcel(case_id: UUID) -> UUID:
    """Name the parcel in which goods of a case are sent anew."""
    return derive(case_id, "replacement")


class ReturnAddress(Struct, frozen=True, kw_only=True):
    """Where goods are to be sent back to."""

    name: str
    phone: str
    region: str
    detail: str
    postcode: str = ""


class Item(Struct, frozen=True, kw_only=True):
    """What a case is about, as the order has it: a line of it. `price` is that of one (fen)."""

    sku_id: UUID
    product_id: UUID
    title: str
    choices: list[str]
    picture: str | None
    kind: str
    price: int
    quantity: int


class Wanted(Struct, frozen=True, kw_only=True):
    """What a buyer wants in exchange: another SKU of the same product, at the same price."""

    sku_id: UUID
    choices: list[str]
    picture: str | None


class Case(Struct, kw_only=True):
    """What a buyer asks for about a line of an order, and what became of it. Amounts are fen."""

    id: UUID
    order_id: UUID
    line: int
    shop_id: UUID
    buyer_id: UUID
    order_number: str
    shop_name: str
    buyer_name: str
    item: Item
    kind: CaseKind
    state: CaseState
    quantity: int
    """Units that it is about."""
    withheld: int
    """Units that are not sent as long as it is open."""
    amount: int
    """What goes back, or would."""
    reason: Reason
    words: str
    proof: tuple[str, ...]
    """Pictures of the buyer."""
    freight_by: Literal["buyer", "merchant"] | None = None
    """Who bears freight for the reason, as the rules were when it was ordered; None: asked before they said."""
    wanted: Wanted | None = None
    """In exchange; None: the same again."""
    reserved: int = 0
    """Units that are held for an exchange since it was agreed to; 0: none, or there were not enough."""
    offered_kind: CaseKind | None = None
    offered_amount: int | None = None
    answer: str = ""
    """What the shop said last."""
    answer_proof: tuple[str, ...] = ()
    reply: str = ""
    """What the buyer said last, after they asked."""
    reply_proof: tuple[str, ...] = ()
    said_last: Literal["buyer", "merchant"] | None = None
    """Who replied last, as long as nothing was done since."""
    buyer_replies: int = 0
    shop_replies: int = 0
    return_address: ReturnAddress | None = None
    return_carrier: str | None = None
    return_number: str | None = None
    reship_carrier: str | None = None
    reship_number: str | None = None
    refund_id: UUID | None = None
    due_at: datetime | None = None
    """When the clock acts next: docs/reference/machines.md says how."""
    asked_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    suspended_at: datetime | None = None
    """Since when its clock stands, and nothing of it gives money: a channel disputes the payment of its order."""
    hold: int = 1
    """Which hold of settled money a dispute about it has: 2 once it was held anew; 0 where nothing was left to hold."""
    return_delivered_at: datetime | None = None
    """When what was sent back was there, as its carrier tells."""
    asked_amount: int | None = None
    """What the buyer asked for by amount (fen), whatever became of it; None: what the units cost."""

    @property
    def hold_id(self) -> UUID:
        """What names the hold of its dispute."""
        return _hold_of(self.id, self.hold)

    @property
    def is_open(self) -> bool:
        """Whether it holds the clock of its order."""
        return self.state in OPEN

    @property
    def sent_sku_id(self) -> UUID:
        """What is sent anew: what is wanted, or the same again."""
        return self.wanted.sku_id if self.wanted else self.item.sku_id

    @property
    def is_talked_about(self) -> bool:
        """Whether both sides may still tell each other something about it."""
        return self.is_open or self.state is CaseState.REFUNDING


# It never gains a name that is always there, nor does what it is made of: what was sealed without that name would no
# longer have its hash. What was not there from the beginning is left out where it was not.
class SealedCase(Struct, frozen=True, kw_only=True):
    """A case as it was when it was written down for good, under a hash of all that it says."""

    id: UUID
    order_id: UUID
    line: int
    shop_id: UUID
    buyer_id: UUID
    order_number: str
    shop_name: str
    buyer_name: str
    item: Item
    kind: CaseKind
    state: CaseState
    quantity: int
    withheld: int
    amount: int
    reason: Reason
    words: str
    proof: tuple[str, ...]
    freight_by: Literal["buyer", "merchant"] | UnsetType | None = UNSET
    wanted: Wanted | UnsetType | None = UNSET
    reserved: int | UnsetType = UNSET
    offered_kind: CaseKind | None
    offered_amount: int | None
    answer: str
    answer_proof: tuple[str, ...]
    reply: str | UnsetType = UNSET
    """Sealed for some time, as are the next four; sayings have them all."""
    reply_proof: tuple[str, ...] | UnsetType = UNSET
    said_last: Literal["buyer", "merchant"] | UnsetType | None = UNSET
    buyer_replies: int | UnsetType = UNSET
    shop_replies: int | UnsetType = UNSET
    return_address: ReturnAddress | None
    return_carrier: str | None
    return_number: str | None
    reship_carrier: str | None
    reship_number: str | None
    refund_id: UUID | None
    due_at: datetime | None
    asked_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    suspended_at: datetime | UnsetType | None = UNSET
    hold: int | UnsetType = UNSET
    return_delivered_at: datetime | UnsetType | None = UNSET

    @classmethod
    def of(cls, case: Case) -> Self:
        """Write a case down as it is, without what was said last: its sayings are kept for themselves."""
        return cls(**{name: getattr(case, name) for name in cls.__struct_fields__ if name not in _SAID_LAST})

    @property
    def hold_id(self) -> UUID:
        """What named the hold of its dispute."""
        return _hold_of(self.id, 1 if self.hold is UNSET else self.hold)


_SAID_LAST: Final = ("reply", "reply_proof", "said_last", "buyer_replies", "shop_replies")


def _hold_of(case_id: UUID, hold: int) -> UUID:
    return case_id if hold == 1 else derive(case_id, "hold", hold)


class CaseParcel(Struct, frozen=True, kw_only=True):
    """A parcel of a case, as its carrier tells of it: how far it is, and what happened, newest first."""

    state: ParcelState
    delivered_at: datetime | None = None
    tracking: list[TrackingEvent]


class Saying(Struct, frozen=True, kw_only=True):
    """What one side told the other about a case, after what the buyer asked: shops say no, reply and offer, buyers
    reply, and say no to offers.
    """

    at: datetime
    by: Literal["buyer", "merchant"]
    about: Literal["refused", "replied", "countered"]
    words: str
    proof: tuple[str, ...] = ()
    """Pictures; of what was said before they were kept with the words, there are none here."""
    kind: CaseKind | None = None
    """What is offered, where something is, with its amount."""
    amount: int | None = None
    reason: RefusalReason | UnsetType = UNSET
    """Why a shop said no, before anything came back. Unset, it is in no hash: files of before keep theirs."""


class AskCase(Struct, frozen=True, kw_only=True):
    """Ask for something about a line of an order. The caller makes `id`, in the shard of the order."""

    id: UUID
    order_id: UUID
    line: int
    kind: CaseKind
    quantity: int
    reason: Reason
    actor: Actor
    amount: int | None = None
    """What is to go back (fen). None: what the units cost; nothing where no money is asked for."""
    words: str = ""
    proof: tuple[str, ...] = ()
    sku_id: UUID | None = None
    """In exchange: another SKU of the product, at the same price. None: the same again."""
    held_sku_id: UUID | None = None
    """Of a line that was exchanged: which of the SKUs that the buyer has of it. None: what was sent last, if there are
    as many units of it; else what there are as many of."""


class CaseMove(Struct, frozen=True, kw_only=True):
    """Something done to a case. A buyer is known by `actor.person_id`; a merchant names the shop they work for."""

    case_id: UUID
    actor: Actor
    shop_id: UUID | None = None


class AgreeCase(CaseMove, frozen=True, kw_only=True):
    """Agree to what was asked for. Goods are to be sent back to `address`; None: where the shop says it always is."""

    address: ReturnAddress | None = None


class RefuseCase(CaseMove, frozen=True, kw_only=True):
    """Say no to what was asked for, and why."""

    reason: RefusalReason = RefusalReason.OTHER
    words: str
    proof: tuple[str, ...] = ()


class ReplyToCase(CaseMove, frozen=True, kw_only=True):
    """Tell the other side something, and show pictures. It decides nothing: the case stays where it is."""

    words: str
    proof: tuple[str, ...] = ()


class CounterCase(CaseMove, frozen=True, kw_only=True):
    """Offer something else: another kind, or another amount (fen; 0 where no money goes back)."""

    kind: CaseKind
    amount: int
    words: str = ""
    address: ReturnAddress | None = None


class AcceptOffer(CaseMove, frozen=True, kw_only=True):
    """Agree to what the shop offered."""


class DeclineOffer(CaseMove, frozen=True, kw_only=True):
    """Say no to what the shop offered."""


class SendBack(CaseMove, frozen=True, kw_only=True):
    """Say how the goods were sent back."""

    carrier: str
    tracking_number: str


class CounterReturn(CaseMove, frozen=True, kw_only=True):
    """Offer less money (fen) for what was sent back than it would bring, and say why."""

    amount: int
    words: str
    proof: tuple[str, ...] = ()


class TakeReturn(CaseMove, frozen=True, kw_only=True):
    """Take goods back, as they are. `is_restocked`: they can be sold again."""

    is_restocked: bool = False


class RefuseReturn(CaseMove, frozen=True, kw_only=True):
    """Say what is wrong with what was sent back, and show it: there is a picture, at least."""

    words: str
    proof: tuple[str, ...] = ()


class Reship(CaseMove, frozen=True, kw_only=True):
    """Send other goods, what was missing, or what arbiters have sent back. `units` leave the stock: of what was missing
    that may be none, where a piece of a unit was; of what is sent back it is none. None: as many as the case is about.
    """

    carrier: str
    tracking_number: str
    units: int | None = None


class RefundInstead(CaseMove, frozen=True, kw_only=True):
    """Give the money back for what can't be sent again, or is not sent back."""


class WithdrawCase(CaseMove, frozen=True, kw_only=True):
    """Give a case up."""


class ExpireCase(CaseMove, frozen=True, kw_only=True):
    """End a case whose buyer did not act in time."""


class NoteCaseRefund(Struct, frozen=True, kw_only=True):
    """Note that the payer has the money of a refund, which may be a case's."""

    order_id: UUID
    refund_id: UUID
    amount: int
    to: Literal["channel", "wallet", "bank"]


class NoteReturnDelivery(Struct, frozen=True, kw_only=True):
    """Note that what was sent back is there, as its carrier tells."""

    case_id: UUID
    delivered_at: datetime


class CaseStatus(StrEnum):
    """How an act on a case ended. Where several apply, the first listed is given."""

    DONE = "done"
    ORDER_NOT_FOUND = "order_not_found"
    """There is none, or it is somebody else's."""
    CASE_NOT_FOUND = "case_not_found"
    """There is none, or it is somebody else's."""
    OWN_ORDER = "own_order"
    """Who answers for the shop bought it themselves: somebody else of the shop has to."""
    EXISTS = "exists"
    """It was done before."""
    EXISTS_WITH_DIFFERENT_CASE = "exists_with_different_case"
    """Or it is the id of an order."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The state of the order, or of the case, does not have it (docs/reference/machines.md)."""
    SUSPENDED = "suspended"
    """A channel disputes the payment of the order: until that is decided the case stands, and may only be given up."""
    TOO_EARLY = "too_early"
    """Its time has not come."""
    TOO_LATE = "too_late"
    """The days for asking after receipt are over."""
    LINE_NOT_FOUND = "line_not_found"
    """The order has no such line."""
    CASE_OPEN = "case_open"
    """About this line something is asked already."""
    TOO_MANY_CASES = "too_many_cases"
    """About this line it was asked as often as the rules allow."""
    KIND_NOT_ALLOWED = "kind_not_allowed"
    """Unsent goods are cancelled, sent ones are not; card keys do not come back; what is picked up is not sent anew."""
    REASON_NOT_ALLOWED = "reason_not_allowed"
    """It is no reason for this kind."""
    NEEDS_A_REASON = "needs_a_reason"
    """Goods of this kind do not come back for no reason, or not any more: see the line's `no_reason_days`."""
    QUANTITY_OUT_OF_RANGE = "quantity_out_of_range"
    """Fewer units than 1, or more than there are: to be sent yet, or with the buyer. Or more leave the stock than the
    case is about, or fewer than an exchange is."""
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    """Less than has to go back, or more than is left of these units; or money where none goes back."""
    SKU_NOT_FOUND = "sku_not_found"
    """Not another SKU of the same product that is for sale; or none is exchanged; or the buyer has none of it."""
    PRICE_DIFFERS = "price_differs"
    """It costs something else than what was ordered: send that back, and order it."""
    SAME_AS_ASKED = "same_as_asked"
    """The offer is what was asked for: agree."""
    WORDS_INVALID = "words_invalid"
    """Too long, no text, or missing where they are needed."""
    OFFERS_PAYMENT = "offers_payment"
    """A shop offers something for a review, which is forbidden."""
    WORDS_REFUSED = "words_refused"
    """They say what the operator's word rules refuse; before arbiters they may."""
    PROOF_INVALID = "proof_invalid"
    """More than nine pictures, or one that was not uploaded for this order."""
    PROOF_MISSING = "proof_missing"
    """What was sent back is refused with a picture of it, at least."""
    TOO_MANY_REPLIES = "too_many_replies"
    """This side replied 40 times in the case."""
    ADDRESS_MISSING = "address_missing"
    """The shop has to say where goods are sent back to."""
    PARCEL_INVALID = "parcel_invalid"
    """Carrier or number is empty or too long."""
    NUMBER_TAKEN = "number_taken"
    """It is the number of another parcel of the order: goods do not go back in the one that brought them, nor are sent
    anew in one that went before, or in the one in which they came back."""
    SOLD_OUT = "sold_out"
    """There is not enough in stock: of another SKU that is wanted, or of what is to be sent anew."""


class SetReturnAddress(Struct, frozen=True, kw_only=True):
    """Say where a shop wants goods to be sent back to."""

    shop_id: UUID
    address: ReturnAddress
    actor: Actor


class SetReturnAddressStatus(StrEnum):
    """How setting the address ended. Where several apply, the first listed is given."""

    SET = "set"
    """It is as asked, whether or not it was before."""
    SHOP_NOT_FOUND = "shop_not_found"
    """There is no such shop that you act for."""
    ADDRESS_INVALID = "address_invalid"
    """A part of it is missing, or too long."""

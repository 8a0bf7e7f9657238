"""The words of profit sharing: receivers, splits and their parts, returns."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import derive

PARTS_MAX: Final = 50
"""Receivers of one split."""


class ReceiverType(StrEnum):
    """Who receives, in the protocol's words."""

    MERCHANT_ID = "MERCHANT_ID"
    PERSONAL_OPENID = "PERSONAL_OPENID"
    """Somebody, as the merchant's app calls them."""
    PERSONAL_SUB_OPENID = "PERSONAL_SUB_OPENID"
    """Somebody, as the app of the merchant that a service provider acts for calls them."""

    @property
    def is_person(self) -> bool:
        """Whether it is somebody with a wallet, rather than a shop."""
        return self is not ReceiverType.MERCHANT_ID


def split_id_of(shop_id: UUID, caller_mchid: str, number: str) -> UUID:
    """Make the id of a split: whoever asks again with the same number means the same one."""
    return derive(shop_id, "split", caller_mchid, number)


def return_id_of(shop_id: UUID, caller_mchid: str, number: str) -> UUID:
    """Make the id of a return, likewise."""
    return derive(shop_id, "split return", caller_mchid, number)


class Part(Struct, kw_only=True):
    """What of a split is for one receiver."""

    split_id: UUID
    place: int
    mchid: str
    """The receiver's number; of a person, what the app calls them."""
    shop_id: UUID
    """The receiver's shop, or the person."""
    amount: int
    type: ReceiverType = ReceiverType.MERCHANT_ID
    returned: int = 0
    """What came back, or is on its way back."""
    description: str

    @property
    def id(self) -> UUID:
        """The share's: its transfers' ids come from it."""
        return derive(self.split_id, "part", self.place)


class Split(Struct, kw_only=True):
    """Money of one order that went to others, and whether the rest went to the shop."""

    id: UUID
    order_id: UUID
    caller_mchid: str
    number: str
    amount: int
    unfreezes: bool
    released: int
    """What of the rest the shop got, gross."""
    description: str
    """Why it got that; empty: nobody said."""
    created_at: datetime
    parts: tuple[Part, ...] = ()

    @property
    def rest_id(self) -> UUID:
        """What the shop's own part is called."""
        return derive(self.id, "rest")


class ReturnState(StrEnum):
    """Where a return stands."""

    PROCESSING = "processing"
    SUCCESS = "success"
    FAILED = "failed"
    """The receiver had less to give: nothing came back."""


class Return(Struct, kw_only=True):
    """A part, or some of it, that comes back from its receiver."""

    id: UUID
    split_id: UUID
    order_id: UUID
    place: int
    caller_mchid: str
    number: str
    mchid: str
    amount: int
    description: str
    state: ReturnState
    created_at: datetime
    ended_at: datetime | None = None


class PutReceiver(Struct, frozen=True, kw_only=True):
    """Name a merchant that another may share with; or, with `is_removed`, take the name back."""

    shop_id: UUID
    mchid: str
    account: str
    relation_type: str
    is_removed: bool
    actor: Actor


class PutReceiverStatus(StrEnum):
    """How naming a receiver ended."""

    PUT = "put"
    """It is as was asked: now or before."""


class Wish(Struct, frozen=True, kw_only=True):
    """What one receiver is to get."""

    mchid: str
    shop_id: UUID
    amount: int
    description: str
    type: ReceiverType = ReceiverType.MERCHANT_ID


class SplitOrder(Struct, frozen=True, kw_only=True):
    """Share an order's escrow with others, and unfreeze the rest if that is wanted."""

    id: UUID
    order_id: UUID
    caller_mchid: str
    number: str
    wishes: tuple[Wish, ...]
    unfreezes: bool
    description: str = ""
    """Why the rest is unfrozen."""
    actor: Actor


class SplitStatus(StrEnum):
    """How sharing ended. Where several apply, the first listed is given."""

    ORDER_NOT_FOUND = "order_not_found"
    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    """The number was used for another order, other receivers, or with other words."""
    EXISTS = "exists"
    NOT_PAID = "not_paid"
    NOT_SHARED = "not_shared"
    """The order was not made to be shared."""
    NOTHING_LEFT = "nothing_left"
    """All of it is shared, or the shop's already."""
    RECEIVER_NOT_FOUND = "receiver_not_found"
    """One is no receiver of this merchant: add it first. Whose order it is can't be: it has the rest."""
    EXCEEDS_ORDER = "exceeds_order"
    """More than is in escrow."""
    COMPLAINED = "complained"
    """Its payer asks for money of it, and what would stay within reach is less."""
    CHARGED_BACK = "charged_back"
    """Its payer's channel took so much back, and did not give it again: what would stay within reach is less."""
    CREATED = "created"


class ReturnSplit(Struct, frozen=True, kw_only=True):
    """Have a receiver give back what it got of a split, or some of it."""

    id: UUID
    order_id: UUID
    split_id: UUID
    caller_mchid: str
    number: str
    mchid: str
    amount: int
    description: str
    actor: Actor


class ReturnStatus(StrEnum):
    """How asking for a return ended. Where several apply, the first listed is given."""

    SPLIT_NOT_FOUND = "split_not_found"
    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    EXISTS = "exists"
    RECEIVER_NOT_FOUND = "receiver_not_found"
    """The merchant got nothing of that split. People give nothing back."""
    EXCEEDS_PART = "exceeds_part"
    """More than it has left of it."""
    CREATED = "created"


class ReceiveShare(Struct, frozen=True, kw_only=True):
    """Give a shop, or a person, what another shared with it. `shop_id` says where."""

    shop_id: UUID
    order_id: UUID
    share_id: UUID
    amount: int
    is_person: bool = False


class GiveShareBack(Struct, frozen=True, kw_only=True):
    """Take back from a shop what was shared with it, if it has that."""

    shop_id: UUID
    order_id: UUID
    return_id: UUID
    amount: int


class EndReturn(Struct, frozen=True, kw_only=True):
    """Bring what came back into the order again; or note that nothing did."""

    order_id: UUID
    return_id: UUID
    is_given: bool

"""The words of subsidies. The payer is the shop of the service provider."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import derive


def subsidy_id_of(payer_id: UUID, order_id: UUID) -> UUID:
    """Make the id of a subsidy: there is one at most for each order."""
    return derive(payer_id, "subsidy", order_id)


def subsidy_return_id_of(order_id: UUID, payer_id: UUID, number: str) -> UUID:
    """Make the id of a return: whoever asks again with the same number means the same one."""
    return derive(order_id, "subsidy return", payer_id, number)


class Subsidy(Struct, frozen=True, kw_only=True):
    """What a service provider added to an order. It lives near who paid it."""

    id: UUID
    payer_id: UUID
    mchid: str
    """The payer's."""
    order_id: UUID
    number: str | None
    amount: int
    description: str
    created_at: datetime


class SubsidyReturn(Struct, frozen=True, kw_only=True):
    """A subsidy, or some of it, that went back. It lives near the order."""

    id: UUID
    subsidy_id: UUID
    order_id: UUID
    payer_id: UUID
    number: str
    refund_id: UUID | None
    """The refund of the order that it goes back for, as the caller says."""
    amount: int
    description: str
    created_at: datetime


class GiveSubsidy(Struct, frozen=True, kw_only=True):
    """Add to an order. Its id is made by `subsidy_id_of`; whoever calls has looked whether the order takes it."""

    id: UUID
    payer_id: UUID
    mchid: str
    order_id: UUID
    shop_id: UUID
    number: str | None
    amount: int
    description: str
    actor: Actor


class GiveSubsidyStatus(StrEnum):
    """How adding to an order ended. Where several apply, the first listed is given."""

    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    """Another amount was added, or under another number."""
    EXISTS = "exists"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    CREATED = "created"


class ReceiveSubsidy(Struct, frozen=True, kw_only=True):
    """Take what was added into an order, once."""

    order_id: UUID
    subsidy_id: UUID
    amount: int


class DeclineSubsidy(Struct, frozen=True, kw_only=True):
    """Say that nothing will be added to an order, though it was made so that something might."""

    order_id: UUID
    caller_mchid: str
    actor: Actor


class DeclineStatus(StrEnum):
    """How declining ended. Where several apply, the first listed is given."""

    ORDER_NOT_FOUND = "order_not_found"
    NOT_PAID = "not_paid"
    NOT_SUBSIDIZED = "not_subsidized"
    """The order was not made so that something may be added."""
    ALREADY_SUBSIDIZED = "already_subsidized"
    DECLINED = "declined"
    """It is: now or before."""


class ReturnSubsidy(Struct, frozen=True, kw_only=True):
    """Give a subsidy back, or some of it. Its id is made by `subsidy_return_id_of`."""

    id: UUID
    order_id: UUID
    payer_id: UUID
    number: str
    refund_id: UUID | None
    amount: int
    description: str
    actor: Actor


class ReturnSubsidyStatus(StrEnum):
    """How giving back ended. Where several apply, the first listed is given."""

    ORDER_NOT_FOUND = "order_not_found"
    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    """The number was used to give back something else, or for another refund."""
    EXISTS = "exists"
    NOT_SUBSIDIZED = "not_subsidized"
    """The payer added nothing to it, or that has not arrived yet."""
    REFUND_NOT_FOUND = "refund_not_found"
    """What it is to go back for is no refund of the order."""
    REFUND_HAS_ONE = "refund_has_one"
    """For that refund a subsidy went back already."""
    EXCEEDS_SUBSIDY = "exceeds_subsidy"
    """More than is left of it."""
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """The shop has had it, and has less to withdraw now."""
    CREATED = "created"


class TakeSubsidyBack(Struct, frozen=True, kw_only=True):
    """Bring what went back to who had paid it."""

    payer_id: UUID
    order_id: UUID
    return_id: UUID
    amount: int

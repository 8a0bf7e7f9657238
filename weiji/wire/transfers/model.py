"""The words of transfers to people (those of the ledger are others): a merchant's program gives, a person confirms."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import derive

LASTS: Final = timedelta(hours=24)
"""How long a person has to confirm."""

AMOUNT_MAX: Final = 2_000_000
"""The largest transfer, in fen."""

REMARK_MAX: Final = 32

DETAILS_MAX: Final = 1_000
"""People whom one batch gives money to."""


class BillState(StrEnum):
    """Where a transfer bill stands."""

    WAITING = "waiting"
    """For the payee to confirm; the money is held."""
    CONFIRMED = "confirmed"
    """The money is on its way to the payee's wallet."""
    RECEIVED = "received"
    CANCELED = "canceled"
    """By the merchant, before it was confirmed."""
    EXPIRED = "expired"
    """Nobody confirmed it in time."""


def bill_id_of(shop_id: UUID, number: str) -> UUID:
    """Make the id of a transfer bill: whoever asks again with the same number means the same one."""
    return derive(shop_id, "transfer bill", number)


class TransferBill(Struct, kw_only=True):
    """Money for a person. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    shop_id: UUID
    mchid: str
    number: str
    """The merchant's (`out_bill_no`)."""
    appid: str
    openid: str
    """Who it is for, as the app knows them: nobody else can confirm it."""
    amount: int
    remark: str
    terms: dict[str, Any]
    """What was asked, as it was asked: asking again has to say the same."""
    notify_url: str | None
    key_id: str | None
    """The key of ours that the caller named: notices are signed with it."""
    hold_id: UUID
    """What holds the money."""
    state: BillState
    created_at: datetime
    expires_at: datetime
    due_at: datetime | None
    """When the clock ends it."""
    person_id: UUID | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    batch_id: UUID | None = None
    """The batch that it is a detail of: then nobody is asked whether they take it."""

    @property
    def perception(self) -> str | None:
        """What the payee is told that it is for."""
        return self.terms.get("user_recv_perception")

    @property
    def changed_at(self) -> datetime:
        """When it came to stand as it does."""
        return self.ended_at or self.confirmed_at or self.created_at


class MakeTransferBill(Struct, frozen=True, kw_only=True):
    """Give money to a person. Its id comes from the merchant's number (`bill_id_of`)."""

    id: UUID
    shop_id: UUID
    mchid: str
    number: str
    appid: str
    openid: str
    amount: int
    remark: str
    terms: dict[str, Any]
    notify_url: str | None
    key_id: str | None
    actor: Actor


class MakeTransferBillStatus(StrEnum):
    """How giving ended. Where several apply, the first listed is given."""

    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    """The number was used for another; the result names what differs."""
    EXISTS = "exists"
    WITHDRAWALS_BARRED = "withdrawals_barred"
    """The shop may not withdraw now, so it may not give away either."""
    OWES = "owes"
    """The shop owes the platform something, or what a channel holds for it waits: that comes first."""
    INSUFFICIENT_FUNDS = "insufficient_funds"
    SHOP_FROZEN = "shop_frozen"
    CREATED = "created"


class MakeTransferBillResult(Struct, frozen=True, kw_only=True):
    """The answer to giving money."""

    status: MakeTransferBillStatus
    difference: str | None = None


def batch_id_of(shop_id: UUID, number: str) -> UUID:
    """Make the id of a batch: whoever asks again with the same number means the same one."""
    return derive(shop_id, "transfer batch", number)


def detail_id_of(batch_id: UUID, number: str) -> UUID:
    """Make the id of the bill that is a batch's detail."""
    return derive(batch_id, "detail", number)


class TransferBatch(Struct, kw_only=True):
    """Money for many people at once. It goes out when it is made, all of it or nothing."""

    id: UUID
    shop_id: UUID
    mchid: str
    number: str
    """The merchant's (`out_batch_no`)."""
    appid: str
    name: str
    remark: str
    amount: int
    quantity: int
    """How many people it is for."""
    terms: dict[str, Any]
    """What was asked, the details as a digest: asking again has to say the same."""
    notify_url: str | None
    key_id: str | None
    created_at: datetime
    ended_at: datetime | None = None
    """When everybody had it."""


class BatchProgress(Struct, frozen=True, kw_only=True):
    """How much of a batch its payees have."""

    quantity: int = 0
    amount: int = 0


class Detail(Struct, frozen=True, kw_only=True):
    """What one person gets of a batch."""

    number: str
    openid: str
    person_id: UUID
    amount: int
    remark: str


class MakeTransferBatch(Struct, frozen=True, kw_only=True):
    """Give money to many people. Its id comes from the merchant's number (`batch_id_of`); details have numbers of
    their own, each once, and their people are there.
    """

    id: UUID
    shop_id: UUID
    mchid: str
    number: str
    appid: str
    name: str
    remark: str
    details: tuple[Detail, ...]
    terms: dict[str, Any]
    notify_url: str | None
    key_id: str | None
    actor: Actor


class ConfirmTransferBill(Struct, frozen=True, kw_only=True):
    """Take money that a merchant gives."""

    bill_id: UUID
    person_id: UUID
    actor: Actor


class ConfirmTransferBillStatus(StrEnum):
    """How taking money ended. Where several apply, the first listed is given."""

    BILL_NOT_FOUND = "bill_not_found"
    FOR_SOMEBODY_ELSE = "for_somebody_else"
    EXISTS = "exists"
    """You took it before."""
    CANCELED = "canceled"
    EXPIRED = "expired"
    CONFIRMED = "confirmed"


class EndTransferBill(Struct, frozen=True, kw_only=True):
    """Take back money that nobody confirmed. Without a caller it is the clock, which ends what has expired."""

    bill_id: UUID
    caller_mchid: str | None
    actor: Actor


class EndTransferBillStatus(StrEnum):
    """How taking back ended. Where several apply, the first listed is given."""

    BILL_NOT_FOUND = "bill_not_found"
    ALREADY_CONFIRMED = "already_confirmed"
    EXPIRED = "expired"
    """It is: now or before."""
    NOT_DUE = "not_due"
    """The clock asked too early."""
    CANCELED = "canceled"
    """It is: now or before."""


class ReceiveTransfer(Struct, frozen=True, kw_only=True):
    """Bring money into a payee's wallet, once."""

    person_id: UUID
    bill_id: UUID
    amount: int


class NoteTransfer(Struct, frozen=True, kw_only=True):
    """A payee has the money."""

    bill_id: UUID

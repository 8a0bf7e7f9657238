"""The words of money that channels hold frozen, each shop's apart, until they are told to let it go."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

NUMBER_COLUMN: Final = "payments.sub_merchants:number"
FROZEN_COLUMN: Final = "payments.frozen_payments:number"
"""What the numbers of sub-merchants are sealed for."""

NUMBER_DIGITS: Final = range(8, 33)
"""How many digits the number of a sub-merchant may have: ten at WeChat Pay, sixteen at Alipay."""

REASON_MAX: Final = 200
"""Characters that are kept of why a channel has not let money go yet."""


class SubMerchant(Struct, frozen=True, kw_only=True):
    """What a shop is at a channel that holds its money: 二级商户. Its number is sealed."""

    shop_id: UUID
    channel: str
    number_sealed: bytes
    last4: str
    bound_at: datetime


class BindSubMerchant(Struct, frozen=True, kw_only=True):
    """Say which sub-merchant of a channel's a shop is. Payments go by it from now on; those of before stay there."""

    shop_id: UUID
    channel: str
    number: str
    """Digits; spaces between them do not matter."""
    actor: Actor


class BindSubMerchantStatus(StrEnum):
    """How binding a sub-merchant ended. Where several apply, the first listed is given."""

    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel of this name is installed that holds money for sub-merchants."""
    SHOP_NOT_FOUND = "shop_not_found"
    NUMBER_INVALID = "number_invalid"
    """Not 8…32 digits."""
    EXISTS = "exists"
    """The shop is bound to it already."""
    BOUND = "bound"


class RequestUnfreezing(Struct, frozen=True, kw_only=True):
    """Have a channel let an order's money go: of what is left of the payer's (`frozen`), `amount` is the shop's.

    The rest is the platform's; where `amount` is more, the platform adds what its coupon paid.

    The order is settled in the same transaction, so the shop has the amount available.
    """

    order_id: UUID
    shop_id: UUID
    payment_id: UUID
    channel: str
    amount: int
    frozen: int
    actor: Actor


class UnfreezingStatus(StrEnum):
    """Where letting an order's money go stands. `rules.UNFREEZING_MOVES` says what may follow what."""

    WAITING = "waiting"
    """The shop's money is held, by a court or a dispute: its channel is not asked, and it is tried again."""
    SUBMITTED = "submitted"
    """It is the shop's no longer here, and its channel is asked until it says that it has let it go."""
    UNFROZEN = "unfrozen"
    """The shop has it, at the channel."""


class Unfreezing(Struct, kw_only=True):
    """The money of a settled order on its way to its shop's sub-merchant. Rules change it; nobody else does."""

    id: UUID
    """The order's."""
    shop_id: UUID
    payment_id: UUID
    channel: str
    amount: int
    """What the shop gets."""
    frozen: int
    """What is left of the payer's money."""
    status: UnfreezingStatus
    reference: str | None = None
    """The channel's number of it."""
    attempts: int = 1
    """How often the ledger was asked for it."""
    queries: int = 0
    query_at: datetime | None = None
    reason: str = ""
    """Why the channel has not let it go yet, in its words."""
    created_at: datetime
    ended_at: datetime | None = None
    sub_merchant: str = ""
    """The number of whose it is; given only to a channel that is asked. So is what follows."""
    gone_back: int = 0
    """What the channel gave back to the payer since the order was settled. `frozen` is what it has after that."""

    @property
    def still_the_shops(self) -> int:
        """What the shop gets there: what went back since the order was settled came out of its part."""
        return max(self.amount - self.gone_back, 0)


class RetryUnfreezing(Struct, frozen=True, kw_only=True):
    """Ask a channel at once for what is asked again later."""

    id: UUID
    actor: Actor


class RetryUnfreezingStatus(StrEnum):
    """How asking once more ended. Where several apply, the first listed is given."""

    UNFREEZING_NOT_FOUND = "unfreezing_not_found"
    """No channel holds money of such an order, or the order is not settled."""
    EXISTS = "exists"
    """The channel has let it go."""
    RETRIED = "retried"

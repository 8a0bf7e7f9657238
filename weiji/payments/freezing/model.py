"""The words of money that channels hold frozen, each shop's apart, until they are told to let it go."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.seal import Place, column

NUMBER_COLUMN: Final = column(
    "payments.sub_merchants:number",
    Place(table="payments.sub_merchants", column="number_sealed", of=("shop_id",)),
    Place(table="payments.former_sub_merchants", column="number_sealed", of=("shop_id",)),
)
FROZEN_COLUMN: Final = column(
    "payments.frozen_payments:number",
    Place(table="payments.frozen_payments", column="number_sealed", of=("payment_id",)),
)
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
    """Say which sub-merchant of a channel's a shop is. Payments go by it from now on; those of before stay there.

    What it was before is kept, and may be restored.
    """

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


class FormerSubMerchant(SubMerchant, frozen=True, kw_only=True):
    """What a shop was at a channel before it was bound otherwise, or unbound: it may be that again."""

    unbound_at: datetime


class UnbindSubMerchant(Struct, frozen=True, kw_only=True):
    """Take a binding back. What was paid stays where it is; what the shop was to apply for goes on."""

    shop_id: UUID
    channel: str
    actor: Actor


class UnbindSubMerchantStatus(StrEnum):
    """How unbinding ended. Where several apply, the first listed is given."""

    NOT_BOUND = "not_bound"
    UNBOUND = "unbound"


class RestoreSubMerchant(Struct, frozen=True, kw_only=True):
    """Bind a shop again to what it was bound to before, instead of what it is bound to now, if it is.

    By how the number ends: asked twice, it is not bound to the other one again.
    """

    shop_id: UUID
    channel: str
    last4: str
    actor: Actor


class RestoreSubMerchantStatus(StrEnum):
    """How restoring ended. Where several apply, the first listed is given."""

    FORMER_NOT_FOUND = "former_not_found"
    """The shop was not bound to such a number last, or has another owner since."""
    EXISTS = "exists"
    """The shop is bound to it."""
    RESTORED = "restored"


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
    gone_back: int = 0
    """What went back to the payer since the order was settled, out of what is frozen, and is booked."""
    taken_off: int = 0
    """As much less than the amount the shop gets there: it has that again here, where it gave it back."""
    fees_back: int = 0
    """What it has here once the channel let the money go: the fees of what went back after that was decided."""
    rest: int | None = None
    """What the channel said that it holds, when it was decided what to let go; None: that is not decided."""
    part: int | None = None
    """What of the rest is the shop's. The other is the platform's; where the part is more, the platform adds to it."""
    decisions: int = 0
    """How often it was decided: anew, where the channel refused to begin with it."""
    sub_merchant: str = ""
    """The number of whose it is; given only to a channel that is asked."""

    @property
    def is_decided(self) -> bool:
        """Whether it is decided what to let go: of what goes back from now on, the channel takes all from the shop."""
        return self.part is not None

    @property
    def share(self) -> int:
        """What of the rest is the platform's; less than nothing: what it adds."""
        assert self.rest is not None
        assert self.part is not None
        return self.rest - self.part

    @property
    def request(self) -> tuple[str, ...]:
        """What a number for the platform's share is derived from: refused, another number has to be asked with."""
        return ("share",) if self.decisions <= 1 else ("share", str(self.decisions))


class TakenAtChannel(Struct, frozen=True, kw_only=True):
    """A channel gave money of a settled order back to its payer, out of what is the shop's there."""

    order_id: UUID
    shop_id: UUID
    refund_id: UUID
    channel: str
    amount: int
    of_shop: int
    """What the shop had given back here for it: without the fee that it had again, with the coupon's part."""


class Held(Struct, frozen=True, kw_only=True):
    """What a channel said that it holds of an order, and what our books said just before."""

    id: UUID
    rest: int
    known: int


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

"""The words of deposits. Amounts are fen."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.ledger import Kind


class Stake(Struct, frozen=True, kw_only=True):
    """What a shop has at stake: what is asked of it, what it has put up, and what it owes."""

    id: UUID
    handle: str
    name: str
    required: int
    """The deposit that the operator asks of such a shop; 0: none."""
    freeze_days: int
    """How long after its last order a shop that is closed has to wait for its deposit."""
    deposit: int
    has_paid: bool
    """Whether it ever put up something."""
    owed: int
    """What it has to give back and had not, neither available nor in its deposit."""
    available: int
    closing_at: datetime | None
    closed_at: datetime | None
    is_disputed: bool = False
    """Whether the platform is to decide between the shop and somebody who paid it; only told of single shops."""

    is_frozen: bool = False
    """Whether a court takes whatever comes into the deposit; only told of single shops."""

    @property
    def lacking(self) -> int:
        """How much less is there than is asked."""
        return max(self.required - self.deposit, 0)

    @property
    def excess(self) -> int:
        """How much more is there than is asked."""
        return max(self.deposit - self.required, 0)


COMPENSATION_TIMES: Final = 10
COMPENSATION_LEAST: Final = 100_000
"""For an order, a buyer is awarded at most so many times what they paid, and up to 1,000 yuan in any case.

Food Safety Law of the PRC, article 148: ten times the price, and 1,000 yuan where that is less; article 55 of the Law
on Protection of Consumer Rights says three times, and 500 yuan."""


class PayDeposit(Struct, frozen=True, kw_only=True):
    """Put up money that a shop has available. The caller makes `id` near the shop, and checks who may."""

    id: UUID
    shop_id: UUID
    amount: int
    actor: Actor


class PayDepositStatus(StrEnum):
    """How putting up money ended. Where several apply, the first listed is given."""

    PAID = "paid"
    EXISTS = "exists"
    """It was put up before."""
    SHOP_NOT_FOUND = "shop_not_found"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The shop is being closed."""
    ID_TAKEN = "id_taken"
    """The id was used for another amount, or for something else."""
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """The shop has not as much available. The id is used up: a new attempt takes a new one."""
    SHOP_FROZEN = "shop_frozen"
    """Nothing may go out of what the shop has. As above."""


class TakeBackDeposit(Struct, frozen=True, kw_only=True):
    """Make available what a deposit has beyond what is asked. The caller makes `id`, and checks who may."""

    id: UUID
    shop_id: UUID
    amount: int
    actor: Actor


class TakeBackDepositStatus(StrEnum):
    """How taking back ended. Where several apply, the first listed is given."""

    TAKEN_BACK = "taken_back"
    EXISTS = "exists"
    """It was taken back before."""
    SHOP_NOT_FOUND = "shop_not_found"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The shop is being closed: it gets all of it in the end."""
    DISPUTE_OPEN = "dispute_open"
    """The platform is to decide a dispute, or a complaint about a merchant order: until it has, all of it stays."""
    ID_TAKEN = "id_taken"
    """The id was used for another amount, or for something else."""
    EXCEEDS_EXCESS = "exceeds_excess"
    """The deposit would then have less than is asked. The id is used up: a new attempt takes a new one."""
    SHOP_FROZEN = "shop_frozen"
    """Nothing may go out of the deposit: a court lacks some of it. As above."""


class TakePaidDeposit(Struct, frozen=True, kw_only=True):
    """Bring money that a channel took into a shop's deposit. `payment_id` is what makes it happen once."""

    payment_id: UUID
    shop_id: UUID
    amount: int
    channel: str
    actor: Actor


class TakePaidDepositStatus(StrEnum):
    """How bringing money into a deposit ended."""

    TAKEN = "taken"
    EXISTS = "exists"


class ReleaseDeposit(Struct, frozen=True, kw_only=True):
    """Give a shop that is being closed its deposit back: make it available. The caller judges that it is time."""

    id: UUID
    shop_id: UUID
    actor: Actor


class ReleaseDepositStatus(StrEnum):
    """How releasing ended."""

    RELEASED = "released"
    """Whatever there was, and be it nothing."""
    EXISTS = "exists"


class CompensateBuyer(Struct, frozen=True, kw_only=True):
    """Pay who bought something out of the shop's deposit. `payment_id` is what the order was paid with."""

    id: UUID
    shop_id: UUID
    order_id: UUID
    payment_id: UUID
    amount: int
    actor: Actor


class Compensated(Struct, frozen=True, kw_only=True):
    """What went to a buyer out of a deposit: `id` is the posting's."""

    id: UUID
    shop_id: UUID
    order_id: UUID
    amount: int


class CompensateBuyerStatus(StrEnum):
    """How compensating ended. Where several apply, the first listed is given."""

    COMPENSATED = "compensated"
    EXISTS = "exists"
    """It was done before."""
    ORDER_NOT_FOUND = "order_not_found"
    """Nobody paid for such an order of the shop by this payment."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """With what was awarded for the order before, it is more than ten times what was paid, and more than 1,000 yuan."""
    ID_TAKEN = "id_taken"
    """The id was used for something else."""
    INSUFFICIENT_DEPOSIT = "insufficient_deposit"
    """The deposit has less. The id is used up: a new attempt takes a new one."""
    SHOP_FROZEN = "shop_frozen"
    """Nothing may go out of the deposit: a court lacks some of it. As above."""


class ReceiveCompensation(Struct, frozen=True, kw_only=True):
    """Bring what was awarded into the buyer's wallet."""

    id: UUID
    person_id: UUID
    order_id: UUID
    amount: int
    is_postage: bool = False
    """Whether it is what sending goods back cost, and of whatever the shop had; else it is of its deposit."""
    actor: Actor


class ReceiveCompensationStatus(StrEnum):
    """How bringing it ended."""

    RECEIVED = "received"
    EXISTS = "exists"


class CollectDues(Struct, frozen=True, kw_only=True):
    """Let what a shop has available go to what it owes, then to what its deposit lacks. `id` is this attempt's."""

    id: UUID
    shop_id: UUID


class CollectDuesStatus(StrEnum):
    """How collecting ended."""

    COLLECTED = "collected"
    """What there was to take was taken, and be it nothing."""
    SHOP_NOT_FOUND = "shop_not_found"


class Movement(Struct, frozen=True, kw_only=True):
    """What moved a shop's deposit, or what it owes: more, or, less than 0, less."""

    id: UUID
    kind: Kind
    amount: int
    order_id: UUID | None
    """Where it was taken for an order."""
    at: datetime
    cursor: int
    """Give it as `before` to read on."""

"""The words of credit: trades and what each counts for, grades, and where a shop stands."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from weiji.credit.certificates.model import Brought

GRADES: Final = 20
"""Five each of hearts, diamonds, blue crowns and gold crowns."""

THRESHOLDS: Final = (
    4, 11, 41, 91, 151,
    251, 501, 1_001, 2_001, 5_001,
    10_001, 20_001, 50_001, 100_001, 200_001,
    500_001, 1_000_001, 2_000_001, 5_000_001, 10_000_001,
)  # fmt: skip
"""From which score on a shop has each grade: those that buyers in China know by heart."""


class CreditRules(Struct, frozen=True, kw_only=True):
    """What makes a trade count, and which score is which grade."""

    amount_min: Annotated[int, Meta(ge=0, le=100_000_000, description="A trade below this (fen) has no point.")] = 500
    buyer_month_max: Annotated[
        int, Meta(ge=1, le=1_000, description="Points that one buyer can give a shop in a month.")
    ] = 6
    thresholds: Annotated[
        tuple[int, ...],
        Meta(min_length=GRADES, max_length=GRADES, description="From which score on a shop has each of the 20 grades."),
    ] = THRESHOLDS


class Verdict(StrEnum):
    """What a trade counts for. Where several apply, the first listed below `counted` is given."""

    COUNTED = "counted"
    """A point."""
    RING = "ring"
    """The buyer and the shop's owner sell to each other, or are in a circle of three or four who do."""
    TOO_SMALL = "too_small"
    """Less was paid than counts."""
    REFUNDED = "refunded"
    """All went back before it was settled, or so much after that what is left is less than counts."""
    SAME_BUYER = "same_buyer"
    """This buyer has given as many points in this month as one can."""


class Trade(Struct, kw_only=True):
    """A settled trade of a shop. `month` is the first day of the month, in Shanghai, in which it settled."""

    order_id: UUID
    shop_id: UUID
    buyer_id: UUID
    number: str
    """The order's."""
    amount: int
    """What the buyer paid (fen)."""
    settled_at: datetime
    month: date
    verdict: Verdict = Verdict.COUNTED
    refunded: int = 0
    """What of `amount` went back after it was settled."""

    @property
    def kept(self) -> int:
        """What is left of the money (fen)."""
        return self.amount - self.refunded


class CountTrade(Struct, frozen=True, kw_only=True):
    """Count a trade that was settled: real money that was the buyer's is the shop's.

    The order's id makes it happen once.
    """

    order_id: UUID
    shop_id: UUID
    buyer_id: UUID
    number: str
    amount: int
    settled_at: datetime


class CountStatus(StrEnum):
    """What became of counting a trade."""

    COUNTED = "counted"
    EXISTS = "exists"
    """It was counted before."""


class ReduceTrade(Struct, frozen=True, kw_only=True):
    """Note that money of a settled trade went back: `paid` is left of it. One that knows of less changes nothing."""

    order_id: UUID
    shop_id: UUID
    paid: int


class ReduceStatus(StrEnum):
    """What became of reducing a trade."""

    REDUCED = "reduced"
    EXISTS = "exists"
    """So much was known to have gone back before."""
    TRADE_NOT_FOUND = "trade_not_found"
    """It was never counted: it was settled before events named the buyer."""


class NoteBond(Struct, frozen=True, kw_only=True):
    """Note that a shop of one person sold something to another. `pair_id` is derived from the two."""

    pair_id: UUID
    shop_id: UUID
    seller_id: UUID
    buyer_id: UUID


class Bond(Struct, frozen=True):
    """That a shop of one person sold something to another."""

    shop_id: UUID
    seller_id: UUID
    buyer_id: UUID


class Bonded(Struct, frozen=True):
    """The answer to noting a bond: for each of both people's shops, the buyer whose trades there count no longer.

    Empty while only one of them sells to the other.
    """

    rings: tuple[tuple[UUID, UUID], ...]


class DiscountRing(Struct, frozen=True, kw_only=True):
    """Let the trades of a buyer with a shop count for nothing, before and after: each sells to the other."""

    shop_id: UUID
    buyer_id: UUID


class DiscountStatus(StrEnum):
    """What became of discounting a ring."""

    DISCOUNTED = "discounted"
    EXISTS = "exists"
    """It was before."""


class ReviewRings(Struct, frozen=True, kw_only=True):
    """Lift the rings of a shop that no bonds and trades stand behind."""

    shop_id: UUID


class RegradeShop(Struct, frozen=True, kw_only=True):
    """Judge every trade of a shop anew by the rules in force."""

    shop_id: UUID


class Standing(Struct, frozen=True, kw_only=True):
    """Where a shop stands. `grade` is 0 for none yet, 1…5 hearts, 6…10 diamonds, 11…15 blue, 16…20 gold crowns."""

    shop_id: UUID
    score: int = 0
    grade: int = 0
    trades: int = 0
    """Settled trades, those without a point included."""
    amount: int = 0
    """What buyers paid in them, less what went back (fen)."""
    rules_version: int = 0
    graded_at: datetime | None = None


class Recomputed(Struct, frozen=True, kw_only=True):
    """What came of counting a shop's trades anew from its log."""

    before: Standing
    after: Standing
    missed: int
    """Trades of the log that were not counted; they are now."""
    changed: int
    """Trades that the log tells otherwise: another amount, buyer or time. They are left as they are."""
    unknown: int
    """Trades that the log does not tell of. They are left, too."""
    lifted: int
    """Buyers whose trades counted for nothing as a ring, without one; they count now."""


class Tally(Struct, frozen=True, kw_only=True):
    """How many trades of a shop had which verdict, in a month."""

    month: date
    verdict: Verdict
    trades: int


class RecordedShop(Struct, frozen=True, kw_only=True):
    """What a record says of the shop itself."""

    id: UUID
    handle: str
    name: str
    colour: str
    created_at: datetime


class Record(Struct, frozen=True, kw_only=True):
    """Why a shop has its grade: where it stands, what its trades counted for, and the rules.

    What it brought from other installations is beside that, and counts for nothing here.
    """

    shop: RecordedShop
    standing: Standing
    rules: CreditRules
    tallies: list[Tally]
    brought: list[Brought]

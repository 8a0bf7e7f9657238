"""The operator's rules of trade: timers and fees, versioned. An order keeps the version it was placed under."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from weiji.kit.money import PPM
from weiji.orders.case_reasons import FAULTS, CaseReason
from weiji.orders.fees.model import Rate

GRADES_OF_A_RANK: Final = 5
"""Five hearts, five diamonds, five blue crowns, five gold crowns."""


class TradeRules(Struct, frozen=True, kw_only=True):
    """Every number of the trade that the operator may choose. The defaults are those of docs/concepts/trade.md."""

    pay_minutes: Annotated[int, Meta(ge=1, le=10_080, description="Stock is held so long for an unpaid order.")] = 15
    ship_hours: Annotated[int, Meta(ge=1, le=720, description="A shop promises to ship within this.")] = 48
    remind_hours: Annotated[
        int,
        Meta(ge=0, le=720, description="So long after payment a shop is told of what it has not shipped; 0: it isn't."),
    ] = 36
    cancel_hours: Annotated[
        int, Meta(ge=1, le=1_440, description="After this the buyer of an unshipped order may cancel at once.")
    ] = 72
    refund_days: Annotated[
        int,
        Meta(
            ge=1,
            le=90,
            description="So long after payment, or the newest parcel, the clock refunds what is not shipped.",
        ),
    ] = 14
    answer_hours: Annotated[
        int,
        Meta(
            ge=1, le=720, description="A shop answers within this who wants unsent goods no more, or the clock agrees."
        ),
    ] = 48
    shipped_answer_days: Annotated[
        int,
        Meta(ge=1, le=30, description="A shop answers within this what is asked of sent goods, or the clock agrees."),
    ] = 5
    offer_days: Annotated[
        int, Meta(ge=1, le=30, description="A buyer answers a shop's offer within this, or the case ends.")
    ] = 5
    refused_days: Annotated[
        int,
        Meta(ge=1, le=30, description="So long after a refusal either side may take it further; then the case ends."),
    ] = 7
    return_days: Annotated[
        int, Meta(ge=1, le=60, description="A buyer sends goods back within this, or the case ends.")
    ] = 7
    inspect_days: Annotated[
        int,
        Meta(ge=1, le=60, description="A shop looks at what was sent back within this, or the clock takes it as good."),
    ] = 10
    delivered_inspect_days: Annotated[
        int,
        Meta(
            ge=0,
            le=60,
            description="Where carriers tell that what was sent back is there: a shop looks at it within this from"
            " then, instead; 0: it does not matter.",
        ),
    ] = 3
    reship_days: Annotated[
        int, Meta(ge=1, le=60, description="A shop sends anew within this, or the clock gives the money back.")
    ] = 7
    aftersale_days: Annotated[
        int, Meta(ge=0, le=365, description="From receipt until when buyers may ask for something.")
    ] = 7
    shop_freight_reasons: Annotated[
        tuple[CaseReason, ...],
        Meta(
            max_length=len(CaseReason),
            description="For which reasons the shop bears freight both ways where goods are sent back; else the buyer.",
        ),
    ] = FAULTS
    applications_max: Annotated[
        int, Meta(ge=1, le=20, description="How often a buyer may ask about one line of an order.")
    ] = 5
    confirm_days: Annotated[
        int, Meta(ge=1, le=90, description="After this the clock confirms receipt of what was shipped.")
    ] = 10
    delivered_confirm_days: Annotated[
        int,
        Meta(
            ge=0,
            le=90,
            description="So long after all parcels are delivered, as carriers tell, the clock confirms receipt, if that"
            " is sooner; 0: it does not matter when they are.",
        ),
    ] = 0
    virtual_confirm_days: Annotated[
        int, Meta(ge=1, le=90, description="After this the clock confirms receipt of card keys that were handed out.")
    ] = 2
    prolong_days: Annotated[
        tuple[int, ...], Meta(min_length=1, max_length=8, description="By how many days receipt may be prolonged.")
    ] = (3, 5, 7, 10)
    buyer_prolong_days: Annotated[int, Meta(ge=1, le=30, description="By how much the buyer may, once.")] = 3
    receipt_days_max: Annotated[
        int,
        Meta(ge=1, le=180, description="So long after payment receipt can't be prolonged any further."),
    ] = 120
    settle_days: Annotated[
        int, Meta(ge=0, le=90, description="From receipt until the shop may withdraw the money.")
    ] = 1
    fee_ppm: Annotated[
        int,
        Meta(
            ge=0,
            le=PPM * 3 // 10,
            description="The platform's fee, in millionths of what the buyer paid, where no fee rule says otherwise."
            " A fee rule that names nothing does: people change it there, and this stays what it was.",
        ),
    ] = 0
    grade_settle_days: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=90)], ...],
        Meta(
            max_length=5,
            description="The same by the shop's credit when an order is placed: none yet, hearts, diamonds, blue"
            " crowns, gold crowns; empty: `settle_days` for all.",
        ),
    ] = ()
    grade_day_sales: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=10**12)], ...],
        Meta(
            max_length=5,
            description="What a shop may sell in a day, in fen, by its credit: none yet, hearts, diamonds, blue crowns,"
            " gold crowns; 0: as much as it likes; empty: so for all.",
        ),
    ] = ()
    withdrawal_fee: Annotated[int, Meta(ge=0, le=100_000, description="The fee of a withdrawal, in fen.")] = 0
    withdrawal_minimum: Annotated[int, Meta(ge=1, le=10**9, description="The least to withdraw, in fen.")] = 100
    withdrawal_review_above: Annotated[
        int,
        Meta(
            ge=0,
            le=10**12,
            description="What goes above this in an owner's day, in fen, two of the staff have to let go.",
        ),
    ] = 50_000_000
    withdrawal_review_hours: Annotated[
        int, Meta(ge=1, le=720, description="By when they are to, as owners of such withdrawals are told.")
    ] = 24

    @property
    def review_within(self) -> timedelta:
        """Within which time two of the staff look at withdrawals that are large, or large together."""
        return timedelta(hours=self.withdrawal_review_hours)

    @property
    def pay_within(self) -> timedelta:
        """How long stock is held for an unpaid order."""
        return timedelta(minutes=self.pay_minutes)

    @property
    def refund_after(self) -> timedelta:
        """How long a paid order may wait to be shipped, and after each parcel for the rest."""
        return timedelta(days=self.refund_days)

    @property
    def cancel_after(self) -> timedelta:
        """From when the buyer of an unshipped order may cancel at once."""
        return timedelta(hours=self.cancel_hours)

    @property
    def answer_within(self) -> timedelta:
        """How long a shop may think about goods that it did not send."""
        return timedelta(hours=self.answer_hours)

    def freight_by(self, reason: CaseReason) -> Literal["buyer", "merchant"]:
        """Say who bears freight where goods are sent back for a reason."""
        return "merchant" if reason in self.shop_freight_reasons else "buyer"

    @property
    def receipt_within(self) -> timedelta:
        """How long after payment receipt can be prolonged."""
        return timedelta(days=self.receipt_days_max)

    @property
    def confirm_after(self) -> timedelta:
        """How long after shipping the clock confirms receipt."""
        return timedelta(days=self.confirm_days)

    @property
    def delivered_confirm_after(self) -> timedelta | None:
        """How long after delivery the clock confirms receipt; None where that makes no difference."""
        return timedelta(days=self.delivered_confirm_days) if self.delivered_confirm_days else None

    @property
    def virtual_confirm_after(self) -> timedelta:
        """How long after handing out card keys the clock confirms receipt."""
        return timedelta(days=self.virtual_confirm_days)

    def settle_days_of(self, grade: int) -> int:
        """Say how many days after receipt a shop of a grade may withdraw. Five grades make a rank."""
        return (
            self.grade_settle_days[rank_of(self.grade_settle_days, grade)]
            if self.grade_settle_days
            else self.settle_days
        )

    def day_sales_of(self, grade: int) -> int | None:
        """Say for how much a shop of a grade may sell in a day (fen); None where that is not limited."""
        most = self.grade_day_sales
        return (most[rank_of(most, grade)] or None) if most else None

    @property
    def rest(self) -> Rate:
        """What is taken where no fee rule says otherwise."""
        return Rate(fee_ppm=self.fee_ppm)


def rank_of(values: Sequence[int], grade: int) -> int:
    """Say which of *values*, from none yet to gold crowns, is for a grade: the last is for all above it, too."""
    return min((grade + GRADES_OF_A_RANK - 1) // GRADES_OF_A_RANK, len(values) - 1)


DEFAULT: Final = TradeRules()

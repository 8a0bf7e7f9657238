"""For how much a shop may sell, judged by what it was paid: who pays nothing keeps nobody from buying."""

from msgspec import Struct

from weiji.orders.trade_rules import TradeRules


class Sales(Struct, frozen=True):
    """What a shop may be paid, and was, less what went back (fen): today and in all. None: not limited, or nothing yet.

    Of payments that are under way nothing is known: whatever was begun while there was room is taken, so that a shop
    may go beyond its limit by them, and by nothing that is begun afterwards.
    """

    day_max: int | None = None
    total_max: int | None = None
    grade: int | None = None
    day: int | None = None
    total: int | None = None

    def have_room(self, amount: int, rules: TradeRules) -> bool:
        """Tell whether the shop may be paid *amount* more. Of several limits the lowest holds."""
        of_day = (self.day_max, rules.day_sales_of(self.grade or 0))
        return all(most is None or (self.day or 0) + amount <= most for most in of_day) and (
            self.total_max is None or (self.total or 0) + amount <= self.total_max
        )

"""What went on in the ninety days before a case, as lines of a chart: pure functions over counts by the day."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.supervision.conduct.model import Measure

SKUS_SHOWN: Final = 4
"""Lines of a chart of prices: those of the SKUs that changed first."""


class Counted(Struct, frozen=True, kw_only=True):
    """What was counted on a day; of prices, what a SKU cost at first, if it was not new, and in the end."""

    measure: Measure
    subject_id: UUID
    on: date
    count: int
    amount: int
    before: int | None
    name: str = ""
    """What the SKU is called, where it has a name and is there still."""


def counts(counted: Sequence[Counted], measure: Measure, days: Sequence[date]) -> list[int]:
    """Say how many there were each day."""
    found = {each.on: each.count for each in counted if each.measure is measure}
    return [found.get(day, 0) for day in days]


def prices(counted: Sequence[Counted], days: Sequence[date]) -> list[tuple[str, list[int | None]]]:
    """Say what each SKU cost at the end of each day, one line for each with its name; None before there was a price."""
    of_sku: dict[UUID, dict[date, Counted]] = {}
    for each in counted:
        if each.measure is Measure.PRICED:
            of_sku.setdefault(each.subject_id, {})[each.on] = each
    lines = []
    for its in list(of_sku.values())[:SKUS_SHOWN]:
        price = its[min(its)].before
        line: list[int | None] = []
        for day in days:
            price = its[day].amount if day in its else price
            line.append(price)
        lines.append((its[min(its)].name, line))
    return lines

"""The only source of time.

In a sandbox or a demo the clock can be turned forward: the offset is a row in the database, and
every process follows it (`Clock.follow`). Elsewhere the offset is 0 and the row can't be changed.
"""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
"""The zone of business days and of what people are shown."""


class Clock:
    """Tells the time, ahead of the machine's by `offset`."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """Tell the time, in UTC, to the microsecond."""
        return datetime.now(UTC) + self.offset

    def micros(self) -> int:
        """Tell the time in microseconds since 1970."""
        return time.time_ns() // 1_000 + self.offset // timedelta(microseconds=1)

    def follow(self, offset: timedelta) -> None:
        """Take over the offset that the database has."""
        self.offset = offset


CLOCK: Final = Clock()
"""The clock of this process."""


def now() -> datetime:
    """Tell the time of this process's clock."""
    return CLOCK.now()


def wall() -> datetime:
    """Tell the machine's time, however far the clock was turned: what other machines' clocks are compared with.

    Signatures of other programs carry it, and certificates are checked against it. Nothing of the business asks it.
    """
    return CLOCK.now() - CLOCK.offset


def month_of(at: datetime) -> date:
    """Give the first day of the month of a moment, by the business's days."""
    return at.astimezone(SHANGHAI).date().replace(day=1)

"""The database is away: said once for all who ask it, again each minute, and once more when it is back.

Whoever asks the database in a circle finds it away each time, some twice a second, and so does every request. What they
would say of it is the same; they are silent while an outage is on.
"""

import time
from collections.abc import Callable
from typing import Any, Final

import asyncpg
import structlog

PERHAPS_FAULTS: Final = (TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Failures that an outage brings, and so does a statement that takes too long. That there is an outage they don't tell;
where they came from is logged."""

SAID_EVERY: Final = 60.0
"""Seconds between two lines that say that it is away still."""

QUIET_FOR: Final = 5.0
"""Seconds without a failure after which it is back. A full disk refuses what writes, and answers the rest."""

MEND: Final = (
    (asyncpg.DiskFullError, "Make room on the database's disk."),
    (asyncpg.TooManyConnectionsError, "Raise its max_connections, or lower WEIJI_CONNECTIONS."),
    (asyncpg.OutOfMemoryError, "Give its machine more memory, or its settings less."),
    (asyncpg.ReadOnlySQLTransactionError, "Let WEIJI_DATABASE_URL name the server that is written to."),
    (asyncpg.PostgresSystemError, "Look at the database's disk, and at its log."),
    (Exception, "See that it runs and can be reached: `weiji doctor` tells more."),
)
"""What an operator does about it: the first that fits. weiji goes on by itself afterwards."""

log = structlog.get_logger("weiji")


class Outage:
    """Whether the database is away, as one process found it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._since: float | None = None
        self._failed_at = 0.0
        self._said_at = -SAID_EVERY
        self._failures = 0

    def tells(self, error: BaseException | None) -> bool:
        """Whether it is away, that was said, and it is reason enough for a failure: nothing else need be said of it.

        What took too long may have taken that by itself.
        """
        return self._since is not None and not isinstance(error and (error.__cause__ or error), TimeoutError)

    def warn(self, log: Any, event: str, error: BaseException, **facts: object) -> None:
        """Say a failure in the log, unless that there is an outage says enough."""
        if not self.tells(error):
            log.warning(event, error=f"{type(error).__name__}: {error}", **facts)

    def go_on(self, error: BaseException) -> None:
        """Count a failure, if it is one of the database; say it where it is the first, or not said for a minute."""
        if isinstance(error, PERHAPS_FAULTS):
            return
        now = self._now()
        if self._since is None:
            self._since, self._failures, self._said_at = now, 0, now - SAID_EVERY
        self._failures += 1
        self._failed_at = now
        if now >= self._said_at + SAID_EVERY:
            self._said_at = now
            log.error(
                "the database is away",
                error=f"{type(error).__name__}: {error}",
                seconds=round(now - self._since),
                failures=self._failures,
                mend=next(mend for kind, mend in MEND if isinstance(error, kind)),
            )

    def end(self) -> None:
        """Hear that it answered; say that it is back, where nobody found it away for a while."""
        now = self._now()
        if self._since is not None and now >= self._failed_at + QUIET_FOR:
            log.warning("the database is back", seconds=round(now - self._since), failures=self._failures)
            self._since = None

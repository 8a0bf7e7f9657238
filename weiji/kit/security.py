"""Says in the log what was refused: a wrong password, a page that is not somebody's, too many requests.

What was done is an event, and kept; what was only tried would let strangers fill the database, so it is a line of the
log (`kind=security`). Whatever was typed is never in it: people type their password where their name belongs.
"""

from typing import Final

import structlog

log: Final = structlog.get_logger("weiji.security", kind="security")

TEXT_MAX: Final = 200
"""Characters of a text that somebody else chose, such as a path."""


def note_refusal(what: str, **facts: object) -> None:
    """Note that something was refused. Facts that are None are left out; the rest are written as short texts."""
    log.warning(what, **{name: str(fact)[:TEXT_MAX] for name, fact in facts.items() if fact is not None})

"""Where a list of cases goes on: after the case that was shown last."""

from datetime import datetime
from uuid import UUID

from weiji.aftersale.model import Case


def write_cursor(case: Case) -> str:
    """Say after which case a list goes on."""
    return f"{case.asked_at:%Y%m%dT%H%M%S.%fZ}{case.id.hex}"


def read_cursor(text: str) -> tuple[datetime, UUID] | None:
    """Read where a list goes on; None where that is nothing of ours: at its beginning."""
    try:
        return datetime.strptime(f"{text[:22]}+0000", "%Y%m%dT%H%M%S.%f%z"), UUID(hex=text[23:])
    except ValueError:
        return None

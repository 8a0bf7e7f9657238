"""Types for the statement in `queries.sql`."""

from datetime import datetime

from weiji.kit import sql
from weiji.kit.db import Reader
from weiji.supervision.desks.model import DONE_OF, DeskFigures, DeskName

SQL = sql.beside(__file__)


async def get_figures(reader: Reader, now: datetime) -> list[DeskFigures]:
    """Read how all desks get on, in the order of their names in the model. One statement."""
    rows = {row["desk"]: dict(row) for row in await reader.rows(SQL.get_figures, now, now - DONE_OF)}
    return [DeskFigures(**rows.get(desk, {}) | {"desk": desk}) for desk in DeskName]

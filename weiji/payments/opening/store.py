"""Types for the statements in `queries.sql`."""

from collections.abc import Iterable, Sequence

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction, columns
from weiji.payments.opening.model import ChangeChannel, SavedChannel

SQL = sql.beside(__file__)

_FIELDS = ("name", "version", "is_open", "settings", "secrets")


async def get_channels(reader: Reader) -> dict[str, SavedChannel]:
    """Read every channel that was saved."""
    return {row["name"]: SavedChannel(**dict(row)) for row in await reader.rows(SQL.get_channels)}


async def lock_channels(tx: Transaction, names: Iterable[str]) -> dict[str, int]:
    """Lock channels until *tx* ends, and read their versions."""
    return {row["name"]: row["version"] for row in await tx.rows(SQL.lock_channels, sorted(set(names)))}


async def add_channels(tx: Transaction, commands: Sequence[ChangeChannel]) -> set[str]:
    """Save first versions; tell of which nobody else has saved one."""
    if not commands:
        return set()
    return {row["name"] for row in await tx.rows(SQL.add_channels, *columns(commands, *_FIELDS), tx.now)}


async def change_channels(tx: Transaction, commands: Sequence[ChangeChannel]) -> None:
    """Save later versions of channels that are locked."""
    if commands:
        await tx.run(SQL.change_channels, *columns(commands, *_FIELDS), tx.now)

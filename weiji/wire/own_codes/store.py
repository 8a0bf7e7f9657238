"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from uuid import UUID

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.wire.own_codes.model import (
    BindCode,
    CodeMode,
    CodeStock,
    DeleteCode,
    NoteCodeStock,
    OwnCode,
    UnbindCode,
    UploadCodes,
)

SQL = sql.beside(__file__)


async def add_code_stocks(tx: Transaction, commands: Sequence[NoteCodeStock]) -> set[UUID]:
    """Write where codes come from; give the stocks of which nothing was written before."""
    ids, modes = columns(commands, "campaign_id", "mode")
    return {row["campaign_id"] for row in await tx.rows(SQL.add_code_stocks, shards_of(ids), ids, modes)}


async def lock_code_stocks(tx: Transaction, campaign_ids: Collection[UUID]) -> dict[UUID, CodeStock]:
    """Lock stocks until *tx* ends."""
    ids = sorted(set(campaign_ids))
    return _stocks(await tx.rows(SQL.lock_code_stocks, shards_of(ids), ids))


async def get_code_stocks(reader: Reader, campaign_ids: Collection[UUID]) -> dict[UUID, CodeStock]:
    """Read where the codes of stocks come from; those whose codes we make are left out."""
    ids = sorted(set(campaign_ids))
    return _stocks(await reader.rows(SQL.get_code_stocks, shards_of(ids), ids))


def _stocks(rows: Sequence[Row]) -> dict[UUID, CodeStock]:
    found = [CodeStock(**{**dict(row.items()), "mode": CodeMode(row["mode"])}) for row in rows]
    return {stock.campaign_id: stock for stock in found}


async def count_codes(tx: Transaction, stocks: Sequence[CodeStock]) -> None:
    """Write how many codes stocks have, that are locked."""
    if stocks:
        ids, codes = columns(stocks, "campaign_id", "codes")
        await tx.run(SQL.count_codes, shards_of(ids), ids, codes)


async def add_codes(tx: Transaction, command: UploadCodes) -> set[str]:
    """Write codes that are new, or were deleted; give those."""
    rows = await tx.rows(
        SQL.add_codes, shard_of(command.shop_id), command.shop_id, command.campaign_id, list(command.codes), tx.now
    )
    return {row["code"] for row in rows}


async def draw_code(tx: Transaction, command: BindCode) -> str | None:
    """Give a coupon any code that is left; None: there is none."""
    row = await tx.row(SQL.find_free_code, shard_of(command.campaign_id), command.campaign_id)
    if row is None:
        return None
    await tx.run(SQL.bind_code, shard_of(command.shop_id), command.shop_id, row["code"], command.coupon_id, tx.now)
    return str(row["code"])


async def say_code(tx: Transaction, command: BindCode) -> str | None:
    """Give a coupon the code that its sender says; None: another has it."""
    row = await tx.row(
        SQL.say_code,
        shard_of(command.shop_id), command.shop_id, command.code, command.campaign_id, command.coupon_id, tx.now,
    )  # fmt: skip
    return command.code if row else None


async def free_codes(tx: Transaction, commands: Sequence[UnbindCode]) -> set[UUID]:
    """Write that coupons that nobody got have codes no longer; give those."""
    ids = sorted({command.coupon_id for command in commands})
    claimed = {row["id"] for row in await tx.rows(SQL.find_claimed, shards_of(ids), ids)}
    gone = [id for id in ids if id not in claimed]
    bound = set(await get_codes_of_coupons(tx, gone))
    await tx.run(SQL.free_codes, shards_of(gone), gone, tx.now)
    return bound


async def delete_code(tx: Transaction, command: DeleteCode) -> None:
    """Write that a code was deleted."""
    await tx.run(SQL.delete_code, shard_of(command.shop_id), command.shop_id, command.code, tx.now)


async def find_own_code(reader: Reader, shop_id: UUID, code: str) -> OwnCode | None:
    """Read a code of a shop's own."""
    row = await reader.row(SQL.find_own_code, shard_of(shop_id), shop_id, code)
    return OwnCode(**dict(row.items())) if row else None


async def get_codes_of_coupons(reader: Reader, coupon_ids: Collection[UUID]) -> dict[UUID, str]:
    """Read which coupons have codes of their merchants' own."""
    ids = sorted(set(coupon_ids))
    rows = await reader.rows(SQL.get_codes_of_coupons, shards_of(ids), ids)
    return {row["coupon_id"]: row["code"] for row in rows}


async def list_own_codes(
    reader: Reader, campaign_id: UUID, *, is_sent: bool | None, offset: int, limit: int
) -> list[OwnCode]:
    """Read a page of a stock's codes: those that coupons have, those that are left, or both."""
    rows = await reader.rows(SQL.list_own_codes, shard_of(campaign_id), campaign_id, is_sent, offset, limit)
    return [OwnCode(**dict(row.items())) for row in rows]

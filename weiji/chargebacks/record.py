"""What somebody writes down of what a channel told by letter: above an amount it takes two (`approvals`)."""

from collections.abc import Sequence
from typing import Final

from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.payments import Notice, WrittenChargeback, get_payments, notice_of

OUTCOMES: Final = ("won", "lost")


async def read_written(database: Database, written: Sequence[WrittenChargeback], actor: Actor) -> list[Notice]:
    """Make notices of what one of the staff wrote down."""
    async with database.read() as reader:
        payments = await get_payments(reader, [one.payment_id for one in written])
    now = clock.now()
    return [notice_of(one, payment, actor, now) for one, payment in zip(written, payments, strict=True)]

"""Tickets for tests."""

from typing import Any, Final
from uuid import UUID

import msgspec

from weiji import twin
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.twin import Ticket, Way

LIVE_KEY: Final = bytes(range(32))
TWIN_KEY: Final = bytes(range(1, 33))
"""The master keys of both; the process of a test has one at a time."""


def write_ticket(given: Ticket) -> str:
    """Write a ticket as the live installation does, in the process of its twin."""
    KEYS.use(LIVE_KEY)
    try:
        return twin.write_ticket(given)
    finally:
        KEYS.use(TWIN_KEY)


def ticket(shop_id: UUID | None = None, person_id: UUID | None = None, **others: Any) -> Ticket:
    """Make the ticket of somebody with a shop."""
    shop_id, person_id = shop_id or new_id(), person_id or new_id()
    made = Ticket(
        id=new_id(near=shop_id),
        way=Way.BROWSER,
        person_id=person_id,
        handle=f"p{person_id.hex[-12:]}",
        name="梅",
        locale="zh-CN",
        shop_id=shop_id,
        shop_handle=f"s-{shop_id.hex[-12:]}",
        shop_name="梅的店",
        home="https://shop.example",
        written_at=clock.wall(),
    )
    return msgspec.structs.replace(made, **others)

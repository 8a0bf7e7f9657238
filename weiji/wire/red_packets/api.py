"""The JSON API of red packets that merchants' programs sent: what a shop gave away. They are opened as any other."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery
from msgspec import Struct

from weiji.packets import PacketState
from weiji.web.api import After, ApiRequest, Limit, Page, operation
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.wire.red_packets.store import ShownPacket, list_packets


class MerchantRedPacketAnswer(Struct, kw_only=True):
    """A red packet that a merchant's program sent. Amounts are fen."""

    id: UUID
    mchid: str
    number: str
    appid: str
    openid: str
    amount: int
    parts: int
    greeting: str
    state: PacketState
    taken: int
    claimed: int
    returned: int
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class MerchantRedPacketsApi(Controller):
    """Red packets that merchants' programs sent."""

    path = "/api/v1/merchant-red-packets"
    tags = ("merchants",)

    @get("/", **operation("ListMerchantRedPackets", "payments:read"))
    async def show_all(
        self, request: ApiRequest, shop_id: FromQuery[UUID], after: After = None, limit: Limit = 20
    ) -> Page[MerchantRedPacketAnswer]:
        """List the red packets that programs sent of a shop's money, the last first."""
        if not request.caller.may(shop_id, Permission.MONEY):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await list_packets(reader, shop_id, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        shown = found[:limit]
        next = write_cursor(shown[-1].created_at, shown[-1].id) if len(found) > limit else None
        return Page(items=[_answer(packet) for packet in shown], next=next)


def _answer(packet: ShownPacket) -> MerchantRedPacketAnswer:
    names = MerchantRedPacketAnswer.__struct_fields__
    return MerchantRedPacketAnswer(**{name: getattr(packet, name) for name in names})


ROUTES: Final = (MerchantRedPacketsApi,)
"""What the program serves of this module's API."""

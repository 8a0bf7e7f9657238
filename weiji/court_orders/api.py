"""The JSON API of court orders: for the operator's staff, and for those whose money is held.

What is done about them is proposed and approved by two of the staff: `/api/v1/approvals`.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct
from msgspec.structs import asdict

from weiji.court_orders import store
from weiji.court_orders.model import CourtOrder, HeldPlace
from weiji.web.api import After, ApiRequest, Limit, Page, operation
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

SHOWN: Final = 100
"""Orders of one owner that are given, and executions of one order."""


class CourtOrderAnswer(Struct, kw_only=True):
    """A court's order about somebody's money. Amounts are fen; `amount` null: everything."""

    id: UUID
    owner_id: UUID
    place: HeldPlace
    amount: int | None
    court: str
    number: str
    held: int
    executed: int
    released: int
    obeyed_at: datetime
    ended_at: datetime | None
    release_number: str
    currency: str = "CNY"


class ExecutionAnswer(Struct, kw_only=True):
    """What was paid to the court."""

    id: UUID
    amount: int
    number: str
    way: str
    executed_at: datetime


class WholeCourtOrder(CourtOrderAnswer, kw_only=True):
    """The same, with what was paid to the court."""

    executions: list[ExecutionAnswer]


_SAME: Final = tuple(name for name in CourtOrderAnswer.__struct_fields__ if name != "currency")


def _values(order: CourtOrder) -> dict[str, Any]:
    return {name: getattr(order, name) for name in _SAME}


def _describe(order: CourtOrder) -> CourtOrderAnswer:
    return CourtOrderAnswer(**_values(order))


class CourtOrdersApi(Controller):
    """What courts ordered."""

    path = "/api/v1/court-orders"
    tags = ("court-orders",)

    @get("/", **operation("ListCourtOrders", "platform:read", guards=[staff()]))
    async def index(
        self, request: ApiRequest, is_over: bool = False, after: After = None, limit: Limit = 20
    ) -> Page[CourtOrderAnswer]:
        """List orders that hold, or that are over, the newest first, for the operator's staff."""
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await store.list_court_orders(
                reader, is_over=is_over, before=cursor[0] if cursor else None, limit=limit + 1
            )
        more = write_cursor(found[limit - 1][0].id) if len(found) > limit else None
        return Page(items=[_describe(order) for order, _shop in found[:limit]], next=more)

    @get("/{court_order_id:uuid}", **operation("GetCourtOrder", "platform:read", guards=[staff()]))
    async def show(self, request: ApiRequest, court_order_id: FromPath[UUID]) -> WholeCourtOrder:
        """Read an order with what was paid to the court, for the operator's staff."""
        async with request.database.read() as reader:
            found = await store.get_court_order(reader, court_order_id)
            executions = await store.list_executions(reader, court_order_id, SHOWN)
        if found is None:
            raise NotFoundException
        its = [ExecutionAnswer(**asdict(each)) for each in executions]
        return WholeCourtOrder(**_values(found[0]), executions=its)

    @get("/of-wallet", **operation("ListCourtOrdersOfWallet", "payments:read"))
    async def of_wallet(self, request: ApiRequest) -> Page[CourtOrderAnswer]:
        """Read what courts ordered about your wallet, the newest first."""
        return await _list(request, request.person_id)

    @get("/of-shops/{shop_id:uuid}", **operation("ListCourtOrdersOfShop", "shops:read"))
    async def of_shop(self, request: ApiRequest, shop_id: FromPath[UUID]) -> Page[CourtOrderAnswer]:
        """Read what courts ordered about the money of a shop of yours, the newest first."""
        if not (request.caller.may(shop_id, Permission.MONEY) or request.caller.is_staff):
            raise NotFoundException
        return await _list(request, shop_id)


async def _list(request: ApiRequest, owner_id: UUID) -> Page[CourtOrderAnswer]:
    async with request.database.read() as reader:
        orders = await store.list_of_owner(reader, owner_id, SHOWN)
    return Page(items=[_describe(order) for order in orders], next=None)


ROUTES: Final = (CourtOrdersApi,)
"""What the program serves of this module."""

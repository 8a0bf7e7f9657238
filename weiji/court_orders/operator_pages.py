"""The operator's view of court orders. What is done about them two of the staff decide (`approvals`)."""

from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.court_orders import store, words
from weiji.identity import get_people, person_word
from weiji.web import gettext as _
from weiji.web import page, staff
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Lines on one page of a list."""

EXECUTIONS: Final = 100
"""Executions that are shown of an order."""


class CourtOrdersDesk(Controller):
    """What courts ordered."""

    path = "/operator/court-orders"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: WebRequest, tab: FromQuery[str] = "held", before: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """List orders that hold, or that are over."""
        is_over = tab == "over"
        async with request.database.read() as reader:
            found = await store.list_court_orders(reader, is_over=is_over, before=before, limit=PAGE + 1)
            people = await get_people(reader, [order.owner_id for order, shop in found if shop is None])
        here = "/operator/court-orders"
        key = "over" if is_over else "held"
        return page(
            request,
            "court_orders/index.html",
            tab=key,
            tabs=[
                {"key": "held", "label": _("冻结中"), "href": here},
                {"key": "over", "label": _("结束了的"), "href": f"{here}?tab=over"},
            ],
            lines=[
                {
                    "order": order,
                    "owner": shop or person_word(people, order.owner_id),
                    "place": words.place_word(order.place),
                    "state": words.state_word(order),
                }
                for order, shop in found[:PAGE]
            ],
            more=f"{here}?tab={key}&before={found[PAGE - 1][0].id}" if len(found) > PAGE else None,
        )

    @get("/{court_order_id:uuid}")
    async def show(self, request: WebRequest, court_order_id: FromPath[UUID]) -> Response[str]:
        """Show an order, what is held by it, and what was paid to the court."""
        async with request.database.read() as reader:
            found = await store.get_court_order(reader, court_order_id)
            if found is None:
                raise NotFoundException
            order, shop = found
            executions = await store.list_executions(reader, court_order_id, EXECUTIONS)
            owner = shop or person_word(await get_people(reader, [order.owner_id]), order.owner_id)
        return page(
            request,
            "court_orders/show.html",
            order=order,
            owner=owner,
            place=words.place_word(order.place),
            state=words.state_word(order),
            executions=executions,
        )


ROUTES: Final = (CourtOrdersDesk,)
"""What the program serves of this module."""

"""The JSON API of desks."""

from typing import Final

from litestar import Controller, get

from weiji.kit import clock
from weiji.supervision.desks import store
from weiji.supervision.desks.model import DeskFigures
from weiji.web.api import ApiRequest, Page, operation
from weiji.web.caller import staff


class DesksApi(Controller):
    """How the desks of the operator's staff get on."""

    path = "/api/v1/platform/desks"
    tags = ("platform",)

    @get("/", **operation("ListDesks", "platform:read", guards=[staff()]))
    async def index(self, request: ApiRequest) -> Page[DeskFigures]:
        """Read what waits at each desk of the staff, how long, and what was done in seven days."""
        async with request.database.read() as reader:
            return Page(items=await store.get_figures(reader, clock.now()), next=None)


ROUTES: Final = (DesksApi,)

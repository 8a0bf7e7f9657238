"""What a handler is given: the request, and in it who asks and what edges work with."""

from typing import Any, Final
from uuid import UUID

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from msgspec import Struct

from weiji.events import Actor
from weiji.events.model import ActorKind
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.live import Live
from weiji.settings import Settings
from weiji.web.actors import actor_of
from weiji.web.caller import NO_SHOP, Caller, caller_of
from weiji.web.permissions import Permission

BODY_BYTES_MAX: Final = 2 * 1024 * 1024
"""The largest body of a request: `Litestar(request_max_body_size=BODY_BYTES_MAX)`.

A route that takes files says its own; of texts it takes no more.
"""


class Backend(Struct, frozen=True):
    """What the edges of one process work with."""

    database: Database
    batchers: Batchers
    lanes: Lanes
    live: Live
    settings: Settings


class WebRequest(Request[Any, Any, Any]):
    """A request for a page, or to the JSON API.

    What handlers work with is at hand here, and not a dependency of each: two of those cost a task group for every
    request (0.1 ms).
    """

    @property
    def backend(self) -> Backend:
        """What `weiji.app` put into the program's state."""
        backend: Backend = self.app.state._state["backend"]
        return backend

    @property
    def database(self) -> Database:
        """Where things are read."""
        return self.backend.database

    @property
    def batchers(self) -> Batchers:
        """By which things are done."""
        return self.backend.batchers

    @property
    def lanes(self) -> Lanes:
        """Which shards ride together."""
        return self.backend.lanes

    @property
    def live(self) -> Live:
        """What tells that something changed."""
        return self.backend.live

    @property
    def settings(self) -> Settings:
        """How this installation is set up."""
        return self.backend.settings

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return caller_of(self.scope)

    @property
    def person_id(self) -> UUID:
        """Who asks, behind a guard that lets in only somebody."""
        return caller_of(self.scope).own_id

    async def form(self) -> FormMultiDict:
        """Read the form: with files it may be larger than others, and its texts together are not."""
        form = await super().form()
        texts = [text for field in form.multi_items() for text in field if isinstance(text, str)]
        if sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) > BODY_BYTES_MAX:
            raise RequestEntityTooLarge
        return form

    def actor(self, kind: ActorKind = "person") -> Actor:
        """Say that the caller acts as a *kind*."""
        return actor_of(self.scope, kind)

    def shop_if_may(self, shop_id: UUID, permission: Permission) -> UUID:
        """Give the shop where the caller has *permission*; else NO_SHOP, so that the answer is that there is none."""
        return shop_id if self.caller.may(shop_id, permission) else NO_SHOP

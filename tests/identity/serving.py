"""Serves an API with the program's own middleware, and lets people and programs ask it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
from litestar import Litestar
from litestar.datastructures import State

from weiji.developers.api import ROUTES as DEVELOPERS
from weiji.developers.keys import KeyMiddleware
from weiji.identity.api import ROUTES as IDENTITY
from weiji.identity.sessions import SessionMiddleware
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.live import Live
from weiji.settings import Settings
from weiji.web import Edge, WebFrame
from weiji.web.requests import Backend, WebRequest

SETTINGS: Final = Settings(mode="sandbox")
LANES: Final = Lanes(2)


class Browser:
    """Keeps cookies and the CSRF token, as a browser on our pages does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.token = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send a request to the API."""
        sent = {"x-csrf-token": self.token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        content = None if body is None else {"json": body}
        return await self.client.request(method, f"/api/v1{path}", headers=sent, **(content or {}))

    async def sign_in(self, name: str, password: str) -> dict[str, Any]:
        """Sign in, and remember what comes with it."""
        response = await self.ask("POST", "/sessions", {"name": name, "password": password})
        answer: dict[str, Any] = response.json()
        self.token = answer["csrf_token"] or self.token
        return answer


@asynccontextmanager
async def serve(database: Database, *handlers: Any, settings: Settings = SETTINGS) -> AsyncIterator[Browser]:
    """Serve the APIs of identity and developers, and *handlers*; give a browser without cookies."""
    backend = Backend(database, Batchers(database, LANES), LANES, Live(""), settings)
    app = Litestar(
        [*IDENTITY, *DEVELOPERS, *handlers],
        middleware=[SessionMiddleware(database), KeyMiddleware(database, settings.mode)],
        request_class=WebRequest,
        plugins=[WebFrame(limit=None)],
        state=State({"backend": backend}, deep_copy=False),
        openapi_config=None,
    )
    transport = httpx.ASGITransport(Edge(app), client=("203.0.113.7", 1234))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://weiji.test") as client:
        yield Browser(client)

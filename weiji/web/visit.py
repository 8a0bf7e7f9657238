"""What the frame knows of one request: its id, its nonce, when it began, and how the person wants to see pages."""

import secrets
from typing import Final, Literal

from litestar.types import Scope
from msgspec import Struct

API: Final = "/api/"
"""Where paths begin that programs ask for."""

Theme = Literal["auto", "light", "dark"]


class Visit(Struct, kw_only=True):
    """One request, as the frame sees it. `Edge` makes it, before anything else runs."""

    request_id: str
    started_ns: int
    is_secure: bool
    is_twin: bool = False
    """Whether this is the sandbox beside a live installation: no robot keeps it, and its cookies are its own."""
    theme: Theme = "auto"
    asked_locale: str | None = None
    """The locale that the address (`?lang=`) or the cookie asks for; it wins over the person's setting."""
    accept_language: str = ""
    csrf_token: str | None = None
    _nonce: str | None = None

    @property
    def nonce(self) -> str:
        """What the page's own scripts and styles carry: new for each page."""
        if self._nonce is None:
            self._nonce = secrets.token_urlsafe(16)
        return self._nonce


def visit_of(scope: Scope) -> Visit:
    """Tell what the frame knows of the request of this ASGI scope."""
    visit: Visit = scope["state"]["visit"]
    return visit


def is_htmx(scope: Scope) -> bool:
    """Tell whether htmx asks, and wants a piece rather than a page."""
    return any(name == b"hx-request" for name, _ in scope["headers"])

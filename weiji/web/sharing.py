"""What a page says of itself to those that link to it: Open Graph, and JSON-LD in the words of schema.org."""

from typing import Any, Final

from msgspec import Struct

from weiji.web.assets import asset
from weiji.web.pictures import read_address
from weiji.web.requests import WebRequest

DESCRIPTION_MAX: Final = 150
"""Characters of a description: what is shown of one."""


class Share(Struct, frozen=True):
    """What others show of a page that they link to. A template includes `web/sharing.html` in its block head."""

    url: str
    title: str
    description: str
    picture: str
    is_large: bool
    """Whether the picture is one that may be shown large."""
    data: dict[str, Any]


def base_of(request: WebRequest) -> str:
    """Tell the address that people see, without a slash at its end."""
    return (request.settings.url or str(request.base_url)).rstrip("/")


def shown_picture(base: str, *urls: str | None) -> tuple[str, bool]:
    """Give the first picture that every network can read (no drawing), else our own sign; say whether there was one."""
    found = next((url for url in urls if url and read_address(url)), None)
    return base + (found or asset("icon-512.png")), found is not None

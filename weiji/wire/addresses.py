"""Addresses that merchants give, to be told of things at."""

from typing import Final
from urllib.parse import urlsplit

from weiji.wire.errors import wrong

URL_MAX: Final = 255


def check_address(url: str, field: str) -> str:
    """Check the form of an address; whether it may be gone to is judged when it is. Raises WireError."""
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or len(url) > URL_MAX or not url.isascii() or any(each <= " " for each in url):
        raise wrong(field, f"has to be an http or https address of at most {URL_MAX} ASCII characters", url)
    return url

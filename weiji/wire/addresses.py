"""Addresses that merchants give, to be told of things at."""

from typing import Final
from urllib.parse import urlsplit

from weiji.web import gettext as _
from weiji.wire.errors import wrong

URL_MAX: Final = 255


def is_address(url: str) -> bool:
    """Tell whether an address has the right form; whether it may be gone to is judged when it is."""
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    return is_right and len(url) <= URL_MAX and url.isascii() and all(each > " " for each in url)


def check_address(url: str, field: str) -> str:
    """Give an address that has the right form. Raises WireError."""
    if not is_address(url):
        raise wrong(field, _("要是 http 或 https 地址，只有 ASCII 字符，最长 %(most)s 个", most=URL_MAX), url)
    return url

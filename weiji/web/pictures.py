"""Addresses of uploaded pictures: each is there in several widths, and its address says which, so a page need not ask.

`/media/<hash>-1600.webp` is the widest there is of a picture; the narrower ones have the same hash. A picture that was
small to begin with is there in the widths below its own, and in its own.
"""

import re
from typing import Final

PATH: Final = "/media"

WIDTHS: Final = (320, 800, 1600)
"""Widths that pages use, in pixels: a cell of a list; a list on a sharp screen, or a page; a page on a sharp screen."""

_ADDRESS: Final = re.compile(rf"{PATH}/([0-9a-f]{{64}})-([1-9][0-9]{{0,3}})\.webp")


def address_of(digest: str, width: int) -> str:
    """Write the address of a picture in one width."""
    return f"{PATH}/{digest}-{width}.webp"


def read_address(url: str) -> tuple[str, int] | None:
    """Read which picture an address names, and in which width; None where it is no address of ours."""
    found = _ADDRESS.fullmatch(url)
    return (found[1], int(found[2])) if found else None


def widths_of(width: int) -> list[int]:
    """List the widths in which a picture of this width is there, its own last."""
    return [*(each for each in WIDTHS if each < width), width]


def srcset(url: str | None) -> str:
    """List the widths of an uploaded picture for a browser to choose from; empty where there is but one."""
    found = read_address(url) if url else None
    if found is None or len(widths_of(found[1])) == 1:
        return ""
    digest, width = found
    return ", ".join(f"{address_of(digest, each)} {each}w" for each in widths_of(width))


def smallest(url: str) -> str:
    """Give the address of the narrowest that there is of a picture."""
    found = read_address(url)
    return address_of(found[0], widths_of(found[1])[0]) if found else url

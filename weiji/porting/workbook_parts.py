"""Which parts of a workbook are opened at all, and by what they are read."""

from typing import Final

SHEETS: Final = "xl/worksheets/"
_STRINGS: Final = "sharedstrings"
_READ: Final = (".xml", ".rels")
_UNREAD: Final = ("xl/pivotcache/", "xl/drawings/", "xl/charts/", "xl/externallinks/", "customxml/")
"""What has no cells, and may be long: it is never opened, whatever else names it."""


def is_read(name: str) -> bool:
    """Tell whether a part is one that is opened at all."""
    folded = name.lower()
    return folded.endswith(_READ) and not folded.startswith(_UNREAD)


def unit_of(name: str) -> str | None:
    """Say by what a part is read, a piece at a time: a sheet by its rows, texts one by one; None: all at once."""
    folded = name.lower()
    if not folded.endswith(".xml"):
        return None
    return "row" if folded.startswith(SHEETS) else "si" if _STRINGS in folded else None

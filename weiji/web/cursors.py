"""Where a list goes on: the sort key and id of the last row that was shown, as a word that nobody needs to understand.

Cursors come back from anybody, as anything. What is read is what PostgreSQL can take for the columns it is compared
with, so that a forged one is refused like any other wrong parameter, and never asked of the database.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, TypeVar, cast, get_args

import msgspec
from msgspec import Meta

from weiji.web.bodies import wrong_parameter
from weiji.web.locales import gettext as _

T = TypeVar("T")

Smallint = Annotated[int, Meta(ge=-(2**15), le=2**15 - 1)]
"""A key that is a smallint in the database."""

Bigint = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A key that is a bigint there; a bare `int` is an integer."""

_BOUNDED: Final[dict[Any, Any]] = {
    int: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)],
    str: Annotated[str, Meta(pattern=r"\A[^\x00]*\Z")],
    datetime: Annotated[datetime, Meta(tz=True)],
}


def write_cursor(*parts: Any) -> str:
    """Write where a list goes on."""
    return urlsafe_b64encode(msgspec.msgpack.encode(parts)).rstrip(b"=").decode()


def read_cursor(text: str | None, kind: type[T]) -> T | None:
    """Read a cursor of our own: a tuple of *kind*; None without one. Raises Malformed."""
    if not text:
        return None
    try:
        parts: T = _reader_of(cast("Any", kind)).decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        for part in parts if isinstance(parts, tuple) else ():
            if isinstance(part, datetime):
                part.astimezone(UTC)
    except (ValueError, OverflowError, msgspec.MsgspecError):
        raise wrong_parameter("after", _("这不是上一页给出的 next。")) from None
    return parts


@lru_cache
def _reader_of(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(tuple[tuple(_BOUNDED.get(part, part) for part in get_args(kind))])  # type: ignore[misc]

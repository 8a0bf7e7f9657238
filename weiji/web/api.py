"""What the JSON APIs of all modules share: how an operation is declared, read, made safe to repeat, and answered.

An operation on many things is `POST /api/v1/<nouns>/<verb>`: a JSON array of 1 to 100 commands in, an array of results
out, in order, each with its `status`. Lists are pages: `items`, and `next` to give as `after`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

import msgspec
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter
from litestar.response import Response
from litestar.types import Guard
from msgspec import Meta, Struct

from weiji.kit.db import Transaction
from weiji.kit.idempotency import Key
from weiji.kit.seal import KEYS
from weiji.web.bodies import Body, canonical, wrong_header
from weiji.web.caller import caller_of, signed_in
from weiji.web.grants import GRANT
from weiji.web.locales import gettext as _
from weiji.web.requests import WebRequest

C = TypeVar("C")
R = TypeVar("R")
T = TypeVar("T")

BATCH_MAX: Final = 100
"""Commands of one request."""

PAGE_MAX: Final = 100
"""Items of one page."""

AMOUNT_MAX: Final = 2**53 - 1
"""The largest amount: what every JSON reader takes for the same number."""

JSON: Final = "application/json"
KEY_HEADER: Final = "Idempotency-Key"
SECRETS: Final = "web.idempotency"
"""What the hashes of bodies with a password in them are peppered for."""

Batch = Annotated[list[T], Meta(min_length=1, max_length=BATCH_MAX)]
"""The body of an operation on many things."""

Amount = Annotated[int, Meta(ge=1, le=AMOUNT_MAX, description="Minor units (fen).")]
AmountOrNothing = Annotated[int, Meta(ge=0, le=AMOUNT_MAX, description="Minor units (fen).")]
Moment = Annotated[datetime, Meta(tz=True, description="With its time zone (RFC 3339).")]
RegionCode = Annotated[
    str,
    Meta(
        max_length=6,
        pattern=r"^([1-9][0-9]{5})?\Z",
        description="A region of China by its GB/T 2260 code; empty: none.",
    ),
]
Typed = Annotated[str, Meta(max_length=1_000)]
"""What somebody typed. Longer than whatever is right, so that what is wrong is answered by a status."""
PaymentPassword = Annotated[
    str, Meta(max_length=1_000, description="Six digits. Wrong ones are counted: five lock it for a while.")
]
StepUpPassword = Annotated[
    str,
    Meta(
        max_length=1_000,
        description="The login password: with it whoever has no app spends large sums (`step_up_needed`).",
    ),
]
StepUpCode = Annotated[
    str,
    Meta(
        max_length=1_000,
        description="A code of the app: with it whoever has one spends large sums (`step_up_needed`). It is used up.",
    ),
]
After = Annotated[
    str | None, QueryParameter(min_length=1, max_length=200, description="`next` of the page before; none: the first.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX, description="Items of the page, at most.")]

_BARE: Final = re.compile(r"[\x21-\x7e]{1,255}")
_QUOTED: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
"""RFC 9651, section 3.3.3."""

Repeat = Literal["key_needed", "key_taken"]
"""Whether an operation must have, or may have, an Idempotency-Key."""


class Page(Struct, Generic[T], kw_only=True):
    """A page of a list. `next` is null on the last one."""

    items: list[T]
    next: str | None


class UnsupportedMedia(HTTPException):
    """The body is not said to be JSON."""

    status_code = 415


class ApiRequest(WebRequest):
    """A request to the JSON API."""

    _key: Key | None = None

    @property
    def key(self) -> Key | None:
        """The idempotency key of the request, bound to its body."""
        return self._key

    async def json(self) -> Any:
        """Read the body, strictly, and the idempotency key. Raises Malformed before anything is done."""
        handler = self.scope["route_handler"]
        assert isinstance(handler, HTTPRouteHandler)
        reading = _READINGS.get(handler)
        if reading is None:
            reading = _READINGS[handler] = _Reading(handler)
        kinds = [value for name, value in self.scope["headers"] if name == b"content-type"]
        if kinds and kinds[0].partition(b";")[0].strip().lower() != b"application/json":
            raise UnsupportedMedia(_("内容要以 application/json 发送。"))
        text = _read_key(self.scope["headers"])
        if text is None and reading.repeat == "key_needed":
            raise wrong_header(KEY_HEADER, _("这个操作要带上 Idempotency-Key。"))
        typed, tree = reading.body.read(await self.body())
        caller = caller_of(self.scope)
        if text is not None and reading.repeat is not None and caller.person_id:
            template = f"{self.scope['method']} {self.scope['path_template']}"
            told = b"\n".join([template.encode(), self.scope["path"].encode(), canonical(tree)])
            # A password has too few possibilities for a plain hash to hide it.
            hash = KEYS.pepper(told, SECRETS) if reading.has_secrets else sha256(told).digest()
            self._key = Key(caller.key_id or caller.person_id, template, text, hash)
        return typed


class _Reading:
    """How the requests of one route are read."""

    __slots__ = ("body", "has_secrets", "repeat")

    def __init__(self, handler: HTTPRouteHandler) -> None:
        field = handler.parsed_data_field
        assert field is not None, f"{handler} has no body"
        self.body = Body(field.raw)
        self.repeat: Repeat | None = handler.opt.get("repeat")
        self.has_secrets = _has_password(msgspec.json.schema(field.raw))


_READINGS: Final[dict[HTTPRouteHandler, _Reading]] = {}


def _has_password(schema: Any) -> bool:
    if isinstance(schema, dict):
        return any(
            "password" in name or name in ("card_keys", "channel_settings") or _has_password(value)
            for name, value in schema.items()
        )
    return isinstance(schema, list) and any(map(_has_password, schema))


def _read_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Read the header Idempotency-Key: a quoted string of RFC 9651, or the same bare."""
    given = [value for name, value in headers if name == b"idempotency-key"]
    if not given:
        return None
    text = given[0].decode("latin-1").strip()
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        text = re.sub(r'\\(["\\])', r"\1", quoted[1])
    if len(given) > 1 or not _BARE.fullmatch(text):
        raise wrong_header(KEY_HEADER, _("Idempotency-Key 是 1 到 255 个可见的 ASCII 字符，而且只有一个。"))
    return text


def operation(
    operation_id: str,
    scope: str | None = None,
    *,
    repeat: Repeat | None = None,
    guards: Sequence[Guard] = (),
    is_public: bool = False,
    opt: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Declare an operation: `@post("/place", **operation("PlaceOrders", "orders:write", repeat="key_needed"))`.

    *scope* is what an API key needs for it; without one it is for people who are signed in, and if it *is_public*, for
    everybody. *guards* come after that.
    """
    first: list[Any] = [] if scope or is_public else [signed_in]
    return {
        "operation_id": operation_id,
        "status_code": 200,
        "guards": [*first, *guards],
        "request_class": ApiRequest,
        "opt": {**(opt or {}), "repeat": repeat, GRANT: scope, "is_public": is_public},
    }


async def run(
    request: ApiRequest,
    verbs: Callable[[Transaction, Sequence[C]], Awaitable[Sequence[R]]],
    owner: str,
    commands: Sequence[C],
    finish: Callable[[list[Any]], Awaitable[list[Any]]] | None = None,
) -> Response[Any]:
    """Do the commands of a request in batches with whoever else is asking, and answer with their results.

    *owner* names the field that tells a command's shard. A result that is only a status becomes an object with it.
    *finish* adds what is not kept under the idempotency key, to results that are plain JSON.
    """
    batcher = request.batchers.of(verbs, owner)
    headers = None
    results: list[Any]
    if request.key is None:
        results = list(await batcher.submit_all(commands))
        if finish:
            results = msgspec.json.decode(msgspec.json.encode(results))
    else:
        answer = await batcher.answer(commands, request.key)
        results = answer.results
        if answer.is_replayed:
            headers = {"idempotency-replayed": "true"}
    results = [{"status": result} if isinstance(result, str) else result for result in results]
    if finish:
        results = await finish(results)
    return Response(msgspec.json.encode(results), media_type=JSON, headers=headers)

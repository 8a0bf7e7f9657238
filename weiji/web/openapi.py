"""The API's own description (OpenAPI 3.1): what Litestar knows of the routes, and what all of them have in common.

Security, the idempotency key, problems, examples and the meaning of statuses are added here, in one place, from what
`operation(…)` declared and what the code's docstrings say.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any, Final

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import HTTPRoute

from weiji import __version__
from weiji.web.api import KEY_HEADER, ApiRequest
from weiji.web.examples import Examples

PATH: Final = "/api/v1/openapi.json"

TAGS: Final = {
    "people": "Signing up, and who you are.",
    "sessions": "Signing in and out.",
    "addresses": "Your address book.",
    "allowances": "What API keys may spend of your money without your payment password.",
    "keys": "API keys, with which programs act for you.",
    "shops": "Shops.",
    "products": "What can be bought.",
    "goods": "What shops sell, for those who sell it.",
    "stock": "What shops have.",
    "cart": "Your cart.",
    "orders": "Orders, from placing to settling.",
    "payments": "Payments, and your wallet.",
    "payouts": "Withdrawals, and the bank accounts they go to.",
    "events": "What happened, in order.",
    "sandbox": "The simulated acquirer and bank; not on live installations.",
    "platform": "For the operator's staff.",
}

DESCRIPTION: Final = """
Everything that weiji's pages can do. Amounts are integers in minor units (fen), times are RFC 3339 with a zone, ids are
UUIDs that you make: asking again with the same id is safe for ever.

**Batches.** An operation on many things takes an array of 1 to 100 commands and answers 200 with an array of results, in
order, as if they had come one after another. Whether one was done is told by its `status`.

**Ids know where they live.** The last six bits of an id are its shard. The id of an order has those of its shop, the id
of a payment those of its payer; a parcel's may be any.

**Repeating.** Send an `Idempotency-Key` with what moves money or goods: the same request with the same key is answered
with the stored answer and `Idempotency-Replayed: true`, another request with it with 422. Whoever repeats a request
that is still running waits for its answer. Answers are kept for 30 days; a malformed request uses up no key.

**Problems.** What is malformed, unknown or not allowed is answered with `application/problem+json` (RFC 9457) in your
language (`Accept-Language`, or the one of the person you act for), and nothing was done. 503 with `Retry-After`: send
the same request again.
""".strip()

OPENAPI: Final = OpenAPIConfig(
    title="weiji",
    version=__version__,
    description=DESCRIPTION,
    use_handler_docstrings=True,
    tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
    components=Components(
        security_schemes={
            "key": SecurityScheme(
                type="http",
                scheme="bearer",
                description="An API key (`wj_…`). It does what its scopes say, and no more than its person may.",
            ),
            "session": SecurityScheme(
                type="apiKey",
                security_scheme_in="cookie",
                name="session",
                description=(
                    "The cookie that signing in gives (`__Host-session` over https)."
                    " What changes something is sent with the header `X-CSRF-Token`."
                ),
            ),
        }
    ),
    # Litestar wants a place for its own pages; ours is PATH.
    openapi_router=Router("/-/openapi", route_handlers=[], include_in_schema=False),
)

_PROBLEMS: Final = {
    "400": "The request is malformed; `errors` says where. Nothing was done.",
    "401": "Nobody is signed in, or the key is wrong, revoked or expired.",
    "403": "The key lacks the scope, or the person the role.",
    "404": "There is no such thing, or it is somebody else's.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
    "422": "The Idempotency-Key was used for another request. Nothing was done.",
    "429": "Too many requests; see `Retry-After`.",
    "503": "Too much is going on just now. Nothing was done: send the same request again.",
}

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["about:blank"]},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong, in your language."},
        "instance": {"type": "string", "format": "uri", "description": "The id of the request."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "Where in the body (RFC 6901)."},
                    "parameter": {"type": "string", "description": "Which parameter of the address."},
                    "header": {"type": "string", "description": "Which header."},
                },
            },
        },
    },
}

_KEY_PARAMETER: Final[dict[str, Any]] = {
    "name": KEY_HEADER,
    "in": "header",
    "description": "1 to 255 visible ASCII characters, bare or as a quoted string; new for each request you mean anew.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 512, "pattern": r"^[!-~]([ -~]*[!-~])?$"},
}


@get(PATH, include_in_schema=False, opt={"rate": None, "without_caller": True}, sync_to_thread=False)
def show_openapi(request: ApiRequest) -> Response[bytes]:
    """Give the description of the API."""
    state = request.app.state
    if "openapi" not in state:
        state["openapi"] = msgspec.json.encode(describe(request.app))
    return Response(state["openapi"], media_type="application/json", headers={"cache-control": "public, max-age=300"})


def describe(app: Litestar) -> dict[str, Any]:
    """Make the description of the API that *app* serves."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    handlers = {handler.operation_id: handler for handler in _handlers(app)}
    schemas = document["components"]["schemas"]
    schemas["Problem"] = _PROBLEM
    document["components"]["responses"] = {
        f"Problem{status}": {
            "description": text,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, text in _PROBLEMS.items()
    }
    _explain_statuses(schemas)
    examples = Examples(schemas)
    for path, item in document["paths"].items():
        for described in item.values():
            if isinstance(described, dict) and "operationId" in described:
                _describe(path, described, handlers[described["operationId"]], examples)
    return document


def _handlers(app: Litestar) -> Iterator[HTTPRouteHandler]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.resolve_include_in_schema() and handler.operation_id:
                    yield handler


def _describe(path: str, described: dict[str, Any], handler: HTTPRouteHandler, examples: Examples) -> None:
    opt = handler.opt
    described["security"] = _security(opt)
    text = " ".join(textwrap.dedent(described.get("description", "")).split("\n\n")[0].split())
    described["summary"] = re.split(r"(?<=[.!?])\s", text)[0].removesuffix(".") or described["operationId"]
    statuses = ["429", "503"]
    if not opt.get("is_public"):
        statuses += ["401", "403"]
    if "{" in path or described.get("parameters"):
        statuses += ["400", "404"]
    body = described.get("requestBody")
    if body:
        statuses += ["400", "413", "415"]
        body["required"] = True
        media = body["content"]["application/json"]
        media["example"] = examples.of(media["schema"], described["operationId"])
    if repeat := opt.get("repeat"):
        statuses.append("422")
        parameter = {**_KEY_PARAMETER, "required": repeat == "key_needed"}
        described["parameters"] = [*described.get("parameters", []), parameter]
    if opt.get("can_be_refused"):
        statuses += ["403", "422"]
    answer = described["responses"].get("200")
    if answer and (media := answer.get("content", {}).get("application/json")):
        media["example"] = examples.of(media["schema"], f"{described['operationId']}Answer")
    if answer:
        answer["description"] = "One result for each command, in order." if _is_batch(body) else "What was asked for."
    if answer and repeat:
        answer.setdefault("headers", {})["Idempotency-Replayed"] = {
            "description": "`true`, where this is the stored answer of an earlier request.",
            "schema": {"type": "string", "const": "true"},
        }
    for status in list(described["responses"]):
        if status.startswith("4"):
            del described["responses"][status]
    for status in sorted(set(statuses)):
        described["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    described["description"] = inspect.cleandoc(described.get("description", ""))


def _is_batch(body: dict[str, Any] | None) -> bool:
    return bool(body and body["content"]["application/json"]["schema"].get("type") == "array")


def _security(opt: dict[str, Any]) -> list[dict[str, list[str]]]:
    if opt.get("is_public"):
        return []
    session: dict[str, list[str]] = {"session": []}
    return [{"key": [opt["scope"]]}, session] if opt.get("scope") else [session]


# What statuses mean


def _explain_statuses(schemas: dict[str, Any]) -> None:
    """Write beside each enumeration what its values mean, as its class says."""
    meanings = enum_meanings()
    for name, schema in schemas.items():
        if "enum" not in schema:
            continue
        found = meanings.get(name.rpartition("_")[2]) or meanings.get(name)
        if found is None:
            continue
        about, values = found
        lines = [f"- `{value}`: {text}" if text else f"- `{value}`" for value, text in values.items()]
        schema["description"] = "\n".join([about, "", *lines])


@cache
def enum_meanings() -> dict[str, tuple[str, dict[str, str]]]:
    """Read what the enumerations of this program say of themselves: by name, what each is, and what its values mean."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for kind in _subclasses(Enum):
        if kind.__module__.startswith("weiji."):
            found[kind.__name__] = (inspect.getdoc(kind) or "", _meanings(kind))
    return found


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for each in type.__subclasses__(kind):
        yield each
        yield from _subclasses(each)


def _meanings(kind: type[Enum]) -> dict[str, str]:
    """Read the string under each member: Python forgets them, its source does not."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    meanings = {str(member.value): "" for member in kind}
    last: str | None = None
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            last = str(node.value.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and last in meanings:
            meanings[last] = " ".join(str(node.value.value).split())
            last = None
        else:
            last = None
    return meanings

"""The API's own description (OpenAPI 3.1): what Litestar knows of the routes, and what all of them have in common.

Security, the idempotency key, problems, examples and the meaning of statuses are added here, in one place, from what
`operation(…)` declared and what the code's docstrings say.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache
from threading import Lock
from typing import Any, Final

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from litestar.routes import HTTPRoute

from weiji import __version__
from weiji.web.api import KEY_HEADER, ApiRequest
from weiji.web.examples import Examples

PATH: Final = "/api/v1/openapi.json"

_MAKING: Final = Lock()
"""Who asks while the description is made waits for it."""

TAGS: Final = {
    "people": "Signing up, and who you are.",
    "sessions": "Signing in and out.",
    "addresses": "Your address book.",
    "allowances": "What API keys may spend of your money without your payment password.",
    "keys": "API keys, with which programs act for you.",
    "shops": "Shops.",
    "staff": "Who works in a shop, in which role.",
    "supervision": "Complaints, what the operator's staff look into, penalties and appeals.",
    "word-rules": "Words that can be said nowhere, or that somebody looks at first.",
    "conduct-rules": "What conduct of shops is too much, tried over the last ninety days before it takes effect.",
    "red-packets": "Money of a wallet that is given away in parts, and why that is fair.",
    "coupons": "What takes something off an order: campaigns of shops and of the platform, and who has claimed what.",
    "help": "How people reach somebody who answers for the operator.",
    "disputes": "What arbiters decide where buyer and shop do not agree.",
    "credit": "What shops are known for: their settled trades, points and grades.",
    "onboarding": "Who is behind a shop: what its owner sends in, and what reviewers say of it.",
    "storefronts": "The pages of shops: designs, drafts and versions.",
    "products": "What can be bought.",
    "categories": "What kinds of goods there are, and what is said of each kind.",
    "pictures": "Pictures of what shops sell.",
    "goods": "What shops sell, for those who sell it.",
    "porting": "Goods brought in from files, and everything taken out.",
    "stock": "What shops have.",
    "freight": "What shops charge for sending, by region.",
    "cart": "Your cart.",
    "orders": "Orders, from placing to settling.",
    "parcels": "Carriers and tracking numbers.",
    "invoices": "Invoices (发票): asked for by buyers, made out by shops, taken back when money goes back.",
    "fees": "What the platform takes of trades: rules by category and shop, previewed and announced.",
    "customers": "Buyers who agreed that a shop keeps how to reach them and writes to them.",
    "reviews": "What buyers say of what they bought, and shops of who bought.",
    "aftersale": "What is asked for about an order's lines: refunds, returns, exchanges, missing pieces.",
    "payments": "Payments, and your wallet.",
    "chargebacks": "What channels took back because payers dispute it (拒付), and what is said to that.",
    "court-orders": "What courts ordered about people's and shops' money. What is done about them goes by `approvals`.",
    "approvals": "Money moved by hand: proposed by one of the operator's staff, approved by another.",
    "periods": "Months of the books: what stands in the way of closing one, and what closed ones say, signed.",
    "deposits": "What shops put up for what they may come to owe, and what they owe.",
    "merchants": "Shops that speak the payment protocol: their numbers and keys, and what their servers were told.",
    "payment-complaints": "What people complain of who paid orders of merchants' programs, and what becomes of it.",
    "payouts": "Withdrawals, and the bank accounts they go to.",
    "settlement": "When shops are paid out by the clock, and statements of their months.",
    "events": "What happened, in order.",
    "sandboxes": "The sandbox that runs beside a live installation, for its merchants' programs to be tried in.",
    "sandbox": "The simulated acquirer and bank; not on live installations.",
    "platform": "For the operator's staff.",
}

DESCRIPTION: Final = """
Everything that weiji's pages can do. Amounts are integers in minor units (fen), times are RFC 3339 with a zone, ids are
UUIDs that you make: asking again with the same id is safe for ever.

**Batches.** An operation on many things takes an array of 1 to 100 commands and answers 200 with an array of results,
in order, as if they had come one after another. Whether one was done is told by its `status`.

**Ids know where they live.** The last six bits of an id are its shard. The id of an order has those of its shop, the id
of a payment those of its payer; a parcel's may be any, and where it has those of its order the parcel is followed.

**Keys.** An API key (`Authorization: Bearer wj_…`) acts for its person, within its scopes. It is remembered for half
a minute; a revoked key is forgotten by every process at once, and where that notice is lost, after that half minute.

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
    # Litestar wants a place for its own; ours is PATH. Its other pages would load scripts from other hosts.
    render_plugins=[JsonRenderPlugin()],
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
    "503": "Too much is going on just now, or the database is away. Send the same request again, with the same ids and"
    " `Idempotency-Key`: it is done once, whether it was done before or not.",
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
    "schema": {"type": "string", "minLength": 1, "maxLength": 512, "pattern": r"^[!-~]([ -~]*[!-~])?\Z"},
}


@get(PATH, include_in_schema=False, opt={"rate": None, "without_caller": True}, sync_to_thread=True)
def show_openapi(request: ApiRequest) -> Response[bytes]:
    """Give the description of the API. It is made when it is asked for first, in seconds in which others are served."""
    state = request.app.state
    with _MAKING:
        if "openapi" not in state:
            state["openapi"] = msgspec.json.encode(describe(request.app))
    return Response(state["openapi"], media_type="application/json", headers={"cache-control": "public, max-age=300"})


def describe(app: Litestar) -> dict[str, Any]:
    """Make the description of the API that *app* serves."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    document["paths"] = {path: item for path, item in document["paths"].items() if path.startswith("/api/")}
    handlers = {str(handler.operation_id): handler for handler in _handlers(app)}
    schemas = document["components"]["schemas"]
    told = _write_schemas(schemas, handlers)
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
                handler = handlers[described["operationId"]]
                _describe(path, described, handler, told[described["operationId"]], examples)
    return _tidy(document)


def _tidy(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out the schemas that nothing refers to, and name the others without punctuation."""
    schemas = document["components"]["schemas"]
    used: set[str] = set()
    left = _references(document["paths"]) | _references(document["components"]["responses"])
    while left:
        name = left.pop()
        used.add(name)
        left |= _references(schemas[name]) - used
    names = {name: _plain_name(name) for name in used}
    assert len(set(names.values())) == len(names), f"two schemas have one name: {sorted(names.values())}"
    document["components"]["schemas"] = {names[name]: schemas[name] for name in sorted(used)}
    renamed: dict[str, Any] = _rename(document, names)
    return renamed


def _references(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        own = {tree["$ref"].removeprefix(_SCHEMAS)} if str(tree.get("$ref", "")).startswith(_SCHEMAS) else set()
        return own.union(*map(_references, tree.values()))
    return set().union(*map(_references, tree)) if isinstance(tree, list) else set()


def _rename(tree: Any, names: Mapping[str, str]) -> Any:
    """Name schemas anew wherever they are spoken of: in references, and in what tells apart which one is meant.

    Patterns become those of JSON Schema (ECMA 262), which has no `\\Z`: there `$` is the very end.
    """
    if isinstance(tree, dict):
        return {
            key: value.replace(r"\Z", "$") if key == "pattern" and isinstance(value, str) else _rename(value, names)
            for key, value in tree.items()
        }
    if isinstance(tree, list):
        return [_rename(item, names) for item in tree]
    is_reference = isinstance(tree, str) and tree.startswith(_SCHEMAS)
    return _SCHEMAS + names[tree.removeprefix(_SCHEMAS)] if is_reference else tree


def _plain_name(name: str) -> str:
    """`Page_Order_` → `PageOfOrder`; `weiji.identity.model.Address` → `IdentityAddress`."""
    if generic := re.fullmatch(r"([A-Za-z]+)_(.*)_", name):
        return f"{generic[1]}Of{_plain_name(generic[2])}"
    parts = name.split(".")
    return parts[1].capitalize() + parts[-1] if len(parts) > 1 else name


_SCHEMAS: Final = "#/components/schemas/"

Told = tuple[dict[str, Any] | None, dict[str, Any]]
"""The schemas of an operation's body, if it has one, and of its answer."""


def _write_schemas(schemas: dict[str, Any], handlers: Mapping[str, HTTPRouteHandler]) -> dict[str, Told]:
    """Write the schemas of bodies and answers as msgspec, which reads and writes them, has them.

    Litestar's own lose the bounds of what may be null, and of tuples.
    """
    types: list[Any] = []
    for handler in handlers.values():
        field = handler.parsed_data_field
        types += [field.raw if field else None, _answer_of(handler)]
    found, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schemas.update(components)
    for schema in components.values():
        schema.pop("title", None)
        for name, field in schema.get("properties", {}).items():
            if name == "at" or name.endswith(("_at", "_until", "respond_by")):
                _say_time(field)
    pairs = zip(found[::2], found[1::2], strict=True)
    return {
        id: (body if handler.parsed_data_field else None, answer)
        for (id, handler), (body, answer) in zip(handlers.items(), pairs, strict=True)
    }


def _say_time(field: dict[str, Any]) -> None:
    """Say that a text is a time: msgspec says so only of times that must have a zone, and ours all do."""
    for each in field.get("anyOf", [field]):
        if each.get("type") == "string":
            each["format"] = "date-time"


def _answer_of(handler: HTTPRouteHandler) -> Any:
    returned = handler.parsed_fn_signature.return_type
    return returned.inner_types[0].raw if returned.is_subclass_of(Response) else returned.raw


def _handlers(app: Litestar) -> Iterator[HTTPRouteHandler]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.resolve_include_in_schema() and handler.operation_id:
                    yield handler


def _describe(path: str, described: dict[str, Any], handler: HTTPRouteHandler, told: Told, examples: Examples) -> None:
    opt = handler.opt
    asked, answered = told
    described["security"] = _security(opt)
    text = " ".join(textwrap.dedent(described.get("description", "")).split("\n\n")[0].split())
    described["summary"] = re.split(r"(?<=[.!?])\s", text)[0].removesuffix(".") or described["operationId"]
    statuses = ["429", "503"]
    if not opt.get("is_public"):
        statuses += ["401", "403"]
    if "{" in path or described.get("parameters"):
        statuses += ["400", "404"]
    if opt.get("finds"):  # What is looked for is named in the body.
        statuses.append("404")
    body = described.get("requestBody")
    if body:
        statuses += ["400", "413", "415"]
        body["required"] = True
        assert asked is not None, f"{path} has a body that nobody reads"
        body["content"] = {"application/json": {"schema": asked, "example": examples.of(asked)}}
    if repeat := opt.get("repeat"):
        statuses.append("422")
        parameter = {**_KEY_PARAMETER, "required": repeat == "key_needed"}
        described["parameters"] = [*described.get("parameters", []), parameter]
    answer: dict[str, Any] = {
        "description": "One result for each command, in order." if _is_batch(asked) else "What was asked for.",
        "content": {"application/json": {"schema": answered, "example": examples.of(answered)}},
    }
    if repeat:
        answer["headers"] = {
            "Idempotency-Replayed": {
                "description": "`true`, where this is the stored answer of an earlier request.",
                "schema": {"type": "string", "const": "true"},
            }
        }
    problems = {status: {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(set(statuses))}
    described["responses"] = {"200": answer, **problems}
    described["description"] = inspect.cleandoc(described.get("description", ""))


def _is_batch(asked: dict[str, Any] | None) -> bool:
    return asked is not None and asked.get("type") == "array"


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
        named = meanings.get(name.rpartition("_")[2]) or meanings.get(name) or []
        # Several may have this name: that of this schema has its values.
        found = next((each for each in named if each[1].keys() == set(schema["enum"])), None)
        if found is None:
            continue
        about, values = found
        lines = [f"- `{value}`: {text}" if text else f"- `{value}`" for value, text in values.items()]
        schema["description"] = "\n".join([about, "", *lines])
        schema["enum"] = [*values]


@cache
def enum_meanings() -> dict[str, list[tuple[str, dict[str, str]]]]:
    """Read what the enumerations of this program say of themselves: by name, what each is, and what its values mean."""
    found: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for kind in _subclasses(Enum):
        if kind.__module__.startswith("weiji."):
            found.setdefault(kind.__name__, []).append((inspect.getdoc(kind) or "", _meanings(kind)))
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

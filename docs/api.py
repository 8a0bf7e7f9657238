"""Makes the reference of the JSON API from the API's own description (OpenAPI)."""

import json
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from weiji.app import make_app
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.installation import Installation
from weiji.program import Program
from weiji.settings import Settings
from weiji.web.edge import Edge
from weiji.web.openapi import describe

Schema = dict[str, Any]

NOTE: Final = "<!-- Made from the code by `make reference`. A test compares it. -->"
SHARED: Final = "objects"
"""The page of what several pages speak of."""

REF: Final = re.compile(r"#/components/schemas/([\w.]+)")
LINK: Final = re.compile(r"\[([\w.]+)\]\(object\)")
"""A link to an object, before it is known where that is."""

KEY: Final = "Idempotency-Key"
TYPES: Final = {"date-time": "time", "date": "day", "uuid": "id"}


def read_description() -> Schema:
    """Put a sandbox together, that is never run, and let it describe its API."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(new_id(), 2, timedelta(), True, datetime.now(UTC))
        settings = Settings(mode="sandbox", data=Path(folder))
        app = make_app(Program(settings, "", Database(cast("Any", None)), installation))
        assert isinstance(app, Edge)
        return describe(cast("Any", app.app))


def pages() -> dict[str, str]:
    """Give the pages: one for each tag, with what only it speaks of, and one for what several do."""
    description = read_description()
    told = {tag["name"]: list(operations(description, tag["name"])) for tag in description["tags"]}
    tags = [tag for tag in description["tags"] if told[tag["name"]]]
    home = homes(description, told)
    parts = {tag["name"]: [f"# {tag['name']}", NOTE, tag["description"], *told[tag["name"]]] for tag in tags}
    parts[SHARED] = [f"# {SHARED}", NOTE, "What the operations of several pages speak of."]
    for heading, of, show in (
        ("## Objects\nWhat is sent and answered. A field marked with ? may be left out.", "properties", object_of),
        ("## Words\nThe values of enumerations, in order of precedence where they are statuses.", "enum", word_of),
    ):
        for name, schema in sorted(description["components"]["schemas"].items()):
            if of in schema:
                page = parts[home[name]]
                page += [] if heading in page else [heading]
                page.append(f"### {name}\n{show(schema)}")
    index = [
        "# The JSON API",
        NOTE,
        f"The description itself (OpenAPI 3.1) is at `/api/v1/openapi.json`.\n\n{description['info']['description']}",
        "## Operations",
        *(
            f"**[{tag['name']}]({tag['name']}.md)** {tag['description']}\n\n"
            + ", ".join(f"[{name}]({tag['name']}.md#{name.lower()})" for name in named(told[tag["name"]]))
            for tag in tags
        ),
        f"What several of them speak of: [{SHARED}]({SHARED}.md).",
    ]
    written = {name: linked("\n\n".join(page), name, home) for name, page in {"index": index, **parts}.items()}
    return {f"{name}.md": f"{text}\n" for name, text in written.items()}


def named(told: list[str]) -> list[str]:
    """Name the operations that were shown."""
    return [one.removeprefix("### ").partition("\n")[0] for one in told]


def homes(description: Schema, told: dict[str, list[str]]) -> dict[str, str]:
    """Say on which page each object and enumeration is: that of the only tag that leads to it, else the shared one."""
    schemas = description["components"]["schemas"]
    leads = {name: set(REF.findall(json.dumps(schema))) for name, schema in schemas.items()}
    found: dict[str, set[str]] = {name: set() for name in schemas}
    for tag, operations_of in told.items():
        ahead = set(LINK.findall("\n".join(operations_of)))
        while ahead:
            name = ahead.pop()
            if tag not in found[name]:
                found[name].add(tag)
                ahead |= leads[name]
    return {name: next(iter(tags)) if len(tags) == 1 else SHARED for name, tags in found.items()}


def linked(text: str, page: str, home: dict[str, str]) -> str:
    """Lead links of a page to objects to where they are."""

    def lead(found: re.Match[str]) -> str:
        name = found[1]
        there = "" if home[name] == page else f"{home[name]}.md"
        return f"[{name}]({there}#{name.lower()})"

    return LINK.sub(lead, text)


def object_of(schema: Schema) -> str:
    """Show an object."""
    return f"{schema.get('description', '')}\n\n{fields(schema)}"


def word_of(schema: Schema) -> str:
    """Show an enumeration."""
    return schema.get("description") or values(schema)


def operations(description: Schema, tag: str) -> Iterator[str]:
    """Give the operations of one tag."""
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and tag in operation.get("tags", ()):
                yield show(method.upper(), path, operation)


def show(method: str, path: str, operation: Schema) -> str:
    """Show one operation."""
    parameters = operation.get("parameters", [])
    keys = [parameter for parameter in parameters if parameter["name"] == KEY]
    told = [f"`{method} {path}`", who(operation["security"])]
    told += [f"{KEY} {'needed' if key.get('required') else 'taken'}" for key in keys]
    parts = [f"### {operation['operationId']}\n{' · '.join(told)}", operation["description"]]
    rows = [
        f"| `{p['name']}`{'' if p.get('required') else '?'} | {kind(p['schema'])} | {p.get('description', '')} |"
        for p in parameters
        if p not in keys
    ]
    if rows:
        parts.append("\n".join(["| parameter | type | |", "| --- | --- | --- |", *rows]))
    body = operation.get("requestBody")
    if body:
        parts.append(media("Body", body["content"]["application/json"]))
    parts.append(media("Answer", operation["responses"]["200"]["content"]["application/json"]))
    return "\n\n".join(parts)


def who(security: list[dict[str, list[str]]]) -> str:
    """Say who may ask."""
    scopes = [scope for way in security for scope in way.get("key", ())]
    return f"scope `{scopes[0]}`" if scopes else "people only" if security else "everybody"


def media(name: str, said: Schema) -> str:
    """Show a body, with its example."""
    return f"{name}: {kind(said['schema'])}\n```json\n{json.dumps(said['example'], ensure_ascii=False)}\n```"


def fields(schema: Schema) -> str:
    """Show the fields of an object."""
    needed = schema.get("required", ())
    rows = [
        f"| `{name}`{'' if name in needed else '?'} | {kind(field)} | {said_of(field)} |"
        for name, field in schema["properties"].items()
    ]
    return "\n".join(["| field | type | |", "| --- | --- | --- |", *rows])


def said_of(field: Schema) -> str:
    """Say what is said of a field, and its default."""
    said = [field["description"]] if "description" in field else []
    if field.get("default") is not None:
        said.append(f"Default: `{json.dumps(field['default'], ensure_ascii=False)}`.")
    return " ".join(said).replace("\n", " ").replace("|", "\\|")


def kind(schema: Schema) -> str:
    """Name a type."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](object)"
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(kind(choice) for choice in schema[word])
    if "enum" in schema:
        return values(schema)
    if "const" in schema:
        return f"`{schema['const']}`"
    if "prefixItems" in schema:
        return f"array of {' and '.join(kind(item) for item in schema['prefixItems'])}"
    if schema.get("type") == "array":
        most = schema.get("maxItems")
        return f"array of {kind(schema.get('items', {}))}" + (f", at most {most}" if most else "")
    plain: str = schema.get("type", "anything")
    name = TYPES.get(schema.get("format", ""), plain)
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f"{name} {least:,}…{most:,}"
    return f"{name} from {least:,}" if least is not None else name


def values(schema: Schema) -> str:
    """List the values of an enumeration."""
    return ", ".join(f"`{value}`" for value in schema["enum"])

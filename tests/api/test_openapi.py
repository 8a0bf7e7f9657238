"""Proves that the API's description is whole, says the truth about itself, and gives examples that are right."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest

from tests.api.town import Town


async def _describe(town: Town) -> dict[str, Any]:
    response = await town.client.get("/api/v1/openapi.json")
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.json()
    return document


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "responses" in operation
    ]


async def test_every_operation_is_described(town: Town) -> None:
    document = await _describe(town)
    assert document["openapi"].startswith("3.1")
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in _operations(document):
        where = f"{method} {path}"
        assert operation["operationId"], where
        assert operation["description"], where
        assert operation["summary"], where
        assert set(operation["tags"]) <= tags, where
        assert operation["tags"], where
        assert "200" in operation["responses"], where
        assert "security" in operation, where
        assert "503" in operation["responses"], where
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(ids) == len(set(ids))


async def test_what_it_refers_to_is_there(town: Town) -> None:
    document = await _describe(town)
    named = {f"#/components/{kind}/{name}" for kind, its in document["components"].items() for name in its}
    assert set(re.findall(r'"(#/components/[^"]+)"', json.dumps(document))) - named == set()


async def test_every_operation_has_examples_that_its_schemas_take(town: Town) -> None:
    # What schemas name is read once, under a name of its own: as a part of each of them it took ten times as long.
    text = json.dumps(await _describe(town)).replace('"$ref": "#/', '"$ref": "weiji:api#/')
    document = json.loads(text)
    named = jsonschema_rs.Registry([("weiji:api", {"components": document["components"]})])
    for method, path, operation in _operations(document):
        medias = [operation["responses"]["200"].get("content", {}).get("application/json")]
        if "requestBody" in operation:
            medias.append(operation["requestBody"]["content"]["application/json"])
        for media in medias:
            assert media, f"{method} {path} answers no JSON"
            validator = jsonschema_rs.validator_for(media["schema"], validate_formats=True, registry=named)
            try:
                validator.validate(media["example"])
            except jsonschema_rs.ValidationError as error:
                pytest.fail(f"{method} {path}: {error}")


async def test_amounts_and_counts_are_bounded(town: Town) -> None:
    document = await _describe(town)
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith("Body"):
            continue
        for field, its in schema.get("properties", {}).items():
            for each in its.get("anyOf", [its]):
                if each.get("type") == "integer":
                    assert {"minimum", "maximum"} <= each.keys(), f"{name}.{field}"
                if each.get("type") == "array":
                    assert "maxItems" in each, f"{name}.{field}"
                if each.get("type") == "string" and "format" not in each and "enum" not in each:
                    assert "maxLength" in each, f"{name}.{field}"
    for _, path, operation in _operations(document):
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            if schema.get("type") == "array":
                assert (schema["minItems"], schema["maxItems"]) == (1, 100), path

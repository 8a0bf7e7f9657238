"""Proves that bad input gets a clear answer in the reader's language, changes nothing, and is never a fault of ours."""

import json
import re
from typing import Any

import pytest

from tests.api.town import Town
from weiji.kit.ids import new_id

ENGLISH = {"accept-language": "en"}

BROKEN: list[tuple[bytes, str]] = [
    (b"", ""),
    (b"[", ""),
    (b"{}", ""),
    (b"[]", ""),
    (b"null", ""),
    (b"\xff", ""),
    (b'[{"sku_id": "%s", "quantity": "1"}]', "/0/quantity"),
    (b'[{"sku_id": "%s", "quantity": 1.0}]', "/0/quantity"),
    (b'[{"sku_id": "%s", "quantity": 1e400}]', "/0/quantity"),
    (b'[{"sku_id": "%s", "quantity": 99999999999999999999}]', "/0/quantity"),
    (b'[{"sku_id": "%s", "quantity": -1}]', "/0/quantity"),
    (b'[{"sku_id": "%s", "quantity": NaN}]', ""),
    (b'[{"sku_id": "%s", "quantity": true}]', "/0/quantity"),
    (b'[{"sku_id": "%s", "quantity": null}]', "/0/quantity"),
    (b'[{"sku_id": "%s"}]', "/0/quantity"),
    (b'[{"sku_id": "x", "quantity": 1}]', "/0/sku_id"),
    (b'[{"sku_id": "%s", "quantity": 1, "price": 1}]', "/0/price"),
    (b'[{"sku_id": "%s", "quantity": 1, "quantity": 2}]', ""),
    (b'[{"sku_id": "%s", "quantity": 1}, 2]', "/1"),
    (b'[{"sku_id": "%s", "quantity": 1}] 2', ""),
    (b"[" * 100_000, "/0"),
    (b'[{"sku_id": "%s", "quantity": 1, "a/b~c": 1}]', "/0/a~1b~0c"),
]


@pytest.mark.parametrize(("body", "pointer"), BROKEN)
async def test_a_malformed_body_is_told_where_it_is_wrong(town: Town, body: bytes, pointer: str) -> None:
    sent = body.replace(b"%s", str(town.market.skus[0]).encode())
    details = []
    for headers in ({}, ENGLISH):
        response = await town.ask("POST", "/cart/put", by=town.buyer, content=sent, headers=headers)
        assert response.status_code == 400, response.text
        assert response.headers["content-type"] == "application/problem+json"
        (error,) = response.json()["errors"]
        if body:
            assert error["pointer"] == pointer
        details.append(response.json()["detail"] + error["detail"])
    assert re.search("[一-鿿]", details[0])
    assert not re.search("[一-鿿]", details[1]), details[1]
    assert (await town.ask("GET", "/cart", by=town.buyer)).json()["items"] == []


async def test_what_is_wrong_is_said_in_the_language_asked_for(town: Town) -> None:
    body = [{"sku_id": str(town.market.skus[0]), "quantity": 1_000}]
    path = "/cart/put"
    for language, words in (("zh-CN", "不能大于 999。"), ("en", "At most 999.")):
        ways: list[dict[str, Any]] = [{"params": {"lang": language}}, {"headers": {"accept-language": language}}]
        for asked in ways:
            response = await town.ask("POST", path, body, by=town.buyer, **asked)
            assert response.json()["errors"] == [{"pointer": "/0/quantity", "detail": words}]


async def test_every_kind_of_problem_speaks_the_language_asked_for(town: Town) -> None:
    """The people whose keys these are have set Chinese: what a program asks for goes before that."""
    reader = await town.make_key(town.buyer_id, scopes=("profile:read",))
    asked: list[tuple[str, str, dict[str, Any], int]] = [
        ("POST", "/cart/put", {"content": b"{"}, 400),
        ("POST", "/cart/put", {"content": b"[]", "headers": {"content-type": "text/plain"}}, 415),
        ("POST", "/orders/place", {"content": b"[]"}, 400),
        ("POST", "/orders/place", {"content": b"[]", "headers": {"idempotency-key": "\t"}}, 400),
        ("GET", "/orders?limit=0", {}, 400),
        ("GET", "/orders?after=x", {}, 400),
        ("GET", f"/orders/{new_id()}", {}, 404),
        ("GET", "/nothing", {}, 404),
        ("DELETE", "/orders", {}, 405),
    ]
    for method, path, given, status in asked:
        for key in (town.buyer, None, reader):
            headers = {**ENGLISH, **given.get("headers", {})}
            response = await town.ask(method, path, by=key, **{**given, "headers": headers})
            assert 400 <= response.status_code < 500, (path, response.text)
            if key == town.buyer:
                assert response.status_code == status, (path, response.text)
            assert not re.search("[一-鿿]", response.text), (method, path, response.text)


async def test_text_that_can_not_be_stored_is_refused(town: Town) -> None:
    for text in ("\\u0000", "\\ud800", "\\udfff\\ud800"):
        body = json.dumps([town.order(note="?")]).replace("?", text).encode()
        response = await town.ask("POST", "/orders/place", by=town.buyer, key="k", content=body)
        assert response.status_code == 400, (text, response.text)
    # A time that is of no year by another zone's clock, the database's: it was a fault of ours, for any that has one.
    holiday = {
        "shop_id": str(town.market.shop_id),
        "starts_at": "0001-01-01T00:00:00+08:00",
        "ends_at": "2100-01-01T00:00:00Z",
    }
    plain = json.dumps([holiday]).encode()
    escaped = plain.replace(b'"0001-', b'"\\u0030001-'), plain.replace(b"0001-01-", b"0001\\u002d01-")
    for number, body in enumerate((plain, *escaped)):
        response = await town.ask("POST", "/holidays/put", by=town.seller, key=f"h{number}", content=body)
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/0/starts_at"), response.text
    order = town.order(note='\\u0000 "is not a NUL"')
    assert (await town.do("/orders/place", order, by=town.buyer))[0]["status"] == "placed"


async def test_odd_text_is_kept_as_it_is(town: Town) -> None:
    for text in ("🫨👨‍👩‍👧", "مرحبا ‏", "\u202e", "%00", "' or 1=1 --", "{{7*7}}", "<script>"):
        id = await town.place(note=text)
        assert (await town.ask("GET", f"/orders/{id}", by=town.buyer)).json()["note"] == text


async def test_a_body_that_is_too_large_or_no_json_is_refused(town: Town) -> None:
    response = await town.ask("POST", "/cart/put", by=town.buyer, content=b"[" + b" " * 2**21 + b"]")
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
        response = await town.ask("POST", "/cart/put", by=town.buyer, content=b"[]", headers={"content-type": kind})
        assert response.status_code == 415, kind
    response = await town.ask(
        "POST", "/cart/put", by=town.buyer, content=b"[]", headers={"content-type": "application/json; charset=utf-8"}
    )
    assert response.status_code == 400


async def test_an_absurd_price_is_answered_clearly(town: Town) -> None:
    def item(price: Any) -> dict[str, Any]:
        return {"sku_id": str(town.market.skus[0]), "quantity": 1, "price": price}

    (result,) = await town.do("/orders/place", town.order(items=[item(10**15)]), by=town.buyer)
    assert result["status"] == "price_changed"
    for price in (2**53, -1, 10**30, "98.00", 98.5):
        response = await town.ask("POST", "/orders/place", [town.order(items=[item(price)])], by=town.buyer, key="k")
        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] == "/0/items/0/price"
    product = {
        "id": str(new_id(town.market.shop_id)),
        "shop_id": str(town.market.shop_id),
        "title": "金杯",
        "skus": [{"id": str(new_id(town.market.shop_id)), "price": 10**15}],
    }
    (saved,) = await town.do("/products/save", product, by=town.seller)
    assert saved["status"] == "price_out_of_range"


async def test_parameters_are_checked_and_named(town: Town) -> None:
    for query in (
        "limit=0",
        "limit=101",
        "limit=x",
        "after=",
        "after=x",
        "after=" + "A" * 300,
        "state=lost",
        "shop_id=1",
    ):
        response = await town.ask("GET", f"/orders?{query}", by=town.buyer)
        assert response.status_code == 400, (query, response.text)
        (error,) = response.json()["errors"]
        assert error["parameter"] == query.partition("=")[0]
    assert (await town.ask("GET", "/orders/x", by=town.buyer)).status_code == 404


async def test_what_is_not_there_is_not_there(town: Town) -> None:
    for path in ("/orders/" + str(new_id()), "/payments/" + str(new_id()), "/nothing", f"/goods?shop_id={new_id()}"):
        response = await town.ask("GET", path, by=town.buyer)
        assert response.status_code == 404, path
        assert response.headers["content-type"] == "application/problem+json"
    assert (await town.ask("DELETE", "/orders", by=town.buyer)).status_code == 405

"""Proves promise 1 of the money: what is asked twice is done once, and answered alike."""

import asyncio
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.api.town import Town, second_process
from weiji.kit.ids import new_id
from weiji.kit.sql import Statement
from weiji.web.bodies import canonical

KEYS_COUNT = Statement("test", "select count(*) from kit.idempotency_keys")
ORDERS_COUNT = Statement("test", "select count(*) from orders.orders")


async def _place(town: Town, key: str | None, *orders: dict[str, Any]) -> httpx.Response:
    return await town.ask("POST", "/orders/place", list(orders), by=town.buyer, key=key)


async def _count(town: Town, statement: Statement) -> int:
    async with town.database.read() as reader:
        count: int = await reader.value(statement)
    return count


async def _shop_in_lane(town: Town, lane: int) -> UUID:
    shop_id = new_id()
    while town.program.lanes.of(shop_id) != lane:
        shop_id = new_id()
    return shop_id


async def test_the_same_request_is_answered_with_the_stored_answer(town: Town) -> None:
    order = town.order()
    first = await _place(town, "k-1", order, order)
    again = await _place(town, "k-1", order, order)
    assert [result["status"] for result in first.json()] == ["placed", "exists"]
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    # Without the key, or with another, the order's own id tells.
    assert [result["status"] for result in (await _place(town, "k-2", order)).json()] == ["exists"]


async def test_the_order_of_names_and_spaces_make_no_other_request(town: Town) -> None:
    order = town.order()
    assert (await _place(town, "k", order)).status_code == 200
    turned = dict(reversed(order.items()))
    assert (await _place(town, "k", turned)).headers["idempotency-replayed"] == "true"


async def test_a_key_that_was_used_for_another_request_is_refused(town: Town) -> None:
    order = town.order()
    assert (await _place(town, "k", order)).status_code == 200
    before = await _count(town, ORDERS_COUNT)
    elsewhere = town.order(shop_id=str(await _shop_in_lane(town, 1 - town.program.lanes.of(town.market.shop_id))))
    elsewhere["id"] = str(new_id(UUID(elsewhere["shop_id"])))
    for other in ({**order, "note": "!"}, town.order(), elsewhere):
        refused = await _place(town, "k", other)
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
    assert (await _place(town, "k", order, town.order())).status_code == 422
    assert await _count(town, ORDERS_COUNT) == before


async def test_a_key_is_its_callers_and_its_routes(town: Town) -> None:
    order = town.order()
    assert (await _place(town, "k", order)).status_code == 200
    closing = [{"order_id": order["id"]}]
    assert (await town.ask("POST", "/orders/close", closing, by=town.buyer, key="k")).json() == [{"status": "done"}]
    another = await town.ask("POST", "/orders/place", [order], by=town.seller, key="k")
    assert another.status_code == 200
    assert "idempotency-replayed" not in another.headers


async def test_what_moves_money_or_goods_needs_a_key(town: Town) -> None:
    refused = await _place(town, None, town.order())
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["header"] == "Idempotency-Key"
    # Elsewhere it may be left out.
    put = [{"sku_id": str(town.market.skus[0]), "quantity": 1}]
    assert (await town.ask("POST", "/cart/put", put, by=town.buyer)).status_code == 200
    assert (await town.ask("POST", "/cart/put", put, by=town.buyer, key="k")).status_code == 200
    again = await town.ask("POST", "/cart/put", put, by=town.buyer, key="k")
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    "key", ["a", "x" * 255, '"quoted"', r'"a\"b\\c"', "!~", "01934f70-55a0-7b42-a1c9-3d2e1f0a9b87"]
)
async def test_keys_are_visible_ascii_quoted_or_bare(town: Town, key: str) -> None:
    order = town.order()
    assert (await _place(town, key, order)).status_code == 200
    assert (await _place(town, key, order)).headers["idempotency-replayed"] == "true"


async def test_a_quoted_key_is_the_bare_one(town: Town) -> None:
    order = town.order()
    assert (await _place(town, "k-3", order)).status_code == 200
    assert (await _place(town, '"k-3"', order)).headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", '"two words"', '""', "\x7f", "clé"])
async def test_what_is_no_key_is_refused(town: Town, key: str) -> None:
    headers = {"idempotency-key": key.encode("latin-1")}
    refused = await town.ask("POST", "/orders/place", [town.order()], by=town.buyer, headers=headers)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["header"] == "Idempotency-Key"


async def test_a_refusal_is_kept_and_a_malformed_request_is_not(town: Town) -> None:
    shop_id, sku_id = str(town.market.shop_id), str(town.market.skus[0])
    (stock,) = await town.do("/stock/set", {"sku_id": sku_id, "shop_id": shop_id, "on_hand": 10}, by=town.seller)
    assert stock["status"] == "set"
    dear = town.order(quantity=9)
    sold_out = await _place(town, "k", dear, town.order(quantity=9))
    assert [result["status"] for result in sold_out.json()] == ["placed", "sold_out"]
    kept = await _count(town, KEYS_COUNT)
    assert (await _place(town, "m", {**town.order(), "note": 1})).status_code == 400
    assert await _count(town, KEYS_COUNT) == kept
    assert (await _place(town, "m", town.order(quantity=1))).status_code == 200
    first = town.order(quantity=2)
    refused = await _place(town, "r", first)
    assert refused.json()[0]["status"] == "sold_out"
    closed = await town.do("/orders/close", {"order_id": dear["id"]}, by=town.buyer)
    assert closed == [{"status": "done"}]
    # There is stock again, and still the key answers as it did.
    replayed = await _place(town, "r", first)
    assert (replayed.content, replayed.headers["idempotency-replayed"]) == (refused.content, "true")
    assert (await _place(town, "r-2", first)).json()[0]["status"] == "placed"


async def test_many_at_the_same_time_with_one_key_do_it_once(town: Town) -> None:
    order = town.order()
    answers = await asyncio.gather(*(_place(town, "k", order) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].json()[0]["status"] == "placed"
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await _count(town, ORDERS_COUNT) == 1


async def test_many_at_the_same_time_with_one_key_and_other_bodies_do_one_of_them(town: Town) -> None:
    orders = [town.order() for _ in range(20)]
    answers = await asyncio.gather(*(_place(town, "k", order) for order in orders))
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 19
    assert await _count(town, ORDERS_COUNT) == 1


async def test_two_processes_with_one_key_do_it_once(town: Town) -> None:
    async with second_process(town) as twin:
        for other in (False, True):
            orders = [town.order() for _ in range(10)]
            answers = await asyncio.gather(
                *(
                    _place(each, f"k-{other}-{n}", town.order() if other else order)
                    for n, order in enumerate(orders)
                    for each in (town, twin)
                )
            )
            for pair in zip(answers[::2], answers[1::2], strict=True):
                statuses = sorted(answer.status_code for answer in pair)
                if other:
                    assert statuses == [200, 422]
                else:
                    assert statuses == [200, 200]
                    assert pair[0].content == pair[1].content
        assert await _count(town, ORDERS_COUNT) == 20


async def test_a_request_over_all_lanes_is_one_request(town: Town) -> None:
    lanes = town.program.lanes.count
    orders = []
    for lane in range(lanes):
        order = town.order(shop_id=str(await _shop_in_lane(town, lane)))
        orders.append({**order, "id": str(new_id(UUID(order["shop_id"])))})
    orders.append(town.order())
    first = await _place(town, "k", *orders)
    again = await _place(town, "k", *orders)
    statuses = [result["status"] for result in first.json()]
    assert statuses == ["sku_not_found"] * lanes + ["placed"]
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    for alone in orders:
        assert (await _place(town, "k", alone)).status_code == 422


async def test_a_payment_is_made_once_and_its_password_is_nowhere(town: Town) -> None:
    order_id = await town.place()
    body = [
        {
            "order_id": order_id,
            "payment_id": str(new_id(town.buyer_id)),
            "payment_password": "592817",
        }
    ]
    first = await town.ask("POST", "/orders/pay", body, by=town.buyer, key="k")
    assert first.json()[0]["status"] == "payment_password_not_set"
    again = await town.ask("POST", "/orders/pay", body, by=town.buyer, key="k")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    # The hash that is kept can't be tried against all passwords by who has only the database.
    told = b"\n".join([b"POST /api/v1/orders/pay", b"/api/v1/orders/pay", canonical(body)])
    async with town.database.read() as reader:
        kept = await reader.value(Statement("test", "select body_hash from kit.idempotency_keys where key = 'k'"))
    assert kept != sha256(told).digest()

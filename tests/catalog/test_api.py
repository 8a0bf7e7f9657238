"""Proves that the APIs of shops, products and stock do what the operations do, for those alone who may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from litestar import Litestar
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from tests.identity.people import make_people
from weiji.catalog.api import ROUTES as CATALOG
from weiji.inventory.api import ROUTES as INVENTORY
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.live import Live
from weiji.settings import Settings
from weiji.shops.api import ROUTES as SHOPS
from weiji.web import Caller, Edge, WebFrame, set_caller
from weiji.web.requests import Backend, WebRequest

SCOPES = ("shops:read", "shops:write", "goods:read", "goods:write", "stock:read", "stock:write")


class Client(ASGIMiddleware):
    """Asks as one person, with a key that has every scope, and works for the shops in `shop_ids`."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        self.shop_ids: list[UUID] = []
        self.http: httpx.AsyncClient

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Set the caller, as the identity module does."""
        roles = tuple((str(id), "owner") for id in self.shop_ids)
        set_caller(scope, Caller(person_id=self.person_id, roles=roles, scopes=SCOPES))
        await next_app(scope, receive, send)

    async def get(self, path: str, **query: Any) -> Any:
        response = await self.http.get(f"/api/v1{path}", params=query)
        return response.json() if response.status_code == 200 else response.status_code

    async def post(self, path: str, *bodies: dict[str, Any], **headers: str) -> Any:
        response = await self.http.post(f"/api/v1{path}", json=list(bodies), headers=headers)
        return response.json() if response.status_code == 200 else response.status_code


@asynccontextmanager
async def serve(database: Database, lanes: Lanes) -> AsyncIterator[Client]:
    """Serve the APIs to somebody new."""
    async with database.transaction() as tx:
        (person_id,) = await make_people(tx, 1)
    client = Client(person_id)
    batchers = Batchers(database, lanes)
    app = Litestar(
        [*SHOPS, *CATALOG, *INVENTORY],
        middleware=[client],
        request_class=WebRequest,
        plugins=[WebFrame(limit=None)],
        state=State({"backend": Backend(database, batchers, lanes, Live(""), Settings())}, deep_copy=False),
        openapi_config=None,
    )
    transport = httpx.ASGITransport(Edge(app))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://weiji.test") as http:
        client.http = http
        yield client
    await batchers.close()


def _product(shop_id: UUID, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(new_id(shop_id)),
        "shop_id": str(shop_id),
        "title": "青瓷杯",
        "options": [{"name": "颜色", "values": ["青", "白"]}],
        "skus": [
            {"id": str(new_id(shop_id)), "choices": ["青"], "price": 3800},
            {"id": str(new_id(shop_id)), "choices": ["白"], "price": 4200},
        ],
        "extra": {"Cost per item": "20"},
    } | changes


async def _open(client: Client, handle: str) -> UUID:
    shop_id = new_id()
    body = {"id": str(shop_id), "handle": handle, "name": "青瓷小铺"}
    assert await client.post("/shops/open", body) == [{"status": "created"}]
    client.shop_ids.append(shop_id)
    return shop_id


async def test_goods_are_listed_from_an_open_shop_to_a_buyers_eye(database: Database, lanes: Lanes) -> None:
    async with serve(database, lanes) as client:
        shop_id = await _open(client, "qingci")
        assert [shop["handle"] for shop in (await client.get("/shops"))["items"]] == ["qingci"]
        body = _product(shop_id)
        assert await client.post("/products/save", body, body) == [
            {"status": "created", "version": 1, "refusals": []},
            {"status": "exists", "version": 1, "refusals": []},
        ]
        assert await client.get(f"/products/{body['id']}") == 404
        whole = await client.get(f"/goods/{body['id']}")
        assert (whole["state"], whole["extra"]) == ("draft", {"Cost per item": "20"})
        named = {"product_id": body["id"], "shop_id": str(shop_id)}
        assert await client.post("/products/list", named) == [{"status": "listed"}]
        set_body = {"sku_id": body["skus"][0]["id"], "shop_id": str(shop_id), "on_hand": 7}
        assert await client.post("/stock/set", set_body, set_body) == [{"status": "set"}] * 2
        assert await client.post("/stock/set", set_body, set_body | {"on_hand": -1}) == 400
        client.shop_ids = []
        seen = await client.get(f"/products/{body['id']}")
        assert [(sku["price"], sku["available"]) for sku in seen["skus"]] == [(3800, 7), (4200, 0)]
        assert seen["terms"] == {"no_reason_days": 7, "aftersale_days": None}
        assert not {"extra", "on_hand", "held"} & (seen.keys() | seen["skus"][0].keys())
        for query in ({}, {"shop_id": str(shop_id)}, {"order": "best_sold"}):
            cards = await client.get("/products", **query)
            assert [card["id"] for card in cards["items"]] == [body["id"]]
        client.shop_ids = [shop_id]
        assert await client.post("/products/withdraw", named) == [{"status": "withdrawn"}]
        gone = await client.get(f"/products/{body['id']}")
        assert (gone["state"], gone["is_sold_out"]) == ("withdrawn", False)


async def test_a_list_goes_on_from_its_cursor(database: Database, lanes: Lanes) -> None:
    async with serve(database, lanes) as client:
        shop_id = await _open(client, "qingci")
        await client.post("/products/save", *(_product(shop_id, state="listed") for _ in range(5)))
        for path in ("/products", "/goods"):
            seen, after = [], {}
            while after is not None:
                page = await client.get(path, shop_id=str(shop_id), limit=2, **after)
                seen += [row["id"] for row in page["items"]]
                after = {"after": page["next"]} if page["next"] else None
            assert len(seen) == len(set(seen)) == 5


async def test_other_peoples_shops_are_not_there(database: Database, lanes: Lanes) -> None:
    async with serve(database, lanes) as owner:
        shop_id = await _open(owner, "qingci")
        body = _product(shop_id, state="listed")
        await owner.post("/products/save", body)
    async with serve(database, lanes) as other:
        own_id = await _open(other, "mine")
        named = {"product_id": body["id"], "shop_id": str(shop_id)}
        assert await other.post("/shops/update", {"shop_id": str(shop_id), "name": "我的"}) == [
            {"status": "shop_not_found"}
        ]
        assert await other.post("/products/save", body | {"title": "我的"}, _product(own_id)) == [
            {"status": "shop_not_found", "version": 0, "refusals": []},
            {"status": "created", "version": 1, "refusals": []},
        ]
        for path in ("/products/list", "/products/withdraw"):
            assert (
                await other.post(path, named, named | {"shop_id": str(own_id)}) == [{"status": "product_not_found"}] * 2
            )
        set_body = {"sku_id": body["skus"][0]["id"], "shop_id": str(shop_id), "on_hand": 7}
        assert (
            await other.post("/stock/set", set_body, set_body | {"shop_id": str(own_id)})
            == [{"status": "sku_not_found"}] * 2
        )
        assert (await other.get("/stock", sku_id=body["skus"][0]["id"]))["items"] == []
        assert await other.get("/goods", shop_id=str(shop_id)) == 404
        assert await other.get(f"/goods/{body['id']}") == 404
        assert (await other.get(f"/products/{body['id']}"))["title"] == "青瓷杯"


async def test_a_repeated_request_gets_the_first_answer(database: Database, lanes: Lanes) -> None:
    async with serve(database, lanes) as client:
        shop_id = await _open(client, "qingci")
        key = {"idempotency-key": "one"}
        bodies = [_product(shop_id), _product(new_id())]
        first = await client.post("/products/save", *bodies, **key)
        assert [result["status"] for result in first] == ["created", "shop_not_found"]
        assert await client.post("/products/save", *bodies, **key) == first
        assert await client.post("/products/save", bodies[0], **key) == 422


async def test_a_shop_is_changed_by_who_works_for_it(database: Database, lanes: Lanes) -> None:
    async with serve(database, lanes) as client:
        shop_id = await _open(client, "qingci")
        assert await client.post("/shops/update", {"shop_id": str(shop_id), "status": "closed"}) == [
            {"status": "updated"}
        ]
        assert (await client.get(f"/shops/{shop_id}"))["status"] == "closed"
        assert await client.get(f"/shops/{new_id()}") == 404
        assert await client.get("/products", shop_id=str(new_id())) == 404


async def test_malformed_requests_are_refused_whole(database: Database, lanes: Lanes) -> None:
    async with serve(database, lanes) as client:
        shop_id = await _open(client, "qingci")
        body = _product(shop_id)
        assert await client.post("/products/save") == 400
        assert await client.post("/products/save", *[body] * 101) == 400
        assert await client.post("/products/save", body | {"price": 1}) == 400
        assert await client.post("/products/save", body | {"title": 1}) == 400
        assert await client.get("/stock") == 400
        assert await client.get("/products", limit=101) == 400
        assert await client.get("/goods", shop_id="nobody") == 400
        assert await client.get(f"/goods/{body['id']}") == 404
        huge = body | {"skus": [body["skus"][0] | {"price": 10**15}, body["skus"][1]]}
        assert await client.post("/products/save", huge) == [
            {"status": "price_out_of_range", "version": 0, "refusals": []}
        ]

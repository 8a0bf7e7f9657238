"""Proves that categories and prices can be changed by the API, by whoever may, and read by everybody."""

from typing import Any

from tests.api.town import Town
from weiji.kit.ids import new_id


async def test_the_operator_saves_categories_and_everybody_reads_them(town: Town) -> None:
    operator = await town.make_operator()
    id = str(new_id())
    attributes = [{"key": "kiln", "name": "窑口", "kind": "choice", "choices": ["龙泉", "景德镇"], "is_required": True}]
    body = [{"id": id, "name": "瓷器", "name_en": "Porcelain", "attributes": attributes}]
    assert (await town.ask("POST", "/categories/save", body, by=town.seller, key="c")).status_code == 403
    saved = await town.ask("POST", "/categories/save", body, by=operator, key="c")
    assert saved.json() == [{"status": "created"}]
    items = (await town.ask("GET", "/categories")).json()["items"]
    assert next(each for each in items if each["id"] == id)["attributes"][0]["choices"] == ["龙泉", "景德镇"]
    empty = (await town.ask("GET", f"/categories/{id}/products")).json()
    assert empty == {"items": [], "next": None}
    assert (await town.ask("GET", f"/categories/{new_id()}/products")).status_code == 404


async def test_a_shop_changes_its_prices_and_nobody_elses(town: Town) -> None:
    shop_id = str(town.market.shop_id)
    goods: dict[str, Any] = (await town.ask("GET", f"/goods?shop_id={shop_id}", by=town.seller)).json()
    product_id = goods["items"][0]["id"]
    sku = (await town.ask("GET", f"/goods/{product_id}", by=town.seller)).json()["skus"][0]
    cut = sku["price"] - 100
    body = {
        "sku_id": sku["id"],
        "product_id": product_id,
        "shop_id": shop_id,
        "price_before": sku["price"],
        "price": cut,
        "compare_at": sku["price"],
    }
    assert await town.do("/prices/change", body, by=town.buyer) == [{"status": "sku_not_found"}]
    late = {**body, "price": 1}
    assert await town.do("/prices/change", body, late, by=town.seller) == [
        {"status": "changed"},
        {"status": "price_moved"},
    ]
    shown = (await town.ask("GET", f"/products/{product_id}")).json()["skus"]
    found = next(each for each in shown if each["id"] == sku["id"])
    assert (found["price"], found["compare_at"], found["lowest"]) == (cut, sku["price"], sku["price"])

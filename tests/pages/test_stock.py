"""Proves of the desk's pages about stock and warehouses: they take three statements at most, set what was typed and
nothing else, say what is wrong where it is wrong, tell who changed what, and let a parcel leave where it should."""

import re
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from tests.orders.market import ADDRESS
from tests.pages.site import PRICES, Browser, Site
from weiji import payments
from weiji.events import Actor
from weiji.inventory import MoveKind, StockMove, get_stock, get_warehouses, move_stock
from weiji.kit.ids import new_id
from weiji.orders import OrderItem, PlaceOrder, get_order, place_orders
from weiji.payments import BALANCE, CreatePayment


@pytest.fixture
async def desk(site: Site) -> AsyncIterator[Browser]:
    """The seller at the desk."""
    async with site.browser(_seller(site)) as browser:
        yield browser


def _seller(site: Site) -> str:
    return f"s{site.seller_id.hex[-8:]}"


async def _add_warehouse(site: Site, desk: Browser, name: str = "华南仓") -> UUID:
    here = f"/merchant/{site.shop_id}/warehouses"
    await desk.visit(f"{here}/new")
    (action,) = [link for link in desk.links if link.startswith(f"{here}/") and "new" not in link]
    await desk.send(action, name=name, province="440000", city="440300", district="440305", priority="2", is_open="1")
    assert desk.path == here
    return UUID(action.rpartition("/")[2])


async def _on_hand(site: Site, sku: int = 0) -> dict[UUID, int]:
    async with site.program.database.read() as reader:
        (found,) = await get_stock(reader, [site.skus[sku]])
    assert found
    return {id: shelf.on_hand for id, shelf in found.lies().items()}


async def test_no_page_takes_over_three_statements(site: Site, desk: Browser) -> None:
    warehouse = await _add_warehouse(site, desk)
    here = f"/merchant/{site.shop_id}"
    await desk.visit(f"{here}/stock?warehouse={warehouse}")
    await desk.send("/stock", **{f"on_hand_{site.skus[0]}": "7"})
    for path in (
        "/stock",
        "/stock?tab=low",
        "/stock/notices",
        f"/goods/{site.product_id}/prices",
        "/stock/changes",
        f"/stock/{site.skus[0]}",
        "/warehouses",
        "/warehouses/new",
        f"/warehouses/{warehouse}",
    ):
        await desk.visit(f"{here}{path}")
        assert desk.status == 200, path
        assert desk.statements <= 3, path


async def test_strangers_find_nothing(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        for path in (
            "/stock",
            "/stock/notices",
            "/stock/changes",
            f"/stock/{site.skus[0]}",
            "/warehouses",
            "/warehouses/new",
        ):
            await browser.visit(f"/merchant/{site.shop_id}{path}")
            assert browser.status == 404, path


async def test_a_number_that_was_typed_is_set_and_others_are_not_touched(site: Site, desk: Browser) -> None:
    before = await _on_hand(site, 1)
    await desk.visit(f"/merchant/{site.shop_id}/stock")
    await desk.send("/stock", **{f"on_hand_{site.skus[0]}": "41"})
    assert await _on_hand(site) == {site.shop_id: 41}
    assert await _on_hand(site, 1) == before
    await desk.visit(f"/merchant/{site.shop_id}/stock/changes")
    assert "改库存" in desk.text
    assert "老周" in desk.text


async def test_a_number_that_moved_meanwhile_is_not_overwritten(site: Site, desk: Browser) -> None:
    await desk.visit(f"/merchant/{site.shop_id}/stock")
    async with site.browser(_seller(site)) as other:
        await other.visit(f"/merchant/{site.shop_id}/stock")
        await other.send("/stock", **{f"on_hand_{site.skus[0]}": "33"})
    await desk.send("/stock", **{f"on_hand_{site.skus[0]}": "55"})
    assert desk.status == 422
    assert "刚才有变动" in desk.text
    assert await _on_hand(site) == {site.shop_id: 33}


async def test_what_is_promised_cannot_be_taken_away(site: Site, desk: Browser) -> None:
    hold = StockMove(order_id=new_id(site.shop_id), kind=MoveKind.HOLD, lines=((site.skus[0], 3),))
    async with site.program.database.transaction() as tx:
        await move_stock(tx, [hold])
    await desk.visit(f"/merchant/{site.shop_id}/stock")
    for typed in ("2", "x", "-1", ""):
        await desk.send("/stock", **{f"on_hand_{site.skus[0]}": typed})
        assert desk.status == 422
        assert "比答应给订单的还少" in desk.text or "要在 0 到十亿之间" in desk.text


async def test_a_correction_says_why_and_is_done_once(site: Site, desk: Browser) -> None:
    (before,) = (await _on_hand(site)).values()
    await desk.visit(f"/merchant/{site.shop_id}/stock/{site.skus[0]}")
    page = desk.page
    await desk.send("/correction", reason="damaged", way="fewer", units="2", note="摔了")
    assert await _on_hand(site) == {site.shop_id: before - 2}
    assert "损坏" in desk.text
    assert "摔了" in desk.text
    desk.page = page  # The same form once more.
    await desk.send("/correction", reason="damaged", way="fewer", units="2", note="摔了")
    assert await _on_hand(site) == {site.shop_id: before - 2}
    for units in ("0", "", "9999999"):
        await desk.visit(f"/merchant/{site.shop_id}/stock/{site.skus[0]}")
        await desk.send("/correction", reason="lost", way="fewer", units=units)
        assert desk.status == 422
        assert "件数不对" in desk.text


async def test_goods_lie_in_two_warehouses_and_are_carried_over(site: Site, desk: Browser) -> None:
    (before,) = (await _on_hand(site)).values()
    warehouse = await _add_warehouse(site, desk)
    await desk.visit(f"/merchant/{site.shop_id}/stock/{site.skus[0]}")
    await desk.send("/transfer", **{"from": str(site.shop_id), "to": str(warehouse), "quantity": "4"})
    assert await _on_hand(site) == {site.shop_id: before - 4, warehouse: 4}
    await desk.send("/transfer", **{"from": str(warehouse), "to": str(warehouse), "quantity": "1"})
    assert desk.status == 422
    assert "请选两个不同的仓库" in desk.text
    await desk.visit(f"/merchant/{site.shop_id}/stock?warehouse={warehouse}")
    await desk.send("/stock", **{f"on_hand_{site.skus[0]}": "9"})
    assert await _on_hand(site) == {site.shop_id: before - 4, warehouse: 9}


async def test_a_warehouse_is_named_and_closed(site: Site, desk: Browser) -> None:
    warehouse = await _add_warehouse(site, desk)
    here = f"/merchant/{site.shop_id}/warehouses/{warehouse}"
    await desk.visit(here)
    for fields, words in (
        ({"name": " "}, "看得见的字符"),
        ({"priority": "1000"}, "0 到 999"),
        ({"priority": "x"}, "0 到"),
    ):
        await desk.visit(here)
        await desk.send(here, **fields)
        assert desk.status == 422
        assert words in desk.text
    await desk.visit(here)
    desk.page = re.sub(r'<input[^>]*name="is_open"[^>]*>', "", desk.page)
    await desk.send(here, name="南仓")
    async with site.program.database.read() as reader:
        found = {each.id: each for each in await get_warehouses(reader, site.shop_id)}
    assert (found[warehouse].name, found[warehouse].is_open, found[warehouse].region_code) == ("南仓", False, "440305")
    assert found[site.shop_id].is_open


async def _ordered(site: Site, lines: Sequence[tuple[int, int]], region: str) -> UUID:
    """Have the buyer order and pay."""
    buyer = await site.person("mei", money=10_000_000)
    place = PlaceOrder(
        id=new_id(site.shop_id),
        shop_id=site.shop_id,
        buyer_id=buyer,
        buyer_name="小鱼",
        items=tuple(OrderItem(site.skus[sku], quantity, PRICES[sku]) for sku, quantity in lines),
        address=type(ADDRESS)(name="李雷", phone="13800138000", region=region, detail="文三路 1 号"),
        actor=Actor("buyer", buyer),
    )
    placed = await site.program.batchers.of(place_orders).submit(place)
    pay = CreatePayment(
        id=new_id(buyer),
        payer_id=buyer,
        subject_id=place.id,
        payee_id=site.shop_id,
        amount=placed.total,
        channel=BALANCE,
        actor=place.actor,
    )
    await site.program.batchers.of(payments.create_payments).submit(pay)
    await site.settle()
    return place.id


async def test_an_order_in_two_warehouses_leaves_in_two_parcels(site: Site, desk: Browser) -> None:
    warehouse = await _add_warehouse(site, desk)
    for place, count in ((site.shop_id, "2"), (warehouse, "3")):
        await desk.visit(f"/merchant/{site.shop_id}/stock?warehouse={place}")
        await desk.send("/stock", **{f"on_hand_{site.skus[0]}": count})
    order_id = await _ordered(site, [(0, 4)], "广东省深圳市南山区")
    here = f"/merchant/{site.shop_id}/orders/{order_id}"
    await desk.visit(here)
    assert desk.statements <= 3
    assert "货在哪里" in desk.text
    await desk.send("/parcels", tracking_number="SF1000000000001")
    assert desk.status == 422
    assert "按仓库分成几个包裹发" in desk.text
    await desk.visit(here)
    await desk.send("/parcels", tracking_number="SF1000000000001", line_1="4", warehouse_id=str(site.shop_id))
    assert "没有这么多货" in desk.text
    await desk.visit(here)
    await desk.send("/parcels", tracking_number="SF1000000000001", line_1="3", warehouse_id=str(warehouse))
    assert "从华南仓发出" in desk.text
    await desk.send("/parcels", tracking_number="SF2000000000001")
    async with site.program.database.read() as reader:
        order = await get_order(reader, order_id)
    assert order
    assert [parcel.warehouse_id for parcel in order.parcels] == [warehouse, site.shop_id]
    assert await _on_hand(site) == {site.shop_id: 1, warehouse: 0}

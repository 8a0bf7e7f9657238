"""Proves that the operator sees what fees would take before they are published, that shops are told before it gets
dearer, and that both say what is left of a price, within three statements a page."""

from datetime import timedelta

import pytest

from tests.pages.site import Browser, Site
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, acts, desk, operator, turn
from weiji.catalog import SaveCategory, save_categories
from weiji.events import BY_SYSTEM
from weiji.kit.ids import new_id
from weiji.orders.fees.model import NOTICE

__all__ = ["desk", "operator"]


@pytest.fixture
async def tea(site: Site) -> str:
    """A category in which the shop's goods lie."""
    id = new_id()
    async with site.program.database.transaction() as tx:
        await save_categories(tx, [SaveCategory(id=id, name="茶", actor=BY_SYSTEM)])
    await site.program.database.pool.execute("update catalog.products set category_id = $1", id)
    return str(id)


async def test_dearer_fees_are_previewed_announced_and_then_seen_by_the_shop(
    site: Site, desk: Desk, operator: Browser, tea: str
) -> None:
    await desk.settled()
    await operator.visit("/operator/fees")
    assert (operator.status, operator.statements <= STATEMENTS_MAX) == (200, True)
    for fields, complaint in (
        ({"fee_0": "x", "category_0": tea}, "请写百分数"),
        ({"fee_0": "20", "commission_0": "11", "category_0": tea}, "不超过 30"),
        ({"fee_0": "2"}, "选一个类目"),
        ({"fee_0": "2", "shop_0": "nobody-here"}, "没有这个店铺"),
        ({"rest_fee": "31"}, "请写百分数"),
        ({"effective_at": "soon"}, "时间写成"),
    ):
        await operator.send("/operator/fees/preview", **({"reason": "试试"} | fields))
        assert (operator.status, complaint in operator.text) == (422, True), f"{fields}: {operator.text}"
        await operator.visit("/operator/fees")
    typed = {"category_0": tea, "fee_0": "2", "commission_0": "3", "reason": "退换多"}
    await operator.send("/operator/fees/preview", **typed)
    # Two more note that it was seen, and by whom: only what was seen is published.
    assert (operator.status, operator.statements <= STATEMENTS_MAX + 2) == (200, True), operator.text
    assert await acts(site, "FeesPreviewed") == 1
    assert "还没有发布" in operator.text
    # 98.00 were sold: 1.96 of what was paid, and 2.94 of the goods.
    assert "+¥4.90" in operator.text
    assert "有店铺会变贵" in operator.text
    await operator.send("/operator/fees", effective_at="")
    assert (operator.status, "至少提前 7 天" in operator.text) == (422, True), operator.text
    assert 'value="3"' in operator.page, "what was typed is there still"
    await operator.send("/operator/fees/preview")
    await operator.send("/operator/fees")
    assert (operator.status, "还没生效" in operator.text) == (200, True), operator.text
    await desk.browser.visit(f"{desk.path}/fees?price=98&category_id={tea}")
    assert (desk.browser.status, desk.browser.statements <= STATEMENTS_MAX) == (200, True)
    assert "将要改变" in desk.browser.text
    assert "变贵" in desk.browser.text
    assert "服务费 2% + 佣金 3%" in desk.browser.text
    assert "卖 ¥98.00，到手 ¥98.00" in desk.browser.text
    async with site.browser("mei") as stranger:
        await stranger.visit(f"{desk.path}/fees")
        assert stranger.status == 404


async def test_a_shop_that_agreed_on_less_has_it_at_once(desk: Desk, operator: Browser, site: Site) -> None:
    await operator.visit("/operator/fees")
    await operator.send("/operator/fees/preview", rest_fee="2", reason="养活平台")
    await operator.send("/operator/fees")
    assert operator.status == 200, operator.text
    await operator.visit("/operator/rules")
    await operator.send("/operator/rules", grade_settle_days="7, 5, 3", reason="看信用")
    assert operator.status == 200, operator.text
    await turn(site, NOTICE + timedelta(days=1, minutes=3))
    handle = await site.program.database.pool.fetchval("select handle from shops.shops where id = $1", site.shop_id)
    await operator.visit("/operator/fees")
    assert 'value="2"' in operator.page, "the rest is charged as was published"
    await operator.send("/operator/fees/preview", shop_0=handle, fee_0="1", reason="新店")
    assert "没有人变贵" in operator.text, operator.text
    await operator.send("/operator/fees")
    assert operator.status == 200, operator.text
    left = await desk.browser.client.get(f"{desk.path}/fees/left", params={"price": "98"})
    assert "到手 <b>¥97.02</b>" in left.text, left.text
    await desk.browser.visit(f"{desk.path}/fees")
    assert "本店专用" in desk.browser.text
    assert "买家确认收货之后 7 天" in desk.browser.text
    await desk.browser.visit(f"{desk.path}/money")
    assert "确认收货之后 7 天结算" in desk.browser.text, "as its grade says, not as the rules do for all"
    # A rule whose fields are emptied is gone.
    await operator.visit("/operator/fees")
    await operator.send("/operator/fees/preview", fee_0="", commission_0="", reason="不优惠了")
    assert "有店铺会变贵" in operator.text

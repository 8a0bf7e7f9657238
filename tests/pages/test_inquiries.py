"""Proves that a stranger's complaint reaches the desk, and is decided and answered; each page in three statements."""

import re

from tests.pages.site import Browser, Site
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles

FIGURES = "/operator/inquiries/figures"


async def test_a_strangers_complaint_is_looked_into_and_answered(site: Site) -> None:
    person_id = await site.person("desk", "desk")
    grant = GrantRole(person_id=person_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [grant])
    async with site.browser() as stranger, site.browser("desk") as staff:
        await stranger.visit(f"/complaints/new?product={site.product_id}")
        assert stranger.statements <= 3
        await stranger.send("/complaints", text="和写的不一样", kind="misleading")
        status_page = stranger.path
        assert "处理中" in stranger.text
        await staff.visit("/operator/inquiries")
        assert staff.statements <= 3
        await staff.visit(FIGURES)
        assert re.search(r"等得最久的 [0-9]+", staff.text)
        assert re.search(r"巡查 1 0 [0-9]+\S+ 0 –", await desks(staff)), staff.text
        await staff.visit("/operator")
        assert re.search(r"等你处理 全部 巡查\s?1\b", staff.text), staff.text
        assert staff.statements <= 3
        await staff.visit("/operator/inquiries")
        (inquiry,) = {link for link in staff.links if link.startswith("/operator/inquiries/")} - {FIGURES}
        await staff.visit(inquiry)
        assert "和写的不一样" in staff.text
        await staff.send("/taking")
        await staff.send("/decision", verdict="taken_down", reason="写得不对", answer="下架了")
        for tab in ("mine", "appeals", "decided"):
            await staff.visit(f"/operator/inquiries?tab={tab}")
            assert (staff.status, staff.statements <= 3) == (200, True)
        await staff.visit(FIGURES)
        assert staff.statements <= 3
        assert "100%" in staff.text
        assert re.search(r"巡查 0 0 – 1 [0-9]+", await desks(staff)), staff.text
        await stranger.visit(status_page)
        assert "下架了" in stranger.text
        await stranger.visit(f"/products/{site.product_id}")
        assert "平台下架了这件商品" in stranger.text


async def desks(staff: Browser) -> str:
    """Look at what waits at all desks, within the law."""
    await staff.visit("/operator/desks")
    assert (staff.status, staff.statements <= 3) == (200, True)
    return staff.text


async def test_a_shop_that_is_frozen_reads_why_for_how_long_and_where_it_stands(site: Site) -> None:
    grant = GrantRole(
        person_id=await site.person("desk", "desk"), scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system")
    )
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [grant])
    async with (
        site.browser() as stranger,
        site.browser("desk") as staff,
        site.browser(f"s{site.seller_id.hex[-8:]}") as seller,
    ):
        await stranger.visit(f"/complaints/new?shop={site.shop_id}")
        await stranger.send("/complaints", text="总是卖假货", kind="counterfeit")
        await staff.visit("/operator/inquiries")
        (inquiry,) = {link for link in staff.links if link.startswith("/operator/inquiries/")} - {FIGURES}
        await staff.visit(inquiry)
        await staff.send("/taking")
        await staff.send("/decision", verdict="listing_frozen", reason="先停一停", days="500")
        assert "天数是 1 到 365" in staff.text
        await staff.send("/decision", verdict="listing_frozen", reason="先停一停", days="5")
        await seller.visit(f"/merchant/{site.shop_id}/penalties")
        assert seller.statements <= 3
        assert "不能上架新商品" in seller.text
        assert "扣 3 分" in seller.text
        assert "/penalties" in seller.links
        await seller.visit(f"/merchant/{site.shop_id}/goods/new")
        await seller.send("/goods/", title="新茶", price="20", stock="3", then="list")
        assert "处罚期间不能上架新商品" in seller.text
    async with site.browser() as stranger:
        await stranger.visit("/penalties")
        assert "满 24 分" in stranger.text

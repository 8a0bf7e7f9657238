"""Proves that a stranger's complaint reaches the desk, and is decided and answered; each page in three statements."""

import re
from html import unescape
from uuid import UUID

import pytest

from tests.pages.site import Browser, Site
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.supervision.inquiries import store, trying

FIGURES = "/operator/inquiries/figures"


async def test_a_strangers_complaint_is_looked_into_and_answered(site: Site) -> None:
    grants = [
        GrantRole(person_id=await site.person(name, name), scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
        for name in ("desk", "beside")
    ]
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, grants)
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
        async with site.browser("beside") as colleague:
            await colleague.visit(inquiry)
            assert ("同事正在处理" in colleague.text, "我来处理" in colleague.text) == (True, False)
            assert colleague.statements <= 3
            await colleague.visit(f"{inquiry}?lang=en")
            assert "A colleague is working on it" in colleague.text
        await staff.send("/decision", verdict="taken_down", reason="写得不对", answer="下架了")
        for tab in ("mine", "appeals", "decided"):
            await staff.visit(f"/operator/inquiries?tab={tab}")
            assert (staff.status, staff.statements <= 3) == (200, True)
        await staff.visit(FIGURES)
        assert staff.statements <= 3
        assert "100%" in staff.text
        assert re.search(r"巡查 0 0 – 1 [0-9]+", await desks(staff)), staff.text
        async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
            await seller.visit(f"/merchant/{site.shop_id}/penalties?lang=en")
            assert re.search(r"Taken down · \S", seller.text)
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


async def test_a_rule_is_tried_beside_its_page_which_shows_how_far_that_is(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = GrantRole(
        person_id=await site.person("desk", "desk"), scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system")
    )
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [grant])
    database, typed = site.program.database, {"words": "桂花", "name": "桂花", "reason": "不能写。", "hits": "桂花"}
    async with site.browser("desk") as staff:

        async def ask(**changes: str) -> str | None:
            await staff.visit("/operator/word-rules/new")
            (here,) = {link for link in staff.links if re.fullmatch(r"/operator/word-rules/[0-9a-f-]{36}", link)}
            await staff.send(here, formaction=f"{here}/trial", **(typed | changes))
            found = re.search(r'hx-get="(/operator/word-rules/trials/[0-9a-f-]{36})"', unescape(staff.page))
            return found[1] if found else None

        assert await ask(hits="好茶") is None, "nothing is tried that could not be published"
        assert "没有找到例子“好茶”" in staff.text
        trial = await ask()
        assert trial is not None
        assert "排着队" in staff.text
        for looked_at_once, said in ((1, "正在看在卖的商品和最近写的：看了"), (9_999, "会在 1 件在卖的商品里找到")):
            monkeypatch.setattr(trying, "LOOKED_AT_ONCE", looked_at_once)
            await trying.Trier().work(database, 1)
            await staff.visit(trial)
            assert (staff.status, staff.statements <= 3) == (200, True)
            assert said in staff.text
            assert ('hx-trigger="every 2s"' in staff.page) == (looked_at_once == 1), "it asks again until it is over"
        assert "手工桂花乌龙茶" in staff.text
        nothing = await ask(words="祖传秘方", hits="祖传秘方")
        await trying.Trier().work(database, 1)
        assert nothing is not None
        await staff.visit(nothing)
        assert re.search("看了 \\d+ 处，什么都没有找到。", staff.text)
        failed = await ask()
        assert failed is not None
        async with database.transaction() as tx:
            for _ in range(trying.FAILURES_MAX):
                await store.note_failure(tx, UUID(failed[-36:]), trying.FAILURES_MAX)
        await staff.visit(failed)
        assert "没有试完" in staff.text
        assert "hx-trigger" not in re.search(r'<div id="word-trial".*?>', staff.page)[0]  # type: ignore[index]
        await staff.visit(f"/operator/word-rules/trials/{site.shop_id}")
        assert staff.status == 404
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        await seller.visit(trial)
        assert seller.status in (403, 404)

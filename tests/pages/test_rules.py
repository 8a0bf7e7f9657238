"""Proves of every page of rules that it has a field for each rule, and publishes what it shows, in three statements."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.pages.site import PAYMENT_PASSWORD, Site
from tests.pages.test_consoles import Desk
from weiji.approvals.rules_pages import ApprovalRulesPages
from weiji.catalog import Tree, get_categories
from weiji.catalog.return_pages import ReturnRulesPages
from weiji.catalog.review_pages import ReviewRulesPages
from weiji.credit.operator_pages import CreditRulesPages
from weiji.disputes.operator_pages import DisputeRulesPages
from weiji.events import BY_SYSTEM
from weiji.help.operator_pages import ContactPages
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.packets.operator_pages import RedPacketRulesPages
from weiji.rulebook import list_versions
from weiji.rulebook.pages import RulesPages
from weiji.supervision.conduct.operations import go_on_trying
from weiji.supervision.inquiries import trying

STATEMENTS_MAX = 3

PAGES: tuple[type[RulesPages], ...] = (
    RedPacketRulesPages,
    DisputeRulesPages,
    CreditRulesPages,
    ReturnRulesPages,
    ReviewRulesPages,
    ContactPages,
    ApprovalRulesPages,
)


@pytest.mark.parametrize("pages", PAGES)
def test_every_rule_has_a_field(pages: type[RulesPages]) -> None:
    desk = pages.desk
    fields = desk.fields(Tree(())) if desk.load else desk.fields()
    assert {field.name for field in fields} == set(desk.of.kind.__struct_fields__)


async def test_a_page_publishes_what_it_shows_and_tells_what_differs(site: Site) -> None:
    staff_id = await site.person("wen", "文山")
    roles = [
        GrantRole(person_id=staff_id, scope=PLATFORM, role=role, actor=BY_SYSTEM)
        for role in (Role.OPERATOR, Role.ARBITER)
    ]
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, roles)
    changes: dict[Any, tuple[dict[str, str], str]] = {
        RedPacketRulesPages: ({"amount_max": "12.50"}, "一个红包最多 ¥5,000.00 → ¥12.50"),
        DisputeRulesPages: ({"stop_share": "40"}, "证据分不出时给买家 50% → 40%"),
        CreditRulesPages: ({"buyer_month_max": "7"}, "同一买家每月最多 6 分 → 7 分"),
        ReviewRulesPages: ({"everything": "1"}, "所有商品都先看再卖 否 → 是"),
        ReturnRulesPages: ({"no_reason_days": "14"}, "无理由退货 7 天 → 14 天"),
        ContactPages: ({"phone": "0599-5250000"}, "电话 – → 0599-5250000"),
        ApprovalRulesPages: ({"rules_take_two": "1"}, "发布规则要两个人 否 → 是"),
    }
    async with site.browser("wen") as browser:
        for pages in PAGES:
            desk = pages.desk
            await browser.visit(desk.path)
            assert browser.statements <= STATEMENTS_MAX
            await browser.send(desk.path, reason="照旧")
            assert browser.status == 200, browser.text
            async with site.program.database.read() as reader:
                same, first = await list_versions(reader, desk.of)
            assert same.rules == first.rules, desk.path
            typed, said = changes[pages]
            await browser.send(desk.path, reason="试试", **typed)
            assert said in browser.text, browser.text
            assert "文山" in browser.text
            assert browser.statements <= STATEMENTS_MAX


async def test_where_it_takes_two_another_publishes_what_they_read(site: Site) -> None:
    """Whatever rules: whoever is to agree reads what changes, in the words of the page that it is of."""
    async with site.program.database.transaction() as tx:
        for handle, name in (("wen", "文山"), ("lin", "林海")):
            person_id = await site.person(handle, name, money=1)
            await grant_roles(tx, [GrantRole(person_id=person_id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM)])
    async with site.browser("wen") as maker, site.browser("lin") as checker:
        path = ApprovalRulesPages.desk.path
        await maker.visit(path)
        await maker.send(path, reason="有两个人了", rules_take_two="1")
        assert "第 2 版已经生效" in maker.text
        later = f"{clock.now() + timedelta(days=12):%Y-%m-%dT%H:%M}"
        sent: dict[str, tuple[dict[str, str], str]] = {
            "/operator/rules": ({"pay_minutes": "31"}, "31 分钟"),
            "/operator/fees": ({"rest_fee": "5", "effective_at": later}, "其余商品 服务费 0% 服务费 5%"),
            ReturnRulesPages.desk.path: ({"no_reason_days": "14"}, "无理由退货 7 天 14 天"),
            path: ({"rules_take_two": ""}, "发布规则要两个人 是 否"),
        }
        for page, (typed, said) in sent.items():
            await maker.visit(page)
            await maker.send("/operator/fees/preview" if page == "/operator/fees" else page, reason="试试", **typed)
            if page == "/operator/fees":
                await maker.send("/operator/fees")
            assert (maker.path, "交给同事复核了" in maker.text) == ("/operator/approvals", True), maker.text
            await site.settle()
            await checker.visit("/operator/approvals")
            await checker.visit(next(link for link in checker.links if re.search(r"approvals/[0-9a-f-]{36}$", link)))
            assert said in checker.text, checker.text
            assert checker.statements <= STATEMENTS_MAX
            await checker.send(checker.path, payment_password=PAYMENT_PASSWORD)
            assert "通过了" in checker.text, checker.text
            await maker.visit(page)
            assert "文山、林海" in maker.text or page == "/operator/fees", maker.text
            assert maker.statements <= STATEMENTS_MAX


async def test_word_rules_and_rules_on_conduct_take_two_as_well(site: Site) -> None:
    """Who proposes one reads that it waits; who agrees reads the rule, and what its trial found."""
    async with site.program.database.transaction() as tx:
        for handle, name in (("wen", "文山"), ("lin", "林海")):
            person_id = await site.person(handle, name, money=1)
            await grant_roles(tx, [GrantRole(person_id=person_id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM)])
    words = {
        "name": "假货",
        "words": "高仿",
        "reason": "不卖假货。",
        "field": "title",
        "hits": "高仿表",
        "note": "有人卖",
    }
    conduct = {
        "name": "退得多",
        "kind": "refund_rate",
        "window_hours": "24",
        "threshold": "50",
        "effect": "case",
        "reason": "退款太多。",
        "reason_en": "Too many refunds.",
        "hits": "8/10",
    }
    async with site.browser("wen") as maker, site.browser("lin") as checker:
        await maker.visit(ApprovalRulesPages.desk.path)
        assert "词语规则、行为规则" in maker.text
        await maker.send(ApprovalRulesPages.desk.path, reason="有两个人了", rules_take_two="1")

        async def agree(*said: str) -> None:
            assert (maker.path, "交给同事复核了" in maker.text) == ("/operator/approvals", True), maker.text
            await site.settle()
            await checker.visit("/operator/approvals")
            await checker.visit(next(link for link in checker.links if re.search(r"approvals/[0-9a-f-]{36}$", link)))
            assert all(each in checker.text for each in said), checker.text
            assert checker.statements <= STATEMENTS_MAX
            trial = next(link for link in checker.links if "/trials/" in link)
            here = checker.path
            await checker.visit(trial)
            assert checker.status == 200
            await checker.visit(here)
            await checker.send(checker.path, payment_password=PAYMENT_PASSWORD)
            assert "通过了" in checker.text, checker.text

        await maker.visit("/operator/word-rules/new")
        (here,) = {link for link in maker.links if re.fullmatch(r"/operator/word-rules/[0-9a-f-]{36}", link)}
        await maker.send(here, formaction=f"{here}/trial", **words)
        while await trying.Trier().work(site.program.database, 1):
            pass
        await maker.visit("/operator/word-rules/new")
        (here,) = {link for link in maker.links if re.fullmatch(r"/operator/word-rules/[0-9a-f-]{36}", link)}
        await maker.send(here, then="put", **words)
        await agree("假货", "高仿", "不让保存", "试过，什么都没有找到。")
        await maker.visit("/operator/word-rules")
        assert "假货" in maker.text

        await maker.visit("/operator/conduct-rules/new")
        (here,) = {link for link in maker.links if re.fullmatch(r"/operator/conduct-rules/[0-9a-f-]{36}", link)}
        await maker.send(here, **conduct)
        trial = maker.path
        async with site.program.database.transaction() as tx:
            while await go_on_trying(tx):
                pass
        await maker.visit(trial)
        await maker.send(trial, note="太多了")
        await agree("退得多", "退款率", "50%", "试过最近 90 天：找到 0 次，0 家店。")
        await maker.visit("/operator/conduct-rules")
        assert "退得多" in maker.text


async def test_terms_of_a_category_are_shown_where_one_buys_and_where_one_sends_back(site: Site) -> None:
    """And what was ordered before keeps its own."""
    staff_id = await site.person("wen", "文山")
    buyer_id = await site.person("mei", money=1_000_000)
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [GrantRole(person_id=staff_id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM)])
        tree = await get_categories(tx)
    fresh = next(each.id for each in tree.all() if each.name == "生鲜")
    await site.program.database.pool.execute("update catalog.products set category_id = $1", fresh)
    async with site.browser("wen") as staff, site.browser("mei") as buyer:
        await buyer.visit(f"/products/{site.product_id}")
        assert "7 天无理由退货" in buyer.text
        path = ReturnRulesPages.desk.path
        row = {"categories_category_id_0": str(fresh), "categories_no_reason_days_0": "0"}
        await staff.visit(path)
        await staff.send(path, reason="生鲜不退", **row, categories_aftersale_days_0="400")
        assert (staff.status, "每一行选一个类目" in staff.text) == (422, True)
        # A row that says for how long but not for what is not left out in silence.
        await staff.send(path, reason="生鲜不退", categories_category_id_1="", categories_no_reason_days_1="3", **row)
        assert (staff.status, "每一行选一个类目" in staff.text) == (422, True)
        await staff.send(
            path, reason="生鲜不退", **row, categories_aftersale_days_0="2", categories_no_reason_days_1=""
        )
        assert "食品 › 生鲜: 不支持无理由退货 · 售后 2 天" in staff.text, staff.text
        await buyer.visit(f"/products/{site.product_id}")
        assert "不支持无理由退货" in buyer.text
        assert "有问题的，收货后 2 天内可以申请售后" in buyer.text
        assert buyer.statements <= STATEMENTS_MAX
        await buyer.visit(f"/checkout?item={site.skus[0]}:1")
        assert "不支持无理由退货" in buyer.text
        assert buyer.statements <= STATEMENTS_MAX
        order_id = await Desk(site, staff, buyer_id).order()
        await site.ship(order_id)
        await buyer.visit(f"/orders/{order_id}/aftersale?kind=return")
        assert "不支持无理由退货" in buyer.text
        assert buyer.statements <= STATEMENTS_MAX
        await buyer.send("/aftersale", line_1="1", reason="not_wanted")
        assert (buyer.status, "有问题的，请选是什么问题" in buyer.text) == (422, True)
        # What was ordered keeps its terms, whatever comes after.
        await staff.visit(path)
        await staff.send(
            path,
            reason="都可以退",
            categories_category_id_0="",
            categories_no_reason_days_0="",
            categories_aftersale_days_0="",
        )
        assert staff.status == 200, staff.text
        await buyer.visit(f"/orders/{order_id}/aftersale?kind=return")
        assert "不支持无理由退货" in buyer.text
        await buyer.visit(f"/products/{site.product_id}")
        assert "7 天无理由退货" in buyer.text

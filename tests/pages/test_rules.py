"""Proves of every page of rules that it has a field for each rule, and publishes what it shows, in three statements."""

from typing import Any

import pytest

from tests.pages.site import Site
from weiji.credit.operator_pages import CreditRulesPages
from weiji.disputes.operator_pages import DisputeRulesPages
from weiji.events import BY_SYSTEM
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.packets.operator_pages import RedPacketRulesPages
from weiji.rulebook import list_versions
from weiji.rulebook.pages import RulesPages

STATEMENTS_MAX = 3

PAGES: tuple[type[RulesPages], ...] = (RedPacketRulesPages, DisputeRulesPages, CreditRulesPages)


@pytest.mark.parametrize("pages", PAGES)
def test_every_rule_has_a_field(pages: type[RulesPages]) -> None:
    assert {field.name for field in pages.desk.fields()} == set(pages.desk.of.kind.__struct_fields__)


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

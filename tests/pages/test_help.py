"""Proves of the help that it says what the rules in force say, leads to pages that there are, and names who answers."""

import re
from pathlib import Path

import pytest
from limits import parse

from tests.pages.site import Site
from weiji.catalog import RETURN_RULES
from weiji.catalog.returning import ReturnRules
from weiji.events import BY_SYSTEM
from weiji.help import CONTACT, Contact
from weiji.help.pages import SEARCHES, SUGGESTIONS
from weiji.help.texts import Library
from weiji.orders import PublishRules as PublishTradeRules
from weiji.orders import TradeRules
from weiji.orders import publish_rules as publish_trade_rules
from weiji.rulebook import PublishRules, publish_rules
from weiji.web.locales import LOCALES
from weiji.web.rates import RateMiddleware

STATEMENTS_MAX = 3


def pages_of(site: Site) -> list[re.Pattern[str]]:
    """Match the addresses that the program answers to GET, but for topics: each has a name of its own."""
    paths = {route.path_format for route in site.app.app.routes if "GET" in getattr(route, "methods", ())}
    paths.remove("/help/{name}")
    return [re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)) for path in paths]


async def test_every_topic_is_three_statements_and_every_link_leads_to_a_page(site: Site) -> None:
    await site.person("ning", "阿宁")
    pages = pages_of(site)
    async with site.browser("ning") as browser, site.browser() as stranger:
        for topic in Library().all("zh_CN"):
            for reader in (browser, stranger):
                await reader.visit(f"/help/{topic.name}?shop={site.shop_id}")
                assert (reader.status, reader.statements <= STATEMENTS_MAX) == (200, True), topic.name
                assert f"/merchant/{site.shop_id}" not in reader.page, "not their shop"
        library = Library()
        names = {f"/help/{topic.name}" for topic in library.all("zh_CN")}
        for topic in (topic for locale in LOCALES for topic in library.all(locale)):
            for link in re.findall(r"\]\((/[^)?]*)", topic.answer + topic.steps):
                path = link.replace("/merchant/-", f"/merchant/{site.shop_id}")
                is_there = path in names or any(page.fullmatch(path) for page in pages)
                assert is_there, f"{topic.locale}/{topic.name} leads to {link}"
        await stranger.visit("/help/there-is-none")
        assert stranger.status == 404
        await stranger.visit("/help?q=退款")
        found = [link for link in stranger.links if link.startswith("/help/")]
        assert found[0] == "/help/refund-when", "a buyer's question goes before a seller's"
        await stranger.visit("/help/suggestions?q=退款")
        assert "/help/refund-when" in stranger.page


async def test_the_help_says_what_is_in_force_and_who_answers(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zh_CN").mkdir()
    for name in ("fees", "market-day"):
        later = "{% if trade.ship_hours == 31 %}{{ trade.nope|hours }}{% endif %}"
        (tmp_path / "zh_CN" / f"{name}.md").write_text(f"# 自己写的\n\n答{later}\n", "utf-8")
    own = Library(tmp_path)
    monkeypatch.setattr("weiji.help.pages.library", lambda _own: own)
    async with site.browser() as browser:
        await browser.visit("/help/not-shipped")
        assert "承诺 48 小时内发货" in browser.text
        assert "tel:" not in browser.page
        await browser.visit("/help/fees")
        assert "自己写的" in browser.text
        trade = PublishTradeRules(
            version=2, effective_at=None, rules=TradeRules(ship_hours=31), reason="慢一点", actor=BY_SYSTEM
        )
        returns = PublishRules(
            of=RETURN_RULES, version=2, rules=ReturnRules(no_reason_days=13), reason="宽一点", actor=BY_SYSTEM
        )
        contact = PublishRules(
            of=CONTACT,
            version=2,
            rules=Contact(phone="0599 525", mail="a@wuyi.example", note=("<i>在街口</i>",)),
            reason="有人了",
            actor=BY_SYSTEM,
        )
        async with site.program.database.transaction() as tx:
            assert await publish_trade_rules(tx, [trade]) == ["published"]
            assert await publish_rules(tx, [returns, contact]) == ["published", "published"]
        await browser.visit("/help/not-shipped")
        assert "承诺 31 小时内发货" in browser.text
        assert 'href="tel:0599525"' in browser.page
        assert 'href="mailto:a@wuyi.example"' in browser.page
        assert "&lt;i&gt;在街口" in browser.page
        await browser.visit("/help/return-goods?lang=en")
        assert "within 13 days of receipt" in browser.text
        # What the operator wrote can be wrong for the rules that come later: then ours is there, or nothing.
        await browser.visit("/help/fees?lang=zh_CN")
        assert (browser.status, "平台收我多少钱" in browser.text) == (200, True)
        await browser.visit("/help/market-day")
        assert browser.status == 404
        await browser.visit("/help?q=qwxz")
        assert "0599 525" in browser.text, "who finds nothing is told who answers"


@pytest.mark.parametrize(
    ("name", "most", "path"), [("help", SEARCHES, "/help"), ("help_suggestions", SUGGESTIONS, "/help/suggestions?q=a")]
)
async def test_one_address_may_not_search_the_help_without_end(site: Site, name: str, most: str, path: str) -> None:
    assert (SEARCHES, SUGGESTIONS) == ("600/minute", "1800/minute")
    async with site.browser() as browser:
        (rates,) = (part for part in site.app.app.middleware if isinstance(part, RateMiddleware))
        gone = parse(most).amount - 2
        assert await rates.limiter.hit(parse(most), name, "203.0.113.7", cost=gone)  # As if they had searched.
        codes = [(await browser.client.get(path)).status_code for _ in range(3)]
    assert codes == [200, 200, 429]

"""Proves that a key is made, tried and revoked by plain forms, its text shown once, and what is wrong said there."""

import re
from datetime import timedelta
from html import unescape
from typing import Final

from tests.pages.site import Browser, Site, forms_of
from weiji.developers import DESCRIPTIONS, CreateKey, Scope, create_keys
from weiji.developers.model import KEYS_MAX
from weiji.developers.words import scope_groups, scope_word
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.web import speaking

EDGES: Final = (
    "weiji.identity.pages",
    "weiji.catalog.pages",
    "weiji.developers.pages",
    "weiji.developers.event_log",
    "weiji.identity.api",
    "weiji.shops.api",
    "weiji.catalog.api",
    "weiji.inventory.api",
    "weiji.orders.api",
    "weiji.payments.api",
)

KEY = re.compile(r"wj_sandbox_[0-9a-f]{32}_[\w-]{43}")


async def _make(browser: Browser, name: str, scope: str, days: str = "30") -> str:
    """Make a key by the form, and tell its text."""
    await browser.visit(f"/me/keys/new?scope={scope}")
    await browser.send("/me/keys", name=name, days=days)
    text: str
    (text,) = set(KEY.findall(browser.page))
    return text


def _examples(browser: Browser) -> list[str]:
    """Read which addresses the page of a new key says to ask for."""
    return re.findall(r'"http://[^/"]+(/api/[^"]+)"', unescape(browser.page))


def _revocations(browser: Browser) -> list[str]:
    """Read which keys can be revoked."""
    return [form.action for form in forms_of(browser.page) if form.action.endswith("/revocation")]


async def _ask(browser: Browser, path: str, key: str) -> int:
    return (await browser.client.get(path, headers={"authorization": f"Bearer {key}"})).status_code


async def test_a_key_is_made_tried_as_its_page_says_and_revoked(site: Site) -> None:
    site.edges = EDGES
    await site.person("mei")
    await site.person("lin")
    async with site.browser() as browser:
        await browser.visit("/me/keys")
        assert browser.path == "/sign-in?next=/me/keys"
    async with site.browser("mei") as browser:
        await browser.visit("/me/security")
        assert "/me/keys" in browser.links
        await browser.visit("/me/keys")
        assert "还没有密钥" in browser.text
        await browser.visit("/me/keys/new")
        assert "checked" not in browser.page, "nothing is given that was not asked for"
        assert "platform:read" not in browser.page, "she is none of the operator's staff"
        for fields, words in (
            ({"name": ""}, "写一行，1 到 60 个字"),
            ({"name": "同步"}, "至少勾一样"),
            ({"name": "同步", "scopes": "everything"}, "没有这样的权限"),
            ({"name": "同步", "scopes": "orders:read", "days": "9" * 18}, "最长 366 天"),
        ):
            await browser.send("/me/keys", **fields)
            assert (browser.status, words in browser.text) == (422, True), browser.text
        await browser.send("/me/keys", name="<b>同步</b>", days="7", scopes="orders:read")
        assert browser.status == 200
        (key,) = set(KEY.findall(browser.page))
        (example,) = _examples(browser)
        assert await _ask(browser, example, key) == 200
        assert await _ask(browser, "/api/v1/me", key) == 403

        await browser.visit("/me/keys")
        assert browser.statements <= 3
        assert key not in browser.page
        assert "&lt;b&gt;同步" in browser.page
        assert "看你的订单，和你店里的订单。" in browser.text
        (revocation,) = _revocations(browser)
        async with site.browser("lin") as other:
            await other.visit("/me/keys")
            await other.send("/preferences", formaction=revocation)
            assert (other.status, await _ask(browser, example, key)) == (404, 200), "it is not hers"
        await browser.send(revocation)
        assert "作废了" in browser.text
        assert await _ask(browser, example, key) == 401
        assert not _revocations(browser), "what is over is not revoked again"


async def test_a_form_that_is_sent_twice_makes_one_key_and_shows_it_once(site: Site) -> None:
    site.edges = EDGES
    await site.person("mei")
    async with site.browser("mei") as browser:
        await browser.visit("/me/keys/new?scope=events:read&scope=nothing")
        form = browser.page
        await browser.send("/me/keys", name="看事件")
        (key,) = set(KEY.findall(browser.page))
        browser.page = form
        await browser.send("/me/keys", name="看事件")
        assert (browser.path, "刚才已经建好" in browser.text) == ("/me/keys", True)
        assert len(_revocations(browser)) == 1
        assert await _ask(browser, "/api/v1/events", key) == 200


async def test_every_example_is_answered_and_who_has_all_keys_is_told_so(site: Site) -> None:
    site.edges = EDGES
    actor = Actor("person", site.seller_id)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        examples = 0
        offered = [scope for group in scope_groups(is_staff=False) for scope in group.scopes]
        for scope in offered:
            key = await _make(browser, scope, scope)
            for path in _examples(browser):
                assert await _ask(browser, path, key) == 200, f"{scope}: {path}"
                examples += 1
        assert examples == 9
        others = [
            CreateKey(
                id=new_id(near=site.seller_id),
                person_id=site.seller_id,
                name="other",
                scopes=("events:read",),
                secret_hash=bytes(32),
                expires_at=clock.now() + timedelta(days=1),
                actor=actor,
            )
            for _ in range(KEYS_MAX - len(offered))
        ]
        async with site.program.database.transaction() as tx:
            await create_keys(tx, others)
        await browser.visit("/me/keys/new?scope=events:read")
        await browser.send("/me/keys", name="51")
        assert (browser.status, "已经有 50 把" in browser.text) == (422, True)
        await browser.visit("/me/keys")
        assert len(_revocations(browser)) == KEYS_MAX
        assert "/me/keys/new" not in browser.links


def test_a_page_says_of_a_scope_what_the_api_says_of_it() -> None:
    with speaking("en"):
        assert {scope: scope_word(scope) for scope in Scope} == DESCRIPTIONS
        shown = [scope for group in scope_groups(is_staff=True) for scope in group.scopes]
    assert sorted(shown) == sorted(Scope)

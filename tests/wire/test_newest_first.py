"""Proves that a merchant's lists of orders and notices are whole and in the order that they promise, in every way."""

import re
from collections.abc import Sequence
from html import unescape

import pytest

from tests.pages.site import Browser
from tests.plans import plan
from tests.wire.test_trade import command
from tests.wire.world import World, open_shop
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.kit.sql import Statement
from weiji.webhooks import queue_messages
from weiji.webhooks.store import SQL as WEBHOOKS
from weiji.wire.notices import notice
from weiji.wire.trade import place_merchant_orders
from weiji.wire.trade.store import SQL as TRADE

COUNT = 33
"""More than a page of either list."""


async def _walk_pages(browser: Browser, path: str, pattern: str) -> list[str]:
    """Read what *pattern* finds, page after page."""
    found: list[str] = []
    while path:
        page = await browser.visit(path)
        assert browser.statements <= 3
        found += re.findall(pattern, unescape(page))
        path = next((link for link in browser.links if "before=" in link), "")
    return found


async def _walk_api(browser: Browser, path: str, key: str, **asked: str) -> list[str]:
    """Read *key* of all items of a list of the API, seven at a time."""
    found: list[str] = []
    while True:
        answer = await browser.client.get(f"/api/v1/merchants/{path}", params={"limit": "7", **asked})
        assert answer.status_code == 200, answer.text
        said = answer.json()
        found += [item[key] for item in said["items"]]
        if said["next"] is None:
            return found
        asked["after"] = said["next"]


def _is_shuffled(ids: Sequence[object]) -> bool:
    return list(ids) not in (sorted(ids, key=str), sorted(ids, key=str, reverse=True))


async def test_orders_that_programs_made_are_listed_newest_first(world: World) -> None:
    shop_id = await open_shop(world.site, "新单在前", owner_id=world.site.seller_id)
    orders = [command(shop_id, 100, f"order-{number:02}") for number in range(COUNT)]
    assert _is_shuffled([order.id for order in orders]), "else any list would do"
    for order in orders:
        async with world.program.database.transaction() as tx:
            (result,) = await place_merchant_orders(tx, [order])
        assert result.status == "created"
    newest_first = [order.number for order in reversed(orders)]
    async with world.site.browser(f"s{world.site.seller_id.hex[-8:]}") as browser:
        path = f"/merchant/{shop_id}/open-payments/orders"
        assert await _walk_pages(browser, path, r">(order-\d\d)<") == newest_first
        assert await _walk_api(browser, "orders", "number", shop_id=str(shop_id)) == newest_first


async def test_notices_are_listed_newest_first_by_status_too(world: World) -> None:
    shop_id = await open_shop(world.site, "新通知在前", owner_id=world.site.seller_id)
    ids = [derive(shop_id, "notice", number) for number in range(COUNT * 2)]
    assert _is_shuffled(ids), "else any list would do"
    for id in ids:
        told = notice(
            id, shop_id, "1000000000", id, type="X", original_type="x", summary="x", url="http://x", resource={}
        )
        async with world.program.database.transaction() as tx:
            await queue_messages(tx, [told])
    given_up = ids[::2]
    async with world.program.database.transaction() as tx:
        await tx.connection.execute(
            """
            update webhooks.messages
            set next_at = null, status = case when id = any ($2::uuid[]) then 'given_up' else 'delivered' end,
              delivered_at = case when id = any ($2::uuid[]) then null else created_at end
            where owner_id = $1
            """,
            shop_id,
            given_up,
        )
    async with world.site.browser(f"s{world.site.seller_id.hex[-8:]}") as browser:
        path = f"/merchant/{shop_id}/open-payments/notices"
        link = r'/notices/([0-9a-f-]{36})"'
        for tab, status, expected in (("", {}, ids), ("?tab=given_up", {"status": "given_up"}, given_up)):
            newest_first = [str(id) for id in reversed(expected)]
            assert await _walk_pages(browser, path + tab, link) == newest_first
            assert await _walk_api(browser, "messages", "id", shop_id=str(shop_id), **status) == newest_first


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (TRADE.list_orders, "merchant_orders_of_a_shop"),
        (WEBHOOKS.list_messages, "messages_of_an_owner"),
        (WEBHOOKS.list_messages_by_status, "messages_of_an_owner_by_status"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
async def test_a_list_begins_where_its_cursor_is_and_sorts_nothing(
    tx: Transaction, statement: Statement, index: str
) -> None:
    """Planned as the program does it, without knowing the arguments; on a table that is too full to be scanned."""
    await tx.connection.execute("set local enable_seqscan = off; set local enable_bitmapscan = off")
    told = await plan(tx, statement)
    assert f"using {index} on" in told, told
    assert re.search(r"Index Cond: .*ROW\(created_at, id\) <", told), told
    assert "Sort" not in told, told

"""Proves that desk and buyer see what carriers tell, that doubtful numbers are asked about, and callbacks believed."""

from datetime import timedelta

import pytest

from tests.carriers.kuaidi import CUSTOMER, KEY, SALT, standing_in
from tests.pages.site import Site
from tests.pages.test_buyer import STATEMENTS_MAX
from tests.pages.test_consoles import Desk, desk
from weiji import carriers
from weiji.carriers.polling import Polling
from weiji.carriers.trackers.kuaidi100 import Kuaidi100
from weiji.kit import clock
from weiji.orders import State
from weiji.orders.handlers import Reactions

__all__ = ["desk"]

NUMBER = "YT1234567890123"


async def test_the_number_tells_the_carrier_and_the_buyer_sees_the_way(site: Site, desk: Desk) -> None:
    order_id = await desk.order()
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    await desk.browser.send("/parcels", tracking_number="yt 1234 5678 90123")
    assert await desk.state(order_id) is State.SHIPPED, desk.browser.text
    reactions, polling = Reactions(site.program.batchers), Polling(site.program.batchers)
    await reactions.follow_parcels(site.program.database, 500)
    clock.CLOCK.follow(clock.CLOCK.offset + timedelta(days=1))
    await polling.poll(site.program.database, 500)
    await site.settle()
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    assert "圆通速递" in desk.browser.text
    assert "运输途中" in desk.browser.text
    assert desk.browser.statements <= STATEMENTS_MAX
    async with site.browser("mei") as buyer:
        await buyer.visit(f"/orders/{order_id}")
        assert "快件已到达【" in buyer.text
        assert "快递已收件" in buyer.text
        assert buyer.statements <= STATEMENTS_MAX


async def test_a_doubtful_number_is_asked_about_once(site: Site, desk: Desk) -> None:
    first, second = await desk.order(), await desk.order()
    other = await site.person("lily", money=1_000_000)
    await desk.browser.visit(f"{desk.path}/orders/{first}")
    await desk.browser.send("/parcels", tracking_number=NUMBER)
    await desk.browser.visit(f"{desk.path}/orders/{second}")
    await desk.browser.send("/parcels", tracking_number=NUMBER)
    assert await desk.state(second) is State.SHIPPED, "one buyer may have two orders in one parcel"
    desk.buyer_id = other
    third = await desk.order()
    await desk.browser.visit(f"{desk.path}/orders/{third}")
    for number, complaint in (
        (NUMBER, "发给了另一位买家"),
        ("RB123456784GB", "认不出这个单号"),
        ("123456789012", "请选一家"),
    ):
        await desk.browser.send("/parcels", tracking_number=number)
        assert (desk.browser.status, complaint in desk.browser.text) == (422, True), desk.browser.text
        assert await desk.state(third) is State.PAID
    await desk.browser.send("/parcels", carrier="圆通速递", tracking_number="JT1234567890123")
    assert "这个单号是极兔速递的" in desk.browser.text
    await desk.browser.send("/parcels", carrier="圆通速递", tracking_number=NUMBER, is_sure="1")
    assert await desk.state(third) is State.SHIPPED


async def test_what_a_tracker_tells_arrives_and_what_is_forged_does_not(
    site: Site, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await desk.order()
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    await desk.browser.send("/parcels", tracking_number=NUMBER)
    client = desk.browser.client
    assert (await client.post("/trackers/kuaidi100/callback", content=b"")).status_code in (403, 404)
    options = {"customer": CUSTOMER, "key": KEY, "salt": SALT}
    carriers.REGISTRY.register(Kuaidi100(options, "https://shop.example"))
    async with standing_in(monkeypatch) as kuaidi, site.browser() as tracker:
        kuaidi.at = clock.now()
        await Reactions(site.program.batchers).follow_parcels(site.program.database, 500)
        clock.CLOCK.follow(clock.CLOCK.offset + timedelta(hours=2))
        await Polling(site.program.batchers).poll(site.program.database, 500)
        body = kuaidi.push(NUMBER, "3")
        headers = {"content-type": "application/x-www-form-urlencoded"}
        where = "/trackers/kuaidi100/callback"
        forged = await tracker.client.post(where, content=body.replace(b"sign=", b"sign=F"), headers=headers)
        assert (forged.status_code, forged.json()["result"]) == (403, False)
        answer = await tracker.client.post(where, content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"result": True, "returnCode": "200", "message": "成功"})
        assert (await tracker.client.post("/trackers/owls/callback", content=body, headers=headers)).status_code == 404
    await site.settle()
    assert (await desk.events(order_id)).count("ParcelDelivered") == 1
    assert "OrderDelivered" in await desk.events(order_id)

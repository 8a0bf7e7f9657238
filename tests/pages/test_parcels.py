"""Proves that desk and buyer see what carriers tell, that doubtful numbers are asked about, and callbacks believed."""

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO
from uuid import UUID

import pytest

from tests.carriers.kuaidi import CUSTOMER, KEY, SALT, standing_in
from tests.pages.site import Site, forms_of
from tests.pages.test_buyer import STATEMENTS_MAX
from tests.pages.test_consoles import Desk, desk
from weiji import carriers
from weiji.aftersale import AgreeCase, AskCase, CaseKind, CaseStatus, Reason
from weiji.aftersale.operations import agree_cases, ask_cases
from weiji.carriers.polling import Polling
from weiji.carriers.trackers.kuaidi100 import Kuaidi100
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.ids import new_id
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
    await desk.browser.send("/parcels", carrier="顺丰速运", tracking_number="SF123")
    assert ("顺丰速运的单号一般不是这样" in desk.browser.text, await desk.state(third)) == (True, State.PAID)
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


async def test_many_orders_are_shipped_by_a_sheet(site: Site, desk: Desk) -> None:
    orders = [await desk.order(quantity=2) for _ in range(3)]
    browser = desk.browser
    await browser.visit(f"{desk.path}/shipping")
    assert browser.statements <= STATEMENTS_MAX
    answer = await browser.client.get(f"{desk.path}/shipping/orders.csv")
    assert answer.headers["content-disposition"].endswith(".csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    filled = answer.text
    for n, line in enumerate(answer.text.splitlines()[1:]):
        number = line.partition(",")[0]
        filled = filled.replace(f"{number},,", f"{number},,YT123456789000{n}")
    token = dict(forms_of(browser.page)[0].fields)["csrf_token"]

    async def post(to: str, sheet: bytes | None, **more: str) -> str:
        files = {} if sheet is None else {"sheet": ("待发货.csv", sheet, "text/csv")}
        data = {"csrf_token": token, **more}
        return browser._take(await browser.client.post(f"{desk.path}/shipping/{to}", data=data, files=files))

    for nothing in (None, b"", b"a,b\n1,2\n"):
        await post("check", nothing)
        assert browser.status == 422
    await post("check", (filled + '1,"\n').encode("gb18030", "ignore"))
    assert "3 个可以发" in browser.text
    assert "1 个不会发" in browser.text
    assert browser.statements <= STATEMENTS_MAX + 1, "who asks, the desk, and the two of the plan"
    assert await desk.state(orders[0]) is State.PAID
    page = browser.page
    sheet = next(form for form in forms_of(page) if form.action.endswith("/run"))
    assert "sheet" in sheet.names
    found = re.search(r'<textarea name="sheet" hidden>(.*?)</textarea>', page, re.DOTALL)
    assert found
    for word in ("发出了 3 个包裹", "以前已发"):
        await post("run", unescape(found[1]).encode())
        assert word in browser.text
    assert [await desk.state(id) for id in orders] == [State.SHIPPED] * 3
    assert [(await desk.events(id)).count("ParcelShipped") for id in orders] == [1] * 3
    for back in ("check", "run"):
        await browser.visit(f"{desk.path}/shipping/{back}")
        assert (browser.status, browser.path) == (200, f"{desk.path}/shipping"), "who comes back starts anew"


async def test_what_was_cancelled_is_neither_on_the_sheet_nor_on_the_slip(site: Site, desk: Desk) -> None:
    some, none, asked = [await desk.order(quantity=3) for _ in range(3)]
    batchers = site.program.batchers

    async def cancel(order_id: UUID, units: int, *, is_agreed: bool = True) -> None:
        case = AskCase(
            id=new_id(site.shop_id),
            order_id=order_id,
            line=1,
            kind=CaseKind.CANCEL,
            quantity=units,
            reason=Reason.NOT_WANTED,
            actor=Actor("buyer", desk.buyer_id),
        )
        assert await batchers.of(ask_cases, "order_id").submit(case) is CaseStatus.DONE
        if is_agreed:
            agree = AgreeCase(case_id=case.id, shop_id=site.shop_id, actor=Actor("merchant", site.seller_id))
            assert await batchers.of(agree_cases, "case_id").submit(agree) is CaseStatus.DONE

    await cancel(some, 1)
    await cancel(none, 2)
    await cancel(none, 1, is_agreed=False)
    await cancel(asked, 1, is_agreed=False)
    await site.settle()
    browser = desk.browser
    await browser.visit(f"{desk.path}/shipping")
    token = dict(forms_of(browser.page)[0].fields)["csrf_token"]
    sheet = (await browser.client.get(f"{desk.path}/shipping/orders.csv")).text
    rows = list(csv.DictReader(StringIO(sheet.removeprefix("\ufeff"))))
    assert [row["发货件数"] for row in rows] == ["2", "2"], "of one all is cancelled, or may be"
    for n, row in enumerate(rows):
        sheet = sheet.replace(f"{row['订单编号']},,", f"{row['订单编号']},,YT123456789000{n}")
    files = {"sheet": ("待发货.csv", sheet.encode(), "text/csv")}
    browser._take(await browser.client.post(f"{desk.path}/shipping/check", data={"csrf_token": token}, files=files))
    assert "2 个可以发" in browser.text
    assert "不会发" not in browser.text
    await browser.visit(f"{desk.path}/orders/slips?order={some}")
    assert "已退 ¥98.00 · 实付 ¥196.00" in browser.text, "for two, not for three"
    await browser.visit(f"{desk.path}/orders/slips?order={asked}")
    assert "实付 ¥294.00" in browser.text, "nothing went back yet"
    assert "已退" not in browser.text


async def test_slips_are_printed_of_what_is_chosen_and_tell_no_price_of_a_present(site: Site, desk: Desk) -> None:
    first, second = await desk.order(quantity=2), await desk.order()
    browser = desk.browser
    for what, count in ((f"?order={first}", 1), ("", 2), (f"?order={first}&order={second}&order=nonsense", 2)):
        await browser.visit(f"{desk.path}/orders/slips{what}")
        assert browser.page.count('<article class="slip"') == count
        assert browser.statements <= STATEMENTS_MAX
    assert "¥196.00" in browser.text
    await browser.visit(f"{desk.path}/orders/slips?form=list")
    assert "拣货单" in browser.text
    async with site.program.database.transaction() as tx:
        await tx.connection.execute(
            "update orders.orders set gift = $2 where id = $1", first, {"note": "生日快乐", "hides_prices": True}
        )
    await browser.visit(f"{desk.path}/orders/slips?order={first}")
    assert "生日快乐" in browser.text
    assert "¥" not in browser.text
    async with site.browser("mei") as stranger:
        await stranger.visit(f"{desk.path}/orders/slips")
        assert stranger.status in (403, 404)
    await site.ship(first)
    await site.ship(second)
    await browser.visit(f"{desk.path}/orders/slips")
    assert "没有要打印的订单" in browser.text

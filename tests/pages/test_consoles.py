"""Proves of the desks of merchants and of the operator: no page takes over three statements, strangers find nothing,
every form works without a script, and what is wrong is said where it is wrong and changes nothing."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from tests.onboarding.test_applications import approve
from tests.orders.market import ADDRESS
from tests.pages.site import PASSWORD, PAYMENT_PASSWORD, PRICES, Browser, Site, forms_of
from weiji import payments
from weiji.catalog import SKUS_MAX
from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.coupons import BudgetTouched
from weiji.events.outbox import get_events, get_trail, list_staff_acts
from weiji.identity import PLATFORM, GrantRole, Origin, Role, find_person, grant_roles
from weiji.identity.model import SetPaymentPassword
from weiji.identity.payment_password import set_payment_password
from weiji.kit import clock, installation
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import chart, lookup_accounts
from weiji.orders import (
    ConfirmOrder,
    Order,
    OrderItem,
    PlaceOrder,
    State,
    TradeRules,
    confirm_orders,
    get_order,
    place_orders,
    store,
)
from weiji.orders.fees.model import NOTICE
from weiji.payments import BALANCE, CreatePayment, Notice, NoticeKind, NoticeStatus, list_payouts, receive_notices
from weiji.settings import Settings
from weiji.supervision import pages as console
from weiji.web.requests import WebRequest

STATEMENTS_MAX = 3


class Desk:
    """A shop with somebody who buys there, and its seller at the desk."""

    def __init__(self, site: Site, browser: Browser, buyer_id: UUID) -> None:
        self.site = site
        self.browser = browser
        self.buyer_id = buyer_id
        self.path = f"/merchant/{site.shop_id}"

    async def order(self, *, quantity: int = 1, is_paid: bool = True) -> UUID:
        """Have the buyer order, and pay."""
        site = self.site
        order_id = new_id(site.shop_id)
        place = PlaceOrder(
            id=order_id,
            shop_id=site.shop_id,
            buyer_id=self.buyer_id,
            buyer_name="阿青",
            items=(OrderItem(site.skus[0], quantity, PRICES[0]),),
            address=ADDRESS,
            actor=Actor("buyer", self.buyer_id),
        )
        placed = await site.program.batchers.of(place_orders).submit(place)
        if is_paid:
            pay = CreatePayment(
                id=new_id(self.buyer_id),
                payer_id=self.buyer_id,
                subject_id=order_id,
                payee_id=site.shop_id,
                amount=placed.total,
                channel=BALANCE,
                actor=place.actor,
            )
            await site.program.batchers.of(payments.create_payments).submit(pay)
            await site.settle()
        return order_id

    async def settled(self, quantity: int = 1) -> UUID:
        """Have an order go all the way, until the shop may withdraw its money."""
        order_id = await self.order(quantity=quantity)
        await self.site.ship(order_id)
        confirm = ConfirmOrder(order_id=order_id, actor=Actor("buyer", self.buyer_id))
        await self.site.program.batchers.of(confirm_orders, "order_id").submit(confirm)
        await turn(self.site, timedelta(days=2))
        return order_id

    async def state(self, order_id: UUID) -> State:
        """Read where an order stands."""
        async with self.site.program.database.read() as reader:
            order = await get_order(reader, order_id)
        assert order is not None
        return order.state

    async def total(self, order_id: UUID) -> int:
        """Read what an order costs."""
        async with self.site.program.database.read() as reader:
            order = await get_order(reader, order_id)
        assert order is not None
        return order.total

    async def available(self) -> int:
        """Read what the shop may withdraw."""
        async with self.site.program.database.read() as reader:
            found = await lookup_accounts(reader, [chart.merchant_available(self.site.shop_id).id])
        return found[0].available if found else 0

    async def events(self, subject: UUID) -> list[str]:
        """Name what happened to something."""
        return [name for name, _ in await trail(self.site, subject)]

    async def account(self) -> None:
        """Give the seller a payment password, and the shop a bank account."""
        chosen = SetPaymentPassword(
            person_id=self.site.seller_id, payment_password=PAYMENT_PASSWORD, login_password=PASSWORD
        )
        await set_payment_password(self.site.program.database, chosen, Origin())
        await self.browser.visit(f"{self.path}/money/accounts")
        account = {"holder": "老周", "bank": "建设银行", "number": "6217 0012 3456 7890"}
        await self.browser.send("/money/accounts", **account, payment_password=PAYMENT_PASSWORD, proof=PASSWORD)
        assert "7890" in self.browser.text

    async def tell_of_payout(self, kind: NoticeKind) -> None:
        """Have the bank say what became of the shop's last payout."""
        async with self.site.program.database.transaction() as tx:
            (payout,) = await list_payouts(tx, self.site.shop_id, limit=1)
            notice = Notice(
                channel=payout.channel,
                event_id=f"{kind}:{payout.id}",
                kind=kind,
                subject_id=payout.id,
                reference="B1",
                amount=payout.amount,
                occurred_at=tx.now,
                raw=b"{}",
            )
            assert await receive_notices(tx, [notice]) == [NoticeStatus.RECORDED]


async def trail(site: Site, subject: UUID) -> list[tuple[str, UUID | None]]:
    """Read what happened to something, and by whom."""
    async with site.program.database.read() as reader:
        rows = await reader.connection.fetch(
            "select type, actor_id from events.events where shard = $1 and subject_id = $2 order by id",
            shard_of(subject),
            subject,
        )
    return [(row["type"], row["actor_id"]) for row in rows]


async def acts(site: Site, type: str) -> int:
    """Count what somebody of the operator's staff did, as auditors see it."""
    async with site.program.database.read() as reader:
        found = await list_staff_acts(reader, type=type)
    assert all(row["actor_id"] for row in found), "it is said who did it"
    return len(found)


async def turn(site: Site, by: timedelta) -> None:
    """Turn the clock, and let everything happen that is due then."""
    async with site.program.database.transaction() as tx:
        await installation.turn_clock(tx, by)
    await site.program.runner.install()
    for _ in range(5):
        await site.program.runner.run_due()
        await site.settle()


@pytest.fixture
async def desk(site: Site) -> Any:
    """A shop with its seller at the desk, and a buyer with money."""
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        yield Desk(site, browser, buyer_id)
    clock.CLOCK.follow(offset)


@pytest.fixture
async def operator(site: Site) -> Any:
    """A browser of the operator."""
    person_id = await site.person("boss", "文山")
    role = GrantRole(person_id=person_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])
    async with site.browser("boss") as browser:
        yield browser


async def test_what_follows_for_a_budget_is_not_signed_by_whoever_acted(site: Site, desk: Desk) -> None:
    order_id = await desk.order()
    event = BudgetTouched(campaign_id=new_id(), step="return", amount=100, key=new_id())
    async with site.program.database.transaction() as tx:
        await publish(tx, [Occurrence(event, site.shop_id, order_id, Actor("merchant", site.seller_id))])
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    assert "平台出的优惠退回平台 系统" in re.sub(r"\d+-\d+ \d+:\d+ ", "", desk.browser.text)


async def visit_all(browser: Browser, paths: Sequence[str]) -> None:
    """Visit pages, and see that each is there and takes few statements."""
    for path in paths:
        await browser.visit(path)
        assert (browser.status, browser.path) == (200, path), f"{path} → {browser.path}: {browser.text[:300]}"
        assert browser.statements <= STATEMENTS_MAX, f"{path}: {browser.statements} statements"


# A shop's desk


async def test_no_page_of_a_shops_desk_takes_over_three_statements(desk: Desk) -> None:
    unpaid, paid, part = await desk.order(is_paid=False), await desk.order(), await desk.order(quantity=2)
    settled = await desk.settled()
    await desk.account()
    here = desk.path
    await visit_all(
        desk.browser,
        [
            here,
            f"{here}/orders",
            *(f"{here}/orders?tab={tab}" for tab in ("to_ship", "unpaid", "shipped", "settling", "done", "gone")),
            *(f"{here}/orders/{id}" for id in (unpaid, paid, part, settled)),
            f"{here}/goods",
            f"{here}/goods?state=draft",
            f"{here}/goods/new",
            f"{here}/porting",
            f"{here}/goods/{desk.site.product_id}",
            f"{here}/money",
            f"{here}/money?account=pending",
            f"{here}/money/orders",
            f"{here}/money/payouts",
            f"{here}/money/accounts",
            f"{here}/money/withdrawal",
            f"{here}/settings",
            "/merchant/opening",
        ],
    )


async def test_every_page_of_a_desk_says_how_much_is_to_be_done(desk: Desk) -> None:
    order_id = await desk.order()
    badge = f"{desk.path}/badge"
    for path in ("", "/orders"):
        await desk.browser.visit(desk.path + path)
        assert badge not in unescape(desk.browser.page), path
        assert "1 笔要发货" in desk.browser.text
    for path in (f"/orders/{order_id}", "/goods", "/goods/new", "/porting", "/money", "/settings"):
        await desk.browser.visit(desk.path + path)
        assert f'hx-get="{badge}"' in unescape(desk.browser.page), path
    await desk.browser.visit(badge)
    assert (desk.browser.status, desk.browser.text) == (200, "1 笔要发货")
    await desk.site.ship(order_id)
    await desk.browser.visit(badge)
    assert (desk.browser.status, desk.browser.text) == (200, "")
    async with desk.site.browser("mei") as buyer:
        await buyer.visit(badge)
        assert buyer.status == 404


async def test_strangers_find_no_desk(desk: Desk) -> None:
    order_id = await desk.order()
    paths = ("", "/orders", f"/orders/{order_id}", "/goods", f"/goods/{desk.site.product_id}", "/money", "/settings")
    async with desk.site.browser("mei") as buyer:
        for path in paths:
            await buyer.visit(desk.path + path)
            assert buyer.status == 404, path
        for path in ("/operator", "/operator/books", "/operator/rules", "/operator/events", "/operator/audit"):
            await buyer.visit(path)
            assert buyer.status == 403, path
    async with desk.site.browser() as stranger:
        for path in (*(desk.path + path for path in paths), "/operator", "/merchant/opening"):
            await stranger.visit(path)
            assert stranger.path.startswith("/sign-in"), path


async def test_the_order_of_another_shop_is_not_there(desk: Desk) -> None:
    order_id = await desk.order()
    async with desk.site.browser("mei") as other:
        await other.visit("/merchant/opening")
        await other.send("/merchant/opening", name="对面的店", handle="other-side", story="")
        theirs = other.path
        assert theirs.startswith("/merchant/")
        await other.visit(f"{theirs}/orders/{order_id}")
        assert other.status == 404
        await other.visit(f"{theirs}/goods/{desk.site.product_id}")
        assert other.status == 404
        answer = await other.client.post(f"{theirs}/orders/{order_id}/refund", headers=await csrf(other))
        assert answer.status_code == 404
    assert await desk.state(order_id) is State.PAID


async def csrf(browser: Browser) -> dict[str, str]:
    """Take the token of a page that the browser may see."""
    await browser.visit("/merchant/opening")
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', browser.page)
    assert found
    return {"x-csrf-token": found[1]}


async def test_a_shop_ships_in_two_parcels(desk: Desk) -> None:
    order_id = await desk.order(quantity=3)
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    await desk.browser.send("/parcels", carrier="顺丰速运", tracking_number="SF0010000000001", line_1="1")
    assert "部分发货" in desk.browser.text
    assert await desk.state(order_id) is State.PART_SHIPPED
    await desk.browser.send("/parcels", carrier="中通快递", tracking_number="ZT0020000000001")
    assert "SF0010000000001" in desk.browser.text
    assert "ZT0020000000001" in desk.browser.text
    assert await desk.state(order_id) is State.SHIPPED
    assert await desk.events(order_id) == ["OrderPlaced", "OrderPaid", "ParcelShipped", "ParcelShipped"]


async def test_a_shop_that_cant_send_the_rest_gives_its_money_back(desk: Desk) -> None:
    order_id = await desk.order(quantity=3)
    await desk.site.ship(order_id, ((1, 1),))
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    assert desk.browser.statements <= STATEMENTS_MAX
    assert "自动退款剩余" in desk.browser.text
    assert "还有 2 件没有发出" in desk.browser.text
    assert not [link for link in desk.browser.links if link.endswith("/refund")]
    await desk.browser.send("/unsent", reason=" ")
    assert (desk.browser.status, await desk.state(order_id)) == (422, State.PART_SHIPPED)
    assert "请写明原因" in desk.browser.text
    await desk.browser.send("/unsent", reason="窑裂了两个")
    await desk.site.settle()
    assert await desk.state(order_id) is State.SHIPPED
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    assert "已取消 2" in desk.browser.text
    assert "没发的 2 件取消了" in desk.browser.text
    assert not [link for link in desk.browser.links if link.endswith(("/refund", "/parcels", "/unsent"))]


async def test_the_desk_tells_of_a_buyer_who_made_do_with_a_part(desk: Desk) -> None:
    order_id = await desk.order(quantity=2)
    await desk.site.ship(order_id, ((1, 1),))
    confirm = ConfirmOrder(order_id=order_id, actor=Actor("buyer", desk.buyer_id))
    await desk.site.program.batchers.of(confirm_orders, "order_id").submit(confirm)
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    assert "没有发齐，买家按收到的确认" in desk.browser.text


NONSENSE_PARCELS: Sequence[tuple[dict[str, str], str]] = (
    ({"tracking_number": ""}, "请填写快递单号"),
    ({"tracking_number": "S" * 41}, "请填写快递单号"),
    ({"tracking_number": "9", "carrier": " "}, "请填写快递公司"),
    ({"tracking_number": "SF\x001"}, "请填写快递单号"),
    ({"tracking_number": "SF1000000000001", "line_1": "9"}, "件数不对"),
    ({"tracking_number": "SF1000000000001", "line_1": "0"}, "件数不对"),
    ({"tracking_number": "SF1000000000001", "line_1": "many"}, "件数要是整数"),
)


async def test_nonsense_ships_nothing(desk: Desk) -> None:
    order_id = await desk.order(quantity=2)
    for fields, complaint in NONSENSE_PARCELS:
        await desk.browser.visit(f"{desk.path}/orders/{order_id}")
        await desk.browser.send("/parcels", **fields)
        assert (desk.browser.status, complaint in desk.browser.text) == (422, True), f"{fields}: {desk.browser.text}"
        assert await desk.state(order_id) is State.PAID
    assert "ParcelShipped" not in await desk.events(order_id)


async def test_the_same_parcel_is_sent_once(desk: Desk) -> None:
    order_id = await desk.order(quantity=2)
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    page = desk.browser.page
    await desk.browser.send("/parcels", carrier="顺丰速运", tracking_number="SF0010000000001", line_1="1")
    desk.browser.page = page
    await desk.browser.send("/parcels", carrier="顺丰速运", tracking_number="SF0010000000001", line_1="1")
    assert desk.browser.status == 200
    assert (await desk.events(order_id)).count("ParcelShipped") == 1


async def test_a_shop_changes_the_price_and_the_buyer_pays_what_they_see(desk: Desk) -> None:
    order_id = await desk.order(quantity=2, is_paid=False)
    path = f"{desk.path}/orders/{order_id}"
    before = await desk.total(order_id)
    await desk.browser.visit(path)
    await desk.browser.send("/price", conceded="一元", freight="6")
    assert "请填写金额" in desk.browser.text
    assert 'name="conceded" type="text" value="一元"' in desk.browser.page
    await desk.browser.send("/price", conceded="9999999", freight="6")
    assert "每件至少收一分" in desk.browser.text
    assert await desk.total(order_id) == before
    async with desk.site.browser("mei") as buyer:
        await buyer.visit(f"/orders/{order_id}/payment")
        await desk.browser.visit(path)
        await desk.browser.send("/price", conceded="1.01", freight="6")
        assert await desk.total(order_id) == before - 101 + 600
        assert "卖家改价" in desk.browser.text
        await buyer.send("/payment", payment_password=PAYMENT_PASSWORD)
        assert "卖家刚刚改了价" in buyer.text
        assert await desk.state(order_id) is State.CREATED
        await buyer.visit(f"/orders/{order_id}")
        assert "卖家改价" in buyer.text
        await buyer.visit(f"/orders/{order_id}/payment")
        await buyer.send("/payment", payment_password=PAYMENT_PASSWORD)
    await desk.site.settle()
    assert await desk.state(order_id) is State.PAID


async def test_a_shop_gives_the_money_back(desk: Desk) -> None:
    order_id = await desk.order()
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    await desk.browser.send("/refund")
    await desk.site.settle()
    assert await desk.state(order_id) is State.REFUNDED


async def test_a_shop_closes_an_unpaid_order_and_prolongs_a_shipped_one(desk: Desk) -> None:
    unpaid, shipped = await desk.order(is_paid=False), await desk.order()
    await desk.browser.visit(f"{desk.path}/orders/{unpaid}")
    await desk.browser.send("/closing")
    assert await desk.state(unpaid) is State.CLOSED
    await desk.site.ship(shipped)
    await desk.browser.visit(f"{desk.path}/orders/{shipped}")
    await desk.browser.send("/prolongation", days="5")
    assert "收货期限延长 5 天" in desk.browser.text
    await desk.browser.send("/prolongation", days="4")
    assert (await desk.events(shipped)).count("ReceiptProlonged") == 1


async def test_a_clerk_who_bought_before_is_offered_nothing_for_themselves(desk: Desk) -> None:
    site = desk.site
    unpaid, paid, sent = await desk.order(is_paid=False), await desk.order(), await desk.order()
    part = await desk.order(quantity=3)
    await site.ship(sent)
    await site.ship(part, ((1, 1),))
    role = GrantRole(
        person_id=desk.buyer_id, scope=str(site.shop_id), role=Role.ORDERS, actor=Actor("merchant", site.seller_id)
    )
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])
    async with site.browser("mei") as clerk:
        for order_id in (unpaid, paid, sent, part):
            here = f"{desk.path}/orders/{order_id}"
            before = await _read(site, order_id)
            assert before.due_at is not None
            asked = {
                "price": {"conceded": "1", "freight": "0", "total": str(before.total)},
                "refund": {},
                "unsent": {"reason": "发不了"},
                "prolongation": {"days": "3", "due_at": before.due_at.isoformat()},
            }
            for way, fields in asked.items():
                await clerk.visit(here)
                assert (clerk.status, clerk.statements <= STATEMENTS_MAX) == (200, True)
                assert "这是你自己买的" in clerk.text
                assert not {f"{here}/{name}" for name in asked} & {form.action for form in forms_of(clerk.page)}
                # A form that is made up does no more than the page that has none.
                await clerk.send("/preferences", f"{here}/{way}", **fields)
                assert clerk.text.count("请店里别的人来做") == 2, "the page and the toast say it"
                assert await _read(site, order_id) == before, (before.state, way)
            await desk.browser.visit(here)
            assert "这是你自己买的" not in desk.browser.text
            assert {f"{here}/{name}" for name in asked} & {form.action for form in forms_of(desk.browser.page)}
        await clerk.visit(f"{desk.path}/orders/{paid}")
        await clerk.send("/parcels", carrier="顺丰速运", tracking_number="SF0010000000009")
    assert await desk.state(paid) is State.SHIPPED


async def _read(site: Site, order_id: UUID) -> Order:
    async with site.program.database.read() as reader:
        order = await get_order(reader, order_id)
    assert order is not None
    return order


async def test_goods_are_made_without_a_script(desk: Desk) -> None:
    browser = desk.browser
    await browser.visit(f"{desk.path}/goods/new")
    await browser.send(
        "/goods/",
        title="亚麻衬衫",
        price="98",
        stock="3",
        option_0_name="颜色",
        option_0_values="白，蓝",
        then="spread",
    )
    assert browser.page.count("_choices") == 2
    await browser.send(
        "/goods/", sku_1_price="108.50", sku_1_stock="7", description="一段。\n\n两段 & 三段。", then="list"
    )
    assert browser.path == f"{desk.path}/goods", browser.text
    assert "亚麻衬衫" in browser.text
    link = next(
        link
        for link in browser.links
        if re.fullmatch(r".*/goods/[0-9a-f-]{36}", link) and str(desk.site.product_id) not in link
    )
    await browser.visit(link)
    assert [field for field in ("98", "108.50", "一段。") if field not in browser.page] == []
    later = f"{clock.now() + timedelta(days=3):%Y-%m-%dT%H:%M}"
    await browser.send("/schedule", withdraw_at=later)
    await browser.visit(link)
    await browser.send(link, then="spread")
    assert later in browser.page, "else whoever saved the times next would take this one away"
    product_id = UUID(link.rpartition("/")[2])
    async with desk.site.browser() as stranger:
        await stranger.visit(f"/products/{product_id}")
        assert "两段 & 三段" in stranger.text
    await browser.visit(f"{desk.path}/goods")
    await browser.send(f"{product_id}/listing")
    answer = await browser.client.post(
        f"{desk.path}/goods/{product_id}/listing", data={"state": "withdrawn"}, headers=await csrf(browser)
    )
    assert answer.status_code == 303
    assert (await desk.events(product_id))[0] == "ProductSaved"
    assert "ProductWithdrawn" in await desk.events(product_id)


NONSENSE_GOODS: Sequence[tuple[dict[str, str], str]] = (
    ({"title": ""}, "请写商品名称"),
    ({"title": "杯\u2028子"}, "请写商品名称"),
    ({"price": "-1"}, "价格写成"),
    ({"price": "ten"}, "价格写成"),
    ({"price": "10000000000000000"}, "价格写成"),
    ({"stock": "-3"}, "库存是 0 到 "),
    ({"stock": "99999999999"}, "库存是 0 到 "),
    ({"option_0_name": "颜色"}, "规格的名称和选项都要填"),
    ({"option_0_name": "数", "option_0_values": ",".join(map(str, range(SKUS_MAX + 1)))}, "规格"),
)


async def test_nonsense_makes_no_goods(desk: Desk) -> None:
    good = {"title": "杯子", "price": "9.80", "stock": "1", "then": "list"}
    for fields, complaint in NONSENSE_GOODS:
        await desk.browser.visit(f"{desk.path}/goods/new")
        await desk.browser.send("/goods/", **(good | fields))
        assert (desk.browser.status, complaint in desk.browser.text) == (422, True), f"{fields}: {desk.browser.text}"
    await desk.browser.visit(f"{desk.path}/goods")
    assert desk.browser.page.count("goods-thumb-large") == 1


async def test_stock_below_what_is_promised_saves_nothing(desk: Desk) -> None:
    await desk.order(quantity=3)
    await desk.browser.visit(f"{desk.path}/goods/{desk.site.product_id}")
    await desk.browser.send("/goods/", title="新的名字", sku_0_stock="2", then="save")
    assert desk.browser.status == 422
    assert "已有订单等着发货" in desk.browser.text
    await desk.browser.visit(f"{desk.path}/goods/{desk.site.product_id}")
    assert "新的名字" not in desk.browser.page


async def test_a_save_over_somebody_elses_is_refused(desk: Desk) -> None:
    await desk.browser.visit(f"{desk.path}/goods/{desk.site.product_id}")
    first = desk.browser.page
    await desk.browser.send("/goods/", title="先来的", then="save")
    desk.browser.page = first
    await desk.browser.send("/goods/", title="后到的", then="save")
    assert desk.browser.status == 422
    assert "别人保存过这件商品" in desk.browser.text


async def test_money_goes_to_accounts_in_the_verified_name_alone(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    await desk.settled(quantity=3)
    await desk.account()
    await browser.visit(f"{desk.path}/money/schedule")
    await browser.send("/schedule", every="day", payment_password=PAYMENT_PASSWORD, proof=PASSWORD)
    assert "户名" not in browser.text
    async with site.program.database.transaction() as tx:
        await approve(tx, site.shop_id)
        old, verified = await payments.list_payout_accounts(tx, site.shop_id)
    await browser.visit(f"{desk.path}/money/accounts")
    assert browser.statements <= STATEMENTS_MAX
    assert browser.text.count("户名不符，提不到这里") == 1
    assert "户名要和认证的一致：*山。" in browser.text
    proved = {"payment_password": PAYMENT_PASSWORD, "proof": PASSWORD}
    account = {"bank": "招商银行", "number": "6217 0012 3456 0001"}
    await browser.send("/money/accounts", holder="老周", **account, **proved)
    assert (browser.status, "户名要和认证的一致：*山。" in browser.text) == (422, True)
    assert 'value="老周"' in browser.page
    await browser.send("/money/accounts", holder="周 山", **account, **proved)
    assert "银行账户已添加" in browser.text
    await browser.visit(f"{desk.path}/money/schedule")
    assert browser.statements <= STATEMENTS_MAX
    assert "到时间不会提" in browser.text
    await browser.visit(f"{desk.path}/money/withdrawal")
    assert browser.statements <= STATEMENTS_MAX
    chosen = next(form for form in forms_of(browser.page) if form.action.endswith("/withdrawal"))
    assert dict(chosen.fields)["account"] == str(verified.id), "what can't be chosen is not"
    assert f'value="{old.id}" disabled' in browser.page
    given = {"amount": "100", "payment_password": PAYMENT_PASSWORD}
    await browser.send("/withdrawal", account=str(old.id), **given)
    assert (browser.status, "户名和认证的不一样" in browser.text) == (422, True), browser.text
    assert await desk.available() == 3 * PRICES[0]
    await browser.visit(f"{desk.path}/money/withdrawal")
    await browser.send("/withdrawal", **given)
    assert browser.path == f"{desk.path}/money/payouts", browser.text
    # What of the next has to wait is said before it is asked for.
    await browser.visit(f"{desk.path}/money/withdrawal")
    assert "今天已经提了 ¥100.00，再超过" in browser.text
    await browser.visit(f"{desk.path}/closing")
    assert browser.statements <= STATEMENTS_MAX
    await browser.send("/closing", account=str(old.id), payment_password=PAYMENT_PASSWORD)
    assert (browser.status, "户名和认证的不一样" in browser.text) == (422, True), browser.text


async def test_money_is_withdrawn_with_the_payment_password(desk: Desk) -> None:
    await desk.settled(quantity=3)
    assert await desk.available() == 3 * PRICES[0]
    await desk.browser.visit(f"{desk.path}/money/accounts")
    account = {"holder": "老周", "bank": "建设银行", "number": "6217 0012 3456 7890"}
    await desk.browser.send("/money/accounts", **account, payment_password=PAYMENT_PASSWORD)
    assert "还没有支付密码" in desk.browser.text
    asked = f"/me/payment-password/asked?next={desk.path}/money/accounts"
    assert f'hx-get="{asked}"' in unescape(desk.browser.page)
    await desk.browser.visit(asked)
    assert f"/me/payment-password?next={desk.path}/money/accounts" in unescape(desk.browser.page)
    await desk.account()
    assert "支付密码" not in await desk.browser.visit(asked)
    for fields, complaint in (
        ({"holder": ""}, "请填写户名"),
        ({"bank": ""}, "请填写开户行"),
        ({"number": "12"}, "账号是"),
        ({"proof": ""}, "光有支付密码还不够，请再证明是你本人"),
        ({"proof": "wrong"}, "登录密码不对"),
    ):
        await desk.browser.visit(f"{desk.path}/money/accounts")
        proved = {"payment_password": PAYMENT_PASSWORD, "proof": PASSWORD}
        await desk.browser.send("/money/accounts", **(account | proved | fields))
        assert (desk.browser.status, complaint in desk.browser.text) == (422, True), desk.browser.text
        assert sum(link.endswith("/removal") for link in desk.browser.links) == 1
    for fields, complaint in (
        ({"amount": "a lot"}, "请写一个金额"),
        ({"amount": "0.5"}, "每次至少提现"),
        ({"amount": "294.01"}, "最多可以提现 ¥294.00"),
        ({"amount": "100", "account": str(new_id())}, "没有这个银行账户"),
        ({"amount": "100", "payment_password": "000000"}, "支付密码不对"),
    ):
        await desk.browser.visit(f"{desk.path}/money/withdrawal")
        await desk.browser.send("/withdrawal", **({"payment_password": PAYMENT_PASSWORD} | fields))
        assert (desk.browser.status, complaint in desk.browser.text) == (422, True), desk.browser.text
        assert await desk.available() == 3 * PRICES[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WebRequest, "settings", Settings(mode="sandbox", step_up_above=9_999))
        await desk.browser.visit(f"{desk.path}/money/withdrawal")
        await desk.browser.send("/withdrawal", amount="100", payment_password=PAYMENT_PASSWORD)
        assert (desk.browser.status, "数目大" in desk.browser.text) == (422, True), desk.browser.text
        page = desk.browser.page
        await desk.browser.send("/withdrawal", payment_password=PAYMENT_PASSWORD, proof=PASSWORD)
    assert desk.browser.path == f"{desk.path}/money/payouts", desk.browser.text
    desk.browser.page = page
    await desk.browser.send("/withdrawal", amount="100", payment_password=PAYMENT_PASSWORD)
    assert await desk.available() == 3 * PRICES[0] - 10_000
    # What is held is a line of what moved until it went, which is one then, or came back, which is none.
    for kind, word in ((None, "冻结"), (NoticeKind.PAYOUT_PAID, "已付出")):
        if kind is not None:
            await desk.tell_of_payout(kind)
        await desk.browser.visit(f"{desk.path}/money")
        assert desk.browser.text.count("-¥100.00") == 1
        assert ("冻结" in desk.browser.text, "已付出" in desk.browser.text) == (word == "冻结", word == "已付出")
    # Weeks later it comes back: the shop hears of it where it begins its day, and sees which account it was.
    await desk.browser.visit(desk.path)
    assert "被银行退回" not in desk.browser.text
    await desk.tell_of_payout(NoticeKind.PAYOUT_RETURNED)
    await desk.browser.visit(desk.path)
    assert "¥100.00 的提现被银行退回" in desk.browser.text
    assert desk.browser.statements <= STATEMENTS_MAX
    await desk.browser.visit(f"{desk.path}/money/payouts")
    assert "建设银行 尾号 7890" in desk.browser.text
    assert "银行退票，钱已退回" in desk.browser.text
    assert await desk.available() == 3 * PRICES[0]


NONSENSE_SHOPS: Sequence[tuple[dict[str, str], str]] = (
    ({"handle": "No Spaces"}, "小写字母"),
    ({"handle": "-x"}, "小写字母"),
    ({"name": ""}, "请写店名"),
    ({"name": "店" * 61}, "请写店名"),
    ({"story": "故" * 2001}, "不超过 2000 个字"),
    ({"colour": "green"}, "请选一种颜色"),
)


async def test_nonsense_opens_no_shop(desk: Desk) -> None:
    good = {"name": "小店", "handle": "small-shop", "story": ""}
    async with desk.site.browser("mei") as browser:
        for fields, complaint in NONSENSE_SHOPS:
            await browser.visit("/merchant/opening")
            await browser.send("/merchant/opening", **(good | fields))
            assert (browser.status, complaint in browser.text) == (422, True), f"{fields}: {browser.text}"
        await browser.visit("/shops/small-shop")
        assert browser.status == 404


async def test_a_taken_address_is_said(desk: Desk) -> None:
    async with desk.site.browser("mei") as browser:
        await browser.visit("/merchant/opening")
        await browser.send("/merchant/opening", name="小店", handle=desk.site.handle, story="")
        assert (browser.status, "已经有人用了" in browser.text) == (422, True)


async def test_a_shop_rests_and_opens_again(desk: Desk) -> None:
    await desk.browser.visit(f"{desk.path}/settings")
    action = f"{desk.path}/settings"
    fields = {"name": "山里的茶", "story": "睡一会儿", "colour": "#5b4b9e"}
    answer = await desk.browser.client.post(action, data=fields, headers=await csrf(desk.browser))
    assert answer.status_code == 303
    await desk.browser.visit(desk.path)
    assert "店铺正在休息" in desk.browser.text
    await desk.browser.visit(action)
    await desk.browser.send("/settings", is_open="1", story="醒了")
    await desk.browser.visit(desk.path)
    assert "店铺正在休息" not in desk.browser.text


# The operator's console


async def test_no_page_of_the_operator_takes_over_three_statements(desk: Desk, operator: Browser) -> None:
    order_id = await desk.settled()
    await desk.site.program.runner.run_due()
    await visit_all(
        operator,
        [
            "/operator",
            "/operator/trade",
            "/operator/trade?tab=held",
            f"/operator/trade/{order_id}",
            "/operator/rules",
            "/operator/books",
            "/operator/payments",
            "/operator/payments/unknown",
            "/operator/payments/payouts",
            "/operator/payments/silent",
            "/operator/payments/review",
            "/operator/words",
            "/operator/jobs",
            "/operator/events",
            "/operator/audit",
            f"/operator/audit?of={order_id}",
            f"/operator/audit?of={new_id()}",
            "/operator/audit?of=nonsense",
        ],
    )


async def test_an_order_tells_the_operator_who_did_what(desk: Desk, operator: Browser) -> None:
    order_id = await desk.order()
    await desk.browser.visit(f"{desk.path}/orders/{order_id}")
    await desk.browser.send("/parcels", carrier="顺丰速运", tracking_number="SF0010000000001")
    await operator.visit(f"/operator/trade/{order_id}")
    assert "203.0.113.7" in operator.text
    assert str(desk.site.seller_id)[-12:] in operator.text


async def test_the_audit_begins_with_what_happened_last_and_leads_back_to_the_first(
    desk: Desk, operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "TRAIL", 1)
    order_id = await desk.order()
    async with desk.site.program.database.read() as reader:
        of_order = await get_trail(reader, order_id)
        boss = await find_person(reader, "boss")
        assert boss
        own = await get_events(reader, boss, 0, 99)
    for about, rows in ((order_id, of_order), ("", own)):
        seen: list[str] = []
        here = f"/operator/audit?of={about}"
        while here:
            await operator.visit(here)
            seen += re.findall(r"<summary>(\w+)</summary>", operator.page)
            here = next(
                (link for link in operator.links if link.startswith("/operator/audit?") and "after=" in link), ""
            )
        assert seen == [row["type"] for row in reversed(rows)]
        assert len(seen) > 1


async def test_money_that_fits_nothing_is_shown_to_the_last_fen(
    desk: Desk, operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "PAGE", 2)
    strangers = [
        Notice(
            channel="sandbox", event_id=f"stranger {n}", kind=NoticeKind.CHARGE_SUCCEEDED, subject_id=None,
            reference=f"R{n}", amount=n, occurred_at=clock.now(), raw=b"{}",
        )
        for n in range(1, 6)
    ]  # fmt: skip
    await desk.site.program.batchers.of(receive_notices, "owner_id").submit_all(strangers)
    for name, pattern in (("captured", r'class="hash">(R\d)<'), ("told", r"¥0\.0(\d)</td><td data-label=\"判断")):
        seen: list[str] = []
        here = "/operator/payments"
        while here:
            await operator.visit(here)
            assert operator.statements <= 3
            seen += re.findall(pattern, operator.page)
            here = next((link for link in operator.links if f"/operator/payments?{name}=" in link), "")
        assert sorted(seen) == ([f"R{n}" for n in range(1, 6)] if name == "captured" else list("12345"))


def as_typed(at: datetime) -> str:
    """Write a time as a form has it."""
    return at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%dT%H:%M")


async def test_rules_are_published_for_orders_placed_after(desk: Desk, operator: Browser) -> None:
    before = await desk.order()
    await operator.visit("/operator/rules")
    assert "/operator/fees" in operator.links, "what is taken is previewed there"
    await operator.send("/operator/rules", withdrawal_fee="1", settle_days="3", reason="养活平台")
    assert "至少提前 7 天" in operator.text
    await operator.send("/operator/rules", effective_at=as_typed(clock.now() + NOTICE + timedelta(minutes=2)))
    assert operator.status == 200, operator.text
    await turn(desk.site, NOTICE + timedelta(minutes=3))
    after = await desk.order()
    async with desk.site.program.database.read() as reader:
        orders = [order for id in (before, after) if (order := await get_order(reader, id))]
    assert [(order.rules_version, order.rules.settle_days) for order in orders if order.rules] == [(1, 1), (2, 3)]


NONSENSE_RULES: Sequence[tuple[dict[str, str], str]] = (
    ({"reason": " "}, "请写为什么要改"),
    ({"pay_minutes": "0"}, "在 1 到 10080 之间"),
    ({"pay_minutes": "soon"}, "请写一个数"),
    ({"withdrawal_fee": "1001"}, "在 0 到 1000 之间"),
    ({"prolong_days": "3, x"}, "用逗号隔开的天数"),
    ({"prolong_days": "1,2,3,4,5,6,7,8,9"}, "要有 1 到 8 个天数"),
    ({"prolong_days": "400"}, "每个在 1 到 90 之间"),
    ({"effective_at": "2020-01-01T00:00"}, "生效时间不能在过去"),
    ({"effective_at": "tomorrow"}, "时间写成"),
    ({"version": "7"}, "刚刚有人发布"),
)


async def test_nonsense_publishes_no_rules(site: Site, operator: Browser) -> None:
    for fields, complaint in NONSENSE_RULES:
        await operator.visit("/operator/rules")
        await operator.send("/operator/rules", **({"reason": "试试"} | fields))
        assert (operator.status, complaint in operator.text) == (422, True), f"{fields}: {operator.text}"
    async with site.program.database.read() as reader:
        rows = await store.list_rules(reader, None, 10)
    assert [(row["version"], store.read_rules(row)) for row in rows] == [
        (
            1,
            TradeRules(grade_settle_days=(1, 1, 1, 0, 0), grade_day_sales=(5_000_000, 20_000_000, 100_000_000, 0)),
        )
    ]


async def test_the_tick_is_green_only_where_the_books_are_proved(
    desk: Desk, operator: Browser, database_url: str
) -> None:
    import asyncpg

    await desk.settled()
    await operator.visit("/operator/books")
    assert "还没有核对过" in operator.text
    assert operator.text.count("借贷相等") == 2
    await operator.send("/operator/books/proof")
    assert "整本账核对无误" in operator.text
    connection = await asyncpg.connect(database_url)
    id = await connection.fetchval(
        "update ledger.transfers set amount = amount + 1"
        " where id = (select min(id::text)::uuid from ledger.transfers) returning id"
    )
    await connection.close()
    await operator.send("/operator/books/proof")
    assert "账本有问题" in operator.text
    assert str(id) in operator.text
    assert await acts(desk.site, "ProofStarted") == 2


class Wrecked(Event, frozen=True, kw_only=True):
    """Something that nobody can take."""


async def test_an_event_that_was_set_aside_is_resumed_and_that_is_audited(site: Site, operator: Browser) -> None:
    stream = new_id()
    async with site.program.database.transaction() as tx:
        await tx.connection.execute(
            "insert into events.subscriptions (type, subscriber) values ('Wrecked', 'tests.taker')"
        )
        await publish(tx, [Occurrence(Wrecked(), stream, stream, Actor("system"))])
        await tx.connection.execute(
            "update events.queue set set_aside_at = $1, attempts = 8, error = 'too heavy' where streams[1] = $2",
            tx.now,
            stream,
        )
    await operator.visit("/operator/events")
    assert "too heavy" in operator.text
    page = operator.page
    await operator.send("/resumption")
    assert "没有搁置的事件" in operator.text
    async with site.program.database.read() as reader:
        event_id = await reader.connection.fetchval("select id from events.queue where subscriber = 'tests.taker'")
        boss = await reader.connection.fetchval("select id from identity.people where handle = 'boss'")
    assert await trail(site, derive(boss, "resumed", "tests.taker", event_id)) == [("DeliveryResumed", boss)]
    operator.page = page
    await operator.send("/resumption")
    assert "别人先恢复了它" in operator.text


async def test_what_a_job_set_aside_is_seen_and_tried_again_and_that_is_audited(site: Site, operator: Browser) -> None:
    stuck = new_id()
    async with site.program.database.transaction() as tx:
        await tx.connection.execute(
            "insert into kit.set_aside (job, id, attempts, error, since, due_at)"
            " values ('orders.meet_deadlines', $1, 9, 'too heavy', $2::timestamptz, $2 + interval '1 hour')",
            stuck,
            tx.now,
        )
        await tx.connection.execute(
            "insert into kit.jobs (name, every, due_at, failures, error)"
            " values ('a.job', '1 minute', $1, 0, null), ('z.job', '1 minute', $1, 3, 'no route'),"
            " ('daily.job', '1 day', $1, 0, null)",
            tx.now + timedelta(days=1),
        )
    await operator.visit("/operator/jobs")
    places = [operator.text.index(said) for said in ("z.job", "no route", "too heavy", "a.job")]
    assert places == sorted(places), "what needs somebody comes first"
    assert "后台没有在跑" not in operator.text
    async with site.program.database.transaction() as tx:
        await tx.connection.execute(
            "update kit.jobs set due_at = $1 where every < '1 day'", tx.now - timedelta(minutes=6)
        )
    await operator.visit("/operator/jobs")
    assert "后台没有在跑" in operator.text
    assert "正常的任务" not in operator.text
    assert "所有任务" not in operator.text, "those that fail are not among the rest, and daily ones are not late"
    await operator.send("/resumption")
    async with site.program.database.read() as reader:
        boss = await reader.connection.fetchval("select id from identity.people where handle = 'boss'")
        due = await reader.connection.fetchval("select due_at from kit.set_aside where id = $1", stuck)
        told = await reader.connection.fetchval(
            "select data ->> 'id' from events.events where stream = $1 and type = 'DeadlineResumed'", boss
        )
    assert due <= clock.now()
    assert told == str(stuck)

"""Proves that picking up is chosen, shown and written off by plain forms, and what is wrong is said where it is."""

import re
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.freight.examples import charged
from tests.pages.site import PAYMENT_PASSWORD, Browser, Site
from tests.pages.test_consoles import csrf
from weiji.aftersale import AskCase, CaseKind, CaseStatus, Reason
from weiji.aftersale.operations import ask_cases
from weiji.catalog import Delivery, ProductState, SaveProduct, SaveSku, save_products
from weiji.events import Actor
from weiji.freight import Place, PutPlace, PutTemplate, put_places, put_templates
from weiji.kit.ids import new_id
from weiji.orders import Order, get_order, picking_up
from weiji.shops import SuspendShop, suspend_shops

NOBODY = "123456789012"
"""A code that no order has, but once in a trillion."""

CODE = re.compile(r"\d{4} \d{4} \d{4}")
"""A code as its buyer reads it."""


async def _charge(site: Site) -> Place:
    """Have the shop charge for sending, and hand goods over at a place."""
    seller = Actor("merchant", site.seller_id)
    place = Place(id=new_id(site.shop_id), shop_id=site.shop_id, name="山下店", address="茶山路 1 号", hours="全天")
    async with site.program.database.transaction() as tx:
        await put_places(tx, [PutPlace(place=place, actor=seller)])
        await put_templates(tx, [PutTemplate(template=charged(site.shop_id), actor=seller)])
    return place


async def _check_out(site: Site, browser: Browser, place: Place) -> str:
    """Choose to pick up; give the field that says so."""
    await browser.visit(f"/products/{site.product_id}")
    await browser.send("/cart/products/", option_1="250 g", quantity="1", then="buy")
    field = next(re.finditer(r'name="(place_[0-9a-f]+)"', browser.page))[1]
    assert 'name="detail"' in browser.page, "what is sent needs an address"
    await browser.send("/orders", "/checkout", **{field: str(place.id)})
    return field


async def _ask(site: Site, order: Order, kind: CaseKind) -> UUID:
    """Have the buyer ask for something about an order."""
    asked = AskCase(
        id=new_id(site.shop_id),
        order_id=order.id,
        line=1,
        kind=kind,
        quantity=1,
        reason=Reason.NOT_WANTED if kind is CaseKind.CANCEL else Reason.DAMAGED,
        actor=Actor("buyer", order.buyer_id),
    )
    async with site.program.database.transaction() as tx:
        assert await ask_cases(tx, [asked]) == [CaseStatus.DONE]
    return asked.id


async def test_goods_are_picked_up_by_plain_forms(site: Site) -> None:
    place = await _charge(site)
    await site.person("mei", money=10_000_000)
    seller = f"s{site.seller_id.hex[-8:]}"
    async with site.browser("mei") as buyer, site.browser(seller) as merchant:
        field = await _check_out(site, buyer, place)
        assert 'name="detail"' not in buyer.page, "who comes needs no address"
        chosen = {field: str(place.id)}
        # Wrong names and numbers are said where they are, and stay typed.
        await buyer.send("/orders", **chosen, picker_name=" ", picker_phone="13800138000")
        assert (buyer.status, 'id="note-picker_name"' in buyer.page) == (422, True)
        await buyer.send("/orders", **chosen, picker_name="李雷", picker_phone="abc")
        assert buyer.status == 422
        assert 'value="abc"' in buyer.page
        assert 'value="李雷"' in buyer.page
        await buyer.send("/orders", **chosen, picker_name="李雷", picker_phone="13800138000")
        found = re.fullmatch(r"/orders/([0-9a-f-]{36})/payment", buyer.path)
        assert found, buyer.text
        order_id = UUID(found[1])
        await buyer.visit(f"/orders/{order_id}")
        assert "提货码" not in buyer.text, "nobody has paid"
        await buyer.visit(f"/orders/{order_id}/payment")
        await buyer.send("/payment", payment_password=PAYMENT_PASSWORD)
        await site.settle()
        await buyer.visit(f"/orders/{order_id}")
        assert (buyer.statements <= 3, "山下店" in buyer.text, bool(CODE.search(buyer.text))) == (True, True, False)
        await buyer.visit(f"/orders/{order_id}/pickup-code")
        assert (buyer.statements <= 3, bool(CODE.search(buyer.text))) == (True, False)
        # The code lets the money go: whoever came to sit in the session sees none.
        await buyer.send("/pickup-code", payment_password="000000")
        assert (buyer.status, "支付密码不对" in buyer.text, bool(CODE.search(buyer.text))) == (422, True, False)
        await buyer.send("/pickup-code", payment_password=PAYMENT_PASSWORD)
        code = next(CODE.finditer(buyer.text))[0]
        assert buyer.status == 200
        assert "山下店" in buyer.text
        await buyer.visit("/me")
        assert "/orders?tab=to_pick_up" in buyer.links
        for tab, is_there in (("unshipped", False), ("to_pick_up", True)):
            await buyer.visit(f"/orders?tab={tab}")
            assert (str(order_id) in buyer.page, buyer.statements <= 3) == (is_there, True)
        async with site.program.database.read() as reader:
            order = await get_order(reader, order_id)
        assert order is not None
        assert (order.freight, order.pickup and order.pickup.name) == (0, "山下店")

        desk = f"/merchant/{site.shop_id}"
        for path in (f"{desk}/orders/{order_id}", f"{desk}/orders", desk, f"{desk}/orders/slips"):
            await merchant.visit(path)
            assert merchant.status == 200
            assert merchant.statements <= 3
            assert code not in merchant.text
        await merchant.visit(f"{desk}/orders?tab=to_ship")
        assert str(order_id) not in merchant.page
        await merchant.visit(desk)
        assert f"{desk}/orders?tab=to_pick_up" in merchant.links
        await merchant.visit(f"{desk}/orders/slips")
        assert (order.number in merchant.text, "自提的不寄" in merchant.text) == (False, True)
        await merchant.visit(f"{desk}/orders?tab=to_pick_up")
        assert str(order_id) in merchant.page
        await merchant.send("/slips")
        assert (order.number in merchant.text, "提货单" in merchant.text, "李雷" in merchant.text) == (True, True, True)
        assert code not in merchant.text
        for path in (
            next(link for link in merchant.links if "form=list" in link),
            f"{desk}/orders/slips?order={order_id}",
        ):
            await merchant.visit(path)
            assert merchant.statements <= 3
            assert order.number in merchant.text
        await merchant.visit(f"{desk}/orders/{order_id}")
        assert "待提货" in merchant.text
        assert "/parcels" not in merchant.page, "nothing is sent"
        await merchant.visit(f"{desk}/pickup?code={NOBODY}")
        assert merchant.statements <= 3
        await merchant.send("/pickup")
        assert (merchant.status, "没有这个提货码" in merchant.text) == (422, True)
        await merchant.send("/pickup", code=code)
        assert "李雷" in merchant.text
        await merchant.send("/pickup", code=code, then="hand_over")
        assert merchant.path == f"{desk}/orders/{order_id}"
        await merchant.visit(f"{desk}/pickup?code={code}")
        await merchant.send("/pickup")
        assert "已经核销过了" in merchant.text
        for _ in range(9):
            await merchant.send("/pickup", code=NOBODY)
        await merchant.send("/pickup", code=NOBODY)
        assert "输错的次数太多了" in merchant.text

        await buyer.visit("/orders")
        assert "/orders?tab=to_pick_up" not in buyer.links, "there is nothing left to pick up"
        await buyer.visit(f"/orders/{order_id}")
        assert code not in buyer.text
        assert "凭提货码提了货" in buyer.text
        await buyer.visit(f"/orders/{order_id}/aftersale")
        assert "退货退款" in buyer.text
        assert not {"exchange", "reship"} & set(re.findall(r"[?]kind=(\w+)", buyer.page)), "it was not sent"
        await merchant.visit(f"{desk}/aftersale/{await _ask(site, order, CaseKind.RETURN)}")
        assert merchant.statements <= 3
        assert "留着，退一部分" in merchant.text
        assert not {"exchange", "reship"} & set(re.findall(r'value="(\w+)"', merchant.page))
        assert "补寄" not in merchant.text


async def test_who_has_no_payment_password_is_told_to_make_one_and_nobody_else_is_shown_the_code(site: Site) -> None:
    place = await _charge(site)
    for handle in ("mei", "ann"):
        await site.person(handle)
    async with site.browser("mei") as buyer, site.browser("ann") as stranger:
        field = await _check_out(site, buyer, place)
        await buyer.send("/orders", **{field: str(place.id)}, picker_name="李雷", picker_phone="13800138000")
        order = buyer.path.removesuffix("/payment")
        await buyer.visit(f"{order}/pickup-code")
        assert buyer.path == order, "it is not paid"
        await buyer.visit(f"{order}/payment")
        await buyer.send("/payment", channel="sandbox")
        await buyer.send("/sandbox/charges/", verb="pay")
        await site.settle()
        await buyer.visit(f"{order}/pickup-code")
        assert f"/me/payment-password?next={order}/pickup-code" in buyer.links
        form = {"payment_password": PAYMENT_PASSWORD}
        for browser, status in ((buyer, 422), (stranger, 404)):
            answer = await browser.client.post(f"{order}/pickup-code", data=form, headers=await csrf(browser))
            assert (answer.status_code, bool(CODE.search(answer.text))) == (status, False)
        await stranger.visit(f"{order}/pickup-code")
        assert stranger.status == 404


async def test_an_order_without_a_code_gets_one_when_it_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def give_none(*_: object) -> None:
        """Take a payment as a release does that knows of no codes."""

    place = await _charge(site)
    await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer:
        field = await _check_out(site, buyer, place)
        chosen = {field: str(place.id)}
        await buyer.send("/orders", **chosen, picker_name="李雷", picker_phone="13800138000")
        order = buyer.path.removesuffix("/payment")
        with monkeypatch.context() as before:
            before.setattr(picking_up, "give_codes", give_none)
            await buyer.send("/payment", payment_password=PAYMENT_PASSWORD)
            await site.settle()
        await buyer.visit(order)
        assert buyer.statements <= 3
        await buyer.visit(f"{order}/pickup-code")
        await buyer.send("/pickup-code", payment_password=PAYMENT_PASSWORD)
        assert CODE.search(buyer.text)
        async with site.program.database.read() as reader:
            paid = await get_order(reader, UUID(order.removeprefix("/orders/")))
        assert paid is not None
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as merchant:
        await merchant.visit(f"/merchant/{site.shop_id}/aftersale/{await _ask(site, paid, CaseKind.CANCEL)}")
        assert "已经交货" in merchant.text
        assert "包裹已经交给快递" not in merchant.page


async def test_a_place_that_is_closed_meanwhile_has_nothing_sent_instead(site: Site) -> None:
    place = await _charge(site)
    await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer:
        field = await _check_out(site, buyer, place)
        async with site.program.database.transaction() as tx:
            closed = PutPlace(place=replace(place, is_open=False), actor=Actor("merchant", site.seller_id))
            await put_places(tx, [closed])
        await buyer.send("/orders", **{field: str(place.id)}, picker_name="李雷", picker_phone="13800138000")
        assert buyer.status == 422
        assert "这个自提点现在不能选了" in buyer.text
        await buyer.visit("/orders")
        assert "还没有订单" in buyer.text or not re.search(r"/orders/[0-9a-f-]{36}", buyer.page)


async def test_pages_of_goods_and_of_the_shop_say_where_they_are_picked_up(site: Site) -> None:
    place = await _charge(site)
    seller = Actor("merchant", site.seller_id)
    card = SaveProduct(
        id=new_id(site.shop_id),
        shop_id=site.shop_id,
        title="茶券",
        delivery=Delivery.VIRTUAL,
        skus=(SaveSku(id=new_id(site.shop_id), price=5_000),),
        actor=seller,
        state=ProductState.LISTED,
    )
    more = [
        replace(place, id=new_id(site.shop_id), name=name, address=f"{name}门口", is_open=name != "关了的店")
        for name in ("山上店", "关了的店")
    ]
    async with site.program.database.transaction() as tx:
        await save_products(tx, [card])
        await put_places(tx, [PutPlace(place=more[1], actor=seller)])
    goods, shop = f"/products/{site.product_id}", f"/shops/{site.handle}"
    async with site.browser() as stranger:

        async def read(path: str, *, is_said: bool = True) -> str:
            await stranger.visit(path)
            assert (stranger.status, stranger.statements <= 3) == (200, True)
            assert ("可以自提" in stranger.text) is is_said
            assert "关了的店" not in stranger.text
            return stranger.text

        for path in (goods, shop):
            assert "山下店 · 茶山路 1 号 · 全天" in await read(path)
        await read(f"{shop}?tab=goods", is_said=False)
        await read(f"/products/{card.id}", is_said=False)
        async with site.program.database.transaction() as tx:
            await put_places(tx, [PutPlace(place=more[0], actor=seller)])
        for path in (goods, shop):
            text = await read(path)
            assert "2 个自提点" in text
            assert "山下店 茶山路 1 号 · 全天 山上店 山上店门口 · 全天" in text
        suspension = SuspendShop(
            id=new_id(site.shop_id),
            shop_id=site.shop_id,
            stops_sales=True,
            stops_withdrawals=False,
            reason="查一下",
            days=None,
            actor=Actor("staff", new_id()),
        )
        async with site.program.database.transaction() as tx:
            await suspend_shops(tx, [suspension])
        for path in (goods, shop):
            await read(path, is_said=False)


async def test_places_are_kept_by_who_runs_the_shop(site: Site) -> None:
    seller = f"s{site.seller_id.hex[-8:]}"
    async with site.browser(seller) as merchant:
        desk = f"/merchant/{site.shop_id}/places"
        await merchant.visit(f"{desk}/new")
        await merchant.send("/places/", name="山上店", address="")
        assert (merchant.status, "写上地址" in merchant.text, 'value="山上店"' in merchant.page) == (422, True, True)
        await merchant.send("/places/", name="山上店", address="茶山路 9 号", hours="全天")
        assert merchant.path == desk
        assert "山上店" in merchant.text
        await merchant.visit(next(link for link in merchant.links if re.fullmatch(rf"{desk}/[0-9a-f-]{{36}}", link)))
        await merchant.send("/places/", is_open="")
        assert "停用" in merchant.text
        await merchant.visit(f"{desk}/{new_id(site.shop_id)}")
        assert merchant.status == 404
    await site.person("ann")
    async with site.browser("ann") as stranger:
        await stranger.visit(desk)
        assert stranger.status in (403, 404)

"""Proves that invoices and being written to are wished for by plain forms, and what becomes of them for both sides."""

import re
from html import unescape

import httpx
import pytest

from tests.orders.test_invoices import PDF
from tests.pages.site import Browser, Site, forms_of
from tests.pages.test_buyer import STATEMENTS_MAX, add_address, place
from tests.pages.test_consoles import Desk, csrf
from tests.pages.test_roles import hire


async def test_an_invoice_is_wished_at_the_checkout_made_out_and_downloaded_by_its_buyer_only(site: Site) -> None:
    buyer_id = await site.person("mei", money=10_000_000)
    await site.person("eve")
    desk = f"/merchant/{site.shop_id}"
    async with (
        site.browser("mei") as buyer,
        site.browser(f"s{site.seller_id.hex[-8:]}") as seller,
        site.browser("eve") as eve,
    ):
        await seller.visit(f"{desk}/invoices")
        await seller.send("/invoices/offer", is_offered="1")
        assert "买家可以申请发票了" in seller.text
        await buyer.visit("/me/invoice-titles/new")
        await buyer.send("/me/invoice-titles/", kind="company", title="某某公司", tax_number="123")
        assert buyer.status == 422
        assert "统一社会信用代码" in buyer.text
        await buyer.send("/me/invoice-titles/", kind="person", title="梅子")
        assert buyer.path == "/me/invoice-titles"
        await buyer.visit("/me/invoice-titles")
        title = next(link for link in buyer.links if re.fullmatch(r"/me/invoice-titles/[0-9a-f-]{36}", link))
        await add_address(buyer)
        await buyer.visit(f"/products/{site.product_id}")
        await buyer.send("/cart/products/", option_1="250 g", quantity="1", then="buy")
        checkout = buyer.page
        (wishes,) = re.findall(r'hx-get="(/checkout/wishes[^"]*)"', unescape(checkout))
        piece = (await buyer.client.get(wishes)).text
        assert "请“山里的茶”开发票" in piece
        assert "checked" not in piece, "nothing is ticked before the buyer does"
        await buyer.send(
            "/orders",
            invoice=str(site.shop_id),
            contact=str(site.shop_id),
            text_version="1",
            invoice_title=title.rpartition("/")[2],
        )
        order_id = re.findall(r"/orders/([0-9a-f-]{36})/payment", buyer.path)[0]
        await seller.visit(f"{desk}/invoices/{order_id}")
        assert "买家还没有付款" in seller.text
        await buyer.send("/payment", payment_password="735914")
        await site.settle()
        await seller.visit(f"{desk}/invoices")
        assert seller.statements <= STATEMENTS_MAX
        assert "梅子" in seller.text
        await seller.visit(f"{desk}/customers")
        assert seller.statements <= STATEMENTS_MAX
        assert "李雷" in seller.text
        await seller.visit(f"{desk}/invoices/{order_id}")
        assert seller.statements <= STATEMENTS_MAX
        form = {"number": "12345678", "issued_on": "2026-11-01"}
        way = f"{desk}/invoices/{order_id}/papers"
        files = {"file": ("x.pdf", b"<html>", "application/pdf")}
        wrong = await seller.client.post(way, data=form, files=files, headers=await csrf(seller))
        assert wrong.status_code == 422
        assert "请上传税务局给的" in wrong.text
        files = {"file": ("x.exe", PDF, "application/x-msdownload")}
        seller._take(await seller.client.post(way, data=form, files=files, headers=await csrf(seller)))
        await buyer.visit(f"/orders/{order_id}/invoice")
        assert buyer.statements <= STATEMENTS_MAX
        assert "已开票" in buyer.text
        paper = next(link for link in buyer.links if "/papers/" in link)
        file = await buyer.client.get(paper)
        assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
        assert file.headers["content-disposition"] == 'attachment; filename="invoice-12345678.pdf"'
        assert file.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in file.headers["content-security-policy"]
        assert (await eve.client.get(paper)).status_code == 404
        assert (await eve.client.get(f"/orders/{order_id}/invoice")).status_code == 404
        assert (await seller.client.get(paper)).status_code == 404, "the shop has a way of its own"
        assert (await seller.client.get(f"{way}/{paper.rpartition('/')[2]}")).content == PDF
        await buyer.visit("/me/contacted-by")
        assert "山里的茶" in buyer.text
        assert buyer.statements <= STATEMENTS_MAX
        await buyer.send("/withdrawal")
        await seller.visit(f"{desk}/customers")
        assert "李雷" not in seller.text
    assert buyer_id


async def test_an_invoice_is_asked_for_refused_and_asked_for_again(site: Site) -> None:
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer, site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        desk = Desk(site, seller, buyer_id)
        order_id = await desk.order()
        await buyer.visit(f"/orders/{order_id}/invoice")
        assert "这家店现在不开发票" in buyer.text
        await seller.visit(f"{desk.path}/invoices")
        await seller.send("/invoices/offer", is_offered="1")
        await buyer.visit(f"/orders/{order_id}/invoice")
        await buyer.send("/invoice", kind="person", title="")
        assert buyer.status == 422
        await buyer.send("/invoice", kind="person", title="梅子")
        assert "等卖家开票" in buyer.text
        await seller.visit(f"{desk.path}/invoices/{order_id}")
        await seller.send("/refusal", reason="要换纸质的")
        assert "已告诉买家" in seller.text
        await buyer.visit(f"/orders/{order_id}/invoice")
        assert "要换纸质的" in buyer.text
        await buyer.send("/invoice")
        assert "等卖家开票" in buyer.text
        await buyer.send("/withdrawal")
        assert "不用开了" in buyer.text
        piece = unescape((await buyer.client.get(f"/orders/{order_id}/wishes")).text)
        assert "不用开了" in piece
        assert f"/orders/{order_id}/contact" in piece


async def test_a_present_says_so_to_both_and_names_no_price_to_whom_it_goes(site: Site) -> None:
    await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer, site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        await add_address(buyer)
        await buyer.visit(f"/products/{site.product_id}")
        await buyer.send("/cart/products/", option_1="250 g", quantity="1", then="buy")
        await buyer.send("/orders", is_gift="1", gift_note="生日快乐", hides_prices="1")
        order_id = re.findall(r"/orders/([0-9a-f-]{36})/payment", buyer.path)[0]
        await buyer.visit(f"/orders/{order_id}")
        assert "这是一份礼物。小票上不写价格。" in buyer.text
        assert "附言：生日快乐" in buyer.text
        await seller.visit(f"/merchant/{site.shop_id}/orders/{order_id}")
        assert "附言：生日快乐" in seller.text
        await buyer.visit(f"/products/{site.product_id}")
        await buyer.send("/cart/products/", option_1="250 g", quantity="1", then="buy")
        await buyer.send("/orders")
        await buyer.visit("/orders/" + re.findall(r"/orders/([0-9a-f-]{36})/payment", buyer.path)[0])
        assert "礼物" not in buyer.text


async def test_a_present_goes_once_to_whom_no_book_has_and_its_slip_names_no_price(site: Site) -> None:
    await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer, site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        await add_address(buyer)
        await buyer.visit(f"/checkout?item={site.skus[0]}:1")
        await _send_once(buyer, phone="123")
        assert buyer.status == 422
        assert "这个号码打不通" in buyer.text
        await _send_once(buyer)
        assert (buyer.status, "只用这一次" in buyer.text) == (200, True)
        (form,) = [form for form in forms_of(buyer.page) if form.action == "/orders"]
        sent = dict(form.fields)
        assert sent["address"] == sent["once_id"], "it is chosen"
        assert sent["is_gift"] == "1"
        await buyer.send("/orders", gift_note="生日快乐", contact=str(site.shop_id), text_version="1")
        order_id = re.findall(r"/orders/([0-9a-f-]{36})/payment", buyer.path)[0]
        await buyer.send("/payment", payment_password="735914")
        await site.settle()
        await buyer.visit(f"/orders/{order_id}")
        assert "韩梅梅" in buyer.text
        await buyer.visit("/me/addresses")
        assert "李雷" in buyer.text
        assert "韩梅梅" not in buyer.text
        await buyer.visit(f"/checkout?item={site.skus[0]}:1")
        assert "韩梅梅" not in buyer.text
        await seller.visit(f"/merchant/{site.shop_id}/customers")
        assert "阿青" in seller.text
        assert "13900139000" not in seller.text, "to whom a present goes agreed to nothing"
        await seller.visit(f"/merchant/{site.shop_id}/orders/slips?order={order_id}")
        assert "韩梅梅" in seller.text
        assert "生日快乐" in seller.text
        assert "¥" not in seller.text


@pytest.mark.parametrize("forged", [{"once_phone": "123"}, {"once_name": ""}, {"once_region_code": "999999"}])
async def test_a_one_off_address_that_the_page_did_not_make_is_none(site: Site, forged: dict[str, str]) -> None:
    await site.person("mei")
    async with site.browser("mei") as buyer:
        await buyer.visit(f"/checkout?item={site.skus[0]}:1")
        await _send_once(buyer)
        assert "once_id" in buyer.page
        await buyer.send("/orders", **forged)
        assert buyer.status == 422
        assert "请选一个收货地址" in buyer.text


async def test_a_shop_may_write_and_no_longer_by_a_page_that_needs_no_scripts(site: Site) -> None:
    await site.person("mei", money=10_000_000)
    await site.person("eve")
    await hire(site, "clerk", "orders")
    customers = f"/merchant/{site.shop_id}/customers"
    async with (
        site.browser("clerk") as clerk,
        site.browser("mei") as buyer,
        site.browser(f"s{site.seller_id.hex[-8:]}") as seller,
        site.browser("eve") as eve,
    ):
        order_id = await place(site, buyer)
        await buyer.visit(f"/orders/{order_id}")
        way = f"/orders/{order_id}/contact"
        assert way in buyer.links
        for _ in range(2):
            await buyer.visit(way)
            assert buyer.statements <= STATEMENTS_MAX
            await buyer.send("/contact", text_version="9")
            assert (buyer.path, "说明刚刚改了" in buyer.text) == (way, True)
            await buyer.send("/contact")
            assert "随时可以在“我”里撤回" in buyer.text
            await seller.visit(customers)
            assert "李雷" in seller.text
            export = f"/merchant/{site.shop_id}/porting#exports"
            assert export in unescape(seller.page)
            await clerk.visit(customers)
            assert "李雷" in clerk.text
            assert export not in unescape(clerk.page)  # Who cares for orders may not export.
            await buyer.visit(way)
            assert "已同意" in buyer.text
            await buyer.send("/withdrawal")
            assert "再也看不到" in buyer.text
            await seller.visit(customers)
            assert "李雷" not in seller.text
        assert (await eve.client.get(way)).status_code == 404


async def test_a_checkout_that_nobody_wished_anything_at_asks_for_nothing(site: Site) -> None:
    await site.person("mei", money=10_000_000)
    async with site.browser("mei") as buyer, site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        await place(site, buyer)
        await seller.visit(f"/merchant/{site.shop_id}/customers")
        assert "还没有买家同意" in seller.text
        await seller.visit(f"/merchant/{site.shop_id}/invoices")
        assert "没有要开的发票" in seller.text


async def _send_once(buyer: Browser, **others: str) -> None:
    """Press the button that takes a new address for this once, with the fields of the checkout as they are."""
    (form,) = [form for form in forms_of(buyer.page) if form.action == "/orders"]
    entered = {"name": "韩梅梅", "phone": "13900139000", "detail": "春熙路 8 号", "then": "once"}
    entered |= {"province": "510000", "city": "510100", "district": "510104", **others}
    fields = [(name, value) for name, value in form.fields if name not in entered]
    body = str(httpx.QueryParams([*fields, *entered.items()]))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    buyer._take(await buyer.client.post("/checkout/address", content=body, headers=headers))

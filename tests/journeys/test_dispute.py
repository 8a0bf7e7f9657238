"""Proves that what buyer and shop can't agree on is decided by arbiters, and on appeal by another, as it was shown."""

from playwright.async_api import FilePayload, expect

from tests.journeys.conftest import Town, Visiting, appoint, sell
from tests.journeys.visitor import DESK, Visitor
from tests.media.examples import picture
from weiji.identity import Role


async def _hand_in(visitor: Visitor, words: str) -> None:
    await visitor.fill(说明=words)
    visitor.agree()
    await visitor.press("封存并交上去")
    await visitor.sees(words)


async def _rule(arbiter: Visitor, case: str, share: str, words: str, postage: str = "") -> None:
    """Look at what a ruling would post, and sign it; whoever awards return postage has the shop bear freight."""
    await arbiter.open(f"/operator/disputes/{case}")
    await arbiter.fill(商品款给买家的比例=share, 理由=words)
    if postage:
        await arbiter.page.get_by_role("radio", name="卖家").check()
        await arbiter.fill(付给买家的寄回运费=postage)
    await arbiter.press("先看分录，再签字")
    await arbiter.sees("这份裁决会记这些账")
    await arbiter.enter_payment_password()
    await arbiter.sees("裁决记录")


async def test_a_dispute_is_ruled_appealed_and_executed_as_it_was_shown(arrive: Visiting, town: Town) -> None:
    await appoint(town, Role.ARBITER)
    merchant, desk, buyer, order, before = await sell(arrive, "说不清的壶", "60.00")
    await merchant.ship(desk, order)
    await buyer.open(order)
    await buyer.press("申请售后")
    await buyer.page.get_by_role("link", name="仅退款").click()
    # A form that comes back keeps its pictures, but for those that are not ticked; nine are all that it takes.
    page = buyer.page
    shown = [FilePayload(name=f"{n}.png", mimeType="image/png", buffer=picture(90 + n, 60, "PNG")) for n in range(10)]
    for files, kept, is_too_many in ((shown[:8], 8, False), (shown[8:], 8, True), (shown[8:], 9, False)):
        await page.locator("input[name=proof]").set_input_files(files)
        await page.locator("form:has([name=proof])").evaluate("form => { form.noValidate = true; }")
        await buyer.press("提交申请")
        await expect(page.get_by_text("和留着的一起最多 9 张")).to_have_count(int(is_too_many))
        await expect(page.locator("[name=kept]")).to_have_count(kept)
        if is_too_many:
            await page.get_by_text("留着 1", exact=True).click()
    case = (await buyer.ask_back("收到时破损")).removeprefix("/aftersale/")
    await expect(page.locator(".proofs img")).to_have_count(9)
    await merchant.open(f"{desk}/aftersale/{case}")
    await merchant.press("不同意")
    sheet = merchant.page.get_by_role("dialog")
    await sheet.get_by_label("理由").fill("发出时是好的。")
    await sheet.get_by_role("button", name="没有少发").click()
    assert (await sheet.get_by_label("理由").input_value()).startswith("发出时是好的。\n发货时清点过")
    await sheet.get_by_role("button", name="不同意", exact=True).click()
    await merchant.sees("没有谈成")

    # The buyer's page of the case is still open, and hears of it; what they are writing meanwhile stays.
    await buyer.sees("发出时是好的。")
    await buyer.fill(你想说的="壶嘴有一道裂口。")
    await merchant.fill(你想说的="请看一看面单。")
    await merchant.press("发送")
    await buyer.sees("请看一看面单。")
    await buyer.press("发送")
    await merchant.sees("壶嘴有一道裂口。")
    await buyer.page.get_by_role("link", name="请平台裁决").click()
    await buyer.fill(你的主张="壶嘴裂了，应该全退。")
    await buyer.press("交给平台")
    await _hand_in(buyer, "照片里看得清")
    await merchant.open(f"/disputes/{case}")
    await merchant.sees("壶嘴有一道裂口。")
    assert "照片里看得清" not in await merchant.page.content(), "sealed until both are in"
    await _hand_in(merchant, "有称重记录")
    await merchant.sees("照片里看得清")

    arbiter = await arrive(DESK)
    await arbiter.become("文山")
    await _rule(arbiter, case, "50", "各担一半。")
    await buyer.open(f"/disputes/{case}")
    await buyer.sees("各担一半。")
    await buyer.fill(为什么不服="请再看一遍照片。")
    buyer.agree()
    await buyer.press("上诉")
    await buyer.sees("上诉中")
    another = await arrive(DESK)
    await another.become("沈姐")
    await _rule(another, case, "75", "裂口是旧的，卖家担得多些。")
    await buyer.open(f"/disputes/{case}")
    await buyer.sees("裁决已生效")
    await buyer.finds("¥45.00")
    assert before - await buyer.balance() == 15


async def test_a_ruling_has_the_shop_pay_for_what_the_buyer_sent_back(arrive: Visiting, town: Town) -> None:
    await appoint(town, Role.ARBITER)
    merchant, desk, buyer, order, _ = await sell(arrive, "寄回的碗", "60.00")
    await merchant.ship(desk, order)
    await buyer.open(order)
    await buyer.press("申请售后")
    await buyer.page.get_by_role("link", name="退货退款").click()
    case = (await buyer.ask_back("收到时破损", "碗底裂了")).removeprefix("/aftersale/")
    await merchant.open(f"{desk}/aftersale/{case}")
    merchant.agree()
    await merchant.press("同意")
    await merchant.sees("等买家寄回")
    await buyer.open(f"/aftersale/{case}")
    await buyer.fill(快递公司="顺丰速运", 快递单号="SF1029384756124")
    await buyer.press("已经寄出")
    await buyer.sees("寄回途中")
    await merchant.open(f"{desk}/aftersale/{case}")
    await merchant.press("东西不对")
    sheet = merchant.page.get_by_role("dialog")
    await sheet.get_by_label("理由").fill("裂口是新的。")
    shown = FilePayload(name="crack.png", mimeType="image/png", buffer=picture(90, 60, "PNG"))
    await sheet.locator("input[name=proof]").set_input_files([shown])
    await sheet.get_by_role("button", name="东西不对，先不退款").click()
    await merchant.sees("东西在你这里，钱还没有退")
    await buyer.open(f"/disputes/{case}/opening")
    await buyer.fill(你的主张="收到就裂了，寄回还花了钱。")
    await buyer.press("交给平台")
    await _hand_in(buyer, "开箱照片在这里")
    await merchant.open(f"/disputes/{case}")
    await _hand_in(merchant, "发出时是好的")

    arbiter = await arrive(DESK)
    await arbiter.become("文山")
    await _rule(arbiter, case, "100", "寄出时就有裂口。", postage="12")
    await buyer.open(f"/disputes/{case}")
    await buyer.sees("另付买家寄回的运费 ¥12.00")
    await arbiter.turn_clock("10 天")
    await buyer.open(f"/disputes/{case}")
    await buyer.finds("裁决已生效")
    await buyer.finds("¥72.00")
    await buyer.finds("寄回的运费到买家的钱包")
    # Ten days bring other money, too: what sending back cost is an entry of its own.
    await buyer.open("/wallet")
    paid = buyer.page.get_by_role("listitem").filter(has_text="寄回的运费，平台判店铺付").filter(has_text="12.00")
    await expect(paid.first).to_be_visible()

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


async def _rule(arbiter: Visitor, case: str, share: str, words: str) -> None:
    """Look at what a ruling would post, and sign it."""
    await arbiter.open(f"/operator/disputes/{case}")
    await arbiter.fill(商品款给买家的比例=share, 理由=words)
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

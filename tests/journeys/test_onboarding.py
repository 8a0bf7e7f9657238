"""Proves that a stranger becomes a verified shop by themselves: a refused document is mended, nothing else is asked
again, the goods come along from elsewhere, and the first of them is sold."""

from pathlib import Path

from playwright.async_api import expect

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor
from tests.onboarding.examples import JPEG, make_card_number, make_id_number

GOODS = """Handle,Title,Vendor,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty,Status
first-tin,半山的第一罐茶,半山,规格,小罐,66.00,5,draft
first-tin,,,,大罐,128.00,2,
broken,看不清价格的茶,半山,规格,小罐,六十六,5,draft
"""
"""What the shop sold elsewhere: a product to be published here, and one that can't be read."""


async def put_document(merchant: Visitor, label: str, file: Path) -> None:
    """Choose a picture, and send it."""
    card = merchant.page.locator("section.card").filter(has=merchant.page.get_by_role("heading", name=label))
    await card.locator("input[type=file]").set_input_files(file)
    await card.get_by_role("button", name="上传").click()
    await merchant.sees("已收到，只有审核员看得到")


async def test_a_stranger_becomes_a_verified_shop(arrive: Visiting, tmp_path: Path) -> None:
    picture = tmp_path / "card.jpg"
    picture.write_bytes(JPEG)
    merchant = await arrive(PHONE)
    await merchant.sign_up("周山")
    desk = await merchant.open_shop("半山茶铺")
    await merchant.sees("店铺还没有认证，每天最多卖")
    await merchant.press("去认证")
    await merchant.sees("完成 0 / 4 步")

    await merchant.page.get_by_role("link", name="入驻协议").click()
    await merchant.page.get_by_text("我读过并同意").click()
    await merchant.press("保存")
    await merchant.sees("完成 1 / 4 步")
    await merchant.page.get_by_role("link", name="谁来开店").click()
    await merchant.page.get_by_text("个人", exact=True).click()
    await merchant.press("就这样")
    await merchant.fill(姓名="周山", 身份证号="330106199001011234")
    await merchant.press("保存")
    await merchant.sees("这个身份证号不对")
    await merchant.fill(身份证号=make_id_number(42))
    await merchant.press("保存")
    await merchant.sees("完成 2 / 4 步")
    await merchant.page.get_by_role("link", name="结算账户").click()
    await merchant.fill(开户银行="建设银行", 户名="周山", 账号=make_card_number(42))
    await merchant.press("保存")
    await merchant.sees("完成 3 / 4 步")
    await merchant.page.get_by_role("link", name="证件照片").click()
    await put_document(merchant, "身份证人像面", picture)
    await put_document(merchant, "身份证国徽面", picture)
    await merchant.press("返回认证清单")
    await merchant.press("提交审核")
    await merchant.sees("资料交上去了，排在第")

    reviewer = await arrive(DESK)
    await reviewer.become("文山")
    await reviewer.open("/operator/applications")
    await reviewer.page.get_by_role("link", name="半山茶铺").click()
    await reviewer.press("我来审核")
    await reviewer.sees(make_id_number(42))
    refusal = reviewer.page.get_by_role("group", name="身份证国徽面 的结论")
    await refusal.get_by_text("要改", exact=True).click()
    await reviewer.page.get_by_label("身份证国徽面 要改的原因").fill("四角不全，请重拍。")
    await reviewer.press("提交结论")
    await reviewer.sees("退回给店主了")

    await merchant.open(desk)
    await merchant.sees("店铺认证没有通过")
    await merchant.press("去看看")
    await merchant.sees("四角不全，请重拍。")
    await merchant.page.get_by_role("link", name="证件照片").click()
    await merchant.sees("这一份已经通过，不用再传。")
    await put_document(merchant, "身份证国徽面", picture)
    await merchant.press("返回认证清单")
    await merchant.press("提交审核")
    await merchant.sees("资料交上去了，排在第")

    await reviewer.open("/operator/applications")
    await reviewer.page.get_by_role("link", name="半山茶铺").click()
    await reviewer.press("我来审核")
    await reviewer.press("提交结论")
    await reviewer.sees("这家店已认证")

    await merchant.open(f"{desk}/verification")
    await merchant.sees("认证通过了")
    product = await bring_goods(merchant, desk, tmp_path)

    buyer = await arrive(PHONE)
    await buyer.become("小鱼")
    order = await buyer.place(product, "大罐")
    await buyer.pay()

    await merchant.open(f"{desk}/orders")
    await merchant.finds("半山的第一罐茶")
    await merchant.open(f"{desk}{order}")
    await merchant.sees("大罐")
    await expect(merchant.button("发货").first).to_be_visible()


async def bring_goods(merchant: Visitor, desk: str, folder: Path) -> str:
    """Bring goods along from elsewhere, and publish the first; give the path of its page."""
    file = folder / "goods.csv"
    file.write_text(GOODS, "utf-8")
    await merchant.open(f"{desk}/porting")
    await merchant.page.get_by_label("商品文件").set_input_files(file)
    await merchant.press("上传并试读")
    await merchant.sees("只是试读，什么都还没有写入。")
    await merchant.sees("六十六")
    await merchant.press("导入 1 件商品")
    await merchant.sees("导入完成。")
    await merchant.page.get_by_role("link", name="半山的第一罐茶").click()
    await merchant.press("保存并上架")
    await merchant.sees("已上架，买家现在就能看到。")
    await merchant.page.get_by_role("link", name="半山的第一罐茶").first.click()
    await merchant.page.get_by_role("link", name="看商品页").click()
    await merchant.page.wait_for_url("**/products/*")
    return merchant.path

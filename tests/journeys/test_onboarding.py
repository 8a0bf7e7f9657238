"""Proves that a stranger becomes a verified shop by themselves: a refused document is mended, nothing else is asked
again, and the first product is on the shelf."""

from pathlib import Path

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import DESK, PHONE, Visitor
from tests.onboarding.examples import JPEG, make_card_number, make_id_number


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
    product = await merchant.list_product(desk, "半山的第一罐茶", price="66.00", stock=5)
    await merchant.open(product)
    await merchant.sees("半山的第一罐茶")

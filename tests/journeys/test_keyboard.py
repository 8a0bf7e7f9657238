"""With a keyboard alone: from a product, through the choice of a variant, the checkout and the pad, to a paid order."""

from typing import Final

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import PHONE, TOWN_PAYMENT_PASSWORD, Visitor

TABS_MAX: Final = 60
"""More than any of these pages has stops: whoever presses so often without arriving is in a trap."""

FOCUSED: Final = """() => {
  const at = document.activeElement;
  if (at === document.body) return ["", true];
  const name = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
  const seen = [at, at.nextElementSibling, at.closest("label, .field-box, .search")];
  const isShown = seen.some((each) => each && getComputedStyle(each).outlineStyle !== "none");
  if (at.localName === "video") return [name, true];  // Its controls are the browser's own.
  return [name.replace(/\\s+/g, " ").trim(), isShown];
}"""


async def reach(visitor: Visitor, name: str) -> None:
    """Press Tab until something with a name has the focus, and see that every stop on the way shows it."""
    found, shown = await visitor.page.evaluate(FOCUSED)
    for _ in range(TABS_MAX):
        if name in found:
            return
        await visitor.page.keyboard.press("Tab")
        found, shown = await visitor.page.evaluate(FOCUSED)
        assert shown, found
    raise AssertionError(f"no {name} within {TABS_MAX} stops")


async def test_somebody_with_a_keyboard_alone_buys(arrive: Visiting) -> None:
    buyer = await arrive(PHONE)
    await buyer.become("小鱼")
    await buyer.open("/search?q=%E6%A1%82%E8%8A%B1%E4%B9%8C%E9%BE%99%E8%8C%B6")
    keyboard = buyer.page.keyboard
    await reach(buyer, "桂花乌龙茶")
    await keyboard.press("Enter")
    await buyer.arrives_at("/products/*")
    await reach(buyer, "立即购买")
    await keyboard.press("Space")  # A link that is a button.
    await reach(buyer, "加入购物车")
    await keyboard.press("Enter")
    await buyer.sees("请选择")
    await reach(buyer, "50 g 小罐")
    await keyboard.press("Space")
    await reach(buyer, "立即购买")
    await keyboard.press("Enter")
    await buyer.page.wait_for_url("**/checkout?*")
    await reach(buyer, "提交订单")
    await keyboard.press("Enter")
    await buyer.page.wait_for_url("**/payment*")
    await buyer.sees("请输入 6 位支付密码")
    await keyboard.type(TOWN_PAYMENT_PASSWORD)
    await buyer.sees("付款成功")

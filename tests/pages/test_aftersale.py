"""Proves of the pages of after-sale: buyer and shop come to an end by forms alone, within three statements a page, what
is wrong is said where it is wrong, and strangers find nothing.
"""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest

from tests.media.examples import picture
from tests.pages.site import PRICES, Browser, Site, forms_of
from tests.pages.test_buyer import add_address, pay
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, csrf, operator
from weiji.aftersale import CaseState, CaseStatus, ReplyToCase, proof_owner, reply_to_cases
from weiji.aftersale.model import REPLIES_MAX, return_parcel
from weiji.aftersale.store import get_case, read_cases
from weiji.carriers import ParcelState, TrackingEvent
from weiji.carriers.model import RecordReport, Report
from weiji.carriers.operations import record_reports
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.inventory import SetStock, set_stock
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.kit.money import format_yuan
from weiji.orders import RefundOrder, State, refund_orders

__all__ = ["operator"]

ADDRESS = {"name": "售后组", "phone": "0571-88001234", "region": "浙江省杭州市西湖区", "detail": "文三路 9 号"}


class Both:
    """A buyer and a seller, each at their pages."""

    def __init__(self, desk: Desk, buyer: Browser) -> None:
        self.desk = desk
        self.seller = desk.browser
        self.buyer = buyer

    async def look(self, browser: Browser, path: str) -> None:
        """Go to a page, which takes as many statements as it may."""
        await browser.visit(path)
        assert browser.status == 200, browser.text
        assert browser.statements <= STATEMENTS_MAX

    async def ask(self, order_id: UUID, kind: str, **fields: str) -> UUID:
        """Ask by the form, and find the case that was opened."""
        await self.look(self.buyer, f"/orders/{order_id}/aftersale?kind={kind}")
        await self.buyer.send("/aftersale", **({"line_1": "1", "reason": "agreed"} | fields))
        assert self.buyer.status == 200, self.buyer.text
        async with self.desk.site.program.database.read() as reader:
            return list(await read_cases(reader, [order_id]))[-1]

    async def state(self, case_id: UUID) -> CaseState:
        """Read where a case stands, once all is delivered."""
        await self.desk.site.settle()
        async with self.desk.site.program.database.read() as reader:
            found = await get_case(reader, case_id)
        assert found is not None
        return found.case.state


@pytest.fixture
async def both(site: Site) -> AsyncIterator[Both]:
    buyer_id = await site.person("mei", money=10_000_000)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser("mei") as buyer:
        yield Both(Desk(site, seller, buyer_id), buyer)


async def test_a_unit_that_was_not_sent_is_given_up(both: Both) -> None:
    order_id = await both.desk.order(quantity=3)
    await both.look(both.buyer, f"/orders/{order_id}")
    assert f"/orders/{order_id}/aftersale" in both.buyer.links
    case_id = await both.ask(order_id, "cancel", quantity_1="2")
    assert "等卖家答复" in both.buyer.text
    await both.look(both.buyer, f"/orders/{order_id}")
    assert "售后中" in both.buyer.text
    assert f"/orders/{order_id}/aftersale" not in both.buyer.links, "of its one line nothing more can be asked"
    await both.buyer.visit(f"/orders/{order_id}/aftersale/cases")
    assert f"/aftersale/{case_id}" in both.buyer.links
    await both.look(both.seller, both.desk.path)
    assert "售后中" in both.seller.text
    await both.look(both.seller, f"{both.desk.path}/aftersale")
    await both.seller.send("/agreement", case=str(case_id))
    assert "办好了 1 个。" in both.seller.text
    assert await both.state(case_id) is CaseState.REFUNDED
    await both.look(both.buyer, f"/aftersale/{case_id}")
    assert "已退款" in both.buyer.text
    await both.look(both.buyer, f"/orders/{order_id}")
    assert "已取消 2" in both.buyer.text
    await both.look(both.seller, f"{both.desk.path}/orders/{order_id}")
    assert "退给买家" in both.seller.text
    assert await both.desk.state(order_id) is State.PAID


async def test_pages_say_that_a_shop_got_what_is_left_of_an_order(both: Both) -> None:
    order_id = await both.desk.settled(quantity=3)
    case_id = await both.ask(order_id, "refund", quantity_1="3", amount_1="40")
    await both.look(both.seller, f"{both.desk.path}/aftersale")
    await both.seller.send("/agreement", case=str(case_id))
    assert await both.state(case_id) is CaseState.REFUNDED
    got = await both.desk.available()
    assert 0 < got <= await both.desk.total(order_id) - 4_000
    await both.look(both.seller, f"{both.desk.path}/money/orders")
    (row,) = (line for line in both.seller.page.splitlines() if str(order_id) in line)
    assert format_yuan(got) in row
    assert format_yuan(4_000) in row
    await both.look(both.seller, f"{both.desk.path}/orders/{order_id}")
    assert f"<b>¥{format_yuan(got)}</b>" in both.seller.page, "on the way of the money"
    assert "你收到" in both.seller.text


async def test_who_waited_long_enough_for_the_goods_reads_that_nobody_has_to_agree(both: Both) -> None:
    order_id = await both.desk.order()
    here = f"/orders/{order_id}"
    for hours, is_at_once in ((71, False), (2, True)):
        clock.CLOCK.follow(clock.CLOCK.offset + timedelta(hours=hours))
        await both.look(both.buyer, here)
        assert ("马上同意，不等卖家答复" in both.buyer.text) is is_at_once
        await both.look(both.buyer, f"{here}/aftersale?kind=cancel")
        assert ("一提交就同意，不等卖家答复" in both.buyer.text) is is_at_once
        assert ("小时内不答复，就自动同意" in both.buyer.text) is not is_at_once
    case_id = await both.ask(order_id, "cancel")
    assert await both.state(case_id) is CaseState.REFUNDED


async def test_what_was_cancelled_is_said_wherever_units_or_money_are_counted(both: Both, operator: Browser) -> None:
    order_id = await both.desk.order(quantity=3)
    await both.desk.site.ship(order_id, ((1, 1),))
    case_id = await both.ask(order_id, "cancel", quantity_1="1")
    await both.look(both.seller, f"{both.desk.path}/aftersale")
    await both.seller.send("/agreement", case=str(case_id))
    await both.look(both.buyer, f"/orders/{order_id}/receipt")
    assert ("×3 已发 1 已取消 1" in both.buyer.text, "共 2 件" in both.buyer.text) == (True, True)
    await operator.visit(f"/operator/trade/{order_id}")
    assert ("已退给买家 ¥98.00" in operator.text, "退了一部分，见经过" in operator.text) == (True, True)
    other_id = await both.desk.order()
    refund = RefundOrder(order_id=other_id, shop_id=both.desk.site.shop_id, actor=Actor("merchant", new_id()))
    await both.desk.site.program.batchers.of(refund_orders, "order_id").submit(refund)
    await both.look(both.buyer, "/orders")
    assert ("共 0 件" in both.buyer.text, "共 1 件" in both.buyer.text, "共 3 件" in both.buyer.text) == (
        False,
        True,
        True,
    )


async def test_who_goes_back_to_the_form_is_not_told_that_what_they_changed_was_submitted(both: Both) -> None:
    order_id = await both.desk.order(quantity=2)
    await both.desk.site.ship(order_id)
    database = both.desk.site.program.database

    async def amounts() -> list[tuple[int, CaseState]]:
        async with database.read() as reader:
            return [(case.amount, case.state) for case in (await read_cases(reader, [order_id])).values()]

    given = {"line_1": "1", "quantity_1": "1", "reason": "agreed"}
    await both.look(both.buyer, f"/orders/{order_id}/aftersale?kind=refund")
    page = both.buyer.page
    await both.buyer.send("/aftersale", **given, amount_1="1")
    first = both.buyer.path
    both.buyer.page = page
    await both.buyer.send("/aftersale", **given, amount_1="1")
    assert (both.buyer.path, "申请提交了" in both.buyer.text) == (first, True), "sent twice, it is asked once"
    both.buyer.page = page
    await both.buyer.send("/aftersale", **given, amount_1="20")
    assert (both.buyer.path, "这次改的没有提交" in both.buyer.text) == (first, True), both.buyer.text
    assert "申请提交了" not in both.buyer.text
    await both.buyer.send("/withdrawal")
    for amount in ("20", "1"):
        both.buyer.page = page
        await both.buyer.send("/aftersale", **given, amount_1=amount)
        assert (both.buyer.status, "这次写的还没有提交" in both.buyer.text) == (422, True), both.buyer.text
        assert await amounts() == [(100, CaseState.WITHDRAWN)]
    assert 'value="1"' in both.buyer.page, "what was typed is there"
    await both.buyer.send("/aftersale", **given, amount_1="20")
    assert "申请提交了" in both.buyer.text
    assert await amounts() == [(100, CaseState.WITHDRAWN), (2_000, CaseState.ASKED)]


async def test_of_each_line_of_a_form_is_said_what_became_of_it(both: Both) -> None:
    site, buyer = both.desk.site, both.buyer
    await add_address(buyer)
    await buyer.visit(f"/checkout?item={site.skus[0]}:1&item={site.skus[1]}:1")
    await buyer.send("/orders")
    order_id = UUID(buyer.path.split("/")[2])
    await pay(site, buyer)
    await site.ship(order_id)

    async def cases() -> list[tuple[int, int, CaseState]]:
        async with site.program.database.read() as reader:
            found = (await read_cases(reader, [order_id])).values()
            return sorted((case.line, case.amount, case.state) for case in found)

    given = {"line_1": "1", "quantity_1": "1", "amount_1": "1", "reason": "agreed"}
    more = {"line_2": "1", "quantity_2": "1", "amount_2": "3"}
    await both.look(buyer, f"/orders/{order_id}/aftersale?kind=refund")
    page = buyer.page
    await buyer.send("/aftersale", **given)
    buyer.page = page
    await buyer.send("/aftersale", **given | more | {"amount_1": "2"})
    assert (buyer.status, buyer.path) == (422, f"/orders/{order_id}/aftersale")
    first, second = told(buyer)[:2]
    assert "先前的申请还在，这次改的没有提交" in first
    assert "申请提交了，等卖家答复" in second
    assert await cases() == [(1, 100, CaseState.ASKED), (2, 300, CaseState.ASKED)]
    # Both were given up: by the old form nothing of it is asked anew until they have seen that.
    async with site.program.database.read() as reader:
        opened = list(await read_cases(reader, [order_id]))
    for case_id in opened[:1]:
        await buyer.visit(f"/aftersale/{case_id}")
        await buyer.send("/withdrawal")
    buyer.page = page
    await buyer.send("/aftersale", **given | more)
    first, second = told(buyer)[:2]
    assert "这次写的还没有提交" in first
    assert "申请提交了，等卖家答复" in second, "it was before, and stands as it is written"
    await buyer.send("/aftersale", **given)
    assert "申请提交了" in buyer.text
    assert [state for _, _, state in await cases()].count(CaseState.ASKED) == 2


def told(browser: Browser) -> list[str]:
    """Read what a page says of each line, above its form."""
    found = re.search(r'<div class="notice notice-bad".*?</ul>', browser.page, re.DOTALL)
    assert found, browser.text
    return re.findall(r"<li>(.*?)</li>", found[0])


async def test_what_is_ticked_is_answered_at_once_and_told_apart(both: Both) -> None:
    asked = []
    for _ in range(2):
        order_id = await both.desk.order()
        await both.desk.site.ship(order_id)
        asked.append(await both.ask(order_id, "refund", quantity_1="1", amount_1="5"))
    await both.look(both.seller, f"{both.desk.path}/aftersale")
    await both.seller.send("/agreement", case=str(asked[0]))
    await both.seller.visit(f"{both.desk.path}/aftersale")
    (form,) = (form for form in forms_of(both.seller.page) if form.action.endswith("/agreement"))
    assert f'formaction="{both.desk.path}/aftersale/refusal"' in unescape(both.seller.page)
    fields = [(name, value) for name, value in form.fields if name not in ("case", "words", "reason")]
    fields += [("case", str(id)) for id in asked] + [("words", "发出时是好的"), ("reason", "as_described")]
    url = f"{both.desk.path}/aftersale/refusal"
    answer = await both.seller.client.post(
        url, content=str(httpx.QueryParams(fields)), follow_redirects=True,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert "办好了 1 个。 1 个没有办成：刚刚有了变化" in answer.text
    assert [await both.state(id) for id in asked] == [CaseState.REFUNDED, CaseState.REFUSED]
    order_id = await both.desk.order()
    await both.desk.site.ship(order_id)
    case_id = await both.ask(order_id, "return", quantity_1="1")
    await both.seller.visit(f"{both.desk.path}/aftersale")
    await both.seller.send("/address", **ADDRESS)
    await both.seller.send("/agreement", case=str(case_id))
    await both.buyer.visit(f"/aftersale/{case_id}")
    await both.buyer.send("/parcel", carrier="顺丰速运", tracking_number="SF9001000000001")
    await both.look(both.seller, f"{both.desk.path}/aftersale?tab=returning")
    await both.seller.send("/receipt")
    assert "先选几个" in both.seller.text
    await both.seller.send("/receipt", case=str(case_id))
    assert await both.state(case_id) is CaseState.REFUNDED


async def test_a_reason_for_all_that_is_ticked_fits_each_or_is_said_not_to(both: Both) -> None:
    asked = []
    for kind, more in (("refund", {"amount_1": "5"}), ("return", {})):
        order_id = await both.desk.order()
        await both.desk.site.ship(order_id)
        asked.append(await both.ask(order_id, kind, quantity_1="1", **more))
    desk = f"{both.desk.path}/aftersale"
    await both.look(both.seller, desk)
    (choice,) = re.findall(r'<select[^>]*name="reason".*?</select>', both.seller.page, re.DOTALL)
    assert re.findall(r'value="([a-z_]*)"', choice) == ["", "not_shown", "as_described", "too_late", "other"]
    assert set(re.findall(r"reason=([a-z_]+)", both.seller.page)) <= {"not_shown", "as_described", "too_late"}
    (form,) = (form for form in forms_of(both.seller.page) if form.action.endswith("/agreement"))
    fixed = [(name, value) for name, value in form.fields if name not in ("case", "words", "reason")]
    for reason, said in (
        ("", "请选一个原因。"),
        ("signed_for", "办好了 1 个。 1 个没有办成：这个原因不适合这种申请，换一个，或者选“其他原因”。"),
    ):
        fields = [*fixed, *(("case", str(id)) for id in asked), ("words", "快递柜里"), ("reason", reason)]
        answer = await both.seller.client.post(
            f"{desk}/refusal", content=str(httpx.QueryParams(fields)), follow_redirects=True,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        assert said in unescape(answer.text)
    assert [await both.state(id) for id in asked] == [CaseState.REFUSED, CaseState.ASKED]
    await both.look(both.seller, f"{desk}/{asked[1]}")
    await both.seller.send("/refusal", words="快递柜里", reason="signed_for")
    assert (both.seller.status, "这个原因不适合这种申请" in both.seller.text) == (422, True)
    # Of one kind alone, all of its reasons are there.
    await both.look(both.seller, desk)
    assert ('value="used"' in both.seller.page, 'value="signed_for"' in both.seller.page) == (True, False)


async def test_goods_are_sent_back_for_their_money(both: Both) -> None:
    order_id = await both.desk.order(quantity=2)
    await both.desk.site.ship(order_id)
    case_id = await both.ask(order_id, "return", quantity_1="1", words="颜色不对")
    await both.look(both.buyer, f"/orders/{order_id}")
    assert "售后中" in both.buyer.text
    assert not {f"/orders/{order_id}/prolongation", f"/orders/{order_id}/receipt"} & set(both.buyer.links)
    assert "/prolongation" not in both.buyer.page
    here = f"{both.desk.path}/aftersale/{case_id}"
    await both.look(both.seller, here)
    assert "颜色不对" in both.seller.text
    await both.seller.send("/agreement")
    assert "先填好退货地址" in both.seller.text
    await both.seller.visit(f"{both.desk.path}/aftersale")
    await both.seller.send("/address", **(ADDRESS | {"detail": ""}))
    assert (both.seller.status, "详细地址都要填" in both.seller.text) == (422, True)
    await both.seller.send("/address", **ADDRESS)
    await both.look(both.seller, here)
    await both.seller.send("/agreement")
    assert await both.state(case_id) is CaseState.TO_RETURN
    await both.look(both.buyer, f"/aftersale/{case_id}")
    assert "文三路 9 号" in both.buyer.text
    await both.buyer.send("/parcel", carrier="顺丰速运", tracking_number="")
    assert (both.buyer.status, "请填写快递单号" in both.buyer.text) == (422, True)
    await both.buyer.send("/parcel", carrier="", tracking_number="123456789012")
    assert (both.buyer.status, "请选一家" in both.buyer.text) == (422, True)
    await both.buyer.send("/parcel", carrier="", tracking_number="sf 1234 567890")
    assert (both.buyer.status, "已经是另一个包裹的" in both.buyer.text) == (422, True), "it is how the shop sent it"
    assert "就这样寄" not in both.buyer.text, "nobody is asked whether it is right"
    await both.buyer.send("/parcel", carrier="顺丰", tracking_number="SF1234567890", is_sure="on")
    assert (both.buyer.status, await both.state(case_id)) == (422, CaseState.TO_RETURN)
    await both.buyer.send("/parcel", carrier="顺丰速运", tracking_number="SF9000000000001")
    assert "SF9000000000001" in both.buyer.text
    event = TrackingEvent(at=clock.now(), text="快递员已揽收", state=ParcelState.COLLECTED)
    report = RecordReport(parcel_id=return_parcel(case_id), report=Report(state=ParcelState.COLLECTED, events=(event,)))
    await both.desk.site.program.batchers.of(record_reports, "parcel_id").submit(report)
    await both.look(both.buyer, f"/aftersale/{case_id}")
    await both.look(both.seller, here)
    for browser in (both.buyer, both.seller):
        assert "快递已收件" in browser.text
        assert "快递员已揽收" in browser.text
        assert "ParcelMoved" not in browser.text
    await both.look(both.seller, f"{both.desk.path}/aftersale?tab=returning")
    await both.look(both.seller, here)
    await both.seller.send("/return-offer", amount="很多", words="少了杯盖")
    assert (both.seller.status, "金额不对" in both.seller.text) == (422, True)
    await both.seller.send("/return-offer", amount="70", words="少了杯盖")
    await both.look(both.buyer, f"/aftersale/{case_id}")
    assert "少了杯盖" in both.buyer.text
    assert "不答复不等于同意" in both.buyer.text
    await both.buyer.send("/acceptance")
    assert await both.state(case_id) is CaseState.REFUNDED
    await both.look(both.buyer, f"/orders/{order_id}")
    assert "已退货 1" in both.buyer.text
    assert await both.desk.state(order_id) is State.SHIPPED


async def test_a_shop_refuses_offers_and_sends_anew(both: Both) -> None:
    order_id = await both.desk.order(quantity=2)
    await both.desk.site.ship(order_id)
    first = await both.ask(order_id, "refund", quantity_1="1", amount_1="50")
    here = f"{both.desk.path}/aftersale/{first}"
    await both.look(both.seller, here)
    await both.seller.send("/refusal", words="", reason="other")
    assert (both.seller.status, "请写明原因" in both.seller.text) == (422, True)
    await both.seller.send("/refusal", words="没有问题", reason="")
    assert (both.seller.status, "请选一个原因" in both.seller.text) == (422, True)
    await both.look(both.seller, here)
    await both.seller.send("/reply", words="")
    assert both.seller.status == 422
    await both.seller.send("/reply", words="请再拍一张底部的照片")
    assert await both.state(first) is CaseState.ASKED
    await both.look(both.buyer, f"/aftersale/{first}")
    assert "请再拍一张底部的照片" in both.buyer.text
    page = both.buyer.page
    for words in ("拍好了", "拍好了", "又拍了一张"):
        both.buyer.page = page
        await both.buyer.send("/reply", words=words)
        await both.seller.visit(here)
        await both.seller.send("/reply", words="多谢")
    await both.look(both.buyer, f"/aftersale/{first}")
    said = [both.buyer.text.count(words) for words in ("拍好了", "又拍了一张", "多谢")]
    assert said == [1, 1, 2], "once for a form that was sent twice; with other words it is another"
    await both.look(both.seller, here)
    # A ready sentence stands in the form, to be sent as it is or edited.
    ready = next(link for link in both.seller.links if "say=" in link and link.endswith("#refusal"))
    await both.look(both.seller, ready.removesuffix("#refusal"))
    assert "从现在的图片看不出问题" in both.seller.page
    await both.seller.send("/refusal")
    assert await both.state(first) is CaseState.REFUSED
    await both.look(both.buyer, f"/aftersale/{first}")
    assert "从现在的图片看不出问题" in both.buyer.text
    assert "卖家没有同意：请补照片" in both.buyer.text, "the sentence chose its reason"
    assert "卖家 · 请补照片 · 从现在的图片看不出问题" in both.buyer.text, "and so does its time-line"
    second = await both.ask(order_id, "refund", quantity_1="1", amount_1="40")
    assert await both.state(first) is CaseState.WITHDRAWN
    here = f"{both.desk.path}/aftersale/{second}"
    await both.look(both.seller, here)
    await both.seller.send("/offer", kind="refund", amount="40")
    assert (both.seller.status, "直接同意就好" in both.seller.text) == (422, True)
    await both.seller.send("/offer", kind="reship", amount="", words="补一个给你")
    await both.look(both.buyer, f"/aftersale/{second}")
    assert "补一个给你" in both.buyer.text
    await both.buyer.send("/acceptance")
    await both.look(both.seller, here)
    assert "西湖区" in both.seller.text, "it says where to"
    await both.seller.send("/parcel", carrier="", tracking_number="123456789012")
    assert (both.seller.status, "请选一家" in both.seller.text) == (422, True)
    await both.seller.send("/parcel", carrier="", tracking_number="sf 1234 5678 90123")
    assert await both.state(second) is CaseState.RESHIPPED
    await both.look(both.buyer, "/aftersale?tab=over")
    assert "已再次发出" in both.buyer.text
    await both.look(both.buyer, f"/aftersale/{second}")
    assert "可以再申请" in both.buyer.text
    # What was asked about as often as may be is not offered to be asked about again.
    for _ in range(3):
        last = await both.ask(order_id, "refund", quantity_1="1", amount_1="30")
        await both.look(both.seller, f"{both.desk.path}/aftersale/{last}")
        await both.seller.send("/refusal", words="没有问题", reason="other")
    await both.look(both.buyer, f"/aftersale/{last}")
    assert ("不能再申请了" in both.buyer.text, "再申请一次" in both.buyer.text) == (True, False)
    await both.look(both.buyer, f"/aftersale/{second}")
    assert ("送到了请检查" in both.buyer.text, "再申请" in both.buyer.text) == (True, False)
    await both.look(both.buyer, f"/orders/{order_id}/aftersale?kind=refund")
    assert "申请的次数用完了" in both.buyer.text


async def test_no_picture_is_taken_in_for_what_will_not_be_said(both: Both) -> None:
    program, order_id = both.desk.site.program, await both.desk.order()
    case_id = await both.ask(order_id, "cancel")
    actor = Actor("buyer", both.desk.buyer_id)
    said = [ReplyToCase(case_id=case_id, actor=actor, words=f"第 {number} 句") for number in range(REPLIES_MAX)]
    assert set(await program.batchers.of(reply_to_cases, "case_id").submit_all(said)) == {CaseStatus.DONE}

    async def say(browser: Browser, at: str, side: int) -> tuple[str, int]:
        headers = await csrf(browser)
        sent = {"data": {"words": "看这张"}, "files": {"proof": ("x.jpg", picture(side, side), "image/jpeg")}}
        browser._take(await browser.client.post(f"{at}/reply", **sent, headers=headers, follow_redirects=True))
        async with program.database.read() as reader:
            count = "select count(*) from media.pictures where owner_id = $1"
            return browser.text, await reader.connection.fetchval(count, proof_owner(order_id))

    text, kept = await say(both.buyer, f"/aftersale/{case_id}", 50)
    assert ("你已经说了 40 次" in text, kept) == (True, 0)
    text, kept = await say(both.seller, f"{both.desk.path}/aftersale/{case_id}", 60)
    assert ("看这张" in text, kept) == (True, 1)
    await both.buyer.visit(f"/aftersale/{case_id}")
    await both.buyer.send("/withdrawal")
    text, kept = await say(both.seller, f"{both.desk.path}/aftersale/{case_id}", 70)
    assert ("刚刚有了变化" in text, kept) == (True, 1)


NONSENSE = (
    ({"reason": ""}, "请选一个原因"),
    ({"reason": "too_slow"}, "请选一个原因"),
    ({"line_1": ""}, "请选至少一件商品"),
    ({"quantity_1": "9"}, "件数不对"),
    ({"quantity_1": "many"}, "件数不对"),
    ({"amount_1": "0"}, "金额不对"),
    ({"amount_1": "9800000"}, "金额不对"),
    ({"amount_1": "1.234"}, "金额不对"),
    ({"words": "长" * 501}, "请写明原因"),
)


async def test_nonsense_opens_nothing(both: Both) -> None:
    order_id = await both.desk.order(quantity=2)
    await both.desk.site.ship(order_id)
    for fields, complaint in NONSENSE:
        await both.buyer.visit(f"/orders/{order_id}/aftersale?kind=refund")
        await both.buyer.send("/aftersale", **({"line_1": "1", "reason": "agreed", "quantity_1": "1"} | fields))
        assert (both.buyer.status, complaint in both.buyer.text) == (422, True), f"{fields}: {both.buyer.text}"
    async with both.desk.site.program.database.read() as reader:
        assert not await read_cases(reader, [order_id])


async def test_an_exchange_says_what_is_out_of_stock_and_a_refused_form_keeps_its_pictures(both: Both) -> None:
    site = both.desk.site
    order_id = await both.desk.order(quantity=2)
    await site.ship(order_id)
    here = f"/orders/{order_id}/aftersale"
    sku_id, other = site.skus
    seller = Actor("merchant", site.seller_id)
    for on_hand, said in ((1, "同样的（还有 1 件）"), (0, "同样的现在没有货")):
        async with site.program.database.transaction() as tx:
            await tx.connection.execute("update catalog.skus set price = $1 where id = $2", PRICES[0], other)
            await set_stock(tx, [SetStock(sku_id=sku_id, shop_id=site.shop_id, on_hand=on_hand, actor=seller)])
        await both.look(both.buyer, f"{here}?kind=exchange")
        assert said in both.buyer.text
    sent = {"kind": "exchange", "line_1": "1", "quantity_1": "1", "reason": ""}
    files = {"proof": ("x.jpg", picture(50, 50), "image/jpeg")}
    headers = await csrf(both.buyer)
    both.buyer._take(await both.buyer.client.post(here, data=sent, files=files, headers=headers))
    assert both.buyer.status == 422
    await both.buyer.send("/aftersale", reason="wrong_goods")
    async with site.program.database.read() as reader:
        (case,) = (await read_cases(reader, [order_id])).values()
    assert len(case.proof) == 1
    await both.look(both.seller, f"{both.desk.path}/aftersale/{case.id}")
    assert "现在没有这么多货" in both.seller.text


async def test_the_same_form_opens_one_case(both: Both) -> None:
    order_id = await both.desk.order(quantity=2)
    await both.buyer.visit(f"/orders/{order_id}/aftersale?kind=cancel")
    page = both.buyer.page
    for _ in range(2):
        both.buyer.page = page
        await both.buyer.send("/aftersale", line_1="1", reason="agreed", quantity_1="1")
        assert both.buyer.status == 200
    async with both.desk.site.program.database.read() as reader:
        assert len(await read_cases(reader, [order_id])) == 1
    await both.buyer.visit(f"/orders/{order_id}/aftersale?kind=cancel")
    assert "已经有一个售后没有结束" in both.buyer.text


async def test_a_page_that_does_not_show_a_case_as_it_is_asks_again(both: Both) -> None:
    order_id = await both.desk.order()
    case_id = await both.ask(order_id, "cancel")
    for browser, at, piece in (
        (both.buyer, f"/aftersale/{case_id}", ".column"),
        (both.seller, f"{both.desk.path}/aftersale/{case_id}", "#main"),
    ):
        await browser.visit(at)
        assert f'hx-sse:connect="{at}/live?mark=' in unescape(browser.page)
        await browser.visit(f"{at}/live?mark=another")
        assert f'hx-get="{at}" hx-trigger="load" hx-target="{piece}" hx-select="{piece}"' in browser.page
    # And the page of the order that it is about, in the same way.
    await both.buyer.visit(f"/orders/{order_id}/live?mark=another")
    assert f'hx-get="/orders/{order_id}"' in both.buyer.page


async def test_a_clerk_who_bought_before_reads_that_others_answer(both: Both, site: Site) -> None:
    order_id = await both.desk.order()
    case_id = await both.ask(order_id, "cancel")
    role = GrantRole(
        person_id=both.desk.buyer_id, scope=str(site.shop_id), role=Role.ORDERS, actor=Actor("merchant", site.seller_id)
    )
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])
    path = f"{both.desk.path}/aftersale"
    async with site.browser("mei") as clerk:
        await both.look(clerk, f"{path}/{case_id}")
        assert "这是你自己买的" in clerk.text
        assert not [form for form in forms_of(clerk.page) if str(case_id) in form.action]
        await clerk.visit(path)
        await clerk.send("/agreement", case=str(case_id))
        assert "1 个没有办成：这是你自己买的" in clerk.text
    assert await both.state(case_id) is CaseState.ASKED


async def test_strangers_find_nothing_and_the_operator_finds_all(both: Both, site: Site) -> None:
    order_id = await both.desk.order()
    case_id = await both.ask(order_id, "cancel")
    await site.person("stranger")
    async with site.browser("stranger") as stranger:
        seen = (f"/aftersale/{case_id}", f"{both.desk.path}/aftersale/{case_id}")
        for path in (*seen, f"/orders/{order_id}/aftersale", *(f"{one}/live" for one in seen)):
            await stranger.visit(path)
            assert stranger.status == 404, path
        await stranger.visit(f"/orders/{order_id}/aftersale/cases")
        assert str(case_id) not in stranger.page
    staff_id = await site.person("staff")
    role = GrantRole(person_id=staff_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])
    async with site.browser("staff") as operator:
        await both.look(operator, "/operator/aftersale")
        assert f"/operator/aftersale/{case_id}" in operator.links
        await both.look(operator, f"/operator/aftersale/{case_id}")

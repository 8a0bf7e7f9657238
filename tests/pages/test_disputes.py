"""Proves of the pages of disputes: buyer, shop and two arbiters come to an end by forms, within three statements a
page; sealed evidence is not shown, a ruling shows its postings before it is signed, and strangers find nothing."""

import re
from datetime import timedelta
from uuid import UUID

from tests.deposits.examples import give
from tests.pages.site import PAYMENT_PASSWORD, Browser, Site, forms_of
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, turn
from tests.word_rules.examples import put, rule
from weiji.aftersale.store import read_cases
from weiji.disputes import DisputeState, get_dispute
from weiji.disputes.model import WORDS_MAX
from weiji.events import BY_SYSTEM
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.ledger import chart
from weiji.word_rules import Action, Field


async def look(browser: Browser, path: str) -> None:
    """Go to a page, which takes as many statements as it may."""
    await browser.visit(path)
    assert browser.status == 200, browser.text
    assert browser.statements <= STATEMENTS_MAX, path


async def _compensate(site: Site, arbiter: Browser, buyer: Browser, seller: Browser, case_id: UUID) -> None:
    """Have an arbiter propose money of the deposit from a dispute's page: its sides read of it once another agreed."""
    async with site.program.database.transaction() as tx:
        await give(tx, chart.merchant_deposit(site.shop_id), 50_000)
    await arbiter.visit(f"/operator/disputes/{case_id}")
    (way,) = [link for link in arbiter.links if "deed=compensation" in link]
    await arbiter.visit("/operator/approvals/new")
    assert arbiter.status == 403, "nothing else is an arbiter's to propose"
    await arbiter.visit(way)
    await arbiter.send("/operator/approvals", amount="30.00", reason="卖的是假货")
    proposal = arbiter.path
    assert f"/operator/disputes/{case_id}" in arbiter.links, arbiter.text
    await arbiter.visit(f"/operator/disputes/{case_id}")
    assert "等同事复核" in arbiter.text
    await buyer.visit(f"/disputes/{case_id}")
    assert "保证金" not in buyer.text, "what nobody agreed to is not told"
    boss = await site.person("boss_of_all", "文山", money=100)
    role = GrantRole(person_id=boss, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM)
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])
    async with site.browser("boss_of_all") as other:
        await other.visit(proposal)
        await other.send(proposal, payment_password=PAYMENT_PASSWORD)
        assert "通过了，已经执行" in other.text
    for side in (buyer, seller):
        await look(side, f"/disputes/{case_id}")
        assert "平台另外从店铺的保证金赔付买家 ¥30.00" in side.text
        assert "从店铺的保证金赔付买家 ¥30.00" in side.text.split("经过")[-1]
    await look(arbiter, f"/operator/disputes/{case_id}")
    assert "从店铺的保证金赔付买家" in arbiter.text


async def test_a_dispute_with_an_appeal(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", "小梅", money=10_000_000)
    arbiters = [await site.person(name, name, money=100) for name in ("arbiter_one", "arbiter_two")]
    grants = [GrantRole(person_id=id, scope=PLATFORM, role=Role.ARBITER, actor=BY_SYSTEM) for id in arbiters]
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, grants)
        await put(tx, rule("打包有录像", name="说有录像的", fields=(Field.MESSAGE,), action=Action.NOTE))
    seller_handle = f"s{site.seller_id.hex[-8:]}"
    async with (
        site.browser(seller_handle) as seller,
        site.browser("mei") as buyer,
        site.browser("arbiter_one") as one,
        site.browser("arbiter_two") as two,
    ):
        desk = Desk(site, seller, buyer_id)
        order_id = await desk.order(quantity=2)
        await site.ship(order_id)
        await buyer.visit(f"/orders/{order_id}/aftersale?kind=refund")
        await buyer.send("/aftersale", line_1="1", reason="damaged", quantity_1="2", words="碎了")
        async with site.program.database.read() as reader:
            case_id: UUID = list(await read_cases(reader, [order_id]))[-1]
        await seller.visit(f"{desk.path}/aftersale/{case_id}")
        await seller.send("/refusal", words="发出时是好的", reason="as_described")
        await buyer.visit(f"/aftersale/{case_id}")
        assert f"/disputes/{case_id}/opening" in buyer.links
        # Who asks again begins with what they said.
        await look(buyer, f"/orders/{order_id}/aftersale?kind=refund&again={case_id}")
        (asked,) = (form.fields for form in forms_of(buyer.page) if form.action.endswith("/aftersale"))
        again = {("line_1", "1"), ("quantity_1", "2"), ("reason", "damaged"), ("words", "碎了")}
        assert again <= set(asked), asked
        await seller.visit(f"/disputes/{case_id}/opening")
        await look(buyer, f"/disputes/{case_id}/opening")
        await two.visit(f"/disputes/{case_id}/opening")
        assert two.status == 404, "to whom the case is none of theirs, there is none"
        await buyer.send("/opening", claim=" ")
        assert buyer.status == 422
        await buyer.send("/opening", claim="收到就是碎的")
        assert "双方交证据" in buyer.text
        assert buyer.statements <= STATEMENTS_MAX
        await seller.send("/opening", claim="发货时称过")
        assert (seller.status, "发货时称过" in seller.text) == (422, True), "what came too late is not lost"
        assert f"/disputes/{case_id}" in seller.links
        await buyer.send("/evidence", words="有照片为证")
        assert "有照片为证" in buyer.text
        await look(seller, f"/disputes/{case_id}")
        assert ("有照片为证" in seller.text, "封存中" in seller.text) == (False, True)
        await look(one, f"/operator/disputes/{case_id}")
        similar = await one.client.get(f"/operator/disputes/{case_id}/similar")
        assert "还没有同样原因的旧案" in similar.text
        assert ("有照片为证" in one.text, "内容封存着" in one.text) == (False, True)
        await seller.visit(f"/disputes/{case_id}")
        said = "打包有录像" + "，" * (WORDS_MAX - 8) + "说完了"
        await seller.send("/evidence", words=said)
        assert "有照片为证" in seller.text
        assert said in seller.text
        await turn(site, timedelta(minutes=1))
        for tab in ("", "?tab=marked"):
            await look(one, f"/operator/disputes{tab}")
            assert f"/operator/disputes/{case_id}" in one.links
        await look(one, f"/operator/disputes/{case_id}")
        assert re.search(r"词语规则找到的 .* 卖家的证据 只记录 打包有录像 说有录像的", one.text), one.text
        await look(seller, f"/disputes/{case_id}")
        assert "说有录像的" not in seller.text, "that is for arbiters"
        for wrong in ({"share": "140"}, {"postage": "12"}, {"postage": "many"}, {"words": " "}):
            given = {"share": "40", "freight_by": "merchant", "words": "各有责任"} | wrong
            asked = await one.client.get(f"/operator/disputes/{case_id}/ruling", params=given)
            assert asked.status_code == 422
            assert 'name="seen"' not in asked.text, "what can't be signed asks for no signature"
            assert all(
                f'value="{each}"' in asked.text
                for each in (given["share"], wrong.get("postage", "140"))
                if each in given.values()
            )
        await one.send("/ruling", share="40", freight_by="buyer", words="各有责任")
        assert one.statements <= STATEMENTS_MAX
        assert "这笔订单的托管 → 退给买家（在途）" in one.text
        await one.send("/ruling", payment_password="000000")
        assert "支付密码不对" in one.text
        await one.send("/ruling", payment_password=PAYMENT_PASSWORD)
        assert "已裁决，可以上诉" in one.text
        await look(buyer, f"/disputes/{case_id}")
        assert "各有责任" in buyer.text
        assert "商品款的 40% 给买家，运费买家承担" in buyer.text
        assert "只能上诉一次" in buyer.text, "said before it is asked for"
        assert re.search(r"买家 [^ ]+ [^ ]+ 有照片为证", buyer.text), buyer.text
        await buyer.send("/appeal", words="照片很清楚")
        assert "上诉中" in buyer.text
        for path in ("", "/ruling?share=40&freight_by=buyer&words=mine"):
            await look(one, f"/operator/disputes/{case_id}{path}")
            assert "上诉要由没有参与过的仲裁员来裁" in one.text
            assert f"/operator/disputes/{case_id}/ruling" not in one.links, "nobody writes a ruling in vain"
        await two.visit(f"/operator/disputes/{case_id}")
        ruled = "照片是真的" + "，" * (WORDS_MAX - 8) + "说完了"
        await two.send("/ruling", share="100", freight_by="merchant", words=ruled)
        await two.send("/ruling", payment_password=PAYMENT_PASSWORD)
        assert "裁决已生效" in two.text
        await turn(site, timedelta(minutes=1))
        async with site.program.database.read() as reader:
            dispute = await get_dispute(reader, case_id)
        assert dispute is not None
        assert (dispute.state, dispute.awarded) == (DisputeState.EXECUTED, dispute.most)
        await look(buyer, f"/disputes/{case_id}")
        assert ruled in buyer.text
        await _compensate(site, one, buyer, seller, case_id)
        await look(buyer, f"/rulings?shop={site.handle}")
        assert "全部支持买家 1 件" in buyer.text
        async with site.browser() as stranger:
            await look(stranger, "/rulings")
            await stranger.visit("/rulings?shop=nobody")
            assert stranger.status == 404
        await site.person("someone")
        async with site.browser("someone") as other:
            await other.visit(f"/disputes/{case_id}")
            assert other.status == 404
            await other.visit("/operator/disputes")
            assert other.status == 403
    clock.CLOCK.follow(offset)


async def test_goods_that_a_ruling_has_sent_back(site: Site) -> None:
    offset = clock.CLOCK.offset
    buyer_id = await site.person("mei", "小梅", money=10_000_000)
    arbiter = await site.person("arbiter", "文山", money=100)
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [GrantRole(person_id=arbiter, scope=PLATFORM, role=Role.ARBITER, actor=BY_SYSTEM)])
    async with (
        site.browser(f"s{site.seller_id.hex[-8:]}") as seller,
        site.browser("mei") as buyer,
        site.browser("arbiter") as one,
    ):
        desk = Desk(site, seller, buyer_id)
        order_id = await desk.order(quantity=2)
        await site.ship(order_id)
        await buyer.visit(f"/orders/{order_id}/aftersale?kind=return")
        await buyer.send("/aftersale", line_1="1", reason="damaged", quantity_1="1", words="碎了")
        async with site.program.database.read() as reader:
            case_id: UUID = list(await read_cases(reader, [order_id]))[-1]
        shop_page, buyer_page = f"{desk.path}/aftersale/{case_id}", f"/aftersale/{case_id}"
        await seller.visit(f"{desk.path}/aftersale")
        await seller.send("/address", name="售后组", phone="0571-88001234", region="浙江省杭州市", detail="文三路 9 号")
        await seller.visit(shop_page)
        await seller.send("/agreement")
        await buyer.visit(buyer_page)
        await buyer.send("/parcel", carrier="顺丰速运", tracking_number="SF9000000000001")
        await seller.visit(shop_page)
        await seller.send("/return-offer", amount="10", words="用过了")
        await buyer.visit(buyer_page)
        await buyer.send("/decline")
        assert "寄回的东西也留在卖家那里" in buyer.page, "who gives it up leaves it there"
        await buyer.visit(f"/disputes/{case_id}/opening")
        await buyer.send("/opening", claim="没有用过")
        await buyer.send("/evidence", words="有照片为证")
        await seller.visit(f"/disputes/{case_id}")
        await seller.send("/evidence", words="看划痕")
        await look(one, f"/operator/disputes/{case_id}")
        assert "东西寄还给买家" in one.text
        await one.send("/ruling", share="40", freight_by="buyer", words="用过了", goods_back="1")
        assert (one.status, "一分钱也不判给买家" in one.text) == (422, True)
        await one.send("/ruling", share="0", goods_back="1")
        assert "到时没有寄，钱退给买家" in one.text
        assert "订单接着走" not in one.text
        await one.send("/ruling", payment_password=PAYMENT_PASSWORD)
        assert "已裁决，可以上诉" in one.text
        for side in (buyer, seller):
            await look(side, f"/disputes/{case_id}")
            assert "东西由卖家寄还给买家" in side.text
            assert f"/disputes/{case_id}/appeal" in side.links, "either may say that it is not right"
        await turn(site, timedelta(days=3, minutes=1))
        await look(buyer, buyer_page)
        assert "卖家要把你寄回的东西寄还给你" in buyer.text
        assert f"{buyer_page}/withdrawal" not in buyer.links
        await look(seller, f"{desk.path}/aftersale?tab=to_send")
        assert shop_page in seller.links
        await look(seller, shop_page)
        assert "把寄回来的原样寄出" in seller.text
        assert "不寄还，直接退款" in seller.text
        assert "西湖区" in seller.text, "it says where to"
        await seller.send("/parcel", carrier="", tracking_number="sf 1234 5678 90123")
        assert "东西寄还给买家了" in seller.text
        await look(buyer, buyer_page)
        assert "寄还 顺丰速运 SF1234567890123" in buyer.text
        assert ("送到了请检查" in buyer.text, "没有收到，或者还有问题，可以再申请" in buyer.text) == (True, True)
        await buyer.visit(f"/orders/{order_id}/aftersale/cases")
        assert "寄还的包裹" in buyer.text
        for _ in ("it is received", "and the days are over"):
            await turn(site, timedelta(days=12))
            await buyer.visit(buyer_page)
        assert ("送到了请检查" in buyer.text, "再申请" in buyer.text) == (True, False)
    clock.CLOCK.follow(offset)


async def test_who_gives_a_dispute_up_is_not_offered_to_ask_again(site: Site) -> None:
    buyer_id = await site.person("mei", "小梅", money=10_000_000)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser("mei") as buyer:
        desk = Desk(site, seller, buyer_id)
        order_id = await desk.order(quantity=2)
        await site.ship(order_id)
        await buyer.visit(f"/orders/{order_id}/aftersale?kind=refund")
        await buyer.send("/aftersale", line_1="1", reason="damaged", quantity_1="1", words="碎了")
        async with site.program.database.read() as reader:
            case_id: UUID = list(await read_cases(reader, [order_id]))[-1]
        await seller.visit(f"{desk.path}/aftersale/{case_id}")
        await seller.send("/refusal", words="发出时是好的", reason="as_described")
        await look(buyer, f"/aftersale/{case_id}")
        assert "再申请" in buyer.text
        await buyer.visit(f"/disputes/{case_id}/opening")
        await buyer.send("/opening", claim="收到就是碎的")
        await buyer.send("/withdrawal")
        assert "这个售后到此结束" in buyer.text
        await look(buyer, f"/aftersale/{case_id}")
        assert "再申请" not in buyer.text

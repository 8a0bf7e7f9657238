"""Proves of a shop's standing what people see: on holiday, suspended or closing it takes no order by any way, and what
was ordered goes on; who closes is told what is open, and it ends with everything paid out."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from tests.deposits.examples import ask, give, owe
from tests.onboarding.test_applications import approve
from tests.orders.market import ADDRESS
from tests.pages.site import PASSWORD, PAYMENT_PASSWORD, PRICES, Browser, Site, forms_of
from tests.pages.test_consoles import Desk, turn
from weiji import payments
from weiji.chargebacks import ChargebackStatus, EndChargeback, TakeChargeback, end_chargebacks, take_chargebacks
from weiji.chargebacks.model import Purse
from weiji.events import BY_CHANNEL, Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.identity.model import Origin, SetPaymentPassword
from weiji.identity.payment_password import set_payment_password
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders import Casework, OrderItem, PlaceOrder, State, place_orders
from weiji.orders.closing import OpenMatters, add_payout, get_open
from weiji.payments import CreatePayoutAccount
from weiji.shops import SuspendShop, suspend_shops


@pytest.fixture
async def desk(site: Site) -> AsyncIterator[Desk]:
    """The seller's desk, with a buyer who has money."""
    offset = clock.CLOCK.offset
    buyer_id = await site.person("aqing", money=500_000)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        await browser.visit("/me/payment-password")
        await browser.send(
            "/me/payment-password",
            payment_password=PAYMENT_PASSWORD,
            payment_password_again=PAYMENT_PASSWORD,
            login_password="wide-green-lantern",
        )
        yield Desk(site, browser, buyer_id)
    clock.CLOCK.follow(offset)


async def staff(site: Site, handle: str) -> UUID:
    """Make somebody of the operator's staff."""
    person_id = await site.person(handle, handle)
    grant = GrantRole(person_id=person_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [grant])
    return person_id


async def what_a_buyer_sees(site: Site, buyer: Browser) -> str:
    """Visit the shop, its product, and a cart with it; all within three statements."""
    texts = []
    for path in (f"/shops/{site.handle}", f"/products/{site.product_id}", "/cart"):
        await buyer.visit(path)
        assert buyer.status == 200
        assert buyer.statements <= 3, path
        texts.append(buyer.text)
    return "\n".join(texts)


async def is_refused(desk: Desk) -> bool:
    """Try to order, past all pages."""
    return await _try(desk) == "not_for_sale"


async def _try(desk: Desk) -> str:
    site = desk.site
    place = PlaceOrder(
        id=new_id(site.shop_id),
        shop_id=site.shop_id,
        buyer_id=desk.buyer_id,
        buyer_name="阿青",
        items=(OrderItem(site.skus[0], 1, PRICES[0]),),
        address=ADDRESS,
        actor=Actor("buyer", desk.buyer_id),
    )
    return (await site.program.batchers.of(place_orders).submit(place)).status


def written(days: int) -> str:
    """Write a time as a form has it."""
    return (clock.now() + timedelta(days=days)).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")


async def test_a_holiday_is_seen_by_buyers_and_ends_by_itself(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    async with site.browser("aqing") as buyer:
        await buyer.visit(f"/products/{site.product_id}")
        await buyer.send(f"/cart/products/{site.product_id}", option_1="250 g", quantity="1", then="cart")
        await browser.visit(f"{desk.path}/holiday")
        assert browser.statements <= 3
        await browser.send("/holiday", starts=written(0), ends=written(-1))
        assert browser.status == 422
        for never in ("soon", "0001-01-01T00:00"):
            await browser.send("/holiday", starts=never, ends=written(3))
            assert browser.status == 422
            assert "请写日期和时间" in browser.text
        await browser.send("/holiday", starts=written(0), ends=written(3), notice="采茶去了", orders="refuse")
        assert "已保存" in browser.text
        assert await is_refused(desk)
        seen = await what_a_buyer_sees(site, buyer)
        assert seen.count("店家休假中") >= 3
        assert "采茶去了" in seen
        await browser.visit(desk.path)
        assert "正在休假" in browser.text
        await turn(site, timedelta(days=4))
        assert await _try(desk) == "placed"
        assert "休假" not in await what_a_buyer_sees(site, buyer)
        await browser.visit(f"{desk.path}/holiday")
        await browser.send("/holiday", starts=written(0), ends=written(5), notice="", orders="take")
        await turn(site, timedelta(minutes=2))
        assert await _try(desk) == "placed"
        assert "照常接单" in await what_a_buyer_sees(site, buyer)
        await browser.visit(f"{desk.path}/holiday")
        await browser.send("/holiday/end")
        assert "休假结束了" in browser.text
        assert "休假" not in await what_a_buyer_sees(site, buyer)


async def test_a_suspended_shop_appeals_and_another_of_the_staff_judges(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    order_id = await desk.order()
    await staff(site, "yayun")
    await staff(site, "beifang")
    here = f"/operator/shops/{site.shop_id}"
    async with site.browser("yayun") as first, site.browser("beifang") as second, site.browser("aqing") as buyer:
        await first.visit("/operator/shops?q=山里")
        assert here in first.links
        assert first.statements <= 3
        await first.visit(here)
        assert first.statements <= 3
        await first.send("/suspensions", reason="有人说是假货", sales="", withdrawals="")
        assert first.status == 422
        await first.send("/suspensions", reason="有人说是假货", sales="1", withdrawals="1", days="30")
        assert "已生效" in first.text
        assert await is_refused(desk)
        assert "平台暂停了这家店的售卖" in await what_a_buyer_sees(site, buyer)
        await browser.visit(desk.path)
        assert "平台停了这家店的售卖" in browser.text
        await browser.visit(f"{desk.path}/goods")
        assert ("暂不能买" in browser.text, "在售" in browser.text) == (True, False)
        assert browser.statements <= 3
        await site.ship(order_id)
        assert await desk.state(order_id) is State.SHIPPED
        await browser.visit(f"{desk.path}/money/withdrawal")
        assert "平台暂停了这家店的提现" in browser.text
        await browser.visit(f"{desk.path}/suspension")
        assert "有人说是假货" in browser.text
        assert browser.statements <= 3
        await browser.send("/appeal", text="")
        assert browser.status == 422
        await browser.send("/appeal", text="有进货单，附在邮件里。")
        assert "申诉已提交" in browser.text
        await first.visit(here)
        assert "申诉要由同事裁定" in first.text
        await second.visit("/operator/shops?tab=appeals")
        assert here in second.links
        assert second.statements <= 3
        await second.visit(here)
        await second.send("/judgement", judgement="查过进货单，是真的。", verdict="grant")
        assert "已裁定" in second.text
        assert await _try(desk) == "placed"
        await browser.visit(f"{desk.path}/suspension")
        assert "申诉成立" in browser.text
        await second.visit("/operator/shops?tab=suspensions")
        assert "山里的茶" in second.text


async def _bank_account(site: Site) -> CreatePayoutAccount:
    """Name where the shop's money is to go."""
    account = CreatePayoutAccount(
        id=new_id(site.shop_id),
        owner_id=site.shop_id,
        holder="老周",
        bank="小镇银行",
        number="6222000012345670",
        actor=Actor("merchant", site.seller_id),
    )
    await site.program.batchers.of(payments.create_payout_accounts).submit(account)
    return account


async def test_a_closing_shop_ends_with_everything_paid_out(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    account = await _bank_account(site)
    await desk.settled()
    running = await desk.order()
    await browser.visit(f"{desk.path}/closing")
    assert browser.statements <= 3
    assert "要发货的订单" in browser.text
    await browser.send("/closing", account=str(account.id), payment_password="000000")
    assert browser.status == 422
    await browser.send("/closing", account=str(account.id), payment_password=PAYMENT_PASSWORD)
    assert "店铺不再接单了" in browser.text
    assert await is_refused(desk)
    await browser.send("/reopening")
    assert await _try(desk) == "placed"
    await browser.visit(f"{desk.path}/closing")
    await browser.send("/closing", account=str(account.id), payment_password=PAYMENT_PASSWORD)
    await turn(site, timedelta(hours=1))
    await browser.visit(f"{desk.path}/closing")
    assert "要发货的订单" in browser.text
    await site.ship(running)
    for _ in range(6):
        await turn(site, timedelta(days=5))
    async with site.program.database.read() as reader:
        left = await add_payout(reader, await get_open(reader, site.shop_id))
    assert (left.standing, left.orders, left.available, left.pending) == ("closed", 0, 0, 0)
    assert left.last_payout
    assert left.last_payout.account_id == account.id
    await browser.sign_in(f"s{site.seller_id.hex[-8:]}")
    await browser.visit(f"{desk.path}/closing")
    assert "店铺已关" in browser.text
    await browser.visit(f"{desk.path}/porting")
    assert browser.status == 200


async def test_a_closing_shop_has_its_deposit_when_nobody_claimed_it_in_time(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    account = await _bank_account(site)
    async with site.program.database.transaction() as tx:
        await ask(tx, [site.shop_id])
    order_id = await desk.settled()
    await browser.visit(f"{desk.path}/money")
    assert "保证金还差 ¥500.00" in browser.text
    await browser.visit(f"{desk.path}/deposit")
    assert browser.statements <= 3
    assert "还要交 ¥500.00 保证金" in browser.text
    await browser.send("/payment", amount="600", way="available")
    assert browser.status == 422
    assert "可提现的钱不够" in browser.text
    await browser.send("/payment", amount="80", way="available")
    assert "还差 ¥420.00" in browser.text
    await browser.send("/payment", amount="500", way="sandbox")
    await browser.send("/sandbox/charges/", verb="pay")
    await site.settle()
    await browser.visit(f"{desk.path}/deposit")
    assert "保证金足额" in browser.text
    await browser.send("/return", back="80.01")
    assert "只能取回比要求多出来的" in browser.text
    await browser.send("/return", back="80")
    assert "¥80.00 回到可提现了" in browser.text
    await browser.visit(f"{desk.path}/closing")
    await browser.send("/closing", account=str(account.id), payment_password=PAYMENT_PASSWORD)
    await turn(site, timedelta(days=29))
    await browser.sign_in(f"s{site.seller_id.hex[-8:]}")
    await browser.visit(f"{desk.path}/closing")
    assert "之后没有人追索就退" in browser.text
    async with site.program.database.read() as reader:
        left = await get_open(reader, site.shop_id)
    assert (left.available, left.deposit) == (0, 50_000)
    await browser.visit(f"{desk.path}/deposit")
    assert "店铺正在关" in browser.text
    async with site.program.database.transaction() as tx:
        work = await Casework.lock(tx, [order_id])
        work.stop(work.orders[order_id])
        await work.write(tx)
    await turn(site, timedelta(days=4))
    async with site.program.database.read() as reader:
        left = await get_open(reader, site.shop_id)
    assert (left.disputed, left.deposit, left.is_quiet) == (1, 50_000, False), "it may be needed yet"
    await browser.visit(f"{desk.path}/closing")
    assert "售后、争议或拒付还没有结束的订单" in browser.text
    async with site.program.database.transaction() as tx:
        work = await Casework.lock(tx, [order_id])
        work.go_on(work.orders[order_id])
        await work.write(tx)
    for _ in range(4):
        await turn(site, timedelta(days=1))
    async with site.program.database.read() as reader:
        left = await add_payout(reader, await get_open(reader, site.shop_id))
    assert (left.standing, left.available, left.deposit) == ("closed", 0, 0)
    assert left.last_payout
    assert left.last_payout.amount == 50_000


async def test_a_deposit_that_is_paid_when_the_shop_is_closed_is_paid_out(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    account = await _bank_account(site)
    async with site.program.database.transaction() as tx:
        await ask(tx, [site.shop_id])
    await browser.visit(f"{desk.path}/deposit")
    await browser.send("/payment", amount="500", way="sandbox")
    cashier = browser.path
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as other:
        await other.visit(f"{desk.path}/deposit")
        await browser.visit(f"{desk.path}/closing")
        await browser.send("/closing", account=str(account.id), payment_password=PAYMENT_PASSWORD)
        await other.send("/payment", amount="500", way="sandbox")
        assert other.status == 422
        assert "店铺正在关" in other.text
    for _ in range(2):
        await turn(site, timedelta(minutes=2))
    assert (await _left(site)).standing == "closed"
    await browser.visit(cashier)
    await browser.send("/sandbox/charges/", verb="pay")
    await site.settle()
    await turn(site, timedelta(hours=2))
    left = await _left(site)
    assert (left.standing, left.deposit) == ("closing", 50_000)
    await browser.visit(f"{desk.path}/closing")
    assert "恢复营业" not in browser.text, "it was closed for good"
    # It waits for whoever still claims something, as all of it does.
    for _ in range(6):
        await turn(site, timedelta(days=10))
    left = await _left(site)
    assert (left.standing, left.available, left.deposit) == ("closed", 0, 0)
    assert left.last_payout
    assert (left.last_payout.amount, left.last_payout.account_id) == (50_000, account.id)


async def test_a_closing_shop_waits_for_a_chargeback_of_its_deposit_and_is_told_so(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    account = await _bank_account(site)
    async with site.program.database.transaction() as tx:
        await ask(tx, [site.shop_id], 0)
        await give(tx, chart.merchant_deposit(site.shop_id), 50_000)
        dispute = TakeChargeback(
            near=site.shop_id, payment_id=new_id(site.shop_id), order_id=None, shop_id=site.shop_id,
            purse=Purse.DEPOSIT, debtor_id=site.shop_id, recoverable=20_000, channel="sandbox", reference="R",
            amount=20_000, fee=0, reason="", respond_by=None, received_at=tx.now, actor=BY_CHANNEL,
        )  # fmt: skip
        assert await take_chargebacks(tx, [dispute]) == [ChargebackStatus.DONE]
    await browser.visit(f"{desk.path}/closing")
    await browser.send("/closing", account=str(account.id), payment_password=PAYMENT_PASSWORD)
    posted = await _releases(site)
    for _ in range(4):
        await turn(site, timedelta(days=10))
    left = await _left(site)
    assert (left.deposit, left.deposit_held, left.available, left.is_quiet) == (50_000, 20_000, 0, False)
    assert await _releases(site) == posted, "nothing is posted again and again"
    await browser.sign_in(f"s{site.seller_id.hex[-8:]}")
    await browser.visit(f"{desk.path}/closing")
    assert browser.statements <= 3
    assert "保证金或者程序订单的拒付" in browser.text
    assert f"{desk.path}/chargebacks" in browser.links
    async with site.program.database.transaction() as tx:
        lost = EndChargeback(near=site.shop_id, channel="sandbox", reference="R", is_won=False, actor=BY_CHANNEL)
        assert await end_chargebacks(tx, [lost]) == [ChargebackStatus.DONE]
    for _ in range(4):
        await turn(site, timedelta(minutes=10))
    left = await _left(site)
    assert (left.standing, left.available, left.deposit) == ("closed", 0, 0)
    assert left.last_payout
    assert left.last_payout.amount == 30_000


async def _left(site: Site) -> OpenMatters:
    async with site.program.database.read() as reader:
        return await add_payout(reader, await get_open(reader, site.shop_id))


async def _releases(site: Site) -> int:
    """Count what was posted out of the shop's deposit."""
    count = "select count(*) from ledger.transfers where shard between 0 and 63 and debit_account_id = $1"
    return int(await site.program.database.pool.fetchval(count, chart.merchant_deposit(site.shop_id).id))


async def test_a_shop_that_owes_reads_what_for_and_the_operator_sees_it(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    async with site.program.database.transaction() as tx:
        await ask(tx, [site.shop_id])
    async with site.program.database.transaction() as tx:
        order_id = await owe(tx, site.shop_id, 910)
    await browser.visit(f"{desk.path}/money")
    assert browser.statements <= 3
    assert "店铺欠 ¥9.10" in browser.text
    await browser.visit(f"{desk.path}/debt")
    assert browser.statements <= 3
    assert f"{desk.path}/orders/{order_id}" in browser.links
    await staff(site, "wenshan")
    async with site.browser("wenshan") as operator:
        await operator.visit("/operator/deposits?tab=owing")
        assert operator.statements <= 3
        assert f"/operator/deposits/{site.shop_id}" in operator.links
        await operator.visit(f"/operator/deposits/{site.shop_id}?tab=debt")
        assert operator.statements <= 3
        assert f"/operator/trade/{order_id}" in operator.links
        await operator.visit(f"/operator/deposits/{new_id()}")
        assert operator.status == 404


async def test_a_closing_shop_whose_account_is_in_another_name_since_is_told_so(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    account = await _bank_account(site)
    await desk.settled()
    await browser.visit(f"{desk.path}/closing")
    await browser.send("/closing", account=str(account.id), payment_password=PAYMENT_PASSWORD)
    async with site.program.database.transaction() as tx:
        await approve(tx, site.shop_id)
        (verified,) = (await payments.list_destinations(tx, site.shop_id, tx.now)).fitting
    for _ in range(3):
        await turn(site, timedelta(minutes=10))
    await browser.visit(f"{desk.path}/closing")
    assert "户名和认证的不一样。换一个账户再转" in browser.text
    assert browser.statements <= 3, "with money that could go and hasn't"
    await browser.visit(f"{desk.path}/closing?change=1")
    assert browser.statements <= 3
    await browser.send("/closing", account=str(verified.id), payment_password=PAYMENT_PASSWORD)
    for _ in range(5):
        await turn(site, timedelta(days=1))
    await browser.visit(f"{desk.path}/closing")
    assert "店铺已关" in browser.text


async def close_by_accounts(desk: Desk, *numbers: str) -> list[CreatePayoutAccount]:
    """Name bank accounts of a shop that has something, and have it be closed for half an hour, to pay to the first."""
    site, browser = desk.site, desk.browser
    accounts = [
        CreatePayoutAccount(
            id=new_id(site.shop_id),
            owner_id=site.shop_id,
            holder="老周",
            bank="小镇银行",
            number=number,
            actor=Actor("merchant", site.seller_id),
        )
        for number in numbers
    ]
    for account in accounts:
        await site.program.batchers.of(payments.create_payout_accounts).submit(account)
    await desk.settled()
    await browser.visit(f"{desk.path}/closing")
    await browser.send("/closing", account=str(accounts[0].id), payment_password=PAYMENT_PASSWORD)
    for _ in range(3):
        await turn(site, timedelta(minutes=10))
    return accounts


async def test_a_payout_that_comes_back_waits_for_another_account(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    # The simulated bank rejects what goes to the first.
    accounts = await close_by_accounts(desk, "62220000120001", "62220000125670")
    await browser.visit(f"{desk.path}/closing")
    assert "银行把钱退回来了" in browser.text
    await browser.visit(f"{desk.path}/closing?change=1")
    assert browser.statements <= 3
    await browser.send("/closing", account=str(accounts[1].id), payment_password=PAYMENT_PASSWORD)
    for _ in range(5):
        await turn(site, timedelta(days=1))
    await browser.visit(f"{desk.path}/closing")
    assert "店铺已关" in browser.text


async def test_a_payout_that_comes_back_to_a_closed_shop_goes_to_another_account(desk: Desk) -> None:
    site, browser = desk.site, desk.browser
    # The simulated bank sends back after three days what went to the first.
    accounts = await close_by_accounts(desk, "62220000120002", "62220000125670")
    paid = await _left(site)
    assert (paid.standing, paid.available) == ("closed", 0)
    assert paid.last_payout
    for wait in (timedelta(days=2), timedelta(days=2), timedelta(hours=2)):
        await turn(site, wait)
    left = await _left(site)
    assert (left.standing, left.available, left.is_stuck) == ("closing", paid.last_payout.amount, True)
    await browser.visit(f"{desk.path}/closing")
    assert "银行把钱退回来了" in browser.text
    await browser.visit(f"{desk.path}/closing?change=1")
    await browser.send("/closing", account=str(accounts[1].id), payment_password=PAYMENT_PASSWORD)
    for _ in range(3):
        await turn(site, timedelta(minutes=10))
    left = await _left(site)
    assert (left.standing, left.available) == ("closed", 0)
    assert left.last_payout
    assert (left.last_payout.amount, left.last_payout.account_id) == (paid.last_payout.amount, accounts[1].id)


async def test_a_suspended_shop_is_told_so_when_it_would_withdraw_by_the_api(desk: Desk) -> None:
    site = desk.site
    command = SuspendShop(
        id=new_id(site.shop_id),
        shop_id=site.shop_id,
        stops_sales=False,
        stops_withdrawals=True,
        reason="查账",
        days=None,
        actor=Actor("staff", new_id()),
    )
    assert await site.program.batchers.of(suspend_shops).submit(command) == "created"
    assert await _try(desk) == "placed"
    await desk.browser.visit(f"{desk.path}/money")
    assert "平台暂停了这家店的提现" not in desk.browser.text
    await desk.browser.visit(f"{desk.path}/money/withdrawal")
    assert "平台暂停了这家店的提现" in desk.browser.text


async def test_who_withdraws_small_sums_reads_beforehand_which_of_them_waits(site: Site) -> None:
    await staff(site, "wenshan")
    await site.person("mei", money=100_000)
    async with site.browser("wenshan") as maker, site.browser("mei") as browser:
        await maker.visit("/operator/rules")
        await maker.send(
            "/operator/rules", withdrawal_review_above="50", withdrawal_review_hours="48", reason="看着点大额"
        )
        account = {"holder": "李雷", "bank": "建设银行", "number": "6217 0012 3456 7890"}
        await browser.visit("/wallet/accounts")
        await browser.send("/wallet/accounts", **account, payment_password=PAYMENT_PASSWORD, proof=PASSWORD)
        for is_much, result in ((False, "到哪一步了都写在这里"), (True, "要先复核")):
            await browser.visit("/wallet/withdrawal")
            assert browser.statements <= 3
            await browser.send("/wallet/withdrawal/confirmation", amount="30")
            assert browser.statements <= 3
            assert ("今天已经提了 ¥30.00，加上这一笔超过 ¥50.00" in browser.text) is is_much
            await browser.send("/wallet/withdrawal", payment_password=PAYMENT_PASSWORD)
            assert result in browser.text
        # In another name nothing is added, and what is typed stays.
        await browser.visit("/wallet/accounts")
        assert browser.statements <= 3
        assert "所有账户要同一个户名：*雷。" in browser.text
        account["holder"] = "韩梅梅"
        await browser.send("/wallet/accounts", **account, payment_password=PAYMENT_PASSWORD, proof=PASSWORD)
        assert (browser.status, "所有账户要同一个户名：*雷。" in browser.text) == (422, True)
        assert 'value="韩梅梅"' in browser.page


async def test_a_large_withdrawal_waits_for_two_of_the_staff(desk: Desk) -> None:
    site = desk.site
    await desk.settled(quantity=3)
    await desk.account()
    for name in ("wenshan", "liqing"):
        person_id = await staff(site, name)
        chosen = SetPaymentPassword(person_id=person_id, payment_password=PAYMENT_PASSWORD, login_password=PASSWORD)
        await set_payment_password(site.program.database, chosen, Origin())
    before = await desk.available()
    async with site.browser("wenshan") as maker, site.browser("liqing") as checker:
        await maker.visit("/operator/rules")
        await maker.send(
            "/operator/rules", withdrawal_review_above="50", withdrawal_review_hours="48", reason="看着点大额"
        )
        await maker.visit("/operator/payments/review")
        assert "没有等复核的提现" in maker.text
        for amount in ("60", "70"):
            await desk.browser.visit(f"{desk.path}/money/withdrawal")
            assert "一天里一共超过 ¥50.00 的，要由平台的两个人复核之后才交给银行" in desk.browser.text
            assert desk.browser.statements <= 3
            assert ("今天已经提了 ¥60.00，再超过 ¥0.00 就要等复核" in desk.browser.text) is (amount == "70")
            await desk.browser.send("/withdrawal", amount=amount, payment_password=PAYMENT_PASSWORD)
            assert f"提现已提交：¥{amount}.00 要先复核" in desk.browser.text
        await desk.browser.visit(f"{desk.path}/money/payouts")
        assert desk.browser.statements <= 3
        assert "复核中" in desk.browser.text
        assert "金额较大，最晚" in desk.browser.text
        assert await desk.available() == before - 13_000
        await maker.visit("/operator/payments/review")
        assert maker.statements <= 3
        assert maker.text.count("复核中") == 2
        assert maker.text.count("山里的茶") == 2
        proposing = [link for link in maker.links if link.startswith("/operator/approvals/new?deed=payout_release")]
        refusing = [form.action for form in forms_of(maker.page) if form.action.endswith("/refusal")]
        await maker.send(refusing[1], reason=" ")
        assert (maker.status, "请写上理由" in maker.text) == (422, True)
        await maker.send(refusing[1], reason="户名和店主对不上")
        assert "没有放行，钱退回去了" in maker.text
        assert await desk.available() == before - 6_000
        await maker.visit("/operator/payments/payouts")
        assert maker.statements <= 3
        assert maker.text.count("山里的茶") == 2
        await maker.visit(proposing[0])
        assert maker.statements <= 3
        assert "山里的茶" in maker.text
        await maker.send("/operator/approvals", reason="和店主核对过")
        here = maker.path.partition("?")[0]
        await checker.visit(here)
        assert checker.statements <= 3
        assert "大额提现放行" in checker.text
        await checker.send(here, payment_password=PAYMENT_PASSWORD)
        assert "通过了，已经执行" in checker.text
    await turn(site, timedelta(minutes=1))
    await desk.browser.visit(f"{desk.path}/money/payouts")
    assert "没有通过：户名和店主对不上" in desk.browser.text
    assert "复核中" not in desk.browser.text
    assert await desk.available() == before - 6_000


async def test_who_lets_a_large_withdrawal_go_reads_what_the_shop_owes(desk: Desk) -> None:
    site = desk.site
    await desk.settled(quantity=1)
    await desk.account()
    await staff(site, "wenshan")
    async with site.browser("wenshan") as maker:
        await maker.visit("/operator/rules")
        await maker.send(
            "/operator/rules", withdrawal_review_above="10", withdrawal_review_hours="48", reason="看着点大额"
        )
        await desk.browser.visit(f"{desk.path}/money/withdrawal")
        await desk.browser.send("/withdrawal", amount="20", payment_password=PAYMENT_PASSWORD)
        await maker.visit("/operator/payments/review")
        assert ("复核中" in maker.text, "还欠平台" in maker.text) == (True, False)
        left = await desk.available()
        async with site.program.database.transaction() as tx:
            await owe(tx, site.shop_id, left + 910)
        await maker.visit("/operator/payments/review")
        assert maker.statements <= 3
        assert "还欠平台 ¥9.10" in maker.text
        await maker.visit("/operator/payments/review?lang=en")
        assert "Owes the platform ¥9.10" in maker.text


async def test_a_debt_is_written_off_by_two_of_the_staff(desk: Desk) -> None:
    site = desk.site
    async with site.program.database.transaction() as tx:
        await owe(tx, site.shop_id, 910)
    for name in ("wenshan", "liqing"):
        person_id = await staff(site, name)
        chosen = SetPaymentPassword(person_id=person_id, payment_password=PAYMENT_PASSWORD, login_password=PASSWORD)
        await set_payment_password(site.program.database, chosen, Origin())
    async with site.browser("wenshan") as maker, site.browser("liqing") as checker:
        await maker.visit(f"/operator/deposits/{site.shop_id}")
        (form,) = [link for link in maker.links if link.startswith("/operator/approvals/new")]
        await maker.visit(form)
        await maker.send("/operator/approvals", reason="")
        assert maker.status == 422
        await maker.send("/operator/approvals", reason="店主联系不上了")
        assert maker.status == 200
        assert maker.statements <= 3
        assert "自己提的要由同事复核" in maker.text
        here = maker.path.partition("?")[0]
        await checker.visit("/operator/approvals")
        assert checker.statements <= 3
        assert here in checker.links
        await checker.visit(here)
        assert checker.statements <= 3
        assert "商家欠款 · 山里的茶" in checker.text
        await checker.send(here, payment_password="000000")
        assert checker.status == 422
        await checker.send(here, payment_password=PAYMENT_PASSWORD)
        assert "通过了，已经执行" in checker.text
        await checker.visit(f"/operator/deposits/{site.shop_id}?tab=debt")
        assert "平台核销" in checker.text
        await maker.visit("/operator/approvals/new")
        await maker.send("/operator/approvals", amount="1", reason="试试", debit_kind="bank", credit_kind="own_funds")
        assert maker.status == 422
        assert "这两个账户之间不能调" in maker.text

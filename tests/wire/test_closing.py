"""Proves that a shop is not closed while its programs' money is on its way, and that what comes later is paid out."""

import asyncio
from datetime import timedelta
from uuid import UUID

from tests.deposits.examples import ask, give
from tests.pages.site import Site
from tests.pages.test_consoles import turn
from tests.wire.test_sharing import SHARED, receiver
from tests.wire.test_trade import balance, call, make, number, pay
from tests.wire.world import World, make_merchant, open_shop
from weiji import payments
from weiji.events import Actor
from weiji.kit.clock import CLOCK
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders.closing import OpenMatters, add_payout, get_open
from weiji.payments import CreatePayoutAccount
from weiji.shops import CloseShop, close_shops


async def _close(site: Site, shop_id: UUID) -> CreatePayoutAccount:
    """Begin to close a shop; what it has is to go to the account that is returned."""
    owner = Actor("merchant", site.seller_id)
    account = CreatePayoutAccount(
        id=new_id(shop_id), owner_id=shop_id, holder="老周", bank="小镇银行", number="6222000012345670", actor=owner
    )
    await site.program.batchers.of(payments.create_payout_accounts).submit(account)
    async with site.program.database.transaction() as tx:
        (result,) = await close_shops(tx, [CloseShop(shop_id=shop_id, account_id=account.id, actor=owner)])
    assert result.status == "closing"
    for _ in range(3):
        await turn(site, timedelta(minutes=10))
    return account


async def _left(site: Site, shop_id: UUID) -> OpenMatters:
    async with site.program.database.read() as reader:
        return await add_payout(reader, await get_open(reader, shop_id))


async def test_a_closing_shop_waits_for_what_its_programs_hold_and_keeps_its_deposit_after(own_world: World) -> None:
    site = own_world.site
    shop_id, deposit = site.shop_id, 50_000
    offset = CLOCK.offset
    client = await asyncio.to_thread(own_world.client)
    async with site.program.database.transaction() as tx:
        await ask(tx, [shop_id], 0)
        await give(tx, chart.merchant_deposit(shop_id), deposit)
    _, ticket = await make(client, settle_info=SHARED)
    await _close(site, shop_id)
    left = await _left(site, shop_id)
    assert (left.standing, left.of_programs, left.is_quiet) == ("closing", 1, False), "it may be paid yet"
    await pay(own_world, ticket)
    await turn(site, timedelta(days=170))
    left = await _left(site, shop_id)
    assert (left.standing, left.of_programs, left.deposit) == ("closing", 1, deposit), "its money is held"
    for _ in range(4):
        await turn(site, timedelta(days=5))
    left = await _left(site, shop_id)
    assert (left.of_programs, left.available, left.deposit) == (0, 0, deposit), "kept from the last settlement on"
    assert left.last_settled_at
    assert left.last_payout
    assert left.last_payout.amount == 1_000
    for _ in range(9):
        await turn(site, timedelta(days=5))
    left = await _left(site, shop_id)
    assert (left.standing, left.available, left.deposit, left.is_over) == ("closed", 0, 0, True)
    CLOCK.follow(offset)


async def test_a_share_that_comes_to_a_closed_shop_is_paid_out(own_world: World) -> None:
    site = own_world.site
    offset = CLOCK.offset
    client = await asyncio.to_thread(own_world.client)
    friend = await make_merchant(site, await open_shop(site, "朋友的店"))
    account = await _close(site, friend.shop_id)
    assert (await _left(site, friend.shop_id)).standing == "closed"
    out_trade_no, ticket = await make(client, settle_info=SHARED)
    await pay(own_world, ticket)
    _, said = await call(client.query, out_trade_no=out_trade_no)
    added = await call(client.profitsharing_add_receiver, "MERCHANT_ID", friend.mchid, "PARTNER", name="朋友有限公司")
    assert added[0] == 200
    shares = [receiver(friend, 300)]
    transaction = said["transaction_id"]
    shared = await call(
        client.profitsharing_order, transaction, out_order_no=number(), receivers=shares, unfreeze_unsplit=True
    )
    assert shared[0] == 200
    await own_world.told()
    assert await balance(own_world, chart.merchant_available(friend.shop_id)) == 300
    for _ in range(4):
        await turn(site, timedelta(hours=2))
    await turn(site, timedelta(days=2))
    await turn(site, timedelta(days=2))
    left = await _left(site, friend.shop_id)
    assert (left.standing, left.available) == ("closed", 0)
    assert left.last_payout
    assert (left.last_payout.amount, left.last_payout.account_id) == (300, account.id)
    CLOCK.follow(offset)

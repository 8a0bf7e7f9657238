"""Proves that money bugs which other systems had are not there. README.md beside this has the whole list."""

import asyncio
from datetime import timedelta

from tests.aftersale.shop import Shop
from weiji.aftersale import CaseKind
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.orders import PublishRules, PublishRulesStatus, State, TradeRules
from weiji.orders import operations as orders
from weiji.orders.buyer_words import whereabouts_of, words_of
from weiji.orders.merchant_words import whereabouts
from weiji.payments import TopUpWallet, top_up_wallets
from weiji.web import speaking

DAY = timedelta(days=1)


async def test_an_order_that_went_back_whole_after_settlement_does_not_read_as_earned(shop: Shop) -> None:
    order_id = await shop.order(1, shipped=True)
    await shop.market.confirm(shop.buyer, order_id)
    await shop.turn(DAY)
    await shop.agree(await shop.ask(order_id, CaseKind.REFUND))
    order = await shop.read(order_id)
    assert (order.state, order.refunded) == (State.COMPLETED, order.total)
    with speaking("zh_CN"):
        assert words_of(order).word == "已全额退款"
        assert whereabouts_of(order, held=0).state == whereabouts(order)[0] == "refunded"


async def test_money_that_a_channel_refused_to_take_back_reads_as_in_the_wallet(shop: Shop) -> None:
    order_id = await shop.order(1)
    await shop.agree(await shop.ask(order_id, CaseKind.CANCEL))
    await shop.turn(timedelta(minutes=1))
    order = await shop.read(order_id)
    async with shop.market.database.read() as reader:
        trail = await get_trail(reader, order_id)
    # It arrived in the wallet. Paid by a channel, that is what becomes of money which the channel refuses.
    order.channel = "sandbox"
    with speaking("zh_CN"):
        there = whereabouts_of(order, 0, trail)
        assert "退回你的钱包" in there.sentence
        assert there.note
        assert "原路" in whereabouts_of(order, 0).sentence


async def test_nobody_is_paid_before_the_days_that_the_operator_set(shop: Shop) -> None:
    rules = TradeRules(settle_days=7)
    soon = clock.now() + timedelta(minutes=5)
    publishing = PublishRules(version=2, effective_at=soon, rules=rules, reason="慢一点", actor=BY_SYSTEM)
    async with shop.market.database.transaction() as tx:
        assert await orders.publish_rules(tx, [publishing]) == [PublishRulesStatus.PUBLISHED]
    await shop.turn(timedelta(minutes=5))
    order_id = await shop.order(1, shipped=True)
    await shop.market.confirm(shop.buyer, order_id)
    await shop.turn(7 * DAY - timedelta(minutes=1))
    assert (await shop.money(order_id))["available"] == 0
    await shop.turn(timedelta(minutes=1))
    assert (await shop.money(order_id))["available"] == 9_800


async def test_a_top_up_asked_for_twice_at_once_is_one(shop: Shop) -> None:
    person = new_id()
    command = TopUpWallet(id=new_id(person), person_id=person, amount=700, actor=Actor("person", person))
    topping = shop.market.batchers.of(top_up_wallets)
    await asyncio.gather(*(topping.submit(command) for _ in range(4)))
    async with shop.market.database.transaction() as tx:
        # The same id twice in one batch, after it was done: an answer, and no crash.
        assert len(set(await top_up_wallets(tx, [command, command]))) == 1
    await shop.market.settle_events()
    assert await shop.market.balance(chart.wallet(person).id) == 700

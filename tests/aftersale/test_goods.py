"""Proves what happens to goods in cases: sent back, looked at, put back, sent anew; and what silence does to them."""

from typing import Any, Final
from uuid import UUID

import pytest

from tests.aftersale.shop import ADDRESS, DAY, MINUTE, Shop
from tests.orders.market import do_while_taken
from weiji.aftersale import (
    AcceptOffer,
    AgreeCase,
    CaseKind,
    CaseState,
    CaseStatus,
    CounterCase,
    CounterReturn,
    DeclineOffer,
    Reason,
    RefundInstead,
    RefuseReturn,
    Reship,
    SendBack,
    SetReturnAddress,
    SetReturnAddressStatus,
    TakeReturn,
    WithdrawCase,
    operations,
    set_return_addresses,
)
from weiji.events import Actor
from weiji.inventory import SetStock, set_stock
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.ledger import verify
from weiji.orders import State

PARCEL: Final[dict[str, Any]] = {"carrier": "顺丰速运", "tracking_number": "SF42"}
ANEW: Final = PARCEL | {"tracking_number": "SF43"}
RETURN, EXCHANGE, RESHIP = CaseKind.RETURN, CaseKind.EXCHANGE, CaseKind.RESHIP


async def _send_back(shop: Shop, kind: CaseKind, quantity: int = 1) -> tuple[Any, Any]:
    """Bring a case to where the goods are on their way back."""
    order_id = await shop.order(2, shipped=True)
    case_id = await shop.ask(order_id, kind, quantity)
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    assert await shop.by_buyer(SendBack, case_id, **PARCEL) is CaseStatus.DONE
    return order_id, case_id


async def test_goods_that_come_back_are_paid_for_and_can_be_sold_again(shop: Shop, database: Database) -> None:
    order_id, case_id = await _send_back(shop, RETURN)
    assert (await shop.case(case_id)).return_address == ADDRESS
    assert await shop.by_shop(TakeReturn, case_id, is_restocked=True) is CaseStatus.DONE
    assert (await shop.money(order_id))["wallet"] == 100_000 - 9_800
    order = await shop.read(order_id)
    assert (order.state, order.lines[0].returned, order.units) == (State.SHIPPED, 1, 2)
    assert await shop.market.stock() == (99, 0, 1)
    # Of the other unit as well; then nothing is left to ask about.
    other = await shop.ask(order_id, RETURN)
    assert await shop.agree(other, address=ADDRESS) is CaseStatus.DONE
    assert await shop.by_shop(TakeReturn, other) is CaseStatus.DONE, "at the counter, without a parcel"
    assert (await shop.money(order_id))["wallet"] == 100_000
    assert (await shop.read(order_id)).state is State.REFUNDED
    assert await shop.market.stock() == (99, 0, 1), "this one was not put back"
    assert (await verify(database)).defects == []


async def test_goods_come_back_after_settlement(shop: Shop, database: Database) -> None:
    order_id = await shop.order(2, shipped=True)
    await shop.market.confirm(shop.buyer, order_id)
    await shop.turn(DAY + MINUTE)
    case_id = await shop.ask(order_id, RETURN, 2)
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    assert await shop.by_buyer(SendBack, case_id, **PARCEL) is CaseStatus.DONE
    assert await shop.by_shop(TakeReturn, case_id) is CaseStatus.DONE
    money = await shop.money(order_id)
    assert (money["wallet"], money["available"], money["refundable"]) == (100_000, 0, 0)
    assert (await verify(database)).defects == []


async def test_other_goods_are_sent_for_those_that_came_back(shop: Shop) -> None:
    order_id, case_id = await _send_back(shop, EXCHANGE)
    assert await shop.market.stock() == (98, 1, 2), "held since it was agreed to"
    assert await shop.by_shop(TakeReturn, case_id, is_restocked=False) is CaseStatus.DONE
    assert (await shop.case(case_id)).state is CaseState.RETURNED
    assert await shop.market.stock() == (98, 1, 2)
    assert await shop.by_shop(Reship, case_id, **ANEW) is CaseStatus.DONE
    assert await shop.by_shop(Reship, case_id, **ANEW) is CaseStatus.EXISTS
    assert await shop.market.stock() == (97, 0, 3)
    order = await shop.read(order_id)
    assert (order.refunded, order.open_cases) == (0, 0)
    # The buyer has as long to look at it as at the first parcel.
    assert order.due_at is not None
    assert abs(order.due_at - clock.now() - 10 * DAY) < MINUTE


async def test_a_batch_locks_stock_in_one_order_though_it_holds_some_first(shop: Shop) -> None:
    """T5 found batches that waited for each other in a circle: a second of each, until one was thrown out."""
    market = shop.market
    first, last = (market.skus.index(sku) for sku in sorted(market.skus))

    async def case(sku: int, kind: CaseKind, *, is_shipped: bool = True) -> UUID:
        order_id, _ = await market.place(shop.buyer, sku=sku)
        await market.pay(shop.buyer, order_id)
        if is_shipped:
            await market.ship(order_id)
        return await shop.ask(order_id, kind)

    given: dict[str, Any] = {"shop_id": market.shop_id, "actor": shop.seller}
    held, freed = await case(last, EXCHANGE), await case(first, CaseKind.CANCEL, is_shipped=False)
    agreeing = [AgreeCase(case_id=id, address=ADDRESS, **given) for id in (held, freed)]
    assert await do_while_taken(market, operations.agree_cases, agreeing) == [CaseStatus.DONE] * 2

    # Of one case with other units, the batch is done in two parts.
    for units in ((), (0,)):
        missing, kept = await case(last, RESHIP), await case(first, EXCHANGE)
        assert await shop.agree(missing) is await shop.agree(kept, address=ADDRESS) is CaseStatus.DONE
        assert await shop.by_shop(TakeReturn, kept) is CaseStatus.DONE
        again = [Reship(case_id=missing, units=each, **given, **PARCEL) for each in units]
        sending = [Reship(case_id=id, **given, **PARCEL) for id in (missing, kept)]
        sending[1:1] = again
        answers = await do_while_taken(market, operations.reship_cases, sending)
        assert answers == [CaseStatus.DONE, *(CaseStatus.EXISTS for _ in again), CaseStatus.DONE]


async def test_what_was_missing_is_sent_or_paid_for(shop: Shop) -> None:
    order_id = await shop.order(2, shipped=True)
    case_id = await shop.ask(order_id, RESHIP)
    assert await shop.agree(case_id) is CaseStatus.DONE
    assert await shop.by_shop(Reship, case_id, carrier="", tracking_number="1") is CaseStatus.PARCEL_INVALID
    before = await shop.market.stock()
    assert await shop.by_shop(Reship, case_id, units=2, **ANEW) is CaseStatus.QUANTITY_OUT_OF_RANGE
    assert await shop.by_shop(Reship, case_id, units=0, **ANEW) is CaseStatus.DONE
    assert await shop.market.stock() == before, "a piece of a unit leaves no stock"
    again = await shop.ask(order_id, RESHIP)
    await shop.turn(5 * DAY + MINUTE)
    assert (await shop.case(again)).state is CaseState.AGREED, "silence agrees"
    await shop.turn(7 * DAY + MINUTE)
    assert (await shop.case(again)).state is CaseState.REFUNDED, "and then pays"
    assert (await shop.read(order_id)).refunded == 9_800


@pytest.mark.parametrize("ends", ["withdrawn", "less is paid", "not sent back"])
async def test_what_was_held_in_exchange_is_free_when_it_is_not_sent(shop: Shop, ends: str) -> None:
    order_id = await shop.order(2, shipped=True)
    case_id = await shop.ask(order_id, EXCHANGE)
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    assert (await shop.case(case_id)).reserved == 1
    if ends == "withdrawn":
        assert await shop.by_buyer(WithdrawCase, case_id) is CaseStatus.DONE
    elif ends == "not sent back":
        await shop.turn(7 * DAY + MINUTE)
    else:
        assert await shop.by_buyer(SendBack, case_id, **PARCEL) is CaseStatus.DONE
        assert await shop.by_shop(CounterReturn, case_id, amount=5_000, words="用过了") is CaseStatus.DONE
        assert await shop.by_buyer(AcceptOffer, case_id) is CaseStatus.DONE
    assert await shop.market.stock() == (98, 0, 2)
    assert (await shop.case(case_id)).reserved == 0


async def test_another_sku_of_the_product_is_sent_in_exchange(shop: Shop, database: Database) -> None:
    other = shop.market.skus[1]
    order_id = await shop.order(2, shipped=True)
    for sku_id, kind, status in (
        (new_id(shop.market.shop_id), EXCHANGE, CaseStatus.SKU_NOT_FOUND),
        (other, RESHIP, CaseStatus.SKU_NOT_FOUND),
        (other, EXCHANGE, CaseStatus.PRICE_DIFFERS),
    ):
        assert await shop.submit(shop.asking(order_id, kind, sku_id=sku_id)) is status
    async with database.transaction() as tx:
        await tx.connection.execute("update catalog.skus set price = 9800 where id = $1", other)
        left = SetStock(sku_id=other, shop_id=shop.market.shop_id, on_hand=1, actor=shop.seller)
        await set_stock(tx, [left])
    assert await shop.submit(shop.asking(order_id, EXCHANGE, 2, sku_id=other)) is CaseStatus.SOLD_OUT
    asking = shop.asking(order_id, EXCHANGE, sku_id=other)
    assert await shop.submit(asking) is CaseStatus.DONE
    assert await shop.submit(asking) is CaseStatus.EXISTS
    same = shop.asking(order_id, EXCHANGE, id=asking.id)
    assert await shop.submit(same) is CaseStatus.EXISTS_WITH_DIFFERENT_CASE
    case_id = asking.id
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    assert await shop.market.stock(1) == (1, 1, 0)
    assert await shop.by_buyer(SendBack, case_id, **PARCEL) is CaseStatus.DONE
    assert await shop.by_shop(TakeReturn, case_id, is_restocked=True) is CaseStatus.DONE
    assert await shop.by_shop(Reship, case_id, **ANEW) is CaseStatus.DONE
    assert (await shop.market.stock(), await shop.market.stock(1)) == ((99, 0, 1), (0, 0, 1))
    assert (await shop.read(order_id)).refunded == 0
    # What the buyer has now is the other one: the same again is that, and what costs the same as that.
    async with database.transaction() as tx:
        await tx.connection.execute("update catalog.skus set price = 12000 where id = $1", shop.market.skus[0])
    first = await shop.ask(order_id, EXCHANGE, sku_id=other)
    assert (await shop.case(first)).item.sku_id == (await shop.case(first)).sent_sku_id == other
    assert await shop.by_buyer(WithdrawCase, first) is CaseStatus.DONE
    dearer = shop.asking(order_id, EXCHANGE, sku_id=shop.market.skus[0], held_sku_id=other)
    assert await shop.submit(dearer) is CaseStatus.PRICE_DIFFERS
    # And that is what comes back.
    again = await shop.ask(order_id, RETURN)
    assert (await shop.case(again)).item.sku_id == other
    assert await shop.agree(again, address=ADDRESS) is CaseStatus.DONE
    assert await shop.by_shop(TakeReturn, again, is_restocked=True) is CaseStatus.DONE
    assert (await shop.market.stock(), await shop.market.stock(1)) == ((99, 0, 1), (1, 0, 0))
    assert (await verify(database)).defects == []


async def test_of_a_line_that_was_exchanged_in_part_each_unit_comes_back_as_what_it_is(
    shop: Shop, database: Database
) -> None:
    ordered, other = shop.market.skus
    order_id = await shop.order(3, shipped=True)
    async with database.transaction() as tx:
        await tx.connection.execute("update catalog.skus set price = 9800 where id = $1", other)
    case_id = await shop.ask(order_id, EXCHANGE, sku_id=other)
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    assert await shop.by_shop(TakeReturn, case_id, is_restocked=True) is CaseStatus.DONE
    assert await shop.by_shop(Reship, case_id, **ANEW) is CaseStatus.DONE
    assert (await shop.market.stock(), await shop.market.stock(1)) == ((98, 0, 2), (99, 0, 1))
    for units, held, status in ((2, other, CaseStatus.QUANTITY_OUT_OF_RANGE), (1, case_id, CaseStatus.SKU_NOT_FOUND)):
        assert await shop.submit(shop.asking(order_id, RETURN, units, held_sku_id=held)) is status
    # There are two as they were ordered, one that was sent last.
    for units, held, sku_id, stock in (
        (1, ordered, ordered, ((99, 0, 1), (99, 0, 1))),
        (1, None, other, ((99, 0, 1), (100, 0, 0))),
        (1, None, ordered, ((100, 0, 0), (100, 0, 0))),
    ):
        again = await shop.ask(order_id, RETURN, units, held_sku_id=held)
        assert (await shop.case(again)).item.sku_id == sku_id
        assert await shop.agree(again, address=ADDRESS) is CaseStatus.DONE
        assert await shop.by_shop(TakeReturn, again, is_restocked=True) is CaseStatus.DONE
        assert (await shop.market.stock(), await shop.market.stock(1)) == stock
    assert (await verify(database)).defects == []


async def test_what_is_not_in_stock_is_paid_for(shop: Shop) -> None:
    order_id = await shop.order(2, shipped=True)
    left, _, _ = await shop.market.stock()
    await shop.order(left)
    case_id = await shop.ask(order_id, EXCHANGE)
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    assert (await shop.case(case_id)).reserved == 0
    assert await shop.by_buyer(SendBack, case_id, **PARCEL) is CaseStatus.DONE
    assert await shop.by_shop(TakeReturn, case_id) is CaseStatus.DONE
    assert await shop.by_shop(Reship, case_id, **ANEW) is CaseStatus.SOLD_OUT
    assert (await shop.case(case_id)).state is CaseState.RETURNED
    assert await shop.by_shop(RefundInstead, case_id) is CaseStatus.DONE
    order = await shop.read(order_id)
    assert (order.refunded, order.lines[0].returned) == (9_800, 1)


async def test_a_return_that_is_not_right_is_refused_and_does_not_expire(shop: Shop) -> None:
    order_id, case_id = await _send_back(shop, RETURN)
    assert await shop.by_shop(RefuseReturn, case_id, words=" ") is CaseStatus.WORDS_INVALID
    assert await shop.by_shop(RefuseReturn, case_id, words="这不是我们的货") is CaseStatus.PROOF_MISSING
    assert await shop.refuse_return(case_id, "这不是我们的货") is CaseStatus.DONE
    assert await shop.refuse_return(case_id, "这不是我们的货") is CaseStatus.EXISTS
    assert (await shop.case(case_id)).answer_proof == (await shop.photo(order_id),)
    assert await shop.by_shop(TakeReturn, case_id) is CaseStatus.NOT_ALLOWED_NOW
    assert await shop.submit(shop.asking(order_id, RETURN)) is CaseStatus.CASE_OPEN
    await shop.turn(7 * DAY + MINUTE)
    # The shop has the goods: what becomes of it is for arbiters (tests/disputes).
    assert (await shop.case(case_id)).state is CaseState.RETURN_REFUSED


async def test_less_is_offered_for_what_came_back_damaged(shop: Shop, database: Database) -> None:
    order_id, case_id = await _send_back(shop, RETURN)
    counter = {"words": "少了杯盖"}
    assert await shop.by_shop(CounterReturn, case_id, amount=9_800, **counter) is CaseStatus.SAME_AS_ASKED
    assert await shop.by_shop(CounterReturn, case_id, amount=9_801, **counter) is CaseStatus.AMOUNT_OUT_OF_RANGE
    assert await shop.by_shop(CounterReturn, case_id, amount=0, **counter) is CaseStatus.AMOUNT_OUT_OF_RANGE
    assert await shop.by_shop(CounterReturn, case_id, amount=7_000, words=" ") is CaseStatus.WORDS_INVALID
    bad = {"words": "请看", "proof": ("/media/none-800.webp",)}
    assert await shop.by_shop(CounterReturn, case_id, amount=7_000, **bad) is CaseStatus.PROOF_INVALID
    assert await shop.by_shop(CounterReturn, case_id, amount=7_000, **counter) is CaseStatus.DONE
    assert await shop.by_shop(CounterReturn, case_id, amount=7_000, **counter) is CaseStatus.EXISTS
    assert await shop.by_shop(CounterReturn, case_id, amount=6_000, **counter) is CaseStatus.NOT_ALLOWED_NOW
    assert await shop.by_buyer(AcceptOffer, case_id) is CaseStatus.DONE
    assert (await shop.money(order_id))["wallet"] == 100_000 - 2 * 9_800 + 7_000
    order = await shop.read(order_id)
    assert (order.lines[0].returned, order.open_cases) == (1, 0)
    # Instead of other goods, too; who says no to it has not agreed to anything.
    order_id, case_id = await _send_back(shop, EXCHANGE)
    assert await shop.by_shop(CounterReturn, case_id, amount=9_000, **counter) is CaseStatus.DONE
    assert await shop.by_buyer(DeclineOffer, case_id) is CaseStatus.DONE
    assert await shop.by_buyer(DeclineOffer, case_id) is CaseStatus.EXISTS
    assert (await shop.case(case_id)).state is CaseState.RETURN_REFUSED
    assert (await verify(database)).defects == []


async def test_silence_takes_a_return_and_ends_one_that_is_not_sent(shop: Shop) -> None:
    order_id, case_id = await _send_back(shop, RETURN)
    other = await shop.order(1, shipped=True)
    idle = await shop.ask(other, RETURN)
    assert await shop.agree(idle, address=ADDRESS) is CaseStatus.DONE
    await shop.turn(7 * DAY + MINUTE)
    assert (await shop.case(idle)).state is CaseState.EXPIRED
    assert (await shop.read(other)).open_cases == 0
    await shop.turn(3 * DAY)
    assert (await shop.case(case_id)).state is CaseState.REFUNDED
    assert (await shop.read(order_id)).lines[0].returned == 1


async def test_returns_need_an_address_unless_the_shop_says_nothing(shop: Shop) -> None:
    order_id = await shop.order(1, shipped=True)
    case_id = await shop.ask(order_id, RETURN)
    assert await shop.agree(case_id) is CaseStatus.ADDRESS_MISSING
    await shop.turn(5 * DAY + MINUTE)
    assert (await shop.case(case_id)).state is CaseState.REFUNDED, "who names no place gets nothing back"
    command = SetReturnAddress(shop_id=shop.market.shop_id, address=ADDRESS, actor=shop.seller)
    async with shop.market.database.transaction() as tx:
        assert await set_return_addresses(tx, [command, command]) == [SetReturnAddressStatus.SET] * 2
    other = await shop.order(1, shipped=True)
    case_id = await shop.ask(other, RETURN)
    assert await shop.agree(case_id) is CaseStatus.DONE
    assert (await shop.case(case_id)).return_address == ADDRESS


async def test_an_offer_is_taken_or_not(shop: Shop) -> None:
    order_id = await shop.order(2, shipped=True)
    case_id = await shop.ask(order_id, CaseKind.REFUND, 1, 9_800)
    counter = {"kind": CaseKind.REFUND, "words": "退一半，好吗？"}
    assert await shop.by_shop(CounterCase, case_id, amount=9_800, **counter) is CaseStatus.SAME_AS_ASKED
    assert await shop.by_shop(CounterCase, case_id, amount=99_999, **counter) is CaseStatus.AMOUNT_OUT_OF_RANGE
    cancel = {"kind": CaseKind.CANCEL, "amount": 100}
    assert await shop.by_shop(CounterCase, case_id, **cancel) is CaseStatus.KIND_NOT_ALLOWED
    assert await shop.by_shop(CounterCase, case_id, kind=RETURN, amount=9_800) is CaseStatus.ADDRESS_MISSING
    assert await shop.by_shop(CounterCase, case_id, amount=4_900, **counter) is CaseStatus.DONE
    assert await shop.by_shop(CounterCase, case_id, amount=4_900, **counter) is CaseStatus.EXISTS
    assert await shop.by_buyer(AcceptOffer, case_id) is CaseStatus.DONE
    assert await shop.by_buyer(AcceptOffer, case_id) is CaseStatus.EXISTS
    assert (await shop.money(order_id))["wallet"] == 100_000 - 19_600 + 4_900
    other = await shop.ask(order_id, CaseKind.REFUND, 1, 1_000)
    assert await shop.by_shop(CounterCase, other, amount=100, **counter) is CaseStatus.DONE
    assert await shop.by_buyer(DeclineOffer, other) is CaseStatus.DONE
    assert (await shop.case(other)).state is CaseState.REFUSED
    third = await shop.ask(order_id, CaseKind.REFUND, 1, 1_000)
    assert await shop.by_shop(CounterCase, third, amount=100, **counter) is CaseStatus.DONE
    await shop.turn(5 * DAY + MINUTE)
    assert (await shop.case(third)).state is CaseState.EXPIRED


@pytest.mark.parametrize("kind", [RETURN, EXCHANGE])
async def test_goods_on_their_way_back_are_not_withdrawn(shop: Shop, kind: CaseKind) -> None:
    _, case_id = await _send_back(shop, kind)
    assert await shop.by_buyer(WithdrawCase, case_id) is CaseStatus.NOT_ALLOWED_NOW


async def test_what_asking_is_refused_for(shop: Shop) -> None:
    """One of each status that asking can have, besides those of money."""
    unsent, sent = await shop.order(2), await shop.order(2, shipped=True)
    stranger = Actor("buyer", new_id())
    expected = [
        (shop.asking(new_id(shop.market.shop_id), RETURN), CaseStatus.ORDER_NOT_FOUND),
        (shop.asking(sent, RETURN, actor=stranger), CaseStatus.ORDER_NOT_FOUND),
        (shop.asking(sent, RETURN, actor=shop.seller), CaseStatus.ORDER_NOT_FOUND),
        (shop.asking(sent, RETURN, id=_elsewhere(sent)), CaseStatus.ID_IN_ANOTHER_SHARD),
        (shop.asking(sent, RETURN, line=2), CaseStatus.LINE_NOT_FOUND),
        (shop.asking(sent, CaseKind.CANCEL), CaseStatus.KIND_NOT_ALLOWED),
        (shop.asking(unsent, RETURN), CaseStatus.KIND_NOT_ALLOWED),
        (shop.asking(sent, RETURN, reason=Reason.TOO_SLOW), CaseStatus.REASON_NOT_ALLOWED),
        (shop.asking(sent, RETURN, 3), CaseStatus.QUANTITY_OUT_OF_RANGE),
        (shop.asking(sent, EXCHANGE, 1, 100), CaseStatus.AMOUNT_OUT_OF_RANGE),
        (shop.asking(sent, RETURN, words="\x00"), CaseStatus.WORDS_INVALID),
        (shop.asking(sent, RETURN, words="长" * 501), CaseStatus.WORDS_INVALID),
        (shop.asking(sent, RETURN, proof=("/media/none-800.webp",)), CaseStatus.PROOF_INVALID),
    ]
    for command, status in expected:
        assert await shop.submit(command) is status, command
    first = shop.asking(sent, RETURN)
    assert await shop.submit(first) is CaseStatus.DONE
    assert await shop.submit(shop.asking(sent, RETURN, id=first.id)) is CaseStatus.EXISTS
    assert await shop.submit(shop.asking(sent, EXCHANGE, id=first.id)) is CaseStatus.EXISTS_WITH_DIFFERENT_CASE
    assert await shop.submit(shop.asking(sent, RETURN)) is CaseStatus.CASE_OPEN
    assert await shop.by_buyer(WithdrawCase, new_id(shop.market.shop_id)) is CaseStatus.CASE_NOT_FOUND
    assert (await shop.read(sent)).open_cases == 1


def _elsewhere(near: Any) -> Any:
    id = new_id()
    while (id.int ^ near.int) & 63 == 0:
        id = new_id()
    return id

"""Proves that of goods that were sent back, and for which arbiters award nothing, either the goods come to the buyer
again or the money: what a ruling says, what the shop then does, and what its silence does."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from tests.aftersale.shop import ADDRESS, DAY
from tests.disputes.court import Court
from weiji.aftersale import CaseKind, CaseState, CaseStatus, RefundInstead, Reship, SendBack, WithdrawCase, open_desk
from weiji.aftersale import words as case_words
from weiji.aftersale.merchant_pages import TABS
from weiji.aftersale.model import replacement_parcel
from weiji.aftersale.rules import holdings_of
from weiji.aftersale.store import get_case, get_shop_desk
from weiji.deposits.store import get_stakes
from weiji.disputes import AppealRuling, DisputeState, DisputeStatus, Side, WithdrawDispute
from weiji.disputes.model import AdvanceDispute, Basis
from weiji.disputes.rules import Bench
from weiji.disputes.words import ruling_word, steps_of
from weiji.events import BY_CLOCK
from weiji.kit import clock
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Kind, chart, create_transfers, lookup_accounts, move, verify
from weiji.orders import CaseReason as Reason
from weiji.orders import MoveStatus, State
from weiji.web import speaking

_D = DisputeStatus
BACK: Final = {"carrier": "顺丰速运", "tracking_number": "SF42"}
AGAIN: Final = {"carrier": "圆通速递", "tracking_number": "YT43"}


async def _refused(court: Court, kind: CaseKind = CaseKind.RETURN, order_id: UUID | None = None) -> UUID:
    """Have one unit of two sent back, the shop say that it is not right, and both sides hand in."""
    shop = court.shop
    order_id = order_id or await shop.order(2, shipped=True)
    case_id = await shop.ask(order_id, kind, 1)
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    assert await shop.by_buyer(SendBack, case_id, **BACK) is CaseStatus.DONE
    assert await shop.refuse_return(case_id) is CaseStatus.DONE
    return await court.opened(case_id)


async def _ruled(court: Court, case_id: UUID) -> None:
    """Rule that the goods go back, and let the ruling come into force."""
    assert await court.rule(0, case_id, 0, goods_back=True) is _D.DONE
    await court.turn(days=3, minutes=1)
    assert (await court.shop.case(case_id)).state is CaseState.TO_GIVE_BACK


async def test_a_ruling_has_goods_sent_back_only_where_there_are_some_and_nothing_is_awarded(court: Court) -> None:
    kept = await court.opened(await court.refused())
    assert await court.rule(0, kept, 0, goods_back=True) is _D.NO_GOODS_BACK, "nothing was sent back"
    assert await court.by_buyer(WithdrawDispute, kept) is _D.DONE
    case_id = await _refused(court)
    assert await court.rule(0, case_id, 1, goods_back=True) is _D.NO_GOODS_BACK, "who pays for goods keeps them"
    assert await court.rule(0, case_id, 0, goods_back=True) is _D.DONE
    assert await court.rule(0, case_id, 0, goods_back=True) is _D.EXISTS
    assert await court.rule(0, case_id, 0) is _D.NOT_ALLOWED_NOW, "that is another ruling"
    (told,) = [row["data"] for row in await court.told(case_id) if row["type"] == "DisputeRuled"]
    dispute = await court.dispute(case_id)
    assert dispute.ruling is not None
    with speaking("zh_CN"):
        assert "东西由卖家寄还给买家" in ruling_word(dispute, dispute.ruling)
        assert case_words.verdict_of(await court.told(case_id)) == "裁决：不退款，东西由卖家寄还给买家"
    assert (told["goods_back"], dispute.ruling.goods_back) == (True, True)
    other = await _refused(court)
    assert await court.rule(0, other, 0) is _D.DONE
    await court.turn(days=3, minutes=1)
    assert (await court.shop.case(other)).state is CaseState.DISMISSED, "a box may have been empty"


async def test_the_shop_sends_back_what_it_has_and_the_trade_goes_on(court: Court) -> None:
    shop = court.shop
    case_id = await _refused(court)
    order_id, before = (await shop.case(case_id)).order_id, await shop.market.stock()
    await _ruled(court, case_id)
    case, order = await shop.case(case_id), await shop.read(order_id)
    assert case.due_at is not None
    assert abs(case.due_at - clock.now() - 7 * DAY) < timedelta(minutes=2)
    assert (order.due_at, order.open_cases) == (None, 1), "the order's clock stands"
    (executed,) = [row["data"] for row in await court.told(case_id) if row["type"] == "RulingExecuted"]
    assert executed["send_by"] is not None
    async with court.database.read() as reader:
        desk = await get_shop_desk(reader, shop.market.shop_id)
    assert desk is not None
    assert [tab for tab, states in TABS.items() if sum(desk.states.get(state, 0) for state in states)] == [
        "to_send", "all",
    ]  # fmt: skip
    assert await shop.by_buyer(WithdrawCase, case_id) is CaseStatus.NOT_ALLOWED_NOW
    assert await shop.submit(shop.asking(order_id, CaseKind.RETURN)) is CaseStatus.CASE_OPEN
    assert await shop.by_shop(Reship, case_id, units=1, **AGAIN) is CaseStatus.QUANTITY_OUT_OF_RANGE
    assert await shop.by_shop(Reship, case_id, **AGAIN) is CaseStatus.DONE
    assert await shop.by_shop(Reship, case_id, **AGAIN) is CaseStatus.EXISTS
    assert await shop.market.stock() == before, "what came back was in none"
    order = await shop.read(order_id)
    assert order.due_at is not None
    assert order.due_at - clock.now() > 9 * DAY, "as long to look at it as at a first parcel"
    assert (order.refunded, order.lines[0].returned, order.lines[0].replaced_at) == (0, 0, None)
    async with court.database.read() as reader:
        found = await get_case(reader, case_id)
        followed = await reader.connection.fetchval(
            "select count(*) from carriers.parcels where id = $1", replacement_parcel(case_id)
        )
    assert found is not None
    assert (found.case.state, found.case.ended_at is not None, followed) == (CaseState.GIVEN_BACK, True, 1)
    assert [each.quantity for each in holdings_of(order_id, order.lines[0], [found.case])] == [2]
    with speaking("zh_CN"):
        steps = [step["title"] for step in case_words.steps_of(await court.told(case_id))]
    assert steps[0] == "把东西寄还给买家"
    await court.turn(days=15)
    money = await shop.money(order_id)
    assert (money["wallet"], money["escrow"]) == (100_000 - 19_600, 0), "the shop has what it sold"
    assert (await verify(court.database)).is_proved


@pytest.mark.parametrize("is_settled", [False, True])
@pytest.mark.parametrize("kind", [CaseKind.RETURN, CaseKind.EXCHANGE])
async def test_a_shop_that_keeps_the_goods_gives_the_money(court: Court, kind: CaseKind, *, is_settled: bool) -> None:
    shop = court.shop
    order_id = await shop.order(2, shipped=True)
    if is_settled:
        assert await shop.market.confirm(shop.buyer, order_id) is MoveStatus.DONE
        await court.turn(days=2)
    case_id = await _refused(court, kind, order_id)
    assert (await shop.case(case_id)).reserved == int(kind is CaseKind.EXCHANGE)
    await _ruled(court, case_id)
    assert await shop.market.stock() == (98, 0, 2), "nothing is sent in exchange any more"
    assert await court.free() == (9_800 if is_settled else 0), "what it may have to give is held"
    await court.turn(days=7, minutes=1)
    case, order = await shop.case(case_id), await shop.read(order_id)
    assert (case.state, case.amount) == (CaseState.REFUNDED, 9_800)
    assert (order.refunded, order.lines[0].returned) == (9_800, 1)
    assert (await shop.money(order_id))["wallet"] == 100_000 - 9_800
    with speaking("zh_CN"):
        steps = {step["title"]: step["note"] for step in steps_of(await court.dispute(case_id))}
    assert steps["东西没有寄还，退给买家"] == "¥98.00"
    assert (await verify(court.database)).is_proved


async def _settled(court: Court) -> UUID:
    """Have an order of two that is received and settled."""
    order_id = await court.shop.order(2, shipped=True)
    assert await court.shop.market.confirm(court.shop.buyer, order_id) is MoveStatus.DONE
    await court.turn(days=2)
    return order_id


async def test_what_is_held_is_there_for_the_buyer_and_free_once_the_goods_are_sent(court: Court) -> None:
    shop = court.shop
    id = shop.market.shop_id
    owed, available = chart.merchant_owed(id), chart.merchant_available(id)
    case_id = await _refused(court, order_id=await _settled(court))
    await _ruled(court, case_id)
    async with court.database.transaction() as tx:
        stakes = await get_stakes(tx, [id])
        way = chart.transit(shard_of(id))
        await create_transfers(tx, [move(id, new_id(id), available, way, 9_800, Kind.REFUND)], [available, way])
    assert stakes[id].is_disputed, "its deposit stays"
    assert await court.free() == 0
    await court.turn(days=7, minutes=1)
    assert (await shop.case(case_id)).state is CaseState.REFUNDED
    async with court.database.read() as reader:
        assert not [each for each in await lookup_accounts(reader, [owed.id]) if each.debits_posted], "the shop had it"
    other = await _refused(court, order_id=await _settled(court))
    await _ruled(court, other)
    held = await court.free()
    assert await shop.by_shop(Reship, other, carrier="圆通速递", tracking_number="YT44") is CaseStatus.DONE
    assert await court.free() == held + 9_800
    async with court.database.read() as reader:
        stakes = await get_stakes(reader, [id])
    assert not stakes[id].is_disputed


async def test_a_number_alone_does_not_end_it_the_buyer_has_days_to_say_that_nothing_came(court: Court) -> None:
    shop = court.shop
    order_id = await _settled(court)
    case_id = await _refused(court, order_id=order_id)
    await _ruled(court, case_id)
    await court.turn(days=6)
    assert await shop.by_shop(Reship, case_id, **AGAIN) is CaseStatus.DONE
    assert (await shop.read(order_id)).state is State.COMPLETED
    assert await shop.submit(shop.asking(order_id, CaseKind.RETURN, reason=Reason.NOT_WANTED)) is (
        CaseStatus.NEEDS_A_REASON
    ), "those days are over"
    async with court.database.read() as reader:
        found = await get_case(reader, case_id)
    assert found is not None
    assert found.ask_until is not None
    assert found.may_ask(found.ask_until - timedelta(seconds=1))
    assert not found.may_ask(found.ask_until)
    await shop.turn(found.ask_until - clock.now() - timedelta(minutes=1))
    missing = shop.asking(order_id, CaseKind.REFUND, reason=Reason.NOT_ARRIVED)
    assert await shop.submit(missing) is CaseStatus.DONE
    assert await shop.by_buyer(WithdrawCase, missing.id) is CaseStatus.DONE
    await shop.turn(timedelta(minutes=2))
    assert await shop.submit(shop.asking(order_id, CaseKind.REFUND, reason=Reason.NOT_ARRIVED)) is CaseStatus.TOO_LATE


async def test_a_shop_may_give_the_money_at_once(court: Court) -> None:
    case_id = await _refused(court)
    await _ruled(court, case_id)
    assert await court.shop.by_shop(RefundInstead, case_id) is CaseStatus.DONE
    await court.market.settle_events()
    assert (await court.shop.case(case_id)).state is CaseState.REFUNDED


async def test_a_shop_that_has_nothing_to_send_may_appeal(court: Court) -> None:
    case_id = await _refused(court)
    assert await court.rule(0, case_id, 0, goods_back=True) is _D.DONE
    assert await court.by_shop(AppealRuling, case_id, words="盒子是空的") is _D.DONE
    assert await court.rule(1, case_id, 0) is _D.DONE
    assert (await court.shop.case(case_id)).state is CaseState.DISMISSED
    # Of an appeal that nobody decides the first ruling stands, to the goods.
    other = await _refused(court)
    assert await court.rule(0, other, 0, goods_back=True) is _D.DONE
    assert await court.by_shop(AppealRuling, other, words="盒子是空的") is _D.DONE
    stop_at = (await court.dispute(other)).stop_at
    assert stop_at is not None
    await court.turn(seconds=(stop_at - clock.now()).total_seconds() + 1)
    ruling = (await court.dispute(other)).ruling
    assert ruling is not None
    assert (ruling.basis, ruling.goods_back, ruling.signed_by) == (Basis.FIRST_RULING, True, None)
    assert (await court.shop.case(other)).state is CaseState.TO_GIVE_BACK


async def test_goods_stay_where_a_channel_gave_all_of_the_money_meanwhile(court: Court) -> None:
    case_id = await _refused(court)
    assert await court.rule(0, case_id, 0, Side.BUYER, goods_back=True) is _D.DONE
    dispute = await court.dispute(case_id)
    async with court.database.transaction() as tx:
        desk = await open_desk(tx, [case_id])
        # As after a chargeback of all of it.
        desk.order_of(desk.cases[case_id]).lines[0].refunded = desk.order_of(desk.cases[case_id]).total
        bench = Bench(desk, {case_id: dispute}, dispute.rules, clock.now() + timedelta(days=4))
        assert bench.advance(AdvanceDispute(case_id=case_id, actor=BY_CLOCK)) is _D.DONE
        assert (desk.cases[case_id].state, dispute.state) == (CaseState.DISMISSED, DisputeState.EXECUTED)

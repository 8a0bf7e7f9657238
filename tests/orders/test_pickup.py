"""Proves that goods which are picked up are handed over once, for their code only, and paid for then."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.freight.examples import charged
from tests.identity.undone import SLOW, undone
from tests.orders.market import ADDRESS, Market, open_as
from weiji.aftersale import AgreeCase, AskCase, CaseKind, CaseStatus, Reason, WithdrawCase
from weiji.aftersale.model import CounterCase
from weiji.aftersale.operations import agree_cases, ask_cases, counter_cases, withdraw_cases
from weiji.events import BY_CLOCK, Actor
from weiji.events.outbox import get_trail
from weiji.freight import Place, PutPlace, PutPlaceStatus, PutTemplate, put_places, put_templates
from weiji.inventory import SaveWarehouse, SetStock, save_warehouses, set_stock
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.orders import (
    MoveStatus,
    OrderItem,
    PlaceOrder,
    PlaceResult,
    PlaceStatus,
    RefundOrder,
    State,
    picking_up,
    store,
)
from weiji.orders import operations as orders
from weiji.orders.machine import TRANSITIONS, Verb, may
from weiji.orders.model import ShowPickupCode, WriteOff, WriteOffResult
from weiji.orders.picking_up import TRIES, TRIES_WITHIN
from weiji.orders.rules import judge_write_off

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
S, Put = PlaceStatus, PutPlaceStatus


class Counter(Market):
    """The market hands goods over at a place, and charges for sending them."""

    buyer: UUID
    place_at: Place
    codes: Sequence[str] = ()

    async def open(self, stock: int = 100) -> None:
        await super().open(stock)
        self.buyer = new_id()
        self.merchant = Actor("merchant", self.seller_id)
        self.place_at = Place(
            id=new_id(self.shop_id), shop_id=self.shop_id, name="文三路店", address="文三路 9 号", hours="9 点到 21 点"
        )
        async with self.database.transaction() as tx:
            assert await put_places(tx, [PutPlace(place=self.place_at, actor=self.merchant)]) == ["created"]
            await put_templates(tx, [PutTemplate(template=charged(self.shop_id), actor=self.merchant)])
        await self.fund([self.buyer], 1_000_000)

    def ordering(self, **facts: Any) -> PlaceOrder:
        given: dict[str, Any] = {
            "id": new_id(self.shop_id),
            "shop_id": self.shop_id,
            "buyer_id": self.buyer,
            "buyer_name": "买家",
            "items": (OrderItem(self.skus[0], 2, self.prices[0]),),
            "address": ADDRESS,
            "place_id": self.place_at.id,
            "actor": Actor("buyer", self.buyer),
        }
        return PlaceOrder(**(given | facts))

    async def order_one(self, **facts: Any) -> tuple[UUID, PlaceResult]:
        command = self.ordering(**facts)
        return command.id, await self.batchers.of(orders.place_orders).submit(command)

    async def buy(self, **facts: Any) -> UUID:
        order_id, result = await self.order_one(**facts)
        assert result.status is S.PLACED
        await self.pay(self.buyer, order_id)
        return order_id

    async def code(self, order_id: UUID) -> str | None:
        async with self.database.read() as reader:
            found = (await store.get_pickups(reader, [order_id]))[order_id]
        return picking_up.open_code(found)

    def bringing(self, code: str, **facts: Any) -> WriteOff:
        return WriteOff(**({"shop_id": self.shop_id, "code": code, "actor": self.merchant} | facts))

    async def write_off(self, code: str, **facts: Any) -> WriteOffResult:
        command = self.bringing(code, **facts)
        return await self.batchers.of(picking_up.write_off, "shop_id").submit(command)

    async def ask(self, order_id: UUID, **facts: Any) -> UUID:
        """Have the buyer give up one of an order, or ask for something else; name the case."""
        given: dict[str, Any] = {
            "id": new_id(self.shop_id),
            "order_id": order_id,
            "line": 1,
            "kind": CaseKind.CANCEL,
            "quantity": 1,
            "reason": Reason.NOT_WANTED,
            "actor": Actor("buyer", self.buyer),
        }
        asked = AskCase(**(given | facts))
        assert await self.batchers.of(ask_cases, "order_id").submit(asked) is CaseStatus.DONE
        return asked.id

    async def agree(self, case_id: UUID) -> None:
        """Have the shop agree, and the money go where it is to."""
        agree = AgreeCase(case_id=case_id, shop_id=self.shop_id, actor=self.merchant)
        assert await self.batchers.of(agree_cases, "case_id").submit(agree) is CaseStatus.DONE
        await self.settle_events()


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Counter]:
    KEYS.use(bytes(range(32)))
    async with open_as(Counter, database, lanes) as market:
        yield market


async def test_what_is_picked_up_costs_no_freight_and_is_paid_for_when_it_is_handed_over(market: Counter) -> None:
    _, dearer = await market.order_one(freight=1_000)
    assert dearer.status is S.FREIGHT_CHANGED
    order_id, placed = await market.order_one()
    assert (placed.status, placed.total) == (S.PLACED, 19_600)
    assert await market.code(order_id) is None  # Nothing is handed over that nobody paid.
    await market.pay(market.buyer, order_id)
    code = await market.code(order_id)
    assert code is not None
    assert len(code) == 12
    before = await market.order(order_id)
    assert before.pickup is not None
    assert before.pickup.name == "文三路店"
    assert before.address is not None
    assert (before.address.name, before.address.region) == ("李雷", "")
    assert "9 号" in before.address.detail
    looked = await market.write_off(code, is_trial=True)
    assert (looked.status, looked.order_id, looked.handed_over_at) == (MoveStatus.DONE, order_id, None)
    assert await market.order(order_id) == before
    assert await market.stock() == (100, 2, 0)
    done = await market.write_off(code)
    assert (done.status, done.number) == (MoveStatus.DONE, before.number)
    after = await market.order(order_id)
    assert (after.state, after.units_shipped, after.lines[0].shipped) == (State.RECEIVED, 2, 2)
    assert after.received_at == after.shipped_at == done.handed_over_at
    assert await market.stock() == (98, 0, 2)
    assert await market.money(market.buyer, order_id) == {
        "wallet": 980_400, "escrow": 0, "pending": 19_600, "available": 0,
    }  # fmt: skip
    assert await market.code(order_id) is None
    again = await market.write_off(code)
    assert again == WriteOffResult(MoveStatus.EXISTS, order_id, before.number, done.handed_over_at)
    async with market.database.read() as reader:
        trail = await get_trail(reader, order_id)
    told = {row["type"]: row["data"] for row in trail}
    assert told["OrderPickedUp"]["place"] == "文三路店"
    assert told["OrderReceived"]["amount"] == 19_600
    assert {row["actor_kind"] for row in trail if row["type"] in ("OrderPickedUp", "OrderReceived")} == {"merchant"}
    await market.turn(DAY)
    assert (await market.order(order_id)).state is State.COMPLETED
    assert (await market.money(market.buyer, order_id))["available"] == 19_600


async def test_what_placing_is_refused_for(market: Counter) -> None:
    closed = msgspec.structs.replace(market.place_at, id=new_id(market.shop_id), is_open=False)
    async with market.database.transaction() as tx:
        await put_places(tx, [PutPlace(place=closed, actor=market.merchant)])
    assert (await market.order_one(place_id=closed.id))[1].status is S.PLACE_NOT_FOUND
    assert (await market.order_one(place_id=new_id(market.shop_id)))[1].status is S.PLACE_NOT_FOUND
    assert (await market.order_one(address=None))[1].status is S.ADDRESS_MISSING
    assert (await market.order_one(place_id=None, freight=0))[1].status is S.FREIGHT_CHANGED
    order_id, placed = await market.order_one()
    assert placed.status is S.PLACED
    assert (await market.order_one(id=order_id))[1].status is S.EXISTS
    assert (await market.order_one(id=order_id, place_id=None))[1].status is S.EXISTS_WITH_DIFFERENT_ORDER
    # What the shop says of the place from then on is nothing to those who ordered before.
    moved = msgspec.structs.replace(market.place_at, address="黄龙路 1 号", is_open=False)
    async with market.database.transaction() as tx:
        assert await put_places(tx, [PutPlace(place=moved, actor=market.merchant)]) == ["changed"]
    found = (await market.order(order_id)).pickup
    assert found is not None
    assert found.address == "文三路 9 号"


async def test_it_is_not_sent_and_nobody_is_reminded_to(market: Counter) -> None:
    order_id = await market.buy()
    assert await market.ship(order_id) is MoveStatus.PICKED_UP
    assert (await market.order(order_id)).promised_at is None
    await market.turn(3 * DAY)
    async with market.database.read() as reader:
        assert "ShippingReminded" not in {row["type"] for row in await get_trail(reader, order_id)}
    assert await market.confirm(market.buyer, order_id) is MoveStatus.NOT_ALLOWED_NOW
    code = await market.code(order_id)
    assert code is not None
    await market.turn(11 * DAY)
    left = await market.order(order_id)
    assert (left.state, left.refund_reason) == (State.REFUNDED, "not_picked_up")
    assert (await market.money(market.buyer, order_id))["wallet"] == 1_000_000
    assert await market.stock() == (100, 0, 0)
    assert (await market.write_off(code)).status is MoveStatus.NOT_ALLOWED_NOW
    assert await market.code(order_id) is None


async def test_a_code_is_worth_nothing_while_a_case_is_open_elsewhere_or_to_anyone_who_guesses(market: Counter) -> None:
    order_id = await market.buy()
    code = await market.code(order_id)
    assert code is not None
    case_id = await market.ask(order_id)
    assert await market.code(order_id) is None
    assert (await market.write_off(code)).status is MoveStatus.CASE_OPEN
    undo = WithdrawCase(case_id=case_id, actor=Actor("buyer", market.buyer))
    assert await market.batchers.of(withdraw_cases, "case_id").submit(undo) is CaseStatus.DONE
    assert await market.code(order_id) == code
    elsewhere = new_id(market.shop_id)
    assert (await market.write_off(code, shop_id=elsewhere)).status is MoveStatus.CODE_NOT_FOUND
    wrong = f"{(int(code) + 1) % 10**12:012}"
    for _ in range(TRIES):
        assert (await market.write_off(wrong, is_trial=True)).status is MoveStatus.CODE_NOT_FOUND
    stopped = await market.write_off(code)
    assert stopped.status is MoveStatus.TOO_MANY_TRIES
    assert stopped.again_at is not None
    assert (await market.order(order_id)).state is State.PAID
    clock.CLOCK.follow(clock.CLOCK.offset + TRIES_WITHIN)
    assert (await market.write_off(wrong)).status is MoveStatus.CODE_NOT_FOUND
    assert (await market.write_off(code)).status is MoveStatus.DONE


async def test_wrong_codes_are_counted_again_once_the_time_is_up(market: Counter) -> None:
    wrong = "123456789012"
    assert (await market.write_off(wrong)).status is MoveStatus.CODE_NOT_FOUND
    clock.CLOCK.follow(clock.CLOCK.offset + TRIES_WITHIN)
    for _ in range(TRIES):
        assert (await market.write_off(wrong)).status is MoveStatus.CODE_NOT_FOUND
    assert (await market.write_off(wrong)).status is MoveStatus.TOO_MANY_TRIES


async def test_who_has_no_code_yet_gets_one_where_they_ask_for_it(
    market: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def give_none(*_: Any) -> None:
        """Take a payment as a release does that knows of no codes."""

    with monkeypatch.context() as before:
        before.setattr(picking_up, "give_codes", give_none)
        order_id = await market.buy()
    assert await market.code(order_id) is None
    for buyer, status in ((new_id(), MoveStatus.ORDER_NOT_FOUND), (market.buyer, MoveStatus.DONE)):
        asked = ShowPickupCode(order_id=order_id, actor=Actor("buyer", buyer))
        assert await market.batchers.of(picking_up.show_codes, "order_id").submit(asked) is status
    code = await market.code(order_id)
    assert code is not None
    assert await market.batchers.of(picking_up.show_codes, "order_id").submit(asked) is MoveStatus.DONE
    assert await market.code(order_id) == code


async def test_whoever_reads_the_database_finds_no_code(market: Counter) -> None:
    code = await market.code(await market.buy())
    assert code is not None
    async with market.database.read() as reader:
        (row,) = await reader.connection.fetch("select c::text, o::text from orders.pickup_codes c, orders.orders o")
    assert all(code not in text and code.encode().hex() not in text for text in row)


async def test_a_part_that_was_given_up_is_neither_handed_over_nor_paid_for(market: Counter) -> None:
    order_id = await market.buy()
    # However late it is: the shop answers, who may have handed the goods over a moment ago.
    await market.turn(4 * DAY)
    case_id = await market.ask(order_id)
    assert (await market.money(market.buyer, order_id))["wallet"] == 980_400
    await market.agree(case_id)
    code = await market.code(order_id)
    assert code is not None
    assert (await market.write_off(code)).status is MoveStatus.DONE
    after = await market.order(order_id)
    assert (after.units, after.units_shipped, after.lines[0].shipped, after.lines[0].cancelled) == (1, 1, 1, 1)
    assert await market.stock() == (99, 0, 1)
    assert (await market.money(market.buyer, order_id))["pending"] == 9_800


async def test_what_was_handed_over_may_come_back_as_ever(market: Counter) -> None:
    order_id = await market.buy()
    code = await market.code(order_id)
    assert code is not None
    assert (await market.write_off(code)).status is MoveStatus.DONE
    case_id = await market.ask(order_id, kind=CaseKind.REFUND, quantity=2, amount=5_000, reason=Reason.DAMAGED)
    assert (await market.write_off(code)).status is MoveStatus.EXISTS
    await market.agree(case_id)
    assert await market.money(market.buyer, order_id) == {
        "wallet": 985_400, "escrow": 0, "pending": 14_600, "available": 0,
    }  # fmt: skip


async def test_nothing_is_sent_anew_for_what_was_picked_up(market: Counter) -> None:
    order_id = await market.buy()
    assert (await market.write_off(await market.code(order_id) or "")).status is MoveStatus.DONE

    def asking(kind: CaseKind, **facts: Any) -> AskCase:
        buyer = Actor("buyer", market.buyer)
        case_id = new_id(market.shop_id)
        return AskCase(
            id=case_id, order_id=order_id, line=1, kind=kind, quantity=1, reason=Reason.DAMAGED, actor=buyer, **facts
        )

    for kind in (CaseKind.EXCHANGE, CaseKind.RESHIP):
        status = await market.batchers.of(ask_cases, "order_id").submit(asking(kind))
        assert status is CaseStatus.KIND_NOT_ALLOWED
    asked = asking(CaseKind.RETURN)
    assert await market.batchers.of(ask_cases, "order_id").submit(asked) is CaseStatus.DONE
    for kind in (CaseKind.EXCHANGE, CaseKind.RESHIP):
        offer = CounterCase(
            case_id=asked.id, shop_id=market.shop_id, kind=kind, amount=0, words="换一件", actor=market.merchant
        )
        status = await market.batchers.of(counter_cases, "case_id").submit(offer)
        assert status is CaseStatus.KIND_NOT_ALLOWED


async def test_units_that_lie_in_several_warehouses_are_handed_over_together(market: Counter) -> None:
    far = new_id(market.shop_id)
    async with market.database.transaction() as tx:
        await save_warehouses(
            tx, [SaveWarehouse(id=far, shop_id=market.shop_id, name="后仓", actor=market.merchant, priority=9)]
        )
        for warehouse_id, units in ((market.shop_id, 1), (far, 1)):
            command = SetStock(
                sku_id=market.skus[0],
                shop_id=market.shop_id,
                on_hand=units,
                warehouse_id=warehouse_id,
                actor=market.merchant,
            )
            assert await set_stock(tx, [command]) == ["set"]
    order_id = await market.buy()
    code = await market.code(order_id)
    assert code is not None
    assert (await market.write_off(code)).status is MoveStatus.DONE
    assert await market.stock() == (0, 0, 2)


async def test_of_a_hand_over_and_a_refund_at_once_one_happens(market: Counter) -> None:
    for _ in range(5):
        order_id = await market.buy()
        code = await market.code(order_id)
        assert code is not None
        bringing = market.bringing(code)
        back = RefundOrder(order_id=order_id, shop_id=market.shop_id, actor=market.merchant, reason="缺货")
        ends = await asyncio.gather(
            market.database.retried(lambda tx, c=bringing: picking_up.write_off(tx, [c])),
            market.database.retried(lambda tx, c=bringing: picking_up.write_off(tx, [c])),
            market.database.retried(lambda tx, c=back: orders.refund_orders(tx, [c])),
        )
        first, second, refunded = (ends[0][0].status, ends[1][0].status, ends[2][0])
        assert [first, second, refunded].count(MoveStatus.DONE) == 1
        state = (await market.order(order_id)).state
        assert state is (State.REFUNDED if refunded is MoveStatus.DONE else State.RECEIVED)
    await market.settle_events()
    assert (await market.stock())[1] == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=14))
@SLOW
async def test_law_of_batches(market: Counter, acts: list[tuple[int, bool, bool]]) -> None:
    """Of right, wrong and repeated codes, at trial or not, and by who may not."""
    if not market.codes:
        market.codes = [await market.code(await market.buy()) or "" for _ in range(2)]
    codes = [*market.codes, "000000000000", "1"]
    now = clock.now()
    commands = [
        market.bringing(codes[which], is_trial=is_trial, actor=BY_CLOCK if is_odd and which == 1 else market.merchant)
        for which, is_trial, is_odd in acts
    ]

    async def answers(batches: Sequence[Sequence[WriteOff]]) -> Any:
        async with market.database.transaction() as tx, undone(tx):
            at = Transaction(tx.connection, now)
            there: Any = [result for batch in batches for result in await picking_up.write_off(at, batch)]
            return there, await tx.connection.fetch("select id, state, due_at from orders.orders order by id")

    assert await answers([commands]) == await answers([[command] for command in commands])


def test_codes_are_read_as_people_write_them() -> None:
    assert picking_up.write_code("123456789012") == "1234 5678 9012"
    assert picking_up.read_code(" 1234-5678　９012\n") == "123456789012"
    assert picking_up.read_code("abc") == ""


async def test_every_status_of_writing_a_place(market: Counter) -> None:
    def putting(**facts: Any) -> PutPlace:
        return PutPlace(place=msgspec.structs.replace(market.place_at, **facts), actor=market.merchant)

    new = new_id(market.shop_id)
    wanted = [
        (putting(), Put.EXISTS),
        (putting(hours="全天"), Put.CHANGED),
        (putting(id=new), Put.CREATED),
        (putting(id=new, shop_id=UUID(int=1 << 70)), Put.SHOP_NOT_FOUND),
        (putting(id=UUID(int=new.int ^ 1)), Put.ID_IN_ANOTHER_SHARD),
        (putting(name=" "), Put.INVALID_NAME),
        (putting(address="一\n二"), Put.INVALID_ADDRESS),
        (putting(hours="时" * 81), Put.INVALID_HOURS),
        (putting(phone="1" * 33), Put.INVALID_PHONE),
        *[(putting(id=new_id(market.shop_id)), Put.CREATED) for _ in range(18)],
        (putting(id=new_id(market.shop_id)), Put.TOO_MANY_PLACES),
        (putting(id=new, is_open=False), Put.CHANGED),
    ]
    async with market.database.transaction() as tx:
        assert await put_places(tx, [command for command, _ in wanted]) == [status for _, status in wanted]


async def test_it_is_written_off_in_the_states_and_by_whom_the_table_says(market: Counter) -> None:
    paid = await market.order(await market.buy())
    for state in State:
        for kind in ("buyer", "merchant", "staff", "clock"):
            order = msgspec.structs.replace(paid, state=state)
            status = judge_write_off(order, market.bringing("", actor=Actor(kind, market.seller_id)), clock.now())
            if may(Verb.WRITE_OFF, state, kind):
                assert (status, order.state) == (MoveStatus.DONE, State.RECEIVED)
            else:
                was_before = state in (State.RECEIVED, State.COMPLETED)
                assert status is (MoveStatus.EXISTS if was_before else MoveStatus.NOT_ALLOWED_NOW)
                assert order.state is state
    assert {(t.sources, t.actors) for t in TRANSITIONS if t.verb is Verb.WRITE_OFF} == {((State.PAID,), ("merchant",))}
    sent = msgspec.structs.replace(paid, pickup=None)
    assert judge_write_off(sent, market.bringing(""), clock.now()) is MoveStatus.NOT_ALLOWED_NOW

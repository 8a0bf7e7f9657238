"""Proves that parcels that come back are looked at before, followed, and begin the shop's days once they are there."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.aftersale.shop import ADDRESS, DAY, HOUR, MINUTE, Shop
from weiji.aftersale import CaseKind, CaseState, CaseStatus, Reship, SendBack, TakeReturn
from weiji.aftersale.model import NoteReturnDelivery, replacement_parcel, return_parcel
from weiji.aftersale.numbers import CheckReturn, check_returns
from weiji.aftersale.operations import close_desk, note_return_deliveries, open_desk_of
from weiji.aftersale.store import CaseView, get_case, get_parcels
from weiji.carriers import FollowParcel, ParcelState, TrackingEvent, follow_parcels, get_newest
from weiji.carriers.model import RecordReport, Report
from weiji.carriers.operations import record_reports
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.orders import MoveStatus, ShipParcel, numbered_parcel, ship_parcels
from weiji.orders.numbers import CheckStatus

NUMBER = "SF1020304050607"


async def to_return(shop: Shop) -> UUID:
    """Bring a case to where the buyer is to send goods back."""
    case_id = await shop.ask(await shop.order(2, shipped=True), CaseKind.RETURN)
    assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
    return case_id


async def sent_back(shop: Shop, number: str = NUMBER, carrier: str = "顺丰速运") -> tuple[UUID, datetime]:
    """Bring a case to where goods are on their way back; give the clock that runs then, too."""
    case_id = await to_return(shop)
    given = {"carrier": carrier, "tracking_number": number}
    assert await shop.by_buyer(SendBack, case_id, **given) is CaseStatus.DONE
    due_at = (await shop.case(case_id)).due_at
    assert due_at is not None
    return case_id, due_at


async def carrier_tells(
    shop: Shop, case_id: UUID, state: ParcelState, at: datetime, name: Callable[[UUID], UUID] = return_parcel
) -> None:
    """Let a carrier tell of a parcel, such as comes back, and all that follows from it happen."""
    event = TrackingEvent(at=at, text=f"快件{state}", state=state, place="杭州市")
    report = RecordReport(parcel_id=name(case_id), report=Report(state=state, events=(event,)))
    async with shop.market.database.transaction() as tx:
        await record_reports(tx, [report])
    await shop.market.settle_events()


async def view(shop: Shop, case_id: UUID) -> CaseView:
    async with shop.market.database.read() as reader:
        found = await get_case(reader, case_id)
    assert found is not None
    return found


async def test_a_parcel_of_another_order_does_not_stand_for_what_comes_back(shop: Shop) -> None:
    case_id, other = await to_return(shop), await shop.order(1)
    taking = ShipParcel(
        id=return_parcel(case_id),
        order_id=other,
        shop_id=shop.market.shop_id,
        carrier="顺丰",
        tracking_number="SF0000000000000",
        actor=shop.seller,
    )
    assert await shop.market.batchers.of(ship_parcels, "order_id").submit(taking) is MoveStatus.ID_INVALID
    mine = replace(taking, id=numbered_parcel(other, taking.tracking_number))
    assert await shop.market.batchers.of(ship_parcels, "order_id").submit(mine) is MoveStatus.DONE
    # One that was sent under such an id before it was refused.
    old = FollowParcel(
        id=return_parcel(case_id),
        order_id=other,
        shop_id=shop.market.shop_id,
        carrier="顺丰",
        tracking_number="SF0000000000000",
        shipped_at=clock.now(),
    )
    async with shop.market.database.transaction() as tx:
        await follow_parcels(tx, [old])
    assert await shop.by_buyer(SendBack, case_id, carrier="顺丰速运", tracking_number=NUMBER) is CaseStatus.DONE
    assert (await view(shop, case_id)).returned is None
    order_id = (await shop.case(case_id)).order_id
    async with shop.market.database.read() as reader:
        assert not (await get_parcels(reader, order_id, [return_parcel(case_id)])).parcels


async def test_no_case_has_the_id_of_an_order(shop: Shop) -> None:
    one, two = await shop.order(1, shipped=True), await shop.order(1, shipped=True)
    for id in (one, two):
        asking = shop.asking(two, CaseKind.REFUND, id=id)
        assert await shop.submit(asking) is CaseStatus.EXISTS_WITH_DIFFERENT_CASE


async def test_numbers_are_warned_about_as_those_of_orders_are(shop: Shop) -> None:
    await sent_back(shop)
    case_id = await to_return(shop)

    async def check(number: str, carrier: str = "顺丰速运", buyer: UUID | None = None) -> CheckStatus | None:
        async with shop.market.database.read() as reader:
            (found,) = await check_returns(reader, buyer or shop.buyer, [CheckReturn(case_id, carrier, number)])
        assert found is None or found.used_by is None, "whose it is is not theirs to know"
        return found.status if found else None

    assert await check(NUMBER) is CheckStatus.FINE, "one buyer may send two cases back to a shop in one parcel"
    assert await check("SF1234567890") is CheckStatus.NUMBER_USED, "it is what the shop sent"
    assert await check("RB123456784GB", "国际邮政") is CheckStatus.NUMBER_WRONG
    assert await check("JT1234567890123") is CheckStatus.OTHER_CARRIER
    assert await check("SF1") is CheckStatus.NUMBER_UNUSUAL
    assert await check("123", "同城配送") is CheckStatus.CARRIER_UNKNOWN
    assert await check(NUMBER, buyer=new_id()) is None, "somebody else's case"
    shop.buyer = new_id()
    await shop.market.fund([shop.buyer], 100_000)
    case_id = await to_return(shop)
    for typed in (NUMBER, "sf 1020 3040 50607"):
        assert await check(typed) is CheckStatus.NUMBER_USED, "another buyer sent something back under it"


async def test_goods_do_not_go_in_another_parcel_of_their_order(shop: Shop) -> None:
    """A buyer had the money again by the number of the parcel that the shop had sent: that was there already."""
    order_id = await shop.order(3, shipped=True)

    async def agreed(kind: CaseKind) -> UUID:
        case_id = await shop.ask(order_id, kind)
        assert await shop.agree(case_id, address=ADDRESS) is CaseStatus.DONE
        return case_id

    async def send(command: type[SendBack | Reship], case_id: UUID, number: str) -> CaseStatus:
        by = shop.by_buyer if command is SendBack else shop.by_shop
        return await by(command, case_id, carrier="中通", tracking_number=number)

    first = await agreed(CaseKind.EXCHANGE)
    for number in ("SF1234567890", "sf 1234 567890"):
        assert await send(SendBack, first, number) is CaseStatus.NUMBER_TAKEN, "it is how they came"
        async with shop.market.database.read() as reader:
            (check,) = await check_returns(reader, shop.buyer, [CheckReturn(first, "顺丰", number)])
        assert check is not None
        assert (check.status, check.is_refused) == (CheckStatus.NUMBER_USED, True)
    assert (await shop.case(first)).state is CaseState.TO_RETURN
    assert await send(SendBack, first, NUMBER) is CaseStatus.DONE
    assert await shop.by_shop(TakeReturn, first) is CaseStatus.DONE
    for number in (NUMBER, "SF1234567890"):
        assert await send(Reship, first, number) is CaseStatus.NUMBER_TAKEN, "it came back in it, or was sent before"
    assert await send(Reship, first, "SF7") is CaseStatus.DONE
    # Nor by what was sent anew, or by what was there before anybody asked.
    again = await agreed(CaseKind.RETURN)
    for number in ("SF7", NUMBER):
        assert await send(SendBack, again, number) is CaseStatus.NUMBER_TAKEN
    assert await send(SendBack, again, "SF8") is CaseStatus.DONE


async def test_what_goes_the_same_way_may_be_in_one_parcel(shop: Shop) -> None:
    market = shop.market
    order_id = await shop.order(3, shipped=((1, 2),))
    missing = await shop.ask(order_id, CaseKind.RESHIP)
    assert await shop.agree(missing) is CaseStatus.DONE
    rest = ShipParcel(
        id=numbered_parcel(order_id, NUMBER),
        order_id=order_id,
        shop_id=market.shop_id,
        carrier="顺丰",
        tracking_number=NUMBER,
        actor=shop.seller,
    )
    assert await market.batchers.of(ship_parcels, "order_id").submit(rest) is MoveStatus.DONE
    status = await shop.by_shop(Reship, missing, carrier="顺丰", tracking_number=NUMBER)
    assert status is CaseStatus.DONE, "what was missing goes with the rest of the order"


@pytest.mark.parametrize(("delivered", "heard", "left"), [
    (2, 2, 3 * DAY),
    (2, 4, DAY),
    (1, 6, DAY),
    (9, 9, 3 * DAY),
], ids=["at once", "late", "very late", "after the clock was nearly over"])  # fmt: skip
async def test_delivery_begins_the_days_to_inspect(shop: Shop, delivered: int, heard: int, left: timedelta) -> None:
    case_id, _ = await sent_back(shop)
    sent = clock.now()
    await shop.turn(heard * DAY)
    at = sent + delivered * DAY
    await carrier_tells(shop, case_id, ParcelState.DELIVERED, at)
    case = await shop.case(case_id)
    assert case.return_delivered_at == at
    assert case.due_at is not None
    assert abs(case.due_at - clock.now() - left) < MINUTE
    # Told again, from several sides, it begins nothing anew.
    await shop.turn(HOUR)
    command = NoteReturnDelivery(case_id=case_id, delivered_at=clock.now())
    batcher = shop.market.batchers.of(note_return_deliveries, "case_id")
    assert set(await asyncio.gather(*(batcher.submit(command) for _ in range(4)))) == {CaseStatus.EXISTS}
    assert (await shop.case(case_id)).due_at == case.due_at
    await shop.turn(left)
    assert (await shop.case(case_id)).state is CaseState.REFUNDED


async def test_what_a_carrier_tells_is_seen_and_only_delivery_moves_the_clock(shop: Shop) -> None:
    case_id, due_at = await sent_back(shop)
    await shop.turn(DAY)
    await carrier_tells(shop, case_id, ParcelState.IN_TRANSIT, clock.now() - HOUR)
    found = await view(shop, case_id)
    assert found.returned is not None
    told = [event.text for event in found.returned.tracking]
    assert (found.returned.state, told) == ("in_transit", ["快件in_transit"])
    assert (found.case.due_at, found.case.return_delivered_at) == (due_at, None)
    assert await shop.by_shop(TakeReturn, case_id) is CaseStatus.DONE
    await carrier_tells(shop, case_id, ParcelState.DELIVERED, clock.now())
    assert (await shop.case(case_id)).due_at is None, "what was taken has no clock"
    command = NoteReturnDelivery(case_id=new_id(shop.market.shop_id), delivered_at=clock.now())
    status = await shop.market.batchers.of(note_return_deliveries, "case_id").submit(command)
    assert status is CaseStatus.CASE_NOT_FOUND


async def test_what_is_sent_anew_is_followed_to_the_buyer_and_is_nothing_that_came_back(shop: Shop) -> None:
    order_id = await shop.order(2, shipped=True)
    case_id = await shop.ask(order_id, CaseKind.RESHIP)
    assert await shop.agree(case_id) is CaseStatus.DONE
    assert await shop.by_shop(Reship, case_id, carrier="圆通速递", tracking_number="YT1") is CaseStatus.DONE
    await carrier_tells(shop, case_id, ParcelState.DELIVERED, clock.now(), replacement_parcel)
    found = await view(shop, case_id)
    assert found.returned is None
    assert found.replacement is not None
    assert (found.replacement.state, len(found.replacement.tracking)) == ("delivered", 1)
    assert (found.case.state, found.case.return_delivered_at) == (CaseState.RESHIPPED, None)
    async with shop.market.database.read() as reader:
        query = "select phone_end, region, carrier from carriers.parcels where id = $1"
        row = await reader.connection.fetchrow(query, replacement_parcel(case_id))
    assert tuple(row or ()) == ("8000", "浙江省杭州市西湖区", "yto"), "carriers ask who it goes to"


async def test_of_an_unknown_carrier_nothing_is_heard_and_the_clock_stays(shop: Shop) -> None:
    case_id, due_at = await sent_back(shop, "42", "同城配送")
    assert abs(due_at - clock.now() - 10 * DAY) < MINUTE
    await shop.turn(4 * DAY)
    assert (await shop.case(case_id)).due_at == due_at
    await shop.turn(6 * DAY + MINUTE)
    assert (await shop.case(case_id)).state is CaseState.REFUNDED


async def test_a_delivery_while_the_clock_stands_leaves_the_days_for_later(shop: Shop) -> None:
    case_id, _ = await sent_back(shop)
    order_id = (await shop.case(case_id)).order_id
    for verb in ("suspend", "resume"):
        async with shop.market.database.transaction() as tx:
            desk = await open_desk_of(tx, [order_id])
            getattr(desk, verb)(desk.work.orders[order_id])
            await close_desk(tx, desk)
        if verb == "suspend":
            await shop.turn(5 * DAY)
            await carrier_tells(shop, case_id, ParcelState.DELIVERED, clock.now())
            await shop.turn(5 * DAY)
    due_at = (await shop.case(case_id)).due_at
    assert due_at is not None
    assert abs(due_at - clock.now() - 3 * DAY) < MINUTE


async def test_what_comes_back_hides_no_parcel_of_an_order_from_whoever_follows_them(shop: Shop) -> None:
    await sent_back(shop)
    async with shop.market.database.read() as reader:
        assert await get_newest(reader) is None

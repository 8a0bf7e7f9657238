"""Proves that a sheet ships what it says in any encoding, that a broken line stops no other, and nothing goes twice."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.orders.market import Market, open_market
from tests.porting.workbooks import workbook
from weiji.events import Actor
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.orders import State
from weiji.porting.records import Fault
from weiji.porting.shipping import (
    LINES_MAX,
    Planned,
    SheetStatus,
    plan_sheet,
    read_sheet,
    run_sheet,
    write_sheet,
    write_template,
)

S = SheetStatus
HEADER = "订单编号,快递公司,快递单号,商品行,发货件数"


@pytest.fixture
async def market(database: Database, lanes: Lanes) -> AsyncIterator[Market]:
    async with open_market(database, lanes) as market:
        yield market


async def paid(market: Market, buyer: UUID, quantity: int = 1) -> tuple[UUID, str]:
    """Have an order paid; its id and number."""
    order_id, _ = await market.place(buyer, quantity=quantity)
    await market.pay(buyer, order_id)
    return order_id, (await market.order(order_id)).number


def sheet_of(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join([HEADER, *lines, ""]).encode(encoding)


async def plan(market: Market, data: bytes, shop_id: UUID | None = None) -> list[Planned]:
    async with market.database.read() as reader:
        return await plan_sheet(reader, shop_id or market.shop_id, read_sheet(data))


async def run(market: Market, data: bytes, **sure: Any) -> list[Planned]:
    planned = await plan(market, data)
    actor = Actor("merchant", market.seller_id)
    await run_sheet(market.batchers, market.shop_id, actor, planned, **sure)
    return planned


def test_a_workbook_is_read_as_the_same_sheet_of_text_is() -> None:
    filled = ["20261126000000001", "圆通", "YT1234567890001", "1", "2"]
    rows = [HEADER.split(","), [], filled, ["x", "", "=1+1", "", ""]]
    text = "\r\n".join(",".join(row) for row in rows).encode()
    sheet = read_sheet(workbook({"说明": [["怎样填"]], "发货": rows}))
    assert sheet == read_sheet(text)
    assert [line.line for line in sheet.lines] == [3, 4]
    assert read_sheet(workbook({"说明": [["怎样填"]]})).problem is Fault.NO_HEADER
    assert read_sheet(b"PK\x03\x04").problem is Fault.BROKEN_PACKAGE


def test_a_workbook_of_more_than_a_sheet_can_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook({"发货": [HEADER.split(",")]})
    assert read_sheet(data).problem is None
    monkeypatch.setattr("weiji.porting.shipping.WORKBOOK_MAX", len(data))
    assert read_sheet(data).problem is Fault.PACKAGE_TOO_LARGE


async def test_every_line_says_what_it_would_do_and_a_broken_one_stops_no_other(market: Market) -> None:
    buyer, other = new_id(), new_id()
    await market.fund([buyer, other], 1_000_000)
    one, a = await paid(market, buyer, 3)
    two, b = await paid(market, buyer)
    three, c = await paid(market, other)
    _, d = await paid(market, other)
    unpaid = (await market.order((await market.place(buyer))[0])).number
    data = sheet_of(
        f"{a},,YT1234567890001,1,2",
        f'{b},"圆通,YT1234567890002,,',
        f"{a},圆通,YT1234567890003,1,1",
        f"{b},,SF1234567890004,,",
        f"{c},,YT1234567890001,,",
        f"{unpaid},,YT1234567890005,,",
        "20200101000000000,,YT1234567890006,,",
        f"{a},,YT1234567890007,1,1",
        ",,YT1234567890008,,",
        f"{c},,123456789012,,",
        f"{c},,YT1234567890009,1,",
        f"{c},,,,",
        "not-a-number,中通,YT1234567890010,,",
    )
    planned = await plan(market, data)
    assert [(each.first.line, each.status) for each in planned] == [
        (2, S.READY), (3, S.BROKEN_LINE), (4, S.READY), (5, S.READY), (6, S.DOUBTFUL), (7, S.NOT_TO_SHIP),
        (8, S.ORDER_NOT_FOUND), (9, S.LINES_INVALID), (10, S.ORDER_MISSING), (11, S.CARRIER_UNCLEAR),
        (12, S.QUANTITY_INVALID), (14, S.ORDER_NOT_FOUND),
    ]  # fmt: skip
    assert [(await market.order(id)).state for id in (one, two, three)] == [State.PAID] * 3, "nothing was done"
    done = await run(market, data)
    assert [each.status for each in done if each.status in (S.SENT, S.REFUSED)] == [S.SENT] * 3
    assert [(await market.order(id)).state for id in (one, two, three)] == [State.SHIPPED, State.SHIPPED, State.PAID]
    sent = {parcel.tracking_number: parcel for parcel in (await market.order(one)).parcels}
    assert sent["YT1234567890001"].lines == ((1, 2),)
    assert sent["YT1234567890001"].carrier == "圆通速递"
    # What is surely wrong is not sent with what is unusual, nor with what was wrong otherwise: only if it is named.
    (mistake,) = (each.mistake for each in planned if each.mistake)
    other = mistake.replace("number_used", "number_wrong")
    refused = await run(market, data, with_unusual=True, mistakes={other})
    assert (refused[4].status, (await market.order(three)).state) == (S.DOUBTFUL, State.PAID)
    again = await run(market, data, mistakes={mistake})
    assert [each.status for each in again][:5] == [
        S.SHIPPED_BEFORE, S.BROKEN_LINE, S.SHIPPED_BEFORE, S.SHIPPED_BEFORE, S.SENT,
    ]  # fmt: skip
    assert len((await market.order(one)).parcels) == 2
    unusual = sheet_of(f"{d},圆通,987654321,,")
    assert [(each.status, each.mistake) for each in await plan(market, unusual)] == [(S.DOUBTFUL, "")]
    assert [each.status for each in await run(market, unusual, with_unusual=True)] == [S.SENT]
    assert (await plan(market, data, new_id()))[0].status is S.ORDER_NOT_FOUND, "another shop's"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_the_encoding_is_found_out(market: Market, encoding: str) -> None:
    buyer = new_id()
    await market.fund([buyer], 100_000)
    _, number = await paid(market, buyer)
    (planned,) = await plan(market, sheet_of(f'="{number}",韵达快递,YD1234567890001,,', encoding=encoding))
    assert (planned.status, planned.carrier) == (S.READY, "韵达快递")


async def test_the_sheet_to_fill_in_ships_when_it_is_filled_in(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 1_000_000)
    order_id, _ = await paid(market, buyer, 2)
    order = await market.order(order_id)
    empty = write_template([order])
    assert read_sheet(empty.encode()).lines == [], "nothing is filled in yet"
    assert "收货人" in empty
    assert "文三路" in empty
    filled = empty.replace(f"{order.number},,", f"{order.number},,JT1234567890001")
    (planned,) = await run(market, filled.encode("gb18030", "ignore"))
    assert planned.status is S.SENT
    assert (await market.order(order_id)).state is State.SHIPPED


async def test_an_order_that_went_meanwhile_is_refused_by_itself(market: Market) -> None:
    buyer = new_id()
    await market.fund([buyer], 1_000_000)
    first, a = await paid(market, buyer)
    _, b = await paid(market, buyer)
    planned = await plan(market, sheet_of(f"{a},,YT1234567890001,,", f"{b},,YT1234567890002,,"))
    await market.ship(first)
    await run_sheet(market.batchers, market.shop_id, Actor("merchant", market.seller_id), planned)
    assert [(each.status, each.refused) for each in planned] == [(S.REFUSED, "not_allowed_now"), (S.SENT, None)]


def test_what_is_no_sheet_says_why() -> None:
    assert read_sheet(b"\xff" * 200).problem is Fault.UNREADABLE_TEXT
    assert read_sheet(b"a,b\n1,2\n").problem is Fault.NO_HEADER
    assert read_sheet(b"").problem is Fault.NO_HEADER
    many = read_sheet(sheet_of(*(f"2026112600000000{n},,YT{n},," for n in range(LINES_MAX + 3))))
    assert (len(many.lines), many.is_cut) == (LINES_MAX, True)


CELLS = st.lists(st.text(max_size=12), min_size=1, max_size=6).map(",".join)


@given(st.lists(st.one_of(CELLS, st.just("20261126000000001,,YT1234567890001,,")), max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_sheet_holds_good_lines_are_read_and_come_back_as_they_are(lines: Sequence[str]) -> None:
    """Where quotes do not match, a line may swallow others; without quotes none does."""
    plain = [line.replace('"', "").replace("\r", "").replace("\n", "") for line in lines]
    sheet = read_sheet(sheet_of(*plain, encoding="utf-8"))
    good = [line for line in sheet.lines if line.fault is None]
    assert len(good) >= plain.count("20261126000000001,,YT1234567890001,,")
    again = read_sheet(write_sheet(good).encode())
    facts = ("order", "carrier", "tracking_number", "item", "quantity")
    assert [[getattr(line, name) for name in facts] for line in again.lines] == [
        [getattr(line, name) for name in facts] for line in good
    ]

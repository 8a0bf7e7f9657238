"""Proves that stock in several warehouses is decided as a naive model of single units does it: where an order's units
come from, where they go when it is closed, shipped or comes back, and that sums are what the shelves add up to."""

from copy import deepcopy
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inventory.naive import NaiveWarehouses
from weiji.events import BY_SYSTEM
from weiji.inventory import (
    AdjustStock,
    ChangeStockStatus,
    MoveKind,
    Reason,
    SaveWarehouse,
    SaveWarehouseStatus,
    SetStock,
    SetStockStatus,
    Stock,
    StockMove,
    StockStatus,
    TransferStock,
    Warehouse,
)
from weiji.inventory.rules import (
    Floor,
    Yard,
    judge_adjustments,
    judge_moves,
    judge_settings,
    judge_transfers,
    judge_warehouses,
    nearness,
    turn_shelves,
)
from weiji.kit.ids import derive

SHOP = derive(UUID(int=7), "shop")
SKUS = [derive(SHOP, "sku", n) for n in range(3)]
ORDERS = [derive(SHOP, "order", n) for n in range(4)]


def _warehouse(number: int, region_code: str, priority: int) -> Warehouse:
    id = derive(SHOP, "warehouse", number) if number else SHOP
    return Warehouse(id=id, shop_id=SHOP, name=f"W{number}", region_code=region_code, priority=priority, is_open=True)


WAREHOUSES = [_warehouse(0, "330106", 5), _warehouse(1, "330100", 1), _warehouse(2, "440000", 0), _warehouse(3, "", 1)]
PLACES = [each.id for each in WAREHOUSES]
REGIONS = ("", "330000", "330106", "330108", "440305", "110101")

skus = st.sampled_from(SKUS)
places = st.sampled_from(PLACES)
acts = st.one_of(
    st.tuples(
        st.just("move"),
        st.sampled_from((MoveKind.HOLD, MoveKind.RELEASE, MoveKind.TAKE, MoveKind.PUT_BACK)),
        st.sampled_from(ORDERS),
        st.dictionaries(skus, st.integers(1, 4), min_size=1, max_size=3),
        st.sampled_from(REGIONS),
        st.one_of(st.none(), places),
    ),
    st.tuples(st.just("set"), skus, places, st.integers(0, 8)),
    st.tuples(st.just("adjust"), skus, places, st.integers(-3, 5)),
    st.tuples(st.just("carry"), skus, places, places, st.integers(1, 4)),
    st.tuples(st.just("turn"), st.sampled_from(PLACES[1:]), st.booleans()),
)


class World:
    """The rules and the model, side by side."""

    def __init__(self) -> None:
        self.floor = Floor(
            {id: Stock(sku_id=id, shop_id=SHOP, on_hand=0, held=0, sold=0) for id in SKUS},
            {each.id: each for each in WAREHOUSES},
        )
        self.naive = NaiveWarehouses(SHOP, SKUS, WAREHOUSES)
        self.acts = 0
        for sku in SKUS:  # All of it lies in several from the beginning.
            self._set(sku, PLACES[1], 1)
            self._set(sku, PLACES[1], 0)

    def do(self, act: tuple[Any, ...]) -> None:
        """Do the same to both, and compare the answers."""
        self.acts += 1
        getattr(self, f"_{act[0]}")(*act[1:])
        self.compare()

    def _move(
        self, kind: MoveKind, order_id: UUID, lines: dict[UUID, int], region_code: str, place: UUID | None
    ) -> None:
        has_some = any(self.naive.held(order_id, sku) or self.naive.gone(order_id, sku) for sku in SKUS)
        if kind is MoveKind.HOLD and has_some:
            return  # An order holds its units once.
        move = StockMove(
            order_id=order_id,
            kind=kind,
            lines=tuple(lines.items()),
            region=region_code,
            warehouse_id=place if kind is MoveKind.TAKE else None,
        )
        if kind is not MoveKind.HOLD and not all((order_id, sku) in self.floor.holds for sku in lines):
            return  # It never had any; only the state of the order could tell.
        (taken,) = judge_moves(self.floor, [move])
        assert taken.status is self.naive.move(move)
        if kind is MoveKind.TAKE and taken.status is StockStatus.MOVED and place:
            assert taken.warehouse_id == place

    def _set(self, sku: UUID, place: UUID, on_hand: int) -> None:
        command = SetStock(sku_id=sku, shop_id=SHOP, on_hand=on_hand, actor=BY_SYSTEM, warehouse_id=place)
        have = sum(self.naive.count(sku, place, state) for state in ("free", "held"))
        (status,), _ = judge_settings(self.floor, [command])
        assert (status is SetStockStatus.SET) is self.naive.have(sku, place, on_hand - have)

    def _adjust(self, sku: UUID, place: UUID, units: int) -> None:
        command = AdjustStock(
            id=derive(SHOP, "change", self.acts), sku_id=sku, shop_id=SHOP, units=units, reason=Reason.COUNTED,
            actor=BY_SYSTEM, warehouse_id=place,
        )  # fmt: skip
        (status,), lines = judge_adjustments(self.floor, [command], {})
        is_done = bool(units) and self.naive.have(sku, place, units)
        assert (status is ChangeStockStatus.CHANGED) is is_done
        assert [line.units for line in lines] == [units] * is_done

    def _carry(self, sku: UUID, source: UUID, target: UUID, quantity: int) -> None:
        command = TransferStock(
            id=derive(SHOP, "change", self.acts), sku_id=sku, shop_id=SHOP, from_id=source, to_id=target,
            quantity=quantity, actor=BY_SYSTEM,
        )  # fmt: skip
        (status,), _ = judge_transfers(self.floor, [command], {})
        is_done = source != target and self.naive.carry(sku, source, target, quantity)
        assert (status is ChangeStockStatus.CHANGED) is is_done

    def _turn(self, place: UUID, is_open: bool) -> None:
        rows = [row for row in self.floor.stock.values() if row.shelves and place in row.shelves]
        turn_shelves(rows, place, is_open=is_open)
        self.naive.open[place] = is_open
        self.floor.warehouses[place] = _turned(self.floor.warehouses[place], is_open)

    def compare(self) -> None:
        """What each warehouse has, what is sold from, and what orders hold where."""
        for id, row in self.floor.stock.items():
            assert row.shelves is not None
            shelves = {place: (s.on_hand, s.held, s.sold) for place, s in row.shelves.items()}
            assert {place: its for place, its in shelves.items() if any(its)} == self.naive.shelves(id)
            assert tuple(map(sum, zip(*shelves.values(), strict=True))) == (row.on_hand, row.held, row.sold)
            assert row.available == self.naive.available(id)
        for (order_id, sku), noted in self.floor.holds.items():
            assert sum(hold.held for hold in noted.values()) == self.naive.held(order_id, sku)
            assert sum(hold.taken for hold in noted.values()) == self.naive.gone(order_id, sku)


def _turned(warehouse: Warehouse, is_open: bool) -> Warehouse:
    return Warehouse(
        id=warehouse.id,
        shop_id=warehouse.shop_id,
        name=warehouse.name,
        region_code=warehouse.region_code,
        priority=warehouse.priority,
        is_open=is_open,
    )


@given(st.lists(acts, max_size=40))
def test_everything_is_as_in_the_naive_model(commands: list[tuple[Any, ...]]) -> None:
    world = World()
    for command in commands:
        world.do(command)


@given(st.lists(acts, max_size=20), st.lists(st.tuples(skus, places, st.integers(0, 9)), min_size=1, max_size=10))
def test_law_of_batches(before: list[tuple[Any, ...]], batch: list[tuple[UUID, UUID, int]]) -> None:
    world = World()
    for act in before:
        world.do(act)
    together, single = world.floor, deepcopy(world.floor)
    settings = [
        SetStock(sku_id=sku, shop_id=SHOP, on_hand=count, actor=BY_SYSTEM, warehouse_id=place)
        for sku, place, count in batch
    ]
    holds = [
        StockMove(order_id=derive(SHOP, "new", n), kind=MoveKind.HOLD, lines=((sku, 1 + count % 3),))
        for n, (sku, _, count) in enumerate(batch)
    ]
    assert judge_settings(together, settings)[0] == [judge_settings(single, [each])[0][0] for each in settings]
    assert judge_moves(together, holds) == [judge_moves(single, [each])[0] for each in holds]
    assert together.stock == single.stock
    assert together.holds == single.holds


def _stocked(*on_hand: int) -> World:
    """A SKU of which the warehouses have so many."""
    world = World()
    for place, count in zip(PLACES, on_hand, strict=False):
        world.do(("set", SKUS[0], place, count))
    return world


@pytest.mark.parametrize(
    ("region_code", "chosen"),
    [
        ("330106", 0),  # The same district.
        ("330108", 1),  # Two in the city: the lower priority.
        ("440305", 2),  # The same province.
        ("浙江 杭州 滨江区", 1),  # As an address says it.
        ("110101", 2),  # None is near: the lowest priority.
        ("", 2),
    ],
)
def test_the_nearest_warehouse_is_chosen_then_the_first(region_code: str, chosen: int) -> None:
    world = _stocked(9, 9, 9, 9)
    move = StockMove(order_id=ORDERS[0], kind=MoveKind.HOLD, lines=((SKUS[0], 2),), region=region_code)
    judge_moves(world.floor, [move])
    (noted,) = world.floor.holds.values()
    assert {place: hold.held for place, hold in noted.items()} == {PLACES[chosen]: 2}


def test_an_order_is_split_only_where_no_warehouse_has_it_all() -> None:
    world = _stocked(1, 2, 3)
    world.do(("set", SKUS[1], PLACES[1], 1))
    whole = StockMove(order_id=ORDERS[0], kind=MoveKind.HOLD, lines=((SKUS[0], 2), (SKUS[1], 1)))
    judge_moves(world.floor, [whole])
    assert {place for its in world.floor.holds.values() for place in its} == {PLACES[1]}
    rest = StockMove(order_id=ORDERS[1], kind=MoveKind.HOLD, lines=((SKUS[0], 4),))
    judge_moves(world.floor, [rest])
    noted = world.floor.holds[ORDERS[1], SKUS[0]]
    assert {place: hold.held for place, hold in noted.items()} == {PLACES[2]: 3, PLACES[0]: 1}


def test_what_lies_in_a_closed_warehouse_is_not_sold() -> None:
    world = _stocked(1, 0, 5)
    world.do(("turn", PLACES[2], False))
    move = StockMove(order_id=ORDERS[0], kind=MoveKind.HOLD, lines=((SKUS[0], 2),))
    assert world.floor.stock[SKUS[0]].available == 1
    assert judge_moves(world.floor, [move])[0].status is StockStatus.SOLD_OUT


def test_what_was_ordered_before_there_were_several_leaves_the_default_one() -> None:
    stock = {SKUS[0]: Stock(sku_id=SKUS[0], shop_id=SHOP, on_hand=5, held=2, sold=0)}
    floor = Floor(stock, {each.id: each for each in WAREHOUSES})
    judge_settings(floor, [SetStock(sku_id=SKUS[0], shop_id=SHOP, on_hand=9, actor=BY_SYSTEM, warehouse_id=PLACES[1])])
    take = StockMove(order_id=ORDERS[0], kind=MoveKind.TAKE, lines=((SKUS[0], 1),), warehouse_id=PLACES[1])
    back = StockMove(order_id=ORDERS[0], kind=MoveKind.RELEASE, lines=((SKUS[0], 1),))
    assert judge_moves(floor, [take])[0].status is StockStatus.NOT_IN_WAREHOUSE
    take = StockMove(order_id=ORDERS[0], kind=MoveKind.TAKE, lines=((SKUS[0], 1),))
    assert [taken.status for taken in judge_moves(floor, [take, back])] == [StockStatus.MOVED] * 2
    shelves = stock[SKUS[0]].shelves
    assert shelves is not None
    assert (shelves[SHOP].on_hand, shelves[SHOP].held, shelves[SHOP].sold) == (4, 0, 1)


def test_how_many_there_are_in_all_is_made_at_the_default_warehouse() -> None:
    world = _stocked(4, 3)
    for on_hand, status, there in ((9, SetStockStatus.SET, 6), (2, SetStockStatus.BELOW_HELD, 6)):
        command = SetStock(sku_id=SKUS[0], shop_id=SHOP, on_hand=on_hand, actor=BY_SYSTEM)
        assert judge_settings(world.floor, [command])[0] == [status]
        shelves = world.floor.stock[SKUS[0]].shelves
        assert shelves is not None
        assert shelves[SHOP].on_hand == there


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("330106", "330106", 3),
        ("330106", "330108", 2),
        ("330100", "330108", 2),
        ("330100", "330100", 2),
        ("330000", "330100", 1),
        ("330000", "330000", 1),
        ("330000", "440000", 0),
        ("330106", "440106", 0),
        ("", "", 0),
        ("", "330000", 0),
        ("330106", "", 0),
    ],
)
def test_nearness(one: str, other: str, near: int) -> None:
    assert nearness(one, other) == near


def _save(**fields: Any) -> SaveWarehouse:
    return SaveWarehouse(
        **{"id": PLACES[1], "shop_id": SHOP, "name": "杭州仓", "actor": BY_SYSTEM, "region_code": "330100"} | fields
    )


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, SaveWarehouseStatus.SAVED),
        ({"id": derive(UUID(int=8), "w")}, SaveWarehouseStatus.ID_IN_ANOTHER_SHARD),
        ({"shop_id": derive(SHOP, "other")}, SaveWarehouseStatus.SHOP_NOT_FOUND),
        ({"name": " "}, SaveWarehouseStatus.NAME_MALFORMED),
        ({"name": "仓" * 41}, SaveWarehouseStatus.NAME_MALFORMED),
        ({"region_code": "339900"}, SaveWarehouseStatus.REGION_NOT_FOUND),
        ({"region_code": "33"}, SaveWarehouseStatus.REGION_NOT_FOUND),
        ({"priority": 1000}, SaveWarehouseStatus.PRIORITY_OUT_OF_RANGE),
        ({"id": SHOP, "is_open": False}, SaveWarehouseStatus.DEFAULT_STAYS_OPEN),
        ({"is_open": False}, SaveWarehouseStatus.SAVED),
    ],
)
def test_every_status_of_saving_a_warehouse(fields: dict[str, Any], status: SaveWarehouseStatus) -> None:
    yard = Yard({each.id: each for each in WAREHOUSES})
    assert judge_warehouses(yard, [_save(**fields)]) == [status]


def test_a_shop_has_so_many_warehouses() -> None:
    yard = Yard({each.id: each for each in WAREHOUSES})
    more = [_save(id=derive(SHOP, "more", n)) for n in range(20 - len(WAREHOUSES) + 1)]
    statuses = judge_warehouses(yard, more)
    assert statuses == [SaveWarehouseStatus.SAVED] * (len(more) - 1) + [SaveWarehouseStatus.TOO_MANY_WAREHOUSES]

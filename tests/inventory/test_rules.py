"""Proves that stock is decided as a naive model does it, and that a batch is answered as its commands one by one."""

from copy import deepcopy
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.inventory.naive import Caps, NaiveStock
from weiji.events import BY_SYSTEM
from weiji.inventory import MoveKind, SetStock, SetStockStatus, Stock, StockMove, StockStatus, Taken
from weiji.inventory.rules import Floor, judge_moves, judge_settings
from weiji.kit.ids import derive

SHOPS = [derive(UUID(int=n), "shop") for n in (1, 2)]
SKUS = {derive(shop, "sku", n): shop for shop in SHOPS for n in (1, 2)}
UNKNOWN = derive(SHOPS[0], "unknown")
ORDER = derive(SHOPS[0], "order")

moves = st.builds(
    StockMove,
    order_id=st.just(ORDER),
    kind=st.sampled_from(MoveKind),
    lines=st.lists(
        st.tuples(st.sampled_from([*SKUS, *SKUS, *SKUS, UNKNOWN]), st.integers(1, 6)), min_size=1, max_size=3
    ).map(tuple),
)
settings_ = st.builds(
    SetStock,
    sku_id=st.sampled_from([*SKUS, UNKNOWN]),
    shop_id=st.sampled_from(SHOPS),
    on_hand=st.one_of(st.integers(0, 12), st.sampled_from([-1, 10**9 + 1])),
    actor=st.just(BY_SYSTEM),
)
commands = st.lists(st.one_of(moves, moves, settings_), max_size=25)


caps_ = st.fixed_dictionaries({id: st.none() | st.integers(0, 8) for id in SKUS})


def _empty(caps: Caps | None = None) -> dict[UUID, Stock]:
    return {
        id: Stock(sku_id=id, shop_id=shop, on_hand=0, held=0, sold=0, cap=caps[id] if caps else None)
        for id, shop in SKUS.items()
    }


def _counters(stock: dict[UUID, Stock]) -> dict[UUID, tuple[int, int, int]]:
    return {id: (row.on_hand, row.held, row.sold) for id, row in stock.items()}


@given(commands, caps_)
def test_statuses_and_counters_are_the_naive_models(batch: list[StockMove | SetStock], caps: Caps) -> None:
    stock, naive = _empty(caps), NaiveStock(SKUS, caps)
    for command in batch:
        if isinstance(command, SetStock):
            assert judge_settings(Floor(stock), [command])[0] == [naive.set(command)]
        else:
            assert judge_moves(Floor(stock), [command]) == [Taken(naive.move(command))]
        assert _counters(stock) == naive.counters()


@given(st.lists(settings_, max_size=6), st.lists(moves, min_size=1, max_size=14), caps_)
def test_law_of_batches(first: list[SetStock], batch: list[StockMove], caps: Caps) -> None:
    together = _empty(caps)
    judge_settings(Floor(together), first)
    single, before = deepcopy(together), _counters(together)
    floor = Floor(together)
    statuses, changes = judge_moves(floor, batch), floor.changes
    assert statuses == [judge_moves(Floor(single), [move])[0] for move in batch]
    assert together == single
    written = {
        id: tuple(map(sum, zip(counters, changes.get(id, (0, 0, 0)), strict=True))) for id, counters in before.items()
    }
    assert written == _counters(together)


@given(st.lists(settings_, min_size=1, max_size=14))
def test_law_of_batches_of_settings(batch: list[SetStock]) -> None:
    together, single = _empty(), _empty()
    floor = Floor(together)
    statuses, lines = judge_settings(floor, batch)
    assert statuses == [judge_settings(Floor(single), [command])[0][0] for command in batch]
    assert together == single
    changes = floor.changes
    assert {id: sum(line.units for line in lines if line.sku_id == id) for id in SKUS} == {
        id: row.on_hand for id, row in together.items()
    }
    assert {id: changes.get(id, [0])[0] for id in SKUS} == {id: row.on_hand for id, row in together.items()}


@given(commands, caps_)
def test_never_oversold(batch: list[StockMove | SetStock], caps: Caps) -> None:
    stock = _empty(caps)
    for command in batch:
        if isinstance(command, SetStock):
            judge_settings(Floor(stock), [command])
        else:
            judge_moves(Floor(stock), [command])
        assert all(0 <= row.held <= row.on_hand and row.sold >= 0 for row in stock.values())
        assert all(row.cap is None or row.held + row.sold <= row.cap for row in stock.values())


def test_a_refused_move_leaves_its_earlier_lines_untouched() -> None:
    stock = _empty()
    one, two, *_ = SKUS
    judge_settings(Floor(stock), [SetStock(sku_id=one, shop_id=SKUS[one], on_hand=5, actor=BY_SYSTEM)])
    move = StockMove(order_id=ORDER, kind=MoveKind.HOLD, lines=((one, 3), (two, 1)))
    floor = Floor(stock)
    assert judge_moves(floor, [move]) == [Taken(StockStatus.SOLD_OUT)]
    assert floor.changes == {}
    assert _counters(stock)[one] == (5, 0, 0)


def test_the_same_sku_in_two_lines_counts_twice() -> None:
    stock = _empty()
    one, *_ = SKUS
    judge_settings(Floor(stock), [SetStock(sku_id=one, shop_id=SKUS[one], on_hand=5, actor=BY_SYSTEM)])
    move = StockMove(order_id=ORDER, kind=MoveKind.HOLD, lines=((one, 3), (one, 3)))
    assert judge_moves(Floor(stock), [move]) == [Taken(StockStatus.SOLD_OUT)]


def test_another_shops_sku_is_not_found() -> None:
    stock = _empty()
    one, *_ = SKUS
    command = SetStock(sku_id=one, shop_id=SHOPS[1], on_hand=5, actor=BY_SYSTEM)
    assert judge_settings(Floor(stock), [command])[0] == [SetStockStatus.SKU_NOT_FOUND]

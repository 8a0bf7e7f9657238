"""What is decided about stock: pure functions over the rows that were locked.

Most SKUs lie in one warehouse, and have their counters only; what is decided about those that lie in several is further
down. Either way the counters of a row are the sums.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.inventory.model import (
    CORRECTIONS,
    NAME_MAX,
    NOTE_MAX,
    ON_HAND_MAX,
    PRIORITY_MAX,
    WAREHOUSES_MAX,
    AdjustStock,
    ChangeStockStatus,
    MoveKind,
    Reason,
    SaveWarehouse,
    SaveWarehouseStatus,
    SetStock,
    SetStockStatus,
    Shelf,
    Stock,
    StockChange,
    StockMove,
    StockStatus,
    Taken,
    TransferStock,
    Warehouse,
)
from weiji.kit.ids import SHARD_MASK, derive
from weiji.kit.text import is_line, is_text
from weiji.web.regions import find_region, is_region

NEARNESS: Final = ((3, 6), (2, 4), (1, 2))
"""How near two places are, and the digits of their codes that they then share: of district, city, province."""

Changes = dict[UUID, list[int]]
"""What a batch adds to the counters of each SKU: on hand, held, sold."""


class Counters(Struct):
    """How a kind of move counts: the sign of its effect on each counter, and what refuses it."""

    on_hand: int
    held: int
    sold: int
    refusal: StockStatus


EFFECTS = {
    MoveKind.HOLD: Counters(0, +1, 0, StockStatus.SOLD_OUT),
    MoveKind.RELEASE: Counters(0, -1, 0, StockStatus.NOT_HELD),
    MoveKind.TAKE: Counters(-1, -1, +1, StockStatus.NOT_HELD),
    MoveKind.PUT_BACK: Counters(+1, 0, -1, StockStatus.NOT_SOLD),
    MoveKind.STORE: Counters(+1, 0, 0, StockStatus.NOT_FREE),
    MoveKind.DISCARD: Counters(-1, 0, 0, StockStatus.NOT_FREE),
}


class Hold(Struct):
    """What an order has of a SKU in one warehouse: held for it, and taken by its parcels."""

    held: int = 0
    taken: int = 0


HoldKey = tuple[UUID, UUID, UUID]
"""An order, a SKU, a warehouse."""


class Floor(Struct):
    """What a batch is judged against, and what comes of it."""

    stock: dict[UUID, Stock]
    warehouses: dict[UUID, Warehouse] = {}
    """By id, of shops that have SKUs in several."""
    holds: dict[tuple[UUID, UUID], dict[UUID, Hold]] = {}
    """By order and SKU: by warehouse. What is not noted lies in the default one."""
    changes: Changes = {}
    changed_holds: dict[HoldKey, Hold] = {}
    has_shelves: bool = False
    """Whether any SKU lies in several warehouses."""

    def __post_init__(self) -> None:
        """Look once, so that nothing else has to where none does."""
        for row in self.stock.values():
            if row.shelves is not None:
                self.has_shelves = True

    def change(self, row: Stock, on_hand: int, held: int, sold: int) -> None:
        """Note what is added to the counters of a SKU."""
        change = self.changes.get(row.sku_id)
        if change is None:
            change = self.changes[row.sku_id] = [0, 0, 0]
        change[0] += on_hand
        change[1] += held
        change[2] += sold


def judge_moves(floor: Floor, moves: Sequence[StockMove]) -> list[Taken]:
    """Answer each move as if it came alone, after the ones before it; *floor* is changed to what comes of it."""
    return [_move(floor, move) for move in moves]


_DONE: Final = Taken(StockStatus.MOVED)
_NOT_FOUND: Final = Taken(StockStatus.SKU_NOT_FOUND)


def _move(floor: Floor, move: StockMove) -> Taken:
    stock = floor.stock
    for sku_id, _ in move.lines:
        if sku_id not in stock:
            return _NOT_FOUND
    if (floor.has_shelves or move.warehouse_id is not None) and any(
        stock[sku_id].shelves or move.warehouse_id not in (None, stock[sku_id].shop_id) for sku_id, _ in move.lines
    ):
        return _move_shelves(floor, move)
    effect = EFFECTS[move.kind]
    on_hand, held, sold = effect.on_hand, effect.held, effect.sold
    for done, (sku_id, quantity) in enumerate(move.lines):
        assert quantity > 0, "a move has positive quantities"
        row = stock[sku_id]
        row.on_hand += on_hand * quantity
        row.held += held * quantity
        row.sold += sold * quantity
        if not 0 <= row.held <= row.on_hand or row.sold < 0 or (row.cap is not None and row.held + row.sold > row.cap):
            for undone_id, back in move.lines[: done + 1]:
                row = stock[undone_id]
                row.on_hand -= on_hand * back
                row.held -= held * back
                row.sold -= sold * back
            return Taken(effect.refusal)
    changes = floor.changes
    for sku_id, quantity in move.lines:
        change = changes.get(sku_id)
        if change is None:
            change = changes[sku_id] = [0, 0, 0]
        change[0] += on_hand * quantity
        change[1] += held * quantity
        change[2] += sold * quantity
    return _DONE


# Of SKUs in several warehouses

Wanted = dict[UUID, int]
"""How many units of each SKU."""

Plan = list[tuple[UUID, UUID, int]]
"""SKU, warehouse, units."""


def nearness(one: str, other: str) -> int:
    """Tell how near two places are by their codes: 3 the same district, 2 city, 1 province; 0 far, or not known."""
    for near, length in NEARNESS:
        # 330000 is a province, in which no city is meant.
        if one[:length] == other[:length] and one[length - 2 : length] not in ("", "00"):
            return near
    return 0


def code_of(region: str) -> str:
    """Read where an order goes to: a code, or what an address says."""
    return region if is_region(region) else find_region(region).code


def in_order(ids: Iterable[UUID], warehouses: dict[UUID, Warehouse], region_code: str = "") -> list[UUID]:
    """Put warehouses into the order in which they are asked: the nearest, then the lowest priority, then the oldest."""

    def key(id: UUID) -> tuple[int, int, UUID]:
        found = warehouses.get(id)
        return (-nearness(found.region_code, region_code), found.priority, id) if found else (0, 0, id)

    return sorted(ids, key=key)


def choose(wanted: Wanted, free: dict[UUID, dict[UUID, int]], order: Sequence[UUID]) -> Plan | None:
    """Choose where an order's units come from; None where there are not enough.

    *free* has the free units of each SKU by warehouse, *order* the warehouses in the order in which they are asked. The
    first that has everything sends everything. Where none has, each SKU comes from the first that has all of it; where
    none has that, either, from as many as it takes, each giving what it has.
    """
    for id in order:
        if all(free[sku_id].get(id, 0) >= units for sku_id, units in wanted.items()):
            return [(sku_id, id, units) for sku_id, units in wanted.items()]
    plan: Plan = []
    for sku_id, units in wanted.items():
        its = free[sku_id]
        whole = next((id for id in order if its.get(id, 0) >= units), None)
        for id in order if whole is None else (whole,):
            part = min(units, its.get(id, 0))
            if part:
                plan.append((sku_id, id, part))
                units -= part
        if units:
            return None
    return plan


def _move_shelves(floor: Floor, move: StockMove) -> Taken:
    wanted: Wanted = {}
    for sku_id, quantity in move.lines:
        assert quantity > 0, "a move has positive quantities"
        wanted[sku_id] = wanted.get(sku_id, 0) + quantity
    if move.kind is MoveKind.HOLD:
        return _hold(floor, move, wanted)
    if move.kind is MoveKind.TAKE and not move.is_handed_over:
        return _take(floor, move, wanted)
    effect = EFFECTS[move.kind]
    plan = _where(floor, move, wanted)
    if plan is None or not _apply(floor, move, plan):
        return Taken(effect.refusal)
    return _DONE


def _hold(floor: Floor, move: StockMove, wanted: Wanted) -> Taken:
    free = {
        sku_id: {id: shelf.free for id, shelf in floor.stock[sku_id].lies().items() if shelf.is_open}
        for sku_id in wanted
    }
    order = in_order({id for its in free.values() for id in its}, floor.warehouses, code_of(move.region))
    plan = choose(wanted, free, order)
    if any(units > floor.stock[sku_id].available for sku_id, units in wanted.items()):
        plan = None  # There may be enough, of which a presale lets less be ordered.
    if plan is None or not _apply(floor, move, plan):
        return Taken(StockStatus.SOLD_OUT)
    return _DONE


def _where(floor: Floor, move: StockMove, wanted: Wanted) -> Plan | None:
    """Say where the units of an order are that a move names; None where there are not as many."""
    plan: Plan = []
    for sku_id, units in wanted.items():
        row = floor.stock[sku_id]
        noted = floor.holds.get((move.order_id, sku_id))
        if noted is None:
            plan.append((sku_id, row.shop_id, units))  # It lay in one warehouse when the order was placed.
            continue
        for id in in_order(noted, floor.warehouses):
            hold = noted[id]
            part = min(units, hold.taken if move.kind is MoveKind.PUT_BACK else hold.held)
            if part:
                plan.append((sku_id, id, part))
                units -= part
        if units:
            return None
    return plan


def _take(floor: Floor, move: StockMove, wanted: Wanted) -> Taken:
    """Take units out of one warehouse: the one that is named, or the one that holds them all.

    A named one sends what it holds for the order, and instead of what another holds what it has free. What was ordered
    before the SKU lay in several warehouses leaves the default one.
    """
    held_at = _where(floor, move, wanted)
    if held_at is None or any(
        units > shelf.held for sku_id, id, units in held_at if (shelf := floor.stock[sku_id].lies().get(id)) is not None
    ):
        return Taken(StockStatus.NOT_HELD)
    leaving = move.warehouse_id or _holder(floor, move, wanted)
    if leaving is None:
        return Taken(StockStatus.SEVERAL_WAREHOUSES)
    takes: Plan = []
    elsewhere: Plan = []
    for sku_id, units in wanted.items():
        row = floor.stock[sku_id]
        noted = floor.holds.get((move.order_id, sku_id))
        held = {row.shop_id: units} if noted is None else {id: hold.held for id, hold in noted.items()}
        rest = units - min(units, held.pop(leaving, 0))
        shelf = row.lies().get(leaving)
        if shelf is None or rest > shelf.free or (noted is None and rest):
            return Taken(StockStatus.NOT_IN_WAREHOUSE)
        takes.append((sku_id, leaving, units))
        for id in in_order(held, floor.warehouses):
            part = min(rest, held[id])
            if part:
                elsewhere.append((sku_id, id, part))
                rest -= part
    # What another warehouse holds is held here instead, and then all of it is taken from here.
    holding = StockMove(order_id=move.order_id, kind=MoveKind.HOLD, lines=())
    back = StockMove(order_id=move.order_id, kind=MoveKind.RELEASE, lines=())
    here = [(sku_id, leaving, units) for sku_id, _, units in elsewhere]
    is_whole = _apply(floor, back, elsewhere) and _apply(floor, holding, here) and _apply(floor, move, takes)
    assert is_whole, "it was looked at before"
    is_plain = all(floor.stock[sku_id].shelves is None for sku_id in wanted)
    return Taken(StockStatus.MOVED, None if is_plain else leaving)


def _holder(floor: Floor, move: StockMove, wanted: Wanted) -> UUID | None:
    """Name the warehouse that holds all of what is to be taken; None where no single one does."""
    holders: set[UUID] | None = None
    for sku_id, units in wanted.items():
        noted = floor.holds.get((move.order_id, sku_id))
        its = (
            {floor.stock[sku_id].shop_id} if noted is None else {id for id, hold in noted.items() if hold.held >= units}
        )
        holders = its if holders is None else holders & its
    return in_order(holders, floor.warehouses)[0] if holders else None


def _apply(floor: Floor, move: StockMove, plan: Plan) -> bool:
    """Change shelves, holds and sums as planned, if no shelf comes to have less than nothing; tell whether it did."""
    effect = EFFECTS[move.kind]
    for sku_id, id, units in plan:
        shelf = floor.stock[sku_id].lies().get(id)
        if shelf is None or not (
            0 <= shelf.held + effect.held * units <= shelf.on_hand + effect.on_hand * units
            and shelf.sold + effect.sold * units >= 0
        ):
            return False
    for sku_id, id, units in plan:
        row = floor.stock[sku_id]
        counters = effect.on_hand * units, effect.held * units, effect.sold * units
        _add(floor, row, id, *counters)
        if row.shelves is not None:
            _note(floor, move, sku_id, id, units)
    return True


def _note(floor: Floor, move: StockMove, sku_id: UUID, id: UUID, units: int) -> None:
    """Note where an order's units lie; an order from before the SKU lay in several warehouses goes on without."""
    noted = floor.holds.get((move.order_id, sku_id))
    if noted is None:
        if move.kind is not MoveKind.HOLD:
            return
        noted = floor.holds[move.order_id, sku_id] = {}
    hold = noted.setdefault(id, Hold())
    if move.kind is MoveKind.HOLD:
        hold.held += units
    elif move.kind is MoveKind.RELEASE:
        hold.held -= units
    elif move.kind is MoveKind.TAKE:
        hold.held -= units
        hold.taken += units
    else:
        hold.taken -= units
    floor.changed_holds[move.order_id, sku_id, id] = hold


def _add(floor: Floor, row: Stock, warehouse_id: UUID, on_hand: int, held: int, sold: int) -> None:
    """Add to what a warehouse has, and to the sums."""
    if row.shelves is not None:
        shelf = row.shelves[warehouse_id]
        shelf.on_hand += on_hand
        shelf.held += held
        shelf.sold += sold
        row.shut = _shut(row.shelves)
    row.on_hand += on_hand
    row.held += held
    row.sold += sold
    floor.change(row, on_hand, held, sold)


def _shut(shelves: dict[UUID, Shelf]) -> int:
    return sum(shelf.free for shelf in shelves.values() if not shelf.is_open)


# What people change


class Line(Struct, frozen=True):
    """A line that a batch adds to the journal: which command of the batch it comes of, and what that did."""

    place: int
    id: UUID | None
    """None: the command has none."""
    sku_id: UUID
    warehouse_id: UUID
    units: int
    on_hand: int
    reason: Reason
    note: str = ""


def judge_settings(floor: Floor, commands: Sequence[SetStock]) -> tuple[list[SetStockStatus], list[Line]]:
    """Answer each command as if it came alone, after the ones before it; *floor* is changed to what comes of it.

    Give also what goes into the journal.
    """
    lines: list[Line] = []
    return [_set(floor, command, place, lines) for place, command in enumerate(commands)], lines


def _set(floor: Floor, command: SetStock, place: int, lines: list[Line]) -> SetStockStatus:
    row = floor.stock.get(command.sku_id)
    if row is None or row.shop_id != command.shop_id:
        return SetStockStatus.SKU_NOT_FOUND
    if row.is_keyed:
        return SetStockStatus.KEYED
    id = row.shop_id if command.warehouse_id is None else command.warehouse_id
    if not _has(floor, row, id):
        return SetStockStatus.WAREHOUSE_NOT_FOUND
    shelf = row.lies().get(id, _EMPTY)
    before = row.on_hand if command.warehouse_id is None else shelf.on_hand
    units = command.on_hand - before
    if command.on_hand < 0 or row.on_hand + units > ON_HAND_MAX:
        return SetStockStatus.ON_HAND_OUT_OF_RANGE
    if shelf.on_hand + units < shelf.held:
        return SetStockStatus.BELOW_HELD
    if command.on_hand_before not in (None, before):
        return SetStockStatus.STOCK_MOVED
    if units:
        line = Line(place, None, row.sku_id, id, units, shelf.on_hand + units, Reason.SET)
        _change(floor, row, id, units, line, lines)
    return SetStockStatus.SET


Known = dict[UUID, tuple[UUID, UUID, int, Reason, str]]
"""Lines of the journal that are there already, by id: SKU, warehouse, units, reason, note."""


def known(changes: Iterable[StockChange]) -> Known:
    """Say what lines of the journal tell."""
    return {c.id: (c.sku_id, c.warehouse_id, c.units, c.reason, c.note) for c in changes}


def judge_adjustments(
    floor: Floor, commands: Sequence[AdjustStock], there: Known
) -> tuple[list[ChangeStockStatus], list[Line]]:
    """Answer each correction as if it came alone, after the ones before it; *floor* is changed to what comes of it."""
    lines: list[Line] = []
    return [_adjust(floor, command, place, there, lines) for place, command in enumerate(commands)], lines


def _adjust(floor: Floor, command: AdjustStock, place: int, there: Known, lines: list[Line]) -> ChangeStockStatus:
    id = command.warehouse_id or command.shop_id
    same = (command.sku_id, id, command.units, command.reason, command.note)
    if command.id in there:
        is_same = there[command.id] == same
        return ChangeStockStatus.EXISTS if is_same else ChangeStockStatus.EXISTS_WITH_DIFFERENT_CHANGE
    refusal = _refuse(floor, command, (id,))
    if refusal:
        return refusal
    if command.reason not in CORRECTIONS:
        return ChangeStockStatus.REASON_NOT_ALLOWED
    if not is_text(command.note, NOTE_MAX):
        return ChangeStockStatus.NOTE_MALFORMED
    row = floor.stock[command.sku_id]
    shelf = row.lies().get(id, _EMPTY)
    after = shelf.on_hand + command.units
    if not command.units or after < 0 or row.on_hand + command.units > ON_HAND_MAX:
        return ChangeStockStatus.UNITS_OUT_OF_RANGE
    if after < shelf.held:
        return ChangeStockStatus.BELOW_HELD
    line = Line(place, command.id, row.sku_id, id, command.units, after, command.reason, command.note)
    _change(floor, row, id, command.units, line, lines)
    there[command.id] = same
    return ChangeStockStatus.CHANGED


def arrival_of(id: UUID) -> UUID:
    """Name the line of the journal that says that carried units arrived; *id* is that of the line where they left."""
    return derive(id, "arrival")


def judge_transfers(
    floor: Floor, commands: Sequence[TransferStock], there: Known
) -> tuple[list[ChangeStockStatus], list[Line]]:
    """Answer each transfer as if it came alone, after the ones before it; *floor* is changed to what comes of it."""
    lines: list[Line] = []
    return [_transfer(floor, command, place, there, lines) for place, command in enumerate(commands)], lines


def _transfer(floor: Floor, command: TransferStock, place: int, there: Known, lines: list[Line]) -> ChangeStockStatus:
    arrival = arrival_of(command.id)
    leaves = (command.sku_id, command.from_id, -command.quantity, Reason.MOVED, command.note)
    arrives = (command.sku_id, command.to_id, command.quantity, Reason.MOVED, command.note)
    if command.id in there:
        is_same = there[command.id] == leaves and there.get(arrival) == arrives
        return ChangeStockStatus.EXISTS if is_same else ChangeStockStatus.EXISTS_WITH_DIFFERENT_CHANGE
    refusal = _refuse(floor, command, (command.from_id, command.to_id))
    if refusal:
        return refusal
    if not is_text(command.note, NOTE_MAX):
        return ChangeStockStatus.NOTE_MALFORMED
    row = floor.stock[command.sku_id]
    source = row.lies().get(command.from_id, _EMPTY)
    if not 0 < command.quantity <= source.on_hand:
        return ChangeStockStatus.UNITS_OUT_OF_RANGE
    if command.quantity > source.free:
        return ChangeStockStatus.BELOW_HELD
    target = row.lies().get(command.to_id, _EMPTY)
    for line_id, id, shelf, units in (
        (command.id, command.from_id, source, -command.quantity),
        (arrival, command.to_id, target, command.quantity),
    ):
        line = Line(place, line_id, row.sku_id, id, units, shelf.on_hand + units, Reason.MOVED, command.note)
        _change(floor, row, id, units, line, lines)
    there[command.id], there[arrival] = leaves, arrives
    return ChangeStockStatus.CHANGED


_EMPTY: Final = Shelf(0, 0, 0, True)
"""What a warehouse has that never had any."""


def _refuse(floor: Floor, command: AdjustStock | TransferStock, ids: tuple[UUID, ...]) -> ChangeStockStatus | None:
    if (command.id.int ^ command.shop_id.int) & SHARD_MASK:
        return ChangeStockStatus.ID_IN_ANOTHER_SHARD
    row = floor.stock.get(command.sku_id)
    if row is None or row.shop_id != command.shop_id:
        return ChangeStockStatus.SKU_NOT_FOUND
    if row.is_keyed:
        return ChangeStockStatus.KEYED
    if len(set(ids)) < len(ids) or not all(_has(floor, row, id) for id in ids):
        return ChangeStockStatus.WAREHOUSE_NOT_FOUND
    return None


def _has(floor: Floor, row: Stock, id: UUID) -> bool:
    """Tell whether a warehouse is one of the SKU's shop."""
    found = floor.warehouses.get(id)
    return id == row.shop_id or (found is not None and found.shop_id == row.shop_id)


def _change(floor: Floor, row: Stock, id: UUID, units: int, line: Line, lines: list[Line]) -> None:
    if id not in row.lies():
        # From here on it lies in several warehouses.
        row.shelves = row.lies()
        floor.has_shelves = True
        row.shelves[id] = Shelf(0, 0, 0, floor.warehouses[id].is_open)
    _add(floor, row, id, units, 0, 0)
    lines.append(line)


# Warehouses


class Yard(Struct):
    """The warehouses of shops, and what comes of a batch."""

    warehouses: dict[UUID, Warehouse]
    saved: dict[UUID, Warehouse] = {}
    """Those that are new or otherwise than before."""


def judge_warehouses(yard: Yard, commands: Sequence[SaveWarehouse]) -> list[SaveWarehouseStatus]:
    """Answer each command as if it came alone, after the ones before it; *yard* is changed to what comes of it."""
    return [_save(yard, command) for command in commands]


def _save(yard: Yard, command: SaveWarehouse) -> SaveWarehouseStatus:
    if (command.id.int ^ command.shop_id.int) & SHARD_MASK:
        return SaveWarehouseStatus.ID_IN_ANOTHER_SHARD
    its = [each for each in yard.warehouses.values() if each.shop_id == command.shop_id]
    found = yard.warehouses.get(command.id)
    if not its or (found is not None and found.shop_id != command.shop_id):
        return SaveWarehouseStatus.SHOP_NOT_FOUND
    if not is_line(command.name, NAME_MAX):
        return SaveWarehouseStatus.NAME_MALFORMED
    code = command.region_code
    if code and not is_region(code):
        return SaveWarehouseStatus.REGION_NOT_FOUND
    if not 0 <= command.priority <= PRIORITY_MAX:
        return SaveWarehouseStatus.PRIORITY_OUT_OF_RANGE
    if found is None and len(its) >= WAREHOUSES_MAX:
        return SaveWarehouseStatus.TOO_MANY_WAREHOUSES
    if not command.is_open and command.id == command.shop_id:
        return SaveWarehouseStatus.DEFAULT_STAYS_OPEN
    saved = Warehouse(
        id=command.id,
        shop_id=command.shop_id,
        name=command.name,
        region_code=code,
        priority=command.priority,
        is_open=command.is_open,
    )
    if saved != found:
        yard.warehouses[saved.id] = yard.saved[saved.id] = saved
    return SaveWarehouseStatus.SAVED


def turn_shelves(rows: Collection[Stock], warehouse_id: UUID, *, is_open: bool) -> Floor:
    """Open or close what a warehouse has of each SKU."""
    floor = Floor({row.sku_id: row for row in rows})
    for row in rows:
        assert row.shelves is not None, "it lies in several warehouses"
        row.shelves[warehouse_id].is_open = is_open
        row.shut = _shut(row.shelves)
        floor.change(row, 0, 0, 0)
    return floor

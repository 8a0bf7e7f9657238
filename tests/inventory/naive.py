"""Stock in the simplest way: every unit is a thing, free, held or gone. Written from model.py, not from rules.py."""

from copy import deepcopy
from uuid import UUID

from weiji.inventory import MoveKind, SetStock, SetStockStatus, StockMove, StockStatus, Warehouse

FROM_TO = {
    MoveKind.HOLD: ("free", "held", StockStatus.SOLD_OUT),
    MoveKind.RELEASE: ("held", "free", StockStatus.NOT_HELD),
    MoveKind.TAKE: ("held", "gone", StockStatus.NOT_HELD),
    MoveKind.PUT_BACK: ("gone", "free", StockStatus.NOT_SOLD),
    MoveKind.STORE: (None, "free", StockStatus.NOT_FREE),
    MoveKind.DISCARD: ("free", None, StockStatus.NOT_FREE),
}


Caps = dict[UUID, int | None]
"""How many units of each SKU may be held or gone."""


class NaiveStock:
    """The units of each SKU, as a list of where each is."""

    def __init__(self, shops: dict[UUID, UUID], caps: Caps) -> None:
        self.shops = shops
        self.caps = caps
        self.units: dict[UUID, list[str]] = {sku_id: [] for sku_id in shops}

    def set(self, command: SetStock) -> SetStockStatus:
        if self.shops.get(command.sku_id) != command.shop_id:
            return SetStockStatus.SKU_NOT_FOUND
        if command.on_hand < 0 or command.on_hand > 1_000_000_000:
            return SetStockStatus.ON_HAND_OUT_OF_RANGE
        units = self.units[command.sku_id]
        held = units.count("held")
        if command.on_hand < held:
            return SetStockStatus.BELOW_HELD
        free = ["free"] * (command.on_hand - held)
        self.units[command.sku_id] = [unit for unit in units if unit != "free"] + free
        return SetStockStatus.SET

    def move(self, move: StockMove) -> StockStatus:
        if any(sku_id not in self.units for sku_id, _ in move.lines):
            return StockStatus.SKU_NOT_FOUND
        source, target, refusal = FROM_TO[move.kind]
        units = deepcopy(self.units)
        for sku_id, quantity in move.lines:
            for _ in range(quantity):
                if source is not None:
                    if source not in units[sku_id]:
                        return refusal
                    units[sku_id].remove(source)
                if target is not None:
                    units[sku_id].append(target)
            cap = self.caps[sku_id]
            if (
                move.kind is MoveKind.HOLD
                and cap is not None
                and len(units[sku_id]) - units[sku_id].count("free") > cap
            ):
                return refusal
        self.units = units
        return StockStatus.MOVED

    def counters(self) -> dict[UUID, tuple[int, int, int]]:
        return {
            id: (units.count("free") + units.count("held"), units.count("held"), units.count("gone"))
            for id, units in self.units.items()
        }


class Unit:
    """One thing of a SKU: in which warehouse, and since when promised to which order, or gone with it."""

    def __init__(self, place: UUID) -> None:
        self.place = place
        self.state = "free"
        self.order: UUID | None = None


class NaiveWarehouses:
    """The same with warehouses: every unit knows where it is, and which order has it. Orders ask for what they have."""

    def __init__(self, shop_id: UUID, skus: list[UUID], warehouses: list[Warehouse]) -> None:
        self.shop_id = shop_id
        self.warehouses = {each.id: each for each in warehouses}
        self.open = {each.id: each.is_open for each in warehouses}
        self.units: dict[UUID, list[Unit]] = {sku_id: [] for sku_id in skus}

    def order_of(self, region_code: str) -> list[UUID]:
        """The open warehouses as an order asks them."""
        left = [each for each in self.warehouses.values() if self.open[each.id]]
        found: list[UUID] = []
        while left:
            best = left[0]
            for each in left[1:]:
                if self._is_before(each, best, region_code):
                    best = each
            found.append(best.id)
            left.remove(best)
        return found

    @staticmethod
    def _is_before(one: Warehouse, other: Warehouse, region_code: str) -> bool:
        def way(code: str) -> list[str]:
            """What lies around a place: its province, the city in it, the district in that."""
            pairs = [code[n : n + 2] for n in (0, 2, 4)]
            return pairs[: pairs.index("00")] if "00" in pairs else [pair for pair in pairs if pair]

        here, there = (
            sum(a == b for a, b in zip(way(each.region_code), way(region_code), strict=False)) if near else 0
            for each in (one, other)
            for near in [way(each.region_code)[:1] == way(region_code)[:1]]
        )
        if here != there:
            return here > there
        return (one.priority, one.id) < (other.priority, other.id)

    def count(self, sku_id: UUID, place: UUID, state: str) -> int:
        return sum(unit.place == place and unit.state == state for unit in self.units[sku_id])

    def held(self, order_id: UUID, sku_id: UUID) -> int:
        """How many units an order has that were not shipped."""
        return sum(unit.order == order_id and unit.state == "held" for unit in self.units[sku_id])

    def gone(self, order_id: UUID, sku_id: UUID) -> int:
        return sum(unit.order == order_id and unit.state == "gone" for unit in self.units[sku_id])

    def move(self, move: StockMove) -> StockStatus:
        wanted = dict(move.lines)
        if move.kind is MoveKind.HOLD:
            return self._hold(move, wanted)
        if move.kind is MoveKind.TAKE:
            return self._take(move, wanted)
        source, target, refusal = FROM_TO[move.kind]
        chosen = [self._its(move.order_id, sku_id, source, quantity) for sku_id, quantity in wanted.items()]
        if any(len(units) < quantity for units, quantity in zip(chosen, wanted.values(), strict=True)):
            return refusal
        for unit in (unit for units in chosen for unit in units):
            unit.state = target
            unit.order = None
        return StockStatus.MOVED

    def _its(self, order_id: UUID, sku_id: UUID, state: str, quantity: int) -> list[Unit]:
        """The units of an order, from the warehouse that comes first on."""
        by_place = sorted(self.units[sku_id], key=lambda unit: (self.warehouses[unit.place].priority, unit.place))
        return [unit for unit in by_place if unit.order == order_id and unit.state == state][:quantity]

    def _hold(self, move: StockMove, wanted: dict[UUID, int]) -> StockStatus:
        order = self.order_of(move.region)
        for place in order:
            if all(self.count(sku_id, place, "free") >= quantity for sku_id, quantity in wanted.items()):
                for sku_id, quantity in wanted.items():
                    self._promise(move.order_id, sku_id, place, quantity)
                return StockStatus.MOVED
        if any(
            sum(self.count(sku_id, place, "free") for place in order) < quantity for sku_id, quantity in wanted.items()
        ):
            return StockStatus.SOLD_OUT
        for sku_id, quantity in wanted.items():
            whole = [place for place in order if self.count(sku_id, place, "free") >= quantity]
            for place in whole[:1] or order:
                part = min(quantity, self.count(sku_id, place, "free"))
                self._promise(move.order_id, sku_id, place, part)
                quantity -= part
        return StockStatus.MOVED

    def _promise(self, order_id: UUID, sku_id: UUID, place: UUID, quantity: int) -> None:
        free = [unit for unit in self.units[sku_id] if unit.place == place and unit.state == "free"]
        for unit in free[:quantity]:
            unit.state = "held"
            unit.order = order_id

    def _take(self, move: StockMove, wanted: dict[UUID, int]) -> StockStatus:
        if any(self.held(move.order_id, sku_id) < quantity for sku_id, quantity in wanted.items()):
            return StockStatus.NOT_HELD
        place = move.warehouse_id
        if place is None:
            holding = [
                place
                for place in self.warehouses
                if all(
                    sum(unit.place == place for unit in self._its(move.order_id, sku_id, "held", 10**6)) >= quantity
                    for sku_id, quantity in wanted.items()
                )
            ]
            if not holding:
                return StockStatus.SEVERAL_WAREHOUSES
            place = min(holding, key=lambda id: (self.warehouses[id].priority, id))
        swaps = []
        for sku_id, quantity in wanted.items():
            its = self._its(move.order_id, sku_id, "held", 10**6)
            here = [unit for unit in its if unit.place == place][:quantity]
            others = [unit for unit in its if unit.place != place][: quantity - len(here)]
            free = [unit for unit in self.units[sku_id] if unit.place == place and unit.state == "free"]
            if len(free) < len(others):
                return StockStatus.NOT_IN_WAREHOUSE
            swaps.append((here, others, free[: len(others)]))
        for here, others, instead in swaps:
            for unit in others:
                unit.state, unit.order = "free", None
            for unit in [*here, *instead]:
                unit.state, unit.order = "gone", move.order_id
        return StockStatus.MOVED

    def have(self, sku_id: UUID, place: UUID, units: int) -> bool:
        """Let so many units more, or fewer, be there; tell whether they could."""
        if units < 0 and self.count(sku_id, place, "free") < -units:
            return False
        for _ in range(units):
            self.units[sku_id].append(Unit(place))
        for _ in range(-units):
            free = [unit for unit in self.units[sku_id] if unit.place == place and unit.state == "free"]
            self.units[sku_id].remove(free[0])
        return True

    def carry(self, sku_id: UUID, source: UUID, target: UUID, quantity: int) -> bool:
        if self.count(sku_id, source, "free") < quantity:
            return False
        free = [unit for unit in self.units[sku_id] if unit.place == source and unit.state == "free"]
        for unit in free[:quantity]:
            unit.place = target
        return True

    def shelves(self, sku_id: UUID) -> dict[UUID, tuple[int, int, int]]:
        """On hand, held and sold by warehouse, of those that have or had any."""
        found = {
            place: (
                self.count(sku_id, place, "free") + self.count(sku_id, place, "held"),
                self.count(sku_id, place, "held"),
                self.count(sku_id, place, "gone"),
            )
            for place in self.warehouses
        }
        return {place: counters for place, counters in found.items() if any(counters)}

    def available(self, sku_id: UUID) -> int:
        """What can be sold."""
        return sum(unit.state == "free" and self.open[unit.place] for unit in self.units[sku_id])

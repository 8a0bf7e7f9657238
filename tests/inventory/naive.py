"""Stock in the simplest way: every unit is a thing, free, held or gone. Written from model.py, not from rules.py."""

from copy import deepcopy
from uuid import UUID

from weiji.inventory import MoveKind, SetStock, SetStockStatus, StockMove, StockStatus

FROM_TO = {
    MoveKind.HOLD: ("free", "held", StockStatus.SOLD_OUT),
    MoveKind.RELEASE: ("held", "free", StockStatus.NOT_HELD),
    MoveKind.TAKE: ("held", "gone", StockStatus.NOT_HELD),
    MoveKind.PUT_BACK: ("gone", "free", StockStatus.NOT_SOLD),
    MoveKind.STORE: (None, "free", StockStatus.NOT_FREE),
    MoveKind.DISCARD: ("free", None, StockStatus.NOT_FREE),
}


class NaiveStock:
    """The units of each SKU, as a list of where each is."""

    def __init__(self, shops: dict[UUID, UUID]) -> None:
        self.shops = shops
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
        self.units = units
        return StockStatus.MOVED

    def counters(self) -> dict[UUID, tuple[int, int, int]]:
        return {
            id: (units.count("free") + units.count("held"), units.count("held"), units.count("gone"))
            for id, units in self.units.items()
        }

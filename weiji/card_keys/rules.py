"""What is decided about card keys: pure functions over what was read and locked."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from weiji.card_keys.model import (
    FREE_MAX,
    KEYS_MAX,
    DiscardKey,
    DiscardStatus,
    Fault,
    Sealed,
    StoreKeys,
    StoreResult,
    StoreStatus,
)
from weiji.catalog import Delivery, SkuForSale


class Stores(Struct):
    """What a batch of uploads is judged against, and what comes of it."""

    skus: Mapping[UUID, SkuForSale]
    known: set[tuple[UUID, bytes]]
    """What shops have stored: the shop, and the key's blind index."""
    free: dict[UUID, int] = {}
    """Keys that are free, by SKU, so far as they differ from what `skus` says."""
    new: list[tuple[StoreKeys, Sealed]] = []


def judge_stores(state: Stores, commands: Sequence[StoreKeys]) -> list[StoreResult]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_store(state, command) for command in commands]


def _store(state: Stores, command: StoreKeys) -> StoreResult:
    sku = state.skus.get(command.sku_id)
    if sku is None or sku.shop_id != command.shop_id:
        return StoreResult(StoreStatus.SKU_NOT_FOUND)
    if sku.delivery is not Delivery.VIRTUAL:
        return StoreResult(StoreStatus.NOT_VIRTUAL)
    free = state.free.get(command.sku_id, sku.available)
    if len(command.keys) + len(command.faults) > KEYS_MAX or free + len(command.keys) > FREE_MAX:
        return StoreResult(StoreStatus.TOO_MANY_KEYS)
    faults = dict(command.faults)
    stored = 0
    for key in command.keys:
        if (command.shop_id, key.blind_index) in state.known:
            faults[key.line] = Fault.DOUBLE
        else:
            state.known.add((command.shop_id, key.blind_index))
            state.new.append((command, key))
            stored += 1
    state.free[command.sku_id] = free + stored
    if not command.keys:
        return StoreResult(StoreStatus.NO_KEYS, 0, tuple(sorted(faults.items())))
    return StoreResult(StoreStatus.STORED, stored, tuple(sorted(faults.items())))


class Found(Struct):
    """A key that somebody means to discard."""

    shop_id: UUID
    sku_id: UUID
    is_handed_out: bool


def judge_discards(
    keys: dict[UUID, Found], free: dict[UUID, int], commands: Sequence[DiscardKey]
) -> list[DiscardStatus]:
    """Answer each command as if it came alone, after the ones before it.

    *keys* are those that there are, *free* how many of a SKU nobody was promised; both become what comes of it.
    """
    return [_discard(keys, free, command) for command in commands]


def _discard(keys: dict[UUID, Found], free: dict[UUID, int], command: DiscardKey) -> DiscardStatus:
    found = keys.get(command.id)
    if found is None or (found.shop_id, found.sku_id) != (command.shop_id, command.sku_id):
        return DiscardStatus.KEY_NOT_FOUND
    if found.is_handed_out:
        return DiscardStatus.HANDED_OUT
    if free.get(command.sku_id, 0) < 1:
        return DiscardStatus.PROMISED
    del keys[command.id]
    free[command.sku_id] -= 1
    return DiscardStatus.DISCARDED

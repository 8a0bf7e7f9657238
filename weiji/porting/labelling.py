"""What a shop says that labels of files are, in an archive: told of by the names of categories, and taken over."""

from collections.abc import Sequence
from uuid import UUID

from weiji.catalog import get_categories
from weiji.kit.db import Reader, Transaction
from weiji.porting import store
from weiji.porting.model import SaveLabel, SaveLabelStatus
from weiji.porting.operations import save_labels
from weiji.porting.records import LabelRecord


async def tell_labels(reader: Reader, shop_id: UUID) -> tuple[LabelRecord, ...]:
    """Tell what a shop says of labels."""
    said = (await store.get_labels(reader, [shop_id]))[shop_id]
    tree = await get_categories(reader) if said else None
    paths = {id: tuple(each.name for each in tree.path_of(id)) for id in said.values() if id} if tree else {}
    return tuple(LabelRecord(label, paths[id] if id else ()) for label, id in sorted(said.items()))


async def take_labels(tx: Transaction, shop_id: UUID, records: Sequence[LabelRecord]) -> tuple[str, ...]:
    """Say the same here of labels of which the shop says nothing yet, as far as there are such categories.

    Give those of which it is said now.
    """
    said = (await store.get_labels(tx, [shop_id]))[shop_id] if records else {}
    new = [each for each in records if each.label not in said]
    tree = await get_categories(tx) if new else None
    if tree is None:
        return ()
    found = [(each, tree.find(each.category)) for each in new]
    commands = [
        SaveLabel(shop_id=shop_id, label=each.label, category_id=category.id if category else None)
        for each, category in found
        if category or not each.category
    ]
    statuses = await save_labels(tx, commands)
    return tuple(c.label for c, s in zip(commands, statuses, strict=True) if s is SaveLabelStatus.SAVED)


async def take_back_labels(tx: Transaction, shop_id: UUID, labels: Sequence[str]) -> None:
    """Leave labels to be guessed again that a run brought along."""
    await save_labels(tx, [SaveLabel(shop_id=shop_id, label=label, is_guessed=True) for label in labels])

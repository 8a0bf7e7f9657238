"""The verbs of freight. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.freight import FreightTemplateChanged
from weiji.freight import store
from weiji.freight.model import (
    AssignTemplate,
    AssignTemplateStatus,
    PutTemplate,
    PutTemplateStatus,
    RemoveTemplate,
    RemoveTemplateStatus,
)
from weiji.freight.rules import Shelf, judge_assignment
from weiji.kit.db import Transaction


async def put_templates(tx: Transaction, commands: Sequence[PutTemplate]) -> list[PutTemplateStatus]:
    """Write templates of shops; a shop's templates stay locked until *tx* ends. Publishes FreightTemplateChanged."""
    shops = await store.lock_shops(tx, [command.template.shop_id for command in commands])
    taken = await store.find_templates(tx, {command.template.id for command in commands})
    shelf = Shelf(await store.get_templates(tx, shops), taken)
    statuses = [shelf.put(command.template) for command in commands]
    await store.write_templates(tx, shelf.written(), shelf.removed(), shelf.freed)
    told = [
        _told(command, is_removed=False)
        for command, status in zip(commands, statuses, strict=True)
        if status in (PutTemplateStatus.CREATED, PutTemplateStatus.CHANGED)
    ]
    await publish(tx, told)
    return statuses


async def remove_templates(tx: Transaction, commands: Sequence[RemoveTemplate]) -> list[RemoveTemplateStatus]:
    """Remove templates; a shop's templates stay locked until *tx* ends. Publishes FreightTemplateChanged."""
    shops = await store.lock_shops(tx, [command.shop_id for command in commands])
    templates = await store.get_templates(tx, shops)
    shelf = Shelf(templates, {one.id: shop for shop, its in templates.items() for one in its})
    statuses = [shelf.remove(command.id, command.shop_id) for command in commands]
    await store.write_templates(tx, shelf.written(), shelf.removed(), shelf.freed)
    told = [
        _told(command, is_removed=True)
        for command, status in zip(commands, statuses, strict=True)
        if status is RemoveTemplateStatus.REMOVED
    ]
    await publish(tx, told)
    return statuses


def _told(command: PutTemplate | RemoveTemplate, *, is_removed: bool) -> Occurrence:
    one = command.template if isinstance(command, PutTemplate) else command
    event = FreightTemplateChanged(template_id=one.id, shop_id=one.shop_id, is_removed=is_removed)
    return Occurrence(event, one.shop_id, one.id, command.actor)


async def assign_templates(tx: Transaction, commands: Sequence[AssignTemplate]) -> list[AssignTemplateStatus]:
    """Say by what the freight of products is found. The last word about a product counts.

    The templates of the shops stay locked until *tx* ends, so that none is removed meanwhile.
    """
    shops = await store.lock_shops(tx, [command.shop_id for command in commands])
    templates = await store.get_templates(tx, shops)
    ids = {shop: {one.id for one in its} for shop, its in templates.items()}
    statuses = [
        judge_assignment(command, ids[command.shop_id])
        if command.shop_id in ids
        else AssignTemplateStatus.PRODUCT_NOT_FOUND
        for command in commands
    ]
    last = {
        (command.shop_id, command.product_id): command
        for command, status in zip(commands, statuses, strict=True)
        if status is AssignTemplateStatus.ASSIGNED
    }
    await store.assign_templates(tx, list(last.values()))
    return statuses

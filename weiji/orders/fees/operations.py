"""The verbs of fees. Publishing takes an open transaction and a batch, and answers every command."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.approvals import EXPIRES_AFTER
from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.orders import FeesPreviewed, FeesPublished
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive, new_id
from weiji.orders.fees import store
from weiji.orders.fees.charging import Charging
from weiji.orders.fees.model import (
    PREVIEW_DAYS,
    PREVIEWED_FOR,
    FeeRules,
    Preview,
    PublishFees,
    PublishFeesStatus,
)
from weiji.orders.fees.rules import judge_publish, needs_notice, preview
from weiji.rulebook import Publisher, ReleaseRules, propose_rules, takes_two
from weiji.shops import get_shops


async def publish_fees(tx: Transaction, commands: Sequence[PublishFees]) -> list[PublishFeesStatus]:
    """Publish versions of the fee rules, in turn; where that takes two, propose them.

    Publishes FeesPublished in the author's stream, or RulesProposed.
    """
    statuses = []
    for command in commands:
        charging = await store.get_charging(tx, tx.now)
        named: list[UUID] = list({rule.shop_id for rule in command.rules.rules if rule.shop_id})
        shops = {shop.id for shop in await get_shops(tx, named) if shop is not None} if named else set()
        is_proposed = command.actor.person_id and command.approver_id is None and await takes_two(tx)
        # Shops, if there are any, are told once it is published, which may be as late as a proposal can be decided.
        told_at = (tx.now + EXPIRES_AFTER if is_proposed else tx.now) if charging.has_shops else None
        status = judge_publish(command, charging.versions, charging.rest, charging.tree, shops, tx.now, told_at)
        if status is PublishFeesStatus.PUBLISHED and command.actor.person_id:
            # What another agrees to was previewed before it was proposed.
            since = tx.now - PREVIEWED_FOR - (EXPIRES_AFTER if command.approver_id else timedelta())
            if not await store.is_previewed(tx, command.version, command.rules, since):
                status = PublishFeesStatus.NOT_PREVIEWED
        if status is PublishFeesStatus.PUBLISHED and is_proposed:
            effective_at, actor = command.effective_at, command.actor
            await propose_rules(tx, FEES.name, command.version, command.rules, command.reason, effective_at, actor)
            status = PublishFeesStatus.PROPOSED
        elif status is PublishFeesStatus.PUBLISHED and not await store.add_version(tx, command):
            status = PublishFeesStatus.VERSION_TAKEN
        statuses.append(status)
        if status is PublishFeesStatus.PUBLISHED:
            await store.forget_previews(tx, command.version)
            effective_at = command.effective_at or tx.now
            event = FeesPublished(version=command.version, effective_at=effective_at, reason=command.reason)
            await publish(tx, [_told(event, command.version, command.actor)])
    return statuses


async def _release(tx: Transaction, command: ReleaseRules[FeeRules]) -> str | None:
    publishing = PublishFees(
        version=command.version,
        effective_at=command.effective_at,
        rules=command.rules,
        reason=command.reason,
        actor=Actor("staff", command.author_id),
        approver_id=command.approver_id,
    )
    (status,) = await publish_fees(tx, [publishing])
    return None if status is PublishFeesStatus.PUBLISHED else status.value


FEES: Final = Publisher(name="fees", kind=FeeRules, release=_release)
"""The fee rules, as two of the staff publish them."""


async def preview_fees(reader: Reader, rules: FeeRules, now: datetime) -> tuple[Preview, Charging]:
    """Compute what rules would have taken of what was sold in the last days. Two statements.

    Whoever showed it to somebody notes that (`note_preview`).
    """
    charging = await store.get_charging(reader, now)
    traded, orders = await store.get_traded(reader, now - timedelta(days=PREVIEW_DAYS))
    old, new = charging.fees_of(charging.in_force.rules), charging.fees_of(rules)
    found = preview(old, new, charging.tree, traded, orders)
    dearer = charging.has_shops and needs_notice(rules, charging.versions, charging.rest, charging.tree)
    return replace(found, is_dearer=dearer), charging


async def note_preview(tx: Transaction, version: int, rules: FeeRules, actor: Actor) -> None:
    """Note that somebody saw what exactly these rules would have taken: as this version they may be published.

    Publishes FeesPreviewed in their stream.
    """
    await store.note_preview(tx, version, rules)
    await publish(tx, [_told(FeesPreviewed(version=version), version, actor)])


def _told(event: Event, version: int, actor: Actor) -> Occurrence:
    author = actor.person_id or new_id()
    return Occurrence(event, author, derive(author, "fees", version), actor)

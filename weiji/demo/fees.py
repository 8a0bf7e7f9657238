"""What the town's operator takes, and announced: tea costs a commission soon, and one shop has agreed on less."""

from uuid import UUID

from weiji.catalog import get_categories
from weiji.events import Actor
from weiji.kit.db import Transaction
from weiji.orders.fees.model import FeeRule, FeeRules, PublishFees, PublishFeesStatus, Rate
from weiji.orders.fees.operations import note_preview, publish_fees
from weiji.orders.fees.rules import first_midnight


async def charge(tx: Transaction, *, operator: Actor, fee_ppm: int, reason: str) -> None:
    """Take a fee of everything, at once: before there are shops. Done twice, it is done once."""
    rules = FeeRules(rules=(FeeRule(rate=Rate(fee_ppm=fee_ppm)),))
    await _publish(tx, PublishFees(version=2, effective_at=None, rules=rules, reason=reason, actor=operator))


async def announce(tx: Transaction, *, operator: Actor, shop_id: UUID, fee_ppm: int) -> None:
    """Announce other fees, from the first midnight on at which they may get dearer. Done twice, it is done once."""
    categories = {each.name: each.id for each in (await get_categories(tx)).all()}
    rules = (
        FeeRule(category_id=categories["茶"], rate=Rate(fee_ppm=fee_ppm, commission_ppm=30_000)),
        FeeRule(category_id=categories["美妆个护"], rate=Rate(fee_ppm=fee_ppm, commission_ppm=15_000)),
        FeeRule(shop_id=shop_id, rate=Rate(fee_ppm=fee_ppm // 2)),
        FeeRule(rate=Rate(fee_ppm=fee_ppm)),
    )
    publishing = PublishFees(
        version=3,
        effective_at=first_midnight(tx.now),
        rules=FeeRules(rules=rules),
        reason="茶和护肤的退换多，收一点佣金；新店少收一半。",
        actor=operator,
    )
    await _publish(tx, publishing)


async def _publish(tx: Transaction, command: PublishFees) -> None:
    await note_preview(tx, command.version, command.rules, command.actor)
    (status,) = await publish_fees(tx, [command])
    assert status in (PublishFeesStatus.PUBLISHED, PublishFeesStatus.VERSION_TAKEN), status

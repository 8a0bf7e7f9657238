"""Giving a shop a number: one is drawn until nobody has it."""

from typing import Final
from uuid import UUID

from weiji.events import Actor
from weiji.kit.batch import Batchers
from weiji.wire.keys.model import OpenMerchant, OpenMerchantResult, OpenMerchantStatus
from weiji.wire.keys.operations import draw_mchid, open_merchants

DRAWS_MAX: Final = 20
"""How often a number is drawn before we give up: of 6 million in a shard one is soon free."""


async def open_merchant(batchers: Batchers, shop_id: UUID, actor: Actor) -> OpenMerchantResult:
    """Give a shop a number in the payment protocol."""
    batcher = batchers.of(open_merchants, "shop_id")
    for _ in range(DRAWS_MAX):
        result = await batcher.submit(OpenMerchant(shop_id=shop_id, mchid=draw_mchid(shop_id), actor=actor))
        if result.status is not OpenMerchantStatus.NUMBER_TAKEN:
            break
    return result

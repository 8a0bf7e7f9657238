"""Tells merchants' servers of complaints, as the protocol does: about goods, and about what their programs sold."""

from collections.abc import Sequence

from weiji.events import Delivered, Subscription
from weiji.kit.db import Database
from weiji.kit.ids import derive
from weiji.wire.complaint_steps import OPENING, STEPS, step_of
from weiji.wire.listeners import Topic, find_listeners
from weiji.wire.notices import COMPLAINTS, notice, send_notices


async def tell_complaints(database: Database, batch: Sequence[Delivered]) -> None:
    """CaseAsked, ComplaintAsked and what follows: the shop's server hears of it, and those of its service providers."""
    # The stream of either is its shop.
    async with database.read() as reader:
        shops = {delivered.stream for delivered in batch}
        listeners = await find_listeners(reader, Topic.COMPLAINTS, shops, with_partners=True)
    messages = [
        notice(
            derive(listener.shop_id, "complaint notice", delivered.id),
            listener.shop_id,
            listener.mchid,
            delivered.subject_id,
            type="COMPLAINT.CREATE" if isinstance(delivered.event, OPENING) else "COMPLAINT.STATE_CHANGE",
            original_type="complaint",
            summary="用户投诉",
            url=listener.url,
            listener_key_id=listener.key_id,
            resource={"complaint_id": delivered.subject_id.hex, "action_type": _action(delivered)},
            kind=COMPLAINTS,
        )
        for delivered in batch
        for listener in listeners.get(delivered.stream, ())
    ]
    await send_notices(database, messages)


def _action(delivered: Delivered) -> str:
    kind = getattr(delivered.event, "kind", None)
    return step_of(type(delivered.event), delivered.actor.kind, kind).notice


def subscriptions() -> list[Subscription]:
    """Say what complaints hear of."""
    return [Subscription(name="wire.tell_complaints", events=tuple(STEPS), caller=tell_complaints)]

"""How marked names follow what people call themselves."""

from collections.abc import Sequence

from weiji.events import Delivered, Subscription
from weiji.events.identity import NameTaken, PersonSignedUp, ProfileChanged
from weiji.kit.db import Transaction
from weiji.supervision.naming.operations import screen_people


async def follow_names(tx: Transaction, batch: Sequence[Delivered]) -> None:
    """Look at names that somebody has now: what is refused was before. Once more finds nothing new."""
    await screen_people(tx, [delivered.stream for delivered in batch])


def subscriptions() -> list[Subscription]:
    """Say what marked names hear of."""
    events = (PersonSignedUp, ProfileChanged, NameTaken)
    return [Subscription(name="supervision.follow_names", events=events, handler=follow_names)]

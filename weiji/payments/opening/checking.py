"""Has a channel say whether it takes our credentials, and notes who asked."""

from weiji.events import Actor
from weiji.kit.batch import Batchers
from weiji.payments.channels import REGISTRY, Check
from weiji.payments.opening.model import NoteCheck, channel_id
from weiji.payments.opening.operations import note_checks


async def check_channel(batchers: Batchers, name: str, actor: Actor) -> Check | None:
    """Make a call that changes nothing; None where the channel has no settings that could be tried."""
    channel = REGISTRY.find(name)
    if channel is None:
        return None
    found = await channel.check()
    await batchers.of(note_checks).submit(NoteCheck(id=channel_id(name), name=name, is_good=found.is_good, actor=actor))
    return found

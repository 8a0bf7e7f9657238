"""The verbs of opening channels. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Sequence

from weiji.events import Occurrence, publish
from weiji.events.payments import ChannelChanged, ChannelChecked
from weiji.kit.db import Transaction
from weiji.payments.opening import store
from weiji.payments.opening.model import (
    ChangeChannel,
    ChangeChannelResult,
    ChangeChannelStatus,
    NoteCheck,
    ProvedChange,
)
from weiji.payments.opening.rules import judge_changes


async def change_channels(tx: Transaction, commands: Sequence[ProvedChange]) -> list[ChangeChannelResult]:
    """Save channels. Results are in the order of *commands*. Publishes ChannelChanged; the stream is the channel.

    Of each channel the last version saved stays.
    """
    wanted = [change.command for change in commands if change.command is not None and change.refusal is None]
    versions = await store.lock_channels(tx, [command.name for command in wanted])
    before = dict(versions)
    results = judge_changes(versions, commands)
    saved = [
        change.command
        for change, result in zip(commands, results, strict=True)
        if result.status is ChangeChannelStatus.SAVED and change.command is not None
    ]
    last: dict[str, ChangeChannel] = {command.name: command for command in saved}
    fresh = {name: command for name, command in last.items() if name not in before}
    added = await store.add_channels(tx, list(fresh.values()))
    lost = fresh.keys() - added
    await store.change_channels(tx, [command for name, command in last.items() if name in before])
    await publish(
        tx,
        [
            Occurrence(
                ChannelChanged(
                    channel=command.name, version=command.version, is_open=command.is_open, changed=command.changed
                ),
                command.id,
                command.id,
                command.actor,
            )
            for command in saved
            if command.name not in lost
        ],
    )
    taken = ChangeChannelResult(ChangeChannelStatus.VERSION_TAKEN)
    return [
        taken if change.command and change.command.name in lost and change.refusal is None else result
        for change, result in zip(commands, results, strict=True)
    ]


async def note_checks(tx: Transaction, commands: Sequence[NoteCheck]) -> list[None]:
    """Note that credentials were checked. Publishes ChannelChecked; the stream is the channel."""
    await publish(
        tx,
        [
            Occurrence(
                ChannelChecked(channel=command.name, is_good=command.is_good), command.id, command.id, command.actor
            )
            for command in commands
        ],
    )
    return [None] * len(commands)

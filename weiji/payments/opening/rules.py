"""What is decided about saving channels: pure functions over what was read."""

from collections.abc import Sequence

from weiji.payments.opening.model import ChangeChannelResult, ChangeChannelStatus, ProvedChange


def judge_changes(versions: dict[str, int], changes: Sequence[ProvedChange]) -> list[ChangeChannelResult]:
    """Answer each change as if it came alone, after the ones before it. *versions* are those saved, and then become."""
    results = []
    for change in changes:
        if change.refusal is not None or change.command is None:
            results.append(change.refusal or ChangeChannelResult(ChangeChannelStatus.CHANNEL_NOT_FOUND))
        elif change.command.version != versions.get(change.command.name, 0) + 1:
            results.append(ChangeChannelResult(ChangeChannelStatus.VERSION_TAKEN))
        else:
            versions[change.command.name] = change.command.version
            results.append(ChangeChannelResult(ChangeChannelStatus.SAVED))
    return results

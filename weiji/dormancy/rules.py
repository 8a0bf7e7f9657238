"""What is decided about wallets that lie, and what it posts: pure functions over what was read."""

from datetime import datetime
from typing import Final

from weiji.dormancy.model import (
    NOTICE,
    Dormancy,
    DormancyState,
    FollowStatus,
    FollowWallet,
    GiveBack,
    GiveBackStatus,
)
from weiji.kit.ids import derive
from weiji.ledger import AMOUNT_MAX, Kind, Transfer, TransferFlags, WalletBalance, chart, move

_S = DormancyState

MOVES: Final[dict[DormancyState, frozenset[DormancyState]]] = {
    _S.TOLD: frozenset({_S.AWAKE, _S.DORMANT}),
    _S.DORMANT: frozenset({_S.AWAKE}),
    _S.AWAKE: frozenset({_S.TOLD}),
}
"""What a wallet that was told of may become."""


def judge_following(
    found: Dormancy | None, wallet: WalletBalance | None, command: FollowWallet, now: datetime
) -> tuple[FollowStatus, Dormancy | None]:
    """Say what is due of a wallet, and how it stands then; None where that does not change."""
    if wallet is None or (found is not None and found.state is _S.DORMANT):
        # What comes in while other money is set aside waits with it for its owner.
        return FollowStatus.UNCHANGED, None
    is_quiet = wallet.moved_at is not None and wallet.moved_at < now - command.after and wallet.available > 0
    is_told = found is not None and found.state is _S.TOLD
    if not is_quiet:
        if found is None or not is_told:
            return FollowStatus.UNCHANGED, None
        found.state, found.ended_at = _S.AWAKE, now
        return FollowStatus.AWOKE, found
    if found is None or not is_told:
        times = found.times if found else 0
        told = Dormancy(person_id=command.person_id, state=_S.TOLD, times=times, told_at=now, due_at=now + NOTICE)
        return FollowStatus.TOLD, told
    if now < found.due_at:
        return FollowStatus.UNCHANGED, None
    found.state, found.moved_at = _S.DORMANT, now
    found.times += 1
    return FollowStatus.SET_ASIDE, found


def set_aside(wallet: Dormancy) -> Transfer:
    """Set aside what is in a wallet: as much as there is, and nothing of what is held or frozen."""
    source, target = chart.wallet(wallet.person_id), chart.dormant(wallet.person_id)
    id, flags = derive(wallet.person_id, "set aside", wallet.times), TransferFlags.BALANCING_DEBIT
    return move(wallet.person_id, id, source, target, AMOUNT_MAX, Kind.DORMANCY, flags)


def note_aside(wallet: Dormancy, amount: int, now: datetime) -> bool:
    """Note how much was set aside; tell whether anything was. What a court has frozen since is not there to take."""
    if not amount:
        wallet.state, wallet.ended_at = _S.AWAKE, now
    return amount > 0


def judge_giving_back(found: Dormancy | None, dormant: int, command: GiveBack, now: datetime) -> GiveBackStatus:
    """Say whether there is something to give back, of which *dormant* is set aside; it is then awake."""
    if command.actor.kind == "staff" and command.amount is None:
        return GiveBackStatus.APPROVAL_NEEDED
    if found is None or not found.times:
        return GiveBackStatus.NOTHING_DORMANT
    if found.state is not _S.DORMANT:
        return GiveBackStatus.EXISTS
    if command.amount not in (None, dormant):
        return GiveBackStatus.AMOUNT_DIFFERS
    found.state, found.ended_at = _S.AWAKE, now
    return GiveBackStatus.GIVEN_BACK


def give_back(wallet: Dormancy) -> Transfer:
    """Bring all that is set aside into its owner's wallet."""
    source, target = chart.dormant(wallet.person_id), chart.wallet(wallet.person_id)
    id, flags = derive(wallet.person_id, "given back", wallet.times), TransferFlags.BALANCING_DEBIT
    return move(wallet.person_id, id, source, target, AMOUNT_MAX, Kind.DORMANCY, flags)

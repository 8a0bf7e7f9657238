"""What dormancy tells. Stream and subject are the owner of the wallet."""

from datetime import datetime

from weiji.events.model import Event


class DormancyAnnounced(Event, frozen=True, kw_only=True):
    """A wallet with `amount` in it has not moved for long: if that stays so until `due_at` it is set aside."""

    amount: int
    due_at: datetime


class WalletAwoke(Event, frozen=True, kw_only=True):
    """Something moved in a wallet before it was set aside: it stays as it is."""


class WalletSetAside(Event, frozen=True, kw_only=True):
    """`amount` of a wallet that nobody moved for long was set aside. It is its owner's still."""

    amount: int


class DormantGivenBack(Event, frozen=True, kw_only=True):
    """`amount` that was set aside is in its owner's wallet again."""

    amount: int

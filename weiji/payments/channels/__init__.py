"""What a channel is, and which ones are open in this process. Adding a channel is one file in this folder.

A channel is somebody outside, so nothing here runs inside a transaction of ours. Whatever a channel says, in answer
or of itself, becomes `Notice`s, and only `receive_notices` acts on them.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal, Protocol

from msgspec import Struct

from weiji.payments.model import Notice, Payment, Payout, PayoutAccount, Refund


class Answer(Struct, frozen=True, kw_only=True):
    """How a channel answered about one thing. No notices and not silent: nothing has happened to it yet."""

    notices: tuple[Notice, ...] = ()
    is_silent: bool = False
    """It gave no answer that can be relied on: the thing's state is unknown until it does."""
    pay_url: str | None = None
    """Of `start`: where the payer goes to pay."""


class Channel(Protocol):
    """An acquirer, a bank, or both. Each method takes a batch and answers in its order.

    Our ids go to the channel as the request's number: asking again with the same one does nothing twice, and tells
    how it stands. A failure to reach the channel is an `Answer` that is silent, never an exception.
    """

    name: str
    custody: Literal["channel", "own"]
    """Who holds the money that it takes."""
    final_after: timedelta
    """How long after it called a payment failed or closed it may still take the money. Until then it is asked."""

    async def start(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask for money: from then on the payer may pay."""
        ...

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask how payments stand."""
        ...

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask to take nothing any more. One that was paid already answers so."""
        ...

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Ask to send money back to where it came from, or, asked before, how that stands."""
        ...

    async def pay_out(self, payouts: Sequence[tuple[Payout, PayoutAccount]]) -> list[Answer]:
        """Ask to pay money to bank accounts, or, asked before, how that stands."""
        ...

    def parse_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify and read a message that the channel sent. Raises NoticeRefused."""
        ...


class NoticeRefused(Exception):
    """A message did not come from the channel, or can't be read. Nothing of it is believed."""


class Registry:
    """The channels that are open in this process, by name."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}
        self.names: frozenset[str] = frozenset()

    def register(self, channel: Channel) -> None:
        """Open a channel. Another of the same name is closed by it."""
        self._channels[channel.name] = channel
        self.names = frozenset(self._channels)

    def get(self, name: str) -> Channel:
        """Find a channel. Raises LookupError: what was begun with a channel that is gone waits for a person."""
        try:
            return self._channels[name]
        except KeyError:
            raise LookupError(f"no channel {name} is open in this process") from None


REGISTRY = Registry()
"""The channels of this process: registered once, where the program is put together."""

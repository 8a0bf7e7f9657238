"""What a channel is, and which ones there are in this process. Adding a channel is one file and an entry point.

A channel is somebody outside, so nothing here runs inside a transaction of ours. Whatever a channel says, in answer
or of itself, becomes `Notice`s, and only `receive_notices` acts on them.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from importlib.metadata import entry_points
from typing import Annotated, Final, Literal, Protocol, TypeAlias, runtime_checkable
from uuid import UUID

from msgspec import Meta, Struct

from weiji.kit.db import Database
from weiji.payments.channels.enrolling import Applicant, Enrolled, Followed
from weiji.payments.freezing.model import Unfreezing
from weiji.payments.model import BANK, Notice, Payment, Payout, PayoutAccount, PayWay, Refund

GROUP: Final = "weiji.channels"
"""The entry points of channels: each names a function that gives a `ChannelKind`."""

PAY_WITHIN: Final = timedelta(hours=24)
"""How long a payment without a deadline of its own may be paid."""

NOWHERE: Final = "https://weiji.invalid/notices"
"""For channels that have to be given an address for notices where nobody can reach us: it leads nowhere (RFC 2606)."""

Custody = Literal["channel", "own"]


class Ability(StrEnum):
    """What a channel can do."""

    PAGE = "page"
    """Payers pay on a page of the channel's, on a desktop."""
    PHONE = "phone"
    """Payers pay on a page of the channel's, on a telephone, which may lead to its app."""
    APP = "app"
    """A merchant's app hands the payment to the channel's app."""
    JSAPI = "jsapi"
    """Payers pay inside WeChat, on a page or in a mini program there."""
    CODE = "code"
    """Payers read a QR code with their telephone."""
    TRANSFER = "transfer"
    """Payers transfer money to a bank account, with a reference."""
    REFUND = "refund"
    PAY_OUT = "pay_out"
    FREEZE = "freeze"
    """What it takes for an order it holds at the shop's sub-merchant, frozen, until it is told to let it go."""
    ENROL = "enrol"
    """It takes shops on as its sub-merchants, when it is applied to for them."""
    STATEMENT = "statement"
    """It tells, day by day, of everything that it took and gave back."""


PAYING: Final = frozenset({Ability.PAGE, Ability.PHONE, Ability.APP, Ability.CODE, Ability.TRANSFER})
"""By which payers pay; a channel without any of them only pays out."""


class Device(StrEnum):
    """What a payer sits before."""

    DESKTOP = "desktop"
    PHONE = "phone"
    APP = "app"
    """A merchant's app, which hands what it gets to the channel's."""
    WECHAT = "wechat"
    """WeChat itself: a page or a mini program in it. To any channel that does not pay there it is a telephone."""


OpenId: TypeAlias = Annotated[
    str,
    Meta(
        max_length=128,
        pattern=r"^[0-9A-Za-z_-]+\Z",
        description="With `device` wechat: who pays, to the channel's app. `pay_url` is JSON for WeChat then.",
    ),
]


class Payer(Struct, frozen=True, kw_only=True):
    """Who is about to pay, as far as a channel wants to know."""

    device: Device = Device.DESKTOP
    address: str | None = None
    """The network address that they come from."""
    openid: str | None = None
    """Who they are in WeChat, to the app that the channel has; None: nobody has asked them yet."""


class Answer(Struct, frozen=True, kw_only=True):
    """How a channel answered about one thing. No notices and not silent: nothing has happened to it yet."""

    notices: tuple[Notice, ...] = ()
    is_silent: bool = False
    """It gave no answer that can be relied on: the thing's state is unknown until it does."""
    pay_url: str | None = None
    """Of `start`: where the payer goes to pay."""
    pay_way: PayWay = PayWay.PAGE
    reason: str = ""
    """Of `unfreeze`: why it has not let the money go yet, for people."""
    is_uncovered: bool = False
    """Of `refund`: it has done nothing, since the account that it would take it from has too little."""
    is_unmade: bool = False
    """Of `find_refunds`: nobody has asked it for this one, as far as it knows."""
    held: int | None = None
    """Of `measure`: what it holds frozen."""
    is_undone: bool = False
    """Of `unfreeze`: it has done nothing of what was decided, and won't do it: that is decided anew."""


SILENT: Final = Answer(is_silent=True)


class Reply(Struct, frozen=True):
    """What a channel wants to hear once its notice was taken in."""

    status: int
    body: bytes = b""
    media_type: str = "text/plain"


class CheckFault(StrEnum):
    """Why a check of credentials did not end well."""

    BAD = "bad"
    """The channel does not take them."""
    CLOCK_OFF = "clock_off"
    """Our clock is wrong: the channel takes no signature of another time, whoever's it is."""
    SILENT = "silent"
    """The channel did not answer, or could not just then: that tells nothing of them."""


class Check(Struct, frozen=True):
    """Whether a channel took our credentials, and what it said."""

    is_good: bool
    said: str
    settings: tuple[str, ...] = ()
    """The names of those that it is about, one of which is wrong; none: that does not tell."""
    fault: CheckFault = CheckFault.BAD
    """Where it is not good: what that is due to."""


class Channel(Protocol):
    """An acquirer, a bank, or both. Each method takes a batch and answers in its order.

    Our ids go to the channel as the request's number: asking again with the same one does nothing twice, and tells
    how it stands. A failure to reach the channel is an `Answer` that is silent, never an exception. What its abilities
    do not name is never asked of it.
    """

    name: str
    custody: Custody
    """Who holds the money that it takes."""
    abilities: frozenset[Ability]
    final_after: timedelta
    """How long after it called a payment failed or closed it may still take the money. Until then it is asked."""
    heard: Reply
    """What to answer to a notice that was taken in. Any other answer than this has the channel send it again."""
    payer_names: tuple[str, ...] = ()
    """Parts of the names that a bank's statement gives who pays us, where the channel pays what it had taken."""
    beside: tuple[str, ...] = ()
    """Channels that may be of the same account: what both bills of that account have is told of by one."""

    async def start(self, payments: Sequence[Payment], payer: Payer) -> list[Answer]:
        """Ask for money: from then on the payer may pay."""
        ...

    async def identify(self, payment: Payment, told: Mapping[str, str]) -> str | None:  # noqa: ARG002
        """Say who came back, by their address, of whom `start` had them asked. None: that is not told.

        The payment is started again then, for whom they are. Raises GatewaySilent.
        """
        return None

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask how payments stand."""
        ...

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Ask to take nothing any more. One that was paid already answers so."""
        ...

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Ask to send money back to where it came from, or, asked before, how that stands."""
        ...

    async def find_refunds(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Ask how refunds stand, and for none of them: their payers might have the money by a chargeback, too.

        Of a channel that can't tell without being asked for them, nothing is known.
        """
        return [SILENT] * len(refunds)

    async def pay_out(self, payouts: Sequence[tuple[Payout, PayoutAccount]]) -> list[Answer]:  # noqa: ARG002
        """Ask to pay money to bank accounts, or, asked before, how that stands."""
        raise AssertionError(f"{self.name} does not pay out")

    async def measure(self, unfreezings: Sequence[Unfreezing]) -> list[Answer]:
        """Say what is `held` of orders, to be let go: as our books have it, unless the channel knows better."""
        return [Answer(held=each.frozen) for each in unfreezings]

    async def unfreeze(self, unfreezings: Sequence[Unfreezing]) -> list[Answer]:  # noqa: ARG002
        """Ask to let money of orders go to their shops, or, asked before, how that stands.

        Of the `rest` of an order, its shop gets its `part`, and the `share` is the platform's. Until both is done,
        nothing is told. What goes back to payers meanwhile comes out of the part, and changes neither.
        """
        raise AssertionError(f"{self.name} holds nothing frozen")

    def questions(self, *, is_company: bool) -> "tuple[Setting, ...]":  # noqa: ARG002
        """Say what it wants to know of a shop's owner that they did not show here, in the reader's language."""
        return ()

    async def enrol(self, applicants: Sequence[Applicant]) -> list[Enrolled]:  # noqa: ARG002
        """Apply for shops to be its sub-merchants. One that is under way there already is not handed in twice."""
        raise AssertionError(f"{self.name} takes no shops on")

    async def follow(self, followed: Sequence[Followed]) -> list[Enrolled]:  # noqa: ARG002
        """Say how applications stand."""
        raise AssertionError(f"{self.name} takes no shops on")

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:
        """Verify and read a message that the channel sent; headers have names in lower case. Raises NoticeRefused.

        None: it tells of nothing that we keep.
        """
        ...

    async def read_statement(self, day: date) -> "Sequence[Stated] | None":  # noqa: ARG002
        """Fetch what the channel says of a day that is over, in its time. Raises GatewaySilent.

        None where it says that it has none: not yet, or never, as nothing happened. Raises TradesMissing where it has
        some of it, and none of trades: a bill of them may be to come.
        """
        return None

    async def read_shortage(self, day: date) -> int | None:  # noqa: ARG002
        """Say what is still to be made up for of the days before one, as far as the channel shows: never more than 0.

        It is asked where our books do not know. None: the channel pays nothing by itself. Raises GatewaySilent.
        """
        return None

    async def check(self) -> Check:
        """Make a call that changes nothing, to see whether our credentials are good."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        return


class StatedLine(Struct, frozen=True, kw_only=True):
    """A line of a channel's statement. Amounts are fen, and never negative: the kind says which way money went.

    A settlement's own notice has the event id `settled:<reference>`, so that it is booked once, whoever tells of it.
    """

    kind: Literal[
        "charge",
        "refund",
        "settlement",
        "settlement_return",
        "payout",
        "payout_return",
        "fee",
        "chargeback",
        "chargeback_reversal",
        "debit",
        "credit_taken_back",
        "debit_taken_back",
    ]
    reference: str
    """The channel's own number of the transaction."""
    request_id: UUID | None
    """Our number, as the channel gives it back; None where it is none of ours."""
    amount: int
    """Less than nothing only of a fee that was given back, and of what a day came to."""
    fee: int = 0
    occurred_at: datetime
    is_under_way: bool = False
    """The channel began with it, and had not done it when it wrote that: it is no word that it is done."""
    about: str = ""
    """The channel's number of what it belongs to: the trade that a fee is of, the withdrawal that came back."""
    is_net: bool = False
    """Of a settlement: it is what the day came to. Days that came to less than nothing are made up for first, and the
    channel pays what is left."""


def whole_fees_number(day: date) -> str:
    """Make the number of the line that tells of all that trades of a day cost, whenever each of it was charged."""
    return f"fees:{day}"


Stated: TypeAlias = Notice | StatedLine
"""What a statement has: what might have been a notice, and what only statements tell of."""


@runtime_checkable
class Stating(Protocol):
    """A channel that gives statements."""

    name: str

    def statement(self, day: date) -> AsyncIterator[Sequence[StatedLine]]:
        """Fetch what the channel did on a day (Shanghai), in parts, in any order. Raises StatementUnavailable."""
        ...


class StatementUnavailable(Exception):
    """There is no statement of that day yet, or it can't be read; the text says why."""


class TradesMissing(StatementUnavailable):
    """The channel has no bill of a day's trades, which may be to come; *besides* is what else happened that day.

    That is its statement where the day is long over, and our books have no trades of it either.
    """

    def __init__(self, besides: Sequence[Stated]) -> None:
        super().__init__("the channel has no bill of trades")
        self.besides = besides


class NoticeRefused(Exception):
    """A message did not come from the channel, or can't be read. Nothing of it is believed."""


class Setting(Struct, frozen=True, kw_only=True):
    """Something that an operator tells of their contract. The words are in the reader's language."""

    name: str
    label: str
    help: str | None = None
    is_secret: bool = False
    """Sealed at rest, and never shown again."""
    is_required: bool = True
    is_long: bool = False
    """It has lines, as a key has."""
    choices: tuple[tuple[str, str], ...] = ()
    """If any: a value and its word each. The first is the default."""
    pattern: str | None = None
    """What the whole of a value has to look like; None: anything."""


class SettingWrong(Exception):
    """A setting can't be used. The text says why, in the reader's language, and never what was given."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"{setting}: {reason}")
        self.setting = setting
        self.reason = reason


class GatewayAddress(Struct, frozen=True):
    """A host that a channel may talk to. Operators choose among them: no setting is an address."""

    url: str
    label: str
    is_test: bool = False
    """Nothing that is done there moves real money."""


class Place(Struct, frozen=True):
    """Where we are, as the channel needs to know it."""

    notice_url: str | None
    """Where its notices go; None where nobody outside can reach us: then it is asked instead."""
    return_url: str | None
    """Where payers come back to; the payment's id goes behind it (`return_of`)."""
    gateway: str
    """Where the channel is: one of its addresses."""
    database: Database | None = None
    """Where a channel that is asked by files, which people carry, writes down what it was asked."""

    def payer_of(self, payment: Payment) -> str | None:
        """Say where a payer comes back to who was asked who they are."""
        return f"{self.return_url}/{payment.id}/payer" if self.return_url else None

    def page_of(self, payment: Payment) -> str | None:
        """Say where a payer comes back to who gave up: there they may try again, or pay another way."""
        return f"{self.return_url}/{payment.id}" if self.return_url else None

    def return_of(self, payment: Payment) -> str | None:
        """Say where the payer of a payment comes back to."""
        return f"{self.return_url}/{payment.id}/return" if self.return_url else None


class ChannelKind(Struct, frozen=True, kw_only=True):
    """A channel that could be opened: what it is, and how it is made from an operator's settings."""

    name: str
    label: str
    """In the reader's language."""
    note: str
    """What one needs for it, and where the money is meanwhile."""
    custody: Custody
    abilities: frozenset[Ability]
    gateways: tuple[GatewayAddress, ...]
    """The first is the default; none: it talks to nobody."""
    settings: tuple[Setting, ...]
    open: Callable[[Mapping[str, str], Place], Channel]
    """Make it. Raises SettingWrong. Calls nobody."""
    payers_label: str = ""
    """What payers know it by, where that is not its label: they care who takes their money, not by which contract."""


def on_bill(name: str, payment: Payment) -> str:
    """Write what the payer of a payment reads on the bill: a name, and how our number ends."""
    return f"{name} {payment.id.hex[-8:].upper()}"


def find_kinds() -> dict[str, ChannelKind]:
    """Find the channels that are installed, by name, in words of the reader's language."""
    found = (load() for load in _loaders())
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)}


_LOADERS: Final[list[Callable[[], ChannelKind]]] = []


def freezing_channels() -> frozenset[str]:
    """Name the channels that are installed and hold money frozen, whether they are set up here or not."""
    if not _FREEZING:
        _FREEZING.append(frozenset(name for name, kind in find_kinds().items() if Ability.FREEZE in kind.abilities))
    return _FREEZING[0]


_FREEZING: Final[list[frozenset[str]]] = []


def _loaders() -> list[Callable[[], ChannelKind]]:
    # What is installed does not change while a process lives, and to look is slow.
    if not _LOADERS:
        _LOADERS.extend(point.load() for point in entry_points(group=GROUP))
    return _LOADERS


class Registry:
    """The channels of this process, by name: those that new payments may be begun with, and those that once could.

    What was begun with a channel is asked of it until it has ended, whether it is open or not.
    """

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = {}
        self._open: set[str] = set()
        self.names: frozenset[str] = frozenset()
        """Those that payments of anything may be begun with."""
        self.freezing_names: frozenset[str] = frozenset()
        """Those that orders of shops may be paid by that are bound to a sub-merchant there."""
        self.payout_names: frozenset[str] = frozenset()
        """Those that money may be paid out by."""
        self.enrolling_names: frozenset[str] = frozenset()
        """Those that take shops on as sub-merchants, when they are applied to."""

    def register(self, channel: Channel, *, is_open: bool = True) -> Channel | None:
        """Take a channel in. One of the same name makes way for it, and is returned."""
        before = self._channels.get(channel.name)
        self._channels[channel.name] = channel
        (self._open.add if is_open else self._open.discard)(channel.name)
        self._name()
        return before

    def remove(self, name: str) -> Channel | None:
        """Know a channel no longer, and return it: what was begun with it gets no answer."""
        self._open.discard(name)
        found = self._channels.pop(name, None)
        self._name()
        return found

    def _name(self) -> None:
        paying = frozenset(name for name in self._open if PAYING & self._channels[name].abilities)
        self.freezing_names = frozenset(name for name in paying if Ability.FREEZE in self._channels[name].abilities)
        self.names = paying - self.freezing_names
        self.payout_names = frozenset(name for name in self._open if Ability.PAY_OUT in self._channels[name].abilities)
        self.enrolling_names = frozenset(name for name in self._open if Ability.ENROL in self._channels[name].abilities)

    @property
    def open_names(self) -> frozenset[str]:
        """Those that something may be begun with."""
        return frozenset(self._open)

    @property
    def closed_names(self) -> frozenset[str]:
        """Those that were switched off: nothing new is begun with them."""
        return frozenset(self._channels.keys() - self._open)

    def find(self, name: str) -> Channel | None:
        """Find a channel; None where this process has none of this name."""
        return self._channels.get(name)

    def get(self, name: str) -> Channel:
        """Find a channel. Raises LookupError: what was begun with a channel that is gone waits for a person."""
        try:
            return self._channels[name]
        except KeyError:
            raise LookupError(f"no channel {name} is open in this process") from None

    @property
    def payout_channel(self) -> str | None:
        """The channel that money is paid out by; None where none does. The bank comes last: people carry its files."""
        return min(self.payout_names, key=lambda name: (name == BANK, name), default=None)

    @property
    def lacks_payouts(self) -> bool:
        """Whether money comes to the platform by what is known here, or once did, and none that is open pays it out."""
        return not self.payout_names and any(
            PAYING & channel.abilities and Ability.FREEZE not in channel.abilities
            for channel in self._channels.values()
        )


REGISTRY = Registry()
"""The channels of this process: taken in where the program is put together, and by `opening`."""

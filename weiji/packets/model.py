"""The words of red packets: commands, results, states, and the rules that the operator sets."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from weiji.events import Actor
from weiji.events.packets import RedPacketRulesPublished
from weiji.identity import Refusal
from weiji.rulebook import RuleSet

GREETING_MAX: Final = 60
"""Characters of what a packet says."""

PARTS_MAX: Final = 10_000
"""Parts of one packet, whatever the rules say."""

KEY_BYTES: Final = 12
"""Bytes of the secret in a packet's link."""

NONCE_BYTES: Final = 16


class Division(StrEnum):
    """How the amount of a packet is divided."""

    EQUAL = "equal"
    """Each part is the same."""
    LUCKY = "lucky"
    """拼手气: each part is drawn."""


class Payer(StrEnum):
    """Whose money is in a packet."""

    WALLET = "wallet"
    """The wallet of a person."""
    SHOP = "shop"
    """What a shop may withdraw."""


class PacketState(StrEnum):
    """Where a packet stands. `rules.PACKET_MOVES` says what may follow what."""

    OPEN = "open"
    """It has parts that nobody has."""
    EMPTY = "empty"
    """Somebody has each part."""
    EXPIRED = "expired"
    """Its time ran out; what nobody had taken went back to the sender."""


class RedPacketRules(Struct, frozen=True, kw_only=True):
    """How much may be given away by red packets, and how long they wait."""

    amount_max: Annotated[int, Meta(ge=1, le=10**10, description="The most that is in one packet, in fen.")] = 500_000
    parts_max: Annotated[int, Meta(ge=1, le=PARTS_MAX, description="Parts of one packet, at most.")] = 100
    day_amount_max: Annotated[
        int, Meta(ge=1, le=10**12, description="The most that one person puts into packets on one day, in fen.")
    ] = 2_000_000
    day_packets_max: Annotated[int, Meta(ge=1, le=10_000, description="Packets that one person sends on one day.")] = (
        100
    )
    open_hours: Annotated[
        int, Meta(ge=1, le=720, description="After this, what nobody has taken goes back to the sender.")
    ] = 24

    shop_day_amount_max: Annotated[
        int, Meta(ge=1, le=10**12, description="The most that one shop puts into packets on one day, in fen.")
    ] = 10_000_000
    shop_day_packets_max: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Packets that one shop sends on one day.")
    ] = 10_000

    @property
    def open_for(self) -> timedelta:
        """How long a packet waits."""
        return timedelta(hours=self.open_hours)


RED_PACKET_RULES: Final = RuleSet(
    name="red_packets",
    kind=RedPacketRules,
    tell=lambda new: RedPacketRulesPublished(version=new.version, reason=new.reason),
)


class SendPacket(Struct, frozen=True, kw_only=True):
    """Put money into a packet. `id` is made near the sender.

    Money of a wallet needs a payment password that was right (then there is no `refusal`, or one of large sums only),
    or an allowance. For that of a shop the caller answers.
    """

    id: UUID
    sender_id: UUID
    """A person, or a shop."""
    sender_name: str
    division: Division
    amount: int
    """All of it, in fen."""
    parts: int
    greeting: str
    actor: Actor
    recipient_id: UUID | None = None
    """The only one who may open it; None: whoever has its link."""
    offered_to_id: UUID | None = None
    """Who is told of a packet for many, and may hand its link on."""
    payer: Payer = Payer.WALLET
    key_id: UUID | None = None
    allowance_id: UUID | None = None
    refusal: Refusal | None = None


class SendStatus(StrEnum):
    """How sending a packet ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    RECIPIENT_NOT_FOUND = "recipient_not_found"
    """There is no such person."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    """It takes a payment password or an allowance."""
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    STEP_UP_NEEDED = "step_up_needed"
    """So much takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """The id was not made near the sender."""
    GREETING_INVALID = "greeting_invalid"
    """Not one line of 1…60 characters."""
    RECIPIENT_IS_SENDER = "recipient_is_sender"
    RECIPIENT_TAKES_ALL = "recipient_takes_all"
    """A packet for one person has one part."""
    AMOUNT_BELOW_PARTS = "amount_below_parts"
    """Each part is at least 1 fen."""
    AMOUNT_NOT_DIVISIBLE = "amount_not_divisible"
    """Equal parts make up the whole amount."""
    EXISTS_WITH_DIFFERENT_SENDER = "exists_with_different_sender"
    EXISTS_WITH_DIFFERENT_CONTENT = "exists_with_different_content"
    """The packet of this id has another amount, division, greeting or recipient, or other parts."""
    TOO_MANY_PARTS = "too_many_parts"
    """The operator's rules say how many at most."""
    EXCEEDS_PACKET_LIMIT = "exceeds_packet_limit"
    """The operator's rules say how much is in one packet at most."""
    EXCEEDS_DAY_LIMIT = "exceeds_day_limit"
    """The operator's rules say how much, and how many packets, somebody sends on one day."""
    ALLOWANCE_NOT_FOUND = "allowance_not_found"
    """There is no such allowance of this person for this key."""
    ID_TAKEN = "id_taken"
    """The id was used to spend an allowance on something else."""
    ALLOWANCE_EXPIRED = "allowance_expired"
    EXCEEDS_ALLOWANCE = "exceeds_allowance"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """The wallet has not enough. The id is used up: a new attempt takes a new one. (A shop may try again with it.)"""
    WALLET_FROZEN = "wallet_frozen"
    """Nothing may go out of the wallet. As above."""


class SendResult(Struct, frozen=True, kw_only=True):
    """The answer to sending a packet. `key` is the secret of its link: whoever has it may open the packet."""

    status: SendStatus
    key: str | None = None
    commitment: str | None = None
    """SHA-256 of how the amount was divided, for whoever wants to prove later that it was before."""
    tries_left: int | None = None
    locked_until: datetime | None = None


class ClaimPart(Struct, frozen=True, kw_only=True):
    """Take a part of a packet. Asking again gives the same answer: one person has one part of a packet."""

    packet_id: UUID
    key: str
    finder_id: UUID
    finder_name: str
    actor: Actor


class ClaimStatus(StrEnum):
    """How claiming a part ended. Where several apply, the first listed is given."""

    CLAIMED = "claimed"
    EXISTS = "exists"
    """You had taken a part before: this one."""
    PACKET_NOT_FOUND = "packet_not_found"
    """There is none with this id and key."""
    NOT_FOR_YOU = "not_for_you"
    """It is for somebody else; or it has one part, and is your own."""
    EXPIRED = "expired"
    EMPTY = "empty"
    """Others were faster."""


class ClaimResult(Struct, frozen=True, kw_only=True):
    """The answer to claiming a part. The money is in the wallet a moment later."""

    status: ClaimStatus
    amount: int | None = None
    place: int | None = None
    """You were the first, the second …"""


class ReceivePart(Struct, frozen=True, kw_only=True):
    """Bring a claimed part into its finder's wallet."""

    packet_id: UUID
    finder_id: UUID
    sender_id: UUID
    sender_name: str
    greeting: str
    amount: int
    place: int


class ReceiveStatus(StrEnum):
    """How bringing a part ended."""

    RECEIVED = "received"
    EXISTS = "exists"


class OfferPacket(Struct, frozen=True, kw_only=True):
    """Tell a person that there is a packet for them."""

    packet_id: UUID
    person_id: UUID
    sender_id: UUID
    sender_name: str
    greeting: str
    key: str
    expires_at: datetime


class ExpirePacket(Struct, frozen=True, kw_only=True):
    """Give back what nobody has taken of a packet whose time ran out."""

    packet_id: UUID


class ExpireStatus(StrEnum):
    """How the end of a packet's time ended. Where several apply, the first listed is given."""

    EXPIRED = "expired"
    PACKET_NOT_FOUND = "packet_not_found"
    ENDED = "ended"
    """It was empty, or had expired before."""
    NOT_DUE = "not_due"
    WALLET_CLOSED = "wallet_closed"
    """Nothing may come back to the sender just now: it is tried again in a day."""


class Packet(Struct, frozen=True, kw_only=True):
    """A red packet as the rules see it."""

    id: UUID
    sender_id: UUID
    sender_name: str
    recipient_id: UUID | None
    offered_to_id: UUID | None
    payer: Payer
    division: Division
    amount: int
    parts: int
    greeting: str
    key: str
    commitment: bytes
    state: PacketState
    taken: int
    claimed: int
    """What was taken of the amount."""
    returned: int
    """What went back to the sender."""
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @property
    def left(self) -> int:
        """How many parts nobody has."""
        return self.parts - self.taken


class Claim(Struct, frozen=True, kw_only=True):
    """Somebody's part of a packet."""

    place: int
    finder_id: UUID
    finder_name: str
    amount: int
    claimed_at: datetime


class Split(Struct, frozen=True, kw_only=True):
    """How a packet was divided: shown when it has ended, so that anybody can check what was promised before."""

    nonce: str
    parts: tuple[int, ...]


class Shown(Struct, frozen=True, kw_only=True):
    """A packet as somebody sees it who may."""

    packet: Packet
    own: Claim | None
    """The reader's part."""
    luckiest: Claim | None
    """The largest part, of equal ones the earliest; told when the packet has ended."""
    claims: list[Claim]
    """A page of those who have a part, the last first."""
    split: Split | None
    """Told when the packet has ended."""


class ReceivedPacket(Struct, frozen=True, kw_only=True):
    """A packet that somebody got, or that waits for them (then there is no amount yet)."""

    packet_id: UUID
    sender_id: UUID
    sender_name: str
    greeting: str
    amount: int | None
    key: str | None
    """Of a packet that they were told of: what opens it."""
    at: datetime
    expires_at: datetime | None


class Day(Struct, kw_only=True):
    """What somebody has put into packets on one day, in Shanghai."""

    person_id: UUID
    on: date
    amount: int = 0
    packets: int = 0

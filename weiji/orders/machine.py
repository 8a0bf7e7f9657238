"""The machine of a trade, as a table: which state follows which, by whose act, and which clock starts then.

`docs/reference/machines.md` is made from it, and the tests try every pair of state and verb against it.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from weiji.events.model import ActorKind


class State(StrEnum):
    """Where a trade stands. The status words of older platforms: docs/reference/machines.md."""

    CREATED = "created"
    """Placed; stock is held; the buyer is to pay."""
    PAID = "paid"
    """The money is held; the shop is to ship, or its buyer to pick the goods up."""
    PART_SHIPPED = "part_shipped"
    """A part is on its way; the shop is to ship the rest."""
    SHIPPED = "shipped"
    """Everything is on its way, or handed out; the buyer is to confirm."""
    RECEIVED = "received"
    """Confirmed; the money is the shop's, and can't be withdrawn yet."""
    COMPLETED = "completed"
    """The shop may withdraw the money."""
    CLOSED = "closed"
    """Never paid; stock is free."""
    REFUNDED = "refunded"
    """Paid, and all of the money went back before receipt was confirmed."""


class Verb(StrEnum):
    """What may be done to an order."""

    PAY = "pay"
    REOPEN = "reopen"
    REPRICE = "reprice"
    CLOSE = "close"
    REFUND = "refund"
    CANCEL_UNSENT = "cancel_unsent"
    SHIP = "ship"
    SHIP_LAST = "ship_last"
    DELIVER = "deliver"
    PROLONG = "prolong"
    HAND_OUT = "hand_out"
    WRITE_OFF = "write_off"
    SHOW_KEYS = "show_keys"
    TAKE_BACK = "take_back"
    CONFIRM = "confirm"
    SETTLE = "settle"


class Transition(Struct, frozen=True):
    """A line of the table: the verb, from where, to where, by whom, what it needs, posts and starts."""

    verb: Verb
    sources: tuple[State, ...]
    target: State | None
    """None: the state stays."""
    actors: tuple[ActorKind, ...]
    guard: str
    postings: str
    timer: str


_S = State
TRANSITIONS: Final = (
    Transition(
        Verb.PAY, (_S.CREATED,), _S.PAID, ("channel",), "the amount is what is due", "transit → escrow",
        "refund_days: the clock refunds",
    ),
    Transition(
        Verb.REOPEN, (_S.CLOSED,), _S.PAID, ("channel",),
        "the amount is what was due; stock can be had; the goods are on sale, and the shop's sales not suspended",
        "transit → escrow", "refund_days: the clock refunds",
    ),
    Transition(
        Verb.REPRICE, (_S.CREATED,), None, ("merchant",),
        "not their own order; goods for less, freight for more or less; the total is the one that the shop saw", "–",
        "–",
    ),
    Transition(
        Verb.CLOSE, (_S.CREATED,), _S.CLOSED, ("buyer", "merchant", "clock"), "by the clock: pay_minutes are over", "–",
        "–",
    ),
    Transition(
        Verb.REFUND, (_S.PAID,), _S.REFUNDED, ("merchant", "clock"),
        "no open case; merchant: not their own order; clock: refund_days since it was paid are over",
        "escrow → transit (→ wallet or channel)", "–",
    ),
    Transition(
        Verb.CANCEL_UNSENT, (_S.PART_SHIPPED,), _S.SHIPPED, ("merchant", "clock"),
        "no open case; merchant: not their own order; clock: refund_days since the newest parcel are over",
        "the shares of what was not sent: escrow → transit (→ wallet or channel)", "confirm_days: the clock confirms",
    ),
    Transition(
        Verb.TAKE_BACK, (_S.SHIPPED,), _S.REFUNDED, ("merchant", "buyer"),
        "virtual goods, and no key was shown; no open case; merchant: not their own order",
        "escrow → transit (→ wallet or channel)", "–",
    ),
    Transition(
        Verb.SHIP, (_S.PAID, _S.PART_SHIPPED), _S.PART_SHIPPED, ("merchant",),
        "parcels; lines are left; it is not picked up", "–",
        "refund_days: the clock cancels what is left",
    ),
    Transition(
        Verb.SHIP_LAST, (_S.PAID, _S.PART_SHIPPED), _S.SHIPPED, ("merchant",),
        "parcels; nothing is left after it; it is not picked up", "–",
        "confirm_days: the clock confirms",
    ),
    Transition(
        Verb.DELIVER, (_S.SHIPPED,), None, ("system",), "every parcel is delivered, as its carrier tells", "–",
        "delivered_confirm_days, where the operator wishes: the clock confirms, if that is sooner",
    ),
    Transition(
        Verb.HAND_OUT, (_S.PAID,), _S.SHIPPED, ("system",), "virtual goods", "–",
        "virtual_confirm_days: the clock confirms",
    ),
    Transition(
        Verb.WRITE_OFF, (_S.PAID,), _S.RECEIVED, ("merchant",),
        "it is picked up; the code that its buyer has; no open case",
        "escrow → m_pending; m_pending → fee_inc; control → refundable", "settle_days: the clock settles",
    ),
    Transition(
        Verb.SHOW_KEYS, (_S.SHIPPED, _S.RECEIVED, _S.COMPLETED), None, ("buyer",), "virtual goods", "–", "–",
    ),
    Transition(
        Verb.PROLONG, (_S.SHIPPED,), None, ("buyer", "merchant"),
        "no open case; buyer: once, buyer_prolong_days; merchant: prolong_days, not their own order; "
        "at most receipt_days_max from payment",
        "–", "moved by as many days",
    ),
    Transition(
        Verb.CONFIRM, (_S.SHIPPED,), _S.RECEIVED, ("buyer", "clock"),
        "no open case; buyer: payment password; clock: confirm_days are over",
        "escrow → m_pending; m_pending → fee_inc; control → refundable", "settle_days: the clock settles",
    ),
    Transition(
        Verb.CONFIRM, (_S.PART_SHIPPED,), _S.RECEIVED, ("buyer",),
        "no open case; payment password; what was not sent is cancelled first",
        "cancel_unsent; then escrow → m_pending; m_pending → fee_inc; control → refundable",
        "settle_days: the clock settles",
    ),
    Transition(
        Verb.SETTLE, (_S.RECEIVED,), _S.COMPLETED, ("clock",), "settle_days are over", "m_pending → m_avail", "–",
    ),
)  # fmt: skip
"""The table. A verb has a line for each set of states where it means the same by the same people.

Where no money is left in an order that is paid or shipped, it is `refunded`, whatever verb sent the last of it back.
"""

ALLOWED: Final = frozenset((t.verb, source, actor) for t in TRANSITIONS for source in t.sources for actor in t.actors)
"""Which verb may be done in which state, and by whom."""


def may(verb: Verb, state: State, actor: ActorKind) -> bool:
    """Tell whether the table has *verb* in *state*, by *actor*."""
    return (verb, state, actor) in ALLOWED

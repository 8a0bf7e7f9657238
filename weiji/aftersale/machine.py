"""The machine of a case of after-sale, as a table: which state follows which, by whose act, and which clock starts.

`docs/reference/machines.md` is made from it, and the tests try every state with every verb against it.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from weiji.events.model import ActorKind


class CaseKind(StrEnum):
    """What a buyer wants."""

    CANCEL = "cancel"
    """The money of units that were not sent; they will not be."""
    REFUND = "refund"
    """Money, and the goods stay with the buyer."""
    RETURN = "return"
    """Money for goods that are sent back."""
    EXCHANGE = "exchange"
    """The same goods again, for those that are sent back."""
    RESHIP = "reship"
    """What was missing from a parcel."""


class CaseState(StrEnum):
    """Where a case stands."""

    ASKED = "asked"
    """The shop is to answer."""
    COUNTERED = "countered"
    """The shop offers something else; the buyer is to answer."""
    REFUSED = "refused"
    """One side said no. Either may take it further; else it ends."""
    DISPUTED = "disputed"
    """Arbiters of the platform decide."""
    AGREED = "agreed"
    """The shop is to send what was missing."""
    TO_RETURN = "to_return"
    """The buyer is to send the goods back."""
    RETURNING = "returning"
    """The goods are on their way back; the shop is to look at them."""
    RETURN_COUNTERED = "return_countered"
    """The shop has what was sent back, and offers less for it; the buyer is to answer."""
    RETURN_REFUSED = "return_refused"
    """The shop has what was sent back, and it was not agreed what it is worth. In the end arbiters decide."""
    RETURNED = "returned"
    """The shop has the goods, and is to send others."""
    TO_GIVE_BACK = "to_give_back"
    """Arbiters gave the buyer nothing, and the shop has the goods: it is to send them back."""
    RESHIPPED = "reshipped"
    """Other goods, or what was missing, are on their way. The case is over."""
    REFUNDING = "refunding"
    """The money left the order, and is on its way to the payer."""
    REFUNDED = "refunded"
    """The payer has the money. The case is over."""
    WITHDRAWN = "withdrawn"
    """The buyer gave it up."""
    EXPIRED = "expired"
    """The buyer did not act in time, or nothing was left to give."""
    DISMISSED = "dismissed"
    """Arbiters gave the buyer nothing."""
    GIVEN_BACK = "given_back"
    """The same, and the goods are on their way back to the buyer. The case is over."""


OPEN: Final = frozenset(
    {
        CaseState.ASKED,
        CaseState.COUNTERED,
        CaseState.REFUSED,
        CaseState.DISPUTED,
        CaseState.AGREED,
        CaseState.TO_RETURN,
        CaseState.RETURNING,
        CaseState.RETURN_COUNTERED,
        CaseState.RETURN_REFUSED,
        CaseState.RETURNED,
        CaseState.TO_GIVE_BACK,
    }
)
"""As long as a case is in one of these, the clock of its order stands, and its line has no other open case."""


class CaseVerb(StrEnum):
    """What may be done to a case."""

    AGREE = "agree"
    REFUSE = "refuse"
    COUNTER = "counter"
    ACCEPT = "accept"
    DECLINE = "decline"
    SEND_BACK = "send_back"
    TAKE_RETURN = "take_return"
    COUNTER_RETURN = "counter_return"
    REFUSE_RETURN = "refuse_return"
    RESHIP = "reship"
    REFUND_INSTEAD = "refund_instead"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    DISPUTE = "dispute"
    AWARD = "award"
    DISMISS = "dismiss"
    GOODS_BACK = "goods_back"
    LAPSE = "lapse"
    GIVE_UP = "give_up"
    NOTE_REFUND = "note_refund"


class CaseTransition(Struct, frozen=True):
    """A line of the table: a verb, from where, for which kinds, to where, by whom, what it needs, posts and starts."""

    verb: CaseVerb
    sources: tuple[CaseState, ...]
    kinds: tuple[CaseKind, ...]
    target: CaseState
    actors: tuple[ActorKind, ...]
    guard: str
    postings: str
    timer: str


_S = CaseState
_K = CaseKind
_V = CaseVerb
_T = CaseTransition

MONEY: Final = (_K.CANCEL, _K.REFUND, _K.RETURN)
"""Kinds that end with money going back."""

BACK: Final = (_K.RETURN, _K.EXCHANGE)
"""Kinds for which goods are sent back."""

ANEW: Final = (_K.EXCHANGE, _K.RESHIP)
"""Kinds for which something is sent anew: where the order was, so there is none where it was picked up."""

_AT_ONCE: Final = (_K.CANCEL, _K.REFUND)
_ALL: Final = tuple(CaseKind)
_PARCEL: Final = "carrier and number"
_CONFIRM_DAYS: Final = "the order's clock has confirm_days at least"
_GIVES_BACK: Final = "before receipt: escrow → transit; after it: what the shop was given → transit"
_RETURN_DAYS: Final = "return_days: the clock ends it"
_RESHIP_DAYS: Final = "reship_days: the clock gives the money back"
_REFUSED_DAYS: Final = "refused_days: the clock ends it"
_HOLDS: Final = "of a settled order: what may be awarded is held"
_OWN_CLOCK: Final = "the dispute has a clock of its own"
_TO_ARBITERS: Final = "refused_days: the clock opens a dispute"

TRANSITIONS: Final = (
    _T(_V.AGREE, (_S.ASKED,), _AT_ONCE, _S.REFUNDING, ("merchant", "clock"), "clock: the shop did not answer in time",
       _GIVES_BACK, "–"),
    _T(_V.AGREE, (_S.ASKED,), BACK, _S.TO_RETURN, ("merchant", "clock"),
       "there is an address to send to; clock: without one the money goes back, and the goods stay", "–", _RETURN_DAYS),
    _T(_V.AGREE, (_S.ASKED,), (_K.RESHIP,), _S.AGREED, ("merchant", "clock"), "clock: the shop did not answer in time",
       "–", _RESHIP_DAYS),
    _T(_V.REFUSE, (_S.ASKED,), _ALL, _S.REFUSED, ("merchant",), "a reason in words", "–", _REFUSED_DAYS),
    _T(_V.COUNTER, (_S.ASKED,), _ALL, _S.COUNTERED, ("merchant",), "another kind or amount than was asked for", "–",
       "offer_days: the clock ends it"),
    _T(_V.ACCEPT, (_S.COUNTERED,), _AT_ONCE, _S.REFUNDING, ("buyer",), "the offered kind", _GIVES_BACK, "–"),
    _T(_V.ACCEPT, (_S.COUNTERED,), BACK, _S.TO_RETURN, ("buyer",), "the offered kind", "–", _RETURN_DAYS),
    _T(_V.ACCEPT, (_S.COUNTERED,), (_K.RESHIP,), _S.AGREED, ("buyer",), "the offered kind", "–", _RESHIP_DAYS),
    _T(_V.DECLINE, (_S.COUNTERED,), _ALL, _S.REFUSED, ("buyer",), "", "–", _REFUSED_DAYS),
    _T(_V.SEND_BACK, (_S.TO_RETURN,), BACK, _S.RETURNING, ("buyer",), _PARCEL, "–",
       "inspect_days, or delivered_inspect_days once it is delivered: the clock takes the return"),
    _T(_V.TAKE_RETURN, (_S.TO_RETURN, _S.RETURNING), (_K.RETURN,), _S.REFUNDING, ("merchant",), "", _GIVES_BACK, "–"),
    _T(_V.TAKE_RETURN, (_S.RETURNING,), (_K.RETURN,), _S.REFUNDING, ("clock",), "its days are over", _GIVES_BACK,
       "–"),
    _T(_V.TAKE_RETURN, (_S.TO_RETURN, _S.RETURNING), (_K.EXCHANGE,), _S.RETURNED, ("merchant",), "", "–",
       _RESHIP_DAYS),
    _T(_V.TAKE_RETURN, (_S.RETURNING,), (_K.EXCHANGE,), _S.RETURNED, ("clock",), "its days are over", "–",
       _RESHIP_DAYS),
    _T(_V.COUNTER_RETURN, (_S.RETURNING,), BACK, _S.RETURN_COUNTERED, ("merchant",),
       "a lower amount, and a reason in words", "–", "offer_days: the clock opens a dispute"),
    _T(_V.ACCEPT, (_S.RETURN_COUNTERED,), (_K.RETURN,), _S.REFUNDING, ("buyer",), "the offered kind", _GIVES_BACK, "–"),
    _T(_V.DECLINE, (_S.RETURN_COUNTERED,), BACK, _S.RETURN_REFUSED, ("buyer",), "", "–", _TO_ARBITERS),
    _T(_V.REFUSE_RETURN, (_S.RETURNING,), BACK, _S.RETURN_REFUSED, ("merchant",),
       "a reason in words, and a picture", "–", _TO_ARBITERS),
    _T(_V.RESHIP, (_S.AGREED,), (_K.RESHIP,), _S.RESHIPPED, ("merchant",), "carrier and number; stock can be had", "–",
       _CONFIRM_DAYS),
    _T(_V.RESHIP, (_S.RETURNED,), (_K.EXCHANGE,), _S.RESHIPPED, ("merchant",), "carrier and number; stock can be had",
       "–", _CONFIRM_DAYS),
    _T(_V.RESHIP, (_S.TO_GIVE_BACK,), BACK, _S.GIVEN_BACK, ("merchant",), _PARCEL, "what is held is freed",
       _CONFIRM_DAYS),
    _T(_V.REFUND_INSTEAD, (_S.AGREED,), (_K.RESHIP,), _S.REFUNDING, ("merchant", "clock"),
       "clock: reship_days are over", _GIVES_BACK, "–"),
    _T(_V.REFUND_INSTEAD, (_S.RETURNED,), (_K.EXCHANGE,), _S.REFUNDING, ("merchant", "clock"),
       "clock: reship_days are over", _GIVES_BACK, "–"),
    _T(_V.REFUND_INSTEAD, (_S.TO_GIVE_BACK,), BACK, _S.REFUNDING, ("merchant", "clock"),
       "clock: reship_days are over: who keeps the goods gives the money back", _GIVES_BACK, "–"),
    _T(_V.WITHDRAW, (_S.ASKED, _S.COUNTERED, _S.REFUSED), _ALL, _S.WITHDRAWN, ("buyer",), "", "–",
       "the order's clock runs on"),
    _T(_V.WITHDRAW, (_S.TO_RETURN, _S.RETURN_REFUSED), BACK, _S.WITHDRAWN, ("buyer",), "", "–",
       "the order's clock runs on"),
    _T(_V.WITHDRAW, (_S.AGREED,), (_K.RESHIP,), _S.WITHDRAWN, ("buyer",), "", "–", "the order's clock runs on"),
    _T(_V.EXPIRE, (_S.COUNTERED, _S.REFUSED), _ALL, _S.EXPIRED, ("clock",), "the time is over", "–",
       "the order's clock runs on"),
    _T(_V.EXPIRE, (_S.TO_RETURN,), BACK, _S.EXPIRED, ("clock",), "return_days are over", "–",
       "the order's clock runs on"),
    _T(_V.EXPIRE, (_S.RETURN_COUNTERED, _S.RETURN_REFUSED), BACK, _S.EXPIRED, ("clock",),
       "the time is over, and nothing of the line can go back any more", "–", "the order's clock runs on"),
    _T(_V.DISPUTE, (_S.REFUSED,), _ALL, _S.DISPUTED, ("buyer", "merchant"), "", _HOLDS, _OWN_CLOCK),
    _T(_V.DISPUTE, (_S.RETURN_REFUSED,), BACK, _S.DISPUTED, ("buyer", "merchant"), "", _HOLDS, _OWN_CLOCK),
    _T(_V.DISPUTE, (_S.RETURN_COUNTERED, _S.RETURN_REFUSED), BACK, _S.DISPUTED, ("clock",),
       "offer_days or refused_days are over: the shop has the goods, so silence does not leave it the money", _HOLDS,
       _OWN_CLOCK),
    _T(_V.AWARD, (_S.DISPUTED,), _ALL, _S.REFUNDING, ("staff", "clock"), "a ruling that is in force", _GIVES_BACK, "–"),
    _T(_V.DISMISS, (_S.DISPUTED,), _ALL, _S.DISMISSED, ("staff", "clock"), "nothing is awarded",
       "what is held is freed", "the order's clock runs on"),
    _T(_V.GIVE_UP, (_S.DISPUTED,), _ALL, _S.WITHDRAWN, ("buyer",), "the dispute is withdrawn", "what is held is freed",
       "the order's clock runs on"),
    _T(_V.GOODS_BACK, (_S.DISPUTED,), BACK, _S.TO_GIVE_BACK, ("staff", "clock"),
       "nothing is awarded, and the ruling has the goods sent back", "what is held stays held", _RESHIP_DAYS),
    _T(_V.LAPSE, (_S.DISPUTED,), _ALL, _S.EXPIRED, ("staff", "clock"),
       "a ruling for the buyer, whose channel left nothing to award", "what is held is freed",
       "the order's clock runs on"),
    _T(_V.NOTE_REFUND, (_S.REFUNDING,), _ALL, _S.REFUNDED, ("channel",), "", "transit → wallet or channel", "–"),
)  # fmt: skip
"""The table. A verb has a line for each set of kinds and people for whom it leads to the same state.

Asking opens a case (`asked`) while the order is paid, shipped in part or whole, or for `aftersale_days` after receipt.
Where a channel keeps so much of an order that an open case has nothing left to ask for, it expires, unless arbiters are
to decide it: they award what there is.
"""

ALLOWED: Final = {
    (t.verb, source, kind, actor): t.target
    for t in TRANSITIONS
    for source in t.sources
    for kind in t.kinds
    for actor in t.actors
}
"""Where a verb leads to, by the state and kind of the case, and who acts."""


def target(verb: CaseVerb, state: CaseState, kind: CaseKind, actor: ActorKind) -> CaseState | None:
    """Say where *verb* leads to; None where the table does not have it."""
    return ALLOWED.get((verb, state, kind, actor))


def may(verb: CaseVerb, state: CaseState, kind: CaseKind, actor: ActorKind) -> bool:
    """Tell whether the table has *verb* for a case of *kind* in *state*, by *actor*."""
    return (verb, state, kind, actor) in ALLOWED


BY_CLOCK: Final = {
    CaseState.ASKED: CaseVerb.AGREE,
    CaseState.COUNTERED: CaseVerb.EXPIRE,
    CaseState.REFUSED: CaseVerb.EXPIRE,
    CaseState.AGREED: CaseVerb.REFUND_INSTEAD,
    CaseState.TO_RETURN: CaseVerb.EXPIRE,
    CaseState.RETURNING: CaseVerb.TAKE_RETURN,
    CaseState.RETURN_COUNTERED: CaseVerb.DISPUTE,
    CaseState.RETURN_REFUSED: CaseVerb.DISPUTE,
    CaseState.RETURNED: CaseVerb.REFUND_INSTEAD,
    CaseState.TO_GIVE_BACK: CaseVerb.REFUND_INSTEAD,
}
"""What the clock does in each open state when its time is over."""

FOR_ARBITERS: Final = frozenset(state for state, verb in BY_CLOCK.items() if verb is CaseVerb.DISPUTE)
"""States that the clock ends by opening a dispute: that is for the module `disputes`."""

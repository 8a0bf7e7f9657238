"""The machine of a complaint about a merchant order, as a table: which state follows which, by whose act and clock.

`docs/reference/machines.md` is made from it, and the tests try every state with every verb against it.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from weiji.events.model import ActorKind


class ComplaintState(StrEnum):
    """Where a complaint about a merchant order stands."""

    ASKED = "asked"
    """The merchant is to answer."""
    ANSWERED = "answered"
    """The merchant said something; the payer is to say whether that will do."""
    COMPLETED = "completed"
    """The merchant says that it is dealt with; the payer is to say whether it is."""
    REVIEWING = "reviewing"
    """The operator's staff are to decide."""
    PROPOSED = "proposed"
    """One of the staff signed; of so much another has to."""
    REFUNDING = "refunding"
    """Money of the order is on its way to the payer."""
    REFUNDED = "refunded"
    """The payer has the money. It is over."""
    WITHDRAWN = "withdrawn"
    """The payer ended it. It is over."""
    EXPIRED = "expired"
    """The payer let the time pass. It is over."""
    DISMISSED = "dismissed"
    """The operator's staff ended it, and nothing goes back. It is over."""


class ComplaintVerb(StrEnum):
    """What may be done to a complaint about a merchant order."""

    SAY = "say"
    REFUSE = "refuse"
    AGREE = "agree"
    COMPLETE = "complete"
    TAKE_FURTHER = "take_further"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    AWARD = "award"
    DISMISS = "dismiss"
    PROPOSE = "propose"
    REJECT = "reject"
    NOTE_WHOLE = "note_whole"
    NOTE_REFUND = "note_refund"


class ComplaintTransition(Struct, frozen=True):
    """A line of the table: a verb, from where, to where, by whom, what it needs, and the clock that starts."""

    verb: ComplaintVerb
    sources: tuple[ComplaintState, ...]
    target: ComplaintState
    actors: tuple[ActorKind, ...]
    guard: str
    timer: str


_S = ComplaintState
_V = ComplaintVerb
_T = ComplaintTransition

WITH_SIDES: Final = (_S.ASKED, _S.ANSWERED, _S.COMPLETED)
"""Where the two sides are among themselves."""

WITH_STAFF: Final = (_S.REVIEWING, _S.PROPOSED)
"""Where the operator's staff are to decide."""

OPEN: Final = (*WITH_SIDES, *WITH_STAFF)
"""Where nothing is decided: of an order one complaint is in these."""

OVER: Final = (_S.REFUNDED, _S.WITHDRAWN, _S.EXPIRED, _S.DISMISSED)

_ANSWER: Final = "answer_hours: the clock takes it further"
_REPLY: Final = "refused_days: the clock ends it"
_DECIDE: Final = "decide_days: it is shown as late"
_REFUND: Final = "a refund of the order can be made: it is"

TRANSITIONS: Final = (
    _T(_V.SAY, (_S.ASKED, _S.ANSWERED), _S.ANSWERED, ("merchant",), "words", _REPLY),
    _T(_V.SAY, (_S.COMPLETED,), _S.COMPLETED, ("merchant",), "words", "–"),
    _T(_V.SAY, (_S.ASKED,), _S.ASKED, ("buyer",), "words", "–"),
    _T(_V.SAY, (_S.ANSWERED, _S.COMPLETED), _S.ASKED, ("buyer",), "words", _ANSWER),
    _T(_V.SAY, (_S.REVIEWING,), _S.REVIEWING, ("buyer", "merchant"), "words", "–"),
    _T(_V.SAY, (_S.PROPOSED,), _S.PROPOSED, ("buyer", "merchant"), "words", "–"),
    _T(_V.REFUSE, WITH_SIDES, _S.ANSWERED, ("merchant",), "a reason in words", _REPLY),
    _T(_V.AGREE, OPEN, _S.REFUNDING, ("merchant",), f"money is asked for; {_REFUND}", "–"),
    _T(_V.COMPLETE, (_S.ANSWERED,), _S.COMPLETED, ("merchant",), "", "–"),
    _T(_V.TAKE_FURTHER, (_S.ANSWERED, _S.COMPLETED), _S.REVIEWING, ("buyer",), "", _DECIDE),
    _T(_V.TAKE_FURTHER, (_S.ASKED,), _S.REVIEWING, ("clock",), "answer_hours are over", _DECIDE),
    _T(_V.WITHDRAW, (*WITH_SIDES, _S.REVIEWING), _S.WITHDRAWN, ("buyer",), "", "–"),
    _T(_V.EXPIRE, (_S.ANSWERED, _S.COMPLETED), _S.EXPIRED, ("clock",), "refused_days are over", "–"),
    _T(_V.AWARD, (_S.REVIEWING,), _S.REFUNDING, ("staff",),
       f"less than second_from (of the order); no party; signed; {_REFUND}", "–"),
    _T(_V.DISMISS, (_S.REVIEWING,), _S.DISMISSED, ("staff",), "the same, without a refund", "–"),
    _T(_V.PROPOSE, (_S.REVIEWING,), _S.PROPOSED, ("staff",),
       "second_from or more (of the order); otherwise the same", _DECIDE),
    _T(_V.AWARD, (_S.PROPOSED,), _S.REFUNDING, ("staff",), f"another of the staff, signed; {_REFUND}", "–"),
    _T(_V.DISMISS, (_S.PROPOSED,), _S.DISMISSED, ("staff",), "the same, where nothing was proposed to go back", "–"),
    _T(_V.REJECT, (_S.PROPOSED,), _S.REVIEWING, ("staff",), "another of the staff; a reason in words", _DECIDE),
    _T(_V.NOTE_WHOLE, OPEN, _S.REFUNDING, ("merchant",), "nothing of the order is left that could go back", "–"),
    _T(_V.NOTE_REFUND, (_S.REFUNDING,), _S.REFUNDED, ("channel",), "", "–"),
)  # fmt: skip
"""The table. A complaint begins with `asked`, about an order that was paid."""

ALLOWED: Final = {(t.verb, source, actor): t.target for t in TRANSITIONS for source in t.sources for actor in t.actors}
"""Where a verb leads to, by the state, and who acts."""


def target(verb: ComplaintVerb, state: ComplaintState, actor: ActorKind) -> ComplaintState | None:
    """Say where *verb* leads to; None where the table does not have it."""
    return ALLOWED.get((verb, state, actor))

"""The machine of a dispute, as a table: which state follows which, by whose act, and which clock starts.

`docs/reference/machines.md` is made from it, and the tests try every state with every verb against it.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from weiji.events.model import ActorKind


class DisputeState(StrEnum):
    """Where a dispute stands."""

    EVIDENCE = "evidence"
    """Both sides hand in what they say and show; each is sealed for the other."""
    DECIDING = "deciding"
    """Everything can be read; an arbiter is to rule."""
    PROPOSED = "proposed"
    """An arbiter signed; for so much a second one has to."""
    RULED = "ruled"
    """Ruled; either side that did not get everything may appeal, once."""
    APPEALED = "appealed"
    """An arbiter who had no part in the first ruling is to rule."""
    APPEAL_PROPOSED = "appeal_proposed"
    """The same, as of a first ruling."""
    EXECUTED = "executed"
    """The ruling is in force; its money is on its way. It is over."""
    WITHDRAWN = "withdrawn"
    """The buyer gave it up. It is over."""


OPEN: Final = frozenset(state for state in DisputeState) - {DisputeState.EXECUTED, DisputeState.WITHDRAWN}


class DisputeVerb(StrEnum):
    """What may be done to a dispute."""

    SUBMIT = "submit"
    SUBMIT_LAST = "submit_last"
    UNSEAL = "unseal"
    RULE = "rule"
    PROPOSE = "propose"
    SECOND = "second"
    REJECT = "reject"
    APPEAL = "appeal"
    EXECUTE = "execute"
    DECIDE = "decide"
    WITHDRAW = "withdraw"


class DisputeTransition(Struct, frozen=True):
    """A line of the table: a verb, from where, to where, by whom, what it needs, posts and starts."""

    verb: DisputeVerb
    source: DisputeState
    target: DisputeState
    actors: tuple[ActorKind, ...]
    guard: str
    postings: str
    timer: str


_S = DisputeState
_V = DisputeVerb
_T = DisputeTransition

_SIDES: Final[tuple[ActorKind, ...]] = ("buyer", "merchant")
_STAFF: Final[tuple[ActorKind, ...]] = ("staff",)
_PAYS: Final = "before receipt: escrow → transit; after it: what the shop was given, its deposit, its debt → transit"
_DECIDE: Final = "decide_days: it is shown as late; at last the clock decides"
_APPEAL: Final = "appeal_days: the clock executes it"
_STOP: Final = "stop_days, or custody_days of money that is held, are over: the operator's rules decide"

TRANSITIONS: Final = (
    _T(_V.SUBMIT, _S.EVIDENCE, _S.EVIDENCE, _SIDES, "once for each side", "–", "–"),
    _T(_V.SUBMIT_LAST, _S.EVIDENCE, _S.DECIDING, _SIDES, "the other side is in", "–", _DECIDE),
    _T(_V.UNSEAL, _S.EVIDENCE, _S.DECIDING, ("clock",), "evidence_hours are over", "–", _DECIDE),
    _T(_V.RULE, _S.DECIDING, _S.RULED, _STAFF,
       "below second_from (of the order, with postage); no party; signed: payment password", "–", _APPEAL),
    _T(_V.PROPOSE, _S.DECIDING, _S.PROPOSED, _STAFF,
       "from second_from on (of the order, with postage); otherwise as above", "–", _DECIDE),
    _T(_V.SECOND, _S.PROPOSED, _S.RULED, _STAFF, "another arbiter; signed with the payment password", "–", _APPEAL),
    _T(_V.REJECT, _S.PROPOSED, _S.DECIDING, _STAFF, "another arbiter; a reason in words", "–", _DECIDE),
    _T(_V.APPEAL, _S.RULED, _S.APPEALED, _SIDES, "that side did not get everything; a reason in words", "–", _DECIDE),
    _T(_V.RULE, _S.APPEALED, _S.EXECUTED, _STAFF, "as a first ruling, by an arbiter who had no part in it", _PAYS, "–"),
    _T(_V.PROPOSE, _S.APPEALED, _S.APPEAL_PROPOSED, _STAFF, "the same", "–", _DECIDE),
    _T(_V.SECOND, _S.APPEAL_PROPOSED, _S.EXECUTED, _STAFF, "another arbiter, who had no part in the first ruling",
       _PAYS, "–"),
    _T(_V.REJECT, _S.APPEAL_PROPOSED, _S.APPEALED, _STAFF, "the same; a reason in words", "–", _DECIDE),
    _T(_V.EXECUTE, _S.RULED, _S.EXECUTED, ("clock",), "appeal_days are over", _PAYS, "–"),
    _T(_V.DECIDE, _S.DECIDING, _S.EXECUTED, ("clock",), _STOP, _PAYS, "–"),
    _T(_V.DECIDE, _S.PROPOSED, _S.EXECUTED, ("clock",), _STOP, _PAYS, "–"),
    _T(_V.DECIDE, _S.APPEALED, _S.EXECUTED, ("clock",), _STOP, _PAYS, "–"),
    _T(_V.DECIDE, _S.APPEAL_PROPOSED, _S.EXECUTED, ("clock",), _STOP, _PAYS, "–"),
    _T(_V.WITHDRAW, _S.EVIDENCE, _S.WITHDRAWN, ("buyer",), "", "what is held is freed", "–"),
    _T(_V.WITHDRAW, _S.DECIDING, _S.WITHDRAWN, ("buyer",), "", "what is held is freed", "–"),
)  # fmt: skip
"""The table. Opening begins with `evidence`, from a case of after-sale that was refused."""

ALLOWED: Final = {(t.verb, t.source, actor): t.target for t in TRANSITIONS for actor in t.actors}
"""Where a verb leads to, by the state, and who acts."""

BY_CLOCK: Final = {t.source: t.verb for t in TRANSITIONS if "clock" in t.actors}
"""What the clock does, where it does something."""


def target(verb: DisputeVerb, state: DisputeState, actor: ActorKind) -> DisputeState | None:
    """Say where *verb* leads to; None where the table does not have it."""
    return ALLOWED.get((verb, state, actor))

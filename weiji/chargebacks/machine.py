"""The machine of a chargeback, as a table: which state follows which, by whose act."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from weiji.events.model import ActorKind


class ChargebackState(StrEnum):
    """Where a chargeback stands."""

    RECEIVED = "received"
    """The channel took the money back; the other side may be heard until `respond_by`."""
    REPRESENTED = "represented"
    """The operator answered the channel, with what the shop showed; the channel decides."""
    WON = "won"
    """The channel gave the money again. It is over."""
    LOST = "lost"
    """The channel keeps it: it comes from the order, else from the shop. It is over."""


OPEN: Final = frozenset({ChargebackState.RECEIVED, ChargebackState.REPRESENTED})


class ChargebackVerb(StrEnum):
    """What may be done to a chargeback."""

    SHOW = "show"
    REPRESENT = "represent"
    WIN = "win"
    LOSE = "lose"


class ChargebackTransition(Struct, frozen=True):
    """A line of the table: a verb, from where, to where, by whom, what it needs and posts."""

    verb: ChargebackVerb
    source: ChargebackState
    target: ChargebackState
    actors: tuple[ActorKind, ...]
    guard: str
    postings: str


_S = ChargebackState
_V = ChargebackVerb
_T = ChargebackTransition

_TOLD: Final[tuple[ActorKind, ...]] = ("channel", "staff")
_WON: Final = "holds void; chan_recv → cb_pending"
_LOST: Final = "escrow → cb_pending; or m_pending, or available, deposit, debt → cb_pending; what nobody owes: bad_debt"

TRANSITIONS: Final = (
    _T(_V.SHOW, _S.RECEIVED, _S.RECEIVED, ("merchant",), "20 times at most; words, up to 9 pictures", "–"),
    _T(_V.SHOW, _S.REPRESENTED, _S.REPRESENTED, ("merchant",), "the same", "–"),
    _T(_V.REPRESENT, _S.RECEIVED, _S.REPRESENTED, ("staff",), "what was said to the channel, in words", "–"),
    _T(_V.WIN, _S.RECEIVED, _S.WON, _TOLD, "", _WON),
    _T(_V.WIN, _S.REPRESENTED, _S.WON, _TOLD, "", _WON),
    _T(_V.LOSE, _S.RECEIVED, _S.LOST, _TOLD, "", _LOST),
    _T(_V.LOSE, _S.REPRESENTED, _S.LOST, _TOLD, "", _LOST),
)
"""The table. A channel's notice begins with `received`: chan_recv → cb_pending and cb_fee, and holds."""

ALLOWED: Final = {(t.verb, t.source, actor): t.target for t in TRANSITIONS for actor in t.actors}
"""Where a verb leads to, by the state, and who acts."""


def target(verb: ChargebackVerb, state: ChargebackState, actor: ActorKind) -> ChargebackState | None:
    """Say where *verb* leads to; None where the table does not have it."""
    return ALLOWED.get((verb, state, actor))

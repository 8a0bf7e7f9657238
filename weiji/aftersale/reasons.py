"""The standard reasons that buyers choose from, and shops that say no, and the kinds of case that each is for."""

from enum import StrEnum
from typing import Final

from weiji.aftersale.machine import CaseKind
from weiji.orders import CaseReason as Reason

__all__ = ["NO_REASON", "REASONS", "REFUSALS", "Reason", "RefusalReason"]


_K = CaseKind
_FAULTS: Final = (Reason.DAMAGED, Reason.DEFECTIVE, Reason.NOT_AS_DESCRIBED, Reason.WRONG_GOODS)

REASONS: Final = {
    _K.CANCEL: (Reason.NOT_WANTED, Reason.ORDERED_WRONG, Reason.TOO_SLOW, Reason.AGREED, Reason.OTHER),
    _K.REFUND: (Reason.NOT_ARRIVED, Reason.MISSING, *_FAULTS, Reason.COUNTERFEIT, Reason.AGREED, Reason.OTHER),
    _K.RETURN: (Reason.NOT_WANTED, Reason.DOES_NOT_FIT, *_FAULTS, Reason.COUNTERFEIT, Reason.AGREED, Reason.OTHER),
    _K.EXCHANGE: (*_FAULTS, Reason.DOES_NOT_FIT, Reason.AGREED, Reason.OTHER),
    _K.RESHIP: (Reason.MISSING, Reason.NOT_ARRIVED, Reason.DAMAGED, Reason.AGREED, Reason.OTHER),
}
"""Which reasons there are for a kind, in the order in which they are shown."""

NO_REASON: Final = (Reason.NOT_WANTED, Reason.DOES_NOT_FIT)
"""For what sent goods come back of which nothing is wrong (无理由): only so long as their terms have it."""


class RefusalReason(StrEnum):
    """Why a shop says no to what is asked for, before anything comes back."""

    SENT = "sent"
    """It is on its way already."""
    BEING_SENT = "being_sent"
    """It is packed, and goes out today."""
    HANDED_OVER = "handed_over"
    """The buyer has picked it up."""
    READY = "ready"
    """It waits to be picked up."""
    MADE_TO_ORDER = "made_to_order"
    NOT_SHOWN = "not_shown"
    """The pictures do not show it: the buyer is to show more."""
    AS_DESCRIBED = "as_described"
    SIGNED_FOR = "signed_for"
    """The carrier says that it is there."""
    NOTHING_MISSING = "nothing_missing"
    USED = "used"
    """It was used, and can't be sold any more."""
    TOO_LATE = "too_late"
    """The days for it are over."""
    OTHER = "other"
    """As the words say."""


_R = RefusalReason
_GOODS: Final = (_R.NOT_SHOWN, _R.AS_DESCRIBED)

REFUSALS: Final = {
    _K.CANCEL: (_R.SENT, _R.BEING_SENT, _R.HANDED_OVER, _R.READY, _R.MADE_TO_ORDER, _R.OTHER),
    _K.REFUND: (*_GOODS, _R.SIGNED_FOR, _R.NOTHING_MISSING, _R.TOO_LATE, _R.OTHER),
    _K.RETURN: (*_GOODS, _R.USED, _R.TOO_LATE, _R.OTHER),
    _K.EXCHANGE: (*_GOODS, _R.USED, _R.TOO_LATE, _R.OTHER),
    _K.RESHIP: (*_GOODS, _R.SIGNED_FOR, _R.NOTHING_MISSING, _R.OTHER),
}
"""For which reasons a shop may say no to a kind, in the order in which they are shown."""

"""The standard reasons that buyers choose from, and the kinds of case that each is for."""

from typing import Final

from weiji.aftersale.machine import CaseKind
from weiji.orders import CaseReason as Reason

__all__ = ["NO_REASON", "REASONS", "Reason"]


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

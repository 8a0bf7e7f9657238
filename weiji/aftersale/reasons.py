"""The standard reasons that buyers choose from, and the kinds of case that each is for."""

from enum import StrEnum
from typing import Final

from weiji.aftersale.machine import CaseKind


class Reason(StrEnum):
    """Why a buyer asks."""

    NOT_WANTED = "not_wanted"
    """Not wanted any more."""
    ORDERED_WRONG = "ordered_wrong"
    """Ordered by mistake: SKU, address, number."""
    TOO_SLOW = "too_slow"
    """Not sent as promised."""
    AGREED = "agreed"
    """As agreed with the shop."""
    NOT_ARRIVED = "not_arrived"
    """It never came."""
    MISSING = "missing"
    """Something of it was not in the parcel."""
    DAMAGED = "damaged"
    """It came broken."""
    DEFECTIVE = "defective"
    """It does not work, or has a fault."""
    NOT_AS_DESCRIBED = "not_as_described"
    """It is not what the page says."""
    WRONG_GOODS = "wrong_goods"
    """Something else came."""
    DOES_NOT_FIT = "does_not_fit"
    """The size or colour is not right for the buyer."""
    COUNTERFEIT = "counterfeit"
    """It is not genuine."""
    OTHER = "other"
    """Something else, said in words."""


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

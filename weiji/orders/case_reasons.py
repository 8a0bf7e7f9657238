"""Why buyers ask for something about what they bought: by that the operator's rules say who bears freight."""

from enum import StrEnum
from typing import Final


class CaseReason(StrEnum):
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


FAULTS: Final = (
    CaseReason.NOT_ARRIVED,
    CaseReason.MISSING,
    CaseReason.DAMAGED,
    CaseReason.DEFECTIVE,
    CaseReason.NOT_AS_DESCRIBED,
    CaseReason.WRONG_GOODS,
    CaseReason.COUNTERFEIT,
    CaseReason.TOO_SLOW,
)
"""Reasons that are the shop's to answer for: unless the operator says otherwise, it bears freight there, both ways."""

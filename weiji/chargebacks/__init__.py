"""拒付: what channels take back because payers dispute it. See README.md."""

from weiji.chargebacks.handlers import jobs, subscriptions
from weiji.chargebacks.machine import ChargebackState
from weiji.chargebacks.model import (
    Chargeback,
    ChargebackStatus,
    EndChargeback,
    FollowChargeback,
    RepresentChargeback,
    ShowEvidence,
    TakeChargeback,
)
from weiji.chargebacks.operations import (
    end_chargebacks,
    follow_chargebacks,
    represent_chargebacks,
    show_evidence,
    take_chargebacks,
)
from weiji.chargebacks.store import sum_disputed

__all__ = [
    "Chargeback",
    "ChargebackState",
    "ChargebackStatus",
    "EndChargeback",
    "FollowChargeback",
    "RepresentChargeback",
    "ShowEvidence",
    "TakeChargeback",
    "end_chargebacks",
    "follow_chargebacks",
    "jobs",
    "represent_chargebacks",
    "show_evidence",
    "subscriptions",
    "sum_disputed",
    "take_chargebacks",
]

"""Merchants that service providers apply for: their applications are those of the shops' own pages."""

from weiji.wire.applying.model import (
    Applyment,
    AskSettlementChange,
    AskSettlementChangeStatus,
    ConfirmSettlementChange,
    ConfirmSettlementChangeResult,
    ConfirmSettlementChangeStatus,
    SignAgreement,
    SignAgreementStatus,
    SubmitApplyment,
    SubmitApplymentResult,
    SubmitApplymentStatus,
    Upload,
    shop_id_of,
)
from weiji.wire.applying.operations import (
    ask_settlement_changes,
    confirm_settlement_changes,
    sign_agreements,
    submit_applyments,
)
from weiji.wire.applying.store import (
    find_applyment,
    get_agreement,
    get_applied_shops,
    get_settlement_changes,
)

__all__ = [
    "Applyment",
    "AskSettlementChange",
    "AskSettlementChangeStatus",
    "ConfirmSettlementChange",
    "ConfirmSettlementChangeResult",
    "ConfirmSettlementChangeStatus",
    "SignAgreement",
    "SignAgreementStatus",
    "SubmitApplyment",
    "SubmitApplymentResult",
    "SubmitApplymentStatus",
    "Upload",
    "ask_settlement_changes",
    "confirm_settlement_changes",
    "find_applyment",
    "get_agreement",
    "get_applied_shops",
    "get_settlement_changes",
    "shop_id_of",
    "sign_agreements",
    "submit_applyments",
]

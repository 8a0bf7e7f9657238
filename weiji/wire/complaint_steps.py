"""What happens in a case of after-sale, as the protocol calls it: in a complaint's history, and in notices."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from weiji.aftersale import CaseKind
from weiji.events.aftersale import (
    CaseAgreed,
    CaseAsked,
    CaseCountered,
    CaseExpired,
    CaseRefunded,
    CaseRefundOrdered,
    CaseRefused,
    CaseReplied,
    CaseWithdrawn,
    ReplacementSent,
    ReturnSent,
    ReturnTaken,
)
from weiji.events.disputes import (
    DisputeOpened,
    DisputeRuled,
    DisputeWithdrawn,
    EvidenceSubmitted,
    RulingAppealed,
    RulingExecuted,
)
from weiji.events.model import Event

REFUNDS: Final = (CaseKind.CANCEL, CaseKind.REFUND, CaseKind.RETURN)


class Step(Struct, frozen=True):
    """How the protocol calls one thing that happens."""

    history: str
    """Its `operate_type`. Where one is spelled oddly, clients compare it so."""
    notice: str
    """Its `action_type`."""


_SAID: Final = Step("MERCHANT_RESPONSE", "MERCHANT_RESPONSE")
_SAID_BY_BUYER: Final = Step("USER_RESPONSE", "USER_RESPONSE")
_SAID_BY_PLATFORM: Final = Step("PLATFORM_RESPONSE", "RESPONSE_BY_PLATFORM")

STEPS: Final[Mapping[type[Event], Step]] = {
    CaseAsked: Step("USER_CREATE_COMPLAINT", "CREATE_COMPLAINT"),
    CaseReplied: _SAID,
    CaseCountered: _SAID,
    CaseRefused: Step("MERCHANT_REFUSE_RERUND", "MERCHANT_REJECT_REFUND"),
    CaseAgreed: Step("MERCHANT_APPROVE_REFUND", "MERCHANT_APPROVE_REFUND"),
    ReturnSent: _SAID_BY_BUYER,
    ReturnTaken: _SAID,
    ReplacementSent: Step("MERCHANT_CONFIRM_COMPLETE", "MERCHANT_CONFIRM_COMPLETE"),
    CaseRefundOrdered: Step("COMPLAINT_FULL_REFUNDED_SYSTEM_MESSAGE", "SELLER_REFUND"),
    CaseRefunded: Step("COMPLAINT_REFUND_RECEIVED_SYSTEM_MESSAGE", "REFUND_SUCCESS"),
    CaseWithdrawn: Step("USER_REVOKE_COMPLAINT", "USER_RESPONSE"),
    CaseExpired: _SAID_BY_PLATFORM,
    DisputeOpened: _SAID_BY_PLATFORM,
    EvidenceSubmitted: _SAID,
    DisputeRuled: _SAID_BY_PLATFORM,
    RulingAppealed: _SAID,
    RulingExecuted: Step("PLATFORM_SERVICE_FINISHED", "PLATFORM_SERVICE_FINISHED"),
    DisputeWithdrawn: Step("USER_CANCEL_PLATFORM_SERVICE", "USER_CANCEL_PLATFORM_SERVICE"),
}

BY_BUYERS: Final[Mapping[type[Event], Step]] = {
    CaseReplied: _SAID_BY_BUYER,
    CaseRefused: _SAID_BY_BUYER,
    CaseAgreed: _SAID_BY_BUYER,
    DisputeOpened: Step("USER_APPLY_PLATFORM_SERVICE", "USER_APPLY_PLATFORM_SERVICE"),
    EvidenceSubmitted: _SAID_BY_BUYER,
    RulingAppealed: Step("USER_CONTINUE_COMPLAINT", "CONTINUE_COMPLAINT"),
}
"""What is called something else where the buyer did it: they answer, take offers or not, and ask for the platform."""

TYPES: Final[Mapping[str, type[Event]]] = {type_of.__name__: type_of for type_of in STEPS}
"""The same events, by the names that a trail has."""

PART_REFUNDED: Final = "COMPLAINT_PARTIAL_REFUNDED_SYSTEM_MESSAGE"
"""What the history calls a refund of less than the whole order."""


def step_of(type_of: type[Event], actor_kind: str, kind: str | None) -> Step:
    """Say how something is called that *actor_kind* did; *kind*: of what was agreed to, where it tells that."""
    if actor_kind == "buyer" and (found := BY_BUYERS.get(type_of)):
        return found
    if type_of is CaseAgreed and kind not in REFUNDS:
        return _SAID
    return STEPS[type_of]

"""What happens in cases of after-sale and in complaints about merchant orders, as the protocol calls it."""

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
    GoodsGivenBack,
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
from weiji.events.wire import (
    ComplaintAgreed,
    ComplaintAsked,
    ComplaintCompleted,
    ComplaintDecided,
    ComplaintExpired,
    ComplaintRefunded,
    ComplaintRefundOrdered,
    ComplaintRefused,
    ComplaintReplied,
    ComplaintTakenFurther,
    ComplaintWithdrawn,
)

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
_CREATED: Final = Step("USER_CREATE_COMPLAINT", "CREATE_COMPLAINT")
_REFUSED: Final = Step("MERCHANT_REFUSE_RERUND", "MERCHANT_REJECT_REFUND")
_AGREED: Final = Step("MERCHANT_APPROVE_REFUND", "MERCHANT_APPROVE_REFUND")
_REFUNDS: Final = Step("COMPLAINT_FULL_REFUNDED_SYSTEM_MESSAGE", "SELLER_REFUND")
_REFUNDED: Final = Step("COMPLAINT_REFUND_RECEIVED_SYSTEM_MESSAGE", "REFUND_SUCCESS")
_REVOKED: Final = Step("USER_REVOKE_COMPLAINT", "USER_RESPONSE")

STEPS: Final[Mapping[type[Event], Step]] = {
    CaseAsked: _CREATED,
    CaseReplied: _SAID,
    CaseCountered: _SAID,
    CaseRefused: _REFUSED,
    CaseAgreed: _AGREED,
    ReturnSent: _SAID_BY_BUYER,
    ReturnTaken: _SAID,
    ReplacementSent: Step("MERCHANT_CONFIRM_COMPLETE", "MERCHANT_CONFIRM_COMPLETE"),
    GoodsGivenBack: Step("MERCHANT_CONFIRM_COMPLETE", "MERCHANT_CONFIRM_COMPLETE"),
    CaseRefundOrdered: _REFUNDS,
    CaseRefunded: _REFUNDED,
    CaseWithdrawn: _REVOKED,
    CaseExpired: _SAID_BY_PLATFORM,
    DisputeOpened: _SAID_BY_PLATFORM,
    EvidenceSubmitted: _SAID,
    DisputeRuled: _SAID_BY_PLATFORM,
    RulingAppealed: _SAID,
    RulingExecuted: Step("PLATFORM_SERVICE_FINISHED", "PLATFORM_SERVICE_FINISHED"),
    DisputeWithdrawn: Step("USER_CANCEL_PLATFORM_SERVICE", "USER_CANCEL_PLATFORM_SERVICE"),
    ComplaintAsked: _CREATED,
    ComplaintReplied: _SAID,
    ComplaintRefused: _REFUSED,
    ComplaintAgreed: _AGREED,
    ComplaintCompleted: Step("MERCHANT_CONFIRM_COMPLETE", "MERCHANT_CONFIRM_COMPLETE"),
    ComplaintTakenFurther: _SAID_BY_PLATFORM,
    ComplaintWithdrawn: _REVOKED,
    ComplaintExpired: _SAID_BY_PLATFORM,
    ComplaintDecided: Step("PLATFORM_SERVICE_FINISHED", "PLATFORM_SERVICE_FINISHED"),
    ComplaintRefundOrdered: _REFUNDS,
    ComplaintRefunded: _REFUNDED,
}

OPENING: Final = (CaseAsked, ComplaintAsked)
"""What a complaint begins with, of either kind."""

BY_BUYERS: Final[Mapping[type[Event], Step]] = {
    CaseReplied: _SAID_BY_BUYER,
    CaseRefused: _SAID_BY_BUYER,
    CaseAgreed: _SAID_BY_BUYER,
    DisputeOpened: Step("USER_APPLY_PLATFORM_SERVICE", "USER_APPLY_PLATFORM_SERVICE"),
    EvidenceSubmitted: _SAID_BY_BUYER,
    RulingAppealed: Step("USER_CONTINUE_COMPLAINT", "CONTINUE_COMPLAINT"),
    ComplaintReplied: _SAID_BY_BUYER,
    ComplaintTakenFurther: Step("USER_APPLY_PLATFORM_SERVICE", "USER_APPLY_PLATFORM_SERVICE"),
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

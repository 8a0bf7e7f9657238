"""The words of codes of a merchant's own: where they come from, and which coupon has which."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

CODES_MAX: Final = 10_000_000
"""Codes of one stock: as many as it may have coupons."""


class CodeMode(StrEnum):
    """Where the codes of a stock come from, if we don't make them; as the protocol calls it."""

    MERCHANT_UPLOAD = "MERCHANT_UPLOAD"
    """They are uploaded, and each coupon that is sent gets one of them."""
    MERCHANT_API = "MERCHANT_API"
    """Each is said when the coupon is sent."""


class OwnCode(Struct, kw_only=True):
    """A code of a merchant's own. One merchant has it once."""

    shop_id: UUID
    code: str
    campaign_id: UUID
    uploaded_at: datetime
    coupon_id: UUID | None = None
    """Which coupon has it."""
    sent_at: datetime | None = None
    deleted_at: datetime | None = None


class CodeStock(Struct, kw_only=True):
    """A stock whose coupons have codes of the merchant's own."""

    campaign_id: UUID
    mode: CodeMode
    codes: int
    """How many were uploaded."""


class NoteCodeStock(Struct, frozen=True, kw_only=True):
    """Say where the codes of a stock come from."""

    campaign_id: UUID
    shop_id: UUID
    mode: CodeMode


class NoteCodeStockStatus(StrEnum):
    """How saying so ended."""

    EXISTS_WITH_DIFFERENT_MODE = "exists_with_different_mode"
    EXISTS = "exists"
    NOTED = "noted"


class UploadCodes(Struct, frozen=True, kw_only=True):
    """Upload codes of a stock, each once. What was uploaded before is passed over; what was deleted comes anew."""

    campaign_id: UUID
    shop_id: UUID
    codes: tuple[str, ...]


class UploadCodesStatus(StrEnum):
    """How uploading ended. Where several apply, the first listed is given."""

    NOT_UPLOADED_HERE = "not_uploaded_here"
    """The stock's codes come from elsewhere."""
    TOO_MANY = "too_many"
    DONE = "done"


class UploadCodesResult(Struct, frozen=True, kw_only=True):
    """The answer to uploading: which codes are new; the others were there."""

    status: UploadCodesStatus
    new: frozenset[str] = frozenset()


class BindCode(Struct, frozen=True, kw_only=True):
    """Give a coupon that is about to be sent its code: *code*, or any that was uploaded."""

    campaign_id: UUID
    shop_id: UUID
    coupon_id: UUID
    code: str | None


class BindCodeStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    EXISTS_WITH_DIFFERENT_CODE = "exists_with_different_code"
    """The coupon has another."""
    EXISTS = "exists"
    NOT_SAID_HERE = "not_said_here"
    """A code was said of a stock whose codes are uploaded."""
    CODE_TAKEN = "code_taken"
    """Another coupon of the merchant has it."""
    NONE_LEFT = "none_left"
    """All that were uploaded are sent."""
    BOUND = "bound"


class BindCodeResult(Struct, frozen=True, kw_only=True):
    """The answer: which code the coupon has."""

    status: BindCodeStatus
    code: str | None = None


class UnbindCode(Struct, frozen=True, kw_only=True):
    """A coupon was not sent after all: its code is free for another."""

    campaign_id: UUID
    shop_id: UUID
    coupon_id: UUID


class DeleteCode(Struct, frozen=True, kw_only=True):
    """Take back a code that no coupon has."""

    campaign_id: UUID
    shop_id: UUID
    code: str


class DeleteCodeStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    CODE_NOT_FOUND = "code_not_found"
    SENT = "sent"
    """A coupon has it: deactivate that."""
    EXISTS = "exists"
    """It was deleted before."""
    DELETED = "deleted"

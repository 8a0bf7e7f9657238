"""The words of applying: a service provider opens a shop for a merchant, hands its application in, and is agreed to."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.identity import Refusal
from weiji.kit.ids import derive
from weiji.kit.seal import column
from weiji.onboarding import Field, FieldFault, Value

APPLYMENTS_A_DAY_MAX: Final = 500
"""Merchants that one service provider may apply for within 24 hours: each is a shop, and a reviewer's work."""

CHANGES_OPEN_MAX: Final = 5
"""Changes of a shop's settlement account that wait for its owner."""

NUMBER_COLUMN: Final = column("wire.settlement_changes:number_sealed")
"""What the number of an account is sealed for."""

_NUMBER_FIRST: Final = 10**15
_NUMBERS: Final = 8 * 10**15
"""Numbers of applications have 16 digits, and fit into what every client takes for a number (2**53)."""


def shop_id_of(provider_id: UUID, code: str) -> UUID:
    """Make the id of the shop that a service provider opens: the same code is the same shop."""
    return derive(provider_id, "applyment", code)


def number_of(shop_id: UUID) -> int:
    """Make the number of the application of a shop: from bits of its id that are random."""
    return _NUMBER_FIRST + (shop_id.int >> 64) % _NUMBERS


class Applyment(Struct, frozen=True, kw_only=True):
    """An application that a service provider sent in for another merchant. Where it stands, `onboarding` knows."""

    shop_id: UUID
    provider_id: UUID
    """The service provider's own shop."""
    provider_mchid: str
    code: str
    """The service provider's number for it (`business_code`, `out_request_no`)."""
    number: int
    """Ours (`applyment_id`)."""
    mark: bytes
    """What was sent in last: the same again is the same request."""
    created_at: datetime
    signed_at: datetime | None = None
    """When the owner agreed that the service provider acts for the shop."""
    mchid: str | None = None
    """The shop's number in the protocol: it has one as soon as it was approved."""


class Upload(Struct, frozen=True, kw_only=True):
    """A document: a picture that was uploaded before. `id` is derived from the shop, the field and the picture."""

    id: UUID
    field: Field
    content: bytes


class SubmitApplyment(Struct, frozen=True, kw_only=True):
    """Open a shop for a merchant and hand its application in; of one that was returned, again.

    The caller checks that the pictures are the service provider's.
    """

    shop_id: UUID
    """From `shop_id_of`."""
    provider_id: UUID
    provider_mchid: str
    owner_id: UUID
    """Who answers for the shop until it is handed over: the owner of the service provider's."""
    code: str
    name: str
    """How the shop is called."""
    values: tuple[Value, ...]
    uploads: tuple[Upload, ...]
    mark: bytes
    actor: Actor


class SubmitApplymentStatus(StrEnum):
    """How applying ended. Where several apply, the first listed is given."""

    SUBMITTED = "submitted"
    EXISTS = "exists"
    """The same was handed in before."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """The service provider has applied for 500 others within a day."""
    OWNER_NOT_FOUND = "owner_not_found"
    NAME_INVALID = "name_invalid"
    """Not 1 to 60 characters in one line."""
    NAME_REFUSED = "name_refused"
    """The operator's word rules refuse the shop's name."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """It is with the reviewers, or decided, and something else was handed in; or its shop was opened in another way."""
    ALREADY_ACCEPTED = "already_accepted"
    """Something that a reviewer has accepted is another now: `accepted` says what."""
    INVALID = "invalid"
    """`faults` says which fields, and why."""
    DOCUMENT_UNREADABLE = "document_unreadable"
    """`faults` says which documents are no pictures that reviewers can open."""
    DEPOSIT_MISSING = "deposit_missing"
    """The operator asks a deposit of such merchants: it is paid on the shop's pages, then the same is sent again."""


class SubmitApplymentResult(Struct, frozen=True):
    """How applying ended, and what is wrong."""

    status: SubmitApplymentStatus
    faults: tuple[FieldFault, ...] = ()
    accepted: tuple[Field, ...] = ()
    """What a reviewer has accepted, and stays as it was."""


class SignAgreement(Struct, frozen=True, kw_only=True):
    """Agree that the service provider who applied for a shop acts for it. The caller checks that `actor` owns it."""

    shop_id: UUID
    actor: Actor


class SignAgreementStatus(StrEnum):
    """How agreeing ended. Where several apply, the first listed is given."""

    APPLYMENT_NOT_FOUND = "applyment_not_found"
    """No service provider applied for this shop."""
    EXISTS = "exists"
    """It was agreed before."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The application is not approved."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """The shop has named 20 service providers."""
    SIGNED = "signed"


class SettlementChange(Struct, frozen=True, kw_only=True):
    """Another account that a service provider wants a shop's money to go to. It does once the owner has confirmed."""

    id: UUID
    """That of the bank account, too."""
    shop_id: UUID
    provider_mchid: str
    holder: str
    bank: str
    last4: str
    number_sealed: bytes
    asked_at: datetime
    confirmed_at: datetime | None = None


class AskSettlementChange(Struct, frozen=True, kw_only=True):
    """Ask that a shop's money goes to another account. The caller checks that the service provider acts for it."""

    id: UUID
    """Derived from shop and number: the same account is asked for once."""
    shop_id: UUID
    provider_mchid: str
    holder: str
    bank: str
    number: str
    actor: Actor


class AskSettlementChangeStatus(StrEnum):
    """How asking ended. Where several apply, the first listed is given."""

    EXISTS = "exists"
    HOLDER_INVALID = "holder_invalid"
    BANK_INVALID = "bank_invalid"
    """Not one line of 1…100 characters."""
    NUMBER_INVALID = "number_invalid"
    """Not 8…30 digits."""
    NAME_DIFFERS = "name_differs"
    """The account is in another name than those that were accepted for the shop."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """Five wait for the owner."""
    ASKED = "asked"


class ConfirmSettlementChange(Struct, frozen=True, kw_only=True):
    """Let a shop's money go to the account that its service provider asked for, or say why that isn't proved."""

    id: UUID
    shop_id: UUID
    refusal: Refusal | None
    """From the payment password, as for every bank account."""
    actor: Actor


class ConfirmSettlementChangeStatus(StrEnum):
    """How confirming ended. Where several apply, the first listed is given."""

    OWNER_NOT_FOUND = "owner_not_found"
    """The shop is not yours."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    STEP_UP_NEEDED = "step_up_needed"
    """It takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    CHANGE_NOT_FOUND = "change_not_found"
    EXISTS = "exists"
    """It was confirmed before."""
    NAME_DIFFERS = "name_differs"
    """Since it was asked for, other names were accepted for the shop."""
    CONFIRMED = "confirmed"


class ConfirmSettlementChangeResult(Struct, frozen=True, kw_only=True):
    """How confirming ended."""

    status: ConfirmSettlementChangeStatus
    tries_left: int | None = None
    locked_until: datetime | None = None

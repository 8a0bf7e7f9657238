"""The words of a shop's staff."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.identity import Refusal, Role

MEMBERS_MAX: Final = 50
"""People of one shop's staff, with those who are invited."""

INVITATIONS_MAX: Final = 50
"""Invitations of one person that are shown."""

INVITATION_LASTS: Final = timedelta(days=7)
"""How long somebody may think about an invitation."""


class InvitationState(StrEnum):
    """What became of an invitation."""

    PENDING = "pending"
    """It waits for an answer; once `expires_at` is over it waits in vain."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """Somebody of the shop took it back."""


class Member(Struct, frozen=True, kw_only=True):
    """Somebody who works in a shop."""

    shop_id: UUID
    person_id: UUID
    role: Role
    joined_at: datetime


class Invitation(Struct, frozen=True, kw_only=True):
    """Somebody is asked to work in a shop; in the role `owner`: to take it over."""

    id: UUID
    shop_id: UUID
    person_id: UUID
    role: Role
    inviter_id: UUID
    state: InvitationState
    invited_at: datetime
    expires_at: datetime


class InviteStaff(Struct, frozen=True, kw_only=True):
    """Ask somebody to work in a shop. The caller makes `id`, near the shop; *name* is a handle or a phone number.

    The role `owner` offers the shop itself, for which the owner's payment password is asked: *refusal* says what
    became of that.
    """

    id: UUID
    shop_id: UUID
    name: str
    role: Role
    actor: Actor
    refusal: Refusal | None = None


class InviteStaffStatus(StrEnum):
    """How inviting ended. Where several apply, the first listed is given."""

    CREATED = "created"
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    SHOP_NOT_FOUND = "shop_not_found"
    EXISTS = "exists"
    """It was sent before."""
    ID_TAKEN = "id_taken"
    """The id is that of another invitation."""
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """The id was not made near the shop."""
    NOT_ALLOWED = "not_allowed"
    """Your own role is not above this one. Only the owner offers the shop itself."""
    PERSON_NOT_FOUND = "person_not_found"
    """Nobody signs in with this name."""
    ALREADY_STAFF = "already_staff"
    """They work in the shop: change their role instead. The shop itself may be offered to them, too."""
    ALREADY_INVITED = "already_invited"
    """They have not answered yet; or the shop itself is offered to somebody already."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """The shop's staff, with those who are invited, is 50 people."""


class InviteStaffResult(Struct, frozen=True):
    """How inviting ended; where the payment password was not right, with what is left."""

    status: InviteStaffStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class AnswerInvitation(Struct, frozen=True, kw_only=True):
    """Accept an invitation, or decline it. The actor is who was invited."""

    invitation_id: UUID
    is_accepted: bool
    actor: Actor


class AnswerInvitationStatus(StrEnum):
    """How answering ended. Where several apply, the first listed is given."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXISTS = "exists"
    """It was answered so before."""
    INVITATION_NOT_FOUND = "invitation_not_found"
    """There is none, or it is somebody else's."""
    ALREADY_ANSWERED = "already_answered"
    """It was answered otherwise before."""
    WITHDRAWN = "withdrawn"
    """It was taken back, or who sent it may not give the role any more."""
    EXPIRED = "expired"


class WithdrawInvitation(Struct, frozen=True, kw_only=True):
    """Take an invitation back that was not answered."""

    invitation_id: UUID
    actor: Actor


class WithdrawInvitationStatus(StrEnum):
    """How taking back ended. Where several apply, the first listed is given."""

    WITHDRAWN = "withdrawn"
    EXISTS = "exists"
    """It was taken back before."""
    INVITATION_NOT_FOUND = "invitation_not_found"
    """There is none, or it is of a shop where you have no part in this."""
    NOT_ALLOWED = "not_allowed"
    """Your own role is not above the one that it is for."""
    ALREADY_ANSWERED = "already_answered"


class ChangeStaff(Struct, frozen=True, kw_only=True):
    """Give somebody of a shop's staff another role. It counts from their next request."""

    shop_id: UUID
    person_id: UUID
    role: Role
    actor: Actor


class ChangeStaffStatus(StrEnum):
    """How changing ended. Where several apply, the first listed is given."""

    CHANGED = "changed"
    EXISTS = "exists"
    """They have the role already."""
    SHOP_NOT_FOUND = "shop_not_found"
    NOT_STAFF = "not_staff"
    """They do not work in the shop."""
    NOT_ALLOWED = "not_allowed"
    """Your own role is not above both. Nobody is made the owner so: offer them the shop."""


class RemoveStaff(Struct, frozen=True, kw_only=True):
    """Let somebody work in a shop no longer; whoever names themselves leaves. It counts from their next request."""

    shop_id: UUID
    person_id: UUID
    actor: Actor


class RemoveStaffStatus(StrEnum):
    """How removing ended. Where several apply, the first listed is given."""

    REMOVED = "removed"
    SHOP_NOT_FOUND = "shop_not_found"
    NOT_STAFF = "not_staff"
    """They do not work in the shop, or no longer."""
    NOT_ALLOWED = "not_allowed"
    """Your own role is not above theirs. The owner can't leave: hand the shop over, or close it."""

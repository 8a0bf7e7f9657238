"""The words of the operator's staff: roles, how they are given and taken, and how that ends."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.identity.model import Refusal

REASON_MAX: Final = 500

OPERATORS_MIN: Final = 2
"""Operators whom people leave: one alone could give no role. The command line gives them, and may leave one."""


class StaffRole(StrEnum):
    """What somebody may be who works for the operator. One person may be several."""

    OPERATOR = "operator"
    """Money, rules, channels, shops, the machine, and who works here. Much of it takes two operators."""
    REVIEWER = "reviewer"
    """Applications of shops to be verified, goods that are looked at before sale, complaints."""
    ARBITER = "arbiter"
    """Disputes, reported reviews, complaints."""
    AUDITOR = "auditor"
    """Sees everything that staff did, and decides nothing."""


class GiveStaffRole(Struct, frozen=True, kw_only=True):
    """Give somebody a role: by two operators (*proposed_by*, and the actor, who agreed), or by the command line.

    The command line is no person, and nobody proposed what it gives.
    """

    person_id: UUID
    role: StaffRole
    actor: Actor
    proposed_by: UUID | None = None
    proposal_id: UUID | None = None
    reason: str = ""


class GiveStaffRoleStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    GIVEN = "given"
    NOT_ALLOWED = "not_allowed"
    """Who agreed, or who proposed it, is no operator (any more)."""
    TWO_NEEDED = "two_needed"
    """One person alone gives no role."""
    OWN_ROLE = "own_role"
    """Nobody gives a role to themselves."""
    PERSON_NOT_FOUND = "person_not_found"
    ALREADY_GIVEN = "already_given"
    """The person has the role."""
    REASON_MALFORMED = "reason_malformed"
    """A reason has at most 500 characters."""


class TakeStaffRole(Struct, frozen=True, kw_only=True):
    """Take roles from somebody: an operator does it alone, at once, and so does the command line, which is no person.

    All of *roles* that they have are taken, or none. An operator may also lay down their own. `refusal` says why the
    actor could not prove who they are; the caller has asked for the payment password.
    """

    person_id: UUID
    roles: Sequence[StaffRole]
    actor: Actor
    reason: str = ""
    refusal: Refusal | None = None


class TakeStaffRoleStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    TAKEN = "taken"
    NOT_ALLOWED = "not_allowed"
    """It takes an operator to take a role from somebody else."""
    ROLE_NOT_FOUND = "role_not_found"
    """The person does not have the role, or no longer."""
    TOO_FEW_OPERATORS = "too_few_operators"
    """Two operators have to stay, who can give roles: first another has to be one. The command line may leave one."""
    REASON_MISSING = "reason_missing"
    """A person says why, in at most 500 characters."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""


class TakeStaffRoleResult(Struct, frozen=True, kw_only=True):
    """The answer to taking a role."""

    status: TakeStaffRoleStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class TakeSecondFactor(Struct, frozen=True, kw_only=True):
    """Take the second factor of one of the staff who lost phone and recovery code. Another operator does it.

    `refusal` is as with roles.
    """

    person_id: UUID
    actor: Actor
    reason: str = ""
    refusal: Refusal | None = None


class TakeSecondFactorStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    TAKEN = "taken"
    """All their sessions have ended; they sign in with the password, and add an app anew."""
    NOT_ALLOWED = "not_allowed"
    """It takes an operator."""
    OWN_FACTOR = "own_factor"
    """One's own is removed with a code, or the recovery code."""
    PERSON_NOT_STAFF = "person_not_staff"
    """They do not work for the operator: only they themselves, or the command line, remove it."""
    NOT_FOUND = "not_found"
    """They have no second factor."""
    REASON_MISSING = "reason_missing"
    """A reason has 1 to 500 characters."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""


class TakeSecondFactorResult(Struct, frozen=True, kw_only=True):
    """The answer to taking a second factor."""

    status: TakeSecondFactorStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class HeldRole(Struct, frozen=True, kw_only=True):
    """A role that somebody has: one operator proposed it, another gave it; without them the command line did."""

    role: StaffRole
    given_at: datetime
    proposed_by: UUID | None
    proposer: str | None
    given_by: UUID | None
    giver: str | None


class StaffMember(Struct, frozen=True, kw_only=True):
    """Somebody who works for the operator. *seen_at* is of the sessions that have not ended, right to a few minutes."""

    person_id: UUID
    handle: str | None
    display_name: str
    roles: Sequence[HeldRole]
    sessions: int
    seen_at: datetime | None
    has_second_factor: bool
    """Whether they sign in with a code of an app besides the password."""

    def has(self, role: str) -> bool:
        """Tell whether they have the role."""
        return any(held.role == role for held in self.roles)


class StaffChange(Struct, frozen=True, kw_only=True):
    """A role that was given or taken. Without an actor the command line did it."""

    id: UUID
    person_id: UUID
    name: str
    role: StaffRole
    is_given: bool
    proposed_by: UUID | None
    proposer: str | None
    actor_id: UUID | None
    actor: str | None
    reason: str
    proposal_id: UUID | None
    at: datetime

"""What identity tells the others. The stream and the subject are the person."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from weiji.events.model import Event


class PersonSignedUp(Event, frozen=True, kw_only=True):
    """Somebody is here for the first time."""

    display_name: str
    locale: str


class ProfileChanged(Event, frozen=True, kw_only=True):
    """A person goes by another display name, or reads another language."""

    CHANGES_CALLER: ClassVar[bool] = True

    display_name: str
    locale: str


class NameTaken(Event, frozen=True, kw_only=True):
    """The operator's staff took a person's name, who goes by a plain one now. What it was is not told."""

    CHANGES_CALLER: ClassVar[bool] = True

    display_name: str
    locale: str
    reason: str


class PhoneChanged(Event, frozen=True, kw_only=True):
    """A person signs in with another phone number, or with none any more. The number is not told."""

    has_phone: bool


class SessionStarted(Event, frozen=True, kw_only=True):
    """A person signed in. Of one person the same device has the same name; of another it has another."""

    session_id: UUID
    device: str | None = None


class SessionEnded(Event, frozen=True, kw_only=True):
    """A person signed out, ended a session from elsewhere, or signed in again in its place."""

    session_id: UUID


class PasswordChanged(Event, frozen=True, kw_only=True):
    """A person has another login password; all other sessions ended with it."""

    CHANGES_CALLER: ClassVar[bool] = True


class PaymentPasswordSet(Event, frozen=True, kw_only=True):
    """A person has a payment password: the first, or another."""

    is_first: bool


class PaymentPasswordLocked(Event, frozen=True, kw_only=True):
    """Wrong payment passwords were tried so often that none is checked until a time."""

    attempts: int
    locked_until: datetime


class PaymentPasswordResetAsked(Event, frozen=True, kw_only=True):
    """A person forgot the payment password: another may be set without it between two times, unless it is cancelled."""

    opens_at: datetime
    closes_at: datetime


class PaymentPasswordResetCancelled(Event, frozen=True, kw_only=True):
    """A reset of the payment password ended before another was set by it.

    *reason* is `cancelled` (by the person), `old_password_given` (it was not forgotten) or `login_password_changed`
    (whoever knew the one before may have asked).
    """

    reason: str


class RecoveryCodeMade(Event, frozen=True, kw_only=True):
    """A person has a recovery code: with it alone another login password can be set."""

    is_replacement: bool
    """Whether there was one before, which opens nothing any more."""


class RecoveryCodeRevoked(Event, frozen=True, kw_only=True):
    """A person has no recovery code any more: they took it back, or changed the login password."""


class RecoveryCodeUsed(Event, frozen=True, kw_only=True):
    """Somebody set another login password with the recovery code. It is used up, and all sessions ended with it."""


class SecondFactorAdded(Event, frozen=True, kw_only=True):
    """A person signs in with codes of an app from now on; all other sessions ended."""


class SecondFactorRemoved(Event, frozen=True, kw_only=True):
    """A person signs in with the password alone again.

    By whom is the actor: the person, another operator for one of the staff, who says the *reason*, or the command line.
    """

    is_by_recovery_code: bool
    """Whether the recovery code took the app's place: it is used up."""
    reason: str = ""


class RoleGranted(Event, frozen=True, kw_only=True):
    """A person may act in a role; the actor granted it."""

    CHANGES_CALLER: ClassVar[bool] = True

    scope: str
    role: str


class RoleRevoked(Event, frozen=True, kw_only=True):
    """A person may no longer act in a role; the actor took it back."""

    CHANGES_CALLER: ClassVar[bool] = True

    scope: str
    role: str


class AllowanceGranted(Event, frozen=True, kw_only=True):
    """A person lets an API key spend up to an amount (minor units) until a time."""

    allowance_id: UUID
    key_id: UUID
    amount: int
    expires_at: datetime


class AllowanceSpent(Event, frozen=True, kw_only=True):
    """An API key used an allowance; an amount of 0 only confirmed something."""

    allowance_id: UUID
    spending_id: UUID
    key_id: UUID
    amount: int
    left: int


class AllowanceRevoked(Event, frozen=True, kw_only=True):
    """A person took the rest of an allowance back."""

    allowance_id: UUID

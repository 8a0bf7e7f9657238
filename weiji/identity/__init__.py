"""People, their sessions and roles, and what lets their money move. See README.md."""

from weiji.identity.model import (
    PLATFORM,
    Address,
    Allowance,
    GrantRole,
    GrantRoleStatus,
    Origin,
    PasswordCheck,
    PasswordCheckStatus,
    PaymentPasswordStatus,
    Person,
    Refusal,
    RevokeRole,
    RevokeRoleStatus,
    Role,
    SetPaymentPassword,
    SignInResult,
    SignUp,
    SignUpPerson,
    SignUpStatus,
    SpendAllowance,
    SpendAllowanceStatus,
)
from weiji.identity.operations import grant_roles, revoke_roles, sign_up_people, spend_allowances
from weiji.identity.payment_password import check_payment_password, refuse_payment_passwords, set_payment_password
from weiji.identity.rules import SEEN_EVERY
from weiji.identity.sign_in import sign_up, start_session
from weiji.identity.store import get_addresses, get_people, read_roles
from weiji.identity.words import payment_password_error

__all__ = [
    "PLATFORM",
    "SEEN_EVERY",
    "Address",
    "Allowance",
    "GrantRole",
    "GrantRoleStatus",
    "Origin",
    "PasswordCheck",
    "PasswordCheckStatus",
    "PaymentPasswordStatus",
    "Person",
    "Refusal",
    "RevokeRole",
    "RevokeRoleStatus",
    "Role",
    "SetPaymentPassword",
    "SignInResult",
    "SignUp",
    "SignUpPerson",
    "SignUpStatus",
    "SpendAllowance",
    "SpendAllowanceStatus",
    "check_payment_password",
    "get_addresses",
    "get_people",
    "grant_roles",
    "payment_password_error",
    "read_roles",
    "refuse_payment_passwords",
    "revoke_roles",
    "set_payment_password",
    "sign_up",
    "sign_up_people",
    "spend_allowances",
    "start_session",
]

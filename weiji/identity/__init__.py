"""People, their sessions and roles, and what lets their money move. See README.md."""

from weiji.identity.address_forms import EnteredAddress, address_errors
from weiji.identity.model import (
    ADDRESSES_MAX,
    PLATFORM,
    Address,
    AddressStatus,
    GrantRole,
    GrantRoleStatus,
    Origin,
    PasswordCheck,
    PasswordCheckStatus,
    Person,
    Refusal,
    RevokeRole,
    RevokeRoleStatus,
    Role,
    SignUpPerson,
    SignUpStatus,
    SpendAllowance,
    SpendAllowanceStatus,
)
from weiji.identity.operations import (
    grant_roles,
    judge_spendings,
    put_addresses,
    revoke_roles,
    sign_up_people,
    write_spendings,
)
from weiji.identity.payment_password import check_payment_password
from weiji.identity.proving import check_entered_password, refuse_payment_passwords
from weiji.identity.rules import SEEN_EVERY, clean_display_name
from weiji.identity.sessions import make_session_cookies, origin_of, read_session_cookie
from weiji.identity.sign_in import find_person, find_persons, start_session
from weiji.identity.store import get_addresses, get_people, get_profile, open_address, read_roles
from weiji.identity.words import payment_password_error, person_word

__all__ = [
    "ADDRESSES_MAX",
    "PLATFORM",
    "SEEN_EVERY",
    "Address",
    "AddressStatus",
    "EnteredAddress",
    "GrantRole",
    "GrantRoleStatus",
    "Origin",
    "PasswordCheck",
    "PasswordCheckStatus",
    "Person",
    "Refusal",
    "RevokeRole",
    "RevokeRoleStatus",
    "Role",
    "SignUpPerson",
    "SignUpStatus",
    "SpendAllowance",
    "SpendAllowanceStatus",
    "address_errors",
    "check_entered_password",
    "check_payment_password",
    "clean_display_name",
    "find_person",
    "find_persons",
    "get_addresses",
    "get_people",
    "get_profile",
    "grant_roles",
    "judge_spendings",
    "make_session_cookies",
    "open_address",
    "origin_of",
    "payment_password_error",
    "person_word",
    "put_addresses",
    "read_roles",
    "read_session_cookie",
    "refuse_payment_passwords",
    "revoke_roles",
    "set_payment_password",
    "sign_up_people",
    "start_session",
    "write_spendings",
]

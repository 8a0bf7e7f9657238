"""The words of identity: commands, results and states."""

# ruff: noqa: S105 - Statuses are named for passwords; none of them is one.

from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.identity.naming import RefusedWord

Locale = Literal["zh-CN", "en"]

PLATFORM: Final = "platform"
"""The scope of a role that is not about one shop."""

ADDRESSES_MAX: Final = 20
"""Addresses of one person."""

SESSIONS_MAX: Final = 50
"""Sessions of one person: who starts another ends the one that was idle longest."""

ALLOWANCE_MAX: Final = 5_000_000
"""The largest amount of one allowance, in minor units: what is worth more is worth a payment password each time."""


class Role(StrEnum):
    """What a person may be beyond a buyer."""

    OPERATOR = "operator"
    """Runs the platform. Scope: platform."""
    ARBITER = "arbiter"
    """Decides disputes. Scope: platform."""
    REVIEWER = "reviewer"
    """Looks at what shops send in to be verified. Scope: platform."""
    AUDITOR = "auditor"
    """Reads everything that the operator's staff did. Scope: platform."""
    OWNER = "owner"
    """Owns a shop. Scope: the shop."""
    MANAGER = "manager"
    """Runs a shop for its owner. Scope: the shop."""
    GOODS = "goods"
    """Keeps a shop's goods and stock. Scope: the shop."""
    ORDERS = "orders"
    """Ships a shop's orders and answers its buyers. Scope: the shop."""
    FINANCE = "finance"
    """Keeps a shop's money. Scope: the shop."""


# People


class SignUpPerson(Struct, frozen=True, kw_only=True):
    """Make a person. *phone* is E.164; the password comes hashed, since hashing is slow."""

    id: UUID
    handle: str | None
    phone: str | None
    display_name: str
    locale: Locale
    password_hash: str
    actor: Actor


class SignUpStatus(StrEnum):
    """How a sign-up ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    """A person with this id and these names is there already. Says nothing about the password: sign in with it."""
    CLOSED = "closed"
    """The operator lets no strangers sign up."""
    LOCKED = "locked"
    """Too many sign-ups from this address: try again later."""
    NAME_MISSING = "name_missing"
    """Neither a handle nor a phone number is given."""
    HANDLE_MALFORMED = "handle_malformed"
    """A handle has 3 to 30 letters (a-z), digits or underscores and begins with a letter."""
    PHONE_MALFORMED = "phone_malformed"
    """There can be no such phone number."""
    DISPLAY_NAME_MALFORMED = "display_name_malformed"
    """A display name has 1 to 40 characters, something to see, and nothing that reorders the text around it."""
    DISPLAY_NAME_REFUSED = "display_name_refused"
    """The operator's word rules refuse it; `refused` tells what, and why."""
    PASSWORD_TOO_SHORT = "password_too_short"
    PASSWORD_TOO_LONG = "password_too_long"
    PASSWORD_BREACHED = "password_breached"
    """The password is in a list of those that leaked most often."""
    PASSWORD_CONTAINS_NAME = "password_contains_name"
    """The password contains the handle or the phone number, or little but words that everybody tries here."""
    ID_TAKEN = "id_taken"
    """The id is another person's."""
    HANDLE_TAKEN = "handle_taken"
    PHONE_TAKEN = "phone_taken"


class SignUp(Struct, frozen=True, kw_only=True):
    """What somebody enters to sign up. *phone* as typed; numbers without a country are Chinese."""

    id: UUID
    handle: str | None = None
    phone: str | None = None
    display_name: str
    password: str
    locale: Locale = "zh-CN"


class SignUpResult(Struct, frozen=True):
    """How a sign-up ended, and until when nothing more is tried where it was `locked`."""

    status: SignUpStatus
    locked_until: datetime | None = None
    refused: tuple[RefusedWord, ...] = ()
    """What can't be in the display name."""


class Origin(Struct, frozen=True, kw_only=True):
    """Where a request comes from."""

    address: str | None = None
    request_id: str | None = None
    user_agent: str = ""
    device: str = ""
    """A random name that the browser keeps; empty where nobody signs in by it."""
    session_id: UUID | None = None
    """The session that it is made in, if it is in one."""

    def actor(self, person_id: UUID) -> Actor:
        """Say that a person acts from here."""
        return Actor("person", person_id, self.request_id, self.address)


class SignIn(Struct, frozen=True, kw_only=True):
    """What somebody enters to sign in: *name* is a handle or a phone number, as typed.

    *cookie* is the one that the browser sent, if any: its session ends when another starts in its place.
    """

    name: str
    password: str
    cookie: str | None = None
    code: str = ""
    """Of the person's app, if they have one; or their recovery code, if they have lost it."""


class SignInStatus(StrEnum):
    """How a sign-in ended."""

    CREATED = "created"
    """A session was started."""
    WRONG = "wrong"
    """Unknown name or wrong password: which of them is not told."""
    LOCKED = "locked"
    """Too many attempts with this name, or from this address, or with wrong codes."""
    CODE_NEEDED = "code_needed"
    """The password is right, and a code of the person's app is needed, too: sign in again with it."""
    CODE_WRONG = "code_wrong"
    """The password is right, and the code is not, or was used before."""


class SignInResult(Struct, frozen=True):
    """How a sign-in ended: with the session and the value of its cookie, or with until when nothing more is tried."""

    status: SignInStatus
    person_id: UUID | None = None
    session_id: UUID | None = None
    cookie: str | None = None
    expires_at: datetime | None = None
    locked_until: datetime | None = None
    way: str | None = None
    """Where a code is needed: what shows for ten minutes that the password was right."""


class ChangeProfile(Struct, frozen=True, kw_only=True):
    """Go by another display name, or read another language. What is None stays."""

    person_id: UUID
    display_name: str | None = None
    locale: Locale | None = None
    actor: Actor


class ChangeProfileStatus(StrEnum):
    """How it ended."""

    CHANGED = "changed"
    EXISTS = "exists"
    """It was like that already."""
    NOT_FOUND = "not_found"
    DISPLAY_NAME_MALFORMED = "display_name_malformed"
    DISPLAY_NAME_REFUSED = "display_name_refused"
    """The operator's word rules refuse it, or staff took just this name. Whoever has the name already keeps it."""


class TakeName(Struct, frozen=True, kw_only=True):
    """Take a name from whoever has it: they have a plain one until they find another. The caller has judged that."""

    person_id: UUID
    name: str
    reason: str
    """The person reads it."""
    actor: Actor


class TakeNameStatus(StrEnum):
    """How taking a name ended. Where several apply, the first listed is given."""

    TAKEN = "taken"
    NOT_FOUND = "not_found"
    NAME_CHANGED = "name_changed"
    """The person has another name by now."""


class ChangePhone(Struct, frozen=True, kw_only=True):
    """Sign in with another phone number, too, or with none any more. *phone* as typed, as when signing up."""

    person_id: UUID
    phone: str | None
    login_password: str


class ChangePhoneStatus(StrEnum):
    """How a change of the phone number ended. Where several apply, the first listed is given."""

    CHANGED = "changed"
    PHONE_MALFORMED = "phone_malformed"
    """There can be no such phone number."""
    PASSWORD_CONTAINS_NAME = "password_contains_name"
    """The login password contains this number: change it first."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    LOCKED = "locked"
    """Too many changes: try again later."""
    EXISTS = "exists"
    """It is like that already."""
    NAME_MISSING = "name_missing"
    """Without the number there would be no name left to sign in with."""
    PHONE_TAKEN = "phone_taken"


class ChangePhoneResult(Struct, frozen=True):
    """How a change of the phone number ended."""

    status: ChangePhoneStatus
    locked_until: datetime | None = None


class PasswordStatus(StrEnum):
    """How a change of the login password ended. Where several apply, the first listed is given."""

    CHANGED = "changed"
    """All other sessions of the person ended with it, and their recovery code."""
    PASSWORD_TOO_SHORT = "password_too_short"
    PASSWORD_TOO_LONG = "password_too_long"
    PASSWORD_BREACHED = "password_breached"
    PASSWORD_CONTAINS_NAME = "password_contains_name"
    LOCKED = "locked"
    """Too many attempts: see `locked_until`."""
    WRONG = "wrong"
    """The old password is not right."""


class PasswordResult(Struct, frozen=True):
    """How a change of the login password ended."""

    status: PasswordStatus
    locked_until: datetime | None = None
    is_recovery_code_ended: bool = False
    """There was a recovery code, and it ended with the password: have another made."""


class PaymentPasswordReset(Struct, frozen=True):
    """A reset of a forgotten payment password: from *opens_at* until *closes_at* another is set without the old one."""

    asked_at: datetime
    opens_at: datetime
    closes_at: datetime

    def is_pending(self, now: datetime) -> bool:
        """Tell whether it is still to come to something."""
        return now < self.closes_at

    def is_open(self, now: datetime) -> bool:
        """Tell whether a payment password may be set by it."""
        return self.opens_at <= now < self.closes_at


class Person(Struct, frozen=True):
    """What everybody may know of a person."""

    id: UUID
    handle: str | None
    display_name: str


class Profile(Struct, frozen=True):
    """What a person is told of themselves. *phone* has its middle hidden."""

    id: UUID
    handle: str | None
    phone: str | None
    display_name: str
    locale: str
    created_at: datetime
    has_payment_password: bool
    payment_password_reset: PaymentPasswordReset | None = None
    """The reset of a forgotten payment password that is under way, if one is."""
    recovery_code_made_at: datetime | None = None
    """When the recovery code was made, if there is one."""
    second_factor_added_at: datetime | None = None
    """Since when an app's codes are asked for, if they are."""
    taken_reason: str = ""
    """Why staff took the name that the person had; empty once they found another."""


# Recovery codes


class MakeRecoveryCodeStatus(StrEnum):
    """How making a recovery code ended. Where several apply, the first listed is given."""

    CREATED = "created"
    """It is told this once. One that there was before opens nothing any more."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """The person added an app, and this is no code that it shows now, or one that was used."""


class MakeRecoveryCodeResult(Struct, frozen=True):
    """How making a recovery code ended: with the code, in groups as people write it down."""

    status: MakeRecoveryCodeStatus
    code: str | None = None
    locked_until: datetime | None = None


class RevokeRecoveryCodeStatus(StrEnum):
    """How taking a recovery code back ended. Where several apply, the first listed is given."""

    REVOKED = "revoked"
    """Written down wherever it is, it opens nothing any more."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """Whoever has an app shows a code of it, too: it was not right, or was used before."""
    NOT_FOUND = "not_found"
    """There is none: none was made, or it was used."""


class RevokeRecoveryCodeResult(Struct, frozen=True):
    """How taking a recovery code back ended."""

    status: RevokeRecoveryCodeStatus
    locked_until: datetime | None = None


class RecoverAccount(Struct, frozen=True, kw_only=True):
    """What somebody enters who forgot the login password: the code as written; *name* and *cookie* as to sign in."""

    name: str
    code: str
    new_password: str
    cookie: str | None = None


class RecoverStatus(StrEnum):
    """How a recovery ended. Where several apply, the first listed is given. Only `created` uses the code up."""

    CREATED = "created"
    """The new password is set, all sessions of before have ended, and another was started.

    None was started for who signs in with an app's codes: sign in with one.
    """
    CODE_MALFORMED = "code_malformed"
    """No code reads like this: one has 28 letters and digits."""
    PASSWORD_TOO_SHORT = "password_too_short"
    PASSWORD_TOO_LONG = "password_too_long"
    PASSWORD_BREACHED = "password_breached"
    """The password is in a list of those that leaked most often."""
    LOCKED = "locked"
    """Too many attempts from this address."""
    WRONG = "wrong"
    """Unknown name, or not its code: which of them is not told."""
    PASSWORD_CONTAINS_NAME = "password_contains_name"
    """The password contains the handle or the phone number, or little but words that everybody tries here.

    Of handle and phone number it is told only to who has the code: it tells what those are.
    """


class RecoverResult(Struct, frozen=True):
    """How a recovery ended: with a session as a sign-in does, or with until when nothing more is tried."""

    status: RecoverStatus
    session: SignInResult | None = None
    locked_until: datetime | None = None


# Second factors


class AddSecondFactor(Struct, frozen=True, kw_only=True):
    """Ask for codes of an app from now on. *secret* is base32, as the app has it; *code* one that it shows."""

    person_id: UUID
    login_password: str
    secret: str
    code: str
    keep_session_id: UUID | None = None


class AddSecondFactorStatus(StrEnum):
    """How adding a second factor ended. Where several apply, the first listed is given."""

    CREATED = "created"
    """From now on a code is needed to sign in. All other sessions have ended."""
    SECRET_MALFORMED = "secret_malformed"
    """A secret is 16 to 64 bytes in base32."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    CODE_WRONG = "code_wrong"
    """The app has another secret, or the clock of its telephone is wrong."""
    EXISTS = "exists"
    """There is one: remove it first."""


class AddSecondFactorResult(Struct, frozen=True):
    """How adding a second factor ended."""

    status: AddSecondFactorStatus
    locked_until: datetime | None = None


class RemoveSecondFactor(Struct, frozen=True, kw_only=True):
    """Ask for the password alone again. *code* is one of the app, or the recovery code."""

    person_id: UUID
    login_password: str
    code: str


class RemoveSecondFactorStatus(StrEnum):
    """How removing a second factor ended. Where several apply, the first listed is given."""

    REMOVED = "removed"
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    CODE_LOCKED = "code_locked"
    NOT_FOUND = "not_found"
    """There is none."""
    CODE_WRONG = "code_wrong"


class RemoveSecondFactorResult(Struct, frozen=True):
    """How removing a second factor ended."""

    status: RemoveSecondFactorStatus
    locked_until: datetime | None = None


# Sessions


class StartSession(Struct, frozen=True, kw_only=True):
    """Start a session of a person. *id* is near the person; the secret's SHA-256 is all that is kept of it."""

    id: UUID
    person_id: UUID
    secret_hash: bytes
    user_agent: str
    actor: Actor
    device: str | None = None
    """Its device, by a keyed hash that is another for each person."""


class EndSession(Struct, frozen=True, kw_only=True):
    """End a session of a person."""

    id: UUID
    person_id: UUID
    actor: Actor


class EndOtherSessions(Struct, frozen=True, kw_only=True):
    """End all sessions of a person but one; all without *keep_id*."""

    person_id: UUID
    keep_id: UUID | None
    actor: Actor


class EndSessionStatus(StrEnum):
    """How it ended."""

    ENDED = "ended"
    NOT_FOUND = "not_found"
    """The person has no such session, or no longer."""


class EndElsewhereStatus(StrEnum):
    """How ending sessions elsewhere ended. Where several apply, the first listed is given."""

    ENDED = "ended"
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    NOT_FOUND = "not_found"
    """You have no such session, or no longer."""


class EndElsewhereResult(Struct, frozen=True):
    """How ending sessions elsewhere ended, and how many did."""

    status: EndElsewhereStatus
    ended: int = 0
    locked_until: datetime | None = None


class Session(Struct, frozen=True):
    """A session as its person sees it. *seen_at* is right to a few minutes."""

    id: UUID
    address: str | None
    user_agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


# Roles


class GrantRole(Struct, frozen=True, kw_only=True):
    """Let a person act in a role: in `platform`, or in a shop (its id as text).

    Whether the actor may grant it is for whoever calls to know.
    """

    person_id: UUID
    scope: str
    role: Role
    actor: Actor


class RevokeRole(Struct, frozen=True, kw_only=True):
    """Take a role back."""

    person_id: UUID
    scope: str
    role: Role
    actor: Actor


class GrantRoleStatus(StrEnum):
    """How it ended."""

    CREATED = "created"
    EXISTS = "exists"
    PERSON_NOT_FOUND = "person_not_found"


class RevokeRoleStatus(StrEnum):
    """How it ended."""

    REVOKED = "revoked"
    NOT_FOUND = "not_found"
    """The person does not have the role."""


# Addresses


class AddressTag(StrEnum):
    """What an address is called by its owner."""

    NONE = ""
    HOME = "home"
    WORK = "work"
    OTHER_PERSON = "other_person"
    """Somebody whom its owner sends things to."""


class PutAddress(Struct, frozen=True, kw_only=True):
    """Write an address into a person's book, or over what the same id said before. *phone* is E.164.

    The first address is the default one, whatever *is_default* says. With a *region_code* the region is written as that
    is named; without one, what *region* says is kept, and has the code of the district that it names, if it does.
    """

    id: UUID
    person_id: UUID
    name: str
    phone: str
    region: str
    detail: str
    postcode: str
    is_default: bool
    region_code: str = ""
    tag: AddressTag = AddressTag.NONE


class RemoveAddress(Struct, frozen=True, kw_only=True):
    """Take an address out of a person's book. If it was the default, the newest left is from then on."""

    id: UUID
    person_id: UUID


class AddressStatus(StrEnum):
    """How writing an address ended. Where several apply, the first listed is given."""

    CREATED = "created"
    CHANGED = "changed"
    EXISTS = "exists"
    """The book says just that already."""
    PERSON_NOT_FOUND = "person_not_found"
    NAME_MALFORMED = "name_malformed"
    """A name has 1 to 40 characters, and something to see."""
    PHONE_MALFORMED = "phone_malformed"
    REGION_MALFORMED = "region_malformed"
    """A region has 1 to 100 characters."""
    REGION_NOT_FOUND = "region_not_found"
    """No district has this code."""
    DETAIL_MALFORMED = "detail_malformed"
    """The street and number have 1 to 200 characters."""
    POSTCODE_MALFORMED = "postcode_malformed"
    """A postcode has at most 12 letters, digits, spaces or hyphens; it may be left out."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """The book has 20 addresses."""


class RemoveAddressStatus(StrEnum):
    """How it ended."""

    REMOVED = "removed"
    NOT_FOUND = "not_found"
    """The person's book has no such address."""


class Address(Struct, frozen=True, kw_only=True):
    """An address of a person's book."""

    id: UUID
    name: str
    phone: str
    region: str
    detail: str
    postcode: str
    is_default: bool
    created_at: datetime
    region_code: str = ""
    """The district's (GB/T 2260); empty where the text names none."""
    tag: AddressTag = AddressTag.NONE


# Payment password


class PasswordCheckStatus(StrEnum):
    """What became of a payment password that was entered."""

    CORRECT = "correct"
    WRONG = "wrong"
    LOCKED = "locked"
    """Nothing is checked until `locked_until`, right or wrong."""
    NOT_SET = "not_set"


class Refusal(Struct, frozen=True):
    """Why a payment password opened nothing.

    It goes with the command that it was for, so that the answer is kept under an idempotency key like any other.
    """

    status: str
    """`payment_password_missing`, `…_not_set`, `…_locked` or `…_wrong`; or what else stands for one, and does not."""
    tries_left: int | None = None
    locked_until: datetime | None = None
    above: int | None = None
    """It refuses only what is more than this (minor units): the payment password was right, and is not enough."""

    def bars(self, amount: int) -> bool:
        """Say whether it refuses *amount*."""
        return self.above is None or amount > self.above


class Proof(Struct, frozen=True, kw_only=True):
    """What somebody entered so that their money is spent: large sums take more than the payment password."""

    payment_password: str | None = None
    login_password: str | None = None
    code: str | None = None


class Spending(Struct, frozen=True, kw_only=True):
    """What is to go of somebody's money, and what they entered for it."""

    id: UUID
    """Of what it makes: the same asked again is the same, and is counted once."""
    amount: int
    proof: Proof


class DayOfDigits(Struct, frozen=True, kw_only=True):
    """What six digits alone let go of somebody's money on one day: each is counted before it goes."""

    on: date
    spent: int = 0
    counted: tuple[UUID, ...] = ()
    """What was counted last."""


class PasswordCheck(Struct, frozen=True):
    """What became of a payment password that was entered. *tries_left* is told when it was wrong."""

    status: PasswordCheckStatus
    tries_left: int | None = None
    locked_until: datetime | None = None

    @property
    def refusal(self) -> Refusal | None:
        """Why it refuses what it was entered for; None where it was right."""
        if self.status is PasswordCheckStatus.CORRECT:
            return None
        return Refusal(f"payment_password_{self.status}", self.tries_left, self.locked_until)


class SetPaymentPassword(Struct, frozen=True, kw_only=True):
    """What a person enters to have a payment password: the login password, and the old one where there is one.

    While a reset is open, the old one may be left out.
    """

    person_id: UUID
    payment_password: str
    login_password: str
    old_payment_password: str | None = None


class PaymentPasswordStatus(StrEnum):
    """How setting it ended. Where several apply, the first listed is given."""

    CREATED = "created"
    CHANGED = "changed"
    MALFORMED = "malformed"
    """A payment password has 6 digits."""
    TOO_EASY = "too_easy"
    """A sequence, a repetition or a date."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    OLD_PAYMENT_PASSWORD_LOCKED = "old_payment_password_locked"
    OLD_PAYMENT_PASSWORD_WRONG = "old_payment_password_wrong"
    """It is wrong, or not given though there is one and no reset of it is open."""


class PaymentPasswordResult(Struct, frozen=True):
    """How setting a payment password ended."""

    status: PaymentPasswordStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class AskPaymentPasswordResetStatus(StrEnum):
    """How asking for a reset ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    """One is under way already: its times stay."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    NOT_SET = "not_set"
    """There is no payment password to forget."""


class AskPaymentPasswordResetResult(Struct, frozen=True):
    """How asking for a reset ended, and when it may be used."""

    status: AskPaymentPasswordResetStatus
    reset: PaymentPasswordReset | None = None
    locked_until: datetime | None = None


class ResetEnd(StrEnum):
    """Why a reset ended before a payment password was set by it."""

    CANCELLED = "cancelled"
    OLD_PASSWORD_GIVEN = "old_password_given"
    LOGIN_PASSWORD_CHANGED = "login_password_changed"


class CancelPaymentPasswordReset(Struct, frozen=True, kw_only=True):
    """End the reset of a person that is under way."""

    person_id: UUID
    reason: ResetEnd
    actor: Actor


class CancelPaymentPasswordResetStatus(StrEnum):
    """How cancelling ended."""

    CANCELLED = "cancelled"
    NOT_FOUND = "not_found"
    """No reset is under way."""


# Allowances


class GrantAllowance(Struct, frozen=True, kw_only=True):
    """Let one API key spend up to *amount* (minor units) of a person's money until a time, without asking each time.

    For who has checked the payment password.
    """

    id: UUID
    person_id: UUID
    key_id: UUID
    amount: int
    expires_at: datetime
    actor: Actor


class GrantAllowanceStatus(StrEnum):
    """How granting ended. Where several apply, the first listed is given."""

    CREATED = "created"
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"
    STEP_UP_NEEDED = "step_up_needed"
    """So much takes `code`, of who has an app, or else `login_password` as well."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"
    LOGIN_PASSWORD_WRONG = "login_password_wrong"
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    EXISTS = "exists"
    ID_TAKEN = "id_taken"
    """The id is that of another allowance of theirs."""
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    """An allowance has from 1 to 5,000,000 minor units."""
    EXPIRES_OUT_OF_RANGE = "expires_out_of_range"
    """An allowance ends after now, and within 90 days."""


class GrantAllowanceResult(Struct, frozen=True):
    """How granting ended; where the payment password was not right, with what is left."""

    status: GrantAllowanceStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


class SpendAllowance(Struct, frozen=True, kw_only=True):
    """Use an allowance in the place of the payment password. An amount of 0 only confirms.

    *person_id* is whose money it is: an allowance of somebody else's is as good as none, whatever key holds it.
    """

    id: UUID
    allowance_id: UUID
    person_id: UUID
    key_id: UUID
    amount: int
    actor: Actor


class SpendAllowanceStatus(StrEnum):
    """How spending ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    NOT_FOUND = "not_found"
    """There is no such allowance of this person for this key."""
    ID_TAKEN = "id_taken"
    """The id is that of another spending of theirs."""
    EXPIRED = "expired"
    """Its time is over, or the person took it back."""
    EXCEEDS_ALLOWANCE = "exceeds_allowance"


class RevokeAllowance(Struct, frozen=True, kw_only=True):
    """Take back what is left of an allowance."""

    id: UUID
    person_id: UUID
    actor: Actor


class RevokeAllowanceStatus(StrEnum):
    """How it ended."""

    REVOKED = "revoked"
    EXISTS = "exists"
    """It was taken back before."""
    NOT_FOUND = "not_found"


class Allowance(Struct, frozen=True, kw_only=True):
    """An allowance. Amounts are minor units."""

    id: UUID
    person_id: UUID
    key_id: UUID
    amount: int
    spent: int
    expires_at: datetime
    created_at: datetime
    revoked_at: datetime | None

"""What identity decides, as pure functions: names, passwords, locks, address books, allowances."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import pairwise
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.identity.model import (
    ADDRESSES_MAX,
    ALLOWANCE_MAX,
    Address,
    AddressStatus,
    Allowance,
    DayOfDigits,
    GrantAllowance,
    GrantAllowanceStatus,
    PasswordStatus,
    PutAddress,
    RemoveAddress,
    RemoveAddressStatus,
    RevokeAllowance,
    RevokeAllowanceStatus,
    SignUpPerson,
    SignUpStatus,
    SpendAllowance,
    SpendAllowanceStatus,
)
from weiji.web.regions import district_in, is_district, text_of

HANDLE: Final = re.compile(r"[a-z][a-z0-9_]{2,29}")
PAYMENT_PASSWORD: Final = re.compile(r"[0-9]{6}")
POSTCODE: Final = re.compile(r"[A-Za-z0-9 -]{0,12}")

REGION: Final = "CN"
"""Where a phone number without a country is from."""

RECOVERY_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: without letters that look like digits, and U, so that chance writes no words."""
RECOVERY_LENGTH: Final = 28
"""140 bits: more than the 112 from which on a look-up secret may be kept by a plain hash (OWASP ASVS 5.0, 6.5.2)."""
RECOVERY_CODE: Final = re.compile(f"[{RECOVERY_ALPHABET}]{{{RECOVERY_LENGTH}}}")
GROUP_LENGTH: Final = 4
COUNTED_KEPT: Final = 100
"""As many as one request has: of more, those before are counted again when they are asked for again."""
_LOOK_ALIKES: Final = str.maketrans("ILO", "110")

PASSWORD_LENGTH_MIN: Final = 8
PASSWORD_LENGTH_MAX: Final = 128

GUESSED_WORDS: Final = ("weiji", "微集", "admin", "operator", "merchant", "password", "密码")
"""What whoever knows this place puts into a password first: it makes none longer."""

DISPLAY_NAME_MAX: Final = 40
REGION_MAX: Final = 100
DETAIL_MAX: Final = 200

SESSION_IDLE: Final = timedelta(days=14)
"""A session that nobody used for so long has ended."""
SESSION_ABSOLUTE: Final = timedelta(days=90)
"""A session ends so long after it started, used or not."""

DEVICE_BYTES: Final = 16
"""Of the random name of a device, and of the hash that it is told by."""
SEEN_EVERY: Final = timedelta(minutes=5)
"""How exactly it is known when a session or key was last used: more exactly would be a write for each request."""

ALLOWANCE_TIME_MAX: Final = timedelta(days=90)

_REORDERING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that change the direction of the text after them: a name with one can rewrite the page around it."""

_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Characters that count as letters or signs and show nothing."""


class Lock(Struct, frozen=True):
    """How many tries there are before a lock, and how long the first, second, … lock is.

    After a quiet time (longer than the longest lock), if there is one, counting starts again.
    """

    tries: int
    locks: tuple[timedelta, ...]
    quiet: timedelta | None = None

    def ends(self, now: datetime) -> list[datetime]:
        """Tell when each lock that begins now would end."""
        return [now + lock for lock in self.locks]


def _minutes(*minutes: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=each) for each in minutes)


SIGN_IN_LOCK: Final = Lock(5, _minutes(1, 5, 15, 60), timedelta(days=1))
"""For one name. Short enough that who locks another's name out gains little."""
ADDRESS_LOCK: Final = Lock(100, _minutes(5, 15, 60), timedelta(hours=2))
"""For one network address, behind which a whole office may sit."""
SIGN_UP_LOCK: Final = Lock(30, _minutes(60), timedelta(hours=2))
"""For sign-ups from one network address."""
PHONE_LOCK: Final = Lock(10, _minutes(60), timedelta(hours=2))
"""For changes of a person's phone number: who tries many learns which of them are somebody's."""
PAYMENT_LOCK: Final = Lock(5, _minutes(10, 60, 360, 1440))
"""For payment passwords: five of a million, then ten minutes; at last five a day. Only the right one starts afresh."""

RESET_WAIT: Final = timedelta(hours=24)
"""Before a forgotten payment password is set anew: a day, in which whoever has the account sees it and can cancel.

There is no second channel to prove oneself by, so what stands between a stolen login password and the money is time.
"""
RESET_OPEN: Final = timedelta(days=7)
"""How long it may then be used: a week holds everybody's free evening, and no forgotten one lies open for ever."""


# Names


def clean_handle(text: str) -> str | None:
    """Make a handle of what was typed; None where it can't be one."""
    handle = text.strip().removeprefix("@").lower()
    return handle if HANDLE.fullmatch(handle) else None


def clean_phone(text: str) -> str | None:
    """Make an E.164 number of what was typed; None where there can be no such number."""
    # Slow to import, and most of what uses this module never reads a number.
    import phonenumbers

    if len(text) > 40:
        return None
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def hide_phone(phone: str) -> str:
    """Hide the middle of an E.164 number: +86138****8000."""
    return f"{phone[:-8]}****{phone[-4:]}"


def clean_line(text: str, length_max: int) -> str | None:
    """Make one line of what was typed, in any script; None where it is empty, too long or does more than be read."""
    line = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(line) <= length_max or any(_is_refused(character) for character in line):
        return None
    return line if any(_is_visible(character) for character in line) else None


def clean_display_name(text: str) -> str | None:
    """Make a display name of what was typed; None where it can't be one."""
    return clean_line(text, DISPLAY_NAME_MAX)


def plain_name(person_id: UUID, locale: str) -> str:
    """Make a name for somebody who has none any more: it says nothing but that it is somebody."""
    word = "User" if locale == "en" else "用户"
    return f"{word} {person_id.hex[:12][-6:]}{person_id.hex[-6:]}"


def _is_refused(character: str) -> bool:
    # Unassigned characters pass: they may be next year's emoji.
    return character in _REORDERING or unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def _is_visible(character: str) -> bool:
    category = unicodedata.category(character)
    return (category[0] in "LNPS" or category in {"Cn", "Co"}) and character not in _BLANK


def hash_recovery_code(person_id: UUID, code: str) -> bytes:
    """Hash a recovery code together with whose it is: copied from one row to another, it is wrong there."""
    return sha256(person_id.bytes + code.encode()).digest()


# Passwords


def clean_password(text: str) -> str:
    """Make the same characters of what different keyboards send (NIST SP 800-63B, section 5.1.1.2)."""
    return unicodedata.normalize("NFKC", text)


def to_hash(text: str) -> bytes:
    """Make bytes of a password; of halves of surrogate pairs too, so that nothing that is typed is a fault of ours."""
    return text.encode("utf-8", "surrogatepass")


@cache
def breached_passwords() -> frozenset[str]:
    """List the passwords that leaked most often, in lower case; read when first asked for."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # It has no types.

    return frozenset(each for each in FREQUENCY_LISTS["passwords"] if len(each) >= PASSWORD_LENGTH_MIN)


def judge_password(password: str, names: Sequence[str]) -> PasswordStatus | None:
    """Say what is wrong with a cleaned password, if anything. *names* are the handle and phone number of its person."""
    if len(password) < PASSWORD_LENGTH_MIN:
        return PasswordStatus.PASSWORD_TOO_SHORT
    if len(password) > PASSWORD_LENGTH_MAX:
        return PasswordStatus.PASSWORD_TOO_LONG
    lower = password.lower()
    if lower in breached_passwords():
        return PasswordStatus.PASSWORD_BREACHED
    if any(contains_name(password, name) for name in names):
        return PasswordStatus.PASSWORD_CONTAINS_NAME
    rest = lower
    for word in GUESSED_WORDS:
        rest = rest.replace(word, "")
    if rest != lower and (len(rest) < PASSWORD_LENGTH_MIN or rest in breached_passwords()):
        return PasswordStatus.PASSWORD_CONTAINS_NAME
    return None


def contains_name(password: str, name: str) -> bool:
    """Tell whether a cleaned password contains a handle or a phone number, which is typed without its country."""
    return name.lower().removeprefix("+86") in password.lower()


def is_payment_password(text: str) -> bool:
    """Tell whether it has 6 digits (ASCII)."""
    return PAYMENT_PASSWORD.fullmatch(text) is not None


def is_too_easy(digits: str) -> bool:
    """Tell whether 6 digits are among the first that anybody would try."""
    halves, pairs = (digits[:3], digits[3:]), (digits[:2], digits[2:4], digits[4:])
    return (
        # 111111, 123456, 654321, 890123, 024680.
        _is_run(digits)
        # 123123, 121212.
        or halves[0] == halves[1]
        or len(set(pairs)) == 1
        # 111222, 112233.
        or (all(len(set(half)) == 1 for half in halves))
        or (all(len(set(pair)) == 1 for pair in pairs) and _is_run(digits[::2]))
        # 123321.
        or (halves[0] == halves[1][::-1] and _is_run(halves[0]))
        or _is_date(digits)
    )


def _is_run(digits: str) -> bool:
    """Tell whether each digit is as far from the one before as the next is from it, with 0 after 9."""
    return len({(int(b) - int(a)) % 10 for a, b in pairwise(digits)}) == 1


def _is_date(digits: str) -> bool:
    """Tell whether it reads as a birthday: 900215 (year, month, day) or 199002 (year, month)."""
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if digits[:2] in {"19", "20"} and 1 <= day <= 12:
        return True
    try:
        date(2000 + year if year % 4 == 0 else 1900 + year, month, day)
    except ValueError:
        return False
    return True


def tries_left(lock: Lock, attempts: int) -> int:
    """Tell how many tries there are before the next lock, after so many that were wrong."""
    return lock.tries - attempts % lock.tries


def count_by_digits(day: DayOfDigits, key: UUID, amount: int, most: int) -> DayOfDigits | None:
    """Count what the payment password alone is to let go; None where that day's would come to more than *most*.

    *key* tells what was counted before from what was not: whoever asks again for one thing has it counted once.
    """
    if key in day.counted:
        return day
    if day.spent + amount > most:
        return None
    return DayOfDigits(on=day.on, spent=day.spent + amount, counted=(*day.counted, key)[-COUNTED_KEPT:])


# Recovery codes


def clean_recovery_code(text: str) -> str | None:
    """Read a code as somebody wrote it down: in small letters, in other groups, with I, L or O for 1, 1 and 0."""
    plain = "".join(each for each in unicodedata.normalize("NFKC", text).upper() if not _is_gap(each))
    code = plain.translate(_LOOK_ALIKES)
    return code if RECOVERY_CODE.fullmatch(code) else None


def group_recovery_code(code: str) -> str:
    """Set a code in groups that people can write down: `7K2M-…`, seven of four."""
    return "-".join(code[at : at + GROUP_LENGTH] for at in range(0, len(code), GROUP_LENGTH))


def _is_gap(character: str) -> bool:
    # A space, or any of the dashes that keyboards make of a hyphen.
    return character.isspace() or unicodedata.category(character) == "Pd"


# Sign-up


class Names(Struct, frozen=True):
    """The registry names of one person: `handle:…` and `phone:…`."""

    handle: str | None
    phone: str | None

    def all(self) -> list[str]:
        """List the names that there are."""
        return [name for name in (self.handle, self.phone) if name]


def judge_sign_ups(
    commands: Sequence[SignUpPerson], names: Sequence[Names], people: Mapping[UUID, Names], taken: Mapping[str, UUID]
) -> list[SignUpStatus]:
    """Answer each sign-up as if it came alone, after the ones before it.

    *people* are those who have one of the ids, with their names; *taken* says whose a name is.
    """
    people, taken = dict(people), dict(taken)
    statuses = []
    for command, its in zip(commands, names, strict=True):
        status = SignUpStatus.CREATED
        if command.id in people:
            status = SignUpStatus.EXISTS if people[command.id] == its else SignUpStatus.ID_TAKEN
        elif its.handle in taken:
            status = SignUpStatus.HANDLE_TAKEN
        elif its.phone in taken:
            status = SignUpStatus.PHONE_TAKEN
        else:
            people[command.id] = its
            taken.update(dict.fromkeys(its.all(), command.id))
        statuses.append(status)
    return statuses


# Addresses


class AddressBooks:
    """The address books of some people, in memory: what a batch does to them, to be written afterwards."""

    def __init__(self, books: Mapping[UUID, Sequence[Address]], now: datetime) -> None:
        self.before = {owner: {address.id: address for address in book} for owner, book in books.items()}
        self.books = {owner: dict(book) for owner, book in self.before.items()}
        self.now = now

    def put(self, command: PutAddress) -> AddressStatus:
        """Write one address."""
        book = self.books.get(command.person_id)
        if book is None:
            return AddressStatus.PERSON_NOT_FOUND
        before = book.get(command.id)
        # A book that has addresses has a default: to take it from one, give it to another.
        is_default = command.is_default or not book or (before is not None and before.is_default)
        after = read_address(command, is_default, before.created_at if before else self.now)
        if isinstance(after, AddressStatus):
            return after
        if after == before:
            return AddressStatus.EXISTS
        if before is None and len(book) >= ADDRESSES_MAX:
            return AddressStatus.EXCEEDS_LIMIT
        if is_default:
            book.update({id: replace(other, is_default=False) for id, other in book.items() if other.is_default})
        book[command.id] = after
        return AddressStatus.CHANGED if before else AddressStatus.CREATED

    def remove(self, command: RemoveAddress) -> RemoveAddressStatus:
        """Take one address out."""
        book = self.books.get(command.person_id, {})
        gone = book.pop(command.id, None)
        if gone is None:
            return RemoveAddressStatus.NOT_FOUND
        if gone.is_default and book:
            newest = max(book.values(), key=lambda address: (address.created_at, address.id))
            book[newest.id] = replace(newest, is_default=True)
        return RemoveAddressStatus.REMOVED

    def written(self) -> list[tuple[UUID, Address]]:
        """List what is new or another than before, with its owner."""
        return [
            (owner, address)
            for owner, book in self.books.items()
            for address in book.values()
            if self.before[owner].get(address.id) != address
        ]

    def removed(self) -> list[tuple[UUID, UUID]]:
        """List what is no longer there: owner and address."""
        return [(owner, id) for owner, book in self.before.items() for id in book if id not in self.books[owner]]


def read_address(command: PutAddress, is_default: bool, created_at: datetime) -> Address | AddressStatus:
    """Make an address of what was typed, or say what is wrong with it."""
    name = clean_line(command.name, DISPLAY_NAME_MAX)
    if name is None:
        return AddressStatus.NAME_MALFORMED
    phone = clean_phone(command.phone)
    if phone is None:
        return AddressStatus.PHONE_MALFORMED
    region = clean_line(text_of(code) if is_district(code := command.region_code) else command.region, REGION_MAX)
    if region is None:
        return AddressStatus.REGION_MALFORMED
    if not code:
        code = district_in(region)
    elif not is_district(code):
        return AddressStatus.REGION_NOT_FOUND
    detail = clean_line(command.detail, DETAIL_MAX)
    if detail is None:
        return AddressStatus.DETAIL_MALFORMED
    postcode = command.postcode.strip()
    if not POSTCODE.fullmatch(postcode):
        return AddressStatus.POSTCODE_MALFORMED
    return Address(
        id=command.id,
        name=name,
        phone=phone,
        region=region,
        detail=detail,
        postcode=postcode,
        is_default=is_default,
        created_at=created_at,
        region_code=code,
        tag=command.tag,
    )


# Allowances


class Spending(Struct, frozen=True):
    """A spending that was done."""

    person_id: UUID
    id: UUID
    allowance_id: UUID
    amount: int


class Allowances:
    """Allowances in memory: what a batch does to them. Ids are a person's own."""

    def __init__(self, allowances: Sequence[Allowance], spendings: Sequence[Spending], now: datetime) -> None:
        self.allowances = {(allowance.person_id, allowance.id): allowance for allowance in allowances}
        self.spendings = {(spending.person_id, spending.id): spending for spending in spendings}
        self.now = now

    def grant(self, command: GrantAllowance) -> GrantAllowanceStatus:
        """Make an allowance."""
        before = self.allowances.get((command.person_id, command.id))
        if before:
            is_same = (before.key_id, before.amount, before.expires_at) == (
                command.key_id,
                command.amount,
                command.expires_at,
            )
            return GrantAllowanceStatus.EXISTS if is_same else GrantAllowanceStatus.ID_TAKEN
        if not 1 <= command.amount <= ALLOWANCE_MAX:
            return GrantAllowanceStatus.AMOUNT_OUT_OF_RANGE
        if not self.now < command.expires_at <= self.now + ALLOWANCE_TIME_MAX:
            return GrantAllowanceStatus.EXPIRES_OUT_OF_RANGE
        self._keep(
            Allowance(
                id=command.id,
                person_id=command.person_id,
                key_id=command.key_id,
                amount=command.amount,
                spent=0,
                expires_at=command.expires_at,
                created_at=self.now,
                revoked_at=None,
            )
        )
        return GrantAllowanceStatus.CREATED

    def judge_spending(self, command: SpendAllowance) -> SpendAllowanceStatus:
        """Say whether an allowance may be used, and use nothing."""
        assert command.amount >= 0, "an amount to spend is not negative"
        allowance = self.allowances.get((command.person_id, command.allowance_id))
        if not allowance or allowance.key_id != command.key_id:
            return SpendAllowanceStatus.NOT_FOUND
        done = Spending(command.person_id, command.id, command.allowance_id, command.amount)
        before = self.spendings.get((command.person_id, command.id))
        if before:
            return SpendAllowanceStatus.EXISTS if before == done else SpendAllowanceStatus.ID_TAKEN
        if allowance.revoked_at or self.now >= allowance.expires_at:
            return SpendAllowanceStatus.EXPIRED
        if command.amount > allowance.amount - allowance.spent:
            return SpendAllowanceStatus.EXCEEDS_ALLOWANCE
        return SpendAllowanceStatus.CREATED

    def spend(self, command: SpendAllowance) -> SpendAllowanceStatus:
        """Use an allowance."""
        status = self.judge_spending(command)
        if status is SpendAllowanceStatus.CREATED:
            done = Spending(command.person_id, command.id, command.allowance_id, command.amount)
            self.spendings[command.person_id, command.id] = done
            allowance = self.allowances[command.person_id, command.allowance_id]
            self._keep(replace(allowance, spent=allowance.spent + command.amount))
        return status

    def revoke(self, command: RevokeAllowance) -> RevokeAllowanceStatus:
        """Take back what is left of an allowance."""
        allowance = self.allowances.get((command.person_id, command.id))
        if not allowance:
            return RevokeAllowanceStatus.NOT_FOUND
        if allowance.revoked_at:
            return RevokeAllowanceStatus.EXISTS
        self._keep(replace(allowance, revoked_at=self.now))
        return RevokeAllowanceStatus.REVOKED

    def _keep(self, allowance: Allowance) -> None:
        self.allowances[allowance.person_id, allowance.id] = allowance

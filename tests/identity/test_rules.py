"""Proves which names and passwords are taken, and when tries are over."""

from random import Random

import pytest

from weiji.identity.hashing import _hasher as make_hasher
from weiji.identity.model import PasswordStatus
from weiji.identity.rules import (
    PAYMENT_LOCK,
    clean_display_name,
    clean_handle,
    clean_password,
    clean_phone,
    hide_phone,
    is_payment_password,
    is_too_easy,
    judge_password,
    tries_left,
)


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("mei", "mei"),
        (" @Mei_Lin9 ", "mei_lin9"),
        ("a" * 30, "a" * 30),
        ("a" * 31, None),
        ("ab", None),
        ("9lives", None),
        ("_mei", None),
        ("mei lin", None),
        ("méi", None),
        ("мei", None),  # The first letter is Cyrillic.
        ("mei\n", "mei"),
        ("mei\x00", None),
        ("", None),
    ],
)
def test_a_handle_is_plain(typed: str, handle: str | None) -> None:
    assert clean_handle(typed) == handle


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("+1 415 555 2671", "+14155552671"),
        ("010-62770334", "+861062770334"),
        ("10000", None),
        ("1380013800", None),
        ("+999 12345678", None),
        ("13800138000 ext. 5", None),
        ("mei", None),
        ("", None),
        ("1" * 1_000, None),
    ],
)
def test_a_phone_number_is_written_one_way(typed: str, phone: str | None) -> None:
    assert clean_phone(typed) == phone


def test_the_middle_of_a_phone_number_is_hidden() -> None:
    assert hide_phone("+8613800138000") == "+86138****8000"


@pytest.mark.parametrize(
    "name",
    [
        "梅",
        "Zoë",
        "\U0001f469\u200d\U0001f33e 农夫",
        "مريم",
        "דנה 🌷",
        "O'Neil & Søn",
        "नमस्ते",
        "梅" * 40,
        "<b>bold</b>",
        "🫨🫩",
    ],
)
def test_a_display_name_may_be_in_any_script(name: str) -> None:
    assert clean_display_name(name) is not None


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u3000",
        "梅" * 41,
        "a\u202eb",  # Right-to-left override.
        "\u2066a",
        "a\nb",
        "a\u2028b",
        "a\x00",
        "a\x7f",
        "a\x85b",
        "\ud800",
        "\u200b",  # Zero width space.
        "\u200d\u200d",
        "\u3164",  # Hangul filler.
        "\u2800",  # Empty Braille.
        "\u0301",  # An accent on nothing.
    ],
)
def test_a_display_name_has_something_to_see_and_moves_nothing_else(name: str) -> None:
    assert clean_display_name(name) is None


def test_display_names_that_look_alike_are_stored_alike() -> None:
    assert clean_display_name(" Zoe\u0308 ") == "Zo\u00eb"


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("seven77", PasswordStatus.PASSWORD_TOO_SHORT),
        ("六个汉字不够", PasswordStatus.PASSWORD_TOO_SHORT),
        ("x" * 129, PasswordStatus.PASSWORD_TOO_LONG),
        ("password", PasswordStatus.PASSWORD_BREACHED),
        ("1234567890", PasswordStatus.PASSWORD_BREACHED),
        ("QWERTYUIOP", PasswordStatus.PASSWORD_BREACHED),
        ("i am Mei_Lin!", PasswordStatus.PASSWORD_CONTAINS_NAME),
        ("13800138000!", PasswordStatus.PASSWORD_CONTAINS_NAME),
        ("Weiji@2026", PasswordStatus.PASSWORD_CONTAINS_NAME),
        ("微集admin12345678", PasswordStatus.PASSWORD_CONTAINS_NAME),
        ("a goose on weiji", None),
        ("a goose on a bridge", None),
        ("八个汉字就已经够", None),
        ("        ", None),
        ("x" * 128, None),
    ],
)
def test_a_password_is_long_enough_not_known_and_not_the_name(password: str, status: PasswordStatus | None) -> None:
    assert judge_password(password, ["mei_lin", "+8613800138000"]) == status


def test_a_password_is_the_same_from_a_full_width_keyboard() -> None:
    assert clean_password("ｇｏｏｓｅ１２３") == "goose123"


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "12345a", "１２３４５６", "٣٣٣٣٣٣", "12345\n", " 135790", "-12345"]
)
def test_a_payment_password_has_six_digits(text: str) -> None:
    assert not is_payment_password(text)


@pytest.mark.parametrize(
    "digits",
    [
        *("000000", "111111", "999999", "123456", "234567", "654321", "890123", "210987", "135791", "246802"),
        *("123123", "121212", "909090", "112233", "332211", "111222", "999000", "123321", "987789"),
        *("900215", "000229", "199002", "200812", "851231", "010101"),
    ],
)
def test_a_payment_password_that_anybody_would_try_is_refused(digits: str) -> None:
    assert is_payment_password(digits)
    assert is_too_easy(digits)


@pytest.mark.parametrize("digits", ["592817", "830476", "407193", "738294", "904471"])
def test_other_payment_passwords_are_taken(digits: str) -> None:
    assert not is_too_easy(digits)


def test_most_payment_passwords_are_left() -> None:
    tried = Random(1).sample(range(1_000_000), 50_000)  # noqa: S311 - A sample, no secret.
    assert 0.036 < sum(is_too_easy(f"{number:06}") for number in tried) / len(tried) < 0.05


def test_tries_are_counted_down_in_rounds() -> None:
    assert [tries_left(PAYMENT_LOCK, attempts) for attempts in (1, 4, 6, 9)] == [4, 1, 4, 1]


def test_each_guess_costs_as_much_as_owasp_asks_for() -> None:
    # `make_hasher` was taken before the tests' own, which is cheap, was put in its place.
    assert make_hasher().hash(b"a goose on a bridge").startswith("$argon2id$v=19$m=19456,t=2,p=1$")

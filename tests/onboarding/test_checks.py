"""Proves that check digits are those of the standards: known numbers pass, and no single slip does."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.onboarding.examples import JPEG, PDF, PNG, make_card_number, make_credit_code, make_id_number
from weiji.kit.text import tidy_name
from weiji.onboarding import checks

TODAY = date(2026, 11, 22)

CODES = st.integers(0, 10**6).map(make_credit_code)
IDS = st.integers(0, 10**6).map(make_id_number)
CARDS = st.integers(0, 10**6).map(make_card_number)


@pytest.mark.parametrize(
    "code",
    # Companies whose codes everybody may read on their licences and pages.
    ["91110000600037341L", "9144030071526726XG", "914403001922038216", "91330100799655058B", "91110108717743469K"],
)
def test_known_credit_codes_pass(code: str) -> None:
    assert checks.is_credit_code(code)


@pytest.mark.parametrize(
    "number",
    # The examples of GB 11643-1999; the second was born in 1880, which nobody who opens a shop was.
    [("11010519491231002X", True), ("440524188001010014", False)],
)
def test_the_standards_examples(number: tuple[str, bool]) -> None:
    text, is_alive = number
    assert checks.id_number_check(text[:17]) == text[17]
    assert checks.is_id_number(text, TODAY) is is_alive


@pytest.mark.parametrize(
    "number", ["4111111111111111", "6222021234567890128"[:18] + checks.luhn_check("622202123456789012")]
)
def test_known_cards_pass(number: str) -> None:
    assert checks.is_card_number(number)


@given(CODES, st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_a_credit_code_with_one_wrong_character_does_not_pass(code: str, place: int, other: str) -> None:
    assert checks.is_credit_code(code)
    wrong = code[:place] + other + code[place + 1 :]
    assert checks.is_credit_code(wrong) is (wrong == code)


@given(IDS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_a_residents_number_with_one_wrong_digit_does_not_pass(number: str, place: int, other: str) -> None:
    assert checks.is_id_number(number, TODAY)
    wrong = number[:place] + other + number[place + 1 :]
    assert checks.is_id_number(wrong, TODAY) is (wrong == number)


@given(CARDS, st.integers(0, 18), st.sampled_from("0123456789"))
def test_a_card_with_one_wrong_digit_does_not_pass(number: str, place: int, other: str) -> None:
    assert checks.is_card_number(number)
    wrong = number[:place] + other + number[place + 1 :]
    assert checks.is_card_number(wrong) is (wrong == number)


@given(CODES, IDS, st.integers(0, 16))
def test_two_neighbours_that_changed_places_are_found(code: str, number: str, place: int) -> None:
    def swap(text: str) -> str:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]

    assert checks.is_credit_code(swap(code)) is (swap(code) == code)
    assert checks.is_id_number(swap(number), TODAY) is (swap(number) == number)


@given(st.text(max_size=24))
def test_whatever_is_typed_is_judged(text: str) -> None:
    tidied = checks.tidy_number(text)
    for is_number in (checks.is_credit_code, checks.is_card_number, checks.is_account_number):
        assert is_number(tidied) in (True, False)
    assert checks.is_id_number(tidied, TODAY) in (True, False)
    assert not any(character.isspace() for character in tidy_name(text))


@pytest.mark.parametrize(
    "first", ["11010520271231002", "11010520230230002", "11010518991231002", "11010520260001002", "99010519491231002"]
)
def test_who_is_not_born_yet_or_nowhere_has_no_number(first: str) -> None:
    assert not checks.is_id_number(first + (checks.id_number_check(first) or ""), TODAY)


def test_numbers_and_names_are_tidied() -> None:
    assert checks.tidy_number(" 6217 0000-1234　５６７８ ") == "6217000012345678"
    assert checks.tidy_number("91110108717743469ｋ") == "91110108717743469K"
    assert tidy_name("杭州（西湖） 茶业") == tidy_name("杭州(西湖)茶业")
    assert tidy_name("阿卜杜拉·买买提") == tidy_name("阿卜杜拉•买买提")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (PDF, "application/pdf"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<html><script>", None),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"", None),
    ],
)
def test_a_document_is_what_its_first_bytes_say(content: bytes, media_type: str | None) -> None:
    assert checks.sniff(content) == media_type

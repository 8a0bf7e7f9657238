"""Proves that carriers are recognised by their numbers: by check digits, or else by what the numbers look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.carriers.known import BY_CODE, CARRIERS, find_carrier, fits, is_refuted, recognise, squeeze

EXAMPLES = {
    "SF1234567890123": ["sf"],
    "sf 1234 5678 90123": ["sf"],
    "YT1234567890123": ["yto"],
    "75123456789012": ["zto"],
    "431234567890123": ["yunda"],
    "JDVA00123456789": ["jd"],
    "JT1234567890123": ["jt"],
    "DPK123456789012": ["deppon"],
    "EE123456785CN": ["ems"],
    "RB123456785CN": ["chinapost"],
    "RB123456785GB": ["post"],
    "1Z5R89390357567127": ["ups"],
    "1Z879E930346834440": ["ups"],
    "041441760228964": ["fedex"],
    "986578788855": ["sf", "yto", "sto", "fedex"],
    "3318810025": ["deppon", "dhl"],
    "hello": [],
}
"""Numbers of the carriers' own examples and of their forms, and whose they may be."""


@pytest.mark.parametrize(("number", "codes"), EXAMPLES.items(), ids=EXAMPLES)
def test_a_number_is_recognised(number: str, codes: list[str]) -> None:
    assert [carrier.code for carrier in recognise(number)] == codes


@pytest.mark.parametrize(("number", "check", "missed_max"), [("RB123456785GB", 10, 8), ("1Z5R89390357567127", 17, 15)])
def test_a_wrong_digit_is_found(number: str, check: int, missed_max: int) -> None:
    """Of the check digit always. Of the others nearly: both sums write two remainders alike, or double within ten."""
    assert not is_refuted(number)
    missed = 0
    for place, right in enumerate(number):
        if right.isdigit() and place >= 2:
            for wrong in set("0123456789") - {right}:
                changed = number[:place] + wrong + number[place + 1 :]
                assert is_refuted(changed) is (recognise(changed) == []), changed
                missed += not is_refuted(changed)
                assert is_refuted(changed) or place != check, changed
    assert missed <= missed_max


def test_names_and_codes_lead_to_one_carrier() -> None:
    for carrier in CARRIERS:
        for name in (carrier.code, carrier.name, carrier.name_en, carrier.kuaidi100, *carrier.aliases):
            assert find_carrier(f" {name.upper()} ".strip()) is carrier, name
    assert find_carrier("同城配送") is None
    assert len(BY_CODE) == len(CARRIERS)


@given(st.text(max_size=40))
def test_nothing_that_is_typed_is_too_odd_to_be_judged(text: str) -> None:
    for carrier in recognise(text):
        assert carrier in CARRIERS
    assert is_refuted(squeeze(text)) is False or recognise(text) == []
    assert not fits(BY_CODE["ups"], text) or squeeze(text).startswith("1Z")

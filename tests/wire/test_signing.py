"""Proves that the header Authorization is read in every order, and that nothing else is taken for one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.world import KEY
from weiji.wire.keys.authority import make_serial
from weiji.wire.sealing import Unopenable, open_field, seal_field
from weiji.wire.signing import SCHEME, Credentials, Unreadable, read_authorization

PAIRS = {
    "mchid": "1900000109",
    "nonce_str": "593BEC0C930BF1AFEB40B4A08C8FB242",
    "timestamp": "1554208460",
    "serial_no": "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C",
    "signature": base64.b64encode(b"signature").decode(),
}


def write(pairs: list[tuple[str, str]], joint: str = ",") -> str:
    return f"{SCHEME} " + joint.join(f'{name}="{value}"' for name, value in pairs)


@given(st.permutations(list(PAIRS.items())), st.sampled_from([",", ", ", " ,"]))
def test_pairs_come_in_any_order(pairs: list[tuple[str, str]], joint: str) -> None:
    found = read_authorization(write(pairs, joint))
    assert found == Credentials(
        mchid=PAIRS["mchid"],
        serial=PAIRS["serial_no"],
        timestamp=1554208460,
        timestamp_text="1554208460",
        nonce=PAIRS["nonce_str"],
        signature=b"signature",
    )


@given(st.text(max_size=300))
def test_nothing_else_is_taken_for_one(text: str) -> None:
    with pytest.raises(Unreadable):
        read_authorization(text)


@given(st.text(max_size=200), st.integers(0, 400))
def test_a_header_that_was_spoilt_is_read_or_refused_and_never_fails_otherwise(text: str, place: int) -> None:
    whole = write(list(PAIRS.items()))
    for spoilt in (whole[:place] + text + whole[place:], whole[:place] + text, f"{SCHEME} {text}"):
        try:
            found = read_authorization(spoilt)
        except Unreadable:
            continue
        assert found.mchid.isdecimal()
        assert found.nonce.isascii()


@given(st.sampled_from(sorted(PAIRS)))
def test_every_pair_is_needed_once(name: str) -> None:
    pairs = list(PAIRS.items())
    for wrong in ([pair for pair in pairs if pair[0] != name], [*pairs, (name, PAIRS[name])]):
        with pytest.raises(Unreadable, match=name):
            read_authorization(write(wrong))


def test_a_serial_has_forty_digits_and_no_leading_zero() -> None:
    assert {len(f"{make_serial():X}") for _ in range(2_000)} == {40}
    assert max(make_serial() for _ in range(2_000)).bit_length() <= 159


@given(st.text(max_size=50))
def test_a_field_is_opened_by_whom_it_was_sealed_for(text: str) -> None:
    assert open_field(KEY, seal_field(KEY.public_key(), text)) == text
    with pytest.raises(Unopenable):
        open_field(KEY, base64.b64encode(text.encode()).decode())

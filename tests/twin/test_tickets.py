"""Proves that a ticket lets over whom the live installation signed it for, for a minute, and nobody else."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.examples import ticket
from weiji.kit import clock
from weiji.kit.seal import KEYS
from weiji.twin import public_key_text, read_ticket, write_ticket
from weiji.twin.model import SKEW_MAX, TICKET_LASTS, ArrivalFault, ArrivalRefused

SECOND = timedelta(seconds=1)


def _key() -> bytes:
    return bytes.fromhex(public_key_text())


def test_what_was_signed_is_read() -> None:
    given = ticket()
    assert read_ticket(write_ticket(given), _key(), given.written_at) == given


@pytest.mark.parametrize("late", [TICKET_LASTS, -SKEW_MAX - SECOND])
def test_a_ticket_of_another_time_is_refused(late: timedelta) -> None:
    given = ticket()
    text = write_ticket(given)
    assert read_ticket(text, _key(), given.written_at + (late - SECOND if late > SECOND else -SKEW_MAX)) == given
    with pytest.raises(ArrivalRefused) as refused:
        read_ticket(text, _key(), given.written_at + late)
    assert refused.value.fault is ArrivalFault.EXPIRED


@given(st.integers(0, 10_000), st.sampled_from("AZaz09_-.=é\x00"))
def test_a_ticket_with_another_character_is_forged(place: int, other: str) -> None:
    KEYS.use(bytes(range(32)))
    text = write_ticket(ticket())
    place %= len(text)
    changed = text[:place] + other + text[place + 1 :]
    before = read_ticket(text, _key(), clock.wall())
    try:
        # Base64 leaves some bits of the last character over: what is read is the same then.
        is_forged = read_ticket(changed, _key(), clock.wall()) != before
    except ArrivalRefused as refused:
        is_forged = refused.fault is not ArrivalFault.FORGED
    assert not is_forged


@pytest.mark.parametrize("text", ["", ".", "a.b", "x" * 5_000, "{}.{}"])
def test_what_is_no_ticket_is_forged(text: str) -> None:
    with pytest.raises(ArrivalRefused, match="forged"):
        read_ticket(text, _key(), clock.wall())


def test_another_installation_signs_nothing_that_is_believed() -> None:
    ours = _key()
    KEYS.use(bytes(32))
    try:
        theirs = write_ticket(ticket())
    finally:
        KEYS.use(bytes(range(32)))
    with pytest.raises(ArrivalRefused, match="forged"):
        read_ticket(theirs, ours, clock.wall())

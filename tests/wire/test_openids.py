"""Proves that an openid leads to one person of one app, and that nothing else does."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.kit.seal import KEYS
from weiji.wire.openids import LENGTH, openid_of, person_of


@pytest.fixture(autouse=True, scope="module")
def _keys() -> Iterator[None]:
    """Open a master key that only these tests have."""
    before = KEYS._held
    KEYS.use(bytes(range(32)))
    yield
    KEYS._held = before


@given(st.text(max_size=32), st.text(max_size=32), st.uuids(), st.integers(0, LENGTH - 1), st.sampled_from("oAz09-_é"))
def test_an_openid_is_read_again_by_its_app_alone(app: str, other: str, id: UUID, place: int, letter: str) -> None:
    openid = openid_of(app, id)
    assert (len(openid), person_of(app, openid)) == (LENGTH, id)
    if other != app:
        assert openid_of(other, id) != openid
        assert person_of(other, openid) is None
    forged = openid[:place] + letter + openid[place + 1 :]
    assert person_of(app, forged) is None or forged == openid


@given(st.text(max_size=40))
def test_what_nobody_was_told_leads_to_nobody(text: str) -> None:
    assert person_of("wx1", text) is None

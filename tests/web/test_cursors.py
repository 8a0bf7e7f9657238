"""Proves that a cursor reads as it was written, and that whatever else is read of one, PostgreSQL can take."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weiji.kit.db import Transaction
from weiji.web.bodies import Malformed
from weiji.web.cursors import Bigint, Smallint, read_cursor, write_cursor

KINDS: Final[dict[Any, tuple[str, Any]]] = {
    int: ("integer", st.integers(-(2**31), 2**31 - 1)),
    Smallint: ("smallint", st.integers(-(2**15), 2**15 - 1)),
    Bigint: ("bigint", st.integers(-(2**63), 2**63 - 1)),
    str: ("text", st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))),
    datetime: ("timestamptz", st.datetimes(timezones=st.just(UTC))),
    date: ("date", st.dates()),
    UUID: ("uuid", st.uuids()),
}
EAST: Final = timezone(timedelta(hours=14))
FORGED: Final = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.just("\0"),
    st.datetimes(timezones=st.just(EAST)),
    st.just(datetime.min.replace(tzinfo=EAST).isoformat()),
    st.datetimes().map(str),
    st.dates().map(str),
    st.uuids(),
    st.none(),
    st.binary(),
)


@given(st.data(), st.sampled_from([*KINDS]))
def test_a_cursor_reads_as_it_was_written(data: st.DataObject, kind: Any) -> None:
    part = data.draw(KINDS[kind][1])
    assert read_cursor(write_cursor(part), tuple[kind]) == (part,)


@given(st.text(), st.sampled_from([*KINDS]))
def test_a_word_that_is_no_cursor_is_refused(word: str, kind: Any) -> None:
    if word:
        with pytest.raises(Malformed):
            read_cursor(f"{word}!", tuple[kind, kind])
    assert read_cursor("", tuple[kind]) is read_cursor(None, tuple[kind]) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(FORGED, st.sampled_from([*KINDS]))
async def test_what_is_read_of_a_forged_cursor_can_be_asked_of_the_database(
    tx: Transaction, part: Any, kind: Any
) -> None:
    try:
        found = read_cursor(write_cursor(part), tuple[kind])
    except Malformed:
        return
    assert found
    await tx.connection.fetchval(f"select $1::{KINDS[kind][0]}", found[0])


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Malformed):
        read_cursor(write_cursor(1, UUID(int=0)), tuple[datetime, UUID])
    with pytest.raises(Malformed):
        read_cursor(msgspec.json.encode([1]).decode(), tuple[int])

"""Columns of a batch come to PostgreSQL as they are, and back."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weiji.kit.db import Transaction

INTEGERS = {"smallint": 15, "integer": 31, "bigint": 63}

columns = st.one_of(
    *(
        st.tuples(st.just(name), st.lists(st.none() | st.integers(-(2**bits), 2**bits - 1), max_size=300))
        for name, bits in INTEGERS.items()
    ),
    st.tuples(st.just("uuid"), st.lists(st.none() | st.uuids(), max_size=300)),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=columns)
async def test_a_column_comes_as_it_is(tx: Transaction, column: tuple[str, list[Any]]) -> None:
    name, values = column
    row = await tx.connection.fetchrow(f"select $1::{name}[], $1::{name}[]::text[], cardinality($1::{name}[])", values)
    assert row is not None
    assert row[0] == values
    assert row[1] == [None if value is None else str(value) for value in values]
    assert row[2] == len(values)


@pytest.mark.parametrize(
    ("name", "values"), [("smallint", [2**15]), ("integer", [1, -(2**31) - 1]), ("bigint", [2**63])]
)
async def test_what_is_out_of_range_is_refused(tx: Transaction, name: str, values: list[int]) -> None:
    with pytest.raises(Exception, match=r"out of range|format requires|int too large"):
        await tx.connection.fetchval(f"select $1::{name}[]", values)


@pytest.mark.parametrize(("name", "values"), [("bigint", ["1"]), ("bigint", [1.5]), ("uuid", ["x"]), ("uuid", [1])])
async def test_what_is_of_another_kind_is_refused(tx: Transaction, name: str, values: list[object]) -> None:
    with pytest.raises(Exception, match=r"integer|bytes|float|hexadecimal"):
        await tx.connection.fetchval(f"select $1::{name}[]", values)


async def test_ids_may_be_written_out(tx: Transaction) -> None:
    id = uuid4()
    assert await tx.connection.fetchval("select $1::uuid[]", [str(id), None, id]) == [id, None, id]

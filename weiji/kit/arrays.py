"""Arrays as PostgreSQL sends them: the columns of a batch, packed at once.

asyncpg packs an array element by element, and asks of each what it is: a tenth of what a batch costs. Here a column of
integers is one `struct.pack`, and one of ids one `join`: a third of the time. The wire format is that of PostgreSQL's
`array_recv`: dimensions, whether there are nulls, the type of the elements; for each dimension its length and where it
begins; then each element behind its length, -1 where it is null.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct, error, unpack_from
from typing import Any, Final
from uuid import UUID

from asyncpg.pgproto import pgproto

_HEAD: Final = Struct(">iiiii")
_EMPTY: Final = Struct(">iii")
_LENGTH: Final = Struct(">i")
_NULL: Final = _LENGTH.pack(-1)
_ID_LENGTH: Final = _LENGTH.pack(16)

INTEGERS: Final = (("_int2", 1005, 21, "h"), ("_int4", 1007, 23, "i"), ("_int8", 1016, 20, "q"))
"""Name and oid of an array's type, oid of its elements' type, how `struct` calls them. Built-in oids never change."""

IDS: Final = ("_uuid", 2951, 2950)

Codec = tuple[str, int, Callable[[Sequence[Any]], bytes], Callable[[bytes], list[Any]]]


def _integers(name: str, oid: int, element: int, kind: str) -> Codec:
    one = Struct(f">i{kind}")
    width = one.size - _LENGTH.size

    @lru_cache(maxsize=512)  # Columns are as long as their batch, or as a part of it.
    def packing(length: int) -> Struct:
        return Struct(">iiiii" + f"i{kind}" * length)

    def encode(values: Sequence[int | None]) -> bytes:
        length = len(values)
        if not length:
            return _EMPTY.pack(0, 0, element)
        cells = [width] * (2 * length)
        cells[1::2] = values  # type: ignore[assignment]  # Where there is a null, packing fails, and it goes the long way.
        try:
            return packing(length).pack(1, 0, element, length, 1, *cells)
        except error:
            return _HEAD.pack(1, None in values, element, length, 1) + b"".join(
                _NULL if value is None else one.pack(width, value) for value in values
            )

    def read(data: bytes, at: int) -> int:
        value: int = unpack_from(f">{kind}", data, at)[0]
        return value

    return name, oid, encode, _decoder(read)


def _ids(name: str, oid: int, element: int) -> Codec:
    def encode(values: Sequence[UUID | None]) -> bytes:
        length = len(values)
        if not length:
            return _EMPTY.pack(0, 0, element)
        try:
            cells = _ID_LENGTH.join([value.bytes for value in values])  # type: ignore[union-attr]
        except AttributeError:  # There is a null, or an id that is written out.
            ids = [UUID(value) if isinstance(value, str) else value for value in values]
            return _HEAD.pack(1, 1, element, length, 1) + b"".join(
                [_NULL if id is None else _ID_LENGTH + id.bytes for id in ids]
            )
        return _HEAD.pack(1, 0, element, length, 1) + _ID_LENGTH + cells

    return name, oid, encode, _decoder(lambda data, at: pgproto.UUID(data[at : at + 16]))


def _decoder(read: Callable[[bytes, int], Any]) -> Callable[[bytes], list[Any]]:
    def decode(data: bytes) -> list[Any]:
        dimensions = unpack_from(">i", data)[0]
        if not dimensions:
            return []
        assert dimensions == 1, "a column of a batch has one dimension"
        values: list[Any] = []
        at = _HEAD.size
        for _ in range(unpack_from(">i", data, 12)[0]):
            length = unpack_from(">i", data, at)[0]
            at += 4
            if length < 0:
                values.append(None)
            else:
                values.append(read(data, at))
                at += length
        return values

    return decode


CODECS: Final = (*(_integers(*each) for each in INTEGERS), _ids(*IDS))
"""For each type: name, oid, how it is written, how it is read."""

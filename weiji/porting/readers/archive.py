"""Reads the goods of weiji's own archives: one product on each line of `goods.jsonl`, as JSON."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from weiji.catalog import Option, Picture, ProductState
from weiji.porting.records import VALUE_MAX, Fault, Item, ProductRecord, SkuRecord, refuse

SOURCE: Final = "weiji"
GOODS: Final = "goods.jsonl"
MANIFEST: Final = "manifest.json"
LINE_MAX: Final = 4_000_000
"""Bytes of one line."""


class ArchivedProduct(Struct, frozen=True, kw_only=True):
    """A product as an archive has it. What a later version adds is passed over. Money is in fen."""

    handle: str
    title: str
    state: ProductState
    skus: tuple[SkuRecord, ...]
    description_html: str = ""
    vendor: str = ""
    kind: str = ""
    tags: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    pictures: tuple[Picture, ...] = ()
    extra: dict[str, str] = {}


_DECODER: Final = msgspec.json.Decoder(ArchivedProduct)


def read(file: BinaryIO) -> Iterator[Item]:
    """Read the products of `goods.jsonl` one by one."""
    file.seek(0)
    number, seen = 0, set[str]()
    while source := file.readline(LINE_MAX):
        number += 1
        if not source.strip():
            continue
        try:
            archived = _DECODER.decode(source)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield refuse(number, Fault.BROKEN_LINE, str(error))
            continue
        if archived.handle in seen:
            yield refuse(number, Fault.HANDLE_AGAIN, archived.handle, handle=archived.handle[:VALUE_MAX])
            continue
        seen.add(archived.handle)
        facts = {name: getattr(archived, name) for name in ArchivedProduct.__struct_fields__}
        yield ProductRecord(line=number, rows=(number,), **facts)


def archived(record: ProductRecord) -> bytes:
    """Write a product as a line of `goods.jsonl`."""
    facts = {name: getattr(record, name) for name in ArchivedProduct.__struct_fields__}
    return msgspec.json.encode(ArchivedProduct(**facts)) + b"\n"

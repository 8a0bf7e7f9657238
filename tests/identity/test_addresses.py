"""Proves that an address book keeps what was written, has one default, an end, and one reader."""

import asyncio
from typing import Any, Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.identity.people import make_people
from tests.identity.undone import SLOW, undone
from weiji.identity import Address, get_addresses
from weiji.identity.model import (
    ADDRESSES_MAX,
    AddressStatus,
    AddressTag,
    PutAddress,
    RemoveAddress,
    RemoveAddressStatus,
)
from weiji.identity.operations import put_addresses, remove_addresses
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.kit.sql import Statement

HOME: Final = {
    "name": "梅",
    "phone": "138 0013 8000",
    "region": "浙江省 杭州市 西湖区",
    "detail": "文三路 1 号 👋",
    "postcode": "310012",
    "is_default": False,
}


def _put(person_id: UUID, **values: Any) -> PutAddress:
    return PutAddress(**{"id": new_id(), "person_id": person_id, **HOME, **values})


async def test_an_address_is_written_read_changed_and_removed(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    home = _put(mei)
    changed = _put(mei, id=home.id, detail=" 文三路 2 号 ", postcode="")
    assert await put_addresses(tx, [home, home, changed]) == [
        AddressStatus.CREATED,
        AddressStatus.EXISTS,
        AddressStatus.CHANGED,
    ]
    assert await put_addresses(tx, [changed]) == [AddressStatus.EXISTS]
    assert await get_addresses(tx, mei) == [
        Address(
            id=home.id,
            name="梅",
            phone="+8613800138000",
            region="浙江省 杭州市 西湖区",
            detail="文三路 2 号",
            postcode="",
            is_default=True,
            created_at=tx.now,
            region_code="330106",
        )
    ]
    remove = RemoveAddress(id=home.id, person_id=mei)
    assert await remove_addresses(tx, [remove, remove]) == [RemoveAddressStatus.REMOVED, RemoveAddressStatus.NOT_FOUND]
    assert await get_addresses(tx, mei) == []


async def test_what_is_no_address_is_refused(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    refused = {
        AddressStatus.NAME_MALFORMED: _put(mei, name="\u202e", phone="?"),
        AddressStatus.PHONE_MALFORMED: _put(mei, phone="?", region=""),
        AddressStatus.REGION_MALFORMED: _put(mei, region="x" * 101, detail=""),
        AddressStatus.REGION_NOT_FOUND: _put(mei, region_code="330100", detail=""),
        AddressStatus.DETAIL_MALFORMED: _put(mei, detail="\n", postcode="?"),
        AddressStatus.POSTCODE_MALFORMED: _put(mei, postcode="1234567890123"),
        AddressStatus.PERSON_NOT_FOUND: _put(new_id(), name=""),
    }
    assert await put_addresses(tx, list(refused.values())) == list(refused)
    assert await get_addresses(tx, mei) == []


async def test_a_region_is_known_by_its_code_and_by_its_name(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    coded = _put(mei, region="", region_code="110105", tag=AddressTag.WORK)
    named = _put(mei, region="上海市浦东新区")
    vague = _put(mei, region="浙江省杭州市")
    foreign = _put(mei, region="Greater London", postcode="NW1 6XE")
    statuses = await put_addresses(tx, [coded, named, vague, foreign])
    assert statuses == [AddressStatus.CREATED] * 4
    kept = {address.id: (address.region_code, address.region, address.tag) for address in await get_addresses(tx, mei)}
    assert kept == {
        coded.id: ("110105", "北京市 朝阳区", "work"),
        named.id: ("310115", "上海市浦东新区", ""),
        vague.id: ("", "浙江省杭州市", ""),
        foreign.id: ("", "Greater London", ""),
    }


async def test_a_book_has_an_end(tx: Transaction) -> None:
    mei, lin = await make_people(tx, 2)
    full = [_put(mei) for _ in range(ADDRESSES_MAX)]
    statuses = await put_addresses(tx, [*full, _put(mei), _put(lin), _put(mei, id=full[0].id, detail="elsewhere")])
    assert statuses[ADDRESSES_MAX:] == [AddressStatus.EXCEEDS_LIMIT, AddressStatus.CREATED, AddressStatus.CHANGED]
    assert await put_addresses(tx, [_put(mei)]) == [AddressStatus.EXCEEDS_LIMIT]
    await remove_addresses(tx, [RemoveAddress(id=full[3].id, person_id=mei)])
    assert await put_addresses(tx, [_put(mei)]) == [AddressStatus.CREATED]


async def test_one_address_is_the_default(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    one, two, three = _put(mei), _put(mei), _put(mei, is_default=True)

    async def default() -> list[UUID]:
        return [address.id for address in await get_addresses(tx, mei) if address.is_default]

    await put_addresses(tx, [one, two])
    assert await default() == [one.id]
    await put_addresses(tx, [three])
    assert await default() == [three.id]
    # Not wishing it to be the default takes nothing from it: give it to another.
    assert await put_addresses(tx, [_put(mei, id=three.id)]) == [AddressStatus.EXISTS]
    await put_addresses(tx, [_put(mei, id=one.id, is_default=True)])
    assert await default() == [one.id]
    await remove_addresses(tx, [RemoveAddress(id=one.id, person_id=mei)])
    assert len(await default()) == 1


async def test_nobody_reads_or_removes_the_addresses_of_another(tx: Transaction) -> None:
    mei, lin = await make_people(tx, 2)
    home = _put(mei)
    await put_addresses(tx, [home])
    assert await get_addresses(tx, lin) == []
    foreign = RemoveAddress(id=home.id, person_id=lin)
    assert await remove_addresses(tx, [foreign]) == [RemoveAddressStatus.NOT_FOUND]
    # The same id in another book is another address.
    assert await put_addresses(tx, [_put(lin, id=home.id, name="林")]) == [AddressStatus.CREATED]
    assert [address.name for address in await get_addresses(tx, mei)] == ["梅"]


async def test_who_lives_where_is_nowhere_in_the_clear(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    await put_addresses(tx, [_put(mei)])
    for row in await tx.rows(Statement("test", "select a::text from identity.addresses a where person_id = $1"), mei):
        for secret in ("13800138000", "文三路", "梅"):
            assert secret not in row[0]
            assert secret.encode().hex() not in row[0]


async def test_many_who_write_into_one_book_at_once_do_not_overfill_it(database: Database) -> None:
    async with database.transaction() as tx:
        (mei,) = await make_people(tx, 1)
    commands = [_put(mei, is_default=number % 2 == 0) for number in range(ADDRESSES_MAX + 10)]
    answers = await asyncio.gather(
        *(database.retried(lambda tx, command=command: put_addresses(tx, [command])) for command in commands)  # type: ignore[misc]
    )
    statuses = [status for each in answers for status in each]
    assert statuses.count(AddressStatus.CREATED) == ADDRESSES_MAX
    async with database.read() as reader:
        addresses = await get_addresses(reader, mei)
    assert len(addresses) == ADDRESSES_MAX
    assert sum(address.is_default for address in addresses) == 1


PUTS = st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from(["here", "there", ""]), st.booleans())
REMOVALS = st.tuples(st.integers(0, 2), st.integers(0, 3))


@SLOW
@given(st.lists(PUTS, min_size=1, max_size=10), st.lists(REMOVALS, max_size=5), st.lists(PUTS, max_size=4))
async def test_law_of_batches_for_addresses(
    tx: Transaction,
    first: list[tuple[int, int, str, bool]],
    removals: list[tuple[int, int]],
    second: list[tuple[int, int, str, bool]],
) -> None:
    def split(commands: list[Any], is_batch: bool) -> list[list[Any]]:
        return [commands] if is_batch else [[command] for command in commands]

    answers: list[Any] = []
    async with undone(tx):
        for is_batch in (True, False):
            people = [*await make_people(tx, 2), new_id()]
            ids = [new_id() for _ in range(4)]
            statuses: list[str] = []
            for puts in (first, second):
                commands = [_put(people[p], id=ids[i], detail=d, is_default=b) for p, i, d, b in puts]
                for batch in split(commands, is_batch):
                    statuses += await put_addresses(tx, batch)
                gone = [RemoveAddress(id=ids[i], person_id=people[p]) for p, i in removals]
                for parts in split(gone, is_batch):
                    statuses += await remove_addresses(tx, parts)
            books = [
                {(ids.index(a.id), a.detail, a.is_default) for a in await get_addresses(tx, person)}
                for person in people
            ]
            answers.append((statuses, books))
    assert answers[0] == answers[1]

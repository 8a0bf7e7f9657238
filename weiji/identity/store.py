"""Types for the statements in queries.sql, and what is sealed in them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.identity.model import (
    ADDRESSES_MAX,
    Address,
    AddressTag,
    Allowance,
    GrantAllowance,
    PaymentPasswordReset,
    Person,
    Profile,
    Session,
    SignUpPerson,
)
from weiji.identity.rules import Names, Spending, hide_phone
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import shard_of, shards_of
from weiji.kit.seal import KEYS, Place, column

SQL = sql.beside(__file__)

PHONE: Final = column("identity.people:phone")
CONTACT: Final = column(
    "identity.addresses:contact", Place(table="identity.addresses", column="contact", part="person_id")
)

PEOPLE_MAX: Final = 1_000
"""People that one call may ask for."""

ALLOWANCES_LISTED: Final = 100


class Contact(Struct, array_like=True):
    """What is sealed of an address."""

    name: str
    phone: str
    detail: str
    postcode: str


# People


def names_of(handle: str | None, phone: str | None) -> Names:
    """Make the registry names of a handle and an E.164 number."""
    return Names(
        f"handle:{handle}" if handle else None,
        f"phone:{KEYS.blind_index(phone, PHONE).hex()}" if phone else None,
    )


def phone_of(row: Row) -> str | None:
    """Open the phone number of a row of people."""
    return KEYS.unseal(row["phone"], PHONE, row["id"]) if row["phone"] else None


async def find_people(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Names]:
    """Find who has one of the ids, with their registry names."""
    rows = await reader.rows(SQL.find_people, shards_of(ids), ids)
    return {row["id"]: names_of(row["handle"], phone_of(row)) for row in rows}


async def find_names(reader: Reader, names: Sequence[str]) -> dict[str, UUID]:
    """Find whose registry names these are."""
    return {row["name"]: row["person_id"] for row in await reader.rows(SQL.find_names, names)}


async def add_people(tx: Transaction, people: Sequence[tuple[SignUpPerson, Names]]) -> None:
    """Write people and their names."""
    pairs = [(name, person.id) for person, names in people for name in names.all()]
    await tx.run(SQL.add_names, [name for name, _ in pairs], [id for _, id in pairs], tx.now)
    await tx.run(
        SQL.add_people,
        shards_of(person.id for person, _ in people),
        [person.id for person, _ in people],
        [person.handle for person, _ in people],
        [KEYS.seal(person.phone, PHONE, person.id) if person.phone else None for person, _ in people],
        [person.display_name for person, _ in people],
        [person.locale for person, _ in people],
        [person.password_hash for person, _ in people],
        tx.now,
    )


async def get_people(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Person]:
    """Tell how people are called; who does not exist is left out. At most 1,000."""
    assert len(ids) <= PEOPLE_MAX, f"at most {PEOPLE_MAX} people at once"
    rows = await reader.rows(SQL.get_people, shards_of(ids), ids) if ids else []
    return {row["id"]: Person(row["id"], row["handle"], row["display_name"]) for row in rows}


async def get_named_since(reader: Reader, shard: int, after: UUID, since: datetime, limit: int) -> list[Person]:
    """Read people of a shard who took their name since some time, behind an id, in the order of ids."""
    rows = await reader.rows(SQL.get_named_since, shard, after, since, limit)
    return [Person(row["id"], row["handle"], row["display_name"]) for row in rows]


async def get_profile(reader: Reader, person_id: UUID, now: datetime) -> Profile | None:
    """Tell a person what is known of them."""
    row = await reader.row(SQL.get_profile, shard_of(person_id), person_id)
    if row is None:
        return None
    phone, reset = phone_of(row), reset_of(row)
    return Profile(
        row["id"],
        row["handle"],
        hide_phone(phone) if phone else None,
        row["display_name"],
        row["locale"],
        row["created_at"],
        row["has_payment_password"],
        reset if reset and reset.is_pending(now) else None,
        row["recovery_code_made_at"],
        row["second_factor_added_at"],
        row["taken_reason"],
    )


async def lock_payment_passwords(tx: Transaction, people: Sequence[UUID]) -> dict[UUID, Row]:
    """Lock the payment passwords of people, in one order; who has none is left out."""
    return {row["person_id"]: row for row in await tx.rows(SQL.lock_payment_passwords, shards_of(people), people)}


def reset_of(row: Row) -> PaymentPasswordReset | None:
    """Read the reset of a payment password; None where none was asked for."""
    if row["reset_asked_at"] is None:
        return None
    return PaymentPasswordReset(row["reset_asked_at"], row["reset_opens_at"], row["reset_closes_at"])


# Sessions


async def get_sessions(reader: Reader, person_id: UUID, now: datetime) -> list[Session]:
    """List the sessions of a person that have not ended, the last used first."""
    return [Session(*row.values()) for row in await reader.rows(SQL.get_sessions, shard_of(person_id), person_id, now)]


async def get_signed_in(reader: Reader, limit: int) -> list[UUID]:
    """List people who have a session, in no order."""
    return [row["person_id"] for row in await reader.rows(SQL.get_signed_in, limit)]


def read_roles(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Read the roles of the view `identity.callers`: `scope role` each."""
    return tuple((scope, role) for scope, _, role in (text.partition(" ") for text in texts))


# Addresses


async def get_books(reader: Reader, people: Sequence[UUID]) -> dict[UUID, list[Address]]:
    """Read the address books of people: the default first, then the newest."""
    books: dict[UUID, list[Address]] = {person_id: [] for person_id in people}
    limit = len(books) * ADDRESSES_MAX
    for row in await reader.rows(SQL.get_addresses, shards_of(people), people, limit):
        books[row["person_id"]].append(open_address(row))
    return books


def open_address(row: Row) -> Address:
    """Read an address from a row of `identity.public_addresses`: whom it is of is sealed there."""
    sealed = KEYS.unseal(row["contact"], _contact_of(row["person_id"]), row["id"])
    contact = msgspec.json.decode(sealed, type=Contact)
    return Address(
        id=row["id"],
        name=contact.name,
        phone=contact.phone,
        region=row["region"],
        detail=contact.detail,
        postcode=contact.postcode,
        is_default=row["is_default"],
        created_at=row["created_at"],
        region_code=row["region_code"],
        tag=AddressTag(row["tag"]),
    )


async def get_addresses(reader: Reader, person_id: UUID) -> list[Address]:
    """Read the address book of a person: the default first, then the newest."""
    return (await get_books(reader, [person_id]))[person_id]


async def write_addresses(
    tx: Transaction, written: Sequence[tuple[UUID, Address]], removed: Sequence[tuple[UUID, UUID]]
) -> None:
    """Write and remove addresses, each with its owner."""
    if removed:
        owners = [owner for owner, _ in removed]
        await tx.run(SQL.remove_addresses, shards_of(owners), owners, [id for _, id in removed])
    movers = [owner for owner, address in written if address.is_default]
    if movers:
        await tx.run(SQL.clear_default_addresses, shards_of(movers), movers)
    if written:
        owners = [owner for owner, _ in written]
        await tx.run(
            SQL.put_addresses,
            shards_of(owners),
            owners,
            [address.id for _, address in written],
            [address.region for _, address in written],
            [_seal_contact(owner, address) for owner, address in written],
            [address.is_default for _, address in written],
            [address.created_at for _, address in written],
            [address.region_code for _, address in written],
            [address.tag for _, address in written],
        )


def _contact_of(owner: UUID) -> str:
    # An address's id is made by whoever writes it: bound to the owner too, it opens in no other book.
    return f"{CONTACT}:{owner}"


def _seal_contact(owner: UUID, address: Address) -> bytes:
    contact = Contact(address.name, address.phone, address.detail, address.postcode)
    return KEYS.seal(msgspec.json.encode(contact).decode(), _contact_of(owner), address.id)


# Allowances


async def lock_allowances(tx: Transaction, people: Sequence[UUID], ids: Sequence[UUID]) -> list[Allowance]:
    """Lock allowances by their people and ids, in one order, and read them."""
    return [_allowance(row) for row in await tx.rows(SQL.lock_allowances, shards_of(people), people, ids)]


async def find_spendings(tx: Transaction, people: Sequence[UUID], ids: Sequence[UUID]) -> list[Spending]:
    """Find spendings that were done before."""
    return [Spending(*row.values()) for row in await tx.rows(SQL.find_spendings, shards_of(people), people, ids)]


async def add_allowances(tx: Transaction, commands: Sequence[GrantAllowance]) -> None:
    """Write new allowances."""
    await tx.run(
        SQL.add_allowances,
        shards_of(command.person_id for command in commands),
        [command.person_id for command in commands],
        [command.id for command in commands],
        [command.key_id for command in commands],
        [command.amount for command in commands],
        [command.expires_at for command in commands],
        tx.now,
    )


async def change_allowances(
    tx: Transaction, allowances: Sequence[Allowance], spendings: Sequence[Spending] = ()
) -> None:
    """Write how much of allowances is spent, by which spendings, and which were taken back."""
    await tx.run(
        SQL.change_allowances,
        shards_of(allowance.person_id for allowance in allowances),
        [allowance.person_id for allowance in allowances],
        [allowance.id for allowance in allowances],
        [allowance.spent for allowance in allowances],
        [allowance.revoked_at for allowance in allowances],
        shards_of(spending.person_id for spending in spendings),
        [spending.person_id for spending in spendings],
        [spending.id for spending in spendings],
        [spending.allowance_id for spending in spendings],
        [spending.amount for spending in spendings],
        tx.now,
    )


async def get_allowances(reader: Reader, person_id: UUID) -> list[Allowance]:
    """List the allowances of a person, the newest first, at most 100."""
    rows = await reader.rows(SQL.get_allowances, shard_of(person_id), person_id, ALLOWANCES_LISTED)
    return [_allowance(row) for row in rows]


def _allowance(row: Any) -> Allowance:
    return Allowance(**row)

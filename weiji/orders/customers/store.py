"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive, distinct_shards, shard_of, shards_of
from weiji.kit.seal import KEYS, Place, column
from weiji.orders.customers.model import CONSENTS_MAX, TEXT_VERSION, Consent, Contact, Customer, Reached
from weiji.orders.customers.rules import Consents, Ordered

SQL: Final = sql.beside(__file__)


def _sealed_for(shop_id: UUID, person_id: UUID) -> UUID:
    return derive(shop_id, "consent", person_id)


SEALED: Final = column(
    "orders.consents:contact",
    Place(table="orders.consents", column="contact", of=("shop_id", "person_id"), id=_sealed_for),
)
"""What contacts are sealed for."""


def _seal(shop_id: UUID, person_id: UUID, contact: Contact | None) -> bytes | None:
    if contact is None:
        return None
    return KEYS.seal_bytes(msgspec.json.encode(contact), SEALED, _sealed_for(shop_id, person_id))


def _unseal(shop_id: UUID, person_id: UUID, sealed: bytes) -> Contact:
    opened = KEYS.unseal_bytes(sealed, SEALED, _sealed_for(shop_id, person_id))
    return msgspec.json.decode(opened, type=Contact)


async def get_orders(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Ordered]:
    """Read whose orders are, and how their buyers are reached. To whom a present goes gave no consent."""
    found = {}
    for row in await reader.rows(SQL.get_orders, distinct_shards(ids), list(ids)):
        is_known = row["name"] and not row["is_gift"]
        contact = Contact(name=row["name"], phone=row["phone"] or "") if is_known else Contact(name=row["buyer_name"])
        found[row["id"]] = Ordered(id=row["id"], shop_id=row["shop_id"], buyer_id=row["buyer_id"], contact=contact)
    return found


async def lock_consents(
    tx: Transaction, keys: Collection[tuple[UUID, UUID]], orders: Mapping[UUID, Ordered]
) -> Consents:
    """Lock the consents of pairs of shop and person until *tx* ends; those that there are not are left out."""
    pairs = sorted(set(keys))
    rows = (
        await tx.rows(
            SQL.lock_consents,
            distinct_shards({shop for shop, _ in pairs}),
            [shop for shop, _ in pairs],
            [person for _, person in pairs],
        )
        if pairs
        else []
    )
    consents = {}
    for row in rows:
        facts = dict(row)
        shop_id, person_id = facts["shop_id"], facts["person_id"]
        facts["contact"] = _unseal(shop_id, person_id, facts["contact"]) if facts["contact"] else None
        consents[shop_id, person_id] = Consent(**facts)
    return Consents(consents, orders, tx.now)


async def write_consents(tx: Transaction, before: Mapping[tuple[UUID, UUID], Consent], after: Consents) -> None:
    """Write the consents that changed."""
    changed = [consent for key, consent in after.consents.items() if before.get(key) != consent]
    if changed:
        shops = [consent.shop_id for consent in changed]
        await tx.run(
            SQL.put_consents,
            shards_of(shops),
            shops,
            [consent.person_id for consent in changed],
            [consent.order_id for consent in changed],
            [consent.text_version for consent in changed],
            [_seal(consent.shop_id, consent.person_id, consent.contact) for consent in changed],
            [consent.agreed_at for consent in changed],
            [consent.withdrawn_at for consent in changed],
        )


async def get_agreed(reader: Reader, shop_ids: Collection[UUID], person_id: UUID) -> frozenset[UUID]:
    """Say which of these shops may write to somebody already."""
    rows = await reader.rows(SQL.get_agreed, distinct_shards(shop_ids), list(shop_ids), person_id, TEXT_VERSION)
    return frozenset(row["shop_id"] for row in rows)


async def list_customers(
    reader: Reader, shop_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[Customer]:
    """Read who agreed that a shop writes to them, the newest first."""
    rows = await reader.rows(SQL.list_customers, shard_of(shop_id), shop_id, *(before or (None, None)), limit)
    found = []
    for row in rows:
        facts = dict(row)
        contact = _unseal(shop_id, facts["person_id"], facts.pop("contact"))
        found.append(Customer(name=contact.name, phone=contact.phone, **facts))
    return found


class Wishable(Struct, frozen=True, kw_only=True):
    """A shop, and what a buyer may wish of it besides the goods."""

    shop_id: UUID
    shop_name: str
    is_invoice_offered: bool
    is_agreed: bool


async def get_wishable(reader: Reader, shop_ids: Collection[UUID], person_id: UUID) -> list[Wishable]:
    """Read what somebody may wish of shops."""
    rows = await reader.rows(SQL.get_wishable, distinct_shards(shop_ids), list(shop_ids), person_id, TEXT_VERSION)
    return [Wishable(**dict(row)) for row in rows]


class CustomerDesk(Struct, frozen=True, kw_only=True):
    """A shop, and how many agreed."""

    id: UUID
    handle: str
    name: str
    customers: int


async def get_desk(reader: Reader, shop_id: UUID) -> CustomerDesk | None:
    """Read what stands on a shop's page of customers."""
    row = await reader.row(SQL.get_customer_desk, shard_of(shop_id), shop_id)
    return CustomerDesk(**dict(row)) if row else None


async def list_reached(reader: Reader, person_id: UUID) -> list[Reached]:
    """Read which shops may write to somebody, the newest first."""
    found = []
    for row in await reader.rows(SQL.list_reached, person_id, CONSENTS_MAX):
        facts = dict(row)
        contact = _unseal(facts["shop_id"], facts.pop("person_id"), facts.pop("contact"))
        found.append(Reached(name=contact.name, phone=contact.phone, **facts))
    return found


def keys_of(orders: Mapping[UUID, Ordered], order_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Say which pairs of shop and person orders are about."""
    return [(orders[id].shop_id, orders[id].buyer_id) for id in order_ids if id in orders]

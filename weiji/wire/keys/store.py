"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import shard_of, shards_of
from weiji.wire.keys.authority import KeyKind, StoredKey
from weiji.wire.keys.model import CERTIFICATES_MAX, AdmitRequest, Certificate, Merchant, OpenMerchant, shard_of_mchid

SQL = sql.beside(__file__)

CERTIFICATES_SHOWN: int = 100
"""Certificates that are read of a merchant, ended ones too."""


class FoundParty(Struct, frozen=True, kw_only=True):
    """A merchant with its shop and the certificates that may be in force."""

    merchant: Merchant
    shop_name: str
    is_open: bool
    certificates: list[Certificate]


class NamedShop(Struct, frozen=True, kw_only=True):
    """A shop, as its desk shows it."""

    id: UUID
    handle: str
    name: str


class KeysOfShop(Struct, frozen=True, kw_only=True):
    """A shop, and the merchant that it is, if it is one, with all certificates, and where it listens, by topic."""

    shop: NamedShop
    merchant: Merchant | None
    certificates: list[Certificate]
    listeners: dict[str, str]


async def add_merchants(tx: Transaction, commands: Sequence[OpenMerchant]) -> None:
    """Write merchants that are new."""
    if commands:
        mchids, shops = columns(commands, "mchid", "shop_id")
        await tx.run(SQL.add_merchants, shards_of(shops), mchids, shops, tx.now)


async def lock_merchants(tx: Transaction, shop_ids: Collection[UUID]) -> dict[UUID, Merchant]:
    """Lock the merchants of shops until *tx* ends."""
    ids = sorted(set(shop_ids))
    rows = await tx.rows(SQL.lock_merchants, shards_of(ids), ids)
    return {row["shop_id"]: _merchant(row) for row in rows}


async def get_taken_numbers(reader: Reader, mchids: Collection[str]) -> set[str]:
    """Tell which numbers somebody has."""
    given = sorted(set(mchids))
    rows = await reader.rows(SQL.get_taken_numbers, [shard_of_mchid(each) for each in given], given)
    return {row["mchid"] for row in rows}


async def get_merchants(reader: Reader, mchids: Collection[str]) -> dict[str, Merchant]:
    """Read merchants by their numbers."""
    given = sorted(set(mchids))
    rows = await reader.rows(SQL.get_merchants, [shard_of_mchid(each) for each in given], given)
    return {row["mchid"]: _merchant(row) for row in rows}


async def get_merchants_of_shops(reader: Reader, shop_ids: Collection[UUID]) -> list[Merchant]:
    """Read the merchants that shops are."""
    ids = sorted(shop_ids)
    return [_merchant(row) for row in await reader.rows(SQL.get_merchants_of_shops, shards_of(ids), ids)]


async def list_clients(reader: Reader, mchid: str, after: str, limit: int) -> list[Merchant]:
    """Read the merchants that named another one as their service provider, by their numbers, after one of them."""
    return [_merchant(row) for row in await reader.rows(SQL.list_clients, mchid, after, limit)]


async def get_keys_of_shop(reader: Reader, shop_id: UUID) -> KeysOfShop | None:
    """Read a shop with the merchant that it is, and the certificates, the newest first; None: there is no such shop."""
    rows = await reader.rows(SQL.get_keys_of_shop, shard_of(shop_id), shop_id, CERTIFICATES_SHOWN)
    if not rows:
        return None
    first = rows[0]
    return KeysOfShop(
        shop=NamedShop(id=first["shop_id"], handle=first["shop_handle"], name=first["shop_name"]),
        merchant=_merchant(first) if first["mchid"] is not None else None,
        certificates=[_certified(row) for row in rows if row["serial"] is not None],
        listeners=first["listeners"] or {},
    )


def _merchant(row: Row) -> Merchant:
    values = {name: row[name] for name in Merchant.__struct_fields__}
    lists = {name: tuple(values[name]) for name in ("partners", "v2_addresses", "certificate_clients")}
    return Merchant(**values | lists)


async def find_party(reader: Reader, mchid: str, wall: datetime) -> FoundParty | None:
    """Find a merchant by its number, with the certificates that are in force."""
    rows = await reader.rows(SQL.find_party, shard_of_mchid(mchid), mchid, wall, 2 * CERTIFICATES_MAX)
    if not rows:
        return None
    first = rows[0]
    return FoundParty(
        merchant=_merchant(first),
        shop_name=first["shop_name"],
        is_open=first["shop_status"] == "open",
        certificates=[_certified(row) for row in rows if row["serial"] is not None],
    )


def _certified(row: Row) -> Certificate:
    return Certificate(
        mchid=row["mchid"],
        serial=row["serial"],
        name=row["name"],
        pem=row["pem"],
        created_at=row["certified_at"],
        expires_at=row["expires_at"],
        ends_at=row["ends_at"],
    )


async def set_api_keys(tx: Transaction, keys: Sequence[tuple[str, bytes]]) -> None:
    """Write the sealed APIv3 keys of merchants."""
    if keys:
        shards = [shard_of_mchid(mchid) for mchid, _ in keys]
        await tx.run(SQL.set_api_keys, shards, [mchid for mchid, _ in keys], [sealed for _, sealed in keys], tx.now)


async def set_partners(tx: Transaction, merchants: Sequence[Merchant]) -> None:
    """Write whom merchants named as service providers; as texts, since an array of arrays would have to be square."""
    if merchants:
        mchids = [merchant.mchid for merchant in merchants]
        named = [" ".join(merchant.partners) for merchant in merchants]
        await tx.run(SQL.set_partners, [shard_of_mchid(each) for each in mchids], mchids, named)


async def set_v2_access(tx: Transaction, merchants: Sequence[tuple[Merchant, bytes | None]]) -> None:
    """Write APIv2 keys of merchants, where there is another, and addresses, as texts as above."""
    if merchants:
        mchids = [merchant.mchid for merchant, _ in merchants]
        addresses = [" ".join(merchant.v2_addresses) for merchant, _ in merchants]
        sealed = [each for _, each in merchants]
        await tx.run(SQL.set_v2_access, [shard_of_mchid(each) for each in mchids], mchids, sealed, addresses, tx.now)


async def choose_platform_keys(tx: Transaction, merchants: Sequence[Merchant]) -> None:
    """Write which keys of the platform merchants chose."""
    if merchants:
        mchids, *facts = columns(merchants, "mchid", "platform_key_id", "platform_key_before", "platform_key_from")
        await tx.run(SQL.choose_platform_keys, [shard_of_mchid(each) for each in mchids], mchids, *facts)


async def note_certificate_users(tx: Transaction, merchants: Sequence[Merchant]) -> None:
    """Write which programs of merchants asked for certificates: no name has a space, and they are joined with these."""
    if merchants:
        mchids = [merchant.mchid for merchant in merchants]
        clients = [" ".join(merchant.certificate_clients) for merchant in merchants]
        await tx.run(SQL.note_certificate_users, [shard_of_mchid(each) for each in mchids], mchids, clients)


async def get_certificates(reader: Reader, mchids: Collection[str]) -> dict[tuple[str, str], Certificate]:
    """Read the certificates of merchants, the newest first, those that have ended too."""
    given = sorted(set(mchids))
    if not given:
        return {}
    limit = CERTIFICATES_SHOWN * len(given)
    rows = await reader.rows(SQL.get_certificates, [shard_of_mchid(each) for each in given], given, limit)
    return {(row["mchid"], row["serial"]): Certificate(**dict(row.items())) for row in rows}


async def add_certificates(tx: Transaction, certificates: Sequence[Certificate]) -> None:
    """Write certificates that are new."""
    if certificates:
        mchids, *facts = columns(certificates, "mchid", "serial", "name", "pem", "expires_at")
        await tx.run(SQL.add_certificates, [shard_of_mchid(each) for each in mchids], mchids, *facts, tx.now)


async def end_certificates(tx: Transaction, certificates: Sequence[Certificate]) -> None:
    """Write when certificates end."""
    if certificates:
        mchids, *facts = columns(certificates, "mchid", "serial", "ends_at")
        await tx.run(SQL.end_certificates, [shard_of_mchid(each) for each in mchids], mchids, *facts)


async def admit_requests(tx: Transaction, commands: Sequence[AdmitRequest]) -> set[tuple[str, str, datetime]]:
    """Write which requests came; return those that had not come before."""
    near, mchids, nonces, times = columns(commands, "near", "mchid", "nonce", "at")
    rows = await tx.rows(SQL.admit_requests, shards_of(near), mchids, nonces, times)
    return {(row["mchid"], row["nonce"], row["at"]) for row in rows}


async def forget_nonces(tx: Transaction, before: datetime) -> None:
    """Forget requests that are too old to be replayed."""
    await tx.run(SQL.forget_nonces, before)


async def get_platform_keys(reader: Reader) -> list[StoredKey]:
    """Read the keys of the installation, the newest first."""
    return [StoredKey(**dict(row.items())) for row in await reader.rows(SQL.get_platform_keys)]


async def count_choices(reader: Reader) -> dict[str, int]:
    """Say how many merchants chose each key of the installation."""
    return {row["platform_key_id"]: row["merchants"] for row in await reader.rows(SQL.count_choices)}


async def lock_platform_keys(tx: Transaction, kind: KeyKind) -> list[StoredKey]:
    """Read the keys of a kind, and lock them until *tx* ends."""
    return [StoredKey(**dict(row.items())) for row in await tx.rows(SQL.lock_platform_keys, kind)]


async def end_platform_key(tx: Transaction, id: str, at: datetime) -> None:
    """Write that a key of the installation was ended."""
    await tx.run(SQL.end_platform_key, id, at)


async def add_platform_key(tx: Transaction, key: StoredKey) -> bool:
    """Write a key of the installation; False: there is an authority already, and this would be another."""
    values = (key.id, key.kind, key.private_sealed, key.pem, key.created_at, key.expires_at)
    return await tx.row(SQL.add_platform_key, *values) is not None

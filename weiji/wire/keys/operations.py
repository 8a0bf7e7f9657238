"""The verbs of keys. Each takes an open transaction and a batch, and answers every command, in its order."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from weiji.events import Occurrence, publish
from weiji.events.wire import (
    ApiKeySet,
    CertificateEnded,
    CertificateIssued,
    MerchantOpened,
    PartnersSet,
    PlatformKeyChosen,
    V2AccessSet,
)
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import SHARDS, shard_of
from weiji.kit.seal import KEYS
from weiji.shops import get_shops
from weiji.wire.keys import store
from weiji.wire.keys.model import (
    API_KEY_COLUMN,
    MCHID_FIRST,
    MCHID_LAST,
    V2_KEY_COLUMN,
    AddCertificate,
    AddCertificateStatus,
    AdmitRequest,
    ChoosePlatformKey,
    ChoosePlatformKeyStatus,
    EndCertificate,
    EndCertificateStatus,
    NoteCertificateUser,
    NoteCertificateUserStatus,
    OpenMerchant,
    OpenMerchantResult,
    OpenMerchantStatus,
    SetApiKey,
    SetApiKeyStatus,
    SetPartners,
    SetPartnersStatus,
    SetV2Access,
    SetV2AccessStatus,
)
from weiji.wire.keys.rules import Keys, Opening, judge_openings

REMEMBERED: Final = timedelta(minutes=15)
"""How long requests are remembered: longer than the window on both sides of now in which they are taken."""


def draw_mchid(shop_id: UUID) -> str:
    """Draw a number for a shop, in the shop's shard."""
    return str(MCHID_FIRST + SHARDS * secrets.randbelow((MCHID_LAST - MCHID_FIRST) // SHARDS) + shard_of(shop_id))


async def open_merchants(tx: Transaction, commands: Sequence[OpenMerchant]) -> list[OpenMerchantResult]:
    """Give shops numbers in the payment protocol; a shop that has one keeps it. Publishes MerchantOpened."""
    shop_ids = list({command.shop_id for command in commands})
    shops = await get_shops(tx, shop_ids)
    merchants = await store.lock_merchants(tx, shop_ids)
    state = Opening(
        shops=frozenset(shop.id for shop in shops if shop),
        merchants={shop_id: merchant.mchid for shop_id, merchant in merchants.items()},
        taken=await store.get_taken_numbers(tx, [command.mchid for command in commands]),
    )
    results = judge_openings(state, commands)
    created = [
        command
        for command, result in zip(commands, results, strict=True)
        if result.status is OpenMerchantStatus.CREATED
    ]
    await store.add_merchants(tx, created)
    told = [
        Occurrence(MerchantOpened(shop_id=c.shop_id, mchid=c.mchid), c.shop_id, c.shop_id, c.actor) for c in created
    ]
    await publish(tx, told)
    return results


async def _lock(tx: Transaction, shop_ids: Sequence[UUID]) -> Keys:
    merchants = await store.lock_merchants(tx, shop_ids)
    return Keys(merchants, await store.get_certificates(tx, [each.mchid for each in merchants.values()]))


async def add_certificates(tx: Transaction, commands: Sequence[AddCertificate]) -> list[AddCertificateStatus]:
    """Take certificates that were issued into force. Publishes CertificateIssued."""
    keys = await _lock(tx, [command.shop_id for command in commands])
    before = set(keys.certificates)
    wall = clock.wall()
    statuses = [keys.add(command, tx.now, wall) for command in commands]
    await store.add_certificates(tx, [each for key, each in keys.certificates.items() if key not in before])
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status is AddCertificateStatus.CREATED:
            event = CertificateIssued(
                mchid=keys.merchants[command.shop_id].mchid,
                serial=command.serial,
                name=command.name,
                expires_at=command.expires_at,
            )
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await publish(tx, told)
    return statuses


async def end_certificates(tx: Transaction, commands: Sequence[EndCertificate]) -> list[EndCertificateStatus]:
    """Let certificates end. Publishes CertificateEnded."""
    keys = await _lock(tx, [command.shop_id for command in commands])
    wall = clock.wall()
    statuses = [keys.end(command, wall) for command in commands]
    changed = {}
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status is EndCertificateStatus.ENDED:
            mchid = keys.merchants[command.shop_id].mchid
            changed[(mchid, command.serial)] = keys.certificates[(mchid, command.serial)]
            event = CertificateEnded(mchid=mchid, serial=command.serial, ends_at=command.ends_at)
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await store.end_certificates(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def set_api_keys(tx: Transaction, commands: Sequence[SetApiKey]) -> list[SetApiKeyStatus]:
    """Set merchants' APIv3 keys, sealed. Publishes ApiKeySet."""
    merchants = await store.lock_merchants(tx, [command.shop_id for command in commands])
    keys = Keys(merchants, {})
    statuses = [keys.set_api_key(command) for command in commands]
    sealed: dict[str, bytes] = {}
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status is SetApiKeyStatus.SET:
            mchid = merchants[command.shop_id].mchid
            sealed[mchid] = KEYS.seal(command.api_key, API_KEY_COLUMN, command.shop_id)
            told.append(Occurrence(ApiKeySet(mchid=mchid), command.shop_id, command.shop_id, command.actor))
    await store.set_api_keys(tx, list(sealed.items()))
    await publish(tx, told)
    return statuses


async def set_v2_access(tx: Transaction, commands: Sequence[SetV2Access]) -> list[SetV2AccessStatus]:
    """Set merchants' APIv2 keys, sealed, and from where the old calls may move money. Publishes V2AccessSet."""
    keys = Keys(await store.lock_merchants(tx, [command.shop_id for command in commands]), {})
    statuses = [keys.set_v2_access(command) for command in commands]
    changed: dict[UUID, bytes | None] = {}
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status is SetV2AccessStatus.SET:
            merchant, key = keys.merchants[command.shop_id], command.v2_key
            sealed = KEYS.seal(key, V2_KEY_COLUMN, command.shop_id) if key else None
            changed[command.shop_id] = sealed or changed.get(command.shop_id)
            event = V2AccessSet(mchid=merchant.mchid, is_key_new=key is not None, addresses=merchant.v2_addresses)
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await store.set_v2_access(tx, [(keys.merchants[shop_id], sealed) for shop_id, sealed in changed.items()])
    await publish(tx, told)
    return statuses


async def set_partners(tx: Transaction, commands: Sequence[SetPartners]) -> list[SetPartnersStatus]:
    """Name the service providers who may make orders for merchants. Publishes PartnersSet."""
    keys = Keys(await store.lock_merchants(tx, [command.shop_id for command in commands]), {})
    statuses = [keys.set_partners(command) for command in commands]
    changed = {}
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status is SetPartnersStatus.SET:
            changed[command.shop_id] = merchant = keys.merchants[command.shop_id]
            event = PartnersSet(mchid=merchant.mchid, partners=merchant.partners)
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await store.set_partners(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def choose_platform_keys(tx: Transaction, commands: Sequence[ChoosePlatformKey]) -> list[ChoosePlatformKeyStatus]:
    """Say which of the platform's keys signs what merchants are sent unasked. Publishes PlatformKeyChosen."""
    keys = Keys(await store.lock_merchants(tx, [command.shop_id for command in commands]), {})
    wall = clock.wall()
    statuses = [keys.choose(command, wall) for command in commands]
    changed = {}
    told = []
    for command, status in zip(commands, statuses, strict=True):
        if status is ChoosePlatformKeyStatus.CHOSEN:
            changed[command.shop_id] = merchant = keys.merchants[command.shop_id]
            event = PlatformKeyChosen(
                mchid=merchant.mchid, platform_key_id=command.platform_key_id, begins_at=merchant.platform_key_from
            )
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await store.choose_platform_keys(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def note_certificate_users(
    tx: Transaction, commands: Sequence[NoteCertificateUser]
) -> list[NoteCertificateUserStatus]:
    """Take note of which programs asked for the platform's certificates: from then on these sign what they are sent."""
    keys = Keys(await store.lock_merchants(tx, [command.shop_id for command in commands]), {})
    statuses = [keys.note_user(command) for command in commands]
    noted = {
        command.shop_id: keys.merchants[command.shop_id]
        for command, status in zip(commands, statuses, strict=True)
        if status is NoteCertificateUserStatus.NOTED
    }
    await store.note_certificate_users(tx, list(noted.values()))
    return statuses


async def admit_requests(tx: Transaction, commands: Sequence[AdmitRequest]) -> list[bool]:
    """Take note of requests; tell of each whether it is the first of its kind, and may be answered."""
    fresh = await store.admit_requests(tx, commands)
    answers = []
    for command in commands:
        key = (command.mchid, command.nonce, command.at)
        answers.append(key in fresh)
        fresh.discard(key)
    return answers


async def forget_nonces(database: Database, _limit: int) -> int:
    """Forget requests that are too old to be replayed."""
    async with database.transaction() as tx:
        await store.forget_nonces(tx, clock.wall() - REMEMBERED)
    return 0

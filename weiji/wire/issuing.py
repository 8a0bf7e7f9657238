"""What pages and API share of keys: certificates are issued, files for clients packed, self-tests sent."""

from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct

from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import derive
from weiji.webhooks import queue_messages
from weiji.wire.examples import examples
from weiji.wire.gate import write_time
from weiji.wire.keys import (
    AddCertificate,
    AddCertificateStatus,
    Certificate,
    EndCertificate,
    EndCertificateStatus,
    Merchant,
    NamedShop,
    PlatformKey,
    Ring,
    add_certificates,
    end_certificates,
    get_keys_of_shop,
)
from weiji.wire.keys.authority import issue_to_merchant, pem_of, serial_text
from weiji.wire.notices import notice
from weiji.wire.running import wire_of
from weiji.wire.sealing import make_nonce


class MerchantKeys(Struct, frozen=True, kw_only=True):
    """A merchant with all keys that are between it and us."""

    shop: NamedShop
    merchant: Merchant
    certificates: list[Certificate]
    """The newest first, those that have ended too."""
    ring: Ring


class Issued(Struct, frozen=True, kw_only=True):
    """How issuing a certificate ended."""

    status: AddCertificateStatus
    serial: str | None = None
    pem: str | None = None
    expires_at: datetime | None = None


async def read_keys(reader: Reader, database: Database, shop_id: UUID) -> MerchantKeys | None:
    """Read a merchant with all keys; None: the shop is none."""
    found = await get_keys_of_shop(reader, shop_id)
    if found is None or found.merchant is None:
        return None
    return MerchantKeys(
        shop=found.shop,
        merchant=found.merchant,
        certificates=found.certificates,
        ring=await wire_of(database).keyring.ring(),
    )


async def issue(
    database: Database,
    batchers: Batchers,
    keys: MerchantKeys,
    name: str,
    key: RSAPublicKey,
    actor: Actor,
) -> Issued:
    """Certify a merchant's key. Its private half we never see."""
    merchant, ring = keys.merchant, keys.ring
    certificate = issue_to_merchant(ring.authority, merchant.mchid, keys.shop.name, key, clock.wall())
    command = AddCertificate(
        shop_id=merchant.shop_id,
        serial=serial_text(certificate),
        name=name,
        pem=pem_of(certificate),
        expires_at=certificate.not_valid_after_utc,
        actor=actor,
    )
    status = await batchers.of(add_certificates, "shop_id").submit(command)
    if status is not AddCertificateStatus.CREATED:
        return Issued(status=status)
    wire_of(database).directory.forget(merchant.mchid)
    return Issued(
        status=status,
        serial=command.serial,
        pem=command.pem,
        expires_at=command.expires_at,
    )


async def end_certificate(
    database: Database, batchers: Batchers, merchant: Merchant, serial: str, after: timedelta, actor: Actor
) -> EndCertificateStatus:
    """Let a certificate end after a while."""
    command = EndCertificate(shop_id=merchant.shop_id, serial=serial, ends_at=clock.wall() + after, actor=actor)
    status = await batchers.of(end_certificates, "shop_id").submit(command)
    wire_of(database).directory.forget(merchant.mchid)
    return status


async def send_self_test(database: Database, merchant: Merchant, url: str, key_id: str | None) -> UUID:
    """Send a notice that tells of nothing to a merchant's server, signed with a key of the merchant's choice."""
    id = derive(merchant.shop_id, "self-test", merchant.mchid, make_nonce())
    message = notice(
        id,
        merchant.shop_id,
        merchant.mchid,
        merchant.shop_id,
        type="SECURITY.ECHO",
        original_type="echo",
        summary="自测",
        url=url,
        resource={"echo_message": "weiji", "mchid": merchant.mchid, "time": write_time(clock.wall())},
        key_id=key_id,
    )

    async def queue(tx: Transaction) -> None:
        await queue_messages(tx, [message])

    await database.retried(queue)
    return id


def public_key_of_ring(ring: Ring) -> PlatformKey:
    """Give the public key of the platform that signs for who chose none."""
    return ring.public_key(clock.wall())


def pack(keys: MerchantKeys, issued: Issued, origin: str) -> bytes:
    """Pack what a client needs into one file, with programs to begin with. The private key is not ours to pack."""
    public = public_key_of_ring(keys.ring)
    files = {
        "apiclient_cert.pem": issued.pem or "",
        "pub_key.pem": public.pem,
        "README.txt": _read_me(keys, issued.serial or "", public.id, origin),
    }
    files |= {each.file: each.code for each in examples(keys.merchant.mchid, issued.serial or "", public.id, origin)}
    for certificate in keys.ring.certificates(clock.wall()):
        files[f"platform_{certificate.id}.pem"] = certificate.pem
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            entry = ZipInfo(f"weiji_{keys.merchant.mchid}/{name}", clock.wall().timetuple()[:6])
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return written.getvalue()


def _read_me(keys: MerchantKeys, serial: str, public_id: str, origin: str) -> str:
    parts = [
        f"address         {origin}",
        f"mchid           {keys.merchant.mchid}",
        f"serial_no       {serial}",
        f"public key id   {public_id}",
        "",
        "apiclient_cert.pem  your certificate; requests name its serial",
        "apiclient_key.pem   your private key, if your browser made it: this is the only copy, we never had it",
        "pub_key.pem         our public key: answers and notices that name its id are signed with it",
        "platform_*.pem      our certificates, for clients that use these instead",
        "begin.*             programs that make an order of one fen and print what its payer scans: run them here",
        "                    APPID is any word of yours, APIV3_KEY the key that you set on the page, to open notices",
        "",
    ]
    return "\n".join(parts)

"""The protocol's calls about keys: the platform's certificates, and the self-test."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.web import gettext as _
from weiji.webhooks import queue_messages
from weiji.wire.addresses import check_address
from weiji.wire.errors import not_allowed
from weiji.wire.gate import ROUTES, Answer, Call, write_time
from weiji.wire.keys import NoteCertificateUser, note_certificate_users
from weiji.wire.keys.authority import BACKDATED
from weiji.wire.notices import notice
from weiji.wire.sealing import make_nonce, seal_field, seal_resource

ASSOCIATED: Final = "certificate"
"""A wire constant: one client passes over certificates that were sealed without it."""


@ROUTES.add("GET", "/v3/certificates")
async def list_certificates(call: Call) -> Answer:
    """List the platform's certificates in force, each sealed with the merchant's APIv3 key."""
    if call.party.api_key is None:
        raise not_allowed(_("请先在密钥页设置 APIv3 密钥：证书要用它加密。"))
    party, merchant = call.party, call.party.merchant
    if not merchant.checks_with_certificates(call.client):
        note = NoteCertificateUser(shop_id=merchant.shop_id, client=call.client)
        await call.backend.batchers.of(note_certificate_users, "shop_id").submit(note)
        call.directory.forget(merchant.mchid)
        party = await call.directory.find(merchant.mchid) or party
    ring = await call.keyring.ring()
    data = [
        {
            "serial_no": key.id,
            "effective_time": write_time(key.created_at - BACKDATED),
            "expire_time": write_time(key.expires_at),
            "encrypt_certificate": seal_resource(call.party.api_key, key.pem.encode(), ASSOCIATED),
        }
        for key in ring.certificates(clock.wall())
    ]
    return Answer(value={"data": data}, party=party)


class Echo(Struct, kw_only=True):
    """What is to come back."""

    echo_message: Annotated[str, Meta(min_length=1, max_length=1_000)]
    encrypted_message: Annotated[str, Meta(max_length=2_000)] | None = None
    """Sealed for us: it comes back sealed for the merchant's certificate."""
    notify_url: Annotated[str, Meta(max_length=255)] | None = None


@ROUTES.add("POST", "/v3/security/echo")
async def echo(call: Call) -> Answer:
    """Say the same again: proves signatures, sealed fields and, where asked for, notices in both directions."""
    body = call.read(Echo)
    merchant = call.party.merchant
    value = {
        "echo_message": body.echo_message,
        "mchid": call.mchid,
        "serial_no": call.serial,
        "time": write_time(clock.wall()),
    }
    if body.encrypted_message is not None:
        text = call.open("/encrypted_message", body.encrypted_message)
        key = call.party.key_of(call.serial, clock.wall())
        assert key, "the request was signed with it"
        value["encrypted_message"] = seal_field(key, text)
    if body.notify_url is not None:
        url = check_address(body.notify_url, "/notify_url")
        id = derive(merchant.shop_id, "echo", call.mchid, make_nonce())
        message = notice(
            id,
            merchant.shop_id,
            call.mchid,
            merchant.shop_id,
            type="SECURITY.ECHO",
            original_type="echo",
            summary="自测",
            url=url,
            resource=value,
            key_id=call.notice_key_id,
        )

        async def queue(tx: Transaction) -> None:
            await queue_messages(tx, [message])

        await call.backend.database.retried(queue)
        value["notice_id"] = str(id)
    return Answer(value=value)

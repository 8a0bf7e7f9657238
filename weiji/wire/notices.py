"""What merchants are told unasked: sealed with their APIv3 key, signed by the platform, on the protocol's schedule."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.web.locales import DEFAULT, speaking
from weiji.webhooks import Letter, Message, QueueMessage, Undeliverable, queue_messages
from weiji.wire.gate import signature_of, write_time
from weiji.wire.keys import Directory, Keyring
from weiji.wire.sealing import seal_resource

T = TypeVar("T")

KIND: Final = "payment-v3"

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)

SCHEDULE: Final = (
    timedelta(seconds=15),
    timedelta(seconds=15),
    timedelta(seconds=30),
    3 * _MINUTE,
    10 * _MINUTE,
    20 * _MINUTE,
    30 * _MINUTE,
    30 * _MINUTE,
    30 * _MINUTE,
    60 * _MINUTE,
    3 * _HOUR,
    3 * _HOUR,
    3 * _HOUR,
    6 * _HOUR,
    6 * _HOUR,
)
"""From one attempt to the next: sixteen in 24 hours and 4 minutes."""

SUCCESSES: Final = frozenset({200, 204})


COMPLAINTS: Final = "payment-v3-complaint"
"""Notices of complaints: the same, on a schedule of their own."""

COMPLAINT_SCHEDULE: Final = (timedelta(seconds=5), *[_MINUTE] * 10, *[5 * _MINUTE] * 1_000)
"""Once after 5 s, ten times after a minute, then every five minutes for three days and a half."""

COUPONS: Final = "payment-v3-coupon"
"""Notices of coupons, likewise."""

COUPON_SCHEDULE: Final = (_MINUTE,) * 10


def in_source_language(describe: Callable[[T], dict[str, Any]], thing: T) -> dict[str, Any]:
    """Describe something as notices do: in their own language, whoever's call set them off."""
    with speaking(DEFAULT):
        return describe(thing)


def notice(
    id: UUID,
    shop_id: UUID,
    mchid: str,
    subject_id: UUID,
    *,
    type: str,
    original_type: str,
    summary: str,
    url: str,
    resource: Mapping[str, Any],
    key_id: str | None = None,
    listener_key_id: str | None = None,
    kind: str = KIND,
) -> QueueMessage:
    """Make the message that tells merchant *mchid*, the shop *shop_id*, of something.

    *key_id*: a key of the platform that is to sign it, whatever the merchant chose. *listener_key_id*: where it chose
    none. An order is over soon; an address stays for years, and a merchant that goes over to another key says so once.
    """
    payload = {
        "mchid": mchid,
        "original_type": original_type,
        "summary": summary,
        "resource": dict(resource),
        "key_id": key_id,
        "listener_key_id": listener_key_id,
    }
    return QueueMessage(id=id, owner_id=shop_id, subject_id=subject_id, kind=kind, type=type, url=url, payload=payload)


async def send_notices(database: Database, messages: Sequence[QueueMessage]) -> None:
    """Queue notices of events that happened; those that are queued already stay as they are."""
    if not messages:
        return

    async def queue(tx: Transaction) -> None:
        await queue_messages(tx, messages)

    await database.retried(queue)


class PaymentNotices:
    """Notices of the payment protocol, as a kind of message."""

    def __init__(
        self,
        keyring: Keyring,
        directory: Directory,
        name: str = KIND,
        schedule: Sequence[timedelta] = SCHEDULE,
    ) -> None:
        self.keyring = keyring
        self.directory = directory
        self.name = name
        self.schedule = schedule

    async def dress(self, _: Database, messages: Sequence[Message]) -> list[Letter | Undeliverable]:
        """Seal and sign each message anew: a signature is good for some minutes only."""
        return [await self._dress(message) for message in messages]

    async def _dress(self, message: Message) -> Letter | Undeliverable:
        payload = message.payload
        party = await self.directory.find(payload["mchid"])
        if party is None or party.api_key is None:
            return Undeliverable("no_api_key")
        resource = msgspec.json.encode(payload["resource"])
        sealed = {
            "original_type": payload["original_type"],
            **seal_resource(party.api_key, resource, payload["original_type"]),
        }
        body = msgspec.json.encode(
            {
                "id": str(message.id),
                "create_time": write_time(message.created_at),
                "resource_type": "encrypt-resource",
                "event_type": message.type,
                "summary": payload["summary"],
                "resource": sealed,
            }
        )
        ring, wall = await self.keyring.ring(), clock.wall()
        asked = payload.get("key_id")
        if asked is None and party.merchant.choice(wall) is None:
            asked = payload.get("listener_key_id")
        key = ring.choose(asked, party.merchant, wall)
        headers = {
            "Content-Type": "application/json",
            **signature_of(key, body),
            "Request-ID": message.id.hex,
            # Whose it is and what it tells can be seen without opening it.
            "Weiji-Mchid": payload["mchid"],
            "Weiji-Event": message.type,
            "Weiji-Message": str(message.id),
            "Weiji-Attempt": str(message.attempts),
            "Weiji-Key": key.id,
        }
        return Letter(headers=headers, body=body)

    def judge(self, status: int, body: bytes) -> str | None:
        """Take 200 and 204 for an acknowledgement, unless the body says that a handler failed.

        Some clients answer 200 with a `code` other than SUCCESS where the merchant's handler raised.
        """
        if status not in SUCCESSES:
            return f"status_{status}"
        try:
            tree = msgspec.json.decode(body) if body else None
        except msgspec.DecodeError:
            return None
        code = tree.get("code") if isinstance(tree, dict) else None
        return "refused" if isinstance(code, str) and code.upper() != "SUCCESS" else None


def notice_kinds(keyring: Keyring, directory: Directory) -> list[PaymentNotices]:
    """Say which kinds of messages the protocol has."""
    return [
        PaymentNotices(keyring, directory),
        PaymentNotices(keyring, directory, COMPLAINTS, COMPLAINT_SCHEDULE),
        PaymentNotices(keyring, directory, COUPONS, COUPON_SCHEDULE),
    ]

"""Codes of an app (TOTP, RFC 6238), and the way from a right password to them. Nothing here asks for a password."""

import base64
import binascii
import hmac
import re
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from weiji.events import Actor, Event, Occurrence, publish
from weiji.events.identity import RecoveryCodeRevoked, SecondFactorRemoved
from weiji.identity.rules import clean_recovery_code, hash_recovery_code
from weiji.identity.store import SQL
from weiji.kit.db import Transaction
from weiji.kit.ids import shard_of
from weiji.kit.seal import KEYS, Place, column

SECRET_BYTES: Final = 20
"""Of a secret that a page offers: as long as the hash, as RFC 4226 has it."""
SECRET_BYTES_MIN: Final = 16
SECRET_BYTES_MAX: Final = 64

STEP_SECONDS: Final = 30
DRIFT: Final = 1
"""Steps that a telephone's clock may be ahead or behind."""

SEALED: Final = column(
    "identity.second_factors:secret",
    Place(table="identity.second_factors", column="secret_sealed", of=("person_id",)),
)

WAY_LASTS: Final = timedelta(minutes=10)
"""How long after the password the code may be entered."""

_CODE: Final = re.compile(r"[0-9]{6}")
_WAY_PURPOSE: Final = "identity.way_on"
_NAMED_BYTES: Final = 16 + 5


def clean_secret(text: str) -> bytes | None:
    """Read a secret in base32, as apps show it; None where it is none, or too short to be one."""
    letters = "".join(text.split()).upper().rstrip("=")
    try:
        secret = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        return None
    return secret if SECRET_BYTES_MIN <= len(secret) <= SECRET_BYTES_MAX else None


def clean_code(text: str) -> str | None:
    """Read six digits as apps show them; None where it is something else."""
    code = "".join(text.split())
    return code if _CODE.fullmatch(code) else None


def code_at(secret: bytes, step: int) -> str:
    """Make the code of a step of 30 seconds. RFC 4226, section 5.3; apps know SHA-1 only."""
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    place = digest[-1] & 0xF
    return f"{(int.from_bytes(digest[place : place + 4]) & 0x7FFF_FFFF) % 1_000_000:06}"


def find_step(secret: bytes, code: str, wall: datetime, after: int = -1) -> int | None:
    """Find the step that a code is of, near now and after the one that was used last; None: it is of none."""
    now = int(wall.timestamp()) // STEP_SECONDS
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step), code) and step > after:
            return step
    return None


async def use_app_code(tx: Transaction, person_id: UUID, typed: str, wall: datetime) -> bool:
    """Use a code of the person's app up; tell whether it was one."""
    shard = shard_of(person_id)
    factor = await tx.row(SQL.lock_second_factor, shard, person_id)
    code = clean_code(typed)
    if factor is None or code is None:
        return False
    secret = KEYS.unseal_bytes(factor["secret_sealed"], SEALED, person_id)
    step = find_step(secret, code, wall, factor["last_step"])
    if step is None:
        return False
    await tx.run(SQL.use_step, shard, person_id, step)
    return True


async def use_code(tx: Transaction, person_id: UUID, typed: str, wall: datetime, actor: Actor) -> bool:
    """Use a code of the person's app up, or their recovery code, which takes the app's place once and for all.

    Whoever lost the telephone gets in by the latter: it is used up, and the second factor is gone. Publishes
    SecondFactorRemoved and RecoveryCodeRevoked then.
    """
    recovery = clean_recovery_code(typed)
    if recovery is None:
        return await use_app_code(tx, person_id, typed, wall)
    shard = shard_of(person_id)
    if not await tx.row(SQL.lock_second_factor, shard, person_id):
        return False
    if not await tx.row(SQL.use_recovery_code, shard, person_id, hash_recovery_code(person_id, recovery)):
        return False
    await tx.row(SQL.remove_second_factor, shard, person_id)
    events: tuple[Event, ...] = (SecondFactorRemoved(is_by_recovery_code=True), RecoveryCodeRevoked())
    await publish(tx, [Occurrence(event, person_id, person_id, actor) for event in events])
    return True


def write_way(person_id: UUID, password_hash: str, wall: datetime) -> str:
    """Note that somebody gave the right password, for the page that asks for the code. Nothing is stored."""
    named = person_id.bytes + int((wall + WAY_LASTS).timestamp()).to_bytes(5)
    # Without padding: a cookie takes no = as it is.
    return base64.urlsafe_b64encode(named + _mark(named, password_hash)).decode().rstrip("=")


def person_on(way: str) -> UUID | None:
    """Tell whose way it claims to be; None where it is none."""
    named = _split(way)[0]
    return UUID(bytes=named[:16]) if len(named) == _NAMED_BYTES else None


def is_way(way: str, password_hash: str, wall: datetime) -> bool:
    """Tell whether a way is ours, not over, and of the password that still is the person's."""
    named, mark = _split(way)
    is_ours = len(named) == _NAMED_BYTES and hmac.compare_digest(mark, _mark(named, password_hash))
    return is_ours and wall.timestamp() < int.from_bytes(named[16:])


def _split(way: str) -> tuple[bytes, bytes]:
    try:
        content = base64.b64decode(way + "=" * (-len(way) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b"", b""
    return content[:_NAMED_BYTES], content[_NAMED_BYTES:]


def _mark(named: bytes, password_hash: str) -> bytes:
    return KEYS.pepper(named + password_hash.encode(), _WAY_PURPOSE)

"""The verbs of developers."""

from collections.abc import Sequence

from weiji.developers import store
from weiji.developers.model import CreateKey, CreateKeyStatus, RevokeKey, RevokeKeyStatus
from weiji.developers.rules import Keys
from weiji.developers.scopes import KNOWN
from weiji.events import Occurrence, publish
from weiji.events.developers import KeyCreated, KeyRevoked
from weiji.kit.db import Transaction
from weiji.kit.ids import shard_of


async def create_keys(tx: Transaction, commands: Sequence[CreateKey]) -> list[CreateKeyStatus]:
    """Make API keys. Publishes KeyCreated."""
    assert all(shard_of(c.id) == shard_of(c.person_id) for c in commands), "a key is near its person"
    people = [command.person_id for command in commands]
    found = await store.lock_keys(tx, people, [command.id for command in commands])
    keys = Keys(found, await store.count_live_keys(tx, people), KNOWN, tx.now)
    statuses = [keys.create(command) for command in commands]
    created = [c for c, status in zip(commands, statuses, strict=True) if status is CreateKeyStatus.CREATED]
    if created:
        await store.create_keys(tx, created)
    await publish(
        tx,
        [
            Occurrence(
                KeyCreated(key_id=c.id, name=c.name, scopes=c.scopes, expires_at=c.expires_at),
                c.person_id,
                c.person_id,
                c.actor,
            )
            for c in created
        ],
    )
    return statuses


async def revoke_keys(tx: Transaction, commands: Sequence[RevokeKey]) -> list[RevokeKeyStatus]:
    """Make API keys worthless. Publishes KeyRevoked."""
    people = [command.person_id for command in commands]
    found = await store.lock_keys(tx, people, [command.id for command in commands])
    keys = Keys(found, {}, KNOWN, tx.now)
    statuses = [keys.revoke(command) for command in commands]
    revoked = [c for c, status in zip(commands, statuses, strict=True) if status is RevokeKeyStatus.REVOKED]
    if revoked:
        await store.revoke_keys(tx, [command.id for command in revoked])
    await publish(tx, [Occurrence(KeyRevoked(key_id=c.id), c.person_id, c.person_id, c.actor) for c in revoked])
    return statuses

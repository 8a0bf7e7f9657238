"""The verbs of media. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Collection, Sequence
from uuid import UUID

from weiji.kit.db import Reader, Transaction
from weiji.media import store
from weiji.media.model import AddPicture, AddPictureStatus, Usage, UsePictures
from weiji.media.rules import DROPPED, UNUSED, Additions, judge_additions
from weiji.media.store import Key
from weiji.web.pictures import read_address
from weiji.web.videos import read_video_address


async def add_pictures(tx: Transaction, commands: Sequence[AddPicture]) -> list[AddPictureStatus]:
    """Note pictures of owners. Results are in the order of *commands*. Their files are the caller's to write, once *tx*
    has ended: a picture whose file is not there is mended by sending it again.
    """
    owners = await store.lock_owners(tx, {command.owner_id for command in commands})
    keys = {(command.owner_id, command.hash) for command in commands}
    state = Additions(owners=owners, pictures=await store.get_pictures(tx, keys))
    statuses = judge_additions(state, commands, tx.now)
    added = list(state.added.values())
    await store.add_pictures(tx, added, tx.now + UNUSED)
    await store.set_sweeps(tx, state.prolonged)
    await store.set_owners(tx, {command.owner_id: owners[command.owner_id] for command in added})
    return statuses


async def use_pictures(tx: Transaction, commands: Sequence[UsePictures]) -> None:
    """Say what things use, so that it is not swept; of several commands for one thing the last counts.

    Owners named are locked until *tx* ends, where anything changes.
    """
    before = await store.get_uses(tx, {command.holder_id for command in commands})
    after = {command.holder_id: _keys(command) for command in commands}
    added = sorted({(id, key) for id, keys in after.items() for key in keys - before.get(id, set())})
    removed = sorted({(id, key) for id, keys in before.items() for key in keys - after[id]})
    changed = {key for _, key in [*added, *removed]}
    if not changed:
        return
    await store.lock_owners(tx, {owner_id for owner_id, _ in changed})
    known = await store.get_pictures(tx, changed)
    await store.add_uses(tx, [(id, key) for id, key in added if key in known])
    await store.remove_uses(tx, removed)
    await store.note_uses(tx, changed, tx.now + DROPPED)


def _keys(command: UsePictures) -> set[Key]:
    found = [address[0] for url in command.urls if (address := read_address(url))]
    found += [digest for url in command.urls if (digest := read_video_address(url))]
    return {(command.owner_id, bytes.fromhex(digest)) for digest in found}


async def remove_pictures(tx: Transaction, keys: Collection[Key]) -> list[Key]:
    """Remove pictures of one shard that are still to be swept; say which. Their files are removed by the caller, before
    *tx* ends: as long as it holds the owners, none of them can be sent again.
    """
    owners = await store.lock_owners(tx, {owner_id for owner_id, _ in keys})
    removed = await store.remove_pictures(tx, keys)
    for (owner_id, _hash), size in removed:
        owners[owner_id].pictures -= 1
        owners[owner_id].bytes -= size
    await store.set_owners(tx, owners)
    return [key for key, _ in removed]


async def find_kept(reader: Reader, owner_id: UUID, urls: Collection[str]) -> set[str]:
    """Tell which addresses are of pictures and videos that an owner still has."""
    return {url for _, url in await find_owned(reader, [(owner_id, url) for url in urls])}


async def find_owned(reader: Reader, pairs: Collection[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Tell of pairs of owner and address which are of what the owner still has. One statement at most."""
    keys = {(owner, bytes.fromhex(hash)): (owner, url) for owner, url in pairs if (hash := _hash_of(url))}
    return {keys[key] for key in await store.get_pictures(reader, keys)} if keys else set()


def _hash_of(url: str) -> str | None:
    picture = read_address(url)
    return picture[0] if picture else read_video_address(url)


async def get_usage(reader: Reader, owner_id: UUID) -> Usage:
    """Tell how much an owner has."""
    found = (await store.get_owners(reader, [owner_id])).get(owner_id)
    return Usage(pictures=found.pictures, bytes=found.bytes) if found else Usage(pictures=0, bytes=0)

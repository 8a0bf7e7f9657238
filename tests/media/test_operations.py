"""Proves that owners have no more than they may, that what is used stays, and that what is not goes."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.media import Usage, UsePictures, files, get_usage, jobs, use_pictures
from weiji.media.decoding import Rendition
from weiji.media.model import AddPicture, AddPictureStatus
from weiji.media.operations import add_pictures
from weiji.media.rules import DROPPED, UNUSED, Additions, Owner, judge_additions
from weiji.web.pictures import address_of

S = AddPictureStatus


def adding(owner_id: UUID, seed: int = 1, size: int = 100, quota: int = 1_000) -> AddPicture:
    return AddPicture(owner_id=owner_id, hash=bytes([seed]) * 32, width=800, height=600, bytes=size, quota=quota)


def url(seed: int) -> str:
    return address_of((bytes([seed]) * 32).hex(), 800)


async def test_every_status(tx: Transaction) -> None:
    owner, other = new_id(), new_id()
    commands = [
        adding(owner),
        adding(owner),
        adding(other),
        adding(owner, 2, 901),
        adding(owner, 3, 900),
        adding(owner, 4, 1),
    ]
    assert await add_pictures(tx, commands) == [
        S.CREATED,
        S.EXISTS,
        S.CREATED,
        S.QUOTA_EXCEEDED,
        S.CREATED,
        S.QUOTA_EXCEEDED,
    ]
    assert await add_pictures(tx, [adding(owner, 3), adding(owner, 5, 1), adding(owner, 5, 1, quota=1_001)]) == [
        S.EXISTS,
        S.QUOTA_EXCEEDED,
        S.CREATED,
    ]
    assert await get_usage(tx, owner) == Usage(pictures=3, bytes=1_001)
    assert await get_usage(tx, new_id()) == Usage(pictures=0, bytes=0)


OWNERS = [UUID(int=64), UUID(int=65)]
COMMANDS = st.builds(
    adding, st.sampled_from(OWNERS), st.integers(1, 4), st.integers(1, 600), st.sampled_from([500, 1_000])
)


@settings(max_examples=200, deadline=None)
@given(st.lists(COMMANDS, max_size=12))
def test_law_of_batches(batch: list[AddPicture]) -> None:
    def answers(batches: list[list[AddPicture]]) -> list[AddPictureStatus]:
        state = Additions(owners={id: Owner(0, 0) for id in OWNERS}, pictures={})
        found = [status for each in batches for status in judge_additions(state, each, clock.now())]
        for id, owner in state.owners.items():
            mine = [command for (owner_id, _), command in state.added.items() if owner_id == id]
            assert owner == Owner(len(mine), sum(command.bytes for command in mine))
            assert owner.bytes <= 1_000
        return found

    assert answers([batch]) == answers([[command] for command in batch])


async def in_store(database: Database, data: Path, owner: UUID) -> list[int]:
    """Tell which pictures an owner has: their notes agree with their files."""
    found = [seed for seed in range(1, 9) if files.read(data, (bytes([seed]) * 32).hex(), 800)]
    async with database.read() as reader:
        assert (await get_usage(reader, owner)).pictures == len(found)
    return found


async def test_what_nothing_uses_is_swept_and_what_is_used_stays(database: Database, tmp_path: Path) -> None:
    owner = new_id()
    product, other = new_id(owner), new_id(owner)
    (job,) = jobs(tmp_path)
    before = clock.CLOCK.offset
    async with database.transaction() as tx:
        await add_pictures(tx, [adding(owner, seed) for seed in (1, 2, 3)])
        urls = (url(1), url(2), url(9), "https://elsewhere.example/1.jpg", "/pictures/x.svg")
        await use_pictures(tx, [UsePictures(holder_id=product, owner_id=owner, urls=urls)])
        await use_pictures(tx, [UsePictures(holder_id=other, owner_id=owner, urls=(url(1),))])
        # What belongs to another owner is nobody else's to keep.
        await use_pictures(tx, [UsePictures(holder_id=new_id(), owner_id=new_id(), urls=(url(3),))])
    for seed in (1, 2, 3):
        files.write(tmp_path, (bytes([seed]) * 32).hex(), [Rendition(800, 600, b"x")])
    assert await job.work(database, 100) == 0

    clock.CLOCK.follow(before + UNUSED + timedelta(minutes=1))
    assert await job.work(database, 100) == 1
    assert await in_store(database, tmp_path, owner) == [1, 2]
    async with database.transaction() as tx:
        await use_pictures(tx, [UsePictures(holder_id=product, owner_id=owner, urls=())])
        assert (await get_usage(tx, owner)).bytes == 200
    clock.CLOCK.follow(before + UNUSED + DROPPED)
    assert await job.work(database, 100) == 0

    clock.CLOCK.follow(before + UNUSED + DROPPED + timedelta(hours=1))
    assert await job.work(database, 100) == 1
    assert await in_store(database, tmp_path, owner) == [1]
    assert await job.work(database, 100) == 0
    clock.CLOCK.follow(before)


async def test_sending_a_picture_again_prolongs_its_time(database: Database, tmp_path: Path) -> None:
    owner = new_id()
    (job,) = jobs(tmp_path)
    before = clock.CLOCK.offset
    for days, status in ((0, S.CREATED), (2, S.EXISTS)):
        clock.CLOCK.follow(before + timedelta(days=days))
        async with database.transaction() as tx:
            assert await add_pictures(tx, [adding(owner)]) == [status]
    clock.CLOCK.follow(before + timedelta(days=4))
    assert await job.work(database, 100) == 0
    clock.CLOCK.follow(before + timedelta(days=6))
    assert await job.work(database, 100) == 1
    async with database.transaction() as tx:
        assert await add_pictures(tx, [adding(owner)]) == [S.CREATED]
    clock.CLOCK.follow(before)

"""Proves that batches answer every caller, whatever fails, and that nothing is answered by halves."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct

from weiji.kit import sql
from weiji.kit.batch import COMMITTING, LONG, PATIENCE, Batcher, Batchers, Lanes, QueueFull, Turns, Unavailable
from weiji.kit.db import RETRIES, Database, Transaction
from weiji.kit.ids import SHARDS, derive, new_id, shard_of


class Say(Struct, frozen=True):
    """A command of these tests: say a number."""

    id: UUID
    number: int


ADD = sql.Statement("tests.add", "insert into said values ($1, $2)")
COUNT = sql.Statement("tests.count", "select count(*) from said")


@pytest.fixture
async def said(database: Database) -> Database:
    async with database.pool.acquire() as connection:
        await connection.execute(
            "set role none; create table said (id uuid, number int); grant all on said to weiji_app"
        )
        await connection.execute("set role weiji_app")
    return database


async def say(tx: Transaction, commands: Sequence[Say]) -> list[int]:
    for command in commands:
        if command.number < 0:
            raise ValueError("a fault of ours")
        await tx.run(ADD, command.id, command.number)
    return [command.number for command in commands]


def _batcher(database: Database, lanes: Lanes, **options: int) -> Batcher[Say, int]:
    return Batcher(database, say, owner=lambda command: command.id, lanes=lanes, **options)


async def _count(database: Database) -> int:
    async with database.read() as reader:
        count: int = await reader.value(COUNT)
    return count


async def test_each_caller_gets_their_own_result(said: Database, lanes: Lanes) -> None:
    batcher = _batcher(said, lanes)
    results = await asyncio.gather(*(batcher.submit(Say(new_id(), n)) for n in range(500)))
    assert results == list(range(500))
    assert await batcher.submit_all([Say(new_id(), n) for n in range(100)]) == list(range(100))


async def test_a_request_that_fails_takes_no_other_down_and_leaves_nothing(said: Database, lanes: Lanes) -> None:
    batcher = _batcher(said, lanes)
    near = new_id()
    ids = [new_id(near) for _ in range(10)]
    answers = await asyncio.gather(
        *(batcher.submit(Say(id, -1 if n == 5 else n)) for n, id in enumerate(ids)), return_exceptions=True
    )
    assert isinstance(answers[5], ValueError)
    assert [a for a in answers if not isinstance(a, BaseException)] == [0, 1, 2, 3, 4, 6, 7, 8, 9]
    assert await _count(said) == 9


async def test_a_full_queue_refuses_and_does_nothing(said: Database, lanes: Lanes) -> None:
    batcher = _batcher(said, lanes, queue=10, batch=1)
    near = new_id()
    tasks = [asyncio.create_task(batcher.submit(Say(new_id(near), n))) for n in range(30)]
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    refused = [a for a in answers if isinstance(a, QueueFull)]
    assert refused
    assert await _count(said) == 30 - len(refused)
    assert await batcher.submit(Say(new_id(near), 7)) == 7


async def test_lost_races_are_retried_a_bounded_number_of_times(said: Database, lanes: Lanes) -> None:
    tries = 0

    async def lose(tx: Transaction, commands: Sequence[Say]) -> list[int]:
        nonlocal tries
        tries += 1
        if commands[0].number or tries < 3:
            await tx.connection.execute("do $$ begin raise serialization_failure; end $$")
        return [0 for _ in commands]

    batcher: Batcher[Say, int] = Batcher(said, lose, owner=lambda command: command.id, lanes=lanes)
    assert await batcher.submit(Say(new_id(), 0)) == 0
    assert tries == 3
    tries = 0
    with pytest.raises(Unavailable):
        await batcher.submit(Say(new_id(), 1))
    assert tries == RETRIES


async def test_a_caller_who_went_away_disturbs_nobody(said: Database, lanes: Lanes) -> None:
    batcher = _batcher(said, lanes)
    near = new_id()
    gone = asyncio.create_task(batcher.submit(Say(new_id(near), 1)))
    stays = asyncio.create_task(batcher.submit(Say(new_id(near), 2)))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 2


@pytest.mark.parametrize("end", ["commit", "fault", "gone"])
async def test_what_was_only_sent_ends_with_its_transaction(said: Database, end: str) -> None:
    wait = sql.Statement("tests.wait", "select 1 / $1::int from pg_sleep(0.1)")

    async def work() -> None:
        async with said.transaction(goes_on=True) as tx:
            await tx.run(ADD, new_id(), 1)
            await tx.run(wait, 0 if end == "commit" else 1)
            if end == "fault":
                raise ValueError("a fault of ours, while the database works")
            if end == "gone":
                await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.wait([task], timeout=0.05)
    if end == "gone":
        task.cancel()
    expected = {"commit": asyncpg.DivisionByZeroError, "fault": ValueError, "gone": asyncio.CancelledError}
    with pytest.raises(expected[end]):
        await task
    assert await _count(said) == 0
    async with said.transaction(goes_on=True) as tx:
        await tx.run(ADD, new_id(), 2)
    assert await _count(said) == 1, "the connection is as good as before, and what was sent last is committed"


async def test_an_operation_has_one_batcher(said: Database, lanes: Lanes) -> None:
    batchers = Batchers(said, lanes)
    assert batchers.of(say) is batchers.of(say)
    assert await batchers.of(say).submit(Say(new_id(), 3)) == 3
    await batchers.close()


async def test_the_fullest_queue_goes_first_but_for_one_that_has_waited() -> None:
    turns, went = Turns(1), []

    async def go(name: str, size: int) -> None:
        async with turns.turn(lambda: size):
            went.append(name)

    async with turns.turn(lambda: 1):
        first = [asyncio.create_task(go(*queue)) for queue in (("a", 1), ("b", 3), ("c", 2))]
        await asyncio.sleep(0)
    await asyncio.gather(*first)
    assert went == ["b", "c", "a"]
    async with turns.turn(lambda: 1):
        first = [asyncio.create_task(go("d", 1))]
        await asyncio.sleep(PATIENCE * 2)
        first.append(asyncio.create_task(go("e", 3)))
        await asyncio.sleep(0)
    await asyncio.gather(*first)
    assert went[3:] == ["d", "e"]


async def test_no_more_than_a_few_wait_for_the_disk_so_that_connections_are_left() -> None:
    turns, let_go, inside = Turns(1), asyncio.Event(), 0

    async def go() -> None:
        nonlocal inside
        async with turns.turn(lambda: 1) as end:
            inside += 1
            end()
            await let_go.wait()  # The disk stalls.

    going = [asyncio.create_task(go()) for _ in range(COMMITTING + 5)]
    await asyncio.sleep(PATIENCE * 3)
    assert inside == COMMITTING + 1
    let_go.set()
    await asyncio.wait_for(asyncio.gather(*going), 60)
    assert inside == COMMITTING + 5


async def test_a_command_that_meets_a_row_at_each_try_fails_alone(said: Database, lanes: Lanes) -> None:
    async def say_or_clash(tx: Transaction, commands: Sequence[Say]) -> list[int]:
        if any(command.number == 13 for command in commands):
            raise asyncpg.UniqueViolationError("it is there")
        return await say(tx, commands)

    batchers, near = Batchers(said, lanes), new_id()
    moves = [(say_or_clash, Say(new_id(near), count)) for count in (1, 13, 2)]
    answers = await batchers.try_each(moves)
    await batchers.close()
    assert (answers[0], answers[2]) == (1, 2)
    assert isinstance(answers[1], Unavailable)
    assert answers[1].is_of_command


async def test_beside_a_batch_a_long_queue_begins_or_one_that_has_waited_or_any_when_only_the_disk_is_waited_for() -> (
    None
):
    turns = Turns(2)
    inside: list[str] = []

    async def go(name: str, size: int) -> None:
        async with turns.turn(lambda: size):
            inside.append(name)

    async with turns.turn(lambda: LONG), asyncio.timeout(60):
        await go("long", LONG)
        short = asyncio.create_task(go("short", 1))
        await asyncio.sleep(PATIENCE / 10)
        assert inside == ["long"]
        await short  # It has waited.
        assert inside == ["long", "short"]
    async with turns.turn(lambda: LONG) as end, asyncio.timeout(60):
        short = asyncio.create_task(go("next", 1))
        await asyncio.sleep(0)
        assert "next" not in inside
        end()
        end()  # Once more is not once more.
        await asyncio.sleep(0)
        assert inside[-1] == "next"
        await short
    async with turns.turn(lambda: LONG), turns.turn(lambda: LONG):
        third = asyncio.create_task(go("third", LONG))
        await asyncio.sleep(PATIENCE * 2)
        assert "third" not in inside, "no more than two"
    await asyncio.wait_for(third, 60)


async def test_who_gives_up_waiting_takes_no_turn() -> None:
    turns = Turns(1)

    async def go() -> None:
        async with turns.turn(lambda: 1):
            pass

    async def held(*, is_cancelled_first: bool) -> None:
        waiting = asyncio.create_task(go())
        async with turns.turn(lambda: 1):
            await asyncio.sleep(0)
            if is_cancelled_first:
                waiting.cancel()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    for is_cancelled_first in (True, False, True):
        await asyncio.wait_for(held(is_cancelled_first=is_cancelled_first), 60)
    inside = 0

    async def count() -> None:
        nonlocal inside
        async with turns.turn(lambda: 1):
            inside += 1
            assert inside == 1, "two had the one turn"
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.wait_for(asyncio.gather(*(count() for _ in range(5))), 60)


@pytest.mark.parametrize("count", [1, 2, 4, 64])
def test_lanes_hold_every_shard_once(count: int) -> None:
    lanes = Lanes(count)
    assert sorted(shard for shards in lanes.shards for shard in shards) == list(range(SHARDS))
    id = new_id()
    assert shard_of(id) in lanes.shards[lanes.of(id)]


def test_ids_live_where_their_owner_does() -> None:
    owner = new_id()
    assert shard_of(new_id(owner)) == shard_of(owner) == shard_of(derive(owner, "release", 1))
    assert derive(owner, "release", 1) == derive(owner, "release", 1) != derive(owner, "release", 2)
    assert derive(owner, "x").version == 5
    assert new_id().version == 7
    assert sorted(made := [new_id(owner) for _ in range(100)], key=lambda id: id.int >> 80) == made

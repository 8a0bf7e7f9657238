"""Proves that a message is sent until it was taken, on its schedule, once at a time, and that every attempt is kept."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.wire.world import receiving
from weiji.events import BY_SYSTEM
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database
from weiji.kit.fetching import Fetcher
from weiji.kit.ids import new_id
from weiji.webhooks import (
    Letter,
    Message,
    MessageStatus,
    QueueMessage,
    ResendMessage,
    Sender,
    Undeliverable,
    get_log,
    list_messages,
    queue_messages,
    resend_messages,
)
from weiji.webhooks.rules import judge_attempt

SCHEDULE = (timedelta(seconds=10), timedelta(minutes=1))


class Plain:
    """A kind of message that is sent as it is."""

    name = "plain"
    schedule: Sequence[timedelta] = SCHEDULE

    async def dress(self, _: Database, messages: Sequence[Message]) -> list[Letter | Undeliverable]:
        return [
            Letter(headers={"x-attempt": str(m.attempts)}, body=m.payload["text"].encode())
            if m.payload["text"]
            else Undeliverable("empty")
            for m in messages
        ]

    def judge(self, status: int, _: bytes) -> str | None:
        return None if status == 204 else f"status_{status}"


def queue(owner_id: UUID, url: str, text: str = "hello", **other: Any) -> QueueMessage:
    values = {
        "id": new_id(owner_id),
        "owner_id": owner_id,
        "subject_id": owner_id,
        "kind": "plain",
        "type": "SAID",
        "url": url,
        "payload": {"text": text},
    }
    return QueueMessage(**{**values, **other})


def sender(database: Database, lanes: Lanes, *, may_go_inside: bool = True) -> Sender:
    return Sender(database, lanes, [Plain()], Fetcher(may_go_inside=may_go_inside))


async def put(database: Database, *commands: QueueMessage) -> None:
    async with database.transaction() as tx:
        await queue_messages(tx, commands)


async def test_a_message_is_sent_on_its_schedule_until_it_is_given_up(database: Database, lanes: Lanes) -> None:
    owner, sending = new_id(), sender(database, lanes)
    async with receiving((500, b"no"), (302, b""), (404, b"gone\x00")) as (url, heard):
        command = queue(owner, url)
        await put(database, command, command)
        await put(database, command)
        for wait in (timedelta(), timedelta(seconds=11), timedelta(seconds=61), timedelta(days=9)):
            CLOCK.follow(CLOCK.offset + wait)
            await sending.drain()
        async with database.read() as reader:
            log = await get_log(reader, command.id, 10)
        assert log
        message, attempts = log
        assert (message.status, message.attempts) == (MessageStatus.GIVEN_UP, 3)
        assert [each.reason for each in attempts] == ["status_404", "status_302", "status_500"]
        assert [each.answer for each in attempts] == ["gone", "", "no"]
        assert [each.headers["x-attempt"] for each in attempts] == ["3", "2", "1"]
        # Sent again, it has its whole schedule, and is taken now.
        async with database.transaction() as tx:
            strange = ResendMessage(id=command.id, owner_id=new_id(), actor=BY_SYSTEM)
            own = ResendMessage(id=command.id, owner_id=owner, actor=BY_SYSTEM)
            assert await resend_messages(tx, [strange]) == ["message_not_found"]
            assert await resend_messages(tx, [own]) == ["queued"]
        await sending.drain()
    assert len(heard) == 4
    async with database.read() as reader:
        (message,) = await list_messages(reader, owner, before=None, status=MessageStatus.DELIVERED, limit=5)
    assert message.delivered_at


async def test_two_processes_send_each_message_once(database: Database, lanes: Lanes) -> None:
    async with receiving() as (url, heard):
        commands = [queue(new_id(), url, text=str(number)) for number in range(40)]
        await put(database, *commands)
        await asyncio.gather(*(sender(database, lanes).drain() for _ in range(3)))
    assert sorted(int(body) for _, body in heard) == list(range(40))


async def test_a_process_that_died_leaves_a_message_that_comes_due_again(database: Database, lanes: Lanes) -> None:
    owner = new_id()
    async with receiving() as (url, heard):
        await put(database, queue(owner, url))
        dying = sender(database, lanes)
        await dying.begin()
        for task in dying._sending:
            task.cancel()
        await asyncio.gather(*dying._sending, return_exceptions=True)
        assert await sender(database, lanes).drain() == 0
        CLOCK.follow(CLOCK.offset + timedelta(minutes=2))
        assert await sender(database, lanes).drain() == 1
    assert heard[-1][0]["x-attempt"] == "2"


async def test_private_networks_are_not_gone_to_unless_the_operator_allows_it(database: Database, lanes: Lanes) -> None:
    owner = new_id()
    async with receiving() as (url, heard):
        command = queue(owner, url)
        await put(database, command, silent := queue(owner, url, text=""))
        await sender(database, lanes, may_go_inside=False).drain()
        async with database.read() as reader:
            logs = [await get_log(reader, each.id, 10) for each in (command, silent)]
    (attempt,), (other,) = (log[1] for log in logs if log)
    assert (attempt.reason, other.reason) == ("private_address", "empty")
    assert not heard


@given(st.integers(1, 4), st.booleans())
def test_an_attempt_ends_as_the_schedule_says(step: int, is_taken: bool) -> None:
    now = clock.now()
    message = Message(
        **dict.fromkeys(("id", "owner_id", "subject_id", "payload", "next_at", "delivered_at")),  # type: ignore[arg-type]
        kind="plain",
        type="SAID",
        url="",
        status=MessageStatus.WAITING,
        attempts=step,
        step=step,
        created_at=now,
    )
    outcome = judge_attempt(message, None if is_taken else "refused", SCHEDULE, now)
    if is_taken:
        assert (outcome.status, outcome.delivered_at) == ("delivered", now)
    elif step <= len(SCHEDULE):
        assert outcome.next_at == now + SCHEDULE[step - 1]
    else:
        assert (outcome.status, outcome.next_at) == ("given_up", None)

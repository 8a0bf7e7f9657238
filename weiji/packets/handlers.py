"""How red packets reach people in other shards, and what happens to them by the clock."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from weiji.events import Delivered, Subscription
from weiji.events.packets import RedPacketClaimed, RedPacketSent
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import Deadlines
from weiji.kit.jobs import Job
from weiji.packets import store
from weiji.packets.model import ExpirePacket, ExpireStatus, OfferPacket, Packet, ReceivePart
from weiji.packets.operations import expire_packets, offer_packets, receive_parts

EXPIRE: Final = "packets.expire"
EXPIRE_EVERY: Final = timedelta(seconds=5)


class Reactions:
    """What red packets do when something of them is told, and by the clock: by the operations everybody uses."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.deadlines = Deadlines(batchers, EXPIRE, "packet_id")

    async def receive(self, database: Database, batch: Sequence[Delivered]) -> None:
        """RedPacketClaimed: the money comes into the finder's wallet."""
        packets = await _get_packets(database, batch)
        await self.batchers.of(receive_parts, "finder_id").submit_all(
            [
                ReceivePart(
                    packet_id=event.packet_id,
                    finder_id=event.finder_id,
                    sender_id=packets[event.packet_id].sender_id,
                    sender_name=packets[event.packet_id].sender_name,
                    greeting=packets[event.packet_id].greeting,
                    amount=event.amount,
                    place=event.place,
                )
                for event in (delivered.event for delivered in batch)
            ]
        )

    async def offer(self, database: Database, batch: Sequence[Delivered]) -> None:
        """RedPacketSent: whoever it is for is told of it."""
        named = [delivered for delivered in batch if delivered.event.offered_to_id or delivered.event.recipient_id]
        if not named:
            return
        packets = await _get_packets(database, named)
        await self.batchers.of(offer_packets, "person_id").submit_all(
            [
                OfferPacket(
                    packet_id=packet.id,
                    person_id=person_id,
                    sender_id=packet.sender_id,
                    sender_name=packet.sender_name,
                    greeting=packet.greeting,
                    key=packet.key,
                    expires_at=packet.expires_at,
                )
                for packet in packets.values()
                if (person_id := packet.offered_to_id or packet.recipient_id)
            ]
        )

    async def expire(self, database: Database, limit: int) -> int:
        """Give back what is left of at most *limit* packets whose time ran out; return for how many that was done."""
        lanes = self.batchers.lanes
        due: list[UUID] = []
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            for shards in lanes.shards:
                due += await store.get_due_packets(reader, shards, clock.now(), aside.room(limit))
        moves = ((expire_packets, ExpirePacket(packet_id=id)) for id in due[: aside.room(limit)])
        statuses = await self.deadlines.meet(database, aside, moves)
        return statuses.count(ExpireStatus.EXPIRED)


async def _get_packets(database: Database, batch: Sequence[Delivered]) -> dict[UUID, Packet]:
    async with database.read() as reader:
        return await store.get_packets(reader, {delivered.event.packet_id for delivered in batch})


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what red packets hear of."""
    reactions = Reactions(batchers)
    return [
        Subscription(name="packets.receive", events=(RedPacketClaimed,), caller=reactions.receive),
        Subscription(name="packets.offer", events=(RedPacketSent,), caller=reactions.offer),
    ]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what red packets do by the clock."""
    return [Job(name=EXPIRE, every=EXPIRE_EVERY, work=Reactions(batchers).expire)]

"""The red packets of the demo town: an old one that was not all taken, one that is gone, and some that wait."""

from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.demo.people import BY_HANDLE, STREET, stroller_id
from weiji.events import Actor
from weiji.kit.ids import derive
from weiji.packets import ClaimPart, Division, SendPacket, claim_parts, send_packets
from weiji.program import Program


class Gift(Struct, frozen=True, kw_only=True):
    """A red packet of the town. `finders` of the street take a part of it, one after another."""

    name: str
    sender: str
    amount: int
    parts: int
    greeting: str
    finders: int = 0
    division: Division = Division.LUCKY
    recipient: str | None = None

    @property
    def id(self) -> UUID:
        """The packet's id, the same in every town."""
        return derive(BY_HANDLE[self.sender].id, "demo", "gift", self.name)


OLD: Final = Gift(name="old", sender="xiaoyu", amount=8_800, parts=8, greeting="秋天快乐", finders=5)
GONE: Final = Gift(name="gone", sender="xiaoyu", amount=6_666, parts=10, greeting="新居开火，请大家喝茶", finders=12)
OPEN: Final = Gift(name="open", sender="xiaoyu", amount=10_000, parts=12, greeting="桂花开了，沾沾香气", finders=4)
EQUAL: Final = Gift(
    name="equal", sender="emma", amount=2_000, parts=10, greeting="谢谢各位邻居", finders=6, division=Division.EQUAL
)
FOR_ONE: Final = Gift(
    name="for one",
    sender="aming",
    amount=888,
    parts=1,
    greeting="上次的茶钱",
    division=Division.EQUAL,
    recipient="xiaoyu",
)

LATEST: Final = (GONE, OPEN, EQUAL, FOR_ONE)


async def give(program: Program, *gifts: Gift) -> None:
    """Send packets, and let those who walk by take parts of them."""
    for gift in gifts:
        sender = BY_HANDLE[gift.sender]
        command = SendPacket(
            id=gift.id,
            sender_id=sender.id,
            sender_name=sender.name,
            division=gift.division,
            amount=gift.amount,
            parts=gift.parts,
            greeting=gift.greeting,
            recipient_id=BY_HANDLE[gift.recipient].id if gift.recipient else None,
            actor=Actor("person", sender.id),
        )
        sent = await program.batchers.of(send_packets, "sender_id").submit(command)
        assert sent.key, f"{gift.name}: {sent.status}"
        finders = [(stroller_id(number), STREET[number]) for number in range(gift.finders)]
        if gift is EQUAL:
            finders.insert(0, (BY_HANDLE["xiaoyu"].id, BY_HANDLE["xiaoyu"].name))
        claims = [
            ClaimPart(packet_id=gift.id, key=sent.key, finder_id=id, finder_name=name, actor=Actor("person", id))
            for id, name in finders
        ]
        await program.batchers.of(claim_parts, "packet_id").submit_all(claims)

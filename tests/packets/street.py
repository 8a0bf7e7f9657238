"""People who give each other red packets."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from weiji import packets
from weiji.events import Actor
from weiji.events.outbox import Deliverer
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Reader, Transaction
from weiji.kit.ids import new_id
from weiji.ledger import Account, chart, get_trial_balance, lookup_accounts
from weiji.packets import ClaimPart, ClaimResult, Division, SendPacket, SendResult, claim_parts, send_packets
from weiji.payments import CreatePaymentStatus, TopUpWallet, top_up_wallets


def sending(sender_id: UUID, amount: int = 1_000, parts: int = 4, **more: Any) -> SendPacket:
    """Ask for a packet that may be."""
    return SendPacket(
        **{
            "id": new_id(sender_id),
            "sender_id": sender_id,
            "sender_name": "阿青",
            "division": Division.LUCKY,
            "amount": amount,
            "parts": parts,
            "greeting": "恭喜发财",
            "actor": Actor("person", sender_id),
            **more,
        }
    )


def claiming(packet_id: UUID, key: str | None, finder_id: UUID | None = None) -> ClaimPart:
    """Ask for a part; by somebody new, if nobody is named."""
    finder_id = finder_id or new_id()
    return ClaimPart(
        packet_id=packet_id,
        key=key or "",
        finder_id=finder_id,
        finder_name="小北",
        actor=Actor("person", finder_id),
    )


async def fund(tx: Transaction, person_id: UUID, amount: int = 100_000) -> None:
    """Give a person money."""
    command = TopUpWallet(id=new_id(person_id), person_id=person_id, amount=amount, actor=Actor("person", person_id))
    assert await top_up_wallets(tx, [command]) == [CreatePaymentStatus.CREATED]


async def available(reader: Reader, account: Account) -> int:
    """Read what an account can spend."""
    found = await lookup_accounts(reader, [account.id])
    return found[0].available if found else 0


class Street:
    """Red packets with their reactions and the clock's work, over a database of their own."""

    def __init__(self, database: Database, lanes: Lanes) -> None:
        self.database = database
        self.batchers = Batchers(database, lanes)
        self.deliverer = Deliverer(database, packets.subscriptions(self.batchers), lanes)

    async def person(self, money: int = 0) -> UUID:
        """Make up somebody, with money."""
        id = new_id()
        if money:
            await self.database.retried(lambda tx: fund(tx, id, money))
        return id

    async def send(self, command: SendPacket) -> SendResult:
        """Send a packet."""
        return await self.batchers.of(send_packets, "sender_id").submit(command)

    async def claim(self, commands: Sequence[ClaimPart]) -> list[ClaimResult]:
        """Claim parts, in one request."""
        return await self.batchers.of(claim_parts, "packet_id").submit_all(commands)

    async def settle(self) -> None:
        """Deliver what was told, and do what is due."""
        (job,) = packets.jobs(self.batchers)
        await self.deliverer.drain()
        await job.work(self.database, 500)
        await self.deliverer.drain()

    async def turn(self, **by: float) -> None:
        """Turn the clock forward, and let happen what then should."""
        CLOCK.follow(CLOCK.offset + timedelta(**by))
        await self.settle()

    async def wallet(self, person_id: UUID) -> int:
        """Read what somebody has."""
        async with self.database.read() as reader:
            return await available(reader, chart.wallet(person_id))

    async def sums(self) -> dict[chart.Code, int]:
        """Add up each kind of account: credits less debits; debits equal credits."""
        async with self.database.read() as reader:
            rows = await get_trial_balance(reader)
        assert sum(row["credits_posted"] - row["debits_posted"] for row in rows if row["ledger"] == chart.CNY) == 0
        return {chart.Code(row["code"]): row["credits_posted"] - row["debits_posted"] for row in rows}

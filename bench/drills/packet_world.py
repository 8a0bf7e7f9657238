"""A red packet, in memory: who sends it, who finds it, what comes back, in any order.

The rules and postings of packets, and the ledger, are the real ones.
"""

from collections.abc import Collection, Iterator
from copy import copy
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, require
from tests.ledger.memory import MemoryLedger
from weiji.events import Actor
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Account, Kind, Transfer, TransferFlags, TransferStatus, chart, move
from weiji.packets import postings
from weiji.packets.model import (
    Claim,
    ClaimPart,
    ClaimStatus,
    Day,
    Division,
    ExpireStatus,
    Packet,
    PacketState,
    Payer,
    ReceivePart,
    RedPacketRules,
    SendPacket,
    SendStatus,
)
from weiji.packets.rules import PACKET_MOVES, Held, Sendings, judge_claims, judge_expiry

NOW: Final = datetime(2026, 5, 1, 12, tzinfo=SHANGHAI)
SENDER: Final = new_id()
PACKET: Final = new_id(SENDER)
FINDERS: Final = (SENDER, new_id(SENDER), new_id(SENDER), new_id(SENDER))
"""Who knows the link: more than there are parts, and who sent it, too."""

PARTS: Final = (7, 101, 12)
AMOUNT: Final = sum(PARTS)
FUNDS: Final = AMOUNT + 1
"""What the sender has: enough for one packet."""

RULES: Final = RedPacketRules()
SHARD: Final = shard_of(PACKET)
RETRIES_MAX: Final = 2
"""How often a purse that takes nothing is tried here."""


class PacketWorld:
    """A packet that is not sent yet, of a person or of a shop, for many or for one."""

    def __init__(self, payer: Payer = Payer.WALLET, recipient_id: UUID | None = None) -> None:
        self.now = NOW
        self.tried: set[Event] = set()
        self.parts = PARTS if recipient_id is None else (AMOUNT,)
        self.command = SendPacket(
            id=PACKET,
            sender_id=SENDER,
            sender_name="张三",
            division=Division.LUCKY,
            amount=AMOUNT,
            parts=len(self.parts),
            greeting="恭喜发财",
            actor=Actor("buyer", SENDER),
            recipient_id=recipient_id,
            payer=payer,
        )
        self.packet: Packet | None = None
        self.claims: dict[UUID, Claim] = {}
        self.returns = 1
        self.closed: dict[UUID, int] = {}
        """Accounts that take nothing; how often they were closed."""
        self.is_closed: frozenset[UUID] = frozenset()
        self.waiting: tuple[UUID, ...] = ()
        self.heard: frozenset[UUID] = frozenset()
        self._key: Any = None
        self.ledger = MemoryLedger()
        self.purse = postings.purse(self.command)
        self.wallets = {id: chart.wallet(id) for id in FINDERS}
        source = chart.bank(SHARD)
        self.accounts = [self.purse, *self.wallets.values(), source, chart.transit(SHARD), chart.red_packet(PACKET)]
        self.ledger.create_accounts(self.accounts, 0)
        funds = move(PACKET, derive(PACKET, "funds"), source, self.purse, FUNDS, Kind.ADJUSTMENT)
        self._make([funds])

    def transitions(self) -> Collection[Event]:
        """List all that is to be tried in such worlds."""
        return TRANSITIONS

    def copy(self) -> Self:
        """Copy what may change."""
        world = copy(self)
        world._key = None
        world.claims, world.closed = dict(self.claims), dict(self.closed)
        world.ledger = self.ledger.copy()
        return world

    def balance(self, account: Account) -> int:
        """Say what is in an account, credits less debits."""
        return self.ledger.balance(account.id)

    def key(self) -> Any:
        """Say what tells two worlds apart."""
        if self._key is None:
            self._key = (
                self.packet, tuple(self.claims.values()), self.returns, self.is_closed, self.waiting, self.heard,
                tuple(self.balance(account) for account in self.accounts), self.now,
            )  # fmt: skip
        return self._key

    # --- what may happen ---

    def events(self) -> Iterator[Event]:
        """List what may happen next. What is refused then changes nothing."""
        yield ("send", True)
        yield ("send", False)
        for finder in FINDERS:
            yield ("claim", finder, True)
        yield ("claim", FINDERS[1], False)
        if self.packet is not None and self.returns <= RETRIES_MAX:
            yield ("expire",)
            if self.now < self.packet.expires_at:
                yield ("wait",)
        yield from (("hear", finder) for finder in self.waiting)
        for account in (self.purse, self.wallets[FINDERS[1]]):
            if account.id in self.is_closed:
                yield ("reopen", account.id)
            elif account.id not in self.closed:
                yield ("close", account.id)

    def next(self) -> Event | None:
        """Say what happens where nobody does anything: whatever is closed is opened in the end."""
        if self.is_closed:
            return ("reopen", min(self.is_closed))
        if self.waiting:
            return ("hear", self.waiting[0])
        if self.packet is None or self.packet.state is not PacketState.OPEN:
            return None
        return ("wait",) if self.now < self.packet.expires_at else ("expire",)

    # --- what happens ---

    def after(self, event: Event) -> Self:
        """Let something happen, in a copy of this world."""
        world = self.copy()
        getattr(world, f"_{event[0]}")(*event[1:])
        return world

    def check_again(self) -> None:
        """Receive, claim and send again: nothing changes."""
        world = self.copy()
        for finder in self.heard - self.is_closed_for():
            world._receive(finder)
        for finder in self.claims:
            world._claim(finder, True)
        if self.packet is not None:
            world._send(True)
        require(world.key() == self.key(), "what came again changed something")

    def is_closed_for(self) -> frozenset[UUID]:
        """List who can be given nothing."""
        return frozenset(finder for finder, wallet in self.wallets.items() if wallet.id in self.is_closed)

    def _make(self, transfers: list[Transfer]) -> None:
        for result in self.ledger.create_transfers(transfers, 0):
            require(result.status in (TransferStatus.CREATED, TransferStatus.EXISTS), f"refused: {result.status}")

    def _send(self, is_same: bool) -> None:
        """Send it; or, with its id, another."""
        before = self.packet
        command = self.command if is_same else replace(self.command, greeting="万事如意")
        packets = {} if before is None else {PACKET: before}
        status = Sendings(packets, {SENDER: Day(person_id=SENDER, on=NOW.date())}, RULES).judge(command)
        if before is not None:
            is_it = command.greeting == before.greeting
            expected = SendStatus.EXISTS if is_it else SendStatus.EXISTS_WITH_DIFFERENT_CONTENT
            require(status is expected, f"sent again: {status}")
            return
        require(status is SendStatus.CREATED, f"sending: {status}")
        (result,) = self.ledger.create_transfers([postings.fund(command)], 0)
        require(result.status is TransferStatus.CREATED, f"a purse refused {result.status}")
        self.packet = Packet(
            id=PACKET,
            sender_id=SENDER,
            sender_name=command.sender_name,
            recipient_id=command.recipient_id,
            offered_to_id=None,
            payer=command.payer,
            division=command.division,
            amount=AMOUNT,
            parts=command.parts,
            greeting=command.greeting,
            key="key",
            commitment=b"",
            state=PacketState.OPEN,
            taken=0,
            claimed=0,
            returned=0,
            created_at=self.now,
            expires_at=self.now + RULES.open_for,
            ended_at=None,
        )

    def _claim(self, finder: UUID, has_key: bool) -> None:
        command = ClaimPart(
            packet_id=PACKET,
            key="key" if has_key else "another",
            finder_id=finder,
            finder_name="某人",
            actor=Actor("buyer", finder),
        )
        before, own = self.packet, self.claims.get(finder)
        held = {}
        if before is not None:
            claims = {} if own is None else {finder: own}
            held[PACKET] = Held(packet=before, next_parts=self.parts[before.taken :], claims=claims)
        (result,) = judge_claims(held, [command], self.now)
        if before is None or not has_key:
            require(result.status is ClaimStatus.PACKET_NOT_FOUND, f"a claim of nothing: {result.status}")
            return
        its = held[PACKET]
        if own is not None:
            require((result.status, result.amount) == (ClaimStatus.EXISTS, own.amount), "another part, asked again")
        if not its.new:
            require(result.status is not ClaimStatus.CLAIMED, "a part that is none")
            return
        (claim,) = its.new
        require(own is None and before.state is PacketState.OPEN, "a part of what is over, or a second one")
        self.packet, self.claims[finder] = its.packet, claim
        self._note_move(before)
        self._make([postings.part(PACKET, claim)])
        self.waiting += (finder,)

    def _note_move(self, before: Packet) -> None:
        assert self.packet is not None
        if self.packet.state is not before.state:
            require(self.packet.state in PACKET_MOVES[before.state], f"{before.state} became {self.packet.state}")
            self.tried.add(("packet", before.state, self.packet.state))

    def _hear(self, finder: UUID) -> None:
        """Receive a part. A wallet that takes nothing is told again later."""
        if finder in self.is_closed_for():
            return
        self.waiting = tuple(each for each in self.waiting if each != finder)
        self.heard |= {finder}
        self._receive(finder)

    def _receive(self, finder: UUID) -> None:
        claim = self.claims[finder]
        command = ReceivePart(
            packet_id=PACKET,
            finder_id=finder,
            sender_id=SENDER,
            sender_name="",
            greeting="",
            amount=claim.amount,
            place=claim.place,
        )
        self._make([postings.receive(command)])

    def _wait(self) -> None:
        assert self.packet is not None
        self.now = self.packet.expires_at

    def _expire(self) -> None:
        before = self.packet
        if judge_expiry(before, self.now) is not ExpireStatus.EXPIRED:
            return
        assert before is not None
        (result,) = self.ledger.create_transfers([postings.give_back(before, self.returns)], 0)
        if self.purse.id in self.is_closed:
            require(result.status is TransferStatus.CREDIT_ACCOUNT_FROZEN, f"what is closed took it: {result.status}")
            self.returns += 1
            return
        require(result.status is TransferStatus.CREATED, f"what is left did not go back: {result.status}")
        self.packet = replace(before, state=PacketState.EXPIRED, returned=result.amount, ended_at=self.now)
        self._note_move(before)

    def _close(self, account_id: UUID) -> None:
        """Let an account take nothing more."""
        self.closed[account_id] = self.closed.get(account_id, 0) + 1
        self.is_closed |= {account_id}
        self._make(
            [
                Transfer(
                    id=derive(account_id, "close"),
                    debit_account_id=chart.transit(SHARD).id,
                    credit_account_id=account_id,
                    amount=0,
                    ledger=chart.CNY,
                    code=Kind.ADJUSTMENT,
                    flags=TransferFlags.PENDING | TransferFlags.FREEZING_CREDIT,
                    journal_id=PACKET,
                )
            ]
        )

    def _reopen(self, account_id: UUID) -> None:
        self.is_closed -= {account_id}
        flags = TransferFlags.VOID_PENDING_TRANSFER
        its = derive(account_id, "close")
        self._make([Transfer(id=derive(its, "reopen"), pending_id=its, flags=flags, journal_id=PACKET)])

    # --- what is always true ---

    def check(self) -> None:
        """Hold the world to what is true of it at any moment."""
        its = self.ledger.accounts.values()
        require(sum(a.debits_posted - a.credits_posted for a in its) == 0, "debits and credits differ")
        packet, claims = self.packet, list(self.claims.values())
        under_way = sum(self.claims[finder].amount for finder in self.waiting)
        require(self.balance(chart.transit(SHARD)) == under_way, "transit")
        if packet is None:
            require(self.balance(self.purse) == FUNDS and not claims, "something of nothing")
            return
        require([claim.place for claim in claims] == list(range(1, len(claims) + 1)), "places are not in turn")
        require([claim.amount for claim in claims] == list(self.parts[: len(claims)]), "a part is another's")
        require((packet.taken, packet.claimed) == (len(claims), sum(c.amount for c in claims)), "parts are not counted")
        left = packet.amount - packet.claimed - packet.returned
        require(self.balance(chart.red_packet(PACKET)) == left, f"{left} should be left")
        require((packet.state is PacketState.OPEN) == (packet.ended_at is None), "when it ended")
        require((packet.state is PacketState.EMPTY) == (packet.taken == packet.parts), "empty, or not")
        if packet.recipient_id is not None:
            require(set(self.claims) <= {packet.recipient_id}, "a part of another's packet")

    def check_since(self, before: Self) -> None:
        """Hold a step to this: what ended stays as it ended, and nobody loses a part."""
        if before.packet is not None and before.packet.state is not PacketState.OPEN:
            require(self.packet == before.packet, "a packet that was over moved")
        require(before.claims.items() <= self.claims.items(), "a part was taken away")

    def check_end(self) -> None:
        """Hold a world in which nothing is left to happen to this: everybody has what is theirs."""
        require(not self.waiting, "something was not received")
        require(self.balance(chart.transit(SHARD)) == 0, "something is under way")
        require(self.balance(chart.red_packet(PACKET)) == 0, "something is left of a packet that is over")
        for finder, wallet in self.wallets.items():
            had = self.claims[finder].amount if finder in self.claims else 0
            if wallet.id == self.purse.id:
                had += FUNDS - (0 if self.packet is None else AMOUNT - self.packet.returned)
            require(self.balance(wallet) == had, f"a wallet has {self.balance(wallet)}, not {had}")

    def end(self) -> str:
        """Name how it ended."""
        return "unsent" if self.packet is None else str(self.packet.state)


TRANSITIONS: Final = frozenset(
    ("packet", before, after)
    for before, after in ((before, after) for before, afters in PACKET_MOVES.items() for after in afters)
)
"""What is to be tried of the machine."""

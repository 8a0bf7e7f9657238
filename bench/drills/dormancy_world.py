"""A wallet that nobody moves for long, in memory: told of, set aside, given back; and courts, and money, in between.

The table, what is decided and what is posted are those of dormancy, over the rules of the ledger.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things, freeze, let_go
from weiji.dormancy import rules
from weiji.dormancy.model import Dormancy, DormancyState, FollowStatus, FollowWallet, GiveBack, GiveBackStatus
from weiji.events import Actor
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Kind, Transfer, TransferStatus, WalletBalance, chart, move

PERSON: Final = new_id()
SHARD: Final = shard_of(PERSON)
OWNER: Final = Actor("buyer", PERSON)
STAFF: Final = Actor("staff", new_id())
"""Who has another's agreement: to an amount."""

AFTER: Final = timedelta(days=360)
NOTICE: Final = timedelta(days=30)
SECOND: Final = timedelta(seconds=1)
FUNDS: Final = 5_003
PAID_IN: Final = 701
SPENT: Final = 503
FREEZES_MAX: Final = 2
MOVES_MAX: Final = 2
"""How often money comes in here, and goes out."""

_S = DormancyState


class DormancyWorld(MachineWorld):
    """A wallet with something in it, that was never told of."""

    def __init__(self) -> None:
        verbs = {"follow": set(DormancyState), "give_back": {_S.AWAKE}}
        super().__init__(
            {"dormancy": Machine(moves=rules.MOVES, verbs=verbs, begins={_S.TOLD})},
            {
                "wallet": chart.wallet(PERSON),
                "dormant": chart.dormant(PERSON),
                "bank": chart.bank(SHARD),
                "court": chart.legal_hold(PERSON),
            },
        )
        self.wallets: dict[UUID, Dormancy] = {}
        self.moved_at: datetime = NOW
        self.freezes = 0
        self.is_frozen = False
        self.came = 0
        self.went = 0
        self._move("bank", "wallet", FUNDS, "begin")

    def things(self) -> Things:
        """Say where the wallet stands."""
        return {("dormancy", id): wallet.state for id, wallet in self.wallets.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        wallet = self.wallets.get(PERSON)
        return (
            self.now - self.moved_at > AFTER, self.freezes, self.is_frozen, self.came, self.went,
            wallet and (wallet.times, wallet.due_at <= self.now, wallet.ended_at is None),
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from (("follow",), ("give_back", OWNER, None), ("give_back", STAFF, None), ("give_back", STAFF, 1))
        yield ("give_back", STAFF, self.balance("dormant"))
        if self.came < MOVES_MAX:
            yield ("pay_in",)
        if self.went < MOVES_MAX:
            yield ("spend",)
        if self.is_frozen:
            yield ("thaw",)
        elif self.freezes < FREEZES_MAX:
            yield ("freeze",)
        if self.now - self.moved_at <= AFTER:
            yield ("wait", AFTER)
        if any(each.due_at > self.now for each in self.wallets.values()):
            yield ("wait", NOTICE)

    def next(self) -> Event | None:
        """Let courts let go, then the clock do what it does; in the end the owner comes."""
        if self.is_frozen:
            return ("thaw",)
        wallet = self.wallets.get(PERSON)
        if wallet is None or wallet.state is _S.AWAKE:
            return None
        if wallet.state is _S.DORMANT:
            return ("give_back", OWNER, None)
        return ("follow",) if wallet.due_at <= self.now else ("wait", NOTICE)

    def after(self, event: Event) -> "DormancyWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens ---

    def _move(self, source: str, target: str, amount: int, word: str) -> TransferStatus:
        id = derive(PERSON, word, self.came, self.went, self.freezes)
        (result,) = self.post([move(PERSON, id, self.names[source], self.names[target], amount, Kind.ADJUSTMENT)])
        if result.status is TransferStatus.CREATED:
            self.moved_at = self.now
        return result.status

    def _make_moved(self, transfer: Transfer) -> int:
        (result,) = self.make([transfer])
        self.moved_at = self.now
        return result.amount

    def _pay_in(self) -> None:
        self.came += 1
        require(self._move("bank", "wallet", PAID_IN, "paid in") is TransferStatus.CREATED, "nothing comes in")

    def _spend(self) -> None:
        self.went += 1
        has = not self.is_frozen and self.free_of("wallet") >= SPENT
        done = self._move("wallet", "bank", SPENT, "spent") is TransferStatus.CREATED
        require(done == has, "what is there can be spent, and nothing else")
        self.went -= not done

    def _freeze(self) -> None:
        self.freezes += 1
        self.is_frozen = True
        self._make_moved(freeze(PERSON, self.names["wallet"], self.names["court"], self.freezes))

    def _thaw(self) -> None:
        self.is_frozen = False
        self._make_moved(let_go(PERSON, "freeze", self.freezes))

    def _follow(self) -> None:
        before = self.wallets.get(PERSON)
        was = before.state if before else None
        is_quiet = self.now - self.moved_at > AFTER and self.free_of("wallet") > 0
        is_due = before is not None and before.due_at <= self.now
        balance = WalletBalance(person_id=PERSON, available=self.free_of("wallet"), moved_at=self.moved_at)
        command = FollowWallet(person_id=PERSON, after=AFTER)
        status, wallet = rules.judge_following(before, balance, command, self.now)
        require(status is not FollowStatus.TOLD or (is_quiet and was is not _S.DORMANT), "what moved was told of")
        if status is FollowStatus.SET_ASIDE:
            require(is_quiet and is_due and was is _S.TOLD, "it was set aside before its owner was told, or too soon")
        if wallet is not None:
            self.wallets[PERSON] = wallet
            if status is FollowStatus.SET_ASIDE:
                free = 0 if self.is_frozen else self.free_of("wallet")
                amount = self._make_moved(rules.set_aside(wallet))
                require(amount == free, f"{amount} of {free} was set aside")
                rules.note_aside(wallet, amount, self.now)

    def _give_back(self, actor: Actor, amount: int | None) -> None:
        wallet, aside = self.wallets.get(PERSON), self.balance("dormant")
        was = wallet.state if wallet else None
        command = GiveBack(person_id=PERSON, actor=actor, amount=amount)
        status = rules.judge_giving_back(wallet, aside, command, self.now)
        right = was is _S.DORMANT and (amount == aside if actor is STAFF else amount is None)
        require((status is GiveBackStatus.GIVEN_BACK) == right, f"{amount} of {aside} given back: {status}")
        if wallet is not None and right:
            require(self._make_moved(rules.give_back(wallet)) == aside, "not all was given back")

    def _wait(self, time: timedelta) -> None:
        self.now += time + SECOND

    # --- what is always true ---

    def check(self) -> None:
        """It is theirs all the time: in the wallet or aside, to the fen; and aside only as long as it is dormant."""
        self.check_books()
        theirs = FUNDS + self.came * PAID_IN - self.went * SPENT
        have = self.balance("wallet") + self.balance("dormant")
        require(have == theirs, f"they have {have}, not {theirs}")
        states = set(self.things().values())
        require((self.balance("dormant") > 0) == (states == {_S.DORMANT}), f"{self.balance('dormant')} aside: {states}")
        for wallet in self.wallets.values():
            require((wallet.ended_at is not None) == (wallet.state is _S.AWAKE), "awake since when")
            require(wallet.due_at >= wallet.told_at + NOTICE, "its owner had less time than was promised")

    def check_again(self) -> None:
        """Follow and give back twice: the second changes nothing."""
        for event in (("follow",), ("give_back", OWNER, None)):
            once = self.after(event)
            require(once.after(event).key() == once.key(), f"{event[0]} twice is not once")

    def check_end(self) -> None:
        """Who comes has everything again."""
        require(self.balance("dormant") == 0, "something is aside for ever")


def wallets() -> dict[str, DormancyWorld]:
    """Make a wallet; one that lies; and one that was set aside."""
    wallet = DormancyWorld()
    told = wallet.after(("wait", AFTER)).after(("follow",))
    return {"a wallet": wallet, "told": told, "dormant": told.after(("wait", NOTICE)).after(("follow",))}

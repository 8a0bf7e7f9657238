"""What worlds have in common: machines whose every move is watched, the books, and how a world is copied.

A world says which machines it has and in which state each thing is; it does what events ask for by the code of weiji.
What moves is held here against the tables, and what was tried is remembered: nothing else may move a thing, nothing
may lead elsewhere, and in the end every move was made, and everything was tried in every state.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

from msgspec import Struct

from bench.drills.explorer import Event, require
from tests.ledger.memory import MemoryLedger
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive
from weiji.ledger import Account, Kind, Transfer, TransferFlags, TransferResult, TransferStatus, move

NOW: Final = datetime(2026, 5, 1, 12, tzinfo=SHANGHAI)

Things = dict[tuple[str, UUID], StrEnum]
"""In which state each thing is, by the name of its machine and its id."""


class Machine(Struct, frozen=True):
    """A machine of a world: its table, and which of what may happen leads where."""

    moves: Mapping[Any, Collection[Any]]
    """What each state may become: weiji's own table, where there is one; else what its design says."""
    verbs: Mapping[str, Collection[Any]]
    """Where each event may lead that moves it. No other moves it; and each is tried in every state."""
    begins: Collection[Any]
    """How a thing may begin, after the world did."""
    ends: Collection[str] = ()
    """By which events a thing may be gone. No other removes it."""
    unseen: Collection[tuple[str, Any]] = ()
    """What can't be tried in a state, and why not: the world says so beside it."""

    @property
    def transitions(self) -> set[Event]:
        """List what is to be tried of it: all moves, and every verb in every state."""
        moved: set[Event] = {("moves", before, after) for before, its in self.moves.items() for after in its}
        tried = {("tries", verb, state) for verb in self.verbs for state in self.moves}
        return moved | (tried - {("tries", *each) for each in self.unseen})


def freeze(owner: UUID, account: Account, court: Account, number: int) -> Transfer:
    """Freeze an account of somebody's, as a court does for the first time, or the second …"""
    flags = TransferFlags.PENDING | TransferFlags.FREEZING_DEBIT
    return move(owner, derive(owner, "freeze", number), account, court, 0, Kind.LEGAL_HOLD, flags)


def let_go(owner: UUID, *words: object) -> Transfer:
    """End what was held of somebody's: its id is derived by these words."""
    flags, hold = TransferFlags.VOID_PENDING_TRANSFER, derive(owner, *words)
    return Transfer(id=derive(owner, *words, "let go"), pending_id=hold, flags=flags, journal_id=owner)


class MachineWorld:
    """A world of machines, and of accounts."""

    now: datetime = NOW

    def __init__(self, machines: Mapping[str, Machine], accounts: Mapping[str, Account] | None = None) -> None:
        self.machines = machines
        self.tried: set[Event] = set()
        self.ledger = MemoryLedger()
        self.names = dict(accounts or {})
        """The accounts that are looked at, by what they are called here."""
        self.ledger.create_accounts(list(self.names.values()), 0)
        self._key: Any = None

    # --- what a world is to say ---

    def things(self) -> Things:
        """Say in which state each thing is."""
        raise NotImplementedError

    def told_apart(self) -> Any:
        """Say what tells two worlds apart, beside the states of things and the balances of accounts."""
        raise NotImplementedError

    def events(self) -> Iterator[Event]:
        """List what may happen next: each is the name of a method, without its underscore, and what it is about."""
        raise NotImplementedError

    def next(self) -> Event | None:
        """Say what happens where nobody does anything."""
        return None

    def check(self) -> None:
        """Hold the world to what is true of it at any moment."""
        self.check_books()

    def check_since(self, before: Self) -> None:
        """Hold a step to what it must leave as it was."""

    def check_again(self) -> None:
        """Hold the world to this: what came again changes nothing."""

    def check_end(self) -> None:
        """Hold a world in which nothing is left to happen to what must be true then."""

    def end(self) -> str:
        """Name how it ended: by where the first thing is."""
        return next((f"{name} {state}" for (name, _), state in self.things().items()), "nothing")

    # --- what is alike in all of them ---

    def key(self) -> Any:
        """Say what tells two worlds apart. Nothing happens in a world itself, so it is asked once."""
        if self._key is None:
            balances = tuple((self.balance(name), self.free_of(name)) for name in self.names)
            states = tuple((name, state) for (name, _), state in self.things().items())
            self._key = (states, balances, self.told_apart())
        return self._key

    def copy(self) -> Self:
        """Copy what may change: dictionaries, what is in them, and the books."""
        world = object.__new__(type(self))
        vars(world).update({name: _copied(value) for name, value in vars(self).items()})
        world.machines, world.ledger, world._key = self.machines, self.ledger.copy(), None
        return world

    def after(self, event: Event) -> Self:
        """Let something happen in a copy of this world, and watch what moves."""
        world = self.copy()
        before = world.things()
        verb = event[0]
        getattr(world, f"_{verb}")(*event[1:])
        for (name, id), state in before.items():
            machine = self.machines[name]
            its = [other for kind, other in before if kind == name]
            if verb in machine.verbs and (id in event[1:] or not set(its) & set(event[1:])):
                self.tried.add((name, "tries", verb, state))
        self._watch(before, world.things(), verb)
        return world

    def _watch(self, before: Things, after: Things, verb: str) -> None:
        for name, _ in before.keys() - after.keys():
            require(verb in self.machines[name].ends, f"a {name} is gone by {verb}")
        for key, state in after.items():
            name, was = key[0], before.get(key)
            machine = self.machines[name]
            if was is None:
                require(state in machine.begins, f"{name} begins as {state}")
            elif was is not state:
                require(state in machine.moves[was], f"{name}: {was} became {state}, which its table does not have")
                require(state in machine.verbs.get(verb, ()), f"{name}: {was} became {state} by {verb}")
                self.tried.add((name, "moves", was, state))

    def transitions(self) -> set[Event]:
        """List all that is to be tried in such worlds."""
        return {(name, *each) for name, machine in self.machines.items() for each in machine.transitions}

    def balance(self, name: str) -> int:
        """Say what is in an account, credits less debits."""
        return self.ledger.balance(self.names[name].id)

    def free_of(self, name: str) -> int:
        """Say what may be taken from an account."""
        return self.ledger.available(self.names[name].id)

    def post(self, transfers: Sequence[Transfer], opening: Sequence[Account] = ()) -> list[TransferResult]:
        """Post what the books take or refuse."""
        if opening:
            self.ledger.create_accounts(opening, 0)
        return self.ledger.create_transfers(transfers, 0)

    def make(self, transfers: Sequence[Transfer], opening: Sequence[Account] = ()) -> list[TransferResult]:
        """Post what the books can't refuse."""
        results = self.post(transfers, opening)
        for result in results:
            require(result.status in (TransferStatus.CREATED, TransferStatus.EXISTS), f"refused: {result.status}")
        return results

    def check_books(self) -> None:
        """Hold the books to this: each ledger adds up to nothing, in what is posted and in what is held."""
        its = self.ledger.accounts.values()
        for ledger in {account.ledger for account in its}:
            mine = [account for account in its if account.ledger == ledger]
            require(sum(a.debits_posted - a.credits_posted for a in mine) == 0, "debits and credits differ")
            require(sum(a.debits_pending - a.credits_pending for a in mine) == 0, "holds differ")


def _copied(value: Any) -> Any:
    """Copy what may change, and what is in it: dictionaries, and what is not frozen."""
    if type(value) is dict:
        return {key: _copied(its) for key, its in value.items()}
    is_struct = isinstance(value, Struct) and not value.__struct_config__.frozen
    return copy(value) if is_struct or isinstance(value, dict) else value

"""What goes from world to world: everything that may happen next, and after that everything that may happen then.

A world is something with machines in it, in memory, and all that must be true of it. The drill brings worlds to begin
with; worlds that nothing tells apart are looked at once. From every one of them the clock alone leads to an end.
"""

import time
from collections import Counter, deque
from collections.abc import Collection, Coroutine, Iterator
from typing import Any, Final, Protocol, Self, TypeVar, cast

T = TypeVar("T")

Event = tuple[Any, ...]
"""Something that may happen: its name, then what it is about."""

Path = tuple[Event, ...]
"""What happened, in order."""

STEPS_MAX: Final = 200
"""By then a world has ended, if nobody but the clock does anything."""


class Defect(Exception):
    """Something that must not be."""


def require(is_so: bool, what: object) -> None:
    """Hold the world to something."""
    if not is_so:
        raise Defect(str(what))


def at_once(asked: Coroutine[Any, Any, T]) -> T:
    """Run what has nothing to wait for: the books are in memory."""
    try:
        asked.send(None)
    except StopIteration as ended:
        return cast("T", ended.value)
    raise Defect("something waited")


class World(Protocol):
    """What can be explored. Nothing happens in a world itself, but in a copy of it."""

    @property
    def tried(self) -> set[Event]:
        """Which transitions were gone, of this world and of all that came of it."""

    def transitions(self) -> Collection[Event]:
        """List all that is to be tried in such worlds."""

    def key(self) -> Any:
        """Say what tells two worlds apart, for what may still happen: not how they were come by."""

    def events(self) -> Iterator[Event]:
        """List what may happen next. What is refused then changes nothing."""

    def after(self, event: Event) -> Self:
        """Let something happen, in a copy of this world."""

    def next(self) -> Event | None:
        """Say what happens where nobody does anything: messages arrive, banks answer, clocks run out."""

    def check(self) -> None:
        """Hold the world to what is true of it at any moment."""

    def check_since(self, before: Self) -> None:
        """Hold a step to what it must leave as it was."""

    def check_again(self) -> None:
        """Hold the world to this: what was heard, or asked for, changes nothing when it comes again."""

    def check_end(self) -> None:
        """Hold a world in which nothing is left to happen to what money.md calls the terminal invariant."""

    def end(self) -> str:
        """Name how it ended."""


class Explorer:
    """Goes from world to world, as far as *depth*, or until *deadline*."""

    def __init__(self, depth: int, deadline: float, ended: set[Any]) -> None:
        self.depth = depth
        self.deadline = deadline
        self.worlds = 0
        self.steps = 0
        self.ends: Counter[str] = Counter()
        self.defects: list[str] = []
        self.reached = depth
        self._ended = ended
        """Worlds from which the clock is known to lead to an end, whatever they began with."""

    def explore(self, name: str, first: World) -> None:
        """Try everything from one beginning on, nearest first."""
        seen = {first.key()}
        queue: deque[tuple[World, Path]] = deque([(first, ())])
        while queue:
            world, path = queue.popleft()
            self.worlds += 1
            try:
                self._look(world)
            except Exception as error:
                self._note(name, path, error)
                continue
            if len(path) == self.depth:
                continue
            if time.monotonic() > self.deadline:
                self.reached = min(self.reached, len(path))
                return
            for event in world.events():
                try:
                    after = world.after(event)
                    after.check_since(world)
                    key = after.key()
                except Exception as error:
                    self._note(name, (*path, event), error)
                    continue
                self.steps += 1
                if key not in seen:
                    seen.add(key)
                    queue.append((after, (*path, event)))

    def _look(self, world: World) -> None:
        world.check()
        world.check_again()
        self._run_out(world)

    def _run_out(self, world: World) -> None:
        """Let only time pass, and messages arrive, until nothing is left to happen."""
        passed = []
        for _ in range(STEPS_MAX):
            key = world.key()
            if key in self._ended:
                break
            passed.append(key)
            event = world.next()
            if event is None:
                world.check_end()
                self.ends[world.end()] += 1
                break
            before, world = world, world.after(event)
            world.check()
            world.check_since(before)
        else:
            raise Defect("the clock alone leads to no end")
        self._ended.update(passed)

    def _note(self, name: str, path: Path, error: Exception) -> None:
        told = " > ".join(_name(event) for event in path)
        self.defects.append(f"{name}: {told}: {type(error).__name__} {error}")


def _name(event: Event) -> str:
    """Name an event by its words: ids say nothing."""
    words = (_name(word) if isinstance(word, tuple) else word for word in event)
    return " ".join(str(word) for word in words if isinstance(word, str | int) and word != "")

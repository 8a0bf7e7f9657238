"""What a tracker is, and which one this process asks. Adding one is a file and an entry point of `weiji.trackers`.

A tracker is somebody outside who knows where parcels are: a carrier, or a service that asks many of them. Nothing here
runs inside a transaction of ours. Whatever a tracker says becomes `Report`s, and only `record_reports` acts on them.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Final, Protocol

from msgspec import Struct

from weiji.carriers.model import Report, Shipment

GROUP: Final = "weiji.trackers"


class Told(Struct, frozen=True):
    """What a tracker says of itself. `carrier` is the code in `known.py`; empty: the number has to do."""

    tracking_number: str
    carrier: str
    report: Report


class Tracker(Protocol):
    """Somebody who knows where parcels are. Each method takes a batch and answers in its order.

    A failure to reach it is a None in the answers, never an exception.
    """

    name: str
    batch_max: int
    """Shipments that are asked for at once."""
    pushes: bool
    """Whether it can be asked to tell what is new by itself."""

    async def query(self, shipments: Sequence[Shipment]) -> list[Report | None]:
        """Ask where parcels are."""
        ...

    async def subscribe(self, shipments: Sequence[Shipment]) -> list[bool]:
        """Ask to be told what is new of parcels, from now on; say of each whether that was promised."""
        ...

    def read_callback(self, headers: Mapping[str, str], body: bytes) -> list[Told]:
        """Verify and read a message that the tracker sent. Raises CallbackRefused."""
        ...

    def answer_callback(self, *, is_taken: bool) -> tuple[str, bytes]:
        """Say, with its media type, what the tracker wants to hear in answer to a message."""
        ...


class CallbackRefused(Exception):
    """A message did not come from the tracker, or can't be read. Nothing of it is believed."""


class UnknownTracker(Exception):
    """There is no tracker of that name, or its options are wrong; the text says which there are."""


Open = Callable[[Mapping[str, str], str | None], Tracker]
"""What an entry point gives: called with a tracker's options and this installation's address, it makes the tracker."""


def open_tracker(name: str, options: Mapping[str, str], url: str | None) -> Tracker:
    """Make the tracker that the settings name. Raises UnknownTracker."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none is installed"
        raise UnknownTracker(f"there is no tracker {name} ({known})")
    make: Open = found[name].load()
    try:
        return make(options, url)
    except (KeyError, ValueError) as error:
        raise UnknownTracker(f"the options of the tracker {name}: {error}") from error


class Registry:
    """The tracker that this process asks; none, unless the operator named one."""

    def __init__(self) -> None:
        self.tracker: Tracker | None = None

    def register(self, tracker: Tracker | None) -> None:
        """Ask this one from now on."""
        self.tracker = tracker


REGISTRY: Final = Registry()
"""Filled once, where the program is put together."""

"""The words of events: what happened, who did it, who hears of it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, Literal
from uuid import UUID

from msgspec import Struct

from weiji.kit.db import Database, Transaction

ActorKind = Literal["buyer", "merchant", "staff", "person", "clock", "channel", "system"]


class Actor(Struct, frozen=True):
    """Who did something, in which part, and by which request. Only auditors see request and address."""

    kind: ActorKind
    person_id: UUID | None = None
    request_id: str | None = None
    address: str | None = None


BY_CLOCK: Final = Actor("clock")
BY_CHANNEL: Final = Actor("channel")
BY_SYSTEM: Final = Actor("system")


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened. Subclasses add their facts; their name is the event's type, for ever.

    Everything in it may be shown to whoever may read the stream.
    """

    TYPES: ClassVar[dict[str, type["Event"]]] = {}
    CHANGES_CALLER: ClassVar[bool] = False
    """Whether the person whose stream it is in is somebody else after it to those who remember them: see `Live`."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        Event.TYPES[cls.__name__] = cls


class Occurrence(Struct, frozen=True):
    """An event to publish: in whose log (`stream`: a shop or a person), about what, by whom."""

    event: Event
    stream: UUID
    subject_id: UUID
    actor: Actor


class Delivered(Struct, frozen=True):
    """An event as a subscriber gets it. `id` is where the ids of its commands come from."""

    id: UUID
    stream: UUID
    subject_id: UUID
    actor: Actor
    at: datetime
    event: Any


Handler = Callable[[Transaction, Sequence[Delivered]], Awaitable[None]]
"""Reacts to a batch of events inside the transaction that takes them off the queue."""

Caller = Callable[[Database, Sequence[Delivered]], Awaitable[None]]
"""Reacts by calling somebody outside; no transaction is open meanwhile, so an event may come again."""


class NotYet(Exception):
    """Something that an event rests on has not been dealt with: the event is given again a little later.

    Subscribers go on each by themselves, and processes beside each other, so one may hear of an end before another has
    dealt with the beginning.
    """


class Subscription(Struct, frozen=True, kw_only=True):
    """Who hears of which events. At least once each, in batches, usually in the order of their ids."""

    name: str
    events: tuple[type[Event], ...]
    handler: Handler | None = None
    caller: Caller | None = None

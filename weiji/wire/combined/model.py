"""The words of combined orders: orders of several merchants that a program has paid at once."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import derive
from weiji.wire.trade import Kind, Line

LINES_MAX: Final = 10
"""Orders in one combined order: what the protocol allows."""


def combined_id_of(shop_id: UUID, number: str) -> UUID:
    """Make the id of a combined order: whoever asks again with the same number means the same one."""
    return derive(shop_id, "combined order", number)


class CombinedOrder(Struct, kw_only=True):
    """Orders that are paid at once. Where each stands is theirs to say."""

    id: UUID
    shop_id: UUID
    """Whose program made it."""
    mchid: str
    number: str
    kind: Kind
    lines: tuple[Line, ...]
    total: int
    notify_url: str
    terms: dict[str, Any]
    """What was asked, as it was asked: asking again has to say the same."""
    key_id: str | None
    """The key of ours that the caller named: the notice is signed with it."""
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    """When none of its orders could be paid any more: all are paid, or closed."""
    is_paid: bool | None = None
    """Whether one was paid, at least: those of which the closing came first are not."""


class PlaceCombinedOrder(Struct, frozen=True, kw_only=True):
    """Make a combined order of orders that there are. Its id comes from the caller's number (`combined_id_of`)."""

    id: UUID
    shop_id: UUID
    mchid: str
    number: str
    kind: Kind
    lines: tuple[Line, ...]
    notify_url: str
    terms: dict[str, Any]
    key_id: str | None
    expires_at: datetime
    actor: Actor


class PlaceCombinedStatus(StrEnum):
    """How making a combined order ended. Where several apply, the first listed is given."""

    ALREADY_PAID = "already_paid"
    ALREADY_CLOSED = "already_closed"
    EXISTS_WITH_DIFFERENT_TERMS = "exists_with_different_terms"
    """The number was used for another one; the result names what differs."""
    EXISTS = "exists"
    CREATED = "created"


class PlaceCombinedResult(Struct, frozen=True, kw_only=True):
    """The answer to making a combined order."""

    status: PlaceCombinedStatus
    difference: str | None = None
    """The first of the terms that differs."""


class EndCombinedOrder(Struct, frozen=True, kw_only=True):
    """Note that none of its orders can be paid any more; where one was paid, the merchant is told `resource`."""

    combined_id: UUID
    is_paid: bool
    resource: dict[str, Any]


class EndCombinedStatus(StrEnum):
    """What became of the news. Where several apply, the first listed is given."""

    NOT_FOUND = "not_found"
    EXISTS = "exists"
    ENDED = "ended"

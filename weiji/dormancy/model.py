"""The words of dormancy. Amounts are fen."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

MONTH: Final = timedelta(days=30)
"""In which the operator says how long a wallet may lie."""

NOTICE: Final = timedelta(days=30)
"""How long after its owner was told a wallet is set aside."""


class DormancyState(StrEnum):
    """Where a wallet stands that was told of once."""

    TOLD = "told"
    """Its owner can read that it will be set aside."""
    DORMANT = "dormant"
    """What was in it is set aside."""
    AWAKE = "awake"
    """It moved, or what was set aside was given back."""


class Dormancy(Struct, kw_only=True):
    """A wallet that was told of. Rules change it while a batch is judged; nobody else does."""

    person_id: UUID
    state: DormancyState
    times: int = 0
    """How often it was set aside."""
    told_at: datetime
    due_at: datetime
    moved_at: datetime | None = None
    ended_at: datetime | None = None


class FollowWallet(Struct, frozen=True, kw_only=True):
    """See how a wallet stands, and do what is due: tell of it, set it aside, or note that it moved."""

    person_id: UUID
    after: timedelta
    """How long a wallet may lie before it is told of."""


class FollowStatus(StrEnum):
    """What came of it. Where several apply, the first listed is given."""

    UNCHANGED = "unchanged"
    """It moved lately, has nothing, waits for its time, or is set aside."""
    AWOKE = "awoke"
    TOLD = "told"
    SET_ASIDE = "set_aside"


class GiveBack(Struct, frozen=True, kw_only=True):
    """Give back what is set aside: to its owner, who asks for it; or two of the staff do it for them."""

    person_id: UUID
    actor: Actor
    amount: int | None = None
    """How much two of the staff agreed that it is; None: its owner asks, and no matter how much it is."""


class GiveBackStatus(StrEnum):
    """How giving back ended. Where several apply, the first listed is given."""

    APPROVAL_NEEDED = "approval_needed"
    """One of the staff asks alone: it takes two."""
    NOTHING_DORMANT = "nothing_dormant"
    EXISTS = "exists"
    """It was given back before."""
    AMOUNT_DIFFERS = "amount_differs"
    """It is not what the two of the staff saw."""
    GIVEN_BACK = "given_back"

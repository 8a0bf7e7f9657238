"""The words of listeners: a listener is the address that a merchant wants to be told of one topic at."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from weiji.events import Actor


class Topic(StrEnum):
    """What a merchant is told of."""

    COMPLAINTS = "complaints"
    """What buyers complain about in its shop."""
    PROFIT_SHARING = "profit_sharing"
    """Parts of others' orders that it got, or gave back."""
    COUPONS_USED = "coupons_used"
    """Coupons of its shop that orders were paid with."""
    COUPONS_SENT = "coupons_sent"
    """Coupons of its shop that somebody got."""


class NoteStockApp(Struct, frozen=True, kw_only=True):
    """Say by which app's names a merchant is to be told who has coupons of a stock. It is said once, with the stock."""

    campaign_id: UUID
    shop_id: UUID
    appid: str


class NoteStockAppStatus(StrEnum):
    """How saying so ended. Where several apply, the first listed is given."""

    NOTED = "noted"
    EXISTS = "exists"
    """It was said before."""
    EXISTS_WITH_DIFFERENT_APP = "exists_with_different_app"
    """Another app was said: that stays."""


class Listener(Struct, frozen=True, kw_only=True):
    """Where a merchant wants to be told of a topic."""

    mchid: str
    topic: Topic
    shop_id: UUID
    url: str
    key_id: str | None
    """A key of the platform that the program checks with which said so: it signs, where the merchant chose none."""
    put_at: datetime


class Wish(StrEnum):
    """What is to become of a merchant's listener."""

    ADD = "add"
    CHANGE = "change"
    PUT = "put"
    """Added, or changed."""
    REMOVE = "remove"


class PutListener(Struct, frozen=True, kw_only=True):
    """Say where a merchant wants to be told of a topic, or that it does not any more. Of each it has one address."""

    mchid: str
    topic: Topic
    shop_id: UUID
    wish: Wish
    url: str = ""
    key_id: str | UnsetType | None = UNSET
    """See `Listener`; nothing where no program says it: then that of the same address stays."""
    actor: Actor


class PutListenerStatus(StrEnum):
    """How saying so ended. Where several apply, the first listed is given."""

    EXISTS = "exists"
    """To be added: there is another address. Change that."""
    LISTENER_NOT_FOUND = "listener_not_found"
    """To be changed or removed: there is none."""
    DONE = "done"
    """It is as asked, whether or not it was before."""

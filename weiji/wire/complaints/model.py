"""The words of complaints: a listener is the address that a merchant wants to be told of complaints at."""

from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor


class Wish(StrEnum):
    """What is to become of a merchant's listener."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"


class PutListener(Struct, frozen=True, kw_only=True):
    """Say where a merchant wants to be told of complaints, or that it does not any more. It has one address."""

    mchid: str
    shop_id: UUID
    wish: Wish
    url: str = ""
    actor: Actor


class PutListenerStatus(StrEnum):
    """How saying so ended. Where several apply, the first listed is given."""

    EXISTS = "exists"
    """To be added: there is another address. Change that."""
    LISTENER_NOT_FOUND = "listener_not_found"
    """To be changed or removed: there is none."""
    DONE = "done"
    """It is as asked, whether or not it was before."""

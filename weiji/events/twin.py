"""What the twin of a live installation tells, in the live one."""

from uuid import UUID

from weiji.events.model import Event


class SandboxEntered(Event, frozen=True, kw_only=True):
    """The owner of a shop went over to the sandbox, by browser or with a program. In the shop's stream."""

    shop_id: UUID
    way: str


class SandboxStarted(Event, frozen=True, kw_only=True):
    """Somebody of the operator's staff started the sandbox: it slept, or had failed."""


class SandboxEmptied(Event, frozen=True, kw_only=True):
    """Somebody of the operator's staff removed all that was in the sandbox."""

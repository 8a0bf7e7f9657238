"""Who acts, as events tell it: the caller, in a part, by this request and from this address."""

from functools import lru_cache
from ipaddress import ip_address

from litestar.types import Scope

from weiji.events import Actor
from weiji.events.model import ActorKind
from weiji.web.caller import caller_of
from weiji.web.visit import visit_of


def actor_of(scope: Scope, kind: ActorKind = "person") -> Actor:
    """Say that the caller of this ASGI scope acts as a *kind*: `buyer`, `merchant`, `staff`, or just `person`."""
    return Actor(kind, caller_of(scope).person_id, visit_of(scope).request_id, address_of(scope))


def address_of(scope: Scope) -> str | None:
    """Tell the network address that a request comes from; None where it came through a socket of this machine."""
    client = scope.get("client")
    return _address(client[0]) if client else None


@lru_cache(maxsize=4_096)
def _address(host: str) -> str | None:
    try:
        return str(ip_address(host.partition("%")[0]))
    except ValueError:
        return None

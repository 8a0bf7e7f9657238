"""Who is asking: the person (or the program) behind a request, and what they may do."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard, Scope
from msgspec import Struct

from weiji.web.permissions import Permission, allows

PLATFORM: Final = "platform"
"""The scope of a role that is not of one shop but of the whole installation."""

NO_SHOP: Final = UUID(int=0)
"""The id that no shop has: an edge puts it where somebody names a shop that they do not work for."""


class Caller(Struct, frozen=True, kw_only=True):
    """Who is asking. The identity module puts it into the request's state; without one, it is a stranger.

    `session_id` is set where a cookie said who it is, and only then are CSRF tokens asked for. `scopes`
    are what an API key or an OAuth token was given; a session has every scope of its person.
    """

    person_id: UUID | None = None
    handle: str = ""
    display_name: str = ""
    locale: str | None = None
    roles: tuple[tuple[str, str], ...] = ()
    """Pairs of a scope (`platform`, or a shop's UUID as text) and a role."""
    session_id: UUID | None = None
    csrf_secret: bytes = b""
    scopes: tuple[str, ...] = ()
    key_id: UUID | None = None
    """The API key that speaks, if one does: what it may spend depends on it."""
    name_taken_reason: str = ""
    """Why staff took the name that they had, until they find another. Of a session only: that has pages to say it."""
    payment_reset_asked_at: datetime | None = None
    """Since when a forgotten payment password is being reset, if one is: what a session's pages of money warn of."""
    payment_reset_opens_at: datetime | None = None
    """From when on it may be set anew."""
    has_second_factor: bool = False
    """Whether they sign in with a code besides the password. Of a session only: a key is neither."""
    lacks_second_factor: bool = False
    """Whether they work for the operator, who asks that of staff, and do not yet."""

    @property
    def is_signed_in(self) -> bool:
        """Whether we know who it is."""
        return self.person_id is not None

    @property
    def own_id(self) -> UUID:
        """Who asks, behind a guard that lets in only somebody."""
        assert self.person_id, "a guard stands before this"
        return self.person_id

    @property
    def is_staff(self) -> bool:
        """Whether they work for the operator, in whatever role."""
        return any(scope == PLATFORM for scope, _ in self.roles)

    @property
    def is_merchant(self) -> bool:
        """Whether they work for at least one shop."""
        return any(scope != PLATFORM for scope, _ in self.roles)

    @property
    def shop_ids(self) -> tuple[UUID, ...]:
        """The shops they work for, each once, in the order of their roles."""
        return tuple(dict.fromkeys(UUID(scope) for scope, _ in self.roles if scope != PLATFORM))

    def has_role(self, *roles: str) -> bool:
        """Tell whether they have one of these roles on the platform."""
        return any(scope == PLATFORM and role in roles for scope, role in self.roles)

    def works_for(self, shop_id: UUID) -> bool:
        """Tell whether they work for the shop, in whatever role. What they may do there, `may` says."""
        return self.role_at(shop_id) is not None

    def role_at(self, shop_id: UUID) -> str | None:
        """Name their role in the shop; None where they do not work for it."""
        name = str(shop_id)
        return next((role for scope, role in self.roles if scope == name), None)

    def may(self, shop_id: UUID, permission: Permission) -> bool:
        """Tell whether their role in the shop has *permission*."""
        name = str(shop_id)
        return any(scope == name and allows(role, permission) for scope, role in self.roles)


ANONYMOUS: Final = Caller()
"""A stranger."""


def caller_of(scope: Scope) -> Caller:
    """Tell who sent the request of this ASGI scope."""
    caller: Caller = scope.get("state", {}).get("caller", ANONYMOUS)
    return caller


def set_caller(scope: Scope, caller: Caller) -> None:
    """Say who sent the request of this ASGI scope. The identity module's middleware calls this, before the frame's."""
    scope["state"]["caller"] = caller


def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard: let only people in whom we know. Others are sent to the sign-in page, or answered 401."""
    if not caller_of(connection.scope).is_signed_in:
        raise NotAuthorizedException


class SecondFactorMissing(PermissionDeniedException):
    """Who asks may do this as soon as they sign in with a code besides the password."""


def staff(*roles: str) -> Guard:
    """Make a guard that lets in the operator's staff; in one of *roles*, if any are named.

    Where the operator asks staff for a second factor, whoever has none is sent to set one up, or answered 403.
    """

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        signed_in(connection, handler)
        caller = caller_of(connection.scope)
        if not (caller.has_role(*roles) if roles else caller.is_staff):
            raise PermissionDeniedException
        if caller.lacks_second_factor:
            raise SecondFactorMissing

    return guard


def shop_staff(permission: Permission) -> Guard:
    """Make a guard that lets in those of the staff of the shop in the path (`{shop_id:uuid}`) who have *permission*.

    Strangers are told 404, and staff in another role 403.
    """

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        signed_in(connection, handler)
        caller = caller_of(connection.scope)
        shop_id = connection.path_params["shop_id"]
        if not caller.works_for(shop_id):
            raise NotFoundException
        if not caller.may(shop_id, permission):
            raise PermissionDeniedException

    guard.permission = permission  # type: ignore[attr-defined] # For the test that visits every route.
    return guard

"""The guard that says what an API key must be allowed to do something."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from weiji.web.caller import caller_of
from weiji.web.locales import gettext as _


class Grants:
    """A guard that lets in whoever is signed in by cookie, and API keys that have the scope.

    Keys are not even looked at on routes without one: what a key may do is said, and never forgotten.
    """

    def __init__(self, scope: str) -> None:
        self.scope = scope

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        """Let the request in, or raise."""
        caller = caller_of(connection.scope)
        if not caller.is_signed_in:
            raise NotAuthorizedException
        if caller.session_id is None and self.scope not in caller.scopes:
            raise PermissionDeniedException(_("这个密钥没有需要的权限 %(scope)s。", scope=self.scope))


def grants(scope: str) -> Grants:
    """Make the guard of one scope (see `weiji.developers.Scope`): `guards = (grants("orders:read"),)`."""
    return Grants(scope)


def is_for_keys(handler: BaseRouteHandler) -> bool:
    """Tell whether a route says which scope a key needs for it."""
    return any(isinstance(guard, Grants) for guard in handler.resolve_guards())

"""What an API key must be allowed to do something: the option `scope` of a route."""

from typing import Final

from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from weiji.web.caller import caller_of
from weiji.web.locales import gettext as _

GRANT: Final = "scope"
"""The option of a route that says which scope a key needs for it: `opt={"scope": "orders:read"}`."""


class GrantMiddleware(ASGIMiddleware):
    """Lets in whoever is signed in by cookie, and API keys that have the scope of the route.

    Keys are not even looked at on routes without one: what a key may do is said, and never forgotten. It is no guard,
    since Litestar copies a handler for each guard of each request.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request in, or raise."""
        wanted = scope["route_handler"].opt.get(GRANT)
        if wanted is not None:
            caller = caller_of(scope)
            if not caller.is_signed_in:
                raise NotAuthorizedException
            if caller.session_id is None and wanted not in caller.scopes:
                raise PermissionDeniedException(_("这个密钥没有需要的权限 %(scope)s。", scope=wanted))
        await next_app(scope, receive, send)


def is_for_keys(handler: BaseRouteHandler) -> bool:
    """Tell whether a route says which scope a key needs for it."""
    return handler.opt.get(GRANT) is not None

"""The frame as a Litestar plugin: what it adds to the program, in one place."""

from collections.abc import Callable
from typing import Any

from litestar import Request, get, post
from litestar.config.app import AppConfig
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.plugins import InitPlugin
from litestar.response import Response
from litestar.types import ASGIApp, Receive, Scope, Send

from weiji.web import locales
from weiji.web.assets import asset, serve_asset
from weiji.web.cookies import make_cookie
from weiji.web.csrf import CsrfMiddleware
from weiji.web.edge import choose_locale
from weiji.web.errors import HANDLERS
from weiji.web.gallery import GalleryPages
from weiji.web.grants import GrantMiddleware
from weiji.web.locales import gettext as _
from weiji.web.page import LOCALE_COOKIE, THEME_COOKIE, YEAR_SECONDS, redirect, safe_path
from weiji.web.rates import DEFAULT, RateMiddleware

Context = Callable[[Request[Any, Any, Any]], dict[str, Any]]


class WebFrame(InitPlugin):
    """Adds middleware, error handlers, the `caller` dependency and the frame's own routes.

    The middleware that says who the caller is goes into `Litestar(middleware=[…])`: those run before the
    frame's. Round the finished program goes `Edge`.
    """

    def __init__(
        self,
        *,
        is_debug: bool = False,
        limit: str | None = DEFAULT,
        top: str | None = None,
        context: Context | None = None,
    ) -> None:
        """*limit* is the default rate limit (None: none). *top* names a template that stands above every page
        (the demo's bar); *context* makes what that template needs, from what the request already knows.
        """
        self.is_debug = is_debug
        self.limit = limit
        self.top = top
        self.context = context

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add the frame to the program."""
        app_config.middleware = [
            *app_config.middleware,
            Surroundings(self.top, self.context),
            RateMiddleware(self.limit),
            CsrfMiddleware(),
            GrantMiddleware(),
        ]
        app_config.exception_handlers = {**HANDLERS, **app_config.exception_handlers}
        app_config.route_handlers = [*app_config.route_handlers, serve_asset, show_manifest, show_icon, set_preferences]
        if self.is_debug:
            app_config.route_handlers.append(GalleryPages)
        return app_config


class Surroundings(ASGIMiddleware):
    """Once the caller is known: chooses their language, and sets out what stands above every page."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, top: str | None, context: Context | None) -> None:
        self.top = top
        self.context = context

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Prepare the request."""
        choose_locale(scope)
        scope["state"]["top"] = self.top
        scope["state"]["context"] = self.context
        await next_app(scope, receive, send)


@get("/manifest.webmanifest", include_in_schema=False, sync_to_thread=False)
def show_manifest() -> Response[dict[str, Any]]:
    """Tell a phone how to put weiji among its apps (W3C Web Application Manifest)."""
    sizes = (
        ("icon-192.png", "192x192", "any"),
        ("icon-512.png", "512x512", "any"),
        ("icon-512.png", "512x512", "maskable"),
    )
    manifest = {
        "id": "/",
        "name": _("微集"),
        "short_name": _("微集"),
        "description": _("收到满意的东西，卖家才收到钱。"),
        "lang": locales.language_tag(locales.current()),
        "start_url": "/",
        "display": "standalone",
        "background_color": "#f6f3ee",
        "theme_color": "#f6f3ee",
        "icons": [
            {"src": asset("logo.svg"), "sizes": "any", "type": "image/svg+xml"},
            *({"src": asset(name), "sizes": size, "type": "image/png", "purpose": use} for name, size, use in sizes),
        ],
    }
    return Response(manifest, media_type="application/manifest+json", headers={"cache-control": "max-age=3600"})


@get("/favicon.ico", include_in_schema=False, sync_to_thread=False, opt={"rate": None})
def show_icon() -> Response[None]:
    """Send those who ask for the old name of the icon to one that they can read: they are old, or no browsers."""
    headers = {"location": asset("icon-192.png"), "cache-control": "max-age=3600"}
    return Response(None, status_code=302, headers=headers)


@post("/preferences", include_in_schema=False, status_code=303)
async def set_preferences(request: Request[Any, Any, Any]) -> Response[str]:
    """Keep how this browser wants to see pages: `theme` (auto, light, dark) and `lang`."""
    form = await request.form()
    response = redirect(request, safe_path(form.get("next")))
    if (theme := form.get("theme")) in ("auto", "light", "dark"):
        response.cookies.append(make_cookie(request.scope, THEME_COOKIE, theme, max_age_seconds=YEAR_SECONDS))
    if locale := locales.known(form.get("lang")):
        response.cookies.append(make_cookie(request.scope, LOCALE_COOKIE, locale, max_age_seconds=YEAR_SECONDS))
    return response

"""Where the operator sees the keys that the platform signs with, and makes another before it is due."""

from datetime import datetime
from typing import Final

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit import clock
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.requests import WebRequest
from weiji.wire.keys import EndPlatformKeyStatus, KeyKind, PlatformKey
from weiji.wire.keys.keyring import RENEW_BEFORE, STREAM, SWITCH_AFTER, Ring
from weiji.wire.running import wire_of


class PlatformKeyPages(Controller):
    """The platform's keys."""

    path = "/operator/platform-keys"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """List the keys, the newest first, and which of them signs."""
        ring, wall = Ring(tuple(await wire_of(request.database).keyring.list())), clock.wall()
        signing = ring.choose(None, None, wall) if ring.certificates(wall) else None
        return page(
            request,
            "wire/platform_keys.html",
            keys=[(key, *_state(key, wall, is_signing=key is signing)) for key in ring.keys],
            in_force=[key.id for key in ring.signing(wall)],
            days=RENEW_BEFORE.days,
            hours=round(SWITCH_AFTER.total_seconds() / 3_600),
            trail=STREAM,
        )

    @post("/renewal", status_code=303, guards=(staff("operator"),), opt=rate("renew_platform_keys", "6/hour"))
    async def renew(self, request: WebRequest) -> Response[str]:
        """Make another certificate: listed at once, and good beside the one before."""
        await wire_of(request.database).keyring.renew(request.actor("staff"))
        return redirect(request, "/operator/platform-keys", toast=_("新证书已经在列表里了，旧的照样有效。"))

    @post("/{key_id:str}/end", status_code=303, guards=(staff("operator"),), opt=rate("end_platform_keys", "6/hour"))
    async def end(self, request: WebRequest, key_id: FromPath[str]) -> Response[str]:
        """End a key that is no secret any more: it signs and opens nothing from now on."""
        status = await wire_of(request.database).keyring.end(key_id, request.actor("staff"))
        match status:
            case EndPlatformKeyStatus.KEY_NOT_FOUND:
                raise NotFoundException
            case EndPlatformKeyStatus.EXISTS:
                toast = _("这把钥匙早已不在用了。")
            case EndPlatformKeyStatus.ENDED:
                toast = _("停用了，不再用它签名。")
        return redirect(request, "/operator/platform-keys", toast=toast)


def _state(key: PlatformKey, wall: datetime, *, is_signing: bool) -> tuple[str, str]:
    """Say how a key stands, and in which tone: of certificates the newest signs, once clients had time to fetch it."""
    if key.ended_at is not None and key.ended_at <= wall:
        return _("停用了"), "bad"
    if key.expires_at <= wall:
        return _("过期了"), "plain"
    if key.kind is KeyKind.PUBLIC_KEY:
        return _("默认用它签名"), "good"
    if is_signing:
        return _("在签名"), "good"
    return (_("即将启用"), "wait") if key.created_at > wall - SWITCH_AFTER else (_("还有效"), "info")


ROUTES: Final = (PlatformKeyPages,)

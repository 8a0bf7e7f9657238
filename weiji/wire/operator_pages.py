"""Where the operator sees the keys that the platform signs with, and makes another before it is due."""

from datetime import datetime
from typing import Final

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct

from weiji.kit import clock
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.requests import WebRequest
from weiji.wire.keys import Duty, EndPlatformKeyStatus, KeyKind, PlatformKey, Ring
from weiji.wire.keys.keyring import RENEW_BEFORE, STREAM, SWITCH_AFTER
from weiji.wire.running import wire_of


class PlatformKeyPages(Controller):
    """The platform's keys."""

    path = "/operator/platform-keys"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """List the keys, the newest first: what each signs, and for whom."""
        keyring, wall = wire_of(request.database).keyring, clock.wall()
        ring = Ring(tuple(await keyring.list()))
        chosen = await keyring.count_choices()
        return page(
            request,
            "wire/platform_keys.html",
            keys=[_show(key, *ring.duty_of(key, wall), chosen.get(key.id, 0)) for key in ring.keys],
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


class ShownKey(Struct, frozen=True, kw_only=True):
    """A key as the page shows it: how it stands, in which tone, and for whom it signs."""

    id: str
    is_public: bool
    created_at: datetime
    until: datetime
    """Until when what it signed is checked with it."""
    ended_at: datetime | None
    is_in_force: bool
    state: str
    tone: str
    whom: str
    is_next: bool
    takes_over_at: datetime | None
    chosen: int
    """How many merchants chose it."""


def _show(key: PlatformKey, duty: Duty, takes_over_at: datetime | None, chosen: int) -> ShownKey:
    state, tone, whom = _words()[duty]
    return ShownKey(
        id=key.id,
        is_public=key.kind is KeyKind.PUBLIC_KEY,
        created_at=key.created_at,
        until=min(key.expires_at, key.ended_at or key.expires_at),
        ended_at=key.ended_at,
        is_in_force=duty not in (Duty.EXPIRED, Duty.ENDED),
        state=state,
        tone=tone,
        whom=whom,
        is_next=duty is Duty.NEXT,
        takes_over_at=takes_over_at,
        chosen=chosen,
    )


def _words() -> dict[Duty, tuple[str, str, str]]:
    others = _("只给选了它的商户，和写明它的请求。")
    return {
        Duty.DEFAULT: (_("默认用它签名"), "good", _("给没有选过钥匙、程序也没有取过证书的商户，和写明它的请求。")),
        Duty.CERTIFICATES: (_("在签名"), "good", _("给没有选过钥匙、程序取过证书的商户，和写明它的请求。")),
        Duty.NEXT: (_("即将启用"), "wait", others),
        Duty.KEPT: (_("还有效"), "info", others),
        Duty.EXPIRED: (_("过期了"), "plain", ""),
        Duty.ENDED: (_("停用了"), "bad", ""),
    }


ROUTES: Final = (PlatformKeyPages,)

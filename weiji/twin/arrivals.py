"""The twin's door: who comes over with a ticket gets a session, or a key. Only where `WEIJI_SANDBOX_OF` says whose."""

from datetime import timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromQuery
from litestar.response import Response
from msgspec import Struct

from weiji.developers import (
    CreateKey,
    CreateKeyStatus,
    Key,
    KeyToken,
    RevokeKey,
    Scope,
    create_keys,
    get_keys,
    revoke_keys,
)
from weiji.identity import Origin, make_session_cookies, origin_of, read_session_cookie, start_session
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Transaction
from weiji.settings import Settings
from weiji.twin.model import (
    KEY_LASTS,
    Admission,
    ArrivalFault,
    ArrivalRefused,
    TakeTicket,
    TakeTicketStatus,
    Ticket,
    Way,
)
from weiji.twin.operations import take_tickets
from weiji.twin.tickets import read_ticket
from weiji.web import Refused, make_cookie, rate, redirect
from weiji.web import gettext as _
from weiji.web.requests import WebRequest
from weiji.wire.keys import open_merchant

HOME_COOKIE: Final = "home"
"""Where the person came from: the band on every page leads back there."""

HOME_SECONDS: Final = int(timedelta(days=30).total_seconds())

KEY_NAME: Final = "sandbox"
KEYS_KEPT: Final = 5
"""Keys of a person that were given out this way: who asks for one more loses the oldest."""

OF_A_MERCHANT: Final = tuple(scope.value for scope in Scope if scope not in (Scope.PLATFORM_READ, Scope.PLATFORM_WRITE))


class Presented(Struct, forbid_unknown_fields=True):
    """What a live installation brings for a program of a merchant."""

    ticket: str


@get("/arrival/of", include_in_schema=False, sync_to_thread=False, opt={"rate": None, "without_caller": True})
def show_home(request: WebRequest) -> Response[str]:
    """Say whose twin this is."""
    return Response(request.settings.sandbox_of, media_type="text/plain")


@get("/arrival", include_in_schema=False, opt=rate("arrival", "60/minute"))
async def arrive(request: WebRequest, ticket: FromQuery[str] = "") -> Response[str]:
    """Let somebody in by browser: they are signed in, and see the bench of their shop."""
    origin = origin_of(request.scope)
    try:
        found, _mchid = await _take(request.database, request.batchers, request.settings, ticket, Way.BROWSER, origin)
    except ArrivalRefused as refused:
        raise Refused(_fault_word(refused.fault), status_code=403) from refused
    response = redirect(request, f"/merchant/{found.shop_id}/sandbox")
    started = await start_session(request.database, found.person_id, origin, read_session_cookie(request.scope))
    assert started.cookie is not None
    response.cookies.extend(make_session_cookies(request.scope, started.cookie))
    response.cookies.append(
        make_cookie(request.scope, HOME_COOKIE, quote(found.home, safe=""), max_age_seconds=HOME_SECONDS)
    )
    return response


@post("/arrival", include_in_schema=False, status_code=200, opt={"rate": None, "without_caller": True})
async def admit(request: WebRequest, data: Presented) -> Response[Any]:
    """Give a program its merchant's number, and a key."""
    origin = origin_of(request.scope)
    try:
        found, mchid = await _take(
            request.database, request.batchers, request.settings, data.ticket, Way.PROGRAM, origin
        )
        token = KeyToken.make(request.settings.mode, found.person_id)
        command = CreateKey(
            id=token.key_id,
            person_id=found.person_id,
            name=KEY_NAME,
            scopes=OF_A_MERCHANT,
            secret_hash=token.secret_hash,
            expires_at=clock.now() + KEY_LASTS,
            actor=origin.actor(found.person_id),
        )
        status = await request.database.retried(partial(_make_key, command=command))
        if status is not CreateKeyStatus.CREATED:
            raise ArrivalRefused(ArrivalFault(status.value))
    except ArrivalRefused as refused:
        return Response({"fault": refused.fault.value}, status_code=403)
    return Response(Admission(mchid=mchid, key=token.text, expires_at=command.expires_at))


async def _take(
    database: Database, batchers: Batchers, settings: Settings, text: str, way: Way, origin: Origin
) -> tuple[Ticket, str]:
    """Take a ticket, and see to it that the shop has a number. Raises ArrivalRefused."""
    ticket = read_ticket(text, bytes.fromhex(settings.sandbox_of), clock.wall())
    if ticket.way is not way:
        # A browser's is in its address line and its history: it gives nobody a key.
        raise ArrivalRefused(ArrivalFault.FORGED)
    actor = origin.actor(ticket.person_id)
    (status,) = await database.retried(partial(take_tickets, commands=[TakeTicket(ticket=ticket, actor=actor)]))
    if status is not TakeTicketStatus.TAKEN:
        raise ArrivalRefused(ArrivalFault(status.value))
    opened = await open_merchant(batchers, ticket.shop_id, actor)
    assert opened.mchid, opened
    return ticket, opened.mchid


async def _make_key(tx: Transaction, *, command: CreateKey) -> CreateKeyStatus:
    """Make a key; of those that were made like this before, only the newest stay."""
    before = [each for each in await get_keys(tx, command.person_id) if _is_ours(each)]
    old = [RevokeKey(id=each.id, person_id=each.person_id, actor=command.actor) for each in before[KEYS_KEPT - 1 :]]
    if old:
        await revoke_keys(tx, old)
    (status,) = await create_keys(tx, [command])
    return status


def _is_ours(key: Key) -> bool:
    return key.name == KEY_NAME and key.revoked_at is None


def _fault_word(fault: ArrivalFault) -> str:
    match fault:
        case ArrivalFault.FORGED:
            return _("这张过门票不是真的。请从店铺后台的“沙箱”进来。")
        case ArrivalFault.EXPIRED:
            return _("这张过门票过期了。请从店铺后台的“沙箱”再进来一次。")
        case ArrivalFault.USED:
            return _("这张过门票用过了，一张只能用一次。请从店铺后台的“沙箱”再进来一次。")
        case ArrivalFault.SHOP_OFFERED:
            return _("这家店在沙箱里还是上一位店主的，他正要转给别人。请他先撤回转让。")
        case ArrivalFault.EXCEEDS_LIMIT:
            return _("你在沙箱里的密钥太多了，先作废一个。")


ROUTES: Final = (show_home, arrive, admit)

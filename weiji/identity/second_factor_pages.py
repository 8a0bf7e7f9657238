"""The pages of the second factor: where an app is added and taken away, and where its code is asked for."""

import base64
import secrets
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from litestar import Controller, get, post
from litestar.response import Response

from weiji.identity import store
from weiji.identity.codes import SECRET_BYTES, WAY_LASTS, clean_secret
from weiji.identity.model import (
    AddSecondFactor,
    AddSecondFactorResult,
    AddSecondFactorStatus,
    RemoveSecondFactor,
    RemoveSecondFactorResult,
    RemoveSecondFactorStatus,
    SignInStatus,
)
from weiji.identity.second_factor import add_second_factor, remove_second_factor
from weiji.identity.sessions import OFFER_DECLINED, make_session_cookies, origin_of, read_session_cookie
from weiji.identity.sign_in import finish_sign_in
from weiji.identity.words import wrong_code, wrong_password, wrong_recovery_code
from weiji.kit import clock
from weiji.kit.seal import KEYS, Unsealable, passing
from weiji.web import gettext as _
from weiji.web import make_cookie, page, rate, redirect, signed_in
from weiji.web.cookies import read_cookies
from weiji.web.forms import read_form
from weiji.web.page import YEAR_SECONDS, safe_path, second_factor_path, sign_in_path
from weiji.web.qr import qr_inline
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of

SECURITY: Final = "/me/security"
SECOND_FACTOR: Final = "/me/second-factor"

UNSEEN: Final = {"cache-control": "no-store"}
"""No browser keeps a page with a secret."""


WAY: Final = "way"
"""The cookie with the way of who gave the right password. Whoever looks into an app and comes back may find the page
loaded anew, and so does whoever reads it in another language: it is there by its address."""
OFFERED: Final = "offered-secret"
"""The cookie with the sealed secret that was offered, for the same reason: the app has it, so the page keeps it."""
OFFER_LASTS: Final = timedelta(minutes=30)

_OFFERED_SEALED: Final = passing("identity.second_factors:offered")


class CodePages(Controller):
    """Where somebody goes on whose password was right."""

    path = "/sign-in/code"
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Ask whoever gave the right password for a code; lead anybody else to where it begins."""
        next_way = safe_path(request.query_params.get("next"))
        if request.caller.is_signed_in:
            return redirect(request, next_way)
        if not read_cookies(request.scope).get(WAY):
            return redirect(request, sign_in_path(next_way))
        return _code_page(request, next_way, is_paper="paper" in request.query_params)

    @post("/", opt=rate("sign_in", "30/minute"))
    async def sign_in(self, request: WebRequest) -> Response[str]:
        """Start a session for whoever has a code, too."""
        form = await read_form(request)
        next_way, way, code = safe_path(form.text("next")), read_cookies(request.scope).get(WAY, ""), form.text("code")
        cookie = read_session_cookie(request.scope)
        result = await finish_sign_in(request.database, way, code, origin_of(request.scope), cookie)
        if result.status is SignInStatus.CREATED and result.cookie:
            response = redirect(request, next_way, toast=_("欢迎回来"))
            response.cookies.extend(make_session_cookies(request.scope, result.cookie))
            response.cookies.append(make_cookie(request.scope, WAY, "", max_age_seconds=0))
            return response
        if result.status not in (SignInStatus.LOCKED, SignInStatus.CODE_WRONG):
            return redirect(request, sign_in_path(next_way), toast=_("过了太久，请重新登录。"), tone="warn")
        if not form.is_on("paper"):
            return _code_page(request, next_way, wrong_code(result.locked_until))
        error = wrong_code(result.locked_until) if result.locked_until else wrong_recovery_code(code)
        return _code_page(request, next_way, error, is_paper=True, typed=code)


class SecondFactorPages(Controller):
    """The second factor of whoever is signed in."""

    path = SECOND_FACTOR
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Offer to add an app, or to take it away."""
        return await _factor_page(request, safe_path(request.query_params.get("next"), SECURITY), {})

    @post("/", opt=rate("second_factor", "30/minute"))
    async def add(self, request: WebRequest) -> Response[str]:
        """Ask for its codes from now on."""
        form = await read_form(request)
        way = safe_path(form.text("next"), SECURITY)
        entered = AddSecondFactor(
            person_id=request.person_id,
            login_password=form.raw("login_password"),
            secret=form.text("secret"),
            code=form.text("code"),
            keep_session_id=request.caller.session_id,
        )
        result = await add_second_factor(request.database, entered, origin_of(request.scope))
        match result.status:
            case AddSecondFactorStatus.CREATED:
                # It says there whether a recovery code is lacking, and leads on.
                toast = _("两步验证开好了，其他设备都已退出。")
                response = redirect(request, second_factor_path(way), toast=toast)
                response.cookies.append(make_cookie(request.scope, OFFERED, "", max_age_seconds=0))
                return response
            case AddSecondFactorStatus.EXISTS:
                return redirect(request, second_factor_path(way))
            case _:
                return await _factor_page(request, way, _add_errors(result), form.text("secret"))

    @post("/removal", opt=rate("second_factor", "30/minute"))
    async def remove(self, request: WebRequest) -> Response[str]:
        """Ask for the password alone again."""
        form = await read_form(request)
        entered = RemoveSecondFactor(
            person_id=request.person_id, login_password=form.raw("login_password"), code=form.text("code")
        )
        result = await remove_second_factor(request.database, entered, origin_of(request.scope))
        match result.status:
            case RemoveSecondFactorStatus.REMOVED:
                return redirect(request, SECURITY, toast=_("两步验证关了"))
            case RemoveSecondFactorStatus.NOT_FOUND:
                return redirect(request, SECOND_FACTOR)
            case _:
                return await _factor_page(request, SECURITY, _remove_errors(result))

    @post("/declined")
    async def decline(self, request: WebRequest) -> Response[str]:
        """Note in this browser that its person was offered one, and goes without."""
        form = await read_form(request)
        response = redirect(request, safe_path(form.text("next"), SECURITY))
        response.cookies.append(make_cookie(request.scope, OFFER_DECLINED, "1", max_age_seconds=YEAR_SECONDS))
        return response


ROUTES: Final = (CodePages, SecondFactorPages)


def lead_to_code(request: WebRequest, next_way: str, way: str) -> Response[str]:
    """Send whoever gave the right password to where the code is asked for."""
    response = redirect(request, f"{CodePages.path}?next={quote(next_way, safe='/')}")
    age = int(WAY_LASTS.total_seconds())
    response.cookies.append(make_cookie(request.scope, WAY, way, max_age_seconds=age))
    return response


def _code_page(
    request: WebRequest, next_way: str, error: str | None = None, *, is_paper: bool = False, typed: str = ""
) -> Response[str]:
    """Ask for the app's code, or for the recovery code: a keyboard of digits writes none of its letters."""
    return page(
        request,
        "identity/sign_in_code.html",
        status_code=422 if error else 200,
        headers=UNSEEN,
        next_way=next_way,
        is_paper=is_paper,
        typed=typed,
        error=error,
    )


async def _factor_page(request: WebRequest, way: str, errors: dict[str, str], secret: str = "") -> Response[str]:
    async with request.database.read() as reader:
        profile = await store.get_profile(reader, request.person_id, clock.now())
    assert profile, "who is signed in is somebody"
    raw = clean_secret(secret) or _read_offered(request) or secrets.token_bytes(SECRET_BYTES)
    secret = base64.b32encode(raw).decode().rstrip("=")
    place = urlsplit(base_of(request)).netloc
    name = quote(f"{place}:{profile.handle or profile.phone}")
    address = f"otpauth://totp/{name}?secret={secret}&issuer={quote(place)}"
    response = page(
        request,
        "identity/second_factor.html",
        status_code=422 if errors else 200,
        headers=UNSEEN,
        added_at=profile.second_factor_added_at,
        has_recovery_code=profile.recovery_code_made_at is not None,
        secret=secret,
        groups=[secret[start : start + 4] for start in range(0, len(secret), 4)],
        address=address,
        code=qr_inline(address),
        way=way,
        is_on_the_way=way != SECURITY,
        is_asked=request.caller.lacks_second_factor,
        errors=errors,
    )
    if profile.second_factor_added_at is None:
        offered = KEYS.seal_bytes(raw, _OFFERED_SEALED, request.person_id).hex()
        age = int(OFFER_LASTS.total_seconds())
        response.cookies.append(make_cookie(request.scope, OFFERED, offered, max_age_seconds=age))
    return response


def _read_offered(request: WebRequest) -> bytes | None:
    """Read the secret that this person was offered here a while ago, if one was."""
    try:
        sealed = bytes.fromhex(read_cookies(request.scope).get(OFFERED, ""))
        return KEYS.unseal_bytes(sealed, _OFFERED_SEALED, request.person_id)
    except (ValueError, Unsealable):
        return None


def _add_errors(result: AddSecondFactorResult) -> dict[str, str]:
    if result.status is AddSecondFactorStatus.CODE_WRONG:
        return {"code": _("验证码不对。看看手机的时间准不准，再用最新的一个。")}
    if result.status is AddSecondFactorStatus.SECRET_MALFORMED:
        return {"code": _("密钥变了，请重新扫码。")}
    return {"login_password": wrong_password(result.locked_until)}


def _remove_errors(result: RemoveSecondFactorResult) -> dict[str, str]:
    match result.status:
        case RemoveSecondFactorStatus.CODE_WRONG | RemoveSecondFactorStatus.CODE_LOCKED:
            return {"code": wrong_code(result.locked_until)}
        case _:
            return {"login_password": wrong_password(result.locked_until)}

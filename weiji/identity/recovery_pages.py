"""The pages of the recovery code: where it is made, and where it is used."""

from typing import Final
from urllib.parse import quote

from litestar import Controller, get, post
from litestar.response import Response

from weiji.identity import store
from weiji.identity.model import (
    MakeRecoveryCodeStatus,
    PasswordStatus,
    RecoverAccount,
    RecoverResult,
    RecoverStatus,
    RevokeRecoveryCodeStatus,
)
from weiji.identity.recovery import make_recovery_code, recover_account, revoke_recovery_code
from weiji.identity.rules import PASSWORD_LENGTH_MIN
from weiji.identity.second_factor_pages import SECURITY, lead_to_code
from weiji.identity.sessions import make_session_cookies, origin_of, read_session_cookie
from weiji.identity.store import SQL
from weiji.identity.words import malformed_recovery_code, password_error, wait_word, wrong_code, wrong_password
from weiji.kit import clock
from weiji.kit.ids import shard_of
from weiji.web import fragment, page, rate, redirect, signed_in
from weiji.web import gettext as _
from weiji.web.forms import Form, read_form
from weiji.web.page import safe_path
from weiji.web.requests import WebRequest

RECOVERY_CODE: Final = "/me/recovery-code"

USED: Final = "&used=1"
"""Has the page say that the code there was has just been used."""

ENDED: Final = "&ended=1"
"""Has the page say that the code there was has just ended with the login password."""

UNSEEN: Final = {"cache-control": "no-store"}
"""No browser keeps a page with a code: whoever goes back to it later sees none."""


def recovery_code_path(way: str) -> str:
    """Make the address of the page that offers a recovery code, and then leads on to *way*."""
    return f"{RECOVERY_CODE}?next={quote(way, safe='/')}"


class RecoveryPages(Controller):
    """Where somebody goes who forgot the login password."""

    path = "/recovery"
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Ask for a name, its recovery code and a new password."""
        way = safe_path(request.query_params.get("next"))
        if request.caller.is_signed_in:
            return redirect(request, way)
        return _recovery_page(request, way, Form({}), {})

    @post("/", opt=rate("sign_in", "30/minute"))
    async def recover(self, request: WebRequest) -> Response[str]:
        """Set the new password, and start a session. The code is used up: the next page offers another."""
        form = await read_form(request)
        way = safe_path(form.text("next"))
        entered = RecoverAccount(
            name=form.text("name"),
            code=form.text("code"),
            new_password=form.raw("new_password"),
            cookie=read_session_cookie(request.scope),
        )
        result = await recover_account(request.database, entered, origin_of(request.scope))
        if result.session and result.session.way:
            return lead_to_code(request, recovery_code_path(way) + USED, result.session.way)
        if result.session is None or result.session.cookie is None:
            return _recovery_page(request, way, form, _recovery_errors(result))
        response = redirect(request, recovery_code_path(way) + USED)
        response.cookies.extend(make_session_cookies(request.scope, result.session.cookie))
        return response


class RecoveryCodePages(Controller):
    """The recovery code of whoever is signed in."""

    path = RECOVERY_CODE
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Say whether there is a code, and offer one."""
        return await _code_page(request, safe_path(request.query_params.get("next"), SECURITY))

    @post("/", opt=rate("password", "30/minute"))
    async def make(self, request: WebRequest) -> Response[str]:
        """Make a code, and show it this once."""
        form = await read_form(request)
        way = safe_path(form.text("next"), SECURITY)
        password, code = form.raw("login_password"), form.text("code")
        result = await make_recovery_code(request.database, request.person_id, password, origin_of(request.scope), code)
        match result.status:
            case MakeRecoveryCodeStatus.CREATED:
                return await _code_page(request, way, code=result.code)
            case MakeRecoveryCodeStatus.CODE_LOCKED | MakeRecoveryCodeStatus.CODE_WRONG:
                return await _code_page(request, way, {"code": wrong_code(result.locked_until)})
            case _:
                return await _code_page(request, way, {"login_password": wrong_password(result.locked_until)})

    @post("/revocation", opt=rate("password", "30/minute"))
    async def revoke(self, request: WebRequest) -> Response[str]:
        """Take the code back."""
        form = await read_form(request)
        password, code = form.raw("login_password"), form.text("code")
        origin = origin_of(request.scope)
        result = await revoke_recovery_code(request.database, request.person_id, password, origin, code)
        match result.status:
            case RevokeRecoveryCodeStatus.REVOKED:
                return redirect(request, SECURITY, toast=_("恢复码作废了"))
            case RevokeRecoveryCodeStatus.NOT_FOUND:
                return redirect(request, SECURITY, toast=_("没有恢复码。"), tone="info")
            case RevokeRecoveryCodeStatus.CODE_LOCKED | RevokeRecoveryCodeStatus.CODE_WRONG:
                return await _code_page(request, SECURITY, {"code": wrong_code(result.locked_until)})
            case _:
                return await _code_page(request, SECURITY, {"login_password": wrong_password(result.locked_until)})

    @get("/badge")
    async def show_badge(self, request: WebRequest) -> Response[str]:
        """Say on other pages that there is no code; nothing where there is one."""
        async with request.database.read() as reader:
            has_code = await reader.value(SQL.has_recovery_code, shard_of(request.person_id), request.person_id)
        return fragment(request, "identity/recovery_badge.html", has_code=has_code)


ROUTES: Final = (RecoveryPages, RecoveryCodePages)


async def _code_page(
    request: WebRequest, way: str, errors: dict[str, str] | None = None, code: str | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        profile = await store.get_profile(reader, request.person_id, clock.now())
    assert profile, "who is signed in is somebody"
    return page(
        request,
        "identity/recovery_code.html",
        status_code=422 if errors else 200,
        headers=UNSEEN,
        name=profile.handle or profile.phone,
        made_at=profile.recovery_code_made_at,
        has_second_factor=profile.second_factor_added_at is not None,
        groups=code.split("-") if code else [],
        code=code,
        way=way,
        is_on_the_way=way != SECURITY,
        is_used="used" in request.query_params,
        is_ended="ended" in request.query_params,
        errors=errors or {},
    )


def _recovery_page(request: WebRequest, way: str, form: Form, errors: dict[str, str]) -> Response[str]:
    return page(
        request,
        "identity/recovery.html",
        status_code=422 if errors else 200,
        headers=UNSEEN,
        way=way,
        name=form.text("name"),
        code=form.text("code"),
        errors=errors,
        length_min=PASSWORD_LENGTH_MIN,
    )


def _recovery_errors(result: RecoverResult) -> dict[str, str]:
    """Say what was wrong, by the field that it was in; under "form", what is told of none."""
    match result.status:
        case RecoverStatus.WRONG:
            return {"form": _("用户名、手机号或恢复码不对。")}
        case RecoverStatus.LOCKED:
            time = wait_word(result.locked_until or clock.now())
            return {"form": _("试的次数太多了，请在%(time)s后再试。", time=time)}
        case RecoverStatus.CODE_MALFORMED:
            return {"code": malformed_recovery_code()}
        case _:
            return {"new_password": password_error(PasswordStatus(result.status.value))}

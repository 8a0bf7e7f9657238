"""The pages of identity: signing up and in, sessions, passwords, the profile and the address book."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.identity import store
from weiji.identity.address_forms import EnteredAddress, address_errors
from weiji.identity.ending import end_elsewhere
from weiji.identity.model import (
    ADDRESSES_MAX,
    Address,
    AddressStatus,
    AskPaymentPasswordResetStatus,
    CancelPaymentPasswordReset,
    CancelPaymentPasswordResetStatus,
    ChangePhone,
    ChangePhoneResult,
    ChangePhoneStatus,
    ChangeProfile,
    ChangeProfileStatus,
    EndElsewhereStatus,
    EndSession,
    Locale,
    PasswordStatus,
    PaymentPasswordReset,
    PaymentPasswordResult,
    PaymentPasswordStatus,
    Profile,
    RemoveAddress,
    ResetEnd,
    SetPaymentPassword,
    SignIn,
    SignInStatus,
    SignUp,
    SignUpResult,
    SignUpStatus,
)
from weiji.identity.naming import RefusedWord, screen_names
from weiji.identity.operations import (
    cancel_payment_password_resets,
    change_profiles,
    end_sessions,
    put_addresses,
    remove_addresses,
)
from weiji.identity.payment_password import ask_payment_password_reset, set_payment_password
from weiji.identity.phones import change_phone
from weiji.identity.recovery_pages import ENDED, recovery_code_path
from weiji.identity.rules import DISPLAY_NAME_MAX, PASSWORD_LENGTH_MIN, RESET_OPEN, RESET_WAIT, clean_display_name
from weiji.identity.second_factor_pages import SECURITY, lead_to_code
from weiji.identity.sessions import make_session_cookies, origin_of, read_session_cookie, remove_session_cookie
from weiji.identity.sign_in import change_password, sign_in, sign_up
from weiji.identity.words import password_error, wait_word, wrong_password
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.web import Caller, fragment, make_cookie, ngettext, page, rate, redirect, signed_in, toast_headers
from weiji.web import gettext as _
from weiji.web.forms import Form, read_form
from weiji.web.locales import current, known
from weiji.web.page import HTML, LOCALE_COOKIE, YEAR_SECONDS, Tone, safe_path, sign_in_path
from weiji.web.regions import picker
from weiji.web.requests import WebRequest
from weiji.web.visit import is_htmx

Errors = dict[str, str]
"""What is wrong with a form, by the name of the field; under "form", what is wrong with all of it."""

ME: Final = "/me"
ADDRESSES: Final = "/me/addresses"


class SignPages(Controller):
    """Signing up, in and out."""

    include_in_schema = False

    @get("/sign-in")
    async def show_sign_in(self, request: WebRequest) -> Response[str]:
        """Ask for a name and its password."""
        way = safe_path(request.query_params.get("next"))
        if request.caller.is_signed_in:
            return redirect(request, way)
        return _sign_in_page(request, way)

    @post("/sign-in", opt=rate("sign_in", "30/minute"))
    async def sign_in(self, request: WebRequest) -> Response[str]:
        """Start a session."""
        form = await read_form(request)
        way = safe_path(form.text("next"))
        cookie = read_session_cookie(request.scope)
        entered = SignIn(name=form.text("name"), password=form.raw("password"), cookie=cookie)
        result = await sign_in(request.database, entered, origin_of(request.scope))
        if result.status is SignInStatus.CREATED and result.cookie:
            response = redirect(request, way, toast=_("欢迎回来"))
            response.cookies.extend(make_session_cookies(request.scope, result.cookie))
            return response
        if result.status is SignInStatus.CODE_NEEDED and result.way:
            return lead_to_code(request, way, result.way)
        error = _("用户名、手机号或密码不对。")
        if result.status is SignInStatus.LOCKED and result.locked_until:
            error = _("试的次数太多了，请在%(time)s后再试。", time=wait_word(result.locked_until))
        return _sign_in_page(request, way, entered.name, error)

    @get("/sign-up")
    async def show_sign_up(self, request: WebRequest) -> Response[str]:
        """Ask who wants to be here."""
        way = safe_path(request.query_params.get("next"))
        if request.caller.is_signed_in:
            return redirect(request, way)
        return _sign_up_page(request, way, Form({}), {})

    @post("/sign-up", opt=rate("sign_up", "30/minute"))
    async def sign_up(self, request: WebRequest) -> Response[str]:
        """Make a person, and sign them in."""
        form = await read_form(request)
        way = safe_path(form.text("next"))
        entered = SignUp(
            id=form.id("id") or new_id(),
            handle=form.text("handle") or None,
            phone=form.text("phone") or None,
            display_name=form.text("display_name"),
            password=form.raw("password"),
            locale=_locale(current()),
        )
        origin = origin_of(request.scope)
        result = await sign_up(request.database, entered, origin, is_open=request.settings.sign_up == "open")
        if result.status not in (SignUpStatus.CREATED, SignUpStatus.EXISTS):
            return _sign_up_page(request, way, form, _sign_up_errors(result))
        name = entered.handle or entered.phone or ""
        cookie = read_session_cookie(request.scope)
        started = await sign_in(request.database, SignIn(name=name, password=entered.password, cookie=cookie), origin)
        if started.status is not SignInStatus.CREATED or not started.cookie:
            return redirect(request, sign_in_path(way), toast=_("注册好了，请登录。"))
        # Who is on the way to something goes there at once; anybody else is first offered a way back into the account.
        response = redirect(request, recovery_code_path(way) if way == "/" else way, toast=_("欢迎来到微集"))
        response.cookies.extend(make_session_cookies(request.scope, started.cookie))
        return response

    @post("/sign-out", guards=[signed_in])
    async def sign_out(self, request: WebRequest) -> Response[str]:
        """End this session."""
        person_id = request.person_id
        assert request.caller.session_id
        command = EndSession(
            id=request.caller.session_id, person_id=person_id, actor=origin_of(request.scope).actor(person_id)
        )
        await request.database.retried(lambda tx: end_sessions(tx, [command]))
        response = redirect(request, "/", toast=_("已经退出登录"))
        response.cookies.append(remove_session_cookie(request.scope))
        return response


class ProfilePages(Controller):
    """Who one is, and what keeps it safe."""

    path = ME
    include_in_schema = False
    guards = (signed_in,)

    @get("/profile")
    async def show_profile(self, request: WebRequest) -> Response[str]:
        """Show what is known of the person."""
        profile = await _profile(request.database, request.caller)
        return page(request, "identity/profile.html", profile=profile, entered=profile.display_name, errors={})

    @post("/profile")
    async def change_profile(self, request: WebRequest) -> Response[str]:
        """Change the display name and the language."""
        form = await read_form(request)
        person_id = request.person_id
        locale = known(form.text("locale"))
        command = ChangeProfile(
            person_id=person_id,
            display_name=form.text("display_name"),
            locale=_locale(locale) if locale else None,
            actor=origin_of(request.scope).actor(person_id),
        )
        (status,) = await request.database.retried(lambda tx: change_profiles(tx, [command]))
        malformed, refused = ChangeProfileStatus.DISPLAY_NAME_MALFORMED, ChangeProfileStatus.DISPLAY_NAME_REFUSED
        if status in (malformed, refused):
            profile = await _profile(request.database, request.caller)
            entered = form.text("display_name")
            errors = {"display_name": _display_name_error()}
            if status is refused:
                async with request.database.read() as reader:
                    (found,) = await screen_names(reader, [(person_id, clean_display_name(entered) or "")])
                errors = {"display_name": _refused_name_error(found)}
            return page(
                request, "identity/profile.html", status_code=422, profile=profile, entered=entered, errors=errors
            )
        response = redirect(request, ME, toast=_("保存好了"))
        if locale:
            cookie = make_cookie(request.scope, LOCALE_COOKIE, locale, max_age_seconds=YEAR_SECONDS)
            response.cookies.append(cookie)
        return response

    @get("/security")
    async def show_security(self, request: WebRequest) -> Response[str]:
        """Show what keeps the account and its money safe."""
        return page(request, "identity/security.html", profile=await _profile(request.database, request.caller))

    @get("/phone")
    async def show_phone(self, request: WebRequest) -> Response[str]:
        """Ask for a phone number to sign in with, too."""
        return _phone_page(request, await _profile(request.database, request.caller))

    @post("/phone", opt=rate("password", "30/minute"))
    async def change_phone(self, request: WebRequest) -> Response[str]:
        """Sign in with a phone number, too, with another one, or with none any more."""
        form = await read_form(request)
        is_removal = form.text("then") == "remove"
        phone = None if is_removal else form.text("phone")
        if phone == "":
            profile = await _profile(request.database, request.caller)
            return _phone_page(request, profile, errors={"phone": _("请写手机号。")})
        entered = ChangePhone(person_id=request.person_id, phone=phone, login_password=form.raw("login_password"))
        result = await change_phone(request.database, entered, origin_of(request.scope))
        if result.status in (ChangePhoneStatus.CHANGED, ChangePhoneStatus.EXISTS):
            return redirect(request, SECURITY, toast=_("手机号删掉了") if is_removal else _("手机号保存好了"))
        profile = await _profile(request.database, request.caller)
        return _phone_page(request, profile, phone or "", _phone_errors(result))

    @get("/sessions")
    async def list_sessions(self, request: WebRequest) -> Response[str]:
        """List where the person is signed in."""
        return await _sessions_page(request)

    @post("/sessions/{session_id:uuid}/end", opt=rate("password", "30/minute"))
    async def end_session(self, request: WebRequest, session_id: FromPath[UUID]) -> Response[str]:
        """End one session."""
        return await _end_sessions(request, session_id)

    @post("/sessions/end-others", opt=rate("password", "30/minute"))
    async def end_others(self, request: WebRequest) -> Response[str]:
        """End all sessions but this one."""
        return await _end_sessions(request)

    @get("/password")
    async def show_password(self, request: WebRequest) -> Response[str]:
        """Ask for another login password."""
        return page(request, "identity/password.html", errors={}, length_min=PASSWORD_LENGTH_MIN)

    @post("/password", opt=rate("password", "30/minute"))
    async def change_password(self, request: WebRequest) -> Response[str]:
        """Change the login password; all other sessions end, and the recovery code: the next page offers another."""
        form = await read_form(request)
        result = await change_password(
            request.database,
            request.person_id,
            form.raw("old_password"),
            form.raw("new_password"),
            origin_of(request.scope),
            keep_session_id=request.caller.session_id,
        )
        if result.is_recovery_code_ended:
            return redirect(request, recovery_code_path(SECURITY) + ENDED)
        if result.status is PasswordStatus.CHANGED:
            return redirect(request, SECURITY, toast=_("登录密码改好了，其他设备都已退出。"))
        if result.status in (PasswordStatus.WRONG, PasswordStatus.LOCKED):
            errors = {"old_password": wrong_password(result.locked_until)}
        else:
            errors = {"new_password": password_error(result.status)}
        return page(request, "identity/password.html", status_code=422, errors=errors, length_min=PASSWORD_LENGTH_MIN)

    @get("/payment-password")
    async def show_payment_password(self, request: WebRequest) -> Response[str]:
        """Ask for a payment password, or another."""
        profile = await _profile(request.database, request.caller)
        way = safe_path(request.query_params.get("next"), SECURITY)
        reset = profile.payment_password_reset
        # While a reset is open, nobody is asked for what they forgot.
        is_set = profile.has_payment_password and not (reset and reset.is_open(clock.now()))
        return page(request, "identity/payment_password.html", is_set=is_set, way=way, errors={})

    @get("/payment-password/asked")
    async def show_whether_there_is_one(self, request: WebRequest) -> Response[str]:
        """Tell who is to enter their payment password on another page that they have none."""
        profile = await _profile(request.database, request.caller)
        way = safe_path(request.query_params.get("next"), SECURITY)
        return fragment(request, "identity/payment_password_asked.html", is_set=profile.has_payment_password, way=way)

    @post("/payment-password", opt=rate("password", "30/minute"))
    async def set_payment_password(self, request: WebRequest) -> Response[str]:
        """Set the payment password."""
        form = await read_form(request)
        way = safe_path(form.text("next"), SECURITY)
        is_set = form.is_on("is_set")
        errors: Errors = {}
        if form.text("payment_password") != form.text("payment_password_again"):
            errors["payment_password_again"] = _("两次输入的不一样。")
        else:
            entered = SetPaymentPassword(
                person_id=request.person_id,
                payment_password=form.text("payment_password"),
                login_password=form.raw("login_password"),
                old_payment_password=form.text("old_payment_password") if is_set else None,
            )
            result = await set_payment_password(request.database, entered, origin_of(request.scope))
            if result.status in (PaymentPasswordStatus.CREATED, PaymentPasswordStatus.CHANGED):
                return redirect(request, way, toast=_("支付密码设好了"))
            # It may have been set in another tab meanwhile: then the old one is asked for, too.
            is_set = is_set or result.status is PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_WRONG
            errors = _payment_password_errors(result)
        return page(request, "identity/payment_password.html", status_code=422, is_set=is_set, way=way, errors=errors)

    @get("/payment-password/reset")
    async def show_payment_password_reset(self, request: WebRequest) -> Response[str]:
        """Ask whoever forgot the payment password for the login password, or say how far the reset is."""
        profile = await _profile(request.database, request.caller)
        if not profile.has_payment_password:
            return redirect(request, f"{ME}/payment-password")
        return _payment_reset_page(request, profile.payment_password_reset)

    @post("/payment-password/reset", opt=rate("password", "30/minute"))
    async def ask_payment_password_reset(self, request: WebRequest) -> Response[str]:
        """Begin to reset the payment password."""
        form = await read_form(request)
        password = form.raw("login_password")
        result = await ask_payment_password_reset(
            request.database, request.person_id, password, origin_of(request.scope)
        )
        match result.status:
            case AskPaymentPasswordResetStatus.CREATED:
                return redirect(request, f"{ME}/payment-password/reset", toast=_("开始重设了"))
            case AskPaymentPasswordResetStatus.EXISTS:
                return redirect(request, f"{ME}/payment-password/reset", toast=_("已经有人申请过了。"), tone="info")
            case AskPaymentPasswordResetStatus.NOT_SET:
                return redirect(request, f"{ME}/payment-password")
            case _:
                return _payment_reset_page(request, None, wrong_password(result.locked_until))

    @post("/payment-password/reset/cancellation")
    async def cancel_payment_password_reset(self, request: WebRequest) -> Response[str]:
        """Cancel the reset of the payment password. From a notice above something else, that stays as it is."""
        person_id = request.person_id
        actor = origin_of(request.scope).actor(person_id)
        command = CancelPaymentPasswordReset(person_id=person_id, reason=ResetEnd.CANCELLED, actor=actor)
        (status,) = await request.database.retried(lambda tx: cancel_payment_password_resets(tx, [command]))
        is_cancelled = status is CancelPaymentPasswordResetStatus.CANCELLED
        toast = _("取消了，原来的支付密码照旧") if is_cancelled else _("没有正在进行的重设。")
        tone: Tone = "good" if is_cancelled else "info"
        if is_htmx(request.scope):
            return Response("", media_type=HTML, headers=toast_headers(toast, tone))
        return redirect(request, SECURITY, toast=toast, tone=tone)


class AddressPages(Controller):
    """The address book."""

    path = ADDRESSES
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def list(self, request: WebRequest) -> Response[str]:
        """List whom goods may be sent to."""
        addresses = await _book(request.database, request.caller)
        return page(request, "identity/addresses.html", addresses=addresses, limit=ADDRESSES_MAX)

    @get("/new")
    async def show_new(self, request: WebRequest) -> Response[str]:
        """Ask for a new address."""
        entered = EnteredAddress(id=new_id(request.person_id), is_new=True)
        return _address_page(request, entered, safe_path(request.query_params.get("next"), ADDRESSES), {})

    @get("/{address_id:uuid}")
    async def show(self, request: WebRequest, address_id: FromPath[UUID]) -> Response[str]:
        """Show an address, to be changed."""
        found = next(
            (address for address in await _book(request.database, request.caller) if address.id == address_id), None
        )
        if found is None:
            raise NotFoundException
        return _address_page(request, EnteredAddress.of(found), ADDRESSES, {})

    @post("/{address_id:uuid}")
    async def put(self, request: WebRequest, address_id: FromPath[UUID]) -> Response[str]:
        """Write an address, a new one or another in the place of what was there."""
        form = await read_form(request)
        way = safe_path(form.text("next"), ADDRESSES)
        entered = EnteredAddress.read(form, address_id)
        if form.text("then") in ("read", "next"):
            # The text was to be taken apart, or, without a script, the next choices are wanted: nothing is kept yet.
            return _address_page(request, entered, way, {})
        (status,) = await request.database.retried(lambda tx: put_addresses(tx, [entered.command(request.person_id)]))
        if status in (AddressStatus.CREATED, AddressStatus.CHANGED, AddressStatus.EXISTS):
            return redirect(request, way, toast=_("地址保存好了"))
        return _address_page(request, entered, way, address_errors(status))

    @post("/{address_id:uuid}/removal")
    async def remove(self, request: WebRequest, address_id: FromPath[UUID]) -> Response[str]:
        """Take an address out of the book."""
        command = RemoveAddress(id=address_id, person_id=request.person_id)
        await request.database.retried(lambda tx: remove_addresses(tx, [command]))
        return redirect(request, ADDRESSES, toast=_("地址删掉了"))


ROUTES: Final = (SignPages, ProfilePages, AddressPages)


async def _profile(database: Database, caller: Caller) -> Profile:
    async with database.read() as reader:
        profile = await store.get_profile(reader, caller.own_id, clock.now())
    if profile is None:
        raise NotFoundException
    return profile


async def _sessions_page(request: WebRequest, error: str | None = None) -> Response[str]:
    async with request.database.read() as reader:
        sessions = await store.get_sessions(reader, request.person_id, clock.now())
    devices = [(session, *_device(session.user_agent)) for session in sessions]
    status_code = 422 if error else 200
    return page(request, "identity/sessions.html", status_code=status_code, devices=devices, error=error)


async def _end_sessions(request: WebRequest, session_id: UUID | None = None) -> Response[str]:
    """End one session of whoever knows the login password, or all but this one."""
    form = await read_form(request)
    result = await end_elsewhere(
        request.database,
        request.person_id,
        form.raw("login_password"),
        origin_of(request.scope),
        keep_id=request.caller.session_id,
        session_id=session_id,
    )
    match result.status:
        case EndElsewhereStatus.ENDED:
            toast = _("那台设备已经退出登录") if session_id else _("其他设备都退出登录了")
            return redirect(request, f"{ME}/sessions", toast=toast)
        case EndElsewhereStatus.NOT_FOUND:
            return redirect(request, f"{ME}/sessions", toast=_("这台设备已经退出了。"), tone="info")
        case _:
            return await _sessions_page(request, wrong_password(result.locked_until))


def _phone_page(request: WebRequest, profile: Profile, phone: str = "", errors: Errors | None = None) -> Response[str]:
    return page(
        request,
        "identity/phone.html",
        status_code=422 if errors else 200,
        profile=profile,
        phone=phone,
        errors=errors or {},
    )


def _phone_errors(result: ChangePhoneResult) -> Errors:
    match result.status:
        case ChangePhoneStatus.PHONE_MALFORMED:
            return {"phone": _phone_error()}
        case ChangePhoneStatus.PHONE_TAKEN:
            return {"phone": _("这个手机号已经注册过了。")}
        case ChangePhoneStatus.PASSWORD_CONTAINS_NAME:
            return {"phone": _("你的登录密码里有这个号码：先改登录密码。")}
        case ChangePhoneStatus.NAME_MISSING:
            return {"form": _("你没有用户名：删掉手机号，就没有办法登录了。")}
        case ChangePhoneStatus.LOCKED:
            time = wait_word(result.locked_until or clock.now())
            return {"form": _("改的次数太多了，请在%(time)s后再试。", time=time)}
        case _:
            return {"login_password": wrong_password(result.locked_until)}


async def _book(database: Database, caller: Caller) -> list[Address]:
    async with database.read() as reader:
        return await store.get_addresses(reader, caller.own_id)


def _payment_reset_page(
    request: WebRequest, reset: PaymentPasswordReset | None, error: str | None = None
) -> Response[str]:
    return page(
        request,
        "identity/payment_reset.html",
        status_code=422 if error else 200,
        reset=reset,
        error=error,
        wait=RESET_WAIT,
        open=RESET_OPEN,
    )


def _sign_in_page(request: WebRequest, way: str, name: str = "", error: str | None = None) -> Response[str]:
    return page(
        request,
        "identity/sign_in.html",
        status_code=422 if error else 200,
        way=way,
        name=name,
        error=error,
        is_open=request.settings.sign_up == "open",
    )


def _sign_up_page(request: WebRequest, way: str, form: Form, errors: Errors) -> Response[str]:
    return page(
        request,
        "identity/sign_up.html",
        status_code=422 if errors else 200,
        id=form.id("id") or new_id(),
        way=way,
        handle=form.text("handle"),
        phone=form.text("phone"),
        display_name=form.text("display_name"),
        errors=errors,
        is_open=request.settings.sign_up == "open",
        length_min=PASSWORD_LENGTH_MIN,
        name_max=DISPLAY_NAME_MAX,
    )


def _address_page(request: WebRequest, entered: EnteredAddress, way: str, errors: Errors) -> Response[str]:
    return page(
        request,
        "identity/address.html",
        status_code=422 if errors else 200,
        entered=entered,
        way=way,
        errors=errors,
        regions=picker(entered.region_code),
    )


def _locale(name: str) -> Locale:
    return "en" if name == "en" else "zh-CN"


def _sign_up_errors(result: SignUpResult) -> Errors:
    match result.status:
        case SignUpStatus.CLOSED:
            return {"form": _("这里暂时不接受新用户注册。")}
        case SignUpStatus.LOCKED:
            time = wait_word(result.locked_until or clock.now())
            return {"form": _("从这里注册的人太多了，请在%(time)s后再试。", time=time)}
        case SignUpStatus.ID_TAKEN:
            return {"form": _("请刷新页面，再填一次。")}
        case SignUpStatus.NAME_MISSING:
            return {"handle": _("用户名和手机号，至少填一个。")}
        case SignUpStatus.HANDLE_MALFORMED:
            return {"handle": _("3 到 30 个小写字母、数字或下划线，以字母开头。")}
        case SignUpStatus.HANDLE_TAKEN:
            return {"handle": _("这个用户名已经有人用了。")}
        case SignUpStatus.PHONE_MALFORMED:
            return {"phone": _phone_error()}
        case SignUpStatus.PHONE_TAKEN:
            return {"phone": _("这个手机号已经注册过了。")}
        case SignUpStatus.DISPLAY_NAME_MALFORMED:
            return {"display_name": _display_name_error()}
        case SignUpStatus.DISPLAY_NAME_REFUSED:
            return {"display_name": _refused_name_error(result.refused)}
        case _:
            return {"password": password_error(PasswordStatus(result.status.value))}


def _display_name_error() -> str:
    return ngettext("1 到 %(number)s 个看得见的字符。", "1 到 %(number)s 个看得见的字符。", DISPLAY_NAME_MAX)


def _refused_name_error(refused: Sequence[RefusedWord]) -> str:
    lines = [_("名字里不能有“%(found)s”：%(reason)s", found=each.found, reason=each.reason) for each in refused]
    return " ".join(lines) or _("请换一个名字。")


def _phone_error() -> str:
    return _("这个号码打不通。国外的号码请带上国家码，例如 +44。")


def _payment_password_errors(result: PaymentPasswordResult) -> Errors:
    match result.status:
        case PaymentPasswordStatus.MALFORMED:
            return {"payment_password": _("支付密码是 6 位数字。")}
        case PaymentPasswordStatus.TOO_EASY:
            return {"payment_password": _("太好猜了：不要用连号、重复的数字或生日。")}
        case PaymentPasswordStatus.LOGIN_PASSWORD_WRONG | PaymentPasswordStatus.LOGIN_PASSWORD_LOCKED:
            return {"login_password": wrong_password(result.locked_until)}
        case PaymentPasswordStatus.OLD_PAYMENT_PASSWORD_LOCKED:
            time = wait_word(result.locked_until or clock.now())
            return {"old_payment_password": _("支付密码锁住了，请在%(time)s后再试。", time=time)}
        case _ if result.tries_left is not None:
            return {
                "old_payment_password": ngettext(
                    "不对，还可以试 %(number)s 次。", "不对，还可以试 %(number)s 次。", result.tries_left
                )
            }
        case _:
            return {"old_payment_password": _("请输入现在的支付密码。")}


def _device(user_agent: str) -> tuple[str, str]:
    """Say in words what a browser calls itself, and name the icon of its kind."""
    browsers = (
        ("MicroMessenger", _("微信")),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("HarmonyOS", "HarmonyOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in user_agent), "")
    system = next((name for mark, name in systems if mark in user_agent), "")
    words = " · ".join(name for name in (browser, system) if name) or _("不认识的设备")
    is_phone = system in ("iPhone", "iPad", "Android", "HarmonyOS")
    return words, "smartphone" if is_phone else "monitor"

"""The JSON API of identity. Passwords, sessions and allowances are for people: an API key can't change them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from litestar import Controller, delete, get, patch, post, put
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct

from weiji.identity import store
from weiji.identity.cookies import SessionCookie
from weiji.identity.ending import end_elsewhere
from weiji.identity.model import (
    Address,
    AddressStatus,
    AddressTag,
    AddSecondFactor,
    AddSecondFactorResult,
    Allowance,
    AskPaymentPasswordResetResult,
    CancelPaymentPasswordReset,
    CancelPaymentPasswordResetStatus,
    ChangePhone,
    ChangePhoneResult,
    ChangeProfile,
    ChangeProfileStatus,
    EndElsewhereResult,
    EndSession,
    EndSessionStatus,
    GrantAllowance,
    GrantAllowanceResult,
    Locale,
    MakeRecoveryCodeResult,
    PasswordResult,
    PaymentPasswordResult,
    Profile,
    PutAddress,
    RecoverAccount,
    RecoverStatus,
    RemoveAddress,
    RemoveAddressStatus,
    RemoveSecondFactor,
    RemoveSecondFactorResult,
    ResetEnd,
    RevokeAllowance,
    RevokeAllowanceStatus,
    RevokeRecoveryCodeResult,
    Session,
    SetPaymentPassword,
    SignIn,
    SignInStatus,
    SignUp,
    SignUpResult,
    Spending,
)
from weiji.identity.operations import (
    cancel_payment_password_resets,
    change_profiles,
    end_sessions,
    put_addresses,
    remove_addresses,
    revoke_allowances,
)
from weiji.identity.payment_password import ask_payment_password_reset, grant_allowance, set_payment_password
from weiji.identity.phones import change_phone
from weiji.identity.proving import proof_in, refuse_spendings
from weiji.identity.recovery import make_recovery_code, recover_account, revoke_recovery_code
from weiji.identity.second_factor import add_second_factor, remove_second_factor
from weiji.identity.sessions import make_session_cookies, origin_of, read_session_cookie, remove_session_cookie
from weiji.identity.sign_in import change_password, sign_in, sign_up
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.web.api import (
    Amount,
    ApiRequest,
    Batch,
    Moment,
    Page,
    PaymentPassword,
    RegionCode,
    StepUpCode,
    StepUpPassword,
    Typed,
    operation,
    run,
)
from weiji.web.caller import Caller
from weiji.web.csrf import make_token
from weiji.web.rates import rate

C = TypeVar("C")
R = TypeVar("R")


class SignUpBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Who wants to be here. A handle, a phone number, or both."""

    id: UUID
    handle: Typed | None = None
    phone: Typed | None = None
    display_name: Typed
    password: Typed
    locale: Locale = "zh-CN"


class SignInBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A handle or phone number, and its password; and where an app was added, a code of it, or the recovery code."""

    name: Typed
    password: Typed
    code: Typed = ""


class SignInAnswer(Struct, kw_only=True):
    """How a sign-in ended. The session's secret is in the cookie; `csrf_token` goes with what it is used for."""

    status: SignInStatus
    person_id: UUID | None
    session_id: UUID | None
    csrf_token: str | None
    expires_at: datetime | None
    locked_until: datetime | None


class SecondFactorBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The login password, the secret that the app was given (16 to 64 random bytes, base32), and a code of it."""

    login_password: Typed
    secret: Typed
    code: Typed


class RemoveSecondFactorBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The login password, and a code of the app or the recovery code."""

    login_password: Typed
    code: Typed


class ProfileBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change; what is left out stays."""

    display_name: Typed | None = None
    locale: Locale | None = None


class PasswordBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The login password, and the one to have instead."""

    old_password: Typed
    new_password: Typed


class PaymentPasswordBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The payment password to have, the login password, and the payment password there was."""

    payment_password: Typed
    login_password: Typed
    old_payment_password: Typed | None = None


class PaymentPasswordResetBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The login password of whoever forgot the payment password."""

    login_password: Typed


class CancelPaymentPasswordResetAnswer(Struct):
    """How cancelling a reset ended."""

    status: CancelPaymentPasswordResetStatus


class PhoneBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The phone number to sign in with, too, or none; and the login password."""

    phone: Typed | None
    login_password: Typed


class EndElsewhereBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The login password, and which session is to end: all others, where none is named."""

    login_password: Typed
    session_id: UUID | None = None


class RecoveryCodeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The login password; and where an app was added, a code of it."""

    login_password: Typed
    code: Typed = ""


class RecoverBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A handle or phone number, its recovery code, and the login password to have from now on."""

    name: Typed
    code: Typed
    new_password: Typed


class RecoverAnswer(Struct, kw_only=True):
    """How a recovery ended. The session's secret is in the cookie; `csrf_token` goes with what it is used for."""

    status: RecoverStatus
    person_id: UUID | None
    session_id: UUID | None
    csrf_token: str | None
    expires_at: datetime | None
    locked_until: datetime | None


class AddressBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An address to write under its id. With a `region_code` the region is written as that is named."""

    id: UUID
    name: Typed
    phone: Typed
    region: Typed = ""
    detail: Typed
    postcode: Typed = ""
    is_default: bool = False
    region_code: RegionCode = ""
    tag: AddressTag = AddressTag.NONE


class AllowanceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What an API key may spend, in minor units, and until when."""

    id: UUID
    key_id: UUID
    amount: Amount
    expires_at: Moment
    payment_password: PaymentPassword
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


class IdBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which one is meant."""

    id: UUID


class ProfileAnswer(Struct):
    """How changing a profile ended."""

    status: ChangeProfileStatus


class EndSessionAnswer(Struct):
    """How ending a session ended."""

    status: EndSessionStatus


class AddressAnswer(Struct):
    """How writing an address ended."""

    status: AddressStatus


class RemoveAddressAnswer(Struct):
    """How removing an address ended."""

    status: RemoveAddressStatus


class RevokeAllowanceAnswer(Struct):
    """How taking an allowance back ended."""

    status: RevokeAllowanceStatus


AddressBatch = Batch[AddressBody]
IdBatch = Batch[IdBody]


class PeopleApi(Controller):
    """Signing up, and who one is."""

    path = "/api/v1"
    tags = ("people",)

    @post("/people", **operation("SignUp", is_public=True, opt=rate("sign_up", "30/minute")))
    async def create(
        self,
        request: ApiRequest,
        data: SignUpBody,
    ) -> SignUpResult:
        """Sign up. No session is started: sign in with the password."""
        entered = SignUp(
            id=data.id,
            handle=data.handle,
            phone=data.phone,
            display_name=data.display_name,
            password=data.password,
            locale=data.locale,
        )
        return await sign_up(
            request.database, entered, origin_of(request.scope), is_open=request.settings.sign_up == "open"
        )

    @get("/me", **operation("GetMe", "profile:read"))
    async def show(self, request: ApiRequest) -> Profile:
        """Read who you are."""
        async with request.database.read() as reader:
            profile = await store.get_profile(reader, request.person_id, clock.now())
        if profile is None:
            raise NotFoundException
        return profile

    @patch("/me", **operation("ChangeProfile"))
    async def change(
        self,
        request: ApiRequest,
        data: ProfileBody,
    ) -> ProfileAnswer:
        """Change your display name, or the language that you read."""
        person_id = request.person_id
        command = ChangeProfile(
            person_id=person_id,
            display_name=data.display_name,
            locale=data.locale,
            actor=origin_of(request.scope).actor(person_id),
        )
        statuses = await answer(request.database, change_profiles, [command])
        return ProfileAnswer(statuses[0])

    @put("/password", **operation("ChangePassword", opt=rate("password", "30/minute")))
    async def change_password(
        self,
        request: ApiRequest,
        data: PasswordBody,
    ) -> PasswordResult:
        """Change your login password. All your other sessions end, and your recovery code: make another then."""
        return await change_password(
            request.database,
            request.person_id,
            data.old_password,
            data.new_password,
            origin_of(request.scope),
            request.caller.session_id,
        )

    @put("/phone", **operation("ChangePhone", opt=rate("password", "30/minute")))
    async def change_phone(self, request: ApiRequest, data: PhoneBody) -> ChangePhoneResult:
        """Sign in with a phone number, too, with another one, or with none any more."""
        entered = ChangePhone(person_id=request.person_id, phone=data.phone, login_password=data.login_password)
        return await change_phone(request.database, entered, origin_of(request.scope))

    @put("/payment-password", **operation("SetPaymentPassword", opt=rate("password", "30/minute")))
    async def set_payment_password(
        self,
        request: ApiRequest,
        data: PaymentPasswordBody,
    ) -> PaymentPasswordResult:
        """Set your payment password: six digits. While a reset is open, the old one may be left out."""
        entered = SetPaymentPassword(
            person_id=request.person_id,
            payment_password=data.payment_password,
            login_password=data.login_password,
            old_payment_password=data.old_payment_password,
        )
        return await set_payment_password(request.database, entered, origin_of(request.scope))

    @post("/payment-password/reset", **operation("AskPaymentPasswordReset", opt=rate("password", "30/minute")))
    async def ask_payment_password_reset(
        self,
        request: ApiRequest,
        data: PaymentPasswordResetBody,
    ) -> AskPaymentPasswordResetResult:
        """Begin to reset a payment password that you forgot: a day later you may set another without it, for a week."""
        return await ask_payment_password_reset(
            request.database, request.person_id, data.login_password, origin_of(request.scope)
        )

    @delete("/payment-password/reset", **operation("CancelPaymentPasswordReset"))
    async def cancel_payment_password_reset(self, request: ApiRequest) -> CancelPaymentPasswordResetAnswer:
        """Cancel the reset of your payment password that is under way."""
        person_id = request.person_id
        actor = origin_of(request.scope).actor(person_id)
        command = CancelPaymentPasswordReset(person_id=person_id, reason=ResetEnd.CANCELLED, actor=actor)
        statuses = await answer(request.database, cancel_payment_password_resets, [command])
        return CancelPaymentPasswordResetAnswer(statuses[0])

    @post("/recovery-code", **operation("MakeRecoveryCode", opt=rate("password", "30/minute")))
    async def make_recovery_code(self, request: ApiRequest, data: RecoveryCodeBody) -> MakeRecoveryCodeResult:
        """Make a recovery code, to set another login password with if you forget yours. The answer shows it once.

        One that you had opens nothing any more. No Idempotency-Key is taken: a stored answer would keep the code.
        """
        return await make_recovery_code(
            request.database, request.person_id, data.login_password, origin_of(request.scope), data.code
        )

    @post("/recovery-code/revoke", **operation("RevokeRecoveryCode", opt=rate("password", "30/minute")))
    async def revoke_recovery_code(self, request: ApiRequest, data: RecoveryCodeBody) -> RevokeRecoveryCodeResult:
        """Take your recovery code back."""
        return await revoke_recovery_code(
            request.database, request.person_id, data.login_password, origin_of(request.scope), data.code
        )

    @put("/second-factor", **operation("AddSecondFactor", opt=rate("second_factor", "30/minute")))
    async def add_second_factor(self, request: ApiRequest, data: SecondFactorBody) -> AddSecondFactorResult:
        """Ask for the codes of an app (TOTP, RFC 6238: SHA-1, 6 digits, 30 seconds) from your next sign-in on.

        All your other sessions end. Make a recovery code, too: with the password it gets you in without the app, once.
        """
        entered = AddSecondFactor(
            person_id=request.person_id,
            login_password=data.login_password,
            secret=data.secret,
            code=data.code,
            keep_session_id=request.caller.session_id,
        )
        return await add_second_factor(request.database, entered, origin_of(request.scope))

    @post("/second-factor/remove", **operation("RemoveSecondFactor", opt=rate("second_factor", "30/minute")))
    async def remove_second_factor(self, request: ApiRequest, data: RemoveSecondFactorBody) -> RemoveSecondFactorResult:
        """Sign in with the password alone again."""
        entered = RemoveSecondFactor(person_id=request.person_id, login_password=data.login_password, code=data.code)
        return await remove_second_factor(request.database, entered, origin_of(request.scope))


class SessionsApi(Controller):
    """Signing in and out."""

    path = "/api/v1/sessions"
    tags = ("sessions",)

    @post("/", **operation("SignIn", is_public=True, opt=rate("sign_in", "60/minute")))
    async def create(self, request: ApiRequest, data: SignInBody) -> Response[SignInAnswer]:
        """Sign in. The session is in the cookie of the answer; it takes the place of the one that was sent."""
        cookie = read_session_cookie(request.scope)
        entered = SignIn(name=data.name, password=data.password, cookie=cookie, code=data.code)
        result = await sign_in(request.database, entered, origin_of(request.scope))
        answer = SignInAnswer(
            status=result.status,
            person_id=result.person_id,
            session_id=result.session_id,
            csrf_token=_csrf_token(result.cookie),
            expires_at=result.expires_at,
            locked_until=result.locked_until,
        )
        return Response(answer, cookies=make_session_cookies(request.scope, result.cookie) if result.cookie else None)

    @post("/recover", **operation("RecoverAccount", is_public=True, opt=rate("sign_in", "60/minute")))
    async def recover(self, request: ApiRequest, data: RecoverBody) -> Response[RecoverAnswer]:
        """Set another login password with a recovery code, and sign in. The code is used up, and all sessions end."""
        entered = RecoverAccount(
            name=data.name,
            code=data.code,
            new_password=data.new_password,
            cookie=read_session_cookie(request.scope),
        )
        result = await recover_account(request.database, entered, origin_of(request.scope))
        started = result.session
        cookie = started.cookie if started else None
        answer = RecoverAnswer(
            status=result.status,
            person_id=started.person_id if started else None,
            session_id=started.session_id if started else None,
            csrf_token=_csrf_token(cookie),
            expires_at=started.expires_at if started else None,
            locked_until=result.locked_until,
        )
        return Response(answer, cookies=make_session_cookies(request.scope, cookie) if cookie else None)

    @get("/", **operation("ListSessions"))
    async def index(self, request: ApiRequest) -> Page[Session]:
        """List your sessions, the last used first."""
        async with request.database.read() as reader:
            return Page(items=await store.get_sessions(reader, request.person_id, clock.now()), next=None)

    @post("/end", **operation("EndSessionsElsewhere", opt=rate("password", "30/minute")))
    async def end_elsewhere(self, request: ApiRequest, data: EndElsewhereBody) -> EndElsewhereResult:
        """End a session of yours elsewhere, or all but the one that you are in."""
        return await end_elsewhere(
            request.database,
            request.person_id,
            data.login_password,
            origin_of(request.scope),
            keep_id=request.caller.session_id,
            session_id=data.session_id,
        )

    @delete("/{session_id:uuid}", **operation("EndSession"))
    async def end(self, request: ApiRequest, session_id: FromPath[UUID]) -> Response[EndSessionAnswer]:
        """Sign out: end the session that you are in. For one elsewhere the login password is asked."""
        if session_id != request.caller.session_id:
            raise NotFoundException
        person_id = request.person_id
        command = EndSession(id=session_id, person_id=person_id, actor=origin_of(request.scope).actor(person_id))
        statuses = await answer(request.database, end_sessions, [command])
        return Response(EndSessionAnswer(statuses[0]), cookies=[remove_session_cookie(request.scope)])


class AddressesApi(Controller):
    """The address book."""

    path = "/api/v1/addresses"
    tags = ("addresses",)

    @get("/", **operation("ListAddresses", "addresses:read"))
    async def index(self, request: ApiRequest) -> Page[Address]:
        """Read your address book, the default address first. It has at most 20."""
        async with request.database.read() as reader:
            return Page(items=await store.get_addresses(reader, request.person_id), next=None)

    @post("/put", **operation("PutAddresses", "addresses:write", repeat="key_taken"))
    async def put(self, request: ApiRequest, data: AddressBatch) -> Response[list[AddressAnswer]]:
        """Write addresses into your book, or over what the same ids said before."""
        person_id = request.person_id
        commands = [
            PutAddress(
                id=body.id,
                person_id=person_id,
                name=body.name,
                phone=body.phone,
                region=body.region,
                detail=body.detail,
                postcode=body.postcode,
                is_default=body.is_default,
                region_code=body.region_code,
                tag=body.tag,
            )
            for body in data
        ]
        return await run(request, put_addresses, "person_id", commands)

    @post("/remove", **operation("RemoveAddresses", "addresses:write", repeat="key_taken"))
    async def remove(self, request: ApiRequest, data: IdBatch) -> Response[list[RemoveAddressAnswer]]:
        """Take addresses out of your book."""
        person_id = request.person_id
        commands = [RemoveAddress(id=body.id, person_id=person_id) for body in data]
        return await run(request, remove_addresses, "person_id", commands)


class AllowancesApi(Controller):
    """What API keys may spend."""

    path = "/api/v1/allowances"
    tags = ("allowances",)

    @get("/", **operation("ListAllowances"))
    async def index(self, request: ApiRequest) -> Page[Allowance]:
        """List your last 100 allowances, the newest first."""
        async with request.database.read() as reader:
            return Page(items=await store.get_allowances(reader, request.person_id), next=None)

    @post("/", **operation("GrantAllowance", opt=rate("password", "30/minute")))
    async def create(
        self,
        request: ApiRequest,
        data: AllowanceBody,
    ) -> GrantAllowanceResult:
        """Let an API key of yours spend your money up to an amount, until a time, without asking each time."""
        person_id = request.person_id
        origin = origin_of(request.scope)
        command = GrantAllowance(
            id=data.id,
            person_id=person_id,
            key_id=data.key_id,
            amount=data.amount,
            expires_at=data.expires_at,
            actor=origin.actor(person_id),
        )
        spending = Spending(id=data.id, amount=data.amount, proof=proof_in(data))
        refusals = await refuse_spendings(request, [spending])
        return await grant_allowance(request.database, command, refusals[spending])

    @post("/revoke", **operation("RevokeAllowances", repeat="key_taken"))
    async def revoke(
        self,
        request: ApiRequest,
        data: IdBatch,
    ) -> Response[list[RevokeAllowanceAnswer]]:
        """Take back what is left of allowances."""
        person_id = request.person_id
        actor = origin_of(request.scope).actor(person_id)
        commands = [RevokeAllowance(id=body.id, person_id=person_id, actor=actor) for body in data]
        return await run(request, revoke_allowances, "person_id", commands)


ROUTES: Final = (PeopleApi, SessionsApi, AddressesApi, AllowancesApi)
"""What the program serves of this module."""


def _csrf_token(cookie: str | None) -> str | None:
    """Make the token that goes with the session of a cookie."""
    read = SessionCookie.read(cookie) if cookie else None
    return make_token(Caller(session_id=read.session_id, csrf_secret=read.csrf_secret)) if read else None


async def answer(
    database: Database, operation: Callable[[Transaction, Sequence[C]], Awaitable[list[R]]], commands: Sequence[C]
) -> list[R]:
    """Do the commands of one request in a transaction of its own."""
    return await database.retried(lambda tx: operation(tx, commands))

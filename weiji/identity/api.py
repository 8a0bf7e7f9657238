"""The JSON API of identity. Passwords, sessions and allowances are for people: an API key can't change them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from litestar import Controller, Request, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import Body, FromPath
from litestar.response import Response
from msgspec import Meta, Struct

from weiji.identity import store
from weiji.identity.cookies import SessionCookie
from weiji.identity.model import (
    Address,
    AddressStatus,
    Allowance,
    ChangeProfile,
    ChangeProfileStatus,
    EndOtherSessions,
    EndSession,
    EndSessionStatus,
    GrantAllowance,
    GrantAllowanceResult,
    Locale,
    PasswordResult,
    PaymentPasswordResult,
    Profile,
    PutAddress,
    RemoveAddress,
    RemoveAddressStatus,
    RevokeAllowance,
    RevokeAllowanceStatus,
    Session,
    SetPaymentPassword,
    SignIn,
    SignInStatus,
    SignUp,
    SignUpResult,
)
from weiji.identity.operations import (
    change_profiles,
    end_other_sessions,
    end_sessions,
    put_addresses,
    remove_addresses,
    revoke_allowances,
)
from weiji.identity.payment_password import grant_allowance, set_payment_password
from weiji.identity.sessions import make_session_cookie, origin_of, read_session_cookie, remove_session_cookie
from weiji.identity.sign_in import change_password, sign_in, sign_up
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.settings import Settings
from weiji.web.caller import Caller, signed_in
from weiji.web.csrf import make_token
from weiji.web.grants import grants
from weiji.web.rates import rate

BATCH_MAX: Final = 100

C = TypeVar("C")
R = TypeVar("R")

AnyRequest = Request[Any, Any, Any]

Text = Annotated[str, Meta(max_length=1_000)]
"""What is typed. Longer than whatever is right, so that what is wrong is answered by a status."""

Moment = Annotated[datetime, Meta(tz=True)]


class SignUpBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Who wants to be here. A handle, a phone number, or both."""

    id: UUID
    handle: Text | None = None
    phone: Text | None = None
    display_name: Text
    password: Text
    locale: Locale = "zh-CN"


class SignInBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A handle or phone number, and its password."""

    name: Text
    password: Text


class SignInAnswer(Struct, kw_only=True):
    """How a sign-in ended. The session's secret is in the cookie; `csrf_token` goes with what it is used for."""

    status: SignInStatus
    person_id: UUID | None
    session_id: UUID | None
    csrf_token: str | None
    expires_at: datetime | None
    locked_until: datetime | None


class ProfileBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to change; what is left out stays."""

    display_name: Text | None = None
    locale: Locale | None = None


class PasswordBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The login password, and the one to have instead."""

    old_password: Text
    new_password: Text


class PaymentPasswordBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The payment password to have, the login password, and the payment password there was."""

    payment_password: Text
    login_password: Text
    old_payment_password: Text | None = None


class AddressBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An address to write under its id."""

    id: UUID
    name: Text
    phone: Text
    region: Text
    detail: Text
    postcode: Text = ""
    is_default: bool = False


class AllowanceBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What an API key may spend, in minor units, and until when."""

    id: UUID
    key_id: UUID
    amount: int
    expires_at: Moment
    payment_password: Text


class IdBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which one is meant."""

    id: UUID


class ProfileAnswer(Struct):
    """How changing a profile ended."""

    status: ChangeProfileStatus


class EndSessionAnswer(Struct):
    """How ending a session ended."""

    status: EndSessionStatus


class EndOtherSessionsAnswer(Struct):
    """How many sessions ended."""

    ended: int


class AddressAnswer(Struct):
    """How writing an address ended."""

    status: AddressStatus


class RemoveAddressAnswer(Struct):
    """How removing an address ended."""

    status: RemoveAddressStatus


class RevokeAllowanceAnswer(Struct):
    """How taking an allowance back ended."""

    status: RevokeAllowanceStatus


# Litestar takes a body's limits from `Body`; a `Meta` here would be passed over in silence.
AddressBatch = Annotated[list[AddressBody], Body(min_items=1, max_items=BATCH_MAX)]
IdBatch = Annotated[list[IdBody], Body(min_items=1, max_items=BATCH_MAX)]


class PeopleApi(Controller):
    """Signing up, and who one is."""

    path = "/api/v1"
    tags = ("people",)

    @post("/people", operation_id="SignUp", status_code=200, opt=rate("sign_up", "30/minute"))
    async def create(
        self,
        request: AnyRequest,
        data: SignUpBody,
        database: NamedDependency[Database],
        settings: NamedDependency[Settings],
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
        return await sign_up(database, entered, origin_of(request.scope), is_open=settings.sign_up == "open")

    @get("/me", operation_id="GetMe", guards=[grants("profile:read")])
    async def show(self, caller: NamedDependency[Caller], database: NamedDependency[Database]) -> Profile:
        """Read who you are."""
        async with database.read() as reader:
            profile = await store.get_profile(reader, person_of(caller))
        if profile is None:
            raise NotFoundException
        return profile

    @patch("/me", operation_id="ChangeProfile", guards=[signed_in])
    async def change(
        self,
        request: AnyRequest,
        data: ProfileBody,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
    ) -> ProfileAnswer:
        """Change your display name, or the language that you read."""
        person_id = person_of(caller)
        command = ChangeProfile(
            person_id=person_id,
            display_name=data.display_name,
            locale=data.locale,
            actor=origin_of(request.scope).actor(person_id),
        )
        statuses = await answer(database, change_profiles, [command])
        return ProfileAnswer(statuses[0])

    @put("/password", operation_id="ChangePassword", guards=[signed_in], opt=rate("password", "30/minute"))
    async def change_password(
        self,
        request: AnyRequest,
        data: PasswordBody,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
    ) -> PasswordResult:
        """Change your login password. All your other sessions end."""
        return await change_password(
            database,
            person_of(caller),
            data.old_password,
            data.new_password,
            origin_of(request.scope),
            caller.session_id,
        )

    @put("/payment-password", operation_id="SetPaymentPassword", guards=[signed_in], opt=rate("password", "30/minute"))
    async def set_payment_password(
        self,
        request: AnyRequest,
        data: PaymentPasswordBody,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
    ) -> PaymentPasswordResult:
        """Set your payment password: six digits."""
        entered = SetPaymentPassword(
            person_id=person_of(caller),
            payment_password=data.payment_password,
            login_password=data.login_password,
            old_payment_password=data.old_payment_password,
        )
        return await set_payment_password(database, entered, origin_of(request.scope))


class SessionsApi(Controller):
    """Signing in and out."""

    path = "/api/v1/sessions"
    tags = ("sessions",)

    @post("/", operation_id="SignIn", status_code=200, opt=rate("sign_in", "60/minute"))
    async def create(
        self, request: AnyRequest, data: SignInBody, database: NamedDependency[Database]
    ) -> Response[SignInAnswer]:
        """Sign in. The session is in the cookie of the answer; it takes the place of the one that was sent."""
        entered = SignIn(name=data.name, password=data.password, cookie=read_session_cookie(request.scope))
        result = await sign_in(database, entered, origin_of(request.scope))
        cookie = SessionCookie.read(result.cookie) if result.cookie else None
        token = make_token(Caller(session_id=cookie.session_id, csrf_secret=cookie.csrf_secret)) if cookie else None
        return Response(
            SignInAnswer(
                status=result.status,
                person_id=result.person_id,
                session_id=result.session_id,
                csrf_token=token,
                expires_at=result.expires_at,
                locked_until=result.locked_until,
            ),
            cookies=[make_session_cookie(request.scope, cookie.value)] if cookie else None,
        )

    @get("/", operation_id="ListSessions", guards=[signed_in])
    async def list(self, caller: NamedDependency[Caller], database: NamedDependency[Database]) -> Sequence[Session]:
        """List your sessions, the last used first."""
        async with database.read() as reader:
            return await store.get_sessions(reader, person_of(caller), clock.now())

    @delete("/{session_id:uuid}", operation_id="EndSession", status_code=200, guards=[signed_in])
    async def end(
        self,
        request: AnyRequest,
        session_id: FromPath[UUID],
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
    ) -> Response[EndSessionAnswer]:
        """End a session of yours; the one that you are in, to sign out."""
        person_id = person_of(caller)
        command = EndSession(id=session_id, person_id=person_id, actor=origin_of(request.scope).actor(person_id))
        statuses = await answer(database, end_sessions, [command])
        if statuses[0] is EndSessionStatus.NOT_FOUND:
            raise NotFoundException
        is_own = session_id == caller.session_id
        return Response(
            EndSessionAnswer(statuses[0]), cookies=[remove_session_cookie(request.scope)] if is_own else None
        )

    @delete("/", operation_id="EndOtherSessions", status_code=200, guards=[signed_in])
    async def end_others(
        self, request: AnyRequest, caller: NamedDependency[Caller], database: NamedDependency[Database]
    ) -> EndOtherSessionsAnswer:
        """End all your sessions but the one that you are in."""
        person_id = person_of(caller)
        actor = origin_of(request.scope).actor(person_id)
        command = EndOtherSessions(person_id=person_id, keep_id=caller.session_id, actor=actor)
        counts = await answer(database, end_other_sessions, [command])
        return EndOtherSessionsAnswer(counts[0])


class AddressesApi(Controller):
    """The address book."""

    path = "/api/v1/addresses"
    tags = ("addresses",)

    @get("/", operation_id="ListAddresses", guards=[grants("addresses:read")])
    async def list(self, caller: NamedDependency[Caller], database: NamedDependency[Database]) -> Sequence[Address]:
        """Read your address book, the default address first. It has at most 20."""
        async with database.read() as reader:
            return await store.get_addresses(reader, person_of(caller))

    @post("/put", operation_id="PutAddresses", status_code=200, guards=[grants("addresses:write")])
    async def put(
        self, data: AddressBatch, caller: NamedDependency[Caller], database: NamedDependency[Database]
    ) -> Sequence[AddressAnswer]:
        """Write addresses into your book, or over what the same ids said before."""
        person_id = person_of(caller)
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
            )
            for body in data
        ]
        return [AddressAnswer(status) for status in await answer(database, put_addresses, commands)]

    @post("/remove", operation_id="RemoveAddresses", status_code=200, guards=[grants("addresses:write")])
    async def remove(
        self, data: IdBatch, caller: NamedDependency[Caller], database: NamedDependency[Database]
    ) -> Sequence[RemoveAddressAnswer]:
        """Take addresses out of your book."""
        person_id = person_of(caller)
        commands = [RemoveAddress(id=body.id, person_id=person_id) for body in data]
        return [RemoveAddressAnswer(status) for status in await answer(database, remove_addresses, commands)]


class AllowancesApi(Controller):
    """What API keys may spend."""

    path = "/api/v1/allowances"
    tags = ("allowances",)
    guards = (signed_in,)

    @get("/", operation_id="ListAllowances")
    async def list(self, caller: NamedDependency[Caller], database: NamedDependency[Database]) -> Sequence[Allowance]:
        """List your last 100 allowances, the newest first."""
        async with database.read() as reader:
            return await store.get_allowances(reader, person_of(caller))

    @post("/", operation_id="GrantAllowance", status_code=200, opt=rate("password", "30/minute"))
    async def create(
        self,
        request: AnyRequest,
        data: AllowanceBody,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
    ) -> GrantAllowanceResult:
        """Let an API key of yours spend your money up to an amount, until a time, without asking each time."""
        person_id = person_of(caller)
        origin = origin_of(request.scope)
        command = GrantAllowance(
            id=data.id,
            person_id=person_id,
            key_id=data.key_id,
            amount=data.amount,
            expires_at=data.expires_at,
            actor=origin.actor(person_id),
        )
        return await grant_allowance(database, command, data.payment_password, origin)

    @post("/revoke", operation_id="RevokeAllowances", status_code=200)
    async def revoke(
        self,
        request: AnyRequest,
        data: IdBatch,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
    ) -> Sequence[RevokeAllowanceAnswer]:
        """Take back what is left of allowances."""
        person_id = person_of(caller)
        actor = origin_of(request.scope).actor(person_id)
        commands = [RevokeAllowance(id=body.id, person_id=person_id, actor=actor) for body in data]
        return [RevokeAllowanceAnswer(status) for status in await answer(database, revoke_allowances, commands)]


HANDLERS: Final = (PeopleApi, SessionsApi, AddressesApi, AllowancesApi)
"""What the program serves of this module."""


def person_of(caller: Caller) -> UUID:
    """Tell who the caller is, behind a guard that let in only somebody."""
    assert caller.person_id, "a guard stands before this"
    return caller.person_id


async def answer(
    database: Database, operation: Callable[[Transaction, Sequence[C]], Awaitable[list[R]]], commands: Sequence[C]
) -> list[R]:
    """Do the commands of one request in a transaction of its own."""
    return await database.retried(lambda tx: operation(tx, commands))

"""The JSON API of the sandbox beside a live installation: merchants' programs come over, the operator empties it."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from msgspec import Struct

from weiji.twin.beside import Twin, TwinAway
from weiji.twin.desk import empty_twin
from weiji.twin.entering import make_ticket
from weiji.twin.model import ArrivalFault, ArrivalRefused, TwinState, Way
from weiji.web.api import ApiRequest, Batch, operation
from weiji.web.caller import staff
from weiji.web.locales import current
from weiji.web.permissions import Permission


class SandboxAnswer(Struct, kw_only=True):
    """How the sandbox stands, and its address, where there is one."""

    state: TwinState
    url: str | None


class SandboxBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop that you own."""

    shop_id: UUID


class OpenSandboxStatus(StrEnum):
    """How going over ended. Where several apply, the first listed is given."""

    SHOP_NOT_FOUND = "shop_not_found"
    """There is none, or it is not yours."""
    OFF = "off"
    """This installation has no sandbox."""
    STARTING = "starting"
    """It is being started now: ask again in some seconds."""
    FAILED = "failed"
    """It does not answer. It is started again; if that goes on, the operator has to look."""
    SHOP_OFFERED = "shop_offered"
    """The shop is somebody else's in the sandbox, who offers it to a third: that has to be withdrawn first."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """You have 50 keys in the sandbox: revoke one there."""
    OPENED = "opened"


class OpenSandboxAnswer(Struct, kw_only=True):
    """How going over ended. *key* is shown this once."""

    status: OpenSandboxStatus
    url: str | None = None
    """The address that your program calls in place of this one."""
    mchid: str | None = None
    """The shop's number there."""
    key: str | None = None
    """An API key there, with every scope that a merchant can have. Of those that are given out so, five are good."""
    expires_at: datetime | None = None
    """By the sandbox's clock, which may be turned."""


class EmptySandboxStatus(StrEnum):
    """How emptying ended. Where several apply, the first listed is given."""

    OFF = "off"
    """This installation has no sandbox."""
    RUN_ELSEWHERE = "run_elsewhere"
    """Not this process runs it: whoever does empties its database."""
    EMPTIED = "emptied"


class EmptySandboxAnswer(Struct):
    """How emptying ended."""

    status: EmptySandboxStatus


_REFUSED: Final = {
    ArrivalFault.SHOP_OFFERED: OpenSandboxStatus.SHOP_OFFERED,
    ArrivalFault.EXCEEDS_LIMIT: OpenSandboxStatus.EXCEEDS_LIMIT,
}
"""What the owner can do something about. That a ticket is not good is between the two installations."""

SandboxBatch = Batch[SandboxBody]


class SandboxesApi(Controller):
    """The sandbox beside this installation."""

    path = "/api/v1/sandboxes"
    tags = ("sandboxes",)

    @get("/", **operation("GetSandbox", "shops:read"))
    async def show(self, request: ApiRequest, twin: NamedDependency[Twin]) -> SandboxAnswer:
        """Say how the sandbox beside this installation stands."""
        state = await twin.state()
        return SandboxAnswer(state=state, url=None if state is TwinState.OFF else twin.address_for(request))

    @post("/open", **operation("OpenSandboxes", "shops:write"))
    async def open(
        self, request: ApiRequest, data: SandboxBatch, twin: NamedDependency[Twin]
    ) -> list[OpenSandboxAnswer]:
        """Bring shops that you own over to the sandbox, and give your program a key there.

        The shop is made there at the first time. It is we who make the key, and no Idempotency-Key is taken: a stored
        answer would keep the secret.
        """
        return [await self._open(request, body.shop_id, twin) for body in data]

    async def _open(self, request: ApiRequest, shop_id: UUID, twin: Twin) -> OpenSandboxAnswer:
        if not request.caller.may(shop_id, Permission.OWNERSHIP):
            return OpenSandboxAnswer(status=OpenSandboxStatus.SHOP_NOT_FOUND)
        state = await twin.state()
        if state is not TwinState.UP:
            twin.want()
            starts = (TwinState.ASLEEP, TwinState.STARTING)
            return OpenSandboxAnswer(
                status=OpenSandboxStatus.STARTING if state in starts else OpenSandboxStatus(state.value)
            )
        home = (request.settings.url or str(request.base_url)).rstrip("/")
        ticket = await make_ticket(
            request.database, shop_id, request.person_id, Way.PROGRAM, current(), home, request.actor("merchant")
        )
        if ticket is None:
            return OpenSandboxAnswer(status=OpenSandboxStatus.SHOP_NOT_FOUND)
        try:
            found = await twin.admit(ticket)
        except TwinAway:
            return OpenSandboxAnswer(status=OpenSandboxStatus.FAILED)
        except ArrivalRefused as refused:
            return OpenSandboxAnswer(status=_REFUSED.get(refused.fault, OpenSandboxStatus.FAILED))
        return OpenSandboxAnswer(
            status=OpenSandboxStatus.OPENED,
            url=twin.address_for(request),
            mchid=found.mchid,
            key=found.key,
            expires_at=found.expires_at,
        )

    @post("/empty", **operation("EmptySandbox", "platform:write", guards=[staff("operator")]))
    async def empty(self, request: ApiRequest, twin: NamedDependency[Twin]) -> EmptySandboxAnswer:
        """Remove all that is in the sandbox: every shop, order and key. The next who comes over finds a new one."""
        if await twin.state() is TwinState.OFF:
            return EmptySandboxAnswer(EmptySandboxStatus.OFF)
        is_empty = await empty_twin(request.database, twin, request.actor("staff"))
        return EmptySandboxAnswer(EmptySandboxStatus.EMPTIED if is_empty else EmptySandboxStatus.RUN_ELSEWHERE)


ROUTES: Final = (SandboxesApi,)

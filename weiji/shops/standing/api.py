"""The JSON API of shops' standing."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from msgspec import Meta, Struct

from weiji.shops.standing import operations, store
from weiji.shops.standing.model import (
    APPEAL_MAX,
    AppealSuspension,
    AppealSuspensionStatus,
    EndHoliday,
    EndHolidayStatus,
    JudgeAppeal,
    JudgeAppealStatus,
    LiftSuspension,
    LiftSuspensionStatus,
    PutHoliday,
    PutHolidayStatus,
    SuspendShop,
    SuspendShopStatus,
    Suspension,
)
from weiji.shops.standing.store import Listed
from weiji.web.api import After, ApiRequest, Batch, Limit, Moment, Page, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

STAFF: Final = (staff("operator", "arbiter"),)

Days = Annotated[int, Meta(ge=0, le=10_000, description="1 to 365; without it, until it is lifted.")]
Appeal = Annotated[str, Meta(max_length=APPEAL_MAX + 1)]


class PutHolidayBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """When a shop is on holiday, and whether it takes orders meanwhile, to be shipped from `ends_at` on."""

    shop_id: UUID
    starts_at: Moment
    ends_at: Moment
    notice: Typed = ""
    takes_orders: bool = False


class PutHolidayAnswer(Struct):
    """How saying it ended."""

    status: PutHolidayStatus


class EndHolidayBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The shop whose holiday ends now."""

    shop_id: UUID


class EndHolidayAnswer(Struct):
    """How ending it ended."""

    status: EndHolidayStatus


class SuspendShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to forbid a shop, and why."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of `shop_id`.")]
    shop_id: UUID
    stops_sales: bool
    stops_withdrawals: bool
    reason: Typed
    days: Days | None = None


class SuspendShopAnswer(Struct):
    """How suspending ended."""

    status: SuspendShopStatus


class LiftSuspensionBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The suspension to take back, and why."""

    suspension_id: UUID
    reason: Typed


class LiftSuspensionAnswer(Struct):
    """How lifting ended."""

    status: LiftSuspensionStatus


class AppealSuspensionBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the owner says to a suspension."""

    suspension_id: UUID
    shop_id: UUID
    text: Appeal


class AppealSuspensionAnswer(Struct):
    """How appealing ended."""

    status: AppealSuspensionStatus


class JudgeAppealBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """How an appeal is decided, and why."""

    suspension_id: UUID
    is_granted: bool
    reason: Typed


class JudgeAppealAnswer(Struct):
    """How deciding ended."""

    status: JudgeAppealStatus


PutHolidayBatch = Batch[PutHolidayBody]
EndHolidayBatch = Batch[EndHolidayBody]
SuspendBatch = Batch[SuspendShopBody]
LiftBatch = Batch[LiftSuspensionBody]
AppealBatch = Batch[AppealSuspensionBody]
JudgeBatch = Batch[JudgeAppealBody]


class HolidaysApi(Controller):
    """Holidays of shops."""

    path = "/api/v1/holidays"
    tags = ("shops",)

    @post("/put", **operation("PutHolidays", "shops:write", repeat="key_taken"))
    async def put(self, request: ApiRequest, data: PutHolidayBatch) -> Response[list[PutHolidayAnswer]]:
        """Say when shops are on holiday, in the place of what was said before."""
        actor = request.actor("merchant")
        commands = [
            PutHoliday(
                shop_id=request.shop_if_may(body.shop_id, Permission.SHOP),
                starts_at=body.starts_at,
                ends_at=body.ends_at,
                notice=body.notice,
                takes_orders=body.takes_orders,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.put_holidays, "shop_id", commands)

    @post("/end", **operation("EndHolidays", "shops:write", repeat="key_taken"))
    async def end(self, request: ApiRequest, data: EndHolidayBatch) -> Response[list[EndHolidayAnswer]]:
        """End holidays at once, or call them off."""
        actor = request.actor("merchant")
        commands = [
            EndHoliday(shop_id=request.shop_if_may(body.shop_id, Permission.SHOP), actor=actor) for body in data
        ]
        return await run(request, operations.end_holidays, "shop_id", commands)


class SuspensionsApi(Controller):
    """Suspensions of shops."""

    path = "/api/v1/suspensions"
    tags = ("shops",)

    @get("/", **operation("ListSuspensions", "shops:read"))
    async def index(self, request: ApiRequest, shop_id: UUID) -> Page[Suspension]:
        """List the suspensions of a shop that you work for, the latest first: 20 at most."""
        if not request.caller.may(shop_id, Permission.DESK):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await store.list_suspensions_of_shop(reader, shop_id)
        return Page(items=found, next=None)

    @post("/appeal", **operation("AppealSuspensions", "shops:write", repeat="key_taken"))
    async def appeal(self, request: ApiRequest, data: AppealBatch) -> Response[list[AppealSuspensionAnswer]]:
        """Say why suspensions of shops of yours are wrong: once for each."""
        actor = request.actor("merchant")
        commands = [
            AppealSuspension(
                suspension_id=body.suspension_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                text=body.text,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.appeal_suspensions, "suspension_id", commands)

    @post("/create", **operation("SuspendShops", "platform:write", repeat="key_taken", guards=STAFF))
    async def create(self, request: ApiRequest, data: SuspendBatch) -> Response[list[SuspendShopAnswer]]:
        """Forbid shops to sell or to withdraw. Their running orders go on."""
        caller, actor = request.caller, request.actor("staff")
        commands = [
            SuspendShop(
                id=body.id,
                shop_id=body.shop_id,
                stops_sales=body.stops_sales,
                stops_withdrawals=body.stops_withdrawals,
                reason=body.reason,
                days=body.days,
                actor=actor,
                is_own=caller.works_for(body.shop_id),
            )
            for body in data
        ]
        return await run(request, operations.suspend_shops, "id", commands)

    @post("/lift", **operation("LiftSuspensions", "platform:write", repeat="key_taken", guards=STAFF))
    async def lift(self, request: ApiRequest, data: LiftBatch) -> Response[list[LiftSuspensionAnswer]]:
        """Take suspensions back."""
        caller, actor = request.caller, request.actor("staff")
        async with request.database.read() as reader:
            found = await store.get_suspensions(reader, {body.suspension_id for body in data})
        commands = [
            LiftSuspension(
                suspension_id=body.suspension_id,
                reason=body.reason,
                actor=actor,
                is_own=body.suspension_id in found and caller.works_for(found[body.suspension_id].shop_id),
            )
            for body in data
        ]
        return await run(request, operations.lift_suspensions, "suspension_id", commands)

    @post("/judge", **operation("JudgeAppeals", "platform:write", repeat="key_taken", guards=STAFF))
    async def judge(self, request: ApiRequest, data: JudgeBatch) -> Response[list[JudgeAppealAnswer]]:
        """Decide appeals, of suspensions by others. One that is granted lifts its suspension at once."""
        caller, actor = request.caller, request.actor("staff")
        async with request.database.read() as reader:
            found = await store.get_suspensions(reader, {body.suspension_id for body in data})
        commands = [
            JudgeAppeal(
                suspension_id=body.suspension_id,
                is_granted=body.is_granted,
                reason=body.reason,
                actor=actor,
                is_own=body.suspension_id in found and caller.works_for(found[body.suspension_id].shop_id),
            )
            for body in data
        ]
        return await run(request, operations.judge_appeals, "suspension_id", commands)

    @get("/appeals", **operation("ListAppeals", "platform:read", guards=STAFF))
    async def list_appeals(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[Listed]:
        """List the suspensions whose appeals wait for a judgement, the oldest first."""
        async with request.database.read() as reader:
            found = await store.list_appeals(reader, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.appealed_at, last.id) if last else None)

    @get("/all", **operation("ListAllSuspensions", "platform:read", guards=STAFF))
    async def list_all(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[Listed]:
        """List all suspensions, the latest first."""
        async with request.database.read() as reader:
            found = await store.list_suspensions(reader, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.suspended_at, last.id) if last else None)


ROUTES: Final = (HolidaysApi, SuspensionsApi)
"""What the program serves of this module."""

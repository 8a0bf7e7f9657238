"""The JSON API of the operator's staff. A role is given by a proposal of `approvals` (`role_grant`)."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from weiji.identity import (
    StaffChange,
    StaffMember,
    StaffRole,
    TakeSecondFactor,
    TakeSecondFactorResult,
    TakeStaffRole,
    TakeStaffRoleResult,
    list_staff,
    list_staff_changes,
    refuse_payment_passwords,
    take_second_factors,
    take_staff_roles,
)
from weiji.kit import clock
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, PaymentPassword, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.rates import rate


class TakeRoleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whose role to take, and why."""

    person_id: UUID
    role: StaffRole
    reason: Typed
    payment_password: PaymentPassword | None = None


class TakeSecondFactorBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Who lost their phone, and why it is believed."""

    person_id: UUID
    reason: Typed
    payment_password: PaymentPassword | None = None


TakeBatch = Batch[TakeRoleBody]
TakeFactorBatch = Batch[TakeSecondFactorBody]

READERS: Final = (staff("operator", "auditor"),)


class StaffApi(Controller):
    """Who works for the operator."""

    path = "/api/v1/platform/staff"
    tags = ("platform",)

    @get("/", **operation("ListPlatformStaff", "platform:read", guards=READERS))
    async def index(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[StaffMember]:
        """List who works for the operator, in which roles, and who gave them, if you are an operator or an auditor."""
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await list_staff(reader, clock.now(), cursor[0] if cursor else None, limit + 1)
        more = write_cursor(found[limit - 1].person_id) if len(found) > limit else None
        return Page(items=found[:limit], next=more)

    @get("/changes", **operation("ListStaffChanges", "platform:read", guards=READERS))
    async def list_changes(
        self,
        request: ApiRequest,
        person_id: Annotated[UUID | None, QueryParameter(description="Only roles of this person.")] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[StaffChange]:
        """List which roles were given and taken, by whom and why, the latest first. No actor: the command line."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await list_staff_changes(reader, person_id, cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.at, last.id) if last else None)

    @post(
        "/take",
        **operation(
            "TakeStaffRoles", repeat="key_taken", guards=[staff("operator")], opt=rate("staff_password", "30/minute")
        ),
    )
    async def take(self, request: ApiRequest, data: TakeBatch) -> Response[list[TakeStaffRoleResult]]:
        """Take roles from people at once, with the payment password, and end their sessions; or lay down your own."""
        actor = request.actor("staff")
        refusals = await refuse_payment_passwords(request, [body.payment_password for body in data])
        commands = [
            TakeStaffRole(
                person_id=body.person_id,
                roles=(body.role,),
                actor=actor,
                reason=body.reason,
                refusal=refusals[body.payment_password],
            )
            for body in data
        ]
        return await run(request, take_staff_roles, "person_id", commands)

    @post(
        "/take-second-factor",
        **operation(
            "TakeSecondFactors", repeat="key_taken", guards=[staff("operator")], opt=rate("staff_password", "30/minute")
        ),
    )
    async def take_second_factor(
        self, request: ApiRequest, data: TakeFactorBatch
    ) -> Response[list[TakeSecondFactorResult]]:
        """Take the second factor of colleagues who lost their phones, with the payment password; sessions end."""
        actor = request.actor("staff")
        refusals = await refuse_payment_passwords(request, [body.payment_password for body in data])
        commands = [
            TakeSecondFactor(
                person_id=body.person_id,
                actor=actor,
                reason=body.reason,
                refusal=refusals[body.payment_password],
            )
            for body in data
        ]
        return await run(request, take_second_factors, "person_id", commands)


ROUTES: Final = (StaffApi,)
"""What the program serves of this module."""

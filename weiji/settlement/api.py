"""The JSON API of settlement: statements of months, and when shops are paid out."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.identity import proof_in, refuse_changes
from weiji.kit import clock
from weiji.ledger import Kind
from weiji.settlement import statements
from weiji.settlement.model import Every, PayoutOutcome, PutSchedule, PutScheduleResult
from weiji.settlement.operations import get_schedule, put_schedules
from weiji.shops import get_shops
from weiji.web.api import (
    Amount,
    ApiRequest,
    Batch,
    PaymentPassword,
    StepUpCode,
    StepUpPassword,
    operation,
    run,
)
from weiji.web.permissions import Permission
from weiji.web.rates import rate


class ShownLine(Struct, kw_only=True):
    """What movements of one kind brought, or took."""

    kind: str
    is_in: bool
    amount: int
    count: int


class ShownStatement(Struct, kw_only=True):
    """A shop's month, in minor units (fen): `closing` = `opening` + `income` - `outgo`."""

    shop_id: UUID
    month: str
    since: datetime
    until: datetime
    is_over: bool
    opening: int
    income: int
    outgo: int
    closing: int
    lines: list[ShownLine]


class ShownSchedule(Struct, kw_only=True):
    """When a shop is paid out, and what came of the last time."""

    shop_id: UUID
    every: Every
    day: int
    minimum: int
    account_id: UUID | None
    next_at: datetime | None
    last_at: datetime | None
    last_outcome: PayoutOutcome | None
    last_amount: int | None


class PutScheduleBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """When a shop is to be paid out everything that is available, if it is at least `minimum`.

    `day` counts from Monday with `week`, and is the day of the month, up to 28, with `month`.
    """

    shop_id: UUID
    every: Every
    day: Annotated[int, Meta(ge=1, le=28)] = 1
    minimum: Amount = 1
    account_id: UUID | None = None
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


PutScheduleBatch = Batch[PutScheduleBody]
Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}\Z")]


class SettlementApi(Controller):
    """Statements and schedules."""

    path = "/api/v1/settlement"
    tags = ("settlement",)

    @get("/{shop_id:uuid}/statements/{month:str}", **operation("GetStatement", "shops:read"))
    async def show_statement(
        self, request: ApiRequest, shop_id: FromPath[UUID], month: FromPath[str]
    ) -> ShownStatement:
        """Read what a shop's month (`2026-11`, of Shanghai) came to. What is pending and what is available is one."""
        begun = statements.read_month(month)
        if begun is None or not request.caller.may(shop_id, Permission.MONEY):
            raise NotFoundException
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
            if shop is None or month not in statements.months_since(shop.created_at, clock.now()):
                raise NotFoundException
            found = await statements.get_statement(reader, shop_id, begun, clock.now())
        lines = [
            ShownLine(kind=Kind(line.kind).name.lower(), is_in=line.is_in, amount=line.amount, count=line.count)
            for line in found.lines
        ]
        facts = {name: getattr(found, name) for name in found.__struct_fields__ if name != "lines"}
        return ShownStatement(**facts, lines=lines)

    @get("/{shop_id:uuid}/schedule", **operation("GetPayoutSchedule", "shops:read"))
    async def show_schedule(self, request: ApiRequest, shop_id: FromPath[UUID]) -> ShownSchedule:
        """Read when a shop is paid out."""
        if not request.caller.may(shop_id, Permission.MONEY):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_schedule(reader, shop_id)
        return ShownSchedule(**{name: getattr(found, name) for name in found.__struct_fields__})

    @post("/schedules/put", **operation("PutPayoutSchedules", repeat="key_needed", opt=rate("password", "30/minute")))
    async def put_schedules(self, request: ApiRequest, data: PutScheduleBatch) -> Response[list[PutScheduleResult]]:
        """Say when shops are to be paid out: with the payment password, and a `code` of your app, or without one your
        `login_password`.
        """
        actor = request.actor("merchant")
        refusals = await refuse_changes(request, [proof_in(body) for body in data])
        commands = [
            PutSchedule(
                shop_id=request.shop_if_may(body.shop_id, Permission.WITHDRAWALS),
                every=body.every,
                day=body.day,
                minimum=body.minimum,
                account_id=body.account_id,
                actor=actor,
                refusal=refusals[proof_in(body)],
            )
            for body in data
        ]
        return await run(request, put_schedules, "shop_id", commands)


ROUTES: Final = (SettlementApi,)
"""What the program serves of this module."""

"""The JSON API of deposits: what is asked, paid and owed, for shops' staff and the operator's."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji import payments
from weiji.deposits import store
from weiji.deposits.model import (
    Movement,
    PayDeposit,
    PayDepositStatus,
    Stake,
    TakeBackDeposit,
    TakeBackDepositStatus,
)
from weiji.deposits.operations import pay_deposits, take_back_deposits
from weiji.payments import CreatePayment, CreatePaymentStatus, Purpose
from weiji.web.api import After, Amount, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import Bigint, read_cursor, write_cursor
from weiji.web.permissions import Permission

NearShop = Annotated[UUID, Meta(description="Made by you; its last six bits are those of the shop's id.")]
ChannelName = Annotated[str, Meta(min_length=1, max_length=40)]


class StakeAnswer(Struct, kw_only=True):
    """What a shop has at stake, in fen."""

    shop_id: UUID
    required: int
    deposit: int
    lacking: int
    excess: int
    """What may be taken back."""
    owed: int
    available: int
    currency: str = "CNY"
    freeze_days: int


class MovementAnswer(Struct, kw_only=True):
    """What moved a deposit or a debt: more, or, less than 0, less. `order_id` is the order it was taken for."""

    id: UUID
    amount: int
    kind: str
    order_id: UUID | None
    at: datetime


class PayDepositBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money that the shop has available, to be put up."""

    id: NearShop
    shop_id: UUID
    amount: Amount


class PayDepositAnswer(Struct):
    """How putting up money ended."""

    status: PayDepositStatus


class DepositPaymentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money to be put up by a channel."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of your own id.")]
    shop_id: UUID
    amount: Amount
    channel: ChannelName
    device: payments.Device = payments.Device.DESKTOP
    openid: payments.OpenId | None = None


class DepositPaymentAnswer(Struct, kw_only=True):
    """How it began, and where to go to pay."""

    status: CreatePaymentStatus
    pay_url: str | None = None
    pay_way: payments.PayWay | None = None


class TakeBackDepositBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the deposit has beyond what is asked, to be made available."""

    id: NearShop
    shop_id: UUID
    amount: Amount


class TakeBackDepositAnswer(Struct):
    """How taking back ended."""

    status: TakeBackDepositStatus


PayDepositBatch = Batch[PayDepositBody]
DepositPaymentBatch = Batch[DepositPaymentBody]
TakeBackDepositBatch = Batch[TakeBackDepositBody]


def _describe(stake: Stake) -> StakeAnswer:
    return StakeAnswer(
        shop_id=stake.id,
        required=stake.required,
        deposit=stake.deposit,
        lacking=stake.lacking,
        excess=stake.excess,
        owed=stake.owed,
        available=stake.available,
        freeze_days=stake.freeze_days,
    )


def _page(movements: list[Movement], more: int | None) -> Page[MovementAnswer]:
    items = [
        MovementAnswer(id=each.id, amount=each.amount, kind=each.kind.name.lower(), order_id=each.order_id, at=each.at)
        for each in movements
    ]
    return Page(items=items, next=write_cursor(more) if more is not None else None)


def _check(request: ApiRequest, shop_id: UUID) -> None:
    if not (request.caller.may(shop_id, Permission.MONEY) or request.caller.is_staff):
        raise NotFoundException


class DepositsApi(Controller):
    """Deposits of shops, and what shops owe."""

    path = "/api/v1/deposits"
    tags = ("deposits",)

    @get("/", **operation("ListDeposits", "platform:read", guards=[staff()]))
    async def index(
        self, request: ApiRequest, which: store.Which = "all", after: After = None, limit: Limit = 20
    ) -> Page[StakeAnswer]:
        """List what shops have at stake, the newest shop first, for the operator's staff."""
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await store.list_stakes(reader, which, cursor[0] if cursor else None, limit + 1)
        more = write_cursor(found[limit - 1].id) if len(found) > limit else None
        return Page(items=[_describe(stake) for stake in found[:limit]], next=more)

    @get("/{shop_id:uuid}", **operation("GetDeposit", "shops:read"))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> StakeAnswer:
        """Read what a shop of yours has at stake."""
        _check(request, shop_id)
        async with request.database.read() as reader:
            stakes = await store.get_stakes(reader, [shop_id])
        if shop_id not in stakes:
            raise NotFoundException
        return _describe(stakes[shop_id])

    @get("/{shop_id:uuid}/movements", **operation("ListDepositMovements", "shops:read"))
    async def list_movements(
        self, request: ApiRequest, shop_id: FromPath[UUID], after: After = None, limit: Limit = 20
    ) -> Page[MovementAnswer]:
        """Read what moved the deposit of a shop of yours, the last first."""
        _check(request, shop_id)
        cursor = read_cursor(after, tuple[Bigint])
        async with request.database.read() as reader:
            return _page(*await store.get_deposit_movements(reader, shop_id, cursor[0] if cursor else None, limit))

    @get("/{shop_id:uuid}/debt", **operation("ListDebtMovements", "shops:read"))
    async def list_debt(
        self, request: ApiRequest, shop_id: FromPath[UUID], after: After = None, limit: Limit = 20
    ) -> Page[MovementAnswer]:
        """Read what moved what a shop of yours owes, the last first."""
        _check(request, shop_id)
        cursor = read_cursor(after, tuple[Bigint])
        async with request.database.read() as reader:
            return _page(*await store.get_debt_movements(reader, shop_id, cursor[0] if cursor else None, limit))

    @post("/pay", **operation("PayDeposits", "shops:write", repeat="key_needed"))
    async def pay(self, request: ApiRequest, data: PayDepositBatch) -> Response[list[PayDepositAnswer]]:
        """Put up what shops of yours have available."""
        actor = request.actor("merchant")
        commands = [
            PayDeposit(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.WITHDRAWALS),
                amount=body.amount,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, pay_deposits, "id", commands)

    @post("/pay-by-channel", **operation("PayDepositsByChannel", repeat="key_needed", opt={"finds": True}))
    async def pay_by_channel(
        self, request: ApiRequest, data: DepositPaymentBatch
    ) -> Response[list[DepositPaymentAnswer]]:
        """Begin to pay deposits of shops of yours by a channel: go to `pay_url` to pay."""
        actor, person_id = request.actor("merchant"), request.person_id
        for body in data:
            if not request.caller.may(body.shop_id, Permission.WITHDRAWALS):
                raise NotFoundException
        commands = [
            CreatePayment(
                id=body.id,
                payer_id=person_id,
                subject_id=body.shop_id,
                payee_id=body.shop_id,
                purpose=Purpose.DEPOSIT,
                amount=body.amount,
                channel=body.channel,
                actor=actor,
            )
            for body in data
        ]

        async def finish(results: list[Any]) -> list[Any]:
            told = list(zip(data, results, strict=True))
            asked = [
                (body.id, body.device, body.openid)
                for body, result in told
                if result["status"] in ("created", "exists")
            ]
            started = await payments.start_payments_on(request.database, request.lanes, asked, actor.address)
            return [{**result, **payments.way_of(started.get(body.id))} for body, result in told]

        return await run(request, payments.create_payments, "payer_id", commands, finish)

    @post("/take-back", **operation("TakeBackDeposits", "shops:write", repeat="key_needed"))
    async def take_back(self, request: ApiRequest, data: TakeBackDepositBatch) -> Response[list[TakeBackDepositAnswer]]:
        """Make available what deposits of shops of yours have beyond what is asked."""
        actor = request.actor("merchant")
        commands = [
            TakeBackDeposit(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.WITHDRAWALS),
                amount=body.amount,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, take_back_deposits, "id", commands)


ROUTES: Final = (DepositsApi,)
"""What the program serves of this module."""

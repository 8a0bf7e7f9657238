"""A shop's deposit and what it owes, for its staff."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji import payments
from weiji.deposits import store, words
from weiji.deposits.model import PayDeposit, PayDepositStatus, Stake, TakeBackDeposit, TakeBackDepositStatus
from weiji.deposits.operations import pay_deposits, take_back_deposits
from weiji.kit.ids import new_id
from weiji.kit.money import format_yuan, parse_yuan, plain_yuan
from weiji.payments import BALANCE, CreatePayment, CreatePaymentStatus, Purpose, channel_word
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Lines on one page of a list."""

AVAILABLE: Final = "available"
"""How the form names the money that the shop has, beside the channels."""

PAYMENT_MAX: Final = 10**11
"""The most that one payment may bring, in fen."""


class DepositPages(Controller):
    """The deposit, and the ways in and out of it."""

    path = "/merchant/{shop_id:uuid}/deposit"
    guards = (shop_staff(Permission.MONEY),)
    include_in_schema = False

    @get("/")
    async def show(
        self, request: WebRequest, shop_id: FromPath[UUID], before: FromQuery[int | None] = None
    ) -> Response[str]:
        """Show what is asked and what is there, and what moved it."""
        return await _show(request, shop_id, before=before)

    @post("/payment", status_code=303, guards=(shop_staff(Permission.WITHDRAWALS),), opt=rate("deposits", "20/minute"))
    async def pay(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Pay into the deposit: out of what the shop has, or at the page of a channel."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("amount", "way")}
        amount = parse_yuan(given["amount"])
        if amount is None or not 1 <= amount <= PAYMENT_MAX:
            return await _show(request, shop_id, given, {"amount": _("请写一个金额，例如 1234.50。")})
        here = f"/merchant/{shop_id}/deposit"
        if given["way"] == AVAILABLE:
            command = PayDeposit(
                id=form.id_near("id", shop_id),
                shop_id=shop_id,
                amount=amount,
                actor=request.actor("merchant"),
            )
            status = await request.batchers.of(pay_deposits).submit(command)
            if status in (PayDepositStatus.PAID, PayDepositStatus.EXISTS):
                toast = _("交了 ¥%(amount)s 保证金。", amount=format_yuan(amount))
                return redirect(request, here, toast=toast)
            return await _show(request, shop_id, given, {"amount": words.paying_error(status)})
        if given["way"] not in _channels():
            return await _show(request, shop_id, given, {"way": _("请选一种付法。")})
        payment = CreatePayment(
            id=form.id_near("payment_id", request.person_id),
            payer_id=request.person_id,
            subject_id=shop_id,
            payee_id=shop_id,
            purpose=Purpose.DEPOSIT,
            amount=amount,
            channel=given["way"],
            actor=request.actor("merchant"),
        )
        made = await request.batchers.of(payments.create_payments).submit(payment)
        if made not in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS):
            return await _show(request, shop_id, given, {"amount": words.paying_error(made)})
        (started,) = await payments.start_payments(
            request.database, request.lanes, [payment.id], payments.payer_of(request)
        )
        return redirect(request, (payments.pay_path(started) if started else None) or f"/cashier/{payment.id}")

    @post("/return", status_code=303, guards=(shop_staff(Permission.WITHDRAWALS),), opt=rate("deposits", "20/minute"))
    async def take_back(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Make available what is there beyond what is asked."""
        form = await read_form(request)
        given = {"back": form.text("back")}
        amount = parse_yuan(given["back"])
        if amount is None or amount < 1:
            return await _show(request, shop_id, given, {"back": _("请写一个金额，例如 1234.50。")})
        command = TakeBackDeposit(
            id=form.id_near("id", shop_id), shop_id=shop_id, amount=amount, actor=request.actor("merchant")
        )
        status = await request.batchers.of(take_back_deposits).submit(command)
        if status in (TakeBackDepositStatus.TAKEN_BACK, TakeBackDepositStatus.EXISTS):
            toast = _("¥%(amount)s 回到可提现了。", amount=format_yuan(amount))
            return redirect(request, f"/merchant/{shop_id}/deposit", toast=toast)
        return await _show(request, shop_id, given, {"back": words.taking_back_error(status)})


class DebtPages(Controller):
    """What a shop owes: since when, for which order, and what repaid it."""

    path = "/merchant/{shop_id:uuid}/debt"
    guards = (shop_staff(Permission.MONEY),)
    include_in_schema = False

    @get("/")
    async def show(
        self, request: WebRequest, shop_id: FromPath[UUID], before: FromQuery[int | None] = None
    ) -> Response[str]:
        """Show what is owed, and what moved it."""
        async with request.database.read() as reader:
            stake = await _stake(reader, shop_id)
            movements, more = await store.get_debt_movements(reader, shop_id, before, PAGE)
        return page(
            request,
            "deposits/merchant_debt.html",
            shop=stake,
            stake=stake,
            movements=movements,
            word=words.debt_word,
            more=more,
        )


async def _stake(reader: Any, shop_id: UUID) -> Stake:
    stake = (await store.get_stakes(reader, [shop_id])).get(shop_id)
    if stake is None:
        raise NotFoundException
    return stake


def _channels() -> list[str]:
    return sorted(payments.REGISTRY.names - {BALANCE})


async def _show(
    request: WebRequest,
    shop_id: UUID,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    before: int | None = None,
) -> Response[str]:
    async with request.database.read() as reader:
        stake = await _stake(reader, shop_id)
        movements, more = await store.get_deposit_movements(reader, shop_id, before, PAGE)
    ways = [
        {
            "value": AVAILABLE,
            "label": _("可提现的钱"),
            "note": _("现有 ¥%(amount)s", amount=format_yuan(stake.available)),
        },
        *({"value": name, "label": channel_word(name)} for name in _channels()),
    ]
    wanted = given or {}
    usual = AVAILABLE if stake.available >= max(stake.lacking, 1) or len(ways) == 1 else ways[1]["value"]
    return page(
        request,
        "deposits/merchant_deposit.html",
        status_code=422 if errors else 200,
        shop=stake,
        stake=stake,
        movements=movements,
        word=words.deposit_word,
        more=more,
        ways=ways,
        given={
            "amount": wanted.get("amount", _amount(stake.lacking)),
            "way": wanted.get("way", usual),
            "back": wanted.get("back", _amount(stake.excess)),
        },
        errors=errors or {},
        id=str(new_id(shop_id)),
        payment_id=str(new_id(request.caller.person_id)),
    )


def _amount(fen: int) -> str:
    return plain_yuan(fen) if fen else ""


ROUTES: Final = (DepositPages, DebtPages)
"""What the program serves of this module."""

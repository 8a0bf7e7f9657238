"""Where a payer pays by a channel that is somewhere else, and where they come back to."""

import time
from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import structlog
from litestar import Controller, get, post
from litestar.exceptions import NotAuthorizedException, NotFoundException
from litestar.params import FromPath
from litestar.response import Response, ServerSentEvent, ServerSentEventMessage

from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.live import Live
from weiji.payments import operations
from weiji.payments.calls import start_for
from weiji.payments.channels import REGISTRY, Device, Payer
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.model import Payment, PaymentStatus, PayWay, Purpose
from weiji.payments.words import is_other_amount, payer_word, result_path, ways_path
from weiji.web import Caller, page, redirect
from weiji.web.actors import address_of
from weiji.web.csrf import FROM_ELSEWHERE
from weiji.web.qr import qr_inline
from weiji.web.requests import WebRequest

STREAM_SECONDS_MAX: Final = 600
"""How long a page is followed; then it asks for itself again."""

TOLD_MAX: Final = 512
"""Characters of what an address says of a payer who comes back."""

log = structlog.get_logger("weiji.channels")

KEEP_ALIVE: Final = 20.0


class CashierPages(Controller):
    """Paying a payment of one's own."""

    path = "/cashier/{payment_id:uuid}"
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, payment_id: FromPath[UUID]) -> Response[str]:
        """Show how to pay: a way to the channel's page, a code to read, or what to write on a transfer."""
        return await _show(request, payment_id, is_back=False)

    @get("/return")
    async def come_back(self, request: WebRequest, payment_id: FromPath[UUID]) -> Response[str]:
        """Wait for the money of whoever comes back from the channel's page. What its address says is not believed."""
        return await _show(request, payment_id, is_back=True)

    @get("/payer")
    async def take_payer(self, request: WebRequest, payment_id: FromPath[UUID]) -> Response[str]:
        """Go on with a payer who was asked by the channel who they are: now it can be asked for the money."""
        payment = await _payment_of(request.database, request.caller, payment_id)
        channel = REGISTRY.find(payment.channel)
        if payment.is_waiting and channel is not None:
            told = {name: value for name, value in request.query_params.items() if len(value) <= TOLD_MAX}
            try:
                openid = await channel.identify(payment, told)
            except GatewaySilent as silence:
                log.warning("a channel did not say who pays", channel=payment.channel, reason=str(silence))
                openid = None
            if openid is not None:
                payer = Payer(device=Device.WECHAT, address=address_of(request.scope), openid=openid)
                await start_for(request.database, request.lanes, [payment], payer)
        return redirect(request, f"/cashier/{payment_id}")

    @post("/return", status_code=303, opt={FROM_ELSEWHERE: True, "without_caller": True})
    async def take_back(self, request: WebRequest, payment_id: FromPath[UUID]) -> Response[str]:
        """Lead on whoever a channel sends back with a form of its own, of which nothing is read."""
        return redirect(request, f"/cashier/{payment_id}/return")

    @get("/live")
    async def follow(self, request: WebRequest, payment_id: FromPath[UUID]) -> ServerSentEvent:
        """Tell the page when the payment has ended."""
        await _payment_of(request.database, request.caller, payment_id)
        return ServerSentEvent(_follow(request.database, request.live, payment_id))


async def _payment_of(database: Database, caller: Caller, payment_id: UUID) -> Payment:
    async with database.read() as reader:
        (payment,) = await operations.get_payments(reader, [payment_id])
    if payment is None:
        raise NotFoundException
    # Whoever pays an order of a merchant's own program needs no account: they have its id.
    if payment.purpose is not Purpose.MERCHANT_ORDER and payment.payer_id != caller.person_id:
        if not caller.is_signed_in:
            raise NotAuthorizedException
        raise NotFoundException
    return payment


async def _show(request: WebRequest, payment_id: UUID, *, is_back: bool) -> Response[str]:
    payment = await _payment_of(request.database, request.caller, payment_id)
    way = result_path(payment)
    if payment.status is PaymentStatus.SUCCEEDED and not is_other_amount(payment):
        return redirect(request, way)
    url = payment.pay_url if payment.is_waiting else None
    channel = REGISTRY.find(payment.channel)
    is_over = payment.expires_at is not None and payment.expires_at <= clock.now()
    describe = getattr(channel, "describe_transfer", None)
    return page(
        request,
        "payments/cashier.html",
        payment=payment,
        is_waiting=payment.is_waiting,
        is_back=is_back,
        is_other_amount=is_other_amount(payment),
        is_over=is_over,
        # Before its time it is closed for an order that was paid another way, or closed.
        may_be_needless=payment.status is PaymentStatus.CLOSED and payment.purpose.is_trade and not is_over,
        word=payer_word(payment.channel),
        way=way,
        ways=ways_path(payment),
        url=url if payment.pay_way is PayWay.PAGE else None,
        code=qr_inline(url) if url is not None and payment.pay_way is PayWay.CODE else None,
        is_trial=request.settings.mode != "live",
        jsapi=url if payment.pay_way is PayWay.JSAPI else None,
        transfer=describe(payment) if url is not None and payment.pay_way is PayWay.TRANSFER and describe else None,
    )


async def _follow(database: Database, live: Live, payment_id: UUID) -> AsyncIterator[ServerSentEventMessage]:
    until = time.monotonic() + STREAM_SECONDS_MAX
    with live.watch(payment_id) as watch:
        watch.changed.set()  # What happened since the page was made counts, too.
        async for has_changed in watch.changes(KEEP_ALIVE):
            if has_changed:
                async with database.read() as reader:
                    (payment,) = await operations.get_payments(reader, [payment_id])
                if payment is None or not payment.is_waiting:
                    again = f'hx-get="/cashier/{payment_id}" hx-trigger="load" hx-target=".column" hx-select=".column"'
                    yield ServerSentEventMessage(data=f'<span {again} hx-swap="outerHTML"></span>')
                    return
            if time.monotonic() > until:
                return
            yield ServerSentEventMessage(comment="here")


ROUTES: Final = (CashierPages,)

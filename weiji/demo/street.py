"""A busy street: people who walk by, order and pay; shops that ship; by the operations that everybody uses."""

import asyncio
from datetime import timedelta
from functools import partial
from random import Random
from typing import Final
from uuid import UUID

import structlog

from weiji import payments
from weiji.aftersale import AgreeCase, AskCase, CaseKind, Reason, agree_cases, ask_cases
from weiji.catalog import get_skus_for_sale
from weiji.demo.people import BUYERS
from weiji.demo.town import CARRIERS, OWNERS, Article, Customer, Trade, articles, customers, freight_of, label
from weiji.events import Actor
from weiji.inventory import SetStock, get_stock, set_stock
from weiji.kit.batch import QueueFull, Unavailable
from weiji.kit.db import UNREACHABLE
from weiji.kit.ids import new_id
from weiji.orders import (
    CloseOrder,
    ConfirmOrder,
    Order,
    OrderItem,
    PlaceOrder,
    PlaceStatus,
    ShipParcel,
    State,
    close_orders,
    confirm_orders,
    get_order,
    place_orders,
    ship_parcels,
)
from weiji.payments import BALANCE, CreatePayment, CreatePaymentStatus, SandboxChannel, TopUpWallet
from weiji.payments.channels.sandbox import ActOnCharge, ChargeVerb, act_on_charges
from weiji.program import Program

TRADES_PER_SECOND: Final = 5.0
LASTS: Final = timedelta(minutes=3)
"""A street gets quiet by itself."""

AT_ONCE: Final = 64
"""Trades under way at a time, at most."""

PATIENCE: Final = 10.0
"""Seconds that somebody waits for their money to arrive."""

STOCK_LOW: Final = 50
STOCK_FULL: Final = 400
"""A shop that has fewer of a SKU gets new ones before the street fills."""

log = structlog.get_logger("weiji.demo")


class Street:
    """The street of one process. It is quiet until somebody starts it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.random = Random()  # noqa: S311 - Who buys what is no secret.
        # The three of the bar do their own shopping.
        self.strollers = customers()[len(BUYERS) :]
        self.finished = 0
        self.failed = 0
        self._articles: list[Article] = []
        self._trades: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._until = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether people come."""
        return self._task is not None and not self._task.done() and not self._closing.is_set()

    def start(self, lasts: timedelta = LASTS) -> None:
        """Let people come for a while; those who come already stay longer."""
        self._until = asyncio.get_running_loop().time() + lasts.total_seconds()
        if not self.is_busy:
            self._closing = asyncio.Event()
            self._task = self.program.begin(self._run(self._closing), "street")

    def stop(self) -> None:
        """Let nobody new come; who is there finishes."""
        self._closing.set()

    async def wait(self) -> None:
        """Wait until the last one has left."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self, closing: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        try:
            await self._stock_up()
            while not closing.is_set() and loop.time() < self._until:
                if len(self._trades) < AT_ONCE:
                    trade = loop.create_task(self._try_trade(self.random.choice(self.strollers)))
                    self._trades.add(trade)
                    trade.add_done_callback(self._trades.discard)
                await asyncio.sleep(self.random.uniform(0.5, 1.5) / TRADES_PER_SECOND)
            closing.set()
            if self._trades:
                await asyncio.wait(self._trades)
        finally:
            for trade in self._trades:
                trade.cancel()

    async def _stock_up(self) -> None:
        """Fill the shelves where they are nearly empty, and see what is for sale."""
        wanted = {article.sku_id: article for article in articles()}
        async with self.program.database.read() as reader:
            stock = await get_stock(reader, list(wanted))
            skus = await get_skus_for_sale(reader, list(wanted))
        settings = [
            SetStock(
                sku_id=found.sku_id,
                shop_id=found.shop_id,
                on_hand=STOCK_FULL + found.held,
                actor=OWNERS[found.shop_id],
            )
            for found in stock
            if found is not None and found.available < STOCK_LOW
        ]
        if settings:
            await self.program.batchers.of(set_stock, "sku_id").submit_all(settings)
        # At the price of today: a merchant may have changed it.
        self._articles = [
            Article(sku.shop_id, sku.sku_id, sku.price, sku.freight) for sku in skus if sku and sku.is_listed
        ]

    async def _try_trade(self, customer: Customer) -> None:
        try:
            await self._trade(customer)
            self.finished += 1
        except (QueueFull, Unavailable, *UNREACHABLE) as error:
            self.failed += 1
            if not self.program.database.outage.tells(error):
                log.info("a trade on the street was given up", error=str(error))

    async def _trade(self, customer: Customer) -> None:
        """Browse, order, pay, and see it through; now and then something else happens on the way."""
        if not self._articles:
            return
        await self._linger()
        article = self.random.choice(self._articles)
        order_id = new_id(article.shop_id)
        trade = Trade(order_id, article.shop_id, customer)
        quantity = self.random.choice((1, 1, 1, 2, 3))
        command = PlaceOrder(
            id=order_id,
            shop_id=article.shop_id,
            buyer_id=customer.id,
            buyer_name=customer.name,
            items=(OrderItem(article.sku_id, quantity, article.price),),
            address=customer.address,
            freight=freight_of([(article, quantity)], customer.address),
            actor=Actor("buyer", customer.id),
        )
        placed = await self.program.batchers.of(place_orders).submit(command)
        if placed.status is not PlaceStatus.PLACED:
            return
        fate = self.random.random()
        if fate < 0.04:
            return  # Thought better of it: the clock closes the order.
        if fate < 0.20:
            await self._pay_outside(trade, placed.total, is_late=fate < 0.08)
        else:
            await self._pay_from_wallet(trade, placed.total)
        order = await self._wait_for_money(order_id)
        if order is None or order.state is not State.PAID:
            return
        await self._linger()
        if self.random.random() < 0.05:
            await self._give_back(trade, quantity)
            return
        await self._ship(trade, order.units)
        await self._linger()
        if self.random.random() < 0.9:
            confirm = ConfirmOrder(order_id=order_id, actor=Actor("buyer", customer.id))
            await self.program.batchers.of(confirm_orders, "order_id").submit(confirm)

    async def _linger(self) -> None:
        await asyncio.sleep(self.random.uniform(0.2, 1.2))

    def _payment(self, trade: Trade, amount: int, channel: str) -> CreatePayment:
        return CreatePayment(
            id=new_id(trade.customer.id),
            payer_id=trade.customer.id,
            subject_id=trade.order_id,
            payee_id=trade.shop_id,
            amount=amount,
            channel=channel,
            actor=Actor("buyer", trade.customer.id),
        )

    async def _pay_from_wallet(self, trade: Trade, amount: int) -> None:
        batcher = self.program.batchers.of(payments.create_payments)
        status = await batcher.submit(self._payment(trade, amount, BALANCE))
        if status is CreatePaymentStatus.INSUFFICIENT_FUNDS:
            person_id = trade.customer.id
            top_up = TopUpWallet(
                id=new_id(person_id),
                person_id=person_id,
                amount=max(amount, 1_000_000),
                actor=Actor("buyer", person_id),
            )
            await self.program.batchers.of(payments.top_up_wallets).submit(top_up)
            await batcher.submit(self._payment(trade, amount, BALANCE))

    async def _pay_outside(self, trade: Trade, amount: int, *, is_late: bool) -> None:
        """Pay at the acquirer. Who is late finds the order closed: the money reopens it, or goes back."""
        program = self.program
        payment = self._payment(trade, amount, SandboxChannel.name)
        await program.batchers.of(payments.create_payments).submit(payment)
        await payments.start_payments(program.database, program.lanes, [payment.id])
        if is_late:
            close = CloseOrder(order_id=trade.order_id, shop_id=trade.shop_id, actor=OWNERS[trade.shop_id])
            await program.batchers.of(close_orders, "order_id").submit(close)
        act = ActOnCharge(id=payment.id, verb=ChargeVerb.PAY, actor=payment.actor)
        await program.database.retried(partial(act_on_charges, commands=[act]))

    async def _wait_for_money(self, order_id: UUID) -> Order | None:
        """Read the order once its money is there; as it is, if nothing comes."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        with self.program.live.watch(order_id) as watch:
            order = await self._read(order_id)
            async for _ in watch.changes(1.0):
                if order is None or order.paid_at or asyncio.get_running_loop().time() > deadline:
                    return order
                order = await self._read(order_id)
        return order

    async def _read(self, order_id: UUID) -> Order | None:
        async with self.program.database.read() as reader:
            return await get_order(reader, order_id)

    async def _give_back(self, trade: Trade, quantity: int) -> None:
        ask = AskCase(
            id=new_id(trade.shop_id),
            order_id=trade.order_id,
            line=1,
            kind=CaseKind.CANCEL,
            quantity=quantity,
            reason=Reason.NOT_WANTED,
            actor=Actor("buyer", trade.customer.id),
        )
        await self.program.batchers.of(ask_cases, "order_id").submit(ask)
        await self._linger()
        agree = AgreeCase(case_id=ask.id, shop_id=trade.shop_id, actor=OWNERS[trade.shop_id])
        await self.program.batchers.of(agree_cases, "case_id").submit(agree)

    async def _ship(self, trade: Trade, units: int) -> None:
        """Send what was ordered; of more than one, sometimes in two parcels."""
        parts: list[tuple[tuple[int, int], ...] | None] = [None]
        if units > 1 and self.random.random() < 0.3:
            parts = [((1, 1),), None]
        for lines in parts:
            carrier = self.random.choice(CARRIERS)
            command = ShipParcel(
                id=new_id(trade.shop_id),
                order_id=trade.order_id,
                shop_id=trade.shop_id,
                actor=OWNERS[trade.shop_id],
                carrier=carrier,
                tracking_number=label(carrier, self.random.getrandbits(64)),
                lines=lines,
            )
            await self.program.batchers.of(ship_parcels, "order_id").submit(command)

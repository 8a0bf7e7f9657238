"""A small market for tests: people, a shop, goods in stock, money in wallets; and the verbs of a trade in one word."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from tests.identity.people import PASSWORD_HASH
from weiji import coupons, payments
from weiji.catalog import Option, ProductState, SaveProduct, SaveProductStatus, SaveSku, save_products
from weiji.events import Actor
from weiji.events.outbox import Deliverer
from weiji.identity import SignUpPerson, sign_up_people
from weiji.inventory import SetStock, get_stock, lock_stock, set_stock
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.kit.seal import KEY_BYTES, KEYS
from weiji.ledger import chart, lookup_accounts
from weiji.orders import (
    Address,
    CloseOrder,
    ConfirmOrder,
    MoveStatus,
    Order,
    OrderItem,
    PlaceOrder,
    PlaceResult,
    ShipParcel,
    get_order,
)
from weiji.orders import operations as orders
from weiji.orders.handlers import Reactions
from weiji.payments import CreatePayment, CreatePaymentStatus, TopUpWallet
from weiji.shops import CloseShop, OpenShop, OpenShopStatus, VerifyShop, close_shops, open_shops, verify_shops
from weiji.subscriptions import subscriptions

ADDRESS = Address(name="李雷", phone="13800138000", region="浙江省杭州市西湖区", detail="文三路 1 号")


def person(id: UUID) -> SignUpPerson:
    """Make somebody sign up."""
    return SignUpPerson(
        id=id,
        handle=f"p{id.hex[-12:]}",
        phone=None,
        display_name="某人",
        locale="zh-CN",
        password_hash=PASSWORD_HASH,
        actor=Actor("person", id),
    )


class Market:
    """One shop with one product, whose SKUs cost 9,800 and 19,800 fen."""

    def __init__(self, database: Database, lanes: Lanes) -> None:
        self.database = database
        self.batchers = Batchers(database, lanes)
        self.deliverer = Deliverer(database, subscriptions(self.batchers), lanes)
        self.reactions = Reactions(self.batchers)
        self.shop_id = new_id()
        self.seller_id = new_id()
        self.skus = [new_id(self.shop_id), new_id(self.shop_id)]
        self.prices = [9_800, 19_800]

    async def open(self, stock: int = 100) -> None:
        """Open the shop, and put goods on its shelves."""
        await self.deliverer.install()
        seller = Actor("person", self.seller_id)
        async with self.database.transaction() as tx:
            await sign_up_people(tx, [person(self.seller_id)])
            opened = await open_shops(
                tx,
                [
                    OpenShop(
                        id=self.shop_id,
                        handle=f"s{self.shop_id.hex[-12:]}",
                        name="小店",
                        owner_id=self.seller_id,
                        actor=seller,
                    )
                ],
            )
            assert opened == [OpenShopStatus.CREATED]
            await verify_shops(tx, [VerifyShop(shop_id=self.shop_id, actor=seller)])
            product = SaveProduct(
                id=new_id(self.shop_id),
                shop_id=self.shop_id,
                title="青花瓷茶杯",
                skus=tuple(
                    SaveSku(id=sku, choices=(name,), price=price)
                    for sku, price, name in zip(self.skus, self.prices, ("小", "大"), strict=True)
                ),
                options=(Option(name="尺寸", values=("小", "大")),),
                actor=seller,
                state=ProductState.LISTED,
            )
            saved = await save_products(tx, [product])
            assert saved[0].status is SaveProductStatus.CREATED, saved
            await set_stock(
                tx, [SetStock(sku_id=sku, shop_id=self.shop_id, on_hand=stock, actor=seller) for sku in self.skus]
            )

    async def fund(self, people: Sequence[UUID], amount: int) -> None:
        """Put money into wallets."""
        top_ups = [TopUpWallet(id=new_id(p), person_id=p, amount=amount, actor=Actor("person", p)) for p in people]
        await self.batchers.of(payments.top_up_wallets).submit_all(top_ups)
        await self.settle_events()

    async def place(
        self, buyer: UUID, *, id: UUID | None = None, sku: int = 0, quantity: int = 1
    ) -> tuple[UUID, PlaceResult]:
        """Place an order for one line."""
        command = PlaceOrder(
            id=id or new_id(self.shop_id),
            shop_id=self.shop_id,
            buyer_id=buyer,
            buyer_name="买家",
            items=(OrderItem(self.skus[sku], quantity, self.prices[sku]),),
            address=ADDRESS,
            actor=Actor("buyer", buyer),
        )
        return command.id, await self.batchers.of(orders.place_orders).submit(command)

    async def pay(
        self, buyer: UUID, order_id: UUID, *, id: UUID | None = None, amount: int | None = None
    ) -> CreatePaymentStatus:
        """Pay an order from the wallet, and let the money arrive."""
        order = await self.order(order_id)
        command = CreatePayment(
            id=id or new_id(buyer),
            payer_id=buyer,
            subject_id=order_id,
            payee_id=self.shop_id,
            amount=order.total if amount is None else amount,
            channel=payments.BALANCE,
            actor=Actor("buyer", buyer),
        )
        status = await self.batchers.of(payments.create_payments).submit(command)
        await self.settle_events()
        return status

    async def ship(
        self, order_id: UUID, lines: tuple[tuple[int, int], ...] | None = None, *, id: UUID | None = None
    ) -> MoveStatus:
        """Ship what is left, or some lines."""
        command = ShipParcel(
            id=id or new_id(self.shop_id),
            order_id=order_id,
            shop_id=self.shop_id,
            carrier="顺丰",
            tracking_number="SF1234567890",
            lines=lines,
            actor=Actor("merchant", self.seller_id),
        )
        return await self.batchers.of(orders.ship_parcels, "order_id").submit(command)

    async def confirm(self, buyer: UUID, order_id: UUID) -> MoveStatus:
        """Confirm receipt."""
        command = ConfirmOrder(order_id=order_id, actor=Actor("buyer", buyer))
        return await self.batchers.of(orders.confirm_orders, "order_id").submit(command)

    async def close(self, actor: Actor, order_id: UUID) -> MoveStatus:
        """Close an unpaid order."""
        command = CloseOrder(order_id=order_id, shop_id=self.shop_id, actor=actor)
        return await self.batchers.of(orders.close_orders, "order_id").submit(command)

    async def close_shop(self) -> None:
        """Have the shop's owner close it, with an account for what is left."""
        KEYS.use(bytes(range(KEY_BYTES)))
        owner = Actor("merchant", self.seller_id)
        account = payments.CreatePayoutAccount(
            id=new_id(self.shop_id),
            owner_id=self.shop_id,
            holder="小店",
            bank="工商银行",
            number="6222020000000000",
            actor=owner,
        )
        async with self.database.transaction() as tx:
            await payments.create_payout_accounts(tx, [account])
            await close_shops(tx, [CloseShop(shop_id=self.shop_id, account_id=account.id, actor=owner)])

    async def settle_events(self) -> None:
        """Deliver all that is due, until nothing is."""
        await self.deliverer.drain()

    async def turn(self, by: timedelta) -> None:
        """Turn the clock of this process, and do what then is due."""
        clock.CLOCK.follow(clock.CLOCK.offset + by)
        while await self.reactions.meet_deadlines(self.database, 500):
            pass
        await self.settle_events()

    async def order(self, order_id: UUID) -> Order:
        """Read an order."""
        async with self.database.read() as reader:
            order = await get_order(reader, order_id)
        assert order is not None
        return order

    async def balance(self, account: UUID) -> int:
        """Read what a credit account has."""
        async with self.database.read() as reader:
            found = await lookup_accounts(reader, [account])
        return found[0].credits_posted - found[0].debits_posted if found else 0

    async def balance_of(self, person: UUID) -> int:
        """Read what is in a wallet."""
        return await self.balance(chart.wallet(person).id)

    async def money(self, buyer: UUID, order_id: UUID) -> dict[str, int]:
        """Say where an order's money is."""
        return {
            "wallet": await self.balance_of(buyer),
            "escrow": await self.balance(chart.escrow(order_id).id),
            "pending": await self.balance(chart.merchant_pending(self.shop_id).id),
            "available": await self.balance(chart.merchant_available(self.shop_id).id),
        }

    async def stock(self, sku: int = 0) -> tuple[int, int, int]:
        """Read on hand, held and sold."""
        async with self.database.read() as reader:
            found = (await get_stock(reader, [self.skus[sku]]))[0]
        assert found is not None
        return found.on_hand, found.held, found.sold


WAITING: Final = "select count(*) from pg_locks where not granted and $1 = any (pg_blocking_pids(pid))"
"""Who waits for a process. Whoever else uses the server waits for others."""


async def until_it_waits(database: Database, doing: "asyncio.Task[Any]", tx: Transaction) -> None:
    """Give way until *doing* waits for a lock that *tx* has."""
    async with database.read() as reader:
        while not await reader.connection.fetchval(WAITING, tx.connection.get_server_pid()):
            assert not doing.done(), "it did not wait"
            await asyncio.sleep(0.01)


async def do_while_taken(
    market: Market,
    operation: Callable[[Transaction, Sequence[Any]], Awaitable[Sequence[Any]]],
    commands: Sequence[Any],
    *,
    sku: UUID | None = None,
    coupon_id: UUID | None = None,
) -> Sequence[Any]:
    """Do a batch while somebody has locked a coupon, or the stock of a SKU, the first if none is named, and goes on.

    Whoever locks out of order has some of that by then, and each would wait for the other.
    """
    taken = sku or min(market.skus)
    rest = market.skus if coupon_id else [sku_id for sku_id in market.skus if sku_id > taken]
    async with market.database.transaction() as tx:
        await (coupons.lock_coupons(tx, [coupon_id]) if coupon_id else lock_stock(tx, [taken]))
        doing = asyncio.create_task(market.database.retried(lambda tx: operation(tx, commands)))
        await until_it_waits(market.database, doing, tx)
        await tx.connection.execute("set local lock_timeout = '1ms'")
        await lock_stock(tx, rest)
        await tx.connection.execute("select from ledger.heads for no key update")
        await tx.connection.execute("select from events.heads for no key update")
    return await doing


M = TypeVar("M", bound=Market)


def open_market(database: Database, lanes: Lanes, stock: int = 100) -> AbstractAsyncContextManager[Market]:
    """Open a market, and put the clock back afterwards."""
    return open_as(Market, database, lanes, stock)


@asynccontextmanager
async def open_as(kind: type[M], database: Database, lanes: Lanes, stock: int = 100) -> AsyncIterator[M]:
    """Open a market that has more, and put the clock back afterwards."""
    before = clock.CLOCK.offset
    payments.REGISTRY.register(payments.SandboxChannel(database))
    market = kind(database, lanes)
    await market.open(stock)
    try:
        yield market
    finally:
        await market.batchers.close()
        clock.CLOCK.follow(before)

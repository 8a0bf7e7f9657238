"""A shop for tests of after-sale: the market of the orders' tests, with the verbs of a case in one word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from tests.orders.market import Market, open_market
from weiji.aftersale import (
    AgreeCase,
    AskCase,
    Case,
    CaseKind,
    CaseStatus,
    Reason,
    RefuseReturn,
    ReturnAddress,
    operations,
    proof_owner,
)
from weiji.aftersale import model as words
from weiji.aftersale.handlers import Reactions
from weiji.aftersale.store import get_case
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.media.model import AddPicture
from weiji.media.operations import add_pictures
from weiji.orders import Order
from weiji.web.pictures import address_of

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ADDRESS: Final = ReturnAddress(
    name="售后组", phone="0571-88001234", region="浙江省杭州市西湖区", detail="文三路 9 号后门"
)

REASON: Final = {
    CaseKind.CANCEL: Reason.NOT_WANTED,
    CaseKind.REFUND: Reason.DAMAGED,
    CaseKind.RETURN: Reason.NOT_WANTED,
    CaseKind.EXCHANGE: Reason.DEFECTIVE,
    CaseKind.RESHIP: Reason.MISSING,
}
"""A reason that goes with each kind."""


class Shop:
    """A market, and a buyer with money in it."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.buyer = new_id()
        self.reactions = Reactions(market.batchers)
        self.seller = Actor("merchant", market.seller_id)

    @property
    def actor(self) -> Actor:
        """The buyer."""
        return Actor("buyer", self.buyer)

    async def order(self, quantity: int = 2, *, shipped: tuple[tuple[int, int], ...] | bool = False) -> UUID:
        """Bring an order to where it is paid; shipped: True for all of it, or the lines of a first parcel."""
        order_id, _ = await self.market.place(self.buyer, quantity=quantity)
        await self.market.pay(self.buyer, order_id)
        if shipped:
            await self.market.ship(order_id, None if shipped is True else shipped)
        return order_id

    def asking(
        self, order_id: UUID, kind: CaseKind, quantity: int = 1, amount: int | None = None, **more: Any
    ) -> AskCase:
        """Make a command that asks."""
        given: dict[str, Any] = {
            "id": new_id(self.market.shop_id),
            "line": 1,
            "reason": REASON[kind],
            "actor": self.actor,
        }
        return AskCase(order_id=order_id, kind=kind, quantity=quantity, amount=amount, **(given | more))

    async def ask(
        self, order_id: UUID, kind: CaseKind, quantity: int = 1, amount: int | None = None, **more: Any
    ) -> UUID:
        """Ask, and expect that a case is opened."""
        command = self.asking(order_id, kind, quantity, amount, **more)
        assert await self.submit(command) is CaseStatus.DONE
        return command.id

    async def submit(self, command: Any) -> CaseStatus:
        """Do one command, in a batch."""
        operation, owner = OPERATION[type(command)]
        status: CaseStatus = await self.market.batchers.of(operation, owner).submit(command)
        return status

    async def agree(self, case_id: UUID, **more: Any) -> CaseStatus:
        """Agree, as the shop."""
        return await self.by_shop(AgreeCase, case_id, **more)

    async def by_shop(self, command: Any, case_id: UUID, **more: Any) -> CaseStatus:
        """Do something as the shop."""
        return await self.submit(command(case_id=case_id, shop_id=self.market.shop_id, actor=self.seller, **more))

    async def photo(self, order_id: UUID) -> str:
        """Have a picture for cases of an order, as if it was uploaded; give its address."""
        owner_id = proof_owner(order_id)
        hash = sha256(owner_id.bytes).digest()
        note = AddPicture(owner_id=owner_id, hash=hash, width=800, height=600, bytes=9, quota=1_000)
        await self.market.batchers.of(add_pictures, "owner_id").submit(note)
        return address_of(hash.hex(), 800)

    async def refuse_return(self, case_id: UUID, words: str = "不是我们的") -> CaseStatus:
        """Say no to what came back, and show it, as the shop."""
        photo = await self.photo((await self.case(case_id)).order_id)
        return await self.by_shop(RefuseReturn, case_id, words=words, proof=(photo,))

    async def by_buyer(self, command: Any, case_id: UUID, **more: Any) -> CaseStatus:
        """Do something as the buyer."""
        return await self.submit(command(case_id=case_id, actor=self.actor, **more))

    async def turn(self, by: timedelta) -> None:
        """Turn the clock of this process, and do what then is due, of cases and of orders."""
        clock.CLOCK.follow(clock.CLOCK.offset + by)
        while await self.reactions.meet_deadlines(self.market.database, 500):
            pass
        await self.market.turn(timedelta(0))

    async def case(self, case_id: UUID) -> Case:
        """Read a case."""
        async with self.market.database.read() as reader:
            found = await get_case(reader, case_id)
        assert found is not None
        return found.case

    async def read(self, order_id: UUID) -> Order:
        """Read an order."""
        return await self.market.order(order_id)

    async def money(self, order_id: UUID) -> dict[str, int]:
        """Say where an order's money is, once all events are delivered."""
        await self.market.settle_events()
        found = await self.market.money(self.buyer, order_id)
        found["refundable"] = await self.market.balance(chart.refundable(order_id).id)
        found["fee"] = await self.market.balance(chart.fee_income(order_id.int & 63).id)
        return found


OPERATION: Final[dict[type, tuple[Any, str]]] = {
    words.AskCase: (operations.ask_cases, "order_id"),
    words.AgreeCase: (operations.agree_cases, "case_id"),
    words.RefuseCase: (operations.refuse_cases, "case_id"),
    words.ReplyToCase: (operations.reply_to_cases, "case_id"),
    words.CounterCase: (operations.counter_cases, "case_id"),
    words.AcceptOffer: (operations.accept_offers, "case_id"),
    words.DeclineOffer: (operations.decline_offers, "case_id"),
    words.SendBack: (operations.send_back, "case_id"),
    words.TakeReturn: (operations.take_returns, "case_id"),
    words.CounterReturn: (operations.counter_returns, "case_id"),
    words.RefuseReturn: (operations.refuse_returns, "case_id"),
    words.Reship: (operations.reship_cases, "case_id"),
    words.RefundInstead: (operations.refund_instead, "case_id"),
    words.WithdrawCase: (operations.withdraw_cases, "case_id"),
    words.ExpireCase: (operations.expire_cases, "case_id"),
}
"""Which operation does a command, and which of its ids tells the shard."""


@asynccontextmanager
async def open_shop(database: Database, lanes: Lanes, stock: int = 100) -> AsyncIterator[Shop]:
    """Open a shop with a buyer who has 1,000 yuan."""
    async with open_market(database, lanes, stock) as market:
        shop = Shop(market)
        await market.fund([shop.buyer], 100_000)
        yield shop

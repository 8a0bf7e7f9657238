"""A court for tests of disputes: the shop of the tests of after-sale, two sides, and arbiters."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from tests.aftersale.shop import Shop
from weiji.aftersale import CaseKind, CaseStatus, RefuseCase
from weiji.disputes import (
    AppealRuling,
    Dispute,
    DisputeResult,
    DisputeState,
    DisputeStatus,
    OpenDispute,
    RejectRuling,
    RuleDispute,
    SecondRuling,
    Side,
    SubmitEvidence,
    WithdrawDispute,
    award_for,
    get_dispute,
    hash_of,
    operations,
    preview,
)
from weiji.disputes.handlers import Reactions
from weiji.events import Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.db import Row
from weiji.kit.ids import new_id
from weiji.ledger import chart, lookup_accounts
from weiji.orders import get_order

OPERATIONS: Final[dict[type, Any]] = {
    OpenDispute: operations.open_disputes,
    SubmitEvidence: operations.submit_evidence,
    RuleDispute: operations.rule_disputes,
    SecondRuling: operations.second_rulings,
    RejectRuling: operations.reject_rulings,
    AppealRuling: operations.appeal_rulings,
    WithdrawDispute: operations.withdraw_disputes,
}


class Court:
    """Two sides and arbiters."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.market = shop.market
        self.database = shop.market.database
        self.arbiters = [Actor("staff", new_id()) for _ in range(4)]
        self.reactions = Reactions(self.market.batchers)
        self.stages: list[UUID] = []
        """Cases that stand somewhere, for whoever makes them once."""

    async def refused(self, kind: CaseKind = CaseKind.REFUND, quantity: int = 2, **more: Any) -> UUID:
        """Bring a case to where the shop said no."""
        order_id = await self.shop.order(quantity, shipped=kind is not CaseKind.CANCEL)
        return await self.refuse(order_id, kind, quantity, **more)

    async def refuse(self, order_id: UUID, kind: CaseKind = CaseKind.REFUND, quantity: int = 2, **more: Any) -> UUID:
        """Ask about an order, and have the shop say no."""
        case_id = await self.shop.ask(order_id, kind, quantity, **more)
        assert await self.shop.by_shop(RefuseCase, case_id, words="没有问题") is CaseStatus.DONE
        return case_id

    async def do(self, command: Any) -> DisputeResult:
        """Do something, in a batch."""
        result: DisputeResult = await self.market.batchers.of(OPERATIONS[type(command)], "case_id").submit(command)
        return result

    async def by_buyer(self, kind: Any, case_id: UUID, **more: Any) -> DisputeStatus:
        """Do something as the buyer."""
        return (await self.do(kind(case_id=case_id, actor=self.shop.actor, **more))).status

    async def by_shop(self, kind: Any, case_id: UUID, **more: Any) -> DisputeStatus:
        """Do something as the shop."""
        command = kind(case_id=case_id, actor=self.shop.seller, shop_id=self.market.shop_id, **more)
        return (await self.do(command)).status

    async def by_arbiter(self, who: int, kind: Any, case_id: UUID, **more: Any) -> DisputeStatus:
        """Do something as one of the arbiters."""
        return (await self.do(kind(case_id=case_id, actor=self.arbiters[who], **more))).status

    async def opened(self, case_id: UUID) -> UUID:
        """Have the buyer open a dispute, and both sides hand in."""
        assert await self.by_buyer(OpenDispute, case_id, claim="东西坏了") is DisputeStatus.DONE
        assert await self.by_buyer(SubmitEvidence, case_id, words="照片在这里") is DisputeStatus.DONE
        assert await self.by_shop(SubmitEvidence, case_id, words="发出时是好的") is DisputeStatus.DONE
        return case_id

    async def rule(
        self, who: int, case_id: UUID, share: int, freight_by: Side = Side.BUYER, **more: Any
    ) -> DisputeStatus:
        """Look at what a ruling would post, and sign it."""
        dispute = await self.dispute(case_id)
        async with self.database.read() as reader:
            order = await get_order(reader, dispute.order_id)
        assert order is not None
        amount = award_for(dispute, order, share, freight_by)
        postage, goods_back = more.get("postage", 0), more.get("goods_back", False)
        seen = hash_of(preview(order, dispute.file.case, amount, clock.now(), postage, goods_back=goods_back))
        given = {"share": share, "freight_by": freight_by, "words": "双方各有道理", "seen": seen}
        return await self.by_arbiter(who, RuleDispute, case_id, **(given | more))

    async def turn(self, **by: float) -> None:
        """Turn the clock, and do what is due of disputes, cases and orders."""
        clock.CLOCK.follow(clock.CLOCK.offset + timedelta(**by))
        while await self.reactions.meet_deadlines(self.database, 500):
            pass
        while await self.reactions.open_overdue(self.database, 500):
            pass
        await self.shop.turn(timedelta(0))

    async def dispute(self, case_id: UUID) -> Dispute:
        """Read a dispute."""
        async with self.database.read() as reader:
            found = await get_dispute(reader, case_id)
        assert found is not None
        return found

    async def state(self, case_id: UUID) -> DisputeState:
        """Read where a dispute stands."""
        return (await self.dispute(case_id)).state

    async def posted(self, case_id: UUID) -> list[tuple[str, str, int]]:
        """Read what the ruling of a dispute posted, by kinds of accounts, in order; holds and their ends left out."""
        dispute = await self.dispute(case_id)
        shop, shard = dispute.shop_id, dispute.order_id.int & 63
        accounts = (
            chart.escrow(dispute.order_id), chart.refundable(dispute.order_id), chart.control(shard),
            chart.transit(shard), chart.fee_income(shard), chart.merchant_pending(shop),
            chart.merchant_available(shop), chart.merchant_deposit(shop), chart.merchant_owed(shop),
            chart.merchant_claim(shop),
        )  # fmt: skip
        names = {account.id: chart.Code(account.code).name.lower() for account in accounts}
        async with self.database.read() as reader:
            rows = await reader.connection.fetch(
                "select * from ledger.transfers where journal_id = $1 and pending_id is null order by timestamp",
                dispute.order_id,
            )
        return [
            (names[row["debit_account_id"]], names[row["credit_account_id"]], row["amount"])
            for row in rows
            if row["debit_account_id"] in names and row["credit_account_id"] in names
        ]

    async def told(self, case_id: UUID) -> list[Row]:
        """Read what was told of a case and its dispute."""
        async with self.database.read() as reader:
            return list(await get_trail(reader, case_id))

    async def free(self) -> int:
        """Read what the shop may withdraw: without what is held."""
        async with self.database.read() as reader:
            (account,) = await lookup_accounts(reader, [chart.merchant_available(self.market.shop_id).id])
        return account.available

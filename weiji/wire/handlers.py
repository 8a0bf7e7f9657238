"""What merchant orders do when payments tell something, and when their clocks run out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from weiji.events import BY_CLOCK, BY_SYSTEM, Delivered, Subscription
from weiji.events.onboarding import ApplicationApproved
from weiji.events.payments import (
    MerchantPaymentCaptured,
    PaymentClosed,
    PaymentFailed,
    RefundAbnormal,
    RefundSucceeded,
)
from weiji.events.wire import (
    CombinedLineEnded,
    ProfitShared,
    ShareReturnAsked,
    ShareReturned,
    SubsidyGiven,
    SubsidyReturned,
    TransferBillConfirmed,
    TransferReceived,
)
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.deadlines import Deadlines
from weiji.kit.jobs import Job
from weiji.payments import close_open_payments, get_payments
from weiji.wire import complaint_notices, coupon_notices, share_notices
from weiji.wire.applying import get_applied_shops
from weiji.wire.combined import EndCombinedOrder, end_combined_orders, get_combined
from weiji.wire.combined.describing import describe_combined
from weiji.wire.complaints import handlers as complaints
from weiji.wire.keys import open_merchant
from weiji.wire.notices import in_source_language
from weiji.wire.sharing import (
    EndReturn,
    GiveShareBack,
    ReceiveShare,
    end_returns,
    give_shares_back,
    receive_shares,
)
from weiji.wire.subsidies import ReceiveSubsidy, TakeSubsidyBack, receive_subsidies, take_subsidies_back
from weiji.wire.trade import (
    CloseMerchantOrder,
    DropCoupon,
    NoteAbnormalRefund,
    NoteMerchantRefund,
    SettleMerchantOrder,
    State,
    TakeMerchantPayment,
    TakeStatus,
    close_merchant_orders,
    drop_coupons,
    get_due_orders,
    get_orders,
    note_abnormal_merchant_refunds,
    note_merchant_refunds,
    settle_merchant_orders,
    take_merchant_payments,
)
from weiji.wire.transfers import (
    EndTransferBill,
    NoteTransfer,
    ReceiveTransfer,
    end_transfer_bills,
    get_due_bills,
    note_transfers,
    receive_transfers,
)

MEET_DEADLINES: Final = "wire.meet_deadlines"
END_TRANSFERS: Final = "wire.end_transfers"
DEADLINES_EVERY: Final = timedelta(seconds=1)

_BY_CLOCK: Final[Mapping[State, tuple[Any, Callable[[UUID], Any]]]] = {
    State.OPEN: (
        close_merchant_orders,
        lambda id: CloseMerchantOrder(order_id=id, caller_mchid=None, actor=BY_CLOCK),
    ),
    State.PAID: (settle_merchant_orders, lambda id: SettleMerchantOrder(order_id=id, actor=BY_CLOCK)),
}
"""What the clock does to an order whose time has come, by where it stands."""


class Reactions:
    """By the operations that everybody uses: commands ride in the batches of the orders' lanes."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers
        self.deadlines = Deadlines(batchers, MEET_DEADLINES, "order_id")
        self.ending = Deadlines(batchers, END_TRANSFERS, "bill_id")

    async def take_payments(self, database: Database, batch: Sequence[Delivered]) -> None:
        """MerchantPaymentCaptured: the money comes to the orders that it is for, which nobody pays another way now."""
        commands = []
        for delivered in batch:
            event = delivered.event
            parts = [(part.order_id, part.shop_id, part.amount) for part in event.parts]
            for order_id, shop_id, amount in parts or [(event.subject_id, event.payee_id, event.amount)]:
                commands.append(
                    TakeMerchantPayment(
                        order_id=order_id,
                        payment_id=event.payment_id,
                        payer_id=event.payer_id,
                        shop_id=shop_id,
                        amount=amount,
                        channel=event.channel,
                        actor=delivered.actor,
                        is_part=bool(parts),
                    )
                )
        statuses = await self.batchers.of(take_merchant_payments, "order_id").submit_all(commands)
        taken = (TakeStatus.HELD, TakeStatus.EXISTS)
        paid = [command.order_id for command, status in zip(commands, statuses, strict=True) if status in taken]
        await close_open_payments(database, self.batchers.lanes, paid)

    async def drop_coupons(self, database: Database, batch: Sequence[Delivered]) -> None:
        """PaymentFailed, PaymentClosed: what the payer chose for it is free, so that it is good elsewhere."""
        several = [each.event.payment_id for each in batch if each.event.subject_id == each.event.payment_id]
        async with database.read() as reader:
            found = await get_payments(reader, several) if several else []
            parts = {each.id: [part.order_id for part in each.parts] for each in found if each}
            asked = [
                (order_id, each)
                for each in batch
                for order_id in parts.get(each.event.payment_id) or [each.event.subject_id]
            ]
            orders = await get_orders(reader, [order_id for order_id, _ in asked])
        chosen = {
            (order.id, choice.payment_id)
            for order in orders.values()
            if order.state is State.OPEN
            for choice in order.choices
        }
        commands = [
            DropCoupon(order_id=order_id, payment_id=each.event.payment_id, actor=each.actor)
            for order_id, each in asked
            if (order_id, each.event.payment_id) in chosen
        ]
        await self.batchers.of(drop_coupons, "order_id").submit_all(commands)

    async def note_refunds(self, _: Database, batch: Sequence[Delivered]) -> None:
        """RefundSucceeded: the payer has the money again."""
        commands = [
            NoteMerchantRefund(
                order_id=delivered.event.order_id,
                refund_id=delivered.event.refund_id,
                to_wallet=delivered.event.to == "wallet",
            )
            for delivered in batch
        ]
        await self.batchers.of(note_merchant_refunds, "order_id").submit_all(commands)

    async def note_abnormal_refunds(self, _: Database, batch: Sequence[Delivered]) -> None:
        """RefundAbnormal: the channel refused, and the payer has no account."""
        commands = [
            NoteAbnormalRefund(order_id=delivered.event.order_id, refund_id=delivered.event.source_id)
            for delivered in batch
            if delivered.event.source_id is not None
        ]
        await self.batchers.of(note_abnormal_merchant_refunds, "order_id").submit_all(commands)

    async def end_combined(self, database: Database, batch: Sequence[Delivered]) -> None:
        """CombinedLineEnded: the last of a combined order's lines tells the merchant of all of them."""
        async with database.read() as reader:
            found = await get_combined(reader, {delivered.event.combined_id for delivered in batch})
            orders = await get_orders(reader, [line.order_id for each in found.values() for line in each.lines])
        commands = []
        for combined in found.values():
            its = [orders[line.order_id] for line in combined.lines]
            if all(order.state is not State.OPEN for order in its):
                commands.append(
                    EndCombinedOrder(
                        combined_id=combined.id,
                        is_paid=any(order.state is State.PAID for order in its),
                        resource=in_source_language(partial(describe_combined, combined), its),
                    )
                )
        await self.batchers.of(end_combined_orders, "combined_id").submit_all(commands)

    async def receive_shares(self, database: Database, batch: Sequence[Delivered]) -> None:
        """ProfitShared: another shop, or somebody, gets their part; a shop's server is told once it is there."""
        commands = [
            ReceiveShare(
                shop_id=delivered.event.receiver_id,
                order_id=delivered.subject_id,
                share_id=delivered.event.share_id,
                amount=delivered.event.amount,
                is_person=delivered.event.is_person,
            )
            for delivered in batch
        ]
        await self.batchers.of(receive_shares, "shop_id").submit_all(commands)
        await share_notices.tell_shares(database, batch)

    async def give_shares_back(self, _: Database, batch: Sequence[Delivered]) -> None:
        """ShareReturnAsked: another shop gives its part back, if it has as much."""
        commands = [
            GiveShareBack(
                shop_id=delivered.event.receiver_id,
                order_id=delivered.subject_id,
                return_id=delivered.event.return_id,
                amount=delivered.event.amount,
            )
            for delivered in batch
        ]
        await self.batchers.of(give_shares_back, "shop_id").submit_all(commands)

    async def end_returns(self, database: Database, batch: Sequence[Delivered]) -> None:
        """ShareReturned: what came back is the shop's again; the server of who gave it is told."""
        commands = [
            EndReturn(
                order_id=delivered.event.order_id,
                return_id=delivered.event.return_id,
                is_given=delivered.event.is_given,
            )
            for delivered in batch
        ]
        await self.batchers.of(end_returns, "order_id").submit_all(commands)
        await share_notices.tell_returns(database, batch)

    async def receive_subsidies(self, _: Database, batch: Sequence[Delivered]) -> None:
        """SubsidyGiven: what a service provider adds comes to the order."""
        commands = [
            ReceiveSubsidy(
                order_id=delivered.event.order_id,
                subsidy_id=delivered.event.subsidy_id,
                amount=delivered.event.amount,
            )
            for delivered in batch
        ]
        await self.batchers.of(receive_subsidies, "order_id").submit_all(commands)

    async def take_subsidies_back(self, _: Database, batch: Sequence[Delivered]) -> None:
        """SubsidyReturned: who had added something has it again."""
        commands = [
            TakeSubsidyBack(
                payer_id=delivered.event.payer_id,
                order_id=delivered.subject_id,
                return_id=delivered.event.return_id,
                amount=delivered.event.amount,
            )
            for delivered in batch
        ]
        await self.batchers.of(take_subsidies_back, "payer_id").submit_all(commands)

    async def open_applied(self, database: Database, batch: Sequence[Delivered]) -> None:
        """ApplicationApproved: a shop that a service provider applied for has a number in the protocol."""
        async with database.read() as reader:
            applied = await get_applied_shops(reader, {delivered.event.shop_id for delivered in batch})
        for shop_id, applyment in applied.items():
            if applyment.mchid is None:
                await open_merchant(self.batchers, shop_id, BY_SYSTEM)

    async def receive_transfers(self, _: Database, batch: Sequence[Delivered]) -> None:
        """TransferBillConfirmed: what a merchant's program gave comes into the wallet."""
        commands = [
            ReceiveTransfer(
                person_id=delivered.event.person_id, bill_id=delivered.subject_id, amount=delivered.event.amount
            )
            for delivered in batch
        ]
        await self.batchers.of(receive_transfers, "person_id").submit_all(commands)

    async def note_transfers(self, _: Database, batch: Sequence[Delivered]) -> None:
        """TransferReceived: the merchant's server is told that the payee has it."""
        commands = [NoteTransfer(bill_id=delivered.event.bill_id) for delivered in batch]
        await self.batchers.of(note_transfers, "bill_id").submit_all(commands)

    async def end_transfers(self, database: Database, limit: int) -> int:
        """Give shops again what nobody confirmed in time."""
        async with database.read() as reader:
            aside = await self.ending.read(reader)
            due = await get_due_bills(reader, clock.now(), aside.room(limit))
        commands = (EndTransferBill(bill_id=id, caller_mchid=None, actor=BY_CLOCK) for id in due)
        moves = ((end_transfer_bills, command) for command in commands)
        return len(await self.ending.meet(database, aside, moves))

    async def meet_deadlines(self, database: Database, limit: int) -> int:
        """Close what has expired, give shops what waited too long, and let them withdraw what is due."""
        async with database.read() as reader:
            aside = await self.deadlines.read(reader)
            due = await get_due_orders(reader, clock.now(), aside.room(limit))
        moves = [(*_BY_CLOCK[state], id) for id, state in due if state in _BY_CLOCK]
        done = await self.deadlines.meet(
            database, aside, ((operation, command(id)) for operation, command, id in moves)
        )
        return len(done)


def subscriptions(batchers: Batchers) -> list[Subscription]:
    """Say what merchant orders hear of."""
    reactions = Reactions(batchers)
    return [
        Subscription(name="wire.take_payments", events=(MerchantPaymentCaptured,), caller=reactions.take_payments),
        Subscription(name="wire.drop_coupons", events=(PaymentFailed, PaymentClosed), caller=reactions.drop_coupons),
        Subscription(name="wire.note_refunds", events=(RefundSucceeded,), caller=reactions.note_refunds),
        Subscription(
            name="wire.note_abnormal_refunds", events=(RefundAbnormal,), caller=reactions.note_abnormal_refunds
        ),
        Subscription(name="wire.end_combined", events=(CombinedLineEnded,), caller=reactions.end_combined),
        Subscription(name="wire.receive_shares", events=(ProfitShared,), caller=reactions.receive_shares),
        Subscription(name="wire.give_shares_back", events=(ShareReturnAsked,), caller=reactions.give_shares_back),
        *complaint_notices.subscriptions(),
        *complaints.subscriptions(batchers),
        *coupon_notices.subscriptions(),
        Subscription(name="wire.open_applied", events=(ApplicationApproved,), caller=reactions.open_applied),
        Subscription(name="wire.end_returns", events=(ShareReturned,), caller=reactions.end_returns),
        Subscription(name="wire.receive_subsidies", events=(SubsidyGiven,), caller=reactions.receive_subsidies),
        Subscription(name="wire.take_subsidies_back", events=(SubsidyReturned,), caller=reactions.take_subsidies_back),
        Subscription(
            name="wire.receive_transfers", events=(TransferBillConfirmed,), caller=reactions.receive_transfers
        ),
        Subscription(name="wire.note_transfers", events=(TransferReceived,), caller=reactions.note_transfers),
    ]


def jobs(batchers: Batchers) -> list[Job]:
    """Say what merchant orders do by the clock."""
    reactions = Reactions(batchers)
    return [
        Job(name=MEET_DEADLINES, every=DEADLINES_EVERY, work=reactions.meet_deadlines),
        Job(name=END_TRANSFERS, every=DEADLINES_EVERY, work=reactions.end_transfers),
        *complaints.jobs(batchers),
    ]

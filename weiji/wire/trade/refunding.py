"""Gives parts of merchant orders back in a transaction: for who asks for it, and for who has it done by a complaint."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Self
from uuid import UUID

from weiji import escrow
from weiji.chargebacks import sum_disputed
from weiji.events import BY_CHANNEL, Actor, Event, Occurrence
from weiji.events.orders import RefundOrdered
from weiji.events.wire import MerchantRefundArrived, MerchantRefundOrdered
from weiji.kit.db import Reader, Transaction
from weiji.kit.ids import derive
from weiji.webhooks import QueueMessage, queue_messages
from weiji.wire.notices import notice
from weiji.wire.trade import couponing, rules, store
from weiji.wire.trade.describing import describe_refund_notice
from weiji.wire.trade.model import MerchantOrder, MerchantRefund, RefundMerchantOrder, RefundStatus


class Refunds:
    """Orders that are locked, and what is given back of them: judged one after another, written together."""

    def __init__(
        self,
        orders: dict[UUID, MerchantOrder],
        refunds: dict[UUID, MerchantRefund],
        now: datetime,
        disputed: Mapping[UUID, int] | None = None,
    ) -> None:
        self.orders = orders
        self.refunds = refunds
        self.now = now
        self.disputed = disputed or {}
        """What channels took back of orders, and did not give again."""
        self._before = set(refunds)
        self._changed: dict[UUID, MerchantOrder] = {}
        self._chains: list[escrow.Chain] = []
        self._messages: list[QueueMessage] = []
        self._told: list[Occurrence] = []
        self._wholly: list[tuple[Actor, MerchantOrder]] = []

    @classmethod
    async def lock(cls, tx: Transaction, order_ids: Collection[UUID], refund_ids: Collection[UUID]) -> Self:
        """Lock orders until *tx* ends, and read those of the refunds that there are, and what channels took back.

        Who books a chargeback holds its order, too: so it is seen here, or sees what goes back here.
        """
        orders = await store.lock_orders(tx, order_ids)
        refunds = cls(orders, {}, tx.now, await get_disputed(tx, orders.values()))
        await refunds.read(tx, refund_ids)
        return refunds

    async def read(self, tx: Transaction, refund_ids: Collection[UUID]) -> None:
        """Read more of the refunds that there are."""
        found = await store.get_refunds(tx, refund_ids) if refund_ids else {}
        self.refunds |= found
        self._before |= set(found)

    def make(self, command: RefundMerchantOrder) -> RefundStatus:
        """Give a part of an order back: from escrow, from what the shop got, or both."""
        order = self.orders.get(command.order_id)
        disputed = self.disputed.get(command.order_id, 0)
        status, paid = rules.judge_refund(order, self.refunds, command, self.now, disputed)
        if order is None or paid is None:
            return status
        self._changed[order.id] = order
        self._chains += rules.pay_back(order, command.id, paid)
        if paid.prepaid:
            self._told.append(couponing.returned(order, command.id, paid.prepaid, command.actor))
        refund = self.refunds[command.id]
        self._told += _refunded(order, command, refund)
        if refund.arrived_at is not None:
            self._told.append(arrived(order, refund))
            self._messages += tell_of_refund(order, refund, "arrived", "SUCCESS", "退款成功")
        if order.coupon is not None and order.refunded == order.total:
            self._wholly.append((command.actor, order))
        return status

    def left(self, order: MerchantOrder) -> int:
        """Say how much of an order may go back."""
        return rules.left_of(order, self.disputed.get(order.id, 0))

    async def write(self, tx: Transaction) -> list[Occurrence]:
        """Write what was given back; return what is to be told: a transaction publishes once, and last."""
        await store.change_orders(tx, list(self._changed.values()))
        await store.add_refunds(tx, [refund for id, refund in self.refunds.items() if id not in self._before])
        told = [*self._told, *await couponing.give_back(tx, self._wholly)]
        await escrow.post(tx, self._chains)
        await queue_messages(tx, self._messages)
        return told


async def get_disputed(reader: Reader, orders: Iterable[MerchantOrder]) -> dict[UUID, int]:
    """Say what of orders channels took back, and did not give again; orders without a chargeback are left out."""
    return await sum_disputed(reader, {order.id: order.payment_id for order in orders if order.payment_id})


def _refunded(order: MerchantOrder, command: RefundMerchantOrder, refund: MerchantRefund) -> list[Occurrence]:
    assert order.payment_id, "a paid order has a payment"
    assert order.payer_id, "and a payer"
    events: list[Event] = [
        MerchantRefundOrdered(
            refund_id=command.id,
            number=command.number,
            amount=command.amount,
            is_whole=order.refunded == order.total,
        ),
    ]
    if refund.amount > refund.coupon:
        events.append(
            RefundOrdered(
                payment_id=order.payment_id,
                payer_id=order.payer_id,
                order_id=order.id,
                amount=refund.amount - refund.coupon,
                refund_id=command.id,
                reason=command.reason or "",
            )
        )
    return [Occurrence(event, order.shop_id, order.id, command.actor) for event in events]


def arrived(order: MerchantOrder, refund: MerchantRefund) -> Occurrence:
    """Tell that the payer has the money of a refund again."""
    event = MerchantRefundArrived(
        refund_id=refund.id, amount=refund.amount, is_at_wallet=bool(refund.arrived_at_wallet)
    )
    return Occurrence(event, order.shop_id, order.id, BY_CHANNEL)


def tell_of_refund(
    order: MerchantOrder, refund: MerchantRefund, what: str, end: str, summary: str
) -> list[QueueMessage]:
    """Tell the merchant's server of a refund, where it wants to know."""
    if not refund.notify_url:
        return []
    return [
        notice(
            derive(refund.id, "notice", what),
            order.shop_id,
            refund.caller_mchid,
            order.id,
            type=f"REFUND.{end}",
            original_type="refund",
            summary=summary,
            url=refund.notify_url,
            resource=describe_refund_notice(order, refund),
            key_id=refund.key_id,
        )
    ]

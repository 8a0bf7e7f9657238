"""What is decided about subsidies, as pure functions over what was read. They change what they are given."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from weiji import escrow
from weiji.wire.subsidies.model import (
    DeclineStatus,
    DeclineSubsidy,
    GiveSubsidy,
    GiveSubsidyStatus,
    ReceiveSubsidy,
    ReturnSubsidy,
    ReturnSubsidyStatus,
    Subsidy,
    SubsidyReturn,
)
from weiji.wire.trade import MerchantOrder, MerchantRefund, State
from weiji.wire.trade.rules import await_settlement


def judge_give(found: Subsidy | None, command: GiveSubsidy) -> GiveSubsidyStatus:
    """Judge a subsidy, as far as the ledger has no say."""
    if found is None:
        return GiveSubsidyStatus.CREATED
    is_same = (found.number, found.amount) == (command.number, command.amount)
    return GiveSubsidyStatus.EXISTS if is_same else GiveSubsidyStatus.EXISTS_WITH_DIFFERENT_TERMS


def receive(order: MerchantOrder, command: ReceiveSubsidy, now: datetime) -> bool:
    """Take what was added into an order; False: it has it. Where the rest went to the shop already, it goes there."""
    if order.subsidy_id is not None:
        return False
    is_frozen = bool(order.held)
    order.subsidy_id = command.subsidy_id
    order.subsidy = command.amount
    if not is_frozen:
        order.subsidy_released = command.amount
        await_settlement(order, now)
    return True


def bring(order: MerchantOrder, command: ReceiveSubsidy) -> list[escrow.Chain]:
    """Bring what was added beside the escrow, and to the shop where that has had the rest."""
    chains = [escrow.receive_subsidy(order.id, command.subsidy_id, command.amount)]
    if order.subsidy_released:
        chains.append(escrow.release_subsidy(order.id, order.shop_id, command.amount))
        if order.settled_at is not None:
            chains.append(escrow.settle(order.id, order.shop_id, command.amount, number=command.subsidy_id.int))
    return chains


def judge_decline(order: MerchantOrder | None, command: DeclineSubsidy, now: datetime) -> DeclineStatus:
    """Judge a service provider's word that it adds nothing."""
    if order is None or command.caller_mchid != order.caller_mchid:
        return DeclineStatus.ORDER_NOT_FOUND
    if order.state is not State.PAID:
        return DeclineStatus.NOT_PAID
    if not order.subsidy_max:
        return DeclineStatus.NOT_SUBSIDIZED
    if order.subsidy_id is not None:
        return DeclineStatus.ALREADY_SUBSIDIZED
    order.subsidy_declined_at = order.subsidy_declined_at or now
    return DeclineStatus.DECLINED


def judge_return(
    order: MerchantOrder | None,
    returns: Mapping[UUID, SubsidyReturn],
    refunds: Mapping[UUID, MerchantRefund],
    answered: Collection[UUID],
    subsidy_id: UUID,
    command: ReturnSubsidy,
) -> ReturnSubsidyStatus:
    """Judge a return, as far as the ledger has no say. *subsidy_id* is what the payer's would have.

    *answered* are refunds for which some of a subsidy went back: the protocol has that once for each.
    """
    if order is None:
        return ReturnSubsidyStatus.ORDER_NOT_FOUND
    found = returns.get(command.id)
    if found is not None:
        is_same = (found.amount, found.refund_id) == (command.amount, command.refund_id)
        return ReturnSubsidyStatus.EXISTS if is_same else ReturnSubsidyStatus.EXISTS_WITH_DIFFERENT_TERMS
    if order.subsidy_id != subsidy_id:
        return ReturnSubsidyStatus.NOT_SUBSIDIZED
    if command.refund_id is not None:
        refund = refunds.get(command.refund_id)
        if refund is None or refund.order_id != order.id:
            return ReturnSubsidyStatus.REFUND_NOT_FOUND
        if refund.id in answered:
            return ReturnSubsidyStatus.REFUND_HAS_ONE
    if command.amount > order.subsidy - order.subsidy_returned:
        return ReturnSubsidyStatus.EXCEEDS_SUBSIDY
    return ReturnSubsidyStatus.CREATED


def send_back(order: MerchantOrder, command: ReturnSubsidy) -> escrow.Chain:
    """Send it on its way back, from where it is; the shop may have less."""
    return escrow.return_subsidy(
        order.id,
        order.shop_id,
        command.id,
        command.amount,
        is_released=bool(order.subsidy_released),
        is_settled=order.settled_at is not None,
    )

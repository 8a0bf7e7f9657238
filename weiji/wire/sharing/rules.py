"""What is decided about profit sharing, as pure functions over what was read. They change what they are given."""

from collections.abc import Set
from datetime import datetime
from uuid import UUID

from weiji import escrow
from weiji.kit.money import share_so_far
from weiji.wire.sharing.model import (
    Part,
    Return,
    ReturnSplit,
    ReturnState,
    ReturnStatus,
    Split,
    SplitOrder,
    SplitStatus,
)
from weiji.wire.trade import MerchantOrder, State
from weiji.wire.trade.rules import await_settlement, left_of, release, unfreeze


def judge_split(
    order: MerchantOrder | None,
    splits: dict[UUID, Split],
    receivers: Set[tuple[str, str]],
    command: SplitOrder,
    now: datetime,
    claim: int = 0,
    disputed: int = 0,
) -> tuple[SplitStatus, int]:
    """Judge a split; one that is made is put to *splits*. Returns the fee of what is released, too.

    *receivers* are pairs of a merchant and one whom it may share with; *claim* may yet go back by a complaint, and
    *disputed* is what the payer's channel took back.
    """
    if order is None or command.caller_mchid not in (order.caller_mchid, order.mchid):
        return SplitStatus.ORDER_NOT_FOUND, 0
    found = splits.get(command.id)
    if found is not None:
        is_other = split_difference(found, command) is not None
        return (SplitStatus.EXISTS_WITH_DIFFERENT_TERMS if is_other else SplitStatus.EXISTS), 0
    if order.state is not State.PAID:
        return SplitStatus.NOT_PAID, 0
    if not order.shares_profit:
        return SplitStatus.NOT_SHARED, 0
    if not (order.held or order.held_subsidy):
        return SplitStatus.NOTHING_LEFT, 0
    if any(wish.mchid == order.mchid or (order.caller_mchid, wish.mchid) not in receivers for wish in command.wishes):
        return SplitStatus.RECEIVER_NOT_FOUND, 0
    amount = sum(wish.amount for wish in command.wishes)
    if amount > order.held:
        return SplitStatus.EXCEEDS_ORDER, 0
    if amount > shareable(order, claim):
        return SplitStatus.COMPLAINED, 0
    if amount > shareable(order, claim, disputed):
        return SplitStatus.CHARGED_BACK, 0
    order.shared += amount
    released = fee = 0
    if command.unfreezes and (order.held or order.held_subsidy):
        released, fee = release(order, now)
    splits[command.id] = Split(
        id=command.id,
        order_id=order.id,
        caller_mchid=command.caller_mchid,
        number=command.number,
        amount=amount,
        unfreezes=command.unfreezes,
        released=released,
        description=command.description,
        created_at=now,
        parts=tuple(
            Part(
                split_id=command.id,
                place=place,
                mchid=wish.mchid,
                shop_id=wish.shop_id,
                amount=wish.amount,
                description=wish.description,
                type=wish.type,
            )
            for place, wish in enumerate(command.wishes)
        ),
    )
    return SplitStatus.CREATED, fee


def shareable(order: MerchantOrder, claim: int, disputed: int = 0) -> int:
    """Say how much of an order may go to others, so that *claim* of it can still go back to its payer.

    What their channel took back (*disputed*) stays within reach, too, whether it has decided or not. A chargeback takes
    it of what the shop has, and what is not there the shop owes. The rest of the order, once it is the shop's, repays
    that first; what others have of it never would.
    """
    disputed = min(disputed, max(0, order.due - order.gone_back))
    claim = min(claim, left_of(order, disputed))
    discount = share_so_far(order.discount, order.total, order.refunded + claim) - order.discount_refunded
    within_reach = order.held + order.released - order.given_back
    return max(0, min(order.held, within_reach - (claim - discount) - disputed))


def share_out(order: MerchantOrder, split: Split, fee: int, added: int) -> list[escrow.Chain]:
    """Send parts on their way, and give the shop the rest where that is wanted; *added* was beside the escrow."""
    chains = [escrow.share(order.id, part.id, part.amount) for part in split.parts]
    return chains + unfreeze(order, split.released, fee, added - order.held_subsidy)


def split_difference(found: Split, command: SplitOrder) -> str | None:
    """Name the first of a split's terms, as requests do, that a repetition gives otherwise."""
    terms = {
        "transaction_id": (found.order_id, command.order_id),
        "unfreeze_unsplit": (found.unfreezes, command.unfreezes),
        "description": (found.description or command.description, command.description),
        "receivers": (len(found.parts), len(command.wishes)),
    }
    for place, (part, wish) in enumerate(zip(found.parts, command.wishes, strict=False)):
        terms |= {
            f"receivers/{place}/type": (part.type, wish.type),
            f"receivers/{place}/account": (part.mchid, wish.mchid),
            f"receivers/{place}/amount": (part.amount, wish.amount),
            f"receivers/{place}/description": (part.description, wish.description),
        }
    return next((name for name, (before, now) in terms.items() if before != now), None)


def return_difference(found: Return, command: ReturnSplit) -> str | None:
    """Name the first of a return's terms, likewise."""
    terms = {
        "out_order_no": (found.split_id, command.split_id),
        "return_mchid": (found.mchid, command.mchid),
        "amount": (found.amount, command.amount),
        "description": (found.description, command.description),
    }
    return next((name for name, (before, now) in terms.items() if before != now), None)


def judge_return(
    split: Split | None, returns: dict[UUID, Return], command: ReturnSplit, now: datetime
) -> tuple[ReturnStatus, Part | None]:
    """Judge a return; one that is made is put to *returns*, and its part has so much less to give back."""
    if split is None or split.order_id != command.order_id:
        return ReturnStatus.SPLIT_NOT_FOUND, None
    found = returns.get(command.id)
    if found is not None:
        is_other = return_difference(found, command) is not None
        return (ReturnStatus.EXISTS_WITH_DIFFERENT_TERMS if is_other else ReturnStatus.EXISTS), None
    parts = [part for part in split.parts if part.mchid == command.mchid and not part.type.is_person]
    if not parts:
        return ReturnStatus.RECEIVER_NOT_FOUND, None
    part = next((part for part in parts if command.amount <= part.amount - part.returned), None)
    if part is None:
        return ReturnStatus.EXCEEDS_PART, None
    part.returned += command.amount
    returns[command.id] = Return(
        id=command.id,
        split_id=split.id,
        order_id=command.order_id,
        place=part.place,
        caller_mchid=command.caller_mchid,
        number=command.number,
        mchid=command.mchid,
        amount=command.amount,
        description=command.description,
        state=ReturnState.PROCESSING,
        created_at=now,
    )
    return ReturnStatus.CREATED, part


def end_return(order: MerchantOrder, part: Part, found: Return, now: datetime, *, is_given: bool) -> None:
    """Note how a return ended. What came back is the shop's, as if it had been released with the rest."""
    found.ended_at = now
    if is_given:
        found.state = ReturnState.SUCCESS
        order.shared -= found.amount
        order.released += found.amount
        await_settlement(order, now)
    else:
        found.state = ReturnState.FAILED
        part.returned -= found.amount


def bring_back(order: MerchantOrder, found: Return) -> list[escrow.Chain]:
    """Give what came back to the shop, by way of the escrow, so that it can be refunded like all that was released."""
    # What was released before counts by its own number; this one is the return's.
    number = found.id.int
    chains = [
        escrow.take_share_back(order.id, found.id, found.amount),
        escrow.release(order.id, order.shop_id, found.amount, 0, number=number),
    ]
    if order.settled_at is not None:
        chains.append(escrow.settle(order.id, order.shop_id, found.amount, number=number))
    return chains

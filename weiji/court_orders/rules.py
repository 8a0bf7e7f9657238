"""What is decided about court orders, and what they post: pure functions over what was read.

What is taken depends on what the ledger answers: it is asked meanwhile, by what the caller gives for it.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji.court_orders.model import (
    CourtOrder,
    CourtOrderStatus,
    ExecuteCourtOrder,
    HeldPlace,
    ObeyCourtOrder,
    ReleaseCourtOrder,
)
from weiji.escrow import Chain, Post
from weiji.kit.ids import derive, shard_of
from weiji.kit.text import tidy_name
from weiji.ledger import AMOUNT_MAX, Account, Kind, Transfer, TransferFlags, chart, move
from weiji.payments import repay_wallet_debt

COURT: Final = "court"
"""How the clearing account of what is on its way to courts is called."""

_S = CourtOrderStatus

_OF_SALES: Final = frozenset({HeldPlace.MERCHANT_AVAILABLE, HeldPlace.MERCHANT_PENDING})
"""Where the money of a shop's sales comes in."""

Repay = Callable[[Mapping[UUID, UUID]], Awaitable[None]]
"""Lets what shops have available go to what they owe; with each shop comes what its repayment's id is derived from."""


def account_of(place: HeldPlace, owner_id: UUID) -> Account:
    """Find the account that money is held of."""
    match place:
        case HeldPlace.WALLET:
            return chart.wallet(owner_id)
        case HeldPlace.MERCHANT_AVAILABLE | HeldPlace.MERCHANT_PENDING:
            return chart.merchant_available(owner_id)
        case HeldPlace.MERCHANT_DEPOSIT:
            return chart.merchant_deposit(owner_id)


def new_order(command: ObeyCourtOrder, now: datetime) -> CourtOrder:
    """Make an order that nothing was taken for yet."""
    return CourtOrder(
        id=command.id,
        owner_id=command.owner_id,
        place=command.place,
        amount=command.amount,
        court=command.court,
        number=command.number,
        obeyed_at=now,
    )


def take(order: CourtOrder) -> Chain:
    """Take into the hold what there is, up to what is still missing."""
    source, target = account_of(order.place, order.owner_id), chart.legal_hold(order.owner_id)
    amount = AMOUNT_MAX if order.missing is None else order.missing
    id = derive(order.id, "take", order.takes + 1)
    transfer = move(order.id, id, source, target, amount, Kind.LEGAL_HOLD, TransferFlags.BALANCING_DEBIT)
    return Chain((transfer,), (source, target))


def note_taken(order: CourtOrder, amount: int) -> None:
    """Note what was taken."""
    order.taken += amount
    order.takes += 1


def freeze(order: CourtOrder) -> Chain:
    """Let nothing more go out of the account until the order has what it lacks: what comes in is the court's."""
    source, target = account_of(order.place, order.owner_id), chart.legal_hold(order.owner_id)
    order.freezes += 1
    order.is_freezing = True
    flags = TransferFlags.PENDING | TransferFlags.FREEZING_DEBIT
    return Chain((move(order.id, _freeze_id(order), source, target, 0, Kind.LEGAL_HOLD, flags),), (source, target))


def thaw(order: CourtOrder) -> Chain:
    """Let money go out of the account again."""
    order.is_freezing = False
    id, flags = derive(order.id, "thaw", order.freezes), TransferFlags.VOID_PENDING_TRANSFER
    return Chain((Transfer(id=id, pending_id=_freeze_id(order), flags=flags, journal_id=order.id),))


async def serve(
    orders: Sequence[CourtOrder], post: Post, repay: Repay
) -> tuple[list[tuple[CourtOrder, int]], list[Chain]]:
    """Take for each order in force what there is, the first first. Accounts of which one still lacks some are frozen.

    What a shop owes is repaid before, by *repay*, and what a person owes likewise: that was never theirs to keep.

    *orders* are all that are in force about their accounts. So what comes in can't go out before the court has it,
    whatever way: the ledger itself refuses. Give what was taken for each, and what freezes: to be posted once the rows
    are written. Of two first orders about one account at once, the row of the second is then a lost race
    (`court_orders_one_freezes_an_account`), and not a freeze that the ledger refuses.
    """
    in_force = [order for order in orders if order.ended_at is None and order.missing != 0]
    lacking = sorted(in_force, key=lambda order: order.obeyed_at)
    await post([thaw(order) for order in lacking if order.is_freezing])
    first = {order.owner_id: order for order in reversed(lacking) if order.place in _OF_SALES}
    await repay({shop_id: _cause_of(order) for shop_id, order in first.items()})
    wallets = {order.owner_id: order for order in reversed(lacking) if order.place is HeldPlace.WALLET}
    await post([_repayment_of(order) for order in wallets.values()])
    taken = list(zip(lacking, await post([take(order) for order in lacking]), strict=True))
    for order, amount in taken:
        note_taken(order, amount)
    short = [order for order in lacking if order.missing != 0]
    freezing = {account_of(order.place, order.owner_id).id: order for order in reversed(short)}
    return taken, [freeze(order) for order in freezing.values()]


def _cause_of(order: CourtOrder) -> UUID:
    return derive(order.id, "repayment", order.takes)


def _repayment_of(order: CourtOrder) -> Chain:
    """Let what is in a person's wallet go to what they owe, and be it nothing."""
    accounts = chart.wallet(order.owner_id), chart.wallet_owed(order.owner_id)
    return Chain((repay_wallet_debt(order.owner_id, _cause_of(order)),), accounts)


def _freeze_id(order: CourtOrder) -> UUID:
    return derive(order.id, "freeze", order.freezes)


def key_of_order(place: HeldPlace, owner_id: UUID, number: str) -> tuple[UUID, str]:
    """Tell orders about an account apart, by their numbers as those of notices are."""
    return account_of(place, owner_id).id, tidy_name(number)


def key_of_notice(court_order_id: UUID, number: str) -> tuple[UUID, str]:
    """Tell notices about an order apart: one number is not always written with the same brackets and spaces."""
    return court_order_id, tidy_name(number)


def judge_execution(
    order: CourtOrder | None,
    executed: Collection[UUID],
    notices: Collection[tuple[UUID, str]],
    command: ExecuteCourtOrder,
    now: datetime,
) -> tuple[CourtOrderStatus, Chain | None]:
    """Pay what is held to the court. *executed* are the ids of what was, *notices* by what it was."""
    if order is None:
        return _S.COURT_ORDER_NOT_FOUND, None
    if command.id in executed:
        return _S.EXISTS, None
    if key_of_notice(order.id, command.number) in notices:
        return _S.NOTICE_EXECUTED, None
    if order.ended_at is not None:
        return _S.ENDED, None
    if not 1 <= command.amount <= order.held:
        return _S.EXCEEDS_HELD, None
    order.executed += command.amount
    if order.missing == 0 and not order.held:
        order.ended_at = now
    shard = shard_of(order.id)
    held, way, bank = chart.legal_hold(order.owner_id), chart.payout_clearing(shard, COURT), chart.bank(shard)
    amount, kind = command.amount, Kind.LEGAL_EXECUTION
    return _S.DONE, Chain(
        (
            move(order.id, derive(command.id, "execution"), held, way, amount, kind, TransferFlags.LINKED),
            move(order.id, derive(command.id, "paid"), way, bank, amount, kind),
        ),
        (held, way, bank),
    )


def judge_release(
    order: CourtOrder | None, command: ReleaseCourtOrder, now: datetime
) -> tuple[CourtOrderStatus, Chain | None]:
    """Let go of what is held."""
    if order is None:
        return _S.COURT_ORDER_NOT_FOUND, None
    if order.ended_at is not None:
        return (_S.EXISTS if order.release_number == command.number else _S.ENDED), None
    back = order.held
    order.released += back
    order.ended_at = now
    order.release_number = command.number
    if not back:
        return _S.DONE, None
    source, target = chart.legal_hold(order.owner_id), account_of(order.place, order.owner_id)
    transfer = move(order.id, derive(order.id, "release"), source, target, back, Kind.LEGAL_HOLD)
    return _S.DONE, Chain((transfer,), (source, target))

"""The postings of a guaranteed trade. Amounts are fen; a chain's first transfer carries its meaning.

What a buyer pays and what the platform's coupon adds lie in two accounts of the order, so that each can only go back to
where it came from. *subsidy* is the coupon's part; most orders have none, and none of its postings.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.ids import derive, shard_of
from weiji.ledger import AMOUNT_MAX, Account, Transfer, TransferFlags, TransferResult, TransferStatus, chart, move
from weiji.ledger.chart import Code, Kind

# To derive an account costs as much as to judge a transfer, and those of platform and shops are asked for all the time.
transit: Final = lru_cache(chart.transit)
fee_income: Final = lru_cache(chart.fee_income)
control: Final = lru_cache(chart.control)
merchant_pending: Final = lru_cache(10_000)(chart.merchant_pending)
merchant_available: Final = lru_cache(10_000)(chart.merchant_available)

_LINKED: Final = TransferFlags.LINKED
_BALANCING: Final = TransferFlags.BALANCING_DEBIT | TransferFlags.BALANCING_CREDIT


class Chain(Struct, frozen=True):
    """Transfers that are made all or none, and accounts that are opened before, where they are not open yet."""

    transfers: Sequence[Transfer]
    opening: Sequence[Account] = ()


Post = Callable[[Sequence[Chain]], Awaitable[list[int]]]
"""Posts chains that can't be refused; gives what each one's first transfer moved."""


def hold(order_id: UUID, shop_id: UUID, payment_id: UUID, amount: int, *, subsidy: int = 0, prepaid: int = 0) -> Chain:
    """Take a payment that arrived into the order's escrow, and beside it what the platform's coupon adds.

    What another shop *prepaid* lies with it: both are shared with others alike.

    Every account that the order's money may touch is opened here: one statement less for each verb that follows.
    """
    shard = shard_of(order_id)
    source, target = transit(shard), chart.escrow(order_id)
    opening = (
        source,
        target,
        merchant_pending(shop_id),
        merchant_available(shop_id),
        fee_income(shard),
        control(shard),
        chart.refundable(order_id),
    )
    id = derive(order_id, "hold", payment_id)
    if prepaid:
        second = derive(order_id, "prepaid", payment_id)
        return Chain(
            (
                move(order_id, id, source, target, amount, Kind.HOLD, _LINKED),
                move(order_id, second, source, target, prepaid, Kind.SUBSIDY),
            ),
            opening,
        )
    if not subsidy:
        return Chain((move(order_id, id, source, target, amount, Kind.HOLD),), opening)
    added = chart.escrow_subsidy(order_id)
    return Chain(
        (
            move(order_id, id, source, target, amount, Kind.HOLD, _LINKED),
            move(order_id, derive(order_id, "subsidy", payment_id), source, added, subsidy, Kind.SUBSIDY),
        ),
        (*opening, added),
    )


def release(order_id: UUID, shop_id: UUID, amount: int, fee: int, *, subsidy: int = 0, number: int = 1) -> Chain:
    """Give escrow to the shop, gross; then take the fee; and note what the buyer may still claim back.

    An order that is released in parts, each for a parcel, counts them by *number*.
    """
    shard = shard_of(order_id)
    escrow, pending = chart.escrow(order_id), merchant_pending(shop_id)
    counter, refundable = control(shard), chart.refundable(order_id)
    given = move(order_id, derive(order_id, "release", number), escrow, pending, amount, Kind.RELEASE, _LINKED)
    noted = move(order_id, derive(order_id, "refundable", number), counter, refundable, amount, Kind.REFUNDABLE)
    steps = [given]
    if subsidy:
        id = derive(order_id, "subsidy released", number)
        source = chart.escrow_subsidy(order_id)
        steps.append(move(order_id, id, source, pending, subsidy, Kind.SUBSIDY_RELEASED, _LINKED))
    if fee:
        income = fee_income(shard)
        steps.append(move(order_id, derive(order_id, "fee", number), pending, income, fee, Kind.FEE, _LINKED))
    return Chain((*steps, noted))


def settle(order_id: UUID, shop_id: UUID, amount: int, *, number: int = 1) -> Chain:
    """Let the shop withdraw what the order brought, less the fee and what was given back since."""
    source, target = merchant_pending(shop_id), merchant_available(shop_id)
    return Chain((move(order_id, derive(order_id, "settle", number), source, target, amount, Kind.SETTLE),))


def refund(
    order_id: UUID,
    refund_id: UUID,
    amount: int,
    *,
    subsidy: int = 0,
    prepaid: int = 0,
    flags: TransferFlags = TransferFlags.NONE,
) -> Chain:
    """Send money of the escrow, all of it or a part, on its way back to the payer, and the coupon's to its budget.

    What was *prepaid* lies in the escrow, too. It may be all that goes back.
    """
    source, target = chart.escrow(order_id), transit(shard_of(order_id))
    id = derive(order_id, "refund", refund_id)
    if prepaid:
        returned = _return_subsidy(order_id, refund_id, source, prepaid, flags)
        if not amount:
            return Chain((returned,))
        return Chain((move(order_id, id, source, target, amount, Kind.REFUND, _LINKED), returned))
    if not subsidy:
        return Chain((move(order_id, id, source, target, amount, Kind.REFUND, flags),))
    back = move(order_id, id, source, target, amount, Kind.REFUND, _LINKED)
    return Chain((back, _return_subsidy(order_id, refund_id, chart.escrow_subsidy(order_id), subsidy, flags)))


def share(order_id: UUID, share_id: UUID, amount: int) -> Chain:
    """Send a part of the escrow on its way to another shop."""
    source, target = chart.escrow(order_id), transit(shard_of(order_id))
    return Chain((move(order_id, derive(share_id, "share"), source, target, amount, Kind.SHARE),))


def receive_share(order_id: UUID, receiver_id: UUID, share_id: UUID, amount: int, *, is_person: bool = False) -> Chain:
    """Give a shop what another shared with it, or a person: either may withdraw it at once."""
    target = chart.wallet(receiver_id) if is_person else merchant_available(receiver_id)
    source = transit(shard_of(receiver_id))
    id = derive(receiver_id, "share", share_id)
    return Chain((move(order_id, id, source, target, amount, Kind.SHARE),), (source, target))


def return_share(order_id: UUID, shop_id: UUID, return_id: UUID, amount: int) -> Chain:
    """Take back from a shop what was shared with it. Refused where it has less to withdraw."""
    source, target = merchant_available(shop_id), transit(shard_of(shop_id))
    id = derive(shop_id, "share return", return_id)
    return Chain((move(order_id, id, source, target, amount, Kind.SHARE),), (source, target))


def take_share_back(order_id: UUID, return_id: UUID, amount: int) -> Chain:
    """Bring what came back from a shop into the escrow again."""
    source, target = transit(shard_of(order_id)), chart.escrow(order_id)
    return Chain((move(order_id, derive(order_id, "share return", return_id), source, target, amount, Kind.SHARE),))


def give_subsidy(order_id: UUID, payer_id: UUID, id: UUID, amount: int) -> Chain:
    """Send money of a service provider's shop on its way to an order of another. Refused where it has less."""
    source, target = merchant_available(payer_id), transit(shard_of(payer_id))
    return Chain((move(order_id, id, source, target, amount, Kind.SUBSIDY),), (source, target))


def receive_subsidy(order_id: UUID, subsidy_id: UUID, amount: int) -> Chain:
    """Take what a service provider adds to an order beside its escrow."""
    source, target = transit(shard_of(order_id)), chart.escrow_subsidy(order_id)
    id = derive(order_id, "subsidy received", subsidy_id)
    return Chain((move(order_id, id, source, target, amount, Kind.SUBSIDY),), (source, target))


def release_subsidy(order_id: UUID, shop_id: UUID, amount: int) -> Chain:
    """Give the shop all that a service provider added to an order."""
    source, target = chart.escrow_subsidy(order_id), merchant_pending(shop_id)
    id = derive(order_id, "subsidy released", "all")
    return Chain((move(order_id, id, source, target, amount, Kind.SUBSIDY_RELEASED),), (target,))


def return_subsidy(
    order_id: UUID, shop_id: UUID, return_id: UUID, amount: int, *, is_released: bool, is_settled: bool
) -> Chain:
    """Send what a service provider added on its way back: from the escrow, or from its shop where that has as much."""
    source = chart.escrow_subsidy(order_id)
    if is_released:
        source = merchant_available(shop_id) if is_settled else merchant_pending(shop_id)
    return Chain((_return_subsidy(order_id, return_id, source, amount),))


def take_subsidy_back(order_id: UUID, payer_id: UUID, return_id: UUID, amount: int) -> Chain:
    """Give a service provider's shop again what it had added to an order."""
    source, target = transit(shard_of(payer_id)), merchant_available(payer_id)
    id = derive(payer_id, "subsidy returned", return_id)
    return Chain((move(order_id, id, source, target, amount, Kind.SUBSIDY_RETURNED),), (source, target))


def award(
    order_id: UUID,
    shop_id: UUID,
    refund_id: UUID,
    back: int,
    amount: int,
    fee: int,
    *,
    subsidy_back: int = 0,
    subsidy: int = 0,
) -> Chain:
    """Split the escrow: *back* goes to the payer, *amount* to the shop, less the *fee* of that; so with the subsidy."""
    if not amount:
        return refund(order_id, refund_id, back, subsidy=subsidy_back)
    released = release(order_id, shop_id, amount, fee, subsidy=subsidy)
    if not back:
        return released
    given = refund(order_id, refund_id, back, subsidy=subsidy_back, flags=_LINKED)
    return Chain((*given.transfers, *released.transfers))


def give_back(
    order_id: UUID,
    shop_id: UUID,
    refund_id: UUID,
    amount: int,
    fee_returned: int,
    *,
    is_settled: bool,
    subsidy: int = 0,
    prepaid: int = 0,
) -> Chain:
    """Refund what was released: the cap first, then the fee, then the shop's part; or nothing of it.

    The shop gives back gross: to the payer *amount*, to the coupon's budget *subsidy*. What was *prepaid* goes back so,
    too, and was released with the payer's money: the cap is of both, and either may be all that goes back.

    Before settlement it is taken from what is pending. After it, from what is available, then from the deposit, and
    what is missing is owed from now on: the payer gets all of it, and no account of the shop goes below 0.
    """
    capped, subsidy = _cap(order_id, refund_id, amount + prepaid), subsidy + prepaid
    if is_settled:
        taken = _take_back(order_id, shop_id, refund_id, amount, fee_returned, subsidy)
        return Chain((capped, *taken.transfers), taken.opening)
    pending, way = merchant_pending(shop_id), transit(shard_of(order_id))
    returned = _return_fee(order_id, refund_id, pending, fee_returned)
    id = derive(order_id, "refund", refund_id)
    if not subsidy:
        return Chain((capped, *returned, move(order_id, id, pending, way, amount, Kind.REFUND)))
    back = (move(order_id, id, pending, way, amount, Kind.REFUND, _LINKED),) if amount else ()
    return Chain((capped, *returned, *back, _return_subsidy(order_id, refund_id, pending, subsidy)))


def pay_postage(order_id: UUID, shop_id: UUID, case_id: UUID, amount: int) -> Chain:
    """Send a buyer what sending goods back cost them, which is no part of what they paid: of the shop, as far as it
    has it, by the waterfall. What is missing is owed.
    """
    return _take_back(order_id, shop_id, derive(case_id, "return postage"), amount, 0, 0, kind=Kind.POSTAGE)


def advance(order_id: UUID, shop_id: UUID, refund_id: UUID, amount: int, *, prepaid: int = 0) -> Chain:
    """Refund what the shop never got, since others have it still: of the shop, by the waterfall. No cap is of it.

    What was *prepaid* goes back to who sent the coupon. Either may be all that goes back.
    """
    return _take_back(order_id, shop_id, refund_id, amount, 0, prepaid)


def dispute(order_id: UUID, shop_id: UUID, case_id: UUID, amount: int, *, subsidy: int = 0) -> Chain:
    """Hold what is disputed of a settled order: of the cap all of it, of what is available what there is.

    What goes back to the payer takes its *subsidy* along, which the shop has, too.

    Nothing but `give_back_disputed` or `let_go` ends that.
    """
    shard = shard_of(order_id)
    flags = TransferFlags.PENDING
    return Chain(
        (
            move(
                order_id,
                derive(order_id, "dispute refundable", case_id),
                chart.refundable(order_id),
                control(shard),
                amount,
                Kind.REFUNDABLE,
                flags | _LINKED,
            ),
            move(
                order_id,
                hold_of_dispute(order_id, case_id),
                merchant_available(shop_id),
                transit(shard),
                amount + subsidy,
                Kind.DISPUTE,
                flags | TransferFlags.BALANCING_DEBIT,
            ),
        )
    )


def let_go(order_id: UUID, case_id: UUID, flags: TransferFlags = TransferFlags.NONE) -> Chain:
    """Free what a dispute holds."""
    void = TransferFlags.VOID_PENDING_TRANSFER
    return Chain(
        tuple(
            Transfer(
                id=derive(order_id, f"{word} let go", case_id),
                pending_id=derive(order_id, word, case_id),
                flags=void | linked,
                journal_id=order_id,
            )
            for word, linked in (("dispute refundable", _LINKED), ("dispute", flags))
        )
    )


def hold_of_dispute(order_id: UUID, case_id: UUID) -> UUID:
    """Name the transfer by which `dispute` holds what is available of a shop."""
    return derive(order_id, "dispute", case_id)


def give_back_disputed(
    order_id: UUID,
    shop_id: UUID,
    case_id: UUID,
    refund_id: UUID,
    amount: int,
    fee_returned: int,
    *,
    held: int,
    subsidy: int = 0,
) -> Chain:
    """Award the payer *amount* of a settled order in a dispute: out of what is *held*, then as `give_back`.

    What is held is posted, not freed and taken again: a court's order that came since has the rest.
    """
    taken = min(held, amount + subsidy - fee_returned)
    cap, hold = let_go(order_id, case_id, _LINKED).transfers
    if taken:
        hold = replace(hold, amount=taken, flags=TransferFlags.POST_PENDING_TRANSFER | _LINKED)
    given = _take_back(order_id, shop_id, refund_id, amount, fee_returned, subsidy, taken=taken)
    return Chain((cap, hold, _cap(order_id, refund_id, amount), *given.transfers), given.opening)


def charge_back(case_id: UUID, channel: str, amount: int, fee: int) -> Chain:
    """Book that a channel took back what a payer disputes, and its own fee. It is gone, whatever comes of the case."""
    shard = shard_of(case_id)
    pending, receivable = chart.chargeback_pending(case_id), chart.channel_receivable(shard, channel)
    flags = _LINKED if fee else TransferFlags.NONE
    taken = move(case_id, derive(case_id, "received"), pending, receivable, amount, Kind.CHARGEBACK, flags)
    if not fee:
        return Chain((taken,), (pending, receivable))
    cost = chart.chargeback_fee(shard)
    paid = move(case_id, derive(case_id, "fee"), cost, receivable, fee, Kind.CHARGEBACK_FEE)
    return Chain((taken, paid), (pending, receivable, cost))


def hold_charged_back(order_id: UUID, case_id: UUID, amount: int, *, is_released: bool, number: int = 1) -> Chain:
    """Hold of an order what is disputed, as far as it has not gone back: its escrow, or the cap of what was released.

    So a refund and a chargeback of the same money exclude each other. What is held anew counts on by *number*.
    """
    flags = TransferFlags.PENDING | TransferFlags.BALANCING_DEBIT
    id = derive(_root(case_id, number), "held")
    if is_released:
        source, target = chart.refundable(order_id), control(shard_of(order_id))
        return Chain((move(order_id, id, source, target, amount, Kind.REFUNDABLE, flags),), (source, target))
    source, target = chart.escrow(order_id), chart.chargeback_pending(case_id)
    return Chain((move(order_id, id, source, target, amount, Kind.CHARGEBACK, flags),), (source, target))


def _root(case_id: UUID, number: int) -> UUID:
    """From what the ids of a case's holds are derived: a hold is made once, so what is held anew has its own."""
    return case_id if number == 1 else derive(case_id, "hold", number)


def hold_of_shop(
    order_id: UUID, shop_id: UUID, case_id: UUID, amount: int, *, is_deposit: bool, number: int = 1
) -> Chain:
    """Hold of what a shop has, or of its deposit, as much as there is, up to an amount."""
    source = chart.merchant_deposit(shop_id) if is_deposit else merchant_available(shop_id)
    id = derive(_root(case_id, number), "held of", int(source.code))
    flags = TransferFlags.PENDING | TransferFlags.BALANCING_DEBIT
    target = chart.chargeback_pending(case_id)
    return Chain((move(order_id, id, source, target, amount, Kind.CHARGEBACK, flags),), (source, target))


def hold_of_purse(case_id: UUID, source: Account, amount: int) -> Chain:
    """Hold of a purse as much as there is, up to an amount: for what was for no order of ours."""
    id = derive(case_id, "held of", int(source.code))
    flags = TransferFlags.PENDING | TransferFlags.BALANCING_DEBIT
    target = chart.chargeback_pending(case_id)
    return Chain((move(case_id, id, source, target, amount, Kind.CHARGEBACK, flags),), (source, target))


def win_of_purse(case_id: UUID, channel: str, amount: int, sources: Sequence[Account]) -> Chain:
    """Free what is held of a purse: the channel gives the money again."""
    pending, receivable = chart.chargeback_pending(case_id), chart.channel_receivable(shard_of(case_id), channel)
    back = move(case_id, derive(case_id, "won"), receivable, pending, amount, Kind.CHARGEBACK)
    return Chain((*_end_of_purse(case_id, sources, TransferFlags.VOID_PENDING_TRANSFER), back))


def lose_of_purse(
    case_id: UUID, debtor_id: UUID, amount: int, recoverable: int, held: Sequence[tuple[Account, int]], owed: Account
) -> Chain:
    """Make good of what the channel keeps: what is *held* of the purse, then what else is there, in turn.

    What it lacks is owed from now on. What had gone back before nobody can be charged for: it is a loss of the
    platform's. What is held is posted, not freed and taken again: a court's order that came since has the rest.
    """
    pending, claim = chart.chargeback_pending(case_id), chart.merchant_claim(debtor_id)
    sources = [source for source, _ in held]
    transfers = list(_end_of_purse(case_id, sources, TransferFlags.POST_PENDING_TRANSFER))
    opening: list[Account] = [pending]
    rest = recoverable - sum(its for _, its in held)
    if rest:
        id = derive(case_id, "recovered")
        transfers.append(move(case_id, id, claim, pending, rest, Kind.CHARGEBACK, _LINKED))
        for step in (*sources, owed):
            flags = TransferFlags.BALANCING_CREDIT if step is owed else _BALANCING
            id = derive(case_id, "recovery", int(step.code))
            transfers.append(move(case_id, id, step, claim, rest, Kind.RECOVERY, flags | _LINKED))
        opening += (claim, *sources, owed)
    if amount > recoverable:
        loss = chart.bad_debt(shard_of(case_id))
        id = derive(case_id, "borne")
        transfers.append(move(case_id, id, loss, pending, amount - recoverable, Kind.CHARGEBACK, _LINKED))
        opening.append(loss)
    return Chain((*transfers[:-1], _unlink(transfers[-1])), opening)


def _end_of_purse(case_id: UUID, sources: Sequence[Account], flag: TransferFlags) -> tuple[Transfer, ...]:
    word = "paid of" if flag is TransferFlags.POST_PENDING_TRANSFER else "freed of"
    return tuple(
        Transfer(
            id=derive(case_id, word, int(source.code)),
            pending_id=derive(case_id, "held of", int(source.code)),
            amount=AMOUNT_MAX if flag is TransferFlags.POST_PENDING_TRANSFER else 0,
            flags=flag | _LINKED,
            journal_id=case_id,
        )
        for source in sources
    )


class ChargedBack(Struct, frozen=True, kw_only=True):
    """What is held for a chargeback: *held* of the order, and where of the shop something is held, too."""

    case_id: UUID
    number: int = 1
    """Which hold of the case it is."""
    order_id: UUID
    shop_id: UUID
    held: int
    is_released: bool
    is_settled: bool
    of_available: int | None = None
    """How much of it is held of what the shop had available; None: nothing was asked of that."""
    of_deposit: int | None = None


def win_chargeback(case_id: UUID, channel: str, amount: int, held: ChargedBack | None) -> Chain:
    """Free everything that is held: the channel gives the money again."""
    shard = shard_of(case_id)
    pending, receivable = chart.chargeback_pending(case_id), chart.channel_receivable(shard, channel)
    back = move(case_id, derive(case_id, "won"), receivable, pending, amount, Kind.CHARGEBACK)
    if held is None:
        return Chain((back,))
    return Chain((_end_hold(held, TransferFlags.VOID_PENDING_TRANSFER), *_free_of_shop(held), back))


def free_charged_back(held: ChargedBack) -> Chain:
    """Free everything that is held, for it to be held anew."""
    transfers = [_end_hold(held, TransferFlags.VOID_PENDING_TRANSFER), *_free_of_shop(held)]
    return Chain((*transfers[:-1], _unlink(transfers[-1])))


def lose_chargeback(
    case_id: UUID, amount: int, fee_returned: int, held: ChargedBack | None, *, subsidy: int = 0
) -> Chain:
    """Make good of what the channel keeps: out of the escrow, else from the shop by the waterfall.

    The *subsidy* that came with it goes back to its budget. What was given back before, or is for no shop of ours,
    nobody can be charged for: it is a loss of the platform's.
    """
    rest = amount - (held.held if held else 0)
    transfers: list[Transfer] = []
    opening: list[Account] = []
    pending = chart.chargeback_pending(case_id)
    if held is not None:
        transfers.append(_end_hold(held, TransferFlags.POST_PENDING_TRANSFER))
        if held.is_settled:
            # What is held already is taken even where a court froze the account since; the rest comes by the waterfall.
            taken, ending = _take_of_shop(held, held.held + subsidy - fee_returned)
            transfers += ending
            if held.held:
                back = _take_back(
                    held.order_id, held.shop_id, case_id, held.held - taken, fee_returned, subsidy, pending
                )
                transfers += _link(back.transfers)
                opening += back.opening
        elif held.is_released and held.held:
            source = merchant_pending(held.shop_id)
            transfers += _return_fee(held.order_id, case_id, source, fee_returned)
            id = derive(case_id, "recovered")
            transfers.append(move(held.order_id, id, source, pending, held.held, Kind.CHARGEBACK, _LINKED))
        if subsidy and not held.is_settled:
            its = merchant_pending(held.shop_id) if held.is_released else chart.escrow_subsidy(held.order_id)
            transfers.append(_return_subsidy(held.order_id, case_id, its, subsidy, _LINKED))
    if rest:
        loss = chart.bad_debt(shard_of(case_id))
        transfers.append(move(case_id, derive(case_id, "borne"), loss, pending, rest, Kind.CHARGEBACK))
        opening.append(loss)
    return Chain((*_link(transfers[:-1]), _unlink(transfers[-1])), opening)


def _end_hold(held: ChargedBack, flag: TransferFlags) -> Transfer:
    amount = AMOUNT_MAX if flag is TransferFlags.POST_PENDING_TRANSFER else 0
    return Transfer(
        id=derive(_root(held.case_id, held.number), "held", "ended"),
        pending_id=derive(_root(held.case_id, held.number), "held"),
        amount=amount,
        flags=flag | _LINKED,
        journal_id=held.order_id,
    )


def _free_of_shop(held: ChargedBack) -> list[Transfer]:
    return _take_of_shop(held, 0)[1]


def _take_of_shop(held: ChargedBack, most: int) -> tuple[int, list[Transfer]]:
    """End what is held of the shop: take *most* of it at most, and free the rest. Give what is taken, too."""
    taken, transfers = 0, []
    for amount, code in ((held.of_available, Code.MERCHANT_AVAILABLE), (held.of_deposit, Code.MERCHANT_DEPOSIT)):
        if amount is None:
            continue
        part = min(amount, most - taken)
        taken += part
        flag = TransferFlags.POST_PENDING_TRANSFER if part else TransferFlags.VOID_PENDING_TRANSFER
        ending = Transfer(
            id=derive(_root(held.case_id, held.number), "taken of" if part else "freed of", int(code)),
            pending_id=derive(_root(held.case_id, held.number), "held of", int(code)),
            amount=part,
            flags=flag | _LINKED,
            journal_id=held.order_id,
        )
        transfers.append(ending)
    return taken, transfers


def _link(transfers: Sequence[Transfer]) -> list[Transfer]:
    return [replace(transfer, flags=transfer.flags | _LINKED) for transfer in transfers]


def _unlink(transfer: Transfer) -> Transfer:
    return replace(transfer, flags=transfer.flags & ~_LINKED)


def _cap(order_id: UUID, refund_id: UUID, amount: int) -> Transfer:
    """Take off what may still be claimed back of an order: whatever the caller thinks, it is not claimed twice."""
    source, target = chart.refundable(order_id), control(shard_of(order_id))
    return move(order_id, derive(order_id, "refundable", refund_id), source, target, amount, Kind.REFUNDABLE, _LINKED)


def _take_back(
    order_id: UUID,
    shop_id: UUID,
    refund_id: UUID,
    amount: int,
    fee_returned: int,
    subsidy: int,
    target: Account | None = None,
    *,
    taken: int = 0,
    kind: Kind = Kind.REFUND,
) -> Chain:
    """Send *amount* to the payer, and take it from the shop by the waterfall: available, deposit, owed.

    Where the payer has it already, it goes to *target* instead, which waits for it. What was *taken* of the shop
    already, out of a hold that is posted before this, lies on the way; only the rest comes by the waterfall.

    The claim is an account that the payer's money leaves first. Each step then fills what is still missing of it
    ("balancing"), so that nothing has to be read to know how much that is, and nothing can come between.
    """
    claim, way = chart.merchant_claim(shop_id), target or transit(shard_of(order_id))
    steps = (
        merchant_available(shop_id),
        chart.merchant_deposit(shop_id),
        chart.merchant_owed(shop_id),
    )
    back = move(order_id, derive(order_id, "refund", refund_id), claim, way, amount, kind, _LINKED)
    returned = _return_fee(order_id, refund_id, claim, fee_returned)
    if taken:
        id = derive(order_id, "recovery", refund_id, "held")
        returned += (move(order_id, id, way, claim, taken, Kind.RECOVERY, _LINKED),)
    filled = (
        move(
            order_id,
            derive(order_id, "recovery", refund_id, int(step.code)),
            step,
            claim,
            amount + subsidy - fee_returned,
            Kind.RECOVERY if kind is Kind.REFUND else kind,
            # What is owed is an asset: it may grow by what is left.
            TransferFlags.BALANCING_CREDIT if step is steps[-1] else _BALANCING | _LINKED,
        )
        for step in steps
    )
    added = (_return_subsidy(order_id, refund_id, claim, subsidy, _LINKED),) if subsidy else ()
    # Nothing is on its way where all of it was held, and taken from there.
    return Chain((*((back,) if amount else ()), *added, *returned, *filled), (claim, *steps))


def _return_subsidy(
    order_id: UUID, refund_id: UUID, source: Account, subsidy: int, flags: TransferFlags = TransferFlags.NONE
) -> Transfer:
    """Send a part of what a coupon paid on its way back to its budget."""
    target = transit(shard_of(order_id))
    id = derive(order_id, "subsidy returned", refund_id)
    return move(order_id, id, source, target, subsidy, Kind.SUBSIDY_RETURNED, flags)


def _return_fee(order_id: UUID, refund_id: UUID, target: Account, fee: int) -> tuple[Transfer, ...]:
    if not fee:
        return ()
    income = fee_income(shard_of(order_id))
    id = derive(order_id, "fee returned", refund_id)
    return (move(order_id, id, income, target, fee, Kind.FEE_RETURNED, _LINKED),)


def is_done(results: Sequence[TransferResult]) -> bool:
    """Tell whether a chain stands: made now, or found whole from before (its first event then `exists`)."""
    return results[0].status is TransferStatus.EXISTS or all(r.status is TransferStatus.CREATED for r in results)

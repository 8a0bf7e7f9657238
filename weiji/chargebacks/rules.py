"""How the money of chargebacks goes: what is held for them, and what becomes of it.

What comes next depends on what the ledger answers, so it is asked meanwhile; which ledger that is, is for the caller.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from weiji import escrow
from weiji.aftersale import Desk
from weiji.chargebacks.machine import OPEN, ChargebackState, ChargebackVerb, target
from weiji.chargebacks.model import (
    Chargeback,
    ChargebackStatus,
    EndChargeback,
    Payable,
    Purse,
    Stage,
    TakeChargeback,
)
from weiji.escrow import Chain, ChargedBack, Post
from weiji.ledger import Account, Code, chart
from weiji.orders import Order, State

CasesOf = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, Sequence[Chargeback]]]]
"""Reads all chargebacks of orders, the oldest first."""
ServeCourts = Callable[[Collection[UUID]], Awaitable[None]]
"""Lets what is held of shops change its holder, though courts froze their accounts since."""

_STAGES: Final = {State.RECEIVED: Stage.PENDING, State.COMPLETED: Stage.SETTLED}
"""Where an order's money is; in every other state it is in the escrow, if there is any."""


def recoverable_of(command: TakeChargeback, payable: Payable | None) -> int:
    """Say what a purse makes good of: what had not gone back of its order, whatever payments have heard of that."""
    if payable is None:
        return command.recoverable
    if payable.payment_id is None and not payable.is_closed:
        return command.recoverable  # It overtook the news of its payment.
    # What the order did not take goes back by itself, and was never the shop's.
    left = payable.due - payable.gone_back if payable.payment_id == command.payment_id else 0
    return min(command.recoverable, left)


def new_case(id: UUID, command: TakeChargeback, payable: Payable | None = None, *, is_ours: bool) -> Chargeback:
    """Make a case that nothing is held for yet. *is_ours*: its order is there; *payable*: it is a merchant's."""
    return Chargeback(
        id=id,
        payment_id=command.payment_id,
        order_id=command.order_id if is_ours else None,
        shop_id=command.shop_id if is_ours or command.purse else None,
        purse=command.purse,
        debtor_id=command.debtor_id,
        held=recoverable_of(command, payable) if command.purse else 0,
        channel=command.channel,
        reference=command.reference,
        amount=command.amount,
        fee=command.fee,
        reason=command.reason,
        respond_by=command.respond_by,
        state=ChargebackState.RECEIVED,
        received_at=command.received_at,
    )


def short_of(case: Chargeback, orders: Mapping[UUID, Order]) -> UUID | None:
    """Name the shop that has the money of a case's order already, where not all of it is held and more may yet be."""
    order = orders.get(case.order_id) if case.order_id else None
    is_short = case.closed_at is None and case.held < case.amount
    return order.shop_id if order is not None and order.state is State.COMPLETED and is_short else None


def judge_end(case: Chargeback | None, command: EndChargeback, now: datetime) -> ChargebackStatus:
    """Note how a channel decided, or say why not."""
    if case is None:
        return ChargebackStatus.CHARGEBACK_NOT_FOUND
    state = target(ChargebackVerb.WIN if command.is_won else ChargebackVerb.LOSE, case.state, command.actor.kind)
    if state is None:
        is_same = case.state is (ChargebackState.WON if command.is_won else ChargebackState.LOST)
        return ChargebackStatus.EXISTS if is_same else ChargebackStatus.NOT_ALLOWED_NOW
    case.state, case.ended_at = state, now
    return ChargebackStatus.DONE


class Docket:
    """What a batch judges: chargebacks, and the locked orders that they are about, with their cases of after-sale.

    Nothing here is I/O, but for what *post* and *cases_of* do, and *serve_courts* of `deal`. What the desk comes to is
    written after it. *rejected*: the payments that orders which are not paid did not take, each (order, payment).
    """

    def __init__(
        self, desk: Desk, post: Post, cases_of: CasesOf, rejected: Collection[tuple[UUID, UUID]], now: datetime
    ) -> None:
        self.desk = desk
        self.rejected = rejected
        self.work = desk.work
        self.now = now
        self._post = post
        self._cases_of = cases_of

    async def receive(self, cases: Sequence[Chargeback]) -> list[Chargeback]:
        """Book what channels took, and hold what is disputed; return the cases for which something was held."""
        await self._post([escrow.charge_back(case.id, case.channel, case.amount, case.fee) for case in cases])
        return [*await self._hold(cases), *await self._hold_of_purses(cases)]

    async def deal(
        self, cases: Sequence[Chargeback], serve_courts: ServeCourts
    ) -> tuple[list[Chargeback], list[Chargeback]]:
        """Hold what is not held yet, and end what is decided; return which were held, and which are closed.

        No two cases are of one order.
        """
        await self._let_go([case for case in cases if case.order_id and case.held_at and self._drawn_on(case) is None])
        held = await self._hold(
            [case for case in cases if case.held_at is None and case.state is not ChargebackState.WON]
        )
        lost = [
            case
            for case in cases
            if case.order_id and case.state is ChargebackState.LOST and case.held_at and case.held < case.amount
        ]
        others = await self._cases_of([_order(case) for case in lost])
        waiting = {
            case.id for case in lost if any(_is_in_front(each) for each in others[_order(case)] if each.id != case.id)
        }
        anew = [case for case in lost if case.id not in waiting]
        if anew:
            # No court has what is freed for that of what a shop has: it was held before. `cut` holds what disputes have
            # left of it.
            if settled := {shop_id for case in anew if (shop_id := short_of(case, self.work.orders))}:
                await serve_courts(settled)
            await self._hold_anew([(case, self.desk.free(self.work.orders[_order(case)])) for case in anew])
        done = [case for case in cases if case.state not in OPEN and self._may_close(case) and case.id not in waiting]
        self.work.post([self._end(case) for case in done])
        for case in done:
            case.closed_at = self.now
            if case.order_id is not None and case.held_at is not None:
                order = self.work.orders[case.order_id]
                if case.state is ChargebackState.LOST:
                    self.desk.cut(order)
                if not order.open_chargebacks:
                    self.desk.resume(order)
        return held, done

    async def _hold(self, cases: Sequence[Chargeback]) -> list[Chargeback]:
        """Hold what is disputed; return the cases for which that was done.

        From then on the order's clock stands, and nothing is asked for about it. Cases of after-sale that are open
        stand, too, until every channel has decided. So no money is given back twice. An order that another payment paid
        for has nothing to do with it, and goes on.
        """
        ready: list[Chargeback] = []
        for case in cases:
            order = self._drawn_on(case)
            if order is not None:
                case.held_at = self.now
                self.work.stop(order)
                self.desk.suspend(order)
                ready.append(case)
        if ready:
            await self._hold_money(ready)
        return ready

    async def _let_go(self, cases: Sequence[Chargeback]) -> None:
        """Hold no more of orders that did not take the payments, though they might have when news of them came first.

        Nothing was held of their money, which was not there.
        """
        await self._post([escrow.free_charged_back(_held(case)) for case in cases])
        for case in cases:
            order = self.work.orders[_order(case)]
            case.held_at = case.stage = None
            self.work.go_on(order)
            if not order.open_chargebacks:
                self.desk.resume(order)

    async def _hold_anew(self, cases: Sequence[tuple[Chargeback, Sequence[Chain]]]) -> None:
        """Hold again of orders, for what channels keep and not all was held of: what became free since is not our loss.

        It did where another chargeback was won, where a dispute was given up, or where the order was paid only then.
        With each case come the chains that free what disputes hold of its order still: what the payer has already can't
        be awarded any more.
        """
        await self._post([chain for case, freed in cases for chain in (escrow.free_charged_back(_held(case)), *freed)])
        for case, _ in cases:
            case.hold += 1
            case.held, case.of_available, case.of_deposit = 0, None, None
        await self._hold_money([case for case, _ in cases])

    async def _hold_money(self, ready: Sequence[Chargeback]) -> None:
        for case in ready:
            case.stage = _STAGES.get(self.work.orders[_order(case)].state, Stage.ESCROW)
        amounts = await self._post(
            [
                escrow.hold_charged_back(
                    _order(case),
                    case.id,
                    case.amount if self._drawn_on(case) else 0,
                    is_released=case.stage is not Stage.ESCROW,
                    number=case.hold,
                )
                for case in ready
            ]
        )
        for case, amount in zip(ready, amounts, strict=True):
            case.held = amount
        settled = [case for case in ready if case.stage is Stage.SETTLED and case.held]
        amounts = await self._post([_hold_of_shop(case, case.held, is_deposit=False) for case in settled])
        for case, amount in zip(settled, amounts, strict=True):
            case.of_available = amount
        short = [case for case in settled if case.held > (case.of_available or 0)]
        amounts = await self._post(
            [_hold_of_shop(case, case.held - (case.of_available or 0), is_deposit=True) for case in short]
        )
        for case, amount in zip(short, amounts, strict=True):
            case.of_deposit = amount

    def _drawn_on(self, case: Chargeback) -> Order | None:
        """Find the order whose money a case is about: it was paid by the payment, or may be yet.

        What was paid by another, or sent this one back, is nothing to draw on.
        """
        order = self.work.orders.get(case.order_id) if case.order_id else None
        if order is None or (order.id, case.payment_id) in self.rejected:
            return None
        return order if order.payment_id in (None, case.payment_id) else None

    def _may_close(self, case: Chargeback) -> bool:
        """Tell whether the money can be dealt with: it was won, it is held, or there is no order to hold it of."""
        return case.state is ChargebackState.WON or case.held_at is not None or self._drawn_on(case) is None

    async def _hold_of_purses(self, cases: Sequence[Chargeback]) -> list[Chargeback]:
        """Hold what there is of the purses that money went to which was for none of our orders."""
        found = [case for case in cases if case.purse is not None]
        for case in found:
            case.held_at, case.stage = self.now, Stage.SETTLED
            missing = case.held
            for source in _sources(case):
                (amount,) = await self._post([escrow.hold_of_purse(case.id, source, missing)])
                missing -= amount
                if source.code == Code.MERCHANT_DEPOSIT:
                    case.of_deposit = amount
                else:
                    case.of_available = amount
        return found

    def _end(self, case: Chargeback) -> Chain:
        """Say what ends a case, and let its order go on."""
        if case.purse is not None:
            return _end_of_purse(case)
        held = _held(case) if case.held_at is not None else None
        order = self.work.orders.get(case.order_id) if case.order_id else None
        if case.state is ChargebackState.WON:
            if order is not None and held is not None:
                self.work.go_on(order)
            return escrow.win_chargeback(case.id, case.channel, case.amount, held)
        fee = subsidy = 0
        if order is not None and held is not None:
            if case.held:
                fee, subsidy = self.work.charge_back(order, case.id, case.held)
            self.work.go_on(order)
        case.borne = case.amount - case.held
        return escrow.lose_chargeback(case.id, case.amount, fee, held, subsidy=subsidy)


def _is_in_front(other: Chargeback) -> bool:
    """Tell whether what another chargeback of the order holds may become free: its channel has not decided."""
    return other.state in OPEN and other.held > 0


def _sources(case: Chargeback) -> list[Account]:
    """Say what a purse is taken from, in turn."""
    debtor_id = _debtor(case)
    match case.purse:
        case Purse.SHOP:
            return [chart.merchant_available(debtor_id), chart.merchant_deposit(debtor_id)]
        case Purse.DEPOSIT:
            return [chart.merchant_deposit(debtor_id), chart.merchant_available(debtor_id)]
        case _:
            return [chart.wallet(debtor_id)]


def _end_of_purse(case: Chargeback) -> Chain:
    sources = _sources(case)
    if case.state is ChargebackState.WON:
        return escrow.win_of_purse(case.id, case.channel, case.amount, sources)
    case.borne = case.amount - case.held
    debtor_id = _debtor(case)
    owed = chart.wallet_owed(debtor_id) if case.purse is Purse.WALLET else chart.merchant_owed(debtor_id)
    held = [
        (source, (case.of_deposit if source.code == Code.MERCHANT_DEPOSIT else case.of_available) or 0)
        for source in sources
    ]
    return escrow.lose_of_purse(case.id, debtor_id, case.amount, case.held, held, owed)


def _hold_of_shop(case: Chargeback, amount: int, *, is_deposit: bool) -> Chain:
    return escrow.hold_of_shop(_order(case), _shop(case), case.id, amount, is_deposit=is_deposit, number=case.hold)


def _held(case: Chargeback) -> ChargedBack:
    return ChargedBack(
        case_id=case.id,
        number=case.hold,
        order_id=_order(case),
        shop_id=_shop(case),
        held=case.held,
        is_released=case.stage is not Stage.ESCROW,
        is_settled=case.stage is Stage.SETTLED,
        of_available=case.of_available,
        of_deposit=case.of_deposit,
    )


def _order(case: Chargeback) -> UUID:
    assert case.order_id is not None
    return case.order_id


def _debtor(case: Chargeback) -> UUID:
    assert case.debtor_id is not None
    return case.debtor_id


def _shop(case: Chargeback) -> UUID:
    assert case.shop_id is not None
    return case.shop_id

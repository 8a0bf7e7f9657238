"""What a shop has, in memory: what courts, arbiters, buyers, banks and the shop itself do with it, in any order.

The rules of court orders, deposits, payouts, chargebacks and the ledger are the real ones; that refunds take what was
settled by the waterfall is the postings of the escrow.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from bench.drills.explorer import Event, at_once, require
from tests.ledger.memory import MemoryLedger
from weiji import escrow
from weiji.aftersale import Desk
from weiji.chargebacks.machine import ChargebackState
from weiji.chargebacks.model import Chargeback, ChargebackStatus, EndChargeback, Purse, TakeChargeback, case_id_of
from weiji.chargebacks.rules import Docket, judge_end, new_case
from weiji.court_orders import (
    CourtOrder,
    CourtOrderStatus,
    ExecuteCourtOrder,
    HeldPlace,
    ObeyCourtOrder,
    ReleaseCourtOrder,
)
from weiji.court_orders import rules as courts
from weiji.deposits import rules as deposits
from weiji.deposits.model import (
    CollectDues,
    CompensateBuyer,
    CompensateBuyerStatus,
    PayDeposit,
    PayDepositStatus,
    ReceiveCompensation,
    ReleaseDeposit,
    Stake,
    TakeBackDeposit,
    TakeBackDepositStatus,
    TakePaidDeposit,
)
from weiji.events import BY_CHANNEL, BY_CLOCK, Actor
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive, new_id, shard_of
from weiji.kit.money import share_so_far
from weiji.ledger import Account, Kind, Transfer, TransferResult, TransferStatus, chart, move
from weiji.orders import Casework
from weiji.payments import model as acquiring
from weiji.payments import repay_debt
from weiji.payments import rules as channels
from weiji.payments.model import NoticeKind, NoticeStatus, PayoutStatus

NOW: Final = datetime(2026, 5, 1, 12, tzinfo=SHANGHAI)
SHOP: Final = new_id()
SHARD: Final = shard_of(SHOP)
ORDER: Final = new_id(SHOP)
BUYER: Final = new_id(SHOP)
SELLER: Final = Actor("merchant", new_id())
STAFF: Final = Actor("staff", new_id())
CHANNEL: Final = "acquirer"

AVAILABLE: Final = 6_007
"""What the shop has to begin with, beside its deposit: what its order brought, less the fee."""

REQUIRED: Final = 5_000
TOTAL: Final = 6_130
FEE: Final = TOTAL - AVAILABLE
EARNED: Final = 3_001
REFUNDED: Final = 4_001
COMPENSATED: Final = 1_999
PUT_UP: Final = 1_009
DEPOSITED: Final = 2_003
ORDERED: Final = 7_013
"""What a court holds of the shop's money, if not everything: more than there is."""

TIMES: Final[dict[str, int]] = {
    "earn": 1, "give_back": 2, "withdraw": 2, "compensate": 1, "put_up": 1, "take_back": 1, "deposit": 1,
    "charge_back": 1, "obey": 2, "execute": 2, "leave": 1,
}  # fmt: skip
"""How often each may happen."""

PLACES: Final = (HeldPlace.MERCHANT_AVAILABLE, HeldPlace.MERCHANT_DEPOSIT)

_ACCOUNTS: Final[dict[str, Account]] = {
    "available": chart.merchant_available(SHOP),
    "deposit": chart.merchant_deposit(SHOP),
    "owed": chart.merchant_owed(SHOP),
    "claim": chart.merchant_claim(SHOP),
    "pending": chart.merchant_pending(SHOP),
    "held": chart.legal_hold(SHOP),
    "wallet": chart.wallet(BUYER),
    "transit": chart.transit(SHARD),
    "receivable": chart.channel_receivable(SHARD, CHANNEL),
    "clearing": chart.payout_clearing(SHARD, CHANNEL),
    "way to court": chart.payout_clearing(SHARD, courts.COURT),
    "bank": chart.bank(SHARD),
    "escrow": chart.escrow(ORDER),
    "fee": chart.fee_income(SHARD),
    "bad_debt": chart.bad_debt(SHARD),
}
_IDS: Final = {name: account.id for name, account in _ACCOUNTS.items()}

_FINE: Final = (TransferStatus.CREATED, TransferStatus.EXISTS)
_COURTS: Final = frozenset({"obey", "sweep", "execute", "release"})
_OPEN: Final = (ChargebackState.RECEIVED, ChargebackState.REPRESENTED)

_BANK: Final = {
    NoticeKind.PAYOUT_ACCEPTED: PayoutStatus.ACCEPTED,
    NoticeKind.PAYOUT_REJECTED: PayoutStatus.REJECTED,
    NoticeKind.PAYOUT_PAID: PayoutStatus.PAID,
    NoticeKind.PAYOUT_RETURNED: PayoutStatus.RETURNED,
}


PAYOUTS: Final = frozenset(
    ("payout", before, after)
    for before in (PayoutStatus.REQUESTED, PayoutStatus.ACCEPTED, PayoutStatus.PAID)
    for after in _BANK.values()
    if after in channels.PAYOUT_MOVES[before]
)
"""Where banks lead a payout from and to: what is to be tried here."""


class PurseWorld:
    """A shop with one settled order and a deposit."""

    def __init__(self) -> None:
        self.now = NOW
        self.tried: set[Event] = set()
        self.happened: Event = ("begin",)
        self.times: dict[str, int] = {}
        self.orders: dict[UUID, CourtOrder] = {}
        self.executed: frozenset[UUID] = frozenset()
        self.payouts: dict[UUID, acquiring.Payout] = {}
        self.chargebacks: dict[UUID, Chargeback] = {}
        self.waiting: tuple[Event, ...] = ()
        self.heard: frozenset[Event] = frozenset()
        self.refunded = 0
        self.tries = 0
        """Each try has ids of its own: what the ledger refused it refuses for ever."""
        self.changed = 0
        """What the shop should have more, or less than 0, less, than to begin with."""
        self.closing_at: datetime | None = None
        self._key: Any = None
        self.ledger = MemoryLedger()
        self.ledger.create_accounts(list(_ACCOUNTS.values()), 0)
        payment = derive(ORDER, "payment")
        its = _ACCOUNTS
        self._post([move(ORDER, payment, its["receivable"], its["transit"], TOTAL, Kind.CAPTURE)])
        for chain in (
            escrow.hold(ORDER, SHOP, payment, TOTAL),
            escrow.release(ORDER, SHOP, TOTAL, FEE),
            escrow.settle(ORDER, SHOP, AVAILABLE),
        ):
            self._post(chain.transfers, chain.opening)
        self._post([move(SHOP, derive(SHOP, "begin"), its["receivable"], its["deposit"], REQUIRED, Kind.DEPOSIT)])

    def transitions(self) -> Collection[Event]:
        """List all that is to be tried in such worlds."""
        return PAYOUTS

    def copy(self) -> Self:
        """Copy what may change."""
        world = copy(self)
        world._key = None
        world.times = dict(self.times)
        world.orders = {id: copy(order) for id, order in self.orders.items()}
        world.payouts = {id: copy(payout) for id, payout in self.payouts.items()}
        world.chargebacks = {id: copy(case) for id, case in self.chargebacks.items()}
        world.ledger = self.ledger.copy()
        return world

    def balance(self, name: str) -> int:
        """Say what is in an account, credits less debits."""
        return self.ledger.balance(_IDS[name])

    def free_of(self, name: str) -> int:
        """Say what may be taken from an account."""
        return self.ledger.available(_IDS[name])

    def is_frozen(self, name: str) -> bool:
        """Tell whether nothing may go out of an account."""
        return self.ledger.is_frozen(_IDS[name])

    def key(self) -> Any:
        """Say what tells two worlds apart."""
        if self._key is None:
            self._key = (
                tuple(sorted(self.times.items())), self.refunded, self.closing_at is None, self.waiting, self.heard,
                tuple((self.balance(name), self.free_of(name), self.is_frozen(name)) for name in _IDS),
                tuple(
                    (o.place, o.amount, o.taken, o.executed, o.released, o.is_freezing, o.ended_at is None)
                    for o in self.orders.values()
                ),
                tuple((p.status, p.amount, p.paid_at is None) for p in self.payouts.values()),
                tuple((c.state, c.of_available, c.of_deposit, c.closed_at is None) for c in self.chargebacks.values()),
            )  # fmt: skip
        return self._key

    # --- what may happen ---

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        for name in ("earn", "compensate", "put_up", "take_back", "deposit", "leave"):
            if self._may(name):
                yield (name,)
        if self._may("give_back") and self.refunded < TOTAL:
            yield ("give_back", min(REFUNDED, TOTAL - self.refunded))
        if self._may("withdraw"):
            yield ("withdraw",)
        for payout in self.payouts.values():
            yield from (
                ("payout_ends", payout.id, kind)
                for kind, status in _BANK.items()
                if status in channels.PAYOUT_MOVES[payout.status]
            )
        if self.has_dues():
            yield ("collect",)
        if self.times.get("deposit") and self._may("charge_back"):
            yield ("charge_back",)
        for case in self.chargebacks.values():
            if case.state in _OPEN:
                yield ("decide", case.id, True)
                yield ("decide", case.id, False)
        if self._may("obey"):
            yield from (("obey", place, amount) for place in PLACES for amount in (ORDERED, None))
        for order in self.orders.values():
            if order.ended_at is None:
                yield ("release", order.id)
                if order.held and self._may("execute"):
                    yield from (("execute", order.id, amount) for amount in {1, order.held})
        if self.to_sweep():
            yield ("sweep",)
        yield from (("hear", message) for message in self.waiting)

    def _may(self, name: str) -> bool:
        return self.times.get(name, 0) < TIMES[name]

    def next(self) -> Event | None:
        """Say what happens where nobody does anything."""
        if self.waiting:
            return ("hear", self.waiting[0])
        for payout in self.payouts.values():
            if payout.status in (PayoutStatus.REQUESTED, PayoutStatus.ACCEPTED):
                return ("payout_ends", payout.id, NoticeKind.PAYOUT_PAID)
        for case in self.chargebacks.values():
            if case.state in _OPEN:
                return ("decide", case.id, False)
        if self.to_sweep():
            return ("sweep",)
        return ("collect",) if self.has_dues() else None

    def to_sweep(self) -> list[CourtOrder]:
        """List the orders that lack something which is there, or whose account is not frozen: as `get_due` does."""
        due = []
        for order in self.orders.values():
            if order.ended_at is None and order.missing != 0:
                name = _name_of(order)
                others = (each for each in self.orders.values() if _name_of(each) == name)
                if self.free_of(name) > 0 or not any(each.is_freezing for each in others):
                    due.append(order)
        return due

    def has_dues(self) -> bool:
        """Tell whether the shop has something that goes to what it owes, or to what its deposit lacks."""
        lacks = self.balance("deposit") < REQUIRED and self.closing_at is None
        # What a court lacks it has first; until then nothing goes out.
        is_free = self.free_of("available") > 0 and not self.is_frozen("available")
        return is_free and (self.balance("owed") < 0 or lacks)

    # --- what happens ---

    def after(self, event: Event) -> Self:
        """Let something happen, in a copy of this world."""
        world = self.copy()
        world.happened = event
        world.times[event[0]] = world.times.get(event[0], 0) + (event[0] in TIMES)
        world.tries += 1
        getattr(world, f"_{event[0]}")(*event[1:])
        return world

    def check_again(self) -> None:
        """Do again what comes at least once: nothing changes."""
        world = self.copy()
        for message in self.heard:
            world._listen(*message)
        for case in self.chargebacks.values():
            if case.state not in _OPEN:
                status = world._end(case.id, is_won=case.state is ChargebackState.WON)
                require(status is ChargebackStatus.EXISTS, f"a channel decided again: {status}")
        for order in self.orders.values():
            if order.ended_at is not None:
                answer, chain = courts.judge_release(world.orders[order.id], _release(order.id), self.now)
                require(chain is None and answer in (CourtOrderStatus.EXISTS, CourtOrderStatus.ENDED), "released again")
        require(world.key() == self.key(), "what came again changed something")

    def _post(self, transfers: Sequence[Transfer], opening: Sequence[Account] = ()) -> list[TransferResult]:
        if opening:
            self.ledger.create_accounts(opening, 0)
        return self.ledger.create_transfers(transfers, 0)

    def _make(self, chain: escrow.Chain) -> int:
        """Post what can't be refused; give what its first transfer moved."""
        results = self._post(chain.transfers, chain.opening)
        require(escrow.is_done(results), f"the ledger refused {[str(result.status) for result in results]}")
        return results[0].amount

    async def _make_all(self, chains: Sequence[escrow.Chain]) -> list[int]:
        return [self._make(chain) for chain in chains]

    def _id(self, word: str) -> UUID:
        return derive(SHOP, word, self.tries)

    def _tell(self, message: Event) -> None:
        self.waiting += (message,)

    def _hear(self, message: Event) -> None:
        self.waiting = tuple(each for each in self.waiting if each != message)
        self.heard |= {message}
        self._listen(*message)

    def _listen(self, name: str, id: UUID) -> None:
        if name == "compensated":
            receive = ReceiveCompensation(id=id, person_id=BUYER, order_id=ORDER, amount=COMPENSATED, actor=STAFF)
            transfer = deposits.receive(receive)
        else:
            taken = TakePaidDeposit(payment_id=id, shop_id=SHOP, amount=DEPOSITED, channel=CHANNEL, actor=BY_CHANNEL)
            transfer = deposits.take_paid(taken)
        (result,) = self._post([transfer])
        require(result.status in _FINE, f"what arrived was refused: {result.status}")
        if result.status is TransferStatus.CREATED and name == "deposited":
            self.changed += DEPOSITED

    # The shop

    def _earn(self) -> None:
        transfer = move(
            SHOP, self._id("earned"), _ACCOUNTS["receivable"], _ACCOUNTS["available"], EARNED, Kind.ADJUSTMENT
        )
        require(self._post([transfer])[0].status is TransferStatus.CREATED, "what was earned was refused")
        self.changed += EARNED

    def _give_back(self, amount: int) -> None:
        after = self.refunded + amount
        fee = share_so_far(FEE, TOTAL, after) - share_so_far(FEE, TOTAL, self.refunded)
        id = self._id("refund")
        self._make(escrow.give_back(ORDER, SHOP, id, amount, fee, is_settled=True))
        back = move(ORDER, derive(id, "received"), _ACCOUNTS["transit"], _ACCOUNTS["wallet"], amount, Kind.REFUND)
        self._make(escrow.Chain((back,)))
        self.refunded = after
        self.changed -= amount - fee

    def _withdraw(self) -> None:
        id = self._id("payout")
        if self.balance("owed") < 0:
            self._post([repay_debt(SHOP, id)])
        amount = self.free_of("available")
        if not amount:
            return
        command = acquiring.RequestPayout(
            id=id,
            owner_id=SHOP,
            source=acquiring.PayoutSource.MERCHANT_AVAILABLE,
            account_id=SHOP,
            amount=amount,
            fee=0,
            channel=CHANNEL,
            actor=SELLER,
        )
        books = channels.Books(self.now)
        channels.hold_payout(books, command)
        (result,) = self._post(books.transfers, list(books.opening.values()))
        is_frozen = self.is_frozen("available")
        require((result.status is TransferStatus.DEBIT_ACCOUNT_FROZEN) == is_frozen, f"a payout: {result.status}")
        if not is_frozen:
            self.payouts[id] = channels.new_payout(command, command.amount, self.now)

    def _payout_ends(self, id: UUID, kind: NoticeKind) -> None:
        self.tried.add(("payout", self.payouts[id].status, _BANK[kind]))
        known, books = channels.Known(), channels.Books(self.now)
        known.payouts = self.payouts
        notice = acquiring.Notice(
            channel=CHANNEL,
            event_id=f"{kind} {id}",
            kind=kind,
            subject_id=id,
            reference="",
            amount=self.payouts[id].amount,
            occurred_at=self.now,
            raw=b"",
        )
        (status,) = channels.judge_notices(books, known, [notice])
        require(status is NoticeStatus.RECORDED, f"{kind}: {status}")
        for result in self._post(books.transfers, list(books.opening.values())):
            require(result.status in _FINE, f"{kind}: the ledger refused {result.status}")

    def _stake(self) -> Stake:
        return Stake(
            id=SHOP,
            handle="shop",
            name="店",
            required=REQUIRED,
            freeze_days=30,
            deposit=self.balance("deposit"),
            has_paid=True,
            owed=-self.balance("owed"),
            available=self.free_of("available"),
            closing_at=self.closing_at,
            closed_at=None,
        )

    def _collect(self) -> None:
        self._post(deposits.collect(CollectDues(id=self._id("dues"), shop_id=SHOP), self._stake()))

    # The deposit

    def _put_up(self) -> None:
        command = PayDeposit(id=self._id("put up"), shop_id=SHOP, amount=PUT_UP, actor=SELLER)
        status = deposits.check_paying(command, self._stake())
        if status is None:
            before = self.free_of("available")
            status = deposits.read_paying(self._post(deposits.pay(command)))
            frozen = PayDepositStatus.SHOP_FROZEN if self.is_frozen("available") else PayDepositStatus.PAID
            require(status is (frozen if before >= PUT_UP else _lacking(frozen)), f"{status} of {before}")
        else:
            require(status is PayDepositStatus.NOT_ALLOWED_NOW, f"putting up: {status}")

    def _take_back(self) -> None:
        command = TakeBackDeposit(id=self._id("take back"), shop_id=SHOP, amount=PUT_UP, actor=SELLER)
        status = deposits.check_taking_back(command, self._stake())
        if status is None:
            free = self.free_of("deposit")
            status = deposits.read_taking_back(self._post(deposits.take_back(command, REQUIRED)))
            is_there = free - PUT_UP >= REQUIRED and not self.is_frozen("deposit")
            require((status is TakeBackDepositStatus.TAKEN_BACK) == is_there, f"{status} of {free}")

    def _deposit(self) -> None:
        id = derive(SHOP, "deposit payment")
        self._post([move(SHOP, id, _ACCOUNTS["receivable"], _ACCOUNTS["transit"], DEPOSITED, Kind.DEPOSIT)])
        self._tell(("deposited", id))

    def _compensate(self) -> None:
        command = CompensateBuyer(
            id=self._id("compensation"),
            shop_id=SHOP,
            order_id=ORDER,
            payment_id=ORDER,
            amount=COMPENSATED,
            actor=STAFF,
        )
        free, is_frozen = self.free_of("deposit"), self.is_frozen("deposit")
        status = deposits.read_compensating(self._post([deposits.compensate(command)])[0])
        is_there = free >= COMPENSATED and not is_frozen
        require((status is CompensateBuyerStatus.COMPENSATED) == is_there, f"{status} of {free}")
        if is_there:
            self.changed -= COMPENSATED
            self._tell(("compensated", command.id))

    def _leave(self) -> None:
        self.closing_at = self.now
        release = ReleaseDeposit(id=self._id("leave"), shop_id=SHOP, actor=BY_CLOCK)
        (result,) = self._post([deposits.release(release)])
        require(result.status in _FINE, f"a release was refused: {result.status}")

    # Who paid the deposit disputes that

    def _docket(self) -> Docket:
        async def cases_of(_: Collection[UUID]) -> Mapping[UUID, Sequence[Chargeback]]:
            return {}

        return Docket(
            Desk(Casework({}, self.now), {}, {}, frozenset(), self.now), self._make_all, cases_of, (), self.now
        )

    def _charge_back(self) -> None:
        id = case_id_of(SHOP, CHANNEL, "1")
        command = TakeChargeback(
            near=SHOP,
            payment_id=ORDER,
            order_id=None,
            shop_id=SHOP,
            purse=Purse.DEPOSIT,
            debtor_id=SHOP,
            recoverable=DEPOSITED,
            channel=CHANNEL,
            reference="1",
            amount=DEPOSITED,
            fee=0,
            reason="",
            respond_by=None,
            received_at=self.now,
            actor=BY_CHANNEL,
        )
        case = self.chargebacks[id] = new_case(id, command, is_ours=False)
        held = at_once(self._docket().receive([case]))
        require(held == [case], "a purse holds nothing")

    def _end(self, id: UUID, *, is_won: bool) -> ChargebackStatus:
        command = EndChargeback(near=SHOP, channel=CHANNEL, reference="1", is_won=is_won, actor=BY_CHANNEL)
        return judge_end(self.chargebacks[id], command, self.now)

    def _decide(self, id: UUID, is_won: bool) -> None:
        require(self._end(id, is_won=is_won) is ChargebackStatus.DONE, "a channel may decide")
        docket, case = self._docket(), self.chargebacks[id]
        at_once(docket.deal([case], _serve_no_courts))
        for chain in docket.work.chains:
            self._make(chain)
        if not is_won:
            self.changed -= case.held

    # Courts

    def _serve(self, orders: Sequence[CourtOrder]) -> None:
        _, freezing = at_once(courts.serve(orders, self._make_all, self._repay))
        for chain in freezing:
            self._make(chain)

    async def _repay(self, causes: Mapping[UUID, UUID]) -> None:
        if self.balance("owed") < 0 and SHOP in causes:
            self._post([repay_debt(SHOP, causes[SHOP])])

    def _about(self, order: CourtOrder) -> list[CourtOrder]:
        """List the orders in force about the same account, and the order itself: as `lock_court_orders` does."""
        name = _name_of(order)
        return [
            each for each in self.orders.values() if each is order or (each.ended_at is None and _name_of(each) == name)
        ]

    def _obey(self, place: HeldPlace, amount: int | None) -> None:
        self.now = self.now.replace(minute=len(self.orders))
        command = ObeyCourtOrder(
            id=self._id("court"), owner_id=SHOP, place=place, amount=amount, court="法院", number="1", actor=STAFF
        )
        order = self.orders[command.id] = courts.new_order(command, self.now)
        self._serve(self._about(order))

    def _sweep(self) -> None:
        for order in self.to_sweep():
            self._serve(self._about(order))

    def _execute(self, id: UUID, amount: int) -> None:
        number = str(len(self.executed))
        command = ExecuteCourtOrder(
            id=self._id("execution"), court_order_id=id, amount=amount, number=number, way="", actor=STAFF
        )
        status, chain = courts.judge_execution(self.orders[id], self.executed, frozenset(), command, self.now)
        require(status is CourtOrderStatus.DONE and chain is not None, f"an execution: {status}")
        assert chain is not None
        self.executed |= {command.id}
        self._make(chain)

    def _release(self, id: UUID) -> None:
        order = self.orders[id]
        was_freezing = order.is_freezing
        about = self._about(order)
        status, chain = courts.judge_release(order, _release(id), self.now)
        require(status is CourtOrderStatus.DONE, f"a release: {status}")
        if was_freezing:
            self._make(courts.thaw(order))
        if chain is not None:
            self._make(chain)
        self._serve(about)

    # --- what is always true ---

    def check(self) -> None:
        """Hold the world to what is true of it at any moment."""
        for ledger in {account.ledger for account in self.ledger.accounts.values()}:
            its = [account for account in self.ledger.accounts.values() if account.ledger == ledger]
            require(sum(a.debits_posted - a.credits_posted for a in its) == 0, "debits and credits differ")
            require(sum(a.debits_pending - a.credits_pending for a in its) == 0, "holds differ")
        for name in ("available", "deposit", "held", "wallet"):
            require(self.free_of(name) >= 0, f"{name} is overdrawn")
        require(self.balance("owed") <= 0, "more was repaid than was owed")
        for name in ("claim", "way to court", "pending", "escrow"):
            require(self.balance(name) == 0, f"{name} keeps {self.balance(name)}")
        carried = {"compensated": COMPENSATED, "deposited": DEPOSITED}
        under_way = sum(carried[message[0]] for message in self.waiting)
        require(self.balance("transit") == under_way, f"transit {self.balance('transit')}")
        self._check_courts()
        self._check_holds()
        have = sum(self.balance(name) for name in ("available", "deposit", "owed", "held", "clearing"))
        have += sum(payout.amount for payout in self.payouts.values() if payout.status is PayoutStatus.PAID)
        have += sum(order.executed for order in self.orders.values())
        require(have == AVAILABLE + REQUIRED + self.changed, f"the shop has {have}: {self.changed} changed")

    def _check_courts(self) -> None:
        its = list(self.orders.values())
        require(self.balance("held") == sum(order.held for order in its), "what courts hold")
        require(-self.balance("bank") == -sum(order.executed for order in its), "what courts were paid")
        for order in its:
            require(order.held >= 0 and order.taken <= (order.amount or order.taken), "more is held than was ordered")
            require(order.ended_at is None or not order.held, "it is over, and holds something")
        for place in PLACES:
            name = _name_of_place(place)
            lacking = [each for each in its if each.place is place and each.ended_at is None and each.missing != 0]
            freezing = [each for each in its if each.place is place and each.is_freezing]
            require(freezing == lacking[:1], "the first that lacks something freezes, and no other")
            require(self.is_frozen(name) == bool(lacking), f"{name} is frozen, or is not")
            require(not any(each.taken for each in lacking[1:]), "a court was served before its turn")

    def _check_holds(self) -> None:
        holders = [derive(id, "hold") for id, payout in self.payouts.items() if payout.status is PayoutStatus.REQUESTED]
        holders += [derive(o.id, "freeze", o.freezes) for o in self.orders.values() if o.is_freezing]
        for case in self.chargebacks.values():
            pending = -self.ledger.accounts[chart.chargeback_pending(case.id).id].credits_posted
            pending += self.ledger.accounts[chart.chargeback_pending(case.id).id].debits_posted
            require(pending == (case.amount if case.closed_at is None else 0), f"a chargeback has {pending} pending")
            if case.closed_at is None:
                codes = (_ACCOUNTS["deposit"].code, _ACCOUNTS["available"].code)
                holders += [derive(case.id, "held of", int(code)) for code in codes]
        held = [id for id, hold in self.ledger.holds.items() if hold.resolved_by is None]
        require(sorted(held) == sorted(holders), "what is held, and what holds it, differ")

    def check_since(self, before: Self) -> None:
        """Hold a step to this: out of a frozen account nothing goes but to the court, or what was held before."""
        for name in ("available", "deposit"):
            if before.is_frozen(name) and self.happened[0] not in _COURTS:
                spent, was = (world.ledger.accounts[_IDS[name]] for world in (self, before))
                more = spent.debits_posted + spent.debits_pending - was.debits_posted - was.debits_pending
                require(more <= 0, f"{more} went out of what a court froze")
        for id, order in before.orders.items():
            require(order.ended_at is None or self.orders[id] == order, "a court order that was over moved")
        for id, case in before.chargebacks.items():
            require(case.closed_at is None or self.chargebacks[id] == case, "a chargeback that was closed moved")

    def check_end(self) -> None:
        """Hold a world in which nothing is left to happen to what must be true then."""
        require(not self.waiting, "something was not heard")
        for name in ("transit", "clearing"):
            require(self.balance(name) == 0, f"{name} ends at {self.balance(name)}")
        for payout in self.payouts.values():
            ends = (PayoutStatus.PAID, PayoutStatus.REJECTED, PayoutStatus.RETURNED)
            require(payout.status in ends, f"a payout ends as {payout.status}")
        for order in self.orders.values():
            if order.ended_at is None and order.missing != 0:
                require(self.free_of(_name_of(order)) == 0, "a court lacks what is there")
        if self.free_of("available"):
            require(self.balance("owed") == 0, "the shop has something, and owes")
        require(self.balance("bad_debt") == 0, "the platform bears what the shop has, or owes")

    def end(self) -> str:
        """Name how it ended."""
        return "indebted" if self.balance("owed") else "solvent"


async def _serve_no_courts(_shop_ids: Collection[UUID]) -> None:
    """A purse holds once; nothing of it is held anew."""


def _lacking(status: PayDepositStatus) -> PayDepositStatus:
    """Say what is answered where less is there: that it is frozen comes first."""
    return status if status is PayDepositStatus.SHOP_FROZEN else PayDepositStatus.INSUFFICIENT_FUNDS


def _release(id: UUID) -> ReleaseCourtOrder:
    return ReleaseCourtOrder(id=derive(id, "release"), court_order_id=id, number="3", actor=STAFF)


def _name_of_place(place: HeldPlace) -> str:
    return "deposit" if place is HeldPlace.MERCHANT_DEPOSIT else "available"


def _name_of(order: CourtOrder) -> str:
    return _name_of_place(order.place)

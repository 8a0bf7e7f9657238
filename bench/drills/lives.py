"""T5: lives of orders under chaos, and at the end every fen and every unit is where it belongs.

Notices come one to three times, shuffled, long after the order was closed, or never; answers of the channel get lost.
Payers dispute what they paid, before and after the shop has it, and win or lose. Shops withdraw what they have; banks
pay, refuse, or send it back days later.
Some have a coupon of the shop, of the platform, or both. Orders are paid twice, late, with a wrong amount, two at once
by one payment, closed meanwhile, refunded, shipped in parcels, or picked up for a code; goods are edited while they are
sold, and cost something else. Something is asked about lines, answered or not, sent back, sent anew, left to arbiters,
who rule, differ, are appealed, or never come. The clock is turned, and whoever delivers events and runs jobs is killed
in the middle, again and again.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct
from msgspec.structs import replace

from bench.drills.model import LANES, Drill, Outcome
from bench.drills.mortal import MortalPool
from bench.server import fresh_server
from bench.street import ADDRESS, PRICE, Shop, goods, lift_limits, make_shop, open_shop
from weiji import aftersale, approvals, catalog, coupons, disputes, orders, payments, rulebook
from weiji.aftersale.store import read_cases
from weiji.disputes.store import read_disputes
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import Deliverer, get_set_aside
from weiji.events.payments import PaymentPart
from weiji.freight import places
from weiji.kit.batch import Batchers, Lanes, Operation, Unavailable
from weiji.kit.clock import CLOCK
from weiji.kit.db import UNREACHABLE, Database
from weiji.kit.ids import derive, new_id
from weiji.kit.installation import install
from weiji.kit.jobs import LIMIT
from weiji.kit.migrate import migrate
from weiji.kit.money import share_so_far
from weiji.kit.seal import KEY_BYTES, KEYS
from weiji.ledger import Code, chart, get_trial_balance, verify
from weiji.media.model import AddPicture
from weiji.media.operations import add_pictures
from weiji.orders import MoveStatus, OrderItem, State, picking_up
from weiji.orders.model import ShowPickupCode, WriteOff
from weiji.orders.store import PickupOrder, get_pickups, lock_orders, read_lines
from weiji.payments.channels.sandbox import (
    LATER,
    REJECTED_LAST4,
    RETURNED_LAST4,
    WAITING_LAST4,
    ActOnCharge,
    ActOnChargeback,
    ActOnPayout,
    ActStatus,
    ChargebackVerb,
    ChargeVerb,
    PayoutVerb,
    SetFaults,
    act_on_chargebacks,
    act_on_charges,
    act_on_payouts,
    set_faults,
)
from weiji.subscriptions import jobs, subscriptions
from weiji.web.pictures import address_of

BANK_ACCOUNTS: Final = ("0000", REJECTED_LAST4, RETURNED_LAST4, WAITING_LAST4)
"""How the numbers of each shop's bank accounts end: it is paid, refused, sent back after days, or it waits."""

WITHDRAWAL_FEES: Final = (0, 200)

LATE: Final = timedelta(minutes=5)
"""A notice that comes so much after what it tells of is late."""

HAUNTED_DAYS: Final = 30
"""So many days after all acts payers still dispute what they paid, and shops withdraw; then all is decided."""

HAUNTED_PERCENT: Final = 2
"""Of how many orders, each of these days."""

ADDRESS_BACK: Final = aftersale.ReturnAddress(name="售后组", phone="0571-88001234", region="浙江省", detail="后门")

SHOPS: Final = 6
BUYERS: Final = 60
"""At least: at length each buyer has ORDERS_EACH, and each shop ORDERS_OF_SHOP."""
ORDERS_EACH: Final = 30
ORDERS_OF_SHOP: Final = 300

WALLET: Final = 400 * PRICE
STOCK_PERCENT: Final = 75
"""Units of all SKUs together, of those that will be ordered: some orders find none, and some late payments."""

ATTEMPTS_MAX: Final = 3
"""How often placing is tried for each order."""

BORN: Final = 50
"""Orders that are placed in a round, at least."""

BIRTHS: Final = 20
"""Rounds in which orders are placed, where there are more: the more live at once, the larger are the batches."""

TWICE: Final = 0.05
"""How often the same is asked twice."""

AT_ONCE: Final = 0.2
"""How often that is before the first is answered. It splits batches: were it more, they would be of few commands."""

ACTS: Final = 10
"""Rounds in which something is done to an order; after that only the clock does."""

KILLS_MAX: Final = 5
BIRTHS_PER_KILL: Final = 25
"""How often the worker is killed in a round, at most: so often, or once for so many that are placed in it."""

LIFE_SECONDS_MAX: Final = (0.06, 0.06, 1.0)
"""How long a worker lives that is to be killed: it dies while it begins, or in the middle of much to do."""

LIFE_TRANSACTIONS_MAX: Final = 300
"""After how many transactions it is killed, where it is not by the clock."""

REST_SECONDS_MAX: Final = 0.1
"""How long nobody works after somebody who lived to see the end of all work: meanwhile there is more."""

CUT: Final = 0.1
"""How often its connections are cut with it: those that come after plan all their statements anew, which takes longer
than it lived."""

WORKER_CONNECTIONS: Final = 4

COUPON: Final = 0.2
"""How often an order has a coupon of its shop, and how often one of the platform."""

OFF: Final = {False: 501, True: 701}
"""What a coupon takes off, and whether the platform pays: sums that units do not share evenly."""

COUPONS_LAST: Final = timedelta(days=400)

CONCEDED: Final = 333
FREIGHT: Final = 777
"""What shops take off by hand, and charge for sending: sums that units do not share evenly."""

PICKED_UP: Final = 0.15
"""How often the buyer picks it up."""

WRONG_CODE: Final = 0.1
"""How often the code is wrong that they say. After ten of them the shop hears nobody for a while."""

NOT_NOW: Final = (orders.PlaceStatus.SOLD_OUT, orders.PlaceStatus.PRICE_CHANGED)

SHOPS_PER_EDIT: Final = 10
"""In each round, one of so many shops edits its goods."""
DEARER_MAX: Final = 300
OLD_PAGE: Final = 0.02
"""How often a buyer saw what it cost in the beginning."""

DISPUTE_RULES: Final = disputes.DisputeRules(second_from=2 * PRICE, stop_days=12)
"""Some take two arbiters, and what nobody decides is over soon."""

ARBITERS: Final = tuple(Actor("staff", new_id()) for _ in range(4))

DAYS_MAX: Final = 75
"""By then every order has ended: it is refunded 14 days after payment or its newest parcel, or confirmed 10 days after
its last and what it was prolonged by; a dispute stops that for 12 days, and an appeal for some more."""

LEFT: Final = """
select 1 from orders.orders where state not in ('completed', 'refunded', 'closed')
union all select 1 from aftersale.cases where ended_at is null
union all select 1 from disputes.disputes where state not in ('executed', 'withdrawn')
union all select 1 from payments.payments where status in ('created', 'submitted', 'unknown')
union all select 1 from payments.refunds where status in ('approved', 'submitted', 'unknown')
union all select 1 from payments.payouts where status in ('requested', 'submitted', 'unknown', 'accepted')
union all select 1 from chargebacks.cases where closed_at is null
union all select 1 from coupons.coupons where state = 'reserved'
union all select 1 from sandbox.notices
union all select 1 from events.queue
limit 1"""
"""What has not ended yet."""

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")


class FlakyChannel(payments.SandboxChannel):
    """The sandbox behind a bad line: a question may be lost on its way there, or its answer on its way back."""

    def __init__(self, database: Database, dice: Random) -> None:
        super().__init__(database)
        self.dice = dice
        self.is_flaky = True
        self.counts: Counter[str] = Counter()
        self.told: set[str] = set()
        """Messages that were read, each by its own number, however often it came."""

    def read_message(self, body: bytes) -> payments.Notice:
        notice = super().read_message(body)
        self.counts["notices"] += 1
        self.counts["notices_again"] += notice.event_id in self.told
        self.counts["notices_late"] += notice.occurred_at + LATE < CLOCK.now()
        self.told.add(notice.event_id)
        return notice

    async def _ask(
        self, ask: Callable[[Sequence[T]], Awaitable[list[payments.Answer]]], things: Sequence[T]
    ) -> list[payments.Answer]:
        fate = self.dice.random() if self.is_flaky else 1.0
        self.counts["questions_lost"] += len(things) * (fate < 0.1)
        self.counts["answers_lost"] += len(things) * (0.1 <= fate < 0.2)
        answers = [] if fate < 0.1 else await ask(things)
        return [payments.Answer(is_silent=True)] * len(things) if fate < 0.2 else answers

    async def query(self, payments: Sequence[payments.Payment]) -> list[payments.Answer]:
        return await self._ask(super().query, payments)

    async def close(self, payments: Sequence[payments.Payment]) -> list[payments.Answer]:
        return await self._ask(super().close, payments)

    async def refund(self, refunds: Sequence[payments.Refund]) -> list[payments.Answer]:
        return await self._ask(super().refund, refunds)

    async def find_refunds(self, refunds: Sequence[payments.Refund]) -> list[payments.Answer]:
        return await self._ask(super().find_refunds, refunds)


class Gathered(Generic[R]):
    """Asks for many at once what each asks for alone: while one question is under way, the next gathers.

    So a round costs a few reads, and not one for each order that lives.
    """

    def __init__(self, ask: Callable[[list[UUID]], Awaitable[Mapping[UUID, R]]]) -> None:
        self._ask = ask
        self._waiting: dict[UUID, asyncio.Future[R | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def get(self, id: UUID) -> R | None:
        """Say what there is of *id*, if there is anything."""
        if id not in self._waiting:
            self._waiting[id] = asyncio.get_running_loop().create_future()
        given = self._waiting[id]
        if self._asking is None:
            self._asking = asyncio.create_task(self._run())
        return await given

    async def _run(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # Who is about to ask, too, comes along.
            waiting, self._waiting = self._waiting, {}
            try:
                found = await self._ask(list(waiting))
            except Exception as error:
                for given in waiting.values():
                    given.set_exception(error)
            else:
                for id, given in waiting.items():
                    given.set_result(found.get(id))
        self._asking = None


class Worker:
    """Delivers events and runs jobs until it is killed; the next one goes on where the database says that it was."""

    def __init__(self, database: Database, lanes: Lanes) -> None:
        self.database = database
        """Workers have connections of their own, one worker after the other."""
        self.lanes = lanes
        self.key = Ed25519PrivateKey.generate()
        self.ran: dict[str, datetime] = {}
        """When jobs last ran and found nothing: they are due again when their time has come, as those of a program."""
        self.counts: Counter[str] = Counter()

    async def work(self) -> None:
        """Deliver every event and run every job, until nothing is left to do now."""
        await self._work(self.database)

    async def work_and_die(self, dice: Random, kills_max: int) -> None:
        """Work, and be killed wherever it is, some times. The last one may do its work."""
        for _ in range(dice.randint(0, kills_max)):
            if not await self._live(dice):
                await asyncio.sleep(dice.uniform(0, REST_SECONDS_MAX))
        if dice.random() < 0.5:
            await self.work()

    async def _live(self, dice: Random) -> bool:
        """Work until killed, by the clock or between a transaction and whatever follows it; tell whether that came.

        Who is killed may hear of it by the connections first.
        """
        is_timed = dice.random() < 0.5

        def kill() -> None:
            if working.cancel():
                self.counts["kills"] += 1
                self.counts["transactions_broken_off"] += pool.break_off(is_cut=dice.random() < CUT)

        pool = MortalPool(self.database.pool, None if is_timed else dice.randint(1, LIFE_TRANSACTIONS_MAX), kill)
        working = asyncio.create_task(self._work(pool.database()))
        await asyncio.wait([working], timeout=dice.uniform(0, dice.choice(LIFE_SECONDS_MAX)) if is_timed else None)
        kill()
        try:
            await working
        except (asyncio.CancelledError, Unavailable, *UNREACHABLE):
            if not pool.is_dead:
                raise
        return pool.is_dead

    async def _work(self, database: Database) -> None:
        batchers = Batchers(database, self.lanes)
        deliverer = Deliverer(database, subscriptions(batchers), self.lanes)
        is_busy = True
        while is_busy:
            is_busy = bool(await deliverer.deliver_due())
            for job in jobs(batchers, self.key):
                if job.name not in self.ran or self.ran[job.name] + job.every <= CLOCK.now():
                    found = await job.work(database, LIMIT)
                    is_busy |= bool(found)
                    if not found:
                        self.ran[job.name] = CLOCK.now()


class Life(Struct):
    """An order, and what was done to it."""

    id: UUID
    shop: Shop
    buyer: UUID
    sku: UUID
    quantity: int
    price: int
    coupons: list[UUID] = []
    reduction: int = 0
    """What they take off."""
    is_picked_up: bool = False
    is_handed_over: bool = False
    code: str = ""
    """For which it is handed over, once its buyer saw it."""
    acts: int = 0
    parcel_id: UUID | None = None
    case_id: UUID | None = None
    is_disputed: bool = False
    charges: list[UUID] = []
    """Payments at the acquirer that nobody disputes yet."""

    @property
    def is_sent(self) -> bool:
        """Tell whether some of it was sent, or handed over: then there is more to ask for."""
        return self.parcel_id is not None or self.is_handed_over

    conceded: int = 0
    freight: int = 0
    """What the shop took off by hand, and asked for sending it."""

    @property
    def total(self) -> int:
        return self.price * self.quantity - self.reduction - self.conceded + self.freight


def place(shop: Shop) -> UUID:
    """Name the place where a shop hands goods over."""
    return derive(shop.id, "place")


def bank_account(shop: Shop, last4: str) -> UUID:
    """Name a shop's bank account whose number ends so."""
    return derive(shop.id, "bank account", last4)


class World:
    """The market, those who act in it, and the dice."""

    def __init__(self, database: Database, lanes: Lanes, count: int, seed: int) -> None:
        self.count = count
        self.database = database
        self.lanes = lanes
        self.batchers = Batchers(database, lanes)
        self.dice = Random(seed)  # noqa: S311 - it has to be repeatable, not secret.
        self.shops = [make_shop(3) for _ in range(max(SHOPS, count // ORDERS_OF_SHOP))]
        self.buyers = [new_id() for _ in range(max(BUYERS, count // ORDERS_EACH))]
        self.lives: dict[UUID, Life] = {}
        self.lives_of: dict[UUID, list[Life]] = {buyer: [] for buyer in self.buyers}
        self.prices = {shop.id: PRICE for shop in self.shops}
        self.counts: Counter[str] = Counter()
        self.campaigns: dict[UUID | None, UUID] = {}
        """Coupons of each shop, and of the platform."""
        self.charged_back: list[UUID] = []
        """Payments that their payers dispute, and nobody decided yet."""
        self.waiting_payouts: list[UUID] = []
        self.faults: dict[UUID, SetFaults] = {}
        self.cases = Gathered(self._read_cases)
        self.disputes = Gathered(self._read_disputes)
        self.orders = Gathered(self._read_orders)
        self.pickups = Gathered(self._read_pickups)
        self.started = Gathered(self._start)

    async def _read_cases(self, order_ids: list[UUID]) -> dict[UUID, dict[UUID, aftersale.Case]]:
        async with self.database.read() as reader:
            found = await read_cases(reader, order_ids)
        its: dict[UUID, dict[UUID, aftersale.Case]] = {}
        for case in found.values():
            its.setdefault(case.order_id, {})[case.id] = case
        return its

    async def _read_disputes(self, case_ids: list[UUID]) -> dict[UUID, disputes.Dispute]:
        async with self.database.read() as reader:
            return await read_disputes(reader, case_ids)

    async def _read_orders(self, ids: list[UUID]) -> dict[UUID, orders.Order]:
        async with self.database.transaction() as tx:
            found = await lock_orders(tx, ids)
            await read_lines(tx, found)
        return found

    async def _read_pickups(self, order_ids: list[UUID]) -> dict[UUID, PickupOrder]:
        async with self.database.read() as reader:
            return await get_pickups(reader, order_ids)

    async def _start(self, payment_ids: list[UUID]) -> dict[UUID, payments.Payment]:
        started = await payments.start_payments(self.database, self.lanes, payment_ids)
        return {payment.id: payment for payment in started if payment}

    async def open(self) -> None:
        """Open the shops, and fill the wallets."""
        await self.database.retried(lift_limits)
        self.stock = self.count * 2 * STOCK_PERCENT // 100 // (len(self.shops) * 3)
        for shop in self.shops:
            await open_shop(self.batchers, shop, self.stock)
        counters = [
            places.PutPlace(
                place=places.Place(id=place(shop), shop_id=shop.id, name="店里", address="文三路 1 号"),
                actor=Actor("merchant", shop.owner_id),
            )
            for shop in self.shops
        ]
        await self.batchers.of(places.put_places, "place.shop_id").submit_all(counters)
        accounts = [
            payments.CreatePayoutAccount(
                id=bank_account(shop, last4),
                owner_id=shop.id,
                holder="小店",
                bank="工商银行",
                number=f"622202000000{last4}",
                actor=Actor("merchant", shop.owner_id),
            )
            for shop in self.shops
            for last4 in BANK_ACCOUNTS
        ]
        await self.batchers.of(payments.create_payout_accounts).submit_all(accounts)
        top_ups = [
            payments.TopUpWallet(id=new_id(one), person_id=one, amount=WALLET, actor=Actor("person", one))
            for one in self.buyers
        ]
        await self.batchers.of(payments.top_up_wallets).submit_all(top_ups)
        publishing = rulebook.PublishRules(
            of=disputes.DISPUTE_RULES, version=2, rules=DISPUTE_RULES, reason="drill", actor=BY_SYSTEM
        )
        await self.database.retried(lambda tx: rulebook.publish_rules(tx, [publishing]))
        for shop_id in (None, *(shop.id for shop in self.shops)):
            self.campaigns[shop_id] = await self._start_campaign(shop_id)

    @property
    def budget(self) -> int:
        """What the platform pays at most for coupons."""
        return OFF[True] * self.coupons_max

    @property
    def coupons_max(self) -> int:
        """How many coupons there are of a campaign: enough for all orders that are tried."""
        return self.count * ATTEMPTS_MAX

    async def _start_campaign(self, shop_id: UUID | None) -> UUID:
        """Have a shop, or the platform out of money that it pays in, give coupons away."""
        now = CLOCK.now()
        command = coupons.CreateCampaign(
            id=new_id(shop_id or chart.TREASURY),
            shop_id=shop_id,
            name="立减",
            terms=coupons.Terms(amount=OFF[shop_id is None]),
            quantity=self.coupons_max,
            per_person=100,
            starts_at=now,
            ends_at=now + COUPONS_LAST,
            actor=BY_SYSTEM,
        )
        created = await self.batchers.of(coupons.create_campaigns).submit(command)
        assert created is coupons.CreateCampaignStatus.CREATED, created
        if shop_id is None:
            await self._fund(command.id)
        move = coupons.MoveCampaign(id=command.id, shop_id=shop_id, verb=coupons.CampaignVerb.START, actor=BY_SYSTEM)
        moved = await self.batchers.of(coupons.move_campaigns).submit(move)
        assert moved is coupons.MoveCampaignStatus.DONE, moved
        return command.id

    async def _fund(self, campaign_id: UUID) -> None:
        maker, checker = ARBITERS[:2]
        paying = payments.PayInOwnFunds(id=new_id(chart.TREASURY), amount=self.budget, actor=maker)
        await self.batchers.of(payments.pay_in_own_funds).submit(paying)
        deed = approvals.Adjustment(
            debit=approvals.Place(kind=approvals.PlaceKind.OWN_FUNDS),
            credit=approvals.Place(kind=approvals.PlaceKind.BUDGET, owner_id=campaign_id),
            amount=self.budget,
        )
        proposal = approvals.ProposeDeed(id=new_id(campaign_id), deed=deed, reason="drill", actor=maker)
        await self.batchers.of(approvals.propose_deeds).submit(proposal)
        verdict = approvals.DecideProposal(
            id=proposal.id,
            verdict=approvals.Verdict.APPROVE,
            hash=approvals.hash_of(proposal.id, deed),
            actor=checker,
        )
        decided = await self.batchers.of(approvals.decide_proposals).submit(verdict)
        assert decided.status == "approved", decided

    async def _claim(self, life: Life, shop_id: UUID | None) -> None:
        """Claim a coupon for an order, where the buyer may have one more."""
        campaign_id = self.campaigns[shop_id]
        command = coupons.ClaimCoupon(
            id=new_id(campaign_id), campaign_id=campaign_id, person_id=life.buyer, actor=Actor("buyer", life.buyer)
        )
        claimed = await self._ask(coupons.claim_coupons, command, "campaign_id")
        if claimed.status in (coupons.ClaimCouponStatus.CLAIMED, coupons.ClaimCouponStatus.EXISTS):
            life.coupons.append(command.id)
            life.reduction += OFF[shop_id is None]
        else:  # Nothing else is expected: a drill without coupons would prove nothing of them.
            assert claimed.status is coupons.ClaimCouponStatus.PERSON_HAS_ALL, claimed

    async def is_over(self) -> bool:
        """Tell whether nothing is left for the clock to do."""
        async with self.database.read() as reader:
            return await reader.connection.fetchval(LEFT) is None

    async def place(self) -> None:
        """Place an order. Where its stock is gone, or it costs something else by then, it never lives."""
        dice = self.dice
        shop = dice.choice(self.shops)
        price = PRICE if dice.random() < OLD_PAGE else self.prices[shop.id]
        life = Life(new_id(shop.id), shop, dice.choice(self.buyers), dice.choice(shop.skus), dice.randint(1, 3), price)
        life.is_picked_up = dice.random() < PICKED_UP
        wanted = [shop_id for shop_id in (shop.id, None) if dice.random() < COUPON]
        await asyncio.gather(*(self._claim(life, shop_id) for shop_id in wanted))
        command = orders.PlaceOrder(
            id=life.id,
            shop_id=shop.id,
            buyer_id=life.buyer,
            buyer_name="韩梅梅",
            items=(OrderItem(life.sku, life.quantity, price),),
            address=ADDRESS,
            place_id=place(shop) if life.is_picked_up else None,
            coupon_ids=tuple(life.coupons),
            reduction=life.reduction,
            actor=Actor("buyer", life.buyer),
        )
        answers = [result.status for result in await self._ask_often(orders.place_orders, command)]
        self.counts["price_changed"] += orders.PlaceStatus.PRICE_CHANGED in answers
        # What was sold out may be there again when it is asked for once more; what was placed stays so.
        is_placed = orders.PlaceStatus.PLACED in answers
        at = answers.index(orders.PlaceStatus.PLACED) if is_placed else len(answers)
        assert set(answers[:at]) <= set(NOT_NOW), answers
        assert set(answers[at + 1 :]) <= {orders.PlaceStatus.EXISTS}, answers
        if is_placed:
            self.lives[life.id] = life
            self.lives_of[life.buyer].append(life)

    async def edit(self, shop: Shop) -> None:
        """Edit a shop's goods while they are sold: they are called, and cost, something else."""
        price = PRICE + self.dice.randint(0, DEARER_MAX)
        saved = await self._ask(catalog.save_products, goods(shop, f"茶杯 {price}", price))
        assert saved.status in (catalog.SaveProductStatus.UPDATED, catalog.SaveProductStatus.EXISTS), saved
        self.prices[shop.id] = price

    async def act(self, life: Life) -> None:
        """Do something to an order that its state may allow or not. What refuses it refuses it without harm."""
        life.acts += 1
        dice = self.dice
        act: Any = dice.choice(
            [self.pay] * (6 if life.acts <= 2 else 1)
            + [self.ship] * (1 if life.is_picked_up else 4)
            + [self.pick_up] * (4 if life.is_picked_up else 0)
            + [self.confirm] * 2
            + [self.ask_case] * (4 if life.is_sent else 1)
            + [self.move_case] * (20 if life.case_id else 0)
            + [self.move_dispute] * (60 if life.is_disputed else 6 if life.case_id else 0)
            + [self.dispute_charge] * (1 if life.charges else 0)
            + [self.decide_charge] * (2 if self.charged_back else 0)
            + [self.reprice] * (2 if life.acts <= 2 else 0)
            + [self.close, self.refund, self.cancel_unsent, self.prolong, self.nothing]
        )
        status = await act(life)
        self.counts[f"{act.__name__}: {status}"] += 1

    async def pay(self, life: Life) -> str:
        """Pay, from the wallet or at the acquirer, where anything may happen to the money and to the news of it."""
        dice = self.dice
        is_wrong = dice.random() < 0.05
        channel = payments.BALANCE if dice.random() < 0.4 else "sandbox"
        other = dice.choice(self.lives_of[life.buyer])
        id = new_id(life.buyer)
        is_alone = other is life or is_wrong
        parts = (
            ()
            if is_alone
            else tuple(PaymentPart(order_id=one.id, shop_id=one.shop.id, amount=one.total) for one in (life, other))
        )
        command = payments.CreatePayment(
            id=id,
            payer_id=life.buyer,
            subject_id=id if parts else life.id,
            payee_id=life.buyer if parts else life.shop.id,
            amount=sum(part.amount for part in parts) or life.total + is_wrong,
            channel=channel,
            actor=Actor("buyer", life.buyer),
            expires_at=CLOCK.now() + timedelta(minutes=15),
            parts=parts,
        )
        status: payments.CreatePaymentStatus = await self._ask(payments.create_payments, command)
        if channel == payments.BALANCE or status is not payments.CreatePaymentStatus.CREATED:
            return status
        await self.started.get(command.id)
        life.charges.append(command.id)
        verb = dice.choice([*ChargeVerb, ChargeVerb.PAY, ChargeVerb.PAY, None])
        faults = SetFaults(
            id=command.id,
            notices=dice.randint(0, 3),
            delay_seconds=dice.choice([0, 0, 5, 600, 7_200, 86_400]),
            refunds=dice.choice(["succeed", "succeed", "refuse"]),
            actor=BY_SYSTEM,
        )
        self.faults[command.id] = faults
        await self.batchers.of(set_faults).submit(faults)
        for one in [verb, ChargeVerb.PAY if verb is ChargeVerb.FAIL and dice.random() < 0.5 else None]:
            if one is not None:
                at = CLOCK.now() + timedelta(hours=dice.uniform(0, 30)) if one in LATER else None
                doing = ActOnCharge(id=command.id, verb=one, at=at, actor=BY_SYSTEM)
                await self.batchers.of(act_on_charges).submit(doing)
        return str(verb)

    async def dispute_charge(self, life: Life) -> str:
        """Dispute a payment as its payer. The acquirer's notice comes up to three times, or never."""
        dice = self.dice
        id = life.charges.pop(dice.randrange(len(life.charges)))
        await self._set_notices(id, dice.randint(0, 3))
        amount = None if dice.random() < 0.6 else dice.randint(1, life.total)
        status = await self._decide(id, ChargebackVerb.RAISE, amount)
        if status is ActStatus.DONE:
            self.charged_back.append(id)
        return status

    async def decide_charge(self, _: Life | None = None) -> str:
        """Decide, as the acquirer, about the payment that was disputed first."""
        if not self.charged_back:
            return "nothing"
        # That we won stands in the acquirer's statement, too. That we lost does not: then it is told once at least.
        id, is_won = self.charged_back.pop(0), self.dice.random() < 0.4
        await self._set_notices(id, self.dice.randint(0 if is_won else 1, 3))
        return await self._decide(id, ChargebackVerb.WIN if is_won else ChargebackVerb.LOSE)

    async def _set_notices(self, charge_id: UUID, notices: int) -> None:
        # As late as before: what is told of one thing is told in the order in which it happened.
        self.faults[charge_id] = replace(self.faults[charge_id], notices=notices)
        await self.batchers.of(set_faults).submit(self.faults[charge_id])

    async def _decide(self, charge_id: UUID, verb: ChargebackVerb, amount: int | None = None) -> ActStatus:
        doing = ActOnChargeback(id=charge_id, verb=verb, amount=amount, actor=BY_SYSTEM)
        return await self._ask(act_on_chargebacks, doing)

    async def withdraw(self) -> None:
        """Withdraw some of what a shop has, to one of its accounts, or have the bank decide about one that waits."""
        dice = self.dice
        if self.waiting_payouts and dice.random() < 0.3:
            await self.decide_payout(dice.choice(list(PayoutVerb)))
            return
        shop, last4 = dice.choice(self.shops), dice.choice(BANK_ACCOUNTS)
        command = payments.RequestPayout(
            id=new_id(shop.id),
            owner_id=shop.id,
            source=payments.PayoutSource.MERCHANT_AVAILABLE,
            account_id=bank_account(shop, last4),
            amount=dice.randint(1, 20) * PRICE // dice.randint(1, 10),
            fee=dice.choice(WITHDRAWAL_FEES),
            channel="sandbox",
            actor=Actor("merchant", shop.owner_id),
        )
        status = await self._ask(payments.request_payouts, command)
        if last4 == WAITING_LAST4 and status is payments.RequestPayoutStatus.CREATED:
            self.waiting_payouts.append(command.id)

    async def decide_payout(self, verb: PayoutVerb) -> None:
        """Decide, as the bank, about the payout that waits longest. What it accepted it may still pay or send back."""
        id = self.waiting_payouts.pop(0)
        status = await self._ask(act_on_payouts, ActOnPayout(id=id, verb=verb, actor=BY_SYSTEM))
        is_over = status is ActStatus.DONE and verb is not PayoutVerb.ACCEPT
        if not is_over:
            self.waiting_payouts.append(id)

    async def haunt(self) -> None:
        """Let a day pass on which payers dispute what they paid long ago, and shops withdraw what they have."""
        some = [life for life in self.lives.values() if life.charges]
        disputing = self.dice.sample(some, min(len(some), max(1, self.count * HAUNTED_PERCENT // 100)))
        deciding = len(self.charged_back) // 2
        await asyncio.gather(
            *(self.dispute_charge(life) for life in disputing),
            *(self.decide_charge() for _ in range(deciding)),
            *(self.withdraw() for _ in self.shops),
        )

    async def decide_all(self) -> None:
        """Have everything decided that waits for the acquirer or the bank."""
        charges, self.charged_back = self.charged_back, []
        payouts, self.waiting_payouts = self.waiting_payouts, []
        await asyncio.gather(*(self._lose(id) for id in charges), *(self._pay_out(id) for id in payouts))

    async def _lose(self, charge_id: UUID) -> None:
        await self._set_notices(charge_id, 1)
        await self._decide(charge_id, ChargebackVerb.LOSE)

    async def _pay_out(self, id: UUID) -> None:
        status = await self._ask(act_on_payouts, ActOnPayout(id=id, verb=PayoutVerb.PAY, actor=BY_SYSTEM))
        if status is ActStatus.NOT_FOUND:  # Who was to ask the bank was killed, and nobody asked it yet.
            self.waiting_payouts.append(id)

    async def ship(self, life: Life) -> str:
        """Ship a part or what is left; now and then the parcel that was sent before, once more."""
        is_again = life.parcel_id is not None and self.dice.random() < 0.2
        life.parcel_id = life.parcel_id if is_again else new_id(life.id)
        assert life.parcel_id
        command = orders.ShipParcel(
            id=life.parcel_id,
            order_id=life.id,
            shop_id=life.shop.id,
            carrier="顺丰",
            tracking_number="SF1",
            lines=((1, self.dice.randint(1, max(1, life.quantity - 1))),) if self.dice.random() < 0.6 else None,
            actor=Actor("merchant", life.shop.owner_id),
        )
        return await self._ask(orders.ship_parcels, command, "order_id")

    async def pick_up(self, life: Life) -> str:
        """Come for it with the code, or a wrong one. Who saw it once says it even where it is not shown any more."""
        showing = ShowPickupCode(order_id=life.id, actor=Actor("buyer", life.buyer))
        await self._ask(picking_up.show_codes, showing, "order_id")
        found = await self.pickups.get(life.id)
        assert found
        life.code = picking_up.open_code(found) or life.code
        code = "" if self.dice.random() < WRONG_CODE else life.code
        command = WriteOff(shop_id=life.shop.id, code=code, actor=Actor("merchant", life.shop.owner_id))
        result = await self._ask(picking_up.write_off, command, "shop_id")
        life.is_handed_over |= result.status is MoveStatus.DONE
        return result.status

    async def confirm(self, life: Life) -> str:
        """Confirm receipt."""
        command = orders.ConfirmOrder(order_id=life.id, actor=Actor("buyer", life.buyer))
        return await self._ask(orders.confirm_orders, command, "order_id")

    async def reprice(self, life: Life) -> str:
        """Take something off as the shop, and charge for sending it; who pays meanwhile pays what it cost before."""
        freight = 0 if life.is_picked_up else self.dice.choice([0, FREIGHT])
        command = orders.RepriceOrder(
            order_id=life.id,
            shop_id=life.shop.id,
            actor=Actor("merchant", life.shop.owner_id),
            conceded=self.dice.choice([0, CONCEDED]),
            freight=freight,
            total=life.total,
        )
        status = await self._ask(orders.reprice_orders, command, "order_id")
        if status in (MoveStatus.DONE, MoveStatus.EXISTS):
            life.conceded, life.freight = command.conceded, command.freight
        return status

    async def close(self, life: Life) -> str:
        """Close, by either side."""
        command = orders.CloseOrder(order_id=life.id, **self._someone(life))
        return await self._ask(orders.close_orders, command, "order_id")

    async def ask_case(self, life: Life) -> str:
        """Ask for something about some units."""
        # To be sent anew takes the most steps, and few would come to it.
        is_anew = life.is_sent and self.dice.random() < 0.5
        anew = [aftersale.CaseKind.EXCHANGE, aftersale.CaseKind.RESHIP]
        kind = self.dice.choice(anew if is_anew else list(aftersale.CaseKind))
        command = aftersale.AskCase(
            id=new_id(life.id),
            order_id=life.id,
            line=1,
            kind=kind,
            quantity=self.dice.randint(1, life.quantity),
            amount=self.dice.randint(1, PRICE) if kind is aftersale.CaseKind.REFUND else None,
            reason=aftersale.Reason.AGREED,
            actor=Actor("buyer", life.buyer),
        )
        status = await self._ask(aftersale.ask_cases, command, "order_id")
        if status is aftersale.CaseStatus.DONE:
            life.case_id = command.id
        return status

    async def move_case(self, life: Life) -> str:
        """Do something to the newest case, by whoever may. What is left undone the clock does."""
        if life.case_id is None:
            return "nothing"
        buyer: dict[str, Any] = {"case_id": life.case_id, "actor": Actor("buyer", life.buyer)}
        shop: dict[str, Any] = {
            "case_id": life.case_id,
            "actor": Actor("merchant", life.shop.owner_id),
            "shop_id": life.shop.id,
        }
        back: dict[str, Any] = {"carrier": "顺丰", "tracking_number": f"SF2{life.case_id.int}"[:40]}
        anew = back | {"tracking_number": f"SF3{life.case_id.int}"[:40]}
        offer = self.dice.choice([kind for kind in aftersale.CaseKind if kind is not aftersale.CaseKind.CANCEL])
        amount = 0 if offer in (aftersale.CaseKind.EXCHANGE, aftersale.CaseKind.RESHIP) else PRICE // 3
        case = (await self.cases.get(life.id) or {}).get(life.case_id)
        agree = (aftersale.agree_cases, aftersale.AgreeCase(**shop, address=ADDRESS_BACK))
        offer_it = aftersale.CounterCase(**shop, kind=offer, amount=amount, address=ADDRESS_BACK)
        accept = (aftersale.accept_offers, aftersale.AcceptOffer(**buyer))
        sent_back = (aftersale.send_back, aftersale.SendBack(**buyer, **back))
        take = (aftersale.take_returns, aftersale.TakeReturn(**shop, is_restocked=self.dice.random() < 0.5))
        reship = (aftersale.reship_cases, aftersale.Reship(**shop, **anew))
        owner_id = aftersale.proof_owner(life.id)
        hash = sha256(owner_id.bytes).digest()
        photo = AddPicture(owner_id=owner_id, hash=hash, width=800, height=600, bytes=9, quota=1_000)
        shown = (address_of(photo.hash.hex(), photo.width),)
        refuse = (aftersale.refuse_returns, aftersale.RefuseReturn(**shop, words="不是我们的", proof=shown))
        moves: list[tuple[Any, Any]] = [
            agree,
            accept,
            sent_back,
            take,
            reship,
            (aftersale.counter_cases, offer_it),
            (aftersale.refuse_cases, aftersale.RefuseCase(**shop, words="不行")),
            (aftersale.decline_offers, aftersale.DeclineOffer(**buyer)),
            (aftersale.counter_returns, aftersale.CounterReturn(**shop, amount=PRICE // 2, words="用过了")),
            refuse,
            (aftersale.refund_instead, aftersale.RefundInstead(**shop)),
            (aftersale.withdraw_cases, aftersale.WithdrawCase(**buyer)),
        ]
        fitting: dict[aftersale.CaseState, tuple[Any, Any]] = {
            aftersale.CaseState.ASKED: agree,
            aftersale.CaseState.COUNTERED: accept,
            aftersale.CaseState.TO_RETURN: sent_back,
            # What goes on to arbiters takes the most steps.
            aftersale.CaseState.RETURNING: self.dice.choice([take, refuse]),
            aftersale.CaseState.AGREED: reship,
            aftersale.CaseState.RETURNED: reship,
            aftersale.CaseState.TO_GIVE_BACK: reship,
        }
        if case is not None and case.state in fitting and self.dice.random() < 0.6:
            moves = [fitting[case.state]]
        operation, command = self.dice.choice(moves)
        if isinstance(command, aftersale.RefuseReturn):
            await self._ask(add_pictures, photo, "owner_id")
        status = await self._ask(operation, command, "case_id")
        # As for disputes below: what goes on goes on.
        is_done = status is aftersale.CaseStatus.DONE
        life.acts -= is_done
        life.is_disputed |= is_done and isinstance(command, aftersale.RefuseReturn)
        return f"{operation.__name__} {status}"

    async def move_dispute(self, life: Life) -> str:
        """Leave the newest case to arbiters, or do the next thing of a dispute, by whoever may."""
        if life.case_id is None:
            return "nothing"
        dice, id = self.dice, life.case_id
        buyer: dict[str, Any] = {"case_id": id, "actor": Actor("buyer", life.buyer)}
        shop: dict[str, Any] = {"case_id": id, "actor": Actor("merchant", life.shop.owner_id), "shop_id": life.shop.id}
        side = dice.choice([buyer, shop])
        dispute, order = await asyncio.gather(self.disputes.get(id), self.orders.get(life.id))
        assert order
        operation, command = disputes.open_disputes, disputes.OpenDispute(**side, claim="不同意")
        if dispute is None:
            await self._ask(aftersale.refuse_cases, aftersale.RefuseCase(**shop, words="不行"), "case_id")
        else:
            arbiter: dict[str, Any] = {"case_id": id, "actor": dice.choice(ARBITERS)}
            number = len(dispute.rulings)
            shares = [0, 0, 100] if dispute.was_sent_back else [0, 40, 100]
            share, freight_by = dice.choice(shares), dice.choice(list(disputes.Side))
            amount = disputes.award_for(dispute, order, share, freight_by)
            goods_back = dispute.was_sent_back and not amount and dice.random() < 0.7
            case, now = dispute.file.case, CLOCK.now()
            seen = disputes.hash_of(disputes.preview(order, case, amount, now, goods_back=goods_back))
            said: dict[str, Any] = {"share": share, "freight_by": freight_by, "words": "如此"}
            ruling = disputes.RuleDispute(**arbiter, **said, goods_back=goods_back, seen=seen)
            submit = (disputes.submit_evidence, disputes.SubmitEvidence(**side, words="请看"))
            rule = (disputes.rule_disputes, ruling)
            second = (disputes.second_rulings, disputes.SecondRuling(**arbiter, number=number))
            reject = (disputes.reject_rulings, disputes.RejectRuling(**arbiter, number=number, words="不妥"))
            appeal = (disputes.appeal_rulings, disputes.AppealRuling(**side, words="不服"))
            fitting: dict[disputes.DisputeState, tuple[Any, Any]] = {
                disputes.DisputeState.EVIDENCE: submit,
                disputes.DisputeState.DECIDING: rule,
                disputes.DisputeState.PROPOSED: second,
                disputes.DisputeState.RULED: appeal,
                disputes.DisputeState.APPEALED: rule,
                disputes.DisputeState.APPEAL_PROPOSED: second,
            }
            moves: list[tuple[Any, Any]] = [submit, rule, second, reject, appeal]
            if dispute.state in fitting and dice.random() < 0.7:
                moves = [fitting[dispute.state]]
            if dice.random() < 0.05:
                moves = [(disputes.withdraw_disputes, disputes.WithdrawDispute(**buyer))]
            operation, command = dice.choice(moves)
        result = await self._ask(operation, command, "case_id")
        # A dispute that goes on may go on to its end: it has many steps, and few orders come to one.
        is_done = result.status is disputes.DisputeStatus.DONE
        life.acts -= is_done
        life.is_disputed |= is_done
        return f"{operation.__name__} {result.status}"

    async def refund(self, life: Life) -> str:
        """Send the money back, by either side."""
        command = orders.RefundOrder(order_id=life.id, reason="缺货", **self._someone(life))
        return await self._ask(orders.refund_orders, command, "order_id")

    async def cancel_unsent(self, life: Life) -> str:
        """Give up what was not sent."""
        merchant = Actor("merchant", life.shop.owner_id)
        command = orders.CancelUnsent(order_id=life.id, shop_id=life.shop.id, actor=merchant, reason="断货")
        return await self._ask(orders.cancel_unsent, command, "order_id")

    async def prolong(self, life: Life) -> str:
        """Give more time."""
        found = await self.orders.get(life.id)
        assert found
        command = orders.Prolong(order_id=life.id, days=3, due_at=found.due_at or CLOCK.now(), **self._someone(life))
        return await self._ask(orders.prolong_receipts, command, "order_id")

    async def nothing(self, _: Life) -> str:
        """Let it lie."""
        return "done"

    async def _ask(self, operation: Operation[C, R], command: C, owner: str = "id") -> R:
        """Have something done, now and then twice at once; give the first answer."""
        return (await self._ask_often(operation, command, owner))[0]

    async def _ask_often(self, operation: Operation[C, R], command: C, owner: str = "id") -> list[R]:
        is_again = self.dice.random() < TWICE
        is_at_once = is_again and self.dice.random() < AT_ONCE
        doing = self.batchers.of(operation, owner)
        asked = [doing.begin(command) for _ in range(1 + is_at_once)]
        answers = [answer for one in asked for answer in await one]
        return answers if is_at_once or not is_again else [*answers, await doing.submit(command)]

    def _someone(self, life: Life) -> dict[str, Any]:
        if self.dice.random() < 0.5:
            return {"actor": Actor("buyer", life.buyer)}
        return {"actor": Actor("merchant", life.shop.owner_id), "shop_id": life.shop.id}


def run(orders: int, seed: int) -> Outcome:
    """Let so many orders live and end, then audit."""
    before = CLOCK.offset
    KEYS.use(bytes(range(KEY_BYTES)))
    try:
        with fresh_server(is_durable=False) as server:
            return uvloop.run(_run(server.url, orders, seed))
    finally:
        CLOCK.follow(before)


async def _run(url: str, count: int, seed: int) -> Outcome:
    await migrate(url)
    await install(url, mode="sandbox", lanes=LANES)
    database = await Database.connect(url)
    lanes = Lanes(LANES)
    world = World(database, lanes, count, seed)
    channel = FlakyChannel(database, world.dice)
    payments.REGISTRY.register(channel)
    worker = Worker(await Database.connect(url, connections=WORKER_CONNECTIONS), lanes)
    await Deliverer(database, subscriptions(world.batchers), lanes).install()
    await world.open()
    attempts = 0
    births = max(BORN, count // BIRTHS)
    kills_max = max(KILLS_MAX, births // BIRTHS_PER_KILL)
    while len(world.lives) < count or any(life.acts < ACTS for life in world.lives.values()):
        born = min(births, count - len(world.lives))
        attempts += born
        assert attempts <= count * ATTEMPTS_MAX, "nothing is left on the shelves"
        acting = [life for life in world.lives.values() if life.acts < ACTS]
        placing = [world.place() for _ in range(born)]
        editing = [world.edit(shop) for shop in world.dice.sample(world.shops, -(-len(world.shops) // SHOPS_PER_EDIT))]
        working = asyncio.create_task(worker.work_and_die(world.dice, kills_max))
        await asyncio.gather(
            *(editing + placing if world.dice.random() < 0.5 else placing + editing),
            *(world.act(life) for life in acting),
            world.withdraw(),
        )
        await working
        CLOCK.follow(CLOCK.offset + timedelta(seconds=world.dice.choice([1, 10, 120, 1_000, 20_000, 100_000])))
    channel.is_flaky = False
    for day in range(DAYS_MAX):
        await worker.work_and_die(world.dice, KILLS_MAX)
        await worker.work()
        await (world.haunt() if day < HAUNTED_DAYS else world.decide_all())
        CLOCK.follow(CLOCK.offset + timedelta(days=1))
        if await world.is_over():
            break
    await worker.work()
    audit = Audit(database, world, channel.told)
    await audit.run()
    for defect in audit.defects[:20]:
        print(defect, flush=True)
    await world.batchers.close()
    await database.close()
    await worker.database.close()
    return {
        "orders": len(world.lives),
        "price_changed": world.counts.pop("price_changed", 0),
        "acts": sum(world.counts.values()),
        **worker.counts,
        **channel.counts,
        **audit.figures,
        "defects": len(audit.defects),
    }


QUIET: Final = (
    Code.TRANSIT,
    Code.SUSPENSE,
    Code.SUSPENSE_SHORT,
    Code.REFUND_CLEARING,
    Code.PAYOUT_CLEARING,
    Code.CHARGEBACK_PENDING,
    Code.MERCHANT_CLAIM,
    Code.ESCROW,
    Code.ESCROW_SUBSIDY,
    Code.MERCHANT_PENDING,
)
"""What is empty once everything has ended."""

THEIRS: Final = (
    Code.CHANNEL_RECEIVABLE,
    Code.BANK,
    Code.CHANNEL_FEE,
    Code.PAYOUT_FEE,
    Code.CHARGEBACK_FEE,
)
"""What acquirer and bank have of ours, and what they kept for themselves."""


class Audit:
    """Compares the books with what events, the acquirer and the shelves say, each added up by itself."""

    def __init__(self, database: Database, world: World, notices: Collection[str]) -> None:
        self.database = database
        self.world = world
        self.notices = notices
        self.defects: list[str] = []
        self.figures: dict[str, int] = {}
        self.cases: Counter[str] = Counter()
        self.charged_back: Counter[UUID] = Counter()
        """What channels took back of each order."""
        self.borne = 0

    def expect(self, what: str, found: object, expected: object) -> None:
        """Note a defect where something is not as it should be."""
        if found != expected:
            self.defects.append(f"{what}: {found}, not {expected}")

    async def run(self) -> None:
        """Compare everything."""
        report = await verify(self.database)
        self.defects += [f"{defect.where}: {defect.what}" for defect in report.defects]
        async with self.database.read() as reader:
            self.fetch = reader.connection.fetch
            for row in await get_set_aside(reader):
                self.defects.append(f"set aside: {row['subscriber']} {row['error']}")
            balances = {Code(row["code"]): row for row in await get_trial_balance(reader)}
            self.rows = {row["id"]: row for row in await self.fetch("select * from orders.orders")}
            events = await self.fetch("select type, stream, subject_id, data from events.events order by id")
            self.told = Counter((row["type"], row["subject_id"]) for row in events)
            self.events = events
            await self.check_chargebacks()
            self.check_orders()
            await self.check_cases()
            await self.check_coupons()
            await self.check_payments()
            ends = await self.check_stock()
            await self.check_books(
                {code: row["credits_posted"] - row["debits_posted"] for code, row in balances.items()}
            )
            for code, row in balances.items():
                self.expect(f"held of {code.name}", (row["debits_pending"], row["credits_pending"]), (0, 0))
            taken = await self.fetch("select reference from sandbox.transactions")
            untold = sum(f"notice:{row['reference']}" not in self.notices for row in taken)
            together = await self.fetch(
                "select count(*) as n from payments.payments where parts is not null and status = 'succeeded'"
            )
            (locks,) = await self.fetch("select deadlocks from pg_stat_database where datname = current_database()")
            waiting = await self.fetch("select count(*) as n from events.queue")
            self.expect("deliveries left", waiting[0]["n"], 0)
        states = Counter(row["state"] for row in self.rows.values())
        reopened = sum(row["type"] == "OrderPaid" and row["data"]["is_reopened"] for row in events)
        rejected = sum(row["type"] == "PaymentRejected" for row in events)
        self.figures = {
            "deadlocks": locks["deadlocks"],
            "transfers": report.transfers,
            "events": len(events),
            **{str(state): states[state] for state in (State.COMPLETED, State.REFUNDED, State.CLOSED)},
            "completed_in_part": ends["completed part"],
            "repriced": sum(row["type"] == "OrderRepriced" for row in events),
            "picked_up": sum(row["type"] == "OrderPickedUp" for row in events),
            "given_up_in_part": sum(row["type"] == "UnsentCancelled" for row in events),
            "coupons_used": self.cases["coupons used"],
            "coupons_given_back": sum(row["type"] == "CouponReturned" for row in events),
            "cases_refunded": self.cases["refunded"],
            "cases_reshipped": self.cases["reshipped"],
            "rulings_executed": self.cases["dispute executed"],
            "rulings_by_rule": self.cases["by_rule"],
            "appeals": self.cases["appealed"],
            "chargebacks_won": self.cases["chargeback won"],
            "chargebacks_lost": self.cases["chargeback lost"],
            "charged_back_after_settlement": self.cases["chargeback after settlement"],
            "refunds_covered": self.cases["refunds covered"],
            "payouts_paid": self.cases["payouts paid"],
            "payouts_rejected": self.cases["payouts rejected"],
            "payouts_returned": self.cases["payouts returned"],
            "paid_together": together[0]["n"],
            "reopened": reopened,
            "payments_rejected": rejected,
            "refunds": sum(row["type"] == "RefundSucceeded" for row in events),
            "taken_untold": untold,
        }

    def check_orders(self) -> None:
        """Every order has ended, and what happened to it happened once."""
        self.expect("orders", set(self.rows), set(self.world.lives))
        for id, row in self.rows.items():
            state = State(row["state"])
            its = self.world.lives[id]
            self.expect(f"total of {id}", row["total"], its.total)
            if state not in (State.COMPLETED, State.REFUNDED, State.CLOSED):
                self.defects.append(f"order {id} is still {state}")
            self.expect(f"OrderPickedUp of {id}", self.told["OrderPickedUp", id], int(its.is_handed_over))
            if its.is_picked_up:
                self.expect(f"parcels of {id}", self.told["ParcelShipped", id], 0)
            is_paid = state is not State.CLOSED
            self.expect(f"payments taken for {id}", self.told["OrderPaid", id], int(is_paid))
            for kind, ending in (
                ("OrderReceived", State.COMPLETED),
                ("OrderSettled", State.COMPLETED),
            ):
                self.expect(f"{kind} of {id}", self.told[kind, id], int(state is ending))
            # What a channel took back to the last fen ended its order, and nothing had to arrive.
            is_sent_back = state is State.REFUNDED and row["refund_reason"] != "chargeback"
            self.expect(f"RefundArrived of {id}", self.told["RefundArrived", id], int(is_sent_back))
            self.expect(f"cases open of {id}", (row["open_cases"], row["time_left"]), (0, None))
            if state is State.REFUNDED:
                self.expect(f"refunded of {id}", row["refunded"], row["total"])
        back: Counter[UUID] = Counter()
        for row in self.events:
            if row["type"] == "RefundOrdered":
                back[row["subject_id"]] += row["data"]["amount"]
        for id, row in self.rows.items():
            self.expect(f"refunds ordered of {id}", back[id] + self.charged_back[id], row["refunded"])

    async def check_chargebacks(self) -> None:
        """Every chargeback has ended as the acquirer decided it, and is of an order."""
        for row in await self.fetch(
            "select id, payment_id, order_id, state, stage, amount, borne from chargebacks.cases"
        ):
            self.cases[f"chargeback {row['state']}"] += 1
            self.cases["chargeback after settlement"] += row["stage"] == "settled"
            if row["state"] == "lost":
                self.charged_back[row["order_id"]] += row["amount"] - row["borne"]
                self.borne += row["borne"]
            elif row["state"] != "won":
                self.defects.append(f"chargeback {row['id']} is still {row['state']}")
            self.expect(f"ChargebackClosed of {row['id']}", self.told["ChargebackClosed", row["id"]], 1)
        # What the payer has by a chargeback is not refunded as well, and no loss.
        for row in await self.fetch("select covered from payments.refunds where covered > 0"):
            self.borne -= row["covered"]
            self.cases["refunds covered"] += 1
        told = {
            row["payment_id"]: (row["amount"], row["states"])
            for row in await self.fetch(
                "select payment_id, sum(amount)::bigint as amount, array_agg(distinct state) as states"
                " from chargebacks.cases group by 1"
            )
        }
        for row in await self.fetch("select charge_id, amount, status from sandbox.chargebacks"):
            found = told.pop(row["charge_id"], None)
            self.expect(f"chargeback of the payment {row['charge_id']}", found, (row["amount"], [row["status"]]))
        self.expect("chargebacks that nobody raised", told, {})

    async def check_cases(self) -> None:
        """Every case has ended, and every dispute, and what it gave back arrived."""
        refunded: set[UUID] = set()
        for row in await self.fetch("select id, state, refund_id, withheld from aftersale.cases"):
            self.cases[row["state"]] += 1
            if row["state"] not in ("refunded", "reshipped", "withdrawn", "expired", "dismissed", "given_back"):
                self.defects.append(f"case {row['id']} is still {row['state']}")
            self.expect(f"withheld by {row['id']}", row["withheld"], 0)
            is_refunded = row["state"] == "refunded"
            refunded |= {row["id"]} if is_refunded else set()
            self.expect(f"refund of {row['id']}", row["refund_id"] is not None, is_refunded)
            for kind in ("CaseRefundOrdered", "CaseRefunded"):
                self.expect(f"{kind} of {row['id']}", self.told[kind, row["id"]], int(is_refunded))
        for row in await self.fetch(
            "select case_id, state, awarded, appealed_by, exists (select from disputes.rulings r"
            " where r.case_id = d.case_id and r.goods_back) as is_goods_back from disputes.disputes d"
        ):
            self.cases[f"dispute {row['state']}"] += 1
            self.cases["appealed"] += row["appealed_by"] is not None
            if row["state"] not in ("executed", "withdrawn"):
                self.defects.append(f"dispute {row['case_id']} is still {row['state']}")
            executed = int(row["state"] == "executed")
            self.expect(f"RulingExecuted of {row['case_id']}", self.told["RulingExecuted", row["case_id"]], executed)
            if row["awarded"] or not row["is_goods_back"]:  # Where goods were to go back, the money may have.
                self.expect(f"award of {row['case_id']}", row["case_id"] in refunded, bool(row["awarded"]))
        for row in await self.fetch("select basis, count(*) as n from disputes.rulings group by basis"):
            self.cases["by_rule"] += row["n"] * (row["basis"] != "arbiter")
        for row in await self.fetch(
            "select order_id, refunded, quantity, shipped, cancelled, withheld from orders.lines"
        ):
            order = self.rows[row["order_id"]]
            if order["state"] == State.COMPLETED:  # An order has one line.
                sent = row["quantity"] - row["cancelled"]
                self.expect(f"units that {row['order_id']} paid for", sent, row["shipped"])
                # Which units were cancelled is not told: what they cost differs by a fen for each.
                # What sending costs does not come back once something was sent.
                life = self.world.lives[row["order_id"]]
                cost = share_so_far(life.total - life.freight, row["quantity"], row["cancelled"])
                if row["refunded"] < cost - row["quantity"]:
                    self.defects.append(f"{row['order_id']} paid for units that were never sent")
            if order["state"] != State.REFUNDED:  # All at once, an order gives back no single line.
                self.expect(f"refunded of the lines of {row['order_id']}", row["refunded"], order["refunded"])
            self.expect(f"withheld of {row['order_id']}", row["withheld"], 0)

    async def check_coupons(self) -> None:
        """A coupon is used by the order that has it, once that was received, and free again where it was not."""
        used: dict[UUID, list[UUID]] = {}
        for row in await self.fetch("select id, order_id from coupons.coupons where state = 'used'"):
            used.setdefault(row["order_id"], []).append(row["id"])
            self.cases["coupons used"] += 1
        for id, row in self.rows.items():
            life = self.world.lives[id]
            its = sorted(life.coupons) if row["state"] == State.COMPLETED else []
            self.expect(f"coupons that {id} used", sorted(used.pop(id, [])), its)
            self.expect(f"what {id} has off", row["discount"] + row["subsidy"], life.reduction + life.conceded)
        self.expect("coupons that nothing used", used, {})

    async def check_payments(self) -> None:
        """Of what was ever taken for an order, the order has its total or nothing; the rest went back."""
        kept: Counter[UUID] = Counter()
        taken = await self.fetch(
            "select subject_id, sum(captured)::bigint as amount from payments.payments"
            " where purpose = 'order' and parts is null group by 1"
            " union all select (part ->> 'order_id')::uuid, (part ->> 'amount')::bigint"
            " from payments.payments, jsonb_array_elements(parts) as part where captured > 0"
            " union all select p.subject_id, sum(c.amount)::bigint from payments.captures c"
            " join payments.payments p on p.shard = c.shard and p.id = c.payment_id group by 1"
        )
        back = await self.fetch(
            "select subject_id, -sum(amount)::bigint as amount from payments.refunds"
            " where status in ('succeeded', 'rejected', 'charged_back') group by 1"
        )
        for row in [*taken, *back]:
            kept[row["subject_id"]] += row["amount"]
        kept.subtract(self.charged_back)
        for id, row in self.rows.items():
            owed = row["total"] - row["refunded"] if row["state"] == State.COMPLETED else 0
            self.expect(f"money kept of {id}", kept.pop(id, 0), owed)
        for id, amount in kept.items():
            self.expect(f"money kept of the payment {id}", amount, 0)

    async def check_stock(self) -> Counter[str]:
        """What left the shelves is what parcels and cases took and nobody put back; nothing is held.

        Returns how many orders ended how, with none, a part or all of them shipped.
        """
        sold: Counter[UUID] = Counter()
        shipped: Counter[UUID] = Counter()
        for row in self.events:
            if row["type"] == "ParcelShipped":
                shipped[row["subject_id"]] += sum(quantity for _, quantity in row["data"]["lines"])
            elif row["type"] == "OrderPickedUp":
                shipped[row["subject_id"]] += row["data"]["units"]
        ends: Counter[str] = Counter()
        for id, row in self.rows.items():
            sold[self.world.lives[id].sku] += shipped[id]
            self.expect(f"units shipped of {id}", row["units_shipped"], shipped[id])
            placed = self.world.lives[id].quantity
            extent = "none" if not shipped[id] else "all" if shipped[id] == placed else "part"
            ends[f"{row['state']} {extent}"] += 1
        again = await self.fetch("select id, order_id, quantity, state from aftersale.cases")
        restocked = {
            row["subject_id"] for row in self.events if row["type"] == "ReturnTaken" and row["data"]["is_restocked"]
        }
        for row in again:
            sku = self.world.lives[row["order_id"]].sku
            sold[sku] += row["quantity"] * (row["state"] == "reshipped")
            sold[sku] -= row["quantity"] * (row["id"] in restocked)
        for end in ("completed none", "closed part", "closed all"):
            self.expect(f"orders that are {end} shipped", ends[end], 0)
        for row in await self.fetch("select sku_id, on_hand, held, sold from inventory.stock"):
            its = sold[row["sku_id"]]
            self.expect(
                f"stock of {row['sku_id']}",
                (row["on_hand"], row["held"], row["sold"]),
                (self.world.stock - its, 0, its),
            )
        return ends

    async def check_books(self, balances: dict[Code, int]) -> None:
        """The trial balance is what the events add up to, and what the acquirer says."""
        wallets: Counter[UUID] = Counter()
        shops: Counter[UUID] = Counter()
        settled: set[UUID] = set()
        for row in self.events:
            kind, data = row["type"], row["data"]
            if kind == "WalletToppedUp":
                wallets[row["stream"]] += data["amount"]
            elif kind == "PaymentCaptured" and data["channel"] == payments.BALANCE:
                wallets[row["stream"]] -= data["amount"]
            elif kind == "RefundSucceeded" and data["to"] == "wallet":
                wallets[row["stream"]] += data["amount"] - data.get("covered", 0)
            elif kind == "OrderSettled":
                shops[row["stream"]] += data["amount"]
                settled.add(row["subject_id"])
            elif kind == "RefundOrdered" and row["subject_id"] in settled:
                # There is no fee, so the shop gives back what the payer gets, and what of a coupon went with it.
                shops[row["stream"]] -= data["amount"]
            elif kind == "BudgetTouched" and data["step"] == "return" and row["subject_id"] in settled:
                shops[row["stream"]] -= data["amount"]
            elif kind == "ChargebackClosed" and UUID(data["order_id"]) in settled:
                shops[row["stream"]] -= data["recovered"]
        paid_out = await self.fetch(
            "select owner_id, status, count(*) as n, sum(amount)::bigint as amount, sum(fee)::bigint as fee"
            " from payments.payouts group by 1, 2"
        )
        fees = 0
        for row in paid_out:
            self.cases[f"payouts {row['status']}"] += row["n"]
            if row["status"] not in ("paid", "rejected", "returned"):
                self.defects.append(f"payouts of {row['owner_id']} are still {row['status']}")
            if row["status"] == "paid":
                shops[row["owner_id"]] -= row["amount"] + row["fee"]
                fees += row["fee"]
        self.expect("fees of withdrawals", balances.get(Code.WITHDRAWAL_FEE_INCOME, 0), fees)
        self.expect("borne", -balances.get(Code.BAD_DEBT, 0), self.borne)
        accounts = await self.fetch(
            "select code, owner_id, credits_posted - debits_posted as balance from ledger.accounts"
            " where owner_id is not null"
        )
        have: Counter[UUID] = Counter()
        for row in accounts:
            code, owner = Code(row["code"]), row["owner_id"]
            if code is Code.WALLET:
                self.expect(f"wallet {owner}", row["balance"], wallets[owner])
            elif code in (Code.MERCHANT_AVAILABLE, Code.MERCHANT_OWED):
                have[owner] += row["balance"]  # What is owed is an asset: below 0.
            elif code is Code.BUDGET:
                subsidies = sum(
                    each["subsidy"] - each["subsidy_refunded"] for each in self.rows.values() if each["settled_at"]
                )
                self.expect("budget", row["balance"], self.world.budget - subsidies)
            elif code is Code.REFUNDABLE:
                order = self.rows[owner]
                capped = order["total"] - order["refunded"] if order["settled_at"] else 0
                self.expect(f"refundable {owner}", row["balance"], capped)
            else:
                self.expect(f"{code.name} {owner}", row["balance"], 0)
        for shop_id in have.keys() | shops.keys():
            self.expect(f"shop {shop_id}", have[shop_id], shops[shop_id])
        for code in QUIET:
            self.expect(code.name, balances.get(code, 0), 0)
        self.expect("wallets", balances[Code.WALLET], sum(wallets.values()))
        theirs = balances.get(Code.MERCHANT_AVAILABLE, 0) + balances.get(Code.MERCHANT_OWED, 0)
        self.expect("shops", theirs, sum(shops.values()))
        (taken,) = await self.fetch("select sum(amount)::bigint as n from sandbox.transactions")
        (back,) = await self.fetch(
            "select coalesce(sum(amount), 0)::bigint as n from sandbox.refunds where status = 'succeeded'"
        )
        (kept,) = await self.fetch(
            "select coalesce(sum(amount), 0)::bigint as n from sandbox.chargebacks where status = 'lost'"
        )
        (paid,) = await self.fetch(
            "select coalesce(sum(amount), 0)::bigint as n from sandbox.payouts"
            " where status = 'paid' and returned_at is null"
        )
        there = -sum(balances.get(code, 0) for code in THEIRS) - self.world.budget  # Which the operator paid in.
        self.expect("channel and bank", there, taken["n"] - back["n"] - kept["n"] - paid["n"])


DRILL: Final = Drill(
    name="T5",
    proves="Lives of orders under chaos: every fen and every unit is where it belongs in the end.",
    options={"orders": (2_000, "orders to be placed"), "seed": (1, "where the dice begin")},
    zero=("defects", "deadlocks"),
    run=run,
)

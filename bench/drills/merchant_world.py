"""An order that a merchant's program made, in memory: paid, closed, shared, given back; refunded, subsidized, settled.

What is decided and posted is decided by the rules of the wire's orders, of its profit sharing and of its subsidies.
Their messages to other shards arrive when they like. The money is looked at from outside: who has how much of it.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, require
from bench.drills.machines import Machine, MachineWorld, Things
from weiji.escrow import Chain, give_subsidy, receive_share, return_share, take_subsidy_back
from weiji.events import Actor
from weiji.kit.ids import derive, new_id, shard_of
from weiji.kit.money import portion
from weiji.ledger import Kind, TransferStatus, chart, move
from weiji.wire.sharing import model as sharing
from weiji.wire.sharing import rules as sharings
from weiji.wire.sharing.model import Return, ReturnState, ReturnStatus, Split, SplitStatus
from weiji.wire.subsidies import model as subsidies
from weiji.wire.subsidies import rules as adding
from weiji.wire.subsidies.model import DeclineStatus, ReturnSubsidyStatus, SubsidyReturn
from weiji.wire.trade import model as trade
from weiji.wire.trade import rules as trades
from weiji.wire.trade.model import (
    CloseStatus,
    MerchantOrder,
    MerchantRefund,
    OrderCoupon,
    PlaceMerchantOrderStatus,
    RefundStatus,
    SettleStatus,
    State,
    TakeStatus,
)

SHOP: Final = new_id()
PROVIDER: Final = new_id(SHOP)
"""The shop of the service provider that made the order, and adds to it."""

RECEIVER: Final = new_id(SHOP)
PERSON: Final = new_id(SHOP)
"""With whom it is shared."""

BUYER: Final = new_id(SHOP)
PROGRAM: Final = Actor("merchant", new_id(SHOP))
SHARD: Final = shard_of(SHOP)
MCHIDS: Final = {SHOP: "1900000001", PROVIDER: "1900000002", RECEIVER: "1900000003"}
OPENID: Final = "o1"
TYPES: Final = {RECEIVER: sharing.ReceiverType.MERCHANT_ID, PERSON: sharing.ReceiverType.PERSONAL_OPENID}
RECEIVERS: Final = {(MCHIDS[PROVIDER], name) for name in (MCHIDS[RECEIVER], OPENID)}
NUMBER: Final = "1"
ORDER: Final = trade.order_id_of(SHOP, MCHIDS[PROVIDER], NUMBER)
PAYMENTS: Final = tuple(derive(ORDER, "payment", number) for number in (1, 2))

TOTAL: Final = 10_007
COUPON: Final = 1_009
SHARED: Final = 3_001
REFUNDED: Final = (307, 4_001)
RETURNED: Final = 2_503
SUBSIDY: Final = 701
TAKEN_BACK: Final = 201
FEE_PPM: Final = 6_000
SETTLE_DAYS: Final = 7
OPEN_FOR: Final = timedelta(hours=2)
SECOND: Final = timedelta(seconds=1)
FUNDS: Final = 1_013
"""What the service provider may withdraw."""

TERMS: Final = {"settle_info": {"subsidy_amount": SUBSIDY}}
SPLITS_MAX: Final = 2
RETURNS_MAX: Final = 2
REFUNDS_MAX: Final = 3

_S, _R = State, ReturnState
MACHINES: Final = {
    "order": Machine(
        moves={_S.OPEN: {_S.PAID, _S.CLOSED}, _S.PAID: (), _S.CLOSED: ()},
        verbs={
            "place": (),
            "take": {_S.PAID},
            "close": {_S.CLOSED},
            "split": (),
            "refund": (),
            "award": (),
            "settle": (),
            "decline": (),
            "take_added": (),
        },
        begins={_S.OPEN},
    ),
    "return": Machine(
        moves={_R.PROCESSING: {_R.SUCCESS, _R.FAILED}, _R.SUCCESS: (), _R.FAILED: ()},
        verbs={"ask": (), "give": (), "end": {_R.SUCCESS, _R.FAILED}},
        begins={_R.PROCESSING},
    ),
}
"""As the wire's own page has it: the program has no table of these."""

OWN: Final = ("escrow", "escrow_subsidy", "pending", "available", "owed", "fee")
"""Where the shop's part of it is, or waits to be; and what the platform takes of that."""


class MerchantWorld(MachineWorld):
    """An order that was not paid yet."""

    def __init__(self, *, shares: bool, coupon: str = "") -> None:
        super().__init__(
            MACHINES,
            {
                "escrow": chart.escrow(ORDER),
                "escrow_subsidy": chart.escrow_subsidy(ORDER),
                "pending": chart.merchant_pending(SHOP),
                "available": chart.merchant_available(SHOP),
                "deposit": chart.merchant_deposit(SHOP),
                "owed": chart.merchant_owed(SHOP),
                "claim": chart.merchant_claim(SHOP),
                "fee": chart.fee_income(SHARD),
                "transit": chart.transit(SHARD),
                "refundable": chart.refundable(ORDER),
                "receiver": chart.merchant_available(RECEIVER),
                "person": chart.wallet(PERSON),
                "provider": chart.merchant_available(PROVIDER),
                "outside": chart.bank(SHARD),
            },
        )
        self.shares = shares
        self.orders: dict[UUID, MerchantOrder] = {}
        self.splits: dict[UUID, Split] = {}
        self.returns: dict[UUID, Return] = {}
        self.refunds: dict[UUID, MerchantRefund] = {}
        self.added_back: dict[UUID, SubsidyReturn] = {}
        self.heard: frozenset[UUID] = frozenset()
        """What arrived: shares and subsidies where they go, refunds at the payer's."""
        self.given: dict[UUID, bool] = {}
        """What was said where a share is to come back from: whether it did."""
        self.is_added = False
        """Whether the service provider's subsidy left it."""
        self.spent: dict[str, int] = {}
        self._bring("outside", "provider", FUNDS, "begin")
        self._place()
        if coupon:
            chosen = OrderCoupon(
                id=derive(ORDER, "coupon"),
                campaign_id=derive(ORDER, "campaign"),
                shop_id=PROVIDER,
                person_id=BUYER,
                name="",
                amount=COUPON,
                is_prepaid=coupon == "prepaid",
                payment_id=PAYMENTS[0],
            )
            trades.put_coupon(self.order, chosen)

    @property
    def order(self) -> MerchantOrder:
        """Give the order."""
        return self.orders[ORDER]

    def things(self) -> Things:
        """Say where the order stands, and its returns."""
        order: Things = {("order", id): each.state for id, each in self.orders.items()}
        return order | {("return", id): each.state for id, each in self.returns.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        order = self.order
        return (
            order.due_at is None, order.due_at is not None and order.due_at <= self.now, order.settled_at is None,
            order.payment_id, order.discount, order.prepaid, order.released, order.fee, order.shared, order.refunded,
            order.given_back, order.advanced, order.fee_returned, order.subsidy, order.subsidy_released,
            order.subsidy_returned, order.subsidy_declined_at is None,
            self.is_added, tuple(self.given.items()), tuple(self.spent.items()),
            tuple((s.amount, s.unfreezes, tuple((p.amount, p.returned, p.id in self.heard) for p in s.parts))
                  for s in self.splits.values()),
            tuple((r.amount, r.place, r.split_id) for r in self.returns.values()),
            tuple((r.amount, r.coupon, id in self.heard) for id, r in self.refunds.items()),
            tuple((r.amount, id in self.heard) for id, r in self.added_back.items()),
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        order = self.order
        yield ("place", order.state is _S.OPEN)
        for payment_id in PAYMENTS:
            yield from (("take", payment_id, amount) for amount in {TOTAL, TOTAL - COUPON, SHARED})
        yield from (("close", MCHIDS[PROVIDER]), ("close", None), ("settle",), ("decline",))
        if len(self.splits) < SPLITS_MAX:
            for is_last in (False, True):
                yield ("split", is_last, (RECEIVER, SHARED))
                yield ("split", is_last, (RECEIVER, SHARED), (PERSON, SHARED))
                yield ("split", is_last, (RECEIVER, self.balance("escrow") or TOTAL))
        if self.splits and len(self.returns) < RETURNS_MAX:
            for split in self.splits.values():
                yield from (("ask", split.id, amount) for amount in {RETURNED, split.parts[0].amount})
        for id in self.returns:
            yield from (("give", id), ("end", id))
        if len(self.refunds) < REFUNDS_MAX:
            left = TOTAL - order.refunded or TOTAL
            theirs = self.with_others() - order.advanced  # What the shop paid meanwhile is back already.
            yield from (("refund", amount) for amount in {*REFUNDED, left, left - theirs or left})
            if self.with_others() or order.state is not _S.PAID:  # Else it is a refund like others.
                yield from (("award", amount) for amount in {REFUNDED[-1], left})
        yield from (("receive", part.id) for split in self.splits.values() for part in split.parts)
        yield from (("arrive", id) for id in self.refunds)
        yield from (("add",), ("take_added",))
        if len(self.added_back) < RETURNS_MAX:
            yield from (("return_added", amount) for amount in (TAKEN_BACK, SUBSIDY))
        yield from (("take_back", id) for id in self.added_back)
        yield from (("spend", name) for name in ("receiver", "available") if self.balance(name))
        if order.due_at is not None and order.due_at > self.now:
            yield ("wait",)

    def next(self) -> Event | None:
        """Let what is on its way arrive; then the clock does what it does."""
        for split in self.splits.values():
            for part in split.parts:
                if part.id not in self.heard:
                    return ("receive", part.id)
        for id, found in self.returns.items():
            if found.state is _R.PROCESSING:
                return ("end", id) if id in self.given else ("give", id)
        for id in (*self.refunds, *self.added_back):
            if id not in self.heard:
                return ("arrive" if id in self.refunds else "take_back", id)
        order = self.order
        if self.is_added and not order.subsidy:
            return ("take_added",)
        if order.due_at is None:
            return None
        if order.due_at > self.now:
            return ("wait",)
        return ("close", None) if order.state is _S.OPEN else ("settle",)

    def after(self, event: Event) -> "MerchantWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    def copy(self) -> "MerchantWorld":
        """Copy what may change: parts are in what never does."""
        world = super().copy()
        world.splits = {
            id: replace(split, parts=tuple(replace(part) for part in split.parts)) for id, split in self.splits.items()
        }
        return world

    # --- what happens ---

    def _bring(self, source: str, target: str, amount: int, *words: object) -> None:
        id = derive(ORDER, "brought", *words)
        self.make([move(ORDER, id, self.names[source], self.names[target], amount, Kind.ADJUSTMENT)])

    def _post(self, chains: Sequence[Chain]) -> None:
        for chain in chains:
            self.make(chain.transfers, chain.opening)

    def _try(self, chain: Chain) -> bool:
        """Post what the books may refuse."""
        (result,) = self.post(chain.transfers, chain.opening)
        return result.is_made

    def _place(self, is_same: bool = True) -> None:
        before = self.orders.get(ORDER)
        state = None if before is None else before.state
        command = trade.PlaceMerchantOrder(
            id=ORDER,
            shop_id=SHOP,
            mchid=MCHIDS[SHOP],
            caller_mchid=MCHIDS[PROVIDER],
            number=NUMBER,
            kind=trade.Kind.JSAPI,
            description="",
            total=TOTAL,
            notify_url=None,
            shares_profit=self.shares,
            terms=TERMS if is_same else {},
            key_id=None,
            expires_at=self.now + OPEN_FOR,
            actor=PROGRAM,
        )
        terms = {SHOP: trades.ShopTerms(is_open=True, is_verified=True)}
        status = trades.judge_place(self.orders, terms, FEE_PPM, SETTLE_DAYS, command, self.now).status
        s = PlaceMerchantOrderStatus
        open_ = s.EXISTS if is_same else s.EXISTS_WITH_DIFFERENT_TERMS
        right = {None: s.CREATED, _S.OPEN: open_, _S.PAID: s.ALREADY_PAID, _S.CLOSED: s.ALREADY_CLOSED}[state]
        require(status is right, f"placed what is {state}: {status}")

    def _take(self, payment_id: UUID, amount: int) -> None:
        """Hear that a payment arrived; what the order can't take goes back."""
        order = self.order
        before, paid_by, due = order.state, order.payment_id, order.due
        command = trade.TakeMerchantPayment(
            order_id=ORDER,
            payment_id=payment_id,
            payer_id=BUYER,
            shop_id=SHOP,
            amount=amount,
            channel="acquirer",
            actor=PROGRAM,
        )
        status = trades.judge_take(order, command, self.now)
        right = before is _S.OPEN and amount in (TOTAL, due)
        require((status is TakeStatus.HELD) == right, f"{amount} of {due} paid what is {before}: {status}")
        require((status is TakeStatus.EXISTS) == (payment_id == paid_by), f"paid again: {status}")
        if right:
            self._bring("outside", "transit", order.due + order.prepaid, "paid")
            self._post(trades.take_in(order))

    def _close(self, caller: str | None) -> None:
        before = self.order.state
        command = trade.CloseMerchantOrder(order_id=ORDER, caller_mchid=caller, actor=PROGRAM)
        is_over = self.now >= self.order.expires_at
        status = trades.judge_close(self.order, command, self.now)
        right = before is _S.CLOSED or (before is _S.OPEN and (caller is not None or is_over))
        require((status is CloseStatus.CLOSED) == right, f"closed what is {before}: {status}")

    def _split(self, is_last: bool, *wishes: tuple[UUID, int]) -> None:
        order = self.order
        number = str(len(self.splits))
        id = sharing.split_id_of(SHOP, MCHIDS[PROVIDER], number)
        command = sharing.SplitOrder(
            id=id,
            order_id=ORDER,
            caller_mchid=MCHIDS[PROVIDER],
            number=number,
            wishes=tuple(
                sharing.Wish(
                    mchid=MCHIDS.get(shop_id, OPENID),
                    shop_id=shop_id,
                    amount=amount,
                    description="",
                    type=sharing.ReceiverType.PERSONAL_OPENID
                    if shop_id == PERSON
                    else sharing.ReceiverType.MERCHANT_ID,
                )
                for shop_id, amount in wishes
            ),
            unfreezes=is_last,
            actor=PROGRAM,
        )
        there, added = self.balance("escrow"), order.held_subsidy
        status, fee = sharings.judge_split(order, self.splits, RECEIVERS, command, self.now)
        is_there = there or self.balance("escrow_subsidy")
        right = order.state is _S.PAID and self.shares and is_there and sum(amount for _, amount in wishes) <= there
        require((status is SplitStatus.CREATED) == bool(right), f"{wishes} of {there} shared: {status}")
        if right:
            self._post(sharings.share_out(order, self.splits[id], fee, added))

    def _receive(self, part_id: UUID) -> None:
        """Hear, near a receiver, of its part."""
        (part,) = (part for split in self.splits.values() for part in split.parts if part.id == part_id)
        chain = receive_share(ORDER, part.shop_id, part.id, part.amount, is_person=part.type.is_person)
        (result,) = self.make(chain.transfers, chain.opening)
        require((result.status is TransferStatus.CREATED) == (part_id not in self.heard), "a part came twice")
        self.heard |= {part_id}

    def _ask(self, split_id: UUID, amount: int) -> None:
        number = str(len(self.returns))
        id = sharing.return_id_of(SHOP, MCHIDS[PROVIDER], number)
        split = self.splits[split_id]
        command = sharing.ReturnSplit(
            id=id,
            order_id=ORDER,
            split_id=split_id,
            caller_mchid=MCHIDS[PROVIDER],
            number=number,
            mchid=MCHIDS[RECEIVER],
            amount=amount,
            description="",
            actor=PROGRAM,
        )
        asked = sum(r.amount for r in self.returns.values() if r.split_id == split_id and r.state is not _R.FAILED)
        status, _ = sharings.judge_return(split, self.returns, command, self.now)
        right = split.parts[0].shop_id == RECEIVER and amount <= split.parts[0].amount - asked
        require((status is ReturnStatus.CREATED) == right, f"{amount} asked back: {status}")

    def _give(self, id: UUID) -> None:
        """Hear, near the receiver, that it is to give its part back: told again, it says the same."""
        found = self.returns[id]
        has = self.free_of("receiver")
        is_given = self._try(return_share(ORDER, RECEIVER, id, found.amount))
        require(is_given == self.given.get(id, has >= found.amount), f"{found.amount} of {has} came back, or not")
        self.given[id] = is_given

    def _end(self, id: UUID) -> None:
        """Hear, near the order, what became of it."""
        found = self.returns[id]
        if id not in self.given or found.state is not _R.PROCESSING:
            return
        (part,) = (part for part in self.splits[found.split_id].parts if part.place == found.place)
        sharings.end_return(self.order, part, found, self.now, is_given=self.given[id])
        if self.given[id]:
            self._post(sharings.bring_back(self.order, found))

    def _award(self, amount: int) -> None:
        """Give back what the staff decided: what others have of it the shop pays."""
        self._refund(amount, is_awarded=True)

    def _refund(self, amount: int, *, is_awarded: bool = False) -> None:
        order = self.order
        number = str(len(self.refunds))
        id = trade.refund_id_of(SHOP, MCHIDS[PROVIDER], number)
        command = trade.RefundMerchantOrder(
            id=id,
            order_id=ORDER,
            caller_mchid=MCHIDS[PROVIDER],
            number=number,
            amount=amount,
            total=TOTAL,
            reason=None,
            notify_url=None,
            key_id=None,
            actor=PROGRAM,
            is_awarded=is_awarded,
        )
        left = TOTAL - sum(refund.amount for refund in self.refunds.values())
        status, paid = trades.judge_refund(order, self.refunds, command, self.now)
        # What others have of it comes back from them first; what a coupon took off goes back to nobody.
        back = TOTAL - left + amount
        has = TOTAL - order.discount - self.with_others() + order.advanced
        is_there = is_awarded or back - order.discount * back // TOTAL <= has
        right = order.state is _S.PAID and amount <= left and is_there
        require((status is RefundStatus.CREATED) == right, f"{amount} of {left} refunded: {status}")
        if paid is None:
            return
        self._post(trades.pay_back(order, id, paid))
        if paid.prepaid:
            self._bring("transit", "outside", paid.prepaid, "prepaid", number)
        if self.refunds[id].arrived_at is not None:
            self.heard |= {id}

    def _arrive(self, id: UUID) -> None:
        """Hear that the payer has a refund."""
        if id not in self.heard:
            refund = self.refunds[id]
            self._bring("transit", "outside", refund.amount - refund.coupon, "refund", refund.number)
            self.heard |= {id}

    def _settle(self) -> None:
        order, added = self.order, self.order.held_subsidy
        before = order.settled_at
        is_due = order.due_at is not None and order.due_at <= self.now and order.state is _S.PAID
        if order.state is not _S.PAID:
            return  # The clock asks of what was paid alone.
        status, (rest, fee) = trades.judge_settle(order, self.now)
        done = status in (SettleStatus.UNFROZEN, SettleStatus.SETTLED)
        require(done == (is_due and before is None), f"settled what is due at {order.due_at}: {status}")
        if status is SettleStatus.UNFROZEN:
            self._post(trades.unfreeze(order, rest, fee, added))
        elif status is SettleStatus.SETTLED:
            self._post(trades.settle(order))

    def _add(self) -> None:
        """Let the service provider add to the order, as its call does where the order is made for it."""
        order = self.order
        if self.is_added or order.state is not _S.PAID or not self.shares or order.subsidy_declined_at is not None:
            return
        id = subsidies.subsidy_id_of(PROVIDER, ORDER)
        self.is_added = self._try(give_subsidy(ORDER, PROVIDER, derive(id, "given", 1, SUBSIDY), SUBSIDY))

    def _take_added(self) -> None:
        """Hear, near the order, what was added to it."""
        if not self.is_added:
            return
        id = subsidies.subsidy_id_of(PROVIDER, ORDER)
        command = subsidies.ReceiveSubsidy(order_id=ORDER, subsidy_id=id, amount=SUBSIDY)
        if adding.receive(self.order, command, self.now):
            self._post(adding.bring(self.order, command))

    def _decline(self) -> None:
        order = self.order
        command = subsidies.DeclineSubsidy(order_id=ORDER, caller_mchid=MCHIDS[PROVIDER], actor=PROGRAM)
        if self.is_added:
            return  # The call looks for it near the service provider.
        status = adding.judge_decline(order, command, self.now)
        require((status is DeclineStatus.DECLINED) == (order.state is _S.PAID), f"declined: {status}")

    def _return_added(self, amount: int) -> None:
        order = self.order
        number = str(len(self.added_back))
        id = subsidies.subsidy_return_id_of(ORDER, PROVIDER, number)
        command = subsidies.ReturnSubsidy(
            id=id,
            order_id=ORDER,
            payer_id=PROVIDER,
            number=number,
            refund_id=None,
            amount=amount,
            description="",
            actor=PROGRAM,
        )
        left = order.subsidy - sum(each.amount for each in self.added_back.values())
        subsidy_id = subsidies.subsidy_id_of(PROVIDER, ORDER)
        status = adding.judge_return(order, self.added_back, {}, (), subsidy_id, command)
        require((status is ReturnSubsidyStatus.CREATED) == (amount <= left), f"{amount} of {left} back: {status}")
        if status is not ReturnSubsidyStatus.CREATED or not self._try(adding.send_back(order, command)):
            return
        order.subsidy_returned += amount
        self.added_back[id] = SubsidyReturn(
            id=id,
            subsidy_id=subsidy_id,
            order_id=ORDER,
            payer_id=PROVIDER,
            number=number,
            refund_id=None,
            amount=amount,
            description="",
            created_at=self.now,
        )

    def _take_back(self, id: UUID) -> None:
        """Hear, near the service provider, that it has some of it again."""
        chain = take_subsidy_back(ORDER, PROVIDER, id, self.added_back[id].amount)
        (result,) = self.make(chain.transfers, chain.opening)
        require((result.status is TransferStatus.CREATED) == (id not in self.heard), "a subsidy came back twice")
        self.heard |= {id}

    def _spend(self, name: str) -> None:
        amount = self.balance(name)
        self.spent[name] = self.spent.get(name, 0) + amount
        self._bring(name, "outside", amount, name, self.spent[name])

    def _wait(self) -> None:
        assert self.order.due_at is not None
        self.now = self.order.due_at

    # --- what is always true ---

    def with_others(self) -> int:
        """Say what of the order others have, or is on its way to them, and back from them."""
        back = sum(each.amount for each in self.returns.values() if each.state is _R.SUCCESS)
        return sum(split.amount for split in self.splits.values()) - back

    def check(self) -> None:
        """Everything that was paid and added is with somebody, once: with the shop, with others, or went back."""
        self.check_books()
        order = self.order
        is_paid = order.state is _S.PAID
        require((order.payment_id is not None) == is_paid, f"{order.state}, and paid or not")
        require((order.closed_at is not None) == (order.state is _S.CLOSED), f"{order.state}, and closed or not")
        worth = TOTAL - order.discount if is_paid else 0
        back = sum(refund.amount for refund in self.refunds.values()) - order.discount_refunded
        added = order.subsidy - sum(each.amount for each in self.added_back.values())
        have = sum(self.balance(name) for name in OWN) + self.spent.get("available", 0)
        should = worth - self.with_others() - back + added
        require(have == should, f"of {worth} the shop and the platform have {have}, not {should}")
        parts = [part for split in self.splits.values() for part in split.parts]
        given = [found for id, found in self.returns.items() if self.given.get(id)]
        for name, shop_id in (("receiver", RECEIVER), ("person", PERSON)):
            its = sum(part.amount for part in parts if part.shop_id == shop_id and part.id in self.heard)
            its -= self.spent.get(name, 0) + (sum(found.amount for found in given) if shop_id == RECEIVER else 0)
            require(self.balance(name) == its, f"the {name} has {self.balance(name)}, not {its}")
        on_its_way = sum(part.amount for part in parts if part.id not in self.heard)
        on_its_way += sum(found.amount for found in given if found.state is _R.PROCESSING)
        on_its_way += sum(each.amount - each.coupon for id, each in self.refunds.items() if id not in self.heard)
        on_its_way += sum(each.amount for id, each in self.added_back.items() if id not in self.heard)
        on_its_way += SUBSIDY if self.is_added and not order.subsidy else 0
        require(self.balance("transit") == on_its_way, f"{self.balance('transit')} on its way, not {on_its_way}")
        require(self.balance("claim") == self.balance("deposit") == 0, "a claim stands open")
        self._check_columns()

    def _check_columns(self) -> None:
        """What the order says of itself is what the books say."""
        order = self.order
        require(self.balance("escrow") == order.held, f"escrow: {self.balance('escrow')}, not {order.held}")
        require(self.balance("escrow_subsidy") == order.held_subsidy, "what was added is not where the order says")
        gross = order.released - order.given_back
        require(self.balance("refundable") == gross, f"refundable: {self.balance('refundable')}, not {gross}")
        fee = self.balance("fee")
        require(fee == order.fee - order.fee_returned, "the fee is not what the order says")
        require(0 <= fee <= portion(order.released, FEE_PPM), f"a fee of {fee}")
        require(order.refunded < TOTAL or fee == 0, f"all of it went back, and {fee} is kept")
        require(order.settled_at is None or self.balance("pending") == 0, "it is settled, and something is pending")

    def check_since(self, before: "MerchantWorld") -> None:
        """What is over stays over; what was paid is paid by what it was paid with."""
        was, order = before.order, self.order
        if was.state is _S.PAID:
            require(order.payment_id == was.payment_id, "it is paid with something else")
            require((order.refunded, order.given_back, order.fee_returned) >= (was.refunded, 0, 0), "less went back")
            require(was.settled_at in (None, order.settled_at), "it was settled again")
        for id, each in before.returns.items():
            require(each.ended_at is None or self.returns[id] == each, "a return that was over moved")

    def check_again(self) -> None:
        """Hear again what was heard: nothing changes."""
        world = self.copy()
        if self.order.payment_id is not None:
            world._take(self.order.payment_id, self.order.due)
        for split in self.splits.values():
            for part in split.parts:
                if part.id in self.heard:
                    world._receive(part.id)
        for id in self.given:
            world._give(id)
            if self.returns[id].state is not _R.PROCESSING:
                world._end(id)
        for id in self.heard & (self.refunds.keys() | self.added_back.keys()):
            (world._arrive if id in self.refunds else world._take_back)(id)
        if self.order.subsidy:
            world._take_added()
        require(world.key() == self.key(), "what came again changed something")

    def check_end(self) -> None:
        """It is paid or closed, and nothing is left on the way, in escrow or pending."""
        require(self.order.state is not _S.OPEN, "it is open for ever")
        for name in ("escrow", "escrow_subsidy", "pending", "transit"):
            require(self.balance(name) == 0, f"{self.balance(name)} stays in {name} for ever")
        require(not any(each.state is _R.PROCESSING for each in self.returns.values()), "a return takes for ever")


def merchants() -> dict[str, MerchantWorld]:
    """Make an order that is shared, one that is not; and what each comes to. The later ones save depth."""
    first = MerchantWorld(shares=True)
    paid = first.after(("take", PAYMENTS[0], TOTAL))
    shared = paid.after(("split", False, (RECEIVER, SHARED)))
    ((split_id, split),) = shared.splits.items()
    received = shared.after(("receive", split.parts[0].id))
    asked = received.after(("ask", split_id, RETURNED))
    (return_id,) = asked.returns

    def give_back(world: MerchantWorld) -> MerchantWorld:
        world = world.after(("ask", split_id, RETURNED))
        return world.after(("give", return_id)).after(("end", return_id))

    unfrozen = received.after(("split", True, (PERSON, SHARED)))
    refunded = unfrozen.after(("refund", TOTAL - 2 * SHARED))
    awarded = received.after(("award", TOTAL))
    all_shared = paid.after(("split", False, (RECEIVER, TOTAL)))
    (all_split,) = all_shared.splits.values()
    all_shared = all_shared.after(("receive", all_split.parts[0].id))
    plain = MerchantWorld(shares=False)
    settled = plain.after(("take", PAYMENTS[0], TOTAL)).after(("wait",)).after(("settle",))
    due = TOTAL - COUPON
    return {
        "an order": first,
        "closed": first.after(("close", MCHIDS[PROVIDER])),
        "paid": paid,
        "shared": received,
        "asked back": asked,
        "given back": give_back(received),
        "not given back": asked.after(("spend", "receiver")).after(("give", return_id)).after(("end", return_id)),
        "unfrozen": unfrozen,
        "unfrozen, refunded": refunded,
        "unfrozen, refunded, given back": give_back(refunded),
        "awarded": awarded,
        "awarded, given back": give_back(awarded),
        "unfrozen, settled": unfrozen.after(("wait",)).after(("settle",)),
        "all shared": all_shared,
        "all shared, too long": all_shared.after(("wait",)).after(("settle",)),
        "subsidized": paid.after(("add",)).after(("take_added",)),
        "at once": plain.after(("take", PAYMENTS[0], TOTAL)),
        "settled": settled,
        "settled, withdrawn": settled.after(("spend", "available")),
        "discounted": MerchantWorld(shares=True, coupon="discount").after(("take", PAYMENTS[0], due)),
        "prepaid": MerchantWorld(shares=True, coupon="prepaid").after(("take", PAYMENTS[0], due)),
        "prepaid, at once": MerchantWorld(shares=False, coupon="prepaid").after(("take", PAYMENTS[0], due)),
        "a coupon": MerchantWorld(shares=True, coupon="prepaid"),
    }

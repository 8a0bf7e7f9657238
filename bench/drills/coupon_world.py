"""A campaign and its coupons, in memory: begun and stopped, claimed, taken by orders and tills, paid for, given back.

What is decided is decided by the rules of coupons, and what a budget pays is posted by them, over the rules of the
ledger. Who has a coupon its statements ask once more, as here: nobody, or the order itself. News of orders comes to the
budget late, twice, and in any order.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.coupons import rules
from weiji.coupons.model import (
    BookBudget,
    BookStep,
    Campaign,
    CampaignState,
    CampaignVerb,
    ClaimCoupon,
    ClaimCouponStatus,
    Coupon,
    CouponState,
    CouponVerb,
    MoveCampaign,
    MoveCampaignStatus,
    PastUses,
    ReturnBudget,
    ServeCoupon,
    ServeCouponStatus,
    Terms,
)
from weiji.coupons.pricing import is_usable
from weiji.events import Actor
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Kind, chart, move

SHOP: Final = new_id()
PEOPLE: Final = (new_id(), new_id())
MERCHANT: Final = Actor("merchant", new_id())
AMOUNT: Final = 701
QUANTITY: Final = 2
OWN: Final = 10_007
"""What the operator has of its own."""

LASTS: Final = timedelta(days=10)
AFTER: Final = timedelta(days=1)
"""So long after all is over the budget goes back."""

SECOND: Final = timedelta(seconds=1)
_C, _U = CampaignState, CouponState

CLAIMS: Final = ((0, 0), (0, 1), (1, 0))
"""Whose claim, and which: each may have one."""

MOVES: Final = {verb.value: verb for verb in CampaignVerb}

MACHINES: Final = {
    "campaign": Machine(
        moves={
            state: {after for before, after in rules.CAMPAIGN_MOVES.values() if state in before}
            for state in CampaignState
        },
        verbs={verb.value: {after} for verb, (_, after) in rules.CAMPAIGN_MOVES.items()} | {"claim": ()},
        begins=(),
    ),
    "coupon": Machine(
        moves=rules.COUPON_MOVES,
        verbs={
            "claim": (),
            "place": {_U.RESERVED},
            "close": {_U.UNUSED},
            "pay": {_U.USED},
            "refund": {_U.UNUSED},
            "use": {_U.USED},
            "take_back": {_U.UNUSED},
            "end_coupon": (),
        },
        begins={_U.UNUSED},
    ),
}


class OrderSeen(Struct, frozen=True):
    """An order that was placed with a coupon."""

    coupon_id: UUID
    state: Literal["placed", "closed", "paid", "refunded", "rejected"]
    is_late: bool = False
    """Its money came once it was closed."""


class Use(Struct, frozen=True):
    """That a coupon was used, and perhaps came back."""

    coupon_id: UUID
    use_id: UUID
    at_till: bool
    return_id: UUID | None = None
    is_back: bool = False


class CouponWorld(MachineWorld):
    """A campaign that was not started; of the platform, or of a shop."""

    def __init__(self, shop_id: UUID | None) -> None:
        self.id = new_id(shop_id or chart.TREASURY)
        shard = shard_of(self.id)
        super().__init__(
            MACHINES,
            {
                "budget": chart.budget(self.id),
                "own": chart.own_funds(shard),
                "transit": chart.transit(shard),
                "bank": chart.bank(shard),
            },
        )
        self.orders_of: tuple[UUID, ...] = (derive(self.id, "order", 1), derive(self.id, "order", 2))
        self.uses_of: tuple[UUID, ...] = (derive(self.id, "use", 1), derive(self.id, "use", 2))
        self.campaigns: dict[UUID, Campaign] = {
            self.id: Campaign(
                id=self.id,
                shop_id=shop_id,
                name="满减",
                state=_C.CREATED,
                terms=Terms(amount=AMOUNT),
                quantity=QUANTITY,
                claimed=0,
                per_person=1,
                starts_at=NOW,
                ends_at=NOW + LASTS,
                valid_days=0,
                code=None,
                created_at=NOW,
            )
        }
        self.coupons: dict[UUID, Coupon] = {}
        self.orders: dict[UUID, OrderSeen] = {}
        self.uses: tuple[Use, ...] = ()
        self.news: tuple[tuple[UUID, BookStep, UUID], ...] = ()
        """What orders did to the budget, and it has not heard: of which, what, under which key."""
        self.is_funded = False
        self.returned_on: Any = None
        own, bank = self.names["own"], self.names["bank"]
        self.make([move(self.id, derive(self.id, "own"), bank, own, OWN, Kind.TOP_UP)])

    @property
    def campaign(self) -> Campaign:
        """Give the campaign."""
        return self.campaigns[self.id]

    def things(self) -> Things:
        """Say where the campaign stands, and each coupon."""
        its: Things = {("campaign", id): campaign.state for id, campaign in self.campaigns.items()}
        return its | {("coupon", id): coupon.state for id, coupon in self.coupons.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        return (
            tuple(
                (c.person_id, c.order_id, c.at_till, c.ended_at is None, c.expires_at <= self.now)
                for c in self.coupons.values()
            ),
            tuple(self.orders.items()), frozenset(self.uses), frozenset(self.news), self.is_funded,
            self.campaign.ends_at <= self.now, self.returned_on is None, self._is_over(),
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from ((verb,) for verb in MOVES)
        yield from (("claim", *claim) for claim in CLAIMS)
        for order_id in self.orders_of:
            order = self.orders.get(order_id)
            if order is None:
                yield from (("place", order_id, id) for id in self.coupons)
            elif order.state in ("placed", "closed"):
                yield ("pay", order_id)
            if order and order.state == "placed":
                yield ("close", order_id)
            if order and order.state == "paid":
                yield ("refund", order_id)
        for id in self.coupons:
            yield from (("use", id, use_id) for use_id in self.uses_of)
            yield from (("take_back", id, use_id) for use_id in self.uses_of[:1])
            yield from (("take_back", id, None), ("end_coupon", id))
        yield from (("hear", news) for news in self.news)
        if self.campaign.is_platform and not self.is_funded:
            yield ("fund",)
        if self.campaign.ends_at > self.now:
            yield ("wait", LASTS)
        if self._may_return():
            yield ("return_budget",)

    def next(self) -> Event | None:
        """Hear the news, close what is not paid, and let the time run out until the budget goes back."""
        if self.news:
            return ("hear", self.news[0])
        placed = next((id for id, order in self.orders.items() if order.state == "placed"), None)
        if placed:
            return ("close", placed)
        if self.campaign.ends_at > self.now:
            return ("wait", LASTS)
        if self.balance("budget") == 0:
            return None
        return ("return_budget",) if self._may_return() else ("wait", AFTER)

    def after(self, event: Event) -> "CouponWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens to the campaign ---

    def _move(self, verb: CampaignVerb) -> None:
        campaign = self.campaign
        was = campaign.state
        command = MoveCampaign(id=self.id, shop_id=campaign.shop_id, verb=verb, actor=MERCHANT)
        status = rules.judge_move(campaign, command, self.free_of("budget"), self.now)
        is_missing = verb is CampaignVerb.START and campaign.is_platform and self.free_of("budget") < QUANTITY * AMOUNT
        require(not (status is MoveCampaignStatus.DONE and is_missing), "it started without a budget")
        is_over = campaign.ends_at <= self.now and verb is not CampaignVerb.STOP
        require(campaign.state is was or not is_over, "it was over, and moved")

    def _start(self) -> None:
        self._move(CampaignVerb.START)

    def _pause(self) -> None:
        self._move(CampaignVerb.PAUSE)

    def _resume(self) -> None:
        self._move(CampaignVerb.RESUME)

    def _stop(self) -> None:
        self._move(CampaignVerb.STOP)

    def _claim(self, person: int, number: int) -> None:
        campaign, person_id = self.campaign, PEOPLE[person]
        had = [coupon for coupon in self.coupons.values() if coupon.person_id == person_id]
        claimed = [
            rules.Claimed(id=c.id, campaign_id=self.id, person_id=c.person_id, place=1, expires_at=c.expires_at)
            for c in self.coupons.values()
        ]
        id = derive(self.id, "coupon", person, number)
        state = rules.Claims(self.campaigns, {(self.id, person_id): len(had)}, claimed, self.now)
        command = ClaimCoupon(id=id, campaign_id=self.id, person_id=person_id, actor=Actor("buyer", person_id))
        result = state.claim(command)
        is_on = campaign.state is _C.RUNNING and self.now < campaign.ends_at
        right = is_on and not had and len(self.coupons) < QUANTITY
        require((result.status is ClaimCouponStatus.CLAIMED) == right, f"claimed: {result.status}")
        for new in state.new:
            self.coupons[new.id] = Coupon(
                id=new.id,
                campaign_id=self.id,
                shop_id=campaign.shop_id,
                name=campaign.name,
                person_id=new.person_id,
                state=_U.UNUSED,
                terms=campaign.terms,
                starts_at=campaign.starts_at,
                claimed_at=self.now,
                expires_at=new.expires_at,
            )

    def _fund(self) -> None:
        """Set apart what all coupons take off, as two of the staff may."""
        self.is_funded = True
        own, budget = self.names["own"], self.names["budget"]
        self.make([move(self.id, derive(self.id, "fund"), own, budget, QUANTITY * AMOUNT, Kind.ADJUSTMENT)])

    # --- what orders do ---

    def _take(self, coupon: Coupon, order_id: UUID, state: CouponState) -> bool:
        """Write that an order has a coupon, where the statement finds that it may."""
        if coupon.order_id not in (None, order_id) or coupon.state not in rules.allowed_from(state):
            return False
        coupon.state, coupon.order_id = state, order_id
        return True

    def _tell(self, order_id: UUID, step: BookStep, key: UUID | None = None) -> None:
        if self.campaign.is_platform:
            self.news += ((order_id, step, key or order_id),)

    def _let_go(self, order: OrderSeen, order_id: UUID) -> None:
        coupon = self.coupons[order.coupon_id]
        if coupon.order_id == order_id:
            coupon.state, coupon.order_id = _U.UNUSED, None
        self._bring_back(coupon.id, order_id, None)

    def _bring_back(self, coupon_id: UUID, use_id: UUID, return_id: UUID | None) -> None:
        self.uses = tuple(
            replace(use, is_back=True, return_id=return_id)
            if (use.coupon_id, use.use_id) == (coupon_id, use_id) and not use.is_back
            else use
            for use in self.uses
        )

    def _place(self, order_id: UUID, coupon_id: UUID) -> None:
        coupon = self.coupons[coupon_id]
        before = coupon.state
        if not is_usable(coupon, coupon.person_id, SHOP, self.now):
            return
        is_good = before is _U.UNUSED and self.now < coupon.expires_at and coupon.ended_at is None
        require(is_good and self._take(coupon, order_id, _U.RESERVED), f"an order has what is {before}")
        self.orders[order_id] = OrderSeen(coupon_id, "placed")
        self._tell(order_id, BookStep.HOLD)

    def _close(self, order_id: UUID) -> None:
        order = self.orders[order_id]
        self.orders[order_id] = replace(order, state="closed")
        self._let_go(order, order_id)
        self._tell(order_id, BookStep.FREE)

    def _pay(self, order_id: UUID) -> None:
        order = self.orders[order_id]
        coupon = self.coupons[order.coupon_id]
        is_late = order.state == "closed"
        if is_late and not rules.is_free_still(coupon, self.now):
            self.orders[order_id] = replace(order, state="rejected")
            return
        require(self._take(coupon, order_id, _U.USED), "it is paid with a coupon that another has")
        if not any((use.coupon_id, use.use_id) == (coupon.id, order_id) for use in self.uses):
            self.uses += (Use(coupon.id, order_id, at_till=False),)
        self.orders[order_id] = replace(order, state="paid", is_late=is_late)
        # What the closing freed is a hold of its own.
        self._tell(order_id, BookStep.PAY, derive(order_id, "payment") if is_late else None)

    def _refund(self, order_id: UUID) -> None:
        order = self.orders[order_id]
        self.orders[order_id] = replace(order, state="refunded")
        self._let_go(order, order_id)
        self._tell(order_id, BookStep.RETURN, derive(order_id, "refund"))

    # --- what the shop does ---

    def _serve(
        self, id: UUID, verb: CouponVerb, use_id: UUID | None, return_id: UUID | None = None
    ) -> ServeCouponStatus:
        coupon = self.coupons[id]
        before = coupon.order_id
        past = PastUses(
            uses={(use.coupon_id, use.use_id) for use in self.uses if use.use_id == use_id},
            returns={(use.coupon_id, return_id) for use in self.uses if return_id and use.return_id == return_id},
        )
        command = ServeCoupon(coupon_id=id, shop_id=SHOP, verb=verb, use_id=use_id, return_id=return_id, actor=MERCHANT)
        status = rules.judge_serve(coupon, past, command, self.now)
        if status is ServeCouponStatus.DONE:
            require(not self.campaign.is_platform, "a shop serves what the platform pays")
            if verb is CouponVerb.USE and use_id:
                self.uses += (Use(id, use_id, at_till=True),)
            elif verb is CouponVerb.TAKE_BACK and before:
                self._bring_back(id, before, return_id)
        return status

    def _use(self, id: UUID, use_id: UUID) -> None:
        was = self.coupons[id].state
        is_good = was is _U.UNUSED and self.now < self.coupons[id].expires_at
        is_new = not any(use.use_id == use_id and use.coupon_id == id for use in self.uses)
        status = self._serve(id, CouponVerb.USE, use_id)
        right = is_good and is_new and not self.campaign.is_platform
        require((status is ServeCouponStatus.DONE) == right, f"used at a till: {status}")

    def _take_back(self, id: UUID, use_id: UUID | None) -> None:
        coupon = self.coupons[id]
        had, at_till = coupon.order_id, coupon.at_till
        return_id = None if use_id else derive(id, "return")
        is_again = return_id is not None and any(use.return_id == return_id for use in self.uses)
        status = self._serve(id, CouponVerb.TAKE_BACK, use_id, return_id)
        right = at_till and had is not None and use_id in (None, had) and not is_again
        require((status is ServeCouponStatus.DONE) == right, f"taken back: {status}")

    def _end_coupon(self, id: UUID) -> None:
        self._serve(id, CouponVerb.END, None)

    # --- what budgets do ---

    def _book(self, order_id: UUID, step: BookStep, key: UUID) -> bool:
        """Book all of it, or nothing: what is refused is not written, and comes again."""
        command = BookBudget(campaign_id=self.id, order_id=order_id, step=step, amount=AMOUNT, key=key)
        before = self.ledger.copy()
        results = self.post(rules.book(command, self.names["budget"], self.names["transit"]))
        if rules.is_booked(command, results):
            return True
        self.ledger = before
        return False

    def _hear(self, news: tuple[UUID, BookStep, UUID]) -> None:
        others = tuple(each for each in self.news if each != news)
        is_booked = self._book(*news)
        require(is_booked or bool(others), "a budget has less than its coupons")
        self.news = others if is_booked else (*others, news)

    def _is_over(self) -> bool:
        """Tell whether the campaign is over, and all its coupons, as the page of coupons has it."""
        campaign, since = self.campaign, self.now - AFTER
        is_dead = campaign.ends_at <= since or (not self.coupons and campaign.state is _C.STOPPED)
        return is_dead and all(coupon.state is not _U.RESERVED for coupon in self.coupons.values())

    def _may_return(self) -> bool:
        """Tell whether a budget may go back: once a day, and a day is long enough for all news."""
        is_new = self.returned_on is None or self.returned_on < self.now.date()
        return self.campaign.is_platform and self._is_over() and not self.news and is_new

    def _return_budget(self) -> None:
        moved, _ = rules.return_budget(ReturnBudget(campaign_id=self.id, shop_id=None, at=self.now))
        self.make([moved])
        self.returned_on = self.now.date()

    def _wait(self, time: timedelta) -> None:
        self.now += time

    # --- what is always true ---

    def check(self) -> None:
        """A coupon is had by one, and once; what it takes off is there; and budgets pay that, and nothing else."""
        self.check_books()
        require(self.campaign.claimed == len(self.coupons) <= QUANTITY, f"{self.campaign.claimed} are claimed")
        require(len({coupon.person_id for coupon in self.coupons.values()}) == len(self.coupons), "somebody has two")
        for id, coupon in self.coupons.items():
            its = {order_id: order for order_id, order in self.orders.items() if order.coupon_id == id}
            having = [order_id for order_id, order in its.items() if order.state in ("placed", "paid")]
            having += [use.use_id for use in self.uses if use.coupon_id == id and use.at_till and not use.is_back]
            require(len(having) <= 1, "two have one coupon")
            require(having == ([coupon.order_id] if coupon.order_id else []), "a coupon is had by somebody else")
            require((coupon.state is _U.UNUSED) == (coupon.order_id is None), f"{coupon.state}, and had or not")
            is_placed = bool(having) and having[0] in self.orders and self.orders[having[0]].state == "placed"
            require((coupon.state is _U.RESERVED) == is_placed, f"{coupon.state} by an order that is not paid")
            require(coupon.at_till == (coupon.order_id in self.uses_of), "where it was used")
        if self.campaign.is_platform:
            self._check_budget()

    def _check_budget(self) -> None:
        states = [order.state for order in self.orders.values()]
        paid = AMOUNT * states.count("paid")
        require(self.balance("own") + self.balance("budget") + self.balance("transit") == OWN, "money is lost")
        if not self.news:
            require(self.balance("transit") == paid, f"{self.balance('transit')} was paid for coupons, not {paid}")
            held = self.balance("budget") - self.free_of("budget")
            require(held == AMOUNT * states.count("placed"), f"{held} is held")
            good = [c for c in self.coupons.values() if c.state is _U.UNUSED and self.now < c.expires_at]
            is_on = self.campaign.state in (_C.RUNNING, _C.PAUSED) and self.now < self.campaign.ends_at
            due = AMOUNT * (len(good) + (self.campaign.left if is_on else 0))
            require(self.free_of("budget") >= due, f"{due} may be taken off, {self.free_of('budget')} is there")

    def check_again(self) -> None:
        """What was heard, heard again, changes nothing."""
        world = self.copy()
        for order_id, order in self.orders.items():
            told = (order_id, BookStep.PAY, derive(order_id, "payment") if order.is_late else order_id)
            if order.state in ("paid", "refunded") and told not in self.news and self.campaign.is_platform:
                world._book(*told)
        require(world.key() == self.key(), "what was heard again moved something")

    def check_end(self) -> None:
        """Nothing is held, and what was not used is the operator's again."""
        require(not any(order.state == "placed" for order in self.orders.values()), "an order is open for ever")
        paid = AMOUNT * sum(order.state == "paid" for order in self.orders.values())
        right = OWN - (paid if self.campaign.is_platform else 0)
        require((self.balance("own"), self.balance("budget")) == (right, 0), "what was not used is gone")


def campaigns() -> dict[str, CouponWorld]:
    """Make a campaign of the platform, and one of a shop; and such as save depth."""
    platform, shop = CouponWorld(None), CouponWorld(SHOP)
    begun = platform.after(("fund",)).after(("start",)).after(("claim", 0, 0))
    claimed = shop.after(("start",)).after(("claim", 0, 0))
    (id,), (its,) = begun.coupons, claimed.coupons
    order_id, own = begun.orders_of[0], claimed.orders_of[0]
    closed = begun.after(("place", order_id, id)).after(("close", order_id))
    return {
        "a campaign of the platform": platform,
        "a campaign of a shop": shop,
        "claimed, of the platform": begun,
        "claimed, of a shop": claimed,
        "ordered, of the platform": begun.after(("place", order_id, id)),
        "ordered, of a shop": claimed.after(("place", own, its)),
        "closed, and ordered anew": closed.after(("place", begun.orders_of[1], id)),
        "paid, of the platform": begun.after(("place", order_id, id)).after(("pay", order_id)),
        "used at a till": claimed.after(("use", its, claimed.uses_of[0])),
    }

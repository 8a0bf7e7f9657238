"""A shop's goods, in memory: saved, listed, looked at, withdrawn, taken down, restored, by people and by the clock.

What is decided is decided by the rules of the catalog; what is written is what its statements write. There are word
rules all the time. What buyers may see is told here by itself: what nobody had to look at, or what somebody looked at.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.catalog import reviewing, rules
from weiji.catalog.model import (
    ListProduct,
    ProductState,
    RestoreProduct,
    SaveProduct,
    SaveProductStatus,
    SaveSku,
    ScheduleProduct,
    TakeDownProduct,
    WithdrawProduct,
)
from weiji.catalog.pricing import ChangePrice, ChangePriceStatus, SkuPrice, judge_prices
from weiji.catalog.reviewing import (
    DecideReview,
    DecideReviewStatus,
    Review,
    ReviewField,
    ReviewRules,
    ReviewState,
    TakeReview,
    TakeReviewStatus,
)
from weiji.events import BY_CLOCK, Actor
from weiji.kit.ids import new_id
from weiji.word_rules import Action, Field, Hit

SHOP: Final = new_id()
PRODUCT: Final = new_id(SHOP)
SKU: Final = new_id(SHOP)
MERCHANT: Final = Actor("merchant", new_id())
STAFF: Final = (Actor("staff", new_id()), Actor("staff", new_id()))
PENALTIES: Final = (new_id(), new_id())
DAY: Final = timedelta(days=1)
HALF_AN_HOUR: Final = timedelta(minutes=30)
SECOND: Final = timedelta(seconds=1)
PRICE: Final = 6_007

SAVED: Final = {
    "plain": ("茶", "", PRICE),
    "another title": ("好茶", "", PRICE),
    "another vendor": ("茶", "甲", PRICE),
    "dear": ("茶", "", 2 * PRICE),
    "free": ("茶", "", 0),
    "suspect": ("最好的茶", "", PRICE),
    "forbidden": ("毒茶", "", PRICE),
}
"""What a shop may say of it: a title, a vendor, a price. Half as much again may be asked without being looked at."""

PRICES: Final = (PRICE + 101, 2 * PRICE)
SCHEDULES: Final = ((1, 2), (None, 1), (None, None))
"""In how many days the clock lists and withdraws it."""

_P, _R = ProductState, ReviewState

MACHINES: Final = {
    "product": Machine(
        moves={
            _P.DRAFT: {_P.LISTED, _P.IN_REVIEW, _P.TAKEN_DOWN},
            _P.IN_REVIEW: {_P.LISTED, _P.DRAFT, _P.WITHDRAWN, _P.TAKEN_DOWN},
            _P.LISTED: {_P.WITHDRAWN, _P.TAKEN_DOWN},
            _P.WITHDRAWN: {_P.LISTED, _P.IN_REVIEW, _P.TAKEN_DOWN},
            _P.TAKEN_DOWN: {_P.DRAFT, _P.LISTED, _P.WITHDRAWN},
        },
        verbs={
            "save": (),
            "reprice": (),
            "offer": {_P.LISTED, _P.IN_REVIEW},
            "withdraw": {_P.WITHDRAWN, _P.DRAFT},
            "take_down": {_P.TAKEN_DOWN},
            "restore": {_P.DRAFT, _P.LISTED, _P.WITHDRAWN},
            "decide": {_P.LISTED, _P.DRAFT, _P.WITHDRAWN},
            "schedule": (),
            "turn": {_P.LISTED, _P.IN_REVIEW, _P.WITHDRAWN, _P.DRAFT},
        },
        begins={_P.DRAFT, _P.LISTED, _P.IN_REVIEW},
    ),
    "goods_review": Machine(
        moves={
            _R.WAITING: {_R.APPROVED, _R.REFUSED, _R.TAKEN_BACK},
            _R.APPROVED: {_R.WAITING},
            _R.REFUSED: {_R.WAITING, _R.TAKEN_BACK},
            _R.TAKEN_BACK: {_R.WAITING},
        },
        verbs={
            "save": {_R.WAITING, _R.TAKEN_BACK},
            "reprice": {_R.TAKEN_BACK},
            "offer": {_R.WAITING, _R.TAKEN_BACK},
            "withdraw": {_R.TAKEN_BACK},
            "take_down": {_R.TAKEN_BACK},
            "look": (),
            # Taken back is what can't be let pass any more.
            "decide": {_R.APPROVED, _R.REFUSED, _R.TAKEN_BACK},
            "turn": {_R.WAITING, _R.TAKEN_BACK},
        },
        begins={_R.WAITING},
    ),
}
"""As the page of the catalog has it: the program has no table of these."""

Content = tuple[str, str, int]


def _saved(what: Content, state: ProductState = _P.DRAFT) -> SaveProduct:
    title, vendor, price = what
    return SaveProduct(
        id=PRODUCT,
        shop_id=SHOP,
        title=title,
        vendor=vendor,
        skus=(SaveSku(id=SKU, price=price),),
        actor=MERCHANT,
        state=state,
    )


def _content(command: SaveProduct) -> Content:
    return command.title, command.vendor, command.skus[0].price


class GoodsWorld(MachineWorld):
    """A shop without goods."""

    def __init__(self) -> None:
        super().__init__(MACHINES)
        self.products: dict[UUID, rules.Product] = {}
        self.reviews: dict[UUID, Review] = {}
        self.content: Content | None = None
        """What is written of it."""
        self.is_asked = False
        """Whether the operator's rules have somebody look at everything."""
        self.is_frozen = False
        self.is_allowed = False
        """Whether somebody let the suspect word pass."""
        self.is_wanted = False
        """Whether its shop wants it sold, by what it said last."""
        self.is_unlooked = False
        """Whether it became something else while it was taken down, that somebody would have had to look at."""
        self.happened: Event = ("begin",)

    @property
    def product(self) -> rules.Product | None:
        """Give the product."""
        return self.products.get(PRODUCT)

    @property
    def review(self) -> Review | None:
        """Give its review."""
        return self.reviews.get(PRODUCT)

    @property
    def shown(self) -> Content | None:
        """Say what buyers see."""
        return self.content if self.product and self.product.state is _P.LISTED else None

    def things(self) -> Things:
        """Say where the product and its review stand."""
        its: Things = {("product", id): product.state for id, product in self.products.items()}
        return its | {("goods_review", id): review.state for id, review in self.reviews.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart: not how often it was changed."""
        p, r = self.product, self.review
        times = (p.list_at, p.withdraw_at) if p else ()
        return (
            self.content, self.is_asked, self.is_frozen, self.is_allowed, self.is_wanted, self.is_unlooked,
            p and (p.listed_at is None, p.taken_down_from, p.penalty_id),
            tuple(at and at - max(self.now, NOW) > timedelta() for at in times),
            r and (
                r.proposal and _content(r.proposal), r.reviewer_id, r.revision == 1, bool(r.reasons),
                r.taken_at is not None and self.now < r.taken_at + HALF_AN_HOUR, p and p.version == r.version,
            ),
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        states = (_P.DRAFT, _P.LISTED) if self.product is None else (_P.DRAFT,)
        yield from (("save", what, state) for what in SAVED for state in states)
        yield from (("ask", not self.is_asked), ("freeze", not self.is_frozen))
        if self.product is None:
            return
        yield from (("reprice", price) for price in PRICES)
        yield from (("offer",), ("withdraw",), ("turn",))
        for penalty_id in PENALTIES:
            yield from (("take_down", penalty_id), ("restore", penalty_id))
        for staff in STAFF:
            yield ("look", staff)
            yield from (("decide", staff, is_good, is_new) for is_good in (True, False) for is_new in (True, False))
        yield from (("schedule", *days) for days in SCHEDULES)
        if self._due():
            yield ("wait", DAY)
        if self.review and self.review.taken_at and self.now < self.review.taken_at + HALF_AN_HOUR:
            yield ("wait", HALF_AN_HOUR)

    def _due(self) -> bool:
        p = self.product
        return p is not None and any(at is not None and at > self.now for at in (p.list_at, p.withdraw_at))

    def next(self) -> Event | None:
        """Let what was taken down be restored, the clock do its part, and staff look at what waits."""
        p, r = self.product, self.review
        if p is None:
            return None
        if p.penalty_id:
            return ("restore", p.penalty_id)
        if any(at is not None and at <= self.now for at in (p.list_at, p.withdraw_at)):
            return ("turn",)
        if self._due():
            return ("wait", DAY)
        if r is None or r.state is not _R.WAITING:
            return None
        if self.is_frozen:  # Penalties end by the clock, too.
            return ("freeze", False)
        staff = next((each for each in STAFF if each.person_id == r.reviewer_id), None)
        return ("decide", staff, True, True) if staff else ("look", STAFF[0])

    def after(self, event: Event) -> "GoodsWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.happened, world.now = event, world.now + SECOND
        return world

    # --- what happens ---

    def _hits(self, content: Content) -> list[Hit]:
        """Say what word rules find."""
        found = {"毒": Action.REFUSE} | ({} if self.is_allowed else {"最": Action.REVIEW})
        return [
            Hit(rule_id=SHOP, name="词", action=action, field=Field.TITLE, word=word, found=word, reason="不许这样说")
            for word, action in found.items()
            if word in content[0]
        ]

    @property
    def _reviewing(self) -> ReviewRules:
        return ReviewRules(everything=self.is_asked)

    def _write(self, command: SaveProduct, *, is_reviewed: bool = False) -> SaveProductStatus:
        """Save as `write_products` does."""
        reviewed = ReviewRules() if is_reviewed else self._reviewing
        hits = self._hits(_content(command))
        product, contents = self.product, {}
        if reviewed.is_on and product and self.content and product.state_then is _P.LISTED:
            contents = {PRODUCT: reviewing.content_of(_saved(self.content))}
        prices = {SKU: (self.content[2], None)} if self.content else {}
        state = rules.Saves(
            shop_ids={SHOP},
            products=self.products,
            handles={(SHOP, str(PRODUCT)): PRODUCT} if product else {},
            sku_products={SKU: PRODUCT} if product else {},
            prices=dict(prices),
            prices_before=dict(prices),
            reviewing=reviewed,
            frozen={SHOP} if self.is_frozen else set(),
            contents=contents,
            hits={0: [hit for hit in hits if not is_reviewed or hit.action is Action.REFUSE]},
        )
        (result,) = rules.judge_saves(state, [command], self.now)
        if PRODUCT in state.saved:
            self._become(_content(state.saved[PRODUCT]))
        if not is_reviewed:
            self._enter(state.submitted, state.superseded if reviewed.is_on else set())
        return result.status

    def _become(self, content: Content) -> None:
        self.content = content
        self.products[PRODUCT].is_unpriced = content[2] == 0

    def _enter(self, submitted: dict[UUID, SaveProduct | None], superseded: set[UUID]) -> None:
        for review in rules.enter_queue(self.reviews, self.products, submitted, superseded, self.now):
            self.reviews[PRODUCT] = review

    def _save(self, what: str, state: ProductState) -> None:
        was, is_new = self.content, self.product is None
        status = self._write(_saved(SAVED[what], state))
        is_bad = what == "forbidden" or (what == "free" and self._is_for_sale(state if is_new else None))
        is_kept = status in (SaveProductStatus.CREATED, SaveProductStatus.UPDATED)
        require(not (is_bad and (is_kept or status is SaveProductStatus.SUBMITTED)), f"{what} was saved: {status}")
        if is_kept and not is_new:
            self._note_change(was)
        if status is SaveProductStatus.CREATED:
            self.is_wanted = state is _P.LISTED

    def _is_for_sale(self, state: ProductState | None) -> bool:
        return (self.product.state_then if self.product else state) in (_P.LISTED, _P.IN_REVIEW)

    def _note_change(self, was: Content | None) -> None:
        """Remember what became something else while nobody saw it."""
        if self.product and self.content and self.product.state is _P.TAKEN_DOWN and self._matters(was, self.content):
            self.is_unlooked = True

    def _matters(self, was: Content | None, now: Content) -> bool:
        """Tell whether somebody has to look at it: at all of it where nothing was shown, else at what is another."""
        is_suspect = "最" in now[0] and not self.is_allowed
        is_other = was is None or was[0] != now[0] or abs(now[2] - was[2]) * 2 > was[2]
        return is_suspect or (self.is_asked and is_other)

    def _reprice(self, price: int) -> None:
        """Give it another price, as `change_prices` does."""
        was, product = self.content, self.product
        assert was
        assert product
        skus = {SKU: SkuPrice(PRODUCT, SHOP, was[2], None)}
        command = ChangePrice(
            sku_id=SKU, product_id=PRODUCT, shop_id=SHOP, price_before=was[2], price=price, compare_at=None,
            actor=MERCHANT,
        )  # fmt: skip
        asked = {PRODUCT} if self.is_asked and product.state_then is _P.LISTED else set()
        (status,) = judge_prices(skus, [command], asked, self._reviewing.price_jump_percent)
        if status is ChangePriceStatus.CHANGED:
            product.version += 1
            product.content_hash = b"%d" % product.version
            self._become((*was[:2], price))
            waits = product.state is _P.IN_REVIEW
            is_over = self.is_asked and product.state is _P.LISTED
            self._enter({PRODUCT: None} if waits else {}, {PRODUCT} if is_over else set())
            self._note_change(was)

    def _list(self, actor: Actor) -> None:
        """List it as `write_listings` does."""
        product = self.product
        if product is None or self.content is None:
            return
        was = product.state
        command = ListProduct(product_id=PRODUCT, shop_id=SHOP, actor=actor)
        hits = {PRODUCT: self._hits(self.content)}
        rules.judge_listings(
            self.products, [command], self.now, lambda _: self.is_asked, hits, {SHOP} if self.is_frozen else ()
        )
        if product.state is _P.IN_REVIEW and was is not _P.IN_REVIEW:
            self._enter({PRODUCT: None}, set())
        if product.state is _P.LISTED and was is _P.IN_REVIEW:
            reviewing.take_back(self.reviews.values())
        if product.state is not was:
            self.is_wanted, self.is_unlooked = True, False

    def _offer(self) -> None:
        self._list(MERCHANT)

    def _unlist(self, actor: Actor) -> None:
        """Withdraw it as `write_withdrawals` does."""
        rules.judge_withdrawals(self.products, [WithdrawProduct(product_id=PRODUCT, shop_id=SHOP, actor=actor)])
        reviewing.take_back(self.reviews.values())
        self.is_wanted = False

    def _withdraw(self) -> None:
        self._unlist(MERCHANT)

    def _take_down(self, penalty_id: UUID) -> None:
        was = self.product and self.product.state
        command = TakeDownProduct(product_id=PRODUCT, penalty_id=penalty_id, reason="假货", actor=STAFF[0])
        rules.judge_takings(self.products, [command])
        if was is not _P.TAKEN_DOWN:
            reviewing.take_back(self.reviews.values())
            self.is_wanted = self.is_wanted and was is _P.LISTED
            self.is_unlooked = False

    def _restore(self, penalty_id: UUID) -> None:
        was = self.product and self.product.penalty_id
        rules.judge_restorations(
            self.products, [RestoreProduct(product_id=PRODUCT, penalty_id=penalty_id, actor=STAFF[0])]
        )
        is_restored = self.product is not None and self.product.penalty_id is None and was is not None
        require(is_restored == (was == penalty_id), "it was restored by another penalty, or not by its own")

    def _look(self, staff: Actor) -> None:
        r = self.review
        taken = None if r is None or r.taken_at is None or self.now >= r.taken_at + HALF_AN_HOUR else r.reviewer_id
        (status,) = reviewing.judge_takes(self.reviews, [TakeReview(product_id=PRODUCT, actor=staff)], self.now)
        right = r is not None and r.state is _R.WAITING and taken is None
        require((status is TakeReviewStatus.TAKEN) == right, f"taken: {status}")

    def _decide(self, staff: Actor, is_good: bool, is_new: bool) -> None:
        """Decide as `decide_reviews` does: of a revision that is there, or of the one before."""
        r = self.review
        reasons = {} if is_good else {ReviewField.TITLE: "名不副实"}
        revision = (r.revision if r else 1) - (not is_new)
        command = DecideReview(product_id=PRODUCT, revision=revision, actor=staff, reasons=reasons)
        versions = {id: product.version for id, product in self.products.items()}
        trial = {id: replace(review) for id, review in self.reviews.items()}
        frozen = {SHOP} if self.is_frozen else set()
        (status,) = reviewing.judge_decisions(trial, versions, set(), [command], self.now, frozen)
        unsaved = set()
        if status is DecideReviewStatus.APPROVED and r and r.proposal:
            written = self._write(replace(r.proposal, version=None), is_reviewed=True)
            good = (SaveProductStatus.UPDATED, SaveProductStatus.EXISTS)
            unsaved = set() if written in good else {PRODUCT}
        (status,) = reviewing.judge_decisions(self.reviews, versions, unsaved, [command], self.now, frozen)
        is_mine = r is not None and r.reviewer_id == staff.person_id
        is_done = status in (DecideReviewStatus.APPROVED, DecideReviewStatus.REFUSED)
        require(not is_done or (is_mine and is_new), "somebody decided of what they had not looked at")
        is_stale = r is not None and r.version != versions.get(PRODUCT)
        require(status is not DecideReviewStatus.APPROVED or not is_stale, "what was changed since was undone")
        product = self.product
        if is_done and r and product:
            self.is_allowed |= is_good and self.content is not None and "最" in self.content[0]
            if r.proposal is None and product.state is _P.IN_REVIEW:
                is_listed = rules.follow_review(product, r, self.now)
                require(is_listed == is_good, "it is listed, and somebody refused it, or the other way round")
                self.is_wanted = is_good

    def _schedule(self, lists_in: int | None, ends_in: int | None) -> None:
        list_at, withdraw_at = (self.now + days * DAY if days else None for days in (lists_in, ends_in))
        command = ScheduleProduct(
            product_id=PRODUCT, shop_id=SHOP, list_at=list_at, withdraw_at=withdraw_at, actor=MERCHANT
        )
        rules.judge_schedules(self.products, [command], self.now)

    def _turn(self) -> None:
        """Do what the clock is told to: what is due is found by a statement, and forgotten by one."""
        product = self.product
        if product is None:
            return
        list_at, withdraw_at = product.list_at, product.withdraw_at
        is_to_list = list_at and list_at <= self.now and product.state in (_P.DRAFT, _P.WITHDRAWN)
        is_to_end = withdraw_at and withdraw_at <= self.now and product.state_then in (_P.LISTED, _P.IN_REVIEW)
        if is_to_list:
            self._list(BY_CLOCK)
        if is_to_end:
            self._unlist(BY_CLOCK)
        for name, at in (("list_at", list_at), ("withdraw_at", withdraw_at)):
            if at is not None and at <= self.now:
                setattr(product, name, None)

    def _ask(self, is_asked: bool) -> None:
        self.is_asked = is_asked

    def _freeze(self, is_frozen: bool) -> None:
        self.is_frozen = is_frozen

    def _wait(self, time: timedelta) -> None:
        self.now += time

    # --- what is always true ---

    def check(self) -> None:
        """What is on sale its shop wants sold, and may sell; what waits can be decided; what is down is down."""
        p, r = self.product, self.review
        if p is None or self.content is None:
            return
        if p.state in (_P.LISTED, _P.IN_REVIEW):
            require(self.is_wanted, f"it is {p.state}, and its shop wants that no more")
            require(self.content[2] > 0 and "毒" not in self.content[0], "what may not be sold is")
        waits = r is not None and r.state is _R.WAITING
        is_asked = waits and r is not None and r.proposal is None
        require(is_asked == (p.state is _P.IN_REVIEW), f"it is {p.state}, and its review {r and r.state}")
        require(not waits or p.state in (_P.IN_REVIEW, _P.LISTED), "somebody looks at what is not wanted")
        require(not is_asked or (r is not None and r.version == p.version), "what waits can't be let pass any more")
        is_down = p.state is _P.TAKEN_DOWN
        require(is_down == (p.penalty_id is not None) == (p.taken_down_from is not None), "taken down by what")
        require(p.state not in (_P.LISTED, _P.WITHDRAWN) or p.listed_at is not None, "withdrawn, and never listed")
        require(p.state is not _P.DRAFT or p.listed_at is None, "a draft was listed")
        require(r is None or not waits or r.decided_at is None, "it waits, and is decided")

    def check_since(self, before: "GoodsWorld") -> None:
        """Buyers see nothing new that somebody had to look at, and did not; what is decided stays so."""
        verb, was, now = self.happened[0], before.shown, self.shown
        if now is not None and now != was:
            if verb == "decide":
                r = before.review
                assert r
                looked_at = _content(r.proposal) if r.proposal else before.content
                require(now == looked_at, "somebody looked at something else")
            elif verb == "restore":
                require(not before.is_unlooked, "it is something else than what was taken down")
            else:
                require(not before._matters(was, now), f"nobody looked at it: {verb}")
            require(not before.is_frozen or was is not None or verb == "restore", "a shop that may not lists")
        if before.review and before.review.state is not _R.WAITING and self.review:
            is_same = self.review.state is before.review.state
            require(not is_same or self.review == before.review, "what was decided moved")

    def check_end(self) -> None:
        """Nothing waits for anybody."""
        require(self.review is None or self.review.state is not _R.WAITING, "nobody looks at it for ever")

    def end(self) -> str:
        """Name how it ended."""
        return super().end() if self.products else "nothing sold"


def goods() -> dict[str, GoodsWorld]:
    """Make a shop without goods; and such as save depth."""
    shop = GoodsWorld()
    listed = shop.after(("save", "plain", _P.LISTED))
    asked = listed.after(("ask", True))
    proposed = asked.after(("save", "another title", _P.DRAFT))
    entered = shop.after(("ask", True)).after(("save", "plain", _P.LISTED))
    looked = entered.after(("look", STAFF[0]))
    return {
        "a shop": shop,
        "listed": listed,
        "listed, and looked at from now on": asked,
        "a change waits": proposed,
        "a change was refused": proposed.after(("look", STAFF[0])).after(("decide", STAFF[0], False, True)),
        "in review": looked,
        "refused": looked.after(("decide", STAFF[0], False, True)),
        "taken down": asked.after(("take_down", PENALTIES[0])),
        "scheduled": listed.after(("withdraw",)).after(("schedule", 1, 2)),
    }

"""Money of a settled order that a channel holds frozen for its shop, in memory: held here, decided, let go, refunded.

The table, what is decided and what is posted are those of payments. What the channel has is known here: what the shop
has there and here is its own, to the fen, whatever goes back to the payer meanwhile. That nothing is decided while a
refund is on its way is one statement of SQL, and taken as given.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from bench.drills.channel_world import BUYER, CHANNEL, ORDER, PAYER, SHARD, ChannelWorld
from bench.drills.explorer import Event, require
from bench.drills.machines import Machine, Things, freeze, let_go
from weiji import escrow
from weiji.kit.ids import derive, new_id
from weiji.kit.money import share_so_far
from weiji.ledger import Kind, TransferFlags, chart, move
from weiji.payments import rules
from weiji.payments.freezing import model
from weiji.payments.freezing import rules as freezing
from weiji.payments.freezing.model import RetryUnfreezingStatus, Unfreezing, UnfreezingStatus
from weiji.payments.model import NoticeKind, NoticeStatus, Question

SHOP: Final = new_id(PAYER)
PAYMENT: Final = derive(PAYER, "payment")
TOTAL: Final = 10_007
FEE: Final = 61
AMOUNT: Final = TOTAL - FEE
REFUNDED: Final = (3_001, 2_003)
DISPUTED: Final = 503
SECOND: Final = timedelta(seconds=1)
TRIES_MAX: Final = 3
"""How often it is tried to take what is held here."""

_S = UnfreezingStatus


class UnfreezingWorld(ChannelWorld):
    """An order that was settled just now; its money is at the channel."""

    def __init__(self) -> None:
        verbs = {
            "submit": {_S.SUBMITTED},
            "withdraw": {_S.SUBMITTED},
            "decide": (),
            "ask": (),
            "put_off": (),
            "retry": (),
            "refund": (),
            "let_go": {_S.UNFROZEN},
        }
        machine = Machine(moves=freezing.UNFREEZING_MOVES, verbs=verbs, begins={_S.WAITING, _S.SUBMITTED})
        names = {
            "available": chart.merchant_available(SHOP),
            "deposit": chart.merchant_deposit(SHOP),
            "owed": chart.merchant_owed(SHOP),
            "receivable": chart.channel_receivable(SHARD, CHANNEL),
            "clearing": chart.payout_clearing(SHARD, CHANNEL),
            "transit": chart.transit(SHARD),
            "court": chart.legal_hold(SHOP),
            "bank": chart.bank(SHARD),
        }
        super().__init__({"unfreezing": machine}, names)
        self.unfreezings: dict[UUID, Unfreezing] = {}
        self.gave_back: dict[UUID, tuple[int, int]] = {}
        """What went back: of the order, and of that what the shop gave."""
        self.arrived: dict[UUID, bool] = {}
        """Whether the channel took it out of what is the shop's there."""
        self.tries = 0
        self.spent = 0
        self.freezes = 0
        self.is_frozen = False
        self.disputes = 0
        self.is_disputed = False
        self.there: int | None = None
        """What the shop has at the channel."""
        self.share = 0
        """What the platform has of it."""
        self.make([move(PAYMENT, PAYMENT, self.names["receivable"], self.names["transit"], TOTAL, Kind.CAPTURE)])
        for chain in (
            escrow.hold(ORDER, SHOP, PAYMENT, TOTAL),
            escrow.release(ORDER, SHOP, TOTAL, FEE),
            escrow.settle(ORDER, SHOP, AMOUNT),
        ):
            self.make(chain.transfers, chain.opening)

    @property
    def one(self) -> Unfreezing:
        """Give what is to be let go."""
        return self.unfreezings[ORDER]

    def known(self) -> rules.Known:
        """Say what is known when a channel says something."""
        known = super().known()
        known.unfreezings = self.unfreezings
        return known

    def things(self) -> Things:
        """Say how far it is."""
        return {("unfreezing", id): each.status for id, each in self.unfreezings.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        its = tuple(
            (u.rest, u.part, u.taken_off, u.gone_back, u.fees_back, min(u.decisions, 2))
            for u in self.unfreezings.values()
        )
        refunds = tuple((*each, self.arrived.get(id)) for id, each in self.gave_back.items())
        return (
            its, refunds, self.tries, self.spent, self.freezes, self.is_frozen, self.disputes, self.is_disputed,
            self.there, self.share,
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        if self.is_frozen:
            yield ("thaw",)
        elif not self.freezes:
            yield ("freeze",)
        if self.is_disputed:
            yield ("end_dispute",)
        elif not self.disputes and not self.is_frozen and self.free_of("available") >= DISPUTED:
            yield ("dispute",)
        if not self.unfreezings:
            yield ("request",)
            return
        if self.tries < TRIES_MAX:
            yield from (("submit",), ("withdraw",))
        yield from (("decide",), ("ask", False), ("put_off",), ("retry",))
        yield from (("let_go", AMOUNT), ("let_go", TOTAL))
        if self.one.is_decided and self.one.status is _S.SUBMITTED:
            yield ("ask", True)
        if len(self.gave_back) < len(REFUNDED) and TOTAL not in {amount for amount, _ in self.gave_back.values()}:
            yield ("refund", REFUNDED[len(self.gave_back)])
            if not self.gave_back and not self.one.is_decided:
                yield ("refund", TOTAL)
        yield from (("arrive", id) for id in self.gave_back if id not in self.arrived)

    def next(self) -> Event | None:
        """Let courts and disputes end and refunds arrive; then the channel lets it go."""
        if not self.unfreezings:
            return ("request",)
        if self.is_frozen or self.is_disputed:
            return ("thaw",) if self.is_frozen else ("end_dispute",)
        for id in self.gave_back:
            if id not in self.arrived:
                return ("arrive", id)
        if self.one.status is _S.UNFROZEN:
            return None
        if self.one.status is _S.WAITING:
            return ("submit",)
        return ("let_go", AMOUNT) if self.one.is_decided else ("decide",)

    def after(self, event: Event) -> "UnfreezingWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens ---

    def _freeze(self) -> None:
        self.freezes += 1
        self.is_frozen = True
        self.make([freeze(SHOP, self.names["available"], self.names["court"], self.freezes)])

    def _thaw(self) -> None:
        self.is_frozen = False
        self.make([let_go(SHOP, "freeze", self.freezes)])

    def _dispute(self) -> None:
        self.disputes += 1
        self.is_disputed = True
        names = self.names["available"], self.names["transit"]
        self.make([move(SHOP, derive(SHOP, "dispute"), *names, DISPUTED, Kind.DISPUTE, TransferFlags.PENDING)])

    def _end_dispute(self) -> None:
        self.is_disputed = False
        self.make([let_go(SHOP, "dispute")])

    def _request(self) -> None:
        command = model.RequestUnfreezing(
            order_id=ORDER,
            shop_id=SHOP,
            payment_id=PAYMENT,
            channel=CHANNEL,
            amount=AMOUNT,
            frozen=TOTAL,
            actor=BUYER,
        )
        made = freezing.new_unfreezing(command, self.now)
        self._try_to_take(made, made.attempts)
        self.unfreezings[ORDER] = made

    def _try_to_take(self, unfreezing: Unfreezing, cause: UUID | int) -> bool:
        is_there = not self.is_frozen and self.free_of("available") >= AMOUNT
        transfer, accounts = freezing.take_from_shop(unfreezing, cause)
        (result,) = self.post([transfer], accounts)
        require(result.is_made == is_there, f"taken of {self.free_of('available')}: {result.status}")
        if result.is_made or isinstance(cause, int):
            freezing.note_taking(unfreezing, self.now, is_made=result.is_made)
        return result.is_made

    def _submit(self) -> None:
        if self.one.status is _S.WAITING:
            self.tries += 1
            self._try_to_take(self.one, self.one.attempts)

    def _withdraw(self) -> None:
        """Let the shop withdraw what it can here: what waits is taken before, and where it waits on, nothing goes."""
        if self.one.status is _S.WAITING:
            self.tries += 1
            if not self._try_to_take(self.one, derive(SHOP, "withdrawal", self.tries)):
                return
        free = 0 if self.is_frozen or self.balance("owed") else self.free_of("available")
        if free:
            names = self.names["available"], self.names["bank"]
            self.make([move(SHOP, derive(SHOP, "withdrawn", self.spent, free), *names, free, Kind.PAYOUT)])
            self.spent += free

    def _decide(self) -> None:
        """Let the channel say what it holds of it."""
        one = self.one
        if freezing.may_decide(one):
            if self.arrived.keys() == self.gave_back.keys():
                held = TOTAL - sum(amount for amount, _ in self.gave_back.values())
                freezing.decide(one, held)
            else:
                freezing.put_off(one, self.now)

    def _ask(self, is_undone: bool) -> None:
        """Let it not have let it go yet; or not have begun, and never begin with that."""
        question = Question(id=ORDER, is_silent=False, is_undone=is_undone)
        is_asked = freezing.note_question(self.one, question, None, self.now)
        require(is_asked == (self.one.status is _S.SUBMITTED), f"asked of what is {self.one.status}")
        if is_undone:
            self.arrived = dict.fromkeys(self.arrived, False)  # It was never the shop's own there.

    def _put_off(self) -> None:
        is_open = freezing.put_off(self.one, self.now)
        require(is_open == (self.one.status is not _S.UNFROZEN), "put off what is over, or not")

    def _retry(self) -> None:
        status = freezing.judge_retry(self.one, self.now)
        is_over = self.one.status is _S.UNFROZEN
        require((status is RetryUnfreezingStatus.EXISTS) == is_over, f"asked once more: {status}")

    def _let_go(self, amount: int) -> None:
        """Let the channel say that it has let it go: of what it was asked to, it can't be wrong."""
        one, before = self.one, self.one.status
        if before is _S.SUBMITTED and not one.is_decided:
            return
        status = self.hear(NoticeKind.UNFREEZING_SUCCEEDED, ORDER, amount, "1")
        right = {_S.WAITING: NoticeStatus.CONTRADICTS, _S.SUBMITTED: NoticeStatus.RECORDED}
        should = right.get(before, NoticeStatus.NO_EFFECT) if amount == AMOUNT else NoticeStatus.CONTRADICTS
        require(status is should, f"let go what is {before}: {status}")
        if status is NoticeStatus.RECORDED:
            assert one.part is not None
            taken = sum(self.gave_back[id][0] for id, is_of_shop in self.arrived.items() if is_of_shop)
            self.there, self.share = one.part - taken, one.share

    def _refund(self, amount: int) -> None:
        """Give some of the order back, as orders do: of what the shop has here, by the waterfall."""
        id = derive(ORDER, "refund", len(self.gave_back))
        back = sum(each for each, _ in self.gave_back.values())
        fee = share_so_far(FEE, TOTAL, back + amount) - share_so_far(FEE, TOTAL, back)
        chain = escrow.give_back(ORDER, SHOP, id, amount, fee, is_settled=True)
        self.make(chain.transfers, chain.opening)
        self.gave_back[id] = (amount, amount - fee)

    def _arrive(self, id: UUID) -> None:
        """Let the channel give it back, out of what it holds: what is decided, or let go, is the shop's own there."""
        amount, of_shop = self.gave_back[id]
        names = self.names["transit"], self.names["receivable"]
        self.make([move(ORDER, derive(id, "arrived"), *names, amount, Kind.REFUND)])
        taken = model.TakenAtChannel(
            order_id=ORDER, shop_id=SHOP, refund_id=id, channel=CHANNEL, amount=amount, of_shop=of_shop
        )
        again = freezing.judge_taken(self.one, taken)
        transfer, accounts = freezing.take_at_channel(taken, again)
        self.make([transfer], accounts)
        self.arrived[id] = self.one.is_decided
        if self.there is not None:
            self.there -= amount

    # --- what is always true ---

    def check(self) -> None:
        """What the shop has here and there is what it earned, less what it gave back; ours is at the channel."""
        self.check_books()
        if not self.unfreezings:
            return
        one = self.one
        is_gone = one.status is _S.SUBMITTED
        require(self.balance("clearing") == (AMOUNT if is_gone else 0), f"clearing: {self.balance('clearing')}")
        on_its_way = sum(amount for id, (amount, _) in self.gave_back.items() if id not in self.arrived)
        require(self.balance("transit") == on_its_way, f"{self.balance('transit')} on its way back")
        here = self.balance("available") + self.balance("owed") + self.spent
        gave = sum(of_shop for _, of_shop in self.gave_back.values())
        should = AMOUNT - gave
        if self.there is None:
            have = here + self.balance("clearing") - one.taken_off
            require(have == should, f"the shop has {have}, not {should}")
        else:
            require(one.status is _S.UNFROZEN, f"let go, and {one.status}")
            require(here + self.there == should, f"the shop has {here} and {self.there} there, not {should}")
            ours = -self.balance("receivable")
            require(ours == self.share, f"the channel has {ours} of ours by the books, not {self.share}")
        require(self.is_frozen or self.balance("deposit") == 0, "a deposit from nowhere")
        is_over = one.status is _S.UNFROZEN
        require((one.ended_at is not None) == is_over, f"{one.status}, and ended or not")
        require((one.query_at is None) == is_over, f"{one.status}, and asked for or not")
        require(0 <= one.taken_off <= AMOUNT and one.fees_back >= 0, "more was taken off than there was")

    def check_since(self, before: "UnfreezingWorld") -> None:
        """What was let go stays so."""
        for id, was in before.unfreezings.items():
            if was.status is _S.UNFROZEN:
                require(self.unfreezings[id].ended_at == was.ended_at, "it was let go again")

    def check_again(self) -> None:
        """Hear again that it was let go: nothing changes."""
        if self.there is not None:
            world = self.copy()
            world._let_go(AMOUNT)
            require(world.key() == self.key(), "what came again changed something")

    def check_end(self) -> None:
        """The shop has it."""
        require(self.there is not None and self.one.status is _S.UNFROZEN, "it is frozen for ever")


def unfreezings() -> dict[str, UnfreezingWorld]:
    """Make an order that is settled; and what is held here, decided, and let go of it."""
    settled = UnfreezingWorld()
    asked = settled.after(("request",))
    decided = asked.after(("decide",))
    return {
        "settled": settled,
        "held": settled.after(("freeze",)).after(("request",)),
        "disputed": settled.after(("dispute",)).after(("request",)),
        "asked": asked,
        "decided": decided,
        "let go": decided.after(("let_go", AMOUNT)),
    }

"""What somebody complains of who paid an order of a merchant's program, in memory: answered, decided, given back.

What is decided is decided by the rules of complaints, and of the refunds of such orders. The money is looked at from
outside: what is left of the order, what is on its way to the payer, and what they have.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, require
from bench.drills.machines import NOW, Machine, MachineWorld, Things
from weiji.disputes import DisputeRules
from weiji.events import BY_CLOCK, Actor
from weiji.kit.ids import derive, new_id, shard_of
from weiji.ledger import Kind, chart, move
from weiji.orders import TradeRules
from weiji.wire.complaints import (
    DAYS_MAX,
    TIMES_MAX,
    TRANSITIONS,
    AgreeToComplaint,
    AskComplaint,
    Complaint,
    ComplaintReason,
    ComplaintState,
    ComplaintStatus,
    CompleteComplaint,
    DecideComplaint,
    RefuseComplaint,
    RejectDecision,
    SayInComplaint,
    SecondDecision,
    TakeComplaintFurther,
    WithdrawComplaint,
)
from weiji.wire.complaints.machine import OPEN, OVER, WITH_SIDES, WITH_STAFF
from weiji.wire.complaints.model import ExpireComplaint, NoteOrderRefund
from weiji.wire.complaints.rules import Hearing, seal_of
from weiji.wire.trade import model as trade
from weiji.wire.trade import rules as trades
from weiji.wire.trade.refunding import Refunds

SHOP: Final = new_id()
OTHER_SHOP: Final = new_id(SHOP)
SHARD: Final = shard_of(SHOP)
MCHID: Final = "1900000001"
ORDER: Final = trade.order_id_of(SHOP, MCHID, "1")
PAYMENT: Final = derive(ORDER, "payment")
PAYER: Final = Actor("buyer", new_id(SHOP))
STRANGER: Final = Actor("buyer", new_id(SHOP))
MERCHANT: Final = Actor("merchant", new_id(SHOP))
STAFF: Final = (Actor("staff", new_id()), Actor("staff", new_id()))
PARTY: Final = Actor("staff", PAYER.person_id)
"""One of the staff, who paid it."""

TOTAL: Final = 10_007
ASKED: Final = (0, 1_009, TOTAL)
"""What is asked for; of the last two have to sign."""

AWARDED: Final = (0, 503, TOTAL)
REFUNDED: Final = (307, TOTAL)
SECOND_FROM: Final = 5_000
REFUNDS_MAX: Final = 3

_S: Final = ComplaintState
_Status: Final = ComplaintStatus

MACHINES: Final = {
    "complaint": Machine(
        # The table; and where both are heard of at once, a refund of all of the order goes and has arrived.
        moves={
            state: {t.target for t in TRANSITIONS if state in t.sources and t.target is not state}
            | ({_S.REFUNDED} if state in OPEN else set())
            for state in ComplaintState
        },
        verbs={
            "say": {_S.ASKED, _S.ANSWERED},
            "refuse": {_S.ANSWERED},
            "agree": {_S.REFUNDING},
            "complete": {_S.COMPLETED},
            "take_further": {_S.REVIEWING},
            "withdraw": {_S.WITHDRAWN},
            "turn": {_S.REVIEWING, _S.EXPIRED},
            "decide": {_S.PROPOSED, _S.REFUNDING, _S.DISMISSED},
            "second": {_S.REFUNDING, _S.DISMISSED},
            "reject": {_S.REVIEWING},
            "hear": {_S.REFUNDING, _S.REFUNDED},
            "ask": (),
            "refund": (),
        },
        begins={_S.ASKED},
    )
}


class ComplaintWorld(MachineWorld):
    """An order that was paid, and of which nobody complained yet."""

    def __init__(self) -> None:
        super().__init__(
            MACHINES,
            {
                "escrow": chart.escrow(ORDER),
                "transit": chart.transit(SHARD),
                "outside": chart.bank(SHARD),
            },
        )
        self.orders: dict[UUID, trade.MerchantOrder] = {}
        self.refunds: dict[UUID, trade.MerchantRefund] = {}
        self.complaints: dict[UUID, Complaint] = {}
        self.heard: frozenset[tuple[UUID, bool]] = frozenset()
        """Of which refunds complaints heard: that they go, and that they arrived."""
        placing = trade.PlaceMerchantOrder(
            id=ORDER,
            shop_id=SHOP,
            mchid=MCHID,
            caller_mchid=MCHID,
            number="1",
            kind=trade.Kind.NATIVE,
            description="",
            total=TOTAL,
            notify_url=None,
            shares_profit=True,
            terms={},
            key_id=None,
            expires_at=NOW + timedelta(hours=2),
            actor=MERCHANT,
        )
        terms = {SHOP: trades.ShopTerms(is_open=True, is_verified=True)}
        trades.judge_place(self.orders, terms, 0, 7, placing, self.now)
        assert PAYER.person_id
        taking = trade.TakeMerchantPayment(
            order_id=ORDER,
            payment_id=PAYMENT,
            payer_id=PAYER.person_id,
            shop_id=SHOP,
            amount=TOTAL,
            channel="acquirer",
            actor=PAYER,
        )
        trades.judge_take(self.order, taking, self.now)
        self._bring("outside", "transit", TOTAL, "paid")
        for chain in trades.take_in(self.order):
            self.make(chain.transfers, chain.opening)

    @property
    def order(self) -> trade.MerchantOrder:
        """Give the order."""
        return self.orders[ORDER]

    def things(self) -> Things:
        """Say where each complaint stands."""
        return {("complaint", id): each.state for id, each in self.complaints.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart; how often a side spoke does not, as far as this goes."""
        return (
            self.order.refunded,
            self.is_late,
            tuple(
                (
                    c.amount, c.said_last, c.due_at is not None and c.due_at <= self.now, c.further_at is None,
                    c.ruling and (c.ruling.amount, c.ruling.signed_by), c.refund_id,
                )
                for c in self.complaints.values()
            ),
            tuple(
                (r.amount, r.arrived_at is None, (id, False) in self.heard, (id, True) in self.heard)
                for id, r in self.refunds.items()
            ),
        )  # fmt: skip

    @property
    def is_late(self) -> bool:
        """Whether the order can't be complained about any more."""
        return self.order.paid_at is not None and self.now >= self.order.paid_at + timedelta(days=DAYS_MAX)

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from (("ask", who, amount) for who in (PAYER, STRANGER) for amount in ASKED)
        for id in self.complaints:
            yield from (("say", id, who, shop) for who, shop in ((PAYER, None), (MERCHANT, SHOP)))
            yield from (("say", id, STRANGER, None), ("say", id, MERCHANT, OTHER_SHOP))
            yield from ((verb, id, shop) for verb in ("refuse", "agree", "complete") for shop in (SHOP, OTHER_SHOP))
            yield from ((verb, id, who) for verb in ("take_further", "withdraw") for who in (PAYER, STRANGER))
            yield ("turn", id)
            for staff in (*STAFF, PARTY):
                yield from (("decide", id, staff, amount) for amount in AWARDED)
                yield from (("second", id, staff, amount) for amount in AWARDED)
                yield ("reject", id, staff)
        if len(self.refunds) < REFUNDS_MAX:
            yield from (("refund", amount) for amount in REFUNDED)
        for id, refund in self.refunds.items():
            yield from (("hear", id), ("arrive", id)) if refund.arrived_at is None else (("hear", id),)
        if any(each.due_at is not None and each.due_at > self.now for each in self.complaints.values()):
            yield ("wait",)

    def next(self) -> Event | None:
        """Let what is on its way arrive and be heard of, clocks run out, and the staff decide."""
        for id, refund in self.refunds.items():
            if refund.arrived_at is None:
                return ("arrive", id)
            if (id, True) not in self.heard:
                return ("hear", id)
        for id, complaint in self.complaints.items():
            if complaint.state is _S.REVIEWING:
                return ("decide", id, STAFF[0], 0)
            if complaint.state is _S.PROPOSED and complaint.ruling:
                other = next(one for one in STAFF if one.person_id != complaint.ruling.signed_by)
                most = TOTAL - self.order.refunded
                # What a program gave back meanwhile can't be given back again: it is decided anew.
                if complaint.ruling.amount > most:
                    return ("reject", id, other)
                return ("second", id, other, complaint.ruling.amount)
            if complaint.due_at is not None:
                return ("turn", id) if complaint.due_at <= self.now else ("wait",)
        return None

    # --- what happens ---

    def _bring(self, source: str, target: str, amount: int, *words: object) -> None:
        id = derive(ORDER, "brought", *words)
        self.make([move(ORDER, id, self.names[source], self.names[target], amount, Kind.ADJUSTMENT)])

    def _judge(self, judge: Callable[[Hearing, Any], ComplaintStatus], command: Any) -> ComplaintStatus:
        """Have something judged, and post what goes back by it."""
        refunds = Refunds(self.orders, self.refunds, self.now)
        hearing = Hearing(refunds, self.complaints, TradeRules(), DisputeRules(second_from=SECOND_FROM), self.now)
        before = self.order.refunded
        status = judge(hearing, command)
        for chain in refunds._chains:
            self.make(chain.transfers, chain.opening)
        require(status is _Status.DONE or self.order.refunded == before, f"{status}, and money goes back")
        return status

    def _ask(self, who: Actor, amount: int) -> None:
        is_one_open = any(each.state not in OVER for each in self.complaints.values())
        times, left = len(self.complaints), TOTAL - self.order.refunded
        command = AskComplaint(
            id=derive(ORDER, "complaint", times),
            order_id=ORDER,
            reason=ComplaintReason.OTHER,
            words="没有收到",
            amount=amount,
            actor=who,
        )
        status = self._judge(Hearing.ask, command)
        is_right = who is PAYER and not is_one_open and times < TIMES_MAX and not self.is_late
        require((status is _Status.DONE) == (is_right and 0 < left >= amount), f"{amount} of {left} asked: {status}")

    def _say(self, id: UUID, who: Actor, shop_id: UUID | None) -> None:
        command = SayInComplaint(complaint_id=id, actor=who, shop_id=shop_id, words="说")
        status = self._judge(Hearing.say, command)
        require(status is not _Status.DONE or (who is not STRANGER and shop_id is not OTHER_SHOP), "a stranger spoke")

    def _refuse(self, id: UUID, shop_id: UUID) -> None:
        command = RefuseComplaint(complaint_id=id, actor=MERCHANT, shop_id=shop_id, words="不")
        self._by_shop(shop_id, self._judge(Hearing.refuse, command))

    def _agree(self, id: UUID, shop_id: UUID) -> None:
        asked, before = self.complaints[id].amount, self.order.refunded
        command = AgreeToComplaint(complaint_id=id, actor=MERCHANT, shop_id=shop_id)
        status = self._judge(Hearing.agree, command)
        self._by_shop(shop_id, status)
        if status is _Status.DONE:
            back = self.order.refunded - before
            require(back == min(asked, TOTAL - before) > 0, f"{back} of {asked} agreed to")

    def _complete(self, id: UUID, shop_id: UUID) -> None:
        command = CompleteComplaint(complaint_id=id, actor=MERCHANT, shop_id=shop_id)
        self._by_shop(shop_id, self._judge(Hearing.complete, command))

    def _by_shop(self, shop_id: UUID, status: ComplaintStatus) -> None:
        require(shop_id == SHOP or status is _Status.COMPLAINT_NOT_FOUND, f"another shop acts: {status}")

    def _take_further(self, id: UUID, who: Actor) -> None:
        status = self._judge(Hearing.take_further, TakeComplaintFurther(complaint_id=id, actor=who))
        require(who is PAYER or status is _Status.COMPLAINT_NOT_FOUND, f"a stranger asks the staff: {status}")

    def _withdraw(self, id: UUID, who: Actor) -> None:
        status = self._judge(Hearing.withdraw, WithdrawComplaint(complaint_id=id, actor=who))
        require(who is PAYER or status is _Status.COMPLAINT_NOT_FOUND, f"a stranger ends it: {status}")

    def _turn(self, id: UUID) -> None:
        """Let the clock do what it does, due or not."""
        complaint = self.complaints[id]
        is_due = complaint.state in WITH_SIDES and complaint.due_at is not None and complaint.due_at <= self.now
        if complaint.state is _S.ASKED:
            status = self._judge(Hearing.take_further, TakeComplaintFurther(complaint_id=id, actor=BY_CLOCK))
        else:
            status = self._judge(Hearing.expire, ExpireComplaint(complaint_id=id, actor=BY_CLOCK))
        require((status is _Status.DONE) == is_due, f"by the clock: {status}")

    def _decide(self, id: UUID, staff: Actor, amount: int) -> None:
        complaint, before = self.complaints[id], self.order.refunded
        was, asked = complaint.state, complaint.amount
        awarded = sum(each.ruling.amount for each in self.complaints.values() if each.decided_at and each.ruling)
        command = DecideComplaint(complaint_id=id, actor=staff, amount=amount, words="看过了")
        status = self._judge(Hearing.decide, command)
        left = TOTAL - before
        is_right = was is _S.REVIEWING and staff is not PARTY and amount <= (min(asked, left) if asked else left)
        require((status is _Status.DONE) == is_right, f"{amount} of {asked} decided by one: {status}")
        takes_two = max(asked, amount) + awarded >= SECOND_FROM
        back = self.order.refunded - before
        require(back == (amount if is_right and not takes_two else 0), f"{back} goes back by one signature")

    def _second(self, id: UUID, staff: Actor, amount: int) -> None:
        complaint, before = self.complaints[id], self.order.refunded
        was, ruling = complaint.state, complaint.ruling
        seen = seal_of(replace(complaint, ruling=ruling and replace(ruling, amount=amount)))
        status = self._judge(Hearing.second, SecondDecision(complaint_id=id, actor=staff, seen=seen))
        is_right = was is _S.PROPOSED and ruling is not None and ruling.amount == amount <= TOTAL - before
        is_right = is_right and staff is not PARTY and ruling is not None and ruling.signed_by != staff.person_id
        require((status is _Status.DONE) == is_right, f"{amount} signed by another: {status}")
        require(self.order.refunded - before == (amount if is_right else 0), "another sum goes back")

    def _reject(self, id: UUID, staff: Actor) -> None:
        complaint = self.complaints[id]
        was, ruling = complaint.state, complaint.ruling
        command = RejectDecision(complaint_id=id, actor=staff, seen=seal_of(complaint), words="再看")
        status = self._judge(Hearing.reject, command)
        is_other = staff is not PARTY and ruling is not None and ruling.signed_by != staff.person_id
        require((status is _Status.DONE) == (was is _S.PROPOSED and is_other), f"not signed: {status}")

    def _refund(self, amount: int) -> None:
        """Let the merchant's program give money back by itself."""
        number = f"R{len(self.refunds)}"
        command = trade.RefundMerchantOrder(
            id=trade.refund_id_of(SHOP, MCHID, number),
            order_id=ORDER,
            caller_mchid=MCHID,
            number=number,
            amount=amount,
            total=None,
            reason=None,
            notify_url=None,
            key_id=None,
            actor=MERCHANT,
        )
        refunds = Refunds(self.orders, self.refunds, self.now)
        left = TOTAL - self.order.refunded
        status = refunds.make(command)
        require((status is trade.RefundStatus.CREATED) == (amount <= left), f"{amount} of {left} refunded: {status}")
        for chain in refunds._chains:
            self.make(chain.transfers, chain.opening)

    def _arrive(self, id: UUID) -> None:
        """Let the payer have the money."""
        refund = self.refunds[id]
        if refund.arrived_at is None:
            self._bring("transit", "outside", refund.amount, "refund", refund.number)
            refund.arrived_at = self.now

    def _hear(self, id: UUID) -> None:
        """Tell complaints that money goes, and whether it is the last of the order; or that it arrived."""
        *_, last = self.refunds
        is_whole = (id, False) not in self.heard and id == last and self.order.refunded == TOTAL
        self._judge(Hearing.note_refund, NoteOrderRefund(order_id=ORDER, refund_id=id, is_whole=is_whole))
        self.heard |= {(id, False)}
        if self.refunds[id].arrived_at is not None:
            self.heard |= {(id, True)}

    def _wait(self) -> None:
        """Wait until the next clock runs out."""
        self.now = min(
            each.due_at for each in self.complaints.values() if each.due_at is not None and each.due_at > self.now
        )

    # --- what is always true ---

    def check(self) -> None:
        """Money of the order goes back once; one complaint is open at a time, and says what became of it."""
        self.check_books()
        back = sum(refund.amount for refund in self.refunds.values())
        require(back == self.order.refunded <= TOTAL, f"{back} of {TOTAL} goes back, and it says {self.order.refunded}")
        on_its_way = sum(each.amount for each in self.refunds.values() if each.arrived_at is None)
        require(self.balance("escrow") == TOTAL - back, f"{self.balance('escrow')} is left, and {back} goes back")
        require(self.balance("transit") == on_its_way, f"{self.balance('transit')} on its way, not {on_its_way}")
        its = list(self.complaints.values())
        require(sum(each.state not in OVER for each in its) <= 1, "it is complained of twice at the same time")
        require([each.number for each in its] == list(range(1, len(its) + 1)), "they are not counted")
        require(len(its) <= TIMES_MAX, "it is complained of for ever")
        refund_ids = [each.refund_id for each in its if each.refund_id is not None]
        require(len(refund_ids) == len(set(refund_ids)), "one refund ends two complaints")
        for each in its:
            self._check_complaint(each)

    def _check_complaint(self, each: Complaint) -> None:
        require((each.due_at is not None) == (each.state in OPEN), f"{each.state}, and a clock or none")
        require((each.ended_at is not None) == (each.state in OVER), f"{each.state}, and ended or not")
        is_paid = each.state in (_S.REFUNDING, _S.REFUNDED)
        require((each.refund_id is not None) == is_paid, f"{each.state}, and a refund or none")
        require(
            each.state not in WITH_STAFF or each.further_at is not None, "the staff decide what they were not asked"
        )
        require(each.state is not _S.PROPOSED or each.ruling is not None, "proposed, and not signed")
        require(each.state is not _S.REVIEWING or each.ruling is None, "signed, and not proposed")
        if each.refund_id is not None:
            refund = self.refunds[each.refund_id]
            require(refund.amount == each.amount, f"{refund.amount} goes back, and it says {each.amount}")
            require(each.state is _S.REFUNDING or refund.arrived_at is not None, "refunded, and nothing arrived")

    def check_since(self, before: "ComplaintWorld") -> None:
        """What is over stays over, what was asked stays asked, and what went back stays back."""
        require(self.order.refunded >= before.order.refunded, "less went back")
        for id, was in before.complaints.items():
            now = self.complaints[id]
            require(was.state not in OVER or now == was, "what was over moved")
            require((now.reason, now.words, now.asked_at) == (was.reason, was.words, was.asked_at), "it was rewritten")
            is_paid_now = now.refund_id is not None and was.refund_id is None
            require(now.amount == was.amount or is_paid_now, "another sum is asked for")

    def check_again(self) -> None:
        """Hear again what was heard: nothing changes."""
        world = self.copy()
        for id, is_arrived in self.heard:
            if is_arrived == (self.refunds[id].arrived_at is not None):
                world._hear(id)
        require(world.key() == self.key(), "what came again changed something")

    def check_end(self) -> None:
        """Everything is over, and nobody waits for money."""
        for each in self.complaints.values():
            require(each.state in OVER, f"{each.state} for ever")
        require(self.balance("transit") == 0, "money is on its way for ever")


def complaints() -> dict[str, ComplaintWorld]:
    """Make an order that nobody complained of, and what complaints about it come to. The later ones save depth."""
    first = ComplaintWorld()
    small, large, words = (first.after(("ask", PAYER, amount)) for amount in (ASKED[1], ASKED[2], ASKED[0]))
    (id,) = small.complaints

    def reviewed(world: ComplaintWorld) -> ComplaintWorld:
        return world.after(("refuse", id, SHOP)).after(("take_further", id, PAYER))

    proposed = reviewed(large).after(("decide", id, STAFF[0], TOTAL))
    agreed = small.after(("agree", id, SHOP))
    (refund_id,) = agreed.refunds
    refunded = agreed.after(("arrive", refund_id)).after(("hear", refund_id))
    answered = small.after(("say", id, MERCHANT, SHOP))
    withdrawn = small.after(("withdraw", id, PAYER))
    twice = withdrawn.after(("ask", PAYER, 0))
    again = next(one for one in twice.complaints if one != id)
    return {
        "a paid order": first,
        "asked": small,
        "an answer asked for": words,
        "answered": answered,
        "completed": answered.after(("complete", id, SHOP)),
        "silent": small.after(("wait",)),
        "with the staff": reviewed(small),
        "with the staff, of much": reviewed(large),
        "proposed": proposed,
        "proposed, and given back in part": proposed.after(("refund", REFUNDED[0])),
        "nothing proposed": reviewed(large).after(("decide", id, STAFF[0], 0)),
        "agreed": agreed,
        "refunded": refunded,
        "withdrawn": withdrawn,
        "expired": answered.after(("wait",)).after(("turn", id)),
        "dismissed": reviewed(small).after(("decide", id, STAFF[0], 0)),
        "asked for the last time": twice.after(("withdraw", again, PAYER)).after(("ask", PAYER, ASKED[1])),
    }

"""An order and its invoice, in memory: asked for, made out, taken back, while the order is paid, closed, or refunded.

What is decided is decided by the rules of invoices. What papers come to is added up here by itself, and news of the
order's money is heard late, or twice.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from bench.drills.explorer import Event, require
from bench.drills.machines import Machine, MachineWorld, Things
from weiji.events import Actor
from weiji.kit.ids import derive, new_id
from weiji.orders import State
from weiji.orders.invoices.model import (
    CorrectInvoice,
    Invoice,
    InvoiceState,
    IssueInvoice,
    NoteRefund,
    Paper,
    PaperKind,
    PaperStatus,
    RefuseInvoice,
    RefuseStatus,
    RequestInvoice,
    RequestStatus,
    Title,
    TitleKind,
    WithdrawInvoice,
    WithdrawStatus,
)
from weiji.orders.invoices.rules import Invoices, Ordered

SHOP: Final = new_id()
ORDER: Final = new_id(SHOP)
BUYER: Final = Actor("buyer", new_id())
STRANGER: Final = Actor("buyer", new_id())
MERCHANT: Final = Actor("merchant", new_id())
PAID: Final = 6_007
BACK: Final = 703
"""What goes back at once: less than was paid."""

TITLES: Final = (
    Title(kind=TitleKind.PERSON, name="李雷"),
    Title(kind=TitleKind.COMPANY, name="杭州某某茶业有限公司", tax_number="91330100MA27XYQC1U"),
)
WITHIN: Final = timedelta(days=180)
PAPERS_MAX: Final = 4
"""How many papers there are here before nothing but the clock adds any."""

SECOND: Final = timedelta(seconds=1)
_I = InvoiceState

MACHINES: Final = {
    "invoice": Machine(
        moves={
            _I.REQUESTED: {_I.ISSUED, _I.REFUSED, _I.WITHDRAWN},
            _I.ISSUED: {_I.TO_CORRECT},
            _I.TO_CORRECT: {_I.CORRECTED, _I.REQUESTED},
            _I.CORRECTED: (),
            _I.REFUSED: {_I.REQUESTED},
            _I.WITHDRAWN: {_I.REQUESTED},
        },
        verbs={
            "ask": {_I.REQUESTED},
            "withdraw": {_I.WITHDRAWN},
            "refuse": {_I.REFUSED},
            "issue": {_I.ISSUED},
            "correct": {_I.CORRECTED, _I.REQUESTED},
            "hear": {_I.WITHDRAWN, _I.TO_CORRECT},
            "pay": {_I.REQUESTED},
        },
        begins={_I.REQUESTED},
        # Nothing is made out for what is not paid, and what was paid is paid no more.
        unseen={("pay", state) for state in (_I.ISSUED, _I.TO_CORRECT, _I.CORRECTED)},
    )
}
"""As the page of orders has it: the program has no table of these."""


class InvoiceWorld(MachineWorld):
    """An order that is not paid yet, of a shop that makes out invoices."""

    def __init__(self) -> None:
        super().__init__(MACHINES)
        assert BUYER.person_id is not None
        order = Ordered(
            id=ORDER, shop_id=SHOP, buyer_id=BUYER.person_id, state=State.CREATED, kept=PAID, settled_at=None
        )
        self.orders: dict[UUID, Ordered] = {ORDER: order}
        self.invoices: dict[UUID, Invoice] = {}
        self.papers: dict[UUID, Paper] = {}
        self.is_offered = True
        self.is_told = False
        """Whether there is news of the order that nobody heard."""
        self.has_lapsed = False
        """Whether it was withdrawn because nobody paid, and not by its buyer."""
        self.title: Title | None = None
        """For whom it was asked for last."""

    @property
    def order(self) -> Ordered:
        """Give the order."""
        return self.orders[ORDER]

    @property
    def invoice(self) -> Invoice | None:
        """Give its invoice, if one was asked for."""
        return self.invoices.get(ORDER)

    @property
    def in_force(self) -> int:
        """Add up what papers say that was paid."""
        return sum(paper.amount if paper.kind is PaperKind.BLUE else -paper.amount for paper in self.papers.values())

    @property
    def is_late(self) -> bool:
        """Whether nobody may ask for it any more."""
        return self.order.settled_at is not None and self.order.settled_at + WITHIN < self.now

    def things(self) -> Things:
        """Say where the invoice stands."""
        return {("invoice", id): invoice.state for id, invoice in self.invoices.items()}

    def told_apart(self) -> Any:
        """Say what else tells two worlds apart."""
        invoice = self.invoice
        return (
            self.order.state, self.order.kept, self.order.settled_at is None, self.is_late, self.is_offered,
            self.is_told, self.has_lapsed, self.title,
            invoice and (invoice.title, invoice.amount, invoice.reason, invoice.is_lapsed),
            tuple((paper.kind, paper.amount) for paper in self.papers.values()),
        )  # fmt: skip

    def events(self) -> Iterator[Event]:
        """List what may happen next."""
        yield from (("ask", BUYER, title) for title in TITLES)
        yield ("ask", STRANGER, TITLES[0])
        yield from (("withdraw", BUYER), ("withdraw", STRANGER), ("refuse", SHOP), ("refuse", ORDER))
        if len(self.papers) < PAPERS_MAX:
            yield from ((verb, SHOP, True) for verb in ("issue", "correct"))
            yield ("issue", ORDER, True)
        if self.papers:
            yield from ((verb, SHOP, False) for verb in ("issue", "correct"))
        yield ("hear",)
        yield ("offer", not self.is_offered)
        if self.order.state is State.CREATED:
            yield ("close",)
        if self.order.state in (State.CREATED, State.CLOSED):
            yield ("pay",)
        if self.order.state is State.PAID:
            yield ("settle",)
        if self.order.state in (State.PAID, State.COMPLETED) and self.order.kept:
            yield from (("give_back", amount) for amount in {min(BACK, self.order.kept), self.order.kept})
        if self.order.settled_at is not None and not self.is_late:
            yield ("wait",)

    def next(self) -> Event | None:
        """Close what is not paid, hear the news, and let the shop do what it is to do."""
        if self.order.state is State.CREATED:
            return ("close",)
        if self.is_told:
            return ("hear",)
        if self.invoice is None:
            return None
        verb = {_I.REQUESTED: "issue", _I.TO_CORRECT: "correct"}.get(self.invoice.state)
        return (verb, SHOP, True) if verb else None

    def after(self, event: Event) -> "InvoiceWorld":
        """Let something happen, a second later."""
        world = super().after(event)
        world.now += SECOND
        return world

    # --- what happens to the order ---

    def _become(self, **facts: Any) -> None:
        self.orders[ORDER] = replace(self.order, **facts)

    def _pay(self) -> None:
        """Pay it; late, with what its reopening does to the invoice."""
        is_late = self.order.state is State.CLOSED
        self._become(state=State.PAID)
        if not is_late:
            return
        was, state = self.invoice, self._state()
        state.note_refund(NoteRefund(order_id=ORDER))
        self._take(state)
        if self.has_lapsed:
            require(self.invoice is not None and self.invoice.state is _I.REQUESTED, "what was asked for is lost")
        else:
            require(self.invoice == was, "what nobody wants is asked for")
        self.has_lapsed = False

    def _close(self) -> None:
        self._become(state=State.CLOSED)
        self.is_told = True

    def _settle(self) -> None:
        self._become(state=State.COMPLETED, settled_at=self.now)

    def _give_back(self, amount: int) -> None:
        kept = self.order.kept - amount
        is_over = self.order.state is State.PAID and not kept
        self._become(kept=kept, state=State.REFUNDED if is_over else self.order.state)
        self.is_told = True

    def _wait(self) -> None:
        self.now += WITHIN

    def _offer(self, is_offered: bool) -> None:
        self.is_offered = is_offered

    # --- what happens to the invoice ---

    def _state(self) -> Invoices:
        return Invoices(
            orders=self.orders,
            invoices=self.invoices,
            offering=frozenset({SHOP} if self.is_offered else ()),
            papers={id: (ORDER, paper.number) for id, paper in self.papers.items()},
            numbers={(SHOP, paper.number): id for id, paper in self.papers.items()},
            now=self.now,
        )

    def _take(self, state: Invoices) -> None:
        self.invoices = state.invoices
        self.papers |= {new.paper.id: new.paper for new in state.new}

    def _ask(self, person: Actor, title: Title) -> None:
        was, order, state = self.invoice, self.order, self._state()
        status = state.request(RequestInvoice(order_id=ORDER, title=title, actor=person))
        is_same = was is not None and was.state is _I.REQUESTED and was.title == title
        is_free = was is None or was.state not in (_I.ISSUED, _I.TO_CORRECT)
        has_money = order.state is State.CREATED or (order.state in (State.PAID, State.COMPLETED) and order.kept > 0)
        right = person is BUYER and not is_same and is_free and has_money and self.is_offered and not self.is_late
        require((status is RequestStatus.REQUESTED) == right, f"asked for: {status}")
        if right:
            self.title, self.has_lapsed = title, False
            waits = was is not None and was.state is _I.REQUESTED
            at = was.requested_at if was and waits else self.now
            require(state.invoices[ORDER].requested_at == at, "it lost its place")
        self._take(state)

    def _withdraw(self, person: Actor) -> None:
        was, state = self.invoice, self._state()
        status = state.withdraw(WithdrawInvoice(order_id=ORDER, actor=person))
        right = person is BUYER and was is not None and was.state is _I.REQUESTED
        require((status is WithdrawStatus.WITHDRAWN) == right, f"withdrawn: {status}")
        self._take(state)

    def _refuse(self, shop_id: UUID) -> None:
        was, state = self.invoice, self._state()
        status = state.refuse(RefuseInvoice(order_id=ORDER, shop_id=shop_id, reason="税务系统停机", actor=MERCHANT))
        right = shop_id == SHOP and was is not None and was.state is _I.REQUESTED
        require((status is RefuseStatus.REFUSED) == right, f"refused: {status}")
        self._take(state)

    def _named(self, is_new: bool) -> tuple[UUID, str]:
        """Give the id and the number of a paper that is entered: another one than the last, or that one again."""
        number = len(self.papers) + is_new
        return derive(SHOP, "paper", number), f"{number:08}"

    def _issue(self, shop_id: UUID, is_new: bool) -> None:
        was, order, state = self.invoice, self.order, self._state()
        id, number = self._named(is_new)
        command = IssueInvoice(
            id=id,
            order_id=ORDER,
            shop_id=shop_id,
            number=number,
            issued_on=self.now.date(),
            content=b"%PDF-1.7",
            actor=MERCHANT,
        )
        status = state.issue(command)
        has_money = order.state in (State.PAID, State.COMPLETED) and order.kept > 0
        right = is_new and shop_id == SHOP and was is not None and was.state is _I.REQUESTED and has_money
        require((status is PaperStatus.ISSUED) == right, f"made out: {status}")
        self._take(state)

    def _correct(self, shop_id: UUID, is_new: bool) -> None:
        was, state = self.invoice, self._state()
        id, number = self._named(is_new)
        command = CorrectInvoice(
            id=id, order_id=ORDER, shop_id=shop_id, number=number, issued_on=self.now.date(), actor=MERCHANT
        )
        status = state.correct(command)
        right = is_new and was is not None and was.state is _I.TO_CORRECT
        require((status is PaperStatus.CORRECTED) == right, f"taken back: {status}")
        self._take(state)

    def _hear(self) -> None:
        was, state = self.invoice, self._state()
        state.note_refund(NoteRefund(order_id=ORDER))
        self._take(state)
        if self.order.state is State.CLOSED and was is not None and was.state is _I.REQUESTED:
            self.has_lapsed = True
        self.is_told = False

    # --- what is always true ---

    def check(self) -> None:
        """Papers say what was kept of the money, or it is to be mended; and nothing else than what the buyer asked."""
        invoice = self.invoice
        if invoice is None:
            require(not self.papers, "nobody asked for it")
            return
        is_out = invoice.state in (_I.ISSUED, _I.TO_CORRECT)
        require((self.in_force > 0) == is_out, f"{self.in_force} is in force, and it is {invoice.state}")
        require(invoice.amount == self.in_force, f"it says {invoice.amount}, its papers {self.in_force}")
        require(0 <= self.in_force <= PAID, f"{self.in_force} is invoiced of {PAID}")
        require(invoice.title == self.title, "it is for somebody else")
        require((invoice.reason != "") == (invoice.state is _I.REFUSED), "refused, and why")
        numbers = {paper.number for paper in self.papers.values()}
        require(len(numbers) == len(self.papers), "two papers have one number")
        kept = self.order.kept if self.order.state in (State.PAID, State.COMPLETED) else 0
        if not self.is_told and invoice.state is _I.ISSUED:
            require(self.in_force == kept, f"{self.in_force} is invoiced of {kept}, and nobody is to mend it")
        if not self.is_told and invoice.state is _I.REQUESTED:
            require(kept > 0 or self.order.state is State.CREATED, "the shop is to invoice what nobody paid")

    def check_since(self, before: "InvoiceWorld") -> None:
        """What was entered stays as it was entered."""
        for id, paper in before.papers.items():
            require(self.papers.get(id) == paper, "a paper was changed")

    def check_again(self) -> None:
        """Hear again what was heard: nothing changes."""
        if not self.is_told:
            require(self.after(("hear",)).key() == self.key(), "what was heard again changed something")

    def check_end(self) -> None:
        """Nobody waits for anybody."""
        is_open = self.invoice is not None and self.invoice.state in (_I.REQUESTED, _I.TO_CORRECT)
        require(not is_open and not self.is_told, "something is to be done for ever")

    def end(self) -> str:
        """Name how it ended."""
        return super().end() if self.invoices else "nothing invoiced"


def invoices() -> dict[str, InvoiceWorld]:
    """Make an order; and such as save depth."""
    placed = InvoiceWorld()
    asked = placed.after(("ask", BUYER, TITLES[0]))
    issued = asked.after(("pay",)).after(("issue", SHOP, True))
    return {
        "an order": placed,
        "an invoice is asked for": asked,
        "an invoice is made out": issued,
        "an invoice is to be taken back": issued.after(("give_back", BACK)).after(("hear",)),
    }

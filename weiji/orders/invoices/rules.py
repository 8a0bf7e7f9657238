"""What is decided about invoices: pure functions over what was read."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import shard_of
from weiji.kit.text import is_line, is_text
from weiji.onboarding import is_credit_code, tidy_number
from weiji.orders.invoices.files import sniff
from weiji.orders.invoices.model import (
    DATED_BACK_MAX,
    EMAIL_MAX,
    FILE_BYTES_MAX,
    REASON_MAX,
    REQUEST_WITHIN,
    TITLE_MAX,
    TITLES_MAX,
    CorrectInvoice,
    Invoice,
    InvoiceState,
    IssueInvoice,
    KeptTitle,
    NoteRefund,
    Paper,
    PaperKind,
    PaperStatus,
    PutTitle,
    PutTitleStatus,
    RefuseInvoice,
    RefuseStatus,
    RemoveTitle,
    RemoveTitleStatus,
    RequestInvoice,
    RequestStatus,
    Title,
    TitleKind,
    WithdrawInvoice,
    WithdrawStatus,
)
from weiji.orders.machine import State

NUMBER: Final = re.compile(r"[0-9]{8}|[0-9]{20}")
"""Of a paper invoice or an electronic one of before 2021, and of a fully digital one."""

EMAIL: Final = re.compile(r"[^\s@<>\"(),:;\[\]\\]+@[^\s@<>\"(),:;\[\]\\]+\.[^\s@<>\"(),:;\[\]\\.]+")
"""Whether mail gets there only sending it tells."""

TOMORROW: Final = timedelta(days=1)


class Ordered(Struct, frozen=True, kw_only=True):
    """What invoices have to know of an order. `kept` is what was paid and did not go back (fen)."""

    id: UUID
    shop_id: UUID
    buyer_id: UUID
    state: State
    kept: int
    settled_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether nothing can be invoiced, now or later."""
        return self.state in (State.CLOSED, State.REFUNDED) or (self.state is not State.CREATED and self.kept <= 0)

    @property
    def is_paid(self) -> bool:
        """Whether there is something to be invoiced now."""
        return self.state is not State.CREATED and not self.is_over


def read_title(title: Title) -> Title | PutTitleStatus:
    """Tidy what was entered, or say what is wrong with it."""
    name = " ".join(title.name.split())
    if not is_line(name, TITLE_MAX):
        return PutTitleStatus.NAME_MALFORMED
    tax_number = tidy_number(title.tax_number)
    if (title.kind is TitleKind.COMPANY) != is_credit_code(tax_number):
        return PutTitleStatus.TAX_NUMBER_INVALID
    email = title.email.strip()
    if email and not (len(email) <= EMAIL_MAX and is_line(email, EMAIL_MAX) and EMAIL.fullmatch(email)):
        return PutTitleStatus.EMAIL_MALFORMED
    return replace(title, name=name, tax_number=tax_number if title.kind is TitleKind.COMPANY else "", email=email)


class Books:
    """The titles of people, by person; changed as commands are answered."""

    def __init__(self, books: Mapping[UUID, tuple[KeptTitle, ...]]) -> None:
        self.books = dict(books)

    def put(self, command: PutTitle) -> PutTitleStatus:
        """Answer as if it came alone."""
        read = read_title(command.title)
        if isinstance(read, PutTitleStatus):
            return read
        assert isinstance(read, KeptTitle)
        book = self.books[command.person_id]
        if read in book:
            return PutTitleStatus.EXISTS
        others = tuple(title for title in book if title.id != read.id)
        if len(others) >= TITLES_MAX:
            return PutTitleStatus.TOO_MANY_TITLES
        self.books[command.person_id] = (read, *others)
        return PutTitleStatus.PUT

    def remove(self, command: RemoveTitle) -> RemoveTitleStatus:
        """Answer as if it came alone."""
        book = self.books[command.person_id]
        left = tuple(title for title in book if title.id != command.id)
        self.books[command.person_id] = left
        return RemoveTitleStatus.EXISTS if len(left) == len(book) else RemoveTitleStatus.REMOVED


class NewPaper(Struct, frozen=True):
    """A paper that is to be written, with its file."""

    paper: Paper
    order_id: UUID
    shop_id: UUID
    content: bytes


class Invoices:
    """What a batch is judged against: orders, their invoices, which shops make them out, and papers that are there.

    Changed as commands are answered; `new` are the papers that came of them.
    """

    def __init__(
        self,
        *,
        orders: Mapping[UUID, Ordered],
        invoices: Mapping[UUID, Invoice],
        offering: frozenset[UUID],
        papers: Mapping[UUID, tuple[UUID, str]],
        numbers: Mapping[tuple[UUID, str], UUID],
        now: datetime,
    ) -> None:
        self.orders = orders
        self.invoices = dict(invoices)
        self.offering = offering
        self.papers = dict(papers)
        """The order and the number of papers that were named by their ids."""
        self.numbers = dict(numbers)
        """Which paper has a number, by shop and number."""
        self.now = now
        self.new: list[NewPaper] = []

    def _move(self, invoice: Invoice, state: InvoiceState, **facts: object) -> None:
        moved = replace(invoice, state=state, changed_at=self.now, **{"is_lapsed": False, **facts})
        self.invoices[invoice.order_id] = moved

    def request(self, command: RequestInvoice) -> RequestStatus:
        """Answer as if it came alone."""
        order = self.orders.get(command.order_id)
        if order is None or order.buyer_id != command.actor.person_id:
            return RequestStatus.ORDER_NOT_FOUND
        title = read_title(command.title)
        if isinstance(title, PutTitleStatus):
            return RequestStatus(title.value)
        title = Title(kind=title.kind, name=title.name, tax_number=title.tax_number, email=title.email)
        found = self.invoices.get(order.id)
        if found and found.state is InvoiceState.REQUESTED and found.title == title:
            return RequestStatus.EXISTS
        if found and found.state in (InvoiceState.ISSUED, InvoiceState.TO_CORRECT):
            return RequestStatus.ALREADY_ISSUED
        if order.is_over:
            return RequestStatus.NOTHING_PAID
        if order.shop_id not in self.offering:
            return RequestStatus.NOT_OFFERED
        if order.settled_at and order.settled_at + REQUEST_WITHIN < self.now:
            return RequestStatus.TOO_LATE
        # With another title it keeps its place among those that wait.
        at = found.requested_at if found and found.state is InvoiceState.REQUESTED else self.now
        self.invoices[order.id] = Invoice(
            order_id=order.id,
            shop_id=order.shop_id,
            buyer_id=order.buyer_id,
            state=InvoiceState.REQUESTED,
            title=title,
            requested_at=at,
            changed_at=self.now,
        )
        return RequestStatus.REQUESTED

    def withdraw(self, command: WithdrawInvoice) -> WithdrawStatus:
        """Answer as if it came alone."""
        found = self.invoices.get(command.order_id)
        if found is None or found.buyer_id != command.actor.person_id:
            return WithdrawStatus.ORDER_NOT_FOUND
        if found.state is InvoiceState.WITHDRAWN:
            return WithdrawStatus.EXISTS
        if found.state is not InvoiceState.REQUESTED:
            return WithdrawStatus.NOT_REQUESTED
        self._move(found, InvoiceState.WITHDRAWN)
        return WithdrawStatus.WITHDRAWN

    def refuse(self, command: RefuseInvoice) -> RefuseStatus:
        """Answer as if it came alone."""
        found = self.invoices.get(command.order_id)
        if found is None or found.shop_id != command.shop_id:
            return RefuseStatus.ORDER_NOT_FOUND
        reason = command.reason.strip()
        if found.state is InvoiceState.REFUSED and found.reason == reason:
            return RefuseStatus.EXISTS
        if found.state is not InvoiceState.REQUESTED:
            return RefuseStatus.NOT_REQUESTED
        if not reason or not is_text(reason, REASON_MAX):
            return RefuseStatus.REASON_MALFORMED
        self._move(found, InvoiceState.REFUSED, reason=reason)
        return RefuseStatus.REFUSED

    def issue(self, command: IssueInvoice) -> PaperStatus:
        """Answer as if it came alone."""
        found = self._known(command)
        if isinstance(found, PaperStatus):
            return found
        if found.state is not InvoiceState.REQUESTED:
            return PaperStatus.NOT_REQUESTED
        order = self.orders[found.order_id]
        if not order.is_paid:
            return PaperStatus.NOTHING_PAID
        fault = self._fault(command)
        if fault:
            return fault
        self._move(found, InvoiceState.ISSUED, amount=order.kept, reason="")
        self._enter(command, PaperKind.BLUE, order.kept)
        return PaperStatus.ISSUED

    def correct(self, command: CorrectInvoice) -> PaperStatus:
        """Answer as if it came alone. Where money was kept, another invoice is to be made out for that."""
        found = self._known(command)
        if isinstance(found, PaperStatus):
            return found
        if found.state is not InvoiceState.TO_CORRECT:
            return PaperStatus.NOT_TO_CORRECT
        fault = self._fault(command)
        if fault:
            return fault
        is_asked_again = self.orders[found.order_id].is_paid
        self._move(found, InvoiceState.REQUESTED if is_asked_again else InvoiceState.CORRECTED, amount=0)
        self._enter(command, PaperKind.RED, found.amount)
        return PaperStatus.CORRECTED

    def note_refund(self, command: NoteRefund) -> InvoiceState | None:
        """Move an invoice to where it stands once money went back, never came, or came late; None where it stays."""
        found = self.invoices.get(command.order_id)
        order = self.orders.get(command.order_id)
        if found is None or order is None:
            return None
        if found.state is InvoiceState.REQUESTED and order.is_over:
            self._move(found, InvoiceState.WITHDRAWN, is_lapsed=order.state is State.CLOSED)
            return InvoiceState.WITHDRAWN
        if found.state is InvoiceState.WITHDRAWN and found.is_lapsed and order.is_paid:
            self._move(found, InvoiceState.REQUESTED)
            return InvoiceState.REQUESTED
        if found.state is InvoiceState.ISSUED and found.amount != max(order.kept, 0):
            self._move(found, InvoiceState.TO_CORRECT)
            return InvoiceState.TO_CORRECT
        return None

    def _known(self, command: IssueInvoice | CorrectInvoice) -> Invoice | PaperStatus:
        known = self.papers.get(command.id)
        if known:
            return PaperStatus.EXISTS if known == (command.order_id, command.number) else PaperStatus.ID_TAKEN
        if shard_of(command.id) != shard_of(command.shop_id):
            return PaperStatus.ID_IN_ANOTHER_SHARD
        found = self.invoices.get(command.order_id)
        if found is None or found.shop_id != command.shop_id or command.order_id not in self.orders:
            return PaperStatus.ORDER_NOT_FOUND
        return found

    def _fault(self, command: IssueInvoice | CorrectInvoice) -> PaperStatus | None:
        if not NUMBER.fullmatch(command.number):
            return PaperStatus.NUMBER_MALFORMED
        today = self.now.astimezone(SHANGHAI).date()
        if not today - DATED_BACK_MAX <= command.issued_on < today + TOMORROW:
            return PaperStatus.DATE_OUT_OF_RANGE
        if len(command.content) > FILE_BYTES_MAX:
            return PaperStatus.FILE_TOO_LARGE
        is_needed = isinstance(command, IssueInvoice)
        if (is_needed or command.content) and sniff(command.content) is None:
            return PaperStatus.FILE_NOT_TAKEN
        if (command.shop_id, command.number) in self.numbers:
            return PaperStatus.NUMBER_TAKEN
        return None

    def _enter(self, command: IssueInvoice | CorrectInvoice, kind: PaperKind, amount: int) -> None:
        paper = Paper(
            id=command.id,
            kind=kind,
            number=command.number,
            issued_on=command.issued_on,
            amount=amount,
            added_at=self.now,
            media_type=sniff(command.content),
            size=len(command.content),
        )
        self.new.append(NewPaper(paper, command.order_id, command.shop_id, command.content))
        self.papers[command.id] = (command.order_id, command.number)
        self.numbers[command.shop_id, command.number] = command.id

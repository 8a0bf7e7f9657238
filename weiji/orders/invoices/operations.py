"""The verbs of invoices. Each takes an open transaction and a batch, and answers every command.

Locks: orders (shared, so that no money goes back meanwhile), then invoices, each in id order; then heads of streams.
Of titles: the books, in the order of their people.
"""

from collections.abc import Sequence

from weiji.events import BY_SYSTEM, Event, Occurrence, publish
from weiji.events.invoices import (
    InvoiceCorrected,
    InvoiceIssued,
    InvoiceOffered,
    InvoiceRefused,
    InvoiceRequested,
    InvoiceToBeCorrected,
    InvoiceWithdrawn,
)
from weiji.kit.db import Transaction
from weiji.orders.invoices import store
from weiji.orders.invoices.model import (
    CorrectInvoice,
    InvoiceState,
    IssueInvoice,
    NoteRefund,
    OfferInvoices,
    OfferStatus,
    PaperStatus,
    PutTitle,
    PutTitleStatus,
    RefuseInvoice,
    RefuseStatus,
    RemoveTitle,
    RemoveTitleStatus,
    RequestInvoice,
    RequestStatus,
    WithdrawInvoice,
    WithdrawStatus,
)
from weiji.orders.invoices.rules import Books
from weiji.orders.machine import State
from weiji.shops import get_shops


async def put_titles(tx: Transaction, commands: Sequence[PutTitle]) -> list[PutTitleStatus]:
    """Write titles into the books of people. Results are in the order of *commands*. Publishes nothing."""
    before = await store.lock_books(tx, [command.person_id for command in commands])
    books = Books(before)
    statuses = [books.put(command) for command in commands]
    await store.write_books(tx, before, books.books)
    return statuses


async def remove_titles(tx: Transaction, commands: Sequence[RemoveTitle]) -> list[RemoveTitleStatus]:
    """Take titles out of the books of people. Results are in the order of *commands*. Publishes nothing."""
    before = await store.lock_books(tx, [command.person_id for command in commands])
    books = Books(before)
    statuses = [books.remove(command) for command in commands]
    await store.write_books(tx, before, books.books)
    return statuses


async def offer_invoices(tx: Transaction, commands: Sequence[OfferInvoices]) -> list[OfferStatus]:
    """Say whether shops make out invoices. Results are in the order of *commands*. Publishes InvoiceOffered."""
    ids = list(dict.fromkeys(command.shop_id for command in commands))
    shops = {shop.id for shop in await get_shops(tx, ids) if shop}
    latest = {command.shop_id: command for command in commands if command.shop_id in shops}
    # Shops that are told of twice in a batch are told of one after another.
    if len(latest) < sum(command.shop_id in shops for command in commands):
        return [status for command in commands for status in await offer_invoices(tx, [command])]
    changed = await store.put_offers(tx, list(latest.values())) if latest else set()
    statuses, told = [], []
    for command in commands:
        if command.shop_id not in shops:
            statuses.append(OfferStatus.SHOP_NOT_FOUND)
        elif command.shop_id in changed:
            statuses.append(OfferStatus.PUT)
            event = InvoiceOffered(is_offered=command.is_offered)
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
        else:
            statuses.append(OfferStatus.EXISTS)
    await publish(tx, told)
    return statuses


async def request_invoices(tx: Transaction, commands: Sequence[RequestInvoice]) -> list[RequestStatus]:
    """Ask for the invoices of orders. Results are in the order of *commands*. Publishes InvoiceRequested."""
    state = await store.lock_invoices(tx, [command.order_id for command in commands])
    before = dict(state.invoices)
    statuses, told = [], []
    for command in commands:
        status = state.request(command)
        statuses.append(status)
        if status is RequestStatus.REQUESTED:
            invoice = state.invoices[command.order_id]
            event = InvoiceRequested(kind=invoice.title.kind)
            told.append(Occurrence(event, invoice.shop_id, invoice.order_id, command.actor))
    await store.write_invoices(tx, before, state)
    await publish(tx, told)
    return statuses


async def withdraw_invoices(tx: Transaction, commands: Sequence[WithdrawInvoice]) -> list[WithdrawStatus]:
    """Ask for invoices no longer. Results are in the order of *commands*. Publishes InvoiceWithdrawn."""
    state = await store.lock_invoices(tx, [command.order_id for command in commands])
    before = dict(state.invoices)
    statuses, told = [], []
    for command in commands:
        status = state.withdraw(command)
        statuses.append(status)
        if status is WithdrawStatus.WITHDRAWN:
            shop_id = state.invoices[command.order_id].shop_id
            told.append(Occurrence(InvoiceWithdrawn(), shop_id, command.order_id, command.actor))
    await store.write_invoices(tx, before, state)
    await publish(tx, told)
    return statuses


async def refuse_invoices(tx: Transaction, commands: Sequence[RefuseInvoice]) -> list[RefuseStatus]:
    """Make out no invoices for orders. Results are in the order of *commands*. Publishes InvoiceRefused."""
    state = await store.lock_invoices(tx, [command.order_id for command in commands])
    before = dict(state.invoices)
    statuses, told = [], []
    for command in commands:
        status = state.refuse(command)
        statuses.append(status)
        if status is RefuseStatus.REFUSED:
            event = InvoiceRefused(reason=state.invoices[command.order_id].reason)
            told.append(Occurrence(event, command.shop_id, command.order_id, command.actor))
    await store.write_invoices(tx, before, state)
    await publish(tx, told)
    return statuses


async def issue_invoices(tx: Transaction, commands: Sequence[IssueInvoice]) -> list[PaperStatus]:
    """Enter invoices that were made out. Results are in the order of *commands*. Publishes InvoiceIssued."""
    state = await store.lock_invoices(
        tx, [command.order_id for command in commands], [(c.id, c.shop_id, c.number) for c in commands]
    )
    before = dict(state.invoices)
    statuses, told = [], []
    for command in commands:
        status = state.issue(command)
        statuses.append(status)
        if status is PaperStatus.ISSUED:
            amount = state.invoices[command.order_id].amount
            event = InvoiceIssued(number=command.number, issued_on=command.issued_on, amount=amount)
            told.append(Occurrence(event, command.shop_id, command.order_id, command.actor))
    await store.write_invoices(tx, before, state)
    await publish(tx, told)
    return statuses


async def correct_invoices(tx: Transaction, commands: Sequence[CorrectInvoice]) -> list[PaperStatus]:
    """Enter what takes invoices back. Results are in the order of *commands*. Publishes InvoiceCorrected."""
    state = await store.lock_invoices(
        tx, [command.order_id for command in commands], [(c.id, c.shop_id, c.number) for c in commands]
    )
    before = dict(state.invoices)
    statuses, told = [], []
    for command in commands:
        status = state.correct(command)
        statuses.append(status)
        if status is PaperStatus.CORRECTED:
            event = InvoiceCorrected(
                number=command.number,
                issued_on=command.issued_on,
                amount=state.new[-1].paper.amount,
                is_asked_again=state.invoices[command.order_id].state is InvoiceState.REQUESTED,
            )
            told.append(Occurrence(event, command.shop_id, command.order_id, command.actor))
    await store.write_invoices(tx, before, state)
    await publish(tx, told)
    return statuses


async def note_refunds(tx: Transaction, commands: Sequence[NoteRefund]) -> list[InvoiceState | None]:
    """Note that money of orders went back, never came, or came late.

    Each answer is where the invoice stands now, None where nothing changed.

    Publishes InvoiceToBeCorrected, InvoiceWithdrawn and InvoiceRequested.
    """
    state = await store.lock_invoices(tx, [command.order_id for command in commands])
    before = dict(state.invoices)
    moved, told = [], []
    for command in commands:
        now = state.note_refund(command)
        moved.append(now)
        if now is not None:
            invoice = state.invoices[command.order_id]
            event: Event = InvoiceWithdrawn(is_refunded=state.orders[command.order_id].state is not State.CLOSED)
            if now is InvoiceState.TO_CORRECT:
                event = InvoiceToBeCorrected(amount=invoice.amount)
            elif now is InvoiceState.REQUESTED:
                event = InvoiceRequested(kind=invoice.title.kind)
            told.append(Occurrence(event, invoice.shop_id, invoice.order_id, BY_SYSTEM))
    await store.write_invoices(tx, before, state)
    await publish(tx, told)
    return moved

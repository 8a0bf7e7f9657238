"""Proves that an invoice is made out once, for what was kept of the money, and taken back when the money goes back."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.orders.market import Market, open_market
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.orders import RefundOrder
from weiji.orders import operations as orders
from weiji.orders.invoices import operations, store
from weiji.orders.invoices.files import sniff
from weiji.orders.invoices.model import (
    CorrectInvoice,
    InvoiceState,
    IssueInvoice,
    KeptTitle,
    NoteRefund,
    OfferInvoices,
    OfferStatus,
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
from weiji.orders.invoices.rules import Invoices, Ordered, read_title
from weiji.orders.machine import State

COMPANY = Title(kind=TitleKind.COMPANY, name="杭州某某茶业有限公司", tax_number="91330100MA27XYQC1P")
PERSON = Title(kind=TitleKind.PERSON, name="李雷", email="lilei@example.com")
PDF = b"%PDF-1.7 an invoice"
PROMPT = timedelta(seconds=1)


def package(*names: str) -> bytes:
    """Make a zip file with members of these names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for name in names:
            zipped.writestr(name, "<x/>")
    return made.getvalue()


def credit_code() -> str:
    """Make a code whose check character is right."""
    from weiji.onboarding.checks import credit_code_check

    first = "91330100MA27XYQC1"
    check = credit_code_check(first)
    assert check
    return first + check


COMPANY = replace(COMPANY, tax_number=credit_code())


class Till(Market):
    """The market makes out invoices; the verbs of them in one word."""

    async def offer(self, is_offered: bool = True) -> OfferStatus:
        command = OfferInvoices(shop_id=self.shop_id, is_offered=is_offered, actor=Actor("merchant", self.seller_id))
        return await self.batchers.of(operations.offer_invoices, "shop_id").submit(command)

    async def ask(self, buyer: UUID, order_id: UUID, title: Title = PERSON) -> RequestStatus:
        command = RequestInvoice(order_id=order_id, title=title, actor=Actor("buyer", buyer))
        return await self.batchers.of(operations.request_invoices, "order_id").submit(command)

    def paper(self, order_id: UUID, number: str = "12345678", **facts: Any) -> IssueInvoice:
        given: dict[str, Any] = {
            "id": new_id(self.shop_id),
            "order_id": order_id,
            "shop_id": self.shop_id,
            "number": number,
            "issued_on": clock.now().astimezone(SHANGHAI).date(),
            "content": PDF,
            "actor": Actor("merchant", self.seller_id),
        }
        return IssueInvoice(**given | facts)

    async def issue(self, command: IssueInvoice) -> PaperStatus:
        (status,) = await self.database.retried(partial(operations.issue_invoices, commands=[command]))
        return status

    async def correct(self, order_id: UUID, number: str = "87654321") -> PaperStatus:
        paper = self.paper(order_id, number)
        command = CorrectInvoice(
            id=paper.id, order_id=order_id, shop_id=self.shop_id, number=number, issued_on=paper.issued_on,
            actor=paper.actor,
        )  # fmt: skip
        (status,) = await self.database.retried(partial(operations.correct_invoices, commands=[command]))
        return status

    async def refund(self, order_id: UUID) -> None:
        command = RefundOrder(order_id=order_id, shop_id=self.shop_id, actor=Actor("merchant", self.seller_id))
        await self.batchers.of(orders.refund_orders, "order_id").submit(command)
        await self.settle_events()

    async def state(self, order_id: UUID) -> InvoiceState | None:
        async with self.database.read() as reader:
            found = await store.get_invoice(reader, order_id)
        return found.invoice.state if found and found.invoice else None

    async def bought(self, buyer: UUID) -> UUID:
        order_id, _ = await self.place(buyer)
        await self.pay(buyer, order_id)
        return order_id


@pytest.fixture
async def till(database: Database, lanes: Lanes) -> AsyncIterator[Till]:
    KEYS.use(bytes(range(32)))
    async with open_market(database, lanes) as market:
        market.__class__ = Till
        assert isinstance(market, Till)
        assert await market.offer() is OfferStatus.PUT
        yield market


@pytest.fixture
async def buyer(till: Till) -> UUID:
    id = new_id()
    await till.fund([id], 1_000_000)
    return id


@pytest.mark.parametrize(
    ("title", "status"),
    [
        (replace(PERSON, name=" "), PutTitleStatus.NAME_MALFORMED),
        (replace(PERSON, name="名" * 101), PutTitleStatus.NAME_MALFORMED),
        (replace(COMPANY, tax_number=""), PutTitleStatus.TAX_NUMBER_INVALID),
        (replace(COMPANY, tax_number=COMPANY.tax_number[:-1] + "0"), PutTitleStatus.TAX_NUMBER_INVALID),
        (replace(PERSON, tax_number=COMPANY.tax_number), PutTitleStatus.TAX_NUMBER_INVALID),
        (replace(PERSON, email="nobody"), PutTitleStatus.EMAIL_MALFORMED),
        (replace(PERSON, email="a@b.c\nbcc: x@y.z"), PutTitleStatus.EMAIL_MALFORMED),
    ],
)
def test_a_title_that_is_wrong_is_told_of(title: Title, status: PutTitleStatus) -> None:
    assert read_title(title) is status


def test_a_tax_number_is_read_as_people_write_it() -> None:
    written = replace(COMPANY, tax_number=" " + COMPANY.tax_number.lower()[:8] + " " + COMPANY.tax_number[8:])
    assert read_title(written) == COMPANY


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (package("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
        (package("word/document.xml"), None),
        (b"PK\x03\x04 broken", None),
        (b"\xef\xbb\xbf<?xml version='1.0'?><EInvoice/>", "application/xml"),
        (b"<!DOCTYPE x [<!ENTITY a 'aa'>]><x>&a;</x>", None),
        (b"<html><script>", None),
        (b"MZ\x90", None),
        (b"", None),
    ],
)
def test_a_file_is_what_it_is_and_not_what_it_is_called(content: bytes, kind: str | None) -> None:
    assert sniff(content) == kind


async def test_titles_are_kept_changed_and_removed(till: Till) -> None:
    person = new_id()
    put = till.batchers.of(operations.put_titles, "person_id")

    def title(id: UUID, name: str) -> PutTitle:
        return PutTitle(person_id=person, title=KeptTitle(id=id, kind=TitleKind.PERSON, name=name))

    first = new_id(person)
    assert await put.submit(title(first, "李雷")) is PutTitleStatus.PUT
    assert await put.submit(title(first, " 李雷 ")) is PutTitleStatus.EXISTS
    assert await put.submit(title(first, "韩梅梅")) is PutTitleStatus.PUT
    # From two processes at once, so that both read before either writes: no more than 20 all the same.
    answers = await put.submit_all([title(new_id(person), f"第 {n}") for n in range(25)])
    assert (answers.count(PutTitleStatus.PUT), answers.count(PutTitleStatus.TOO_MANY_TITLES)) == (19, 6)
    remove = till.batchers.of(operations.remove_titles, "person_id")
    assert await remove.submit(RemoveTitle(person_id=person, id=first)) is RemoveTitleStatus.REMOVED
    assert await remove.submit(RemoveTitle(person_id=person, id=first)) is RemoveTitleStatus.EXISTS
    async with till.database.read() as reader:
        assert len(await store.get_titles(reader, person)) == 19


async def test_an_offer_is_told_once(till: Till) -> None:
    assert await till.offer() is OfferStatus.EXISTS
    nobody = OfferInvoices(shop_id=new_id(), is_offered=True, actor=Actor("merchant", till.seller_id))
    assert await till.batchers.of(operations.offer_invoices, "shop_id").submit(nobody) is OfferStatus.SHOP_NOT_FOUND
    assert await till.offer(False) is OfferStatus.PUT


async def test_an_invoice_is_asked_for_made_out_and_not_asked_for_again(till: Till, buyer: UUID) -> None:
    order_id, _ = await till.place(buyer)
    assert await till.ask(new_id(), order_id) is RequestStatus.ORDER_NOT_FOUND
    assert await till.ask(buyer, order_id, replace(PERSON, name="")) is RequestStatus.NAME_MALFORMED
    assert await till.ask(buyer, order_id) is RequestStatus.REQUESTED
    assert await till.ask(buyer, order_id) is RequestStatus.EXISTS
    assert await till.ask(buyer, order_id, COMPANY) is RequestStatus.REQUESTED
    assert await till.issue(till.paper(order_id)) is PaperStatus.NOTHING_PAID
    await till.pay(buyer, order_id)
    assert await till.issue(till.paper(order_id, number="1")) is PaperStatus.NUMBER_MALFORMED
    tomorrow = clock.now().astimezone(SHANGHAI).date() + timedelta(days=1)
    assert await till.issue(till.paper(order_id, issued_on=tomorrow)) is PaperStatus.DATE_OUT_OF_RANGE
    assert await till.issue(till.paper(order_id, issued_on=date(2001, 1, 1))) is PaperStatus.DATE_OUT_OF_RANGE
    assert await till.issue(till.paper(order_id, content=PDF + bytes(2**21))) is PaperStatus.FILE_TOO_LARGE
    assert await till.issue(till.paper(order_id, content=b"<html>")) is PaperStatus.FILE_NOT_TAKEN
    assert await till.issue(till.paper(order_id, shop_id=new_id(till.shop_id))) is PaperStatus.ORDER_NOT_FOUND
    elsewhere = UUID(int=new_id(till.shop_id).int ^ 1)
    assert await till.issue(till.paper(order_id, id=elsewhere)) is PaperStatus.ID_IN_ANOTHER_SHARD
    paper = till.paper(order_id)
    assert await till.issue(paper) is PaperStatus.ISSUED
    assert await till.issue(paper) is PaperStatus.EXISTS
    assert await till.issue(replace(paper, number="22222222")) is PaperStatus.ID_TAKEN
    assert await till.issue(till.paper(order_id)) is PaperStatus.NOT_REQUESTED
    assert await till.correct(order_id) is PaperStatus.NOT_TO_CORRECT
    assert await till.ask(buyer, order_id) is RequestStatus.ALREADY_ISSUED
    other = await till.bought(buyer)
    await till.ask(buyer, other)
    assert await till.issue(till.paper(other)) is PaperStatus.NUMBER_TAKEN
    async with till.database.read() as reader:
        found = await store.get_invoice(reader, order_id)
        file = await store.get_file(reader, paper.id)
        listed = await store.list_of_shop(reader, till.shop_id, list(InvoiceState), None, 10)
        mine = await store.list_of_buyer(reader, buyer, None, 10)
    assert found
    assert found.invoice
    assert (found.invoice.title, found.invoice.amount) == (COMPANY, till.prices[0])
    assert [(each.kind, each.number, each.size) for each in found.papers] == [(PaperKind.BLUE, "12345678", len(PDF))]
    assert file
    assert (file.content, file.buyer_id, file.media_type) == (PDF, buyer, "application/pdf")
    assert [each.order_id for each in listed] == [each.order_id for each in mine] == [other, order_id]


async def test_no_invoice_where_there_is_nothing_for_it_or_nobody_makes_it_out(till: Till, buyer: UUID) -> None:
    order_id, _ = await till.place(buyer)
    await till.close(Actor("buyer", buyer), order_id)
    assert await till.ask(buyer, order_id) is RequestStatus.NOTHING_PAID
    bought = await till.bought(buyer)
    await till.offer(False)
    assert await till.ask(buyer, bought) is RequestStatus.NOT_OFFERED


async def test_an_invoice_is_asked_for_until_half_a_year_after_the_trade(till: Till, buyer: UUID) -> None:
    order_id = await till.bought(buyer)
    await till.ship(order_id)
    await till.confirm(buyer, order_id)
    await till.turn(timedelta(days=8))
    assert (await till.order(order_id)).state is State.COMPLETED
    await till.turn(timedelta(days=170))
    assert await till.ask(buyer, order_id) is RequestStatus.REQUESTED
    withdraw = till.batchers.of(operations.withdraw_invoices, "order_id")
    await withdraw.submit(WithdrawInvoice(order_id=order_id, actor=Actor("buyer", buyer)))
    await till.turn(timedelta(days=12))
    assert await till.ask(buyer, order_id) is RequestStatus.TOO_LATE


async def test_a_request_is_withdrawn_or_refused_and_made_again(till: Till, buyer: UUID) -> None:
    order_id = await till.bought(buyer)
    withdraw = till.batchers.of(operations.withdraw_invoices, "order_id")
    refuse = till.batchers.of(operations.refuse_invoices, "order_id")
    mine = WithdrawInvoice(order_id=order_id, actor=Actor("buyer", buyer))
    ours = RefuseInvoice(
        order_id=order_id, shop_id=till.shop_id, reason="抬头不对", actor=Actor("merchant", till.seller_id)
    )
    assert await withdraw.submit(mine) is WithdrawStatus.ORDER_NOT_FOUND
    assert await refuse.submit(ours) is RefuseStatus.ORDER_NOT_FOUND
    await till.ask(buyer, order_id)
    assert await withdraw.submit(replace(mine, actor=Actor("buyer", new_id()))) is WithdrawStatus.ORDER_NOT_FOUND
    assert await withdraw.submit(mine) is WithdrawStatus.WITHDRAWN
    assert await withdraw.submit(mine) is WithdrawStatus.EXISTS
    assert await refuse.submit(ours) is RefuseStatus.NOT_REQUESTED
    assert await till.ask(buyer, order_id) is RequestStatus.REQUESTED
    assert await refuse.submit(replace(ours, reason=" ")) is RefuseStatus.REASON_MALFORMED
    assert await refuse.submit(ours) is RefuseStatus.REFUSED
    assert await refuse.submit(ours) is RefuseStatus.EXISTS
    assert await withdraw.submit(mine) is WithdrawStatus.NOT_REQUESTED
    assert await till.issue(till.paper(order_id)) is PaperStatus.NOT_REQUESTED
    assert await till.ask(buyer, order_id, COMPANY) is RequestStatus.REQUESTED


async def test_what_is_refunded_is_taken_back_or_not_made_out(till: Till, buyer: UUID) -> None:
    issued, asked = await till.bought(buyer), await till.bought(buyer)
    for order_id in (issued, asked):
        await till.ask(buyer, order_id)
    await till.issue(till.paper(issued))
    await till.refund(issued)
    await till.refund(asked)
    assert await till.state(asked) is InvoiceState.WITHDRAWN
    assert await till.state(issued) is InvoiceState.TO_CORRECT
    assert await till.correct(issued, "12345678") is PaperStatus.NUMBER_TAKEN
    assert await till.correct(issued) is PaperStatus.CORRECTED
    assert await till.state(issued) is InvoiceState.CORRECTED
    async with till.database.read() as reader:
        found = await store.get_invoice(reader, issued)
    assert found
    assert [(each.kind, each.amount) for each in found.papers] == [
        (PaperKind.RED, till.prices[0]),
        (PaperKind.BLUE, till.prices[0]),
    ]


async def test_a_shop_is_not_left_to_invoice_what_nobody_paid(till: Till, buyer: UUID) -> None:
    order_id, _ = await till.place(buyer)
    await till.ask(buyer, order_id)
    await till.close(Actor("buyer", buyer), order_id)
    await till.settle_events()
    assert await till.state(order_id) is InvoiceState.WITHDRAWN


@pytest.mark.parametrize("is_wanted", [True, False])
async def test_what_was_asked_for_is_asked_for_still_when_the_money_comes_late(
    till: Till, buyer: UUID, is_wanted: bool
) -> None:
    order_id, _ = await till.place(buyer)
    await till.ask(buyer, order_id)
    if not is_wanted:
        withdraw = till.batchers.of(operations.withdraw_invoices, "order_id")
        await withdraw.submit(WithdrawInvoice(order_id=order_id, actor=Actor("buyer", buyer)))
    await till.close(Actor("buyer", buyer), order_id)
    await till.settle_events()
    assert await till.state(order_id) is InvoiceState.WITHDRAWN
    await till.pay(buyer, order_id)
    await till.settle_events()
    assert (await till.order(order_id)).state is State.PAID
    assert await till.state(order_id) is (InvoiceState.REQUESTED if is_wanted else InvoiceState.WITHDRAWN)
    assert await till.issue(till.paper(order_id)) is (PaperStatus.ISSUED if is_wanted else PaperStatus.NOT_REQUESTED)


def test_where_a_part_went_back_another_one_is_made_out_for_the_rest() -> None:
    shop, buyer = new_id(), new_id()
    order = Ordered(
        id=new_id(shop), shop_id=shop, buyer_id=buyer, state=State.COMPLETED, kept=9_800, settled_at=clock.now()
    )

    def state_of(known: Invoices | None, kept: int) -> Invoices:
        return Invoices(
            orders={order.id: replace(order, kept=kept)},
            invoices=known.invoices if known else {},
            offering=frozenset({shop}),
            papers={},
            numbers={},
            now=clock.now(),
        )

    def paper(kind: Any, number: str, **facts: Any) -> Any:
        today = clock.now().astimezone(SHANGHAI).date()
        return kind(
            id=new_id(shop), order_id=order.id, shop_id=shop, number=number, issued_on=today, actor=Actor("merchant"),
            **facts,
        )  # fmt: skip

    state = state_of(None, 9_800)
    state.request(RequestInvoice(order_id=order.id, title=PERSON, actor=Actor("buyer", buyer)))
    assert state.issue(paper(IssueInvoice, "11111111", content=PDF)) is PaperStatus.ISSUED
    state = state_of(state, 4_800)
    assert state.note_refund(NoteRefund(order_id=order.id)) is InvoiceState.TO_CORRECT
    assert state.correct(paper(CorrectInvoice, "22222222")) is PaperStatus.CORRECTED
    assert state.new[-1].paper.amount == 9_800
    assert state.invoices[order.id].state is InvoiceState.REQUESTED
    assert state.issue(paper(IssueInvoice, "33333333", content=PDF)) is PaperStatus.ISSUED
    assert state.new[-1].paper.amount == 4_800
    assert state.note_refund(NoteRefund(order_id=order.id)) is None


async def test_money_that_goes_back_while_an_invoice_is_made_out_leaves_none_in_force(till: Till, buyer: UUID) -> None:
    for n in range(6):
        order_id = await till.bought(buyer)
        await till.ask(buyer, order_id)
        await asyncio.gather(till.issue(till.paper(order_id, f"{n:08}")), till.refund(order_id))
        await till.settle_events()
        assert await till.state(order_id) in (InvoiceState.TO_CORRECT, InvoiceState.WITHDRAWN)


async def test_of_two_at_once_one_invoice_is_made_out(till: Till, buyer: UUID) -> None:
    order_id = await till.bought(buyer)
    await till.ask(buyer, order_id)
    answers = await asyncio.gather(*(till.issue(till.paper(order_id, f"{n:08}")) for n in range(4)))
    assert sorted(answers) == [PaperStatus.ISSUED, *[PaperStatus.NOT_REQUESTED] * 3]


async def test_the_database_keeps_an_amount_with_what_is_in_force(till: Till, buyer: UUID) -> None:
    order_id = await till.bought(buyer)
    await till.ask(buyer, order_id)
    with pytest.raises(asyncpg.CheckViolationError, match="invoices_in_force_have_an_amount"):
        await till.database.pool.execute("update orders.invoices set state = 'issued' where order_id = $1", order_id)


REQUESTS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([PERSON, COMPANY, replace(PERSON, name="")]), st.booleans()),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=REQUESTS)
async def test_law_of_batches(till: Till, buyer: UUID, drawn: list[tuple[int, Title, bool]]) -> None:
    answers: list[Sequence[RequestStatus]] = []
    for is_batch in (True, False):
        placed = [(await till.place(buyer))[0] for _ in range(2)]
        commands = [
            RequestInvoice(order_id=placed[at], title=title, actor=Actor("buyer", buyer if is_own else new_id()))
            for at, title, is_own in drawn
        ]
        batches = [commands] if is_batch else [[command] for command in commands]
        answers.append(
            [
                status
                for batch in batches
                for status in await till.database.retried(partial(operations.request_invoices, commands=batch))
            ]
        )
        for order_id in placed:
            await till.close(Actor("buyer", buyer), order_id)
    assert answers[0] == answers[1]

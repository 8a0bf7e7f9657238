"""What the town's buyers wish besides the goods: invoices, and to hear from shops that they like."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from weiji.demo.people import BUYERS
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive
from weiji.orders import Order, State
from weiji.orders.customers.model import TEXT_VERSION, GiveContact
from weiji.orders.customers.operations import give_contacts
from weiji.orders.invoices.model import (
    IssueInvoice,
    KeptTitle,
    OfferInvoices,
    PutTitle,
    RefuseInvoice,
    RequestInvoice,
    Title,
    TitleKind,
)
from weiji.orders.invoices.operations import (
    issue_invoices,
    offer_invoices,
    put_titles,
    refuse_invoices,
    request_invoices,
)
from weiji.program import Program

COMPANY: Final = "杭州小鱼文化创意有限公司"
COMPANY_CODE: Final = "91330106MA2WE1J10J"
REFUSAL: Final = "抬头少了“有限公司”四个字，请改好再申请。"


def titles_of(person_id: UUID, name: str) -> tuple[KeptTitle, KeptTitle]:
    """Make the titles of somebody: the company they work for, and themselves."""
    ids = (derive(person_id, "demo", "title", number) for number in range(2))
    company, person = ids
    return (
        KeptTitle(
            id=company, kind=TitleKind.COMPANY, name=COMPANY, tax_number=COMPANY_CODE, email="fapiao@example.com"
        ),
        KeptTitle(id=person, kind=TitleKind.PERSON, name=name),
    )


async def wish(program: Program, owners: dict[UUID, Actor], orders: Sequence[Order]) -> None:
    """Let shops make out invoices, and buyers ask for them; let some of who bought say that shops may write to them."""
    offers = [OfferInvoices(shop_id=shop, is_offered=True, actor=owner) for shop, owner in owners.items()]
    await program.batchers.of(offer_invoices, "shop_id").submit_all(offers)
    books = {buyer.id: titles_of(buyer.id, buyer.name) for buyer in BUYERS}
    kept = [PutTitle(person_id=id, title=title) for id, titles in books.items() for title in reversed(titles)]
    await program.batchers.of(put_titles, "person_id").submit_all(kept)
    over = [order for order in orders if order.state in (State.COMPLETED, State.RECEIVED, State.PAID, State.SHIPPED)]
    asking = [order for order in over if order.id.int % 2 or order.buyer_id in books]
    await program.batchers.of(request_invoices, "order_id").submit_all(
        [
            RequestInvoice(order_id=order.id, title=_title_of(order, books), actor=Actor("buyer", order.buyer_id))
            for order in asking
        ]
    )
    done = [order for order in asking if order.state is State.COMPLETED]
    for number, order in enumerate(done):
        owner = owners[order.shop_id]
        if number % 7 == 6:
            refusal = RefuseInvoice(order_id=order.id, shop_id=order.shop_id, reason=REFUSAL, actor=owner)
            await program.batchers.of(refuse_invoices, "order_id").submit(refusal)
    papers = [
        IssueInvoice(
            id=derive(order.id, "demo", "paper"),
            order_id=order.id,
            shop_id=order.shop_id,
            number=f"26332000{order.id.int % 10**12:012}",
            issued_on=clock.now().astimezone(SHANGHAI).date(),
            content=_pdf(f"{order.number}  CNY {order.total / 100:.2f}"),
            actor=owners[order.shop_id],
        )
        for number, order in enumerate(done)
        if number % 7 != 6
    ]
    await program.database.retried(partial(issue_invoices, commands=papers))
    agreeing = {(order.shop_id, order.buyer_id): order for order in over if order.buyer_id.int % 3 or order.id.int % 2}
    await program.batchers.of(give_contacts, "shop_id").submit_all(
        [
            GiveContact(
                shop_id=order.shop_id,
                order_id=order.id,
                text_version=TEXT_VERSION,
                actor=Actor("buyer", order.buyer_id),
            )
            for order in agreeing.values()
        ]
    )


def _title_of(order: Order, books: dict[UUID, tuple[KeptTitle, KeptTitle]]) -> Title:
    book = books.get(order.buyer_id)
    if book is None:
        return Title(kind=TitleKind.PERSON, name=order.buyer_name)
    kept = book[order.id.int // 2 % 2]
    return Title(kind=kept.kind, name=kept.name, tax_number=kept.tax_number, email=kept.email)


def _pdf(line: str) -> bytes:
    """Make a page that says what it is: an example, and no invoice of any tax office."""
    text = f"BT /F1 14 Tf 60 760 Td (Example of the demo town - no invoice) Tj 0 -28 Td ({line}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(made),
    )

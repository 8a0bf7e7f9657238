"""Proves that an invoice follows what after-sale gives back: it is taken back, and made out again for what was kept."""

from functools import partial

from tests.aftersale.shop import Shop
from tests.orders.test_invoices import PDF, PERSON
from weiji.aftersale import CaseKind, CaseStatus
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import new_id
from weiji.kit.seal import KEYS
from weiji.orders.invoices import operations, store
from weiji.orders.invoices.model import (
    CorrectInvoice,
    InvoiceState,
    IssueInvoice,
    OfferInvoices,
    PaperStatus,
    RequestInvoice,
)
from weiji.orders.invoices.store import InvoiceOfOrder


async def test_a_part_that_goes_back_has_the_invoice_made_out_again_for_the_rest(shop: Shop) -> None:
    KEYS.use(bytes(range(32)))
    market, today = shop.market, clock.now().astimezone(SHANGHAI).date()
    offer = OfferInvoices(shop_id=market.shop_id, is_offered=True, actor=shop.seller)
    await market.batchers.of(operations.offer_invoices, "shop_id").submit(offer)
    order_id = await shop.order(2, shipped=True)
    asking = RequestInvoice(order_id=order_id, title=PERSON, actor=shop.actor)
    await market.batchers.of(operations.request_invoices, "order_id").submit(asking)

    async def issue(number: str) -> PaperStatus:
        blue = IssueInvoice(
            id=new_id(market.shop_id), order_id=order_id, shop_id=market.shop_id, number=number, issued_on=today,
            content=PDF, actor=shop.seller,
        )  # fmt: skip
        (status,) = await market.database.retried(partial(operations.issue_invoices, commands=[blue]))
        return status

    async def read() -> InvoiceOfOrder:
        async with market.database.read() as reader:
            found = await store.get_invoice(reader, order_id)
        assert found
        assert found.invoice
        return found

    assert await issue("11111111") is PaperStatus.ISSUED
    case_id = await shop.ask(order_id, CaseKind.REFUND, 1, 1_500)
    assert await shop.agree(case_id) is CaseStatus.DONE
    await market.settle_events()
    found = await read()
    assert found.invoice
    assert found.invoice.state is InvoiceState.TO_CORRECT
    red = CorrectInvoice(
        id=new_id(market.shop_id), order_id=order_id, shop_id=market.shop_id, number="22222222", issued_on=today,
        actor=shop.seller,
    )  # fmt: skip
    (status,) = await market.database.retried(partial(operations.correct_invoices, commands=[red]))
    assert status is PaperStatus.CORRECTED
    assert await issue("33333333") is PaperStatus.ISSUED
    assert [(each.kind.value, each.amount) for each in reversed((await read()).papers)] == [
        ("blue", 19_600),
        ("red", 19_600),
        ("blue", 18_100),
    ]

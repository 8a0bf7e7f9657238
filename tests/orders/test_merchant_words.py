"""Proves that what happens to an order is told in words, not by the names of events."""

import inspect

import pytest

from weiji.events import Event, invoices, reviews
from weiji.events.coupons import BudgetTouched, CouponReturned, CouponUsed
from weiji.events.deposits import BuyerCompensated, CompensationReceived
from weiji.orders.merchant_words import event_word
from weiji.web import speaking

ELSEWHERE = {"InvoiceOffered", "BlindReviewJudged", "TradeReported", "TradeReportRuled"}
"""What is told of a shop, or of who judged or complained, and of no order."""

TOLD = sorted(
    name
    for module in (invoices, reviews)
    for name, found in inspect.getmembers(module, inspect.isclass)
    if issubclass(found, Event) and found is not Event and found.__module__ == module.__name__
)


OTHERS = [each.__name__ for each in (BudgetTouched, BuyerCompensated, CompensationReceived, CouponReturned, CouponUsed)]
"""What others tell of an order."""


@pytest.mark.parametrize("name", [*OTHERS, *(name for name in TOLD if name not in ELSEWHERE)])
def test_what_happened_beside_the_order_itself_is_told_in_words(name: str) -> None:
    word, _icon, _tone = event_word(name, {})
    assert word
    assert name not in word


def test_an_invoice_that_is_not_needed_any_more_is_not_said_to_be_unwanted() -> None:
    told = [("InvoiceWithdrawn", {}), ("InvoiceWithdrawn", {"is_refunded": True}), ("InvoiceRequested", {})]
    by_buyer = [event_word(name, data, "buyer")[0] for name, data in told]
    by_itself = [event_word(name, data, "system")[0] for name, data in told]
    assert len({*by_itself, *by_buyer}) == 5


def test_what_an_order_does_to_a_budget_is_told_step_by_step_and_a_refund_is_not_said_to_be_on_its_way_for_ever() -> (
    None
):
    told = [event_word("BudgetTouched", {"step": step})[0] for step in ("hold", "pay", "free", "return")]
    assert told == ["平台出的优惠留好了", "平台出的优惠记到账上", "平台出的优惠不用了", "平台出的优惠退回平台"]
    with speaking("en"):
        assert event_word("BudgetTouched", {"step": "return"})[0].endswith("went back to the platform")
        assert event_word("RefundOrdered", {"amount": 136})[0] == "Refund of ¥1.36 started"
    assert event_word("RefundOrdered", {"amount": 136})[0] == "开始退款 ¥1.36"

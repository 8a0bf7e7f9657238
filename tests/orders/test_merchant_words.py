"""Proves that what happens to an order is told in words, not by the names of events."""

import inspect

import pytest

from weiji.events import Event, invoices, reviews
from weiji.events.coupons import BudgetTouched, CouponReturned, CouponUsed
from weiji.events.deposits import BuyerCompensated, CompensationReceived
from weiji.orders.merchant_words import event_word

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

"""Proves that nobody decides about their own money, or their shop's, by whatever deed."""

from collections.abc import Iterator
from typing import Any, Final, get_args
from uuid import UUID

import msgspec

from tests.approvals.test_approvals import approve, decide, propose
from tests.deposits.examples import give, open_shop, owe
from weiji.approvals import (
    Adjustment,
    ChargebackNotice,
    Compensation,
    CourtExecution,
    CourtFreeze,
    CourtRelease,
    DecideStatus,
    DormantReturn,
    OwnFunds,
    PayoutOutcome,
    PayoutRelease,
    PeriodClose,
    Place,
    PlaceKind,
    ProposeStatus,
    RefundByHand,
    RoleGrant,
    RulesRelease,
    StatementRelease,
    WriteOff,
    propose_deeds,
    rules,
)
from weiji.approvals.model import Deed
from weiji.court_orders import HeldPlace
from weiji.events import BY_SYSTEM, Actor
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.ledger import chart
from weiji.payments import CreatePayment, CreatePaymentStatus, Purpose, create_payments

ONE, OTHER, THIRD = (new_id() for _ in range(3))
PAYOUT: dict[str, Any] = {"payout_id": ONE, "owner_id": OTHER, "amount": 1}
PLACES: Final = [Place(kind=PlaceKind.WALLET, owner_id=ONE), Place(kind=PlaceKind.MERCHANT_DEPOSIT, owner_id=OTHER)]

EXAMPLES: Final[list[tuple[Deed, set[UUID]]]] = [
    (WriteOff(shop_id=ONE, amount=1), {ONE}),
    (Adjustment(debit=PLACES[0], credit=PLACES[1], amount=1), {ONE, OTHER}),
    (RefundByHand(refund_id=ONE, amount=1, way="x"), {ONE}),
    (CourtFreeze(owner_id=ONE, place=HeldPlace.WALLET, court="x", number="x"), {ONE}),
    (CourtExecution(court_order_id=ONE, amount=1, number="x", way="x"), {ONE}),
    (CourtRelease(court_order_id=ONE, number="x"), {ONE}),
    (PayoutRelease(**PAYOUT), {OTHER}),
    (PayoutOutcome(outcome="paid", reference="x", **PAYOUT), {OTHER}),
    (PeriodClose(month="2026-01", trial="0" * 64), set()),
    (Compensation(shop_id=ONE, order_id=THIRD, payment_id=OTHER, amount=1), {ONE, OTHER}),
    (ChargebackNotice(payment_id=ONE, reference="x", what="lost", amount=1), {ONE}),
    (DormantReturn(person_id=ONE, amount=1), {ONE}),
    (OwnFunds(amount=1), set()),
    (RulesRelease(of="fees", version=2, rules={}), set()),
    (StatementRelease(statement_id=ONE, name="x", lines=1, amount=1), set()),
    (RoleGrant(person_id=ONE, role="operator"), {ONE}),
]
"""One of each deed, and what of it is somebody's."""

NOBODYS: Final = {"payout_id", "statement_id", "order_id", "case_id"}
"""Ids that say nothing more of whose money it is: another one beside them does, or it is the platform's."""


def named_in(value: object) -> Iterator[tuple[str, UUID]]:
    """Find the ids that a deed has, and how they are called."""
    assert isinstance(value, msgspec.Struct)
    for field in value.__struct_fields__:
        its = getattr(value, field)
        if isinstance(its, UUID):
            yield field, its
        elif isinstance(its, msgspec.Struct):
            yield from named_in(its)


def test_of_every_deed_it_is_known_whose_it_is() -> None:
    assert {type(deed) for deed, _ in EXAMPLES} == set(get_args(Deed)), "a deed has no example here"
    for deed, things in EXAMPLES:
        assert rules.things_of(deed) == things, deed
        # What a deed gets one day that says whose it is, is not forgotten.
        assert {id for name, id in named_in(deed) if name not in NOBODYS} == things, deed


async def test_nobody_decides_about_their_own_money_or_their_shops(sandboxed: Transaction) -> None:
    tx = sandboxed
    shop, owner = await open_shop(tx)
    await owe(tx, shop, 900)
    person = new_id()
    payment_id = new_id(person)
    payer, seller = Actor("staff", person), Actor("staff", owner)
    payment = CreatePayment(
        id=payment_id,
        payer_id=person,
        subject_id=new_id(shop),
        payee_id=shop,
        purpose=Purpose.ORDER,
        amount=100,
        channel="sandbox",
        actor=BY_SYSTEM,
    )
    assert await create_payments(tx, [payment]) == [CreatePaymentStatus.CREATED]
    await give(tx, chart.merchant_deposit(shop), 100)
    freeze = propose(
        CourtFreeze(owner_id=shop, place=HeldPlace.MERCHANT_DEPOSIT, amount=50, court="杭州中院", number="1"), shop
    )
    notice = ChargebackNotice(payment_id=payment_id, reference="1", what="received", amount=1)
    income, wallet = Place(kind=PlaceKind.FEE_INCOME), Place(kind=PlaceKind.WALLET, owner_id=person)
    cases: list[tuple[Any, list[Actor]]] = [
        (propose(Adjustment(debit=income, credit=wallet, amount=1), person), [payer]),
        (propose(Adjustment(debit=wallet, credit=income, amount=1), person), [payer]),
        (propose(WriteOff(shop_id=shop, amount=1), shop), [seller]),
        (propose(notice, person), [payer, seller]),
        (freeze, [seller]),
        (propose(CourtExecution(court_order_id=freeze.id, amount=1, number="1", way="农行"), shop), [seller]),
        (propose(CourtRelease(court_order_id=freeze.id, number="2"), shop), [seller]),
    ]
    for proposed, own in cases:
        refused = [propose(proposed.deed, proposed.id, actor=actor) for actor in own]
        statuses = await propose_deeds(tx, [*refused, proposed])
        assert statuses == [ProposeStatus.OWN_MONEY] * len(own) + [ProposeStatus.PROPOSED], proposed.deed
        for actor in own:
            assert await decide(tx, approve(proposed, actor)) is DecideStatus.OWN_MONEY, proposed.deed
        if proposed is freeze:
            assert await decide(tx, approve(freeze)) is DecideStatus.APPROVED

"""Proves that payments, refunds and payouts move as their tables say, and as no other way."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from uuid import UUID

import pytest
from msgspec.structs import replace

from weiji.events import BY_SYSTEM
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import AMOUNT_MAX, Code
from weiji.payments.model import (
    ClosePaymentStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    Payment,
    PaymentStatus,
    Payout,
    PayoutSource,
    PayoutStatus,
    Purpose,
    Refund,
    RefundReason,
    RefundStatus,
)
from weiji.payments.rules import (
    ENDED_QUERY_AFTER,
    PAYMENT_MOVES,
    PAYOUT_MOVES,
    QUERY_AFTER,
    REFUND_MOVES,
    Books,
    Known,
    ended_query_at,
    judge_closing,
    judge_notices,
    query_at,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
P, R, W = PaymentStatus, RefundStatus, PayoutStatus
K, N = NoticeKind, NoticeStatus
OF_BANK_LINES = (K.DEBITED, K.CREDIT_TAKEN_BACK, K.DEBIT_TAKEN_BACK)


def _payment(status: PaymentStatus, amount: int = 100) -> Payment:
    person = new_id()
    is_paid = status is P.SUCCEEDED
    return Payment(
        id=new_id(person),
        payer_id=person,
        subject_id=new_id(),
        payee_id=new_id(),
        purpose=Purpose.ORDER,
        amount=amount,
        channel="sandbox",
        status=status,
        channel_reference="first" if is_paid else None,
        captured=amount if is_paid else 0,
        captured_at=NOW if is_paid else None,
        created_at=NOW,
    )


def _refund(status: RefundStatus) -> Refund:
    payment = _payment(P.SUCCEEDED)
    return Refund(
        id=new_id(payment.id),
        payment_id=payment.id,
        source_id=new_id(),
        payer_id=payment.payer_id,
        subject_id=payment.subject_id,
        payee_id=payment.payee_id,
        channel="sandbox",
        amount=100,
        reason=RefundReason.ORDERED,
        capture_reference="first",
        status=status,
        created_at=NOW,
    )


def _payout(status: PayoutStatus, fee: int = 1) -> Payout:
    owner = new_id()
    return Payout(
        id=new_id(owner),
        owner_id=owner,
        source=PayoutSource.MERCHANT_AVAILABLE,
        account_id=new_id(owner),
        channel="sandbox",
        amount=100,
        fee=fee,
        status=status,
        created_at=NOW,
        accepted_at=NOW if status in (W.ACCEPTED, W.PAID, W.RETURNED) else None,
        paid_at=NOW if status is W.PAID else None,
    )


def _notice(kind: NoticeKind, id: UUID | None, *, reference: str = "first", amount: int = 100, fee: int = 0) -> Notice:
    return Notice(
        channel="sandbox",
        event_id=f"{kind}:{reference}",
        kind=kind,
        subject_id=id,
        reference=reference,
        amount=amount,
        fee=fee,
        occurred_at=NOW,
        raw=b"{}",
    )


def _judge(thing: Payment | Refund | Payout | None, *notices: Notice) -> tuple[list[NoticeStatus], Books]:
    known = Known()
    if isinstance(thing, Payment):
        known.payments[thing.id] = thing
    elif isinstance(thing, Refund):
        known.refunds[thing.id] = thing
    elif thing is not None:
        known.payouts[thing.id] = thing
    books = Books(NOW)
    return judge_notices(books, known, notices), books


@pytest.mark.parametrize(("status", "kind"), list(product(P, (K.CHARGE_SUCCEEDED, K.CHARGE_FAILED, K.CHARGE_CLOSED))))
def test_a_payment_moves_as_its_table_says(status: PaymentStatus, kind: NoticeKind) -> None:
    target = {K.CHARGE_SUCCEEDED: P.SUCCEEDED, K.CHARGE_FAILED: P.FAILED, K.CHARGE_CLOSED: P.CLOSED}[kind]
    payment = _payment(status)
    (answer,), books = _judge(payment, _notice(kind, payment.id))
    if target in PAYMENT_MOVES[status]:
        assert (answer, payment.status) == (N.RECORDED, target)
        assert len(books.occurrences) == 1
        assert len(books.transfers) == (1 if target is P.SUCCEEDED else 0)
    else:
        assert (answer, payment.status) == (N.NO_EFFECT, status)
        assert (books.occurrences, books.transfers, books.payments) == ([], [], {})


@pytest.mark.parametrize(("status", "kind"), list(product(R, (K.REFUND_SUCCEEDED, K.REFUND_REJECTED))))
def test_a_refund_moves_as_its_table_says(status: RefundStatus, kind: NoticeKind) -> None:
    target = R.SUCCEEDED if kind is K.REFUND_SUCCEEDED else R.REJECTED
    refund = _refund(status)
    (answer,), books = _judge(refund, _notice(kind, refund.id))
    if target in REFUND_MOVES[status]:
        assert (answer, refund.status, len(books.transfers)) == (N.RECORDED, target, 1)
    else:
        assert answer is (N.NO_EFFECT if target is status else N.CONTRADICTS)
        assert (refund.status, books.transfers) == (status, [])


_PAYOUT_TARGETS = {
    K.PAYOUT_ACCEPTED: W.ACCEPTED,
    K.PAYOUT_PAID: W.PAID,
    K.PAYOUT_REJECTED: W.REJECTED,
    K.PAYOUT_RETURNED: W.RETURNED,
}


@pytest.mark.parametrize(("status", "kind"), list(product(W, _PAYOUT_TARGETS)))
def test_a_payout_moves_as_its_table_says(status: PayoutStatus, kind: NoticeKind) -> None:
    target = _PAYOUT_TARGETS[kind]
    payout = _payout(status)
    (answer,), books = _judge(payout, _notice(kind, payout.id))
    if target in PAYOUT_MOVES[status]:
        assert (answer, payout.status) == (N.RECORDED, target)
        assert books.transfers
        return
    assert payout.status is status
    if status in (W.IN_REVIEW, W.REFUSED) or (status is W.REJECTED) != (target is W.REJECTED):
        assert answer is N.CONTRADICTS
    elif (status, target) == (W.RETURNED, W.PAID):
        assert answer is N.RECORDED
    else:
        assert answer is N.NO_EFFECT
    assert books.transfers == []


def test_every_state_can_be_reached_and_leads_to_an_end() -> None:
    for table, first in ((PAYMENT_MOVES, P.CREATED), (REFUND_MOVES, R.APPROVED), (PAYOUT_MOVES, W.IN_REVIEW)):
        reached = {first}
        for _ in table:
            reached |= {target for state in reached for target in table[state]}  # type: ignore[index]
        assert reached == set(table)
    assert {state for state, moves in PAYMENT_MOVES.items() if not moves} == {P.SUCCEEDED}
    ended = {R.SUCCEEDED, R.REJECTED, R.BY_HAND, R.CHARGED_BACK}
    assert {state for state, moves in REFUND_MOVES.items() if not moves} == ended
    assert {state for state, moves in PAYOUT_MOVES.items() if not moves} == {W.REJECTED, W.REFUSED, W.RETURNED}


def test_a_second_capture_of_a_payment_goes_back_by_itself_once() -> None:
    payment = _payment(P.SUCCEEDED)
    second = _notice(K.CHARGE_SUCCEEDED, payment.id, reference="second")
    told_again = _notice(K.CHARGE_SUCCEEDED, payment.id, reference="second")
    told_again = Notice(
        **{name: getattr(told_again, name) for name in told_again.__struct_fields__ if name != "event_id"}, event_id="x"
    )
    answers, books = _judge(payment, second, told_again, second)
    assert answers == [N.RECORDED, N.NO_EFFECT, N.EXISTS]
    assert [(r.amount, r.reason, r.capture_reference) for r in books.new_refunds] == [
        (100, RefundReason.PAID_TWICE, "second")
    ]
    assert [c.disposition for c in books.captures] == ["paid_twice"]
    assert (payment.captured, payment.refunded) == (100, 0)


def test_one_capture_told_with_two_amounts_is_a_contradiction() -> None:
    payment = _payment(P.SUCCEEDED)
    answers, books = _judge(payment, _notice(K.CHARGE_SUCCEEDED, payment.id, amount=99))
    assert (answers, books.transfers) == ([N.CONTRADICTS], [])


def test_a_channel_can_not_speak_for_another() -> None:
    payment = _payment(P.SUBMITTED)
    payment.channel = "elsewhere"
    answers, books = _judge(payment, _notice(K.CHARGE_SUCCEEDED, payment.id))
    assert (answers, payment.status) == ([N.UNMATCHED], P.SUBMITTED)
    assert [c.disposition for c in books.captures] == ["unmatched"]


def test_what_was_captured_counts_and_not_what_was_asked() -> None:
    payment = _payment(P.SUBMITTED, amount=100)
    _, books = _judge(payment, _notice(K.CHARGE_SUCCEEDED, payment.id, amount=70))
    assert payment.captured == 70
    assert [o.event.amount for o in books.occurrences] == [70]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [k for k in K if k not in (K.SETTLED, *OF_BANK_LINES)])
def test_what_is_about_nothing_of_ours_changes_nothing_of_ours(kind: NoticeKind) -> None:
    (answer,), books = _judge(None, _notice(kind, new_id()))
    assert answer is N.UNMATCHED
    assert len(books.transfers) == (1 if kind is K.CHARGE_SUCCEEDED else 0)
    assert (books.payments, books.refunds, books.payouts, books.new_refunds) == ({}, {}, {}, [])


@pytest.mark.parametrize(("amount", "fee"), [(0, 0), (-1, 0), (AMOUNT_MAX + 1, 0), (100, -1), (100, 101)])
def test_what_is_not_money_is_not_even_kept(amount: int, fee: int) -> None:
    answers, books = _judge(None, _notice(K.SETTLED, None, amount=amount, fee=fee))
    assert (answers, books.transfers) == ([N.AMOUNT_OUT_OF_RANGE], [])


def test_a_refund_of_another_amount_is_a_contradiction() -> None:
    refund = _refund(R.SUBMITTED)
    answers, _ = _judge(refund, _notice(K.REFUND_SUCCEEDED, refund.id, amount=99))
    assert (answers, refund.status) == ([N.CONTRADICTS], R.SUBMITTED)


@pytest.mark.parametrize(
    ("channel", "source"), [("sandbox", Code.BANK), ("bank", Code.BANK), ("alipay", Code.CHANNEL_RECEIVABLE)]
)
def test_a_payout_leaves_from_where_its_channel_has_the_money(channel: str, source: Code) -> None:
    payout = _payout(W.SUBMITTED)
    payout.channel = channel
    notices = [replace(_notice(kind, payout.id, fee=2), channel=channel) for kind in (K.PAYOUT_PAID, K.PAYOUT_RETURNED)]
    _, books = _judge(payout, *notices)
    moved = Counter[int]()
    for transfer in books.transfers:
        for account_id, sign in ((transfer.debit_account_id, 1), (transfer.credit_account_id, -1)):
            if account_id in books.opening:
                moved[books.opening[account_id].code] += sign * transfer.amount
    assert {Code.BANK, Code.CHANNEL_RECEIVABLE} & moved.keys() == {source}
    # It came back whole; what the channel took for it did not.
    assert moved[source] == -2


def test_news_of_a_payout_that_overtake_each_other_come_to_the_same() -> None:
    news = [K.PAYOUT_ACCEPTED, K.PAYOUT_PAID, K.PAYOUT_RETURNED]
    for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        payout = _payout(W.SUBMITTED)
        _, books = _judge(payout, *(_notice(news[i], payout.id, fee=2 if i == 1 else 0) for i in order))
        assert (payout.status, payout.bank_fee) == (W.RETURNED, 2)
        sums: dict[UUID, int] = {}
        for transfer in books.transfers:
            if transfer.debit_account_id and transfer.credit_account_id:
                sums[transfer.debit_account_id] = sums.get(transfer.debit_account_id, 0) - transfer.amount
                sums[transfer.credit_account_id] = sums.get(transfer.credit_account_id, 0) + transfer.amount
        # The owner has 101 again (the posted holds took them), and all that is left is the bank's fee.
        assert sorted(value for value in sums.values() if value) == [-100, -2, -1, 2, 101]


@pytest.mark.parametrize("status", P)
def test_closing_asks_the_channel_only_where_it_knows_of_the_payment(status: PaymentStatus) -> None:
    payment = _payment(status)
    books = Books(NOW)
    answer = judge_closing(books, payment, BY_SYSTEM)
    told = [type(occurrence.event).__name__ for occurrence in books.occurrences]
    assert (answer, payment.status, told) == {
        P.CREATED: (ClosePaymentStatus.CLOSED, P.CLOSED, ["PaymentClosed"]),
        P.SUBMITTED: (ClosePaymentStatus.CLOSING, P.SUBMITTED, ["PaymentCloseRequested"]),
        P.UNKNOWN: (ClosePaymentStatus.CLOSING, P.UNKNOWN, ["PaymentCloseRequested"]),
        P.FAILED: (ClosePaymentStatus.CLOSED, P.FAILED, []),
        P.CLOSED: (ClosePaymentStatus.CLOSED, P.CLOSED, []),
        P.SUCCEEDED: (ClosePaymentStatus.ALREADY_SUCCEEDED, P.SUCCEEDED, []),
    }[status]


def test_a_silent_channel_is_asked_for_48_hours() -> None:
    at: datetime | None = NOW
    asked: list[datetime] = []
    while at is not None and len(asked) < 1_000:
        at = query_at(len(asked), at)
        if at is not None:
            asked.append(at)
    assert [after - before for before, after in zip([NOW, *asked], asked, strict=False)][: len(QUERY_AFTER)] == list(
        QUERY_AFTER
    )
    assert timedelta(hours=48) <= asked[-1] - NOW < timedelta(hours=49)
    assert query_at(50, NOW, NOW + timedelta(seconds=1)) == NOW + timedelta(seconds=1)
    assert query_at(0, NOW, NOW) == NOW + QUERY_AFTER[0]


@pytest.mark.parametrize("hours", [0, 0.025, 1, 48, 720])
def test_an_ended_payment_is_asked_about_with_growing_gaps_until_its_end_is_final(hours: float) -> None:
    final_after = timedelta(hours=hours)
    at = first = ended_query_at(0, NOW, final_after)
    asked: list[datetime] = []
    while at is not None and len(asked) < 1_000:
        asked.append(at)
        at = ended_query_at(len(asked), at, final_after)
    assert first == NOW + ENDED_QUERY_AFTER
    assert asked[-1] - NOW == max(final_after, ENDED_QUERY_AFTER)
    gaps = [after - before for before, after in zip([NOW, *asked], asked, strict=False)]
    assert all(after == 2 * before for before, after in pairwise(gaps[:-1]))
    assert len(asked) <= 16


def test_an_ended_payment_whose_channel_is_silent_is_asked_about_for_48_hours_more() -> None:
    at: datetime | None = NOW
    asked = 0
    while at is not None and asked < 1_000:
        last, at = at, ended_query_at(asked, at, timedelta(hours=48), is_silent=True)
        asked += 1
    assert timedelta(hours=96) <= last - NOW < timedelta(hours=97)


@pytest.mark.parametrize("kind", [K.CHARGE_FAILED, K.CHARGE_CLOSED])
def test_a_payment_that_the_channel_ended_is_asked_about_anew(kind: NoticeKind) -> None:
    payment = _payment(P.SUBMITTED)
    payment.queries = 7
    _judge(payment, _notice(kind, payment.id), _notice(kind, payment.id, reference="again"))
    assert (payment.queries, payment.query_at) == (0, NOW + ENDED_QUERY_AFTER)
    _judge(payment, _notice(K.CHARGE_SUCCEEDED, payment.id))
    assert (payment.status, payment.query_at) == (P.SUCCEEDED, None)


def test_a_payment_that_no_channel_knows_of_is_not_asked_about_once_it_is_closed() -> None:
    payment = _payment(P.CREATED)
    judge_closing(Books(NOW), payment, BY_SYSTEM)
    assert (payment.status, payment.query_at) == (P.CLOSED, None)


def test_a_notice_about_nothing_has_a_shard_of_its_own() -> None:
    shards = {shard_of(_notice(K.SETTLED, None, reference=str(n)).owner_id) for n in range(500)}
    assert len(shards) > 50

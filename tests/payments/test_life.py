"""Proves that money arrives and goes back, whatever the channel does, and that the books say so."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.approvals.test_approvals import approve, propose
from tests.onboarding.examples import open_shop
from tests.payments.world import Order, World
from weiji.approvals import DecideStatus, ProposeStatus, RefundByHand, decide_proposals, propose_deeds
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_trail
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Code, Kind, Transfer, chart, create_transfers
from weiji.payments import (
    REGISTRY,
    Answer,
    ClosePayment,
    ClosePaymentStatus,
    CreatePayment,
    CreatePayoutAccount,
    CreatePayoutAccountStatus,
    Notice,
    NoticeKind,
    NoticeStatus,
    PaymentStatus,
    PayoutSource,
    PayoutStatus,
    PayRefundByHand,
    PayRefundByHandStatus,
    Purpose,
    Refund,
    RefundStatus,
    RequestPayout,
    RequestPayoutStatus,
    RetryRefund,
    RetryRefundStatus,
    RouteRefund,
    RouteRefundStatus,
    SandboxChannel,
    ShowRefundRoute,
    close_payments,
    create_payments,
    create_payout_accounts,
    get_custody,
    get_payments,
    get_refunds,
    get_wallet,
    guest_of,
    list_abnormal_refunds,
    list_payouts,
    list_troubling_notices,
    list_unmatched_captures,
    pay_refunds_by_hand,
    receive_notices,
    request_payouts,
    retry_refunds,
    route_refunds,
    show_refund_routes,
    start_payments,
)
from weiji.payments.api import describe_payment
from weiji.payments.channels.sandbox import (
    ActOnPayout,
    ActOnRefund,
    ActStatus,
    ChargeVerb,
    PayoutVerb,
    RefundVerb,
    act_on_payouts,
    act_on_refunds,
    get_charge,
)
from weiji.payments.rules import QUERY_AFTER, QUERY_HOURS


async def test_a_wallet_pays_an_order_in_another_shard(world: World) -> None:
    person = new_id()
    await world.top_up(person, 10_000)
    order = world.order(9_800)
    await world.pay(person, order, "balance")
    await world.settle()
    assert order.paid_by
    assert await world.available(chart.escrow(order.id)) == 9_800
    assert await world.available(chart.wallet(person)) == 200
    balances = await world.balances()
    assert balances[Code.TRANSIT] == 0
    assert balances[Code.CHANNEL_RECEIVABLE] == -10_000


async def test_a_refund_to_the_wallet_arrives_once(world: World) -> None:
    person = new_id()
    await world.top_up(person, 10_000)
    order = world.order(9_800)
    await world.pay(person, order, "balance")
    await world.settle()
    refund_id = await world.refund(order)
    await world.settle()
    assert [(r.refund_id, r.amount, r.to, r.reason) for r in order.refunded] == [
        (refund_id, 9_800, "wallet", "ordered")
    ]
    assert await world.available(chart.wallet(person)) == 10_000
    assert (await world.balances())[Code.TRANSIT] == 0


async def test_each_movement_of_a_wallet_says_what_it_was_for(world: World) -> None:
    person = new_id()
    await world.top_up(person, 10_000)
    by_wallet = world.order(4_000)
    await world.pay(person, by_wallet, "balance")
    await world.settle()
    await world.refund(by_wallet, 1_000)
    by_channel = world.order(500)
    payment = await world.pay(person, by_channel, "sandbox")
    await start_payments(world.database, world.lanes, [payment.id])
    await world.fault(payment.id, refunds="refuse")
    await world.act(payment.id, ChargeVerb.PAY)
    await world.settle()
    await world.refund(by_channel)
    await world.settle()
    payout = await _withdraw(world, person, PayoutSource.WALLET, "6222000012340002", amount=300, fee=5)
    await world.settle()
    await world.turn(days=4)
    async with world.database.read() as reader:
        wallet = await get_wallet(reader, person)
    assert [(m.amount, m.kind, m.subject_id) for m in reversed(wallet.movements)] == [
        (10_000, Kind.TOP_UP, None),
        (-4_000, Kind.CAPTURE, by_wallet.id),
        (1_000, Kind.REFUND, by_wallet.id),
        (500, Kind.REFUND, by_channel.id),
        (-300, Kind.PAYOUT, payout),
        (-5, Kind.PAYOUT_FEE, payout),
        (300, Kind.PAYOUT_RETURNED, payout),
        (5, Kind.PAYOUT_RETURNED, payout),
    ]


async def test_a_channel_pays_and_takes_back(world: World) -> None:
    order = world.order(9_800)
    payment = await world.pay(new_id(), order, "sandbox")
    (started,) = await start_payments(world.database, world.lanes, [payment.id])
    assert started
    assert (started.status, started.pay_url) == (PaymentStatus.SUBMITTED, f"/sandbox/charges/{payment.id}")
    await world.act(payment.id, ChargeVerb.PAY)
    await world.settle()
    assert order.paid_by
    assert (await world.payment(payment.id)).status is PaymentStatus.SUCCEEDED
    await world.refund(order)
    await world.settle()
    assert [(r.amount, r.to) for r in order.refunded] == [(9_800, "channel")]
    balances = await world.balances()
    assert {code: value for code, value in balances.items() if value} == {}


async def test_a_lost_notice_is_found_by_asking(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.act(payment, ChargeVerb.PAY_UNTOLD)
    await world.settle()
    assert (await world.payment(payment)).status is PaymentStatus.SUBMITTED
    await world.turn(seconds=6)
    assert (await world.payment(payment)).status is PaymentStatus.SUCCEEDED
    assert order.paid_by


async def test_money_paid_twice_goes_back_once(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.fault(payment, notices=3)
    await world.act(payment, ChargeVerb.PAY_TWICE)
    await world.settle()
    await world.turn(hours=1)
    assert order.paid_by
    assert [(r.amount, r.to, r.reason) for r in order.refunded] == [(500, "channel", "paid_twice")]
    balances = await world.balances()
    assert balances[Code.SUSPENSE] == balances[Code.REFUND_CLEARING] == 0
    assert balances[Code.CHANNEL_RECEIVABLE] == -500


async def test_a_payment_nobody_pays_is_closed_and_its_late_money_goes_back(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.act(payment, ChargeVerb.PAY_LATE, hours=2)
    await world.turn(minutes=31)
    assert (await world.payment(payment)).status is PaymentStatus.CLOSED
    order.is_closed = True
    await world.turn(hours=2)
    assert order.rejected == 1
    assert [(r.amount, r.to, r.reason) for r in order.refunded] == [(500, "channel", "rejected")]
    assert {code: value for code, value in (await world.balances()).items() if value} == {}


async def test_a_wallet_payment_that_the_order_rejects_goes_back(world: World) -> None:
    person = new_id()
    await world.top_up(person, 500)
    order = world.order(500)
    order.is_closed = True
    await world.pay(person, order, "balance")
    await world.settle()
    assert await world.available(chart.wallet(person)) == 500
    assert [(r.amount, r.to, r.reason) for r in order.refunded] == [(500, "wallet", "rejected")]
    assert (await world.balances())[Code.TRANSIT] == 0


async def test_a_refund_that_the_channel_refuses_goes_to_the_wallet(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.fault(payment, refunds="refuse")
    await world.act(payment, ChargeVerb.PAY)
    await world.settle()
    await world.refund(order)
    await world.settle()
    paid = order.paid_by
    assert paid
    assert [(r.amount, r.to) for r in order.refunded] == [(500, "wallet")]
    assert await world.available(chart.wallet(paid.payer_id)) == 500
    assert (await world.balances())[Code.REFUND_CLEARING] == 0


STAFF = Actor("staff", new_id())


async def _refused_guest(world: World, shop_id: UUID | None = None) -> tuple[Order, Refund]:
    """Have the channel refuse a refund to a payer who has no account."""
    order = world.order(500, shop_id)
    payment = (await world.pay(guest_of(order.id), order, "sandbox")).id
    await start_payments(world.database, world.lanes, [payment])
    await world.fault(payment, refunds="refuse")
    await world.act(payment, ChargeVerb.PAY)
    await world.settle()
    await world.refund(order)
    await world.settle()
    async with world.database.read() as reader:
        (refund,) = await get_refunds(reader, [payment])
    return order, refund


async def test_a_refund_that_the_channel_refuses_to_a_guest_waits_for_a_person(world: World) -> None:
    order, refund = await _refused_guest(world)
    assert refund.status is RefundStatus.ABNORMAL
    assert order.refunded == []
    balances = await world.balances()
    assert (balances[Code.REFUND_CLEARING], balances.get(Code.WALLET, 0)) == (500, 0)
    async with world.database.read() as reader:
        assert [each.id for each in await list_abnormal_refunds(reader)] == [refund.id]
    route = RouteRefund(id=refund.id, bank="招商银行", holder="小鱼", number="6214 8300 0000 1111", actor=BY_SYSTEM)
    routes = [
        replace(route, bank=""),
        replace(route, holder="\n"),
        replace(route, number="12"),
        replace(route, id=new_id()),
        route,
        route,
        replace(route, holder="小虾"),
    ]
    assert await world.run(route_refunds, routes, lambda c: c.id) == [
        RouteRefundStatus.BANK_INVALID,
        RouteRefundStatus.HOLDER_INVALID,
        RouteRefundStatus.NUMBER_INVALID,
        RouteRefundStatus.REFUND_NOT_FOUND,
        RouteRefundStatus.ROUTED,
        RouteRefundStatus.EXISTS,
        RouteRefundStatus.ROUTED,
    ]
    # Who reads the whole number leaves that in the audit, each time.
    looks = [ShowRefundRoute(id=id, actor=STAFF) for id in (refund.id, new_id(), refund.id)]
    shown = await world.run(show_refund_routes, looks, lambda c: c.id)
    assert [each.number for each in shown] == ["6214830000001111", None, "6214830000001111"]
    async with world.database.read() as reader:
        trail = await get_trail(reader, refund.id)
    assert [row["actor_id"] for row in trail if row["type"] == "RefundRouteShown"] == [STAFF.person_id] * 2
    again = RetryRefund(id=refund.id, actor=BY_SYSTEM)
    unknown = RetryRefund(id=new_id(), actor=BY_SYSTEM)
    # Refused once more, in the same words; then not.
    assert await world.run(retry_refunds, [again, unknown], lambda c: c.id) == [
        RetryRefundStatus.RETRIED,
        RetryRefundStatus.REFUND_NOT_FOUND,
    ]
    assert await world.run(retry_refunds, [again], lambda c: c.id) == [RetryRefundStatus.EXISTS]
    await world.settle()
    assert await world.run(retry_refunds, [again], lambda c: c.id) == [RetryRefundStatus.RETRIED]
    await world.fault(refund.payment_id, refunds="succeed")
    await world.settle()
    assert [(r.amount, r.to) for r in order.refunded] == [(500, "channel")]
    assert (await world.balances())[Code.REFUND_CLEARING] == 0
    assert await world.run(retry_refunds, [again], lambda c: c.id) == [RetryRefundStatus.NOT_ALLOWED_NOW]
    assert await world.run(route_refunds, [route], lambda c: c.id) == [RouteRefundStatus.NOT_ALLOWED_NOW]


async def test_a_refund_that_the_channel_never_answered_about_waits_for_a_person(world: World) -> None:
    order, refund = await _waiting_refund(world, is_guest=True)
    async with world.database.read() as reader:
        assert await list_abnormal_refunds(reader) == []
    again = RetryRefund(id=refund.id, actor=BY_SYSTEM)
    assert await world.run(retry_refunds, [again], lambda c: c.id) == [RetryRefundStatus.NOT_ALLOWED_NOW]
    await _ask_for_the_last_time(world, refund)
    async with world.database.read() as reader:
        (found,) = await list_abnormal_refunds(reader)
    assert (found.id, found.is_unanswered) == (refund.id, True)
    await world.fault(refund.payment_id, refunds="succeed")
    assert await world.run(retry_refunds, [again], lambda c: c.id) == [RetryRefundStatus.RETRIED]
    await world.settle()
    assert [(r.amount, r.to) for r in order.refunded] == [(500, "channel")]
    async with world.database.read() as reader:
        assert await list_abnormal_refunds(reader) == []


async def _waiting_refund(world: World, *, is_guest: bool = False) -> tuple[Order, Refund]:
    """Have an order give all back, by a channel that has not told what becomes of that."""
    order = world.order(500)
    payment = (await world.pay(guest_of(order.id) if is_guest else new_id(), order, "sandbox")).id
    await start_payments(world.database, world.lanes, [payment])
    await world.act(payment, ChargeVerb.PAY)
    await world.settle()
    await world.fault(payment, refunds="wait")
    await world.refund(order)
    await world.settle()
    return order, await _refund_of(world, payment)


async def _ask_for_the_last_time(world: World, refund: Refund) -> None:
    async with world.database.transaction() as tx:
        asked = QUERY_HOURS + len(QUERY_AFTER)
        await tx.connection.execute("update payments.refunds set queries = $2 where id = $1", refund.id, asked)
    await world.turn(hours=1)


async def _refund_of(world: World, payment_id: UUID) -> Refund:
    async with world.database.read() as reader:
        (refund,) = await get_refunds(reader, [payment_id])
    return refund


class DeafChannel(SandboxChannel):
    """An acquirer that hears nothing of the first refund that it is asked for."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.asked = 0

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        self.asked += len(refunds)
        return [Answer(is_silent=True)] * len(refunds) if self.asked == 1 else await super().refund(refunds)


@pytest.mark.parametrize("is_retried", [False, True])
@pytest.mark.parametrize("is_won", [False, True])
async def test_a_channel_is_asked_for_no_refund_that_it_may_never_have_heard_of_while_its_payer_disputes_it(
    world: World, is_won: bool, is_retried: bool
) -> None:
    channel = DeafChannel(world.database)
    REGISTRY.register(channel)
    order, refund = await _waiting_refund(world)
    await _hear(world, NoticeKind.CHARGEBACK_RECEIVED, refund.payment_id, "dispute", 500)
    await world.fault(refund.payment_id, refunds="succeed")
    if is_retried:
        async with world.database.transaction() as tx:
            await tx.connection.execute("update payments.refunds set query_at = null where id = $1", refund.id)
        again = RetryRefund(id=refund.id, actor=BY_SYSTEM)
        assert await world.run(retry_refunds, [again], lambda c: c.id) == [RetryRefundStatus.RETRIED]
    for _ in range(len(QUERY_AFTER)):
        await world.turn(hours=1)
    waiting = await _refund_of(world, refund.payment_id)
    assert (waiting.status, waiting.query_at) == (RefundStatus.ABNORMAL, None)
    assert channel.asked == 1
    kind = NoticeKind.CHARGEBACK_WON if is_won else NoticeKind.CHARGEBACK_LOST
    await _hear(world, kind, refund.payment_id, "dispute", 500)
    for _ in range(len(QUERY_AFTER)):
        await world.turn(hours=1)
    assert [(r.amount, r.to, r.covered) for r in order.refunded] == [(500, "channel", 0 if is_won else 500)]
    assert channel.asked == (2 if is_won else 1)
    assert (await world.balances())[Code.REFUND_CLEARING] == 0


class MuteChannel(SandboxChannel):
    """An acquirer that says nothing of refunds."""

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        return [Answer(is_silent=True)] * len(refunds)

    find_refunds = refund


async def _unanswered_refund(world: World) -> tuple[Order, Refund]:
    """Have a refund whose channel was asked for two days, and said nothing."""
    REGISTRY.register(MuteChannel(world.database))
    order, refund = await _waiting_refund(world)
    await _ask_for_the_last_time(world, refund)
    refund = await _refund_of(world, refund.payment_id)
    assert refund.is_unanswered
    return order, refund


async def test_what_a_channel_never_answered_about_is_paid_by_another_route_once_two_found_out(world: World) -> None:
    order, refund = await _unanswered_refund(world)
    pay = PayRefundByHand(id=refund.id, amount=500, way="小镇银行 6222 流水 1", actor=BY_SYSTEM)
    await _hear(world, NoticeKind.CHARGEBACK_RECEIVED, refund.payment_id, "dispute", 100)
    assert await world.run(pay_refunds_by_hand, [pay], lambda c: c.id) == [PayRefundByHandStatus.DISPUTED]
    await _hear(world, NoticeKind.CHARGEBACK_WON, refund.payment_id, "dispute", 100)
    assert await world.run(pay_refunds_by_hand, [pay, pay], lambda c: c.id) == [
        PayRefundByHandStatus.PAID,
        PayRefundByHandStatus.EXISTS,
    ]
    await world.settle()
    assert [(r.amount, r.to) for r in order.refunded] == [(500, "bank")]
    assert (await world.balances())[Code.REFUND_CLEARING] == 0


@pytest.mark.parametrize("is_lost_first", [False, True])
async def test_a_chargeback_that_is_lost_covers_what_its_channel_never_answered_about(
    world: World, is_lost_first: bool
) -> None:
    if is_lost_first:
        REGISTRY.register(MuteChannel(world.database))
        order, refund = await _waiting_refund(world)
    else:
        order, refund = await _unanswered_refund(world)
    await _hear(world, NoticeKind.CHARGEBACK_RECEIVED, refund.payment_id, "dispute", 500)
    await _hear(world, NoticeKind.CHARGEBACK_LOST, refund.payment_id, "dispute", 500)
    if is_lost_first:
        assert order.refunded == []
        await _ask_for_the_last_time(world, refund)
    assert [(r.amount, r.to, r.covered) for r in order.refunded] == [(500, "channel", 500)]
    assert (await world.balances())[Code.REFUND_CLEARING] == 0


async def test_a_chargeback_of_what_a_wallet_paid_is_none(world: World) -> None:
    order, person = world.order(500), new_id()
    await world.top_up(person, 500)
    payment = (await world.pay(person, order, "balance")).id
    await world.settle()
    notice = _notice_of(NoticeKind.CHARGEBACK_RECEIVED, payment, "dispute", 500)
    told = await world.run(receive_notices, [replace(notice, channel="balance")], lambda n: n.owner_id)
    assert told == [NoticeStatus.CONTRADICTS]


async def test_a_channel_tells_of_a_disputed_refund_that_it_knows_how_it_stands(world: World) -> None:
    order, refund = await _waiting_refund(world)
    await _hear(world, NoticeKind.CHARGEBACK_RECEIVED, refund.payment_id, "dispute", 500)
    for _ in range(len(QUERY_AFTER)):
        await world.turn(hours=1)
    assert (await _refund_of(world, refund.payment_id)).status is RefundStatus.SUBMITTED
    async with world.database.transaction() as tx:
        await tx.connection.execute("update sandbox.refunds set status = 'succeeded' where id = $1", refund.id)
    await world.turn(hours=1)
    assert [(r.amount, r.to) for r in order.refunded] == [(500, "channel")]


def _notice_of(kind: NoticeKind, id: UUID, reference: str, amount: int) -> Notice:
    return Notice(
        channel="sandbox",
        event_id=f"{kind} {reference}",
        kind=kind,
        subject_id=id,
        reference=reference,
        amount=amount,
        occurred_at=clock.now(),
        raw=b"",
    )


async def _hear(world: World, kind: NoticeKind, id: UUID, reference: str, amount: int) -> None:
    notice = _notice_of(kind, id, reference, amount)
    assert await world.run(receive_notices, [notice], lambda n: n.owner_id) == [NoticeStatus.RECORDED]
    await world.settle()


async def test_a_chargeback_covers_another_refund_once_the_one_it_covered_is_paid_after_all(world: World) -> None:
    order = world.order(500)
    payment = (await world.pay(guest_of(order.id), order, "sandbox")).id
    await start_payments(world.database, world.lanes, [payment])
    await world.fault(payment, refunds="refuse")
    await world.act(payment, ChargeVerb.PAY)
    await world.settle()
    for amount in (300, 200):
        await world.refund(order, amount)
        await world.settle()
    async with world.database.read() as reader:
        first, second = sorted(await get_refunds(reader, [payment]), key=lambda each: -each.amount)
    await _hear(world, NoticeKind.CHARGEBACK_RECEIVED, payment, "dispute", 200)
    await _hear(world, NoticeKind.CHARGEBACK_LOST, payment, "dispute", 200)
    async with world.database.read() as reader:
        refunds = {each.id: each for each in await get_refunds(reader, [payment])}
    assert [(each.status, each.covered) for each in (refunds[first.id], refunds[second.id])] == [
        (RefundStatus.ABNORMAL, 200),
        (RefundStatus.ABNORMAL, 0),
    ]
    await _hear(world, NoticeKind.REFUND_SUCCEEDED, first.id, "after all", 300)
    async with world.database.read() as reader:
        refunds = {each.id: each for each in await get_refunds(reader, [payment])}
    assert [(each.status, each.covered) for each in (refunds[first.id], refunds[second.id])] == [
        (RefundStatus.SUCCEEDED, 0),
        (RefundStatus.CHARGED_BACK, 200),
    ]
    assert sorted((each.amount, each.covered) for each in order.refunded) == [(200, 200), (300, 0)]
    balances = await world.balances()
    assert (balances[Code.REFUND_CLEARING], balances[Code.BAD_DEBT]) == (0, 200)


async def test_of_two_proposals_to_pay_a_refund_by_hand_one_is_done(world: World) -> None:
    order, refund = await _refused_guest(world)
    ways = ("小镇银行 6222", "现金")
    proposed = [propose(RefundByHand(refund_id=refund.id, amount=500, way=way), refund.id) for way in ways]
    async with world.database.transaction() as tx:
        assert await propose_deeds(tx, proposed) == [ProposeStatus.PROPOSED] * 2
        results = await decide_proposals(tx, [approve(each) for each in proposed])
    assert [(result.status, result.failure) for result in results] == [
        (DecideStatus.APPROVED, None),
        (DecideStatus.LEDGER_REFUSED, "exists"),
    ]
    await world.settle()
    assert [(r.amount, r.to) for r in order.refunded] == [(500, "bank")]
    async with world.database.read() as reader:
        (payment,) = await get_payments(reader, [refund.payment_id])
        (kept,) = await get_refunds(reader, [refund.payment_id])
    assert payment is not None
    assert [each.to for each in describe_payment(payment, [kept]).refunds] == ["bank"], "its payer reads the same"
    assert (await world.balances())[Code.BANK] == 500


async def test_nobody_decides_about_a_refund_by_hand_of_their_own(world: World) -> None:
    _, refund = await _refused_guest(world)
    deed = RefundByHand(refund_id=refund.id, amount=500, way="小镇银行 6222")
    proposed = propose(deed, refund.id)
    async with world.database.transaction() as tx:
        payer = Actor("staff", refund.payer_id)
        assert await propose_deeds(tx, [replace(proposed, actor=payer), proposed]) == [
            ProposeStatus.OWN_MONEY,
            ProposeStatus.PROPOSED,
        ]
        results = await decide_proposals(tx, [replace(approve(proposed), actor=payer)])
        results += await decide_proposals(tx, [approve(proposed)])
    assert [result.status for result in results] == [DecideStatus.OWN_MONEY, DecideStatus.APPROVED]


async def test_nobody_decides_about_a_refund_by_hand_of_a_shop_that_they_work_in(world: World) -> None:
    # Its program says to which account it goes.
    async with world.database.transaction() as tx:
        shop, owner = await open_shop(tx)
    _, refund = await _refused_guest(world, shop)
    proposed = propose(RefundByHand(refund_id=refund.id, amount=500, way="小镇银行 6222"), refund.id)
    async with world.database.transaction() as tx:
        theirs = Actor("staff", owner)
        assert await propose_deeds(tx, [replace(proposed, actor=theirs), proposed]) == [
            ProposeStatus.OWN_MONEY,
            ProposeStatus.PROPOSED,
        ]
        results = await decide_proposals(tx, [replace(approve(proposed), actor=theirs)])
    assert [result.status for result in results] == [DecideStatus.OWN_MONEY]


async def test_a_refused_refund_is_paid_by_another_route_once(world: World) -> None:
    order, refund = await _refused_guest(world)
    pay = PayRefundByHand(id=refund.id, amount=500, way="小镇银行 6222 流水 1", actor=BY_SYSTEM)
    commands = [replace(pay, amount=499), pay, pay, replace(pay, id=new_id(refund.id))]
    assert await world.run(pay_refunds_by_hand, commands, lambda c: c.id) == [
        PayRefundByHandStatus.AMOUNT_DIFFERS,
        PayRefundByHandStatus.PAID,
        PayRefundByHandStatus.EXISTS,
        PayRefundByHandStatus.REFUND_NOT_FOUND,
    ]
    await world.settle()
    assert [(r.amount, r.to) for r in order.refunded] == [(500, "bank")]
    balances = await world.balances()
    assert (balances[Code.REFUND_CLEARING], balances[Code.BANK]) == (0, 500)
    # Should the channel pay after all, somebody has to look.
    told = Notice(
        channel="sandbox",
        event_id="late",
        kind=NoticeKind.REFUND_SUCCEEDED,
        subject_id=refund.id,
        reference="R1",
        amount=500,
        occurred_at=clock.now(),
        raw=b"{}",
    )
    assert await world.run(receive_notices, [told], lambda n: n.owner_id) == [NoticeStatus.CONTRADICTS]


async def test_a_refund_that_waits_keeps_the_money_set_aside(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.fault(payment, refunds="wait")
    await world.act(payment, ChargeVerb.PAY)
    await world.settle()
    await world.refund(order, 300)
    await world.turn(hours=1)
    assert order.refunded == []
    assert (await world.balances())[Code.REFUND_CLEARING] == 300
    async with world.database.read() as reader:
        (refund,) = await get_refunds(reader, [payment])
    command = ActOnRefund(id=refund.id, verb=RefundVerb.SUCCEED, actor=BY_SYSTEM)
    assert await world.run(act_on_refunds, [command, command], lambda c: c.id) == [
        ActStatus.DONE,
        ActStatus.NOT_POSSIBLE,
    ]
    await world.settle()
    assert [(r.amount, r.to) for r in order.refunded] == [(300, "channel")]


async def test_a_silent_channel_is_asked_until_it_speaks(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.fault(payment, notices=0, is_silent=True)
    await world.act(payment, ChargeVerb.PAY)
    await world.turn(seconds=6)
    found = await world.payment(payment)
    assert found.status is PaymentStatus.UNKNOWN
    assert found.query_at
    await world.turn(hours=5)
    assert (await world.payment(payment)).status is PaymentStatus.UNKNOWN
    await world.fault(payment, notices=0, is_silent=False)
    await world.turn(hours=1)
    assert (await world.payment(payment)).status is PaymentStatus.SUCCEEDED
    assert order.paid_by


async def test_a_channel_that_stays_silent_is_left_to_a_person_after_two_days(world: World) -> None:
    _, payment = await _submitted(world, 500)
    await world.fault(payment, is_silent=True)
    for _ in range(60):
        await world.turn(hours=1)
    found = await world.payment(payment)
    assert (found.status, found.query_at) == (PaymentStatus.UNKNOWN, None)


async def test_a_payment_that_failed_may_still_succeed(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.act(payment, ChargeVerb.FAIL)
    await world.settle()
    found = await world.payment(payment)
    assert (found.status, found.failure) == (PaymentStatus.FAILED, "refused_by_channel")
    await world.act(payment, ChargeVerb.PAY)
    await world.settle()
    found = await world.payment(payment)
    assert (found.status, found.failure) == (PaymentStatus.SUCCEEDED, None)
    assert order.paid_by


async def test_money_that_comes_untold_after_a_payment_failed_is_found_by_asking(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.act(payment, ChargeVerb.FAIL_THEN_PAY, hours=5)
    await world.settle()
    assert (await world.payment(payment)).status is PaymentStatus.FAILED
    await world.turn(hours=4)
    assert (await world.payment(payment)).status is PaymentStatus.FAILED
    for _ in range(6):
        await world.turn(hours=1)
    found = await world.payment(payment)
    assert (found.status, found.failure, found.query_at) == (PaymentStatus.SUCCEEDED, None, None)
    assert order.paid_by
    assert (await world.balances())[Code.CHANNEL_RECEIVABLE] == -500


async def test_money_that_comes_untold_after_the_payment_was_closed_goes_back(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.fault(payment, notices=0)
    await world.act(payment, ChargeVerb.PAY_LATE, hours=30)
    await world.turn(minutes=31)
    assert (await world.payment(payment)).status is PaymentStatus.CLOSED
    order.is_closed = True
    for _ in range(48):
        await world.turn(hours=1)
    assert order.rejected == 1
    assert [(r.amount, r.to, r.reason) for r in order.refunded] == [(500, "channel", "rejected")]
    balances = await world.balances()
    assert balances[Code.SUSPENSE] == balances[Code.REFUND_CLEARING] == balances[Code.TRANSIT] == 0


async def test_a_payment_that_failed_is_asked_about_until_its_channel_says_that_is_final(world: World) -> None:
    _, payment = await _submitted(world, 500)
    await world.act(payment, ChargeVerb.FAIL)
    failed_at = clock.now()
    await world.settle()
    last = (await world.payment(payment)).query_at
    while at := (await world.payment(payment)).query_at:
        last = at
        await world.turn(seconds=(at - clock.now()).total_seconds())
    assert last
    assert SandboxChannel.final_after <= last - failed_at < SandboxChannel.final_after + timedelta(minutes=1)
    found = await world.payment(payment)
    assert (found.status, found.queries) == (PaymentStatus.FAILED, 12)


async def test_a_payment_that_failed_is_asked_about_on_while_its_channel_is_silent(world: World) -> None:
    order, payment = await _submitted(world, 500)
    await world.act(payment, ChargeVerb.FAIL_THEN_PAY, hours=47)
    await world.settle()
    await world.fault(payment, is_silent=True)
    for _ in range(60):
        await world.turn(hours=1)
    assert (await world.payment(payment)).status is PaymentStatus.FAILED
    await world.fault(payment, is_silent=False)
    await world.turn(hours=1)
    assert (await world.payment(payment)).status is PaymentStatus.SUCCEEDED
    assert order.paid_by


async def test_a_payment_that_was_never_started_is_closed_without_asking(world: World) -> None:
    order = world.order(500)
    payment = await world.pay(new_id(), order, "sandbox")
    await world.turn(minutes=31)
    assert (await world.payment(payment.id)).status is PaymentStatus.CLOSED
    async with world.database.read() as reader:
        assert await get_charge(reader, payment.id) is None


async def test_a_payment_nobody_wants_is_closed_at_the_channel(world: World) -> None:
    _, payment = await _submitted(world, 500)
    command = ClosePayment(id=payment, actor=BY_SYSTEM)
    assert await world.run(close_payments, [command], lambda c: c.id) == [ClosePaymentStatus.CLOSING]
    await world.settle()
    assert (await world.payment(payment)).status is PaymentStatus.CLOSED
    async with world.database.read() as reader:
        charge = await get_charge(reader, payment)
    assert charge
    assert charge.status == "closed"


async def test_a_wallet_is_topped_up_through_a_channel(world: World) -> None:
    person = new_id()
    command = CreatePayment(
        id=new_id(person),
        payer_id=person,
        subject_id=person,
        payee_id=person,
        purpose=Purpose.TOP_UP,
        amount=700,
        channel="sandbox",
        actor=BY_SYSTEM,
    )
    await world.run(create_payments, [command], lambda c: c.id)
    await start_payments(world.database, world.lanes, [command.id])
    await world.act(command.id, ChargeVerb.PAY)
    await world.settle()
    async with world.database.read() as reader:
        wallet = await get_wallet(reader, person)
    assert (wallet.available, wallet.held) == (700, 0)
    assert [(m.amount, m.kind, m.subject_id) for m in wallet.movements] == [(700, Kind.TOP_UP, None)]


async def test_money_for_a_payment_that_we_do_not_know_waits_in_suspense(world: World) -> None:
    notice = Notice(
        channel="sandbox",
        event_id="stranger",
        kind=NoticeKind.CHARGE_SUCCEEDED,
        subject_id=None,
        reference="R1",
        amount=1_234,
        occurred_at=clock.now(),
        raw=b"{}",
    )
    statuses = await world.run(receive_notices, [notice, notice], lambda notice: notice.owner_id)
    assert statuses == [NoticeStatus.UNMATCHED, NoticeStatus.EXISTS]
    assert (await world.balances())[Code.SUSPENSE] == 1_234
    async with world.database.read() as reader:
        assert [(c.reference, c.amount) for c in await list_unmatched_captures(reader)] == [("R1", 1_234)]
        assert [row["event_id"] for row in await list_troubling_notices(reader)] == ["stranger"]


async def test_what_was_taken_is_settled_the_next_day_less_the_fee(world: World) -> None:
    await world.top_up(new_id(), 100_000)
    order, payment = await _submitted(world, 50_000)
    await world.act(payment, ChargeVerb.PAY)
    await world.settle()
    await world.refund(order, 20_000)
    await world.settle()
    await world.turn(days=1)
    balances = await world.balances()
    assert balances[Code.CHANNEL_RECEIVABLE] == 0
    assert balances[Code.CHANNEL_FEE] == -900
    assert balances[Code.BANK] == -129_100
    async with world.database.read() as reader:
        custody = await get_custody(reader)
    assert (custody.bank, custody.channel_receivable, custody.owed) == (129_100, 0, 130_000)
    assert not custody.is_covered


async def _payout(world: World, number: str, *, amount: int = 8_600, fee: int = 100) -> tuple[UUID, UUID]:
    """Let a shop that has just amount and fee ask for them; return shop and payout."""
    shop = new_id()
    target, own = chart.merchant_available(shop), chart.own_funds(shard_of(shop))
    bank = chart.bank(shard_of(shop))
    async with world.database.transaction() as tx:
        paid_in = [
            Transfer(
                id=new_id(shop), debit_account_id=a.id, credit_account_id=b.id, amount=amount + fee, ledger=1, code=6
            )
            for a, b in ((bank, own), (own, target))
        ]
        assert all(result.is_made for result in await create_transfers(tx, paid_in, [target, own, bank]))
    payout = await _withdraw(world, shop, PayoutSource.MERCHANT_AVAILABLE, number, amount=amount, fee=fee)
    assert await world.available(target) == 0
    return shop, payout


async def _withdraw(world: World, owner: UUID, source: PayoutSource, number: str, *, amount: int, fee: int) -> UUID:
    """Ask for money at a bank account of this number; return the payout."""
    account = CreatePayoutAccount(
        id=new_id(owner), owner_id=owner, holder="张三", bank="中国银行", number=number, actor=BY_SYSTEM
    )
    command = RequestPayout(
        id=new_id(owner),
        owner_id=owner,
        source=source,
        account_id=account.id,
        amount=amount,
        fee=fee,
        channel="sandbox",
        actor=BY_SYSTEM,
    )
    async with world.database.transaction() as tx:
        assert await create_payout_accounts(tx, [account]) == [CreatePayoutAccountStatus.CREATED]
        assert await request_payouts(tx, [command]) == [RequestPayoutStatus.CREATED]
    return command.id


async def _status(world: World, owner: UUID) -> PayoutStatus:
    async with world.database.read() as reader:
        (payout,) = await list_payouts(reader, owner)
    return payout.status


async def test_a_payout_is_held_then_accepted_and_paid(world: World) -> None:
    shop, _ = await _payout(world, "6222000012344321")
    await world.settle()
    assert await _status(world, shop) is PayoutStatus.PAID
    balances = {code: value for code, value in (await world.balances()).items() if value}
    assert balances == {Code.BANK: -98, Code.WITHDRAWAL_FEE_INCOME: 100, Code.PAYOUT_FEE: -2}


async def test_a_payout_that_the_bank_rejects_frees_amount_and_fee(world: World) -> None:
    shop, _ = await _payout(world, "6222000012340001")
    await world.settle()
    assert await _status(world, shop) is PayoutStatus.REJECTED
    assert await world.available(chart.merchant_available(shop)) == 8_700
    assert (await world.balances())[Code.BANK] == -8_700


async def test_a_payout_that_comes_back_after_days_gives_amount_and_fee_back(world: World) -> None:
    shop, _ = await _payout(world, "6222000012340002")
    await world.settle()
    assert await _status(world, shop) is PayoutStatus.PAID
    await world.turn(days=3, seconds=1)
    assert await _status(world, shop) is PayoutStatus.RETURNED
    assert await world.available(chart.merchant_available(shop)) == 8_700
    balances = await world.balances()
    assert (balances[Code.PAYOUT_CLEARING], balances[Code.WITHDRAWAL_FEE_INCOME], balances[Code.BANK]) == (0, 0, -8_698)


async def test_a_payout_waits_for_the_bank_without_a_fee(world: World) -> None:
    shop, payout = await _payout(world, "6222000012340003", fee=0)
    await world.turn(hours=3)
    assert await _status(world, shop) is PayoutStatus.SUBMITTED
    verbs = (PayoutVerb.RETURN, PayoutVerb.ACCEPT, PayoutVerb.RETURN, PayoutVerb.PAY)
    commands = [ActOnPayout(id=payout, verb=verb, actor=BY_SYSTEM) for verb in verbs]
    assert await world.run(act_on_payouts, commands, lambda c: c.id) == [
        ActStatus.NOT_POSSIBLE,
        ActStatus.DONE,
        ActStatus.DONE,
        ActStatus.NOT_POSSIBLE,
    ]
    await world.settle()
    assert await _status(world, shop) is PayoutStatus.RETURNED
    assert await world.available(chart.merchant_available(shop)) == 8_600
    assert (await world.balances())[Code.PAYOUT_CLEARING] == 0


async def _submitted(world: World, amount: int) -> tuple[Order, UUID]:
    order = world.order(amount)
    payment = await world.pay(new_id(), order, "sandbox")
    await start_payments(world.database, world.lanes, [payment.id])
    return order, payment.id

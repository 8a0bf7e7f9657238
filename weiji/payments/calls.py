"""What talks to channels, outside of any transaction: starting, closing, refunding, paying out, and asking again.

Each goes the same way: mark as asked, ask, record what was said. Who dies in between leaves a row that a job finds.
"""

from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import Final, TypeVar
from uuid import UUID

import structlog
from msgspec.structs import replace

from weiji.events import BY_CLOCK, BY_SYSTEM, Delivered, Subscription
from weiji.events.orders import OrderClosed, PaymentRejected, RefundOrdered
from weiji.events.payments import PaymentCloseRequested, PayoutRequested, RefundApproved, RefundSucceeded
from weiji.events.wire import MerchantOrderClosed
from weiji.kit import clock
from weiji.kit.batch import Batcher, Batchers, Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive
from weiji.kit.jobs import Job
from weiji.kit.seal import KEYS
from weiji.payments import operations, store
from weiji.payments.channels import (
    REGISTRY,
    SILENT,
    Ability,
    Answer,
    Channel,
    Device,
    Payer,
    freezing_channels,
    sandbox,
)
from weiji.payments.freezing import operations as freezing
from weiji.payments.freezing import store as freezing_store
from weiji.payments.freezing.model import FROZEN_COLUMN, Held, TakenAtChannel, Unfreezing
from weiji.payments.model import (
    ApproveRefund,
    ApproveRefundStatus,
    ClosePayment,
    Notice,
    NoticeKind,
    NoticeStatus,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAccount,
    Question,
    Refund,
    RefundReason,
    RefundStatus,
)

T = TypeVar("T", Payment, Refund, Payout, Unfreezing)
C = TypeVar("C")

Record = Callable[[Transaction, Sequence[Question]], Awaitable[None]]

QUERY_EVERY: Final = timedelta(seconds=5)
NOTICES_EVERY: Final = timedelta(seconds=1)
CONFIRM_FROM: Final = 100_000
"""Fen from which a notice of money is believed only once its channel says the same when asked."""

SETTLE_EVERY: Final = timedelta(hours=1)

log = structlog.get_logger("weiji.channels")

_OPEN: Final = (PaymentStatus.SUBMITTED, PaymentStatus.UNKNOWN)


def _by_lane(lanes: Lanes, items: Sequence[C], owner: Callable[[C], UUID]) -> list[list[C]]:
    parts: dict[int, list[C]] = {}
    for item in items:
        parts.setdefault(lanes.of(owner(item)), []).append(item)
    return list(parts.values())


def _itself(id: UUID) -> UUID:
    return id


async def _ask(
    database: Database,
    lanes: Lanes,
    things: Sequence[T],
    ask: Callable[[Channel, list[T]], Awaitable[list[Answer]]],
    record: Record,
) -> None:
    """Ask each thing's channel about it, and record what was said, a lane at a time."""
    for part in _by_lane(lanes, things, lambda thing: thing.id):
        by_channel: dict[str, list[T]] = {}
        for thing in part:
            by_channel.setdefault(thing.channel, []).append(thing)
        for channel, asked in by_channel.items():
            found = REGISTRY.find(channel)
            if channel in freezing_channels():
                await _tell_whose(database, asked)
            # Of a channel that is gone nobody can say how things stand.
            answers = await ask(found, asked) if found else [SILENT] * len(asked)
            await database.retried(partial(_record, record=record, asked=[t.id for t in asked], answers=answers))


async def _tell_whose(database: Database, things: Sequence[Payment | Refund | Payout | Unfreezing]) -> None:
    """Write on things at which sub-merchant their money is: the channel can't find them without."""
    about = {thing.id: _payment_of(thing) for thing in things}
    async with database.read() as reader:
        numbers = await freezing_store.get_frozen_payments(reader, [id for id in about.values() if id is not None])
    for thing in things:
        id = about[thing.id]
        if id in numbers and not isinstance(thing, Payout):
            thing.sub_merchant = KEYS.unseal(numbers[id], FROZEN_COLUMN, id)


def _payment_of(thing: Payment | Refund | Payout | Unfreezing) -> UUID | None:
    if isinstance(thing, Payment):
        return thing.id
    return None if isinstance(thing, Payout) else thing.payment_id


async def _record(tx: Transaction, *, record: Record, asked: Sequence[UUID], answers: Sequence[Answer]) -> None:
    """Note that the channel was asked, then take in what it said."""
    pairs = zip(asked, answers, strict=True)
    await record(
        tx,
        [
            Question(
                id=id,
                is_silent=answer.is_silent,
                pay_url=answer.pay_url,
                pay_way=answer.pay_way,
                reason=answer.reason,
                is_uncovered=answer.is_uncovered,
                is_unmade=answer.is_unmade,
                is_undone=answer.is_undone,
            )
            for id, answer in pairs
        ],
    )
    notices = [notice for answer in answers for notice in answer.notices]
    if notices:
        await operations.receive_notices(tx, notices)


async def _query(channel: Channel, payments: list[Payment]) -> list[Answer]:
    return await channel.query(payments)


async def _close(channel: Channel, payments: list[Payment]) -> list[Answer]:
    return await channel.close(payments)


async def _refund(channel: Channel, refunds: list[Refund]) -> list[Answer]:
    return _answer_again(refunds, await channel.refund(refunds))


async def _find_refunds(channel: Channel, refunds: list[Refund]) -> list[Answer]:
    return _answer_again(refunds, await channel.find_refunds(refunds))


def _answer_again(refunds: list[Refund], answers: list[Answer]) -> list[Answer]:
    """Tell what a channel says after it was asked once more from what it had said before, though that reads alike."""
    return [
        replace(answer, notices=tuple(replace(n, event_id=f"{n.event_id}#{refund.retries}") for n in answer.notices))
        if refund.retries
        else answer
        for refund, answer in zip(refunds, answers, strict=True)
    ]


async def start_payments(
    database: Database,
    lanes: Lanes,
    ids: Sequence[UUID],
    payer: Payer = Payer(),  # noqa: B008
) -> list[Payment | None]:
    """Ask the channels of payments for their money; then each has a `pay_url`, where the channel gave one.

    Results are in the order of *ids*. Those asked before are not asked again. The edge calls this, after
    `create_payments`.
    """

    for part in _by_lane(lanes, ids, _itself):
        submitted = await database.retried(partial(operations.submit_payments, ids=part))
        await start_for(database, lanes, submitted, payer)
    async with database.read() as reader:
        return await operations.get_payments(reader, ids)


async def start_for(database: Database, lanes: Lanes, payments: Sequence[Payment], payer: Payer) -> None:
    """Ask the channels of payments that are submitted for their money, from a payer of whom more may be known now."""

    async def start(channel: Channel, asked: list[Payment]) -> list[Answer]:
        is_elsewhere = payer.device is Device.WECHAT and Ability.JSAPI not in channel.abilities
        return await channel.start(asked, replace(payer, device=Device.PHONE) if is_elsewhere else payer)

    await _ask(database, lanes, payments, start, operations.record_payment_questions)


async def start_payments_on(
    database: Database, lanes: Lanes, asked: Sequence[tuple[UUID, Device, str | None]], address: str | None
) -> dict[UUID, Payment]:
    """Start payments, each for the device and the openid of its payer; give those that there are, by id."""
    by_payer: dict[tuple[Device, str | None], list[UUID]] = {}
    for id, device, openid in asked:
        by_payer.setdefault((device, openid), []).append(id)
    started = []
    for (device, openid), ids in by_payer.items():
        started += await start_payments(database, lanes, ids, Payer(device=device, address=address, openid=openid))
    return {payment.id: payment for payment in started if payment}


async def close_open_payments(database: Database, lanes: Lanes, order_ids: Sequence[UUID]) -> None:
    """Have nothing more paid for orders that were paid, or closed: what somebody is about to pay there would go back.

    What is for several orders, one of them among these, is closed, too: it can't be taken whole any more.
    """
    if not order_ids:
        return
    async with database.read() as reader:
        ids = await store.find_open_payments(reader, order_ids)
    for part in _by_lane(lanes, ids, _itself):
        commands = [ClosePayment(id=id, actor=BY_SYSTEM) for id in part]
        await database.retried(partial(operations.close_payments, commands=commands))


async def _close_payments_of_orders(database: Database, lanes: Lanes, delivered: Sequence[Delivered]) -> None:
    # What the clock closed has payments that end with it.
    await close_open_payments(database, lanes, [one.subject_id for one in delivered if one.actor != BY_CLOCK])


async def _close_payments(database: Database, lanes: Lanes, delivered: Sequence[Delivered]) -> None:
    async with database.read() as reader:
        found = await operations.get_payments(reader, [one.event.payment_id for one in delivered])
    open_ones = {p.id: p for p in found if p and p.status in _OPEN}
    await _ask(database, lanes, list(open_ones.values()), _close, operations.record_payment_questions)


async def _ask_refunds(database: Database, lanes: Lanes, delivered: Sequence[Delivered]) -> None:
    for part in _by_lane(lanes, [one.event.refund_id for one in delivered], _itself):
        refunds = await database.retried(partial(operations.submit_refunds, ids=part))
        await _ask(database, lanes, refunds, _refund, operations.record_refund_questions)


async def _ask_payouts(database: Database, lanes: Lanes, delivered: Sequence[Delivered]) -> None:
    for part in _by_lane(lanes, [one.event.payout_id for one in delivered], _itself):
        await _pay_out(database, lanes, await database.retried(partial(operations.submit_payouts, ids=part)))


async def _pay_out(database: Database, lanes: Lanes, payouts: Sequence[Payout]) -> None:
    async with database.read() as reader:
        accounts = await store.get_payout_accounts(reader, [payout.account_id for payout in payouts])

    async def ask(channel: Channel, asked: list[Payout]) -> list[Answer]:
        pairs: list[tuple[Payout, PayoutAccount]] = [(payout, accounts[payout.account_id]) for payout in asked]
        return await channel.pay_out(pairs)

    await _ask(database, lanes, payouts, ask, operations.record_payout_questions)


async def _approve(database: Database, lanes: Lanes, commands: Sequence[ApproveRefund]) -> None:
    """Approve refunds that orders decided on. One that can't be is a fault of ours, and set aside for a person."""
    wrong = []
    for part in _by_lane(lanes, commands, lambda command: command.payment_id):
        statuses = await database.retried(partial(operations.approve_refunds, commands=part))
        wrong += [
            (command.source_id, status.value)
            for command, status in zip(part, statuses, strict=True)
            if status not in (ApproveRefundStatus.CREATED, ApproveRefundStatus.EXISTS)
        ]
    if wrong:
        raise ValueError(f"refunds that can't be: {wrong}")


async def _order_refunds(database: Database, lanes: Lanes, delivered: Sequence[Delivered]) -> None:
    commands = [
        ApproveRefund(
            payment_id=one.event.payment_id,
            source_id=one.event.refund_id,
            amount=one.event.amount,
            reason=RefundReason.ORDERED,
            actor=one.actor,
            order_id=one.event.order_id,
            is_settled=one.event.is_settled,
            of_shop=one.event.of_shop,
        )
        for one in delivered
    ]
    await _approve(database, lanes, commands)


async def _reject_payments(database: Database, lanes: Lanes, delivered: Sequence[Delivered]) -> None:
    # The payment, or its part, is its own source: it is rejected once, however often that is told.
    commands = [
        ApproveRefund(
            payment_id=one.event.payment_id,
            source_id=derive(one.event.payment_id, "part", one.event.order_id)
            if one.event.is_part
            else one.event.payment_id,
            amount=one.event.amount,
            reason=RefundReason.REJECTED,
            actor=one.actor,
            order_id=one.event.order_id,
        )
        for one in delivered
    ]
    await _approve(database, lanes, commands)


async def _book_taken(database: Database, lanes: Lanes, delivered: Sequence[Delivered]) -> None:
    """Book what channels gave payers back out of what was shops' own there, near the shops."""
    taken = [
        TakenAtChannel(
            order_id=event.order_id,
            shop_id=event.payee_id,
            refund_id=event.refund_id,
            channel=event.taken_by,
            amount=event.amount,
            of_shop=event.amount if event.of_shop is None else event.of_shop,
        )
        for event in (one.event for one in delivered)
        if event.taken_by is not None
    ]
    for part in _by_lane(lanes, taken, attrgetter("shop_id")):
        await database.retried(partial(freezing.book_taken, taken=part))


def subscriptions(lanes: Lanes) -> list[Subscription]:
    """What payments hear of. All of it may touch several lanes or a channel, so none of it runs in a transaction."""

    def bound(
        work: Callable[[Database, Lanes, Sequence[Delivered]], Awaitable[None]],
    ) -> Callable[[Database, Sequence[Delivered]], Awaitable[None]]:
        async def call(database: Database, delivered: Sequence[Delivered]) -> None:
            await work(database, lanes, delivered)

        return call

    return [
        Subscription(name="payments.order_refunds", events=(RefundOrdered,), caller=bound(_order_refunds)),
        Subscription(name="payments.reject_payments", events=(PaymentRejected,), caller=bound(_reject_payments)),
        Subscription(
            name="payments.close_payments_of_orders",
            events=(OrderClosed, MerchantOrderClosed),
            caller=bound(_close_payments_of_orders),
        ),
        Subscription(name="payments.close_payments", events=(PaymentCloseRequested,), caller=bound(_close_payments)),
        Subscription(name="payments.ask_refunds", events=(RefundApproved,), caller=bound(_ask_refunds)),
        Subscription(name="payments.ask_payouts", events=(PayoutRequested,), caller=bound(_ask_payouts)),
        Subscription(name="payments.book_taken", events=(RefundSucceeded,), caller=bound(_book_taken)),
    ]


async def query_payments(database: Database, lanes: Lanes, limit: int) -> int:
    """Look at payments that it is time to look at: ask how they stand, and close those that have expired.

    Of those that failed or were closed at their channel, ask whether that took the money all the same.
    """
    total = 0
    now = clock.now()
    for shards in lanes.shards:
        async with database.read() as reader:
            due = await store.get_due_payments(reader, shards, now, limit)
        total += len(due)
        never_asked = [p for p in due if p.status is PaymentStatus.CREATED]
        expired = [p for p in due if p.status in _OPEN and p.expires_at is not None and p.expires_at <= now]
        others = [p for p in due if p not in never_asked and p not in expired]
        if never_asked:
            commands = [ClosePayment(id=p.id, actor=BY_CLOCK) for p in never_asked]
            await database.retried(partial(operations.close_payments, commands=commands))
        await _ask(database, lanes, expired, _close, operations.record_payment_questions)
        await _ask(database, lanes, others, _query, operations.record_payment_questions)
    return total


async def query_refunds(database: Database, lanes: Lanes, limit: int) -> int:
    """Ask again for refunds that nothing was heard of."""
    total = 0
    for shards in lanes.shards:
        async with database.read() as reader:
            due = await store.get_due_refunds(reader, shards, clock.now(), limit)
        total += len(due)
        # While a channel is asked for one, nobody pays it by another route.
        uncovered = [refund.id for refund in due if refund.status is RefundStatus.UNCOVERED]
        again = await database.retried(partial(operations.submit_refunds, ids=uncovered)) if uncovered else []
        others = [refund for refund in due if refund.status is not RefundStatus.UNCOVERED]
        async with database.read() as reader:
            disputed = await operations.find_disputed(reader, others)
        asked = [refund for refund in others if refund.id not in disputed] + again
        await _ask(database, lanes, asked, _refund, operations.record_refund_questions)
        # It may never have heard of them: asked for them, it would pay what a chargeback may have given back.
        found = [refund for refund in others if refund.id in disputed]
        await _ask(database, lanes, found, _find_refunds, operations.record_refund_questions)
    return total


async def query_payouts(database: Database, lanes: Lanes, limit: int) -> int:
    """Ask again for payouts that nothing was heard of."""
    total = 0
    for shards in lanes.shards:
        async with database.read() as reader:
            due = await store.get_due_payouts(reader, shards, clock.now(), limit)
        total += len(due)
        await _pay_out(database, lanes, due)
    return total


async def unfreeze(database: Database, lanes: Lanes, limit: int) -> int:
    """Have channels let go what it is time to ask about. What is on its way back to a payer goes first.

    Else a shop would be given what is not its own, and the refund be taken from it afterwards.
    """
    total = 0
    for shards in lanes.shards:
        async with database.read() as reader:
            due = await freezing_store.get_due_unfreezings(reader, shards, clock.now(), limit)
            # What is decided goes on: a channel may give nothing back out of what is half let go.
            refunding = await freezing_store.get_refunding(reader, [each for each in due if not each.is_decided])
        total += len(due)
        late = [each.id for each in due if each.payment_id in refunding]
        if late:
            await database.retried(partial(freezing.put_off_unfreezings, ids=late))
        ready = [each.id for each in due if each.id not in late]
        if ready:
            submitted = await database.retried(partial(freezing.submit_unfreezings, ids=ready))
            decided = await _decide(database, lanes, [each for each in submitted if not each.is_decided])
            asked = [each for each in submitted if each.is_decided] + decided
            await _ask(database, lanes, asked, _unfreeze, freezing.record_unfreezing_questions)
    return total


async def _decide(database: Database, lanes: Lanes, unfreezings: Sequence[Unfreezing]) -> list[Unfreezing]:
    """Ask channels what they hold of orders, and decide what they are to let go; return what that is done for."""
    async with database.read() as reader:
        left = await freezing_store.get_left(reader, [each.payment_id for each in unfreezings])
    for each in unfreezings:
        each.frozen = left.get(each.payment_id, each.frozen)
    held: list[Held] = []

    async def measure(channel: Channel, asked: list[Unfreezing]) -> list[Answer]:
        answers = await channel.measure(asked)
        held.extend(
            Held(id=each.id, rest=answer.held, known=each.frozen)
            for each, answer in zip(asked, answers, strict=True)
            if answer.held is not None
        )
        return answers

    async def record(tx: Transaction, questions: Sequence[Question]) -> None:
        told = {each.id for each in held}
        await freezing.record_unfreezing_questions(tx, [each for each in questions if each.id not in told])

    await _ask(database, lanes, unfreezings, measure, record)
    decided = []
    for part in _by_lane(lanes, held, attrgetter("id")):
        decided += await database.retried(partial(freezing.decide_unfreezings, held=part))
    return decided


async def _unfreeze(channel: Channel, unfreezings: list[Unfreezing]) -> list[Answer]:
    left = [each for each in unfreezings if each.rest or each.part]
    answers = dict(zip((each.id for each in left), await channel.unfreeze(left), strict=True))
    return [answers.get(each.id) or _all_gone_back(each) for each in unfreezings]


def _all_gone_back(unfreezing: Unfreezing) -> Answer:
    """End what its payer has again whole: its channel has nothing that it could let go."""
    notice = Notice(
        channel=unfreezing.channel,
        event_id=f"gone back:{unfreezing.id.hex}",
        kind=NoticeKind.UNFREEZING_SUCCEEDED,
        subject_id=unfreezing.id,
        reference=unfreezing.id.hex,
        amount=unfreezing.amount,
        occurred_at=clock.now(),
        raw=unfreezing.id.hex.encode(),
    )
    return Answer(notices=(notice,))


async def deliver_sandbox_notices(database: Database, lanes: Lanes, limit: int) -> int:
    """Bring what the sandbox acquirer has to tell, each notice by itself, as a web server would take it in.

    Raises the first fault, after the others were brought.
    """
    total = 0
    batcher: Batcher[Notice, NoticeStatus] = Batcher(
        database, operations.receive_notices, owner=attrgetter("owner_id"), lanes=lanes
    )
    channel = REGISTRY.get(sandbox.NAME)
    assert isinstance(channel, sandbox.SandboxChannel)
    for shards in lanes.shards:
        async with database.read() as reader:
            due = await sandbox.get_due_notices(reader, shards, clock.now(), limit)
        results = await gather(*(batcher.submit(channel.read_message(one.body)) for one in due), return_exceptions=True)
        heard = [one.id for one, result in zip(due, results, strict=True) if not isinstance(result, BaseException)]
        if heard:
            async with database.transaction() as tx:
                await sandbox.forget_notices(tx, heard)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        total += len(due)
    return total


async def confirm_notices(database: Database, channel: Channel, notices: Sequence[Notice]) -> bool:
    """Ask the channel whether it says the same of large sums that it is said to have taken.

    False: it does not, or gives no answer. A signature alone books no large sum.
    """
    large = {
        notice.subject_id: notice
        for notice in notices
        if notice.kind is NoticeKind.CHARGE_SUCCEEDED
        and notice.amount >= CONFIRM_FROM
        and notice.subject_id is not None
    }
    if not large:
        return True
    async with database.read() as reader:
        found = await operations.get_payments(reader, [id for id in large if id is not None])
    asked = [p for p in found if p and p.status is not PaymentStatus.SUCCEEDED and p.channel == channel.name]
    if channel.name in freezing_channels():
        await _tell_whose(database, asked)
    for payment, answer in zip(asked, await channel.query(asked), strict=True):
        told = large[payment.id]
        if not any(
            one.kind is told.kind and one.reference == told.reference and one.amount == told.amount
            for one in answer.notices
        ):
            log.warning("a notice was not confirmed", channel=channel.name, payment=str(payment.id))
            return False
    return True


async def hear_notices(batchers: Batchers, notices: Sequence[Notice]) -> list[NoticeStatus]:
    """Take in what a channel said, in a batch with whatever else is being said."""
    return await batchers.of(operations.receive_notices, "owner_id").submit_all(notices) if notices else []


def jobs(lanes: Lanes) -> list[Job]:
    """What payments do when it is time."""

    def bound(work: Callable[[Database, Lanes, int], Awaitable[int]]) -> Callable[[Database, int], Awaitable[int]]:
        async def call(database: Database, limit: int) -> int:
            return await work(database, lanes, limit)

        return call

    async def settle(database: Database, limit: int) -> int:
        async with database.transaction() as tx:
            return await sandbox.settle(tx, limit)

    found = [
        Job(name="payments.query_payments", every=QUERY_EVERY, work=bound(query_payments)),
        Job(name="payments.query_refunds", every=QUERY_EVERY, work=bound(query_refunds)),
        Job(name="payments.query_payouts", every=QUERY_EVERY, work=bound(query_payouts)),
        Job(name="payments.unfreeze", every=QUERY_EVERY, work=bound(unfreeze)),
    ]
    if sandbox.NAME in REGISTRY.names:
        found += [
            Job(name="payments.deliver_sandbox_notices", every=NOTICES_EVERY, work=bound(deliver_sandbox_notices)),
            Job(name="payments.settle_sandbox", every=SETTLE_EVERY, work=settle),
        ]
    return found

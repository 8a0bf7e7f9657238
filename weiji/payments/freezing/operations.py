"""The verbs of money that channels hold frozen. Each takes an open transaction and a batch, and answers it all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from weiji.events import Actor, Occurrence, publish
from weiji.events.payments import (
    EnrolmentMoved,
    EnrolmentWanted,
    SubMerchantBound,
    SubMerchantUnbound,
    UnfreezingRequested,
    UnfreezingRetried,
)
from weiji.kit.db import Transaction
from weiji.kit.seal import KEYS
from weiji.ledger import create_transfers, lookup_transfers
from weiji.payments.channels import freezing_channels
from weiji.payments.enrolling.rules import bound_otherwise, forget_given, given, is_wanted, unbound
from weiji.payments.enrolling.store import lock_enrolments, put_enrolments
from weiji.payments.freezing import rules, store
from weiji.payments.freezing.model import (
    FROZEN_COLUMN,
    NUMBER_COLUMN,
    BindSubMerchant,
    BindSubMerchantStatus,
    FormerSubMerchant,
    Held,
    RequestUnfreezing,
    RestoreSubMerchant,
    RestoreSubMerchantStatus,
    RetryUnfreezing,
    RetryUnfreezingStatus,
    SubMerchant,
    TakenAtChannel,
    UnbindSubMerchant,
    UnbindSubMerchantStatus,
    Unfreezing,
    UnfreezingStatus,
)
from weiji.payments.model import CreatePayment, Question
from weiji.payments.rules import query_at
from weiji.web.caller import NO_SHOP

WAITING_MAX: Final = 500
"""Unfreezings of a shop that are taken before it withdraws; where more wait, it has to ask again."""


async def bind_sub_merchants(tx: Transaction, commands: Sequence[BindSubMerchant]) -> list[BindSubMerchantStatus]:
    """Say which sub-merchants shops are. Results are in the order of *commands*.

    The edge has seen which shops there are. Of two at once the later one stays. What a shop was still to apply for is
    over with that, and kept, as what it was bound to is. Publishes SubMerchantBound, EnrolmentMoved.
    """
    known = freezing_channels()
    good = [c for c in commands if c.channel in known and c.shop_id != NO_SHOP and rules.digits_of(c.number)]
    places = [(command.shop_id, command.channel) for command in good]
    # Before bindings are read: a channel that takes a shop on just now has bound it by then.
    locked = await lock_enrolments(tx, places)
    bound = await store.get_sub_merchants(tx, places)
    changed: dict[tuple[UUID, str], SubMerchant] = {}
    former: dict[tuple[UUID, str], FormerSubMerchant] = {}
    told, statuses = [], []
    actors: dict[tuple[UUID, str], Actor] = {}
    for command in commands:
        number = rules.digits_of(command.number)
        place = (command.shop_id, command.channel)
        if command.channel not in known:
            statuses.append(BindSubMerchantStatus.CHANNEL_NOT_FOUND)
        elif command.shop_id == NO_SHOP:
            statuses.append(BindSubMerchantStatus.SHOP_NOT_FOUND)
        elif number is None:
            statuses.append(BindSubMerchantStatus.NUMBER_INVALID)
        elif (was := bound.get(place)) is not None and number_of(was) == number:
            statuses.append(BindSubMerchantStatus.EXISTS)
        else:
            if was is not None:
                former[place] = rules.former(was, tx.now)
            bound[place] = changed[place] = SubMerchant(
                shop_id=command.shop_id,
                channel=command.channel,
                number_sealed=KEYS.seal(number, NUMBER_COLUMN, command.shop_id),
                last4=number[-4:],
                bound_at=tx.now,
            )
            event = SubMerchantBound(channel=command.channel, last4=number[-4:])
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
            actors.setdefault(place, command.actor)
            statuses.append(BindSubMerchantStatus.BOUND)
    enrolments = {place: each for place, each in locked.items() if place in changed}
    over = {place: each for place, each in enrolments.items() if bound_otherwise(each, tx.now)}
    decided = {place: each for place, each in enrolments.items() if given(each) == number_of(changed[place])}
    for each in decided.values():
        forget_given(each)
    await put_enrolments(tx, list((over | decided).values()))
    told += [
        Occurrence(EnrolmentMoved(channel=channel, status="taken_on"), shop_id, shop_id, actors[shop_id, channel])
        for shop_id, channel in over
    ]
    before = await store.get_former_sub_merchants(tx, changed.keys() - former.keys())
    # What a shop is again it no longer was.
    again = [place for place, one in before.items() if number_of(one) == number_of(changed[place])]
    await store.forget_former_sub_merchants(tx, again)
    await store.put_former_sub_merchants(tx, list(former.values()))
    await store.put_sub_merchants(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


async def unbind_sub_merchants(tx: Transaction, commands: Sequence[UnbindSubMerchant]) -> list[UnbindSubMerchantStatus]:
    """Take bindings back. Results are in the order of *commands*. Publishes SubMerchantUnbound, EnrolmentWanted.

    What a shop was bound to is kept. What it was to apply for goes on where it stood.
    """
    places = [(command.shop_id, command.channel) for command in commands]
    enrolments = await lock_enrolments(tx, places)
    bound = await store.unbind_sub_merchants(tx, places)
    former: list[FormerSubMerchant] = []
    told, statuses = [], []
    for place, command in zip(places, commands, strict=True):
        if (before := bound.pop(place, None)) is None:
            statuses.append(UnbindSubMerchantStatus.NOT_BOUND)
            continue
        former.append(rules.former(before, tx.now))
        shop_id, channel = place
        told.append(Occurrence(SubMerchantUnbound(channel=channel), shop_id, shop_id, command.actor))
        if (enrolment := enrolments.get(place)) and unbound(enrolment, tx.now) and is_wanted(enrolment):
            told.append(Occurrence(EnrolmentWanted(channel=channel), shop_id, shop_id, command.actor))
        statuses.append(UnbindSubMerchantStatus.UNBOUND)
    gone = {(one.shop_id, one.channel) for one in former}
    await put_enrolments(tx, [each for place, each in enrolments.items() if place in gone])
    await store.put_former_sub_merchants(tx, former)
    await publish(tx, told)
    return statuses


async def restore_sub_merchants(
    tx: Transaction, commands: Sequence[RestoreSubMerchant]
) -> list[RestoreSubMerchantStatus]:
    """Bind shops to what they were bound to before. Results are in the order of *commands*.

    Publishes what binding does.
    """
    statuses = []
    # One after another: what a shop was is changed by each that is restored. They are few.
    for command in commands:
        place = (command.shop_id, command.channel)
        former = (await store.get_former_sub_merchants(tx, [place])).get(place)
        if former is None or former.last4 != command.last4:
            bound = (await store.get_sub_merchants(tx, [place])).get(place)
            is_that = bound is not None and bound.last4 == command.last4
            statuses.append(RestoreSubMerchantStatus.EXISTS if is_that else RestoreSubMerchantStatus.FORMER_NOT_FOUND)
            continue
        bind = BindSubMerchant(
            shop_id=command.shop_id, channel=command.channel, number=number_of(former), actor=command.actor
        )
        await bind_sub_merchants(tx, [bind])
        statuses.append(RestoreSubMerchantStatus.RESTORED)
    return statuses


def number_of(sub_merchant: SubMerchant) -> str:
    """Open the number of a sub-merchant."""
    return KEYS.unseal(sub_merchant.number_sealed, NUMBER_COLUMN, sub_merchant.shop_id)


async def find_bound(
    tx: Transaction, commands: Sequence[CreatePayment], channels: frozenset[str]
) -> dict[tuple[UUID, str], SubMerchant]:
    """Read the sub-merchants of payments that are asked of *channels* that hold money frozen. None of them: no call."""
    asked = [rules.freezes_for(command) for command in commands if command.channel in channels]
    return await store.get_sub_merchants(tx, asked) if asked else {}


async def freeze_payments(tx: Transaction, payments: Sequence[tuple[UUID, SubMerchant]]) -> None:
    """Note for new payments whose money they are, so that they stay there, whatever is bound later."""
    frozen = {id: (whose.shop_id, KEYS.seal(number_of(whose), FROZEN_COLUMN, id)) for id, whose in payments}
    await store.add_frozen_payments(tx, frozen)


async def request_unfreezings(tx: Transaction, commands: Sequence[RequestUnfreezing]) -> list[Occurrence]:
    """Have channels let money of orders go, which were settled just now; return UnfreezingRequested, to be published.

    The caller has the orders locked, settles each once, and publishes once, with what else it tells: two who lock heads
    of streams twice may wait for each other. What the shop can't be given, since it is held, waits.
    """
    made = [rules.new_unfreezing(command, tx.now) for command in commands]
    await _take(tx, made)
    await store.add_unfreezings(tx, made)
    return [
        Occurrence(
            UnfreezingRequested(shop_id=c.shop_id, channel=c.channel, amount=c.amount), c.shop_id, c.order_id, c.actor
        )
        for c in commands
    ]


async def _take(tx: Transaction, unfreezings: Sequence[Unfreezing]) -> None:
    """Take money of shops that wait for it to be let go; what is held of it waits on."""
    pairs = [rules.take_from_shop(each, each.attempts) for each in unfreezings]
    opening = {account.id: account for _, accounts in pairs for account in accounts}
    results = await create_transfers(tx, [transfer for transfer, _ in pairs], list(opening.values()))
    for unfreezing, result in zip(unfreezings, results, strict=True):
        rules.note_taking(unfreezing, tx.now, is_made=result.is_made)


async def take_waiting(tx: Transaction, causes: Mapping[UUID, UUID]) -> set[UUID]:
    """Take what waits of shops before they withdraw anything; return those of which some waits on.

    It is frozen at its channel for them: paid out here, they would have it twice. Each shop has the cause of that.
    """
    waiting = await store.get_waiting(tx, causes.keys(), WAITING_MAX)
    if not waiting:
        return set()
    found = await store.lock_unfreezings(tx, [id for id, _ in waiting])
    taken = [each for each in found.values() if each.status is UnfreezingStatus.WAITING]
    pairs = [rules.take_from_shop(each, causes[each.shop_id]) for each in taken]
    opening = {account.id: account for _, accounts in pairs for account in accounts}
    results = await create_transfers(tx, [transfer for transfer, _ in pairs], list(opening.values()))
    done = [each for each, result in zip(taken, results, strict=True) if result.is_made]
    for each in done:
        rules.note_taking(each, tx.now, is_made=True)
    await store.change_unfreezings(tx, done)
    left = {each.shop_id for each in taken if each.status is UnfreezingStatus.WAITING}
    counts = Counter(shop_id for _, shop_id in waiting)
    return left | {shop_id for shop_id, count in counts.items() if count == WAITING_MAX}


async def submit_unfreezings(tx: Transaction, ids: Sequence[UUID]) -> list[Unfreezing]:
    """Take what waited, where it is held no longer; return all whose channels are to be asked now."""
    found = await store.lock_unfreezings(tx, ids)
    waiting = [each for each in found.values() if each.status is UnfreezingStatus.WAITING]
    await _take(tx, waiting)
    await store.change_unfreezings(tx, waiting)
    return [each for each in found.values() if each.status is UnfreezingStatus.SUBMITTED]


async def decide_unfreezings(tx: Transaction, held: Sequence[Held]) -> list[Unfreezing]:
    """Decide what channels are to let go, of what they said that they hold; return what they are to be asked now.

    A refund that was asked of a channel before it said that is seen here, since it was written down before: then
    nothing is decided yet. One that is asked after that comes out of the shop's part.
    """
    found = await store.lock_unfreezings(tx, [each.id for each in held])
    open_ones = [each for each in found.values() if rules.may_decide(each)]
    refunding = await store.get_refunding(tx, open_ones)
    left = await store.get_left(tx, [each.payment_id for each in open_ones])
    said = {each.id: each for each in held}
    for each in open_ones:
        its = said[each.id]
        if each.payment_id in refunding or left.get(each.payment_id, its.known) != its.known:
            rules.put_off(each, tx.now)
        else:
            rules.decide(each, its.rest)
    await store.change_unfreezings(tx, open_ones)
    return [each for each in open_ones if each.is_decided]


async def book_taken(tx: Transaction, taken: Sequence[TakenAtChannel]) -> None:
    """Book what channels gave payers back out of what was shops' own there. What is booked stays so, told of again."""
    found = await store.lock_unfreezings(tx, [each.order_id for each in taken])
    booked = {row["id"] for row in await lookup_transfers(tx, [rules.taken_id(each) for each in taken])}
    made = []
    for each in taken:
        if (id := rules.taken_id(each)) not in booked:
            booked.add(id)
            made.append(rules.take_at_channel(each, rules.judge_taken(found.get(each.order_id), each)))
    await store.change_unfreezings(tx, list(found.values()))
    opening = {account.id: account for _, accounts in made for account in accounts}
    results = await create_transfers(tx, [transfer for transfer, _ in made], list(opening.values()))
    wrong = [result.status for result in results if not result.is_made]
    assert not wrong, f"the ledger refused what was decided: {wrong}"


async def record_unfreezing_questions(tx: Transaction, questions: Sequence[Question]) -> None:
    """Note that channels were asked to let money go, and when to ask again. Call it before `receive_notices`."""
    found = await store.lock_unfreezings(tx, [question.id for question in questions])
    changed = []
    for question in questions:
        unfreezing = found[question.id]
        if rules.note_question(unfreezing, question, query_at(unfreezing.queries, tx.now), tx.now):
            changed.append(unfreezing)
    await store.change_unfreezings(tx, changed)


async def put_off_unfreezings(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Ask channels later, since money of the same payments is on its way back to their payers."""
    found = await store.lock_unfreezings(tx, ids)
    changed = [each for each in found.values() if rules.put_off(each, tx.now)]
    await store.change_unfreezings(tx, changed)


async def retry_unfreezings(tx: Transaction, commands: Sequence[RetryUnfreezing]) -> list[RetryUnfreezingStatus]:
    """Have channels asked at once. Results are in the order of *commands*. Publishes UnfreezingRetried."""
    found = await store.lock_unfreezings(tx, [command.id for command in commands])
    statuses = [rules.judge_retry(found.get(command.id), tx.now) for command in commands]
    done = [
        (command, found[command.id])
        for command, status in zip(commands, statuses, strict=True)
        if status is RetryUnfreezingStatus.RETRIED
    ]
    await store.change_unfreezings(tx, list({each.id: each for _, each in done}.values()))
    await publish(
        tx,
        [
            Occurrence(UnfreezingRetried(channel=each.channel), each.shop_id, each.id, command.actor)
            for command, each in done
        ],
    )
    return statuses

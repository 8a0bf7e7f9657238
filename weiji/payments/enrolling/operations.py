"""The verbs of enrolments. Each takes an open transaction and a batch, and answers it all."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from weiji.events import BY_CHANNEL, BY_CLOCK, BY_SYSTEM, Occurrence, publish
from weiji.events.payments import (
    EnrolmentForgotten,
    EnrolmentHandedIn,
    EnrolmentMoved,
    EnrolmentNumberDecided,
    EnrolmentNumberDiffers,
    EnrolmentRechecked,
    EnrolmentSetAside,
    EnrolmentWanted,
    SubMerchantUnbound,
)
from weiji.kit.db import Transaction
from weiji.payments.channels import REGISTRY
from weiji.payments.channels.enrolling import Paper, Standing
from weiji.payments.enrolling import rules, store
from weiji.payments.enrolling.model import (
    DecideNumber,
    DecideNumberStatus,
    Enrolment,
    HandInEnrolment,
    HandInEnrolmentResult,
    HandInEnrolmentStatus,
    RecheckEnrolment,
    RecheckEnrolmentStatus,
    RecordEnrolment,
    RecordEnrolmentStatus,
    WantEnrolment,
    WantEnrolmentStatus,
)
from weiji.payments.freezing.model import BindSubMerchant
from weiji.payments.freezing.operations import bind_sub_merchants, number_of
from weiji.payments.freezing.store import get_sub_merchants
from weiji.web.caller import NO_SHOP

_Place = tuple[UUID, str]


def _place(command: WantEnrolment | HandInEnrolment | RecordEnrolment | RecheckEnrolment | DecideNumber) -> _Place:
    return command.shop_id, command.channel


async def want_enrolments(tx: Transaction, commands: Sequence[WantEnrolment]) -> list[WantEnrolmentStatus]:
    """Have shops asked to apply. Results are in the order of *commands*. Publishes EnrolmentWanted.

    The edge has seen which shops there are.
    """
    good = [c for c in commands if c.channel in REGISTRY.enrolling_names and c.shop_id != NO_SHOP]
    found = await store.lock_enrolments(tx, map(_place, good))
    bound = await get_sub_merchants(tx, map(_place, good))
    new = await store.add_enrolments(tx, {_place(c) for c in good} - found.keys() - bound.keys())
    told, statuses = [], []
    for command in commands:
        if command.channel not in REGISTRY.enrolling_names:
            statuses.append(WantEnrolmentStatus.CHANNEL_NOT_FOUND)
        elif command.shop_id == NO_SHOP:
            statuses.append(WantEnrolmentStatus.SHOP_NOT_FOUND)
        elif _place(command) in bound:
            statuses.append(WantEnrolmentStatus.BOUND)
        elif _place(command) not in new:
            statuses.append(WantEnrolmentStatus.EXISTS)
        else:
            new.remove(_place(command))
            event = EnrolmentWanted(channel=command.channel)
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
            statuses.append(WantEnrolmentStatus.WANTED)
    await publish(tx, told)
    return statuses


async def hand_in_enrolments(tx: Transaction, commands: Sequence[HandInEnrolment]) -> list[HandInEnrolmentResult]:
    """Apply for shops. Results are in the order of *commands*. Publishes EnrolmentHandedIn.

    The edge has checked that the channel is open and the shop's owner verified.
    """
    good = {_place(c) for c in commands if c.refusal is None}
    found = await store.lock_enrolments(tx, good)
    bound = await get_sub_merchants(tx, good)
    if new := good - found.keys() - bound.keys():
        # Locked after it: somebody else may have added it at the same time.
        await store.add_enrolments(tx, new)
        found |= await store.lock_enrolments(tx, new)
    changed: dict[_Place, Enrolment] = {}
    papers: dict[tuple[UUID, str, Paper], bytes] = {}
    told, results = [], []
    for command in commands:
        if command.refusal is not None:
            results.append(command.refusal)
            continue
        if _place(command) in bound:
            results.append(HandInEnrolmentResult(HandInEnrolmentStatus.BOUND))
            continue
        enrolment = found[_place(command)]
        status = rules.hand_in(enrolment, command, tx.now)
        results.append(HandInEnrolmentResult(status))
        if status is HandInEnrolmentStatus.HANDED_IN:
            changed[_place(command)] = enrolment
            papers |= {(*_place(command), paper): sealed for paper, sealed in command.papers.items()}
            event = EnrolmentHandedIn(channel=command.channel, attempt=enrolment.attempts)
            told.append(Occurrence(event, command.shop_id, command.shop_id, command.actor))
    await store.put_enrolments(tx, list(changed.values()))
    await store.put_papers(tx, papers)
    await publish(tx, told)
    return results


async def record_enrolments(tx: Transaction, commands: Sequence[RecordEnrolment]) -> list[RecordEnrolmentStatus]:
    """Write down what channels said, and bind the shops that they took on. Results are in the order of *commands*.

    A shop that somebody bound meanwhile stays as they bound it, and people are told if that is another number.
    Publishes EnrolmentMoved, EnrolmentSetAside, EnrolmentNumberDiffers, SubMerchantBound.
    """
    found = await store.lock_enrolments(tx, map(_place, commands))
    changed: dict[_Place, Enrolment] = {}
    taken: dict[_Place, str] = {}
    told, statuses = [], []
    for command in commands:
        enrolment = found.get(_place(command))
        if enrolment is None or not rules.is_about(command, enrolment):
            statuses.append(RecordEnrolmentStatus.PASSED_OVER)
            continue
        before, was_aside = enrolment.status, enrolment.is_set_aside
        number = rules.record(enrolment, command.said, tx.now)
        changed[_place(command)] = enrolment
        statuses.append(RecordEnrolmentStatus.RECORDED)
        if enrolment.status is not before:
            event = EnrolmentMoved(channel=command.channel, status=Standing(enrolment.status.value).value)
            told.append(Occurrence(event, command.shop_id, command.shop_id, BY_CHANNEL))
        if enrolment.is_set_aside and not was_aside:
            aside = EnrolmentSetAside(channel=command.channel, fault=enrolment.fault)
            told.append(Occurrence(aside, command.shop_id, command.shop_id, BY_SYSTEM))
        if number is not None:
            taken[_place(command)] = number
    await store.remove_papers(tx, taken)
    by_hand = await get_sub_merchants(tx, taken)
    # What was bound by hand stays; people are told where the channel has another number for the shop.
    differing = {place: changed[place] for place, bound in by_hand.items() if number_of(bound) != taken[place]}
    for place, enrolment in differing.items():
        rules.give(enrolment, taken[place])
        differs = EnrolmentNumberDiffers(
            channel=enrolment.channel, last4=taken[place][-4:], bound_last4=by_hand[place].last4
        )
        told.append(Occurrence(differs, enrolment.shop_id, enrolment.shop_id, BY_CHANNEL))
    await store.put_enrolments(tx, list(changed.values()))
    await publish(tx, told)
    await bind_sub_merchants(
        tx,
        [
            BindSubMerchant(shop_id=shop_id, channel=channel, number=number, actor=BY_CHANNEL)
            for (shop_id, channel), number in taken.items()
            if (shop_id, channel) not in by_hand
        ],
    )
    return statuses


async def decide_numbers(tx: Transaction, commands: Sequence[DecideNumber]) -> list[DecideNumberStatus]:
    """Say by which of two numbers shops go. Results are in the order of *commands*.

    Where the other one was taken back meanwhile, the shop goes by none, and is asked to apply again. Publishes
    EnrolmentNumberDecided, EnrolmentWanted, SubMerchantBound.
    """
    found = await store.lock_enrolments(tx, map(_place, commands))
    bound = await get_sub_merchants(tx, found)
    binds, told, statuses = [], [], []
    for command in commands:
        enrolment = found.get(_place(command))
        number = rules.given(enrolment) if enrolment else None
        if enrolment is None or number is None:
            statuses.append(DecideNumberStatus.NOTHING_TO_DECIDE)
            continue
        rules.forget_given(enrolment)
        statuses.append(DecideNumberStatus.DECIDED)
        decided = EnrolmentNumberDecided(channel=command.channel, last4=number[-4:], is_taken=command.is_taken)
        told.append(Occurrence(decided, command.shop_id, command.shop_id, command.actor))
        if not command.is_taken and _place(command) not in bound:
            if rules.unbound(enrolment, tx.now) and rules.is_wanted(enrolment):
                wanted = EnrolmentWanted(channel=command.channel)
                told.append(Occurrence(wanted, command.shop_id, command.shop_id, command.actor))
        elif command.is_taken:
            binds.append(
                BindSubMerchant(shop_id=command.shop_id, channel=command.channel, number=number, actor=command.actor)
            )
    await store.put_enrolments(tx, list(found.values()))
    await publish(tx, told)
    await bind_sub_merchants(tx, binds)
    return statuses


async def recheck_enrolments(tx: Transaction, commands: Sequence[RecheckEnrolment]) -> list[RecheckEnrolmentStatus]:
    """Have channels asked at once. Results are in the order of *commands*. Publishes EnrolmentRechecked."""
    found = await store.lock_enrolments(tx, map(_place, commands))
    bound = await get_sub_merchants(tx, found)
    statuses = [rules.recheck(found.get(place), tx.now, is_bound=place in bound) for place in map(_place, commands)]
    asked = [c for c, status in zip(commands, statuses, strict=True) if status is RecheckEnrolmentStatus.RECHECKED]
    await store.put_enrolments(tx, [found[place] for place in dict.fromkeys(map(_place, asked))])
    await publish(tx, [Occurrence(EnrolmentRechecked(channel=c.channel), c.shop_id, c.shop_id, c.actor) for c in asked])
    return statuses


async def forget_refused_enrolments(tx: Transaction, places: Sequence[_Place], before: datetime) -> int:
    """Forget what shops answered and gave that were refused, or set aside, *before* and mended nothing since.

    They may apply as at first, under the number that the channel knows. Publishes EnrolmentForgotten.
    """
    found = await store.lock_enrolments(tx, places)
    forgotten = {place: each for place, each in found.items() if rules.forget(each, before, tx.now)}
    await store.put_enrolments(tx, list(forgotten.values()))
    await store.remove_papers(tx, forgotten)
    told = [Occurrence(EnrolmentForgotten(channel=channel), id, id, BY_CLOCK) for id, channel in forgotten]
    await publish(tx, told)
    return len(forgotten)


async def forget_enrolments(tx: Transaction, shop_ids: Sequence[UUID]) -> None:
    """Forget at channels who shops were that have another owner now. Publishes SubMerchantUnbound.

    The sub-merchant is the owner before: what is paid from now on is not theirs.
    """
    await store.remove_enrolments(tx, shop_ids)
    unbound = await store.remove_sub_merchants(tx, shop_ids)
    await publish(
        tx,
        [Occurrence(SubMerchantUnbound(channel=channel), shop_id, shop_id, BY_SYSTEM) for shop_id, channel in unbound],
    )

"""The verbs of chargebacks. Each takes an open transaction and a batch of one lane, and answers every command.

Locks: orders, then cases, then stock, then accounts, then the heads of streams; each in id order.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from weiji import escrow
from weiji.aftersale import Desk, close_desk, open_desk_of, proof_owner
from weiji.chargebacks import store
from weiji.chargebacks.machine import OPEN, ChargebackState, ChargebackVerb, target
from weiji.chargebacks.model import (
    EVIDENCE_MAX,
    PICTURES_MAX,
    WORDS_MAX,
    Chargeback,
    ChargebackStatus,
    EndChargeback,
    FollowChargeback,
    Purse,
    RepresentChargeback,
    ShowEvidence,
    Shown,
    Stage,
    TakeChargeback,
    case_id_of,
)
from weiji.escrow import Chain, ChargedBack
from weiji.events import BY_CLOCK, Actor, Event, Occurrence, publish
from weiji.events.chargebacks import (
    ChargebackClosed,
    ChargebackHeld,
    ChargebackRepresented,
    ChargebackTaken,
    EvidenceShown,
)
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.kit.text import is_text
from weiji.ledger import Account, Code, chart
from weiji.media import UsePictures, find_owned, use_pictures
from weiji.orders import Casework, Order, State

_S = ChargebackStatus
_STAGES: Final = {State.RECEIVED: Stage.PENDING, State.COMPLETED: Stage.SETTLED}
"""Where an order's money is; in every other state it is in the escrow, if there is any."""


async def take_chargebacks(tx: Transaction, commands: Sequence[TakeChargeback]) -> list[ChargebackStatus]:
    """Book chargebacks that channels told of, and hold what is disputed. Publishes ChargebackTaken, ChargebackHeld."""
    desk = await open_desk_of(tx, [command.order_id for command in commands if command.order_id])
    ids = [case_id_of(command.near, command.channel, command.reference) for command in commands]
    found = await store.lock_cases(tx, ids)
    made: dict[UUID, Chargeback] = {}
    told: list[Occurrence] = []
    statuses = []
    for id, command in zip(ids, commands, strict=True):
        if id in found or id in made:
            statuses.append(_S.EXISTS)
            continue
        is_ours = command.order_id in desk.work.orders
        case = made[id] = Chargeback(
            id=id,
            payment_id=command.payment_id,
            order_id=command.order_id if is_ours else None,
            shop_id=command.shop_id if is_ours or command.purse else None,
            purse=command.purse,
            debtor_id=command.debtor_id,
            held=command.recoverable if command.purse else 0,
            channel=command.channel,
            reference=command.reference,
            amount=command.amount,
            fee=command.fee,
            reason=command.reason,
            respond_by=command.respond_by,
            state=ChargebackState.RECEIVED,
            received_at=command.received_at,
        )
        statuses.append(_S.DONE)
        event = ChargebackTaken(
            order_id=case.order_id,
            amount=case.amount,
            fee=case.fee,
            channel=case.channel,
            reference=case.reference,
            reason=case.reason,
        )
        told.append(_told(case, event, command.actor))
    cases = list(made.values())
    await store.add_cases(tx, cases)
    await escrow.post(tx, [escrow.charge_back(case.id, case.channel, case.amount, case.fee) for case in cases])
    held = [*await _hold(tx, desk, cases), *await _hold_of_purses(tx, cases)]
    await store.change_cases(tx, held)
    more = [_told(case, ChargebackHeld(amount=case.held), BY_CLOCK) for case in held]
    await close_desk(tx, desk, [*told, *more])
    return statuses


async def end_chargebacks(tx: Transaction, commands: Sequence[EndChargeback]) -> list[ChargebackStatus]:
    """Note how channels decided, and deal with the money. Publishes ChargebackClosed once that is done."""
    ids = [case_id_of(command.near, command.channel, command.reference) for command in commands]
    desk, found = await _lock(tx, ids)
    if place := _again([found.get(id) for id in ids]):
        return [*await end_chargebacks(tx, commands[:place]), *await end_chargebacks(tx, commands[place:])]
    ended: list[Chargeback] = []
    statuses = []
    for id, command in zip(ids, commands, strict=True):
        case = found.get(id)
        if case is None:
            statuses.append(_S.CHARGEBACK_NOT_FOUND)
            continue
        verb = ChargebackVerb.WIN if command.is_won else ChargebackVerb.LOSE
        state = target(verb, case.state, command.actor.kind)
        if state is None:
            is_same = case.state is (ChargebackState.WON if command.is_won else ChargebackState.LOST)
            statuses.append(_S.EXISTS if is_same else _S.NOT_ALLOWED_NOW)
            continue
        case.state, case.ended_at = state, tx.now
        ended.append(case)
        statuses.append(_S.DONE)
    await _deal(tx, desk, ended)
    return statuses


async def follow_chargebacks(tx: Transaction, commands: Sequence[FollowChargeback]) -> list[ChargebackStatus]:
    """Deal with what is decided and had to wait, and hold what is not held yet.

    Publishes ChargebackHeld and ChargebackClosed.
    """
    desk, found = await _lock(tx, list({command.id for command in commands}))
    if place := _again([found.get(command.id) for command in commands]):
        return [*await follow_chargebacks(tx, commands[:place]), *await follow_chargebacks(tx, commands[place:])]
    due = [case for case in found.values() if case.closed_at is None]
    await _deal(tx, desk, due)
    answers = []
    for command in commands:
        case = found.get(command.id)
        if case is None:
            answers.append(_S.CHARGEBACK_NOT_FOUND)
        else:
            answers.append(_S.WAITS if case.state not in OPEN and case.closed_at is None else _S.DONE)
    return answers


async def show_evidence(tx: Transaction, commands: Sequence[ShowEvidence]) -> list[ChargebackStatus]:
    """Take in what shops say and show. Publishes EvidenceShown."""
    found = await store.lock_cases(tx, [command.id for command in commands])
    shown = await store.get_evidence(tx, list(found))
    asked = {
        (proof_of(case), url)
        for command in commands
        if (case := found.get(command.id)) is not None
        for url in command.pictures
    }
    kept = await find_owned(tx, asked) if asked else set()
    added: list[tuple[UUID, Shown, UUID | None]] = []
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        case = found.get(command.id)
        if case is None or case.shop_id != command.shop_id:
            statuses.append(_S.CHARGEBACK_NOT_FOUND)
            continue
        before = shown.setdefault(case.id, [])
        status = _judge_evidence(case, before, command, kept)
        statuses.append(status)
        if status is _S.DONE:
            one = Shown(
                number=command.number, words=command.words.strip(), pictures=command.pictures, submitted_at=tx.now
            )
            before.append(one)
            added.append((case.id, one, command.actor.person_id))
            told.append(_told(case, EvidenceShown(number=one.number), command.actor))
    await store.add_evidence(tx, added)
    used = [
        UsePictures(holder_id=derive(id, "evidence", one.number), owner_id=proof_of(found[id]), urls=one.pictures)
        for id, one, _ in added
        if one.pictures
    ]
    if used:
        await use_pictures(tx, used)
    await publish(tx, told)
    return statuses


def _judge_evidence(
    case: Chargeback, before: Sequence[Shown], command: ShowEvidence, kept: set[tuple[UUID, str]]
) -> ChargebackStatus:
    same = next((each for each in before if each.number == command.number), None)
    if same is not None:
        is_same = (same.words, same.pictures) == (command.words.strip(), command.pictures)
        return _S.EXISTS if is_same else _S.NUMBER_TAKEN
    if target(ChargebackVerb.SHOW, case.state, command.actor.kind) is None:
        return _S.NOT_ALLOWED_NOW
    if command.number != len(before) + 1 or command.number > EVIDENCE_MAX:
        return _S.NUMBER_TAKEN
    if not command.words.strip() or not is_text(command.words, WORDS_MAX):
        return _S.WORDS_INVALID
    if len(command.pictures) > PICTURES_MAX or any((proof_of(case), url) not in kept for url in command.pictures):
        return _S.PICTURES_INVALID
    return _S.DONE


async def represent_chargebacks(tx: Transaction, commands: Sequence[RepresentChargeback]) -> list[ChargebackStatus]:
    """Note what was answered to channels. Publishes ChargebackRepresented."""
    found = await store.lock_cases(tx, [command.id for command in commands])
    changed: dict[UUID, Chargeback] = {}
    told: list[Occurrence] = []
    statuses = []
    for command in commands:
        case = found.get(command.id)
        if case is None:
            statuses.append(_S.CHARGEBACK_NOT_FOUND)
            continue
        argument = command.argument.strip()
        state = target(ChargebackVerb.REPRESENT, case.state, command.actor.kind)
        if state is None:
            is_same = (case.argument, case.represented_by) == (argument, command.actor.person_id)
            is_same = is_same and case.represented_at is not None
            statuses.append(_S.EXISTS if is_same else _S.NOT_ALLOWED_NOW)
        elif not argument or not is_text(argument, WORDS_MAX):
            statuses.append(_S.WORDS_INVALID)
        else:
            case.state, case.argument = state, argument
            case.represented_at, case.represented_by = tx.now, command.actor.person_id
            changed[case.id] = case
            told.append(_told(case, ChargebackRepresented(argument=argument), command.actor))
            statuses.append(_S.DONE)
    await store.change_cases(tx, list(changed.values()))
    await publish(tx, told)
    return statuses


# How the money goes


async def _lock(tx: Transaction, ids: Sequence[UUID]) -> tuple[Desk, dict[UUID, Chargeback]]:
    """Lock cases behind their orders, as whoever takes one does."""
    known = await store.get_cases(tx, ids)
    desk = await open_desk_of(tx, [case.order_id for case in known.values() if case.order_id])
    return desk, await store.lock_cases(tx, ids)


def _again(cases: Sequence[Chargeback | None]) -> int:
    """Find the first case whose order another before it has, too; 0 where there is none.

    What becomes of it depends on what the ledger says to the other. It is rare, so they are dealt with in turn.
    """
    seen: set[UUID] = set()
    for place, case in enumerate(cases):
        if case is not None and case.order_id is not None:
            if case.order_id in seen:
                return place
            seen.add(case.order_id)
    return 0


async def _deal(tx: Transaction, desk: Desk, cases: Sequence[Chargeback]) -> None:
    """Hold what is not held yet, and end what is decided. No two cases are of one order."""
    work = desk.work
    held = await _hold(
        tx, desk, [case for case in cases if case.held_at is None and case.state is not ChargebackState.WON]
    )
    lost = [
        case
        for case in cases
        if case.order_id and case.state is ChargebackState.LOST and case.held_at and case.held < case.amount
    ]
    others = await store.get_cases_of(tx, [_order(case) for case in lost])
    waiting = {
        case.id for case in lost if any(_is_in_front(each) for each in others[_order(case)] if each.id != case.id)
    }
    await _hold_anew(
        tx,
        desk,
        [
            (case, freed)
            for case in lost
            if case.id not in waiting
            and (
                (freed := desk.free(work.orders[_order(case)]))
                or _is_freed_since(case, others[_order(case)])
                or _is_paid_since(case, work.orders[_order(case)])
            )
        ],
    )
    done = [case for case in cases if case.state not in OPEN and _may_close(case) and case.id not in waiting]
    work.post([_end(work, case) for case in done])
    for case in done:
        case.closed_at = tx.now
        if case.order_id is not None and case.held_at is not None:
            order = work.orders[_order(case)]
            if case.state is ChargebackState.LOST:
                desk.cut(order)
            if not order.open_chargebacks:
                desk.resume(order)
    await store.change_cases(tx, list(cases))
    told = [_told(case, ChargebackHeld(amount=case.held), BY_CLOCK) for case in held]
    for case in done:
        event = ChargebackClosed(
            order_id=case.order_id,
            is_won=case.state is ChargebackState.WON,
            recovered=0 if case.state is ChargebackState.WON else case.amount - case.borne,
            borne=case.borne,
        )
        told.append(_told(case, event, BY_CLOCK))
    await close_desk(tx, desk, told)


def _may_close(case: Chargeback) -> bool:
    """Tell whether the money can be dealt with: it was won, it is held, or it is no order's of ours."""
    return case.state is ChargebackState.WON or case.held_at is not None or case.order_id is None


def _is_in_front(other: Chargeback) -> bool:
    """Tell whether what another chargeback of the order holds may become free: its channel has not decided."""
    return other.state in OPEN and other.held > 0


def _is_freed_since(case: Chargeback, others: Sequence[Chargeback]) -> bool:
    """Tell whether what stood in the way when a case was held is free: another chargeback of the order was won."""
    return any(
        other.state is ChargebackState.WON and other.closed_at and case.held_at and other.closed_at >= case.held_at
        for other in others
    )


def _is_paid_since(case: Chargeback, order: Order) -> bool:
    """Tell whether the order had no money yet when a case was held: the chargeback was heard of before the payment."""
    return bool(order.paid_at and case.held_at and order.paid_at >= case.held_at)


async def _hold_anew(tx: Transaction, desk: Desk, cases: Sequence[tuple[Chargeback, Sequence[Chain]]]) -> None:
    """Hold of orders what became free, for what channels keep: else it would be the shops', and our loss.

    With each case come the chains that free what disputes held of its order: what the payer has already can't be
    awarded any more.
    """
    if cases:
        for case, freed in cases:
            await escrow.post(tx, [escrow.free_charged_back(_held(case)), *freed])
            case.hold += 1
            case.held, case.of_available, case.of_deposit = 0, None, None
        await _hold_money(tx, desk.work, [case for case, _ in cases])


async def _hold(tx: Transaction, desk: Desk, cases: Sequence[Chargeback]) -> list[Chargeback]:
    """Hold what is disputed; return the cases for which that was done.

    From then on the order's clock stands, and nothing is asked for about it. Cases of after-sale that are open stand,
    too, until every channel has decided. So no money is given back twice.
    """
    work = desk.work
    ready: list[Chargeback] = []
    for case in cases:
        order = work.orders.get(case.order_id) if case.order_id else None
        if order is not None:
            case.held_at = tx.now
            work.stop(order)
            desk.suspend(order)
            ready.append(case)
    if ready:
        await _hold_money(tx, work, ready)
    return ready


async def _hold_of_purses(tx: Transaction, cases: Sequence[Chargeback]) -> list[Chargeback]:
    """Hold what there is of the purses that money went to which was for none of our orders."""
    found = [case for case in cases if case.purse is not None]
    for case in found:
        case.held_at, case.stage = tx.now, Stage.SETTLED
        missing = case.held
        for source in _sources(case):
            (amount,) = await escrow.post(tx, [escrow.hold_of_purse(case.id, source, missing)])
            missing -= amount
            if source.code == Code.MERCHANT_DEPOSIT:
                case.of_deposit = amount
            else:
                case.of_available = amount
    return found


def _sources(case: Chargeback) -> list[Account]:
    """Say what a purse is taken from, in turn."""
    debtor_id = _debtor(case)
    match case.purse:
        case Purse.SHOP:
            return [chart.merchant_available(debtor_id), chart.merchant_deposit(debtor_id)]
        case Purse.DEPOSIT:
            return [chart.merchant_deposit(debtor_id), chart.merchant_available(debtor_id)]
        case _:
            return [chart.wallet(debtor_id)]


def _end_of_purse(case: Chargeback) -> Chain:
    sources = _sources(case)
    if case.state is ChargebackState.WON:
        return escrow.win_of_purse(case.id, case.channel, case.amount, sources)
    case.borne = case.amount - case.held
    debtor_id = _debtor(case)
    owed = chart.wallet_owed(debtor_id) if case.purse is Purse.WALLET else chart.merchant_owed(debtor_id)
    held = [
        (source, (case.of_deposit if source.code == Code.MERCHANT_DEPOSIT else case.of_available) or 0)
        for source in sources
    ]
    return escrow.lose_of_purse(case.id, debtor_id, case.amount, case.held, held, owed)


async def _hold_money(tx: Transaction, work: Casework, ready: Sequence[Chargeback]) -> None:
    for case in ready:
        case.stage = _STAGES.get(work.orders[_order(case)].state, Stage.ESCROW)
    amounts = await escrow.post(
        tx,
        [
            escrow.hold_charged_back(
                _order(case), case.id, case.amount, is_released=case.stage is not Stage.ESCROW, number=case.hold
            )
            for case in ready
        ],
    )
    for case, amount in zip(ready, amounts, strict=True):
        case.held = amount
    settled = [case for case in ready if case.stage is Stage.SETTLED and case.held]
    amounts = await escrow.post(tx, [_hold_of_shop(case, case.held, is_deposit=False) for case in settled])
    for case, amount in zip(settled, amounts, strict=True):
        case.of_available = amount
    short = [case for case in settled if case.held > (case.of_available or 0)]
    amounts = await escrow.post(
        tx, [_hold_of_shop(case, case.held - (case.of_available or 0), is_deposit=True) for case in short]
    )
    for case, amount in zip(short, amounts, strict=True):
        case.of_deposit = amount


def _hold_of_shop(case: Chargeback, amount: int, *, is_deposit: bool) -> Chain:
    return escrow.hold_of_shop(_order(case), _shop(case), case.id, amount, is_deposit=is_deposit, number=case.hold)


def _held(case: Chargeback) -> ChargedBack:
    return ChargedBack(
        case_id=case.id,
        number=case.hold,
        order_id=_order(case),
        shop_id=_shop(case),
        held=case.held,
        is_released=case.stage is not Stage.ESCROW,
        is_settled=case.stage is Stage.SETTLED,
        from_available=case.of_available is not None,
        from_deposit=case.of_deposit is not None,
    )


def _end(work: Casework, case: Chargeback) -> Chain:
    """Say what ends a case, and let its order go on."""
    if case.purse is not None:
        return _end_of_purse(case)
    held = _held(case) if case.held_at is not None else None
    order = work.orders.get(case.order_id) if case.order_id else None
    if case.state is ChargebackState.WON:
        if order is not None and held is not None:
            work.go_on(order)
        return escrow.win_chargeback(case.id, case.channel, case.amount, held)
    fee = subsidy = 0
    if order is not None and held is not None:
        if case.held:
            fee, subsidy = work.charge_back(order, case.id, case.held)
        work.go_on(order)
    case.borne = case.amount - case.held
    return escrow.lose_chargeback(case.id, case.amount, fee, held, subsidy=subsidy)


def proof_of(case: Chargeback) -> UUID:
    """Name whose the pictures are that a shop shows: the order's, or the case's where it is about none of ours."""
    return proof_owner(case.order_id or case.id)


def _order(case: Chargeback) -> UUID:
    assert case.order_id is not None
    return case.order_id


def _debtor(case: Chargeback) -> UUID:
    assert case.debtor_id is not None
    return case.debtor_id


def _shop(case: Chargeback) -> UUID:
    assert case.shop_id is not None
    return case.shop_id


def _told(case: Chargeback, event: Event, actor: Actor) -> Occurrence:
    return Occurrence(event, case.shop_id or case.id, case.id, actor)

"""The verbs of chargebacks. Each takes an open transaction and a batch of one lane, and answers every command.

Locks: orders, then those of merchants' programs, then cases, then court orders, then stock, then accounts, then the
heads of streams; each in id order.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

from weiji import escrow
from weiji.aftersale import Desk, close_desk, open_desk_of, proof_owner, write_desk
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
    TakeChargeback,
    case_id_of,
)
from weiji.chargebacks.rules import Docket, judge_end, new_case, short_of
from weiji.court_orders import lock_before_holds, serve_before_holds
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
from weiji.media import UsePictures, find_owned, use_pictures
from weiji.orders import get_rejections

C = TypeVar("C")

Round = tuple[dict[int, ChargebackStatus], list[Occurrence]]
"""What became of the commands that were dealt with, by their places, and what is to be told."""

_S = ChargebackStatus


async def take_chargebacks(tx: Transaction, commands: Sequence[TakeChargeback]) -> list[ChargebackStatus]:
    """Book chargebacks that channels told of, and hold what is disputed. Publishes ChargebackTaken, ChargebackHeld."""
    desk = await open_desk_of(tx, [command.order_id for command in commands if command.order_id])
    payables = await store.lock_payables(tx, [command.near for command in commands if command.purse is Purse.SHOP])
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
        case = made[id] = new_case(id, command, payables.get(command.near), is_ours=is_ours)
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
    held = await (await _docket(tx, desk)).receive(cases)
    await store.change_cases(tx, held)
    more = [_told(case, ChargebackHeld(amount=case.held), BY_CLOCK) for case in held]
    await close_desk(tx, desk, [*told, *more])
    return statuses


async def end_chargebacks(tx: Transaction, commands: Sequence[EndChargeback]) -> list[ChargebackStatus]:
    """Note how channels decided, and deal with the money. Publishes ChargebackClosed once that is done."""
    return await _in_rounds(tx, commands, _end)


async def _end(tx: Transaction, commands: Sequence[EndChargeback]) -> Round:
    ids = [case_id_of(command.near, command.channel, command.reference) for command in commands]
    desk, found = await _lock(tx, ids)
    ended: list[Chargeback] = []
    statuses: dict[int, ChargebackStatus] = {}
    for place in _first_of_orders([found.get(id) for id in ids]):
        case = found.get(ids[place])
        status = statuses[place] = judge_end(case, commands[place], tx.now)
        if case is not None and status is _S.DONE:
            ended.append(case)
    return statuses, await _deal(tx, desk, ended)


async def follow_chargebacks(tx: Transaction, commands: Sequence[FollowChargeback]) -> list[ChargebackStatus]:
    """Deal with what is decided and had to wait, and hold what is not held yet.

    Publishes ChargebackHeld and ChargebackClosed.
    """
    return await _in_rounds(tx, commands, _follow)


async def _follow(tx: Transaction, commands: Sequence[FollowChargeback]) -> Round:
    desk, found = await _lock(tx, list({command.id for command in commands}))
    cases = [found.get(command.id) for command in commands]
    now = {place: cases[place] for place in _first_of_orders(cases)}
    open_ones = {case.id: case for case in now.values() if case and case.closed_at is None}
    told = await _deal(tx, desk, list(open_ones.values()))
    return {place: _followed(case) for place, case in now.items()}, told


def _followed(case: Chargeback | None) -> ChargebackStatus:
    if case is None:
        return _S.CHARGEBACK_NOT_FOUND
    return _S.WAITS if case.state not in OPEN and case.closed_at is None else _S.DONE


async def show_evidence(tx: Transaction, commands: Sequence[ShowEvidence]) -> list[ChargebackStatus]:
    """Take in what shops say and show. Publishes EvidenceShown."""
    found = await store.lock_cases(tx, [command.id for command in commands])
    shown = await store.get_evidence(tx, list(found))
    buyers = await store.get_buyers(tx, list(found))
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
        if buyers.get(case.id) == command.actor.person_id is not None:
            statuses.append(_S.OWN_ORDER)
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


async def _in_rounds(
    tx: Transaction, commands: Sequence[C], deal: Callable[[Transaction, Sequence[C]], Awaitable[Round]]
) -> list[ChargebackStatus]:
    """Answer all commands, though *deal* leaves out those that wait for another before them.

    Its first round locks what all of them need, and what is told is published after the last: so locks are taken in one
    order.
    """
    statuses: dict[int, ChargebackStatus] = {}
    told: list[Occurrence] = []
    while left := [place for place in range(len(commands)) if place not in statuses]:
        answers, news = await deal(tx, [commands[place] for place in left])
        statuses |= {left[place]: status for place, status in answers.items()}
        told += news
    await publish(tx, told)
    return [statuses[place] for place in range(len(commands))]


async def _lock(tx: Transaction, ids: Sequence[UUID]) -> tuple[Desk, dict[UUID, Chargeback]]:
    """Lock cases behind their orders, as whoever takes one does, and what courts ordered that may be served before.

    Coupons, stock and sales of the orders are locked, too, before anything is posted: what ends a chargeback may free
    them, and takes back what was sold.
    """
    known = await store.get_cases(tx, ids)
    desk = await open_desk_of(tx, [case.order_id for case in known.values() if case.order_id])
    found = await store.lock_cases(tx, ids)
    if shops := {id for case in found.values() if (id := short_of(case, desk.work.orders))}:
        await lock_before_holds(tx, shops)
    ordered = {line.sku_id for order in desk.work.orders.values() for line in order.lines}
    if ordered:
        await desk.work.lock_stock(tx, ordered | {case.sent_sku_id for case in desk.cases.values() if case.reserved})
    await desk.work.lock_sales(tx)
    return desk, found


def _first_of_orders(cases: Sequence[Chargeback | None]) -> list[int]:
    """Choose the cases that can be dealt with together, by their places: no two are of one order.

    What becomes of the second depends on what the ledger says to the first, and what becomes of those after it on what
    it leaves of what their shop has. So they wait for another round; other shops have nothing to do with it.
    """
    seen: set[UUID] = set()
    waiting: set[UUID | None] = set()
    places = []
    for place, case in enumerate(cases):
        if case is not None and case.order_id is not None and case.order_id in seen:
            waiting.add(case.shop_id)
        if case is None or case.shop_id not in waiting:
            places.append(place)
            if case is not None and case.order_id is not None:
                seen.add(case.order_id)
    return places


async def _deal(tx: Transaction, desk: Desk, cases: Sequence[Chargeback]) -> list[Occurrence]:
    """Hold and end, write that down, and return what is to be told."""
    freezing: list[escrow.Chain] = []
    told: list[Occurrence] = []

    async def serve_courts(shop_ids: Collection[UUID]) -> None:
        chains, served = await serve_before_holds(tx, shop_ids)
        freezing.extend(chains)
        told.extend(served)

    held, done = await (await _docket(tx, desk)).deal(cases, serve_courts)
    await store.change_cases(tx, list(cases))
    told += [_told(case, ChargebackHeld(amount=case.held), BY_CLOCK) for case in held]
    for case in done:
        event = ChargebackClosed(
            order_id=case.order_id,
            is_won=case.state is ChargebackState.WON,
            recovered=0 if case.state is ChargebackState.WON else case.amount - case.borne,
            borne=case.borne,
        )
        told.append(_told(case, event, BY_CLOCK))
    its = await write_desk(tx, desk)
    await escrow.post(tx, freezing)
    return [*its, *told]


async def _docket(tx: Transaction, desk: Desk) -> Docket:
    unpaid = [order.id for order in desk.work.orders.values() if order.payment_id is None]
    rejected = await get_rejections(tx, unpaid) if unpaid else set()
    return Docket(desk, partial(escrow.post, tx), partial(store.get_cases_of, tx), rejected, tx.now)


def proof_of(case: Chargeback) -> UUID:
    """Name whose the pictures are that a shop shows: the order's, or the case's where it is about none of ours."""
    return proof_owner(case.order_id or case.id)


def _told(case: Chargeback, event: Event, actor: Actor) -> Occurrence:
    return Occurrence(event, case.shop_id or case.id, case.id, actor)

"""The verbs of after-sale. Each takes an open transaction and a batch, locks its orders, judges, posts and publishes.

Locks: orders, then owners of pictures, then stock, then accounts, then the ledger's chain, then the heads of streams.
A case is changed by whoever holds its order, so cases need no locks of their own.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

from msgspec import UNSET

from weiji.aftersale import rules, store
from weiji.aftersale.machine import CaseKind, CaseState
from weiji.aftersale.model import (
    SAYINGS_MAX,
    AcceptOffer,
    AgreeCase,
    AskCase,
    Case,
    CaseMove,
    CaseStatus,
    CounterCase,
    CounterReturn,
    DeclineOffer,
    ExpireCase,
    NoteCaseRefund,
    NoteReturnDelivery,
    RefundInstead,
    RefuseCase,
    RefuseReturn,
    ReplyToCase,
    Reship,
    Saying,
    SendBack,
    SetReturnAddress,
    SetReturnAddressStatus,
    TakeReturn,
    WithdrawCase,
    proof_owner,
)
from weiji.aftersale.reasons import RefusalReason
from weiji.aftersale.rules import Desk
from weiji.carriers import follow_parcels
from weiji.catalog import get_skus_for_sale
from weiji.events import BY_CHANNEL, Event, Occurrence, publish
from weiji.events.aftersale import CaseCountered, CaseRefunded, CaseRefused, CaseReplied, ReturnAddressSet
from weiji.events.outbox import get_trails
from weiji.inventory import MoveKind, StockMove, StockStatus, move_stock
from weiji.kit.db import Reader, Row, Transaction
from weiji.kit.ids import derive
from weiji.media import NO_OWNER, UsePictures, find_owned, use_pictures
from weiji.orders import Casework, get_parcel_numbers, get_receivers
from weiji.word_rules import Action, Field, get_matcher, offers_payment

M = TypeVar("M", bound=CaseMove)

SAYS: Final = (AskCase, RefuseCase, ReplyToCase, CounterCase, CounterReturn, RefuseReturn)
"""Commands by which one side says something to the other."""

_SAYINGS: Final[dict[type[Event], Literal["refused", "replied", "countered"]]] = {
    CaseRefused: "refused",
    CaseReplied: "replied",
    CaseCountered: "countered",
}
"""What of what happens to a case is somebody's word."""

SAYINGS: Final = tuple(_SAYINGS)


async def ask_cases(tx: Transaction, commands: Sequence[AskCase]) -> list[CaseStatus]:
    """Ask for something about lines of orders: their clocks stand as long as it is not over. Publishes CaseAsked.

    Of what the shop did not send in the time that it promised, the money goes back at once.
    """
    # What is told of a case must not be told of an order, so none has an order's id: that would be found here.
    ids = [id for c in commands for id in (c.order_id, c.id)]
    desk = await _open(tx, ids, [(c.order_id, c.proof) for c in commands if c.proof])
    wanted = {c.sku_id for c in commands if c.sku_id}
    if wanted:
        had = {line.sku_id for order in desk.work.orders.values() for line in order.lines}
        had |= {case.sent_sku_id for case in desk.cases.values()}
        found = await get_skus_for_sale(tx, wanted | had)
        desk.skus = {sku.sku_id: sku for sku in found if sku}
    desk.unsayable = await _unsayable(tx, commands)
    statuses = [desk.ask(command) for command in commands]
    await _write(tx, desk)
    return statuses


async def agree_cases(tx: Transaction, commands: Sequence[AgreeCase]) -> list[CaseStatus]:
    """Agree to what was asked for. Publishes CaseAgreed, and CaseRefundOrdered where money goes back at once.

    What is to be sent in exchange is held from now on, if it can be had: else it may be had when it is to be sent.
    """
    return await _move(tx, commands, Desk.agree, reserves=True)


async def refuse_cases(tx: Transaction, commands: Sequence[RefuseCase]) -> list[CaseStatus]:
    """Say no to what was asked for. Publishes CaseRefused."""
    return await _move(tx, commands, Desk.refuse)


async def reply_to_cases(tx: Transaction, commands: Sequence[ReplyToCase]) -> list[CaseStatus]:
    """Tell the other sides of cases something. Publishes CaseReplied."""
    return await _move(tx, commands, Desk.reply)


async def counter_cases(tx: Transaction, commands: Sequence[CounterCase]) -> list[CaseStatus]:
    """Offer something else. Publishes CaseCountered."""
    return await _move(tx, commands, Desk.counter)


async def accept_offers(tx: Transaction, commands: Sequence[AcceptOffer]) -> list[CaseStatus]:
    """Agree to what shops offered. Publishes CaseAgreed, and CaseRefundOrdered where money goes back at once.

    What is to be sent in exchange is held, as when shops agree.
    """
    return await _move(tx, commands, Desk.accept, reserves=True)


async def decline_offers(tx: Transaction, commands: Sequence[DeclineOffer]) -> list[CaseStatus]:
    """Say no to what shops offered. Publishes CaseRefused."""
    return await _move(tx, commands, Desk.decline)


async def send_back(tx: Transaction, commands: Sequence[SendBack]) -> list[CaseStatus]:
    """Note how goods were sent back, and follow their parcels from now on. Publishes ReturnSent."""
    desk = await _open_cases(tx, commands)
    desk.sent = await get_parcel_numbers(tx, desk.work.orders)
    statuses = [desk.send_back(command) for command in commands]
    await follow_parcels(tx, desk.to_follow)
    await _write(tx, desk)
    return statuses


async def note_return_deliveries(tx: Transaction, commands: Sequence[NoteReturnDelivery]) -> list[CaseStatus]:
    """Note that what was sent back is there: the shop's days to look at it begin. Publishes ReturnDelivered."""
    desk = await open_desk(tx, [command.case_id for command in commands])
    statuses = [desk.note_delivery(command) for command in commands]
    await _write(tx, desk)
    return statuses


async def take_returns(tx: Transaction, commands: Sequence[TakeReturn]) -> list[CaseStatus]:
    """Take goods back. Publishes ReturnTaken, and CaseRefundOrdered where they were sent back for money."""
    return await _move(tx, commands, Desk.take_return)


async def counter_returns(tx: Transaction, commands: Sequence[CounterReturn]) -> list[CaseStatus]:
    """Offer less for what was sent back. Publishes CaseCountered."""
    return await _move(tx, commands, Desk.counter_return)


async def refuse_returns(tx: Transaction, commands: Sequence[RefuseReturn]) -> list[CaseStatus]:
    """Say no to what was sent back. Publishes CaseRefused."""
    return await _move(tx, commands, Desk.refuse_return)


async def refund_instead(tx: Transaction, commands: Sequence[RefundInstead]) -> list[CaseStatus]:
    """Give the money back for what is not sent anew, or back. Publishes CaseRefundOrdered."""
    return await _move(tx, commands, Desk.refund_instead)


async def withdraw_cases(tx: Transaction, commands: Sequence[WithdrawCase]) -> list[CaseStatus]:
    """Give cases up. Publishes CaseWithdrawn."""
    return await _move(tx, commands, Desk.withdraw)


async def expire_cases(tx: Transaction, commands: Sequence[ExpireCase]) -> list[CaseStatus]:
    """End cases whose buyers let the time pass. Publishes CaseExpired."""
    return await _move(tx, commands, Desk.expire)


async def reship_cases(tx: Transaction, commands: Sequence[Reship]) -> list[CaseStatus]:
    """Send goods anew, from the stock, or back, and follow their parcels from now on.

    Publishes ReplacementSent, or GoodsGivenBack.
    """
    statuses, told = await _reship(tx, commands)
    await publish(tx, told)
    return statuses


async def _reship(tx: Transaction, commands: Sequence[Reship]) -> tuple[list[CaseStatus], list[Occurrence]]:
    desk = await _open_cases(tx, commands)
    desk.sent = await get_parcel_numbers(tx, desk.work.orders)
    asked: dict[UUID, int | None] = {}
    for place, command in enumerate(commands):
        if asked.setdefault(command.case_id, command.units) != command.units:
            # There may be enough for it though there is not for the first: the rest is a batch of its own. The stock
            # of both is locked at once: two who lock stock twice may wait for each other.
            named = {desk.cases[each.case_id].sent_sku_id for each in commands if each.case_id in desk.cases}
            await desk.work.lock_stock(tx, named)
            before, told = await _reship(tx, commands[:place])
            rest, told_then = await _reship(tx, commands[place:])
            return [*before, *rest], [*told, *told_then]
    statuses = [desk.check_reship(command) for command in commands]
    # Of the same case again in one batch, the first that may does; the others find what became of it.
    first: dict[UUID, int] = {}
    for place, (command, status) in enumerate(zip(commands, statuses, strict=True)):
        if status is CaseStatus.DONE:
            first.setdefault(command.case_id, place)
    ready = [commands[place] for place in first.values()]
    # The case's own hold: the order's is spent. What is held is taken at once.
    sent = {command.case_id: command for command in ready}
    # What leaves the stock: of a unit of which a piece is sent, nothing does, nor of what is sent back.
    units = {c.case_id: desk.units_of(c) for c in ready}
    counted = [desk.cases[case_id] for case_id in sent if units[case_id]]
    missing = [case for case in counted if not case.reserved]
    if missing:  # In id order, all at once: two who lock stock twice may wait for each other.
        await desk.work.lock_stock(tx, {case.sent_sku_id for case in counted})
    held = await _hold(tx, missing, units)
    for case in missing:
        if case.id not in held:
            del sent[case.id]
    moves = [_stock_move(case, MoveKind.TAKE, units[case.id]) for case in counted if case.id in sent]
    if moves:
        taken = await move_stock(tx, moves)
        assert all(status is StockStatus.MOVED for status in taken), f"held stock is gone: {taken}"
    receivers = await get_receivers(tx, {desk.cases[case_id].order_id for case_id in sent})
    for command in sent.values():
        desk.reship(command, receivers[desk.cases[command.case_id].order_id])
    for place, command in enumerate(commands):
        if command.case_id in sent and place > first[command.case_id]:
            statuses[place] = desk.check_reship(command)
        elif command.case_id not in sent and statuses[place] is CaseStatus.DONE:
            statuses[place] = CaseStatus.SOLD_OUT
    if desk.to_follow:
        await follow_parcels(tx, desk.to_follow)
    return statuses, await write_desk(tx, desk)


async def _hold(tx: Transaction, cases: Sequence[Case], units: Mapping[UUID, int]) -> set[UUID]:
    """Hold units of what is to be sent for cases; tell for which of them there were enough."""
    moves = [_stock_move(case, MoveKind.HOLD, units[case.id]) for case in cases]
    held = await move_stock(tx, moves) if moves else []
    return {case.id for case, status in zip(cases, held, strict=True) if status is StockStatus.MOVED}


def _stock_move(case: Case, kind: MoveKind, units: int) -> StockMove:
    return StockMove(order_id=case.id, kind=kind, lines=((case.sent_sku_id, units),))


async def note_case_refunds(tx: Transaction, commands: Sequence[NoteCaseRefund]) -> list[CaseStatus]:
    """Note that payers have the money of cases. Publishes CaseRefunded. Refunds of no case are not found."""
    desk = await _open(tx, [command.order_id for command in commands])
    by_refund = {case.refund_id: case for case in desk.cases.values() if case.refund_id}
    statuses = []
    told = []
    for command in commands:
        case = by_refund.get(command.refund_id)
        if case is None:
            statuses.append(CaseStatus.CASE_NOT_FOUND)
        elif case.state is CaseState.REFUNDED:
            statuses.append(CaseStatus.EXISTS)
        else:
            case.state, case.ended_at = CaseState.REFUNDED, tx.now
            desk.changed[case.id] = case
            event = CaseRefunded(
                order_id=case.order_id,
                buyer_id=case.buyer_id,
                refund_id=command.refund_id,
                amount=command.amount,
                to=command.to,
            )
            told.append(Occurrence(event, case.shop_id, case.id, BY_CHANNEL))
            statuses.append(CaseStatus.DONE)
    await store.change_cases(tx, list(desk.changed.values()))
    await publish(tx, told)
    return statuses


async def set_return_addresses(tx: Transaction, commands: Sequence[SetReturnAddress]) -> list[SetReturnAddressStatus]:
    """Say where shops want goods to be sent back to. Publishes ReturnAddressSet where it is another one than before."""
    before = await store.get_return_addresses(tx, {command.shop_id for command in commands})
    changed: dict[UUID, Any] = {}
    told = []
    statuses = []
    for command in commands:
        if command.shop_id == NO_OWNER:
            statuses.append(SetReturnAddressStatus.SHOP_NOT_FOUND)
            continue
        if not rules.is_address(command.address):
            statuses.append(SetReturnAddressStatus.ADDRESS_INVALID)
            continue
        statuses.append(SetReturnAddressStatus.SET)
        if (changed.get(command.shop_id) or before.get(command.shop_id)) != command.address:
            changed[command.shop_id] = command.address
            told.append(Occurrence(ReturnAddressSet(), command.shop_id, command.shop_id, command.actor))
    if changed:
        await store.set_return_addresses(tx, changed)
    await publish(tx, told)
    return statuses


async def open_desk(
    tx: Transaction, case_ids: Collection[UUID], proof: Sequence[tuple[UUID, Sequence[str]]] = ()
) -> Desk:
    """Lock the orders of cases, for arbiters: until *tx* ends nobody else changes these cases.

    *proof* are pictures that somebody shows, by case; `desk.kept` tells which of them were uploaded for it.
    """
    orders = await store.find_orders(tx, set(case_ids))
    shown = [(orders[case_id], urls) for case_id, urls in proof if case_id in orders]
    return await _open(tx, list(orders.values()), shown)


async def open_desk_of(tx: Transaction, order_ids: Collection[UUID]) -> Desk:
    """Lock orders with all their cases, for channels that dispute their payments."""
    return await _open(tx, order_ids)


async def close_desk(tx: Transaction, desk: Desk, told: Sequence[Occurrence] = ()) -> None:
    """Write what arbiters or channels did to cases: orders, postings, events; then what else is *told*. Once, last."""
    await _write(tx, desk, told)


async def write_desk(tx: Transaction, desk: Desk) -> list[Occurrence]:
    """Write what was done to cases: orders, postings; return what is to be told, for who has one desk after another.

    A transaction publishes once, and last: two who lock heads of streams twice may wait for each other.
    """
    new, changed = list(desk.new.values()), list(desk.changed.values())
    uses = [use for case in (*new, *changed) for use in _uses(case)]
    if uses:
        await use_pictures(tx, uses)
    # What a case gives up comes before what takes its place: a line has one open case at any moment.
    await store.change_cases(tx, changed)
    await store.add_cases(tx, new)
    told = [Occurrence(told.event, told.case.shop_id, told.case.id, told.actor) for told in desk.told]
    return [*await desk.work.carry_out(tx), *told]


async def _open_cases(tx: Transaction, commands: Sequence[CaseMove]) -> Desk:
    orders = await store.find_orders(tx, {command.case_id for command in commands})
    proof = [
        (orders[command.case_id], command.proof)
        for command in commands
        if isinstance(command, RefuseCase | RefuseReturn | CounterReturn | ReplyToCase)
        and command.proof
        and command.case_id in orders
    ]
    return await _open(tx, list(orders.values()), proof)


async def _open(tx: Transaction, order_ids: Collection[UUID], proof: Sequence[tuple[UUID, Sequence[str]]] = ()) -> Desk:
    """Lock orders, and read their cases, what is held because of them, the addresses of their shops, and which of
    *proof* was uploaded for them."""
    work = await Casework.lock(tx, list(order_ids))
    cases = await store.read_cases(tx, work.orders) if work.orders else {}
    await work.read_holds(tx, [(case.order_id, case.hold_id) for case in cases.values() if rules.is_held(case)])
    shops = {order.shop_id for order in work.orders.values()}
    addresses = await store.get_return_addresses(tx, shops) if shops else {}
    shown = {(proof_owner(order_id), url) for order_id, urls in proof for url in urls}
    kept = await find_owned(tx, shown) if shown else set()
    return Desk(work, cases, addresses, kept, tx.now)


async def _move(
    tx: Transaction, commands: Sequence[M], judge: Callable[[Desk, M], CaseStatus], *, reserves: bool = False
) -> list[CaseStatus]:
    desk = await _open_cases(tx, commands)
    desk.unsayable = await _unsayable(tx, commands)
    statuses = [judge(desk, command) for command in commands]
    if reserves and desk.to_reserve:
        # In id order, all at once: two who lock stock twice may wait for each other.
        await desk.work.lock_stock(tx, desk.work.moved_skus | {case.sent_sku_id for case in desk.to_reserve})
        held = await _hold(tx, desk.to_reserve, {case.id: case.quantity for case in desk.to_reserve})
        for case in desk.to_reserve:
            case.reserved = case.quantity if case.id in held else 0
    await _write(tx, desk)
    return statuses


async def _unsayable(tx: Transaction, commands: Sequence[AskCase | CaseMove]) -> dict[tuple[str, str], CaseStatus]:
    """Tell of what is to be said which words are refused, by who says them: of shops offers for reviews, too."""
    said = {(command.actor.kind, command.words) for command in commands if isinstance(command, SAYS) and command.words}
    if not said:
        return {}
    matcher = await get_matcher(tx)
    found: dict[tuple[str, str], CaseStatus] = {}
    for kind, words in said:
        if kind == "merchant" and offers_payment(words):
            found[kind, words] = CaseStatus.OFFERS_PAYMENT
        elif any(hit.action is Action.REFUSE for hit in matcher.find([(Field.MESSAGE, words)])):
            found[kind, words] = CaseStatus.WORDS_REFUSED
    return found


async def _write(tx: Transaction, desk: Desk, more: Sequence[Occurrence] = ()) -> None:
    await publish(tx, [*await write_desk(tx, desk), *more])


def _uses(case: Case) -> list[UsePictures]:
    """Say which pictures a case shows. What somebody showed stays when they say something else: it is told on."""
    owner_id = proof_owner(case.order_id)
    answer, reply = derive(case.id, "answer", *case.answer_proof), derive(case.id, "reply", *case.reply_proof)
    held = ((case.id, case.proof), (answer, case.answer_proof), (reply, case.reply_proof))
    return [UsePictures(holder_id=holder, owner_id=owner_id, urls=urls) for holder, urls in held if urls]


async def get_sayings(reader: Reader, case_ids: Collection[UUID], limit: int = SAYINGS_MAX) -> dict[UUID, list[Saying]]:
    """Read what both sides told each other about cases, the oldest first; of each the last *limit*."""
    said: dict[UUID, list[Saying]] = {id: [] for id in case_ids}
    for row in await get_trails(reader, said, _SAYINGS, limit):
        said[row["subject_id"]] += sayings_of([row])
    return said


def sayings_of(trail: Sequence[Row]) -> list[Saying]:
    """Find in the trail of a case what both sides told each other."""
    abouts = {event.__name__: about for event, about in _SAYINGS.items()}
    return [
        Saying(
            at=row["at"],
            by="buyer" if row["actor_kind"] == "buyer" else "merchant",
            about=abouts[row["type"]],
            words=row["data"]["words"],
            proof=tuple(row["data"].get("proof", ())),
            kind=CaseKind(row["data"]["kind"]) if "kind" in row["data"] else None,
            amount=row["data"].get("amount"),
            reason=RefusalReason(reason) if (reason := row["data"].get("reason")) else UNSET,
        )
        for row in trail
        if row["type"] in abouts
    ]

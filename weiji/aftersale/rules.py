"""Judges what is asked for and done in cases: pure functions over locked orders and cases. Time is an argument.

What a case does to its order goes through `Casework`, which changes locked orders in memory and is written afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji import escrow
from weiji.aftersale.machine import ANEW, BACK, FOR_ARBITERS, MONEY, OPEN, CaseKind, CaseState, CaseVerb, may
from weiji.aftersale.model import (
    PROOF_MAX,
    REPLIES_MAX,
    WORDS_MAX,
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
    Item,
    NoteReturnDelivery,
    RefundInstead,
    RefuseCase,
    RefuseReturn,
    ReplyToCase,
    Reship,
    ReturnAddress,
    SealedCase,
    SendBack,
    TakeReturn,
    Wanted,
    WithdrawCase,
    proof_owner,
    replacement_parcel,
    return_parcel,
)
from weiji.aftersale.reasons import NO_REASON, REASONS, REFUSALS, RefusalReason
from weiji.carriers import FollowParcel, phone_end, squeeze
from weiji.catalog import SkuForSale
from weiji.escrow import Chain
from weiji.events import BY_CHANNEL, BY_SYSTEM, Actor
from weiji.events.aftersale import (
    CaseAgreed,
    CaseAsked,
    CaseCountered,
    CaseExpired,
    CaseRefundOrdered,
    CaseRefused,
    CaseReplied,
    CaseResumed,
    CaseSuspended,
    CaseWithdrawn,
    GoodsGivenBack,
    ReplacementSent,
    ReturnDelivered,
    ReturnSent,
    ReturnTaken,
)
from weiji.events.model import Event
from weiji.kit.ids import SHARD_MASK, derive
from weiji.kit.text import is_line, is_text
from weiji.orders import (
    PARCEL_MAX,
    Bounds,
    Casework,
    GiveBack,
    Line,
    Order,
    Receiver,
    State,
    left_of,
    may_ask_aftersale,
    may_return_for_no_reason,
    refund_bounds,
)

_C = CaseStatus
_K = CaseKind
_S = CaseState

ADDRESS_PARTS: Final = {"name": 40, "phone": 32, "region": 100, "detail": 200}
"""The parts of an address that have to be there, and how many characters each may have."""

POSTCODE_MAX: Final = 12

INSPECT_NOTICE: Final = timedelta(days=1)
"""However late a carrier tells of a delivery, the shop has so long before the clock takes the goods because of it."""

_CAME_BACK: Final = (_S.RESHIPPED, _S.REFUNDING, _S.REFUNDED)
"""Where goods are with the shop that were sent back, or handed over the counter. What it is to give back is not."""


def is_address(address: ReturnAddress) -> bool:
    """Tell whether goods can be sent to an address."""
    return all(is_line(getattr(address, name), length) for name, length in ADDRESS_PARTS.items()) and (
        address.postcode == "" or is_line(address.postcode, POSTCODE_MAX)
    )


def award_of(order: Order, line: Line, case: Case | SealedCase, amount: int, actor: Actor) -> GiveBack:
    """Say how *amount* goes back by a ruling: what a preview shows is what is posted."""
    return GiveBack(
        order=order,
        line=line,
        refund_id=derive(case.id, "refund"),
        amount=amount,
        actor=actor,
        reason=case.reason.value,
        cancelled=case.withheld,
        returned=case.quantity if case.return_number else 0,
        disputed_by=case.hold_id,
    )


def is_held(case: Case) -> bool:
    """Tell whether what a case is about is held of the shop, if its order is settled."""
    return case.state in (_S.DISPUTED, _S.TO_GIVE_BACK) and case.hold > 0


Sent = tuple[UUID, UUID, int]
"""By which id units left the stock, that of an order or a case; which SKU that is, and how many units of it."""


class Holding(Struct, frozen=True, kw_only=True):
    """Units that a buyer has of a line: as they were ordered, or what was sent in exchange."""

    sku_id: UUID
    choices: list[str]
    picture: str | None
    quantity: int


def is_agreed_at_once(order: Order, now: datetime) -> bool:
    """Tell whether there is nothing to be agreed on if what was not sent of an order is to be cancelled."""
    return order.cancels_at is not None and now >= order.cancels_at


def has_kind(order: Order, kind: CaseKind) -> bool:
    """Tell whether a kind of case may be of an order at all."""
    if order.is_virtual:
        return kind is _K.REFUND
    return order.pickup is None or kind not in ANEW


def _take(there: list[Sent], units: int, sku_id: UUID | None = None) -> list[Sent]:
    """Take units off a list, those of *sku_id* before others, and of each what was sent last; and give them."""
    taken = []
    for is_it in (True, False):
        for place in reversed(range(len(there))):
            by, sku, most = there[place]
            part = min(units, most) if (sku == sku_id) is is_it else 0
            taken += [(by, sku, part)] if part else []
            there[place] = (by, sku, most - part)
            units -= part
    there[:] = [each for each in there if each[2]]
    return taken


def sent_of(order_id: UUID, line: Line, cases: Iterable[Case], but: Case | None = None) -> list[Sent]:
    """Say what the buyer has of a line, what was sent last at the end. *but*: the case by which it comes back."""
    there = [(order_id, line.sku_id, line.shipped)]
    for case in cases:
        is_its = (case.order_id, case.line) == (order_id, line.line) and case is not but and case.kind in BACK
        if is_its and case.state in _CAME_BACK and (case.return_number or case.return_address):
            _take(there, case.quantity, case.item.sku_id)
            if case.state is _S.RESHIPPED:
                there.append((case.id, case.sent_sku_id, case.quantity))
    return there


def holdings_of(order_id: UUID, line: Line, cases: Iterable[Case]) -> list[Holding]:
    """Say how many units of which SKUs the buyer has of a line, what was sent last first."""
    known = list(cases)
    units: dict[UUID, int] = {}
    for _, sku_id, part in reversed(sent_of(order_id, line, known)):
        units[sku_id] = units.get(sku_id, 0) + part
    looks = {case.sent_sku_id: case.wanted or case.item for case in known if case.line == line.line}
    return [
        Holding(
            sku_id=sku_id,
            choices=list(line.choices if sku_id == line.sku_id else looks[sku_id].choices),
            picture=line.picture if sku_id == line.sku_id else looks[sku_id].picture,
            quantity=quantity,
        )
        for sku_id, quantity in units.items()
        if quantity
    ]


def is_taken(
    number: str, case: Case, cases: Iterable[Case], sent: Iterable[tuple[str, datetime]], *, is_back: bool
) -> bool:
    """Tell whether goods of a case can't go under a number, as another parcel of the order has it.

    *sent* are the numbers of the order's own parcels, *is_back* whether the goods come back. What goes the same way may
    be in one parcel, but in none that went before the case was asked for.
    """
    there = [each for each, at in sent if is_back or at < case.asked_at]
    for other in cases:
        if other.order_id != case.order_id:
            continue
        ended_at = other.ended_at if other.state in (*_CAME_BACK, _S.GIVEN_BACK) else None
        is_over = ended_at is not None and ended_at < case.asked_at
        if other.return_number and (not is_back or is_over):
            there.append(other.return_number)
        if other.reship_number and (is_back or is_over):
            there.append(other.reship_number)
    return squeeze(number) in map(squeeze, there)


class Told(Struct, frozen=True):
    """An event to publish about a case."""

    case: Case
    event: Event
    actor: Actor


class Desk:
    """What a batch judges: locked orders with all their cases, and what of it changed. Nothing here is I/O.

    *addresses* are where shops want goods to be sent back to; *kept* are pictures that were uploaded, each
    (whose, address).
    """

    def __init__(
        self,
        work: Casework,
        cases: Mapping[UUID, Case],
        addresses: Mapping[UUID, ReturnAddress],
        kept: Set[tuple[UUID, str]],
        now: datetime,
    ) -> None:
        self.work = work
        self.cases = dict(cases)
        self.addresses = addresses
        self.kept = kept
        self.now = now
        self.skus: Mapping[UUID, SkuForSale] = {}
        """What is wanted in exchange, and what was ordered, as far as they are there still."""
        self.unsayable: Mapping[tuple[str, str], CaseStatus] = {}
        """What one side (a kind of actor) wants to say and must not, and why."""
        self.sent: Mapping[UUID, Sequence[tuple[str, datetime]]] = {}
        """Under which numbers parcels of the orders were sent, and when: where something is to be sent."""
        self.to_reserve: list[Case] = []
        """Exchanges that were agreed to: what is to be sent is held now, if there is enough."""
        self.to_follow: list[FollowParcel] = []
        """Parcels in which goods come back from now on."""
        self.new: dict[UUID, Case] = {}
        self.changed: dict[UUID, Case] = {}
        self.told: list[Told] = []
        self._freed: dict[UUID, Case] = {}

    def order_of(self, case: Case) -> Order:
        """Give the locked order of a case."""
        return self.work.orders[case.order_id]

    def line_of(self, case: Case) -> Line:
        """Give the line that a case is about."""
        return self.order_of(case).lines[case.line - 1]

    def tell(self, case: Case, event: Event, actor: Actor) -> None:
        """Have an event published."""
        self.told.append(Told(case, event, actor))

    def _due(self, case: Case, span: timedelta) -> datetime:
        case.due_at = self.now + span
        return case.due_at

    def _days(self, case: Case, name: str) -> datetime:
        days: int = getattr(self.order_of(case).rules, name)
        return self._due(case, timedelta(days=days))

    def _change(self, case: Case, state: CaseState) -> None:
        case.state, case.said_last = state, None
        if case.id not in self.new:
            self.changed[case.id] = case

    def _end(self, case: Case, state: CaseState, at_least: timedelta = timedelta(0)) -> None:
        """Leave the open states: the order's clock runs on."""
        if case.kind is _K.CANCEL and state is not _S.REFUNDING:
            # What was withheld is to be sent after all.
            at_least = self.order_of(case).send_within
        self.work.end_case(self.order_of(case), self.line_of(case), case.withheld, at_least)
        if is_held(case) and state is not _S.REFUNDING:
            self.work.let_go(self.order_of(case), case.hold_id)
        if state is not _S.RESHIPPED:
            self._free(case)
        if case.state is _S.COUNTERED:
            # It came with an offer that nobody took: nothing is sent there, and nobody needs to know it any more.
            case.return_address = None
        case.reserved = 0
        case.withheld = 0
        case.due_at = case.suspended_at = None
        case.ended_at = None if state is _S.REFUNDING else self.now
        self._change(case, state)

    def _free(self, case: Case) -> None:
        """Free what was held for an exchange, and is not sent."""
        if case.reserved:
            self.work.free(case.id, case.sent_sku_id, case.reserved)
        case.reserved = 0

    def _is_theirs(self, case: Case, move: CaseMove) -> bool:
        kind = move.actor.kind
        if kind == "buyer":
            return case.buyer_id == move.actor.person_id
        if kind == "merchant":
            return case.shop_id == move.shop_id
        return kind == "clock"

    def _find(self, move: CaseMove, verb: CaseVerb, *done: CaseState) -> tuple[Case | None, CaseStatus]:
        """Find the case of a move whose verb its state has; else say why not. *done*: states that it leads to."""
        case = self.cases.get(move.case_id)
        if case is None or not self._is_theirs(case, move):
            return None, _C.CASE_NOT_FOUND
        if _is_own(case, move):
            return None, _C.OWN_ORDER
        if not may(verb, case.state, case.kind, move.actor.kind):
            return None, _C.EXISTS if case.state in done else _C.NOT_ALLOWED_NOW
        if case.suspended_at is not None and verb is not CaseVerb.WITHDRAW:
            return None, _C.SUSPENDED
        if move.actor.kind == "clock" and (case.due_at is None or case.due_at > self.now):
            return None, _C.TOO_EARLY
        return case, _C.DONE

    def _is_proof(self, order_id: UUID, proof: Sequence[str]) -> bool:
        owner = proof_owner(order_id)
        return len(proof) <= PROOF_MAX and all((owner, url) in self.kept for url in proof)

    # --- asking ---

    def ask(self, command: AskCase) -> CaseStatus:
        """Open a case; one that the shop refused is given up for it."""
        order = self.work.orders.get(command.order_id)
        if order is None or order.buyer_id != command.actor.person_id or command.actor.kind != "buyer":
            return _C.ORDER_NOT_FOUND
        if command.id in self.work.orders:
            return _C.EXISTS_WITH_DIFFERENT_CASE
        found = self.cases.get(command.id)
        if found is not None:
            has = command.held_sku_id or found.item.sku_id
            same = (
                found.order_id, found.line, found.kind, found.quantity, found.item.sku_id, found.sent_sku_id,
                found.asked_amount, found.reason, found.words, found.proof,
            ) == (
                command.order_id, command.line, command.kind, command.quantity, has, command.sku_id or has,
                command.amount or None, command.reason, command.words, command.proof,
            )  # fmt: skip
            return _C.EXISTS if same else _C.EXISTS_WITH_DIFFERENT_CASE
        if (command.id.int ^ command.order_id.int) & SHARD_MASK:
            return _C.ID_IN_ANOTHER_SHARD
        if order.open_chargebacks:
            # A channel disputes the same money: it goes back once, by one way.
            return _C.NOT_ALLOWED_NOW
        if not may_ask_aftersale(order, self.now):
            return _C.TOO_LATE if order.state in (State.RECEIVED, State.COMPLETED) else _C.NOT_ALLOWED_NOW
        if not 1 <= command.line <= len(order.lines):
            return _C.LINE_NOT_FOUND
        line = order.lines[command.line - 1]
        assert order.rules is not None
        if not may_ask_aftersale(order, self.now, line):
            return _C.TOO_LATE
        before = [c for c in self.cases.values() if c.order_id == order.id and c.line == line.line]
        open_case = next((case for case in before if case.state in OPEN), None)
        if open_case is not None and open_case.state is not _S.REFUSED:
            return _C.CASE_OPEN
        if len(before) >= order.rules.applications_max:
            return _C.TOO_MANY_CASES
        status = self._check(order, line, command, 0 if open_case is None else open_case.withheld)
        if status is not _C.DONE:
            return status
        if open_case is not None:
            self._withdraw(open_case, command.actor)
        self._open(order, line, command)
        return _C.DONE

    def _check(self, order: Order, line: Line, command: AskCase, freed: int) -> CaseStatus:
        is_unsent = command.kind is _K.CANCEL
        if not has_kind(order, command.kind):
            return _C.KIND_NOT_ALLOWED
        if is_unsent and order.state not in (State.PAID, State.PART_SHIPPED):
            return _C.KIND_NOT_ALLOWED
        if not is_unsent and not line.shipped:
            return _C.KIND_NOT_ALLOWED
        if command.reason not in REASONS[command.kind]:
            return _C.REASON_NOT_ALLOWED
        is_for_no_reason = command.kind is _K.RETURN and command.reason in NO_REASON
        if is_for_no_reason and not may_return_for_no_reason(order, self.now, line):
            return _C.NEEDS_A_REASON
        there = line.sendable + freed if is_unsent else line.shipped - line.returned
        if command.held_sku_id is not None:
            had = {each.sku_id: each.quantity for each in self._holdings(order, line)}
            if is_unsent or command.held_sku_id not in had:
                return _C.SKU_NOT_FOUND
            there = min(there, had[command.held_sku_id])
        if not 1 <= command.quantity <= there:
            return _C.QUANTITY_OUT_OF_RANGE
        if not self._is_amount(order, line, command.kind, command.quantity, command.amount):
            return _C.AMOUNT_OUT_OF_RANGE
        status = self._check_sku(order, line, command)
        if status is not _C.DONE:
            return status
        if not is_text(command.words, WORDS_MAX):
            return _C.WORDS_INVALID
        if (command.actor.kind, command.words) in self.unsayable:
            return self.unsayable[command.actor.kind, command.words]
        if not self._is_proof(order.id, command.proof):
            return _C.PROOF_INVALID
        return _C.DONE

    def _check_sku(self, order: Order, line: Line, command: AskCase) -> CaseStatus:
        if command.sku_id is None:
            return _C.DONE
        has = self._item(order, line, command).sku_id
        sku, held = self.skus.get(command.sku_id), self.skus.get(has)
        if command.kind is not _K.EXCHANGE or sku is None or sku.product_id != line.product_id or not sku.is_listed:
            return _C.SKU_NOT_FOUND
        # Where all of a product got dearer or cheaper together, they still cost the same.
        same = {line.price, held.price} if held else {line.price}
        if sku.price not in same:
            return _C.PRICE_DIFFERS
        # The same again may be asked for in spite of that: a shop has spare ones, or gets some.
        is_there = sku.sku_id == has or sku.available >= command.quantity
        return _C.DONE if is_there else _C.SOLD_OUT

    def _wanted(self, command: AskCase) -> Wanted | None:
        if command.sku_id is None:
            return None
        sku = self.skus[command.sku_id]
        return Wanted(sku_id=sku.sku_id, choices=list(sku.choices), picture=sku.picture)

    def _holdings(self, order: Order, line: Line) -> list[Holding]:
        return holdings_of(order.id, line, self.cases.values())

    def _item(self, order: Order, line: Line, command: AskCase) -> Item:
        """Say what is asked about: of what the buyer has that of which there are enough units, or what was ordered."""
        ordered = Item(
            sku_id=line.sku_id,
            product_id=line.product_id,
            title=line.title,
            choices=line.choices,
            picture=line.picture,
            kind=line.kind,
            price=line.price,
            quantity=line.quantity,
        )
        if command.kind is _K.CANCEL:
            return ordered
        for has in self._holdings(order, line):
            if command.held_sku_id in (None, has.sku_id) and has.quantity >= command.quantity:
                return replace(ordered, sku_id=has.sku_id, choices=has.choices, picture=has.picture)
        return ordered

    def _is_amount(self, order: Order, line: Line, kind: CaseKind, quantity: int, amount: int | None) -> bool:
        if kind not in MONEY:
            return not amount
        bounds = refund_bounds(order, line, quantity, is_unsent=kind is _K.CANCEL)
        return bounds.most > 0 and (amount is None or max(1, bounds.least) <= amount <= bounds.most)

    def _open(self, order: Order, line: Line, command: AskCase) -> None:
        assert order.rules is not None
        is_unsent = command.kind is _K.CANCEL
        amount = command.amount or 0
        freight_by = order.rules.freight_by(command.reason)
        if command.kind in MONEY and command.amount is None:
            bounds = refund_bounds(order, line, command.quantity, is_unsent=is_unsent)
            # Who bears freight bears it both ways: that of the first parcel goes back with what is sent back.
            amount = bounds.most if command.kind is _K.RETURN and freight_by == "merchant" else bounds.usual
        case = Case(
            id=command.id,
            order_id=order.id,
            line=line.line,
            shop_id=order.shop_id,
            buyer_id=order.buyer_id,
            order_number=order.number,
            shop_name=order.shop_name,
            buyer_name=order.buyer_name,
            item=self._item(order, line, command),
            wanted=self._wanted(command),
            freight_by=freight_by,
            kind=command.kind,
            state=_S.ASKED,
            quantity=command.quantity,
            withheld=command.quantity if is_unsent else 0,
            amount=amount,
            asked_amount=command.amount or None,
            reason=command.reason,
            words=command.words,
            proof=command.proof,
            asked_at=self.now,
        )
        self.new[case.id] = self.cases[case.id] = case
        self.work.open_case(order, line, case.withheld)
        due_at = self._due(case, order.rules.answer_within) if is_unsent else self._days(case, "shipped_answer_days")
        event = CaseAsked(
            order_id=order.id,
            buyer_id=order.buyer_id,
            line=line.line,
            kind=case.kind.value,
            quantity=case.quantity,
            amount=amount,
            reason=case.reason.value,
            words=case.words,
            due_at=due_at,
        )
        self.tell(case, event, command.actor)
        if is_unsent and is_agreed_at_once(order, self.now):
            self._agree(case, Actor("system"), None)

    # --- answers ---

    def agree(self, command: AgreeCase) -> CaseStatus:
        """Agree, by the shop or by its silence."""
        case, status = self._find(
            command, CaseVerb.AGREE, _S.REFUNDING, _S.REFUNDED, _S.TO_RETURN, _S.AGREED, _S.RETURNING, _S.RETURNED
        )
        if case is None:
            return status
        address = command.address or self.addresses.get(case.shop_id)
        if case.kind in BACK and command.actor.kind != "clock" and not (address and is_address(address)):
            return _C.ADDRESS_MISSING
        self._agree(case, command.actor, address)
        return _C.DONE

    def _agree(self, case: Case, actor: Actor, address: ReturnAddress | None) -> None:
        case.answered_at = self.now
        if case.kind in BACK and address is None:
            # By the clock: who names no place to send goods to gets none.
            self._tell_agreed(case, actor, None)
            self._refund(case, actor, returned=case.quantity)
        elif case.kind in BACK:
            case.return_address = address
            self._change(case, _S.TO_RETURN)
            if case.kind is _K.EXCHANGE:
                self.to_reserve.append(case)
            self._tell_agreed(case, actor, self._days(case, "return_days"))
        elif case.kind is _K.RESHIP:
            self._change(case, _S.AGREED)
            self._tell_agreed(case, actor, self._days(case, "reship_days"))
        else:
            self._tell_agreed(case, actor, None)
            self._refund(case, actor)

    def _tell_agreed(self, case: Case, actor: Actor, due_at: datetime | None) -> None:
        event = CaseAgreed(
            order_id=case.order_id, buyer_id=case.buyer_id, kind=case.kind.value, amount=case.amount, due_at=due_at
        )
        self.tell(case, event, actor)

    def _refund(self, case: Case, actor: Actor, *, returned: int = 0, is_restocked: bool = False) -> None:
        """Send the money of a case back. Where nothing is left to give, it just ends."""
        order, line = self.order_of(case), self.line_of(case)
        if case.kind not in MONEY:
            case.amount = refund_bounds(order, line, case.quantity, is_unsent=False).usual
        if not case.amount:
            self._end(case, _S.EXPIRED)
            self.tell(case, CaseExpired(order_id=case.order_id, buyer_id=case.buyer_id), actor)
            return
        case.refund_id = derive(case.id, "refund")
        cancelled, case.withheld = case.withheld, 0
        self.work.give_back(
            GiveBack(
                order=order,
                line=line,
                refund_id=case.refund_id,
                amount=case.amount,
                actor=actor,
                reason=case.reason.value,
                cancelled=cancelled,
                returned=returned,
                is_restocked=is_restocked,
                sent_by=self._sent_by(case) if returned and is_restocked else (),
                disputed_by=case.hold_id if is_held(case) else None,
            )
        )
        self._end(case, _S.REFUNDING)
        event = CaseRefundOrdered(
            order_id=case.order_id, buyer_id=case.buyer_id, refund_id=case.refund_id, amount=case.amount
        )
        self.tell(case, event, actor)

    def _sent_by(self, case: Case) -> list[Sent]:
        """Say by which ids what comes back by a case left the stock, which SKUs that is, and how many units of each."""
        there = sent_of(case.order_id, self.line_of(case), self.cases.values(), case)
        return _take(there, case.quantity, case.item.sku_id)

    def refuse(self, command: RefuseCase) -> CaseStatus:
        """Say no to what was asked for."""
        return self._refuse(command, CaseVerb.REFUSE, _S.REFUSED)

    def refuse_return(self, command: RefuseReturn) -> CaseStatus:
        """Say no to what was sent back."""
        return self._refuse(command, CaseVerb.REFUSE_RETURN, _S.RETURN_REFUSED)

    def _refuse(self, command: RefuseCase | RefuseReturn, verb: CaseVerb, leads_to: CaseState) -> CaseStatus:
        case, status = self._find(command, verb, leads_to)
        if case is None:
            return status
        reason = command.reason if isinstance(command, RefuseCase) else None
        if reason is not None and reason not in REFUSALS[case.kind]:
            return _C.REASON_NOT_ALLOWED
        status = self._check_said(case, command)
        if status is not _C.DONE:
            return status
        case.answer = command.words
        case.answer_proof = command.proof
        self._refused(case, leads_to, command.actor, command.words, command.proof, reason)
        return _C.DONE

    def _check_said(self, case: Case, command: RefuseCase | RefuseReturn | CounterReturn | ReplyToCase) -> CaseStatus:
        if not command.words.strip() or not is_text(command.words, WORDS_MAX):
            return _C.WORDS_INVALID
        fault = self.unsayable.get((command.actor.kind, command.words), _C.DONE)
        # Before arbiters, what rules refuse may be proof: it is said, and marked for them.
        if fault is not _C.DONE and not (fault is _C.WORDS_REFUSED and case.state is _S.DISPUTED):
            return fault
        if not self._is_proof(case.order_id, command.proof):
            return _C.PROOF_INVALID
        # Only the shop sees what came back: it shows it, or takes it.
        return _C.PROOF_MISSING if isinstance(command, RefuseReturn) and not command.proof else _C.DONE

    def _refused(
        self,
        case: Case,
        leads_to: CaseState,
        actor: Actor,
        words: str,
        proof: tuple[str, ...] = (),
        reason: RefusalReason | None = None,
    ) -> None:
        case.answered_at = self.now
        self._change(case, leads_to)
        event = CaseRefused(
            order_id=case.order_id,
            buyer_id=case.buyer_id,
            reason=reason.value if reason else None,
            words=words,
            proof=proof,
            due_at=self._days(case, "refused_days"),
        )
        self.tell(case, event, actor)

    def reply(self, command: ReplyToCase) -> CaseStatus:
        """Tell the other side something. It changes no state, so the machine has no line for it."""
        case = self.cases.get(command.case_id)
        if case is None or not self._is_theirs(case, command):
            return _C.CASE_NOT_FOUND
        if _is_own(case, command):
            return _C.OWN_ORDER
        side = command.actor.kind
        if side not in ("buyer", "merchant") or not case.is_talked_about:
            return _C.NOT_ALLOWED_NOW
        status = self._check_said(case, command)
        if status is not _C.DONE:
            return status
        said = (case.reply, case.reply_proof) if side == "buyer" else (case.answer, case.answer_proof)
        if case.said_last == side and said == (command.words, command.proof):
            return _C.EXISTS
        if (case.buyer_replies if side == "buyer" else case.shop_replies) >= REPLIES_MAX:
            return _C.TOO_MANY_REPLIES
        if side == "buyer":
            case.reply, case.reply_proof = command.words, command.proof
            case.buyer_replies += 1
        else:
            case.answer, case.answer_proof = command.words, command.proof
            case.shop_replies += 1
        case.said_last = side
        self.changed[case.id] = case
        event = CaseReplied(order_id=case.order_id, buyer_id=case.buyer_id, words=command.words, proof=command.proof)
        self.tell(case, event, command.actor)
        return _C.DONE

    def counter(self, command: CounterCase) -> CaseStatus:
        """Offer something else."""
        case, status = self._find(command, CaseVerb.COUNTER)
        if case is None:
            return self._same_offer(command, status, _S.COUNTERED, command.kind)
        order, line = self.order_of(case), self.line_of(case)
        if (case.kind is _K.CANCEL) != (command.kind is _K.CANCEL) or not has_kind(order, command.kind):
            return _C.KIND_NOT_ALLOWED
        if not self._is_amount(order, line, command.kind, case.quantity, command.amount):
            return _C.AMOUNT_OUT_OF_RANGE
        if (command.kind, command.amount) == (case.kind, case.amount):
            return _C.SAME_AS_ASKED
        if not is_text(command.words, WORDS_MAX):
            return _C.WORDS_INVALID
        if (command.actor.kind, command.words) in self.unsayable:
            return self.unsayable[command.actor.kind, command.words]
        address = command.address or self.addresses.get(case.shop_id)
        if command.kind in BACK and not (address and is_address(address)):
            return _C.ADDRESS_MISSING
        case.return_address = address if command.kind in BACK else None
        self._offer(case, _S.COUNTERED, command.kind, command)
        return _C.DONE

    def _same_offer(
        self, command: CounterCase | CounterReturn, status: CaseStatus, state: CaseState, kind: CaseKind
    ) -> CaseStatus:
        """Say of an offer that can't be made whether it was made already."""
        found = self.cases.get(command.case_id)
        if found is None or status is not _C.NOT_ALLOWED_NOW or found.state is not state:
            return status
        return _C.EXISTS if (found.offered_kind, found.offered_amount) == (kind, command.amount) else status

    def _offer(self, case: Case, state: CaseState, kind: CaseKind, command: CounterCase | CounterReturn) -> None:
        case.offered_kind, case.offered_amount = kind, command.amount
        case.answer = command.words
        case.answered_at = self.now
        self._change(case, state)
        event = CaseCountered(
            order_id=case.order_id,
            buyer_id=case.buyer_id,
            kind=kind.value,
            amount=command.amount,
            words=command.words,
            proof=command.proof if isinstance(command, CounterReturn) else (),
            due_at=self._days(case, "offer_days"),
        )
        self.tell(case, event, command.actor)

    def counter_return(self, command: CounterReturn) -> CaseStatus:
        """Offer less for what was sent back: what it is worth to the shop as it came."""
        case, status = self._find(command, CaseVerb.COUNTER_RETURN)
        if case is None:
            return self._same_offer(command, status, _S.RETURN_COUNTERED, _K.RETURN)
        usual = case.amount if case.kind is _K.RETURN else self.bounds_of(case).usual
        if not 1 <= command.amount <= usual:
            return _C.AMOUNT_OUT_OF_RANGE
        if command.amount == case.amount:
            return _C.SAME_AS_ASKED
        status = self._check_said(case, command)
        if status is not _C.DONE:
            return status
        case.answer_proof = command.proof
        self._offer(case, _S.RETURN_COUNTERED, _K.RETURN, command)
        return _C.DONE

    def accept(self, command: AcceptOffer) -> CaseStatus:
        """Agree to the shop's offer."""
        found = self.cases.get(command.case_id)
        is_offered = found is not None and found.state in (_S.COUNTERED, _S.RETURN_COUNTERED)
        if found is not None and is_offered and self._is_theirs(found, command):
            assert found.offered_kind is not None
            assert found.offered_amount is not None
            if not may(CaseVerb.ACCEPT, found.state, found.offered_kind, command.actor.kind):
                return _C.NOT_ALLOWED_NOW
            if found.suspended_at is not None:
                return _C.SUSPENDED
            is_back = found.state is _S.RETURN_COUNTERED
            found.kind, found.amount = found.offered_kind, found.offered_amount
            if is_back:
                self._tell_agreed(found, command.actor, None)
                self._refund(found, command.actor, returned=found.quantity)
            else:
                self._agree(found, command.actor, found.return_address)
            return _C.DONE
        case, status = self._find(
            command, CaseVerb.ACCEPT, _S.REFUNDING, _S.REFUNDED, _S.TO_RETURN, _S.AGREED, _S.RETURNING, _S.RETURNED
        )
        assert case is None
        return status

    def decline(self, command: DeclineOffer) -> CaseStatus:
        """Say no to the shop's offer."""
        case, status = self._find(command, CaseVerb.DECLINE, _S.REFUSED, _S.RETURN_REFUSED)
        if case is None:
            return status
        leads_to = _S.REFUSED if case.state is _S.COUNTERED else _S.RETURN_REFUSED
        if leads_to is _S.REFUSED:
            # It came with the offer, and nothing is sent there. Later it tells that goods came back: see `sent_of`.
            case.return_address = None
        self._refused(case, leads_to, command.actor, "")
        return _C.DONE

    # --- goods ---

    def send_back(self, command: SendBack) -> CaseStatus:
        """Note how goods were sent back."""
        case, status = self._find(command, CaseVerb.SEND_BACK, _S.RETURNING)
        if case is None:
            return status
        status = self._check_parcel(case, command)
        if status is not _C.DONE:
            return status
        case.return_carrier, case.return_number = command.carrier, command.tracking_number
        self._change(case, _S.RETURNING)
        event = ReturnSent(
            order_id=case.order_id,
            buyer_id=case.buyer_id,
            carrier=command.carrier,
            tracking_number=command.tracking_number,
            due_at=self._days(case, "inspect_days"),
        )
        self.tell(case, event, command.actor)
        to = case.return_address
        receiver = Receiver(case.shop_id, phone_end(to.phone) if to else "", to.region if to else "")
        self._follow(return_parcel(case.id), case, command, receiver)
        return _C.DONE

    def _check_parcel(self, case: Case, command: SendBack | Reship) -> CaseStatus:
        if not is_line(command.carrier, PARCEL_MAX) or not is_line(command.tracking_number, PARCEL_MAX):
            return _C.PARCEL_INVALID
        sent, is_back = self.sent.get(case.order_id, ()), isinstance(command, SendBack)
        if is_taken(command.tracking_number, case, self.cases.values(), sent, is_back=is_back):
            return _C.NUMBER_TAKEN
        return _C.DONE

    def _follow(self, id: UUID, case: Case, command: SendBack | Reship, to: Receiver) -> None:
        parcel = FollowParcel(
            id=id,
            case_id=case.id,
            order_id=case.order_id,
            shop_id=case.shop_id,
            carrier=command.carrier,
            tracking_number=command.tracking_number,
            phone_end=to.phone_end,
            region=to.region,
            shipped_at=self.now,
        )
        self.to_follow.append(parcel)

    def note_delivery(self, command: NoteReturnDelivery) -> CaseStatus:
        """Note that what was sent back is there: from now on the shop has the days to look at it.

        They may end later than the clock that began when it was sent: nobody can look at what is on its way. While a
        channel disputes the payment the clock stands, so that is what is left on it when it runs on.
        """
        case = self.cases.get(command.case_id)
        if case is None:
            return _C.CASE_NOT_FOUND
        if case.return_delivered_at is not None:
            return _C.EXISTS
        if case.state is not _S.RETURNING:
            return _C.NOT_ALLOWED_NOW
        rules = self.order_of(case).rules
        assert rules is not None
        assert case.due_at is not None
        case.return_delivered_at = command.delivered_at
        if rules.delivered_inspect_days:
            end = command.delivered_at + timedelta(days=rules.delivered_inspect_days)
            case.due_at = (case.suspended_at or self.now) + max(end - self.now, INSPECT_NOTICE)
        self.changed[case.id] = case
        event = ReturnDelivered(
            order_id=case.order_id, buyer_id=case.buyer_id, delivered_at=command.delivered_at, due_at=case.due_at
        )
        self.tell(case, event, BY_SYSTEM)
        return _C.DONE

    def take_return(self, command: TakeReturn) -> CaseStatus:
        """Take goods back."""
        case, status = self._find(command, CaseVerb.TAKE_RETURN, _S.REFUNDING, _S.REFUNDED, _S.RETURNED, _S.RESHIPPED)
        if case is None:
            return status
        event = ReturnTaken(order_id=case.order_id, buyer_id=case.buyer_id, is_restocked=command.is_restocked)
        self.tell(case, event, command.actor)
        if case.kind is _K.RETURN:
            self._refund(case, command.actor, returned=case.quantity, is_restocked=command.is_restocked)
        else:
            self._change(case, _S.RETURNED)
            self._days(case, "reship_days")
            if command.is_restocked:
                self.work.put_back(self._sent_by(case))
        return _C.DONE

    def check_reship(self, command: Reship) -> CaseStatus:
        """Say whether something may be sent anew, as far as the stock has it."""
        case, status = self._find(command, CaseVerb.RESHIP, _S.RESHIPPED, _S.GIVEN_BACK)
        if case is None:
            return status
        status = self._check_parcel(case, command)
        if status is not _C.DONE:
            return status
        most = self._leaving(case)
        least = 0 if case.kind is _K.RESHIP else most
        if command.units is not None and not least <= command.units <= most:
            return _C.QUANTITY_OUT_OF_RANGE
        return _C.DONE

    def _leaving(self, case: Case) -> int:
        """Say how many units leave the stock at most with what is sent: what came back is in none."""
        return 0 if case.state is _S.TO_GIVE_BACK else case.quantity

    def units_of(self, command: Reship) -> int:
        """Say how many units leave the stock with what is sent."""
        return self._leaving(self.cases[command.case_id]) if command.units is None else command.units

    def reship(self, command: Reship, to: Receiver) -> None:
        """Note that something was sent anew, or back. The buyer has as long to look at it as at a first parcel."""
        case = self.cases[command.case_id]
        order = self.order_of(case)
        assert order.rules is not None
        is_anew, units = case.state is not _S.TO_GIVE_BACK, self.units_of(command)
        case.reship_carrier, case.reship_number = command.carrier, command.tracking_number
        if is_anew:
            self.work.replace(order, self.line_of(case))
        else:
            self.work.note_given_back(order, self.line_of(case))
        at_least = order.rules.confirm_after if order.state is State.SHIPPED else timedelta(0)
        self._end(case, _S.RESHIPPED if is_anew else _S.GIVEN_BACK, at_least)
        sent: dict[str, Any] = {
            "order_id": case.order_id,
            "buyer_id": case.buyer_id,
            "carrier": command.carrier,
            "tracking_number": command.tracking_number,
        }
        self.tell(case, ReplacementSent(**sent, units=units) if is_anew else GoodsGivenBack(**sent), command.actor)
        self._follow(replacement_parcel(case.id), case, command, to)

    def refund_instead(self, command: RefundInstead) -> CaseStatus:
        """Give the money back for what is not sent anew, or back."""
        case, status = self._find(command, CaseVerb.REFUND_INSTEAD, _S.REFUNDING, _S.REFUNDED)
        if case is None:
            return status
        self._refund(case, command.actor, returned=case.quantity if case.kind in BACK else 0)
        return _C.DONE

    # --- what arbiters do: see the module `disputes` ---

    def bounds_of(self, case: Case) -> Bounds:
        """Say what may go back for the units of a case."""
        return refund_bounds(self.order_of(case), self.line_of(case), case.quantity, is_unsent=case.kind is _K.CANCEL)

    def claim_of(self, case: Case) -> Bounds:
        """Say what may be awarded: what was asked for, and not more. Who asked for goods may have what they cost."""
        bounds = self.bounds_of(case)
        if case.kind not in MONEY:
            return bounds
        most = min(bounds.most, case.amount)
        return Bounds(min(bounds.least, most), min(bounds.usual, most), most)

    def dispute(self, case: Case) -> None:
        """Leave a refused case to arbiters. Its own clock is over, and what may be awarded can't be withdrawn."""
        assert case.state in (_S.REFUSED, *FOR_ARBITERS), f"{case.state} is not for arbiters"
        case.due_at = None
        self._change(case, _S.DISPUTED)
        self.work.hold(self.order_of(case), self.line_of(case), case.hold_id, self.claim_of(case).most)

    def award(self, case: Case, amount: int, actor: Actor) -> None:
        """Give the buyer what arbiters awarded. What was sent back counts as returned."""
        assert case.state is _S.DISPUTED, f"{case.state} is not for arbiters"
        case.amount = amount
        self.work.give_back(award_of(self.order_of(case), self.line_of(case), case, amount, actor))
        case.refund_id, case.withheld = derive(case.id, "refund"), 0
        self._end(case, _S.REFUNDING)
        event = CaseRefundOrdered(
            order_id=case.order_id, buyer_id=case.buyer_id, refund_id=case.refund_id, amount=amount
        )
        self.tell(case, event, actor)

    def dismiss(self, case: Case, state: CaseState = _S.DISMISSED) -> None:
        """End a case of which the buyer gets nothing: WITHDRAWN by them, or EXPIRED, since a channel left nothing."""
        assert case.state is _S.DISPUTED, f"{case.state} is not for arbiters"
        self._end(case, state)

    def goods_back(self, case: Case) -> None:
        """Have the shop send back what it has, where the buyer gets nothing.

        Until then the order's clock stands, and what the dispute holds stays held: it is the buyer's, if the shop keeps
        the goods.
        """
        assert case.state is _S.DISPUTED, f"{case.state} is not for arbiters"
        assert case.return_number is not None, "nothing was sent back"
        self._free(case)
        self._change(case, _S.TO_GIVE_BACK)
        self._days(case, "reship_days")

    # --- what channels do that dispute the payment: see the module `chargebacks` ---

    def suspend(self, order: Order) -> None:
        """Let the open cases of an order stand while a channel disputes its payment: the same money goes back once."""
        for case in self._open_of(order):
            if case.suspended_at is None:
                case.suspended_at = self.now
                self.changed[case.id] = case
                self.tell(case, CaseSuspended(order_id=order.id, buyer_id=order.buyer_id), BY_CHANNEL)

    def free(self, order: Order) -> list[Chain]:
        """Give up what disputes hold of a settled order, for what a channel keeps of it. `cut` holds what is left."""
        held = [case for case in self._open_of(order) if is_held(case)]
        if order.state is not State.COMPLETED:
            return []
        for case in held:
            self._freed[case.id] = case
        return [escrow.let_go(order.id, case.hold_id) for case in held]

    def cut(self, order: Order) -> None:
        """Take what a channel kept of an order off what its cases ask for. What has nothing left to ask for ends."""
        for case in self._open_of(order):
            line, most = self.line_of(case), self.bounds_of(case).most
            if case.state is _S.DISPUTED:
                # Arbiters end it: what they award is what the line has left, at most.
                most = left_of(line)
                if order.state is State.REFUNDED:
                    # The order is over, and no unit of it is sent: there is none to withhold any more.
                    self.work.withhold_no_more(order, line, case.withheld)
                    case.withheld = 0
            if case.id in self._freed:
                claim = min(case.amount, most) if case.kind in MONEY else most
                case.hold = case.hold + 1 if claim else 0
                if claim:
                    self.work.hold(order, line, case.hold_id, claim)
            if case.state is not _S.DISPUTED and not most:
                self._end(case, _S.EXPIRED)
                self.tell(case, CaseExpired(order_id=order.id, buyer_id=order.buyer_id), BY_CHANNEL)
            case.amount = min(case.amount, most)
            if case.offered_amount is not None:
                case.offered_amount = min(case.offered_amount, most)
            self.changed[case.id] = case

    def resume(self, order: Order) -> None:
        """Let the cases of an order go on that no channel disputes any more: their clocks have what was left."""
        for case in self._open_of(order):
            if case.suspended_at is not None:
                if case.due_at is not None:
                    case.due_at += self.now - case.suspended_at
                case.suspended_at = None
                self.changed[case.id] = case
                event = CaseResumed(order_id=order.id, buyer_id=order.buyer_id, amount=case.amount, due_at=case.due_at)
                self.tell(case, event, BY_CHANNEL)

    def _open_of(self, order: Order) -> list[Case]:
        return [case for case in self.cases.values() if case.order_id == order.id and case.is_open]

    # --- ends ---

    def withdraw(self, command: WithdrawCase) -> CaseStatus:
        """Give a case up."""
        case, status = self._find(command, CaseVerb.WITHDRAW, _S.WITHDRAWN)
        if case is None:
            return status
        self._withdraw(case, command.actor)
        return _C.DONE

    def _withdraw(self, case: Case, actor: Actor) -> None:
        self._end(case, _S.WITHDRAWN)
        self.tell(case, CaseWithdrawn(order_id=case.order_id, buyer_id=case.buyer_id), actor)

    def expire(self, command: ExpireCase) -> CaseStatus:
        """End a case whose buyer let the time pass."""
        case, status = self._find(command, CaseVerb.EXPIRE, _S.EXPIRED)
        if case is None:
            return status
        self._end(case, _S.EXPIRED)
        self.tell(case, CaseExpired(order_id=case.order_id, buyer_id=case.buyer_id), command.actor)
        return _C.DONE


def _is_own(case: Case, move: CaseMove) -> bool:
    """Tell whether somebody acts for the shop on what they bought there: before they came to work for it."""
    return move.actor.kind == "merchant" and case.buyer_id == move.actor.person_id

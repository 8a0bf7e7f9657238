"""What of a trade needs the buyer's word: paying and confirming, proved by the payment password or an allowance.

A password is checked by the edge, since hashing is slow and each try is counted by itself; whether it was right comes
with the command. So the answer to a wrong one is kept under its idempotency key like any other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor, Occurrence, publish
from weiji.events.payments import PaymentPart
from weiji.identity import (
    JudgedSpendings,
    Refusal,
    SpendAllowance,
    SpendAllowanceStatus,
    judge_spendings,
    write_spendings,
)
from weiji.kit.db import Transaction
from weiji.kit.ids import derive
from weiji.orders import store
from weiji.orders.machine import State
from weiji.orders.model import ConfirmOrder
from weiji.orders.operations import confirm_orders
from weiji.payments import BALANCE, CreatePayment, PayWay, create_payments, get_payments


class PayableOrder(Struct, frozen=True):
    """What paying has to know of an order. A payment of another total than it has when the money comes goes back."""

    id: UUID
    shop_id: UUID
    buyer_id: UUID
    state: State
    total: int
    due_at: datetime | None


class PayOrder(Struct, frozen=True, kw_only=True):
    """Pay an order, all of it, or several together by the same payment. `id` is the payment's, made near the payer.

    From the wallet it needs a payment password that was right (then there is no `refusal`, or one of large sums only)
    or an allowance, which only a payment that is made uses up.
    """

    id: UUID
    payer_id: UUID
    order_ids: tuple[UUID, ...]
    """At least one."""
    channel: str
    actor: Actor
    key_id: UUID | None = None
    allowance_id: UUID | None = None
    refusal: Refusal | None = None
    total: int | None = None
    """What the payer saw that they cost together; None: what they cost when they were placed, or less."""
    proved: int | None = None
    """What was proved to go from the wallet. Orders placed since then, while a password was hashed, are not in it."""


class _Asked(Struct, frozen=True):
    """What is asked, and the orders that it is about: none, where one of them is not there, or somebody else's."""

    command: PayOrder
    orders: Sequence[PayableOrder]
    is_beyond: bool
    """Whether a shop of theirs may not be paid that much now."""
    placed: int
    """What they cost when they were placed."""

    @property
    def amount(self) -> int:
        return sum(order.total for order in self.orders)

    @property
    def is_changed(self) -> bool:
        """Whether they cost another sum than their payer named, or, where they named none, more than when placed."""
        named = self.command.total
        return self.amount > self.placed if named is None else self.amount != named

    @property
    def is_late(self) -> bool:
        return any(order.state is not State.CREATED for order in self.orders)


class PayStatus(StrEnum):
    """How paying began. Where several apply, the first listed is given."""

    CREATED = "created"
    """The wallet paid, or the channel waits for you at `pay_url`."""
    EXISTS = "exists"
    """The same payment was made before."""
    ORDER_NOT_FOUND = "order_not_found"
    """There is none, or it is somebody else's."""
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    """The wallet pays with a payment password or an allowance."""
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    STEP_UP_NEEDED = "step_up_needed"
    """So much takes `code`, of who has an app, or else `login_password` as well as the payment password."""
    LOGIN_PASSWORD_LOCKED = "login_password_locked"  # noqa: S105
    LOGIN_PASSWORD_WRONG = "login_password_wrong"  # noqa: S105
    CODE_LOCKED = "code_locked"
    CODE_WRONG = "code_wrong"
    """It is of no use, or was used before."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The order is paid or closed."""
    TOTAL_CHANGED = "total_changed"
    """Its shop changed what it costs since you looked."""
    SHOP_LIMIT_REACHED = "shop_limit_reached"
    """A shop of them was paid as much as it may be in a day, or in all, or would be. Nothing was taken."""
    ALLOWANCE_NOT_FOUND = "allowance_not_found"
    """There is no such allowance of this person for this key."""
    ALLOWANCE_EXPIRED = "allowance_expired"
    EXCEEDS_ALLOWANCE = "exceeds_allowance"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    """The payment's id was not made near the payer."""
    ID_TAKEN = "id_taken"
    """The id was used to spend an allowance on something else."""
    AMOUNT_OUT_OF_RANGE = "amount_out_of_range"
    PARTS_INVALID = "parts_invalid"
    """More than 20 orders, or one of them twice."""
    CHANNEL_NOT_FOUND = "channel_not_found"
    """No channel of this name is open here."""
    EXISTS_WITH_DIFFERENT_PAYER = "exists_with_different_payer"
    EXISTS_WITH_DIFFERENT_SUBJECT = "exists_with_different_subject"
    EXISTS_WITH_DIFFERENT_PAYEE = "exists_with_different_payee"
    EXISTS_WITH_DIFFERENT_PURPOSE = "exists_with_different_purpose"
    EXISTS_WITH_DIFFERENT_AMOUNT = "exists_with_different_amount"
    EXISTS_WITH_DIFFERENT_CHANNEL = "exists_with_different_channel"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    """The wallet has not enough. The payment has failed for ever: a new attempt takes a new id."""
    WALLET_FROZEN = "wallet_frozen"
    """Nothing may go out of the wallet. The payment has failed for ever."""


class PayResult(Struct, frozen=True, kw_only=True):
    """The answer to paying. `pay_url` is where the payer goes, for channels other than the wallet, `pay_way` how."""

    status: PayStatus
    payment_id: UUID | None = None
    amount: int | None = None
    pay_url: str | None = None
    pay_way: PayWay | None = None
    tries_left: int | None = None
    locked_until: datetime | None = None


class ProvedConfirmation(Struct, frozen=True, kw_only=True):
    """Confirm receipt, with a payment password that was right (then there is no `refusal`), or with an allowance."""

    order_id: UUID
    person_id: UUID
    actor: Actor
    key_id: UUID | None = None
    allowance_id: UUID | None = None
    refusal: Refusal | None = None


class ConfirmStatus(StrEnum):
    """How confirming receipt ended. Where several apply, the first listed is given."""

    DONE = "done"
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    """Confirming lets your money go: it needs a payment password or an allowance."""
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    ALLOWANCE_NOT_FOUND = "allowance_not_found"
    """There is no such allowance of this person for this key."""
    ALLOWANCE_EXPIRED = "allowance_expired"
    ORDER_NOT_FOUND = "order_not_found"
    """There is none, or it is somebody else's."""
    EXISTS = "exists"
    """It was done before."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """Nothing was shipped yet."""
    CASE_OPEN = "case_open"
    """A case of after-sale or a chargeback is open: it has to end first."""


class ShowCodeStatus(StrEnum):
    """How asking for the code of what one picks up ended. Where several apply, the first listed is given."""

    DONE = "done"
    PAYMENT_PASSWORD_MISSING = "payment_password_missing"  # noqa: S105
    """Whoever has the code lets your money go: it needs a payment password or an allowance."""
    PAYMENT_PASSWORD_NOT_SET = "payment_password_not_set"  # noqa: S105
    PAYMENT_PASSWORD_LOCKED = "payment_password_locked"  # noqa: S105
    """Nothing is checked until `locked_until`."""
    PAYMENT_PASSWORD_WRONG = "payment_password_wrong"  # noqa: S105
    """See `tries_left`."""
    ALLOWANCE_NOT_FOUND = "allowance_not_found"
    """There is no such allowance of this person for this key."""
    ALLOWANCE_EXPIRED = "allowance_expired"
    ORDER_NOT_FOUND = "order_not_found"
    """There is none, or it is somebody else's."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """Nothing is to be picked up: it is unpaid, handed over, refunded, or sent."""
    CASE_OPEN = "case_open"
    """A case of after-sale is open: it has to end first."""


class ConfirmResult(Struct, frozen=True, kw_only=True):
    """The answer to confirming receipt."""

    status: ConfirmStatus
    tries_left: int | None = None
    locked_until: datetime | None = None


REFUSED_ALLOWANCES: Final = {
    SpendAllowanceStatus.NOT_FOUND: "allowance_not_found",
    SpendAllowanceStatus.ID_TAKEN: "id_taken",
    SpendAllowanceStatus.EXPIRED: "allowance_expired",
    SpendAllowanceStatus.EXCEEDS_ALLOWANCE: "exceeds_allowance",
}


async def pay_orders(tx: Transaction, commands: Sequence[PayOrder]) -> list[PayResult]:
    """Create payments, and spend allowances for those that are made; results are in the order of *commands*.

    The money of the wallet reaches the orders' escrow by an event. Publishes PaymentCaptured and AllowanceSpent. Any
    other channel is to be started afterwards (`payments.start_payments`).
    """
    asked = await _read(tx, commands)
    results: list[PayResult] = []
    told: list[Occurrence] = []
    while len(results) < len(asked):
        results += await _pay_some(tx, asked[len(results) :], told)
    # The heads of streams are locked last.
    await publish(tx, told)
    return results


async def _read(tx: Transaction, commands: Sequence[PayOrder]) -> list[_Asked]:
    rows = await store.read_payable(tx, list({id for command in commands for id in command.order_ids}), tx.now)
    orders = {
        id: PayableOrder(id, row["shop_id"], row["buyer_id"], State(row["state"]), row["total"], row["due_at"])
        for id, row in rows.items()
    }
    asked = []
    for command in commands:
        found = [orders[id] for id in command.order_ids if id in orders]
        theirs = [order for order in found if order.buyer_id == command.payer_id]
        whole = theirs if len(theirs) == len(command.order_ids) else []
        beyond = await store.find_beyond(tx, [rows[order.id] for order in whole])
        placed = sum(rows[order.id]["placed_total"] for order in whole)
        asked.append(_Asked(command, whole, is_beyond=bool(beyond), placed=placed))
    return asked


async def _pay_some(tx: Transaction, asked: Sequence[_Asked], told: list[Occurrence]) -> list[PayResult]:
    """Pay the first ones: mostly all, else up to one whose allowance may do if a wallet refuses one before it."""
    results: list[PayResult | None] = [_refuse(one) for one in asked]
    barred = [
        one.command.id
        for one, result in zip(asked, results, strict=True)
        if not result and (one.is_late or one.is_changed or one.is_beyond)
    ]
    known = {payment.id for payment in await get_payments(tx, barred) if payment} if barred else set()
    for place, one in enumerate(asked):
        if results[place] is None and one.command.id not in known:
            if one.is_late:
                results[place] = PayResult(status=PayStatus.NOT_ALLOWED_NOW)
            elif one.is_changed:
                results[place] = PayResult(status=PayStatus.TOTAL_CHANGED)
            elif one.is_beyond:
                results[place] = PayResult(status=PayStatus.SHOP_LIMIT_REACHED)
    spending = [
        place
        for place, one in enumerate(asked)
        if results[place] is None and one.command.channel == BALANCE and one.command.allowance_id and not one.is_late
    ]
    judged = await judge_spendings(tx, [_spend(asked[place]) for place in spending]) if spending else None
    if judged:
        if len(judged.statuses) < len(spending):
            del results[spending[len(judged.statuses)] :]
            del spending[len(judged.statuses) :]
        for place, status in zip(spending, judged.statuses, strict=True):
            if status in REFUSED_ALLOWANCES:
                results[place] = PayResult(status=PayStatus(REFUSED_ALLOWANCES[status]))
    paying = [place for place, result in enumerate(results) if result is None]
    created = await create_payments(tx, [_payment(asked[place]) for place in paying]) if paying else []
    for place, answer in zip(paying, created, strict=True):
        results[place] = _tell(asked[place], PayStatus(answer.value))
    answered = [result for result in results if result is not None]
    if judged:
        is_made = [answered[place].status is PayStatus.CREATED for place in spending]
        told += await write_spendings(tx, judged, is_made)
    return answered


def _refuse(asked: _Asked) -> PayResult | None:
    proved = asked.command.proved
    if not asked.orders or (proved is not None and asked.amount > proved):
        return PayResult(status=PayStatus.ORDER_NOT_FOUND)
    refusal = asked.command.refusal
    if asked.command.channel == BALANCE and refusal and refusal.bars(asked.amount):
        return PayResult(
            status=PayStatus(refusal.status), tries_left=refusal.tries_left, locked_until=refusal.locked_until
        )
    return None


def _spend(asked: _Asked) -> SpendAllowance:
    command = asked.command
    assert command.allowance_id is not None
    return SpendAllowance(
        id=command.id,
        allowance_id=command.allowance_id,
        person_id=command.payer_id,
        # Only a key spends an allowance: for a person without one there is none.
        key_id=command.key_id or command.payer_id,
        amount=asked.amount,
        actor=command.actor,
    )


def _payment(asked: _Asked) -> CreatePayment:
    command = asked.command
    return payment_of(command.id, command.payer_id, asked.orders, command.channel, command.actor)


def payment_of(id: UUID, payer_id: UUID, orders: Sequence[PayableOrder], channel: str, actor: Actor) -> CreatePayment:
    """Ask for the money of an order, or of several of them together: then each has its part of the payment."""
    first = orders[0]
    deadlines = [order.due_at for order in orders if order.state is State.CREATED and order.due_at]
    is_one = len(orders) == 1
    return CreatePayment(
        id=id,
        payer_id=payer_id,
        subject_id=first.id if is_one else id,
        payee_id=first.shop_id if is_one else payer_id,
        amount=sum(order.total for order in orders),
        channel=channel,
        expires_at=min(deadlines, default=None),
        actor=actor,
        parts=()
        if is_one
        else tuple(PaymentPart(order_id=order.id, shop_id=order.shop_id, amount=order.total) for order in orders),
    )


def _tell(asked: _Asked, status: PayStatus) -> PayResult:
    if status in (PayStatus.CREATED, PayStatus.EXISTS):
        return PayResult(status=status, payment_id=asked.command.id, amount=asked.amount)
    return PayResult(status=status)


async def confirm_proved_orders(tx: Transaction, commands: Sequence[ProvedConfirmation]) -> list[ConfirmResult]:
    """Confirm receipt for those who proved that they may; results are in the order of *commands*.

    Allowances lie with the buyers, not in the orders' lane: they are locked before the orders. Publishes OrderReceived,
    and AllowanceSpent for what was confirmed by an allowance.
    """
    judged, refusals = await _judge_proofs(tx, commands)
    proved = [
        ConfirmOrder(order_id=command.order_id, actor=command.actor)
        for command, refusal in zip(commands, refusals, strict=True)
        if refusal is None
    ]
    answers = iter(await confirm_orders(tx, proved) if proved else [])
    results = [
        ConfirmResult(
            status=ConfirmStatus(refusal.status), tries_left=refusal.tries_left, locked_until=refusal.locked_until
        )
        if refusal
        else ConfirmResult(status=ConfirmStatus(next(answers).value))
        for refusal in refusals
    ]
    if judged:
        done = {
            spend.id
            for command, result in zip(commands, results, strict=True)
            if result.status is ConfirmStatus.DONE and (spend := _confirming_spend(command))
        }
        await publish(tx, await write_spendings(tx, judged, [spend.id in done for spend in judged.commands]))
    return results


async def refuse_confirmations(tx: Transaction, commands: Sequence[ProvedConfirmation]) -> list[Refusal | None]:
    """Say why people did not prove that they may confirm receipt; None where they did. Nothing is used up.

    Locks the allowances.
    """
    _, refusals = await _judge_proofs(tx, commands)
    return refusals


async def _judge_proofs(
    tx: Transaction, commands: Sequence[ProvedConfirmation]
) -> tuple[JudgedSpendings | None, list[Refusal | None]]:
    spends = {spend.id: spend for command in commands if (spend := _confirming_spend(command))}
    judged = await judge_spendings(tx, list(spends.values())) if spends else None
    statuses = dict(zip(spends, judged.statuses, strict=True)) if judged else {}
    return judged, [_refuse_confirmation(command, statuses) for command in commands]


def _refuse_confirmation(command: ProvedConfirmation, statuses: Mapping[UUID, SpendAllowanceStatus]) -> Refusal | None:
    spend = _confirming_spend(command)
    if spend is None:
        return command.refusal
    refused = REFUSED_ALLOWANCES.get(statuses[spend.id])
    return Refusal(refused) if refused else None


def _confirming_spend(command: ProvedConfirmation) -> SpendAllowance | None:
    """Make the spending of nothing with which an allowance stands for the payment password."""
    if command.allowance_id is None:
        return None
    return SpendAllowance(
        id=derive(command.person_id, "confirm", command.order_id, command.allowance_id),
        allowance_id=command.allowance_id,
        person_id=command.person_id,
        # Only a key spends an allowance: for a person without one there is none.
        key_id=command.key_id or command.person_id,
        amount=0,
        actor=command.actor,
    )

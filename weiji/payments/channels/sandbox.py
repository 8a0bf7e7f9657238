"""A simulated acquirer and bank, foreign to the rest: it has a schema of its own, and speaks only in notices.

It is there so that everything that can go wrong with a real one can be had at a click: the payer fails, pays late or
twice, a notice is lost, doubled or held back, a question stays unanswered, a refund is refused, a payout comes back.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.events import Actor
from weiji.kit import clock, sql
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Database, Reader, Transaction, columns
from weiji.kit.ids import distinct_shards, new_id, shard_of, shards_of
from weiji.kit.money import portion
from weiji.payments.channels import (
    Ability,
    Answer,
    Channel,
    Check,
    Custody,
    NoticeRefused,
    Payer,
    Reply,
    StatedLine,
)
from weiji.payments.model import Notice, NoticeKind, Payment, Payout, PayoutAccount, Refund

SQL = sql.beside(__file__)

NAME: Final = "sandbox"

FEE_PPM: Final = 6_000
"""What the acquirer keeps of what it takes: 0.6 %."""

CHARGEBACK_FEE: Final = 1_500
"""What the acquirer takes for a chargeback, in fen."""

RESPOND_WITHIN: Final = timedelta(days=7)
"""How long the other side has to answer a chargeback."""

BANK_FEE: Final = 2
"""What the bank takes for a payout, in fen."""

REJECTED_LAST4: Final = "0001"
"""The bank takes on no payout to an account whose number ends so."""
RETURNED_LAST4: Final = "0002"
"""A payout to an account whose number ends so is paid, and comes back after three days."""
WAITING_LAST4: Final = "0003"
"""A payout to an account whose number ends so waits until somebody acts."""
RETURNED_AFTER: Final = timedelta(days=3)

LATE_MAX: Final = timedelta(days=365)
"""How much later than now `pay_late` and `fail_then_pay` may be."""

FINAL_AFTER: Final = timedelta(hours=48)
"""How long the acquirer may change its mind of a charge that failed or was closed."""

COPIES_MAX: Final = 5

STATEMENT_PART: Final = 10_000
"""Lines of a statement that are given at once."""

DELAY_SECONDS_MAX: Final = 30 * 86_400


class ChargeVerb(StrEnum):
    """What a payer, or fate, may do to a charge."""

    PAY = "pay"
    FAIL = "fail"
    PAY_LATE = "pay_late"
    """The money is taken, and nobody hears of it before `at`: not even who asks."""
    PAY_TWICE = "pay_twice"
    PAY_UNTOLD = "pay_untold"
    """The notice is lost: only who asks hears of it."""
    FAIL_THEN_PAY = "fail_then_pay"
    """It fails, and is told so; at `at` the money is taken all the same, and only who asks hears of it."""


FAILING: Final = frozenset({ChargeVerb.FAIL, ChargeVerb.FAIL_THEN_PAY})
"""What is told to have failed: once for a charge."""

LATER: Final = frozenset({ChargeVerb.PAY_LATE, ChargeVerb.FAIL_THEN_PAY})
"""What goes with a time."""


class ActOnCharge(Struct, frozen=True, kw_only=True):
    """Do something to a charge. Only a charge that is open, or failed, can be paid."""

    id: UUID
    verb: ChargeVerb
    at: datetime | None = None
    """With `pay_late` and `fail_then_pay`."""
    actor: Actor


class SetFaults(Struct, frozen=True, kw_only=True):
    """Say what goes wrong with a charge."""

    id: UUID
    notices: int = 1
    """How often each notice comes: 0…5."""
    delay_seconds: int = 0
    """How much later than what they tell of: up to 30 days."""
    refunds: Literal["succeed", "refuse", "wait"] = "succeed"
    """`wait`: until somebody acts."""
    is_silent: bool = False
    """Questions get no answer."""
    actor: Actor


class RefundVerb(StrEnum):
    """What may become of a refund that waits."""

    SUCCEED = "succeed"
    REFUSE = "refuse"


class ActOnRefund(Struct, frozen=True, kw_only=True):
    """Decide a refund that waits."""

    id: UUID
    verb: RefundVerb
    actor: Actor


class PayoutVerb(StrEnum):
    """What may become of a payout."""

    ACCEPT = "accept"
    REJECT = "reject"
    PAY = "pay"
    RETURN = "return"


class ActOnPayout(Struct, frozen=True, kw_only=True):
    """Decide what becomes of a payout."""

    id: UUID
    verb: PayoutVerb
    actor: Actor


class ChargebackVerb(StrEnum):
    """What may become of a charge that was paid."""

    RAISE = "raise"
    """The payer disputes it: the acquirer takes the money back, and a fee."""
    WIN = "win"
    """It is decided for us: the acquirer gives the money again."""
    LOSE = "lose"


class ActOnChargeback(Struct, frozen=True, kw_only=True):
    """Dispute a charge as its payer, or decide that as the acquirer. There is one dispute of a charge."""

    id: UUID
    verb: ChargebackVerb
    amount: int | None = None
    """With `raise`; None: all of it."""
    actor: Actor


class ActStatus(StrEnum):
    """How acting ended. Where several apply, the first listed is given."""

    NOT_FOUND = "not_found"
    INVALID = "invalid"
    """`pay_late` or `fail_then_pay` without a time or more than a year ahead, or faults out of range."""
    NOT_POSSIBLE = "not_possible"
    """It is paid, closed or decided already."""
    DONE = "done"


class Charge(Struct, kw_only=True):
    """What the acquirer knows of a payment."""

    id: UUID
    amount: int
    status: str
    notices: int
    delay: timedelta
    refunds: str
    is_silent: bool
    created_at: datetime


class _Told(Struct, frozen=True, kw_only=True):
    """A message of the acquirer, as it is on the wire."""

    event_id: str
    kind: NoticeKind
    request_id: str
    """The number that we gave the thing."""
    reference: str
    amount: int
    fee: int = 0
    occurred_at: datetime
    reason: str = ""
    respond_by: datetime | None = None


class _Paid(Struct, frozen=True):
    """Money that the acquirer takes, and from when on it may be told of."""

    reference: str
    charge_id: UUID
    amount: int
    paid_at: datetime
    told_at: datetime


class SandboxChannel(Channel):
    """The channel to the sandbox."""

    name = NAME
    payer_names = ("沙箱",)
    custody: Custody = "channel"
    abilities = frozenset({Ability.PAGE, Ability.PHONE, Ability.REFUND, Ability.PAY_OUT})
    final_after = FINAL_AFTER
    heard = Reply(200)

    def __init__(self, database: Database) -> None:
        self.database = database

    async def start(self, payments: Sequence[Payment], payer: Payer) -> list[Answer]:  # noqa: ARG002
        """Make a charge for each, that its payer may pay on a page."""
        async with self.database.transaction() as tx:
            await _add_charges(tx, payments, "open")
        return [Answer(pay_url=f"/sandbox/charges/{payment.id}") for payment in payments]

    async def query(self, payments: Sequence[Payment]) -> list[Answer]:
        """Tell of every transaction that may be told of, or how else a charge ended."""
        async with self.database.read() as reader:
            return await _describe(reader, [payment.id for payment in payments], clock.now())

    async def close(self, payments: Sequence[Payment]) -> list[Answer]:
        """Close charges that nothing is known to be paid on."""
        async with self.database.transaction() as tx:
            await tx.run(SQL.sandbox_close_charges, *_keys([payment.id for payment in payments]))
        async with self.database.read() as reader:
            return await _describe(reader, [payment.id for payment in payments], clock.now(), is_closing=True)

    async def refund(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Take refunds on. How they end is told by notice, and to who asks again."""
        ids = [refund.payment_id for refund in refunds]
        async with self.database.transaction() as tx:
            charges = await _get_charges(tx, ids)
            ends = {"succeed": "succeeded", "refuse": "refused", "wait": "waiting"}
            added = {
                row["id"]
                for row in await tx.rows(
                    SQL.sandbox_add_refunds,
                    [shard_of(refund.id) for refund in refunds],
                    [refund.id for refund in refunds],
                    ids,
                    [refund.amount for refund in refunds],
                    [ends[charges[id].refunds] for id in ids],
                    tx.now,
                )
            }
            again = [r for r in refunds if r.retries and charges[r.payment_id].refunds == "succeed"]
            if again:
                await tx.run(SQL.sandbox_mend_refunds, *_keys([refund.id for refund in again]), tx.now)
            told = await _tell_refunds(tx, refunds, tx.now)
            await _post(
                tx, [(one, charges[r.payment_id]) for r in refunds if r.id in added and (one := told[r.id]) is not None]
            )
        return [
            _stands(charges[refund.payment_id], None if refund.id in added else told[refund.id]) for refund in refunds
        ]

    async def find_refunds(self, refunds: Sequence[Refund]) -> list[Answer]:
        """Tell how refunds stand that were taken on."""
        async with self.database.read() as reader:
            charges = await _get_charges(reader, [refund.payment_id for refund in refunds])
            told = await _tell_refunds(reader, refunds, clock.now())
        return [
            _stands(charges[refund.payment_id], told.get(refund.id), is_unmade=refund.id not in told)
            for refund in refunds
        ]

    async def pay_out(self, payouts: Sequence[tuple[Payout, PayoutAccount]]) -> list[Answer]:
        """Take payouts on. What becomes of them depends on the last digits of the account's number."""
        async with self.database.transaction() as tx:
            added = {
                row["id"]
                for row in await tx.rows(
                    SQL.sandbox_add_payouts,
                    [shard_of(payout.id) for payout, _ in payouts],
                    [payout.id for payout, _ in payouts],
                    [payout.amount for payout, _ in payouts],
                    [account.last4 for _, account in payouts],
                    [_fate(account.last4) for _, account in payouts],
                    tx.now,
                    RETURNED_LAST4,
                    tx.now + RETURNED_AFTER,
                )
            }
            rows = await tx.rows(SQL.sandbox_get_payouts, *_keys([payout.id for payout, _ in payouts]))
            known = {row["id"]: row for row in rows}
            due = []
            for payout, account in payouts:
                if payout.id in added:
                    due += _schedule(payout.id, payout.amount, account.last4, tx.now)
            await _queue(tx, due)
        answers = []
        for payout, _ in payouts:
            row = known[payout.id]
            kind = _PAYOUT_KINDS.get(row["status"])
            if payout.id in added or kind is None:
                answers.append(Answer())
            else:
                told = _tell_payout(payout.id, row["amount"], kind, clock.now())
                answers.append(Answer(notices=(_parse(msgspec.json.encode(told)),)))
        return answers

    async def statement(self, day: date) -> AsyncIterator[Sequence[StatedLine]]:
        """Say what was done on a day, in parts: see `weiji.payments.channels.Stating`."""
        begin = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        async with self.database.transaction() as tx:
            text = SQL.sandbox_read_statement.text
            cursor = await tx.connection.cursor(text, begin, begin + timedelta(days=1), BANK_FEE)
            while rows := await cursor.fetch(STATEMENT_PART):
                yield [
                    StatedLine(
                        kind=row["kind"],
                        reference=row["reference"],
                        request_id=row["request_id"],
                        amount=row["amount"],
                        fee=row["fee"],
                        occurred_at=row["at"],
                    )
                    for row in rows
                ]

    async def read_notice(self, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:  # noqa: ARG002
        """Believe nobody: what the acquirer has to tell is brought by `read_message`, out of our own database."""
        raise NoticeRefused("the simulated acquirer sends nothing")

    def read_message(self, body: bytes) -> Notice:
        """Read a message of the acquirer's queue. Raises NoticeRefused."""
        return _parse(body)

    async def check(self) -> Check:
        """Say that there is nothing to check."""
        return Check(True, "")


def _parse(body: bytes) -> Notice:
    try:
        told = msgspec.json.decode(body, type=_Told)
    except msgspec.ValidationError as error:
        raise NoticeRefused(str(error)) from error
    try:
        subject_id = UUID(told.request_id)
    except ValueError:
        subject_id = None
    return Notice(
        channel=NAME,
        event_id=told.event_id,
        kind=told.kind,
        subject_id=None if told.kind is NoticeKind.SETTLED else subject_id,
        reference=told.reference,
        amount=told.amount,
        fee=told.fee,
        occurred_at=told.occurred_at,
        reason=told.reason,
        respond_by=told.respond_by,
        raw=body,
    )


def _keys(ids: Sequence[UUID]) -> tuple[list[int], list[UUID]]:
    wanted = sorted(set(ids))
    return distinct_shards(wanted), wanted


async def _add_charges(tx: Transaction, payments: Sequence[Payment], status: str) -> None:
    await tx.run(
        SQL.sandbox_add_charges,
        [shard_of(payment.id) for payment in payments],
        *columns(payments, "id", "amount"),
        status,
        tx.now,
    )


async def add_paid_charges(tx: Transaction, payments: Sequence[Payment]) -> None:
    """Write charges as if their payers had just paid them, each with the payment's own reference."""
    if payments:
        await _add_charges(tx, payments, "paid")
        await tx.run(
            SQL.sandbox_add_transactions,
            [shard_of(payment.id) for payment in payments],
            *columns(payments, "channel_reference", "id", "captured", "captured_at", "captured_at"),
        )


async def _tell_refunds(reader: Reader, refunds: Sequence[Refund], now: datetime) -> dict[UUID, _Told | None]:
    """Say how refunds stand that were taken on; None: nothing may be told yet."""
    rows = await reader.rows(SQL.sandbox_get_refunds, *_keys([refund.id for refund in refunds]))
    return {row["id"]: _tell_refund(row["id"], row["amount"], row["status"], now) for row in rows}


def _stands(charge: Charge, told: _Told | None, *, is_unmade: bool = False) -> Answer:
    if charge.is_silent:
        return Answer(is_silent=True)
    return Answer(is_unmade=is_unmade) if told is None else Answer(notices=(_parse(msgspec.json.encode(told)),))


async def _get_charges(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Charge]:
    return {row["id"]: Charge(**dict(row)) for row in await reader.rows(SQL.sandbox_get_charges, *_keys(ids))}


async def get_charge(reader: Reader, id: UUID) -> Charge | None:
    """Read a charge."""
    return (await _get_charges(reader, [id])).get(id)


async def _describe(reader: Reader, ids: Sequence[UUID], now: datetime, *, is_closing: bool = False) -> list[Answer]:
    """Answer for each charge what may be told of it at *now*."""
    charges = await _get_charges(reader, ids)
    told: dict[UUID, list[Notice]] = {}
    for row in await reader.rows(SQL.sandbox_get_transactions, *_keys(ids), now):
        notice = _tell_paid("query", row["charge_id"], row["reference"], row["amount"], row["paid_at"])
        told.setdefault(row["charge_id"], []).append(_parse(msgspec.json.encode(notice)))
    answers = []
    for id in ids:
        charge = charges.get(id)
        if charge is None:
            # It was never asked for; closing it is easy.
            ended = _tell_end(NoticeKind.CHARGE_CLOSED, id, 1, now)
            answers.append(Answer(notices=(_parse(msgspec.json.encode(ended)),)) if is_closing else Answer())
        elif charge.is_silent:
            answers.append(Answer(is_silent=True))
        elif id in told:
            answers.append(Answer(notices=tuple(told[id])))
        elif charge.status == "failed" and not is_closing:
            ended = _tell_end(NoticeKind.CHARGE_FAILED, id, charge.amount, now)
            answers.append(Answer(notices=(_parse(msgspec.json.encode(ended)),)))
        elif charge.status == "closed" or is_closing:
            ended = _tell_end(NoticeKind.CHARGE_CLOSED, id, charge.amount, now)
            answers.append(Answer(notices=(_parse(msgspec.json.encode(ended)),)))
        else:
            answers.append(Answer())
    return answers


def _tell_paid(way: str, charge_id: UUID, reference: str, amount: int, at: datetime) -> _Told:
    return _Told(
        event_id=f"{way}:{reference}",
        kind=NoticeKind.CHARGE_SUCCEEDED,
        request_id=str(charge_id),
        reference=reference,
        amount=amount,
        occurred_at=at,
    )


def _tell_end(kind: NoticeKind, charge_id: UUID, amount: int, at: datetime) -> _Told:
    return _Told(
        event_id=f"{kind}:{charge_id}",
        kind=kind,
        request_id=str(charge_id),
        reference=charge_id.hex,
        amount=amount,
        occurred_at=at,
    )


def _tell_refund(id: UUID, amount: int, status: str, at: datetime) -> _Told | None:
    if status == "waiting":
        return None
    kind = NoticeKind.REFUND_SUCCEEDED if status == "succeeded" else NoticeKind.REFUND_REJECTED
    return _Told(
        event_id=f"{kind}:{id}", kind=kind, request_id=str(id), reference=id.hex, amount=amount, occurred_at=at
    )


_PAYOUT_KINDS: Final = {
    "accepted": NoticeKind.PAYOUT_ACCEPTED,
    "rejected": NoticeKind.PAYOUT_REJECTED,
    "paid": NoticeKind.PAYOUT_PAID,
    "returned": NoticeKind.PAYOUT_RETURNED,
}


def _tell_payout(id: UUID, amount: int, kind: NoticeKind, at: datetime) -> _Told:
    return _Told(
        event_id=f"{kind}:{id}",
        kind=kind,
        request_id=str(id),
        reference=id.hex,
        amount=amount,
        fee=min(BANK_FEE, amount) if kind is NoticeKind.PAYOUT_PAID else 0,
        occurred_at=at,
    )


def _fate(last4: str) -> str:
    return {REJECTED_LAST4: "rejected", WAITING_LAST4: "waiting"}.get(last4, "paid")


def _schedule(id: UUID, amount: int, last4: str, now: datetime) -> list[tuple[_Told, datetime]]:
    """Say what the bank will tell of a payout, and when."""
    if last4 == WAITING_LAST4:
        return []
    if last4 == REJECTED_LAST4:
        return [(_tell_payout(id, amount, NoticeKind.PAYOUT_REJECTED, now), now)]
    told = [
        (_tell_payout(id, amount, NoticeKind.PAYOUT_ACCEPTED, now), now),
        (_tell_payout(id, amount, NoticeKind.PAYOUT_PAID, now), now),
    ]
    if last4 == RETURNED_LAST4:
        at = now + RETURNED_AFTER
        told.append((_tell_payout(id, amount, NoticeKind.PAYOUT_RETURNED, at), at))
    return told


async def _post(tx: Transaction, told: Sequence[tuple[_Told, Charge]]) -> None:
    """Queue what is told of charges, as often and as late as each charge's faults say."""
    await _queue(tx, [(one, one.occurred_at + charge.delay) for one, charge in told for _ in range(charge.notices)])


async def _queue(tx: Transaction, told: Sequence[tuple[_Told, datetime]]) -> None:
    if told:
        owners = [_owner(one) for one, _ in told]
        await tx.run(
            SQL.sandbox_add_notices,
            shards_of(owners),
            [new_id(owner) for owner in owners],
            [at for _, at in told],
            [msgspec.json.encode(one) for one, _ in told],
        )


def _owner(told: _Told) -> UUID:
    return UUID(told.request_id)


async def act_on_charges(tx: Transaction, commands: Sequence[ActOnCharge]) -> list[ActStatus]:
    """Pay charges, or fail them. Results are in the order of *commands*."""
    rows = await tx.rows(SQL.sandbox_lock_charges, *_keys([command.id for command in commands]))
    charges = {row["id"]: Charge(**dict(row)) for row in rows}
    paid: list[_Paid] = []
    told: list[tuple[_Told, datetime]] = []
    statuses = []
    for command in commands:
        charge = charges.get(command.id)
        if charge is None:
            statuses.append(ActStatus.NOT_FOUND)
        elif command.verb in LATER and (command.at is None or command.at > tx.now + LATE_MAX):
            statuses.append(ActStatus.INVALID)
        elif charge.status not in ("open", "failed") or (charge.status == "failed" and command.verb in FAILING):
            statuses.append(ActStatus.NOT_POSSIBLE)
        else:
            _act(charge, command, tx.now, paid, told)
            statuses.append(ActStatus.DONE)
    await tx.run(
        SQL.sandbox_change_charges,
        shards_of(charges),
        list(charges),
        [charge.status for charge in charges.values()],
    )
    if paid:
        await tx.run(SQL.sandbox_add_transactions, [shard_of(one.charge_id) for one in paid], *columns(paid))
    await _queue(tx, told)
    return statuses


def _act(
    charge: Charge,
    command: ActOnCharge,
    now: datetime,
    paid: list[_Paid],
    told: list[tuple[_Told, datetime]],
) -> None:
    at = max(command.at, now) if command.verb in LATER and command.at else now
    if command.verb in FAILING:
        charge.status = "failed"
        end = _tell_end(NoticeKind.CHARGE_FAILED, charge.id, charge.amount, now)
        told.extend([(end, now + charge.delay)] * charge.notices)
        if command.verb is ChargeVerb.FAIL_THEN_PAY:
            paid.append(_Paid(new_id(charge.id).hex, charge.id, charge.amount, at, at))
        return
    charge.status = "paid"
    for _ in range(2 if command.verb is ChargeVerb.PAY_TWICE else 1):
        reference = new_id(charge.id).hex
        paid.append(_Paid(reference, charge.id, charge.amount, now, at))
        if command.verb is not ChargeVerb.PAY_UNTOLD:
            notice = _tell_paid("notice", charge.id, reference, charge.amount, now)
            told.extend([(notice, at + charge.delay)] * charge.notices)


async def set_faults(tx: Transaction, commands: Sequence[SetFaults]) -> list[ActStatus]:
    """Say what goes wrong with charges. Results are in the order of *commands*; the last one for a charge holds."""
    good = {command.id: command for command in commands if _is_possible(command)}
    found = (
        {
            row["id"]
            for row in await tx.rows(
                SQL.sandbox_set_faults,
                shards_of(good),
                list(good),
                *columns(list(good.values()), "notices"),
                [timedelta(seconds=command.delay_seconds) for command in good.values()],
                *columns(list(good.values()), "refunds", "is_silent"),
            )
        }
        if good
        else set()
    )
    return [
        ActStatus.INVALID
        if not _is_possible(command)
        else ActStatus.DONE
        if command.id in found
        else ActStatus.NOT_FOUND
        for command in commands
    ]


def _is_possible(command: SetFaults) -> bool:
    return 0 <= command.notices <= COPIES_MAX and 0 <= command.delay_seconds <= DELAY_SECONDS_MAX


async def act_on_refunds(tx: Transaction, commands: Sequence[ActOnRefund]) -> list[ActStatus]:
    """Decide refunds that wait. Results are in the order of *commands*."""
    rows = await tx.rows(SQL.sandbox_lock_refunds, *_keys([command.id for command in commands]))
    waiting = {row["id"]: row["amount"] for row in rows if row["status"] == "waiting"}
    known = {row["id"] for row in rows}
    ended: dict[UUID, tuple[str, int]] = {}
    statuses = []
    for command in commands:
        if command.id not in known:
            statuses.append(ActStatus.NOT_FOUND)
        elif command.id not in waiting or command.id in ended:
            statuses.append(ActStatus.NOT_POSSIBLE)
        else:
            status = "succeeded" if command.verb is RefundVerb.SUCCEED else "refused"
            ended[command.id] = (status, waiting[command.id])
            statuses.append(ActStatus.DONE)
    if ended:
        states = [status for status, _ in ended.values()]
        await tx.run(SQL.sandbox_end_refunds, shards_of(ended), list(ended), states, tx.now)
    told = [_tell_refund(id, amount, status, tx.now) for id, (status, amount) in ended.items()]
    await _queue(tx, [(one, tx.now) for one in told if one is not None])
    return statuses


_PAYOUT_ACTS: Final = {
    PayoutVerb.ACCEPT: ("accepted", frozenset({"waiting"})),
    PayoutVerb.REJECT: ("rejected", frozenset({"waiting"})),
    PayoutVerb.PAY: ("paid", frozenset({"waiting", "accepted"})),
    PayoutVerb.RETURN: ("returned", frozenset({"accepted", "paid"})),
}


async def act_on_payouts(tx: Transaction, commands: Sequence[ActOnPayout]) -> list[ActStatus]:
    """Decide what becomes of payouts. Results are in the order of *commands*."""
    rows = await tx.rows(SQL.sandbox_lock_payouts, *_keys([command.id for command in commands]))
    states = {row["id"]: row["status"] for row in rows}
    amounts = {row["id"]: row["amount"] for row in rows}
    changed: set[UUID] = set()
    told = []
    statuses = []
    for command in commands:
        status, allowed = _PAYOUT_ACTS[command.verb]
        if command.id not in states:
            statuses.append(ActStatus.NOT_FOUND)
        elif states[command.id] not in allowed:
            statuses.append(ActStatus.NOT_POSSIBLE)
        else:
            states[command.id] = status
            changed.add(command.id)
            told.append((_tell_payout(command.id, amounts[command.id], _PAYOUT_KINDS[status], tx.now), tx.now))
            statuses.append(ActStatus.DONE)
    if changed:
        ids = sorted(changed)
        await tx.run(SQL.sandbox_change_payouts, shards_of(ids), ids, [states[id] for id in ids], tx.now)
    await _queue(tx, told)
    return statuses


async def act_on_chargebacks(tx: Transaction, commands: Sequence[ActOnChargeback]) -> list[ActStatus]:
    """Dispute charges, and decide about it. Results are in the order of *commands*."""
    keys = _keys([command.id for command in commands])
    charges = {row["id"]: Charge(**dict(row)) for row in await tx.rows(SQL.sandbox_lock_charges, *keys)}
    found = {row["charge_id"]: dict(row) for row in await tx.rows(SQL.sandbox_get_chargebacks, *keys)}
    told: list[tuple[_Told, datetime]] = []
    changed: dict[UUID, dict[str, Any]] = {}
    statuses = []
    for command in commands:
        charge, before = charges.get(command.id), found.get(command.id)
        if charge is None:
            statuses.append(ActStatus.NOT_FOUND)
            continue
        if command.verb is ChargebackVerb.RAISE:
            amount = charge.amount if command.amount is None else command.amount
            if not 1 <= amount <= charge.amount:
                statuses.append(ActStatus.INVALID)
                continue
            if charge.status != "paid" or before is not None:
                statuses.append(ActStatus.NOT_POSSIBLE)
                continue
            row = {"charge_id": charge.id, "amount": amount, "status": "raised", "raised_at": tx.now, "ended_at": None}
        elif before is None or before["status"] != "raised":
            statuses.append(ActStatus.NOT_POSSIBLE)
            continue
        else:
            status = "won" if command.verb is ChargebackVerb.WIN else "lost"
            row = {**before, "status": status, "ended_at": tx.now}
        found[charge.id] = changed[charge.id] = row
        told.append((_tell_chargeback(charge.id, row, tx.now), tx.now + charge.delay))
        statuses.append(ActStatus.DONE)
    if changed:
        rows = list(changed.values())
        ids = [row["charge_id"] for row in rows]
        facts = [[row[name] for row in rows] for name in ("amount", "status", "raised_at", "ended_at")]
        await tx.run(SQL.sandbox_put_chargebacks, shards_of(ids), ids, *facts, CHARGEBACK_FEE)
    await _queue(tx, told)
    return statuses


_CHARGEBACK_KINDS: Final = {
    "raised": NoticeKind.CHARGEBACK_RECEIVED,
    "won": NoticeKind.CHARGEBACK_WON,
    "lost": NoticeKind.CHARGEBACK_LOST,
}


def _tell_chargeback(charge_id: UUID, row: Mapping[str, Any], now: datetime) -> _Told:
    kind = _CHARGEBACK_KINDS[row["status"]]
    is_new = kind is NoticeKind.CHARGEBACK_RECEIVED
    return _Told(
        event_id=f"{kind}:{charge_id}",
        kind=kind,
        request_id=str(charge_id),
        reference=f"CB{charge_id.hex}",
        amount=row["amount"],
        fee=CHARGEBACK_FEE if is_new else 0,
        occurred_at=now,
        reason="持卡人说没有收到货" if is_new else "",
        respond_by=now + RESPOND_WITHIN if is_new else None,
    )


async def get_chargeback(reader: Reader, charge_id: UUID) -> str | None:
    """Tell how the dispute of a charge stands; None: there is none."""
    rows = await reader.rows(SQL.sandbox_get_chargebacks, *_keys([charge_id]))
    return rows[0]["status"] if rows else None


class Due(Struct, frozen=True):
    """A notice that it is time to deliver."""

    id: UUID
    body: bytes


async def get_due_notices(reader: Reader, shards: Sequence[int], now: datetime, limit: int) -> list[Due]:
    """Read what the acquirer has to tell now, oldest first."""
    return [Due(row["id"], row["body"]) for row in await reader.rows(SQL.sandbox_get_due_notices, shards, now, limit)]


async def forget_notices(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Strike off what was heard."""
    await tx.run(SQL.sandbox_forget_notices, *_keys(ids))


async def settle(tx: Transaction, limit: int) -> int:
    """Pay us what was taken before today (in Shanghai), less refunds and the fee; return how many items that covers.

    While more went back than was taken, nothing is settled: the next day's takings make up for it.
    """
    today = tx.now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    taken = await tx.rows(SQL.sandbox_get_unsettled_transactions, today, limit)
    returned = await tx.rows(SQL.sandbox_get_unsettled_refunds, today, limit)
    disputed = await tx.rows(SQL.sandbox_get_unsettled_chargebacks, today, limit)
    gross = sum(row["amount"] for row in taken)
    net = gross - sum(row["amount"] for row in returned) - sum(row["amount"] for row in disputed)
    if net <= 0:
        return 0
    await tx.run(
        SQL.sandbox_settle_transactions,
        [row["shard"] for row in taken],
        [row["reference"] for row in taken],
        tx.now,
    )
    await tx.run(
        SQL.sandbox_settle_refunds, [row["shard"] for row in returned], [row["id"] for row in returned], tx.now
    )
    for is_back in (False, True):
        its = [row["charge_id"] for row in disputed if row["is_back"] is is_back]
        if its:
            await tx.run(SQL.sandbox_settle_chargebacks, *_keys(its), is_back, tx.now)
    id = new_id()
    fee = min(portion(gross, FEE_PPM), net)
    await tx.run(SQL.sandbox_add_settlement, shard_of(id), id, net, fee, tx.now)
    told = _Told(
        event_id=f"settled:{id.hex}",
        kind=NoticeKind.SETTLED,
        request_id=str(id),
        reference=id.hex,
        amount=net,
        fee=fee,
        occurred_at=tx.now,
    )
    await _queue(tx, [(told, tx.now)])
    return len(taken) + len(returned)

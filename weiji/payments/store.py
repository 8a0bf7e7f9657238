"""Types for the statements in `queries.sql`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.events.payments import PaymentPart
from weiji.kit import sql
from weiji.kit.db import Reader, Row, Transaction, columns
from weiji.kit.ids import SHARDS, distinct_shards, shard_of, shards_of
from weiji.kit.sql import Statement
from weiji.payments.holders import HOLDERS, Owner, SealedName
from weiji.payments.model import (
    BY_HAND,
    Capture,
    Chargeback,
    Destinations,
    Disputed,
    ListedPayout,
    Notice,
    NoticeKind,
    NoticeStatus,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAccount,
    PayoutSource,
    PayoutStatus,
    PayoutToReview,
    PayWay,
    Purpose,
    Refund,
    RefundReason,
    RefundStatus,
)

SQL = sql.beside(__file__)

_FROM_THE_FIRST: Final = (None, None, None, None)


def _payment(row: Row) -> Payment:
    values = dict(row)
    values["purpose"] = Purpose(values["purpose"])
    values["status"] = PaymentStatus(values["status"])
    values["pay_way"] = PayWay(values["pay_way"])
    values["parts"] = msgspec.convert(values["parts"] or (), tuple[PaymentPart, ...])
    return Payment(**values)


def _refund(row: Row) -> Refund:
    values = dict(row)
    values["reason"] = RefundReason(values["reason"])
    values["status"] = RefundStatus(values["status"])
    return Refund(**values)


def _payout(row: Row) -> Payout:
    return Payout(**_payout_values(row))


def _payout_values(row: Row) -> dict[str, Any]:
    values = dict(row)
    values["source"] = PayoutSource(values["source"])
    values["status"] = PayoutStatus(values["status"])
    return values


async def _find(reader: Reader, statement: Statement, ids: Iterable[UUID]) -> list[Row]:
    wanted = sorted(set(ids))
    return await reader.rows(statement, distinct_shards(wanted), wanted) if wanted else []


async def add_payments(tx: Transaction, payments: Sequence[Payment]) -> set[UUID]:
    """Write payments, and return the ids of those that were not there yet."""
    rows = await tx.rows(
        SQL.add_payments,
        [shard_of(payment.id) for payment in payments],
        *columns(
            payments,
            "id",
            "payer_id",
            "subject_id",
            "payee_id",
            "purpose",
            "amount",
            "channel",
            "status",
            "channel_reference",
            "captured",
            "captured_at",
            "created_at",
            "expires_at",
            "query_at",
        ),
        [payment.parts or None for payment in payments],
    )
    return {row["id"] for row in rows}


async def get_part_refunds(tx: Transaction, payments: Iterable[Payment]) -> dict[tuple[UUID, UUID], int]:
    """Read what went back of the parts of locked payments for several orders, each (payment, order)."""
    ids = [payment.id for payment in payments if payment.parts]
    rows = await _find(tx, SQL.get_part_refunds, ids)
    return {(row["payment_id"], row["order_id"]): row["refunded"] for row in rows}


async def set_part_refunds(
    tx: Transaction, parts: dict[tuple[UUID, UUID], PaymentPart], refunded: dict[tuple[UUID, UUID], int]
) -> None:
    """Write what went back of parts of locked payments."""
    if parts:
        places = list(parts)
        ids = [payment_id for payment_id, _ in places]
        await tx.run(
            SQL.set_part_refunds,
            shards_of(ids),
            ids,
            [order_id for _, order_id in places],
            [part.amount for part in parts.values()],
            [refunded[place] for place in places],
        )


async def get_payments(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Payment]:
    """Read payments; those that there are not are left out."""
    return {row["id"]: _payment(row) for row in await _find(reader, SQL.get_payments, ids)}


async def lock_payments(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Payment]:
    """Lock and read payments until *tx* ends."""
    return {row["id"]: _payment(row) for row in await _find(tx, SQL.lock_payments, ids)}


async def change_payments(tx: Transaction, payments: Sequence[Payment]) -> None:
    """Write what became of payments that are locked."""
    if payments:
        await tx.run(
            SQL.change_payments,
            [shard_of(payment.id) for payment in payments],
            *columns(
                payments,
                "id",
                "status",
                "channel_reference",
                "pay_url",
                "pay_way",
                "failure",
                "captured",
                "refunded",
                "captured_at",
                "queries",
                "query_at",
            ),
        )


async def list_payments(reader: Reader, before: UUID | None, limit: int) -> list[Payment]:
    """Read all people's payments, newest first."""
    return [_payment(row) for row in await reader.rows(SQL.list_payments, before, limit)]


async def list_silent_payments(reader: Reader, before: UUID | None, limit: int) -> list[Payment]:
    """Read the payments whose channel gives no answer, newest first."""
    return [_payment(row) for row in await reader.rows(SQL.list_silent_payments, before, limit)]


async def get_due_payments(reader: Reader, shards: Sequence[int], now: datetime, limit: int) -> list[Payment]:
    """Read the payments that it is time to look at."""
    return [_payment(row) for row in await reader.rows(SQL.get_due_payments, shards, now, limit)]


async def find_open_payments(reader: Reader, order_ids: Sequence[UUID]) -> list[UUID]:
    """Find the payments that somebody may still pay for these orders, alone or together with others."""
    rows = await reader.rows(SQL.find_open_payments, list(order_ids), [str(id) for id in order_ids])
    return [row["id"] for row in rows]


async def get_captures(tx: Transaction, notices: Sequence[Notice]) -> set[tuple[str, str]]:
    """Find which of the captures told of are there beyond a payment's first: channel and reference of each."""
    if not notices:
        return set()
    # Which of ours something is about one source may know and another not: then it may be booked in any shard.
    shards = (
        list(range(SHARDS))
        if any(notice.subject_id is None for notice in notices)
        else sorted({shard_of(notice.owner_id) for notice in notices})
    )
    return {tuple(row) for row in await tx.rows(SQL.get_captures, shards, *columns(notices, "channel", "reference"))}


async def get_chargebacks(tx: Transaction, notices: Sequence[Notice]) -> dict[tuple[str, str], Chargeback]:
    """Read the chargebacks told of, by channel and number. Behind the payments' locks."""
    shards = sorted({shard_of(notice.owner_id) for notice in notices})
    rows = await tx.rows(SQL.get_chargebacks, shards, *columns(notices, "channel", "reference"))
    return {(row["channel"], row["reference"]): Chargeback(**dict(row)) for row in rows}


async def get_early_ends(tx: Transaction, notices: Sequence[Notice]) -> list[Notice]:
    """Read how chargebacks ended that are told of only now: what channels said of that came first."""
    shards = sorted({shard_of(notice.owner_id) for notice in notices})
    rows = await tx.rows(SQL.get_early_ends, shards, *columns(notices, "channel", "reference"), BY_HAND)
    return [Notice(**(dict(row) | {"kind": NoticeKind(row["kind"])})) for row in rows]


async def get_disputed(reader: Reader, payment_ids: Iterable[UUID]) -> dict[UUID, Disputed]:
    """Read what chargebacks took of payments: those that some did take of. To decide, behind the payments' locks."""
    rows = await _find(reader, SQL.get_disputed, payment_ids)
    return {
        row["payment_id"]: Disputed(open=row["open"] or 0, lost=row["lost"] or 0, covered=row["covered"] or 0)
        for row in rows
    }


async def find_stuck_refunds(tx: Transaction, payment_ids: Iterable[UUID]) -> set[UUID]:
    """Find the refunds of payments that people may act on. Behind the payments' locks."""
    return {row["id"] for row in await _find(tx, SQL.find_stuck_refunds, payment_ids)}


async def put_chargebacks(tx: Transaction, chargebacks: Sequence[Chargeback]) -> None:
    """Write chargebacks that are new, or were decided."""
    if chargebacks:
        await tx.run(SQL.put_chargebacks, *columns(chargebacks, *Chargeback.__struct_fields__))


async def add_captures(tx: Transaction, captures: Sequence[Capture]) -> None:
    """Write captures beyond the first. One that somebody else wrote meanwhile is a lost race."""
    if captures:
        await tx.run(
            SQL.add_captures,
            *columns(captures, "shard", "channel", "reference", "payment_id", "amount", "disposition", "captured_at"),
        )


async def list_unmatched_captures(
    reader: Reader, below: tuple[datetime, str, str, int] | None, limit: int
) -> list[Capture]:
    """Read the captures that nobody knows what they were for, newest first."""
    rows = await reader.rows(SQL.list_unmatched_captures, *(below or _FROM_THE_FIRST), limit)
    return [Capture(**dict(row)) for row in rows]


async def lock_unmatched_captures(tx: Transaction, captures: Sequence[tuple[int, str, str]]) -> list[Capture]:
    """Lock captures that fitted nothing, and whose money is in suspense still: shard, channel, reference."""
    shards, channels, references = zip(*captures, strict=True)
    rows = await tx.rows(SQL.lock_unmatched_captures, shards, channels, references)
    return [Capture(**dict(row)) for row in rows]


async def end_captures(tx: Transaction, captures: Sequence[tuple[int, str, str]]) -> None:
    """Note that the money of captures that fitted nothing has gone where two people said: shard, channel, reference."""
    if captures:
        shards, channels, references = zip(*captures, strict=True)
        await tx.run(SQL.end_captures, shards, channels, references, tx.now)


async def add_refunds(tx: Transaction, refunds: Sequence[Refund]) -> None:
    """Write new refunds."""
    if refunds:
        await tx.run(
            SQL.add_refunds,
            [shard_of(refund.id) for refund in refunds],
            *columns(
                refunds,
                "id",
                "payment_id",
                "source_id",
                "payer_id",
                "subject_id",
                "payee_id",
                "channel",
                "amount",
                "reason",
                "capture_reference",
                "status",
                "created_at",
                "ended_at",
                "is_from_shop",
                "of_shop",
                "covered",
            ),
        )


async def get_refunds(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Refund]:
    """Read refunds; those that there are not are left out."""
    return {row["id"]: _refund(row) for row in await _find(reader, SQL.get_refunds, ids)}


async def lock_refunds(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Refund]:
    """Lock and read refunds until *tx* ends."""
    return {row["id"]: _refund(row) for row in await _find(tx, SQL.lock_refunds, ids)}


async def change_refunds(tx: Transaction, refunds: Sequence[Refund]) -> None:
    """Write what became of refunds that are locked."""
    if refunds:
        await tx.run(
            SQL.change_refunds,
            [shard_of(refund.id) for refund in refunds],
            *columns(
                refunds,
                "id",
                "status",
                "channel_reference",
                "ended_at",
                "queries",
                "query_at",
                "retries",
                "route_bank",
                "route_holder",
                "route_number_sealed",
                "covered",
            ),
        )


async def list_abnormal_refunds(reader: Reader, before: UUID | None, limit: int) -> list[Refund]:
    """Read the refunds that a person has to look at, newest first."""
    return [_refund(row) for row in await reader.rows(SQL.list_abnormal_refunds, before, limit)]


async def get_refunds_of_payments(reader: Reader, payment_ids: Sequence[UUID], limit: int) -> list[Refund]:
    """Read the refunds of payments, oldest first."""
    shards = distinct_shards(payment_ids)
    return [_refund(row) for row in await reader.rows(SQL.get_refunds_of_payments, shards, payment_ids, limit)]


async def get_due_refunds(reader: Reader, shards: Sequence[int], now: datetime, limit: int) -> list[Refund]:
    """Read the refunds that it is time to ask about."""
    return [_refund(row) for row in await reader.rows(SQL.get_due_refunds, shards, now, limit)]


async def get_notices(reader: Reader, notices: Sequence[Notice]) -> set[tuple[str, str]]:
    """Find which notices came before: channel and event id of each."""
    return {(channel, event_id) for _, channel, event_id in await _find_notices(reader, notices)}


async def list_unheard(reader: Reader, notices: Sequence[Notice]) -> list[Notice]:
    """Leave out the notices that came before, each to the shard of its own owner: elsewhere it would be news."""
    heard = await _find_notices(reader, notices)
    return [notice for notice in notices if (shard_of(notice.owner_id), notice.channel, notice.event_id) not in heard]


async def _find_notices(reader: Reader, notices: Sequence[Notice]) -> set[tuple[int, str, str]]:
    shards = sorted({shard_of(notice.owner_id) for notice in notices})
    return {tuple(row) for row in await reader.rows(SQL.get_notices, shards, *columns(notices, "channel", "event_id"))}


async def add_notices(tx: Transaction, notices: Sequence[Notice], outcomes: Sequence[NoticeStatus]) -> None:
    """Keep notices. One that somebody else kept meanwhile is a lost race."""
    if notices:
        await tx.run(
            SQL.add_notices,
            [shard_of(notice.owner_id) for notice in notices],
            *columns(notices, "channel", "event_id", "kind", "subject_id", "reference", "amount", "fee"),
            outcomes,
            [notice.occurred_at for notice in notices],
            tx.now,
            [notice.raw for notice in notices],
        )


async def list_troubling_notices(reader: Reader, below: tuple[datetime, str, str, int] | None, limit: int) -> list[Row]:
    """Read the notices that a person has to look at, newest first."""
    return await reader.rows(SQL.list_troubling_notices, *(below or _FROM_THE_FIRST), limit)


async def add_payout_accounts(tx: Transaction, accounts: Sequence[PayoutAccount]) -> set[UUID]:
    """Write bank accounts, and return the ids of those that were not there yet."""
    if not accounts:
        return set()
    rows = await tx.rows(
        SQL.add_payout_accounts,
        [shard_of(account.id) for account in accounts],
        *columns(accounts, "id", "owner_id", "holder", "bank", "last4", "number_sealed"),
        tx.now,
    )
    return {row["id"] for row in rows}


async def get_payout_accounts(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, PayoutAccount]:
    """Read bank accounts, removed ones too; those that there are not are left out."""
    rows = await _find(reader, SQL.get_payout_accounts, ids)
    return {row["id"]: PayoutAccount(**dict(row)) for row in rows}


async def list_payout_accounts(reader: Reader, owner_id: UUID, limit: int) -> list[PayoutAccount]:
    """Read an owner's bank accounts, oldest first."""
    rows = await reader.rows(SQL.list_payout_accounts, shard_of(owner_id), owner_id, limit)
    return [PayoutAccount(**dict(row)) for row in rows]


async def get_owners(reader: Reader, ids: Collection[UUID]) -> dict[UUID, Owner]:
    """Read whom bank accounts are of, and in which names these may be."""
    wanted = sorted(set(ids))
    rows = await reader.rows(SQL.get_owners, shards_of(wanted), wanted) if wanted else []
    shops = {row["owner_id"] for row in rows if row["is_shop"]}
    firsts = {row["owner_id"]: row["first_holder"] for row in rows if row["first_holder"] is not None}
    sealed: dict[UUID, list[SealedName]] = {}
    for row in rows:
        if row["sealed"] is not None:
            sealed.setdefault(row["owner_id"], []).append((row["shop_id"], row["field"], row["sealed"]))
    return {id: _owner(id in shops, sealed.get(id, []), firsts.get(id)) for id in wanted}


async def find_closing_shops(reader: Reader, ids: Collection[UUID]) -> frozenset[UUID]:
    """Find which of some shops are being closed, or are. None asked for: no call."""
    rows = await reader.rows(SQL.find_closing_shops, distinct_shards(ids), sorted(ids)) if ids else []
    return frozenset(row["id"] for row in rows)


async def list_destinations(reader: Reader, owner_id: UUID, since: datetime, limit: int) -> Destinations:
    """Read where an owner's money may go, how much they asked for since some time, and their last payout."""
    rows = await reader.rows(SQL.list_destinations, shard_of(owner_id), owner_id, since, limit)
    names = PayoutAccount.__struct_fields__
    accounts = [PayoutAccount(**{name: row[name] for name in names}) for row in rows if row["id"] is not None]
    sealed = [(UUID(shop_id), field, bytes.fromhex(name)) for shop_id, field, name in rows[0]["names"] or []]
    owner = _owner(rows[0]["is_shop"], sealed, accounts[0].holder if accounts else None)
    last = rows[0]["last_payout"]
    return Destinations(
        accounts=accounts, owner=owner, asked=rows[0]["asked"], last_payout=last and msgspec.convert(last, Payout)
    )


def _owner(is_shop: bool, sealed: list[SealedName], first_holder: str | None) -> Owner:
    owner = Owner(is_shop=is_shop, names=HOLDERS.open(sealed), are_accepted=bool(sealed))
    return owner.naming(first_holder) if first_holder is not None else owner


async def remove_payout_accounts(
    tx: Transaction, ids: Sequence[UUID], owners: Sequence[UUID]
) -> set[tuple[UUID, UUID]]:
    """Remove bank accounts of their owners; return those that there are: id and owner of each."""
    rows = await tx.rows(SQL.remove_payout_accounts, shards_of(ids), ids, owners, tx.now)
    return {(row["id"], row["owner_id"]) for row in rows}


async def add_payouts(tx: Transaction, payouts: Sequence[Payout]) -> None:
    """Write new payouts. One that somebody else wrote meanwhile is a lost race."""
    if payouts:
        await tx.run(
            SQL.add_payouts,
            [shard_of(payout.id) for payout in payouts],
            *columns(
                payouts,
                "id",
                "owner_id",
                "source",
                "account_id",
                "channel",
                "amount",
                "fee",
                "status",
                "created_at",
                "review_by",
            ),
        )


async def get_payouts(reader: Reader, ids: Iterable[UUID]) -> dict[UUID, Payout]:
    """Read payouts; those that there are not are left out."""
    return {row["id"]: _payout(row) for row in await _find(reader, SQL.get_payouts, ids)}


async def lock_payouts(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Payout]:
    """Lock and read payouts until *tx* ends."""
    return {row["id"]: _payout(row) for row in await _find(tx, SQL.lock_payouts, ids)}


async def change_payouts(tx: Transaction, payouts: Sequence[Payout]) -> None:
    """Write what became of payouts that are locked."""
    if payouts:
        await tx.run(
            SQL.change_payouts,
            [shard_of(payout.id) for payout in payouts],
            *columns(
                payouts,
                "id",
                "status",
                "channel_reference",
                "bank_fee",
                "accepted_at",
                "paid_at",
                "ended_at",
                "queries",
                "query_at",
                "released_at",
                "asked_at",
                "told_at",
                "refusal",
            ),
        )


async def add_up_payouts(reader: Reader, owner_ids: Collection[UUID], since: datetime) -> dict[UUID, int]:
    """Tell how much owners asked for since some time that did not come back; who asked for nothing is left out."""
    rows = await reader.rows(SQL.add_up_payouts, distinct_shards(owner_ids), list(owner_ids), since)
    return {row["owner_id"]: row["amount"] for row in rows}


async def list_payouts(reader: Reader, owner_id: UUID, before: UUID | None, limit: int) -> list[ListedPayout]:
    """Read an owner's payouts, newest first."""
    rows = await reader.rows(SQL.list_payouts, shard_of(owner_id), owner_id, before, limit)
    return [ListedPayout(**_payout_values(row)) for row in rows]


async def list_failed_payouts(
    reader: Reader, owner_id: UUID, after: tuple[datetime, UUID], until: datetime, limit: int
) -> list[Payout]:
    """Read an owner's payouts that came to nothing after one of these, until some time, the first first."""
    rows = await reader.rows(SQL.list_failed_payouts, shard_of(owner_id), owner_id, after[0], until, after[1], limit)
    return [_payout(row) for row in rows]


async def list_all_payouts(reader: Reader, before: UUID | None, limit: int) -> list[Payout]:
    """Read all owners' payouts, newest first."""
    return [_payout(row) for row in await reader.rows(SQL.list_all_payouts, before, limit, before and shard_of(before))]


async def list_payouts_in_review(reader: Reader, after: UUID | None, limit: int) -> list[PayoutToReview]:
    """Read the payouts that wait for two of the staff, oldest first."""
    return [
        PayoutToReview(**_payout_values(row))
        for row in await reader.rows(SQL.list_payouts_in_review, after, limit, after and shard_of(after))
    ]


async def list_silent_payouts(
    reader: Reader, asked_by: datetime, after: UUID | None, limit: int
) -> list[PayoutToReview]:
    """Read the payouts whose channels were to make them by some time and have told nothing of them, oldest first."""
    return [
        PayoutToReview(**_payout_values(row))
        for row in await reader.rows(SQL.list_silent_payouts, asked_by, after, limit, after and shard_of(after))
    ]


async def get_due_payouts(reader: Reader, shards: Sequence[int], now: datetime, limit: int) -> list[Payout]:
    """Read the payouts that it is time to ask about."""
    return [_payout(row) for row in await reader.rows(SQL.get_due_payouts, shards, now, limit)]


class WalletFact(Struct, frozen=True):
    """What an account has, or the shop of an order."""

    available: int
    held: int
    shop_name: str | None


async def get_wallet_facts(
    reader: Reader, person_id: UUID, account_ids: Sequence[UUID], order_ids: Collection[UUID]
) -> dict[UUID, WalletFact]:
    """Read what accounts of a person have, and whose orders and transfers others are, by their ids."""
    ids = list(order_ids)
    rows = await reader.rows(SQL.get_wallet_facts, shard_of(person_id), account_ids, distinct_shards(ids), ids)
    return {row["id"]: WalletFact(row["available"], row["held"], row["shop_name"]) for row in rows}

"""The verbs of settlement. Each takes an open transaction and a batch, and answers every command.

Locks: schedules, in the order of their shops; then the heads of streams.
"""

from collections.abc import Sequence
from uuid import UUID

from weiji.events import BY_CLOCK, Occurrence, publish
from weiji.events.settlement import PayoutScheduleChanged, ScheduledPayoutSkipped
from weiji.kit.db import Reader, Transaction
from weiji.payments import get_owners, get_payout_accounts
from weiji.settlement import store
from weiji.settlement.model import (
    PayoutOutcome,
    PutSchedule,
    PutScheduleResult,
    PutScheduleStatus,
    Ran,
    Schedule,
)
from weiji.settlement.rules import judge_schedule, next_after
from weiji.shops import NO_SHOP, get_shops

QUIET = frozenset({PayoutOutcome.PAID_OUT, PayoutOutcome.TOO_LITTLE})
"""What the shop need not be told of: its payout is told of by itself, and too little is no news."""


async def put_schedules(tx: Transaction, commands: Sequence[PutSchedule]) -> list[PutScheduleResult]:
    """Say when shops are paid out, one after another. Publishes PayoutScheduleChanged."""
    ids = list({command.shop_id for command in commands} - {NO_SHOP})
    shops = {shop.id for shop in await get_shops(tx, ids) if shop is not None} if ids else set()
    schedules = await store.lock_schedules(tx, shops)
    accounts = await get_payout_accounts(tx, [command.account_id for command in commands if command.account_id])
    owners = await get_owners(tx, shops)
    changed: dict[UUID, Schedule] = {}
    told: list[Occurrence] = []
    results = []
    for command in commands:
        shop_id = command.shop_id
        if shop_id not in shops:
            results.append(PutScheduleResult(PutScheduleStatus.SHOP_NOT_FOUND))
            continue
        account = accounts.get(command.account_id) if command.account_id else None
        status = judge_schedule(
            command,
            has_account=account is not None and account.owner_id == shop_id,
            is_misnamed=account is not None and not owners[shop_id].has_name(account.holder),
        )
        if status is None and _said(schedules.get(shop_id, Schedule(shop_id=shop_id))) == _said(command):
            status = PutScheduleStatus.EXISTS
        elif status is None:
            status = PutScheduleStatus.SAVED
            after = schedules[shop_id] = changed[shop_id] = Schedule(
                shop_id=shop_id,
                every=command.every,
                day=command.day,
                minimum=command.minimum,
                account_id=command.account_id,
                next_at=next_after(command.every, command.day, tx.now),
            )
            event = PayoutScheduleChanged(
                every=after.every.value,
                day=after.day,
                minimum=after.minimum,
                account_id=after.account_id,
                next_at=after.next_at,
            )
            told.append(Occurrence(event, shop_id, shop_id, command.actor))
        refusal = command.refusal
        results.append(
            PutScheduleResult(status, refusal.tries_left, refusal.locked_until)
            if refusal
            else PutScheduleResult(status)
        )
    await store.put_schedules(tx, list(changed.values()))
    await publish(tx, told)
    return results


async def note_runs(tx: Transaction, runs: Sequence[Ran]) -> list[None]:
    """Write what came of payouts' times. Publishes ScheduledPayoutSkipped where something stood in the way."""
    await store.lock_schedules(tx, {run.shop_id for run in runs})
    await store.note_runs(tx, runs)
    await publish(
        tx,
        [
            Occurrence(
                ScheduledPayoutSkipped(reason=run.outcome.value, available=run.available),  # type: ignore[arg-type]
                run.shop_id,
                run.shop_id,
                BY_CLOCK,
            )
            for run in runs
            if run.outcome not in QUIET
        ],
    )
    return [None] * len(runs)


async def get_schedule(reader: Reader, shop_id: UUID) -> Schedule:
    """Read when a shop is paid out; a shop that never said is paid out when it asks."""
    return await store.get_schedule(reader, shop_id)


def _said(said: Schedule | PutSchedule) -> tuple[object, ...]:
    return (said.every, said.day, said.minimum, said.account_id)

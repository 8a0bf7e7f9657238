"""The clock that pays shops out: everything that is available, by the operations everybody uses.

A payout's id follows from its shop and the time that had come, so it is asked for once, however often the job dies.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from weiji import payments
from weiji.events import BY_CLOCK
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.kit.ids import derive
from weiji.kit.jobs import Job
from weiji.ledger import chart, lookup_accounts
from weiji.orders import TradeRules, get_rules_in_force
from weiji.payments import Payout, PayoutSource, RequestPayout, RequestPayoutStatus
from weiji.settlement import store
from weiji.settlement.model import PayoutOutcome, Ran, Run
from weiji.settlement.operations import note_runs
from weiji.settlement.rules import judge_run, next_after

LOOK_EVERY: Final = timedelta(minutes=1)

_R = RequestPayoutStatus

_REFUSALS: Final = {
    _R.INSUFFICIENT_FUNDS: PayoutOutcome.TOO_LITTLE,
    _R.ACCOUNT_NOT_FOUND: PayoutOutcome.NO_ACCOUNT,
    _R.CHANNEL_NOT_FOUND: PayoutOutcome.NO_CHANNEL,
    _R.OWNER_FROZEN: PayoutOutcome.OWNER_FROZEN,
    _R.ACCOUNT_NAME_DIFFERS: PayoutOutcome.ACCOUNT_NAME_DIFFERS,
}
"""What it means that a payout was refused. Any other answer means that it was asked for: now, or by a run that died."""


class PayingOut:
    """Pays out the shops whose time has come."""

    def __init__(self, batchers: Batchers) -> None:
        self.batchers = batchers

    async def work(self, database: Database, limit: int) -> int:
        """Pay out at most *limit* shops; return how many there were."""
        async with database.read() as reader:
            runs = await store.get_due(reader, clock.now(), limit)
            if not runs:
                return 0
            opened = [chart.merchant_available(run.schedule.shop_id).id for run in runs]
            balances = {account.id: account for account in await lookup_accounts(reader, opened)}
            _, rules = await get_rules_in_force(reader, clock.now())
            # What a run asked for that died before it was noted: that is what came of it, whatever there is now.
            before = await payments.get_payouts(reader, [_payout_id(run) for run in runs])
        found = [balances.get(id) for id in opened]
        runs = store.with_money(
            runs, [a.credits_posted - a.debits_posted - a.debits_pending if a else 0 for a in found]
        )
        judged = [_judge(run, before.get(_payout_id(run)), rules) for run in runs]
        going = [(run, amount) for run, outcome, amount in judged if outcome is None]
        outcomes = {run.schedule.shop_id: outcome for run, outcome, _ in judged if outcome is not None}
        asked = await self._ask(going, rules)
        outcomes |= {run.schedule.shop_id: outcome for (run, _), outcome in zip(going, asked, strict=True)}
        await self.batchers.of(note_runs, "shop_id").submit_all(
            [_ran(run, outcomes[run.schedule.shop_id], amount) for run, _, amount in judged]
        )
        return len(runs)

    async def _ask(self, going: Sequence[tuple[Run, int]], rules: TradeRules) -> list[PayoutOutcome]:
        channel = payments.REGISTRY.payout_channel
        if channel is None:
            return [PayoutOutcome.NO_CHANNEL] * len(going)
        commands = []
        for run, amount in going:
            schedule = run.schedule
            assert schedule.account_id is not None
            commands.append(
                RequestPayout(
                    id=_payout_id(run),
                    owner_id=schedule.shop_id,
                    source=PayoutSource.MERCHANT_AVAILABLE,
                    account_id=schedule.account_id,
                    amount=amount,
                    fee=rules.withdrawal_fee,
                    channel=channel,
                    actor=BY_CLOCK,
                    review_above=rules.withdrawal_review_above,
                    review_within=rules.review_within,
                )
            )
        statuses = await self.batchers.of(payments.request_payouts).submit_all(commands)
        return [_REFUSALS.get(status, PayoutOutcome.PAID_OUT) for status in statuses]


def _judge(run: Run, before: Payout | None, rules: TradeRules) -> tuple[Run, PayoutOutcome | None, int]:
    """Say what came of a run already; else how much is to be paid out, or why nothing is."""
    if before is not None:
        return run, PayoutOutcome.PAID_OUT, before.amount
    return run, *judge_run(run, fee=rules.withdrawal_fee, least=rules.withdrawal_minimum)


def _payout_id(run: Run) -> UUID:
    schedule = run.schedule
    assert schedule.next_at is not None
    return derive(schedule.shop_id, "scheduled payout", schedule.next_at.isoformat())


def _ran(run: Run, outcome: PayoutOutcome, amount: int) -> Ran:
    schedule = run.schedule
    assert schedule.next_at is not None
    next_at = next_after(schedule.every, schedule.day, clock.now())
    assert next_at is not None
    return Ran(
        shop_id=schedule.shop_id,
        was_due_at=schedule.next_at,
        next_at=next_at,
        outcome=outcome,
        amount=amount if outcome is PayoutOutcome.PAID_OUT else None,
        available=run.available,
    )


def jobs(batchers: Batchers) -> list[Job]:
    """Say what settlement does by the clock."""
    return [Job(name="settlement.pay_out", every=LOOK_EVERY, work=PayingOut(batchers).work)]

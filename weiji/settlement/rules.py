"""Judges schedules, and finds their times: pure functions."""

from datetime import datetime, time, timedelta
from typing import Final

from weiji.kit.clock import SHANGHAI
from weiji.settlement.model import LAST_DAY, MINIMUM_MAX, Every, PayoutOutcome, PutSchedule, PutScheduleStatus, Run

AT: Final = time(2, tzinfo=SHANGHAI)
"""When payouts go out: the day before is over, and the bank's day has not begun."""

_DAYS: Final = {Every.WEEK: 7, Every.MONTH: LAST_DAY}
_S = PutScheduleStatus


def judge_schedule(command: PutSchedule, *, has_account: bool, is_misnamed: bool = False) -> PutScheduleStatus | None:
    """Judge what a schedule says; None where nothing is wrong."""
    if command.refusal:
        return _S(command.refusal.status)
    if not 1 <= command.day <= _DAYS.get(command.every, 1):
        return _S.DAY_OUT_OF_RANGE
    if not 1 <= command.minimum <= MINIMUM_MAX:
        return _S.MINIMUM_OUT_OF_RANGE
    if not has_account and (command.account_id is not None or command.every is not Every.BY_HAND):
        return _S.ACCOUNT_NOT_FOUND
    if is_misnamed and command.every is not Every.BY_HAND:
        return _S.ACCOUNT_NAME_DIFFERS
    return None


def next_after(every: Every, day: int, now: datetime) -> datetime | None:
    """Find the first time of a schedule that is later than *now*; None where there is none."""
    if every is Every.BY_HAND:
        return None
    date = now.astimezone(SHANGHAI).date()
    while True:
        at = datetime.combine(date, AT)
        fits = every is Every.DAY or day == (date.isoweekday() if every is Every.WEEK else date.day)
        if fits and at > now:
            return at
        date += timedelta(days=1)


def judge_run(run: Run, *, fee: int, least: int) -> tuple[PayoutOutcome | None, int]:
    """Say how much is to be paid out; or why nothing is."""
    amount = run.available - fee
    if not run.may_withdraw:
        return PayoutOutcome.WITHDRAWALS_BARRED, 0
    if amount < max(run.schedule.minimum, least):
        return PayoutOutcome.TOO_LITTLE, 0
    return None, amount

"""Proves of schedules that their times are the next that fit, and that what they say is judged."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiji.events import Actor
from weiji.identity.model import Refusal
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import new_id
from weiji.settlement.model import Every, PayoutOutcome, PutSchedule, PutScheduleStatus, Run, Schedule
from weiji.settlement.rules import AT, judge_run, judge_schedule, next_after

moments = st.integers(1_600_000_000, 2_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(moments, st.sampled_from([Every.DAY, Every.WEEK, Every.MONTH]), st.integers(1, 28))
def test_the_next_time_is_the_first_that_fits(now: datetime, every: Every, day: int) -> None:
    day = {Every.DAY: 1, Every.WEEK: (day - 1) % 7 + 1, Every.MONTH: day}[every]

    def fits(at: datetime) -> bool:
        return every is Every.DAY or day == (at.isoweekday() if every is Every.WEEK else at.day)

    at = next_after(every, day, now)
    assert at is not None
    assert at > now
    assert (at.timetz(), fits(at.astimezone(SHANGHAI))) == (AT, True)
    earlier = at - timedelta(days=1)
    while earlier > now:
        assert not fits(earlier)
        earlier -= timedelta(days=1)
    assert now < at <= now + timedelta(days={Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 31}[every])


def test_by_hand_has_no_time() -> None:
    assert next_after(Every.BY_HAND, 1, datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("every", "day", "minimum", "has_account", "is_named", "status"),
    [
        (Every.BY_HAND, 1, 1, False, False, None),
        (Every.BY_HAND, 1, 1, False, True, PutScheduleStatus.ACCOUNT_NOT_FOUND),
        (Every.DAY, 1, 1, True, True, None),
        (Every.DAY, 2, 1, True, True, PutScheduleStatus.DAY_OUT_OF_RANGE),
        (Every.WEEK, 7, 10**12, True, True, None),
        (Every.WEEK, 8, 1, True, True, PutScheduleStatus.DAY_OUT_OF_RANGE),
        (Every.MONTH, 28, 1, True, True, None),
        (Every.MONTH, 29, 1, True, True, PutScheduleStatus.DAY_OUT_OF_RANGE),
        (Every.MONTH, 0, 0, False, False, PutScheduleStatus.DAY_OUT_OF_RANGE),
        (Every.DAY, 1, 0, False, True, PutScheduleStatus.MINIMUM_OUT_OF_RANGE),
        (Every.DAY, 1, 10**12 + 1, True, True, PutScheduleStatus.MINIMUM_OUT_OF_RANGE),
        (Every.DAY, 1, 1, False, False, PutScheduleStatus.ACCOUNT_NOT_FOUND),
    ],
)
def test_what_a_schedule_says_is_judged(
    every: Every, day: int, minimum: int, has_account: bool, is_named: bool, status: PutScheduleStatus | None
) -> None:
    command = PutSchedule(
        shop_id=new_id(),
        every=every,
        day=day,
        minimum=minimum,
        account_id=new_id() if is_named else None,
        actor=Actor("merchant", new_id()),
    )
    assert judge_schedule(command, has_account=has_account) is status


@pytest.mark.parametrize("status", [status for status in PutScheduleStatus if status.startswith("payment_password")])
def test_a_refused_password_comes_before_everything(status: PutScheduleStatus) -> None:
    command = PutSchedule(
        shop_id=new_id(),
        every=Every.DAY,
        day=9,
        minimum=0,
        account_id=None,
        actor=Actor("merchant", new_id()),
        refusal=Refusal(status.value),
    )
    assert judge_schedule(command, has_account=False) is status


@pytest.mark.parametrize(
    ("available", "minimum", "fee", "least", "may_withdraw", "judged"),
    [
        (1_000, 1_000, 0, 1, True, (None, 1_000)),
        (1_000, 1_000, 1, 1, True, (PayoutOutcome.TOO_LITTLE, 0)),
        (1_001, 1_000, 1, 1, True, (None, 1_000)),
        (1_001, 1, 1, 1_001, True, (PayoutOutcome.TOO_LITTLE, 0)),
        (0, 1, 0, 1, True, (PayoutOutcome.TOO_LITTLE, 0)),
        (1_001, 1_000, 1, 1, False, (PayoutOutcome.WITHDRAWALS_BARRED, 0)),
    ],
)
def test_a_run_pays_out_what_is_available(
    available: int, minimum: int, fee: int, least: int, may_withdraw: bool, judged: tuple[PayoutOutcome | None, int]
) -> None:
    schedule = Schedule(shop_id=new_id(), every=Every.DAY, minimum=minimum)
    run = Run(schedule=schedule, available=available, may_withdraw=may_withdraw)
    assert judge_run(run, fee=fee, least=least) == judged

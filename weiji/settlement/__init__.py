"""Settlement: when shops are paid out by the clock, and the statements of their months."""

from weiji.settlement.model import Every, PutSchedule, PutScheduleStatus, Schedule
from weiji.settlement.operations import get_schedule, put_schedules
from weiji.settlement.payouts import jobs
from weiji.settlement.statements import Statement, get_statement

__all__ = [
    "Every",
    "PutSchedule",
    "PutScheduleStatus",
    "Schedule",
    "Statement",
    "get_schedule",
    "get_statement",
    "jobs",
    "put_schedules",
]

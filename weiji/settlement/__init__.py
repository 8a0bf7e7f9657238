"""Settlement: when shops are paid out by the clock, and the statements of their months."""

from weiji.settlement.model import Every, PutSchedule, PutScheduleStatus, Schedule
from weiji.settlement.operations import get_schedule, put_schedules
from weiji.settlement.payouts import jobs

__all__ = [
    "Every",
    "PutSchedule",
    "PutScheduleStatus",
    "Schedule",
    "get_schedule",
    "jobs",
    "put_schedules",
]

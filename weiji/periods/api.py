"""The JSON API of months of the books, for the operator's staff.

One is closed by two of them: `/api/v1/approvals`, deed `period_close`.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Struct

from weiji.kit import clock
from weiji.periods import rules, store
from weiji.periods.files import Signed, signed_of
from weiji.periods.model import Blocker, Line
from weiji.periods.operations import read_sheet
from weiji.web.api import After, ApiRequest, Limit, Page, operation
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor


class ClosedPeriodAnswer(Struct, kw_only=True):
    """A month that is closed."""

    month: str
    trial_hash: str
    proposal_id: UUID
    proposed_by: UUID
    approved_by: UUID
    closed_at: datetime
    is_signed: bool


class CorrectionAnswer(Struct, kw_only=True):
    """What was posted late for it. The id is its proposal's."""

    id: UUID
    amount: int
    made_at: datetime


class PeriodAnswer(Struct, kw_only=True):
    """A month as it stands: its trial balance in the ledgers' smallest units, and what stands in the way of closing it.

    `trial_hash` is what a proposal to close it says. `signed`: what it said when it was closed; else null.
    """

    month: str
    until: datetime
    is_closed: bool
    trial: tuple[Line, ...]
    trial_hash: str
    blockers: tuple[Blocker, ...]
    corrections: list[CorrectionAnswer]
    signed: Signed | None


class PeriodsApi(Controller):
    """Months of the books."""

    path = "/api/v1/periods"
    tags = ("periods",)

    @get("/", **operation("ListPeriods", "platform:read", guards=[staff()]))
    async def index(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[ClosedPeriodAnswer]:
        """List the months that are closed, the latest first, for the operator's staff."""
        cursor = read_cursor(after, tuple[str])
        before = rules.read_month(cursor[0]) if cursor else None
        async with request.database.read() as reader:
            found = await store.list_periods(reader, before, limit + 1)
        items = [
            ClosedPeriodAnswer(
                month=rules.write_month(each.month),
                trial_hash=each.trial_hash.hex(),
                proposal_id=each.proposal_id,
                proposed_by=each.proposed_by,
                approved_by=each.approved_by,
                closed_at=each.closed_at,
                is_signed=each.signature is not None,
            )
            for each in found[:limit]
        ]
        return Page(items=items, next=write_cursor(items[-1].month) if len(found) > limit else None)

    @get("/{month:str}", **operation("GetPeriod", "platform:read", guards=[staff()]))
    async def show(self, request: ApiRequest, month: FromPath[str]) -> PeriodAnswer:
        """Read a month, such as 2026-01: its trial balance, and what stands in the way of closing it."""
        found = rules.read_month(month)
        async with request.database.read() as reader:
            sheet = await read_sheet(reader, found, clock.now()) if found else None
        if sheet is None:
            raise NotFoundException
        return PeriodAnswer(
            month=month,
            until=sheet.until,
            is_closed=sheet.period is not None,
            trial=sheet.trial,
            trial_hash=sheet.trial_hash.hex(),
            blockers=sheet.blockers,
            corrections=[
                CorrectionAnswer(id=each.id, amount=each.amount, made_at=each.made_at) for each in sheet.corrections
            ],
            signed=signed_of(sheet.period) if sheet.period else None,
        )


ROUTES: Final = (PeriodsApi,)
"""What the program serves of this module."""

"""The operator's pages of months: which are closed, what stands in the way of the next, and what a closed one says."""

from datetime import date
from typing import Any, Final

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji import ledger
from weiji.kit import clock
from weiji.kit.clock import month_of
from weiji.kit.db import Reader
from weiji.ledger.words import code_words, is_debit
from weiji.periods import files, rules, store
from weiji.periods.model import Line, Sheet
from weiji.periods.operations import read_sheet
from weiji.periods.words import blocker_word
from weiji.web import page, staff
from weiji.web.requests import WebRequest

PAGE: Final = 24
"""Months on one page of a list."""


class PeriodPages(Controller):
    """Months of the books."""

    path = "/operator/periods"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest, before: FromQuery[str] = "") -> Response[str]:
        """List months, the latest first, those that are open among them."""
        async with request.database.read() as reader:
            began = await ledger.get_beginning(reader)
            closed = {each.month: each for each in await store.list_periods(reader, rules.read_month(before), PAGE)}
        first = month_of(began) if began else None
        month = month_of(clock.now())
        start = rules.read_month(before)
        if start is not None and start <= month:
            month = rules.month_before(start)
        months: list[date] = []
        while first is not None and month >= first and len(months) < PAGE:
            months.append(month)
            month = rules.month_before(month)
        latest = max(closed, default=None)
        return page(
            request,
            "periods/operator_periods.html",
            months=[
                {
                    "name": rules.write_month(each),
                    "period": closed.get(each),
                    "is_next": each == (rules.next_month(latest) if latest else first) and not before,
                    "ends_at": rules.end_of(each),
                }
                for each in months
            ],
            now=clock.now(),
            more=f"/operator/periods?before={rules.write_month(months[-1])}"
            if first is not None and months and months[-1] > first
            else None,
        )

    @get("/{month:str}")
    async def show(self, request: WebRequest, month: FromPath[str]) -> Response[str]:
        """Show a month: what stands in the way of closing it, its trial balance, and what was posted late for it."""
        async with request.database.read() as reader:
            sheet = await _sheet(reader, month)
        document = rules.read_document(sheet.period.document) if sheet.period else None
        return page(
            request,
            "periods/operator_period.html",
            month=month,
            sheet=sheet,
            document=document,
            trial_hash=sheet.trial_hash.hex(),
            signature=sheet.period.signature.hex() if sheet.period and sheet.period.signature else None,
            public_key=sheet.period.public_key.hex() if sheet.period and sheet.period.public_key else None,
            blockers=[blocker_word(each) for each in sheet.blockers],
            lines=[_line(each) for each in sheet.trial if each.ledger == ledger.chart.CNY],
            debits=sum(each.debits for each in sheet.trial if each.ledger == ledger.chart.CNY),
            credits=sum(each.credits for each in sheet.trial if each.ledger == ledger.chart.CNY),
        )

    @get("/{month:str}/trial.csv")
    async def send_trial(self, request: WebRequest, month: FromPath[str]) -> Response[bytes]:
        """Send the trial balance for a spreadsheet."""
        async with request.database.read() as reader:
            sheet = await _sheet(reader, month)
        return _file(files.write_trial(sheet), "text/csv", f"trial-{month}.csv")

    @get("/{month:str}/signed.json")
    async def send_signed(self, request: WebRequest, month: FromPath[str]) -> Response[bytes]:
        """Send what a closed month says, with its signature."""
        async with request.database.read() as reader:
            sheet = await _sheet(reader, month)
        if sheet.period is None:
            raise NotFoundException
        return _file(files.write_signed(sheet.period), "application/json", f"period-{month}.json")


async def _sheet(reader: Reader, month: str) -> Sheet:
    found = rules.read_month(month)
    sheet = await read_sheet(reader, found, clock.now()) if found else None
    if sheet is None:
        raise NotFoundException
    return sheet


def _line(each: Line) -> dict[str, Any]:
    balance = each.debits - each.credits
    return {
        "name": code_words().get(each.code, str(each.code)),
        "code": each.code,
        "accounts": each.accounts,
        "debits": each.debits,
        "credits": each.credits,
        "balance": balance if is_debit(each.code) else -balance,
    }


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


ROUTES: Final = (PeriodPages,)
"""What the program serves of this module."""

"""Why a shop has its grade: for everybody, without names; for its staff, trade by trade."""

from collections import Counter
from datetime import date, datetime, time
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.credit import store
from weiji.credit.model import Record, Verdict
from weiji.credit.operations import get_record
from weiji.credit.rules import months_until
from weiji.credit.words import verdict_word
from weiji.kit import clock
from weiji.kit.clock import SHANGHAI, month_of
from weiji.shops import find_shop
from weiji.web import Permission, page, shop_staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.requests import WebRequest

PAGE: Final = 25

TABS: Final[dict[str, tuple[Verdict, ...] | None]] = {
    "all": None,
    "counted": (Verdict.COUNTED,),
    "other": tuple(verdict for verdict in Verdict if verdict is not Verdict.COUNTED),
}


class CreditPages(Controller):
    """A shop's record, as everybody may see it."""

    path = "/shops/{handle:str}/credit"
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, handle: FromPath[str]) -> Response[str]:
        """Show where a shop stands, and why."""
        async with request.database.read() as reader:
            shop_id = await find_shop(reader, handle)
            record = await get_record(reader, shop_id, clock.now()) if shop_id else None
        if record is None:
            raise NotFoundException
        return page(request, "credit/record.html", **_shown(record))


class MerchantCredit(Controller):
    """A shop's record for its staff, with every trade."""

    path = "/merchant/{shop_id:uuid}/credit"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def show(
        self, request: WebRequest, shop_id: FromPath[UUID], tab: FromQuery[str] = "all", before: FromQuery[str] = ""
    ) -> Response[str]:
        """Show the record, and the trades behind it, newest first."""
        chosen = tab if tab in TABS else "all"
        async with request.database.read() as reader:
            record = await get_record(reader, shop_id, clock.now())
            trades = await store.list_trades(
                reader, shop_id, TABS[chosen], read_cursor(before, tuple[datetime, UUID]), PAGE + 1
            )
        if record is None:
            raise NotFoundException
        last = trades[PAGE - 1] if len(trades) > PAGE else None
        return page(
            request,
            "credit/merchant_credit.html",
            **_shown(record),
            tab=chosen,
            trades=trades[:PAGE],
            words={verdict: verdict_word(verdict) for verdict in Verdict},
            before=write_cursor(last.settled_at, last.order_id) if last else None,
        )


def _shown(record: Record) -> dict[str, Any]:
    standing, thresholds = record.standing, record.rules.thresholds
    months = months_until(month_of(clock.now()))
    counts = {(tally.month, tally.verdict): tally.trades for tally in record.tallies}
    others = Counter({tally.verdict: 0 for tally in record.tallies})
    for tally in record.tallies:
        others[tally.verdict] += tally.trades
    begin = thresholds[standing.grade - 1] if standing.grade else 0
    end = thresholds[standing.grade] if standing.grade < len(thresholds) else None
    return {
        "shop": record.shop,
        "standing": standing,
        "rules": record.rules,
        "brought": [(each, urlsplit(each.issuer).netloc, _noon(each.since)) for each in record.brought],
        "next_score": end,
        "progress": 100 if end is None else (standing.score - begin) * 100 // (end - begin),
        "labels": [f"{month:%Y-%m}" for month in months],
        "counted": [counts.get((month, Verdict.COUNTED), 0) for month in months],
        "tallies": [(verdict_word(verdict)[0], others[verdict]) for verdict in Verdict if others[verdict]],
    }


def _noon(day: date) -> datetime:
    """Give a moment of a day, to show it as other times are."""
    return datetime.combine(day, time(12), SHANGHAI)


ROUTES: Final = (CreditPages, MerchantCredit)

"""Proves that statements add up: month by month, to what the shop has, and line by line to what they sum."""

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from msgspec.structs import replace

from tests.orders.market import open_market
from tests.settlement.test_payouts import PRICE, open_account, put, run, say, sell
from weiji import payments
from weiji.kit import clock
from weiji.kit.batch import Lanes
from weiji.kit.db import Database
from weiji.kit.money import parse_yuan
from weiji.ledger import Kind, chart
from weiji.settlement import files, statements
from weiji.settlement.statements import (
    Entry,
    Statement,
    bounds_of,
    get_entries,
    get_statement,
    months_since,
    read_month,
)


async def test_months_join_and_end_at_what_there_is(
    database: Database, lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "PAGE", 2)
    async with open_market(database, lanes) as market:
        begun = clock.now()
        await say(market, put(market, await open_account(market)))
        for _ in range(3):
            await sell(market)
            await market.turn(timedelta(days=16))
            await run(market, timedelta())
            await market.settle_events()
            clock.CLOCK.follow(clock.CLOCK.offset + timedelta(minutes=10))
            for job in payments.jobs(lanes):  # The bank is asked, and says that it took them.
                await job.work(database, 100)
                await market.settle_events()
        await sell(market)
        found: list[Statement] = []
        for month in reversed(months_since(begun, clock.now())):
            first = read_month(month)
            assert first is not None
            async with database.read() as reader:
                found.append(await get_statement(reader, market.shop_id, first, clock.now()))
        accounts = (chart.merchant_pending(market.shop_id).id, chart.merchant_available(market.shop_id).id)
        left = sum([await market.balance(account) for account in accounts])
        assert len(found) >= 2
        assert (found[0].opening, found[-1].closing) == (0, left)
        assert all(before.closing == after.opening for before, after in pairwise(found))
        assert [one.is_over for one in found] == [True] * (len(found) - 1) + [False]
        for one in found:
            assert one.closing == one.opening + one.income - one.outgo
            entries = [entry async for some in get_entries(database, one) for entry in some]
            sums = {(line.kind, line.is_in): (line.amount, line.count) for line in one.lines}
            for (kind, is_in), (amount, count) in sums.items():
                its = [entry.amount for entry in entries if (entry.kind, entry.amount > 0) == (kind, is_in)]
                assert (abs(sum(its)), len(its)) == (amount, count)
            assert len(entries) == sum(line.count for line in one.lines)
            assert not entries or entries[-1].balance == one.closing
            assert all(before.at <= after.at for before, after in pairwise(entries))
        kinds = {(line.kind, line.is_in) for one in found for line in one.lines}
        # What goes from pending to available moves nothing, and no fee is taken here.
        assert kinds == {(Kind.RELEASE, True), (Kind.PAYOUT, False)}


def test_months_are_those_of_shanghai() -> None:
    since, until = bounds_of(date(2026, 12, 1))
    assert (since.astimezone(UTC), until.astimezone(UTC)) == (
        datetime(2026, 11, 30, 16, tzinfo=UTC),
        datetime(2026, 12, 31, 16, tzinfo=UTC),
    )
    begun, now = datetime(2026, 10, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)
    assert months_since(begun, now) == ["2027-01", "2026-12", "2026-11", "2026-10"]
    assert months_since(now, now) == ["2027-01"]


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-1", "２０２６-11", "2026-11-", "x" * 50])
def test_what_is_no_month_is_none(text: str) -> None:
    assert read_month(text) is None


async def test_files_say_what_the_statement_does(database: Database, lanes: Lanes) -> None:
    async with open_market(database, lanes) as market:
        await sell(market)
        month = read_month(statements.month_of(clock.now()))
        assert month is not None
        async with database.read() as reader:
            statement = await get_statement(reader, market.shop_id, month, clock.now())
        written = b"".join([part async for part in files.write_csv(get_entries(database, statement))])
        heading, *lines = csv.reader(StringIO(written.decode("utf-8-sig")))
        assert len(heading) == 7
        income = [parse_yuan(line[3]) for line in lines if line[3]]
        assert sum(amount or 0 for amount in income) == statement.income
        entries: list[Entry] = []
        async for some in get_entries(database, statement):
            entries += some
        assert all(line[2] == f"'{entry.number}" for line, entry in zip(lines, entries, strict=True))
        # A program's number may be longer than its column, and have what means something in markup.
        entries.append(replace(entries[0], number="<b>&|*@-_" + "W" * 23))
        made = files.write_pdf(statement, "小店 <&>", entries)
        assert made.startswith(b"%PDF-")
        assert made.rstrip().endswith(b"%%EOF")
        assert statement.income in (0, PRICE)

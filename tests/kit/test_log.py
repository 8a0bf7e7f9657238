"""Proves that lines of the log are ours alone, whatever strangers send, and that an outage is said once."""

import json
import logging
from itertools import pairwise

import asyncpg
import pytest
from structlog.testing import capture_logs

from weiji.cli import Forwarder, configure_log
from weiji.kit.db import Database
from weiji.kit.outage import QUIET_FOR, SAID_EVERY, Outage
from weiji.kit.security import note_refusal
from weiji.settings import Settings


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_text_of_somebody_begins_no_line_of_its_own(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_log(Settings(log="text" if form == "text" else "json"))
    note_refusal("request_refused", path="/a\n2026-01-01T00:00:00Z [info] forged\x1b[31m")
    (line,) = capsys.readouterr().err.splitlines()
    assert "request_refused" in line
    assert "\x1b" not in line


def test_what_libraries_say_has_the_form_of_our_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(Settings(log="json"))
    for level, name in ((logging.WARNING, "warning"), (45, "error"), (logging.CRITICAL + 15, "critical")):
        record = logging.makeLogRecord({"name": "uvicorn.error", "levelno": level, "msg": "a\nb"})
        Forwarder().emit(record)
        (line,) = capsys.readouterr().err.splitlines()
        said = json.loads(line)
        assert (said["event"], said["library"], said["level"]) == ("a\nb", "uvicorn.error", name)


def test_no_library_fails_because_its_line_can_not_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(Settings(log="json"))
    record = logging.makeLogRecord({"levelno": logging.ERROR, "msg": "%d of %d", "args": ("no number",)})
    Forwarder().emit(record)
    assert "'%d of %d'" in capsys.readouterr().err, "and it is not lost"


def test_an_outage_is_said_when_it_begins_each_minute_and_when_it_ends() -> None:
    now = 0.0
    outage = Outage(lambda: now)
    with capture_logs() as lines:
        while now < 3 * SAID_EVERY:
            outage.go_on(asyncpg.DiskFullError("no space"))
            outage.end()  # A full disk hinders nobody who reads.
            now += 0.5
        now += QUIET_FOR
        outage.end()
        outage.end()
    assert [line["event"] for line in lines] == ["the database is away"] * 3 + ["the database is back"]
    assert all(other["seconds"] - one["seconds"] >= SAID_EVERY for one, other in pairwise(lines[:3]))
    assert lines[-1]["failures"] == 6 * SAID_EVERY
    assert "room" in lines[0]["mend"]


async def test_all_who_find_the_database_away_say_it_once() -> None:
    nowhere = asyncpg.create_pool("postgresql://weiji@127.0.0.1:9/weiji", min_size=0)
    await nowhere
    database = Database(nowhere)
    with capture_logs() as lines:
        for way in (database.read, database.transaction, database.read):
            with pytest.raises(ConnectionError):
                async with way():
                    pass
    assert [line["event"] for line in lines] == ["the database is away"]
    assert database.outage.tells(ConnectionError())
    assert not database.outage.tells(TimeoutError()), "what took too long may be a fault of ours"


async def test_what_may_be_a_fault_of_ours_is_no_outage(database: Database) -> None:
    with capture_logs() as lines, pytest.raises(TimeoutError):
        async with database.read() as reader:
            await reader.connection.execute("select pg_sleep(10)", timeout=0.1)
    assert not lines
    assert not database.outage.tells(ConnectionError())

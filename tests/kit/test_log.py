"""Proves that lines of the log are ours alone, whatever strangers send and libraries say."""

import json
import logging

import pytest

from weiji.cli import Forwarder, configure_log
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

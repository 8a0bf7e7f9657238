"""Proves that the table of this folder names only tests that are there, and all of this folder's own."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", (Path(__file__).parent / "README.md").read_text())


def test_every_test_that_the_table_names_is_there() -> None:
    assert len(NAMED) > 40
    for file, name in NAMED:
        assert re.search(rf"^(async )?def {name}\(", (TESTS / file).read_text(), re.MULTILINE), f"{file}::{name}"


def test_the_table_names_every_test_of_this_folder() -> None:
    for file in ("test_money.py", "test_trade.py"):
        text = (Path(__file__).parent / file).read_text()
        there = set(re.findall(r"^(?:async )?def (test_\w+)\(", text, re.MULTILINE))
        assert there == {name for place, name in NAMED if place == f"regressions/{file}"}

"""Proves that the table of this folder names all of this folder's own tests."""

import re
from pathlib import Path

NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", (Path(__file__).parent / "README.md").read_text())


def test_the_table_names_every_test_of_this_folder() -> None:
    assert len(NAMED) > 40
    for file in ("test_money.py", "test_trade.py"):
        text = (Path(__file__).parent / file).read_text()
        there = set(re.findall(r"^(?:async )?def (test_\w+)\(", text, re.MULTILINE))
        assert there == {name for place, name in NAMED if place == f"regressions/{file}"}

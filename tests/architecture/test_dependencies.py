"""Proves that the program declares what it imports: an installation has nothing else, and tests have much more."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def distributions(text: str) -> set[str]:
    """Normalise names of distributions (PEP 503) at the beginning of requirements."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([A-Za-z0-9._-]+)", text, re.MULTILINE)}


def imported() -> set[str]:
    """Name the packages, not Python's own nor ours, that the program's files import."""
    names: set[str] = set()
    for path in (ROOT / "weiji").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"weiji"}


def test_what_is_imported_is_declared_and_pinned() -> None:
    declared = distributions("\n".join(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]))
    pinned = distributions((ROOT / "requirements.lock").read_text())
    owners = packages_distributions()
    for name in sorted(imported()):
        assert distributions("\n".join(owners[name])) & declared, f"pyproject.toml names nothing that has {name}"
    assert declared <= pinned

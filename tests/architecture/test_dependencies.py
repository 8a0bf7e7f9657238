"""Proves that the program declares what it imports: an installation has nothing else, and tests have much more."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]


def distributions(text: str) -> set[str]:
    """Normalise names of distributions (PEP 503) at the beginning of requirements."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([A-Za-z0-9._-]+)", text, re.MULTILINE)}


BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where statements have others in them."""


@cache
def imports() -> dict[Path, list[ast.Import | ast.ImportFrom]]:
    """Read what each file of the program imports, wherever it does. Expressions, which are most of it, have none."""
    found: dict[Path, list[ast.Import | ast.ImportFrom]] = {}
    for path in sorted((ROOT / "weiji").rglob("*.py")):
        ahead: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
        its = found[path] = []
        while ahead:
            node = ahead.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                its.append(node)
            for name in BODIES:
                ahead += getattr(node, name, ())
    return found


def imported() -> set[str]:
    """Name the packages, not Python's own nor ours, that the program's files import."""
    names: set[str] = set()
    for node in chain.from_iterable(imports().values()):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif node.module:
            names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"weiji"}


def test_what_is_imported_is_declared_and_pinned() -> None:
    declared = distributions("\n".join(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]))
    pinned = distributions((ROOT / "requirements.lock").read_text())
    owners = packages_distributions()
    for name in sorted(imported()):
        assert distributions("\n".join(owners[name])) & declared, f"pyproject.toml names nothing that has {name}"
    assert declared <= pinned


ROOMS = {"model", "operations", "rules", "store"}
"""Where nobody comes in from outside. Edges of a module above may use the words and forms of one below."""

PUTS_TOGETHER = {"demo", "sandbox"}
"""Parts that put the program together, as the files beside them do: they may go everywhere."""


def test_what_others_import_of_a_module_is_on_its_face() -> None:
    for path, its in imports().items():
        own, *inside = path.relative_to(ROOT / "weiji").parts
        if not inside or own in PUTS_TOGETHER:
            continue
        for node in its:
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("weiji."):
                continue
            module = (node.module or "").split(".")[1:]
            named = [[*module, alias.name] for alias in node.names] if module[-1] not in ROOMS else [module]
            for parts in named:
                if parts[0] not in {own, "events", "kit", "web"} and len(parts) > 1:
                    assert parts[-1] not in ROOMS, (
                        f"{path.relative_to(ROOT)}: {'.'.join(parts)} is a room of {parts[0]}"
                    )

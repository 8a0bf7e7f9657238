r"""Proves of regular expressions that none takes a line break at the end for nothing: `$` does, `\Z` does not."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "weiji"


def text_of(node: ast.expr) -> str:
    """Give a text that is written in the source, with something for what is put into it; else nothing."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "1" for part in node.values)
    if isinstance(node, ast.BinOp):
        return text_of(node.left) + text_of(node.right)
    if not isinstance(node, ast.Constant):
        return ""
    return node.value.decode("latin-1") if isinstance(node.value, bytes) else str(node.value)


def patterns_of(source: str) -> Iterator[tuple[int, str]]:
    """Give what is handed to `re`, or over as a `pattern`, and what is written like one, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            by_name = [each.value for each in node.keywords if each.arg == "pattern"]
            is_of_re = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "re"
            for each in by_name + node.args[:1] * is_of_re:
                yield each.lineno, text_of(each)
        elif isinstance(node, ast.Constant | ast.JoinedStr) and re.match(r"\^.*\$\Z", text := text_of(node)):
            yield node.lineno, text


def ends_before_a_line_break(pattern: str) -> bool:
    """Tell whether `$` is in a pattern, other than as a character."""
    return "$" in re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "", pattern)


@pytest.mark.parametrize(
    ("source", "is_refused"),
    [
        ('re.compile("[0-9]+$")', True),
        ('re.match(rb"a(?:,|$)", b"")', True),
        ('Meta(pattern=f"^{DAY}$")', True),
        ('MONTH = "^[0-9]{2}$"', True),
        (r're.compile(r"[0-9$]+\$\Z")', False),
        ('print("$")', False),
    ],
)
def test_what_is_found(source: str, is_refused: bool) -> None:
    assert any(ends_before_a_line_break(pattern) for _, pattern in patterns_of(source)) is is_refused


def test_no_pattern_overlooks_a_line_break_at_the_end() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {pattern}"
        for path in ROOT.rglob("*.py")
        for line, pattern in patterns_of(path.read_text("utf-8"))
        if ends_before_a_line_break(pattern)
    ]
    assert not found, r"`$` lets a line break follow: write `\Z`"

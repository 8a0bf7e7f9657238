"""The colours can be read, in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11)."""

import json
from pathlib import Path

import pytest

import weiji.web

TOKENS = json.loads((Path(weiji.web.__file__).parent / "assets" / "tokens.json").read_text("utf-8"))
GROUNDS = ["ground", "surface", "surface-sunk"]
TEXTS = [
    *[(ink, ground) for ink in ("ink", "ink-soft", "ink-faint", "brand-ink", "price", "bad-ink") for ground in GROUNDS],
    *[(ink, "surface-pressed") for ink in ("ink", "ink-soft", "ink-faint")],
    ("wait-ink", "ground"),
    ("wait-ink", "surface"),
    *[(f"{tone}-ink", f"{tone}-soft") for tone in ("brand", "wait", "info", "bad")],
    ("price", "price-soft"),
    ("ink-soft", "brand-soft"),
    ("ink-soft", "wait-soft"),
    ("ink-soft", "info-soft"),
    ("on-brand", "brand"),
    ("on-brand", "brand-pressed"),
    ("on-seal", "seal"),
    ("on-bad", "bad"),
    ("on-toast", "toast"),
    ("ink-soft", "line-strong"),
]
EDGES = [("field-line", "surface"), ("field-line", "ground"), *[(f"chart-{n}", "surface") for n in range(1, 5)]]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#ffffff", "#07c160") == pytest.approx(2.38, abs=0.01)


def test_both_themes_have_the_same_tokens() -> None:
    assert TOKENS["light"].keys() == TOKENS["dark"].keys()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXTS)
def test_text_can_be_read(theme: str, ink: str, ground: str) -> None:
    assert contrast(TOKENS[theme][ink], TOKENS[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_can_be_seen(theme: str, edge: str, ground: str) -> None:
    assert contrast(TOKENS[theme][edge], TOKENS[theme][ground]) >= 3


def test_the_brand_is_the_accessible_green() -> None:
    assert TOKENS["light"]["brand"] == "#06803f"

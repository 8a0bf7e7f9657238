"""Proves that whatever colour a shop has, everything on its page can be read, in light and in dark (WCAG 2.2)."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import weiji.web
from weiji.storefronts.colours import GROUNDS, INKS, READABLE, WHITE, contrast, luminance, palette_of

TOKENS = json.loads((Path(weiji.web.__file__).parent / "assets" / "tokens.json").read_text("utf-8"))

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def test_the_measure_is_right() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#ffffff", "#07c160") == pytest.approx(2.38, abs=0.01)
    assert luminance("#ffffff") == pytest.approx(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_grounds_and_inks_are_the_frames_own(theme: str) -> None:
    assert GROUNDS[theme] == tuple(TOKENS[theme][name] for name in ("ground", "surface", "surface-sunk"))
    assert INKS[theme] == tuple(TOKENS[theme][name] for name in ("ink", "ink-soft"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@given(colour=COLOURS)
@example(colour="#000000")
@example(colour="#ffffff")
@example(colour="#ffff00")
@example(colour="#767676")
@example(colour="#0000ff")
def test_everything_can_be_read(theme: str, colour: str) -> None:
    palette = palette_of(colour, theme)
    pairs = [
        (palette.on, palette.fill),
        (WHITE, palette.deep),
        (WHITE, palette.deeper),
        *((palette.ink, ground) for ground in (*GROUNDS[theme], palette.soft)),
        *((ink, palette.soft) for ink in INKS[theme]),
    ]
    assert [pair for pair in pairs if contrast(*pair) < READABLE] == []


@given(COLOURS)
def test_a_colour_that_white_can_be_read_on_stays(colour: str) -> None:
    if contrast(colour, WHITE) >= READABLE:
        assert palette_of(colour, "light").fill == colour
        assert palette_of(colour, "light").deep == colour

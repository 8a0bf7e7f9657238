"""Makes the colours of a shop's page from its one colour, so that all that stands on them can be read (WCAG 2.2)."""

import colorsys
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from msgspec import Struct

READABLE: Final = 4.5
"""The least contrast of a text."""

STEP: Final = 0.01

WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
DARK: Final = "#211c17"
"""The frame's ink, for what stands on a light colour."""

GROUNDS: Final = {"light": ("#f6f3ee", "#ffffff", "#faf8f4"), "dark": ("#131210", "#1e1c19", "#262320")}
"""The frame's grounds, as tokens.json has them: ground, surface, sunken surface. A test holds it."""

INKS: Final = {"light": ("#211c17", "#5c544b"), "dark": ("#f0ebe4", "#b9b0a5")}
"""The frame's inks: what is said, and what is said softly."""

SOFT: Final = {"light": 0.10, "dark": 0.16}
"""How much of the colour is in a tint, at most."""


class Palette(Struct, frozen=True):
    """The colours of a page in one theme."""

    fill: str
    """For what one presses."""
    on: str
    """On the fill."""
    ink: str
    """A text in the colour, on the frame's grounds and on the tint."""
    soft: str
    """A tint that the frame's inks can be read on."""
    deep: str
    """For a cover: white can be read on it."""
    deeper: str
    """The far end of a cover."""


def luminance(colour: str) -> float:
    """Tell the relative luminance of a colour (WCAG 2.2)."""
    channels = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in _rgb(colour)
    ]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def contrast(first: str, second: str) -> float:
    """Tell the contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(1_024)
def palette_of(colour: str, theme: str) -> Palette:
    """Make the palette of a shop in a theme, `light` or `dark`."""
    grounds, inks = GROUNDS[theme], INKS[theme]
    soft = _tint(colour, grounds[1], SOFT[theme], inks)
    deep = _until(colour, -STEP, (WHITE,))
    fill = colour
    if contrast(fill, WHITE) < READABLE and contrast(fill, DARK) < READABLE:
        fill = deep
    return Palette(
        fill=fill,
        on=WHITE if contrast(fill, WHITE) >= READABLE else DARK,
        ink=_until(colour, -STEP if theme == "light" else STEP, (*grounds, soft)),
        soft=soft,
        deep=deep,
        deeper=mix(deep, DARK, 0.62),
    )


def mix(first: str, second: str, share: float) -> str:
    """Mix two colours; *share* is how much is of the first."""
    return _hex(a * share + b * (1 - share) for a, b in zip(_rgb(first), _rgb(second), strict=True))


def _tint(colour: str, ground: str, share: float, inks: tuple[str, ...]) -> str:
    while share > 0:
        tint = mix(colour, ground, share)
        if all(contrast(tint, ink) >= READABLE for ink in inks):
            return tint
        share -= STEP
    return ground


def _until(colour: str, step: float, others: tuple[str, ...]) -> str:
    """Make a colour darker or lighter until it can be read with each of the others."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    while any(contrast(colour, other) < READABLE for other in others):
        lightness += step
        if not 0 < lightness < 1:
            return BLACK if step < 0 else WHITE
        colour = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))


def _hex(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)

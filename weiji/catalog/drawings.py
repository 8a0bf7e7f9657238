"""Draws a picture of goods that have none: the same for the same address, for ever, without asking the database.

What is drawn is in the address: a motif and a colour, found in the title when the address is made; the rest
follows from the product's id.
"""

import colorsys
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from msgspec import Struct

from weiji.catalog.motifs import MOTIFS

GENERIC: Final = "gift"

STYLE: Final = 1
"""Raise it when drawings change: it is in every address, and answers may be kept for a year."""

COLOURS: Final = {
    "red": ("#d2504a", "红 赤 朱 red crimson scarlet"),
    "orange": ("#e58a3c", "橙 橘 orange"),
    "yellow": ("#e9b63f", "黄 yellow mustard"),
    "amber": ("#dd9a33", "琥珀 蜂蜜 金 gold golden amber honey"),
    "green": ("#5f9866", "绿 green mint emerald"),
    "olive": ("#8a8f55", "橄榄 军绿 olive khaki"),
    "celadon": ("#8fb9a8", "青 青瓷 celadon teal turquoise aqua"),
    "sage": ("#93a98a", "鼠尾草 sage"),
    "blue": ("#5b86b8", "蓝 牛仔 blue denim"),
    "navy": ("#3f557d", "藏青 藏蓝 深蓝 navy indigo"),
    "purple": ("#8f78b5", "紫 purple violet lavender"),
    "pink": ("#e79aa2", "粉 粉红 pink"),
    "rose": ("#cf8290", "玫瑰 rose"),
    "brown": ("#a5754f", "棕 褐 咖色 咖啡色 brown leather chocolate caramel"),
    "wood": ("#b98a5c", "木 原木 竹 wood wooden oak bamboo antique rustic"),
    "clay": ("#95604d", "紫砂 clay"),
    "terracotta": ("#cb7d58", "陶土 赤陶 terracotta"),
    "copper": ("#c0764a", "铜 copper bronze"),
    "straw": ("#d9b878", "草编 卡其 米色 straw beige sand"),
    "cream": ("#f0e4cd", "奶油 米白 乳白 cream ivory"),
    "white": ("#f7f4ee", "白 white"),
    "grey": ("#9aa0a5", "灰 银 gray grey silver"),
    "black": ("#4a4c52", "黑 black charcoal"),
}
"""Colours of things, and the words that ask for them: Chinese anywhere, English as whole words."""

ANY_COLOUR: Final = (
    "red",
    "orange",
    "yellow",
    "green",
    "celadon",
    "sage",
    "blue",
    "purple",
    "pink",
    "rose",
    "terracotta",
)
"""What a thing is painted that no word gives a colour."""

FIXED: Final = {
    "paper": "#fffdf8",
    "cream": "#fbf0dc",
    "ink": "#3d3833",
    "wood": "#b98a5c",
    "leaf": "#77a36b",
    "stem": "#578152",
    "bloom": "#e2788a",
    "glow": "#f5c65b",
    "tea": "#8b5a3a",
    "broth": "#d9944f",
    "bow": "#f2c14e",
}

GROUNDS: Final = (
    ("#fdf1e3", "#f9dfc6"),
    ("#fcebe4", "#f6d3c6"),
    ("#fbf3d9", "#f5e2ab"),
    ("#eff4e6", "#d9e6c8"),
    ("#e8f2f0", "#cbe2dd"),
    ("#ebf0f7", "#d0ddec"),
    ("#f5edf5", "#e5d3e6"),
    ("#fbecee", "#f4d2d8"),
    ("#f4efe8", "#e4d8c8"),
)
"""Soft grounds: the field, and the disc behind the thing."""


class Picture(Struct, frozen=True):
    """What a drawn picture shows. Names that are not known become the generic ones."""

    motif: str
    colour: str


def picture_url(product_id: UUID, title: str, kind: str = "", choices: Sequence[str] = ()) -> str:
    """Make the address of the drawn picture of a product; *choices* of a SKU may give it another colour."""
    return f"/pictures/{product_id}.svg?{_query_of(choose_picture(title, kind, tuple(choices)))}"


@lru_cache(1_024)
def _query_of(picture: Picture) -> str:
    query = {"motif": picture.motif, "colour": picture.colour, "style": STYLE}
    return urlencode({name: value for name, value in query.items() if value})


@lru_cache(4_096)
def choose_picture(title: str, kind: str = "", choices: tuple[str, ...] = ()) -> Picture:
    """Find what to draw in what goods are called. The title comes before the kind; for the colour, a choice first."""
    motif = _last(_motif_words(), title) or _last(_motif_words(), kind) or GENERIC
    colour = next((found for text in (*choices, title, kind) if (found := _first(_colour_words(), text))), "")
    return Picture(motif, colour or MOTIFS[motif].colour or "")


Words = tuple[re.Pattern[str], dict[str, str]]
"""An expression that finds any of the words, and what each stands for."""


def _compile(names: dict[str, str]) -> Words:
    """Compile names with their words. Of words that begin at the same place the longest counts."""
    by_word = {word: name for name, words in names.items() for word in words.lower().split()}
    parts = [
        rf"(?<![a-z]){word.replace('-', '[ -]')}(?:e?s)?(?![a-z])" if word.isascii() else re.escape(word)
        for word in sorted(by_word, key=len, reverse=True)
    ]
    return re.compile("|".join(parts)), by_word


@cache
def _motif_words() -> Words:
    return _compile({name: motif.words for name, motif in MOTIFS.items()})


@cache
def _colour_words() -> Words:
    return _compile({name: words for name, (_, words) in COLOURS.items()})


def _meaning(words: Words, found: str) -> str:
    by_word, found = words[1], found.replace(" ", "-")
    return next(by_word[word] for word in (found, found.removesuffix("s"), found.removesuffix("es")) if word in by_word)


def _first(words: Words, text: str) -> str | None:
    match = words[0].search(text.lower())
    return _meaning(words, match.group()) if match else None


def _last(words: Words, text: str) -> str | None:
    """Take the last word: a plant pot is a pot, and 茶杯 a cup."""
    found = words[0].findall(text.lower())
    return _meaning(words, found[-1]) if found else None


@lru_cache(2_048)
def draw(product_id: UUID, motif: str, colour: str) -> str:
    """Draw a picture as SVG. Every part of it comes from here: nothing of the address is copied into it."""
    drawing = MOTIFS.get(motif) or MOTIFS[GENERIC]
    seed = product_id.int >> 8  # The last bits are the shard.
    main = COLOURS.get(colour, (None,))[0] or COLOURS[ANY_COLOUR[seed % len(ANY_COLOUR)]][0]
    field, disc = _ground(seed // 16, main)
    tones = FIXED | {"main": main, "light": _tone(main, 0.42), "dark": _tone(main, -0.16), "deep": _tone(main, -0.4)}
    x, y = 150 + seed // 256 % 100, 150 + seed // 25_600 % 60
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="800" height="800">'
        f'<path fill="{field}" d="M0 0H400V400H0Z"/><circle cx="{x}" cy="{y}" r="150" fill="{disc}" opacity=".75"/>'
        f'<path fill="{disc}" d="M0 322Q200 300 400 322V400H0Z"/>'
        f'<ellipse cx="200" cy="320" rx="{drawing.shadow}" ry="11" fill="{FIXED["ink"]}" opacity=".15"/>'
        f"{_fill(drawing.drawing, tones)}</svg>"
    )


def _fill(drawing: str, tones: dict[str, str]) -> str:
    return drawing.strip().replace("\n", " ").format_map(tones)


def _ground(seed: int, main: str) -> tuple[str, str]:
    """Choose a ground that the thing stands out from: not one of its own hue, and none too bright for a pale thing."""
    hue, lightness, saturation = _hls(main)
    far = [ground for ground in GROUNDS if abs((_hls(ground[1])[0] - hue + 0.5) % 1 - 0.5) > 0.07 or saturation < 0.15]
    field, disc = far[seed % len(far)]
    return (_tone(field, -0.07), _tone(disc, -0.1)) if lightness > 0.85 else (field, disc)


def _hls(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return colorsys.rgb_to_hls(red, green, blue)


def _tone(colour: str, by: float) -> str:
    """Make a colour lighter (*by* over 0, towards white) or darker (under 0, towards black)."""
    hue, lightness, saturation = _hls(colour)
    lightness += (1 - lightness) * by if by > 0 else lightness * by
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))

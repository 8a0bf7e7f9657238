"""Films a cup of tea, so that the town has a video: drawn frame by frame, and put into an MP4 by what is there anyway.

No encoder of H.264 is free to bring along. Pillow has one of AV1, for pictures in AVIF: one that moves is a track in
boxes of the same kind as those of an MP4, which say that it is pictures where an MP4 says video.
"""

import asyncio
from io import BytesIO
from math import cos, pi, sin
from typing import Final

from PIL import Image, ImageDraw, ImageFilter
from PIL.Image import Resampling

from weiji.catalog import SaveProduct
from weiji.catalog.operations import show_product_videos
from weiji.media import ShowVideo, upload_pictures, upload_video
from weiji.program import Program

SIDE: Final = 480
"""Pixels of its width and height."""

FRAMES: Final = 48
FRAME_MS: Final = 83
QUALITY: Final = 60
SPEED: Final = 10
"""The encoder's fastest."""

_FINE: Final = 2
"""What stands still is drawn so many times as large, for smooth edges."""

_WALL, _WALL_LOW, _TABLE, _TABLE_LOW = "#f4ecdc", "#e7d8bd", "#8a6242", "#6b4a31"
_CUP, _CUP_SHADE, _TEA, _TEA_LIGHT, _GLAZE = "#cfe0d6", "#a9c4b6", "#b7702a", "#d3913f", "#f1f7f3"


async def show_film(program: Program, product: SaveProduct) -> None:
    """Give a product the film, by the operations that every merchant uses."""
    moving, cover = await asyncio.to_thread(film)
    video = await upload_video(program.batchers, program.settings, product.shop_id, moving)
    (picture,) = await upload_pictures(program.batchers, program.settings, product.shop_id, [cover])
    assert video.url, video.status
    assert picture.url, picture.status
    command = ShowVideo(
        holder_id=product.id,
        owner_id=product.shop_id,
        url=video.url,
        cover=picture.url,
        alt="一杯热茶，热气往上飘，旁边落下一片叶子",
        actor=product.actor,
    )
    await program.batchers.of(show_product_videos, "owner_id").submit(command)


def film() -> tuple[bytes, bytes]:
    """Give a film of a cup of tea, an MP4 of four seconds that may go round, and a picture to stand for it."""
    still = _still()
    frames = [_frame(still, number / FRAMES) for number in range(FRAMES)]
    moving = BytesIO()
    frames[0].save(
        moving,
        "AVIF",
        save_all=True,
        append_images=frames[1:],
        duration=FRAME_MS,
        quality=QUALITY,
        speed=SPEED,
        max_threads=1,
    )
    cover = BytesIO()
    frames[FRAMES // 3].save(cover, "PNG")
    return moving.getvalue().replace(b"pict", b"vide"), cover.getvalue()


def _still() -> Image.Image:
    """Draw what does not move: a wall, a table, and a cup on it."""
    side = SIDE * _FINE
    edge = side * 66 // 100
    image = Image.new("RGB", (side, side))
    image.paste(_shaded(side, edge, _WALL, _WALL_LOW), (0, 0))
    image.paste(_shaded(side, side - edge, _TABLE, _TABLE_LOW), (0, edge))
    draw = ImageDraw.Draw(image)

    def ellipse(x: float, y: float, width: float, height: float, colour: str) -> None:
        draw.ellipse([n * side for n in (x - width / 2, y - height / 2, x + width / 2, y + height / 2)], fill=colour)

    ellipse(0.5, 0.845, 0.62, 0.1, "#54381f")
    ellipse(0.5, 0.82, 0.56, 0.11, _CUP_SHADE)
    ellipse(0.5, 0.812, 0.56, 0.1, _CUP)
    ellipse(0.5, 0.812, 0.24, 0.04, _CUP_SHADE)
    falls = [n / 16 for n in range(17)]
    profile = [(0.21 - 0.13 * fall**2.2, 0.53 + 0.28 * fall) for fall in falls]
    for inner, colour in ((-1.0, _CUP), (0.45, _CUP_SHADE)):
        outline = [(0.5 + x, y) for x, y in profile] + [(0.5 + inner * x, y) for x, y in reversed(profile)]
        draw.polygon([(x * side, y * side) for x, y in outline], fill=colour)
    ellipse(0.5, 0.53, 0.42, 0.135, _GLAZE)
    ellipse(0.5, 0.535, 0.38, 0.108, _CUP_SHADE)
    ellipse(0.5, 0.543, 0.35, 0.088, _TEA)
    return image.resize((SIDE, SIDE), Resampling.LANCZOS)


def _shaded(width: int, height: int, above: str, below: str) -> Image.Image:
    mask = Image.linear_gradient("L").resize((width, height))
    return Image.composite(Image.new("RGB", mask.size, below), Image.new("RGB", mask.size, above), mask)


def _frame(still: Image.Image, at: float) -> Image.Image:
    """Draw what is at a time from 0 to 1: steam that rises, light on the tea, and a leaf that comes down past it."""
    image = still.copy()
    light = Image.new("L", (SIDE, SIDE))
    drawn = ImageDraw.Draw(light)
    swell = 1 + 0.06 * sin(2 * pi * at)
    for width in (0.26 * swell, 0.15 / swell):
        half = width * SIDE / 2
        box = (SIDE * 0.5 - half, SIDE * 0.543 - half / 4, SIDE * 0.5 + half, SIDE * 0.543 + half / 4)
        drawn.ellipse(box, outline=110, width=3)
    image.paste(_TEA_LIGHT, mask=light.filter(ImageFilter.GaussianBlur(2)))
    image.paste("white", mask=_steam(at))
    _leaf(image, at)
    return image


def _steam(at: float) -> Image.Image:
    """Draw the steam, small, and blur it: three threads of puffs that rise, widen and fade."""
    small = SIDE // 4
    mask = Image.new("L", (small, small))
    draw = ImageDraw.Draw(mask)
    for thread, x in enumerate((0.42, 0.5, 0.58)):
        for puff in range(12):
            rise = (puff / 12 + at + thread / 5) % 1
            sway = 0.035 * sin(2 * pi * (rise * 1.5 + thread / 3))
            radius = small * (0.014 + 0.03 * rise)
            left, top = small * (x + sway * (0.3 + rise)), small * (0.53 - 0.42 * rise)
            strength = int(170 * sin(pi * rise) ** 1.2 * (1 - 0.5 * rise))
            draw.ellipse((left - radius, top - radius, left + radius, top + radius), fill=strength)
    return mask.filter(ImageFilter.GaussianBlur(3)).resize((SIDE, SIDE), Resampling.BICUBIC)


def _leaf(image: Image.Image, at: float) -> None:
    fall = (at * 1.0 + 0.1) % 1
    turn = 60 * sin(4 * pi * fall)
    leaf = Image.new("L", (96, 96))
    ImageDraw.Draw(leaf).polygon(
        [(48 + 34 * cos(pi * n / 12), 48 + 13 * sin(pi * n / 12) * abs(sin(pi * n / 24 + 0.4))) for n in range(24)],
        fill=255,
    )
    leaf = leaf.rotate(turn, Resampling.BICUBIC).resize((48, 48), Resampling.LANCZOS)
    place = (int(SIDE * (0.12 + 0.07 * sin(3 * pi * fall))), int(SIDE * (fall * 1.2 - 0.12)))
    image.paste("#5f8a4f", place, leaf)

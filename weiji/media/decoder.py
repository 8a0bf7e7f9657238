"""A program of its own: reads one picture from its input, and writes it anew in the widths asked for, and nothing else.

It is run in a process of its own (`decoding.py`), which may not open files or use more than its share of memory and
time: a decoder of hostile files is where a program is broken into, or brought down. It imports nothing of weiji, so
that it begins within a tenth of a second.

Its first line of output is JSON: `{"status": "decoded", "renditions": [[width, height, bytes], …]}`; the renditions
follow, one behind the other. What the file had beside its picture (place, camera, thumbnails, comments, whatever was
hidden behind its end) is not written: only pixels pass.
"""

import io
import json
import resource
import sys
import warnings
from contextlib import suppress
from typing import Any

from PIL import Image, ImageCms, ImageFile, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 80


def main() -> None:
    """Read, decode, write."""
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    content = sys.stdin.buffer.read()
    Image.init()  # Reads the modules of the formats: nothing may be opened from here on.
    _warm()
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    try:
        status, made = decode(content, limits)
    except MemoryError:
        status, made = "too_costly", []
    head = {"status": status, "renditions": [[width, height, len(data)] for width, height, data in made]}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + b"".join(data for _, _, data in made))


def _warm() -> None:
    """Write and read a small picture of each kind, so that whatever is loaded late is loaded now."""
    for name in FORMATS:
        buffer = io.BytesIO()
        Image.new("RGB", (2, 2)).save(buffer, name)
        with Image.open(buffer) as image:
            ImageOps.exif_transpose(image).convert("RGB")
    ImageCms.createProfile("sRGB")


def decode(content: bytes, limits: dict[str, Any]) -> tuple[str, list[tuple[int, int, bytes]]]:
    """Give the picture in each width that it is large enough for, or say why not."""
    Image.MAX_IMAGE_PIXELS = None  # Our own limit stands instead, and is asked before anything is decoded.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("ignore")
    try:
        image: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    except MemoryError:
        raise
    except Exception:
        return "not_a_picture", []
    width, height = image.size
    if width < 1 or height < 1:
        return "not_a_picture", []
    if width * height > limits["pixels"]:
        return "too_many_pixels", []
    widest = limits["widths"][-1]
    try:
        image.draft("RGB", (widest * 2, widest * 2))  # A JPEG is decoded smaller where that is enough.
        image.load()  # Only the first frame of what moves.
        image = _plain(_upright(image))
    except MemoryError:
        raise
    except Exception:
        return "damaged", []
    scale = min(1.0, widest / image.width, limits["height"] / image.height)
    full = max(1, round(image.width * scale))
    ratio = image.height / image.width
    made = []
    for each in reversed([*(w for w in limits["widths"] if w < full), full]):
        size = (each, min(limits["height"], max(1, round(each * ratio))))
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
        made.append((*size, buffer.getvalue()))
    return "decoded", made[::-1]


def _upright(image: Image.Image) -> Image.Image:
    """Turn it as its camera was held, if it says so in words that can be read."""
    with suppress(Exception):
        return ImageOps.exif_transpose(image)
    return image


def _plain(image: Image.Image) -> Image.Image:
    """Make it RGB, or RGBA where it can be seen through; in sRGB, since no profile goes with it."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I") or image.mode == "F":
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    is_clear = "A" in image.getbands() or "transparency" in image.info
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        with suppress(Exception):
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, theirs, ImageCms.createProfile("sRGB"), outputMode=mode)
            if converted is not None:
                image = converted
    return image.convert("RGBA" if is_clear else "RGB")


if __name__ == "__main__":
    main()

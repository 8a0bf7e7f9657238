"""Proves that only pixels pass: whatever else a file has is gone, and a file that is hostile harms nothing."""

import asyncio
import io
import resource
import struct
from uuid import UUID

import pytest
from PIL import Image, ImageCms

from tests.media.examples import GREEN, RED, bomb, chunk, picture, written
from weiji.kit.ids import new_id
from weiji.media import decoding
from weiji.media.decoding import Decoded, decode
from weiji.media.model import BYTES_MAX, UploadStatus

S = UploadStatus
OWNER = UUID(int=7)


def opened(decoded: Decoded, place: int = -1) -> Image.Image:
    return Image.open(io.BytesIO(decoded.renditions[place].content), formats=("WEBP",))


def worked() -> float:
    """Say for how many seconds of a processor decoders have worked, however long they waited for it."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def is_near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 25 for one, other in zip(pixel[:3], colour, strict=True))


@pytest.mark.parametrize(
    ("size", "widths"),
    [((2400, 1200), [320, 800, 1600]), ((1600, 900), [320, 800, 1600]), ((500, 400), [320, 500]), ((60, 40), [60])],
)
async def test_a_picture_is_there_in_every_width_that_it_is_large_enough_for(
    size: tuple[int, int], widths: list[int]
) -> None:
    decoded = await decode(OWNER, picture(*size))
    assert decoded.status is S.CREATED
    assert [rendition.width for rendition in decoded.renditions] == widths
    for place, rendition in enumerate(decoded.renditions):
        image = opened(decoded, place)
        assert image.size == (rendition.width, rendition.height)
        assert abs(rendition.height - rendition.width * size[1] / size[0]) <= 1
        left, right = image.getpixel((2, 2)), image.getpixel((image.width - 3, 2))
        assert is_near(left, RED)
        assert is_near(right, GREEN)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("GIF", "P"),
        ("WEBP", "RGB"),
    ],
)
async def test_every_kind_is_read_by_what_it_is_and_not_by_its_name(kind: str, mode: str) -> None:
    assert (await decode(OWNER, picture(400, 300, kind, mode))).status is S.CREATED


async def test_sixteen_bits_keep_their_light() -> None:
    decoded = await decode(OWNER, written(Image.new("I;16", (40, 40), 40_000), "PNG"))
    assert is_near(opened(decoded).getpixel((5, 5)), (156, 156, 156))


async def test_what_can_be_seen_through_stays_so() -> None:
    decoded = await decode(OWNER, written(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG"))
    assert opened(decoded).mode == "RGBA"


async def test_a_picture_is_turned_as_it_was_held_and_says_nothing_of_where_and_when() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn it to the right.
    exif[0x010F] = "A camera with a name"
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 9.0)
    secret = b"somebody's home"
    content = picture(900, 600, exif=exif, comment=secret) + b"PK\x03\x04 hidden behind the end"
    decoded = await decode(OWNER, content)
    image = opened(decoded)
    assert image.size == (600, 900)
    assert is_near(image.getpixel((300, 2)), RED)
    assert is_near(image.getpixel((300, 897)), GREEN)
    for rendition in decoded.renditions:
        found = Image.open(io.BytesIO(rendition.content))
        assert not dict(found.getexif())
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(found.info)
        for word in (b"camera", secret, b"PK\x03\x04", b"EXIF", b"ICCP", b"XMP "):
            assert word not in rendition.content


async def test_colours_of_another_profile_are_made_ours() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert is_near(opened(await decode(OWNER, picture(icc_profile=profile))).getpixel((2, 2)), RED)
    assert (await decode(OWNER, picture(icc_profile=b"no profile" * 50))).status is S.CREATED


async def test_only_the_first_frame_of_what_moves_is_kept() -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in (RED, GREEN) for _ in range(40)]
    decoded = await decode(OWNER, written(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    image = opened(decoded)
    assert getattr(image, "n_frames", 1) == 1
    assert is_near(image.getpixel((9, 9)), RED)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff",
        b"hello, I am a picture.jpg",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><img src=x onerror=alert(1)>",
        b"%PDF-1.7 ...",
        b"MZ\x90\x00",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x00\x00\x00\x00WEBP",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
    ],
)
async def test_what_is_no_picture_is_told_as_that(content: bytes) -> None:
    decoded = await decode(OWNER, content)
    assert decoded.status in (S.NOT_A_PICTURE, S.DAMAGED)
    assert not decoded.renditions


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "EPS", "PDF"])
async def test_formats_that_browsers_do_not_send_are_not_even_tried(kind: str) -> None:
    assert (await decode(OWNER, picture(40, 40, kind))).status is S.NOT_A_PICTURE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.9])
async def test_a_picture_that_breaks_off_is_damaged(kind: str, share: float) -> None:
    content = written(Image.effect_noise((300, 300), 60).convert("RGB"), kind)
    assert (await decode(OWNER, content[: int(len(content) * share)])).status in (S.DAMAGED, S.NOT_A_PICTURE)


async def test_a_bomb_is_refused_before_it_goes_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "SECONDS_MAX", 300)  # By the clock; a processor has its own limit.
    content = bomb(40_000, 40_000)
    assert len(content) < 1_000_000
    before = worked()
    assert (await decode(OWNER, content)).status is S.TOO_MANY_PIXELS
    assert worked() - before < 2
    assert (await decode(OWNER, bomb(8_000, 6_250))).status is S.CREATED
    assert (await decode(OWNER, bomb(8_001, 6_250))).status is S.TOO_MANY_PIXELS


async def test_text_that_swells_harms_nothing() -> None:
    content = picture(40, 40, "PNG")
    import zlib

    swollen = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(80_000_000), 9))
    decoded = await decode(OWNER, content[:33] + swollen + content[33:])
    assert decoded.status in (S.CREATED, S.NOT_A_PICTURE, S.DAMAGED)


async def test_a_file_that_says_it_is_larger_than_it_is_takes_no_memory() -> None:
    head = struct.pack(">IIBBBBB", 7_000, 7_000, 16, 6, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    assert (await decode(OWNER, content)).status in (S.DAMAGED, S.NOT_A_PICTURE)


async def test_exif_without_end_harms_nothing() -> None:
    base = picture(60, 40)
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", 65_535) + b"Exif\0\0" + b"\xff" * 65_527 for _ in range(150))
    assert (await decode(OWNER, base[:2] + segments + base[2:])).status is S.CREATED


async def test_a_file_over_the_limit_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> bytes:
        raise AssertionError("it was looked at")

    monkeypatch.setattr(decoding, "_run", never)
    assert (await decode(OWNER, bytes(BYTES_MAX + 1))).status is S.TOO_LARGE


async def test_a_decoder_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(decoding, "SECONDS_MAX", 0.01)
    content, before = picture(6_000, 6_000), worked()
    assert (await decode(OWNER, content)).status is S.TOO_COSTLY
    assert worked() - before < 1


async def test_a_decoder_without_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = decoding.LIMITS.replace(str(decoding.MEMORY_MAX), str(120 * 1024**2))
    assert limits != decoding.LIMITS
    monkeypatch.setattr(decoding, "LIMITS", limits)
    assert (await decode(OWNER, bomb(7_000, 7_000))).status is S.TOO_COSTLY


async def test_hashes_are_the_same_for_one_owner_and_others_for_others() -> None:
    other = new_id()
    one, again, elsewhere = await asyncio.gather(*(decode(id, picture(60, 40)) for id in (OWNER, OWNER, other)))
    assert one.hash == again.hash != elsewhere.hash
    assert one.hash != (await decode(OWNER, picture(60, 41))).hash

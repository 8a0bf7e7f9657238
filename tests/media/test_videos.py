"""Proves that of a video only what plays it passes, that hostile files harm nothing, and that it is served in parts.

`steam.mp4` is a drawing of ours, three seconds of AV1; `recorded-*.webm` a square and a tone that a browser kept."""

from html import unescape
from pathlib import Path
from random import Random
from struct import pack

import pytest

from tests.media.examples import picture
from tests.pages.conftest import site as site
from tests.pages.site import Site
from weiji.media import upload_video
from weiji.media.model import NO_OWNER, VideoStatus
from weiji.media.video_decoder import NotOurs, box, boxes, rewrite

STEAM = Path(__file__).with_name("steam.mp4").read_bytes()
WEBM = {name: Path(__file__).with_name(f"recorded-{name}.webm").read_bytes() for name in ("vp8", "vp9", "av1")}
"""A moving square and a tone, as a browser records them: clusters of open length."""

LIMITS = {"seconds": 60}


def _kinds(content: bytes) -> list[bytes]:
    """Name every box of a file, those within others, too."""
    found = []
    within = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta"}

    def walk(start: int, end: int) -> None:
        for kind, begin, stop in boxes(content, start, end):
            found.append(kind)
            if kind in within:
                walk(begin, stop)

    walk(0, len(content))
    return found


def test_only_what_plays_a_video_passes() -> None:
    secret = b"+30.2741+120.1551/ shot on my phone"
    behind = STEAM + box(b"udta", secret) + box(b"free", secret) + box(b"mdat", secret)
    head, made = rewrite(behind, LIMITS)
    assert (head["status"], head["duration_ms"], head["renditions"][0][:2]) == ("decoded", 3_000, [480, 480])
    assert secret not in made
    assert b"Lavf" not in made
    assert {b"udta", b"meta", b"free"} & set(_kinds(STEAM))
    assert not {b"udta", b"meta", b"free"} & set(_kinds(made))
    assert [kind for kind, _, _ in boxes(made, 0, len(made))] == [b"ftyp", b"moov", b"mdat"]
    assert rewrite(made, LIMITS) == (head, made)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", "not_a_video"),
        (b"<svg/>" * 9, "not_a_video"),
        (STEAM[4:], "not_a_video"),
        (STEAM[:-200], "damaged"),
        (STEAM[:2_000], "damaged"),
        (STEAM + box(b"moof"), "fragmented"),
        (STEAM.replace(b"av01", b"mp4v"), "codec_unknown"),
        (STEAM.replace(b"vide", b"text"), "not_a_video"),
        (STEAM.replace(b"stsz", b"free"), "damaged"),
        (pack(">I4sQ", 1, b"ftyp", 2**60), "not_a_video"),
    ],
)
def test_what_is_no_such_video_is_refused(content: bytes, status: str) -> None:
    with pytest.raises(NotOurs, match=status):
        rewrite(content, LIMITS)
    with pytest.raises(NotOurs, match="too_long"):
        rewrite(STEAM, {"seconds": 2})


@pytest.mark.parametrize(("name", "codec"), [("vp9", b"vp09"), ("av1", b"av01")])
def test_a_recording_in_webm_becomes_the_same_video_in_mp4(name: str, codec: bytes) -> None:
    recorded = WEBM[name]
    head, made = rewrite(recorded, LIMITS)
    assert (head["status"], head["renditions"][0][:2]) == ("decoded", [160, 120])
    assert 1_400 < head["duration_ms"] < 1_600
    assert codec in made
    assert b"Opus" in made
    assert b"Chrome" in recorded
    assert b"Chrome" not in made
    assert rewrite(made, LIMITS) == (head, made), "it is an MP4 like others"
    with pytest.raises(NotOurs, match="too_long"):
        rewrite(recorded, {"seconds": 1})


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (WEBM["vp8"], "codec_unknown"),
        (WEBM["vp9"].replace(b"webm", b"mkv "), "not_a_video"),
        (WEBM["vp9"].replace(b"A_OPUS", b"A_PCM!"), "codec_unknown"),
        (WEBM["vp9"].replace(b"\x49\x83\x42", b"\x49\x83\x43", 1), "damaged"),
        (WEBM["vp9"][:-9], "damaged"),
        (WEBM["vp9"][:300], "damaged"),
        (WEBM["vp9"][:4], "damaged"),
    ],
)
def test_a_webm_that_browsers_may_not_play_is_refused(content: bytes, status: str) -> None:
    with pytest.raises(NotOurs, match=status):
        rewrite(content, LIMITS)


def test_a_webm_with_any_bytes_changed_is_refused_or_written_whole() -> None:
    dice = Random(1)  # noqa: S311
    taken, refusals = 0, set[str]()
    for n in range(1_000):
        content = bytearray(WEBM["vp9" if n % 2 else "av1"])
        for _ in range(dice.choice((1, 2, 8))):
            content[dice.randrange(600)] = dice.randrange(256)
        try:
            head, made = rewrite(bytes(content), LIMITS)
        except NotOurs as refusal:
            refusals.add(str(refusal))
        else:
            assert rewrite(made, LIMITS) == (head, made)
            taken += 1
    assert taken
    assert {"damaged", "codec_unknown"} <= refusals


def test_a_file_with_any_bytes_changed_is_refused_or_written_whole() -> None:
    dice = Random(1)  # noqa: S311
    taken, refusals = 0, set[str]()
    for _ in range(2_000):
        content = bytearray(STEAM)
        for _ in range(dice.choice((1, 2, 8))):
            content[dice.randrange(1_400)] = dice.randrange(256)
        try:
            _, made = rewrite(bytes(content), LIMITS)
        except NotOurs as refusal:
            refusals.add(str(refusal))
        else:
            taken += 1
            assert len(made) <= len(STEAM) + 2_000
            rewrite(made, LIMITS)
    assert refusals <= set(VideoStatus)
    assert 0 < taken < 2_000


async def test_a_video_is_taken_in_shown_and_served_in_parts(site: Site) -> None:
    batchers, settings = site.program.batchers, site.program.settings
    assert (await upload_video(batchers, settings, NO_OWNER, STEAM)).status is VideoStatus.OWNER_NOT_FOUND
    assert (await upload_video(batchers, settings, site.shop_id, b"x")).status is VideoStatus.NOT_A_VIDEO
    here = f"/merchant/{site.shop_id}/goods/{site.product_id}/video"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller, site.browser() as stranger:
        needed = 'accept="video/mp4,video/webm" required'
        assert needed in unescape(await seller.visit(here))
        assert seller.statements <= 3
        token = seller.page.partition('name="csrf_token" value="')[2].partition('"')[0]
        for cover, words in ((b"<svg/>", "JPEG"), (picture(), "")):
            files = [("video", ("a.mp4", STEAM, "video/mp4")), ("cover", ("a.jpg", cover, "image/jpeg"))]
            answer = await seller.client.post(
                here, data={"csrf_token": token, "alt": "热气"}, files=files, follow_redirects=True
            )
            assert words in answer.text
        assert answer.status_code == 200, answer.text
        page = await stranger.visit(f"/products/{site.product_id}")
        assert stranger.statements <= 3
        url = unescape(page.partition('<source src="')[2].partition('"')[0])
        assert 'preload="none"' in page
        assert "autoplay" not in page
        whole = await stranger.client.get(url)
        assert whole.headers["content-type"] == "video/mp4"
        assert whole.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert whole.headers["x-content-type-options"] == "nosniff"
        size = len(whole.content)
        for asked, first, last in (("0-", 0, size - 1), ("10-19", 10, 19), ("-5", size - 5, size - 1)):
            part = await stranger.client.get(url, headers={"range": f"bytes={asked}"})
            assert part.status_code == 206
            assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
            assert part.content == whole.content[first : last + 1]
        beyond = await stranger.client.get(url, headers={"range": f"bytes={size}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
        # The shop's page shows it, too: in a block of its own.
        front = f"/merchant/{site.shop_id}/storefront"
        await seller.visit(front)
        await seller.send("/storefront/blocks", type="video")
        assert seller.statements <= 3
        await seller.send(seller.path, title="热气", product_id=str(site.product_id))
        await seller.send("/publication")
        shown = await stranger.visit(f"/shops/{site.handle}")
        assert stranger.statements <= 3
        assert url in unescape(shown)
        assert "热气" in stranger.text
        assert needed not in unescape(await seller.visit(here)), "its cover can be changed alone"
        await seller.send("/video", then="remove")
        assert "<video" not in await stranger.visit(f"/products/{site.product_id}")
        assert "热气" not in await stranger.visit(f"/shops/{site.handle}")
        await seller.visit(front)
        assert "买家现在看不到" in seller.text

"""A program of its own: reads one MP4 or WebM file from its input, and writes an MP4: known boxes, and the samples they
name.

It is run in a process of its own, as `decoder.py` is, with the same bounds. It does not decode: no decoder of video is
both free to link (the wheels of PyAV bring x264 and x265, which are under the GPL) and small enough to trust. What it
does is to take the file apart (ISO/IEC 14496-12, or RFC 9559) and to put together another one from what it understood:
one track of video, at most one of sound, their tables, checked against each other and the size of the file, and the
samples that these tables point to. Everything else is not written: places, names, dates and comments (`udta`, `meta`,
tags), tracks of other kinds (positions, timecodes, texts), and whatever lies between the samples or behind the end.

Its first line of output is JSON: `{"status": "decoded", "renditions": [[width, height, bytes]], "duration_ms": n}`; the
file follows.
"""

import json
import resource
import struct
import sys
from collections.abc import Sequence
from itertools import pairwise
from struct import pack, unpack_from
from typing import Any

CODECS = {
    b"vide": {
        b"avc1": b"avcC",
        b"avc3": b"avcC",
        b"hvc1": b"hvcC",
        b"hev1": b"hvcC",
        b"av01": b"av1C",
        b"vp09": b"vpcC",
    },
    b"soun": {b"mp4a": b"esds", b"Opus": b"dOps"},
}
"""Codecs that browsers play, and the box that says how each is set up."""

KEPT = {b"vide": (b"colr", b"pasp"), b"soun": ()}
"""What else of a sample's description is kept."""

SIZE_MAX = 4_096
"""Pixels of a video's width and height."""

DEPTH_MAX = 8
ENTRY_BYTES_MAX = 65_536
"""The largest description of samples."""

HEADS = {b"vide": 78, b"soun": 28}
"""Bytes of a sample's description before its boxes."""

Boxes = list[tuple[bytes, int, int]]
"""Kind, where its content begins, and where it ends."""


class NotOurs(Exception):
    """The file is no MP4 that can be taken in; the text is the status."""


def main() -> None:
    """Read, check, write."""
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        head, made = rewrite(content, limits)
    except NotOurs as refusal:
        head, made = {"status": str(refusal), "renditions": [], "duration_ms": 0}, b""
    except MemoryError:
        head, made = {"status": "too_costly", "renditions": [], "duration_ms": 0}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + made)


def rewrite(content: bytes, limits: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Give what is said of the video, and the file anew. Raises NotOurs."""
    try:
        tracks = read_webm(content) if content.startswith(EBML) else read_mp4(content)
    except (struct.error, IndexError, ValueError):
        raise NotOurs("damaged") from None
    videos = [track for track in tracks if track.kind == b"vide"]
    sounds = [track for track in tracks if track.kind == b"soun"]
    if len(videos) != 1 or len(sounds) > 1:
        raise NotOurs("not_a_video" if not videos else "too_many_tracks")
    video = videos[0]
    if not video.entry:
        offset, size, _ = video.chunks[0]
        video.entry = vp9_entry(video, content[offset : offset + size])
    if not (16 <= video.width <= SIZE_MAX and 16 <= video.height <= SIZE_MAX):
        raise NotOurs("too_many_pixels")
    milliseconds = max(track.duration * 1_000 // track.timescale for track in (*videos, *sounds))
    if not 0 < milliseconds <= limits["seconds"] * 1_000:
        raise NotOurs("too_long" if milliseconds else "damaged")
    made = write([*videos, *sounds], content)
    width, height = (video.height, video.width) if video.is_turned else (video.width, video.height)
    return {"status": "decoded", "renditions": [[width, height, len(made)]], "duration_ms": milliseconds}, made


def read_mp4(content: bytes) -> list["Track"]:
    """Understand the tracks of an MP4. Raises NotOurs."""
    top = boxes(content, 0, len(content))
    if not top or top[0][0] != b"ftyp":
        raise NotOurs("not_a_video")
    if any(kind in (b"moof", b"mfra", b"sidx") for kind, _, _ in top):
        raise NotOurs("fragmented")
    moov = one(top, b"moov", "damaged")
    return [found for each in all_of(content, moov, b"trak") if (found := read_track(content, each))]


def boxes(content: bytes, start: int, end: int) -> Boxes:
    """List the boxes that lie side by side, each whole within the others."""
    found: Boxes = []
    while start < end:
        if end - start < 8:
            raise NotOurs("damaged" if start else "not_a_video")
        size, kind = unpack_from(">I4s", content, start)
        head = 8
        if size == 1:
            (size,) = unpack_from(">Q", content, start + 8)
            head = 16
        elif size == 0:
            size = end - start
        if size < head or size > end - start:
            raise NotOurs("damaged" if found else "not_a_video")
        found.append((kind, start + head, start + size))
        start += size
    return found


def one(found: Boxes, kind: bytes, status: str) -> tuple[int, int]:
    """Find the only box of a kind."""
    its = [(start, end) for each, start, end in found if each == kind]
    if len(its) != 1:
        raise NotOurs(status)
    return its[0]


def all_of(content: bytes, place: tuple[int, int], kind: bytes) -> list[tuple[int, int]]:
    """List the boxes of a kind right inside another."""
    return [(start, end) for each, start, end in boxes(content, *place) if each == kind]


def inside(content: bytes, place: tuple[int, int], *way: bytes) -> tuple[int, int]:
    """Go down a way of boxes, each the only one of its kind."""
    for kind in way:
        place = one(boxes(content, *place), kind, "damaged")
    return place


class Track:
    """A track of video or sound, as it was understood."""

    def __init__(self, kind: bytes) -> None:
        self.kind = kind
        self.entry = b""
        """The description of its samples."""
        self.width = self.height = self.timescale = self.duration = 0
        self.matrix = b""
        self.is_turned = False
        self.shift = 0
        """Where the first of it to be shown lies in it, of an edit list with one edit."""
        self.sizes: list[int] = []
        self.durations: list[tuple[int, int]] = []
        """Pairs: how many samples, how long each."""
        self.shifts: list[tuple[int, int]] | None = None
        self.shifts_version = 0
        self.keys: list[int] | None = None
        self.chunks: list[tuple[int, int, int]] = []
        """Where each lies in the file, how many bytes, how many samples."""


def read_track(content: bytes, trak: tuple[int, int]) -> Track | None:
    """Understand a track; None if it is neither video nor sound. Raises NotOurs."""
    mdia = inside(content, trak, b"mdia")
    start, end = inside(content, mdia, b"hdlr")
    kind = content[start + 8 : start + 12]
    if kind not in CODECS or end - start < 12:
        return None
    track = Track(kind)
    track.timescale, track.duration = read_mdhd(content, inside(content, mdia, b"mdhd")[0])
    start, _ = inside(content, trak, b"tkhd")
    tail = start + (52 if content[start] else 40)
    track.matrix = content[tail : tail + 36]
    a, b, _u, c, d = unpack_from(">5i", track.matrix)
    if (a, b, c, d) not in [tuple(each * 65_536 for each in turn) for turn in TURNS]:
        raise NotOurs("damaged")
    track.is_turned = a == 0
    stbl = inside(content, mdia, b"minf", b"stbl")
    found = boxes(content, *stbl)
    read_entry(track, content, one(found, b"stsd", "damaged"))
    read_tables(track, content, found)
    track.shift = read_edit(content, trak)
    return track


TURNS = [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)]
"""How a camera may have been held."""


def read_mdhd(content: bytes, start: int) -> tuple[int, int]:
    """Read how many units a second has, and how many the track."""
    timescale, duration = unpack_from(
        ">IQ" if content[start] else ">II", content, start + (20 if content[start] else 12)
    )
    if not 1 <= timescale <= 10_000_000:
        raise NotOurs("damaged")
    return timescale, duration


def read_edit(content: bytes, trak: tuple[int, int]) -> int:
    """Read where a track begins, of the only kind of edit that encoders make; others are left out."""
    found = all_of(content, trak, b"edts")
    if len(found) != 1:
        return 0
    start, end = inside(content, found[0], b"elst")
    is_long = content[start]
    (count,) = unpack_from(">I", content, start + 4)
    if count != 1 or end - start < 8 + (20 if is_long else 12):
        return 0
    _, begin = unpack_from(">Qq" if is_long else ">Ii", content, start + 8)
    return max(0, int(begin))


def read_entry(track: Track, content: bytes, place: tuple[int, int]) -> None:
    """Read the description of the samples: one codec that is known, with what sets it up and little else."""
    start, end = place
    (count,) = unpack_from(">I", content, start + 4)
    entries = boxes(content, start + 8, end)
    if count != 1 or len(entries) != 1 or end - start > ENTRY_BYTES_MAX:
        raise NotOurs("codec_unknown")
    codec, begin, stop = entries[0]
    config = CODECS[track.kind].get(codec)
    if config is None:
        raise NotOurs("codec_unknown")
    head = bytearray(content[begin : begin + HEADS[track.kind]])
    if len(head) < HEADS[track.kind]:
        raise NotOurs("damaged")
    if track.kind == b"vide":
        track.width, track.height = unpack_from(">HH", head, 24)
        head[42:74] = bytes(32)  # The name of the encoder.
    elif unpack_from(">H", head, 8)[0] != 0:
        raise NotOurs("codec_unknown")  # QuickTime's descriptions of sound.
    parts = [(kind, content[a:b]) for kind, a, b in boxes(content, begin + HEADS[track.kind], stop)]
    kept = [(kind, data) for kind, data in parts if kind == config or kind in KEPT[track.kind]]
    if [kind for kind, _ in kept].count(config) != 1:
        raise NotOurs("codec_unknown")
    track.entry = box(codec, bytes(head), *(box(kind, data) for kind, data in kept))


def read_tables(track: Track, content: bytes, found: Boxes) -> None:
    """Read which samples there are, where each lies and when it is shown; and see that all of it fits together."""
    track.sizes = read_sizes(content, one(found, b"stsz", "damaged"))
    samples = len(track.sizes)
    if not samples:
        raise NotOurs("damaged")
    track.durations = pairs(content, one(found, b"stts", "damaged"), ">II")
    if sum(count for count, _ in track.durations) != samples:
        raise NotOurs("damaged")
    track.duration = sum(count * length for count, length in track.durations)
    shifts = [(start, end) for kind, start, end in found if kind == b"ctts"]
    if shifts:
        track.shifts_version = content[shifts[0][0]]
        track.shifts = pairs(content, shifts[0], ">Ii")
        if len(shifts) > 1 or track.shifts_version > 1 or sum(count for count, _ in track.shifts) != samples:
            raise NotOurs("damaged")
    keys = [(start, end) for kind, start, end in found if kind == b"stss"]
    if keys:
        track.keys = [number for (number,) in rows(content, keys[0], ">I")]
        if len(keys) > 1 or any(not 1 <= number <= samples for number in track.keys):
            raise NotOurs("damaged")
    read_chunks(track, content, found)


def read_sizes(content: bytes, place: tuple[int, int]) -> list[int]:
    """Read how many bytes each sample has."""
    start, end = place
    size, count = unpack_from(">II", content, start + 4)
    if size:
        if count * size > len(content):
            raise NotOurs("damaged")
        return [size] * count
    if end - start != 12 + 4 * count:
        raise NotOurs("damaged")
    return list(unpack_from(f">{count}I", content, start + 12))


def rows(content: bytes, place: tuple[int, int], shape: str) -> list[tuple[int, ...]]:
    """Read a table: its length, and as many rows as that."""
    start, end = place
    (count,) = unpack_from(">I", content, start + 4)
    width = 4 * (len(shape) - 1)
    if end - start != 8 + width * count:
        raise NotOurs("damaged")
    return [unpack_from(shape, content, start + 8 + width * row) for row in range(count)]


def pairs(content: bytes, place: tuple[int, int], shape: str) -> list[tuple[int, int]]:
    """Read a table of pairs."""
    return [(one, other) for one, other in rows(content, place, shape)]


def read_chunks(track: Track, content: bytes, found: Boxes) -> None:
    """Read where the samples lie: chunk by chunk, each whole within the file."""
    wide = [(start, end) for kind, start, end in found if kind == b"co64"]
    if wide:
        start, end = wide[0]
        (count,) = unpack_from(">I", content, start + 4)
        if end - start != 8 + 8 * count:
            raise NotOurs("damaged")
        offsets = list(unpack_from(f">{count}Q", content, start + 8))
    else:
        offsets = [offset for (offset,) in rows(content, one(found, b"stco", "damaged"), ">I")]
    runs = rows(content, one(found, b"stsc", "damaged"), ">III")
    firsts = [first for first, _, _ in runs]
    if not runs or firsts[0] != 1 or firsts != sorted(set(firsts)) or any(kind != 1 for _, _, kind in runs):
        raise NotOurs("damaged")
    sample = 0
    run = -1
    for number, offset in enumerate(offsets, 1):
        if run + 1 < len(runs) and runs[run + 1][0] == number:
            run += 1
        count = runs[run][1]
        size = sum(track.sizes[sample : sample + count])
        if sample + count > len(track.sizes) or not count or offset + size > len(content):
            raise NotOurs("damaged")
        track.chunks.append((offset, size, count))
        sample += count
    if sample != len(track.sizes):
        raise NotOurs("damaged")


# ==== WebM ====

EBML = b"\x1a\x45\xdf\xa3"
SEGMENT, CLUSTER, CLUSTER_TIME, INFO, TRACKS = 0x18538067, 0x1F43B675, 0xE7, 0x1549A966, 0x1654AE6B
DOC_TYPE, TIME_SCALE, TRACK, NUMBER, TYPE, CODEC, PRIVATE = 0x4282, 0x2AD7B1, 0xAE, 0xD7, 0x83, 0x86, 0x63A2
ENCODINGS, VIDEO, WIDTH, HEIGHT = 0x6D80, 0xE0, 0xB0, 0xBA
SIMPLE_BLOCK, GROUP, BLOCK, REFERENCE = 0xA3, 0xA0, 0xA1, 0xFB

TICKS = {b"vide": 90_000, b"soun": 48_000}
"""Units of a second in what is written. Opus counts 48,000."""

PRIVATE_BYTES_MAX = 4_096
LACING = 0x06
KEY = 0x80

Elements = list[tuple[int, int, int]]
"""Id, where its content begins, and where it ends."""


def number(content: bytes, at: int, length_max: int, *, is_id: bool = False) -> tuple[int, int]:
    """Read a number of variable length, and give what is behind it; -1 where it says that it is not known."""
    length = 9 - content[at].bit_length()
    if length > length_max or at + length > len(content):
        raise NotOurs("damaged")
    value = int.from_bytes(content[at : at + length], "big")
    if not is_id:
        value &= (1 << 7 * length) - 1
        if value == (1 << 7 * length) - 1:
            value = -1
    return value, at + length


def elements(content: bytes, start: int, end: int, entered: tuple[int, ...] = ()) -> Elements:
    """List the elements that lie side by side, each whole within the others; of those *entered*, what is inside.

    Only these may leave open how long they are, as recordings do.
    """
    found: Elements = []
    while start < end:
        id, start = number(content, start, 4, is_id=True)
        size, start = number(content, start, 8)
        if id in entered:
            continue
        if size < 0 or size > end - start:
            raise NotOurs("damaged")
        found.append((id, start, start + size))
        start += size
    return found


def whole(content: bytes, place: tuple[int, int]) -> int:
    """Read a whole number."""
    start, end = place
    if end - start > 8:
        raise NotOurs("damaged")
    return int.from_bytes(content[start:end], "big")


def inner(content: bytes, place: tuple[int, int]) -> dict[int, tuple[int, int]]:
    """Say where the parts of an element are: of several of one kind the last."""
    return {id: (start, end) for id, start, end in elements(content, *place)}


def read_webm(content: bytes) -> list[Track]:
    """Understand the tracks of a WebM. Raises NotOurs."""
    found = elements(content, 0, len(content), (SEGMENT, CLUSTER))
    if not found or found[0][0] != int.from_bytes(EBML, "big"):
        raise NotOurs("not_a_video")
    said = inner(content, found[0][1:])
    if DOC_TYPE not in said or content[slice(*said[DOC_TYPE])].rstrip(b"\x00") != b"webm":
        raise NotOurs("not_a_video")
    scale = 1_000_000
    tracks: dict[int, Track] = {}
    blocks: dict[int, list[tuple[int, int, int, bool]]] = {}
    cluster = 0
    for id, start, end in found:
        if id == INFO:
            scale = whole(content, inner(content, (start, end)).get(TIME_SCALE, (0, 0))) or scale
        elif id == TRACKS and not tracks:
            entries = [(a, b) for kind, a, b in elements(content, start, end) if kind == TRACK]
            tracks = dict(each for place in entries if (each := read_track_of_webm(content, place)))
        elif id == CLUSTER_TIME:
            cluster = whole(content, (start, end))
        elif id == SIMPLE_BLOCK:
            add_block(content, (start, end), cluster, None, blocks)
        elif id == GROUP:
            parts = inner(content, (start, end))
            if BLOCK in parts:
                add_block(content, parts[BLOCK], cluster, REFERENCE not in parts, blocks)
    if not 1 <= scale <= 1_000_000_000:
        raise NotOurs("damaged")
    for key, track in tracks.items():
        fill_track(track, blocks.get(key, []), scale, min((each[0][0] for each in blocks.values()), default=0))
    return list(tracks.values())


def read_track_of_webm(content: bytes, place: tuple[int, int]) -> tuple[int, Track] | None:
    """Understand how a track is set up, and by which number blocks name it; None if it is neither video nor sound."""
    parts = inner(content, place)
    kind = {1: b"vide", 2: b"soun"}.get(whole(content, parts[TYPE]) if TYPE in parts else 0)
    if kind is None:
        return None
    if ENCODINGS in parts or NUMBER not in parts or CODEC not in parts:
        raise NotOurs("codec_unknown")
    track = Track(kind)
    track.timescale = TICKS[kind]
    track.matrix = UPRIGHT
    codec = content[slice(*parts[CODEC])].rstrip(b"\x00")
    private = content[slice(*parts.get(PRIVATE, (0, 0)))]
    if len(private) > PRIVATE_BYTES_MAX:
        raise NotOurs("codec_unknown")
    if kind == b"vide":
        shape = inner(content, parts[VIDEO]) if VIDEO in parts else {}
        track.width, track.height = (whole(content, shape[each]) if each in shape else 0 for each in (WIDTH, HEIGHT))
        if max(track.width, track.height) > SIZE_MAX:
            raise NotOurs("too_many_pixels")
        if codec == b"V_AV1" and len(private) >= 4:
            track.entry = video_entry(track, b"av01", box(b"av1C", private))
        elif codec != b"V_VP9":
            raise NotOurs("codec_unknown")  # What sets up VP9 is read of its first frame.
    elif codec == b"A_OPUS" and private.startswith(b"OpusHead"):
        track.entry = opus_entry(private)
    else:
        raise NotOurs("codec_unknown")
    return whole(content, parts[NUMBER]), track


def add_block(
    content: bytes,
    place: tuple[int, int],
    cluster: int,
    is_key: bool | None,
    blocks: dict[int, list[tuple[int, int, int, bool]]],
) -> None:
    """Note a block: when it is shown, where it lies, how long it is, and whether it needs no other."""
    start, end = place
    track, start = number(content, start, 8)
    (time, flags) = unpack_from(">hB", content, start)
    start += 3
    if flags & LACING:
        raise NotOurs("codec_unknown")
    if start >= end:
        raise NotOurs("damaged")
    if is_key is None:
        is_key = flags & KEY > 0
    blocks.setdefault(track, []).append((cluster + time, start, end - start, is_key))


def fill_track(track: Track, blocks: list[tuple[int, int, int, bool]], scale: int, first: int) -> None:
    """Make the tables of a track of its blocks, which are shown in the order in which they lie."""
    if not blocks:
        raise NotOurs("damaged")
    times = [(time - first) * scale * track.timescale // 1_000_000_000 for time, _, _, _ in blocks]
    times[0] = 0  # What begins late is shown from the start: no other time of the two tracks moves.
    lengths = [after - before for before, after in pairwise(times)]
    lengths.append(lengths[-1] if lengths else track.timescale // 25)
    if any(not 0 <= length < 2**31 for length in lengths):
        raise NotOurs("damaged")
    for length in lengths:
        if track.durations and track.durations[-1][1] == length:
            track.durations[-1] = (track.durations[-1][0] + 1, length)
        else:
            track.durations.append((1, length))
    track.duration = sum(lengths)
    track.sizes = [size for _, _, size, _ in blocks]
    track.chunks = [(offset, size, 1) for _, offset, size, _ in blocks]
    if track.kind == b"vide":
        track.keys = [place for place, block in enumerate(blocks, 1) if block[3]]
        if track.keys[:1] != [1]:
            raise NotOurs("damaged")


def video_entry(track: Track, codec: bytes, config: bytes) -> bytes:
    """Describe samples of video."""
    head = bytes(6) + pack(">H", 1) + bytes(16) + pack(">HHIIIH", track.width, track.height, 0x480000, 0x480000, 0, 1)
    return box(codec, head, bytes(32), pack(">Hh", 0x18, -1), config)


def opus_entry(private: bytes) -> bytes:
    """Describe samples of Opus (RFC 7845, section 5.1): one or two channels."""
    channels, skipped, rate, gain, family = unpack_from("<BHIhB", private, 9)
    if family or channels not in (1, 2):
        raise NotOurs("codec_unknown")
    head = bytes(6) + pack(">H", 1) + bytes(8) + pack(">HHHHI", channels, 16, 0, 0, TICKS[b"soun"] << 16)
    return box(b"Opus", head, box(b"dOps", pack(">BBHIhB", 0, channels, skipped, rate, gain, 0)))


def vp9_entry(track: Track, frame: bytes) -> bytes:
    """Describe samples of VP9 by the head of the first frame (VP9 bitstream specification, section 6.2)."""
    bits = int.from_bytes(frame[:8].ljust(8, b"\x00"), "big")
    at = 64

    def read(count: int) -> int:
        nonlocal at
        at -= count
        return bits >> at & (1 << count) - 1

    marker, low, high = read(2), read(1), read(1)
    profile = high << 1 | low
    is_reserved = profile == 3 and read(1)
    is_shown_again, is_inter = read(1), read(1)
    read(2)
    if marker != 2 or is_reserved or is_shown_again or is_inter or read(24) != 0x498342:
        raise NotOurs("damaged")
    depth = (12 if read(1) else 10) if profile >= 2 else 8
    space = read(3)
    is_full, chroma = 1, 3
    if space != 7:
        is_full, chroma = read(1), 1
        if profile & 1:
            chroma = {(0, 0): 3, (1, 0): 2}.get((read(1), read(1)), 1)
    pixels = track.width * track.height
    level = next((each for most, each in VP9_LEVELS if pixels <= most), 62)
    # Colours are those that the frames say: 2 is "not said".
    config = pack(">IBBBBBBH", 1 << 24, profile, level, depth << 4 | chroma << 1 | is_full, 2, 2, 2, 0)
    return video_entry(track, b"vp09", box(b"vpcC", config))


VP9_LEVELS = [
    (36_864, 10),
    (122_880, 20),
    (245_760, 21),
    (552_960, 30),
    (983_040, 31),
    (2_228_224, 40),
    (8_912_896, 50),
]
"""How many pixels a frame has at most, by level (VP9 bitstream specification, annex A)."""


def write(tracks: list[Track], content: bytes) -> bytes:
    """Write a file of tracks: what it is, how it is laid out, and then the samples, in the order in which they lay."""
    order = sorted((chunk[0], n, m) for n, track in enumerate(tracks) for m, chunk in enumerate(track.chunks))
    places = [[0] * len(track.chunks) for track in tracks]
    size = 0
    for _, n, m in order:
        places[n][m] = size
        size += tracks[n].chunks[m][1]
    if size > len(content):
        raise NotOurs("damaged")  # The same bytes are named more than once.
    kind = box(b"ftyp", b"isom", pack(">I", 512), b"isomiso2mp41")
    head = len(write_moov(tracks, places, 0)) + len(kind) + 8
    moov = write_moov(tracks, places, head)
    samples = b"".join(content[o : o + tracks[n].chunks[m][1]] for o, n, m in order)
    return kind + moov + pack(">I4s", 8 + size, b"mdat") + samples


def box(kind: bytes, *parts: bytes) -> bytes:
    """Write a box."""
    content = b"".join(parts)
    return pack(">I4s", 8 + len(content), kind) + content


def full(kind: bytes, flags: int, *parts: bytes, version: int = 0) -> bytes:
    """Write a box with a version and flags."""
    return box(kind, pack(">I", version << 24 | flags), *parts)


UPRIGHT = pack(">9i", 65_536, 0, 0, 0, 65_536, 0, 0, 0, 1 << 30)
TIMESCALE = 1_000


def write_moov(tracks: list[Track], places: list[list[int]], base: int) -> bytes:
    """Write how the file is laid out; *base* is where its samples begin."""
    length = max(track.duration * TIMESCALE // track.timescale for track in tracks)
    head = pack(">IIIIIH", 0, 0, TIMESCALE, length, 0x10000, 0x100) + bytes(10) + UPRIGHT + bytes(24)
    return box(
        b"moov",
        full(b"mvhd", 0, head, pack(">I", len(tracks) + 1)),
        *(
            write_track(track, number, place, base)
            for number, (track, place) in enumerate(zip(tracks, places, strict=True), 1)
        ),
    )


def write_track(track: Track, number: int, places: list[int], base: int) -> bytes:
    """Write one track."""
    is_video = track.kind == b"vide"
    length = track.duration * TIMESCALE // track.timescale
    size = (track.width << 16, track.height << 16) if is_video else (0, 0)
    head = pack(">IIIII", 0, 0, number, 0, length) + bytes(8) + pack(">HHHH", 0, 0, 0 if is_video else 0x100, 0)
    edit = full(b"elst", 0, pack(">IIiI", 1, length, track.shift, 0x10000))
    tables = [
        full(b"stsd", 0, pack(">I", 1), track.entry),
        full(b"stts", 0, table(track.durations, ">II")),
        full(b"stsc", 0, table(runs_of(track.chunks), ">III")),
        full(b"stsz", 0, pack(">II", 0, len(track.sizes)), pack(f">{len(track.sizes)}I", *track.sizes)),
        full(b"stco", 0, table([(base + place,) for place in places], ">I")),
    ]
    if track.shifts is not None:
        tables.append(full(b"ctts", 0, table(track.shifts, ">Ii"), version=track.shifts_version))
    if track.keys is not None:
        tables.append(full(b"stss", 0, table([(key,) for key in track.keys], ">I")))
    media = full(b"vmhd", 1, bytes(8)) if is_video else full(b"smhd", 0, bytes(4))
    return box(
        b"trak",
        full(b"tkhd", 3, head, track.matrix, pack(">II", *size)),
        *([box(b"edts", edit)] if track.shift else []),
        box(
            b"mdia",
            full(b"mdhd", 0, pack(">IIIIHH", 0, 0, track.timescale, min(track.duration, 2**32 - 1), 0x55C4, 0)),
            full(b"hdlr", 0, bytes(4), track.kind, bytes(13)),
            box(b"minf", media, box(b"dinf", full(b"dref", 0, pack(">I", 1), full(b"url ", 1))), box(b"stbl", *tables)),
        ),
    )


def table(found: Sequence[tuple[int, ...]], shape: str) -> bytes:
    """Write a table: its length, and its rows."""
    return pack(">I", len(found)) + b"".join(pack(shape, *row) for row in found)


def runs_of(chunks: list[tuple[int, int, int]]) -> list[tuple[int, ...]]:
    """Say from which chunk on each has how many samples."""
    runs: list[tuple[int, ...]] = []
    for number, (_, _, count) in enumerate(chunks, 1):
        if not runs or runs[-1][1] != count:
            runs.append((number, count, 1))
    return runs


if __name__ == "__main__":
    main()

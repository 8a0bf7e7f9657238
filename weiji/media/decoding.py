"""Decodes pictures in processes of their own, a few at a time.

A thread can neither be stopped nor be kept from memory; a process can, and a decoder that is broken into there has no
secrets, no database and no files. Beginning one takes a tenth of a second, which an upload has.
"""

import asyncio
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct

from weiji.media.model import BYTES_MAX, HEIGHT_MAX, PIXELS_MAX, UploadStatus
from weiji.web.pictures import WIDTHS

AT_ONCE: Final = 2
"""Pictures that one process of weiji has decoded at the same time; others wait for their turn."""

SECONDS_MAX: Final = 20
"""How long one may take; a picture of 50 megapixels takes two or three seconds."""

MEMORY_MAX: Final = 1024**3
"""Bytes of address space: 50 megapixels with transparency take 200 MB, twice while they are turned."""

FOLDER: Final = Path(__file__).parent

LIMITS: Final = msgspec.json.encode(
    {
        "pixels": PIXELS_MAX,
        "height": HEIGHT_MAX,
        "widths": WIDTHS,
        "memory_bytes": MEMORY_MAX,
        "cpu_seconds": SECONDS_MAX // 2,
    }
).decode()

_turns: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]] = WeakKeyDictionary()


class Rendition(Struct, frozen=True):
    """A picture in one width."""

    width: int
    height: int
    content: bytes


class Decoded(Struct, frozen=True, kw_only=True):
    """What came of a file: its renditions from narrow to wide, or why there are none."""

    status: UploadStatus
    hash: bytes = b""
    renditions: tuple[Rendition, ...] = ()

    @property
    def widest(self) -> Rendition:
        """The largest there is."""
        return self.renditions[-1]

    @property
    def bytes(self) -> int:
        """What all of it takes up."""
        return sum(len(rendition.content) for rendition in self.renditions)


class _Head(Struct):
    status: str
    renditions: list[tuple[int, int, int]]


async def decode(owner_id: UUID, content: bytes) -> Decoded:
    """Make of a file what is kept of it. Its status is CREATED if it is a picture."""
    if len(content) > BYTES_MAX:
        return Decoded(status=UploadStatus.TOO_LARGE)
    loop = asyncio.get_running_loop()
    async with _turns.setdefault(loop, asyncio.Semaphore(AT_ONCE)):
        output = await _run("decoder.py", LIMITS, content)
    line, newline, rest = output.partition(b"\n")
    if not newline:
        return Decoded(status=UploadStatus.TOO_COSTLY)
    head = msgspec.json.decode(line, type=_Head)
    if head.status != "decoded":
        return Decoded(status=UploadStatus(head.status))
    renditions = []
    for width, height, size in head.renditions:
        renditions.append(Rendition(width, height, rest[:size]))
        rest = rest[size:]
    # An owner's own: no two owners share a file, so that one can be removed without asking who else has it, and an
    # address tells nobody who else has a picture.
    digest = sha256(owner_id.bytes + renditions[-1].content).digest()
    return Decoded(status=UploadStatus.CREATED, hash=digest, renditions=tuple(renditions))


async def run_apart(program: str, content: bytes, limits: dict[str, int]) -> bytes:
    """Run a program that lies beside this one on a file, in a process of its own with the same bounds, when it is its
    turn; what it wrote is empty where it was stopped or broke down.
    """
    bounds = {"memory_bytes": MEMORY_MAX, "cpu_seconds": SECONDS_MAX // 2}
    loop = asyncio.get_running_loop()
    async with _turns.setdefault(loop, asyncio.Semaphore(AT_ONCE)):
        return await _run(program, msgspec.json.encode(bounds | limits).decode(), content)


async def _run(program: str, limits: str, content: bytes) -> bytes:
    """Run a decoder; what it wrote is empty where it was stopped or broke down."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-IB",
        str(FOLDER / program),
        limits,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        cwd="/",
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(content), SECONDS_MAX)
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output if process.returncode == 0 else b""

"""Where the files of pictures lie: `data/media/<two digits>/<hash>-<width>.webp`.

Several processes on several machines share the folder, if they share the data folder.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from weiji.media.decoding import Rendition
from weiji.web.pictures import read_address
from weiji.web.videos import read_video_address

FOLDER: Final = "media"


def path_of(data: Path, digest: str, width: int) -> Path:
    """Say where a picture lies in one width."""
    return data / FOLDER / digest[:2] / f"{digest}-{width}.webp"


def is_kept(data: Path, digest: str) -> bool:
    """Tell whether the files of a picture or video are there."""
    return any((data / FOLDER / digest[:2]).glob(f"{digest}*"))


def write(data: Path, digest: str, renditions: Sequence[Rendition]) -> None:
    """Write a picture's files; each is there whole or not at all. Those that are there stay."""
    for rendition in renditions:
        path = path_of(data, digest, rendition.width)
        if path.exists():
            continue
        _write(path, rendition.content)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}.{id(content)}")
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def read_picture(data: Path, url: str) -> bytes | None:
    """Read the picture of an address; None where there is none."""
    found = read_address(url)
    return read(data, *found) if found else None


def video_path(data: Path, digest: str) -> Path:
    """Say where a video lies."""
    return data / FOLDER / digest[:2] / f"{digest}.mp4"


def write_video(data: Path, digest: str, content: bytes) -> None:
    """Write a video's file; it is there whole or not at all. One that is there stays."""
    path = video_path(data, digest)
    if not path.exists():
        _write(path, content)


def read_video(data: Path, url: str) -> bytes | None:
    """Read the video of an address; None where there is none."""
    digest = read_video_address(url)
    try:
        return video_path(data, digest).read_bytes() if digest else None
    except OSError:
        return None


def read_part(data: Path, digest: str, first: int, last: int) -> bytes:
    """Read some bytes of a video, both ends included; none where there is no such file any more."""
    try:
        with video_path(data, digest).open("rb") as file:
            file.seek(first)
            return file.read(last - first + 1)
    except OSError:
        return b""


def video_size(data: Path, digest: str) -> int | None:
    """Tell how many bytes a video has; None where there is none."""
    try:
        return video_path(data, digest).stat().st_size
    except OSError:
        return None


def read(data: Path, digest: str, width: int) -> bytes | None:
    """Read a picture in one width; None where there is none."""
    try:
        return path_of(data, digest, width).read_bytes()
    except OSError:
        return None


def remove(data: Path, digest: str) -> None:
    """Remove a picture in all its widths, or a video."""
    video_path(data, digest).unlink(missing_ok=True)
    for path in (data / FOLDER / digest[:2]).glob(f"{digest}-*.webp"):
        path.unlink(missing_ok=True)

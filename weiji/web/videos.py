"""Addresses of uploaded videos: `/media/<hash>.mp4`, which is the same for ever."""

import re
from typing import Final

from weiji.web.pictures import PATH

_ADDRESS: Final = re.compile(rf"{PATH}/([0-9a-f]{{64}})\.mp4")


def video_address(digest: str) -> str:
    """Write the address of a video."""
    return f"{PATH}/{digest}.mp4"


def read_video_address(url: str) -> str | None:
    """Read which video an address names, as the hash in hexadecimal; None where it is no address of ours."""
    found = _ADDRESS.fullmatch(url)
    return found[1] if found else None

"""The built assets (dist/): where a file is now, the icons, and serving them so that a browser asks once."""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response
from markupsafe import Markup
from msgspec import Struct

DIST: Final = Path(__file__).parent / "dist"
PATH: Final = "/static"

TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))


class AssetsMissingError(RuntimeError):
    """The assets were never built, or those of another version were."""


class Manifest(Struct, frozen=True):
    """What the build wrote: the name with a hash of each file, and the icons of the sprite."""

    files: dict[str, str]
    icons: frozenset[str]


@cache
def manifest() -> Manifest:
    """Read what was built."""
    path = DIST / "manifest.json"
    if not path.exists():
        raise AssetsMissingError("The assets of the pages are not built yet. Run: make assets")
    read = json.loads(path.read_text("utf-8"))
    return Manifest(files=read["files"], icons=frozenset(read["icons"]))


def asset(name: str) -> str:
    """Tell the address of a built file: `asset("app.css")` → `/static/app-5KX2.css`."""
    file = manifest().files.get(name)
    if file is None:
        raise AssetsMissingError(f"{name} is not among the assets that were built. Run: make assets")
    return f"{PATH}/{file}"


@lru_cache(1_024)
def icon(name: str, size: int = 20, label: str | None = None) -> Markup:
    """Draw an icon of the sprite in the colour of the text. Without a *label* it is decoration, and not read out."""
    if name not in manifest().icons:
        raise KeyError(f"No icon {name!r}: add it to weiji/web/assets/icons.txt and run make assets.")
    read = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        '<svg class="icon" width="{size}" height="{size}" {read} focusable="false"><use href="{sprite}#{name}"/></svg>'
    ).format(size=size, read=read, sprite=asset("icons.svg"), name=name)


class Served(Struct, frozen=True):
    """A file of dist, held in memory: all of them together are about two megabytes."""

    content_type: str
    bodies: tuple[tuple[str, bytes], ...]
    """The content for each encoding that it was compressed for; the last is as it is, with no encoding."""

    def body_for(self, accept_encoding: str) -> tuple[str, bytes]:
        """Choose the smallest that the browser can read."""
        accepted = {part.split(";")[0].strip() for part in accept_encoding.split(",")}
        return next((encoding, body) for encoding, body in self.bodies if not encoding or encoding in accepted)


@cache
def served_files() -> dict[str, Served]:
    """Read every file that may be served."""
    found: dict[str, Served] = {}
    for path in DIST.iterdir():
        if path.suffix not in TYPES or path.name == "manifest.json":
            continue
        compressed = [
            (encoding, other.read_bytes())
            for encoding, suffix in ENCODINGS
            if (other := path.with_name(path.name + suffix)).exists()
        ]
        found[path.name] = Served(TYPES[path.suffix], (*compressed, ("", path.read_bytes())))
    return found


@get(PATH + "/{name:str}", include_in_schema=False, opt={"rate": None, "skip_compression": True})
async def serve_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Serve a built file. Its name has a hash of what is in it, so it never changes."""
    file = served_files().get(name)
    if file is None:
        raise NotFoundException
    encoding, body = file.body_for(request.headers.get("accept-encoding", ""))
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if encoding:
        headers["content-encoding"] = encoding
    return Response(body, media_type=file.content_type, headers=headers)

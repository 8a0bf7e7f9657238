"""Assets are built from packages that the lock file names, and are served so that a browser asks once."""

import json
import re
from pathlib import Path

import httpx

from weiji.web.assets import DIST, asset, manifest

ROOT = Path(__file__).parents[2]


def test_the_lock_file_names_no_host() -> None:
    lock = (ROOT / "package-lock.json").read_text("utf-8")
    assert "resolved" not in lock
    # What a package says of itself may be an address of its own; where it comes from may not.
    assert "registry" not in lock
    assert json.loads(lock)["packages"]["node_modules/htmx.org"]["integrity"]


def test_everything_that_is_served_is_there() -> None:
    for name, hashed in manifest().files.items():
        assert (DIST / hashed).is_file(), name
    assert {"app.css", "app.js", "icons.svg", "logo.svg", "licences.txt"} <= manifest().files.keys()


def test_the_licence_of_everything_bundled_is_told() -> None:
    text = (DIST / manifest().files["licences.txt"]).read_text("utf-8")
    for package in ("echarts", "htmx.org", "lucide-static", "uplot", "weui", "zrender"):
        assert re.search(rf"^{re.escape(package)} \d+\.\d+.*: \S+", text, re.MULTILINE), package


def test_nothing_that_is_bundled_comes_from_another_host() -> None:
    style = (DIST / manifest().files["app.css"]).read_text("utf-8")
    assert not re.search(r"url\(\s*[\"']?(?:https?:)?//", style)


def test_the_first_load_is_small() -> None:
    first = sum((DIST / (manifest().files[name] + ".br")).stat().st_size for name in ("app.css", "app.js"))
    assert first < 44_000


async def test_a_file_is_served_compressed_and_for_ever(client: httpx.AsyncClient) -> None:
    path = asset("app.css")
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["content-type"] == "text/css; charset=utf-8"
    assert "content-encoding" not in plain.headers
    packed = await client.get(path, headers={"accept-encoding": "gzip, deflate"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content  # The client has unpacked it.
    small = await client.get(path, headers={"accept-encoding": "gzip, br"})
    assert small.headers["content-encoding"] == "br"


async def test_nothing_else_is_served(client: httpx.AsyncClient) -> None:
    for name in ("manifest.json", ".built", "app.css", "..%2Fpage.py"):
        assert (await client.get(f"/static/{name}")).status_code == 404


async def test_a_phone_can_put_it_among_its_apps(client: httpx.AsyncClient) -> None:
    answer = await client.get("/manifest.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    for one in answer.json()["icons"]:
        assert (await client.get(one["src"])).status_code == 200

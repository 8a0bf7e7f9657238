"""Proves of the documentation that it says what the code says, leads where it says, and that its examples run."""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote
from urllib.request import urlopen

import msgspec
import pytest

from docs import figures, make
from weiji.events import Event
from weiji.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEXTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("changes/*.md"), *ROOT.glob("weiji/*/README.md")]
)
EVENTS = sorted((event for events in make.published().values() for event in events), key=lambda event: event.__name__)
ENUMERATIONS = [kind for kinds in make.enumerations().values() for kind in kinds]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def links_of(path: Path) -> list[str]:
    """Give the links of a text, without those in its code."""
    text = re.sub(r"```.*?```|`[^`\n]*`", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", link)]


@cache
def anchors_of(path: Path) -> frozenset[str]:
    """Give the anchors of a text's headings, made as GitHub makes them."""
    text = re.sub(r"```.*?```", " ", path.read_text("utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@pytest.mark.parametrize("name", make.PAGES)
def test_a_page_of_the_reference_is_what_the_code_says(name: str) -> None:
    assert (make.REFERENCE / name).read_text("utf-8") == make.PAGES[name](), "run `make reference`"


def test_the_reference_of_the_api_is_of_the_code() -> None:
    written = {path.name: path.read_text("utf-8") for path in make.API.iterdir()}
    assert written == make.api.pages(), "run `make reference`"


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for link in links_of(path):
        file, _, anchor = unquote(link).partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{link}: there is no such file"
        if anchor:
            assert anchor in anchors_of(target), f"{link}: there is no such heading"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, new = set[Path](), {ROOT / "README.md"}
    while new:
        reached |= new
        found = {(path.parent / link.partition("#")[0]).resolve() for path in new for link in links_of(path)}
        new = {path for path in found if path.suffix == ".md" and path not in reached}
    # A release gathers the fragments of the changelog.
    fragments = {path for path in TEXTS if path.parent == ROOT / "changes" and path.name != "README.md"}
    pages = {path for path in TEXTS if not path.is_relative_to(ROOT / "weiji")} - fragments
    assert not {name_of(path) for path in pages - reached}


def test_the_readmes_have_the_same_sections() -> None:
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert len(re.findall("^## ", english, re.MULTILINE)) == len(re.findall("^## ", chinese, re.MULTILINE))
    assert len(re.findall("^[|]", english, re.MULTILINE)) == len(re.findall("^[|]", chinese, re.MULTILINE))


def test_contributing_names_every_module() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    modules = {path.parent.name for path in ROOT.glob("weiji/*/__init__.py")}
    assert modules == {name for name in modules if re.search(rf"`{name}`|^  {name}/", text, re.MULTILINE)}


@pytest.mark.parametrize(
    ("text", "folder"), [("docs/operating/security.md", ROOT), ("tests/regressions/README.md", ROOT / "tests")]
)
def test_tests_that_are_named_are_there(text: str, folder: Path) -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / text).read_text("utf-8"))
    assert named
    for file, test in named:
        there = (folder / file).read_text("utf-8")
        assert re.search(rf"^(async )?def {test}\(", there, re.MULTILINE), f"{file}::{test}"


ASVS: Final = (
    "22 1111122223 112222222223 222 123",
    "112 112 12223 23",
    "3 113 12223 11222233 11122333 3 22333",
    "12233 23333 22 1222",
    "2 112333 113 222",
    "122 111111112222 11223333 112233 22222333 2223 33 2222",
    "222 1111 22 11222 223 22",
    "1233 1123 133 23",
    "111 1222",
    "22 223 22223 1111122222233333 22222 22 222",
    "2233 22233 11233 1222 23 23 33",
    "12233 11 22223",
    "2333 222223 2233 1222233",
    "22 12223333 122",
    "12233 12233 1222222 3333",
    "2 22222 2222 222 2223",
    "23 22223333 22",
)
"""The levels of the requirements of OWASP ASVS 5.0.0: a chapter a line, a section a word, a requirement a digit."""


def test_no_requirement_of_asvs_is_left_out_or_told_twice() -> None:
    levels = {
        f"{chapter}.{section}.{number}": level
        for chapter, sections in enumerate(ASVS, 1)
        for section, digits in enumerate(sections.split(), 1)
        for number, level in enumerate(digits, 1)
    }
    told: list[str] = []
    text = (ROOT / "docs/operating/security.md").read_text("utf-8")
    for numbers in re.findall(r"^\| (\d[^|]*?)(?: \(L3\))? \| [✓◐✗–] \|", text, re.MULTILINE):
        for first, section, last in re.findall(r"((\d+\.\d+)\.\d+)(?:–\2\.(\d+))?", numbers):
            start = int(first.rpartition(".")[2])
            told += [f"{section}.{number}" for number in range(start, int(last or start) + 1)]
    assert len(told) == len(set(told))
    assert levels.keys() >= set(told) >= {number for number, level in levels.items() if level < "3"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_an_event_is_documented(event: type[Event]) -> None:
    assert event.__dict__.get("__doc__"), f"{event.__name__} does not say what happened"


@pytest.mark.parametrize("kind", ENUMERATIONS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_an_enumeration_is_documented(kind: type) -> None:
    assert kind.__dict__.get("__doc__"), f"{kind.__name__} does not say what it is"


@pytest.mark.parametrize("field", msgspec.structs.fields(Settings), ids=lambda field: field.name)
def test_a_setting_says_what_it_does(field: msgspec.structs.FieldInfo) -> None:
    assert make.description_of(field.type)


def test_figures_are_read_from_what_benches_print() -> None:
    said = [
        {"bench": "ledger", "pgbench_tps": 2500, "ratio_256_hot": 13.5},
        {"drill": "T1", "commands": 2_000_000, "divergences": 0},
    ]
    printed = ["pgbench -c 8  2,500", *map(json.dumps, said), '{"another": "thing"}']
    assert figures.read(printed) == said
    page = figures.make(figures.read(printed))
    assert "| `ratio_256_hot` | 13.50 | 12 or more |" in page
    assert "| `commands` | 2,000,000 |  |" in page
    assert "| `divergences` | 0 | 0 |" in page


def run(*command: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the documentation, with these settings and no others."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WEIJI_")}
    return subprocess.run(  # noqa: S603
        [sys.executable, *command],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": str(ROOT), **settings},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )


@pytest.fixture
def sandbox(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A sandbox that runs as `weiji up` runs it, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WEIJI_")}
    environment |= {"WEIJI_DATABASE_URL": database_url, "WEIJI_DATA": str(tmp_path), "WEIJI_MODE": "sandbox"}
    process = subprocess.Popen(
        [sys.executable, "-m", "weiji", "up"], cwd=ROOT, env={**environment, "WEIJI_PORT": str(port)}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 300  # A busy machine takes its time.
        while not _is_ready(url):
            assert process.poll() is None, "it ended"
            assert time.monotonic() < until, "it does not become ready"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        assert process.wait(60) == 0


def _is_ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/ready", timeout=10) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:  # Refused, silent or 503.
        return False


def masked(text: str) -> str:
    """Leave out what differs from one run to the next."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "(a time)", text)


def test_the_first_sale_goes_as_it_is_told(sandbox: str) -> None:
    printed = run(DOCS / "examples" / "first_sale.py", sandbox).stdout
    assert masked(printed) in masked((DOCS / "start" / "first-sale.md").read_text("utf-8"))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder into which the embedded server may look, which as root runs as somebody else."""
    with tempfile.TemporaryDirectory(prefix="weiji-test-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_backup_is_restored_and_its_books_are_proved(open_folder: Path) -> None:
    data, restored, dump = open_folder / "data", open_folder / "restored", open_folder / "weiji.dump"
    run("-m", "weiji", "migrate", WEIJI_DATA=str(data), WEIJI_MODE="sandbox")
    run(DOCS / "examples" / "back_up.py", data, dump)
    run(DOCS / "examples" / "restore.py", restored, dump)
    told = run("-m", "weiji", "ledger", "verify", WEIJI_DATA=str(restored), WEIJI_MODE="sandbox").stdout
    assert "✓ The books are proved." in told
    with pytest.raises(subprocess.CalledProcessError):
        run(DOCS / "examples" / "restore.py", restored, dump)

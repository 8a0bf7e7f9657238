"""Makes docs/figures.md from what benches and drills said.

    make bench drill | tee run.log
    .venv/bin/python -m docs.figures run.log

Lines that are not JSON with a `bench` or `drill` in them are skipped. Without a file the page says how to measure.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.drill import SEED
from bench.drills import DRILLS

PAGE: Final = Path(__file__).parent / "figures.md"

ABOUT: Final = {
    "pgbench_tps": ("transactions a second of `pgbench -c 8` in the same run, before and after", ""),
    "ratio_256_hot": ("transfers a second in batches of 256 on one hot account, by pgbench's", "12 or more"),
    "ratio_single_32": ("single transfers from 32 concurrent callers, by pgbench's", "3 or more"),
    "verify_per_second": ("transfers a second that a proof of the books replays", "200,000 or more"),
    "ratio_in_process": ("whole trades a second in the process, by pgbench's", "1 or more"),
    "rows_written": ("rows that a trade in the process writes, with all that hears of it", ""),
    "log_bytes": ("bytes of the log of PostgreSQL that they take", ""),
    "ratio_http": ("whole trades a second through HTTP from 32 clients, by pgbench's", "0.1 or more"),
    "statements_alone": ("statements of a lone trade, from browsing to settled", "40 or fewer"),
    "rush_sold": ("sold of 10,000 units that 30,000 buyers want at once", "10,000"),
    "rush_errors": ("errors in the rush", "0"),
    "rush_ratio": ("orders a second in the rush, by those without it", "0.8 or more"),
    "indexed_per_second": ("goods a second that the index of the search takes", ""),
    "index_by_text": ("size of that index, by the text in it", ""),
    "page_p99_by_list": ("p99 of pages of the search, mixed, by that of the plain list", ""),
    "ratio": ("orders a second of CPU, by bare RSA signatures a second of CPU", "0.5 or more"),
    "memory_mb": ("memory of the server", "under 400"),
    "ratio_won": ("claims of one red packet a second where everybody gets a part, by pgbench's", "5 or more"),
    "ratio_grabbed": ("the same, where 10,000 want one of 100 parts", ""),
    "received_per_second": ("parts a second that reach the wallets", ""),
    "rows_per_second": ("rows of a file of goods a second, reported and then imported", "167 or more"),
    "lines_per_second": ("lines of a channel's statement a second, fetched, matched and named", "17,000 or more"),
    "seeded": ("differences that were put into the statement, of every kind", ""),
    "found": ("of them, those that were found under their right name", "all of them"),
    "invented": ("differences that were found and not put there", "0"),
    "points_per_yuan": ("points that a yuan of fees buys a hundred sham buyers of one shop, at a fee of 0.6 %", ""),
    "points_refunded": ("points that are left where the money is sent back after settlement", "0"),
    "points_in_rings": ("points of those who buy from each other", "0"),
    "points_in_circles_of_3": ("points of three merchants who buy round in a circle", "0"),
    "points_in_circles_of_4": ("the same of four", "0"),
    "points_in_circles_of_5": ("the same of five, who are not found", ""),
    "kills": ("times that whoever delivers events and runs jobs was killed", ""),
    "transactions_broken_off": ("connections that were in use when that happened", ""),
    "questions_lost": ("questions to the acquirer that were lost on the way there", ""),
    "answers_lost": ("questions whose answers were lost on the way back", ""),
    "notices": ("notices of the acquirer that came", ""),
    "notices_again": ("of them, those that had come before", ""),
    "notices_late": ("of them, those that came five minutes after what they tell of, or later", ""),
    "taken_untold": ("sums taken of which no notice came: only who asked heard of them", ""),
    "reopened": ("orders that were closed when their money came, and went on", ""),
    "payments_rejected": ("payments that went back: late, doubled, of a wrong amount", ""),
    "refunds": ("refunds that arrived", ""),
    "deadlocks": ("times that two transactions waited for each other in a circle", "0"),
    "import_memory_mb": ("memory of the process that imports and exports", "under 300"),
}
"""What the figures of benches mean, and what they are to reach. A drill says itself which of its must be 0."""

DISTINCT: Final = frozenset({"statuses"})
"""Figures that do not add up over runs: each run counts the same things anew."""

HEAD: Final = """# Figures

What weiji does on one machine, beside PostgreSQL's own `pgbench` on the same machine in the same run. Ratios travel
from machine to machine, rates do not. The benches and drills are in `bench/`; each ends with one line of JSON, and this
page is made from those lines by `docs/figures.py`.

**They are of the commit that the table names, and of nothing later**: what landed since was not measured. A bench or
drill that has no section here was not run for it."""

REPEAT: Final = """## How to repeat them
```sh
make bench drill | tee run.log
.venv/bin/python -m docs.figures run.log
```
A minute or two each. At length, a drill is run with many seeds, and its section is what they came to together:
`python -m bench.drill T5 --orders 20000 --runs 50` is a million lives, as many as are to be lived before a release.
What else runs on the machine counts: pgbench is run before and after, so look at the ratios. What a drill does, and for
how long, is said by `python -m bench.drill T1 --help`."""

NOT_COVERED: Final = """## What they do not show
A disk that says it wrote and did not; the loss of what the operating system holds when the power fails (killing the
database does not try that); other machines than the one named."""


def read(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Pick the JSON of benches and drills out of what was printed."""
    found = []
    for line in lines:
        if line.startswith("{"):
            said = json.loads(line)
            if "bench" in said or "drill" in said:
                found.append(said)
    return found


def add_up(said: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make one of the runs of a drill with many seeds: what they counted, together, and which seeds."""
    found: list[dict[str, Any]] = []
    begun: dict[str, dict[str, Any]] = {}
    for line in said:
        before = begun.get(line.get("drill", ""))
        if before is None or SEED not in line:
            found.append(line)
            begun[line.get("drill", "")] = line
            continue
        runs = before.get("runs", 1) + 1
        for key, value in line.items():
            if key in DISTINCT:
                before[key] = max(before.get(key, 0), value)
            elif isinstance(value, int | float) and key != SEED:
                before[key] = round(before.get(key, 0) + value, 1)
        before["runs"] = runs
        first = str(before[SEED]).partition("–")[0]
        before[SEED] = f"{first}–{line[SEED]}"
    return found


def section(said: dict[str, Any]) -> str:
    """Write down what one bench or drill said."""
    if "bench" in said:
        name = said.pop("bench")
        lines = [f"## Bench: {name}", f"`make bench-{name}`", ""]
        zero: tuple[str, ...] = ()
    else:
        name = said.pop("drill")
        drill = DRILLS[name]
        lines = [f"## Drill {name}: {drill.proves}", f"`python -m bench.drill {name}`", ""]
        zero = drill.zero
    lines += ["| figure | | to reach | what it is |", "| --- | ---: | --- | --- |"]
    for key, value in said.items():
        what, goal = ABOUT.get(key, ("", "0" if key in zero else ""))
        lines.append(f"| `{key}` | {write(value)} | {goal} | {what} |")
    return "\n".join(lines)


def write(value: Any) -> str:
    """Write a figure as people read it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value if isinstance(value, str) else f"`{json.dumps(value, ensure_ascii=False)}`"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def machine() -> str:
    """Say what was measured, on what, and when."""
    with Path("/proc/cpuinfo").open() as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    rows = [
        ("processor", f"{len(os.sched_getaffinity(0))} × {models[0] if models else platform.machine()}"),
        ("memory", f"{memory:.0f} GiB"),
        ("system", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
        ("commit", git("rev-parse", "--short=12", "HEAD") + (" with changes" if git("status", "--porcelain") else "")),
        ("date", f"{datetime.now(UTC):%Y-%m-%d}"),
    ]
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def git(*arguments: str) -> str:
    """Ask git about the checkout that this is."""
    return subprocess.run(
        ["git", *arguments], cwd=PAGE.parent, capture_output=True, text=True, check=True
    ).stdout.strip()


def make(said: list[dict[str, Any]]) -> str:
    """Write the page."""
    found = [machine(), *map(section, said)] if said else ["None were recorded for this version yet."]
    return "\n\n".join([HEAD, *found, REPEAT, NOT_COVERED]) + "\n"


def main() -> None:
    """Read the files named, and write the page."""
    said = add_up(line for name in sys.argv[1:] for line in read(Path(name).read_text("utf-8").splitlines()))
    PAGE.write_text(make(said), "utf-8")


if __name__ == "__main__":
    main()

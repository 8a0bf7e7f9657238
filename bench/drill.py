"""Runs drills: `python -m bench.drill T1 --commands 2000000 --seconds 60`; without a name, all of them.

Each ends with one line of JSON. The exit status is 1 where one of them found a defect.

A drill that throws dice may be run often, each time with the next seed: `T5 --orders 20000 --runs 50` is a million
lives. Each run has its own line, so what has run counts, should it be stopped; `--seed 38 --runs 63` goes on.
"""

import argparse
import json
import sys
import time
from typing import Final

from bench.drills import DRILLS
from bench.drills.model import Drill
from bench.server import log_only_errors, settle_memory

SEED: Final = "seed"
"""The option of the drills that throw dice."""


def run(drill: Drill, **options: int) -> bool:
    """Run one drill and print its figures; return whether it found nothing."""
    print(f"{drill.name}: {drill.proves}", flush=True)
    begun = time.perf_counter()
    outcome = drill.run(**({name: default for name, (default, _) in drill.options.items()} | options))
    seconds = round(time.perf_counter() - begun, 1)
    print(json.dumps({"drill": drill.name, **options, **outcome, "took_seconds": seconds}), flush=True)
    return not any(outcome[name] for name in drill.zero)


def run_often(drill: Drill, runs: int, **options: int) -> bool:
    """Run one drill with one seed after the other; return whether all found nothing."""
    seeds = range(options[SEED], options[SEED] + runs) if SEED in options else [0]
    ran = [run(drill, **options | ({SEED: seed} if SEED in options else {})) for seed in seeds]
    return all(ran)


def main() -> None:
    """Run the drill that is named, or all."""
    parser = argparse.ArgumentParser(prog="bench.drill", description=__doc__)
    log_only_errors()
    settle_memory()
    names = parser.add_subparsers(dest="name")
    for drill in DRILLS.values():
        options = names.add_parser(drill.name, help=drill.proves, description=drill.proves)
        for name, (default, meaning) in drill.options.items():
            options.add_argument(f"--{name}", type=int, default=default, help=f"{meaning} ({default})")
        if SEED in drill.options:
            options.add_argument("--runs", type=int, default=1, help="so often, each time with the next seed (1)")
    arguments = vars(parser.parse_args())
    name = arguments.pop("name")
    runs = arguments.pop("runs", 1)
    passed = [run_often(drill, runs, **arguments) for drill in (DRILLS.values() if name is None else [DRILLS[name]])]
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()

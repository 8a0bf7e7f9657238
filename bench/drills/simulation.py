"""T1: the rules against the naive model, in memory, with crashes between any two steps and a clock that jumps."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from random import Random
from typing import Final

from msgspec import Struct

from bench.drills.model import Drill, Outcome
from tests.ledger.examples import SECOND
from tests.ledger.generate import Expire, OpenAccounts, Transfers, workload
from tests.ledger.memory import MemoryLedger
from tests.ledger.naive import NaiveLedger

CRASH_PERCENT: Final = 15


class Tally(Struct):
    """What one process tried, and what came out."""

    commands: int = 0
    batches: int = 0
    crashes: int = 0
    workloads: int = 0
    divergences: int = 0


def run(commands: int, seconds: int, seed: int) -> Outcome:
    """Run workloads in as many processes as there are cores, until there were so many commands or seconds."""
    processes = os.cpu_count() or 1
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        jobs = [
            pool.submit(simulate, seed + process, processes, commands // processes, seconds)
            for process in range(processes)
        ]
        tallies = [job.result() for job in jobs]
    return {
        name: sum(getattr(tally, name) for tally in tallies)
        for name in ("commands", "batches", "crashes", "workloads", "divergences")
    }


def simulate(seed: int, step: int, commands: int, seconds: float) -> Tally:
    """Run the workloads of every *step*-th seed from *seed* on."""
    tally = Tally()
    until = time.monotonic() + seconds
    for number in count(seed, step):
        if tally.commands >= commands or time.monotonic() >= until:
            return tally
        tally.workloads += 1
        try:
            _play(number, tally)
        except Exception as error:  # A crash of the rules is a divergence like any other, and its seed is told.
            tally.divergences += 1
            print(f"seed {number}: {type(error).__name__}: {error}", flush=True)
    raise AssertionError("seeds never end")


class _Divergence(Exception):
    pass


def _require(is_so: bool, what: str) -> None:
    if not is_so:
        raise _Divergence(what)


def _play(seed: int, tally: Tally) -> None:
    random = Random(-seed - 1)  # noqa: S311 - it has to be repeatable, not secret.
    model, memory = NaiveLedger(), MemoryLedger()
    for number, step in enumerate(workload(seed, model=model)):
        where = f"step {number}"
        match step:
            case OpenAccounts():
                _require(memory.create_accounts(step.events, step.clock) == step.answers, where)
            case Expire():
                _require(memory.expire_pending(step.clock) == step.answers, where)
            case Transfers():
                tally.commands += len(step.batch)
                tally.batches += 1
                fate = random.random() * 100
                if fate < CRASH_PERCENT:
                    # A crash before the commit: nothing of it happened, whatever the clock said.
                    tally.crashes += 1
                    memory.judge(step.batch, step.clock + random.randrange(-SECOND, SECOND))
                _require(memory.create_transfers(step.batch, step.clock) == step.answers, where)
                if fate > 100 - CRASH_PERCENT:
                    # A crash after the commit, before the answer: it is asked again, with the same ids.
                    tally.crashes += 1
                    tally.commands += len(step.batch)
                    clock = step.clock + random.randrange(SECOND)
                    answers = model.create_transfers(step.batch, clock)
                    _require(memory.create_transfers(step.batch, clock) == answers, f"{where}, asked again")
        _check_sums(memory, where)
    _require(memory.balances() == model.balances(), "balances")
    _require(memory.account_flags() == model.account_flags(), "flags of accounts")
    _require(memory.failed == model.failed, "failures remembered")
    _require(memory.last == model.books.last, "time")
    model.check()
    model.check_history()


def _check_sums(memory: MemoryLedger, where: str) -> None:
    """Debits equal credits in each ledger, posted and pending."""
    posted, pending = [0] * 4, [0] * 4
    for account in memory.accounts.values():
        posted[account.ledger] += account.debits_posted - account.credits_posted
        pending[account.ledger] += account.debits_pending - account.credits_pending
    _require(not any(posted) and not any(pending), f"{where}: debits and credits differ")


DRILL: Final = Drill(
    name="T1",
    proves="the rules of the ledger answer as a naive model does, whatever crashes and however the clock jumps",
    options={
        "commands": (2_000_000, "transfers to try"),
        "seconds": (60, "to stop after"),
        "seed": (0, "first workload"),
    },
    zero=("divergences",),
    run=run,
)

"""The proof of the books, on demand: it runs beside the requests, and its result is kept in memory."""

import asyncio
import time
from datetime import datetime
from typing import Final
from weakref import WeakKeyDictionary

import structlog
from msgspec import Struct

from weiji.events import Actor, Occurrence, publish
from weiji.events.supervision import ProofStarted
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import first_id
from weiji.ledger import Report, verify
from weiji.periods import verify_periods

BOOKS: Final = first_id(0, "books")
"""Where the trail of proofs is."""

log = structlog.get_logger("weiji.proof")


class Proof(Struct, frozen=True):
    """What a verification came to, when it ended (by our clock), and how long it took. `fault`: it could not run."""

    report: Report
    ended_at: datetime
    seconds: float
    fault: str = ""


class Prover:
    """Verifies the books of one database, one verification at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keys: tuple[bytes, ...] = ()
        """The public keys that signatures are checked with: the program sets them."""
        self.last: Proof | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether a verification is under way."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin a verification, unless one is under way."""
        if not self.is_running:
            self._task = asyncio.create_task(self._run(), name="proof")

    async def wait(self, seconds: float) -> bool:
        """Wait for the verification under way, at most so long; tell whether it is over."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)
        return not self.is_running

    async def _run(self) -> None:
        started = time.perf_counter()
        try:
            report, fault = await verify(self.database, self.keys), ""
            report.defects += await verify_periods(self.database, self.keys)
        except Exception as error:  # Whatever kept it from ending is not a proof, and has to be seen.
            log.exception("the books could not be verified")
            report, fault = Report(defects=[]), f"{type(error).__name__}: {error}"
        self.last = Proof(report, clock.now(), time.perf_counter() - started, fault)


_provers: WeakKeyDictionary[Database, Prover] = WeakKeyDictionary()


def prover_of(database: Database) -> Prover:
    """Give the one prover of a database."""
    if database not in _provers:
        _provers[database] = Prover(database)
    return _provers[database]


async def start_proof(database: Database, actor: Actor) -> Prover:
    """Begin a verification for somebody, unless one is under way. Publishes ProofStarted."""
    prover = prover_of(database)

    async def tell(tx: Transaction) -> None:
        await publish(tx, [Occurrence(ProofStarted(), BOOKS, BOOKS, actor)])

    if not prover.is_running:
        await database.retried(tell)
        prover.start()
    return prover

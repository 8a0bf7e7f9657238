"""Proves that the months that were closed are what the books say: sums, signatures, and the chain of the months."""

from collections.abc import Collection, Sequence
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from weiji import ledger
from weiji.kit.db import Database, Reader
from weiji.ledger import Defect, TrialLine
from weiji.periods import rules, store
from weiji.periods.model import Document, Period
from weiji.periods.operations import SIGNED_AS

MONTHS_MAX: Final = 1_200
"""Months that are looked at: a hundred years."""


async def verify_periods(database: Database, keys: Collection[bytes]) -> list[Defect]:
    """Compute what each closed month came to anew, and compare it with what was signed; tell what differs.

    *keys* are the public keys that are trusted; none: any. All months are summed together, from all accounts and what
    moved since the first of them ended, which is read once: as long as one trial balance takes, of the first.
    """
    async with database.read(patience=ledger.PATIENCE) as reader:
        return await audit(reader, keys)


async def audit(reader: Reader, keys: Collection[bytes]) -> list[Defect]:
    """Do the same on a connection."""
    return await _Audit(reader, frozenset(keys)).run()


class _Audit:
    """One verification."""

    def __init__(self, reader: Reader, keys: frozenset[bytes]) -> None:
        self.reader = reader
        self.keys = keys
        self.defects: list[Defect] = []

    def add(self, month: date, what: str) -> None:
        self.defects.append(Defect(f"month {rules.write_month(month)}", what))

    async def run(self) -> list[Defect]:
        """Look at every month, the first first."""
        periods = (await store.list_periods(self.reader, None, MONTHS_MAX))[::-1]
        for earlier, later in pairwise(periods):
            if later.month != rules.next_month(earlier.month):
                self.add(later.month, "the month before it is gone")
            if later.signature is not None and earlier.signature is None:
                self.add(earlier.month, "its signature is gone")
        before = ""
        trials: list[list[TrialLine]] = []
        if periods:
            ends = [rules.end_of(period.month) for period in periods]
            _, trials = await ledger.get_trial_balances_at(self.reader, ends)
        for period, trial in zip(periods, trials, strict=True):
            await self._look_at(period, trial, before)
            before = sha256(period.document.encode()).hexdigest()
        await self._compare_end(periods[-1] if periods else None)
        return self.defects

    async def _look_at(self, period: Period, trial: Sequence[TrialLine], before: str) -> None:
        month = period.month
        self._check_signature(period)
        try:
            document = rules.read_document(period.document)
        except msgspec.MsgspecError:
            self.add(month, "its document can't be read")
            return
        facts = (document.month, document.until, document.trial_hash, document.proposal_id, document.approved_by)
        if facts != (
            rules.write_month(month), rules.end_of(month), period.trial_hash.hex(), period.proposal_id,
            period.approved_by,
        ):  # fmt: skip
            self.add(month, "its document says something else than the month's row")
        if rules.hash_of(month, document.trial) != period.trial_hash:
            self.add(month, "its hash is not that of its trial balance")
        if document.previous != before:
            self.add(month, "it does not follow from the month before it")
        there, signed = set(rules.lines_of(trial)), set(document.trial)
        for line in sorted(there ^ signed, key=lambda line: (line.ledger, line.code, line in there)):
            whose = "the books come to" if line in there else "what was closed says"
            self.add(month, f"account kind {line.code}: {whose} {line.debits} debits, {line.credits} credits")
        await self._compare_heads(month, document)

    def _check_signature(self, period: Period) -> None:
        if period.signature is None or period.public_key is None:
            return
        if self.keys and period.public_key not in self.keys:
            self.add(period.month, "it is signed with a key that is not known")
            return
        try:
            key = Ed25519PublicKey.from_public_bytes(period.public_key)
            key.verify(period.signature, SIGNED_AS + period.document.encode())
        except (InvalidSignature, ValueError):
            self.add(period.month, "its signature is false")

    async def _compare_heads(self, month: date, document: Document) -> None:
        hashes = await ledger.get_batch_hashes(self.reader, [(lane, batch) for lane, batch, _ in document.heads])
        for lane, batch, hash in document.heads:
            if hashes.get((lane, batch), b"").hex() != hash:
                self.add(month, f"lane {lane} did not stand at batch {batch} with that hash")

    async def _compare_end(self, last: Period | None) -> None:
        until = await ledger.get_closed_until(self.reader)
        if until != (rules.end_of(last.month) if last else None):
            self.defects.append(Defect("the ledger", f"it is closed until {until}, which is not where the months end"))

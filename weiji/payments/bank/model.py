"""The words of bank statements."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.payments.bank_transfers.model import BankReturns

BYTES_MAX: Final = 5_000_000
LINES_MAX: Final = 20_000
NAME_LENGTH_MAX: Final = 200

AMOUNT_MAX: Final = 10**13
"""Fen that the lines of a file move at most, in and out: what two can agree to (`approvals.AMOUNT_MAX`)."""

WAITS_FOR: Final = timedelta(days=3)
"""How long a file that is held can be let in (`approvals.EXPIRES_AFTER`)."""


class Line(Struct, frozen=True, kw_only=True):
    """Money that came to the account, or went from it."""

    serial: str
    """The bank's own number of the transaction; where the file has none, one made of what the line says."""
    amount: int
    remark: str
    """All that somebody wrote to it: note, purpose, abstract."""
    payer: str
    """The other side: who paid, or was paid."""
    payer_bank: str
    payer_number: str
    """The number of their account. It is kept sealed, and in no notice."""
    occurred_at: datetime


class Correction(Struct, frozen=True, kw_only=True):
    """红字冲正: a line in red ink (its amount is negative), by which the bank takes back what it wrote before."""

    line: Line
    """Its amount is positive."""
    is_credit: bool
    """Whether money that came is taken back; else what went is there again."""


class ReadStatement(Struct, frozen=True, kw_only=True):
    """A file that was read: the money that came and went, and how many lines there are in all."""

    lines: int
    credits: list[Line]
    debits: list[Line]
    corrections: list[Correction]
    first_on: date
    last_on: date


class BankStatement(Struct, frozen=True, kw_only=True):
    """A statement that was imported, and what came of its lines."""

    id: UUID
    name: str
    lines: int
    matched: int
    """Lines that paid a payment, or brought back what we had paid out."""
    known: int
    """Lines that an earlier statement had."""
    unmatched: int
    """Lines that belong to nothing: their money is in suspense."""
    amount: int
    """Fen that came by lines that were not known."""
    first_on: date
    last_on: date
    imported_at: datetime
    imported_by: UUID | None
    debits: int = 0
    """Lines of money that went out."""
    paid: int = 0
    """Those of them that are transfers of ours, by their references."""
    corrections: int = 0
    """Lines by which the bank takes back others. They end with those, or two people say what they are."""
    paying: int = 0
    """Fen that its lines pay, in or out, as one of the staff says alone; 0: two let it in."""
    debits_unmatched: int = 0
    """Lines of money that went, which no earlier statement had, and which are nothing of ours."""


class RecordStatement(Struct, frozen=True, kw_only=True):
    """Note that a statement was imported."""

    statement: BankStatement
    actor: Actor

    @property
    def id(self) -> UUID:
        """The statement's id."""
        return self.statement.id


class BankImportStatus(StrEnum):
    """How importing a statement ended. Where several apply, the first listed is given."""

    UNREADABLE = "unreadable"
    """It is no table with a day, an amount and what was written; `reason` says what is missing. Nothing was taken."""
    EXISTS = "exists"
    """The same file was imported before."""
    HELD = "held"
    """So much would be paid by its lines, in or out, that it takes two of the staff: see `approvals`."""
    IMPORTED = "imported"


class FileKind(StrEnum):
    """What a file of the bank is."""

    STATEMENT = "statement"
    """What moved on the account."""
    RETURNS = "returns"
    """What became of the transfers of a batch."""


class HeldFile(Struct, frozen=True, kw_only=True):
    """A file that waits for another of the staff, or was let in. Its lines would pay `amount`, in or out."""

    id: UUID
    kind: FileKind
    name: str
    content: bytes | None
    """The file, sealed, until it was imported, or nobody let it in."""
    lines: int
    amount: int
    held_by: UUID
    released_at: datetime | None = None
    returns: BankReturns | None = None
    """What came of the lines of a result file that was let in."""


class AdmitFile(Struct, frozen=True, kw_only=True):
    """Let one of the staff take a file in alone, if that is not too much for a day; else keep it for another.

    The caller makes `id`. The actor is a person.
    """

    id: UUID
    file: HeldFile
    actor: Actor


class HoldAgain(Struct, frozen=True, kw_only=True):
    """Keep a file for two of the staff once more: since they agreed to it, its lines would pay more, this `amount`."""

    id: UUID
    amount: int


class ReleaseStatement(Struct, frozen=True, kw_only=True):
    """Let a file in that was held, as two of the staff agreed: the one with these `lines` and this `amount`."""

    id: UUID
    lines: int
    amount: int
    actor: Actor


class ReleaseStatementStatus(StrEnum):
    """How letting a statement in ended. Where several apply, the first listed is given."""

    STATEMENT_NOT_FOUND = "statement_not_found"
    """None is held with this id, these lines and this amount. What nobody let in is forgotten."""
    ALREADY_RELEASED = "already_released"
    RELEASED = "released"


class BankImportResult(Struct, frozen=True, kw_only=True):
    """How importing a statement ended."""

    status: BankImportStatus
    reason: str | None = None
    statement: BankStatement | None = None

"""The words of transfers that a bank makes by file."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import BY_CHANNEL, Actor
from weiji.kit.ids import first_id
from weiji.kit.seal import Place, column
from weiji.payments.channels.references import shard_of_reference

NUMBER_COLUMN: Final = column(
    "payments.bank_transfers:number", Place(table="payments.bank_transfers", column="number_sealed")
)
PAYER_NUMBER_COLUMN: Final = column(
    "payments.bank_payers:number", Place(table="payments.bank_payers", column="number_sealed", of=("payment_id",))
)
"""What numbers of bank accounts are sealed for."""

BATCH_LINES_MAX: Final = 500
"""Transfers in one file: what every bank's page takes at once."""

REASON_MAX: Final = 200
"""Characters that are kept of why a bank made no transfer."""

NAME_MAX: Final = 500
"""Characters of a holder or a bank, as a statement names them."""


class BankTransferKind(StrEnum):
    """What a transfer is for."""

    PAYOUT = "payout"
    REFUND = "refund"
    """The transfer of a payer goes back to where it came from."""


class BankTransferStatus(StrEnum):
    """Where a transfer stands. `rules.MOVES` says what may follow what."""

    WAITING = "waiting"
    """It is in no file yet."""
    SENT = "sent"
    """It is in a file. Whether the bank has that, the bank's files tell."""
    PAID = "paid"
    REJECTED = "rejected"
    """The bank did not make it."""
    RETURNED = "returned"
    """退票: it came back."""


class AskBankTransfer(Struct, frozen=True, kw_only=True):
    """Have something paid. Asked again, it is the same transfer; after a refusal a later attempt is another."""

    kind: BankTransferKind
    subject_id: UUID
    """The payout or the refund."""
    attempt: int
    amount: int
    holder: str
    bank: str
    number: str
    """Digits, in clear: they are sealed before they are written."""


class BankTransfer(Struct, kw_only=True):
    """A transfer. Rules change it while a batch is judged; nobody else does."""

    id: UUID
    kind: BankTransferKind
    subject_id: UUID
    attempt: int
    reference: str
    """What stands on it as its purpose, and by which the bank's files name it."""
    amount: int
    holder: str
    bank: str
    last4: str
    number_sealed: bytes
    created_at: datetime
    batch_id: UUID | None = None
    line: int | None = None
    status: BankTransferStatus = BankTransferStatus.WAITING
    told_at: datetime | None = None
    reason: str = ""
    """Why the bank did not make it, or it came back, in the bank's words."""
    paid_by: str | None = None
    """The bank's number of the statement's line by which it went; None: only a result file said so, or nothing yet."""
    paid_again: str | None = None
    """The last other line by which it went once more: which of the two comes back, nobody can tell of a line."""
    returned_by: str | None = None
    """The bank's number of the statement's line by which it came back: what comes by another line is other money."""


class BankPayer(Struct, frozen=True, kw_only=True):
    """Whom a transfer to us came from. `reference` is the bank's number of it."""

    payment_id: UUID
    reference: str
    holder: str
    bank: str
    number_sealed: bytes

    @property
    def id(self) -> UUID:
        """The payment's id: in its shard it is kept."""
        return self.payment_id


class BankBatch(Struct, frozen=True, kw_only=True):
    """A file of transfers for the bank."""

    id: UUID
    number: str
    """What people, and the file's name, call it."""
    columns: str
    encoding: str
    lines: int
    amount: int
    created_at: datetime
    created_by: UUID | None


class BatchProgress(Struct, frozen=True, kw_only=True):
    """What the bank told of a file so far: how many of its transfers there are of each kind."""

    sent: int = 0
    paid: int = 0
    rejected: int = 0
    returned: int = 0


class MakeBankBatch(Struct, frozen=True, kw_only=True):
    """Put what waits into a file: the oldest first, at most 500. The caller makes `id`."""

    id: UUID
    columns: str | None
    """The heads of the operator's bank; None: no bank was ever set up."""
    encoding: str
    actor: Actor


class MakeBankBatchStatus(StrEnum):
    """How making a file ended. Where several apply, the first listed is given."""

    CHANNEL_NOT_FOUND = "channel_not_found"
    """The bank's account was never set up."""
    EXISTS = "exists"
    NOTHING_WAITING = "nothing_waiting"
    CREATED = "created"


class NoteDownload(Struct, frozen=True, kw_only=True):
    """Note that somebody was given a file: it has the full numbers of people's accounts."""

    id: UUID
    number: str
    actor: Actor


class TellBankTransfer(Struct, frozen=True, kw_only=True):
    """Take in what a file of the bank says of a transfer."""

    reference: str
    outcome: BankTransferStatus
    """Paid, rejected or returned."""
    amount: int
    occurred_at: datetime
    raw: bytes
    """The line, as it came."""
    fee: int = 0
    """What the bank took for it."""
    reason: str = ""
    serial: str | None = None
    """The bank's number of the statement's line; a result file has none."""
    actor: Actor = BY_CHANNEL

    @property
    def owner_id(self) -> UUID:
        """An id in the shard where the transfer is, if there is one."""
        return first_id(shard_of_reference(self.reference), "bank transfers")


class TellBankTransferStatus(StrEnum):
    """What came of a line. Where several apply, the first listed is given."""

    TRANSFER_NOT_FOUND = "transfer_not_found"
    """No transfer has this reference."""
    AMOUNT_DIFFERS = "amount_differs"
    NOT_SENT = "not_sent"
    """It is in no file yet, so no bank can have made it. A person has to look: the next file has it."""
    PAID_BEFORE = "paid_before"
    """Another line paid it: the bank was given one file twice, say. A person has to look."""
    CAME_BACK_BEFORE = "came_back_before"
    """Another line brought it back: this money is not it."""
    EXISTS = "exists"
    """That was told before."""
    CONTRADICTS = "contradicts"
    """It can't be true together with what was told before, or may be of either of two payments. A person looks."""
    RECORDED = "recorded"


class WrongLine(Struct, frozen=True, kw_only=True):
    """A line of a return file that was not taken, and why."""

    line: int
    reference: str
    problem: str


class BankReturns(Struct, frozen=True, kw_only=True):
    """What came of a return file."""

    lines: int
    paid: int = 0
    rejected: int = 0
    returned: int = 0
    known: int = 0
    """Lines that were told before."""
    pending: int = 0
    """Lines of which the bank says that they are not decided."""
    wrong: list[WrongLine] = []


class BankReturnsStatus(StrEnum):
    """How bringing a return file ended. Where several apply, the first listed is given."""

    UNREADABLE = "unreadable"
    """It is no table with a reference, an amount and a result; `reason` says what is missing. Nothing was taken."""
    HELD = "held"
    """So much would be moved by its lines that it takes two of the staff: see `approvals`. Nothing was taken yet."""
    IMPORTED = "imported"
    """What could be taken was; `returns` says of the other lines why not."""


class BankReturnsResult(Struct, frozen=True, kw_only=True):
    """How bringing a return file ended."""

    status: BankReturnsStatus
    reason: str | None = None
    returns: BankReturns | None = None


class NoteBankReturns(Struct, frozen=True, kw_only=True):
    """Note that somebody brought a return file."""

    id: UUID
    name: str
    returns: BankReturns
    actor: Actor

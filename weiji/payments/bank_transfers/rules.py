"""What is decided about transfers by file: pure functions over what was read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive
from weiji.kit.seal import KEYS
from weiji.payments.bank_transfers.model import (
    BATCH_LINES_MAX,
    NUMBER_COLUMN,
    REASON_MAX,
    AskBankTransfer,
    BankBatch,
    BankTransfer,
    BankTransferKind,
    BankTransferStatus,
    MakeBankBatch,
    TellBankTransfer,
    TellBankTransferStatus,
)
from weiji.payments.channels.reading import told
from weiji.payments.channels.references import REFERENCE_LENGTH, reference_of
from weiji.payments.model import BANK, Notice, NoticeKind

_S = BankTransferStatus

MOVES: Final[dict[BankTransferStatus, frozenset[BankTransferStatus]]] = {
    _S.WAITING: frozenset({_S.SENT}),
    # News may overtake each other: who came back was paid.
    _S.SENT: frozenset({_S.PAID, _S.REJECTED, _S.RETURNED}),
    _S.PAID: frozenset({_S.RETURNED}),
    _S.REJECTED: frozenset(),
    _S.RETURNED: frozenset(),
}
"""What a transfer may become."""

_KNOWN: Final = frozenset({(_S.RETURNED, _S.PAID), (_S.REJECTED, _S.RETURNED)})

CHANGING: Final = frozenset(
    {TellBankTransferStatus.RECORDED, TellBankTransferStatus.EXISTS, TellBankTransferStatus.PAID_BEFORE}
)
"""What changes a transfer. Of one that is known it may be new by which line it went, or that another paid it again."""

_NOTICES: Final = {
    (BankTransferKind.PAYOUT, _S.PAID): NoticeKind.PAYOUT_PAID,
    (BankTransferKind.PAYOUT, _S.REJECTED): NoticeKind.PAYOUT_REJECTED,
    (BankTransferKind.PAYOUT, _S.RETURNED): NoticeKind.PAYOUT_RETURNED,
    (BankTransferKind.REFUND, _S.PAID): NoticeKind.REFUND_SUCCEEDED,
    (BankTransferKind.REFUND, _S.REJECTED): NoticeKind.REFUND_REJECTED,
    (BankTransferKind.REFUND, _S.RETURNED): NoticeKind.REFUND_REJECTED,
}


def new_transfer(command: AskBankTransfer, now: datetime) -> BankTransfer:
    """Make the row of a transfer: its id follows from what it is for."""
    id = derive(command.subject_id, "bank transfer", command.attempt)
    return BankTransfer(
        id=id,
        kind=command.kind,
        subject_id=command.subject_id,
        attempt=command.attempt,
        reference=reference_of(id),
        amount=command.amount,
        holder=command.holder,
        bank=command.bank,
        last4=command.number[-4:],
        number_sealed=KEYS.seal(command.number, NUMBER_COLUMN, id),
        created_at=now,
    )


def judge_asking(last: BankTransfer | None, attempt: int) -> bool:
    """Tell whether a transfer is to be made: there is none, or the last did not arrive, and this is a later attempt."""
    return last is None or (last.status in (_S.REJECTED, _S.RETURNED) and attempt > last.attempt)


def fill_batches(commands: Sequence[MakeBankBatch], waiting: Sequence[BankTransfer]) -> dict[UUID, list[BankTransfer]]:
    """Put what waits, the oldest first, into new files, one after another, none with more than 500 lines."""
    filled: dict[UUID, list[BankTransfer]] = {}
    left = list(waiting)
    for command in commands:
        if command.id not in filled:
            filled[command.id], left = left[:BATCH_LINES_MAX], left[BATCH_LINES_MAX:]
    return filled


def new_batch(command: MakeBankBatch, transfers: Sequence[BankTransfer], now: datetime) -> BankBatch:
    """Make the row of a file with these transfers."""
    assert command.columns is not None
    return BankBatch(
        id=command.id,
        number=f"{now.astimezone(SHANGHAI):%Y%m%d}-{reference_of(command.id)}",
        columns=command.columns,
        encoding=command.encoding,
        lines=len(transfers),
        amount=sum(transfer.amount for transfer in transfers),
        created_at=now,
        created_by=command.actor.person_id,
    )


def judge_telling(
    transfers: Mapping[str, BankTransfer], command: TellBankTransfer
) -> tuple[TellBankTransferStatus, Notice | None]:
    """Take in what the bank says of a transfer; give what it means for the payout or the refund.

    What can't be true is a notice, too: nothing comes of it, and people are shown it.
    """
    transfer = transfers.get(command.reference)
    if transfer is None:
        return TellBankTransferStatus.TRANSFER_NOT_FOUND, None
    if transfer.amount != command.amount:
        return TellBankTransferStatus.AMOUNT_DIFFERS, _contradiction(transfer, command)
    if transfer.status is _S.WAITING:
        return TellBankTransferStatus.NOT_SENT, _contradiction(transfer, command)
    # Who came back had been paid; and one that was refused may stand in a statement as gone and back again.
    is_known = transfer.status is command.outcome or (transfer.status, command.outcome) in _KNOWN
    if command.outcome is _S.PAID and command.serial and (is_known or command.outcome in MOVES[transfer.status]):
        if transfer.paid_by not in (None, command.serial):
            transfer.paid_again = command.serial
            return TellBankTransferStatus.PAID_BEFORE, _contradiction(transfer, command)
        transfer.paid_by = command.serial
    if command.outcome is _S.RETURNED and transfer.paid_again and not is_known:
        # It went twice: what comes back may be the one too many, and whom it was for has theirs.
        return TellBankTransferStatus.CONTRADICTS, _contradiction(transfer, command)
    if command.outcome is _S.RETURNED and command.serial and (is_known or command.outcome in MOVES[transfer.status]):
        if transfer.returned_by not in (None, command.serial):
            return TellBankTransferStatus.CAME_BACK_BEFORE, None
        transfer.returned_by = command.serial
    if is_known:
        return TellBankTransferStatus.EXISTS, None
    if command.outcome not in MOVES[transfer.status]:
        return TellBankTransferStatus.CONTRADICTS, _contradiction(transfer, command)
    was_paid = transfer.status is _S.PAID
    transfer.status = command.outcome
    transfer.told_at = command.occurred_at
    transfer.reason = " ".join(command.reason.split())[:REASON_MAX]
    if was_paid and transfer.kind is BankTransferKind.REFUND:
        # It was given back, and is over: that it is with us again, the statement books into suspense.
        return TellBankTransferStatus.RECORDED, None
    return TellBankTransferStatus.RECORDED, notice_of(transfer, command.raw, command.fee)


def can_go_by_line(transfers: Mapping[str, BankTransfer], commands: Sequence[TellBankTransfer]) -> bool:
    """Tell whether all of these transfers may have gone by a line that names none of them; they stay as they are."""
    standing = {reference: replace(transfer) for reference, transfer in transfers.items()}
    taken = (TellBankTransferStatus.RECORDED, TellBankTransferStatus.EXISTS)
    return all(judge_telling(standing, command)[0] in taken for command in commands)


def sum_told(transfers: Mapping[str, BankTransfer], commands: Sequence[TellBankTransfer]) -> int:
    """Add up what the bank's lines would move, in fen, as the transfers stand, which stay as they are.

    What is in no file yet counts, too: it may be in one before this is told.
    """
    standing = {reference: replace(transfer) for reference, transfer in transfers.items()}
    moving = (TellBankTransferStatus.RECORDED, TellBankTransferStatus.NOT_SENT)
    return sum(command.amount for command in commands if judge_telling(standing, command)[0] in moving)


def _contradiction(transfer: BankTransfer, command: TellBankTransfer) -> Notice:
    """Keep what can't be true. Its number is none that a true one could have."""
    line = f"by {command.serial}" if command.serial else f"after {transfer.status}"
    number = f"{command.outcome}:{transfer.reference}:{command.amount} {line}"
    kind, about = _NOTICES[transfer.kind, command.outcome], transfer.subject_id
    kept = told(BANK, number, kind, about, transfer.reference, command.amount, command.occurred_at, command.raw)
    return replace(kept, is_contradiction=True)


def notice_of(transfer: BankTransfer, raw: bytes, fee: int = 0) -> Notice:
    """Tell of a payout or a refund what became of its transfer. However often it is told, it is one notice."""
    assert transfer.told_at is not None
    kind = _NOTICES[transfer.kind, transfer.status]
    number = f"{transfer.status}:{transfer.reference}"
    made = told(BANK, number, kind, transfer.subject_id, transfer.reference, transfer.amount, transfer.told_at, raw)
    if kind is NoticeKind.PAYOUT_PAID:
        return replace(made, fee=fee) if 0 < fee <= transfer.amount else made
    return replace(made, reason=transfer.reason)


def shown(reference: str) -> str:
    """Write a reference in groups, as people read and copy it."""
    return "-".join(reference[begin : begin + 4] for begin in range(0, REFERENCE_LENGTH, 4))

"""The verbs of transfers by file. Each takes an open transaction and a batch, and answers every command."""

from collections.abc import Sequence
from uuid import UUID

from weiji.events import Occurrence, publish
from weiji.events.payments import BankBatchDownloaded, BankBatchMade, BankReturnsImported
from weiji.kit.db import Transaction
from weiji.payments.bank_transfers import store
from weiji.payments.bank_transfers.model import (
    BATCH_LINES_MAX,
    AskBankTransfer,
    BankPayer,
    BankTransfer,
    MakeBankBatch,
    MakeBankBatchStatus,
    NoteBankReturns,
    NoteDownload,
    TellBankTransfer,
    TellBankTransferStatus,
)
from weiji.payments.bank_transfers.rules import (
    CHANGING,
    can_go_by_line,
    fill_batches,
    judge_asking,
    judge_telling,
    new_batch,
    new_transfer,
)
from weiji.payments.model import BANK
from weiji.payments.opening.model import channel_id
from weiji.payments.operations import receive_notices


async def ask_bank_transfers(tx: Transaction, commands: Sequence[AskBankTransfer]) -> list[BankTransfer]:
    """Have things paid by the next file; give the transfer of each, as it stands. In the order of *commands*."""
    ids = [command.subject_id for command in commands]
    last = await store.get_transfers_of(tx, ids)
    fresh, standing = [], []
    for command in commands:
        if judge_asking(last.get(command.subject_id), command.attempt):
            last[command.subject_id] = new_transfer(command, tx.now)
            fresh.append(last[command.subject_id])
        standing.append(last[command.subject_id])
    await store.add_transfers(tx, fresh)
    return standing


async def make_bank_batches(tx: Transaction, commands: Sequence[MakeBankBatch]) -> list[MakeBankBatchStatus]:
    """Put what waits into files. Results are in the order of *commands*. Publishes BankBatchMade.

    Nothing is locked by reading: who takes a transfer is who finds it waiting when they write.
    """
    known = set(await store.get_batches(tx, [command.id for command in commands]))
    able = [command for command in commands if command.columns is not None]
    fresh = {command.id: command for command in reversed(able) if command.id not in known}
    wanted = [command for command in able if command.id in fresh]
    waiting = await store.list_waiting(tx, BATCH_LINES_MAX * len(fresh)) if fresh else []
    filled = fill_batches(wanted, waiting)
    sent = await store.send_transfers(tx, filled)
    made = {}
    for id, transfers in filled.items():
        taken = [transfer for transfer in transfers if transfer.id in sent]
        if taken:
            made[id] = new_batch(fresh[id], taken, tx.now)
    if len(made) < len(fresh):
        # Somebody who made the same file may have taken what was read.
        known |= set(await store.get_batches(tx, fresh.keys() - made.keys()))
    await store.add_batches(tx, list(made.values()))
    await publish(
        tx,
        [
            Occurrence(
                BankBatchMade(batch_id=id, number=batch.number, lines=batch.lines, amount=batch.amount),
                channel_id(BANK),
                channel_id(BANK),
                fresh[id].actor,
            )
            for id, batch in made.items()
        ],
    )
    statuses = []
    for command in commands:
        if command.columns is None:
            statuses.append(MakeBankBatchStatus.CHANNEL_NOT_FOUND)
        elif command.id in known:
            statuses.append(MakeBankBatchStatus.EXISTS)
        elif command.id in made:
            known.add(command.id)  # The next one with this id exists.
            statuses.append(MakeBankBatchStatus.CREATED)
        else:
            statuses.append(MakeBankBatchStatus.NOTHING_WAITING)
    return statuses


async def note_downloads(tx: Transaction, commands: Sequence[NoteDownload]) -> list[None]:
    """Note that files were given out. Publishes BankBatchDownloaded; the stream is the channel."""
    await publish(
        tx,
        [
            Occurrence(
                BankBatchDownloaded(batch_id=command.id, number=command.number),
                channel_id(BANK),
                channel_id(BANK),
                command.actor,
            )
            for command in commands
        ],
    )
    return [None] * len(commands)


async def tell_bank_transfers(tx: Transaction, commands: Sequence[TellBankTransfer]) -> list[TellBankTransferStatus]:
    """Take in what the bank's files say of transfers. Results are in the order of *commands*.

    What it means for payouts and refunds is booked with it, and published as whatever a channel says.
    """
    transfers = await store.lock_transfers(tx, [command.reference for command in commands])
    statuses, notices = [], []
    changed: dict[UUID, BankTransfer] = {}
    for command in commands:
        status, notice = judge_telling(transfers, command)
        statuses.append(status)
        if status in CHANGING:
            transfer = transfers[command.reference]
            changed[transfer.id] = transfer
        if notice is not None:
            notices.append(notice)
    await store.change_transfers(tx, list(changed.values()))
    if notices:
        await receive_notices(tx, notices)
    return statuses


async def pay_by_line(tx: Transaction, commands: Sequence[TellBankTransfer]) -> bool:
    """Take in that transfers went by a line of a statement that names none of them, as two of the staff say.

    All of them or none: False where one was not given to the bank, did not go, or went by another line.
    """
    transfers = await store.lock_transfers(tx, [command.reference for command in commands])
    if not can_go_by_line(transfers, commands):
        return False
    await tell_bank_transfers(tx, commands)
    return True


async def note_bank_payers(tx: Transaction, payers: Sequence[BankPayer]) -> list[None]:
    """Note whom transfers to us came from, so that they can go back there."""
    await store.add_payers(tx, payers)
    return [None] * len(payers)


async def note_bank_returns(tx: Transaction, commands: Sequence[NoteBankReturns]) -> list[None]:
    """Note that return files were brought. Publishes BankReturnsImported; the stream is the channel."""
    await publish(
        tx,
        [
            Occurrence(
                BankReturnsImported(
                    name=command.name,
                    lines=command.returns.lines,
                    paid=command.returns.paid,
                    rejected=command.returns.rejected,
                    returned=command.returns.returned,
                    wrong=len(command.returns.wrong),
                ),
                channel_id(BANK),
                channel_id(BANK),
                command.actor,
            )
            for command in commands
        ],
    )
    return [None] * len(commands)

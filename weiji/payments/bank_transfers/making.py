"""Makes files for the bank, and gives them out: what the page and the API share."""

from uuid import UUID

from weiji.events import Actor
from weiji.kit.batch import Batchers
from weiji.kit.db import Database
from weiji.payments.bank_transfers import store
from weiji.payments.bank_transfers.files import ENCODINGS, write_batch
from weiji.payments.bank_transfers.model import (
    BATCH_LINES_MAX,
    BankBatch,
    MakeBankBatch,
    NoteDownload,
)
from weiji.payments.bank_transfers.operations import note_downloads
from weiji.payments.channels import REGISTRY
from weiji.payments.channels.bank import BankChannel
from weiji.payments.model import BANK


def file_of_bank(id: UUID, actor: Actor) -> MakeBankBatch:
    """Ask for a file with the columns of the operator's bank."""
    found = REGISTRY.find(BANK)
    bank = found if isinstance(found, BankChannel) else None
    return MakeBankBatch(
        id=id,
        columns=bank.columns if bank else None,
        encoding=bank.encoding if bank else ENCODINGS[0],
        actor=actor,
    )


async def give_out(database: Database, batchers: Batchers, id: UUID, actor: Actor) -> tuple[BankBatch, bytes] | None:
    """Write a file for who asks for it, which is noted: it has the full numbers of accounts. None: there is none."""
    async with database.read() as reader:
        batch = (await store.get_batches(reader, [id])).get(id)
        transfers = await store.list_of_batch(reader, id, BATCH_LINES_MAX)
    if batch is None:
        return None
    await batchers.of(note_downloads).submit(NoteDownload(id=id, number=batch.number, actor=actor))
    return batch, write_batch(batch, transfers)

"""The JSON API of transfers by file, for the operator's staff."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from weiji.payments.bank.model import BYTES_MAX, NAME_LENGTH_MAX
from weiji.payments.bank_transfers import store
from weiji.payments.bank_transfers.importing import import_returns
from weiji.payments.bank_transfers.making import file_of_bank, give_out
from weiji.payments.bank_transfers.model import (
    BankBatch,
    BankReturnsResult,
    BankTransfer,
    BankTransferKind,
    BankTransferStatus,
    BatchProgress,
    MakeBankBatchStatus,
)
from weiji.payments.bank_transfers.operations import make_bank_batches
from weiji.web import rate
from weiji.web.api import ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.bodies import check_time
from weiji.web.caller import staff


class BankTransferView(Struct, frozen=True, kw_only=True):
    """A transfer, without the number of its account: only the file has that."""

    id: UUID
    kind: BankTransferKind
    subject_id: UUID
    reference: str
    amount: int
    holder: str
    bank: str
    last4: str
    created_at: datetime
    batch_id: UUID | None
    status: BankTransferStatus
    told_at: datetime | None
    reason: str


class BankBatchView(Struct, frozen=True, kw_only=True):
    """A file, and what the bank told of it so far."""

    batch: BankBatch
    progress: BatchProgress


class MakeBankBatchBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Make a file of what waits. `id` is yours."""

    id: UUID


class ImportBankReturnsBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the bank says of transfers: CSV, its text."""

    name: Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX)]
    content: Annotated[str, Meta(min_length=1, max_length=BYTES_MAX)]


class MakeBankBatchAnswer(Struct, frozen=True):
    """How making a file ended."""

    status: MakeBankBatchStatus


class BankBatchFile(Struct, frozen=True, kw_only=True):
    """A file for the bank, as text; write it in its `encoding`."""

    number: str
    encoding: str
    content: str


MakeBankBatchBatch = Batch[MakeBankBatchBody]
ImportBankReturnsBatch = Batch[ImportBankReturnsBody]


class BankTransfersApi(Controller):
    """What the bank is to pay."""

    path = "/api/v1/bank-transfers"
    tags = ("platform",)

    @get("/", **operation("ListBankTransfers", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        batch_id: Annotated[UUID | None, QueryParameter(description="Of this file; else those in none.")] = None,
        limit: Limit = 50,
    ) -> Page[BankTransferView]:
        """List the transfers that wait for a file, oldest first, or those of a file in its order."""
        async with request.database.read() as reader:
            found = await (
                store.list_waiting(reader, limit) if batch_id is None else store.list_of_batch(reader, batch_id, limit)
            )
        return Page(items=[_view(transfer) for transfer in found], next=None)


class BankBatchesApi(Controller):
    """The files."""

    path = "/api/v1/bank-batches"
    tags = ("platform",)

    @get("/", **operation("ListBankBatches", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        before: Annotated[datetime | None, QueryParameter(description="Made before then.")] = None,
        limit: Limit = 50,
    ) -> Page[BankBatchView]:
        """List files, the last made first; `next` is what the next page is `before`."""
        check_time("before", before)
        async with request.database.read() as reader:
            found = await store.list_batches(reader, before, limit)
        items = [BankBatchView(batch=batch, progress=progress) for batch, progress in found]
        return Page(items=items, next=found[-1][0].created_at.isoformat() if len(found) == limit else None)

    @post("/make", **operation("MakeBankBatches", "platform:write", repeat="key_needed", guards=[staff("operator")]))
    async def make(self, request: ApiRequest, data: MakeBankBatchBatch) -> Response[list[MakeBankBatchAnswer]]:
        """Put what waits into files for the bank: the oldest first, at most 500 transfers in each."""
        actor = request.actor("staff")
        return await run(request, make_bank_batches, "id", [file_of_bank(body.id, actor) for body in data])

    @post(
        "/{id:uuid}/download",
        **operation(
            "DownloadBankBatch",
            "platform:write",
            guards=[staff("operator")],
            opt=rate("bank_batch_file", "60/hour"),
        ),
    )
    async def download(self, request: ApiRequest, id: FromPath[UUID]) -> BankBatchFile:
        """Be given a file, with the full numbers of accounts. That is noted."""
        given = await give_out(request.database, request.batchers, id, request.actor("staff"))
        if given is None:
            raise NotFoundException
        batch, content = given
        return BankBatchFile(number=batch.number, encoding=batch.encoding, content=content.decode(batch.encoding))


class BankReturnsApi(Controller):
    """What the bank says of transfers."""

    path = "/api/v1/bank-returns"
    tags = ("platform",)

    @post(
        "/import",
        **operation(
            "ImportBankReturns",
            "platform:write",
            repeat="key_taken",
            guards=[staff("operator")],
            opt=rate("bank_returns", "60/hour"),
        ),
    )
    async def bring(self, request: ApiRequest, data: ImportBankReturnsBatch) -> list[BankReturnsResult]:
        """Import what the bank says of transfers: paid, rejected or returned; of any other line it is said why."""
        actor = request.actor("staff")
        return [
            await import_returns(request.database, request.batchers, body.name, body.content.encode(), actor)
            for body in data
        ]


def _view(transfer: BankTransfer) -> BankTransferView:
    return BankTransferView(**{name: getattr(transfer, name) for name in BankTransferView.__struct_fields__})


ROUTES: Final = (BankTransfersApi, BankBatchesApi, BankReturnsApi)

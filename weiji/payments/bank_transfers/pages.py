"""Where the operator fetches files of transfers for the bank, brings what it says of them, and sees what became."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.kit.ids import new_id
from weiji.payments.bank.model import BYTES_MAX
from weiji.payments.bank_transfers import store
from weiji.payments.bank_transfers.importing import import_returns
from weiji.payments.bank_transfers.making import file_of_bank, give_out
from weiji.payments.bank_transfers.model import (
    BATCH_LINES_MAX,
    BankReturnsResult,
    BankReturnsStatus,
    BankTransfer,
    BankTransferKind,
    BankTransferStatus,
    MakeBankBatchStatus,
)
from weiji.payments.bank_transfers.operations import make_bank_batches
from weiji.payments.bank_transfers.rules import shown
from weiji.payments.bank_transfers.words import (
    batch_error,
    problem_word,
    returns_words,
    transfer_kind_word,
    transfer_status_word,
)
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest

HERE: Final = "/operator/bank-transfers"
SHOWN: Final = 50
"""Files, and waiting transfers, on the page."""

WRONG_SHOWN: Final = 50
"""Lines of a return file that are shown because they were not taken."""


class BankTransferPages(Controller):
    """What waits, the files, and what became of them."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """Show what waits, and the last files."""
        return await _show(request)

    @post("/", status_code=303, guards=(staff("operator"),), opt=rate("make_bank_batch", "60/hour"))
    async def make(self, request: WebRequest) -> Response[str]:
        """Put what waits into a file. The page made its id, so a second click makes no second."""
        form = await read_form(request)
        id = form.id("id") or new_id()
        command = file_of_bank(id, request.actor("staff"))
        status = await request.batchers.of(make_bank_batches).submit(command)
        if status in (MakeBankBatchStatus.CREATED, MakeBankBatchStatus.EXISTS):
            return redirect(request, f"{HERE}/{id}", toast=_("文件生成好了，下载以后交给网银。"))
        return redirect(request, HERE, toast=batch_error(status), tone="warn")

    @post("/returns", status_code=200, guards=(staff("operator"),), opt=rate("bank_returns", "60/hour"))
    async def bring(self, request: WebRequest) -> Response[str]:
        """Take in what the bank says of transfers; say of each line that was not taken why."""
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return await _show(request, error=_("请选一个文件。"))
        content = await file.read(BYTES_MAX + 1)
        result = await import_returns(
            request.database, request.batchers, file.filename, content, request.actor("staff")
        )
        if result.status is BankReturnsStatus.HELD:
            return redirect(request, "/operator/approvals", toast=returns_words(result))
        if result.returns is None:
            return await _show(request, error=returns_words(result))
        if result.returns.wrong:
            return await _show(request, result=result)
        return redirect(request, HERE, toast=returns_words(result))

    @get("/{batch_id:uuid}")
    async def show(self, request: WebRequest, batch_id: FromPath[UUID]) -> Response[str]:
        """Show a file, and what became of each of its transfers."""
        async with request.database.read() as reader:
            batch = (await store.get_batches(reader, [batch_id])).get(batch_id)
            transfers = await store.list_of_batch(reader, batch_id, BATCH_LINES_MAX)
        if batch is None:
            raise NotFoundException
        return page(
            request,
            "payments/bank_batch.html",
            batch=batch,
            rows=[_row(transfer) for transfer in transfers],
            here=f"{HERE}/{batch_id}",
        )

    @post("/{batch_id:uuid}/file", status_code=200, guards=(staff("operator"),), opt=rate("bank_batch_file", "60/hour"))
    async def download(self, request: WebRequest, batch_id: FromPath[UUID]) -> Response[bytes]:
        """Give out a file: a POST, since it is noted who was given the numbers of people's accounts."""
        given = await give_out(request.database, request.batchers, batch_id, request.actor("staff"))
        if given is None:
            raise NotFoundException
        batch, content = given
        headers = {
            "content-disposition": f'attachment; filename="transfers-{batch.number}.csv"',
            "cache-control": "no-store",
        }
        return Response(content, media_type="text/csv", headers=headers)


async def _show(
    request: WebRequest, *, error: str | None = None, result: BankReturnsResult | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        waiting = await store.list_waiting(reader, BATCH_LINES_MAX)
        batches = await store.list_batches(reader, None, SHOWN)
    wrong = result.returns.wrong if result and result.returns else []
    return page(
        request,
        "payments/bank_transfers.html",
        status_code=422 if error else 200,
        rows=[_row(transfer) for transfer in waiting[:SHOWN]],
        waiting=len(waiting),
        amount=sum(transfer.amount for transfer in waiting),
        batches=batches,
        error=error,
        said=returns_words(result) if result else None,
        wrong=[(each, problem_word(each.problem)) for each in wrong[:WRONG_SHOWN]],
        more_wrong=max(len(wrong) - WRONG_SHOWN, 0),
        id=new_id(),
        here=HERE,
        lines_max=BATCH_LINES_MAX,
        megabytes=BYTES_MAX // 1_000_000,
    )


def _row(transfer: BankTransfer) -> dict[str, Any]:
    is_payout = transfer.kind is BankTransferKind.PAYOUT
    word, tone = transfer_status_word(transfer.status)
    return {
        "transfer": transfer,
        "reference": shown(transfer.reference),
        "kind": transfer_kind_word(transfer.kind),
        "icon": "landmark" if is_payout else "undo-2",
        "word": word,
        "tone": tone,
        "has_ended": transfer.status not in (BankTransferStatus.WAITING, BankTransferStatus.SENT),
    }


ROUTES: Final = (BankTransferPages,)

"""Where the operator brings statements of the bank account, and sees what came of them."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.payments.bank import store
from weiji.payments.bank.holding import text_of
from weiji.payments.bank.importing import import_statement
from weiji.payments.bank.model import BYTES_MAX, BankImportStatus, FileKind
from weiji.payments.bank.words import import_words
from weiji.payments.bank_transfers.words import problem_word
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.requests import WebRequest

HERE: Final = "/operator/bank-statements"
SHOWN: Final = 50
ROWS_SHOWN: Final = 1_000
"""Lines of a held statement on its page; the API has all."""


class BankStatementPages(Controller):
    """The statements."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(self, request: WebRequest) -> Response[str]:
        """List the last statements, with a form to bring another."""
        return await _show(request)

    @post("/", status_code=303, guards=(staff("operator"),), opt=rate("import_bank_statement", "60/hour"))
    async def bring(self, request: WebRequest) -> Response[str]:
        """Import a statement."""
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return await _show(request, _("请选一个文件。"))
        content = await file.read(BYTES_MAX + 1)
        actor = request.actor("staff")
        result = await import_statement(request.database, request.batchers, file.filename, content, actor)
        if result.status is BankImportStatus.UNREADABLE:
            return await _show(request, import_words(result))
        # What is held waits where two of the staff decide.
        path = "/operator/approvals" if result.status is BankImportStatus.HELD else HERE
        return redirect(request, path, toast=import_words(result))

    @get("/held/{statement_id:uuid}", guards=(staff("operator"),))
    async def show_held(self, request: WebRequest, statement_id: FromPath[UUID]) -> Response[str]:
        """Show the lines of a file that waits for another of the staff, or what came of it."""
        async with request.database.read() as reader:
            held = await store.get_held(reader, statement_id)
        if held is None:
            raise NotFoundException
        text = text_of(held)
        rows = [] if text is None else text.splitlines()
        wrong = held.returns.wrong if held.returns else []
        return page(
            request,
            "payments/held_statement.html",
            held=held,
            is_kept=text is not None,
            is_returns=held.kind is FileKind.RETURNS,
            wrong=[(each, problem_word(each.problem)) for each in wrong[:ROWS_SHOWN]],
            rows=rows[:ROWS_SHOWN],
            more=max(len(rows) - ROWS_SHOWN, 0),
        )


async def _show(request: WebRequest, error: str | None = None) -> Response[str]:
    async with request.database.read() as reader:
        statements = await store.list_statements(reader, None, SHOWN)
    return page(
        request,
        "payments/bank_statements.html",
        status_code=422 if error else 200,
        statements=statements,
        error=error,
        here=HERE,
        megabytes=BYTES_MAX // 1_000_000,
    )


ROUTES: Final = (BankStatementPages,)

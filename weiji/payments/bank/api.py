"""The JSON API of bank statements, for the operator's staff."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from weiji.payments.bank import store
from weiji.payments.bank.holding import text_of
from weiji.payments.bank.importing import import_statement
from weiji.payments.bank.model import BYTES_MAX, NAME_LENGTH_MAX, BankImportResult, BankStatement, FileKind
from weiji.web import rate
from weiji.web.api import ApiRequest, Batch, Limit, Page, operation
from weiji.web.bodies import check_time
from weiji.web.caller import staff


class ImportBankStatementBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A statement as the bank's page gives it: CSV, its text."""

    name: Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX)]
    content: Annotated[str, Meta(min_length=1, max_length=BYTES_MAX)]


class HeldStatementAnswer(Struct, kw_only=True):
    """A file that waits for another of the staff: `amount`, in fen, would be paid by its lines, in or out."""

    id: UUID
    kind: FileKind
    name: str
    lines: int
    amount: int
    content: str


ImportBankStatementBatch = Batch[ImportBankStatementBody]


class BankStatementsApi(Controller):
    """The statements."""

    path = "/api/v1/bank-statements"
    tags = ("platform",)

    @get("/", **operation("ListBankStatements", "platform:read", guards=[staff()]))
    async def index(
        self,
        request: ApiRequest,
        before: Annotated[datetime | None, QueryParameter(description="Imported before then.")] = None,
        limit: Limit = 50,
    ) -> Page[BankStatement]:
        """List statements, the last imported first; `next` is what the next page is `before`."""
        check_time("before", before)
        async with request.database.read() as reader:
            found = await store.list_statements(reader, before, limit)
        return Page(items=found, next=found[-1].imported_at.isoformat() if len(found) == limit else None)

    @get("/held/{statement_id:uuid}", **operation("GetHeldStatement", "platform:read", guards=[staff("operator")]))
    async def show_held(self, request: ApiRequest, statement_id: FromPath[UUID]) -> HeldStatementAnswer:
        """Read a statement or result file that waits until another of the staff agrees, before you do."""
        async with request.database.read() as reader:
            held = await store.get_held(reader, statement_id)
        content = text_of(held) if held else None
        if held is None or content is None:
            raise NotFoundException
        return HeldStatementAnswer(
            id=held.id, kind=held.kind, name=held.name, lines=held.lines, amount=held.amount, content=content
        )

    @post(
        "/import",
        **operation(
            "ImportBankStatements",
            "platform:write",
            repeat="key_taken",
            guards=[staff("operator")],
            opt=rate("import_bank_statement", "60/hour"),
        ),
    )
    async def bring(self, request: ApiRequest, data: ImportBankStatementBatch) -> list[BankImportResult]:
        """Import statements: what came is matched to payments by its reference, and the rest is put in suspense."""
        actor = request.actor("staff")
        return [
            await import_statement(request.database, request.batchers, body.name, body.content.encode(), actor)
            for body in data
        ]


ROUTES: Final = (BankStatementsApi,)

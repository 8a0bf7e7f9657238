"""The JSON API of porting: files in, reports, files out."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from weiji.orders.invoices import sniff
from weiji.orders.invoices.api import PaperContent
from weiji.porting import store
from weiji.porting.labels import LABEL_MAX
from weiji.porting.model import (
    CALLED_MAX,
    KEY_MAX,
    ORIGIN_MAX,
    PART_MAX,
    AddPart,
    AddPartStatus,
    CheckAgain,
    ConfirmImport,
    Contents,
    Export,
    ExportState,
    HistoryEntry,
    LabelOfRun,
    Line,
    MoveRun,
    MoveRunStatus,
    NameNumber,
    NameNumberStatus,
    Outcome,
    Run,
    SaveLabel,
    SaveLabelStatus,
    StartExport,
    StartExportStatus,
    StartImport,
    StartImportStatus,
    StopImport,
    UndoImport,
)
from weiji.porting.operations import (
    add_parts,
    get_export,
    get_exports,
    get_history,
    get_labels_of_run,
    get_lines,
    get_run,
    get_runs,
    move_runs,
    name_numbers,
    read_part,
    save_labels,
    start_exports,
    start_imports,
)
from weiji.porting.permissions import permission_of
from weiji.porting.records import HistoryKind
from weiji.web import gettext as _
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

PartNumber = Annotated[int, QueryParameter(ge=0, le=10_000, description="From 0.")]
NearShop = Annotated[UUID, Meta(description="Made by you; its last six bits are those of `shop_id`.")]

SCOPES: Final = {
    Contents.ORDERS: ("orders:read",),
    Contents.CUSTOMERS: ("orders:read",),
    Contents.STATEMENTS: ("payments:read",),
    Contents.ARCHIVE: ("orders:read", "payments:read"),
}
"""What a key must be allowed besides, to take more out than goods."""


HISTORY_SCOPES: Final = {
    HistoryKind.ORDER: ("orders:read",),
    HistoryKind.CUSTOMER: ("orders:read",),
    HistoryKind.MOVEMENT: ("payments:read",),
    HistoryKind.INVOICE: ("orders:read",),
}
"""What a key must be allowed besides, to read more of the history than prices."""


class AddPartBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A part of a file: up to 1 MB, numbered from 0."""

    file_id: NearShop
    shop_id: UUID
    number: Annotated[int, Meta(ge=0, le=10_000)]
    data: Annotated[bytes, Meta(max_length=PART_MAX, description="Base64.")]


class StartImportBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The run to begin. `id` is the `file_id` under which the parts were added."""

    id: NearShop
    shop_id: UUID
    name: Typed
    origin: Annotated[
        str,
        Meta(max_length=ORIGIN_MAX, description="The shop elsewhere that it is from, if you bring those of several."),
    ] = ""


class RunBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which run of which shop."""

    run_id: UUID
    shop_id: UUID


class NameNumberBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a number of Taobao's is called. `key` is `pid` or `pid:vid`."""

    shop_id: UUID
    key: Annotated[str, Meta(max_length=KEY_MAX)]
    name: Annotated[str, Meta(max_length=CALLED_MAX)]


class SaveLabelBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which category goods are that files call so. Without `category_id` they have none."""

    shop_id: UUID
    label: Annotated[str, Meta(max_length=LABEL_MAX)]
    category_id: UUID | None = None
    is_guessed: Annotated[bool, Meta(description="Leave it to be guessed again.")] = False


class StartExportBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The file to make."""

    id: NearShop
    shop_id: UUID
    contents: Contents


class FilePart(Struct, kw_only=True):
    """A part of a file: up to 1 MB. `next` is the number of the part after it; null on the last one."""

    data: Annotated[bytes, Meta(description="Base64.")]
    next: int | None


class AddPartAnswer(Struct):
    """How adding a part ended."""

    status: AddPartStatus


class StartImportAnswer(Struct):
    """How beginning a run ended."""

    status: StartImportStatus


class MoveRunAnswer(Struct):
    """How going on with a run ended."""

    status: MoveRunStatus


class NameNumberAnswer(Struct):
    """How naming a number ended."""

    status: NameNumberStatus


class SaveLabelAnswer(Struct):
    """How saying what a label is ended."""

    status: SaveLabelStatus


class StartExportAnswer(Struct):
    """How beginning an export ended."""

    status: StartExportStatus


AddPartBatch = Batch[AddPartBody]
StartImportBatch = Batch[StartImportBody]
RunBatch = Batch[RunBody]
NameNumberBatch = Batch[NameNumberBody]
SaveLabelBatch = Batch[SaveLabelBody]
StartExportBatch = Batch[StartExportBody]


class PortingApi(Controller):
    """Files that shops bring, and files that are made for them."""

    path = "/api/v1/porting"
    tags = ("porting",)

    @post("/parts/add", **operation("AddParts", "goods:write", repeat="key_taken"))
    async def add_parts(self, request: ApiRequest, data: AddPartBatch) -> Response[list[AddPartAnswer]]:
        """Add parts to files of goods, before they are read. The answer has one result for each, in order."""
        commands = [
            AddPart(
                file_id=body.file_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                number=body.number,
                data=body.data,
            )
            for body in data
        ]
        return await run(request, add_parts, "file_id", commands)

    @post("/imports/start", **operation("StartImports", "goods:write", repeat="key_taken"))
    async def start(self, request: ApiRequest, data: StartImportBatch) -> Response[list[StartImportAnswer]]:
        """Begin to read files whose parts were added; nothing is changed before it is confirmed."""
        actor = request.actor("merchant")
        commands = [
            StartImport(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                name=body.name,
                origin=body.origin,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, start_imports, "id", commands)

    @post("/imports/confirm", **operation("ConfirmImports", "goods:write", repeat="key_taken"))
    async def confirm(self, request: ApiRequest, data: RunBatch) -> Response[list[MoveRunAnswer]]:
        """Take over what the reports of runs say. The worker does it; look at the run to see how far it is."""
        return await run(request, move_runs, "run_id", _moves(request, data, ConfirmImport))

    @post("/imports/check", **operation("CheckImports", "goods:write", repeat="key_taken"))
    async def check(self, request: ApiRequest, data: RunBatch) -> Response[list[MoveRunAnswer]]:
        """Read the files of runs once more, with the names that numbers have by now."""
        return await run(request, move_runs, "run_id", _moves(request, data, CheckAgain))

    @post("/imports/stop", **operation("StopImports", "goods:write", repeat="key_taken"))
    async def stop(self, request: ApiRequest, data: RunBatch) -> Response[list[MoveRunAnswer]]:
        """End runs that are being read or taken over, where they are. What they took over stays, and can be undone."""
        return await run(request, move_runs, "run_id", _moves(request, data, StopImport))

    @post("/imports/undo", **operation("UndoImports", "goods:write", repeat="key_taken"))
    async def undo(self, request: ApiRequest, data: RunBatch) -> Response[list[MoveRunAnswer]]:
        """Take back what runs did, except where it was edited since: the report says which."""
        return await run(request, move_runs, "run_id", _moves(request, data, UndoImport))

    @post("/names/save", **operation("NameNumbers", "goods:write", repeat="key_taken"))
    async def name(self, request: ApiRequest, data: NameNumberBatch) -> Response[list[NameNumberAnswer]]:
        """Say what numbers in files are called. The answer has one result for each, in order."""
        commands = [
            NameNumber(
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                key=body.key,
                name=body.name,
            )
            for body in data
        ]
        return await run(request, name_numbers, "shop_id", commands)

    @post("/labels/save", **operation("SaveLabels", "goods:write", repeat="key_taken"))
    async def label(self, request: ApiRequest, data: SaveLabelBatch) -> Response[list[SaveLabelAnswer]]:
        """Say which categories goods are that files call so, from the next import on. One result for each, in order."""
        commands = [
            SaveLabel(
                shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
                label=body.label,
                category_id=body.category_id,
                is_guessed=body.is_guessed,
            )
            for body in data
        ]
        return await run(request, save_labels, "shop_id", commands)

    @get("/imports/{run_id:uuid}/labels", **operation("ListImportLabels", "goods:read"))
    async def list_labels(self, request: ApiRequest, run_id: FromPath[UUID]) -> list[LabelOfRun]:
        """List what a run's file calls its goods, the most frequent first, and which categories that is: up to 200."""
        async with request.database.read() as reader:
            found = await get_run(reader, run_id)
            if found is None or not request.caller.may(found.shop_id, Permission.GOODS):
                raise NotFoundException
            return await get_labels_of_run(reader, run_id)

    @get("/imports", **operation("ListImports", "goods:read"))
    async def list_imports(
        self, request: ApiRequest, shop_id: UUID, after: After = None, limit: Limit = 20
    ) -> Page[Run]:
        """List the runs of a shop that you work for, newest first."""
        if not request.caller.may(shop_id, Permission.GOODS):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_runs(reader, shop_id, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.created_at, last.id) if last else None)

    @get("/imports/{run_id:uuid}", **operation("GetImport", "goods:read"))
    async def show_import(self, request: ApiRequest, run_id: FromPath[UUID]) -> Run:
        """Read how far a run is, of a shop that you work for."""
        async with request.database.read() as reader:
            found = await get_run(reader, run_id)
        if found is None or not request.caller.may(found.shop_id, Permission.GOODS):
            raise NotFoundException
        return found

    @get("/imports/{run_id:uuid}/lines", **operation("ListImportLines", "goods:read"))
    async def list_lines(
        self,
        request: ApiRequest,
        run_id: FromPath[UUID],
        outcome: Annotated[Outcome | None, QueryParameter(description="Only lines of this outcome.")] = None,
        after: After = None,
        limit: Limit = 100,
    ) -> Page[Line]:
        """Read the report of a run, in the order of the file."""
        number = read_cursor(after, tuple[int])
        async with request.database.read() as reader:
            found = await get_run(reader, run_id)
            if found is None or not request.caller.may(found.shop_id, Permission.GOODS):
                raise NotFoundException
            lines = await get_lines(reader, run_id, outcome or "", number[0] if number else -1, limit + 1)
        more = write_cursor(lines[limit - 1].number) if len(lines) > limit else None
        return Page(items=lines[:limit], next=more)

    @get("/history", **operation("ListHistory", "goods:read"))
    async def list_history(
        self,
        request: ApiRequest,
        shop_id: UUID,
        kind: Annotated[HistoryKind, QueryParameter(description="What is listed.")],
        after: After = None,
        limit: Limit = 20,
    ) -> Page[HistoryEntry]:
        """List what a shop that you work for brought along of elsewhere, newest first: orders, movements, prices.

        Orders, customers and invoices need the scope orders:read, movements payments:read, too.
        """
        _check_scopes(request, HISTORY_SCOPES.get(kind, ()))
        if not request.caller.may(shop_id, permission_of(kind)):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_history(reader, shop_id, kind, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.happened_at, last.id) if last else None)

    @get("/history/papers/{paper_id:uuid}", **operation("GetHistoryPaper", "orders:read"))
    async def show_paper(self, request: ApiRequest, paper_id: FromPath[UUID], shop_id: UUID) -> Response[PaperContent]:
        """Read the file of an invoice that a shop that you work for brought along of elsewhere.

        ListHistory names it: an invoice there has `papers`, each with its `id`.
        """
        if not request.caller.may(shop_id, permission_of(HistoryKind.INVOICE)):
            raise NotFoundException
        async with request.database.read() as reader:
            content = await store.get_paper(reader, shop_id, paper_id)
        media_type = sniff(content) if content else None
        if content is None or media_type is None:
            raise NotFoundException
        answer = PaperContent(media_type, base64.b64encode(content).decode())
        return Response(answer, headers={"cache-control": "no-store"})

    @post("/exports/start", **operation("StartExports", "goods:read", repeat="key_taken"))
    async def start_exports(self, request: ApiRequest, data: StartExportBatch) -> Response[list[StartExportAnswer]]:
        """Have files made of what your shops own. Orders need the scope orders:read, money payments:read, too."""
        actor = request.actor("merchant")
        for body in data:
            _check_scopes(request, SCOPES.get(body.contents, ()))
        commands = [
            StartExport(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, permission_of(body.contents)),
                contents=body.contents,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, start_exports, "id", commands)

    @get("/exports", **operation("ListExports", "goods:read"))
    async def list_exports(
        self, request: ApiRequest, shop_id: UUID, after: After = None, limit: Limit = 20
    ) -> Page[Export]:
        """List the files that were made for a shop that you work for, newest first."""
        if not request.caller.works_for(shop_id):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await get_exports(reader, shop_id, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.created_at, last.id) if last else None)

    @get("/exports/{export_id:uuid}", **operation("GetExport", "goods:read"))
    async def show_export(self, request: ApiRequest, export_id: FromPath[UUID]) -> Export:
        """Read how far a file is that is made for a shop that you work for."""
        return await _export_of(request, export_id)

    @get("/exports/{export_id:uuid}/part", **operation("GetExportPart", "goods:read"))
    async def show_part(self, request: ApiRequest, export_id: FromPath[UUID], number: PartNumber = 0) -> FilePart:
        """Read a part of a file that was made; put together in order, they are the file."""
        export = await _export_of(request, export_id)
        _check_scopes(request, SCOPES.get(export.contents, ()))
        async with request.database.read() as reader:
            data = await read_part(reader, export_id, number)
        if export.state is not ExportState.READY or data is None:
            raise NotFoundException
        return FilePart(data=data, next=number + 1 if (number + 1) * PART_MAX < export.size else None)


def _moves(request: ApiRequest, data: list[RunBody], kind: type[MoveRun]) -> list[MoveRun]:
    actor = request.actor("merchant")
    return [
        kind(
            run_id=body.run_id,
            shop_id=request.shop_if_may(body.shop_id, Permission.GOODS),
            actor=actor,
        )
        for body in data
    ]


def _check_scopes(request: ApiRequest, scopes: Sequence[str]) -> None:
    """Refuse a key that may not read what is asked for."""
    caller = request.caller
    for scope in scopes:
        if caller.session_id is None and scope not in caller.scopes:
            raise PermissionDeniedException(_("这个密钥没有需要的权限 %(scope)s。", scope=scope))


async def _export_of(request: ApiRequest, export_id: UUID) -> Export:
    async with request.database.read() as reader:
        export = await get_export(reader, export_id)
    if export is None or not request.caller.may(export.shop_id, permission_of(export.contents)):
        raise NotFoundException
    return export


ROUTES: Final = (PortingApi,)
"""What the program serves of this module."""

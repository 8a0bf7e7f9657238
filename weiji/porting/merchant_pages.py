"""Bringing goods in and taking everything out, on a shop's desk: files, reports, progress, history."""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.params import FromPath, FromQuery
from litestar.response import Response, ServerSentEvent, ServerSentEventMessage, Stream

from weiji.catalog import Tree
from weiji.catalog.category_words import category_choices
from weiji.kit.batch import Batchers
from weiji.kit.db import Database, Reader
from weiji.kit.ids import new_id
from weiji.orders.invoices import sniff
from weiji.orders.invoices.pages import hand_out
from weiji.porting import store, words
from weiji.porting.exporting import CSV, NAMES, media_of
from weiji.porting.model import (
    CALLED_MAX,
    FILE_MAX,
    KEPT_FOR,
    NAME_MAX,
    ORIGIN_MAX,
    PART_MAX,
    AddPart,
    AddPartStatus,
    CheckAgain,
    ConfirmImport,
    Contents,
    Export,
    ExportState,
    LabelOfRun,
    MoveRun,
    MoveRunStatus,
    NameNumber,
    NameNumberStatus,
    Run,
    RunState,
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
    entry_of,
    get_export,
    get_lines,
    get_run,
    move_runs,
    name_numbers,
    read_file,
    save_labels,
    start_exports,
    start_imports,
)
from weiji.porting.permissions import permission_of
from weiji.porting.readers import plain
from weiji.porting.records import HistoryKind
from weiji.web import fragment, page, rate, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form, read_id
from weiji.web.locales import current
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

RUNS: Final = 10
"""Runs, and exports, on one page."""

LINES: Final = 50
"""Lines on one page of a report."""

NUMBERS: Final = 50
"""Numbers that can be named at once."""

FORM_MAX: Final = FILE_MAX + 1024 * 1024
"""Bytes of an upload: the file, and what is round it."""

STREAM_SECONDS_MAX: Final = 600
EVERY: Final = 1.0
"""Seconds between two looks at how far a run is."""

LABELS: Final = 200
"""Labels whose categories can be said at once."""

ASKED: Final = ("categories", "names")
"""Tabs of a report on which something is asked."""

WHICH: Final = ("", "new", "changed", "same", "refused", "told", "kept")
"""Which lines a report can be narrowed to."""


class Porting(Controller):
    """Files that a shop brings, and files that are made for it."""

    path = "/merchant/{shop_id:uuid}/porting"
    guards = (shop_staff(Permission.GOODS),)
    include_in_schema = False

    @get("/")
    async def show(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        after: FromQuery[str] = "",
        exports_after: FromQuery[str] = "",
    ) -> Response[str]:
        """Show where a file may be given, what was brought, and what can be taken out."""
        return await _show(request, shop_id, after=after, exports_after=exports_after)

    @get("/table.csv")
    async def show_table(self) -> Response[str]:
        """Give an empty table for goods that no platform has a file of."""
        name = _("商品表") + ".csv"
        return Response(
            plain.write_template(current()),
            media_type=CSV,
            headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
        )

    @post("/", status_code=303, request_max_body_size=FORM_MAX, opt=rate("porting_upload", "60/hour"))
    async def upload(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Take a file, and begin to read it."""
        form = await request.form()
        file, origin = form.get("file"), " ".join(str(form.get("origin", "")).split())
        if not isinstance(file, UploadFile) or not file.filename:
            return await _show(request, shop_id, error=_("请选择一个文件。"))
        run_id = new_id(shop_id)
        error = await _store(file, run_id, shop_id, request.batchers)
        if error is None:
            name = " ".join("".join(c if c.isprintable() else " " for c in file.filename).split())[-NAME_MAX:]
            start = StartImport(
                id=run_id,
                shop_id=shop_id,
                name=name or _("文件"),
                actor=request.actor("merchant"),
                origin=origin,
            )
            status = await request.batchers.of(start_imports).submit(start)
            if status is StartImportStatus.CREATED:
                return redirect(request, f"/merchant/{shop_id}/porting/{run_id}")
            error = words.upload_error(status)
        return await _show(request, shop_id, error=error)

    @get("/{run_id:uuid}")
    async def show_run(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        run_id: FromPath[UUID],
        tab: FromQuery[str] = "",
        after: FromQuery[int] = -1,
    ) -> Response[str]:
        """Show how far a run is, and what it reports, line by line."""
        which = tab if tab in (*WHICH, *ASKED) else ""
        async with request.database.read() as reader:
            found = await store.get_run_and_shop(reader, run_id)
            if found is None or found[1].id != shop_id:
                raise NotFoundException
            run, shop = found
            numbers = await store.get_unnamed(reader, run_id, NUMBERS) if which == "names" else []
            labels, tree = (
                await store.get_labels_of_run(reader, run_id, LABELS) if which == "categories" else ([], Tree([]))
            )
            lines = [] if which in ASKED else await get_lines(reader, run_id, which, _bounded(after), LINES + 1)
        here = f"/merchant/{shop_id}/porting/{run_id}"
        labels_of_tabs = {
            "": _("全部"),
            **{key: word for key, (word, _tone) in words.outcome_words().items()},
            "told": _("有提醒"),
            **({"kept": _("撤销时保留")} if run.kept else {}),
            "categories": _("分类"),
            "names": _("给编号起名"),
        }
        if run.source != "taobao":
            del labels_of_tabs["names"]
        if run.source == "weiji":
            del labels_of_tabs["categories"]
        return page(
            request,
            "porting/merchant_run.html",
            shop=shop,
            run=run,
            here=here,
            tab=which,
            tabs=[
                {"key": key, "label": label, "href": f"{here}?tab={key}" if key else here}
                for key, label in labels_of_tabs.items()
            ],
            lines=[
                (line, [(p, words.fault_word(p), words.quoted(p)) for p in line.problems]) for line in lines[:LINES]
            ],
            more=f"{here}?tab={which}&after={lines[LINES - 1].number}" if len(lines) > LINES else None,
            labels=[(each, words.label_state(tree, each), _said(each)) for each in labels],
            choices=[("guess", _("自动判断")), *category_choices(tree, None)[1:], ("none", _("不归类"))],
            numbers=numbers,
            name_max=CALLED_MAX,
            problem=words.fault_word(run.problem) if run.problem else None,
            reading=words.reading_word(run.reading) if run.reading else None,
            says_currency=run.source not in words.WITHOUT_CURRENCY,
            states=words.state_words(),
            outcomes=words.outcome_words(),
            undoings=words.undoing_words(),
            parts=words.part_words(),
            source=words.source_word(run.source),
        )

    @get("/history")
    async def show_history(
        self, request: WebRequest, shop_id: FromPath[UUID], tab: FromQuery[str] = "", after: FromQuery[str] = ""
    ) -> Response[str]:
        """Show what the shop brought along of elsewhere: to be read, and nothing else."""
        shown = [kind for kind in HistoryKind if request.caller.may(shop_id, permission_of(kind))]
        if not shown:
            raise NotFoundException
        kind = HistoryKind(tab) if tab in shown else shown[0]
        async with request.database.read() as reader:
            found = await store.get_history_of_shop(
                reader, shop_id, kind, read_cursor(after, tuple[datetime, UUID]), LINES + 1
            )
        if found is None:
            raise NotFoundException
        shop, rows = found
        here = f"/merchant/{shop_id}/porting/history"
        last = rows[LINES - 1] if len(rows) > LINES else None
        return page(
            request,
            "porting/merchant_history.html",
            shop=shop,
            tab=kind.value,
            tabs=[
                {"key": each.value, "label": word, "href": f"{here}?tab={each}"}
                for each, word in words.history_words().items()
                if each in shown
            ],
            rows=[words.history_row(kind, entry_of(row)) for row in rows[:LINES]],
            more=f"{here}?tab={kind}&after={write_cursor(last.happened_at, last.id)}" if last else None,
        )

    @get("/history/papers/{paper_id:uuid}")
    async def show_paper(
        self, request: WebRequest, shop_id: FromPath[UUID], paper_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Hand out the file of an invoice that was made out elsewhere."""
        if not request.caller.may(shop_id, permission_of(HistoryKind.INVOICE)):
            raise NotFoundException
        async with request.database.read() as reader:
            content = await store.get_paper(reader, shop_id, paper_id)
        media_type = sniff(content) if content else None
        if content is None or media_type is None:
            raise NotFoundException
        return hand_out(content, media_type, str(paper_id))

    @get("/{run_id:uuid}/live")
    async def follow(self, request: WebRequest, shop_id: FromPath[UUID], run_id: FromPath[UUID]) -> ServerSentEvent:
        """Tell a page how far its run is, and when it is through."""
        async with request.database.read() as reader:
            await _run_of(reader, shop_id, run_id)
        return ServerSentEvent(_follow(request, shop_id, run_id))

    @post("/{run_id:uuid}/confirmation", status_code=303)
    async def confirm(self, request: WebRequest, shop_id: FromPath[UUID], run_id: FromPath[UUID]) -> Response[str]:
        """Take over what the report says."""
        return await _move(request, ConfirmImport, shop_id, run_id)

    @post("/{run_id:uuid}/stop", status_code=303)
    async def stop(self, request: WebRequest, shop_id: FromPath[UUID], run_id: FromPath[UUID]) -> Response[str]:
        """End a run where it is."""
        return await _move(request, StopImport, shop_id, run_id)

    @post("/{run_id:uuid}/undoing", status_code=303)
    async def undo(self, request: WebRequest, shop_id: FromPath[UUID], run_id: FromPath[UUID]) -> Response[str]:
        """Take back what a run did."""
        return await _move(request, UndoImport, shop_id, run_id)

    @post("/{run_id:uuid}/names", status_code=303)
    async def name(self, request: WebRequest, shop_id: FromPath[UUID], run_id: FromPath[UUID]) -> Response[str]:
        """Name numbers, and read the file once more."""
        async with request.database.read() as reader:
            await _run_of(reader, shop_id, run_id)
        form = await read_form(request)
        keys, names = form.all("key", NUMBERS), form.all("name", NUMBERS)
        commands = [
            NameNumber(shop_id=shop_id, key=key, name=name.strip())
            for key, name in zip(keys, names, strict=False)
            if name.strip()
        ]
        if commands:
            statuses = await request.batchers.of(name_numbers, "shop_id").submit_all(commands)
            if any(status is not NameNumberStatus.NAMED for status in statuses):
                here = f"/merchant/{shop_id}/porting/{run_id}?tab=names"
                return redirect(request, here, toast=_("有的名字太长，没有记下。"), tone="bad")
        return await _move(request, CheckAgain, shop_id, run_id)

    @post("/{run_id:uuid}/categories", status_code=303)
    async def label(self, request: WebRequest, shop_id: FromPath[UUID], run_id: FromPath[UUID]) -> Response[str]:
        """Say which categories goods are that the file calls so; read it once more, if nothing was done yet."""
        async with request.database.read() as reader:
            found = await _run_of(reader, shop_id, run_id)
        form = await read_form(request)
        here = f"/merchant/{shop_id}/porting/{run_id}?tab=categories"
        commands = [
            _label_command(shop_id, label, chosen)
            for label, chosen, before in zip(
                form.all("label", LABELS), form.all("category", LABELS), form.all("before", LABELS), strict=False
            )
            if chosen != before
        ]
        if commands:
            statuses = await request.batchers.of(save_labels, "shop_id").submit_all(commands)
            if any(status is not SaveLabelStatus.SAVED for status in statuses):
                return redirect(request, here, toast=_("有的没有记下，请再选一次。"), tone="bad")
        if found.state in (RunState.CHECKED, RunState.REFUSED):
            return await _move(request, CheckAgain, shop_id, run_id)
        return redirect(request, here, toast=_("记下了，下次导入就按这个归类。"))

    @post("/exports", status_code=303, opt=rate("porting_export", "60/hour"))
    async def begin_export(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Have a file made."""
        form = await read_form(request)
        here = f"/merchant/{shop_id}/porting"
        if form.text("contents") not in tuple(Contents):
            return redirect(request, here, toast=_("请选择要导出什么。"), tone="bad")
        if not request.caller.may(shop_id, permission_of(Contents(form.text("contents")))):
            raise PermissionDeniedException
        command = StartExport(
            id=form.id("id") or new_id(shop_id),
            shop_id=shop_id,
            contents=Contents(form.text("contents")),
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(start_exports).submit(command)
        if status in (StartExportStatus.CREATED, StartExportStatus.EXISTS):
            return redirect(request, f"{here}#exports", toast=_("正在生成，好了就能下载。"))
        return redirect(request, here, toast=words.export_error(status), tone="bad")

    @get("/exports/{export_id:uuid}/file", opt={"skip_compression": True})
    async def download(self, request: WebRequest, shop_id: FromPath[UUID], export_id: FromPath[UUID]) -> Stream:
        """Hand over a file that was made."""
        async with request.database.read() as reader:
            export = await get_export(reader, export_id)
        if export is None or export.shop_id != shop_id or export.state is not ExportState.READY:
            raise NotFoundException
        if not request.caller.may(shop_id, permission_of(export.contents)):
            raise PermissionDeniedException
        return send_file(request.database, export)


def _said(label: LabelOfRun) -> str:
    """Give what a form has chosen of a label."""
    return "guess" if not label.is_said else str(label.said_id or "none")


def _label_command(shop_id: UUID, label: str, chosen: str) -> SaveLabel:
    category_id = read_id(chosen)
    is_guessed = category_id is None and chosen != "none"
    return SaveLabel(shop_id=shop_id, label=label, category_id=category_id, is_guessed=is_guessed)


def send_file(database: Database, export: Export) -> Stream:
    """Send a file that was made, part by part."""
    name = f"{export.created_at:%Y-%m-%d}-{NAMES[export.contents]}"
    return Stream(
        read_file(database, export.id),
        media_type=media_of(export.contents),
        headers={
            "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "content-length": str(export.size),
        },
    )


async def _store(file: UploadFile, run_id: UUID, shop_id: UUID, batchers: Batchers) -> str | None:
    """Keep a file part by part; say why not, where it is not taken."""
    number = 0
    while data := await file.read(PART_MAX):
        part = AddPart(file_id=run_id, shop_id=shop_id, number=number, data=data)
        status = await batchers.of(add_parts, "file_id").submit(part)
        if status is not AddPartStatus.ADDED:
            return words.upload_error(status)
        number += 1
    return None if number else _("文件是空的。")


async def _show(
    request: WebRequest, shop_id: UUID, *, after: str = "", exports_after: str = "", error: str | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        found = await store.get_desk(
            reader,
            shop_id,
            read_cursor(after, tuple[datetime, UUID]),
            read_cursor(exports_after, tuple[datetime, UUID]),
            RUNS + 1,
        )
    if found is None:
        raise NotFoundException
    shop, runs, exports = found
    here = f"/merchant/{shop_id}/porting"
    return page(
        request,
        "porting/merchant_porting.html",
        status_code=422 if error else 200,
        shop=shop,
        here=here,
        runs=runs[:RUNS],
        more=f"{here}?after={_write(runs)}" if len(runs) > RUNS else None,
        exports=exports[:RUNS],
        more_exports=f"{here}?exports_after={_write(exports)}" if len(exports) > RUNS else None,
        is_making=any(export.state is ExportState.MAKING for export in exports),
        export_id=new_id(shop_id),
        contents=words.contents_words(),
        states=words.state_words(),
        export_states=words.export_state_words(),
        sources={run.source: words.source_word(run.source) for run in runs},
        error=error,
        origin_max=ORIGIN_MAX,
        megabytes=FILE_MAX // 1024**2,
        days=KEPT_FOR.days,
        plain=plain.columns(current()),
    )


def _write(found: Sequence[Run] | Sequence[Export]) -> str:
    last = found[RUNS - 1]
    return write_cursor(last.created_at, last.id)


def _bounded(number: int) -> int:
    return max(-1, min(number, 2**31 - 1))


async def _run_of(reader: Reader, shop_id: UUID, run_id: UUID) -> Run:
    run = await get_run(reader, run_id)
    if run is None or run.shop_id != shop_id:
        raise NotFoundException
    return run


async def _move(request: WebRequest, kind: type[MoveRun], shop_id: UUID, run_id: UUID) -> Response[str]:
    command = kind(run_id=run_id, shop_id=shop_id, actor=request.actor("merchant"))
    status = await request.batchers.of(move_runs, "run_id").submit(command)
    here = f"/merchant/{shop_id}/porting/{run_id}"
    if status is MoveRunStatus.RUN_NOT_FOUND:
        raise NotFoundException
    if status in (MoveRunStatus.DONE, MoveRunStatus.EXISTS):
        return redirect(request, here)
    return redirect(request, here, toast=words.move_error(status), tone="bad")


async def _follow(request: WebRequest, shop_id: UUID, run_id: UUID) -> AsyncIterator[ServerSentEventMessage]:
    """Tell how far a run is, whenever it got on, until it is through: then the page asks for itself again."""
    here = f"/merchant/{shop_id}/porting/{run_id}"
    until = time.monotonic() + STREAM_SECONDS_MAX
    seen: tuple[RunState, int, int] | None = None
    with request.live.watch(run_id) as watch:
        watch.changed.set()
        async for _changed in watch.changes(EVERY):
            async with request.database.read() as reader:
                run = await get_run(reader, run_id)
            if run is None or not (run.is_under_way or run.is_bringing):
                again = f'hx-get="{here}" hx-trigger="load" hx-target="#main" hx-select="#main"'
                yield ServerSentEventMessage(data=f'<span {again} hx-swap="outerHTML"></span>')
                return
            now = (run.state, run.done, run.pictures_taken + run.pictures_missed)
            if now != seen:
                seen = now
                yield ServerSentEventMessage(data=_progress(request, run))
            if time.monotonic() > until:
                return


def _progress(request: WebRequest, run: Run) -> str:
    answer = fragment(request, "porting/progress.html", run=run, states=words.state_words())
    return answer.content


ROUTES: Final = (Porting,)

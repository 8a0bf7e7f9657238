"""The operator's page of the sandbox: how it stands, where it is, and how it is emptied."""

import asyncio
from pathlib import Path
from typing import Final

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.response import Response

from weiji.twin.beside import Twin
from weiji.twin.desk import STREAM, empty_twin, start_twin
from weiji.twin.tickets import public_key_text
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.requests import WebRequest

HERE: Final = "/operator/sandbox"


class SandboxDesk(Controller):
    """The sandbox beside this installation."""

    path = HERE
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, twin: NamedDependency[Twin]) -> Response[str]:
        """Show how it stands."""
        return page(
            request,
            "twin/desk.html",
            here=HERE,
            state=(await twin.state()).value,
            is_run_here=twin.is_run_here,
            reason=twin.reason,
            address=twin.address_for(request),
            public_key=public_key_text(),
            folder=str(twin.folder),
            megabytes=await asyncio.to_thread(_megabytes, twin.folder) if twin.is_run_here else None,
            trail=STREAM,
        )

    @post("/start", status_code=303, guards=(staff("operator"),), opt=rate("sandbox_start", "30/hour"))
    async def start(self, request: WebRequest, twin: NamedDependency[Twin]) -> Response[str]:
        """Start it."""
        await start_twin(request.database, twin, request.actor("staff"))
        return redirect(request, HERE)

    @post("/emptying", status_code=303, guards=(staff("operator"),), opt=rate("sandbox_emptying", "10/hour"))
    async def empty(self, request: WebRequest, twin: NamedDependency[Twin]) -> Response[str]:
        """Remove all that is in it."""
        if not await empty_twin(request.database, twin, request.actor("staff")):
            toast = _("沙箱不是这里运行的：由运行它的人清空。")
            return redirect(request, HERE, toast=toast, tone="warn")
        return redirect(request, HERE, toast=_("清空了。下一位进来的店主会看到一个新的沙箱。"))


def _megabytes(folder: Path) -> int:
    """Tell how much room a folder takes up."""
    size = 0
    for each in folder.rglob("*"):
        try:
            size += each.lstat().st_size
        except FileNotFoundError:  # The database removes files as it likes.
            continue
    return round(size / 2**20)


ROUTES: Final = (SandboxDesk,)

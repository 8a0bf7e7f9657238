"""What the owner of a wallet reads of it where it lies for long, and the one thing to do about it."""

from typing import Final

from litestar import Controller, get, post
from litestar.response import Response

from weiji.dormancy import store
from weiji.dormancy.model import DormancyState, GiveBack, GiveBackStatus
from weiji.dormancy.operations import give_back_dormant
from weiji.web import fragment, page, redirect, signed_in
from weiji.web import gettext as _
from weiji.web.requests import WebRequest

HERE: Final = "/wallet/dormant"


class OwnDormancy(Controller):
    """A person's."""

    path = HERE
    guards = (signed_in,)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what is set aside, or will be."""
        async with request.database.read() as reader:
            found = await store.get_dormancy(reader, request.person_id)
        return page(
            request,
            "dormancy/own.html",
            lying=found,
            state=found.dormancy.state if found else DormancyState.AWAKE,
            months=request.settings.dormant_months,
        )

    @get("/note")
    async def note(self, request: WebRequest) -> Response[str]:
        """Say in the wallet what its owner should know; mostly nothing."""
        async with request.database.read() as reader:
            found = await store.get_dormancy(reader, request.person_id)
        return fragment(request, "dormancy/note.html", lying=found)

    @post("/", status_code=303)
    async def give_back(self, request: WebRequest) -> Response[str]:
        """Bring what is set aside into the wallet."""
        command = GiveBack(person_id=request.person_id, actor=request.actor("person"))
        status = await request.batchers.of(give_back_dormant, "person_id").submit(command)
        if status is GiveBackStatus.NOTHING_DORMANT:
            return redirect(request, HERE, toast=_("没有另存着的钱。"), tone="info")
        return redirect(request, "/wallet", toast=_("钱回到钱包了。"))


ROUTES: Final = (OwnDormancy,)
"""What the program serves of this module."""

"""Where anybody complains of a product or a shop, and reads what came of it."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.events import Actor
from weiji.kit.ids import new_id
from weiji.supervision.inquiries import store
from weiji.supervision.inquiries.ladder import COUNTED_FOR, DAYS, POINTS, STEPS, SUSPENSION_POINTS
from weiji.supervision.inquiries.model import TEXT_MAX, ComplaintKind, FileComplaint, FileComplaintStatus, SubjectKind
from weiji.supervision.inquiries.operations import file_complaints
from weiji.supervision.inquiries.words import complaint_error, kind_words, meaning_words, penalty_words
from weiji.web import gettext as _
from weiji.web import page, rate, redirect
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest

COMPLAINTS_LIMIT: Final = "20/hour"
"""Complaints from one address."""


def complainant(request: WebRequest) -> Actor:
    """Say who complains: a person, or a stranger at an address."""
    actor = request.actor("person")
    return actor if actor.person_id else Actor("system", None, actor.request_id, actor.address)


class ComplaintPages(Controller):
    """Complaints."""

    path = "/complaints"
    include_in_schema = False

    @get("/new")
    async def show_new(
        self, request: WebRequest, product: FromQuery[UUID | None] = None, shop: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """Show the form."""
        subject_id = product or shop
        if subject_id is None:
            raise NotFoundException
        return await _show(request, subject_id, {"id": str(new_id(subject_id))}, None)

    @post("/", status_code=303, opt=rate("complaints", COMPLAINTS_LIMIT))
    async def file(self, request: WebRequest) -> Response[str]:
        """Take a complaint."""
        form = await read_form(request)
        subject_id = form.id("subject")
        if subject_id is None:
            raise NotFoundException
        kind = form.text("kind")
        id = form.id_near("id", subject_id)
        if kind not in tuple(ComplaintKind):
            given = {"id": str(id), "kind": "", "text": form.text("text")}
            return await _show(request, subject_id, given, None, kind_error=_("请选是什么问题。"))
        command = FileComplaint(
            id=id,
            subject_kind=SubjectKind.SHOP if form.text("subject_kind") == SubjectKind.SHOP else SubjectKind.PRODUCT,
            subject_id=subject_id,
            kind=ComplaintKind(kind),
            text=form.text("text").replace("\r\n", "\n"),
            actor=complainant(request),
        )
        status = await request.batchers.of(file_complaints).submit(command)
        match status:
            case FileComplaintStatus.CREATED | FileComplaintStatus.EXISTS:
                return redirect(request, f"/complaints/{command.id}", toast=_("收到了，谢谢你告诉我们。"))
            case FileComplaintStatus.SUBJECT_NOT_FOUND:
                raise NotFoundException
            case _:
                given = {"id": str(command.id), "kind": kind, "text": command.text}
                return await _show(request, subject_id, given, complaint_error(status))

    @get("/{complaint_id:uuid}")
    async def show(self, request: WebRequest, complaint_id: FromPath[UUID]) -> Response[str]:
        """Show a complaint and what came of it: to whom it belongs; a stranger's, to whoever has its address."""
        async with request.database.read() as reader:
            found = await store.get_complaint(reader, complaint_id)
        if found is None or (found.person_id and found.person_id != request.caller.person_id):
            raise NotFoundException
        return page(request, "supervision/complaint.html", complaint=found, kinds=kind_words())


async def _show(
    request: WebRequest, subject_id: UUID, given: Mapping[str, str], error: str | None, *, kind_error: str | None = None
) -> Response[str]:
    async with request.database.read() as reader:
        subject = await store.get_subject(reader, subject_id)
    if subject is None:
        raise NotFoundException
    return page(
        request,
        "supervision/complaint_form.html",
        status_code=422 if error or kind_error else 200,
        subject=subject,
        subject_id=subject_id,
        is_shop=subject.shop_id == subject_id,
        given=given,
        error=error,
        kind_error=kind_error,
        kinds=[("", _("请选择")), *kind_words().items()],
        text_max=TEXT_MAX,
    )


class LadderPages(Controller):
    """What penalties there are, and what they add up to."""

    path = "/penalties"
    include_in_schema = False

    @get("/", sync_to_thread=False)
    def show(self, request: WebRequest) -> Response[str]:
        """Show the ladder to everybody."""
        return page(
            request,
            "supervision/ladder.html",
            kinds=penalty_words(),
            meanings=meaning_words(),
            points={kind.value: number for kind, number in POINTS.items()},
            days={kind.value: number for kind, number in DAYS.items()},
            steps=STEPS,
            suspension_points=SUSPENSION_POINTS,
            counted_days=COUNTED_FOR.days,
        )


ROUTES: Final = (ComplaintPages, LadderPages)
"""What the program serves of this module."""

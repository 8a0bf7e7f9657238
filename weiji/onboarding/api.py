"""The JSON API of onboarding: applications for owners, the queue for reviewers, the checklist for the operator."""

import base64
import binascii
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from weiji.onboarding import store
from weiji.onboarding.documents import clean
from weiji.onboarding.model import (
    DOCUMENT_BYTES_MAX,
    NUMBERS,
    Application,
    Checklist,
    DecideApplication,
    DecideStatus,
    Decision,
    Document,
    Field,
    FieldFault,
    FieldState,
    LookAtDocument,
    LookStatus,
    PublishChecklist,
    PublishChecklistStatus,
    PutBackApplication,
    PutBackStatus,
    PutDocument,
    PutDocumentStatus,
    SaveFields,
    SaveStatus,
    State,
    SubmitApplication,
    SubmitStatus,
    TakeApplication,
    TakeStatus,
    Value,
    WithdrawApplication,
    WithdrawStatus,
)
from weiji.onboarding.operations import (
    decide_applications,
    look_at_documents,
    publish_checklists,
    put_back_applications,
    put_documents,
    save_fields,
    submit_applications,
    take_applications,
    withdraw_applications,
)
from weiji.onboarding.rules import mark_of
from weiji.shops import NO_SHOP
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission

CONTENT_MAX: Final = DOCUMENT_BYTES_MAX * 4 // 3 + 1_024
"""Characters of a document in base64."""

BODY_BYTES_MAX: Final = CONTENT_MAX * 4 + 64 * 1024
"""A request with documents: as many as it holds."""

BEGINNING: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


class ValueBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a field is to hold. The terms hold the `terms_mark` that was read."""

    field: Field
    value: Typed


class SaveBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A step of a shop's application: all of it is kept, or nothing."""

    shop_id: UUID
    values: Annotated[list[ValueBody], Meta(min_length=1, max_length=20)]


class SaveAnswer(Struct):
    """How keeping a step ended."""

    status: SaveStatus
    faults: tuple[FieldFault, ...] = ()


class DocumentBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A document: a JPEG, PNG or WebP picture or a PDF of at most 4 MB, in base64."""

    id: UUID
    shop_id: UUID
    field: Field
    content: Annotated[str, Meta(max_length=CONTENT_MAX)]


class DocumentAnswer(Struct):
    """How putting a document ended."""

    status: PutDocumentStatus


class ShopBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop's application."""

    shop_id: UUID


class SubmitAnswer(Struct):
    """How handing in ended, and when there is a decision, as promised."""

    status: SubmitStatus
    faults: tuple[FieldFault, ...] = ()
    promised_at: datetime | None = None


class WithdrawAnswer(Struct):
    """How taking back ended."""

    status: WithdrawStatus


class TakeAnswer(Struct):
    """How taking ended."""

    status: TakeStatus


class PutBackAnswer(Struct):
    """How putting back ended."""

    status: PutBackStatus


class DecisionBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether a field is accepted; where it is not, why."""

    field: Field
    is_accepted: bool
    reason: Typed = ""


class DecideBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What becomes of an application that you have taken; `rejection` refuses it as a whole."""

    shop_id: UUID
    decisions: Annotated[list[DecisionBody], Meta(max_length=20)] = []
    rejection: Typed = ""


class DecideAnswer(Struct):
    """How deciding ended."""

    status: DecideStatus


class DocumentContent(Struct):
    """What is in a document, in base64."""

    media_type: str
    content: str


class FieldAnswer(Struct, kw_only=True):
    """A field of an application. Of numbers only the end is told, except to the reviewer who has taken it."""

    field: Field
    value: str
    state: FieldState
    reason: str


class ApplicationAnswer(Struct, kw_only=True):
    """An application. `place` is its place in the queue, from 1."""

    shop_id: UUID
    state: State
    attempts: int
    submitted_at: datetime | None
    promised_at: datetime | None
    decided_at: datetime | None
    reason: str
    place: int | None
    fields: list[FieldAnswer]
    documents: list[Document]


class QueuedAnswer(Struct, kw_only=True):
    """An application as the queue shows it."""

    shop_id: UUID
    name: str
    handle: str
    state: State
    attempts: int
    submitted_at: datetime
    promised_at: datetime | None
    reviewer_id: UUID | None
    decided_at: datetime | None


class ChecklistAnswer(Struct, kw_only=True):
    """What is asked of shops, and what those may do that are not verified."""

    version: int
    terms_mark: str
    checklist: Checklist


class PublishChecklistBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A checklist; `version` is the one after the latest."""

    version: Annotated[int, Meta(ge=1, le=10**9)]
    checklist: Checklist
    reason: Typed


class PublishChecklistAnswer(Struct):
    """How publishing ended."""

    status: PublishChecklistStatus


class ApplicationsApi(Controller):
    """Applications of shops, for those who own them."""

    path = "/api/v1/applications"
    tags = ("onboarding",)

    @get("/checklist", **operation("GetChecklist", is_public=True))
    async def show_checklist(self, request: ApiRequest) -> ChecklistAnswer:
        """Read what is asked of shops, and what those may do that are not verified."""
        async with request.database.read() as reader:
            version, checklist = await store.get_checklist(reader)
        return ChecklistAnswer(version=version, terms_mark=mark_of(checklist), checklist=checklist)

    @post("/save", **operation("SaveApplications", "shops:write", repeat="key_taken"))
    async def save(self, request: ApiRequest, data: Batch[SaveBody]) -> Response[list[SaveAnswer]]:
        """Keep steps of applications. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            SaveFields(
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                values=tuple(Value(value.field, value.value) for value in body.values),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, save_fields, "shop_id", commands)

    @post(
        "/put-documents",
        request_max_body_size=BODY_BYTES_MAX,
        **operation("PutDocuments", "shops:write"),
    )
    async def put_documents(self, request: ApiRequest, data: Batch[DocumentBody]) -> Response[list[DocumentAnswer]]:
        """Put documents into applications. The same id again changes nothing."""
        actor = request.actor("merchant")
        commands = []
        for body in data:
            shop_id = request.shop_if_may(body.shop_id, Permission.OWNERSHIP)
            # What nobody may put is not decoded.
            read = [] if shop_id == NO_SHOP else [_read_content(body.content)]
            (content,) = await clean(shop_id, read) or [b""]
            commands.append(PutDocument(id=body.id, shop_id=shop_id, field=body.field, content=content, actor=actor))
        # Megabytes ride in no batch with others.
        statuses = await request.database.retried(partial(put_documents, commands=commands))
        return Response([DocumentAnswer(status) for status in statuses])

    @post("/submit", **operation("SubmitApplications", "shops:write", repeat="key_taken"))
    async def submit(self, request: ApiRequest, data: Batch[ShopBody]) -> Response[list[SubmitAnswer]]:
        """Hand applications in. The answer has one result for each, in order."""
        actor = request.actor("merchant")
        commands = [
            SubmitApplication(shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP), actor=actor)
            for body in data
        ]
        return await run(request, submit_applications, "shop_id", commands)

    @post("/withdraw", **operation("WithdrawApplications", "shops:write", repeat="key_taken"))
    async def withdraw(self, request: ApiRequest, data: Batch[ShopBody]) -> Response[list[WithdrawAnswer]]:
        """Take applications back. The answer has one result for each, in order.

        What was never handed in is removed at once.
        """
        actor = request.actor("merchant")
        commands = [
            WithdrawApplication(shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP), actor=actor)
            for body in data
        ]
        return await run(request, withdraw_applications, "shop_id", commands)

    @get("/{shop_id:uuid}", **operation("GetApplication", "shops:read"))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> ApplicationAnswer:
        """Read the application of a shop that you own."""
        if not request.caller.may(shop_id, Permission.OWNERSHIP):
            raise NotFoundException
        return await _answer(request, shop_id, is_reviewer=False)


class ReviewApi(Controller):
    """The queue of applications, for reviewers."""

    path = "/api/v1/reviews"
    tags = ("onboarding",)

    @get("/", **operation("ListApplications", "platform:read", guards=[staff("reviewer")]))
    async def index(
        self,
        request: ApiRequest,
        wanted: Annotated[State, QueryParameter(name="state", description="In this state.")] = State.SUBMITTED,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[QueuedAnswer]:
        """List applications, those first that were handed in first."""
        cursor = read_cursor(after, tuple[datetime, UUID]) or BEGINNING
        async with request.database.read() as reader:
            found = await store.list_applications(reader, [wanted], cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(
            items=[QueuedAnswer(**msgspec.structs.asdict(each)) for each in found[:limit]],
            next=write_cursor(last.submitted_at, last.shop_id) if last else None,
        )

    @get("/{shop_id:uuid}", **operation("GetReview", "platform:read", guards=[staff("reviewer")]))
    async def show(self, request: ApiRequest, shop_id: FromPath[UUID]) -> ApplicationAnswer:
        """Read an application; its numbers, if you have taken it."""
        return await _answer(request, shop_id, is_reviewer=True)

    @post("/take", **operation("TakeApplications", "platform:write", repeat="key_taken", guards=[staff("reviewer")]))
    async def take(self, request: ApiRequest, data: Batch[ShopBody]) -> Response[list[TakeAnswer]]:
        """Take applications out of the queue. The answer has one result for each, in order."""
        actor = request.actor("staff")
        commands = [
            TakeApplication(shop_id=body.shop_id, actor=actor, is_own=request.caller.works_for(body.shop_id))
            for body in data
        ]
        return await run(request, take_applications, "shop_id", commands)

    @post(
        "/put-back",
        **operation("PutBackApplications", "platform:write", repeat="key_taken", guards=[staff("reviewer")]),
    )
    async def put_back(self, request: ApiRequest, data: Batch[ShopBody]) -> Response[list[PutBackAnswer]]:
        """Put applications back into the queue. The answer has one result for each, in order."""
        actor = request.actor("staff")
        commands = [PutBackApplication(shop_id=body.shop_id, actor=actor) for body in data]
        return await run(request, put_back_applications, "shop_id", commands)

    @post(
        "/decide", **operation("DecideApplications", "platform:write", repeat="key_taken", guards=[staff("reviewer")])
    )
    async def decide(self, request: ApiRequest, data: Batch[DecideBody]) -> Response[list[DecideAnswer]]:
        """Decide applications. The answer has one result for each, in order."""
        actor = request.actor("staff")
        commands = [
            DecideApplication(
                shop_id=body.shop_id,
                decisions=tuple(Decision(each.field, each.is_accepted, each.reason) for each in body.decisions),
                rejection=body.rejection.strip(),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, decide_applications, "shop_id", commands)

    @get(
        "/{shop_id:uuid}/documents/{document_id:uuid}",
        **operation("GetDocument", "platform:read", guards=[staff("reviewer")]),
    )
    async def show_document(
        self, request: ApiRequest, shop_id: FromPath[UUID], document_id: FromPath[UUID]
    ) -> Response[DocumentContent]:
        """Open a document of an application that you have taken. Each look is noted, with who it was."""
        command = LookAtDocument(document_id=document_id, shop_id=shop_id, actor=request.actor("staff"))
        (look,) = await request.database.retried(partial(look_at_documents, commands=[command]))
        if look.status is not LookStatus.SEEN:
            raise NotFoundException
        content = base64.b64encode(look.content).decode()
        return Response(DocumentContent(look.media_type, content), headers={"cache-control": "no-store"})

    @post(
        "/publish-checklists",
        **operation("PublishChecklists", "platform:write", repeat="key_taken", guards=[staff("operator")]),
    )
    async def publish(
        self, request: ApiRequest, data: Batch[PublishChecklistBody]
    ) -> Response[list[PublishChecklistAnswer]]:
        """Publish checklists. Each is in force at once, and so are its limits for shops that are not verified."""
        actor = request.actor("staff")
        commands = [
            PublishChecklist(version=body.version, checklist=body.checklist, reason=body.reason, actor=actor)
            for body in data
        ]
        return await run(request, publish_checklists, "actor.person_id", commands)


def _read_content(text: str) -> bytes:
    """Read base64; what is none is a document of no kind."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


async def _answer(request: ApiRequest, shop_id: UUID, *, is_reviewer: bool) -> ApplicationAnswer:
    async with request.database.read() as reader:
        case = await store.get_case(reader, shop_id)
        application = case.application if case else None
        if case is None or application is None or (is_reviewer and application.state is State.DRAFT):
            raise NotFoundException
        is_queued = application.state is State.SUBMITTED
        place = await store.count_ahead(reader, application) + 1 if is_queued else None
    is_taken = application.state is State.IN_REVIEW and application.reviewer_id == request.caller.person_id
    facts: dict[str, Any] = {
        name: getattr(application, name)
        for name in ("shop_id", "state", "attempts", "submitted_at", "promised_at", "decided_at", "reason")
    }
    return ApplicationAnswer(
        **facts,
        place=place,
        fields=_fields(application, is_masked=not (is_reviewer and is_taken)),
        documents=case.documents,
    )


def _fields(application: Application, *, is_masked: bool) -> list[FieldAnswer]:
    return [
        FieldAnswer(
            field=name,
            value=f"•••• {entry.value[-4:]}" if is_masked and name in NUMBERS else entry.value,
            state=entry.state,
            reason=entry.reason,
        )
        for name, entry in application.fields.items()
    ]


ROUTES: Final = (ApplicationsApi, ReviewApi)
"""What the program serves of this module."""

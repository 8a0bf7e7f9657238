"""The JSON API of inquiries: complaints for anybody, penalties for shops, the desk for the operator's staff."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.identity import Role
from weiji.kit import clock
from weiji.supervision.inquiries import operations, store
from weiji.supervision.inquiries.ladder import COUNTED_FOR, DAYS, POINTS, STEPS, SUSPENSION_POINTS, Step
from weiji.supervision.inquiries.model import (
    APPEAL_MAX,
    TRIED_AT_ONCE,
    AppealPenalty,
    AppealPenaltyStatus,
    ComplaintKind,
    DecideInquiry,
    DecideInquiryStatus,
    FileComplaint,
    FileComplaintStatus,
    JudgePenalty,
    JudgePenaltyStatus,
    PenaltyKind,
    SubjectKind,
    TakeInquiry,
    TakeInquiryStatus,
    TryWordRules,
    TryWordRulesResult,
    Verdict,
    WordTrial,
)
from weiji.supervision.inquiries.operator_pages import DESK, WORD_TRIALS_LIMIT
from weiji.supervision.inquiries.pages import COMPLAINTS_LIMIT, complainant
from weiji.supervision.inquiries.store import (
    DeskStatistics,
    FiledComplaint,
    InquiryFile,
    ListedInquiry,
    ListedPenalty,
    Record,
)
from weiji.supervision.inquiries.trying import try_word_rules
from weiji.web import staff
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.web.rates import rate
from weiji.word_rules import WordRule

Appeal = Annotated[str, Meta(max_length=APPEAL_MAX + 1)]
Days = Annotated[
    int,
    Meta(
        ge=0,
        le=10_000,
        description="1 to 365. Without them a suspension lasts until it is lifted, other penalties as the ladder says.",
    ),
]


class FileComplaintBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What somebody complains of."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of `subject_id`.")]
    subject_kind: SubjectKind
    subject_id: UUID
    kind: ComplaintKind
    text: Annotated[str, Meta(max_length=1_001)]


class FileComplaintAnswer(Struct):
    """How complaining ended."""

    status: FileComplaintStatus


class TakeInquiryBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An inquiry to look into."""

    inquiry_id: UUID


class TakeInquiryAnswer(Struct):
    """How taking an inquiry ended."""

    status: TakeInquiryStatus


class DecideInquiryBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What comes of an inquiry. The shop reads the reason, who complained the answer."""

    inquiry_id: UUID
    verdict: Verdict
    reason: Typed = ""
    answer: Typed = ""
    days: Days | None = None


class DecideInquiryAnswer(Struct):
    """How deciding ended."""

    status: DecideInquiryStatus


class AppealPenaltyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Why a penalty of a shop of yours is wrong."""

    penalty_id: UUID
    shop_id: UUID
    text: Appeal


class AppealPenaltyAnswer(Struct):
    """How appealing ended."""

    status: AppealPenaltyStatus


class JudgePenaltyBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether an appeal is right, and why."""

    penalty_id: UUID
    is_granted: bool
    reason: Typed


class JudgePenaltyAnswer(Struct):
    """How deciding an appeal ended."""

    status: JudgePenaltyStatus


class LadderPenalty(Struct, kw_only=True):
    """A kind of penalty, its points, and how many days it lasts where nobody says for how long."""

    kind: PenaltyKind
    points: int
    days: int | None


class Ladder(Struct, kw_only=True):
    """What penalties cost, and what so many points lead to within the days that they count."""

    counted_days: int
    penalties: list[LadderPenalty]
    steps: list[Step]
    suspension_points: int


FileComplaintBatch = Batch[FileComplaintBody]
TakeInquiryBatch = Batch[TakeInquiryBody]
DecideInquiryBatch = Batch[DecideInquiryBody]
AppealPenaltyBatch = Batch[AppealPenaltyBody]
JudgePenaltyBatch = Batch[JudgePenaltyBody]


class ComplaintsApi(Controller):
    """Complaints."""

    path = "/api/v1/complaints"
    tags = ("supervision",)

    @post("/file", **operation("FileComplaints", is_public=True, opt=rate("complaints", COMPLAINTS_LIMIT)))
    async def file(self, request: ApiRequest, data: FileComplaintBatch) -> Response[list[FileComplaintAnswer]]:
        """Complain of products or shops, signed in or not."""
        actor = complainant(request)
        commands = [
            FileComplaint(
                id=body.id,
                subject_kind=body.subject_kind,
                subject_id=body.subject_id,
                kind=body.kind,
                text=body.text,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.file_complaints, "id", commands)

    @get("/{complaint_id:uuid}", **operation("GetComplaint", is_public=True))
    async def show(self, request: ApiRequest, complaint_id: FromPath[UUID]) -> FiledComplaint:
        """Read a complaint of yours and what came of it; one that was filed without signing in, if you have its id."""
        async with request.database.read() as reader:
            found = await store.get_complaint(reader, complaint_id)
        if found is None or (found.person_id and found.person_id != request.caller.person_id):
            raise NotFoundException
        return found


class PenaltiesApi(Controller):
    """Penalties."""

    path = "/api/v1/penalties"
    tags = ("supervision",)

    @get("/", **operation("ListPenalties", "shops:read"))
    async def list_penalties(
        self, request: ApiRequest, shop_id: FromQuery[UUID], after: After = None, limit: Limit = 20
    ) -> Page[ListedPenalty]:
        """List the penalties of a shop that you work for, the latest first."""
        if not request.caller.may(shop_id, Permission.DESK):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await store.list_penalties_of_shop(
                reader, shop_id, read_cursor(after, tuple[datetime, UUID]), limit + 1
            )
        last = found[limit - 1].penalty if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.imposed_at, last.id) if last else None)

    @get("/ladder", **operation("GetPenaltyLadder", is_public=True))
    async def show_ladder(self, request: ApiRequest) -> Ladder:  # noqa: ARG002 - Every operation has one.
        """Read how many points penalties cost, and what so many points lead to."""
        return Ladder(
            counted_days=COUNTED_FOR.days,
            penalties=[LadderPenalty(kind=kind, points=POINTS[kind], days=DAYS.get(kind)) for kind in PenaltyKind],
            steps=list(STEPS),
            suspension_points=SUSPENSION_POINTS,
        )

    @get("/record", **operation("GetPenaltyRecord", "shops:read"))
    async def show_record(self, request: ApiRequest, shop_id: FromQuery[UUID]) -> Record:
        """Read the points of a shop that you work for; staff, of any shop."""
        if not (request.caller.may(shop_id, Permission.DESK) or request.caller.is_staff):
            raise NotFoundException
        async with request.database.read() as reader:
            found = await store.get_record(reader, shop_id, clock.now())
        if found is None:
            raise NotFoundException
        return found

    @post("/appeal", **operation("AppealPenalties", "shops:write", repeat="key_taken"))
    async def appeal(self, request: ApiRequest, data: AppealPenaltyBatch) -> Response[list[AppealPenaltyAnswer]]:
        """Say why penalties of shops that you own are wrong, once each."""
        actor = request.actor("merchant")
        commands = [
            AppealPenalty(
                penalty_id=body.penalty_id,
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                text=body.text,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.appeal_penalties, "penalty_id", commands)

    @get("/appeals", **operation("ListPenaltyAppeals", "platform:read", guards=DESK))
    async def list_appeals(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[ListedPenalty]:
        """List the penalties whose appeals wait for a judgement, the oldest first."""
        async with request.database.read() as reader:
            found = await store.list_appeals(reader, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1].penalty if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.appealed_at, last.id) if last else None)

    @post("/judge", **operation("JudgePenalties", "platform:write", repeat="key_taken", guards=DESK))
    async def judge(self, request: ApiRequest, data: JudgePenaltyBatch) -> Response[list[JudgePenaltyAnswer]]:
        """Decide appeals against penalties that others imposed. One that is granted lifts its penalty at once."""
        caller, actor = request.caller, request.actor("staff")
        async with request.database.read() as reader:
            found = await store.get_penalties(reader, {body.penalty_id for body in data})
        commands = [
            JudgePenalty(
                penalty_id=body.penalty_id,
                is_granted=body.is_granted,
                reason=body.reason,
                actor=actor,
                is_own=body.penalty_id in found and caller.works_for(found[body.penalty_id].shop_id),
            )
            for body in data
        ]
        return await run(request, operations.judge_penalties, "penalty_id", commands)


class InquiriesApi(Controller):
    """Inquiries."""

    path = "/api/v1/inquiries"
    tags = ("supervision",)

    @get("/", **operation("ListOpenInquiries", "platform:read", guards=DESK))
    async def list_open(
        self, request: ApiRequest, is_mine: FromQuery[bool] = False, after: After = None, limit: Limit = 20
    ) -> Page[ListedInquiry]:
        """List the inquiries that wait, whose time ends first; with `is_mine` those that you took."""
        async with request.database.read() as reader:
            person_id = request.person_id if is_mine else None
            found = await store.list_open(reader, person_id, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1].inquiry if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.due_at, last.id) if last else None)

    @get("/decided", **operation("ListDecidedInquiries", "platform:read", guards=DESK))
    async def list_decided(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[ListedInquiry]:
        """List the inquiries that are decided, the latest first."""
        async with request.database.read() as reader:
            found = await store.list_decided(reader, read_cursor(after, tuple[datetime, UUID]), limit + 1)
        last = found[limit - 1].inquiry if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.decided_at, last.id) if last else None)

    @get("/statistics", **operation("GetInquiryStatistics", "platform:read", guards=DESK))
    async def show_statistics(self, request: ApiRequest) -> DeskStatistics:
        """Read what waits, how old it is, and what each of the staff decided in thirty days, in time or late."""
        async with request.database.read() as reader:
            return await store.get_statistics(reader, clock.now())

    @get("/{inquiry_id:uuid}", **operation("GetInquiry", "platform:read", guards=DESK))
    async def show(self, request: ApiRequest, inquiry_id: FromPath[UUID]) -> InquiryFile:
        """Read an inquiry with its evidence, complaints and penalties."""
        async with request.database.read() as reader:
            found = await store.get_file(reader, inquiry_id, clock.now())
        if found is None:
            raise NotFoundException
        return found

    @post("/take", **operation("TakeInquiries", "platform:write", repeat="key_taken", guards=DESK))
    async def take(self, request: ApiRequest, data: TakeInquiryBatch) -> Response[list[TakeInquiryAnswer]]:
        """Take inquiries to look into, so that no colleague does the same meanwhile."""
        own, actor = await _own(request, {body.inquiry_id for body in data}), request.actor("staff")
        commands = [
            TakeInquiry(inquiry_id=body.inquiry_id, actor=actor, is_own=body.inquiry_id in own) for body in data
        ]
        return await run(request, operations.take_inquiries, "inquiry_id", commands)

    @post("/decide", **operation("DecideInquiries", "platform:write", repeat="key_taken", guards=DESK))
    async def decide(self, request: ApiRequest, data: DecideInquiryBatch) -> Response[list[DecideInquiryAnswer]]:
        """Decide inquiries that you took. The answer has one result for each, in order."""
        own, actor = await _own(request, {body.inquiry_id for body in data}), request.actor("staff")
        commands = [
            DecideInquiry(
                inquiry_id=body.inquiry_id,
                verdict=body.verdict,
                reason=body.reason,
                answer=body.answer,
                days=body.days,
                actor=actor,
                is_own=body.inquiry_id in own,
            )
            for body in data
        ]
        return await run(request, operations.decide_inquiries, "inquiry_id", commands)


async def _own(request: ApiRequest, inquiry_ids: set[UUID]) -> set[UUID]:
    """Tell which inquiries are about shops that the caller works for."""
    async with request.database.read() as reader:
        found = await store.get_inquiries(reader, inquiry_ids)
    return {id for id, inquiry in found.items() if request.caller.works_for(inquiry.shop_id)}


class TryWordRulesBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Rules to be tried together, as they would be published."""

    id: Annotated[UUID, Meta(description="The trial's, made by you.")]
    rules: Annotated[tuple[WordRule, ...], Meta(min_length=1, max_length=TRIED_AT_ONCE)]


TryWordRulesBatch = Batch[TryWordRulesBody]


class WordTrialsApi(Controller):
    """What word rules would find."""

    path = "/api/v1/word-rules"
    tags = ("word-rules",)

    @post(
        "/try",
        **operation(
            "TryWordRules",
            "platform:write",
            guards=[staff(Role.OPERATOR)],
            opt=rate("word_trials", WORD_TRIALS_LIMIT),
        ),
    )
    async def try_rules(self, request: ApiRequest, data: TryWordRulesBatch) -> list[TryWordRulesResult]:
        """Ask what rules would find in what was written in ninety days, and in all that is on sale. Only what was
        tried, as it is, can be published."""
        actor = request.actor("staff")
        commands = [TryWordRules(id=body.id, rules=body.rules, actor=actor) for body in data]
        return await try_word_rules(request.database, commands)

    @get("/trials/{trial_id:uuid}", **operation("GetWordTrial", "platform:read", guards=[staff()]))
    async def show_trial(self, request: ApiRequest, trial_id: FromPath[UUID]) -> WordTrial:
        """Read what rules would find, as far as their trial is. It is kept for seven days."""
        async with request.database.read() as reader:
            found = (await store.get_word_trials(reader, [trial_id])).get(trial_id)
        if found is None:
            raise NotFoundException
        return found


ROUTES: Final = (WordTrialsApi, ComplaintsApi, PenaltiesApi, InquiriesApi)
"""What the program serves of this module."""

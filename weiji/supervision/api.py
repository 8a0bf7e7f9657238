"""The JSON API of the operator's console: the market, the books, and what went wrong. For the operator's staff."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from weiji import ledger, payments
from weiji.events.outbox import get_set_aside, get_trail, list_staff_acts
from weiji.identity import Role
from weiji.kit import clock
from weiji.kit.db import Row
from weiji.kit.deadlines import list_set_aside
from weiji.kit.jobs import get_jobs
from weiji.ledger.verify import Defect
from weiji.orders import Order, State, get_order, get_trade_figures, list_orders
from weiji.supervision.operations import (
    ResumeDeadline,
    ResumeDelivery,
    ResumeStatus,
    resume_deadlines,
    resume_set_aside,
    time_of,
)
from weiji.supervision.proof import prover_of, start_proof
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.rates import rate

PROOF_PATIENCE: Final = 20.0
"""Seconds that a request waits for a proof; it goes on without."""


class StateFigures(Struct, kw_only=True):
    """How many orders are in a state, their total, and what became of it (fen)."""

    state: State
    orders: int
    total: int
    refunded: int
    """What of the total went back."""

    subsidy: int
    """What the platform's coupons added, and was not taken back."""

    fee: int
    """What the platform takes, or took, and did not give back."""


class DayFigures(Struct, kw_only=True):
    """A day's sales in the whole market: orders that were paid, and their total (fen)."""

    day: str
    orders: int
    total: int


class MarketAnswer(Struct, kw_only=True):
    """The market: orders by state, and what was sold in the last 30 days."""

    states: list[StateFigures]
    days: list[DayFigures]


class TrailAnswer(Struct, kw_only=True):
    """Something that happened to a thing, and who did it, by which request, from where."""

    id: UUID
    type: str
    stream: UUID
    actor: str
    actor_id: UUID | None
    request_id: str | None
    address: str | None
    at: datetime
    data: dict[str, Any]


class TrailedOrder(Struct, kw_only=True):
    """An order, with everything that happened to it."""

    order: Order
    trail: list[TrailAnswer]


class BalanceAnswer(Struct, kw_only=True):
    """All accounts of a kind: a line of the trial balance. Of each ledger, debits equal credits."""

    ledger: int
    code: int
    accounts: int
    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int


class HeadAnswer(Struct, kw_only=True):
    """Where the hash chain of a lane ends, and up to where it is signed."""

    lane: int
    batch: int
    hash: str
    signed_batch: int
    signed_at: datetime | None


class ProofAnswer(Struct, kw_only=True):
    """What verifying every batch, counter and signature came to. `is_running`: one is under way."""

    is_running: bool
    is_proved: bool | None = None
    ended_at: datetime | None = None
    seconds: float | None = None
    batches: int = 0
    transfers: int = 0
    accounts: int = 0
    signatures: int = 0
    defects: list[Defect] = []
    fault: str = ""


class BooksAnswer(Struct, kw_only=True):
    """The books: the trial balance, whether clients' money is covered, and the last proof."""

    balances: list[BalanceAnswer]
    bank: int
    channel_receivable: int
    owed: int
    is_covered: bool
    heads: list[HeadAnswer]
    proof: ProofAnswer


class JobAnswer(Struct, kw_only=True):
    """A job: when it ran, what it did, what went wrong."""

    name: str
    every_seconds: float
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    items: int
    total_items: int
    runs: int
    failures: int
    error: str | None


class DeadlineAnswer(Struct, kw_only=True):
    """Something that a job could not do: since when, how often it was tried, and when it is tried again."""

    job: str
    id: UUID
    attempts: int
    error: str
    since: datetime
    due_at: datetime


class DeadlineBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Something that a job could not do."""

    id: UUID
    job: Annotated[str, Meta(min_length=1, max_length=100)]


class SetAsideAnswer(Struct, kw_only=True):
    """An event that a subscriber failed to take, again and again."""

    id: UUID
    subscriber: str
    type: str
    stream: UUID
    subject_id: UUID
    at: datetime
    attempts: int
    error: str
    set_aside_at: datetime


class ResumeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A delivery that was set aside."""

    id: UUID
    subscriber: Annotated[str, Meta(min_length=1, max_length=100)]


class ResumeAnswer(Struct):
    """How resuming ended."""

    status: ResumeStatus


class PlatformApi(Controller):
    """The operator's console."""

    path = "/api/v1/platform"
    tags = ("platform",)

    @get("/market", **operation("GetMarket", "platform:read", guards=[staff()]))
    async def show_market(self, request: ApiRequest) -> MarketAnswer:
        """Read the figures of the whole market."""
        async with request.database.read() as reader:
            row = await get_trade_figures(reader, clock.now())
        return MarketAnswer(
            states=[
                StateFigures(state=State(state), orders=n, total=total, refunded=refunded, subsidy=subsidy, fee=fee)
                for state, n, total, refunded, subsidy, fee in row["states"] or []
            ],
            days=[DayFigures(day=str(day), orders=n, total=total) for day, n, total in row["days"] or []],
        )

    @get("/orders", **operation("ListAllOrders", "platform:read", guards=[staff()]))
    async def list_orders(
        self,
        request: ApiRequest,
        wanted: Annotated[State | None, QueryParameter(name="state", description="Only orders in this state.")] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[Order]:
        """List everybody's orders, the newest first, without their lines."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await list_orders(reader, [wanted] if wanted else list(State), cursor, limit + 1, clock.now())
        shown = found[:limit]
        last = shown[-1] if len(found) > limit else None
        return Page(items=shown, next=write_cursor(last.placed_at, last.id) if last else None)

    @get("/orders/{order_id:uuid}", **operation("GetTrailedOrder", "platform:read", guards=[staff()]))
    async def show_order(self, request: ApiRequest, order_id: FromPath[UUID]) -> TrailedOrder:
        """Read anybody's order, with everything that happened to it."""
        async with request.database.read() as reader:
            order = await get_order(reader, order_id)
            if order is None:
                raise NotFoundException
            return TrailedOrder(order=order, trail=[_trail(row) for row in await get_trail(reader, order_id)])

    @get("/staff-acts", **operation("ListStaffActs", "platform:read", guards=[staff(Role.AUDITOR)]))
    async def list_acts(
        self,
        request: ApiRequest,
        person_id: Annotated[UUID | None, QueryParameter(description="Only what this person did.")] = None,
        kind: Annotated[
            str | None, QueryParameter(name="type", max_length=100, description="Only events of this type.")
        ] = None,
        about: Annotated[UUID | None, QueryParameter(description="Only what is about this, or in its log.")] = None,
        first: Annotated[date | None, QueryParameter(description="The first day, in Shanghai.")] = None,
        last: Annotated[date | None, QueryParameter(description="The last day, in Shanghai.")] = None,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[TrailAnswer]:
        """List everything that the operator's staff did, the latest first, if you are an auditor."""
        before = read_cursor(after, tuple[datetime, UUID])
        wanted = kind.replace("\x00", "") if kind else None
        since, until = time_of(first, last)
        async with request.database.read() as reader:
            rows = await list_staff_acts(
                reader,
                person_id=person_id,
                type=wanted,
                about=about,
                since=since,
                until=until,
                before=before,
                limit=limit + 1,
            )
        end = rows[limit - 1] if len(rows) > limit else None
        items = [_trail(row) for row in rows[:limit]]
        return Page(items=items, next=write_cursor(end["at"], end["id"]) if end else None)

    @get("/books", **operation("GetBooks", "platform:read", guards=[staff()]))
    async def show_books(self, request: ApiRequest) -> BooksAnswer:
        """Read the trial balance, whether clients' money is covered, and whether the chain was proved."""
        database = request.database
        async with database.read() as reader:
            trial = await ledger.get_trial_balance(reader)
            heads = await ledger.get_heads(reader)
        custody = payments.custody_of(trial)
        return BooksAnswer(
            balances=[BalanceAnswer(**{name: row[name] for name in BalanceAnswer.__struct_fields__}) for row in trial],
            bank=custody.bank,
            channel_receivable=custody.channel_receivable,
            owed=custody.owed,
            is_covered=custody.is_covered,
            heads=[
                HeadAnswer(
                    lane=row["lane"],
                    batch=row["batch"],
                    hash=row["hash"].hex(),
                    signed_batch=row["signed_batch"],
                    signed_at=row["signed_at"],
                )
                for row in heads
            ],
            proof=_last_proof(request),
        )

    @post("/proof", **operation("ProveBooks", "platform:write", guards=[staff()], opt=rate("proof", "20/minute")))
    async def prove(self, request: ApiRequest) -> ProofAnswer:
        """Verify every batch, counter and signature of the ledger. A long proof goes on after the answer."""
        prover = await start_proof(request.database, request.actor("staff"))
        await prover.wait(PROOF_PATIENCE)
        return _last_proof(request)

    @get("/jobs", **operation("ListJobs", "platform:read", guards=[staff()]))
    async def list_jobs(self, request: ApiRequest) -> Page[JobAnswer]:
        """List the jobs that the program does by the clock."""
        async with request.database.read() as reader:
            rows = await get_jobs(reader)
        return Page(items=[_job(row) for row in rows], next=None)

    @get("/jobs/set-aside", **operation("ListDeadlinesSetAside", "platform:read", guards=[staff()]))
    async def list_deadlines(self, request: ApiRequest, limit: Limit = 100) -> Page[DeadlineAnswer]:
        """List what jobs could not do and try again later, what failed last first."""
        async with request.database.read() as reader:
            rows = await list_set_aside(reader, limit)
        return Page(items=[DeadlineAnswer(**dict(row)) for row in rows], next=None)

    @post(
        "/jobs/resume", **operation("ResumeDeadlines", "platform:write", repeat="key_taken", guards=[staff("operator")])
    )
    async def resume_deadlines(self, request: ApiRequest, data: Batch[DeadlineBody]) -> Response[list[ResumeAnswer]]:
        """Have what jobs could not do tried again in their next run."""
        actor = request.actor("staff")
        commands = [ResumeDeadline(job=body.job, id=body.id, actor=actor) for body in data]
        return await run(request, resume_deadlines, "actor.person_id", commands)


class SetAsideApi(Controller):
    """Events that could not be delivered."""

    path = "/api/v1/events"
    tags = ("platform",)

    @get("/set-aside", **operation("ListEventsSetAside", "platform:read", guards=[staff()]))
    async def index(self, request: ApiRequest, limit: Limit = 100) -> Page[SetAsideAnswer]:
        """List the newest events that a subscriber failed to take."""
        async with request.database.read() as reader:
            rows = await get_set_aside(reader, limit)
        names = SetAsideAnswer.__struct_fields__
        return Page(items=[SetAsideAnswer(**{name: row[name] for name in names}) for row in rows], next=None)

    @post("/resume", **operation("ResumeEvents", "platform:write", repeat="key_taken", guards=[staff("operator")]))
    async def resume(self, request: ApiRequest, data: Batch[ResumeBody]) -> Response[list[ResumeAnswer]]:
        """Have events that were set aside delivered once more."""
        actor = request.actor("staff")
        commands = [ResumeDelivery(subscriber=body.subscriber, event_id=body.id, actor=actor) for body in data]
        return await run(request, resume_set_aside, "actor.person_id", commands)


def _trail(row: Row) -> TrailAnswer:
    return TrailAnswer(
        id=row["id"],
        type=row["type"],
        stream=row["stream"],
        actor=row["actor_kind"],
        actor_id=row["actor_id"],
        request_id=row["request_id"],
        address=None if row["address"] is None else str(row["address"]),
        at=row["at"],
        data=row["data"],
    )


def _last_proof(request: ApiRequest) -> ProofAnswer:
    prover = prover_of(request.database)
    last = prover.last
    if last is None:
        return ProofAnswer(is_running=prover.is_running)
    return ProofAnswer(
        is_running=prover.is_running,
        is_proved=last.report.is_proved and not last.fault,
        ended_at=last.ended_at,
        seconds=last.seconds,
        batches=last.report.batches,
        transfers=last.report.transfers,
        accounts=last.report.accounts,
        signatures=last.report.signatures,
        defects=last.report.defects,
        fault=last.fault,
    )


def _job(row: Row) -> JobAnswer:
    fields = {name: row[name] for name in JobAnswer.__struct_fields__ if name != "every_seconds"}
    return JobAnswer(**fields, every_seconds=row["every"] / timedelta(seconds=1))


ROUTES: Final = (PlatformApi, SetAsideApi)
"""What the program serves of this module."""

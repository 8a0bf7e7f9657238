"""The JSON API of reconciliation, for the operator's staff."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct
from msgspec.structs import asdict

from weiji.identity import refuse_payment_passwords
from weiji.kit import clock
from weiji.kit.text import read_hash
from weiji.reconciliation import store
from weiji.reconciliation.model import (
    NOTE_MAX,
    SETTLEMENTS_MAX,
    AgreeToResolution,
    Break,
    BreakState,
    ProposeResolution,
    Resolution,
    ResolutionStatus,
    Statement,
)
from weiji.reconciliation.operations import agree_to_resolutions, propose_resolutions
from weiji.reconciliation.rules import ARRIVED_WITHIN, day_of, hash_of
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, PaymentPassword, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.rates import rate

OPERATORS: Final = ("operator",)


class SettlementName(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a channel said that it paid to the platform's bank account, or (`bank`) what that was to pay; or the id of
    the break of a line there.
    """

    channel: Annotated[str, Meta(min_length=1, max_length=32)]
    reference: Annotated[str, Meta(min_length=1, max_length=64)]


class SettlementAnswer(Struct, kw_only=True):
    """What a channel said that it paid to the platform's bank account (without its fee), or was to be paid from it."""

    channel: str
    reference: str
    amount: int
    at: datetime


class ProposalBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """How a break is to end, and why: `own_funds`, `reversed`, `arrived`, `returned`, `fee`, `paid`, `corrected` or
    `charged_back`.

    Money on the bank account that a channel paid has `arrived`, and what it paid and has again was `returned`: name the
    settlements that it is, which add up to it. What went from the bank account by nothing of ours may be a `fee`,
    or have `paid` transfers that its line does not name: name those likewise. What the bank takes back, in red ink, has
    `corrected` a line that is open, too: name it, as a settlement of `bank`, by the id of its break. Or what came was
    `charged_back`, or what went was a `fee`.
    """

    break_id: UUID
    resolution: Resolution
    note: Annotated[str, Meta(min_length=1, max_length=NOTE_MAX)]
    settlements: Annotated[list[SettlementName], Meta(max_length=SETTLEMENTS_MAX)] = []


class AgreementBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether you agree to what somebody else proposed; if not, it goes back.

    Who agrees gives the `hash` of what they saw, and their `payment_password`.
    """

    break_id: UUID
    is_agreed: bool
    hash: Annotated[
        str,
        Meta(max_length=64, description="The break's `hash` as you read it: what was proposed since is not agreed to."),
    ] = ""
    payment_password: PaymentPassword | None = None


class BreakAnswer(Break, frozen=True, kw_only=True):
    """A difference with a name."""

    hash: Annotated[str | None, Meta(description="Of what is proposed, in hex: who agrees gives it.")]


class ResolutionAnswer(Struct):
    """How deciding ended."""

    status: ResolutionStatus


class ClearingAnswer(Struct, kw_only=True):
    """The accounts that come back to zero, by code (debits less credits, fen), and what is open."""

    accounts: dict[str, int]
    breaks_open: int
    oldest_at: datetime | None


ProposalBatch = Batch[ProposalBody]
AgreementBatch = Batch[AgreementBody]


class ReconciliationApi(Controller):
    """Reconciliation."""

    path = "/api/v1/reconciliation"
    tags = ("platform",)
    guards = (staff(),)

    @get("/statements", **operation("ListReconciledStatements", "platform:read"))
    async def list_statements(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[Statement]:
        """List the channels' statements that were matched, the newest day first."""
        before = read_cursor(after, tuple[date, str])
        async with request.database.read() as reader:
            found = await store.list_statements(reader, before, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.day, last.channel) if last else None)

    @get("/breaks", **operation("ListBreaks", "platform:read"))
    async def list_breaks(
        self,
        request: ApiRequest,
        wanted: Annotated[
            BreakState | None, QueryParameter(name="state", description="Only breaks in this state.")
        ] = None,
        day: Annotated[date | None, QueryParameter(description="Only of this day's statements.")] = None,
        channel: Annotated[str | None, QueryParameter(max_length=32, description="Only of this channel.")] = None,
        after: After = None,
        limit: Limit = 50,
    ) -> Page[BreakAnswer]:
        """List what channels' statements have otherwise than the books, the oldest first."""
        cursor = read_cursor(after, tuple[datetime, UUID])
        states = [wanted] if wanted else list(BreakState)
        async with request.database.read() as reader:
            found = await store.list_breaks(reader, states, day, channel, cursor, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        items = [BreakAnswer(**asdict(one), hash=_proposed_in(one)) for one in found[:limit]]
        return Page(items=items, next=write_cursor(last.found_at, last.id) if last else None)

    @get("/settlements", **operation("ListSettlementsUnderWay", "platform:read"))
    async def list_settlements(
        self, request: ApiRequest, after: After = None, limit: Limit = 50
    ) -> Page[SettlementAnswer]:
        """List what channels said in the last 60 days that they paid to the bank account, and no money there is yet.

        The oldest first. What came back is on its way no more.
        """
        cursor = read_cursor(after, tuple[datetime, str, str])
        since = day_of(clock.now()) - ARRIVED_WITHIN
        async with request.database.read() as reader:
            found = await store.list_under_way(reader, since, cursor, limit + 1)
        items = [
            SettlementAnswer(channel=one.channel, reference=one.reference, amount=one.amount, at=one.at)
            for one in found[:limit]
        ]
        last = items[-1] if len(found) > limit else None
        return Page(items=items, next=write_cursor(last.at, last.channel, last.reference) if last else None)

    @get("/transfers", **operation("ListUnmatchedTransfers", "platform:read"))
    async def list_transfers(
        self, request: ApiRequest, after: After = None, limit: Limit = 50
    ) -> Page[SettlementAnswer]:
        """List what the bank was given to pay in the last 60 days, and no line of its statements is yet.

        The oldest first. What went without a reference may be one of them, or several.
        """
        cursor = read_cursor(after, tuple[datetime, str])
        since = day_of(clock.now()) - ARRIVED_WITHIN
        async with request.database.read() as reader:
            found = await store.list_transfers(reader, since, cursor, limit + 1)
        items = [
            SettlementAnswer(channel=one.channel, reference=one.reference, amount=one.amount, at=one.at)
            for one in found[:limit]
        ]
        last = items[-1] if len(found) > limit else None
        return Page(items=items, next=write_cursor(last.at, last.reference) if last else None)

    @get("/clearing", **operation("GetClearing", "platform:read"))
    async def show_clearing(self, request: ApiRequest) -> ClearingAnswer:
        """Read the clearing accounts, and since when what is open."""
        async with request.database.read() as reader:
            clearing = await store.get_clearing(reader)
        accounts = {str(code): balance for code, balance in clearing.balances.items()}
        return ClearingAnswer(accounts=accounts, breaks_open=clearing.open, oldest_at=clearing.oldest_at)

    @post(
        "/breaks/propose",
        **operation("ProposeResolutions", "platform:write", repeat="key_needed", guards=[staff(*OPERATORS)]),
    )
    async def propose(self, request: ApiRequest, data: ProposalBatch) -> Response[list[ResolutionAnswer]]:
        """Propose how breaks end. Somebody else has to agree."""
        actor = request.actor("staff")
        commands = [
            ProposeResolution(
                break_id=body.break_id,
                resolution=body.resolution,
                note=body.note,
                actor=actor,
                settlements=tuple((each.channel, each.reference) for each in body.settlements),
            )
            for body in data
        ]
        return await run(request, propose_resolutions, "break_id", commands)

    @post(
        "/breaks/agree",
        **operation(
            "AgreeToResolutions",
            "platform:write",
            repeat="key_needed",
            guards=[staff(*OPERATORS)],
            opt=rate("password", "30/minute"),
        ),
    )
    async def agree(self, request: ApiRequest, data: AgreementBatch) -> Response[list[ResolutionAnswer]]:
        """Agree to what somebody else proposed, with the payment password, which posts it; or send it back."""
        actor = request.actor("staff")
        refusals = await refuse_payment_passwords(request, [body.payment_password for body in data if body.is_agreed])
        commands = [
            AgreeToResolution(
                break_id=body.break_id,
                is_agreed=body.is_agreed,
                actor=actor,
                hash=read_hash(body.hash),
                refusal=refusals[body.payment_password] if body.is_agreed else None,
            )
            for body in data
        ]
        return await run(request, agree_to_resolutions, "break_id", commands)


def _proposed_in(one: Break) -> str | None:
    return hash_of(one).hex() if one.state is BreakState.PROPOSED else None


ROUTES: Final = (ReconciliationApi,)
"""What the program serves of this module."""

"""The JSON API of approvals, for the operator's staff."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.approvals import store
from weiji.approvals.makers import MAKERS, check_may_decide, check_may_propose
from weiji.approvals.model import (
    DecideProposal,
    DecideResult,
    Deed,
    Proposal,
    ProposeDeed,
    ProposeStatus,
    State,
    Verdict,
)
from weiji.approvals.operations import decide_proposals, propose_deeds
from weiji.approvals.rules import name_of
from weiji.identity import refuse_payment_passwords
from weiji.kit import clock
from weiji.kit.text import read_hash
from weiji.rulebook import APPROVAL_RULES, ApprovalRules, Version
from weiji.rulebook.api import PublishRulesAnswer, RulesBody, list_rules, publish
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, PaymentPassword, Typed, operation, run
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.rates import rate

OPERATOR: Final = (staff("operator"),)

Hash = Annotated[
    str, Meta(max_length=64, description="The hash of what you approve, in hex: that of another is refused.")
]


class ProposeBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to do by hand, and why. What is somebody's is moved in the shard of their id, which is `id`'s, too."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of whose money it is.")]
    deed: Deed
    reason: Typed


class ProposeAnswer(Struct):
    """How proposing ended."""

    status: ProposeStatus


class DecideBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What becomes of a proposal. An approval needs `hash` and `payment_password`, a rejection a `note`."""

    id: UUID
    verdict: Verdict
    hash: Hash = ""
    note: Typed = ""
    payment_password: PaymentPassword | None = None


class ProposalAnswer(Struct, kw_only=True):
    """A proposal."""

    id: UUID
    deed: Deed
    hash: str
    reason: str
    maker_id: UUID
    state: State
    proposed_at: datetime
    expires_at: datetime
    checker_id: UUID | None
    decided_at: datetime | None
    note: str


ProposeBatch = Batch[ProposeBody]
DecideBatch = Batch[DecideBody]
RulesBatch = Batch[RulesBody[ApprovalRules]]


def _describe(proposal: Proposal) -> ProposalAnswer:
    return ProposalAnswer(
        id=proposal.id,
        deed=proposal.deed,
        hash=proposal.hash.hex(),
        reason=proposal.reason,
        maker_id=proposal.maker_id,
        state=proposal.state,
        proposed_at=proposal.proposed_at,
        expires_at=proposal.expires_at,
        checker_id=proposal.checker_id,
        decided_at=proposal.decided_at,
        note=proposal.note,
    )


class ApprovalsApi(Controller):
    """What is moved by hand."""

    path = "/api/v1/approvals"
    tags = ("approvals",)

    @get("/", **operation("ListProposals", "platform:read", guards=[staff()]))
    async def index(
        self, request: ApiRequest, is_open: bool = True, after: After = None, limit: Limit = 20
    ) -> Page[ProposalAnswer]:
        """List proposals that wait, or that are over, the newest first."""
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await store.list_proposals(
                reader, clock.now(), is_open=is_open, before=cursor[0] if cursor else None, limit=limit + 1
            )
        more = write_cursor(found[limit - 1].id) if len(found) > limit else None
        return Page(items=[_describe(proposal) for proposal in found[:limit]], next=more)

    @get("/{proposal_id:uuid}", **operation("GetProposal", "platform:read", guards=[staff()]))
    async def show(self, request: ApiRequest, proposal_id: FromPath[UUID]) -> ProposalAnswer:
        """Read a proposal."""
        async with request.database.read() as reader:
            found = await store.get_proposal(reader, proposal_id)
        if found is None:
            raise NotFoundException
        return _describe(found.proposal)

    @post("/propose", **operation("ProposeDeeds", "platform:write", repeat="key_needed", guards=[MAKERS]))
    async def propose(self, request: ApiRequest, data: ProposeBatch) -> Response[list[ProposeAnswer]]:
        """Propose to move money by hand: nothing moves before another of the staff has approved it.

        Operators may propose everything, arbiters a `compensation`.
        """
        check_may_propose(request.caller, [name_of(body.deed) for body in data])
        actor = request.actor("staff")
        commands = [ProposeDeed(id=body.id, deed=body.deed, reason=body.reason, actor=actor) for body in data]
        return await run(request, propose_deeds, "id", commands)

    @post(
        "/decide",
        **operation("DecideProposals", repeat="key_needed", guards=[MAKERS], opt=rate("password", "30/minute")),
    )
    async def decide(self, request: ApiRequest, data: DecideBatch) -> Response[list[DecideResult]]:
        """Approve what others proposed, with the payment password; reject it; or take back your own.

        Who is an arbiter and no operator only takes back.
        """
        check_may_decide(request.caller, [body.verdict for body in data])
        actor = request.actor("staff")
        passwords = [body.payment_password for body in data if body.verdict is Verdict.APPROVE]
        refusals = await refuse_payment_passwords(request, passwords)
        commands = [
            DecideProposal(
                id=body.id,
                verdict=body.verdict,
                actor=actor,
                hash=read_hash(body.hash),
                note=body.note,
                refusal=refusals[body.payment_password] if body.verdict is Verdict.APPROVE else None,
            )
            for body in data
        ]
        return await run(request, decide_proposals, "id", commands)

    @get("/rules", **operation("ListApprovalRules", "platform:read", guards=[staff()]))
    async def list_rules(
        self, request: ApiRequest, after: After = None, limit: Limit = 20
    ) -> Page[Version[ApprovalRules]]:
        """List the versions of what takes two of the staff, the latest first."""
        return await list_rules(request, APPROVAL_RULES, after, limit)

    @post(
        "/rules/publish",
        **operation("PublishApprovalRules", "platform:write", repeat="key_needed", guards=OPERATOR),
    )
    async def publish(self, request: ApiRequest, data: RulesBatch) -> Response[list[PublishRulesAnswer]]:
        """Publish versions of what takes two of the staff, in turn."""
        return await publish(request, APPROVAL_RULES, data)


ROUTES: Final = (ApprovalsApi,)
"""What the program serves of this module."""

"""The pages of disputes for both sides, and for everybody how disputes were decided."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.aftersale import Case, CaseState, get_case, proof_owner, saying_word
from weiji.disputes import operations
from weiji.disputes.machine import DisputeState, DisputeVerb, target
from weiji.disputes.model import (
    CLAIM_MAX,
    DISPUTE_RULES,
    PICTURES_MAX,
    WORDS_MAX,
    AppealRuling,
    Dispute,
    DisputeStatus,
    OpenDispute,
    Side,
    SubmitEvidence,
    WithdrawDispute,
)
from weiji.disputes.rules import loses, read_by_side
from weiji.disputes.words import (
    asked_facts,
    basis_word,
    opener_word,
    refusal,
    ruling_word,
    side_word,
    state_word,
    steps_of,
)
from weiji.events.model import Actor
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.media import BYTES_MAX
from weiji.media.pages import take_proof
from weiji.rulebook import get_in_force
from weiji.shops import find_shop
from weiji.web import Caller, Permission, page, rate, redirect, signed_in
from weiji.web import gettext as _
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest

BODY_BYTES_MAX: Final = PICTURES_MAX * BYTES_MAX + 1024**2
"""A form with as many pictures as may be shown."""

DONE: Final = (DisputeStatus.DONE, DisputeStatus.EXISTS)


class DisputePages(Controller):
    """A dispute, for its two sides. Somebody else's is not there."""

    path = "/disputes/{case_id:uuid}"
    include_in_schema = False
    guards = (signed_in,)

    @get("/opening")
    async def show_opening(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Ask why arbiters are to decide."""
        async with request.database.read() as reader:
            rules = await get_in_force(reader, DISPUTE_RULES, clock.now())
            found = await get_case(reader, case_id)
        if found is None or not (
            found.case.buyer_id == request.caller.person_id or request.caller.may(found.case.shop_id, Permission.ORDERS)
        ):
            raise NotFoundException
        return _opening_page(request, found.case, rules.rules.evidence_hours, "", None)

    @post("/opening", opt=rate("disputes", "30/minute"))
    async def open(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Leave a refused case to arbiters: as its buyer, or for one of the shops that one works for."""
        claim = (await read_form(request)).text("claim")
        sides: list[tuple[Actor, UUID | None]] = [(request.actor("buyer"), None)]
        sides += [
            (request.actor("merchant"), shop_id)
            for shop_id in request.caller.shop_ids
            if request.caller.may(shop_id, Permission.ORDERS)
        ]
        for actor, shop_id in sides:
            command = OpenDispute(case_id=case_id, actor=actor, shop_id=shop_id, claim=claim)
            result = await request.batchers.of(operations.open_disputes, "case_id").submit(command)
            if result.status in DONE:
                return redirect(request, f"/disputes/{case_id}", toast=_("交给平台了。请把证据交上来。"))
            if result.status is not DisputeStatus.DISPUTE_NOT_FOUND:
                async with request.database.read() as reader:
                    rules = await get_in_force(reader, DISPUTE_RULES, clock.now())
                    found = await get_case(reader, case_id)
                assert found is not None, "a case stays"
                return _opening_page(request, found.case, rules.rules.evidence_hours, claim, refusal(result.status))
        raise NotFoundException

    @get("/")
    async def show(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Show how it stands, and what can be done."""
        return await _dispute_page(request, case_id)

    @post("/evidence", request_max_body_size=BODY_BYTES_MAX, opt=rate("disputes", "30/minute"))
    async def submit(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Hand in what one side says and shows."""
        dispute, side = await _find(request.database, case_id, request.caller)
        words = (await read_form(request)).long("words", WORDS_MAX)
        if dispute.state is not DisputeState.EVIDENCE:
            return await _dispute_page(request, case_id, refusal(DisputeStatus.NOT_ALLOWED_NOW))
        pictures, is_taken = await take_proof(request, proof_owner(dispute.order_id), PICTURES_MAX)
        if not is_taken:
            error = _("有图片没能处理。请换 JPEG、PNG、WebP 或 GIF，最多 9 张。")
            return await _dispute_page(request, case_id, error, words)
        command = SubmitEvidence(
            case_id=case_id,
            actor=request.actor(side.value),
            shop_id=dispute.shop_id if side is Side.MERCHANT else None,
            words=words.strip(),
            pictures=pictures,
        )
        result = await request.batchers.of(operations.submit_evidence, "case_id").submit(command)
        if result.status not in DONE:
            return await _dispute_page(request, case_id, refusal(result.status), words)
        return redirect(request, f"/disputes/{case_id}", toast=_("证据封存好了，双方交齐或到时间才公开。"))

    @post("/appeal", opt=rate("disputes", "30/minute"))
    async def appeal(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Have another arbiter decide."""
        dispute, side = await _find(request.database, case_id, request.caller)
        command = AppealRuling(
            case_id=case_id,
            actor=request.actor(side.value),
            shop_id=dispute.shop_id if side is Side.MERCHANT else None,
            words=(await read_form(request)).text("words"),
        )
        result = await request.batchers.of(operations.appeal_rulings, "case_id").submit(command)
        if result.status not in DONE:
            return await _dispute_page(request, case_id, refusal(result.status), command.words)
        return redirect(request, f"/disputes/{case_id}", toast=_("上诉了，由另一位仲裁员再裁。"))

    @post("/withdrawal")
    async def withdraw(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Give it up."""
        command = WithdrawDispute(case_id=case_id, actor=request.actor("buyer"))
        result = await request.batchers.of(operations.withdraw_disputes, "case_id").submit(command)
        if result.status is DisputeStatus.DISPUTE_NOT_FOUND:
            raise NotFoundException
        if result.status not in DONE:
            return await _dispute_page(request, case_id, refusal(result.status))
        return redirect(request, f"/disputes/{case_id}", toast=_("撤回了，这个售后到此结束。"))


class RulingPages(Controller):
    """How disputes were decided: for everybody."""

    path = "/rulings"
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop: FromQuery[str] = "") -> Response[str]:
        """Show the statistics of all disputes, or of a shop's."""
        async with request.database.read() as reader:
            shop_id = await find_shop(reader, shop) if shop else None
            if shop and shop_id is None:
                raise NotFoundException
            statistics = await operations.get_statistics(reader, shop_id)
        return page(request, "disputes/rulings.html", statistics=statistics, shop=shop)


ROUTES: Final = (DisputePages, RulingPages)


async def _find(database: Database, case_id: UUID, caller: Caller) -> tuple[Dispute, Side]:
    async with database.read() as reader:
        dispute = await operations.get_dispute(reader, case_id)
    side = side_of(dispute, caller) if dispute else None
    if dispute is None or side is None:
        raise NotFoundException
    return dispute, side


def side_of(dispute: Dispute, caller: Caller) -> Side | None:
    """Tell which side somebody is on; None: on none."""
    if dispute.buyer_id == caller.person_id:
        return Side.BUYER
    return Side.MERCHANT if caller.may(dispute.shop_id, Permission.ORDERS) else None


def unsealed(dispute: Dispute, side: Side) -> list[Any]:
    """Give the evidence that a side may read: as long as it is sealed, its own."""
    return [each for each in dispute.evidence if each.side is side or not dispute.is_sealed]


def _opening_page(request: WebRequest, case: Case, hours: int, claim: str, error: str | None) -> Response[str]:
    is_open = case.state is CaseState.DISPUTED
    return page(
        request,
        "disputes/opening.html",
        status_code=422 if error else 200,
        case_id=case.id,
        asked=case.amount,
        hours=hours,
        claim=claim,
        claim_max=CLAIM_MAX,
        is_open=is_open,
        error=None if is_open else error,
    )


async def _dispute_page(request: WebRequest, case_id: UUID, error: str | None = None, words: str = "") -> Response[str]:
    dispute, side = await _find(request.database, case_id, request.caller)
    dispute = read_by_side(dispute)
    shown = dispute.rulings
    return page(
        request,
        "disputes/dispute.html",
        status_code=422 if error else 200,
        dispute=dispute,
        side=side.value,
        state=state_word(dispute.state, is_suspended=dispute.suspended_at is not None),
        evidence=unsealed(dispute, side),
        other=[each for each in dispute.evidence if each.side is not side] if dispute.is_sealed else [],
        rulings=shown,
        can={
            "submit": dispute.state is DisputeState.EVIDENCE and all(e.side is not side for e in dispute.evidence),
            "appeal": bool(shown)
            and loses(dispute, side, shown[-1])
            and target(DisputeVerb.APPEAL, dispute.state, side.value) is not None,
            "withdraw": target(DisputeVerb.WITHDRAW, dispute.state, side.value) is not None,
        },
        steps=steps_of(dispute),
        saying_word=saying_word,
        ruling_word=ruling_word,
        basis_word=basis_word,
        side_word=side_word,
        asked=asked_facts(dispute),
        opener=opener_word(dispute.opened_by),
        error=error,
        words=words,
        words_max=WORDS_MAX,
        claim_max=CLAIM_MAX,
        pictures_max=PICTURES_MAX,
    )

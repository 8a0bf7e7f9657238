"""The desk's pages of complaints about what programs sold: the list, and each with what can be done."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.aftersale import proof_owner
from weiji.events.outbox import get_trail
from weiji.kit.ids import new_id
from weiji.media.pages import take_proof
from weiji.shops import get_shops
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import Form, read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest
from weiji.wire import complaint_words as words
from weiji.wire.complaint_pages import DONE, PROOF_BODY_BYTES_MAX, TRAIL_MAX, say_by_form
from weiji.wire.complaints import (
    PROOF_MAX,
    WORDS_MAX,
    AgreeToComplaint,
    ComplaintFile,
    ComplaintStatus,
    ComplaintVerb,
    CompleteComplaint,
    RefuseComplaint,
    agree_to_complaints,
    complete_complaints,
    get_file,
    list_of_shop,
    refuse_complaints,
    target,
)

PAGE: Final = 30

_FAULTS: Final = (ComplaintStatus.WORDS_INVALID, ComplaintStatus.WORDS_REFUSED, ComplaintStatus.PROOF_INVALID)
"""What is wrong with words: the form comes back with them."""


class MerchantComplaintPages(Controller):
    """What payers complain of to a shop."""

    path = "/merchant/{shop_id:uuid}/open-payments/complaints"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List complaints, the newest first."""
        before = read_cursor(request.query_params.get("before"), tuple[datetime, UUID])
        async with request.database.read() as reader:
            (shop,) = await get_shops(reader, [shop_id])
            found = await list_of_shop(reader, shop_id, before, PAGE + 1)
        if shop is None:
            raise NotFoundException
        last = found[PAGE - 1].complaint if len(found) > PAGE else None
        return page(
            request,
            "wire/merchant_complaints.html",
            shop=shop,
            here=_here(shop_id),
            files=found[:PAGE],
            state_word=words.state_word,
            wanted_word=words.wanted_word,
            reasons=words.reason_words(),
            more=f"{_here(shop_id)}?before={write_cursor(last.asked_at, last.id)}" if last else None,
        )

    @get("/{complaint_id:uuid}")
    async def show_one(
        self, request: WebRequest, shop_id: FromPath[UUID], complaint_id: FromPath[UUID]
    ) -> Response[str]:
        """Show a complaint."""
        return await _show(request, shop_id, complaint_id)

    @post(
        "/{complaint_id:uuid}/reply",
        status_code=303,
        request_max_body_size=PROOF_BODY_BYTES_MAX,
        opt=rate("complaint_replies", "60/hour"),
    )
    async def say(self, request: WebRequest, shop_id: FromPath[UUID], complaint_id: FromPath[UUID]) -> Response[str]:
        """Tell the payer something."""
        form = await read_form(request)
        file = await _find(request, shop_id, complaint_id)
        status = await say_by_form(request, file.complaint, form, request.actor("merchant"), shop_id)
        if status in _FAULTS:
            return await _show(request, shop_id, complaint_id, form, {"reply": words.refusal(status)})
        return _moved(request, shop_id, complaint_id, status, _("付款人看得到了。"))

    @post("/{complaint_id:uuid}/agreement", status_code=303)
    async def agree(self, request: WebRequest, shop_id: FromPath[UUID], complaint_id: FromPath[UUID]) -> Response[str]:
        """Give back what is asked for."""
        command = AgreeToComplaint(complaint_id=complaint_id, shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(agree_to_complaints, "complaint_id").submit(command)
        return _moved(request, shop_id, complaint_id, status, _("同意了，正在退款。"))

    @post(
        "/{complaint_id:uuid}/refusal",
        status_code=303,
        request_max_body_size=PROOF_BODY_BYTES_MAX,
        opt=rate("complaint_replies", "60/hour"),
    )
    async def refuse(self, request: WebRequest, shop_id: FromPath[UUID], complaint_id: FromPath[UUID]) -> Response[str]:
        """Say no to what is asked for."""
        form = await read_form(request)
        file = await _find(request, shop_id, complaint_id)
        proof, is_taken = await take_proof(request, proof_owner(file.complaint.order_id), PROOF_MAX)
        status = ComplaintStatus.PROOF_INVALID
        if is_taken:
            command = RefuseComplaint(
                complaint_id=complaint_id,
                shop_id=shop_id,
                actor=request.actor("merchant"),
                words=form.long("words", WORDS_MAX).strip(),
                proof=proof,
            )
            status = await request.batchers.of(refuse_complaints, "complaint_id").submit(command)
        if status in _FAULTS:
            return await _show(request, shop_id, complaint_id, form, {"refusal": words.refusal(status)})
        return _moved(request, shop_id, complaint_id, status, _("回绝了，付款人会看到你的理由。"))

    @post("/{complaint_id:uuid}/completion", status_code=303)
    async def complete(
        self, request: WebRequest, shop_id: FromPath[UUID], complaint_id: FromPath[UUID]
    ) -> Response[str]:
        """Say that it is dealt with."""
        command = CompleteComplaint(complaint_id=complaint_id, shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(complete_complaints, "complaint_id").submit(command)
        return _moved(request, shop_id, complaint_id, status, _("记下了，等付款人答复。"))


def _here(shop_id: UUID) -> str:
    return f"/merchant/{shop_id}/open-payments/complaints"


async def _find(request: WebRequest, shop_id: UUID, complaint_id: UUID) -> ComplaintFile:
    async with request.database.read() as reader:
        found = await get_file(reader, complaint_id)
    if found is None or found.complaint.shop_id != shop_id:
        raise NotFoundException
    return found


async def _show(
    request: WebRequest,
    shop_id: UUID,
    complaint_id: UUID,
    form: Form | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    async with request.database.read() as reader:
        file = await get_file(reader, complaint_id)
        trail = await get_trail(reader, complaint_id, TRAIL_MAX)
    if file is None or file.complaint.shop_id != shop_id:
        raise NotFoundException
    complaint = file.complaint
    is_own = complaint.payer_id == request.caller.person_id
    can: dict[str, Any] = {
        verb: not is_own and target(ComplaintVerb(verb), complaint.state, "merchant") is not None
        for verb in ("say", "refuse", "agree", "complete")
    }
    can["agree"] = can["agree"] and min(complaint.amount, file.rest)
    return page(
        request,
        "wire/merchant_complaint.html",
        status_code=422 if errors else 200,
        shop={"id": shop_id, "name": file.shop_name, "handle": file.shop_handle},
        here=f"{_here(shop_id)}/{complaint_id}",
        file=file,
        complaint=complaint,
        state=words.state_word(complaint.state),
        next=words.next_word(complaint.state, "merchant"),
        reason=words.reason_words()[complaint.reason],
        wanted=words.wanted_word(complaint),
        said=words.sayings_of(trail),
        steps=words.steps_of(trail, "merchant"),
        can=can,
        is_own=is_own,
        id=new_id(),
        given=form.long("words", WORDS_MAX) if form else "",
        errors=errors or {},
        words_max=WORDS_MAX,
        proof_max=PROOF_MAX,
    )


def _moved(request: WebRequest, shop_id: UUID, complaint_id: UUID, status: ComplaintStatus, done: str) -> Response[str]:
    if status is ComplaintStatus.COMPLAINT_NOT_FOUND:
        raise NotFoundException
    path = f"{_here(shop_id)}/{complaint_id}"
    if status in DONE:
        return redirect(request, path, toast=done)
    return redirect(request, path, toast=words.refusal(status), tone="warn")


ROUTES: Final = (MerchantComplaintPages,)

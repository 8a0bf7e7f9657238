"""A shop's chargebacks: what is disputed, what is held for it, and what the shop says."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.chargebacks import store, words
from weiji.chargebacks.machine import OPEN
from weiji.chargebacks.model import EVIDENCE_MAX, PICTURES_MAX, WORDS_MAX, ChargebackStatus, ShowEvidence
from weiji.chargebacks.operations import proof_of, show_evidence
from weiji.media import BYTES_MAX
from weiji.media.pages import take_proof
from weiji.shops import get_shops
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Lines on one page of a list."""

BODY_BYTES_MAX: Final = PICTURES_MAX * BYTES_MAX + 1024**2
"""A form with as many pictures as may be shown."""


class MerchantChargebacks(Controller):
    """The chargebacks of a shop. Another's are not there."""

    path = "/merchant/{shop_id:uuid}/chargebacks"
    guards = (shop_staff(Permission.ORDERS),)
    include_in_schema = False

    @get("/")
    async def index(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        tab: FromQuery[str] = "open",
        before: FromQuery[UUID | None] = None,
    ) -> Response[str]:
        """List what is disputed, or what was decided."""
        is_over = tab == "over"
        async with request.database.read() as reader:
            found = await store.list_cases(reader, shop_id=shop_id, is_over=is_over, before=before, limit=PAGE + 1)
            (shop,) = await get_shops(reader, [shop_id])
        here, key = f"/merchant/{shop_id}/chargebacks", "over" if is_over else "open"
        return page(
            request,
            "chargebacks/merchant_index.html",
            shop=shop,
            tab=key,
            tabs=[
                {"key": "open", "label": _("处理中"), "href": here},
                {"key": "over", "label": _("裁定了的"), "href": f"{here}?tab=over"},
            ],
            lines=[(case, number, words.state_word(case.state)) for case, _shop, number in found[:PAGE]],
            more=f"{here}?tab={key}&before={found[PAGE - 1][0].id}" if len(found) > PAGE else None,
        )

    @get("/{case_id:uuid}")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Show a chargeback, and what may be said of it."""
        return await _show(request, shop_id, case_id)

    @post(
        "/{case_id:uuid}/evidence",
        status_code=303,
        request_max_body_size=BODY_BYTES_MAX,
        opt=rate("chargebacks", "30/minute"),
    )
    async def submit(self, request: WebRequest, shop_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
        """Say and show something."""
        form = await read_form(request)
        said, number = form.long("words", WORDS_MAX), form.number("number")
        async with request.database.read() as reader:
            found = await store.get_case(reader, case_id)
        if found is None or found.case.shop_id != shop_id:
            raise NotFoundException
        pictures, is_taken = await take_proof(request, proof_of(found.case), PICTURES_MAX)
        if not is_taken:
            error = _("有图片没能处理。请换 JPEG、PNG、WebP 或 GIF，最多 9 张。")
            return await _show(request, shop_id, case_id, error, said)
        command = ShowEvidence(
            id=case_id,
            shop_id=shop_id,
            number=number or 0,
            words=said,
            pictures=pictures,
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(show_evidence, "id").submit(command)
        if status not in (ChargebackStatus.DONE, ChargebackStatus.EXISTS):
            return await _show(request, shop_id, case_id, words.evidence_error(status), said)
        return redirect(request, f"/merchant/{shop_id}/chargebacks/{case_id}", toast=_("交上去了，平台会拿它去申诉。"))


async def _show(
    request: WebRequest, shop_id: UUID, case_id: UUID, error: str | None = None, said: str = ""
) -> Response[str]:
    async with request.database.read() as reader:
        found = await store.get_case(reader, case_id)
        evidence = (await store.get_evidence(reader, [case_id])).get(case_id, [])
    if found is None or found.case.shop_id != shop_id:
        raise NotFoundException
    case = found.case
    is_own = found.buyer_id is not None and found.buyer_id == request.caller.person_id
    return page(
        request,
        "chargebacks/merchant_show.html",
        status_code=422 if error else 200,
        shop={"id": shop_id, "handle": found.handle, "name": found.shop},
        case=case,
        number=found.number,
        state=words.state_word(case.state),
        held=words.held_word(case),
        evidence=evidence,
        next_number=len(evidence) + 1,
        may_show=not is_own and case.state in OPEN and len(evidence) < EVIDENCE_MAX,
        is_own=is_own,
        error=error,
        said=said,
        words_max=WORDS_MAX,
        pictures_max=PICTURES_MAX,
    )


ROUTES: Final = (MerchantChargebacks,)
"""What the program serves of this module."""

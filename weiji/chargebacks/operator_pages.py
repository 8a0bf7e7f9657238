"""The operator's desk of chargebacks: what channels took back, what shops showed, what was answered."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.chargebacks import store, words
from weiji.chargebacks.machine import OPEN, ChargebackState
from weiji.chargebacks.model import WORDS_MAX, ChargebackStatus, RepresentChargeback
from weiji.chargebacks.operations import represent_chargebacks
from weiji.kit.money import format_yuan
from weiji.payments import channel_word
from weiji.web import gettext as _
from weiji.web import page, redirect, staff
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Lines on one page of a list."""

OUTCOMES: Final = ("won", "lost")


class ChargebacksDesk(Controller):
    """Chargebacks of all shops."""

    path = "/operator/chargebacks"
    guards = (staff(),)
    include_in_schema = False

    @get("/")
    async def index(
        self, request: WebRequest, tab: FromQuery[str] = "open", before: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """List what is disputed, or what was decided."""
        is_over = tab == "over"
        async with request.database.read() as reader:
            found = await store.list_cases(reader, shop_id=None, is_over=is_over, before=before, limit=PAGE + 1)
        here, key = "/operator/chargebacks", "over" if is_over else "open"
        return page(
            request,
            "chargebacks/index.html",
            tab=key,
            channel_word=channel_word,
            tabs=[
                {"key": "open", "label": _("处理中"), "href": here},
                {"key": "over", "label": _("裁定了的"), "href": f"{here}?tab=over"},
            ],
            lines=[(case, shop, number, words.state_word(case.state)) for case, shop, number in found[:PAGE]],
            more=f"{here}?tab={key}&before={found[PAGE - 1][0].id}" if len(found) > PAGE else None,
        )

    @get("/{case_id:uuid}")
    async def show(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Show a chargeback with all that was said of it."""
        return await _show(request, case_id)

    @post("/{case_id:uuid}/representation", status_code=303, guards=(staff("operator"),))
    async def represent(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Note what was answered to the channel."""
        argument = (await read_form(request)).long("argument", WORDS_MAX)
        command = RepresentChargeback(id=case_id, argument=argument, actor=request.actor("staff"))
        status = await request.batchers.of(represent_chargebacks, "id").submit(command)
        if status is ChargebackStatus.CHARGEBACK_NOT_FOUND:
            raise NotFoundException
        if status not in (ChargebackStatus.DONE, ChargebackStatus.EXISTS):
            return await _show(request, case_id, words.evidence_error(status), argument)
        return redirect(request, f"/operator/chargebacks/{case_id}", toast=_("记下了，等渠道裁定。"))

    @get("/{case_id:uuid}/by-letter", guards=(staff("operator"),))
    async def lead_to_approvals(
        self, request: WebRequest, case_id: FromPath[UUID], what: FromQuery[str] = ""
    ) -> Response[str]:
        """Lead to where two write down how the channel decided, where it told so by letter."""
        async with request.database.read() as reader:
            found = await store.get_case(reader, case_id)
            if found is None or what not in OUTCOMES:
                raise NotFoundException
            whole = await store.get_whole(reader, found.case)
        given = {
            "deed": "chargeback_notice",
            "payment": str(found.case.payment_id),
            "reference": found.case.reference,
            "what": what,
            "amount": format_yuan(whole),
        }
        return redirect(request, f"/operator/approvals/new?{urlencode(given)}")


async def _show(request: WebRequest, case_id: UUID, error: str | None = None, argument: str = "") -> Response[str]:
    async with request.database.read() as reader:
        found = await store.get_case(reader, case_id)
        evidence = await store.get_evidence(reader, [case_id])
    if found is None:
        raise NotFoundException
    case = found.case
    return page(
        request,
        "chargebacks/show.html",
        status_code=422 if error else 200,
        case=case,
        channel_word=channel_word,
        shop_name=found.shop,
        state=words.state_word(case.state),
        held=words.held_word(case),
        evidence=evidence.get(case_id, []),
        is_open=case.state in OPEN,
        may_represent=case.state is ChargebackState.RECEIVED,
        error=error,
        argument=argument,
        words_max=WORDS_MAX,
    )


ROUTES: Final = (ChargebacksDesk,)
"""What the program serves of this module."""

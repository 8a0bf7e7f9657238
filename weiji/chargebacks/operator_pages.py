"""The operator's desk of chargebacks: what channels took back, what shops showed, what was answered."""

from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.chargebacks import store, words
from weiji.chargebacks.machine import OPEN, ChargebackState
from weiji.chargebacks.model import WORDS_MAX, ChargebackStatus, RepresentChargeback
from weiji.chargebacks.operations import represent_chargebacks
from weiji.chargebacks.record import OUTCOMES, read_written
from weiji.kit.clock import SHANGHAI
from weiji.kit.money import format_yuan, parse_yuan
from weiji.kit.text import is_line
from weiji.payments import (
    WRITTEN_ALONE_MAX,
    NoticeStatus,
    WrittenChargeback,
    channel_word,
    receive_notices,
)
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, staff
from weiji.web.formats import money
from weiji.web.forms import read_form, read_time
from weiji.web.requests import WebRequest

PAGE: Final = 20
"""Lines on one page of a list."""

REFERENCE_MAX: Final = 64
REASON_MAX: Final = 200

TAKEN: Final = (NoticeStatus.RECORDED, NoticeStatus.EXISTS, NoticeStatus.NO_EFFECT)

_FIELDS: Final = ("payment", "reference", "amount", "fee", "reason", "respond_by")


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

    @get("/new", guards=(staff("operator"),))
    async def show_form(self, request: WebRequest) -> Response[str]:
        """Show the form to write down what a channel told by letter."""
        return _form_page(request, {}, {})

    @post("/", status_code=303, guards=(staff("operator"),), opt=rate("chargebacks", "60/minute"))
    async def write(self, request: WebRequest) -> Response[str]:
        """Write down that a channel took money back."""
        form = await read_form(request)
        given = {name: form.text(name) for name in _FIELDS}
        errors: dict[str, str] = {}
        payment_id, amount = form.id("payment"), parse_yuan(given["amount"])
        fee = parse_yuan(given["fee"]) if given["fee"] else 0
        if payment_id is None:
            errors["payment"] = _("这不像一个编号。")
        if amount is None or amount < 1:
            errors["amount"] = _("请写一个金额，例如 1234.50。")
        if fee is None or fee < 0:
            errors["fee"] = _("请写一个金额，例如 1234.50。")
        if not is_line(given["reference"], REFERENCE_MAX):
            errors["reference"] = _("请写渠道给的编号。")
        if given["reason"] and not is_line(given["reason"], REASON_MAX):
            errors["reason"] = words.words_error(REASON_MAX)
        respond_by = read_time(given["respond_by"]) if given["respond_by"] else None
        if given["respond_by"] and respond_by is None:
            errors["respond_by"] = _("请写一个时间。")
        if errors or payment_id is None or amount is None or fee is None:
            return _form_page(request, given, errors)
        written = WrittenChargeback(
            payment_id=payment_id,
            reference=given["reference"],
            what="received",
            amount=amount,
            fee=fee,
            reason=given["reason"],
            respond_by=respond_by,
        )
        notices = await read_written(request.database, [written], request.actor("staff"))
        status = await request.batchers.of(receive_notices, "owner_id").submit(notices[0])
        if status is NoticeStatus.APPROVAL_NEEDED:
            return _to_approvals(request, written)
        if status not in TAKEN:
            return _form_page(request, given, {"form": words.notice_error(status)})
        return redirect(request, "/operator/chargebacks", toast=_("记下了，马上冻结这笔订单的钱。"))

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

    @post("/{case_id:uuid}/outcome", status_code=303, guards=(staff("operator"),))
    async def end(self, request: WebRequest, case_id: FromPath[UUID]) -> Response[str]:
        """Write down how the channel decided, where it told so by letter."""
        what = (await read_form(request)).text("what")
        async with request.database.read() as reader:
            found = await store.get_case(reader, case_id)
            if found is None:
                raise NotFoundException
            whole = await store.get_whole(reader, found.case)
        here = f"/operator/chargebacks/{case_id}"
        if what not in OUTCOMES:
            return redirect(request, here)
        case = found.case
        written = WrittenChargeback(
            payment_id=case.payment_id,
            reference=case.reference,
            what=msgspec.convert(what, Literal["won", "lost"]),
            amount=whole,
        )
        notices = await read_written(request.database, [written], request.actor("staff"))
        status = await request.batchers.of(receive_notices, "owner_id").submit(notices[0])
        if status is NoticeStatus.APPROVAL_NEEDED:
            return _to_approvals(request, written)
        if status not in TAKEN:
            return await _show(request, case_id, words.notice_error(status))
        return redirect(request, here, toast=_("记下了，钱马上各归其位。"))


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


def _to_approvals(request: WebRequest, written: WrittenChargeback) -> Response[str]:
    """Send who wrote down more than one may alone to where a second is asked, with what was written."""
    given = {
        "deed": "chargeback_notice",
        "payment": str(written.payment_id),
        "reference": written.reference,
        "what": written.what,
        "amount": format_yuan(written.amount),
        "fee": format_yuan(written.fee),
        "said": written.reason,
        "respond_by": f"{written.respond_by.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" if written.respond_by else "",
    }
    said = _("超过 %(amount)s，要另一位同事复核。", amount=money(WRITTEN_ALONE_MAX))
    return redirect(request, f"/operator/approvals/new?{urlencode(given)}", toast=said, tone="warn")


def _form_page(request: WebRequest, given: Mapping[str, str], errors: Mapping[str, str]) -> Response[str]:
    return page(
        request,
        "chargebacks/form.html",
        status_code=422 if errors else 200,
        given={name: given.get(name, "") for name in _FIELDS},
        errors=errors,
    )


ROUTES: Final = (ChargebacksDesk,)
"""What the program serves of this module."""

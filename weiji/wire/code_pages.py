"""The payer's page of payment codes: give the password, show a code at the till, and see what came of it."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.identity import (
    PasswordCheck,
    PasswordCheckStatus,
    check_entered_password,
    payment_password_error,
)
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.web import fragment, page, rate, signed_in
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest
from weiji.wire.codes import (
    AMOUNT_MAX,
    LASTS,
    CodeUse,
    IssueCode,
    IssueCodeStatus,
    digest_of,
    draw_code,
    get_codes,
    issue_codes,
)
from weiji.wire.codes.drawing import draw_bars, draw_qr
from weiji.wire.codes.rules import use_of
from weiji.wire.tickets import write_ticket
from weiji.wire.trade import find_for_payer

HERE: Final = "/wallet/code"


class CodePages(Controller):
    """Showing a code at a till."""

    path = HERE
    guards = (signed_in,)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Ask for the payment password."""
        return _ask(request)

    @post("/", status_code=200, opt=rate("password", "30/minute"))
    async def issue(self, request: WebRequest) -> Response[str]:
        """Show a code, once: it is kept nowhere."""
        form = await read_form(request)
        check = await check_entered_password(request, form)
        if check.status is not PasswordCheckStatus.CORRECT:
            return _ask(request, check)
        code = draw_code(request.person_id)
        command = IssueCode(
            id=new_id(request.person_id),
            person_id=request.person_id,
            digest=digest_of(code),
            actor=request.actor("buyer"),
        )
        status = await request.batchers.of(issue_codes, "person_id").submit(command)
        assert status is IssueCodeStatus.CREATED, status
        return page(
            request,
            "wire/code.html",
            headers={"cache-control": "no-store"},
            here=HERE,
            piece=f"{HERE}/{command.id}",
            code=" ".join((code[:6], code[6:12], code[12:])),
            qr=draw_qr(code),
            bars=draw_bars(code),
            expires_at=clock.now() + LASTS,
            amount_max=AMOUNT_MAX,
            use=CodeUse.SHOWN.value,
        )

    @get("/{code_id:uuid}", opt=rate("wire_code", "120/minute"))
    async def show_use(self, request: WebRequest, code_id: FromPath[UUID]) -> Response[str]:
        """Say what came of a code: asked for while it is shown. Nothing new is an empty answer that changes nothing."""
        async with request.database.read() as reader:
            code = (await get_codes(reader, [code_id])).get(code_id)
            if code is None or code.person_id != request.caller.person_id:
                raise NotFoundException
            found = await find_for_payer(reader, code.order_id) if code.order_id else None
        order, shop_name = found or (None, "")
        use = use_of(code, order, clock.now())
        is_piece = bool(request.headers.get("hx-request"))
        if use is CodeUse.SHOWN and is_piece:
            return Response("", status_code=204)
        answer, template = (fragment, "wire/code_use.html") if is_piece else (page, "wire/code_used.html")
        return answer(
            request,
            template,
            here=HERE,
            use=use.value,
            order=order,
            shop_name=shop_name,
            way=f"/pay/{write_ticket(order.id, clock.wall())}" if order and use is CodeUse.TO_CONFIRM else None,
        )


def _ask(request: WebRequest, check: PasswordCheck | None = None) -> Response[str]:
    return page(
        request,
        "wire/code_password.html",
        status_code=422 if check else 200,
        here=HERE,
        amount_max=AMOUNT_MAX,
        pad_error=payment_password_error(check) if check else None,
        is_not_set=check is not None and check.status is PasswordCheckStatus.NOT_SET,
        is_locked=check is not None and check.status is PasswordCheckStatus.LOCKED,
    )


ROUTES: Final = (CodePages,)
"""What the program serves of payment codes."""

"""Where the owner of a shop that a service provider applied for agrees to it, and confirms what it asks for."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.identity import change_refusal_error, refuse_entered_change
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, shop_staff
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest
from weiji.wire.applying import (
    ConfirmSettlementChange,
    ConfirmSettlementChangeStatus,
    SignAgreement,
    SignAgreementStatus,
    confirm_settlement_changes,
    get_agreement,
    get_settlement_changes,
    sign_agreements,
)
from weiji.wire.running import wire_of


class AgreementPages(Controller):
    """What a service provider may do for a shop, for its owner."""

    path = "/merchant/{shop_id:uuid}/open-payments/agreement"
    guards = (shop_staff(Permission.OWNERSHIP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show who applied for the shop, what it may do once it is agreed to, and what waits for the owner."""
        return await _show(request, shop_id)

    @post("/signature", status_code=303)
    async def sign(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Agree."""
        command = SignAgreement(shop_id=shop_id, actor=request.actor("merchant"))
        status = await request.batchers.of(sign_agreements, "shop_id").submit(command)
        match status:
            case SignAgreementStatus.SIGNED | SignAgreementStatus.EXISTS:
                async with request.database.read() as reader:
                    found = await get_agreement(reader, shop_id)
                if found and found.applyment and found.applyment.mchid:
                    wire_of(request.database).directory.forget(found.applyment.mchid)
                return redirect(request, _here(shop_id), toast=_("同意了。服务商从现在起可以替这家店收款。"))
            case SignAgreementStatus.APPLYMENT_NOT_FOUND:
                raise NotFoundException
            case SignAgreementStatus.NOT_ALLOWED_NOW:
                toast = _("资料通过审核以后才能签。")
            case SignAgreementStatus.EXCEEDS_LIMIT:
                toast = _("服务商已经有 20 个，先去掉一个。")
        return redirect(request, _here(shop_id), toast=toast, tone="warn")

    @post("/changes/{change_id:uuid}/confirmation", status_code=303, opt=rate("payout_accounts", "20/minute"))
    async def confirm(self, request: WebRequest, shop_id: FromPath[UUID], change_id: FromPath[UUID]) -> Response[str]:
        """Let the shop's money go to another account: with the payment password of the owner."""
        form = await read_form(request)
        if refusal := await refuse_entered_change(request, form):
            return await _show(request, shop_id, {str(change_id): change_refusal_error(refusal)})
        command = ConfirmSettlementChange(id=change_id, shop_id=shop_id, refusal=None, actor=request.actor("merchant"))
        result = await request.batchers.of(confirm_settlement_changes, "shop_id").submit(command)
        if result.status is ConfirmSettlementChangeStatus.CHANGE_NOT_FOUND:
            raise NotFoundException
        if result.status is ConfirmSettlementChangeStatus.NAME_DIFFERS:
            error = _("这个账户的户名和认证的不一样，钱提不到那里。请让服务商换一个账户再申请。")
            return await _show(request, shop_id, {str(change_id): error})
        return redirect(request, _here(shop_id), toast=_("以后的钱提到这个账户。"))


def _here(shop_id: UUID) -> str:
    return f"/merchant/{shop_id}/open-payments/agreement"


async def _show(request: WebRequest, shop_id: UUID, errors: dict[str, str] | None = None) -> Response[str]:
    async with request.database.read() as reader:
        found = await get_agreement(reader, shop_id)
        changes = await get_settlement_changes(reader, shop_id)
    if found is None:
        raise NotFoundException
    return page(
        request,
        "wire/agreement.html",
        status_code=422 if errors else 200,
        shop=found.shop,
        here=_here(shop_id),
        applyment=found.applyment,
        provider=found.provider,
        changes=[{"it": each, "id": str(each.id)} for each in changes],
        errors=errors or {},
    )


ROUTES: Final = (AgreementPages,)
"""What the program serves of this module's pages for owners."""

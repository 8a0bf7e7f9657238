"""Where a shop's owner has its credit certified, and shows what it is known for elsewhere."""

from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.credit.certificates import store
from weiji.credit.certificates.model import (
    DOCUMENT_MAX,
    LIFETIME,
    REASON_MAX,
    BringCredit,
    BringStatus,
    CertificateState,
    IssueCertificate,
    IssueStatus,
    RemoveBrought,
    WithdrawCertificate,
    WithdrawStatus,
)
from weiji.credit.certificates.operations import (
    bring_credit,
    compare_subject,
    issue_certificates,
    prove_subject,
    remove_brought,
    withdraw_certificates,
)
from weiji.credit.certificates.rules import tidy_address
from weiji.credit.certificates.words import (
    bring_error,
    brought_word,
    certificate_word,
    issue_error,
    reason_word,
    withdraw_error,
)
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.web import Permission, page, rate, redirect, shop_staff
from weiji.web import gettext as _
from weiji.web.forms import read_form
from weiji.web.requests import WebRequest
from weiji.web.sharing import base_of

SHOWN: Final = 20
"""Certificates that the page shows, and what was brought: the newest."""

MEDIA_TYPE: Final = "application/jwt"
"""RFC 7519, section 10.3.1."""


class MerchantCertificates(Controller):
    """A shop's certificates, and what it brought."""

    path = "/merchant/{shop_id:uuid}/credit/certificates"
    guards = (shop_staff(Permission.OWNERSHIP),)
    include_in_schema = False

    @get("/")
    async def show(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show both, and the forms."""
        return await _show(request, shop_id, {}, {})

    @post("/", status_code=303, opt=rate("certify_credit", "30/hour"))
    async def issue(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Certify the shop's credit."""
        form = await read_form(request)
        audience = form.text("audience")
        command = IssueCertificate(
            id=form.id("id") or new_id(shop_id),
            shop_id=shop_id,
            audience=tidy_address(audience),
            issuer=base_of(request),
            subject=await prove_subject(request.database, shop_id),
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(issue_certificates, "shop_id").submit(command)
        if status in (IssueStatus.CREATED, IssueStatus.EXISTS):
            return redirect(request, _here(shop_id), toast=_("开好了，下载之后到那边的店铺信用里带进去。"))
        return await _show(request, shop_id, {"audience": audience}, {"audience": issue_error(status)})

    @get("/{certificate_id:uuid}")
    async def download(
        self, request: WebRequest, shop_id: FromPath[UUID], certificate_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Hand out a certificate that is in force."""
        now = clock.now()
        async with request.database.read() as reader:
            found = (await store.get_certificates(reader, [certificate_id], (), now)).get(certificate_id)
        if found is None or found.shop_id != shop_id or found.state_at(now) is not CertificateState.IN_FORCE:
            raise NotFoundException
        name = f"weiji-credit-{found.issued_at:%Y%m%d}.jwt"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(found.document.encode(), media_type=MEDIA_TYPE, headers=headers)

    @post("/{certificate_id:uuid}/withdrawal", status_code=303)
    async def withdraw(
        self, request: WebRequest, shop_id: FromPath[UUID], certificate_id: FromPath[UUID]
    ) -> Response[str]:
        """Let a certificate stand no more."""
        form = await read_form(request)
        command = WithdrawCertificate(
            id=certificate_id, shop_id=shop_id, reason=form.text("reason"), actor=request.actor("merchant")
        )
        status = await request.batchers.of(withdraw_certificates, "shop_id").submit(command)
        if status in (WithdrawStatus.WITHDRAWN, WithdrawStatus.EXISTS):
            return redirect(request, _here(shop_id), toast=_("作废了，来核对的站点从现在起会知道。"))
        return await _show(request, shop_id, {}, {"form": withdraw_error(status)})

    @post("/brought", status_code=303, opt=rate("bring_credit", "30/hour"))
    async def bring(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show what the shop is known for elsewhere."""
        document = await _read_document(request)
        command = BringCredit(
            shop_id=shop_id,
            document=document,
            here=base_of(request),
            digest=await compare_subject(request.database, shop_id, document),
            actor=request.actor("merchant"),
        )
        status = await request.batchers.of(bring_credit, "shop_id").submit(command)
        if status in (BringStatus.BROUGHT, BringStatus.EXISTS):
            return redirect(request, _here(shop_id), toast=_("带来了，买家在店铺信用里看得到。"))
        given = {"document": document[:DOCUMENT_MAX]}
        return await _show(request, shop_id, given, {"document": bring_error(status)})

    @post("/brought/{id:uuid}/removal", status_code=303)
    async def remove(self, request: WebRequest, shop_id: FromPath[UUID], id: FromPath[UUID]) -> Response[str]:
        """Show something no longer."""
        command = RemoveBrought(id=id, shop_id=shop_id, actor=request.actor("merchant"))
        await request.batchers.of(remove_brought, "shop_id").submit(command)
        return redirect(request, _here(shop_id), toast=_("不再展示了。"))


async def _read_document(request: WebRequest) -> str:
    """Read the file that was chosen, else what was pasted."""
    sent = await request.form()
    file = sent.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return (await file.read(DOCUMENT_MAX + 3)).decode("latin-1").strip()
    return (await read_form(request)).long("document", DOCUMENT_MAX).strip()


async def _show(request: WebRequest, shop_id: UUID, given: dict[str, str], errors: dict[str, str]) -> Response[str]:
    async with request.database.read() as reader:
        desk = await store.get_desk(reader, shop_id, SHOWN)
    if desk is None:
        raise NotFoundException
    now = clock.now()
    return page(
        request,
        "credit/merchant_certificates.html",
        status_code=422 if errors else 200,
        shop=desk.shop,
        is_known=desk.is_known,
        score=desk.score,
        address=f"{base_of(request)}/shops/{desk.shop.handle}",
        certificates=[
            (each, *certificate_word(each.state_at(now)), each.state_at(now), reason_word(each.reason))
            for each in desk.certificates
        ],
        brought=[(each, *brought_word(each, is_expired=now >= each.expires_at)) for each in desk.brought],
        id=str(new_id(shop_id)),
        days=LIFETIME.days,
        reason_max=REASON_MAX,
        here=_here(shop_id),
        given={"audience": "", "document": ""} | given,
        errors=errors,
    )


def _here(shop_id: UUID) -> str:
    return f"/merchant/{shop_id}/credit/certificates"


ROUTES: Final = (MerchantCertificates,)

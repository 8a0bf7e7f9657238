"""The JSON API of certificates."""

import asyncio
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from weiji.credit.certificates import rules, signing, store
from weiji.credit.certificates.handlers import find_keys, make_fetcher
from weiji.credit.certificates.model import (
    BringCredit,
    BringStatus,
    Brought,
    Certificate,
    CertificateReport,
    CertificateState,
    DistrustIssuer,
    DistrustStatus,
    IssueCertificate,
    IssueStatus,
    RemoveBrought,
    RemoveStatus,
    TrustIssuer,
    TrustStatus,
    WithdrawCertificate,
    WithdrawStatus,
)
from weiji.credit.certificates.operations import (
    bring_credit,
    compare_subject,
    distrust_issuers,
    get_report,
    issue_certificates,
    prove_subject,
    remove_brought,
    trust_issuers,
    withdraw_certificates,
)
from weiji.kit import clock
from weiji.web import Permission
from weiji.web.api import After, ApiRequest, Batch, Limit, Page, Typed, operation, run
from weiji.web.bodies import wrong_parameter
from weiji.web.caller import staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.locales import gettext as _
from weiji.web.sharing import base_of

NearShop = Annotated[UUID, Meta(description="Made by you; its last six bits are those of the shop's id.")]
Document = Annotated[str, Meta(max_length=10_000, description="The certificate, as it was downloaded.")]
KeyText = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{43}\Z",
        max_length=43,
        description="The Ed25519 key, `x` of its JWK (RFC 8037), in base64url.",
    ),
]


class IssueCreditCertificateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop of yours, and the address of the shop at another installation that the certificate is for."""

    id: NearShop
    shop_id: UUID
    audience: Typed


class WithdrawCreditCertificateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A certificate of a shop of yours, and why it stands no more."""

    id: UUID
    shop_id: UUID
    reason: Typed


class BringCreditBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A shop of yours, and a certificate that another installation issued for it."""

    shop_id: UUID
    document: Document


class RemoveBroughtCreditBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Something that a shop of yours brought."""

    id: UUID
    shop_id: UUID


class TrustCreditIssuerBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An installation's address, and a key that you know to be its; without one, what it publishes is fetched."""

    address: Typed
    public_key: KeyText | None = None


class DistrustCreditIssuerBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An installation's address, and why it is believed no longer."""

    address: Typed
    reason: Typed


class IssueCreditCertificateAnswer(Struct):
    """How certifying ended."""

    status: IssueStatus


class WithdrawCreditCertificateAnswer(Struct):
    """How withdrawing ended."""

    status: WithdrawStatus


class BringCreditAnswer(Struct):
    """How bringing ended."""

    status: BringStatus


class RemoveBroughtCreditAnswer(Struct):
    """How removing ended."""

    status: RemoveStatus


class TrustCreditIssuerAnswer(Struct):
    """How it ended."""

    status: TrustStatus


class DistrustCreditIssuerAnswer(Struct):
    """How it ended."""

    status: DistrustStatus


class CreditCertificateAnswer(Struct, kw_only=True):
    """A certificate of a shop: `document` is what the shop at `audience` brings."""

    id: UUID
    audience: str
    document: str
    state: CertificateState
    score: int
    grade: int
    issued_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    reason: str


class CreditIssuerAnswer(Struct, kw_only=True):
    """An installation that is, or was, believed: one of its keys."""

    address: str
    public_key: str
    is_fetched: bool
    """Whether the key was fetched from the address, or somebody brought it."""
    trusted_at: datetime
    ended_at: datetime | None
    reason: str


SubjectBatch = Batch[IssueCreditCertificateBody]
WithdrawBatch = Batch[WithdrawCreditCertificateBody]
BringBatch = Batch[BringCreditBody]
RemoveBatch = Batch[RemoveBroughtCreditBody]
TrustBatch = Batch[TrustCreditIssuerBody]
DistrustBatch = Batch[DistrustCreditIssuerBody]


class CertificatesApi(Controller):
    """Credit that goes from one installation to another."""

    path = "/api/v1/credit"
    tags = ("credit",)

    @get("/certificates", **operation("ListCreditCertificates", "shops:read"))
    async def list_certificates(
        self, request: ApiRequest, shop_id: FromQuery[UUID], after: After = None, limit: Limit = 20
    ) -> Page[CreditCertificateAnswer]:
        """List the certificates of a shop of yours, the newest first."""
        _must_own(request, shop_id)
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_certificates(reader, shop_id, before, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(
            items=[_describe(each) for each in found[:limit]],
            next=write_cursor(last.issued_at, last.id) if last else None,
        )

    @get("/certificates/{certificate_id:uuid}", **operation("GetCreditCertificate", is_public=True))
    async def report(self, request: ApiRequest, certificate_id: FromPath[UUID]) -> CertificateReport:
        """Ask whether a certificate that was issued here stands, and how much of its score is left."""
        async with request.database.read() as reader:
            report = await get_report(reader, certificate_id, clock.now())
        if report is None:
            raise NotFoundException
        return report

    @post("/certificates/issue", **operation("IssueCreditCertificates", "shops:write", repeat="key_taken"))
    async def issue(self, request: ApiRequest, data: SubjectBatch) -> Response[list[IssueCreditCertificateAnswer]]:
        """Certify the credit of shops of yours, each for one shop at another installation."""
        actor, here = request.actor("merchant"), base_of(request)
        shop_ids = [request.shop_if_may(body.shop_id, Permission.OWNERSHIP) for body in data]
        subjects = {shop_id: await prove_subject(request.database, shop_id) for shop_id in set(shop_ids)}
        commands = [
            IssueCertificate(
                id=body.id,
                shop_id=shop_id,
                audience=body.audience,
                issuer=here,
                subject=subjects[shop_id],
                actor=actor,
            )
            for body, shop_id in zip(data, shop_ids, strict=True)
        ]
        return await run(request, issue_certificates, "shop_id", commands)

    @post("/certificates/withdraw", **operation("WithdrawCreditCertificates", "shops:write", repeat="key_taken"))
    async def withdraw(
        self, request: ApiRequest, data: WithdrawBatch
    ) -> Response[list[WithdrawCreditCertificateAnswer]]:
        """Let certificates stand no more. Whoever asks about them is told from now on."""
        actor = request.actor("merchant")
        commands = [
            WithdrawCertificate(
                id=body.id,
                shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP),
                reason=body.reason,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, withdraw_certificates, "shop_id", commands)

    @get("/brought", **operation("ListBroughtCredit", "shops:read"))
    async def list_brought(
        self, request: ApiRequest, shop_id: FromQuery[UUID], after: After = None, limit: Limit = 20
    ) -> Page[Brought]:
        """List what a shop of yours brought from other installations, the last first, whatever became of it."""
        _must_own(request, shop_id)
        before = read_cursor(after, tuple[datetime, UUID])
        async with request.database.read() as reader:
            found = await store.list_brought(reader, shop_id, before, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(items=found[:limit], next=write_cursor(last.brought_at, last.id) if last else None)

    @post("/brought/bring", **operation("BringCredit", "shops:write", repeat="key_taken"))
    async def bring(self, request: ApiRequest, data: BringBatch) -> Response[list[BringCreditAnswer]]:
        """Show what shops of yours are known for at other installations, by the certificates that those issued."""
        actor, here = request.actor("merchant"), base_of(request)
        commands = [
            BringCredit(
                shop_id=(shop_id := request.shop_if_may(body.shop_id, Permission.OWNERSHIP)),
                document=(document := body.document.strip()),
                here=here,
                digest=await compare_subject(request.database, shop_id, document),
                actor=actor,
            )
            for body in data
        ]
        return await run(request, bring_credit, "shop_id", commands)

    @post("/brought/remove", **operation("RemoveBroughtCredit", "shops:write", repeat="key_taken"))
    async def remove(self, request: ApiRequest, data: RemoveBatch) -> Response[list[RemoveBroughtCreditAnswer]]:
        """Show something that shops of yours brought no longer. It may be brought again."""
        actor = request.actor("merchant")
        commands = [
            RemoveBrought(id=body.id, shop_id=request.shop_if_may(body.shop_id, Permission.OWNERSHIP), actor=actor)
            for body in data
        ]
        return await run(request, remove_brought, "shop_id", commands)

    @get("/issuers", **operation("ListCreditIssuers", "platform:read", guards=[staff()]))
    async def list_issuers(self, request: ApiRequest) -> Page[CreditIssuerAnswer]:
        """List the installations whose certificates are believed, and after them those that were; the first 100."""
        async with request.database.read() as reader:
            found = await store.list_issuers(reader, 100)
        items = [
            CreditIssuerAnswer(
                address=each.address,
                public_key=signing.encode(each.public_key),
                is_fetched=each.is_fetched,
                trusted_at=each.trusted_at,
                ended_at=each.ended_at,
                reason=each.reason,
            )
            for each in found
        ]
        return Page(items=items, next=None)

    @post(
        "/issuers/trust",
        **operation("TrustCreditIssuers", "platform:write", repeat="key_taken", guards=[staff("operator")]),
    )
    async def trust(self, request: ApiRequest, data: TrustBatch) -> Response[list[TrustCreditIssuerAnswer]]:
        """Believe what installations sign with keys that you know to be theirs, else with those that they publish."""
        actor, here = request.actor("staff"), base_of(request)
        fetcher = make_fetcher(request.settings)
        addresses, given = [rules.tidy_address(body.address) for body in data], [_read_key(b.public_key) for b in data]
        asked = {address for address, key in zip(addresses, given, strict=True) if key is None}
        found = dict(zip(asked, await asyncio.gather(*(find_keys(fetcher, each) for each in asked)), strict=True))
        commands = [
            TrustIssuer(
                address=address,
                public_keys=(key,) if key else tuple(found[address]),
                is_fetched=key is None,
                here=here,
                actor=actor,
            )
            for address, key in zip(addresses, given, strict=True)
        ]
        return await run(request, trust_issuers, "actor.person_id", commands)

    @post(
        "/issuers/distrust",
        **operation("DistrustCreditIssuers", "platform:write", repeat="key_taken", guards=[staff("operator")]),
    )
    async def distrust(self, request: ApiRequest, data: DistrustBatch) -> Response[list[DistrustCreditIssuerAnswer]]:
        """Believe installations no longer: what shops brought from them is not shown any more."""
        actor = request.actor("staff")
        commands = [
            DistrustIssuer(address=rules.tidy_address(body.address), reason=body.reason, actor=actor) for body in data
        ]
        return await run(request, distrust_issuers, "actor.person_id", commands)


def _read_key(text: str | None) -> bytes | None:
    if text is None:
        return None
    key = signing.decode(text)
    if key is None or len(key) != signing.KEY_BYTES:
        raise wrong_parameter("public_key", _("这不是 Ed25519 公钥。"))
    return key


def _must_own(request: ApiRequest, shop_id: UUID) -> None:
    if not request.caller.may(shop_id, Permission.OWNERSHIP):
        raise NotFoundException


def _describe(certificate: Certificate) -> CreditCertificateAnswer:
    return CreditCertificateAnswer(
        id=certificate.id,
        audience=certificate.audience,
        document=certificate.document,
        state=certificate.state_at(clock.now()),
        score=certificate.score,
        grade=certificate.grade,
        issued_at=certificate.issued_at,
        expires_at=certificate.expires_at,
        withdrawn_at=certificate.withdrawn_at,
        reason=certificate.reason,
    )


ROUTES: Final = (CertificatesApi,)
"""What the program serves of this feature."""

"""What a shop of the town is known for at another market, which certified it; and what it has certified here."""

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from weiji.credit.certificates import signing
from weiji.credit.certificates.model import (
    LIFETIME,
    BringCredit,
    BringStatus,
    CertifiedCredit,
    CertifiedShop,
    Claims,
    IssueCertificate,
    IssueStatus,
    TrustIssuer,
)
from weiji.credit.certificates.operations import (
    bring_credit,
    compare_subject,
    issue_certificates,
    prove_subject,
    trust_issuers,
)
from weiji.credit.certificates.rules import address_of
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.program import Program
from weiji.shops import get_shops

MARKET: Final = "https://old-harbour.example"
"""Another market: there is none of that name anywhere (RFC 2606)."""

SHOP_THERE: Final = "素织·老码头店"

_KEY: Final = Ed25519PrivateKey.from_private_bytes(b"the old harbour signs with this.")

YEARS_AGO: Final = timedelta(days=2_200)


async def bring_from_afar(program: Program, shop_id: UUID, owner: Actor, operator: Actor) -> None:
    """Have the operator believe the other market, the shop bring its credit from there, and take some along."""
    here = (program.settings.url or f"http://{program.settings.host}:{program.settings.port}").rstrip("/")
    trusting = TrustIssuer(
        address=MARKET,
        public_keys=(_KEY.public_key().public_bytes_raw(),),
        is_fetched=False,
        here=here,
        actor=operator,
    )
    await program.database.retried(partial(trust_issuers, commands=[trusting]))
    subject = await prove_subject(program.database, shop_id)
    assert subject is not None, "the shop is a company that is known"
    async with program.database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
    assert shop is not None
    issued_at = clock.now() - timedelta(days=3)
    claims = Claims(
        iss=MARKET,
        sub=f"{MARKET}/shops/{shop.handle}",
        aud=address_of(here, shop),
        jti=derive(shop_id, "demo", "afar"),
        iat=int(issued_at.timestamp()),
        exp=int((issued_at + LIFETIME).timestamp()),
        shop=CertifiedShop(name=SHOP_THERE, since=(issued_at - YEARS_AGO).date()),
        credit=CertifiedCredit(score=3_406, grade=9, trades=3_871),
        subject=subject,
    )
    document = signing.write_certificate(claims, _KEY)
    bringing = BringCredit(
        shop_id=shop_id,
        document=document,
        here=here,
        digest=await compare_subject(program.database, shop_id, document),
        actor=owner,
    )
    assert await program.batchers.of(bring_credit, "shop_id").submit(bringing) is BringStatus.BROUGHT
    issuing = IssueCertificate(
        id=derive(shop_id, "demo", "certificate"),
        shop_id=shop_id,
        audience=f"{MARKET}/shops/{shop.handle}",
        issuer=here,
        subject=subject,
        actor=owner,
    )
    assert await program.batchers.of(issue_certificates, "shop_id").submit(issuing) is IssueStatus.CREATED

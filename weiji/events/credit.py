"""What credit tells. The stream is the shop; for the rules, their author."""

from uuid import UUID

from weiji.events.model import Event


class ShopGraded(Event, frozen=True, kw_only=True):
    """A shop has another grade: 0 for none yet, 1…5 hearts, 6…10 diamonds, 11…15 blue crowns, 16…20 gold crowns."""

    shop_id: UUID
    grade_before: int
    grade: int
    score: int


class CreditRulesPublished(Event, frozen=True, kw_only=True):
    """The operator changed what counts, or which score is which grade. Every shop is graded anew."""

    version: int
    reason: str


class CreditCertified(Event, frozen=True, kw_only=True):
    """A shop's credit was certified, for the shop of another installation at `audience`."""

    shop_id: UUID
    audience: str


class CreditCertificateWithdrawn(Event, frozen=True, kw_only=True):
    """A certificate does not stand any more."""

    shop_id: UUID
    reason: str


class CreditBrought(Event, frozen=True, kw_only=True):
    """A shop shows what it is known for at another installation, which certified it."""

    shop_id: UUID
    issuer: str
    score: int
    grade: int


class BroughtCreditEnded(Event, frozen=True, kw_only=True):
    """What a shop brought from another installation is not shown any more."""

    shop_id: UUID
    issuer: str
    state: str


class CreditIssuerTrusted(Event, frozen=True, kw_only=True):
    """The operator believes what an installation certifies with a key, which is named by its thumbprint (RFC 7638)."""

    address: str
    key: str


class CreditIssuerDistrusted(Event, frozen=True, kw_only=True):
    """The operator believes an installation no longer."""

    address: str
    reason: str

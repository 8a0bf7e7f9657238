"""The words of certificates: what is signed, who is believed, and what shops brought from elsewhere."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor

LIFETIME: Final = timedelta(days=180)
"""How long a certificate is good for. One that says to be good for longer is believed for so long."""

ASK_EVERY: Final = timedelta(days=1)
"""How often an issuer is asked whether its certificate still stands."""

CERTIFICATES_MAX: Final = 10
"""Certificates of a shop that are in force."""

ISSUERS_MAX: Final = 100
"""Issuers that are believed; a page shows as many."""

CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""By how much the clock of an issuer may be ahead: what it certified later than that is wrong."""

REASON_MAX: Final = 500

HANDED_OVER: Final = "The shop was handed over."
"""Why certificates do not stand any more that nobody withdrew; pages say it in the reader's language."""

DOCUMENT_MAX: Final = 4_096
"""Characters of a certificate."""

ADDRESS_MAX: Final = 200
"""Characters of an installation's address."""


class Subject(Struct, frozen=True):
    """Who is behind a shop, without saying it: a slow, salted hash of their number, both in base64url."""

    salt: str
    digest: str


class CertifiedShop(Struct, frozen=True, kw_only=True):
    """The shop that a certificate speaks of, and the day it opened."""

    name: str
    since: date


class CertifiedCredit(Struct, frozen=True, kw_only=True):
    """What it is known for."""

    score: int
    grade: int
    trades: int


class Claims(Struct, frozen=True, kw_only=True):
    """What a certificate says, in the words of RFC 7519 where it has some."""

    iss: str
    """The installation that signed."""
    sub: str
    """The address of the shop there."""
    aud: str
    """The address of the one shop that may bring it."""
    jti: UUID
    iat: int
    exp: int
    shop: CertifiedShop
    credit: CertifiedCredit
    subject: Subject


class Jwk(Struct, frozen=True, kw_only=True):
    """A public key (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str = ""
    alg: str = "EdDSA"
    use: str = "sig"


class KeyDocument(Struct, frozen=True, kw_only=True):
    """What an installation publishes: its address, and the keys that its certificates are signed with."""

    issuer: str
    keys: list[Jwk]


class CertificateState(StrEnum):
    """Whether a certificate stands."""

    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class CertificateReport(Struct, frozen=True, kw_only=True):
    """What its issuer says of a certificate now: whether it stands, and how much of its score is left."""

    id: UUID
    state: CertificateState
    score: int
    grade: int


class Certificate(Struct, frozen=True, kw_only=True):
    """A certificate that was issued here."""

    id: UUID
    shop_id: UUID
    audience: str
    document: str
    score: int
    grade: int
    issued_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None = None
    reason: str = ""

    def state_at(self, now: datetime) -> CertificateState:
        """Tell whether it stands."""
        if self.withdrawn_at is not None:
            return CertificateState.WITHDRAWN
        return CertificateState.EXPIRED if now >= self.expires_at else CertificateState.IN_FORCE


class IssueCertificate(Struct, frozen=True, kw_only=True):
    """Certify a shop's credit for the shop at *audience*. The caller makes `id`, near the shop."""

    id: UUID
    shop_id: UUID
    audience: str
    issuer: str
    """The address of this installation."""
    subject: Subject | None
    """Who is behind the shop; None where nobody looked."""
    actor: Actor


class IssueStatus(StrEnum):
    """How certifying ended. Where several apply, the first listed is given."""

    CREATED = "created"
    EXISTS = "exists"
    ID_TAKEN = "id_taken"
    SHOP_NOT_FOUND = "shop_not_found"
    ID_IN_ANOTHER_SHARD = "id_in_another_shard"
    AUDIENCE_MALFORMED = "audience_malformed"
    """Not the address of a shop, such as https://shop.example/shops/tea."""
    SUBJECT_UNKNOWN = "subject_unknown"
    """Nobody has looked who is behind the shop: it has to be verified first."""
    NOTHING_TO_CERTIFY = "nothing_to_certify"
    """The shop has no point yet."""
    EXCEEDS_LIMIT = "exceeds_limit"
    """Ten certificates of the shop are in force: withdraw one."""


class WithdrawCertificate(Struct, frozen=True, kw_only=True):
    """Let a certificate not stand any more: whoever asks is told from now on."""

    id: UUID
    shop_id: UUID
    reason: str
    actor: Actor


class WithdrawStatus(StrEnum):
    """How withdrawing ended. Where several apply, the first listed is given."""

    WITHDRAWN = "withdrawn"
    CERTIFICATE_NOT_FOUND = "certificate_not_found"
    EXISTS = "exists"
    """It was withdrawn before."""
    REASON_MALFORMED = "reason_malformed"
    """Not 1 to 500 characters."""


class Issuer(Struct, frozen=True, kw_only=True):
    """An installation whose certificates are, or were, believed: one of its keys."""

    address: str
    public_key: bytes
    is_fetched: bool
    trusted_at: datetime
    ended_at: datetime | None = None
    reason: str = ""


class TrustIssuer(Struct, frozen=True, kw_only=True):
    """Believe what an installation signs with keys."""

    address: str
    public_keys: tuple[bytes, ...]
    """None: it was asked, and has none."""
    is_fetched: bool
    """Whether they were fetched from the address."""
    here: str
    """The address of this installation."""
    actor: Actor


class TrustStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    TRUSTED = "trusted"
    ADDRESS_MALFORMED = "address_malformed"
    """Not an address such as https://shop.example, without a path."""
    OURSELVES = "ourselves"
    """Nobody brings credit from where they are."""
    KEYS_NOT_FOUND = "keys_not_found"
    """No key was given, and the installation did not answer with one."""
    EXISTS = "exists"
    EXCEEDS_LIMIT = "exceeds_limit"
    """A hundred keys are believed: end one."""


class DistrustIssuer(Struct, frozen=True, kw_only=True):
    """Believe an installation no longer: what shops brought from it is not shown any more."""

    address: str
    reason: str
    actor: Actor


class DistrustStatus(StrEnum):
    """How it ended. Where several apply, the first listed is given."""

    ENDED = "ended"
    ISSUER_NOT_FOUND = "issuer_not_found"
    EXISTS = "exists"
    """It ended before."""
    REASON_MALFORMED = "reason_malformed"
    """Not 1 to 500 characters."""


class BroughtState(StrEnum):
    """What became of what a shop brought."""

    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    """Its issuer says that it does not stand any more, or the shop has another owner."""
    REPLACED = "replaced"
    """A newer one of the same issuer was brought."""
    REMOVED = "removed"
    """The shop shows it no longer."""


class Brought(Struct, frozen=True, kw_only=True):
    """What a shop is known for elsewhere, as its certificate says. It never counts here."""

    id: UUID
    issuer: str
    certificate_id: UUID
    shop_name: str
    shop_address: str
    score: int
    grade: int
    trades: int
    since: date
    issued_at: datetime
    expires_at: datetime
    brought_at: datetime
    state: BroughtState
    confirmed_at: datetime
    """When its issuer last said that it stands."""
    is_believed: bool = True
    """Whether the operator believes its issuer."""


class BringCredit(Struct, frozen=True, kw_only=True):
    """Show what a shop is known for elsewhere: the certificate, and the proof that it is the same subject."""

    shop_id: UUID
    document: str
    here: str
    """The address of this installation."""
    digest: str | None
    """The number of who is behind the shop here, hashed with the certificate's salt; None where nobody looked."""
    actor: Actor


class BringStatus(StrEnum):
    """How bringing ended. Where several apply, the first listed is given."""

    BROUGHT = "brought"
    EXISTS = "exists"
    """It was brought before, and stands."""
    SHOP_NOT_FOUND = "shop_not_found"
    DOCUMENT_MALFORMED = "document_malformed"
    """Not a certificate of credit."""
    ISSUER_UNKNOWN = "issuer_unknown"
    """The operator does not believe that installation, or not yet."""
    SIGNATURE_WRONG = "signature_wrong"
    """It was changed, or somebody else signed it."""
    ANOTHER_SHOP = "another_shop"
    """It was issued for a shop with another address."""
    EXPIRED = "expired"
    SUBJECT_UNKNOWN = "subject_unknown"
    """Nobody here has looked who is behind the shop: it has to be verified first."""
    ANOTHER_SUBJECT = "another_subject"
    """Somebody else is behind the shop there."""
    WITHDRAWN = "withdrawn"
    """This one was brought before, and does not stand any more."""
    OLDER = "older"
    """A newer one of the same installation was brought before."""


class RemoveBrought(Struct, frozen=True, kw_only=True):
    """Show something that a shop brought no longer."""

    id: UUID
    shop_id: UUID
    actor: Actor


class RemoveStatus(StrEnum):
    """How removing ended. Where several apply, the first listed is given."""

    REMOVED = "removed"
    NOT_FOUND = "not_found"
    EXISTS = "exists"
    """It is not shown any more."""


class NoteReport(Struct, frozen=True, kw_only=True):
    """Note what an issuer answered about something that a shop brought; None: it did not answer."""

    id: UUID
    shop_id: UUID
    report: CertificateReport | None

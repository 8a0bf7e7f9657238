"""What is decided about certificates, as pure functions over what was read."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct
from msgspec.structs import replace

from weiji.credit.certificates import signing
from weiji.credit.certificates.model import (
    ADDRESS_MAX,
    CERTIFICATES_MAX,
    CLOCKS_DIFFER,
    ISSUERS_MAX,
    LIFETIME,
    REASON_MAX,
    BringCredit,
    BringStatus,
    Brought,
    BroughtState,
    Certificate,
    CertificateReport,
    CertificateState,
    CertifiedCredit,
    CertifiedShop,
    Claims,
    DistrustIssuer,
    DistrustStatus,
    IssueCertificate,
    Issuer,
    IssueStatus,
    NoteReport,
    RemoveBrought,
    RemoveStatus,
    TrustIssuer,
    TrustStatus,
    WithdrawCertificate,
    WithdrawStatus,
)
from weiji.credit.model import GRADES, Standing
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import derive, shard_of
from weiji.kit.text import is_line, is_text
from weiji.shops import Shop

_ORIGIN: Final = r"https?://[a-z0-9]([a-z0-9.-]{0,180}[a-z0-9])?(:[0-9]{1,5})?"
ADDRESS: Final = re.compile(_ORIGIN)
"""The address of an installation."""
AUDIENCE: Final = re.compile(_ORIGIN + r"/shops/[a-z0-9][a-z0-9-]{0,30}[a-z0-9]")
"""The address of a shop."""

MOMENT_MAX: Final = 4_102_444_800
"""The year 2100: a certificate that tells of later times is wrong."""

NAME_MAX: Final = 100
"""Characters of a shop's name elsewhere."""

POINTS_MAX: Final = 2**53 - 1


def is_reason(text: str) -> bool:
    """Tell whether something is a reason."""
    return bool(text.strip()) and is_text(text.strip(), REASON_MAX)


def address_of(installation: str, shop: Shop) -> str:
    """Tell the address of a shop."""
    return f"{installation}/shops/{shop.handle}"


def tidy_address(text: str) -> str:
    """Write the address of an installation as it is kept."""
    return text.strip().rstrip("/").lower()


# Issuing


class Issuing(Struct):
    """What a batch that issues or withdraws is judged against."""

    shops: Mapping[UUID, Shop]
    standings: Mapping[UUID, Standing]
    certificates: dict[UUID, Certificate]
    """All that the batch names, and those of its shops that are in force."""
    key: Ed25519PrivateKey
    """What signs."""


def judge_issuing(state: Issuing, commands: Sequence[IssueCertificate], now: datetime) -> list[IssueStatus]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_issue(state, command, now) for command in commands]


def _issue(state: Issuing, command: IssueCertificate, now: datetime) -> IssueStatus:
    found = state.certificates.get(command.id)
    if found is not None:
        is_same = found.shop_id == command.shop_id and found.audience == command.audience
        return IssueStatus.EXISTS if is_same else IssueStatus.ID_TAKEN
    shop = state.shops.get(command.shop_id)
    if shop is None:
        return IssueStatus.SHOP_NOT_FOUND
    if shard_of(command.id) != shard_of(command.shop_id):
        return IssueStatus.ID_IN_ANOTHER_SHARD
    if not AUDIENCE.fullmatch(command.audience):
        return IssueStatus.AUDIENCE_MALFORMED
    if command.subject is None:
        return IssueStatus.SUBJECT_UNKNOWN
    standing = state.standings[command.shop_id]
    if not standing.score:
        return IssueStatus.NOTHING_TO_CERTIFY
    in_force = sum(
        each.shop_id == command.shop_id and each.state_at(now) is CertificateState.IN_FORCE
        for each in state.certificates.values()
    )
    if in_force >= CERTIFICATES_MAX:
        return IssueStatus.EXCEEDS_LIMIT
    issued_at = now.replace(microsecond=0)
    claims = Claims(
        iss=command.issuer,
        sub=address_of(command.issuer, shop),
        aud=command.audience,
        jti=command.id,
        iat=int(issued_at.timestamp()),
        exp=int((issued_at + LIFETIME).timestamp()),
        shop=CertifiedShop(name=shop.name, since=shop.created_at.astimezone(SHANGHAI).date()),
        credit=CertifiedCredit(score=standing.score, grade=standing.grade, trades=standing.trades),
        subject=command.subject,
    )
    state.certificates[command.id] = Certificate(
        id=command.id,
        shop_id=command.shop_id,
        audience=command.audience,
        document=signing.write_certificate(claims, state.key),
        score=standing.score,
        grade=standing.grade,
        issued_at=issued_at,
        expires_at=issued_at + LIFETIME,
    )
    return IssueStatus.CREATED


def judge_withdrawals(
    certificates: dict[UUID, Certificate], commands: Sequence[WithdrawCertificate], now: datetime
) -> list[WithdrawStatus]:
    """Answer each command as if it came alone, after the ones before it; *certificates* become what comes of it."""
    return [_withdraw(certificates, command, now) for command in commands]


def _withdraw(certificates: dict[UUID, Certificate], command: WithdrawCertificate, now: datetime) -> WithdrawStatus:
    found = certificates.get(command.id)
    if found is None or found.shop_id != command.shop_id:
        return WithdrawStatus.CERTIFICATE_NOT_FOUND
    if found.withdrawn_at is not None:
        return WithdrawStatus.EXISTS
    if not is_reason(command.reason):
        return WithdrawStatus.REASON_MALFORMED
    certificates[command.id] = replace(found, withdrawn_at=now, reason=command.reason.strip())
    return WithdrawStatus.WITHDRAWN


def report_on(certificate: Certificate, standing: Standing, now: datetime) -> CertificateReport:
    """Say whether a certificate stands, and how much of it: what was lost since is not certified any more."""
    return CertificateReport(
        id=certificate.id,
        state=certificate.state_at(now),
        score=min(certificate.score, standing.score),
        grade=min(certificate.grade, standing.grade),
    )


# Believing


def judge_trust(
    issuers: dict[tuple[str, bytes], Issuer], commands: Sequence[TrustIssuer], now: datetime
) -> list[TrustStatus]:
    """Answer each command as if it came alone, after the ones before it; *issuers* become what comes of it."""
    return [_trust(issuers, command, now) for command in commands]


def _trust(issuers: dict[tuple[str, bytes], Issuer], command: TrustIssuer, now: datetime) -> TrustStatus:
    if len(command.address) > ADDRESS_MAX or not ADDRESS.fullmatch(command.address):
        return TrustStatus.ADDRESS_MALFORMED
    if command.address == command.here:
        return TrustStatus.OURSELVES
    if not command.public_keys:
        return TrustStatus.KEYS_NOT_FOUND
    believed = {key for key, issuer in issuers.items() if issuer.ended_at is None}
    new = {(command.address, key) for key in command.public_keys} - believed
    if not new:
        return TrustStatus.EXISTS
    if len(believed | new) > ISSUERS_MAX:
        return TrustStatus.EXCEEDS_LIMIT
    for address, key in sorted(new):
        issuers[address, key] = Issuer(address=address, public_key=key, is_fetched=command.is_fetched, trusted_at=now)
    return TrustStatus.TRUSTED


def judge_distrust(
    issuers: dict[tuple[str, bytes], Issuer], commands: Sequence[DistrustIssuer], now: datetime
) -> list[DistrustStatus]:
    """Answer each command as if it came alone, after the ones before it; *issuers* become what comes of it."""
    return [_distrust(issuers, command, now) for command in commands]


def _distrust(issuers: dict[tuple[str, bytes], Issuer], command: DistrustIssuer, now: datetime) -> DistrustStatus:
    its = {key: issuer for key, issuer in issuers.items() if issuer.address == command.address}
    if not its:
        return DistrustStatus.ISSUER_NOT_FOUND
    believed = {key: issuer for key, issuer in its.items() if issuer.ended_at is None}
    if not believed:
        return DistrustStatus.EXISTS
    if not is_reason(command.reason):
        return DistrustStatus.REASON_MALFORMED
    for key, issuer in believed.items():
        issuers[key] = replace(issuer, ended_at=now, reason=command.reason.strip())
    return DistrustStatus.ENDED


# Bringing


class Bringing(Struct):
    """What a batch that brings or removes is judged against."""

    shops: Mapping[UUID, Shop]
    keys: Mapping[str, Sequence[bytes]]
    """The keys that are believed, by the address of their installation."""
    brought: dict[UUID, dict[UUID, Brought]]
    """All that the shops brought, ever, by shop and id."""


def id_of(shop_id: UUID, claims: Claims) -> UUID:
    """Name what a shop brings: the same certificate comes once."""
    return derive(shop_id, "brought", claims.iss, claims.jti)


def judge_bringing(state: Bringing, commands: Sequence[BringCredit], now: datetime) -> list[BringStatus]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    return [_bring(state, command, now) for command in commands]


def _bring(state: Bringing, command: BringCredit, now: datetime) -> BringStatus:
    shop = state.shops.get(command.shop_id)
    if shop is None:
        return BringStatus.SHOP_NOT_FOUND
    claims = signing.read_certificate(command.document)
    if claims is None or not is_sound(claims, now):
        return BringStatus.DOCUMENT_MALFORMED
    keys = state.keys.get(claims.iss, ())
    if not keys:
        return BringStatus.ISSUER_UNKNOWN
    if not any(signing.is_signed_by(command.document, key) for key in keys):
        return BringStatus.SIGNATURE_WRONG
    if claims.aud != address_of(command.here, shop):
        return BringStatus.ANOTHER_SHOP
    issued_at, expires_at = term_of(claims)
    if now >= expires_at:
        return BringStatus.EXPIRED
    if command.digest is None:
        return BringStatus.SUBJECT_UNKNOWN
    if not signing.is_same(command.digest, claims.subject):
        return BringStatus.ANOTHER_SUBJECT
    its = state.brought[command.shop_id]
    id = id_of(command.shop_id, claims)
    found = its.get(id)
    if found is not None and found.state is BroughtState.IN_FORCE:
        return BringStatus.EXISTS
    if found is not None and found.state is BroughtState.WITHDRAWN:
        return BringStatus.WITHDRAWN
    shown = next((b for b in its.values() if b.issuer == claims.iss and b.state is BroughtState.IN_FORCE), None)
    if shown is not None:
        if shown.issued_at > issued_at:
            return BringStatus.OLDER
        its[shown.id] = replace(shown, state=BroughtState.REPLACED)
    if found is not None:
        # What its issuer said of it since holds: no more is left of it because it was away.
        its[id] = replace(found, state=BroughtState.IN_FORCE)
        return BringStatus.BROUGHT
    its[id] = Brought(
        id=id,
        issuer=claims.iss,
        certificate_id=claims.jti,
        shop_name=claims.shop.name,
        shop_address=claims.sub,
        score=claims.credit.score,
        grade=claims.credit.grade,
        trades=claims.credit.trades,
        since=claims.shop.since,
        issued_at=issued_at,
        expires_at=expires_at,
        brought_at=now,
        state=BroughtState.IN_FORCE,
        confirmed_at=issued_at,
    )
    return BringStatus.BROUGHT


def term_of(claims: Claims) -> tuple[datetime, datetime]:
    """Tell from when until when a certificate is good."""
    issued_at = datetime.fromtimestamp(claims.iat, UTC)
    return issued_at, min(datetime.fromtimestamp(claims.exp, UTC), issued_at + LIFETIME)


def is_sound(claims: Claims, now: datetime) -> bool:
    """Tell whether what is signed can be: an issuer may be believed and still be wrong."""
    credit = claims.credit
    return (
        0 <= claims.iat < claims.exp <= MOMENT_MAX
        and claims.iat <= (now + CLOCKS_DIFFER).timestamp()
        and 0 <= credit.score <= credit.trades <= POINTS_MAX
        and 0 <= credit.grade <= GRADES
        and is_line(claims.shop.name, NAME_MAX)
        and claims.sub.startswith(claims.iss + "/shops/")
        and AUDIENCE.fullmatch(claims.sub) is not None
    )


def judge_removals(state: Bringing, commands: Sequence[RemoveBrought]) -> list[RemoveStatus]:
    """Answer each command as if it came alone, after the ones before it; *state* is changed to what comes of it."""
    statuses = []
    for command in commands:
        found = state.brought.get(command.shop_id, {}).get(command.id)
        if found is None:
            statuses.append(RemoveStatus.NOT_FOUND)
        elif found.state is not BroughtState.IN_FORCE:
            statuses.append(RemoveStatus.EXISTS)
        else:
            state.brought[command.shop_id][command.id] = replace(found, state=BroughtState.REMOVED)
            statuses.append(RemoveStatus.REMOVED)
    return statuses


def end(brought: Brought) -> Brought:
    """Let something not stand any more."""
    return replace(brought, state=BroughtState.WITHDRAWN)


def take_report(brought: Brought, command: NoteReport, now: datetime) -> Brought:
    """Take over what an issuer says: less may be left of what it certified, never more."""
    report = command.report
    if brought.state is not BroughtState.IN_FORCE or report is None:
        return brought
    if report.state is CertificateState.WITHDRAWN:
        return end(brought)
    return replace(
        brought,
        score=max(0, min(brought.score, report.score)),
        grade=max(0, min(brought.grade, report.grade)),
        confirmed_at=now,
    )

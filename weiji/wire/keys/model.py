"""The words of keys: merchants, their certificates, and what may be done with them."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.ids import SHARDS
from weiji.kit.seal import Place, column

API_KEY: Final = re.compile(r"[0-9A-Za-z]{32}")
"""32 letters and digits: what every client takes."""

V2_KEY_COLUMN: Final = column(
    "wire.merchants:v2_key", Place(table="wire.merchants", column="v2_key_sealed", of=("shop_id",))
)
"""What an APIv2 key is sealed for."""

ADDRESSES_MAX: Final = 20
"""Addresses and networks from which a merchant's programs may move money by the old calls."""

API_KEY_COLUMN: Final = column(
    "wire.merchants:api_key", Place(table="wire.merchants", column="api_key_sealed", of=("shop_id",))
)
"""What an APIv3 key is sealed for."""

CERTIFICATES_MAX: Final = 20
"""Certificates of a merchant that are in force at a time."""

OVERLAP_MAX: Final = timedelta(days=30)
"""How long a certificate that was ended may still be good."""

NAME_LENGTH_MAX: Final = 60

CERTIFICATE_CLIENTS_MAX: Final = 20
"""Programs of a merchant that are known to have asked for certificates."""

CLIENT_LENGTH_MAX: Final = 40

PARTNERS_MAX: Final = 20
MCHID: Final = re.compile(r"[1-9][0-9]{9}")

MCHID_FIRST: Final = 1_000_000_000
"""A multiple of the number of shards."""
MCHID_LAST: Final = 1_999_999_999


class Merchant(Struct, frozen=True, kw_only=True):
    """A shop that speaks the payment protocol. Its number tells its shard: it is that modulo 64."""

    mchid: str
    shop_id: UUID
    api_key_sealed: bytes | None
    api_key_set_at: datetime | None
    v2_key_sealed: bytes | None = None
    v2_key_set_at: datetime | None = None
    v2_addresses: tuple[str, ...] = ()
    """Addresses and networks from which the old calls may move money; none: they may not."""
    platform_key_id: str | None
    """Which of the platform's keys it chose to sign what is sent to it unasked; None: see `uses_certificates`."""
    platform_key_before: str | None = None
    """Which it had chosen before, as long as that counts."""
    platform_key_from: datetime | None = None
    """From when on the choice counts; None: at once."""
    uses_certificates: bool = False
    """Its programs asked for the platform's certificates: where nothing else is said, the newest of these signs. Who
    never did knows the public key only."""
    certificate_clients: tuple[str, ...] = ()
    """Which of its programs did; none are known of merchants of before, whose programs then all did."""
    partners: tuple[str, ...] = ()
    """Numbers of merchants that may make orders for it: its service providers."""
    created_at: datetime

    def choice(self, wall: datetime) -> str | None:
        """Say which key of the platform it chose, as far as that counts by now."""
        return self.platform_key_before if self.switches_at(wall) else self.platform_key_id

    def switches_at(self, wall: datetime) -> datetime | None:
        """Say when the key that it chose is to count; None: it does."""
        return self.platform_key_from if self.platform_key_from and wall < self.platform_key_from else None

    def checks_with_certificates(self, client: str | None) -> bool:
        """Tell whether a program asked for certificates; None: whether any did."""
        known = self.certificate_clients
        return self.uses_certificates and (client is None or not known or client in known)


class Certificate(Struct, frozen=True, kw_only=True):
    """A key of a merchant's program, certified by us. The private key we never had, or did not keep."""

    mchid: str
    serial: str
    name: str
    pem: str
    created_at: datetime
    expires_at: datetime
    ends_at: datetime | None
    """When it was ended, or will be."""

    def is_in_force(self, now: datetime) -> bool:
        """Tell whether what it signs is the merchant's."""
        return now < self.expires_at and (self.ends_at is None or now < self.ends_at)


def client_of(user_agent: str) -> str:
    """Say by what name a program calls itself: the first word of its User-Agent, without a version."""
    words = user_agent.split(maxsplit=1)
    return (words[0].partition("/")[0][:CLIENT_LENGTH_MAX] if words else "") or "-"


def shard_of_mchid(mchid: str) -> int:
    """Tell where a merchant lives."""
    return int(mchid) % SHARDS


class OpenMerchant(Struct, frozen=True, kw_only=True):
    """Give a shop a number in the payment protocol. The caller checks that `actor` may act for it."""

    shop_id: UUID
    mchid: str
    """One that was drawn (`draw_mchid`)."""
    actor: Actor


class OpenMerchantStatus(StrEnum):
    """How giving a number ended. Where several apply, the first listed is given."""

    SHOP_NOT_FOUND = "shop_not_found"
    EXISTS = "exists"
    """The shop has one."""
    NUMBER_TAKEN = "number_taken"
    """Another shop has the one that was drawn: draw again."""
    CREATED = "created"


class OpenMerchantResult(Struct, frozen=True):
    """The answer to asking for a number."""

    status: OpenMerchantStatus
    mchid: str | None = None


class AddCertificate(Struct, frozen=True, kw_only=True):
    """Take a certificate that was issued for a merchant of a shop into force."""

    shop_id: UUID
    serial: str
    name: str
    pem: str
    expires_at: datetime
    actor: Actor


class AddCertificateStatus(StrEnum):
    """How adding a certificate ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    """The shop has no number yet."""
    NAME_INVALID = "name_invalid"
    """Not one line of 1…60 characters."""
    EXISTS = "exists"
    EXCEEDS_LIMIT = "exceeds_limit"
    """20 are in force: end one first."""
    CREATED = "created"


class EndCertificate(Struct, frozen=True, kw_only=True):
    """Let a certificate end: at once, or when the programs have all gone over to another. It never begins again."""

    shop_id: UUID
    serial: str
    ends_at: datetime
    """By the machine's time: certificates have nothing to do with the clock that may be turned."""
    actor: Actor


class EndCertificateStatus(StrEnum):
    """How ending a certificate went. Where several apply, the first listed is given."""

    CERTIFICATE_NOT_FOUND = "certificate_not_found"
    EXCEEDS_OVERLAP = "exceeds_overlap"
    """More than 30 days from now."""
    EXISTS = "exists"
    """It ends then, or has ended before that."""
    ENDED = "ended"


class SetApiKey(Struct, frozen=True, kw_only=True):
    """Set the key that notices and certificates are sealed with. It is shown nowhere again."""

    shop_id: UUID
    api_key: str
    actor: Actor


class SetApiKeyStatus(StrEnum):
    """How setting the key ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    API_KEY_INVALID = "api_key_invalid"
    """Not 32 letters and digits."""
    SET = "set"


class SetV2Access(Struct, frozen=True, kw_only=True):
    """Set the key that the old XML calls are signed with, and from where they may move money.

    With APIv2 whoever has the key can sign, and we have it too; so it takes the right address besides.
    """

    shop_id: UUID
    v2_key: str | None
    """None: it stays as it is."""
    addresses: tuple[str, ...]
    """Addresses and networks (CIDR), instead of those before."""
    actor: Actor


class SetV2AccessStatus(StrEnum):
    """How setting the key ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    V2_KEY_INVALID = "v2_key_invalid"
    """Not 32 letters and digits."""
    ADDRESSES_INVALID = "addresses_invalid"
    """More than 20, or one that is no address and no network."""
    SET = "set"


class SetPartners(Struct, frozen=True, kw_only=True):
    """Name the service providers who may make orders for a merchant, instead of those before."""

    shop_id: UUID
    partners: tuple[str, ...]
    actor: Actor


class SetPartnersStatus(StrEnum):
    """How naming service providers ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    PARTNERS_INVALID = "partners_invalid"
    """More than 20, or one that is no number of ten digits."""
    SET = "set"


class ChoosePlatformKey(Struct, frozen=True, kw_only=True):
    """Say which of the platform's keys signs what is sent to a merchant unasked; None: the public key, or, once
    its programs asked for certificates, the newest of these.

    The caller knows which there are: `is_known` says whether it is one in force.
    """

    shop_id: UUID
    platform_key_id: str | None
    is_known: bool
    actor: Actor
    begins_at: datetime | None = None
    """From when on, by the machine's clock; None: at once. Until then the choice before counts."""


class ChoosePlatformKeyStatus(StrEnum):
    """How choosing a key ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    PLATFORM_KEY_NOT_FOUND = "platform_key_not_found"
    """There is none of this id in force."""
    EXCEEDS_OVERLAP = "exceeds_overlap"
    """More than 30 days from now."""
    EXISTS = "exists"
    """It counts from then on, or did before that."""
    CHOSEN = "chosen"


class EndPlatformKeyStatus(StrEnum):
    """How ending a key of the platform's went. Where several apply, the first listed is given."""

    KEY_NOT_FOUND = "key_not_found"
    """There is none of this id that signs what is sent."""
    EXISTS = "exists"
    """It was ended before, or has expired."""
    ENDED = "ended"


class NoteCertificateUser(Struct, frozen=True, kw_only=True):
    """Take note that a merchant's program asked for the platform's certificates."""

    shop_id: UUID
    client: str
    """What it calls itself (`client_of`)."""


class NoteCertificateUserStatus(StrEnum):
    """How noting ended. Where several apply, the first listed is given."""

    MERCHANT_NOT_FOUND = "merchant_not_found"
    EXISTS = "exists"
    EXCEEDS_LIMIT = "exceeds_limit"
    """Twenty are known: the merchant chooses on the page of keys."""
    NOTED = "noted"


class AdmitRequest(Struct, frozen=True, kw_only=True):
    """Take note of a request whose signature was right, so that it comes once. `near` is its merchant's shop."""

    near: UUID
    mchid: str
    nonce: str
    at: datetime
    """What the request says: with it and the nonce it is the same request."""

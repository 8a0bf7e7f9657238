"""What is decided about merchants and their keys, as pure functions over what was read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.kit.text import is_line
from weiji.wire.keys.model import (
    ADDRESSES_MAX,
    API_KEY,
    CERTIFICATE_CLIENTS_MAX,
    CERTIFICATES_MAX,
    MCHID,
    NAME_LENGTH_MAX,
    OVERLAP_MAX,
    PARTNERS_MAX,
    AddCertificate,
    AddCertificateStatus,
    Certificate,
    ChoosePlatformKey,
    ChoosePlatformKeyStatus,
    EndCertificate,
    EndCertificateStatus,
    Merchant,
    NoteCertificateUser,
    NoteCertificateUserStatus,
    OpenMerchant,
    OpenMerchantResult,
    OpenMerchantStatus,
    SetApiKey,
    SetApiKeyStatus,
    SetPartners,
    SetPartnersStatus,
    SetV2Access,
    SetV2AccessStatus,
)


class Opening(Struct):
    """What openings are judged against: which shops there are, who has a number, and which numbers are taken."""

    shops: frozenset[UUID]
    merchants: dict[UUID, str]
    taken: set[str]


def judge_openings(state: Opening, commands: Sequence[OpenMerchant]) -> list[OpenMerchantResult]:
    """Answer each command as if it came alone, after the ones before it."""
    return [_open(state, command) for command in commands]


def _open(state: Opening, command: OpenMerchant) -> OpenMerchantResult:
    if command.shop_id not in state.shops:
        return OpenMerchantResult(OpenMerchantStatus.SHOP_NOT_FOUND)
    if mchid := state.merchants.get(command.shop_id):
        return OpenMerchantResult(OpenMerchantStatus.EXISTS, mchid)
    if command.mchid in state.taken:
        return OpenMerchantResult(OpenMerchantStatus.NUMBER_TAKEN)
    state.taken.add(command.mchid)
    state.merchants[command.shop_id] = command.mchid
    return OpenMerchantResult(OpenMerchantStatus.CREATED, command.mchid)


class Keys(Struct):
    """What commands about keys are judged against; each judgement changes it to what comes of it."""

    merchants: dict[UUID, Merchant]
    certificates: dict[tuple[str, str], Certificate]

    def add(self, command: AddCertificate, now: datetime, wall: datetime) -> AddCertificateStatus:
        """Judge a certificate that was issued. Who has 20 in force at *wall* gets no more."""
        merchant = self.merchants.get(command.shop_id)
        if merchant is None:
            return AddCertificateStatus.MERCHANT_NOT_FOUND
        if not is_line(command.name, NAME_LENGTH_MAX):
            return AddCertificateStatus.NAME_INVALID
        key = (merchant.mchid, command.serial)
        if key in self.certificates:
            return AddCertificateStatus.EXISTS
        if len(in_force(self.certificates, merchant.mchid, wall)) >= CERTIFICATES_MAX:
            return AddCertificateStatus.EXCEEDS_LIMIT
        self.certificates[key] = Certificate(
            mchid=merchant.mchid,
            serial=command.serial,
            name=command.name,
            pem=command.pem,
            created_at=now,
            expires_at=command.expires_at,
            ends_at=None,
        )
        return AddCertificateStatus.CREATED

    def end(self, command: EndCertificate, wall: datetime) -> EndCertificateStatus:
        """Judge the end of a certificate. What has an end keeps the earlier one."""
        merchant = self.merchants.get(command.shop_id)
        key = (merchant.mchid if merchant else "", command.serial)
        found = self.certificates.get(key)
        if found is None:
            return EndCertificateStatus.CERTIFICATE_NOT_FOUND
        if command.ends_at > wall + OVERLAP_MAX:
            return EndCertificateStatus.EXCEEDS_OVERLAP
        if found.ends_at is not None and found.ends_at <= command.ends_at:
            return EndCertificateStatus.EXISTS
        self.certificates[key] = replace(found, ends_at=command.ends_at)
        return EndCertificateStatus.ENDED

    def set_api_key(self, command: SetApiKey) -> SetApiKeyStatus:
        """Judge an APIv3 key."""
        if command.shop_id not in self.merchants:
            return SetApiKeyStatus.MERCHANT_NOT_FOUND
        if not API_KEY.fullmatch(command.api_key):
            return SetApiKeyStatus.API_KEY_INVALID
        return SetApiKeyStatus.SET

    def set_v2_access(self, command: SetV2Access) -> SetV2AccessStatus:
        """Judge an APIv2 key, and the addresses where it is used."""
        merchant = self.merchants.get(command.shop_id)
        if merchant is None:
            return SetV2AccessStatus.MERCHANT_NOT_FOUND
        if command.v2_key is not None and not API_KEY.fullmatch(command.v2_key):
            return SetV2AccessStatus.V2_KEY_INVALID
        networks = [read_network(each) for each in command.addresses]
        if len(networks) > ADDRESSES_MAX or None in networks:
            return SetV2AccessStatus.ADDRESSES_INVALID
        addresses = tuple(dict.fromkeys(map(str, networks)))
        self.merchants[command.shop_id] = replace(merchant, v2_addresses=addresses)
        return SetV2AccessStatus.SET

    def set_partners(self, command: SetPartners) -> SetPartnersStatus:
        """Judge the naming of service providers."""
        merchant = self.merchants.get(command.shop_id)
        if merchant is None:
            return SetPartnersStatus.MERCHANT_NOT_FOUND
        if len(command.partners) > PARTNERS_MAX or not all(map(MCHID.fullmatch, command.partners)):
            return SetPartnersStatus.PARTNERS_INVALID
        self.merchants[command.shop_id] = replace(merchant, partners=tuple(dict.fromkeys(command.partners)))
        return SetPartnersStatus.SET

    def note_user(self, command: NoteCertificateUser) -> NoteCertificateUserStatus:
        """Judge the note that a program asked for certificates."""
        merchant = self.merchants.get(command.shop_id)
        if merchant is None:
            return NoteCertificateUserStatus.MERCHANT_NOT_FOUND
        known = merchant.certificate_clients
        # Of a merchant of before all do: were one noted, the others would get what they can't check.
        if merchant.checks_with_certificates(command.client):
            return NoteCertificateUserStatus.EXISTS
        if len(known) >= CERTIFICATE_CLIENTS_MAX:
            return NoteCertificateUserStatus.EXCEEDS_LIMIT
        changed = replace(merchant, uses_certificates=True, certificate_clients=(*known, command.client))
        self.merchants[command.shop_id] = changed
        return NoteCertificateUserStatus.NOTED

    def choose(self, command: ChoosePlatformKey, wall: datetime) -> ChoosePlatformKeyStatus:
        """Judge the choice of a key of the platform."""
        merchant = self.merchants.get(command.shop_id)
        if merchant is None:
            return ChoosePlatformKeyStatus.MERCHANT_NOT_FOUND
        if command.platform_key_id is not None and not command.is_known:
            return ChoosePlatformKeyStatus.PLATFORM_KEY_NOT_FOUND
        begins_at = command.begins_at if command.begins_at and command.begins_at > wall else None
        if begins_at and begins_at > wall + OVERLAP_MAX:
            return ChoosePlatformKeyStatus.EXCEEDS_OVERLAP
        counts_from = merchant.platform_key_from or wall
        if merchant.platform_key_id == command.platform_key_id and counts_from <= (begins_at or wall):
            return ChoosePlatformKeyStatus.EXISTS
        self.merchants[command.shop_id] = replace(
            merchant,
            platform_key_id=command.platform_key_id,
            platform_key_before=merchant.choice(wall) if begins_at else None,
            platform_key_from=begins_at,
        )
        return ChoosePlatformKeyStatus.CHOSEN


def read_network(text: str) -> IPv4Network | IPv6Network | None:
    """Read an address or a network; None: it is neither."""
    try:
        return ip_network(text)
    except ValueError:
        return None


def is_within(address: str | None, networks: Sequence[str]) -> bool:
    """Tell whether an address is one of those that a merchant named."""
    return address is not None and any(ip_address(address) in ip_network(each) for each in networks)


def in_force(certificates: Mapping[tuple[str, str], Certificate], mchid: str, wall: datetime) -> list[Certificate]:
    """List the certificates of a merchant that are in force."""
    return [each for (owner, _), each in certificates.items() if owner == mchid and each.is_in_force(wall)]

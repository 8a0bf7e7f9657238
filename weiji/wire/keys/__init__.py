"""Who speaks the payment protocol, and with which keys."""

from weiji.wire.keys.authority import KeyKind, PlatformKey, Refusal
from weiji.wire.keys.directory import Directory, Party
from weiji.wire.keys.keyring import Keyring, Ring
from weiji.wire.keys.model import (
    AddCertificate,
    AddCertificateStatus,
    AdmitRequest,
    Certificate,
    ChoosePlatformKey,
    ChoosePlatformKeyStatus,
    EndCertificate,
    EndCertificateStatus,
    Merchant,
    OpenMerchant,
    OpenMerchantResult,
    OpenMerchantStatus,
    SetApiKey,
    SetApiKeyStatus,
)
from weiji.wire.keys.operations import (
    add_certificates,
    admit_requests,
    choose_platform_keys,
    end_certificates,
    forget_nonces,
    open_merchants,
    set_api_keys,
)
from weiji.wire.keys.store import get_certificates, get_keys_of_shop, get_merchants

__all__ = [
    "AddCertificate",
    "AddCertificateStatus",
    "AdmitRequest",
    "Certificate",
    "ChoosePlatformKey",
    "ChoosePlatformKeyStatus",
    "Directory",
    "EndCertificate",
    "EndCertificateStatus",
    "KeyKind",
    "Keyring",
    "Merchant",
    "OpenMerchant",
    "OpenMerchantResult",
    "OpenMerchantStatus",
    "Party",
    "PlatformKey",
    "Refusal",
    "Ring",
    "SetApiKey",
    "SetApiKeyStatus",
    "add_certificates",
    "admit_requests",
    "choose_platform_keys",
    "end_certificates",
    "forget_nonces",
    "get_certificates",
    "get_keys_of_shop",
    "get_merchants",
    "open_merchants",
    "set_api_keys",
]

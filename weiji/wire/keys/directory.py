"""Who a request says that it is, remembered for some seconds: a busy merchant costs one statement in that time."""

import time
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.seal import KEYS
from weiji.wire.keys import store
from weiji.wire.keys.authority import public_key_of
from weiji.wire.keys.model import API_KEY_COLUMN, MCHID, MCHID_LAST, V2_KEY_COLUMN, Certificate, Merchant


class Party(Struct, frozen=True, kw_only=True):
    """A merchant, as whoever talks to it needs it."""

    merchant: Merchant
    shop_name: str
    is_open: bool
    """Whether the shop sells now."""
    api_key: str | None
    v2_key: str | None
    certificates: dict[str, tuple[Certificate, RSAPublicKey]]
    """Those that were in force when it was read, by serial."""

    def key_of(self, serial: str, wall: datetime) -> RSAPublicKey | None:
        """Give the key of a certificate in force."""
        found = self.certificates.get(serial)
        return found[1] if found and found[0].is_in_force(wall) else None

    def keys(self, wall: datetime) -> list[RSAPublicKey]:
        """Give the keys of all certificates in force."""
        return [key for certificate, key in self.certificates.values() if certificate.is_in_force(wall)]


class Directory:
    """Merchants by their numbers, for one process."""

    SECONDS: Final = 5.0
    """The longest that a certificate which was ended elsewhere still opens something here."""

    MAX: Final = 10_000

    def __init__(self, database: Database) -> None:
        self.database = database
        self._found: dict[str, tuple[float, Party | None]] = {}

    async def find(self, mchid: str) -> Party | None:
        """Find a merchant; None: there is none of this number."""
        # Of ten digits first: Python reads no number of thousands, and raises.
        if not (MCHID.fullmatch(mchid) and int(mchid) <= MCHID_LAST):
            return None
        known = self._found.get(mchid)
        if known and time.monotonic() < known[0] + self.SECONDS:
            return known[1]
        since = time.monotonic()
        async with self.database.read() as reader:
            found = await store.find_party(reader, mchid, clock.wall())
        party = _party(found) if found else None
        if len(self._found) >= self.MAX:
            self._found.clear()
        self._found[mchid] = (since, party)
        return party

    def forget(self, mchid: str) -> None:
        """Look a merchant up anew: something of it was changed here."""
        self._found.pop(mchid, None)


def _party(found: store.FoundParty) -> Party:
    merchant = found.merchant
    sealed, v2_sealed = merchant.api_key_sealed, merchant.v2_key_sealed
    return Party(
        merchant=merchant,
        shop_name=found.shop_name,
        is_open=found.is_open,
        v2_key=KEYS.unseal(v2_sealed, V2_KEY_COLUMN, merchant.shop_id) if v2_sealed else None,
        api_key=KEYS.unseal(sealed, API_KEY_COLUMN, merchant.shop_id) if sealed else None,
        certificates={each.serial: (each, public_key_of(each.pem)) for each in found.certificates},
    )

"""What is in the data folder that each sandbox begins with: every migration, the keys of the platform, one merchant."""

import asyncio
import secrets
from pathlib import Path
from typing import Final

from weiji.events import Actor
from weiji.identity import SignUpPerson, sign_up_people
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.payments import CreatePayoutAccount, create_payout_accounts
from weiji.program import Program, open_program
from weiji.sandbox.folders import Account
from weiji.settings import Settings
from weiji.shops import OpenShop, OpenShopStatus, VerifyShop, open_shops, verify_shops
from weiji.wire import wire_of
from weiji.wire.issuing import issue, public_key_of_ring, read_keys
from weiji.wire.keys import (
    SetApiKey,
    SetPartners,
    SetV2Access,
    open_merchant,
    set_api_keys,
    set_partners,
    set_v2_access,
)
from weiji.wire.keys.authority import make_private_key, private_pem

API_KEY: Final = "sandbox0123456789sandbox01234567"
"""The APIv3 key of every sandbox's merchant: no secret, there is nothing to keep."""

V2_KEY: Final = "old0123456789old0123456789old012"
"""The APIv2 key, likewise."""

BANK: Final = "沙箱银行"
BANK_NUMBER: Final = "6217000000008888"
"""Where every merchant's withdrawals go: the simulated bank pays an account with such a number."""

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
"""Where the programs are that are tested."""

APPID: Final = "wx5a6e64626f780001"

NO_PASSWORD: Final = "$argon2id$none"  # noqa: S105 - Nobody signs in with it.


async def fill(folder: Path, database_url: str) -> Account:
    """Put into a new data folder, and its database, what every sandbox begins with."""
    settings = Settings(data=folder, mode="sandbox", database_url=database_url)
    async with open_program(settings, must_migrate=True) as program:
        return await make_merchant(program)


class NotOpenedError(Exception):
    """A shop can't be opened so; nothing is written."""

    def __init__(self, status: OpenShopStatus) -> None:
        super().__init__(status.value)
        self.status = status


async def make_merchant(program: Program, name: str = "沙箱小店", partner: str | None = None) -> Account:
    """Make a shop that is a merchant, with a certificate of its own and the key that notices are sealed with.

    A *partner* is a service provider, by number, that may make orders for it. Raises NotOpenedError: for its name.
    """
    batchers = program.batchers
    owner_id, shop_id = new_id(), new_id()
    actor = Actor("person", owner_id)
    handle = f"s{secrets.token_hex(6)}"
    async with program.database.transaction() as tx:
        person = SignUpPerson(
            id=owner_id,
            handle=handle,
            phone=None,
            display_name="Merchant",
            locale="en",
            password_hash=NO_PASSWORD,
            actor=actor,
        )
        await sign_up_people(tx, [person])
        opening = OpenShop(id=shop_id, handle=handle, name=name, owner_id=owner_id, actor=actor)
        (status,) = await open_shops(tx, [opening])
        if status is not OpenShopStatus.CREATED:
            raise NotOpenedError(status)  # The person goes with the transaction.
        await verify_shops(tx, [VerifyShop(shop_id=shop_id, actor=actor)])
        account = CreatePayoutAccount(
            id=new_id(shop_id), owner_id=shop_id, holder=name, bank=BANK, number=BANK_NUMBER, actor=actor
        )
        await create_payout_accounts(tx, [account])
    # Keys take as long as all else: they are made meanwhile.
    making_ring = asyncio.create_task(wire_of(program.database).keyring.ring())
    making_key = asyncio.create_task(asyncio.to_thread(make_private_key))
    await open_merchant(batchers, shop_id, actor)
    await making_ring
    async with program.database.read() as reader:
        keys = await read_keys(reader, program.database, shop_id)
    assert keys is not None
    key = await making_key
    issued = await issue(program.database, batchers, keys, "sandbox", key.public_key(), actor)
    assert issued.serial
    assert issued.pem
    setting = SetApiKey(shop_id=shop_id, api_key=API_KEY, actor=actor)
    await batchers.of(set_api_keys, "shop_id").submit(setting)
    access = SetV2Access(shop_id=shop_id, v2_key=V2_KEY, addresses=LOOPBACK, actor=actor)
    await batchers.of(set_v2_access, "shop_id").submit(access)
    if partner:
        naming = SetPartners(shop_id=shop_id, partners=(partner,), actor=actor)
        await batchers.of(set_partners, "shop_id").submit(naming)
    public = public_key_of_ring(keys.ring)
    return Account(
        shop_id=str(shop_id),
        mchid=keys.merchant.mchid,
        appid=APPID,
        serial_no=issued.serial,
        private_key=private_pem(key),
        certificate=issued.pem,
        api_v3_key=API_KEY,
        api_v2_key=V2_KEY,
        public_key_id=public.id,
        public_key=public.pem,
        platform_certificate=keys.ring.certificates(clock.wall())[0].pem,
    )

"""A merchant's own desk in a sandbox that many share: what they do is about their shops, and has limits."""

import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar.exceptions import HTTPException

from weiji.developers import Scope
from weiji.developers.keys import BEARER, find_caller
from weiji.developers.tokens import KeyToken
from weiji.kit import clock
from weiji.sandbox.desk import Desk, MakeMerchant, Rotated, RotateKeys
from weiji.sandbox.folders import Account
from weiji.web import Caller, ngettext
from weiji.web import gettext as _
from weiji.web.permissions import Permission
from weiji.wire.keys import KeyKind, get_keys_of_shop
from weiji.wire.running import wire_of

TURN_MAX: Final = timedelta(days=31)
"""How far one merchant may turn the clock of all at once."""

DAY: Final = timedelta(days=1)
TURNS_OF_A_DAY_MAX: Final = timedelta(days=93)
"""How far they may turn it in a day, by the machine's clock."""

AHEAD_MAX: Final = timedelta(days=3_660)
"""How far it may be ahead; then the operator empties the sandbox."""

PAYERS_MAX: Final = 1_000
"""Payers that one owner may name, while the process runs."""

PLATFORM_KEYS_MAX: Final = 20
"""Certificates of the platform that are in force, or public keys, from which on merchants can't have another made."""


async def find_desk(whole: Desk, header: bytes) -> Desk | None:
    """Find where whoever sends this Authorization may work; None: nowhere."""
    settings = whole.program.settings
    token = settings.sandbox_token
    if token and hmac.compare_digest(header, f"Bearer {token}".encode()):
        return whole
    if header[: len(BEARER)].lower() != BEARER:
        return None
    key = KeyToken.read(header[len(BEARER) :].decode("latin-1").strip())
    found = await find_caller(whole.program.database, key) if key and key.mode == settings.mode else None
    return OwnDesk(whole, found[0]) if found and Scope.PAYMENTS_WRITE in found[0].scopes else None


class OwnDesk(Desk):
    """The desk of somebody who owns shops here: of no other merchant is anything seen or changed, but the clock."""

    def __init__(self, whole: Desk, caller: Caller) -> None:
        super().__init__(whole.program, None, whole.faults)
        self.person_id = caller.own_id
        self.owned = frozenset(id for id in caller.shop_ids if caller.may(id, Permission.OWNERSHIP))
        self._turn = whole._turn
        self._turns = whole.turns
        self._payers = whole.payers
        self.telling = whole.telling

    @property
    def has_first(self) -> bool:
        """Whether a merchant may be left unnamed."""
        return len(self.owned) == 1

    @property
    def teller(self) -> UUID | None:
        """The person whose shops they are."""
        return self.person_id

    async def merchant_of(self, mchid: str | None) -> tuple[UUID, str]:
        """Find a merchant of theirs: the only one, where none is named."""
        if mchid is None and self.has_first:
            (shop_id,) = self.owned
            async with self.program.database.read() as reader:
                keys = await get_keys_of_shop(reader, shop_id)
            if keys is None or keys.merchant is None:
                raise HTTPException(_("你的店铺还没有商户号：先到“开放支付”里开通。"), status_code=404)
            return shop_id, keys.merchant.mchid
        shop_id, number = await super().merchant_of(mchid)
        if shop_id not in self.owned:
            raise HTTPException(_("没有这个商户：用 mchid 写明是哪一个。"), status_code=404)
        return shop_id, number

    async def whose(self, mchid: str | None) -> str | None:
        """Tell whose faults are meant: a merchant's of theirs, and never everybody's."""
        return await self.number_of(mchid)

    async def make_merchant(self, asked: MakeMerchant) -> Account:  # noqa: ARG002
        """Refuse: shops come from the live installation, or are opened by the pages."""
        raise HTTPException(_("这里只有运营方的令牌能新建商户：你可以再开一家店。"), status_code=403)

    async def rotate_keys(self, asked: RotateKeys) -> Rotated:
        """Change a key. The platform's are everybody's: there are so many of each kind, and no more."""
        if asked.key != "merchant":
            kind = KeyKind.CERTIFICATE if asked.key == "platform" else KeyKind.PUBLIC_KEY
            ring = await wire_of(self.program.database).keyring.ring()
            if sum(key.kind is kind for key in ring.signing(clock.wall())) >= PLATFORM_KEYS_MAX:
                raise HTTPException(_("平台的密钥已经够多了：从已有的里面选。"), status_code=409)
        return await super().rotate_keys(asked)

    async def end_platform_keys(self, ids: Sequence[str], overlap: timedelta) -> None:
        """End none: programs of others go on with them."""

    async def payer_of(self, name: str, mchid: str | None) -> UUID:
        """Give a payer by name: so many names, since each is somebody with an account."""
        known, key = self._payers.setdefault(self.person_id, set()), (await self.shop_of(mchid), name)
        if key not in known and len(known) >= PAYERS_MAX:
            words = ngettext(
                "你已经给 %(number)s 个付款人起了名字：用已有的。",
                "你已经给 %(number)s 个付款人起了名字：用已有的。",
                PAYERS_MAX,
            )
            raise HTTPException(words, status_code=409)
        known.add(key)
        return await super().payer_of(name, mchid)

    async def turn(self, by: timedelta) -> None:
        """Turn the clock, which is everybody's: so far at once, in a day, and in all, and no further."""
        wall = clock.wall()
        mine = [(at, each) for at, each in self._turns.get(self.person_id, []) if at > wall - DAY]
        turned = sum((each for _, each in mine), timedelta())
        if by > TURN_MAX:
            words = ngettext(
                "时钟是大家的：一次最多快进 %(number)s 天。",
                "时钟是大家的：一次最多快进 %(number)s 天。",
                TURN_MAX.days,
            )
            raise HTTPException(words, status_code=409)
        if turned + by > TURNS_OF_A_DAY_MAX:
            words = ngettext(
                "时钟是大家的：每人一天最多快进 %(number)s 天。",
                "时钟是大家的：每人一天最多快进 %(number)s 天。",
                TURNS_OF_A_DAY_MAX.days,
            )
            raise HTTPException(words, status_code=409)
        if clock.CLOCK.offset + by > AHEAD_MAX:
            raise HTTPException(_("时钟已经快了好几年：要请运营方清空沙箱。"), status_code=409)
        self._turns[self.person_id] = [*mine, (wall, by)]
        await super().turn(by)

"""Proves of the operator's page of the platform's keys that it says which signs, and makes another beside it."""

from datetime import timedelta
from pathlib import Path

from tests.pages.site import Site, open_site
from tests.wire.world import make_merchant, open_shop
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.wire import wire_of
from weiji.wire.keys import ChoosePlatformKey, Duty, KeyKind, choose_platform_keys
from weiji.wire.keys.keyring import STREAM, SWITCH_AFTER


async def make_boss(site: Site) -> None:
    boss_id = await site.person("boss", "文山")
    role = GrantRole(person_id=boss_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])


async def test_the_operator_sees_the_keys_and_makes_another(database_url: str, tmp_path: Path) -> None:
    async with open_site(database_url, tmp_path) as site:
        await make_boss(site)
        async with site.browser("boss") as boss:
            await boss.visit("/operator/platform-keys")
            assert "还没有钥匙" in boss.text
            await wire_of(site.program.database).keyring.ring()
            await boss.visit("/operator/platform-keys")
            assert boss.statements <= 3
            assert boss.text.count("在签名") == 1
            assert "即将启用" not in boss.text
            await boss.send("/operator/platform-keys/renewal")
            assert "新证书已经在列表里了" in boss.text
            assert (boss.text.count("在签名"), boss.text.count("即将启用")) == (1, 1)
            keys = await wire_of(site.program.database).keyring.list()
            await boss.send(f"/operator/platform-keys/{keys[0].id}/end")
            assert "停用了，不再用它签名" in boss.text
            assert boss.text.count("即将启用") == 0
            await boss.visit(f"/operator/audit?of={STREAM}")
            assert "停用了平台钥匙" in boss.text
        await site.person("mallory")
        async with site.browser("mallory") as other:
            await other.visit("/operator/platform-keys")
            assert other.status == 403


async def test_it_says_of_each_key_for_whom_it_signs_and_which_is_next(database_url: str, tmp_path: Path) -> None:
    async with open_site(database_url, tmp_path) as site:
        await make_boss(site)
        keyring, wall = wire_of(site.program.database).keyring, clock.wall()
        shops = [await make_merchant(site, await open_shop(site, name)) for name in ("一店", "二店")]
        (first,) = [key for key in await keyring.list() if key.kind is KeyKind.PUBLIC_KEY]
        old = (await keyring.ring()).certificates(wall)[0]
        second, third = [await keyring.renew(BY_SYSTEM, KeyKind.PUBLIC_KEY) for _ in range(2)]
        certificate = await keyring.renew(BY_SYSTEM)
        choice = ChoosePlatformKey(shop_id=shops[0].shop_id, platform_key_id=third.id, is_known=True, actor=BY_SYSTEM)
        assert await site.program.batchers.of(choose_platform_keys, "shop_id").submit(choice) == "chosen"

        async def duties(after: timedelta = timedelta(0)) -> dict[str, tuple[Duty, object]]:
            ring, at = await keyring.ring(), wall + after + timedelta(minutes=1)
            told = {key.id: ring.duty_of(key, at) for key in await keyring.list()}
            # It is what happens: who chose none gets signatures of the one, or of the other.
            party = await wire_of(site.program.database).directory.find(shops[1].mchid)
            assert party
            assert told[ring.choose(None, party.merchant, at).id][0] is Duty.DEFAULT
            assert told[ring.choose(None, None, at).id][0] is Duty.CERTIFICATES
            return told

        told = await duties()
        assert (told[first.id], told[second.id], told[third.id]) == (
            (Duty.DEFAULT, None),
            (Duty.NEXT, None),
            (Duty.KEPT, None),
        )
        assert told[old.id] == (Duty.CERTIFICATES, None)
        assert told[certificate.id] == (Duty.NEXT, certificate.created_at + SWITCH_AFTER)
        later = await duties(SWITCH_AFTER)
        assert (later[certificate.id][0], later[old.id][0]) == (Duty.CERTIFICATES, Duty.KEPT)
        async with site.browser("boss") as boss:
            await boss.visit("/operator/platform-keys")
            assert boss.statements <= 3
            assert (boss.text.count("默认用它签名"), boss.text.count("即将启用")) == (1, 2)
            assert (boss.text.count("前一把停用以后"), boss.text.count("1 家商户选了它")) == (1, 1)
            # It goes on for an hour, and then the next one signs.
            await keyring.end(first.id, BY_SYSTEM, timedelta(hours=1))
            assert (await duties())[second.id][0] is Duty.NEXT
            page = await boss.visit("/operator/platform-keys")
            assert page.count("没有选过的也用它") == 2
            assert (await duties(timedelta(hours=1)))[second.id] == (Duty.DEFAULT, None)
            assert (await duties(timedelta(hours=1)))[first.id] == (Duty.ENDED, None)
            await keyring.end(first.id, BY_SYSTEM)
            await boss.visit("/operator/platform-keys")
            assert (boss.text.count("默认用它签名"), boss.text.count("前一把停用以后")) == (1, 1)

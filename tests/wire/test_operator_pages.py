"""Proves of the operator's page of the platform's keys that it says which signs, and makes another beside it."""

from pathlib import Path

from tests.pages.site import open_site
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.wire import wire_of
from weiji.wire.keys.keyring import STREAM


async def test_the_operator_sees_the_keys_and_makes_another(database_url: str, tmp_path: Path) -> None:
    async with open_site(database_url, tmp_path) as site:
        boss_id = await site.person("boss", "文山")
        role = GrantRole(person_id=boss_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
        async with site.program.database.transaction() as tx:
            await grant_roles(tx, [role])
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

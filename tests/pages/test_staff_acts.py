"""Proves that auditors see what the operator's staff did, and nobody else does, whatever else they may."""

from tests.pages.site import Site
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles


async def test_only_auditors_see_them(site: Site) -> None:
    for handle, role, status in (("oper", Role.OPERATOR, 403), ("audi", Role.AUDITOR, 200)):
        person_id = await site.person(handle, handle)
        grant = GrantRole(person_id=person_id, scope=PLATFORM, role=role, actor=Actor("staff", person_id))
        async with site.program.database.transaction() as tx:
            await grant_roles(tx, [grant])
        async with site.browser(handle) as browser:
            await browser.visit("/operator/staff-acts")
            assert browser.status == status
            assert status == 403 or {"oper", "audi"} <= set(browser.text.split()), "people are called by their names"
            for who, is_found in (("oper", True), ("nobody", False)):
                await browser.visit(f"/operator/staff-acts?who={who}")
                assert browser.status == status
                assert status == 403 or ("没有这个人" not in browser.text) is is_found

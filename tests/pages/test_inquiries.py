"""Proves that a stranger's complaint reaches the desk, and is decided and answered; each page in three statements."""

from tests.pages.site import Site
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles


async def test_a_strangers_complaint_is_looked_into_and_answered(site: Site) -> None:
    person_id = await site.person("desk", "desk")
    grant = GrantRole(person_id=person_id, scope=PLATFORM, role=Role.OPERATOR, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [grant])
    async with site.browser() as stranger, site.browser("desk") as staff:
        await stranger.visit(f"/complaints/new?product={site.product_id}")
        assert stranger.statements <= 3
        await stranger.send("/complaints", text="和写的不一样", kind="misleading")
        status_page = stranger.path
        assert "处理中" in stranger.text
        await staff.visit("/operator/inquiries")
        assert staff.statements <= 3
        (inquiry,) = {link for link in staff.links if link.startswith("/operator/inquiries/")}
        await staff.visit(inquiry)
        assert "和写的不一样" in staff.text
        await staff.send("/taking")
        await staff.send("/decision", verdict="taken_down", reason="写得不对", answer="下架了")
        for tab in ("mine", "appeals", "decided"):
            await staff.visit(f"/operator/inquiries?tab={tab}")
            assert (staff.status, staff.statements <= 3) == (200, True)
        await stranger.visit(status_page)
        assert "下架了" in stranger.text
        await stranger.visit(f"/products/{site.product_id}")
        assert "平台下架了这件商品" in stranger.text

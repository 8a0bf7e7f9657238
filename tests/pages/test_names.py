"""Proves that a name in which word rules find something comes to the staff, and what they do about it."""

from tests.pages.site import Site
from tests.word_rules.examples import put, rule
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.word_rules import Action, Field

HERE = "/operator/names"


async def test_a_marked_name_is_taken_by_staff_and_its_person_finds_another(site: Site) -> None:
    desk = await site.person("desk", "desk")
    async with site.program.database.transaction() as tx:
        grant = GrantRole(person_id=desk, scope=PLATFORM, role=Role.REVIEWER, actor=Actor("system"))
        await grant_roles(tx, [grant])
        await put(tx, rule("代购", name="拉客", fields=(Field.PERSON_NAME,), action=Action.NOTE))
    mei = await site.person("mei", "代购 <梅>")
    await site.person("lan", "兰")
    async with site.browser("desk") as staff, site.browser("mei") as browser:
        await staff.visit(HERE)
        assert "没有要看的名字" in staff.text
        await site.settle()
        await staff.visit(HERE)
        assert (staff.status, staff.statements <= 3) == (200, True)
        assert "代购 <梅>" in staff.text
        assert "拉客：代购" in staff.text
        assert "兰" not in staff.text
        await staff.visit("/operator")
        assert "个人的名字 1" in staff.text, staff.text
        await staff.visit(HERE)
        await staff.send(f"{HERE}/{mei}/decision", then="take", reason="")
        assert "代购 <梅>" in staff.text, "without a reason nothing is done"
        await staff.send(f"{HERE}/{mei}/decision", then="take", reason="不能拿名字拉客。")
        assert "没有要看的名字" in staff.text
        for here in ("/me", "/me/profile"):
            await browser.visit(here)
            assert "理由：不能拿名字拉客。" in browser.text
            assert browser.statements <= 3
        assert 'value="用户 ' in browser.page
        await browser.send("/me/profile", display_name="代购 <梅>", locale="zh-CN")
        assert (browser.status, "请换一个名字。" in browser.text) == (422, True)
        await browser.send("/me/profile", display_name="梅", locale="zh-CN")
        await browser.visit("/me/profile")
        assert "理由" not in browser.text
        await browser.visit("/me")
        assert "理由" not in browser.text


async def test_nobody_else_sees_what_waits(site: Site) -> None:
    await site.person("mei")
    async with site.browser("mei") as browser:
        await browser.visit(HERE)
        assert browser.status == 403

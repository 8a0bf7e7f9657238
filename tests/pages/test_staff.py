"""Proves of the operator's staff by pages: two give a role, one takes it, and whoever may not changes nothing."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from tests.pages.site import PASSWORD, PAYMENT_PASSWORD, Browser, Site
from tests.pages.test_consoles import csrf
from weiji.approvals import ProposeDeed, RoleGrant, propose_deeds
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import GiveStaffRole, StaffMember, StaffRole, give_staff_roles, list_staff, list_staff_changes
from weiji.identity.codes import STEP_SECONDS, clean_secret, code_at
from weiji.identity.model import Origin, SetPaymentPassword
from weiji.identity.payment_password import set_payment_password
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.program import open_program
from weiji.settings import Settings

HERE = "/operator/staff"


async def employ(site: Site, handle: str, *roles: StaffRole) -> UUID:
    """Have somebody sign up, with a payment password, and give them roles by the command line."""
    person_id = await site.person(handle, handle, money=1)
    async with site.program.database.transaction() as tx:
        await give_staff_roles(tx, [GiveStaffRole(person_id=person_id, role=role, actor=BY_SYSTEM) for role in roles])
    return person_id


async def staff_of(site: Site) -> dict[UUID, StaffMember]:
    async with site.program.database.read() as reader:
        return {each.person_id: each for each in await list_staff(reader, clock.now(), None, 99)}


async def propose(browser: Browser, who: str, role: str, reason: str = "忙不过来") -> None:
    await browser.visit(f"{HERE}/new")
    await browser.send(HERE, who=who, role=role, reason=reason)


async def test_a_clerk_comes_by_two_and_goes_by_one(site: Site) -> None:
    await employ(site, "boss_one", StaffRole.OPERATOR)
    async with site.browser("boss_one") as one:
        await one.visit(HERE)
        assert "weiji staff add" in one.text, "alone, nobody can agree"
        await employ(site, "boss_two", StaffRole.OPERATOR)
        clerk_id = await site.person("clerk", "小满")
        await one.visit(HERE)
        assert "weiji staff add" not in one.text
        for who, role, reason, said in (
            ("nobody_here", "reviewer", "忙", "没有人用这个名字登录"),
            ("boss_one", "reviewer", "忙", "自己的角色要由别的同事给"),
            ("boss_two", "operator", "忙", "已经有这个角色了"),
            ("clerk", "owner", "忙", "请选一个角色"),
            ("clerk", "reviewer", " ", "请写为什么"),
        ):
            await propose(one, who, role, reason)
            assert (one.status, said in one.text) == (422, True), (who, role, one.text)
        await propose(one, "clerk", "reviewer")
        assert one.path == HERE
        assert one.statements <= 3
        assert "小满" in one.text
        proposal = next(link for link in one.links if re.fullmatch("/operator/approvals/[0-9a-f-]{36}", link))
        async with site.browser("boss_two") as two, site.browser("clerk") as clerk:
            await two.visit(proposal)
            assert "小满 @clerk" in two.text, "whom nobody can be taken for"
            assert clerk_id not in await staff_of(site)
            await clerk.visit("/operator/applications")
            assert clerk.status == 403
            await two.send(proposal, payment_password=PAYMENT_PASSWORD)
            assert "已执行" in two.text, two.text
            await clerk.visit("/operator/applications")
            assert clerk.status == 200, "from the next request on"
            page = f"{HERE}/{clerk_id}"
            await two.visit(page)
            assert two.statements <= 3
            assert "boss_one 提，boss_two 同意" in two.text
            for fields, said in (
                ({"reason": "走了"}, "支付密码"),
                ({"reason": "走了", "payment_password": "000000"}, "支付密码不对"),
                ({"payment_password": PAYMENT_PASSWORD, "reason": ""}, "请写为什么"),
            ):
                await two.send("/withdrawal", **fields)
                assert (two.status, said in two.text) == (422, True), two.text
            await two.send("/withdrawal", reason="走了", payment_password=PAYMENT_PASSWORD)
            assert (two.path, clerk_id in await staff_of(site)) == (page, False)
            assert "已经不在这里做事了" in two.text
            await clerk.visit("/me")
            assert clerk.path.startswith("/sign-in"), "the session has ended"
            await two.visit(f"{HERE}/changes")
            for word in ("走了", "服务器的命令行", "忙不过来"):
                assert word in two.text
            await two.visit(f"/operator/audit?of={clerk_id}")
            assert "收回角色：审核员" in two.text
            # Two have to stay; and where one of the chosen roles can't be taken, none is.
            two_id = await _id_of(site, "boss_two")
            async with site.program.database.transaction() as tx:
                await give_staff_roles(tx, [GiveStaffRole(person_id=two_id, role=StaffRole.ARBITER, actor=BY_SYSTEM)])
            await one.visit(f"{HERE}/{two_id}")
            await one.send("/withdrawal", reason="走了", payment_password=PAYMENT_PASSWORD)
            assert (one.status, "要留下两位运营" in one.text) == (422, True)
            assert len((await staff_of(site))[two_id].roles) == 2
            await employ(site, "boss_three", StaffRole.OPERATOR)
            await one.visit(f"{HERE}/{(await _id_of(site, 'boss_two'))}")
            await one.send("/withdrawal", reason="走了", payment_password=PAYMENT_PASSWORD)
            await two.visit(HERE)
            assert two.path.startswith("/sign-in")
            await one.visit(f"{HERE}/{(await _id_of(site, 'boss_one'))}")
            await one.send("/withdrawal", role="operator", reason="走了", payment_password=PAYMENT_PASSWORD)
            assert "要留下两位运营" in one.text


async def _id_of(site: Site, handle: str) -> UUID:
    async with site.program.database.read() as reader:
        changes = await list_staff_changes(reader, None, None, 99)
    return next(change.person_id for change in changes if change.name == handle)


async def test_whoever_may_not_reads_nothing_and_changes_nothing(site: Site) -> None:
    boss = await employ(site, "boss", StaffRole.OPERATOR)
    target = await employ(site, "target", StaffRole.ARBITER)
    friend = await site.person("friend")
    deed = RoleGrant(person_id=friend, role=StaffRole.OPERATOR)
    waiting = ProposeDeed(id=new_id(friend), deed=deed, reason="帮忙", actor=Actor("staff", boss))
    await site.program.batchers.of(propose_deeds).submit(waiting)
    reads = (HERE, f"{HERE}/changes", f"{HERE}/{target}")
    form = {"who": "friend", "role": "operator", "reason": "试试", "payment_password": PAYMENT_PASSWORD}
    writes = {
        HERE: form,
        f"{HERE}/{target}/withdrawal": form | {"role": "arbiter"},
        f"/operator/approvals/{waiting.id}": {"verdict": "reject", "note": "不要"},
        "/operator/approvals": form | {"deed": "adjustment"},
    }
    before = None
    for role in (None, StaffRole.REVIEWER, StaffRole.ARBITER, StaffRole.AUDITOR):
        handle = f"w_{role}".lower()
        await employ(site, handle, *([role] if role else []))
        before = {id: each.roles for id, each in (await staff_of(site)).items()}
        async with site.browser(handle) as browser:
            await browser.visit("/me")
            for path in reads:
                status = (await browser.client.get(path)).status_code
                assert status == (200 if role is StaffRole.AUDITOR else 403), (role, path)
            assert (await browser.client.get(f"{HERE}/new")).status_code == 403, role
            headers = await csrf(browser)
            for path, data in writes.items():
                status = (await browser.client.post(path, data=data, headers=headers)).status_code
                assert status == 403, (role, path, status)
        assert before == {id: each.roles for id, each in (await staff_of(site)).items()}
    async with site.browser("boss") as browser:
        # Nor may its maker agree to it, whatever they may else.
        await browser.visit(f"/operator/approvals/{waiting.id}")
        data = {"verdict": "approve", "payment_password": PAYMENT_PASSWORD}
        answer = await browser.client.post(
            f"/operator/approvals/{waiting.id}", data=data, headers=await csrf(browser), follow_redirects=True
        )
        assert (answer.status_code, "自己提的要由同事复核" in answer.text) == (422, True)
    assert friend not in await staff_of(site)


STAFF_EDGES = (
    "weiji.identity.pages",
    "weiji.identity.recovery_pages",
    "weiji.identity.second_factor_pages",
    "weiji.catalog.pages",
    "weiji.supervision.staff.operator_pages",
    "weiji.supervision.pages",
)


async def add_app(browser: Browser, way: str) -> None:
    """Turn two-step sign-in on, as the page says."""
    await browser.visit(f"/me/second-factor?next={way}")
    (text,) = re.findall(r'name="secret" value="([^"]+)"', browser.page)
    secret = clean_secret(text)
    assert secret
    code = code_at(secret, int(clock.wall().timestamp()) // STEP_SECONDS)
    await browser.send("/me/second-factor", code=code, login_password=PASSWORD)
    assert (browser.status, way in browser.links) == (200, True), browser.text


async def test_a_live_installation_asks_staff_for_a_second_factor_and_a_colleague_takes_a_lost_one(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(database_url=database_url, data=tmp_path, mode="sandbox")
    async with open_program(settings) as program:
        # The tests' database is made for trying; what HTTP does of its own accord is that of a live installation.
        program.settings = replace(settings, mode="live")
        site = Site(program)
        site.edges = STAFF_EDGES
        ids = {handle: await site.person(handle, handle) for handle in ("boss_one", "boss_two")}
        gifts = [GiveStaffRole(person_id=id, role=StaffRole.OPERATOR, actor=BY_SYSTEM) for id in ids.values()]
        async with program.database.transaction() as tx:
            await give_staff_roles(tx, gifts)
        entered = SetPaymentPassword(
            person_id=ids["boss_two"], payment_password=PAYMENT_PASSWORD, login_password=PASSWORD
        )
        await set_payment_password(program.database, entered, Origin())
        async with site.browser("boss_one") as one, site.browser("boss_two") as two:
            await one.visit(f"{HERE}/changes?after=")
            assert one.path == f"/me/second-factor?next={HERE}/changes%3Fafter%3D", "no lock-out: a way on"
            assert "先开两步验证" in one.text
            assert (await one.client.get(HERE, headers={"accept": "application/json"})).status_code == 403
            await one.visit("/me/security")
            assert one.status == 200, "whatever is no work of staff"
            await add_app(one, HERE)
            await one.visit(HERE)
            assert (one.path, one.status, one.statements <= 3) == (HERE, 200, True)
            assert "没有开两步验证" in one.text, "of the other"
            await add_app(two, HERE)
            page = f"{HERE}/{ids['boss_one']}"
            await two.visit(page)
            assert two.statements <= 3
            for password, reason, said in (("000000", "丢了", "支付密码不对"), (PAYMENT_PASSWORD, " ", "请写为什么")):
                await two.send("/second-factor", reason=reason, payment_password=password)
                assert (two.status, said in two.text) == (422, True), two.text
            await two.send("/second-factor", reason="手机丢了", payment_password=PAYMENT_PASSWORD)
            assert (two.path, "没有开" in two.text) == (page, True), two.text
            await one.visit(HERE)
            assert one.path.startswith("/sign-in"), "the session has ended"
            await one.sign_in("boss_one")
            await one.visit(HERE)
            assert one.path.startswith("/me/second-factor"), "by the password, and asked anew"
        site.close()


@pytest.mark.parametrize(
    ("mode", "second_factor", "are_asked"),
    [("live", "staff", True), ("live", "offered", False), ("sandbox", "staff", False), ("demo", "staff", False)],
)
def test_staff_are_asked_where_it_is_live_and_the_operator_wants_it(
    mode: Any, second_factor: Any, are_asked: bool
) -> None:
    assert Settings(mode=mode, second_factor=second_factor).asks_staff_for_codes is are_asked

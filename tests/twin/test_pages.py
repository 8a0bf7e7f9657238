"""Proves that an owner goes over by one press and a ticket that is good once, that the page says how the sandbox
stands, and that what a merchant does at the bench of a shared sandbox is about their own shop."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.pages.site import Browser, Site
from tests.pages.test_consoles import acts
from tests.twin.examples import ticket, write_ticket
from weiji.events import BY_SYSTEM
from weiji.identity import GrantRole, Role, grant_roles
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.sandbox import own_desk
from weiji.sandbox.control import controlled
from weiji.sandbox.desk import desk_of
from weiji.sandbox.faults import FAULTS_MAX, AnswerFault
from weiji.sandbox.prepared import NotOpenedError, make_merchant
from weiji.shops import OpenShop, get_shops, open_shops
from weiji.twin import TwinState, Way, public_key_text, read_ticket
from weiji.twin.model import TICKET_LASTS
from weiji.wire import wire_of


def _seller(site: Site) -> str:
    return f"s{site.seller_id.hex[-8:]}"


async def test_the_page_says_how_the_sandbox_stands(live: Site) -> None:
    here, twin = f"/merchant/{live.shop_id}/sandbox", live.program.twin
    twin._is_run_here = True
    async with live.browser(_seller(live)) as browser:
        assert "打开沙箱" in await browser.visit(here)
        assert browser.statements <= 3
        # Over there only once it is up.
        assert "沙箱还没有准备好" in await browser.visit(f"{here}/entrance")
        await browser.send("/start")
        assert await twin.state() is TwinState.STARTING
        assert "沙箱正在启动" in browser.page
        twin._state = TwinState.FAILED
        assert "沙箱没有回应" in await browser.visit(here)
        twin._state = TwinState.UP
        await browser.visit(here)
        assert f"{here}/entrance" in browser.links
        answer = await browser.client.get(f"{here}/entrance")
        where, _, text = answer.headers["location"].partition("?ticket=")
        assert where == f"http://weiji.test:{live.program.settings.sandbox_port}/arrival"
        found = read_ticket(text, bytes.fromhex(public_key_text()), clock.wall())
        assert (found.shop_id, found.person_id, found.shop_name) == (live.shop_id, live.seller_id, "山里的茶")
    async with live.browser() as browser:
        await live.person("clerk")
        async with live.program.database.transaction() as tx:
            who = await live.person("goods")
            await grant_roles(tx, [GrantRole(person_id=who, scope=str(live.shop_id), role=Role.GOODS, actor=BY_SYSTEM)])
        for handle, status in (("clerk", 404), ("goods", 403)):
            await browser.client.get("/")
            browser.client.cookies.clear()
            await browser.sign_in(handle)
            await browser.visit(f"{here}/entrance")
            assert browser.status == status, handle


async def test_where_there_is_none_the_page_says_what_else_there_is(live: Site) -> None:
    live.program.twin.settings = type(live.program.settings)(url="https://shop.example")
    async with live.browser(_seller(live)) as browser:
        assert "这里没有沙箱" in await browser.visit(f"/merchant/{live.shop_id}/sandbox")
        assert not [link for link in browser.links if "/entrance" in link]


async def test_the_operator_sees_it_and_empties_only_what_is_run_here(live: Site) -> None:
    async with live.program.database.transaction() as tx:
        roles = [Role.OPERATOR, Role.AUDITOR]
        await grant_roles(
            tx, [GrantRole(person_id=live.seller_id, scope="platform", role=role, actor=BY_SYSTEM) for role in roles]
        )
    async with live.browser(_seller(live)) as browser:
        page = await browser.visit("/operator/sandbox")
        assert "它在别处运行" in page
        assert public_key_text() in page
        assert browser.statements <= 3
        live.program.twin._is_run_here = True
        live.program.twin._state = TwinState.ASLEEP
        await browser.visit("/operator/sandbox")
        page = browser.page
        for _ in range(2):
            browser.page = page
            await browser.send("/start")
            assert await live.program.twin.state() is TwinState.STARTING
        assert await acts(live, "SandboxStarted") == 1, "it was started once"
        live.program.twin._state = TwinState.ASLEEP
        await browser.send("/emptying")
        assert "清空了" in browser.text


async def test_a_ticket_signs_its_person_in_once(sandbox: Site) -> None:
    given = ticket()
    text = write_ticket(given)
    async with sandbox.browser() as browser:
        await browser.visit(f"/arrival?ticket={text}")
        assert (browser.status, browser.path) == (200, f"/merchant/{given.shop_id}/sandbox")
        assert "这里的钱、人和货都是假的" in browser.page
        assert given.home in browser.links
        answer = await browser.client.get(browser.path)
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert set(browser.client.cookies) == {"sandbox-session", "sandbox-home", "sandbox-device"}
        assert "用过了" in await browser.visit(f"/arrival?ticket={text}")
        assert browser.status == 403
        old = ticket(written_at=clock.wall() - TICKET_LASTS)
        assert "过期了" in await browser.visit(f"/arrival?ticket={write_ticket(old)}")
        assert "不是真的" in await browser.visit(f"/arrival?ticket={text[:-8]}AAAAAAAA")
        # A program's ticket gives a key once, and says why not.
        other = {"ticket": write_ticket(ticket(way=Way.PROGRAM))}
        given_out = await browser.client.post("/arrival", json=other)
        assert given_out.json()["key"].startswith("wj_sandbox_")
        again = await browser.client.post("/arrival", json=other)
        assert (again.status_code, again.json()) == (403, {"fault": "used"})
        # What is in a browser's address line gives no key, and the other way round.
        wrong_way = await browser.client.post("/arrival", json={"ticket": write_ticket(ticket())})
        assert (wrong_way.status_code, wrong_way.json()) == (403, {"fault": "forged"})
        assert "不是真的" in await browser.visit(f"/arrival?ticket={write_ticket(ticket(way=Way.PROGRAM))}")


async def _come(sandbox: Site, browser: Browser) -> tuple[str, str, httpx.AsyncClient]:
    """Come over with a shop of one's own; give its number, its page, and a client of the control with a key."""
    given = ticket()
    await browser.visit(f"/arrival?ticket={write_ticket(given)}")
    asked = {"ticket": write_ticket(ticket(given.shop_id, given.person_id, way=Way.PROGRAM))}
    found = (await browser.client.post("/arrival", json=asked)).json()
    app: Any = controlled(sandbox.app, sandbox.program)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://weiji.test",
        headers={"authorization": f"Bearer {found['key']}"},
    )
    return found["mchid"], f"/merchant/{given.shop_id}/sandbox", client


async def _owner_of(site: Site, shop_id: UUID) -> UUID:
    async with site.program.database.read() as reader:
        (shop,) = await get_shops(reader, [shop_id])
    assert shop
    return shop.owner_id


async def test_faults_are_of_the_merchant_who_asked_for_them(sandbox: Site) -> None:
    async with sandbox.browser() as ada, sandbox.browser() as bob:
        ada_mchid, ada_page, ada_control = await _come(sandbox, ada)
        bob_mchid, _bob_page, bob_control = await _come(sandbox, bob)
        await ada.visit(ada_page)
        await ada.send("/faults", answer="too_many_requests", notice="lose", count="2")
        assert "回答 429" in ada.text
        async with ada_control, bob_control:
            state = (await bob_control.get("/sandbox/state")).json()
            assert state["faults"] == {"answers": [], "notices": []}
            for path in ("/sandbox/calm?mchid=", "/sandbox/state?mchid="):
                method = "POST" if "calm" in path else "GET"
                assert (await bob_control.request(method, path + ada_mchid)).status_code == 404, "it is another's"
            refused = await bob_control.post("/sandbox/merchants", json={})
            assert refused.status_code == 403
            # Who only says that they are she uses nothing up; nor does he who proved who he is.
            signed = {"authorization": f'WECHATPAY2-SHA256-RSA2048 mchid="{ada_mchid}",nonce_str="x"'}
            assert (await bob_control.get("/v3/certificates", headers=signed)).status_code == 401
            faults = desk_of(sandbox.program).faults
            assert faults.for_answer("/v3/certificates", bob_mchid) is None
            kinds = [fault and fault.kind for fault in (faults.for_answer("/v3/x", ada_mchid) for _ in range(3))]
            assert kinds == ["too_many_requests", "too_many_requests", None]
            await ada_control.post("/sandbox/faults", json={"answers": [{"kind": "fail_after"}]})
            await ada_control.post("/sandbox/faults", json={"answers": [{"kind": "slow", "mchid": bob_mchid}]})
            assert [fault.mchid for fault in desk_of(sandbox.program).faults.answers] == [ada_mchid] * 2
            many = [AnswerFault(kind="slow", count=1)] * (FAULTS_MAX + 5)
            desk_of(sandbox.program).faults.add(many, [], ada_mchid)
            assert len(desk_of(sandbox.program).faults.answers) == FAULTS_MAX
            await ada.visit(ada_page)
            await ada.send("/calm")
            assert "一切正常" in ada.text
            assert not desk_of(sandbox.program).faults.answers
        for key in ("", "Bearer wj_sandbox_x", f"Bearer wj_live_{new_id().hex}_{'a' * 43}"):
            async with httpx.AsyncClient(transport=ada_control._transport, base_url="http://weiji.test") as client:
                assert (await client.get("/sandbox/state", headers={"authorization": key})).status_code == 401


async def test_of_a_merchant_that_can_t_be_made_nothing_is_left(sandbox: Site) -> None:
    count = "select count(*) from identity.people"
    async with sandbox.program.database.read() as reader:
        before = await reader.connection.fetchval(count)
    for name in (" ", "a\nb", "a\0"):
        with pytest.raises(NotOpenedError, match="invalid_name"):
            await make_merchant(sandbox.program, name)
    async with sandbox.program.database.read() as reader:
        assert await reader.connection.fetchval(count) == before


async def test_a_public_key_that_an_owner_has_made_signs_for_nobody_else(sandbox: Site) -> None:
    async with sandbox.browser() as ada, sandbox.browser() as bob:
        _, _, control = await _come(sandbox, ada)
        bob_mchid, _, _ = await _come(sandbox, bob)
        wire = wire_of(sandbox.program.database)
        first = (await wire.keyring.ring()).public_key(clock.wall())
        async with control:
            made = (await control.post("/sandbox/rotate-keys", json={"key": "public_key"})).json()
        ring, party = await wire.keyring.ring(), await wire.directory.find(bob_mchid)
        assert party
        # A day later, too: nobody told the programs of others by hand.
        for later in (timedelta(), timedelta(hours=25)):
            assert ring.find(made["serial_no"], clock.wall() + later)
            assert ring.choose(None, party.merchant, clock.wall() + later).id == first.id


async def test_an_owner_goes_over_to_a_public_key_after_an_overlap_of_their_own(sandbox: Site) -> None:
    async with sandbox.browser() as ada, sandbox.browser() as bob:
        ada_mchid, _, control = await _come(sandbox, ada)
        bob_mchid, _, _ = await _come(sandbox, bob)
        wire = wire_of(sandbox.program.database)
        first = (await wire.keyring.ring()).public_key(clock.wall())
        async with control:
            asked = {"key": "public_key", "overlap_seconds": 3_600}
            answer = await control.post("/sandbox/rotate-keys", json=asked)
            assert answer.status_code == 200, answer.text
        made = answer.json()["serial_no"]
        ring, wall = await wire.keyring.ring(), clock.wall()
        for mchid, later in ((ada_mchid, made), (bob_mchid, first.id)):
            party = await wire.directory.find(mchid)
            assert party
            signs = [ring.choose(None, party.merchant, wall + timedelta(minutes=minutes)).id for minutes in (0, 55, 61)]
            assert signs == [first.id, first.id, later]
            # It is everybody's: who names it, is answered with it still.
            assert ring.choose(first.id, party.merchant, wall + timedelta(days=1)).id == first.id


async def test_an_owner_names_so_many_payers_and_no_more(sandbox: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_desk, "PAYERS_MAX", 2)
    async with sandbox.browser() as ada:
        _, _, control = await _come(sandbox, ada)
        async with control:
            statuses = []
            for name in ("one", "two", "three", "one"):
                asked = {"payer": name, "appid": "wx0123456789abcdef"}
                statuses.append((await control.post("/sandbox/authorize", json=asked)).status_code)
            assert statuses == [200, 200, 409, 200]


async def test_the_clock_is_everybodys_and_turned_so_far_and_no_further(sandbox: Site) -> None:
    async with sandbox.browser() as ada:
        _, page, control = await _come(sandbox, ada)
        shop_id = UUID(page.split("/")[2])
        owner_id = await _owner_of(sandbox, shop_id)
        before = clock.CLOCK.offset
        await ada.visit(page)
        await ada.send("/clock", by="days")
        assert clock.CLOCK.offset == before + timedelta(days=10)
        assert "快进好了" in ada.text
        assert ada.path == page, "who turned it is signed in still"
        async with control:
            for days, status in ((32, 409), (31, 200), (31, 200), (31, 409)):
                answer = await control.post("/sandbox/turn-clock", json={"seconds": days * 86_400})
                assert answer.status_code == status, (days, answer.text)
            # It has ended sessions, as time does: who comes over again goes on.
            await ada.visit(f"/arrival?ticket={write_ticket(ticket(shop_id, owner_id))}")
            for _ in range(3):
                await ada.send("/clock", by="days")
            assert "时钟是大家的" in ada.text
            # Who has two shops says which is meant.
            opening = OpenShop(id=new_id(), handle="second", name="二店", owner_id=owner_id, actor=BY_SYSTEM)
            async with sandbox.program.database.transaction() as tx:
                await open_shops(tx, [opening])
            answer = await control.get("/sandbox/state")
            assert (answer.status_code, "写明是哪一个" in answer.text) == (404, True)

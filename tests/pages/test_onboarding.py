"""Proves of the pages of onboarding: an application goes through them without a script, each within three statements;
nobody sees what is not theirs to see, and what is wrong is said where it is."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from tests.onboarding.examples import (
    JPEG,
    PDF,
    PLACE,
    make_card_number,
    make_credit_code,
    make_id_number,
    open_shop,
    person_values,
)
from tests.onboarding.test_applications import REVIEWER, approve
from tests.pages.site import Browser, Site, forms_of
from tests.pages.test_consoles import STATEMENTS_MAX, trail
from weiji.events import Actor
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles
from weiji.kit.ids import new_id
from weiji.onboarding import Field, store
from weiji.onboarding.model import (
    DecideApplication,
    DecideStatus,
    Decision,
    Fault,
    TakeApplication,
    TakeStatus,
)
from weiji.onboarding.operations import decide_applications, take_applications
from weiji.onboarding.words import fault_word

NUMBER, CARD, CODE = make_id_number(3), make_card_number(3), make_credit_code(3)


async def employ(site: Site, handle: str, *roles: Role) -> UUID:
    person_id = await site.person(handle, handle)
    commands = [GrantRole(person_id=person_id, scope=PLATFORM, role=role, actor=Actor("system")) for role in roles]
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, commands)
    return person_id


@pytest.fixture
async def seller(site: Site) -> AsyncIterator[Browser]:
    # Another shop than the one that is there, which is verified.
    async with site.program.database.transaction() as tx:
        site.shop_id, _ = await open_shop(tx, site.seller_id)
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        yield browser


async def upload(site: Site, browser: Browser, name: str, content: bytes) -> None:
    here = f"/merchant/{site.shop_id}/verification/documents"
    await browser.visit(here)
    (form,) = [form for form in forms_of(browser.page) if form.action.endswith(f"/files/{name}")]
    fields = dict(form.fields)
    fields.pop("file", None)
    answer = await browser.client.post(
        form.action, data=fields, files={"file": ("../card.html", content, "text/html")}, follow_redirects=True
    )
    browser._take(answer)


async def fill(site: Site, seller: Browser) -> None:
    here = f"/merchant/{site.shop_id}/verification"
    await seller.visit(f"{here}/subject")
    await seller.send("/subject", kind="person", then="kind")
    await seller.visit(f"{here}/subject")
    person = {"kind": "person", "name": "周山", "id_number": NUMBER}
    await seller.visit(f"{here}/subject")
    await send_last(seller, "/subject", **person)
    await seller.visit(f"{here}/account")
    await seller.send("/account", bank="建设银行", holder="周山", account_number=CARD)
    await upload(site, seller, "id_front", JPEG)
    await upload(site, seller, "id_back", PDF)
    await seller.visit(here)


async def send_last(browser: Browser, action: str, **fields: str) -> None:
    """Send the last form to an address: the step that asks who it is has two."""
    form = [form for form in forms_of(browser.page) if form.action.endswith(action)][-1]
    data = {name: fields.get(name, value) for name, value in [*form.fields, *fields.items()]}
    browser._take(await browser.client.post(form.action, data=data, follow_redirects=True))


async def test_an_application_goes_all_the_way(site: Site, seller: Browser) -> None:
    reviewer_id = await employ(site, "reviewer", Role.REVIEWER)
    here = f"/merchant/{site.shop_id}/verification"
    await seller.visit(here)
    assert seller.statements <= STATEMENTS_MAX
    assert "现在就可以卖货" in seller.text
    assert "完成 0 / 3 步" in seller.text
    await fill(site, seller)
    assert "完成 3 / 3 步" in seller.text
    assert NUMBER not in seller.page
    assert CARD not in seller.page
    await seller.send("/submission")
    assert "排在第 1 位" in seller.text
    assert seller.statements <= STATEMENTS_MAX
    async with site.browser("reviewer") as reviewer:
        await reviewer.visit("/operator/applications")
        assert reviewer.statements <= STATEMENTS_MAX
        at = f"/operator/applications/{site.shop_id}"
        assert at in reviewer.links
        await reviewer.visit(f"/operator/applications?after=.123456.{site.shop_id}")
        assert reviewer.status == 400
        await reviewer.visit(at)
        assert reviewer.statements <= STATEMENTS_MAX
        assert NUMBER not in reviewer.page, "numbers are for who takes it"
        assert not any("/documents/" in link for link in reviewer.links)
        await reviewer.send("/taking")
        assert NUMBER in reviewer.page
        assert reviewer.statements <= STATEMENTS_MAX
        documents = [link for link in reviewer.links if "/documents/" in link]
        assert len(documents) == 2
        seen = [await reviewer.client.get(link) for link in documents]
        assert seen[0].headers["content-type"] == "image/webp"
        assert PLACE not in seen[0].content, "where it was taken is gone"
        assert seen[1].content == PDF
        assert "sandbox" in seen[0].headers["content-security-policy"]
        assert seen[1].headers["content-disposition"] == "attachment"
        for link in documents:
            assert ("DocumentSeen", reviewer_id) in await trail(site, UUID(link.rsplit("/", 1)[1]))
        await reviewer.visit(at)
        await reviewer.send("/decision", then="decide", verdict_id_back="refuse", reason_id_back="")
        assert reviewer.status == 422
        assert "都要写原因" in reviewer.text
        assert reviewer.text.count("请写原因，店主会看到。") == 1, "beside the item that it is about"
        await reviewer.send("/decision", then="decide", verdict_id_back="refuse", reason_id_back="太糊了")
        assert "退回给店主了" in reviewer.text
        await seller.visit(here)
        assert "太糊了" in seller.text
        assert "只改这几项就好" in seller.text
        await seller.visit(f"{here}/documents")
        assert [form.action for form in forms_of(seller.page) if "/files/" in form.action] == [f"{here}/files/id_back"]
        await upload(site, seller, "id_back", JPEG)
        await seller.visit(here)
        await seller.send("/submission")
        await reviewer.visit(at)
        await reviewer.send("/taking")
        await reviewer.send("/decision", then="decide")
        assert "这家店已认证" in reviewer.text
    await seller.visit(here)
    assert "认证通过了" in seller.text
    assert "周山" not in seller.text


async def test_an_accepted_number_that_another_owner_was_verified_with_since_is_mended_on_its_page(
    site: Site, seller: Browser
) -> None:
    here = f"/merchant/{site.shop_id}/verification"
    await seller.visit(here)
    await fill(site, seller)
    await seller.send("/submission")
    async with site.program.database.transaction() as tx:
        commands = [TakeApplication(shop_id=site.shop_id, actor=REVIEWER)]
        assert await take_applications(tx, commands) == [TakeStatus.TAKEN]
        decisions = tuple(
            Decision(name, is_accepted=name is not Field.ID_BACK, reason="太糊了" if name is Field.ID_BACK else "")
            for name in (*person_values(), Field.ID_FRONT, Field.ID_BACK)
        )
        decided = [DecideApplication(shop_id=site.shop_id, decisions=decisions, actor=REVIEWER)]
        assert await decide_applications(tx, decided) == [DecideStatus.RETURNED]
    await seller.visit(f"{here}/subject")
    assert not [form for form in forms_of(seller.page) if "id_number" in dict(form.fields)], "it was accepted"
    async with site.program.database.transaction() as tx:
        other, _ = await open_shop(tx)
        await approve(tx, other, seed=3)
    await seller.visit(here)
    assert seller.statements <= STATEMENTS_MAX
    in_use = fault_word(Field.ID_NUMBER, Fault.IN_USE)
    assert in_use in seller.text
    await seller.visit(f"{here}/subject")
    assert seller.statements <= STATEMENTS_MAX
    assert in_use in seller.text
    await send_last(seller, "/subject", kind="person", name="周山", id_number=make_id_number(4))
    assert seller.status == 200
    await seller.visit(f"{here}/subject")
    assert in_use not in seller.text


async def test_what_is_wrong_is_said_at_its_field(site: Site, seller: Browser) -> None:
    here = f"/merchant/{site.shop_id}/verification"
    await seller.visit(f"{here}/subject")
    await seller.send("/subject", kind="company", then="kind")
    assert "统一社会信用代码" in seller.text
    wrong = {"company_name": "茶业公司", "credit_code": CODE[:-1] + "?", "name": "周山", "id_number": NUMBER}
    await send_last(seller, "/subject", **wrong)
    assert seller.status == 422
    assert "请对照营业执照再看一遍" in seller.text
    assert "茶业公司" in seller.page, "what was typed is still there"
    await send_last(seller, "/subject", **{**wrong, "credit_code": CODE})
    assert seller.status == 200
    await upload(site, seller, "licence", b"<svg onload=alert(1)>")
    assert seller.status == 422
    assert "读不了这个文件" in seller.text
    await upload(site, seller, "licence", b"")
    assert "请选一个文件" in seller.text
    await seller.visit(here)
    # The button is there for whoever has no script and sends it all the same.
    await seller.send("/submission")
    assert seller.status == 422
    assert "营业执照：还没有上传" in seller.text


async def test_nobody_else_sees_an_application(site: Site, seller: Browser) -> None:
    await fill(site, seller)
    await seller.send("/submission")
    async with site.program.database.read() as reader:
        document_id = next(iter(await store.get_documents(reader, [], [site.shop_id])))
    here = f"/merchant/{site.shop_id}/verification"
    review = f"/operator/applications/{site.shop_id}"
    await site.person("stranger")
    async with site.browser("stranger") as stranger:
        for path in (here, f"{here}/documents"):
            await stranger.visit(path)
            assert stranger.status == 404, path
        for path in (review, "/operator/applications", "/operator/checklist", f"{review}/documents/{document_id}"):
            await stranger.visit(path)
            assert stranger.status == 403, path
    # Staff who are no reviewers see no applications; the operator sees the rules, and no documents.
    await employ(site, "arbiter", Role.ARBITER, Role.OPERATOR)
    async with site.browser("arbiter") as arbiter:
        for path in (review, "/operator/applications", f"{review}/documents/{document_id}"):
            await arbiter.visit(path)
            assert arbiter.status == 403, path
        await arbiter.visit("/operator/checklist")
        assert arbiter.status == 200
    # A reviewer who has not taken it opens no document of it.
    await employ(site, "reviewer", Role.REVIEWER)
    async with site.browser("reviewer") as reviewer:
        await reviewer.visit(f"{review}/documents/{document_id}")
        assert reviewer.status == 404
        await reviewer.visit(f"/operator/applications/{new_id()}")
        assert reviewer.status == 404
        await reviewer.visit("/operator/checklist")
        await reviewer.send("/operator/checklist", reason="试试")
        assert reviewer.status == 403, "the rules are the operator's"


async def test_who_works_for_a_shop_does_not_review_it(site: Site, seller: Browser) -> None:
    await fill(site, seller)
    await seller.send("/submission")
    role = GrantRole(person_id=site.seller_id, scope=PLATFORM, role=Role.REVIEWER, actor=Actor("system"))
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [role])
    await seller.visit(f"/operator/applications/{site.shop_id}")
    await seller.send("/taking")
    assert "不能审核自己的店" in seller.text


async def test_the_operator_composes_the_checklist(site: Site, seller: Browser) -> None:
    await employ(site, "boss", Role.OPERATOR)
    async with site.browser("boss") as boss:
        await boss.visit("/operator/checklist")
        assert boss.statements <= STATEMENTS_MAX
        await boss.send("/operator/checklist", reason="", review_hours="0", day_sales_max="many")
        assert boss.status == 422
        assert "在 1 到 720 之间" in boss.text
        assert "请写一个金额" in boss.text
        await boss.send(
            "/operator/checklist", reason="要有协议", terms="诚实做生意。", review_hours="8", day_sales_max="100"
        )
        assert "第 2 版清单已经生效" in boss.text
    async with site.program.database.read() as reader:
        version, checklist = await store.get_checklist(reader)
    assert version == 2
    assert (checklist.terms, checklist.review_hours, checklist.day_sales_max) == ("诚实做生意。", 8, 10_000)
    assert checklist.person_documents == (Field.ID_FRONT, Field.ID_BACK)
    here = f"/merchant/{site.shop_id}/verification"
    await seller.visit(here)
    assert "每天最多卖 ¥100.00" in seller.text
    await seller.visit(f"{here}/terms")
    await seller.send("/terms")
    assert seller.status == 422
    form = next(form for form in forms_of(seller.page) if form.action.endswith("/terms"))
    assert form.names == {"csrf_token"}
    await seller.send("/terms", terms=_value(seller.page))
    assert "已保存" in seller.text


def _value(page: str) -> str:
    """Read the mark of the terms that the box stands for."""
    return page.split('name="terms" value="')[1].split('"')[0]


async def test_taking_back(site: Site, seller: Browser) -> None:
    await fill(site, seller)
    await seller.send("/submission")
    await seller.send("/withdrawal")
    assert "已撤回" in seller.text
    await seller.visit(f"/merchant/{site.shop_id}/verification/account")
    assert seller.status == 200


async def test_who_is_not_verified_is_told_before_they_withdraw(site: Site, seller: Browser) -> None:
    await seller.visit(f"/merchant/{site.shop_id}")
    assert "店铺还没有认证，每天最多卖 ¥5,000.00" in seller.text
    assert seller.statements <= STATEMENTS_MAX
    await seller.visit(f"/merchant/{site.shop_id}/money/withdrawal")
    assert "店铺认证之后才能提现" in seller.text
    assert seller.statements <= STATEMENTS_MAX


async def test_a_shop_that_is_verified_already_is_asked_for_nothing(site: Site) -> None:
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as owner:
        await owner.visit(f"/merchant/{site.shop_id}/verification")
        assert "认证通过了" in owner.text
        assert "每天最多卖" not in owner.text
        assert "待填" not in owner.text

"""Proves that a shop's owner applies at a channel from their desk, and sees at its field what was refused and by a code
what there is to sign; that the operator asks shops, and sees what is not theirs to mend; all within three statements.
"""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from tests.channels.examples import place_of, wechat_settings
from tests.onboarding.examples import accept, open_shop, person_values, put, save
from tests.onboarding.test_applications import WANTED, decide, submit, take
from tests.pages.site import Browser, Site
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, acts, desk, operator
from weiji.events import BY_SYSTEM
from weiji.kit.ids import new_id
from weiji.onboarding import Field, put_documents, save_fields
from weiji.payments import (
    REGISTRY,
    App,
    BindSubMerchant,
    Enrolled,
    Errand,
    Fact,
    RecordEnrolment,
    Refused,
    Standing,
    Task,
    WantEnrolment,
    WantEnrolmentStatus,
    bind_sub_merchants,
    get_enrolments,
    record_enrolments,
    want_enrolments,
)
from weiji.payments.channels.wechat_ecommerce import NAME, WechatEcommerceChannel

__all__ = ["desk", "operator"]

ANSWERS = {
    "organization": "2401",
    "mobile": "13900000000",
    "id_from": "2016-05-01",
    "id_until": "长期",
    "account_bank": "建设银行",
    "bank_address_code": "330100",
}


@pytest.fixture
async def channel() -> AsyncIterator[WechatEcommerceChannel]:
    """A channel that takes shops on, and that nobody answers."""
    async with aclosing(WechatEcommerceChannel(wechat_settings(), place_of("http://127.0.0.1:9", NAME))) as made:
        REGISTRY.register(made)
        yield made
        REGISTRY.remove(NAME)


@pytest.mark.usefixtures("channel")
async def test_an_owner_applies_mends_and_signs_and_the_operator_sees_what_is_theirs(
    site: Site, desk: Desk, operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop_id, browser = site.shop_id, desk.browser
    here = f"/merchant/{shop_id}/enrolments"
    await browser.visit(f"{here}/{NAME}")
    # This town counts its shops as verified at once: no papers were shown.
    assert "没有交过认证资料" in browser.text
    async with site.program.database.transaction() as tx:
        await save_fields(tx, [save(shop_id, person_values())])
        await put_documents(tx, [put(shop_id, name) for name in (Field.ID_FRONT, Field.ID_BACK)])
        await submit(tx, shop_id)
        await take(tx, shop_id)
        await decide(tx, shop_id, *accept(*WANTED))
    handle = await site.program.database.pool.fetchval("select handle from shops.public_shops where id = $1", shop_id)
    await operator.visit("/operator/enrolments")
    assert (operator.status, operator.statements <= STATEMENTS_MAX) == (200, True)
    await operator.send("/operator/enrolments", handle="nobody-here", channel=NAME)
    assert (operator.status, "没有这家店铺" in operator.text) == (422, True)
    await operator.send("/operator/enrolments", handle=handle, channel=NAME)
    assert (operator.status, "待填资料" in operator.text) == (200, True)
    await browser.visit(f"/merchant/{shop_id}")
    assert "开通收款还有要办的" in browser.text
    await browser.visit(here)
    assert (browser.status, "待填资料" in browser.text) == (200, True)
    await browser.visit(f"{here}/{NAME}")
    assert browser.statements <= STATEMENTS_MAX
    await browser.send(f"{here}/{NAME}", **{**ANSWERS, "mobile": "12", "account_number": "6217000000000001"})
    assert (browser.status, "格式不对" in browser.text) == (422, True)
    await browser.send(f"{here}/{NAME}", **{**ANSWERS, "account_number": "6217000000000001"})
    assert (browser.status, "交给渠道了" in browser.text, "正在提交" in browser.text) == (200, True, True)

    async def said(enrolled: Enrolled, attempt: int = 1) -> None:
        async with site.program.database.read() as reader:
            created_at = (await get_enrolments(reader, shop_id))[NAME].created_at
        command = RecordEnrolment(shop_id=shop_id, channel=NAME, created_at=created_at, attempt=attempt, said=enrolled)
        await site.program.batchers.of(record_enrolments, "shop_id").submit(command)

    for _ in range(80):
        await said(Enrolled(fault="NO_AUTH 商户号未开通"))
    await browser.visit(f"{here}/{NAME}")
    assert ("要平台再问一次渠道" in browser.text, "会自动提交" in browser.text) == (True, False)
    async with site.program.database.transaction() as tx:
        other_id, _ = await open_shop(tx)
        want = WantEnrolment(shop_id=other_id, channel=NAME, actor=BY_SYSTEM)
        assert await want_enrolments(tx, [want]) == [WantEnrolmentStatus.WANTED]
    # However much changed since, what waits for people is shown.
    monkeypatch.setattr("weiji.settlement.enrolling.pages.SHOWN", 1)
    await operator.visit("/operator/enrolments")
    assert operator.statements <= STATEMENTS_MAX
    assert ("NO_AUTH 商户号未开通" in operator.text, "只列了最近的 1 家" in operator.text) == (True, True)
    await operator.send(f"/operator/enrolments/{shop_id}/{NAME}/recheck")
    assert "马上再问渠道" in operator.text
    assert await acts(site, "EnrolmentRechecked") == 1
    await browser.visit(f"{here}/{NAME}")
    assert ("办好了会自动提交" in browser.text, "NO_AUTH" in browser.text) == (True, False)
    refusals = (Refused("id_front", "照片模糊"), Refused("id_until", "有效期不符"))
    await said(Enrolled(standing=Standing.REFUSED, refusals=refusals))
    await browser.visit(f"{here}/{NAME}")
    # What is secret and handed in is not shown again.
    assert "6217000000000001" not in browser.page
    assert browser.text.count("照片模糊") == browser.text.count("有效期不符") == 2
    await browser.send(f"{here}/{NAME}", **ANSWERS)
    assert "正在提交" in browser.text
    url = "https://pay.weixin.qq.com/public/apply4ec_sign/s?applymentId=1&sign=b2"
    tasks = (
        Task(errand=Errand.SIGN, app=App.WECHAT, url=url),
        Task(errand=Errand.TRANSFER, app=App.WECHAT, facts=((Fact.AMOUNT, "¥1.24"),)),
    )
    await said(Enrolled(standing=Standing.TO_ACT, tasks=tasks), 2)
    await browser.visit(f"{here}/{NAME}")
    assert ("扫码，确认协议" in browser.text, "¥1.24" in browser.text, "<svg" in browser.page) == (True, True, True)
    await browser.send(f"{here}/{NAME}/recheck")
    assert "马上再问渠道" in browser.text
    # Somebody binds it to another number meanwhile: people see that they differ, on the page and among what waits.
    mistyped = BindSubMerchant(shop_id=shop_id, channel=NAME, number="1900017777", actor=BY_SYSTEM)
    await site.program.batchers.of(bind_sub_merchants, "shop_id").submit(mistyped)
    await said(Enrolled(standing=Standing.TAKEN_ON, number="1900013511"), 2)
    await operator.visit("/operator/desks")
    assert (re.search("店铺进件 1 ", operator.text) is not None, operator.statements <= STATEMENTS_MAX) == (True, True)
    await operator.visit("/operator/enrolments")
    assert ("渠道给的尾号 3511，绑定的尾号 7777" in operator.text, operator.statements <= STATEMENTS_MAX) == (
        True,
        True,
    )
    await operator.send(f"/operator/enrolments/{shop_id}/{NAME}/number", take="1")
    assert ("改绑到渠道给的号码了" in operator.text, "号码不同" in operator.text) == (True, False)
    await browser.visit(f"{here}/{NAME}")
    assert "开通了" in browser.text
    # A shop that the operator bound by hand never applied, and need not.
    await site.program.database.pool.execute("delete from payments.enrolments where shop_id = $1", shop_id)
    await browser.visit(f"{here}/{NAME}")
    assert ("开通了" in browser.text, "交给" in browser.text) == (True, False)
    await browser.visit(f"/merchant/{new_id()}/enrolments/{NAME}")
    assert browser.status in (403, 404)

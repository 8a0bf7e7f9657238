"""Proves of red packets what people see: money is put in with the payment password, a link opens a part, each sees who
got what, strangers see nothing, and when it is over everybody can check how it was divided."""

import re
from hashlib import sha256
from html import unescape

from tests.pages.site import PAYMENT_PASSWORD, Browser, Site
from weiji.events import BY_SYSTEM
from weiji.identity import PLATFORM, GrantRole, Role, grant_roles

STATEMENTS_MAX = 3


async def send(site: Site, browser: Browser, **fields: str) -> str:
    """Send a packet by the forms; give its path."""
    await browser.visit("/red-packets/new")
    assert browser.statements <= STATEMENTS_MAX
    await browser.send("/red-packets/new", **fields)
    assert browser.status == 200, browser.text
    assert browser.statements <= STATEMENTS_MAX
    await browser.send("/red-packets", payment_password=PAYMENT_PASSWORD)
    assert browser.status == 200, browser.text
    await site.settle()
    return browser.path


def link_of(browser: Browser) -> str:
    """Read the link that a sender gives away, without its host."""
    found = re.search(r'id="packet-link">http://weiji\.test([^<]+)<', unescape(browser.page))
    assert found, browser.text
    return found[1]


async def test_a_packet_is_sent_opened_and_checked(site: Site) -> None:
    await site.person("aqing", "阿青", money=100_000)
    await site.person("mei", "小梅")
    await site.person("abo", "阿波")
    async with site.browser("aqing") as sender, site.browser("mei") as mei, site.browser("abo") as bo:
        path = await send(site, sender, way="lucky", amount="20", parts="2", greeting="新年好")
        assert "拼手气红包 · 还剩 2 份" in sender.text
        link = link_of(sender)
        qr = await sender.client.get(f"{path}/qr.svg")
        assert (qr.status_code, qr.headers["content-type"].split(";")[0]) == (200, "image/svg+xml")
        async with site.browser() as stranger:
            await stranger.visit(link)
            assert "登录后打开" in stranger.text
            assert stranger.statements <= STATEMENTS_MAX
            await stranger.visit(path)
            assert stranger.path.startswith("/sign-in")
        # Without its key nobody sees it.
        await mei.visit(path)
        assert mei.status == 404
        await mei.visit(f"{path}?key=wrong")
        assert mei.status == 404
        assert (await mei.client.get(f"{path}/qr.svg")).status_code == 404
        await mei.visit(link)
        assert "新年好" in mei.text
        assert "谁领到了" not in mei.text
        await mei.send("/claim")
        assert "已经进了你的钱包" in mei.text
        assert mei.statements <= STATEMENTS_MAX
        await bo.visit(link)
        await bo.send("/claim")
        await site.settle()
        await bo.visit(path)
        await bo.visit(f"{path}{'&' if '?' in path else '?'}before={2**31}")
        assert bo.status == 200, "a place that no list has is none"
        assert "小梅" in bo.text
        assert "手气最佳" in bo.text
        for browser, word in ((mei, "收到红包"), (sender, "发红包")):
            await browser.visit("/wallet")
            assert word in browser.text
            assert path.split("?")[0] in browser.links
        await sender.visit(f"{path.split('?')[0]}/proof")
        commitment = re.search(r'id="commitment">([0-9a-f]{64})<', sender.page)
        sealed = re.search(r'id="sealed">([^<]+)<', sender.page)
        assert commitment
        assert sealed
        assert sha256(sealed[1].encode()).hexdigest() == commitment[1]
        await sender.visit("/red-packets?tab=sent")
        assert "已领完" in sender.text
        await mei.visit("/red-packets")
        assert "阿青" in mei.text
        async with site.browser("aqing") as late:
            await late.visit(link)
            assert "已领完" in late.text


async def test_a_packet_for_one_person_is_seen_and_opened_by_them(site: Site) -> None:
    await site.person("aqing", "阿青", money=100_000)
    await site.person("mei", "小梅")
    await site.person("abo", "阿波")
    async with site.browser("aqing") as sender, site.browser("mei") as mei, site.browser("abo") as bo:
        await send(site, sender, way="one", amount="8.88", recipient="mei", greeting="上次的茶钱")
        link = link_of(sender)
        await bo.visit(link)
        assert "这个红包不是给你的。" in bo.text
        await mei.visit("/red-packets")
        assert "等你打开" in mei.text
        (own,) = [each for each in mei.links if "?key=" in each]
        await mei.visit(own)
        await mei.send("/claim")
        assert "¥8.88" in mei.text


async def test_a_form_that_is_wrong_says_what(site: Site) -> None:
    await site.person("aqing", "阿青", money=1_000)
    async with site.browser("aqing") as browser:
        for fields, words in (
            ({"way": "lucky", "amount": "x", "parts": "2"}, "请写一个金额"),
            ({"way": "lucky", "amount": "1", "parts": ""}, "请写要分成几份。"),
            ({"way": "lucky", "amount": "0.01", "parts": "2"}, "每一份至少 0.01 元。"),
            ({"way": "lucky", "amount": "1", "parts": "101"}, "最多 100 份。"),
            ({"way": "lucky", "amount": "5000.01", "parts": "2"}, "一个红包最多 ¥5,000.00。"),
            ({"way": "one", "amount": "1", "recipient": "nobody-here"}, "没有找到这个人"),
            ({"way": "one", "amount": "1", "recipient": "aqing"}, "不能发给自己。"),
            ({"way": "equal", "amount": "1", "parts": "2", "greeting": "福" * 61}, "1 到 60 个字符。"),
        ):
            await browser.visit("/red-packets/new")
            await browser.send("/red-packets/new", **fields)
            assert browser.status == 422, fields
            assert words in browser.text, fields
        await browser.visit("/red-packets/new")
        await browser.send("/red-packets/new", way="equal", amount="6", parts="2")
        await browser.send("/red-packets", payment_password="000000")
        assert "支付密码不对" in browser.text
        await browser.send("/red-packets", payment_password=PAYMENT_PASSWORD)
        assert "钱包余额不够。" in browser.text
        assert any("/wallet/top-up?amount=1200" in link for link in browser.links)


async def test_the_operator_sets_the_limits(site: Site) -> None:
    await site.person("aqing", "阿青", money=100_000)
    staff_id = await site.person("wen", "文山")
    grant = GrantRole(person_id=staff_id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM)
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [grant])
    async with site.browser("wen") as staff, site.browser("aqing") as sender:
        await staff.visit("/operator/red-packets")
        assert staff.statements <= STATEMENTS_MAX
        await staff.send("/operator/red-packets", amount_max="x", parts_max="0", reason="")
        assert staff.status == 422
        assert "什么都还没有发布" in staff.text
        await staff.visit("/operator/red-packets")
        await staff.send("/operator/red-packets", amount_max="10", reason="先小一点")
        assert "第 2 版已经生效" in staff.text
        await sender.visit("/red-packets/new")
        await sender.send("/red-packets/new", way="lucky", amount="10.01", parts="2")
        assert "一个红包最多 ¥10.00。" in sender.text
        await sender.visit("/operator/red-packets")
        assert sender.status == 403


async def test_what_can_not_be_stored_is_nobodys_fault_but_its_senders(site: Site) -> None:
    staff_id = await site.person("ops")
    async with site.program.database.transaction() as tx:
        await grant_roles(tx, [GrantRole(person_id=staff_id, scope=PLATFORM, role=Role.OPERATOR, actor=BY_SYSTEM)])
    async with site.browser("ops") as browser:
        await browser.visit("/operator/red-packets")
        await browser.send("/operator/red-packets", reason="a\x00b")
        assert browser.status == 422, browser.text
        await browser.visit("/operator/red-packets")
        assert "历史 第 1 版 程序自带" in browser.text, "nothing was published"

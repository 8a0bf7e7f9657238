"""Proves by the pages that an owner takes a shop's credit to another installation and brings it from there, and that
the operator says who is believed; each page within three statements."""

import re
from html import unescape

import msgspec
import pytest

from tests.credit.test_certificates import KEY, PUBLIC, THERE, claims_for
from tests.credit.test_operations import trade
from tests.pages.site import Browser, Site
from tests.pages.test_consoles import STATEMENTS_MAX, Desk, desk, operator
from weiji.credit.certificates import signing
from weiji.credit.certificates.handlers import WELL_KNOWN
from weiji.credit.operations import count_trades
from weiji.demo.companies import company_values, verify
from weiji.events import Actor
from weiji.kit.ids import new_id
from weiji.onboarding import Checklist, Field

__all__ = ["desk", "operator"]

CODE = company_values("", 1, Checklist())[Field.CREDIT_CODE]


@pytest.fixture
async def here(site: Site, desk: Desk) -> str:
    """The page of a shop that has some points; nobody has looked yet who is behind it."""
    async with site.program.database.transaction() as tx:
        await count_trades(tx, [trade(site.shop_id) for _ in range(4)])
    return f"{desk.path}/credit/certificates"


async def make_known(site: Site) -> None:
    """Have a reviewer look who is behind the shop."""
    owner, reviewer = Actor("merchant", site.seller_id), Actor("staff", new_id())
    await verify(site.program, site.shop_id, "山里的茶", 1, Checklist(), owner, reviewer)


async def see(browser: Browser, path: str) -> str:
    """Visit a page within the law."""
    await browser.visit(path)
    assert (browser.status, browser.statements <= STATEMENTS_MAX) == (200, True), browser.text
    return browser.text


async def test_an_owner_takes_credit_along(site: Site, desk: Desk, here: str) -> None:
    browser = desk.browser
    assert "先做店铺认证" in await see(browser, here)
    await browser.send(here, audience=f"{THERE}/shops/tea")
    assert (browser.status, "先做店铺认证" in browser.text) == (422, True)
    await make_known(site)
    await see(browser, here)
    await browser.send(here, audience=THERE)
    assert (browser.status, "请填那家店的完整地址" in browser.text) == (422, True)
    await browser.send(here, audience=f"{THERE}/shops/tea")
    assert (browser.status, "有效" in browser.text) == (200, True), browser.text
    (link,) = [link for link in browser.links if re.search(r"/certificates/[0-9a-f-]{36}$", link)]
    await browser.visit(link)
    document = browser.page
    claims = signing.read_certificate(document)
    assert claims is not None
    assert claims.aud == f"{THERE}/shops/tea"
    assert signing.digest_of(CODE, claims.subject) == claims.subject.digest
    async with site.browser() as stranger:
        await stranger.visit(WELL_KNOWN)
        told = signing.read_keys(stranger.page)
        assert told is not None
        assert told[0] == claims.iss
        assert signing.is_signed_by(document, told[1][0])
        await see(browser, here)
        await browser.send("/withdrawal", reason="不搬了")
        assert "已作废" in browser.text
    await browser.visit(link)
    assert browser.status == 404, "what stands no more is not handed out"


async def test_an_owner_brings_credit_from_whom_the_operator_believes(
    site: Site, desk: Desk, operator: Browser, here: str
) -> None:
    await make_known(site)
    assert re.search(r"店铺认证 0 0 – 1 ", await see(operator, "/operator/desks")), "what was decided is done"
    browser, issuers = desk.browser, "/operator/credit/issuers"
    await see(browser, here)
    address = re.search(r'id="address"[^>]*>([^<]+)<', browser.page)
    assert address
    async with site.program.database.transaction() as tx:
        claims = await claims_for(tx, site.shop_id, aud=unescape(address[1]), subject=signing.make_subject(CODE))
    document = signing.write_certificate(claims, KEY)
    await browser.send("/brought", document=document)
    assert (browser.status, "本站还不信任" in browser.text) == (422, True)
    await see(operator, issuers)
    keys = msgspec.json.encode(signing.write_keys(THERE, PUBLIC)).decode()
    for wrong, complaint in (
        ({"address": "there"}, "请填站点地址"),
        ({"address": "https://another.example", "document": keys}, "里面没有这个地址的公钥"),
        ({"address": "http://127.0.0.1:9", "document": ""}, "没有取到公钥"),
    ):
        await operator.send(issuers, **wrong)
        assert (operator.status, complaint in operator.text) == (422, True), operator.text
    await operator.send(issuers, address=f"{THERE}/", document=keys)
    assert (operator.status, signing.key_of(PUBLIC) in operator.text) == (200, True), operator.text
    await see(browser, here)
    await browser.send("/brought", document=document[:-2] + ("AA" if document[-2:] != "AA" else "BB"))
    assert (browser.status, "签名对不上" in browser.text) == (422, True), browser.text
    await browser.send("/brought", document=document)
    assert (browser.status, "正在展示" in browser.text) == (200, True), browser.text
    record = f"/shops/{site.handle}/credit"
    async with site.browser() as stranger:
        text = await see(stranger, record)
        assert "从 there.example 带来" in text
        assert "那边的茶" in text
        front = f"/shops/{site.handle}"
        assert "从 there.example 带来" in await see(stranger, front), "a shop's page says it, too"
        await see(operator, issuers)
        await operator.send("/end", reason="")
        assert (operator.status, "请写原因" in operator.text) == (422, True)
        await operator.send("/end", reason="给自己人开假证明")
        assert "不再信任" in operator.text
        assert "带来" not in await see(stranger, record)
        assert "带来" not in await see(stranger, front)
    await see(browser, here)
    await browser.send("/removal")
    assert "不再展示" in browser.text

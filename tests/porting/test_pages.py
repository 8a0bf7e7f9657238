"""Proves of the pages of porting that a file goes all the way from upload to undoing, and is nobody else's."""

import json
import re
import zipfile
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest

from tests.pages.site import Browser, Site, open_site
from tests.porting.examples import SAMPLES
from tests.porting.workbooks import workbook
from weiji.kit.ids import new_id

CSV = """Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Inventory Qty
cup,Cup,Size,S,9.80,5
cup,,,L,10,5
bad,Bad,Title,Default Title,x,7
bowl,Bowl,Title,Default Title,12,7
"""


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """The whole program on a database of this test's own, with a shop that is open."""
    async with open_site(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def seller(site: Site) -> AsyncIterator[Browser]:
    """The seller's browser."""
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        yield browser


async def upload(browser: Browser, here: str, data: bytes, name: str = "goods.csv") -> None:
    """Send a file by the form."""
    await browser.visit(here)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.page)
    assert token
    answer = await browser.client.post(
        here,
        data={"csrf_token": token[1]},
        files={"file": (name, data, "text/csv")},
        follow_redirects=True,
    )
    browser._take(answer)


async def work(site: Site) -> None:
    """Let the worker do what is due."""
    for _ in range(20):
        await site.program.database.pool.execute("update kit.jobs set due_at = '2020-01-01'")
        await site.program.runner.run_due()


@pytest.fixture
async def here(site: Site) -> str:
    """The address of the shop's porting."""
    await site.program.runner.install()
    return f"/merchant/{site.shop_id}/porting"


async def test_a_file_goes_all_the_way(site: Site, seller: Browser, here: str) -> None:
    await seller.visit(here)
    assert seller.statements <= 3
    assert "还没有导入过" in seller.text
    await upload(seller, here, CSV.encode())
    assert "正在试读" in seller.text
    assert seller.statements <= 3
    run = seller.path
    await seller.send("/stop")
    assert "有人把它停下了" in seller.text
    await upload(seller, here, CSV.encode())
    run = seller.path
    await work(site)
    await seller.visit(run)
    assert seller.statements <= 3
    assert "等你确认" in seller.text
    assert "UTF-8 · 逗号分隔 · 小数点是「.」" in seller.text
    assert "价格不对" in seller.text
    assert "导入 2 件商品" in seller.text
    await seller.send("/confirmation")
    await work(site)
    for tab in ("", "new", "changed", "same", "refused", "told", "kept", "names", "categories", "other"):
        await seller.visit(f"{run}?tab={tab}")
        assert (seller.status, seller.statements <= 3) == (200, True), tab
    await seller.visit(f"{run}?tab=refused&after=99999999999999")
    assert seller.status == 200
    await seller.visit(f"/merchant/{site.shop_id}/goods")
    assert "Bowl" in seller.text
    await seller.visit(run)
    assert "导入完成" in seller.text
    await seller.send("/undoing")
    await work(site)
    await seller.visit(run)
    assert "已撤销 2 件商品" in seller.text
    await seller.visit(here)
    assert "已撤销" in seller.text


async def test_a_report_says_in_words_what_is_wrong_and_quotes_no_status(
    site: Site, seller: Browser, here: str
) -> None:
    rows = [["Handle", "Title", "Variant Price"], ["long", "很" * 1_000, 9], ["bad", "Bad", "x1"]]
    await upload(seller, here, workbook({"商品": rows}), "goods.xlsx")
    await work(site)
    await seller.visit(seller.path + "?tab=refused")
    assert "商品名称太长" in seller.text
    assert "invalid_title" not in seller.text
    assert "variant price x1" in seller.text
    assert "XLSX" in seller.text


async def test_a_type_gets_its_category(site: Site, seller: Browser, here: str) -> None:
    await seller.visit(here)
    await upload(seller, here, b"Handle,Title,Type,Variant Price\nodd,Odd,Zzz,9\nshirt,Shirt,Shirts,9\n")
    run = seller.path
    await work(site)
    await seller.visit(run)
    assert "分类：服饰" in seller.text
    await seller.visit(f"{run}?tab=categories")
    assert seller.statements <= 3
    assert "没有归类" in seller.text
    crafts = re.search(r'<option value="([^"]+)">手作与艺术<', seller.page)
    assert crafts
    token = re.search(r'name="csrf_token" value="([^"]+)"', seller.page)
    assert token
    chosen = {"label": ["Shirts", "Zzz"], "before": ["guess", "guess"], "category": ["none", crafts[1]]}
    form = {"csrf_token": token[1], **chosen}
    seller._take(await seller.client.post(f"{run}/categories", data=form, follow_redirects=True))
    await work(site)
    await seller.visit(run)
    assert "分类：手作与艺术" in seller.text
    assert "分类：服饰" not in seller.text
    await seller.visit(f"{run}?tab=categories")
    assert f'<option value="{crafts[1]}" selected>' in seller.page
    assert '<option value="none" selected>' in seller.page


async def test_a_number_gets_its_name(site: Site, seller: Browser, here: str) -> None:
    text = (SAMPLES / "taobao-41.csv").read_bytes().decode("gb18030")
    await upload(seller, here, text.replace("1627207:28338", "1627207:990001").encode("gb18030"))
    run = seller.path
    await work(site)
    await seller.visit(f"{run}?tab=names")
    assert "1627207:990001" in seller.text
    await seller.send("/names", name="湖蓝")
    await work(site)
    await seller.visit(f"{run}?tab=names")
    assert "编号都有名字了" in seller.text


async def test_what_is_no_file_of_goods_is_told_so(site: Site, seller: Browser, here: str) -> None:
    await upload(seller, here, b"Name,Cost\nx,1\n")
    run = seller.path
    await work(site)
    await seller.visit(run)
    assert "这个文件读不了" in seller.text
    await upload(seller, here, b"")
    assert (seller.status, "文件是空的" in seller.text) == (422, True)
    await seller.visit(here)
    await seller.send("porting", file="")
    assert (seller.status, "请选择一个文件" in seller.text) == (422, True)


async def test_everything_can_be_taken_out(site: Site, seller: Browser, here: str) -> None:
    await seller.visit(here)
    await seller.send("/exports")
    assert "正在生成" in seller.text
    await work(site)
    await seller.visit(here)
    assert seller.statements <= 3
    (link,) = [link for link in seller.links if link.endswith("/file")]
    answer = await seller.client.get(link)
    assert answer.status_code == 200
    assert answer.content[:4] == b"PK\x03\x04"
    assert "shop.zip" in answer.headers["content-disposition"]
    await seller.visit(here)
    await seller.send("/exports", contents="nothing")
    assert "请选择要导出什么" in seller.text
    for handle in ("mei", None):
        if handle:
            await site.person(handle)
        async with site.browser(handle) as other:
            other_answer = await other.client.get(link)
            assert other_answer.status_code == (404 if handle else 303) or not handle
            assert b"PK" not in other_answer.content[:4]


async def test_what_came_along_of_elsewhere_is_shown(site: Site, seller: Browser, here: str) -> None:
    await seller.visit(f"{here}/history")
    assert "没有以前的记录" in seller.text
    at = "2024-05-06T07:08:09Z"
    paper = new_id()
    lines = {
        "orders.jsonl": {"number": "A-1", "state": "shipped", "total": 12_300, "lines": [{"title": "<b>茶壶"}, 7]},
        "statements.jsonl": {"what": "settle", "in": 0, "out": 500},
        "prices.jsonl": {"handle": "pot", "choices": ["大"], "price": 99_00},
        "customers.jsonl": {"name": None},
        "invoices.jsonl": {"title": {"name": "李雷"}, "papers": [{"id": str(paper), "file": f"invoices/{paper}.pdf"}]},
    }
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("goods.jsonl", b"")
        package.writestr(f"invoices/{paper}.pdf", b"%PDF-1.7 made out elsewhere")
        package.writestr("manifest.json", json.dumps({"shop": {"id": str(new_id())}}))
        for name, facts in lines.items():
            package.writestr(name, json.dumps({"id": str(new_id()), "at": at} | facts))
    await upload(seller, here, target.getvalue(), "shop.zip")
    await work(site)
    await seller.visit(seller.path)
    assert "以前的记录 5 条" in seller.text
    await seller.send("/confirmation")
    await work(site)
    await seller.visit(f"{here}/history")
    assert seller.statements <= 3
    assert "A-1" in seller.text
    assert "<b>茶壶" in seller.text
    assert "待收货" in seller.text
    assert "¥123.00" in seller.text
    for kind, told in (("movement", "settle"), ("price", "pot"), ("customer", "2024"), ("invoice", "李雷")):
        await seller.visit(f"{here}/history?tab={kind}")
        assert told in seller.text
    way = f"{here}/history/papers/{paper}"
    assert way in seller.links
    answer = await seller.client.get(way)
    assert answer.content == b"%PDF-1.7 made out elsewhere"
    assert "attachment" in answer.headers["content-disposition"]
    assert "sandbox" in answer.headers["content-security-policy"]
    await site.person("mei")
    async with site.browser("mei") as other:
        for path in (way, f"{here}/history/papers/{new_id()}"):
            assert (await other.client.get(path)).status_code == 404
    assert (await seller.client.get(f"{here}/history/papers/{new_id()}")).status_code == 404


async def test_strangers_find_nothing(site: Site, seller: Browser, here: str) -> None:
    await upload(seller, here, CSV.encode())
    run = seller.path
    await site.person("mei")
    async with site.browser("mei") as other:
        for path in (here, run, f"{run}/live"):
            await other.visit(path)
            assert other.status == 404, path
        await other.visit("/merchant/opening")
        await other.send("/merchant/opening", name="对面的店", handle="other-side", story="")
        theirs = re.match(r"/merchant/[0-9a-f-]{36}", other.path)
        assert theirs
        await other.visit(f"{theirs[0]}/porting/{run.rsplit('/')[-1]}")
        assert other.status == 404
        token = re.search(r'name="csrf_token" value="([^"]+)"', await other.visit(f"{theirs[0]}/porting"))
        assert token
        answer: httpx.Response = await other.client.post(
            f"{theirs[0]}/porting/{run.rsplit('/')[-1]}/confirmation", data={"csrf_token": token[1]}
        )
        assert answer.status_code == 404

"""Measures the search among 100,000 goods, beside the plain list of products: statements alone, and whole pages.

`make bench-search`. With `--goods` of another size it says how the search grows.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx
import uvloop

from bench.server import analyze, fresh_server, log_only_errors, settle_memory
from bench.street import NO_HASH
from weiji.app import make_app
from weiji.catalog import ProductState, SaveProduct, SaveSku, get_home, save_products
from weiji.events import Actor
from weiji.identity import SignUpPerson, sign_up_people
from weiji.inventory import SetStock, set_stock
from weiji.kit.db import Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.ids import new_id
from weiji.kit.installation import install
from weiji.kit.migrate import migrate
from weiji.program import Program, open_program
from weiji.search import Search, Sort, find_products, rebuild
from weiji.settings import Settings
from weiji.shops import OpenShop, open_shops

GOODS: Final = 100_000
SHOPS: Final = 500
BATCH: Final = 250
CLIENTS: Final = 4
SECONDS: Final = 4.0


def _words(text: str) -> list[str]:
    return text.split()


LOOKS: Final = _words(
    "手工 复古 新款 简约 加厚 便携 迷你 大号 儿童 情侣 原木 北欧 国风 防水 静音 轻便 折叠 可爱 商务 户外 夏季 秋冬"
)
STUFFS: Final = _words(
    "陶瓷 玻璃 纯棉 亚麻 真丝 不锈钢 实木 竹编 羊毛 硅胶 牛皮 钛合金 桐木 琉璃 帆布 珐琅 铸铁 天然 有机 紫砂"
)
THINGS: Final = _words(
    "茶杯 保温杯 茶壶 花瓶 连衣裙 衬衫 围巾 拖鞋 双肩包 钱包 台灯 书架 餐桌 椅子 枕头 被子 毛巾 砧板 炒锅 菜刀 "
    "苹果 红富士 桂花乌龙茶 龙井 普洱 蜂蜜 核桃 腊肉 咖啡豆 巧克力 手机壳 充电器 耳机 键盘 鼠标 音箱 相机包 帐篷 "
    "睡袋 钓鱼竿 吉他 口琴 笔记本 钢笔 墨水 宣纸 积木 拼图 风筝 口红 面膜 香皂 牙刷 梳子 雨伞 行李箱 手表 项链 戒指 "
    "盆栽 种子 猫粮 狗窝"
)
MAKERS: Final = [
    f"{first}{second}"
    for first in ("Lumo", "Kita", "Vela", "Nordi", "Zen", "Aqua")
    for second in ("ra", "x", "line", "way")
]
PLACES: Final = _words("景德镇 武夷山 杭州 宜兴 苏州 大理 洛川 南京 青岛 成都 福鼎 新疆")
TALK: Final = _words(
    "每一件都由老师傅亲手完成 包装结实不怕磕碰 七天无理由退换 支持开发票 现货当天发出 细节请看图片 颜色以实物为准 "
    "适合送礼也适合自用 用料讲究做工细致 清洗方便不留水渍 有任何问题请联系客服 这批数量不多卖完要等下个月 "
    "同样的价钱买不到同样的东西 放在家里十年也不会过时 老顾客回来说好用 产地直发没有中间商"
)
COMMON: Final = "包邮"
"""What half of all goods say of themselves."""


class Street:
    """Goods as shops describe them; every choice is repeatable."""

    def __init__(self, goods: int) -> None:
        self.random = random.Random(1)  # noqa: S311 - it has to be repeatable, not secret.
        self.goods = goods
        self.shops = [new_id() for _ in range(SHOPS)]

    async def open(self, program: Program) -> None:
        """Open the shops, and put their goods on the shelves."""
        owners = [new_id() for _ in self.shops]
        people = [
            SignUpPerson(
                id=id,
                handle=f"p{id.hex[-12:]}",
                phone=None,
                display_name="某人",
                locale="zh-CN",
                password_hash=NO_HASH,
                actor=Actor("person", id),
            )
            for id in owners
        ]
        await program.batchers.of(sign_up_people).submit_all(people)
        openings = [
            OpenShop(id=id, handle=f"s{id.hex[-12:]}", name="小店", owner_id=owner, actor=Actor("merchant", owner))
            for id, owner in zip(self.shops, owners, strict=True)
        ]
        await program.batchers.of(open_shops).submit_all(openings)
        for _ in range(0, self.goods, BATCH):
            goods = [self.good() for _ in range(BATCH)]
            await program.batchers.of(save_products).submit_all(goods)
            stock = [
                SetStock(
                    sku_id=good.skus[0].id, shop_id=good.shop_id, on_hand=self.random.randrange(20), actor=good.actor
                )
                for good in goods
            ]
            await program.batchers.of(set_stock, "shop_id").submit_all(stock)

    def good(self) -> SaveProduct:
        """Make a product of one SKU, with some 150 characters of description."""
        choose = self.random.choice
        shop_id = choose(self.shops)
        thing = choose(THINGS)
        title = (
            f"{choose(PLACES)}{choose(LOOKS)}{choose(STUFFS)}{thing} {choose(MAKERS)} {self.random.randrange(1, 1_000)}"
        )
        said = [
            *self.random.sample(TALK, 12),
            f"{choose(LOOKS)}{choose(THINGS)}",
            COMMON if self.random.random() < 0.5 else "到付",
        ]
        return SaveProduct(
            id=new_id(shop_id),
            shop_id=shop_id,
            title=title,
            description_html=f"<p>{'，'.join(said)}。</p>",
            kind=thing,
            skus=(SaveSku(id=new_id(shop_id), price=self.random.randrange(100, 100_000)),),
            state=ProductState.LISTED,
            actor=Actor("merchant", shop_id),
        )

    def searches(self) -> dict[str, Callable[[], Search]]:
        """Name the kinds of searches, and how one of each is made."""
        choose = self.random.choice
        return {
            "word": lambda: Search(text=choose(THINGS)),
            "words": lambda: Search(text=f"{choose(STUFFS)}{choose(THINGS)}"),
            "rare": lambda: Search(text=f"{choose(PLACES)}{choose(STUFFS)}{choose(THINGS)} {choose(MAKERS)}"),
            "latin": lambda: Search(text=choose(MAKERS)[:5]),
            "character": lambda: Search(text=choose(THINGS)[0]),
            "broad": lambda: Search(text=COMMON),
            "broad_by_price": lambda: Search(text=COMMON, sort=choose([Sort.CHEAPEST, Sort.DEAREST])),
            "pinyin": lambda: Search(text=choose(["pinguo", "baowenbei", "taoci", "ltsk"])),
            "slip": lambda: Search(text=choose(["保温怀", "平果", "红富土", "不秀钢"])),
        }


async def measure(clients: int, seconds: float, work: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """Have clients do something over and over; return how often a second, and how long it takes."""
    settle_memory()
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def go() -> None:
        while (begun := time.perf_counter()) < end:
            await work()
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(go() for _ in range(clients)))
    rate = len(times) / (time.perf_counter() - begun)
    times.sort()
    return {
        "per_second": round(rate, 1),
        "p50_ms": round(times[len(times) // 2] * 1e3, 2),
        "p99_ms": round(times[len(times) * 99 // 100] * 1e3, 2),
    }


def statement(database: Database, make: Callable[[], Search]) -> Callable[[], Awaitable[Any]]:
    """Search, without a page round it."""

    async def work() -> None:
        async with database.read() as reader:
            await find_products(reader, make())

    return work


def whole_page(client: httpx.AsyncClient, path: Callable[[], str]) -> Callable[[], Awaitable[Any]]:
    """Ask for a page, through everything but the network."""

    async def work() -> None:
        answer = await client.get(path())
        assert answer.status_code == 200, answer.text

    return work


async def index(program: Program) -> float:
    """Index everything; return products a second."""
    begun, seen = time.perf_counter(), 0
    async for so_many in rebuild(program.database, program.lanes):
        seen = so_many
    return seen / (time.perf_counter() - begun)


async def bench(server: EmbeddedDatabase, goods: int, seconds: float) -> dict[str, Any]:
    """Fill the shelves, index them, and search."""
    await migrate(server.url)
    await install(server.url, mode="sandbox")
    figures: dict[str, Any] = {"bench": "search", "goods": goods}
    with TemporaryDirectory() as data:
        async with open_program(
            Settings(database_url=server.url, data=Path(data), mode="sandbox", connections=CLIENTS + 2)
        ) as program:
            street = Street(goods)
            await street.open(program)
            await analyze(server)
            figures["indexed_per_second"] = round(await index(program))
            await analyze(server)
            async with program.database.read() as reader:
                size = await reader.connection.fetchval("select pg_total_relation_size('search.products')")
                texts = await reader.connection.fetchval("select sum(octet_length(text)) from search.products")
            figures["index_mb"] = round(size / 2**20)
            figures["index_by_text"] = round(size / texts, 1)
            await measure_all(program, street, seconds, figures)
    return figures


async def measure_all(program: Program, street: Street, seconds: float, figures: dict[str, Any]) -> None:
    """Measure each kind of search, and the plain list beside it."""

    async def plain() -> None:
        async with program.database.read() as reader:
            await get_home(reader)

    figures["list"] = await measure(CLIENTS, seconds, plain)
    kinds = street.searches()
    for name, make in kinds.items():
        figures[name] = await measure(CLIENTS, seconds, statement(program.database, make))
        print(f"{name:16}{figures[name]}", flush=True)
    some = [kinds[name] for name in ("word", "words", "words", "rare", "latin", "broad", "pinyin", "slip")]

    def path() -> str:
        search = street.random.choice(some)()
        return f"/search?{urlencode({'q': search.text})}"

    app = from_everywhere(make_app(program, rate_limit=None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://weiji.test") as client:
        pages = (
            ("page_list", lambda: "/"),
            ("page_search", path),
            ("page_suggestions", lambda: f"/search/suggestions?q={choose(street)}"),
        )
        for name, where in pages:
            figures[name] = await measure(CLIENTS, seconds, whole_page(client, where))
            print(f"{name:16}{figures[name]}", flush=True)
    figures["page_p99_by_list"] = round(figures["page_search"]["p99_ms"] / figures["page_list"]["p99_ms"], 2)


def from_everywhere(app: Any) -> Any:
    """Let each request come from another address: what one address may search is limited."""

    async def ask(scope: Any, receive: Any, send: Any) -> None:
        scope["client"] = (str(IPv4Address(random.getrandbits(32))), 1)
        await app(scope, receive, send)

    return ask


def choose(street: Street) -> str:
    """Type the beginning of something."""
    return quote(street.random.choice([*THINGS, "baow", "gu"])[:2])


def main() -> None:
    """Run the bench; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--goods", type=int, default=GOODS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each figure")
    options = parser.parse_args()
    log_only_errors()
    with fresh_server(is_durable=False) as server:
        print(json.dumps(uvloop.run(bench(server, options.goods, options.seconds)), ensure_ascii=False))


if __name__ == "__main__":
    main()

"""The whole program on a database of a test's own, and browsers without scripts to visit its pages."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from functools import cached_property
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from tests.apps import app_of
from weiji import payments
from weiji.app import ROUTES_OF
from weiji.catalog import Option, ProductState, SaveProduct, SaveProductStatus, SaveSku, save_products
from weiji.events import Actor
from weiji.identity import SignUpPerson, sign_up_people
from weiji.identity.hashing import HASHERS
from weiji.identity.model import Origin, SetPaymentPassword
from weiji.identity.payment_password import set_payment_password
from weiji.identity.rules import to_hash
from weiji.inventory import SetStock, set_stock
from weiji.kit.ids import new_id
from weiji.orders import ShipParcel, ship_parcels
from weiji.payments import TopUpWallet
from weiji.program import Program, open_program
from weiji.settings import Settings
from weiji.shops import OpenShop, VerifyShop, open_shops, verify_shops

PASSWORD = "wide-green-lantern"
PAYMENT_PASSWORD = "735914"
PRICES = (9_800, 19_800)

_HASHES: dict[str, str] = {}
"""Of the password that everybody has here: a hash takes as long as it is meant to."""


class Browser:
    """A browser without scripts: it keeps cookies, follows redirects, and sends the forms that a page has."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""
        self.path = ""
        self.status = 0

    async def visit(self, path: str) -> str:
        """Go to a page."""
        return self._take(await self.client.get(path, follow_redirects=True))

    async def send(self, action: str, formaction: str | None = None, **fields: str) -> str:
        """Fill in the first form of the page whose address ends with *action*, or else contains it, and send it.

        A field that the form hasn't got stands for a button, which may send the form elsewhere: to its *formaction*.
        """
        found = [form for form in forms_of(self.page) if action in form.action]
        form = next((form for form in found if form.action.endswith(action)), found[0] if found else None)
        assert form is not None, f"no form to {action} on {self.path}: {[form.action for form in forms_of(self.page)]}"
        data: list[tuple[str, Any]] = [(name, fields.get(name, value)) for name, value in form.fields]
        data += [(name, value) for name, value in fields.items() if name not in form.names]
        address = formaction or form.action
        if form.method == "get":
            answer = await self.client.get(address, params=data, follow_redirects=True)
        else:
            body = httpx.QueryParams(data)
            headers = {"content-type": "application/x-www-form-urlencoded"}
            answer = await self.client.post(address, content=str(body), headers=headers, follow_redirects=True)
        return self._take(answer)

    def _take(self, answer: httpx.Response) -> str:
        self.page, self.path, self.status = answer.text, answer.url.raw_path.decode(), answer.status_code
        assert "&lt;time " not in self.page, f"{self.path} shows a tag of ours as text"
        return self.page

    @property
    def statements(self) -> int:
        """The statements that the page's foot tells of."""
        found = re.search(r'data-statements="(\d+)"', self.page)
        assert found, f"{self.path} has no foot ({self.status})"
        return int(found[1])

    @property
    def links(self) -> list[str]:
        """Where the page's links and forms lead."""
        return [unescape(found) for found in re.findall(r' (?:href|action)="([^"]*)"', self.page)]

    @property
    def text(self) -> str:
        """The page's words, without its tags."""
        return " ".join(unescape(re.sub(r"<script.*?</script>|<[^>]+>", " ", self.page, flags=re.DOTALL)).split())

    async def sign_in(self, handle: str) -> None:
        """Sign in by the form."""
        await self.visit("/sign-in")
        await self.send("/sign-in", name=handle, password=PASSWORD)
        assert self.status == 200, self.text


PAGES = tuple(name for name in ROUTES_OF if not name.endswith(".api") or name == "weiji.carriers.api")
"""Pages, and where trackers call."""


class Form:
    """A form of a page: where it goes, and what it sends as it is."""

    def __init__(self, action: str, method: str) -> None:
        self.action = action
        self.method = method
        self.fields: list[tuple[str, str]] = []

    @property
    def names(self) -> set[str]:
        """The names of its fields."""
        return {name for name, _ in self.fields}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: str | None = None
        self._is_in_text = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag == "form":
            self._open = Form(given.get("action") or "", (given.get("method") or "get").lower())
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "input" and given.get("name"):
            is_choice = given.get("type") in ("radio", "checkbox")
            if given.get("type") != "submit" and (not is_choice or "checked" in given):
                self._open.fields.append((given["name"], given.get("value") or ""))
        elif tag == "textarea":
            self._open.fields.append((given["name"], ""))
            self._is_in_text = True
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and "selected" in given:
            self._open.fields.append((self._select, given.get("value") or ""))

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._is_in_text:
            name, before = self._open.fields[-1]
            self._open.fields[-1] = (name, before + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._is_in_text = False
        if tag == "form":
            self._open = None


def forms_of(page: str) -> Sequence[Form]:
    """Read the forms of a page."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


PROOF = {"payment_password": PAYMENT_PASSWORD, "proof": PASSWORD}
"""What somebody without an app enters who says where money is to go."""


class Site:
    """The program, a shop with a product of two SKUs, its seller, and buyers with money."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.seller_id = new_id()
        self.shop_id = new_id()
        self.product_id = new_id(self.shop_id)
        self.skus = [new_id(self.shop_id), new_id(self.shop_id)]
        self.handle = f"shop-{self.shop_id.hex[-8:]}"
        self.edges = PAGES
        self._apps = ExitStack()

    @cached_property
    def app(self) -> Any:
        """The program's pages. The API is tested elsewhere, and as slow to put together as all of them."""
        return self._apps.enter_context(app_of(self.program, self.edges))

    def close(self) -> None:
        """Leave the app to whoever opens the next site."""
        self._apps.close()

    @asynccontextmanager
    async def browser(self, handle: str | None = None, **headers: str) -> AsyncIterator[Browser]:
        """Open a browser; signed in, if somebody is named."""
        transport = httpx.ASGITransport(self.app, client=("203.0.113.7", 1234))
        async with httpx.AsyncClient(
            transport=transport,
            base_url=self.program.settings.url or "http://weiji.test",
            headers={"accept-language": "zh-CN", **headers},
        ) as client:
            browser = Browser(client)
            if handle:
                await browser.sign_in(handle)
            yield browser

    async def person(self, handle: str, name: str = "阿青", *, id: UUID | None = None, money: int = 0) -> UUID:
        """Sign somebody up, with a payment password, and money if they are to have any."""
        if PASSWORD not in _HASHES:
            _HASHES[PASSWORD] = await HASHERS.hash(to_hash(PASSWORD))
        person_id = id or new_id()
        actor = Actor("person", person_id)
        command = SignUpPerson(
            id=person_id,
            handle=handle,
            phone=None,
            display_name=name,
            locale="zh-CN",
            password_hash=_HASHES[PASSWORD],
            actor=actor,
        )
        async with self.program.database.transaction() as tx:
            await sign_up_people(tx, [command])
        if money:
            await self.let_pay(person_id)
            top_up = TopUpWallet(id=new_id(person_id), person_id=person_id, amount=money, actor=actor)
            await self.program.batchers.of(payments.top_up_wallets).submit(top_up)
        return person_id

    async def let_pay(self, person_id: UUID) -> None:
        """Set somebody's payment password."""
        entered = SetPaymentPassword(person_id=person_id, payment_password=PAYMENT_PASSWORD, login_password=PASSWORD)
        await set_payment_password(self.program.database, entered, Origin())

    async def open(self, stock: int = 50) -> None:
        """Open the shop, and put its goods on the shelves."""
        await self.person(f"s{self.seller_id.hex[-8:]}", "老周", id=self.seller_id)
        seller = Actor("person", self.seller_id)
        async with self.program.database.transaction() as tx:
            await open_shops(
                tx,
                [
                    OpenShop(
                        id=self.shop_id,
                        handle=self.handle,
                        name="山里的茶",
                        owner_id=self.seller_id,
                        actor=seller,
                        story="一座山，三户人家，自己种的茶。",
                        colour="#8a6d1f",
                    )
                ],
            )
            await verify_shops(tx, [VerifyShop(shop_id=self.shop_id, actor=seller)])
            (saved,) = await save_products(
                tx,
                [
                    SaveProduct(
                        id=self.product_id,
                        shop_id=self.shop_id,
                        title="手工桂花乌龙茶",
                        description_html="<p>秋天的桂花，<b>三道</b>窨制。</p>",
                        kind="茶",
                        skus=tuple(
                            SaveSku(id=sku, choices=(name,), price=price)
                            for sku, price, name in zip(self.skus, PRICES, ("250 g", "500 g"), strict=True)
                        ),
                        options=(Option(name="规格", values=("250 g", "500 g")),),
                        actor=seller,
                        state=ProductState.LISTED,
                    )
                ],
            )
            assert saved.status is SaveProductStatus.CREATED, saved
            await set_stock(
                tx, [SetStock(sku_id=sku, shop_id=self.shop_id, on_hand=stock, actor=seller) for sku in self.skus]
            )

    async def settle(self) -> None:
        """Deliver all events that are due, until none is."""
        await self.program.deliverer.drain()

    async def ship(self, order_id: UUID, lines: tuple[tuple[int, int], ...] | None = None) -> None:
        """Send everything of an order that is left, or some lines."""
        command = ShipParcel(
            id=new_id(self.shop_id),
            order_id=order_id,
            shop_id=self.shop_id,
            carrier="顺丰",
            tracking_number="SF1234567890",
            lines=lines,
            actor=Actor("merchant", self.seller_id),
        )
        await self.program.batchers.of(ship_parcels, "order_id").submit(command)
        await self.settle()


@asynccontextmanager
async def open_site(database_url: str, data: Path, **others: Any) -> AsyncIterator[Site]:
    """Run the program on a database, and open the shop."""
    settings = Settings(database_url=database_url, data=data, mode="sandbox", **others)
    async with open_program(settings) as program:
        await program.deliverer.install()
        site = Site(program)
        await site.open()
        yield site
        site.close()

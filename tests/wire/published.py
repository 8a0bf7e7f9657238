"""What the published client can ask for, read out of it by program; and its forms, which remember what they asked."""

import ast
import asyncio
import inspect
import re
import textwrap
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from types import FunctionType
from typing import Any, Final, NamedTuple

from wechatpayv3 import WeChatPay
from wechatpayv3.async_ import AsyncWeChatPay

from tests.wire.test_paths import NEEDED, blank, expected
from tests.wire.voices import speak
from tests.wire.world import Account, World
from weiji.wire.calls.absent import ABSENT

Row = tuple[str, str]
"""A method of HTTP, and a path with its parameters left blank."""

ROWS: Final = NEEDED | expected()
REFUSED: Final = {(method, blank(path)) for paths in ABSENT.values() for method, path in paths}

BY_ADDRESS: Final[Mapping[str, set[Row]]] = {
    "download_bill": {("GET", "/v3/billdownload/file")},
    "complaint_image_download": {("GET", "/v3/merchant-service/images/{}")},
}
"""What has no path of its own, but fetches what an answer before it named."""

BROKEN: Final[Mapping[str, type[Exception] | int]] = {
    "marketing_partnership_query": 401,
    "transfer_bill_receipt": TypeError,
    "transfer_detail_receipt": TypeError,
    "transfer_query_receipt": 400,
}
"""Methods that work with nobody, and how they end: one signs another address than it calls, two call nothing, and one
says a detail's number by the name of the batch's."""


class Form(NamedTuple):
    """A form of the client."""

    is_blocking: bool
    is_key_mode: bool

    def __str__(self) -> str:
        return f"{'blocking' if self.is_blocking else 'async'}, {'public key' if self.is_key_mode else 'certificates'}"


FORMS: Final = [Form(is_blocking, is_key_mode) for is_blocking in (True, False) for is_key_mode in (True, False)]


class Speaker:
    """One form of the client, of any merchant: it calls methods by their names, and remembers where they led."""

    def __init__(self, world: World, form: Form, stack: AsyncExitStack) -> None:
        self.world = world
        self.form = form
        self.answered: dict[tuple[str, Row], set[int]] = defaultdict(set)
        self._stack = stack
        self._clients: dict[tuple[str, bool], Any] = {}

    async def client(self, account: Account | None = None, *, is_partner: bool = False) -> Any:
        """Give the client of a merchant, made when it is first asked for."""
        account = account or self.world.merchant
        if (account.mchid, is_partner) not in self._clients:
            given = {"is_key_mode": self.form.is_key_mode, "partner_mode": is_partner}
            if self.form.is_blocking:
                made = await asyncio.to_thread(self.world.client, account, **given)
            else:
                made = await self._stack.enter_async_context(self.world.async_client(account, **given))
            self._clients[account.mchid, is_partner] = made
        return self._clients[account.mchid, is_partner]

    async def __call__(
        self,
        name: str,
        /,
        *args: Any,
        wants: int = 200,
        account: Account | None = None,
        is_partner: bool = False,
        **given: Any,
    ) -> Any:
        """Call a method, which has to be answered with *wants*; give what was said."""
        client = await self.client(account, is_partner=is_partner)
        asked: list[Row] = []
        ask = client._core.request

        def note(path: str, *args: Any, **given: Any) -> Any:
            asked.append(_row_of(given["method"].value if "method" in given else "GET", path))
            return ask(path, *args, **given)

        client._core.request = note
        try:
            code, said = await speak(client, is_blocking=self.form.is_blocking)(name, *args, **given)
        finally:
            client._core.request = ask
        assert code == wants, (name, str(self.form), code, said)
        for row in asked:
            self.answered[name, row].add(code)
        return said


@asynccontextmanager
async def speaking(world: World, form: Form) -> AsyncIterator[Speaker]:
    """Give a form of the client."""
    async with AsyncExitStack() as stack:
        yield Speaker(world, form, stack)


def _row_of(method: str, path: str) -> Row:
    given = path.partition("?")[0].split("/")
    places = {row for rows in BY_ADDRESS.values() for row in rows} | ROWS
    found = [
        row
        for row in places
        if row[0] == method
        and len(wanted := row[1].split("/")) == len(given)
        and all(each in ("{}", there) for each, there in zip(wanted, given, strict=True))
    ]
    return min(found, key=lambda row: row[1].count("{}"), default=(method, path))


@cache
def leads(half: type[WeChatPay] | type[AsyncWeChatPay]) -> dict[str, set[Row]]:
    """Read of which rows each method of the client asks for one, from its source."""
    return {
        name: rows
        for name, method in inspect.getmembers(half, inspect.isfunction)
        if not name.startswith("_") and (rows := set(_rows_of(name, method)) & (ROWS | set(BY_ADDRESS.get(name, ()))))
    }


def _rows_of(name: str, method: FunctionType) -> Iterable[Row]:
    source = textwrap.dedent(inspect.getsource(method))
    found = set(re.findall(r"RequestType\.([A-Z]+)", source)) or {"POST" if "_media_upload(" in source else "GET"}
    tree = ast.parse(source)
    texts = [ast.unparse(each)[2:-1] for each in ast.walk(tree) if isinstance(each, ast.JoinedStr)]
    inside = {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in ast.walk(each)}
    texts += [
        each.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in inside
    ]
    yield from BY_ADDRESS.get(name, ())
    for text in texts:
        if text.startswith("/v3/"):
            path = blank(re.sub(r"%s", "{}", text.partition("?")[0]))
            yield from ((verb, path) for verb in found)

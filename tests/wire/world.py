"""A shop that speaks the payment protocol, the program served on a real socket, and published clients that call it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final
from uuid import UUID

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from msgspec import Struct
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.async_ import AsyncWeChatPay
from wechatpayv3.async_.type import WeChatPayType as AsyncType

from tests.pages.site import Site
from weiji.app import ROUTES_OF, serve
from weiji.events import Actor
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.ledger import Kind, chart, create_transfers, move
from weiji.program import open_program
from weiji.settings import Settings
from weiji.shops import OpenShop, OpenShopStatus, VerifyShop, open_shops, verify_shops
from weiji.wire import wire_of
from weiji.wire.keys import (
    AddCertificate,
    OpenMerchant,
    OpenMerchantStatus,
    SetApiKey,
    add_certificates,
    open_merchants,
    set_api_keys,
)
from weiji.wire.keys.authority import issue_to_merchant, pem_of, private_pem, serial_text
from weiji.wire.keys.keyring import Ring
from weiji.wire.keys.operations import draw_mchid

API_KEY: Final = "0123456789abcdefghijABCDEFGHIJ99"
APPID: Final = "wx0123456789abcdef"

KEY: Final = rsa.generate_private_key(65537, 2048)
"""The private key of the tests' merchants: to make one is slow."""


class Account(Struct, kw_only=True):
    """A merchant with what its program has to know."""

    shop_id: UUID
    mchid: str
    serial: str
    key: RSAPrivateKey
    api_key: str = API_KEY


class World:
    """The program on a socket, its shop as a merchant, and who is told of things."""

    def __init__(self, site: Site, url: str, merchant: Account, folder: Path) -> None:
        self.site = site
        self.program = site.program
        self.url = url
        self.merchant = merchant
        self.folder = folder

    def client(self, account: Account | None = None, *, is_key_mode: bool = True, **given: Any) -> WeChatPay:
        """Make the published client as the guide says, told nothing but where to call. Blocking: use it in a thread."""
        values = self._values(account or self.merchant, is_key_mode, given)
        if is_key_mode:
            client = WeChatPay(**values)
            client._core._gate_way = self.url
            return client
        folder = mkdtemp(dir=self.folder)
        certificate = self._ring.certificates(clock.wall())[0]
        (Path(folder) / f"platform_{certificate.id}.pem").write_text(certificate.pem)
        client = WeChatPay(**values, cert_dir=folder)
        client._core._gate_way = self.url
        client._core._update_certificates()
        return client

    @asynccontextmanager
    async def async_client(
        self, account: Account | None = None, *, is_key_mode: bool = True, **given: Any
    ) -> AsyncIterator[AsyncWeChatPay]:
        """Make the client's other half."""
        values = self._values(account or self.merchant, is_key_mode, given)
        client = AsyncWeChatPay(**{**values, "wechatpay_type": AsyncType.NATIVE})
        client._core._gate_way = self.url
        async with client:
            yield client

    @property
    def _ring(self) -> Ring:
        ring = wire_of(self.program.database).keyring._ring
        assert ring
        return ring

    def _values(self, account: Account, is_key_mode: bool, given: dict[str, Any]) -> dict[str, Any]:
        public = next(key for key in self._ring.keys if key.kind == "public_key")
        return {
            "wechatpay_type": WeChatPayType.NATIVE,
            "mchid": account.mchid,
            "private_key": private_pem(account.key),
            "cert_serial_no": account.serial,
            "apiv3_key": account.api_key,
            "appid": APPID,
            "notify_url": "http://127.0.0.1:9/never",
            **({"public_key": public.pem, "public_key_id": public.id} if is_key_mode else {}),
            **given,
        }

    async def told(self) -> int:
        """Deliver all events, then send all messages that are due."""
        await self.site.settle()
        return await self.program.sender.drain()


@asynccontextmanager
async def receiving(*answers: tuple[int, bytes]) -> AsyncIterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A merchant's server: it keeps what it was told, and answers 204 once *answers* are used up."""
    heard: list[tuple[dict[str, str], bytes]] = []
    left = list(answers)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        length = next((int(value) for name, value in headers.items() if name.lower() == "content-length"), 0)
        heard.append((headers, await reader.readexactly(length)))
        status, body = left.pop(0) if left else (204, b"")
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/told", heard
    finally:
        server.close()


async def make_merchant(site: Site, shop_id: UUID, key: RSAPrivateKey = KEY) -> Account:
    """Give a shop a number, a certificate and an APIv3 key."""
    program, actor = site.program, Actor("merchant", site.seller_id)
    opening = OpenMerchant(shop_id=shop_id, mchid=draw_mchid(shop_id), actor=actor)
    opened = await program.batchers.of(open_merchants, "shop_id").submit(opening)
    assert opened.status is OpenMerchantStatus.CREATED
    assert opened.mchid
    ring = await wire_of(program.database).keyring.ring()
    certificate = issue_to_merchant(ring.authority, opened.mchid, "山里的茶", key.public_key(), clock.wall())
    adding = AddCertificate(
        shop_id=shop_id,
        serial=serial_text(certificate),
        name="测试",
        pem=pem_of(certificate),
        expires_at=certificate.not_valid_after_utc,
        actor=actor,
    )
    assert await program.batchers.of(add_certificates, "shop_id").submit(adding) == "created"
    setting = SetApiKey(shop_id=shop_id, api_key=API_KEY, actor=actor)
    assert await program.batchers.of(set_api_keys, "shop_id").submit(setting) == "set"
    return Account(shop_id=shop_id, mchid=opened.mchid, serial=serial_text(certificate), key=key)


async def open_shop(site: Site, name: str, near: UUID | None = None, owner_id: UUID | None = None) -> UUID:
    """Open another shop, of *owner_id* or somebody of its own, in the shard of *near* if that is given.

    Nobody owns fifty, and the tests of a world open more.
    """
    shop_id = new_id(near)
    owner_id = owner_id or await site.person(f"o{shop_id.hex[-12:]}", "另一个老板")
    actor = Actor("person", owner_id)
    async with site.program.database.transaction() as tx:
        opening = OpenShop(id=shop_id, handle=f"other-{shop_id.hex[-8:]}", name=name, owner_id=owner_id, actor=actor)
        assert await open_shops(tx, [opening]) == [OpenShopStatus.CREATED]
        await verify_shops(tx, [VerifyShop(shop_id=shop_id, actor=actor)])
    return shop_id


@asynccontextmanager
async def open_world(database_url: str, data: Path) -> AsyncIterator[World]:
    """Serve the program on a database, with a shop that is a merchant."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(database_url=database_url, data=data, mode="sandbox", port=port, notify_inside=True)
    async with open_program(settings) as program:
        await program.deliverer.install()
        site = Site(program)
        await site.open()
        merchant = await make_merchant(site, site.shop_id)
        site.edges = ROUTES_OF
        serving = asyncio.create_task(serve(program, site.app))
        url = f"http://127.0.0.1:{port}"
        try:
            async with httpx.AsyncClient() as client:
                for _ in range(1_200):
                    with suppress(httpx.TransportError):
                        if (await client.get(f"{url}/health")).status_code == 200:
                            break
                    await asyncio.sleep(0.05)
            yield World(site, url, merchant, data)
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving
            site.close()


async def fund(tx: Transaction, shop_id: Any, amount: int) -> None:
    """Give a shop money that it may withdraw, or take it away."""
    source, target = chart.transit(shard_of(shop_id)), chart.merchant_available(shop_id)
    if amount < 0:
        source, target, amount = target, source, -amount
    made = await create_transfers(
        tx, [move(None, new_id(shop_id), source, target, amount, Kind.SETTLE)], [source, target]
    )
    assert made[0].is_made

"""The other side of `bench.trade`: a program that trades through the JSON API, one command in each request.

It is a process of its own: what it costs is not the server's, though it shares the machine. It reads what it may do
from standard input, and writes what it did to standard output, both as JSON.
"""

import asyncio
import itertools
import sys
import time
from collections import deque
from typing import Any, Final
from uuid import UUID

import msgspec
import uvloop
from msgspec import Struct

from weiji.kit.ids import new_id

ADDRESS: Final = {
    "name": "李雷",
    "phone": "13800138000",
    "region": "浙江省杭州市西湖区",
    "detail": "文三路 1 号",
}

BREATH_SECONDS: Final = 0.3
"""How long an order that is paid waits until it is shipped: by then its money has arrived."""


class Buyer(Struct, frozen=True):
    """A buyer, by a key that has an allowance."""

    id: UUID
    key: str
    allowance_id: UUID


class Seller(Struct, frozen=True):
    """A shop, by a key of its owner."""

    shop_id: UUID
    key: str
    skus: list[UUID]


class Work(Struct, frozen=True):
    """Where to trade, who with whom, with how many clients, and for how long."""

    port: int
    clients: int
    warm_up_seconds: float
    seconds: float
    price: int
    buyers: list[Buyer]
    sellers: list[Seller]


class Done(Struct):
    """What was done in the time that counts. `refusals` are answers that were not as hoped, by what was asked."""

    trades: int = 0
    requests: int = 0
    not_yet: int = 0
    """Orders that were to be shipped before their money had arrived; they were tried again."""
    refusals: dict[str, int] = {}
    latency_ms_p50: float = 0
    latency_ms_p99: float = 0


class Client:
    """One keep-alive connection, from an address of its own: some limits are for addresses."""

    def __init__(self, number: int, port: int) -> None:
        self.address = f"127.0.1.{number + 1}"
        self.port = port

    async def connect(self) -> None:
        """Open the connection."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0))

    async def post(self, path: str, key: str, command: dict[str, Any]) -> dict[str, Any]:
        """Send one command, and return its result; an answer without one is a result of its own."""
        body = msgspec.json.encode([command])
        head = (
            f"POST /api/v1/orders/{path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\nauthorization: Bearer {key}\r\n"
            f"content-type: application/json\r\nidempotency-key: {new_id()}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
        answer = await self.reader.readexactly(length)
        status = int(lines[0].split()[1])
        if status != 200:
            return {"status": f"{status} {answer[:200].decode(errors='replace')}"}
        result: dict[str, Any] = msgspec.json.decode(answer)[0]
        return result


class Trading:
    """All clients, and the orders that go from one to the other."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.buyers = itertools.cycle(work.buyers)
        self.sellers = itertools.cycle(work.sellers)
        self.skus = itertools.count()
        self.paid: deque[tuple[float, UUID, Buyer, Seller]] = deque()
        self.done = Done(refusals={})
        self.latencies: list[float] = []

    async def run(self) -> Done:
        """Trade until the time is over; only what is done after the warm-up counts."""
        clients = [Client(number, self.work.port) for number in range(self.work.clients)]
        for client in clients:
            await client.connect()
        begun = time.monotonic()
        tasks = [asyncio.create_task(self.trade(client)) for client in clients]
        await asyncio.sleep(self.work.warm_up_seconds)
        before, begun = msgspec.structs.replace(self.done), time.monotonic()
        self.latencies.clear()
        await asyncio.sleep(self.work.seconds)
        took = time.monotonic() - begun
        latencies = sorted(self.latencies)
        done = msgspec.structs.replace(
            self.done,
            trades=round((self.done.trades - before.trades) / took * self.work.seconds),
            requests=self.done.requests - before.requests,
            latency_ms_p50=round(latencies[len(latencies) // 2] * 1_000, 1),
            latency_ms_p99=round(latencies[len(latencies) * 99 // 100] * 1_000, 1),
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return done

    async def trade(self, client: Client) -> None:
        """Buy something, then send and receive something that was bought a moment ago; and again."""
        while True:
            await self.buy(client)
            if self.paid and self.paid[0][0] < time.monotonic():
                await self.bring(client)

    async def buy(self, client: Client) -> None:
        """Place an order and pay it."""
        buyer, seller = next(self.buyers), next(self.sellers)
        order_id = new_id(seller.shop_id)
        sku_id = seller.skus[next(self.skus) % len(seller.skus)]
        placing = {
            "id": order_id,
            "shop_id": seller.shop_id,
            "items": [{"sku_id": sku_id, "quantity": 1, "price": self.work.price}],
            "address": ADDRESS,
        }
        if not await self.ask(client, "place", buyer.key, placing, "placed"):
            return
        paying = {"order_id": order_id, "payment_id": new_id(buyer.id), "allowance_id": buyer.allowance_id}
        if await self.ask(client, "pay", buyer.key, paying, "created"):
            self.paid.append((time.monotonic() + BREATH_SECONDS, order_id, buyer, seller))

    async def bring(self, client: Client) -> None:
        """Ship an order and confirm that it was received."""
        _, order_id, buyer, seller = self.paid.popleft()
        shipping = {
            "id": new_id(order_id),
            "order_id": order_id,
            "shop_id": seller.shop_id,
            "carrier": "顺丰",
            "tracking_number": "SF1234567890",
        }
        if not await self.ask(client, "ship", seller.key, shipping, "done", "not_allowed_now"):
            self.done.not_yet += 1
            self.paid.append((time.monotonic() + BREATH_SECONDS, order_id, buyer, seller))
            return
        receiving = {"order_id": order_id, "allowance_id": buyer.allowance_id}
        if await self.ask(client, "confirm", buyer.key, receiving, "done"):
            self.done.trades += 1

    async def ask(
        self, client: Client, path: str, key: str, command: dict[str, Any], hoped: str, also: str | None = None
    ) -> bool:
        """Send a command; tell whether the answer was as hoped. Any but *also* counts as a refusal."""
        begun = time.monotonic()
        status = (await client.post(path, key, command))["status"]
        self.latencies.append(time.monotonic() - begun)
        self.done.requests += 1
        if status not in (hoped, also):
            name = f"{path}: {status}"
            self.done.refusals[name] = self.done.refusals.get(name, 0) + 1
        return bool(status == hoped)


def main() -> None:
    """Trade as standard input says."""
    work = msgspec.json.decode(sys.stdin.buffer.read(), type=Work)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(Trading(work).run())))


if __name__ == "__main__":
    main()

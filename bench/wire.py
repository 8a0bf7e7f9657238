"""Measures signed orders over the payment protocol beside bare RSA signing on the same core: `python -m bench.wire`.

Each order is a request that is proved, remembered, written, and answered with a signature of ours. Requests are signed
before the clock starts, as senders do that on machines of their own, and come as a server hands them over. The ratio
is of this process's CPU time: the database has a core of its own, and what else the machine does is left out.
"""

import asyncio
import json
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any, Final

import uvloop

from bench.server import fresh_server
from weiji.app import make_app
from weiji.events import BY_SYSTEM, Actor
from weiji.identity import SignUpPerson, sign_up_people
from weiji.identity.hashing import HASHERS
from weiji.identity.rules import to_hash
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.program import Program, open_program
from weiji.settings import Settings
from weiji.shops import OpenShop, VerifyShop, open_shops, verify_shops
from weiji.wire import issuing, wire_of
from weiji.wire.keys import open_merchant
from weiji.wire.keys.authority import make_private_key, public_key_of
from weiji.wire.sealing import make_nonce
from weiji.wire.signing import SCHEME, Signed, sign, verify

ORDERS: Final = 4_000
CALLERS: Final = 64
SIGNATURES: Final = 1_000
PATH: Final = "/v3/pay/transactions/native"


async def _open(program: Program) -> tuple[str, str, Any]:
    """Open a shop that speaks the protocol; give its number, a serial, and the private key."""
    shop_id, owner_id = new_id(), new_id()

    async def shop(tx: Transaction) -> None:
        actor = Actor("person", owner_id)
        owner = SignUpPerson(
            id=owner_id,
            handle="bench",
            phone=None,
            display_name="bench",
            locale="en",
            password_hash=await HASHERS.hash(to_hash(make_nonce())),
            actor=actor,
        )
        await sign_up_people(tx, [owner])
        opening = OpenShop(id=shop_id, handle="bench", name="bench", owner_id=owner_id, actor=actor)
        (status,) = await open_shops(tx, [opening])
        assert status == "created", status
        await verify_shops(tx, [VerifyShop(shop_id=shop_id, actor=actor)])

    await program.database.retried(shop)
    opened = await open_merchant(program.batchers, shop_id, BY_SYSTEM)
    async with program.database.read() as reader:
        keys = await issuing.read_keys(reader, program.database, shop_id)
    assert keys
    key = make_private_key()
    issued = await issuing.issue(program.database, program.batchers, keys, "bench", key.public_key(), BY_SYSTEM)
    assert opened.mchid
    assert issued.serial
    return opened.mchid, issued.serial, key


def _requests(mchid: str, serial: str, key: Any, numbers: Any) -> list[tuple[bytes, bytes]]:
    """Make orders, and sign them."""
    made = []
    for _ in range(ORDERS):
        order = {
            "appid": "wx1",
            "mchid": mchid,
            "description": "one cup of tea",
            "out_trade_no": f"B{next(numbers):08}",
            "notify_url": "https://example.com/told",
            "amount": {"total": 100},
        }
        body = json.dumps(order).encode()
        at, nonce = str(int(clock.wall().timestamp())), make_nonce()
        signature = sign(key, Signed(method="POST", target=PATH, timestamp=at, nonce=nonce, body=body).message)
        pairs = f'mchid="{mchid}",nonce_str="{nonce}",timestamp="{at}",serial_no="{serial}",signature="{signature}"'
        made.append((f"{SCHEME} {pairs}".encode(), body))
    return made


async def _call(app: Any, authorization: bytes, body: bytes) -> int:
    """Hand one request over, as a server does; return the status."""
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"pay.example"),
            (b"content-type", b"application/json"),
            (b"authorization", authorization),
        ],
        "client": ("203.0.113.7", 1234),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return status


async def bench(url: str, data: Path) -> dict[str, object]:
    """Make orders by many callers; return orders and bare signatures per second of CPU, and the ratio."""
    settings = Settings(database_url=url, data=data, mode="sandbox")
    async with open_program(settings, must_migrate=True) as program:
        mchid, serial, key = await _open(program)
        app = make_app(program, rate_limit=None)
        numbers = count(1)
        best = best_of_cpu = 0.0
        for _ in range(3):
            waiting = iter(_requests(mchid, serial, key, numbers))

            async def caller(waiting: Any = waiting) -> None:
                for authorization, body in waiting:
                    assert await _call(app, authorization, body) == 200

            begun, used = time.perf_counter(), time.process_time()
            await asyncio.gather(*(caller() for _ in range(CALLERS)))
            best = max(best, ORDERS / (time.perf_counter() - begun))
            best_of_cpu = max(best_of_cpu, ORDERS / (time.process_time() - used))
        ring = await wire_of(program.database).keyring.ring()
        ours = ring.choose(None, None, clock.wall())
        bare = 0.0
        for _ in range(3):
            used = time.process_time()
            for _ in range(SIGNATURES):
                sign(ours.private, b"message")
            bare = max(bare, SIGNATURES / (time.process_time() - used))
        assert verify(public_key_of(ours.pem), b"message", b"") is False
    return {
        "bench": "wire",
        "orders_per_second": round(best),
        "orders_per_cpu_second": round(best_of_cpu),
        "signatures_per_cpu_second": round(bare),
        "ratio": round(best_of_cpu / bare, 2),
    }


def main() -> None:
    """Run the bench; the last line is JSON."""
    with fresh_server(is_durable=True) as server, tempfile.TemporaryDirectory() as folder:
        print(json.dumps(uvloop.run(bench(server.url, Path(folder)))))


if __name__ == "__main__":
    main()

"""A whole sale through the JSON API: a shop opens, a buyer pays, the shop ships, the buyer confirms.

    python3 docs/examples/first_sale.py http://127.0.0.1:8800

For a sandbox or a demo: the buyer's money comes from the simulated acquirer. Needs nothing but Python.
"""

import json
import sys
import time
from http.cookiejar import CookieJar
from secrets import token_urlsafe
from typing import Any
from urllib.request import HTTPCookieProcessor, Request, build_opener
from uuid import UUID, uuid4


def new_id(near: str | None = None) -> str:
    """Make an id. Its last six bits are its shard: those of what it belongs to."""
    made = uuid4().int
    if near is not None:
        made = made & ~63 | UUID(near).int & 63
    return str(UUID(int=made))


class Person:
    """Somebody who is signed in."""

    def __init__(self, url: str, handle: str, name: str) -> None:
        self.url = url
        self.open = build_opener(HTTPCookieProcessor(CookieJar())).open
        self.csrf_token = ""
        self.id = new_id()
        password = token_urlsafe(16)
        sign_up = {"id": self.id, "handle": handle, "display_name": name, "password": password}
        expect("created", self.ask("POST", "/api/v1/people", sign_up))
        signed_in = self.ask("POST", "/api/v1/sessions", {"name": handle, "password": password})
        self.csrf_token = expect("created", signed_in)["csrf_token"]
        set_password = {"payment_password": "592817", "login_password": password}
        expect("created", self.ask("PUT", "/api/v1/payment-password", set_password))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request; what changes something carries the session's token and an idempotency key."""
        headers = {"Content-Type": "application/json"}
        if method != "GET":
            headers["X-CSRF-Token"] = self.csrf_token
            headers["Idempotency-Key"] = new_id()
        data = None if body is None else json.dumps(body).encode()
        with self.open(Request(self.url + path, data, headers, method=method)) as answer:
            return json.load(answer)

    def do(self, path: str, command: Any, status: str) -> Any:
        """Do a batch of one command."""
        return expect(status, self.ask("POST", path, [command])[0])


def expect(status: str, result: Any) -> Any:
    """Stop where something ended otherwise than it should."""
    if result["status"] != status:
        sys.exit(f"expected {status}, got {result}")
    return result


def main(url: str) -> None:
    """Sell two cups."""
    number = time.time_ns() % 10**9
    merchant = Person(url, f"mei{number}", "梅姐")
    buyer = Person(url, f"lilei{number}", "李雷")

    shop_id = new_id(near=merchant.id)
    shop = {
        "id": shop_id,
        "handle": f"qingci-{number}",
        "name": "青瓷小店",
        "story": "龙泉的青瓷。",
        "colour": "#06803f",
    }
    merchant.do("/api/v1/shops/open", shop, "created")
    product_id, sku_id = new_id(near=shop_id), new_id(near=shop_id)
    product = {
        "id": product_id,
        "shop_id": shop_id,
        "title": "青花瓷茶杯",
        "kind": "茶具",
        "state": "listed",
        "skus": [{"id": sku_id, "price": 9_800}],
    }
    merchant.do("/api/v1/products/save", product, "created")
    merchant.do("/api/v1/stock/set", {"shop_id": shop_id, "sku_id": sku_id, "on_hand": 100}, "set")
    print("the shop sells cups at 98.00 yuan, and has 100")

    top_up_id = new_id(near=buyer.id)
    top_up = {"id": top_up_id, "amount": 50_000, "channel": "sandbox"}
    buyer.do("/api/v1/wallet/top-ups", top_up, "created")
    buyer.ask("POST", f"/api/v1/sandbox/charges/{top_up_id}/act", {"verb": "pay"})
    while (available := buyer.ask("GET", "/api/v1/wallet")["available"]) == 0:
        time.sleep(0.1)
    print(f"the buyer's wallet has {available / 100:.2f} yuan")

    order_id = new_id(near=shop_id)
    order = {
        "id": order_id,
        "shop_id": shop_id,
        "items": [{"sku_id": sku_id, "quantity": 2, "price": 9_800}],
        "address": {"name": "李雷", "phone": "13800138000", "region": "浙江省杭州市西湖区", "detail": "文三路 1 号"},
    }
    placed = buyer.do("/api/v1/orders/place", order, "placed")
    print(f"placed: {placed['total'] / 100:.2f} yuan to pay until {placed['due_at']}")
    buyer.do("/api/v1/orders/place", order, "exists")  # The same id again: the same order, not another.

    payment = {"order_id": order_id, "payment_id": new_id(near=buyer.id), "channel": "balance"}
    buyer.do("/api/v1/orders/pay", {**payment, "payment_password": "592817"}, "created")
    while (seen := buyer.ask("GET", f"/api/v1/orders/{order_id}"))["state"] == "created":
        time.sleep(0.05)
    print(f"{seen['state']}: the money is held until the buyer confirms")

    parcel = {
        "id": new_id(near=order_id),
        "order_id": order_id,
        "shop_id": shop_id,
        "carrier": "顺丰",
        "tracking_number": "SF1234567890",
    }
    merchant.do("/api/v1/orders/ship", parcel, "done")
    buyer.do("/api/v1/orders/confirm", {"order_id": order_id, "payment_password": "592817"}, "done")
    received = buyer.ask("GET", f"/api/v1/orders/{order_id}")
    print(f"{received['state']}: the shop may withdraw its money from {received['due_at']} on")

    for event in merchant.ask("GET", f"/api/v1/events?shop_id={shop_id}")["items"]:
        print(f"{event['seq']:>3} {event['type']:<16} by {event['actor']}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8800")

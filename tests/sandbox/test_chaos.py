"""Proves (T5, through the protocol) that a merchant's program and the platform agree in the end, whatever becomes of
notices and answers: lost, late, doubled, out of order, wrongly signed; refused, or answered 500 after it was done.

`WEIJI_CHAOS_ORDERS=500 WEIJI_CHAOS_SEED=7 pytest tests/sandbox/test_chaos.py` makes it long, and another.
"""

import asyncio
import os
from random import Random
from typing import Any

from tests.sandbox.running import Sandbox
from tests.sandbox.test_sandbox import _of, answer_of
from tests.wire.world import receiving

ORDERS = int(os.environ.get("WEIJI_CHAOS_ORDERS", "10"))
SEED = int(os.environ.get("WEIJI_CHAOS_SEED", "1"))

NOTICES = ("lose", "late", "double", "overtaken", "wrong_signature")
ANSWERS = ("too_many_requests", "fail_before", "fail_after", "slow")
OUTCOMES = ("paid", "paid", "paid", "paid_twice", "paid_untold", "failed")
ASKS_MAX = 8


class Shop:
    """A merchant's program that does as the guide says: asks again with the same number, books each fact once."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.booked: dict[str, int] = {}
        self.given_back: dict[str, int] = {}
        self.events: set[str] = set()
        self.doubled = 0

    async def insist(self, call: Any) -> Any:
        """Call until there is an answer: 429 and 5xx say nothing of what was done."""
        for _ in range(ASKS_MAX):
            status, answer = await answer_of(call())
            if status not in (429, 500):
                return answer
        raise AssertionError("no answer")

    def hear(self, letter: tuple[dict[str, str], bytes]) -> None:
        """Take a notice in."""
        told = self.client.callback(*_of(letter))
        if not told:
            return  # It is not signed.
        self.doubled += told["id"] in self.events
        if told["id"] in self.events:
            return
        self.events.add(told["id"])
        self.take(told["resource"])

    def take(self, found: dict[str, Any]) -> None:
        """Book what is known now, be it told or asked for."""
        if found.get("refund_status", found.get("status")) == "SUCCESS":
            self.given_back[found["out_refund_no"]] = found["amount"]["refund"]
        elif found.get("trade_state") in ("SUCCESS", "REFUND"):
            self.booked[found["out_trade_no"]] = found["amount"]["total"]


async def test_program_and_platform_agree_in_the_end(sandbox: Sandbox) -> None:
    random = Random(SEED)  # noqa: S311 - The same each time.
    async with receiving() as (url, heard), sandbox.client(url) as client:
        shop = Shop(client)
        numbers = [f"CHAOS-{SEED}-{number}" for number in range(ORDERS)]
        outcomes: dict[str, str] = {}
        for number in numbers:
            faults = [{"kind": random.choice(ANSWERS), "seconds": 0.05} for _ in range(random.randint(0, 2))]
            notices = [
                {"kind": random.choice(NOTICES), "url": url, "seconds": 0.1} for _ in range(random.randint(0, 2))
            ]
            await sandbox.do("faults", answers=faults, notices=notices)
            total = random.randint(1, 10_000)
            await shop.insist(lambda number=number, total=total: client.pay("tea", number, {"total": total}))
            outcomes[number] = random.choice(OUTCOMES)
            await sandbox.do("pay", out_trade_no=number, outcome=outcomes[number])
        await sandbox.do("calm")
        # Everything that is told again by the schedule, and what the acquirer is asked about.
        for seconds in (16, 16, 31, 181, 601, 1_801):
            await sandbox.do("turn-clock", seconds=seconds)
            await asyncio.sleep(0.2)
        refunds = {}
        for letter in list(heard):
            shop.hear(letter)
        for number in numbers:
            found = await shop.insist(lambda number=number: client.query(out_trade_no=number))
            shop.take(found)
            paid = outcomes[number] != "failed"
            assert (found["trade_state"] == "SUCCESS") is paid, (number, outcomes[number], found)
            assert (number in shop.booked) is paid
            if paid and random.random() < 0.3:
                back = {"refund": shop.booked[number], "total": shop.booked[number], "currency": "CNY"}
                refunds[f"R-{number}"] = shop.booked[number]
                await sandbox.do("faults", answers=[{"kind": random.choice(ANSWERS), "seconds": 0.05}])
                await shop.insist(
                    lambda number=number, back=back: client.refund(
                        out_trade_no=number, out_refund_no=f"R-{number}", amount=back
                    )
                )
        await sandbox.do("calm")
        await sandbox.do("turn-clock", seconds=60)
        for number in refunds:
            shop.take(await shop.insist(lambda number=number: client.query_refund(number)))
        assert shop.given_back == refunds
        assert shop.booked.keys() == {number for number in numbers if outcomes[number] != "failed"}
        print(f"{ORDERS} orders, {len(heard)} notices, {shop.doubled} of them doubled, {len(refunds)} refunds")  # noqa: T201

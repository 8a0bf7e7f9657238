"""Measures how fast one red packet is claimed by thousands at once, beside pgbench on the same server.

`make bench-packets`. Each claimer waits for an answer of their own, as over HTTP; the batches form by themselves.
`won`: a packet with a part for everybody. `grabbed`: a hundred parts, and ten thousand who want one.
"""

import argparse
import asyncio
import json
import time
from typing import Final

import uvloop

from bench.server import analyze, fresh_server, log_only_errors, pgbench, prepare, settle_memory
from weiji import packets
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import Deliverer
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database
from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.ids import new_id
from weiji.ledger import chart, lookup_accounts, verify
from weiji.packets import (
    RED_PACKET_RULES,
    ClaimPart,
    ClaimResult,
    ClaimStatus,
    Division,
    RedPacketRules,
    SendPacket,
    claim_parts,
    send_packets,
)
from weiji.packets.model import PARTS_MAX
from weiji.payments import REGISTRY, SandboxChannel, TopUpWallet, top_up_wallets
from weiji.rulebook import PublishRules, publish_rules

CLAIMERS: Final = PARTS_MAX
"""People who want a part of one packet."""

FEW: Final = 100
"""Parts of a packet that there are not enough of."""

ROUNDS: Final = 4
"""Packets of each kind, one after another, between two runs of the yardstick; the first warms up."""


async def bench(server: EmbeddedDatabase, seconds: float) -> dict[str, object]:
    """Measure everything; print it line by line."""
    await prepare(server)
    database = await Database.connect(server.url)
    REGISTRY.register(SandboxChannel(database))
    batchers = Batchers(database, Lanes(1))
    deliverer = Deliverer(database, packets.subscriptions(batchers), batchers.lanes)
    await deliverer.install()
    rules = RedPacketRules(amount_max=10**9, parts_max=PARTS_MAX, day_amount_max=10**12)
    publishing = PublishRules(of=RED_PACKET_RULES, version=2, rules=rules, reason="bench", actor=BY_SYSTEM)
    await database.retried(lambda tx: publish_rules(tx, [publishing]))
    await _grab(batchers, CLAIMERS)
    await deliverer.drain()
    await analyze(server)
    settle_memory()
    yardsticks = [await pgbench(server, seconds)]
    rates: dict[str, list[float]] = {"won": [], "grabbed": [], "received": []}
    for name, parts in (("won", CLAIMERS), ("grabbed", FEW)):
        for _ in range(ROUNDS):
            rates[name].append(await _grab(batchers, parts))
            begun = time.perf_counter()
            await deliverer.drain()
            if parts == CLAIMERS:
                rates["received"].append(parts / (time.perf_counter() - begun))
        yardsticks.append(await pgbench(server, seconds))
        print(f"{name:<12}{max(rates[name]):>12,.0f}{max(rates[name]) / yardsticks[-1]:>8.1f}", flush=True)
    report = await verify(database)
    assert report.is_proved, report.defects
    await batchers.close()
    await database.close()
    beside = sum(yardsticks) / len(yardsticks)
    means = {name: sum(found) / len(found) for name, found in rates.items()}
    return {
        "bench": "packets",
        "pgbench_tps": round(beside),
        "ratio_won": round(means["won"] / beside, 2),
        "ratio_grabbed": round(means["grabbed"] / beside, 2),
        **{f"{name}_per_second": round(rate) for name, rate in means.items()},
    }


async def _grab(batchers: Batchers, parts: int) -> float:
    """Send a packet, let everybody want a part at once, and tell how many were answered a second."""
    sender = new_id()
    actor = Actor("person", sender)
    top_up = TopUpWallet(id=new_id(sender), person_id=sender, amount=parts * 100, actor=actor)
    await batchers.of(top_up_wallets).submit(top_up)
    command = SendPacket(
        id=new_id(sender),
        sender_id=sender,
        sender_name="bench",
        division=Division.LUCKY,
        amount=parts * 100,
        parts=parts,
        greeting="bench",
        actor=actor,
    )
    sent = await batchers.of(send_packets, "sender_id").submit(command)
    assert sent.key, sent
    finders = [new_id() for _ in range(CLAIMERS)]
    claims = [
        ClaimPart(
            packet_id=command.id, key=sent.key, finder_id=id, finder_name="bench", actor=Actor("person", id, "request")
        )
        for id in finders
    ]
    batcher = batchers.of(claim_parts, "packet_id")
    begun = time.perf_counter()
    results: list[ClaimResult] = await asyncio.gather(*map(batcher.submit, claims))
    took = time.perf_counter() - begun
    won = [result for result in results if result.status is ClaimStatus.CLAIMED]
    assert len(won) == parts
    assert sum(result.amount or 0 for result in won) == parts * 100
    async with batchers.database.read() as reader:
        (account,) = await lookup_accounts(reader, [chart.red_packet(command.id).id])
    assert account.available == 0
    return CLAIMERS / took


def main() -> None:
    """Run the bench; the last line is JSON."""
    parser = argparse.ArgumentParser(prog="bench.packets", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3, help="for each run of the yardstick (3)")
    arguments = parser.parse_args()
    log_only_errors()
    with fresh_server() as server:
        print(json.dumps(uvloop.run(bench(server, arguments.seconds))))


if __name__ == "__main__":
    main()

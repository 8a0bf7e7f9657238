"""Proves that what the sandbox's acquirer and bank state is what our books have, and makes up for what was not told."""

from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from tests.payments.conftest import _keys, world
from tests.payments.test_life import _submitted, _withdraw
from tests.payments.world import World
from weiji.kit import clock
from weiji.kit.batch import Batchers
from weiji.kit.clock import SHANGHAI
from weiji.kit.ids import new_id
from weiji.ledger import Code
from weiji.payments import PaymentStatus, PayoutSource
from weiji.payments.channels.sandbox import ChargeVerb
from weiji.reconciliation import BreakClass, BreakState, Reconciliation, Resolution
from weiji.reconciliation.commands import reconcile
from weiji.reconciliation.store import get_clearing, get_days, list_breaks
from weiji.settings import Settings

__all__ = ["_keys", "world"]


async def test_every_day_agrees_and_a_lost_notice_is_made_up_for(world: World) -> None:
    batchers = Batchers(world.database, world.lanes)
    work = Reconciliation(batchers)
    person = new_id()
    await world.top_up(person, 50_000)
    order, paid = await _submitted(world, 9_800)
    await world.act(paid, ChargeVerb.PAY)
    await world.settle()
    await world.refund(order, 1_800)
    twice_order, twice = await _submitted(world, 700)
    await world.act(twice, ChargeVerb.PAY_TWICE)
    await _withdraw(world, person, PayoutSource.WALLET, "6222000000000002", amount=3_000, fee=100)
    lost_order, lost = await _submitted(world, 4_500)
    await world.fault(lost, is_silent=True)
    await world.act(lost, ChargeVerb.PAY_UNTOLD)
    await world.settle()
    assert (await world.payment(lost)).status is not PaymentStatus.SUCCEEDED
    # Midnight, and three hours: the statement of today is there.
    now = clock.now().astimezone(SHANGHAI)
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0)
    await world.turn(seconds=(begin + timedelta(hours=27) - now).total_seconds())
    assert await work.fetch(world.database) == 7
    await world.settle()
    assert (await world.payment(lost)).status is PaymentStatus.SUCCEEDED
    assert lost_order.paid_by, "the order has its money, though nobody had told of it"
    async with world.database.read() as reader:
        (one,) = await list_breaks(reader, list(BreakState), None, None, None, 100)
        assert (one.class_, one.resolution, one.told) == (BreakClass.THEIRS_ONLY, Resolution.TOLD, "recorded")
    # The payout comes back after three days, and the channel settles each day: all of it is on some statement.
    for _ in range(6):
        await world.turn(days=1)
        assert await work.fetch(world.database) == 1
    async with world.database.read() as reader:
        assert len(await list_breaks(reader, list(BreakState), None, None, None, 100)) == 1
        clearing = await get_clearing(reader)
        assert {code: balance for code, balance in clearing.balances.items() if balance} == {}
        _, last = await get_days(reader, "sandbox")
    assert last == (clock.now() - timedelta(hours=2)).astimezone(SHANGHAI).date() - timedelta(days=1)
    assert await work.fetch(world.database) == 0
    assert (await world.balances())[Code.CHANNEL_FEE] < 0, "a fee was paid"
    assert twice_order.paid_by
    await batchers.close()


def test_the_command_needs_a_statement(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data=tmp_path, mode="live")
    file = tmp_path / "statement.csv"
    file.write_text(
        "kind,reference,request_id,amount,fee,occurred_at\ncharge,wx1,,1234,0,2026-01-05T10:00:00+08:00\n"
        "fee,wxf,,30,0,2026-01-05T23:00:00+08:00\n"
    )
    run = CliRunner().invoke
    refused = run(reconcile, ["nobody", "2026-01-05"], obj=settings)
    assert refused.exit_code == 1
    assert "--file" in refused.output
    taken = run(reconcile, ["wx", "2026-01-05", "--file", str(file)], obj=settings)
    assert (taken.exit_code, taken.output.splitlines()[0]) == (0, "matched: 2 lines, 0 agree, 2 breaks"), taken.output
    assert "theirs_only" in taken.output
    assert run(reconcile, ["wx", "2026-01-05", "--file", str(file)], obj=settings).output.startswith("exists")
    file.write_text(file.read_text() + "charge,wx2,,1,0,2026-01-05T10:00:00+08:00\n")
    changed = run(reconcile, ["wx", "2026-01-05", "--file", str(file)], obj=settings)
    assert changed.exit_code == 1
    assert "another statement" in changed.output
    file.write_text("nonsense\n")
    assert "the first line" in run(reconcile, ["wx", "2026-01-06", "--file", str(file)], obj=settings).output

"""Proves of red packets what the database and the ledger come to: money is never made nor lost between wallets, ten
thousand who grab at a hundred parts get exactly a hundred, and limits hold whatever comes at once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.packets.street import Street, available, claiming, fund, sending
from weiji.events import BY_SYSTEM
from weiji.identity.model import GrantAllowance, GrantAllowanceStatus
from weiji.identity.operations import grant_allowances
from weiji.kit import clock
from weiji.kit.db import Transaction
from weiji.kit.ids import new_id
from weiji.ledger import Kind, Transfer, TransferFlags, chart, create_transfers
from weiji.packets import (
    RED_PACKET_RULES,
    ClaimStatus,
    Division,
    ExpirePacket,
    ExpireStatus,
    PacketState,
    RedPacketRules,
    SendPacket,
    SendStatus,
    claim_parts,
    expire_packets,
    list_received,
    list_sent,
    send_packets,
)
from weiji.packets.model import ReceivePart, ReceiveStatus
from weiji.packets.operations import receive_parts, show_packet
from weiji.packets.rules import commitment_of
from weiji.rulebook import PublishRules, PublishRulesStatus, get_in_force, publish_rules

LANE = UUID(int=5)
"""Near whom people of one transaction are: a batch stays in its lane."""


async def test_money_goes_from_wallet_to_wallets_and_the_rest_comes_back(street: Street) -> None:
    sender = await street.person(20_000)
    command = sending(sender, 10_000, 5)
    sent = await street.send(command)
    assert sent.status is SendStatus.CREATED
    assert await street.wallet(sender) == 10_000
    finders = [new_id() for _ in range(3)]
    found = await street.claim([claiming(command.id, sent.key, id) for id in finders])
    assert [result.status for result in found] == [ClaimStatus.CLAIMED] * 3
    await street.settle()
    got = [await street.wallet(id) for id in finders]
    assert got == [result.amount for result in found]
    await street.turn(hours=23, minutes=59)
    assert await street.wallet(sender) == 10_000
    await street.turn(minutes=2)
    assert await street.wallet(sender) == 20_000 - sum(got)
    sums = await street.sums()
    assert (sums[chart.Code.RED_PACKET], sums[chart.Code.TRANSIT]) == (0, 0)
    async with street.database.read() as reader:
        shown = await show_packet(reader, command.id, sender, None)
        (received,) = await list_received(reader, finders[0])
    assert shown is not None
    assert shown.split is not None
    assert (shown.packet.state, shown.packet.returned) == (PacketState.EXPIRED, 10_000 - sum(got))
    # What was promised when it was sent is what is shown now.
    assert list(shown.split.parts[:3]) == got
    promised = commitment_of(command.id, bytes.fromhex(shown.split.nonce), shown.split.parts)
    assert promised.hex() == sent.commitment
    best = max(got)
    assert shown.luckiest is not None
    assert (shown.luckiest.amount, shown.luckiest.place) == (best, got.index(best) + 1)
    assert (received.packet_id, received.amount) == (command.id, got[0])


async def test_ten_thousand_grab_at_a_hundred_parts(street: Street) -> None:
    sender = await street.person(500_000)
    command = sending(sender, 100_000, 100)
    sent = await street.send(command)
    batcher = street.batchers.of(claim_parts, "packet_id")
    claims = [claiming(command.id, sent.key) for _ in range(10_000)]
    results = await asyncio.gather(*map(batcher.submit, claims))
    won = [result for result in results if result.status is ClaimStatus.CLAIMED]
    assert len(won) == 100
    assert sorted(result.place or 0 for result in won) == list(range(1, 101))
    assert sum(result.amount or 0 for result in won) == 100_000
    assert {result.status for result in results} == {ClaimStatus.CLAIMED, ClaimStatus.EMPTY}
    await street.settle()
    sums = await street.sums()
    assert (sums[chart.Code.RED_PACKET], sums[chart.Code.TRANSIT], sums[chart.Code.WALLET]) == (0, 0, 500_000)


async def test_one_person_who_claims_in_many_processes_at_once_gets_one_part(street: Street) -> None:
    sender = await street.person(10_000)
    command = sending(sender, 1_000, 10)
    sent = await street.send(command)
    finder = new_id()

    async def claim() -> tuple[ClaimStatus, int | None]:
        async def work(tx: Transaction) -> tuple[ClaimStatus, int | None]:
            (result,) = await claim_parts(tx, [claiming(command.id, sent.key, finder)])
            return result.status, result.amount

        return await street.database.retried(work)

    results = await asyncio.gather(*(claim() for _ in range(8)))
    assert [status for status, _ in results].count(ClaimStatus.CLAIMED) == 1
    assert len({amount for _, amount in results}) == 1
    await street.settle()
    assert await street.wallet(finder) == results[0][1]


async def test_many_processes_share_out_one_packet(street: Street) -> None:
    sender = await street.person(10_000)
    command = sending(sender, 1_000, 10)
    sent = await street.send(command)

    async def claim() -> list[tuple[int | None, int | None]]:
        async def work(tx: Transaction) -> list[tuple[int | None, int | None]]:
            results = await claim_parts(tx, [claiming(command.id, sent.key) for _ in range(2)])
            return [(result.place, result.amount) for result in results if result.status is ClaimStatus.CLAIMED]

        return await street.database.retried(work)

    won = sorted(pair for pairs in await asyncio.gather(*(claim() for _ in range(8))) for pair in pairs)
    async with street.database.read() as reader:
        shown = await show_packet(reader, command.id, sender, None)
    assert shown is not None
    assert shown.split is not None
    assert won == list(enumerate(shown.split.parts, 1))


async def test_a_claim_and_the_end_of_the_time_race_for_one_part(street: Street) -> None:
    sender = await street.person(10_000)
    commands = [sending(sender, 100, 1) for _ in range(8)]
    keys = [(await street.send(command)).key for command in commands]
    late = clock.now() + timedelta(hours=25)

    async def expire(tx: Transaction) -> list[ExpireStatus]:
        tx.now = late
        return await expire_packets(tx, [ExpirePacket(packet_id=command.id) for command in commands])

    claims = [claiming(command.id, key) for command, key in zip(commands, keys, strict=True)]
    ended, *found = await asyncio.gather(street.database.retried(expire), *(street.claim([claim]) for claim in claims))
    for status, (result,) in zip(ended, found, strict=True):
        assert (status, result.status) in (
            (ExpireStatus.EXPIRED, ClaimStatus.EXPIRED),
            (ExpireStatus.ENDED, ClaimStatus.CLAIMED),
        )
    await street.settle()
    assert (await street.sums())[chart.Code.RED_PACKET] == 0


async def test_what_somebody_sends_at_once_stays_within_the_day(street: Street) -> None:
    rules = RedPacketRules(day_amount_max=5_000, day_packets_max=4)
    publishing = PublishRules(of=RED_PACKET_RULES, version=2, rules=rules, reason="少一点", actor=BY_SYSTEM)
    assert await street.database.retried(lambda tx: publish_rules(tx, [publishing])) == [PublishRulesStatus.PUBLISHED]
    sender = await street.person(100_000)

    async def send(amount: int) -> SendStatus:
        command = sending(sender, amount)
        (result,) = await street.database.retried(lambda tx: send_packets(tx, [command]))
        return result.status

    statuses = await asyncio.gather(*(send(2_000) for _ in range(6)))
    assert statuses.count(SendStatus.CREATED) == 2
    statuses = await asyncio.gather(*(send(10) for _ in range(4)))
    assert statuses.count(SendStatus.CREATED) == 2
    assert await street.wallet(sender) == 100_000 - 4_020
    await street.turn(days=1)
    assert await send(2_000) is SendStatus.CREATED


async def test_a_part_is_brought_once_however_often_it_is_told(street: Street) -> None:
    sender = await street.person(10_000)
    command = sending(sender, 1_000, 2)
    sent = await street.send(command)
    finder = new_id()
    (found,) = await street.claim([claiming(command.id, sent.key, finder)])
    assert found.amount is not None
    assert found.place is not None
    part = ReceivePart(
        packet_id=command.id,
        finder_id=finder,
        sender_id=sender,
        sender_name="阿青",
        greeting="恭喜发财",
        amount=found.amount,
        place=found.place,
    )
    batcher = street.batchers.of(receive_parts, "finder_id")
    assert await batcher.submit_all([part, part]) == [ReceiveStatus.RECEIVED, ReceiveStatus.EXISTS]
    assert await batcher.submit(part) is ReceiveStatus.EXISTS
    await street.settle()
    assert await street.wallet(finder) == found.amount


async def test_a_packet_for_one_person_waits_with_them_and_opens_for_nobody_else(street: Street) -> None:
    sender, friend = await street.person(10_000), new_id()
    command = sending(sender, 888, 1, division=Division.EQUAL, recipient_id=friend)
    sent = await street.send(command)
    await street.settle()
    async with street.database.read() as reader:
        (offer,) = await list_received(reader, friend)
    assert (offer.amount, offer.key) == (None, sent.key)
    stranger, recipient = await street.claim([claiming(command.id, sent.key), claiming(command.id, sent.key, friend)])
    assert (stranger.status, recipient.status) == (ClaimStatus.NOT_FOR_YOU, ClaimStatus.CLAIMED)
    await street.settle()
    async with street.database.read() as reader:
        (got,) = await list_received(reader, friend)
    assert got.amount == 888 == await street.wallet(friend)


async def test_a_wallet_that_takes_nothing_gets_what_is_left_another_day(street: Street) -> None:
    sender = await street.person(10_000)
    command = sending(sender, 1_000, 2)
    await street.send(command)
    wallet = chart.wallet(sender)
    freeze = Transfer(
        id=new_id(sender),
        debit_account_id=chart.transit(sender.int & 63).id,
        credit_account_id=wallet.id,
        ledger=chart.CNY,
        code=Kind.DISPUTE,
        flags=TransferFlags.PENDING | TransferFlags.FREEZING_CREDIT,
    )
    thaw = Transfer(id=new_id(sender), pending_id=freeze.id, flags=TransferFlags.VOID_PENDING_TRANSFER)

    async def post(transfer: Transfer) -> None:
        results = await street.database.retried(
            lambda tx: create_transfers(tx, [transfer], [chart.transit(sender.int & 63)])
        )
        assert results[0].is_made

    await post(freeze)
    await street.turn(hours=25)
    assert await street.wallet(sender) == 9_000
    await post(thaw)
    await street.turn(hours=1)
    assert await street.wallet(sender) == 9_000
    await street.turn(days=1)
    assert await street.wallet(sender) == 10_000


async def test_what_a_wallet_says(sandboxed: Transaction) -> None:
    tx, sender, poor = sandboxed, new_id(LANE), new_id(LANE)
    await fund(tx, sender, 1_500)
    commands = [sending(sender, 1_000), sending(sender, 1_000), sending(sender, 500), sending(poor, 10)]
    statuses = [result.status for result in await send_packets(tx, commands)]
    assert statuses == [
        SendStatus.CREATED,
        SendStatus.INSUFFICIENT_FUNDS,
        SendStatus.CREATED,
        SendStatus.INSUFFICIENT_FUNDS,
    ]
    await fund(tx, sender, 5_000)
    # An id that failed has failed for ever.
    again = [result.status for result in await send_packets(tx, commands[:2])]
    assert again == [SendStatus.EXISTS, SendStatus.INSUFFICIENT_FUNDS]
    assert [packet.id for packet in await list_sent(tx, sender)] == [commands[2].id, commands[0].id]


async def test_an_allowance_pays_within_its_amount(sandboxed: Transaction) -> None:
    tx, sender, key = sandboxed, new_id(), new_id()
    await fund(tx, sender)
    grant = GrantAllowance(
        id=new_id(sender),
        person_id=sender,
        key_id=key,
        amount=1_500,
        expires_at=tx.now + timedelta(days=1),
        actor=BY_SYSTEM,
    )
    assert await grant_allowances(tx, [grant]) == [GrantAllowanceStatus.CREATED]

    def by_key(amount: int, **more: Any) -> SendPacket:
        return sending(sender, amount, **{"key_id": key, "allowance_id": grant.id, **more})

    results = await send_packets(
        tx,
        [by_key(1_000), by_key(1_000), by_key(500), by_key(1, parts=1, allowance_id=new_id(sender))],
    )
    assert [result.status for result in results] == [
        SendStatus.CREATED,
        SendStatus.EXCEEDS_ALLOWANCE,
        SendStatus.CREATED,
        SendStatus.ALLOWANCE_NOT_FOUND,
    ]


class _RolledBack(Exception):
    pass


wishes = st.tuples(st.integers(0, 1), st.sampled_from([300, 700, 1_000]), st.booleans())


@given(st.lists(wishes, min_size=1, max_size=6))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_law_of_batches_of_sendings(sandboxed: Transaction, asked: list[tuple[int, int, bool]]) -> None:
    tx, senders = sandboxed, [new_id(LANE), new_id(LANE)]
    commands: list[SendPacket] = []
    for number, amount, is_again in asked:
        command = sending(senders[number], amount)
        commands.append(commands[-1] if is_again and commands else command)

    async def run(batches: list[list[SendPacket]]) -> list[SendStatus]:
        """Do batches, and take everything back."""
        answers: list[SendStatus] = []
        try:
            async with tx.connection.transaction():
                rules = RedPacketRules(day_amount_max=1_500, day_packets_max=3)
                version = (await get_in_force(tx, RED_PACKET_RULES, tx.now)).version + 1
                publishing = PublishRules(
                    of=RED_PACKET_RULES, version=version, rules=rules, reason="test", actor=BY_SYSTEM
                )
                await publish_rules(tx, [publishing])
                for sender in senders:
                    await fund(tx, sender, 1_200)
                for batch in batches:
                    answers += [result.status for result in await send_packets(tx, batch)]
                for sender in senders:
                    sent = [packet.amount for packet in await list_sent(tx, sender)]
                    assert sum(sent) == 1_200 - await available(tx, chart.wallet(sender)) <= 1_200
                raise _RolledBack
        except _RolledBack:
            return answers

    assert await run([commands]) == await run([[command] for command in commands])


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("taken = 5, claimed = 999", "packets_not_overclaimed"),
        ("taken = 1, claimed = 0", "packets_claimed_leaves_one_for_each_part"),
        ("taken = 1, claimed = 998", "packets_claimed_leaves_one_for_each_part"),
        ("state = 'empty', due_at = null, ended_at = now()", "packets_are_empty_when_all_is_taken"),
        ("state = 'expired', due_at = null, ended_at = now()", "packets_return_what_is_left"),
        ("due_at = null", "packets_that_ended_are_not_due"),
    ],
)
async def test_the_database_refuses_what_cannot_be(sandboxed: Transaction, change: str, constraint: str) -> None:
    sender = new_id()
    await fund(sandboxed, sender)
    command = sending(sender)
    await send_packets(sandboxed, [command])
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with sandboxed.connection.transaction():
            await sandboxed.connection.execute(
                f"update packets.packets set {change} where id = $1",  # noqa: S608
                command.id,
            )
    assert refused.value.constraint_name == constraint


async def test_nobody_may_change_how_a_packet_is_divided(sandboxed: Transaction) -> None:
    sender = new_id()
    await fund(sandboxed, sender)
    command = sending(sender)
    await send_packets(sandboxed, [command])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with sandboxed.connection.transaction():
            await sandboxed.connection.execute(
                "update packets.splits set parts = '{997,1,1,1}' where packet_id = $1", command.id
            )


async def test_who_may_see_what_of_a_packet(sandboxed: Transaction) -> None:
    tx, sender, finder, other = sandboxed, new_id(), new_id(), new_id()
    await fund(tx, sender)
    command = sending(sender, 1_000, 2)
    (sent,) = await send_packets(tx, [command])
    await claim_parts(tx, [claiming(command.id, sent.key, finder)])
    assert await show_packet(tx, command.id, other, None) is None
    assert await show_packet(tx, command.id, other, "wrong") is None
    assert await show_packet(tx, new_id(), sender, None) is None
    closed = await show_packet(tx, command.id, other, sent.key)
    opened = await show_packet(tx, command.id, finder, None)
    own = await show_packet(tx, command.id, sender, None)
    assert closed is not None
    assert opened is not None
    assert own is not None
    assert (closed.claims, closed.own, closed.split) == ([], None, None)
    assert [claim.finder_id for claim in opened.claims] == [finder] == [claim.finder_id for claim in own.claims]
    assert (opened.own and opened.own.place, opened.split, opened.luckiest) == (1, None, None)
    await claim_parts(tx, [claiming(command.id, sent.key)])
    ended = await show_packet(tx, command.id, other, sent.key)
    assert ended is not None
    assert len(ended.claims) == 2
    assert ended.split is not None


async def test_what_is_not_due_or_not_there_does_not_expire(sandboxed: Transaction) -> None:
    tx, sender = sandboxed, new_id()
    await fund(tx, sender)
    command = sending(sender, 100, 1)
    await send_packets(tx, [command])
    asked = [ExpirePacket(packet_id=command.id), ExpirePacket(packet_id=new_id(sender))]
    assert await expire_packets(tx, asked) == [ExpireStatus.NOT_DUE, ExpireStatus.PACKET_NOT_FOUND]
    tx.now += timedelta(hours=24)
    assert await expire_packets(tx, [asked[0], asked[0]]) == [ExpireStatus.EXPIRED, ExpireStatus.ENDED]

"""Proves how red packets are divided and claimed: sums exact, no part below one fen, as fair to the last as to the
first, and a batch of claims answered as they would be one by one."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random, SystemRandom
from statistics import fmean, pvariance
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.packets.street import claiming, sending
from weiji.identity import Refusal
from weiji.kit.ids import new_id
from weiji.packets import (
    ClaimPart,
    ClaimStatus,
    Division,
    Packet,
    PacketState,
    RedPacketRules,
    SendPacket,
    SendStatus,
)
from weiji.packets.model import Claim, Day
from weiji.packets.rules import (
    PACKET_MOVES,
    Held,
    Sendings,
    commitment_of,
    divide,
    judge_claims,
    judge_expiry,
    sealed_text,
)

NOW = datetime(2027, 2, 5, 12, tzinfo=UTC)
SENDER, FRIEND, OTHER = (new_id() for _ in range(3))


@given(st.integers(1, 300), st.integers(0, 200_000), st.integers())
def test_lucky_parts_add_up_and_none_is_below_one_fen(parts: int, more: int, seed: int) -> None:
    divided = divide(parts + more, parts, Division.LUCKY, Random(seed))  # noqa: S311 - A seed, so that a failure can be repeated.
    assert len(divided) == parts
    assert sum(divided) == parts + more
    assert min(divided) >= 1


@given(st.integers(1, 300), st.integers(1, 1_000))
def test_equal_parts_are_equal(parts: int, each: int) -> None:
    assert divide(parts * each, parts, Division.EQUAL, SystemRandom()) == [each] * parts


@pytest.mark.parametrize(("amount", "parts"), [(10_000, 10), (150, 100), (17, 10), (20_000, 100)])
def test_the_last_is_as_lucky_as_the_first(amount: int, parts: int) -> None:
    random, trials = Random(20140127), 6_000  # noqa: S311
    packets = [divide(amount, parts, Division.LUCKY, random) for _ in range(trials)]
    mean, deviation = amount / parts, pvariance([part for packet in packets for part in packet]) ** 0.5
    luckiest = Counter(packet.index(max(packet)) for packet in packets)
    for place in (0, parts // 2, parts - 1):
        taken = [packet[place] for packet in packets]
        # Five standard errors. The seed is fixed, so this is no game of chance; a forgotten shuffle fails it.
        assert abs(fmean(taken) - mean) < 5 * deviation / trials**0.5
        assert abs(pvariance(taken) ** 0.5 - deviation) < 0.12 * deviation
    if amount >= 100 * parts:  # Where ties are rare, the earliest of equal parts hardly matters.
        for place in (0, parts - 1):
            expected = trials / parts
            assert abs(luckiest[place] - expected) < 5 * expected**0.5


def test_a_commitment_is_the_hash_of_the_text_that_is_published() -> None:
    packet_id, nonce = UUID(int=7), bytes(16)
    text = sealed_text(packet_id, nonce, [3, 1, 2])
    assert text == "00000000-0000-0000-0000-000000000007 00000000000000000000000000000000 3,1,2"
    assert commitment_of(packet_id, nonce, [3, 1, 2]) == sha256(text.encode()).digest()
    assert commitment_of(packet_id, nonce, [1, 3, 2]) != commitment_of(packet_id, nonce, [3, 1, 2])


def packet_of(command: SendPacket, **changed: Any) -> Packet:
    facts = {name: getattr(command, name) for name in Packet.__struct_fields__ if hasattr(command, name)}
    return Packet(
        **facts
        | {
            "key": "k" * 16,
            "commitment": b"",
            "state": PacketState.OPEN,
            "taken": 0,
            "claimed": 0,
            "returned": 0,
            "created_at": NOW,
            "expires_at": NOW + timedelta(hours=24),
            "ended_at": None,
            **changed,
        }
    )


# --- sending ---

RULES = RedPacketRules(amount_max=5_000, parts_max=20, day_amount_max=8_000, day_packets_max=3)


def sendings(**day: int) -> Sendings:
    return Sendings({}, {SENDER: Day(person_id=SENDER, on=NOW.date(), **day)}, RULES)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, SendStatus.CREATED),
        ({"refusal": Refusal("payment_password_wrong", 3)}, SendStatus.PAYMENT_PASSWORD_WRONG),
        ({"amount": 100, "refusal": Refusal("step_up_needed", above=99)}, SendStatus.STEP_UP_NEEDED),
        ({"id": UUID(int=SENDER.int ^ 1)}, SendStatus.ID_IN_ANOTHER_SHARD),
        ({"greeting": " "}, SendStatus.GREETING_INVALID),
        ({"greeting": "福" * 61}, SendStatus.GREETING_INVALID),
        ({"recipient_id": SENDER, "parts": 1}, SendStatus.RECIPIENT_IS_SENDER),
        ({"recipient_id": FRIEND}, SendStatus.RECIPIENT_TAKES_ALL),
        ({"amount": 3}, SendStatus.AMOUNT_BELOW_PARTS),
        ({"parts": 0}, SendStatus.AMOUNT_BELOW_PARTS),
        ({"amount": 1_001, "division": Division.EQUAL}, SendStatus.AMOUNT_NOT_DIVISIBLE),
        ({"parts": 21}, SendStatus.TOO_MANY_PARTS),
        ({"amount": 5_001}, SendStatus.EXCEEDS_PACKET_LIMIT),
    ],
)
def test_what_may_be_sent(changed: dict[str, Any], status: SendStatus) -> None:
    assert sendings().judge(sending(SENDER, **changed)) is status


def test_a_day_has_its_limits() -> None:
    assert sendings(amount=7_001, packets=1).judge(sending(SENDER, 1_000)) is SendStatus.EXCEEDS_DAY_LIMIT
    assert sendings(amount=7_000, packets=1).judge(sending(SENDER, 1_000)) is SendStatus.CREATED
    assert sendings(amount=1, packets=3).judge(sending(SENDER, 1_000)) is SendStatus.EXCEEDS_DAY_LIMIT


def test_the_same_packet_again_exists_and_another_under_its_id_does_not() -> None:
    state, command = sendings(), sending(SENDER)
    state.add(packet_of(command))
    assert state.judge(command) is SendStatus.EXISTS
    other = msgspec.structs.replace(command, amount=command.amount + 1)
    assert state.judge(other) is SendStatus.EXISTS_WITH_DIFFERENT_CONTENT
    near = UUID(int=FRIEND.int & ~63 | SENDER.int & 63)
    state.days[near] = Day(person_id=near, on=NOW.date())
    stolen = msgspec.structs.replace(command, sender_id=near)
    assert state.judge(stolen) is SendStatus.EXISTS_WITH_DIFFERENT_SENDER


# --- claiming ---

PEOPLE = [new_id() for _ in range(5)]
GROUP = sending(SENDER, 600, 3)
SINGLE = sending(SENDER, 100, 1)
NAMED = sending(SENDER, 100, 1, recipient_id=PEOPLE[0])
LATE = sending(SENDER, 100, 2)
ENDED = sending(SENDER, 100, 2)


def held() -> dict[UUID, Held]:
    return {
        GROUP.id: Held(packet=packet_of(GROUP), next_parts=[100, 300, 200]),
        SINGLE.id: Held(packet=packet_of(SINGLE), next_parts=[100]),
        NAMED.id: Held(packet=packet_of(NAMED), next_parts=[100]),
        LATE.id: Held(packet=packet_of(LATE, expires_at=NOW), next_parts=[1, 99]),
        ENDED.id: Held(packet=packet_of(ENDED, state=PacketState.EXPIRED), next_parts=[1, 99]),
    }


claims = st.builds(
    lambda packet, finder, key: claiming(packet.id, key, finder),
    st.sampled_from([GROUP, SINGLE, NAMED, LATE, ENDED, sending(SENDER)]),
    st.sampled_from([SENDER, *PEOPLE]),
    st.sampled_from(["k" * 16] * 5 + ["wrong"]),
)


@given(st.lists(claims, max_size=14))
def test_law_of_batches_of_claims(batch: list[ClaimPart]) -> None:
    together, apart = held(), held()
    answers = judge_claims(together, batch, NOW)
    assert answers == [judge_claims(apart, [command], NOW)[0] for command in batch]
    assert together == apart
    for each in together.values():
        assert each.packet.claimed == sum(claim.amount for claim in each.new) <= each.packet.amount
        assert len({claim.finder_id for claim in each.new}) == len(each.new) == each.packet.taken <= each.packet.parts
        assert (each.packet.state is PacketState.EMPTY) == (each.packet.taken == each.packet.parts)


def test_how_a_claim_ends() -> None:
    state = held()
    first = claiming(GROUP.id, "k" * 16, PEOPLE[0])
    rest = [claiming(GROUP.id, "k" * 16, id) for id in PEOPLE[1:4]]
    answers = judge_claims(
        state,
        [
            first,
            first,
            claiming(GROUP.id, "wrong", PEOPLE[0]),
            *rest,
            claiming(SINGLE.id, "k" * 16, SENDER),
            claiming(NAMED.id, "k" * 16, PEOPLE[1]),
            claiming(NAMED.id, "k" * 16, PEOPLE[0]),
            claiming(LATE.id, "k" * 16),
            claiming(ENDED.id, "k" * 16),
        ],
        NOW,
    )
    assert [(answer.status, answer.amount) for answer in answers] == [
        (ClaimStatus.CLAIMED, 100),
        (ClaimStatus.EXISTS, 100),
        (ClaimStatus.PACKET_NOT_FOUND, None),
        (ClaimStatus.CLAIMED, 300),
        (ClaimStatus.CLAIMED, 200),
        (ClaimStatus.EMPTY, None),
        (ClaimStatus.NOT_FOR_YOU, None),
        (ClaimStatus.NOT_FOR_YOU, None),
        (ClaimStatus.CLAIMED, 100),
        (ClaimStatus.EXPIRED, None),
        (ClaimStatus.EXPIRED, None),
    ]


def test_whoever_sends_to_many_may_take_a_part() -> None:
    (answer,) = judge_claims(held(), [claiming(GROUP.id, "k" * 16, SENDER)], NOW)
    assert answer.status is ClaimStatus.CLAIMED


def test_who_had_a_part_is_told_of_it_when_all_is_gone() -> None:
    own = Claim(place=1, finder_id=FRIEND, finder_name="小北", amount=100, claimed_at=NOW)
    gone = Held(packet=packet_of(SINGLE, state=PacketState.EMPTY, taken=1), next_parts=[], claims={FRIEND: own})
    mine, theirs = judge_claims(
        {SINGLE.id: gone}, [claiming(SINGLE.id, "k" * 16, FRIEND), claiming(SINGLE.id, "k" * 16, OTHER)], NOW
    )
    assert (mine.status, mine.amount, theirs.status) == (ClaimStatus.EXISTS, 100, ClaimStatus.EMPTY)


@pytest.mark.parametrize("state", PacketState)
def test_only_what_may_follow_follows(state: PacketState) -> None:
    after = NOW + timedelta(days=2)
    expiry = judge_expiry(packet_of(GROUP, state=state), after)
    assert (expiry == "expired") == (PacketState.EXPIRED in PACKET_MOVES[state])
    claimable = Held(packet=packet_of(SINGLE, state=state), next_parts=[100])
    (answer,) = judge_claims({SINGLE.id: claimable}, [claiming(SINGLE.id, "k" * 16)], NOW)
    assert (answer.status is ClaimStatus.CLAIMED) == (PacketState.EMPTY in PACKET_MOVES[state])

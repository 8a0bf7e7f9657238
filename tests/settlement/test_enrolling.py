"""Proves of shops that apply at channels that each is asked once it is verified, applied for with what it showed here,
followed until the channel has decided, mended where it was refused, bound when it is taken on, and forgotten then.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.channels.conftest import ecommerce
from tests.channels.ecommerce_gateway import FakeEcommerce
from tests.channels.examples import place_of, wechat_settings
from tests.onboarding.examples import JPEG, OWNER, PDF, accept, open_shop, person_values, put, save
from tests.onboarding.test_applications import WANTED, approve, decide, submit, take
from tests.orders.market import WAITING, Market, open_market
from tests.payments.test_api import serve
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.batch import Batchers, Lanes, QueueFull
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.kit.seal import KEYS
from weiji.onboarding import DecideStatus, Field, put_documents, save_fields
from weiji.payments import (
    ANSWERS_COLUMN,
    PAPER_COLUMN,
    REGISTRY,
    BindSubMerchant,
    DecideNumber,
    Enrolled,
    Enrolment,
    EnrolmentStatus,
    HandInEnrolment,
    HandInEnrolmentStatus,
    Paper,
    RecheckEnrolment,
    RecheckEnrolmentStatus,
    RecordEnrolment,
    RecordEnrolmentStatus,
    Refused,
    RestoreSubMerchant,
    Standing,
    UnbindSubMerchant,
    WantEnrolment,
    WantEnrolmentStatus,
    bind_sub_merchants,
    decide_numbers,
    enrolment_id,
    enrolment_number,
    forget_enrolments,
    forget_refused_enrolments,
    get_enrolments,
    get_long_refused,
    get_papers,
    hand_in_enrolments,
    open_told,
    paper_id,
    recheck_enrolments,
    record_enrolments,
    restore_sub_merchants,
    unbind_sub_merchants,
    want_enrolments,
)
from weiji.payments.channels.wechat_ecommerce import NAME, WechatEcommerceChannel
from weiji.payments.enrolling.model import Told
from weiji.payments.freezing.store import get_sub_merchants
from weiji.settlement.enrolling import handlers, papers
from weiji.settlement.enrolling.api import ROUTES
from weiji.settlement.enrolling.handlers import Enrolling, forget_refused
from weiji.settlement.enrolling.papers import PAPERS_GONE, prove_hand_in
from weiji.web import Caller

__all__ = ["ecommerce"]

BASE = "https://weiji.test"
NUMBER = "1900013511"
ANSWERS = {
    "organization": "2401",
    "mobile": "13900000000",
    "id_from": "2016-05-01",
    "id_until": "长期",
    "account_bank": "建设银行",
    "bank_address_code": "330100",
}
FINISHED = Enrolled(standing=Standing.TAKEN_ON, number=NUMBER)
REFUSED = Enrolled(standing=Standing.REFUSED, refusals=(Refused("id_front", "模糊"),))


class Town:
    """A market whose shop is verified, and a fake that it applies at."""

    def __init__(self, market: Market, fake: FakeEcommerce) -> None:
        self.market = market
        self.fake = fake
        self.enrolling = Enrolling(market.batchers, BASE)

    async def hand_in(self, answers: dict[str, str], pictures: dict[Paper, bytes] | None = None) -> Any:
        """Hand the shop's application in, as its page does."""
        database, shop_id = self.market.database, self.market.shop_id
        command = await prove_hand_in(database, shop_id, NAME, answers, pictures or {}, OWNER)
        (result,) = await database.retried(lambda tx: hand_in_enrolments(tx, [command]))
        return result

    async def follow(self) -> Enrolment:
        """Have the channel asked as soon as it is time, and tell how it stands."""
        clock.CLOCK.follow(clock.CLOCK.offset + timedelta(hours=7))
        await self.enrolling.follow(self.market.database, 100)
        return await self.stands()

    async def stands(self) -> Enrolment:
        """Tell how it stands."""
        async with self.market.database.read() as reader:
            return (await get_enrolments(reader, self.market.shop_id))[NAME]

    @property
    def number(self) -> str:
        """Name the application that the channel got last."""
        return next(reversed(self.fake.desk.applyments))

    async def bound(self) -> list[str]:
        """Tell where the shop is bound."""
        async with self.market.database.read() as reader:
            found = await get_sub_merchants(reader, [(self.market.shop_id, NAME)])
        return [one.last4 for one in found.values()]


@pytest.fixture
async def channel(ecommerce: FakeEcommerce) -> AsyncIterator[WechatEcommerceChannel]:
    """Our channel to the fake, open."""
    async with aclosing(WechatEcommerceChannel(wechat_settings(), place_of(ecommerce.url, NAME))) as made:
        REGISTRY.register(made)
        yield made
        REGISTRY.remove(NAME)


@pytest.fixture
async def town(
    database: Database, lanes: Lanes, ecommerce: FakeEcommerce, channel: WechatEcommerceChannel
) -> AsyncIterator[Town]:
    """A town whose shop is verified, by one reviewer, with photographs."""
    async with open_market(database, lanes) as market:
        async with database.transaction() as tx:
            await save_fields(tx, [save(market.shop_id, person_values())])
            await put_documents(tx, [put(market.shop_id, name) for name in (Field.ID_FRONT, Field.ID_BACK)])
            await submit(tx, market.shop_id)
            await take(tx, market.shop_id)
            assert await decide(tx, market.shop_id, *accept(*WANTED)) is DecideStatus.APPROVED
        await market.settle_events()
        yield Town(market, ecommerce)


async def test_a_shop_is_asked_when_it_is_verified_and_bound_when_the_channel_took_it_on(town: Town) -> None:
    assert (await town.stands()).status is EnrolmentStatus.WANTED
    result = await town.hand_in({**ANSWERS, "mobile": "12", "id_from": ""})
    assert result.status is HandInEnrolmentStatus.INVALID
    assert {fault.name for fault in result.faults} == {"mobile", "id_from"}
    assert (await town.hand_in(ANSWERS)).status is HandInEnrolmentStatus.HANDED_IN
    assert (await town.hand_in(ANSWERS)).status is HandInEnrolmentStatus.EXISTS
    # The channel takes nobody on as long as the contract does not allow it: that is not the shop's to mend.
    town.fake.desk.may_apply = False
    stuck = await town.follow()
    assert (stuck.status, "NO_AUTH" in stuck.fault) == (EnrolmentStatus.HANDED_IN, True)
    town.fake.desk.may_apply = True
    reviewed = await town.follow()
    assert (reviewed.status, reviewed.fault) == (EnrolmentStatus.IN_REVIEW, "")
    told = town.fake.desk.applyments[town.number].told
    values = person_values()
    assert told["id_card_info/id_card_number"] == values[Field.ID_NUMBER]
    assert told["account_info/account_number"] == values[Field.ACCOUNT_NUMBER]
    assert told["sales_scene_info/store_url"].startswith(f"{BASE}/shops/")
    assert town.fake.desk.pictures[told["id_card_info/id_card_copy"]].startswith(b"\xff\xd8\xff")
    town.fake.desk.move(town.number, "NEED_SIGN", sign_url="https://pay.weixin.qq.com/s?x=1", sub_mchid=NUMBER)
    signing = await town.follow()
    assert signing.status is EnrolmentStatus.TO_ACT
    assert [task.url for task in open_told(signing).tasks] == ["https://pay.weixin.qq.com/s?x=1"]
    assert await town.bound() == []
    town.fake.desk.move(town.number, "FINISH", sub_mchid=NUMBER, sign_state="SIGNED")
    taken = await town.follow()
    assert (taken.status, taken.answers_sealed, taken.query_at) == (EnrolmentStatus.TAKEN_ON, None, None)
    assert await town.bound() == [NUMBER[-4:]]
    assert (await town.hand_in(ANSWERS)).status is HandInEnrolmentStatus.BOUND


async def test_what_was_refused_is_mended_and_a_picture_replaced(town: Town) -> None:
    await town.hand_in({**ANSWERS, "account_number": "6217000000000001"})
    await town.follow()
    first = town.fake.desk.applyments[town.number].told
    details = [{"param_name": "id_card_copy", "reject_reason": "照片模糊"}]
    town.fake.desk.move(town.number, "REJECTED", audit_detail=details)
    refused = await town.follow()
    assert (refused.status, open_told(refused).refusals) == (
        EnrolmentStatus.REFUSED,
        (Refused("id_front", "照片模糊"),),
    )
    assert (await town.hand_in(ANSWERS, {Paper.ID_FRONT: PDF})).faults[0].name == "id_front"
    # What is secret and left empty stays as it was.
    assert (await town.hand_in(ANSWERS, {Paper.ID_FRONT: JPEG})).status is HandInEnrolmentStatus.HANDED_IN
    again = await town.follow()
    told = town.fake.desk.applyments[town.number].told
    assert (again.status, again.attempts) == (EnrolmentStatus.IN_REVIEW, 2)
    assert told["account_info/account_number"] == first["account_info/account_number"] == "6217000000000001"
    async with town.market.database.read() as reader:
        assert set(await get_papers(reader, town.market.shop_id, NAME)) == {Paper.ID_FRONT}
    # The shop is somebody else's now: nothing of it stays, and the channel's answer counts no longer.
    async with town.market.database.transaction() as tx:
        await forget_enrolments(tx, [town.market.shop_id])
    async with town.market.database.read() as reader:
        assert await get_enrolments(reader, town.market.shop_id) == {}
        assert await get_papers(reader, town.market.shop_id, NAME) == {}


@pytest.mark.usefixtures("channel")
async def test_what_was_shown_as_a_pdf_is_wanted_as_a_picture(database: Database) -> None:
    async with database.transaction() as tx:
        (shop_id, _), (other_id, _) = await open_shop(tx), await open_shop(tx)
        await approve(tx, shop_id)
    given = await prove_hand_in(database, shop_id, NAME, ANSWERS, {}, OWNER)
    assert given.refusal is not None
    assert [fault.name for fault in given.refusal.faults] == ["id_back"]
    assert (await prove_hand_in(database, shop_id, NAME, ANSWERS, {Paper.ID_BACK: JPEG}, OWNER)).refusal is None
    unknown = await prove_hand_in(database, other_id, NAME, ANSWERS, {}, OWNER)
    assert unknown.refusal is not None
    assert unknown.refusal.status is HandInEnrolmentStatus.NOT_VERIFIED


async def test_a_shop_that_another_owner_has_is_bound_no_longer(town: Town) -> None:
    await town.hand_in(ANSWERS)
    await town.follow()
    town.fake.desk.move(town.number, "FINISH", sub_mchid=NUMBER, sign_state="SIGNED")
    await town.follow()
    assert await town.bound() == [NUMBER[-4:]]
    before, number = await town.stands(), town.number
    async with town.market.database.transaction() as tx:
        await forget_enrolments(tx, [town.market.shop_id])
    assert await town.bound() == []
    # The next owner is applied for under a number of their own: behind the one before stands somebody else.
    await town.hand_in(ANSWERS)
    late = RecordEnrolment(
        shop_id=town.market.shop_id, channel=NAME, created_at=before.created_at, attempt=1, said=FINISHED
    )
    async with town.market.database.transaction() as tx:
        assert await record_enrolments(tx, [late]) == [RecordEnrolmentStatus.PASSED_OVER]
    assert (await town.follow()).status is EnrolmentStatus.IN_REVIEW
    assert enrolment_number(await town.stands()) == town.number != number
    assert [one.handed_in for one in town.fake.desk.applyments.values()] == [1, 1]
    assert await town.bound() == []


async def test_one_that_fails_keeps_no_other_waiting_may_be_handed_in_anew_and_is_forgotten_in_time(town: Town) -> None:
    database, shop_id, other_id = town.market.database, town.market.shop_id, new_id()
    # Answered before the channel asked for the bank; and somebody of whom nothing is here any more.
    lacking = msgspec.json.encode({name: text for name, text in ANSWERS.items() if name != "account_bank"}).decode()
    sealed = KEYS.seal(lacking, ANSWERS_COLUMN, enrolment_id(shop_id, NAME))
    old = HandInEnrolment(shop_id=shop_id, channel=NAME, answers_sealed=sealed, papers={}, actor=OWNER)
    gone = HandInEnrolment(shop_id=other_id, channel=NAME, answers_sealed=b"sealed", papers={}, actor=OWNER)
    await database.retried(lambda tx: hand_in_enrolments(tx, [old, gone]))
    failed = await town.follow()
    assert (failed.status, "account_bank" in failed.fault) == (EnrolmentStatus.HANDED_IN, True)
    async with database.read() as reader:
        other = (await get_enrolments(reader, other_id))[NAME]
    assert (other.status, open_told(other).refusals) == (EnrolmentStatus.REFUSED, (Refused("", PAPERS_GONE),))
    assert (await town.hand_in(ANSWERS, {Paper.ID_FRONT: JPEG})).status is HandInEnrolmentStatus.HANDED_IN
    assert (await town.follow()).status is EnrolmentStatus.IN_REVIEW
    details = [{"param_name": "id_card_copy", "reject_reason": "照" * 300}] * 200
    town.fake.desk.move(town.number, "REJECTED", audit_detail=details)
    refused = await town.follow()
    assert (refused.status, len(open_told(refused).refusals)) == (EnrolmentStatus.REFUSED, 25)
    lanes = town.market.batchers.lanes
    clock.CLOCK.follow(clock.CLOCK.offset + timedelta(days=29))
    assert await forget_refused(lanes, database, 100) == 0
    clock.CLOCK.follow(clock.CLOCK.offset + timedelta(days=2))
    assert await forget_refused(lanes, database, 100) == 2
    forgotten = await town.stands()
    assert (forgotten.status, forgotten.answers_sealed) == (EnrolmentStatus.WANTED, None)
    assert open_told(forgotten).refusals == ()
    async with database.read() as reader:
        assert await get_papers(reader, shop_id, NAME) == {}
    assert (await town.hand_in(ANSWERS)).status is HandInEnrolmentStatus.HANDED_IN


async def test_what_could_not_be_read_or_written_is_asked_again_and_is_no_fault_of_the_application(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, shop_ids = town.market.database, [town.market.shop_id, new_id(town.market.shop_id)]
    commands = [
        HandInEnrolment(shop_id=id, channel=NAME, answers_sealed=b"sealed", papers={}, actor=OWNER) for id in shop_ids
    ]
    await database.retried(lambda tx: hand_in_enrolments(tx, commands))
    # One that waits fills the queue.
    full = Enrolling(Batchers(database, town.market.batchers.lanes, queue=1), BASE)
    with pytest.raises(QueueFull):
        await full.follow(database, 9)
    async with database.read() as reader:
        found = [(await get_enrolments(reader, id))[NAME] for id in shop_ids]
    assert not any("QueueFull" in each.fault for each in found)

    async def is_away(*_: object) -> None:
        raise asyncpg.TooManyConnectionsError("sorry, too many clients already")

    before = await town.stands()
    monkeypatch.setattr(handlers, "read_applicant", is_away)
    unread = await town.follow()
    assert (unread.status, unread.fault) == (EnrolmentStatus.HANDED_IN, before.fault)
    assert unread.query_at is not None
    assert unread.query_at > clock.now()
    monkeypatch.undo()
    read = papers.get_contents

    async def torn(*asked: Any) -> dict[Any, Any]:
        found = await read(*asked)
        return {
            id: msgspec.structs.replace(each, content=each.content[: len(each.content) // 2])
            for id, each in found.items()
        }

    monkeypatch.setattr(papers, "get_contents", torn)
    assert "picture" in (await town.follow()).fault, "a torn picture is nobody's bad connection"


@pytest.mark.usefixtures("channel")
@pytest.mark.parametrize("is_wanted_first", [True, False])
async def test_who_applies_while_they_are_asked_has_applied(database: Database, is_wanted_first: bool) -> None:
    shop_id = new_id()
    want = WantEnrolment(shop_id=shop_id, channel=NAME, actor=BY_SYSTEM)
    handed = HandInEnrolment(shop_id=shop_id, channel=NAME, answers_sealed=b"sealed", papers={}, actor=OWNER)

    async def wants(tx: Transaction) -> Any:
        return (await want_enrolments(tx, [want]))[0]

    async def applies(tx: Transaction) -> Any:
        return (await hand_in_enrolments(tx, [handed]))[0].status

    first, second = (wants, applies) if is_wanted_first else (applies, wants)
    async with database.transaction() as tx:
        await first(tx)
        later = asyncio.create_task(database.retried(second))
        for _ in range(500):
            if later.done() or await database.pool.fetchval(WAITING, tx.connection.get_server_pid()):
                break
            await asyncio.sleep(0.01)
        assert not later.done()
    assert await later is (HandInEnrolmentStatus.HANDED_IN if is_wanted_first else WantEnrolmentStatus.EXISTS)
    async with database.read() as reader:
        stands = (await get_enrolments(reader, shop_id))[NAME]
    assert (stands.status, stands.answers_sealed) == (EnrolmentStatus.HANDED_IN, b"sealed")


async def test_the_api_asks_shops_hands_in_and_tells_how_it_stands(town: Town) -> None:
    shop_id = town.market.shop_id
    staff = Caller(person_id=new_id(), roles=(("platform", "operator"),), session_id=new_id(), csrf_secret=bytes(32))
    async with serve(town.market, routes=ROUTES) as client:
        one = {"shop_id": str(shop_id), "channel": NAME}
        client.be(new_id())
        hand_in = {**one, "answers": ANSWERS}
        told = (await client.ask("POST", "/enrolments/hand-in", [hand_in])).json()
        assert told == [{"status": "shop_not_found", "faults": []}]
        assert (await client.ask("GET", f"/enrolments/{shop_id}")).status_code == 404
        assert (await client.ask("POST", "/enrolments/want", [one])).status_code == 403
        client.caller = staff
        bodies = [one, {**one, "shop_id": str(new_id())}, {**one, "channel": "alipay"}]
        statuses = [each["status"] for each in (await client.ask("POST", "/enrolments/want", bodies)).json()]
        assert statuses == ["exists", "shop_not_found", "channel_not_found"]
        (listed,) = (await client.ask("GET", "/enrolments")).json()["items"]
        assert (listed["shop_id"], listed["status"]) == (str(shop_id), "wanted")
        client.be(town.market.seller_id, shop=shop_id)
        (shown,) = (await client.ask("GET", f"/enrolments/{shop_id}")).json()
        assert {"mobile", "id_until"} < {each["name"] for each in shown["questions"]}
        wrong = {**hand_in, "answers": {}}
        results = (await client.ask("POST", "/enrolments/hand-in", [wrong, hand_in, hand_in])).json()
        assert [each["status"] for each in results] == ["invalid", "handed_in", "exists"]
        assert "mobile" in {fault["name"] for fault in results[0]["faults"]}
        rechecked = (await client.ask("POST", "/enrolments/recheck", [one, {**one, "shop_id": str(new_id())}])).json()
        assert [each["status"] for each in rechecked] == ["rechecked", "enrolment_not_found"]


MOVES = st.sampled_from(["want", "hand in", "refuse", "take on", "silence", "recheck"])
SAID = {"refuse": REFUSED, "take on": FINISHED, "silence": Enrolled(fault="x")}


async def _do(tx: Transaction, moves: list[tuple[str, UUID]], *, is_batch: bool) -> list[Any]:
    """Do moves of one kind each after the other; those of a kind that follow each other in one batch, or singly."""
    actor = Actor("merchant", new_id())
    answers: list[Any] = []
    groups: list[list[tuple[str, UUID]]] = []
    for move in moves:
        if (
            is_batch
            and groups
            and (groups[-1][0][0] in SAID) == (move[0] in SAID)
            and (groups[-1][0][0] == move[0] or move[0] in SAID)
        ):
            groups[-1].append(move)
        else:
            groups.append([move])
    for group in groups:
        ids = [id for _, id in group]
        match group[0][0]:
            case "want":
                wants = [WantEnrolment(shop_id=id, channel=NAME, actor=BY_SYSTEM) for id in ids]
                answers += await want_enrolments(tx, wants)
            case "hand in":
                handed = [
                    HandInEnrolment(shop_id=id, channel=NAME, answers_sealed=b"sealed", papers={}, actor=actor)
                    for id in ids
                ]
                answers += await hand_in_enrolments(tx, handed)
            case "recheck":
                checks = [RecheckEnrolment(shop_id=id, channel=NAME, actor=actor) for id in ids]
                answers += await recheck_enrolments(tx, checks)
            case _:
                said = [
                    RecordEnrolment(shop_id=id, channel=NAME, created_at=tx.now, attempt=1, said=SAID[name])
                    for name, id in group
                ]
                answers += await record_enrolments(tx, said)
    return answers


@pytest.mark.usefixtures("channel")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(MOVES, st.integers(0, 1)), min_size=1, max_size=12))
async def test_law_of_batches(database: Database, moves: list[tuple[str, int]]) -> None:
    found = []
    for is_batch in (True, False):
        shops = [new_id(), new_id()]
        async with database.transaction() as tx:
            answers = await _do(tx, [(name, shops[which]) for name, which in moves], is_batch=is_batch)
            stands = []
            for id in shops:
                rows = await get_enrolments(tx, id)
                row = rows.get(NAME)
                stands.append((row.status, row.attempts, row.fault, row.queries) if row else None)
            stands += sorted(
                place[0] == shops[0] for place in await get_sub_merchants(tx, [(id, NAME) for id in shops])
            )
        found.append((answers, stands))
    assert found[0] == found[1]


@pytest.mark.usefixtures("channel")
async def test_what_was_said_of_an_attempt_before_counts_no_longer(tx: Transaction) -> None:
    shop_id, actor = new_id(), Actor("merchant", new_id())
    handed = HandInEnrolment(shop_id=shop_id, channel=NAME, answers_sealed=b"sealed", papers={}, actor=actor)
    refused = RecordEnrolment(shop_id=shop_id, channel=NAME, created_at=tx.now, attempt=1, said=REFUSED)
    await hand_in_enrolments(tx, [handed])
    assert await record_enrolments(tx, [refused]) == [RecordEnrolmentStatus.RECORDED]
    recheck = RecheckEnrolment(shop_id=shop_id, channel=NAME, actor=actor)
    assert await recheck_enrolments(tx, [recheck]) == [RecheckEnrolmentStatus.NOT_ALLOWED_NOW]
    await hand_in_enrolments(tx, [handed])
    assert await record_enrolments(tx, [refused]) == [RecordEnrolmentStatus.PASSED_OVER]
    assert (await get_enrolments(tx, shop_id))[NAME].status is EnrolmentStatus.HANDED_IN
    taken = RecordEnrolment(shop_id=shop_id, channel=NAME, created_at=tx.now, attempt=2, said=FINISHED)
    assert await record_enrolments(tx, [taken]) == [RecordEnrolmentStatus.RECORDED]
    want = WantEnrolment(shop_id=shop_id, channel=NAME, actor=BY_SYSTEM)
    assert await want_enrolments(tx, [want]) == [WantEnrolmentStatus.BOUND]


async def _events(tx: Transaction, shop_id: UUID) -> list[str]:
    return [
        row["type"] for row in await tx.connection.fetch("select type from events.events where stream = $1", shop_id)
    ]


@pytest.mark.usefixtures("channel")
async def test_what_people_have_to_mend_is_set_aside_after_two_days_until_they_say_so(tx: Transaction) -> None:
    shop_id, actor = new_id(), Actor("merchant", new_id())
    handed = HandInEnrolment(shop_id=shop_id, channel=NAME, answers_sealed=b"sealed", papers={}, actor=actor)
    await hand_in_enrolments(tx, [handed])

    async def say(fault: str, times: int) -> Enrolment:
        said = Enrolled(fault=fault)
        command = RecordEnrolment(shop_id=shop_id, channel=NAME, created_at=tx.now, attempt=1, said=said)
        await record_enrolments(tx, [command] * times)
        return (await get_enrolments(tx, shop_id))[NAME]

    assert not (await say("", 80)).is_set_aside, "silence is no fault: it ends by itself"
    recheck = RecheckEnrolment(shop_id=shop_id, channel=NAME, actor=actor)
    assert not (await say("NO_AUTH", 40)).is_set_aside, "its days begin with the fault"
    silent = await say("", 1)
    assert (silent.is_set_aside, silent.fault) == (False, "NO_AUTH"), "silence mends nothing either"
    aside = await say("NO_AUTH", 20)
    assert (aside.is_set_aside, aside.fault) == (True, "NO_AUTH")
    assert await recheck_enrolments(tx, [recheck]) == [RecheckEnrolmentStatus.RECHECKED]
    assert (await say("NO_AUTH", 1)).query_at is not None
    await say("NO_AUTH", 80)
    assert (await _events(tx, shop_id)).count("EnrolmentSetAside") == 2
    assert await forget_refused_enrolments(tx, [(shop_id, NAME)], tx.now) == 1
    forgotten = (await get_enrolments(tx, shop_id))[NAME]
    assert (forgotten.status, forgotten.fault) == (EnrolmentStatus.WANTED, "")


@pytest.mark.usefixtures("channel")
async def test_a_shop_that_is_bound_by_hand_has_nothing_more_to_apply_for_and_stays_so_bound(tx: Transaction) -> None:
    wanted, refused, stuck, reviewed, parted = shops = [new_id() for _ in range(5)]
    actor = Actor("merchant", new_id())
    await want_enrolments(tx, [WantEnrolment(shop_id=id, channel=NAME, actor=BY_SYSTEM) for id in shops])
    papers = {Paper.ID_FRONT: b"sealed"}
    for id in (refused, stuck, reviewed, parted):
        handed = HandInEnrolment(shop_id=id, channel=NAME, answers_sealed=b"sealed", papers=papers, actor=actor)
        await hand_in_enrolments(tx, [handed])

    async def say(id: UUID, said: Enrolled) -> RecordEnrolmentStatus:
        command = RecordEnrolment(shop_id=id, channel=NAME, created_at=tx.now, attempt=1, said=said)
        return (await record_enrolments(tx, [command]))[0]

    await say(refused, REFUSED)
    await say(stuck, Enrolled(fault="NO_AUTH"))
    for id in (reviewed, parted):
        await say(id, Enrolled(standing=Standing.IN_REVIEW))
    bind = [BindSubMerchant(shop_id=id, channel=NAME, number="1900017777", actor=BY_SYSTEM) for id in shops]
    await bind_sub_merchants(tx, [*bind, *bind])
    for id, moves in ((wanted, 1), (refused, 2), (stuck, 1)):
        row = await tx.connection.fetchrow(
            "select status, answers_sealed, fault, query_at from payments.enrolments where shop_id = $1", id
        )
        assert tuple(row) == ("taken_on", None if id == wanted else b"sealed", "", None)
        assert (await _events(tx, id)).count("EnrolmentMoved") == moves
        shown = (await get_enrolments(tx, id))[NAME]
        assert (shown.status, open_told(shown)) == (EnrolmentStatus.TAKEN_ON, Told())
    recheck = [RecheckEnrolment(shop_id=id, channel=NAME, actor=actor) for id in (stuck, reviewed)]
    assert await recheck_enrolments(tx, recheck) == ["not_allowed_now", "rechecked"]
    # An answer that was under way counts no longer. What the channel has it decides by itself, and binds nothing over.
    assert await say(stuck, FINISHED) is RecordEnrolmentStatus.PASSED_OVER
    assert (await get_enrolments(tx, reviewed))[NAME].status is EnrolmentStatus.IN_REVIEW
    assert [await say(id, FINISHED) for id in (reviewed, parted)] == [RecordEnrolmentStatus.RECORDED] * 2
    assert (await get_enrolments(tx, reviewed))[NAME].status is EnrolmentStatus.TAKEN_ON
    assert await _bound(tx, shops) == ["7777"] * len(shops)
    # That the channel has another number for it people are told, until they decide.
    assert "EnrolmentNumberDiffers" in await _events(tx, reviewed)
    assert (await get_enrolments(tx, reviewed))[NAME].given_last4 == NUMBER[-4:]
    assert await tx.connection.fetchval(
        "select count(*) from payments.public_enrolment_desk where shard = $1", shard_of(reviewed)
    )
    decide = [DecideNumber(shop_id=id, channel=NAME, is_taken=True, actor=BY_SYSTEM) for id in (wanted, reviewed)]
    assert await decide_numbers(tx, [*decide, decide[1]]) == ["nothing_to_decide", "decided", "nothing_to_decide"]
    assert await _bound(tx, [reviewed]) == [NUMBER[-4:]]
    assert (await get_enrolments(tx, reviewed))[NAME].given_last4 is None
    # Who goes by neither number is asked to apply again.
    await unbind_sub_merchants(tx, [UnbindSubMerchant(shop_id=parted, channel=NAME, actor=BY_SYSTEM)])
    assert (await get_enrolments(tx, parted))[NAME].status is EnrolmentStatus.TAKEN_ON
    by_neither = DecideNumber(shop_id=parted, channel=NAME, is_taken=False, actor=BY_SYSTEM)
    assert await decide_numbers(tx, [by_neither]) == ["decided"]
    assert (await get_enrolments(tx, parted))[NAME].status is EnrolmentStatus.WANTED


async def _bound(tx: Transaction, shops: Sequence[UUID]) -> list[str | None]:
    bound = await get_sub_merchants(tx, [(id, NAME) for id in shops])
    return [one.last4 if (one := bound.get((id, NAME))) else None for id in shops]


@pytest.mark.usefixtures("channel")
async def test_a_binding_is_taken_back_and_restored_and_what_was_answered_goes_on(tx: Transaction) -> None:
    wanted, refused, stuck, never, done = shops = [new_id() for _ in range(5)]
    actor = Actor("merchant", new_id())
    await want_enrolments(tx, [WantEnrolment(shop_id=wanted, channel=NAME, actor=BY_SYSTEM)])
    picture = KEYS.seal_bytes(b"jpeg", PAPER_COLUMN, paper_id(refused, NAME, Paper.ID_FRONT))
    for id in (refused, stuck, done):
        shown = {Paper.ID_FRONT: picture} if id == refused else {}
        handed = HandInEnrolment(shop_id=id, channel=NAME, answers_sealed=b"sealed", papers=shown, actor=actor)
        await hand_in_enrolments(tx, [handed])
    for id, said in ((refused, REFUSED), (stuck, Enrolled(fault="NO_AUTH")), (done, FINISHED)):
        command = RecordEnrolment(shop_id=id, channel=NAME, created_at=tx.now, attempt=1, said=said)
        await record_enrolments(tx, [command])
    mistyped = [BindSubMerchant(shop_id=id, channel=NAME, number="1900017777", actor=BY_SYSTEM) for id in shops]
    await bind_sub_merchants(tx, mistyped)
    unbind = [UnbindSubMerchant(shop_id=id, channel=NAME, actor=BY_SYSTEM) for id in shops]
    assert await unbind_sub_merchants(tx, [*unbind, unbind[0]]) == ["unbound"] * len(shops) + ["not_bound"]
    assert await _bound(tx, shops) == [None] * len(shops)
    assert await get_enrolments(tx, never) == {}
    stands = {id: (await get_enrolments(tx, id))[NAME] for id in shops if id != never}
    assert {id: one.status for id, one in stands.items()} == {
        wanted: EnrolmentStatus.WANTED,
        refused: EnrolmentStatus.REFUSED,
        stuck: EnrolmentStatus.HANDED_IN,
        done: EnrolmentStatus.WANTED,
    }
    assert open_told(stands[refused]).refusals == REFUSED.refusals
    assert stands[stuck].query_at == tx.now
    assert await get_papers(tx, refused, NAME) == {Paper.ID_FRONT: b"jpeg"}
    # That is taken back as well; then what was before it is what it may be again.
    restore = [RestoreSubMerchant(shop_id=id, channel=NAME, last4="7777", actor=BY_SYSTEM) for id in (*shops, new_id())]
    assert await restore_sub_merchants(tx, restore) == ["restored"] * len(shops) + ["former_not_found"]
    assert await restore_sub_merchants(tx, restore[:1]) == ["exists"]
    assert await _bound(tx, shops) == ["7777"] * len(shops)
    await bind_sub_merchants(tx, [BindSubMerchant(shop_id=never, channel=NAME, number="1900018888", actor=BY_SYSTEM)])
    for expected in ("7777", "8888"):
        again = replace(restore[3], last4=expected)
        assert await restore_sub_merchants(tx, [again, again]) == ["restored", "exists"]
        assert await _bound(tx, [never]) == [expected]
    # What is kept for that is forgotten in time, and of a shop that another owner has nothing is left.
    assert (refused, NAME) in await get_long_refused(tx, [shard_of(refused)], tx.now, 10)
    assert await forget_refused_enrolments(tx, [(refused, NAME), (wanted, NAME)], tx.now) == 1
    assert await get_papers(tx, refused, NAME) == {}
    await unbind_sub_merchants(tx, [unbind[1]])
    assert (await get_enrolments(tx, refused))[NAME].status is EnrolmentStatus.WANTED
    await unbind_sub_merchants(tx, unbind)
    await forget_enrolments(tx, shops)
    assert await restore_sub_merchants(tx, restore[:2]) == ["former_not_found"] * 2

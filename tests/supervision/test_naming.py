"""Proves that what word rules find in people's names is marked for staff, who let a name stand or take it; and that
whoever's name is taken is told why, and does not take it again."""

from collections.abc import Sequence
from unittest.mock import AsyncMock
from uuid import UUID

import pytest

from tests.identity.people import make_people, sign_up_command
from tests.word_rules.examples import put, rule
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import get_events
from weiji.identity import get_people, get_profile
from weiji.identity.model import ChangeProfile, ChangeProfileStatus
from weiji.identity.operations import change_profiles, sign_up_people
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.supervision.naming import handlers, operations, store
from weiji.supervision.naming.model import DUE, DecideName, DecideNameStatus
from weiji.supervision.naming.operations import decide_names, screen_people
from weiji.word_rules import Action, Field

S = DecideNameStatus
STAFF = Actor("staff", new_id())
SHOPPING = rule("代购", name="拉客", fields=(Field.PERSON_NAME,), action=Action.REVIEW)


async def called(tx: Transaction, *names: str) -> list[UUID]:
    """Make people who are called so, with what is looked at in force."""
    people = await make_people(tx, len(names))
    await put(tx, SHOPPING, rule("兼职", fields=(Field.PERSON_NAME,), action=Action.NOTE))
    for id, name in zip(people, names, strict=True):
        assert await rename(tx, id, name) is ChangeProfileStatus.CHANGED
    await screen_people(tx, people)
    return people


async def rename(tx: Transaction, id: UUID, name: str) -> ChangeProfileStatus:
    (status,) = await change_profiles(tx, [ChangeProfile(person_id=id, display_name=name, actor=BY_SYSTEM)])
    return status


async def waiting(tx: Transaction, of: Sequence[UUID]) -> dict[UUID, str]:
    return {each.person_id: each.name for each in await store.list_open(tx, None, 100) if each.person_id in of}


def deciding(id: UUID, name: str, *, allows: bool, reason: str = "不能拿名字拉客。", by: Actor = STAFF) -> DecideName:
    return DecideName(person_id=id, name=name, is_allowed=allows, reason=reason, actor=by)


async def test_what_rules_find_in_names_waits_for_staff_until_it_is_gone(tx: Transaction) -> None:
    mei, lan, ting = people = await called(tx, "梅 代 购", "兼职的兰", "婷")
    assert await waiting(tx, people) == {mei: "梅 代 购", lan: "兼职的兰"}
    mark = next(each for each in await store.list_open(tx, None, 100) if each.person_id == mei)
    assert [(each.name, each.found, each.action) for each in mark.findings] == [("拉客", "代 购", Action.REVIEW)]
    assert (mark.marked_at, mark.due_at) == (tx.now, tx.now + DUE)
    await screen_people(tx, [mei, mei, ting])
    assert await waiting(tx, people) == {mei: "梅 代 购", lan: "兼职的兰"}, "once more finds nothing new"
    await rename(tx, mei, "梅")
    await screen_people(tx, [mei])
    assert await waiting(tx, people) == {lan: "兼职的兰"}
    await rename(tx, mei, "梅 代 购")
    await screen_people(tx, [mei])
    assert mei in await waiting(tx, people), "who comes back to it is marked anew"


async def test_a_name_that_stands_is_marked_no_more_and_another_is(tx: Transaction) -> None:
    (mei,) = await called(tx, "代购梅")
    assert await decide_names(tx, [deciding(mei, "代购梅", allows=True, reason="")]) == [S.DECIDED]
    assert [row["type"] for row in await get_events(tx, mei, 0, 100)][-1] == "NameAllowed"
    await screen_people(tx, [mei])
    assert await waiting(tx, [mei]) == {}
    await rename(tx, mei, "代购兼职梅")
    await screen_people(tx, [mei])
    (mark,) = [each for each in await store.list_open(tx, None, 100) if each.person_id == mei]
    assert [each.word for each in mark.findings] == ["兼职"], "the other word was let stand"


async def test_who_takes_another_name_meanwhile_keeps_it_and_is_looked_at_again(
    tx: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mei,) = await called(tx, "代购梅")
    seen = await get_people(tx, [mei])
    await rename(tx, mei, "梅")
    with monkeypatch.context() as raced:
        # What was read before the other name was taken.
        raced.setattr(operations, "get_people", AsyncMock(return_value=seen))
        assert await decide_names(tx, [deciding(mei, "代购梅", allows=False)]) == [S.NAME_CHANGED]
    assert (await get_people(tx, [mei]))[mei].display_name == "梅"
    assert await rename(tx, mei, "代购梅") is ChangeProfileStatus.CHANGED, "it was not taken"
    await screen_people(tx, [mei])
    assert mei in await waiting(tx, [mei])
    due = (await store.list_open(tx, None, 100))[0].due_at
    tx.now += DUE / 2
    await rename(tx, mei, "代购梅梅")
    # The mark is of a name of before: nobody could end it.
    assert await decide_names(tx, [deciding(mei, "代购梅", allows=False)]) == [S.NAME_CHANGED]
    (mark,) = [each for each in await store.list_open(tx, None, 100) if each.person_id == mei]
    assert (mark.name, mark.due_at) == ("代购梅梅", due), "nobody puts it off by another name"


async def test_whose_name_is_taken_has_a_plain_one_reads_why_and_takes_it_no_more(tx: Transaction) -> None:
    mei, lan = await called(tx, "代购梅", "代购梅")
    assert await decide_names(tx, [deciding(mei, "代购梅", allows=False)]) == [S.DECIDED]
    plain = (await get_people(tx, [mei]))[mei].display_name
    assert plain.startswith("用户 ")
    told = (await get_events(tx, mei, 0, 100))[-1]
    assert (told["type"], told["data"]["reason"], told["data"]["display_name"]) == (
        "NameTaken",
        "不能拿名字拉客。",
        plain,
    )
    profile = await get_profile(tx, mei, tx.now)
    assert profile
    assert profile.taken_reason == "不能拿名字拉客。"
    assert await rename(tx, mei, "代 购 梅") is ChangeProfileStatus.DISPLAY_NAME_REFUSED
    assert await rename(tx, mei, plain) is ChangeProfileStatus.EXISTS, "the language may be changed, and why stays told"
    profile = await get_profile(tx, mei, tx.now)
    assert profile
    assert profile.taken_reason
    assert await rename(tx, mei, "梅") is ChangeProfileStatus.CHANGED
    profile = await get_profile(tx, mei, tx.now)
    assert profile
    assert profile.taken_reason == ""
    assert await waiting(tx, [mei, lan]) == {lan: "代购梅"}, "another of the same name waits"


async def test_every_status_of_deciding(tx: Transaction) -> None:
    mei, lan = await called(tx, "代购梅", "代购兰")
    other = Actor("staff", new_id())
    wanted = [
        (deciding(new_id(), "代购梅", allows=True), S.NAME_NOT_FOUND),
        (deciding(mei, "代购", allows=False), S.NAME_CHANGED),
        (deciding(mei, "代购梅", allows=False, by=Actor("staff", mei)), S.OWN_NAME),
        (deciding(mei, "代购梅", allows=False, reason=" "), S.REASON_MALFORMED),
        (deciding(mei, "代购梅", allows=False, reason="长" * 301), S.REASON_MALFORMED),
        (deciding(mei, "代购梅", allows=False), S.DECIDED),
        (deciding(mei, "代购梅", allows=False), S.EXISTS),
        (deciding(mei, "代购梅", allows=False, by=other), S.ALREADY_DECIDED),
        (deciding(mei, "代购梅", allows=True), S.ALREADY_DECIDED),
    ]
    assert {status for _, status in wanted} == set(S)
    assert await decide_names(tx, [command for command, _ in wanted]) == [status for _, status in wanted]
    await rename(tx, lan, "兰")
    assert await decide_names(tx, [deciding(lan, "代购兰", allows=False)]) == [S.NAME_CHANGED], "before it is noticed"


@pytest.mark.parametrize("together", [True, False])
async def test_a_batch_is_decided_as_one_after_another(tx: Transaction, together: bool) -> None:
    mei, lan = await called(tx, "代购梅", "代购兰")
    commands = [
        deciding(mei, "代购梅", allows=True),
        deciding(lan, "代购兰", allows=False),
        deciding(mei, "代购梅", allows=False),
        deciding(lan, "代购兰", allows=False),
    ]
    batches = [commands] if together else [[command] for command in commands]
    statuses = [status for batch in batches for status in await decide_names(tx, batch)]
    assert statuses == [S.DECIDED, S.DECIDED, S.ALREADY_DECIDED, S.EXISTS]


async def test_what_people_were_called_before_a_rule_is_looked_at_when_it_is_published(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "SLICE", 2)
    async with database.transaction() as tx:
        # All of one shard: it takes three slices.
        near = new_id()
        commands = [sign_up_command(id=new_id(near)) for _ in range(5)]
        await sign_up_people(tx, commands)
        people = sorted(command.id for command in commands)
        named = people[0], people[3], people[4]
        for id in named:
            assert await rename(tx, id, "代购") is ChangeProfileStatus.CHANGED
        await put(tx, rule("兼职", fields=(Field.PERSON_NAME,)))

    async def look() -> set[UUID]:
        await handlers.follow_rules(database, [])
        async with database.transaction() as tx:
            return set(await waiting(tx, people))

    assert await look() == set()
    async with database.transaction() as tx:
        await put(tx, rule("代购", name="拉客", fields=(Field.PERSON_NAME,)))
    assert await look() == set(named), "what is refused now is looked at, too"
    async with database.transaction() as tx:
        deciding_both = [deciding(named[0], "代购", allows=True, reason=""), deciding(named[1], "代购", allows=False)]
        assert await decide_names(tx, deciding_both) == [S.DECIDED] * 2
    assert await look() == {named[2]}, "what was decided is decided"

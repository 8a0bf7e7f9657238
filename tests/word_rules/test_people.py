"""Proves that word rules look at what people call themselves: what they refuse nobody can be called from then on, and
they are tried on the names that were taken lately."""

from datetime import timedelta
from uuid import UUID

from tests.identity.people import ORIGIN, PASSWORD, make_people, sign_up_command
from tests.supervision.trials import tried
from tests.word_rules.examples import put, rule
from weiji.events import BY_SYSTEM
from weiji.identity import RefusedWord, get_people
from weiji.identity.model import ChangeProfile, ChangeProfileStatus, Locale, SignUp, SignUpStatus
from weiji.identity.operations import change_profiles, sign_up_people
from weiji.identity.sign_in import sign_up
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id
from weiji.word_rules import Action, Field, Place

OFFICIAL = "微集客服"
S = ChangeProfileStatus


def _as(person_id: UUID, name: str | None, locale: Locale | None = None) -> ChangeProfile:
    return ChangeProfile(person_id=person_id, display_name=name, locale=locale, actor=BY_SYSTEM)


async def test_what_rules_refuse_is_no_name_to_change_to(tx: Transaction) -> None:
    """However it is written; what only is looked at or noted is taken, and nothing of another field counts."""
    mei, lan = await make_people(tx, 2)
    await put(
        tx,
        rule(OFFICIAL, fields=(Field.PERSON_NAME,)),
        rule("代购", fields=(Field.PERSON_NAME,), action=Action.REVIEW),
        rule("兼职", fields=(Field.PERSON_NAME,), action=Action.NOTE),
        rule("假货", fields=(Field.SHOP_NAME, Field.REVIEW)),
    )
    wanted = [
        (_as(mei, "微·集 客服"), S.DISPLAY_NAME_REFUSED),
        (_as(mei, "梅的代购"), S.CHANGED),
        (_as(lan, "兼职的兰"), S.CHANGED),
        (_as(lan, "假货退散"), S.CHANGED),
        (_as(lan, OFFICIAL, "en"), S.DISPLAY_NAME_REFUSED),
        (_as(lan, " "), S.DISPLAY_NAME_MALFORMED),
        (_as(new_id(), OFFICIAL), S.NOT_FOUND),
    ]
    assert await change_profiles(tx, [command for command, _ in wanted]) == [status for _, status in wanted]
    people = await get_people(tx, [mei, lan])
    assert [people[id].display_name for id in (mei, lan)] == ["梅的代购", "假货退散"]


async def test_whoever_had_a_name_before_keeps_it_and_changes_the_rest(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    await change_profiles(tx, [_as(mei, OFFICIAL)])
    await put(tx, rule(OFFICIAL))
    assert await change_profiles(tx, [_as(mei, OFFICIAL), _as(mei, OFFICIAL, "en")]) == [S.EXISTS, S.CHANGED]
    assert await change_profiles(tx, [_as(mei, "梅")]) == [S.CHANGED]
    assert await change_profiles(tx, [_as(mei, OFFICIAL)]) == [S.DISPLAY_NAME_REFUSED], "it was given up"


async def test_what_rules_refuse_is_no_name_to_sign_up_with(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, rule(OFFICIAL, fields=(Field.PERSON_NAME,), reason="只有我们的客服能这么叫。"))
    entered = SignUp(id=new_id(), handle="mei", display_name="微集 客服", password=PASSWORD)
    result = await sign_up(database, entered, ORIGIN, is_open=True)
    assert result.status is SignUpStatus.DISPLAY_NAME_REFUSED
    assert result.refused == (RefusedWord("微集 客服", "只有我们的客服能这么叫。"),)
    async with database.read() as reader:
        assert await get_people(reader, [entered.id]) == {}


async def test_rules_are_tried_on_names_that_were_taken_in_ninety_days(database: Database) -> None:
    """Counted, of no shop and shown to nobody; a name that is older is not, nor one that was given up."""
    now = clock.now()
    async with database.transaction() as tx:
        tx.now = now - timedelta(days=91)
        old, renamed, former = (sign_up_command() for _ in range(3))
        await sign_up_people(tx, [old, renamed, former])
        await change_profiles(tx, [_as(old.id, "微集客服甲"), _as(former.id, "微集客服乙")])
        tx.now = now - timedelta(days=1)
        assert await change_profiles(tx, [_as(renamed.id, "微集客服丙"), _as(former.id, "丁")]) == [S.CHANGED] * 2
        assert await change_profiles(tx, [_as(old.id, None, "en")]) == [S.CHANGED], "and keeps the name"
    its = rule(OFFICIAL, fields=(Field.PERSON_NAME,))
    finds = (await tried(database, its)).finds[its.id]
    assert {place: each.found for place, each in finds.places.items()} == {Place.PERSON: 1}
    assert (finds.found, finds.recent, finds.shops, finds.examples) == (1, 1, 0, ())

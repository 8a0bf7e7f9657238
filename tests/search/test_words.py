"""Proves of the hot words that a visitor counts once, that nobody is kept, that they are bounded, and can be hidden."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.identity.people import make_people
from tests.search.market import open_market
from weiji.events import Actor
from weiji.events.outbox import get_events
from weiji.kit.clock import SHANGHAI
from weiji.kit.db import Transaction
from weiji.kit.seal import KEYS
from weiji.search import get_beginning, operations, suggest
from weiji.search.model import CountSearch, CountStatus, HideWord, HideWordStatus, ShowWord, ShowWordStatus
from weiji.search.operations import count_searches, forget_words, hide_words, list_hot_words, show_words
from weiji.search.rules import estimate_visitors, word_of


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path) -> None:
    KEYS.open(None, tmp_path)


async def search(tx: Transaction, word: str, visitors: range) -> list[CountStatus]:
    """Have visitors search a word."""
    return await count_searches(tx, [CountSearch(word=word, visitor=f"visitor {n}") for n in visitors])


async def hot_words(tx: Transaction) -> tuple[str, ...]:
    """Read the hot words."""
    return (await get_beginning(tx)).hot_words


async def test_what_one_visitor_repeats_counts_once(tx: Transaction) -> None:
    assert await search(tx, "苹果", range(1)) == [CountStatus.COUNTED]
    for _ in range(5):
        assert await search(tx, "苹果", range(1)) == [CountStatus.EXISTS]
    assert await tx.connection.fetchval("select visitors from search.words") == 1
    command = CountSearch(word="梨子", visitor="a")
    assert await count_searches(tx, [command, command]) == [CountStatus.COUNTED, CountStatus.EXISTS]


async def test_a_word_is_hot_when_three_have_searched_it(tx: Transaction) -> None:
    await search(tx, "苹果", range(2))
    assert await hot_words(tx) == ()
    await search(tx, "苹果", range(3))
    await search(tx, "茶杯", range(10))
    assert await hot_words(tx) == ("茶杯", "苹果")


async def test_many_visitors_are_estimated(tx: Transaction) -> None:
    for at in range(0, 3_000, 500):
        await search(tx, "苹果", range(at, at + 500))
    (word,) = await list_hot_words(tx)
    assert 2_700 < word.visitors < 3_300
    assert estimate_visitors(bytes(512)) == 0
    assert estimate_visitors(b"\xff" * 512) > 30_000


async def test_nothing_that_is_kept_names_a_visitor(tx: Transaction) -> None:
    """A day later, and for another word, the same visitor sets another bit: they can't be followed."""
    await count_searches(tx, [CountSearch(word=word, visitor="203.0.113.7") for word in ("苹果", "茶杯", "围巾")])
    day = tx.now.astimezone(SHANGHAI).date()
    bits = {operations._bit_of(CountSearch(word="苹果", visitor="203.0.113.7"), day - timedelta(n)) for n in range(20)}
    assert len(bits) > 10
    rows = await tx.connection.fetch("select * from search.words")
    assert len({row["bits"] for row in rows}) == 3
    assert {name for row in rows for name in row.keys()} == {"shard", "word", "day", "bits", "visitors"}  # noqa: SIM118


@pytest.mark.parametrize("text", ["杯", "13800138000", "我的电话 138-0013-8000", "x" * 31, "。。", ""])
def test_what_could_be_somebodys_or_is_no_word_is_not_counted(text: str) -> None:
    assert word_of(text) is None


def test_words_are_counted_as_they_are_folded() -> None:
    assert word_of(" 蘋果ＡＢ ") == "苹果 ab"


async def test_a_day_has_no_more_words_than_are_counted(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "WORDS_OF_DAY", 3)
    commands = [CountSearch(word=word, visitor="a") for word in ("一一", "二二", "一一", "三三", "四四")]
    counted, too_many = CountStatus.COUNTED, CountStatus.TOO_MANY_WORDS
    assert await count_searches(tx, commands) == [counted, counted, CountStatus.EXISTS, counted, too_many]
    assert await search(tx, "五五", range(1)) == [too_many]
    assert await search(tx, "一一", range(1, 2)) == [counted]


async def test_days_that_are_over_are_forgotten(tx: Transaction) -> None:
    await search(tx, "苹果", range(5))
    await search(tx, "茶杯", range(2))
    tx.now += timedelta(days=1)
    await forget_words(tx)
    assert {word.word for word in await list_hot_words(tx)} == {"苹果"}
    assert await tx.connection.fetchval("select count(*) from search.words") == 1
    tx.now += timedelta(days=6)
    await forget_words(tx)
    assert await tx.connection.fetchval("select count(*) from search.words") == 0


async def test_a_hidden_word_is_nowhere_and_it_is_told_who_hid_it(tx: Transaction) -> None:
    market = await open_market(tx)
    await market.put("苹果")
    await search(tx, "苹果", range(5))
    (operator_id,) = await make_people(tx, 1)
    actor = Actor("staff", operator_id)
    assert (await suggest(tx, "苹")).words == ("苹果",)
    hide = HideWord(word="苹果", actor=actor)
    odd = HideWord(word="蘋 果!", actor=actor)
    statuses = [HideWordStatus.HIDDEN, HideWordStatus.EXISTS, HideWordStatus.INVALID_WORD]
    assert await hide_words(tx, [hide, hide, odd]) == statuses
    assert await hide_words(tx, [hide]) == [HideWordStatus.EXISTS]
    assert await hot_words(tx) == ()
    assert (await suggest(tx, "苹")).words == ()
    assert [(word.word, word.is_hidden) for word in await list_hot_words(tx)] == [("苹果", True)]
    show = ShowWord(word="苹果", actor=actor)
    assert await show_words(tx, [show, show]) == [ShowWordStatus.SHOWN, ShowWordStatus.NOT_HIDDEN]
    assert await hot_words(tx) == ("苹果",)
    told = [row["type"] for row in await get_events(tx, operator_id, 0, 10)]
    assert told[-2:] == ["WordHidden", "WordShown"]


async def test_suggestions_come_from_titles_by_characters_and_by_sound(tx: Transaction) -> None:
    market = await open_market(tx)
    await market.put("红富士苹果", "青瓷茶杯", "iPhone 保护套")
    for text in ("苹", "苹果", "ping", "pg", "红富士苹果"):
        assert (await suggest(tx, text)).titles == ("红富士苹果",), text
    assert (await suggest(tx, "iph")).titles == ("iPhone 保护套",)
    assert (await suggest(tx, "")).titles == (await suggest(tx, "。")).titles == ()

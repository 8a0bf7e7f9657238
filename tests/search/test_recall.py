"""Proves that a search misses nothing: what a naive look at every text finds, the index finds, and no more."""

import random
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from tests.search.market import open_market
from weiji.kit.chinese import is_cjk
from weiji.kit.db import Transaction
from weiji.search.folding import fold, tokens_of
from weiji.search.model import Search
from weiji.search.rules import cut, read_search

CHARACTERS: Final = "红紅富士苹蘋果手机機壳杯保温"
LETTERS: Final = "aAéＢb1２ 　,。-iİßﬁ"
TEXTS: Final = st.lists(
    st.one_of(
        st.sampled_from(CHARACTERS), st.sampled_from(LETTERS), st.characters(exclude_categories=("Cs", "Cc", "Mn"))
    ),
    min_size=1,
    max_size=20,
).map("".join)

cut(fold("紅富士蘋果手機").strip())  # The dictionaries are loaded before anything is timed.


def naive(words: list[str], text: str) -> bool:
    """Look for each word of a search in a folded text, character by character."""
    for word in words:
        places = [at for at in range(len(text)) if text.startswith(word, at)]
        if word.isdigit():
            places = [at for at in places if text[at - 1] == text[at + len(word)] == " "]
        elif not is_cjk(word):
            places = [at for at in places if text[at - 1] == " "]
        if not places:
            return False
    return True


@given(TEXTS, st.data())
def test_a_part_of_a_text_is_folded_to_a_part_of_the_folded_text(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    assert all(token in fold(text) for token in tokens_of(text[at : at + 4]) if is_cjk(token))


@given(TEXTS)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS, TEXTS)
def test_whatever_is_typed_is_a_query_that_needs_no_quoting(text: str, query: str) -> None:
    read = read_search(Search(text=query))
    assert (read is None) == (bool(query.strip()) and not tokens_of(query))
    if read:
        assert not any("%" in pattern.strip("%") or "_" in pattern or "\\" in pattern for pattern in read.patterns)


def test_what_looks_alike_is_alike() -> None:
    assert fold("紅富士蘋果，ＡＢＣ iPhone15") == fold("红富士苹果 abc IPHONE 15")
    assert fold("Café №１") == fold("cafe NO1")
    assert fold("臺灣 高山茶") == fold("台湾·高山茶")


async def test_what_a_naive_look_finds_is_found_and_nothing_else(tx: Transaction) -> None:
    market = await open_market(tx)
    choice = random.Random(7)  # noqa: S311 - It has to be repeatable, not secret.
    alphabet = CHARACTERS + LETTERS + "abcxyz 179"
    texts = {"".join(choice.choices(alphabet, k=choice.randint(3, 24))) for _ in range(300)}
    titles = sorted(title for title in texts if tokens_of(title))
    goods = await market.put(*(f"{title} 完" for title in titles), kind="", description_html="")
    folded = {one.id: fold(one.title) for one in goods}
    found_any = 0
    for _ in range(300):
        text = choice.choice(titles)
        at = choice.randrange(len(text))
        query = (
            text[at : at + choice.randint(1, 7)] if choice.random() < 0.8 else "".join(choice.choices(alphabet, k=3))
        )
        if not tokens_of(query):
            continue
        words = [word for token in tokens_of(query) for word in cut(token)]
        expected = {id for id, title in folded.items() if naive(words, title)}
        found = await market.search(query, limit=100)
        assert found.is_similar == (not expected), query
        if expected:
            # What is on later pages is counted; the first page is of the same.
            assert found.total == len(expected), query
            assert {product.id for product in found.products} <= expected
            found_any += 1
    assert found_any > 150


async def test_words_may_stand_apart_and_a_number_is_meant_whole(tx: Transaction) -> None:
    market = await open_market(tx)
    await market.put("苹果 红富士 5斤", "红富士苹果 50 斤", "iPhone15手机壳")
    assert len(await market.titles("红富士苹果")) == 2
    assert await market.titles("苹果 5") == ["苹果 红富士 5斤"]
    assert await market.titles("iph 15") == ["iPhone15手机壳"]
    assert await market.titles("蘋果紅富士５") == ["苹果 红富士 5斤"]
    assert await market.titles("壳") == ["iPhone15手机壳"]


async def test_descriptions_kinds_tags_and_choices_are_searched_without_their_tags(tx: Transaction) -> None:
    market = await open_market(tx)
    await market.put("甲", kind="茶具", tags=("送礼",), description_html="<p>秋天的<b>桂花</b> &amp; 蜜</p>")
    for text in ("茶具", "送礼", "桂花", "秋天"):
        assert await market.titles(text) == ["甲"], text
    assert await market.titles("amp") == []

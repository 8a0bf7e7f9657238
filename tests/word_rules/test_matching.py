"""Proves that words are found in whatever disguise, and only where they are words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.word_rules.examples import rule
from weiji.word_rules import Action, Field, Matcher
from weiji.word_rules.matching import LOOKED_AT_MAX, text_of

MATCHER = Matcher(
    [
        rule("支付宝", by_sound=True),
        rule("微信", by_sound=True),
        rule("信用", by_sound=True),
        rule("银行卡", by_sound=True),
        rule("代开发票"),
        rule("朋友天"),
        rule("vpn"),
        rule("sex"),
        rule("wechat pay"),
        rule("penis"),
        rule("91"),
    ]
)


def found(text: str, field: Field = Field.TITLE) -> list[tuple[str, str, bool]]:
    return [(hit.word, hit.found, hit.is_by_sound) for hit in MATCHER.find([(field, text)])]


@pytest.mark.parametrize(
    ("text", "word", "as_written"),
    [
        ("用支付宝", "支付宝", "支付宝"),
        ("用支付寶", "支付宝", "支付寶"),
        ("支 付 宝", "支付宝", "支 付 宝"),
        ("支·付*宝！", "支付宝", "支·付*宝"),
        ("支\u200b付\u200b宝", "支付宝", "支\u200b付\u200b宝"),
        ("可代開發票嗎", "代开发票", "代開發票"),
        ("加微 信号", "微信", "微 信"),
        ("个人微信号", "微信", "微信"),
        ("长期代开发票面议", "代开发票", "代开发票"),
        ("时代开发票", "代开发票", "代开发票"),
        ("ＶＰＮ", "vpn", "ＶＰＮ"),
        ("好用的VPN号", "vpn", "VPN"),
        ("v-p-n", "vpn", "v-p-n"),
        ("vpn2", "vpn", "vpn"),
        ("WeChatPay", "wechat pay", "WeChatPay"),
        ("wechat  pay", "wechat pay", "wechat  pay"),
        ("我有信用卡", "信用", "信用"),
        ("共91件", "91", "91"),
    ],
)
def test_disguises_hide_nothing_and_what_was_written_is_told(text: str, word: str, as_written: str) -> None:
    assert (word, as_written, False) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "相信用户",
        "请相信，用户",
        "小朋友天天",
        "时代开发票据系统",
        "avpn",
        "vpns",
        "essex",
        "pen is mightier",
        "vp n",
        "1991",
        "支付",
        "宝支付",
    ],
)
def test_what_only_looks_like_a_word_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [("zhi付宝", "支付宝"), ("之付宝", "支付宝"), ("zhi fu bao", "支付宝"), ("薇信", "微信"), ("yinhang卡", "银行卡")],
)
def test_what_sounds_like_a_word_is_at_most_looked_at(text: str, word: str) -> None:
    (hit,) = MATCHER.find([(Field.TITLE, text)])
    assert (hit.word, hit.is_by_sound, hit.action) == (word, True, Action.REVIEW)


def test_a_rule_looks_only_where_it_is_asked_to() -> None:
    matcher = Matcher([rule("微信", fields=(Field.DESCRIPTION,))])
    assert matcher.find([(Field.TITLE, "微信")]) == []
    assert [hit.field for hit in matcher.find([(Field.TITLE, "微信"), (Field.DESCRIPTION, "微信")])] == [
        Field.DESCRIPTION
    ]


def test_tags_hide_nothing_and_lines_part_words() -> None:
    assert found("<p>支<b>付</b>&#23453;</p>", Field.DESCRIPTION) == [("支付宝", "支付宝", False)]
    assert found("<p>pen</p><p>is</p>", Field.DESCRIPTION) == []
    assert text_of("<li>一</li><li>二 &amp; 三</li>").split() == ["一", "二", "&", "三"]


def test_the_strictest_is_told_first_and_each_rule_once_for_a_field() -> None:
    notes, refuses = rule("好", action=Action.NOTE), rule("差")
    hits = Matcher([notes, refuses]).find([(Field.TITLE, "好，好，差，差")])
    assert [(hit.rule_id, hit.action) for hit in hits] == [(refuses.id, Action.REFUSE), (notes.id, Action.NOTE)]


def test_words_of_rules_do_not_hide_one_another() -> None:
    hits = Matcher([rule("全网最低"), rule("最低价")]).find([(Field.TITLE, "全网最低价")])
    assert {hit.word for hit in hits} == {"全网最低", "最低价"}


def test_what_is_allowed_is_not_found_and_other_words_of_its_rule_are() -> None:
    each = rule("微信", "支付宝")
    matcher = Matcher([each])
    assert matcher.find([(Field.TITLE, "微信")], {(each.id, "微信")}) == []
    assert [hit.word for hit in matcher.find([(Field.TITLE, "微信 支付宝")], {(each.id, "微信")})] == ["支付宝"]


def test_whoever_repeats_a_word_does_not_get_more_of_our_time() -> None:
    looked: list[int] = []
    matcher = Matcher([rule("信用", passes=("相信用户",))])
    judge = matcher._is_word
    matcher._is_word = lambda *args: looked.append(1) or judge(*args)  # type: ignore[method-assign]
    assert matcher.find([(Field.TITLE, "相信用户" * LOOKED_AT_MAX * 2)]) == []
    assert len(looked) < 20, "the same surroundings are looked at once"
    # Where all are other ones, somebody looks at the rest.
    looked.clear()
    (hit,) = matcher.find([(Field.TITLE, "".join(f"相信用户{number}" for number in range(LOOKED_AT_MAX * 2)))])
    assert (hit.action, hit.found) == (Action.REVIEW, "信用")
    assert len(looked) == LOOKED_AT_MAX
    (hit,) = matcher.find([(Field.STOREFRONT, "".join(f"相信用户{number}" for number in range(LOOKED_AT_MAX * 2)))])
    assert hit.action is Action.REFUSE, "where nobody could look at it first"


def test_harmless_words_hide_no_other_however_many_they_are() -> None:
    matcher = Matcher([rule("信用", passes=("相信用户",)), rule("高仿"), rule("最好", action=Action.NOTE)])
    for many in ("相信用户。", "最好。", "相信用户，最好的。"):
        hits = matcher.find([(Field.DESCRIPTION, many * LOOKED_AT_MAX + "高仿的信用")])
        assert {hit.word: hit.action for hit in hits}["高仿"] is Action.REFUSE, many
        assert "信用" in {hit.word for hit in hits}, many
    # Each in other surroundings: then somebody looks.
    said = "".join(f"相信用户{number}。" for number in range(LOOKED_AT_MAX))
    assert {hit.word for hit in matcher.find([(Field.DESCRIPTION, said + "高仿")])} == {"高仿"}
    said = "".join(f"相信用户{number}。" for number in range(LOOKED_AT_MAX + 1))
    (refused,) = matcher.find([(Field.TITLE, said + "高仿"), (Field.TITLE, "高仿")])[:1]
    assert (refused.word, refused.action) == ("高仿", Action.REFUSE), "what another text says for sure counts"


def test_without_rules_nothing_is_found() -> None:
    assert Matcher([]).find([(Field.TITLE, "支付宝")]) == []


@given(st.lists(st.text(alphabet="支付宝微信vpn 。<>&\u200b\ud800ab９1", max_size=12), max_size=4))
def test_what_is_found_is_there_whatever_the_text(texts: list[str]) -> None:
    for hit in MATCHER.find((Field.TITLE, text) for text in texts):
        assert any(hit.found in text for text in texts)


ALONE = [rule("支付宝"), rule("vpn"), rule("信用")]
SINGLE = [Matcher([each]) for each in ALONE]
TOGETHER = Matcher([*ALONE, *(rule(chr(0x4E00 + n % 5_000) + chr(0x5000 + n)) for n in range(1_000))])


@given(st.text(alphabet="支付宝信用卡相vpn 。1", max_size=20))
def test_many_rules_find_what_each_finds_alone(text: str) -> None:
    alone = {hit.rule_id: hit.found for matcher in SINGLE for hit in matcher.find([(Field.TITLE, text)])}
    ids = {each.id for each in ALONE}
    together = {hit.rule_id: hit.found for hit in TOGETHER.find([(Field.TITLE, text)]) if hit.rule_id in ids}
    assert together == alone

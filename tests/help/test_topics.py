"""Proves of the texts of the help that each is there in each language, names what there is, and writes no number of a
rule."""

import re
from html import unescape
from pathlib import Path

import pytest

from weiji.doctor import examine_help
from weiji.help.figures import NAMES, SAMPLES, SETS
from weiji.help.finding import find
from weiji.help.model import Topic
from weiji.help.sections import sections
from weiji.help.texts import TOPICS, Library, read_topic
from weiji.help.writing import write
from weiji.web import catalogues
from weiji.web.locales import LOCALES, speaking
from weiji.web.rendering import PACKAGE

LIBRARY = Library()
EVERY = [topic for locale in LOCALES for topic in LIBRARY.all(locale)]
RULEBOOK, TRADE, CHECKLIST = {*SETS}, {"trade", "fees"}, {"checklist"}

DURATION = (
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty)\s+(?:day|hour|minute|month|yuan)"
)
NUMBER = re.compile(rf"\d|[一二三四五六七八九十两百千]+(?:天|小时|分钟|个月|元)|{DURATION}")


def named(topic: Topic) -> str:
    return f"{topic.locale}/{topic.name}"


def test_each_topic_is_in_each_language_and_in_one_section() -> None:
    listed = [name for section in sections() for name in section.topics]
    for locale in LOCALES:
        assert sorted(listed) == sorted(path.stem for path in (TOPICS / locale).glob("*.md"))


@pytest.mark.parametrize("topic", EVERY, ids=named)
def test_a_topic_can_be_written_and_leads_to_topics_that_there_are(topic: Topic) -> None:
    assert set(topic.see) <= {other.name for other in EVERY} - {topic.name}
    assert topic.figures <= NAMES
    kinds = [kind for kind in (RULEBOOK, TRADE, CHECKLIST) if kind & (topic.figures | {"contact"})]
    assert len(kinds) <= 2, "with the session, that is a page of more than three statements"
    with speaking(topic.locale):
        for figures in SAMPLES:
            html = write(topic.answer, figures) + write(topic.steps, figures)
            assert not re.search(r"\*\*|\{[{%]|\]\(|<p></p>|^\d\. |: \.|交；", html, re.MULTILINE), html
            assert topic.locale != "en" or not re.search("[一-鿿]", html), html


@pytest.mark.parametrize("topic", EVERY, ids=named)
def test_a_topic_writes_no_number_that_a_rule_could_say(topic: Topic) -> None:
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\]\([^)]*\)|`[^`]*`|^\d\. |A4|APIv3", " ", topic.steps, flags=re.MULTILINE)
    text += re.sub(r"\{\{.*?\}\}|\{%.*?%\}|APIv3", " ", topic.answer)
    assert not NUMBER.findall(text)


SAID = frozenset(
    {
        "点了才给你退",
        "confirm first, then I refund you",
        "武夷山桐木关正山小种 一斤装",
        "Lapsang Souchong from Tongmuguan, a tin",
        "一两，半斤，一斤",
        "新疆、西藏、内蒙古",
        "回老家采茶，回来给大家带新茶",
    }
)
"""What stands in quotation marks and is on no page: what somebody says, or writes."""


def test_what_topics_quote_is_called_so_on_pages() -> None:
    messages = [message for message in catalogues.read("en") if message.id]
    for locale, marks in {"zh_CN": "「」", "en": "“”"}.items():
        texts = [message.id if locale == "zh_CN" else message.string for message in messages]
        called = {one for text in texts for one in ((text,) if isinstance(text, str) else text)}
        patterns = {re.sub(r"%\(\w+\)s", "0", one) for one in called} | SAID
        quote = re.compile(f"{marks[0]}([^{marks[1]}]+){marks[1]}")
        with speaking(locale):
            for topic in LIBRARY.all(locale):
                written = unescape(write(f"{topic.answer}\n\n{topic.steps}", SAMPLES[0]))
                wrong = {said for said in quote.findall(written) if re.sub(r"\d+", "0", said) not in patterns}
                assert not wrong, named(topic)


def test_templates_lead_to_topics_that_there_are() -> None:
    topics = {topic.name for topic in EVERY}
    for path in PACKAGE.glob("*/templates/*.html"):
        text = path.read_text("utf-8")
        for name in re.findall(r'ui\.help\("([^"]+)"|"/help/([a-z-]+)["?]', text):
            assert {*name} - {"", "suggestions"} <= topics, f"{path}: {name}"


@pytest.mark.parametrize(
    ("query", "locale", "name"),
    [
        ("货没收到怎么办", "zh_CN", "not-arrived"),
        ("忘记密码", "zh_CN", "forgotten-password"),
        ("支付密码锁了", "zh_CN", "payment-password"),
        ("怎么提现", "zh_CN", "when-money"),
        ("七天无理由", "zh_CN", "return-goods"),
        ("茶叶怎么上架", "zh_CN", "first-goods"),
        ("my parcel did not arrive", "en", "not-arrived"),
    ],
)
def test_what_people_type_finds_the_answer(query: str, locale: str, name: str) -> None:
    assert find(query, LIBRARY.all(locale))[0].name == name


def test_nonsense_finds_nothing() -> None:
    for query in ("", "？！", "怎么", "qwxz", "鑫鑫鑫", "x" * 10_000):
        assert find(query, LIBRARY.all("zh_CN")) == []


def test_an_operators_own_topics_go_before_ours_and_mistakes_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "zh_CN"
    folder.mkdir()
    (folder / "market-day.md").write_text("# 集市哪天开？\nwords: 赶集\n\n逢五。<b>x</b>\n", "utf-8")
    (folder / "fees.md").write_text("# 收多少？\n\n不收。\n", "utf-8")
    (folder / "broken.md").write_text("没有问题\n", "utf-8")
    (folder / "unclosed.md").write_text("# 问\n\n{% if trade %}\n", "utf-8")
    (folder / "unknown.md").write_text("# 问\n\n{{ secrets.key }}\n", "utf-8")
    for n, mistake in enumerate(("trade.nope|hours", "trade.nope", "1|nope", "1|yuan|percent", "contact|days")):
        (folder / f"mistake-{n}.md").write_text(f"# 问\n\n答\n\n{{{{ {mistake} }}}}\n", "utf-8")
    (folder / "Not_A_Name.md").write_text("# 问\n\n答\n", "utf-8")
    (tmp_path / "zh-CN").mkdir()
    (tmp_path / "zh-CN" / "elsewhere.md").write_text("# 问\n\n答\n", "utf-8")
    library = Library(tmp_path)
    assert library.own == ("market-day",)
    own, ours = library.get("market-day", "en"), library.get("fees", "en")
    assert own
    assert ours
    assert (own.locale, ours.locale) == ("zh_CN", "en")
    assert [topic.answer for topic in library.all("zh_CN") if topic.name == "fees"] == ["不收。"]
    assert "&lt;b&gt;" in write(own.answer, {}), "HTML stays text"
    assert [topic.name for topic in find("赶集", library.all("zh_CN"))] == ["market-day"]
    assert library.get("broken", "zh_CN") is library.get("unclosed", "zh_CN") is library.get("unknown", "zh_CN") is None
    told = {finding.what.split(": ")[1]: finding.what for finding in examine_help(tmp_path) if not finding.is_good}
    assert len(told) == 10, "of each that is left out it is said why"
    assert "zh-CN/elsewhere.md" in told
    assert "secrets" in told["zh_CN/unknown.md"]
    assert all(finding.is_good for finding in examine_help(tmp_path / "nothing"))


def test_a_link_to_the_desk_leads_to_the_readers_own_shop() -> None:
    topic = read_topic("x", "en", "# X?\n\n[Goods](/merchant/-/goods) [To do](/merchant/-) [All](/merchant/shops)\n")
    own, anybody = write(topic.answer, {}, "/merchant/42"), write(topic.answer, {})
    assert re.findall('href="([^"]+)"', own) == ["/merchant/42/goods", "/merchant/42", "/merchant/shops"]
    assert re.findall('href="([^"]+)"', anybody) == ["/merchant", "/merchant", "/merchant/shops"]

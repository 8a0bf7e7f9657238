"""Proves of the texts of the help that each is there in each language, names what there is, and writes no number of a
rule."""

import re
from pathlib import Path

import pytest

from weiji.help.figures import FIXED, NAMES, SETS
from weiji.help.finding import find
from weiji.help.model import Topic
from weiji.help.sections import sections
from weiji.help.texts import TOPICS, Library, read_topic
from weiji.help.writing import write
from weiji.onboarding import Checklist
from weiji.orders import TradeRules
from weiji.orders.fees.model import Rate
from weiji.web.locales import LOCALES, speaking
from weiji.web.rendering import PACKAGE

LIBRARY = Library()
EVERY = [topic for locale in LOCALES for topic in LIBRARY.all(locale)]
RULEBOOK, TRADE, CHECKLIST = {*SETS}, {"trade", "fees"}, {"checklist"}

FIGURES = {name: of.kind() for name, of in SETS.items()} | {**FIXED, "dormant": {"months": 36, "notice_days": 30}}
BARE = FIGURES | {"trade": TradeRules(), "fees": Rate(), "checklist": Checklist()}
RICH = FIGURES | {
    "trade": TradeRules(
        fee_ppm=6_000, withdrawal_fee=100, delivered_confirm_days=2, grade_settle_days=(7, 3, 1), grade_day_sales=(10,)
    ),
    "fees": Rate(fee_ppm=6_000, commission_ppm=20_000),
    "checklist": Checklist(person_deposit=100_000, company_deposit=500_000, may_withdraw=True),
}
"""Every condition of the texts the one way, and the other."""

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
        for figures in (BARE, RICH):
            html = write(topic.answer, figures) + write(topic.steps, figures)
            assert not re.search(r"\*\*|\{[{%]|\]\(|<p></p>|^\d\. ", html, re.MULTILINE), html
            assert topic.locale != "en" or not re.search("[一-鿿]", html), html


@pytest.mark.parametrize("topic", EVERY, ids=named)
def test_a_topic_writes_no_number_that_a_rule_could_say(topic: Topic) -> None:
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\]\([^)]*\)|`[^`]*`|^\d\. |A4|APIv3", " ", topic.steps, flags=re.MULTILINE)
    text += re.sub(r"\{\{.*?\}\}|\{%.*?%\}|APIv3", " ", topic.answer)
    assert not NUMBER.findall(text)


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
    (folder / "Not_A_Name.md").write_text("# 问\n\n答\n", "utf-8")
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


def test_a_link_to_the_desk_leads_to_the_readers_own_shop() -> None:
    topic = read_topic("x", "en", "# X?\n\n[Goods](/merchant/-/goods) [To do](/merchant/-) [All](/merchant/shops)\n")
    own, anybody = write(topic.answer, {}, "/merchant/42"), write(topic.answer, {})
    assert re.findall('href="([^"]+)"', own) == ["/merchant/42/goods", "/merchant/42", "/merchant/shops"]
    assert re.findall('href="([^"]+)"', anybody) == ["/merchant", "/merchant", "/merchant/shops"]

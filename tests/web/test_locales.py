"""People read pages in their language, and amounts, numbers and times as they are used to."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from weiji.web import formats, locales
from weiji.web.rendering import environment


async def language(client: httpx.AsyncClient, path: str = "/-/gallery", **headers: str) -> str:
    text = (await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})).text
    return text.split('<html lang="')[1].split('"')[0]


async def test_the_address_wins_over_cookie_person_and_browser(client: httpx.AsyncClient) -> None:
    assert await language(client) == "zh-CN"
    assert await language(client, accept_language="fr, en;q=0.8, zh;q=0.5") == "en"
    assert await language(client, accept_language="zh-CN", x_caller="english") == "en"
    assert await language(client, x_caller="english", cookie="lang=zh_CN") == "zh-CN"
    assert await language(client, "/-/gallery?lang=xx", accept_language="tlh") == "zh-CN"
    assert await language(client, "/-/gallery?lang=en", cookie="lang=zh_CN") == "en"


async def test_the_address_is_remembered(client: httpx.AsyncClient) -> None:
    await client.get("/-/gallery?lang=en")
    assert await language(client) == "en"


@pytest.mark.parametrize("header", ["", ";;;", "en;q=x", "*", "en;q=0", "a" * 5000, ",".join(["fr"] * 500)])
def test_odd_wishes_are_no_wishes(header: str) -> None:
    assert locales.negotiate(header) is None


def test_chinese_readers_everywhere_are_understood() -> None:
    assert {locales.known(tag) for tag in ("zh", "zh-CN", "zh-Hans-SG", "ZH_cn", "zh-TW")} == {"zh_CN"}
    assert locales.known("en-GB") == "en"
    assert locales.known("") is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "¥0.00"),
        (9800, "¥98.00"),
        (-50, "-¥0.50"),
        (123456789, "¥1,234,567.89"),
        (10**17, "¥1,000,000,000,000,000.00"),
    ],
)
def test_money_is_written_exactly(amount: int, text: str) -> None:
    assert formats.money(amount) == text


def test_the_price_for_the_eye_is_the_same_amount() -> None:
    for amount in (1, 99, 100, 9800, -123456, 10**17):
        drawn = str(formats.price(amount)).replace("<small>", "").replace("</small>", "")
        assert drawn == formats.money(amount)
        shorter = str(formats.price(amount, is_brief=True)).replace("<small>", "").replace("</small>", "")
        assert shorter == formats.brief(amount) == formats.money(amount).removesuffix(".00")


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "0", "0"),
        (9999, "9,999", "9,999"),
        (12345, "1.2万", "12.3k"),
        (99999, "9.9万", "99.9k"),
        (20_000, "2万", "20k"),
        (1_234_567, "123.4万", "1.2M"),
        (1_234_567_890, "12.3亿", "1.2B"),
    ],
)
def test_numbers_are_short_and_never_rounded_up(value: int, chinese: str, english: str) -> None:
    with locales.speaking("zh_CN"):
        assert formats.number(value) == chinese
    with locales.speaking("en"):
        assert formats.number(value) == english


def test_times_are_those_of_the_business() -> None:
    late = datetime(2026, 3, 4, 17, 5, 6, tzinfo=UTC)
    with locales.speaking("zh_CN"):
        assert formats.instant(late) == '<time datetime="2026-03-05T01:05:06+08:00">3月5日 01:05</time>'
    with locales.speaking("en"):
        assert ">5 Mar 2026, 01:05:06<" in formats.instant(late, "full")


def test_what_was_lately_is_said_as_people_say_it() -> None:
    now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

    def said(at: datetime) -> str:
        return environment("zh_CN").render_str("{{ at|relative }}", "x.html", at=at, now=now)

    with locales.speaking("zh_CN"):
        assert ">3分钟前<" in said(now - timedelta(minutes=3))
        assert ">2026年1月3日<" in said(now - timedelta(days=60))


@pytest.mark.parametrize(
    ("left", "text"),
    [(-5, "00:00"), (59, "00:59"), (1798, "29:58"), (3600, "1:00:00"), (86400 * 2 + 3600 * 3 + 5, "2天3小时")],
)
def test_the_time_that_is_left_is_in_its_largest_units(left: int, text: str) -> None:
    with locales.speaking("zh_CN"):
        assert formats.duration(timedelta(seconds=left)) == text


def test_one_word_in_chinese_may_be_two_in_english() -> None:
    with locales.speaking("en"):
        assert locales.gettext("订单") == "Orders"
        assert locales.pgettext("one", "订单") == "Order"
    assert locales.pgettext("one", "订单") == "订单"
    for locale, texts in (("zh_CN", "订单 订单"), ("en", "Orders Order")):
        template = """{{ _("订单") }} {{ pgettext("one", "订单") }}"""
        assert environment(locale).render_str(template, "x.html") == texts


def test_a_list_is_joined_as_the_reader_does_it() -> None:
    for locale, text in (("zh_CN", "茶、杯&amp;碗"), ("en", "茶, 杯&amp;碗")):
        with locales.speaking(locale):
            assert environment(locale).render_str("{{ ['茶', '杯&碗']|listed }}", "x.html") == text


def test_markup_within_a_sentence_stays_markup_and_words_of_people_do_not() -> None:
    at = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    template = """{{ _("核对于 %(time)s", time=at|instant) }} {{ _("去掉 %(name)s", name="<b>") }}"""
    with locales.speaking("en"):
        text = environment("en").render_str(template, "x.html", at=at)
    assert text.startswith("Verified <time datetime=")
    assert text.endswith("</time> Remove &lt;b&gt;")


@pytest.mark.parametrize(
    ("length", "chinese", "english"),
    [(5, "5秒钟", "5 seconds"), (60, "1分钟", "1 minute"), (7200, "2小时", "2 hours")],
)
def test_a_length_of_time_is_said_in_one_unit(length: int, chinese: str, english: str) -> None:
    for locale, text in (("zh_CN", chinese), ("en", english)):
        with locales.speaking(locale):
            assert formats.about(timedelta(seconds=length)) == text


def test_a_locale_ends_with_its_context() -> None:
    with locales.speaking("en"):
        assert locales.gettext("购物车") == "Cart"
    assert locales.gettext("购物车") == "购物车"

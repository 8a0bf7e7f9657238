"""How money, numbers and times are written for people: the filters of the templates."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from babel.dates import format_datetime, format_timedelta
from markupsafe import Markup
from minijinja import pass_state
from minijinja._lowlevel import State

from weiji.kit.clock import SHANGHAI
from weiji.kit.money import format_yuan
from weiji.web import locales

SYMBOLS: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$"}
"""Currencies with two decimals. Others are written with their code."""

PATTERNS: Final = {
    "zh_CN": {
        "date": "y年M月d日",
        "day": "M月d日",
        "time": "HH:mm",
        "minute": "M月d日 HH:mm",
        "full": "y年M月d日 HH:mm:ss",
    },
    "en": {"date": "d MMM y", "day": "d MMM", "time": "HH:mm", "minute": "d MMM, HH:mm", "full": "d MMM y, HH:mm:ss"},
}
"""The ways to write an instant, by name."""


def money(amount: int, currency: str = "CNY") -> str:
    """Write an amount in minor units: 9800 → `¥98.00`; -50 → `-¥0.50`."""
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency, currency + " ")
    return f"{sign}{symbol}{format_yuan(abs(amount))}"


def brief(amount: int, currency: str = "CNY") -> str:
    """Write an amount that is not paid here, without the cents where there are none: 9800 → `¥98`, 9850 → `¥98.50`."""
    return money(amount, currency).removesuffix(".00")


def price(amount: int, currency: str = "CNY", *, is_brief: bool = False) -> Markup:
    """Write an amount for the eye: a small sign, large yuan, small cents. It is read out as one amount.

    With *is_brief*, cents are left out where there are none.
    """
    whole, _, cents = format_yuan(abs(amount)).partition(".")
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency, currency + " ")
    if is_brief and cents == "00":
        return Markup("{}<small>{}</small>{}").format(sign, symbol, whole)
    return Markup("{}<small>{}</small>{}<small>.{}</small>").format(sign, symbol, whole, cents)


def number(value: float) -> str:
    """Write a number short: 12345 → `1.2万` in Chinese, `12.3k` in English. Below ten thousand it is written out."""
    steps = (
        ((10**8, "亿"), (10**4, "万")) if locales.current() == "zh_CN" else ((10**9, "B"), (10**6, "M"), (10**4, "k"))
    )
    for step, sign in steps:
        if abs(value) >= step:
            unit = 1_000 if sign == "k" else step
            return f"{int(value * 10 / unit) / 10:,.1f}".removesuffix(".0") + sign
    return f"{value:,}"


def instant(value: datetime, pattern: str = "minute") -> Markup:
    """Write an instant as `<time>`, in the zone of the business. *pattern* is a name in PATTERNS."""
    locale = locales.current()
    local = value.astimezone(SHANGHAI)
    text = format_datetime(local, PATTERNS[locale][pattern], locale=locale)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), text)


@pass_state
def relative(state: State, value: datetime) -> Markup:
    """Write an instant as people say it (`3分钟前`), for a week; after that, as a day."""
    now: datetime = state.lookup("now")
    if abs(now - value) >= timedelta(days=7):
        return instant(value, "date")
    locale = locales.current()
    local = value.astimezone(SHANGHAI)
    text = format_timedelta(value - now, add_direction=True, locale=locale)
    title = format_datetime(local, PATTERNS[locale]["full"], locale=locale)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(local.isoformat(timespec="seconds"), title, text)


def duration(value: timedelta) -> str:
    """Write a length of time in its largest units: `2天3小时`, `29:58`."""
    seconds = max(0, int(value.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return locales.gettext("%(days)s天%(hours)s小时", days=days, hours=hours)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def about(value: timedelta) -> str:
    """Write a length of time as people say it, in one unit: `10分钟`."""
    return format_timedelta(value, locale=locales.current())


@pass_state
def countdown(state: State, until: datetime, on_end: str = "") -> Markup:
    """Write the time that is left until an instant, and let it run.

    It runs by the page's clock (`now`), not by the device's. With `on_end="reload"` the page is asked
    for again at the end, so that it shows what the deadline did.
    """
    now: datetime = state.lookup("now")
    end = Markup(' on-end="{}"').format(on_end) if on_end else ""
    return Markup('<weiji-countdown until="{}" now="{}"{} role="timer">{}</weiji-countdown>').format(
        until.isoformat(), now.isoformat(), end, duration(until - now)
    )


def listed(texts: Iterable[str]) -> str:
    """Write several things as one list: `茶、杯子`, `Tea, Cup`."""
    return locales.pgettext("between the items of a list", "、").join(texts)


def initial(name: str) -> str:
    """Take the letter that stands for a name in a round picture."""
    return name.strip()[:1].upper() or "·"

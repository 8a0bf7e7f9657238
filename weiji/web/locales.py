"""Languages: which one a person reads, and the gettext catalogues. Simplified Chinese is the source language."""

import gettext as gettext_module
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.core import parse_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

LOCALES: Final = ("zh_CN", "en")
"""The locales that there are catalogues for; the first is the source, and the default."""

DEFAULT: Final = LOCALES[0]
NAMES: Final = {"zh_CN": "简体中文", "en": "English"}
TRANSLATIONS: Final = Path(__file__).parent / "translations"
DOMAIN: Final = "weiji"

_BY_TAG: Final = {"zh": "zh_CN", "zh_cn": "zh_CN", "en": "en"}
"""Traditional Chinese readers get simplified characters until there is a catalogue of theirs."""

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT)


@cache
def catalogue(locale: str) -> gettext_module.NullTranslations:
    """Read the catalogue of a locale. The compiled one is used, unless the text beside it is newer."""
    folder = TRANSLATIONS / locale / "LC_MESSAGES"
    text, compiled = folder / f"{DOMAIN}.po", folder / f"{DOMAIN}.mo"
    if compiled.exists() and compiled.stat().st_mtime >= text.stat().st_mtime:
        with compiled.open("rb") as file:
            return gettext_module.GNUTranslations(file)
    buffer = BytesIO()
    with text.open("rb") as file:
        write_mo(buffer, read_po(file, locale=locale, domain=DOMAIN))
    buffer.seek(0)
    return gettext_module.GNUTranslations(buffer)


def current() -> str:
    """Tell the locale of this context."""
    return _locale.get()


def set_current(locale: str) -> None:
    """Choose the locale of this context from here on."""
    _locale.set(locale)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Choose the locale of what runs inside: a worker that writes to a person uses this."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def gettext(message: str, **values: object) -> str:
    """Translate *message* into the locale of this context, and put *values* into its `%(name)s`."""
    return translate(_locale.get(), message, **values)


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """Translate with the form that *number* asks for. `%(number)s` is there without being named."""
    return translate_number(_locale.get(), singular, plural, number, **values)


def pgettext(context: str, message: str, **values: object) -> str:
    """Translate a message that means something else elsewhere: *context* tells it from the others."""
    return translate(_locale.get(), message, context, **values)


def translate(locale: str, message: str, context: str | None = None, /, **values: object) -> str:
    """Translate *message* into *locale*. Where a value is markup, so is what comes of it, and the rest is escaped."""
    texts = catalogue(locale)
    return _put_in(texts.pgettext(context, message) if context else texts.gettext(message), values)


def translate_number(locale: str, singular: str, plural: str, number: int, **values: object) -> str:
    """Translate into *locale*, with the form that *number* asks for."""
    return _put_in(catalogue(locale).ngettext(singular, plural, number), {"number": number, **values})


def _put_in(text: str, values: dict[str, object]) -> str:
    if not values:
        return text
    return (escape(text) if any(isinstance(value, Markup) for value in values.values()) else text) % values


def known(text: str | None) -> str | None:
    """Tell which of our locales *text* (`zh-CN`, `en_GB`, `ZH`) means; None if none of them."""
    if not text:
        return None
    language = text.replace("-", "_").lower()
    return _BY_TAG.get(language) or _BY_TAG.get(language.partition("_")[0])


@lru_cache(maxsize=1_024)
def negotiate(accept_language: str) -> str | None:
    """Choose by the header Accept-Language (RFC 9110, section 12.5.4); None if it asks for nothing that we have."""
    wishes: list[tuple[float, int, str]] = []
    for order, item in enumerate(accept_language.split(",")[:20]):
        tag, _, rest = item.strip().partition(";")
        weight = rest.strip().removeprefix("q=") if rest else "1"
        try:
            wishes.append((-float(weight), order, tag))
        except ValueError:
            continue
    for negative_weight, _order, tag in sorted(wishes):
        if negative_weight < 0 and (locale := known(tag)):
            return locale
    return None


def language_tag(locale: str) -> str:
    """Write a locale as HTML wants it: `zh-CN`."""
    language, territory, *_ = parse_locale(locale)
    return f"{language}-{territory}" if territory else language

"""Writes what a topic says: puts the figures in, and makes HTML of the Markdown."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markupsafe import Markup
from minijinja import Environment

from weiji.onboarding import Field
from weiji.onboarding.words import field_word
from weiji.rulebook.forms import Percent
from weiji.web import formats, ngettext
from weiji.web import gettext as _
from weiji.web.formats import listed

DESK: Final = "/merchant/-"
"""What texts write for the desk of the reader's shop."""


def days(number: int) -> str:
    """Write a number of days."""
    return ngettext("%(number)s 天", "%(number)s 天", number)


def hours(number: int) -> str:
    """Write a number of hours."""
    return ngettext("%(number)s 小时", "%(number)s 小时", number)


def minutes(number: int) -> str:
    """Write a number of minutes."""
    return ngettext("%(number)s 分钟", "%(number)s 分钟", number)


def points(number: int) -> str:
    """Write a number of points."""
    return ngettext("%(number)s 分", "%(number)s 分", number)


def times(number: int) -> str:
    """Write how often."""
    return ngettext("%(number)s 次", "%(number)s 次", number)


def any_of(numbers: Sequence[int]) -> str:
    """Write numbers beside each other."""
    return listed(map(str, numbers))


def papers(names: Iterable[Field]) -> str:
    """Name documents."""
    return listed(_("「%(name)s」", name=field_word(name)) for name in names)


ENVIRONMENT: Final = Environment(
    undefined_behavior="strict",
    filters={
        "days": days,
        "hours": hours,
        "minutes": minutes,
        "points": points,
        "times": times,
        "any_of": any_of,
        "papers": papers,
        "yuan": formats.brief,
        "percent": Percent().show,
        "number": lambda number: f"{number:,}",
    },
)

_LONE: Final = re.compile(r"^(\{%.*%\})\n", re.MULTILINE)
"""A condition in a line of its own: that line is none of the text."""

_DESK_LINK: Final = re.compile(rf'href="{DESK}[^"]*"')

MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
"""What stands in a text as HTML stays text: the operator's own topics are nobody's way into pages."""


class Unwritable(ValueError):
    """What a text asks for there is not, or it can't be written so."""


def named_by(text: str) -> frozenset[str]:
    """Name the figures that a text names."""
    return frozenset(ENVIRONMENT.undeclared_variables_in_str(text))


def write(text: str, figures: Mapping[str, Any], desk: str = "/merchant") -> Markup:
    """Make HTML of a text, in the language of this context. *desk* is where the reader's shop is run.

    Without a desk that is one shop's, what leads to a page of it leads to where one is chosen or opened.
    Raises Unwritable.
    """
    try:
        filled = ENVIRONMENT.render_str(_LONE.sub(r"\1", text), "topic.md", **figures)
    except Exception as error:  # A filter raises what it likes where it is given what it was not made for.
        raise Unwritable(str(error)) from error
    html = _to_html(filled)
    if desk == "/merchant":
        return Markup(_DESK_LINK.sub('href="/merchant"', html))  # noqa: S704
    return Markup(html.replace(f'href="{DESK}', f'href="{desk}'))  # noqa: S704


@lru_cache(maxsize=500)
def _to_html(text: str) -> str:
    rendered: str = MARKDOWN.render(text)
    return rendered.replace("<table>", '<table tabindex="0">')  # Where it is too wide, the keyboard scrolls it, too.

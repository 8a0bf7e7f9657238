"""Reads the texts of the topics: Markdown files, one for each topic and language. See README.md."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from minijinja import TemplateError
from msgspec.structs import replace

from weiji.help.figures import NAMES, SAMPLES
from weiji.help.model import Topic
from weiji.help.writing import Unwritable, named_by, write
from weiji.web.locales import LOCALES, speaking

TOPICS: Final = Path(__file__).parent / "topics"

NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""A topic's name: that of its file, and the end of its address."""

OWN_MAX: Final = 200
"""Topics of the operator's own that are read, of each language."""

_HEAD: Final = re.compile(
    r"# (?P<question>[^\n]+)\n(?P<head>(?:[a-z]+: [^\n]*\n)*)\n+(?P<answer>.+?)(?:\n\n+(?P<steps>.*))?", re.DOTALL
)

log = structlog.get_logger("weiji.help")


class Library:
    """All topics there are: the program's, and those of the operator's folder, which go before them."""

    def __init__(self, own: Path | None = None) -> None:
        self._topics: dict[tuple[str, str], Topic] = {}
        for locale in LOCALES:
            for path in _files(TOPICS / locale):
                self._topics[locale, path.stem] = read_topic(path.stem, locale, path.read_text("utf-8"))
        self._shipped = dict(self._topics)
        for locale in LOCALES if own else ():
            for path in _files(own / locale)[:OWN_MAX] if own else ():
                topic = _read_own(path, locale)
                if topic:
                    self._topics[locale, topic.name] = topic
        shipped = {name for _locale, name in self._shipped}
        self.own: tuple[str, ...] = tuple(sorted({name for _locale, name in self._topics} - shipped))
        """Names of topics that are only the operator's."""

    def get(self, name: str, locale: str) -> Topic | None:
        """Find a topic in a language, or else in another that there is."""
        return _find(self._topics, name, locale)

    def get_shipped(self, name: str, locale: str) -> Topic | None:
        """Find the topic of the program's in whose place the operator's is, or may be."""
        return _find(self._shipped, name, locale)

    def all(self, locale: str) -> Iterator[Topic]:
        """List the topics in a language."""
        for name in sorted({name for _locale, name in self._topics}):
            if topic := self.get(name, locale):
                yield topic


def _find(topics: Mapping[tuple[str, str], Topic], name: str, locale: str) -> Topic | None:
    return next((found for each in (locale, *LOCALES) if (found := topics.get((each, name)))), None)


@cache
def library(own: Path) -> Library:
    """Read the topics once for as long as the process runs. *own* is the operator's folder, if it is there."""
    return Library(own)


def _files(folder: Path) -> list[Path]:
    """List the files of topics of one language."""
    return sorted(path for path in folder.glob("*.md") if NAME.fullmatch(path.stem))


def _read_own(path: Path, locale: str) -> Topic | None:
    """Read a topic of the operator's; one with a mistake is left out, and told of."""
    try:
        topic = replace(read_topic(path.stem, locale, path.read_text("utf-8")), is_own=True)
    except (OSError, ValueError, TemplateError) as error:
        log.warning("a topic of the help can't be read", path=str(path), why=str(error))
        return None
    if unknown := topic.figures - NAMES:
        log.warning("a topic of the help names what there is not", path=str(path), names=sorted(unknown))
        return None
    try:
        with speaking(locale):
            for figures in SAMPLES:
                write(topic.answer, figures)
                write(topic.steps, figures)
    except Unwritable as error:
        log.warning("a topic of the help can't be written", path=str(path), why=str(error))
        return None
    return topic


def read_topic(name: str, locale: str, text: str) -> Topic:
    """Read a topic: its question, what else it is called, what to see next, the answer in short, and the steps."""
    found = _HEAD.fullmatch(text.strip() + "\n")
    if found is None:
        raise ValueError(f"{locale}/{name}.md: it begins with “# A question?”, and then its answer in short")
    head = dict(line.split(": ", 1) for line in found["head"].splitlines())
    return Topic(
        name=name,
        locale=locale,
        question=found["question"].strip(),
        words=tuple(head.get("words", "").split()),
        see=tuple(head.get("see", "").split()),
        answer=found["answer"].strip(),
        steps=(found["steps"] or "").strip(),
        figures=named_by(text),
    )

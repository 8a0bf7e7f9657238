"""Reads the texts of the topics: Markdown files, one for each topic and language. See README.md."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from minijinja import TemplateError
from msgspec import Struct
from msgspec.structs import replace

from weiji.help.figures import NAMES, SAMPLES
from weiji.help.model import Topic
from weiji.help.writing import named_by, write
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


class Fault(Struct, frozen=True):
    """Why a file of the operator's is no topic."""

    path: Path
    why: str


class Library:
    """All topics there are: the program's, and those of the operator's folder, which go before them."""

    def __init__(self, own: Path | None = None) -> None:
        self._shipped = _shipped()
        self._topics = dict(self._shipped)
        self.faults: list[Fault] = []
        """What lies in the operator's folder and is left out."""
        for path in sorted(own.rglob("*.md")) if own else ():
            try:
                topic = self._read_own(path, path.relative_to(own).parts[:-1] if own else ())
            except (OSError, ValueError, TemplateError) as error:
                self.faults.append(Fault(path, str(error)))
            else:
                self._topics[topic.locale, topic.name] = topic
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

    def own_of(self, locale: str) -> list[Topic]:
        """List the operator's topics that are written in a language."""
        return [topic for topic in self._topics.values() if topic.is_own and topic.locale == locale]

    def _read_own(self, path: Path, folders: tuple[str, ...]) -> Topic:
        """Read a topic of the operator's, and try to write it. Raises what says why it is none."""
        if len(folders) != 1 or folders[0] not in LOCALES:
            raise ValueError(f"it is in none of the folders {', '.join(LOCALES)}")
        if not NAME.fullmatch(path.stem):
            raise ValueError("its name has more than small letters, digits and hyphens")
        (locale,) = folders
        if len(self.own_of(locale)) >= OWN_MAX:
            raise ValueError(f"there are {OWN_MAX} before it")
        topic = replace(read_topic(path.stem, locale, path.read_text("utf-8")), is_own=True)
        if unknown := topic.figures - NAMES:
            raise ValueError(f"it names what there is not: {', '.join(sorted(unknown))}")
        with speaking(locale):
            for figures in SAMPLES:
                write(topic.answer, figures)
                write(topic.steps, figures)
        return topic


@cache
def _shipped() -> dict[tuple[str, str], Topic]:
    return {
        (locale, path.stem): read_topic(path.stem, locale, path.read_text("utf-8"))
        for locale in LOCALES
        for path in (TOPICS / locale).glob("*.md")
    }


def _find(topics: Mapping[tuple[str, str], Topic], name: str, locale: str) -> Topic | None:
    return next((found for each in (locale, *LOCALES) if (found := topics.get((each, name)))), None)


@cache
def library(data: Path) -> Library:
    """Read the topics, the operator's in the folder of data, too: once for as long as the process runs."""
    found = Library(data / "help")
    for fault in found.faults:
        log.warning("a topic of the help can't be read", path=str(fault.path), why=fault.why)
    return found


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

"""Keep the catalogues of translations in step with the program.

    python -m weiji.web.catalogues update    find every message, and merge them into the catalogues
    python -m weiji.web.catalogues missing   print what the English one lacks; exit 1 if anything
    python -m weiji.web.catalogues fill en   read lines `message<TAB>translation`, and put them in (see its help)
    python -m weiji.web.catalogues compile   make the .mo files (the build does this, too)

The source language is Chinese, so the catalogue zh_CN has empty translations: an operator may fill in
words of their own.
"""

import ast
import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from weiji.web.locales import DEFAULT, DOMAIN, LOCALES, TRANSLATIONS
from weiji.web.rendering import PACKAGE


class Found(NamedTuple):
    """A message, and where it stands; a pair where there is a form for one and one for many."""

    line: int
    message: str | tuple[str, str]
    context: str | None = None
    """What tells it from another message with the same words."""


EMPTY_HEADERS: Final = tuple(
    f'"{name}:'.encode()
    for name in (
        "Project-Id-Version",
        "Report-Msgid-Bugs-To",
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
    )
)
"""Lines of a catalogue's head that say nothing, or change at every run."""

TAG: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
STRING: Final = r""" "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' """
CALL: Final = re.compile(
    rf"(?<![\w.]) (?P<name>_|[np]gettext) \( \s* (?P<first>{STRING}) (?: \s*,\s* (?P<second>{STRING}) )?", re.VERBOSE
)

MARKED: Final = re.compile(rb"\b(?:_|[np]?gettext)\s*\(")
"""What stands in a Python file that says something."""


def find_in_template(text: str) -> Iterator[Found]:
    """Find the messages of a template: `_("…")`, `ngettext("…", "…", n)` and `pgettext("context", "…")` in its tags."""
    for tag in TAG.finditer(text):
        for call in CALL.finditer(tag.group()):
            line = text.count("\n", 0, tag.start() + call.start()) + 1
            first = ast.literal_eval(call["first"])
            if call["name"] == "_":
                yield Found(line, first)
            elif call["second"]:
                second = ast.literal_eval(call["second"])
                yield Found(line, (first, second)) if call["name"] == "ngettext" else Found(line, second, first)


def find_in_python(source: bytes) -> Iterator[Found]:
    """Find the messages of a Python file."""
    if not MARKED.search(source):  # To read a file token by token takes longest, and few say anything.
        return
    names = dict.fromkeys(("_", "gettext", "ngettext", "pgettext"))
    calls: Iterable[Any] = extract_python(BytesIO(source), names, [], {})
    for line, name, messages, _comments in calls:
        texts = [text for text in (messages if isinstance(messages, tuple) else (messages,)) if text]
        if name in ("ngettext", "pgettext"):
            if len(texts) >= 2:  # More, where strings are in what the number comes from: `data["days"]`.
                first, second = texts[:2]
                yield Found(line, (first, second)) if name == "ngettext" else Found(line, second, first)
        elif texts:
            yield Found(line, texts[0])


def template_catalogue() -> Catalog:
    """Collect every message of the program."""
    catalogue = Catalog(domain=DOMAIN, project="weiji", fuzzy=False, charset="utf-8")
    for path in sorted(PACKAGE.rglob("*")):
        place = path.relative_to(PACKAGE.parent).as_posix()
        found: Iterable[Found]
        if path.suffix == ".py":
            found = find_in_python(path.read_bytes())
        elif path.suffix == ".html" and path.parent.name == "templates":
            found = find_in_template(path.read_text("utf-8"))
        else:
            continue
        for line, message, context in found:
            catalogue.add(message, locations=[(place, line)], context=context)
    return catalogue


def path_of(locale: str) -> Path:
    """Tell where the catalogue of a locale is."""
    return TRANSLATIONS / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(locale: str) -> Catalog:
    """Read the catalogue of a locale; a new one where there is none."""
    path = path_of(locale)
    if not path.exists():
        return Catalog(locale=locale, domain=DOMAIN, project="weiji", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale, domain=DOMAIN)


def write(catalogue: Catalog, locale: str) -> None:
    """Write the catalogue of a locale: places without lines, so that moving code doesn't change it."""
    path = path_of(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    catalogue.header_comment = f"# What weiji says, in {catalogue.locale}."
    write_po(
        buffer, catalogue, width=0, sort_by_file=True, include_lineno=False, ignore_obsolete=True, omit_header=False
    )
    lines = [line for line in buffer.getvalue().split(b"\n") if not line.startswith(EMPTY_HEADERS)]
    path.write_bytes(b"\n".join(lines))


def is_translated(message: Message) -> bool:
    """Tell whether every form of a message has a translation."""
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(forms) and all(forms) and not message.fuzzy


def missing(locale: str, template: Catalog) -> list[str]:
    """Name the messages of the program, *template*, that the catalogue of a locale lacks."""
    catalogue = read(locale)
    lacking = []
    for message in template:
        if message.id:
            known = catalogue.get(message.id, message.context)
            if known is None or not is_translated(known):
                words = message.id if isinstance(message.id, str) else "\t".join(message.id)
                lacking.append(f"{message.context}\t{words}" if message.context else words)
    return lacking


def merge(catalogue: Catalog, template: Catalog) -> None:
    """Take in the messages of the program. One that has a form for many, and had none, is translated anew."""
    catalogue.update(template, no_fuzzy_matching=True)
    for message in catalogue:
        if message.id and message.fuzzy:
            message.flags.discard("fuzzy")
            message.string = ("",) * catalogue.num_plurals if message.pluralizable else ""


@contextmanager
def _alone() -> Iterator[None]:
    """Keep another run from writing the catalogues at the same time."""
    folder = os.open(TRANSLATIONS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@click.group(help=__doc__)
def main() -> None:
    """Gather the commands."""


@main.command("update")
def update_catalogues() -> None:
    """Find every message, and merge them into the catalogues."""
    with _alone():
        template = template_catalogue()
        for locale in LOCALES:
            catalogue = read(locale)
            merge(catalogue, template)
            write(catalogue, locale)


@main.command("missing")
def show_missing() -> None:
    """Print what the translated catalogues lack."""
    template = template_catalogue()
    lacking = [text for locale in LOCALES if locale != DEFAULT for text in missing(locale, template)]
    click.echo("\n".join(lacking))
    raise SystemExit(1 if lacking else 0)


@main.command("fill")
@click.argument("locale", type=click.Choice(LOCALES))
@click.argument("lines", type=click.File("r", encoding="utf-8"), default="-")
def fill_catalogue(locale: str, lines: Any) -> None:
    """Read lines `message<TAB>translation`, and put them in.

    With a context it is `context<TAB>message<TAB>translation`, with a number `one<TAB>many<TAB>one<TAB>many`.
    A line break within a message is written as a backslash and an n.
    """
    with _alone():
        catalogue = read(locale)
        merge(catalogue, template_catalogue())
        for line in lines:
            parts = [part.replace("\\n", "\n") for part in line.rstrip("\r\n").split("\t")]
            match parts:
                case [message, text]:
                    _message_of(catalogue, message).string = text
                case [context, message, text]:
                    _message_of(catalogue, message, context).string = text
                case [one, many, *texts] if len(texts) == 2:
                    _message_of(catalogue, (one, many)).string = tuple(texts[: catalogue.num_plurals])
                case _ if line.strip():
                    raise click.ClickException(f"Neither two, three nor four columns: {line!r}")
        write(catalogue, locale)


def _message_of(catalogue: Catalog, message: str | tuple[str, str], context: str | None = None) -> Message:
    found = catalogue.get(message, context)
    if found is None:
        raise click.ClickException(f"Not a message of the program: {message}")
    if isinstance(found.id, str) is not isinstance(message, str):
        raise click.ClickException(f"With a number there are four columns, else two or three: {message}")
    return found


@main.command("compile")
def compile_catalogues() -> None:
    """Make the .mo files."""
    for locale in LOCALES:
        with path_of(locale).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(locale))


if __name__ == "__main__":
    main()

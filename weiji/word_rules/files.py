"""Word rules as a CSV file: one rule a line, and in a cell with several things one a line, too."""

import csv
from io import StringIO
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from weiji.kit.ids import new_id
from weiji.word_rules.model import Action, Field, WordRule

COLUMNS: Final = ("id", "name", "words", "action", "fields", "reason", "by_sound", "hits", "passes")

CELL_MAX: Final = 20_000
"""Characters of a cell: what a rule of most words and longest examples needs."""

_LISTS: Final = ("words", "fields", "hits", "passes")
_YES: Final = frozenset({"1", "true", "yes", "y", "是"})


class FileFault(Struct, frozen=True):
    """What can't be read: the line of the file (the first is 1) and the column; an empty one: the whole line."""

    line: int
    column: str


def write_rules(rules: list[WordRule]) -> str:
    """Write rules as a file, with a byte order mark: spreadsheets take it for UTF-8 only then."""
    out = StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for rule in rules:
        cells = {name: getattr(rule, name) for name in COLUMNS}
        cells |= {name: "\n".join(cells[name]) for name in _LISTS}
        writer.writerow([*(cells | {"by_sound": "1" if rule.by_sound else ""}).values()])
    return out.getvalue()


def read_rules(data: bytes) -> tuple[list[WordRule], list[FileFault]]:
    """Read rules from a file in UTF-8 or GB 18030. A line without an id is a new rule.

    Only what stands in the file is put: rules that it leaves out stay.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", "replace")
    reader = csv.reader(StringIO(text.replace("\x00", "\ufffd"), newline=""))
    rules: list[WordRule] = []
    faults: list[FileFault] = []
    try:
        names = [cell.strip().lower() for cell in next(reader, [])]
        missing = [column for column in ("name", "words", "action", "fields", "reason", "hits") if column not in names]
        if missing:
            return [], [FileFault(1, column) for column in missing]
        for row in reader:
            if any(map(str.strip, row)):
                found = _read(dict(zip(names, row, strict=False)))
                if isinstance(found, str):
                    faults.append(FileFault(reader.line_num, found))
                else:
                    rules.append(found)
    except csv.Error:
        faults.append(FileFault(reader.line_num, ""))
    return rules, faults


def _read(cells: dict[str, str]) -> WordRule | str:
    """Read a rule; name the column that is wrong."""
    if any(len(cell) > CELL_MAX for cell in cells.values()):
        return ""
    lists = {name: tuple(filter(None, map(str.strip, cells.get(name, "").splitlines()))) for name in _LISTS}
    id = cells.get("id", "").strip()
    try:
        known = UUID(id) if id else new_id()
    except ValueError:
        return "id"
    action = cells["action"].strip().lower()
    if action not in tuple(Action):
        return "action"
    if not lists["fields"] or not set(lists["fields"]) <= set(Field):
        return "fields"
    facts = {
        "id": known,
        "name": cells["name"].strip(),
        "action": action,
        "reason": cells["reason"].strip(),
        "by_sound": cells.get("by_sound", "").strip().lower() in _YES,
    }
    try:
        return msgspec.convert(facts | lists, WordRule)
    except msgspec.ValidationError as error:
        # "… - at `$.words[0]`"
        return str(error).rpartition("$.")[2].partition("[")[0].rstrip("`")

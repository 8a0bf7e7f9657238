"""Forms of rules: each field in the unit that people think in, checked against the bounds of the struct itself."""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct

from weiji.kit.money import parse_yuan, plain_yuan
from weiji.kit.text import is_text
from weiji.web import gettext as _
from weiji.web import ngettext
from weiji.web.formats import listed, money
from weiji.web.forms import Form, read_number

R = TypeVar("R")

CHOICES_MAX: Final = 1_000
SPARE_ROWS: Final = 3
"""Empty rows that a form has for more."""

LINE_MAX: Final = 60
"""Characters of a field of one line that are read."""

LINES_MAX: Final = 20_000
"""Characters of a field of many lines that are read."""

_THOUSANDS: Final = re.compile(r"\d[,，]\d{3}(?!\d)")
"""A comma within an amount, or between two: 50,000 must not be 50 for one grade, and no limit for the next."""

_PPM_OF_PERCENT: Final = 10_000


class Unit(Protocol):
    """What a rule is counted in: how it is typed, and how it is read."""

    @property
    def widget(self) -> str:
        """Which control it has: number text area switch choices rows."""
        ...

    def parse(self, form: Form, name: str) -> Any:
        """Read what was typed; None where it is nothing of the kind."""
        ...

    def write(self, value: Any, /) -> str:
        """Write a value as one types it."""
        ...

    def show(self, value: Any, /) -> str:
        """Write a value to be read."""
        ...

    def complain(self) -> str:
        """Say what to type."""
        ...


class Count(Struct, frozen=True):
    """A whole number of something; *say* writes it with its noun."""

    suffix: str
    say: Callable[[int], str]
    widget: str = "number"

    def parse(self, form: Form, name: str) -> int | None:
        """Read a whole number."""
        return form.number(name)

    def write(self, value: int) -> str:
        """Write the number alone."""
        return str(value)

    def show(self, value: int) -> str:
        """Write it with its noun."""
        return self.say(value)

    def complain(self) -> str:
        """Ask for a number."""
        return _("请写一个数。")


class Yuan(Struct, frozen=True):
    """An amount in fen, typed in yuan."""

    suffix: str
    widget: str = "number"

    def parse(self, form: Form, name: str) -> int | None:
        """Read an amount."""
        return parse_yuan(form.text(name))

    def write(self, value: int) -> str:
        """Write it without the cents that it has not."""
        return _yuan(value)

    def show(self, value: int) -> str:
        """Write it as money."""
        return money(value)

    def complain(self) -> str:
        """Ask for an amount."""
        return _("请写一个金额，例如 200 或 0.5。")


class Percent(Struct, frozen=True):
    """Millionths, typed in per cent."""

    suffix: str = "%"
    widget: str = "number"

    def parse(self, form: Form, name: str) -> int | None:
        """Read per cent with at most four decimals."""
        try:
            ppm = Decimal(form.text(name)) * _PPM_OF_PERCENT
        except ArithmeticError:  # It is no number, or has millions of digits.
            return None
        return int(ppm) if ppm.is_finite() and ppm == ppm.to_integral_value() and abs(ppm) < 10**9 else None

    def write(self, value: int) -> str:
        """Write it as short as may be."""
        return f"{Decimal(value) / _PPM_OF_PERCENT:f}"

    def show(self, value: int) -> str:
        """Write it with its sign."""
        return f"{self.write(value)}%"

    def complain(self) -> str:
        """Ask for a number."""
        return _("请写一个数。")


class Numbers(Struct, frozen=True):
    """Several whole numbers, each between *low* and *high*; *say* writes them to be read."""

    suffix: str
    say: Callable[[Sequence[int]], str]
    complaint: str
    low: int = 0
    high: int = 10**12
    is_long: bool = False
    """Whether there are too many of them for a line."""

    @property
    def widget(self) -> str:
        """A line, or several."""
        return "area" if self.is_long else "text"

    def parse(self, form: Form, name: str) -> list[int] | None:
        """Read numbers between commas or spaces."""
        parts = re.split(r"[\s,，、]+", form.text(name).strip(" ,，、"))
        parts = [] if parts == [""] else parts
        if not all(part.isascii() and part.isdigit() and len(part) <= len(str(self.high)) for part in parts):
            return None
        numbers = [int(part) for part in parts]
        return numbers if all(self.low <= number <= self.high for number in numbers) else None

    def write(self, value: Sequence[int]) -> str:
        """Write them in a line."""
        return (" " if self.is_long else ", ").join(map(str, value))

    def show(self, value: Sequence[int]) -> str:
        """Write them with their noun."""
        return self.say(value)

    def complain(self) -> str:
        """Say how they are written."""
        return self.complaint


class Amounts(Struct, frozen=True):
    """Several amounts in fen, typed in yuan; *say* writes them to be read."""

    suffix: str
    say: Callable[[Sequence[int]], str]
    widget: str = "text"

    def parse(self, form: Form, name: str) -> list[int] | None:
        """Read amounts between commas; none has a comma in it."""
        text = form.text(name)
        if _THOUSANDS.search(text):
            return None
        amounts = [parse_yuan(part.strip()) for part in re.split("[,，、]", text) if part.strip()]
        return None if None in amounts else [amount for amount in amounts if amount is not None]

    def write(self, value: Sequence[int]) -> str:
        """Write them in a line."""
        return ", ".join(map(_yuan, value))

    def show(self, value: Sequence[int]) -> str:
        """Write them as money."""
        return self.say(value)

    def complain(self) -> str:
        """Say how they are written."""
        return _("用逗号和空格隔开的金额，金额里不写逗号，例如 50000, 200000, 0。")


class Choices(Struct, frozen=True):
    """Some of several; *names* says which there are, *none* what it is called where none is chosen."""

    names: Sequence[tuple[str, str]]
    none: str
    suffix: str = ""
    widget: str = "choices"

    def parse(self, form: Form, name: str) -> list[str]:
        """Read what was ticked."""
        return form.all(name, CHOICES_MAX)

    def write(self, _value: Iterable[Any]) -> str:
        """Nothing is typed."""
        return ""

    def show(self, value: Iterable[Any]) -> str:
        """Name what is chosen."""
        chosen = set(map(str, value))
        return listed(name for key, name in self.names if key in chosen) if chosen else self.none

    def complain(self) -> str:
        """Whoever sends this did not take it from the page."""
        return _("没有这样的选项。")


class Switch(Struct, frozen=True):
    """Yes or no."""

    suffix: str = ""
    widget: str = "switch"

    def parse(self, form: Form, name: str) -> bool:
        """Read whether it is on."""
        return form.is_on(name)

    def write(self, _value: bool) -> str:
        """Nothing is typed."""
        return ""

    def show(self, value: bool) -> str:
        """Say whether it is on."""
        return _("是") if value else _("否")

    def complain(self) -> str:
        """It is always one or the other."""
        return ""


class Line(Struct, frozen=True):
    """A text in one line."""

    suffix: str = ""
    widget: str = "text"

    def parse(self, form: Form, name: str) -> str | None:
        """Read it; it may be empty."""
        text = form.text(name).strip()
        return text if not text or is_text(text, LINE_MAX) else None

    def write(self, value: str) -> str:
        """It is typed as it is read."""
        return value

    def show(self, value: str) -> str:
        """Write it, or that there is none."""
        return value or "–"

    def complain(self) -> str:
        """Say how long it may be."""
        return ngettext("不超过 %(number)s 个字。", "不超过 %(number)s 个字。", LINE_MAX)


class Lines(Struct, frozen=True):
    """Texts, one a line."""

    suffix: str = ""
    widget: str = "area"

    def parse(self, form: Form, name: str) -> list[str] | None:
        """Read lines; empty ones are left out."""
        text = form.long(name, LINES_MAX)
        return [line.strip() for line in text.splitlines() if line.strip()] if is_text(text, LINES_MAX) else None

    def write(self, value: Iterable[str]) -> str:
        """Write one a line."""
        return "\n".join(value)

    def show(self, value: Iterable[str]) -> str:
        """Write one after the other."""
        return " / ".join(value) or "–"

    def complain(self) -> str:
        """Say how they are written."""
        return _("一行一条，每条不要太长。")


class Column(Struct, frozen=True):
    """What one cell of a row is for: with options one of them is chosen, else something is typed."""

    name: str
    label: str
    suffix: str = ""
    options: tuple[tuple[str, str], ...] = ()
    is_number: bool = False
    is_optional: bool = False


class Cell(Struct, frozen=True):
    """One cell of a row, as a form shows it."""

    column: Column
    name: str
    value: str


class Rows(Struct, frozen=True):
    """Several things of one kind, each a row whose first cell says what it is for. *say* writes one to be read."""

    columns: tuple[Column, ...]
    say: Callable[[Any], str]
    none: str
    complaint: str
    suffix: str = ""
    widget: str = "rows"

    def parse(self, form: Form, name: str) -> list[dict[str, Any]] | None:
        """Read rows; one that is empty is none, and one of which only the first cell is empty is wrong."""
        found = []
        for cells in self._typed(form, name):
            if not cells[0]:
                return None
            row: dict[str, Any] = {}
            for column, text in zip(self.columns, cells, strict=True):
                if not text and column.is_optional:
                    continue
                row[column.name] = read_number(text) if column.is_number else text
            found.append(row)
        return None if any(None in row.values() for row in found) else found

    def write(self, _value: Sequence[Any]) -> str:
        """Each cell is written by itself."""
        return ""

    def show(self, value: Sequence[Any]) -> str:
        """Write one after the other."""
        return listed(map(self.say, value)) if value else self.none

    def complain(self) -> str:
        """Say how rows are written."""
        return self.complaint

    def cells(self, name: str, value: Sequence[Any], form: Form | None) -> tuple[tuple[Cell, ...], ...]:
        """Make the rows that a form shows: what was typed, or what there is, and empty ones for more."""
        written = self._typed(form, name) if form else [self._write(each) for each in value]
        empty = [""] * len(self.columns)
        return tuple(
            tuple(
                Cell(column, f"{name}_{column.name}_{n}", text)
                for column, text in zip(self.columns, texts, strict=True)
            )
            for n, texts in enumerate([*written, *(empty for _n in range(SPARE_ROWS))])
        )

    def _typed(self, form: Form, name: str) -> list[list[str]]:
        count = min(form.number(f"{name}_rows") or 0, CHOICES_MAX)
        rows = ([form.text(f"{name}_{column.name}_{n}") for column in self.columns] for n in range(count))
        return [row for row in rows if any(row)]

    def _write(self, value: Any) -> list[str]:
        cells = (getattr(value, column.name) for column in self.columns)
        return ["" if cell is None else str(cell) for cell in cells]


class Field(Struct, frozen=True):
    """A rule as forms and histories name it. `wrong` says what it may be, where its bounds don't by themselves."""

    name: str
    label: str
    unit: Unit
    hint: str = ""
    wrong: str = ""
    placeholder: str = ""
    is_required: bool = True


class Shown(Struct, frozen=True):
    """A field as a form shows it."""

    field: Field
    value: str
    is_on: bool = False
    choices: tuple[tuple[str, str, bool], ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


def minutes() -> Count:
    """Count in minutes."""
    return Count(_("分钟"), lambda n: ngettext("%(number)s 分钟", "%(number)s 分钟", n))


def hours() -> Count:
    """Count in hours."""
    return Count(_("小时"), lambda n: ngettext("%(number)s 小时", "%(number)s 小时", n))


def days() -> Count:
    """Count in days."""
    return Count(_("天"), lambda n: ngettext("%(number)s 天", "%(number)s 天", n))


def times() -> Count:
    """Count how often."""
    return Count(_("次"), lambda n: ngettext("%(number)s 次", "%(number)s 次", n))


def hundredths() -> Count:
    """Count in whole per cent."""
    return Count("%", lambda n: f"{n}%")


def yuan() -> Yuan:
    """Count money."""
    return Yuan(_("元"))


def show_fields(fields: Iterable[Field], rules: Any, form: Form | None = None) -> list[Shown]:
    """Make the fields of a form, with what was typed, if anything was."""
    return [_show(field, getattr(rules, field.name), form) for field in fields]


def _show(field: Field, value: Any, form: Form | None) -> Shown:
    typed = field.unit.parse(form, field.name) if form else value
    if isinstance(field.unit, Choices):
        chosen = set(map(str, typed))
        return Shown(field, "", choices=tuple((key, word, key in chosen) for key, word in field.unit.names))
    if isinstance(field.unit, Rows):
        return Shown(field, "", rows=field.unit.cells(field.name, value, form))
    if isinstance(field.unit, Switch):
        return Shown(field, "", is_on=bool(typed))
    return Shown(field, form.long(field.name, LINES_MAX) if form else field.unit.write(value))


def read_fields(kind: type[R], fields: Iterable[Field], form: Form) -> tuple[R | None, dict[str, str]]:
    """Read the rules that were typed; each field by itself, so that everything wrong is told at once."""
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields:
        value = field.unit.parse(form, field.name)
        if value is None:
            errors[field.name] = field.unit.complain()
            continue
        try:
            values[field.name] = msgspec.convert(value, hints[field.name])
        except msgspec.ValidationError:
            errors[field.name] = field.wrong or _bounds(field, hints[field.name])
    return (None if errors else kind(**values)), errors


def compare(fields: Iterable[Field], before: Any, after: Any) -> list[tuple[str, str, str]]:
    """List what differs between two versions of rules: its name, what it was, what it is."""
    return [
        (field.label, field.unit.show(old), field.unit.show(new))
        for field in fields
        for old, new in [(getattr(before, field.name), getattr(after, field.name))]
        if _differ(field, old, new)
    ]


def _differ(field: Field, old: Any, new: Any) -> bool:
    # In which order things were chosen says nothing.
    return set(old) != set(new) if isinstance(field.unit, Choices) else bool(old != new)


def _bounds(field: Field, hint: Any) -> str:
    """Say between what a number has to be."""
    meta = next((each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Meta)), None)
    if meta is None or meta.ge is None or meta.le is None:
        return field.unit.complain()
    low, high = (field.unit.write(bound) for bound in (meta.ge, meta.le))
    return _("在 %(low)s 到 %(high)s 之间。", low=low, high=high)


def _yuan(amount: int) -> str:
    return plain_yuan(amount).removesuffix(".00")

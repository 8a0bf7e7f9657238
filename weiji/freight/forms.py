"""The form of a freight template: what merchants type, read and said again."""

import re
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.freight.model import ZONES_MAX, Method, Template, Zone
from weiji.kit.money import parse_yuan
from weiji.web import gettext as _
from weiji.web.forms import Form
from weiji.web.regions import find_region, text_of

_BETWEEN: Final = re.compile(r"[、，,;；\n]+")
GRAMS: Final = 1_000
"""Of a kilogram, which is what weights are typed in."""


class Row(Struct, kw_only=True):
    """A zone as it is typed. Without regions it is everywhere else."""

    regions: str = ""
    first: str = "1"
    first_price: str = ""
    extra: str = "1"
    extra_price: str = ""
    free_amount: str = ""
    free_pieces: str = ""


class EnteredTemplate(Struct, kw_only=True):
    """A template as it is typed."""

    id: UUID
    name: str
    method: Method
    rest: Row | None
    """Everywhere else; None: nothing is sent there."""
    rows: list[Row]
    excluded: str
    is_default: bool

    @classmethod
    def of(cls, template: Template) -> "EnteredTemplate":
        """Make what the form shows of a template."""
        rows = [(zone, _row(zone, template.method)) for zone in template.zones]
        return cls(
            id=template.id,
            name=template.name,
            method=template.method,
            rest=next((row for zone, row in rows if not zone.regions), None),
            rows=[row for zone, row in rows if zone.regions],
            excluded=write_regions(template.excluded),
            is_default=template.is_default,
        )

    @classmethod
    def read(cls, form: Form, id: UUID) -> "EnteredTemplate":
        """Read the form. A row that nothing was typed into is passed over; a button asks for one more."""
        method = Method(form.text("method")) if form.text("method") in list(Method) else Method.PIECE
        count = min(form.number("rows") or 0, ZONES_MAX - 1)
        rows = [row for n in range(count) if (row := _read_row(form, f"zone_{n}_")).regions or row.first_price]
        if form.text("then") == "add":
            rows.append(Row())
        return cls(
            id=id,
            name=form.text("name"),
            method=method,
            rest=_read_row(form, "rest_") if form.is_on("is_rest") else None,
            rows=rows,
            excluded=form.text("excluded"),
            is_default=form.is_on("is_default"),
        )

    def template(self, shop_id: UUID, errors: dict[str, str]) -> Template:
        """Make the template; what can't be read is said in *errors*, by the name of the field."""
        zones = [_zone(row, self.method, f"zone_{n}_", errors) for n, row in enumerate(self.rows)]
        if self.rest is not None:
            zones.append(_zone(self.rest, self.method, "rest_", errors))
        return Template(
            id=self.id,
            shop_id=shop_id,
            name=self.name,
            method=self.method,
            zones=tuple(zones),
            excluded=_regions(self.excluded, "excluded", errors),
            is_default=self.is_default,
        )


def write_regions(codes: tuple[str, ...]) -> str:
    """Write regions as merchants type them."""
    return "、".join(text_of(code) for code in codes)


def write_units(units: int, method: Method) -> str:
    """Write pieces, or grams as kilograms."""
    return str(units) if method is Method.PIECE else f"{Decimal(units) / GRAMS:f}"


def _row(zone: Zone, method: Method) -> Row:
    return Row(
        regions=write_regions(zone.regions),
        first=write_units(zone.first, method),
        first_price=_yuan(zone.first_price),
        extra=write_units(zone.extra, method),
        extra_price=_yuan(zone.extra_price),
        free_amount="" if zone.free_amount is None else _yuan(zone.free_amount),
        free_pieces="" if zone.free_pieces is None else str(zone.free_pieces),
    )


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}" if fen % 100 else str(fen // 100)


def _read_row(form: Form, prefix: str) -> Row:
    return Row(**{name: form.text(prefix + name) for name in Row.__struct_fields__})


def _zone(row: Row, method: Method, prefix: str, errors: dict[str, str]) -> Zone:
    regions = _regions(row.regions, prefix + "regions", errors) if prefix != "rest_" else ()
    if prefix != "rest_" and not regions:
        errors.setdefault(prefix + "regions", _("写上地区，例如：江苏、浙江、上海。"))
    return Zone(
        regions=regions,
        first=_units(row.first, method, prefix + "first", errors),
        first_price=_price(row.first_price, prefix + "first_price", errors),
        extra=_units(row.extra, method, prefix + "extra", errors),
        extra_price=_price(row.extra_price or "0", prefix + "extra_price", errors),
        free_amount=_price(row.free_amount, prefix + "free_amount", errors) if row.free_amount else None,
        free_pieces=_units(row.free_pieces, Method.PIECE, prefix + "free_pieces", errors) if row.free_pieces else None,
    )


def _regions(text: str, field: str, errors: dict[str, str]) -> tuple[str, ...]:
    codes = []
    for part in _BETWEEN.split(text):
        if not part.strip():
            continue
        found = find_region(part)
        if not found.code or found.rest:
            errors[field] = _("不认识这个地区：%(name)s。写成“浙江”或“浙江 杭州市”这样。", name=part.strip())
            continue
        codes.append(found.code)
    return tuple(dict.fromkeys(codes))


def _units(text: str, method: Method, field: str, errors: dict[str, str]) -> int:
    try:
        units = Decimal(text) * (GRAMS if method is Method.WEIGHT else 1)
    except InvalidOperation:
        units = Decimal(0)
    if not (units.is_finite() and units > 0 and units == units.to_integral_value() and units < 10**9):
        errors[field] = _("填一个大于 0 的数。") if method is Method.WEIGHT else _("填一个大于 0 的整数。")
        return 1
    return int(units)


def _price(text: str, field: str, errors: dict[str, str]) -> int:
    amount = parse_yuan(text)
    if amount is None:
        errors[field] = _("填一个金额，例如 8 或 8.50。")
        return 0
    return amount

"""Ships many orders at once from a sheet: reads it line by line, says what each would do, and then does it.

A line that is broken stops no other. Nothing is kept between reading and shipping: whoever ships sends the sheet again,
and a parcel's id follows from its order and number, so what was shipped is not shipped twice.
"""

import csv
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from io import BytesIO, StringIO
from typing import BinaryIO, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from weiji.carriers import recognise, squeeze
from weiji.events import Actor
from weiji.kit.batch import Batchers
from weiji.kit.db import Reader
from weiji.kit.text import is_line
from weiji.orders import (
    PARCEL_MAX,
    FoundOrder,
    MoveStatus,
    Order,
    ShipParcel,
    State,
    find_orders,
    numbered_parcel,
    ship_parcels,
)
from weiji.orders.numbers import DOUBTS, MISTAKES, CheckParcel, CheckStatus, ParcelCheck, check_parcels
from weiji.porting.cells import write_safe
from weiji.porting.encodings import sniff_encoding
from weiji.porting.packages import Package, PackageError, is_package
from weiji.porting.records import Fault
from weiji.porting.tables import Columns, Row, Table, find_table, rows_of
from weiji.porting.workbooks import DELIMITER, WRITTEN, Workbook, is_legacy

LINES_MAX: Final = 2_000
"""Lines of one sheet."""

WORKBOOK_MAX: Final = 16 * 1024 * 1024
"""Bytes of a workbook that has one, unpacked: so many lines come to two million."""

BYTES_MAX: Final = 1024 * 1024
"""Bytes of one sheet."""

AT_ONCE: Final = 200
"""Parcels that are sent in one batch."""

COLUMNS: Final = Columns(
    names={
        "order": ("订单编号", "订单号", "order", "order number", "number"),
        "carrier": ("快递公司", "物流公司", "承运商", "carrier"),
        "tracking_number": ("快递单号", "物流单号", "运单号", "tracking number", "tracking"),
        "item": ("商品行", "行", "line"),
        "quantity": ("发货件数", "件数", "quantity"),
    },
    needed=(("order",), ("tracking_number",)),
)

TEMPLATE: Final = (
    "订单编号",
    "快递公司",
    "快递单号",
    "商品行",
    "发货件数",
    "商品",
    "收货人",
    "电话",
    "地址",
    "买家留言",
)
"""The columns of the sheet that is given to be filled in; those behind the fifth are only read by people."""


class SheetStatus(StrEnum):
    """What a line of a sheet would do, or did. Where several apply, the first listed is given."""

    BROKEN_LINE = "broken_line"
    """It can't be read."""
    ORDER_MISSING = "order_missing"
    NUMBER_MISSING = "number_missing"
    """There is no tracking number, or it is too long."""
    QUANTITY_INVALID = "quantity_invalid"
    """The line of the order, or how many of it, is no number from 1 on; or one is there without the other."""
    CARRIER_UNCLEAR = "carrier_unclear"
    """No carrier is named, and the number may be several carriers', or nobody's."""
    CARRIERS_DIFFER = "carriers_differ"
    """Another line has the same parcel go by another carrier."""
    ORDER_NOT_FOUND = "order_not_found"
    """The shop has no such order."""
    SHIPPED_BEFORE = "shipped_before"
    """This very parcel was sent already."""
    PICKED_UP = "picked_up"
    """Its buyer picks the order up: it is handed over for the code."""
    NOT_TO_SHIP = "not_to_ship"
    """The order is not paid, over, of virtual goods, or wholly shipped."""
    LINES_INVALID = "lines_invalid"
    """The order has no such line, or less is left of it."""
    REFUSED = "refused"
    """The order did not take it; the status of the parcel says why."""
    DOUBTFUL = "doubtful"
    """Its number is unusual or almost surely wrong: it is sent only if that is said; of what is wrong, of each."""
    READY = "ready"
    """It would be sent."""
    SENT = "sent"


class SheetLine(Struct, frozen=True, kw_only=True):
    """A line of a sheet, as it was read."""

    line: int
    order: str = ""
    carrier: str = ""
    tracking_number: str = ""
    item: int | None = None
    quantity: int | None = None
    fault: SheetStatus | None = None


class Sheet(Struct, frozen=True, kw_only=True):
    """A sheet as it was read. `problem` says why there is nothing of it."""

    lines: list[SheetLine] = []
    problem: Fault | None = None
    is_cut: bool = False
    """Whether there were more lines than are taken."""


class Planned(Struct, kw_only=True):
    """A parcel of a sheet: its lines, what would become of it, or did."""

    lines: list[SheetLine]
    status: SheetStatus
    carrier: str = ""
    check: ParcelCheck | None = None
    found: FoundOrder | None = None
    refused: MoveStatus | None = None

    @property
    def first(self) -> SheetLine:
        """The first of its lines."""
        return self.lines[0]

    @property
    def mistake(self) -> str:
        """What names it and what is surely wrong with it, for who sends it all the same; empty where nothing is."""
        if self.found is None or self.check is None or self.check.status not in MISTAKES:
            return ""
        return f"{self.check.status}:{numbered_parcel(self.found.id, self.first.tracking_number)}"


def read_sheet(data: bytes) -> Sheet:
    """Read a sheet, whatever it is: a workbook, or text of which encoding and delimiter are found out."""
    file = BytesIO(data)
    if is_legacy(file):
        return Sheet(problem=Fault.WORKBOOK_TOO_OLD)
    try:
        return _read_workbook(file) if is_package(file) else _read_text(file)
    except PackageError as error:
        return Sheet(problem=error.fault)


def _read_text(file: BinaryIO) -> Sheet:
    encoding = sniff_encoding(file)
    if encoding is None:
        return Sheet(problem=Fault.UNREADABLE_TEXT)
    found = find_table(file, encoding, [COLUMNS])
    return _read_table(file, found[1]) if found else Sheet(problem=Fault.NO_HEADER)


def _read_workbook(file: BinaryIO) -> Sheet:
    """Read the first sheet of a workbook that has our columns."""
    package = Package(file)
    if sum(info.file_size for info in package.members.values()) > WORKBOOK_MAX:
        raise PackageError(Fault.PACKAGE_TOO_LARGE)
    book = Workbook(package)
    for name in book.names:
        with book.text_of(name) as text:
            found = find_table(text, WRITTEN, [COLUMNS], DELIMITER)
            if found:
                return _read_table(text, replace(found[1], is_sheet=True))
    return Sheet(problem=Fault.NO_HEADER)


def _read_table(file: BinaryIO, table: Table) -> Sheet:
    lines: list[SheetLine] = []
    for row in rows_of(file, table, COLUMNS):
        # What is not filled in is not meant yet: the sheet lists all orders that are to be shipped.
        if row.problem is None and not row.get("tracking_number"):
            continue
        if len(lines) == LINES_MAX:
            return Sheet(lines=lines, is_cut=True)
        lines.append(_read(row))
    return Sheet(lines=lines)


def _read(row: Row) -> SheetLine:
    if row.problem is not None:
        return SheetLine(line=row.line, order=row.get("order")[:PARCEL_MAX], fault=SheetStatus.BROKEN_LINE)
    order, number, carrier = _bare(row.get("order")), squeeze(_bare(row.get("tracking_number"))), row.get("carrier")
    item, quantity = (_whole(row.get(name)) for name in ("item", "quantity"))
    fault = None
    if not is_line(order, PARCEL_MAX):
        fault = SheetStatus.ORDER_MISSING
    elif not is_line(number, PARCEL_MAX):
        fault = SheetStatus.NUMBER_MISSING
    elif 0 in (item, quantity) or (item is None) != (quantity is None):
        fault = SheetStatus.QUANTITY_INVALID
    elif len(carrier) > PARCEL_MAX or (carrier and not is_line(carrier, PARCEL_MAX)):
        fault = SheetStatus.CARRIER_UNCLEAR
    return SheetLine(
        line=row.line,
        order=order[:PARCEL_MAX],
        carrier=carrier[:PARCEL_MAX],
        tracking_number=number[:PARCEL_MAX],
        item=item,
        quantity=quantity,
        fault=fault,
    )


def _bare(text: str) -> str:
    """Take away what spreadsheets are told by, so that they keep a long number as it is: `="123"`, a tab, a quote."""
    return text.strip().removeprefix("=").strip("\"'\t ")


def _whole(text: str) -> int | None:
    """Read a number; 0 stands for what is none."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def write_sheet(lines: Iterable[SheetLine]) -> str:
    """Write lines back as a sheet, in which none is broken."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TEMPLATE[:5])
    for line in lines:
        if line.fault is not SheetStatus.BROKEN_LINE:
            cells = (line.order, line.carrier, line.tracking_number, line.item or "", line.quantity or "")
            writer.writerow([write_safe(str(cell)) for cell in cells])
    return text.getvalue()


def write_template(orders: Sequence[Order]) -> str:
    """Write the sheet to be filled in: a row for each line of an order of which something may be sent."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(TEMPLATE)
    for order in orders:
        to = order.address
        for line in order.lines:
            if line.sendable:
                goods = " ".join([line.title, *line.choices])
                address = (to.name, to.phone, f"{to.region} {to.detail}") if to else ("", "", "")
                cells = (order.number, "", "", line.line, line.sendable, goods, *address, order.note)
                writer.writerow([write_safe(str(cell)) for cell in cells])
    return "\ufeff" + text.getvalue()  # Without it, Excel takes UTF-8 for the machine's own encoding.


async def plan_sheet(reader: Reader, shop_id: UUID, sheet: Sheet) -> list[Planned]:
    """Say what each parcel of a sheet would do, in two statements. In the order of their first lines.

    Lines of one order with one number are one parcel.
    """
    parcels: dict[tuple[str, str], list[SheetLine]] = {}
    planned: list[Planned] = []
    for line in sheet.lines:
        if line.fault is not None:
            planned.append(Planned(lines=[line], status=line.fault))
            continue
        parcels.setdefault((line.order, line.tracking_number), []).append(line)
    found = await find_orders(reader, shop_id, list({order for order, _ in parcels}))
    left = {order.id: dict(order.left) for order in found.values()}
    for (number, _), lines in parcels.items():
        planned.append(_plan(lines, found.get(number), left))
    ready = [each for each in planned if each.status is SheetStatus.READY and each.found]
    checks = await check_parcels(
        reader, shop_id, [CheckParcel(p.found.id, p.carrier, p.first.tracking_number) for p in ready if p.found]
    )
    for each, check in zip(ready, checks, strict=True):
        each.check = check
        each.status = SheetStatus.DOUBTFUL if check.status in DOUBTS else SheetStatus.READY
    _doubt_shared_numbers(ready)
    return sorted(planned, key=lambda each: each.first.line)


def _plan(lines: list[SheetLine], found: FoundOrder | None, left: dict[UUID, dict[int, int]]) -> Planned:
    first = lines[0]
    named = {line.carrier for line in lines if line.carrier}
    possible = recognise(first.tracking_number)
    carrier = next(iter(named)) if named else possible[0].name if len(possible) == 1 else ""
    plan = Planned(lines=lines, status=SheetStatus.READY, carrier=carrier, found=found)
    if not carrier:
        plan.status = SheetStatus.CARRIER_UNCLEAR
    elif len(named) > 1:
        plan.status = SheetStatus.CARRIERS_DIFFER
    elif found is None:
        plan.status = SheetStatus.ORDER_NOT_FOUND
    elif numbered_parcel(found.id, first.tracking_number) in found.parcels:
        plan.status = SheetStatus.SHIPPED_BEFORE
    elif found.is_picked_up:
        plan.status = SheetStatus.PICKED_UP
    elif found.is_virtual or found.state not in (State.PAID, State.PART_SHIPPED):
        plan.status = SheetStatus.NOT_TO_SHIP
    elif not _take(lines, left[found.id]):
        plan.status = SheetStatus.LINES_INVALID
    return plan


def _take(lines: list[SheetLine], left: dict[int, int]) -> bool:
    """Take what a parcel has from what is left of its order; nothing, if it is not all there."""
    if any(line.item is None for line in lines):
        whole = len(lines) == 1 and any(left.values())
        if whole:
            left.clear()
        return whole
    wanted: dict[int, int] = {}
    for line in lines:
        assert line.item is not None
        assert line.quantity is not None
        wanted[line.item] = wanted.get(line.item, 0) + line.quantity
    if any(quantity > left.get(item, 0) for item, quantity in wanted.items()):
        return False
    for item, quantity in wanted.items():
        left[item] -= quantity
    return True


def _doubt_shared_numbers(ready: Sequence[Planned]) -> None:
    """Doubt a number that the sheet itself has for two buyers."""
    buyers: dict[str, tuple[UUID, str]] = {}
    for each in ready:
        assert each.found is not None
        buyer, order = buyers.setdefault(each.first.tracking_number, (each.found.buyer_id, each.found.number))
        if buyer != each.found.buyer_id:
            each.check = ParcelCheck(status=CheckStatus.NUMBER_USED, used_by=order)
            each.status = SheetStatus.DOUBTFUL


async def run_sheet(
    batchers: Batchers,
    shop_id: UUID,
    actor: Actor,
    planned: Sequence[Planned],
    *,
    with_unusual: bool = False,
    mistakes: Collection[str] = (),
) -> None:
    """Send the parcels of a plan that are ready; write what became of them.

    Those with an unusual number only *with_unusual*, and those with a wrong one if *mistakes* has them: what was seen,
    so that nothing is sent with them that became wrong since.
    """
    going = [
        each
        for each in planned
        if each.status is SheetStatus.READY
        or (each.status is SheetStatus.DOUBTFUL and (each.mistake in mistakes if each.mistake else with_unusual))
    ]
    for start in range(0, len(going), AT_ONCE):
        part = going[start : start + AT_ONCE]
        commands = [_command(each, shop_id, actor) for each in part]
        statuses = await batchers.of(ship_parcels, "order_id").submit_all(commands)
        for each, status in zip(part, statuses, strict=True):
            if status in (MoveStatus.DONE, MoveStatus.EXISTS):
                each.status = SheetStatus.SENT
            else:
                each.status, each.refused = SheetStatus.REFUSED, status


def _command(planned: Planned, shop_id: UUID, actor: Actor) -> ShipParcel:
    assert planned.found is not None
    order_id = planned.found.id
    items: dict[int, int] = {}
    for line in planned.lines:
        if line.item is not None and line.quantity is not None:
            items[line.item] = items.get(line.item, 0) + line.quantity
    return ShipParcel(
        id=numbered_parcel(order_id, planned.first.tracking_number),
        order_id=order_id,
        shop_id=shop_id,
        actor=actor,
        carrier=planned.carrier,
        tracking_number=planned.first.tracking_number,
        lines=tuple(sorted(items.items())) or None,
    )

"""Workbooks for the tests, as merchants save them."""

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> bytes:
    """Save sheets, by their names, as Excel does."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for number, row in enumerate(rows, 1):
            for place, value in enumerate(row, 1):
                cell = sheet.cell(number, place)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"  # `=1+1` is a text here.
    target = BytesIO()
    book.save(target)
    return target.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def with_strings(rows: Sequence[Sequence[str]]) -> bytes:
    """Save a sheet as Excel itself does: its texts lie together, and cells have their numbers."""
    texts = list(dict.fromkeys(cell for row in rows for cell in row))
    cells = [
        f'<row r="{number}">'
        + "".join(f'<c r="{chr(65 + n)}{number}" t="s"><v>{texts.index(cell)}</v></c>' for n, cell in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, 1)
    ]
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        SHEET: f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(cells)}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{"".join(f"<si><t>{text}</t></si>" for text in texts)}</sst>',
    }
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return target.getvalue()


def altered(data: bytes, **parts: bytes) -> bytes:
    """Put other parts into a workbook: `sheet`, `strings`."""
    names = {"sheet": SHEET, "strings": "xl/sharedStrings.xml"}
    others = {names[name]: content for name, content in parts.items()}
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            package.writestr(name, others.get(name) or source.read(name))
    return target.getvalue()


def part_of(data: bytes, name: str = SHEET) -> bytes:
    """Read a part of a workbook."""
    with zipfile.ZipFile(BytesIO(data)) as source:
        return source.read(name)

"""Opens a workbook that `workbooks` has measured, with openpyxl.

Only who opens one imports this: openpyxl takes a sixth of the time that all else takes to import.
"""

import warnings
from typing import Any, Final

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.escape import unescape
from openpyxl.xml.constants import SHARED_STRINGS, XLSM, XLSX, XLTM, XLTX

from weiji.porting.packages import Package, PackageError
from weiji.porting.records import Fault
from weiji.porting.workbook_parts import is_read, unit_of

__all__ = ["open_book", "unescape"]

_BOOKS: Final = frozenset({XLTM, XLTX, XLSM, XLSX})

# A workbook of another program may lack a style, or have a date that is none: nothing for the log of whoever runs this.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


class _Reader(ExcelReader):
    """Opens parts only as what they were measured as, whatever they are called, and no charts: those have no cells."""

    def __init__(self, package: Package) -> None:
        super().__init__(package.file, read_only=True, data_only=True, keep_links=False)
        self.measured = {name for name in package.members if is_read(name)}
        self.valid_files = [name for name in self.measured if unit_of(name) != "si"]

    def read_manifest(self) -> None:
        super().read_manifest()
        units = dict.fromkeys(_BOOKS) | {SHARED_STRINGS: "si"}
        for part in self.package.Override:
            name = part.PartName[1:]
            if part.ContentType in units and (name not in self.measured or unit_of(name) != units[part.ContentType]):
                raise PackageError(Fault.BROKEN_PACKAGE, name)

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        pass


def open_book(package: Package) -> Any:
    """Open it. What openpyxl raises of a broken one may be anything."""
    reader = _Reader(package)
    reader.read()
    return reader.wb

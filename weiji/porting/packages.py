"""Opens uploaded zip files without trusting them: what they unpack to is counted while it is read."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, Final

from weiji.porting.records import VALUE_MAX, Fault

UNPACKED_MAX: Final = 512 * 1024 * 1024
"""Bytes of one member, unpacked."""

RATIO_MAX: Final = 200
"""Bytes that a byte of a zip file may become. Text of goods comes to 20 at most; a bomb to 1,000."""

RATIO_FROM: Final = 1024 * 1024
"""Bytes below which a member may be packed as tightly as it likes."""

MEMBERS_MAX: Final = 100_000

NAME_MAX: Final = 200
"""Characters of a member's name that its address has."""

SPOOL: Final = 8 * 1024 * 1024
"""Bytes that are held in memory before they go to a temporary file."""

CHUNK: Final = 1 << 16

TABLES: Final = (".csv", ".txt", ".tsv", ".xml", ".xlsx")
PICTURES: Final = (".tbi", ".jpg", ".jpeg", ".png", ".gif", ".webp")


SCHEME: Final = "package:"
"""How the addresses of pictures begin that lie in a package."""


class PackageError(Exception):
    """A zip file is not taken: for which fault, and where."""

    def __init__(self, fault: Fault, value: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.value = value[:VALUE_MAX]


def address_of(info: zipfile.ZipInfo) -> str:
    """Give a member an address: the same as long as its name and what is in it are the same."""
    name = "".join(filter(str.isprintable, PurePosixPath(info.filename).name))[:NAME_MAX]
    return f"{SCHEME}{name}?{info.CRC:08x}-{info.file_size}"


def is_package(file: BinaryIO) -> bool:
    """Tell whether a file is a zip file, by its first bytes."""
    file.seek(0)
    return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


class Package:
    """An open zip file."""

    def __init__(self, file: BinaryIO) -> None:
        """Open it. Raises PackageError."""
        self.file = file
        try:
            self.zip = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise PackageError(Fault.BROKEN_PACKAGE, str(error)) from error
        members = self.zip.infolist()
        if len(members) > MEMBERS_MAX:
            raise PackageError(Fault.PACKAGE_TOO_LARGE, str(len(members)))
        self.members = {
            info.filename: info
            for info in sorted(members, key=lambda info: info.filename)
            if not info.is_dir() and not info.filename.startswith("__MACOSX/")
        }
        self._addresses: dict[str, str] | None = None

    def tables(self) -> list[str]:
        """Name the files that may be of goods, the largest first."""
        found = [name for name in self.members if name.lower().endswith(TABLES)]
        return sorted(found, key=lambda name: -self.members[name].file_size)

    def pictures(self) -> dict[str, str]:
        """Give the pictures addresses, by their names without folder and ending, in small letters: as Taobao's files
        call them. Of two of one name the first has it.
        """
        found: dict[str, str] = {}
        for name, info in self.members.items():
            if name.lower().endswith(PICTURES):
                found.setdefault(PurePosixPath(name).stem.lower(), address_of(info))
        return found

    def address_of(self, name: str) -> str | None:
        """Give the address of a member; None where there is none of this name."""
        info = self.members.get(name)
        return None if info is None else address_of(info)

    def read_picture(self, address: str, size_max: int) -> bytes | None:
        """Unpack the picture or video of an address; None where there is none, or it is larger. Raises PackageError."""
        if self._addresses is None:
            self._addresses = {address_of(info): name for name, info in self.members.items()}
        name = self._addresses.get(address)
        if name is None or self.members[name].file_size > size_max:
            return None
        with self.unpacked(name, size_max) as file:
            return file.read()

    @contextmanager
    def unpacked(self, name: str, size_max: int | None = None) -> Iterator[BinaryIO]:
        """Unpack a member into a temporary file, of which little is held in memory. Raises PackageError."""
        with SpooledTemporaryFile(SPOOL) as target:  # Named nowhere: a name in a zip file is nobody's path.
            self._unpack(name, target, size_max or UNPACKED_MAX)
            target.seek(0)
            yield target  # type: ignore[misc]  # From Python 3.11 it has all that a file has.

    def _unpack(self, name: str, target: IO[bytes], size_max: int) -> None:
        info = self.members[name]
        packed, size = max(1, info.compress_size), 0
        try:
            with self.zip.open(info) as source:
                while chunk := source.read(CHUNK):
                    size += len(chunk)
                    if size > size_max or (size > RATIO_FROM and size > packed * RATIO_MAX):
                        raise PackageError(Fault.PACKAGE_TOO_LARGE, name)
                    target.write(chunk)
        except _BROKEN as error:
            raise PackageError(Fault.BROKEN_PACKAGE, f"{name}: {error}") from error


_BROKEN: Final = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError, OSError)
"""What the standard library raises on broken, locked and unknown zip files."""

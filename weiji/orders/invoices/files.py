"""What the file of an invoice may be, told by what is in it and not by its name.

What is taken is kept as it is, since an electronic invoice is signed: nothing of ours opens it but to tell what it is,
it is handed out as a download only, and only to the buyer and the shop.
"""

import io
import zipfile
from typing import Final, NoReturn
from xml.parsers import expat

OFD_MEMBERS_MAX: Final = 1_000
"""Members of an OFD package (GB/T 33190-2016); an invoice has about twenty."""

OFD_ROOT: Final = "OFD.xml"


class _Forbidden(Exception):
    """The XML has what ours may not have."""


def sniff(content: bytes) -> str | None:
    """Tell what a file is; None where it is nothing that is taken."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return "application/ofd" if _is_ofd(content) else None
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return "application/xml" if _is_plain_xml(content) else None
    return None


def _is_ofd(content: bytes) -> bool:
    """Tell whether a package names its root. Nothing of it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False
    return len(names) <= OFD_MEMBERS_MAX and OFD_ROOT in names


def _is_plain_xml(content: bytes) -> bool:
    """Tell whether this is well-formed XML without a document type, and so without entities that grow or reach out."""

    def forbid(*_: object) -> NoReturn:
        raise _Forbidden

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = forbid
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, _Forbidden, ValueError, LookupError):
        return False
    return True

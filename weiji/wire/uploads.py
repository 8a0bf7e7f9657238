"""Reads forms with files as clients send them: parts are known by their names, never by order or type."""

from io import BytesIO
from typing import Final

from multipart import MultipartError, MultipartParser, parse_options_header  # type: ignore[import-untyped]

from weiji.web import gettext as _
from weiji.wire.errors import WireError

PARTS_MAX: Final = 8


def read_parts(body: bytes, content_type: str) -> dict[str, bytes]:
    """Read the parts of a form by name. Raises WireError."""
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary")
    if kind.lower() != "multipart/form-data":
        raise WireError(400, "PARAM_ERROR", _("文件要用 multipart/form-data 发。"))
    if boundary is None:
        # One client sets the header without a boundary; the first line of the body has it.
        boundary = body.partition(b"\r\n")[0].removeprefix(b"--").decode("latin-1")
    try:
        parser = MultipartParser(BytesIO(body), boundary, part_limit=PARTS_MAX, buffer_size=64 * 1024)
        return {part.name: part.raw for part in parser}
    except (MultipartError, ValueError, UnicodeError) as error:
        raise WireError(400, "PARAM_ERROR", _("表单读不了：%(error)s。", error=error)) from error

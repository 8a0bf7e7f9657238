"""How the old calls write and sign: flat XML, and a digest over its fields with a key that both sides have (APIv2)."""

import hmac
from collections.abc import Mapping
from enum import StrEnum
from hashlib import md5, sha256
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from defusedxml import ElementTree

from weiji.web import gettext as _
from weiji.wire.errors import WireError

SIGN: Final = "sign"
SIGN_TYPE: Final = "sign_type"
FIELDS_MAX: Final = 60
"""Fields of a request: the longest call has twenty."""


class SignType(StrEnum):
    """How a request is signed, as the protocol writes it."""

    MD5 = "MD5"
    HMAC_SHA256 = "HMAC-SHA256"


def read(content: bytes) -> dict[str, str]:
    """Read the fields of a request. Declarations of any kind (DTDs, entities) are refused. Raises WireError."""
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        # What the library refuses is a ValueError, too; LookupError: an encoding that nobody knows.
        raise WireError(400, "XML_ERROR", _("请求体不是 XML：%(error)s。", error=error)) from error
    if root.tag != "xml" or any(len(child) for child in root) or len(root) > FIELDS_MAX:
        raise WireError(
            400, "XML_ERROR", _("请求体要是 <xml>，最多 %(most)s 个字段，每个都只有文本。", most=FIELDS_MAX)
        )
    fields = {child.tag: child.text or "" for child in root}
    if len(fields) < len(root):
        raise WireError(400, "XML_ERROR", _("有一个字段出现了两次。"))
    return fields


def write(fields: Mapping[str, Any]) -> bytes:
    """Write an answer. A list is written as an element for each of its items, in one of the list's name."""
    return f"<xml>{_elements(fields)}</xml>".encode()


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in fields.items() if value is not None)


def _content(value: Any) -> str:
    if isinstance(value, list):
        return "".join(_elements(each) for each in value)
    return _elements(value) if isinstance(value, dict) else escape(str(value))


def _text(value: Any) -> str:
    """Give the text of an element, as readers of XML do: of one with others in it, all of theirs."""
    if isinstance(value, list):
        return "".join(map(_text, value))
    return "".join(map(_text, value.values())) if isinstance(value, dict) else "" if value is None else str(value)


def message_of(fields: Mapping[str, Any]) -> str:
    """Put together what is signed: fields that have a text, by name, but for the signature. The key comes behind it."""
    signed = [(name, text) for name, value in sorted(fields.items()) if name != SIGN and (text := _text(value))]
    return "&".join(f"{name}={value}" for name, value in signed)


def sign(fields: Mapping[str, Any], key: str, type: SignType) -> str:
    """Sign the fields of a request or an answer."""
    message = f"{message_of(fields)}&key={key}".encode()
    if type is SignType.MD5:
        # What the protocol says. It is as strong as its key is secret, and so opens nothing by itself: see the gate.
        return md5(message, usedforsecurity=False).hexdigest().upper()
    return hmac.digest(key.encode(), message, sha256).hex().upper()


def type_of(fields: Mapping[str, str]) -> SignType | None:
    """Tell how a request is signed: what it says, else MD5; None: it says something else."""
    try:
        return SignType(fields.get(SIGN_TYPE) or SignType.MD5)
    except ValueError:
        return None

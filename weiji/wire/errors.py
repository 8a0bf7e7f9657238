"""How the wire says no: a status, a code that clients know, and words and details of our own."""

from typing import Any

from msgspec import Struct

from weiji.web import gettext as _


class WireError(Exception):
    """A request is refused. The code is one of the protocol's; the message is ours."""

    def __init__(self, status: int, code: str, message: str, **detail: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail
        self.headers: dict[str, str] = {}
        self.signature_mark = ""
        """What is written before the signature, which then is none."""


class ErrorBody(Struct, omit_defaults=True):
    """What an error looks like."""

    code: str
    message: str
    detail: dict[str, Any] = {}


def wrong(field: str, issue: str, value: Any = None) -> WireError:
    """Refuse a request for one of its fields; *field* is a JSON pointer, or the name of a parameter."""
    location = "body" if field.startswith("/") else "uri"
    detail: dict[str, Any] = {"field": field, "issue": issue, "location": location}
    if value is not None:
        detail["value"] = value
    return WireError(400, "PARAM_ERROR", f"{field}: {issue}", **detail)


def contradicts(field: str, other: str, value: str) -> WireError:
    """Refuse a request that names one thing in two ways, where *field* names another than *other* does."""
    return wrong(field, _("和 %(other)s 说的不是同一个", other=other), value)


def used_otherwise(field: str) -> WireError:
    """Refuse to take a number again for something else; *field*, a JSON pointer, is what differs."""
    words = _("这个单号已经用过，%(field)s 不一样。", field=field)
    return WireError(400, "INVALID_REQUEST", words, field=field, location="body")


def not_allowed(message: str) -> WireError:
    """Refuse what the merchant may not do."""
    return WireError(403, "NO_AUTH", message)

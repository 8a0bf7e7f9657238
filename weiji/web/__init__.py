"""The frame round the pages: rendering, safety at the edge, errors, and the visual language. See README.md."""

from weiji.web.caller import ANONYMOUS, PLATFORM, Caller, caller_of, set_caller, shop_staff, signed_in, staff
from weiji.web.cookies import make_cookie, read_cookies
from weiji.web.edge import Edge
from weiji.web.errors import Refused
from weiji.web.frame import WebFrame
from weiji.web.locales import gettext, ngettext, pgettext, speaking
from weiji.web.page import fragment, page, redirect, toast_headers
from weiji.web.permissions import Permission
from weiji.web.rates import rate
from weiji.web.requests import BODY_BYTES_MAX

__all__ = [
    "ANONYMOUS",
    "BODY_BYTES_MAX",
    "PLATFORM",
    "Caller",
    "Edge",
    "Permission",
    "Refused",
    "WebFrame",
    "caller_of",
    "fragment",
    "gettext",
    "make_cookie",
    "ngettext",
    "page",
    "pgettext",
    "rate",
    "read_cookies",
    "redirect",
    "set_caller",
    "shop_staff",
    "signed_in",
    "speaking",
    "staff",
    "toast_headers",
]

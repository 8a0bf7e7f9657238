"""Numbers in queries: of lists, from where on and how many."""

from weiji.web import gettext as _
from weiji.wire.errors import wrong
from weiji.wire.gate import Call


def read_number(call: Call, name: str, default: int, most: int) -> int:
    """Read a whole number of the query. Raises WireError."""
    text = call.query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise wrong(name, _("要是不大于 %(most)s 的数", most=most), text)
    return int(text)

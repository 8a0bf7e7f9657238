"""Who of a shop's staff may take what out of it."""

from collections.abc import Mapping
from typing import Final

from weiji.porting.model import Contents
from weiji.web.permissions import Permission

PERMISSIONS: Final[Mapping[Contents, Permission]] = {
    Contents.ORDERS: Permission.ORDERS,
    Contents.STATEMENTS: Permission.MONEY,
    Contents.ARCHIVE: Permission.SHOP,
}


def permission_of(contents: Contents) -> Permission:
    """Name what somebody must be allowed to have a file of *contents* made, and to read it."""
    return PERMISSIONS.get(contents, Permission.GOODS)

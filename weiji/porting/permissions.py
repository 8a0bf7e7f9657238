"""Who of a shop's staff may take what out of it."""

from collections.abc import Mapping
from typing import Final

from weiji.porting.model import Contents
from weiji.porting.records import HistoryKind
from weiji.web.permissions import Permission

PERMISSIONS: Final[Mapping[Contents | HistoryKind, Permission]] = {
    Contents.ORDERS: Permission.ORDERS,
    Contents.CUSTOMERS: Permission.ORDERS,
    Contents.STATEMENTS: Permission.MONEY,
    Contents.ARCHIVE: Permission.SHOP,
    HistoryKind.ORDER: Permission.ORDERS,
    HistoryKind.CUSTOMER: Permission.ORDERS,
    HistoryKind.MOVEMENT: Permission.MONEY,
    HistoryKind.INVOICE: Permission.ORDERS,
}


def permission_of(what: Contents | HistoryKind) -> Permission:
    """Name what somebody must be allowed to have a file made, and to read it, or a part of the history."""
    return PERMISSIONS.get(what, Permission.GOODS)

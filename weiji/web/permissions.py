"""What the staff of a shop may do, by their role: the one table that guards, pages and docs are made from."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """What somebody may do in a shop. Every page and operation of a shop names the one that it needs."""

    DESK = "desk"
    """See the desk, and leave the shop's staff."""
    GOODS = "goods"
    """Change goods, stock and pictures; bring goods in."""
    ORDERS = "orders"
    """See orders with their buyers and addresses; ship, close, prolong, refund."""
    MONEY = "money"
    """See what the shop sold and has, its statements and withdrawals."""
    WITHDRAWALS = "withdrawals"
    """Withdraw to the bank accounts that the owner named, with their own payment password."""
    SHOP = "shop"
    """Change what is said of the shop, let it go on holiday, and read everything that happened in it."""
    STAFF = "staff"
    """Invite, change and remove staff below themselves."""
    OWNERSHIP = "ownership"
    """Show who is behind the shop, name bank accounts, appeal, close the shop, and hand it over."""


ROLES: Final[Mapping[str, frozenset[Permission]]] = {
    "owner": frozenset(Permission),
    "manager": frozenset(Permission) - {Permission.WITHDRAWALS, Permission.OWNERSHIP},
    "goods": frozenset({Permission.DESK, Permission.GOODS}),
    "orders": frozenset({Permission.DESK, Permission.ORDERS}),
    "finance": frozenset({Permission.DESK, Permission.MONEY, Permission.WITHDRAWALS}),
}
"""The roles of a shop's staff, the first above the others, and what each may do."""


def allows(role: str, permission: Permission) -> bool:
    """Tell whether *role* may do what *permission* says. A role that is not in the table may do nothing."""
    return permission in ROLES.get(role, ())

"""Bills as they were written: kept for as long as their addresses are good."""

from weiji.wire.kept_bills.model import KeptBill, Page
from weiji.wire.kept_bills.store import add_bill, add_page, find_late, forget_over, get_bill, get_page, weigh_kept

__all__ = ["KeptBill", "Page", "add_bill", "add_page", "find_late", "forget_over", "get_bill", "get_page", "weigh_kept"]

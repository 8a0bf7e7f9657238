"""Customers: buyers who agreed that a shop keeps how to reach them and writes to them."""

from weiji.orders.customers.model import Customer
from weiji.orders.customers.store import list_customers

__all__ = [
    "Customer",
    "list_customers",
]

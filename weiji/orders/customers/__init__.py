"""Customers: buyers who agreed that a shop keeps how to reach them and writes to them."""

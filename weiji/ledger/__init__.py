"""Accounts, transfers, balances: double entry."""

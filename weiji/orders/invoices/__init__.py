"""Invoices (发票): asked for by the buyer, made out by the shop, taken back when the money goes back."""

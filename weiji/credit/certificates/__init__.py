"""Certificates of credit: what a shop is known for, signed, for itself at another installation. See ../README.md."""

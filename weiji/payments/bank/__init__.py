"""Statements of the operator's bank account, brought as files: what came is matched to payments by its reference."""

"""Writes what a shop owns into files that other platforms, spreadsheets, and another weiji read."""

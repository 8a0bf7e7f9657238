"""Conduct: how shops behave, counted by the hour, and rules over it that are tried before they take effect."""

"""Money that a channel holds frozen for each shop by itself, and lets go when it is told to."""

"""How the desks of the operator's staff get on: what waits, how long, and what was done this week. See ../README.md."""

"""`python -m weiji` is `weiji`."""

from weiji.cli import main

main()

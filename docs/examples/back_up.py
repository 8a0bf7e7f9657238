"""Dumps the embedded database of a data folder, while weiji runs or not.

    .venv/bin/python docs/examples/back_up.py data weiji.dump

The folder `keys` is for you to copy, to another place.
"""

import sys
from pathlib import Path
from subprocess import run

from weiji.kit.embedded import EmbeddedDatabase

data, target = map(Path, sys.argv[1:])
if not (data / "postgres" / "PG_VERSION").exists():
    sys.exit(f"{data} has no embedded database")
database = EmbeddedDatabase(data)
try:
    run([database.binaries / "pg_dump", "--format=custom", "--file", target, database.url], check=True)
finally:
    database.stop()

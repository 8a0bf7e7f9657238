"""Restores a dump into the embedded database of a data folder that has none yet.

.venv/bin/python docs/examples/restore.py restored weiji.dump
"""

import sys
from pathlib import Path
from subprocess import run

from weiji.kit.embedded import EmbeddedDatabase

data, source = map(Path, sys.argv[1:])
if (data / "postgres").exists():
    sys.exit(f"{data} has a database already")
database = EmbeddedDatabase(data)
try:
    database.server.psql("create role weiji_app nologin")
    programs, url = database.binaries, database.url
    run([programs / "pg_restore", "--no-owner", "--exit-on-error", "--dbname", url, source], check=True)
    run([programs / "vacuumdb", "--analyze-only", "--quiet", "--dbname", url], check=True)
finally:
    database.stop()

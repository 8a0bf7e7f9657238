"""Writes migrations/schema.sql: what the migrations add up to. `make schema` runs it."""

import asyncio
import re
import subprocess
import tempfile
from pathlib import Path

from weiji.kit.embedded import EmbeddedDatabase
from weiji.kit.migrate import folder, migrate

HEADER = "-- What the migrations add up to. Made by `make schema`; a test holds it.\n"


def dump(database: EmbeddedDatabase, url: str) -> str:
    """Dump the schema of a database, without what differs from one dump to the next."""
    command = [str(database.binaries / "pg_dump"), "--schema-only", "--no-owner", "--exclude-schema=public", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    text = re.sub(r"^(--.*|SET .*|SELECT pg_catalog.*|\\(un)?restrict .*)\n", "", text, flags=re.MULTILINE)
    return HEADER + re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def main() -> None:
    """Migrate an empty database and write down its schema."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        database = EmbeddedDatabase(Path(name))
        asyncio.run(migrate(database.url))
        (folder() / "schema.sql").write_text(dump(database, database.url), "utf-8")
        database.stop()


if __name__ == "__main__":
    main()

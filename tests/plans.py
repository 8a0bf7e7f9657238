"""How PostgreSQL runs a statement when the program asks it: without knowing the arguments."""

import re

from weiji.kit.db import Transaction
from weiji.kit.sql import Statement


async def plan(tx: Transaction, statement: Statement) -> str:
    """Tell the plan of a statement."""
    arguments = max(map(int, re.findall(r"\$(\d+)", statement.text)))
    await tx.connection.execute(f"prepare asked as {statement.text}")
    rows = await tx.connection.fetch(f"explain execute asked ({', '.join(['null'] * arguments)})")
    await tx.connection.execute("deallocate asked")
    return "\n".join(row[0] for row in rows)

"""Spreads tests over the processes of a run: one by one, but for files whose tests share what takes long to make."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = ("tests/journeys/test_every_page.py", "tests/api/test_schema.py")
"""Files that one process has as a whole. The largest come first; the others' tests fill up what time is left."""


class Spreading(LoadScopeScheduling):
    """Has a process begin with the largest of the files, and give it a test whenever it has none."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid

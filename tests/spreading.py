"""Spreads tests over the processes of a run: one by one, but for those that share what takes long to make."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

TOGETHER: Final = (("tests/journeys/", "tests/demo/"), ("tests/api/test_schema.py",))
"""Where tests are that one process has as a whole: those of the town, which takes a minute to build and to open twice,
and those of the API. The largest come first; the others' tests fill up what time is left."""


class Spreading(LoadScopeScheduling):
    """Has a process begin with the largest of them, and give it a test whenever it has none."""

    def _split_scope(self, nodeid: str) -> str:
        return next((places[0] for places in TOGETHER if nodeid.startswith(places)), nodeid)

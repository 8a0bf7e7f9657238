"""What tests of the demo town share: a town of their own, at work."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.towns import BuiltTown, copy_of
from weiji.kit import clock
from weiji.program import Program, open_program
from weiji.settings import Settings


@pytest.fixture
async def town(built_town: BuiltTown, tmp_path: Path) -> AsyncIterator[Program]:
    """A town that was just built, at work."""
    async with copy_of(built_town, uuid4().hex, tmp_path) as url:
        offset = clock.CLOCK.offset
        settings = Settings(database_url=url, data=tmp_path, mode="demo")
        async with open_program(settings) as program:
            await program.listen()
            await program.work()
            yield program
        clock.CLOCK.follow(offset)

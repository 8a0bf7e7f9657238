"""Proves that an app which serves one test's program after another's has nothing of the one before."""

import gc
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from tests.apps import inside, turn
from weiji.app import make_app
from weiji.kit import installation
from weiji.kit.db import Database
from weiji.program import Program
from weiji.settings import Settings


def reached_from(root: object) -> Iterator[object]:
    """Give everything that is held by *root*, but through modules and classes, which are nobody's."""
    seen, left = {id(root)}, [root]
    while left:
        thing = left.pop()
        yield thing
        held = (thing.__closure__, thing.__dict__, thing.__defaults__) if isinstance(thing, FunctionType) else None
        for other in gc.get_referents(thing) if held is None else held:
            if id(other) not in seen and not isinstance(other, (ModuleType, type)):
                seen.add(id(other))
                left.append(other)


@pytest.mark.parametrize("url", [None, "https://shop.example"])
async def test_an_app_that_was_turned_has_nothing_of_the_program_before(
    database_url: str, tmp_path: Path, url: str | None
) -> None:
    settings = Settings(database_url=database_url, data=tmp_path, mode="sandbox", url=url)
    databases = [await Database.connect(database_url) for _ in range(2)]
    found = await installation.get_installation(databases[0])
    first, second = (Program(settings, database_url, database, found) for database in databases)
    served = make_app(first, rate_limit=None, edges=())
    parts = {id(first): "the program", **{id(part): name for name, part in vars(first).items() if name != "url"}}
    del parts[id(settings)], parts[id(found)]

    def parts_held() -> set[str]:
        return {parts[id(thing)] for thing in reached_from(served) if id(thing) in parts}

    assert parts_held() >= {"the program", "database", "batchers", "live"}
    turn(inside(served), second)
    assert parts_held() == set()
    for database in databases:
        await database.close()

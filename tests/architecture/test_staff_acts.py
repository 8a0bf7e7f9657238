"""Proves that whatever the operator's staff may do by a form or the API ends in their log: it reaches what publishes.

What a handler refers to is followed by name, from function to function, as far as it is ours; of what has a type, its
class's methods of that name. That an event is published is proved so, not what it says: the tests of each module do.
"""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from textwrap import dedent
from types import FunctionType, ModuleType
from typing import Any, Final

import pytest
from litestar import Controller
from litestar.handlers import HTTPRouteHandler

from weiji.app import ROUTES_OF
from weiji.events import publish
from weiji.web import staff

TELLS_NOTHING: Final[dict[str, str]] = {}
"""Handlers that may do something of which there is no row, and why."""

GUARD: Final = staff().__qualname__


def handlers() -> Iterator[tuple[type | None, HTTPRouteHandler]]:
    """List all handlers that the program has, each with its controller."""
    for name in ROUTES_OF:
        if find_spec(name) is None:
            continue
        module = import_module(name)
        for route in getattr(module, "ROUTES", None) or module.HANDLERS:
            if isinstance(route, type) and issubclass(route, Controller):
                own = {name: each for base in reversed(route.__mro__) for name, each in vars(base).items()}
                yield from ((route, each) for each in own.values() if isinstance(each, HTTPRouteHandler))
            elif isinstance(route, HTTPRouteHandler):
                yield None, route


def acts() -> dict[str, tuple[FunctionType, type | None]]:
    """Name what staff alone may do: everything with their guard that is not only read."""
    found = {}
    for controller, handler in handlers():
        shared = getattr(controller, "guards", None)
        guards = [*(shared if isinstance(shared, tuple | list) else ()), *(handler.guards or ())]
        is_theirs = any(getattr(guard, "__qualname__", "") == GUARD for guard in guards)
        if is_theirs and handler.http_methods - {"GET", "HEAD", "OPTIONS"}:
            function: Any = handler.fn
            found[f"{function.__module__}.{function.__qualname__}"] = (function, controller)
    return found


def is_ours(found: Any) -> bool:
    return str(getattr(found, "__module__", "")).startswith(("weiji", __name__))


def look_up(node: ast.expr, scope: dict[str, Any], owner: type | None) -> Any:
    """Say what a name is, or one after dots, where that is known without running anything."""
    if isinstance(node, ast.Name):
        return owner if node.id == "self" else scope.get(node.id)
    if isinstance(node, ast.Attribute):
        base = look_up(node.value, scope, owner)
        if isinstance(base, ModuleType | type):
            found = inspect.getattr_static(base, node.attr, None)
            return found.__func__ if isinstance(found, staticmethod | classmethod) else found
    return None


@cache
def source_of(function: FunctionType) -> ast.Module:
    return ast.parse(dedent(inspect.getsource(function)))


@cache
def classes_in(function: FunctionType) -> frozenset[type]:
    """Name our classes that a function speaks of, and those that it is given by what it calls."""
    found: set[type] = set()
    for node in ast.walk(source_of(function)):
        if isinstance(node, ast.Name | ast.Attribute):
            named = look_up(node, function.__globals__, None)
            if isinstance(named, FunctionType) and is_ours(named):
                named = named.__annotations__.get("return")
            if isinstance(named, type) and is_ours(named):
                found.add(named)
    return frozenset(found)


@cache
def refers_to(function: FunctionType, owner: type | None) -> frozenset[tuple[FunctionType, type | None]]:
    """Name our functions that a function refers to: whether it calls them or has them called."""
    classes = set(classes_in(function))
    for each in tuple(classes):  # And what is in them.
        classes |= {inner for inner in inspect.get_annotations(each).values() if isinstance(inner, type)}
        made = vars(each).get("__init__")
        if isinstance(made, FunctionType):
            classes |= classes_in(made)
    found: set[tuple[FunctionType, type | None]] = set()
    for node in ast.walk(source_of(function)):
        if not isinstance(node, ast.Name | ast.Attribute):
            continue
        named = look_up(node, function.__globals__, owner)
        if isinstance(named, FunctionType) and is_ours(named):
            is_own = isinstance(node, ast.Attribute) and look_up(node.value, {}, owner) is owner
            found.add((named, owner if is_own else None))
        elif named is None and isinstance(node, ast.Attribute):
            methods = ((vars(each).get(node.attr), each) for each in classes)
            found |= {(method, each) for method, each in methods if isinstance(method, FunctionType)}
    return frozenset(found)


def is_told(function: FunctionType, owner: type | None = None) -> bool:
    """Tell whether something is published by what a function reaches."""
    seen: set[tuple[FunctionType, type | None]] = set()
    ahead = {(function, owner)}
    while ahead:
        each = ahead.pop()
        if each[0] is publish:
            return True
        seen.add(each)
        ahead |= refers_to(*each) - seen
    return False


@pytest.mark.parametrize("name", sorted(acts()))
def test_what_staff_may_do_is_told(name: str) -> None:
    assert is_told(*acts()[name]) == (name not in TELLS_NOTHING), "their log says that it has every act"


def test_nothing_is_excused_that_is_gone() -> None:
    assert TELLS_NOTHING.keys() <= acts().keys()
    assert len(acts()) > 100


class Desk:
    """Something with a method that tells."""

    def tell(self) -> Any:
        return publish

    def look(self) -> None: ...


def open_desk() -> Desk:
    return Desk()


def by_method() -> None:
    open_desk().tell()


def by_looking() -> None:
    open_desk().look()


def test_what_reaches_is_told_from_what_does_not() -> None:
    assert is_told(by_method)
    assert not is_told(by_looking)

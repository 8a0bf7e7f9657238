"""Categories: the operator's tree of what kinds of goods there are, and what is to be said of each kind."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.events import Actor
from weiji.kit.text import is_line

CATEGORIES_MAX: Final = 1_000
"""Categories of an installation: pages read the whole tree in one statement."""

DEPTH_MAX: Final = 3
"""Levels of the tree."""

ATTRIBUTES_MAX: Final = 30
"""Attributes of a category, its parents' left out."""

CHOICES_MAX: Final = 100
NAME_MAX: Final = 60
VALUE_MAX: Final = 200
"""Characters of a category's or attribute's name, and of a value."""

_KEY: Final = re.compile(r"[a-z0-9_]{1,40}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")


class AttributeKind(StrEnum):
    """What the values of an attribute are."""

    TEXT = "text"
    CHOICE = "choice"
    """One of those that the category lists."""
    NUMBER = "number"
    """A number of the attribute's unit, not below 0."""


class Attribute(Struct, frozen=True, kw_only=True):
    """Something to be said of every product of a category. `key` names it for good, in whatever language."""

    key: str
    name: str
    name_en: str = ""
    kind: AttributeKind = AttributeKind.TEXT
    choices: tuple[str, ...] = ()
    unit: str = ""
    is_required: bool = False


class Category(Struct, frozen=True, kw_only=True):
    """A kind of goods. A retired one stays with the products it has, and is offered to no others."""

    id: UUID
    parent_id: UUID | None
    name: str
    name_en: str
    position: int
    attributes: tuple[Attribute, ...]
    is_retired: bool


class SaveCategory(Struct, frozen=True, kw_only=True):
    """Make a category, or replace it. The caller checks that `actor` is the operator's."""

    id: UUID
    name: str
    actor: Actor
    parent_id: UUID | None = None
    name_en: str = ""
    position: int = 0
    attributes: tuple[Attribute, ...] = ()
    is_retired: bool = False


class SaveCategoryStatus(StrEnum):
    """How saving a category ended. Where several apply, the first listed is given."""

    CREATED = "created"
    UPDATED = "updated"
    EXISTS = "exists"
    """It is already exactly so: nothing was written."""
    INVALID_NAME = "invalid_name"
    """Not 1 to 60 characters in one line, or the English one is longer."""
    INVALID_POSITION = "invalid_position"
    """Not 0 … 1,000,000."""
    INVALID_ATTRIBUTES = "invalid_attributes"
    """Too many; a key or name that is none, or there twice; a choice without choices, or choices without one."""
    PARENT_NOT_FOUND = "parent_not_found"
    PARENT_INSIDE = "parent_inside"
    """The parent is the category itself, or lies in it."""
    TOO_DEEP = "too_deep"
    """The tree would have over 3 levels."""
    TOO_MANY_CATEGORIES = "too_many_categories"
    """There are 1,000."""


S = SaveCategoryStatus


class Tree:
    """The whole tree, by id."""

    def __init__(self, categories: Sequence[Category]) -> None:
        self.categories = {category.id: category for category in categories}

    def path_of(self, id: UUID) -> list[Category]:
        """List a category behind those that it lies in, the outermost first; empty where there is none."""
        found: list[Category] = []
        category = self.categories.get(id)
        while category is not None and len(found) <= DEPTH_MAX:
            found.append(category)
            category = self.categories.get(category.parent_id) if category.parent_id else None
        return found[::-1]

    def children_of(self, id: UUID | None) -> list[Category]:
        """List what lies directly in a category, in order; None: the outermost."""
        found = [category for category in self.categories.values() if category.parent_id == id]
        return sorted(found, key=lambda category: (category.position, category.name))

    def inside(self, id: UUID) -> list[Category]:
        """List a category and everything in it, each before what lies in it."""
        found = [self.categories[id]] if id in self.categories else []
        for child in self.children_of(id):
            found += self.inside(child.id)
        return found

    def attributes_of(self, id: UUID) -> tuple[Attribute, ...]:
        """List what is to be said of products in a category: what its parents ask, then its own, which wins."""
        found: dict[str, Attribute] = {}
        for category in self.path_of(id):
            for attribute in category.attributes:
                found[attribute.key] = attribute
        return tuple(found.values())

    def find(self, names: Sequence[str]) -> Category | None:
        """Find a category by its name and those of what it lies in, the outermost first."""
        found: Category | None = None
        for name in names:
            inside = self.children_of(found.id if found else None)
            found = next((category for category in inside if category.name == name and not category.is_retired), None)
            if found is None:
                return None
        return found

    def accept(self, id: UUID, values: Mapping[str, str]) -> dict[str, str] | None:
        """Give those of *values* that can be said of products in a category; None where one lacks that must be said."""
        attributes = self.attributes_of(id)
        fitting = {
            each.key: values[each.key] for each in attributes if each.key in values and is_value(each, values[each.key])
        }
        return None if missing(attributes, fitting) else fitting

    def all(self) -> list[Category]:
        """List every category, each before what lies in it."""
        return [category for outer in self.children_of(None) for category in self.inside(outer.id)]


def judge_categories(tree: Tree, commands: Sequence[SaveCategory]) -> list[SaveCategoryStatus]:
    """Answer each command as if it came alone, after the ones before it; *tree* is changed to what comes of it."""
    return [_save(tree, command) for command in commands]


def _save(tree: Tree, command: SaveCategory) -> SaveCategoryStatus:
    names = Category.__struct_fields__
    wanted = Category(**{name: getattr(command, name) for name in names})
    found = tree.categories.get(command.id)
    if found == wanted:
        return S.EXISTS
    refusal = _find_fault(command) or _refuse_place(tree, command)
    if refusal:
        return refusal
    if not found and len(tree.categories) >= CATEGORIES_MAX:
        return S.TOO_MANY_CATEGORIES
    tree.categories[command.id] = wanted
    return S.UPDATED if found else S.CREATED


def _find_fault(command: SaveCategory) -> S | None:
    if not is_line(command.name, NAME_MAX) or (command.name_en and not is_line(command.name_en, NAME_MAX)):
        return S.INVALID_NAME
    if not 0 <= command.position <= 1_000_000:
        return S.INVALID_POSITION
    keys = {attribute.key for attribute in command.attributes}
    names = {attribute.name for attribute in command.attributes}
    if not len(keys) == len(names) == len(command.attributes) <= ATTRIBUTES_MAX:
        return S.INVALID_ATTRIBUTES
    return None if all(map(_is_attribute, command.attributes)) else S.INVALID_ATTRIBUTES


def _is_attribute(attribute: Attribute) -> bool:
    choices = attribute.choices
    return (
        _KEY.fullmatch(attribute.key) is not None
        and is_line(attribute.name, NAME_MAX)
        and (not attribute.name_en or is_line(attribute.name_en, NAME_MAX))
        and (not attribute.unit or is_line(attribute.unit, NAME_MAX))
        and (not attribute.unit or attribute.kind is AttributeKind.NUMBER)
        and bool(choices) == (attribute.kind is AttributeKind.CHOICE)
        and len(set(choices)) == len(choices) <= CHOICES_MAX
        and all(is_line(choice, VALUE_MAX) for choice in choices)
    )


def _refuse_place(tree: Tree, command: SaveCategory) -> S | None:
    if command.parent_id is None:
        above = 0
    elif command.parent_id == command.id:
        return S.PARENT_INSIDE
    else:
        path = tree.path_of(command.parent_id)
        if not path:
            return S.PARENT_NOT_FOUND
        if any(category.id == command.id for category in path):
            return S.PARENT_INSIDE
        above = len(path)
    here = len(tree.path_of(command.id))
    below = max((len(tree.path_of(each.id)) - here for each in tree.inside(command.id)), default=0)
    return S.TOO_DEEP if above + 1 + below > DEPTH_MAX else None


def is_value(attribute: Attribute, value: str) -> bool:
    """Tell whether an attribute can have a value."""
    match attribute.kind:
        case AttributeKind.TEXT:
            return is_line(value, VALUE_MAX)
        case AttributeKind.CHOICE:
            return value in attribute.choices
        case AttributeKind.NUMBER:
            return _NUMBER.fullmatch(value) is not None


def are_values(attributes: Sequence[Attribute], values: Mapping[str, str]) -> bool:
    """Tell whether every value is one that its attribute can have."""
    by_key = {attribute.key: attribute for attribute in attributes}
    return all(key in by_key and is_value(by_key[key], value) for key, value in values.items())


def missing(attributes: Sequence[Attribute], values: Mapping[str, str]) -> list[Attribute]:
    """List what must be said, and is not."""
    return [attribute for attribute in attributes if attribute.is_required and attribute.key not in values]

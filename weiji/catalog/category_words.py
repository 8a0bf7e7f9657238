"""Categories and their attributes in the reader's words."""

from collections.abc import Mapping
from uuid import UUID

from weiji.catalog.categories import Attribute, AttributeKind, Category, Tree
from weiji.web import gettext as _
from weiji.web.locales import current


def name_of(named: Category | Attribute) -> str:
    """Name a category or an attribute in the reader's language, as far as the operator has given it."""
    return named.name_en if named.name_en and current().startswith("en") else named.name


def category_choices(tree: Tree, chosen: UUID | None, *, has_retired: bool = False) -> list[tuple[str, str]]:
    """List what a form may choose from: what is not retired, or is chosen already, with what it lies in.

    Rules choose from retired ones, too, which keep the products that they have.
    """
    found = [("", _("不选"))]
    for category in tree.all():
        path = tree.path_of(category.id)
        if has_retired or category.id == chosen or not any(each.is_retired for each in path):
            found.append((str(category.id), " › ".join(map(name_of, path))))
    return found


def said(tree: Tree, category_id: UUID | None, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """List what is said of a product: names and values, in the order that its category asks for them."""
    if category_id is None:
        return []
    return [
        (name_of(attribute), f"{values[attribute.key]} {attribute.unit}".strip())
        for attribute in tree.attributes_of(category_id)
        if attribute.key in values
    ]


def kind_words() -> dict[str, str]:
    """Name the kinds of attributes."""
    return {
        AttributeKind.TEXT.value: _("文字"),
        AttributeKind.CHOICE.value: _("从几个里选"),
        AttributeKind.NUMBER.value: _("数字"),
    }

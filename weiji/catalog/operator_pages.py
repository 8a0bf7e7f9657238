"""The operator's tree of categories: a list, and a form for each."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.catalog.categories import (
    ATTRIBUTES_MAX,
    CHOICES_MAX,
    DEPTH_MAX,
    Attribute,
    AttributeKind,
    Category,
    SaveCategory,
    SaveCategoryStatus,
    Tree,
)
from weiji.catalog.category_words import category_choices, kind_words, name_of
from weiji.catalog.operations import get_categories, save_categories
from weiji.catalog.product_forms import read_list
from weiji.identity import Role
from weiji.kit.ids import new_id
from weiji.web import gettext as _
from weiji.web import ngettext, page, redirect, staff
from weiji.web.formats import listed
from weiji.web.forms import Form, read_form, read_id
from weiji.web.requests import WebRequest

BLANKS: Final = 3
"""Empty rows for attributes that a form has beside those there are."""

SAVED: Final = (SaveCategoryStatus.CREATED, SaveCategoryStatus.UPDATED, SaveCategoryStatus.EXISTS)


class OperatorCategories(Controller):
    """The tree of categories."""

    path = "/operator/categories"
    guards = (staff(Role.OPERATOR),)
    include_in_schema = False

    @get("/")
    async def list_categories(self, request: WebRequest) -> Response[str]:
        """List the tree."""
        async with request.database.read() as reader:
            tree = await get_categories(reader)
        rows = [
            (category, " › ".join(map(name_of, tree.path_of(category.id))), len(tree.attributes_of(category.id)))
            for category in tree.all()
        ]
        return page(request, "catalog/operator_categories.html", rows=rows)

    @get("/new")
    async def show_new(self, request: WebRequest, parent: FromQuery[str] = "") -> Response[str]:
        """Show an empty form; *parent* is what the category shall lie in."""
        async with request.database.read() as reader:
            tree = await get_categories(reader)
        parent_id = read_id(parent)
        last = max((each.position for each in tree.children_of(parent_id)), default=0)
        blank = Category(
            id=new_id(),
            parent_id=parent_id,
            name="",
            name_en="",
            position=min(last + 10, 1_000_000),
            attributes=(),
            is_retired=False,
        )
        return _show_form(request, tree, blank, {})

    @get("/{category_id:uuid}")
    async def show_category(self, request: WebRequest, category_id: FromPath[UUID]) -> Response[str]:
        """Show a category as a form."""
        async with request.database.read() as reader:
            tree = await get_categories(reader)
        if category_id not in tree.categories:
            raise NotFoundException
        return _show_form(request, tree, tree.categories[category_id], {})

    @post("/{category_id:uuid}", status_code=303)
    async def save(self, request: WebRequest, category_id: FromPath[UUID]) -> Response[str]:
        """Make a category, or change it."""
        typed = _read(await read_form(request), category_id)
        names = Category.__struct_fields__
        command = SaveCategory(actor=request.actor("staff"), **{name: getattr(typed, name) for name in names})
        status = await request.batchers.of(save_categories).submit(command)
        if status in SAVED:
            return redirect(request, "/operator/categories", toast=_("已保存。"))
        async with request.database.read() as reader:
            tree = await get_categories(reader)
        field, text = _refusal(status)
        return _show_form(request, tree, typed, {field: text})


def _read(form: Form, id: UUID) -> Category:
    attributes = []
    for n in range(ATTRIBUTES_MAX + BLANKS):
        name = form.text(f"attribute_{n}_name")
        if not name:
            continue
        kind = form.text(f"attribute_{n}_kind")
        kind = kind if kind in tuple(AttributeKind) else AttributeKind.TEXT
        more = form.text(f"attribute_{n}_more")
        attributes.append(
            Attribute(
                key=form.text(f"attribute_{n}_key") or f"a{new_id().hex[-16:]}",
                name=name,
                name_en=form.text(f"attribute_{n}_name_en"),
                kind=AttributeKind(kind),
                choices=read_list(more)[:CHOICES_MAX] if kind == AttributeKind.CHOICE else (),
                unit=more if kind == AttributeKind.NUMBER else "",
                is_required=form.is_on(f"attribute_{n}_is_required"),
            )
        )
    return Category(
        id=id,
        parent_id=form.id("parent_id"),
        name=form.text("name"),
        name_en=form.text("name_en"),
        position=form.number("position") or 0,
        attributes=tuple(attributes),
        is_retired=form.is_on("is_retired"),
    )


def _refusal(status: SaveCategoryStatus) -> tuple[str, str]:
    """Say where in the form a refusal belongs, and why it was refused."""
    match status:
        case SaveCategoryStatus.INVALID_NAME:
            return "name", _("请写名称，不超过 60 个字。")
        case SaveCategoryStatus.INVALID_POSITION:
            return "position", _("顺序是 0 到 1000000 的整数。")
        case SaveCategoryStatus.INVALID_ATTRIBUTES:
            return "attributes", _("属性的名称不能重复；“从几个里选”要写出有哪些，用逗号隔开。")
        case SaveCategoryStatus.PARENT_INSIDE:
            return "parent_id", _("不能放到自己里面。")
        case SaveCategoryStatus.PARENT_NOT_FOUND:
            return "parent_id", _("没有这个类目了，请另选一个。")
        case SaveCategoryStatus.TOO_DEEP:
            return "parent_id", ngettext("最多 %(number)s 层。", "最多 %(number)s 层。", DEPTH_MAX)
        case _:
            return "form", _("类目太多了，请先用已有的。")


def _show_form(request: WebRequest, tree: Tree, category: Category, errors: Mapping[str, str]) -> Response[str]:
    rows = [
        {
            "key": each.key,
            "name": each.name,
            "name_en": each.name_en,
            "kind": each.kind.value,
            "more": listed(each.choices) if each.choices else each.unit,
            "is_required": each.is_required,
        }
        for each in category.attributes
    ]
    blank = {"key": "", "name": "", "name_en": "", "kind": "text", "more": "", "is_required": False}
    return page(
        request,
        "catalog/operator_category.html",
        status_code=422 if errors else 200,
        category=category,
        is_new=category.id not in tree.categories,
        parents=category_choices(tree, category.parent_id),
        rows=rows + [blank] * BLANKS,
        kinds=list(kind_words().items()),
        errors=errors,
    )


ROUTES: Final = (OperatorCategories,)
"""What the program serves of this module."""

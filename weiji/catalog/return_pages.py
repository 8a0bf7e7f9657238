"""Where the operator says for how long goods may be sent back, by category."""

from typing import Final

from weiji.catalog.categories import Tree
from weiji.catalog.category_words import category_choices, name_of
from weiji.catalog.operations import RETURN_RULES, get_categories
from weiji.catalog.return_words import terms_word
from weiji.catalog.returning import CategoryTerms, ReturnTerms
from weiji.kit.db import Reader
from weiji.rulebook.forms import Column, Field, Rows, days
from weiji.rulebook.pages import RulesDesk, RulesPages, Words
from weiji.web import gettext as _


async def _load(reader: Reader) -> Tree:
    return await get_categories(reader)


def _fields(tree: Tree) -> list[Field]:
    def say(terms: CategoryTerms) -> str:
        path = tree.path_of(terms.category_id) if terms.category_id in tree.categories else ()
        name = " › ".join(map(name_of, path)) or "–"
        said = ReturnTerms(no_reason_days=terms.no_reason_days, aftersale_days=terms.aftersale_days)
        return f"{name}: {terms_word(said)}"

    columns = (
        Column("category_id", _("类目"), options=tuple(category_choices(tree, None, has_retired=True))),
        Column("no_reason_days", _("无理由退货"), suffix=_("天"), is_number=True, is_optional=True),
        Column("aftersale_days", _("可申请售后"), suffix=_("天"), is_number=True, is_optional=True),
    )
    return [
        Field(
            "no_reason_days",
            _("无理由退货"),
            days(),
            _("没有另外规定的类目，收货后这么久之内可以无理由退货；写 0 就不支持。"),
        ),
        Field(
            "categories",
            _("另有规定的类目"),
            Rows(
                columns,
                say,
                _("没有"),
                _("每一行选一个类目；无理由 0 到 90 天，售后空着或 1 到 365 天。不要的一行都清空。"),
            ),
            _("下级类目也算，除非它自己另有规定。无理由退货空着，就是不支持（生鲜、定制的）；售后空着，就按交易规则。"),
        ),
    ]


def _words() -> Words:
    return Words(
        title=_("退货规则"),
        about=_("新的一版从下一笔订单起生效。已经下的订单，按下单时的退货期限。"),
        published=lambda version: _("第 %(version)s 版已经生效，从下一笔订单起。", version=version),
        icon="undo-2",
    )


class ReturnRulesPages(RulesPages):
    """The rules of sending back."""

    path = "/operator/return-rules"
    desk = RulesDesk(of=RETURN_RULES, path=path, fields=_fields, words=_words, load=_load)


ROUTES: Final = (ReturnRulesPages,)
"""What the program serves of this module."""

"""Where the operator says what trades count for, and which score is which grade."""

from typing import Final

from weiji.credit.model import GRADES
from weiji.credit.operations import CREDIT_RULES
from weiji.rulebook.forms import Count, Field, Numbers, yuan
from weiji.rulebook.pages import RulesDesk, RulesPages, Words
from weiji.web import gettext as _
from weiji.web import ngettext


def _fields() -> list[Field]:
    points = Count(_("分"), lambda n: ngettext("%(number)s 分", "%(number)s 分", n))
    twenty = ngettext("请写 %(number)s 个整数，用空格隔开。", "请写 %(number)s 个整数，用空格隔开。", GRADES)
    return [
        Field("amount_min", _("多少钱起才记分"), yuan(), _("太小的交易造假太便宜。")),
        Field("buyer_month_max", _("同一买家每月最多"), points, _("一位买家一个月里能给一家店的分数。")),
        Field(
            "thresholds",
            _("每一级从多少分起"),
            Numbers("", lambda values: " ".join(map(str, values)), twenty, is_long=True),
            _("20 个整数：五级心、五级钻、五级蓝冠、五级金冠。"),
            wrong=twenty,
        ),
    ]


def _words() -> Words:
    return Words(
        title=_("信用规则"),
        about=_("新的一版马上生效。所有店铺会从每一笔交易重新算起，算的时候旧等级照旧显示。"),
        published=lambda version: _("第 %(version)s 版已经生效，所有店铺会重新算一遍。", version=version),
        icon="scale",
    )


class CreditRulesPages(RulesPages):
    """The rules of credit."""

    path = "/operator/credit"
    desk = RulesDesk(of=CREDIT_RULES, path=path, fields=_fields, words=_words, template="credit/operator_credit.html")


ROUTES: Final = (CreditRulesPages,)

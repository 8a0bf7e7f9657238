"""Where the operator says what takes two of the staff."""

from typing import Final

from weiji.rulebook import APPROVAL_RULES
from weiji.rulebook.forms import Field, Switch, yuan
from weiji.rulebook.pages import RulesDesk, RulesPages, Words
from weiji.web import gettext as _


def _fields() -> list[Field]:
    return [
        Field(
            "rules_take_two",
            _("发布规则要两个人"),
            Switch(),
            _(
                "交易规则、费率、词语规则、行为规则和其他整版发布的规则，这里的也算：一个人提，另一个人看过再发布。"
                "认证清单不算：一个人就能发布。"
                "只有一个人的别开：要两个人才能关。"
            ),
        ),
        Field(
            "statement_above",
            _("大额银行文件"),
            yuan(),
            _("一天里银行对账单和回单算我们收到、付出和退回的钱超过这么多，多出来的那份要另一个人看过才导入。"),
        ),
    ]


def _words() -> Words:
    return Words(
        title=_("什么要两个人"),
        about=_("人手动的钱总要两个人。这里定的是另外还有什么。"),
        published=lambda version: _("第 %(version)s 版已经生效。", version=version),
        icon="handshake",
        back=("/operator/approvals", _("返回双人复核")),
    )


class ApprovalRulesPages(RulesPages):
    """What takes two."""

    path = "/operator/approvals/rules"
    desk = RulesDesk(of=APPROVAL_RULES, path=path, fields=_fields, words=_words)


ROUTES: Final = (ApprovalRulesPages,)
"""What the program serves of this module."""

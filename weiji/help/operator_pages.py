"""Where the operator says who answers people, and how they are reached."""

from typing import Final

from weiji.help.model import CONTACT
from weiji.rulebook.forms import Field, Line, Lines
from weiji.rulebook.pages import RulesDesk, RulesPages, Words
from weiji.web import gettext as _


def _fields() -> list[Field]:
    return [
        Field("phone", _("电话"), Line(), wrong=_("写一个打得通的号码，例如 0599-5250000。"), is_required=False),
        Field("mail", _("邮箱"), Line(), wrong=_("写一个收得到信的邮箱。"), is_required=False),
        Field("hours", _("什么时候有人"), Line(), hint=_("例如：周一到周六 9:00–18:00"), is_required=False),
        Field(
            "note",
            _("还要说的话"),
            Lines(),
            hint=_("微信号、办公地址、来之前要准备什么。一行一段。"),
            is_required=False,
        ),
    ]


def _words() -> Words:
    return Words(
        title=_("找人的方式"),
        about=_("帮助的每一页下面都有：看了还不明白的人，按这里写的找你们。空着的不显示。"),
        published=lambda version: _("第 %(version)s 版已经生效，帮助里看得到了。", version=version),
        icon="life-buoy",
    )


class ContactPages(RulesPages):
    """How people reach the operator."""

    path = "/operator/contact"
    desk = RulesDesk(of=CONTACT, path=path, fields=_fields, words=_words)


ROUTES: Final = (ContactPages,)
"""What the program serves of this module."""

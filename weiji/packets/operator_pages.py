"""Where the operator says how much may be given away by red packets."""

from typing import Final

from weiji.packets.model import RED_PACKET_RULES
from weiji.rulebook.forms import Count, Field, hours, yuan
from weiji.rulebook.pages import RulesDesk, RulesPages, Words
from weiji.web import gettext as _
from weiji.web import ngettext


def _fields() -> list[Field]:
    parts = Count(_("份"), lambda n: ngettext("%(number)s 份", "%(number)s 份", n))
    packets = Count(_("个"), lambda n: ngettext("%(number)s 个", "%(number)s 个", n))
    return [
        Field("amount_max", _("一个红包最多"), yuan()),
        Field("parts_max", _("最多分成"), parts),
        Field("day_amount_max", _("一人一天最多"), yuan()),
        Field("day_packets_max", _("一人一天最多发"), packets),
        Field("shop_day_amount_max", _("一家店一天最多"), yuan()),
        Field("shop_day_packets_max", _("一家店一天最多发"), packets),
        Field("open_hours", _("多久没领就退回"), hours()),
    ]


def _words() -> Words:
    return Words(
        title=_("红包规则"),
        about=_("新的一版从下一个红包起生效。已经发出去的红包不变。"),
        published=lambda version: _("第 %(version)s 版已经生效，从下一个红包起。", version=version),
        icon="gift",
    )


class RedPacketRulesPages(RulesPages):
    """The rules of red packets."""

    path = "/operator/red-packets"
    desk = RulesDesk(of=RED_PACKET_RULES, path=path, fields=_fields, words=_words)


ROUTES: Final = (RedPacketRulesPages,)

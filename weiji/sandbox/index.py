"""What whoever opens `/sandbox` is told: which calls there are, what each does, and what it takes."""

from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from weiji.sandbox.desk import (
    AddFaults,
    Authorize,
    Complain,
    Expire,
    MakeMerchant,
    OpenRedPacket,
    Pay,
    Pursue,
    Push,
    Review,
    RotateKeys,
    SetRefunds,
    ShowCode,
    Take,
    TurnClock,
)
from weiji.sandbox.scenarios import Scenario, shipped
from weiji.web import gettext as _

GET: Final = "GET"
POST: Final = "POST"

_CALLS: Final[tuple[tuple[str, str, type[Struct] | None, Callable[[], str]], ...]] = (
    (POST, "pay", Pay, lambda: _("有人付款，或者没付成。")),
    (POST, "refunds", SetRefunds, lambda: _("让这笔订单以后的退款成功、等着，或者被渠道拒绝；正在等的也照此结束。")),
    (POST, "push", Push, lambda: _("把这笔订单的通知再发一遍。")),
    (POST, "expire", Expire, lambda: _("把时钟拨到这笔订单刚过期。")),
    (POST, "turn-clock", TurnClock, lambda: _("把时钟往前拨，到期的事都做掉。")),
    (POST, "faults", AddFaults, lambda: _("接下来的应答或通知出什么错。")),
    (POST, "calm", None, lambda: _("不再出错。")),
    (POST, "show-code", ShowCode, lambda: _("付款人出示付款码。")),
    (POST, "take", Take, lambda: _("收款人收下商家转账。")),
    (POST, "open-red-packet", OpenRedPacket, lambda: _("有人拆开程序发的红包。")),
    (POST, "authorize", Authorize, lambda: _("付款人同意让你的应用知道是谁，应答里有 openid。")),
    (POST, "complain", Complain, lambda: _("付款人投诉这笔订单。")),
    (POST, "pursue", Pursue, lambda: _("付款人接着说、结束投诉，或者请平台处理；平台裁决。")),
    (POST, "review", Review, lambda: _("审核服务商提交的进件，或者由店主同意。")),
    (POST, "merchants", MakeMerchant, lambda: _("再开一个商户。")),
    (POST, "rotate-keys", RotateKeys, lambda: _("换平台的或商户的密钥。")),
    (POST, "scenarios", Scenario, lambda: _("演一个剧本。")),
    (GET, "scenarios", None, lambda: _("自带哪些剧本。")),
    (GET, "state", None, lambda: _("现在几点、发了哪些通知、还要出什么错。")),
)

_OF_MERCHANT: Final = ("calm", "state")
"""Calls without a body that may say in the query which merchant is meant."""


class ControlCall(Struct, frozen=True, kw_only=True):
    """A call of the control."""

    method: str
    path: str
    does: str
    query: list[str]
    """What may stand behind `?`."""
    fields: list[str]
    """What its JSON may have."""


class Index(Struct, frozen=True, kw_only=True):
    """What there is at `/sandbox`."""

    about: str
    calls: list[ControlCall]
    scenarios: list[str]


def index_of(path: str) -> Index:
    """Tell what the control at *path* can do, in the reader's language."""
    return Index(
        about=_("支付的沙箱：付款人、时钟和故障都由你说了算。POST 的内容是 JSON。"),
        calls=[
            ControlCall(
                method=method,
                path=f"{path}/{name}",
                does=does(),
                query=["mchid"] if name in _OF_MERCHANT else [],
                fields=[field.encode_name for field in msgspec.structs.fields(kind)] if kind else [],
            )
            for method, name, kind, does in _CALLS
        ],
        scenarios=shipped(),
    )

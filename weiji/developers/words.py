"""What pages say of API keys."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from weiji.developers.model import KEY_TIME_MAX, KEYS_MAX, NAME_MAX, CreateKeyStatus
from weiji.developers.scopes import KNOWN, Scope
from weiji.web import gettext as _
from weiji.web import ngettext

MONEY: Final = frozenset({Scope.PAYMENTS_WRITE, Scope.PAYOUTS_WRITE})
"""Scopes with which money goes out."""

Errors = dict[str, str]
"""What is wrong with a form, by the name of the field; under "form", what is wrong with all of it."""


class ScopeGroup(Struct, frozen=True):
    """Scopes that are about the same thing."""

    title: str
    scopes: Sequence[Scope]


def scope_groups(*, is_staff: bool) -> list[ScopeGroup]:
    """Sort the scopes by what they are about; those of the operator's staff only for *is_staff*."""
    groups = [
        ScopeGroup(_("你自己"), (Scope.PROFILE_READ, Scope.ADDRESSES_READ, Scope.ADDRESSES_WRITE)),
        ScopeGroup(_("发生的事"), (Scope.EVENTS_READ,)),
        ScopeGroup(_("订单"), (Scope.ORDERS_READ, Scope.ORDERS_WRITE)),
        ScopeGroup(
            _("店铺和商品"),
            (
                Scope.SHOPS_READ,
                Scope.SHOPS_WRITE,
                Scope.GOODS_READ,
                Scope.GOODS_WRITE,
                Scope.STOCK_READ,
                Scope.STOCK_WRITE,
            ),
        ),
        ScopeGroup(_("钱"), (Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE, Scope.PAYOUTS_READ, Scope.PAYOUTS_WRITE)),
    ]
    if is_staff:
        groups.append(ScopeGroup(_("平台"), (Scope.PLATFORM_READ, Scope.PLATFORM_WRITE)))
    return groups


def scope_word(scope: str) -> str:
    """Say what a scope allows; one that there is no more, by itself."""
    if scope not in KNOWN:
        return scope
    return {
        Scope.PROFILE_READ: _("看你是谁。"),
        Scope.ADDRESSES_READ: _("看你的地址簿。"),
        Scope.ADDRESSES_WRITE: _("改你的地址簿。"),
        Scope.SHOPS_READ: _("看你店铺的设置。"),
        Scope.SHOPS_WRITE: _("开店，改店铺的设置。"),
        Scope.GOODS_READ: _("看你店里的商品，没上架的也在内。"),
        Scope.GOODS_WRITE: _("新建和修改你店里的商品。"),
        Scope.STOCK_READ: _("看你店里有多少库存。"),
        Scope.STOCK_WRITE: _("改你店里的库存。"),
        Scope.ORDERS_READ: _("看你的订单，和你店里的订单。"),
        Scope.ORDERS_WRITE: _("下单、改你的订单；给你店里的订单发货、改动。"),
        Scope.PAYMENTS_READ: _("看你的付款和钱包，和你店里的钱。"),
        Scope.PAYMENTS_WRITE: _("付款，以你给的额度为限；给你店里卖出的退款。"),
        Scope.PAYOUTS_READ: _("看你的提现。"),
        Scope.PAYOUTS_WRITE: _("把你店里的钱提到店里登记的账户。"),
        Scope.EVENTS_READ: _("看你身上和你店里发生了什么。"),
        Scope.PLATFORM_READ: _("看运营者的人能看到的，如果你是其中一位。"),
        Scope.PLATFORM_WRITE: _("做运营者的人能做的，如果你是其中一位。"),
    }[Scope(scope)]


def days_choices() -> list[tuple[str, str]]:
    """Say how long a key may last."""
    return [(str(days), ngettext("%(number)s 天", "%(number)s 天", days)) for days in (1, 7, 30, 90, 180, 365)]


def create_errors(status: CreateKeyStatus) -> Errors:
    """Say why there is no key."""
    match status:
        case CreateKeyStatus.NAME_MALFORMED:
            return {
                "name": ngettext(
                    "写一行，1 到 %(number)s 个字，好认出是哪个程序。",
                    "写一行，1 到 %(number)s 个字，好认出是哪个程序。",
                    NAME_MAX,
                )
            }
        case CreateKeyStatus.SCOPES_MISSING:
            return {"scopes": _("至少勾一样：什么都不能做的密钥没有用。")}
        case CreateKeyStatus.SCOPE_UNKNOWN:
            return {"scopes": _("没有这样的权限，请重新勾。")}
        case CreateKeyStatus.EXPIRES_OUT_OF_RANGE:
            return {"days": ngettext("最长 %(number)s 天。", "最长 %(number)s 天。", KEY_TIME_MAX.days)}
        case _:
            return {"form": limit_word()}


def limit_word() -> str:
    """Say that a person has as many keys as one may have."""
    return ngettext(
        "已经有 %(number)s 把能用的密钥了，先作废一把不用的。",
        "已经有 %(number)s 把能用的密钥了，先作废一把不用的。",
        KEYS_MAX,
    )

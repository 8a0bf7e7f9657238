"""What is taken of a shop's orders: its rates, what was announced, when it has its money, what is left of a price."""

from typing import Any
from uuid import UUID

from litestar import Controller, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji.kit import clock
from weiji.kit.money import parse_yuan
from weiji.orders.fees import store
from weiji.orders.fees.charging import Charging, changes_of, rates_of
from weiji.orders.fees.rules import is_dearer, lineage_of, take
from weiji.orders.fees.words import category_words, rate_words
from weiji.orders.prices import TOTAL_MAX
from weiji.orders.trade_rules import TradeRules, rank_of
from weiji.web import Permission, fragment, page, shop_staff
from weiji.web import gettext as _
from weiji.web.forms import read_id
from weiji.web.requests import WebRequest


class MerchantFees(Controller):
    """What is taken of a shop's orders."""

    path = "/merchant/{shop_id:uuid}/fees"
    guards = (shop_staff(Permission.DESK),)
    include_in_schema = False

    @get("/")
    async def show(
        self, request: WebRequest, shop_id: FromPath[UUID], price: FromQuery[str] = "", category_id: FromQuery[str] = ""
    ) -> Response[str]:
        """Show the shop's rates, what will be others, and how long it waits for its money, and why."""
        async with request.database.read() as reader:
            shop = await store.get_shop(reader, shop_id)
            if shop is None:
                raise NotFoundException
            charging = await store.get_charging(reader, clock.now())
        rules = charging.trade_rules
        return page(
            request,
            "orders/merchant_fees.html",
            shop=shop,
            price=price,
            category_id=category_id,
            **_left(charging, shop_id, price, category_id),
            version=charging.in_force.version,
            rates=[
                (
                    category_words(charging.tree, each.category_id) if each.category_id else _("其余商品"),
                    rate_words(each.rate),
                    each.is_own,
                )
                for each in rates_of(charging, charging.in_force.rules, shop_id)
            ],
            changes=[
                {
                    "at": each.effective_at,
                    "name": category_words(charging.tree, each.category_id) if each.category_id else _("其余商品"),
                    "before": rate_words(each.before),
                    "after": rate_words(each.after),
                    "is_dearer": is_dearer(each.before, each.after),
                }
                for each in changes_of(charging, shop_id)
            ],
            **_by_grade(rules, shop.grade),
            categories=[("", _("没有类目"))]
            + [(str(each.id), category_words(charging.tree, each.id)) for each in charging.tree.all()],
        )

    @get("/by-grade")
    async def show_by_grade(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show what the shop's grade means for it, where its credit is explained."""
        async with request.database.read() as reader:
            shop = await store.get_shop(reader, shop_id)
            charging = await store.get_charging(reader, clock.now())
        if shop is None:
            raise NotFoundException
        return fragment(request, "orders/grade_terms.html", **_by_grade(charging.trade_rules, shop.grade))

    @get("/left")
    async def show_left(
        self, request: WebRequest, shop_id: FromPath[UUID], price: FromQuery[str] = "", category_id: FromQuery[str] = ""
    ) -> Response[str]:
        """Show what is left of a price to the shop."""
        async with request.database.read() as reader:
            charging = await store.get_charging(reader, clock.now())
        found = _left(charging, shop_id, price, category_id)
        return fragment(request, "orders/merchant_fees_left.html", **found)


def _by_grade(rules: TradeRules, grade: int) -> dict[str, Any]:
    """Say what a shop's grade means for it, and what other grades would."""
    days, sales = rules.grade_settle_days, rules.grade_day_sales
    return {
        "settle_days": rules.settle_days_of(grade),
        "day_sales": rules.day_sales_of(grade),
        "ranks": [(level, each, level == rank_of(days, grade)) for level, each in enumerate(days)],
        "sales_ranks": [(level, each or None, level == rank_of(sales, grade)) for level, each in enumerate(sales)],
    }


def _left(charging: Charging, shop_id: UUID, price: str, category_id: str) -> dict[str, Any]:
    """Compute what is left of a price that somebody typed, if it is one."""
    lineage = lineage_of(charging.tree, read_id(category_id))
    rate = charging.fees_of(charging.in_force.rules).rate_of(shop_id, lineage)
    amount = parse_yuan(price)
    if amount is None or not 0 < amount <= TOTAL_MAX:
        return {"rate": rate_words(rate), "amount": None, "left": None}
    ((taken, _commission),) = take([rate], [amount], [0])
    return {"rate": rate_words(rate), "amount": amount, "left": amount - taken}


ROUTES = (MerchantFees,)
"""What the program serves of this module."""

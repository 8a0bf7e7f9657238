"""What topics may name: the rules of this installation that are in force, and the times that the program has fixed.

A topic names `{{ trade.ship_hours|hours }}` and never writes a number: what it says is then true here and now.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import convert

from weiji.catalog import RETURN_RULES
from weiji.credit import CREDIT_RULES
from weiji.disputes import DISPUTE_RULES
from weiji.dormancy import NOTICE as DORMANT_NOTICE
from weiji.help.model import CONTACT
from weiji.identity import PAYMENT_LOCK, RESET_OPEN, RESET_WAIT
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.onboarding import Checklist, get_checklist
from weiji.orders import TradeRules, get_common_terms_in_force
from weiji.orders.fees import NOTICE as FEE_NOTICE
from weiji.orders.fees import Rate
from weiji.orders.invoices import REQUEST_WITHIN
from weiji.orders.picking_up import TRIES, TRIES_WITHIN
from weiji.packets import RED_PACKET_RULES
from weiji.payments import REGISTRY
from weiji.porting import EXPORT_KEPT_FOR
from weiji.reviews import FOLLOW_UP_WITHIN, PHOTOS_MAX, REVIEW_WITHIN
from weiji.rulebook import RuleSet, list_in_force
from weiji.settings import Settings
from weiji.shops import HOLIDAY_MAX, HOLIDAY_WITH_ORDERS_MAX
from weiji.supervision.inquiries import COUNTED_FOR, SUSPENSION_POINTS

SETS: Final[dict[str, RuleSet[Any]]] = {
    "contact": CONTACT,
    "credit": CREDIT_RULES,
    "disputes": DISPUTE_RULES,
    "packets": RED_PACKET_RULES,
    "returns": RETURN_RULES,
}
"""Rules of the rulebook, read by one statement."""

TRADE: Final = ("trade", "fees")
"""The rules of trade and, without a rule of its own, what is taken of goods; read by one statement."""

CHECKLIST: Final = "checklist"
"""What is asked of shops; read by one statement."""

FIXED: Final = {
    "payment_password": {
        "tries": PAYMENT_LOCK.tries,
        "lock_minutes": int(PAYMENT_LOCK.locks[0] / timedelta(minutes=1)),
        "wait_hours": int(RESET_WAIT / timedelta(hours=1)),
        "open_days": RESET_OPEN.days,
    },
    "reviews": {"days": REVIEW_WITHIN.days, "later_days": FOLLOW_UP_WITHIN.days, "photos": PHOTOS_MAX},
    "penalties": {"days": COUNTED_FOR.days, "suspension_points": SUSPENSION_POINTS},
    "invoices": {"days": REQUEST_WITHIN.days},
    "exports": {"days": EXPORT_KEPT_FOR.days},
    "pick_up": {"tries": TRIES, "minutes": int(TRIES_WITHIN / timedelta(minutes=1))},
    "fee_notice": {"days": FEE_NOTICE.days},
    "holidays": {"days": HOLIDAY_MAX.days, "with_orders_days": HOLIDAY_WITH_ORDERS_MAX.days},
}
"""What the program has fixed."""

NAMES: Final = frozenset({*SETS, *TRADE, CHECKLIST, *FIXED, "channels", "dormant"})
"""Everything that a topic may name."""

_BEGUN: Final = {
    **{name: of.kind() for name, of in SETS.items()},
    **FIXED,
    "channels": {"keep_money": False},
    "dormant": {"months": 36, "notice_days": 30},
}

SAMPLES: Final[tuple[dict[str, Any], ...]] = (
    _BEGUN | {"trade": TradeRules(), "fees": Rate(), "checklist": Checklist(person_documents=())},
    _BEGUN
    | {
        "channels": {"keep_money": True},
        "returns": convert({"no_reason_days": 0, "categories": [{"category_id": UUID(int=1)}]}, RETURN_RULES.kind),
        "trade": TradeRules(
            fee_ppm=6_000,
            withdrawal_fee=100,
            delivered_confirm_days=2,
            delivered_inspect_days=0,
            shop_freight_reasons=(),
            grade_settle_days=(7, 3, 1),
            grade_day_sales=(10,),
        ),
        "fees": Rate(fee_ppm=6_000, commission_ppm=20_000),
        "checklist": Checklist(person_deposit=100_000, company_deposit=500_000, may_withdraw=True, needs_account=False),
    },
)
"""Figures to try a text with: its conditions the one way, and the other."""


async def read_figures(reader: Reader, names: Collection[str], settings: Settings) -> dict[str, Any]:
    """Read what is named: one statement for all that is in the rulebook, one for trade, one for the checklist."""
    now = clock.now()
    sets = [of for name, of in SETS.items() if name in names]
    in_force = await list_in_force(reader, sets, now) if sets else {}
    found: dict[str, Any] = {name: in_force[of.name].rules for name, of in SETS.items() if name in names}
    if not frozenset(TRADE).isdisjoint(names):
        found["trade"], found["fees"] = await get_common_terms_in_force(reader, now)
    if CHECKLIST in names:
        _version, found[CHECKLIST] = await get_checklist(reader)
    dormant = {"months": settings.dormant_months, "notice_days": DORMANT_NOTICE.days}
    channels = {"keep_money": bool(REGISTRY.freezing_names)}
    return {**FIXED, "channels": channels, "dormant": dormant, **found}

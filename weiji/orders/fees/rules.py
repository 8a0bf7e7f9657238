"""Finds rates, judges rules, and computes what they would take: pure functions. Time is an argument."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from weiji.catalog import Tree
from weiji.kit.clock import SHANGHAI
from weiji.kit.money import allocate, portion
from weiji.kit.text import is_text
from weiji.orders.fees.model import (
    COMING_MAX,
    NOTICE,
    PREVIEW_DAYS,
    REASON_MAX,
    SAMPLE,
    TAKEN_PPM_MAX,
    FeeRules,
    FeeVersion,
    Preview,
    PublishFees,
    PublishFeesStatus,
    Rate,
    Traded,
    TradedOrder,
)

_S: Final = PublishFeesStatus


class Fees:
    """A version of the rules, made ready to be asked. *rest* is the rate of what no rule is for."""

    def __init__(self, rules: FeeRules, rest: Rate) -> None:
        self._rates = {(None, None): rest} | {(rule.shop_id, rule.category_id): rule.rate for rule in rules.rules}

    def rate_of(self, shop_id: UUID | None, categories: Sequence[UUID]) -> Rate:
        """Find what is taken of a shop's goods; *categories* are those they lie in, the innermost first.

        A rule for the shop goes before one for all shops, and of those the one for the innermost category.
        """
        for whose in (shop_id, None):
            for category in (*categories, None):
                rate = self._rates.get((whose, category))
                if rate is not None:
                    return rate
        raise AssertionError("there is a rate for the rest")


def lineage_of(tree: Tree, category_id: UUID | None) -> list[UUID]:
    """List a category and those that it lies in, the innermost first."""
    return [category.id for category in reversed(tree.path_of(category_id))] if category_id else []


def is_dearer(before: Rate, after: Rate) -> bool:
    """Tell whether anything may cost more: goods, or what is paid for sending them."""
    return after.fee_ppm > before.fee_ppm or after.taken_ppm > before.taken_ppm


def find_changes(
    tree: Tree, before: tuple[FeeRules, Rate], after: tuple[FeeRules, Rate]
) -> dict[tuple[UUID | None, UUID | None], tuple[Rate, Rate]]:
    """Find for which shops and categories (None: all others) another rate comes, and which.

    Between the categories that are named somewhere every category has the rate of the innermost that it lies in, so
    these tell of all.
    """
    named = [rule for rules, _ in (before, after) for rule in rules.rules]
    shops: list[UUID | None] = [None, *dict.fromkeys(rule.shop_id for rule in named if rule.shop_id)]
    categories: list[UUID | None] = [None, *dict.fromkeys(rule.category_id for rule in named if rule.category_id)]
    lineages = {category: lineage_of(tree, category) for category in categories}
    old, new = Fees(*before), Fees(*after)
    found = {}
    for shop in shops:
        for category in categories:
            rates = (old.rate_of(shop, lineages[category]), new.rate_of(shop, lineages[category]))
            if rates[0] != rates[1]:
                found[shop, category] = rates
    return found


def judge_publish(
    command: PublishFees,
    versions: Sequence[FeeVersion],
    rest: Rate,
    tree: Tree,
    shops: set[UUID],
    now: datetime,
    told_at: datetime | None,
) -> PublishFeesStatus:
    """Judge whether rules may be published. *versions* are the one in force and those that wait, the latest first.

    Shops are told of them at *told_at*; None where there are none.
    """
    rules = command.rules.rules
    effective_at = command.effective_at or now
    if not command.reason.strip() or not is_text(command.reason, REASON_MAX):
        return _S.REASON_MISSING
    if len({(rule.shop_id, rule.category_id) for rule in rules}) < len(rules):
        return _S.RULE_TWICE
    if any(rule.rate.taken_ppm > TAKEN_PPM_MAX for rule in rules):
        return _S.EXCEEDS_LIMIT
    if any(rule.category_id and rule.category_id not in tree.categories for rule in rules):
        return _S.CATEGORY_NOT_FOUND
    if any(rule.shop_id and rule.shop_id not in shops for rule in rules):
        return _S.SHOP_NOT_FOUND
    if effective_at < now:
        return _S.EFFECTIVE_IN_THE_PAST
    if effective_at < versions[0].effective_at:
        return _S.EFFECTIVE_BEFORE_ANOTHER
    if len(versions) > COMING_MAX:
        return _S.TOO_MANY_COMING
    if told_at and effective_at < told_at + NOTICE and needs_notice(command.rules, versions, rest, tree):
        return _S.NOTICE_TOO_SHORT
    if command.version != versions[0].version + 1:
        return _S.VERSION_TAKEN
    return _S.PUBLISHED


def needs_notice(rules: FeeRules, versions: Iterable[FeeVersion], rest: Rate, tree: Tree) -> bool:
    """Tell whether somebody would pay more than by the version in force, or than they were told they will."""
    return any(
        is_dearer(*rates)
        for version in versions
        for rates in find_changes(tree, (version.rules, rest), (rules, rest)).values()
    )


def first_midnight(now: datetime) -> datetime:
    """Find the first midnight at which it may get dearer."""
    day = (now + NOTICE).astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(day, time(), SHANGHAI)


def take(rates: Sequence[Rate], goods: Sequence[int], freights: Sequence[int]) -> list[tuple[int, int]]:
    """Compute what is taken of each line of an order, and what of that is commission.

    *goods* are what the shop is paid for them, a subsidy of the platform included. Lines of one rate are charged
    together, rounded down once, and share that by largest remainder.
    """
    together: dict[Rate, list[int]] = {}
    for place, rate in enumerate(rates):
        together.setdefault(rate, []).append(place)
    taken = [(0, 0)] * len(rates)
    for rate, places in together.items():
        amounts = [goods[place] for place in places]
        paid = [goods[place] + freights[place] for place in places]
        commission = portion(sum(amounts), rate.commission_ppm)
        # Both are shared together: each rounded up by itself could take two fen of a line of one.
        exact = [rate.fee_ppm * all + rate.commission_ppm * part for all, part in zip(paid, amounts, strict=True)]
        shares = allocate(portion(sum(paid), rate.fee_ppm) + commission, exact)
        for place, share, part in zip(places, shares, allocate(commission, amounts), strict=True):
            taken[place] = (share, min(part, share))
    return taken


def preview(old: Fees, new: Fees, tree: Tree, traded: Sequence[Traded], orders: Sequence[TradedOrder]) -> Preview:
    """Compute what trades would cost by the old and by the new rules."""
    named = {each.category_id for each in traded} | {line.category_id for order in orders for line in order.lines}
    lineages = {category: lineage_of(tree, category) for category in named}

    def sum_up(fees: Fees, each: Traded) -> int:
        ((taken, _),) = take([fees.rate_of(each.shop_id, lineages[each.category_id])], [each.goods], [each.freight])
        return taken

    def charge(fees: Fees, order: TradedOrder) -> int:
        rates = [fees.rate_of(order.shop_id, lineages[line.category_id]) for line in order.lines]
        goods, freights = [line.goods for line in order.lines], [line.freight for line in order.lines]
        return sum(taken for taken, _ in take(rates, goods, freights))

    sums = [replace(each, fee=sum_up(old, each), new_fee=sum_up(new, each)) for each in traded]
    charged = [replace(order, fee=charge(old, order), new_fee=charge(new, order)) for order in orders]
    return Preview(
        days=PREVIEW_DAYS,
        traded=sorted(sums, key=lambda each: each.fee - each.new_fee),
        orders=sorted(charged, key=lambda order: -abs(order.new_fee - order.fee))[:SAMPLE],
    )

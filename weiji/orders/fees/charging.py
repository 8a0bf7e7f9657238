"""All that says what is taken of trades at a time, and what of it concerns a shop."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.catalog import Tree
from weiji.orders.fees.model import NOTICE, FeeRules, FeeVersion, Rate
from weiji.orders.fees.rules import Fees, is_dearer, lineage_of
from weiji.orders.trade_rules import TradeRules

HISTORY: Final = 30
"""Versions that are read, those that wait for their time among them."""


class Named(Struct, frozen=True):
    """A shop that a rule is for."""

    handle: str
    name: str


class TradeVersion(Struct, frozen=True):
    """A version of the rules of trade, which say what is taken where no fee rule does."""

    version: int
    effective_at: datetime
    rules: TradeRules


class Charging(Struct, frozen=True, kw_only=True):
    """The latest versions, of them those in force or to come (the latest first), the rest, categories, shops."""

    history: list[FeeVersion]
    versions: list[FeeVersion]
    trade_versions: list[TradeVersion]
    """Those in force and to come, by their numbers."""
    has_shops: bool
    """Whether there is anybody to be told of what gets dearer."""
    tree: Tree
    shops: Mapping[UUID, Named]

    @property
    def in_force(self) -> FeeVersion:
        """The version by which orders are charged that are placed now."""
        return self.versions[-1]

    @property
    def trade_rules(self) -> TradeRules:
        """The rules under which orders are placed now."""
        return self.trade_versions[0].rules

    @property
    def rest(self) -> Rate:
        """What is taken where no rule says otherwise."""
        return self.trade_rules.rest

    def fees_of(self, rules: FeeRules) -> Fees:
        """Make rules ready to be asked."""
        return Fees(rules, self.rest)


class ShopRate(Struct, frozen=True, kw_only=True):
    """What is taken of a shop's goods of a category; without one, of all other goods."""

    category_id: UUID | None
    rate: Rate
    is_own: bool
    """Whether a rule for this shop says so."""


class ShopChange(Struct, frozen=True, kw_only=True):
    """That something else will be taken of a shop's goods of a category."""

    effective_at: datetime
    category_id: UUID | None
    before: Rate
    after: Rate


def rates_of(charging: Charging, rules: FeeRules, shop_id: UUID) -> list[ShopRate]:
    """List what is taken of a shop's goods, by the categories that rules name, the rest last."""
    fees = charging.fees_of(rules)
    own = {rule.category_id for rule in rules.rules if rule.shop_id == shop_id}
    named = {rule.category_id for rule in rules.rules if rule.shop_id in (None, shop_id)} - {None}
    ordered = [category.id for category in charging.tree.all() if category.id in named]
    return [
        ShopRate(
            category_id=category,
            rate=fees.rate_of(shop_id, lineage),
            is_own=bool(own & {*lineage, None}),
        )
        for category in (*ordered, None)
        for lineage in [lineage_of(charging.tree, category)]
    ]


def steps_of(charging: Charging) -> Iterator[tuple[datetime, FeeRules, Rate]]:
    """List by what will be charged from when on, by fee rules and by the rules of trade: what is in force first."""
    first = charging.in_force.effective_at
    coming = {each.effective_at for each in charging.versions[:-1]}
    coming |= {each.effective_at for each in charging.trade_versions[1:]}
    for at in (first, *sorted(coming)):
        fees = next(each for each in charging.versions if each.effective_at <= at)
        # A version that was published later goes before one that takes effect later.
        trade = [each for each in charging.trade_versions[1:] if each.effective_at <= at]
        yield at, fees.rules, (trade[-1].rules if trade else charging.trade_rules).rest


def is_notice_too_short(charging: Charging, rules: TradeRules, effective_at: datetime, told_at: datetime) -> bool:
    """Tell whether rules of trade make anything dearer too soon for shops, which are told of them at *told_at*."""
    return (
        charging.has_shops
        and effective_at < told_at + NOTICE
        and any(
            is_dearer(each.rules.rest, rules.rest) or rules.withdrawal_fee > each.rules.withdrawal_fee
            for each in charging.trade_versions
        )
    )


def changes_of(charging: Charging, shop_id: UUID) -> Iterator[ShopChange]:
    """List what will change for a shop, the soonest first."""
    for (_, rules, rest), (at, later_rules, later_rest) in pairwise(steps_of(charging)):
        named = {rule.category_id for each in (rules, later_rules) for rule in each.rules} - {None}
        old, new = Fees(rules, rest), Fees(later_rules, later_rest)
        for category in (*(each.id for each in charging.tree.all() if each.id in named), None):
            lineage = lineage_of(charging.tree, category)
            rates = old.rate_of(shop_id, lineage), new.rate_of(shop_id, lineage)
            if rates[0] != rates[1]:
                yield ShopChange(effective_at=at, category_id=category, before=rates[0], after=rates[1])

"""All that says what is taken of trades at a time, and what of it concerns a shop."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from msgspec import Struct

from weiji.catalog import Tree
from weiji.orders.fees.model import FeeRules, FeeVersion, Rate
from weiji.orders.fees.rules import Fees, lineage_of
from weiji.orders.trade_rules import TradeRules

HISTORY: Final = 30
"""Versions that are read, those that wait for their time among them."""


class Named(Struct, frozen=True):
    """A shop that a rule is for."""

    handle: str
    name: str


class Charging(Struct, frozen=True, kw_only=True):
    """The latest versions, of them those in force or to come (the latest first), the rest, categories, shops."""

    history: list[FeeVersion]
    versions: list[FeeVersion]
    trade_rules: TradeRules
    tree: Tree
    shops: Mapping[UUID, Named]

    @property
    def in_force(self) -> FeeVersion:
        """The version by which orders are charged that are placed now."""
        return self.versions[-1]

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


def changes_of(charging: Charging, shop_id: UUID) -> Iterator[ShopChange]:
    """List what will change for a shop, the soonest first."""
    steps = charging.versions[::-1]
    for before, after in pairwise(steps):
        named = {rule.category_id for version in (before, after) for rule in version.rules.rules} - {None}
        old, new = charging.fees_of(before.rules), charging.fees_of(after.rules)
        for category in (*(each.id for each in charging.tree.all() if each.id in named), None):
            lineage = lineage_of(charging.tree, category)
            rates = old.rate_of(shop_id, lineage), new.rate_of(shop_id, lineage)
            if rates[0] != rates[1]:
                yield ShopChange(effective_at=after.effective_at, category_id=category, before=rates[0], after=rates[1])

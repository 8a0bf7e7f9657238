"""For how long after receipt goods may be sent back: the operator's rules, by category. Orders keep their terms."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from weiji.catalog.categories import CATEGORIES_MAX, Tree

NO_REASON_DAYS_MAX: Final = 90
ASK_DAYS_MAX: Final = 365

NoReasonDays = Annotated[
    int,
    Meta(
        ge=0,
        le=NO_REASON_DAYS_MAX,
        description="So long after receipt goods may be sent back for no reason; 0: they may not, once they are sent.",
    ),
]
AskDays = Annotated[
    int,
    Meta(
        ge=1,
        le=ASK_DAYS_MAX,
        description="So long after receipt buyers may ask for something, and at least as long as they may send it back;"
        " null: as long as the rules of trade say.",
    ),
]


class ReturnTerms(Struct, frozen=True, kw_only=True):
    """For how long after receipt something may be sent back, and asked about."""

    no_reason_days: NoReasonDays = 7
    aftersale_days: AskDays | None = None


class CategoryTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for the goods of a category, and what lies in it."""

    category_id: UUID
    no_reason_days: NoReasonDays = 0
    aftersale_days: AskDays | None = None


class ReturnRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The terms of all goods. Of several categories that something lies in, the innermost speaks.

    Seven days are what the Consumer Protection Law of the PRC, article 25, asks of what is sold from afar; it excepts
    what is custom-made, perishable, or downloaded. Card keys are never sent back.
    """

    no_reason_days: NoReasonDays = 7
    categories: Annotated[tuple[CategoryTerms, ...], Meta(max_length=CATEGORIES_MAX)] = ()

    def terms_of(self, categories: Sequence[UUID], *, is_virtual: bool = False) -> ReturnTerms:
        """Find the terms of goods; *categories* are those they lie in, the innermost first."""
        by_category = {terms.category_id: terms for terms in self.categories}
        found = next((by_category[category] for category in categories if category in by_category), None)
        no_reason_days = 0 if is_virtual else found.no_reason_days if found else self.no_reason_days
        aftersale_days = found.aftersale_days if found else None
        return ReturnTerms(
            no_reason_days=no_reason_days,
            aftersale_days=None if aftersale_days is None else max(aftersale_days, no_reason_days),
        )


def names_twice(rules: ReturnRules) -> bool:
    """Tell whether two terms are for the same category."""
    return len({terms.category_id for terms in rules.categories}) < len(rules.categories)


def are_known(rules: ReturnRules, tree: Tree) -> bool:
    """Tell whether there are all categories that are named."""
    return all(terms.category_id in tree.categories for terms in rules.categories)

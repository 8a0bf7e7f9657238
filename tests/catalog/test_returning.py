"""Proves that the innermost category says for how long goods may be sent back, and that products tell."""

from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from weiji.catalog import Category, Tree, get_categories
from weiji.catalog.operations import RETURN_RULES
from weiji.catalog.return_pages import ReturnRulesPages
from weiji.catalog.return_words import no_reason_note
from weiji.catalog.returning import CategoryTerms, ReturnRules, ReturnTerms
from weiji.events import BY_SYSTEM
from weiji.kit.db import Transaction
from weiji.rulebook import PublishRules, PublishRulesStatus, publish_rules
from weiji.rulebook.forms import show_fields
from weiji.web import locales

OUTER, INNER, ASKED = uuid4(), uuid4(), uuid4()
RULES = ReturnRules(
    no_reason_days=14,
    categories=(
        CategoryTerms(category_id=OUTER, no_reason_days=0, aftersale_days=2),
        CategoryTerms(category_id=INNER, no_reason_days=30),
        CategoryTerms(category_id=ASKED, no_reason_days=30, aftersale_days=3),
    ),
)


@pytest.mark.parametrize(
    ("categories", "is_virtual", "terms"),
    [
        ((), False, ReturnTerms(no_reason_days=14)),
        ((uuid4(),), False, ReturnTerms(no_reason_days=14)),
        ((OUTER,), False, ReturnTerms(no_reason_days=0, aftersale_days=2)),
        ((INNER, OUTER), False, ReturnTerms(no_reason_days=30)),
        ((uuid4(), OUTER), False, ReturnTerms(no_reason_days=0, aftersale_days=2)),
        ((INNER, OUTER), True, ReturnTerms(no_reason_days=0)),
        ((ASKED, OUTER), False, ReturnTerms(no_reason_days=30, aftersale_days=30)),
    ],
)
def test_the_innermost_category_speaks(categories: tuple[UUID, ...], is_virtual: bool, terms: ReturnTerms) -> None:
    assert RULES.terms_of(categories, is_virtual=is_virtual) == terms


async def test_each_status(tx: Transaction) -> None:
    tree = await get_categories(tx)
    fresh = next(each.id for each in tree.all() if each.name == "生鲜")
    terms = CategoryTerms(category_id=fresh, aftersale_days=1)

    async def publish(*categories: CategoryTerms) -> PublishRulesStatus:
        rules = ReturnRules(categories=categories)
        (status,) = await publish_rules(
            tx, [PublishRules(of=RETURN_RULES, version=2, rules=rules, reason="生鲜不退", actor=BY_SYSTEM)]
        )
        return status

    assert await publish(terms, terms) is PublishRulesStatus.RULE_TWICE
    assert await publish(CategoryTerms(category_id=uuid4())) is PublishRulesStatus.CATEGORY_NOT_FOUND
    assert await publish(terms) is PublishRulesStatus.PUBLISHED


def test_a_category_that_was_retired_keeps_its_row_in_the_form() -> None:
    fresh = Category(id=OUTER, parent_id=None, name="生鲜", name_en="", position=0, attributes=(), is_retired=True)
    tree = Tree([fresh])
    (_, categories) = ReturnRulesPages.desk.fields(tree)
    rules = ReturnRules(categories=(CategoryTerms(category_id=OUTER),))
    (shown,) = show_fields([categories], rules)
    assert shown.rows[0][0].value in dict(shown.rows[0][0].column.options)


def test_sentences_about_returns_stand_apart() -> None:
    terms = ReturnTerms(aftersale_days=10)
    with locales.speaking("en"):
        assert ". If" in no_reason_note(terms)
        assert ". If" in no_reason_note(replace(terms, no_reason_days=0))
    with locales.speaking("zh_CN"):
        assert " " not in no_reason_note(replace(terms, aftersale_days=None))

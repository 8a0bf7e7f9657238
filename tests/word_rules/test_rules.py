"""Proves that rules are published whole or not at all, never with an example that fails, and travel as a file."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.catalog.examples import opened_shop, simple
from tests.catalog.test_reviews import reviewer
from tests.identity.people import make_people
from tests.shops.test_shops import _open
from tests.word_rules.examples import put, rule
from weiji.catalog import (
    ListProduct,
    ListProductStatus,
    ProductState,
    SaveProductStatus,
    get_product_page,
    list_products,
    save_products,
)
from weiji.catalog.reviewing import DecideReviewStatus
from weiji.events import BY_SYSTEM
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive, new_id
from weiji.shops import OpenShopStatus, UpdateShop, UpdateShopStatus, open_shops, update_shops
from weiji.storefronts import Design, Heading, PublishDesign, SaveDraft, publish_designs, save_drafts
from weiji.storefronts.model import PublishDesignStatus
from weiji.word_rules import (
    Action,
    Field,
    PublishWordRules,
    PublishWordRulesStatus,
    WordRule,
    get_matcher,
    note_trials,
    operations,
    publish_word_rules,
    store,
)
from weiji.word_rules.files import FileFault, read_rules, write_rules
from weiji.word_rules.matching import Matcher
from weiji.word_rules.model import RULES_MAX, TRIED_FOR, FaultKind, PublishWordRulesResult
from weiji.word_rules.rules import judge_publication

S = PublishWordRulesStatus


def publication(version: int, *put: WordRule, retire: tuple[UUID, ...] = (), reason: str = "试试") -> PublishWordRules:
    return PublishWordRules(version=version, put=put, retire=retire, reason=reason, actor=BY_SYSTEM)


async def test_every_status_of_publishing(tx: Transaction) -> None:
    tea = rule("假茶")
    await note_trials(tx, [tea])
    tx.now += TRIED_FOR - timedelta(seconds=1)
    results = await publish_word_rules(
        tx,
        [
            publication(2, tea),
            publication(3, tea, reason=" "),
            publication(3, replace(tea, hits=("真茶",))),
            publication(3, tea),
            publication(3, replace(tea, words=("假茶", "老假茶"))),
            publication(3, tea, rule("好茶")),
            publication(9, replace(tea, reason="换一句。")),
            publication(3, replace(tea, action=Action.NOTE)),
            publication(4, replace(tea, fields=(Field.TITLE,))),
            publication(4, retire=(tea.id,)),
            publication(5, replace(tea, action=Action.REVIEW)),
        ],
    )
    assert [(each.status, each.version) for each in results] == [
        (S.PUBLISHED, 2),
        (S.REASON_MISSING, 2),
        (S.INVALID_RULES, 2),
        (S.NOTHING_CHANGED, 2),
        (S.INVALID_RULES, 2),
        (S.INVALID_RULES, 2),
        (S.VERSION_TAKEN, 2),
        (S.PUBLISHED, 3),
        (S.INVALID_RULES, 3),
        (S.PUBLISHED, 4),
        (S.INVALID_RULES, 4),
    ]
    untried = [fault.fault for each in results for fault in each.faults]
    assert untried == [FaultKind.NOT_FOUND, *[FaultKind.NOT_TRIED] * 4]
    tx.now += timedelta(seconds=1)
    (late,) = await publish_word_rules(tx, [publication(5, tea)])
    assert late.status is S.INVALID_RULES, "it was tried too long ago"
    assert (await store.get_latest(tx)).rules == 0
    assert [was.to_version for was in await store.get_history(tx, tea.id, 9)] == [4, 3]
    assert (await get_matcher(tx)).find([(Field.TITLE, "假茶")]) == []


def test_no_more_rules_than_there_may_be() -> None:
    tea = rule("假茶")
    result, _, _ = judge_publication(publication(2, tea), 1, RULES_MAX, {}, {tea.fingerprint})
    assert result.status is S.TOO_MANY_RULES


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (rule("假茶", name="两\n行"), FaultKind.INVALID_TEXT),
        (rule("假茶", words=("假茶", "…")), FaultKind.NO_WORDS),
        (rule("假茶", fields=()), FaultKind.NO_FIELDS),
        (rule("假茶", hits=()), FaultKind.NO_EXAMPLES),
        (rule("假茶", hits=("假 茶", "真茶")), FaultKind.NOT_FOUND),
        (rule("假茶", passes=("请喝假茶",)), FaultKind.FOUND),
    ],
)
def test_a_rule_that_is_wrong_or_fails_its_examples_is_not_published(wrong: WordRule, fault: FaultKind) -> None:
    result, put, retired = judge_publication(publication(2, rule("好的"), wrong), 1, 0, {}, ())
    assert (result.status, put, retired) == (S.INVALID_RULES, [], [])
    assert [(each.rule_id, each.fault) for each in result.faults] == [(wrong.id, fault)]


def test_a_rule_is_given_once() -> None:
    tea = rule("假茶")
    result, _, _ = judge_publication(publication(2, tea, tea), 1, 0, {}, ())
    assert [each.fault for each in result.faults] == [FaultKind.TWICE]


async def test_of_two_who_publish_the_same_version_one_does(database: Database) -> None:
    rules = [rule(f"假茶{n}") for n in range(4)]
    await database.retried(partial(note_trials, rules=rules))

    async def publish(each: WordRule) -> PublishWordRulesResult:
        async with database.transaction() as tx:
            (result,) = await publish_word_rules(tx, [publication(2, each)])
            return result

    results = await asyncio.gather(*map(publish, rules))
    assert sorted(each.status for each in results) == [S.PUBLISHED, *[S.VERSION_TAKEN] * 3]
    async with database.read() as reader:
        assert (await store.get_latest(reader)).rules == len(await store.get_rules_of_version(reader, 2)) == 1


async def test_rules_are_made_ready_once_for_all_who_ask_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    class Slow(Matcher):
        def __init__(self, rules: Sequence[WordRule]) -> None:
            made.append(len(rules))
            time.sleep(0.05)
            super().__init__(rules)

    monkeypatch.setattr(operations, "Matcher", Slow)
    async with database.transaction() as tx:
        await put(tx, rule("假茶"))

    async def ask() -> Matcher:
        async with database.read() as reader:
            return await get_matcher(reader)

    matchers = await asyncio.gather(*(ask() for _ in range(8)))
    assert (made, len(set(map(id, matchers)))) == ([1], 1)


RULES = [rule(word, id=derive(UUID(int=n), "rule")) for n, word in enumerate(("fake tea", "fake wine"))]
publications = st.builds(
    publication,
    st.sampled_from([2, 3]),
    st.sampled_from([*RULES, replace(RULES[0], hits=("real",)), replace(RULES[0], reason="换一句。")]),
    retire=st.sampled_from([(), (RULES[1].id,)]),
    reason=st.sampled_from(["试试", ""]),
)


@given(st.lists(publications, max_size=5))
def test_law_of_batches(batch: list[PublishWordRules]) -> None:
    """The operation judges each with what the ones before left: here with the same state, kept by hand."""

    def answers(parts: list[list[PublishWordRules]]) -> list[PublishWordRulesStatus]:
        known: dict[UUID, WordRule] = {}
        version = 1
        statuses = []
        for part in parts:
            for command in part:
                result, put, retired = judge_publication(command, version, len(known), known, {RULES[0].fingerprint})
                version = result.version
                known = {id: each for id, each in known.items() if id not in retired} | {each.id: each for each in put}
                statuses.append(result.status)
        return statuses

    assert answers([batch]) == answers([[command] for command in batch])


def test_rules_travel_as_a_file() -> None:
    rules = [
        rule("假茶", "假 茶叶", by_sound=True, action=Action.REVIEW, passes=("真茶，好喝",)),
        rule('引"号', fields=(Field.TITLE, Field.STOREFRONT)),
    ]
    assert read_rules(write_rules(rules).encode()) == (rules, [])
    text = "name,words,action,fields,reason,hits\n假茶,假茶,refuse,title,不行,假茶\n"
    (read,), faults = read_rules(text.encode("gb18030"))
    assert (read.name, read.words, faults) == ("假茶", ("假茶",), [])


def test_what_of_a_file_is_wrong_is_told_by_line_and_column() -> None:
    assert read_rules(b"name\n")[1][0] == FileFault(1, "words")
    head = "name,words,action,fields,reason,hits\n"
    lines = [
        "a,a,refuse,title,r,a",
        "a,a,explode,title,r,a",
        "a,a,refuse,nowhere,r,a",
        ",a,refuse,title,r,a",
        "a,,note,title,r,a",
    ]
    rules, faults = read_rules((head + "\n".join(lines)).encode())
    assert len(rules) == 1
    assert faults == [FileFault(3, "action"), FileFault(4, "fields"), FileFault(5, "name"), FileFault(6, "words")]


# ==== Where rules count ====


async def test_a_product_with_refused_words_is_not_saved_and_its_shop_is_told_why(tx: Transaction) -> None:
    await put(tx, rule("代开发票", reason="发票只能由卖家自己开。"))
    shop_id = await opened_shop(tx)
    bad = simple(shop_id, title="茶", description_html="<p>可代<b>開</b>發票</p>")
    (result,) = await save_products(tx, [bad])
    assert result.status is SaveProductStatus.WORDS_REFUSED
    assert [(each.field, each.found, each.reason) for each in result.refusals] == [
        (Field.DESCRIPTION, "代開發票", "发票只能由卖家自己开。")
    ]
    assert await get_product_page(tx, bad.id) is None
    good = replace(bad, description_html="")
    assert [each.status for each in await save_products(tx, [bad, good, bad])] == [
        SaveProductStatus.WORDS_REFUSED,
        SaveProductStatus.CREATED,
        SaveProductStatus.WORDS_REFUSED,
    ]


async def test_words_that_somebody_has_to_look_at_keep_a_product_in_review_until_somebody_has(tx: Transaction) -> None:
    await put(tx, rule("微信", action=Action.REVIEW))
    shop_id, looker = await opened_shop(tx), await reviewer(tx)
    cup = simple(shop_id, title="微信红包封面")
    assert (await save_products(tx, [cup]))[0].status is SaveProductStatus.CREATED
    page = await get_product_page(tx, cup.id)
    assert page is not None
    assert page.state is ProductState.IN_REVIEW
    await looker.take(cup)
    assert await looker.decide(cup) is DecideReviewStatus.APPROVED
    # Somebody has looked: a change elsewhere is saved at once.
    assert (await save_products(tx, [replace(cup, vendor="小店")]))[0].status is SaveProductStatus.UPDATED
    assert (await save_products(tx, [replace(cup, title="微信红包，薇信")]))[0].status is SaveProductStatus.UPDATED


async def test_a_listed_product_is_sold_as_it_was_until_somebody_has_looked_at_new_words(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    cup = simple(shop_id, title="杯子")
    await save_products(tx, [cup])
    await put(tx, rule("微信", action=Action.REVIEW))
    assert (await save_products(tx, [replace(cup, title="微信杯子")]))[0].status is SaveProductStatus.SUBMITTED
    page = await get_product_page(tx, cup.id)
    assert page is not None
    assert (page.state, page.title) == (ProductState.LISTED, "杯子")


async def test_what_was_saved_before_a_rule_is_not_listed_after_it(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    bad, odd = (simple(shop_id, title=title, state=ProductState.DRAFT) for title in ("假茶", "微信茶"))
    await save_products(tx, [bad, odd])
    await put(tx, rule("假茶"), rule("微信", action=Action.REVIEW), rule("茶", action=Action.NOTE))
    listings = [ListProduct(product_id=each.id, shop_id=shop_id, actor=BY_SYSTEM) for each in (bad, odd)]
    assert await list_products(tx, listings) == [ListProductStatus.WORDS_REFUSED, ListProductStatus.IN_REVIEW]


async def test_shops_are_not_called_by_refused_words(tx: Transaction) -> None:
    await put(tx, rule("官方旗舰", fields=(Field.SHOP_NAME,)), rule("假茶", fields=(Field.TITLE,)))
    (owner,) = await make_people(tx, 1)
    bad, good = _open("guanfang", owner, name="官方 旗舰店"), _open("jiacha", owner, name="假茶小铺")
    assert await open_shops(tx, [bad, good]) == [OpenShopStatus.WORDS_REFUSED, OpenShopStatus.CREATED]
    renaming = UpdateShop(shop_id=good.id, actor=BY_SYSTEM, story="我们是官方旗艦")
    assert await update_shops(tx, [renaming]) == [UpdateShopStatus.WORDS_REFUSED]


async def test_a_shop_page_with_refused_words_is_not_published(tx: Transaction) -> None:
    await put(tx, rule("全网最低价", fields=(Field.STOREFRONT,)))
    shop_id = await opened_shop(tx)
    design = Design(blocks=(Heading(new_id(shop_id), text="全网·最低价"),))
    (saved,) = await save_drafts(tx, [SaveDraft(shop_id=shop_id, design=design, version=0, actor=BY_SYSTEM)])
    (result,) = await publish_designs(tx, [PublishDesign(shop_id=shop_id, version=saved.version, actor=BY_SYSTEM)])
    assert result.status is PublishDesignStatus.WORDS_REFUSED
    assert [each.found for each in result.refusals] == ["全网·最低价"]


async def test_no_shop_offers_payment_for_reviews_where_it_sells_whatever_the_rules_are(tx: Transaction) -> None:
    shop_id = await opened_shop(tx)
    bad = [
        simple(shop_id, title="普洱茶 五星好评返现10元"),
        simple(shop_id, title="茶", description_html="<p>晒图<b>好评</b>返红包</p>"),
    ]
    good = simple(shop_id, title="红包封套", description_html="<p>过年装红包</p><p>谢谢好评</p>")
    results = await save_products(tx, [*bad, good])
    assert [each.status for each in results] == [*[SaveProductStatus.WORDS_REFUSED] * 2, SaveProductStatus.CREATED]
    assert [[(r.field, r.found) for r in each.refusals] for each in results] == [
        [(Field.TITLE, "普洱茶 五星好评返现10元")],
        [(Field.DESCRIPTION, "晒图好评返红包")],
        [],
    ]
    renaming = UpdateShop(shop_id=shop_id, actor=BY_SYSTEM, story="好评有礼")
    assert await update_shops(tx, [renaming]) == [UpdateShopStatus.WORDS_REFUSED]
    design = Design(blocks=(Heading(new_id(shop_id), text="五星好评，返现5元"),))
    (saved,) = await save_drafts(tx, [SaveDraft(shop_id=shop_id, design=design, version=0, actor=BY_SYSTEM)])
    (result,) = await publish_designs(tx, [PublishDesign(shop_id=shop_id, version=saved.version, actor=BY_SYSTEM)])
    assert [each.found for each in result.refusals] == ["五星好评，返现5元"]

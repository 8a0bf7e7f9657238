"""Proves that the statements of the search use the indexes that they are written for, whatever they are asked."""

import re

import pytest

from tests.plans import plan
from tests.search.market import open_market
from weiji.kit.db import Transaction
from weiji.search.store import SQL

USED = {
    "find_products": {"products_terms"},
    "walk_products": {
        "products_popular",
        "products_by_credit",
        "products_by_stars",
        "products_best_sold",
        "products_newest",
        "products_by_price",
    },
    "find_similar": {"products_terms"},
    "suggest": {"products_terms", "words_pkey"},
    "get_beginning": {"words_hot", "products_popular"},
    "lock_words": {"words_pkey"},
    "count_words_of_day": {"words_of_day"},
}
"""The indexes of its own that each has to use."""

MANY = """
insert into search.products
select shard, overlay(id::text placing lpad(to_hex(n), 8, '0') from 1 for 8)::uuid, shop_id, shop_handle,
  kind, title, text, array_to_tsvector(array['茶' || n, '杯' || n % 50]),
  n % 1000, n % 77, true, n, listed_at + n * interval '1 minute'
from search.products, generate_series(1, 20000) n;
insert into search.words select 0, 'word ' || n, date '2026-01-01' + n % 7, decode(repeat('00', 512), 'hex'), 1 + n % 9
from generate_series(1, 20000) n;
insert into search.hidden_words select 0, 'word ' || n, now() from generate_series(1, 300) n;
analyze search.products, search.words, search.hidden_words;
"""

NOT_USED = {"find_products": {"products_by_price"}, "find_similar": {"products_by_price"}}


TIMES = {"suggest": 2}
"""How often the index of terms has to be used: by words, and by sounds."""


@pytest.mark.parametrize("name", USED)
async def test_a_statement_uses_its_indexes(tx: Transaction, name: str) -> None:
    market = await open_market(tx)
    await market.put("青瓷茶杯")
    await tx.connection.execute("set local role none")  # Only the owner may analyze.
    await tx.connection.execute(MANY)
    told = await plan(tx, SQL.all[name])
    used = set(re.findall(r"(?:using|Bitmap Index Scan on) (\w+)", told))
    assert "Seq Scan" not in told, told
    assert used >= USED[name], told
    assert not used & NOT_USED.get(name, set()), told
    assert told.count("on products_terms") >= TIMES.get(name, 0), told

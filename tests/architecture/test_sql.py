"""Proves of every statement that PostgreSQL takes it, that the program uses it, and that a Citus cluster would, too."""

import re
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

import weiji
from tests import conftest
from tests.architecture.schema import dump
from tests.databases import with_name
from weiji.kit.db import Database
from weiji.kit.migrate import folder, read_migrations
from weiji.kit.sql import Statements

PACKAGE = Path(weiji.__file__).parent
FILES = sorted(PACKAGE.rglob("queries.sql"))
STATEMENTS = {file: list(Statements(file).all.values()) for file in FILES}
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.parent.relative_to(PACKAGE)))
"""A test for each file and not for each of two thousand statements: a fault names the statement."""

WITHOUT_SHARD = frozenset(
    {
        "payments.channels", "payments.bank_statements", "payments.public_bank_statements", "payments.bank_batches",
        "payments.held_statements", "payments.said_alone",
        "kit.installation", "kit.jobs", "kit.set_aside", "events.subscriptions", "ledger.ledgers", "ledger.heads",
        "ledger.batches", "ledger.signatures", "identity.names", "identity.attempts", "shops.shop_handles",
        "identity.staff_turn", "orders.rules", "orders.fee_rules", "orders.fee_previews",
        "catalog.categories", "catalog.text_keeping", "catalog.public_categories", "catalog.rounds", "shops.limits",
        "onboarding.checklists", "onboarding.numbers", "credit.issuers", "wire.platform_keys", "word_rules.versions",
        "word_rules.rules", "word_rules.trials", "word_rules.drafts", "coupons.codes", "supervision.conduct_versions",
        "supervision.conduct_rules", "supervision.trials", "supervision.trial_hits", "supervision.word_trials",
        "periods.periods",
        "periods.trials", "rulebook.versions", "rulebook.public_versions", "packets.rules", "disputes.rules",
        "credit.rules", "catalog.review_rules",
    }
)  # fmt: skip
"""Tables that every node has a copy of, and registries keyed by a name: they have no shard."""


TABLE = r"[a-z_]+\.[a-z_]+"
NAMED_SHARDS = re.compile(r"\bshard = (any ?\(|\$|\w+\.shard\b)")
JOIN = re.compile(
    rf"\bjoin (?P<table>{TABLE})( as)?( (?!on\b|using\b)(?P<alias>\w+))? (on|using) (?P<on>.*?)"
    r"(?= (left |cross )?join | where | group by | order by | \)|$)"
)
UPDATE = re.compile(rf"\bupdate (?P<table>{TABLE})( as)?( \w+)? set (?P<rest>.*?)(?= returning | \)|$)")


def code_of(text: str) -> str:
    """Leave out comments and strings."""
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'", " ", text)


@each_file
async def test_postgresql_prepares_it(file: Path, shared_database: Database) -> None:
    async with shared_database.pool.acquire() as connection:
        for statement in STATEMENTS[file]:
            try:
                await connection.prepare(statement.text)
            except asyncpg.PostgresError as error:
                pytest.fail(f"{statement.name}: {error}")


@each_file
def test_the_program_uses_it(file: Path) -> None:
    code = "".join(path.read_text("utf-8") for path in file.parent.rglob("*.py"))
    for statement in STATEMENTS[file]:
        name = statement.name.rpartition(".")[2]
        assert re.search(rf"\.{name}\b", code), f"{file}: nobody uses {name}"


@each_file
def test_it_names_the_shard_of_every_table(file: Path) -> None:
    for statement in STATEMENTS[file]:
        code = code_of(statement.text)
        if tables := _sharded(" ".join(code.lower().split())):
            assert re.search(r"\bshard\b", code), f"{statement.name} says nothing of the shard of {tables}"


IDIOMS: dict[str, Callable[[str], object]] = {
    "it merges": re.compile(r"\bmerge into\b").search,
    "it names where a row lies": re.compile(r"\bctid\b").search,
    "it groups in several ways": re.compile(r"\b(grouping sets|rollup|cube)\b").search,
    "its time is no argument": re.compile(r"\bnow\(\)|current_timestamp|clock_timestamp").search,
    "it asks for the first of each of many": re.compile(r"\bunnest\b.*(\bcross join lateral\b|, lateral \()").search,
    "what was asked is the outer side of a join with a table": re.compile(
        rf"\bunnest ?\([^;]*?\)( as)? \w+( ?\([^)]*\))? left join( lateral)? {TABLE}"
    ).search,
    "it moves a row to another shard": re.compile(r"\bupdate\b[^;]*?\bset\b([^;]*?,)? ?shard = ").search,
    "it locks what every node has of its own": re.compile(r"\bpg_(try_)?advisory").search,
    "it locks rows of any shard": lambda code: (
        re.search(r"\bfor (no key )?(update|(key )?share)\b", code) and _sharded(code) and not NAMED_SHARDS.search(code)
    ),
    "it joins rows of any shard": lambda code: [
        join[0] for join in JOIN.finditer(code) if _is_of_any_shard(join, code)
    ],
    "it changes rows of any shard": lambda code: [
        update[0]
        for update in UPDATE.finditer(code)
        if update["table"] not in WITHOUT_SHARD
        and "unnest" in update["rest"]
        and not NAMED_SHARDS.search(update["rest"])
    ],
}
"""What is slow, fails or means something else on Citus, and is found by its words."""


def _sharded(code: str) -> set[str]:
    """Name the tables with a shard that a statement reads or writes."""
    return set(re.findall(rf"\b(?:from|join|into|update|using) ({TABLE})\b(?! ?\()", code)) - WITHOUT_SHARD


def _is_of_any_shard(join: "re.Match[str]", code: str) -> bool:
    """Tell whether neither the join nor the statement's condition says in which shard the other table is looked at."""
    alias = join["alias"] or join["table"].rpartition(".")[2]
    return bool(
        join["table"] not in WITHOUT_SHARD
        and "shard" not in join["on"]
        and not re.search(rf"\b{alias}\.shard = any \(", code)
    )


def faults_of(text: str) -> list[str]:
    """Name the idioms that a statement has and should not."""
    code = " ".join(code_of(text).lower().split())
    return [fault for fault, find in IDIOMS.items() if find(code)]


@each_file
def test_it_has_no_idiom_that_fails_on_citus(file: Path) -> None:
    assert {statement.name: faults for statement in STATEMENTS[file] if (faults := faults_of(statement.text))} == {}


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (
            "it merges",
            "merge into orders.orders o using unnest($1::uuid[]) as u (id) on o.shard = any ($2) and o.id = u.id",
        ),
        ("it names where a row lies", "update orders.orders set state = $1 where shard = $2 and ctid = $3"),
        (
            "it groups in several ways",
            "select state, count(*) from orders.orders where shard = $1 group by rollup (state)",
        ),
        ("its time is no argument", "select id from orders.orders where shard = $1 and due_at < now()"),
        (
            "it asks for the first of each of many",
            "select l.* from unnest($1::uuid[]) as u (id), lateral (select * from orders.orders o"
            " where o.shard = any ($2) and o.shop_id = u.id limit 3) l",
        ),
        (
            "it asks for the first of each of many",
            "select l.* from unnest($1::uuid[]) as u (id) cross join lateral (select * from orders.orders o"
            " where o.shard = any ($2) and o.shop_id = u.id limit 3) l",
        ),
        (
            "what was asked is the outer side of a join with a table",
            "select u.id, o.state from unnest($1::smallint[], $2::uuid[]) as u (shard, id)"
            " left join orders.orders o on o.shard = u.shard and o.id = u.id",
        ),
        (
            "it moves a row to another shard",
            "update orders.orders set state = $1, shard = $2 where shard = $3 and id = $4",
        ),
        ("it locks what every node has of its own", "select pg_advisory_xact_lock($1)"),
        ("it locks rows of any shard", "select id from orders.orders where id = any ($1) for update skip locked"),
        (
            "it joins rows of any shard",
            "select l.sku_id from orders.orders o join orders.lines l on l.order_id = o.id where o.shard = $1",
        ),
        (
            "it changes rows of any shard",
            "update orders.orders o set state = u.state from unnest($1::uuid[], $2::text[]) as u (id, state)"
            " where o.id = u.id returning o.shard",
        ),
    ],
)
def test_such_an_idiom_is_found(fault: str, text: str) -> None:
    assert fault in faults_of(text)


@each_file
def test_it_writes_no_table_twice_and_reads_none_that_it_writes(file: Path) -> None:
    """On PostgreSQL such a chain sees the state before, on Citus the state after: never rely on either."""
    for statement in STATEMENTS[file]:
        code = code_of(statement.text).lower()
        if not re.search(r"\bas (not )?(materialized )?\(\s*(insert|update|delete)", code):
            continue  # One write at the end: what it reads is the state before, everywhere.
        written = re.findall(r"(?:insert into|update|delete from)\s+([a-z_]+\.[a-z_]+)", code)
        assert len(written) == len(set(written)), f"{statement.name}: {written} written twice"
        read = re.findall(r"(?:from|join)\s+([a-z_]+\.[a-z_]+)\b(?!\s*\()", re.sub(r"delete from\s+\S+", " ", code))
        both = set(read) & set(written)
        assert not both or statement.name in READS_ITS_KEY, f"{statement.name} reads and writes {both}"


@each_file
def test_it_shows_no_existence_of_a_join(file: Path) -> None:
    """Of each row, `exists` may be answered from a table of all answers: two tables are read whole for a page."""
    for statement in STATEMENTS[file]:
        shown = r"(?:,|\bselect)\s*(?:not\s+)?exists\s*\(\s*select\b[^()]*\bjoin\b"
        assert not re.search(shown, code_of(statement.text)), f"{statement.name}: show an aggregate of it instead"


READS_ITS_KEY = frozenset({"identity.find_session", "developers.find_key", "events.lease_deliveries"})
"""Their comments say why the result is the same."""


def test_migrations_have_no_trigger_and_no_foreign_key() -> None:
    for migration in read_migrations():
        code = code_of(migration.text).lower()
        assert "create trigger" not in code
        assert not re.search(r"\breferences\b", code)
        for table, body in re.findall(r"create table (\S+) \((.*?)\n\)", code, re.DOTALL):
            if table not in WITHOUT_SHARD:
                assert re.search(r"primary key \([^)]*\bshard\)", body), f"{table}: its key ends otherwise"


def test_the_migrations_add_up_to_the_schema(server_url: str, template: str) -> None:
    if conftest.SERVER is None:
        pytest.skip("pg_dump of the embedded server can't be used for another")
    assert dump(conftest.SERVER, with_name(server_url, template)) == (folder() / "schema.sql").read_text("utf-8")


async def test_what_is_unique_is_so_within_a_shard(database: Database) -> None:
    """A node knows its own shards only. Registries, which have none, are distributed by their key."""
    async with database.read() as reader:
        wider = await reader.connection.fetch(
            """
            select i.indexrelid::regclass::text as index
            from pg_index i
            join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'shard'
            where i.indisunique and not a.attnum = any (i.indkey)
            """
        )
    assert not wider, [row["index"] for row in wider]


async def test_no_index_is_the_beginning_of_another(database: Database) -> None:
    """What it serves the other serves too, and each costs every insert."""
    async with database.read() as reader:
        needless = await reader.connection.fetch(
            """
            select a.indexrelid::regclass::text as needless, b.indexrelid::regclass::text as served_by
            from pg_index a
            join pg_class c on c.oid = a.indexrelid
            join pg_am m on m.oid = c.relam and m.amname = 'btree'
            join pg_index b on b.indrelid = a.indrelid and b.indexrelid <> a.indexrelid and b.indpred is null
            join pg_class d on d.oid = b.indexrelid and d.relam = c.relam
            where not a.indisunique and a.indexprs is null and a.indpred is null
              and b.indkey::text || ' ' like a.indkey::text || ' %'
              and b.indoption::text || ' ' like a.indoption::text || ' %'
              and b.indclass::text || ' ' like a.indclass::text || ' %'
            """
        )
    assert not needless, [tuple(row) for row in needless]

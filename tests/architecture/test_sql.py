"""Proves of every statement that PostgreSQL takes it, that the program uses it, and that a Citus cluster would, too."""

import re
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
        "payments.channels", "payments.bank_statements", "payments.bank_batches", "payments.held_statements",
        "payments.said_alone",
        "kit.installation", "kit.jobs", "kit.set_aside", "events.subscriptions", "ledger.ledgers", "ledger.heads",
        "ledger.batches", "ledger.signatures", "identity.names", "identity.attempts", "shops.shop_handles",
        "identity.staff_turn", "orders.rules", "orders.fee_rules",
        "catalog.categories", "catalog.text_keeping", "catalog.public_categories", "catalog.rounds", "shops.limits",
        "onboarding.checklists", "onboarding.numbers", "credit.issuers", "wire.platform_keys", "word_rules.versions",
        "word_rules.rules", "coupons.codes", "supervision.conduct_versions",
        "supervision.conduct_rules", "supervision.trials", "supervision.trial_hits", "periods.periods",
        "rulebook.versions", "rulebook.public_versions", "packets.rules", "disputes.rules", "credit.rules",
        "catalog.review_rules",
    }
)  # fmt: skip
"""Tables that every node has a copy of, and registries keyed by a name: they have no shard."""


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
        tables = set(re.findall(r"(?:from|join|into|update|using)\s+([a-z_]+\.[a-z_]+)\b(?!\s*\()", code))
        if tables - WITHOUT_SHARD:
            assert re.search(r"\bshard\b", code), f"{statement.name} says nothing of the shard of {tables}"


@each_file
def test_it_has_no_idiom_that_fails_on_citus(file: Path) -> None:
    for statement in STATEMENTS[file]:
        code = code_of(statement.text).lower()
        assert "merge into" not in code, statement.name
        assert "ctid" not in code, statement.name
        assert not re.search(r"\b(grouping sets|rollup|cube)\b", code), statement.name
        is_timed = re.search(r"\bnow\(\)|current_timestamp|clock_timestamp", code)
        assert not is_timed, f"{statement.name}: time is an argument"
        assert not re.search(r"unnest[^;]*cross join lateral", code, re.DOTALL), statement.name


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

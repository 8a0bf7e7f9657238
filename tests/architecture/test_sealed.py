"""Proves that a renewal of the master key finds whatever is sealed: a column of bytes is known as sealed, or as not."""

import pytest

from weiji import program  # noqa: F401  It is all modules together.
from weiji.kit.db import Database
from weiji.kit.ids import new_id
from weiji.kit.seal import COLUMNS, ROOT, Keys

OPEN = frozenset(
    {
        # Hashes, and what is found by them.
        "approvals.proposals.hash", "card_keys.keys.blind_index", "catalog.products.content_hash",
        "developers.keys.secret_hash", "disputes.disputes.file_hash", "disputes.evidence.hash",
        "identity.recovery_codes.code_hash", "identity.sessions.secret_hash", "kit.idempotency_keys.body_hash",
        "kit.installation.key_mark", "ledger.batches.previous_hash", "ledger.batches.hash", "ledger.batches.checks",
        "ledger.heads.hash", "ledger.signatures.hash", "media.pictures.hash", "media.uses.hash", "media.videos.hash",
        "onboarding.fields.index", "onboarding.numbers.index", "orders.pickup_codes.blind_index",
        "periods.periods.trial_hash", "porting.pictures.digest",
        "reconciliation.statements.digest", "search.words.bits", "wire.applyments.mark", "wire.payment_codes.digest",
        # Public keys, and signatures.
        "credit.issuers.public_key", "ledger.signatures.public_key", "ledger.signatures.signature",
        "periods.periods.public_key", "periods.periods.signature",
        # A red packet's, told once it is over.
        "packets.splits.commitment", "packets.splits.nonce",
        # As it came or went: channels seal it themselves, or it is what anybody with a right to it is given.
        "kit.idempotency_keys.responses", "payments.notices.raw", "sandbox.notices.body", "wire.bill_pages.content",
    }
)  # fmt: skip
"""Columns of bytes that are not sealed with the master key."""

BYTES = """
select n.nspname || '.' || c.relname as at, a.attname as column, a.atttypid::regtype::text as type
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and a.attnum > 0
  and not a.attisdropped
"""

SEALED = {(place.table, place.column) for places in COLUMNS.values() for place in places}
BY_RENEWALS = {("kit.installation", ROOT.partition(":")[2])}


async def test_a_column_of_bytes_is_sealed_and_declared_or_known_as_open(shared_database: Database) -> None:
    async with shared_database.pool.acquire() as connection:
        rows = await connection.fetch(BYTES)
    found = {(row["at"], row["column"]): row["type"] for row in rows}
    unknown = [
        f"{table}.{column}"
        for (table, column), kind in found.items()
        if kind in ("bytea", "bytea[]") and (table, column) not in SEALED | BY_RENEWALS
    ]
    assert sorted(set(unknown) - OPEN) == [], "sealed without seal.column, or to be named above"
    assert sorted(OPEN - set(unknown)) == [], "named above, and not there or sealed"
    for name, places in COLUMNS.items():
        for place in places:
            assert found[place.table, place.column] in ("bytea", "jsonb"), name
            assert place.part is None or (place.table, place.part) in found, name
            assert all((place.table, column) in found for column in place.of), name


def test_nothing_is_sealed_for_what_is_not_declared() -> None:
    keys = Keys()
    keys.use(bytes(32))
    with pytest.raises(LookupError, match="declare it"):
        keys.seal("text", "shops.shops:hidden", new_id())

"""Proves that migrations run once, in order, and that a changed history is refused."""

from pathlib import Path

import asyncpg
import pytest

from tests.databases import with_name
from weiji.kit import migrate
from weiji.kit.migrate import MigrationError, read_migrations
from weiji.kit.reaching import CannotStart, must_be_migrated


def test_ours_are_read_in_the_order_of_their_numbers() -> None:
    numbers = [migration.number for migration in read_migrations()]
    assert numbers == sorted(set(numbers))


def test_a_name_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_sometime_thing.sql").write_text("select 1", "utf-8")
    with pytest.raises(MigrationError, match="0001_sometime_thing"):
        read_migrations(tmp_path)
    (tmp_path / "0001_sometime_thing.sql").rename(tmp_path / "0002_pre_thing.sql")
    assert [migration.number for migration in read_migrations(tmp_path)] == [2]
    (tmp_path / "0002_post_other.sql").write_text("select 1", "utf-8")
    with pytest.raises(MigrationError, match="the same number, 0002"):
        read_migrations(tmp_path)


async def test_nothing_runs_twice_and_a_changed_file_is_refused(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await asyncpg.connect(server_url)
    await connection.execute("create database weiji_migrate_test")
    url = with_name(server_url, "weiji_migrate_test")
    one = migrate.Migration(1, "pre", "one", "create table public.one ()")
    two = migrate.Migration(2, "post", "two", "create table public.two ()")
    three = migrate.Migration(3, "pre", "three", "create table public.three ()")
    try:
        monkeypatch.setattr(migrate, "read_migrations", lambda: [one, two, three])
        with pytest.raises(CannotStart, match=r"2 migrations are missing, the first is \d{4} \(one\)"):
            await must_be_migrated(url)
        assert await migrate.migrate(url, phase="pre") == [one, three]
        assert await migrate.get_missing(url) == [two]
        await must_be_migrated(url)  # The program starts while the one before may still run.
        assert await migrate.migrate(url) == [two]
        assert await migrate.migrate(url) == []
        changed = migrate.Migration(1, "pre", "one", "create table public.won ()")
        monkeypatch.setattr(migrate, "read_migrations", lambda: [changed, two, three])
        with pytest.raises(MigrationError, match="0001 was changed"):
            await migrate.migrate(url)
        monkeypatch.setattr(migrate, "read_migrations", lambda: [one])
        with pytest.raises(MigrationError, match="older"):
            await migrate.migrate(url)
    finally:
        await connection.execute("drop database weiji_migrate_test with (force)")
        await connection.close()


async def test_a_migration_that_fails_leaves_nothing(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = await asyncpg.connect(server_url)
    await connection.execute("create database weiji_migrate_fail")
    url = with_name(server_url, "weiji_migrate_fail")
    broken = migrate.Migration(1, "pre", "one", "create table public.one (); select 1/0;")
    try:
        monkeypatch.setattr(migrate, "read_migrations", lambda: [broken])
        with pytest.raises(asyncpg.DivisionByZeroError):
            await migrate.migrate(url)
        assert await migrate.get_missing(url) == [broken]
        other = await asyncpg.connect(url)
        assert await other.fetchval("select to_regclass('public.one')") is None
        await other.close()
    finally:
        await connection.execute("drop database weiji_migrate_fail with (force)")
        await connection.close()

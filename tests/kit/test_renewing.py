"""Proves that the master key can be replaced while weiji runs, be broken off, and that nothing gets lost."""

import asyncio
import base64
import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from weiji.app import show_readiness
from weiji.cli import main
from weiji.kit import migrate, renewing, seal
from weiji.kit.db import Database
from weiji.kit.ids import new_id, shard_of
from weiji.kit.installation import open_keys, take_keys
from weiji.kit.reaching import CannotStart, must_be_migrated
from weiji.kit.renewing import Left, Renewal, begin, count_left, seal_anew
from weiji.kit.seal import KEYS, Keys, MasterKeyError, Source, Unsealable, new_master_key
from weiji.payments.opening.model import SECRETS_COLUMN, channel_id
from weiji.porting import vault
from weiji.program import NO_KEY, open_program
from weiji.settings import Settings

PHONE = "identity.people:phone"
PEOPLE = 7

Renew = Callable[[], Awaitable[Renewal]]


@pytest.fixture(autouse=True)
def _in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "BATCH", 3)
    monkeypatch.setattr(renewing, "HEARD_WITHIN", 0)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(data=tmp_path)


@pytest.fixture
async def people(database: Database, source: Source) -> list[UUID]:
    """People with phone numbers, all sealed with the first key."""
    await open_keys(database, source)
    ids = [new_id() for _ in range(PEOPLE)]
    for id in ids:
        await write_phone(database, id, KEYS)
    return ids


async def write_phone(database: Database, id: UUID, keys: Keys) -> None:
    await database.pool.execute(
        "insert into identity.people (shard, id, phone, display_name, locale, password_hash, password_changed_at,"
        " created_at) values ($1, $2, $3, 'Lu', 'en', '$argon2id$', now(), now())",
        shard_of(id), id, keys.seal(f"+86{id.int % 10**11}", PHONE, id),
    )  # fmt: skip


async def read_phones(database: Database, ids: Sequence[UUID], keys: Keys) -> int:
    """Say how many of the numbers open with these keys."""
    count = 0
    for row in await database.pool.fetch("select id, phone from identity.people where id = any($1)", ids):
        try:
            assert keys.unseal(row["phone"], PHONE, row["id"]) == f"+86{row['id'].int % 10**11}"
        except Unsealable:
            continue
        count += 1
    return count


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def renew(url: str, source: Source, tell: Callable[[int], None] = lambda _: None) -> Renewal:
    async with connected(url) as connection:
        return await seal_anew(connection, await begin(connection, source), tell)


async def test_what_was_sealed_opens_with_the_new_key_alone_and_is_found_as_before(
    database: Database, database_url: str, source: Source, people: list[UUID]
) -> None:
    (old,) = source.read()
    index, pepper = KEYS.blind_index("+8613800138000", PHONE), KEYS.pepper(b"123456", "a")
    done = await renew(database_url, source)
    assert (done.sealed, done.lost) == (PEOPLE, 0)
    assert source.read()[1:] == (old,)
    assert source.former_path.stat().st_mode & 0o077 == source.path.stat().st_mode & 0o077 == 0
    source.former_path.unlink()
    await open_keys(database, source)
    before = Keys()
    before.use(old)
    assert await read_phones(database, people, KEYS) == PEOPLE
    assert await read_phones(database, people, before) == 0
    assert (KEYS.blind_index("+8613800138000", PHONE), KEYS.pepper(b"123456", "a")) == (index, pepper)
    with pytest.raises(CannotStart, match="not the master key"):
        await open_keys(database, Source(data=source.data, secret=base64.b64encode(old).decode()))


async def test_a_renewal_that_is_broken_off_goes_on_with_the_key_that_it_made(
    database: Database, database_url: str, source: Source, people: list[UUID]
) -> None:
    class Broken(Exception):
        pass

    def break_off(_sealed: int) -> None:
        raise Broken

    with pytest.raises(Broken):
        await renew(database_url, source, break_off)
    made = source.read()
    await open_keys(database, source)
    assert await read_phones(database, people, KEYS) == PEOPLE, "meanwhile all are read"
    async with connected(database_url) as connection:
        assert await count_left(connection, KEYS) == Left(former=PEOPLE - 3, unknown=0)
    assert (await renew(database_url, source)).sealed == PEOPLE - 3
    with pytest.raises(MasterKeyError, match=r"no other was made: take the former away from .*master\.former"):
        await renew(database_url, source)
    assert source.read() == made


async def test_a_renewal_that_is_broken_off_while_the_key_is_made_makes_one_when_it_is_run_again(
    database: Database, database_url: str, source: Source, people: list[UUID]
) -> None:
    def break_off(*_: Any) -> None:
        raise OSError("no space left")

    (old,) = source.read()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(seal, "make_key_file", break_off)
        with pytest.raises(OSError, match="no space left"):
            await renew(database_url, source)
    assert set(source.read()) == {old}, "kept among the former ones, and still in use"
    assert (await renew(database_url, source)).sealed == PEOPLE
    assert source.read()[0] != old


async def test_who_uses_the_keys_while_another_is_taken_over_is_never_without_the_root(
    database: Database, database_url: str, source: Source, people: list[UUID]
) -> None:
    (first,) = source.read()
    await renew(database_url, source)
    seen = []

    class Watched(Keys):
        def use(self, *masters: Any, **others: Any) -> None:
            super().use(*masters, **others)
            seen.append((self.root, self.prefix[:1]))

    row = await database.pool.fetchrow("select id, key_mark, root_sealed from kit.installation")
    take_keys(Watched(), *row, source)
    assert seen == [(first, seal.OF_ID)]


async def test_a_first_key_that_does_not_open_keeps_it_from_starting_and_says_how_to_mend_it(
    database: Database, database_url: str, source: Source, people: list[UUID]
) -> None:
    await renew(database_url, source)
    await database.pool.execute(
        "update kit.installation set root_sealed = set_byte(root_sealed, 40, 255 - get_byte(root_sealed, 40))"
    )
    with pytest.raises(CannotStart, match=r"first master key was changed\. .*backup\.md"):
        await open_keys(database, source)


async def test_a_batch_is_read_where_the_last_ended_and_never_the_whole_table(database: Database) -> None:
    """On tables that are too full to be scanned. A map is of channels, of which there are few, as any other."""
    async with database.pool.acquire() as connection:
        await connection.execute(
            "set enable_seqscan = off; set enable_bitmapscan = off; set plan_cache_mode = force_generic_plan"
        )
        for column in await renewing._columns(connection):
            await connection.execute(f"prepare asked as {column.reading(is_first=False)}")
            arguments = ", ".join(["null"] * (1 + len(column.key)))
            plan = "\n".join(row[0] for row in await connection.fetch(f"explain execute asked ({arguments})"))
            await connection.execute("deallocate asked")
            assert "Index Cond: " in plan, (column.name, plan)
            assert "Sort" not in plan, (column.name, plan)
        await connection.execute("reset all")


async def test_what_is_large_is_changed_in_smaller_steps(
    database: Database, database_url: str, source: Source, people: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, steps = renewing._Column._write, []

    async def write_told(self: Any, connection: Any, changes: Any, renewal: Renewal) -> None:
        steps.append(len(changes))
        await write(self, connection, changes, renewal)

    monkeypatch.setattr(renewing, "BATCH_BYTES", 150)  # Two phone numbers.
    monkeypatch.setattr(renewing._Column, "_write", write_told)
    assert (await renew(database_url, source)).sealed == PEOPLE
    assert [step for step in steps if step] == [2, 1, 2, 1, 1]


async def test_two_that_renew_at_once_make_one_key_and_seal_everything_once(
    database: Database, database_url: str, source: Source, people: list[UUID]
) -> None:
    async with connected(database_url) as one, connected(database_url) as other:
        begun = await asyncio.gather(*(begin(each, source) for each in (one, other)))
        both = zip((one, other), begun, strict=True)
        done = await asyncio.gather(*(seal_anew(each, keys, lambda _: None) for each, keys in both))
    assert len(source.read()) == 2
    assert sum(each.sealed for each in done) == PEOPLE
    assert [each.lost for each in done] == [0, 0]
    source.former_path.unlink()
    await open_keys(database, source)
    assert await read_phones(database, people, KEYS) == PEOPLE


async def test_what_somebody_changes_meanwhile_stays_changed(
    database: Database, database_url: str, source: Source, people: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, changed = renewing._Column._write, KEYS.seal("+8613800138000", PHONE, people[0])

    async def write_late(self: Any, connection: Any, changes: Any, renewal: Renewal) -> None:
        if changes and not renewal.sealed:
            await database.pool.execute("update identity.people set phone = $2 where id = $1", people[0], changed)
        await write(self, connection, changes, renewal)

    monkeypatch.setattr(renewing._Column, "_write", write_late)
    assert (await renew(database_url, source)).sealed == PEOPLE
    await open_keys(database, source)
    phone = await database.pool.fetchval("select phone from identity.people where id = $1", people[0])
    assert phone.startswith(KEYS.prefix)
    assert KEYS.unseal(phone, PHONE, people[0]) == "+8613800138000"


async def test_values_in_a_map_and_those_of_before_there_were_envelopes_are_sealed_anew_too(
    database: Database, database_url: str, source: Source
) -> None:
    await open_keys(database, source)
    channel, paper = channel_id("alipay"), new_id()
    secrets = {name: KEYS.seal(name, f"{SECRETS_COLUMN}:{name}", channel).hex() for name in ("key", "certificate")}
    nonce = seal.OF_ID + bytes(vault.NONCE_BYTES - 1)  # As an envelope of a key that nobody knows, by chance.
    former = nonce + AESGCM(KEYS.derive(vault.PURPOSE)).encrypt(nonce, b"invoice", f"{paper}:0".encode())
    async with connected(database_url) as connection:
        await connection.execute(
            "insert into payments.channels values ('alipay', 1, true, '{}', $1, now())", json.dumps(secrets)
        )
        await connection.execute(
            "insert into porting.papers values ($1, $2, $2, $2, 7, $3)", shard_of(paper), paper, former
        )
        assert (await renew(database_url, source)).sealed == 2  # A map is one.
        source.former_path.unlink()
        await open_keys(database, source)
        kept = json.loads(await connection.fetchval("select secrets from payments.channels"))
        assert {name: KEYS.unseal(bytes.fromhex(kept[name]), f"{SECRETS_COLUMN}:{name}", channel) for name in kept} == {
            "key": "key", "certificate": "certificate"
        }  # fmt: skip
        sealed = await connection.fetchval("select sealed from porting.papers")
        assert sealed.startswith(KEYS.prefix)
        assert vault.unseal(sealed, paper, 0) == b"invoice"
        assert await count_left(connection, KEYS) == Left(0, 0)
        stranger, lost = Keys(), new_id()
        stranger.use(bytes(32), root=bytes(range(32)))
        unknown = stranger.seal_bytes(b"invoice", vault.SEALED, vault.part_id(lost))
        await connection.execute(
            "insert into porting.papers values ($1, $2, $2, $2, 7, $3)", shard_of(lost), lost, unknown
        )
        assert await count_left(connection, KEYS) == Left(former=0, unknown=1)


async def test_a_backup_of_before_opens_with_the_former_key_and_can_be_sealed_anew(
    database: Database, database_url: str, source: Source, people: list[UUID]
) -> None:
    installed = await database.pool.fetchval("select key_mark from kit.installation")
    phones = await database.pool.fetch("select id, phone from identity.people")
    await renew(database_url, source)
    new, old = source.read()
    for id, phone in phones:
        await database.pool.execute("update identity.people set phone = $2 where id = $1", id, phone)
    async with connected(database_url) as connection:
        await connection.execute("update kit.installation set key_mark = $1, root_sealed = null", installed)
    with pytest.raises(CannotStart, match="not the master key"):
        await open_keys(database, Source(data=source.data / "elsewhere", secret=base64.b64encode(new).decode()))
    for keys in ({"secret": old}, {"secret": new, "former": old}):
        texts = {name: base64.b64encode(key).decode() for name, key in keys.items()}
        former = texts.get("former", "").split()
        restored = Source(data=source.data / "elsewhere", secret=texts["secret"], former=former)
        await open_keys(database, restored)
        assert await read_phones(database, people, KEYS) == PEOPLE
    assert (await renew(database_url, restored)).sealed == PEOPLE
    await open_keys(database, Source(data=restored.data, secret=restored.secret))
    assert await read_phones(database, people, KEYS) == PEOPLE


async def test_no_other_key_is_made_as_long_as_one_of_before_is_missing(
    database: Database, database_url: str, source: Source, people: list[UUID]
) -> None:
    await renew(database_url, source)
    source.former_path.unlink()
    assert (await renew(database_url, source)).sealed == PEOPLE, "with the next key: nothing was left of the last"
    second = source.read()[1]
    async with connected(database_url) as connection:
        await connection.execute(
            "update identity.people set phone = $2 where id = $1", people[0], await _sealed_by_a_stranger(people[0])
        )
        keys = await begin(connection, source)
        assert await count_left(connection, keys) == Left(0, 1)
        source.former_path.unlink()
        made = source.read()
        assert (await renew(database_url, source)).lost == 1
    assert source.read() == made != (second,)


async def _sealed_by_a_stranger(id: UUID) -> bytes:
    stranger = Keys()
    stranger.use(bytes(32), root=bytes(range(32)))
    return stranger.seal("+8613800138000", PHONE, id)


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
async def test_a_key_that_root_replaces_is_of_whoever_had_the_one_before(
    database: Database, database_url: str, source: Source
) -> None:
    await open_keys(database, source)
    os.chown(source.path, 12_345, 12_346)
    await renew(database_url, source)
    for made in (source.path, source.former_path):
        assert (made.stat().st_uid, made.stat().st_gid) == (12_345, 12_346), made


async def test_a_key_in_the_settings_is_replaced_there(database_url: str, tmp_path: Path) -> None:
    first, second = (new_master_key().decode().strip() for _ in range(2))
    settings = Settings(database_url=database_url, data=tmp_path, mode="sandbox", secret=first)
    async with open_program(settings) as program:
        person = new_id()
        await write_phone(program.database, person, KEYS)
        with pytest.raises(MasterKeyError, match="put another there"):
            await renew(database_url, Source.of(settings))
        both = msgspec.structs.replace(settings, secret=second, former_secrets=first)
        await open_keys(program.database, Source.of(both))
        assert KEYS.prefix == b"\x01", "those that know both seal with the former until all do"
        assert (await renew(database_url, Source.of(both))).sealed == 1
        await open_keys(program.database, Source.of(msgspec.structs.replace(both, former_secrets="")))
        assert await read_phones(program.database, [person], KEYS) == 1
        assert not (tmp_path / "keys" / "master.key").exists()


async def test_what_runs_meanwhile_hears_of_the_new_key(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(database_url=database_url, data=tmp_path, mode="sandbox")
    async with open_program(settings) as program:
        before, person, heard, read = KEYS.prefix, new_id(), asyncio.Event(), program._read_keys

        async def read_keys() -> None:
            await read()
            if KEYS.prefix != before:
                heard.set()

        monkeypatch.setattr(program, "_read_keys", read_keys)
        await program.listen()
        await write_phone(program.database, person, KEYS)
        await renew(database_url, Source.of(settings))
        assert await read_phones(program.database, [person], KEYS) == 1, "whether it has heard of it or not"
        await asyncio.wait_for(heard.wait(), 60)
        assert KEYS.seal("text", PHONE, person).startswith(KEYS.prefix)


async def test_a_process_without_the_new_key_is_not_ready_until_it_is_brought(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would go on sealing with the former key, which is about to be taken away."""
    here, elsewhere = (
        Settings(database_url=database_url, data=tmp_path / "a", mode="sandbox"),
        Source(data=tmp_path / "b"),
    )
    async with open_program(here) as program:
        shutil.copytree(here.data / "keys", elsewhere.data / "keys")
        assert (await show_readiness.fn(program)).status_code == 200
        await renew(database_url, elsewhere)
        answer = await show_readiness.fn(program)
        assert (answer.status_code, answer.content["status"]) == (503, NO_KEY)
        shutil.copytree(elsewhere.data / "keys", here.data / "keys", dirs_exist_ok=True)
        assert (await show_readiness.fn(program)).status_code == 200
        assert KEYS.mark == seal.mark_of(elsewhere.read()[0])


async def test_no_key_is_replaced_while_programs_of_before_may_run(database_url: str) -> None:
    async with connected(database_url) as connection:
        post = next(each for each in migrate.read_migrations() if each.phase == "post")
        await connection.execute("delete from public.weiji_migrations where number = $1", post.number)
        await must_be_migrated(database_url)
        with pytest.raises(CannotStart, match=f"1 migrations are missing, the first is {post.number:04}"):
            await must_be_migrated(database_url, wholly=True)
        await connection.execute(
            "insert into public.weiji_migrations (number, name, checksum) values ($1, $2, $3)",
            post.number, post.name, post.checksum,
        )  # fmt: skip


async def test_the_command_says_how_far_it_is_and_that_the_former_key_may_go(
    database_url: str, source: Source, people: list[UUID]
) -> None:
    environment = {"WEIJI_DATABASE_URL": database_url, "WEIJI_DATA": str(source.data), "WEIJI_MODE": "sandbox"}
    renew_keys = partial(asyncio.to_thread, CliRunner(env=environment).invoke, main, ["keys", "renew"])
    said = await renew_keys()
    assert said.exit_code == 0, said.output
    assert f"{PEOPLE} values to seal" in said.output
    assert f"3 of {PEOPLE}" in said.output
    assert "Everything is sealed with it" in said.output
    assert "The former key may go" in said.output
    again = await renew_keys()
    assert again.exit_code == 1, again.output
    assert "✓" not in again.output, "else who renews since it leaked would believe that it is replaced"
    assert f"no other was made: take the former away from {source.former_path}" in again.output

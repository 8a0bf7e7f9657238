"""Proves that `weiji doctor` finds nothing wrong with an installation that is well, and names what is broken."""

import shutil
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import hatch_build
from weiji.doctor import Finding, examine, examine_assets, examine_factors, examine_staff, examine_way
from weiji.identity.store import PHONE
from weiji.kit import clock, renewing
from weiji.kit.ids import new_id, shard_of
from weiji.kit.migrate import read_migrations
from weiji.kit.renewing import begin, seal_anew
from weiji.kit.seal import KEYS, Keys, Source, new_master_key
from weiji.program import open_program
from weiji.settings import Settings

Look = Callable[[], Awaitable[str]]


@pytest.fixture
async def look(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Look over an installation that was started once: what is wrong with it, and how to mend that."""
    async with open_program(Settings(database_url=database_url, data=tmp_path, mode="sandbox")):
        pass
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in {
        "DATABASE_URL": database_url, "DATA": str(tmp_path), "MODE": "sandbox", "PORT": str(port)
    }.items():  # fmt: skip
        monkeypatch.setenv(f"WEIJI_{name}", value)

    async def wrong() -> str:
        # The server of the tests may lose everything, and needs not say so.
        found = [finding async for finding in examine() if not finding.what.endswith("is off")]
        assert len(found) > 1 or not found[0].is_good
        assert all(finding.mend for finding in found if not finding.is_good)
        return "\n".join(f"{finding.what} > {finding.mend}" for finding in found if not finding.is_good)

    return wrong


async def test_nothing_is_wrong_with_an_installation_that_is_well(look: Look) -> None:
    assert not await look()


async def test_a_database_that_nothing_was_made_in_is_to_be_migrated(look: Look, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("delete from public.weiji_migrations")
    finally:
        await connection.close()
    assert await look() == "schema: not there yet > Run `weiji migrate`."


async def test_what_old_processes_can_not_live_with_waits_for_them(look: Look, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        last = [max(each.number for each in read_migrations() if each.phase == phase) for phase in ("pre", "post")]
        for number, said in zip(reversed(last), ("once no process", "migrate --pre"), strict=True):
            await connection.execute("delete from public.weiji_migrations where number = $1", number)
            found = await look()
            assert said in found
            assert found.count("missing") == 1
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WEIJI_DATABASE_URL", "postgresql://127.0.0.1:9/weiji", "WEIJI_DATABASE_URL is right"),
        ("WEIJI_MODE", "live", "made for trying, and WEIJI_MODE is live"),
        ("WEIJI_MODE", "live", "nobody rules on disputes > Run `weiji staff add NAME --role arbiter`"),
        ("WEIJI_MODE", "party", "must be demo or live or sandbox, not party"),
        ("WEIJI_PRT", "1", "did you mean WEIJI_PORT"),
        (
            "WEIJI_SECRET",
            "A" * 43 + "=",
            "not the master key of this installation > Bring the key",
        ),
    ],
)
async def test_a_wrong_setting_is_named(
    look: Look, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert said in await look()


def test_one_operator_is_too_few_and_two_are_sent_to_their_page() -> None:
    (alone,) = examine_staff({"operator": 1, "reviewer": 1, "arbiter": 1})
    assert "only one operator" in alone.what
    assert alone.mend.startswith("Run `weiji staff add NAME --role operator`")
    (lacking,) = examine_staff({"operator": 2, "reviewer": 1})
    assert lacking.mend.startswith("Two operators give it at /operator/staff")


def test_staff_without_a_second_factor_are_told_of() -> None:
    assert examine_factors(0, are_asked=True) is None
    for are_asked, said in ((True, "/operator asks them"), (False, "WEIJI_SECOND_FACTOR=staff")):
        lacking = examine_factors(2, are_asked=are_asked)
        assert lacking
        assert not lacking.is_good
        assert said in lacking.mend


def test_a_database_on_another_machine_is_reached_on_a_way_that_nobody_else_reads_or_answers() -> None:
    address = "postgresql://weiji@db.example/weiji?sslmode="
    assert examine_way("db.example", is_encrypted=True, url=f"{address}verify-full").is_good
    assert "not checked" in examine_way("db.example", is_encrypted=True, url=f"{address}require").what
    assert "nothing on it is encrypted" in examine_way("db.example", is_encrypted=False, url=f"{address}prefer").what


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "delete from weiji_migrations where number > 200",
            "Run `weiji migrate`",
        ),
        ("update weiji_migrations set checksum = 'x'", "schema: "),
        ("insert into weiji_migrations values (9999, 'later', 'x')", "or a newer one"),
        (
            "insert into media.pictures (shard, owner_id, hash, width, height, bytes, created_at)"
            " values (0, '00000000-0000-0000-0000-000000000000', sha256('x'), 1, 1, 1, now())",
            "pictures: 1 of the last 1 are not in",
        ),
        ("delete from kit.installation", "the database is empty > Run `weiji migrate`"),
    ],
)
async def test_a_broken_database_is_told(look: Look, database_url: str, statement: str, said: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(statement)
    await connection.close()
    assert said in await look()


async def test_a_user_without_rights_is_told(look: Look, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIJI_DATABASE_URL", f"{database_url}&options=-c%20role%3Dweiji_app")
    assert "permission denied" in (said := await look())
    assert "connect as the database's owner" in said


async def test_keys_and_a_port_that_are_not_as_they_should_be_are_told(
    look: Look, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "insert into ledger.signatures values (0, 1, 0, $1, $2, $1, now())",
        bytes(32),
        Ed25519PrivateKey.generate().public_key().public_bytes_raw(),
    )
    await connection.close()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        monkeypatch.setenv("WEIJI_PORT", str(other.getsockname()[1]))
        monkeypatch.setattr("weiji.doctor.ANSWERED_WITHIN", 0.1)
        (tmp_path / "keys" / "master.key").chmod(0o644)
        said = await look()
    assert "something else than weiji" in said
    assert "chmod 600" in said
    assert "ledger.pem is another" in said


def test_pages_that_were_built_of_something_else_are_told_of(tmp_path: Path) -> None:
    assert examine_assets(tmp_path).is_good  # Installed from a wheel: there is nothing else.
    for name in ("hatch_build.py", *hatch_build.PACKAGES):
        shutil.copy(hatch_build.ROOT / name, tmp_path)
    style = tmp_path / "weiji" / "shops" / "assets" / "shops.css"
    style.parent.mkdir(parents=True)
    style.write_text("a {}")
    built = tmp_path / hatch_build.BUILT
    built.parent.mkdir(parents=True)
    built.write_text(hatch_build.inputs_of(tmp_path))
    assert examine_assets(tmp_path).is_good
    style.with_name("new.css").write_text("a {}")
    assert examine_assets(tmp_path) == Finding(
        False, "pages: assets are of another version than the program", "Run `make assets`."
    )


async def test_a_clock_that_was_ahead_is_told_by_the_books(look: Look, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        ahead = (
            "update ledger.heads set timestamp = extract(epoch from clock_timestamp() + $1::interval) * 1000000"
            " where lane = 0"
        )
        await connection.execute(ahead, timedelta(seconds=-1))
        assert not await look()
        await connection.execute(ahead, timedelta(days=365))
        assert "clock: the books go until 20" in await look()
    finally:
        await connection.close()


async def test_a_clock_other_than_the_database_s_is_told(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    wall = clock.wall
    monkeypatch.setattr(clock, "wall", lambda: wall() - timedelta(hours=1))
    found = await look()
    assert "clock: the database's is 3600 s off > Let both machines follow NTP. No job runs, and /ready is 503" in found


async def test_what_is_sealed_with_another_master_key_is_told(
    look: Look, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, id = Source(data=tmp_path), new_id()
    (old,) = source.read()
    phone = KEYS.seal("+8613800138000", PHONE, id)
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "insert into identity.people (shard, id, phone, display_name, locale, password_hash, password_changed_at,"
            " created_at) values ($1, $2, $3, 'Lu', 'en', '$argon2id$', now(), now())",
            shard_of(id), id, phone,
        )  # fmt: skip
        source.former_path.write_bytes(source.path.read_bytes())
        source.former_path.chmod(0o600)
        source.path.write_bytes(new_master_key())
        assert "is to replace the master key, which is still in use > Run `weiji keys renew`" in await look()
        keys = await begin(connection, source)
        assert "1 values are sealed with a former master key > Run `weiji keys renew`" in await look()
        monkeypatch.setattr(renewing, "HEARD_WITHIN", 0)
        await seal_anew(connection, keys, lambda _: None)
        assert not await look()
        stranger = Keys()
        stranger.use(bytes(32), root=old)
        lost = stranger.seal("+8613800138000", PHONE, id)
        await connection.execute("update identity.people set phone = $1", lost)
        assert "1 values are sealed with a master key that is not at hand > Bring it back" in await look()
    finally:
        await connection.close()

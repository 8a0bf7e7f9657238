"""Looks an installation over: what is wrong, and how to mend it."""

import asyncio
import os
import runpy
import shutil
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import httpx
from msgspec import Struct

from weiji.help import Library
from weiji.identity import PLATFORM
from weiji.kit import clock, migrate, seal
from weiji.kit.db import ROLE
from weiji.kit.installation import MEND_KEY, MEND_ROOT, ROOT_FAULT, find_key_fault, take_keys
from weiji.kit.jobs import AHEAD_MAX
from weiji.kit.reaching import CannotStart, reach_database
from weiji.kit.renewing import count_left
from weiji.kit.seal import Source
from weiji.media import is_kept
from weiji.program import made_for_another, read_former_keys, read_signing_key
from weiji.settings import Settings, SettingsError, load, unknown
from weiji.twin import Twin, public_key_text
from weiji.web.assets import AssetsMissingError, manifest
from weiji.web.locales import LOCALES

DISK_MIN: Final = 2 * 2**30
"""Free bytes under which a database should not be left alone."""

POSTGRESQL_MIN: Final = 160_000
CLOCK_DRIFT_MAX: Final = 5.0
"""Seconds that the database's machine may be ahead or behind ours."""


PICTURES_LOOKED_AT: Final = 100
LAST_PICTURES: Final = "select hash from media.pictures where sweep_at is null order by created_at desc limit $1"

WORK: Final = {
    "operator": "nobody works for the operator",
    "reviewer": "nobody reviews the applications of shops",
    "arbiter": "nobody rules on disputes",
}
STAFF: Final = "select role, count(*) as people from identity.roles where scope = $1 group by role"

ONE_FACTOR: Final = """
select count(distinct r.person_id) from identity.roles r
where r.scope = $1 and not exists (
  select from identity.second_factors f where f.shard = r.shard and f.person_id = r.person_id)"""

OPERATORS_MIN: Final = 2
"""One proposes, another agrees."""

LATE: Final = """
select late, is_alone from (
  select count(*) filter (where is_late) as late,
    bool_and(is_late) filter (where every <= interval '5 minutes') as is_alone
  from (
    select every, due_at < clock_timestamp() + clock_offset - interval '5 minutes' as is_late
    from kit.jobs, kit.installation where due_at < 'infinity') as jobs) as counted
where late > 0"""

LAST_RECORDED: Final = """
select to_timestamp(max(h.timestamp) / 1000000.0) - min(i.clock_offset)
from ledger.heads h, kit.installation i where h.timestamp > 0"""
"""When what the ledger recorded last was, by the clock of the machine."""

AWAY: Final = """
select host(inet_server_addr()) where not (inet_server_addr() <<= '127.0.0.0/8' or inet_server_addr() = '::1')"""
"""The address of a server that is reached over a network."""
ENCRYPTED: Final = "select coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)"
VERIFYING: Final = frozenset({"verify-ca", "verify-full"})

ANSWERED_WITHIN: Final = 5.0
"""Seconds that whoever listens at the port has to say that it is weiji."""


class Finding(Struct, frozen=True):
    """Something that was looked at. `mend` says what to do, where something is wrong."""

    is_good: bool
    what: str
    mend: str = ""


async def examine() -> AsyncIterator[Finding]:
    """Look at settings, folder, keys, database, schema, jobs and events; what can't be reached ends the look."""
    try:
        settings = load()
    except SettingsError as error:
        yield Finding(False, f"settings: {error}", "Correct the variable or the file that is named.")
        return
    yield Finding(True, f"settings: mode {settings.mode}, custody {settings.custody}")
    for what in unknown():
        yield Finding(False, f"settings: {what}", "Correct or remove the variable: it changes nothing.")
    for finding in _examine_machine(settings):
        yield finding
    try:
        async with reach_database(settings.database_url, settings.data) as url:
            connection = await asyncpg.connect(url)
            try:
                async for finding in _examine_database(connection, url, settings):
                    yield finding
            finally:
                await connection.close()
    except CannotStart as error:
        yield Finding(False, f"database: {error.what}", error.mend)


def _examine_machine(settings: Settings) -> list[Finding]:
    found = []
    folder = settings.data.resolve()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    found.append(
        Finding(
            free >= DISK_MIN,
            f"disk: {free / 2**30:.1f} GiB free under {folder}",
            "" if free >= DISK_MIN else "Make room: PostgreSQL stops when the disk is full.",
        )
    )
    found += [_examine_key(folder / "keys" / name, settings) for name in (seal.MASTER_KEY, "ledger.pem")]
    if Source.of(settings).former_path.exists():
        found.append(_examine_key(folder / "keys" / seal.FORMER_MASTER_KEYS, settings))
    found.append(_examine_port(settings))
    found.append(examine_assets(Path(__file__).parents[1]))
    return found + examine_help(folder / "help")


def examine_help(own: Path) -> list[Finding]:
    """Say of each text of the operator's own help that is not shown what is wrong with it."""
    read = Library(own)
    if read.faults:
        mend = "Correct the file and restart: until then it is not shown. /help/write-help says how one is written."
        return [Finding(False, f"help: {fault.path.relative_to(own)}: {fault.why}", mend) for fault in read.faults]
    number = sum(len(read.own_of(locale)) for locale in LOCALES)
    return [Finding(True, f"help: {number} texts of your own can be read")] if number else []


def examine_assets(root: Path) -> Finding:
    """Look whether the assets of pages were built, and, in a checkout at *root*, of what is there now.

    A page fails that has a style or an icon which was not built.
    """
    mend = "Run `make assets`, or install weiji from its wheel."
    try:
        manifest()
    except AssetsMissingError:
        return Finding(False, "pages: assets are missing", mend)
    if (root / "hatch_build.py").exists():
        try:
            building = runpy.run_path(str(root / "hatch_build.py"))
        except ImportError:
            return Finding(True, "pages: assets are built, of which version can't be seen without what builds them")
        if building["built_of"](root) != building["inputs_of"](root):
            return Finding(False, "pages: assets are of another version than the program", "Run `make assets`.")
    return Finding(True, "pages: assets are built")


def _examine_port(settings: Settings) -> Finding:
    at = f"{settings.host}:{settings.port}"
    if not _is_taken(settings):
        return Finding(True, f"port: {at} is free")
    try:
        answer = httpx.get(f"http://{at}/health", timeout=ANSWERED_WITHIN, trust_env=False)
        is_ours = answer.json()["status"] == "ok"
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        is_ours = False
    if is_ours:
        return Finding(True, f"port: weiji answers at {at}")
    return Finding(False, f"port: something else than weiji answers at {at}", "Stop it, or set WEIJI_PORT.")


def _is_taken(settings: Settings) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((settings.host, settings.port)) == 0


async def _examine_twin(settings: Settings) -> Finding:
    """Look whether the sandbox beside this installation, whose keys are open, is there, and is this one's."""
    twin, own = Twin(settings), public_key_text()
    found = await twin.ask()
    if found == own:
        return Finding(True, f"sandbox: answers at {twin.address}")
    run_by_itself = f"Where it is run by itself, set WEIJI_SANDBOX_OF={own} there, and let WEIJI_MODE be sandbox."
    if found is not None:
        return Finding(False, f"sandbox: what answers at {twin.address} is another's, or none", run_by_itself)
    is_wanted = await asyncio.to_thread(twin.folder.exists) and _is_taken(settings)
    if settings.sandbox_port and not is_wanted:
        return Finding(True, "sandbox: not started; `weiji up` does that once a merchant has asked for it")
    mend = f"`weiji up` starts it: its log says why not, in lines that begin with sandbox. {run_by_itself}"
    return Finding(False, f"sandbox: nobody answers at {twin.address}", mend)


def _examine_key(path: Path, settings: Settings) -> Finding:
    if path.name == seal.MASTER_KEY and settings.secret:
        return Finding(True, "key: the master key is in WEIJI_SECRET")
    if not path.exists():
        return Finding(True, f"key: {path.name} is not there yet; the first start makes it")
    open_to_others = path.stat().st_mode & 0o077
    return Finding(
        not open_to_others,
        f"key: {path.name}",
        f"Others on this machine can read it: chmod 600 {path}" if open_to_others else "",
    )


def _examine_schema(missing: Sequence[migrate.Migration], *, is_ours: bool) -> Finding:
    """Say which migrations are missing. A database of the operator's own they run: old processes may live on it."""
    if not missing:
        return Finding(True, "schema: up to date")
    if len(missing) == len(migrate.read_migrations()):
        mend = "The first `weiji up` makes it." if is_ours else "Run `weiji migrate`."
        return Finding(is_ours, "schema: not there yet", mend)
    if is_ours:
        mend = "The next `weiji up` runs them."
    elif any(each.phase == "pre" for each in missing):
        mend = "Run `weiji migrate`, or, while processes of the version before still run, `weiji migrate --pre`."
    else:
        mend = "Run `weiji migrate` once no process of the version before runs any more: it could not live with these."
    return Finding(False, f"schema: {len(missing)} migrations are missing", mend)


def _examine_signing_key(signer: bytes, data: Path) -> Finding | None:
    """Compare the key that last signed the books with the one that would sign them next."""
    try:
        has_key = (data / "keys" / "ledger.pem").exists()
        own = read_signing_key(data).public_key().public_bytes_raw() if has_key else None
        former = read_former_keys(data)
    except CannotStart as error:
        return Finding(False, f"key: {error.what}", error.mend)
    if own == signer or (own and signer in former):
        return None
    return Finding(
        False,
        f"key: the books were last signed with {signer.hex()}, and ledger.pem is {'another' if own else 'not there'}",
        "Bring ledger.pem back from its backup before another signs on. See docs/operating/books.md.",
    )


def examine_staff(people: Mapping[str, int]) -> list[Finding]:
    """Say which of the operator's work nobody can do, or not enough: *people* is how many have a role."""
    operators = people.get("operator", 0)
    lacking = {role: what for role, what in WORK.items() if not people.get(role)}
    if operators == 1:
        lacking["operator"] = "only one operator: nothing can be done that takes two"
    where = "Two operators give it at /operator/staff; or run" if operators >= OPERATORS_MIN else "Run"
    mend = "`weiji staff add NAME --role {}` for somebody who has signed up."
    return [Finding(False, f"staff: {what}", f"{where} {mend.format(role)}") for role, what in lacking.items()]


def examine_way(host: str, *, is_encrypted: bool, url: str) -> Finding:
    """Say whether what goes to a database on another machine can be read, or answered by somebody else, on the way."""
    asked = parse_qs(urlsplit(url).query).get("sslmode", [os.environ.get("PGSSLMODE", "prefer")])[0]
    if is_encrypted and asked in VERIFYING:
        return Finding(True, f"database: the way to {host} is encrypted, and its certificate is checked")
    lack = "its certificate is not checked" if is_encrypted else "nothing on it is encrypted"
    mend = "Add ?sslmode=verify-full&sslrootcert=… to WEIJI_DATABASE_URL. See docs/operating/database.md."
    return Finding(False, f"database: on the way to {host} {lack}", mend)


def examine_factors(people: int, *, are_asked: bool) -> Finding | None:
    """Say how many of the operator's staff sign in with nothing but a password."""
    if not people:
        return None
    mend = "/operator asks them to turn two-step sign-in on, when they come next: Me → Account & security."
    if not are_asked:
        mend = "Have them turn two-step sign-in on, or let WEIJI_SECOND_FACTOR=staff ask them."
    return Finding(False, f"staff: {people} of them sign in with a password alone", mend)


def examine_last(last: datetime | None, now: datetime) -> Finding | None:
    """Say whether the books go on further than the clock: times of a chain rise, so what is posted has their last."""
    if last is None or last <= now + timedelta(seconds=CLOCK_DRIFT_MAX):
        return None
    what = f"clock: the books go until {last:%Y-%m-%d %H:%M} UTC, which is still to come"
    mend = "Where this machine's clock is right, it was ahead once. See docs/operating/monitoring.md."
    return Finding(False, what, mend)


async def _examine_sealed(
    connection: "asyncpg.Connection[asyncpg.Record]", installed: asyncpg.Record, settings: Settings
) -> AsyncIterator[Finding]:
    """Look whether the master key opens what is sealed; and at the sandbox, which knows us by a key derived from it."""
    source, mark, root_sealed = Source.of(settings), installed["key_mark"], installed["root_sealed"]
    if fault := find_key_fault(mark, source):
        yield Finding(False, f"key: {fault}", MEND_KEY)
        return
    if mark is None:
        return
    try:
        take_keys(seal.KEYS, installed["id"], mark, root_sealed, source)
    except seal.Unsealable:
        yield Finding(False, f"key: {ROOT_FAULT}", MEND_ROOT)
        return
    masters = source.read()
    if seal.mark_of(masters[0]) != mark:
        mend = "Run `weiji keys renew`: everything is then sealed with it."
        yield Finding(False, f"key: {source.where} is to replace the master key, which is still in use", mend)
    if root_sealed:
        left = await count_left(connection, seal.KEYS)
        if left.former:
            mend = "Run `weiji keys renew`, and keep the former key until then."
            yield Finding(False, f"key: {left.former} values are sealed with a former master key", mend)
        if left.unknown:
            mend = f"Bring it back as a line of {source.former_path}, and run `weiji keys renew`."
            yield Finding(False, f"key: {left.unknown} values are sealed with a master key that is not at hand", mend)
        if not (left.former or left.unknown):
            yield Finding(True, "key: everything is sealed with the master key")
    if settings.has_twin:
        yield await _examine_twin(settings)


async def _examine_database(
    connection: "asyncpg.Connection[asyncpg.Record]", url: str, settings: Settings
) -> AsyncIterator[Finding]:
    version = int(await connection.fetchval("show server_version_num"))
    yield Finding(
        version >= POSTGRESQL_MIN,
        f"database: PostgreSQL {await connection.fetchval('show server_version')}",
        "" if version >= POSTGRESQL_MIN else "Use PostgreSQL 16 or newer.",
    )
    if is_away := await connection.fetchval(AWAY):
        yield examine_way(is_away, is_encrypted=await connection.fetchval(ENCRYPTED), url=url)
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        value = await connection.fetchval(f"show {name}")
        if value == "off":
            yield Finding(
                False, f"database: {name} is off", f"A crash may lose money that was acknowledged: set {name} = on."
            )
    drift = abs((await connection.fetchval("select clock_timestamp()") - clock.wall()).total_seconds())
    if drift > CLOCK_DRIFT_MAX:
        mend = "Let both machines follow NTP."
        if drift > AHEAD_MAX.total_seconds():
            mend += " No job runs, and /ready is 503, until then."
        yield Finding(False, f"clock: the database's is {drift:.0f} s off", mend)
    try:
        missing = await migrate.get_missing(url)
    except migrate.MigrationError as error:
        yield Finding(
            False, f"schema: {error}", "Install the version of weiji that this database was made with, or a newer one."
        )
        return
    yield _examine_schema(missing, is_ours=not settings.database_url)
    if any(each.phase == "pre" for each in missing):
        return
    is_member = await connection.fetchval("select pg_has_role(current_user, $1, 'set')", ROLE)
    yield Finding(
        is_member,
        f"rights: the program works as {ROLE}",
        "" if is_member else f"As an administrator of the server: grant {ROLE} to the user that weiji connects as.",
    )
    installed = await connection.fetchrow("select id, is_clock_free, key_mark, root_sealed from kit.installation")
    if installed is None:
        yield Finding(False, "installation: the database is empty", "Run `weiji migrate`.")
        return
    if installed["is_clock_free"] != settings.can_turn_clock:
        wrong = made_for_another(settings)
        yield Finding(False, f"installation: {wrong.what}", wrong.mend)
    if settings.mode == "live":
        for lack in examine_staff({row["role"]: row["people"] for row in await connection.fetch(STAFF, PLATFORM)}):
            yield lack
        alone = await connection.fetchval(ONE_FACTOR, PLATFORM)
        if lacking := examine_factors(alone, are_asked=settings.asks_staff_for_codes):
            yield lacking
    async for found in _examine_sealed(connection, installed, settings):
        yield found
    if finding := examine_last(await connection.fetchval(LAST_RECORDED), clock.wall()):
        yield finding
    signer = await connection.fetchval("select public_key from ledger.signatures order by signed_at desc limit 1")
    if signer and (finding := _examine_signing_key(signer, settings.data)):
        yield finding
    for row in await connection.fetch("select name, failures, error from kit.jobs where failures > 0"):
        yield Finding(
            False, f"job {row['name']} failed {row['failures']} times: {row['error']}", "See the log of the worker."
        )
    for late, is_alone in await connection.fetch(LATE):
        mend = "No worker runs: start `weiji up` or `weiji worker`." if is_alone else "See the log of the worker."
        yield Finding(False, f"jobs: {late} are overdue by minutes", mend)
    wrong = await connection.fetchval(
        "select count(*) from inventory.stock t"
        " where t.is_keyed and t.on_hand <> (select count(*) from card_keys.keys k"
        " where k.shard = t.shard and k.sku_id = t.sku_id and k.order_id is null)"
    )
    yield Finding(
        not wrong,
        f"card keys: {wrong} SKUs count other than what is in the store"
        if wrong
        else "card keys: stock counts them all",
        "Stop their sale, and report it: keys and stock are only ever changed together." if wrong else "",
    )
    kept = [row["hash"].hex() for row in await connection.fetch(LAST_PICTURES, PICTURES_LOOKED_AT)]
    lost = sum(not is_kept(settings.data, digest) for digest in kept)
    yield Finding(
        not lost,
        f"pictures: {lost} of the last {len(kept)} are not in {settings.data}/media"
        if lost
        else "pictures: the last ones are there",
        "Bring the folder back from its backup, or share it between machines: the database has no copy."
        if lost
        else "",
    )
    failed = await connection.fetchval("select count(*) from kit.set_aside")
    yield Finding(
        not failed,
        f"jobs: {failed} things set aside",
        "Look at them under Operator → Jobs: each has its reason, and is tried again by itself." if failed else "",
    )
    aside = await connection.fetchval("select count(*) from events.queue where set_aside_at is not null")
    yield Finding(
        not aside,
        f"events: {aside} set aside",
        "Look at them under Operator → Events set aside, mend the cause, and resume them." if aside else "",
    )

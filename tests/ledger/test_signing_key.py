"""Proves that another key signs the books from a start on, and that what the ones before signed stays proved."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.ledger.stored import set_one_lane
from tests.ledger.tamper import write_books
from weiji.cli import main
from weiji.kit.db import Database
from weiji.kit.reaching import CannotStart
from weiji.ledger import sign_heads, verify
from weiji.program import FORMER_KEYS, open_program, read_former_keys, read_signing_key, renew_signing_key
from weiji.settings import Settings


async def test_books_that_two_keys_signed_are_proved_by_both(database_url: str, tmp_path: Path) -> None:
    await set_one_lane(database_url)
    settings = Settings(database_url=database_url, data=tmp_path, mode="sandbox")
    first = read_signing_key(tmp_path)
    database = await Database.connect(database_url)
    await write_books(database, first, seed=1, steps=25)
    renewed = CliRunner().invoke(main, ["ledger", "renew-key"], env={"WEIJI_DATA": str(tmp_path)})
    second = read_signing_key(tmp_path)
    old, new = (key.public_key().public_bytes_raw() for key in (first, second))
    assert old != new
    assert (renewed.exit_code, old.hex() in renewed.output, new.hex() in renewed.output) == (0, True, True)
    assert (tmp_path / "keys" / "ledger.pem").stat().st_mode & 0o077 == 0
    await write_books(database, second, seed=2, steps=25)
    async with database.transaction() as tx:
        await sign_heads(tx, second)
    assert (await verify(database, [old, new])).is_proved
    for alone in (old, new):
        assert not (await verify(database, [alone])).is_proved, "some heads are of the other"
    await database.close()
    async with open_program(settings) as program:
        assert program.public_keys == (new, old)
        assert (await verify(program.database, program.public_keys)).is_proved


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives files away")
def test_a_key_that_root_renews_is_of_whoever_had_the_one_before(tmp_path: Path) -> None:
    read_signing_key(tmp_path)
    os.chown(tmp_path / "keys" / "ledger.pem", 12_345, 12_346)
    renew_signing_key(tmp_path)
    for name in ("ledger.pem", FORMER_KEYS):
        made = (tmp_path / "keys" / name).stat()
        assert (made.st_uid, made.st_gid) == (12_345, 12_346), name


def test_former_keys_that_can_not_be_read_are_named(tmp_path: Path) -> None:
    assert read_former_keys(tmp_path) == ()
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / FORMER_KEYS).write_text("no key\n")
    with pytest.raises(CannotStart, match=r"ledger\.former"):
        read_former_keys(tmp_path)

"""Proves of a town at work whose master key is replaced that all that is sealed opens, and people are who they were."""

import asyncio

import asyncpg
import pytest

from weiji.demo.people import PAYMENT_PASSWORD, RESIDENTS
from weiji.identity import PasswordCheckStatus, check_payment_password, find_person
from weiji.identity.model import Origin, SignUp, SignUpStatus
from weiji.identity.sign_in import sign_up
from weiji.kit import renewing
from weiji.kit.ids import new_id
from weiji.kit.installation import open_keys
from weiji.kit.renewing import Left, begin, count_left, seal_anew
from weiji.kit.seal import Source
from weiji.program import Program

PHONE = "+8613900139000"


async def test_everything_in_a_town_at_work_opens_with_the_new_key_alone(
    town: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "HEARD_WITHIN", 0.1)
    source = Source.of(town.settings)
    entered = SignUp(id=new_id(), phone=PHONE, display_name="梅", password="mountain lake 7")
    assert (await sign_up(town.database, entered, Origin(), is_open=True)).status is SignUpStatus.CREATED
    connection = await asyncpg.connect(town.url)
    try:
        keys = await begin(connection, source)
        told: list[int] = []
        done = await seal_anew(connection, keys, told.append)
        assert told == sorted(told)
        assert (done.lost, done.sealed) == (0, told[-1])
        source.former_path.unlink()
        await open_keys(town.database, source)
        assert await count_left(connection, keys) == Left(0, 0)
        for name in ("card_keys.keys", "identity.addresses", "onboarding.fields", "onboarding.documents"):
            assert await connection.fetchval(f"select count(*) from {name}"), "there was something to seal"  # noqa: S608
    finally:
        await connection.close()
    async with town.database.read() as reader:
        assert await find_person(reader, PHONE) == entered.id
    checks = await asyncio.gather(
        *(check_payment_password(town.database, each.id, PAYMENT_PASSWORD, Origin()) for each in RESIDENTS)
    )
    assert {check.status for check in checks} == {PasswordCheckStatus.CORRECT}

"""Proves of opening channels that secrets are sealed and never shown, that two never save the same version, and that
what is saved is in force at once and in the trail."""

import asyncio
import json
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.alipay_gateway import APP_ID, FakeAlipay
from tests.channels.examples import alipay_settings
from tests.channels.keys import private_pem
from weiji.events import Actor
from weiji.kit.batch import Lanes
from weiji.kit.db import Database, Transaction
from weiji.kit.seal import KEYS
from weiji.payments import REGISTRY
from weiji.payments.channels import ChannelKind, find_kinds
from weiji.payments.opening import Opener, store
from weiji.payments.opening.model import ChangeChannelResult, ChangeChannelStatus, ProvedChange, channel_id
from weiji.payments.opening.operations import change_channels
from weiji.payments.opening.proving import open_secrets, prove_change
from weiji.payments.opening.rules import judge_changes
from weiji.settings import Settings

STAFF = Actor("staff", UUID(int=7))
GATEWAY = "https://openapi-sandbox.dl.alipaydev.com"


def _alipay() -> ChannelKind:
    return find_kinds()["alipay"]


def _prove(version: int = 1, saved: Any = None, *, is_open: bool = True, **given: str | None) -> ProvedChange:
    values: dict[str, Any] = {**alipay_settings(), "gateway": GATEWAY} if saved is None else {}
    return prove_change(_alipay(), saved, {**values, **given}, version, STAFF, is_open=is_open, is_live=False, extra=())


def _status(change: ProvedChange) -> tuple[ChangeChannelStatus, str | None]:
    assert change.refusal
    return change.refusal.status, change.refusal.setting


async def _saved(tx: Transaction) -> Any:
    return (await store.get_channels(tx))["alipay"]


async def test_a_channel_is_saved_and_its_secret_sealed(tx: Transaction) -> None:
    assert await change_channels(tx, [_prove()]) == [ChangeChannelResult(ChangeChannelStatus.SAVED)]
    saved = await _saved(tx)
    assert (saved.version, saved.is_open) == (1, True)
    assert "private_key" not in saved.settings
    assert saved.settings["app_id"] == APP_ID
    assert "PRIVATE" not in json.dumps({**saved.secrets, **saved.settings})
    assert open_secrets(saved) == {"private_key": private_pem("alipay app").strip()}


async def test_a_command_carries_no_secret() -> None:
    change = _prove()
    assert change.command
    assert "PRIVATE" not in repr(change)
    assert "private_key" in change.command.changed


async def test_what_is_not_given_stays_and_null_takes_away(tx: Transaction) -> None:
    await change_channels(tx, [_prove()])
    before = await _saved(tx)
    change = _prove(2, before, subject="茶馆", seller_id=None)
    assert change.command
    assert change.command.changed == ("seller_id", "subject")
    await change_channels(tx, [change])
    after = await _saved(tx)
    assert after.secrets == before.secrets  # Not even sealed anew.
    assert after.settings["subject"] == "茶馆"
    assert "seller_id" not in after.settings


async def test_what_is_wrong_is_named(tx: Transaction) -> None:
    assert _status(_prove(nothing="1")) == (ChangeChannelStatus.SETTING_NOT_FOUND, "nothing")
    assert _status(_prove(app_id=None)) == (ChangeChannelStatus.SETTING_WRONG, "app_id")
    assert _status(_prove(app_id="1\n2")) == (ChangeChannelStatus.SETTING_WRONG, "app_id")
    assert _status(_prove(private_key="no key")) == (ChangeChannelStatus.SETTING_WRONG, "private_key")
    assert _status(_prove(desktop="telepathy")) == (ChangeChannelStatus.SETTING_WRONG, "desktop")
    assert _status(_prove(subject="x" * 10_001)) == (ChangeChannelStatus.SETTING_WRONG, "subject")
    (result,) = await change_channels(tx, [_prove(app_id=None)])
    assert result.status is ChangeChannelStatus.SETTING_WRONG
    assert await store.get_channels(tx) == {}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://169.254.169.254", "https://openapi.alipay.com.evil.test"]
)
def test_a_channel_talks_to_no_address_but_its_own(url: str) -> None:
    assert _status(_prove(gateway=url)) == (ChangeChannelStatus.SETTING_WRONG, "gateway")


def test_real_money_does_not_move_where_the_clock_can_be_turned() -> None:
    assert _status(_prove(gateway="https://openapi.alipay.com")) == (ChangeChannelStatus.LIVE_ONLY, None)
    assert _prove(gateway="https://openapi.alipay.com", is_open=False).refusal is None


async def test_a_version_is_saved_once(tx: Transaction) -> None:
    first, second, third = _prove(1), _prove(1), _prove(2)
    statuses = [result.status for result in await change_channels(tx, [first, second, third])]
    assert statuses == [ChangeChannelStatus.SAVED, ChangeChannelStatus.VERSION_TAKEN, ChangeChannelStatus.SAVED]
    assert (await _saved(tx)).version == 2
    (result,) = await change_channels(tx, [_prove(2)])
    assert result.status is ChangeChannelStatus.VERSION_TAKEN


async def test_of_two_at_once_one_saves(database: Database) -> None:
    async def save(number: int) -> ChangeChannelStatus:
        async def one(tx: Transaction) -> list[ChangeChannelResult]:
            return await change_channels(tx, [_prove(1, subject=f"第{number}个")])

        return (await database.retried(one))[0].status

    statuses = await asyncio.gather(*(save(number) for number in range(8)))
    assert sorted(statuses) == ["saved"] + ["version_taken"] * 7
    async with database.read() as reader:
        events = await reader.connection.fetch(
            "select type from events.events where subject_id = $1", channel_id("alipay")
        )
    assert [row["type"] for row in events] == ["ChannelChanged"]


CHANGES = st.tuples(st.integers(1, 3), st.booleans(), st.booleans())


@settings(max_examples=25, deadline=None)
@given(batch=st.lists(CHANGES, max_size=6))
def test_law_of_batches(batch: list[tuple[int, bool, bool]]) -> None:
    refusal = ChangeChannelResult(ChangeChannelStatus.SETTING_WRONG, "app_id")
    commands = [
        ProvedChange(channel_id("alipay"), None, refusal) if wrong else _prove(version, is_open=is_open)
        for version, is_open, wrong in batch
    ]
    versions: dict[str, int] = {}
    one_by_one = [judge_changes(versions, [command])[0] for command in commands]
    assert judge_changes({}, commands) == one_by_one


class _Undone(Exception):
    pass


async def test_law_of_batches_in_the_database(database: Database) -> None:
    ends = []
    for is_alone in (True, False):
        commands = [_prove(1), _prove(1, subject="乙"), _prove(2, subject="丙"), _prove(app_id=None), _prove(3)]
        batches = [[command] for command in commands] if is_alone else [commands]
        with suppress(_Undone):
            async with database.transaction() as tx:
                results = [result for batch in batches for result in await change_channels(tx, batch)]
                saved = await _saved(tx)
                events = await tx.connection.fetchval(
                    "select count(*) from events.events where subject_id = $1", channel_id("alipay")
                )
                ends.append((results, saved.version, saved.settings, events))
                raise _Undone
    assert ends[0] == ends[1]


async def test_what_is_saved_is_in_force_at_once_and_closed_at_once(
    database: Database, lanes: Lanes, alipay: FakeAlipay
) -> None:
    opener = Opener(database, Settings(channel_gateways=f" {alipay.url} ,", url="https://weiji.test"))

    async def save(version: int, *, is_open: bool) -> None:
        async with database.read() as reader:
            saved = (await store.get_channels(reader)).get("alipay")
        given = {**alipay_settings(), "gateway": alipay.url}
        change = prove_change(
            _alipay(), saved, given, version, STAFF, is_open=is_open, is_live=False, extra=opener.extra_gateways
        )
        await database.retried(lambda tx: change_channels(tx, [change]))
        await opener.refresh()

    try:
        await save(1, is_open=True)
        assert "alipay" in REGISTRY.names
        channel = REGISTRY.get("alipay")
        assert (await channel.check()).is_good
        await opener.refresh()
        assert REGISTRY.get("alipay") is channel
        await save(2, is_open=False)
        assert "alipay" not in REGISTRY.names
        assert REGISTRY.find("alipay") is not None  # What was begun with it is asked until it has ended.
    finally:
        await opener.aclose()
    assert REGISTRY.find("alipay") is None


async def test_a_channel_whose_secret_does_not_open_is_told_of_and_keeps_nobody_else_shut(
    database: Database, alipay: FakeAlipay
) -> None:
    change = _prove()
    await database.retried(lambda tx: change_channels(tx, [change]))
    opener = Opener(database, Settings())
    KEYS.use(bytes(32))
    try:
        await opener.refresh()
    finally:
        KEYS.use(bytes(range(32)))
    assert opener.faults == {"alipay": "Unsealable"}
    assert REGISTRY.find("alipay") is None


def test_the_built_in_channels_come_by_the_same_door_as_any_other() -> None:
    kinds = find_kinds()
    assert "alipay" in kinds
    for name, kind in kinds.items():
        assert kind.name == name
        assert kind.label
        assert kind.note
        assert all(one.url.startswith("https://") for one in kind.gateways)
        assert any(setting.is_secret for setting in kind.settings) or not kind.gateways
        assert len({setting.name for setting in kind.settings}) == len(kind.settings)

"""Proves that a key does what its scopes say for its person, as long as it is good, and nothing else."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from litestar import get, post

import weiji
from tests.identity.people import ORIGIN, PASSWORD, make_people
from tests.identity.serving import Browser, serve
from tests.identity.undone import SLOW, undone
from weiji.developers import (
    DESCRIPTIONS,
    CreateKey,
    CreateKeyStatus,
    RevokeKey,
    RevokeKeyStatus,
    Scope,
    create_keys,
    get_keys,
    revoke_keys,
)
from weiji.developers.commands import shut_out, sign_out_everybody
from weiji.developers.keys import RememberedCallers, find_caller
from weiji.developers.model import KEY_TIME_MAX, KEYS_MAX
from weiji.developers.scopes import KNOWN
from weiji.developers.tokens import KeyToken
from weiji.events import Actor, outbox
from weiji.identity import SEEN_EVERY, get_signed_in, start_session
from weiji.kit import clock, db
from weiji.kit.clock import CLOCK
from weiji.kit.db import Database, Transaction, statements
from weiji.kit.ids import new_id, shard_of
from weiji.kit.live import Live
from weiji.kit.sql import Statement
from weiji.web.caller import Caller, signed_in
from weiji.web.requests import WebRequest

DAY = timedelta(days=1)


def _key(person_id: UUID, **values: Any) -> CreateKey:
    fields = {
        "id": new_id(near=person_id),
        "name": "my program",
        "scopes": ("orders:read",),
        "secret_hash": bytes(32),
        "expires_at": clock.now() + DAY,
        **values,
    }
    return CreateKey(person_id=person_id, actor=Actor("person", person_id), **fields)


def _revoke(key: CreateKey, **values: Any) -> RevokeKey:
    return RevokeKey(**{"id": key.id, "person_id": key.person_id, "actor": key.actor, **values})


async def test_keys_are_made_listed_and_revoked(tx: Transaction) -> None:
    mei, lin = await make_people(tx, 2)
    one, two = _key(mei), _key(mei, scopes=("orders:read", "orders:write"))
    assert await create_keys(tx, [one, two, one]) == [
        CreateKeyStatus.CREATED,
        CreateKeyStatus.CREATED,
        CreateKeyStatus.EXISTS,
    ]
    assert await create_keys(tx, [_key(mei, id=one.id, name="other")]) == [CreateKeyStatus.ID_TAKEN]
    assert [(key.id, key.scopes) for key in await get_keys(tx, mei)] == [(two.id, two.scopes), (one.id, one.scopes)]
    assert [key.id for key in await get_keys(tx, mei, after=two.id)] == [one.id]
    assert [key.id for key in await get_keys(tx, mei, limit=1)] == [two.id]
    assert await get_keys(tx, lin) == []
    assert await revoke_keys(tx, [_revoke(one, person_id=lin), _revoke(one), _revoke(one)]) == [
        RevokeKeyStatus.NOT_FOUND,
        RevokeKeyStatus.REVOKED,
        RevokeKeyStatus.EXISTS,
    ]
    assert await revoke_keys(tx, [_revoke(one), _revoke(two, id=new_id())]) == [
        RevokeKeyStatus.EXISTS,
        RevokeKeyStatus.NOT_FOUND,
    ]
    events = [row["type"] for row in await outbox.get_events(tx, mei, 1, 100)]
    assert events == ["KeyCreated", "KeyCreated", "KeyRevoked"]


async def test_what_is_no_key_is_refused(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    refused = [
        (_key(mei, name="", scopes=()), CreateKeyStatus.NAME_MALFORMED),
        (_key(mei, name="x" * 61), CreateKeyStatus.NAME_MALFORMED),
        (_key(mei, name="a\x00"), CreateKeyStatus.NAME_MALFORMED),
        (_key(mei, scopes=()), CreateKeyStatus.SCOPES_MISSING),
        (_key(mei, scopes=("orders:read", "everything")), CreateKeyStatus.SCOPE_UNKNOWN),
        (_key(mei, expires_at=tx.now), CreateKeyStatus.EXPIRES_OUT_OF_RANGE),
        (_key(mei, expires_at=tx.now + KEY_TIME_MAX + DAY), CreateKeyStatus.EXPIRES_OUT_OF_RANGE),
    ]
    assert await create_keys(tx, [key for key, _ in refused]) == [status for _, status in refused]
    assert await get_keys(tx, mei) == []


async def test_a_person_has_so_many_keys_and_no_more(tx: Transaction) -> None:
    (mei,) = await make_people(tx, 1)
    keys = [_key(mei) for _ in range(KEYS_MAX)]
    statuses = await create_keys(tx, [*keys, _key(mei)])
    assert statuses == [CreateKeyStatus.CREATED] * KEYS_MAX + [CreateKeyStatus.EXCEEDS_LIMIT]
    await revoke_keys(tx, [_revoke(keys[0])])
    assert await create_keys(tx, [_key(mei), _key(mei)]) == [CreateKeyStatus.CREATED, CreateKeyStatus.EXCEEDS_LIMIT]


KEYS = st.tuples(st.integers(0, 3), st.integers(0, 1), st.sampled_from(["a", "b", ""]))


@SLOW
@given(st.lists(KEYS, min_size=1, max_size=8), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1)), max_size=6))
async def test_law_of_batches_for_keys(
    tx: Transaction, created: list[tuple[int, int, str]], revoked: list[tuple[int, int]]
) -> None:
    async def answers(is_batch: bool) -> list[str]:
        (mei,) = await make_people(tx, 1)
        people = [mei, new_id(near=mei)]
        ids = [new_id(near=mei) for _ in range(5)]
        creations = [
            _key(people[person], id=ids[id], name=name, expires_at=tx.now + DAY) for id, person, name in created
        ]
        revokes = [
            RevokeKey(id=ids[id], person_id=people[person], actor=Actor("person", people[person]))
            for id, person in revoked
        ]
        if is_batch:
            return [*await create_keys(tx, creations), *await revoke_keys(tx, revokes)]
        one_by_one: list[str] = []
        for creation in creations:
            one_by_one += await create_keys(tx, [creation])
        for revoke in revokes:
            one_by_one += await revoke_keys(tx, [revoke])
        return one_by_one

    async with undone(tx):
        assert await answers(is_batch=True) == await answers(is_batch=False)


@given(st.sampled_from(["live", "sandbox", "demo"]), st.uuids())
def test_the_text_of_a_key_is_read_back(mode: str, person_id: UUID) -> None:
    token = KeyToken.make(mode, person_id)
    assert KeyToken.read(token.text) == token
    assert shard_of(token.key_id) == shard_of(person_id)
    assert re.fullmatch(rf"wj_{mode}_[0-9a-f]{{32}}_[A-Za-z0-9_-]{{43}}", token.text)


@given(st.text(max_size=130))
def test_what_is_no_key_is_nothing(text: str) -> None:
    assert KeyToken.read(text) is None
    assert KeyToken.read(f"wj_live_{'0' * 32}_{text}") is None or len(text) == 43


async def _made(database: Database, *scopes: str) -> KeyToken:
    async with database.transaction() as tx:
        (mei,) = await make_people(tx, 1)
        token = KeyToken.make("sandbox", mei)
        key = _key(mei, id=token.key_id, secret_hash=token.secret_hash, scopes=scopes or ("orders:read",))
        assert await create_keys(tx, [key]) == [CreateKeyStatus.CREATED]
    return token


async def test_a_key_is_good_until_it_is_revoked_or_over(database: Database) -> None:
    revoked, expired = await _made(database), await _made(database)
    for token in (revoked, expired):
        found = await find_caller(database, token)
        assert found
        caller = found[0]
        assert (caller.key_id, caller.scopes, caller.session_id) == (token.key_id, ("orders:read",), None)
        assert await find_caller(database, KeyToken("sandbox", token.key_id, bytes(32))) is None
        assert await find_caller(database, KeyToken("sandbox", new_id(near=token.key_id), token.secret)) is None
        if token is revoked:
            async with database.transaction() as tx:
                assert caller.person_id
                actor = Actor("person", caller.person_id)
                await revoke_keys(tx, [RevokeKey(id=token.key_id, person_id=caller.person_id, actor=actor)])
            assert await find_caller(database, token) is None
    CLOCK.follow(CLOCK.offset + DAY)
    assert await find_caller(database, expired) is None


async def test_using_a_key_is_noted_every_few_minutes_in_the_one_statement(database: Database) -> None:
    token = await _made(database)

    async def used() -> Any:
        async with database.read() as reader:
            return await reader.value(Statement("test", "select used_at from developers.keys"))

    assert await used() is None
    counter = db.count_statements()
    await find_caller(database, token)
    assert counter.statements == 1
    first = await used()
    assert first
    CLOCK.follow(CLOCK.offset + SEEN_EVERY / 2)
    await find_caller(database, token)
    assert await used() == first
    CLOCK.follow(CLOCK.offset + SEEN_EVERY)
    await find_caller(database, token)
    assert await used() > first


@get("/api/v1/orders", opt={"scope": "orders:read"}, sync_to_thread=False)
def read_orders(request: WebRequest) -> dict[str, Any]:
    """Stand for a route that a key may use."""
    return {"person_id": str(request.caller.person_id), "statements": statements()}


@post("/api/v1/orders", opt={"scope": "orders:write"}, status_code=200, sync_to_thread=False)
def write_orders() -> None:
    """Stand for a route that another key may use."""


@get("/api/v1/goods", sync_to_thread=False)
def read_goods(request: WebRequest) -> bool:
    """Stand for a route that everybody may use."""
    return request.caller.is_signed_in


@get("/wallet", guards=[signed_in], sync_to_thread=False)
def show_wallet() -> None:
    """Stand for a page."""


def _with_key(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


async def _join(browser: Browser) -> None:
    body = {"id": str(new_id()), "handle": "mei", "display_name": "梅", "password": PASSWORD}
    assert (await browser.ask("POST", "/people", body)).json()["status"] == "created"
    assert (await browser.sign_in("mei", PASSWORD))["status"] == "created"


async def test_a_key_opens_what_its_scopes_say(database: Database) -> None:
    token = await _made(database)
    async with serve(database, read_orders, write_orders, read_goods, show_wallet) as browser:
        key = _with_key(token.text)
        response = await browser.ask("GET", "/orders", **key)
        assert response.status_code == 200
        assert response.json()["statements"] == 1
        refused = await browser.ask("POST", "/orders", {}, **key)
        assert refused.status_code == 403
        assert "orders:write" in refused.json()["detail"]
        # Where no scope is named a key is nobody, whatever its person may do.
        assert (await browser.ask("GET", "/goods", **key)).json() is False
        for_people = await browser.ask("GET", "/keys", **key)
        assert for_people.status_code == 401
        assert "API 密钥做不了" in for_people.json()["detail"]
        assert (await browser.ask("GET", "/allowances", **key)).status_code == 401
        assert (await browser.client.get("/wallet", headers=key)).status_code == 303


async def test_a_key_that_is_none_is_told_so(database: Database) -> None:
    token = await _made(database)
    other_mode = KeyToken("live", token.key_id, token.secret)
    wrong = KeyToken("sandbox", token.key_id, bytes(32))
    async with serve(database, read_orders) as browser:
        for text in (other_mode.text, wrong.text, "", "wj", "x" * 5_000, token.text + "x"):
            response = await browser.ask("GET", "/orders", **_with_key(text))
            assert response.status_code == 401, text
            assert response.headers["www-authenticate"].startswith("Bearer")
        assert (await browser.ask("GET", "/orders")).status_code == 401
        assert (await browser.ask("GET", "/orders", **_with_key(token.text))).status_code == 200


async def test_a_request_with_a_key_is_the_keys_and_not_the_cookies(database: Database) -> None:
    token = await _made(database)
    async with serve(database, read_orders, write_orders) as browser:
        await _join(browser)
        by_cookie = (await browser.ask("GET", "/orders")).json()["person_id"]
        by_key = (await browser.ask("GET", "/orders", **_with_key(token.text))).json()["person_id"]
        assert by_cookie != by_key
        assert (await browser.ask("POST", "/orders", {})).status_code == 200
        assert (await browser.ask("POST", "/orders", {}, **_with_key(token.text))).status_code == 403
        # What a proxy asks for is none of our business.
        assert (await browser.ask("GET", "/orders", authorization="Basic eDp4")).json()["person_id"] == by_cookie


async def test_a_person_makes_lists_and_revokes_keys(database: Database) -> None:
    async with serve(database, read_orders) as browser:
        await _join(browser)
        expires_at = (clock.now() + DAY).isoformat()
        body = {"name": "我的程序 🤖", "scopes": ["orders:read", "orders:read"], "expires_at": expires_at}
        made = (await browser.ask("POST", "/keys", body)).json()
        assert made["status"] == "created"
        (listed,) = (await browser.ask("GET", "/keys")).json()["items"]
        assert (listed["id"], listed["name"], listed["scopes"]) == (made["id"], "我的程序 🤖", ["orders:read"])
        assert "secret_hash" not in listed
        async with database.read() as reader:
            row = await reader.value(Statement("test", "select k::text from developers.keys k"))
        token = KeyToken.read(made["key"])
        assert token
        assert token.secret.hex() not in row
        assert (await browser.ask("GET", "/orders", **_with_key(made["key"]))).status_code == 200
        refused = (await browser.ask("POST", "/keys", {**body, "scopes": ["everything"]})).json()
        assert refused == {"status": "scope_unknown", "id": None, "key": None}
        assert (await browser.ask("GET", "/keys?limit=101")).status_code == 400
        another = (await browser.ask("POST", "/keys", body)).json()
        page = (await browser.ask("GET", "/keys?limit=1")).json()
        assert [key["id"] for key in page["items"]] == [another["id"]]
        page = (await browser.ask("GET", f"/keys?after={page['next']}&limit=1")).json()
        assert ([key["id"] for key in page["items"]], page["next"]) == ([made["id"]], None)
        assert (await browser.ask("POST", "/keys/revoke", [{"id": made["id"]}] * 101)).status_code == 400
        revoked = await browser.ask("POST", "/keys/revoke", [{"id": made["id"]}, {"id": str(new_id())}])
        assert revoked.json() == [{"status": "revoked"}, {"status": "not_found"}]
        assert (await browser.ask("GET", "/orders", **_with_key(made["key"]))).status_code == 401
        scopes = (await browser.ask("GET", "/keys/scopes")).json()["items"]
        assert [each["scope"] for each in scopes] == list(Scope)


def test_every_scope_is_described() -> None:
    assert DESCRIPTIONS.keys() == set(Scope)


def test_every_scope_that_a_route_asks_for_can_be_given() -> None:
    root = Path(weiji.__file__).parent
    asked = {
        scope
        for file in root.glob("*/**/*.py")
        for scope in re.findall(r'operation\(\s*"\w+",\s*"([^"]*)"', file.read_text())
    }
    assert asked == KNOWN


def test_nobody_is_remembered_by_what_was_read_before_a_change_or_while_nothing_is_heard() -> None:
    live = Live("")
    remembered = RememberedCallers(live)
    token, caller = KeyToken.make("sandbox", new_id()), Caller(person_id=new_id())
    later = clock.now() + timedelta(days=1)
    remembered.put(token, caller, remembered.tell_time(), later)
    assert remembered.get(token) is None, "changes are not heard of"
    live.is_listening = True
    since = remembered.tell_time()
    live.on_callers([str(caller.person_id)])
    remembered.put(token, caller, since, later)
    assert remembered.get(token) is None, "it was read before the change"
    remembered.put(token, caller, remembered.tell_time(), clock.now())
    assert remembered.get(token) is None, "it has expired"
    remembered.put(token, caller, remembered.tell_time(), later)
    assert remembered.get(token) == caller
    live.on_callers([str(caller.person_id)])
    assert remembered.get(token) is None


async def test_whoever_is_shut_out_has_no_session_and_no_key_and_others_keep_theirs(database: Database) -> None:
    async with database.transaction() as tx:
        one, another = await make_people(tx, 2)
        assert await create_keys(tx, [_key(one), _key(one), _key(another)]) == [CreateKeyStatus.CREATED] * 3
    for person_id in (one, one, another):
        await start_session(database, person_id, ORIGIN)
    assert await shut_out(database, one) == (2, 2)
    assert await shut_out(database, one) == (0, 0)
    async with database.read() as reader:
        assert one not in await get_signed_in(reader, 1_000)
        assert another in await get_signed_in(reader, 1_000)
        assert [key.revoked_at for key in await get_keys(reader, another)] == [None]
    assert await sign_out_everybody(database) >= 1
    async with database.read() as reader:
        assert await get_signed_in(reader, 1) == []

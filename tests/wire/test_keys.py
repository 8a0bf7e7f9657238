"""Proves that merchants and their keys are what their operations say, and that the published client works with them."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpayv3.type import RequestType
from wechatpayv3.utils import rsa_encrypt

from tests.coupons.examples import claiming, creating
from tests.wire.test_gate import ask
from tests.wire.test_trade import make, pay
from tests.wire.world import API_KEY, APPID, KEY, World, make_merchant, open_shop, receiving
from weiji.coupons import CampaignVerb, MoveCampaign, claim_coupons, create_campaigns, move_campaigns
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import new_id, shard_of
from weiji.kit.live import Live
from weiji.wire import wire_of
from weiji.wire.keys import (
    AddCertificate,
    ChoosePlatformKey,
    EndCertificate,
    NoteCertificateUser,
    OpenMerchant,
    SetApiKey,
    add_certificates,
    choose_platform_keys,
    client_of,
    end_certificates,
    get_merchants,
    note_certificate_users,
    open_merchants,
    set_api_keys,
)
from weiji.wire.keys.authority import KeyKind
from weiji.wire.keys.keyring import READ_EVERY, RENEW_BEFORE, Keyring, Ring
from weiji.wire.keys.model import EndPlatformKeyStatus, Merchant
from weiji.wire.keys.operations import draw_mchid
from weiji.wire.keys.rules import Keys, Opening, judge_openings
from weiji.wire.listeners import PutListener, Topic, Wish, put_listeners
from weiji.wire.sealing import make_nonce, open_field


async def test_the_published_client_takes_our_certificates_and_our_public_key(world: World) -> None:
    for is_key_mode in (True, False):
        client = await asyncio.to_thread(world.client, is_key_mode=is_key_mode)
        code, text = await asyncio.to_thread(client._core.request, "/v3/certificates")
        assert code == 200
        (entry,) = msgspec.json.decode(text)["data"]
        assert entry["encrypt_certificate"]["associated_data"] == "certificate"
        body = {"echo_message": "你好", "encrypted_message": client._core.encrypt("秘密")}
        code, text = await asyncio.to_thread(
            lambda body=body, client=client: client._core.request(
                "/v3/security/echo", method=RequestType.POST, data=body, cipher_data=True
            )
        )
        assert code == 200, text
        said = msgspec.json.decode(text)
        assert said["echo_message"] == "你好"
        assert client.decrypt(said["encrypted_message"]) == "秘密"


async def test_a_self_test_sends_a_notice_that_the_client_opens(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    async with receiving((500, b""), (200, b'{"code":"ERROR"}')) as (url, heard):
        answer = await ask(world, body=msgspec.json.encode({"echo_message": "told", "notify_url": url}))
        assert answer.status_code == 200
        await world.told()
        # 500, then a 200 that says ERROR: both are failures, and the schedule goes on.
        for _ in range(2):
            await _turn(world, seconds=16)
            await world.told()
    assert len(heard) == 3
    for headers, body in heard:
        found = await asyncio.to_thread(client.callback, headers, body)
        assert found["event_type"] == "SECURITY.ECHO"
        assert found["id"] == answer.json()["notice_id"]
        assert found["resource"]["echo_message"] == "told"
        assert headers["Weiji-Mchid"] == world.merchant.mchid
    assert [headers["Weiji-Attempt"] for headers, _ in heard] == ["1", "2", "3"]
    assert len({headers["Wechatpay-Nonce"] for headers, _ in heard}) == 3


async def _turn(world: World, seconds: int) -> None:
    """Let time pass for what waits, without turning the clock that others share."""
    async with world.program.database.transaction() as tx:
        await tx.connection.execute(
            "update webhooks.messages set next_at = next_at - $1::interval where next_at is not null",
            timedelta(seconds=seconds),
        )


async def test_a_certificate_that_was_ended_is_good_until_then(world: World) -> None:
    shop_id = await open_shop(world.site, "另一家店")
    account = await make_merchant(world.site, shop_id)
    directory = wire_of(world.program.database).directory
    batcher = world.program.batchers.of(end_certificates, "shop_id")

    def ending(after: timedelta) -> EndCertificate:
        return EndCertificate(shop_id=shop_id, serial=account.serial, ends_at=clock.wall() + after, actor=BY_SYSTEM)

    assert await batcher.submit(ending(timedelta(days=31))) == "exceeds_overlap"
    assert await batcher.submit(ending(timedelta(hours=1))) == "ended"
    directory.forget(account.mchid)
    party = await directory.find(account.mchid)
    assert party
    assert party.key_of(account.serial, clock.wall())
    assert party.key_of(account.serial, clock.wall() + timedelta(hours=2)) is None
    assert await batcher.submit(ending(timedelta(hours=2))) == "exists"
    assert await batcher.submit(ending(timedelta())) == "ended"
    directory.forget(account.mchid)
    party = await directory.find(account.mchid)
    assert party
    assert party.key_of(account.serial, clock.wall()) is None
    refused = (await ask(world, mchid=account.mchid, serial_no=account.serial)).json()
    assert f"{account.mchid} 的这张证书在" in refused["message"]


async def test_a_merchant_chooses_which_key_signs_and_goes_back(world: World) -> None:
    wire = wire_of(world.program.database)
    ring = await wire.keyring.ring()
    (public,) = (key for key in ring.keys if key.kind == "public_key")
    batcher = world.program.batchers.of(choose_platform_keys, "shop_id")
    await ask(world, method="GET", path="/v3/certificates", body=b"")
    for wanted, is_known, status in (
        ("none", False, "platform_key_not_found"),
        (public.id, True, "chosen"),
        (public.id, True, "exists"),
        (None, False, "chosen"),
    ):
        command = ChoosePlatformKey(
            shop_id=world.merchant.shop_id, platform_key_id=wanted, is_known=is_known, actor=BY_SYSTEM
        )
        assert await batcher.submit(command) == status
        if status == "chosen":
            wire.directory.forget(world.merchant.mchid)
            answer = await ask(world)
            expected = wanted or ring.certificates(clock.wall())[0].id
            assert answer.headers["wechatpay-serial"] == expected


async def test_a_new_platform_certificate_is_listed_before_it_signs(own_world: World) -> None:
    wire = wire_of(own_world.program.database)
    keyring = wire.keyring
    before = (await keyring.ring()).certificates(clock.wall())[0]
    at_work = await asyncio.to_thread(own_world.client, is_key_mode=False)
    made = await keyring.renew(BY_SYSTEM)
    ring = await keyring.ring()
    wall = clock.wall()
    assert {key.id for key in ring.certificates(wall)} == {before.id, made.id}
    assert ring.choose(None, None, wall).id == before.id
    assert ring.choose(made.id, None, wall).id == made.id
    assert ring.choose(None, merchant_of(platform_key_id=made.id), wall).id == made.id
    assert ring.choose(None, None, wall + timedelta(hours=25)).id == made.id
    client = await asyncio.to_thread(own_world.client, is_key_mode=False)
    assert len(client._core._certificates) == 2
    # Who began before and goes over now meets a key that it never saw, and goes on: in answers, and in notices.
    choice = ChoosePlatformKey(
        shop_id=own_world.merchant.shop_id, platform_key_id=made.id, is_known=True, actor=BY_SYSTEM
    )
    assert await own_world.program.batchers.of(choose_platform_keys, "shop_id").submit(choice) == "chosen"
    wire.directory.forget(own_world.merchant.mchid)
    assert len(at_work._core._certificates) == 1
    async with receiving() as (url, heard):
        _, ticket = await make(at_work, notify_url=url)
        assert len(at_work._core._certificates) == 2
        await pay(own_world, ticket)
        await own_world.told()
        assert heard[0][0]["Weiji-Key"] == made.id
        assert await asyncio.to_thread(at_work.callback, *heard[0])
    # Ended, a key signs nothing more, whoever chose it; of the last another is made, which clients fetch and go on by.
    public = (await keyring.ring()).public_key(clock.wall())
    assert await keyring.end("0" * 40, BY_SYSTEM) == "key_not_found"
    assert await keyring.end(ring.authority.id, BY_SYSTEM) == "key_not_found"
    for id, left in ((made.id, 1), (before.id, 1), (public.id, 1)):
        assert await keyring.end(id, BY_SYSTEM) == "ended"
        assert await keyring.end(id, BY_SYSTEM) == "exists"
        ring = await keyring.ring()
        assert ring.find(id, clock.wall()) is None
        assert len(ring.certificates(clock.wall())) == left
        assert (await make(at_work))[1]
        assert id not in {key.id for key in ring.signing(clock.wall())}
    assert ring.public_key(clock.wall()).id != public.id
    (last,) = ring.certificates(clock.wall())
    assert last.id not in (made.id, before.id)
    listed = await ask(own_world, method="GET", path="/v3/certificates", body=b"")
    assert [one["serial_no"] for one in listed.json()["data"]] == [last.id]
    # Who installed the public key by hand believes nothing until the new one is.
    assert listed.headers["wechatpay-serial"] == last.id
    both = [keyring.end(last.id, BY_SYSTEM), keyring.end((await keyring.renew(BY_SYSTEM)).id, BY_SYSTEM)]
    assert await asyncio.gather(*both) == ["ended", "ended"]
    assert len((await keyring.ring()).certificates(clock.wall())) == 1


async def test_an_api_key_is_sealed_and_shown_nowhere(world: World) -> None:
    async with world.program.database.read() as reader:
        rows = await reader.connection.fetch("select api_key_sealed from wire.merchants")
    sealed = [row["api_key_sealed"] for row in rows if row["api_key_sealed"]]
    assert sealed
    assert not any(API_KEY.encode() in each for each in sealed)
    batcher = world.program.batchers.of(set_api_keys, "shop_id")
    for key, status in (("short", "api_key_invalid"), ("é" * 32, "api_key_invalid"), (API_KEY, "set")):
        command = SetApiKey(shop_id=world.merchant.shop_id, api_key=key, actor=BY_SYSTEM)
        assert await batcher.submit(command) == status
    command = SetApiKey(shop_id=new_id(), api_key=API_KEY, actor=BY_SYSTEM)
    assert await batcher.submit(command) == "merchant_not_found"


async def test_a_shop_has_one_number_however_many_ask(world: World) -> None:
    shop_id = await open_shop(world.site, "第三家店")
    commands = [OpenMerchant(shop_id=shop_id, mchid=draw_mchid(shop_id), actor=BY_SYSTEM) for _ in range(8)]
    batcher = world.program.batchers.of(open_merchants, "shop_id")
    results = await asyncio.gather(*(batcher.submit(command) for command in commands))
    assert len({result.mchid for result in results}) == 1
    assert sorted(result.status for result in results) == ["created", *["exists"] * 7]
    assert int(results[0].mchid or 0) % 64 == shard_of(shop_id)
    strange = OpenMerchant(shop_id=new_id(), mchid="1000000000", actor=BY_SYSTEM)
    assert (await batcher.submit(strange)).status == "shop_not_found"


SHOPS = [new_id() for _ in range(3)]
NUMBERS = ["1000000000", "1000000001"]
openings = st.builds(
    OpenMerchant, shop_id=st.sampled_from(SHOPS), mchid=st.sampled_from(NUMBERS), actor=st.just(BY_SYSTEM)
)


@given(st.lists(openings, max_size=8))
def test_law_of_batches_for_openings(commands: list[OpenMerchant]) -> None:
    def state() -> Opening:
        return Opening(shops=frozenset(SHOPS[:2]), merchants={}, taken=set())

    together, alone = state(), state()
    assert judge_openings(together, commands) == [judge_openings(alone, [each])[0] for each in commands]


def merchant_of(**given: Any) -> Merchant:
    made = Merchant(
        mchid=NUMBERS[0],
        shop_id=SHOPS[0],
        api_key_sealed=None,
        api_key_set_at=None,
        platform_key_id=None,
        created_at=clock.now(),
    )
    return msgspec.structs.replace(made, **given)


@pytest.mark.parametrize(
    ("agent", "name"), [("WechatPay-Go/0.2 (linux)", "WechatPay-Go"), ("", "-"), ("/1", "-"), ("a" * 99, "a" * 40)]
)
def test_a_program_is_known_by_its_first_word(agent: str, name: str) -> None:
    assert client_of(agent) == name


notes = st.builds(
    NoteCertificateUser, shop_id=st.sampled_from(SHOPS), client=st.sampled_from([f"c{n}" for n in range(22)])
)


@given(st.lists(notes, max_size=60))
def test_law_of_batches_for_notes_of_who_uses_certificates(commands: list[NoteCertificateUser]) -> None:
    state = Keys({shop_id: merchant_of(shop_id=shop_id) for shop_id in SHOPS[:2]}, {})
    known: dict[UUID, list[str]] = {shop_id: [] for shop_id in SHOPS[:2]}
    for command in commands:
        before, status = known.get(command.shop_id), state.note_user(command)
        if before is None:
            assert status == "merchant_not_found"
        elif command.client in before:
            assert status == "exists"
        elif len(before) == 20:
            assert status == "exceeds_limit"
        else:
            assert status == "noted"
            before.append(command.client)
    assert {shop_id: list(state.merchants[shop_id].certificate_clients) for shop_id in known} == known
    assert all(state.merchants[shop_id].uses_certificates == bool(clients) for shop_id, clients in known.items())


def test_of_a_merchant_of_before_every_program_goes_on_with_certificates_whichever_asks_again() -> None:
    keys = Keys({SHOPS[0]: merchant_of(uses_certificates=True)}, {})
    assert keys.note_user(NoteCertificateUser(shop_id=SHOPS[0], client="one")) == "exists"
    assert keys.merchants[SHOPS[0]].checks_with_certificates("other")


async def test_who_never_asked_for_certificates_gets_signatures_of_the_public_key(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "新来的店"))
    (public,) = (key for key in (await wire_of(world.program.database).keyring.ring()).keys if key.kind == "public_key")
    asking = {"mchid": account.mchid, "serial_no": account.serial}
    assert (await ask(world, **asking)).headers["wechatpay-serial"] == public.id
    command = NoteCertificateUser(shop_id=account.shop_id, client="python-httpx")
    noting = world.program.batchers.of(note_certificate_users, "shop_id")
    assert await noting.submit(NoteCertificateUser(shop_id=new_id(), client="x")) == "merchant_not_found"
    # Whose program fetches them checks with them: from its first call on, and however many of its threads fetch.
    listing = {"method": "GET", "path": "/v3/certificates", "body": b""}
    for answer in await asyncio.gather(*(ask(world, **asking, **listing) for _ in range(4))):
        assert answer.headers["wechatpay-serial"] == answer.json()["data"][0]["serial_no"]
    assert (await ask(world, **asking)).headers["wechatpay-serial"] != public.id
    assert await noting.submit(command) == "exists"


async def test_one_call_for_certificates_changes_nothing_for_a_program_at_work(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "用公钥的店", owner_id=world.site.seller_id))
    (public,) = (key for key in (await wire_of(world.program.database).keyring.ring()).keys if key.kind == "public_key")
    asking = {"mchid": account.mchid, "serial_no": account.serial}
    working, other = {"user-agent": "quiet/1.2 http/3"}, {"user-agent": "curl/8"}
    order = {"appid": APPID, "mchid": account.mchid, "description": "茶", "amount": {"total": 100}}
    async with receiving() as (url, heard):

        async def sell(headers: dict[str, str]) -> tuple[str, str]:
            """Sell something, naming no key; tell which one signed the answer, and which the notice."""
            body = msgspec.json.encode({**order, "out_trade_no": make_nonce(), "notify_url": url})
            path = "/v3/pay/transactions/native"
            made = await ask(world, path=path, body=body, headers=headers, **asking)
            assert made.status_code == 200, made.text
            await pay(world, made.json()["code_url"].rpartition("/")[2])
            await world.told()
            return made.headers["wechatpay-serial"], heard[-1][0]["Weiji-Key"]

        assert await sell(working) == (public.id, public.id)
        listed = await ask(world, method="GET", path="/v3/certificates", body=b"", headers=other, **asking)
        certificate = listed.headers["wechatpay-serial"]
        assert certificate != public.id
        assert await sell(working) == (public.id, public.id)
        assert await sell(other) == (certificate, certificate)
        assert await sell({"user-agent": "new/1"}) == (public.id, public.id)
    async with world.program.database.read() as reader:
        (merchant,) = (await get_merchants(reader, [account.mchid])).values()
    assert (merchant.uses_certificates, merchant.certificate_clients) == (True, ("curl",))
    async with world.site.browser(f"s{world.site.seller_id.hex[-8:]}") as browser:
        await browser.visit(f"/merchant/{account.shop_id}/open-payments")
        assert "curl" in browser.text


async def test_what_no_call_began_is_signed_for_the_program_that_asked_to_be_told(world: World) -> None:
    account = await make_merchant(world.site, await open_shop(world.site, "两个程序的店"))
    wire, shop_id, person_id = wire_of(world.program.database), account.shop_id, new_id()
    (public,) = (key for key in (await wire.keyring.ring()).keys if key.kind == "public_key")
    asking = {"mchid": account.mchid, "serial_no": account.serial}
    working, other = {"user-agent": "quiet/1.2"}, {"user-agent": "curl/8"}
    listing = {"method": "GET", "path": "/v3/certificates", "body": b""}
    certificate = (await ask(world, headers=other, **listing, **asking)).headers["wechatpay-serial"]
    assert certificate != public.id
    campaign = creating(shop_id, id=new_id(shop_id), quantity=9, per_person=9)
    async with world.program.database.transaction() as tx:
        await create_campaigns(tx, [campaign])
        move = MoveCampaign(id=campaign.id, shop_id=shop_id, verb=CampaignVerb.START, actor=BY_SYSTEM)
        assert await move_campaigns(tx, [move]) == ["done"]
    async with receiving() as (url, heard):

        async def signs() -> str:
            """Have somebody get a coupon; tell which key signed the notice of it."""
            claims = [claiming(campaign.id, person_id)]
            said = await world.program.batchers.of(claim_coupons, "campaign_id").submit_all(claims)
            assert [each.status for each in said] == ["claimed"]
            await world.told()
            return str(heard[-1][0]["Weiji-Key"])

        async def listen(headers: dict[str, str]) -> None:
            body = msgspec.json.encode({"notify_url": url})
            path = "/v3/marketing/busifavor/callbacks"
            assert (await ask(world, path=path, body=body, headers=headers, **asking)).status_code == 200

        await listen(working)
        assert await signs() == public.id
        # Said again on a page it is the same address, and the same program there.
        put = PutListener(
            mchid=account.mchid, topic=Topic.COUPONS_SENT, shop_id=shop_id, wish=Wish.PUT, url=url, actor=BY_SYSTEM
        )
        await world.program.batchers.of(put_listeners, "shop_id").submit(put)
        assert await signs() == public.id
        await listen(other)
        assert await signs() == certificate
        await listen({**other, "wechatpay-serial": public.id})
        assert await signs() == public.id
        # A merchant that chose a key has chosen it for these.
        choice = ChoosePlatformKey(shop_id=shop_id, platform_key_id=certificate, is_known=True, actor=BY_SYSTEM)
        assert await world.program.batchers.of(choose_platform_keys, "shop_id").submit(choice) == "chosen"
        wire.directory.forget(account.mchid)
        assert await signs() == certificate


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 61])
async def test_a_certificate_has_a_name(name: str) -> None:
    keys = Keys({SHOPS[0]: merchant_of()}, {})
    now = clock.now()

    def adding(serial: int, name: str) -> AddCertificate:
        return AddCertificate(
            shop_id=SHOPS[0],
            serial=f"{serial:X}",
            name=name,
            pem="x",
            expires_at=now + timedelta(days=1),
            actor=BY_SYSTEM,
        )

    assert keys.add(adding(1, name), now, now) == "name_invalid"
    statuses = [keys.add(adding(number, "好"), now, now) for number in range(21)]
    assert statuses == ["created"] * 20 + ["exceeds_limit"]
    assert keys.add(adding(3, "好"), now, now) == "exists"


def test_what_is_sealed_for_us_is_what_clients_seal() -> None:
    sealed = rsa_encrypt("张三", KEY.public_key())
    assert open_field(KEY, sealed) == "张三"


async def test_adding_certificates_twice_changes_nothing(tx: Transaction) -> None:
    command = AddCertificate(
        shop_id=new_id(), serial="1" * 40, name="a", pem="x", expires_at=clock.now(), actor=BY_SYSTEM
    )
    assert await add_certificates(tx, [command, command]) == ["merchant_not_found"] * 2


async def test_the_platforms_certificate_is_renewed_before_it_expires_and_both_are_good_meanwhile(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = wire_of(own_world.program.database).keyring
    (before, *_) = [key for key in await keyring.list() if key.kind is KeyKind.CERTIFICATE]
    assert await keyring.renew_due() == 0
    wall = clock.wall()
    monkeypatch.setattr(clock, "wall", lambda: max(before.expires_at - RENEW_BEFORE, wall) + timedelta(days=1))
    assert await keyring.renew_due() == 1
    newest = max(await keyring.list(), key=lambda key: (key.kind is KeyKind.CERTIFICATE, key.expires_at))
    assert await keyring.end(newest.id, Actor("staff", new_id())) is EndPlatformKeyStatus.ENDED
    assert await keyring.renew_due() == 1, "an ended one is no successor"
    assert await keyring.renew_due() == 0, "the new one is good for years"
    assert len((await keyring.ring()).certificates(clock.wall())) >= 2
    monkeypatch.setattr(clock, "wall", lambda: before.expires_at + timedelta(days=1))
    assert before.id not in {key.id for key in (await keyring.ring()).certificates(clock.wall())}


async def test_another_process_is_told_that_a_key_was_ended(own_world: World) -> None:
    program = own_world.program
    live, elsewhere = Live(program.live.url), Keyring(program.database)
    async with asyncio.TaskGroup() as group, asyncio.timeout(READ_EVERY / 2):
        tasks = [group.create_task(elsewhere.follow(live)), group.create_task(live.run())]
        with live.watch() as watch:
            await watch.changed.wait()
            await asyncio.sleep(0.1)  # Whoever begins to listen reads anew: that is no news of the end.
            watch.changed.clear()
            known = (await elsewhere.ring()).public_key(clock.wall())
            assert await wire_of(program.database).keyring.end(known.id, BY_SYSTEM) is EndPlatformKeyStatus.ENDED
            await watch.changed.wait()
            await asyncio.sleep(0.1)
        assert (await elsewhere.ring()).find(known.id, clock.wall()) is None
        for task in tasks:
            task.cancel()


async def test_while_the_database_is_away_the_known_keys_sign(
    own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = Keyring(own_world.program.database)
    known = await keyring.ring()
    await keyring._forget()

    async def fail() -> Ring:
        raise ConnectionRefusedError

    monkeypatch.setattr(keyring, "_read", fail)
    assert await keyring.ring() is known
    monkeypatch.undo()
    await keyring._forget()
    assert await keyring.ring() is not known


async def test_an_installation_without_merchants_has_no_keys_to_renew(database: Database) -> None:
    keyring = Keyring(database)
    assert await keyring.list() == ()
    assert await keyring.renew_due() == 0


async def test_a_key_is_chosen_from_later_on_and_until_then_the_one_before_signs(own_world: World) -> None:
    wire, account = wire_of(own_world.program.database), own_world.merchant
    first = (await wire.keyring.ring()).public_key(clock.wall())
    made = [await wire.keyring.renew(BY_SYSTEM, KeyKind.PUBLIC_KEY) for _ in range(2)]
    wall = clock.wall()

    async def choose(id: str | None, days: float = 0) -> str:
        command = ChoosePlatformKey(
            shop_id=account.shop_id,
            platform_key_id=id,
            is_known=id is not None,
            actor=BY_SYSTEM,
            begins_at=wall + timedelta(days=days) if days else None,
        )
        status = await own_world.program.batchers.of(choose_platform_keys, "shop_id").submit(command)
        wire.directory.forget(account.mchid)
        return str(status)

    async def signs(days: float = 0) -> str:
        party = await wire.directory.find(account.mchid)
        assert party
        return (await wire.keyring.ring()).choose(None, party.merchant, wall + timedelta(days=days)).id

    assert await choose(made[0].id, 31) == "exceeds_overlap"
    assert await choose(made[0].id, 7) == "chosen"
    assert [await signs(days) for days in (0, 6.9, 7)] == [first.id, first.id, made[0].id]
    assert (await ask(own_world)).headers["wechatpay-serial"] == first.id
    # Asked again, or for later, it is as it was; sooner, or another, it is that.
    assert [await choose(made[0].id, days) for days in (7, 8, 3)] == ["exists", "exists", "chosen"]
    assert [await signs(days) for days in (2.9, 3)] == [first.id, made[0].id]
    assert await choose(made[0].id) == "chosen"
    assert (await ask(own_world)).headers["wechatpay-serial"] == made[0].id
    assert await choose(made[1].id, 1) == "chosen"
    assert await choose(None, 2) == "chosen", "what was to come, and does not count yet, never does"
    assert [await signs(days) for days in (0, 1.5, 2)] == [made[0].id, made[0].id, first.id]
    # Back at once: nothing is to come any more.
    assert await choose(made[0].id) == "chosen"
    assert [await signs(days) for days in (0, 2)] == [made[0].id, made[0].id]


@given(st.lists(st.tuples(st.sampled_from([None, "a", "b", "c"]), st.integers(0, 40)), max_size=8))
def test_nothing_that_signs_changes_before_it_was_said_to(wished: list[tuple[str | None, int]]) -> None:
    wall = clock.wall()
    keys = Keys({SHOPS[0]: merchant_of()}, {})
    for id, days in wished:
        begins_at = wall + timedelta(days=days) if days else None
        command = ChoosePlatformKey(
            shop_id=SHOPS[0], platform_key_id=id, is_known=id is not None, actor=BY_SYSTEM, begins_at=begins_at
        )
        now, last = keys.merchants[SHOPS[0]].choice(wall), keys.merchants[SHOPS[0]]
        status = keys.choose(command, wall)
        after = keys.merchants[SHOPS[0]]
        assert (status == "exceeds_overlap") == (days > 30)
        if status != "chosen":
            assert after == last
            continue
        assert after.choice(wall + timedelta(days=days)) == id
        assert not days or after.choice(wall + timedelta(days=days) - timedelta(seconds=1)) == now

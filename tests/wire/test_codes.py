"""Proves that a payment code pays one order, once, with the payer's password; and that no one finds one by guessing."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpayv3 import WeChatPayType
from wechatpayv3.type import RequestType

from tests.pages.site import PAYMENT_PASSWORD
from tests.wire.test_trade import balance, call, name_partner, number
from tests.wire.voices import Options, alike
from tests.wire.world import APPID, World, make_merchant, open_shop, receiving
from weiji.events import BY_SYSTEM
from weiji.identity import count_by_digits
from weiji.kit import clock
from weiji.kit.db import Database
from weiji.kit.ids import SHARDS, new_id, shard_of
from weiji.ledger import chart
from weiji.wire.calls import payment_codes
from weiji.wire.codes import AMOUNT_MAX, LASTS, IssueCode, TakeCode, digest_of, draw_code, issue_codes, shard_of_code
from weiji.wire.codes.drawing import draw_bars
from weiji.wire.codes.model import PaymentCode, near_code
from weiji.wire.codes.rules import judge_issue, judge_take

SCENE = {"payer_client_ip": "127.0.0.1", "device_id": "1"}


def scanned(code: str, **given: Any) -> Options:
    return Options(pay_type=WeChatPayType.CODEPAY, payer={"auth_code": code}, scene_info=SCENE, **given)


async def shown(world: World, handle: str) -> tuple[str, str]:
    """Have somebody shown a code by the page; give the code and the page that tells what came of it."""
    async with world.site.browser(handle) as browser:
        assert "输入支付密码" in await browser.visit("/wallet/code")
        await browser.send("/wallet/code", payment_password="000000")
        assert browser.status == 422
        page = await browser.send("/wallet/code", payment_password=PAYMENT_PASSWORD)
        assert browser.status == 200
        code = re.search(r'wire-digits">(\d{6} \d{6} \d{6})<', page)
        piece = re.search(r'hx-get="([^"]+)"', page)
        assert code
        assert piece
        return code[1].replace(" ", ""), piece[1].replace("&#x2f;", "/")


async def test_a_code_pays_one_order_at_once_and_tells_its_payer(world: World) -> None:
    person_id = await world.site.person("scanned", "小鱼", money=5_000)
    shop = chart.merchant_pending(world.merchant.shop_id)
    before = await balance(world, shop)
    code, piece = await shown(world, "scanned")
    assert shard_of_code(code) == shard_of(person_id)
    out_trade_no = number()
    async with receiving() as (url, heard):
        # Every form of the client, again and again: one payment, and the same answer.
        (said,) = await alike(world, ("pay", "一杯茶", out_trade_no, {"total": 800}, scanned(code, notify_url=url)))
        assert (said["trade_state"], said["trade_type"]) == ("SUCCESS", "MICROPAY")
        assert (await balance(world, chart.wallet(person_id)), await balance(world, shop) - before) == (4_200, 800)
        await world.told()
        del heard[:]
    assert await balance(world, shop) - before == 800
    (found,) = await alike(world, ("query", Options(out_trade_no=out_trade_no)))
    assert found == said
    client = await asyncio.to_thread(world.client)
    code_word = await refused(client, code)
    assert code_word == "AUTH_CODE_USED"
    async with world.site.browser("scanned") as browser:
        assert "付了 ¥8.00" in await browser.visit(piece)
        assert browser.statements <= 3
    await world.site.person("curious", "某人")
    async with world.site.browser("curious") as browser:
        await browser.visit(piece)
        assert browser.status == 404
    # Taken back: the payer has it again, once.
    await alike(world, ("codepay_reverse", out_trade_no), code=204)
    await world.told()
    assert await balance(world, chart.wallet(person_id)) == 5_000
    assert await balance(world, shop) == before


async def test_a_notice_is_chinese_whoever_set_it_off(world: World) -> None:
    await world.site.person("overheard", "小鱼", money=1_000)
    code, _ = await shown(world, "overheard")
    client = await asyncio.to_thread(world.client)
    order = {"appid": APPID, "mchid": world.merchant.mchid, "out_trade_no": number(), "description": "一杯茶"}
    async with receiving() as (url, heard):
        data = {**order, "amount": {"total": 800}, "payer": {"auth_code": code}, "scene_info": SCENE, "notify_url": url}
        given = {"method": RequestType.POST, "data": data, "headers": {"accept-language": "en"}}
        _, said = await call(client._core.request, "/v3/pay/transactions/codepay", **given)
        await world.told()
        (told,) = heard
    found = await asyncio.to_thread(client.callback, *told)
    assert (said["trade_state_desc"], found["resource"]["trade_state_desc"]) == ("Paid", "支付成功")


async def refused(client: Any, code: str, total: int = 1) -> str:
    status, said = await call(client.pay, "茶", number(), {"total": total}, **scanned(code))
    assert status == 400, said
    return str(said["code"])


async def test_codes_let_no_more_go_on_a_day_than_six_digits_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person_id = await world.site.person("codes_all_day", "小鱼", money=5_000)
    client = await asyncio.to_thread(world.client)

    async def count(database: Database, person_id: UUID, asked: Any, _: int) -> list[int | None]:
        return await count_by_digits(database, person_id, asked, 1_500)

    monkeypatch.setattr(payment_codes, "count_by_digits", count)
    for spent, state in ((1_000, "SUCCESS"), (1_000, "USERPAYING"), (500, "SUCCESS")):
        code, _ = await shown(world, "codes_all_day")
        out_trade_no = number()
        for _ in range(2):
            _, said = await call(client.pay, "一杯茶", out_trade_no, {"total": spent}, **scanned(code))
            assert said["trade_state"] == state, "asking again counts nothing anew"
    assert await balance(world, chart.wallet(person_id)) == 3_500


async def test_what_is_large_waits_for_the_payer_at_the_cashier(world: World) -> None:
    person_id = await world.site.person("large", "阿明", money=AMOUNT_MAX + 1_000)
    client = await asyncio.to_thread(world.client)
    code, piece = await shown(world, "large")
    out_trade_no = number()
    total = {"total": AMOUNT_MAX + 1}
    status, said = await call(client.pay, "一桌菜", out_trade_no, total, **scanned(code))
    assert (status, said["code"], said["trade_state"]) == (202, "USERPAYING", "USERPAYING")
    assert await balance(world, chart.wallet(person_id)) == AMOUNT_MAX + 1_000
    async with world.site.browser("large") as browser:
        page = await browser.visit(piece)
        way = re.search(r'href="([^"]*pay&#x2f;wj[^"]+)"', page)
        assert way, page
        ticket = way[1].replace("&#x2f;", "/")
        await browser.visit(ticket)
        await browser.send(ticket, channel="balance", payment_password=PAYMENT_PASSWORD)
    await world.told()
    _, said = await call(client.query, out_trade_no=out_trade_no)
    assert said["trade_state"] == "SUCCESS"
    # One that nobody confirms is taken back, and pays nothing any more.
    code, piece = await shown(world, "large")
    out_trade_no = number()
    assert (await call(client.pay, "一桌菜", out_trade_no, total, **scanned(code)))[0] == 202
    assert (await call(client.codepay_reverse, out_trade_no))[0] == 204
    _, said = await call(client.query, out_trade_no=out_trade_no)
    assert said["trade_state"] == "REVOKED"
    async with world.site.browser("large") as browser:
        assert "收回了" in await browser.visit(piece)
    assert (await call(client.codepay_reverse, "never"))[0] == 404
    other = number()
    assert (await call(client.pay, "茶", other, {"total": 1}))[0] == 200
    assert (await call(client.codepay_reverse, other))[0] == 400


async def test_no_number_that_a_program_gives_keeps_an_order_from_being_taken_back(world: World) -> None:
    await world.site.person("taken_back", "阿明", money=1_000)
    client = await asyncio.to_thread(world.client)
    paid = []
    for _ in range(2):
        code, _ = await shown(world, "taken_back")
        paid.append(number())
        status, said = await call(client.pay, "茶", paid[-1], {"total": 100}, **scanned(code))
        assert (status, said["trade_state"]) == (200, "SUCCESS")
    first, second = paid

    async def refund(its: str, amount: int, out_trade_no: str) -> int:
        amounts = {"refund": amount, "total": 100, "currency": "CNY"}
        code: int = (await call(client.refund, its, amounts, out_trade_no=out_trade_no))[0]
        return code

    assert await refund(f"reverse.{first}", 40, first) == 400, "that is ours"
    assert await refund(f"reverse-{first}", 40, second) == 200
    assert (await call(client.codepay_reverse, first))[0] == 204
    # What went back whole is taken back; of what went back in part the rest is refunded.
    assert (await call(client.codepay_reverse, second))[0] == 400
    assert await refund(f"rest{second}", 60, second) == 200
    assert (await call(client.codepay_reverse, second))[0] == 204


async def test_a_wallet_with_too_little_pays_nothing_and_another_code_may(world: World) -> None:
    poor, rich = await world.site.person("poor", "某人", money=10), await world.site.person("rich", "富人", money=1_000)
    client = await asyncio.to_thread(world.client)
    out_trade_no = number()
    for handle, expected in (("poor", 403), ("rich", 200)):
        code, _ = await shown(world, handle)
        status, said = await call(client.pay, "茶", out_trade_no, {"total": 500}, **scanned(code))
        assert status == expected, said
    assert (await balance(world, chart.wallet(poor)), await balance(world, chart.wallet(rich))) == (10, 500)
    # For another merchant, by its service provider.
    provider = await make_merchant(world.site, await open_shop(world.site, "扫码的服务商"))
    await name_partner(world, world.merchant, provider.mchid)
    for_others = await asyncio.to_thread(world.client, provider, partner_mode=True)
    code, _ = await shown(world, "rich")
    out_trade_no, of_sub = number(), {"sub_mchid": world.merchant.mchid}
    status, said = await call(for_others.pay, "茶", out_trade_no, {"total": 100}, **scanned(code), **of_sub)
    assert (status, said["sp_mchid"], said["trade_state"]) == (200, provider.mchid, "SUCCESS")
    assert (await call(for_others.codepay_reverse, out_trade_no, **of_sub))[0] == 204
    await name_partner(world, world.merchant)


async def test_two_tills_that_scan_one_code_at_once_get_one_payment(world: World) -> None:
    person_id = await world.site.person("twice", "小鱼", money=1_000)
    client = await asyncio.to_thread(world.client)
    code, _ = await shown(world, "twice")
    answers = await asyncio.gather(
        *(call(client.pay, "茶", number(), {"total": 400}, **scanned(code)) for _ in range(4))
    )
    assert sorted(status for status, _ in answers) == [200, 400, 400, 400], answers
    assert await balance(world, chart.wallet(person_id)) == 600


async def test_who_guesses_has_to_wait(world: World) -> None:
    client = await asyncio.to_thread(world.client)
    codes = ["1399" + "0" * 14, "28" + "0" * 16, "x", *(draw_code(new_id()) for _ in range(7))]
    words = [await refused(client, code) for code in codes]
    assert set(words) == {"AUTH_CODE_INVALID"}
    person_id = await world.site.person("unlucky", "某人", money=100)
    code = draw_code(person_id)
    issuing = IssueCode(id=new_id(person_id), person_id=person_id, digest=digest_of(code), actor=BY_SYSTEM)
    batcher = world.program.batchers.of(issue_codes, "person_id")
    assert [await batcher.submit(issuing) for _ in range(2)] == ["created", "id_taken"]
    status, said = await call(client.pay, "茶", number(), {"total": 1}, **scanned(code))
    assert (status, said["code"]) == (429, "FREQUENCY_LIMITED")
    assert await balance(world, chart.wallet(person_id)) == 100


def test_bars_are_those_of_code_128() -> None:
    widths = [int(each) for each in re.findall(r"h(\d+)v", draw_bars("130000000000000000"))]
    # Start C is 2 1 1 2 3 2, stop is 2 3 3 1 1 1 2: of them the bars.
    assert widths[:3] == [2, 1, 3]
    assert widths[-4:] == [2, 3, 1, 2]
    assert len(widths) == 3 * 11 + 4


@given(st.lists(st.tuples(st.sampled_from(["issue", "take", "wait"]), st.integers(0, 2)), max_size=12))
def test_law_of_batches_of_codes_and_each_pays_one_order(steps: list[tuple[str, int]]) -> None:
    person_id, now = new_id(), clock.now()
    orders = [new_id() for _ in range(3)]
    codes: dict[UUID, PaymentCode] = {}
    used: dict[UUID, UUID] = {}
    for step, place in steps:
        if step == "wait":
            now += LASTS / 2
        elif step == "issue":
            command = IssueCode(
                id=new_id(person_id), person_id=person_id, digest=digest_of(str(len(codes))), actor=BY_SYSTEM
            )
            assert judge_issue(codes, command, now)[0] == "created"
            assert judge_issue(codes, command, now)[0] == "id_taken"
            good = [code for code in codes.values() if code.used_at is None and code.expires_at > now]
            assert [code.id for code in good] == [command.id], "the last that was shown is good"
        elif codes:
            latest = list(codes.values())[-1]
            was_good = latest.order_id is None and now < latest.expires_at
            command = TakeCode(near=near_code(0), digest=latest.digest, order_id=orders[place], actor=BY_SYSTEM)
            known = {code.digest: code for code in codes.values()}
            status = judge_take(known, command, now).status
            assert (status == "taken") == was_good
            if status in ("taken", "exists"):
                assert used.setdefault(latest.id, orders[place]) == orders[place]
    assert all(0 <= (shard_of_code(draw_code(id)) or 0) < SHARDS for id in orders)
    assert timedelta(0) < LASTS

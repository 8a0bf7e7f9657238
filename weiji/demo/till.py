"""What programs do over the payment protocol: the till of the tea shop sells, and a shop applies for another one."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from weiji import payments
from weiji.demo.companies import PICTURE, company_values
from weiji.demo.goods import Store
from weiji.demo.people import BY_HANDLE
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.onboarding import (
    Checklist,
    DecideApplication,
    Decision,
    Field,
    TakeApplication,
    Value,
    decide_applications,
    take_applications,
)
from weiji.payments import BALANCE, CreatePaymentStatus, TopUpWallet
from weiji.program import Program
from weiji.wire import issuing
from weiji.wire.applying import (
    AskSettlementChange,
    SubmitApplyment,
    Upload,
    ask_settlement_changes,
    shop_id_of,
    submit_applyments,
)
from weiji.wire.keys import SetApiKey, open_merchant, set_api_keys
from weiji.wire.keys.authority import make_private_key
from weiji.wire.openids import openid_of
from weiji.wire.payables import of_order, payment_of
from weiji.wire.red_packets import (
    SendMerchantPacket,
    SendMerchantPacketStatus,
    packet_id_of,
    send_merchant_packets,
)
from weiji.wire.sealing import make_api_key
from weiji.wire.trade import Kind, PlaceMerchantOrder, get_orders, order_id_of, place_merchant_orders
from weiji.wire.transfers import (
    ConfirmTransferBill,
    MakeTransferBill,
    MakeTransferBillStatus,
    bill_id_of,
    confirm_transfer_bills,
    make_transfer_bills,
)

APPID: Final = "wx0000000000000001"
TOLD: Final = "https://till.example/told"
"""Nobody is there: the log of notices shows how that looks."""

CUPS: Final = (("T0000001", "桂花乌龙一壶，两位", 2_800, True), ("T0000002", "茶点拼盘", 3_600, False))
"""Number, what, how much, and whether it is paid."""

APPLIED_CODE: Final = "FERRY-0001"
APPLIED_NAME: Final = "渡口的糖水铺"
APPLIED_NUMBER: Final = 90
"""What makes its company another than those of the town's shops."""

RED_PACKETS: Final = (("H0000001", 168, 1, "新会员有礼"), ("H0000002", 500, 5, "集齐十枚茶章的奖励"))
GIFTS: Final = (("G0000001", 666, "新会员有礼", True), ("G0000002", 880, "集齐十枚茶章的奖励", False))
"""Number, how much, what for, and whether it was taken: what the till gives to guests."""

TERMS: Final = ("description", "out_trade_no", "notify_url")


async def open_till(program: Program, shop_id: UUID, store: Store) -> None:
    """Give the shop keys, and let its till make two orders, of which one is paid."""
    actor = Actor("merchant", BY_HANDLE[store.owner].id)
    opened = await open_merchant(program.batchers, shop_id, actor)
    assert opened.mchid, opened
    async with program.database.read() as reader:
        keys = await issuing.read_keys(reader, program.database, shop_id)
    assert keys, "it was opened"
    if not keys.certificates:
        # Its private key is thrown away: whoever wants to speak for the till makes another.
        key = await asyncio.to_thread(make_private_key)
        await issuing.issue(program.database, program.batchers, keys, "till", key.public_key(), actor)
        setting = SetApiKey(shop_id=shop_id, api_key=make_api_key(), actor=actor)
        await program.batchers.of(set_api_keys, "shop_id").submit(setting)
    for number, description, total, is_paid in CUPS:
        await _sell(program, shop_id, opened.mchid, number, description, total, is_paid=is_paid)


async def apply_for_another(
    program: Program, provider_id: UUID, provider: Store, checklist: Checklist, reviewer: Actor
) -> None:
    """Let a shop apply for another one, as its service provider. It is approved; what is left is for its owner."""
    owner = Actor("merchant", BY_HANDLE[provider.owner].id)
    opened = await open_merchant(program.batchers, provider_id, owner)
    assert opened.mchid, opened
    shop_id = shop_id_of(provider_id, APPLIED_CODE)
    values = company_values(APPLIED_NAME, APPLIED_NUMBER, checklist)
    picture = PICTURE.read_bytes()
    command = SubmitApplyment(
        shop_id=shop_id,
        provider_id=provider_id,
        provider_mchid=opened.mchid,
        owner_id=BY_HANDLE[provider.owner].id,
        code=APPLIED_CODE,
        name=APPLIED_NAME,
        values=tuple(Value(field, value) for field, value in values.items()),
        uploads=tuple(
            Upload(id=derive(shop_id, "demo", field), field=field, content=picture)
            for field in checklist.company_documents
        ),
        mark=bytes(32),
        actor=owner,
    )
    await program.database.retried(partial(submit_applyments, commands=[command]))
    await program.batchers.of(take_applications, "shop_id").submit(TakeApplication(shop_id=shop_id, actor=reviewer))
    decisions = tuple(Decision(field, is_accepted=True) for field in (*values, *checklist.company_documents))
    deciding = DecideApplication(shop_id=shop_id, decisions=decisions, actor=reviewer)
    await program.batchers.of(decide_applications, "shop_id").submit(deciding)
    # What comes of the approval by itself, too, as soon as somebody listens.
    await open_merchant(program.batchers, shop_id, BY_SYSTEM)
    asking = AskSettlementChange(
        id=derive(shop_id, "demo", "settlement"),
        shop_id=shop_id,
        provider_mchid=opened.mchid,
        holder=values[Field.HOLDER],
        bank="小镇银行 渡口支行",
        number=values[Field.ACCOUNT_NUMBER][::-1],
        actor=owner,
    )
    await program.batchers.of(ask_settlement_changes, "shop_id").submit(asking)


async def give_gifts(program: Program, shop_id: UUID, guest: UUID) -> None:
    """Let the till give money to a guest, who has taken one of the gifts; red packets wait for them."""
    async with program.database.read() as reader:
        keys = await issuing.read_keys(reader, program.database, shop_id)
    assert keys, "the till is open"
    for number, amount, remark, is_taken in GIFTS:
        openid = openid_of(APPID, guest)
        command = MakeTransferBill(
            id=bill_id_of(shop_id, number),
            shop_id=shop_id,
            mchid=keys.merchant.mchid,
            number=number,
            appid=APPID,
            openid=openid,
            amount=amount,
            remark=remark,
            terms={"out_bill_no": number, "openid": openid, "transfer_amount": amount, "transfer_remark": remark},
            notify_url=TOLD,
            key_id=None,
            actor=BY_SYSTEM,
        )
        made = await program.batchers.of(make_transfer_bills).submit(command)
        assert made.status in (MakeTransferBillStatus.CREATED, MakeTransferBillStatus.EXISTS), made
        if is_taken:
            taking = ConfirmTransferBill(bill_id=command.id, person_id=guest, actor=Actor("person", guest))
            await program.batchers.of(confirm_transfer_bills, "bill_id").submit(taking)
    for number, amount, parts, greeting in RED_PACKETS:
        openid = openid_of(APPID, guest)
        packet = SendMerchantPacket(
            id=packet_id_of(shop_id, number),
            shop_id=shop_id,
            shop_name=keys.shop.name,
            mchid=keys.merchant.mchid,
            number=number,
            appid=APPID,
            openid=openid,
            person_id=guest,
            amount=amount,
            parts=parts,
            greeting=greeting,
            terms={"wxappid": APPID, "re_openid": openid, "act_name": greeting, "remark": greeting},
            actor=BY_SYSTEM,
        )
        sent = await program.batchers.of(send_merchant_packets, "shop_id").submit(packet)
        assert sent.status in (SendMerchantPacketStatus.CREATED, SendMerchantPacketStatus.EXISTS), sent


async def _sell(
    program: Program, shop_id: UUID, mchid: str, number: str, description: str, total: int, *, is_paid: bool
) -> None:
    terms = {"appid": APPID, "mchid": mchid, "amount": {"total": total, "currency": "CNY"}, "kind": "native"}
    terms |= dict(zip(TERMS, (description, number, TOLD), strict=True))
    command = PlaceMerchantOrder(
        id=order_id_of(shop_id, mchid, number),
        shop_id=shop_id,
        mchid=mchid,
        caller_mchid=mchid,
        number=number,
        kind=Kind.NATIVE,
        description=description,
        total=total,
        notify_url=TOLD,
        shares_profit=False,
        terms=terms,
        key_id=None,
        expires_at=clock.now() + timedelta(days=7),
        actor=BY_SYSTEM,
    )
    await program.batchers.of(place_merchant_orders).submit(command)
    if not is_paid:
        return
    payer = BY_HANDLE["emma"].id
    buyer = Actor("buyer", payer)
    top_up = TopUpWallet(id=derive(payer, "demo", "till money"), person_id=payer, amount=total, actor=buyer)
    await program.batchers.of(payments.top_up_wallets).submit(top_up)
    async with program.database.read() as reader:
        order = (await get_orders(reader, [command.id]))[command.id]
    paying = payment_of(of_order(order, ""), derive(payer, "demo", "till payment"), payer, BALANCE, buyer)
    status = await program.batchers.of(payments.create_payments).submit(paying)
    assert status in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS), status

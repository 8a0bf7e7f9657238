"""The till of the tea shop: a program that takes money over the payment protocol. What it sold, and whom it told."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from weiji import payments
from weiji.demo.goods import Store
from weiji.demo.people import BY_HANDLE
from weiji.events import BY_SYSTEM, Actor
from weiji.kit import clock
from weiji.kit.ids import derive
from weiji.payments import BALANCE, CreatePaymentStatus, TopUpWallet
from weiji.program import Program
from weiji.wire import issuing
from weiji.wire.keys import SetApiKey, set_api_keys
from weiji.wire.payables import of_order, payment_of
from weiji.wire.sealing import make_api_key
from weiji.wire.trade import Kind, PlaceMerchantOrder, get_orders, order_id_of, place_merchant_orders

APPID: Final = "wx0000000000000001"
TOLD: Final = "https://till.example/told"
"""Nobody is there: the log of notices shows how that looks."""

CUPS: Final = (("T0000001", "桂花乌龙一壶，两位", 2_800, True), ("T0000002", "茶点拼盘", 3_600, False))
"""Number, what, how much, and whether it is paid."""

TERMS: Final = ("description", "out_trade_no", "notify_url")


async def open_till(program: Program, shop_id: UUID, store: Store) -> None:
    """Give the shop keys, and let its till make two orders, of which one is paid."""
    actor = Actor("merchant", BY_HANDLE[store.owner].id)
    opened = await issuing.open_merchant(program.batchers, shop_id, actor)
    assert opened.mchid, opened
    async with program.database.read() as reader:
        keys = await issuing.read_keys(reader, program.database, shop_id)
    assert keys, "it was opened"
    if not keys.certificates:
        # Its private key is thrown away: whoever wants to speak for the till makes another.
        await issuing.issue(program.database, program.batchers, keys, "till", None, actor)
        setting = SetApiKey(shop_id=shop_id, api_key=make_api_key(), actor=actor)
        await program.batchers.of(set_api_keys, "shop_id").submit(setting)
    for number, description, total, is_paid in CUPS:
        await _sell(program, shop_id, opened.mchid, number, description, total, is_paid=is_paid)


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

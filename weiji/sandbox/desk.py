"""The desk that the control works at: what a test may ask for, and the doing of it, in turns."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from msgspec import Meta, Struct

from weiji.aftersale import proof_owner
from weiji.app import backend_of
from weiji.events import BY_SYSTEM, Actor
from weiji.events.outbox import is_quiet
from weiji.identity import SignUpPerson, SignUpStatus, clean_display_name, sign_up_people
from weiji.kit import clock, installation
from weiji.kit.db import Transaction
from weiji.kit.ids import derive, new_id
from weiji.media import BYTES_MAX, TAKEN, upload_pictures
from weiji.onboarding import (
    Case,
    DecideApplication,
    DecideStatus,
    Decision,
    FieldState,
    TakeApplication,
    TakeStatus,
    decide_applications,
    get_case,
    take_applications,
)
from weiji.packets import ClaimPart, ClaimStatus, claim_parts, show_packet
from weiji.payments import (
    PayRefundByHand,
    TopUpWallet,
    create_payments,
    get_refunds,
    get_wallet,
    list_abnormal_refunds,
    pay_refunds_by_hand,
    start_payments,
    top_up_wallets,
)
from weiji.payments.calls import deliver_sandbox_notices
from weiji.payments.channels import sandbox
from weiji.program import Program
from weiji.sandbox.faults import AnswerFault, Faults, NoticeFault
from weiji.sandbox.folders import Account
from weiji.sandbox.prepared import APPID, NO_PASSWORD, NotOpenedError, make_merchant
from weiji.shops import OpenShopStatus
from weiji.web import gettext as _
from weiji.webhooks import Message, ResendMessage, get_log, list_messages, resend_messages
from weiji.wire.applying import (
    Applyment,
    SignAgreement,
    SignAgreementStatus,
    find_applyment,
    sign_agreements,
)
from weiji.wire.calls.applyments import names_of
from weiji.wire.codes import LASTS, IssueCode, IssueCodeStatus, digest_of, draw_code, issue_codes
from weiji.wire.combined import combined_id_of
from weiji.wire.complaint_words import refusal
from weiji.wire.complaints import (
    PROOF_MAX,
    WORDS_MAX,
    AskComplaint,
    Complaint,
    ComplaintReason,
    ComplaintState,
    ComplaintStatus,
    DecideComplaint,
    SayInComplaint,
    SecondDecision,
    TakeComplaintFurther,
    WithdrawComplaint,
    ask_complaints,
    decide_complaints,
    get_last_of_order,
    say_in_complaints,
    seal_of,
    second_decisions,
    take_complaints_further,
    withdraw_complaints,
)
from weiji.wire.issuing import end_certificate, issue, read_keys
from weiji.wire.keys import ChoosePlatformKey, KeyKind, choose_platform_keys
from weiji.wire.keys.authority import make_private_key, private_pem
from weiji.wire.openids import openid_of
from weiji.wire.payables import (
    Payable,
    best_of,
    choose_with,
    drop_chosen,
    find_payable,
    guest_of,
    of_order,
    payment_of,
)
from weiji.wire.red_packets import packet_id_of
from weiji.wire.running import wire_of
from weiji.wire.tickets import COMBINED_PREFIX, Ticket
from weiji.wire.trade import MerchantOrder, get_orders, order_id_of, read_payer
from weiji.wire.transfers import (
    ConfirmTransferBill,
    ConfirmTransferBillStatus,
    bill_id_of,
    confirm_transfer_bills,
)

AnyRequest = Request[Any, Any, Any]

NOTICES_MAX: Final = 500
LISTED: Final = 100
REASONS_MAX: Final = 10
"""Notices that were not taken of which it is said why: each is looked up by itself."""
REFUNDS_MAX: Final = 1_000
"""Refunds of one order that are looked at."""
STEPS_MAX: Final = 50
"""Rounds of jobs and events after which what is set off is taken to go on for ever."""

BREATH: Final = 0.05
"""Seconds between two looks at what is due."""

TURN_MAX: Final = 366 * 86_400

HANDLE_DIGITS: Final = 24
"""Of a payer's id, in their handle: as many as were drawn for it."""


class PaymentOutcome(StrEnum):
    """What a payer, or fate, does."""

    PAID = "paid"
    FAILED = "failed"
    PAID_LATE = "paid_late"
    """The money is taken; nobody hears of it for `seconds`."""
    PAID_TWICE = "paid_twice"
    PAID_UNTOLD = "paid_untold"
    """Nobody is told: only who asks the acquirer hears of it."""
    FAILED_THEN_PAID = "failed_then_paid"
    """It fails, and is paid all the same after `seconds`."""


_VERBS: Final = {
    PaymentOutcome.PAID: sandbox.ChargeVerb.PAY,
    PaymentOutcome.FAILED: sandbox.ChargeVerb.FAIL,
    PaymentOutcome.PAID_LATE: sandbox.ChargeVerb.PAY_LATE,
    PaymentOutcome.PAID_TWICE: sandbox.ChargeVerb.PAY_TWICE,
    PaymentOutcome.PAID_UNTOLD: sandbox.ChargeVerb.PAY_UNTOLD,
    PaymentOutcome.FAILED_THEN_PAID: sandbox.ChargeVerb.FAIL_THEN_PAY,
}

_TAKEN: Final = (ConfirmTransferBillStatus.CONFIRMED, ConfirmTransferBillStatus.EXISTS)
_OPENED: Final = (ClaimStatus.CLAIMED, ClaimStatus.EXISTS)
_DECIDED: Final = (DecideStatus.APPROVED, DecideStatus.RETURNED, DecideStatus.REJECTED)

REVIEWER: Final = "审核员"
"""Who decides what service providers apply for: somebody like a payer, since nobody reviews what is their own."""

ARBITERS: Final = ("仲裁员", "另一位仲裁员")
"""Who decide complaints, likewise; of much money the second signs, too."""

RefundsKind = Literal["succeed", "refuse", "wait"]
KeyName = Literal["platform", "public_key", "merchant"]

Number = Annotated[str, Meta(min_length=1, max_length=32)]
Turned = Annotated[int, Meta(ge=1, le=TURN_MAX)]
Name = Annotated[str, Meta(min_length=1, max_length=60)]
TransactionId = Annotated[str, Meta(min_length=1, max_length=32)]
Words = Annotated[str, Meta(min_length=1, max_length=WORDS_MAX)]
Pictures = Annotated[list[Annotated[bytes, Meta(max_length=BYTES_MAX)]], Meta(max_length=PROOF_MAX)]
"""Files, each in base64."""


class OfMerchant(Struct, forbid_unknown_fields=True, kw_only=True):
    """Something that is about one merchant: the first, where none is named."""

    mchid: Annotated[str, Meta(min_length=10, max_length=10)] | None = None


class Pay(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Pay an order, open or closed, or try to."""

    out_trade_no: Number
    outcome: PaymentOutcome = PaymentOutcome.PAID
    seconds: Turned = 60
    payer: Name | None = None
    """A payer by name, who is the same each time (see `/authorize`); without one, somebody new."""


class SetRefunds(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Say what becomes of the refunds of an order from now on."""

    out_trade_no: Number
    refunds: RefundsKind


class Push(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Send the notices of an order again."""

    out_trade_no: Number


class Expire(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Turn the clock to where an open order ends."""

    out_trade_no: Number


class Authorize(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Let an app know who a payer is, as the payer's consent in a browser would."""

    payer: Name
    appid: Annotated[str, Meta(min_length=1, max_length=32)] = APPID


class Authorized(Struct, kw_only=True):
    """Who a payer is to an app: what `payer.openid` of an order may say, and what a paid one does say."""

    payer: str
    appid: str
    openid: str


class Take(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Take a transfer that was made to a payer, as they would on its page."""

    out_bill_no: Number
    payer: Name


class Taken(Struct, kw_only=True):
    """How taking ended."""

    out_bill_no: str
    status: ConfirmTransferBillStatus


class OpenRedPacket(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Open a red packet that a program sent, as a payer would who found it in the wallet, or got its link."""

    mch_billno: Number
    payer: Name


class OpenedRedPacket(Struct, kw_only=True):
    """What came of it; the amount is fen."""

    mch_billno: str
    status: ClaimStatus
    amount: int | None


class ShowCode(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Have a payer show a payment code, with at least so much in the wallet."""

    payer: Name
    money: Annotated[int, Meta(ge=0, le=10**9)] = 0


class ShownCode(Struct, kw_only=True):
    """The code, for one order."""

    payer: str
    auth_code: str
    expires_at: datetime


class Verdict(StrEnum):
    """What a reviewer, or the owner of the shop, says to an application."""

    APPROVED = "approved"
    """All of it is accepted: the shop is verified, and gets a `sub_mchid`."""
    RETURNED = "returned"
    """A field of it is refused: the service provider mends that, and sends it again."""
    REJECTED = "rejected"
    """It is refused as a whole."""
    SIGNED = "signed"
    """What was approved, the owner agrees to: the service provider may act for the shop."""


class Review(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Decide what a service provider applied for, as a reviewer would, or agree to it, as its owner would."""

    business_code: Annotated[str, Meta(min_length=1, max_length=124, pattern=r"^[^\x00]*\Z")]
    """The service provider's number; that of a platform's application is called `out_request_no` there."""
    verdict: Verdict = Verdict.APPROVED
    reason: Annotated[str, Meta(min_length=1, max_length=200)] = "看不清"
    """Why it is refused."""
    field: Name = "id_card_copy"
    """What is refused of it, as the protocol calls it."""


class Reviewed(Struct, kw_only=True):
    """Where the application stands now, and the number of the merchant that it made."""

    business_code: str
    state: str
    sub_mchid: str | None
    is_signed: bool


class AboutOrder(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Something that is about an order, by the number of the program that made it, or by ours."""

    out_trade_no: Number | None = None
    transaction_id: TransactionId | None = None


class Complain(AboutOrder, forbid_unknown_fields=True, kw_only=True):
    """Complain about an order, as whoever paid it would on its page."""

    reason: ComplaintReason = ComplaintReason.NOT_RECEIVED
    words: Words = "付了钱，东西没有收到。"
    amount: Annotated[int, Meta(ge=0)] | None = None
    """What is to go back (fen); 0: an answer will do; without it, all that is left of the order."""
    pictures: Pictures = []


class Pursuit(StrEnum):
    """What a payer does about their complaint, or then the platform."""

    REPLY = "reply"
    """They say something more: to an answer, that it will not do."""
    CLOSE = "close"
    """They end it: it is dealt with, or given up."""
    TAKE_FURTHER = "take_further"
    """Once the merchant has answered, they leave it to the platform."""
    AWARD = "award"
    """What was left to the platform it decides: `amount` goes back."""
    DISMISS = "dismiss"
    """It decides that nothing does."""


class Pursue(AboutOrder, forbid_unknown_fields=True, kw_only=True):
    """Go on with the last complaint about an order, as its payer, or as the platform."""

    act: Pursuit
    words: Words = "还是没有收到。"
    """What is said in a reply, or why it is decided so."""
    amount: Annotated[int, Meta(ge=1)] | None = None
    """What the platform awards (fen); without it, all that is asked for, or left of the order."""
    pictures: Pictures = []
    """What is shown beside it."""


class ShownComplaint(Struct, kw_only=True):
    """Where a complaint stands, and how much is to go back (fen)."""

    complaint_id: str
    out_trade_no: str
    transaction_id: str
    state: ComplaintState
    amount: int


class MakeMerchant(Struct, forbid_unknown_fields=True, kw_only=True):
    """Make another merchant; with `partner`, one that this service provider may make orders for."""

    name: Name = "沙箱小店"
    partner: Annotated[str, Meta(min_length=10, max_length=10)] | None = None


class RotateKeys(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Change a key: the platform's that signs what this merchant is sent (certificate, public key), or the merchant's.

    For `overlap_seconds` the one before goes on, and both are good; the platform's certificate until it expires.
    """

    key: KeyName = "platform"
    overlap_seconds: Annotated[int, Meta(ge=0, le=30 * 86_400)] = 0


class Rotated(Struct, kw_only=True):
    """The new key. A private key only where it is the merchant's: it is given out once."""

    key: KeyName
    serial_no: str
    """Of a public key, its `PUB_KEY_ID_…`."""
    certificate: str | None = None
    public_key: str | None = None
    private_key: str | None = None


class TurnClock(Struct, forbid_unknown_fields=True, kw_only=True):
    """Turn the clock, and do what is due by then."""

    seconds: Turned


class AddFaults(OfMerchant, forbid_unknown_fields=True, kw_only=True):
    """Say what goes wrong next, in turn: for a merchant, or, where none is named in a `weiji sandbox`, for all."""

    answers: Annotated[list[AnswerFault], Meta(max_length=100)] = []
    notices: Annotated[list[NoticeFault], Meta(max_length=100)] = []


class LeftFaults(Struct, kw_only=True):
    """What is to go wrong yet."""

    answers: list[AnswerFault]
    notices: list[NoticeFault]


class ShownOrder(Struct, kw_only=True):
    """Where an order stands."""

    out_trade_no: str
    trade_state: str
    total: int
    now: datetime


class ShownNotice(Struct, kw_only=True):
    """Where a notice stands."""

    id: UUID
    type: str
    url: str
    status: str
    attempts: int
    next_at: datetime | None
    reason: str | None = None
    """Why the last attempt failed, in a word or two: what the program answered, or that it did not."""


class State(Struct, kw_only=True):
    """The clock, the newest notices, and what is to go wrong yet."""

    now: datetime
    notices: list[ShownNotice]
    faults: LeftFaults


class Desk:
    """What the control works with, and what does the program's work here: in turns, so that a test can wait for it."""

    def __init__(self, program: Program, account: Account | None, faults: Faults) -> None:
        self.program = program
        self.account = account
        self.faults = faults
        self.turns: dict[UUID, list[tuple[datetime, timedelta]]] = {}
        """Who turned the clock how far, and when by the machine's."""
        self.payers: dict[UUID, set[tuple[UUID, str]]] = {}
        """Which payers of which shops somebody named."""
        self._turn = asyncio.Lock()
        self.telling: Counter[UUID | None] = Counter()
        """How many stories are being told now, by whom."""

    @property
    def has_first(self) -> bool:
        """Whether a merchant may be left unnamed."""
        return self.account is not None

    @property
    def teller(self) -> UUID | None:
        """Who tells stories at this desk; None: whoever has the whole of it."""
        return None

    async def merchant_of(self, mchid: str | None) -> tuple[UUID, str]:
        """Find a merchant's shop and number: the first one's, where none is named."""
        if mchid is None and self.account is not None:
            return UUID(self.account.shop_id), self.account.mchid
        party = await wire_of(self.program.database).directory.find(mchid or "")
        if party is None:
            raise HTTPException(_("没有这个商户：用 mchid 写明是哪一个。"), status_code=404)
        return party.merchant.shop_id, party.merchant.mchid

    async def shop_of(self, mchid: str | None) -> UUID:
        """Find the shop of a merchant: of the first, where none is named."""
        return (await self.merchant_of(mchid))[0]

    async def number_of(self, mchid: str | None) -> str:
        """Give the number of a merchant: of the first, where none is named."""
        return (await self.merchant_of(mchid))[1]

    async def run(self) -> None:
        """Deliver events and run jobs as they come due, until cancelled."""
        await self.program.runner.install()
        while True:
            async with self._turn:
                await self.program.runner.run_due()
                await self._pay_routed()
                await self.program.deliverer.deliver_woken()
            await asyncio.sleep(BREATH)

    async def _pay_routed(self) -> None:
        """Pay what a channel refused to the accounts that programs named: the command has no operator who would."""
        if self.account is None:
            return
        async with self.program.database.read() as reader:
            found = [each for each in await list_abnormal_refunds(reader, limit=NOTICES_MAX) if each.route_bank]
        commands = [PayRefundByHand(id=each.id, amount=each.left, way="sandbox", actor=BY_SYSTEM) for each in found]
        if commands:
            await self.program.database.retried(lambda tx: pay_refunds_by_hand(tx, commands))

    async def settle(self) -> None:
        """Do everything that is due, and what that sets off. Notices go out meanwhile and afterwards."""
        async with self._turn:
            for _ in range(STEPS_MAX):
                more = await self.program.runner.run_due()
                await self._pay_routed()
                await self.program.deliverer.drain()
                async with self.program.database.read() as reader:
                    if await is_quiet(reader) and not more:
                        return

    async def order(self, number: str, mchid: str | None = None) -> MerchantOrder:
        """Find an order by the number of the program that made it, or of the service provider for it."""
        shop_id, own = await self.shop_of(mchid), await self.number_of(mchid)
        party = await wire_of(self.program.database).directory.find(own)
        callers = [own, *(party.merchant.partners if party else ())]
        ids = [order_id_of(shop_id, caller, number) for caller in callers]
        async with self.program.database.read() as reader:
            orders = await get_orders(reader, ids)
        found = next((orders[id] for id in ids if id in orders), None)
        if found is None:
            raise HTTPException(_("没有订单 %(number)s：先下单。", number=number), status_code=404)
        return found

    async def payable(self, number: str, mchid: str | None = None) -> Payable:
        """Find what a payer pays: a combined order by its number or by that of one of its orders; else the order."""
        found = await self._combined(combined_id_of(await self.shop_of(mchid), number))
        if found is not None:
            return found
        order = await self.order(number, mchid)
        found = await self._combined(order.combined_id) if order.combined_id else None
        return found or of_order(order, "")

    async def _combined(self, combined_id: UUID) -> Payable | None:
        async with self.program.database.read() as reader:
            return await find_payable(reader, Ticket(combined_id, clock.now(), COMBINED_PREFIX))

    async def show(self, number: str, mchid: str | None = None) -> ShownOrder:
        """Say where an order stands, or a combined one."""
        found = await self.payable(number, mchid)
        return ShownOrder(out_trade_no=number, trade_state=found.state.value, total=found.total, now=clock.now())

    async def messages(self, mchid: str | None = None) -> Sequence[Message]:
        """Read the newest notices to a merchant."""
        shop_id = await self.shop_of(mchid)
        async with self.program.database.read() as reader:
            return await list_messages(reader, shop_id, before=None, status=None, limit=LISTED)

    async def messages_about(self, order_id: UUID, mchid: str | None) -> list[Message]:
        """Read those about an order, a combined one, or the last complaint about an order."""
        complaint = await self.complaint_about(order_id)
        about = {order_id, complaint.id if complaint else order_id}
        return [each for each in await self.messages(mchid) if each.subject_id in about]

    async def notices(self, mchid: str | None) -> list[ShownNotice]:
        """Show the newest notices to a merchant: of the first few that were not taken, why they were not."""
        found = await self.messages(mchid)
        failed = [each.id for each in found if each.attempts and each.delivered_at is None][:REASONS_MAX]
        reasons: dict[UUID, str | None] = {}
        async with self.program.database.read() as reader:
            for id in failed:
                log = await get_log(reader, id, 1)
                if log and log[1]:
                    last = log[1][0]
                    # One that was taken and is sent again has no reason yet.
                    reasons[id] = f"{last.reason} {last.status}" if last.reason and last.status else last.reason
        return [msgspec.structs.replace(shown(each), reason=reasons.get(each.id)) for each in found]

    async def payer_of(self, name: str, mchid: str | None) -> UUID:
        """Give a payer by name: the same each time, with an account, which people have whom a program names."""
        id = derive(await self.shop_of(mchid), "sandbox payer", name)
        person = SignUpPerson(
            id=id,
            handle=f"p{id.hex[-HANDLE_DIGITS:]}",
            phone=None,
            display_name=clean_display_name(name) or "Payer",
            locale="zh-CN",
            password_hash=NO_PASSWORD,
            actor=BY_SYSTEM,
        )
        statuses = await self.program.database.retried(lambda tx: sign_up_people(tx, [person]))
        assert statuses[0] in (SignUpStatus.CREATED, SignUpStatus.EXISTS), statuses
        return id

    async def pay(self, asked: Pay) -> ShownOrder:
        """Pay as a guest, by the simulated acquirer."""
        program, payable = self.program, await self.payable(asked.out_trade_no, asked.mchid)
        payer_id = await self.payer_of(asked.payer, asked.mchid) if asked.payer else guest_of(payable)
        payment_id = new_id(payer_id)
        actor = Actor("buyer", payer_id)
        payable = await self._with_coupons(payable, payment_id, payer_id if asked.payer else None, actor)
        payment = payment_of(payable, payment_id, payer_id, sandbox.NAME, actor)
        status = await program.batchers.of(create_payments).submit(payment)
        if status != "created":
            await drop_chosen(backend_of(program), payable, payment_id, status, actor)
            raise HTTPException(_("这笔付款被拒绝了：%(status)s。", status=status), status_code=409)
        await start_payments(program.database, program.lanes, [payment_id])
        verb = _VERBS[asked.outcome]
        command = sandbox.ActOnCharge(
            id=payment_id,
            verb=verb,
            at=clock.now() + timedelta(seconds=asked.seconds) if verb in sandbox.LATER else None,
            actor=actor,
        )
        acted = await program.batchers.of(sandbox.act_on_charges).submit(command)
        if acted is not sandbox.ActStatus.DONE:
            raise HTTPException(_("模拟的渠道拒绝了：%(status)s。", status=acted.value), status_code=409)
        await deliver_sandbox_notices(program.database, program.lanes, NOTICES_MAX)
        await self.settle()
        return await self.show(asked.out_trade_no, asked.mchid)

    async def _with_coupons(self, payable: Payable, payment_id: UUID, payer_id: UUID | None, actor: Actor) -> Payable:
        """Use the best of a payer's coupons, as the cashier does; what was closed or paid takes none."""
        chosen: list[UUID | None] = [None] * len(payable.lines)
        if payer_id is not None and payable.state == "open":
            async with self.program.database.read() as reader:
                __, usable = await read_payer(reader, payer_id, payable.lines, clock.now())
            chosen = best_of(usable)
        whole = msgspec.structs.replace(payable, dues=tuple(line.total for line in payable.lines))
        return await choose_with(backend_of(self.program), whole, chosen, payment_id, payer_id, actor) or whole

    async def set_refunds(self, asked: SetRefunds) -> ShownOrder:
        """Let refunds of an order succeed, be refused, or wait; what waits ends as those do that come from now on."""
        order = await self.order(asked.out_trade_no, asked.mchid)
        if order.payment_id is None:
            raise HTTPException(_("订单还没有付款：先用 /sandbox/pay 付。"), status_code=409)
        await self.settle()  # What the program asked for before is with the channel.
        command = sandbox.SetFaults(id=order.payment_id, refunds=asked.refunds, actor=BY_SYSTEM)
        async with self.program.database.transaction() as tx:
            (status,) = await sandbox.set_faults(tx, [command])
            if status is sandbox.ActStatus.DONE and asked.refunds != "wait":
                verb = sandbox.RefundVerb(asked.refunds)
                found = await get_refunds(tx, [order.payment_id], limit=REFUNDS_MAX)
                await sandbox.act_on_refunds(
                    tx, [sandbox.ActOnRefund(id=each.id, verb=verb, actor=BY_SYSTEM) for each in found]
                )
        if status is not sandbox.ActStatus.DONE:
            raise HTTPException(_("模拟的渠道拒绝了：%(status)s。", status=status.value), status_code=409)
        await deliver_sandbox_notices(self.program.database, self.program.lanes, NOTICES_MAX)
        await self.settle()
        return await self.show(asked.out_trade_no, asked.mchid)

    async def push(self, asked: Push) -> list[ShownNotice]:
        """Send the notices of an order once more, delivered or not."""
        payable = await self.payable(asked.out_trade_no, asked.mchid)
        mine = await self.messages_about(payable.id, asked.mchid)
        if not mine:
            words = _("%(number)s 还没有通知：下单时写上 notify_url，付了款才有。", number=asked.out_trade_no)
            raise HTTPException(words, status_code=409)
        commands = [ResendMessage(id=each.id, owner_id=payable.shop_id, actor=BY_SYSTEM) for each in mine]
        async with self.program.database.transaction() as tx:
            await resend_messages(tx, commands)
        return [shown(each) for each in mine]

    async def expire(self, asked: Expire) -> ShownOrder:
        """Turn the clock until just after an order can be paid no longer."""
        payable = await self.payable(asked.out_trade_no, asked.mchid)
        if payable.state == "open":
            await self.turn(max(payable.expires_at - clock.now(), timedelta(0)) + timedelta(seconds=1))
        found = await self.show(asked.out_trade_no, asked.mchid)
        if found.trade_state != "closed":
            words = _("%(number)s 是 %(state)s，不会过期。", number=asked.out_trade_no, state=found.trade_state)
            raise HTTPException(words, status_code=409)
        return found

    async def authorize(self, asked: Authorize) -> Authorized:
        """Say who a payer is to an app."""
        payer_id = await self.payer_of(asked.payer, asked.mchid)
        return Authorized(payer=asked.payer, appid=asked.appid, openid=openid_of(asked.appid, payer_id))

    async def take(self, asked: Take) -> Taken:
        """Take a transfer: who is not the one whose openid it was made to can't."""
        payer_id = await self.payer_of(asked.payer, asked.mchid)
        command = ConfirmTransferBill(
            bill_id=bill_id_of(await self.shop_of(asked.mchid), asked.out_bill_no),
            person_id=payer_id,
            actor=Actor("person", payer_id),
        )
        status = await self.program.batchers.of(confirm_transfer_bills, "bill_id").submit(command)
        if status is ConfirmTransferBillStatus.BILL_NOT_FOUND:
            words = _("这个商户没有转账 %(number)s：先发起。", number=asked.out_bill_no)
            raise HTTPException(words, status_code=404)
        if status not in _TAKEN:
            words = _("%(number)s 没有收下：%(status)s。", number=asked.out_bill_no, status=status.value)
            raise HTTPException(words, status_code=409)
        await self.settle()
        return Taken(out_bill_no=asked.out_bill_no, status=status)

    async def open_red_packet(self, asked: OpenRedPacket) -> OpenedRedPacket:
        """Open a red packet: one that is for somebody else can't be opened."""
        payer_id, shop_id = await self.payer_of(asked.payer, asked.mchid), await self.shop_of(asked.mchid)
        packet_id = packet_id_of(shop_id, asked.mch_billno)
        async with self.program.database.read() as reader:
            shown = await show_packet(reader, packet_id, shop_id, None)
        if shown is None:
            words = _("这个商户没有红包 %(number)s：先发出去。", number=asked.mch_billno)
            raise HTTPException(words, status_code=404)
        command = ClaimPart(
            packet_id=packet_id,
            key=shown.packet.key,
            finder_id=payer_id,
            finder_name=asked.payer,
            actor=Actor("person", payer_id),
        )
        result = await self.program.batchers.of(claim_parts, "packet_id").submit(command)
        if result.status not in _OPENED:
            words = _("%(number)s 没有拆开：%(status)s。", number=asked.mch_billno, status=result.status.value)
            raise HTTPException(words, status_code=409)
        await self.settle()
        return OpenedRedPacket(mch_billno=asked.mch_billno, status=result.status, amount=result.amount)

    async def show_code(self, asked: ShowCode) -> ShownCode:
        """Have a payer show a code, as the wallet's page does for the payment password."""
        batchers, payer_id = self.program.batchers, await self.payer_of(asked.payer, asked.mchid)
        actor = Actor("buyer", payer_id)
        async with self.program.database.read() as reader:
            lacking = asked.money - (await get_wallet(reader, payer_id)).available
        if lacking > 0:
            top_up = TopUpWallet(id=new_id(payer_id), person_id=payer_id, amount=lacking, actor=actor)
            status = await batchers.of(top_up_wallets).submit(top_up)
            if status != "created":
                words = _("%(name)s 的钱包没有充进钱：%(status)s。", name=asked.payer, status=status.value)
                raise HTTPException(words, status_code=409)
        code = draw_code(payer_id)
        issuing = IssueCode(id=new_id(payer_id), person_id=payer_id, digest=digest_of(code), actor=actor)
        issued = await batchers.of(issue_codes, "person_id").submit(issuing)
        assert issued is IssueCodeStatus.CREATED, issued
        return ShownCode(payer=asked.payer, auth_code=code, expires_at=clock.now() + LASTS)

    async def review(self, asked: Review) -> Reviewed:
        """Decide an application, or agree to one, and do what that sets off."""
        applyment, case = await self._applied(asked)
        status: SignAgreementStatus | TakeStatus | DecideStatus
        if asked.verdict is Verdict.SIGNED:
            status = await self._sign(applyment, case.shop.owner_id)
        else:
            status = await self._decide(asked, case)
        if status not in (*_DECIDED, SignAgreementStatus.SIGNED, SignAgreementStatus.EXISTS):
            words = _("这份申请现在不能这样处理：%(status)s。", status=status.value)
            raise HTTPException(words, status_code=409)
        await self.settle()
        applyment, case = await self._applied(asked)
        assert case.application is not None
        return Reviewed(
            business_code=asked.business_code,
            state=case.application.state.value,
            sub_mchid=applyment.mchid,
            is_signed=applyment.signed_at is not None,
        )

    async def _applied(self, asked: Review) -> tuple[Applyment, Case]:
        shop_id = await self.shop_of(asked.mchid)
        async with self.program.database.read() as reader:
            applyment = await find_applyment(reader, shop_id, asked.business_code, None)
            case = await get_case(reader, applyment.shop_id) if applyment else None
        if applyment is None or case is None or case.application is None:
            words = _("这个服务商没有提交过申请 %(number)s。", number=asked.business_code)
            raise HTTPException(words, status_code=404)
        return applyment, case

    async def _sign(self, applyment: Applyment, owner_id: UUID) -> SignAgreementStatus:
        command = SignAgreement(shop_id=applyment.shop_id, actor=Actor("merchant", owner_id))
        status = await self.program.batchers.of(sign_agreements, "shop_id").submit(command)
        if applyment.mchid:
            wire_of(self.program.database).directory.forget(applyment.mchid)
        return status

    async def _decide(self, asked: Review, case: Case) -> TakeStatus | DecideStatus:
        assert case.application is not None
        waiting = [name for name, entry in case.application.fields.items() if entry.state is not FieldState.ACCEPTED]
        refused = {name for name in waiting if asked.field in names_of(name)}
        if asked.verdict is Verdict.RETURNED and not refused:
            choices = ", ".join(dict.fromkeys(each for name in waiting for each in names_of(name)))
            raise HTTPException(_("这里只能是：%(choices)s。", choices=choices), status_code=409)
        actor = Actor("staff", await self.payer_of(REVIEWER, asked.mchid))
        taking = TakeApplication(shop_id=case.shop.id, actor=actor)
        deciding = DecideApplication(
            shop_id=case.shop.id,
            decisions=tuple(
                Decision(name, is_accepted=False, reason=asked.reason)
                if asked.verdict is Verdict.RETURNED and name in refused
                else Decision(name, is_accepted=True)
                for name in waiting
            ),
            rejection=asked.reason if asked.verdict is Verdict.REJECTED else "",
            actor=actor,
        )

        async def decide(tx: Transaction) -> TakeStatus | DecideStatus:
            (taken,) = await take_applications(tx, [taking])
            if taken not in (TakeStatus.TAKEN, TakeStatus.EXISTS):
                return taken
            (decided,) = await decide_applications(tx, [deciding])
            return decided

        return await self.program.database.retried(decide)

    async def complain(self, asked: Complain) -> ShownComplaint:
        """Complain about an order, as whoever paid it: somebody with a name, or a guest."""
        order = await self._about(asked)
        if order.payer_id is None:
            raise HTTPException(_("订单还没有付款：先用 /sandbox/pay 付。"), status_code=409)
        command = AskComplaint(
            id=new_id(order.id),
            order_id=order.id,
            reason=asked.reason,
            words=asked.words,
            amount=order.total - order.refunded if asked.amount is None else asked.amount,
            actor=Actor("buyer", order.payer_id),
            proof=await self._take_pictures(order.id, asked.pictures),
        )
        status = await self.program.batchers.of(ask_complaints, "order_id").submit(command)
        if status is ComplaintStatus.NOT_ALLOWED_NOW:
            words = _("%(number)s 的钱都退了，不能再投诉。", number=order.number)
            raise HTTPException(words, status_code=409)
        return await self._complained(order, status)

    async def pursue(self, asked: Pursue) -> ShownComplaint:
        """Go on with the last complaint about an order, as its payer, or as the platform."""
        order = await self._about(asked)
        complaint = await self._complaint_of(order)
        submit = self.program.batchers.of
        move: dict[str, Any] = {"complaint_id": complaint.id, "actor": Actor("buyer", complaint.payer_id)}
        match asked.act:
            case Pursuit.REPLY:
                proof = await self._take_pictures(order.id, asked.pictures)
                saying = SayInComplaint(**move, words=asked.words, proof=proof)
                status = await submit(say_in_complaints, "complaint_id").submit(saying)
            case Pursuit.CLOSE:
                status = await submit(withdraw_complaints, "complaint_id").submit(WithdrawComplaint(**move))
            case Pursuit.TAKE_FURTHER:
                status = await submit(take_complaints_further, "complaint_id").submit(TakeComplaintFurther(**move))
            case Pursuit.AWARD | Pursuit.DISMISS:
                status = await self._rule(asked, order, complaint)
        if status is ComplaintStatus.NOT_ALLOWED_NOW:
            words = _(
                "%(number)s 的投诉是 %(state)s，现在不能这样做。", number=order.number, state=complaint.state.value
            )
            raise HTTPException(words, status_code=409)
        return await self._complained(order, status)

    async def _rule(self, asked: Pursue, order: MerchantOrder, complaint: Complaint) -> ComplaintStatus:
        """Sign what comes of a complaint, as one of the staff, and as another where it takes two."""
        left = order.total - order.refunded
        awarded = asked.amount or min(complaint.amount or left, left)
        first, second = [Actor("staff", await self.payer_of(name, asked.mchid)) for name in ARBITERS]
        deciding = DecideComplaint(
            complaint_id=complaint.id,
            actor=first,
            amount=awarded if asked.act is Pursuit.AWARD else 0,
            words=asked.words,
        )
        decided = await self.program.batchers.of(decide_complaints, "complaint_id").submit(deciding)
        proposed = await self._complaint_of(order)
        if decided.status is not ComplaintStatus.DONE or proposed.state is not ComplaintState.PROPOSED:
            return decided.status
        seconding = SecondDecision(complaint_id=complaint.id, actor=second, seen=seal_of(proposed))
        return (await self.program.batchers.of(second_decisions, "complaint_id").submit(seconding)).status

    async def complaint_about(self, order_id: UUID) -> Complaint | None:
        """Read the last complaint about an order."""
        async with self.program.database.read() as reader:
            file = await get_last_of_order(reader, order_id)
        return file.complaint if file else None

    async def _about(self, asked: AboutOrder) -> MerchantOrder:
        if asked.out_trade_no is not None:
            order = await self.order(asked.out_trade_no, asked.mchid)
            if asked.transaction_id in (None, order.id.hex):
                return order
            raise HTTPException(_("out_trade_no 和 transaction_id 说的不是同一笔订单。"), status_code=409)
        if asked.transaction_id is None:
            raise HTTPException(_("写上 out_trade_no 或 transaction_id：是哪一笔订单。"), status_code=400)
        shop_id = await self.shop_of(asked.mchid)
        try:
            order_id = UUID(hex=asked.transaction_id)
        except ValueError:
            found = None
        else:
            async with self.program.database.read() as reader:
                found = (await get_orders(reader, [order_id])).get(order_id)
        if found is None or found.shop_id != shop_id:
            words = _("没有订单 %(number)s：先下单。", number=asked.transaction_id)
            raise HTTPException(words, status_code=404)
        return found

    async def _complaint_of(self, order: MerchantOrder) -> Complaint:
        found = await self.complaint_about(order.id)
        if found is None:
            words = _("没有人投诉过订单 %(number)s：先用 /sandbox/complain。", number=order.number)
            raise HTTPException(words, status_code=404)
        return found

    async def _take_pictures(self, order_id: UUID, contents: Sequence[bytes]) -> tuple[str, ...]:
        """Take pictures in beside an order, as the page does."""
        taken = await upload_pictures(self.program.batchers, self.program.settings, proof_owner(order_id), contents)
        wrong = next((each.status for each in taken if each.status not in TAKEN), None)
        if wrong is not None:
            raise HTTPException(_("有一张图片不能收下：%(status)s。", status=wrong.value), status_code=409)
        return tuple(dict.fromkeys(each.url for each in taken if each.url))

    async def _complained(self, order: MerchantOrder, status: ComplaintStatus) -> ShownComplaint:
        if status not in (ComplaintStatus.DONE, ComplaintStatus.EXISTS):
            raise HTTPException(refusal(status), status_code=409)
        await self.settle()
        complaint = await self._complaint_of(order)
        return ShownComplaint(
            complaint_id=complaint.id.hex,
            out_trade_no=order.number,
            transaction_id=order.id.hex,
            state=complaint.state,
            amount=complaint.amount,
        )

    async def make_merchant(self, asked: MakeMerchant) -> Account:
        """Make a merchant with keys of its own."""
        if asked.partner:
            await self.shop_of(asked.partner)
        try:
            return await make_merchant(self.program, asked.name, asked.partner)
        except NotOpenedError as refused:
            if refused.status is OpenShopStatus.INVALID_NAME:
                words = _("name 要写在一行里，看得见，没有控制字符。")
                raise HTTPException(words, status_code=400) from refused
            words = _("没有开成：%(status)s。", status=refused.status.value)
            raise HTTPException(words, status_code=409) from refused

    async def rotate_keys(self, asked: RotateKeys) -> Rotated:
        """Change a key, and use the new one from now on."""
        shop_id, mchid, database = (
            await self.shop_of(asked.mchid),
            await self.number_of(asked.mchid),
            self.program.database,
        )
        wire, batchers, overlap = wire_of(database), self.program.batchers, timedelta(seconds=asked.overlap_seconds)
        if asked.key != "merchant":
            kind = KeyKind.CERTIFICATE if asked.key == "platform" else KeyKind.PUBLIC_KEY
            before = [key for key in (await wire.keyring.ring()).signing(clock.wall()) if key.kind is kind]
            made = await wire.keyring.renew(BY_SYSTEM, kind)
            # Programs are told of a public key by hand: until the overlap is over, what signed before does.
            choice = ChoosePlatformKey(
                shop_id=shop_id,
                platform_key_id=made.id,
                is_known=True,
                actor=BY_SYSTEM,
                begins_at=clock.wall() + overlap if overlap else None,
            )
            await batchers.of(choose_platform_keys, "shop_id").submit(choice)
            wire.directory.forget(mchid)
            if kind is KeyKind.CERTIFICATE:
                return Rotated(key="platform", serial_no=made.id, certificate=made.pem)
            await self.end_platform_keys([key.id for key in before if key.ended_at is None], overlap)
            return Rotated(key="public_key", serial_no=made.id, public_key=made.pem)
        async with database.read() as reader:
            keys = await read_keys(reader, database, shop_id)
        assert keys is not None
        key = await asyncio.to_thread(make_private_key)
        issued = await issue(database, batchers, keys, "rotated", key.public_key(), BY_SYSTEM)
        if issued.serial is None or issued.pem is None:
            words = _("没有签发证书：%(status)s。", status=issued.status.value)
            raise HTTPException(words, status_code=409)
        for each in keys.certificates:
            await end_certificate(database, batchers, keys.merchant, each.serial, overlap, BY_SYSTEM)
        return Rotated(key="merchant", serial_no=issued.serial, certificate=issued.pem, private_key=private_pem(key))

    async def end_platform_keys(self, ids: Sequence[str], overlap: timedelta) -> None:
        """End keys of the platform, for everybody, after a while."""
        for id in ids:
            await wire_of(self.program.database).keyring.end(id, BY_SYSTEM, overlap)

    async def whose(self, mchid: str | None) -> str | None:
        """Tell whose faults are meant: a merchant's, by number, or, None, everybody's."""
        return await self.number_of(mchid) if mchid else None

    async def add_faults(self, asked: AddFaults) -> LeftFaults:
        """Let things go wrong, each fault after those that were asked for before."""
        mchid = await self.whose(asked.mchid)
        self.faults.add(asked.answers, asked.notices, mchid)
        return self.left(mchid)

    async def calm(self, mchid: str | None = None) -> LeftFaults:
        """Let nothing go wrong any more."""
        mchid = await self.whose(mchid)
        self.faults.clear(mchid)
        return self.left(mchid)

    def left(self, mchid: str | None) -> LeftFaults:
        """Say what is to go wrong yet: for a merchant, or for all."""
        faults = self.faults
        return LeftFaults(
            answers=[fault for fault in faults.answers if mchid in (None, fault.mchid)],
            notices=[fault for fault in faults.notices if mchid in (None, fault.mchid)],
        )

    async def turn(self, by: timedelta) -> None:
        """Turn the clock, and do what is due by then: of what the program did just before, too."""
        program = self.program
        await self.settle()  # What was not set off yet, would begin only then, and be due later.
        async with program.database.transaction() as tx:
            await installation.turn_clock(tx, by)
        await self.settle()
        await deliver_sandbox_notices(program.database, program.lanes, NOTICES_MAX)
        await self.settle()  # What one job began may be another's, which ran before it.


def desk_of(program: Program) -> Desk:
    """Give the one desk of an installation: pages and control work at the same."""
    if program not in _desks:
        _desks[program] = Desk(program, None, Faults())
    return _desks[program]


_desks: WeakKeyDictionary[Program, Desk] = WeakKeyDictionary()


def shown(message: Message) -> ShownNotice:
    """Say how a notice stands."""
    return ShownNotice(
        id=message.id,
        type=message.type,
        url=message.url,
        status=message.status.value,
        attempts=message.attempts,
        next_at=message.next_at,
    )

"""The JSON API of payments: what a person paid, their wallet, withdrawals; and, where it is open, the sandbox.

Paying an order is the orders' business. What somebody else paid or owns is not there: 404.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from msgspec import Meta, Struct

from weiji.events.payments import PaymentPart
from weiji.identity import Refusal, Spending, proof_in, refuse_changes, refuse_spendings
from weiji.kit import clock
from weiji.kit.db import Reader
from weiji.payments import operations
from weiji.payments.calls import deliver_sandbox_notices, start_payments_on
from weiji.payments.channels import Device, OpenId, sandbox
from weiji.payments.model import (
    REFUSAL_MAX,
    TOP_UP_MAX,
    CreatePayment,
    CreatePaymentStatus,
    CreatePayoutAccount,
    Movement,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAccount,
    PayoutSource,
    PayoutStatus,
    PayWay,
    Purpose,
    Refund,
    RefundReason,
    RefundStatus,
    RefusePayout,
    RefusePayoutStatus,
    RemovePayoutAccount,
    RemovePayoutAccountStatus,
    RequestPayout,
    RetryRefund,
    RetryRefundStatus,
    ShownRefundRoute,
    ShowRefundRoute,
)
from weiji.payments.proving import (
    PayoutAccountResult,
    PayoutResult,
    ProvedPayout,
    ProvedPayoutAccount,
    create_proved_payout_accounts,
    request_proved_payouts,
)
from weiji.payments.words import way_of
from weiji.web.api import (
    BATCH_MAX,
    After,
    Amount,
    ApiRequest,
    Batch,
    Limit,
    Page,
    PaymentPassword,
    StepUpCode,
    StepUpPassword,
    Typed,
    operation,
    run,
)
from weiji.web.caller import Caller, staff
from weiji.web.cursors import Bigint, read_cursor, write_cursor
from weiji.web.permissions import Permission
from weiji.web.rates import rate

Owner = Annotated[UUID, Meta(description="You, or a shop that you own.")]
NearOwner = Annotated[UUID, Meta(description="Made by you; its last six bits are those of `owner_id`.")]
ChannelName = Annotated[str, Meta(min_length=1, max_length=40)]


class WithdrawalTerms(Struct, frozen=True):
    """What the operator's rules say of a withdrawal: its fee, and the least to withdraw, in fen.

    Who asks for more than `review_above` in a day waits for two of the staff, who look within `review_within`.
    """

    fee: int
    minimum: int
    review_above: int
    review_within: timedelta


class ReadTerms:
    """How the terms of a withdrawal are read. The rules are a module's above this one: it is given to us."""

    def __init__(
        self,
        read: Callable[[Reader], Awaitable[WithdrawalTerms]],
        read_barred: Callable[[Reader, Collection[UUID]], Awaitable[Mapping[UUID, str]]] | None = None,
    ) -> None:
        """*read_barred* tells which of some shops may not withdraw, and the status that says why."""
        self.read = read
        self._read_barred = read_barred

    async def barred(self, reader: Reader, shop_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Tell which of these shops may not withdraw, and the status that says why."""
        return await self._read_barred(reader, shop_ids) if self._read_barred and shop_ids else {}


class RefundAnswer(Struct, kw_only=True):
    """A refund."""

    id: UUID
    amount: int
    reason: RefundReason
    status: RefundStatus
    to: Literal["channel", "wallet", "bank"]
    created_at: datetime
    ended_at: datetime | None


class PaymentAnswer(Struct, kw_only=True):
    """A payment."""

    id: UUID
    subject_id: UUID
    payee_id: UUID
    purpose: Purpose
    amount: int
    currency: str = "CNY"
    channel: str
    status: PaymentStatus
    pay_url: str | None
    pay_way: PayWay
    failure: str | None
    captured: int
    refunded: int
    created_at: datetime
    expires_at: datetime | None
    captured_at: datetime | None
    refunds: list[RefundAnswer]
    parts: list[PaymentPart] = []
    """What it is for, if it is for several orders; the subject is then the payment itself, and the payee its payer."""


class WalletAnswer(Struct, kw_only=True):
    """A wallet, with a page of what happened to it, the last first."""

    available: int
    held: int
    frozen: int
    """What courts have held of it; it is not among what is available."""
    currency: str = "CNY"
    items: list["MovementAnswer"]
    next: str | None


class MovementAnswer(Struct, kw_only=True):
    """What came into a wallet, or, less than 0, what went out.

    `subject_id` is the order or withdrawal it was for; of an order, `shop_name` is how its shop was called then.
    """

    id: UUID
    subject_id: UUID | None
    shop_name: str | None
    amount: int
    kind: str
    at: datetime


class TopUpBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money to put into your wallet, by a channel."""

    id: Annotated[UUID, Meta(description="Made by you; its last six bits are those of your own id.")]
    amount: Annotated[int, Meta(ge=1, le=TOP_UP_MAX, description="Minor units (fen).")]
    channel: ChannelName
    device: Device = Device.DESKTOP
    openid: OpenId | None = None


class TopUpAnswer(Struct, kw_only=True):
    """How it began, and where to go to pay."""

    status: CreatePaymentStatus
    pay_url: str | None = None
    pay_way: PayWay | None = None


class PayoutAccountBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A bank account to name: yours, or that of a shop you own."""

    id: NearOwner
    owner_id: Owner
    holder: Typed
    bank: Typed
    number: Typed
    payment_password: PaymentPassword
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


class PayoutAccountAnswer(Struct, kw_only=True):
    """A bank account. Its number stays here."""

    id: UUID
    owner_id: UUID
    holder: str
    bank: str
    last4: str
    created_at: datetime


class RemovePayoutAccountBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The bank account to remove."""

    id: UUID
    owner_id: Owner


class RemovePayoutAccountAnswer(Struct):
    """How removing a bank account ended."""

    status: RemovePayoutAccountStatus


class PayoutBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money to withdraw: from your wallet, or what a shop you own may withdraw.

    An API key withdraws only shops' money, and needs no password for it.
    """

    id: NearOwner
    owner_id: Owner
    account_id: UUID
    amount: Amount
    channel: ChannelName
    payment_password: PaymentPassword | None = None
    login_password: StepUpPassword | None = None
    code: StepUpCode | None = None


class PayoutAnswer(Struct, kw_only=True):
    """A withdrawal."""

    id: UUID
    owner_id: UUID
    account_id: UUID
    amount: int
    fee: int
    currency: str = "CNY"
    status: PayoutStatus
    created_at: datetime
    accepted_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    review_by: Annotated[datetime | None, Meta(description="By when the staff look at it, who have to.")]
    refusal: Annotated[str, Meta(description="Why the staff refused it, or what the bank said of why.")]


class PayoutInReview(PayoutAnswer, kw_only=True):
    """A withdrawal that two of the staff have to let go."""

    source: PayoutSource
    channel: str


class SilentPayout(PayoutAnswer, kw_only=True):
    """A withdrawal of which its channel tells nothing. It is known there by `id`, written without hyphens."""

    source: PayoutSource
    channel: str
    queries: int
    """How often the channel was asked."""
    query_at: datetime
    """When it is asked next."""


class RefusePayoutBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A withdrawal that the staff do not let go. Its owner reads the reason."""

    id: UUID
    reason: Annotated[str, Meta(max_length=REFUSAL_MAX)]


class RefusePayoutAnswer(Struct):
    """How refusing a withdrawal ended."""

    status: RefusePayoutStatus


RefusePayoutBatch = Batch[RefusePayoutBody]
TopUpBatch = Batch[TopUpBody]
PayoutAccountBatch = Batch[PayoutAccountBody]
RemovalBatch = Batch[RemovePayoutAccountBody]
PayoutBatch = Batch[PayoutBody]


def describe_payment(payment: Payment, refunds: Sequence[Refund] = ()) -> PaymentAnswer:
    """Tell of a payment what its payer may know."""
    return PaymentAnswer(
        id=payment.id,
        subject_id=payment.subject_id,
        payee_id=payment.payee_id,
        purpose=payment.purpose,
        amount=payment.amount,
        channel=payment.channel,
        status=payment.status,
        pay_url=payment.pay_url,
        pay_way=payment.pay_way,
        failure=payment.failure,
        captured=payment.captured,
        refunded=payment.refunded,
        created_at=payment.created_at,
        expires_at=payment.expires_at,
        captured_at=payment.captured_at,
        parts=list(payment.parts),
        refunds=[
            RefundAnswer(
                id=refund.id,
                amount=refund.amount,
                reason=refund.reason,
                status=refund.status,
                to=refund.to,
                created_at=refund.created_at,
                ended_at=refund.ended_at,
            )
            for refund in refunds
        ],
    )


def _spending(body: PayoutBody) -> Spending:
    return Spending(id=body.id, amount=body.amount, proof=proof_in(body))


def _describe_payout(payout: Payout) -> PayoutAnswer:
    return PayoutAnswer(**_facts_of(payout))


def _facts_of(payout: Payout) -> dict[str, Any]:
    return {name: getattr(payout, name) for name in PayoutAnswer.__struct_fields__ if name != "currency"}


def _describe_movement(movement: Movement) -> MovementAnswer:
    return MovementAnswer(
        id=movement.id,
        subject_id=movement.subject_id,
        shop_name=movement.shop_name,
        amount=movement.amount,
        kind=movement.kind.name.lower(),
        at=movement.at,
    )


def _describe_account(account: PayoutAccount) -> PayoutAccountAnswer:
    return PayoutAccountAnswer(
        id=account.id,
        owner_id=account.owner_id,
        holder=account.holder,
        bank=account.bank,
        last4=account.last4,
        created_at=account.created_at,
    )


def find_source(caller: Caller, owner_id: UUID, permission: Permission) -> PayoutSource | None:
    """Tell whose money the caller means: their own, or a shop's where they have *permission*; None for others'."""
    if owner_id == caller.person_id:
        return PayoutSource.WALLET
    return PayoutSource.MERCHANT_AVAILABLE if caller.may(owner_id, permission) else None


def _check_owner(caller: Caller, owner_id: UUID) -> None:
    if find_source(caller, owner_id, Permission.MONEY) is None:
        raise NotFoundException


class PaymentsApi(Controller):
    """Payments."""

    path = "/api/v1/payments"
    tags = ("payments",)

    @get("/{payment_id:uuid}", **operation("GetPayment", "payments:read"))
    async def show(self, request: ApiRequest, payment_id: FromPath[UUID]) -> PaymentAnswer:
        """Read a payment of yours, with its refunds."""
        async with request.database.read() as reader:
            (payment,) = await operations.get_payments(reader, [payment_id])
            if payment is None or payment.payer_id != request.person_id:
                raise NotFoundException
            refunds = await operations.get_refunds(reader, [payment_id]) if payment.captured else []
        return describe_payment(payment, refunds)

    @get("/", **operation("ListPayments", "platform:read", guards=[staff()]))
    async def index(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[PaymentAnswer]:
        """List everybody's payments, the newest first, for the operator's staff."""
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await operations.list_payments(reader, before=cursor[0] if cursor else None, limit=limit + 1)
        shown = [describe_payment(payment) for payment in found[:limit]]
        return Page(items=shown, next=write_cursor(shown[-1].id) if len(found) > limit else None)


class AbnormalRefund(Struct, kw_only=True):
    """A refund that waits for people.

    Its channel refused it (`abnormal`), and its payer has no account, or disputes the payment; or the account that it
    would be taken from has too little (`uncovered`), and the channel is asked again; or the channel was asked for 48
    hours and has not said what became of it (`submitted`, `unknown`).
    """

    id: UUID
    payment_id: UUID
    order_id: UUID
    channel: str
    amount: int
    covered: int = 0
    """What of it the payer has by a chargeback: the rest is what may be paid by hand."""
    currency: str = "CNY"
    status: RefundStatus
    created_at: datetime
    retries: int
    route_bank: str | None = None
    """Where its shop says that it may go instead."""
    route_holder: str | None = None
    route_last4: str | None = None
    """How the number of that account ends; `ShowRefundRoutes` gives all of it."""


class RetryRefundBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A refund to ask its channel for once more."""

    id: UUID


class RetryRefundAnswer(Struct):
    """How asking once more ended."""

    status: RetryRefundStatus


RetryRefundBatch = Batch[RetryRefundBody]


class ShowRefundRouteBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A refund whose other account you want to read."""

    id: UUID


ShowRefundRouteBatch = Batch[ShowRefundRouteBody]


class RefundsApi(Controller):
    """Refunds that people have to look at."""

    path = "/api/v1/refunds"
    tags = ("payments",)

    @get("/abnormal", **operation("ListAbnormalRefunds", "platform:read", guards=[staff()]))
    async def list_abnormal(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[AbnormalRefund]:
        """List refunds that wait for people, the newest first: refused, or never answered."""
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await operations.list_abnormal_refunds(
                reader, before=cursor[0] if cursor else None, limit=limit + 1
            )
        items = [
            AbnormalRefund(
                id=refund.id,
                payment_id=refund.payment_id,
                order_id=refund.subject_id,
                channel=refund.channel,
                amount=refund.amount,
                covered=refund.covered,
                status=refund.status,
                created_at=refund.created_at,
                retries=refund.retries,
                route_bank=refund.route_bank,
                route_holder=refund.route_holder,
                route_last4=operations.open_route(refund)[-4:] or None,
            )
            for refund in found[:limit]
        ]
        return Page(items=items, next=write_cursor(items[-1].id) if len(found) > limit else None)

    @post("/show-routes", **operation("ShowRefundRoutes", "platform:write", guards=[staff("operator")]))
    async def show_routes(self, request: ApiRequest, data: ShowRefundRouteBatch) -> Response[list[ShownRefundRoute]]:
        """Give the whole numbers of accounts that refunds may go to, for whoever pays them. Every look is in the audit.

        No Idempotency-Key is taken: a stored answer would keep the numbers in clear.
        """
        actor = request.actor("staff")
        commands = [ShowRefundRoute(id=body.id, actor=actor) for body in data]
        return await run(request, operations.show_refund_routes, "id", commands)

    @post("/retry", **operation("RetryRefunds", "platform:write", repeat="key_needed", guards=[staff("operator")]))
    async def retry(self, request: ApiRequest, data: RetryRefundBatch) -> Response[list[RetryRefundAnswer]]:
        """Ask channels once more for what they refused. By another route: propose `refund_by_hand` for approval."""
        actor = request.actor("staff")
        return await run(
            request, operations.retry_refunds, "id", [RetryRefund(id=body.id, actor=actor) for body in data]
        )


class WalletApi(Controller):
    """The wallet."""

    path = "/api/v1/wallet"
    tags = ("payments",)

    @get("/", **operation("GetWallet", "payments:read"))
    async def show(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> WalletAnswer:
        """Read what is in your wallet, and what happened to it, the last first."""
        cursor = read_cursor(after, tuple[Bigint])
        async with request.database.read() as reader:
            wallet = await operations.get_wallet(
                reader, request.person_id, before=cursor[0] if cursor else None, limit=limit
            )
        return WalletAnswer(
            available=wallet.available,
            held=wallet.held,
            frozen=wallet.frozen,
            items=[_describe_movement(movement) for movement in wallet.movements],
            next=write_cursor(wallet.next) if wallet.next is not None else None,
        )

    @post("/top-ups", **operation("TopUpWallet", repeat="key_needed"))
    async def top_up(self, request: ApiRequest, data: TopUpBatch) -> Response[list[TopUpAnswer]]:
        """Begin to put money into your wallet: go to `pay_url` to pay it."""
        person_id = request.person_id
        actor = request.actor()
        commands = [
            CreatePayment(
                id=body.id,
                payer_id=person_id,
                subject_id=person_id,
                payee_id=person_id,
                purpose=Purpose.TOP_UP,
                amount=body.amount,
                channel=body.channel,
                actor=actor,
            )
            for body in data
        ]

        async def finish(results: list[Any]) -> list[Any]:
            asked = [
                (body.id, body.device, body.openid)
                for body, result in zip(data, results, strict=True)
                if result["status"] in ("created", "exists")
            ]
            started = await start_payments_on(request.database, request.lanes, asked, actor.address)
            return [{**result, **way_of(started.get(body.id))} for body, result in zip(data, results, strict=True)]

        return await run(request, operations.create_payments, "payer_id", commands, finish)


class PayoutAccountsApi(Controller):
    """Bank accounts that money is withdrawn to."""

    path = "/api/v1/payout-accounts"
    tags = ("payouts",)

    @get("/", **operation("ListPayoutAccounts", "payouts:read"))
    async def index(self, request: ApiRequest, owner_id: UUID) -> Page[PayoutAccountAnswer]:
        """List bank accounts: yours, or those of a shop whose money you may see. There are 50 at most."""
        _check_owner(request.caller, owner_id)
        async with request.database.read() as reader:
            found = await operations.list_payout_accounts(reader, owner_id)
        return Page(items=[_describe_account(account) for account in found], next=None)

    @post("/create", **operation("CreatePayoutAccounts", repeat="key_taken", opt=rate("password", "30/minute")))
    async def create(self, request: ApiRequest, data: PayoutAccountBatch) -> Response[list[PayoutAccountResult]]:
        """Name bank accounts: with the payment password, and a `code` of your app, or without one your
        `login_password`.
        """
        actor = request.actor()
        refusals = await refuse_changes(request, [proof_in(body) for body in data])
        commands = [
            ProvedPayoutAccount(
                CreatePayoutAccount(
                    id=body.id,
                    owner_id=body.owner_id,
                    holder=body.holder,
                    bank=body.bank,
                    number=body.number,
                    actor=actor,
                ),
                refusals[proof_in(body)]
                if find_source(request.caller, body.owner_id, Permission.OWNERSHIP)
                else Refusal("owner_not_found"),
            )
            for body in data
        ]
        return await run(request, create_proved_payout_accounts, "command.owner_id", commands)

    @post("/remove", **operation("RemovePayoutAccounts", repeat="key_taken"))
    async def remove(self, request: ApiRequest, data: RemovalBatch) -> Response[list[RemovePayoutAccountAnswer]]:
        """Remove bank accounts. Withdrawals under way go on."""
        actor = request.actor()
        caller = request.caller
        commands = [
            RemovePayoutAccount(
                id=body.id,
                # Nobody else's account is there.
                owner_id=body.owner_id
                if find_source(caller, body.owner_id, Permission.OWNERSHIP)
                else request.person_id,
                actor=actor,
            )
            for body in data
        ]
        return await run(request, operations.remove_payout_accounts, "id", commands)


class PayoutsApi(Controller):
    """Withdrawals."""

    path = "/api/v1/payouts"
    tags = ("payouts",)

    @get("/", **operation("ListPayouts", "payouts:read"))
    async def index(
        self, request: ApiRequest, owner_id: UUID, after: After = None, limit: Limit = 20
    ) -> Page[PayoutAnswer]:
        """List withdrawals, the newest first: yours, or those of a shop whose money you may see."""
        _check_owner(request.caller, owner_id)
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            before = cursor[0] if cursor else None
            found = await operations.list_payouts(reader, owner_id, before=before, limit=limit + 1)
        shown = [_describe_payout(payout) for payout in found[:limit]]
        return Page(items=shown, next=write_cursor(shown[-1].id) if len(found) > limit else None)

    @post(
        "/request",
        **operation("RequestPayouts", "payouts:write", repeat="key_needed", opt=rate("payouts", "600/minute")),
    )
    async def create(
        self, request: ApiRequest, data: PayoutBatch, withdrawal_terms: NamedDependency[ReadTerms]
    ) -> Response[list[PayoutResult]]:
        """Withdraw money to bank accounts. The fee is taken beside the amount.

        Large sums take a `code` of your app as well as the payment password, or without an app your `login_password`.
        With what goes above the rules' `withdrawal_review_above` in a day, small ones together, it is `in_review`
        first, until `review_by` at the latest.
        """
        async with request.database.read() as reader:
            terms = await withdrawal_terms.read(reader)
            caller = request.caller
            shop_ids = {body.owner_id for body in data if caller.may(body.owner_id, Permission.WITHDRAWALS)}
            barred = await withdrawal_terms.barred(reader, shop_ids)
        is_signed_in = request.caller.session_id is not None
        refusals = await refuse_spendings(request, [_spending(body) for body in data if is_signed_in])
        commands = []
        for body in data:
            source = find_source(request.caller, body.owner_id, Permission.WITHDRAWALS)
            if source is None:
                refusal: Refusal | None = Refusal("owner_not_found")
            elif not is_signed_in and source is PayoutSource.WALLET:
                refusal = Refusal("sign_in_needed")
            else:
                refusal = refusals[_spending(body)] if is_signed_in else None
            if refusal is None and body.owner_id in barred:
                refusal = Refusal(barred[body.owner_id])
            if refusal is None and body.amount < terms.minimum:
                refusal = Refusal("below_minimum")
            command = RequestPayout(
                id=body.id,
                owner_id=body.owner_id,
                source=source or PayoutSource.WALLET,
                account_id=body.account_id,
                amount=body.amount,
                fee=terms.fee,
                channel=body.channel,
                review_above=terms.review_above,
                review_within=terms.review_within,
                actor=request.actor("merchant" if source is PayoutSource.MERCHANT_AVAILABLE else "person"),
            )
            commands.append(ProvedPayout(command, refusal))
        return await run(request, request_proved_payouts, "command.owner_id", commands)

    @get("/review", **operation("ListPayoutsInReview", "platform:read", guards=[staff()]))
    async def list_in_review(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[PayoutInReview]:
        """List withdrawals that two of the staff have to let go, the oldest first.

        One proposes `payout_release` for approval, another approves it. Or one refuses.
        """
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await operations.list_payouts_in_review(
                reader, after=cursor[0] if cursor else None, limit=limit + 1
            )
        items = [
            PayoutInReview(**_facts_of(payout), source=payout.source, channel=payout.channel)
            for payout in found[:limit]
        ]
        return Page(items=items, next=write_cursor(items[-1].id) if len(found) > limit else None)

    @get("/silent", **operation("ListSilentPayouts", "platform:read", guards=[staff()]))
    async def list_silent(self, request: ApiRequest, after: After = None, limit: Limit = 20) -> Page[SilentPayout]:
        """List withdrawals of which their channels have told nothing for two days, the oldest first.

        Find out there what became of each. One proposes `payout_outcome` for approval, another approves it.
        """
        cursor = read_cursor(after, tuple[UUID])
        async with request.database.read() as reader:
            found = await operations.list_silent_payouts(
                reader, clock.now(), after=cursor[0] if cursor else None, limit=limit + 1
            )
        items = [
            SilentPayout(
                **_facts_of(payout),
                source=payout.source,
                channel=payout.channel,
                queries=payout.queries,
                query_at=payout.query_at,
            )
            for payout in found[:limit]
            if payout.query_at is not None
        ]
        return Page(items=items, next=write_cursor(items[-1].id) if len(found) > limit else None)

    @post("/refuse", **operation("RefusePayouts", "platform:write", repeat="key_needed", guards=[staff("operator")]))
    async def refuse(self, request: ApiRequest, data: RefusePayoutBatch) -> Response[list[RefusePayoutAnswer]]:
        """Refuse withdrawals that are in review: amount and fee are free again, and the owner reads the reason."""
        actor = request.actor("staff")
        commands = [RefusePayout(id=body.id, reason=body.reason, actor=actor) for body in data]
        return await run(request, operations.refuse_payouts, "id", commands)


class ActBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to do to a charge; `at` goes with `pay_late` and `fail_then_pay`."""

    verb: sandbox.ChargeVerb
    at: Annotated[datetime, Meta(tz=True)] | None = None


class FaultsBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong with a charge."""

    notices: Annotated[int, Meta(ge=0, le=sandbox.COPIES_MAX)] = 1
    delay_seconds: Annotated[int, Meta(ge=0, le=sandbox.DELAY_SECONDS_MAX)] = 0
    refunds: Literal["succeed", "refuse", "wait"] = "succeed"
    is_silent: bool = False


class ActOnRefundBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What becomes of a refund."""

    verb: sandbox.RefundVerb


class ActOnChargebackBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is done about a paid charge. There is one dispute of a charge."""

    verb: sandbox.ChargebackVerb
    amount: Amount | None = None
    """With `raise`; null: all of it."""


class ActOnPayoutBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What becomes of a payout."""

    verb: sandbox.PayoutVerb


class ActAnswer(Struct):
    """How acting ended."""

    status: sandbox.ActStatus


class ChargeAnswer(Struct, kw_only=True):
    """A charge at the simulated acquirer."""

    id: UUID
    amount: int
    status: str
    created_at: datetime


class SandboxApi(Controller):
    """The simulated acquirer and bank. It is not there on a live installation; elsewhere anybody may act on it.

    What an act has to tell is told at once, unless the charge's faults say otherwise.
    """

    path = "/api/v1/sandbox"
    tags = ("sandbox",)

    @get("/charges/{charge_id:uuid}", **operation("GetSandboxCharge"))
    async def show(self, request: ApiRequest, charge_id: FromPath[UUID]) -> ChargeAnswer:
        """Read a charge."""
        _check_mode(request)
        async with request.database.read() as reader:
            charge = await sandbox.get_charge(reader, charge_id)
        if charge is None:
            raise NotFoundException
        return ChargeAnswer(id=charge.id, amount=charge.amount, status=charge.status, created_at=charge.created_at)

    @post("/charges/{charge_id:uuid}/act", **operation("ActOnSandboxCharge"))
    async def act(self, request: ApiRequest, charge_id: FromPath[UUID], data: ActBody) -> ActAnswer:
        """Pay a charge, or let it fail; late, twice, untold, or after it failed."""
        _check_mode(request)
        command = sandbox.ActOnCharge(id=charge_id, verb=data.verb, at=data.at, actor=request.actor())
        return await _tell(request, await request.batchers.of(sandbox.act_on_charges).submit(command))

    @post("/charges/{charge_id:uuid}/faults", **operation("SetSandboxFaults"))
    async def set_faults(self, request: ApiRequest, charge_id: FromPath[UUID], data: FaultsBody) -> ActAnswer:
        """Say what goes wrong with a charge from now on."""
        _check_mode(request)
        command = sandbox.SetFaults(
            id=charge_id,
            notices=data.notices,
            delay_seconds=data.delay_seconds,
            refunds=data.refunds,
            is_silent=data.is_silent,
            actor=request.actor(),
        )
        return ActAnswer(await request.batchers.of(sandbox.set_faults).submit(command))

    @post("/charges/{charge_id:uuid}/chargeback", **operation("ActOnSandboxChargeback"))
    async def act_on_chargeback(
        self, request: ApiRequest, charge_id: FromPath[UUID], data: ActOnChargebackBody
    ) -> ActAnswer:
        """Dispute a paid charge as its payer would, or decide that as the acquirer would."""
        _check_mode(request)
        command = sandbox.ActOnChargeback(id=charge_id, verb=data.verb, amount=data.amount, actor=request.actor())
        return await _tell(request, await request.batchers.of(sandbox.act_on_chargebacks).submit(command))

    @post("/refunds/{refund_id:uuid}/act", **operation("ActOnSandboxRefund"))
    async def act_on_refund(self, request: ApiRequest, refund_id: FromPath[UUID], data: ActOnRefundBody) -> ActAnswer:
        """Decide a refund that waits."""
        _check_mode(request)
        command = sandbox.ActOnRefund(id=refund_id, verb=data.verb, actor=request.actor())
        return await _tell(request, await request.batchers.of(sandbox.act_on_refunds).submit(command))

    @post("/payouts/{payout_id:uuid}/act", **operation("ActOnSandboxPayout"))
    async def act_on_payout(self, request: ApiRequest, payout_id: FromPath[UUID], data: ActOnPayoutBody) -> ActAnswer:
        """Accept, reject, pay or return a payout."""
        _check_mode(request)
        command = sandbox.ActOnPayout(id=payout_id, verb=data.verb, actor=request.actor())
        return await _tell(request, await request.batchers.of(sandbox.act_on_payouts).submit(command))


def _check_mode(request: ApiRequest) -> None:
    if request.settings.mode == "live":
        raise NotFoundException


async def _tell(request: ApiRequest, status: sandbox.ActStatus) -> ActAnswer:
    if status is sandbox.ActStatus.DONE:
        await deliver_sandbox_notices(request.database, request.lanes, BATCH_MAX)
    return ActAnswer(status)


ROUTES: Final = (PaymentsApi, RefundsApi, WalletApi, PayoutAccountsApi, PayoutsApi, SandboxApi)
"""What the program serves of this module."""

"""The JSON API of payments: what a person paid, their wallet, withdrawals; and, where it is open, the sandbox.

Paying an order is the orders' business. What somebody else paid or owns is not there: 404.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter
from msgspec import Meta, Struct

from weiji.identity import Origin, PasswordCheckStatus, check_payment_password
from weiji.kit.batch import Batchers, Lanes
from weiji.kit.db import Database, Reader
from weiji.kit.money import format_yuan
from weiji.payments import operations
from weiji.payments.calls import deliver_sandbox_notices, start_payments
from weiji.payments.channels import sandbox
from weiji.payments.model import (
    CreatePayment,
    CreatePaymentStatus,
    CreatePayoutAccount,
    CreatePayoutAccountStatus,
    Movement,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAccount,
    PayoutSource,
    PayoutStatus,
    Purpose,
    Refund,
    RefundReason,
    RefundStatus,
    RemovePayoutAccount,
    RemovePayoutAccountStatus,
    RequestPayout,
    RequestPayoutStatus,
)
from weiji.settings import Settings
from weiji.web import Caller, Refused, signed_in, staff
from weiji.web import gettext as _
from weiji.web.actors import actor_of
from weiji.web.grants import grants
from weiji.web.rates import rate

BATCH_MAX: Final = 100
PAGE_MAX: Final = 100

MANAGERS: Final = ("owner",)
"""Who of a shop's staff may move its money."""

AnyRequest = Request[Any, Any, Any]

Text = Annotated[str, Meta(max_length=1_000)]
"""What is typed. Longer than whatever is right, so that what is wrong is answered by a status."""

Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A number that can be looked at. Whether it is an amount is answered by a status."""

Limit = Annotated[int, QueryParameter(ge=1, le=PAGE_MAX)]


class WithdrawalTerms(Struct, frozen=True):
    """What the operator's rules say of a withdrawal: its fee, and the least to withdraw, in fen."""

    fee: int
    minimum: int


class ReadTerms:
    """How the terms of a withdrawal are read. The rules are a module's above this one: it is given to us."""

    def __init__(self, read: Callable[[Reader], Awaitable[WithdrawalTerms]]) -> None:
        self.read = read


class RefundAnswer(Struct, kw_only=True):
    """A refund."""

    id: UUID
    amount: int
    reason: RefundReason
    status: RefundStatus
    to: Literal["channel", "wallet"]
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
    failure: str | None
    captured: int
    refunded: int
    created_at: datetime
    expires_at: datetime | None
    captured_at: datetime | None
    refunds: list[RefundAnswer]


class WalletAnswer(Struct, kw_only=True):
    """A wallet. The next page of movements is before the last one's `cursor`."""

    available: int
    held: int
    currency: str = "CNY"
    movements: list[Movement]


class TopUpBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money to put into your wallet, by a channel."""

    id: UUID
    amount: Integer
    channel: Text


class TopUpAnswer(Struct, kw_only=True):
    """How it began, and where to go to pay."""

    status: CreatePaymentStatus
    pay_url: str | None = None


class PayoutAccountBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A bank account to name: yours, or that of a shop you own."""

    id: UUID
    owner_id: UUID
    holder: Text
    bank: Text
    number: Text
    payment_password: Text


class PayoutAccountAnswer(Struct, kw_only=True):
    """A bank account. Its number stays here."""

    id: UUID
    owner_id: UUID
    holder: str
    bank: str
    last4: str
    created_at: datetime


class CreatePayoutAccountAnswer(Struct):
    """How naming a bank account ended."""

    status: CreatePayoutAccountStatus


class RemovePayoutAccountBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """The bank account to remove."""

    id: UUID
    owner_id: UUID


class RemovePayoutAccountAnswer(Struct):
    """How removing a bank account ended."""

    status: RemovePayoutAccountStatus


class PayoutBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Money to withdraw: from your wallet (`owner_id` is you), or what a shop you own may withdraw.

    An API key withdraws only shops' money, and needs no password for it.
    """

    id: UUID
    owner_id: UUID
    account_id: UUID
    amount: Integer
    channel: Text
    payment_password: Text | None = None


class PayoutRequestAnswer(Struct, kw_only=True):
    """How asking for a withdrawal ended, and what it costs."""

    status: RequestPayoutStatus
    fee: int


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


RemovalBatch = Annotated[list[RemovePayoutAccountBody], Meta(min_length=1, max_length=BATCH_MAX)]


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
        failure=payment.failure,
        captured=payment.captured,
        refunded=payment.refunded,
        created_at=payment.created_at,
        expires_at=payment.expires_at,
        captured_at=payment.captured_at,
        refunds=[
            RefundAnswer(
                id=refund.id,
                amount=refund.amount,
                reason=refund.reason,
                status=refund.status,
                to="wallet" if refund.is_to_wallet else "channel",
                created_at=refund.created_at,
                ended_at=refund.ended_at,
            )
            for refund in refunds
        ],
    )


def _describe_payout(payout: Payout) -> PayoutAnswer:
    return PayoutAnswer(
        id=payout.id,
        owner_id=payout.owner_id,
        account_id=payout.account_id,
        amount=payout.amount,
        fee=payout.fee,
        status=payout.status,
        created_at=payout.created_at,
        accepted_at=payout.accepted_at,
        paid_at=payout.paid_at,
        ended_at=payout.ended_at,
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


def _person_of(caller: Caller) -> UUID:
    assert caller.person_id, "a guard stands before this"
    return caller.person_id


def _check_owner(caller: Caller, owner_id: UUID) -> PayoutSource:
    """Tell whose money the caller means: their own, or that of a shop they own. Anybody else's is not there."""
    if owner_id == caller.person_id:
        return PayoutSource.WALLET
    if caller.may(owner_id, *MANAGERS):
        return PayoutSource.MERCHANT_AVAILABLE
    raise NotFoundException


async def _check_password(request: AnyRequest, database: Database, caller: Caller, password: str | None) -> None:
    """Let pass whoever knows the payment password. Raises Refused."""
    if password is None:
        raise Refused(_("请输入支付密码。"), status_code=403)
    actor = actor_of(request.scope)
    origin = Origin(address=actor.address, request_id=actor.request_id)
    check = await check_payment_password(database, _person_of(caller), password, origin)
    match check.status:
        case PasswordCheckStatus.WRONG:
            words = _("支付密码不对，还可以试 %(number)s 次。", number=check.tries_left)
        case PasswordCheckStatus.LOCKED:
            words = _("支付密码输错太多次，暂时不能用了。请稍后再试。")
        case PasswordCheckStatus.NOT_SET:
            words = _("你还没有设置支付密码。")
        case PasswordCheckStatus.CORRECT:
            return
    raise Refused(words, status_code=403)


class PaymentsApi(Controller):
    """Payments."""

    path = "/api/v1/payments"
    tags = ("payments",)

    @get("/{payment_id:uuid}", operation_id="GetPayment", guards=[grants("payments:read")])
    async def show(
        self, payment_id: FromPath[UUID], caller: NamedDependency[Caller], database: NamedDependency[Database]
    ) -> PaymentAnswer:
        """Read a payment of yours, with its refunds."""
        async with database.read() as reader:
            (payment,) = await operations.get_payments(reader, [payment_id])
            if payment is None or payment.payer_id != caller.person_id:
                raise NotFoundException
            refunds = await operations.get_refunds(reader, [payment_id]) if payment.captured else []
        return describe_payment(payment, refunds)

    @get("/", operation_id="ListPayments", guards=[grants("platform:read"), staff()])
    async def list(
        self,
        database: NamedDependency[Database],
        after: Annotated[UUID | None, QueryParameter(description="The last payment of the page before.")] = None,
        limit: Limit = 50,
    ) -> Sequence[PaymentAnswer]:
        """List everybody's payments, the newest first, for the operator's staff."""
        async with database.read() as reader:
            return [describe_payment(p) for p in await operations.list_payments(reader, before=after, limit=limit)]


class WalletApi(Controller):
    """The wallet."""

    path = "/api/v1/wallet"
    tags = ("payments",)

    @get("/", operation_id="GetWallet", guards=[grants("payments:read")])
    async def show(
        self,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
        after: Annotated[
            int | None,
            QueryParameter(ge=0, le=2**63 - 1, description="The cursor of the last movement of the page before."),
        ] = None,
        limit: Limit = 50,
    ) -> WalletAnswer:
        """Read what is in your wallet, and what happened last."""
        async with database.read() as reader:
            wallet = await operations.get_wallet(reader, _person_of(caller), before=after, limit=limit)
        return WalletAnswer(available=wallet.available, held=wallet.held, movements=wallet.movements)

    @post("/top-ups", operation_id="TopUpWallet", status_code=200, guards=[signed_in])
    async def top_up(
        self,
        request: AnyRequest,
        data: TopUpBody,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
        batchers: NamedDependency[Batchers],
        lanes: NamedDependency[Lanes],
    ) -> TopUpAnswer:
        """Begin to put money into your wallet: go to `pay_url` to pay it."""
        person_id = _person_of(caller)
        command = CreatePayment(
            id=data.id,
            payer_id=person_id,
            subject_id=person_id,
            payee_id=person_id,
            purpose=Purpose.TOP_UP,
            amount=data.amount,
            channel=data.channel,
            actor=actor_of(request.scope),
        )
        status = await batchers.of(operations.create_payments).submit(command)
        if status not in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS):
            return TopUpAnswer(status=status)
        (payment,) = await start_payments(database, lanes, [data.id])
        return TopUpAnswer(status=status, pay_url=payment.pay_url if payment else None)


class PayoutAccountsApi(Controller):
    """Bank accounts that money is withdrawn to."""

    path = "/api/v1/payout-accounts"
    tags = ("payouts",)

    @get("/", operation_id="ListPayoutAccounts", guards=[grants("payouts:read")])
    async def list(
        self, owner_id: UUID, caller: NamedDependency[Caller], database: NamedDependency[Database]
    ) -> Sequence[PayoutAccountAnswer]:
        """List bank accounts: yours, or those of a shop you own."""
        _check_owner(caller, owner_id)
        async with database.read() as reader:
            return [_describe_account(account) for account in await operations.list_payout_accounts(reader, owner_id)]

    @post(
        "/", operation_id="CreatePayoutAccount", status_code=200, guards=[signed_in], opt=rate("password", "30/minute")
    )
    async def create(
        self,
        request: AnyRequest,
        data: PayoutAccountBody,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
        batchers: NamedDependency[Batchers],
    ) -> CreatePayoutAccountAnswer:
        """Name a bank account."""
        _check_owner(caller, data.owner_id)
        await _check_password(request, database, caller, data.payment_password)
        command = CreatePayoutAccount(
            id=data.id,
            owner_id=data.owner_id,
            holder=data.holder,
            bank=data.bank,
            number=data.number,
            actor=actor_of(request.scope),
        )
        return CreatePayoutAccountAnswer(await batchers.of(operations.create_payout_accounts).submit(command))

    @post("/remove", operation_id="RemovePayoutAccounts", status_code=200, guards=[signed_in])
    async def remove(
        self,
        request: AnyRequest,
        data: RemovalBatch,
        caller: NamedDependency[Caller],
        batchers: NamedDependency[Batchers],
    ) -> Sequence[RemovePayoutAccountAnswer]:
        """Remove bank accounts. Withdrawals under way go on."""
        for body in data:
            _check_owner(caller, body.owner_id)
        actor = actor_of(request.scope)
        commands = [RemovePayoutAccount(id=body.id, owner_id=body.owner_id, actor=actor) for body in data]
        statuses = await batchers.of(operations.remove_payout_accounts).submit_all(commands)
        return [RemovePayoutAccountAnswer(status) for status in statuses]


class PayoutsApi(Controller):
    """Withdrawals."""

    path = "/api/v1/payouts"
    tags = ("payouts",)

    @get("/", operation_id="ListPayouts", guards=[grants("payouts:read")])
    async def list(
        self,
        owner_id: UUID,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
        after: Annotated[UUID | None, QueryParameter(description="The last withdrawal of the page before.")] = None,
        limit: Limit = 50,
    ) -> Sequence[PayoutAnswer]:
        """List withdrawals, the newest first: yours, or those of a shop you own."""
        _check_owner(caller, owner_id)
        async with database.read() as reader:
            found = await operations.list_payouts(reader, owner_id, before=after, limit=limit)
        return [_describe_payout(payout) for payout in found]

    @post(
        "/",
        operation_id="RequestPayout",
        status_code=200,
        guards=[grants("payouts:write")],
        opt=rate("password", "30/minute"),
    )
    async def create(
        self,
        request: AnyRequest,
        data: PayoutBody,
        caller: NamedDependency[Caller],
        database: NamedDependency[Database],
        batchers: NamedDependency[Batchers],
        withdrawal_terms: NamedDependency[ReadTerms],
    ) -> PayoutRequestAnswer:
        """Withdraw money to a bank account. The fee is taken beside the amount."""
        source = _check_owner(caller, data.owner_id)
        if caller.session_id is not None or source is PayoutSource.WALLET:
            if caller.session_id is None:
                raise Refused(_("钱包里的钱，只有登录的本人可以提现。"), status_code=403)
            await _check_password(request, database, caller, data.payment_password)
        async with database.read() as reader:
            terms = await withdrawal_terms.read(reader)
        if data.amount < terms.minimum:
            least = format_yuan(terms.minimum)
            raise Refused(_("最少提现 ¥%(amount)s。", amount=least), status_code=422)
        command = RequestPayout(
            id=data.id,
            owner_id=data.owner_id,
            source=source,
            account_id=data.account_id,
            amount=data.amount,
            fee=terms.fee,
            channel=data.channel,
            actor=actor_of(request.scope, "person" if source is PayoutSource.WALLET else "merchant"),
        )
        status = await batchers.of(operations.request_payouts).submit(command)
        return PayoutRequestAnswer(status=status, fee=terms.fee)


class ActBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to do to a charge; `at` goes with `pay_late`."""

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
    guards = (signed_in,)

    @get("/charges/{charge_id:uuid}", operation_id="GetSandboxCharge")
    async def show(
        self, charge_id: FromPath[UUID], database: NamedDependency[Database], settings: NamedDependency[Settings]
    ) -> ChargeAnswer:
        """Read a charge."""
        _check_mode(settings)
        async with database.read() as reader:
            charge = await sandbox.get_charge(reader, charge_id)
        if charge is None:
            raise NotFoundException
        return ChargeAnswer(id=charge.id, amount=charge.amount, status=charge.status, created_at=charge.created_at)

    @post("/charges/{charge_id:uuid}/act", operation_id="ActOnSandboxCharge", status_code=200)
    async def act(
        self,
        request: AnyRequest,
        charge_id: FromPath[UUID],
        data: ActBody,
        batchers: NamedDependency[Batchers],
        settings: NamedDependency[Settings],
    ) -> ActAnswer:
        """Pay a charge, or let it fail; late, twice, or untold."""
        _check_mode(settings)
        command = sandbox.ActOnCharge(id=charge_id, verb=data.verb, at=data.at, actor=actor_of(request.scope))
        return await _tell(batchers, await batchers.of(sandbox.act_on_charges).submit(command))

    @post("/charges/{charge_id:uuid}/faults", operation_id="SetSandboxFaults", status_code=200)
    async def set_faults(
        self,
        request: AnyRequest,
        charge_id: FromPath[UUID],
        data: FaultsBody,
        batchers: NamedDependency[Batchers],
        settings: NamedDependency[Settings],
    ) -> ActAnswer:
        """Say what goes wrong with a charge from now on."""
        _check_mode(settings)
        command = sandbox.SetFaults(
            id=charge_id,
            notices=data.notices,
            delay_seconds=data.delay_seconds,
            refunds=data.refunds,
            is_silent=data.is_silent,
            actor=actor_of(request.scope),
        )
        return ActAnswer(await batchers.of(sandbox.set_faults).submit(command))

    @post("/refunds/{refund_id:uuid}/act", operation_id="ActOnSandboxRefund", status_code=200)
    async def act_on_refund(
        self,
        request: AnyRequest,
        refund_id: FromPath[UUID],
        data: ActOnRefundBody,
        batchers: NamedDependency[Batchers],
        settings: NamedDependency[Settings],
    ) -> ActAnswer:
        """Decide a refund that waits."""
        _check_mode(settings)
        command = sandbox.ActOnRefund(id=refund_id, verb=data.verb, actor=actor_of(request.scope))
        return await _tell(batchers, await batchers.of(sandbox.act_on_refunds).submit(command))

    @post("/payouts/{payout_id:uuid}/act", operation_id="ActOnSandboxPayout", status_code=200)
    async def act_on_payout(
        self,
        request: AnyRequest,
        payout_id: FromPath[UUID],
        data: ActOnPayoutBody,
        batchers: NamedDependency[Batchers],
        settings: NamedDependency[Settings],
    ) -> ActAnswer:
        """Accept, reject, pay or return a payout."""
        _check_mode(settings)
        command = sandbox.ActOnPayout(id=payout_id, verb=data.verb, actor=actor_of(request.scope))
        return await _tell(batchers, await batchers.of(sandbox.act_on_payouts).submit(command))


def _check_mode(settings: Settings) -> None:
    if settings.mode == "live":
        raise NotFoundException


async def _tell(batchers: Batchers, status: sandbox.ActStatus) -> ActAnswer:
    if status is sandbox.ActStatus.DONE:
        await deliver_sandbox_notices(batchers.database, batchers.lanes, BATCH_MAX)
    return ActAnswer(status)


ROUTES: Final = (PaymentsApi, WalletApi, PayoutAccountsApi, PayoutsApi, SandboxApi)
"""What the program serves of this module."""

"""The pages of payments: the wallet, withdrawals, bank accounts; and the simulated acquirer's own page."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from weiji.events import Actor
from weiji.identity import (
    Refusal,
    change_refusal_error,
    pad_words,
    refuse_entered_change,
    refuse_entered_spending,
)
from weiji.kit import clock
from weiji.kit.ids import new_id
from weiji.kit.money import format_yuan, parse_yuan, plain_yuan
from weiji.ledger import chart, lookup_accounts
from weiji.payments import operations
from weiji.payments.api import ReadTerms, WithdrawalTerms
from weiji.payments.calls import deliver_sandbox_notices, start_payments
from weiji.payments.channels import REGISTRY, sandbox
from weiji.payments.model import (
    TOP_UP_MAX,
    CreatePayment,
    CreatePaymentStatus,
    CreatePayoutAccount,
    CreatePayoutAccountStatus,
    PayoutAccount,
    PayoutSource,
    PayoutStatus,
    Purpose,
    RemovePayoutAccount,
    RequestPayout,
    RequestPayoutStatus,
)
from weiji.payments.words import (
    holder_hint,
    movement_words,
    payout_account_errors,
    payout_error,
    payout_words,
    result_path,
)
from weiji.settings import Settings
from weiji.web import gettext as _
from weiji.web import page, rate, redirect, signed_in
from weiji.web.formats import money
from weiji.web.forms import Form, read_form, read_id, read_number
from weiji.web.page import safe_path
from weiji.web.requests import WebRequest

MOVEMENTS: Final = 20
"""Movements, or withdrawals, on one page of a list."""

TOP_UPS: Final = (10_000, 50_000, 100_000)
"""Amounts that the form offers."""

LATE: Final = timedelta(minutes=30)
"""How much later than now money is told of that comes late, or after it failed, where a payment has no deadline."""

NOTICES_MAX: Final = 100
"""Notices that are brought at once after somebody acted at the acquirer."""


class WalletPages(Controller):
    """A person's wallet, and the ways in and out of it."""

    path = "/wallet"
    include_in_schema = False
    guards = (signed_in,)

    @get("/")
    async def show(self, request: WebRequest) -> Response[str]:
        """Show what there is, and what happened."""
        before = read_number(request.query_params.get("before"))
        async with request.database.read() as reader:
            wallet = await operations.get_wallet(reader, request.person_id, before=before, limit=MOVEMENTS)
        more = f"/wallet?before={wallet.next}" if wallet.next is not None else None
        return page(
            request,
            "payments/wallet.html",
            wallet=wallet,
            more=more,
            is_first=before is None,
            words=movement_words,
            can_top_up=sandbox.NAME in REGISTRY.names,
        )

    @get("/top-up")
    async def show_top_up(self, request: WebRequest) -> Response[str]:
        """Ask how much to put in."""
        _check_sandbox()
        lacking = read_number(request.query_params.get("amount"))
        entered = plain_yuan(lacking) if lacking else ""
        way = safe_path(request.query_params.get("next"), "/wallet")
        return _top_up_page(request, entered, way, None)

    @post("/top-up")
    async def top_up(self, request: WebRequest) -> Response[str]:
        """Begin to put money in: the acquirer's page takes it."""
        _check_sandbox()
        form = await read_form(request)
        person_id = request.person_id
        way = safe_path(form.text("next"), "/wallet")
        amount = parse_yuan(form.text("amount"))
        if amount is None or not 1 <= amount <= TOP_UP_MAX:
            error = _("请填 0.01 到 %(amount)s 元。", amount=format_yuan(TOP_UP_MAX))
            return _top_up_page(request, form.text("amount"), way, error)
        command = CreatePayment(
            id=form.id("id") or new_id(person_id),
            payer_id=person_id,
            subject_id=person_id,
            payee_id=person_id,
            purpose=Purpose.TOP_UP,
            amount=amount,
            channel=sandbox.NAME,
            actor=request.actor(),
        )
        status = await request.batchers.of(operations.create_payments).submit(command)
        if status not in (CreatePaymentStatus.CREATED, CreatePaymentStatus.EXISTS):
            return _top_up_page(request, form.text("amount"), way, _("没有充成，也没有扣钱。请再试一次。"))
        await start_payments(request.database, request.lanes, [command.id])
        return redirect(request, _charge_path(command.id, None if way == "/wallet" else way))

    @get("/withdrawal")
    async def show_withdrawal(self, request: WebRequest) -> Response[str]:
        """Ask how much to withdraw, and where to."""
        return await _withdrawal_page(request, request.query_params.get("amount", ""), {})

    @get("/withdrawal/confirmation")
    async def show_confirmation(
        self, request: WebRequest, withdrawal_terms: NamedDependency[ReadTerms]
    ) -> Response[str]:
        """Show what a withdrawal costs, and ask for the payment password."""
        entered = request.query_params.get("amount", "")
        account_id = read_id(request.query_params.get("account"))
        amount = parse_yuan(entered)
        async with request.database.read() as reader:
            found = await operations.list_destinations(reader, request.person_id, clock.now())
            terms = await withdrawal_terms.read(reader)
        account = next((one for one in found.fitting if one.id == account_id), None)
        if amount is None or amount < terms.minimum:
            error = _("最少提现 %(amount)s。", amount=money(terms.minimum))
            return await _withdrawal_page(request, entered, {"amount": error}, account_id)
        if account is None:
            error = _("请选一个银行账户。")
            return await _withdrawal_page(request, entered, {"account": error}, account_id)
        return _confirmation_page(request, account, amount, terms, found.asked)

    @post("/withdrawal", opt=rate("password", "30/minute"))
    async def withdraw(self, request: WebRequest, withdrawal_terms: NamedDependency[ReadTerms]) -> Response[str]:
        """Have the bank asked for it. The fee is the one that was shown, or nothing is done."""
        form = await read_form(request)
        person_id = request.person_id
        amount = form.number("amount") or 0
        async with request.database.read() as reader:
            found = await operations.list_destinations(reader, person_id, clock.now())
            terms = await withdrawal_terms.read(reader)
        account = next((one for one in found.accounts if one.id == form.id("account")), None)
        if account is None or amount < terms.minimum:
            return redirect(request, "/wallet/withdrawal", toast=_("请再填一次。"), tone="warn")
        if form.number("fee") != terms.fee:
            error = _("手续费刚刚变了，请看过再提现。")
            return _confirmation_page(request, account, amount, terms, found.asked, error=error)
        actor = request.actor()
        payout_id = form.id("id") or new_id(person_id)
        refusal = await refuse_entered_spending(request, form, payout_id, amount)
        if refusal:
            return _confirmation_page(request, account, amount, terms, found.asked, refusal=refusal)
        command = RequestPayout(
            id=payout_id,
            owner_id=person_id,
            source=PayoutSource.WALLET,
            account_id=account.id,
            amount=amount,
            fee=terms.fee,
            channel=REGISTRY.payout_channel or "",  # Without one it is refused.
            actor=actor,
            review_above=terms.review_above,
            review_within=terms.review_within,
        )
        status = await request.batchers.of(operations.request_payouts).submit(command)
        if status not in (RequestPayoutStatus.CREATED, RequestPayoutStatus.EXISTS):
            return _confirmation_page(request, account, amount, terms, found.asked, error=payout_error(status))
        async with request.database.read() as reader:
            made = (await operations.get_payouts(reader, [payout_id]))[payout_id]
        is_reviewed = made.status is PayoutStatus.IN_REVIEW
        toast = _("提现申请收到了，要先复核") if is_reviewed else _("提现申请收到了，到哪一步了都写在这里")
        return redirect(request, "/wallet/withdrawals", toast=toast)

    @get("/withdrawals")
    async def list_withdrawals(self, request: WebRequest) -> Response[str]:
        """List withdrawals, the newest first."""
        before = read_id(request.query_params.get("before"))
        async with request.database.read() as reader:
            found = await operations.list_payouts(reader, request.person_id, before=before, limit=MOVEMENTS + 1)
        payouts = found[:MOVEMENTS]
        more = f"/wallet/withdrawals?before={payouts[-1].id}" if len(found) > MOVEMENTS else None
        return page(
            request,
            "payments/withdrawals.html",
            payouts=payouts,
            more=more,
            is_first=before is None,
            words=payout_words,
        )

    @get("/accounts")
    async def list_accounts(self, request: WebRequest) -> Response[str]:
        """List the bank accounts, with a form for another."""
        return await _accounts_page(request, Form({}), {})

    @post("/accounts", opt=rate("password", "30/minute"))
    async def add_account(self, request: WebRequest) -> Response[str]:
        """Name a bank account."""
        form = await read_form(request)
        person_id = request.person_id
        actor = request.actor()
        if refusal := await refuse_entered_change(request, form):
            field = "payment_password" if refusal.above is None else "proof"
            return await _accounts_page(request, form, {field: change_refusal_error(refusal)})
        command = CreatePayoutAccount(
            id=form.id("id") or new_id(person_id),
            owner_id=person_id,
            holder=form.text("holder"),
            bank=form.text("bank"),
            number=form.text("number"),
            actor=actor,
        )
        status = await request.batchers.of(operations.create_payout_accounts).submit(command)
        if status not in (CreatePayoutAccountStatus.CREATED, CreatePayoutAccountStatus.EXISTS):
            return await _accounts_page(request, form, {}, status)
        return redirect(request, "/wallet/accounts", toast=_("银行账户加好了"))

    @post("/accounts/{account_id:uuid}/removal")
    async def remove_account(self, request: WebRequest, account_id: FromPath[UUID]) -> Response[str]:
        """Pay out to a bank account no longer."""
        command = RemovePayoutAccount(id=account_id, owner_id=request.person_id, actor=request.actor())
        await request.batchers.of(operations.remove_payout_accounts).submit(command)
        return redirect(request, "/wallet/accounts", toast=_("银行账户去掉了"))


class SandboxPages(Controller):
    """The page of the simulated acquirer: another company's, so it asks nobody who they are."""

    path = "/sandbox/charges/{charge_id:uuid}"
    include_in_schema = False
    opt = {"without_caller": True}  # noqa: RUF012 - Litestar names it so.

    @get("/")
    async def show(self, request: WebRequest, charge_id: FromPath[UUID]) -> Response[str]:
        """Show a charge, and what a payer, or fate, may do to it."""
        _check_mode(request.settings)
        async with request.database.read() as reader:
            charge = await sandbox.get_charge(reader, charge_id)
            disputed = await sandbox.get_chargeback(reader, charge_id)
            (payment,) = await operations.get_payments(reader, [charge_id])
        if charge is None or payment is None:
            raise NotFoundException
        is_order = payment.purpose is Purpose.ORDER
        return page(
            request,
            "payments/sandbox.html",
            charge=charge,
            disputed=disputed,
            is_order=is_order,
            here=_charge_path(charge_id, request.query_params.get("next")),
            back=safe_path(request.query_params.get("next"), result_path(payment)),
        )

    @post("/")
    async def act(self, request: WebRequest, charge_id: FromPath[UUID]) -> Response[str]:
        """Pay it, or not; what there is to tell of that is told at once."""
        _check_mode(request.settings)
        form = await read_form(request)
        here = _charge_path(charge_id, request.query_params.get("next"))
        verb = form.text("verb")
        if verb not in [*sandbox.ChargeVerb, *sandbox.ChargebackVerb]:
            return redirect(request, here)
        async with request.database.read() as reader:
            (payment,) = await operations.get_payments(reader, [charge_id])
        if payment is None:
            raise NotFoundException
        if verb in list(sandbox.ChargebackVerb):
            dispute = sandbox.ActOnChargeback(
                id=charge_id, verb=sandbox.ChargebackVerb(verb), actor=Actor("person", payment.payer_id)
            )
            acted = await request.batchers.of(sandbox.act_on_chargebacks).submit(dispute)
            if acted is not sandbox.ActStatus.DONE:
                return redirect(request, here, toast=_("这笔款已经处理过了。"), tone="warn")
            await deliver_sandbox_notices(request.database, request.lanes, NOTICES_MAX)
            return redirect(request, here)
        late = (payment.expires_at or clock.now() + LATE) + timedelta(minutes=1)
        command = sandbox.ActOnCharge(
            id=charge_id,
            verb=sandbox.ChargeVerb(verb),
            at=late if verb in sandbox.LATER else None,
            actor=Actor("person", payment.payer_id),
        )
        status = await request.batchers.of(sandbox.act_on_charges).submit(command)
        if status is not sandbox.ActStatus.DONE:
            return redirect(request, here, toast=_("这笔款已经处理过了。"), tone="warn")
        await deliver_sandbox_notices(request.database, request.lanes, NOTICES_MAX)
        return redirect(request, here)


ROUTES: Final = (WalletPages, SandboxPages)


def _check_mode(settings: Settings) -> None:
    if settings.mode == "live":
        raise NotFoundException


def _check_sandbox() -> None:
    if sandbox.NAME not in REGISTRY.names:
        raise NotFoundException


def _charge_path(charge_id: UUID, back: str | None) -> str:
    """Tell where a charge of the simulated acquirer is paid, and where its payer goes from there."""
    return f"/sandbox/charges/{charge_id}" + (f"?{urlencode({'next': back})}" if back else "")


def _top_up_page(request: WebRequest, entered: str, way: str, error: str | None) -> Response[str]:
    return page(
        request,
        "payments/top_up.html",
        status_code=422 if error else 200,
        id=new_id(request.person_id),
        entered=entered,
        way=way,
        error=error,
        offers=TOP_UPS,
    )


async def _withdrawal_page(
    request: WebRequest, entered: str, errors: dict[str, str], account_id: UUID | None = None
) -> Response[str]:
    person_id = request.person_id
    async with request.database.read() as reader:
        found = await operations.list_destinations(reader, person_id, clock.now())
        balances = await lookup_accounts(reader, [chart.wallet(person_id).id])
    return page(
        request,
        "payments/withdrawal.html",
        status_code=422 if errors else 200,
        accounts=found.accounts,
        fitting=found.fitting,
        account_id=account_id or (found.fitting[0].id if found.fitting else None),
        balance=balances[0].available if balances else 0,
        entered=entered,
        errors=errors,
    )


def _confirmation_page(
    request: WebRequest,
    account: PayoutAccount,
    amount: int,
    terms: WithdrawalTerms,
    asked: int,
    *,
    error: str | None = None,
    refusal: Refusal | None = None,
) -> Response[str]:
    return page(
        request,
        "payments/withdrawal_confirmation.html",
        status_code=422 if error or refusal else 200,
        id=new_id(request.person_id),
        account=account,
        amount=amount,
        fee=terms.fee,
        is_reviewed=asked + amount > terms.review_above,
        asked=asked,
        review_above=terms.review_above,
        error=error,
        **pad_words(refusal, amount, request.settings.step_up_above),
    )


async def _accounts_page(
    request: WebRequest, form: Form, errors: dict[str, str], status: CreatePayoutAccountStatus | None = None
) -> Response[str]:
    person_id = request.person_id
    async with request.database.read() as reader:
        found = await operations.list_destinations(reader, person_id, clock.now())
    if status is not None:
        errors |= payout_account_errors(status, found.owner)
    return page(
        request,
        "payments/accounts.html",
        status_code=422 if errors else 200,
        accounts=found.accounts,
        fitting=found.fitting,
        holder_hint=holder_hint(found.owner),
        id=form.id("id") or new_id(person_id),
        holder=form.text("holder"),
        bank=form.text("bank"),
        number=form.text("number"),
        errors=errors,
        limit=operations.ACCOUNTS_MAX,
    )

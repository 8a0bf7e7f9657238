"""The money of a shop: what is held, pending and available, where it came from, and how it gets to the bank."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from weiji import payments
from weiji.identity import (
    change_refusal_error,
    refusal_error,
    refuse_entered_change,
    refuse_entered_spending,
)
from weiji.kit import clock
from weiji.kit.db import Row
from weiji.kit.ids import new_id
from weiji.kit.money import format_yuan, parse_yuan
from weiji.ledger import Kind, TransferFlags, chart, get_statement
from weiji.orders import desk, store
from weiji.orders.machine import State
from weiji.payments import (
    CreatePayoutAccount,
    CreatePayoutAccountStatus,
    PayoutSource,
    PayoutStatus,
    RemovePayoutAccount,
    RemovePayoutAccountStatus,
    RequestPayout,
    RequestPayoutStatus,
)
from weiji.web import gettext as _
from weiji.web import page, pgettext, rate, redirect, shop_staff
from weiji.web.cursors import read_cursor, write_cursor
from weiji.web.forms import read_form
from weiji.web.permissions import Permission
from weiji.web.requests import WebRequest

PAGE: Final = 25
"""Lines on one page of a list."""

SETTLED: Final = (State.RECEIVED, State.COMPLETED)


def kind_word(kind: int) -> tuple[str, str]:
    """Name why money of a shop moved, and its icon."""
    match kind:
        case Kind.RELEASE:
            return _("买家确认收货"), "package-check"
        case Kind.SUBSIDY_RELEASED:
            return _("平台补贴"), "ticket"
        case Kind.SUBSIDY_RETURNED:
            return _("退回平台的补贴"), "ticket"
        case Kind.SUBSIDY:
            return _("补贴别家的订单"), "ticket"
        case Kind.SHARE:
            return _("分账"), "share-2"
        case Kind.TRANSFER:
            return _("转账给个人"), "send"
        case Kind.PREPAID:
            return _("预存的代金券款"), "ticket"
        case Kind.RED_PACKET:
            return _("发红包"), "gift"
        case Kind.RED_PACKET_RETURNED:
            return _("红包没领完，退回"), "gift"
        case Kind.FEE:
            return _("平台服务费"), "percent"
        case Kind.SETTLE:
            return _("结算"), "badge-check"
        case Kind.REFUND:
            return _("退款给买家"), "undo-2"
        case Kind.FEE_RETURNED:
            return _("服务费退回"), "percent"
        case Kind.RECOVERY:
            return _("售后退款，从店铺扣回"), "undo-2"
        case Kind.POSTAGE:
            return _("判你付的寄回运费"), "truck"
        case Kind.REPAYMENT:
            return _("偿还欠款"), "badge-check"
        case Kind.DEPOSIT:
            return _("交保证金"), "shield-check"
        case Kind.DEPOSIT_REFILLED:
            return _("自动补足保证金"), "shield-check"
        case Kind.DEPOSIT_RETURNED:
            return _("保证金转回"), "shield-check"
        case Kind.ADJUSTMENT:
            return _("平台人工调账"), "scale"
        case Kind.LEGAL_HOLD:
            return _("司法冻结"), "lock"
        case Kind.CHARGEBACK:
            return _("付款人拒付"), "shield-alert"
        case Kind.DISPUTE:
            return _("争议判给买家"), "scale"
        case Kind.PAYOUT:
            return pgettext("one", "提现"), "landmark"
        case Kind.UNFREEZING:
            return _("交渠道解冻到你的商户号"), "lock-open"
        case Kind.TAKEN_AT_CHANNEL:
            return _("渠道已从你的商户号退款"), "undo-2"
        case Kind.PAYOUT_FEE:
            return _("提现手续费"), "percent"
        case Kind.PAYOUT_RETURNED:
            return _("提现退票，钱已退回"), "undo-2"
        case _:
            return _("其他"), "arrow-left-right"


class MerchantMoney(Controller):
    """A shop's money, its settled orders, its payouts and its bank accounts."""

    path = "/merchant/{shop_id:uuid}/money"
    guards = (shop_staff(Permission.MONEY),)
    include_in_schema = False

    @get("/")
    async def show_money(
        self,
        request: WebRequest,
        shop_id: FromPath[UUID],
        account: FromQuery[str] = "available",
        before: FromQuery[int | None] = None,
    ) -> Response[str]:
        """Show what there is, and what moved it."""
        opened = chart.merchant_pending(shop_id) if account == "pending" else chart.merchant_available(shop_id)
        async with request.database.read() as reader:
            money = await desk.get_money(reader, shop_id, clock.now())
            if before is None or not -(2**63) < before < 2**63:
                rows = await get_statement(reader, opened.id, limit=PAGE + 1)
            else:
                rows = await get_statement(reader, opened.id, before=before, limit=PAGE + 1)
        return page(
            request,
            "orders/merchant_money.html",
            shop=money.shop,
            money=money,
            tab="statement",
            account="pending" if account == "pending" else "available",
            movements=[_movement(row, opened.id, shop_id) for row in rows[:PAGE] if _is_shown(row)],
            before=rows[PAGE - 1]["timestamp"] if len(rows) > PAGE else None,
        )

    @get("/orders")
    async def list_settled(
        self, request: WebRequest, shop_id: FromPath[UUID], after: FromQuery[str] = ""
    ) -> Response[str]:
        """List the orders whose money is the shop's."""
        async with request.database.read() as reader:
            money = await desk.get_money(reader, shop_id, clock.now())
            orders = await store.list_orders_of_shop(
                reader, shop_id, SETTLED, read_cursor(after, tuple[datetime, UUID]), PAGE + 1
            )
        return page(
            request,
            "orders/merchant_money.html",
            shop=money.shop,
            money=money,
            tab="orders",
            orders=orders[:PAGE],
            after=write_cursor(orders[PAGE - 1].placed_at, orders[PAGE - 1].id) if len(orders) > PAGE else None,
        )

    @get("/payouts")
    async def list_payouts(
        self, request: WebRequest, shop_id: FromPath[UUID], before: FromQuery[UUID | None] = None
    ) -> Response[str]:
        """List what was withdrawn."""
        async with request.database.read() as reader:
            money = await desk.get_money(reader, shop_id, clock.now())
            payouts = await payments.list_payouts(reader, shop_id, before=before, limit=PAGE + 1)
        return page(
            request,
            "orders/merchant_money.html",
            shop=money.shop,
            money=money,
            tab="payouts",
            payouts=payouts[:PAGE],
            words=payments.payout_words,
            before=payouts[PAGE - 1].id if len(payouts) > PAGE else None,
        )

    @get("/accounts")
    async def list_accounts(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """List the shop's bank accounts, with a form for another."""
        return await _show_accounts(request, shop_id)

    @post(
        "/accounts",
        status_code=303,
        guards=(shop_staff(Permission.OWNERSHIP),),
        opt=rate("payout_accounts", "20/minute"),
    )
    async def add_account(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Name a bank account of the shop: with the payment password of the owner."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("holder", "bank", "number")}
        if refusal := await refuse_entered_change(request, form):
            errors = {"password" if refusal.above is None else "proof": change_refusal_error(refusal)}
            return await _show_accounts(request, shop_id, given=given, errors=errors)
        command = CreatePayoutAccount(
            id=form.id_near("id", shop_id),
            owner_id=shop_id,
            holder=given["holder"],
            bank=given["bank"],
            number=given["number"],
            actor=request.actor("merchant"),
        )
        (status,) = await request.database.retried(lambda tx: payments.create_payout_accounts(tx, [command]))
        errors = {}
        match status:
            case CreatePayoutAccountStatus.CREATED | CreatePayoutAccountStatus.EXISTS:
                return redirect(request, f"/merchant/{shop_id}/money/accounts", toast=_("银行账户已添加。"))
            case CreatePayoutAccountStatus.HOLDER_INVALID:
                errors["holder"] = _("请填写户名，不超过 100 个字。")
            case CreatePayoutAccountStatus.NAME_DIFFERS:
                return await _show_accounts(request, shop_id, given=given, is_misnamed=True)
            case CreatePayoutAccountStatus.BANK_INVALID:
                errors["bank"] = _("请填写开户行，不超过 100 个字。")
            case CreatePayoutAccountStatus.NUMBER_INVALID:
                errors["number"] = _("账号是 8 到 30 位数字。")
            case _:
                errors["number"] = _("没有添加成功，请再提交一次。")
        return await _show_accounts(request, shop_id, given=given, errors=errors)

    @post("/accounts/{account_id:uuid}/removal", status_code=303, guards=(shop_staff(Permission.OWNERSHIP),))
    async def remove_account(
        self, request: WebRequest, shop_id: FromPath[UUID], account_id: FromPath[UUID]
    ) -> Response[str]:
        """Pay out to a bank account no longer."""
        command = RemovePayoutAccount(id=account_id, owner_id=shop_id, actor=request.actor("merchant"))
        (status,) = await request.database.retried(lambda tx: payments.remove_payout_accounts(tx, [command]))
        here = f"/merchant/{shop_id}/money/accounts"
        if status is RemovePayoutAccountStatus.REMOVED:
            return redirect(request, here, toast=_("银行账户已删除，正在进行的提现不受影响。"))
        return redirect(request, here, toast=_("没有这个银行账户。"), tone="bad")

    @get("/withdrawal", guards=(shop_staff(Permission.WITHDRAWALS),))
    async def show_withdrawal(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Show the form of a withdrawal."""
        return await _show_withdrawal(request, shop_id)

    @post(
        "/withdrawal",
        status_code=303,
        guards=(shop_staff(Permission.WITHDRAWALS),),
        opt=rate("withdrawal", "20/minute"),
    )
    async def withdraw(self, request: WebRequest, shop_id: FromPath[UUID]) -> Response[str]:
        """Withdraw money to a bank account: with the payment password of the owner, and the fee that the rules have."""
        form = await read_form(request)
        given = {name: form.text(name) for name in ("amount", "account", "fee")}
        async with request.database.read() as reader:
            money = await desk.get_money(reader, shop_id, clock.now())
        errors: dict[str, str] = {}
        amount, fee = _judge_amount(money, given, errors)
        account_id = form.id("account")
        if account_id is None:
            errors["account"] = _("请选择一个银行账户。")
        channel = payments.REGISTRY.payout_channel
        if channel is None:
            errors["form"] = _("平台还没有开通打款渠道。")
        if money.is_withdrawals_suspended:
            errors["form"] = _("平台暂停了这家店的提现，原因在「处罚与申诉」里。")
        elif not money.may_withdraw:
            errors["form"] = _("店铺认证之后才能提现。")
        payout_id = form.id_near("id", shop_id)
        if not errors:
            refusal = await refuse_entered_spending(request, form, payout_id, amount)
            if refusal:
                errors["password" if refusal.above is None else "proof"] = refusal_error(refusal)
        if not errors:
            assert account_id is not None
            assert channel is not None
            command = RequestPayout(
                id=payout_id,
                owner_id=shop_id,
                source=PayoutSource.MERCHANT_AVAILABLE,
                account_id=account_id,
                amount=amount,
                fee=fee,
                channel=channel,
                actor=request.actor("merchant"),
                review_above=money.rules.withdrawal_review_above,
                review_within=money.rules.review_within,
            )
            status = await request.batchers.of(payments.request_payouts).submit(command)
            match status:
                case RequestPayoutStatus.CREATED | RequestPayoutStatus.EXISTS:
                    async with request.database.read() as reader:
                        made = (await payments.get_payouts(reader, [payout_id]))[payout_id]
                    toast = (
                        _("提现已提交：¥%(amount)s 要先复核。", amount=format_yuan(amount))
                        if made.status is PayoutStatus.IN_REVIEW
                        else _("提现已提交：¥%(amount)s，到哪一步了都写在这里。", amount=format_yuan(amount))
                    )
                    return redirect(request, f"/merchant/{shop_id}/money/payouts", toast=toast)
                case RequestPayoutStatus.INSUFFICIENT_FUNDS:
                    errors["amount"] = _("可提现的钱不够付金额和手续费。")
                case RequestPayoutStatus.ACCOUNT_NOT_FOUND:
                    errors["account"] = _("没有这个银行账户。")
                case RequestPayoutStatus.ACCOUNT_NAME_DIFFERS:
                    errors["account"] = _("这个账户的户名和认证的不一样，钱提不到那里。请换一个账户。")
                case RequestPayoutStatus.OWNER_FROZEN:
                    errors["form"] = _("店铺的资金被冻结，暂时不能提现。请联系平台。")
                case _:
                    errors["form"] = _("没有提交成功，请再试一次。")
        return await _show_withdrawal(request, shop_id, given=given, errors=errors)


def _judge_amount(money: desk.Money, given: Mapping[str, str], errors: dict[str, str]) -> tuple[int, int]:
    """Read the amount of a withdrawal, and the fee that the person saw; say what is wrong with them."""
    amount = parse_yuan(given["amount"])
    fee = money.rules.withdrawal_fee
    if amount is None:
        errors["amount"] = _("请写一个金额，例如 1234.50。")
        return 0, fee
    if amount < money.rules.withdrawal_minimum:
        errors["amount"] = _("每次至少提现 ¥%(amount)s。", amount=format_yuan(money.rules.withdrawal_minimum))
    elif amount + fee > money.available:
        errors["amount"] = _("最多可以提现 ¥%(amount)s。", amount=format_yuan(max(money.available - fee, 0)))
    elif given["fee"] != str(fee):
        errors["form"] = _("手续费刚刚变了，请看看新的手续费再提交。")
    return amount, fee


async def _show_accounts(
    request: WebRequest,
    shop_id: UUID,
    *,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    is_misnamed: bool = False,
) -> Response[str]:
    async with request.database.read() as reader:
        money = await desk.get_money(reader, shop_id, clock.now())
        found = await payments.list_destinations(reader, shop_id, clock.now())
    hint = payments.holder_hint(found.owner)
    if is_misnamed:
        errors = {"holder": hint or _("没有添加成功，请再提交一次。")}
    return page(
        request,
        "orders/merchant_money.html",
        status_code=422 if errors else 200,
        shop=money.shop,
        money=money,
        tab="accounts",
        accounts=found.accounts,
        fitting=found.fitting,
        holder_hint=hint,
        account_id=str(new_id(shop_id)),
        given=given or {},
        errors=errors or {},
    )


async def _show_withdrawal(
    request: WebRequest,
    shop_id: UUID,
    *,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[str]:
    async with request.database.read() as reader:
        money = await desk.get_money(reader, shop_id, clock.now())
        found = await payments.list_destinations(reader, shop_id, clock.now())
    above = request.settings.step_up_above
    is_more = (parse_yuan((given or {}).get("amount", "")) or 0) > above
    return page(
        request,
        "orders/merchant_withdrawal.html",
        status_code=422 if errors else 200,
        shop=money.shop,
        money=money,
        accounts=payments.destination_choices(found),
        first=str(found.fitting[0].id) if found.fitting else "",
        asked=found.asked,
        payout_id=str(new_id(shop_id)),
        most=max(money.available - money.rules.withdrawal_fee, 0),
        # People carry files to the bank: that is no matter of minutes.
        is_by_hand=payments.REGISTRY.payout_channel == payments.BANK,
        step_up_above=above,
        step_up=above if is_more or "proof" in (errors or {}) else None,
        given=given or {},
        errors=errors or {},
    )


def _is_shown(row: Row) -> bool:
    # What was held and is no more went, which is a line of its own, or it never went. A step of the waterfall that
    # had nothing to give moved nothing.
    moves_nothing = TransferFlags.PENDING | TransferFlags.VOID_PENDING_TRANSFER
    return bool(row["amount"]) and (row["is_held"] or not row["flags"] & moves_nothing)


def _movement(row: Row, account_id: UUID, shop_id: UUID) -> dict[str, Any]:
    """Make a line of a statement, with the way to what it was for. A hold is shown as what it is: not gone yet."""
    word, icon_name = kind_word(row["code"])
    is_in = row["credit_account_id"] == account_id
    if row["is_held"]:
        state = "held"
        word = _("争议中，暂时冻结") if row["code"] == Kind.DISPUTE else word
    elif row["flags"] & TransferFlags.POST_PENDING_TRANSFER:
        state = "posted"
    else:
        state = "done"
    return {
        "word": word,
        "icon_name": icon_name,
        "amount": row["amount"] if is_in else -row["amount"],
        "state": state,
        "href": _place_of(row, shop_id),
        "at": datetime.fromtimestamp(row["timestamp"] / 1_000_000, UTC),
        "reference": row["id"].hex[-12:],
    }


def _place_of(row: Row, shop_id: UUID) -> str | None:
    """Say where more is told of a movement: at its order, or at the payouts."""
    match row["code"]:
        case Kind.SUBSIDY_RELEASED | Kind.SUBSIDY_RETURNED | Kind.CHARGEBACK | Kind.POSTAGE:
            return f"/merchant/{shop_id}/orders/{row['journal_id']}"
        case Kind.RELEASE | Kind.FEE | Kind.SETTLE | Kind.REFUND | Kind.FEE_RETURNED | Kind.RECOVERY | Kind.DISPUTE:
            return f"/merchant/{shop_id}/orders/{row['journal_id']}"
        case Kind.DEPOSIT | Kind.DEPOSIT_REFILLED | Kind.DEPOSIT_RETURNED:
            return f"/merchant/{shop_id}/deposit"
        case Kind.REPAYMENT:
            return f"/merchant/{shop_id}/debt"
        case Kind.LEGAL_HOLD:
            return f"/merchant/{shop_id}/court-orders"
        case Kind.PAYOUT | Kind.PAYOUT_FEE | Kind.PAYOUT_RETURNED:
            return f"/merchant/{shop_id}/money/payouts"
        case _:
            return None

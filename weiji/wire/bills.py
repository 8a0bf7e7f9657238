"""Bills: what was paid to a merchant, and given back, on a day; and how its money moved. Texts that programs read.

The form is the protocol's: a byte order mark, a line of names, lines whose cells begin with a back-quote, and two lines
with sums. Programs know a column by its place or by its name: both are the protocol's, as the names of headers are.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Final
from uuid import UUID

from weiji.coupons import CouponUse
from weiji.kit.clock import SHANGHAI
from weiji.kit.money import plain_yuan as yuan
from weiji.payments import Payout, PayoutStatus
from weiji.wire.sharing import Return, ReturnState, Split
from weiji.wire.trade import MerchantOrder, MerchantRefund
from weiji.wire.trade.describing import CURRENCY, TRADE_TYPES, bank_type, payer_of, transaction_id

ROWS_MAX: Final = 100_000
"""Lines of a bill."""

BOM: Final = "\ufeff"

_ORDER_COLUMNS: Final = (
    "交易时间",
    "公众账号ID",
    "商户号",
    "特约商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "应结订单金额",
    "代金券金额",
)
_REFUND_TIMES: Final = ("退款申请时间", "退款成功时间")
_REFUND_COLUMNS: Final = ("微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态")
_GOODS_COLUMNS: Final = ("商品名称", "商户数据包", "手续费", "费率", "订单金额")
_REFUND_ASKED: Final = ("申请退款金额",)
_LAST: Final = ("费率备注",)
TRADE_COLUMNS: Final = {
    "ALL": (*_ORDER_COLUMNS, *_REFUND_COLUMNS, *_GOODS_COLUMNS, *_REFUND_ASKED, *_LAST),
    "SUCCESS": (*_ORDER_COLUMNS, *_GOODS_COLUMNS, *_LAST),
    "REFUND": (*_ORDER_COLUMNS, *_REFUND_TIMES, *_REFUND_COLUMNS, *_GOODS_COLUMNS, *_REFUND_ASKED, *_LAST),
}
"""The columns of each kind of bill."""

TRADE_SUMS: Final = (
    "总交易单数",
    "应结订单总金额",
    "退款总金额",
    "充值券退款总金额",
    "手续费总金额",
    "订单总金额",
    "申请退款总金额",
)
FLOW_COLUMNS: Final = (
    "记账时间",
    "微信支付业务单号",
    "资金流水单号",
    "业务名称",
    "业务类型",
    "收支类型",
    "收支金额(元)",
    "账户结余(元)",
    "资金变更提交申请人",
    "备注",
    "业务凭证号",
)
SHARING_COLUMNS: Final = (
    "分账时间",
    "分账发起方",
    "分账方",
    "微信订单号",
    "微信分账/回退单号",
    "分账明细单号",
    "商户分账/回退单号",
    "订单金额(元)",
    "分账接收方",
    "分账金额(元)",
    "业务类型",
    "处理状态",
    "分账描述",
    "备注",
)
SHARING_SUMS: Final = ("总条数", "分账金额", "回退金额")
WITHDRAWAL_COLUMNS: Final = (
    "提现申请时间",
    "商户号",
    "提现单号",
    "提现金额(元)",
    "手续费(元)",
    "提现状态",
    "失败时间",
    "失败原因",
)
USE_COLUMNS: Final = (
    "批次号",
    "优惠ID",
    "优惠类型",
    "优惠金额",
    "订单总金额",
    "交易类型",
    "支付单号",
    "消耗时间",
    "消耗商户号",
    "设备号",
    "银行流水号",
    "单品信息",
)
RETURNED_COLUMNS: Final = tuple(
    {"消耗时间": "退回时间", "消耗商户号": "退回商户号"}.get(each, each) for each in USE_COLUMNS
)
USE_SUMS: Final = ("总笔数", "优惠总金额")

WITHDRAWAL_SUMS: Final = ("总笔数", "总金额(元)")
FLOW_SUMS: Final = ("资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额")


FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(9998, 12, 31)
"""Days before and after are typing errors, and some no day of UTC."""


def day_of(text: str) -> tuple[datetime, datetime] | None:
    """Read a day of Beijing as the time from when until when it is; None: it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_DAY <= day <= LAST_DAY:
        return None
    since = datetime.combine(day, time(), SHANGHAI)
    return since, since + timedelta(days=1)


def write_trade_bill(
    type: str,
    orders: Sequence[MerchantOrder],
    refunds: Sequence[MerchantRefund],
    refunded: Mapping[UUID, MerchantOrder],
) -> str:
    """Write what was paid on a day (*orders*), and given back (*refunds*, of the orders *refunded*)."""
    lines = [(order.paid_at, _paid(order)) for order in orders if order.paid_at]
    lines += [(refund.created_at, _refunded(refunded[refund.order_id], refund)) for refund in refunds]
    columns = TRADE_COLUMNS[type]
    ordered = [[cells[name] for name in columns] for _, cells in sorted(lines, key=lambda line: line[0])]
    paid, back = sum(order.total for order in orders), sum(refund.amount for refund in refunds)
    fees = sum(order.fee for order in orders) - sum(refund.fee_returned for refund in refunds)
    sums = (str(len(lines)), yuan(paid), yuan(back), yuan(0), _fee(fees), yuan(paid), yuan(back))
    return _write(columns, ordered, TRADE_SUMS, sums)


def _paid(order: MerchantOrder) -> dict[str, str]:
    assert order.paid_at, "only what was paid is here"
    return {
        **_order_cells(order, order.paid_at, "SUCCESS"),
        "应结订单金额": yuan(order.total),
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": yuan(0),
        "退款类型": "",
        "退款状态": "",
        "手续费": _fee(order.fee),
        "订单金额": yuan(order.total),
        "申请退款金额": yuan(0),
    }


def _refunded(order: MerchantOrder, refund: MerchantRefund) -> dict[str, str]:
    return {
        **_order_cells(order, refund.created_at, "REFUND"),
        "应结订单金额": yuan(0),
        "退款申请时间": write_moment(refund.created_at),
        "退款成功时间": write_moment(refund.arrived_at) if refund.arrived_at else "",
        "微信退款单号": refund.id.hex,
        "商户退款单号": refund.number,
        "退款金额": yuan(refund.amount),
        "退款类型": "ORIGINAL",
        "退款状态": "SUCCESS" if refund.arrived_at else "ABNORMAL" if refund.abnormal_at else "PROCESSING",
        "手续费": _fee(-refund.fee_returned),
        "订单金额": yuan(0),
        "申请退款金额": yuan(refund.amount),
    }


def _order_cells(order: MerchantOrder, at: datetime, state: str) -> dict[str, str]:
    terms = order.terms
    is_partner = "sp_mchid" in terms
    return {
        "交易时间": write_moment(at),
        "公众账号ID": str(terms.get("sp_appid" if is_partner else "appid", "")),
        "商户号": order.caller_mchid,
        "特约商户号": order.mchid if is_partner else "0",
        "设备号": "",
        "微信订单号": transaction_id(order),
        "商户订单号": order.number,
        "用户标识": next(iter(payer_of(order).values()), ""),
        "交易类型": TRADE_TYPES[order.kind],
        "交易状态": state,
        "付款银行": bank_type(order.channel),
        "货币种类": CURRENCY,
        "代金券金额": yuan(0),
        "充值券退款金额": yuan(0),
        "商品名称": order.description,
        "商户数据包": str(order.terms.get("attach", "")),
        "费率": f"{order.fee_ppm / 10_000:.2f}%",
        "费率备注": "",
    }


def write_sharing_bill(
    splits: Sequence[Split], returns: Sequence[tuple[Return, Split]], orders: Mapping[UUID, MerchantOrder]
) -> str:
    """Write what was shared on a day (*splits*), and came back (*returns*, each with the split it is of)."""
    lines = [
        (split.created_at, _sharing_cells(orders[split.order_id], split.created_at, split.id, part.id, split.number))
        for split in splits
        for part in split.parts
    ]
    rest = [
        [part.mchid, yuan(part.amount), "分出", "SUCCESS", part.description, ""]
        for split in splits
        for part in split.parts
    ]
    for found, split in returns:
        part = next(part for part in split.parts if part.place == found.place)
        cells = _sharing_cells(orders[split.order_id], found.created_at, found.id, part.id, found.number)
        lines.append((found.created_at, cells))
        rest.append([found.mchid, yuan(found.amount), "回退", found.state.value.upper(), found.description, ""])
    shared = sum(part.amount for split in splits for part in split.parts)
    back = sum(found.amount for found, _ in returns if found.state is ReturnState.SUCCESS)
    sums = (str(len(lines)), yuan(shared), yuan(back))
    ordered = sorted((at, [*first, *last]) for (at, first), last in zip(lines, rest, strict=True))
    return _write(SHARING_COLUMNS, [cells for _, cells in ordered], SHARING_SUMS, sums)


def _sharing_cells(order: MerchantOrder, at: datetime, id: UUID, part_id: UUID, number: str) -> list[str]:
    about = [transaction_id(order), id.hex, part_id.hex, number, yuan(order.total)]
    return [write_moment(at), order.caller_mchid, order.mchid, *about]


class Movement:
    """A line of a bill of funds."""

    def __init__(self, at: datetime, id: UUID, about: UUID | None, name: str, amount: int, balance: int) -> None:
        self.at = at
        self.id = id
        self.about = about
        self.name = name
        self.amount = amount
        self.balance = balance


def write_flow_bill(movements: Sequence[Movement]) -> str:
    """Write how the money of an account moved on a day, the first first."""
    lines = [
        [
            write_moment(each.at),
            each.about.hex if each.about else "",
            each.id.hex,
            each.name,
            each.name,
            "收入" if each.amount >= 0 else "支出",
            yuan(abs(each.amount)),
            yuan(each.balance),
            "system",
            "",
            "",
        ]
        for each in movements
    ]
    gains = [each.amount for each in movements if each.amount >= 0]
    losses = [-each.amount for each in movements if each.amount < 0]
    sums = (str(len(lines)), str(len(gains)), yuan(sum(gains)), str(len(losses)), yuan(sum(losses)))
    return _write(FLOW_COLUMNS, lines, FLOW_SUMS, sums)


def write_withdrawal_bill(mchid: str, payouts: Sequence[Payout]) -> str:
    """Write which withdrawals the bank refused, or sent back, on a day, the first first."""
    lines = []
    for payout in payouts:
        assert payout.ended_at, "only what ended is here"
        is_returned = payout.status is PayoutStatus.RETURNED
        lines.append(
            [
                write_moment(payout.created_at),
                mchid,
                payout.id.hex,
                yuan(payout.amount),
                yuan(payout.fee),
                "REFUND" if is_returned else "FAIL",
                write_moment(payout.ended_at),
                "银行退票" if is_returned else "银行拒绝" if payout.status is PayoutStatus.REJECTED else "没有通过复核",
            ]
        )
    return _write(
        WITHDRAWAL_COLUMNS, lines, WITHDRAWAL_SUMS, (str(len(lines)), yuan(sum(payout.amount for payout in payouts)))
    )


def write_use_bill(mchid: str, stock_id: str, uses: Sequence[CouponUse]) -> str:
    """Write which coupons of a stock were used, the first first. What its till sold a merchant alone knows."""
    lines = [_use_line(mchid, stock_id, use, use.used_at) for use in uses]
    return _write(USE_COLUMNS, lines, USE_SUMS, (str(len(lines)), yuan(sum(use.amount for use in uses))))


def write_returned_bill(mchid: str, stock_id: str, uses: Sequence[CouponUse]) -> str:
    """Write which uses of a stock's coupons came back, the first first; each is in the bill of uses, too."""
    lines = [_use_line(mchid, stock_id, use, use.returned_at or use.used_at) for use in uses]
    return _write(RETURNED_COLUMNS, lines, USE_SUMS, (str(len(lines)), yuan(sum(use.amount for use in uses))))


def _use_line(mchid: str, stock_id: str, use: CouponUse, at: datetime) -> list[str]:
    return [
        stock_id,
        use.id.hex,
        "NORMAL",
        yuan(use.amount),
        "" if use.at_till else yuan(use.sales),
        "OFF_LINE" if use.at_till else "ORDER",
        use.order_id.hex,
        write_moment(at),
        mchid,
        "",
        "",
        "",
    ]


def _write(
    columns: Sequence[str], lines: Iterable[Sequence[str]], sum_columns: Sequence[str], sums: Sequence[str]
) -> str:
    out = StringIO()
    out.write(BOM)
    written = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    written.writerow(columns)
    written.writerows([_cell(each) for each in line] for line in lines)
    written.writerow(sum_columns)
    written.writerow([_cell(each) for each in sums])
    return out.getvalue()


def _cell(text: str) -> str:
    """Write a cell: the back-quote keeps spreadsheets from taking numbers for such, and texts for formulas."""
    return "`" + " ".join(text.split())


def _fee(fen: int) -> str:
    """Write a fee in yuan, with the five digits that fees have there."""
    return f"{yuan(fen)}000"


def write_moment(at: datetime) -> str:
    """Write a time of Beijing."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")

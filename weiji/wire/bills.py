"""Bills: what was paid to a merchant, and given back, on a day; and how its money moved. Texts that programs read.

The form is the protocol's: a byte order mark, a line of names, lines whose cells begin with a back-quote, and two lines
with sums. Programs know a column by its place or by its name: both are the protocol's, as the names of headers are.
"""

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from weiji.coupons import CouponUse
from weiji.kit.clock import SHANGHAI
from weiji.kit.money import plain_yuan as yuan
from weiji.payments import Payout, PayoutStatus
from weiji.wire.sharing import Return, ReturnState, Split
from weiji.wire.trade import MerchantOrder, MerchantRefund
from weiji.wire.trade.describing import (
    CURRENCY,
    TRADE_TYPES,
    bank_type,
    payer_of,
    settlement_refund,
    transaction_id,
)

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
WHOSE_COLUMNS: Final = ("二级商户号", "账户类型")
"""What a bill of all merchants of a service provider has besides, behind the columns that programs know by place."""

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
    # Python reads other forms, too, such as those of weeks.
    if not FIRST_DAY <= day <= LAST_DAY or day.isoformat() != text:
        return None
    since = datetime.combine(day, time(), SHANGHAI)
    return since, since + timedelta(days=1)


E = TypeVar("E")


class Bill(ABC, Generic[E]):
    """A bill while it is written: what is in it comes in pieces, the first first, and its sums come last."""

    def __init__(self, columns: Sequence[str], sum_columns: Sequence[str]) -> None:
        self.columns = columns
        self.sum_columns = sum_columns
        self.count = 0
        """Lines that were written."""
        self.is_begun = False

    @abstractmethod
    def lines(self, entry: E) -> Iterable[Sequence[str]]:
        """Write the lines of what is in it, and add it to the sums."""

    @abstractmethod
    def sums(self) -> Sequence[str]:
        """Write the sums of all that was written."""

    def write(self, entries: Iterable[E]) -> str:
        """Write what is in it, behind what was before."""
        out = self._begin()
        written = _writer(out)
        for entry in entries:
            for line in self.lines(entry):
                self.count += 1
                written.writerow(map(_cell, line))
        return out.getvalue()

    def end(self) -> str:
        """Write the two lines with the sums."""
        out = self._begin()
        written = _writer(out)
        written.writerow(self.sum_columns)
        written.writerow(map(_cell, self.sums()))
        return out.getvalue()

    def _begin(self) -> StringIO:
        out = StringIO()
        if not self.is_begun:
            self.is_begun = True
            out.write(BOM)
            _writer(out).writerow(self.columns)
        return out


class TradeBill(Bill[tuple[MerchantOrder, MerchantRefund | None]]):
    """What was paid on a day, and given back: orders, and refunds with the orders that they are of."""

    def __init__(self, type: str) -> None:
        super().__init__(TRADE_COLUMNS[type], TRADE_SUMS)
        self.worth = self.paid = self.back = self.prepaid_back = self.asked_back = self.fees = 0

    def lines(self, entry: tuple[MerchantOrder, MerchantRefund | None]) -> Iterable[Sequence[str]]:
        """Write the line of an order or a refund."""
        order, refund = entry
        if refund is None:
            self.worth += order.worth
            self.paid += order.total
            self.fees += order.fee
        else:
            self.back += settlement_refund(order, refund)
            self.prepaid_back += refund.coupon if order.prepaid else 0
            self.asked_back += refund.amount
            self.fees -= refund.fee_returned
        cells = _paid(order) if refund is None else _refunded(order, refund)
        return [[cells[name] for name in self.columns]]

    def sums(self) -> Sequence[str]:
        """Write what was paid, given back, and taken."""
        worth, back, prepaid_back = yuan(self.worth), yuan(self.back), yuan(self.prepaid_back)
        return str(self.count), worth, back, prepaid_back, _fee(self.fees), yuan(self.paid), yuan(self.asked_back)


def _paid(order: MerchantOrder) -> dict[str, str]:
    assert order.paid_at, "only what was paid is here"
    return {
        **_order_cells(order, order.paid_at, "SUCCESS"),
        "应结订单金额": yuan(order.worth),
        "代金券金额": yuan(order.total - order.due),
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
        "退款金额": yuan(settlement_refund(order, refund)),
        "充值券退款金额": yuan(refund.coupon if order.prepaid else 0),
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


class SharingBill(Bill[tuple[MerchantOrder, Split, Return | None]]):
    """What was shared on a day, and came back: splits, and returns with the splits that they are of."""

    def __init__(self) -> None:
        super().__init__(SHARING_COLUMNS, SHARING_SUMS)
        self.shared = self.back = 0

    def lines(self, entry: tuple[MerchantOrder, Split, Return | None]) -> Iterable[Sequence[str]]:
        """Write a line for each part of a split, or that of a return."""
        order, split, found = entry
        if found is None:
            for part in split.parts:
                self.shared += part.amount
                first = _sharing_cells(order, split.created_at, split.id, part.id, split.number)
                yield [*first, part.mchid, yuan(part.amount), "分出", "SUCCESS", part.description, ""]
            return
        if found.state is ReturnState.SUCCESS:
            self.back += found.amount
        part = next(part for part in split.parts if part.place == found.place)
        first = _sharing_cells(order, found.created_at, found.id, part.id, found.number)
        yield [*first, found.mchid, yuan(found.amount), "回退", found.state.value.upper(), found.description, ""]

    def sums(self) -> Sequence[str]:
        """Write what was shared, and came back."""
        return str(self.count), yuan(self.shared), yuan(self.back)


def _sharing_cells(order: MerchantOrder, at: datetime, id: UUID, part_id: UUID, number: str) -> list[str]:
    about = [transaction_id(order), id.hex, part_id.hex, number, yuan(order.total)]
    return [write_moment(at), order.caller_mchid, order.mchid, *about]


class Movement(NamedTuple):
    """What came into an account, or, below zero, went out."""

    at: datetime
    id: UUID
    about: UUID | None
    name: str
    amount: int
    balance: int
    """What was in the account then."""
    mchid: str
    """Whose account it is."""
    account: str
    """Which of them, as the protocol calls it."""


class FlowBill(Bill[Movement]):
    """How the money of an account moved on a day; *of_all*: of all accounts of all merchants of a service provider."""

    def __init__(self, *, of_all: bool = False) -> None:
        super().__init__((*FLOW_COLUMNS, *WHOSE_COLUMNS) if of_all else FLOW_COLUMNS, FLOW_SUMS)
        self.of_all = of_all
        self.gains = self.gained = self.losses = self.lost = 0

    def lines(self, entry: Movement) -> Iterable[Sequence[str]]:
        """Write the line of a movement."""
        is_gain = entry.amount >= 0
        if is_gain:
            self.gains += 1
            self.gained += entry.amount
        else:
            self.losses += 1
            self.lost -= entry.amount
        line = [
            write_moment(entry.at),
            entry.about.hex if entry.about else "",
            entry.id.hex,
            entry.name,
            entry.name,
            "收入" if is_gain else "支出",
            yuan(abs(entry.amount)),
            yuan(entry.balance),
            "system",
            "",
            "",
        ]
        return [[*line, entry.mchid, entry.account] if self.of_all else line]

    def sums(self) -> Sequence[str]:
        """Write what came in, and went out."""
        return str(self.count), str(self.gains), yuan(self.gained), str(self.losses), yuan(self.lost)


class WithdrawalBill(Bill[Payout]):
    """Which withdrawals of a merchant the bank refused, or sent back, on a day."""

    def __init__(self, mchid: str) -> None:
        super().__init__(WITHDRAWAL_COLUMNS, WITHDRAWAL_SUMS)
        self.mchid = mchid
        self.amount = 0

    def lines(self, entry: Payout) -> Iterable[Sequence[str]]:
        """Write the line of a withdrawal."""
        assert entry.ended_at, "only what ended is here"
        self.amount += entry.amount
        is_returned = entry.status is PayoutStatus.RETURNED
        return [
            [
                write_moment(entry.created_at),
                self.mchid,
                entry.id.hex,
                yuan(entry.amount),
                yuan(entry.fee),
                "REFUND" if is_returned else "FAIL",
                write_moment(entry.ended_at),
                "银行退票" if is_returned else "银行拒绝" if entry.status is PayoutStatus.REJECTED else "没有通过复核",
            ]
        ]

    def sums(self) -> Sequence[str]:
        """Write how many there were, and of how much."""
        return str(self.count), yuan(self.amount)


class UseBill(Bill[CouponUse]):
    """Which coupons of a stock were used. What its till sold a merchant alone knows.

    *of_returned*: which uses came back; each is in the bill of uses, too.
    """

    def __init__(self, mchid: str, stock_id: str, *, of_returned: bool = False) -> None:
        super().__init__(RETURNED_COLUMNS if of_returned else USE_COLUMNS, USE_SUMS)
        self.mchid = mchid
        self.stock_id = stock_id
        self.of_returned = of_returned
        self.amount = 0

    def lines(self, entry: CouponUse) -> Iterable[Sequence[str]]:
        """Write the line of a use."""
        self.amount += entry.amount
        at = entry.returned_at if self.of_returned else entry.used_at
        assert at, "only what came back is in a bill of what did"
        return [
            [
                self.stock_id,
                entry.id.hex,
                "NORMAL",
                yuan(entry.amount),
                "" if entry.at_till else yuan(entry.sales),
                "OFF_LINE" if entry.at_till else "ORDER",
                entry.order_id.hex,
                write_moment(at),
                self.mchid,
                "",
                "",
                "",
            ]
        ]

    def sums(self) -> Sequence[str]:
        """Write how many there were, and of how much."""
        return str(self.count), yuan(self.amount)


def _writer(out: StringIO) -> Any:
    return csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)


def _cell(text: str) -> str:
    """Write a cell: the back-quote keeps spreadsheets from taking numbers for such, and texts for formulas."""
    return "`" + " ".join(text.split())


def _fee(fen: int) -> str:
    """Write a fee in yuan, with the five digits that fees have there."""
    return f"{yuan(fen)}000"


def write_moment(at: datetime) -> str:
    """Write a time of Beijing."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")

"""Reads the bills of WeChat Pay. Heads of columns, and what stands in them, are facts of the protocol.

The bill of trades has what was taken and given back, and what that cost. The bill of funds has all that moved on the
account: withdrawals to the bank account, and that one came back, are told of nowhere else.
"""

import csv
import io
import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from msgspec.structs import replace

from weiji.kit.clock import SHANGHAI
from weiji.payments.channels import Stated
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.channels.reading import came_back, charged, fees_of, id_of, moved, to_fen, told, withdrawn
from weiji.payments.model import NoticeKind

WITHDRAWAL: Final = "提现"
TOP_UP: Final = "充值"
FEE: Final = "手续费"
OUT: Final = "支出"

REFUNDED: Final = ("SUCCESS", "")
"""How it says that a refund is done, or, in bills of long ago, nothing."""

PROVED: Final = ("交易", "退款", FEE, "分账", "补差")
"""Of which businesses more is known than the bill of funds says: by the bill of trades, or, of what a platform shares
and adds, by the answers to what it asked. Kinds of them have names of their own, which have these words in them."""


def read_bill(channel: str, content: bytes, day: date) -> list[Stated]:
    """Read a bill of trades: what was taken, what went back, and what it cost. Raises GatewaySilent."""
    notices: list[Stated] = []
    fee = 0
    for row in _rows_of(content):
        try:
            fee += to_fen(row["手续费"])
            raw = json.dumps(row, ensure_ascii=False).encode()
            at = _instant(row["交易时间"])
            if row["交易状态"] == "SUCCESS":
                number, ours = row["微信订单号"], id_of(row["商户订单号"])
                amount, kind = to_fen(row["订单金额"]), NoticeKind.CHARGE_SUCCEEDED
                notices.append(told(channel, f"bill:{number}", kind, ours, number, amount, at, raw))
            elif row["交易状态"] == "REFUND":
                number = row["商户退款单号"]
                amount, kind = to_fen(row["退款金额"]), NoticeKind.REFUND_SUCCEEDED
                stated = told(channel, f"refunded:{number}", kind, id_of(number), number, amount, at, raw)
                # It is listed when it begins; to a card it takes days, and may come to nothing.
                is_under_way = row["退款状态"] not in REFUNDED
                notices.append(replace(stated, is_under_way=is_under_way))
        except (KeyError, ValueError) as wrong:
            raise GatewaySilent("the bill can't be read") from wrong
    return notices + fees_of(day, fee)


def read_funds(channel: str, content: bytes, trades: Collection[str]) -> list[Stated]:
    """Read a bill of funds: what was withdrawn and what of that came back, and whatever else moved that *trades*, by
    number, do not tell of.

    What else came or went is told as money that came, or went back, for nothing we know: two people end it. Raises
    GatewaySilent.
    """
    notices: list[Stated] = []
    for row in _rows_of(content):
        try:
            number, amount, at = row["资金流水单号"], to_fen(row["收支金额(元)"]), _instant(row["记账时间"])
            kind, is_out = row["业务类型"], row["收支类型"] == OUT
            business = f"{row['业务名称']} {kind}"
            about = row["微信支付业务单号"]
            is_of_trades = bool({about, row["业务凭证号"]} & set(trades))
        except (KeyError, ValueError) as wrong:
            raise GatewaySilent("the bill can't be read") from wrong
        if not amount:
            continue
        # What came back has many names (提现退回, 提现退票): which way it went is what counts. Top-ups may be of the
        # same business (充值/提现).
        is_of_withdrawal = WITHDRAWAL in business and (TOP_UP not in kind or WITHDRAWAL in kind)
        if is_of_withdrawal and FEE in business:
            notices.append(charged(number, amount if is_out else -amount, at))
        elif is_of_withdrawal:
            notices.append((withdrawn if is_out else came_back)(number, amount, at, about))
        elif not (is_of_trades or any(word in business for word in PROVED)):
            raw = json.dumps(row, ensure_ascii=False).encode()
            notices.append(moved(channel, number, amount, at, raw, is_out=is_out))
    return notices


def _rows_of(content: bytes) -> list[dict[str, str]]:
    try:
        table = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        # Some documents write the brackets of heads in full width.
        head = [name.replace("（", "(").replace("）", ")") for name in next(table, [])]
        # Every cell of a row begins with a back-quote; the two lines of the summary come after them.
        return [
            {name: cell.removeprefix("`") for name, cell in zip(head, row, strict=False)}
            for row in table
            if row and row[0].startswith("`20")
        ]
    except (UnicodeError, csv.Error) as wrong:
        raise GatewaySilent("the bill can't be read") from wrong


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)

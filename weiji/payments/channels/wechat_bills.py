"""Reads the bills of WeChat Pay. Heads of columns, and what stands in them, are facts of the protocol."""

import csv
import io
import json
from datetime import date, datetime

from weiji.kit.clock import SHANGHAI
from weiji.payments.channels.gateway import GatewaySilent
from weiji.payments.channels.reading import fees_of, id_of, to_fen, told
from weiji.payments.model import Notice, NoticeKind


def read_bill(channel: str, content: bytes, day: date) -> list[Notice]:
    """Read a bill of trades: what was taken, what went back, and what it cost. Raises GatewaySilent."""
    try:
        table = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        head = next(table, [])
        # Every cell of a trade begins with a back-quote; the two lines of the summary come after them.
        rows = [
            {name: cell.removeprefix("`") for name, cell in zip(head, row, strict=False)}
            for row in table
            if row and row[0].startswith("`20")
        ]
    except (UnicodeError, csv.Error) as wrong:
        raise GatewaySilent("the bill can't be read") from wrong
    notices = []
    fee = 0
    for row in rows:
        try:
            fee += to_fen(row["手续费"])
            raw = json.dumps(row, ensure_ascii=False).encode()
            at = datetime.strptime(row["交易时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
            if row["交易状态"] == "SUCCESS":
                number, ours = row["微信订单号"], id_of(row["商户订单号"])
                amount, kind = to_fen(row["订单金额"]), NoticeKind.CHARGE_SUCCEEDED
                notices.append(told(channel, f"bill:{number}", kind, ours, number, amount, at, raw))
            elif row["交易状态"] == "REFUND":
                number = row["商户退款单号"]
                amount, kind = to_fen(row["退款金额"]), NoticeKind.REFUND_SUCCEEDED
                notices.append(told(channel, f"refunded:{number}", kind, id_of(number), number, amount, at, raw))
        except (KeyError, ValueError) as wrong:
            raise GatewaySilent("the bill can't be read") from wrong
    return notices + fees_of(channel, day, fee)

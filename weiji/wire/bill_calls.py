"""The protocol's calls for bills: ask for one, then download it. It is written anew each time; nothing is stored."""

import base64
import gzip
import hmac
from datetime import UTC, datetime
from hashlib import sha1
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.seal import KEYS
from weiji.ledger import Account, TransferFlags, chart, get_balance_as_of, get_statement
from weiji.ledger.chart import Kind
from weiji.wire.bills import ROWS_MAX, Movement, day_of, write_flow_bill, write_trade_bill
from weiji.wire.errors import WireError, wrong
from weiji.wire.gate import ROUTES, Answer, Call
from weiji.wire.trade.store import get_orders, list_paid, list_refunds

TYPES: Final = ("ALL", "SUCCESS", "REFUND")
ACCOUNTS: Final = {"BASIC": chart.merchant_available, "OPERATION": chart.merchant_pending}
"""What an account of the protocol is here: what may be withdrawn, and what waits to be settled."""

NAMES: Final = {
    Kind.RELEASE: "交易",
    Kind.FEE: "手续费",
    Kind.SETTLE: "结算",
    Kind.REFUND: "退款",
    Kind.FEE_RETURNED: "退还手续费",
    Kind.RECOVERY: "退款",
    Kind.SHARE: "分账",
    Kind.PAYOUT: "提现",
    Kind.PAYOUT_FEE: "提现手续费",
}

_NO_MOVEMENT: Final = TransferFlags.PENDING | TransferFlags.VOID_PENDING_TRANSFER
_PURPOSE: Final = "wire.bills"
_MARK_BYTES: Final = 16


class Wanted(Struct, frozen=True, array_like=True):
    """Which bill an address leads to."""

    mchid: str
    kind: str
    """`trade` or `flow`."""
    type: str
    day: str
    is_packed: bool


@ROUTES.add("GET", "/v3/bill/tradebill")
async def ask_trade_bill(call: Call) -> Answer:
    """Make a bill of what was paid and given back on a day."""
    type = call.query.get("bill_type") or "ALL"
    if type not in TYPES:
        raise wrong("bill_type", f"is one of {', '.join(TYPES)}", type)
    return await _ask(call, "trade", type)


@ROUTES.add("GET", "/v3/bill/fundflowbill")
async def ask_flow_bill(call: Call) -> Answer:
    """Make a bill of how the money of an account moved on a day."""
    type = call.query.get("account_type") or "BASIC"
    if type not in ACCOUNTS:
        raise wrong("account_type", f"is one of {', '.join(ACCOUNTS)}", type)
    return await _ask(call, "flow", type)


async def _ask(call: Call, kind: str, type: str) -> Answer:
    day = call.ask("bill_date")
    days = day_of(day)
    if days is None:
        raise wrong("bill_date", "is a day, such as 2026-01-31", day)
    if days[1] > clock.now():
        raise WireError(400, "NO_STATEMENT_EXIST", "The day is not over yet.", field="bill_date", location="uri")
    packing = call.query.get("tar_type")
    if packing not in (None, "", "GZIP"):
        raise wrong("tar_type", "is GZIP, or not there", packing)
    wanted = Wanted(call.mchid, kind, type, day, packing == "GZIP")
    text = await _write(call, wanted)
    if text is None:
        raise WireError(400, "NO_STATEMENT_EXIST", "Nothing happened on that day.", field="bill_date", location="uri")
    return Answer(
        value={
            "hash_type": "SHA1",
            # Of the text before it is packed. No secret hangs on it.
            "hash_value": sha1(text, usedforsecurity=False).hexdigest(),
            "download_url": f"{call.origin}/v3/billdownload/file?token={quote(_seal(wanted))}",
        }
    )


@ROUTES.add("GET", "/v3/billdownload/file")
async def download(call: Call) -> Answer:
    """Give a bill. The answer is not signed: clients do not look for it."""
    wanted = _unseal(call.ask("token"))
    if wanted is None or wanted.mchid != call.mchid:
        raise wrong("token", "is none of ours, or not yours")
    text = await _write(call, wanted)
    assert text, "a bill that was made stays"
    content = gzip.compress(text, mtime=0) if wanted.is_packed else text
    media_type = "application/x-gzip" if wanted.is_packed else "text/plain; charset=utf-8"
    return Answer(content=content, media_type=media_type, is_signed=False)


async def _write(call: Call, wanted: Wanted) -> bytes | None:
    days = day_of(wanted.day)
    assert days, "it was read before"
    if wanted.kind == "flow":
        return await _write_flow(call, ACCOUNTS[wanted.type](call.party.merchant.shop_id), *days)
    async with call.desk.database.read() as reader:
        orders = await list_paid(reader, wanted.mchid, *days, ROWS_MAX) if wanted.type != "REFUND" else []
        refunds = await list_refunds(reader, wanted.mchid, *days, ROWS_MAX) if wanted.type != "SUCCESS" else []
        refunded = await get_orders(reader, [refund.order_id for refund in refunds])
    if not orders and not refunds:
        return None
    return write_trade_bill(orders, refunds, refunded).encode()


async def _write_flow(call: Call, account: Account, since: datetime, until: datetime) -> bytes | None:
    async with call.desk.database.read() as reader:
        end = await get_balance_as_of(reader, account.id, until)
        rows = await get_statement(reader, account.id, before=_micros(until), limit=ROWS_MAX)
    # Holds are no movement, nor is it that one was let go: the balance is of what was posted.
    rows = [row for row in rows if row["timestamp"] >= _micros(since) and not row["flags"] & _NO_MOVEMENT]
    if not rows or end is None:
        return None
    balance = end.credits_posted - end.debits_posted
    movements = []
    for row in rows:
        amount = row["amount"] if row["credit_account_id"] == account.id else -row["amount"]
        at = datetime.fromtimestamp(row["timestamp"] / 1_000_000, UTC)
        name = NAMES.get(row["code"], "其他")
        movements.append(Movement(at, row["id"], row["journal_id"], name, amount, balance))
        balance -= amount
    return write_flow_bill(movements[::-1]).encode()


def _micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _seal(wanted: Wanted) -> str:
    body = msgspec.msgpack.encode(wanted)
    return base64.urlsafe_b64encode(_mark(body) + body).rstrip(b"=").decode()


def _unseal(text: str) -> Wanted | None:
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        mark, body = content[:_MARK_BYTES], content[_MARK_BYTES:]
        return msgspec.msgpack.decode(body, type=Wanted) if hmac.compare_digest(mark, _mark(body)) else None
    except (ValueError, msgspec.MsgspecError):
        return None


def _mark(body: bytes) -> bytes:
    return hmac.digest(KEYS.derive(_PURPOSE), body, "sha256")[:_MARK_BYTES]

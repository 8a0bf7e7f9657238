"""The protocol's calls for bills: ask for one, then download it. It is written anew each time; nothing is stored."""

import asyncio
import base64
import gzip
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha1, sha256
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from weiji.coupons import list_returned_uses, list_uses
from weiji.kit import clock
from weiji.kit.db import Row
from weiji.kit.seal import KEYS
from weiji.ledger import Account, chart, get_movements, get_totals
from weiji.ledger.chart import Kind
from weiji.payments import list_failed_payouts
from weiji.web import gettext as _
from weiji.wire.bills import (
    ROWS_MAX,
    Movement,
    day_of,
    write_flow_bill,
    write_returned_bill,
    write_sharing_bill,
    write_trade_bill,
    write_use_bill,
    write_withdrawal_bill,
)
from weiji.wire.calls.coupons import find_stock
from weiji.wire.calls.trade import clients_of, owner_of, payee_of
from weiji.wire.errors import WireError, wrong
from weiji.wire.gate import ROUTES, Answer, Call
from weiji.wire.keys import Merchant
from weiji.wire.sealing import ALGORITHM, API_KEY_BYTES, NONCE_CHARACTERS, make_nonce, seal_field
from weiji.wire.sharing import get_splits, list_returns, list_splits
from weiji.wire.trade.store import get_orders, list_paid, list_refunds
from weiji.wire.transfers import TransferBill, find_bill_for_payee

P = ParamSpec("P")
T = TypeVar("T")

CLIENTS_MAX: Final = 200
"""Merchants whose bills one request makes."""

TYPES: Final = ("ALL", "SUCCESS", "REFUND")
NO_SUCCESS: Final = "NO_SUCC"
"""The one kind of bills of withdrawals: of those that came to nothing."""

ACCOUNTS: Final = {"BASIC": chart.merchant_available, "OPERATION": chart.merchant_pending}
"""What an account of the protocol is here: what may be withdrawn, and what waits to be settled."""

NAMES: Final = {
    Kind.RELEASE: "交易",
    Kind.FEE: "手续费",
    Kind.SETTLE: "结算",
    Kind.REFUND: "退款",
    Kind.FEE_RETURNED: "退还手续费",
    Kind.RECOVERY: "退款",
    Kind.CHARGEBACK: "拒付",
    Kind.SHARE: "分账",
    Kind.PAYOUT: "提现",
    Kind.PAYOUT_FEE: "提现手续费",
    Kind.TRANSFER: "商家转账",
    Kind.RED_PACKET: "现金红包",
    Kind.RED_PACKET_RETURNED: "现金红包退回",
    Kind.SUBSIDY: "补差",
    Kind.DISPUTE: "退款",
    Kind.REPAYMENT: "偿还欠款",
    Kind.DEPOSIT: "保证金",
    Kind.DEPOSIT_REFILLED: "保证金补足",
    Kind.DEPOSIT_RETURNED: "保证金退回",
    Kind.LEGAL_HOLD: "司法冻结",
    Kind.ADJUSTMENT: "人工调账",
    Kind.PAYOUT_RETURNED: "提现退票",
    Kind.SUBSIDY_RELEASED: "补差",
    Kind.SUBSIDY_RETURNED: "补差回退",
    Kind.UNFREEZING: "解冻",
    Kind.TAKEN_AT_CHANNEL: "渠道退款",
}

RECEIPT: Final = "receipt"

USES: Final = "uses"
RETURNED_USES: Final = "returned uses"

_PURPOSE: Final = "wire.bills"
_MARK_BYTES: Final = 16


class Wanted(Struct, frozen=True, array_like=True):
    """Which bill an address leads to."""

    mchid: str
    """Who may download it."""
    kind: str
    """`trade`, `flow`, `sharing`, `withdrawal`, `uses`, `returned uses` or `receipt`."""
    type: str
    """Which of that kind; of a receipt, its transfer's number; of uses, the stock's."""
    day: str
    """Of uses, until when."""
    is_packed: bool
    about: str
    """Whose bill it is: the same, or who named it as a service provider."""
    salt: str = ""
    """What its key is made of, where it is sealed; empty: it is not."""


@ROUTES.add("GET", "/v3/bill/tradebill")
async def ask_trade_bill(call: Call) -> Answer:
    """Make a bill of what was paid and given back on a day."""
    type = call.query.get("bill_type") or "ALL"
    if type not in TYPES:
        raise wrong("bill_type", _("要是其中之一：%(names)s", names=", ".join(TYPES)), type)
    return await _ask(call, "trade", type)


@ROUTES.add("GET", "/v3/bill/fundflowbill")
async def ask_flow_bill(call: Call) -> Answer:
    """Make a bill of how the money of an account moved on a day."""
    return await _ask(call, "flow", _account_type(call))


@ROUTES.add("GET", "/v3/profitsharing/bills")
async def ask_sharing_bill(call: Call) -> Answer:
    """Make a bill of what was shared of orders, and came back, on a day."""
    return await _ask(call, "sharing", "ALL")


@ROUTES.add("GET", "/v3/merchant/fund/withdraw/bill-type/{bill_type}")
async def ask_withdrawal_bill(call: Call) -> Answer:
    """Make a bill of the withdrawals that the bank refused, or sent back, on a day."""
    type = call.params["bill_type"]
    if type != NO_SUCCESS:
        raise wrong("bill_type", _("要是 %(value)s", value=NO_SUCCESS), type)
    return await _ask(call, "withdrawal", type)


@ROUTES.add("GET", "/v3/marketing/favor/stocks/{stock_id}/use-flow")
async def ask_use_bill(call: Call) -> Answer:
    """Make a bill of what was used of a stock until now."""
    return await _ask_of_stock(call, USES)


@ROUTES.add("GET", "/v3/marketing/favor/stocks/{stock_id}/refund-flow")
async def ask_returned_bill(call: Call) -> Answer:
    """Make a bill of which uses of a stock came back until now."""
    return await _ask_of_stock(call, RETURNED_USES)


async def _ask_of_stock(call: Call, kind: str) -> Answer:
    campaign = (await find_stock(call, call.params["stock_id"])).campaign
    wanted = Wanted(call.mchid, kind, campaign.id.hex, clock.now().isoformat(), False, call.mchid)
    text = await _write(call, wanted, call.party.merchant.shop_id)
    assert text, "it has a line of names at least"
    told = _describe(call, wanted, text)
    return Answer(value={**told, "url": told["download_url"]})


@ROUTES.add("GET", "/v3/bill/sub-merchant-fundflowbill")
async def ask_sub_flow_bill(call: Call) -> Answer:
    """Make a sealed bill of how the money of another merchant moved on a day."""
    _check_algorithm(call)
    party = await payee_of(call, call.ask("sub_mchid"), "sub_mchid")
    return await _ask_sealed(call, [party.merchant])


@ROUTES.add("GET", "/v3/ecommerce/bill/fundflowbill")
async def ask_all_flow_bills(call: Call) -> Answer:
    """Make sealed bills, one for each merchant that named this one, of how their money moved on a day."""
    _check_algorithm(call)
    merchants = await clients_of(call, CLIENTS_MAX, _("请用 sub-merchant-fundflowbill 一个一个地要"))
    return await _ask_sealed(call, merchants)


def _check_algorithm(call: Call) -> None:
    if call.query.get("algorithm") not in (None, "", ALGORITHM):
        raise wrong("algorithm", _("要是 %(value)s", value=ALGORITHM), call.query["algorithm"])


def _account_type(call: Call) -> str:
    type = call.query.get("account_type") or "BASIC"
    if type not in (*ACCOUNTS, "ALL"):
        raise wrong("account_type", _("要是其中之一：%(names)s", names=", ".join(ACCOUNTS)), type)
    return "BASIC" if type == "ALL" else type


async def _ask(call: Call, kind: str, type: str) -> Answer:
    party = await owner_of(call, call.query.get("sub_mchid"), "sub_mchid")
    wanted = Wanted(call.mchid, kind, type, *_day_and_packing(call), party.merchant.mchid)
    text = await _write(call, wanted, party.merchant.shop_id)
    if text is None:
        raise _no_bill()
    return Answer(value=_describe(call, wanted, text))


async def _ask_sealed(call: Call, merchants: Sequence[Merchant]) -> Answer:
    type = _account_type(call)
    day, is_packed = _day_and_packing(call)
    key = call.party.key_of(call.serial, clock.wall())
    assert key, "the request was signed with it"
    bills: list[dict[str, Any]] = []
    for merchant in merchants:
        wanted = Wanted(call.mchid, "flow", type, day, is_packed, merchant.mchid, make_nonce())
        text = await _write(call, wanted, merchant.shop_id)
        if text is not None:
            secret, nonce = _secret_of(wanted)
            sealed = {"encrypt_key": seal_field(key, secret), "nonce": nonce}
            bills.append({"bill_sequence": len(bills) + 1, **_describe(call, wanted, text), **sealed})
    if not bills:
        raise _no_bill()
    return Answer(value={"download_bill_count": len(bills), "download_bill_list": bills})


def _day_and_packing(call: Call) -> tuple[str, bool]:
    day = call.ask("bill_date")
    days = day_of(day)
    if days is None:
        raise wrong("bill_date", _("要是日期，如 2026-01-31"), day)
    if days[1] > clock.now():
        raise WireError(400, "NO_STATEMENT_EXIST", _("这一天还没有过完。"), field="bill_date", location="uri")
    packing = call.query.get("tar_type")
    if packing not in (None, "", "GZIP"):
        raise wrong("tar_type", _("要么是 GZIP，要么不写"), packing)
    return day, packing == "GZIP"


def _describe(call: Call, wanted: Wanted, text: bytes) -> dict[str, Any]:
    return {
        "hash_type": "SHA1",
        # Of the text before it is packed. No secret hangs on it.
        "hash_value": sha1(text, usedforsecurity=False).hexdigest(),
        "download_url": f"{call.origin}/v3/billdownload/file?token={quote(_seal(wanted))}",
    }


async def describe_receipt(call: Call, bill: TransferBill) -> dict[str, Any]:
    """Tell where the receipt of a transfer is, and its digest."""
    wanted = Wanted(call.mchid, RECEIPT, bill.id.hex, "", False, bill.mchid)
    content = await _write(call, wanted, bill.shop_id)
    assert content, "its payee has the money"
    url = f"{call.origin}/v3/billdownload/file?token={quote(_seal(wanted))}"
    return {"hash_type": "SHA256", "hash_value": sha256(content).hexdigest(), "download_url": url}


def _no_bill() -> WireError:
    return WireError(400, "NO_STATEMENT_EXIST", _("那一天没有任何记录。"), field="bill_date", location="uri")


@ROUTES.add("GET", "/v3/billdownload/file")
async def download(call: Call) -> Answer:
    """Give a bill. The answer is not signed: clients do not look for it."""
    wanted = _unseal(call.ask("token"))
    if wanted is None or wanted.mchid != call.mchid:
        raise wrong("token", _("不是我们给出的，或者不是给你的"))
    # Whoever is not the service provider any more is not shown it.
    party = await payee_of(call, wanted.about, "token")
    text = await _write(call, wanted, party.merchant.shop_id)
    assert text, "a bill that was made stays"
    content = await asyncio.to_thread(gzip.compress, text, mtime=0) if wanted.is_packed else text
    if wanted.salt:
        secret, nonce = _secret_of(wanted)
        content = AESGCM(secret.encode()).encrypt(nonce.encode(), content, None)
        return Answer(content=content, media_type="application/octet-stream", is_signed=False)
    if wanted.kind == RECEIPT:
        return Answer(content=content, media_type="application/pdf", is_signed=False)
    media_type = "application/x-gzip" if wanted.is_packed else "text/plain; charset=utf-8"
    return Answer(content=content, media_type=media_type, is_signed=False)


def _secret_of(wanted: Wanted) -> tuple[str, str]:
    """Make the key of a sealed bill, and the nonce: of what its address says, so that nothing is stored."""
    made = hmac.digest(KEYS.derive(_PURPOSE), b"key" + msgspec.msgpack.encode(wanted), "sha256").hex()
    return made[:API_KEY_BYTES], made[-NONCE_CHARACTERS:]


async def _write(call: Call, wanted: Wanted, shop_id: UUID) -> bytes | None:
    if wanted.kind == RECEIPT:
        from weiji.wire.receipts import write_receipt  # What makes PDF is slow to import, and asked for rarely.

        async with call.backend.database.read() as reader:
            found = await find_bill_for_payee(reader, UUID(hex=wanted.type))
        return write_receipt(*found) if found else None
    if wanted.kind in (USES, RETURNED_USES):
        until = datetime.fromisoformat(wanted.day)
        list_them, write = (
            (list_uses, write_use_bill) if wanted.kind == USES else (list_returned_uses, write_returned_bill)
        )
        async with call.backend.database.read() as reader:
            uses = _whole(wanted, await list_them(reader, UUID(hex=wanted.type), until, ROWS_MAX + 1))
        return await _written(write, wanted.about, wanted.type, uses)
    days = day_of(wanted.day)
    assert days, "it was read before"
    if wanted.kind == "flow":
        return await _write_flow(call, wanted, ACCOUNTS[wanted.type](shop_id), *days)
    if wanted.kind == "sharing":
        return await _write_sharing(call, wanted, *days)
    if wanted.kind == "withdrawal":
        async with call.backend.database.read() as reader:
            failed = _whole(wanted, await list_failed_payouts(reader, shop_id, *days, ROWS_MAX + 1))
        return await _written(write_withdrawal_bill, wanted.about, failed) if failed else None
    orders, refunds = [], []
    async with call.backend.database.read() as reader:
        if wanted.type != "REFUND":
            orders = _whole(wanted, await list_paid(reader, wanted.about, *days, ROWS_MAX + 1))
        if wanted.type != "SUCCESS":
            refunds = _whole(wanted, await list_refunds(reader, wanted.about, *days, ROWS_MAX + 1))
        refunded = await get_orders(reader, [refund.order_id for refund in refunds])
    if not orders and not refunds:
        return None
    return await _written(write_trade_bill, wanted.type, orders, refunds, refunded)


async def _write_sharing(call: Call, wanted: Wanted, since: datetime, until: datetime) -> bytes | None:
    async with call.backend.database.read() as reader:
        splits = _whole(wanted, await list_splits(reader, wanted.about, since, until, ROWS_MAX + 1))
        returns = _whole(wanted, await list_returns(reader, wanted.about, since, until, ROWS_MAX + 1))
        returned = await get_splits(reader, [found.split_id for found in returns])
        orders = await get_orders(reader, [split.order_id for split in (*splits, *returned.values())])
    if not splits and not returns:
        return None
    return await _written(write_sharing_bill, splits, [(found, returned[found.split_id]) for found in returns], orders)


async def _write_flow(call: Call, wanted: Wanted, account: Account, since: datetime, until: datetime) -> bytes | None:
    async with call.backend.database.read() as reader:
        rows = _whole(wanted, await get_movements(reader, [account.id], since, until, after=0, limit=ROWS_MAX + 1))
        if not rows:
            return None
        balance = (await get_totals(reader, [account.id], since, until)).opening
    return await _written(_flow_of, rows, balance)


def _flow_of(rows: Sequence[Row], balance: int) -> str:
    movements = []
    for row in rows:
        amount = row["amount"] if row["is_in"] else -row["amount"]
        balance += amount
        at = datetime.fromtimestamp(row["timestamp"] / 1_000_000, UTC)
        movements.append(Movement(at, row["id"], row["journal_id"], NAMES.get(row["code"], "其他"), amount, balance))
    return write_flow_bill(movements)


def _whole(wanted: Wanted, rows: list[T]) -> list[T]:
    """Check that these are all there are: a bill that leaves something out is worse than none. Raises WireError.

    Whose bill it is is said: a service provider may have asked for those of all that named it.
    """
    if len(rows) > ROWS_MAX:
        words = _("商户 %(mchid)s 的账单超过 %(most)s 行，一份写不下。", mchid=wanted.about, most=ROWS_MAX)
        raise WireError(403, "RULE_LIMIT", words, value=wanted.about)
    return rows


async def _written(write: Callable[P, str], *args: P.args, **given: P.kwargs) -> bytes:
    """Write a bill in a thread: a long one takes seconds, in which others are answered."""
    return (await asyncio.to_thread(write, *args, **given)).encode()


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

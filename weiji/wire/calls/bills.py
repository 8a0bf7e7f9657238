"""The protocol's calls for bills: ask for one, then download it. It is kept for as long as its address is good."""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import quote
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from msgspec import Struct

from weiji.kit import clock
from weiji.kit.seal import KEYS
from weiji.web import gettext as _
from weiji.wire.bill_entries import (
    ACCOUNTS,
    failed_payouts_of,
    movements_of,
    movements_of_all,
    sharings_of,
    trades_of,
    uses_of,
)
from weiji.wire.bills import Bill, FlowBill, SharingBill, TradeBill, UseBill, WithdrawalBill, day_of
from weiji.wire.calls.coupons import find_stock
from weiji.wire.calls.trade import owner_of, payee_of
from weiji.wire.errors import WireError, not_allowed, wrong
from weiji.wire.gate import ROUTES, Answer, Call
from weiji.wire.kept_bills import KeptBill, get_bill
from weiji.wire.keys import Merchant
from weiji.wire.sealing import ALGORITHM, API_KEY_BYTES, NONCE_CHARACTERS, make_nonce, seal_field
from weiji.wire.transfers import TransferBill, find_bill_for_payee

E = TypeVar("E")

TYPES: Final = ("ALL", "SUCCESS", "REFUND")
NO_SUCCESS: Final = "NO_SUCC"
"""The one kind of bills of withdrawals: of those that came to nothing."""

OF_ALL: Final = "ALL"
"""What the bill of all sub-merchants calls all accounts."""

SETTLES_WITHIN: Final = timedelta(minutes=1)
"""How long after a day something of it may still be written: a bill that leaves something out is worse than none."""

LINES: Final = 2_000
"""Lines that are written at a time, and kept in one page; of what has parts, more."""

BILL: Final = "bill"
RECEIPT: Final = "receipt"

_PURPOSE: Final = "wire.bills.2"
"""Another than that of addresses that say something else, which older programs made."""
_MARK_BYTES: Final = 16
_TAG_BYTES: Final = 16


class Address(Struct, frozen=True, array_like=True):
    """What is downloaded at an address, and by whom."""

    mchid: str
    """Who may download it."""
    about: str
    """Whose it is: the same, or who named it as a service provider."""
    kind: str
    """`bill` or `receipt`."""
    id: str
    """Of the bill that is kept, or the transfer that a receipt is of."""
    is_packed: bool = False
    salt: str = ""
    """What its key is made of, where it is sealed; empty: it is not."""


class Day(Struct, frozen=True):
    """A day of Beijing that is over."""

    text: str
    since: datetime
    until: datetime


@ROUTES.add("GET", "/v3/bill/tradebill")
async def ask_trade_bill(call: Call) -> Answer:
    """Make a bill of what was paid and given back on a day."""
    type = call.query.get("bill_type") or "ALL"
    if type not in TYPES:
        raise wrong("bill_type", _("要是其中之一：%(names)s", names=", ".join(TYPES)), type)
    merchant, day = await _whose(call), _day(call)
    entries = trades_of(call.backend.database, merchant.mchid, type, day.since, day.until)
    return await _answer(call, merchant, f"trade {type} {day.text}", _write(TradeBill(type), entries))


@ROUTES.add("GET", "/v3/bill/fundflowbill")
async def ask_flow_bill(call: Call) -> Answer:
    """Make a bill of how the money of an account moved on a day."""
    type = _account_type(call)
    merchant, day = await _whose(call), _day(call)
    entries = movements_of(call.backend.database, merchant, type, day.since, day.until)
    return await _answer(call, merchant, f"flow {type} {day.text}", _write(FlowBill(), entries))


@ROUTES.add("GET", "/v3/profitsharing/bills")
async def ask_sharing_bill(call: Call) -> Answer:
    """Make a bill of what was shared of orders, and came back, on a day."""
    merchant, day = await _whose(call), _day(call)
    entries = sharings_of(call.backend.database, merchant.mchid, day.since, day.until)
    return await _answer(call, merchant, f"sharing {day.text}", _write(SharingBill(), entries))


@ROUTES.add("GET", "/v3/merchant/fund/withdraw/bill-type/{bill_type}")
async def ask_withdrawal_bill(call: Call) -> Answer:
    """Make a bill of the withdrawals that the bank refused, or sent back, on a day."""
    type = call.params["bill_type"]
    if type != NO_SUCCESS:
        raise wrong("bill_type", _("要是 %(value)s", value=NO_SUCCESS), type)
    merchant, day = await _whose(call), _day(call)
    entries = failed_payouts_of(call.backend.database, merchant.shop_id, day.since, day.until)
    return await _answer(call, merchant, f"withdrawal {day.text}", _write(WithdrawalBill(merchant.mchid), entries))


@ROUTES.add("GET", "/v3/marketing/favor/stocks/{stock_id}/use-flow")
async def ask_use_bill(call: Call) -> Answer:
    """Make a bill of what was used of a stock until now."""
    return await _answer_of_stock(call, of_returned=False)


@ROUTES.add("GET", "/v3/marketing/favor/stocks/{stock_id}/refund-flow")
async def ask_returned_bill(call: Call) -> Answer:
    """Make a bill of which uses of a stock came back until now."""
    return await _answer_of_stock(call, of_returned=True)


async def _answer_of_stock(call: Call, *, of_returned: bool) -> Answer:
    stock_id = (await find_stock(call, call.params["stock_id"])).campaign.id
    bill = UseBill(call.mchid, stock_id.hex, of_returned=of_returned)
    entries = uses_of(call.backend.database, stock_id, clock.now(), of_returned=of_returned)
    name = f"{'returned uses' if of_returned else 'uses'} {stock_id.hex}"
    kept = await _get(call, call.party.merchant, name, _write(bill, entries, may_be_empty=True))
    assert kept, "it has a line of names at least"
    told = _describe(call, kept, call.mchid)
    return Answer(value={**told, "url": told["download_url"]})


@ROUTES.add("GET", "/v3/bill/sub-merchant-fundflowbill")
async def ask_sub_flow_bill(call: Call) -> Answer:
    """Make a sealed bill of how the money of another merchant moved on a day."""
    _check_algorithm(call)
    type = _account_type(call)
    merchant = (await payee_of(call, call.ask("sub_mchid"), "sub_mchid")).merchant
    day = _day(call)
    entries = movements_of(call.backend.database, merchant, type, day.since, day.until)
    return await _answer_sealed(call, merchant, f"flow {type} {day.text}", _write(FlowBill(), entries))


@ROUTES.add("GET", "/v3/ecommerce/bill/fundflowbill")
async def ask_all_flow_bills(call: Call) -> Answer:
    """Make one sealed bill of how the money of all merchants moved on a day that named this one.

    Nobody is asked whether they may be named: so many merchants are no reason to have none.
    """
    _check_algorithm(call)
    type = call.query.get("account_type") or OF_ALL
    types = tuple(ACCOUNTS) if type == OF_ALL else (_account_type(call),)
    day = _day(call)
    entries = movements_of_all(call.backend.database, call.mchid, types, day.since, day.until)
    pieces = _write(FlowBill(of_all=True), entries)
    return await _answer_sealed(call, call.party.merchant, f"flow of all {type} {day.text}", pieces)


def _check_algorithm(call: Call) -> None:
    if call.query.get("algorithm") not in (None, "", ALGORITHM):
        raise wrong("algorithm", _("要是 %(value)s", value=ALGORITHM), call.query["algorithm"])


def _account_type(call: Call) -> str:
    type = call.query.get("account_type") or "BASIC"
    if type not in ACCOUNTS:
        raise wrong("account_type", _("要是其中之一：%(names)s", names=", ".join(ACCOUNTS)), type)
    return type


async def _whose(call: Call) -> Merchant:
    return (await owner_of(call, call.query.get("sub_mchid"), "sub_mchid")).merchant


def _day(call: Call) -> Day:
    text = call.ask("bill_date")
    days = day_of(text)
    if days is None:
        raise wrong("bill_date", _("要是日期，如 2026-01-31"), text)
    now = clock.now()
    if now < days[1]:
        raise WireError(400, "NO_STATEMENT_EXIST", _("这一天还没有过完。"), field="bill_date", location="uri")
    if now < days[1] + SETTLES_WITHIN:
        words = _("这一天刚刚过完，请过一分钟再来申请。")
        raise WireError(400, "STATEMENT_CREATING", words, field="bill_date", location="uri")
    return Day(text, *days)


def _is_packed(call: Call) -> bool:
    packing = call.query.get("tar_type")
    if packing not in (None, "", "GZIP"):
        raise wrong("tar_type", _("要么是 GZIP，要么不写"), packing)
    return packing == "GZIP"


async def _write(bill: Bill[E], entries: AsyncIterator[E], *, may_be_empty: bool = False) -> AsyncIterator[str]:
    """Write a bill in pieces, each in a thread: others are answered meanwhile. Without anything in it there is none."""
    text, some = "", []
    async for entry in entries:
        some.append(entry)
        if len(some) == LINES:
            if text:
                yield text
            text, some = await asyncio.to_thread(bill.write, some), []
    if some:
        if text:
            yield text
        text = await asyncio.to_thread(bill.write, some)
    if text or may_be_empty:
        yield text + bill.end()


async def _answer(call: Call, merchant: Merchant, name: str, pieces: AsyncIterator[str]) -> Answer:
    is_packed = _is_packed(call)
    bill = await _get(call, merchant, name, pieces)
    if bill is None:
        raise _no_bill()
    return Answer(value=_describe(call, bill, merchant.mchid, is_packed=is_packed))


async def _answer_sealed(call: Call, merchant: Merchant, name: str, pieces: AsyncIterator[str]) -> Answer:
    is_packed = _is_packed(call)
    key = call.party.key_of(call.serial, clock.wall())
    assert key, "the request was signed with it"
    bill = await _get(call, merchant, name, pieces)
    if bill is None:
        raise _no_bill()
    salt = make_nonce()
    secret, nonce = _secret_of(salt)
    told = _describe(call, bill, merchant.mchid, is_packed=is_packed, salt=salt)
    sealed = {"bill_sequence": 1, **told, "encrypt_key": seal_field(key, secret), "nonce": nonce}
    return Answer(value={"download_bill_count": 1, "download_bill_list": [sealed]})


async def _get(call: Call, merchant: Merchant, name: str, pieces: AsyncIterator[str]) -> KeptBill | None:
    return await call.scribe.get(call.mchid, call.party.merchant.shop_id, f"{name} {merchant.mchid}", pieces)


def _describe(call: Call, bill: KeptBill, about: str, *, is_packed: bool = False, salt: str = "") -> dict[str, Any]:
    address = Address(call.mchid, about, BILL, bill.id.hex, is_packed, salt)
    # The hash is that of the text before it is packed.
    return {"hash_type": "SHA1", "hash_value": bill.hash, "download_url": _url_of(call, address)}


async def describe_receipt(call: Call, bill: TransferBill) -> dict[str, Any]:
    """Tell where the receipt of a transfer is, and its digest."""
    content = await _write_receipt(call, bill.id)
    assert content, "its payee has the money"
    url = _url_of(call, Address(call.mchid, bill.mchid, RECEIPT, bill.id.hex))
    return {"hash_type": "SHA256", "hash_value": sha256(content).hexdigest(), "download_url": url}


def _no_bill() -> WireError:
    return WireError(400, "NO_STATEMENT_EXIST", _("那一天没有任何记录。"), field="bill_date", location="uri")


@ROUTES.add("GET", "/v3/billdownload/file")
async def download(call: Call) -> Answer:
    """Give a bill. The answer is not signed: clients do not look for it."""
    address = _read_address(call.ask("token"))
    if address is None:
        raise wrong("token", _("不是我们给出的"))
    if address.mchid != call.mchid:
        raise not_allowed(_("这个下载地址是给另一个商户的。"))
    # Whoever is not the service provider any more is not shown it.
    await payee_of(call, address.about, "token")
    if address.kind == RECEIPT:
        content = await _write_receipt(call, UUID(hex=address.id))
        assert content, "a receipt that was made stays"
        return Answer(content=content, media_type="application/pdf", is_signed=False)
    async with call.backend.database.read() as reader:
        bill = await get_bill(reader, UUID(hex=address.id), clock.wall())
    if bill is None:
        words = _("下载地址过期了，请重新申请账单。")
        raise WireError(400, "INVALID_REQUEST", words, field="token", location="uri")
    pieces = call.scribe.read(bill, is_packed=address.is_packed)
    length = bill.packed_bytes if address.is_packed else bill.text_bytes
    if address.salt:
        pieces, length = _seal(pieces, address.salt), length + _TAG_BYTES
        return Answer(pieces=pieces, length=length, media_type="application/octet-stream", is_signed=False)
    media_type = "application/x-gzip" if address.is_packed else "text/plain; charset=utf-8"
    return Answer(pieces=pieces, length=length, media_type=media_type, is_signed=False)


def _secret_of(salt: str) -> tuple[str, str]:
    """Make the key of a sealed bill, and the nonce: of what its address says, so that it is kept nowhere."""
    made = hmac.digest(KEYS.derive(_PURPOSE), b"key" + salt.encode(), "sha256").hex()
    return made[:API_KEY_BYTES], made[-NONCE_CHARACTERS:]


async def _seal(pieces: AsyncIterator[bytes], salt: str) -> AsyncIterator[bytes]:
    secret, nonce = _secret_of(salt)
    sealing = Cipher(AES(secret.encode()), GCM(nonce.encode())).encryptor()
    async for piece in pieces:
        yield sealing.update(piece)
    yield sealing.finalize() + sealing.tag


async def _write_receipt(call: Call, bill_id: UUID) -> bytes | None:
    from weiji.wire.receipts import write_receipt  # What makes PDF is slow to import, and asked for rarely.

    async with call.backend.database.read() as reader:
        found = await find_bill_for_payee(reader, bill_id)
    return write_receipt(*found) if found else None


def _url_of(call: Call, address: Address) -> str:
    body = msgspec.msgpack.encode(address)
    token = base64.urlsafe_b64encode(_mark(body) + body).rstrip(b"=").decode()
    return f"{call.origin}/v3/billdownload/file?token={quote(token)}"


def _read_address(token: str) -> Address | None:
    try:
        content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        mark, body = content[:_MARK_BYTES], content[_MARK_BYTES:]
        return msgspec.msgpack.decode(body, type=Address) if hmac.compare_digest(mark, _mark(body)) else None
    except (ValueError, msgspec.MsgspecError):
        return None


def _mark(body: bytes) -> bytes:
    return hmac.digest(KEYS.derive(_PURPOSE), body, "sha256")[:_MARK_BYTES]

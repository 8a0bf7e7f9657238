"""Writes a shop's orders, customers, reviews and statements: as tables, and as lines of JSON for archives."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any, Final
from uuid import UUID

from weiji.catalog import PriceChange, ProductPage, ProductSku
from weiji.kit.db import Row
from weiji.kit.ids import derive
from weiji.kit.money import plain_yuan
from weiji.ledger import Kind, TransferFlags
from weiji.orders import Order
from weiji.orders.customers import Customer
from weiji.orders.invoices import Paper, WholeInvoice
from weiji.porting.cells import write_safe
from weiji.porting.readers.archive import INVOICES, event_line
from weiji.reviews import ShownReview

ORDER_COLUMNS: Final = (
    "order", "number", "state", "placed_at", "paid_at", "shipped_at", "received_at", "settled_at", "closed_at",
    "refunded_at", "buyer", "recipient", "phone", "region", "address", "postcode", "note", "goods", "freight", "total",
    "fee", "line", "product", "sku", "title", "choices", "price", "quantity", "shipped", "amount", "carriers",
    "tracking_numbers",
)  # fmt: skip
"""A row for each line of an order; what is the order's stands in each."""

CUSTOMER_COLUMNS: Final = ("name", "phone", "agreed_at", "text_version", "orders", "spent", "last_order_at")

STATEMENT_COLUMNS: Final = ("at", "account", "what", "state", "in", "out", "transfer", "journal")

_ORDER_FACTS: Final = (
    "id", "number", "state", "buyer_name", "goods", "freight", "total", "fee", "units", "units_shipped", "channel",
    "refunded", "fee_refunded", "refund_reason", "placed_at", "paid_at", "shipped_at", "received_at", "settled_at",
    "closed_at", "refunded_at", "address", "note",
)  # fmt: skip


def table(rows: Sequence[Sequence[str]]) -> str:
    """Write rows as CSV in which no cell is a formula."""
    text = StringIO(newline="")
    csv.writer(text).writerows([write_safe(cell) for cell in row] for row in rows)
    return text.getvalue()


def order_rows(order: Order) -> Iterator[list[str]]:
    """Write an order as rows."""
    address = order.address
    moments = ("placed_at", "paid_at", "shipped_at", "received_at", "settled_at", "closed_at", "refunded_at")
    common = [
        str(order.id),
        order.number,
        order.state,
        *(_moment(getattr(order, name)) for name in moments),
        order.buyer_name,
        *((address.name, address.phone, address.region, address.detail, address.postcode) if address else [""] * 5),
        order.note,
        *(plain_yuan(amount) for amount in (order.goods, order.freight, order.total, order.fee)),
    ]
    parcels = ["; ".join(parcel.carrier for parcel in order.parcels)]
    parcels.append("; ".join(parcel.tracking_number for parcel in order.parcels))
    for line in order.lines:
        yield [
            *common,
            str(line.line),
            str(line.product_id),
            str(line.sku_id),
            line.title,
            " / ".join(line.choices),
            plain_yuan(line.price),
            str(line.quantity),
            str(line.shipped),
            plain_yuan(line.amount),
            *parcels,
        ]


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else ""


def order_line(shop_id: UUID, order: Order) -> bytes:
    """Write an order as a line of JSON: what the shop may know of it, and who it goes to. Amounts are in fen."""
    facts: dict[str, Any] = {name: getattr(order, name) for name in _ORDER_FACTS}
    lines = [
        {name: getattr(line, name) for name in line.__struct_fields__ if name not in ("reasons", "shares")}
        for line in order.lines
    ]
    facts |= {"lines": lines, "parcels": order.parcels}
    return event_line(order.id, order.placed_at, shop_id, facts)


def customer_row(customer: Customer) -> list[str]:
    """Write who agreed as a row of a table, in yuan."""
    return [
        customer.name,
        customer.phone,
        _moment(customer.agreed_at),
        str(customer.text_version),
        str(customer.orders),
        plain_yuan(customer.spent) if customer.spent else "",
        _moment(customer.last_order_at),
    ]


def customer_line(shop_id: UUID, customer: Customer) -> bytes:
    """Write who agreed as a line of JSON. Amounts are in fen."""
    names = ("name", "phone", "text_version", "orders", "spent", "last_order_at")
    facts = {name: getattr(customer, name) for name in names}
    return event_line(derive(shop_id, "customer", customer.person_id), customer.agreed_at, shop_id, facts)


def review_line(shop_id: UUID, review: ShownReview) -> bytes:
    """Write what a buyer said as a line of JSON, under the name that everybody reads."""
    facts = {
        "order": review.order_id,
        "line": review.line,
        "title": review.title,
        "choices": review.choices,
        "author": review.author,
        "score": review.score,
        "text": review.text,
        "photos": review.photos,
        "answer": review.answer,
        "follow_up": review.follow_up,
        "is_removed": review.is_removed,
        "removal_reason": review.removal_reason,
    }
    return event_line(derive(review.order_id, "review", review.line), review.shown_at, shop_id, facts)


def invoice_line(shop_id: UUID, invoice: WholeInvoice) -> bytes:
    """Write an invoice as a line of JSON, with what was made out; each file under its name in the archive."""
    papers = [
        {name: getattr(paper, name) for name in ("id", "kind", "number", "issued_on", "amount", "added_at")}
        | {"file": f"{INVOICES}{paper.id}{paper_ending(paper)}" if paper.media_type else None}
        for paper in invoice.papers
    ]
    facts = {
        "order": invoice.order_id,
        "number": invoice.number,
        "buyer_name": invoice.buyer_name,
        "state": invoice.state,
        "title": invoice.title,
        "amount": invoice.amount,
        "reason": invoice.reason,
        "changed_at": invoice.changed_at,
        "papers": papers,
    }
    return event_line(derive(invoice.order_id, "invoice"), invoice.requested_at, shop_id, facts)


def paper_ending(paper: Paper) -> str:
    """Say how the name of an invoice's file ends."""
    return f".{(paper.media_type or '').rpartition('/')[2]}"


def movement_line(shop_id: UUID, movement: dict[str, Any]) -> bytes:
    """Write what moved a shop's money as a line of JSON. Amounts are in fen."""
    return event_line(movement["transfer"], movement["at"], shop_id, movement)


def price_line(shop_id: UUID, product: ProductPage, sku: ProductSku, change: PriceChange) -> bytes:
    """Write what a SKU cost from some version of its product on as a line of JSON. Amounts are in fen."""
    facts = {
        "handle": product.handle,
        "choices": sku.choices,
        "price": change.price,
        "compare_at": change.compare_at,
        "version": change.version,
    }
    return event_line(derive(sku.id, "price", change.version), change.changed_at, shop_id, facts)


def movement(row: Row, account: str, account_id: UUID) -> dict[str, Any]:
    """Tell what moved a shop's money. Amounts are in fen."""
    is_in = row["credit_account_id"] == account_id
    return {
        "at": datetime.fromtimestamp(row["timestamp"] // 1_000_000, UTC),
        "account": account,
        "what": _KINDS.get(row["code"], str(row["code"])),
        "state": _state(TransferFlags(row["flags"])),
        "in": row["amount"] if is_in else 0,
        "out": 0 if is_in else row["amount"],
        "transfer": row["id"],
        "journal": row["journal_id"],
    }


_KINDS: Final = {kind.value: kind.name.lower() for kind in Kind}


def _state(flags: TransferFlags) -> str:
    """Tell what is only held from what moved."""
    if flags & TransferFlags.PENDING:
        return "held"
    if flags & TransferFlags.VOID_PENDING_TRANSFER:
        return "freed"
    return "posted" if flags & TransferFlags.POST_PENDING_TRANSFER else "done"


def movement_row(movement: dict[str, Any]) -> list[str]:
    """Write it as a row of a table, in yuan."""
    return [
        movement["at"].isoformat(),
        movement["account"],
        movement["what"],
        movement["state"],
        *(plain_yuan(movement[side]) if movement[side] else "" for side in ("in", "out")),
        str(movement["transfer"]),
        str(movement["journal"] or ""),
    ]

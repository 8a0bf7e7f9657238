"""Receipts of transfers, on paper: what a merchant gave to whom. Written anew each time, always the same bytes."""

from html import escape
from io import BytesIO
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A5, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from weiji.kit.money import format_yuan
from weiji.wire.bills import write_moment
from weiji.wire.transfers import TransferBill

FONT: Final = "STSong-Light"
"""Every reader of PDF has it, or one in its place (Adobe-GB1): files stay small."""

pdfmetrics.registerFont(UnicodeCIDFont(FONT))

_TITLE: Final = ParagraphStyle("title", fontName=FONT, fontSize=16, leading=24)
_CELL: Final = ParagraphStyle("cell", fontName=FONT, fontSize=9, leading=13, wordWrap="CJK")
_GRID: Final[list[Any]] = [
    ("FONT", (0, 0), (-1, -1), FONT, 9),
    ("TEXTCOLOR", (0, 0), (0, -1), colors.HexColor("#555555")),
    ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#dddddd")),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def write_receipt(bill: TransferBill, shop_name: str) -> bytes:
    """Write the receipt of a transfer that its payee has. As the protocol's other files it is in Chinese."""
    assert bill.confirmed_at, "only what was taken has a receipt"
    lines = (
        ("付款方", f"{shop_name}（商户号 {bill.mchid}）"),
        ("收款方", bill.openid),
        ("金额", f"¥{format_yuan(bill.amount)}"),
        ("转账说明", bill.remark),
        ("商户单号", bill.number),
        ("转账单号", bill.id.hex),
        ("发起时间", write_moment(bill.created_at)),
        ("确认收款时间", write_moment(bill.confirmed_at)),
        ("到账时间", write_moment(bill.changed_at)),
        ("收款账户", "钱包余额"),
    )
    rows = [[name, Paragraph(escape(value, quote=False), _CELL)] for name, value in lines]
    story: list[Any] = [
        Paragraph("商家转账电子回单", _TITLE),
        Spacer(1, 4 * mm),
        Table(rows, colWidths=[32 * mm, 140 * mm], style=TableStyle(_GRID)),
    ]
    made = BytesIO()
    margin = 15 * mm
    SimpleDocTemplate(
        made,
        pagesize=landscape(A5),
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title="商家转账电子回单",
        # No time and no chance in it: whoever downloads it gets what its digest was told of.
        invariant=1,
    ).build(story)
    return made.getvalue()

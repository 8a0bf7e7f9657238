"""Statements as files: CSV for spreadsheets and bookkeepers, PDF for whoever wants a sheet of paper."""

import csv
from collections.abc import AsyncIterator, Sequence
from html import escape
from io import BytesIO, StringIO
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from weiji.kit.money import format_yuan, plain_yuan
from weiji.settlement.statements import Entry, Statement
from weiji.settlement.words import entry_word
from weiji.web import gettext as _
from weiji.web import ngettext

ENTRIES_MAX: Final = 1_000
"""Movements that a PDF lists, some 25 pages; the CSV has all."""

FONT: Final = "STSong-Light"
"""Every reader of PDF has it, or one in its place (Adobe-GB1): files stay small."""

pdfmetrics.registerFont(UnicodeCIDFont(FONT))

_TITLE: Final = ParagraphStyle("title", fontName=FONT, fontSize=16, leading=22)
_TEXT: Final = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=13, textColor=colors.HexColor("#555555"))
_NUMBER: Final = ParagraphStyle("number", fontName=FONT, fontSize=8, leading=10, wordWrap="CJK")
"""An order's: a program's may be longer than its column, and breaks anywhere."""
_GRID: Final[list[Any]] = [
    ("FONT", (0, 0), (-1, -1), FONT, 9),
    ("LINEBELOW", (0, 0), (-1, 0), 0.6, colors.HexColor("#333333")),
    ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.HexColor("#dddddd")),
    ("ALIGN", (-3, 0), (-1, -1), "RIGHT"),
    ("TOPPADDING", (0, 0), (-1, -1), 3),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
]


async def write_csv(pages: AsyncIterator[Sequence[Entry]]) -> AsyncIterator[bytes]:
    """Write every movement as a line. The mark at the beginning tells spreadsheets that it is UTF-8."""
    yield "\ufeff".encode() + _lines(
        [[_("时间"), _("事由"), _("订单号"), _("收入"), _("支出"), _("余额"), _("流水号")]]
    )
    async for entries in pages:
        yield _lines(
            [
                [
                    f"{entry.at:%Y-%m-%d %H:%M:%S}",
                    entry_word(entry.kind),
                    f"'{entry.number}" if entry.number else "",  # A spreadsheet would round twenty digits.
                    plain_yuan(entry.amount) if entry.amount > 0 else "",
                    plain_yuan(-entry.amount) if entry.amount < 0 else "",
                    plain_yuan(entry.balance),
                    str(entry.id),
                ]
                for entry in entries
            ]
        )


def write_pdf(statement: Statement, shop_name: str, entries: Sequence[Entry]) -> bytes:
    """Write the sums, and the movements behind them."""
    title = _("%(shop)s %(month)s 对账单", shop=shop_name, month=statement.month)
    summary: list[list[Any]] = [[_("事由"), _("笔数"), _("收入"), _("支出")]]
    summary += [
        [
            entry_word(line.kind),
            str(line.count),
            format_yuan(line.amount) if line.is_in else "",
            "" if line.is_in else format_yuan(line.amount),
        ]
        for line in statement.lines
    ]
    summary.append([_("合计"), "", format_yuan(statement.income), format_yuan(statement.outgo)])
    listed: list[list[Any]] = [[_("时间"), _("事由"), _("订单号"), _("收入"), _("支出"), _("余额")]]
    listed += [
        [
            f"{entry.at:%m-%d %H:%M}",
            entry_word(entry.kind),
            Paragraph(escape(entry.number), _NUMBER) if entry.number else "",
            format_yuan(entry.amount) if entry.amount > 0 else "",
            format_yuan(-entry.amount) if entry.amount < 0 else "",
            format_yuan(entry.balance),
        ]
        for entry in entries
    ]
    balances = _(
        "期初余额 ¥%(opening)s，期末余额 ¥%(closing)s，包括待结算和可提现的钱。",
        opening=format_yuan(statement.opening),
        closing=format_yuan(statement.closing),
    )
    story: list[Any] = [
        Paragraph(escape(title, quote=False), _TITLE),
        Spacer(1, 2 * mm),
        Paragraph(escape(balances, quote=False), _TEXT),
    ]
    if not statement.is_over:
        story.append(Paragraph(_("这个月还没有过完，数字会变。"), _TEXT))
    story += [
        Spacer(1, 4 * mm),
        Table(summary, colWidths=[70 * mm, 24 * mm, 36 * mm, 36 * mm], style=TableStyle(_GRID)),
    ]
    if entries:
        widths = [26 * mm, 42 * mm, 42 * mm, 24 * mm, 24 * mm, 28 * mm]
        table = Table(
            listed, colWidths=widths, repeatRows=1, style=TableStyle([*_GRID, ("FONTSIZE", (0, 0), (-1, -1), 8)])
        )
        story += [Spacer(1, 6 * mm), table]
    if len(entries) < sum(line.count for line in statement.lines):
        rest = ngettext(
            "只列出了前 %(number)s 笔，全部明细在 CSV 里。",
            "只列出了前 %(number)s 笔，全部明细在 CSV 里。",
            len(entries),
        )
        story.append(Paragraph(rest, _TEXT))
    made = BytesIO()
    margin = 15 * mm
    SimpleDocTemplate(
        made, pagesize=A4, leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=margin, title=title
    ).build(story, onFirstPage=_number, onLaterPages=_number)
    return made.getvalue()


def _number(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(A4[0] - 15 * mm, 8 * mm, str(document.page))


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()

"""What porting is called on pages: formats, states, outcomes, faults."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from weiji.catalog import OPTIONS_MAX, PICTURES_MAX, SKUS_MAX, TAGS_MAX, SaveProductStatus, Tree
from weiji.catalog.category_words import name_of
from weiji.media import UploadStatus
from weiji.orders import merchant_words
from weiji.orders.invoices import InvoiceState
from weiji.orders.invoices import words as invoice_words
from weiji.porting.model import (
    AddPartStatus,
    Contents,
    ExportState,
    HistoryEntry,
    LabelOfRun,
    MoveRunStatus,
    Outcome,
    RunState,
    StartExportStatus,
    StartImportStatus,
    Undoing,
)
from weiji.porting.readers.archive import DESIGN, SETTINGS, papers_of
from weiji.porting.records import Fault, HistoryKind, LineProblem, Reading
from weiji.web import gettext as _

Toned = dict[str, tuple[str, str]]
"""Words and the tones of their tags."""

WITHOUT_CURRENCY: Final = frozenset({"shopify", "woocommerce"})
"""Formats that never say in which currency their prices are."""

SOURCES: Final = {
    "shopify": "Shopify",
    "woocommerce": "WooCommerce",
    "google": "Google Merchant",
    "weiji": "weiji",
}


def source_word(source: str) -> str:
    """Name a format."""
    match source:
        case "taobao":
            return _("淘宝数据包")
        case "plain":
            return _("自己填的表格")
        case _:
            return SOURCES.get(source, source)


def state_words() -> Toned:
    """Name the states of runs."""
    return {
        RunState.CHECKING: (_("正在试读"), "wait"),
        RunState.CHECKED: (_("等你确认"), "info"),
        RunState.REFUSED: (_("读不了"), "bad"),
        RunState.IMPORTING: (_("正在导入"), "wait"),
        RunState.IMPORTED: (_("已导入"), "good"),
        RunState.UNDOING: (_("正在撤销"), "wait"),
        RunState.UNDONE: (_("已撤销"), "plain"),
    }


def part_words() -> dict[str, str]:
    """Name what an archive has besides goods, by what its files are called."""
    return {SETTINGS: _("店铺设置"), DESIGN: _("店铺页面")}


def label_state(tree: Tree, label: LabelOfRun) -> str:
    """Name the category that goods of a label have, with what it lies in."""
    path = tree.path_of(label.category_id) if label.category_id else []
    return " › ".join(map(name_of, path)) or _("没有归类")


def outcome_words() -> Toned:
    """Name what becomes of products."""
    return {
        Outcome.NEW: (_("新商品"), "good"),
        Outcome.CHANGED: (_("有变化"), "info"),
        Outcome.SAME: (_("没有变化"), "plain"),
        Outcome.REFUSED: (_("不能导入"), "bad"),
    }


def undoing_words() -> Toned:
    """Name what undoing did."""
    return {
        Undoing.WITHDRAWN: (_("已下架"), "plain"),
        Undoing.PUT_BACK: (_("已还原"), "plain"),
        Undoing.EDITED_SINCE: (_("后来改过，保留"), "wait"),
        Undoing.NOT_LISTED: (_("本来就没上架，保留"), "wait"),
        Undoing.GONE: (_("还原不了，保留"), "bad"),
    }


def contents_words() -> dict[str, tuple[str, str, str]]:
    """Name what can be taken out, what it is good for, and its icon."""
    return {
        Contents.ARCHIVE: (
            _("整个店铺"),
            _("商品、图片、库存、订单、资金明细，一个压缩包；别的微集可以直接导入。"),
            "archive",
        ),
        Contents.SHOPIFY: (_("商品：Shopify 格式"), _("Shopify 和多数工具都认得的 CSV。"), "package"),
        Contents.WOOCOMMERCE: (_("商品：WooCommerce 格式"), _("WordPress 网店用的 CSV。"), "package"),
        Contents.GOOGLE: (_("商品：Google Merchant 格式"), _("投放广告和比价网站用的商品表。"), "package"),
        Contents.TAOBAO: (_("商品：淘宝数据包格式"), _("淘宝助理用的 CSV，最新一代的列。"), "package"),
        Contents.ORDERS: (_("订单"), _("每行一件商品的 CSV，用表格软件打开。"), "clipboard-list"),
        Contents.CUSTOMERS: (_("顾客"), _("同意了的买家，CSV。有人撤回，文件就撤下。"), "circle-user-round"),
        Contents.STATEMENTS: (_("资金明细"), _("每一笔进出的 CSV，对账用。"), "wallet"),
    }


def export_state_words() -> Toned:
    """Name the states of exports."""
    return {
        ExportState.MAKING: (_("正在生成"), "wait"),
        ExportState.READY: (_("可以下载"), "good"),
        ExportState.FAILED: (_("没有生成：太大，或者出错了"), "bad"),
        ExportState.FORGOTTEN: (_("有顾客撤回，已撤下"), "plain"),
    }


def history_words() -> dict[HistoryKind, str]:
    """Name what a shop brings along of elsewhere."""
    return {
        HistoryKind.ORDER: _("订单"),
        HistoryKind.MOVEMENT: _("资金明细"),
        HistoryKind.PRICE: _("价格记录"),
        HistoryKind.CUSTOMER: _("顾客"),
        HistoryKind.REVIEW: _("评价"),
        HistoryKind.INVOICE: _("发票"),
    }


class HistoryRow(Struct, frozen=True, kw_only=True):
    """A line of history on a page."""

    title: str
    note: str
    tag: str
    at: datetime
    amount: int | None
    """Fen; below 0 it went out."""
    papers: list[UUID] = []
    """The files of an invoice."""


def history_row(kind: HistoryKind, entry: HistoryEntry) -> HistoryRow:
    """Say in a line what happened elsewhere. Whatever an archive tells, this shows something of it."""
    facts = entry.facts
    title, note, tag, amount = str(entry.id), "", "", None
    papers: list[UUID] = []
    match kind:
        case HistoryKind.ORDER:
            title = _text(facts, "number") or title
            lines = facts.get("lines")
            told = [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
            titles = [_text(line, "title") for line in told[:TITLES_SHOWN]]
            note = " · ".join(filter(None, [_text(facts, "buyer_name"), *titles]))
            tag = merchant_words.state_words().get(_text(facts, "state"), ("", ""))[0]
            amount = _amount(facts, "total")
        case HistoryKind.MOVEMENT:
            title = _text(facts, "what") or title
            note = _text(facts, "account")
            amount = (_amount(facts, "in") or 0) - (_amount(facts, "out") or 0)
        case HistoryKind.PRICE:
            title = _text(facts, "handle") or title
            choices = facts.get("choices")
            note = " / ".join(map(str, choices)) if isinstance(choices, list) else ""
            amount = _amount(facts, "price")
        case HistoryKind.CUSTOMER:
            title = _text(facts, "name") or title
            note = _text(facts, "phone")
        case HistoryKind.REVIEW:
            title = _text(facts, "title") or title
            tag = "★" * min(_amount(facts, "score") or 0, 5)
            note = " · ".join(filter(None, [_text(facts, "author"), _text(facts, "text")]))
        case HistoryKind.INVOICE:
            made_to = facts.get("title")
            title = (_text(made_to, "name") if isinstance(made_to, dict) else "") or title
            note = " · ".join(filter(None, [_text(facts, "number"), _text(facts, "buyer_name")]))
            state = _text(facts, "state")
            tag = invoice_words.state_word(InvoiceState(state))[0] if state in tuple(InvoiceState) else ""
            amount = _amount(facts, "amount")
            papers = [paper.id for paper in papers_of(facts) if paper.file]
    return HistoryRow(title=title[:200], note=note[:400], tag=tag, at=entry.happened_at, amount=amount, papers=papers)


TITLES_SHOWN: Final = 3
"""Products of an order that its line names."""


def _text(facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _amount(facts: dict[str, Any], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and abs(value) < AMOUNT_MAX else None


AMOUNT_MAX: Final = 10**15
"""Fen that a page shows of what happened elsewhere."""


def reading_word(reading: Reading) -> str:
    """Say how a file is read."""
    delimiters = {",": _("逗号分隔"), ";": _("分号分隔"), "\t": _("制表符分隔"), "|": _("竖线分隔")}
    decimals = {".": _("小数点是「.」"), ",": _("小数点是「,」")}
    said = [reading.encoding, delimiters.get(reading.delimiter, ""), decimals.get(reading.decimal, "")]
    return " · ".join(filter(None, said))


def fault_word(problem: LineProblem) -> str:
    """Say what is wrong with a line of a file."""
    match problem.fault:
        case Fault.UNREADABLE_TEXT:
            return _("读不懂编码：请存成 UTF-8。")
        case Fault.NOT_A_TABLE:
            return _("这不是表格，是图片、PDF 或别的文件。请上传 CSV 或 Excel 表格。")
        case Fault.STOPPED:
            return _("有人把它停下了。")
        case Fault.GIVEN_UP:
            return _("程序出了错，试了几次都没有成。出错的原因记在平台的日志里。")
        case Fault.NO_HEADER:
            return _("没有认得的列名。请用原平台自己导出的商品文件，或者下载空表格自己填。")
        case Fault.BROKEN_LINE:
            return _("引号或标签不成对，或者列数不对。")
        case Fault.NO_HANDLE:
            return _("看不出是哪件商品。")
        case Fault.NO_TITLE:
            return _("缺商品名称。")
        case Fault.HANDLE_AGAIN:
            return _("和前面的商品重了号。")
        case Fault.INVALID_PRICE:
            return _("价格不对。")
        case Fault.AMBIGUOUS_PRICE:
            return _("看不出是一千多还是一块多：文件里没有别的价格说明小数点怎么写。")
        case Fault.OTHER_CURRENCY:
            return _("价格不是人民币。")
        case Fault.INVALID_NUMBER:
            return _("数字读不懂，算 0。")
        case Fault.AMBIGUOUS_NUMBER:
            return _("看不出是一千多还是一点几，算 0。")
        case Fault.INVALID_DATE:
            return _("促销日期读不懂，按原价导入。")
        case Fault.INVALID_SKUS:
            return _("规格读不懂。")
        case Fault.MISSING_CHOICE:
            return _("缺规格的值。")
        case Fault.NO_SKUS:
            return _("没有一行有价格。")
        case Fault.FREE:
            return _("有的价格是 0：新商品先存成草稿，改好价格再上架；店里已有价格的不动。")
        case Fault.NO_PARENT:
            return _("规格所属的商品不在文件里。")
        case Fault.KIND_NOT_TAKEN:
            return _("组合商品和站外商品不能导入。")
        case Fault.TOTAL:
            return _("这一行是合计，不是商品。")
        case Fault.NOT_SAVED:
            return save_word(problem.value)
        case Fault.KEYS_MISSING:
            return _("卖的是卡密，卡密不随文件走。商品导入了，存进卡密才有货。")
        case Fault.STOCK_NOT_SET:
            return _("商品导入了，库存没有写进去。")
        case Fault.BROKEN_PACKAGE:
            return _("压缩包或表格打不开，或者有密码。")
        case Fault.PACKAGE_TOO_LARGE:
            return _("压缩包或表格解开以后太大：表格可以存成 CSV 再传。")
        case Fault.WORKBOOK_TOO_OLD:
            return _("这是旧的 .xls，或者有密码：请另存为没有密码的 .xlsx 再传。")
        case Fault.NO_FILE_OF_GOODS:
            return _("里面没有商品文件。")
        case Fault.NO_GOODS:
            return _("文件里没有商品。")
        case Fault.FILE_NOT_READ:
            return _("商品文件或工作表不止一个，这个没有读。")
        case Fault.LINE_TOO_LONG:
            return _("这一条太长，没有带过来。")
        case Fault.SETTING_NOT_TAKEN:
            return _("店铺的这一项没有带过来。")
        case Fault.CATEGORY_NOT_TAKEN:
            return _("这里没有这个分类，或者缺它要的属性，没有归类。")
        case Fault.PICTURE_MISSING:
            return _("压缩包里没有这张图片。")
        case Fault.PICTURES_CUT:
            return _("图片太多，只留前 %(most)s 张。", most=PICTURES_MAX)
        case Fault.TAGS_CUT:
            return _("标签太多，只留前 %(most)s 个。", most=TAGS_MAX)
        case Fault.PICTURE_NOT_TAKEN:
            return picture_word(problem.column)
        case Fault.PAPER_NOT_TAKEN:
            return _("发票的文件没有带过来：不是 PDF、OFD 或 XML，或者地方满了。")
        case Fault.ANOTHER_PRODUCT:
            return _("店里这个编号是另一件商品。文件若来自另一家店，请写明是哪家再传一次。")
        case Fault.CURRENCY_UNKNOWN:
            return _("价格没有写币种，按人民币读。")
        case Fault.STOCK_UNKNOWN:
            return _("文件没写有几件，库存算 0。")
        case Fault.STOCK_SHARED:
            return _("几种规格共用一份库存，平分了，请核对。")
        case Fault.TEXT_CUT:
            return _("文字太长，截短了。")
        case Fault.COLUMNS_CUT:
            return _("这些列太长，没有随商品保留。")
        case Fault.SWITCHED_OFF:
            return _("这种规格在原来的店里停售了，没有导入。")
        case Fault.INVALID_BARCODE:
            return _("条形码的校验位不对，照原样保留。")
        case Fault.UNNAMED_CHOICE:
            return _("这个编号没有名字，可以起一个。")


def quoted(problem: LineProblem) -> str:
    """Quote the cell that a problem is about, without the status that its words say already."""
    match problem.fault:
        case Fault.PICTURE_NOT_TAKEN:
            return problem.value
        case Fault.NOT_SAVED:
            return problem.column
        case _:
            return f"{problem.column} {problem.value}".strip()


def picture_word(reason: str) -> str:
    """Say why a picture was not taken over."""
    words = {
        UploadStatus.TOO_LARGE: _("图片太大。"),
        UploadStatus.NOT_A_PICTURE: _("这不是能用的图片。"),
        UploadStatus.TOO_MANY_PIXELS: _("图片的像素太多。"),
        UploadStatus.DAMAGED: _("图片坏了。"),
        UploadStatus.QUOTA_EXCEEDED: _("图片空间满了。"),
        "not_in_package": _("压缩包里没有这张图片。"),
        "file_gone": _("文件已经过期删除，图片没有带过来。"),
        "private_address": _("图片在内部网络里，不能去取。"),
        "too_slow": _("图片所在的网站太慢，没有取到。"),
        "unknown_host": _("找不到图片所在的网站。"),
    }
    return {str(key): word for key, word in words.items()}.get(reason) or _("这张图片没有带过来。")


def save_word(status: str) -> str:
    """Say why the catalog refused a product."""
    words = {
        SaveProductStatus.INVALID_TITLE: _("商品名称太长，或者有不能用的字符。"),
        SaveProductStatus.INVALID_TEXT: _("有文字太长，或者有不能用的字符。"),
        SaveProductStatus.TOO_MANY_OPTIONS: _("规格项多于 %(most)s 个。", most=OPTIONS_MAX),
        SaveProductStatus.INVALID_OPTIONS: _("规格名或规格值重复，或者太长。"),
        SaveProductStatus.TOO_MANY_SKUS: _("规格组合多于 %(most)s 个。", most=SKUS_MAX),
        SaveProductStatus.INVALID_CHOICES: _("规格值和规格项对不上。"),
        SaveProductStatus.DUPLICATE_CHOICES: _("两行是同一种规格。"),
        SaveProductStatus.PRICE_OUT_OF_RANGE: _("价格要在 ¥0.01 到一百亿元之间"),
        SaveProductStatus.WEIGHT_OUT_OF_RANGE: _("重量太大。"),
        SaveProductStatus.HANDLE_TAKEN: _("店里有另一件商品用了同一个名字。"),
        SaveProductStatus.DELIVERY_FIXED: _("这里的这件商品，发快递还是发卡密和文件里的不一样，建好以后不能改。"),
        SaveProductStatus.INVALID_PRESALE: _("预售的日期不对，或者太远。"),
        SaveProductStatus.WORDS_REFUSED: _("名称或描述里有平台不让写的词。"),
        SaveProductStatus.LISTING_FROZEN: _("处罚期间不能上架新商品。"),
        SaveProductStatus.SUBMITTED: _("改动交给平台看了。看完之前，买家看到的还是原来的。"),
    }
    return {str(key): word for key, word in words.items()}.get(status) or _("没能保存。")


def upload_error(status: AddPartStatus | StartImportStatus) -> str:
    """Say why a file is not taken."""
    match status:
        case AddPartStatus.EXCEEDS_QUOTA:
            return _("文件占满了空间：旧文件三十天后自动删除。")
        case StartImportStatus.TOO_MANY_UNDER_WAY:
            return _("已经有几个文件在处理，等它们完成再传。")
        case StartImportStatus.INVALID_ORIGIN:
            return _("旧店的名字最多 40 个字。")
        case StartImportStatus.INVALID_NAME:
            return _("文件名不对。")
        case _:
            return _("没有传成，请再试一次。")


def move_error(status: MoveRunStatus) -> str:
    """Say why a run does not go on."""
    match status:
        case MoveRunStatus.FILE_GONE:
            return _("文件已经过期删除，请重新上传。")
        case _:
            return _("现在不能这样做，请看最新的状态。")


def export_error(status: StartExportStatus) -> str:
    """Say why no file is made."""
    match status:
        case StartExportStatus.TOO_MANY_UNDER_WAY:
            return _("已经有几个文件在生成，等它们完成再来。")
        case _:
            return _("没有开始，请再试一次。")

"""Reads Taobao's data package (淘宝助理 CSV), all three generations: a product is one row, its SKUs are one cell."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO, Final

from weiji.catalog import Option, ProductState
from weiji.porting.cells import is_gtin
from weiji.porting.numbers import read_price
from weiji.porting.readers.base import REST_NAMES, Findings, Given, line_of, options_of, pictures_of
from weiji.porting.records import Fault, Item, ProductRecord, SkuRecord
from weiji.porting.tables import Columns, Group, Row, Table, groups_of, normal

SOURCE: Final = "taobao"

COLUMNS: Final = Columns(
    names={
        "title": ("title", "宝贝名称"),
        "category": ("cid", "宝贝类目"),
        "price": ("price", "宝贝价格"),
        "quantity": ("num", "宝贝数量"),
        "approve_status": ("approve status", "放入仓库"),
        "description": ("description", "宝贝描述"),
        "properties": ("cateprops", "宝贝属性"),
        "pictures": ("picture", "新图片"),
        "skus": ("skuprops", "销售属性组合"),
        "input_pids": ("inputpids", "用户输入id串"),
        "input_values": ("inputvalues", "用户输入名-值对"),
        "code": ("outer id", "商家编码"),
        "aliases": ("propalias", "销售属性别名"),
        "number": ("num id", "数字id", "宝贝编号"),
        "custom": ("input custom cpv", "自定义属性值"),
        "weight": ("item weight", "物流重量"),
        "barcode": ("barcode", "商品条形码"),
        "sku_barcodes": ("sku barcode", "sku 条形码"),
        "rest": REST_NAMES,
    },
    needed=(("title",), ("price",), ("quantity",), ("category", "properties", "skus")),
)

WRITES_POINTS: Final = True

LABEL: Final = "宝贝名称"
"""What stands under `title` in the row of Chinese names."""

PIDS: Final = {"1627207": "颜色", "20509": "尺码", "20549": "鞋码", "20518": "尺码", "122216343": "尺码"}
"""What the numbers of properties that nearly all SKUs have are called."""

VIDS: Final = {
    "1627207": {
        "28320": "白色", "28321": "乳白色", "4266701": "米白色", "28332": "浅灰色",
        "3232478": "深灰色", "28334": "灰色", "28330": "银色", "28341": "黑色",
        "4950473": "桔红色", "3594022": "玫红色", "3232480": "粉红色", "28326": "红色",
        "3743025": "西瓜红", "28327": "酒红色", "28331": "卡其色", "15409374": "姜黄色",
        "20412615": "明黄色", "30155": "杏色", "132476": "柠檬黄", "90554": "桔色",
        "60092": "浅黄色", "6134424": "荧光黄", "28328": "金色", "130166": "香槟色",
        "28324": "黄色", "3232483": "军绿色", "80557": "墨绿色", "30156": "浅绿色",
        "28335": "绿色", "8588036": "翠绿色", "6535235": "荧光绿", "3455405": "青色",
        "3232484": "天蓝色", "3707775": "宝蓝色", "28337": "浅蓝色", "28340": "深蓝色",
        "5483105": "湖蓝色", "28338": "蓝色", "28866": "藏青色", "4104877": "浅紫色",
        "3232479": "深紫色", "5167321": "紫红色", "80882": "紫罗兰", "28329": "紫色",
        "129819": "咖啡色", "3232481": "巧克力色", "6071353": "栗色", "30158": "浅棕色",
        "3232482": "深卡其布色", "6588790": "深棕色", "132069": "褐色", "3224419": "驼色",
        "130164": "花色", "107121": "透明",
    },
    "20509": {
        "28313": "XS", "28314": "S", "28315": "M", "28316": "L",
        "28317": "XL", "28318": "XXL", "28319": "XXXL",
    },
    "20549": {
        "670": "35", "671": "36", "29542": "37", "28388": "38",
        "672": "39", "28389": "40", "28390": "41", "28391": "42",
        "28392": "43", "28393": "44", "28394": "45", "28395": "46",
        "28396": "47",
    },
}  # fmt: skip
"""What the numbers of common choices are called. A package names them only where its shop called them otherwise."""

BRAND: Final = "20000"

FACTS: Final = {BRAND: "品牌", "13021751": "货号"}
"""What the numbers of properties that describe an item are called, of those that nearly all items have."""

_NUMBERS: Final = re.compile(r"-?\d{1,20}:-?\d{1,20}", re.ASCII)
_PLACE: Final = re.compile(r"\d{1,9}", re.ASCII)
_IN_STOCK_ROOM: Final = "2"
"""`approve_status` of goods that are put by; anything else is on sale."""


def read(file: BinaryIO, table: Table, given: Given) -> Iterator[Item]:
    """Read the products of a file one by one."""

    def look(row: Row) -> None:
        given.look(row, ("price",), ("weight",))

    for item in groups_of(file, table, COLUMNS, lambda row: str(row.line), look=look):
        if not isinstance(item, Group):
            yield item
        elif normal(item.rows[0].get("title")) != LABEL:
            yield _product(item.rows[0], given)


def _product(row: Row, given: Given) -> Item:
    findings = Findings(COLUMNS, [row], given)
    title = line_of(row.get("title"))
    handle = _handle(row, title)
    if not title:
        findings.add(row, Fault.NO_TITLE, "title")
    price = findings.price(row, "price")
    if price is None and not row.get("price"):
        findings.add(row, Fault.INVALID_PRICE, "price")
    custom = _texts(row.get("custom"))
    aliases = {**_texts(row.get("aliases")), **custom}
    pictures, of_choices = _pictures(row, given, findings)
    listed = _skus(row, findings)
    if findings.is_refused() or price is None:
        return findings.finish(handle, title, None)
    names = [pid for pid, _ in listed[0][3]] if listed else []
    called = _called(listed, _strayed(custom, names, listed) | aliases, given, row, findings)
    barcodes = row.get("sku_barcodes").split(";")
    skus = []
    for n, (each, quantity, code, pairs) in enumerate(listed):
        choices = tuple(called[f"{pid}:{vid}"] for pid, vid in pairs)
        picture = next((of_choices[key] for pid, vid in pairs if (key := f"{pid}:{vid}") in of_choices), None)
        barcode = barcodes[n].strip() if len(barcodes) >= len(listed) else ""
        skus.append(
            SkuRecord(
                choices=choices,
                price=each,
                code=code,
                barcode=barcode,
                on_hand=quantity,
                weight_grams=_weight(row, findings),
                picture=picture,
            )
        )
    if not skus:
        barcode = findings.barcode(row, "barcode")
        skus = [
            SkuRecord(
                choices=(),
                price=price,
                code=row.get("code"),
                barcode=barcode,
                on_hand=findings.whole(row, "quantity"),
                weight_grams=_weight(row, findings),
            )
        ]
    for sku in skus:
        if listed and not is_gtin(sku.barcode):
            findings.add(row, Fault.INVALID_BARCODE, "sku_barcodes", sku.barcode)
    description = row.get("description")
    facts = _facts(row, names, aliases, given)
    options = tuple(
        Option(given.names.get(pid) or PIDS.get(pid, pid), option.values)
        for pid, option in zip(names, options_of(names, skus), strict=True)
    )
    product = ProductRecord(
        line=row.line,
        rows=(),
        handle=handle,
        title=title,
        description_html=description,
        vendor=facts.get(FACTS[BRAND], ""),
        kind=given.names.get(row.get("category"), ""),
        options=_distinct(options, names),
        pictures=pictures_of(*((url, "") for url in (*pictures, *of_choices.values())), html=description),
        state=ProductState.DRAFT if row.get("approve_status") == _IN_STOCK_ROOM else ProductState.LISTED,
        extra=_extra(row) | facts,
        facts=facts,
        skus=tuple(skus),
    )
    return findings.finish(handle, title, product)


def _handle(row: Row, title: str) -> str:
    """Name a product by Taobao's number, else by the shop's code, else by its title."""
    number = row.get("number")
    name = number if number.strip("0") else row.get("code") or title
    return f"{SOURCE}-{name}"[:255] if name else ""


def _distinct(options: tuple[Option, ...], pids: list[str]) -> tuple[Option, ...]:
    """Tell options of one name apart by their numbers."""
    names = [option.name for option in options]
    return tuple(
        Option(f"{option.name} {pid}", option.values) if names.count(option.name) > 1 else option
        for option, pid in zip(options, pids, strict=True)
    )


def _called(
    skus: list[tuple[int, int, str, list[tuple[str, str]]]],
    aliases: dict[str, str],
    given: Given,
    row: Row,
    findings: Findings,
) -> dict[str, str]:
    """Name every choice, by its pair. Two of one option that the shop calls the same keep their numbers beside it."""
    pairs = dict.fromkeys(f"{pid}:{vid}" for *_, chosen in skus for pid, vid in chosen)
    called = {pair: _name(pair, aliases, given, row, findings) for pair in pairs}
    times = Counter((pair.partition(":")[0], name) for pair, name in called.items())
    for pair, name in called.items():
        pid, _, vid = pair.partition(":")
        if times[pid, name] > 1:
            called[pair] = f"{name} ({VIDS.get(pid, {}).get(vid, vid)})"
    return called


def _strayed(
    custom: dict[str, str], names: list[str], skus: list[tuple[int, int, str, list[tuple[str, str]]]]
) -> dict[str, str]:
    """Find names of custom choices whose property is none of the SKUs': some tools write its number wrong, and the
    number of the choice right."""
    strays = {vid: text for pair, text in custom.items() for pid, _, vid in [pair.partition(":")] if pid not in names}
    wanted = {(pid, vid) for *_, chosen in skus for pid, vid in chosen if f"{pid}:{vid}" not in custom}
    times = Counter(vid for _, vid in wanted)
    return {f"{pid}:{vid}": strays[vid] for pid, vid in wanted if vid in strays and times[vid] == 1}


def _facts(row: Row, chosen: list[str], aliases: dict[str, str], given: Given) -> dict[str, str]:
    """Tell what describes the item, as far as its file names it: what the shop typed, and what it or we have names for.

    Typed are values by property, and behind each the names and values of what belongs to it: `耐克;系列;飞人`.
    """
    facts: dict[str, str] = {}
    for pid, cell in zip(row.get("input_pids").split(","), row.get("input_values").split(","), strict=False):
        value, *rest = (line_of(text) for text in cell.split(";"))
        name = given.names.get(pid.strip()) or FACTS.get(pid.strip(), "")
        facts |= {name: value, **dict(zip(rest[::2], rest[1::2], strict=False))}
    for pair in (part.strip() for part in row.get("properties").split(";")):
        pid = pair.partition(":")[0]
        said = aliases.get(pair) or given.names.get(pair)
        if said and pid not in chosen:
            facts.setdefault(given.names.get(pid) or FACTS.get(pid, ""), said)
    return {name: value for name, value in facts.items() if name and value.strip("*")}


def _name(pair: str, aliases: dict[str, str], given: Given, row: Row, findings: Findings) -> str:
    """Name a choice: as the shop does, else as the merchant said, else by its number."""
    pid, _, vid = pair.partition(":")
    name = line_of(aliases.get(pair, "")) or given.names.get(pair) or VIDS.get(pid, {}).get(vid)
    if not name:
        if not any(problem.value == pair for problem in findings.problems):
            findings.add(row, Fault.UNNAMED_CHOICE, "skus", pair)
        return pair.partition(":")[2]
    return name


def _texts(cell: str) -> dict[str, str]:
    """Read `pid:vid:text;`, repeated."""
    found = {}
    for part in cell.split(";"):
        pid, _, rest = part.strip().partition(":")
        vid, _, text = rest.partition(":")
        if text.strip():
            found[f"{pid}:{vid}"] = text.strip()
    return found


def _skus(row: Row, findings: Findings) -> list[tuple[int, int, str, list[tuple[str, str]]]]:
    """Read `price:quantity:code:pid:vid[;pid:vid];`, repeated: price, quantity, code, and the pairs of each SKU."""
    skus: list[tuple[int, int, str, list[tuple[str, str]]]] = []
    for part in filter(None, (part.strip() for part in row.get("skus").split(";"))):
        if _NUMBERS.fullmatch(part):
            if not skus:
                findings.add(row, Fault.INVALID_SKUS, "skus", part)
                return []
            pid, vid = part.split(":")
            skus[-1][3].append((pid, vid))
            continue
        pieces = part.split(":")
        if len(pieces) < 5 or not _NUMBERS.fullmatch(":".join(pieces[-2:])):
            findings.add(row, Fault.INVALID_SKUS, "skus", part)
            return []
        price = read_price(pieces[0].strip(), findings.prices)
        if isinstance(price, Fault):
            findings.add(row, price, "skus", part)
            return []
        quantity = findings.whole(row, "skus", pieces[1].strip())
        skus.append((price, quantity, ":".join(pieces[2:-2]).strip(), [(pieces[-2], pieces[-1])]))
    # Some write the properties of each SKU in another order.
    order = {pid: place for place, (pid, _) in enumerate(skus[0][3])} if skus else {}
    for _price, _quantity, _code, pairs in skus:
        if len(pairs) != len(order) or {pid for pid, _ in pairs} != order.keys():
            findings.add(row, Fault.INVALID_SKUS, "skus")
            return []
        pairs.sort(key=lambda pair: order[pair[0]])
    return skus


def pairs_of(cell: str) -> list[list[str]]:
    """Tell the pairs `pid:vid` of each SKU that a cell lists; nothing where it can't be read."""
    found: list[list[str]] = []
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        if _NUMBERS.fullmatch(part) and found:
            found[-1].append(part)
            continue
        pair = ":".join(part.split(":")[-2:])
        if part.count(":") < 4 or not _NUMBERS.fullmatch(pair):
            return []
        found.append([pair])
    return found


def _pictures(row: Row, given: Given, findings: Findings) -> tuple[list[str], dict[str, str]]:
    """Read `name:position:0:|url;`, repeated, and `name:2:0:pid:vid|url;` for choices: pictures, and those of choices.

    Without an address a picture lies beside the file, as `name.tbi`.
    """
    placed: list[tuple[list[int], str]] = []
    of_choices: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in row.get("pictures").split(";"))):
        left, _, url = part.partition("|")
        name, *facts = left.split(":")
        url = url.strip()
        if not url:
            if name in ("http", "https"):
                url = left
                facts = []
            elif name.lower() in given.pictures:
                url = given.pictures[name.lower()]
            else:
                findings.add(row, Fault.PICTURE_MISSING, "pictures", f"{name}.tbi")
                continue
        pair = ":".join(facts[2:4])
        if _NUMBERS.fullmatch(pair):
            of_choices[pair] = url
        else:
            placed.append(([int(fact) if _PLACE.fullmatch(fact) else 0 for fact in facts[:2]], url))
    placed.sort(key=lambda picture: picture[0])
    return [url for _, url in placed], of_choices


def _weight(row: Row, findings: Findings) -> int:
    """Read the weight, which is in kilograms."""
    return findings.whole(row, "weight", unit=Decimal(1000))


def _extra(row: Row) -> dict[str, str]:
    """Keep Taobao's numbers, by the names of their columns, and every column that has no place here."""
    kept = {
        "cid": "category",
        "cateProps": "properties",
        "skuProps": "skus",
        "inputPids": "input_pids",
        "inputValues": "input_values",
        "num_id": "number",
        "picture": "pictures",
    }
    return dict(row.others) | {name: text for name, field in kept.items() if (text := row.get(field))}

"""What files call kinds of goods, and which of our categories that is: by name, by words of the same sense, by number.

A label is what a file says of a product's kind in the words of where it comes from: Google's category, a path, a type,
or a number of Taobao's. A shop may say what a label is; that counts. What it says nothing of is guessed.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from weiji.catalog import Category, Tree
from weiji.porting.cells import split_list
from weiji.porting.records import ProductRecord

LABEL_MAX: Final = 200
"""Characters of a label; a longer one loses its outermost part."""

_COLUMNS: Final = (
    "product category",
    "google shopping / google product category",
    "google product category",
    "product type",
    "categories",
    "cid",
)
"""Under which of the columns that are kept with a product its label stands: the first that says something."""

_PARTS: Final = re.compile(r"\s*(?:>|»|›|/|\|)\s*")
_WORD: Final = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
_SHORT: Final = re.compile(r"(ies|(?:ss|sh|ch|x)es|s)\Z")

WORDS: Final[Mapping[str, str]] = {
    "服饰": (
        "apparel; clothing; clothes; apparel & accessories; shirts; tops; t-shirts; 服装; 衣服; 服饰鞋帽; "
        "T恤; 衬衫; 外套; 毛衣; 裤; 卫衣"
    ),
    "女装": (
        "women; womens; womenswear; women's clothing; dresses; skirts; blouses; 女士; 连衣裙; 半身裙; 裙; "
        "女装/女士精品; 女上装; 旗袍; 汉服"
    ),
    "男装": "men; mens; menswear; men's clothing; 男士; 男上装; 西装",
    "童装": (
        "kids; children; kids' clothing; children's clothing; baby clothing; baby & toddler clothing; "
        "童装/婴儿装/亲子装; 儿童服装"
    ),
    "鞋": "shoes; footwear; sneakers; boots; sandals; 鞋; 鞋靴; 靴; 女鞋; 男鞋; 运动鞋; 凉鞋; 拖鞋",
    "包与配饰": (
        "bags; handbags; backpacks; luggage; luggage & bags; accessories; clothing accessories; jewelry; "
        "jewellery; watches; hats; scarves; belts; earrings; necklaces; rings; bracelets; 箱包; 箱包皮具; "
        "包; 饰品; 首饰; 配饰; 帽; 手表; 围巾; 耳环; 项链; 戒指; 手链; 发夹"
    ),
    "食品": (
        "food; grocery; groceries; food items; food, beverages & tobacco; beverages; drinks; coffee; 饮料; "
        "酒水; 酒; 咖啡; 保健食品"
    ),
    "茶": "tea; teas; tea & infusions; 茶叶; 绿茶; 红茶; 白茶; 黄茶; 黑茶; 乌龙茶; 花茶; 普洱; 铁观音; 龙井",
    "零食": (
        "snacks; snack foods; candy; candy & chocolate; chocolate; cookies; nuts; 零食/坚果/特产; 坚果; "
        "糖果; 饼干; 糕点; 蜜饯; 巧克力; 特产"
    ),
    "生鲜": (
        "fruit; fruits; vegetables; fruits & vegetables; meat; seafood; meat, seafood & eggs; 水果; 蔬菜; "
        "海鲜; 水产; 肉; 水产肉类/新鲜蔬果/熟食; 蛋"
    ),
    "粮油调味": (
        "rice; oils; cooking oils; spices; seasonings & spices; condiments; condiments & sauces; sauces; "
        "honey; pasta; 粮油米面/南北干货/调味品; 大米; 食用油; 调料; 调味品; 酱; 面条; 杂粮; 干货; 蜂蜜"
    ),
    "家居": ("home; household; home & garden; home & living; housewares; 家居用品; 居家; 居家日用; 日用; 收纳; 清洁"),
    "厨房与餐具": (
        "kitchen; kitchen & dining; kitchenware; tableware; dinnerware; drinkware; cookware; mugs; cups; "
        "bowls; plates; teapots; 厨房; 餐具; 茶具; 杯; 杯子; 茶杯; 茶壶; 碗; 盘; 锅; 锅具; 厨具; 餐饮具; "
        "厨房/烹饪用具; 咖啡具; 酒具; 刀具"
    ),
    "家纺": (
        "bedding; linens; linens & bedding; towels; textiles; curtains; blankets; cushions; rugs; 床上用品; "
        "床品; 毛巾; 窗帘; 被子; 枕头; 毯; 地毯; 布艺"
    ),
    "灯具与摆件": (
        "lighting; lamps; decor; home decor; decoration; candles; vases; 灯; 灯具; 灯饰; 摆件; 花瓶; 蜡烛; "
        "香薰; 装饰; 家居饰品; 工艺品"
    ),
    "家具": "chairs; tables; sofas; beds; desks; shelves; 沙发; 椅; 桌; 床; 柜; 住宅家具; 书架",
    "美妆个护": (
        "beauty; cosmetics; skin care; skincare; makeup; health & beauty; personal care; hair care; perfume; "
        "soap; 护肤; 彩妆; 化妆品; 个人护理; 个护; 面膜; 香水; 香皂; 手工皂; 口红; 美容护肤/美体/精油; 洗护"
    ),
    "数码电器": (
        "electronics; computers; laptops; cameras; cameras & optics; audio; headphones; 数码; 电脑; "
        "笔记本电脑; 相机; 耳机; 音箱; 电子产品; 平板电脑"
    ),
    "手机与配件": (
        "phones; mobile phones; smartphones; cell phones; mobile phone accessories; phone cases; 手机; "
        "手机壳; 手机配件; 充电器; 数据线"
    ),
    "家用电器": (
        "appliances; household appliances; kitchen appliances; home appliances; 家电; 电器; 小家电; 大家电; "
        "厨房电器; 生活电器"
    ),
    "母婴玩具": (
        "baby; baby & toddler; toys; toys & games; games; puzzles; 母婴; 婴儿; 玩具; 积木; 童玩; 玩偶; "
        "尿片/洗护/喂哺/推车床"
    ),
    "图书文具": "media; office & stationery",
    "图书": "books; novels; comics; 书; 书籍; 图书/书籍; 书籍/杂志/报纸; 小说; 绘本; 杂志",
    "文具": "stationery; office supplies; pens; notebooks; paper; 文具; 办公用品; 笔; 本子; 笔记本; 手帐; 明信片",
    "运动户外": (
        "sports; sports & outdoors; outdoor sports; sporting goods; fitness; camping; hiking; cycling; "
        "outdoor recreation; 运动; 户外; 健身; 露营; 瑜伽; 骑行; 户外/登山/野营/旅行用品"
    ),
    "花草园艺": (
        "plants; garden; gardening; flowers; seeds; planters; plant pots; lawn & garden; 园艺; 花卉; 鲜花; "
        "绿植; 多肉; 多肉植物; 花盆; 种子; 盆栽"
    ),
    "手作与艺术": (
        "art; arts; crafts; arts & crafts; handmade; paintings; prints; arts & entertainment; artwork; 手工; "
        "手作; 艺术; 绘画; 书画; 字画; 篆刻"
    ),
    "虚拟商品": (
        "software; gift cards; gift card; digital goods; digital; ebooks; downloads; 软件; 充值; 点卡; 卡密; "
        "礼品卡; 会员"
    ),
}
"""Words of the same sense as the categories that an installation begins with; by their names."""

ENDS: Final = "鞋裙裤靴灯碗锅椅"
"""Single characters that say what something is, where a name ends with them; most do not: 面包 is no 包."""

NUMBERS: Final[Mapping[str, str]] = {
    # Google product taxonomy, version 2021-09-21.
    "google:8": "手作与艺术",
    "google:166": "服饰",
    "google:167": "包与配饰",
    "google:187": "鞋",
    "google:188": "包与配饰",
    "google:212": "服饰",
    "google:222": "数码电器",
    "google:267": "手机与配件",
    "google:412": "食品",
    "google:422": "食品",
    "google:436": "家具",
    "google:469": "美妆个护",
    "google:536": "家居",
    "google:537": "母婴玩具",
    "google:594": "灯具与摆件",
    "google:604": "家用电器",
    "google:638": "厨房与餐具",
    "google:783": "图书文具",
    "google:784": "图书",
    "google:922": "文具",
    "google:988": "运动户外",
    "google:1239": "母婴玩具",
    "google:1604": "服饰",
    "google:2092": "虚拟商品",
    "google:5181": "包与配饰",
    # Taobao's outer categories, and some that very many goods are in.
    "taobao:16": "女装",
    "taobao:30": "男装",
    "taobao:33": "图书",
    "taobao:1512": "手机与配件",
    "taobao:1801": "美妆个护",
    "taobao:50002766": "零食",
    "taobao:50006842": "包与配饰",
    "taobao:50006843": "鞋",
    "taobao:50008165": "童装",
    "taobao:50010788": "美妆个护",
    "taobao:50010850": "女装",
    "taobao:50011740": "鞋",
    "taobao:50016422": "粮油调味",
}
"""What numbers of other platforms are."""


def label_of(record: ProductRecord) -> str:
    """Say what a file calls the kind of a product; nothing where it says nothing."""
    columns = {" ".join(name.lower().replace("_", " ").split()): text for name, text in record.extra.items()}
    said = next(((name, text) for name in _COLUMNS if (text := columns.get(name, "").strip())), ("", record.kind))
    # Of several categories of a WooCommerce product the first counts, as for its type.
    text = next(iter(split_list(said[1])), "") if said[0] == "categories" else said[1]
    if text.isdecimal():
        text = f"{'taobao' if said[0] == 'cid' else 'google'}:{text}"
    return " ".join(text.split())[-LABEL_MAX:].strip()


def normal(text: str) -> str:
    """Write a word as words are compared: small letters, no plural, no "and" and marks."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).lower().replace("'", "").replace("’", ""))
    return " ".join(_single(word) for word in words if word != "and")


def _single(word: str) -> str:
    if not word.isascii() or len(word) < 4 or word.endswith("ss"):
        return word
    found = _SHORT.search(word)
    if not found:
        return word
    return word[: found.start()] + {"ies": "y", "s": ""}.get(found[1], found[1][:-2])


def _senses(tree: Tree) -> dict[str, Category]:
    """Say which category each word is; what an operator calls a category comes before what we think."""
    found: dict[str, Category] = {}
    current = [each for each in tree.all() if not any(outer.is_retired for outer in tree.path_of(each.id))]
    for category in current:
        for name in (category.name, category.name_en):
            if name:
                found.setdefault(normal(name), category)
    for category in current:
        for word in WORDS.get(category.name, "").split("; "):
            if word:
                found.setdefault(normal(word), category)
    return found


class Guesser:
    """Guesses which of our categories labels are."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.senses = _senses(tree)
        self.named = {category.name: category for category in reversed(tree.all()) if not category.is_retired}

    def guess(self, label: str) -> Category | None:
        """Guess: the innermost part that means something counts."""
        if label in NUMBERS:
            return self.named.get(NUMBERS[label])
        parts = [label, *reversed(_PARTS.split(label))]
        return next((found for part in parts if (found := self._of_part(normal(part)))), None)

    def _of_part(self, part: str) -> Category | None:
        if not part:
            return None
        return self.senses.get(part) or next((found for end in _ends(part) if (found := self.senses.get(end))), None)


def _ends(part: str) -> Iterable[str]:
    """List what a name ends with, the longest first: what something is stands last, in Chinese and in English."""
    words = part.split()
    for n in range(1, len(words)):
        yield " ".join(words[n:])
    last = words[-1]
    if not last.isascii():
        for n in range(1, len(last)):
            if n < len(last) - 1 or last[n] in ENDS:
                yield last[n:]

"""What the shops of the demo town sell: samples of our own, with a story each."""

from typing import Final

from msgspec import Struct


class Good(Struct, frozen=True):
    """A product of the town. Prices are yuan; *options* pair a name with its values.

    `prices` has one price for each value of the first option, or one for all. `stock` is of each SKU.
    """

    handle: str
    title: str
    kind: str
    story: str
    prices: tuple[int, ...]
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stock: int = 240
    was: int | None = None
    is_draft: bool = False
    is_virtual: bool = False
    """Handed out as card keys: there are `stock` of each SKU."""
    low_stock: int | None = None
    """The shop is told once no more than these are left."""
    category: str = ""
    """The category, by name, of what waits for a review; that of the others is in PLACES."""
    presale_days: tuple[int, int] | None = None
    """Sold before it is there: in how many days from the town's first one the presale ends, and the goods ship."""
    presale_units: int | None = None
    """How many may be ordered in it."""


class Store(Struct, frozen=True):
    """A shop of the town."""

    handle: str
    name: str
    owner: str
    story: str
    colour: str
    goods: tuple[Good, ...]


TEA: Final = Store(
    "mountain-tea",
    "山里的茶",
    "laozhou",
    "老周在武夷山脚下做了三十年茶。春天采，秋天焙，冬天坐下来慢慢喝。卖的都是自己喝的。",
    "#06803f",
    (
        Good(
            "osmanthus-oolong",
            "桂花乌龙茶 秋季新采",
            "茶与食物",
            "桂花一层，茶一层，窨三遍。冲第一泡是花，第三泡才是茶。",
            (48, 88),
            (("规格", ("50 g 小罐", "125 g 大罐")),),
            was=58,
        ),
        Good(
            "spring-longjing",
            "明前龙井 手工炒制",
            "茶与食物",
            "清明前采的一芽一叶，一口锅一次炒四两。豆香清，回甘快。",
            (168, 298),
            (("规格", ("50 g", "100 g 礼罐")),),
            120,
        ),
        Good(
            "aged-white-tea",
            "五年老白茶 三百克一块",
            "茶与食物",
            "福鼎的白牡丹，压成饼放了五年。煮着喝最好，枣香慢慢出来。",
            (128,),
            (),
            160,
        ),
        Good(
            "puer-cake",
            "小饼装 古树普洱熟茶",
            "茶与食物",
            "一饼七克半，正好一壶。出门带两块，到哪里都有茶喝。",
            (9, 79),
            (("规格", ("单颗", "十颗一盒")),),
            600,
        ),
        Good(
            "zisha-teapot",
            "紫砂壶 半月 200 ml",
            "茶具",
            "宜兴原矿紫泥，全手工。养一年，摸起来像玉。",
            (460,),
            (("泥料", ("紫泥", "段泥", "朱泥")),),
            30,
            low_stock=27,
        ),
        Good(
            "celadon-cup",
            "青瓷茶杯 一只装",
            "茶具",
            "龙泉窑口，釉色像雨后的天。拿在手里正好一口。",
            (36, 128),
            (("规格", ("一只", "四只礼盒")),),
        ),
        Good(
            "wild-honey",
            "深山蜂蜜 土蜂一年一割",
            "茶与食物",
            "一年只割一次，百花的味道都在里面。冬天会结晶，那是真的。",
            (68, 118),
            (("规格", ("250 g", "500 g")),),
            180,
        ),
        Good(
            "orange-jam",
            "橙子果酱 少糖慢熬",
            "茶与食物",
            "自家园子的橙子，皮一起熬，微微的苦。配酸奶、配面包都好。",
            (32,),
            (),
            150,
        ),
        Good(
            "walnut-cake",
            "核桃云片糕 当天现做",
            "茶与食物",
            "糯米粉、核桃、一点糖。切得薄，撕着吃。",
            (24, 45),
            (("份量", ("一份", "两份")),),
            300,
        ),
        Good(
            "chili-sauce",
            "下饭第一 石臼辣酱",
            "茶与食物",
            "辣椒、蒜、豆豉，用石臼捣的。老周的妈妈每天吃。",
            (22,),
            (("口味", ("微辣", "中辣", "很辣")),),
        ),
        Good(
            "tea-room-voucher",
            "茶室体验券 两人一席",
            "虚拟商品",
            "凭券码在武夷山脚下的茶室坐一个下午，老周亲自泡三道茶。一年之内都能用。",
            (88, 168),
            (("席位", ("窗边", "包间")),),
            40,
            is_virtual=True,
        ),
        Good(
            "camellia-soap",
            "山茶油手工皂 一块",
            "美妆",
            "榨茶油剩下的，老周的妈妈拿来做皂。泡沫不多，洗完不紧。",
            (28,),
            (),
            60,
            category="美妆个护",
        ),
        Good(
            "next-spring-tea",
            "明年头春茶 预订",
            "茶与食物",
            "明年第一批采的茶，先订先得。采下来、焙好了，按订的顺序发。",
            (198,),
            (),
            80,
            presale_days=(75, 120),
            presale_units=60,
        ),
    ),
)

CLOTH: Final = Store(
    "suzhi",
    "素织",
    "shenjie",
    "沈姐从前在染坊学手艺，现在和六位阿姨一起做衣服和家里用的东西。棉、麻、羊毛，穿久了更好看。",
    "#5b4b9e",
    (
        # Sold out, and so not what a visitor is shown first: what is listed later is.
        Good(
            "rough-mug",
            "粗陶马克杯 一只一个样",
            "家居",
            "柴窑烧的，釉是落灰。杯口顺嘴，洗碗机也能洗。",
            (59,),
            (("颜色", ("白釉", "青釉", "黑釉")),),
            0,
        ),
        Good(
            "linen-shirt",
            "亚麻衬衫 宽松立领",
            "服饰",
            "法国亚麻，先水洗过，不会再缩。夏天穿着像没穿。",
            (268,),
            (("颜色", ("米白", "藏青", "鼠尾草绿")), ("尺码", ("S", "M", "L"))),
            60,
            was=328,
        ),
        Good(
            "lambswool-jumper",
            "羊羔毛毛衣 圆领",
            "服饰",
            "澳洲羊羔毛，两股一起织，轻而暖。领口不勒。",
            (398,),
            (("颜色", ("燕麦色", "墨绿", "酒红")), ("尺码", ("S", "M", "L"))),
            40,
        ),
        Good(
            "indigo-dress",
            "蓝染连衣裙 手工扎染",
            "服饰",
            "板蓝根发酵的染缸，一件染七遍。每一件的花都不一样。",
            (458,),
            (("尺码", ("S", "M", "L")),),
            25,
        ),
        Good(
            "cotton-tee",
            "有机棉T恤 厚实不透",
            "服饰",
            "新疆长绒棉，二百四十克。洗一百次还是它。",
            (98,),
            (("颜色", ("白", "黑", "雾蓝", "姜黄")), ("尺码", ("S", "M", "L", "XL"))),
            120,
        ),
        Good(
            "wide-trousers",
            "阔腿棉麻裤 有口袋",
            "服饰",
            "四个口袋，都装得下手机。坐一天也不皱。",
            (238,),
            (("颜色", ("卡其", "黑")), ("尺码", ("S", "M", "L"))),
            50,
        ),
        Good(
            "canvas-shoes",
            "手缝帆布鞋 硫化底",
            "服饰",
            "一针一针缝的帮，一锅一锅硫化的底。软，但不塌。",
            (178,),
            (("尺码", ("36", "37", "38", "39", "40", "41", "42")),),
            45,
        ),
        Good(
            "wool-hat",
            "羊毛渔夫帽 可折叠",
            "服饰",
            "一整块羊毛毡压出来，折起来放口袋，拿出来还是圆的。",
            (128,),
            (("颜色", ("驼色", "灰")),),
            70,
        ),
        Good(
            "market-bag",
            "买菜布包 能装十斤",
            "家居",
            "帆布厚，提手宽，勒不到手。脏了直接丢洗衣机。",
            (39,),
            (("颜色", ("原色", "红", "蓝")),),
            400,
        ),
        Good(
            "quilt-cover",
            "水洗棉四件套 裸睡级",
            "家居",
            "六十支长绒棉，洗过晒过才发货。第一晚就是熟悉的味道。",
            (329, 399),
            (("尺寸", ("1.5 米床", "1.8 米床")), ("颜色", ("米白", "雾蓝"))),
            35,
            was=429,
        ),
        Good(
            "soy-candle",
            "桂花与雪松 大豆蜡烛",
            "家居",
            "大豆蜡，棉芯，烧四十小时。吹灭之后屋里还有桂花。",
            (78,),
            (("香味", ("桂花", "雪松", "白茶")),),
        ),
        Good(
            "paper-lamp",
            "和纸台灯 可调亮度",
            "家居",
            "楮皮纸糊的罩，光是软的。睡前调到最暗，像月亮。",
            (219,),
            (),
            60,
        ),
    ),
)

PAGES: Final = Store(
    "page-and-leaf",
    "书页与叶子",
    "shenjie",
    "一家卖书，也卖植物的小店。书是店员读过的，植物是店里养大的。买一本书，送一片叶子。",
    "#b4641e",
    (
        Good(
            "small-town-stories",
            "小镇故事集 签名本",
            "图书",
            "十二个人，十二条街，一个下雨的下午。作者就住在店的楼上。",
            (45,),
            (),
            200,
        ),
        Good(
            "tang-poems",
            "唐诗三百首 手抄线装书",
            "图书",
            "宣纸，线装，小楷。每天抄一首，正好一年。",
            (128,),
            (),
            80,
        ),
        Good(
            "growing-herbs",
            "阳台上的植物学 入门书",
            "图书",
            "从一盆薄荷开始。写给总是把植物养死的人。",
            (52,),
            (),
            160,
            was=68,
        ),
        Good(
            "linen-notebook",
            "布面手账本 点阵 256 页",
            "文具",
            "摊得平，不洇墨。封面的布是素织裁衣服剩下的。",
            (49,),
            (("颜色", ("墨绿", "藏青", "砖红")),),
        ),
        Good(
            "travel-diary",
            "牛皮面 旅行日记本",
            "文具",
            "带在路上，磨旧了更好看。里面有一张空白地图。",
            (66,),
            (),
            110,
        ),
        Good(
            "monstera",
            "龟背竹 大盆栽 70 cm",
            "植物",
            "放在窗边，两周浇一次水。新叶子展开的那天，记得拍照。",
            (139,),
            (),
            30,
        ),
        Good(
            "succulents",
            "多肉植物 六棵一组",
            "植物",
            "六棵不一样的，带小陶盆。晒太阳，少浇水，别担心。",
            (48, 88),
            (("组合", ("六棵", "十二棵")),),
            90,
        ),
        Good(
            "herb-seeds",
            "厨房香草种子 四种",
            "植物",
            "罗勒、薄荷、百里香、欧芹。撒下去，三周就能上桌。",
            (19,),
            (),
            500,
        ),
        Good(
            "terracotta-pot",
            "赤陶花盆 透气带托",
            "植物",
            "不上釉，会呼吸。用久了长出白霜，那是它的皱纹。",
            (28, 42, 65),
            (("口径", ("12 cm", "16 cm", "20 cm")),),
        ),
        Good(
            "rain-umbrella",
            "油纸伞 手绘竹骨",
            "手作",
            "一把伞七十二道工序。下雨撑它，晴天挂它。",
            (188,),
            (("颜色", ("朱红", "藏青")),),
            40,
        ),
        Good(
            "gift-box",
            "书、茶与绿植 节气礼盒",
            "礼物",
            "还没想好放什么。先存着草稿，立春上架。",
            (199,),
            (),
            50,
            is_draft=True,
        ),
    ),
)

STORES: Final = (TEA, CLOTH, PAGES)
"""The three shops of the town."""

_FOOD: Final = {"net_weight": "250", "shelf_life": "540"}
_TEA: Final = {"net_weight": "50", "shelf_life": "720", "origin": "武夷山"}

PLACES: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "osmanthus-oolong": ("茶", _TEA | {"tea_kind": "乌龙茶"}),
    "spring-longjing": ("茶", _TEA | {"tea_kind": "绿茶", "origin": "龙井村"}),
    "aged-white-tea": ("茶", _TEA | {"tea_kind": "白茶", "net_weight": "300", "origin": "福鼎"}),
    "puer-cake": ("茶", _TEA | {"tea_kind": "黑茶", "net_weight": "7.5", "origin": "勐海"}),
    "next-spring-tea": ("茶", _TEA | {"tea_kind": "绿茶"}),
    "zisha-teapot": ("厨房与餐具", {"material": "紫砂", "capacity": "200"}),
    "celadon-cup": ("厨房与餐具", {"material": "青瓷", "capacity": "60"}),
    "rough-mug": ("厨房与餐具", {"material": "粗陶", "capacity": "350"}),
    "wild-honey": ("粮油调味", _FOOD),
    "chili-sauce": ("粮油调味", _FOOD),
    "orange-jam": ("零食", _FOOD),
    "walnut-cake": ("零食", _FOOD | {"shelf_life": "7"}),
    "tea-room-voucher": ("虚拟商品", {}),
    "linen-shirt": ("男装", {"material": "亚麻", "season": "夏"}),
    "lambswool-jumper": ("女装", {"material": "羊羔毛", "season": "冬"}),
    "indigo-dress": ("女装", {"material": "棉", "season": "夏"}),
    "cotton-tee": ("男装", {"material": "有机棉", "season": "四季"}),
    "wide-trousers": ("女装", {"material": "棉麻", "season": "春秋"}),
    "canvas-shoes": ("鞋", {"material": "帆布", "season": "春秋"}),
    "wool-hat": ("包与配饰", {"material": "羊毛", "season": "冬"}),
    "market-bag": ("包与配饰", {"material": "帆布", "season": "四季"}),
    "quilt-cover": ("家纺", {"material": "棉"}),
    "soy-candle": ("灯具与摆件", {"material": "大豆蜡"}),
    "paper-lamp": ("灯具与摆件", {"material": "和纸"}),
    "small-town-stories": ("图书", {}),
    "tang-poems": ("图书", {}),
    "growing-herbs": ("图书", {}),
    "linen-notebook": ("文具", {}),
    "travel-diary": ("文具", {}),
    "monstera": ("花草园艺", {}),
    "succulents": ("花草园艺", {}),
    "herb-seeds": ("花草园艺", {}),
    "terracotta-pot": ("花草园艺", {}),
    "rain-umbrella": ("手作与艺术", {}),
}
"""Where goods lie among the categories, and what is said of them there."""

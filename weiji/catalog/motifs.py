"""What goods look like when nobody has a picture of them: flat drawings on a 400 × 400 field, standing at y = 318.

`{main}` is the colour of the thing; `{light}`, `{dark}` and `{deep}` are tones of it. `{paper}`, `{ink}`, `{wood}`,
`{leaf}` and `{glow}` are the same in every picture. Attributes only: a style would need a Content-Security-Policy.
"""

from typing import Final

from msgspec import Struct


class Motif(Struct, frozen=True):
    """A drawing, and the words in a title or kind that ask for it: Chinese anywhere, English as whole words."""

    words: str
    drawing: str
    colour: str | None = None
    """The colour that such a thing has if nothing says otherwise."""
    shadow: int = 92
    """Half the width of its shadow."""


MOTIFS: Final[dict[str, Motif]] = {
    "tee": Motif(
        "T恤 t恤 短袖 背心 上衣 tee tshirt top tank vest",
        """
<path d="M146 116 178 102Q200 126 222 102L254 116 304 160 278 196 256 180V300Q200 310 144 300V180L122 196 96 160Z"
 fill="{main}" stroke="{main}" stroke-width="12" stroke-linejoin="round"/>
<path d="M176 101Q200 134 224 101" fill="none" stroke="{dark}" stroke-width="9" stroke-linecap="round"/>
<path d="M144 214H256M144 240H256" stroke="{light}" stroke-width="13"/>
<path d="M144 182V226M256 182V226" stroke="{dark}" stroke-width="4" stroke-linecap="round"/>
""",
    ),
    "shirt": Motif(
        "衬衫 衬衣 女衫 衫 shirt blouse polo",
        """
<path d="M148 112 252 112 300 168 284 262 258 256 256 310H144L142 256 116 262 100 168Z" fill="{main}"
 stroke="{main}" stroke-width="12" stroke-linejoin="round"/>
<path d="M142 256 140 184M258 256 260 184" stroke="{dark}" stroke-width="4" stroke-linecap="round"/>
<path d="M200 150V310" stroke="{dark}" stroke-width="4"/>
<path d="M158 104 200 148 178 168 148 116ZM242 104 200 148 222 168 252 116Z" fill="{light}" stroke="{light}"
 stroke-width="6" stroke-linejoin="round"/>
<path d="M168 104H232L200 146Z" fill="{dark}"/>
<g fill="{paper}"><circle cx="210" cy="186" r="5"/><circle cx="210" cy="218" r="5"/><circle cx="210" cy="250" r="5"/>
<circle cx="210" cy="282" r="5"/></g>
<path d="M158 206H184V230Q171 240 158 230Z" fill="{dark}"/>
""",
    ),
    "jumper": Motif(
        "毛衣 针织 卫衣 羊毛衫 开衫 jumper sweater hoodie cardigan pullover knit knitwear sweatshirt",
        """
<path d="M154 112H246L302 172 310 286 276 288 260 214 258 300H142L140 214 124 288 90 286 98 172Z" fill="{main}"
 stroke="{main}" stroke-width="14" stroke-linejoin="round"/>
<path d="M142 300H258" stroke="{dark}" stroke-width="20" stroke-linecap="round"/>
<path d="M90 288 124 290M276 290 310 288" stroke="{dark}" stroke-width="14" stroke-linecap="round"/>
<path d="M164 108Q200 144 236 108" fill="none" stroke="{dark}" stroke-width="14" stroke-linecap="round"/>
<path d="M144 190 158 176 172 190 186 176 200 190 214 176 228 190 242 176 256 190" fill="none" stroke="{light}"
 stroke-width="7" stroke-linejoin="round" stroke-linecap="round"/>
<path d="M144 214 158 200 172 214 186 200 200 214 214 200 228 214 242 200 256 214" fill="none" stroke="{paper}"
 stroke-width="7" stroke-linejoin="round" stroke-linecap="round"/>
<path d="M156 294V306M170 294V306M184 294V306M198 294V306M212 294V306M226 294V306M240 294V306" stroke="{main}"
 stroke-width="3"/>
""",
    ),
    "jacket": Motif(
        "外套 夹克 大衣 风衣 西装 羽绒服 jacket coat tuxedo blazer parka suit",
        """
<path d="M150 106H250L300 160 304 282 272 286 262 220 260 312H140L138 220 128 286 96 282 100 160Z" fill="{main}"
 stroke="{main}" stroke-width="12" stroke-linejoin="round"/>
<path d="M170 104H230L200 214Z" fill="{paper}"/>
<path d="M200 214V314" stroke="{deep}" stroke-width="4"/>
<path d="M168 102 200 214 166 190 150 160 160 148 148 122ZM232 102 200 214 234 190 250 160 240 148 252 122Z"
 fill="{dark}" stroke="{dark}" stroke-width="4" stroke-linejoin="round"/>
<path d="M152 260H184M216 260H248" stroke="{deep}" stroke-width="8" stroke-linecap="round"/>
<path d="M138 222 140 184M262 222 260 184" stroke="{deep}" stroke-width="4" stroke-linecap="round"/>
<g fill="{glow}"><circle cx="210" cy="232" r="5"/><circle cx="210" cy="284" r="5"/></g>
""",
    ),
    "dress": Motif(
        "连衣裙 裙 旗袍 汉服 dress skirt gown",
        """
<path d="M168 98 178 140Q200 152 222 140L232 98 248 102 244 170 232 196 286 312Q200 334 114 312L168 196 156 170 152
 102Z"
 fill="{main}" stroke="{main}" stroke-width="8" stroke-linejoin="round"/>
<path d="M166 196H234" stroke="{deep}" stroke-width="11" stroke-linecap="round"/>
<path d="M176 206 150 318M200 206V324M224 206 250 318" stroke="{dark}" stroke-width="4" stroke-linecap="round"/>
<path d="M118 300Q200 322 282 300" fill="none" stroke="{light}" stroke-width="8"/>
<g fill="{light}"><circle cx="178" cy="172" r="5"/><circle cx="200" cy="166" r="5"/><circle cx="222" cy="172"
 r="5"/></g>
""",
    ),
    "trousers": Motif(
        "裤 牛仔裤 trouser trousers pants jeans shorts legging leggings",
        """
<path d="M148 104H252L272 312H222L202 180H198L178 312H128Z" fill="{main}" stroke="{main}" stroke-width="10"
 stroke-linejoin="round"/>
<path d="M147 116H253" stroke="{dark}" stroke-width="16"/>
<path d="M200 124V182" stroke="{deep}" stroke-width="4" stroke-linecap="round"/>
<path d="M152 130Q158 152 176 156M248 130Q242 152 224 156" fill="none" stroke="{deep}" stroke-width="4"
 stroke-linecap="round"/>
<path d="M130 300 178 302M222 302 270 300" stroke="{light}" stroke-width="10"/>
<circle cx="200" cy="116" r="6" fill="{glow}"/>
""",
        "blue",
    ),
    "shoe": Motif(
        "鞋 靴 运动鞋 shoe sneaker trainer boot sandal high-top high-tops footwear",
        """
<path d="M104 296V190Q104 176 118 178 150 186 166 158L216 206Q252 236 294 240 318 244 318 276V296Z" fill="{main}"
 stroke="{main}" stroke-width="8" stroke-linejoin="round"/>
<path d="M98 296H322V302Q322 316 306 316H114Q98 316 98 302Z" fill="{paper}"/>
<path d="M98 300H322" stroke="{dark}" stroke-width="5"/>
<path d="M262 232Q258 262 286 292H318V272Q316 244 290 240Z" fill="{light}"/>
<path d="M104 190V236Q140 236 152 200L140 178Q124 184 112 180 104 180 104 190Z" fill="{dark}"/>
<path d="M176 190 200 170M196 208 220 188M216 224 238 204" stroke="{paper}" stroke-width="9" stroke-linecap="round"/>
<path d="M130 268Q190 276 236 252" fill="none" stroke="{light}" stroke-width="9" stroke-linecap="round"/>
""",
        shadow=122,
    ),
    "hat": Motif(
        "帽 hat cap beanie",
        """
<path d="M140 258Q132 132 200 128 268 132 260 258Z" fill="{main}"/>
<path d="M186 138Q200 122 214 138 206 152 200 152 194 152 186 138Z" fill="{dark}"/>
<path d="M138 226Q200 244 262 226V262H138Z" fill="{deep}"/>
<path d="M84 274Q90 246 140 252 200 262 260 252 310 246 316 274 300 308 200 310 100 308 84 274Z" fill="{light}"/>
<path d="M84 274Q140 296 200 294 260 296 316 274 300 308 200 310 100 308 84 274Z" fill="{main}"/>
""",
        "straw",
        118,
    ),
    "bag": Motif(
        "包 书包 钱包 手袋 背包 行李箱 bag handbag backpack tote purse wallet satchel",
        """
<path d="M154 184V148Q154 102 200 102 246 102 246 148V184" fill="none" stroke="{deep}" stroke-width="12"
 stroke-linecap="round"/>
<path d="M108 176H292L306 300Q308 316 292 316H108Q92 316 94 300Z" fill="{main}"/>
<path d="M108 176H292L297 222Q252 256 200 256 148 256 103 222Z" fill="{dark}"/>
<rect x="182" y="238" width="36" height="34" rx="7" fill="{glow}"/>
<circle cx="200" cy="255" r="5" fill="{deep}"/>
<path d="M112 300H288" stroke="{light}" stroke-width="4" stroke-dasharray="10 8" stroke-linecap="round"/>
""",
        "brown",
        118,
    ),
    "cup": Motif(
        "杯 马克杯 咖啡 咖啡杯 茶杯 cup mug coffee espresso glass tumbler",
        """
<path d="M256 196H282Q318 196 314 234 308 268 252 264" fill="none" stroke="{dark}" stroke-width="17"/>
<path d="M104 176H268L258 290Q254 316 226 316H146Q118 316 114 290Z" fill="{main}"/>
<path d="M106 200 266 200 263 232Q186 252 109 232Z" fill="{light}"/>
<path d="M222 176H268L258 290Q254 316 226 316H206Q224 300 222 176Z" fill="{dark}" opacity=".45"/>
<ellipse cx="186" cy="176" rx="82" ry="17" fill="{light}"/>
<ellipse cx="186" cy="178" rx="68" ry="11" fill="{tea}"/>
<path d="M160 146Q146 128 162 112 176 98 164 82M204 146Q190 128 206 112 220 98 208 82" fill="none" stroke="{paper}"
 stroke-width="9" stroke-linecap="round" opacity=".9"/>
""",
        shadow=104,
    ),
    "teapot": Motif(
        "壶 茶壶 茶具 紫砂 盖碗 teapot kettle teaware",
        """
<path d="M126 232Q92 226 84 176L64 178Q62 166 76 164H100Q106 196 136 204Z" fill="{main}"/>
<path d="M262 196Q326 170 322 226 316 276 256 274" fill="none" stroke="{main}" stroke-width="19"
 stroke-linecap="round"/>
<path d="M118 236Q118 178 198 176 278 178 278 236 278 314 198 316 118 314 118 236Z" fill="{main}"/>
<path d="M236 186Q278 198 278 236 278 314 198 316 252 296 250 240 250 206 236 186Z" fill="{dark}"/>
<path d="M140 190Q150 162 198 160 246 162 256 190 198 204 140 190Z" fill="{dark}"/>
<path d="M150 184Q166 168 198 168 230 168 246 184 198 194 150 184Z" fill="{light}"/>
<circle cx="198" cy="150" r="15" fill="{dark}"/><circle cx="194" cy="146" r="6" fill="{light}"/>
<path d="M140 232Q140 208 158 200" fill="none" stroke="{light}" stroke-width="10" stroke-linecap="round"/>
""",
        "clay",
        106,
    ),
    "bowl": Motif(
        "碗 盘 碟 餐具 筷 面 米线 汤 饭 bowl plate dish tableware noodle noodles soup",
        """
<path d="M92 210H308Q304 290 242 308V316H158V308Q96 290 92 210Z" fill="{main}"/>
<path d="M308 210Q304 290 242 308V316H206Q266 292 268 210Z" fill="{dark}" opacity=".55"/>
<path d="M102 246Q200 274 298 246" fill="none" stroke="{light}" stroke-width="9"/>
<ellipse cx="200" cy="210" rx="108" ry="22" fill="{light}"/>
<ellipse cx="200" cy="211" rx="92" ry="15" fill="{broth}"/>
<path d="M140 210Q156 198 172 210 188 220 204 210 220 200 236 210" fill="none" stroke="{glow}" stroke-width="6"
 stroke-linecap="round"/>
<circle cx="250" cy="206" r="12" fill="{paper}"/><circle cx="250" cy="206" r="6" fill="{glow}"/>
<path d="M208 200 304 92M226 202 320 104" stroke="{wood}" stroke-width="8" stroke-linecap="round"/>
""",
        shadow=96,
    ),
    "vase": Motif(
        "花瓶 陶瓷 瓷 陶 摆件 vase ceramic ceramics pottery porcelain",
        """
<path d="M198 168Q196 112 164 86M200 168Q204 108 236 74M200 168Q200 130 202 96" fill="none" stroke="{leaf}"
 stroke-width="6" stroke-linecap="round"/>
<g fill="{bloom}"><circle cx="164" cy="84" r="17"/><circle cx="236" cy="72" r="19"/><circle cx="202" cy="96"
 r="14"/></g>
<g fill="{glow}"><circle cx="164" cy="84" r="6"/><circle cx="236" cy="72" r="7"/><circle cx="202" cy="96" r="5"/></g>
<path d="M186 146Q168 146 152 132 172 122 190 138ZM212 134Q230 138 246 124 230 110 212 122Z" fill="{leaf}"/>
<path d="M174 160H226L222 192Q272 212 272 258 272 300 236 316H164Q128 300 128 258 128 212 178 192Z" fill="{main}"/>
<path d="M222 192Q272 212 272 258 272 300 236 316H206Q246 290 240 246 236 214 208 194L210 160H226Z" fill="{dark}"
 opacity=".6"/>
<ellipse cx="200" cy="160" rx="28" ry="8" fill="{deep}"/>
<path d="M132 244Q200 268 268 244M130 266Q200 290 270 266" fill="none" stroke="{light}" stroke-width="7"/>
""",
        "celadon",
    ),
    "plant": Motif(
        "植物 绿植 盆栽 多肉 花 树苗 种子 plant succulent cactus flower flowers monstera fern seeds",
        """
<path d="M200 236Q198 170 202 120" stroke="{stem}" stroke-width="8" stroke-linecap="round" fill="none"/>
<path d="M200 216Q126 214 112 140 186 136 200 216Z" fill="{leaf}"/>
<path d="M200 206Q276 200 292 124 214 124 200 206Z" fill="{leaf}"/>
<path d="M202 150Q162 108 202 62 242 106 202 150Z" fill="{leaf}"/>
<path d="M200 216Q160 172 126 152M200 206Q240 164 278 138M202 150V84" fill="none" stroke="{stem}" stroke-width="4"
 stroke-linecap="round"/>
<path d="M132 232H268L252 306Q250 316 238 316H162Q150 316 148 306Z" fill="{main}"/>
<path d="M222 232H268L252 306Q250 316 238 316H212Q226 300 222 232Z" fill="{dark}" opacity=".6"/>
<rect x="122" y="222" width="156" height="28" rx="9" fill="{light}"/>
""",
        "terracotta",
        84,
    ),
    "pot": Motif(
        "花盆 盆 园艺 pot planter garden gardening",
        """
<path d="M200 208Q198 176 204 148" stroke="{stem}" stroke-width="7" stroke-linecap="round" fill="none"/>
<path d="M202 168Q160 164 150 122 194 120 202 168Z" fill="{leaf}"/><path d="M204 156Q240 150 250 108 210 110 204 156Z"
 fill="{leaf}"/>
<path d="M118 218H282L258 302Q254 316 240 316H160Q146 316 142 302Z" fill="{main}"/>
<path d="M230 218H282L258 302Q254 316 240 316H214Q236 290 230 218Z" fill="{dark}" opacity=".6"/>
<rect x="104" y="194" width="192" height="38" rx="11" fill="{light}"/>
<path d="M246 194H285Q296 194 296 205V221Q296 232 285 232H246Z" fill="{main}" opacity=".55"/>
<path d="M150 262Q166 276 182 262 198 248 214 262 230 276 246 262" fill="none" stroke="{light}" stroke-width="7"
 stroke-linecap="round"/>
""",
        "terracotta",
        88,
    ),
    "sofa": Motif(
        "沙发 sofa couch settee",
        """
<path d="M118 308V322M282 308V322" stroke="{wood}" stroke-width="13" stroke-linecap="round"/>
<path d="M98 236V178Q98 150 128 150H272Q302 150 302 178V236Z" fill="{main}"/>
<path d="M200 152V240" stroke="{dark}" stroke-width="4"/>
<rect x="106" y="226" width="188" height="48" rx="14" fill="{light}"/>
<path d="M200 228V272" stroke="{main}" stroke-width="4"/>
<path d="M72 226Q72 204 94 204 116 204 116 226V268H284V226Q284 204 306 204 328 204 328 226V292Q328 306 314 306H86Q72
 306 72 292Z"
 fill="{dark}"/>
<rect x="126" y="186" width="50" height="50" rx="11" fill="{glow}" transform="rotate(-12 151 211)"/>
<rect x="232" y="190" width="44" height="44" rx="10" fill="{paper}" transform="rotate(10 254 212)"/>
""",
        "sage",
        128,
    ),
    "chair": Motif(
        "椅 凳 扶手椅 chair armchair stool seat bench",
        """
<path d="M138 282 124 322M262 282 276 322" stroke="{wood}" stroke-width="12" stroke-linecap="round"/>
<path d="M128 240Q118 108 200 106 282 108 272 240Z" fill="{main}"/>
<path d="M200 116V230M166 124Q160 170 164 230M234 124Q240 170 236 230" stroke="{dark}" stroke-width="4" fill="none"/>
<path d="M92 210Q92 190 112 190 132 190 132 212V246H268V212Q268 190 288 190 308 190 308 210V274Q308 290 292 290H108Q92
 290 92 274Z"
 fill="{dark}"/>
<rect x="126" y="226" width="148" height="40" rx="16" fill="{light}"/>
""",
        "pink",
        106,
    ),
    "bed": Motif(
        "床 枕 被 毯 四件套 抱枕 靠垫 bed bedding pillow pillows cushion blanket quilt duvet rug mattress",
        """
<path d="M84 306V320M316 306V320" stroke="{wood}" stroke-width="13" stroke-linecap="round"/>
<path d="M78 146Q78 132 92 132H308Q322 132 322 146V260H78Z" fill="{wood}"/>
<rect x="98" y="180" width="94" height="56" rx="20" fill="{paper}"/><rect x="208" y="180" width="94" height="56" rx="20"
 fill="{paper}"/>
<rect x="74" y="224" width="252" height="84" rx="16" fill="{main}"/>
<path d="M74 240Q74 224 90 224H310Q326 224 326 240V256Q200 236 74 256Z" fill="{light}"/>
<path d="M120 268V308M170 262V308M230 262V308M280 268V308" stroke="{dark}" stroke-width="4"/>
""",
        "blue",
        134,
    ),
    "lamp": Motif(
        "灯 台灯 吊灯 lamp light lantern lighting",
        """
<ellipse cx="200" cy="196" rx="140" ry="112" fill="{glow}" opacity=".28"/>
<path d="M200 184V302" stroke="{wood}" stroke-width="12"/>
<path d="M146 316Q148 296 200 296 252 296 254 316Z" fill="{wood}"/>
<path d="M158 92H242L284 196Q200 216 116 196Z" fill="{main}"/>
<path d="M214 92H242L284 196Q264 202 236 205Z" fill="{dark}" opacity=".55"/>
<ellipse cx="200" cy="197" rx="84" ry="12" fill="{glow}"/>
<path d="M252 206V246" stroke="{ink}" stroke-width="3" opacity=".6"/><circle cx="252" cy="250" r="6" fill="{ink}"
 opacity=".6"/>
""",
        "copper",
        76,
    ),
    "candle": Motif(
        "蜡烛 香薰 香 candle incense fragrance diffuser",
        """
<ellipse cx="200" cy="130" rx="76" ry="70" fill="{glow}" opacity=".3"/>
<path d="M200 84Q230 122 214 144 200 156 186 144 170 122 200 84Z" fill="{glow}"/>
<path d="M200 112Q214 132 206 144 200 150 194 144 186 132 200 112Z" fill="{paper}"/>
<path d="M200 148V172" stroke="{ink}" stroke-width="5" stroke-linecap="round"/>
<path d="M132 178H268V292Q268 316 244 316H156Q132 316 132 292Z" fill="{main}"/>
<path d="M232 178H268V292Q268 316 244 316H208Q234 300 232 178Z" fill="{dark}" opacity=".5"/>
<ellipse cx="200" cy="178" rx="68" ry="15" fill="{light}"/>
<rect x="152" y="220" width="96" height="58" rx="8" fill="{paper}"/>
<path d="M170 240H230M180 258H220" stroke="{deep}" stroke-width="5" stroke-linecap="round"/>
""",
        "rose",
        84,
    ),
    "table": Motif(
        "桌 茶几 书桌 餐桌 table desk",
        """
<path d="M118 214 102 318M282 214 298 318" stroke="{deep}" stroke-width="14" stroke-linecap="round"/>
<path d="M150 214V290M250 214V290" stroke="{dark}" stroke-width="11" stroke-linecap="round"/>
<rect x="70" y="190" width="260" height="30" rx="11" fill="{main}"/>
<path d="M70 208H330V209Q330 220 319 220H81Q70 220 70 209Z" fill="{dark}"/>
<path d="M160 190V156H198V190Z" fill="{paper}"/><path d="M178 156Q168 128 150 122M180 156Q186 120 208 112" fill="none"
 stroke="{leaf}" stroke-width="6" stroke-linecap="round"/>
<circle cx="150" cy="120" r="11" fill="{bloom}"/><circle cx="209" cy="110" r="13" fill="{bloom}"/>
<path d="M232 190Q234 166 256 166 278 166 280 190Z" fill="{glow}"/>
""",
        "wood",
        122,
    ),
    "drawers": Motif(
        "柜 抽屉 书架 置物架 收纳 drawer drawers cabinet shelf wardrobe storage chest dresser",
        """
<path d="M124 300V322M276 300V322" stroke="{deep}" stroke-width="14" stroke-linecap="round"/>
<rect x="98" y="120" width="204" height="188" rx="12" fill="{main}"/>
<rect x="88" y="110" width="224" height="22" rx="9" fill="{dark}"/>
<g fill="{light}"><rect x="114" y="144" width="172" height="46" rx="8"/><rect x="114" y="198" width="172" height="46"
 rx="8"/><rect x="114" y="252" width="172" height="46" rx="8"/></g>
<g fill="{deep}"><circle cx="168" cy="167" r="6"/><circle cx="232" cy="167" r="6"/><circle cx="168" cy="221" r="6"/>
<circle cx="232" cy="221" r="6"/><circle cx="168" cy="275" r="6"/><circle cx="232" cy="275" r="6"/></g>
<path d="M128 110V88H156V110Z" fill="{paper}"/><path d="M142 88Q128 66 136 54M142 88Q156 70 152 52" fill="none"
 stroke="{leaf}" stroke-width="6" stroke-linecap="round"/>
<path d="M226 110V74H238V110ZM240 110V66H254V110ZM256 110 266 76 278 80 268 110Z" fill="{bloom}"/>
""",
        "wood",
        116,
    ),
    "book": Motif(
        "书 本 笔记本 手账 诗集 小说 book notebook journal novel diary magazine",
        """
<g transform="rotate(-7 200 220)">
<path d="M112 118Q112 104 126 104H278V292H130Q112 292 112 306Z" fill="{main}"/>
<path d="M112 306Q112 288 130 288H278V318H130Q112 318 112 306Z" fill="{paper}"/>
<path d="M124 306H278M128 299H278" stroke="{dark}" stroke-width="2" opacity=".4"/>
<path d="M138 104V289" stroke="{dark}" stroke-width="7"/>
<path d="M112 306Q112 318 130 318H282" fill="none" stroke="{deep}" stroke-width="7" stroke-linecap="round"/>
<rect x="166" y="136" width="86" height="72" rx="6" fill="{paper}"/>
<path d="M182 160H236M182 178H220" stroke="{deep}" stroke-width="7" stroke-linecap="round"/>
<path d="M236 290V340L248 328 260 340V290Z" fill="{bloom}"/>
</g>
""",
        shadow=96,
    ),
    "fruit": Motif(
        "果 水果 苹果 橙 柑 桃 梨 柚 葡萄 草莓 fruit apple orange peach pear berries",
        """
<path d="M266 236A54 54 0 1 1 266 318 54 54 0 1 1 266 236Z" fill="{glow}"/>
<path d="M190 158Q216 138 248 158 288 186 274 250 258 318 218 318 202 310 186 310 170 310 154 318 112 316 98 250 86
 186 126 158 158 140 186 160Z"
 fill="{main}"/>
<path d="M236 154Q288 176 276 248 260 318 218 318 212 316 208 314 252 288 252 222 252 178 236 154Z" fill="{dark}"
 opacity=".55"/>
<path d="M118 206Q120 184 138 176" fill="none" stroke="{light}" stroke-width="11" stroke-linecap="round"/>
<path d="M187 164Q184 130 200 108" fill="none" stroke="{wood}" stroke-width="8" stroke-linecap="round"/>
<path d="M200 134Q214 96 262 102 252 144 200 134Z" fill="{leaf}"/>
""",
        "red",
        118,
    ),
    "bread": Motif(
        "面包 蛋糕 饼 点心 糕 酥 月饼 甜品 零食 坚果 巧克力"
        " bread cake cookie biscuit pastry snack chocolate dessert food",
        """
<path d="M84 300Q84 286 98 286H302Q316 286 316 300 316 318 298 318H102Q84 318 84 300Z" fill="{paper}"/>
<path d="M110 220H290V274Q290 288 276 288H124Q110 288 110 274Z" fill="{main}"/>
<path d="M110 246H290V262H110Z" fill="{light}"/>
<path d="M110 222Q110 176 154 168H246Q290 176 290 222V232Q276 250 262 232 248 216 234 236 220 254 206 236 192 218 178
 236 164 250 150 232 136 218 124 234 110 244 110 232Z"
 fill="{cream}"/>
<circle cx="200" cy="150" r="23" fill="{bloom}"/><path d="M204 130Q212 106 236 104" fill="none" stroke="{stem}"
 stroke-width="6" stroke-linecap="round"/>
<path d="M192 142Q196 134 204 134" fill="none" stroke="{paper}" stroke-width="5" stroke-linecap="round"/>
<g fill="{glow}"><circle cx="146" cy="196" r="5"/><circle cx="256" cy="194" r="5"/><circle cx="228" cy="184" r="4"/>
<circle cx="170" cy="188" r="4"/></g>
""",
        "brown",
        122,
    ),
    "jar": Motif(
        "蜂蜜 果酱 辣酱 酱 罐头 糖 腌 咸菜 honey jam sauce jar pickle spice",
        """
<rect x="126" y="106" width="148" height="42" rx="12" fill="{wood}"/>
<path d="M126 128H274V136Q274 148 262 148H138Q126 148 126 136Z" fill="{ink}" opacity=".16"/>
<path d="M132 148H268Q294 164 294 198V286Q294 316 264 316H136Q106 316 106 286V198Q106 164 132 148Z" fill="{paper}"/>
<path d="M106 204H294V286Q294 316 264 316H136Q106 316 106 286Z" fill="{main}"/>
<path d="M106 204Q140 190 172 204 204 218 236 204 268 190 294 204V222H106Z" fill="{light}"/>
<path d="M258 204H294V286Q294 316 264 316H232Q262 300 258 204Z" fill="{dark}" opacity=".45"/>
<rect x="140" y="228" width="106" height="62" rx="9" fill="{cream}"/>
<path d="M193 240Q212 240 212 258 212 276 193 278 174 276 174 258 174 240 193 240Z" fill="{main}"/>
""",
        "amber",
        104,
    ),
    "tea": Motif(
        "茶 茶叶 绿茶 红茶 白茶 普洱 乌龙 龙井 tea matcha oolong",
        """
<ellipse cx="200" cy="132" rx="78" ry="18" fill="{dark}"/>
<path d="M122 132V164H278V132Z" fill="{dark}"/><ellipse cx="200" cy="128" rx="78" ry="18" fill="{light}"/>
<path d="M116 158H284V292Q284 316 260 316H140Q116 316 116 292Z" fill="{main}"/>
<path d="M116 158Q200 182 284 158V172Q200 196 116 172Z" fill="{deep}" opacity=".5"/>
<path d="M246 168Q266 166 284 160V292Q284 316 260 316H222Q250 300 246 168Z" fill="{dark}" opacity=".5"/>
<rect x="148" y="202" width="92" height="88" rx="10" fill="{cream}"/>
<path d="M194 276Q160 262 168 222 204 232 194 276Z" fill="{leaf}"/><path d="M196 276Q230 258 218 224 190 240 196 276Z"
 fill="{stem}"/>
""",
        "green",
        96,
    ),
    "bottle": Motif(
        "香水 护肤 面霜 精华 洗发 口红 美妆 酒 瓶 油 bottle perfume lotion serum shampoo lipstick cosmetics wine oil",
        """
<rect x="176" y="82" width="48" height="46" rx="9" fill="{wood}"/>
<rect x="184" y="122" width="32" height="26" fill="{light}"/>
<path d="M150 172Q150 142 182 142H218Q250 142 250 172V292Q250 316 226 316H174Q150 316 150 292Z" fill="{main}"/>
<path d="M222 142Q250 144 250 172V292Q250 316 226 316H204Q226 300 226 180 226 156 214 142Z" fill="{dark}" opacity=".5"/>
<rect x="150" y="202" width="100" height="74" fill="{paper}"/>
<path d="M172 226H228M182 248H218" stroke="{deep}" stroke-width="6" stroke-linecap="round"/>
<path d="M168 172V188" stroke="{light}" stroke-width="9" stroke-linecap="round"/>
<path d="M268 318V262Q268 246 282 246H302Q316 246 316 262V318Z" fill="{light}"/><rect x="272" y="228" width="40"
 height="22" rx="6" fill="{wood}"/>
""",
        "rose",
        96,
    ),
    "headphones": Motif(
        "耳机 音箱 音响 headphone headphones earphone earbuds speaker audio",
        """
<path d="M108 236V210Q108 112 200 112 292 112 292 210V236" fill="none" stroke="{deep}" stroke-width="18"
 stroke-linecap="round"/>
<path d="M134 154Q158 124 200 122 242 124 266 154" fill="none" stroke="{light}" stroke-width="7"
 stroke-linecap="round"/>
<rect x="86" y="216" width="62" height="100" rx="26" fill="{main}"/><rect x="252" y="216" width="62" height="100"
 rx="26"
 fill="{main}"/>
<rect x="130" y="226" width="28" height="80" rx="13" fill="{ink}" opacity=".75"/><rect x="242" y="226" width="28"
 height="80" rx="13" fill="{ink}" opacity=".75"/>
<path d="M100 244V282M300 244V282" stroke="{light}" stroke-width="8" stroke-linecap="round"/>
""",
        shadow=116,
    ),
    "phone": Motif(
        "手机 平板 电脑 数码 充电 键盘 手机壳 phone tablet laptop computer charger keyboard electronics gadget",
        """
<g transform="rotate(8 200 210)">
<rect x="136" y="94" width="128" height="228" rx="24" fill="{ink}"/>
<rect x="146" y="106" width="108" height="204" rx="15" fill="{main}"/>
<path d="M146 250 188 206 216 234 254 190V295Q254 310 239 310H161Q146 310 146 295Z" fill="{dark}"/>
<circle cx="176" cy="156" r="18" fill="{glow}"/>
<rect x="182" y="112" width="36" height="9" rx="4.5" fill="{ink}"/>
<rect x="178" y="294" width="44" height="6" rx="3" fill="{paper}" opacity=".9"/>
</g>
""",
        "blue",
        80,
    ),
    "toy": Motif(
        "玩具 玩偶 公仔 熊 毛绒 积木 童 toy bear doll teddy plush kids puzzle",
        """
<circle cx="136" cy="122" r="29" fill="{main}"/><circle cx="264" cy="122" r="29" fill="{main}"/>
<circle cx="136" cy="122" r="15" fill="{light}"/><circle cx="264" cy="122" r="15" fill="{light}"/>
<path d="M126 250Q92 246 96 278 100 300 134 296ZM274 250Q308 246 304 278 300 300 266 296Z" fill="{dark}"/>
<ellipse cx="200" cy="264" rx="76" ry="58" fill="{main}"/><ellipse cx="200" cy="272" rx="46" ry="40" fill="{light}"/>
<ellipse cx="150" cy="308" rx="34" ry="18" fill="{dark}"/><ellipse cx="250" cy="308" rx="34" ry="18" fill="{dark}"/>
<circle cx="200" cy="168" r="76" fill="{main}"/>
<ellipse cx="200" cy="192" rx="34" ry="26" fill="{cream}"/>
<ellipse cx="200" cy="182" rx="13" ry="9" fill="{ink}"/><path d="M200 190V200Q190 210 182 202M200 200Q210 210 218 202"
 fill="none" stroke="{ink}" stroke-width="4" stroke-linecap="round"/>
<circle cx="168" cy="158" r="8" fill="{ink}"/><circle cx="232" cy="158" r="8" fill="{ink}"/>
<path d="M164 236 200 248 236 236 230 262 200 252 170 262Z" fill="{bloom}"/>
""",
        "brown",
        104,
    ),
    "watch": Motif(
        "表 手表 首饰 项链 戒指 耳环 手链 钟 watch jewellery jewelry necklace ring earrings bracelet clock",
        """
<path d="M166 150 174 84H226L234 150ZM166 258 174 324H226L234 258Z" fill="{main}"/>
<path d="M206 84H226L234 150H210ZM210 258H234L226 324H206Z" fill="{dark}" opacity=".6"/>
<circle cx="200" cy="204" r="80" fill="{glow}"/><circle cx="200" cy="204" r="66" fill="{cream}"/>
<path d="M200 148V158M200 250V260M144 204H154M246 204H256" stroke="{ink}" stroke-width="6" stroke-linecap="round"/>
<path d="M200 166V204L230 222" fill="none" stroke="{deep}" stroke-width="8" stroke-linecap="round"
 stroke-linejoin="round"/>
<circle cx="200" cy="204" r="8" fill="{deep}"/><rect x="278" y="194" width="15" height="20" rx="5" fill="{glow}"/>
""",
        "brown",
        52,
    ),
    "umbrella": Motif(
        "伞 雨伞 雨具 umbrella parasol rain",
        """
<path d="M200 90V78" stroke="{deep}" stroke-width="9" stroke-linecap="round"/>
<path d="M200 190V286Q200 314 226 314 250 314 250 290" fill="none" stroke="{wood}" stroke-width="11"
 stroke-linecap="round"/>
<path d="M76 208Q84 92 200 88 316 92 324 208 302 184 282 208 260 184 241 208 220 180 200 208 180 180 159 208 140 184
 118 208 98 184 76 208Z"
 fill="{main}"/>
<path d="M159 208Q160 110 200 88 240 110 241 208 220 180 200 208 180 180 159 208Z" fill="{light}"/>
<path d="M241 208Q240 110 200 88 316 92 324 208 302 184 282 208 260 184 241 208Z" fill="{dark}" opacity=".6"/>
""",
        shadow=80,
    ),
    "gift": Motif(
        "礼 礼物 礼盒 礼品 gift present box",
        """
<path d="M116 214H284V300Q284 316 268 316H132Q116 316 116 300Z" fill="{main}"/>
<path d="M240 214H284V300Q284 316 268 316H228Q244 300 240 214Z" fill="{dark}" opacity=".5"/>
<rect x="100" y="178" width="200" height="46" rx="10" fill="{light}"/>
<path d="M182 178H218V316H182Z" fill="{bow}"/>
<path d="M100 214H300V216Q300 224 290 224H110Q100 224 100 216Z" fill="{dark}" opacity=".4"/>
<path d="M200 176Q148 178 136 142 132 112 164 118 192 128 200 176ZM200 176Q252 178 264 142 268 112 236 118 208 128 200
 176Z"
 fill="{bow}"/>
<path d="M196 164Q168 160 158 142M204 164Q232 160 242 142" fill="none" stroke="{ink}" stroke-width="4" opacity=".25"
 stroke-linecap="round"/>
<rect x="184" y="158" width="32" height="26" rx="9" fill="{bow}"/>
""",
        shadow=104,
    ),
}
"""The drawings by name; `gift` is for what nothing else fits."""

"""What the operator of the demo town watches: words that are said nowhere, or looked at first."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from weiji.catalog import ChangePrice, ProductState, SaveProduct, SaveSku, change_prices, save_products
from weiji.events import Actor
from weiji.inventory import SetStock, set_stock
from weiji.kit.db import Database, Transaction
from weiji.kit.ids import derive
from weiji.supervision.conduct.model import (
    ConductExample,
    ConductKind,
    ConductRule,
    Effect,
    PublishConductRules,
    TryConductRule,
)
from weiji.supervision.conduct.operations import go_on_trying, publish_conduct_rules, try_conduct_rules
from weiji.supervision.inquiries import (
    AppealPenalty,
    ComplaintKind,
    DecideInquiry,
    FileComplaint,
    SubjectKind,
    TakeInquiry,
    Trier,
    TryWordRules,
    Verdict,
    appeal_penalties,
    decide_inquiries,
    file_complaints,
    list_penalties_of_shop,
    screen_products,
    take_inquiries,
    try_word_rules,
)
from weiji.word_rules import Action, Field, PublishWordRules, WordRule, publish_word_rules

KETTLES: Final = 24

_TOWN: Final = UUID(int=0)


def rule_id(name: str) -> UUID:
    """Make the id of a word rule of the town."""
    return derive(_TOWN, "demo", "word rule", name)


WORD_RULES: Final = (
    WordRule(
        id=rule_id("invoices"),
        name="代开发票",
        words=("代开发票", "代开专票"),
        action=Action.REFUSE,
        fields=(Field.TITLE, Field.DESCRIPTION, Field.SHOP_NAME, Field.STOREFRONT, Field.MESSAGE),
        reason="发票只能由卖家自己开，不能代开。",
        by_sound=True,
        hits=("可代開發票", "代·开·发·票"),
        passes=("可以开发票",),
    ),
    WordRule(
        id=rule_id("contacts"),
        name="站外联系方式",
        words=("加微信", "微信号", "加qq", "vx"),
        action=Action.REVIEW,
        fields=(Field.TITLE, Field.DESCRIPTION, Field.SHOP_NAME, Field.STOREFRONT, Field.REVIEW),
        reason="请在这里和买家说话，不要引到别处去。",
        by_sound=True,
        hits=("加 微 信 聊", "加QQ", "加薇信"),
        passes=("vxlan 交换机",),
    ),
    WordRule(
        id=rule_id("superlatives"),
        name="绝对化用语",
        words=("全网最低价", "国家级", "第一品牌"),
        action=Action.NOTE,
        fields=(Field.TITLE, Field.DESCRIPTION, Field.STOREFRONT),
        reason="请说得实在一点，别用“最”和“第一”。",
        hits=("全网最低价",),
    ),
)
"""The word rules of the town."""

CURES: Final = WordRule(
    id=rule_id("cures"),
    name="医疗功效",
    words=("包治百病", "祖传秘方", "根治"),
    action=Action.REFUSE,
    fields=(Field.TITLE, Field.DESCRIPTION, Field.STOREFRONT),
    reason="不是药，不能说能治病。",
    hits=("包治百病", "祖·传·秘·方"),
    passes=("祖传的手艺",),
)
"""A rule that came after what it finds was on sale."""


CONDUCT_RULES: Final = (
    ConductRule(
        id=derive(_TOWN, "demo", "conduct rule", "jump"),
        name="价格翻倍",
        kind=ConductKind.PRICE_RISE,
        window_hours=168,
        threshold=100,
        at_least=1_000,
        effect=Effect.CASE,
        reason="价格一下子涨了一倍以上，请说明原因。",
        reason_en="The price more than doubled at once: please explain.",
        hits=(ConductExample(300_00, 100_00),),
        passes=(ConductExample(150_00, 100_00), ConductExample(9_00, 3_00)),
    ),
    ConductRule(
        id=derive(_TOWN, "demo", "conduct rule", "refunds"),
        name="退款太多",
        kind=ConductKind.REFUND_RATE,
        window_hours=720,
        threshold=20,
        at_least=10,
        effect=Effect.WARN,
        reason="一个月里退款超过两成。",
        reason_en="More than a fifth of the month’s orders were refunded.",
        hits=(ConductExample(4, 20),),
        passes=(ConductExample(1, 20), ConductExample(3, 9)),
    ),
    ConductRule(
        id=derive(_TOWN, "demo", "conduct rule", "regulars"),
        name="常客",
        kind=ConductKind.SAME_BUYER,
        window_hours=168,
        threshold=2,
        at_least=4,
        effect=Effect.NOTE,
        reason="同一个买家在一周里买了好几单。",
        reason_en="One buyer placed several orders within a week.",
        hits=(ConductExample(2, 6),),
        passes=(ConductExample(1, 6),),
    ),
)
"""The town's rules on conduct: the last only notes what it finds."""


def trial_id(rule: ConductRule) -> UUID:
    """Make the id of the trial of a rule of the town."""
    return derive(rule.id, "trial")


def word_trial_id(rules: Sequence[WordRule]) -> UUID:
    """Make the id of the trial of word rules of the town."""
    return derive(rules[0].id, "trial")


async def try_words(database: Database, rules: Sequence[WordRule], operator: Actor) -> None:
    """Try word rules on what is on sale so far."""
    await try_word_rules(database, [TryWordRules(id=word_trial_id(rules), rules=tuple(rules), actor=operator)])
    trier = Trier()
    while await trier.work(database, 1):
        pass


def kettle_sku(shop_id: UUID) -> UUID:
    """Make the id of the one kind of iron kettle."""
    return derive(shop_id, "demo", "kettle sku")


def kettle(shop_id: UUID, owner: Actor) -> SaveProduct:
    """Say what the iron kettle is, whose price will jump."""
    return SaveProduct(
        id=derive(shop_id, "demo", "kettle"),
        shop_id=shop_id,
        title="手工铸铁壶",
        handle="iron-kettle",
        description_html="<p>生铁翻砂，一把一个模子，水开了声音像松风。</p>",
        kind="茶具",
        skus=(SaveSku(id=kettle_sku(shop_id), price=268_00),),
        state=ProductState.LISTED,
        actor=owner,
    )


async def put_a_kettle_on_sale(tx: Transaction, *, shop_id: UUID, owner: Actor) -> None:
    """Put on sale what will cost three times as much one day."""
    await save_products(tx, [kettle(shop_id, owner)])
    await set_stock(tx, [SetStock(sku_id=kettle_sku(shop_id), shop_id=shop_id, on_hand=KETTLES, actor=owner)])


async def say_what_is_too_much(tx: Transaction, *, operator: Actor) -> None:
    """Try the rules on conduct over what there was so far, and put them in force."""
    trials = [TryConductRule(id=trial_id(rule), rule=rule, actor=operator) for rule in CONDUCT_RULES]
    await try_conduct_rules(tx, trials)
    while await go_on_trying(tx):
        pass
    reason = "先从这三条开始，看一个月。"
    rules = PublishConductRules(version=2, put=CONDUCT_RULES, retire=(), reason=reason, actor=operator)
    await publish_conduct_rules(tx, [rules])


async def raise_a_price(tx: Transaction, *, shop_id: UUID, owner: Actor) -> None:
    """Let the kettle cost three times as much: a rule finds it when the hour is over."""
    product = kettle(shop_id, owner)
    (sku,) = product.skus
    change = ChangePrice(
        sku_id=sku.id,
        product_id=product.id,
        shop_id=shop_id,
        price_before=sku.price,
        price=sku.price * 3,
        compare_at=None,
        actor=owner,
    )
    await change_prices(tx, [change])


def complaint_id(product_id: UUID) -> UUID:
    """Make the id of the town's complaint of a product."""
    return derive(product_id, "demo", "complaint")


async def watch(
    tx: Transaction, *, shop_id: UUID, owner: Actor, hurried_id: UUID, operator: Actor, complained: UUID, answered: UUID
) -> None:
    """Let a rule take something down and its owner appeal, and let people complain: one waits, one has an answer.

    Another shop (*hurried_id*) may put nothing new on sale.
    """
    pillow = SaveProduct(
        id=derive(shop_id, "demo", "pillow"),
        shop_id=shop_id,
        title="祖传秘方艾草枕",
        handle="mugwort-pillow",
        description_html="<p>家里的方子，艾草和荞麦壳晒一个夏天，再一把一把装进去。</p>",
        kind="家居",
        skus=(SaveSku(id=derive(shop_id, "demo", "pillow sku"), price=68_00),),
        state=ProductState.LISTED,
        actor=owner,
    )
    await save_products(tx, [pillow])
    rules = PublishWordRules(version=3, put=(CURES,), retire=(), reason="吃的用的不能说能治病。", actor=operator)
    await publish_word_rules(tx, [rules])
    await screen_products(tx, [pillow.id])
    for each in await list_penalties_of_shop(tx, shop_id, None, 1):
        text = "“秘方”说的是家里装枕头的方子，没有说能治病。名字用了二十年，请看一看。"
        appeal = AppealPenalty(penalty_id=each.penalty.id, shop_id=shop_id, text=text, actor=owner)
        await appeal_penalties(tx, [appeal])
    hurried = FileComplaint(
        id=complaint_id(hurried_id),
        subject_kind=SubjectKind.SHOP,
        subject_id=hurried_id,
        kind=ComplaintKind.MISLEADING,
        text="一天上了十几样，照片都是别家的。",
        actor=Actor("system"),
    )
    await file_complaints(tx, [hurried])
    inquiry_id = derive(hurried.id, "inquiry")
    await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=operator)])
    reason = "商品照片用了别家的，还没有得到同意。请换成自己的，再上架新的。"
    frozen = DecideInquiry(
        inquiry_id=inquiry_id,
        verdict=Verdict.LISTING_FROZEN,
        reason=reason,
        answer="已经让店家换掉了。",
        actor=operator,
    )
    await decide_inquiries(tx, [frozen])
    said = (
        (complained, ComplaintKind.MISLEADING, "照片里是整套，收到只有一个杯子，页面上没有写清楚。"),
        (answered, ComplaintKind.COUNTERFEIT, "看着不像手工的，想请平台查一查。"),
    )
    await file_complaints(
        tx,
        [
            FileComplaint(
                id=complaint_id(id),
                subject_kind=SubjectKind.PRODUCT,
                subject_id=id,
                kind=kind,
                text=text,
                actor=Actor("system"),
            )
            for id, kind, text in said
        ],
    )
    inquiry_id = derive(complaint_id(answered), "inquiry")
    await take_inquiries(tx, [TakeInquiry(inquiry_id=inquiry_id, actor=operator)])
    decision = DecideInquiry(
        inquiry_id=inquiry_id,
        verdict=Verdict.DISMISSED,
        reason="",
        answer="看了作坊的照片和进货单，是手工做的。谢谢你告诉我们。",
        actor=operator,
    )
    await decide_inquiries(tx, [decision])

"""What the operator of the demo town watches: words that are said nowhere, or looked at first."""

from typing import Final
from uuid import UUID

from weiji.kit.ids import derive
from weiji.word_rules import Action, Field, WordRule

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
        fields=(Field.TITLE, Field.DESCRIPTION, Field.SHOP_NAME, Field.STOREFRONT),
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

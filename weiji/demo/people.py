"""Who lives in the demo town: six people whom anybody may be, two beside them, and those who fill the street."""

from typing import Final, Literal
from uuid import UUID

from msgspec import Struct

from weiji.identity.model import Locale
from weiji.kit.ids import derive

Part = Literal["buyer", "merchant", "operator"]

TOWN: Final = "weiji demo town"
"""What the ids of the town are derived from."""

LOGIN_PASSWORD: Final = "a-walk-through-the-town"  # noqa: S105 - Everybody may know both: the bar shows them.
PAYMENT_PASSWORD: Final = "123789"  # noqa: S105
"""Of all whom anybody may be."""


class Resident(Struct, frozen=True, kw_only=True):
    """One of those whom anybody may be."""

    handle: str
    name: str
    part: Part
    region: str = ""
    detail: str = ""
    phone: str = ""
    locale: Locale = "zh-CN"

    @property
    def id(self) -> UUID:
        """The person's id, the same in every town."""
        return place_id(self.handle)


def place_id(name: str) -> UUID:
    """Make the id of somebody or something of the town, in a shard that its name says."""
    return derive(UUID(int=sum(name.encode()) % 64), TOWN, name)


RESIDENTS: Final = (
    Resident(
        handle="xiaoyu", name="小鱼", part="buyer", region="浙江省 杭州市 西湖区", detail="文三路 128 号 3 幢 502",
        phone="+8613800138001",
    ),
    Resident(
        handle="aming", name="阿明", part="buyer", region="四川省 成都市 武侯区", detail="玉林西路 55 号",
        phone="+8613800138002",
    ),
    Resident(
        handle="emma", name="Emma", part="buyer", region="上海市 徐汇区", detail="武康路 99 弄 7 号",
        phone="+8613800138003", locale="en",
    ),
    Resident(handle="laozhou", name="老周", part="merchant"),
    Resident(handle="shenjie", name="沈姐", part="merchant"),
    Resident(handle="wenshan", name="文山", part="operator"),
)  # fmt: skip
"""The six, in the order of the bar."""

COLLEAGUE: Final = Resident(handle="qinglan", name="青岚", part="operator")
"""Who else is at the operator's desk: what takes two of the staff, one tries by being one and then the other."""

HELPER: Final = Resident(handle="xiaohe", name="小何", part="merchant")
"""Who ships for the first shop, and owns none. None of the buyers does: nobody buys where they work."""

BESIDE: Final = {"wenshan": COLLEAGUE, "qinglan": COLLEAGUE, "laozhou": HELPER, "xiaohe": HELPER}
"""Whom the bar offers beside the six to whom, by handle."""

BY_HANDLE: Final = {resident.handle: resident for resident in (*RESIDENTS, COLLEAGUE, HELPER)}
BUYERS: Final = tuple(resident for resident in RESIDENTS if resident.part == "buyer")

STREET: Final = (
    "豆豆", "林夕", "大海", "阿宝", "Leo", "圆圆", "老李", "小北", "晚晚", "Mia", "石头", "青禾",
    "果果", "阿布", "知秋", "小满", "Nora", "木木", "阿城", "糖糖",
)  # fmt: skip
"""What those are called who walk by on a busy street."""


def stroller_id(number: int) -> UUID:
    """Make the id of somebody on the street."""
    return place_id(f"stroller {number}")

"""China's provinces, cities and districts by their GB/T 2260 codes: names, what lies in what, and texts read back.

The data are those of the npm package @vant/area-data, put beside the other assets when they are built. A code has six
digits: two for the province, two for the city, two for the district; a province ends in 0000, a city in 00. Below Hong
Kong, Macau and Taiwan the codes are the package's own. Codes that the standard gave up are not known any more: whatever
keeps a code keeps its text beside it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from weiji.web.assets import DIST, manifest

FILE: Final = "regions.json"

_SUFFIXES: Final = re.compile(
    r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|自治州|自治县|省|市|盟|地区|新区|区|县|旗)\Z"
)
_GAPS: Final = re.compile(r"[\s,，、/·\-]+")
_SHORT_MIN: Final = 2
"""Characters that are left of a name without its suffix, at least: 西 is nobody's short name."""


class Found(Struct, frozen=True):
    """A region that a text begins with, as far as it names one; and the rest of the text."""

    code: str
    rest: str


class Picker(Struct, frozen=True):
    """What a form offers where a region is chosen: each list is pairs of code and name."""

    province: str
    city: str
    district: str
    provinces: list[tuple[str, str]]
    cities: list[tuple[str, str]]
    districts: list[tuple[str, str]]


@cache
def regions() -> Mapping[str, str]:
    """Give the name of every region by its code, in the order of codes."""
    read: dict[str, str] = msgspec.json.decode((DIST / manifest().files[FILE]).read_bytes())
    return dict(sorted(read.items()))


@cache
def _children() -> Mapping[str, list[str]]:
    inside: dict[str, list[str]] = {"": []}
    for code in regions():
        inside.setdefault(parent_of(code), []).append(code)
    return inside


def parent_of(code: str) -> str:
    """Name what a region lies in; a province lies in nothing (an empty text)."""
    if code.endswith("0000"):
        return ""
    return code[:2] + "0000" if code.endswith("00") else code[:4] + "00"


def inside(code: str) -> list[tuple[str, str]]:
    """List what lies right in a region, code and name of each; in nothing (an empty text): the provinces."""
    return [(child, regions()[child]) for child in _children().get(code, [])]


def is_district(code: str) -> bool:
    """Tell whether a code is that of a district: the smallest region that there is."""
    return code in regions() and not code.endswith("00")


def is_region(code: str) -> bool:
    """Tell whether there is such a region."""
    return code in regions()


def covers(region: str, code: str) -> bool:
    """Tell whether *code* is *region* or lies in it."""
    return code == region or code.startswith(re.sub(r"(?:00){1,2}\Z", "", region))


def way_to(code: str) -> list[str]:
    """List the codes from the province down to a region that there is."""
    parent = parent_of(code)
    return [*way_to(parent), code] if parent else [code]


def text_of(code: str) -> str:
    """Write a region as addresses do: 浙江省 杭州市 西湖区. A city that is its own province is named once."""
    province, *below = (regions()[part] for part in way_to(code))
    if below and below[0] == province:
        del below[0]
    return " ".join([province, *(name for name in below if not _is_filler(name))])


def _is_filler(name: str) -> bool:
    # What stands in the tables between a province and what it governs itself is no part of an address.
    return name in ("县", "省直辖县", "自治区直辖县级行政区划")


def picker(code: str) -> Picker:
    """Make what a form shows with the region *code* chosen, as far down as it goes."""
    way = way_to(code) if code in regions() else []
    province, city, district = (*way, "", "", "")[:3]
    if province and not city and len(inside(province)) == 1:
        city = inside(province)[0][0]  # 北京市 has one city: 北京市.
    return Picker(
        province=province,
        city=city,
        district=district,
        provinces=inside(""),
        cities=inside(province) if province else [],
        districts=inside(city) if city else [],
    )


def chosen(province: str, city: str, district: str) -> str:
    """Read three choices of a form: the smallest region that fits into those above it; an empty text for none."""
    code = province if province in _children()[""] else ""
    for choice in (city, district):
        if not code or choice not in _children().get(code, []):
            break
        code = choice
    return code


def find_region(text: str) -> Found:
    """Find the region that *text* begins with: names may be short (浙江), run together, or leave out what is clear."""
    rest = _GAPS.sub(" ", text).strip()
    code = ""
    for child, after in _named(_children()[""], rest):
        code, rest = child, after
        break
    city, after = _find_city(code, rest)
    if city:
        code, rest = city, after
    elif not code:
        return Found("", rest)
    district, after = _find_district(code, rest)
    if district:
        return Found(district, after)
    return Found(code, rest)


@lru_cache(maxsize=4_096)
def district_in(text: str) -> str:
    """Give the code of the district that a text names, and nothing but that; else an empty text."""
    found = find_region(text)
    return found.code if is_district(found.code) and not found.rest else ""


def _find_city(province: str, text: str) -> tuple[str, str]:
    if province:
        cities = _children()[province]
        if len(cities) == 1:
            # The name of 北京市 may come twice.
            return cities[0], next((after for _, after in _named(cities, text)), text)
        return next(iter(_named(cities, text)), ("", text))
    everywhere = [city for each in _children()[""] for city in _children()[each]]
    return next(iter(_named(everywhere, text, is_whole=True)), ("", text))


def _find_district(code: str, text: str) -> tuple[str, str]:
    if not code.endswith("0000"):
        return next(iter(_named(_children().get(code, []), text)), ("", text))
    # The city is left out: the name has to be a whole one, of one district only.
    found = list(_named([d for city in _children()[code] for d in _children()[city]], text, is_whole=True))
    return found[0] if len(found) == 1 else ("", text)


def _named(codes: list[str], text: str, *, is_whole: bool = False) -> Iterator[tuple[str, str]]:
    """Find which of *codes* a text begins with, and what comes after: whole names first, the longest first."""
    names = sorted(((regions()[code], code) for code in codes), key=lambda pair: -len(pair[0]))
    for name, code in names:
        if text.startswith(name):
            yield code, text[len(name) :].lstrip()
    if is_whole:
        return
    for name, code in names:
        short = _SUFFIXES.sub("", name)
        if len(short) >= _SHORT_MIN and text.startswith(short):
            yield code, text[len(short) :].lstrip()

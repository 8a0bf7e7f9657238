"""Chinese characters: which they are, what a traditional one is in simplified writing, and how they are read."""

import re
from functools import cache
from typing import Any, Final

CJK: Final = (
    "\u3005\u3007\u3040-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Characters that are written without spaces between words: ideographs, kana, hangul."""

HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
"""Ideographs that have a reading."""

_CJK: Final = re.compile(f"[{CJK}]")


class _Simplified(dict[int, str]):
    """Traditional character → simplified, each looked up once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        found = _converter().convert(character) if _CJK.match(character) else character
        self[code] = found
        return found


SIMPLIFIED: Final = _Simplified()
"""What `str.translate` takes to write a text in simplified characters, each for itself."""


@cache
def _converter() -> Any:
    from opencc import OpenCC  # Loaded where something is first folded, not with every command.

    return OpenCC("t2s")


def is_cjk(token: str) -> bool:
    """Tell whether a token begins with a CJK character."""
    return _CJK.match(token) is not None


def blur(sound: str) -> str:
    """Make sounds equal that many speakers do not tell apart: zh z, ch c, sh s, ng n; also where one slips into the
    next syllable (pinguo, pingguo).
    """
    return re.sub("ng+", "n", sound.replace("zh", "z").replace("ch", "c").replace("sh", "s"))


def syllables_of(text: str) -> list[str]:
    """Say how ideographs are read, one syllable for each; words that are read in a way of their own (重庆) are."""
    from pypinyin import lazy_pinyin  # Its dictionaries take 50 MB: only who needs them loads them.

    found = lazy_pinyin(text, errors="ignore")
    if len(found) == len(text):
        return found
    return ["".join(lazy_pinyin(character, errors="ignore")) for character in text]  # One of them has no reading.


@cache
def syllable_of(character: str) -> str:
    """Say how an ideograph is read that stands alone; empty where it has no reading."""
    return "".join(syllables_of(character))

"""Folds texts so that what looks alike is alike, and takes them apart into what is looked up.

Everything here is done character by character, so that a part of a text folds to a part of the folded text: that is
why nothing is missed. Conversions that look at a phrase (as OpenCC's do, for 乾隆) would break it.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from weiji.kit.chinese import CJK, SIMPLIFIED, is_cjk

WORD_MAX: Final = 64
"""Characters of a Latin word that are looked up; the rest is compared."""

_TOKEN: Final = re.compile(rf"[{CJK}]+|\d+|(?:(?![{CJK}])[^\W\d_])+")
_MARKS: Final = re.compile("[\u0300-\u036f]")


def tokens_of(text: str) -> list[str]:
    """Take a text apart: runs of CJK characters, words of letters, numbers; folded, in order.

    Width, case, accents and traditional forms make no difference (ＡＢＣ = abc, é = e, 蘋果 = 苹果).
    """
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text).lower())
    return _TOKEN.findall(unicodedata.normalize("NFKC", plain).translate(SIMPLIFIED))


def fold(text: str) -> str:
    """Fold a text: its tokens, a space before each and one at the end."""
    return join(tokens_of(text))


def join(tokens: Iterable[str]) -> str:
    """Write tokens as a folded text."""
    joined = " ".join(tokens)
    return f" {joined} " if joined else " "


def terms_of(token: str) -> set[str]:
    """Say under which terms a token is found: a CJK run by each two neighbours, and its last character alone."""
    if not is_cjk(token):
        return {token[:WORD_MAX]}
    return {token[at : at + 2] for at in range(len(token))}


def query_of(word: str) -> str:
    """Write the query of PostgreSQL for what has a word of a search in it.

    One character is the beginning of a term; so is a word of letters. A number is meant whole.
    """
    if not is_cjk(word):
        return f"'{word[:WORD_MAX]}'" + ("" if word.isdigit() else ":*")
    if len(word) == 1:
        return f"'{word}':*"
    return " & ".join(f"'{word[at : at + 2]}'" for at in range(len(word) - 1))


def pattern_of(word: str) -> str:
    """Write the LIKE pattern of a folded text that has a word of a search in it."""
    if is_cjk(word):
        return f"%{word}%"
    return f"% {word} %" if word.isdigit() else f"% {word}%"

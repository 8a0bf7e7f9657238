"""What words sound like, and what they look like with a slip: for searches that nothing answers exactly.

A title is found by the pinyin of any of its ideographs and those after it, whole (pingguo) or by initials (pg), and
each of its Latin words by what it becomes when one letter is left out: two words that differ by one letter, or by two
that changed places, have one of these in common.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from weiji.kit.chinese import HAN, blur, is_cjk, syllables_of
from weiji.search.folding import query_of

SYLLABLES_MAX: Final = 8
"""Syllables of a sound that are looked up."""

LETTERS_MIN: Final = 4
LETTERS_MAX: Final = 24
"""Letters of a Latin word in which slips are looked for: a shorter one is another word, a longer one no word."""

SLIP_MIN: Final = 3
SLIP_MAX: Final = 12
"""Characters of a CJK word in which slips are looked for. Of two, one would remain."""

_HAN: Final = re.compile(f"[{HAN}]+")
_LETTERS: Final = re.compile("[a-z]+")


def sounds_of(tokens: Sequence[str]) -> set[str]:
    """Say under which terms a title is found by its sound, and by slips in its Latin words."""
    found: set[str] = set()
    for token in tokens:
        if not is_cjk(token):
            found.update(_left_out(token))
        for run in _HAN.findall(token):
            syllables = syllables_of(run)
            for at in range(len(syllables)):
                heard = syllables[at : at + SYLLABLES_MAX]
                found.add("y:" + blur("".join(heard)))
                found.add("i:" + "".join(syllable[:1] for syllable in heard))
    return found


def query_by_sound(tokens: Sequence[str]) -> str | None:
    """Write the query for titles that sound like the words of a search; None where they have no sound."""
    parts = []
    for token in tokens:
        if not is_cjk(token):
            ways = [query_of(token), *(f"'{term}'" for term in sorted(_left_out(token)))]
            if _LETTERS.fullmatch(token) and len(token) > 1:
                ways += [f"'y:{blur(token)}':*", f"'i:{token[:SYLLABLES_MAX]}':*"]
        elif _HAN.fullmatch(token) and len(token) > 1:
            ways = [f"'y:{blur(''.join(syllables_of(token[:SYLLABLES_MAX])))}':*"]
        else:
            ways = [query_of(token)]
        parts.append(f"({' | '.join(f'({way})' for way in ways)})")
    return " & ".join(parts) if parts else None


def query_by_slips(tokens: Sequence[str]) -> tuple[str, str] | None:
    """Write the query for titles that have the CJK words of a search but for one character in each, and the pattern
    of what was looked up by mistake: one wrong, missing or too many, or two that changed places.
    """
    if not any(is_cjk(token) and SLIP_MIN <= len(token) <= SLIP_MAX for token in tokens):
        return None
    queries, patterns = [], []
    for token in tokens:
        slips = list(_slips(token)) if is_cjk(token) and SLIP_MIN <= len(token) <= SLIP_MAX else [token]
        queries.append(" | ".join(f"({' & '.join(map(query_of, slip.replace('.', ' ').split()))})" for slip in slips))
        patterns.append("|".join(slips))
    query = " & ".join(f"({query})" for query in queries)
    return query, "^" + "".join(f"(?=.*(?:{pattern}))" for pattern in patterns)


def find_meant(tokens: Sequence[str], title: Sequence[str]) -> str | None:
    """Find the part of a title that sounds or looks like a search of one word."""
    if len(tokens) != 1:
        return None
    token = tokens[0]
    if is_cjk(token):
        return _find_sound("".join(syllables_of(token)), title, len(token)) or _find_slip(token, title)
    left_out = _left_out(token)
    alike = (word for word in title if not is_cjk(word) and left_out & _left_out(word))
    return _find_sound(token, title) or _find_initials(token, title) or next(alike, None)


def _left_out(word: str) -> set[str]:
    """Give a Latin word with each of its letters left out, and whole, as terms."""
    if not LETTERS_MIN <= len(word) <= LETTERS_MAX or word.isdigit():
        return set()
    return {f"d:{word}", *(f"d:{word[:at]}{word[at + 1 :]}" for at in range(len(word)))}


def _slips(token: str) -> Iterator[str]:
    """Give what a word may have been before one slip, the likeliest first; a dot is any character."""
    yield token
    inner = range(1, len(token))
    yield from (token[: at - 1] + token[at] + token[at - 1] + token[at + 1 :] for at in inner)
    yield from (token[:at] + "." + token[at:] for at in inner)
    yield from (token[:at] + "." + token[at + 1 :] for at in range(len(token)))
    yield from (token[:at] + token[at + 1 :] for at in range(len(token)))


def _find_sound(sound: str, title: Sequence[str], length: int | None = None) -> str | None:
    wanted = blur(sound)
    for run in _runs(title):
        syllables = syllables_of(run)
        for at in range(len(run)):
            for end in range(at + 1, min(len(run), at + SYLLABLES_MAX) + 1):
                is_whole = length is None or end - at == length
                if wanted and is_whole and blur("".join(syllables[at:end])).startswith(wanted):
                    return run[at:end]
    return None


def _find_initials(letters: str, title: Sequence[str]) -> str | None:
    for run in _runs(title):
        initials = "".join(syllable[:1] or " " for syllable in syllables_of(run))
        at = initials.find(letters)
        if at >= 0:
            return run[at : at + len(letters)]
    return None


def _find_slip(token: str, title: Sequence[str]) -> str | None:
    if not SLIP_MIN <= len(token) <= SLIP_MAX:
        return None
    for slip in _slips(token):
        for run in _runs(title):
            found = re.search(slip, run)
            if found:
                return found[0]
    return None


def _runs(title: Sequence[str]) -> list[str]:
    return [run for token in title for run in _HAN.findall(token)]

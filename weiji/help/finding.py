"""Finds topics by what somebody types: Chinese by pairs of characters, other words as they are. No database."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from weiji.help.model import Topic

QUERY_MAX: Final = 100
FOUND_MAX: Final = 12

_RUNS: Final = re.compile(r"[一-鿿]+|[a-z0-9]+")
_ENDINGS: Final = re.compile(r"(?:ings?|ed|es|e|s)\Z")
_FIGURES: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_LINKS: Final = re.compile(r"\]\([^)]*\)")
_ASKING: Final = frozenset(
    re.findall(
        r"\S+",
        "怎么 么办 什么 为什 可以 如何 么样 怎样 哪里 多少 能不 不能 一下 想要 我要 我想"
        " how do did does can what when where why is am are be it the to my me of in at an for not with",
    )
)
"""What questions have in common, whatever they are about."""

QUESTION, CALLED, ANSWER, STEPS = 8, 8, 3, 1
"""How much it says that a part of a topic has what was typed."""


def find(query: str, topics: Iterable[Topic]) -> list[Topic]:
    """Find the topics that have most of what was typed, the best first: what few of them have says more."""
    wanted = pieces_of(query[:QUERY_MAX]) - _ASKING
    weights = [(topic, _weigh(wanted, topic)) for topic in topics]
    had_by = Counter(piece for _topic, weighed in weights for piece in weighed)
    scored = [(sum(weight / had_by[piece] for piece, weight in weighed.items()), topic) for topic, weighed in weights]
    best = max((score for score, _topic in scored), default=0)
    found = sorted((each for each in scored if each[0] > best / 5), key=lambda each: -each[0])
    return [topic for _score, topic in found[:FOUND_MAX]]


def pieces_of(text: str) -> frozenset[str]:
    """Take a text apart: pairs of Chinese characters, and other words without their endings."""
    pieces: set[str] = set()
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if run.isascii():
            pieces.add(_ENDINGS.sub("", run) if len(run) > 4 else run)
        elif len(run) == 1:
            pieces.add(run)
        else:
            pieces |= {run[at : at + 2] for at in range(len(run) - 1)}
    return frozenset(pieces)


def _weigh(wanted: frozenset[str], topic: Topic) -> dict[str, int]:
    """Say which of the pieces a topic has, and how much each of them says of it."""
    weighed = {
        piece: sum(weight for weight, had, text in _parts(topic) if piece in had or (len(piece) == 1 and piece in text))
        for piece in wanted
    }
    return {piece: weight for piece, weight in weighed.items() if weight}


@lru_cache(maxsize=1_000)
def _parts(topic: Topic) -> tuple[tuple[int, frozenset[str], str], ...]:
    """Take a topic apart, once."""
    texts = ((QUESTION, topic.question), (CALLED, " ".join(topic.words)), (ANSWER, topic.answer), (STEPS, topic.steps))
    bare = ((weight, _LINKS.sub("] ", _FIGURES.sub(" ", text))) for weight, text in texts)
    return tuple((weight, pieces_of(text), text) for weight, text in bare)

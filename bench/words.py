"""Measures what word rules cost whoever saves something: 10,000 rules on descriptions of goods.

`python -m bench.words`.
"""

import argparse
import json
import random
import time
from typing import Any

from bench.search import LOOKS, STUFFS, TALK, THINGS
from weiji.kit.ids import new_id
from weiji.word_rules import Action, Field, Matcher, WordRule


def bench(rules: int, length: int, texts: int) -> dict[str, Any]:
    """Make rules that nothing says, but for a few, and look at texts of *length* characters."""
    chance = random.Random(7)  # noqa: S311
    signs = [chr(code) for code in range(0x4E00, 0x9000)]
    words = {"".join(chance.choices(signs, k=chance.randint(2, 5))) for _ in range(rules)}
    made = [
        WordRule(
            id=new_id(), name=word, words=(word,), action=Action.REVIEW, fields=tuple(Field), reason="-", hits=(word,),
            by_sound=len(word) > 2 and place % 10 == 0,
        )
        for place, word in enumerate(sorted(words))
    ]  # fmt: skip
    began = time.perf_counter()
    matcher = Matcher(made)
    built = time.perf_counter() - began
    said = [
        "".join(chance.choices([*LOOKS, *STUFFS, *THINGS, *TALK, "，", "。"], k=length))[:length] for _ in range(texts)
    ]
    matcher.find([(Field.TITLE, said[0])])
    taken = []
    hits = 0
    for text in said:
        began = time.perf_counter()
        hits += len(matcher.find([(Field.TITLE, text)]))
        taken.append(time.perf_counter() - began)
    taken.sort()
    return {
        "bench": "words",
        "rules": len(made),
        "characters": length,
        "build_seconds": round(built, 2),
        "text_ms_median": round(taken[len(taken) // 2] * 1_000, 3),
        "text_ms_p99": round(taken[int(len(taken) * 0.99)] * 1_000, 3),
        "characters_per_second": round(length * texts / sum(taken)),
        "hits": hits,
    }


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--characters", type=int, default=2_000)
    parser.add_argument("--texts", type=int, default=500)
    given = parser.parse_args()
    print(json.dumps(bench(given.rules, given.characters, given.texts)))


if __name__ == "__main__":
    main()

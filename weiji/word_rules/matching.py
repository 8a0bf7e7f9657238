"""Finds words of rules in texts, whatever they are disguised as. What is stored is never changed: only looked at.

A text is looked at in three ways, from cheap to dear:
1. *folded*: width, case, accents and traditional characters make no difference;
2. *squeezed*: spaces, punctuation and what can't be seen are left out;
3. *by sound*, where a rule asks for it: ideographs become their pinyin. This finds too much: somebody looks at it.

One automaton finds all words of a version at once; only where it found something is it asked whether the hit lies on
the boundaries of words: 相信用户 does not say 信用, nor "essex" what is in it.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from html.parser import HTMLParser
from typing import Final
from uuid import UUID

from ahocorasick_rs import AhoCorasick

from weiji.kit.chinese import CJK, SIMPLIFIED, is_cjk, syllable_of, syllables_of
from weiji.word_rules.model import SOUND_MIN, Action, Field, Hit, WordRule

_MARKS: Final = re.compile("[\u0300-\u036f]")
_LATIN: Final = re.compile("[a-z]+")
_UNIT: Final = re.compile(rf"[{CJK}]|\d+|[^{CJK}\d]+")
_RUN: Final = re.compile(f"[{CJK}]+|[^{CJK}]+")

_FREQUENCY: Final = 1_000
"""How common a rule's word is held to be, at least, when a text is cut into words: 微信 is in no dictionary."""

LOOKED_AT_MAX: Final = 2_000
"""Places in one text that are looked at more closely, the same surroundings once: whoever repeats a word does not get
more of our time. What is left then somebody looks at: harmless words hide no other.
"""

_NEAR: Final = 20
"""Characters on each side of a hit that are looked at when a text is cut into words."""

_BLOCKS: Final = frozenset({"p", "br", "li", "ul", "ol", "div", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "td", "hr"})

_SEVERITY: Final = {action: place for place, action in enumerate(Action)}


class _Squeezed(dict[int, str]):
    """Character → what it counts as: one or more folded letters, digits, ideographs; nothing for all else."""

    def __missing__(self, code: int) -> str:
        plain = _MARKS.sub("", unicodedata.normalize("NFKD", chr(code)).lower())
        folded = unicodedata.normalize("NFKC", plain).translate(SIMPLIFIED)
        found = "".join(character for character in folded if character.isalnum())
        self[code] = found
        return found


class _Sounds(dict[int, str]):
    """Folded character → how it sounds, roughly; a letter is itself."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        found = (_blurred(syllable_of(character)) if is_cjk(character) else "") or character
        self[code] = found
        return found


_SQUEEZED: Final = _Squeezed()
_SOUNDS: Final = _Sounds()


def squeeze(text: str) -> str:
    """Fold a text, and leave out everything but letters, digits and ideographs."""
    return text.translate(_SQUEEZED)


def _blurred(sound: str) -> str:
    """Make sounds equal that many speakers do not tell apart; one syllable or one written word at a time."""
    return sound.replace("zh", "z").replace("ch", "c").replace("sh", "s").replace("ng", "n")


def _sound(squeezed: str) -> str:
    return _LATIN.sub(lambda run: _blurred(run[0]), squeezed).translate(_SOUNDS)


class _Aligned:
    """A squeezed text with the place that each of its characters has in what was written."""

    def __init__(self, text: str) -> None:
        self.text = text
        characters: list[str] = []
        self.places: list[int] = []
        self.seams: list[bool] = []
        """Whether something that can be seen was left out before a character."""
        is_seam = False
        for place, character in enumerate(text):
            folded = _SQUEEZED[ord(character)]
            if not folded:
                # What can't be seen parts nothing.
                is_seam = is_seam or unicodedata.category(character) not in ("Cf", "Mn", "Cc")
                is_seam = is_seam or character in "\n\t\r"
                continue
            for each in folded:
                characters.append(each)
                self.places.append(place)
                self.seams.append(is_seam)
                is_seam = False
        self.squeezed = "".join(characters)

    def found(self, start: int, end: int) -> str:
        """Give what was written where a hit is."""
        return self.text[self.places[start] : self.places[end - 1] + 1]

    def around(self, start: int, end: int) -> tuple[str, int, tuple[bool, ...]]:
        """Give all that decides whether a hit is a word: where it is the same, so is the answer."""
        from_ = max(0, start - _NEAR)
        return self.squeezed[from_ : end + _NEAR], start - from_, tuple(self.seams[start : end + 1])

    def parts(self, at: int) -> bool:
        """Tell whether a word that is no ideographs may begin, or end, before a character."""
        if at in (0, len(self.squeezed)) or self.seams[at]:
            return True
        return _kind(self.squeezed[at - 1]) != _kind(self.squeezed[at])


def _kind(character: str) -> int:
    return 0 if is_cjk(character) else 1 if character.isdigit() else 2


def _gaps(text: str, seams: Sequence[bool]) -> list[bool]:
    """Tell of each two neighbours that are letters or digits of one kind whether something stands between."""
    kinds = [_kind(character) for character in text]
    return [seams[at] for at in range(1, len(text)) if kinds[at] and kinds[at] == kinds[at - 1]]


class _Word:
    """A word of a rule, as it is looked for."""

    __slots__ = ("gaps", "is_cut", "rule", "squeezed", "word")

    def __init__(self, rule: WordRule, word: str) -> None:
        self.rule = rule
        self.word = word
        aligned = _Aligned(word)
        self.squeezed = aligned.squeezed
        self.gaps = _gaps(self.squeezed, aligned.seams)
        self.is_cut = any(map(is_cjk, self.squeezed))


class Matcher:
    """The rules of one version, made ready to find their words. It never changes.

    Making one takes a second or two for 10,000 rules, dictionaries included: it is done in a thread, once a version.
    """

    def __init__(self, rules: Sequence[WordRule]) -> None:
        self.rules: dict[UUID, WordRule] = {rule.id: rule for rule in rules}
        words = [_Word(rule, word) for rule in rules for word in rule.words]
        self._words = [word for word in words if word.squeezed]
        heard = [
            (word, sound)
            for word in self._words
            if word.rule.by_sound and sum(map(is_cjk, word.squeezed)) >= SOUND_MIN
            for sound in {_sound(word.squeezed), _read(word.squeezed)}
        ]
        self._heard = [word for word, _ in heard]
        self._automaton = AhoCorasick([word.squeezed for word in self._words]) if self._words else None
        self._ear = AhoCorasick([sound for _, sound in heard]) if heard else None
        self._cutter = _Cutter([word.squeezed for word in self._words if word.is_cut])

    def find(self, texts: Iterable[tuple[Field, str]], allowed: Collection[tuple[UUID, str]] = ()) -> list[Hit]:
        """Find what rules have to say about texts, the strictest first; of each rule and field one hit.

        *allowed* are words of rules that may be said here.
        """
        if self._automaton is None:
            return []
        found: dict[tuple[UUID, Field], Hit] = {}
        for field, text in texts:
            for hit in self._hits(field, text_of(text) if field in _HTML else text, allowed):
                key = (hit.rule_id, field)
                if key not in found or _order(hit) < _order(found[key]):
                    found[key] = hit
        return sorted(found.values(), key=lambda hit: (_SEVERITY[hit.action], hit.name))

    def _hits(self, field: Field, text: str, allowed: Collection[tuple[UUID, str]]) -> Iterator[Hit]:
        assert self._automaton is not None
        squeezed = squeeze(text)
        aligned: _Aligned | None = None
        done: set[UUID] = set()
        harmless: set[tuple[str, object]] = set()
        matches = self._automaton.find_matches_as_indexes(squeezed, overlapping=True)
        for word, start, end in self._asked(self._words, matches, field, allowed):
            if word.rule.id in done:
                continue
            aligned = aligned or _Aligned(text)
            place = word.word, aligned.around(start, end)
            if place in harmless:
                continue
            is_looked_at = len(harmless) < LOOKED_AT_MAX
            if is_looked_at and not self._is_word(aligned, word, start, end):
                harmless.add(place)
                continue
            done.add(word.rule.id)
            is_held = not is_looked_at and field in _HELD
            yield _hit(word, field, aligned.found(start, end), is_sure=not is_held)
        if self._ear is None:
            return
        edges: dict[int, int] | None = None
        matches = self._ear.find_matches_as_indexes(_sound(squeezed), overlapping=True)
        for word, from_, to in self._asked(self._heard, matches, field, allowed):
            edges = edges or _edges(squeezed)
            if word.rule.id in done or from_ not in edges or to not in edges:
                continue
            start, end = edges[from_], edges[to]
            if squeezed[start:end] != word.squeezed:  # Else it was judged above.
                done.add(word.rule.id)
                aligned = aligned or _Aligned(text)
                yield _hit(word, field, aligned.found(start, end), is_by_sound=True)

    def _asked(
        self,
        words: Sequence[_Word],
        matches: Sequence[tuple[int, int, int]],
        field: Field,
        allowed: Collection[tuple[UUID, str]],
    ) -> Iterator[tuple[_Word, int, int]]:
        """Leave out what rules do not ask of a field, and what is allowed."""
        return (
            (word, start, end)
            for place, start, end in matches
            if field in (word := words[place]).rule.fields and (word.rule.id, word.word) not in allowed
        )

    def _is_word(self, aligned: _Aligned, word: _Word, start: int, end: int) -> bool:
        """Tell whether a hit lies on the boundaries of words."""
        first, last = word.squeezed[0], word.squeezed[-1]
        if not is_cjk(first) and not aligned.parts(start):
            return False
        if not is_cjk(last) and not aligned.parts(end):
            return False
        gaps = _gaps(word.squeezed, aligned.seams[start:end])
        if any(gaps) and not all(gaps) and gaps != word.gaps:
            return False  # "pen is" is two words of a sentence; "p e n" is one, spelt.
        if len(gaps) == 1 and any(gaps) and gaps != word.gaps:
            return False
        return not word.is_cut or self._cutter.respects(aligned.squeezed, start, end)


_HELD: Final = frozenset({Field.TITLE, Field.DESCRIPTION, Field.REVIEW})
"""Where somebody can look before it is seen. Elsewhere a text with that many words of rules is refused."""

_HTML: Final = frozenset({Field.DESCRIPTION, Field.STOREFRONT})


def _order(hit: Hit) -> tuple[int, bool]:
    return _SEVERITY[hit.action], hit.is_by_sound


def _hit(word: _Word, field: Field, found: str, *, is_by_sound: bool = False, is_sure: bool = True) -> Hit:
    """Make a hit. What only sounds so, or was not looked at closely, is refused by nobody but a person."""
    rule = word.rule
    is_sure = is_sure and not is_by_sound
    return Hit(
        rule_id=rule.id,
        name=rule.name,
        action=rule.action if is_sure or rule.action is not Action.REFUSE else Action.REVIEW,
        field=field,
        word=word.word,
        found=found,
        reason=rule.reason,
        is_by_sound=is_by_sound,
    )


def _read(squeezed: str) -> str:
    """Say how a word sounds as a whole: 行 in 银行 is not what it is alone."""
    sounds = []
    for run in _RUN.findall(squeezed):
        heard = syllables_of(run) if is_cjk(run) else [run]
        written = run if is_cjk(run) else [run]
        sounds += [_blurred(sound) or sign for sound, sign in zip(heard, written, strict=True)]
    return "".join(sounds)


def _edges(squeezed: str) -> dict[int, int]:
    """Tell where in the sound of a text its units begin and end, and where that is in the text.

    A unit is what sounds as one: an ideograph, a word of letters, a number.
    """
    edges: dict[int, int] = {}
    at = 0
    for unit in _UNIT.finditer(squeezed):
        edges[at] = unit.start()
        run = unit[0]
        at += len(_SOUNDS[ord(run)]) if len(run) == 1 else len(_sound(run))
    edges[at] = len(squeezed)
    return edges


class _Cutter:
    """Cuts runs of ideographs into words, those of the rules among them."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = frozenset(words)
        if words:
            import rjieba  # Its dictionary takes 30 MB: only who has rules about ideographs loads it.

            self._cut_plainly = rjieba.cut
            jieba = rjieba.Jieba()
            for word in words:
                jieba.add_word(word, max(_FREQUENCY, jieba.suggest_freq(word)), "n")
            self._cut = jieba.cut

    def respects(self, squeezed: str, start: int, end: int) -> bool:
        """Tell whether no word of the text crosses an edge of a hit.

        One that has the whole hit in it may, and so may words of rules: they do not hide one another. Those weigh much,
        so it is asked without them, too: where words cross both edges, the hit is parts of others, as 代开发票 is in
        时代开发票据.
        """
        if any(self._crossed(self._cut, squeezed, start, end)):
            return False
        return not all(self._crossed(self._cut_plainly, squeezed, start, end))

    def _crossed(self, cut: Callable[[str, bool], list[str]], squeezed: str, start: int, end: int) -> tuple[bool, bool]:
        """Tell whether words cross the beginning of a hit, and its end."""
        at = max(0, start - _NEAR)
        is_begun = is_left = False
        for token in cut(squeezed[at : end + _NEAR], False):
            after = at + len(token)
            if token not in self._words:
                is_begun |= at < start < after < end
                is_left |= start < at < end < after
            at = after
        return is_begun, is_left


class _Reader(HTMLParser):
    """Takes the text out of HTML; what ends a line there ends one here."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, _: object) -> None:
        """End a line before a block."""
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """End a line behind a block."""
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Take text as it is."""
        self.parts.append(data)


def text_of(html: str) -> str:
    """Take the text out of HTML: what stands between tags, in whatever pieces."""
    if "<" not in html and "&" not in html:
        return html
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)

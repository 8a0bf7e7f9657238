"""Finds out in which encoding a text is.

UTF-8 and UTF-16 show themselves. The older ones do not: nearly every text in one of them can be read in another, as
something else. They are told apart by how ordinary what they say is. What `charset-normalizer` 3.5 says of a few lines
in GB18030 is mostly wrong, and such files are what most shops here have.
"""

import codecs
import re
from collections.abc import Callable
from io import TextIOWrapper
from typing import BinaryIO, Final

from msgspec import Struct

CHUNK: Final = 1 << 16

WRONG_BYTES_MAX: Final = 0.01
"""The part of a text that may be unreadable before the file counts as no text."""

HEAD: Final = 1024
"""Bytes by which UTF-16 is told from the rest, where no mark says so."""

ZEROS_MIN: Final = 20
"""Of so many bytes one must be zero: what is ASCII in UTF-16, the delimiters between Chinese names at least."""

SAMPLE_MAX: Final = 100_000
"""Bytes of lines that are not ASCII, by which the older encodings are told apart."""

BETTER_BY: Final = 0.15
"""By how much more ordinary another reading must be than that in GB18030."""

SURE_FROM: Final = 0.6
"""How ordinary a reading must be for it to be certain."""


class Encoding(Struct, frozen=True):
    """How a file is to be read. Where it is not exact, some lines can't be: they have U+FFFD in them."""

    name: str
    is_exact: bool = True
    is_sure: bool = True
    """Whether it shows, or what it says is ordinary; else somebody should look at it."""


_OTHERS: Final = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"%PDF-", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
"""How pictures, PDF files and other archives begin."""
_ISO_MEDIA: Final = b"ftyp"
"""What films and the pictures of telephones have after the length of their first box."""


def is_no_text(file: BinaryIO) -> bool:
    """Tell files that are often taken for tables, whatever they are called, and can be none."""
    file.seek(0)
    head = file.read(8)
    return head.startswith(_OTHERS) or head[4:] == _ISO_MEDIA


def open_text(file: BinaryIO, encoding: Encoding) -> TextIOWrapper:
    """Read a file as text from its beginning; `detach` it afterwards."""
    file.seek(0)
    errors = "strict" if encoding.is_exact else "replace"
    return TextIOWrapper(file, encoding.name, errors, newline="")


def sniff_encoding(file: BinaryIO) -> Encoding | None:
    """Tell the encoding that all of a file can be read in, or else almost all of it."""
    file.seek(0)
    head = file.read(HEAD)
    utf_16 = _utf_16(head)
    if utf_16:
        return _as(file, utf_16)
    if _can_read(file, "utf-8-sig"):
        return Encoding("utf-8-sig")
    declared = _declared(head)
    if declared and _can_read(file, declared):
        return Encoding(declared)
    sample = _sample(file)
    if _is_torn_utf_8(sample):
        return _as(file, "utf-8-sig")
    # No table or feed is without a sign of ASCII, whatever it tells of.
    ordinary = _ORDINARY if any(byte < _HIGH for byte in sample) else {}
    scores = {name: score for name, how in ordinary.items() if (score := _score(sample, name, how)) > 0}
    scores["gb18030"] = scores.get("gb18030", 0) + BETTER_BY
    for name in sorted(scores, key=lambda name: -scores[name]):
        is_sure = scores[name] >= SURE_FROM
        if _can_read(file, name):
            return Encoding(name, is_sure=is_sure)
        if is_sure and _wrong_part(file, name) <= WRONG_BYTES_MAX:
            return Encoding(name, is_exact=False)
    return _as(file, "gb18030") or _as(file, "utf-8-sig")


def _utf_16(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Text has no zero bytes but where it is UTF-16; what is ASCII in it says which half is the upper one.
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) * ZEROS_MIN < len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _as(file: BinaryIO, name: str) -> Encoding | None:
    if _can_read(file, name):
        return Encoding(name)
    return Encoding(name, is_exact=False) if _wrong_part(file, name) <= WRONG_BYTES_MAX else None


def _can_read(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _wrong_part(file: BinaryIO, encoding: str) -> float:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    wrong = size = 0
    while chunk := file.read(CHUNK):
        text = decoder.decode(chunk)
        wrong += text.count("\ufffd")
        size += len(text)
    return (wrong + decoder.decode(b"", final=True).count("\ufffd")) / max(1, size)


_DECLARATION: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]{0,30})[\"']")
_DECLARABLE: Final = re.compile(r"cp(1\d{3}|8\d\d|9\d\d)|iso8859-\d+|koi8-[ru]|euc_.*|shift_jis.*|big5.*|mac-.*")
_WIDER: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What programs write under these names, as browsers read it (encoding.spec.whatwg.org)."""


def _declared(head: bytes) -> str | None:
    """Tell what an XML file says of itself."""
    match = _DECLARATION.search(head)
    try:
        name = codecs.lookup(match[1].decode()).name if match else ""
    except LookupError:
        return None
    name = _WIDER.get(name, name)
    return name if name == "gb18030" or _DECLARABLE.fullmatch(name) else None


def _sample(file: BinaryIO) -> bytes:
    """Take lines that are not ASCII, up to `SAMPLE_MAX`."""
    file.seek(0)
    lines, size = [], 0
    while size < SAMPLE_MAX and (line := file.readline(CHUNK)):
        if not line.isascii():
            lines.append(line)
            size += len(line)
    return b"".join(lines)


_HIGH: Final = 0x80
_UTF_8: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LETTERS_OF_ONE: Final = 20
"""Of so many letters in UTF-8 one may be torn."""


def _is_torn_utf_8(sample: bytes) -> bool:
    """Tell UTF-8 in which a few bytes are wrong."""
    letters = _UTF_8.findall(sample)
    high = len(sample.translate(None, bytes(range(128))))
    return bool(letters) and (high - sum(map(len, letters))) * _LETTERS_OF_ONE <= len(letters)


def _score(sample: bytes, encoding: str, how: Callable[[str], float]) -> float:
    """Tell how ordinary a text is in an encoding: 0 to 1."""
    text = sample.decode(encoding, "replace")
    high = sum(not sign.isascii() for sign in text)
    return how(text) / high if high else 0


_PUNCTUATION: Final = frozenset("、。，．；：？！（）《》「」『』【】“”‘’—…·　～￥％×－＋／")
_LATIN_END: Final = "\u0250"
_SEVERAL: Final = 2
"""Bytes of a sign in most encodings of East Asia; in GB18030 some have four, which look like nothing else."""


def _of_double(
    encoding: str, common: range, seldom: range, trail_min: int, *, has_letters: bool = False
) -> Callable[[str], float]:
    """Weigh signs of two bytes by their first: nearly all of a text are signs of the first level of a standard."""

    def weigh_sign(sign: str, before: str) -> float:
        written = sign.encode(encoding, "replace")
        is_marked = len(written) == _SEVERAL and written[1] >= trail_min
        if sign in _PUNCTUATION or (is_marked and written[0] in common):
            return 1
        if has_letters and (len(written) > _SEVERAL or (sign < _LATIN_END and before.isalpha())):
            return 1
        if is_marked and written[0] in seldom:
            return 0.3
        return 0.1 if has_letters else 0

    def weigh(text: str) -> float:
        total = 0.0
        for run in _RUN.finditer(text):
            before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
            is_within_word = before.islower() and after.islower() and run[0] >= _LATIN_END
            found = sum(map(weigh_sign, run[0], before + run[0]))
            total += found * 0.2 if is_within_word else found
        return total

    return weigh


_RUN: Final = re.compile(r"[^\x00-\x7f]+")
_IN_A_ROW: Final = {1: 1, 2: 0.8, 3: 0.6, 4: 0.3}
"""What letters of one byte weigh, by how many stand together; where there are more, they are the halves of others."""

_PRINTERS: Final = "“”‘’„‚–—…•™®©°€£«»\xa0½×"
_WESTERN: Final = _PRINTERS + "àáâãäåæçèéêëìíîïñòóôõöøùúûüœßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒš¿¡"
_CENTRAL: Final = _PRINTERS + "áâăäąćçčéęëěíîďđńňóôőöŕřúůűüýżźžśšşťţłľĺßÁÂĂÄĄĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖŔŘÚŮŰÜÝŻŹŽŚŠŞŤŢŁĽĹ"
_TURKISH: Final = _PRINTERS + "âçğıîöşüûÂÇĞİÎÖŞÜÛ"


def _of_latin(common: str) -> Callable[[str], float]:
    """Weigh signs of one byte: letters within words of ASCII, and the signs of printers. They seldom stand together."""

    def weigh(text: str) -> float:
        total = 0.0
        for run in _RUN.finditer(text):
            weight = _IN_A_ROW.get(len(run[0]), 0)
            before = text[run.start() - 1 : run.start()]
            for sign in run[0]:
                if sign in common:
                    total += 0.2 if sign.isupper() and before.islower() else weight
                before = sign
        return total

    return weigh


_WORD_MIN: Final = 3


def _of_script(first: str, last: str) -> Callable[[str], float]:
    """Weigh signs of one byte that make whole words of another script, in which only the first letter is a capital."""

    def weigh(text: str) -> float:
        total = 0.0
        for run in _RUN.finditer(text):
            around = text[run.start() - 1 : run.start()] + text[run.end() : run.end() + 1]
            is_word = len(run[0]) >= _WORD_MIN and not any(sign.isalpha() for sign in around)
            letters = sum(first <= sign <= last and sign.isalpha() for sign in run[0])
            is_written_so = run[0][1:].islower() or run[0].isupper()
            total += letters * (1 if is_word and is_written_so else 0.2)
        return total

    return weigh


def _of_japanese(text: str) -> float:
    others = "".join(sign for sign in text if not "\u3041" <= sign <= "\u30fe" and not "\uff61" <= sign <= "\uff9f")
    kanji = _of_double("cp932", range(0x88, 0x98), range(0x98, 0xEB), 0x40)
    return sum("\u3041" <= sign <= "\u30fe" for sign in text) + kanji(others)


_ORDINARY: Final[dict[str, Callable[[str], float]]] = {
    "gb18030": _of_double("gb18030", range(0xB0, 0xD8), range(0xD8, 0xF8), 0xA1, has_letters=True),
    "cp1252": _of_latin(_WESTERN),
    "cp1254": _of_latin(_TURKISH),
    "cp1250": _of_latin(_CENTRAL),
    "big5hkscs": _of_double("big5", range(0xA4, 0xC7), range(0xC9, 0xFA), 0x40),
    "cp932": _of_japanese,
    "cp1251": _of_script("\u0401", "\u0451"),
    "cp1253": _of_script("\u0386", "\u03ce"),
}
"""How to weigh what each of the older encodings makes of a text. Where two are even, the first listed has it."""

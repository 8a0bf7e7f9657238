"""Reading the JSON of a request: strictly, once, and with an answer that says where it is wrong.

Types are exact (`"1"` is no number, `1.0` no integer), no name is there twice, and every text and time is one that
PostgreSQL can store. What is wrong is told as pointers (RFC 6901) in the reader's language.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar.exceptions import HTTPException

from weiji.web.locales import gettext as _
from weiji.web.locales import ngettext, pgettext

_WHERE: Final = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?\Z", re.DOTALL)
_STEP: Final = re.compile(r"\[(\d+|\.\.\.)\]|\.([^.\[]+)")
_FIELD: Final = re.compile(r"^Object (missing required|contains unknown) field `(.*)`\Z", re.DOTALL)
_LENGTH: Final = re.compile(r"^Expected `(array|str|object)` of length (>=|<=) (\d+)\Z")
_RANGE: Final = re.compile(r"^Expected `(?:int|float)` (>=|<=) (-?\d+(?:\.\d+)?)\Z")
_KIND: Final = re.compile(r"^Expected `(.*)`, got `(.*)`\Z", re.DOTALL)
_NUL: Final = re.compile(r"\\u0000")
_FAR: Final = re.compile(rb'"(?:0001|9999)-|\\u00[23]')
"""What a time that is too far begins with, or any sign that is escaped without need: a digit, or the line after it."""
_YEARS: Final = range(2, 9999)
"""Years whose times are of a year in every other zone, too: no database keeps others."""


class Malformed(HTTPException):
    """What was sent can't be read, so nothing was done. `extra` says what is wrong, and where."""

    status_code = 400

    def __init__(self, *errors: dict[str, str]) -> None:
        super().__init__(detail=_("请求里有不对的内容，什么也没有做。"), extra=list(errors))


def wrong_body(pointer: str, detail: str) -> Malformed:
    """Say what is wrong with the body, and where in it."""
    return Malformed({"pointer": pointer, "detail": detail})


def wrong_header(name: str, detail: str) -> Malformed:
    """Say what is wrong with a header."""
    return Malformed({"header": name, "detail": detail})


def wrong_parameter(name: str, detail: str) -> Malformed:
    """Say what is wrong with a parameter of the address."""
    return Malformed({"parameter": name, "detail": detail})


def check_time(name: str, at: datetime | None) -> None:
    """Refuse a time that PostgreSQL has no place for, in a parameter of the address. Raises Malformed."""
    if at is not None and at.year not in _YEARS:
        raise wrong_parameter(name, _too_far())


class Body:
    """How the bodies of one route are read: into *annotation*, and, where an idempotency key needs it, canonically."""

    def __init__(self, annotation: Any) -> None:
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(annotation).decode

    def read(self, body: bytes) -> tuple[Any, Any]:
        """Read a body; give it typed, and as a plain tree. Raises Malformed."""
        try:
            typed = self._decode(body)
        except msgspec.ValidationError as error:
            raise _wrong_type(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _not_json(error) from None
        tree = _read_tree(body)
        if _FAR.search(body):
            _check_times(typed, "")
        return typed, tree


def canonical(tree: Any) -> bytes:
    """Write a tree so that equal bodies are equal bytes: names sorted, no space (much as RFC 8785 does)."""
    return msgspec.json.encode(tree, order="sorted")


def _read_tree(body: bytes) -> Any:
    """Read a body that is known to be JSON once more, to see what typed readers do not: a name that is twice there."""
    text = body.decode()
    try:
        tree = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from None
    if _NUL.search(text):
        _check_texts(tree, "")
    return tree


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise wrong_body("", _("“%(name)s” 出现了两次。", name=twice[:100]))
    return made


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object)


def _check_texts(tree: Any, pointer: str) -> None:
    """Refuse the character that PostgreSQL has no place for."""
    if isinstance(tree, str):
        if "\x00" in tree:
            raise wrong_body(pointer, _("文字里不能有 NUL 字符。"))
    elif isinstance(tree, list):
        for place, item in enumerate(tree):
            _check_texts(item, f"{pointer}/{place}")
    elif isinstance(tree, dict):
        for name, item in tree.items():
            _check_texts(name, pointer)
            _check_texts(item, f"{pointer}/{_escape(name)}")


def _check_times(value: Any, pointer: str) -> None:
    """Refuse a time that PostgreSQL has no place for, in what was read."""
    if isinstance(value, datetime):
        if value.year not in _YEARS:
            raise wrong_body(pointer, _too_far())
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _check_times(getattr(value, name), f"{pointer}/{_escape(name)}")
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            _check_times(item, f"{pointer}/{place}")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_times(item, f"{pointer}/{_escape(str(name))}")


def _too_far() -> str:
    return _("这个时间太远了。")


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _not_json(error: Exception) -> Malformed:
    if isinstance(error, UnicodeDecodeError):
        return wrong_body("", _("内容不是 UTF-8。"))
    if isinstance(error, RecursionError):
        return wrong_body("", _("嵌套得太深了。"))
    place = re.search(r"\(byte (\d+)\)", str(error))
    if place:
        return wrong_body("", _("内容不是 JSON：第 %(place)s 个字节读不懂。", place=place[1]))
    return wrong_body("", _("内容不是完整的 JSON。"))


def _wrong_type(message: str) -> Malformed:
    what, pointer = split_message(message)
    return wrong_body(pointer, explain(what))


def split_message(message: str) -> tuple[str, str]:
    """Split what msgspec says is wrong into what and where; the latter as a pointer."""
    match = _WHERE.match(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    steps = [number or name for number, name in _STEP.findall(path)]
    field = _FIELD.match(what)
    if field:
        steps.append(field[2])
    return what, "".join(f"/{_escape(step)}" for step in steps)


def explain(what: str) -> str:
    """Say in the reader's language what msgspec says in English."""
    if field := _FIELD.match(what):
        return _("缺少这一项。") if field[1].startswith("missing") else _("没有这一项。")
    if length := _LENGTH.match(what):
        return _explain_length(length[1], length[2], int(length[3]))
    if bound := _RANGE.match(what):
        if bound[1] == ">=":
            return _("不能小于 %(number)s。", number=bound[2].removesuffix(".0"))
        return _("不能大于 %(number)s。", number=bound[2].removesuffix(".0"))
    if kind := _KIND.match(what):
        kinds = _kinds()
        wanted = _("或").join(dict.fromkeys(kinds.get(each, each) for each in kind[1].split(" | ")))
        return _("这里应该是%(wanted)s，而不是%(given)s。", wanted=wanted, given=kinds.get(kind[2], kind[2]))
    match what.split(" ")[:2]:
        case ["Invalid", "UUID"]:
            return _("这不是一个 UUID。")
        case ["Invalid", "RFC3339"]:
            return _("这不是一个 RFC 3339 格式的时间。")
        case ["Expected", "`datetime`"]:
            return _("时间要写明时区。")
        case ["Invalid", "enum"]:
            return _("这里没有这个选项。")
        case ["Number", "out"] | ["Integer", "value"]:
            return _("这个数太大了。")
        case ["Expected", "`str`"]:
            return _("格式不对。")
        case _:
            return _("这里不能是这个值。")


def _explain_length(kind: str, bound: str, number: int) -> str:
    match kind, bound:
        case "array", ">=":
            return ngettext("至少要有 %(number)s 项。", "至少要有 %(number)s 项。", number)
        case "array", _what:
            return ngettext("最多 %(number)s 项。", "最多 %(number)s 项。", number)
        case "object", ">=":
            return ngettext("至少要有 %(number)s 个名字。", "至少要有 %(number)s 个名字。", number)
        case "object", _what:
            return ngettext("最多 %(number)s 个名字。", "最多 %(number)s 个名字。", number)
        case _kind, ">=":
            return ngettext("至少要有 %(number)s 个字符。", "至少要有 %(number)s 个字符。", number)
        case _:
            return ngettext("最多 %(number)s 个字符。", "最多 %(number)s 个字符。", number)


def _kinds() -> dict[str, str]:
    return {
        "int": _("整数"),
        "float": _("小数"),
        "str": _("文字"),
        "uuid": _("UUID"),
        "datetime": pgettext("one", "时间"),
        "bool": _("真或假"),
        "array": _("列表"),
        "object": _("对象"),
        "null": _("空值"),
    }

"""Finds which new lines of a statement the bank takes back, in red ink: they pay nothing. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from weiji.payments.bank.model import Line
from weiji.payments.channels.references import find_references

SERIAL_SAYS_MIN: Final = 8
"""Characters that the bank's number of a line has at least to be known by in what was written to its correction."""


class RedInk(Struct, frozen=True, kw_only=True):
    """A line by which the bank takes back another; *is_new*: no file before had it."""

    serial: str
    amount: int
    remark: str
    is_new: bool

    @classmethod
    def of(cls, line: Line, *, is_new: bool = True) -> "RedInk":
        """Take what there is of a line."""
        return cls(serial=line.serial, amount=line.amount, remark=line.remark, is_new=is_new)


def find_taken_back(
    lines: Iterable[tuple[Line, str]], red_ink: Sequence[RedInk], booked: Mapping[Line, str]
) -> set[Line]:
    """Find which of these lines are taken back, each by one in red ink at most; each comes with its reference of ours.

    *booked* has the bank's number of the line by which what a line is about was paid before: where that one was taken
    back, in whichever file, this one was written in its place, and pays nothing either.

    The bank gives both one number, or writes that of the line to its correction, or what was written to the line: the
    reference. A bank that wrote a line wrongly, and took it back, writes it again, with that reference, too. So of new
    lines with it as many pay nothing as are taken back: which of them is the same. Of red ink that an earlier file had
    it is not known any more whether it took such a line back.
    """
    left = list(lines)
    found = set()
    for red in red_ink:
        alike = [(line, its) for line, its in left if line.amount == red.amount]
        referred = find_references(red.remark) if alike else ()
        ways = [each for each in alike if names_line(red.serial, red.remark, each[0].serial)]
        ways += [each for each in alike if each[1] in referred and (red.is_new or each[0] in booked)]
        ways += [each for each in alike if each[0] in booked and names_line(red.serial, red.remark, booked[each[0]])]
        if ways:
            found.add(ways[0][0])
            left.remove(ways[0])
    return found


def names_line(serial: str, remark: str, of: str) -> bool:
    """Tell whether red ink, with its number and what was written to it, names a line *of* this number."""
    return serial == of or (len(of) >= SERIAL_SAYS_MIN and of in remark)

"""The words of the help: topics, sections, and whom people reach where no topic helps."""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from weiji.events.help import ContactPublished
from weiji.rulebook import RuleSet

LINE_MAX: Final = 60
NOTE_MAX: Final = 500


class Contact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a person answers who works for the operator. What is empty is not shown."""

    phone: Annotated[
        str, Meta(max_length=LINE_MAX, pattern=r"^([0-9+][0-9 ()+-]*)?\Z", description="A number that is answered.")
    ] = ""
    mail: Annotated[
        str, Meta(max_length=LINE_MAX, pattern=r"^([^\s@<>]+@[^\s@<>]+)?\Z", description="An address that is read.")
    ] = ""
    hours: Annotated[str, Meta(max_length=LINE_MAX, description="When somebody is there.")] = ""
    note: Annotated[
        tuple[Annotated[str, Meta(max_length=NOTE_MAX)], ...],
        Meta(max_length=10, description="Other ways, or what to have at hand, a paragraph each."),
    ] = ()

    @property
    def is_set(self) -> bool:
        """Whether people can reach anybody."""
        return bool(self.phone or self.mail or self.note)


CONTACT: Final = RuleSet(
    name="contact",
    kind=Contact,
    tell=lambda new: ContactPublished(version=new.version, reason=new.reason),
)


class Audience(StrEnum):
    """For whom a topic is."""

    BUYERS = "buyers"
    MERCHANTS = "merchants"
    STAFF = "staff"


class Section(Struct, frozen=True, kw_only=True):
    """Topics that belong together, by their names, in the order in which people come to them."""

    audience: Audience
    title: str
    icon: str
    topics: tuple[str, ...]


class Topic(Struct, frozen=True, kw_only=True):
    """A question and its answer, in one language, as it was written: what it names of rules is not yet put in."""

    name: str
    locale: str
    question: str
    words: tuple[str, ...]
    """What else people call it."""
    see: tuple[str, ...]
    """Topics that they may want to read next."""
    answer: str
    """In short: the first paragraph."""
    steps: str
    """The rest."""
    figures: frozenset[str]
    """What it names of `figures.py`."""
    is_own: bool = False
    """Whether the operator wrote it."""

"""What the search tells. The stream is the person's own who did it."""

from weiji.events.model import Event


class WordHidden(Event, frozen=True, kw_only=True):
    """One of the operator's staff hid a word from the hot words and the suggestions."""

    word: str


class WordShown(Event, frozen=True, kw_only=True):
    """One of the operator's staff let a word be shown again."""

    word: str

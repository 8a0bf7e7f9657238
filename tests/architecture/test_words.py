"""Proves that whoever reads a trail, or the books, reads words: no names of classes, no numbers of accounts."""

from docs.make import published
from weiji.ledger.chart import Code
from weiji.ledger.words import code_words
from weiji.orders.merchant_words import event_word
from weiji.payments import notice_words
from weiji.payments.model import NoticeKind
from weiji.supervision.pages import STAFF_ACTS
from weiji.supervision.trail_words import trail_words


def is_told_by_its_class(type: str) -> bool:
    """Tell whether a trail has nothing better to call an event than the name of its class."""
    try:
        return event_word(type, {})[0] == type
    except KeyError:  # Its words are made with what it says.
        return False


def test_every_event_has_a_word() -> None:
    types = {event.__name__ for events in published().values() for event in events}
    words = trail_words()
    assert set(words) <= types, "a word for an event that there is not"
    assert not {type for type in types - set(words) if is_told_by_its_class(type)}
    assert set(STAFF_ACTS) <= set(words), "what the search of staff's acts offers has words"


def test_every_kind_of_account_has_a_word() -> None:
    assert set(Code) == set(code_words())


def test_every_notice_of_a_channel_has_a_word() -> None:
    assert set(NoticeKind) == set(notice_words())

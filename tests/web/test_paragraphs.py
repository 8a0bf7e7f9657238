"""Proves that plain words come back from their HTML as they were typed, and that HTML is left as it is."""

import pytest

from weiji.web.paragraphs import read_text, write_text


@pytest.mark.parametrize("typed", ["", "一句话", "一段\n\n又一段", "一行\n又一行\n\n又一段", "5 < 6 & 茶", "a > b"])
def test_plain_words_come_back_as_they_were_typed(typed: str) -> None:
    html = read_text(typed)
    assert html.count("<p>") == (typed.count("\n\n") + 1 if typed else 0)
    assert write_text(html) == typed


@pytest.mark.parametrize("html", ["<ul><li>一</li></ul>", "<p>看<b>这里</b></p>"])
def test_html_is_left_as_it_is(html: str) -> None:
    assert read_text(html) == html
    assert write_text(html) == html

"""Proves that goods are drawn as what they are, the same for ever, and that no address gets into a drawing."""

from uuid import UUID
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import create_test_client

from weiji.catalog.drawings import COLOURS, choose_picture, draw, picture_url
from weiji.catalog.motifs import MOTIFS
from weiji.catalog.pictures import Pictures
from weiji.kit.ids import derive

PRODUCT = derive(UUID(int=7), "product")


@pytest.mark.parametrize(
    ("title", "kind", "choices", "motif", "colour"),
    [
        ("手作陶瓷杯", "", (), "cup", ""),
        ("手作陶瓷杯", "", ("白色",), "cup", "white"),
        ("蓝色手作陶瓷杯", "", (), "cup", "blue"),
        ("紫砂壶", "", (), "teapot", "clay"),
        ("红豆面包", "", (), "bread", "red"),
        ("苹果手机壳", "", (), "phone", "blue"),
        ("花瓶", "", (), "vase", "celadon"),
        ("Clay Plant Pot", "", (), "pot", "clay"),
        ("LED High Tops", "", (), "shoe", ""),
        ("Two silk dresses", "", (), "dress", ""),
        ("Ocean Blue Shirt", "", (), "shirt", "blue"),
        ("Topaz", "", (), "gift", ""),
        ("一号", "茶具", (), "teapot", "clay"),
        ("?", "", (), "gift", ""),
    ],
)  # fmt: skip
def test_a_title_is_drawn_as_what_it_names(
    title: str, kind: str, choices: tuple[str, ...], motif: str, colour: str
) -> None:
    picture = choose_picture(title, kind, choices)
    assert (picture.motif, picture.colour) == (motif, colour)


def test_every_motif_can_be_asked_for_in_chinese_and_english() -> None:
    for name, motif in MOTIFS.items():
        words = motif.words.split()
        assert any(word.isascii() for word in words)
        assert any(not word.isascii() for word in words)
        assert {choose_picture(word).motif for word in words} == {name}


@pytest.mark.parametrize("motif", MOTIFS)
def test_every_drawing_is_well_formed_and_carries_nothing_that_runs_or_loads(motif: str) -> None:
    for colour in (*COLOURS, ""):
        root = ElementTree.fromstring(draw(PRODUCT, motif, colour))  # noqa: S314  # We wrote it.
        tags = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in root.iter()}
        assert tags <= {"svg", "g", "path", "circle", "ellipse", "rect"}
        names = {name for element in root.iter() for name in element.attrib}
        assert not [name for name in names if name.startswith("on") or name.rpartition("}")[2] in ("style", "href")]


def test_products_differ_and_one_stays_the_same() -> None:
    ids = [derive(UUID(int=n), "product") for n in range(40)]
    drawings = [draw(id, "cup", "") for id in ids]
    assert len(set(drawings)) > 30
    draw.cache_clear()
    assert [draw(id, "cup", "") for id in ids] == drawings


@given(st.text(), st.text())
def test_any_title_has_an_address_and_no_address_gets_into_a_drawing(title: str, word: str) -> None:
    assert picture_url(PRODUCT, title).startswith(f"/pictures/{PRODUCT}.svg?motif=")
    if word not in MOTIFS:
        assert draw(PRODUCT, word, word if word not in COLOURS else "") == draw(PRODUCT, "gift", "")


def test_a_picture_is_served_to_be_kept() -> None:
    with create_test_client([Pictures]) as client:
        answer = client.get(picture_url(PRODUCT, "蓝色马克杯"))
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.text == draw(PRODUCT, "cup", "blue")
        assert client.get("/pictures/cup.svg").status_code == 404
        assert client.get(f"/pictures/{PRODUCT}.svg?motif={'x' * 99}").status_code == 400

"""Proves what becomes of what is typed of SKUs: it is kept, what they lack comes from the form, and pictures are found
by their numbers."""

import msgspec

from weiji.catalog.categories import Tree
from weiji.catalog.model import OPTIONS_MAX, WORDS_MAX, Option, Picture, ProductSku, ProductState
from weiji.catalog.product_forms import ProductForm, SkuRow, check_form, listed, read_product_form
from weiji.events import Actor
from weiji.kit.ids import new_id
from weiji.web.forms import Form


def test_what_was_typed_of_a_sku_with_long_choices_is_kept() -> None:
    choices = tuple(f"{n}{'字' * (WORDS_MAX - 1)}" for n in range(OPTIONS_MAX))
    options = [Option(name=f"规格{n}", values=(choice,)) for n, choice in enumerate(choices)]
    shown = ProductForm(id=new_id(), version=1, saved_options=tuple(options), skus=[SkuRow(choices=choices, price="1")])
    fields = {"sku_0_choices": msgspec.json.encode(choices).decode(), "sku_0_price": "25", "version": "1"}
    for n, option in enumerate(options):
        fields |= {f"option_{n}_name": option.name, f"option_{n}_values": listed(option.values)}
    read = read_product_form(Form({name: [text] for name, text in fields.items()}), "", shown)
    assert [(row.choices, row.price) for row in read.skus] == [(choices, "25")]


def test_skus_without_a_price_get_the_one_that_was_typed_last() -> None:
    shown = ProductForm(id=new_id(), version=0)
    fields = {"option_0_name": "颜色", "option_0_values": "红，绿", "price": "9.90", "stock": "7", "weight": "500"}
    fields |= {"sku_0_choices": '["红"]', "sku_0_price": "12", "sku_1_choices": '["绿"]', "sku_1_weight": "900"}
    red, green = read_product_form(Form({name: [text] for name, text in fields.items()}), "", shown).skus
    assert (red.price, red.stock, red.weight) == ("12", "7", "500")
    assert (green.price, green.stock, green.weight) == ("9.90", "7", "900")


def test_a_sku_keeps_its_picture_when_the_pictures_are_moved_and_gets_another_by_its_number() -> None:
    pictures = tuple(Picture(url=f"https://shop.test/{name}.jpg") for name in "abc")
    options = (Option(name="颜色", values=("红", "绿")),)
    red, green = (
        ProductSku(
            id=new_id(),
            code="",
            barcode="",
            choices=(name,),
            price=100,
            compare_at=None,
            weight_grams=0,
            picture=picture.url,
            on_hand=0,
            held=0,
            sold=0,
            available=0,
        )
        for name, picture in zip(("红", "绿"), pictures, strict=False)
    )
    saved = ProductForm(
        id=new_id(),
        version=1,
        options=[("颜色", "红，绿")],
        saved_options=options,
        pictures=pictures,
        skus=[SkuRow(choices=sku.choices, picture=str(place), known=sku) for place, sku in enumerate((red, green), 1)],
    )
    fields = {"option_0_name": ["颜色"], "option_0_values": ["红，绿"], "version": ["1"], "title": ["灯"]}
    fields |= {"sku_0_choices": ['["红"]'], "sku_0_price": ["1"], "sku_0_picture": ["1"]}
    fields |= {"sku_1_choices": ['["绿"]'], "sku_1_price": ["1"], "sku_1_picture": ["3"]}
    fields |= {"picture_url": [pictures[2].url, pictures[1].url, pictures[0].url]}
    typed = read_product_form(Form(fields), "", saved)
    checked = check_form(typed, new_id(), Actor("system"), ProductState.DRAFT, Tree(()))
    assert not checked.errors
    assert [sku.picture for sku in checked.command.skus] == [pictures[0].url, pictures[0].url]
    fields["sku_1_picture"], fields["sku_0_weight"] = ["4"], ["1.5"]
    typed = read_product_form(Form(fields), "", saved)
    wrong = check_form(typed, new_id(), Actor("system"), ProductState.DRAFT, Tree(())).errors
    assert set(wrong) == {"sku_1_picture", "sku_0_weight"}

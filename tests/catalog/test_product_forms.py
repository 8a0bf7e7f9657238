"""Proves that what was typed of a SKU is kept, however long the names of its choices are."""

import msgspec

from weiji.catalog.model import OPTIONS_MAX, WORDS_MAX, Option
from weiji.catalog.product_forms import ProductForm, SkuRow, listed, read_product_form
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

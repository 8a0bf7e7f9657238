"""Goods of every shape, for the tests of porting."""

from datetime import timedelta

from hypothesis import strategies as st

from weiji.catalog import Delivery, Option, Picture, Presale, ProductState
from weiji.inventory import ON_HAND_MAX
from weiji.kit import clock
from weiji.porting.records import ProductRecord, SkuRecord

# What the catalog stores: no control characters, no halves of surrogate pairs; what formats stumble over more often.
_LETTERS = st.one_of(
    st.sampled_from("abc 茶壶,;|\t'\"=+-@#\\<>&红蓝1"),
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"),
)
_LINES = st.text(_LETTERS.filter(lambda letter: letter != "\t"), min_size=1, max_size=12).filter(
    lambda text: bool(text.strip()) and not text.isspace()
)
_TEXTS = st.text(st.one_of(_LETTERS, st.sampled_from("\n\r\t")), max_size=30)
_PRICES = st.integers(0, 10**12)
_URLS = st.one_of(st.sampled_from(["https://a.example/1.jpg", "/media/1.webp", "https://a.example/a,b.jpg"]), _LINES)

_PRESALES = st.builds(
    lambda ends, ships, quantity: Presale(
        ends_at=clock.now() + ends, ships_at=clock.now() + ends + ships, quantity=quantity
    ),
    st.timedeltas(timedelta(days=-100), timedelta(days=80)),
    st.timedeltas(timedelta(), timedelta(days=80)),
    st.none() | st.integers(1, ON_HAND_MAX),
)


@st.composite
def products(draw: st.DrawFn) -> ProductRecord:
    """Make any product that a shop may have."""
    names = draw(st.lists(_LINES, max_size=5, unique=True))
    options = tuple(Option(name, tuple(draw(st.lists(_LINES, min_size=1, max_size=3, unique=True)))) for name in names)
    combinations: list[tuple[str, ...]] = [()]
    for option in options:
        combinations = [(*each, value) for each in combinations for value in option.values]
    chosen = draw(st.lists(st.sampled_from(combinations), min_size=1, max_size=4, unique=True))
    pictures = draw(st.lists(st.builds(lambda url, alt: Picture(url=url, alt=alt), _URLS, _TEXTS), max_size=3))
    delivery = draw(st.sampled_from(Delivery))
    return ProductRecord(
        line=1,
        rows=(1,),
        handle=draw(_LINES),
        title=draw(_LINES),
        description_html=draw(_TEXTS),
        vendor=draw(_TEXTS),
        kind=draw(_TEXTS),
        tags=tuple(draw(st.lists(_TEXTS, max_size=3))),
        options=options,
        pictures=tuple(pictures),
        state=draw(st.sampled_from([state for state in ProductState if state is not ProductState.TAKEN_DOWN])),
        delivery=delivery,
        presale=draw(st.none() | _PRESALES) if delivery is Delivery.PHYSICAL else None,
        extra=draw(st.dictionaries(_LINES, _TEXTS, max_size=2)),
        skus=tuple(draw(_sku(choices)) for choices in chosen),
    )


@st.composite
def _sku(draw: st.DrawFn, choices: tuple[str, ...]) -> SkuRecord:
    return SkuRecord(
        choices=choices,
        price=draw(_PRICES),
        compare_at=draw(st.none() | _PRICES),
        code=draw(_TEXTS),
        barcode=draw(_TEXTS),
        weight_grams=draw(st.integers(0, 10**8)),
        picture=draw(st.none() | _URLS),
        on_hand=draw(st.integers(0, 10**9)),
    )

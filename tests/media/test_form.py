"""Proves that a shop's form takes pictures without a script, keeps their order, and that everybody sees them."""

import re
from html import unescape
from typing import Any

from tests.media.examples import picture
from tests.pages.conftest import site as site
from tests.pages.site import Browser, Site, forms_of
from weiji.catalog import get_product_page
from weiji.catalog.model import ProductPage
from weiji.kit.ids import new_id
from weiji.media import get_usage


async def save(browser: Browser, path: str, *files: tuple[str, bytes], then: str = "save", **fields: Any) -> int:
    """Send the form of a product as a browser without scripts does, with files."""
    await browser.visit(path)
    form = next(
        form for form in forms_of(browser.page) if form.action == path.replace("/new", "") or "goods" in form.action
    )
    names = {"title", "price", "stock"} & set(fields)
    data: dict[str, Any] = {}
    for name, value in form.fields:
        if name not in names and name not in fields:
            data.setdefault(name, []).append(value)
    data |= {**fields, "then": then}
    parts = [("files", (name, content, "image/jpeg")) for name, content in files]
    answer = await browser.client.post(form.action, data=data, files=parts or None, follow_redirects=True)
    browser._take(answer)
    return answer.status_code


async def product_of(site: Site) -> ProductPage:
    async with site.program.database.read() as reader:
        product = await get_product_page(reader, site.product_id)
    assert product
    return product


async def test_pictures_are_sent_ordered_removed_and_seen(site: Site) -> None:
    seller = f"s{site.seller_id.hex[-8:]}"
    path = f"/merchant/{site.shop_id}/goods/{site.product_id}"
    async with site.browser(seller) as browser, site.browser() as stranger:
        sent = [
            ("a.jpg", picture(1_700, 900)),
            ("b.png", picture(500, 500, "PNG")),
            ("a again.jpg", picture(1_700, 900)),
        ]
        assert await save(browser, path, *sent) == 200
        first, second = (await product_of(site)).pictures
        assert (first.url[-10:], second.url[-9:]) == ("-1600.webp", "-500.webp")

        page = await browser.visit(path)
        assert page.count('name="picture_url"') == 3  # Two, and the template's.
        urls = [first.url, second.url]
        assert (
            await save(
                browser,
                path,
                picture_url=urls,
                picture_alt=["正面", "反面"],
                picture_place=["2", "1"],
            )
            == 200
        )
        pictures = (await product_of(site)).pictures
        assert [(each.url, each.alt) for each in pictures] == [(second.url, "反面"), (first.url, "正面")]

        page = unescape(await stranger.visit(f"/products/{site.product_id}"))
        assert f'src="{second.url}"' in page
        assert 'alt="反面"' in page
        widths = re.findall(r'srcset="([^"]+)"', page)
        assert [re.findall(r" (\d+)w", each) for each in widths[:2]] == [["320", "500"], ["320", "800", "1600"]]
        for home in ("/", f"/shops/{site.handle}"):
            assert second.url in unescape(await stranger.visit(home))

        await save(
            browser, path, picture_url=urls, picture_alt=["", ""], picture_place=["1", "x"], picture_remove=urls[:1]
        )
        assert [each.url for each in (await product_of(site)).pictures] == [second.url]
        assert first.url not in unescape(await stranger.visit(f"/products/{site.product_id}"))


async def test_the_cart_and_the_order_show_the_shops_own_picture(site: Site) -> None:
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as seller:
        await save(seller, f"/merchant/{site.shop_id}/goods/{site.product_id}", ("a.jpg", picture()))
    url = (await product_of(site)).pictures[0].url
    await site.person("mei")
    async with site.browser("mei") as buyer:
        await buyer.visit(f"/products/{site.product_id}")
        await buyer.send(f"/cart/products/{site.product_id}", option_1="250 g", quantity="1", then="cart")
        assert url in unescape(await buyer.visit("/cart"))


async def test_what_is_no_picture_is_said_and_nothing_typed_is_lost(site: Site) -> None:
    path = f"/merchant/{site.shop_id}/goods/{site.product_id}"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        sent = [("good.jpg", picture()), ("bad.jpg", b"<svg/>")]
        assert await save(browser, path, *sent, title="新的名字") == 422
        assert "bad.jpg" in browser.text
        assert "新的名字" in browser.page
        assert browser.page.count('name="picture_url"') == 2  # One, and the template's.
        assert not (await product_of(site)).pictures
        # Only to send pictures saves nothing, either.
        assert await save(browser, path, ("good.jpg", picture()), then="upload", title="新的名字") == 200
        assert "-900.webp" in browser.page
        assert (await product_of(site)).title != "新的名字"


async def test_a_new_product_comes_with_pictures(site: Site) -> None:
    here = f"/merchant/{site.shop_id}/goods"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        assert (
            await save(browser, f"{here}/new", ("a.jpg", picture()), then="list", title="新茶", price="18", stock="3")
            == 200
        )
        page = await browser.visit(here)
        assert "新茶" in page
        assert "-320.webp" in page
    async with site.program.database.read() as reader:
        assert (await get_usage(reader, site.shop_id)).pictures == 1


async def test_addresses_of_others_are_not_taken_over(site: Site) -> None:
    path = f"/merchant/{site.shop_id}/goods/{site.product_id}"
    async with site.browser(f"s{site.seller_id.hex[-8:]}") as browser:
        wrong = [
            "https://elsewhere.example/a.jpg",
            "//elsewhere.example/a.jpg",
            "/sign-out",
            f"/media/{new_id().hex}-1.webp",
        ]
        assert await save(browser, path, picture_url=wrong) == 200
        assert not (await product_of(site)).pictures

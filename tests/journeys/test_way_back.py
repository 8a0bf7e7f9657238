"""Proves that the arrow at the top goes back the way that one came, and that nothing is amiss where it is ended."""

from tests.journeys.conftest import Visiting
from tests.journeys.visitor import PHONE

ENDED = """() => {
  const end = () => Promise.reject(new DOMException("Navigation was aborted", "AbortError"));
  navigation.traverseTo = () => ({ committed: end(), finished: end() });
}"""
"""Has a browser answer as it does where something else began before it was back, which can't be timed."""


async def test_the_arrow_goes_back_to_the_list_that_one_came_from(arrive: Visiting) -> None:
    visitor = await arrive(PHONE)
    page, arrow = visitor.page, visitor.page.locator("a.bar-button:not([data-close], [data-open])").first
    await visitor.open("/search?q=茶杯")
    listed = page.url
    await page.locator("#products .product a").first.click()
    await page.wait_for_url("**/products/*")
    product = page.url
    # Nothing is complained of where the browser ends it: else this visitor could not be seen off.
    await page.evaluate(ENDED)
    await arrow.click()
    assert page.url == product
    await page.reload()
    entries = await page.evaluate("navigation.entries().length")
    await arrow.click()
    await page.wait_for_url(listed)
    assert await page.evaluate("navigation.entries().length") == entries

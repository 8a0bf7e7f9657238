"""Proves of every page that there is: it takes at most three statements and says so, has one heading, fits the
smallest phone, moves nothing when more of it comes, breaks no policy, can be used by everybody in light and dark, and
speaks English."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, ViewportSize

from tests.journeys.conftest import Town
from tests.journeys.pages import CLERK, MERCHANT, NEWCOMER, OWNER, PAGES, RESIDENTS, STRANGER, VISITS, Visit, routes_of
from tests.journeys.places import NEWCOMER_NAME, OWNERS_OF_SHOPS, find_places, own_words
from tests.journeys.visitor import AT_REST, DESK, EMPTY, PHONE, Devices, Visitor, visiting
from weiji.app import make_app
from weiji.program import open_program
from weiji.settings import Settings

GRAVE: Final = ("serious", "critical")
"""The findings that fail a page."""

ONLY_GRAVE: Final = f"""
axe.configure({{
  rules: axe._audit.rules
    .filter((rule) => rule.impact && !{[*GRAVE]}.includes(rule.impact))
    .map((rule) => ({{ id: rule.id, enabled: false }})),
}});"""
"""Leaves out the rules whose findings never are: to look by those, too, takes axe a third longer. A rule's
impact is that of all it finds; one without has those of what was looked at, so it stays."""

WAIT: Final = f"""async () => {{
  const isAtRest = {AT_REST};
  do await new Promise(requestAnimationFrame); while (!isAtRest());
}}"""
"""Waits by the page's own frames: what the driver waits with, it would bring to each page anew, a tenth of a second."""

AXE: Final = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8") + ONLY_GRAVE
STATEMENTS_MAX: Final = 3
SMALLEST: Final[ViewportSize] = {"width": 320, "height": 640}
SHOTS: Final = os.environ.get("SHOTS")
"""A folder for pictures of every page, for whoever wants to look at them."""

QUICKLY: Final = {"resultTypes": ["violations"], "preload": False, "selectors": False}
"""How axe looks: it fetches no styles again, which only a rule asks for that is off, and writes no selectors of what it
finds, which takes a third of its time. A finding is told by its markup."""

FIND: Final = """async (options) => {
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 4).map((node) => node.html) }));
}"""
"""Has axe look. All that it says of what is as it should be stays in the browser."""

SHIFT_MAX: Final = 0.05
"""How much of a page may move while it comes, as browsers count it (cumulative layout shift)."""

LOOK: Final = """async () => ({
  statements: document.querySelector("[data-statements]")?.dataset.statements ?? "none",
  foot: document.querySelector("[data-statements]")?.textContent ?? "",
  headings: document.querySelectorAll("h1").length,
  ...(await new Promise((resolve) => {
    // What came last has moved others once a frame was drawn with it.
    requestAnimationFrame(() => setTimeout(() => {
      const observer = new PerformanceObserver(() => {});
      observer.observe({ type: "layout-shift", buffered: true });
      const seen = observer.takeRecords().filter((entry) => !entry.hadRecentInput);
      observer.disconnect();
      resolve({
        shift: seen.reduce((sum, entry) => sum + entry.value, 0),
        moved: seen.flatMap((entry) => entry.sources.map(({ node }) => node?.outerHTML ?? node?.data ?? "")),
      });
    }));
  })),
})"""

READ: Final = """(text) => {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const node of page.querySelectorAll(
    "script:not([type='application/json']), style, .avatar, .shop-sign, body [lang]:not([lang=en])"
  )) node.remove();
  const attributes = ["aria-label", "alt", "title", "placeholder", "data-confirm", "data-words", "data-none"];
  const walker = page.createTreeWalker(page.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === Node.TEXT_NODE) texts.push(node.data);
    else for (const name of attributes) texts.push(node.getAttribute(name) ?? "");
  }
  return [page.documentElement.lang, texts.filter((text) => /[\\u4e00-\\u9fff]/.test(text))];
}"""


class Tour:
    """The town's people, each with a page that is open, and the places that they go to."""

    def __init__(self, places: dict[str, str], guests: dict[str, Visitor], routes: set[str]) -> None:
        self.places = places
        self.guests = guests
        self.routes = routes
        self._here: Visitor | None = None

    def path_of(self, visit: Visit) -> str:
        """Say where a visit goes."""
        return re.sub(r"\{(\w+)\}", lambda found: self.places[found[1]], visit.path)

    def guest_of(self, visit: Visit) -> Visitor:
        """Give the browser of who makes a visit."""
        if visit.who != OWNER:
            return self.guests[visit.who]
        shop = self.path_of(visit).split("/")[2]
        return next(self.guests[who] for who, name in RESIDENTS.items() if name == OWNERS_OF_SHOPS[shop])

    async def bring(self, visit: Visit) -> Visitor:
        """Give the browser of who makes a visit; who made the one before has it on no page any more.

        A page of the town is told figures every second: eight of them take an eighth of a processor to show those.
        """
        guest = self.guest_of(visit)
        if self._here is not None and self._here is not guest:
            await self._here.page.goto(guest.url + EMPTY)
        self._here = guest
        return guest


@pytest.fixture(scope="module")
async def tour(still_town: Town, browser: Browser) -> AsyncIterator[Tour]:
    """Find the places, and bring the people."""
    settings = Settings(database_url=still_town.database_url, data=still_town.data, mode="demo")
    async with open_program(settings) as program, visiting(Devices(browser, still_town.url)) as arrive:
        app: Any = make_app(program)
        guests = {STRANGER: await arrive(), NEWCOMER: await arrive()}
        await guests[NEWCOMER].sign_up(NEWCOMER_NAME)
        for who, name in RESIDENTS.items():
            guests[who] = await arrive()
            if who == CLERK:  # The bar offers to be them beside whom they work for.
                await guests[who].become(RESIDENTS[MERCHANT])
            await guests[who].become(name)
        for guest in guests.values():
            await guest.open(EMPTY)
        yield Tour(await find_places(program), guests, routes_of(app.app))
        for guest in guests.values():
            guest.complaints.clear()


def test_no_page_is_forgotten(tour: Tour) -> None:
    assert tour.routes == PAGES.keys()


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.name)
async def test_a_page_is_quick_fits_and_can_be_used_by_everybody(tour: Tour, visit: Visit) -> None:
    guest = await tour.bring(visit)
    page = guest.page
    guest.complaints.clear()
    await page.set_viewport_size(PHONE)
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    answer = await page.goto(guest.url + tour.path_of(visit))
    assert answer is not None
    await page.evaluate(WAIT)
    faults = [] if answer.status == 200 else [f"status {answer.status}"]
    if not guest.path.startswith(tour.path_of(visit).split("?")[0]):
        faults.append(f"led to {guest.path}")
    looks: dict[str, Any] = await page.evaluate(LOOK)
    if not looks["statements"].isdigit() or int(looks["statements"]) > STATEMENTS_MAX:
        faults.append(f"statements: {looks['statements']}")
    if not re.fullmatch(r"Processed in \d+\.\d+ s, (1 query|\d+ queries)", looks["foot"]):
        faults.append(f"foot: {looks['foot']!r}")
    if looks["headings"] != 1:
        faults.append(f"{looks['headings']} headings h1")
    if looks["shift"] > SHIFT_MAX:
        faults.append(f"layout shift: {looks['shift']:.3f} of {[node[:120] for node in looks['moved']]}")
    for size in (SMALLEST, DESK, PHONE):
        await page.set_viewport_size(size)
        width = await page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            faults.append(f"{width} px wide at {size['width']}")
        if SHOTS and size is not SMALLEST:
            name = re.sub(r"\W+", "_", visit.name).strip("_")
            await page.screenshot(path=Path(SHOTS) / f"{name}-{size['width']}.png", full_page=True)
    faults += guest.complaints
    # The driver's own way past the policy: axe is not part of the page.
    await page.evaluate(AXE)
    faults += await find_barriers(page)
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    faults += await find_barriers(page, "color-contrast")
    guest.complaints.clear()  # What axe does is not the page's.
    assert not faults, "\n".join(faults)


async def find_barriers(page: Page, *rules: str) -> list[str]:
    """Have axe look for what keeps people out, by all of its rules or by some: its serious and critical findings."""
    options: dict[str, Any] = {**QUICKLY, **({"runOnly": rules} if rules else {})}
    violations: list[dict[str, Any]] = await page.evaluate(FIND, options)
    return [f"{fault['id']}: {fault['nodes']}" for fault in violations if fault["impact"] in GRAVE]


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.name)
async def test_a_page_in_english_has_no_chinese_but_peoples_own_words(tour: Tour, visit: Visit) -> None:
    guest = await tour.bring(visit)
    path = tour.path_of(visit)
    answer = await guest.page.request.get(f"{guest.url}{path}{'&' if '?' in path else '?'}lang=en")
    lang, texts = await guest.page.evaluate(READ, await answer.text())
    assert lang == "en"
    left = {own_words().sub("", text).strip() for text in texts}
    assert not {text for text in left if re.search("[一-鿿]", text)}

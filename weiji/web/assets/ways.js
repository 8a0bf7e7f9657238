// The way back. A list that was read on is as long again when somebody comes back to it, and the page is where it was.
// And the link at the top, which leads up, takes the way that one came where that is the same: with its tab, and its place.
const MORE = ".more a, .table-more a";

function keep(what) {
  history.replaceState({ ...history.state, ...what }, "");
}

// ==== Lists ====

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const link = ctx.sourceElement;
  if (link.matches?.(MORE)) keep({ read: [...(history.state?.read ?? []), link.getAttribute("href")] });
});

document.addEventListener("click", () => history.state?.read?.length && keep({ top: scrollY }), true);

/** Ask for what was read on, all of it at once, and put it where it was. What is not there any more is left out. */
async function readOn({ read, top }) {
  let isMoved = false;
  for (const moved of ["wheel", "touchmove", "keydown"]) addEventListener(moved, () => (isMoved = true), { once: true });
  const answers = read.map((href) => fetch(href).then((answer) => (answer.ok ? answer.text() : "")));
  const pages = (await Promise.all(answers)).map((text) => new DOMParser().parseFromString(text, "text/html"));
  pages.forEach((page, index) => {
    const link = [...document.querySelectorAll(MORE)].find((each) => each.getAttribute("href") === read[index]);
    if (!link) return;
    const list = document.querySelector(link.getAttribute("hx-target")).parentElement;
    const more = [...page.querySelectorAll(link.getAttribute("hx-select"))].map((node) => document.importNode(node, true));
    document.querySelector(link.getAttribute("hx-target")).replaceWith(...more);
    window.htmx.process(list);
  });
  if (!isMoved) scrollTo({ top, behavior: "instant" });
}

/** Begin: once htmx is there. */
export function keepWays() {
  const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (!history.state?.read?.length) return;
  if (isBack) readOn(history.state).catch(() => {}); // Without a network the beginning of the list is there, and its link.
  else keep({ read: [] });
}

// ==== Up ====

// What was answered to a form can't be gone back to: the browser would ask whether to send it again.
const posted = () => (sessionStorage.posted ?? "").split(" ");
if (document.body.hasAttribute("data-posted") && window.navigation) {
  sessionStorage.posted = [...posted().slice(-20), navigation.currentEntry.key].join(" ");
}

// Such a page may say at which address it would be asked for: there it is asked for again, and come back to after signing in.
const itself = document.querySelector("[data-posted]") && document.querySelector("link[rel=canonical][href^='/']");
if (itself) history.replaceState(history.state, "", itself.href);

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.bar-button:not([data-close], [data-open])");
  if (!link || !window.navigation || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const below = link.dataset.up?.split(" ") ?? [];
  const isWay = ({ pathname }) =>
    pathname === link.pathname || below.includes(pathname) || below.some((way) => way !== "/" && pathname.startsWith(`${way}/`));
  const before = navigation.entries().slice(0, navigation.currentEntry.index);
  const came = before.findLast((entry) => isWay(new URL(entry.url)) && !posted().includes(entry.key));
  if (!came) return;
  event.preventDefault();
  // Whoever goes elsewhere before it is there ends it: nothing is wrong with that, and nobody needs to hear of it.
  for (const outcome of Object.values(navigation.traverseTo(came.key))) outcome.catch(() => {});
});

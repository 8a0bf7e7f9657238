// What every page loads: htmx, and the elements of ours. Pages work without any of it.
import htmx from "htmx.org/dist/htmx.esm.js";
import "htmx.org/dist/ext/hx-sse.js";
import "./elements/cart.js";
import "./elements/countdown.js";
import "./elements/keys.js";
import "./elements/order.js";
import "./elements/pad.js";
import "./elements/regions.js";
import "./elements/sku.js";
import "./elements/stepper.js";
import "./elements/charts.js";
import { showToast, keepToasts } from "./toasts.js";
import "./again.js";
import "./answers.js";
import "./copy.js";
import "./jsapi.js";
import "./sheets.js";
import "./unsent.js";
import { keepWays } from "./ways.js";

keepToasts();

// The server says what to tell the person with `HX-Trigger: {"toast": {"text": …, "tone": …}}`.
document.addEventListener("toast", (event) => showToast(event.detail.text, event.detail.tone));

// A connection that failed is said, too: of what somebody pressed, and of what a page asks for by itself once it is off the network.
const sayOffline = () => showToast(document.getElementById("toasts").dataset.offline, "bad");
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx && (!navigator.onLine || ctx.sourceElement?.matches?.("form, .more a, .table-more a"))) sayOffline();
});

// Without a network, leaving this page would lose it to the browser's own page of errors. But what the browser
// believes of it may be wrong: only the first press is held back, and the next goes through. A server here needs no network.
const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
let isHeld = false;

function holdBack(event) {
  if (navigator.onLine || isLocal || isHeld) return false;
  isHeld = true;
  event.preventDefault();
  event.stopImmediatePropagation();
  sayOffline();
  return true;
}
window.addEventListener("online", () => (isHeld = false));

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (link && !event.defaultPrevented && link.origin === location.origin && !link.hash) holdBack(event);
});

// What can't be undone is asked about first: data-confirm on a form or on a button.
document.addEventListener(
  "submit",
  (event) => {
    if (holdBack(event)) return;
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    // A second press while the first is on its way does nothing. The browser sends this one first.
    const form = event.target;
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      form.setAttribute("aria-busy", "true");
    }
  },
  true,
);
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

/** An answer that says what was wrong takes the focus, so that it is read out: the first field that is marked, which may be far down. */
function focusWrong(root) {
  const wrong = root.querySelector?.("[aria-invalid=true]") ?? root.querySelector?.("[data-focus]");
  wrong?.focus({ preventScroll: true });
  wrong?.scrollIntoView({ block: "center" });
}
document.addEventListener("htmx:after:swap", (event) => focusWrong(event.target));
focusWrong(document);

// The look can be changed without asking for the page again.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[name=theme]");
  if (!button) return;
  event.preventDefault();
  const form = button.form;
  const body = new FormData(form, button);
  fetch(form.action, { method: "post", body: new URLSearchParams(body), redirect: "manual" });
  document.documentElement.dataset.theme = document.body.dataset.weuiTheme = button.value;
  for (const other of form.elements.theme) other.setAttribute("aria-pressed", String(other === button));
  document.dispatchEvent(new CustomEvent("themechange"));
});

// A desk's many links scroll by themselves: the one of this page is in sight.
const links = document.querySelector(".console-side");
const here = links?.querySelector("[aria-current]");
if (here && here.offsetTop + here.offsetHeight > links.clientHeight) links.scrollTop = here.offsetTop - links.clientHeight / 2;

/** Tabs that do not all fit scroll sideways: the one of this page is in sight. */
function showTab() {
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const tabs = tab.closest(".tabs");
    const [outer, inner] = [tabs.getBoundingClientRect(), tab.getBoundingClientRect()];
    if (inner.right > outer.right || inner.left < outer.left) tabs.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
}
document.addEventListener("htmx:after:swap", showTab);
showTab();

// Few pages have pictures to take: what does that comes with them.
if (document.querySelector("weiji-pictures")) import("./elements/pictures.js");

window.htmx = htmx;
keepWays();

// A session may end while somebody writes. What they typed into the form that led to signing in is there again after it,
// for them; passwords, codes, files, and the numbers of people and accounts are not kept.
import { showToast } from "./toasts.js";

const UNKEPT = "[type=hidden], [type=password], [type=file], .pad-input, [autocomplete=one-time-code], [name*=number]";
const isSigningIn = /^\/(sign-|recovery)/.test(location.pathname);
const isOnTheWay = isSigningIn || /^\/me\/(second-factor|recovery-code)/.test(location.pathname);
const toasts = document.getElementById("toasts");
const { person } = toasts.dataset;

const isBox = (field) => field.type === "radio" || field.type === "checkbox";
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && field.matches(`textarea, select, input:not(${UNKEPT})`));
const keep = (unsent) => (sessionStorage.unsent = JSON.stringify(unsent));

document.addEventListener("submit", ({ target }) => {
  if (isOnTheWay || target.method !== "post") return;
  const fields = fieldsOf(target).map((field) => [field.name, field.value, field.checked]);
  keep({ person, pathname: location.pathname, action: target.getAttribute("action"), fields });
});

/**
 * Several fields may have one name: they go by their places, and a form that has more or fewer of them by now is left as it
 * is. Of a name there may be none yet: scripts make some fields.
 */
function giveBack({ action, fields }) {
  const form = [...document.forms].find((each) => each.getAttribute("action") === action);
  const given = form ? fieldsOf(form) : [];
  const pairs = [];
  for (const name of new Set(given.map((field) => field.name))) {
    const now = given.filter((field) => field.name === name);
    const kept = fields.filter(([each]) => each === name);
    if (now.length !== kept.length || now.some((field, place) => isBox(field) && field.value !== kept[place][1])) return;
    pairs.push(...now.map((field, place) => [field, kept[place]]));
  }
  let isChanged = false;
  for (const [field, [, value, checked]] of pairs) {
    isChanged ||= isBox(field) ? field.checked !== checked : field.value !== value;
    Object.assign(field, isBox(field) ? { checked } : { value });
  }
  if (isChanged) showToast(toasts.dataset.unsent);
}

const unsent = JSON.parse(sessionStorage.unsent ?? null);
if (unsent && isSigningIn) {
  if (toasts.firstElementChild) keep({ ...unsent, wasRefused: true }); // The page says that it was not done.
} else if (unsent && !(unsent.wasRefused && unsent.pathname !== location.pathname)) {
  delete sessionStorage.unsent;
  if (unsent.wasRefused && (!unsent.person || unsent.person === person)) giveBack(unsent);
}

// A session may end while somebody writes. What they typed into the form that led to signing in is there again after it;
// passwords and files are not kept.
import { showToast } from "./toasts.js";

const KEPT = "textarea, select, input:not([type=hidden], [type=password], [type=file], .pad-input)";
const isSigningIn = /^\/(sign-|recovery)/.test(location.pathname);
const toasts = document.getElementById("toasts");

const isBox = (field) => field.type === "radio" || field.type === "checkbox";
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && field.matches(KEPT));
const keep = (unsent) => (sessionStorage.unsent = JSON.stringify(unsent));

document.addEventListener("submit", ({ target }) => {
  if (isSigningIn || target.method !== "post") return;
  const fields = fieldsOf(target).map((field) => [field.name, field.value, field.checked]);
  keep({ pathname: location.pathname, action: target.getAttribute("action"), fields });
});

function giveBack({ action, fields }) {
  const form = [...document.forms].find((each) => each.getAttribute("action") === action);
  if (!form) return;
  let isChanged = false;
  for (const [name, value, checked] of fields) {
    const field = fieldsOf(form).find((each) => each.name === name && (!isBox(each) || each.value === value));
    if (!field) continue;
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
  if (unsent.wasRefused) giveBack(unsent);
}

// A page that asks for itself again (`weiji.web.following`) takes nothing away from who is writing on it: the fields that
// they have changed go over into the new page as they are, and a sheet that was open is open again.
let kept = [];
let sheet;

function isChanged(field) {
  if (field.type === "file") return field.files.length > 0;
  if (["checkbox", "radio"].includes(field.type)) return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (!ctx.sourceElement.hasAttribute?.("data-again")) return;
  const focused = document.activeElement;
  kept = [...document.querySelectorAll(":is(input, textarea)[id]")]
    .filter(isChanged)
    .map((field) => ({ field, action: field.form?.getAttribute("action"), isFocused: field === focused }));
  sheet = document.querySelector("dialog[open]")?.id;
});

document.addEventListener("htmx:after:swap", () => {
  const [fields, opened] = [kept, sheet];
  [kept, sheet] = [[], undefined];
  const dialog = opened && document.getElementById(opened);
  if (dialog && !dialog.open) dialog.showModal();
  for (const { field, action, isFocused } of fields) {
    const fresh = document.getElementById(field.id);
    if (!fresh || fresh === field || fresh.form?.getAttribute("action") !== action) continue;
    fresh.replaceWith(field);
    if (isFocused) field.focus();
  }
});

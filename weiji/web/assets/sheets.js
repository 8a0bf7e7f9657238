// Sheets are <dialog>s. Without this file, a link to their id shows them (`:target`).
function open(dialog, opener) {
  if (dialog.open) return;
  dialog.showModal();
  dialog.querySelector("weiji-pad input, .chips input")?.focus(); // What one came for, rather than the way out.
  dialog.addEventListener("close", () => opener?.focus(), { once: true });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-open]");
  if (opener) {
    event.preventDefault();
    open(document.getElementById(opener.dataset.open), opener);
    return;
  }
  const closer = event.target.closest?.("[data-close]");
  if (closer?.closest("dialog")) {
    event.preventDefault();
    closer.closest("dialog").close();
    return;
  }
  // The shade behind a sheet belongs to the dialog, and lies outside its box.
  if (event.target instanceof HTMLDialogElement && event.target.open) {
    const box = event.target.getBoundingClientRect();
    const isInside =
      event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!isInside) event.target.close();
  }
});

// What a sheet was opened for is done: the server says so with `HX-Trigger: {"putaway": {}}`.
document.addEventListener("putaway", () => document.querySelector("dialog[open]")?.close());

// A button that is a link answers to the space bar, too.
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches?.("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
});

// An address that names a sheet opens it.
const named = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
if (named instanceof HTMLDialogElement) {
  history.replaceState(history.state, "", location.pathname + location.search);
  open(named);
}

// Copies the text of the element that a button names, or its data-value where it is shown with gaps: data-copy is its id,
// data-copied what is said then.
import { showToast } from "./toasts.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.dataset.value ?? source.textContent);
    showToast(button.dataset.copied, "good");
  } catch {
    // Without a clipboard (plain http) the text is selected, so that it can be copied by hand.
    getSelection().selectAllChildren(source);
  }
});

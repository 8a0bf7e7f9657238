// Short messages at the top of the page, which go by themselves.
const SECONDS = 5;

function keep(toast) {
  toast.addEventListener("click", () => toast.remove());
  if (toast.getAttribute("role") === "alert") return; // What went wrong stays until it is put away.
  let timer = setTimeout(() => toast.remove(), SECONDS * 1000);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = setTimeout(() => toast.remove(), SECONDS * 1000)));
}

/** Takes care of the toasts that the page came with. */
export function keepToasts() {
  for (const toast of document.querySelectorAll("#toasts .toast")) keep(toast);
}

/** Says `text` at the top of the page. The tone is good, info, warn or bad. */
export function showToast(text, tone = "info") {
  if (!text) return;
  const toast = document.createElement("div");
  toast.className = `toast toast-${tone}`;
  toast.setAttribute("role", tone === "bad" ? "alert" : "status");
  toast.textContent = text;
  document.getElementById("toasts").replaceChildren(toast);
  keep(toast);
}

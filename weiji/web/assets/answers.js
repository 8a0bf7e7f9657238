// Puts a ready sentence (data-words) into the text that data-into names, and chooses what it offers (data-kind), if it
// offers something, or why it says no (data-reason). What was typed by hand is kept, the sentence comes after it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-into]");
  if (!link) return;
  event.preventDefault();
  const area = document.getElementById(link.dataset.into);
  const ready = [...document.querySelectorAll(`[data-into="${link.dataset.into}"]`)].map((each) => each.dataset.words);
  const typed = area.value.trim();
  area.value = typed && !ready.includes(typed) ? `${typed}\n${link.dataset.words}` : link.dataset.words;
  for (const name of ["kind", "reason"]) if (link.dataset[name]) area.form.elements[name].value = link.dataset[name];
  area.focus();
});

// <weiji-pad submit>: six boxes and a keypad for the payment password. Nothing is kept, and nothing is shown but dots.
const LENGTH = 6;

class Pad extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.boxes = this.querySelector(".pad-boxes");
    this.boxes.hidden = false;
    this.classList.add("is-live");
    // Where there is a touch screen our keys are there, and the phone's own would cover them.
    if (matchMedia("(pointer: coarse)").matches) this.input.inputMode = "none";
    this.input.addEventListener("input", () => this.show(true));
    addEventListener("online", this.clear);
    this.keys = this.makeKeys();
    this.append(this.keys);
    this.input.value = ""; // What the browser kept when going back is not wanted.
    this.show();
    if (!this.closest("dialog")) this.input.focus({ preventScroll: true });
  }

  disconnectedCallback() {
    removeEventListener("online", this.clear);
    this.keys.remove();
    this.input.value = "";
  }

  makeKeys() {
    const keys = document.createElement("div");
    keys.className = "pad-keys";
    keys.setAttribute("role", "group");
    keys.setAttribute("aria-label", this.dataset.keys);
    for (const name of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "delete"]) {
      const key = document.createElement(name ? "button" : "span");
      if (name) {
        key.type = "button";
        key.tabIndex = -1; // With a keyboard, one types into the field.
        key.textContent = name === "delete" ? "⌫" : name;
        if (name === "delete") key.setAttribute("aria-label", this.dataset.delete);
        key.addEventListener("pointerdown", (event) => event.preventDefault());
        key.addEventListener("click", () => this.press(name));
      }
      keys.append(key);
    }
    return keys;
  }

  press(name) {
    const value = this.input.value;
    this.input.value = name === "delete" ? value.slice(0, -1) : (value + name).slice(0, LENGTH);
    this.show(true);
  }

  /** Back on the network, a pad that was full stays unsent: nothing is paid by itself, whoever pays types anew. */
  clear = () => {
    if (!this.hasAttribute("submit") || this.input.value.length < LENGTH) return;
    this.input.value = "";
    this.show();
  };

  show(isTyped = false) {
    this.input.value = this.input.value.replace(/\D/g, "").slice(0, LENGTH);
    const count = this.input.value.length;
    [...this.boxes.children].forEach((box, index) => {
      box.classList.toggle("is-full", index < count);
      box.classList.toggle("is-next", index === count);
    });
    if (isTyped) this.classList.remove("pad-wrong");
    if (isTyped && count === LENGTH && this.hasAttribute("submit")) this.input.form?.requestSubmit();
  }
}

customElements.define("weiji-pad", Pad);

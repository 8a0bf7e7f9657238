// <weiji-stepper submit>: a number with − and +. Without a script it is a field for a number.
class Stepper extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    for (const button of this.querySelectorAll("button[data-step]")) {
      button.hidden = false;
      button.addEventListener("click", () => this.step(Number(button.dataset.step)));
    }
    this.input.addEventListener("change", () => this.settle());
    this.show();
  }

  get min() {
    return Number(this.input.min || 0);
  }

  get max() {
    return Number(this.input.max || 999);
  }

  step(by) {
    const before = this.input.value;
    this.input.value = this.within(Number(this.input.value || this.min) + by);
    if (this.input.value !== before) this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  within(value) {
    return Math.max(this.min, Math.min(this.max, Math.round(value) || this.min));
  }

  settle() {
    this.input.value = this.within(Number(this.input.value));
    this.show();
    if (!this.hasAttribute("submit")) return;
    clearTimeout(this.timer); // Several presses are one change.
    this.timer = setTimeout(() => this.input.form?.requestSubmit(), 350);
  }

  show() {
    const value = Number(this.input.value);
    for (const button of this.querySelectorAll("button[data-step]")) {
      const isAtEnd = Number(button.dataset.step) < 0 ? value <= this.min : value >= this.max;
      button.setAttribute("aria-disabled", String(isAtEnd));
    }
  }
}

customElements.define("weiji-stepper", Stepper);

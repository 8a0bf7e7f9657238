// <weiji-cart>: of the lines of a cart, which are ordered now, and what they come to. Without a script the sum is that of all.
// What is left for another time is kept with the page: whoever comes back to it finds it left.
import { priceOf } from "./price.js";

class Cart extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.total = this.querySelector("[data-cart=total]");
    this.count = this.querySelector("[data-cart=count]");
    this.button = this.querySelector("button");
    this.lines = [...this.form.elements].filter((box) => box.name === "item");
    this.groups = [...document.querySelectorAll("[data-cart=shop], [data-cart=all]")];
    this.left = new Set(history.state?.left);
    for (const box of this.lines) box.checked = !box.disabled && !this.left.has(box.dataset.sku);
    for (const box of this.groups) box.closest("label").hidden = false;
    this.listening = new AbortController();
    document.addEventListener("change", (event) => this.hear(event.target), { signal: this.listening.signal });
    this.show();
  }

  disconnectedCallback() {
    this.listening.abort();
  }

  /** The lines that a box stands for: its shop's, or all. */
  linesOf(box) {
    const shop = box.dataset.cart === "shop" ? box.closest(".cart-shop") : document;
    return this.lines.filter((line) => !line.disabled && shop.contains(line));
  }

  quantityOf(line) {
    return Number(line.closest(".cart-line").querySelector("weiji-stepper input").value);
  }

  hear(box) {
    if (this.groups.includes(box)) for (const line of this.linesOf(box)) line.checked = box.checked;
    else if (!box.closest?.(".cart-line")) return;
    this.show();
  }

  show() {
    let [total, count] = [0, 0];
    for (const line of this.lines.filter((each) => !each.disabled)) {
      const quantity = this.quantityOf(line);
      line.value = `${line.dataset.sku}:${quantity}`;
      if (line.checked) {
        this.left.delete(line.dataset.sku);
        total += quantity * Number(line.dataset.price);
        count += 1;
      } else this.left.add(line.dataset.sku);
    }
    for (const box of this.groups) {
      const lines = this.linesOf(box);
      box.disabled = !lines.length;
      box.checked = lines.length > 0 && lines.every((line) => line.checked);
    }
    this.total.replaceChildren(priceOf(total));
    this.count.textContent = `(${count})`;
    this.button.disabled = !count;
    history.replaceState({ ...history.state, left: [...this.left] }, "");
  }
}

customElements.define("weiji-cart", Cart);

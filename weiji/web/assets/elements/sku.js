// <weiji-sku>: shows the price and the stock of what is chosen, and which values can't be had together.
import { priceOf } from "./price.js";

class Sku extends HTMLElement {
  connectedCallback() {
    this.skus = JSON.parse(this.querySelector("script").textContent);
    this.groups = [...this.querySelectorAll("fieldset.chips")];
    this.price = this.querySelector("[data-sku=price]");
    this.stock = this.querySelector("[data-sku=stock]");
    this.quantity = this.querySelector("weiji-stepper input");
    this.addEventListener("change", () => this.show());
    this.addEventListener("invalid", (event) => this.miss(event), true);
    this.show();
  }

  chosen() {
    return this.groups.map((group) => group.querySelector("input:checked")?.value);
  }

  /** The SKUs that fit what is chosen; an option without a choice fits all. */
  fitting(values) {
    return this.skus.filter((sku) => values.every((value, index) => value === undefined || sku.values[index] === value));
  }

  show() {
    const values = this.chosen();
    this.groups.forEach((group, index) => {
      if (values[index] !== undefined) group.querySelector("[data-missing]").hidden = true;
      for (const input of group.querySelectorAll("input")) {
        const others = values.map((value, other) => (other === index ? input.value : value));
        const canBeHad = this.fitting(others).some((sku) => sku.stock > 0);
        input.closest("label").classList.toggle("is-out", !canBeHad);
      }
    });
    const fitting = this.fitting(values);
    const isOne = fitting.length === 1 && values.every((value) => value !== undefined);
    const stock = isOne ? fitting[0].stock : fitting.reduce((sum, sku) => sum + sku.stock, 0);
    this.stock.textContent = stock > 0 ? `${this.stock.dataset.words} ${stock}` : this.stock.dataset.none;
    for (const button of this.querySelectorAll("button[type=submit]")) button.disabled = stock === 0;
    if (isOne) {
      this.price.replaceChildren(priceOf(fitting[0].price, this.price.querySelector("small")?.textContent));
      if (this.quantity && stock > 0) this.quantity.max = Math.min(stock, 999);
      const picture = this.querySelector(".sku-picture img");
      if (picture && fitting[0].image) picture.src = fitting[0].image;
    }
  }

  /** Say beside the option what is still to be chosen, in the page's language and without covering the choices. */
  miss(event) {
    const group = event.target.closest("fieldset.chips");
    if (!group) return;
    event.preventDefault();
    group.querySelector("[data-missing]").hidden = false;
    const first = this.groups.find((other) => !other.querySelector("input:checked"));
    first.scrollIntoView({ block: "nearest" });
    first.querySelector("input").focus();
  }
}

customElements.define("weiji-sku", Sku);

// <weiji-order>: a list whose items can be dragged to another place. Each item has a form with a field `place`, which is
// sent when it is let go, and buttons for moving it, which do the same for a keyboard and without a script.
class Order extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    this.dataset.live = "";
    this.addEventListener("pointerdown", (event) => this.take(event));
  }

  take(event) {
    const item = event.target.closest(".builder-grip")?.closest("li");
    if (!item || event.button) return;
    event.preventDefault();
    const from = [...this.list.children].indexOf(item);
    const move = (moved) => this.follow(item, moved.clientY);
    const end = (ended) => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      delete item.dataset.dragged;
      const place = [...this.list.children].indexOf(item);
      if (ended.type === "pointercancel" || place === from) return;
      const form = item.querySelector("[name=place]").form;
      form.elements.place.value = place;
      form.requestSubmit();
    };
    item.dataset.dragged = "";
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
    document.addEventListener("pointercancel", end);
  }

  /** Put the item where the pointer is: before the first that has its middle below it. */
  follow(item, y) {
    const others = [...this.list.children].filter((each) => each !== item);
    const next = others.find((each) => {
      const box = each.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    if (next !== item.nextElementSibling) this.list.insertBefore(item, next ?? null);
  }
}

customElements.define("weiji-order", Order);

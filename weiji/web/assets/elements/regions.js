// <weiji-regions data-src>: three selects that narrow each other. Without scripts a button asks the server for the next.
let loading;

/** Fetch the names of all regions by their codes: once, and only when somebody is about to choose. */
function load(source) {
  loading ??= fetch(source)
    .then((answer) => {
      if (!answer.ok) throw new Error(answer.statusText);
      return answer.json();
    })
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}

class Regions extends HTMLElement {
  connectedCallback() {
    this.selects = [...this.querySelectorAll("select")];
    this.addEventListener("focusin", () => load(this.dataset.src), { once: true });
    this.selects.forEach((select, level) => select.addEventListener("change", () => this.narrow(level)));
    this.show();
  }

  /** Offer below what was chosen at *level* what lies in it; where there is only one, it is chosen, too. */
  async narrow(level) {
    const chosen = this.selects[level].value;
    for (const select of this.selects.slice(level + 1)) {
      select.length = 1;
      select.value = "";
    }
    const next = this.selects[level + 1];
    if (next && chosen) {
      const regions = await load(this.dataset.src);
      const start = chosen.slice(0, 2 * (level + 1));
      const end = "0".repeat(4 - 2 * (level + 1));
      for (const [code, name] of Object.entries(regions)) {
        if (code !== chosen && code.startsWith(start) && code.endsWith(end)) next.add(new Option(name, code));
      }
      if (next.length === 2) {
        next.selectedIndex = 1;
        await this.narrow(level + 1);
      }
    }
    this.show();
  }

  show() {
    this.selects.forEach((select, level) => {
      select.disabled = level > 0 && select.length < 2;
    });
    if (this.selects.every((select) => select.value)) {
      this.dispatchEvent(new CustomEvent("region", { bubbles: true, detail: this.selects.at(-1).value }));
    }
  }
}

customElements.define("weiji-regions", Regions);

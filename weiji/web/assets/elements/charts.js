// <weiji-chart> (uPlot) and <weiji-analysis> (ECharts). The libraries come when an element is about to be seen.
const load = { "weiji-chart": () => import("../charts/lines.js"), "weiji-analysis": () => import("../charts/analysis.js") };

class Lazy extends HTMLElement {
  connectedCallback() {
    this.style.height = `${this.getAttribute("height") ?? 220}px`;
    this.observer = new IntersectionObserver(([entry]) => entry.isIntersecting && this.begin(), { rootMargin: "200px" });
    this.observer.observe(this);
    this.redraw = () => this.chart && this.draw();
    document.addEventListener("themechange", this.redraw);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.redraw);
  }

  async begin() {
    this.observer.disconnect();
    this.library = await load[this.localName]();
    this.draw();
    this.sizes = new ResizeObserver(() => this.chart.resize(this.clientWidth, this.clientHeight));
    this.sizes.observe(this);
  }

  draw() {
    this.chart?.destroy();
    const data = JSON.parse(this.querySelector("script").textContent);
    this.chart = this.library.draw(this, data);
  }

  disconnectedCallback() {
    this.observer.disconnect();
    this.sizes?.disconnect();
    document.removeEventListener("themechange", this.redraw);
    this.scheme.removeEventListener("change", this.redraw);
    this.chart?.destroy();
    this.chart = null;
  }
}

customElements.define("weiji-chart", class extends Lazy {});
customElements.define("weiji-analysis", class extends Lazy {});

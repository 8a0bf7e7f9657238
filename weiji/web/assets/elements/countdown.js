// <weiji-countdown until="…" now="…" on-end="reload">: the time that is left. The text inside is right when it comes.
class Countdown extends HTMLElement {
  connectedCallback() {
    // The server's clock counts, and a sandbox may have turned it: only the difference is taken from this device.
    const ahead = Date.parse(this.getAttribute("now")) - Date.now();
    this.until = Date.parse(this.getAttribute("until")) - ahead;
    this.timer = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    const left = Math.max(0, Math.ceil((this.until - Date.now()) / 1000));
    if (left < 86_400) {
      const hours = Math.floor(left / 3600);
      const minutes = String(Math.floor((left % 3600) / 60)).padStart(2, "0");
      const seconds = String(left % 60).padStart(2, "0");
      this.textContent = hours ? `${hours}:${minutes}:${seconds}` : `${minutes}:${seconds}`;
    }
    this.toggleAttribute("is-short", left < 300);
    if (left > 0) return;
    clearInterval(this.timer);
    this.dispatchEvent(new CustomEvent("countdown-end", { bubbles: true }));
    // A job closes what is due within a second or two. Once only, lest a page that is still early asks for ever.
    if (this.getAttribute("on-end") === "reload" && Date.parse(this.getAttribute("until")) > Date.parse(this.getAttribute("now"))) {
      setTimeout(() => location.reload(), 2000);
    }
  }
}

customElements.define("weiji-countdown", Countdown);

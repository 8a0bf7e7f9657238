// <weiji-pictures action busy again failed>: a form's pictures, sent as soon as they are chosen, moved and removed at a
// touch; the form waits for them. Without a script it is a field for files, with numbers for the order and boxes for what
// is to go.
class Pictures extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("[data-pictures]");
    this.input = this.querySelector("input[type=file]");
    this.template = this.querySelector("template");
    this.said = this.querySelector("[role=status]");
    this.waiting = 0;
    this.form = this.closest("form");
    this.dataset.live = "";
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.list.addEventListener("click", (event) => this.act(event));
    this.form.addEventListener("submit", (event) => this.hold(event));
    for (const type of ["dragover", "drop"]) this.addEventListener(type, (event) => this.drop(event));
    this.number();
    if (this.input.files.length) this.take([...this.input.files]); // Chosen before this was there.
  }

  /** What is still on its way would be missing in what is saved: the form goes when the last one is there. */
  hold(event) {
    if (!this.waiting) return;
    event.preventDefault();
    delete this.form.dataset.sent;
    this.held = { submitter: event.submitter };
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: this.getAttribute("busy"), tone: "info" } }));
  }

  /** Send the form that waited; what could not be taken is shown first. */
  release() {
    this.form.removeAttribute("aria-busy");
    const { held } = this;
    this.held = undefined;
    if (held && !this.said.textContent) this.form.requestSubmit(held.submitter);
    else if (held) this.said.scrollIntoView({ block: "center" });
  }

  drop(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") this.take([...event.dataTransfer.files]);
  }

  async take(files) {
    this.input.value = ""; // They go by themselves: the form need not send them once more.
    this.say("");
    const items = files.map((file) => this.add(file));
    this.waiting += files.length;
    for (const [place, file] of files.entries()) {
      await this.send(file, items[place]);
      this.waiting -= 1;
    }
    if (!this.waiting) this.release();
  }

  add(file) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    const image = item.querySelector("img");
    image.src = URL.createObjectURL(file);
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
    item.setAttribute("aria-busy", "true");
    this.list.append(item);
    this.number();
    return item;
  }

  send(file, item) {
    const bar = item.querySelector("progress");
    bar.hidden = false;
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      request.addEventListener("loadend", () => {
        const answer = request.status === 200 ? JSON.parse(request.responseText)[0] : undefined;
        this.finish(file, item, answer);
        resolve();
      });
      request.open("POST", this.getAttribute("action"));
      request.setRequestHeader("x-csrf-token", this.form.elements.csrf_token?.value ?? "");
      const body = new FormData();
      body.append("files", file);
      request.send(body);
    });
  }

  finish(file, item, answer) {
    const urls = [...this.list.querySelectorAll("[name=picture_url]")].map((input) => input.value);
    const reason = !answer ? this.getAttribute("failed") : urls.includes(answer.url) ? this.getAttribute("again") : answer.reason;
    if (reason) {
      item.remove();
      this.say(`${this.said.textContent} ${file.name}: ${reason}`.trim());
    } else {
      item.querySelector("[name=picture_url]").value = answer.url;
      item.querySelector("img").src = answer.small;
      item.querySelector("progress").remove();
      item.removeAttribute("aria-busy");
    }
    this.number();
  }

  act(event) {
    const button = event.target.closest("button[data-do]");
    const item = button?.closest("li");
    if (!item) return;
    const { previousElementSibling: before, nextElementSibling: after } = item;
    if (button.dataset.do === "remove") {
      item.remove();
      (after ?? before)?.querySelector("button[data-do=remove]")?.focus();
      if (!after && !before) this.input.focus();
    } else {
      if (button.dataset.do === "earlier") before?.before(item);
      else after?.after(item);
      button.focus();
    }
    this.number();
  }

  number() {
    const items = [...this.list.children];
    for (const [place, item] of items.entries()) {
      item.querySelector("[name=picture_place]").value = place + 1;
      item.querySelector("[data-do=earlier]").setAttribute("aria-disabled", String(place === 0));
      item.querySelector("[data-do=later]").setAttribute("aria-disabled", String(place === items.length - 1));
    }
  }

  say(text) {
    this.said.textContent = text;
  }
}

customElements.define("weiji-pictures", Pictures);

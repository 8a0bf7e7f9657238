// <weiji-keys>: the button of a form that asks for a certificate. It makes the key pair here, in the browser; what does that
// comes when somebody presses it. Without a script, or where the browser has no keys to give (plain http), it isn't there.
import { showToast } from "../toasts.js";

class Keys extends HTMLElement {
  connectedCallback() {
    if (!window.crypto?.subtle) return;
    const [button] = this.querySelectorAll("button");
    this.hidden = false;
    button.addEventListener("click", () => this.make(button));
  }

  async make(button) {
    const form = this.closest("form");
    if (!form.elements.name.reportValidity()) return;
    button.disabled = true;
    this.say("working");
    let isMade = false;
    try {
      const maker = await import("../keys/maker.js");
      const pair = await maker.makePair();
      const body = new FormData(form);
      body.set("csr", pair.csr);
      body.delete("csr_file");
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body) });
      if (answer.headers.get("Content-Type") !== "application/zip") return this.refuse(await answer.text());
      this.hand(maker.addKey(await answer.arrayBuffer(), pair.privatePem));
      isMade = true; // Whatever comes now, there is a certificate, and the file is saved.
      this.say("trying");
      const { mchid, publicKeyId, publicKey } = this.dataset;
      await maker.tryKey({ key: pair.key, serial: answer.headers.get("Weiji-Serial"), mchid, publicKeyId, publicKey });
      this.say("done");
    } catch (error) {
      this.say(isMade ? "untried" : "failed");
      showToast(error.message, "bad");
    } finally {
      button.disabled = false;
    }
  }

  /** Says how far it is: each of these texts is in the page, in the reader's language. */
  say(state) {
    for (const each of this.querySelectorAll("[data-state]")) each.hidden = !each.dataset.state.split(" ").includes(state);
  }

  /** Gives the file to the person, and leaves the link for a second time. */
  hand(file) {
    const link = this.querySelector("a[download]");
    link.href = URL.createObjectURL(file);
    link.click();
  }

  /** Shows the page as the server sent it, with what is wrong. */
  refuse(page) {
    const other = new DOMParser().parseFromString(page, "text/html");
    document.querySelector("main").replaceWith(document.adoptNode(other.querySelector("main")));
  }
}

customElements.define("weiji-keys", Keys);

// Stands in a merchant's page for what a platform's own browser has: `WeixinJSBridge.invoke("getBrandWCPayRequest")` and
// `wx.chooseWXPay` lead to our cashier, in a window of its own, and tell the page how it ended. One tag is all:
//   <script src="https://shop.example/pay/bridge.js"></script>
(() => {
  "use strict";
  const WORDS = {}; /* words */
  const ORIGIN = new URL(document.currentScript.src).origin;
  const NAME = "getBrandWCPayRequest";
  const LOOK_MS = 2_000;
  const before = { bridge: window.WeixinJSBridge, wx: window.wx };

  // Leads the payer to the cashier; gives "ok", "cancel" or "fail".
  function pay(asked) {
    const ticket = String(asked.package || "").replace(/^prepay_id=/, "");
    if (!ticket || !asked.paySign || !asked.appId) return Promise.resolve("fail");
    const names = ["appId", "timeStamp", "nonceStr", "package", "signType", "paySign"];
    const query = new URLSearchParams(names.filter((name) => name in asked).map((name) => [name, String(asked[name])]));
    const cashier = `${ORIGIN}/pay/bridge?${query}`;
    window.open(cashier, "_blank", "noopener"); // Blocked, it gives nothing to know it by: the sheet has the link, too.
    return new Promise((end) => {
      const sheet = show(cashier, () => finish("cancel"));
      const timer = setInterval(look, LOOK_MS);
      window.addEventListener("focus", look); // Who comes back is told at once.
      function finish(how) {
        clearInterval(timer);
        window.removeEventListener("focus", look);
        sheet.remove();
        end(how);
      }
      async function look() {
        try {
          const answer = await fetch(`${ORIGIN}/pay/${encodeURIComponent(ticket)}/outcome`, { credentials: "omit" });
          const state = answer.ok ? (await answer.json()).state : answer.status === 404 ? "closed" : "open";
          if (sheet.isConnected && state !== "open") finish(state === "paid" ? "ok" : "fail");
        } catch {
          // The line broke: the next look may tell.
        }
      }
    });
  }

  // The sheet over the page while somebody pays elsewhere. Styles are set one by one: a page's policy may forbid others.
  function show(cashier, cancel) {
    const style = (element, styles) => Object.assign(element.style, styles) && element;
    const make = (name, text, styles) => style(Object.assign(document.createElement(name), { textContent: text }), styles);
    const button = { border: "0", borderRadius: "8px", padding: "12px 16px", font: "inherit", cursor: "pointer", display: "block" };
    const dialog = style(document.createElement("dialog"), {
      border: "0",
      borderRadius: "12px",
      padding: "24px",
      maxWidth: "320px",
      font: "16px/1.5 system-ui, sans-serif",
      textAlign: "center",
      color: "#111",
      background: "#fff",
    });
    dialog.lang = WORDS.lang;
    const link = make("a", WORDS.pay, { ...button, color: "#fff", background: "#07804a", textDecoration: "none" });
    Object.assign(link, { href: cashier, target: "_blank", rel: "noopener" });
    const stop = make("button", WORDS.cancel, { ...button, width: "100%", marginTop: "8px", background: "#eee", color: "#111" });
    stop.type = "button";
    stop.addEventListener("click", cancel);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      cancel();
    });
    dialog.append(make("p", WORDS.waiting, { margin: "0 0 16px" }), link, stop);
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
  }

  window.WeixinJSBridge = {
    ...before.bridge,
    invoke(name, asked, tell = () => {}) {
      if (name !== NAME) return before.bridge ? before.bridge.invoke(name, asked, tell) : tell({ err_msg: `${name}:fail` });
      pay(asked || {}).then((how) => tell({ err_msg: `get_brand_wcpay_request:${how}` }));
    },
  };

  let appId = "";
  window.wx = {
    ready: (run) => queueMicrotask(run),
    error: () => {},
    checkJsApi: ({ jsApiList = [], success = () => {} } = {}) =>
      success({ errMsg: "checkJsApi:ok", checkResult: Object.fromEntries(jsApiList.map((name) => [name, name === "chooseWXPay"])) }),
    ...before.wx,
    config(given) {
      appId = given.appId;
      if (before.wx && before.wx.config) before.wx.config(given);
    },
    chooseWXPay({ success = () => {}, fail = () => {}, cancel = () => {}, complete = () => {}, ...asked }) {
      // Here the time is written small, and the app was named before.
      pay({ appId, ...asked, timeStamp: asked.timeStamp || asked.timestamp }).then((how) => {
        const told = { errMsg: `chooseWXPay:${how}` };
        ({ ok: success, cancel, fail })[how](told);
        complete(told);
      });
    },
  };
  document.dispatchEvent(new Event("WeixinJSBridgeReady"));
})();

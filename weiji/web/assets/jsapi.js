// Hands a payment to WeChat, whose browser brings the bridge: data-jsapi has what it takes, data-outside is said elsewhere.
// What it answers is not believed: the page follows the payment itself.
import { showToast } from "./toasts.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-jsapi]");
  if (!button) return;
  const bridge = globalThis.WeixinJSBridge;
  if (!bridge) return showToast(button.dataset.outside, "bad");
  bridge.invoke("getBrandWCPayRequest", JSON.parse(button.dataset.jsapi), (answer) => {
    if (answer.err_msg !== "get_brand_wcpay_request:ok") showToast(button.dataset.cancelled, "wait");
  });
});

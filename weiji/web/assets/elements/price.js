// A price as `|price` writes it: the sign and the cents are small.
export function priceOf(amount, sign = "¥") {
  const [whole, cents] = (amount / 100).toFixed(2).split(".");
  const small = (text) => Object.assign(document.createElement("small"), { textContent: text });
  const now = document.createElement("span");
  now.className = "price-now";
  now.append(small(sign), Number(whole).toLocaleString("en"), small(`.${cents}`));
  return now;
}
